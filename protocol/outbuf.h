/* Bytes on their way out: a buffer that grows up to a maximum, and a writer of messages into it.
 *
 * The writer is sticky: when the maximum is reached, memory is refused, or a text cannot be sent,
 * the buffer fails, every later put does nothing, and one outbuf_ok() at the end is enough. A message
 * that was begun and did not fit is taken back whole, so what the buffer shows is always whole
 * messages (and what else was put outside of a message).
 *
 * It is a queue as well: outbuf_drop() takes sent bytes off the front. The only module of the room,
 * beside the dialog's ring, that allocates. */
#ifndef PROTOCOL_OUTBUF_H
#define PROTOCOL_OUTBUF_H

#include "protocol/bytes.h"

struct outbuf {
	uint8_t *data; /* owned; NULL while nothing was put */
	size_t capacity;
	size_t start;   /* data before it was dropped */
	size_t end;     /* data behind it is free */
	size_t maximum; /* bytes between start and end, at most */
	size_t message; /* where the open message begins */
	bool open;      /* a message was begun and not ended */
	bool typed;     /* its length word stands behind a type */
	bool failed;
};

/* An empty buffer for at most `maximum` bytes, which is below SIZE_MAX / 2. Allocates nothing yet;
 * never takes more than twice the maximum from the system. */
void outbuf_init(struct outbuf *o, size_t maximum);
/* Gives its memory back; only outbuf_init() may follow. */
void outbuf_free(struct outbuf *o);
/* Empties it, forgets a failure, keeps the memory. */
void outbuf_clear(struct outbuf *o);
/* Overwrites its memory with zeros, then outbuf_free(): for passwords. (What it outgrew was
 * overwritten when it grew.) */
void outbuf_wipe(struct outbuf *o);

/* What is to be sent; borrowed until the next put, drop or free. An open message does not show. */
struct bytes outbuf_view(const struct outbuf *o);
/* Takes the first `n` bytes of outbuf_view() off. Memory is given back when nothing is left and
 * the buffer had grown beyond OUTBUF_KEEP bytes. */
void outbuf_drop(struct outbuf *o, size_t n);

#define OUTBUF_KEEP 16384

/* Whether everything that was put has found its place. */
static inline bool outbuf_ok(const struct outbuf *o)
{
	return !o->failed;
}

/* The size of outbuf_view(). */
static inline size_t outbuf_size(const struct outbuf *o)
{
	return (o->open ? o->message : o->end) - o->start;
}

/* Begins a message: its type, and room for its length. Messages do not nest. */
void outbuf_begin(struct outbuf *o, uint8_t type);
/* Begins a message without a type: the first packet of a connection. */
void outbuf_begin_untyped(struct outbuf *o);
/* Ends the message: its length is filled in. After a failure the message is taken back instead. */
void outbuf_end(struct outbuf *o);

/* Integers, big-endian, and bytes as they are; of the open message, or of none. */
void outbuf_put_u8(struct outbuf *o, uint8_t v);
void outbuf_put_u16(struct outbuf *o, uint16_t v);
void outbuf_put_u32(struct outbuf *o, uint32_t v);
void outbuf_put_bytes(struct outbuf *o, struct bytes b);
/* The text and a NUL. A text with a NUL inside fails: the peer would read two. */
void outbuf_put_cstring(struct outbuf *o, struct bytes text);
/* The same for a C string. */
void outbuf_put_z(struct outbuf *o, const char *z);
/* Room for `n` bytes behind what was put, for the caller to write to; NULL after a failure. It is part
 * of the buffer as far as outbuf_fill() says, and gone with the next put, drop or free. */
uint8_t *outbuf_room(struct outbuf *o, size_t n);
/* The first `n` bytes of outbuf_room(), of which there are as many, have been written. */
void outbuf_fill(struct outbuf *o, size_t n);
/* Int32 length and the bytes; NULL when `v.null`. */
void outbuf_put_value(struct outbuf *o, struct reader_value v);

#endif
