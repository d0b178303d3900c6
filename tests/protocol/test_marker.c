/* The mark of a relay that has lost count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol/frame.h"
#include "protocol/frontend.h"
#include "protocol/marker.h"
#include "protocol/outbuf.h"

static const uint64_t secret[2] = { 0x0123456789abcdef, 0xfedcba9876543210 };

/* Puts a mark; gives its messages' letters, and the ParameterDescription that answers it. */
static const char *put(struct marker *m, uint8_t description[18])
{
	static char letters[8];
	struct frame_cutter c = { 0 };
	struct frontend_parse parse;
	struct outbuf out;
	struct frame f;
	size_t n = 0;

	outbuf_init(&out, 1024);
	marker_put(m, &out);
	for (struct bytes b = outbuf_view(&out); b.n > 0;) {
		assert_int_equal(frame_peek(&c, MESSAGE_FRONTEND, b, &f), FRAME_READY);
		letters[n++] = (char)f.type;
		if (f.type == 'P') {
			assert_true(frontend_read_parse(f.body, &parse));
			assert_int_equal(parse.query.n, 0);
			assert_int_equal(parse.types.n, 16);
			bytes_set_u16(description, 4);
			memcpy(description + 2, parse.types.p, 16);
		}
		b = bytes_from(b, frame_take(&c, &f));
	}
	letters[n] = '\0';
	outbuf_free(&out);
	return letters;
}

static enum marker_verdict receive(struct marker *m, char type)
{
	return marker_receive(m, (uint8_t)type, BYTES(""));
}

static void everything_passes_until_one_is_put(void **state)
{
	struct marker m;

	(void)state;
	marker_init(&m, secret);
	for (const char *p = "1TDCZEtN3"; *p != '\0'; p++)
		assert_int_equal(receive(&m, *p), MARKER_PASS);
}

static void it_is_found_by_its_parameters_alone(void **state)
{
	uint8_t body[18], other[18];
	struct marker m;

	(void)state;
	marker_init(&m, secret);
	assert_string_equal(put(&m, body), "PDCS");
	assert_int_equal(receive(&m, '1'), MARKER_KEEP);
	assert_int_equal(receive(&m, 'N'), MARKER_KEEP);
	assert_int_equal(receive(&m, '1'), MARKER_KEEP_ONLY);
	memcpy(other, body, 18);
	other[17] ^= 1;
	assert_int_equal(marker_receive(&m, 't', bytes_of(other, 18)), MARKER_PASS);
	assert_int_equal(marker_receive(&m, 't', bytes_of(body, 18)),
	                 MARKER_PASS); /* no 1 before */
	assert_int_equal(receive(&m, '1'), MARKER_KEEP);
	assert_int_equal(marker_receive(&m, 't', bytes_of(body, 17)), MARKER_PASS);
	assert_int_equal(receive(&m, 'A'), MARKER_PASS);
	assert_int_equal(receive(&m, '1'), MARKER_KEEP);
	assert_int_equal(marker_receive(&m, 't', bytes_of(body, 18)), MARKER_FOUND);
	assert_int_equal(receive(&m, 'n'), MARKER_HIDE);
	assert_int_equal(receive(&m, 'S'), MARKER_PASS);
	assert_int_equal(receive(&m, '3'), MARKER_HIDE);
	assert_int_equal(receive(&m, 'Z'), MARKER_DONE);
}

static void an_error_asks_for_another_a_few_times(void **state)
{
	uint8_t first[18], body[18];
	struct marker m;

	(void)state;
	marker_init(&m, secret);
	put(&m, first);
	assert_int_equal(receive(&m, 'E'), MARKER_AGAIN);
	put(&m, body);
	assert_memory_not_equal(first, body, 18);
	assert_int_equal(receive(&m, '1'), MARKER_KEEP);
	assert_int_equal(marker_receive(&m, 't', bytes_of(first, 18)), MARKER_FOUND);
	assert_int_equal(receive(&m, 'E'), MARKER_HIDE); /* cancelled in its middle */
	assert_int_equal(receive(&m, 'Z'), MARKER_HIDE); /* the other is still to come */
	assert_int_equal(receive(&m, 'E'), MARKER_AGAIN);
	put(&m, body);
	assert_int_equal(receive(&m, 'E'), MARKER_AGAIN);
	put(&m, body);
	assert_int_equal(m.sent, MARKER_TRIES);
	assert_int_equal(receive(&m, 'E'), MARKER_OVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_passes_until_one_is_put),
		cmocka_unit_test(it_is_found_by_its_parameters_alone),
		cmocka_unit_test(an_error_asks_for_another_a_few_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
