/* What tests of the parser share: texts parsed, and the pieces that trees are written with. */
#ifndef TESTS_SUPPORT_PARSING_H
#define TESTS_SUPPORT_PARSING_H

#include "compiler/parser.h"
#include "compiler/text.h"
#include "tests/support/expression.h"

static const char *const parsing_operators[] = {
	[TREE_ADD] = "+",       [TREE_SUB] = "-",     [TREE_MUL] = "*",   [TREE_DIV] = "/",
	[TREE_FLOORDIV] = "//", [TREE_MOD] = "%",     [TREE_POW] = "**",  [TREE_EQ] = "==",
	[TREE_NE] = "!=",       [TREE_LT] = "<",      [TREE_LE] = "<=",   [TREE_GT] = ">",
	[TREE_GE] = ">=",       [TREE_BITAND] = "&",  [TREE_BITOR] = "|", [TREE_BITXOR] = "^",
	[TREE_LSHIFT] = "<<",   [TREE_RSHIFT] = ">>", [TREE_NEG] = "-",   [TREE_POS] = "+",
	[TREE_INVERT] = "~",
};
static const char *const parsing_constants[] = { "None", "True", "False" };

static inline struct tree_program *parse(struct expression *x, struct str text,
                                         uint32_t max_nesting)
{
	return parser_parse(&x->diag, text, (struct span){ 0, (uint32_t)text.n }, x->rules,
	                    max_nesting);
}

/* The names on the left of a binding, each followed by `equals`, or by a comma where they share a
 * value's parts. */
static inline void put_targets(struct text *out, const struct tree_binding *b, const char *equals)
{
	for (size_t i = 0; i < b->count; i++) {
		const char *behind = b->unpacks && i + 1 < b->count ? ", " : equals;

		text_printf(out, "%.*s%s", STR_ARG(b->targets[i].name), behind);
	}
}

#endif
