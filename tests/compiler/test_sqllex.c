#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pg_query.h>

#include "compiler/sqllex.h"
#include "compiler/text.h"
#include "tests/support/expression.h"

static struct sqllex lexer_of(struct str text, bool conforming, const char *encoding)
{
	return (struct sqllex){ .text = text,
		                .rules = { .encoding = encoding_find(str_of(encoding)),
		                           .standard_conforming_strings = conforming } };
}

static const char letters[] = {
	[SQLLEX_BLANK] = ' ',          [SQLLEX_LINE_COMMENT] = '-',   [SQLLEX_BLOCK_COMMENT] = '*',
	[SQLLEX_WORD] = 'w',           [SQLLEX_NUMBER] = '1',         [SQLLEX_PARAMETER] = 'p',
	[SQLLEX_STRING] = 's',         [SQLLEX_ESCAPED_STRING] = 'e', [SQLLEX_UNICODE_STRING] = 'u',
	[SQLLEX_BITS] = 'b',           [SQLLEX_DOLLAR_STRING] = '$',  [SQLLEX_QUOTED] = 'q',
	[SQLLEX_UNICODE_QUOTED] = 'v', [SQLLEX_OTHER] = '.',
};

/* Asserts the kinds of the tokens, a letter each, and where they end, with `|` in the text. */
static void lexes(struct sqllex l, const char *kinds, const char *ends)
{
	char got[256];
	char cut[512];
	size_t n = 0;
	size_t m = 0;

	for (;;) {
		struct sqllex_token t = sqllex_next(&l);

		if (t.kind == SQLLEX_END)
			break;
		assert_true(t.end > t.start && t.end <= l.text.n && n < sizeof(got) - 2);
		assert_true(m + t.end - t.start + 2 < sizeof(cut));
		memcpy(cut + m, l.text.p + t.start, t.end - t.start);
		m += t.end - t.start;
		cut[m++] = '|';
		got[n++] = letters[t.kind];
		if (!t.closed)
			got[n++] = '!';
	}
	got[n] = cut[m] = '\0';
	assert_string_equal(got, kinds);
	if (ends != NULL)
		assert_string_equal(cut, ends);
}

static void sql(const char *text, const char *kinds, const char *ends)
{
	lexes(lexer_of(str_of(text), true, "UTF8"), kinds, ends);
}

static void words_and_numbers(void **state)
{
	(void)state;
	sql("select a$1, _b", "w w. w", "select| |a$1|,| |_b|");
	sql("1.5 .5 1. 1e5 1e+5 1_000 0x1f", "1 1 1 1 1 1 1", NULL);
	sql("1..2", "1..1", "1|.|.|2|");
	sql("1e 1e+ 0x", "1w 1w. 1w", "1|e| |1|e|+| |0|x|");
	sql("t.5", "w1", "t|.5|");
	sql("$1$2", "pp", "$1|$2|");
	sql("\xc3\xa9t\xc3\xa9", "w", NULL);
	sql("a\v\f\t\r\nb", "w w", NULL);
}

static void quotes_are_doubled_inside(void **state)
{
	(void)state;
	sql("'it''s' x", "s w", "'it''s'| |x|");
	sql("\"a\"\"b\"'", "qs!", NULL);
	sql("''''", "s", NULL);
	sql("'a'\"b\"", "sq", NULL);
	sql("B'1''0'", "bs", NULL);
}

static void a_backslash_is_an_escape_where_it_is(void **state)
{
	(void)state;
	sql("'a\\' b", "s w", "'a\\'| |b|");
	sql("E'a\\' b' c", "e w", "E'a\\' b'| |c|");
	sql("e'a\\\\' b", "e w", "e'a\\\\'| |b|");
	lexes(lexer_of(STR("'a\\' b' c"), false, "UTF8"), "e w", "'a\\' b'| |c|");
	lexes(lexer_of(STR("B'1\\' X'\\' U&'\\' $$\\$$ \"\\\""), false, "UTF8"), "b b u $ q", NULL);
	sql("E'\\", "e!", NULL);
	sql("E'\\'", "e!", NULL);
}

