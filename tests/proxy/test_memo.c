/* A worker's memory of rewritten texts: what is found again, and what goes when it is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "proxy/memo.h"
#include "proxy/report_map.h"

static struct report_map *new_map(void)
{
	static const struct sourcemap_mark marks[] = { { 0, 5, false }, { 7, 9, true } };
	struct report_map *m =
		report_map_new(&(struct report_map_parts){ .marks = marks, .mark_count = 2 });

	assert_non_null(m);
	return m;
}

static struct memo *new_memo(const char *key, const char *text)
{
	static const struct memo_binding bindings[] = {
		{ { { "public", 6 }, { "orders", 6 }, 0 }, { 17, 4711, true } },
		{ { { "", 0 }, { "", 0 }, 18 }, { 18, 4712, false } },
	};
	struct report_map *map = new_map();
	struct memo *m = memo_new(&(struct memo){ .key = str_of(key),
	                                          .text = str_of(text),
	                                          .map = map,
	                                          .statements = 2,
	                                          .bindings = bindings,
	                                          .binding_count = 2 });

	assert_non_null(m);
	report_map_unref(map);
	return m;
}

static void keep(struct memos *c, const char *key, const char *text)
{
	struct memo *m = new_memo(key, text);

	memos_keep(c, m);
	memo_unref(m);
}

/* The text that is found, or "". */
static const char *found(struct memos *c, const char *key)
{
	static char text[64];
	struct memo *m = memos_find(c, str_of(key));

	text[0] = '\0';
	if (m != NULL)
		snprintf(text, sizeof(text), "%.*s", STR_ARG(m->text));
	memo_unref(m);
	return text;
}

static size_t cost_of_one(void)
{
	struct memos *c = memos_new(SIZE_MAX);
	size_t cost;

	keep(c, "key 1", "text");
	cost = memos_counts(c).bytes;
	memos_free(c);
	return cost;
}

static void a_memo_has_everything_in_its_own_memory(void **state)
{
	char key[] = "key";
	char text[] = "SELECT 1";
	char name[] = "orders";
	struct memo_binding binding = { { STR(""), str_of(name), 0 }, { 17, 4711, true } };
	struct memo_constant constant = { 3, 12 };
	struct memo_place places[] = { { 0, 7, 10 }, { 0, 20, 23 } };
	struct memo *m = memo_new(&(struct memo){ .key = str_of(key),
	                                          .text = str_of(text),
	                                          .bindings = &binding,
	                                          .binding_count = 1,
	                                          .constants = &constant,
	                                          .constant_count = 1,
	                                          .places = places,
	                                          .place_count = 2 });

	(void)state;
	assert_non_null(m);
	memset(key, 'x', sizeof(key));
	memset(text, 'x', sizeof(text));
	memset(name, 'x', sizeof(name));
	memset(&binding, 0, sizeof(binding));
	memset(&constant, 0, sizeof(constant));
	memset(places, 0, sizeof(places));
	assert_true(str_is(m->key, "key"));
	assert_true(str_is(m->text, "SELECT 1"));
	assert_true(str_is(m->bindings[0].item.name, "orders"));
	assert_int_equal(m->bindings[0].binding.oid, 17);
	assert_int_equal(m->bindings[0].binding.fingerprint, 4711);
	assert_int_equal(m->constants[0].length, 3);
	assert_int_equal(m->constants[0].end, 12);
	assert_int_equal(m->places[1].out, 20);
	assert_int_equal(m->places[1].end, 23);
	assert_in_range((uintptr_t)(m->places + 2), (uintptr_t)m, (uintptr_t)m + m->bytes);
	memo_unref(m);
	memo_unref(NULL);
}

static void a_memo_is_found_by_its_whole_key(void **state)
{
	struct memos *c = memos_new(1 << 20);

	(void)state;
	keep(c, "key 1", "one");
	keep(c, "key 2", "two");
	assert_string_equal(found(c, "key 1"), "one");
	assert_string_equal(found(c, "key 2"), "two");
	assert_string_equal(found(c, "key 3"), "");
	assert_string_equal(found(c, "key"), "");
	assert_string_equal(found(c, "key 1 "), "");
	assert_int_equal(memos_counts(c).hits, 2);
	assert_int_equal(memos_counts(c).misses, 3);
	memos_free(c);
}

static void the_newest_of_a_key_stands(void **state)
{
	struct memos *c = memos_new(1 << 20);
	size_t bytes;

	(void)state;
	keep(c, "key 1", "old");
	bytes = memos_counts(c).bytes;
	keep(c, "key 1", "new");
	assert_string_equal(found(c, "key 1"), "new");
	assert_int_equal(memos_counts(c).entries, 1);
	assert_int_equal(memos_counts(c).bytes, bytes);
	memos_free(c);
}

static void at_the_limit_all_stay_and_past_it_the_least_used_goes(void **state)
{
	struct memos *c = memos_new(3 * cost_of_one());

	(void)state;
	keep(c, "key 1", "text");
	keep(c, "key 2", "text");
	keep(c, "key 3", "text");
	assert_int_equal(memos_counts(c).entries, 3);
	assert_string_equal(found(c, "key 1"), "text");
	keep(c, "key 4", "text");
	assert_int_equal(memos_counts(c).evictions, 1);
	assert_string_equal(found(c, "key 2"), "");
	assert_string_equal(found(c, "key 1"), "text");
	assert_string_equal(found(c, "key 3"), "text");
	assert_string_equal(found(c, "key 4"), "text");
	memos_free(c);
}

static void what_is_larger_than_the_limit_is_not_kept(void **state)
{
	struct memos *c = memos_new(cost_of_one());

	(void)state;
	keep(c, "key 1", "text");
	assert_int_equal(memos_counts(c).entries, 1);
	keep(c, "key 2", "text.");
	assert_string_equal(found(c, "key 1"), "text");
	assert_string_equal(found(c, "key 2"), "");
	memos_free(c);
	c = memos_new(0);
	keep(c, "key 1", "text");
	assert_string_equal(found(c, "key 1"), "");
	memos_free(c);
}

static void a_key_is_wanted_when_it_comes_again(void **state)
{
	struct memos *c = memos_new(1 << 20);
	char key[32];

	(void)state;
	assert_false(memos_wants(c, STR("key 1")));
	assert_false(memos_wants(c, STR("key 2")));
	assert_true(memos_wants(c, STR("key 1")));
	assert_true(memos_wants(c, STR("key 1")));
	/* Among very many others it is forgotten. */
	for (int i = 10; i < 100000; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		assert_false(memos_wants(c, str_of(key)));
	}
	assert_false(memos_wants(c, STR("key 1")));
	memos_free(c);
}

static void what_is_held_outlives_the_cache(void **state)
{
	struct memos *c = memos_new(1 << 20);
	struct memo *m;

	(void)state;
	keep(c, "key 1", "text");
	m = memos_find(c, STR("key 1"));
	memos_free(c);
	memos_free(NULL);
	assert_true(str_is(m->text, "text"));
	assert_int_equal(report_map_parts(m->map)->mark_count, 2);
	memo_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_memo_has_everything_in_its_own_memory),
		cmocka_unit_test(a_memo_is_found_by_its_whole_key),
		cmocka_unit_test(the_newest_of_a_key_stands),
		cmocka_unit_test(at_the_limit_all_stay_and_past_it_the_least_used_goes),
		cmocka_unit_test(what_is_larger_than_the_limit_is_not_kept),
		cmocka_unit_test(a_key_is_wanted_when_it_comes_again),
		cmocka_unit_test(what_is_held_outlives_the_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
