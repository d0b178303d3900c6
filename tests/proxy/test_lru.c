/* Ages and costs: what goes when something larger comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proxy/lru.h"

/* An entry, and which were dropped, in their order. */
struct entry {
	struct lru_link link;
	char name;
};

struct owner {
	struct lru lru;
	struct entry entries[4];
	char dropped[8];
	size_t n;
};

static void drop(void *context, struct lru_link *link)
{
	struct owner *o = context;

	o->dropped[o->n++] = ((struct entry *)link)->name;
}

/* a, b, c of three bytes each, c the newest, under a limit of ten. */
static void fill(struct owner *o)
{
	*o = (struct owner){ .n = 0 };
	lru_init(&o->lru, 10, drop, o);
	for (size_t i = 0; i < 3; i++) {
		o->entries[i].name = (char)('a' + i);
		assert_true(lru_make_room(&o->lru, 3));
		lru_add(&o->lru, &o->entries[i].link, 3);
	}
}

static void the_oldest_go_until_there_is_room(void **state)
{
	struct owner o;

	(void)state;
	fill(&o);
	assert_true(lru_make_room(&o.lru, 1));
	assert_string_equal(o.dropped, "");
	assert_true(lru_make_room(&o.lru, 5));
	assert_string_equal(o.dropped, "ab");
	assert_int_equal(o.lru.counts.entries, 1);
	assert_int_equal(o.lru.counts.bytes, 3);
	assert_int_equal(o.lru.counts.evictions, 2);
}

static void what_was_used_is_young_again(void **state)
{
	struct owner o;

	(void)state;
	fill(&o);
	lru_used(&o.lru, &o.entries[0].link);
	lru_used(&o.lru, NULL);
	assert_true(lru_make_room(&o.lru, 4));
	assert_string_equal(o.dropped, "b");
	assert_int_equal(o.lru.counts.hits, 1);
	assert_int_equal(o.lru.counts.misses, 1);
}

static void what_never_fits_drops_nothing(void **state)
{
	struct owner o;

	(void)state;
	fill(&o);
	assert_true(lru_make_room(&o.lru, 10));
	assert_string_equal(o.dropped, "abc");
	fill(&o);
	assert_false(lru_make_room(&o.lru, 11));
	assert_string_equal(o.dropped, "");
}

static void what_is_taken_out_is_no_eviction(void **state)
{
	struct owner o;

	(void)state;
	fill(&o);
	lru_drop(&o.lru, &o.entries[1].link);
	assert_string_equal(o.dropped, "b");
	lru_drop_all(&o.lru);
	assert_string_equal(o.dropped, "bca");
	assert_int_equal(o.lru.counts.entries, 0);
	assert_int_equal(o.lru.counts.bytes, 0);
	assert_int_equal(o.lru.counts.evictions, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_oldest_go_until_there_is_room),
		cmocka_unit_test(what_was_used_is_young_again),
		cmocka_unit_test(what_never_fits_drops_nothing),
		cmocka_unit_test(what_is_taken_out_is_no_eviction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
