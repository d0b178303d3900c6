#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/tagged.h"
#include "compiler/text.h"
#include "tests/support/expression.h"
#include "tests/support/guard.h"

/* The text with every expression marked: {tag}<body>, and behind the tag `s` for `sql`, the place
 * (W, B, E) and the number of its statement; at the end how many statements there are. */
static void marked_in(struct sqllex_rules rules, const char *text, const char *expected)
{
	struct expression x;
	struct tagged found;
	struct text out;
	size_t at = 0;

	expression_init(&x);
	text_init(&out, &x.arena);
	found = tagged_find(&x.arena, str_of(text), STR("expr"), rules);
	for (size_t i = 0; i < found.count; i++) {
		const struct tagged_expression *e = &found.expressions[i];

		assert_true(e->tag.start >= at && e->tag.end <= e->body.start);
		assert_true(e->body.start <= e->body.end && e->body.end <= strlen(text));
		text_str(&out, (struct str){ text + at, e->tag.start - at });
		text_printf(&out, "{%s%c%zu}<", e->sql ? "s" : "", "WBE"[e->place], e -> statement);
		text_str(&out, (struct str){ text + e->body.start, e->body.end - e->body.start });
		text_char(&out, '>');
		at = e->body.end;
	}
	text_z(&out, text + at);
	text_printf(&out, "|%zu", found.statements);
	text_char(&out, '\0');
	assert_string_equal(out.p, expected);
	expression_free(&x);
}

static void marked(const char *text, const char *expected)
{
	struct sqllex_rules rules = { .encoding = encoding_utf8(),
		                      .standard_conforming_strings = true };

	marked_in(rules, text, expected);
}

static void the_tag_is_a_comment_with_the_word(void **state)
{
	(void)state;
	marked("/*expr*/ a", "{W0}< a>|1");
	marked("/* \n expr\t*/a", "{W0}<a>|1");
	marked("/*expr sql*/ a", "{sW0}< a>|1");
	marked("/* expr  sql */ a", "{sW0}< a>|1");
	marked("/*exprs*/ a", "/*exprs*/ a|1");
	marked("/*exprsql*/ a", "/*exprsql*/ a|1");
	marked("/*expr sqlx*/ a", "/*expr sqlx*/ a|1");
	marked("/*EXPR*/ a", "/*EXPR*/ a|1");
	marked("/*an expr*/ a", "/*an expr*/ a|1");
	marked("/**/ a", "/**/ a|1");
	marked("/*expr", "/*expr|0");
	marked("-- expr\na", "-- expr\na|1");
	marked("", "|0");
}

static void returning_behind_a_call_is_sql_again(void **state)
{
	(void)state;
	marked("/*expr*/ a.b(c)\nRETURNING *", "{W0}< a.b(c)>\nRETURNING *|1");
	marked("/*expr*/ a(b) RETURNING \"id\"; x", "{W0}< a(b)> RETURNING \"id\"; x|2");
	marked("/*expr*/ a(b) # c\nRETURNING id", "{W0}< a(b) # c>\nRETURNING id|1");
	marked("/*expr*/ a(b RETURNING c)", "{W0}< a(b RETURNING c)>|1");
	marked("/*expr*/ a = b(c)\nreturning = d", "{W0}< a = b(c)\nreturning = d>|1");
	marked("/*expr*/ a.RETURNING", "{W0}< a.RETURNING>|1");
	marked("/*expr*/ RETURNING", "{W0}< RETURNING>|1");
}

static void a_tag_counts_where_the_server_sees_a_comment(void **state)
{
	(void)state;
	marked("'/*expr*/ a'", "'/*expr*/ a'|1");
	marked("\"/*expr*/ a\"", "\"/*expr*/ a\"|1");
	marked("$$/*expr*/ a$$", "$$/*expr*/ a$$|1");
	marked("$x$/*expr*/ a$$ $x$", "$x$/*expr*/ a$$ $x$|1");
	marked("/* /*expr*/ a */", "/* /*expr*/ a */|0");
	marked("-- /*expr*/ a\n", "-- /*expr*/ a\n|0");
	marked("E'\\'/*expr*/ a'", "E'\\'/*expr*/ a'|1");
	marked("'\\'/*expr*/ a", "'\\'{B0}< a>|1");
	marked("E'a'\n'\\'/*expr*/ b'", "E'a'\n'\\'/*expr*/ b'|1");
	marked("a$$/*expr*/ b", "a$${B0}< b>|1");
	marked("+/*expr*/ b", "+{B0}< b>|1");
	marked("# /*expr*/ b", "# {B0}< b>|1");
	marked("'a /*expr*/ b", "'a /*expr*/ b|1");
}

