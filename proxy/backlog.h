/* Bytes that a peer has not taken yet, in chunks from a pool.
 *
 * A backlog owns memory only while it holds bytes. The pool belongs to a worker and keeps some free
 * chunks for the next peer that is slow. Nothing here does I/O. */
#ifndef PROXY_BACKLOG_H
#define PROXY_BACKLOG_H

#include <stdbool.h>

#include "protocol/bytes.h"

/* Enough for what is left of one read, and for the chunk's own head. */
#define BACKLOG_CHUNK (65536 + 64)

struct backlog_pool {
	struct backlog_chunk *free; /* owned */
	size_t count;
	size_t keep; /* free chunks that are kept, at most */
};

struct backlog {
	struct backlog_chunk *first; /* owned */
	struct backlog_chunk *last;
	size_t bytes;
};

/* An empty pool that keeps at most `keep` free chunks. */
void backlog_pool_init(struct backlog_pool *pool, size_t keep);
/* Frees the chunks that are kept. */
void backlog_pool_free(struct backlog_pool *pool);

/* Adds a copy of `b` at the end. False when memory is refused: then nothing was added. */
bool backlog_add(struct backlog *q, struct backlog_pool *pool, struct bytes b);
/* The first bytes in one piece; empty when there are none. Borrowed until the next call. */
struct bytes backlog_front(const struct backlog *q);
/* Takes `n` bytes, at most backlog_front().n, off the front. `wipe`: they may be a password. */
void backlog_drop(struct backlog *q, struct backlog_pool *pool, size_t n, bool wipe);
/* Empties it; everything is overwritten with zeros. */
void backlog_free(struct backlog *q, struct backlog_pool *pool);

#endif
