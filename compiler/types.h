/* SQLAlchemy's types: what an expression's type decides (operators, casts, names of results).
 *
 * types.def lists every type name of the language; a `struct type` is one of them with its
 * arguments. Immutable; the plain ones are static, the others live in the arena. */
#ifndef COMPILER_TYPES_H
#define COMPILER_TYPES_H

#include "compiler/str.h"

struct compilation;
struct relation_column;
struct text;
struct tree_type;

/* Which family decides about operators (SQLAlchemy's _type_affinity). */
enum affinity {
	AFFINITY_NULL, /* unknown */
	AFFINITY_INTEGER,
	AFFINITY_NUMERIC,
	AFFINITY_STRING,
	AFFINITY_BOOLEAN,
	AFFINITY_DATE,
	AFFINITY_DATETIME,
	AFFINITY_TIME,
	AFFINITY_INTERVAL,
	AFFINITY_BINARY,
	AFFINITY_JSON,
	AFFINITY_ARRAY,
	AFFINITY_HSTORE,
	AFFINITY_RANGE,
	AFFINITY_UUID,
	AFFINITY_NAMED, /* reflected ENUM and DOMAIN */
	AFFINITY_TUPLE,
	AFFINITY_OTHER, /* INET, MONEY, TSVECTOR …: each type is a family of its own, compare by id */
};

/* One constant per row of types.def: TYPE_Integer, TYPE_JSONB … in SQLAlchemy's own spelling. */
enum type_id {
	TYPE_NullType,
#define TYPE(id, affinity, sql, parameters, summary, example) TYPE_##id,
#include "compiler/types.def"
	TYPE_COUNT
};

struct type {
	enum type_id id;
	/* arguments; -1 or empty when not given */
	int32_t precision;
	int32_t scale;
	int32_t length;
	int32_t dimensions;
	bool timezone;
	bool varying;      /* BIT */
	bool none_as_null; /* JSON */
	bool zero_indexes; /* ARRAY */
	bool not_native;   /* Enum(native_enum=False), Uuid(native_uuid=False) */
	struct str fields; /* INTERVAL fields: DAY TO SECOND */
	struct str collation;
	struct str schema; /* ENUM, DOMAIN and types by name */
	struct str name;
	struct str sql; /* TYPE_Named: the type exactly as written behind `::` or reflected */
	const struct type *item; /* ARRAY; the base of a DOMAIN */
};

extern const struct type type_null;
enum affinity type_affinity(const struct type *t);
/* The static, argument-less type of this id. */
const struct type *type_plain(enum type_id id);
/* Same family: equal affinity, and for AFFINITY_OTHER the same id. */
bool type_same_affinity(const struct type *a, const struct type *b);
/* ARRAY, String family, JSON, HSTORE: `+` may mean `||`. */
bool type_is_concatenable(const struct type *t);
bool type_is_null(const struct type *t);
bool type_is_multirange(const struct type *t);
/* The base of a DOMAIN, any other type itself: whose methods and `+` it has. */
const struct type *type_acting(const struct type *t);
/* Its collation, or that of an array's items; empty: none. CAST writes it behind its parentheses. */
struct str type_collation(const struct type *t);
/* A copy with another collation. */
const struct type *type_collated(struct compilation *c, const struct type *t, struct str collation);
/* The general type of this family: TYPE_Integer of BIGINT; TYPE_NullType when it has none. */
enum type_id type_family(enum affinity a);
/* SQLAlchemy's name of it, for messages. */
const char *type_name(const struct type *t);
/* The type of a reflected column, by format_type()'s rules. */
const struct type *type_reflected(struct compilation *c, const struct relation_column *column);
/* The type of a value that a client declares by this OID of pg_catalog: what Python would have in its
 * place, so type_null for JSON and arrays, and for OIDs that are not known. */
const struct type *type_declared(uint32_t oid);
/* The type named behind `::`; unknown names become TYPE_Named and are written as they were. */
const struct type *type_written(struct compilation *c, const struct tree_type *written);
const struct type *type_array_of(struct compilation *c, const struct type *item);
/* Writes the type as CAST wants it, without a collation. Fails (at `at`) for what PostgreSQL has
 * not. */
void type_print(struct compilation *c, struct text *out, const struct type *t, struct span at);

#endif
