#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/text.h"
#include "tests/support/expression.h"

static void memory_is_zeroed_aligned_and_apart(void **state)
{
	struct expression x;
	char *last = NULL;

	(void)state;
	expression_init(&x);
	for (size_t size = 0; size < 3000; size++) {
		char *p = arena_alloc(&x.arena, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
		if (last != NULL)
			assert_int_equal((unsigned char)*last, 0xff);
		last = size > 0 ? p + size - 1 : NULL;
	}
	expression_free(&x);
}

static void a_reset_arena_gives_zeroed_memory_again(void **state)
{
	struct expression x;
	char *p;
	size_t used;

	(void)state;
	expression_init(&x);
	memset(arena_alloc(&x.arena, 100), 0xff, 100);
	used = x.arena.used;
	for (size_t i = 0; i < 1000; i++)
		memset(arena_alloc(&x.arena, 10000), 0xff, 10000);
	arena_alloc(&x.arena, 5000000);
	assert_true(x.arena.used > used + 15000000);
	arena_reset(&x.arena);
	assert_int_equal(x.arena.used, 1 << 20); /* the block that is kept counts */
	p = arena_alloc(&x.arena, 100);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(p[i], 0);
	expression_free(&x);
	arena_reset(&x.arena);
	assert_int_equal(x.arena.used, 0);
	expression_free(&x);
}

static void the_budget_is_never_exceeded(void **state)
{
	struct expression x;
	volatile size_t got;

	(void)state;
	for (volatile size_t budget = 0; budget < 200000; budget += 997) {
		expression_init(&x);
		x.arena.budget = budget;
		got = 0;
		if (setjmp(x.diag.escape) == 0) {
			for (;;) {
				arena_alloc(&x.arena, 100);
				got += 112;
			}
		}
		assert_true(x.arena.used <= budget);
		/* And what was allowed was given, but for the heads of blocks and their ends. */
		assert_true(got + got / 8 + 300 >= budget);
		assert_string_equal(x.diag.sqlstate, SQLSTATE_PROGRAM_LIMIT);
		assert_true(x.diag.failed);
		assert_true(x.diag.message.n > 0);
		expression_free(&x);
	}
}

static void a_size_that_overflows_is_exhaustion(void **state)
{
	struct expression x;
	volatile size_t most = SIZE_MAX; /* the compiler must not see the size, or it warns of it */

	(void)state;
	expression_init(&x);
	EXPECT_FAILURE(&x, arena_alloc(&x.arena, most));
	EXPECT_FAILURE(&x, arena_alloc(&x.arena, most - 100));
	EXPECT_FAILURE(&x, arena_array(&x.arena, most / 8, 16));
	expression_free(&x);
}

static void copies_and_formats_end_in_a_nul(void **state)
{
	struct expression x;
	struct str s;

	(void)state;
	expression_init(&x);
	s = arena_copy(&x.arena, STR("abc"));
	assert_int_equal(s.n, 3);
	assert_string_equal(s.p, "abc");
	s = arena_copy(&x.arena, (struct str){ 0 });
	assert_string_equal(s.p, "");
	s = arena_printf(&x.arena, "%d-%s", 42, "x");
	assert_int_equal(s.n, 4);
	assert_string_equal(s.p, "42-x");
	expression_free(&x);
}

static void a_text_grows(void **state)
{
	struct expression x;
	struct text t;

	(void)state;
	expression_init(&x);
	text_init(&t, &x.arena);
	text_str(&t, (struct str){ 0 });
	assert_int_equal(text_view(&t).n, 0);
	for (size_t i = 0; i < 10000; i++) {
		text_char(&t, (char)('a' + i % 26));
		text_z(&t, "-");
		text_printf(&t, "%zu", i % 10);
	}
	assert_int_equal(t.n, 30000);
	for (size_t i = 0; i < 10000; i++) {
		assert_int_equal(t.p[3 * i], 'a' + i % 26);
		assert_int_equal(t.p[3 * i + 2], '0' + i % 10);
	}
	expression_free(&x);
}

static void an_error_carries_its_hint_and_place(void **state)
{
	struct expression x;
	struct span at = { 3, 5 };

	(void)state;
	expression_init(&x);
	EXPECT_FAILURE(&x, {
		diag_hint(&x.diag, "Try %s.", "this");
		diag_detail(&x.diag, "It is %d.", 7);
		diag_fail(&x.diag, at, SQLSTATE_UNDEFINED_COLUMN, "column %s does not exist",
		          "a.b");
	});
	assert_string_equal(x.diag.message.p, "column a.b does not exist");
	assert_string_equal(x.diag.hint.p, "Try this.");
	assert_string_equal(x.diag.detail.p, "It is 7.");
	assert_string_equal(x.diag.sqlstate, "42703");
	assert_int_equal(x.diag.span.start, 3);
	assert_int_equal(x.diag.span.end, 5);
	expression_free(&x);
}

static void texts_compare(void **state)
{
	(void)state;
	assert_true(str_eq(STR("a"), STR("a")));
	assert_false(str_eq(STR("a"), STR("ab")));
	assert_true(str_eq((struct str){ 0 }, STR("")));
	assert_true(str_eq_nocase(STR("SeLect"), STR("selEct")));
	assert_false(str_eq_nocase(STR("a["), STR("a{")));
	assert_false(str_eq_nocase(STR("\xc3\x89"), STR("\xc3\xa9")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(a_reset_arena_gives_zeroed_memory_again),
		cmocka_unit_test(the_budget_is_never_exceeded),
		cmocka_unit_test(a_size_that_overflows_is_exhaustion),
		cmocka_unit_test(copies_and_formats_end_in_a_nul),
		cmocka_unit_test(a_text_grows),
		cmocka_unit_test(an_error_carries_its_hint_and_place),
		cmocka_unit_test(texts_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
