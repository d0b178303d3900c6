/* Texts that are put together out of order, names by number, the table of keys. */
#include "compiler/printer.h"
#undef fail /* both sides have one */

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

struct state {
	struct compilation c;
	struct compile_settings settings;
	struct printer p;
};

static struct state s;

static int setup(void **unused)
{
	(void)unused;
	s = (struct state){ 0 };
	s.settings.encoding = encoding_utf8();
	s.c.settings = &s.settings;
	arena_init(&s.c.arena, (size_t)16 << 20, diag_exhausted, &s.c.diag);
	diag_init(&s.c.diag, &s.c.arena);
	s.p = (struct printer){ .c = &s.c, .out = buffer_new(&s.c) };
	return 0;
}

static int teardown(void **unused)
{
	(void)unused;
	arena_free(&s.c.arena);
	return 0;
}

static struct buffer *part(const char *text, uint32_t source)
{
	struct buffer *b = buffer_new(&s.c);

	sourcemap_made(&b->map, 0, (struct span){ source, source + 1 });
	text_z(&b->text, text);
	return b;
}

static void is_text(const struct buffer *b, const char *expected)
{
	assert_int_equal(b->text.n, strlen(expected));
	assert_memory_equal(b->text.p, expected, b->text.n);
}

static uint32_t source_at(const struct buffer *b, size_t at)
{
	uint32_t source = UINT32_MAX;

	for (size_t i = 0; i < b->map.count && b->map.marks[i].out <= at; i++)
		source = b->map.marks[i].start;
	return source;
}

static void a_text_without_insertions_stays_itself(void **state)
{
	struct buffer *b = part("SELECT", 1);

	(void)state;
	assert_ptr_equal(buffer_flatten(&s.c, b), b);
}

static void insertions_come_out_in_the_order_of_the_text(void **state)
{
	struct buffer *b = part("abcdef", 1);

	(void)state;
	buffer_insert(&s.c, b, 4, part("<4>", 40));
	buffer_insert(&s.c, b, 0, part("<0>", 10));
	buffer_insert(&s.c, b, 6, part("<6>", 60));
	buffer_insert(&s.c, b, 2, part("<2>", 20));
	b = buffer_flatten(&s.c, b);
	is_text(b, "<0>ab<2>cd<4>ef<6>");
	assert_int_equal(source_at(b, 1), 10);
	assert_int_equal(source_at(b, 3), 1);
	assert_int_equal(source_at(b, 5), 20);
	assert_int_equal(source_at(b, 8), 1); /* what held before the insertion holds behind it */
	assert_int_equal(source_at(b, 15), 60);
}

static void of_two_at_one_place_the_later_one_stands_in_front(void **state)
{
	struct buffer *b = part("SELECT", 1);

	(void)state;
	buffer_insert(&s.c, b, 0, part("inner ", 2));
	buffer_insert(&s.c, b, 0, part("outer ", 3));
	is_text(buffer_flatten(&s.c, b), "outer inner SELECT");
}

static void an_appended_text_brings_its_insertions(void **state)
{
	struct buffer *b = part("INSERT ", 1);
	struct buffer *more = part("RETURNING x", 2);

	(void)state;
	buffer_insert(&s.c, more, 10, part("first ", 3));
	buffer_insert(&s.c, more, 10, part("before ", 4));
	buffer_insert(&s.c, more, 0, part("zero ", 5));
	buffer_append(&s.c, b, more);
	is_text(buffer_flatten(&s.c, b), "INSERT zero RETURNING before first x");
}

static void insertions_nest(void **state)
{
	struct buffer *b = part("(x)", 1);
	struct buffer *inner = part("[y]", 2);

	(void)state;
	buffer_insert(&s.c, inner, 1, part("z", 3));
	buffer_insert(&s.c, b, 1, inner);
	is_text(buffer_flatten(&s.c, b), "([zy]x)");
}

static struct name anonymous(const char *body)
{
	return (struct name){ .anon = anon_new(&s.c, str_of(body)) };
}

static void is_name(struct name name, const char *expected)
{
	struct str text = name_text(&s.p, name, NAME_LABEL, false);

	if (!str_is(text, expected))
		fail_msg("%.*s is not %s", STR_ARG(text), expected);
}

static void names_are_numbered_by_body_when_they_are_met(void **state)
{
	struct name count = anonymous("count");
	struct name value = anonymous("count");
	struct name other = anonymous("count");

	(void)state;
	is_name(anonymous("anon"), "anon_1");
	is_name(count, "count_1");
	name_count(&s.p, value);
	is_name(other, "count_3");
	is_name(count, "count_1");
	is_name(value, "count_2");
	is_name(anonymous("anon"), "anon_2");
	is_name(anonymous("a (b) %c"), "a_b_c_1");
}

static void a_name_over_a_name_has_a_number_of_its_own(void **state)
{
	struct name count = anonymous("count");
	struct anon over = { .first = &count };
	struct anon repeat = { .first = &count, .between = STR("_") };
	struct name x = { .text = STR("x") };
	struct anon joined = { .first = &count, .between = STR("_"), .second = &x };

	(void)state;
	is_name((struct name){ .anon = &over }, "count_1_1");
	is_name((struct name){ .anon = &repeat }, "count_1__2");
	is_name((struct name){ .anon = &joined }, "count_1_x");
}

static void long_generated_names_are_shortened_by_characters(void **state)
{
	/* 60 characters, the last but one of two bytes */
	static const char name[] = "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghé0";
	struct name same = { .text = STR(name) };

	(void)state;
	is_name(same, name);
	assert_true(str_is(name_text(&s.p, same, NAME_LABEL, true),
	                   "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefg_1"));
	assert_true(str_is(name_text(&s.p, same, NAME_LABEL, true),
	                   "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefg_1"));
	assert_true(str_is(name_text(&s.p, same, NAME_ALIAS, true),
	                   "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefg_1"));
	is_name(anonymous("abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"),
	        "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefg_2");
	/* 57 characters with the number are not too long */
	is_name(anonymous("abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcde"),
	        "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcde_1");
}

static void a_table_of_keys_tells_texts_and_addresses_apart(void **state)
{
	struct keymap m = { 0 };
	char names[1000][8];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		names[i][0] = 'k';
		names[i][1] = (char)('0' + i / 100);
		names[i][2] = (char)('0' + i / 10 % 10);
		names[i][3] = (char)('0' + i % 10);
		keymap_at(&s.c.arena, &m, NULL, (struct str){ names[i], 4 })->number =
			(uint32_t)i + 1;
		keymap_at(&s.c.arena, &m, names[i], (struct str){ names[i], 4 })->number =
			(uint32_t)i + 5000;
	}
	for (int i = 0; i < 1000; i++) {
		struct str key = { names[i], 4 };

		assert_int_equal(keymap_find(&m, NULL, key)->number, i + 1);
		assert_int_equal(keymap_find(&m, names[i], key)->number, i + 5000);
	}
	assert_null(keymap_find(&m, NULL, STR("k")));
	assert_null(keymap_find(&m, &m, STR("k001")));
	assert_int_equal(m.count, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_text_without_insertions_stays_itself, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(insertions_come_out_in_the_order_of_the_text, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(of_two_at_one_place_the_later_one_stands_in_front,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(an_appended_text_brings_its_insertions, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(insertions_nest, setup, teardown),
		cmocka_unit_test_setup_teardown(names_are_numbered_by_body_when_they_are_met, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(a_name_over_a_name_has_a_number_of_its_own, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(long_generated_names_are_shortened_by_characters,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(a_table_of_keys_tells_texts_and_addresses_apart,
		                                setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
