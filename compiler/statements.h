/* What the words of statements and FROM objects share: building selects, collections of columns. */
#ifndef COMPILER_STATEMENTS_H
#define COMPILER_STATEMENTS_H

#include "compiler/query.h"
#include "compiler/value.h"

/* ---- columns.c: t.c ---- */

/* All columns of a VALUE_COLUMNS, of struct node *. */
const struct vec *columns_all(struct compilation *c, const struct value *columns);
/* The column of that key; fails with 42703 and the nearest keys. */
struct node *columns_get(struct compilation *c, const struct value *columns, struct str key,
			 struct span at);
/* NULL when there is none. */
struct node *columns_find(struct compilation *c, const struct value *columns, struct str key);
/* t.c["x"], t.c["x", "y"], t.c[0], t.c[1:3]. */
struct value columns_choose(struct compilation *c, const struct value *columns,
			    const struct value *index);
/* t.c of this FROM; a choice of columns. */
struct value columns_of(struct from *f, struct span span);
struct value columns_chosen(struct vec columns, struct span span);

/* ---- statement.c ---- */

/* select(*values); a list or a collection among them is unpacked. */
struct statement *statement_select(struct compilation *c, const struct value *values, size_t count,
				   struct span span);
/* Adds the value to the columns clause (or RETURNING) `entities`, unpacking collections. */
void statement_add_entity(struct compilation *c, struct vec *entities, struct value v);
/* The columns a statement exports as a FROM (selected_columns), of struct node *. */
const struct vec *statement_columns(struct compilation *c, struct statement *s);
/* An anonymous or named subquery of a select. */
struct from *statement_subquery(struct compilation *c, struct statement *s, struct name name,
				enum from_kind kind, struct span span);
/* ( select ) as an expression; `exists` when it is the operand of EXISTS. */
struct node *statement_scalar(struct compilation *c, struct statement *s, struct span span);

#endif
