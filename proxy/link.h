/* One side of a session: a stream, what waits to be sent into it, and how far what comes from it has
 * been followed. The client's and the server's are the same. */
#ifndef PROXY_LINK_H
#define PROXY_LINK_H

#include "proxy/backlog.h"
#include "proxy/flow.h"

struct stream;

/* Unsent bytes at which the other side is not read any more. What the kernel holds on both sides
 * keeps a large result flowing; to read on would only copy it once more. A few bytes do not hold
 * back the other side's end. */
#define LINK_FULL 8192u

enum { LINK_ASKED = 1, LINK_READS = 2, LINK_WRITES = 4 };

struct link {
	struct stream *stream; /* owned; NULL: not there */
	struct backlog unsent;
	struct flow flow;  /* of what the peer says */
	uint64_t received; /* bytes */
	bool ended;        /* the peer has said its last byte */
	bool shutting;     /* we have: the peer reads an end behind what is unsent */
	bool shut;         /* it was told so */
	bool starved;      /* memory was refused for what could not be sent */
	bool secret;       /* what is unsent may be a password */
	uint8_t wants;     /* what the stream was last asked to tell of: LINK_… */
};

/* A link without a stream; its flow may keep `flow_maximum` bytes. */
void link_init(struct link *l, size_t flow_maximum);
/* Closes the stream and frees what it owns. */
void link_close(struct link *l, struct backlog_pool *pool);

/* Sends `b`, or keeps what cannot be sent now. False when the peer is gone, TLS is broken, or memory is
 * refused: then it is `starved`. */
bool link_send(struct link *l, struct backlog_pool *pool, struct bytes b);
/* Sends on what was kept. False when the peer is gone. */
bool link_flush(struct link *l, struct backlog_pool *pool);
/* Lets the peer read an end, after what is unsent. */
void link_shut(struct link *l);
/* Asks to be told of what concerns this link. */
void link_want(struct link *l, bool readable);

/* Whether so much is unsent that the other side is not read. */
static inline bool link_is_full(const struct link *l)
{
	return l->unsent.bytes > LINK_FULL;
}

/* Whether the stream tells of what can be read and of nothing else, and that is as it should be. */
static inline bool link_only_reads(const struct link *l)
{
	return l->wants == (LINK_ASKED | LINK_READS) && !l->ended && l->unsent.bytes == 0;
}

#endif
