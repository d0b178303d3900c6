/* The compiler's front door: one expression in, SQL and a source map out, or one error, or what it
 * must know of the catalog first.
 *
 * A function of its arguments: no I/O, no globals, no clock. The work is linear in the text; memory
 * is one arena with a budget. compile.c is the top of the room, and this page all that a caller needs
 * besides tagged.h, which finds the expressions, and catalog.h. */
#ifndef COMPILER_COMPILE_H
#define COMPILER_COMPILE_H

#include "compiler/catalog.h"
#include "compiler/sourcemap.h"
#include "compiler/str.h"

struct encoding; /* encoding.h */

/* Borrowed, with all that it points to, for the length of a call. */
struct compile_settings {
	const struct encoding *encoding; /* of the query text: the session's client_encoding */
	const struct encoding *server_encoding; /* NULL: taken to be the same */
	bool standard_conforming_strings;       /* of the session */
	bool cartesian_warnings;                /* lint FROM lists that nothing joins */
	uint32_t max_nesting; /* brackets and operators within each other; 0: the default */
	size_t memory;        /* the arena's budget in bytes; 0: the default */
	/* OIDs of the types that a Parse declares for $1, $2 …; 0: not declared. $n then stands for a
	 * value of that type; what is not declared takes the type its place implies. */
	const uint32_t *parameter_types;
	size_t parameter_count;
	/* compile_result.turn of an earlier call with the very same text and settings that ended in
	 * COMPILE_WANTS: if no other compilation came between, the text is not read again. 0: none. */
	uint64_t turn;
};

/* Something the compiler must know before it can go on. */
enum compile_want_kind {
	WANT_RELATION, /* by schema (may be empty) and name */
	WANT_OID,      /* by oid */
	/* For a hint: names of the schema (of what is visible, if it is empty) that resemble
	 * `name`, and the schemas that resemble the one or the other. */
	WANT_NEIGHBOURS,
};

struct compile_want {
	enum compile_want_kind kind;
	struct str schema;
	struct str name;
	uint32_t oid;
};

struct compile_error {
	char sqlstate[6]; /* PostgreSQL's code for such a mistake, and a NUL */
	/* The expression could not be read at all (wrong brackets, strings, syntax), so no statement
	 * of the query string may run, as with a syntax error of PostgreSQL's own; otherwise earlier
	 * statements run, as with an unknown column. */
	bool syntax;
	struct span span; /* the offending word, in the whole query text */
	struct str message;
	struct str detail; /* empty: none */
	struct str hint;   /* empty: none */
};

enum compile_outcome {
	COMPILE_DONE,   /* sql, map, warnings */
	COMPILE_WANTS,  /* wants: ask, extend the catalog, call again */
	COMPILE_FAILED, /* error */
};

/* A token of the client's text, a number or a string, that stands as it is in the SQL, and may be
 * another one of its kind: the same text with any other token of the same pattern.h there compiles
 * to this SQL with that token in these places. */
struct compile_constant {
	struct span token; /* in the query text */
	uint32_t out;      /* where it stands in the SQL */
};

struct compile_result {
	uint64_t turn; /* of this call; never 0 */
	struct str sql;
	struct sourcemap map; /* from `sql` to the query text */
	size_t constant_count;
	/* In the order of the SQL; a token may occur more than once. */
	const struct compile_constant *constants;
	size_t warning_count;
	const struct compile_warning {
		struct str message;
		struct span span;
	} * warnings;
	size_t want_count;
	const struct compile_want *wants;
	struct compile_error error;
};

/* Working memory that compilations reuse, one at a time. NULL when out of memory. */
struct compiler *compiler_new(void);
/* NULL is allowed. */
void compiler_free(struct compiler *compiler);

/* Compiles the expression that stands at `at` in `query` (tagged.h finds it). `catalog` may be
 * empty; names it was not asked for come back as wants, all that the text names at once, up to
 * 2048. What `result` points to is borrowed from the compiler until its next compilation, and from
 * `query` and `catalog`. */
enum compile_outcome compile_expression(struct compiler *compiler, struct str query, struct span at,
                                        const struct catalog *catalog,
                                        const struct compile_settings *settings,
                                        struct compile_result *result);

/* Bytes the last compilation took from its arena, for tests and benches. */
size_t compiler_memory(const struct compiler *compiler);

#endif
