/* Ages and costs: what a cache that is bounded in bytes has beside its index.
 *
 * The owner finds its entries by an index of its own, and embeds a link in each. When room is
 * needed the least recently used goes first, by the owner's `drop`. Allocates nothing, so nothing
 * here fails. */
#ifndef PROXY_LRU_H
#define PROXY_LRU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/* The first member of an entry. */
struct lru_link {
	TAILQ_ENTRY(lru_link) ages;
	size_t cost;
};

struct lru_counts {
	size_t entries;
	size_t bytes; /* their costs together */
	uint64_t hits;
	uint64_t misses;
	uint64_t evictions;
};

struct lru {
	size_t limit; /* of bytes */
	struct lru_counts counts;
	TAILQ_HEAD(lru_ages, lru_link) ages; /* most recently used first */
	/* Takes an entry that is in the list no more out of the index, and frees it. */
	void (*drop)(void *owner, struct lru_link *link);
	void *owner;
};

/* An empty list of at most `limit` bytes, whose entries go by `drop`, which is given `owner`. */
void lru_init(struct lru *l, size_t limit, void (*drop)(void *, struct lru_link *), void *owner);
/* Counts a look-up; what was found (NULL: nothing) is the most recently used. */
void lru_used(struct lru *l, struct lru_link *link);
/* Drops old entries until `cost` more bytes fit. False, and nothing is dropped, when they never
 * will. */
bool lru_make_room(struct lru *l, size_t cost);
/* Adds an entry for which there is room, as the most recently used. */
void lru_add(struct lru *l, struct lru_link *link, size_t cost);
/* Takes an entry out, which is dropped. */
void lru_drop(struct lru *l, struct lru_link *link);
/* The same for all of them. */
void lru_drop_all(struct lru *l);

#endif
