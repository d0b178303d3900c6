#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol/frame.h"
#include "tests/support/guard.h"

/* Z, an empty CopyDone, a DataRow of seven bytes. */
#define STREAM                                                                                     \
	"Z\0\0\0\5I"                                                                               \
	"c\0\0\0\4"                                                                                \
	"D\0\0\0\x0b\0"                                                                            \
	"123456"

static enum frame_result peek(struct bytes in, enum message_side side, struct frame *f)
{
	struct frame_cutter c = { 0 };

	return frame_peek(&c, side, in, f);
}

static void a_whole_message_starts_and_ends(void **state)
{
	struct frame f;

	(void)state;
	assert_int_equal(peek(BYTES(STREAM), MESSAGE_BACKEND, &f), FRAME_READY);
	assert_int_equal(f.type, 'Z');
	assert_true(f.starts && f.ends);
	assert_int_equal(f.size, 1);
	assert_true(bytes_is(f.body, "I"));
	assert_int_equal(f.raw.n, 6);
}

static void a_message_without_a_body_is_whole(void **state)
{
	struct frame f;

	(void)state;
	assert_int_equal(peek(BYTES("S\0\0\0\4"), MESSAGE_FRONTEND, &f), FRAME_READY);
	assert_true(f.starts && f.ends);
	assert_int_equal(f.size, 0);
	assert_int_equal(f.body.n, 0);
}

static void every_prefix_of_a_header_needs_more(void **state)
{
	struct guard g;
	struct frame f;

	(void)state;
	guard_init(&g, 64);
	for (size_t n = 0; n < FRAME_HEADER; n++) {
		struct bytes in = guard_place(&g, bytes_of(STREAM, n));

		assert_int_equal(peek(in, MESSAGE_BACKEND, &f), FRAME_NEED_MORE);
	}
	guard_free(&g);
}

static void a_length_below_four_is_broken(void **state)
{
	struct frame f;
	uint8_t in[5] = { 'Q', 0, 0, 0, 0 };

	(void)state;
	for (uint8_t n = 0; n < 4; n++) {
		in[4] = n;
		assert_int_equal(peek(bytes_of(in, 5), MESSAGE_FRONTEND, &f), FRAME_BROKEN);
		assert_int_equal(peek(bytes_of(in, 5), MESSAGE_BACKEND, &f), FRAME_BROKEN);
	}
	in[4] = 4;
	assert_int_equal(peek(bytes_of(in, 5), MESSAGE_FRONTEND, &f), FRAME_READY);
}

static void a_length_at_the_limit_passes_and_one_past_it_does_not(void **state)
{
	struct frame f;

	(void)state;
	assert_int_equal(peek(BYTES("S\0\0\x27\x10"), MESSAGE_FRONTEND, &f), FRAME_READY);
	assert_int_equal(f.size, 9996);
	assert_int_equal(peek(BYTES("S\0\0\x27\x11"), MESSAGE_FRONTEND, &f), FRAME_TOO_LONG);
	assert_int_equal(f.type, 'S');
	assert_int_equal(f.size, 9997);
	assert_int_equal(peek(BYTES("Q\x3f\xff\xff\xfe"), MESSAGE_FRONTEND, &f), FRAME_READY);
	assert_int_equal(peek(BYTES("Q\x3f\xff\xff\xff"), MESSAGE_FRONTEND, &f), FRAME_TOO_LONG);
	assert_int_equal(peek(BYTES("p\0\0\xff\xff"), MESSAGE_FRONTEND, &f), FRAME_READY);
	assert_int_equal(peek(BYTES("p\0\1\0\0"), MESSAGE_FRONTEND, &f), FRAME_TOO_LONG);
}

static void a_negative_length_is_too_long_on_both_sides(void **state)
{
	struct frame f;

	(void)state;
	assert_int_equal(peek(BYTES("D\x7f\xff\xff\xff"), MESSAGE_BACKEND, &f), FRAME_READY);
	assert_int_equal(f.size, 0x7ffffffb);
	assert_int_equal(peek(BYTES("D\x80\0\0\0"), MESSAGE_BACKEND, &f), FRAME_TOO_LONG);
	assert_int_equal(peek(BYTES("D\xff\xff\xff\xff"), MESSAGE_BACKEND, &f), FRAME_TOO_LONG);
	assert_int_equal(peek(BYTES("!\xff\xff\xff\xff"), MESSAGE_FRONTEND, &f), FRAME_TOO_LONG);
}

