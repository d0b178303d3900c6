/* Notices what a session sends that may change the catalog or its search_path, for catalog_check =
 * auto: what its names were found to be is trusted for less than a second, and only while nothing
 * of the kind was sent.
 *
 * Costs nothing in a session without expressions, and little in one whose last expression is older
 * than that: then everything counts as a change, unread. */
#ifndef PROXY_CATALOG_WATCH_H
#define PROXY_CATALOG_WATCH_H

#include "proxy/rewrite.h"

struct session;

/* Kept by each session. All zeros is the start, with portals_keep true. */
struct catalog_watch {
	struct bindings *bindings; /* owned; NULL before the first expression, and with `always` */
	uint64_t epoch;            /* grows with every possible change */
	uint64_t used_ms;          /* when the last expression came */
	bool dirty; /* the open transaction may have changed something: its end may undo it */
	bool unnamed_keeps; /* the unnamed statement changes nothing */
	bool portals_keep;  /* no open portal changes anything */
};

/* Frees the bindings, at the end of the session. */
void catalog_watch_free(struct session *s);
/* What a rewrite is told of the session; `expression`: it is about to begin, so bindings are wanted. */
struct rewrite_session catalog_watch_describe(struct session *s, bool expression);

/* A message is on its way to the server; `rewrite`: what made its text, or NULL. */
void catalog_watch_query(struct session *s, struct bytes text, const struct rewrite *rewrite);
/* Answers whether running the statement changes nothing. */
bool catalog_watch_parse(struct session *s, struct bytes name, struct bytes text,
                         const struct rewrite *rewrite);
void catalog_watch_bind(struct session *s, struct bytes statement);
void catalog_watch_execute(struct session *s);
/* Something that nobody looks into: FunctionCall, a text that is too long. */
void catalog_watch_unknown(struct session *s);
/* Whether Bind has to be looked into. */
bool catalog_watch_is_on(struct session *s);
/* A ReadyForQuery has come. */
void catalog_watch_ready(struct session *s, uint8_t status);

#endif
