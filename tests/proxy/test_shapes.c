#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "proxy/shapes.h"

static const struct relation_column columns[] = {
	{ .name = { "id", 2 },
	  .type_oid = 23,
	  .type = { "integer", 7 },
	  .type_schema = { "pg_catalog", 10 },
	  .type_name = { "int4", 4 },
	  .type_kind = 'b',
	  .not_null = true },
	{ .name = { "price", 5 },
	  .type_oid = 1700,
	  .type = { "public.price", 12 },
	  .type_schema = { "public", 6 },
	  .type_name = { "price", 5 },
	  .type_kind = 'd',
	  .base_type = { "numeric(10,2)", 13 } },
};
static const uint16_t primary[] = { 0 };
static const uint16_t key_columns[] = { 1, 0 };
static const struct str referenced[] = { { "b", 1 }, { "a", 1 } };
static const struct relation_key keys[] = {
	{ .name = { "fk", 2 },
	  .count = 2,
	  .columns = key_columns,
	  .referenced = 77,
	  .referenced_schema = { "audit", 5 },
	  .referenced_name = { "other", 5 },
	  .referenced_columns = referenced },
};

static struct relation relation_of(uint32_t oid)
{
	return (struct relation){
		.oid = oid,
		.schema = { "public", 6 },
		.name = { "orders", 6 },
		.kind = 'r',
		.column_count = 2,
		.columns = columns,
		.primary_count = 1,
		.primary = primary,
		.key_count = 1,
		.keys = keys,
	};
}

static struct shape *new_shape(uint32_t oid, uint64_t fingerprint)
{
	struct relation r = relation_of(oid);
	struct shape *s = shape_new(&r, fingerprint, true);

	assert_non_null(s);
	return s;
}

/* Keeps a new shape and lets go of it. */
static void keep(struct shapes *c, const char *space, uint32_t oid, uint64_t fingerprint)
{
	struct shape *s = new_shape(oid, fingerprint);

	shapes_keep(c, str_of(space), s);
	shape_unref(s);
}

static bool finds(struct shapes *c, const char *space, uint32_t oid, uint64_t fingerprint)
{
	struct shape *s = shapes_find(c, str_of(space), oid, fingerprint);
	bool found = s != NULL;

	shape_unref(s);
	return found;
}

static size_t cost_of_one(void)
{
	struct shapes *c = shapes_new(SIZE_MAX);
	size_t cost;

	keep(c, "db", 1, 1);
	cost = shapes_counts(c).bytes;
	shapes_free(c);
	return cost;
}

static bool is_inside(const struct shape *s, const void *p, size_t n)
{
	const char *start = (const char *)s;

	return (const char *)p >= start && (const char *)p + n <= start + s->bytes;
}

static bool text_is_inside(const struct shape *s, struct str text, const char *value)
{
	return str_is(text, value) && is_inside(s, text.p, text.n);
}

static void a_shape_is_a_deep_copy_in_one_piece(void **state)
{
	struct shape *s = new_shape(10, 1);
	const struct relation *r = &s->relation;

	(void)state;
	assert_true(text_is_inside(s, r->schema, "public"));
	assert_true(text_is_inside(s, r->name, "orders"));
	assert_true(is_inside(s, r->columns, 2 * sizeof(*r->columns)));
	assert_true(text_is_inside(s, r->columns[0].name, "id"));
	assert_true(text_is_inside(s, r->columns[0].type_name, "int4"));
	assert_true(r->columns[0].not_null);
	assert_true(text_is_inside(s, r->columns[1].type, "public.price"));
	assert_true(text_is_inside(s, r->columns[1].type_schema, "public"));
	assert_true(text_is_inside(s, r->columns[1].base_type, "numeric(10,2)"));
	assert_int_equal(r->columns[1].type_oid, 1700);
	assert_true(is_inside(s, r->primary, sizeof(*r->primary)));
	assert_int_equal(r->primary[0], 0);
	assert_true(is_inside(s, r->keys, sizeof(*r->keys)));
	assert_true(text_is_inside(s, r->keys[0].name, "fk"));
	assert_true(text_is_inside(s, r->keys[0].referenced_schema, "audit"));
	assert_true(text_is_inside(s, r->keys[0].referenced_name, "other"));
	assert_true(is_inside(s, r->keys[0].columns, 2 * sizeof(uint16_t)));
	assert_int_equal(r->keys[0].columns[0], 1);
	assert_true(text_is_inside(s, r->keys[0].referenced_columns[1], "a"));
	shape_unref(s);
}

static void a_relation_without_anything_is_a_shape(void **state)
{
	struct relation bare = { .oid = 1, .name = { "nocols", 6 }, .kind = 'r' };
	struct shape *s = shape_new(&bare, 0, true);

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->relation.column_count, 0);
	assert_true(str_is(s->relation.name, "nocols"));
	shape_unref(s);
}

