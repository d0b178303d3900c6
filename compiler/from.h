/* FROM objects: their columns, which column stands for which, what joins two of them (SQLAlchemy's
 * selectable.py and util.py). The files are from.c, lineage.c and join.c. */
#ifndef COMPILER_FROM_H
#define COMPILER_FROM_H

#include "compiler/query.h"

/* The columns of a FROM, made on first use: their keys, names, types, lineage. */
const struct vec *from_columns(struct compilation *c, struct from *f);
/* Column i of them, without the others where that can be. */
struct node *from_column_at(struct compilation *c, struct from *f, size_t i);
/* The relation that `f` is, or is an alias of, so that their columns are the same one for one;
 * NULL: none. Such columns are made one by one, when they are asked for; those of others all at
 * once. */
const struct relation *from_relation(const struct from *f);
/* The key of column i in the collection: for a join table_column, else the column's own. */
struct str from_key(struct compilation *c, struct from *f, size_t i);
/* By key; NULL when there is none. */
struct node *from_column(struct compilation *c, struct from *f, struct str key);
/* What messages call it. */
struct str from_description(struct compilation *c, const struct from *f);
/* The column of `f` that stands for `column`, or NULL (corresponding_column). */
struct node *from_corresponding(struct compilation *c, struct from *f, struct node *column);
/* Whether one stands for the other, or both for a third (shares_lineage). */
bool node_shares_lineage(struct compilation *c, const struct node *a, const struct node *b);
/* The ON clause that the foreign keys between the two imply; fails as SQLAlchemy does when there are
 * none or several. With `probe`, gives NULL instead of failing. */
struct node *join_condition(struct compilation *c, struct from *left, struct from *right,
                            struct span at, bool probe);
/* is_derived_from(): whether `f` is `part`, a join that holds it, an alias of it, or a subquery or CTE
 * that selects from it. */
bool from_contains(struct compilation *c, const struct from *f, const struct from *part);

#endif
