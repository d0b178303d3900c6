/* A message of the server taken both ways, the short and the whole one: dialog_receive_plain() says
 * and does what dialog_receive() does, or nothing. */
#ifndef TESTS_SUPPORT_BOTH_WAYS_H
#define TESTS_SUPPORT_BOTH_WAYS_H

#include <stdlib.h>

#include "protocol/dialog.h"

/* A larger ring is not copied for every message. */
enum { BOTH_WAYS_MOST = 256 };

static inline const struct dialog_entry *entry_at(const struct dialog *d, uint32_t i)
{
	const struct dialog_entry *ring = d->ring != NULL ? d->ring : d->small;

	return &ring[(d->head + i) & (d->capacity - 1)];
}

/* Whether they are in the same state, tags aside. */
static inline bool is_same_dialog(const struct dialog *a, const struct dialog *b)
{
	for (uint32_t i = 0; i < a->count && i < b->count; i++) {
		const struct dialog_entry *x = entry_at(a, i);
		const struct dialog_entry *y = entry_at(b, i);

		if (x->kind != y->kind || x->mode != y->mode || x->doubtful != y->doubtful ||
		    x->more != y->more)
			return false;
	}
	return a->count == b->count && a->capacity == b->capacity && a->hard == b->hard &&
	       a->hidden == b->hidden && a->stray == b->stray && a->ready == b->ready &&
	       a->unsure == b->unsure && a->copy_ends == b->copy_ends && a->status == b->status &&
	       a->copy == b->copy && a->copy_ended == b->copy_ended && a->skipping == b->skipping &&
	       a->flushed == b->flushed && a->open == b->open && a->bound == b->bound &&
	       a->synced == b->synced && a->transparent == b->transparent && a->ended == b->ended;
}

/* A copy in which all tags are 0. */
static inline struct dialog without_tags(const struct dialog *d)
{
	struct dialog copy = *d;

	if (d->ring != NULL) {
		copy.ring = malloc(d->capacity * sizeof(*copy.ring));
		if (copy.ring == NULL)
			abort();
		memcpy(copy.ring, d->ring, d->capacity * sizeof(*copy.ring));
	}
	for (uint32_t i = 0; i < d->capacity; i++)
		(copy.ring != NULL ? copy.ring : copy.small)[i].tag = 0;
	return copy;
}

/* Gives dialog_receive()'s verdict. */
static inline struct dialog_verdict receive_both_ways(struct dialog *d, uint8_t type,
                                                      struct bytes body)
{
	struct dialog untouched, twin;
	struct dialog_verdict v;
	bool plain;

	if (d->capacity > BOTH_WAYS_MOST)
		return dialog_receive(d, type, body);
	untouched = without_tags(d);
	twin = without_tags(d);
	plain = dialog_receive_plain(&twin, type);
	v = dialog_receive(d, type, body);
	if (!is_same_dialog(&twin, plain ? d : &untouched))
		abort();
	if (plain && (v.mode != DIALOG_FORWARD || v.async || v.fatal || v.lost || v.voided != 0))
		abort();
	free(twin.ring);
	free(untouched.ring);
	return v;
}

#endif
