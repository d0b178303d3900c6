/* Arguments find their parameters as in Python, and what does not fit is told at its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#undef fail /* cmocka's; the compiler has its own */

#include "compiler/call.h"
#include "compiler/literal.h"
#include "compiler/vocabulary.h"

/* One call of word(signature) with arguments that are numbers, told apart by their values. */
struct bench {
	struct compilation c;
	struct compile_settings settings;
	struct word word;
	struct parameter parameters[CALL_MOST_PARAMETERS];
	struct signature signature;
	struct call call;
	struct argument arguments[8];
	size_t count;
};

static int set_up(void **state)
{
	struct bench *b = test_calloc(1, sizeof(*b));

	arena_init(&b->c.arena, 1024 * 1024, diag_exhausted, &b->c.diag);
	diag_init(&b->c.diag, &b->c.arena);
	b->c.settings = &b->settings;
	b->word.name = "word";
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	arena_free(&b->c.arena);
	test_free(b);
	return 0;
}

static void give(struct bench *b, const char *keyword, int64_t value)
{
	struct span span = { (uint32_t)(10 * b->count), (uint32_t)(10 * b->count + 5) };
	struct argument *a = &b->arguments[b->count++];

	a->value = value_literal(literal_integer(&b->c, value, span));
	a->value.span = span;
	a->keyword = str_of(keyword);
	a->keyword_span = span;
}

static bool binds(struct bench *b, const char *signature)
{
	b->word.signature = signature;
	b->signature = call_signature(signature, b->parameters);
	b->call.word = &b->word;
	if (setjmp(b->c.diag.escape) != 0)
		return false;
	call_bind(&b->c, &b->call, &b->signature, b->arguments, b->count);
	return true;
}

static int64_t bound(const struct bench *b, size_t i)
{
	int64_t n = -1;

	value_integer(&b->call.args[i], &n);
	return n;
}

static void assert_refused(struct bench *b, const char *signature, const char *message)
{
	assert_false(binds(b, signature));
	assert_string_equal(b->c.diag.message.p, message);
	assert_string_equal(b->c.diag.sqlstate, SQLSTATE_INVALID_ARGUMENT);
}

static void positions_and_keywords_fill_the_parameters(void **state)
{
	struct bench *b = *state;

	give(b, "", 1);
	give(b, "full", 4);
	give(b, "onclause", 2);
	assert_true(binds(b, "target, onclause=None, *, isouter=False, full=False"));
	assert_int_equal(bound(b, 0), 1);
	assert_int_equal(bound(b, 1), 2);
	assert_false(value_given(b->call.args[2]));
	assert_int_equal(bound(b, 3), 4);
}

static void a_star_takes_what_is_left_over(void **state)
{
	struct bench *b = *state;

	give(b, "", 1);
	give(b, "", 2);
	give(b, "", 3);
	give(b, "schema", 9);
	assert_true(binds(b, "name, *columns, schema=None"));
	assert_int_equal(bound(b, 0), 1);
	assert_int_equal(b->call.rest_count, 2);
	assert_int_equal(bound(b, 1), 9);
}

static void two_stars_take_keywords_in_their_order(void **state)
{
	struct bench *b = *state;

	give(b, "x", 1);
	give(b, "y", 2);
	assert_true(binds(b, "*arguments, **columns"));
	assert_int_equal(b->call.keyword_count, 2);
	assert_true(str_is(b->call.keywords[0], "x"));
	assert_true(str_is(b->call.keywords[1], "y"));
}

static void defaults_may_hold_commas_and_quotes(void **state)
{
	struct bench *b = *state;

	give(b, "", 1);
	give(b, "", 2);
	assert_true(binds(b, "text, bounds='[,)', empty=False"));
	assert_int_equal(bound(b, 1), 2);
	assert_int_equal(b->call.arg_count, 3);
}

static void a_missing_argument_is_named(void **state)
{
	struct bench *b = *state;

	give(b, "onclause", 2);
	assert_refused(b, "target, onclause=None",
	               "word() missing 1 required positional argument: 'target'");
}

static void a_missing_keyword_is_named(void **state)
{
	assert_refused(*state, "*, key", "word() missing 1 required keyword-only argument: 'key'");
}

static void an_unknown_keyword_is_told_with_the_nearest_one(void **state)
{
	struct bench *b = *state;

	give(b, "", 1);
	give(b, "isoutre", 2);
	assert_refused(b, "target, isouter=False",
	               "word() got an unexpected keyword argument 'isoutre'");
	assert_int_equal(b->c.diag.span.start, 10);
	assert_string_equal(b->c.diag.hint.p, "Perhaps you meant \"isouter\".");
}

static void too_many_arguments_are_counted(void **state)
{
	struct bench *b = *state;

	give(b, "", 1);
	give(b, "", 2);
	assert_refused(b, "limit", "word() takes 1 positional argument but 2 were given");
	assert_int_equal(b->c.diag.span.start, 10);
}

static void what_takes_nothing_says_so(void **state)
{
	struct bench *b = *state;

	give(b, "", 1);
	assert_refused(b, "", "word() takes no arguments (1 given)");
}

static void an_argument_given_twice_is_refused(void **state)
{
	struct bench *b = *state;

	give(b, "", 1);
	give(b, "target", 2);
	assert_refused(b, "target", "word() got multiple values for argument 'target'");
}

static void a_keyword_parameter_has_no_position(void **state)
{
	struct bench *b = *state;

	give(b, "", 1);
	give(b, "", 2);
	assert_refused(b, "target, *, isouter=False",
	               "word() takes 1 positional argument but 2 were given");
}

static void none_is_given_but_is_no_value(void **state)
{
	struct bench *b = *state;

	give(b, "", 1);
	b->arguments[0].value = value_literal(literal_none(&b->c, (struct span){ 0, 4 }));
	assert_true(binds(b, "name=None, flat=True"));
	assert_true(value_given(b->call.args[0]));
	assert_false(call_has(&b->call, 0));
	assert_int_equal(call_string(&b->c, &b->call, 0).n, 0);
	assert_true(call_flag(&b->c, &b->call, 1, true));
}

static void the_wrong_kind_of_value_is_told(void **state)
{
	struct bench *b = *state;

	give(b, "", 7);
	assert_true(binds(b, "name"));
	if (setjmp(b->c.diag.escape) == 0) {
		call_string(&b->c, &b->call, 0);
		assert_false("a number passed for a string");
	}
	assert_string_equal(b->c.diag.sqlstate, SQLSTATE_DATATYPE_MISMATCH);
	assert_string_equal(b->c.diag.message.p,
	                    "argument 'name' of word() must be a string, not int");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(positions_and_keywords_fill_the_parameters),
		CASE(a_star_takes_what_is_left_over),
		CASE(two_stars_take_keywords_in_their_order),
		CASE(defaults_may_hold_commas_and_quotes),
		CASE(a_missing_argument_is_named),
		CASE(a_missing_keyword_is_named),
		CASE(an_unknown_keyword_is_told_with_the_nearest_one),
		CASE(too_many_arguments_are_counted),
		CASE(what_takes_nothing_says_so),
		CASE(an_argument_given_twice_is_refused),
		CASE(a_keyword_parameter_has_no_position),
		CASE(none_is_given_but_is_no_value),
		CASE(the_wrong_kind_of_value_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
