/* A worker's cache of relation shapes: what the catalog said of a relation, by fingerprint.
 *
 * A shape is an immutable, counted value with its own memory. It is found again under the space it
 * was read in (database and client encoding), the relation's oid and the fingerprint of its catalog
 * rows: whoever knows the present fingerprint cannot be given an old shape. There is no negative
 * entry. Bounded in bytes, the least recently used goes first. Not shared between threads. */
#ifndef PROXY_SHAPES_H
#define PROXY_SHAPES_H

#include "compiler/catalog.h"
#include "proxy/lru.h"

struct compiler;

struct shape {
	struct relation relation; /* everything it points to lies in the shape's own memory */
	uint64_t fingerprint;
	/* False: its fingerprint does not cover all it depends on, so it is never found again. */
	bool lasting;
	size_t bytes;        /* of memory, this struct included */
	uint32_t references; /* holders */
};

/* A deep copy of `relation` as a shape with one reference; NULL when out of memory. */
struct shape *shape_new(const struct relation *relation, uint64_t fingerprint, bool lasting);
/* One reference more. */
struct shape *shape_ref(struct shape *s);
/* Frees the shape with its last reference. NULL is allowed. */
void shape_unref(struct shape *s);

/* A cache of at most `limit` bytes (of shapes and of its own bookkeeping). NULL when out of memory. */
struct shapes *shapes_new(size_t limit);
/* Shapes that someone still holds live on. */
void shapes_free(struct shapes *c);

/* The shape of that relation with that fingerprint, with a reference for the caller; or NULL. */
struct shape *shapes_find(struct shapes *c, struct str space, uint32_t oid, uint64_t fingerprint);
/* Whether any shape of that relation is there: then asking for the fingerprint alone may do. */
bool shapes_knows(const struct shapes *c, struct str space, uint32_t oid);
/* Remembers a shape, with a reference of its own. Does nothing when the shape does not last, is
 * larger than the limit, or memory is out. */
void shapes_keep(struct shapes *c, struct str space, struct shape *s);
/* What is kept, and how often it was of use. */
struct lru_counts shapes_counts(const struct shapes *c);

/* The compiler's working memory that the rewrites of this worker share, one compilation at a time;
 * made when first asked for. NULL when out of memory. */
struct compiler *shapes_compiler(struct shapes *c);

#endif
