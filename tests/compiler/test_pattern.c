#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/pattern.h"

/* The pattern with i, f and s for its constants, which must be those that are listed, with blanks
 * behind. */
static void assert_pattern(const char *text, const char *pattern, const char *constants)
{
	char room[512];
	char is[512] = "";
	struct pattern p;
	size_t n = 0;

	pattern_of(str_of(text), room, &p);
	for (size_t i = 0; i < p.text.n; i++)
		is[i] = p.text.p[i] > 3 || p.count == 0 ? p.text.p[i] : "?ifs"[(int)p.text.p[i]];
	is[p.text.n] = '\0';
	assert_string_equal(is, pattern);
	for (size_t i = 0; i < p.count; i++) {
		struct span s = p.constants[i];

		n += (size_t)snprintf(is + n, sizeof(is) - n, "%.*s ", (int)(s.end - s.start),
		                      text + s.start);
	}
	is[n] = '\0';
	assert_string_equal(is, constants);
}

static void numbers_are_constants(void **state)
{
	(void)state;
	assert_pattern("f(1, 20,300) + 0", "f(i, i,i) + i", "1 20 300 0 ");
	assert_pattern("1.5*0.25", "f*f", "1.5 0.25 ");
	assert_pattern("-7", "-i", "7 ");
	assert_pattern("", "", "");
}

static void what_is_more_or_less_than_a_plain_number_is_none(void **state)
{
	static const char *const texts[] = {
		"a1",
		"a.1",
		"_1",
		"$1",
		"1a",
		"0x1f",
		"007",
		"1_000",
		"1e5",
		"1.5e3",
		"1.",
		".5",
		"1..2",
		"1.5.2",
		"00.5",
		"\303\2441",
		"1\xc3\xa4",
		"1234567890",
		"1234567890.1234567",
		"t.c.x1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_pattern(texts[i], texts[i], "");
}

static void plain_strings_are_constants(void **state)
{
	(void)state;
	assert_pattern("f('a', '')", "f(s, s)", "'a' '' ");
	assert_pattern("'--' + '/*' + '\"'", "s + s + s", "'--' '/*' '\"' ");
	assert_pattern("'5' 6", "s i", "'5' 6 ");
}

static void other_strings_are_none(void **state)
{
	static const char *const texts[] = {
		"E'a'", "x'1f'",      "'it''s'", "'''a'''", "'\\'",
		"'\n'", "'\xc3\xa4'", "'open",   "1a'a'",   "\xc3\xa4'a'",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_pattern(texts[i], texts[i], "");
	assert_pattern("'it''s' + 'a'", "'it''s' + s", "'a' ");
}

static void names_in_double_quotes_are_passed_over(void **state)
{
	(void)state;
	assert_pattern("\"it's 5\" + 5", "\"it's 5\" + i", "5 ");
	assert_pattern("\"open 5", "\"open 5", "");
}

static void a_text_with_a_mark_has_no_constants(void **state)
{
	(void)state;
	assert_pattern("5 + \001", "5 + \001", "");
	assert_pattern("'a' \002 5", "'a' \002 5", "");
	assert_pattern("5 + '\003'", "5 + '\003'", "");
	assert_pattern("5 + \"\003\"", "5 + \"\003\"", "");
}

static void behind_the_most_constants_a_text_is_as_it_is(void **state)
{
	char text[4 * PATTERN_MOST];
	char room[4 * PATTERN_MOST];
	struct pattern p;
	size_t n = 0;

	(void)state;
	for (int i = 0; i <= PATTERN_MOST; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "7,");
	pattern_of((struct str){ text, n }, room, &p);
	assert_int_equal(p.count, PATTERN_MOST);
	assert_int_equal(p.text.n, n);
	assert_int_equal(p.text.p[n - 2], '7');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_constants),
		cmocka_unit_test(what_is_more_or_less_than_a_plain_number_is_none),
		cmocka_unit_test(plain_strings_are_constants),
		cmocka_unit_test(other_strings_are_none),
		cmocka_unit_test(names_in_double_quotes_are_passed_over),
		cmocka_unit_test(a_text_with_a_mark_has_no_constants),
		cmocka_unit_test(behind_the_most_constants_a_text_is_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
