/* What is said of a call: OVER, FILTER, WITHIN GROUP, ORDER BY among its arguments. */
#include "compiler/call.h"
#include "compiler/compilation.h"
#include "compiler/expr.h"
#include "compiler/functions.h"
#include "compiler/vocabulary.h"
#include "compiler/words.h"

/* ------------------------------------------------------------------ OVER */

static bool is_truthy(const struct value *v)
{
	const struct literal *l = value_as_literal(v);

	return value_given(*v) && (l == NULL || literal_is_true(l));
}

/* None is unbounded, 0 the current row, a negative number that many before. */
static struct frame_bound frame_bound(struct compilation *c, const struct value *v)
{
	struct frame_bound bound = { .kind = BOUND_UNBOUNDED };
	const struct literal *l = value_as_literal(v);
	int64_t n;

	if (value_is_none(v))
		return bound;
	if (l != NULL && (l->kind == LITERAL_PARAMETER || l->kind == LITERAL_TYPED)) {
		bound.kind = BOUND_FOLLOWING;
		bound.offset = expr_bind(c, l, NULL, STR(""));
		return bound;
	}
	if (!value_integer(v, &n))
		fail(c, v->span, SQLSTATE_INVALID_ARGUMENT,
		     "Integer or None expected for range value");
	bound.kind = n == 0 ? BOUND_CURRENT : n < 0 ? BOUND_PRECEDING : BOUND_FOLLOWING;
	if (n != 0)
		bound.offset =
			expr_bind(c, literal_integer(c, n < 0 ? -n : n, v->span), NULL, STR(""));
	return bound;
}

static void set_frame(struct compilation *c, struct node *over, enum frame_mode mode,
                      const struct value *v)
{
	const struct value *items;
	size_t count;

	if (!is_truthy(v))
		return;
	if (over->over.mode != FRAME_NONE)
		fail(c, v->span, SQLSTATE_INVALID_ARGUMENT,
		     "only one of 'rows', 'range_', or 'groups' may be provided");
	if (!value_items(c, v, &items, &count) || count != 2)
		fail(c, v->span, SQLSTATE_INVALID_ARGUMENT, "2-tuple expected for range/rows");
	over->over.mode = mode;
	over->over.lower = frame_bound(c, &items[0]);
	over->over.upper = frame_bound(c, &items[1]);
}

/* SQLAlchemy takes whatever can be iterated over for a list of expressions, and the operands of a
 * chain of one operator can: order_by=x + y + z orders by x, y, z. */
static struct vec over_list(struct compilation *c, const struct value *v)
{
	if (v->kind == VALUE_NODE && v->node->kind == NODE_LIST)
		return v->node->list.items;
	if (v->kind == VALUE_NODE && v->node->kind == NODE_TUPLE)
		return v->node->tuple.items;
	if (v->kind == VALUE_NODE && v->node->kind == NODE_ARRAY)
		return v->node->array.items;
	return coerce_by_list(c, v);
}

/* args from `first` on: partition_by, order_by, range_, rows, groups */
static struct value over(struct compilation *c, struct call *call, struct node *element,
                         size_t first)
{
	struct node *n = node_new(c, NODE_OVER, call->span);

	n->over.element = element;
	n->type = element->type;
	n->over.partition_by = over_list(c, &call->args[first]);
	n->over.order_by = over_list(c, &call->args[first + 1]);
	set_frame(c, n, FRAME_RANGE, &call->args[first + 2]);
	set_frame(c, n, FRAME_ROWS, &call->args[first + 3]);
	set_frame(c, n, FRAME_GROUPS, &call->args[first + 4]);
	return value_node(n);
}

struct value function_over(struct compilation *c, struct call *call)
{
	return over(c, call, call->self.node, 0);
}

/* args: element, partition_by, order_by, range_, rows, groups */
struct value word_over(struct compilation *c, struct call *call)
{
	return over(c, call, coerce_expression(c, call->args[0]), 1);
}

/* ------------------------------------------------------------------ FILTER */

static struct value filter(struct compilation *c, struct call *call, struct node *element)
{
	struct node *n;
	struct node *criterion = NULL;

