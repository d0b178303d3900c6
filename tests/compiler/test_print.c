/* What printing adds to the text of the golden files: where the server's errors point to, limits. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "compiler/compile.h"
#include "compiler/encoding.h"
#include "tests/support/fixture.h"

static struct fixture fixture;
static struct compiler *compiler;

static enum compile_outcome compile(const char *text, struct compile_settings settings,
                                    struct compile_result *result)
{
	struct str query = str_of(text);
	struct span all = { 0, (uint32_t)query.n };
	enum compile_outcome outcome;

	settings.encoding = encoding_utf8();
	settings.standard_conforming_strings = true;
	fixture_forget(&fixture);
	for (;;) {
		outcome = compile_expression(compiler, query, all, &fixture.catalog, &settings,
		                             result);
		if (outcome != COMPILE_WANTS)
			return outcome;
		for (size_t i = 0; i < result->want_count; i++)
			fixture_answer(&fixture, result->wants[i].schema, result->wants[i].name,
			               result->wants[i].oid);
	}
}

static struct compile_result compiled(const char *text)
{
	struct compile_result result;

	assert_int_equal(compile(text, (struct compile_settings){ 0 }, &result), COMPILE_DONE);
	return result;
}

/* An error that the server finds at `sql_place` of the SQL must point to `place` in the text. */
static void points(const char *text, const char *sql_place, const char *place)
{
	struct compile_result r = compiled(text);
	char *sql = strndup(r.sql.p, r.sql.n);
	const char *found = strstr(sql, sql_place);
	size_t at = (size_t)(found - sql);
	size_t mark = 0;

	if (found == NULL)
		fail_msg("%s: no \"%s\" in %s", text, sql_place, sql);
	while (mark + 1 < r.map.count && r.map.marks[mark + 1].out <= at)
		mark++;
	if (strncmp(text + r.map.marks[mark].start, place, strlen(place)) != 0)
		fail_msg("%s: \"%s\" comes from \"%s\"", text, sql_place,
		         text + r.map.marks[mark].start);
	free(sql);
}

static void a_column_and_a_function_point_to_themselves(void **state)
{
	(void)state;
	points("select(a.c.id, func.lowr(a.c.s))", "lowr(", "lowr(a.c.s)");
	points("select(a.c.id, func.lowr(a.c.s))", "a.s)", "a.c.s)");
	points("select(a.c.x).order_by(b.c.x)", "b.x", "b.c.x");
	points("n = func.nope(a.c.x).label('n')\nselect(n, a.c.y)", "nope(", "nope(a.c.x)");
}

static void an_operator_points_to_itself(void **state)
{
	(void)state;
	points("select(a.c.id).where(a.c.s > 5)", "> 5", "> 5");
	points("select(a.c.x * (a.c.f + 1))", "+ 1", "+ 1");
	points("select(a.c.id).where(a.c.x.in_(select(b.c.s)))", "IN (", "in_(");
	points("select(a.c.id).where(~a.c.x)", "NOT", "~");
}

static void a_column_beside_an_operator_points_to_its_own_mention(void **state)
{
	const char *text = "select(a.c.x, b.c.x).where(a.c.x == b.c.x, b.c.x.in_([1]), 5 < a.c.x)";

	(void)state;
	points(text, "a.x, ", "a.c.x, b");
	points(text, "a.x = ", "a.c.x == b");
	points(text, "b.x AND", "b.c.x, b.c.x.in_");
	points(text, "b.x IN", "b.c.x.in_");
	points(text, "a.x > 5",
	       "a.c.x, b.c.x).where"); /* the sides are swapped: the first mention */
}

static void a_value_points_to_itself(void **state)
{
	(void)state;
	points("select(a.c.id).where(a.c.x == 'abc')", "'abc'", "'abc'");
	points("insert(a).values(id=1, x='q')", "'q'", "'q'");
	points("select(a.c.id).where(a.c.x.in_([1, 2]))", "(1, 2)", "[1, 2]");
}

