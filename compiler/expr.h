/* Building column expressions: what expr_*.c, coerce.c and the words of expressions share; what the
 * rest of the room uses of it is in resolve.h.
 *
 * The functions mirror SQLAlchemy's sql/default_comparator.py and sql/elements.py, and are named
 * after what they make. Every one gives a new node. */
#ifndef COMPILER_EXPR_H
#define COMPILER_EXPR_H

#include "compiler/coerce.h"
#include "compiler/literal.h"
#include "compiler/operators.h"
#include "compiler/resolve.h"
#include "compiler/types.h"

/* ---- expr.c ---- */

/* left op right with its operands in parentheses where they need them; chains of associative
 * operators become one list (_construct_for_op). `negate` may be NULL. */
struct node *expr_construct(struct compilation *c, struct node *left, struct node *right,
                            const struct op *op, const struct type *type, const struct op *negate,
                            struct span span);
/* A BinaryExpression as it stands: never a list. */
struct node *expr_binary_node(struct compilation *c, struct node *left, struct node *right,
                              const struct op *op, const struct type *type, const struct op *negate,
                              struct span span);
/* An arithmetic or custom operator (_binary_operate); `result` NULL: by the types of both. With
 * `reverse`, `other` is the left side. */
struct node *expr_operate(struct compilation *c, struct node *expr, const struct op *op,
                          struct value other, bool reverse, const struct type *result,
                          struct span span);
/* UnaryExpression: an operator in front, or a modifier behind when the operator is one. */
struct node *expr_unary_node(struct compilation *c, const struct op *op, struct node *element,
                             const struct type *type, struct span span);
struct node *expr_constant(struct compilation *c, enum constant constant, struct span span);
struct node *expr_list(struct compilation *c, const struct op *op, const struct type *type,
                       const struct vec *items, bool group, struct span span);
/* ANY or ALL of an expression. */
struct node *expr_collection(struct compilation *c, enum op_id id, struct value v,
                             struct span span);
bool expr_is_collection(const struct node *n);
struct node *expr_cast(struct compilation *c, struct value v, const struct type *type,
                       struct span span);
/* EXTRACT(field FROM v); `field` is written as it is. */
struct node *expr_extract(struct compilation *c, struct str field, struct value v,
                          struct span span);
/* `name` with neither text nor anon: an anonymous one; `type` NULL: the element's. */
struct node *expr_label(struct compilation *c, struct node *element, struct name name,
                        const struct type *type, struct span span);
struct node *expr_tuple(struct compilation *c, struct node **items, size_t count, struct span span);
/* array([…]) of these; `item` NULL: the type of the first. */
struct node *expr_array_node(struct compilation *c, const struct vec *items,
                             const struct type *item, struct span span);
/* literal_column("…"), and "*". */
struct node *expr_verbatim(struct compilation *c, struct str text, const struct type *type,
                           struct span span);

/* ---- expr_group.c ---- */

/* ~n */
struct node *expr_negate(struct compilation *c, struct node *n, struct span span);
/* ( n ) */
struct node *expr_grouping(struct compilation *c, struct node *n);

/* ---- expr_compare.c ---- */

/* A comparison of any kind (_boolean_compare); None, True and False as SQLAlchemy takes them.
 * `result` NULL: Boolean. The node is the caller's to complete (escape, flags). */
struct node *expr_compare(struct compilation *c, struct node *expr, const struct op *op,
                          struct value other, bool reverse, const struct type *result,
                          struct span span);
/* in_(), not_in() by `op`. */
struct node *expr_in(struct compilation *c, struct node *expr, const struct op *op,
                     struct value list, struct span span);

/* ---- expr_call.c ---- */

/* func.name(arguments) of one package-less name, of type `type` (NULL: by the table). */
struct node *expr_call(struct compilation *c, struct str name, const struct value *arguments,
                       size_t count, const struct type *type, struct span span);

#endif
