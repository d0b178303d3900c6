/* What a session's names were last found to be, for catalog_check = auto.
 *
 * A binding says which relation a name meant and what its fingerprint was. It is trusted while it is
 * younger than BINDINGS_TRUST_MS and nothing that this session sent since then can have changed the
 * catalog or the search_path, which is what the epoch counts. Only what was found is bound: a name
 * that is not there is asked for again every time. Belongs to one session; bounded in bytes, the
 * least recently used goes first. */
#ifndef PROXY_BINDINGS_H
#define PROXY_BINDINGS_H

#include "compiler/sqllex.h"

struct reflect_item;
struct bindings;

#define BINDINGS_TRUST_MS 1000

struct binding {
	uint32_t oid;
	uint64_t fingerprint;
	bool visible;
};

/* A moment of a session: bindings of another epoch are worth nothing. */
struct bindings_moment {
	uint64_t epoch;
	uint64_t now_ms; /* of a clock that does not go back */
};

/* NULL when out of memory. Takes memory only for what is bound. */
struct bindings *bindings_new(size_t limit);
/* NULL is allowed. */
void bindings_free(struct bindings *b);

/* The binding of a name or oid; false when there is none to be trusted. */
bool bindings_find(struct bindings *b, const struct reflect_item *item,
                   struct bindings_moment moment, struct binding *out);
/* Binds it anew; does nothing when memory is out or it is larger than the limit. */
void bindings_put(struct bindings *b, const struct reflect_item *item,
                  struct bindings_moment moment, const struct binding *binding);
/* Bytes in use. */
size_t bindings_size(const struct bindings *b);

/* Whether a statement leaves catalog and search_path as they are, as far as its text tells: one
 * SELECT, VALUES, INSERT, UPDATE or DELETE (with or without WITH) that makes no table and calls
 * nothing but well-known functions, for any other may hold a SET or a CREATE. Says no when in doubt.
 * What a trigger or an operator does is not seen; it is noticed when the binding has aged. Reads the
 * text once. */
bool bindings_survive(struct str query, struct sqllex_rules rules);

#endif
