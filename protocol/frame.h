/* Cuts a byte stream into PostgreSQL v3 messages.
 *
 * Knows lengths and letters, not what a message means. Does no I/O and allocates nothing: the
 * caller owns the input, a frame borrows from it, and what must survive between two reads of the
 * socket is eight bytes of `struct frame_cutter`. Untyped first packets are startup.h's.
 *
 * A relay shows what it has, looks, and takes what it could use:
 *
 *	while (in.n > 0) {
 *		enum frame_result got = frame_peek(&cutter, MESSAGE_BACKEND, in, &f);
 *		if (got == FRAME_NEED_MORE)
 *			break;                  // keep `in`: at most four bytes of a header
 *		if (got is FRAME_BROKEN or FRAME_TOO_LONG)
 *			close;
 *		if (wants_whole(f.type) && !f.ends && f.starts)
 *			break;                  // keep `in`, show it again with more behind it
 *		send(f.raw);                    // header and body as they came, as far as they came
 *		in = bytes_from(in, frame_take(&cutter, &f));
 *	}
 *
 * Looking costs the same however long the message is, so it may be repeated with every read. The
 * body of a message that is passed on is never needed in one piece: its later parts come up as
 * frames that do not start. */
#ifndef PROTOCOL_FRAME_H
#define PROTOCOL_FRAME_H

#include "protocol/bytes.h"
#include "protocol/messages.h"

#define FRAME_HEADER 5 /* the type and the length word */

/* Where in a stream we are. All zeros is the start of a message. */
struct frame_cutter {
	uint32_t rest; /* bytes of the current message's body that were not taken yet */
	uint8_t type;  /* of the current message, while rest > 0 */
};

/* The front of the input: a message, or the part of one that is there. */
struct frame {
	uint8_t type;
	bool starts;   /* raw begins with the header; otherwise it goes on where the last ended */
	bool ends;     /* raw reaches the last byte of the message */
	uint32_t size; /* body bytes of the whole message, when it starts; else what was left */
	struct bytes raw;  /* borrowed: header (when it starts) and body */
	struct bytes body; /* borrowed: the part of the body that is there */
};

enum frame_result {
	FRAME_READY,     /* *out is a message or a part of one */
	FRAME_NEED_MORE, /* nothing wrong, but not even the header is complete */
	FRAME_BROKEN,    /* a length word below 4: no valid stream goes on like this */
	FRAME_TOO_LONG,  /* whole or not, the peer would not take it: see message_limit() */
};

/* Looks at the front of `in`. Changes nothing: ask again with the same or more bytes.
 *
 * FRAME_TOO_LONG is for what clients send. A server answers such a length by closing without a
 * word, so a relay that passes the header on and lets the server judge is as good as closing. */
enum frame_result frame_peek(const struct frame_cutter *c, enum message_side side, struct bytes in,
                             struct frame *out);

/* Whether the last byte taken was the last of a message: only here may bytes of our own be put
 * between those of the peer. */
static inline bool frame_is_boundary(const struct frame_cutter *c)
{
	return c->rest == 0;
}

/* The body size that a length word announces, in the one place where the 4 is subtracted.
 * False when the word is below 4. */
static inline bool frame_body_size(uint32_t length_word, uint32_t *size)
{
	if (length_word < 4)
		return false;
	*size = length_word - 4;
	return true;
}

/* frame_peek() at the start of a message, for whoever leaves it to the peer how long one may be: never
 * FRAME_TOO_LONG. Inline, with frame_take(): a relay calls them for each message. */
static inline enum frame_result frame_start(struct bytes in, struct frame *out)
{
	uint32_t size;
	size_t here;

	if (in.n < FRAME_HEADER)
		return FRAME_NEED_MORE;
	if (!frame_body_size(bytes_get_u32(in.p + 1), &size))
		return FRAME_BROKEN;
	here = in.n - FRAME_HEADER < size ? in.n - FRAME_HEADER : size;
	*out = (struct frame){
		.type = in.p[0],
		.starts = true,
		.ends = here == size,
		.size = size,
		.raw = { in.p, FRAME_HEADER + here },
		.body = { in.p + FRAME_HEADER, here },
	};
	return FRAME_READY;
}

/* Takes `f`, as frame_peek() or frame_start() gave it, off the stream. Returns f->raw.n. */
static inline size_t frame_take(struct frame_cutter *c, const struct frame *f)
{
	c->type = f->type;
	c->rest = f->size - (uint32_t)f->body.n;
	return f->raw.n;
}

/* The same for a frame of which only the first `n` bytes of f->raw could be used: n must cover
 * the header when the frame starts. Returns n. */
size_t frame_take_part(struct frame_cutter *c, const struct frame *f, size_t n);

#endif
