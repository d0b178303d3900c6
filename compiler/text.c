#include "compiler/text.h"

#include <stdarg.h>

void text_init(struct text *t, struct arena *arena)
{
	*t = (struct text){ .arena = arena };
}

void text_grow(struct text *t, size_t more)
{
	size_t capacity = t->capacity < 128 ? 128 : 2 * t->capacity;
	char *p;

	if (capacity <= t->n + more)
		capacity = t->n + more + 1;
	p = arena_alloc(t->arena, capacity);
	if (t->n > 0)
		memcpy(p, t->p, t->n);
	t->p = p;
	t->capacity = capacity;
}

void text_z(struct text *t, const char *z)
{
	text_str(t, str_of(z));
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list args;
	struct str s;

	va_start(args, format);
	s = arena_vprintf(t->arena, format, args);
	va_end(args);
	text_str(t, s);
}
