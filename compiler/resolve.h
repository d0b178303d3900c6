/* The seams of the middle of the room: what evaluation, column expressions and printing use of
 * each other, upwards too. What only files above a module use is in that module's own header. */
#ifndef COMPILER_RESOLVE_H
#define COMPILER_RESOLVE_H

#include "compiler/query.h"
#include "compiler/tree.h"
#include "compiler/value.h"

struct compile_result;

/* ---- program.c: evaluation ---- */

/* Evaluates bindings and statement; what comes back is a statement (a bare expression or FROM is
 * selected). */
struct statement *program_evaluate(struct compilation *c, const struct tree_program *program);
/* Notes as wants all relation names that the program mentions and the catalog was not asked for, and
 * what paths it follows: to be called before a compilation ends for want of one of them, so that it
 * does not end for the next one after that. */
void program_collect_names(struct compilation *c);

/* ---- expr*.c: column expressions (elements.py, default_comparator.py) ---- */

/* left op right for an operator of the text, the word at `word`. Either side may be a literal: two are
 * folded as Python folds them. */
struct value expr_binary(struct compilation *c, enum tree_op op, struct value left,
                         struct value right, struct span at, struct span word);
struct value expr_unary(struct compilation *c, enum tree_op op, struct value operand,
                        struct span at);
/* object[index] */
struct value expr_index(struct compilation *c, struct value object, struct value index,
                        struct span at);
/* ARRAY[…] */
struct value expr_array(struct compilation *c, const struct value *items, size_t count,
                        struct span span);
/* v::type */
struct value expr_typed(struct compilation *c, struct value v, const struct tree_type *type,
                        struct span span);
/* A call of func.name: positional arguments in `rest`, keywords in `keywords`; `self` is the
 * VALUE_FUNC. */
struct value expr_function(struct compilation *c, struct call *call);
/* x.op("@@")(y): what op() and bool_op() gave is a VALUE_OPERATOR whose items[0] is x. */
struct value expr_apply(struct compilation *c, const struct value *operator_, struct value right,
                        struct span span);
/* The criteria in one, constants among them folded as SQLAlchemy folds them. */
struct node *expr_and(struct compilation *c, const struct vec *clauses, struct span at);
struct node *expr_or(struct compilation *c, const struct vec *clauses, struct span at);
/* column = column, for joins */
struct node *expr_eq(struct compilation *c, struct node *left, struct node *right, struct span at);
/* The element as an operand of `against` (NULL: none): in parentheses where SQLAlchemy puts them. */
struct node *expr_group(struct compilation *c, struct node *n, const struct op *against);
/* A bind of the value with an anonymous name of this body (empty: param); `type` NULL: the value's. */
struct node *expr_bind(struct compilation *c, const struct literal *value, const struct type *type,
                       struct str body);
/* The type whose methods the expression has: a domain's base, what PostgreSQL is known to give for a
 * function of which SQLAlchemy knows nothing; else its own. */
const struct type *expr_acting_type(struct compilation *c, const struct node *n);

/* ---- statement.c ---- */

/* The elements of a statement's columns clause or RETURNING that are columns (text() is none), of
 * struct node *; of a set operation, its first member's (_all_selected_columns). */
const struct vec *statement_columns(struct compilation *c, struct statement *s);

/* ---- select_froms.c ---- */

/* The FROM list of a select before correlation, its joins made: of struct from *. */
struct vec select_froms(struct compilation *c, struct statement *s);

/* ---- print.c ---- */

/* Prints the statement; the SQL and the map land in `result`, warnings in the compilation. */
void print_statement(struct compilation *c, struct statement *s, struct compile_result *result);

#endif
