/* Any cut of a stream gives the same messages and the same bytes.
 *
 * The first byte says who sends, the next few where the stream is cut and how greedily parts are
 * taken, the rest is the stream. It is read once whole and once in pieces, as a relay would, and
 * both must agree on every message, every byte and on where and how the stream ends. */
#include <stdlib.h>

#include "protocol/frame.h"
#include "tests/fuzz/target.h"

#define CUTS 8

/* What a reading of the stream came to: a hash of the headers in order, and the end. */
struct reading {
	uint64_t headers;
	size_t used;
	enum frame_result end;
	bool boundary;
};

static void note(struct reading *got, const struct frame *f)
{
	got->headers = (got->headers ^ f->type) * UINT64_C(1099511628211);
	got->headers = (got->headers ^ f->size) * UINT64_C(1099511628211);
	got->headers = (got->headers ^ got->used) * UINT64_C(1099511628211);
}

static void check_frame(const struct frame *f, struct bytes in)
{
	size_t header = f->starts ? FRAME_HEADER : 0;

	CHECK(f->raw.p == in.p && f->raw.n <= in.n && f->raw.n > 0);
	CHECK(f->body.n == f->raw.n - header);
	CHECK(f->ends == (f->body.n == f->size));
	CHECK(f->ends || f->raw.n == in.n);
}

/* Takes all frames of `in`; `part` > 0 takes at most that much of a body at a time. */
static void read_some(struct frame_cutter *c, enum message_side side, struct bytes in, size_t part,
                      struct reading *got)
{
	struct frame f;

	while ((got->end = frame_peek(c, side, in, &f)) == FRAME_READY) {
		size_t n = f.raw.n;

		check_frame(&f, in);
		if (f.starts)
			note(got, &f);
		if (part > 0 && f.body.n > part)
			n -= f.body.n - part;
		CHECK(frame_take_part(c, &f, n) == n);
		got->used += n;
		in = bytes_from(in, n);
	}
	got->boundary = frame_is_boundary(c);
}

/* A copy of exactly its size, so that AddressSanitizer sees a read beyond. */
static struct bytes exact(struct bytes b, uint8_t **copy)
{
	*copy = malloc(b.n > 0 ? b.n : 1);
	CHECK(*copy != NULL);
	if (b.n > 0)
		memcpy(*copy, b.p, b.n);
	return bytes_of(*copy, b.n);
}

static struct reading read_in_pieces(enum message_side side, struct bytes stream,
                                     const uint8_t *cuts)
{
	struct frame_cutter c = { 0 };
	struct reading got = { .end = FRAME_NEED_MORE, .boundary = true };
	size_t end = 0;

	for (size_t i = 0; end < stream.n && got.end == FRAME_NEED_MORE; i++) {
		uint8_t *copy;
		struct bytes in;

		end += i < CUTS ? (size_t)1 + cuts[i] : stream.n;
		if (end > stream.n)
			end = stream.n;
		in = exact(bytes_of(stream.p + got.used, end - got.used), &copy);
		read_some(&c, side, in, cuts[i % CUTS] % 4, &got);
		free(copy);
	}
	return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_cutter c = { 0 };
	struct reading whole = { .end = FRAME_NEED_MORE, .boundary = true };
	struct reading pieces;
	enum message_side side;
	struct bytes stream;

	if (size < 1 + CUTS)
		return 0;
	side = data[0] % 2 == 0 ? MESSAGE_FRONTEND : MESSAGE_BACKEND;
	stream = bytes_of(data + 1 + CUTS, size - 1 - CUTS);
	read_some(&c, side, stream, 0, &whole);
	pieces = read_in_pieces(side, stream, data + 1);
	CHECK(whole.headers == pieces.headers && whole.used == pieces.used);
	CHECK(whole.end == pieces.end && whole.boundary == pieces.boundary);
	CHECK(whole.end != FRAME_NEED_MORE || stream.n - whole.used < FRAME_HEADER);
	return 0;
}
