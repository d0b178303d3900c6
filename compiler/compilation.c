#include "compiler/compilation.h"

#include <stdarg.h>

/* The graph may be deeper than the text: a binding is a node under each node that uses it, and
 * methods add nodes of their own. Each level of the deepest recursion here takes less than 1 KiB. */
enum { LEVELS_PER_NESTING = 4 };

void compilation_limit(struct compilation *c, uint32_t nesting)
{
	c->max_nesting = nesting;
	c->max_depth = LEVELS_PER_NESTING * nesting;
}

_Noreturn void compilation_too_deep(struct compilation *c, struct span at)
{
	fail(c, at, SQLSTATE_TOO_COMPLEX, "expression is nested too deeply");
}

void compilation_check_height(struct compilation *c, uint32_t height, struct span at)
{
	if (height > c->max_nesting)
		compilation_too_deep(c, at);
}

static bool same_want(const struct compile_want *a, const struct compile_want *b)
{
	return a->kind == b->kind && a->oid == b->oid && str_eq(a->schema, b->schema) &&
	       str_eq(a->name, b->name);
}

/* Wants are few, as relations in a text are: the search is linear. What a text of nothing but names has
 * beyond these is asked for in the next turn. */
enum { MOST_WANTS = 2048 };

void compilation_want(struct compilation *c, enum compile_want_kind kind, struct str schema,
                      struct str name, uint32_t oid)
{
	struct compile_want want = { kind, schema, name, oid };

	if (c->want_count == MOST_WANTS)
		return;
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
