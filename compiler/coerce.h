/* Values in the roles that the parts of a statement play: SQLAlchemy's sql/coercions.py.
 *
 * A role says what a literal becomes (a bind, a constant, SQL text, an error), what stands for a
 * select, and how it is all called when something else is given: 42804 at the value. coerce.c has the
 * roles of column expressions, coerce_from.c those of FROM objects. */
#ifndef COMPILER_COERCE_H
#define COMPILER_COERCE_H

#include "compiler/query.h"
#include "compiler/value.h"

/* ---- coerce.c: operands and elements ---- */

/* ExpressionElementRole: a literal becomes a bind with this body (empty: param) and type (NULL: its
 * own); None is NULL unless `type` is JSON. */
struct node *coerce_element(struct compilation *c, struct value v, struct str body,
                            const struct type *type);
/* BinaryElementRole with the type that a literal takes (bindparam_type) when it is not NULL. */
struct node *coerce_operand_typed(struct compilation *c, struct value v, struct node *like,
                                  const struct op *op, const struct type *type);
/* ByOfRole: window arguments, desc("name"). A label stays what it is. */
struct node *coerce_by(struct compilation *c, struct value v, const char *role);
/* The values of an argument that may be one or a list of them, each through coerce_by() and grouped
 * as a member of a list; absent and None give none. */
struct vec coerce_by_list(struct compilation *c, const struct value *v);
/* Fails: "<role> expected, got <v>." */
_Noreturn void coerce_fail(struct compilation *c, const struct value *v, const char *role,
                           const char *advice);
/* Whether the value beside `like` is JSON although SQLAlchemy would send it as it is. */
bool coerce_as_json(const struct literal *l, const struct node *like, const struct op *op);
/* The name of binds that are compared with `n`: a column's key, a function's name, or none. */
struct str coerce_bind_body(const struct node *n);
/* coerce_element() without a name and a type: anything as a column expression. */
struct node *coerce_expression(struct compilation *c, struct value v);
/* An operand beside `like` under `op`: a literal becomes a bind with the type that SQLAlchemy gives it
 * there. */
struct node *coerce_operand(struct compilation *c, struct value v, struct node *like,
                            const struct op *op);

/* ---- coerce.c: clauses ---- */

/* WHERE, HAVING, FILTER. */
struct node *coerce_where(struct compilation *c, struct value v);
/* False: it is a plain value that says neither true nor false, so that coerce_where() fails. */
bool coerce_is_criterion(struct compilation *c, const struct value *v);
struct node *coerce_on(struct compilation *c, struct value v);
/* An element of ORDER BY; a string is a name to be found when the statement is printed. */
struct node *coerce_order_by(struct compilation *c, struct value v);
/* An element of GROUP BY, likewise; a FROM object means all its columns. */
struct node *coerce_group_by(struct compilation *c, struct value v);
/* LIMIT, OFFSET, FETCH, as `what` says; NULL for None. */
struct node *coerce_limit(struct compilation *c, struct value v, const char *what);
struct entity *coerce_columns_clause(struct compilation *c, struct value v);
/* A value for a column of INSERT or UPDATE, or for ON CONFLICT SET: serialized by the column's type,
 * binary ones grouped; `named` false makes it an anonymous "param" (in CTEs and ON CONFLICT). */
struct node *coerce_assigned(struct compilation *c, struct value v, struct node *column,
                             bool named);
/* A type: Integer, Numeric(10, 2), or None for the unknown one. */
const struct type *coerce_type(struct compilation *c, const struct value *v);

/* ---- coerce_from.c ---- */

/* select_from() and its kin. */
struct from *coerce_from(struct compilation *c, struct value v);
/* SQL in the place of a FROM object: text(), literal_column(). */
struct from *coerce_from_text(struct compilation *c, struct node *text);
struct from *coerce_join_target(struct compilation *c, struct value v);
/* A member of a set operation. */
struct statement *coerce_compound_element(struct compilation *c, struct value v);

#endif
