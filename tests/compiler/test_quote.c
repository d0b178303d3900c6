#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <pg_query.h>

#include "compiler/quote.h"
#include "tests/support/expression.h"

static void literal_in(const char *encoding, struct str value, const char *expected)
{
	struct expression x;
	struct text out;

	expression_init(&x);
	text_init(&out, &x.arena);
	quote_literal(&out, value, encoding_find(str_of(encoding)));
	text_char(&out, '\0');
	assert_string_equal(out.p, expected);
	expression_free(&x);
}

static void literals_mean_the_value_whatever_the_setting(void **state)
{
	(void)state;
	literal_in("UTF8", STR(""), "''");
	literal_in("UTF8", STR("it's"), "'it''s'");
	literal_in("UTF8", STR("a\\b"), "E'a\\\\b'");
	literal_in("UTF8", STR("\\'"), "E'\\\\'''");
	literal_in("UTF8", STR("a\nb\"$$--"), "'a\nb\"$$--'");
}

static void a_backslash_inside_a_character_is_none(void **state)
{
	(void)state;
	literal_in("SJIS", STR("\x95\\"), "E'\x95\\'");
	literal_in("SJIS", STR("\x95\\\\"), "E'\x95\\\\\\'");
	literal_in("LATIN1", STR("\x95\\"), "E'\x95\\\\'");
}

static void what_no_server_can_hold_it_refuses(void **state)
{
	(void)state;
	literal_in("UTF8", STR("a\0b"), "E'\\x61\\x00\\x62'");
	literal_in("SJIS", STR("a\x95"), "E'\\x61\\x95'");
	literal_in("GBK", STR("\x81'"), "E'\\x81\\x27'");
}

static void identifier(const char *name, const char *expected)
{
	struct expression x;
	struct text out;

	expression_init(&x);
	text_init(&out, &x.arena);
	quote_identifier(&out, str_of(name));
	text_char(&out, '\0');
	assert_string_equal(out.p, expected);
	expression_free(&x);
}

static void names_are_quoted_where_they_must_be(void **state)
{
	(void)state;
	identifier("widgets", "widgets");
	identifier("_a$1", "_a$1");
	identifier("name", "name");
	identifier("value", "value");
	identifier("order", "\"order\"");
	identifier("orders", "orders");
	identifier("lateral", "\"lateral\"");
	identifier("system_user", "\"system_user\"");
	identifier("collation", "\"collation\"");
	identifier("concurrently", "\"concurrently\"");
	identifier("tablesample", "\"tablesample\"");
	identifier("all", "\"all\"");
	identifier("with", "\"with\"");
	identifier("withx", "withx");
	identifier("wit", "wit");
	identifier("Mixed", "\"Mixed\"");
	identifier("1a", "\"1a\"");
	identifier("$a", "\"$a\"");
	identifier("a b", "\"a b\"");
	identifier("a\"b\"", "\"a\"\"b\"\"\"");
	identifier("", "\"\"");
	identifier("\xc3\xa9t\xc3\xa9", "\"\xc3\xa9t\xc3\xa9\"");
}

static const char *const words[] = {
#define RESERVED(word) #word,
#include "compiler/reserved.def"
};

static void reserved_words_are_sorted_and_quoted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		assert_true(quote_is_needed(str_of(words[i])));
		if (i > 0)
			assert_true(strcmp(words[i - 1], words[i]) < 0);
	}
}

/* Every word that the parser does not take bare as a table, a column and an alias is in the list. */
static void words_that_the_parser_refuses_are_quoted(void **state)
{
	static const char *const keywords[] = {
#define KEYWORD(word) #word,
#include "tests/support/keywords.def"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		char sql[256];
		PgQueryParseResult r;

		if (quote_is_needed(str_of(keywords[i])))
			continue;
		snprintf(sql, sizeof(sql),
		         "SELECT %1$s.%1$s AS %1$s, %1$s FROM a AS %1$s, %1$s ORDER BY %1$s",
		         keywords[i]);
		r = pg_query_parse(sql);
		if (r.error != NULL)
			fail_msg("%s: %s", sql, r.error->message);
		pg_query_free_parse_result(r);
	}
}

static void sql_as_text_is_one_row_named_sql(void **state)
{
	struct expression x;
	struct text out;
	PgQueryParseResult r;

	(void)state;
	expression_init(&x);
	text_init(&out, &x.arena);
	quote_text_as_select(&out, STR("SELECT 'a\\b'"), encoding_utf8());
	text_char(&out, '\0');
	assert_string_equal(out.p, "SELECT E'SELECT ''a\\\\b'''::pg_catalog.text AS sql");
	r = pg_query_parse(out.p);
	assert_null(r.error);
	pg_query_free_parse_result(r);
	expression_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_mean_the_value_whatever_the_setting),
		cmocka_unit_test(a_backslash_inside_a_character_is_none),
		cmocka_unit_test(what_no_server_can_hold_it_refuses),
		cmocka_unit_test(names_are_quoted_where_they_must_be),
		cmocka_unit_test(reserved_words_are_sorted_and_quoted),
		cmocka_unit_test(words_that_the_parser_refuses_are_quoted),
		cmocka_unit_test(sql_as_text_is_one_row_named_sql),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
