#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/literal.h"
#include "compiler/literal_date.h"
#include "compiler/tree.h"
#include "tests/support/middle.h"

static const struct span here = { 3, 7 };

static const struct literal *number(struct middle *m, const char *text)
{
	bool is_float = strpbrk(text, ".e") != NULL;

	return literal_make(&m->c, is_float ? LITERAL_FLOAT : LITERAL_INTEGER, str_of(text), here);
}

/* left op right is `expected`; NULL: it is not computed here. */
static void folds(struct middle *m, const char *left, enum tree_op op, const char *right,
                  const char *expected)
{
	const struct literal *l = literal_fold(&m->c, op, number(m, left), number(m, right), here);

	if (expected == NULL) {
		assert_null(l);
		return;
	}
	assert_non_null(l);
	if (!str_is(literal_repr(&m->c, l), expected))
		fail_msg("%s and %s give %.*s, not %s", left, right,
		         STR_ARG(literal_repr(&m->c, l)), expected);
	assert_int_equal(l->span.start, here.start);
}

static void numbers_are_computed_as_python_does(void **state)
{
	struct middle *m = *state;

	folds(m, "1", TREE_ADD, "2", "3");
	folds(m, "2", TREE_SUB, "5", "-3");
	folds(m, "7", TREE_DIV, "2", "3.5");
	folds(m, "6", TREE_DIV, "2", "3.0");
	folds(m, "7", TREE_FLOORDIV, "2", "3");
	folds(m, "-7", TREE_FLOORDIV, "2", "-4");
	folds(m, "-7", TREE_MOD, "3", "2");
	folds(m, "7", TREE_MOD, "-3", "-2");
	folds(m, "1", TREE_DIV, "3", "0.3333333333333333");
	folds(m, "0.1", TREE_ADD, "0.2", "0.30000000000000004");
	folds(m, "1e3", TREE_MUL, "2", "2000.0");
	folds(m, "1e15", TREE_MUL, "10", "1e+16");
	folds(m, "1e22", TREE_MUL, "1", "1e+22");
	folds(m, "5e-324", TREE_MUL, "1", "5e-324");
	folds(m, "100000.0", TREE_ADD, "0", "100000.0");
	folds(m, "6", TREE_BITAND, "3", "2");
	folds(m, "6", TREE_BITXOR, "3", "5");
	folds(m, "1", TREE_LSHIFT, "4", "16");
	folds(m, "-5", TREE_RSHIFT, "1", "-3");
	folds(m, "2", TREE_POW, "10", "1024");
	folds(m, "-3", TREE_POW, "3", "-27");
	folds(m, "0", TREE_POW, "0", "1");
	folds(m, "-1", TREE_POW, "999999999999999", "-1");
	folds(m, "7.5", TREE_FLOORDIV, "2", "3.0");
	folds(m, "-7.5", TREE_FLOORDIV, "2", "-4.0");
	folds(m, "1", TREE_FLOORDIV, "0.1", "9.0");
	folds(m, "-0.5", TREE_FLOORDIV, "3", "-1.0");
	folds(m, "7.5", TREE_MOD, "2", "1.5");
	folds(m, "-7.5", TREE_MOD, "2", "0.5");
	folds(m, "7.5", TREE_MOD, "-2", "-0.5");
	folds(m, "1", TREE_MOD, "0.1", "0.09999999999999995");
	folds(m, "1e300", TREE_MOD, "7", "1.0");
	folds(m, "5e-324", TREE_MOD, "3e-320", "5e-324");
	folds(m, "6.0", TREE_MOD, "-3", "-0.0");
	folds(m, "2.5", TREE_MOD, "1e999", "2.5");
	folds(m, "2.5", TREE_MOD, "-1e999", NULL);
	folds(m, "2.5", TREE_FLOORDIV, "1e999", "0.0");
	folds(m, "-2.5", TREE_FLOORDIV, "1e999", "-1.0");
	folds(m, "1e999", TREE_MOD, "2.5", NULL);
	folds(m, "1e999", TREE_FLOORDIV, "2.5", NULL);
	folds(m, "1", TREE_LT, "2.5", "True");
	folds(m, "1", TREE_EQ, "1.0", "True");
	folds(m, "3", TREE_GE, "4", "False");
}

