/* What the compiler knows of the database: the relations that an expression names.
 *
 * Plain immutable values, filled by whoever reads the catalog (proxy/, the command line, tests);
 * the compiler only looks things up. A catalog is the answer for one session at one moment: a name
 * is known (found or absent) or was never asked for, which is how a compilation says what it wants.
 * All text is borrowed from the owner of the catalog and must outlive the compilation. */
#ifndef COMPILER_CATALOG_H
#define COMPILER_CATALOG_H

#include "compiler/str.h"

struct relation_column {
	struct str name;
	uint32_t type_oid;
	/* format_type() of the type with its modifier; types outside pg_catalog are written
	 * schema.name, quoted where needed, so that it means the same under any search_path */
	struct str type;
	struct str type_schema; /* of the type, or of its elements when it is an array */
	struct str type_name;   /* typname likewise: int4, varchar, hstore, mood */
	char type_kind; /* typtype likewise: b base, e enum, d domain, c composite, r range, m multirange */
	bool is_array;
	struct str base_type; /* `type` of a domain's ultimate base type; empty otherwise */
	bool not_null;
	bool has_default;
	bool is_identity;
	bool is_generated;
};

/* A foreign key; columns are indexes into `columns` of the two relations, pairwise. */
struct relation_key {
	struct str name; /* of the constraint */
	size_t count;
	const uint16_t *columns; /* of this relation */
	uint32_t referenced;     /* oid of the relation it points to */
	struct str referenced_schema;
	struct str referenced_name;
	const struct str *referenced_columns; /* names of the columns it points to */
};

struct relation {
	uint32_t oid;
	struct str schema;
	struct str name;
	char kind; /* relkind: r p v m f (table, partitioned, view, materialized view, foreign) */
	size_t column_count;
	const struct relation_column *columns; /* attribute order, dropped ones left out */
	size_t primary_count;
	const uint16_t *primary; /* indexes of the primary key's columns, key order */
	size_t key_count;
	const struct relation_key *keys; /* by constraint name */
};

/* One answered look-up. */
struct catalog_entry {
	struct str schema;               /* as asked; empty: through the search_path */
	struct str name;                 /* as asked; empty when asked by oid */
	uint32_t oid;                    /* as asked; 0 when asked by name */
	const struct relation *relation; /* NULL: there is none */
	bool visible;                    /* its bare name finds it: pg_table_is_visible() */
};

struct catalog {
	size_t count;
	const struct catalog_entry *entries;
	/* Names for did-you-mean, of the relations and schemas this session can see; NULL until
	 * asked for. */
	size_t neighbour_count;
	const struct str *neighbours;
	bool neighbours_known;
	uint32_t server_version; /* 150018; 0 unknown */
};

enum catalog_answer { CATALOG_FOUND, CATALOG_ABSENT, CATALOG_UNKNOWN };

/* Looks a relation up by name (`schema` empty: as the search_path finds it). */
enum catalog_answer catalog_by_name(const struct catalog *k, struct str schema, struct str name,
                                    const struct catalog_entry **out);
/* The same by oid; a relation found by name is found by its oid too. */
enum catalog_answer catalog_by_oid(const struct catalog *k, uint32_t oid,
                                   const struct catalog_entry **out);

#endif