static void backslashes_depend_on_the_session(void **state)
{
	struct sqllex_rules off = { .encoding = encoding_utf8() };

	(void)state;
	marked_in(off, "'\\'/*expr*/ a'", "'\\'/*expr*/ a'|1");
	marked_in(off, "'\\\\'/*expr*/ a", "'\\\\'{B0}< a>|1");
	marked_in(off, "/*expr*/ f('\\')') ) x", "{W0}< f('\\')')> ) x|1");
}

static void encodings_are_stepped_through(void **state)
{
	struct sqllex_rules sjis = { .encoding = encoding_find(STR("SJIS")) };

	(void)state;
	marked_in(sjis, "'\x95\\'/*expr*/ a", "'\x95\\'{B0}< a>|1");
	marked_in(sjis, "/*expr*/ '\x95\\' ) b", "{W0}< '\x95\\'> ) b|1");
}

static void a_text_that_is_not_valid_has_no_tag(void **state)
{
	struct expression x;

	(void)state;
	marked("/*expr*/ '\xff'", "/*expr*/ '\xff'|0");
	marked("/*expr*/ \xc3", "/*expr*/ \xc3|0");
	expression_init(&x);
	assert_int_equal(tagged_find(&x.arena, STR("/*expr*/ a\0b"), STR("expr"), x.rules).count,
	                 0);
	expression_free(&x);
}

static void an_expression_ends_where_it_does_not_own_the_bracket(void **state)
{
	(void)state;
	marked("COPY (/*expr*/ f(a, [b], {c})) TO STDOUT",
	       "COPY ({E0}< f(a, [b], {c})>) TO STDOUT|1");
	marked("(/*expr*/ f(')', \")\", $$)$$) /* ) */ # )\n)",
	       "({E0}< f(')', \")\", $$)$$) /* ) */ # )>\n)|1");
	marked("a (/*expr*/ b) c (/*expr*/ d)", "a ({E0}< b>) c ({E0}< d>)|1");
	marked("/*expr*/ a; /*expr*/ b", "{W0}< a>; {W1}< b>|2");
	marked("/*expr*/ f(a; b)", "{W0}< f(a; b)>|1");
	marked("/*expr*/ f(a; b", "{W0}< f(a; b>|1");
	marked("/*expr*/ a] b", "{W0}< a] b>|1");
	marked("/*expr*/ 'a ; b", "{W0}< 'a ; b>|1");
	marked("/*expr*/", "{W0}<>|1");
	marked("(/*expr*/)", "({E0}<>)|1");
	marked("/*expr*/ a /*expr*/ b", "{W0}< a /*expr*/ b>|1");
	marked("(/*expr*/ r'\\') b", "({E0}< r'\\'>) b|1");
}

static void comments_behind_an_expression_stay(void **state)
{
	(void)state;
	marked("/*expr*/ a /*route='/x'*/ ", "{W0}< a> /*route='/x'*/ |1");
	marked("/*expr*/ a -- b\n; c", "{W0}< a> -- b\n; c|2");
	marked("/*x*/ /*expr*/ a", "/*x*/ {W0}< a>|1");
	/* SQL has no such comment: it may not stay. */
	marked("/*expr*/ a # b\n /* c */", "{W0}< a # b>\n /* c */|1");
	marked("/*expr*/ a /* b */ # c", "{W0}< a /* b */ # c>|1");
	marked("/*expr*/ # c", "{W0}< # c>|1");
	marked("/*expr*/ a /* open", "{W0}< a> /* open|1");
}

static void places_and_statements(void **state)
{
	(void)state;
	marked("EXPLAIN /*expr*/ a", "EXPLAIN {B0}< a>|1");
	marked("WITH x AS (/*expr*/ a) /*expr*/ b", "WITH x AS ({E0}< a>) {B0}< b>|1");
	marked("IN ( /* c */ /*expr*/ a)", "IN ( /* c */ {E0}< a>)|1");
	marked(";; a; ; /*expr*/ b; ;c;", ";; a; ; {W1}< b>; ;c;|3");
	marked("/* a */ /*expr*/ b; -- c", "/* a */ {W0}< b>; -- c|1");
}

