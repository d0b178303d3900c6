/* The questions put to PostgreSQL's catalog, and the reading of their answers.
 *
 * Three static texts: CHECK resolves names and gives a fingerprint of what a relation's shape
 * depends on; SHAPE gives columns, types and keys; NEIGHBOURS gives names for did-you-mean. They
 * run on the client's own session, so they must neither fail by themselves nor see anything by an
 * unqualified name: every relation, function, type and operator is qualified, whatever uses an
 * operator silently (IN, NULLIF, CASE x WHEN, USING) is not used, and a schema that the session may
 * not look into is simply empty. They cost index scans on what was asked for: not more in a large
 * catalog than in a small one. All parameters and results are text. PostgreSQL 13 to 18. */
#ifndef PROXY_REFLECT_H
#define PROXY_REFLECT_H

#include "compiler/arena.h"
#include "compiler/catalog.h"
#include "compiler/encoding.h"
#include "proxy/rewrite.h"

/* How the server's text reaches us. */
struct reflect_text {
	const struct encoding *client; /* client_encoding: what names are read and written in */
	struct str client_name;        /* as ParameterStatus spells it */
	/* server_encoding, as ParameterStatus spells it; empty when unknown. When the server would
	 * convert, and might fail to convert a name, names travel as hexadecimal digits of the
	 * server's bytes and are converted here; one that the client's encoding cannot hold becomes a
	 * placeholder that no client can have written. */
	struct str server_name;
};

/* What is asked for: a name (`schema` empty: as the search_path finds it), or an oid (not 0). */
struct reflect_item {
	struct str schema;
	struct str name;
	uint32_t oid;
};

/* One row of CHECK. An item without a row is absent. */
struct reflect_found {
	size_t item;  /* which of the items */
	uint32_t oid; /* of the relation */
	/* Equal fingerprints of one oid mean equal shapes, within the life of one postmaster. */
	uint64_t fingerprint;
	bool visible; /* its bare name finds it */
};

/* Makes the question. What it points to is in `arena`, or static. */
void reflect_ask_check(struct arena *arena, const struct reflect_text *text,
                       const struct reflect_item *items, size_t count, struct question *out);
/* Reads one row of the answer to a question of `items` items; false when it is no such row. */
bool reflect_read_check(const struct bytes *columns, size_t count, size_t items,
                        struct reflect_found *out);

/* One relation of a SHAPE answer; its texts and arrays are in the arena. */
struct reflect_shape {
	struct relation relation;
	uint64_t fingerprint;
	bool visible;
	bool lasting; /* false: the fingerprint does not cover a type that lies too deep */
};

/* Collects the rows of one SHAPE answer. Lives in the arena. */
struct reflect_answer *reflect_ask_shapes(struct arena *arena, const struct reflect_text *text,
                                          const uint32_t *oids, size_t count, struct question *out);
/* Reads one row; false when it is no such row. */
bool reflect_read_shape(struct reflect_answer *a, const struct bytes *columns, size_t count);
/* The relations of the answer, once it is complete; NULL when the rows do not fit each other.
 * Relations that are gone are left out. */
const struct reflect_shape *reflect_shapes(struct reflect_answer *a, size_t *count);

/* Names like those of the items: relations of the item's schema (or that are visible, when it is
 * empty), and schemas. */
void reflect_ask_neighbours(struct arena *arena, const struct reflect_text *text,
                            const struct reflect_item *items, size_t count, struct question *out);
/* Reads one row: which item, and a name in the arena. */
bool reflect_read_neighbour(struct arena *arena, const struct reflect_text *text,
                            const struct bytes *columns, size_t count, size_t items, size_t *item,
                            struct str *name);

#endif
