/* The walk over the messages of one direction: any split gives the same bytes and the same
 * judgements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proxy/flow.h"

/* A judge by letter: 'x' dropped, 'r' replaced, 'f' put in front, 'w' wants the whole, 'h' wants
 * half, 's' stops, 't' is taken, 'q' ends the session, 'R' is raw from here. Of 'n' the letter is
 * enough, every second time: seen as '+'. */
static struct {
	struct outbuf extra;
	struct outbuf out;
	struct outbuf seen; /* the letters judged */
	size_t sends;
	bool refuse_sends;
	bool stop_once;
	bool noted; /* the last 'n' */
} rig;

static bool take(void *context, struct bytes b)
{
	(void)context;
	rig.sends++;
	outbuf_put_bytes(&rig.out, b);
	return !rig.refuse_sends;
}

static enum flow_fate judge(void *context, const struct frame *f, size_t *more)
{
	size_t whole = FRAME_HEADER + (size_t)f->size;
	size_t wanted = f->type == 'w' ? whole : f->type == 'h' ? FRAME_HEADER + f->size / 2 : 0;

	(void)context;
	if (f->raw.n < wanted) {
		*more = wanted;
		return FLOW_MORE;
	}
	if (f->type == 's' && rig.stop_once) {
		rig.stop_once = false;
		return FLOW_STOP;
	}
	outbuf_put_u8(&rig.seen, f->type);
	switch (f->type) {
	case 'x':
		return FLOW_DROP;
	case 'r':
		outbuf_put_bytes(&rig.extra, BYTES("<replaced>"));
		return FLOW_DROP;
	case 'f':
		outbuf_put_bytes(&rig.extra, BYTES("<front>"));
		return FLOW_PASS;
	case 't':
		outbuf_put_bytes(&rig.extra, BYTES("<taken>"));
		return FLOW_TAKEN;
	case 'q':
		outbuf_put_bytes(&rig.extra, BYTES("<end>"));
		return FLOW_CLOSE;
	case 'R':
		return FLOW_RAW;
	default:
		return FLOW_PASS;
	}
}

static const bool *unseen(const void *context)
{
	static const bool rows[FLOW_LETTERS] = { ['d'] = true };

	(void)context;
	return rows;
}

static bool note(void *context, uint8_t letter)
{
	(void)context;
	if (letter != 'n')
		return false;
	rig.noted = !rig.noted;
	if (rig.noted)
		outbuf_put_u8(&rig.seen, '+');
	return rig.noted;
}

static struct flow_rules rules(bool raw_when_broken)
{
	return (struct flow_rules){ .unseen = unseen,
		                    .note = note,
		                    .judge = judge,
		                    .send = take,
		                    .extra = &rig.extra,
		                    .raw_when_broken = raw_when_broken };
}

static int open_rig(void **state)
{
	(void)state;
	memset(&rig, 0, sizeof(rig));
	outbuf_init(&rig.extra, 1 << 20);
	outbuf_init(&rig.out, 1 << 24);
	outbuf_init(&rig.seen, 1 << 20);
	return 0;
}

static int close_rig(void **state)
{
	(void)state;
	outbuf_free(&rig.extra);
	outbuf_free(&rig.out);
	outbuf_free(&rig.seen);
	return 0;
}

/* Feeds `b` in pieces of `size`, with the headroom that flow_feed() asks for. */
static bool feed(struct flow *f, struct bytes b, size_t size, bool raw_when_broken)
{
	struct flow_rules r = rules(raw_when_broken);

	while (b.n > 0) {
		size_t n = b.n < size ? b.n : size;
		uint8_t *copy = malloc(FLOW_HEADROOM + n); /* its end is watched by ASan */
		bool ok;

		memcpy(copy + FLOW_HEADROOM, b.p, n);
		ok = flow_feed(f, &r, bytes_of(copy + FLOW_HEADROOM, n));
		free(copy);
		if (!ok)
			return false;
		while (f->stopped)
			if (!flow_resume(f, &r))
				return false;
		b = bytes_from(b, n);
	}
	return true;
}

static void put(struct outbuf *o, char type, size_t size)
{
	outbuf_begin(o, (uint8_t)type);
	for (size_t i = 0; i < size; i++)
		outbuf_put_u8(o, (uint8_t)('a' + i % 26));
	outbuf_end(o);
}

