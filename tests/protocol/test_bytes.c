#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol/bytes.h"
#include "tests/support/guard.h"

static void integers_are_big_endian(void **state)
{
	struct bytes in = BYTES("\x01\x02\x03\xff\xfe\xfd\xfc");
	struct reader r = reader_of(in);

	(void)state;
	assert_int_equal(reader_u8(&r), 1);
	assert_int_equal(reader_u16(&r), 0x0203);
	assert_int_equal(reader_u32(&r), 0xfffefdfc);
	assert_true(reader_ok(&r));
}

static void a_written_integer_reads_back(void **state)
{
	uint8_t b[6];

	(void)state;
	bytes_set_u16(b, 0xabcd);
	bytes_set_u32(b + 2, 0x89abcdef);
	assert_int_equal(bytes_get_u16(b), 0xabcd);
	assert_int_equal(bytes_get_u32(b + 2), 0x89abcdef);
}

static void a_read_too_far_fails_for_good(void **state)
{
	struct bytes in = BYTES("\x01\x02\x03");
	struct reader r = reader_of(in);

	(void)state;
	assert_int_equal(reader_u32(&r), 0);
	assert_int_equal(reader_u8(&r), 0); /* although it would fit */
	assert_int_equal(reader_cstring(&r).n, 0);
	assert_int_equal(reader_rest(&r).n, 0);
	assert_false(reader_ok(&r));
}

static void what_is_left_over_is_not_ok(void **state)
{
	struct bytes in = BYTES("\x01\x02");
	struct reader r = reader_of(in);

	(void)state;
	reader_u8(&r);
	assert_false(reader_ok(&r));
	reader_u8(&r);
	assert_true(reader_ok(&r));
}

static void a_cstring_ends_at_its_nul(void **state)
{
	struct bytes in = BYTES("ab\0\0c");
	struct reader r = reader_of(in);

	(void)state;
	assert_true(bytes_is(reader_cstring(&r), "ab"));
	assert_int_equal(reader_cstring(&r).n, 0);
	assert_false(r.failed);
	assert_int_equal(reader_cstring(&r).n, 0); /* "c" has no NUL */
	assert_true(r.failed);
}

static void a_value_of_length_minus_one_is_null(void **state)
{
	struct bytes in = BYTES("\xff\xff\xff\xff\0\0\0\0\0\0\0\1x");
	struct reader r = reader_of(in);
	struct reader_value v = reader_value(&r);

	(void)state;
	assert_true(v.null);
	v = reader_value(&r);
	assert_false(v.null);
	assert_int_equal(v.bytes.n, 0);
	v = reader_value(&r);
	assert_true(bytes_is(v.bytes, "x"));
	assert_true(reader_ok(&r));
}

static void other_negative_lengths_fail(void **state)
{
	struct bytes in = BYTES("\xff\xff\xff\xfe....");
	struct reader r = reader_of(in);

	(void)state;
	reader_value(&r);
	assert_true(r.failed);
}

static void no_read_passes_the_last_byte(void **state)
{
	struct guard g;
	struct bytes in;
	struct reader r;

	(void)state;
	guard_init(&g, 16);
	in = guard_place(&g, BYTES("abc"));
	r = reader_of(in);
	reader_u32(&r);
	r = reader_of(in);
	reader_cstring(&r);
	assert_true(r.failed);
	r = reader_of(in);
	assert_int_equal(reader_rest(&r).n, 3);
	assert_int_equal(reader_rest(&r).n, 0);
	assert_true(reader_ok(&r));
	guard_free(&g);
}

static void nothing_can_be_read_from_nothing(void **state)
{
	struct bytes nothing = { 0 };
	struct reader r = reader_of(nothing);

	(void)state;
	assert_int_equal(reader_take(&r, 0).n, 0);
	assert_true(reader_ok(&r));
	assert_true(bytes_eq(nothing, bytes_from(BYTES("ab"), 2)));
	assert_true(bytes_eq(nothing, bytes_from(BYTES("ab"), 3)));
	assert_true(bytes_is(bytes_from(BYTES("ab"), 1), "b"));
	assert_true(bytes_starts_with(BYTES("_pq_.x"), "_pq_."));
	assert_false(bytes_starts_with(BYTES("_pq_"), "_pq_."));
	assert_true(bytes_starts_with(nothing, ""));
}

static void a_text_is_found_in_any_case(void **state)
{
	(void)state;
	assert_true(bytes_contain_nocase(BYTES("set TransAction"), "transaction"));
	assert_true(bytes_contain_nocase(BYTES("transaction"), "transaction"));
	assert_false(bytes_contain_nocase(BYTES("transactio"), "transaction"));
	assert_false(bytes_contain_nocase(BYTES(""), "x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_big_endian),
		cmocka_unit_test(a_written_integer_reads_back),
		cmocka_unit_test(a_read_too_far_fails_for_good),
		cmocka_unit_test(what_is_left_over_is_not_ok),
		cmocka_unit_test(a_cstring_ends_at_its_nul),
		cmocka_unit_test(a_value_of_length_minus_one_is_null),
		cmocka_unit_test(other_negative_lengths_fail),
		cmocka_unit_test(no_read_passes_the_last_byte),
		cmocka_unit_test(nothing_can_be_read_from_nothing),
		cmocka_unit_test(a_text_is_found_in_any_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
