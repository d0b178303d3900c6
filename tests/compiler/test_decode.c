#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <pg_query.h>

#include "compiler/decode.h"
#include "compiler/quote.h"
#include "compiler/text.h"
#include "tests/support/expression.h"

static struct sqllex_token token_of(const struct expression *x, struct str text)
{
	struct sqllex l = { .text = text, .rules = x->rules, .expression = true };

	return sqllex_next(&l);
}

static struct str decode(struct expression *x, struct str text, char escape)
{
	struct sqllex_token t = token_of(x, text);

	assert_true(t.closed);
	assert_int_equal(t.end, text.n);
	if (t.kind == SQLLEX_BITS)
		return decode_bits(&x->diag, text, &t, x->rules.encoding);
	return decode_string(&x->diag, text, &t, &x->rules, escape);
}

static void means_in(struct sqllex_rules rules, const char *text, const char *value)
{
	struct expression x;
	struct str got;

	expression_init(&x);
	x.rules = rules;
	if (setjmp(x.diag.escape) != 0)
		fail_msg("%s: %.*s", text, STR_ARG(x.diag.message));
	got = decode(&x, str_of(text), '\\');
	if (!str_is(got, value))
		fail_msg("%s means <%.*s>, not <%s>", text, STR_ARG(got), value);
	expression_free(&x);
}

static struct sqllex_rules utf8(bool conforming)
{
	return (struct sqllex_rules){ .encoding = encoding_utf8(),
		                      .standard_conforming_strings = conforming };
}

static void means(const char *text, const char *value)
{
	means_in(utf8(true), text, value);
}

static void fails_in(struct sqllex_rules rules, const char *text, const char *at,
                     const char *sqlstate, const char *message)
{
	struct expression x;

	expression_init(&x);
	x.rules = rules;
	EXPECT_FAILURE(&x, decode(&x, str_of(text), '\\'));
	assert_string_equal(x.diag.message.p, message);
	assert_string_equal(x.diag.sqlstate, sqlstate);
	assert_int_equal(x.diag.span.end - x.diag.span.start, strlen(at));
	assert_memory_equal(text + x.diag.span.start, at, strlen(at));
	expression_free(&x);
}

static void fails(const char *text, const char *at, const char *sqlstate, const char *message)
{
	fails_in(utf8(true), text, at, sqlstate, message);
}

static void plain_strings(void **state)
{
	(void)state;
	means("'it''s'", "it's");
	means("'a\\n'", "a\\n");
	means("''", "");
	means("''''", "'");
	means("\"a\"\"b'\"", "a\"b'");
	means("$$it's \\n$$", "it's \\n");
	means("$x$a$$b$x$", "a$$b");
	means("r'a\\'", "a\\");
	means("r\"a\\\"", "a\\");
	means("'a'\n-- c\n 'b'\n'''c'", "ab'c");
}

static void escapes(void **state)
{
	(void)state;
	means("E'\\b\\f\\n\\r\\t\\q\\\\\\''", "\b\f\n\r\tq\\'");
	means("E'\\101\\x41\\x4a\\7x\\x'", "AAJ\7xx");
	means("E'\\u00e9\\U0001F600\\xc3\\xa9\\303\\251'",
	      "\xc3\xa9\xf0\x9f\x98\x80\xc3\xa9\xc3\xa9");
	means("E'\\uD83D\\uDE00'", "\xf0\x9f\x98\x80");
	means("E'\\\xc3\xa9'", "\xc3\xa9");
	means("E'a'\n'b\\n'", "ab\n");
	means_in(utf8(false), "'a\\n\\''''", "a\n''");
	means_in(utf8(false), "r'a\\n'", "a\\n");
	means_in(utf8(false), "\"a\\n\"", "a\\n");
	means("U&'\\0041\\\\\\+01F600''d'", "A\\\xf0\x9f\x98\x80'd");
	means("U&'\\D83D\\+00DE00'", "\xf0\x9f\x98\x80");
	means("U&'\\D83D'\n'\\DE00'", "\xf0\x9f\x98\x80");
	means("U&\"d\\0061t\"", "dat");
}