static void what_moves_to_the_front_takes_its_places_along(void **state)
{
	const char *text = "t = select(func.nope(a.c.x)).where(a.c.y > 1).cte('t')\n"
			   "select(b.c.x, t.c.nope).where(b.c.x == t.c.nope)";

	(void)state;
	points(text, "nope(a.x)", "nope(a.c.x)");
	points(text, "> 1", "> 1");
	points(text, "b.x,", "b.c.x, t");
	points(text, "t.nope_1 FROM", "t.c.nope).where");
	points(text, "= t.nope_1", "== t.c.nope");
	points(text, "b.x = t", "b.c.x == t");
}

static void what_is_put_in_for_a_path_points_to_it(void **state)
{
	const char *text =
		"select(orders.c.id, orders.fk.customer.c.name).where(orders.c.qty > 'x')";

	(void)state;
	points(text, "LEFT OUTER", "customer.c.name");
	points(text, "> 'x'", "> 'x'");
	points(text, "'x'", "'x'");
}

/* An expression that doubles with every line. */
static char *doubling(unsigned lines)
{
	char *text = malloc(64 * (size_t)(lines + 2));
	char *p = text;

	assert_non_null(text);
	p += sprintf(p, "x0 = func.f(a.c.x)\n");
	for (unsigned i = 1; i <= lines; i++)
		p += sprintf(p, "x%u = func.f(x%u, x%u)\n", i, i - 1, i - 1);
	sprintf(p, "select(x%u)", lines);
	return text;
}

static void a_setting_turns_the_cartesian_warning_on_and_off(void **state)
{
	static const char text[] = "select(a.c.x, b.c.x)";
	struct compile_result r;

	(void)state;
	assert_int_equal(compile(text, (struct compile_settings){ .cartesian_warnings = true }, &r),
	                 COMPILE_DONE);
	assert_int_equal(r.warning_count, 1);
	assert_int_equal(
		compile(text, (struct compile_settings){ .cartesian_warnings = false }, &r),
		COMPILE_DONE);
	assert_int_equal(r.warning_count, 0);
}

static void output_stops_at_the_memory_limit(void **state)
{
	struct compile_settings settings = { .memory = 2 << 20 };
	struct compile_result r;
	char *fits = doubling(8);
	char *grows = doubling(60);

	(void)state;
	assert_int_equal(compile(fits, settings, &r), COMPILE_DONE);
	assert_int_equal(compile(grows, settings, &r), COMPILE_FAILED);
	assert_string_equal(r.error.sqlstate, "54000");
	assert_true(compiler_memory(compiler) <= settings.memory);
	free(fits);
	free(grows);
}

/* A binding nests without nesting the text. */
static char *tower(unsigned height)
{
	char *text = malloc(64 * (size_t)(height + 2));
	char *p = text;

	assert_non_null(text);
	p += sprintf(p, "x0 = func.f(a.c.x)\n");
	for (unsigned i = 1; i <= height; i++)
		p += sprintf(p, "x%u = func.f(x%u)\n", i, i - 1);
	sprintf(p, "select(x%u)", height);
	return text;
}

static void nesting_through_bindings_has_a_limit_too(void **state)
{
	struct compile_settings settings = { .max_nesting = 100 };
	struct compile_result r;
	char *fits = tower(150);
	char *deep = tower(5000);

	(void)state;
	assert_int_equal(compile(fits, settings, &r), COMPILE_DONE);
	assert_int_equal(compile(deep, settings, &r), COMPILE_FAILED);
	assert_string_equal(r.error.sqlstate, "54001");
	free(fits);
	free(deep);
}

static char *chain(const char *start, const char *link, unsigned length, const char *end)
{
	char *text = malloc(strlen(start) + strlen(link) * length + strlen(end) + 1);
	char *p = text;

	assert_non_null(text);
	p += sprintf(p, "%s", start);
	for (unsigned i = 0; i < length; i++)
		p += sprintf(p, "%s", link);
	sprintf(p, "%s", end);
	return text;
}

