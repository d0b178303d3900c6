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

void text_init(struct text *t, struct arena *arena);
void text_str(struct text *t, struct str s);
void text_z(struct text *t, const char *z);
void text_char(struct text *t, char c);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What stands in the text now; borrowed until the next write. */
static inline struct str text_view(const struct text *t)
{
	return (struct str){ t->p != NULL ? t->p : "", t->n };
}

#endif
