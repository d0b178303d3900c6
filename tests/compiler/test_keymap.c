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

/* str_hash() takes eight bytes a step: the second eight can make up for the first. */
static void texts_of_one_hash_are_two_keys(void **state)
{
	const uint64_t multiplier = 0x9e3779b97f4a7c15U;
	uint64_t one[2] = { 1, 0 };
	uint64_t other[2] = { 2, 0 };
	uint64_t steps[2];
	struct str texts[2] = { { (const char *)one, 16 }, { (const char *)other, 16 } };
	struct keymap m = { 0 };

	for (size_t i = 0; i < 2; i++) {
		steps[i] = (16 ^ (i == 0 ? one[0] : other[0])) * multiplier;
		steps[i] ^= steps[i] >> 32;
	}
	other[1] = steps[0] ^ steps[1];
	assert_true(str_hash(texts[0]) == str_hash(texts[1]));
	keymap_at(*state, &m, NULL, texts[0])->number = 1;
	assert_null(keymap_find(&m, NULL, texts[1]));
	keymap_at(*state, &m, NULL, texts[1])->number = 2;
	assert_int_equal(keymap_find(&m, NULL, texts[0])->number, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_set_up, arena_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_is_made_once_and_keeps_its_value),
		TEST(a_map_that_grows_keeps_all),
		TEST(texts_of_one_hash_are_two_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