static void the_length_of_a_chain_has_no_limit_where_the_sql_does_not_nest(void **state)
{
	static const char *const chains[][3] = {
		{ "select(a.c.x)", ".where(a.c.x > 1)", "" },
		{ "select(a.c.x)", ".order_by(a.c.x)", "" },
		{ "select(a.c.x)", ".limit(1)", "" },
		{ "insert(a)", ".values(x=1)", "" },
		{ "select(a.c.x", " + 1", ")" },
		{ "select(a.c.s", ".concat('x')", ")" },
		{ "select(a.c.s).where(a.c.f", " & (a.c.x == 1)", ")" },
		{ "select(a.c.s).where(a.c.f", " | a.c.f", ")" },
		{ "select(1", " + 1", ")" },
	};
	struct compile_settings settings = { .max_nesting = 10, .memory = 16 << 20 };
	struct compile_result r;

	(void)state;
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		char *text = chain(chains[i][0], chains[i][1], 5000, chains[i][2]);

		if (compile(text, settings, &r) != COMPILE_DONE)
			fail_msg("%.40s: %s", text, r.error.message.p);
		free(text);
	}
}

static void a_chain_that_nests_the_sql_is_too_deep(void **state)
{
	static const char *const chains[][3] = {
		{ "select(a.c.x", " - 1", ")" },
		{ "select(a.c.x", ".cast(Text)", ")" },
		{ "select(a.c.x", "::text", ")" },
		{ "select(a.c.x)", ".subquery().select()", "" },
		{ "select(a.c.x)", ".union(select(a.c.x))", "" },
		{ "select(a", ".alias()", ")" },
	};
	struct compile_result r;

	(void)state;
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		char *text = chain(chains[i][0], chains[i][1], 20000, chains[i][2]);

		assert_int_equal(compile(text, (struct compile_settings){ 0 }, &r), COMPILE_FAILED);
		assert_string_equal(r.error.sqlstate, "54001");
		free(text);
	}
}

static void refuses(const char *text, const char *place)
{
	struct compile_result r;

	assert_int_equal(compile(text, (struct compile_settings){ 0 }, &r), COMPILE_FAILED);
	assert_string_equal(r.error.sqlstate, "42601");
	if (strncmp(text + r.error.span.start, place, strlen(place)) != 0)
		fail_msg("%s: points to %s", text, text + r.error.span.start);
}

static void text_cannot_reach_beyond_its_place(void **state)
{
	(void)state;
	refuses("select(text('a.x) FROM a; SELECT (1'), a.c.y)", "text('a.x");
	refuses("select(a.c.x).where(text('a.x > (1'))", "text('a.x");
	refuses("select(a.c.x).where(text('a.s = ''q'))", "text('a.s");
	refuses("select(a.c.x).where(text('a.x > 1 /* '))", "text('a.x");
	refuses("select(literal_column('1]')).where(a.c.x == 1)", "literal_column('1]");
	refuses("select(a.c.x.op('; --')(a.c.y))", "a.c.x.op('; --')");
	assert_non_null(
		compiled("select(text('a.x -- note'), a.c.y).where(text('(a.x > 1)'))").sql.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_column_and_a_function_point_to_themselves),
		cmocka_unit_test(an_operator_points_to_itself),
		cmocka_unit_test(a_column_beside_an_operator_points_to_its_own_mention),
		cmocka_unit_test(a_value_points_to_itself),
		cmocka_unit_test(what_moves_to_the_front_takes_its_places_along),
		cmocka_unit_test(what_is_put_in_for_a_path_points_to_it),
		cmocka_unit_test(a_setting_turns_the_cartesian_warning_on_and_off),
		cmocka_unit_test(output_stops_at_the_memory_limit),
		cmocka_unit_test(nesting_through_bindings_has_a_limit_too),
		cmocka_unit_test(the_length_of_a_chain_has_no_limit_where_the_sql_does_not_nest),
		cmocka_unit_test(a_chain_that_nests_the_sql_is_too_deep),
		cmocka_unit_test(text_cannot_reach_beyond_its_place),
	};
	int failed;

	fixture_load(&fixture, "tests/compiler/golden/schema.catalog");
	compiler = compiler_new();
	if (compiler == NULL)
		abort();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	compiler_free(compiler);
	fixture_free(&fixture);
	return failed;
}