static void prefixes_are_glued_to_the_quote(void **state)
{
	(void)state;
	sql("E 'a' ee'a' B'1' x'f' n'a' U&'a' u&\"a\" U& 'a' r'a'", "w s ws b b ws u v w. s ws",
	    NULL);
}

static void dollar_quotes(void **state)
{
	(void)state;
	sql("$$a$$ $x$ $$ ' /* $x$", "$ $", NULL);
	sql("$x$a$xy$b$x$", "$", NULL);
	sql("$x$a$y$x$b", "$w", "$x$a$y$x$|b|");
	sql("a$x$b", "w", NULL);
	sql("1$$a$$", "1$", NULL);
	sql("$1$$a$$", "p$", NULL);
	sql("$x$a", "$!", NULL);
	sql("$x", ".w", NULL);
	sql("$ $", ". .", NULL);
	sql("$\xc3\xa9$ $ $\xc3\xa9$", "$", NULL);
	sql("$a-b$ $a-b$", ".w.w .w.w", NULL);
}

static void comments_nest_and_end(void **state)
{
	(void)state;
	sql("/* a /* b */ c */ d", "* w", NULL);
	sql("/* a /* b */", "*!", NULL);
	sql("/**/ /*/ */", "* *", NULL);
	sql("-- a\nb--c\r\nd", "- w- w", NULL);
	sql("+/*a*/-/**/--x", ".*.*-", NULL);
	sql("*/*a*/", ".*", NULL);
	sql("# a", ". w", NULL);
	sql("/* ' */'/* '", "*s", NULL);
}

static void a_string_is_continued_on_the_next_line(void **state)
{
	(void)state;
	sql("'a'\n 'b'", "s", NULL);
	sql("'a' 'b'", "s s", NULL);
	sql("'a' -- c\n  -- d\n'b'", "s", NULL);
	sql("'a' /* */\n'b'", "s * s", NULL);
	sql("E'a'\n'b\\'c'", "e", NULL);
	sql("'a'\n'b\\'", "s", NULL);
	sql("'a'\nE'b'", "s e", NULL);
	sql("'a'\n'b", "s!", NULL);
	sql("B'1'\n'0'", "b", NULL);
	sql("\"a\"\n\"b\"", "q q", NULL);
	sql("$$a$$\n'b'", "$ s", NULL);
	sql("'a'--'b'", "s-", NULL);
}

static void expressions_have_hash_comments_and_raw_strings(void **state)
{
	struct sqllex l = lexer_of(STR("a # b ' \n c r'\\' R\"\\\" rr'a'"), false, "UTF8");

	(void)state;
	l.expression = true;
	lexes(l, "w - w s q we", NULL);
}

static void a_character_of_two_bytes_is_one_in_sjis(void **state)
{
	(void)state;
	/* 0x95 0x5c is one character whose second byte looks like a backslash. */
	lexes(lexer_of(STR("E'\x95\\' a"), true, "SJIS"), "e w", NULL);
	lexes(lexer_of(STR("E'\x95\\' a"), true, "UTF8"), "e!", NULL);
	lexes(lexer_of(STR("'\x95\\' a"), false, "BIG5"), "e w", NULL);
	lexes(lexer_of(STR("'\x81\x30\x81\x5c' a"), false, "GB18030"), "e w", NULL);
	/* A letter inside a character is no word of its own, nor a pipe an operator. */
	lexes(lexer_of(STR("\x83\x7c\x83\x41 $\x83\x41$'$\x83\x41$"), true, "SJIS"), "w $", NULL);
	/* Half-width kana are one byte. */
	lexes(lexer_of(STR("'\xb1' a"), true, "SJIS"), "s w", NULL);
}

/* One varint of the protocol buffers that libpg_query answers in. */
static uint64_t varint(const char **p)
{
	uint64_t value = 0;
	int shift = 0;
	unsigned char c;

	do {
		c = (unsigned char)*(*p)++;
		value |= (uint64_t)(c & 0x7f) << shift;
		shift += 7;
	} while (c & 0x80);
	return value;
}

