/* The ON clause that foreign keys imply. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/compiling.h"

static void the_referenced_column_comes_first_whatever_the_direction(void **state)
{
	(void)state;
	assert_sql("select(a.c.x).select_from(a.join(b))",
	           "SELECT a.x FROM a JOIN b ON a.id = b.a_id");
	assert_sql("select(a.c.x).select_from(b.join(a))",
	           "SELECT a.x FROM b JOIN a ON a.id = b.a_id");
}

static void a_composite_key_joins_on_all_its_columns(void **state)
{
	(void)state;
	assert_sql("select(compfk.c.note).select_from(compref.join(compfk))",
	           "SELECT compfk.note FROM compref JOIN compfk ON compfk.a = compref.a AND "
	           "compfk.b = compref.b");
}

static void the_rightmost_member_of_a_join_is_tried_first(void **state)
{
	(void)state;
	assert_sql("select(c.c.x).select_from(a.join(b).join(c))",
	           "SELECT c.x FROM a JOIN b ON a.id = b.a_id JOIN c ON b.id = c.b_id");
}

static void the_whole_join_is_tried_next(void **state)
{
	(void)state;
	assert_sql("select(c.c.x).select_from(b.join(a).join(c))",
	           "SELECT c.x FROM b JOIN a ON a.id = b.a_id JOIN c ON b.id = c.b_id");
}

static void a_subquery_that_exports_the_key_joins_under_any_label(void **state)
{
	(void)state;
	assert_sql("s = "
	           "select(b.c.a_id.label(\"zz\")).subquery(\"s\")\nselect(a.c.x).select_from(a."
	           "join(s))",
	           "SELECT a.x FROM a JOIN (SELECT b.a_id AS zz FROM b) AS s ON a.id = s.zz");
}

static void a_set_operation_has_the_keys_of_its_first_member(void **state)
{
	(void)state;
	assert_sql("u = union(select(b.c.a_id), "
	           "select(c.c.x)).subquery(\"u\")\nselect(a.c.x).select_from(a.join(u))",
	           "SELECT a.x FROM a JOIN (SELECT b.a_id AS a_id FROM b UNION SELECT c.x AS x "
	           "FROM c) AS u ON a.id = u.a_id");
}

static void a_cast_is_not_the_key_any_more(void **state)
{
	(void)state;
	assert_error(
		"s = select(cast(b.c.a_id, Integer).label(\"a_id\")).subquery(\"s\")\na.join(s)",
		"42P09", "join", "Can't find any foreign key relationships between 'a' and 's'.");
}

static void an_alias_has_the_keys_of_its_table(void **state)
{
	(void)state;
	assert_sql("z = b.alias(\"z\")\nselect(a.c.x).select_from(a.join(z))",
	           "SELECT a.x FROM a JOIN b AS z ON a.id = z.a_id");
}

static void a_key_to_itself_joins_in_both_directions(void **state)
{
	(void)state;
	assert_sql("p = customer.alias(\"p\")\nselect(p.c.id).select_from(customer.join(p))",
	           "SELECT p.id FROM customer JOIN customer AS p ON customer.id = p.parent_id AND "
	           "p.id = customer.parent_id");
}

static void without_a_key_there_is_no_join(void **state)
{
	(void)state;
	assert_error("a.join(nofk)", "42P09", "join",
	             "Can't find any foreign key relationships between 'a' and 'nofk'.");
}

static void a_grouped_join_without_a_key_gets_the_advice(void **state)
{
	(void)state;
	assert_error(
		"nofk.join(a.join(b))", "42P09", "join",
		"Can't find any foreign key relationships between 'nofk' and 'Join object on a and "
		"b'. Perhaps you meant to convert the right side to a subquery using alias()?");
}

static void two_keys_are_ambiguous(void **state)
{
	(void)state;
	assert_error("customer.join(twofk)", "42P09", "join",
	             "Can't determine join between 'customer' and 'twofk'; tables have more than "
	             "one foreign key constraint relationship between them. Please specify the "
	             "'onclause' of this join explicitly.");
	assert_str(compiling_result.error.detail,
	           "The foreign keys are twofk_a_id_fkey, twofk_b_id_fkey.");
}

static void a_key_goes_by_the_table_not_by_its_name(void **state)
{
	(void)state;
	assert_sql("select(events.c.id).select_from(events.join(audit.events))",
	           "SELECT events_1.id FROM events AS events_1 JOIN audit.events ON events_1.id = "
	           "audit.events.event_id");
}

static void a_view_has_no_keys(void **state)
{
	(void)state;
	assert_error("v_customer.join(orders)", "42P09", "join",
	             "Can't find any foreign key relationships between 'v_customer' and 'orders'.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_referenced_column_comes_first_whatever_the_direction),
		cmocka_unit_test(a_composite_key_joins_on_all_its_columns),
		cmocka_unit_test(the_rightmost_member_of_a_join_is_tried_first),
		cmocka_unit_test(the_whole_join_is_tried_next),
		cmocka_unit_test(a_subquery_that_exports_the_key_joins_under_any_label),
		cmocka_unit_test(a_set_operation_has_the_keys_of_its_first_member),
		cmocka_unit_test(a_cast_is_not_the_key_any_more),
		cmocka_unit_test(an_alias_has_the_keys_of_its_table),
		cmocka_unit_test(a_key_to_itself_joins_in_both_directions),
		cmocka_unit_test(without_a_key_there_is_no_join),
		cmocka_unit_test(a_grouped_join_without_a_key_gets_the_advice),
		cmocka_unit_test(two_keys_are_ambiguous),
		cmocka_unit_test(a_key_goes_by_the_table_not_by_its_name),
		cmocka_unit_test(a_view_has_no_keys),
	};

	return cmocka_run_group_tests(tests, compiling_set_up, compiling_tear_down);
}
