/* Names, bindings and what the catalog is asked: a program is evaluated in as few rounds as it can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/compiling.h"

static bool wants(const char *schema, const char *name)
{
	for (size_t i = 0; i < compiling_result.want_count; i++)
		if (compiling_result.wants[i].kind == WANT_RELATION &&
		    str_is(compiling_result.wants[i].schema, schema) &&
		    str_is(compiling_result.wants[i].name, name))
			return true;
	return false;
}

/* ------------------------------------------------------------------ what is asked */

static void all_names_are_asked_at_once(void **state)
{
	(void)state;
	compiling_forget();
	assert_int_equal(compiling_once("z = b.alias()\n"
	                                "select(a.c.x, z.c.x, audit.events.c.id, tables['c'].c.x,\n"
	                                "       tables['audit.log'].c.id)"),
	                 COMPILE_WANTS);
	assert_true(wants("", "a"));
	assert_true(wants("", "b"));
	assert_true(wants("audit", "events"));
	assert_true(wants("", "c"));
	assert_true(wants("audit", "log"));
	assert_false(wants("", "z"));
	assert_false(wants("", "select"));
	compiling_answer();
	assert_int_equal(compiling_once("z = b.alias()\n"
	                                "select(a.c.x, z.c.x, audit.events.c.id, tables['c'].c.x,\n"
	                                "       tables['audit.log'].c.id)"),
	                 COMPILE_DONE);
}

static void a_word_of_tables_is_no_table_of_a_schema(void **state)
{
	(void)state;
	compiling_forget();
	assert_int_equal(compiling_once("select(a.c.x)"), COMPILE_WANTS);
	assert_int_equal(compiling_result.want_count, 1);
}

static void words_and_bindings_are_not_asked(void **state)
{
	(void)state;
	compiling_forget();
	assert_int_equal(
		compiling_once("n = literal(5)\nselect(func.lower('X'), n, sa.literal(1))"),
		COMPILE_DONE);
}

static void a_chain_of_paths_takes_a_question_a_step(void **state)
{
	(void)state;
	assert_int_equal(compiling("select(item.fk.order.fk.customer.c.name, twofk.fk.a.c.name,\n"
	                           "       item.fk.product.c.title)"),
	                 COMPILE_DONE);
	assert_in_range(compiling_rounds, 1, 3);
}

/* ------------------------------------------------------------------ what a name is */

static void a_binding_comes_before_a_word(void **state)
{
	(void)state;
	assert_sql("text = a\nselect(text.c.x)", "SELECT a.x FROM a");
}

static void a_binding_comes_before_a_table(void **state)
{
	(void)state;
	assert_sql("a = b\nselect(a.c.x)", "SELECT b.x FROM b");
}

static void a_later_binding_replaces_an_earlier_one(void **state)
{
	(void)state;
	assert_sql("s = select(a.c.x)\ns = s.where(a.c.x > 1)\ns",
	           "SELECT a.x FROM a WHERE a.x > 1");
}

static void a_statement_is_not_changed_by_its_methods(void **state)
{
	(void)state;
	assert_sql("s = select(a.c.x).where(a.c.f)\n"
	           "one = s.where(a.c.x == 1)\n"
	           "two = s.where(a.c.x == 2)\n"
	           "union_all(s, one, two)",
	           "SELECT a.x FROM a WHERE a.f UNION ALL "
	           "SELECT a.x FROM a WHERE a.f AND a.x = 1 UNION ALL "
	           "SELECT a.x FROM a WHERE a.f AND a.x = 2");
}

static void a_table_is_one_object_however_it_is_named(void **state)
{
	(void)state;
	assert_sql("select(a.c.x, public.a.c.y, tables['a'].c.s, tables['public.a'].c.f)",
	           "SELECT a.x, a.y, a.s, a.f FROM a");
}

