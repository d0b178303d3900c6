#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "proxy/bindings.h"
#include "proxy/reflect.h"

static const struct reflect_item customer = { { "", 0 }, { "customer", 8 }, 0 };
static const struct reflect_item events = { { "audit", 5 }, { "events", 6 }, 0 };
static const struct reflect_item by_oid = { { "", 0 }, { "", 0 }, 77 };
static const struct bindings_moment now = { 5, 10000 };

static bool finds(struct bindings *b, const struct reflect_item *item, uint64_t epoch,
                  uint64_t now_ms)
{
	struct binding found;

	return bindings_find(b, item, (struct bindings_moment){ epoch, now_ms }, &found);
}

static void what_was_bound_is_found(void **state)
{
	struct bindings *b = bindings_new(4096);
	struct binding found;

	(void)state;
	bindings_put(b, &customer, now, &(struct binding){ 10, 1, true });
	bindings_put(b, &events, now, &(struct binding){ 20, 2, false });
	bindings_put(b, &by_oid, now, &(struct binding){ 77, 3, true });
	assert_true(bindings_find(b, &events, now, &found));
	assert_int_equal(found.oid, 20);
	assert_int_equal(found.fingerprint, 2);
	assert_false(found.visible);
	assert_true(bindings_find(b, &by_oid, now, &found));
	assert_int_equal(found.fingerprint, 3);
	assert_false(
		finds(b, &(struct reflect_item){ { "audit", 5 }, { "customer", 8 }, 0 }, 5, 10000));
	assert_false(
		finds(b, &(struct reflect_item){ { "audi", 4 }, { "tevents", 7 }, 0 }, 5, 10000));
	bindings_free(b);
}

static void a_newer_binding_takes_the_place_of_the_old(void **state)
{
	struct bindings *b = bindings_new(4096);
	struct binding found;
	size_t size;

	(void)state;
	bindings_put(b, &customer, now, &(struct binding){ 10, 1, true });
	size = bindings_size(b);
	bindings_put(b, &customer, now, &(struct binding){ 11, 2, true });
	assert_int_equal(bindings_size(b), size);
	assert_true(bindings_find(b, &customer, now, &found));
	assert_int_equal(found.oid, 11);
	bindings_free(b);
}

static void a_binding_is_trusted_for_less_than_a_second(void **state)
{
	struct bindings *b = bindings_new(4096);

	(void)state;
	bindings_put(b, &customer, now, &(struct binding){ 10, 1, true });
	assert_true(finds(b, &customer, 5, 10999));
	assert_false(finds(b, &customer, 5, 11000));
	assert_false(finds(b, &customer, 5, 10000)); /* it was dropped */
	bindings_put(b, &customer, now, &(struct binding){ 10, 1, true });
	assert_false(finds(b, &customer, 5, 9999)); /* a clock that went back */
	bindings_free(b);
}

static void a_binding_is_not_trusted_in_another_epoch(void **state)
{
	struct bindings *b = bindings_new(4096);

	(void)state;
	bindings_put(b, &customer, now, &(struct binding){ 10, 1, true });
	assert_false(finds(b, &customer, 6, 10000));
	assert_int_equal(bindings_size(b), 0);
	bindings_free(b);
}

static void the_bytes_have_a_limit(void **state)
{
	struct bindings *b = bindings_new(SIZE_MAX);
	size_t each;

	(void)state;
	bindings_put(b, &by_oid, now, &(struct binding){ 0 });
	each = bindings_size(b);
	bindings_free(b);
	b = bindings_new(3 * each);
	for (uint32_t oid = 1; oid <= 4; oid++) {
		struct reflect_item item = { { "", 0 }, { "", 0 }, oid };

		if (oid == 4)
			assert_true(finds(b, &(struct reflect_item){ .oid = 1 }, 5, 10000));
		bindings_put(b, &item, now, &(struct binding){ oid, 1, true });
		assert_true(bindings_size(b) <= 3 * each);
	}
	assert_true(finds(b, &(struct reflect_item){ .oid = 1 }, 5, 10000));
	assert_false(finds(b, &(struct reflect_item){ .oid = 2 }, 5, 10000));
	assert_true(finds(b, &(struct reflect_item){ .oid = 3 }, 5, 10000));
	assert_true(finds(b, &(struct reflect_item){ .oid = 4 }, 5, 10000));
	bindings_put(b, &customer, now, &(struct binding){ 0 }); /* larger, so more must go */
	assert_true(bindings_size(b) <= 3 * each);
	bindings_free(b);
	b = bindings_new(each - 1);
	bindings_put(b, &by_oid, now, &(struct binding){ 0 });
	assert_int_equal(bindings_size(b), 0);
	bindings_free(b);
}