static void an_unknown_letter_passes_by_its_length(void **state)
{
	struct frame f;

	(void)state;
	assert_int_equal(peek(BYTES("\x01\0\0\0\x06xy"), MESSAGE_BACKEND, &f), FRAME_READY);
	assert_true(f.ends);
	assert_true(bytes_is(f.body, "xy"));
}

static void a_part_can_be_left_until_the_rest_is_there(void **state)
{
	struct frame_cutter c = { 0 };
	struct frame f;

	(void)state;
	assert_int_equal(frame_peek(&c, MESSAGE_BACKEND,
	                            BYTES("E\0\0\0\x08"
	                                  "ab"),
	                            &f),
	                 FRAME_READY);
	assert_true(f.starts);
	assert_false(f.ends);
	assert_int_equal(f.size, 4);
	assert_int_equal(f.body.n, 2);
	/* not taken: shown again with more */
	assert_int_equal(frame_peek(&c, MESSAGE_BACKEND,
	                            BYTES("E\0\0\0\x08"
	                                  "abcdZ"),
	                            &f),
	                 FRAME_READY);
	assert_true(f.starts && f.ends);
	assert_true(bytes_is(f.body, "abcd"));
	assert_int_equal(frame_take(&c, &f), 9);
	assert_true(frame_is_boundary(&c));
}

static void a_part_can_be_taken_in_part(void **state)
{
	struct frame_cutter c = { 0 };
	struct frame f;

	(void)state;
	frame_peek(&c, MESSAGE_BACKEND,
	           BYTES("d\0\0\0\x0a"
	                 "abc"),
	           &f);
	assert_int_equal(frame_take_part(&c, &f, FRAME_HEADER + 1), 6);
	assert_false(frame_is_boundary(&c));
	assert_int_equal(frame_peek(&c, MESSAGE_BACKEND, (struct bytes){ 0 }, &f), FRAME_NEED_MORE);
	assert_int_equal(frame_peek(&c, MESSAGE_BACKEND, BYTES("bcdefZ"), &f), FRAME_READY);
	assert_false(f.starts);
	assert_true(f.ends);
	assert_int_equal(f.type, 'd');
	assert_true(bytes_is(f.body, "bcdef"));
	assert_true(bytes_eq(f.raw, f.body));
	frame_take(&c, &f);
	assert_true(frame_is_boundary(&c));
}

/* Feeds STREAM cut at `cut`, keeps what cannot be used, and writes one line per frame: the frames
 * of any cut, glued where they do not start, must be the same. */
static void feed(struct guard *g, size_t cut, char *types, uint8_t *out)
{
	struct frame_cutter c = { 0 };
	size_t used = 0;

	for (size_t end = cut; used < sizeof(STREAM) - 1; end = sizeof(STREAM) - 1) {
		struct frame f;
		struct bytes in = guard_place(g, bytes_of(&STREAM[used], end - used));

		while (frame_peek(&c, MESSAGE_BACKEND, in, &f) == FRAME_READY) {
			if (f.starts)
				*types++ = (char)f.type;
			memcpy(out + used, f.raw.p, f.raw.n);
			used += f.raw.n;
			in = bytes_from(in, frame_take(&c, &f));
		}
	}
	*types = 0;
	assert_true(frame_is_boundary(&c));
}

static void any_cut_gives_the_same_messages_and_bytes(void **state)
{
	struct guard g;

	(void)state;
	guard_init(&g, 64);
	for (size_t cut = 0; cut < sizeof(STREAM); cut++) {
		char types[8];
		uint8_t out[sizeof(STREAM)];

		feed(&g, cut, types, out);
		assert_string_equal(types, "ZcD");
		assert_memory_equal(out, STREAM, sizeof(STREAM) - 1);
	}
	guard_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_message_starts_and_ends),
		cmocka_unit_test(a_message_without_a_body_is_whole),
		cmocka_unit_test(every_prefix_of_a_header_needs_more),
		cmocka_unit_test(a_length_below_four_is_broken),
		cmocka_unit_test(a_length_at_the_limit_passes_and_one_past_it_does_not),
		cmocka_unit_test(a_negative_length_is_too_long_on_both_sides),
		cmocka_unit_test(an_unknown_letter_passes_by_its_length),
		cmocka_unit_test(a_part_can_be_left_until_the_rest_is_there),
		cmocka_unit_test(a_part_can_be_taken_in_part),
		cmocka_unit_test(any_cut_gives_the_same_messages_and_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
