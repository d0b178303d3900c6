#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/catalog.h"

static const struct relation customer = { .oid = 10,
	                                  .schema = { "public", 6 },
	                                  .name = { "customer", 8 } };
static const struct relation events = { .oid = 20,
	                                .schema = { "audit", 5 },
	                                .name = { "events", 6 } };

static const struct catalog_entry entries[] = {
	{ .name = { "customer", 8 }, .relation = &customer, .visible = true },
	{ .name = { "customerz", 9 } },
	{ .schema = { "audit", 5 }, .name = { "events", 6 }, .relation = &events },
	{ .oid = 30 },
	{ .oid = 20, .relation = &events },
};
static const struct catalog catalog = { .count = 5, .entries = entries };
static const struct catalog nothing;

static void a_name_that_was_never_asked_for_is_unknown(void **state)
{
	const struct catalog_entry *e = entries;

	(void)state;
	assert_int_equal(catalog_by_name(&catalog, STR(""), STR("orders"), &e), CATALOG_UNKNOWN);
	assert_null(e);
	assert_int_equal(catalog_by_name(&nothing, STR(""), STR("orders"), &e), CATALOG_UNKNOWN);
	assert_int_equal(catalog_by_oid(&nothing, 10, &e), CATALOG_UNKNOWN);
	assert_int_equal(catalog_by_oid(&catalog, 11, &e), CATALOG_UNKNOWN);
	assert_null(e);
}

static void a_name_that_is_not_there_is_absent(void **state)
{
	const struct catalog_entry *e;

	(void)state;
	assert_int_equal(catalog_by_name(&catalog, STR(""), STR("customerz"), &e), CATALOG_ABSENT);
	assert_ptr_equal(e, &entries[1]);
	assert_int_equal(catalog_by_oid(&catalog, 30, &e), CATALOG_ABSENT);
	assert_ptr_equal(e, &entries[3]);
}

static void a_name_is_found_under_the_schema_it_was_asked_with(void **state)
{
	const struct catalog_entry *e;

	(void)state;
	assert_int_equal(catalog_by_name(&catalog, STR(""), STR("customer"), &e), CATALOG_FOUND);
	assert_ptr_equal(e->relation, &customer);
	assert_int_equal(catalog_by_name(&catalog, STR("audit"), STR("events"), &e), CATALOG_FOUND);
	assert_ptr_equal(e->relation, &events);
	assert_int_equal(catalog_by_name(&catalog, STR(""), STR("events"), &e), CATALOG_UNKNOWN);
	assert_int_equal(catalog_by_name(&catalog, STR("public"), STR("customer"), &e),
	                 CATALOG_UNKNOWN);
}

static void names_are_exact(void **state)
{
	const struct catalog_entry *e;

	(void)state;
	assert_int_equal(catalog_by_name(&catalog, STR(""), STR("Customer"), &e), CATALOG_UNKNOWN);
	assert_int_equal(catalog_by_name(&catalog, STR(""), STR("custome"), &e), CATALOG_UNKNOWN);
}

static void a_relation_without_a_name_is_absent_unasked(void **state)
{
	const struct catalog_entry *e = NULL;

	(void)state;
	assert_int_equal(catalog_by_name(&nothing, STR(""), STR(""), &e), CATALOG_ABSENT);
	assert_non_null(e);
	assert_null(e->relation);
}

static void a_relation_found_by_name_is_found_by_oid_too(void **state)
{
	const struct catalog_entry *e;

	(void)state;
	assert_int_equal(catalog_by_oid(&catalog, 10, &e), CATALOG_FOUND);
	assert_ptr_equal(e->relation, &customer);
	assert_int_equal(catalog_by_oid(&catalog, 20, &e), CATALOG_FOUND);
	assert_ptr_equal(e->relation, &events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_that_was_never_asked_for_is_unknown),
		cmocka_unit_test(a_name_that_is_not_there_is_absent),
		cmocka_unit_test(a_name_is_found_under_the_schema_it_was_asked_with),
		cmocka_unit_test(names_are_exact),
		cmocka_unit_test(a_relation_without_a_name_is_absent_unasked),
		cmocka_unit_test(a_relation_found_by_name_is_found_by_oid_too),
	};

	return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
