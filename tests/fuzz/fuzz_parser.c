/* Any text: the parser fails with a place inside it, or makes a tree whose heights and spans are
 * true and that, written out with all its parentheses, parses to the same tree again. */
#include "compiler/quote.h"
#include "tests/fuzz/target.h"
#include "tests/support/parsing.h"

enum { MAX_NESTING = 60 };

static void put(struct text *out, const struct tree *t);

static void put_items(struct text *out, const struct tree *t, const char *between)
{
	for (size_t i = 0; i < t->count; i++) {
		if (i > 0)
			text_z(out, t->kind == TREE_DICT && i % 2 == 1 ? ": " : between);
		if (t->items[i].spread)
			text_z(out, "* ");
		if (!str_empty(t->items[i].keyword))
			text_printf(out, "%.*s = ", STR_ARG(t->items[i].keyword));
		put(out, t->items[i].value);
	}
}

static void put_list(struct text *out, const struct tree *t, const char *open, const char *close)
{
	text_z(out, open);
	put_items(out, t, ", ");
	if (t->kind == TREE_TUPLE && t->count == 1)
		text_char(out, ',');
	text_z(out, close);
}

static void put_slice(struct text *out, const struct tree *t)
{
	if (t->left != NULL)
		put(out, t->left);
	text_z(out, " : ");
	if (t->right != NULL)
		put(out, t->right);
	if (t->third != NULL) {
		text_z(out, " : ");
		put(out, t->third);
	}
}

static void put_leaf(struct text *out, const struct tree *t)
{
	switch (t->kind) {
	case TREE_STRING:
		text_char(out, ' ');
		quote_literal(out, t->text, encoding_utf8());
		break;
	case TREE_CONSTANT:
		text_z(out, parsing_constants[t->constant]);
		break;
	case TREE_PARAMETER:
		text_printf(out, "$%u", t->number);
		break;
	default:
		text_str(out, t->text);
	}
}

/* The text of a tree, in parentheses wherever it is not a leaf. */
static void put(struct text *out, const struct tree *t)
{
	text_char(out, '(');
	switch (t->kind) {
	case TREE_ATTRIBUTE:
		put(out, t->left);
		text_printf(out, ".%.*s", STR_ARG(t->text));
		break;
	case TREE_SUBSCRIPT:
		put(out, t->left);
		text_char(out, '[');
		if (t->right->kind == TREE_SLICE)
			put_slice(out, t->right);
		else
			put(out, t->right);
		text_char(out, ']');
		break;
	case TREE_CALL:
		/* null() is a call of a word, (null)() one of a constant. */
		if (t->left->kind == TREE_NAME)
			text_str(out, t->left->text);
		else
			put(out, t->left);
		put_list(out, t, "(", ")");
		break;
	case TREE_UNARY:
		text_z(out, parsing_operators[t->op]);
		put(out, t->left);
		break;
	case TREE_BINARY:
		put(out, t->left);
		text_printf(out, " %s ", parsing_operators[t->op]);
		put(out, t->right);
		break;
	case TREE_AND:
		put_items(out, t, " and ");
		break;
	case TREE_OR:
		put_items(out, t, " or ");
		break;
	case TREE_NOT:
		text_z(out, "not ");
		put(out, t->left);
		break;
	case TREE_LIST:
		put_list(out, t, "[", "]");
		break;
	case TREE_ARRAY:
		put_list(out, t, "ARRAY[", "]");
		break;
	case TREE_TUPLE:
		put_list(out, t, "(", ")");
		break;
	case TREE_SET:
	case TREE_DICT:
		put_list(out, t, "{", "}");
		break;
	case TREE_TYPED:
		put(out, t->left);
		text_printf(out, "::%.*s%.*s", STR_ARG(t->type->text), STR_ARG(t->type->brackets));
		break;
	default:
		put_leaf(out, t);
	}
	text_char(out, ')');
}

static bool inside(struct span part, struct span whole)
{
	return part.start >= whole.start && part.start <= part.end && part.end <= whole.end;
}

/* Spans lie in the text, heights are bounded: called on every node. */
static void check_node(const struct tree *t, struct span text, uint32_t height)
{
	if (t == NULL)
		return;
	CHECK(t->height <= height && inside(t->span, text) && inside(t->word, text));
	check_node(t->left, text, tree_is_link(t) ? t->height : t->height - 1);
	for (size_t i = 0; i < tree_part_count(t); i++)
		check_node(tree_part(t, i), text, t->height - 1);
}

static struct str written(struct arena *a, const struct tree_program *p)
{
	struct text out;

	text_init(&out, a);
	for (size_t i = 0; i < p->count; i++) {
		put_targets(&out, &p->bindings[i], " = ");
		put(&out, p->bindings[i].value);
		text_char(&out, '\n');
	}
	put(&out, p->statement);
	return text_view(&out);
}

static void parse_twice(struct expression *x, struct str text)
{
	struct span whole = { 0, (uint32_t)text.n };
	struct tree_program *program;
	struct str once;
	struct str twice;

	if (setjmp(x->diag.escape) != 0) {
		CHECK(inside(x->diag.span, whole) && x->diag.message.n > 0 && x->diag.lexical);
		return;
	}
	program = parse(x, text, MAX_NESTING);
	CHECK(!x->diag.lexical);
	check_node(program->statement, whole, MAX_NESTING);
	for (size_t i = 0; i < program->count; i++)
		check_node(program->bindings[i].value, whole, MAX_NESTING);
	once = written(&x->arena, program);
	/* The parentheses nest where a chain did not. */
	if (setjmp(x->diag.escape) != 0) {
		CHECK(str_is(str_of(x->diag.sqlstate), SQLSTATE_TOO_COMPLEX));
		return;
	}
	twice = written(&x->arena, parse(x, once, 4 * MAX_NESTING));
	CHECK(str_eq(once, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct expression x;
	struct str text;

	expression_init(&x);
	text = arena_copy(&x.arena, (struct str){ (const char *)data, size });
	if (encoding_is_valid(x.rules.encoding, text))
		parse_twice(&x, text);
	expression_free(&x);
	return 0;
}
