/* How compiled SQL is put where an expression stood, so that the SQL around it still means the same.
 *
 * SQL has places where a query cannot stand as it is. A LIMIT behind UNION would belong to the whole
 * union: there a query goes into parentheses. `WITH a AS (…) WITH b AS (…) SELECT` is a syntax error,
 * with parentheses too: there a query becomes `SELECT * FROM (…) AS x`, with its own scope of names,
 * and CTEs that must stay at the top level, because a statement with them or one of them modifies
 * data, join the list that stands before them.
 */
#ifndef PROXY_SPLICE_H
#define PROXY_SPLICE_H

#include "compiler/tagged.h"
#include "compiler/text.h"

/* What stands before an expression. */
struct splice_place {
	bool behind_set_operation; /* UNION, INTERSECT, EXCEPT [ALL | DISTINCT] */
	bool behind_ctes;          /* WITH a AS (…), and its main statement is still to come */
	bool recursive;            /* …and it is WITH RECURSIVE */
};

/* The places of all expressions of a text, in the arena. Linear in the text. */
struct splice_place *splice_places(struct arena *arena, struct str text, struct sqllex_rules rules,
                                   const struct tagged *tagged);

/* What to write: `before`, the SQL from byte `skip` on, `after`. */
struct splice {
	struct str before;
	size_t skip;
	struct str after;
	bool impossible; /* the CTEs would have to join a list that is not RECURSIVE, but are */
};

/* How `sql` is to be written in place of text[start, end). */
struct splice splice_of(struct str sql, struct sqllex_rules rules, const struct splice_place *place,
                        struct str text, size_t start, size_t end);

/* Appends the query that answers the text `sql` in place of what it asks (`expr sql`). The server wants
 * to know the type of every parameter it is given: a query says so by standing where it is analysed but
 * never run; parameters of another statement are taken for text unless the client has declared them. */
void splice_shown(struct text *out, struct str sql, struct sqllex_rules rules);

#endif