static void the_test_before_all_others_is_a_search(void **state)
{
	(void)state;
	assert_true(tagged_may_occur(STR("a /* expr */"), STR("expr")));
	assert_false(tagged_may_occur(STR("select 1"), STR("expr")));
	assert_false(tagged_may_occur(STR(""), STR("expr")));
	assert_false(tagged_may_occur(STR("exp"), STR("expr")));
	assert_true(tagged_may_occur(STR("1 / 2 // /*expr*/"), STR("expr")));
	assert_true(tagged_may_occur(STR("/*\t\n expr"), STR("expr")));
	assert_false(tagged_may_occur(STR("expr /* x expr */ * / expr"), STR("expr")));
	assert_false(tagged_may_occur(STR("/*exp"), STR("expr")));
	assert_false(tagged_may_occur(STR("/* "), STR("expr")));
	assert_false(tagged_may_occur(STR("/*"), STR("expr")));
	assert_false(tagged_may_occur(STR("/"), STR("expr")));
}

/* Wherever the tag stands in a text of slashes, asterisks and other comments, whatever is the length of
 * the text: it is found, and none is where there is none. The text ends at an unmapped page. */
static void the_search_sees_every_place_and_no_other(void **state)
{
	static const char *const fillers[] = { "x", "/", "*", "a/b*c ", "/* e */", "*/", "/*/" };
	static const char tag[] = "/* expr";
	struct guard guard;
	char text[300];

	(void)state;
	guard_init(&guard, sizeof(text));
	for (size_t f = 0; f < sizeof(fillers) / sizeof(fillers[0]); f++) {
		size_t step = strlen(fillers[f]);

		for (size_t n = 0; n < 280; n++) {
			struct bytes placed;

			for (size_t i = 0; i < n; i++)
				text[i] = fillers[f][i % step];
			placed = guard_place(&guard, bytes_of(text, n));
			assert_false(tagged_may_occur(
				(struct str){ (const char *)placed.p, placed.n }, STR("expr")));
			for (size_t at = 0; at + sizeof(tag) - 1 <= n; at += 1 + n / 40) {
				placed = guard_place(&guard, bytes_of(text, n));
				memcpy((char *)(uintptr_t)placed.p + at, tag, sizeof(tag) - 1);
				assert_true(tagged_may_occur(
					(struct str){ (const char *)placed.p, placed.n },
					STR("expr")));
			}
		}
	}
	guard_free(&guard);
}

static void many_expressions_are_all_found(void **state)
{
	struct expression x;
	struct text text;
	struct tagged found;

	(void)state;
	expression_init(&x);
	text_init(&text, &x.arena);
	for (size_t i = 0; i < 1000; i++)
		text_z(&text, "(/*expr*/ a);");
	found = tagged_find(&x.arena, text_view(&text), STR("expr"), x.rules);
	assert_int_equal(found.count, 1000);
	assert_int_equal(found.statements, 1000);
	assert_int_equal(found.expressions[999].statement, 999);
	expression_free(&x);
}

/* Opened a hundred thousand times, and read in no more time than a flat text of that size. */
static void nesting_costs_nothing(void **state)
{
	static const char *const openings[] = { "(", "/*", "'a'\n", "$a$", "/*expr*/ (", "E'\\" };
	struct expression x;

	(void)state;
	expression_init(&x);
	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
		struct text text;
		struct tagged found;

		expression_again(&x);
		text_init(&text, &x.arena);
		text_z(&text, "/*expr*/ ");
		for (size_t j = 0; j < 100000; j++)
			text_z(&text, openings[i]);
		found = tagged_find(&x.arena, text_view(&text), STR("expr"), x.rules);
		assert_int_equal(found.count, 1);
	}
	expression_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tag_is_a_comment_with_the_word),
		cmocka_unit_test(a_tag_counts_where_the_server_sees_a_comment),
		cmocka_unit_test(backslashes_depend_on_the_session),
		cmocka_unit_test(encodings_are_stepped_through),
		cmocka_unit_test(a_text_that_is_not_valid_has_no_tag),
		cmocka_unit_test(an_expression_ends_where_it_does_not_own_the_bracket),
		cmocka_unit_test(comments_behind_an_expression_stay),
		cmocka_unit_test(places_and_statements),
		cmocka_unit_test(the_test_before_all_others_is_a_search),
		cmocka_unit_test(the_search_sees_every_place_and_no_other),
		cmocka_unit_test(many_expressions_are_all_found),
		cmocka_unit_test(returning_behind_a_call_is_sql_again),
		cmocka_unit_test(nesting_costs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
