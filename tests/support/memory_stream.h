/* stream.h without sockets: a test plays the peers of every stream, byte by byte.
 *
 * Each stream that is adopted or opened gets an end, numbered from 0 in that order, which the test
 * holds; the end outlives its stream. Nothing happens by itself: memory_stream_run() delivers events
 * until nobody wants any. */
#ifndef TESTS_SUPPORT_MEMORY_STREAM_H
#define TESTS_SUPPORT_MEMORY_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/bytes.h"

#define MEMORY_STREAM_ENDS 16

/* Forgets all ends; streams must have been closed. */
void memory_stream_reset(void);
/* How many streams there have been since then. */
size_t memory_stream_count(void);

/* What the peer of stream `end` says. */
void memory_stream_give(size_t end, struct bytes b);
/* The peer says no more. */
void memory_stream_give_end(size_t end);
/* The peer is gone: reads (after what it has said) and sends fail with this code. */
void memory_stream_break(size_t end, int code);
/* Everything that the peer was sent, since the last memory_stream_forget(). */
struct bytes memory_stream_sent(size_t end);
void memory_stream_forget(size_t end);
/* The peer takes so many bytes more (SIZE_MAX: all), and then none until told again. */
void memory_stream_take(size_t end, size_t n);
/* A read gives at most so many bytes. */
void memory_stream_chop(size_t end, size_t n);

bool memory_stream_is_open(size_t end);   /* our side has not closed it */
bool memory_stream_is_shut(size_t end);   /* our side has said its last byte */
bool memory_stream_is_wanted(size_t end); /* our side reads it */
size_t memory_stream_unread(size_t end);  /* bytes our side has not read yet */

bool memory_stream_is_secure(size_t end); /* our side has begun TLS: bytes go on as they are */

/* Whether TLS succeeds from now on. */
void memory_stream_secures(bool succeeds);
/* What becomes of the streams opened from now on: 0 they connect, else this code; `at_once`: from
 * within stream_open(). */
void memory_stream_connects(int code, bool at_once);
/* Delivers events until none is due. Returns how many. */
size_t memory_stream_run(void);

#endif
