/* The seams within the middle of the room: evaluation (program.c), column expressions (expr.c),
 * FROM objects (from.c) and printing (print.c) meet here. */
#ifndef COMPILER_RESOLVE_H
#define COMPILER_RESOLVE_H

#include "compiler/query.h"
#include "compiler/value.h"

struct call;
struct tree;
struct tree_program;
struct tree_type;
struct compile_result;

/* ---- program.c: evaluation ---- */

/* Evaluates bindings and statement; what comes back is a statement (a bare expression or FROM is
 * selected). */
struct statement *program_evaluate(struct compilation *c, const struct tree_program *program);
/* Notes as wants all relation names the program mentions and the catalog was not asked for. */
void program_collect_names(struct compilation *c, const struct tree_program *program);

/* ---- coerce.c: a value in a role (sql/coercions.py) ---- */

/* An operand or argument: literals become binds (typed by `like` when given: the other operand's
 * column, with `op`), None/True/False constants where SQLAlchemy makes them so, selects scalar
 * subqueries. `body` names the bind when there is no `like`. */
struct node *coerce_operand(struct compilation *c, struct value v, struct node *like, const struct op *op);
struct node *coerce_where(struct compilation *c, struct value v);      /* WHERE, HAVING, FILTER, WHEN */
struct node *coerce_on(struct compilation *c, struct value v);         /* ON */
struct node *coerce_order_by(struct compilation *c, struct value v);   /* also GROUP BY with role "GROUP BY" */
struct node *coerce_group_by(struct compilation *c, struct value v);
struct node *coerce_limit(struct compilation *c, struct value v, const char *what); /* NULL for None */
struct node *coerce_expression(struct compilation *c, struct value v); /* anything as a column expression, a literal is a bind named "param" */
struct entity *coerce_columns_clause(struct compilation *c, struct value v);
/* A type: Integer, Numeric(10, 2), or None for the unknown one. Fails (42804) on anything else. */
const struct type *coerce_type(struct compilation *c, const struct value *v);
/* A value for a column of INSERT or UPDATE, or for ON CONFLICT SET: serialized by the column's type,
 * binary ones grouped; `named` false makes it an anonymous "param" (in CTEs and ON CONFLICT). */
struct node *coerce_assigned(struct compilation *c, struct value v, struct node *column, bool named);
struct from *coerce_from(struct compilation *c, struct value v);        /* select_from */
struct from *coerce_join_target(struct compilation *c, struct value v);
struct statement *coerce_compound_element(struct compilation *c, struct value v);

/* ---- expr.c: building column expressions (elements.py, default_comparator.py) ---- */

/* left op right for the operators of the text; either side may be a literal. */
struct value expr_binary(struct compilation *c, int tree_op, struct value left, struct value right, struct span at, struct span word);
struct value expr_unary(struct compilation *c, int tree_op, struct value operand, struct span at);
struct value expr_index(struct compilation *c, struct value object, struct value index, struct span at);
struct node *expr_and(struct compilation *c, const struct vec *clauses, struct span at); /* with folding */
struct node *expr_or(struct compilation *c, const struct vec *clauses, struct span at);
struct node *expr_eq(struct compilation *c, struct node *left, struct node *right, struct span at); /* column = column, for joins */
/* The element as an operand of `against` (NULL: none): in parentheses where SQLAlchemy puts them. */
struct node *expr_group(struct compilation *c, struct node *n, const struct op *against);
struct node *expr_bind(struct compilation *c, const struct literal *value, const struct type *type, struct str body);

/* The type whose methods the expression has: a domain's base, what PostgreSQL is known to give for a
 * function of which SQLAlchemy knows nothing; else its own. */
const struct type *expr_acting_type(struct compilation *c, const struct node *n);

/* What program.c hands over while it evaluates. */
/* A leaf of the tree that is a value: STRING, BITS, INTEGER, FLOAT, CONSTANT, PARAMETER. */
struct value literal_from_tree(struct compilation *c, const struct tree *t);
/* The collection (VALUE_LIST, TUPLE, SET, DICT) of these items; its `literal` is set when all of
 * them are literals. `items` is kept. */
struct value literal_collection(struct compilation *c, enum value_kind kind, struct value *items, size_t count, struct span span);
struct value expr_array(struct compilation *c, const struct value *items, size_t count, struct span span); /* ARRAY[…] */
struct value expr_typed(struct compilation *c, struct value v, const struct tree_type *type, struct span span); /* v::type */
/* A call of func.name: positional arguments in `rest`, keywords in `keywords`; `self` is the VALUE_FUNC. */
struct value expr_function(struct compilation *c, struct call *call);
/* x.op("@@")(y): what op(), bool_op() gave is a VALUE_OPERATOR whose items[0] is x; program.c calls it. */
struct value expr_apply(struct compilation *c, const struct value *operator_, struct value right, struct span span);

/* ---- from.c, lineage.c, join.c: FROM objects (selectable.py, util.py) ---- */

/* The columns of a FROM, made on first use: their keys, names, types, lineage. */
const struct vec *from_columns(struct compilation *c, struct from *f);
/* By key; NULL when there is none. */
struct node *from_column(struct compilation *c, struct from *f, struct str key);
struct str from_description(struct compilation *c, const struct from *f); /* in messages */
/* The column of `f` that stands for `column`, or NULL (corresponding_column). */
struct node *from_corresponding(struct compilation *c, struct from *f, struct node *column);
bool node_shares_lineage(struct compilation *c, const struct node *a, const struct node *b);
/* The ON clause that the foreign keys between the two imply; fails as SQLAlchemy does when there are
 * none or several. With `probe`, gives NULL instead of failing. */
struct node *join_condition(struct compilation *c, struct from *left, struct from *right, struct span at, bool probe);
/* is_derived_from(): whether `f` is `part`, a join that holds it, an alias of it, or a subquery or CTE
 * that selects from it. */
bool from_contains(struct compilation *c, const struct from *f, const struct from *part);

/* ---- labels.c: names of a select's columns (_generate_columns_plus_names) ---- */

/* One column of a select as it will be named. */
struct labelled {
	struct node *node;
	struct name required;  /* printed AS …: none when the column needs no label */
	struct name fallback;  /* the name when a wrapper (subquery) asks for one and `required` is none */
	struct str proxy_key;  /* its key in a subquery's collection, with the _1, _2 of repeats */
	struct name proxy_name; /* its name there: not always the printed one (repeats keep theirs) */
	bool has_proxy;        /* false: not in the subquery's collection (text) */
	bool repeated;
};
/* Of struct labelled *. Names are fixed per statement: calling twice gives the same anonymous names. */
const struct vec *labels_of(struct compilation *c, struct statement *s);

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
