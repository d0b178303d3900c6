/* What every test of the compiler's lower half sets up: an arena, a diag, the session's rules. */
#ifndef TESTS_SUPPORT_EXPRESSION_H
#define TESTS_SUPPORT_EXPRESSION_H

#include <setjmp.h>

#include "compiler/diag.h"
#include "compiler/sqllex.h"

struct expression {
	struct arena arena;
	struct diag diag;
	struct sqllex_rules rules;
};

static inline void expression_init(struct expression *x)
{
	arena_init(&x->arena, (size_t)256 << 20, diag_exhausted, &x->diag);
	diag_init(&x->diag, &x->arena);
	x->rules = (struct sqllex_rules){ .encoding = encoding_utf8(),
		                          .standard_conforming_strings = true };
}

/* Forgets everything, for the next case of the same test. */
static inline void expression_again(struct expression *x)
{
	arena_reset(&x->arena);
	diag_init(&x->diag, &x->arena);
}

static inline void expression_free(struct expression *x)
{
	arena_free(&x->arena);
}

/* Runs `statement`, which must fail, and leaves the error in x->diag. */
#define EXPECT_FAILURE(x, statement)                                                               \
	do {                                                                                       \
		if (setjmp((x)->diag.escape) == 0) {                                               \
			statement;                                                                 \
			fail_msg("%s passed", #statement);                                         \
		}                                                                                  \
		assert_true((x)->diag.failed);                                                     \
	} while (0)

/* Runs `statement`, which must not. */
#define EXPECT_SUCCESS(x, statement)                                                               \
	do {                                                                                       \
		if (setjmp((x)->diag.escape) != 0)                                                 \
			fail_msg("%s: %.*s", #statement, STR_ARG((x)->diag.message));              \
		statement;                                                                         \
	} while (0)

/* The next number of a seeded sequence (xorshift): the same cases on every run. */
static inline uint32_t expression_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

#endif
