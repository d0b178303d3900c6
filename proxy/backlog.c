#include "proxy/backlog.h"

#include <stdlib.h>

struct backlog_chunk {
	struct backlog_chunk *next;
	uint32_t start;
	uint32_t end;
	uint8_t data[BACKLOG_CHUNK - 16];
};

_Static_assert(sizeof(struct backlog_chunk) == BACKLOG_CHUNK, "a chunk is one size class");

void backlog_pool_init(struct backlog_pool *pool, size_t keep)
{
	*pool = (struct backlog_pool){ .keep = keep };
}

void backlog_pool_free(struct backlog_pool *pool)
{
	while (pool->free != NULL) {
		struct backlog_chunk *chunk = pool->free;

		pool->free = chunk->next;
		free(chunk);
	}
	pool->count = 0;
}

static struct backlog_chunk *take_chunk(struct backlog_pool *pool)
{
	struct backlog_chunk *chunk = pool->free;

	if (chunk == NULL) {
		chunk = malloc(sizeof(*chunk));
		if (chunk == NULL)
			return NULL;
	} else {
		pool->free = chunk->next;
		pool->count--;
	}
	chunk->next = NULL;
	chunk->start = chunk->end = 0;
	return chunk;
}

static void give_chunk(struct backlog_pool *pool, struct backlog_chunk *chunk)
{
	if (pool->count >= pool->keep) {
		free(chunk);
		return;
	}
	chunk->next = pool->free;
	pool->free = chunk;
	pool->count++;
}

/* A list of empty chunks for `n` bytes; NULL when memory is refused. */
static struct backlog_chunk *take_chunks(struct backlog_pool *pool, size_t n)
{
	struct backlog_chunk *list = NULL;

	for (size_t room = 0; room < n; room += sizeof(list->data)) {
		struct backlog_chunk *chunk = take_chunk(pool);

		if (chunk == NULL) {
			while (list != NULL) {
				chunk = list;
				list = chunk->next;
				give_chunk(pool, chunk);
			}
			return NULL;
		}
		chunk->next = list;
		list = chunk;
	}
	return list;
}

/* Copies as much of `b` as fits behind what the chunk holds; gives what is left. */
static struct bytes fill(struct backlog_chunk *chunk, struct bytes b)
{
	size_t room = sizeof(chunk->data) - chunk->end;
	size_t n = b.n < room ? b.n : room;

	if (n > 0)
		memcpy(chunk->data + chunk->end, b.p, n);
	chunk->end += (uint32_t)n;
	return bytes_from(b, n);
}

bool backlog_add(struct backlog *q, struct backlog_pool *pool, struct bytes b)
{
	size_t room = q->last == NULL ? 0 : sizeof(q->last->data) - q->last->end;
	struct backlog_chunk *more = NULL;
	size_t added = b.n;

	if (b.n > room) {
		more = take_chunks(pool, b.n - room);
		if (more == NULL)
			return false;
	}
	if (q->last != NULL)
		b = fill(q->last, b);
	while (more != NULL) {
		struct backlog_chunk *chunk = more;

		more = chunk->next;
		chunk->next = NULL;
		b = fill(chunk, b);
		if (q->last == NULL)
			q->first = chunk;
		else
			q->last->next = chunk;
		q->last = chunk;
	}
	q->bytes += added;
	return true;
}

struct bytes backlog_front(const struct backlog *q)
{
	if (q->first == NULL)
		return (struct bytes){ 0 };
	return bytes_of(q->first->data + q->first->start, q->first->end - q->first->start);
}

void backlog_drop(struct backlog *q, struct backlog_pool *pool, size_t n, bool wipe)
{
	struct backlog_chunk *chunk = q->first;

	if (chunk == NULL)
		return;
	if (wipe)
		explicit_bzero(chunk->data + chunk->start, n);
	chunk->start += (uint32_t)n;
	q->bytes -= n;
	if (chunk->start < chunk->end)
		return;
	q->first = chunk->next;
	if (q->first == NULL)
		q->last = NULL;
	give_chunk(pool, chunk);
}

void backlog_free(struct backlog *q, struct backlog_pool *pool)
{
	while (q->first != NULL)
		backlog_drop(q, pool, backlog_front(q).n, true);
	q->bytes = 0;
}
