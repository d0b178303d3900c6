/* Comparisons (_boolean_compare, _in_impl of sql/default_comparator.py). */
#include "compiler/call.h"
#include "compiler/compilation.h"
#include "compiler/expr.h"
#include "compiler/statements.h"

/* ------------------------------------------------------------------ None, True, False */

/* IS and its kin, which take no values. */
static bool is_identity(const struct op *op)
{
	return op->id == OP_is_ || op->id == OP_is_not || op->id == OP_is_distinct_from ||
	       op->id == OP_is_not_distinct_from;
}

/* The constant that the value is, as Python or SQLAlchemy spells it; NULL when it is none. */
static struct node *as_constant(struct compilation *c, const struct node *expr, const struct op *op,
                                const struct value *v)
{
	const struct literal *l = value_as_literal(v);

	if (v->kind == VALUE_NODE && v->node->kind == NODE_CONSTANT)
		return v->node;
	if (l == NULL)
		return NULL;
	if (l->kind == LITERAL_NONE)
		return expr_constant(c, CONSTANT_NULL, v->span);
	if (l->kind == LITERAL_BOOL && (is_identity(op) || !coerce_as_json(l, expr, op)))
		return expr_constant(c, l->number ? CONSTANT_TRUE : CONSTANT_FALSE, v->span);
	return NULL;
}

/* `==` and `!=` beside them are IS and IS NOT, except that booleans are equal as values are. */
static struct node *compare_constant(struct compilation *c, struct node *expr, const struct op *op,
                                     struct node *constant, const struct type *result,
                                     struct span span)
{
	const struct op *is;

	switch (op->id) {
	case OP_eq:
	case OP_ne:
		if (constant->constant != CONSTANT_NULL)
			return expr_construct(c, expr, constant, op, result, op_negate(op), span);
		is = op_of(op->id == OP_eq ? OP_is_ : OP_is_not);
		return expr_construct(c, expr, constant, is, result, op_negate(is), span);
	case OP_is_:
	case OP_is_not:
	case OP_is_distinct_from:
	case OP_is_not_distinct_from:
		return expr_construct(c, expr, constant, op, result, op_negate(op), span);
	default:
		fail(c, constant->span, SQLSTATE_INVALID_ARGUMENT,
		     "Only '=', '!=', 'is_()', 'is_not()', 'is_distinct_from()', "
		     "'is_not_distinct_from()' operators can be used with None/True/False");
	}
}

/* ------------------------------------------------------------------ comparisons */

struct node *expr_compare(struct compilation *c, struct node *expr, const struct op *op,
                          struct value other, bool reverse, const struct type *result,
                          struct span span)
{
	struct node *constant = as_constant(c, expr, op, &other);
	struct node *right;

	if (expr_is_collection(expr) && !reverse) { /* ANY and ALL stand on the right */
		op = op_mirror(op);
		reverse = true;
	}
	if (result == NULL)
		result = type_plain(TYPE_Boolean);
	/* IS $1 is no SQL, nor is IS 'true', which some drivers send in its place. */
	if (constant == NULL && value_as_literal(&other) != NULL &&
	    (op->id == OP_is_ || op->id == OP_is_not))
		op = op_of(op->id == OP_is_ ? OP_is_not_distinct_from : OP_is_distinct_from);
	if (constant != NULL && (!expr_is_collection(expr) || op->id == OP_is_distinct_from ||
	                         op->id == OP_is_not_distinct_from))
		return compare_constant(c, expr, op, constant, result, span);
	right = constant != NULL ? constant : coerce_operand(c, other, expr, op);
	if (reverse)
		return expr_construct(c, right, expr, op, result, op_negate(op), span);
	return expr_construct(c, expr, right, op, result, op_negate(op), span);
}

/* ------------------------------------------------------------------ IN */

static const char in_role[] = "IN expression list, SELECT construct, or bound parameter object";

/* x = ANY (array); NOT IN is != ALL. */
static struct node *in_array(struct compilation *c, struct node *expr, const struct op *op,
                             struct node *array, struct span span)
{
	bool is_not = op->id == OP_not_in_op;
	struct value v = value_node(array);
	struct node *collection;

	v.span = array->span;
	collection = expr_collection(c, is_not ? OP_all_op : OP_any_op, v, span);
	v = value_node(collection);
	return expr_compare(c, expr, op_of(is_not ? OP_ne : OP_eq), v, false, NULL, span);
}

/* A list of values is one bind. */
static struct node *in_values(struct compilation *c, struct node *expr, const struct op *op,
                              const struct literal *l, struct span span)
{
	const struct literal *first = l->count > 0 ? l->items[0] : NULL;
	const struct type *type = literal_type_beside(expr->type, first);
	struct node *bind;

	if (first != NULL && coerce_as_json(first, expr, op))
		type = type_acting(expr->type);
	bind = expr_bind(c, l, type, coerce_bind_body(expr));
	bind->bind.value = l; /* a list, beside a multirange too */
	bind->bind.expanding = true;
	return expr_construct(c, expr, bind, op, type_plain(TYPE_Boolean), op_negate(op), span);
}

/* ARRAY[1, 2] of values is what psycopg2 makes of a list that it is given as one parameter. */
static struct node *in_array_values(struct compilation *c, struct node *expr, const struct op *op,
                                    const struct literal *l, struct span span)
{
	struct node *bind = expr_bind(c, l, type_array_of(c, expr->type), coerce_bind_body(expr));

	bind->bind.typed = true;
	return in_array(c, expr, op, bind, span);
}

