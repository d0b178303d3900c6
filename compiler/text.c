#include "compiler/text.h"

#include <stdarg.h>

void text_init(struct text *t, struct arena *arena)
{
	*t = (struct text){ .arena = arena };
}

/* Room for `more` bytes and, always, a NUL behind them. */
static char *text_room(struct text *t, size_t more)
{
	size_t capacity = t->capacity;
	char *p;

	if (more < capacity - t->n && capacity != 0)
		return t->p + t->n;
	capacity = capacity < 128 ? 128 : 2 * capacity;
	if (capacity <= t->n + more)
		capacity = t->n + more + 1;
	p = arena_alloc(t->arena, capacity);
	if (t->n > 0)
		memcpy(p, t->p, t->n);
	t->p = p;
	t->capacity = capacity;
	return p + t->n;
}

void text_str(struct text *t, struct str s)
{
	if (s.n == 0)
		return;
	memcpy(text_room(t, s.n), s.p, s.n);
	t->n += s.n;
}

void text_z(struct text *t, const char *z)
{
	text_str(t, str_of(z));
}

void text_char(struct text *t, char c)
{
	*text_room(t, 1) = c;
	t->n++;
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