static struct outbuf messages(const char *letters)
{
	struct outbuf o;
	size_t size = 0;

	outbuf_init(&o, 1 << 24);
	for (; *letters != '\0'; letters++, size = (size * 7 + 5) % 61)
		put(&o, *letters, size);
	return o;
}

static void no_split_makes_a_difference(void **state)
{
	struct outbuf in = messages("adxrnfwhdnndddtnaawxnhrfsnddtndwnwtnadnn");
	struct outbuf out, seen;
	size_t n = outbuf_size(&in);

	(void)state;
	outbuf_init(&out, 1 << 20);
	outbuf_init(&seen, 1 << 20);
	for (size_t size = n; size > 0; size--) {
		struct flow f;

		flow_init(&f, 1 << 20);
		rig.stop_once = true;
		rig.noted = false;
		assert_true(feed(&f, outbuf_view(&in), size, false));
		assert_true(flow_is_empty(&f));
		flow_free(&f);
		if (size == n) {
			outbuf_put_bytes(&out, outbuf_view(&rig.out));
			outbuf_put_bytes(&seen, outbuf_view(&rig.seen));
			assert_true(outbuf_size(&out) > n / 2);
		}
		assert_true(bytes_eq(outbuf_view(&rig.out), outbuf_view(&out)));
		assert_true(bytes_eq(outbuf_view(&rig.seen), outbuf_view(&seen)));
		outbuf_clear(&rig.out);
		outbuf_clear(&rig.seen);
	}
	outbuf_free(&in);
	outbuf_free(&out);
	outbuf_free(&seen);
}

/* The messages leave as they came, with one call; `seen`: what of them was. */
static void assert_one_piece(const char *letters, const char *seen)
{
	struct outbuf in = messages(letters);
	struct flow f;

	flow_init(&f, 1 << 20);
	assert_true(feed(&f, outbuf_view(&in), SIZE_MAX, false));
	assert_int_equal(rig.sends, 1);
	assert_true(bytes_eq(outbuf_view(&rig.out), outbuf_view(&in)));
	assert_true(bytes_eq(outbuf_view(&rig.seen), bytes_of_z(seen)));
	flow_free(&f);
	outbuf_free(&in);
}

static void untouched_messages_leave_in_one_piece(void **state)
{
	(void)state;
	assert_one_piece("abcdddabcddd", "abcabc");
}

static void a_letter_may_be_enough(void **state)
{
	(void)state;
	assert_one_piece("nndnnan", "+n+na+");
}

static void what_is_put_beside_keeps_its_place(void **state)
{
	struct outbuf in;
	struct flow f;
	struct bytes out;

	(void)state;
	outbuf_init(&in, 1 << 20);
	put(&in, 'a', 0);
	put(&in, 'f', 0);
	put(&in, 'r', 3);
	put(&in, 'b', 0);
	flow_init(&f, 1 << 20);
	assert_true(feed(&f, outbuf_view(&in), SIZE_MAX, false));
	out = outbuf_view(&rig.out);
	assert_true(bytes_eq(out, BYTES("a\0\0\0\4<front>f\0\0\0\4<replaced>b\0\0\0\4")));
	flow_free(&f);
	outbuf_free(&in);
}

static void a_session_at_rest_keeps_no_memory(void **state)
{
	struct outbuf in = messages("wwhwtw");
	struct flow f;

	(void)state;
	flow_init(&f, 1 << 20);
	assert_true(feed(&f, outbuf_view(&in), 3, false));
	assert_null(f.kept.data);
	flow_free(&f);
	outbuf_free(&in);
}

/* Reads up to `size` bytes of `in` to where the flow wants them. */
static bool fill(struct flow *f, struct bytes *in, size_t size)
{
	struct flow_rules r = rules(false);
	size_t room;
	uint8_t *to = flow_room(f, &room);
	size_t n = size < room ? size : room;

	assert_non_null(to);
	n = n < in->n ? n : in->n;
	memcpy(to, in->p, n);
	*in = bytes_from(*in, n);
	return flow_fill(f, &r, n);
}

