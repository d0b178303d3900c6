/* An arena for tests of one function: the state of each test of a group. */
#ifndef TESTS_SUPPORT_ARENA_H
#define TESTS_SUPPORT_ARENA_H

#include <stdlib.h>

#include "compiler/arena.h"

static inline void arena_is_exhausted(void *context)
{
	(void)context;
	abort();
}

static inline int arena_set_up(void **state)
{
	static struct arena arena;

	arena_init(&arena, SIZE_MAX, arena_is_exhausted, NULL);
	*state = &arena;
	return 0;
}

static inline int arena_tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

#endif