static void what_does_not_fit_is_left_to_the_server(void **state)
{
	struct middle *m = *state;

	folds(m, "999999999999999999", TREE_MUL, "999999999999999999", NULL);
	folds(m, "99999999999999999999", TREE_ADD, "1", NULL);
	folds(m, "99999999999999999999", TREE_ADD, "1.0", "1e+20");
	folds(m, "1", TREE_LSHIFT, "63", NULL);
	folds(m, "10", TREE_POW, "20", NULL);
	folds(m, "2", TREE_POW, "-1", NULL);
	folds(m, "2.5", TREE_POW, "2", NULL);
	folds(m, "1e308", TREE_MUL, "1e10", NULL);
}

static void division_by_zero_is_an_error(void **state)
{
	struct middle *m = *state;

	EXPECT_FAILS(m, "22012", folds(m, "1", TREE_DIV, "0", NULL));
	EXPECT_FAILS(m, "22012", folds(m, "1", TREE_FLOORDIV, "0", NULL));
	EXPECT_FAILS(m, "22012", folds(m, "1", TREE_MOD, "0", NULL));
	EXPECT_FAILS(m, "22012", folds(m, "1.5", TREE_DIV, "0", NULL));
	EXPECT_FAILS(m, "22012", folds(m, "1.5", TREE_FLOORDIV, "0", NULL));
	EXPECT_FAILS(m, "22012", folds(m, "1", TREE_MOD, "0.0", NULL));
}

static void strings_join_and_compare(void **state)
{
	struct middle *m = *state;
	const struct literal *a = literal_string(&m->c, STR("ab"), here);
	const struct literal *b = literal_string(&m->c, STR("b"), here);

	assert_true(str_is(literal_fold(&m->c, TREE_ADD, a, b, here)->content, "abb"));
	assert_int_equal(literal_fold(&m->c, TREE_LT, a, b, here)->number, 1);
	assert_null(literal_fold(&m->c, TREE_SUB, a, b, here));
	assert_null(literal_fold(&m->c, TREE_ADD, a, number(m, "1"), here));
	assert_true(
		str_is(literal_fold(&m->c, TREE_MUL, a, number(m, "3"), here)->content, "ababab"));
	assert_true(str_is(literal_fold(&m->c, TREE_MUL, number(m, "1"), b, here)->content, "b"));
	assert_true(str_is(literal_fold(&m->c, TREE_MUL, a, number(m, "-1"), here)->content, ""));
}

static void signs_are_folded(void **state)
{
	struct middle *m = *state;
	const struct literal *l = literal_fold_unary(&m->c, TREE_NEG, number(m, "5"), here);

	assert_true(str_is(l->content, "-5"));
	assert_true(str_is(literal_fold_unary(&m->c, TREE_NEG, l, here)->content, "5"));
	assert_true(
		str_is(literal_fold_unary(&m->c, TREE_NEG, number(m, "0"), here)->content, "0"));
	assert_true(str_is(literal_fold_unary(&m->c, TREE_INVERT, number(m, "5"), here)->content,
	                   "-6"));
	assert_null(literal_fold_unary(&m->c, TREE_NEG, literal_none(&m->c, here), here));
}

static struct moment day(int64_t year, int64_t month, int64_t d)
{
	return (struct moment){ .days = date_to_days(year, month, d) };
}

static void dates_and_intervals_add_up(void **state)
{
	struct middle *m = *state;
	struct compilation *c = &m->c;
	struct moment hours = { .days = 1, .micros = INT64_C(7200) * MICROS_PER_SECOND };
	struct moment noon = { .days = date_to_days(2020, 2, 28),
		               .micros = INT64_C(43200) * MICROS_PER_SECOND };
	const struct literal *date = literal_moment(c, LITERAL_DATE, day(2020, 2, 28), here);
	const struct literal *moment = literal_moment(c, LITERAL_DATETIME, noon, here);
	const struct literal *interval = literal_moment(c, LITERAL_INTERVAL, hours, here);

	assert_true(str_is(date->content, "2020-02-28"));
	assert_true(str_is(moment->content, "2020-02-28 12:00:00"));
	assert_true(str_is(interval->content, "1 days 7200.000000 seconds"));
	assert_true(str_is(literal_fold(c, TREE_ADD, date, interval, here)->content, "2020-02-29"));
	assert_true(str_is(literal_fold(c, TREE_ADD, interval, moment, here)->content,
	                   "2020-02-29 14:00:00"));
	assert_true(str_is(literal_fold(c, TREE_SUB, moment, interval, here)->content,
	                   "2020-02-27 10:00:00"));
	assert_true(str_is(literal_fold(c, TREE_SUB, interval, interval, here)->content,
	                   "0 days 0.000000 seconds"));
	assert_null(literal_fold(c, TREE_ADD, date, date, here));
	assert_null(literal_fold(c, TREE_SUB, interval, date, here));
}