static void a_long_message_is_read_to_its_place(void **state)
{
	const size_t first = 10000;
	struct outbuf in;
	size_t room;

	(void)state;
	outbuf_init(&in, 1 << 20);
	put(&in, 'w', 100000);
	put(&in, 'h', 80000);
	put(&in, 'a', 5);
	for (size_t size = 7001; size < 200000; size *= 3) {
		struct bytes rest = outbuf_view(&in);
		struct flow f;

		flow_init(&f, 1 << 20);
		assert_true(feed(&f, bytes_of(rest.p, first), SIZE_MAX, false));
		rest = bytes_from(rest, first);
		assert_non_null(flow_room(&f, &room));
		assert_int_equal(room, 100000 + 5 - first);
		assert_int_equal(outbuf_size(&rig.out), 0);
		while (flow_room(&f, &room) != NULL)
			assert_true(fill(&f, &rest, size));
		while (rest.n > 0) { /* the end of the first, half of the second, what is passed */
			size_t n = rest.n < size ? rest.n : size;

			assert_true(feed(&f, bytes_of(rest.p, n), SIZE_MAX, false));
			rest = bytes_from(rest, n);
			while (rest.n > 0 && flow_room(&f, &room) != NULL)
				assert_true(fill(&f, &rest, size));
		}
		assert_true(flow_is_empty(&f));
		assert_true(bytes_eq(outbuf_view(&rig.out), outbuf_view(&in)));
		assert_true(bytes_eq(outbuf_view(&rig.seen), bytes_of_z("wha")));
		outbuf_clear(&rig.out);
		outbuf_clear(&rig.seen);
		flow_free(&f);
	}
	outbuf_free(&in);
}

static void room_is_for_what_is_waited_for(void **state)
{
	struct outbuf in;
	struct bytes all;
	struct flow f;
	size_t room;

	(void)state;
	outbuf_init(&in, 1 << 20);
	put(&in, 'w', 30000);
	all = outbuf_view(&in);
	flow_init(&f, 1 << 20);
	assert_null(flow_room(&f, &room));
	assert_true(feed(&f, bytes_of(all.p, 8000), SIZE_MAX, false));
	assert_null(flow_room(&f, &room)); /* who knows whether more will come */
	assert_true(feed(&f, bytes_of(all.p + 8000, 17000), SIZE_MAX, false));
	assert_null(flow_room(&f, &room)); /* what is missing comes with what follows */
	assert_true(feed(&f, bytes_of(all.p + 25000, 5005), SIZE_MAX, false));
	assert_true(flow_is_empty(&f));
	flow_free(&f);
	outbuf_free(&in);
}

static void room_beyond_the_maximum_is_none(void **state)
{
	struct outbuf in = messages("a");
	struct flow f;
	size_t room;

	(void)state;
	put(&in, 'w', 100000);
	flow_init(&f, 50000);
	assert_false(feed(&f, bytes_of(in.data, 20000), SIZE_MAX, false));
	assert_null(flow_room(&f, &room));
	flow_free(&f);
	outbuf_free(&in);
}

static void what_is_kept_is_bounded(void **state)
{
	for (size_t more = 0; more < 2; more++) {
		struct outbuf in;
		struct flow f;

		(void)state;
		outbuf_init(&in, 1 << 20);
		put(&in, 'w', 1000 - FRAME_HEADER + more);
		flow_init(&f, 1000);
		assert_int_equal(feed(&f, outbuf_view(&in), 10, false), more == 0);
		flow_free(&f);
		outbuf_free(&in);
	}
}

static void raw_bytes_are_not_looked_at(void **state)
{
	struct outbuf in = messages("aR");
	struct flow f;

	(void)state;
	outbuf_put_bytes(&in, BYTES("\0\0\0\0\0\0\0no messages here"));
	for (size_t size = 1; size < outbuf_size(&in); size++) {
		flow_init(&f, 1 << 20);
		assert_true(feed(&f, outbuf_view(&in), size, false));
		assert_true(bytes_eq(outbuf_view(&rig.out), outbuf_view(&in)));
		outbuf_clear(&rig.out);
		flow_free(&f);
	}
	outbuf_free(&in);
}