static bool survives(const char *query)
{
	struct sqllex_rules rules = { .encoding = encoding_utf8(),
		                      .standard_conforming_strings = true };

	return bindings_survive(str_of(query), rules);
}

static void plain_statements_leave_the_catalog_alone(void **state)
{
	static const char *const texts[] = {
		"SELECT 1",
		" select a, (b + 1) from t where x in (1, 2) and exists (select 1) ;\n -- done",
		"/* ; */ VALUES (1), (2)",
		"INSERT INTO \"orders\" (\"a\", \"b\") VALUES (1, 'set_config(')",
		"INSERT INTO public.orders(a) SELECT count(*) FROM t RETURNING id",
		"UPDATE t SET (a, b) = (1, coalesce(b, now()))",
		"DELETE FROM t USING u WHERE t.a = (SELECT max(a) FROM u)",
		"WITH x AS (SELECT 1) SELECT * FROM x",
		"SELECT cast(a AS numeric(10,2)) FROM t FOR UPDATE",
		"SELECT '; CREATE TABLE t ()', \"into\", $$ set_config() $$",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!survives(texts[i]))
			fail_msg("%s", texts[i]);
}

static void everything_else_may_change_it(void **state)
{
	static const char *const texts[] = {
		"",
		" ; ",
		"SET search_path = x",
		"BEGIN",
		"COMMIT",
		"ROLLBACK TO s",
		"CREATE TABLE t ()",
		"DO $$ $$",
		"CALL p()",
		"EXECUTE p",
		"(SELECT 1)",
		"SELECT 1; SET search_path = x",
		"SELECT 1 /* */ ;; SELECT 2",
		"SELECT set_config('search_path', 'x', false)",
		"SELECT pg_catalog.set_config('search_path', 'x', false)",
		"SELECT \"set_config\"('search_path', 'x', false)",
		"SELECT U&\"set\\005fconfig\"('search_path', 'x', false)",
		"SELECT my_function(1)",
		"SELECT my_function /* */ (1)",
		"SELECT * INTO t FROM u",
		"select 1 into temp customer",
		"WITH x AS (SELECT 1) SELECT * INTO t FROM x",
		"INSERT INTO t SELECT f(1)",
		"INSERT INTO t (a) VALUES (f(1))",
		"INSERT INTO into SELECT into(1)",
		"INSERT INTO s.t AS x SELECT * FROM f(1)",
		"INSERT INTO t SELECT 1 INTO u",
		"EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1",
		"UPDATE pg_settings SET setting = 'x' WHERE name = 'search_path'",
		"UPDATE pg_catalog.\"pg_settings\" SET setting = 'x'",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (survives(texts[i]))
			fail_msg("%s", texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_bound_is_found),
		cmocka_unit_test(a_newer_binding_takes_the_place_of_the_old),
		cmocka_unit_test(a_binding_is_trusted_for_less_than_a_second),
		cmocka_unit_test(a_binding_is_not_trusted_in_another_epoch),
		cmocka_unit_test(the_bytes_have_a_limit),
		cmocka_unit_test(plain_statements_leave_the_catalog_alone),
		cmocka_unit_test(everything_else_may_change_it),
	};

	return cmocka_run_group_tests_name("bindings", tests, NULL, NULL);
}