static void broken_escapes_fail_where_they_stand(void **state)
{
	(void)state;
	fails("E'a\\u00e'", "\\u00e", SQLSTATE_INVALID_ESCAPE, "invalid Unicode escape");
	fails("E'a\\U0011000'", "\\U0011000", SQLSTATE_INVALID_ESCAPE, "invalid Unicode escape");
	fails("E'\\U00110000'", "\\U00110000", SQLSTATE_SYNTAX_ERROR,
	      "invalid Unicode escape value");
	fails("E'\\u0000'", "\\u0000", SQLSTATE_SYNTAX_ERROR, "invalid Unicode escape value");
	fails("E'\\uDE00'", "\\uDE00", SQLSTATE_SYNTAX_ERROR, "invalid Unicode surrogate pair");
	fails("E'\\uD83Dx'", "x", SQLSTATE_SYNTAX_ERROR, "invalid Unicode surrogate pair");
	fails("E'\\uD83D\\n'", "\\", SQLSTATE_SYNTAX_ERROR, "invalid Unicode surrogate pair");
	fails("E'\\uD83D'", "'", SQLSTATE_SYNTAX_ERROR, "invalid Unicode surrogate pair");
	fails("E'\\uD83D'\n'\\uDE00'", "'", SQLSTATE_SYNTAX_ERROR,
	      "invalid Unicode surrogate pair");
	fails("U&'a\\00'", "\\00", SQLSTATE_INVALID_ESCAPE, "invalid Unicode escape");
	fails("U&'\\+00'", "\\+00", SQLSTATE_INVALID_ESCAPE, "invalid Unicode escape");
	fails("E'a\\v'", "\\v", SQLSTATE_INVALID_ESCAPE, "ambiguous escape \\v");
}

static void bytes_that_are_no_text_fail(void **state)
{
	(void)state;
	fails("E'a\\x00'", "\\x00", SQLSTATE_BAD_ENCODING,
	      "invalid byte sequence for encoding \"UTF8\": 0x00");
	fails("E'a\\0b'", "\\0", SQLSTATE_BAD_ENCODING,
	      "invalid byte sequence for encoding \"UTF8\": 0x00");
	fails("E'\\400'", "\\400", SQLSTATE_BAD_ENCODING,
	      "invalid byte sequence for encoding \"UTF8\": 0x00");
	fails("E'\\xff'", "E'\\xff'", SQLSTATE_BAD_ENCODING,
	      "invalid byte sequence for encoding \"UTF8\"");
	fails("E'\\xc3'", "E'\\xc3'", SQLSTATE_BAD_ENCODING,
	      "invalid byte sequence for encoding \"UTF8\"");
}

static void encodings_decide(void **state)
{
	struct sqllex_rules rules = utf8(true);

	(void)state;
	rules.encoding = encoding_find(STR("LATIN1"));
	means_in(rules, "E'\\u00e9\\xe9'", "\xe9\xe9");
	fails_in(rules, "E'\\u20ac'", "\\u20ac", SQLSTATE_FEATURE,
	         "Unicode escape of this character is not supported in client encoding LATIN1");
	rules.server_encoding = encoding_utf8();
	fails_in(rules, "E'\\xe9'", "\\xe9", SQLSTATE_FEATURE,
	         "byte escapes beyond ASCII are not supported while client and server encodings "
	         "differ");
	means_in(rules, "E'\\x41'", "A");
	rules.encoding = encoding_find(STR("SJIS"));
	means_in(rules, "E'\x95\\n'", "\x95\\n");
	means_in(rules, "E'\\\x95\\'", "\x95\\");
	fails_in(rules, "E'a\\'b'", "\\'", SQLSTATE_UNSAFE_ESCAPE,
	         "unsafe use of \\' in a string literal");
	rules = utf8(false);
	fails_in(rules, "U&'a'", "U&'a'", SQLSTATE_FEATURE,
	         "unsafe use of string constant with Unicode escapes");
}