static void an_unknown_name_is_told_with_its_neighbours(void **state)
{
	(void)state;
	assert_error("select(custmer.c.id)", "42P01", "custmer",
	             "relation \"custmer\" does not exist");
	assert_hint("Perhaps you meant \"customer\".");
}

static void an_unknown_table_of_a_schema_is_told(void **state)
{
	(void)state;
	assert_error("select(audit.evnts.c.id)", "42P01", "evnts",
	             "relation \"audit.evnts\" does not exist");
}

static void an_unknown_word_is_told_with_its_neighbours(void **state)
{
	(void)state;
	assert_error("selct(a.c.x)", "42883", "selct", "\"selct\" is not a word of the language");
	assert_hint("Perhaps you meant \"select\".");
}

static void an_unknown_method_is_told_with_its_neighbours(void **state)
{
	(void)state;
	assert_error("select(a.c.x).wher(a.c.f)", "42883", "wher",
	             "'Select' object has no attribute 'wher'");
	assert_hint("Perhaps you meant \"where\".");
}

static void an_unknown_column_is_told_with_its_neighbours(void **state)
{
	(void)state;
	assert_error("select(customer.c.nmae)", "42703", "nmae",
	             "column customer.nmae does not exist");
	assert_hint("Perhaps you meant \"name\".");
}

static void a_column_without_c_is_shown_the_way(void **state)
{
	(void)state;
	assert_error("select(customer.email)", "42883", "email",
	             "'Table' object has no attribute 'email'");
	assert_hint("Columns stand behind .c: write .c.email.");
}

static void a_value_asked_like_an_expression_is_shown_the_way(void **state)
{
	(void)state;
	assert_error("select(a.c.x).where($1.is_(None))", "42883", "is_",
	             "'value' object has no attribute 'is_'");
	assert_hint("It is a value: literal(...).is_ is an expression's.");
	assert_error("select('a'.label('b'))", "42883", "label",
	             "'str' object has no attribute 'label'");
	assert_hint("It is a value: literal(...).label is an expression's.");
	assert_error("select(\"a\".c.x)", "42883", "c", "'str' object has no attribute 'c'");
	assert_hint("A table of any name is tables['name'], a column of it t.c['name'].");
}

static void a_table_that_a_word_hides_is_shown_the_way(void **state)
{
	(void)state;
	assert_error("select(values.c.x)", "42P01", "values",
	             "\"values\" is a word of the language here, not a table");
	assert_hint("A table of that name is tables[\"values\"].");
}

static void a_word_that_is_not_called_is_no_value(void **state)
{
	(void)state;
	assert_error("select(select)", "42P01", "select",
	             "\"select\" is a word of the language here, not a table");
}

static void what_is_no_statement_is_selected(void **state)
{
	(void)state;
	assert_sql("nofk", "SELECT nofk.id, nofk.x FROM nofk");
	assert_sql("func.now()", "SELECT now() AS now_1");
	assert_sql("[a.c.x, a.c.y]", "SELECT a.x, a.y FROM a");
	assert_sql("text('SELECT 1')", "SELECT 1");
}

static void what_cannot_be_selected_is_refused(void **state)
{
	(void)state;
	assert_error("select(a.c.x).where", "42601", "select(a.c.x).where",
	             "the expression is no statement but a method");
}

/* ------------------------------------------------------------------ limits */

/* A program of the line `first`, so many lines `step`, and `last`: what becomes of it. */
static enum compile_outcome compiling_grown(const char *first, const char *step, unsigned times,
                                            const char *last)
{
	size_t size = strlen(first) + 1 + times * (strlen(step) + 1) + strlen(last) + 1;
	char *text = test_calloc(1, size);
	size_t n = (size_t)sprintf(text, "%s\n", first);
	enum compile_outcome outcome;

	for (unsigned i = 0; i < times; i++)
		n += (size_t)sprintf(text + n, "%s\n", step);
	sprintf(text + n, "%s", last);
	outcome = compiling(text);
	test_free(text);
	return outcome;
}

