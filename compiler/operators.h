/* SQLAlchemy's operators: how they bind, what negates them, when an operand needs parentheses.
 *
 * operators.def lists them. Operators are compared by address: the static ones are op_of(id), those
 * of op() and bool_op() are arena copies of OP_custom_op. */
#ifndef COMPILER_OPERATORS_H
#define COMPILER_OPERATORS_H

#include "compiler/str.h"

struct compilation;
struct type;

enum op_id {
#define OPERATOR(id, sql, precedence, flags, negate, mirror) OP_##id,
#include "compiler/operators.def"
	OP_COUNT
};

struct op {
	enum op_id id;
	int precedence;
	const char *name; /* SQLAlchemy's, for messages: getitem */
	/* With its blanks: " = ", "NOT ", " DESC"; empty: a rule of its own prints it. */
	struct str sql;
	enum op_id negate;              /* OP_none: none */
	enum op_id mirror;              /* OP_none: none */
	const struct type *return_type; /* op(return_type=…); NULL: by the rules */
	bool comparison; /* the result is boolean, and the linter counts it as a join */
	bool boolean;    /* the result is boolean: comparisons, AND, OR, NOT */
	bool commutative;
	bool associative;
	bool self_precedent; /* no parentheses within itself */
	bool eager;          /* in parentheses within any other operator */
	bool custom;         /* custom_op, PostgreSQL's among them */
};

/* The static operator. */
const struct op *op_of(enum op_id id);
/* A method, or a name of the module operators, that is an operator. */
struct op_method {
	const char *name;
	enum op_id op;
};
/* The operator of that name; op_of(OP_none) when the table has none. */
const struct op *op_of_method(const struct op_method *methods, size_t count, const char *name);
/* What `~` makes of it; NULL: nothing. */
const struct op *op_negate(const struct op *op);
/* The operator with its sides swapped: > for <; itself when there is none. */
const struct op *op_mirror(const struct op *op);
/* Whether an operand whose own operator is `op` needs parentheses within `against` (NULL: within
 * nothing that is known): is_precedent() of sql/operators.py. */
bool op_needs_group(const struct op *op, const struct op *against);
/* A custom operator, x.op("sql"): `sql` is the bare text. */
const struct op *op_custom(struct compilation *c, struct str sql, int precedence, bool comparison,
                           const struct type *return_type);

#endif
