/* A text that grows in an arena: what the printer writes into, what messages are made in. */
#ifndef COMPILER_TEXT_H
#define COMPILER_TEXT_H

#include "compiler/arena.h"

struct text {
	struct arena *arena; /* borrowed */
	char *p;
	size_t n;
	size_t capacity;
};

/* An empty text. Takes no memory yet; running out of it is the arena's affair. */
void text_init(struct text *t, struct arena *arena);
/* Makes room for `more` bytes and a NUL behind them. */
void text_grow(struct text *t, size_t more);

/* Appends the bytes. */
static inline void text_str(struct text *t, struct str s)
{
	if (s.n == 0)
		return;
	if (s.n >= t->capacity - t->n)
		text_grow(t, s.n);
	memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
}

static inline void text_char(struct text *t, char c)
{
	text_str(t, (struct str){ &c, 1 });
}

/* Appends a C string. */
void text_z(struct text *t, const char *z);
/* Appends formatted text. */
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What stands in the text now; borrowed until the next write. */
static inline struct str text_view(const struct text *t)
{
	return (struct str){ t->p != NULL ? t->p : "", t->n };
}

#endif
