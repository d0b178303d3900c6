#include "compiler/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The first block serves a typical report whole; each further one is twice as large, so that a
 * large text needs few of them, up to a size from which on doubling would waste the budget. */
enum { FIRST_BLOCK = 16 * 1024, LARGEST_BLOCK = 1024 * 1024 };

struct arena_block {
	struct arena_block *older;
	size_t size; /* with this head */
	alignas(max_align_t) char memory[];
};

void arena_init(struct arena *a, size_t budget, void (*exhausted)(void *), void *context)
{
	*a = (struct arena){ .budget = budget, .exhausted = exhausted, .context = context };
}

static void free_blocks(struct arena_block *block, const struct arena_block *last)
{
	while (block != last) {
		struct arena_block *older = block->older;

		free(block);
		block = older;
	}
}

void arena_free(struct arena *a)
{
	free_blocks(a->blocks, NULL);
	arena_init(a, a->budget, a->exhausted, a->context);
}

static void open_block(struct arena *a, struct arena_block *block)
{
	a->blocks = block;
	a->next = block->memory;
	a->end = (char *)block + block->size;
}

void arena_reset(struct arena *a)
{
	struct arena_block *kept = a->blocks;

	/* The newest that is not made to the measure of one huge piece. */
	while (kept != NULL && kept->size > LARGEST_BLOCK)
		kept = kept->older;
	if (kept == NULL) {
		arena_free(a);
		return;
	}
	free_blocks(a->blocks, kept);
	free_blocks(kept->older, NULL);
	kept->older = NULL;
	a->used = kept->size;
	open_block(a, kept);
}

static _Noreturn void give_up(struct arena *a)
{
	a->exhausted(a->context);
	abort(); /* it returned, which it must not */
}

/* Takes a block with room for `size` bytes from the system. What is left of the last one is lost:
 * less than a block for every doubling. */
static void grow(struct arena *a, size_t size)
{
	size_t left = a->budget > a->used ? a->budget - a->used : 0; /* it may have been lowered */
	size_t wanted = a->blocks == NULL ? FIRST_BLOCK : 2 * a->blocks->size;
	struct arena_block *block;

	if (wanted > LARGEST_BLOCK)
		wanted = LARGEST_BLOCK;
	if (wanted > left)
		wanted = left;
	if (left < sizeof(*block) || size > left - sizeof(*block))
		give_up(a);
	if (wanted < size + sizeof(*block))
		wanted = size + sizeof(*block);
	block = malloc(wanted);
	if (block == NULL)
		give_up(a);
	block->older = a->blocks;
	block->size = wanted;
	a->used += wanted;
	open_block(a, block);
}

void *arena_grow(struct arena *a, size_t size)
{
	size_t rounded = (size + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);

	if (rounded < size)
		give_up(a);
	grow(a, rounded);
	return arena_take(a, size);
}

struct str arena_copy(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

struct str arena_concat(struct arena *a, struct str one, struct str two, struct str three)
{
	const struct str parts[] = { one, two, three };
	char *p = arena_alloc(a, one.n + two.n + three.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < 3; i++) {
		if (parts[i].n > 0)
			memcpy(p + n, parts[i].p, parts[i].n);
		n += parts[i].n;
	}
	return (struct str){ p, n };
}

struct str arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	struct str s;

	va_start(args, format);
	s = arena_vprintf(a, format, args);
	va_end(args);
	return s;
}

struct str arena_vprintf(struct arena *a, const char *format, va_list args)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		give_up(a);
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, format, args);
	return (struct str){ p, (size_t)n };
}