/* A list with expressions among its items. */
static struct node *in_expressions(struct compilation *c, struct node *expr, const struct op *op,
                                   const struct value *items, size_t count, struct span span)
{
	struct vec members = { 0 };
	struct node *list;

	for (size_t i = 0; i < count; i++) {
		struct value item = items[i];

		if (value_is_none(&item))
			item = value_node(expr_constant(c, CONSTANT_NULL, item.span));
		if (item.kind == VALUE_NODE)
			vec_push(c, &members, item.node);
		else
			vec_push(c, &members, coerce_operand(c, item, expr, op));
	}
	list = expr_list(c, op_of(OP_comma_op), &type_null, &members, true, span);
	return expr_construct(c, expr, expr_group(c, list, op), op, type_plain(TYPE_Boolean),
	                      op_negate(op), span);
}

static struct node *in_select(struct compilation *c, struct node *expr, const struct op *op,
                              struct statement *s, struct span at, struct span span)
{
	return expr_construct(c, expr, statement_scalar(c, s, at), op, type_plain(TYPE_Boolean),
	                      op_negate(op), span);
}

/* A FROM object: VALUES as they are, else SELECT … FROM it. */
static struct node *in_from(struct compilation *c, struct node *expr, const struct op *op,
                            const struct value *v, struct span span)
{
	struct from *f = v->from;
	struct node *n;

	if (f->kind != FROM_VALUES)
		return in_select(c, expr, op, statement_select(c, v, 1, v->span), v->span, span);
	n = node_new(c, NODE_FROM, v->span);
	n->from = NEW(c, struct from);
	*n->from = *f;
	n->from->values.scalar = true;
	return expr_construct(c, expr, n, op, type_plain(TYPE_Boolean), op_negate(op), span);
}

static struct node *in_node(struct compilation *c, struct node *expr, const struct op *op,
                            const struct value *v, struct span span)
{
	struct node *n = v->node;

	switch (n->kind) {
	case NODE_SCALAR_SELECT:
	case NODE_TEXT:
	case NODE_FROM:
		return expr_construct(c, expr, n, op, type_plain(TYPE_Boolean), op_negate(op),
		                      span);
	case NODE_GROUPING:
	case NODE_LIST:
		break;
	case NODE_ARRAY:
		if (n->array.literal != NULL)
			return in_array_values(c, expr, op, n->array.literal, span);
		return in_array(c, expr, op, n, span);
	case NODE_BIND:
		if (n->bind.value->kind == LITERAL_PARAMETER)
			return in_array(c, expr, op, n, span);
		if (literal_is_collection(n->bind.value) || n->bind.required) {
			n = node_clone(c, n);
			n->bind.expanding = true;
			return expr_construct(c, expr, n, op, type_plain(TYPE_Boolean),
			                      op_negate(op), span);
		}
		break;
	case NODE_FUNCTION:
		return in_select(c, expr, op, statement_select(c, v, 1, v->span), v->span, span);
	default:
		break;
	}
	if (type_affinity(type_acting(n->type)) == AFFINITY_ARRAY)
		hint(c, "An array is compared with x == any_(array).");
	coerce_fail(c, v, in_role, "");
}

static struct node *in_literal(struct compilation *c, struct node *expr, const struct op *op,
                               const struct value *v, struct span span)
{
	const struct literal *l = value_as_literal(v);
	struct str text;

	switch (l->kind) {
	case LITERAL_LIST:
	case LITERAL_TUPLE:
	case LITERAL_SET:
		return in_values(c, expr, op, l, span);
	case LITERAL_TYPED:
		if (type_affinity(l->type) == AFFINITY_ARRAY)
			return in_array(c, expr, op, expr_bind(c, l, NULL, coerce_bind_body(expr)),
			                span);
		break;
	case LITERAL_PARAMETER:
		return in_array(c, expr, op, expr_bind(c, l, NULL, coerce_bind_body(expr)), span);
	case LITERAL_STRING: /* an array's text, as drivers send it that fill in values themselves */
		text = literal_text(l);
		if (text.n >= 2 && text.p[0] == '{' && text.p[text.n - 1] == '}')
			return in_array_values(c, expr, op, l, span);
		break;
	default:
		break;
	}
	coerce_fail(c, v, in_role, "");
}

struct node *expr_in(struct compilation *c, struct node *expr, const struct op *op,
                     struct value list, struct span span)
{
	const struct value *items;
	size_t count;

	if (expr_is_collection(expr))
		fail(c, span, SQLSTATE_INVALID_ARGUMENT,
		     "in_() is not for ANY/ALL: compare with ==");
	switch (list.kind) {
	case VALUE_NODE:
		return in_node(c, expr, op, &list, span);
	case VALUE_FROM:
		return in_from(c, expr, op, &list, span);
	case VALUE_STATEMENT:
		if (statement_is_select(list.statement))
			return in_select(c, expr, op, list.statement, list.span, span);
		break;
	case VALUE_COLUMNS: {
		const struct vec *columns = columns_all(c, &list);
		struct value *nodes = arena_array(&c->arena, columns->n + 1, sizeof(*nodes));

		for (size_t i = 0; i < columns->n; i++)
			nodes[i] = value_node(columns->items[i]);
		return in_expressions(c, expr, op, nodes, columns->n, span);
	}
	default:
		if (value_as_literal(&list) != NULL)
			return in_literal(c, expr, op, &list, span);
		if (list.kind != VALUE_DICT && value_items(c, &list, &items, &count))
			return in_expressions(c, expr, op, items, count, span);
		break;
	}
	coerce_fail(c, &list, in_role, "");
}
