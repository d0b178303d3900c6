/* Writes values and names into SQL so that they can never leave their quotes. */
#ifndef COMPILER_QUOTE_H
#define COMPILER_QUOTE_H

#include "compiler/encoding.h"
#include "compiler/text.h"

/* A string literal that means `value` whatever standard_conforming_strings is: '…', or E'…' when
 * there is a backslash in it. E'…' must not follow a letter or digit: the caller sees to a blank.
 * A value the server could not hold (a NUL, half a character) comes out as an escape that the
 * server refuses. */
void quote_literal(struct text *out, struct str value, const struct encoding *e);
/* Whether the name must be quoted to mean itself: it is a reserved word, begins with a digit or $,
 * or has a character outside a-z 0-9 _ $. An empty name must. */
bool quote_is_needed(struct str name);
/* The name, in double quotes where it must be. */
void quote_identifier(struct text *out, struct str name);
/* The name in double quotes, always. */
void quote_name(struct text *out, struct str name);
/* SELECT '…'::pg_catalog.text AS sql: a query that answers the text `sql` (`expr sql`). */
void quote_text_as_select(struct text *out, struct str sql, const struct encoding *e);

#endif
