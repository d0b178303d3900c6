/* What a session remembers of its expressions: for a message in flight, so that reports on it can be
 * put into the client's terms; and for as long as a prepared statement or portal may raise one.
 *
 * A note is found by the tag of the message's entry in the dialog. Only what concerns expressions is
 * noted: a session without them has none, and pays nothing. Names are committed when the server says
 * that it did what was asked (ParseComplete, BindComplete, CloseComplete), so a Parse that failed does
 * not change what its name stands for. Bounded: at the limit the oldest name is forgotten, and reports
 * on it go through as the server sends them. */
#ifndef PROXY_NOTES_H
#define PROXY_NOTES_H

#include "protocol/bytes.h"

struct outbuf;
struct report_map;

#define NOTES_NAMES_MAX 1024 /* statements and portals */

struct notes {
	uint32_t last_tag;
	struct note *first; /* owned, in the order sent */
	struct note *last;
	struct noted_name *names; /* owned */
	unsigned parsing;         /* notes in flight that will set a name */
};

/* No notes. Allocates nothing yet. */
void notes_init(struct notes *n);
/* Gives back everything; only notes_init() may follow. */
void notes_free(struct notes *n);

/* The next tag of a dialog entry; never 0. */
uint32_t notes_tag(struct notes *n);

/* Whether messages that name statements or portals have to be noted. */
static inline bool notes_are_named(const struct notes *n)
{
	return n->names != NULL || n->parsing > 0;
}

/* Note a message that is being sent, and give the tag of its entry; 0 when there is nothing to note
 * or no memory. A reference of `map` is taken; NULL: the text was no expression. `keeps`: running
 * it leaves the catalog as it is. */
uint32_t notes_query(struct notes *n, struct report_map *map);
uint32_t notes_parse(struct notes *n, struct bytes name, struct report_map *map, bool keeps);
uint32_t notes_bind(struct notes *n, struct bytes portal, struct bytes statement);
/* Describe, Execute (target 'P') or Close. */
uint32_t notes_named(struct notes *n, uint8_t message, uint8_t target, struct bytes name);

/* Whether a statement is known, and was noted as one that leaves the catalog as it is. */
bool notes_keeps(struct notes *n, struct bytes statement);

/* A reply of type `type` has come for the entry with this tag, and no earlier entry will be answered
 * any more. Commits names. */
void notes_replied(struct notes *n, uint32_t tag, uint8_t type);
/* Notices that the client must get before the first reply to that entry: puts them, once. */
void notes_put_notices(struct notes *n, uint32_t tag, struct outbuf *out);
/* The map for reports on that entry; NULL: none. Borrowed until the next call. */
const struct report_map *notes_map(struct notes *n, uint32_t tag);
/* Whether that entry makes the server look at a statement again that it had parsed: Bind, or Describe
 * of a statement. */
bool notes_is_looked_at_again(struct notes *n, uint32_t tag);
/* Nothing is in flight any more. */
void notes_settle(struct notes *n);

#endif
