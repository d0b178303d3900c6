/* Parentheses and negation (self_group(), _negate() of sql/elements.py), AND and OR. */
#include "compiler/compilation.h"
#include "compiler/expr.h"
#include "compiler/labels.h"

struct node *expr_grouping(struct compilation *c, struct node *n)
{
	struct node *g = node_new(c, NODE_GROUPING, n->span);

	g->grouping = n;
	g->type = n->type;
	return g;
}

static bool is_boolean(const struct node *n)
{
	return type_affinity(n->type) == AFFINITY_BOOLEAN;
}

/* AsBoolean: a boolean column or call that stands as a criterion, or the negation of one. */
static struct node *as_boolean(struct compilation *c, struct node *n, enum op_id id)
{
	struct node *b = node_new(c, NODE_UNARY, n->span);

	b->unary.op = op_of(id);
	b->unary.element = n;
	b->unary.wraps_column = true;
	b->type = type_plain(TYPE_Boolean);
	return b;
}

static bool is_any_or_all(const struct op *op)
{
	return op != NULL && (op->id == OP_any_op || op->id == OP_all_op);
}

/* ColumnElement.self_group() */
static struct node *group_plain(struct compilation *c, struct node *n, const struct op *against)
{
	if (against != NULL &&
	    (against->id == OP_and_ || against->id == OP_or_ || against->id == OP_asbool) &&
	    is_boolean(n))
		return as_boolean(c, n, OP_is_true);
	return is_any_or_all(against) ? expr_grouping(c, n) : n;
}

/* OperatorExpression.self_group() */
static struct node *group_operator(struct compilation *c, struct node *n, const struct op *op,
                                   bool may_group, const struct op *against)
{
	if ((may_group && op_needs_group(op, against)) ||
	    (against != NULL && against->id == OP_inv && !op->boolean))
		return expr_grouping(c, n);
	return n;
}

/* A label stands for what it labels; its own parentheses are those of the label. */
static struct node *label_inner(const struct node *label)
{
	struct node *inner = label->label.element;

	return inner->kind == NODE_GROUPING ? inner->grouping : inner;
}

static struct node *relabelled(struct compilation *c, struct node *label, struct node *inner)
{
	struct node *copy;

	if (inner == label_inner(label))
		return label;
	copy = node_clone(c, label);
	copy->label.element = expr_group(c, inner, op_of(OP_as_));
	return copy;
}

static struct node *group_type_coerce(struct compilation *c, struct node *n,
                                      const struct op *against)
{
	struct node *inner = expr_group(c, n->cast.element, against);
	struct node *copy;

	if (inner == n->cast.element)
		return n;
	copy = node_clone(c, n);
	copy->cast.element = inner;
	return copy;
}

static bool is_list_empty(const struct node *n)
{
	return n->list.items.n == 0 && n->list.op->boolean;
}

struct node *expr_group(struct compilation *c, struct node *n, const struct op *against)
{
	switch (n->kind) {
	case NODE_BINARY:
		return group_operator(c, n, n->binary.op, true, against);
	case NODE_LIST:
		if (is_list_empty(n))
			return n;
		return group_operator(c, n, n->list.op, !n->list.ungrouped, against);
	case NODE_UNARY:
		if (n->unary.op == NULL || node_is_as_boolean(n) ||
		    !op_needs_group(n->unary.op, against))
			return n;
		return expr_grouping(c, n);
	case NODE_FILTER:
		return op_needs_group(op_of(OP_filter_op), against) ? expr_grouping(c, n) : n;
	case NODE_LABEL:
		return relabelled(c, n, expr_group(c, label_inner(n), against));
	case NODE_TYPE_COERCE:
		return group_type_coerce(c, n, against);
	case NODE_TEXT:
		return against != NULL && against->id == OP_in_op ? expr_grouping(c, n) : n;
	case NODE_ARRAY:
		return is_any_or_all(against) || (against != NULL && against->id == OP_getitem)
		               ? expr_grouping(c, n)
		               : n;
	case NODE_FUNCTION:
		if (against != NULL && against->id == OP_getitem &&
		    type_affinity(expr_acting_type(c, n)) == AFFINITY_ARRAY)
			return expr_grouping(c, n);
		return group_plain(c, n, against);
	case NODE_GROUPING:
	case NODE_SCALAR_SELECT:
	case NODE_TUPLE:
	case NODE_SLICE:
	case NODE_AGGREGATE_ORDER_BY:
	case NODE_TEXT_REFERENCE:
	case NODE_LABEL_REFERENCE:
		return n;
	default:
		return group_plain(c, n, against);
	}
}

/* ------------------------------------------------------------------ negation */

/* UnaryExpression(operator=inv) of ClauseElement._negate() and its kin. */
static struct node *not_node(struct compilation *c, struct node *n, const struct type *type,
                             bool wraps_column, struct span span)
{
	struct node *u =
		expr_unary_node(c, op_of(OP_inv), expr_group(c, n, op_of(OP_inv)), type, span);

	u->unary.wraps_column = wraps_column;
	return u;
}

