/* Foreign-key paths: which key a name means, and where its join stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/compiling.h"

static void a_key_goes_by_its_column_with_and_without_id(void **state)
{
	(void)state;
	assert_sql("select(orders.fk.customer_id.c.name)",
	           "SELECT customer_1.name FROM orders LEFT OUTER JOIN customer AS customer_1 ON "
	           "customer_1.id = orders.customer_id");
	assert_sql("select(orders.fk.customer.c.name)",
	           "SELECT customer_1.name FROM orders LEFT OUTER JOIN customer AS customer_1 ON "
	           "customer_1.id = orders.customer_id");
}

static void a_key_goes_by_its_table(void **state)
{
	(void)state;
	assert_sql("select(item.fk.orders.c.amount)",
	           "SELECT orders_1.amount FROM item LEFT OUTER JOIN orders AS orders_1 ON "
	           "orders_1.id = item.order_id");
}

static void a_key_goes_by_its_constraint(void **state)
{
	(void)state;
	assert_sql("select(twofk.fk.twofk_b_id_fkey.c.name)",
	           "SELECT customer_1.name FROM twofk LEFT OUTER JOIN customer AS customer_1 ON "
	           "customer_1.id = twofk.b_id");
}

static void a_name_in_brackets_is_the_same(void **state)
{
	(void)state;
	assert_sql("select(orders.fk[\"customer\"].c[\"name\"])",
	           "SELECT customer_1.name FROM orders LEFT OUTER JOIN customer AS customer_1 ON "
	           "customer_1.id = orders.customer_id");
}

static void a_composite_key_goes_by_its_table_only(void **state)
{
	(void)state;
	assert_sql("select(compref.fk.compfk.c.note)",
	           "SELECT compfk_1.note FROM compref LEFT OUTER JOIN compfk AS compfk_1 ON "
	           "compfk_1.a = compref.a AND compfk_1.b = compref.b");
	assert_error("compref.fk.a", "42703", "a", "\"compref\" has no foreign key called \"a\"");
}

static void two_keys_of_one_name_are_told_with_what_works(void **state)
{
	(void)state;
	assert_error("twofk.fk.customer", "42P09", "customer",
	             "\"twofk\" has more than one foreign key that goes by \"customer\"");
	assert_hint("Write one of .fk.a, .fk.b.");
}

static void a_key_that_is_not_there_is_told_with_its_neighbour(void **state)
{
	(void)state;
	assert_error("orders.fk.custmer", "42703", "custmer",
	             "\"orders\" has no foreign key called \"custmer\"");
	assert_hint("Perhaps you meant \"customer\".");
}

static void a_key_like_no_other_is_told_with_all(void **state)
{
	(void)state;
	assert_error("item.fk.xyz", "42703", "xyz", "\"item\" has no foreign key called \"xyz\"");
	assert_hint("The foreign keys are .fk.order, .fk.sku.");
}

static void one_path_is_one_join_in_a_statement(void **state)
{
	(void)state;
	assert_sql("select(orders.fk.customer.c.name, orders.fk.customer_id.c.id)",
	           "SELECT customer_1.name, customer_1.id FROM orders LEFT OUTER JOIN customer AS "
	           "customer_1 ON customer_1.id = orders.customer_id");
}

static void an_explicit_join_is_another(void **state)
{
	(void)state;
	assert_sql("select(orders.c.id, customer.c.name, orders.fk.customer.c.id).join(customer)",
	           "SELECT orders.id, customer.name, customer_1.id AS id_1 FROM orders LEFT OUTER "
	           "JOIN customer AS customer_1 ON customer_1.id = orders.customer_id JOIN "
	           "customer ON customer.id = orders.customer_id");
}

static void an_alias_has_paths_of_its_own(void **state)
{
	(void)state;
	assert_sql("o = orders.alias(\"o\")\nselect(o.fk.customer.c.name)",
	           "SELECT customer_1.name FROM orders AS o LEFT OUTER JOIN customer AS customer_1 "
	           "ON customer_1.id = o.customer_id");
}

static void a_chain_joins_step_by_step(void **state)
{
	(void)state;
	assert_sql("select(item.fk.order.fk.customer.c.name)",
	           "SELECT customer_1.name FROM item LEFT OUTER JOIN orders AS orders_1 ON "
	           "orders_1.id = item.order_id LEFT OUTER JOIN customer AS customer_1 ON "
	           "customer_1.id = orders_1.customer_id");
}

static void a_subquery_keeps_the_keys_it_exports(void **state)
{
	(void)state;
	assert_sql("s = select(orders.c.customer_id).subquery(\"s\")\nselect(s.fk.customer.c.name)",
	           "SELECT customer_1.name FROM (SELECT orders.customer_id AS customer_id FROM "
	           "orders) AS s LEFT OUTER JOIN customer AS customer_1 ON customer_1.id = "
	           "s.customer_id");
}

static void a_path_of_the_enclosing_select_joins_there(void **state)
{
	(void)state;
	assert_sql("select(orders.c.id).where(exists().where(item.c.order_id == orders.c.id, "
	           "orders.fk.customer.c.active))",
	           "SELECT orders.id FROM orders LEFT OUTER JOIN customer AS customer_1 ON "
	           "customer_1.id = orders.customer_id WHERE EXISTS (SELECT * FROM item WHERE "
	           "item.order_id = orders.id AND customer_1.active)");
}

static void in_an_update_a_path_is_a_subquery(void **state)
{
	(void)state;
	assert_sql("update(orders).values(note=orders.fk.customer.c.name)",
	           "UPDATE orders SET note=(SELECT customer_1.name FROM customer AS customer_1 "
	           "WHERE customer_1.id = orders.customer_id)");
}

static void a_misspelt_column_behind_a_path_is_told(void **state)
{
	(void)state;
	assert_error("select(orders.fk.customer.c.nmae)", "42703", "nmae",
	             "column customer_1.nmae does not exist");
	assert_hint("Perhaps you meant \"name\".");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_goes_by_its_column_with_and_without_id),
		cmocka_unit_test(a_key_goes_by_its_table),
		cmocka_unit_test(a_key_goes_by_its_constraint),
		cmocka_unit_test(a_name_in_brackets_is_the_same),
		cmocka_unit_test(a_composite_key_goes_by_its_table_only),
		cmocka_unit_test(two_keys_of_one_name_are_told_with_what_works),
		cmocka_unit_test(a_key_that_is_not_there_is_told_with_its_neighbour),
		cmocka_unit_test(a_key_like_no_other_is_told_with_all),
		cmocka_unit_test(one_path_is_one_join_in_a_statement),
		cmocka_unit_test(an_explicit_join_is_another),
		cmocka_unit_test(an_alias_has_paths_of_its_own),
		cmocka_unit_test(a_chain_joins_step_by_step),
		cmocka_unit_test(a_subquery_keeps_the_keys_it_exports),
		cmocka_unit_test(a_path_of_the_enclosing_select_joins_there),
		cmocka_unit_test(in_an_update_a_path_is_a_subquery),
		cmocka_unit_test(a_misspelt_column_behind_a_path_is_told),
	};

	return cmocka_run_group_tests(tests, compiling_set_up, compiling_tear_down);
}
