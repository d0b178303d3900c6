/* Keys of the compiler's hash table: texts, addresses, both; what has one hash is told apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/keymap.h"
#include "tests/support/arena.h"

static void a_key_is_made_once_and_keeps_its_value(void **state)
{
	struct keymap m = { 0 };
	int here;

	assert_null(keymap_find(&m, NULL, STR("a")));
	keymap_at(*state, &m, NULL, STR("a"))->number = 1;
	keymap_at(*state, &m, &here, STR("a"))->number = 2;
	keymap_at(*state, &m, &here, STR(""))->number = 3;
	assert_int_equal(m.count, 3);
	assert_int_equal(keymap_at(*state, &m, NULL, STR("a"))->number, 1);
	assert_int_equal(keymap_find(&m, &here, STR("a"))->number, 2);
	assert_int_equal(keymap_find(&m, &here, STR(""))->number, 3);
	assert_null(keymap_find(&m, NULL, STR("b")));
	assert_int_equal(m.count, 3);
}

static void a_map_that_grows_keeps_all(void **state)
{
	struct keymap m = { 0 };

	for (uint32_t i = 0; i < 5000; i++)
		keymap_at(*state, &m, NULL, arena_printf(*state, "%u", i))->number = i;
	for (uint32_t i = 0; i < 5000; i++)
		assert_int_equal(keymap_find(&m, NULL, arena_printf(*state, "%u", i))->number, i);
	assert_int_equal(m.count, 5000);
}

/* Text number i of those that have one hash: str_hash() takes eight bytes a step, and the second
 * eight make up for the first. */
static struct str colliding(struct arena *a, uint64_t i)
{
	uint64_t step = (16 ^ i) * 0x9e3779b97f4a7c15U;
	uint64_t words[2] = { i, step ^ step >> 32 };

	return arena_copy(a, (struct str){ (const char *)words, sizeof(words) });
}

static void texts_of_one_hash_are_two_keys(void **state)
{
	struct str texts[2] = { colliding(*state, 1), colliding(*state, 2) };
	struct keymap m = { 0 };

	assert_true(str_hash(texts[0]) == str_hash(texts[1]));
	keymap_at(*state, &m, NULL, texts[0])->number = 1;
	assert_null(keymap_find(&m, NULL, texts[1]));
	keymap_at(*state, &m, NULL, texts[1])->number = 2;
	assert_int_equal(keymap_find(&m, NULL, texts[0])->number, 1);
}

static jmp_buf given_up;

static void give_up(void *context)
{
	(void)context;
	longjmp(given_up, 1);
}

static void keys_that_collide_on_purpose_have_a_limit(void **state)
{
	struct arena *a = *state;
	struct keymap m = { 0 };
	volatile uint64_t i = 0;

	a->exhausted = give_up;
	if (setjmp(given_up) == 0) {
		for (; i < 5000; i++)
			keymap_at(a, &m, NULL, colliding(a, i))->number = (uint32_t)i;
	}
	assert_int_equal(i, 1000);
	assert_int_equal(keymap_find(&m, NULL, colliding(a, 999))->number, 999);
	assert_null(keymap_find(&m, NULL, colliding(a, 1000)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_set_up, arena_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_is_made_once_and_keeps_its_value),
		TEST(a_map_that_grows_keeps_all),
		TEST(texts_of_one_hash_are_two_keys),
		TEST(keys_that_collide_on_purpose_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
