/* What the words of INSERT, UPDATE, DELETE and ON CONFLICT share. */
#ifndef COMPILER_WORDS_DML_H
#define COMPILER_WORDS_DML_H

#include "compiler/query.h"
#include "compiler/value.h"

/* The keys and values of a dict, alternating; of a collection of columns, its keys and columns. False
 * for other values. */
bool value_pairs(struct compilation *c, const struct value *v, const struct value **items,
                 size_t *count);
/* Makes an assignment of one key and value. NULL when the table has no such column; `unknown` is then
 * its name. `named` is what coerce_assigned() takes. A column as key counts by its name; but in an
 * UPDATE one of another table would set the wrong column, and fails. */
struct assignment *assignment_make(struct compilation *c, const struct statement *s,
                                   const struct value *key, const struct value *value, bool named,
                                   struct str *unknown);
/* Fails: "Unconsumed column names". */
_Noreturn void fail_unconsumed(struct compilation *c, struct from *table, struct str names,
                               struct str first, struct span at);
/* Adds to the assignments, or takes the place of the one to the same column. */
void assignments_set(struct compilation *c, struct vec *assignments, struct assignment *a);
/* Fails when the statement is an UPDATE that sets nothing. */
void statement_check(struct compilation *c, const struct statement *s);

#endif