static void assert_refused(enum compile_outcome outcome, const char *sqlstate)
{
	assert_int_equal(outcome, COMPILE_FAILED);
	assert_string_equal(compiling_result.error.sqlstate, sqlstate);
}

static void bindings_do_not_escape_the_limit_of_nesting(void **state)
{
	(void)state;
	assert_refused(compiling_grown("x = a.c.x", "x = 1 - x", 9000, "select(x)"), "54001");
}

static void a_program_that_doubles_itself_ends_at_the_budget(void **state)
{
	(void)state;
	assert_refused(compiling_grown("x = a.c.x - 1", "x = x - x", 60, "select(x)"), "54000");
}

/* A statement that grows by a method a line: 4 times the text, not more than 8 times the memory. */
static void a_long_program_costs_by_its_length(void **state)
{
	size_t used[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		unsigned lines = i == 0 ? 2000 : 8000;
		char *text = test_calloc(1, 40 * lines + 100);
		size_t n = (size_t)sprintf(text, "s = select(a.c.x)\n");

		for (unsigned k = 0; k < lines; k++)
			n += (size_t)sprintf(text + n, "s = s.where(a.c.x != %u)\n", k);
		sprintf(text + n, "s");
		assert_int_equal(compiling(text), COMPILE_DONE);
		used[i] = compiler_memory(compiling_compiler);
		test_free(text);
	}
	assert_true(used[1] < 8 * used[0]);
}

/* It stands once in the text and counts once, on every level. */
static void a_chain_of_comparisons_does_not_double_what_its_pairs_share(void **state)
{
	char text[2048] = "select(func.f(";

	(void)state;
	for (unsigned i = 0; i < 60; i++)
		strcat(text, "1 < func.f(");
	strcat(text, "z.c.x");
	for (unsigned i = 0; i < 60; i++)
		strcat(text, ") < 2");
	strcat(text, "))");
	alarm(60); /* doubled, it would go on for years */
	compiling_forget();
	assert_int_equal(compiling_once(text), COMPILE_WANTS);
	assert_int_equal(compiling_result.want_count, 1);
	alarm(0);
}