/* The next token of PostgreSQL's scanner: start and end; false behind the last. */
static bool server_token(const char **p, const char *end, size_t *start, size_t *stop)
{
	while (*p < end) {
		uint64_t tag = varint(p);
		const char *message;
		uint64_t length;

		if ((tag & 7) == 0) {
			varint(p);
			continue;
		}
		length = varint(p);
		message = *p;
		*p += length;
		*start = *stop = 0;
		while (message < *p) {
			uint64_t field = varint(&message);
			uint64_t value = varint(&message);

			if (field >> 3 == 1)
				*start = (size_t)value;
			else if (field >> 3 == 2)
				*stop = (size_t)value;
		}
		return true;
	}
	return false;
}

/* Every token of the server's scanner must begin where one of ours does and end where one does:
 * ours are finer only inside operators. The server's scanner keeps comments; we compare them too. */
static void agrees_with_the_server(const char *text, size_t *compared)
{
	PgQueryScanResult r = pg_query_scan(text);
	const char *p = r.pbuf.data;
	struct sqllex l = lexer_of(str_of(text), true, "UTF8");
	struct sqllex_token t = { 0 };
	size_t start;
	size_t end;

	if (r.error == NULL) {
		while (server_token(&p, r.pbuf.data + r.pbuf.len, &start, &end)) {
			do
				t = sqllex_next(&l);
			while (t.kind == SQLLEX_BLANK);
			if (t.start != start || !t.closed)
				fail_msg("<%s>: server %zu-%zu, here %zu-%zu", text, start, end,
				         t.start, t.end);
			while (t.end < end && t.kind == SQLLEX_OTHER)
				t = sqllex_next(&l);
			/* libpg_query does not know where U&'…' ends. */
			if (t.end != end && t.kind != SQLLEX_UNICODE_STRING &&
			    t.kind != SQLLEX_UNICODE_QUOTED)
				fail_msg("<%s>: server %zu-%zu, here %zu-%zu", text, start, end,
				         t.start, t.end);
		}
		do
			t = sqllex_next(&l);
		while (t.kind == SQLLEX_BLANK);
		assert_int_equal(t.kind, SQLLEX_END);
		++*compared;
	}
	pg_query_free_scan_result(r);
}

/* Texts put together at random from what is interesting, against PostgreSQL's own scanner. */
static void random_texts_lex_as_the_server_lexes_them(void **state)
{
	static const char *const pieces[] = {
		"'",   "'",    "''",  "\"",   "\\", "E'", "U&'", "U&\"", "B'", "X'",       "N'",
		"$",   "$$",   "$a$", "$ab$", "$1", "/*", "*/",  "--",   "\n", " ",        "a",
		"b1",  "1",    ".",   "e5",   "+",  "-",  "*",   "/",    "0",  "\xc3\xa9", "_",
		"'1'", "\r\n", "\t",  ";",    "(",  ")",  "::",  "@",
	};
	uint32_t seed = 20240607;
	size_t compared = 0;

	(void)state;
	for (size_t round = 0; round < 100000; round++) {
		char text[128] = "";
		size_t n = expression_random(&seed) % 12;

		for (size_t i = 0; i < n; i++)
			strcat(text, pieces[expression_random(&seed) %
			                    (sizeof(pieces) / sizeof(pieces[0]))]);
		/* libpg_query keeps comments as tokens, so that no string goes on behind one. */
		if (strstr(text, "--") != NULL && strpbrk(text, "\r\n") != NULL)
			continue;
		agrees_with_the_server(text, &compared);
	}
	assert_true(compared > 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_numbers),
		cmocka_unit_test(quotes_are_doubled_inside),
		cmocka_unit_test(a_backslash_is_an_escape_where_it_is),
		cmocka_unit_test(prefixes_are_glued_to_the_quote),
		cmocka_unit_test(dollar_quotes),
		cmocka_unit_test(comments_nest_and_end),
		cmocka_unit_test(a_string_is_continued_on_the_next_line),
		cmocka_unit_test(expressions_have_hash_comments_and_raw_strings),
		cmocka_unit_test(a_character_of_two_bytes_is_one_in_sjis),
		cmocka_unit_test(random_texts_lex_as_the_server_lexes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
