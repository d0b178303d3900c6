/* Moves the messages of one direction: cuts the stream, asks a judge about each message, and sends on
 * what it passes, the longest run of untouched bytes with one call.
 *
 * A message that is passed is never copied and never needed in one piece. A judge that must see more
 * of a message than has come says how much; only then are bytes kept. A judge may put bytes of its
 * own in front of a message or in its place, or stop the stream at it. Does no I/O: bytes come from
 * and go to the caller. */
#ifndef PROXY_FLOW_H
#define PROXY_FLOW_H

#include "protocol/frame.h"
#include "protocol/outbuf.h"

/* The input of flow_feed() has this many writable bytes in front of it: a header that was cut by the
 * end of the last read is completed there instead of being copied. */
#define FLOW_HEADROOM 8

/* What becomes of a message. */
enum flow_fate {
	FLOW_PASS,  /* it goes on as it came, behind what was put to `extra` */
	FLOW_DROP,  /* it does not; what was put to `extra` stands in its place */
	FLOW_MORE,  /* ask again when at least *more bytes of it, header included, are there */
	FLOW_STOP,  /* keep it and what follows until flow_resume() */
	FLOW_TAKEN, /* like FLOW_DROP, but keep what follows until flow_resume() */
	FLOW_RAW,   /* it and everything behind it goes on unseen */
	FLOW_CLOSE, /* the session is over */
};

#define FLOW_LETTERS 256 /* flags are a set of messages, by their letters */

struct flow_rules {
	/* The messages that go on unseen for now; NULL: every message is judged. Asked again behind
	 * every message that was judged. */
	const bool *(*unseen)(const void *context);
	/* While unseen() gives a set: notes a message of which no more need be known than its
	 * letter, and it goes on; or answers false, and it is judged. */
	bool (*note)(void *context, uint8_t letter);
	/* `f` starts a message; f->raw holds at least its header. May put bytes to `extra`. */
	enum flow_fate (*judge)(void *context, const struct frame *f, size_t *more);
	/* Takes bytes that go on. False: the session is over. */
	bool (*send)(void *context, struct bytes b);
	void *context;
	struct outbuf *extra; /* borrowed, empty between calls */
	bool raw_when_broken; /* a length that no stream has: let the peer judge; else FLOW_CLOSE */
};

struct flow {
	struct frame_cutter cutter;
	uint8_t head[FRAME_HEADER - 1]; /* a header that was cut */
	uint8_t head_size;
	bool dropping; /* the rest of the current message is swallowed */
	bool raw;
	bool stopped;
	struct outbuf kept; /* bytes that wait: for more of their message, or for flow_resume() */
	/* How many there must be for the judge to look again; 0: it does not wait. */
	size_t wanted;
};

/* At the start of a stream. At most `maximum` bytes are kept: a judge that wants more ends the
 * session. Allocates nothing yet. */
void flow_init(struct flow *f, size_t maximum);
/* Gives back what it keeps. */
void flow_free(struct flow *f);

/* Takes the next bytes of the stream, all of them. False when the session is over: the judge says
 * so, a send failed, the stream is broken, or there is no memory. */
bool flow_feed(struct flow *f, const struct flow_rules *rules, struct bytes in);
/* Where the next bytes may be read to when they are of a long message that the judge wants to see:
 * they are not copied then. At most *size; NULL: anywhere, for flow_feed(). Until the next call. */
uint8_t *flow_room(struct flow *f, size_t *size);
/* Takes the first `n` bytes of flow_room(). False as flow_feed(). */
bool flow_fill(struct flow *f, const struct flow_rules *rules, size_t n);
/* Goes on where the judge has stopped. The message it stopped at (FLOW_STOP) is judged again. */
bool flow_resume(struct flow *f, const struct flow_rules *rules);

/* Whether bytes of our own may be sent now: no message has been passed on in part only. */
static inline bool flow_is_boundary(const struct flow *f)
{
	return frame_is_boundary(&f->cutter) || f->dropping;
}

/* Whether nothing of a message is here. */
static inline bool flow_is_empty(const struct flow *f)
{
	return frame_is_boundary(&f->cutter) && f->head_size == 0 && outbuf_size(&f->kept) == 0;
}

#endif
