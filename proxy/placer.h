/* Copies a value, with the arrays and texts that it points to, into one block of memory.
 *
 * Whoever has such a value names its parts in one function, which is run twice: first to learn the
 * size of the block, when nothing is copied and the value stays as it is; then to fill the block,
 * when its pointers come to point into it. So size and layout cannot disagree. Allocates nothing
 * itself. */
#ifndef PROXY_PLACER_H
#define PROXY_PLACER_H

#include <stdalign.h>

#include "compiler/str.h"

struct placer {
	char *block; /* borrowed, aligned for any type; NULL: only the size is asked for */
	size_t size; /* of what has been placed */
};

/* A place for an array of `count` elements of `size` bytes, and a copy of it there. Gives the copy,
 * whose elements may be changed; while only the size is asked for `from` itself, whose elements may
 * not. */
static inline void *placer_array(struct placer *p, const void *from, size_t count, size_t size)
{
	size_t alignment = alignof(max_align_t);
	size_t at = (p->size + alignment - 1) & ~(alignment - 1);

	p->size = at + count * size;
	if (p->block == NULL)
		return (void *)(uintptr_t)from;
	return count > 0 ? memcpy(p->block + at, from, count * size) : p->block + at;
}

/* A place for a text, and a copy of it there, to which `s` then points. */
static inline void placer_text(struct placer *p, struct str *s)
{
	size_t at = p->size;

	p->size += s->n;
	if (p->block != NULL)
		s->p = s->n > 0 ? memcpy(p->block + at, s->p, s->n) : p->block + at;
}

#endif
