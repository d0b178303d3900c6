#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/lexer.h"
#include "compiler/text.h"
#include "tests/support/expression.h"

static const char *const names[] = {
	[LEXER_OPEN] = "(",          [LEXER_CLOSE] = ")",      [LEXER_OPEN_BRACKET] = "[",
	[LEXER_CLOSE_BRACKET] = "]", [LEXER_OPEN_BRACE] = "{", [LEXER_CLOSE_BRACE] = "}",
	[LEXER_COMMA] = ",",         [LEXER_DOT] = ".",        [LEXER_COLON] = ":",
	[LEXER_CAST] = "::",         [LEXER_SEMICOLON] = ";",  [LEXER_ASSIGN] = "=",
	[LEXER_PLUS] = "+",          [LEXER_MINUS] = "-",      [LEXER_STAR] = "*",
	[LEXER_SLASH] = "/",         [LEXER_FLOOR] = "//",     [LEXER_PERCENT] = "%",
	[LEXER_EQ] = "==",           [LEXER_NE] = "!=",        [LEXER_LT] = "<",
	[LEXER_LE] = "<=",           [LEXER_GT] = ">",         [LEXER_GE] = ">=",
	[LEXER_AMPERSAND] = "&",     [LEXER_BAR] = "|",        [LEXER_CARET] = "^",
	[LEXER_LSHIFT] = "<<",       [LEXER_RSHIFT] = ">>",    [LEXER_TILDE] = "~",
	[LEXER_POWER] = "**",
};

static void put_token(struct text *out, const struct lexer_token *t)
{
	if (t->newline)
		text_char(out, '\\');
	switch (t->kind) {
	case LEXER_WORD:
		text_str(out, t->text);
		break;
	case LEXER_STRING:
		text_printf(out, "<%.*s>", STR_ARG(t->text));
		break;
	case LEXER_BITS:
	case LEXER_INTEGER:
		text_str(out, t->text);
		break;
	case LEXER_FLOAT:
		text_printf(out, "%.*sf", STR_ARG(t->text));
		break;
	case LEXER_PARAMETER:
		text_printf(out, "$%u", t->number);
		break;
	case LEXER_REFUSED:
		text_printf(out, "?%.*s", STR_ARG(t->text));
		break;
	default:
		text_z(out, names[t->kind]);
	}
}

static void lexes_in(struct sqllex_rules rules, const char *text, const char *expected)
{
	struct expression x;
	struct lexer l;
	struct text out;

	expression_init(&x);
	text_init(&out, &x.arena);
	if (setjmp(x.diag.escape) != 0)
		fail_msg("%s: %.*s", text, STR_ARG(x.diag.message));
	lexer_init(&l, &x.diag, str_of(text), (struct span){ 0, (uint32_t)strlen(text) }, rules);
	for (;;) {
		struct lexer_token t;

		lexer_next(&l, &t);
		if (t.kind == LEXER_END)
			break;
		if (out.n > 0)
			text_char(&out, ' ');
		put_token(&out, &t);
	}
	text_char(&out, '\0');
	assert_string_equal(out.p, expected);
	expression_free(&x);
}

/* Tokens with a blank between: strings in <>, floats with f, refused operators with ?, and a
 * backslash before what begins a line. */
static void lexes(const char *text, const char *expected)
{
	struct sqllex_rules rules = { .encoding = encoding_utf8(),
		                      .standard_conforming_strings = true };

	lexes_in(rules, text, expected);
}

static void fails(const char *text, const char *at, const char *message)
{
	struct expression x;

	expression_init(&x);
	EXPECT_FAILURE(&x, {
		struct lexer l;
		struct lexer_token t;

		lexer_init(&l, &x.diag, str_of(text), (struct span){ 0, (uint32_t)strlen(text) },
		           x.rules);
		do
			lexer_next(&l, &t);
		while (t.kind != LEXER_END);
	});
	assert_string_equal(x.diag.message.p, message);
	assert_int_equal(x.diag.span.end - x.diag.span.start, strlen(at));
	assert_memory_equal(text + x.diag.span.start, at, strlen(at));
	expression_free(&x);
}

static void operators_are_the_longest_that_fit(void **state)
{
	(void)state;
	lexes("a<=b<<c<>d>=e>>f!=g==h=i", "a <= b << c != d >= e >> f != g == h = i");
	lexes("a//b/c*d%e::f:g", "a // b / c * d % e :: f : g");
	lexes("~a&b|c^-d+e", "~ a & b | c ^ - d + e");
	lexes("a**b", "a ** b");
	lexes("a:=b=>c||d&&e", "a ?:= b ?=> c ?|| d ?&& e");
	lexes("a->b->>c@>d<@e@@f@g", "a ?-> b ?->> c ?@> d ?<@ e ?@@ f ?@ g");
	lexes("a~*b!~c!~*d!e?f`", "a ?~* b ?!~ c ?!~* d ?! e ?? f ?`");
	lexes("...", "?...");
}