	if (call->rest_count == 0)
		return value_node(element);
	n = node_new(c, NODE_FILTER, call->span);
	if (element->kind == NODE_FILTER) {
		criterion = element->filter.criterion;
		element = element->filter.element;
	}
	for (size_t i = 0; i < call->rest_count; i++) {
		struct node *more = coerce_where(c, call->rest[i]);
		struct vec both = { 0 };

		if (criterion != NULL) {
			vec_push(c, &both, criterion);
			vec_push(c, &both, more);
			more = expr_and(c, &both, call->span);
		}
		criterion = more;
	}
	n->filter.element = element;
	n->filter.criterion = criterion;
	n->type = element->type;
	return value_node(n);
}

/* rest: criteria */
struct value function_filter(struct compilation *c, struct call *call)
{
	return filter(c, call, call->self.node);
}

/* args: func; rest: criteria */
struct value word_funcfilter(struct compilation *c, struct call *call)
{
	return filter(c, call, coerce_expression(c, call->args[0]));
}

/* ------------------------------------------------------------------ WITHIN GROUP */

static const struct node *without_modifiers(const struct node *n)
{
	while (n->kind == NODE_UNARY && n->unary.modifier != NULL)
		n = n->unary.element;
	return n;
}

/* The type of an ordered-set aggregate is that of what it is ordered by. */
static const struct type *within_group_type(struct compilation *c, const struct node *element,
                                            const struct vec *order_by)
{
	const struct function *known =
		element->kind == NODE_FUNCTION ? element->function.known : NULL;
	const struct type *first;

	if (known == NULL || order_by->n == 0 ||
	    (known->rule != FUNCTION_ORDERED_SET && known->rule != FUNCTION_ORDERED_SET_ARRAY))
		return element->type;
	first = without_modifiers(order_by->items[0])->type;
	if (known->rule == FUNCTION_ORDERED_SET_ARRAY && element->function.arguments.n > 1)
		return type_array_of(c, first);
	return first;
}

static struct vec by_clauses(struct compilation *c, const struct call *call)
{
	struct vec out = { 0 };

	for (size_t i = 0; i < call->rest_count; i++) {
		struct vec some = coerce_by_list(c, &call->rest[i]);

		vec_extend(c, &out, &some);
	}
	return out;
}

static struct value within_group(struct compilation *c, struct call *call, struct node *element)
{
	struct node *n = node_new(c, NODE_WITHIN_GROUP, call->span);

	if (call->rest_count == 0)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "at least one ORDER BY element is required");
	n->within_group.element = element;
	n->within_group.order_by = by_clauses(c, call);
	n->type = within_group_type(c, element, &n->within_group.order_by);
	return value_node(n);
}

/* rest: order_by */
struct value function_within_group(struct compilation *c, struct call *call)
{
	return within_group(c, call, call->self.node);
}

/* args: element; rest: order_by */
struct value word_within_group(struct compilation *c, struct call *call)
{
	return within_group(c, call, coerce_expression(c, call->args[0]));
}

/* ------------------------------------------------------------------ arguments in an order */

/* args: target; rest: order_by */
struct value word_aggregate_order_by(struct compilation *c, struct call *call)
{
	struct node *n = node_new(c, NODE_AGGREGATE_ORDER_BY, call->span);

	if (call->rest_count == 0)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "at least one ORDER BY element is required");
	n->aggregate.target = coerce_expression(c, call->args[0]);
	n->type = n->aggregate.target->type;
	for (size_t i = 0; i < call->rest_count; i++) {
		struct node *by = coerce_expression(c, call->rest[i]);

		if (call->rest_count > 1)
			by = expr_group(c, by, op_of(OP_comma_op));
		vec_push(c, &n->aggregate.order_by, by);
	}
	return value_node(n);
}

/* ------------------------------------------------------------------ functions that are words */

/* to_tsvector(…), hstore(…), array_agg(…): the same as behind func. rest: arguments; args: type_ */
struct value word_call(struct compilation *c, struct call *call)
{
	const struct type *type = NULL;

	if (call->arg_count > 0 && call_has(call, 0))
		type = coerce_type(c, &call->args[0]);
	return value_node(expr_call(c, str_of(call->word->name), call->rest, call->rest_count, type,
	                            call->span));
}

struct value function_clauses(struct compilation *c, struct call *call)
{
	const struct vec *arguments = &call->self.node->function.arguments;
	struct value *items = arena_array(&c->arena, arguments->n + 1, sizeof(*items));

	for (size_t i = 0; i < arguments->n; i++)
		items[i] = value_node(arguments->items[i]);
	return literal_collection(c, VALUE_LIST, items, arguments->n, call->span);
}
