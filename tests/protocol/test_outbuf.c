#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "protocol/outbuf.h"

/* Under AddressSanitizer an impossible allocation must give NULL, as it does without. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void shows(const struct outbuf *o, const char *p, size_t n)
{
	assert_true(bytes_eq(outbuf_view(o), bytes_of(p, n)));
}

#define SHOWS(o, literal) shows(o, literal, sizeof(literal) - 1)

static void a_message_gets_its_length(void **state)
{
	struct outbuf o;

	(void)state;
	outbuf_init(&o, 100);
	outbuf_begin(&o, 'Q');
	outbuf_put_z(&o, "hi");
	outbuf_end(&o);
	outbuf_begin_untyped(&o);
	outbuf_put_u16(&o, 0x0102);
	outbuf_put_u8(&o, 3);
	outbuf_put_u32(&o, 4);
	outbuf_end(&o);
	assert_true(outbuf_ok(&o));
	SHOWS(&o, "Q\0\0\0\x07hi\0"
	          "\0\0\0\x0b\1\2\3\0\0\0\4");
	outbuf_free(&o);
}

static void an_open_message_does_not_show(void **state)
{
	struct outbuf o;

	(void)state;
	outbuf_init(&o, 100);
	outbuf_put_u8(&o, 'N');
	outbuf_begin(&o, 'S');
	SHOWS(&o, "N");
	outbuf_end(&o);
	SHOWS(&o, "NS\0\0\0\4");
	outbuf_free(&o);
}

static void the_maximum_itself_fits(void **state)
{
	struct outbuf o;

	(void)state;
	outbuf_init(&o, 8);
	outbuf_begin(&o, 'Q');
	outbuf_put_bytes(&o, BYTES("abc"));
	outbuf_end(&o);
	assert_true(outbuf_ok(&o));
	assert_int_equal(outbuf_size(&o), 8);
	outbuf_free(&o);
}

static void one_past_the_maximum_takes_the_message_back(void **state)
{
	struct outbuf o;

	(void)state;
	outbuf_init(&o, 12);
	outbuf_begin(&o, 'S');
	outbuf_end(&o);
	outbuf_begin(&o, 'Q');
	outbuf_put_bytes(&o, BYTES("abc"));
	outbuf_end(&o);
	assert_false(outbuf_ok(&o));
	SHOWS(&o, "S\0\0\0\4");
	/* sticky: nothing that would fit is put any more */
	outbuf_begin(&o, 'S');
	outbuf_end(&o);
	outbuf_put_u8(&o, 1);
	SHOWS(&o, "S\0\0\0\4");
	outbuf_clear(&o);
	assert_true(outbuf_ok(&o));
	outbuf_put_u8(&o, 1);
	SHOWS(&o, "\1");
	outbuf_free(&o);
}

static void a_text_with_a_nul_inside_fails(void **state)
{
	struct outbuf o;

	(void)state;
	outbuf_init(&o, 100);
	outbuf_begin(&o, 'Q');
	outbuf_put_cstring(&o, BYTES("a\0b"));
	outbuf_end(&o);
	assert_false(outbuf_ok(&o));
	assert_int_equal(outbuf_size(&o), 0);
	outbuf_free(&o);
}

static void refused_memory_fails_like_the_maximum(void **state)
{
	struct outbuf o;
	struct bytes huge = bytes_of("", SIZE_MAX / 4); /* never read: the room is refused */

	(void)state;
	outbuf_init(&o, SIZE_MAX / 2 - 1);
	outbuf_begin(&o, 'd');
	outbuf_put_bytes(&o, huge);
	outbuf_end(&o);
	assert_false(outbuf_ok(&o));
	assert_int_equal(outbuf_size(&o), 0);
	outbuf_free(&o);
}

static void it_is_a_queue(void **state)
{
	struct outbuf o;
	uint8_t put = 0;
	uint8_t got = 0;

	(void)state;
	outbuf_init(&o, 1000);
	for (int round = 0; round < 2000; round++) {
		for (int i = 0; i < 7; i++)
			outbuf_put_u8(&o, put++);
		for (int i = 0; i < (round < 100 ? 3 : 8) && outbuf_size(&o) > 0; i++) {
			assert_int_equal(outbuf_view(&o).p[0], got++);
			outbuf_drop(&o, 1);
		}
		assert_true(outbuf_ok(&o));
		assert_true(o.capacity <= 2000);
	}
	outbuf_free(&o);
}

static void dropping_in_front_of_an_open_message_keeps_it(void **state)
{
	struct outbuf o;

	(void)state;
	outbuf_init(&o, 4000);
	outbuf_put_bytes(&o, BYTES("abcdef"));
	outbuf_begin(&o, 'd');
	outbuf_drop(&o, 6);
	for (int i = 0; i < 700; i++) /* grows, and moves to the front */
		outbuf_put_u8(&o, 'x');
	outbuf_end(&o);
	assert_int_equal(outbuf_size(&o), 705);
	assert_int_equal(bytes_get_u32(outbuf_view(&o).p + 1), 704);
	assert_int_equal(outbuf_view(&o).p[704], 'x');
	outbuf_free(&o);
}

static void a_large_block_is_given_back_when_empty(void **state)
{
	struct outbuf o;

	(void)state;
	outbuf_init(&o, 1 << 20);
	for (int i = 0; i < OUTBUF_KEEP + 1; i++)
		outbuf_put_u8(&o, 0);
	outbuf_drop(&o, outbuf_size(&o) - 1);
	assert_non_null(o.data);
	outbuf_drop(&o, 1);
	assert_null(o.data);
	outbuf_put_u8(&o, 7);
	SHOWS(&o, "\7");
	outbuf_drop(&o, 1);
	assert_non_null(o.data); /* a small one is kept */
	outbuf_free(&o);
}

static void values_carry_their_length(void **state)
{
	struct outbuf o;

	(void)state;
	outbuf_init(&o, 100);
	outbuf_put_value(&o, (struct reader_value){ .null = true });
	outbuf_put_value(&o, (struct reader_value){ .bytes = BYTES("a\0b") });
	SHOWS(&o, "\xff\xff\xff\xff\0\0\0\3a\0b");
	outbuf_wipe(&o);
	assert_null(o.data);
}

static void room_is_part_of_it_as_far_as_it_was_filled(void **state)
{
	struct outbuf o;
	uint8_t *room;

	(void)state;
	outbuf_init(&o, 1000);
	outbuf_put_bytes(&o, BYTES("ab"));
	room = outbuf_room(&o, 998);
	assert_non_null(room);
	memset(room, 'c', 998);
	SHOWS(&o, "ab");
	outbuf_fill(&o, 3);
	SHOWS(&o, "abccc");
	outbuf_put_u8(&o, 'd');
	SHOWS(&o, "abcccd");
	assert_null(outbuf_room(&o, 995));
	assert_false(outbuf_ok(&o));
	SHOWS(&o, "abcccd");
	outbuf_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_gets_its_length),
		cmocka_unit_test(an_open_message_does_not_show),
		cmocka_unit_test(the_maximum_itself_fits),
		cmocka_unit_test(one_past_the_maximum_takes_the_message_back),
		cmocka_unit_test(a_text_with_a_nul_inside_fails),
		cmocka_unit_test(refused_memory_fails_like_the_maximum),
		cmocka_unit_test(it_is_a_queue),
		cmocka_unit_test(dropping_in_front_of_an_open_message_keeps_it),
		cmocka_unit_test(a_large_block_is_given_back_when_empty),
		cmocka_unit_test(values_carry_their_length),
		cmocka_unit_test(room_is_part_of_it_as_far_as_it_was_filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