static void comments_end_operators(void **state)
{
	(void)state;
	lexes("a<--b\n>c", "a < \\> c");
	lexes("(a//*b*/c)", "( a / c )");
	lexes("(a - -b -- c\n)", "( a - - b )");
	lexes("a /* b /* c */ d */ e # f\n", "a e");
}

static void lines_count_outside_brackets(void **state)
{
	(void)state;
	lexes("a\nb(c\nd\n)\ne", "a \\b ( c d ) \\e");
	lexes("a\r\n\r\n b[\n{\n}]\n.c", "a \\b [ { } ] \\. c");
	lexes("a \\\nb \\\r\nc", "a b c");
	lexes("a # x\nb", "a \\b");
	lexes("a /*\n*/ b", "a b");
	lexes(")\na", ") \\a");
}

static void strings_join(void **state)
{
	(void)state;
	lexes("'a' 'b'\"c\" $$d$$ E'\\n'", "<abcd\n>");
	lexes("f('a'\n\"b\")", "f ( <ab> )");
	lexes("'a'\n'b'", "<ab>");
	lexes("'a'\n\"b\"", "<a> \\<b>");
	lexes("'a', 'b'", "<a> , <b>");
	lexes("N'a' u'b' u\"c\"", "<abc>");
	lexes("n 'a'", "n <a>");
	lexes("E'a\\n'\n'b\\n'", "<a\nb\n>");
	lexes("E'a' 'b\\n'", "<ab\\n>");
	lexes("'a' /* c */ 'b' -- d", "<ab>");
	lexes("U&'d!0061t!+000061' UESCAPE '!' 'x'", "<datax>");
	lexes("''''", "<'>");
	lexes("'''a'''", "<'a'>");
	lexes("\"\"", "<>");
}

static void the_session_decides_on_backslashes(void **state)
{
	struct sqllex_rules off = { .encoding = encoding_utf8() };

	(void)state;
	lexes("'a\\' b", "<a\\> b");
	lexes_in(off, "'a\\'' b", "<a'> b");
	lexes_in(off, "r'a\\' b", "<a\\> b");
}

static void numbers_and_parameters(void **state)
{
	(void)state;
	lexes("1 1.5 .5 1. 1e3 1_0 0x1F $1 $65535", "1 1.5f .5f 1.f 1e3f 10 31 $1 $65535");
	lexes("B'10' X'ff' x'0'", "B'10' X'ff' x'0'");
	fails("1a", "1", "trailing junk after numeric literal at or near \"1a\"");
	fails("1.5e", "1.5", "trailing junk after numeric literal at or near \"1.5e\"");
	fails("1.foo", "1.", "trailing junk after numeric literal at or near \"1.foo\"");
	fails("$65536", "$65536", "there is no parameter $65536");
	fails("$99999999999999999999", "$99999999999999999999",
	      "there is no parameter $99999999999999999999");
}

static void what_is_open_at_the_end_fails(void **state)
{
	(void)state;
	fails("a 'b", "'", "unterminated quoted string at or near \"'b\"");
	fails("a \"b", "\"", "unterminated quoted string at or near \"\"b\"");
	fails("a $x$b$y$", "$", "unterminated dollar-quoted string at or near \"$x$b$y$\"");
	fails("a /* b", "/", "unterminated /* comment at or near \"/* b\"");
	fails("B'1", "B", "unterminated bit string literal at or near \"B'1\"");
	fails("'a' 'b", "'", "unterminated quoted string at or near \"'b\"");
}

static void python_prefixes_are_refused(void **state)
{
	(void)state;
	fails("f'a'", "f", "string prefix \"f\" is not supported");
	fails("rF\"a\"", "rF", "string prefix \"rF\" is not supported");
	fails("b'101'", "b", "string prefix \"b\" is not supported");
	fails("b\"a\"", "b", "string prefix \"b\" is not supported");
	fails("Rb'a'", "Rb", "string prefix \"Rb\" is not supported");
	fails("\"\"\"a\"\"\"", "\"\"\"", "triple-quoted strings are not supported");
	lexes("f 'a'", "f <a>");
}

static void excerpts_are_cut_between_characters(void **state)
{
	(void)state;
	fails("'\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	      "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	      "0123456789012345678901234567890",
	      "'",
	      "unterminated quoted string at or near "
	      "\"'\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	      "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	      "0123456789012345678\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_are_the_longest_that_fit),
		cmocka_unit_test(comments_end_operators),
		cmocka_unit_test(lines_count_outside_brackets),
		cmocka_unit_test(strings_join),
		cmocka_unit_test(the_session_decides_on_backslashes),
		cmocka_unit_test(numbers_and_parameters),
		cmocka_unit_test(what_is_open_at_the_end_fails),
		cmocka_unit_test(python_prefixes_are_refused),
		cmocka_unit_test(excerpts_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
