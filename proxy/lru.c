#include "proxy/lru.h"

void lru_init(struct lru *l, size_t limit, void (*drop)(void *, struct lru_link *), void *owner)
{
	*l = (struct lru){ .limit = limit, .drop = drop, .owner = owner };
	TAILQ_INIT(&l->ages);
}

void lru_used(struct lru *l, struct lru_link *link)
{
	if (link == NULL) {
		l->counts.misses++;
		return;
	}
	l->counts.hits++;
	TAILQ_REMOVE(&l->ages, link, ages);
	TAILQ_INSERT_HEAD(&l->ages, link, ages);
}

bool lru_make_room(struct lru *l, size_t cost)
{
	if (cost > l->limit)
		return false;
	while (l->counts.bytes + cost > l->limit) {
		lru_drop(l, TAILQ_LAST(&l->ages, lru_ages));
		l->counts.evictions++;
	}
	return true;
}

void lru_add(struct lru *l, struct lru_link *link, size_t cost)
{
	link->cost = cost;
	l->counts.entries++;
	l->counts.bytes += cost;
	TAILQ_INSERT_HEAD(&l->ages, link, ages);
}

void lru_drop(struct lru *l, struct lru_link *link)
{
	l->counts.entries--;
	l->counts.bytes -= link->cost;
	TAILQ_REMOVE(&l->ages, link, ages);
	l->drop(l->owner, link);
}

void lru_drop_all(struct lru *l)
{
	while (!TAILQ_EMPTY(&l->ages))
		lru_drop(l, TAILQ_FIRST(&l->ages));
}