/* ColumnElement._negate() */
static struct node *negate_plain(struct compilation *c, struct node *n, struct span span)
{
	if (is_boolean(n))
		return as_boolean(c, n, OP_is_false);
	return not_node(c, n, &type_null, true, span);
}

static struct node *negate_binary(struct compilation *c, struct node *n, struct span span)
{
	struct node *copy;

	if (n->binary.negate == NULL)
		return expr_negate(c, expr_group(c, n, NULL), span);
	copy = node_clone(c, n);
	copy->span = span;
	copy->binary.op = n->binary.negate;
	copy->binary.negate = n->binary.op;
	return copy;
}

static struct node *negate_unary(struct compilation *c, struct node *n, struct span span)
{
	struct node *element = n->unary.element;

	if (node_is_as_boolean(n)) {
		if (element->kind == NODE_CONSTANT)
			return expr_negate(c, element, span);
		return as_boolean(c, element,
		                  n->unary.op->id == OP_is_true ? OP_is_false : OP_is_true);
	}
	if (is_boolean(n))
		return not_node(c, n, type_plain(TYPE_Boolean), n->unary.wraps_column, span);
	return not_node(c, n, &type_null, false, span);
}

/* What it negates was built by the parser's bounded recursion, so this may recurse. */
struct node *expr_negate(struct compilation *c, struct node *n, struct span span)
{
	if (expr_is_collection(n))
		fail(c, span, SQLSTATE_INVALID_ARGUMENT,
		     "Only comparison operators may be used with ANY/ALL");
	switch (n->kind) {
	case NODE_BINARY:
		return negate_binary(c, n, span);
	case NODE_LIST:
		return not_node(c, n, &type_null, true, span);
	case NODE_UNARY:
		return negate_unary(c, n, span);
	case NODE_CONSTANT:
		if (n->constant == CONSTANT_NULL)
			return negate_plain(c, n, span);
		return expr_constant(
			c, n->constant == CONSTANT_TRUE ? CONSTANT_FALSE : CONSTANT_TRUE, span);
	case NODE_LABEL:
		return relabelled(c, n, expr_negate(c, label_inner(n), span));
	case NODE_TEXT: /* fails in SQLAlchemy; what the text holds is not known, so in parentheses */
		return not_node(c, expr_grouping(c, n), &type_null, false, span);
	default:
		return negate_plain(c, n, span);
	}
}

/* ------------------------------------------------------------------ AND and OR */

static bool is_constant(const struct node *n, enum constant constant)
{
	return n->kind == NODE_CONSTANT && n->constant == constant;
}

/* The members that are left after folding: `skip` decides alone, `pass` says nothing. */
static struct vec fold_members(struct compilation *c, const struct vec *clauses, enum constant pass,
                               enum constant skip)
{
	struct vec kept = { 0 };
	struct node *passed = NULL;

	for (size_t i = 0; i < clauses->n; i++) {
		struct node *n = clauses->items[i];

		if (is_constant(n, pass)) {
			passed = n;
		} else if (is_constant(n, skip)) {
			memset(&kept, 0, sizeof(kept));
			vec_push(c, &kept, n);
			return kept;
		} else {
			vec_push(c, &kept, n);
		}
	}
	if (kept.n == 0 && passed != NULL)
		vec_push(c, &kept, passed);
	return kept;
}

/* Members of the same operator join the list. */
static void push_flattened(struct compilation *c, struct vec *out, struct node *n,
                           const struct op *op)
{
	if (n->kind == NODE_LIST && n->list.op == op && !n->list.ungrouped)
		vec_join(c, out, &n->list.items);
	else
		vec_push(c, out, n);
}

static struct node *conjunction(struct compilation *c, const struct vec *clauses, enum op_id id,
                                struct span at)
{
	const struct op *op = op_of(id);
	bool is_and = id == OP_and_;
	struct vec kept = fold_members(c, clauses, is_and ? CONSTANT_TRUE : CONSTANT_FALSE,
	                               is_and ? CONSTANT_FALSE : CONSTANT_TRUE);
	struct vec members = { 0 };
	struct node *list;

	if (kept.n == 1)
		return expr_group(c, kept.items[0], op_of(OP_asbool));
	for (size_t i = 0; i < kept.n; i++)
		push_flattened(c, &members, expr_group(c, kept.items[i], op), op);
	list = node_new(c, NODE_LIST, at);
	list->list.op = op;
	list->list.items = members;
	list->type = type_plain(TYPE_Boolean);
	return list;
}

struct node *expr_and(struct compilation *c, const struct vec *clauses, struct span at)
{
	return conjunction(c, clauses, OP_and_, at);
}

struct node *expr_or(struct compilation *c, const struct vec *clauses, struct span at)
{
	return conjunction(c, clauses, OP_or_, at);
}