/* What bindings build has no text whose nesting would bound it. */
static void collections_within_each_other_have_a_limit(void **state)
{
	static const struct {
		const char *first, *step, *last;
	} towers[] = {
		{ "x = (1,)", "x = (x,)", "select(func.f(x))" },
		{ "x = [1]", "x = [x]", "select(a.c.x.in_(x))" },
		{ "x = {1}", "x = {x}", "select(literal(x))" },
		{ "x = {'k': 1}", "x = {'k': x}", "select(type_coerce(x, HSTORE))" },
		{ "x = ARRAY[1]", "x = ARRAY[x]", "select(x)" },
		{ "x = 1", "x = [x::int]", "select(literal(x))" },
		{ "x = (a.c.x,)", "x = (x,)", "select(x)" },
		{ "x = [a.c.x]", "x = [x]", "select(a.c.id).order_by(x)" },
		{ "x = {'x': a.c.x}", "x = {'x': x}", "insert(a).values(x)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(towers) / sizeof(towers[0]); i++) {
		assert_refused(
			compiling_grown(towers[i].first, towers[i].step, 100000, towers[i].last),
			"54001");
	}
}

static void collections_nest_as_deep_as_brackets_do(void **state)
{
	(void)state;
	assert_int_equal(compiling_grown("x = [1]", "x = [x]", 998, "select(a.c.x.in_(x))"),
	                 COMPILE_DONE);
	assert_refused(compiling_grown("x = [1]", "x = [x]", 1000, "select(a.c.x.in_(x))"),
	               "54001");
}

static void of_many_names_some_are_asked_first(void **state)
{
	char *text = test_calloc(1, 400000);
	size_t n = (size_t)sprintf(text, "select(a.c.x");

	(void)state;
	for (unsigned i = 0; i < 30000; i++)
		n += (size_t)sprintf(text + n, ", t%u.c.x", i);
	sprintf(text + n, ")");
	compiling_forget();
	assert_int_equal(compiling_once(text), COMPILE_WANTS);
	assert_int_equal(compiling_result.want_count, 2048);
	test_free(text);
}

static void the_budget_grows_with_the_text(void **state)
{
	char *text = test_calloc(1, 2000000);
	size_t n;

	(void)state;
	assert_refused(compiling_grown("x = a.c.x - 1", "x = x - x", 60, "select(x)"), "54000");
	assert_true(compiler_memory(compiling_compiler) <= 17u << 20);
	/* An honest text of 1 MB takes far more, and may. */
	n = (size_t)sprintf(text, "select(a.c.id).where(or_(false()");
	for (unsigned i = 0; n < 1000000; i++)
		n += (size_t)sprintf(text + n, ", a.c.x == %u", i);
	sprintf(text + n, "))");
	assert_int_equal(compiling(text), COMPILE_DONE);
	assert_true(compiler_memory(compiling_compiler) > 32u << 20);
	test_free(text);
}

/* Thousands of them would keep a worker busy for seconds. */
static void names_that_collide_on_purpose_have_a_limit(void **state)
{
	char *text = test_calloc(1, 100000);
	size_t n = 0;

	(void)state;
	for (uint32_t i = 0, found = 0; found < 1100; i++) {
		char name[16];

		sprintf(name, "n%u", i);
		if ((str_hash(str_of(name)) & 4095) != 0)
			continue;
		n += (size_t)sprintf(text + n, "%s = 1\n", name);
		found++;
	}
	sprintf(text + n, "select(1)");
	assert_refused(compiling(text), "54000");
	test_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_names_are_asked_at_once),
		cmocka_unit_test(a_word_of_tables_is_no_table_of_a_schema),
		cmocka_unit_test(words_and_bindings_are_not_asked),
		cmocka_unit_test(a_chain_of_paths_takes_a_question_a_step),
		cmocka_unit_test(a_binding_comes_before_a_word),
		cmocka_unit_test(a_binding_comes_before_a_table),
		cmocka_unit_test(a_later_binding_replaces_an_earlier_one),
		cmocka_unit_test(a_statement_is_not_changed_by_its_methods),
		cmocka_unit_test(a_table_is_one_object_however_it_is_named),
		cmocka_unit_test(an_unknown_name_is_told_with_its_neighbours),
		cmocka_unit_test(an_unknown_table_of_a_schema_is_told),
		cmocka_unit_test(an_unknown_word_is_told_with_its_neighbours),
		cmocka_unit_test(an_unknown_method_is_told_with_its_neighbours),
		cmocka_unit_test(an_unknown_column_is_told_with_its_neighbours),
		cmocka_unit_test(a_column_without_c_is_shown_the_way),
		cmocka_unit_test(a_value_asked_like_an_expression_is_shown_the_way),
		cmocka_unit_test(a_table_that_a_word_hides_is_shown_the_way),
		cmocka_unit_test(a_word_that_is_not_called_is_no_value),
		cmocka_unit_test(what_is_no_statement_is_selected),
		cmocka_unit_test(what_cannot_be_selected_is_refused),
		cmocka_unit_test(bindings_do_not_escape_the_limit_of_nesting),
		cmocka_unit_test(a_program_that_doubles_itself_ends_at_the_budget),
		cmocka_unit_test(a_long_program_costs_by_its_length),
		cmocka_unit_test(a_chain_of_comparisons_does_not_double_what_its_pairs_share),
		cmocka_unit_test(collections_within_each_other_have_a_limit),
		cmocka_unit_test(collections_nest_as_deep_as_brackets_do),
		cmocka_unit_test(of_many_names_some_are_asked_first),
		cmocka_unit_test(the_budget_grows_with_the_text),
		cmocka_unit_test(names_that_collide_on_purpose_have_a_limit),
	};

	return cmocka_run_group_tests(tests, compiling_set_up, compiling_tear_down);
}
