/* What the words of statements and FROM objects share: building selects, subqueries, collections of
 * columns. */
#ifndef COMPILER_STATEMENTS_H
#define COMPILER_STATEMENTS_H

#include "compiler/query.h"
#include "compiler/value.h"

/* ---- columns.c: t.c, a VALUE_COLUMNS ---- */

/* All columns of the collection, of struct node *. */
const struct vec *columns_all(struct compilation *c, const struct value *columns);
/* The key of column i. */
struct str columns_key(struct compilation *c, const struct value *columns, size_t i);
/* The column of that key; fails with 42703 and the nearest keys. */
struct node *columns_get(struct compilation *c, const struct value *columns, struct str key,
                         struct span at);
/* NULL when there is none. */
struct node *columns_find(struct compilation *c, const struct value *columns, struct str key);
/* t.c["x"], t.c["x", "y"], t.c[0], t.c[1:3]. */
struct value columns_choose(struct compilation *c, const struct value *columns,
                            const struct value *index);
/* t.c of this FROM. */
struct value columns_of(struct from *f, struct span span);
/* A choice of columns, of struct node *, each under its own key. */
struct value columns_chosen(struct compilation *c, struct vec columns, struct span span);
/* selected_columns: the elements of the columns clause themselves. */
struct value columns_selected(struct compilation *c, struct statement *s, struct span span);
/* Notes the hint with the keys nearest to a misspelt one. */
void columns_hint(struct compilation *c, const struct value *columns, struct str key);

/* A copy of the column that belongs to `f` and stands for it. */
struct node *column_proxy(struct compilation *c, struct node *column, struct from *f);

/* ---- statement.c ---- */

/* select(*values); lists and collections among them are unpacked. */
struct statement *statement_select(struct compilation *c, const struct value *values, size_t count,
                                   struct span span);
/* select(f) */
struct statement *statement_select_from(struct compilation *c, struct from *f, struct span span);
/* Adds the value to the columns clause (or RETURNING) `entities`, unpacking lists and collections. */
void statement_add_entity(struct compilation *c, struct vec *entities, const struct value *v);
/* A subquery of the select: FROM_SUBQUERY, FROM_LATERAL, FROM_CTE. Without a name an anonymous one. */
struct from *statement_subquery(struct compilation *c, struct statement *s, enum from_kind kind,
                                struct name name, struct span span);
/* The one anonymous subquery that stands for the select where a FROM is wanted. */
struct from *statement_implicit_subquery(struct compilation *c, struct statement *s);
/* A copy with this label style, which a set operation hands to its first member, as SQLAlchemy does. */
struct statement *statement_styled(struct compilation *c, const struct statement *s,
                                   enum label_style style);
/* ( select ) as an expression. */
struct node *statement_scalar(struct compilation *c, struct statement *s, struct span span);
/* EXISTS ( select ) */
struct node *statement_exists(struct compilation *c, struct statement *s, struct span span);
/* A set operation of the statements, of struct statement *. Fails when their columns differ in
 * number. */
struct statement *statement_compound(struct compilation *c, enum set_operation operation,
                                     const struct vec *selects, struct span span);
/* An alias's name: as given, else made of the object's own. */
struct name alias_name(struct compilation *c, const struct from *f, struct name given);
/* Flattens lists and tuples among the values: [a, b] in the place of a, b. */
struct value *values_unpacked(struct compilation *c, const struct value *values, size_t count,
                              size_t *unpacked);
/* How the value would be written, for messages. */
struct str value_repr(struct compilation *c, const struct value *v);

/* ---- words_table_valued.c ---- */

/* f(x) AS name: a function in the FROM list. */
struct from *function_as_from(struct compilation *c, struct node *function, struct name name,
                              struct span span);

#endif