static void bit_strings_are_checked_and_joined(void **state)
{
	(void)state;
	means("B'0110'", "B'0110'");
	means("x'1aF'", "x'1aF'");
	means("B''", "B''");
	means("B'01'\n'10'", "B'0110'");
	fails("B'012'", "2", SQLSTATE_INVALID_TEXT, "\"2\" is not a valid binary digit");
	fails("X'0g'", "g", SQLSTATE_INVALID_TEXT, "\"g\" is not a valid hexadecimal digit");
	fails("B'é'", "é", SQLSTATE_INVALID_TEXT, "\"é\" is not a valid binary digit");
}

static void number(const char *text, bool is_integer, const char *digits)
{
	struct expression x;
	struct str s = str_of(text);
	struct str got;
	struct sqllex_token t;
	bool integer;

	expression_init(&x);
	t = token_of(&x, s);
	assert_int_equal(t.end, s.n);
	EXPECT_SUCCESS(&x, got = decode_number(&x.diag, s, &t, &integer));
	assert_true(str_is(got, digits));
	assert_int_equal(integer, is_integer);
	expression_free(&x);
}

static void numbers_become_decimal_digits(void **state)
{
	(void)state;
	number("0", true, "0");
	number("007", true, "007");
	number("1_000_000", true, "1000000");
	number("1.50", false, "1.50");
	number("1.", false, "1.");
	number(".5", false, ".5");
	number("1e10", false, "1e10");
	number("0e1", false, "0e1");
	number("0x0", true, "0");
	number("0xDEAD_beef", true, "3735928559");
	number("0o17", true, "15");
	number("0b101", true, "5");
	number("0xffffffffffffffff", true, "18446744073709551615");
	number("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", true,
	       "1157920892373161954235709850086879078532699846656405640394575840079131296399"
	       "35");
}

static void numbers_that_are_none_fail(void **state)
{
	struct expression x;
	struct sqllex_token t;
	bool integer;
	static const char *const wrong[] = { "0o8", "0b2" };

	(void)state;
	expression_init(&x);
	for (size_t i = 0; i < 2; i++) {
		t = token_of(&x, str_of(wrong[i]));
		EXPECT_FAILURE(&x, decode_number(&x.diag, str_of(wrong[i]), &t, &integer));
		assert_string_equal(x.diag.sqlstate, SQLSTATE_SYNTAX_ERROR);
	}
	expression_free(&x);
}

/* The string constant that the server's parser finds in `SELECT <literal>`, out of the JSON. */
static bool server_value(struct arena *a, struct str literal, struct text *value)
{
	struct text sql;
	PgQueryParseResult r;
	const char *p;

	text_init(&sql, a);
	text_z(&sql, "SELECT ");
	text_str(&sql, literal);
	text_char(&sql, '\0');
	r = pg_query_parse(sql.p);
	p = r.error == NULL ? strstr(r.parse_tree, "\"sval\":{") : NULL;
	if (p == NULL || strstr(r.parse_tree, "\"location\":7}},\"location\":7}}]") == NULL) {
		pg_query_free_parse_result(r);
		return false;
	}
	p += strlen("\"sval\":{");
	/* An empty string is left out. */
	if (*p == '}')
		p = "\"\"";
	else
		p += strlen("\"sval\":");
	for (p++; *p != '"'; p++) {
		unsigned code;

		if (*p != '\\') {
			text_char(value, *p);
			continue;
		}
		p++;
		if (*p == 'u') {
			assert_int_equal(sscanf(p + 1, "%4x", &code), 1);
			text_char(value, (char)code);
			p += 4;
		} else {
			text_char(value, *p == 'n'   ? '\n'
			                 : *p == 'r' ? '\r'
			                 : *p == 't' ? '\t'
			                 : *p == 'b' ? '\b'
			                 : *p == 'f' ? '\f'
			                             : *p);
		}
	}
	pg_query_free_parse_result(r);
	return true;
}