static void every_day_reads_back(void **state)
{
	struct middle *m = *state;

	for (int64_t days = date_to_days(1896, 2, 27); days < date_to_days(1904, 3, 2); days++) {
		struct moment in = { .days = days };
		struct moment out;

		assert_true(literal_to_moment(literal_moment(&m->c, LITERAL_DATE, in, here), &out));
		assert_int_equal(out.days, days);
	}
	assert_false(date_is_valid(1900, 2, 29));
	assert_true(date_is_valid(2000, 2, 29));
	assert_null(literal_moment(&m->c, LITERAL_DATE,
	                           (struct moment){ .days = date_to_days(9999, 12, 31) + 1 },
	                           here));
}

static void a_value_has_the_type_that_sqlalchemy_gives_it(void **state)
{
	struct middle *m = *state;

	assert_int_equal(literal_type(number(m, "2147483647"))->id, TYPE_Integer);
	assert_int_equal(literal_type(number(m, "2147483648"))->id, TYPE_BigInteger);
	assert_int_equal(literal_type(number(m, "-2147483648"))->id, TYPE_BigInteger);
	assert_int_equal(literal_type(number(m, "2.5"))->id, TYPE_Float);
	assert_int_equal(literal_type(literal_string(&m->c, STR("x"), here))->id, TYPE_String);
	assert_int_equal(literal_type(literal_string(&m->c, STR("\xc3\xa9"), here))->id,
	                 TYPE_Unicode);
	assert_int_equal(literal_type(literal_none(&m->c, here))->id, TYPE_NullType);
}

static void beside_a_column_a_value_takes_its_type_within_the_family(void **state)
{
	struct middle *m = *state;
	struct compilation *c = &m->c;
	const struct literal *five = number(m, "5");
	const struct literal *text = literal_string(c, STR("x"), here);

#define BESIDE(type, l) literal_type_beside(type_plain(TYPE_##type), l)->id
	assert_int_equal(BESIDE(BIGINT, five), TYPE_BIGINT);
	assert_int_equal(BESIDE(NUMERIC, five), TYPE_Integer);
	assert_int_equal(BESIDE(VARCHAR, text), TYPE_VARCHAR);
	assert_int_equal(BESIDE(DATE, text), TYPE_String);
	assert_int_equal(BESIDE(UUID, text), TYPE_UUID);
	assert_int_equal(BESIDE(INET, text), TYPE_INET);
	assert_int_equal(BESIDE(CITEXT, five), TYPE_CITEXT);
	assert_int_equal(BESIDE(JSONB, text), TYPE_String);
	assert_int_equal(BESIDE(JSONB, literal_none(c, here)), TYPE_JSONB);
	assert_int_equal(BESIDE(INTEGER, NULL), TYPE_INTEGER);
#undef BESIDE
}

static void a_value_is_shown_as_python_shows_it(void **state)
{
	struct middle *m = *state;
	struct compilation *c = &m->c;
	const struct literal *items[] = { number(m, "1"), literal_string(c, STR("it's"), here),
		                          literal_none(c, here), literal_bool(c, true, here) };

	assert_true(str_is(literal_repr(c, literal_sequence(c, LITERAL_LIST, items, 4, here)),
	                   "[1, \"it's\", None, True]"));
	assert_true(str_is(literal_repr(c, literal_sequence(c, LITERAL_TUPLE, items, 1, here)),
	                   "(1,)"));
	assert_true(str_is(literal_repr(c, literal_sequence(c, LITERAL_DICT, items, 2, here)),
	                   "{1: \"it's\"}"));
	assert_true(str_is(literal_repr(c, literal_string(c, STR("a\\b\n"), here)), "'a\\\\b\\n'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MIDDLE(numbers_are_computed_as_python_does),
		MIDDLE(what_does_not_fit_is_left_to_the_server),
		MIDDLE(division_by_zero_is_an_error),
		MIDDLE(strings_join_and_compare),
		MIDDLE(signs_are_folded),
		MIDDLE(dates_and_intervals_add_up),
		MIDDLE(every_day_reads_back),
		MIDDLE(a_value_has_the_type_that_sqlalchemy_gives_it),
		MIDDLE(beside_a_column_a_value_takes_its_type_within_the_family),
		MIDDLE(a_value_is_shown_as_python_shows_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
