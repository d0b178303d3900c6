/* The memory of one compilation: a bump allocator with a budget.
 *
 * Everything a compilation makes lives in its arena and dies with it; nobody frees a node. */
#ifndef COMPILER_ARENA_H
#define COMPILER_ARENA_H

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>

#include "compiler/str.h"

struct arena {
	struct arena_block *blocks; /* owned, newest first */
	char *next;
	char *end;
	size_t used;   /* bytes taken from the system so far */
	size_t budget; /* bytes that may be taken in all */
	/* Called when the budget is spent or the system refuses memory; it must not return. */
	void (*exhausted)(void *context);
	void *context;
};

/* An arena that may take `budget` bytes from the system. Owns nothing yet. */
void arena_init(struct arena *a, size_t budget, void (*exhausted)(void *), void *context);
/* Gives back every byte. The arena may be initialised again. */
void arena_free(struct arena *a);
/* Empties the arena but keeps one block, of 1 MiB at most, for the next compilation. */
void arena_reset(struct arena *a);
/* arena_take() where the newest block has no room. */
void *arena_grow(struct arena *a, size_t size);

enum { ARENA_ALIGNMENT = alignof(max_align_t) };

/* Memory aligned for any type, never NULL; lives as long as the arena. To be written by the caller. */
static inline void *arena_take(struct arena *a, size_t size)
{
	size_t rounded = (size + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
	char *p = a->next;

	if (p == NULL || rounded < size || rounded > (size_t)(a->end - p))
		return arena_grow(a, size);
	a->next = p + rounded;
	return p;
}

/* The same, zeroed. */
static inline void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_take(a, size), 0, size);
}

/* A copy of what stands at `p`. */
static inline void *arena_again(struct arena *a, const void *p, size_t size)
{
	return memcpy(arena_take(a, size), p, size);
}

/* The same for an array; an overflow of count * size counts as exhaustion. */
static inline void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return arena_grow(a, SIZE_MAX); /* which does not return */
	return arena_alloc(a, bytes);
}

/* A copy of `s` in the arena, followed by a NUL that its length does not count. */
struct str arena_copy(struct arena *a, struct str s);
/* The three in one, likewise. */
struct str arena_concat(struct arena *a, struct str one, struct str two, struct str three);
/* Formatted text in the arena, NUL-terminated behind its length. */
struct str arena_printf(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
struct str arena_vprintf(struct arena *a, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

#endif