static void random_literals_mean_what_the_server_reads(void **state)
{
	static const char *const pieces[] = {
		"\\",    "\\",      "''",        "n",
		"'\n'",  "x4",      "1",         "0",
		"41",    "u00e9",   "U0001F600", "\\\\",
		"a",     " ",       "\xc3\xa9",  "\xf0\x9f\x98\x80",
		"uD83D", "\\uDE00", "\\+00",     "\\00",
		"\"",    "$",       "\t",        "7",
		"\\'",   "x",       "b",         "r",
	};
	static const char *const starts[] = { "E'", "'", "U&'", "$$", "e'" };
	struct expression x;
	volatile uint32_t seed = 77;
	volatile size_t compared = 0;

	(void)state;
	expression_init(&x);
	for (volatile size_t round = 0; round < 50000; round++) {
		struct text literal;
		struct text expected;
		struct str s;
		uint32_t random = seed;
		const char *start = starts[expression_random(&random) % 5];

		expression_again(&x);
		text_init(&literal, &x.arena);
		text_init(&expected, &x.arena);
		text_z(&literal, start);
		for (size_t i = expression_random(&random) % 8; i > 0; i--)
			text_z(&literal, pieces[expression_random(&random) %
			                        (sizeof(pieces) / sizeof(pieces[0]))]);
		text_z(&literal, *start == '$' ? "$$" : "'");
		seed = random;
		s = text_view(&literal);
		if (!token_of(&x, s).closed || token_of(&x, s).end != s.n ||
		    !server_value(&x.arena, s, &expected))
			continue;
		if (setjmp(x.diag.escape) == 0) {
			struct str value = decode(&x, s, '\\');

			if (!str_eq(value, text_view(&expected)))
				fail_msg("%.*s: <%.*s>, the server <%.*s>", STR_ARG(s),
				         STR_ARG(value), STR_ARG(text_view(&expected)));
			compared++;
		} else if (s.p[0] != 'U' || memchr(s.p, '\n', s.n) == NULL) {
			/* An escape of U&'…' cut in two by a line we refuse. */
			fail_msg("%.*s: %.*s", STR_ARG(s), STR_ARG(x.diag.message));
		}
	}
	assert_true(compared > 10000);
	expression_free(&x);
}

/* What quote_literal() writes, the server and this lexer read back, whatever the setting. */
static void random_values_come_back_from_their_quotes(void **state)
{
	static const char *const pieces[] = { "'",  "\\", "\\'", "''", "a",  "\n", "\xc3\xa9",
		                              "$$", "\"", "--",  "/*", "E'", ";",  "\x01" };
	struct expression x;
	volatile uint32_t seed = 4711;

	(void)state;
	expression_init(&x);
	for (volatile size_t round = 0; round < 20000; round++) {
		struct text value;
		struct text literal;
		struct text expected;
		struct str s;
		uint32_t random = seed;

		expression_again(&x);
		text_init(&value, &x.arena);
		text_init(&literal, &x.arena);
		text_init(&expected, &x.arena);
		for (size_t i = expression_random(&random) % 10; i > 0; i--)
			text_z(&value, pieces[expression_random(&random) %
			                      (sizeof(pieces) / sizeof(pieces[0]))]);
		seed = random;
		quote_literal(&literal, text_view(&value), x.rules.encoding);
		s = text_view(&literal);
		assert_true(server_value(&x.arena, s, &expected));
		assert_true(str_eq(text_view(&value), text_view(&expected)));
		for (volatile int conforming = 0; conforming < 2; conforming++) {
			x.rules.standard_conforming_strings = conforming != 0;
			if (setjmp(x.diag.escape) != 0)
				fail_msg("%.*s: %.*s", STR_ARG(s), STR_ARG(x.diag.message));
			assert_true(str_eq(decode(&x, s, '\\'), text_view(&value)));
		}
	}
	expression_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_strings),
		cmocka_unit_test(escapes),
		cmocka_unit_test(broken_escapes_fail_where_they_stand),
		cmocka_unit_test(bytes_that_are_no_text_fail),
		cmocka_unit_test(encodings_decide),
		cmocka_unit_test(bit_strings_are_checked_and_joined),
		cmocka_unit_test(numbers_become_decimal_digits),
		cmocka_unit_test(numbers_that_are_none_fail),
		cmocka_unit_test(random_literals_mean_what_the_server_reads),
		cmocka_unit_test(random_values_come_back_from_their_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
