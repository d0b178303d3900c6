#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/sourcemap.h"
#include "tests/support/expression.h"

static struct span at(uint32_t start)
{
	return (struct span){ start, start + 1 };
}

/* EXPLAIN <SELECT a.x FROM a> -- from EXPLAIN + tag + select(a.c.x) */
static void positions_go_to_the_word_or_to_the_copied_byte(void **state)
{
	struct expression x;
	struct sourcemap m;

	(void)state;
	expression_init(&x);
	sourcemap_init(&m, &x.arena);
	sourcemap_copied(&m, 0, 0);
	sourcemap_made(&m, 8, at(17));
	sourcemap_made(&m, 15, at(24));
	sourcemap_copied(&m, 30, 40);
	assert_int_equal(sourcemap_position(m.marks, m.count, 1), 1);
	assert_int_equal(sourcemap_position(m.marks, m.count, 8), 8);
	assert_int_equal(sourcemap_position(m.marks, m.count, 9), 18);
	assert_int_equal(sourcemap_position(m.marks, m.count, 15), 18);
	assert_int_equal(sourcemap_position(m.marks, m.count, 16), 25);
	assert_int_equal(sourcemap_position(m.marks, m.count, 30), 25);
	assert_int_equal(sourcemap_position(m.marks, m.count, 31), 41);
	assert_int_equal(sourcemap_position(m.marks, m.count, 35), 45);
	assert_int_equal(sourcemap_position(m.marks, m.count, 0), 0);
	expression_free(&x);
}

static void without_marks_a_position_stays(void **state)
{
	(void)state;
	assert_int_equal(sourcemap_position(NULL, 0, 7), 7);
}

static void before_the_first_mark_the_first_word_counts(void **state)
{
	struct expression x;
	struct sourcemap m;

	(void)state;
	expression_init(&x);
	sourcemap_init(&m, &x.arena);
	sourcemap_made(&m, 5, at(9));
	assert_int_equal(sourcemap_position(m.marks, m.count, 2), 10);
	expression_free(&x);
}

static void the_last_mark_at_an_offset_wins(void **state)
{
	struct expression x;
	struct sourcemap m;

	(void)state;
	expression_init(&x);
	sourcemap_init(&m, &x.arena);
	sourcemap_made(&m, 0, at(1));
	sourcemap_made(&m, 0, at(2));
	sourcemap_made(&m, 4, at(2));
	sourcemap_made(&m, 6, at(3));
	assert_int_equal(m.count, 2);
	assert_int_equal(sourcemap_position(m.marks, m.count, 6), 3);
	assert_int_equal(sourcemap_position(m.marks, m.count, 7), 4);
	expression_free(&x);
}

static void parts_are_appended_where_they_stand(void **state)
{
	struct expression x;
	struct sourcemap whole;
	struct sourcemap part;

	(void)state;
	expression_init(&x);
	sourcemap_init(&whole, &x.arena);
	sourcemap_init(&part, &x.arena);
	for (uint32_t i = 0; i < 1000; i++)
		sourcemap_made(&part, 3 * (size_t)i, at(5000 - i));
	sourcemap_made(&whole, 0, at(7));
	sourcemap_append(&whole, 10, &part);
	sourcemap_copied(&whole, 4000, 6000);
	assert_int_equal(sourcemap_position(whole.marks, whole.count, 10), 8);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(sourcemap_position(whole.marks, whole.count, 11 + 3 * i),
		                 5001 - i);
	assert_int_equal(sourcemap_position(whole.marks, whole.count, 4011), 6011);
	for (size_t i = 1; i < whole.count; i++)
		assert_true(whole.marks[i - 1].out < whole.marks[i].out);
	expression_free(&x);
}

/* Two hundred characters of one to four bytes, so that every block begins inside one or not. */
static struct str mixed(struct arena *a)
{
	static const char *const letters[] = { "a", "\xc3\xa9", "\xe2\x82\xac",
		                               "\xf0\x9f\x98\x80" };
	char *p = arena_alloc(a, 1000);
	size_t n = 0;

	for (size_t i = 0; i < 200; i++) {
		size_t length = strlen(letters[i * i % 4 + i % 3 == 5 ? 3 : (i * 7 + i / 5) % 4]);

		memcpy(p + n, letters[length - 1], length);
		n += length;
	}
	return (struct str){ p, n };
}

static void characters_are_counted_in_both_texts(void **state)
{
	const struct encoding *e = encoding_utf8();
	struct expression x;
	struct sourcemap m;
	struct str text;

	(void)state;
	expression_init(&x);
	text = mixed(&x.arena);
	sourcemap_init(&m, &x.arena);
	for (size_t i = 0; i < 200; i++)
		sourcemap_made(&m, encoding_offset(e, text, i),
		               at((uint32_t)encoding_offset(e, text, 199 - i)));
	sourcemap_count_characters(&m, text, text, e);
	assert_int_equal(m.count, 200);
	for (uint32_t i = 0; i < 200; i++) {
		assert_int_equal(m.marks[i].out, i);
		assert_int_equal(m.marks[i].start, 199 - i);
	}
	expression_free(&x);
}

static void ascii_texts_keep_their_offsets(void **state)
{
	struct expression x;
	struct sourcemap m;

	(void)state;
	expression_init(&x);
	sourcemap_init(&m, &x.arena);
	sourcemap_made(&m, 3, at(2));
	sourcemap_copied(&m, 5, 5);
	sourcemap_count_characters(&m, STR("abcdef"), STR("x\xc3\xa9z\xc3\xa9"), encoding_utf8());
	assert_int_equal(m.marks[0].out, 3);
	assert_int_equal(m.marks[0].start, 2);
	assert_int_equal(m.marks[1].start, 4);
	expression_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(positions_go_to_the_word_or_to_the_copied_byte),
		cmocka_unit_test(without_marks_a_position_stays),
		cmocka_unit_test(before_the_first_mark_the_first_word_counts),
		cmocka_unit_test(the_last_mark_at_an_offset_wins),
		cmocka_unit_test(parts_are_appended_where_they_stand),
		cmocka_unit_test(characters_are_counted_in_both_texts),
		cmocka_unit_test(ascii_texts_keep_their_offsets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