static void what_is_dropped_is_dropped_whole_also_when_the_stream_goes_raw(void **state)
{
	struct outbuf in = messages("axb"), gone = messages("ax"), want = messages("a");
	struct flow f;
	size_t all = outbuf_view(&in).n, cut = outbuf_view(&gone).n - 3;

	(void)state;
	outbuf_put_bytes(&want, bytes_from(outbuf_view(&in), outbuf_view(&gone).n));
	flow_init(&f, 1000);
	assert_true(feed(&f, bytes_of(outbuf_view(&in).p, cut), all, false));
	f.raw = true; /* as a session does whose server is not understood any more */
	assert_true(feed(&f, bytes_from(outbuf_view(&in), cut), all, false));
	assert_true(bytes_eq(outbuf_view(&rig.out), outbuf_view(&want)));
	flow_free(&f);
	outbuf_free(&in);
	outbuf_free(&gone);
	outbuf_free(&want);
}

static void a_broken_length_ends_or_goes_raw(void **state)
{
	struct outbuf in = messages("aa");
	struct flow f;

	(void)state;
	outbuf_put_bytes(&in, BYTES("d\0\0\0\3abc"));
	flow_init(&f, 1 << 20);
	assert_false(feed(&f, outbuf_view(&in), SIZE_MAX, false));
	assert_int_equal(outbuf_size(&rig.out), outbuf_size(&in) - 8);
	outbuf_clear(&rig.out);
	flow_free(&f);
	flow_init(&f, 1 << 20);
	assert_true(feed(&f, outbuf_view(&in), SIZE_MAX, true));
	assert_true(bytes_eq(outbuf_view(&rig.out), outbuf_view(&in)));
	flow_free(&f);
	outbuf_free(&in);
}

static void the_end_sends_what_came_before_it(void **state)
{
	struct outbuf in = messages("aqb");
	struct flow f;

	(void)state;
	flow_init(&f, 1 << 20);
	assert_false(feed(&f, outbuf_view(&in), SIZE_MAX, false));
	assert_true(bytes_eq(outbuf_view(&rig.out), BYTES("a\0\0\0\4<end>")));
	flow_free(&f);
	outbuf_free(&in);
}

static void a_refused_send_ends_it(void **state)
{
	struct outbuf in = messages("a");
	struct flow f;

	(void)state;
	rig.refuse_sends = true;
	flow_init(&f, 1 << 20);
	assert_false(feed(&f, outbuf_view(&in), SIZE_MAX, false));
	flow_free(&f);
	outbuf_free(&in);
}

static void a_boundary_is_where_a_message_ends(void **state)
{
	struct outbuf in;
	struct flow f;

	(void)state;
	outbuf_init(&in, 1 << 20);
	put(&in, 'a', 10);
	flow_init(&f, 1 << 20);
	assert_true(flow_is_boundary(&f));
	assert_true(feed(&f, bytes_of(outbuf_view(&in).p, 4), SIZE_MAX, false));
	assert_true(flow_is_boundary(&f)); /* nothing of it has been sent */
	assert_false(flow_is_empty(&f));
	assert_true(feed(&f, bytes_of(outbuf_view(&in).p + 4, 5), SIZE_MAX, false));
	assert_false(flow_is_boundary(&f));
	assert_true(feed(&f, bytes_from(outbuf_view(&in), 9), SIZE_MAX, false));
	assert_true(flow_is_boundary(&f));
	assert_true(flow_is_empty(&f));
	flow_free(&f);
	outbuf_free(&in);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(no_split_makes_a_difference),
		T(untouched_messages_leave_in_one_piece),
		T(a_letter_may_be_enough),
		T(what_is_put_beside_keeps_its_place),
		T(a_session_at_rest_keeps_no_memory),
		T(a_long_message_is_read_to_its_place),
		T(room_is_for_what_is_waited_for),
		T(room_beyond_the_maximum_is_none),
		T(what_is_kept_is_bounded),
		T(raw_bytes_are_not_looked_at),
		T(what_is_dropped_is_dropped_whole_also_when_the_stream_goes_raw),
		T(a_broken_length_ends_or_goes_raw),
		T(the_end_sends_what_came_before_it),
		T(a_refused_send_ends_it),
		T(a_boundary_is_where_a_message_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