static void a_shape_is_found_under_its_fingerprint_only(void **state)
{
	struct shapes *c = shapes_new(1 << 20);

	(void)state;
	keep(c, "db", 10, 1);
	keep(c, "db", 10, 2);
	assert_true(finds(c, "db", 10, 1));
	assert_true(finds(c, "db", 10, 2));
	assert_false(finds(c, "db", 10, 3));
	assert_false(finds(c, "db", 11, 1));
	assert_false(finds(c, "other", 10, 1));
	assert_false(finds(c, "", 10, 1));
	assert_true(shapes_knows(c, str_of("db"), 10));
	assert_false(shapes_knows(c, str_of("db"), 11));
	assert_false(shapes_knows(c, str_of("other"), 10));
	assert_int_equal(shapes_counts(c).hits, 2);
	assert_int_equal(shapes_counts(c).misses, 4);
	shapes_free(c);
}

static void a_shape_that_does_not_last_is_never_found(void **state)
{
	struct shapes *c = shapes_new(1 << 20);
	struct relation r = relation_of(10);
	struct shape *s = shape_new(&r, 1, false);

	(void)state;
	shapes_keep(c, STR("db"), s);
	assert_false(finds(c, "db", 10, 1));
	assert_false(shapes_knows(c, STR("db"), 10));
	assert_int_equal(shapes_counts(c).entries, 0);
	shape_unref(s);
	shapes_free(c);
}

static void keeping_a_shape_twice_counts_once(void **state)
{
	struct shapes *c = shapes_new(1 << 20);

	(void)state;
	keep(c, "db", 10, 1);
	keep(c, "db", 10, 1);
	assert_int_equal(shapes_counts(c).entries, 1);
	assert_int_equal(shapes_counts(c).bytes, cost_of_one());
	shapes_free(c);
}

static void the_least_recently_used_goes_at_the_limit(void **state)
{
	struct shapes *c = shapes_new(3 * cost_of_one());

	(void)state;
	for (uint32_t oid = 1; oid <= 3; oid++)
		keep(c, "db", oid, 1);
	assert_int_equal(shapes_counts(c).evictions, 0);
	assert_int_equal(shapes_counts(c).entries, 3);
	assert_true(finds(c, "db", 1, 1));
	keep(c, "db", 4, 1); /* one past it */
	assert_int_equal(shapes_counts(c).evictions, 1);
	assert_int_equal(shapes_counts(c).entries, 3);
	assert_true(shapes_counts(c).bytes <= 3 * cost_of_one());
	assert_true(finds(c, "db", 1, 1));
	assert_false(finds(c, "db", 2, 1));
	assert_true(finds(c, "db", 3, 1));
	shapes_free(c);
}

static void a_shape_larger_than_the_cache_is_not_kept(void **state)
{
	struct shapes *c = shapes_new(cost_of_one() - 1);

	(void)state;
	keep(c, "db", 1, 1);
	assert_int_equal(shapes_counts(c).entries, 0);
	assert_int_equal(shapes_counts(c).evictions, 0);
	shapes_free(c);
}

static void a_held_shape_outlives_its_eviction_and_the_cache(void **state)
{
	struct shapes *c = shapes_new(cost_of_one());
	struct shape *held;

	(void)state;
	keep(c, "db", 1, 1);
	held = shapes_find(c, STR("db"), 1, 1);
	assert_non_null(held);
	keep(c, "db", 2, 1);
	assert_false(finds(c, "db", 1, 1));
	shapes_free(c);
	assert_true(str_is(held->relation.columns[1].name, "price"));
	assert_int_equal(held->references, 1);
	shape_unref(held);
}

static void many_spaces_and_relations_stay_apart(void **state)
{
	struct shapes *c = shapes_new(1000 * cost_of_one());
	char space[16];

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		snprintf(space, sizeof(space), "db%u", i % 7);
		keep(c, space, i, i);
	}
	assert_int_equal(shapes_counts(c).entries, 1000);
	assert_int_equal(shapes_counts(c).evictions, 2000);
	for (unsigned i = 0; i < 3000; i++) {
		snprintf(space, sizeof(space), "db%u", i % 7);
		assert_int_equal(finds(c, space, i, i), i >= 2000);
	}
	shapes_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shape_is_a_deep_copy_in_one_piece),
		cmocka_unit_test(a_relation_without_anything_is_a_shape),
		cmocka_unit_test(a_shape_is_found_under_its_fingerprint_only),
		cmocka_unit_test(a_shape_that_does_not_last_is_never_found),
		cmocka_unit_test(keeping_a_shape_twice_counts_once),
		cmocka_unit_test(the_least_recently_used_goes_at_the_limit),
		cmocka_unit_test(a_shape_larger_than_the_cache_is_not_kept),
		cmocka_unit_test(a_held_shape_outlives_its_eviction_and_the_cache),
		cmocka_unit_test(many_spaces_and_relations_stay_apart),
	};

	return cmocka_run_group_tests_name("shapes", tests, NULL, NULL);
}
