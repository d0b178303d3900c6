#include "compiler/compilation.h"

#include <stdarg.h>

#include "compiler/parser.h"

/* The graph may be deeper than the text: a binding is a node under each node that uses it, and
 * methods add nodes of their own. Each level of the deepest recursion here takes less than 1 KiB. */
enum { LEVELS_PER_NESTING = 4 };

void compilation_descend(struct compilation *c, struct span at)
{
	uint32_t nesting = c->settings->max_nesting;

	if (nesting == 0)
		nesting = PARSER_MAX_NESTING;
	if (++c->depth > LEVELS_PER_NESTING * nesting)
		fail(c, at, SQLSTATE_TOO_COMPLEX, "expression is nested too deeply");
}

static bool same_want(const struct compile_want *a, const struct compile_want *b)
{
	return a->kind == b->kind && a->oid == b->oid && str_eq(a->schema, b->schema) &&
	       str_eq(a->name, b->name);
}

/* The wants are few: the relations that a text names. The linear search is for those. */
void compilation_want(struct compilation *c, enum compile_want_kind kind, struct str schema,
                      struct str name, uint32_t oid)
{
	struct compile_want want = { kind, schema, name, oid };

	for (size_t i = 0; i < c->want_count; i++)
		if (same_want(&c->wants[i], &want))
			return;
	if (c->want_count == c->want_capacity) {
		size_t capacity = c->want_capacity == 0 ? 8 : 2 * c->want_capacity;
		struct compile_want *wants = arena_array(&c->arena, capacity, sizeof(*c->wants));

		if (c->want_count > 0)
			memcpy(wants, c->wants, c->want_count * sizeof(*wants));
		c->wants = wants;
		c->want_capacity = capacity;
	}
	c->wants[c->want_count++] = want;
}

_Noreturn void compilation_need(struct compilation *c)
{
	c->diag.failed = false;
	longjmp(c->diag.escape, 1);
}

void compilation_warn(struct compilation *c, struct span at, const char *format, ...)
{
	struct compile_warning *grown;
	struct str message;
	va_list args;

	va_start(args, format);
	message = arena_vprintf(&c->arena, format, args);
	va_end(args);
	for (size_t i = 0; i < c->warning_count; i++)
		if (str_eq(c->warnings[i].message, message))
			return;
	/* Warnings are rare: no room is kept for more. */
	grown = arena_array(&c->arena, c->warning_count + 1, sizeof(*grown));
	if (c->warning_count > 0)
		memcpy(grown, c->warnings, c->warning_count * sizeof(*grown));
	grown[c->warning_count].message = message;
	grown[c->warning_count].span = at;
	c->warnings = grown;
	c->warning_count++;
}
