/* What tests of the compiler's middle set up: a compilation without a query text or a catalog. */
#ifndef TESTS_SUPPORT_MIDDLE_H
#define TESTS_SUPPORT_MIDDLE_H

#include <setjmp.h>

/* cmocka and the compiler each have a fail(); tests use cmocka's. Include this after cmocka.h. */
#undef fail
#include "compiler/compilation.h"
#include "compiler/encoding.h"
#undef fail
#define fail() _fail(__FILE__, __LINE__)

struct middle {
	struct compilation c;
	struct compile_settings settings;
	struct catalog catalog;
};

static inline void middle_init(struct middle *m)
{
	memset(m, 0, sizeof(*m));
	m->settings.encoding = encoding_utf8();
	m->settings.standard_conforming_strings = true;
	m->c.settings = &m->settings;
	m->c.catalog = &m->catalog;
	compilation_limit(&m->c, 1000);
	arena_init(&m->c.arena, (size_t)64 << 20, diag_exhausted, &m->c.diag);
	diag_init(&m->c.diag, &m->c.arena);
}

static inline void middle_free(struct middle *m)
{
	arena_free(&m->c.arena);
}

static inline int middle_set_up(void **state)
{
	static struct middle m;

	middle_init(&m);
	*state = &m;
	return 0;
}

static inline int middle_tear_down(void **state)
{
	middle_free(*state);
	return 0;
}

/* A test whose state is a struct middle of its own. */
#define MIDDLE(test) cmocka_unit_test_setup_teardown(test, middle_set_up, middle_tear_down)

/* Runs `statement`, which must fail with this SQLSTATE. */
#define EXPECT_FAILS(m, state, statement)                                                          \
	do {                                                                                       \
		if (setjmp((m)->c.diag.escape) == 0) {                                             \
			statement;                                                                 \
			fail_msg("no failure: " #statement);                                       \
		}                                                                                  \
		assert_string_equal((m)->c.diag.sqlstate, state);                                  \
		(m)->c.diag.failed = false;                                                        \
	} while (0)

#endif
