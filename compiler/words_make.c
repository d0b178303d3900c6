/* The words that make column expressions (sql/_elements_constructors.py). */
#include "compiler/call.h"
#include "compiler/compilation.h"
#include "compiler/expr.h"
#include "compiler/words.h"

/* ------------------------------------------------------------------ logic */

static struct vec criteria(struct compilation *c, const struct call *call)
{
	struct vec out = { 0 };

	for (size_t i = 0; i < call->rest_count; i++) {
		const struct value *items = &call->rest[i];
		size_t count = 1;

		value_items(c, &call->rest[i], &items, &count); /* and_([…]) */
		for (size_t k = 0; k < count; k++)
			vec_push(c, &out, coerce_where(c, items[k]));
	}
	return out;
}

struct value word_and(struct compilation *c, struct call *call)
{
	struct vec clauses = criteria(c, call);

	return value_node(expr_and(c, &clauses, call->span));
}

struct value word_or(struct compilation *c, struct call *call)
{
	struct vec clauses = criteria(c, call);

	return value_node(expr_or(c, &clauses, call->span));
}

/* args: clause */
struct value word_not(struct compilation *c, struct call *call)
{
	return value_node(expr_negate(c, coerce_expression(c, call->args[0]), call->span));
}

struct value word_null(struct compilation *c, struct call *call)
{
	return value_node(expr_constant(c, CONSTANT_NULL, call->span));
}

struct value word_true(struct compilation *c, struct call *call)
{
	return value_node(expr_constant(c, CONSTANT_TRUE, call->span));
}

struct value word_false(struct compilation *c, struct call *call)
{
	return value_node(expr_constant(c, CONSTANT_FALSE, call->span));
}

/* ------------------------------------------------------------------ case */

struct whens {
	struct when *items;
	size_t count;
};

static void push_when(struct compilation *c, struct whens *w, struct value condition,
                      struct value result)
{
	struct node *n = coerce_expression(c, condition);

	w->items[w->count].condition = expr_group(c, n, NULL);
	w->items[w->count].result = coerce_expression(c, result);
	w->count++;
}

static void push_pair(struct compilation *c, struct whens *w, const struct value *v)
{
	const struct value *items;
	size_t count;

	if (!value_items(c, v, &items, &count) || count != 2) {
		hint(c, "Write case((condition, result), ..., else_=result).");
		fail(c, v->span, SQLSTATE_INVALID_ARGUMENT,
		     "case() takes pairs of a condition and a result");
	}
	push_when(c, w, items[0], items[1]);
}

static void push_dict(struct compilation *c, struct whens *w, const struct value *v)
{
	for (size_t i = 0; i + 1 < v->count; i += 2)
		push_when(c, w, v->items[i], v->items[i + 1]);
}

/* The older forms give the pairs as one list or one dict; what follows it is value, else_. A list of
 * a condition and a result is a pair itself. */
static bool is_whole(const struct value *v)
{
	if (v->kind == VALUE_LIST && v->count == 2 && v->items[0].kind == VALUE_NODE)
		return false;
	return v->kind == VALUE_LIST || v->kind == VALUE_DICT;
}

static void push_whole(struct compilation *c, struct whens *w, const struct value *v)
{
	if (v->kind == VALUE_DICT) {
		push_dict(c, w, v);
		return;
	}
	for (size_t i = 0; i < v->count; i++)
		push_pair(c, w, &v->items[i]);
}

static const struct type *case_type(const struct node *n)
{
	for (size_t i = n->case_.count; i > 0; i--)
		if (!type_is_null(n->case_.whens[i - 1].result->type))
			return n->case_.whens[i - 1].result->type;
	return n->case_.otherwise != NULL ? n->case_.otherwise->type : &type_null;
}

static size_t most_whens(const struct call *call)
{
	size_t count = call->rest_count + call->args[2].count;

	for (size_t i = 0; i < call->rest_count; i++)
		count += call->rest[i].count;
	return count + 1;
}

/* rest: whens; args: value, else_, whens */
struct value word_case(struct compilation *c, struct call *call)
{
	struct node *n = node_new(c, NODE_CASE, call->span);
	struct whens w = { .items = arena_array(&c->arena, most_whens(call), sizeof(*w.items)) };
	struct value value = call->args[0];
	struct value otherwise = call->args[1];
	bool whole = call->rest_count > 0 && is_whole(&call->rest[0]);

	if (value_given(call->args[2]))
		push_whole(c, &w, &call->args[2]);
	if (whole)
		push_whole(c, &w, &call->rest[0]);
	if (whole && call->rest_count > 1)
		value = call->rest[1];
	if (whole && call->rest_count > 2)
		otherwise = call->rest[2];
	for (size_t i = 0; !whole && i < call->rest_count; i++)
		push_pair(c, &w, &call->rest[i]);
	if (w.count == 0)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "case() takes at least one pair of a condition and a result");
	n->case_.whens = w.items;
	n->case_.count = w.count;
	if (value_given(value) && !value_is_none(&value))
		n->case_.value = coerce_expression(c, value);
	if (value_given(otherwise) && !value_is_none(&otherwise))
		n->case_.otherwise = coerce_expression(c, otherwise);
	n->type = case_type(n);
	return value_node(n);
}

/* ------------------------------------------------------------------ cast and its kin */

/* args: expression, type_ */
struct value word_cast(struct compilation *c, struct call *call)
{
	return value_node(expr_cast(c, call->args[0], coerce_type(c, &call->args[1]), call->span));
}

/* args: expression, type_ */
struct value word_type_coerce(struct compilation *c, struct call *call)
{
	struct node *n = node_new(c, NODE_TYPE_COERCE, call->span);
	struct node *element;

	n->type = coerce_type(c, &call->args[1]);
	element = coerce_element(c, call->args[0], STR(""), n->type);
	if (element->kind == NODE_BIND && element->type != n->type) {
		element = node_clone(c, element);
		element->type = n->type;
		element->bind.typed = true;
	}
	/* What the client has declared stays as it is: this gives a type without SQL. */
	if (element->kind == NODE_BIND &&
	    !(literal_is_parameter(element->bind.value) && element->bind.value->type != NULL))
		element->bind.declares = true;
	n->cast.element = element;
	return value_node(n);
}

/* args: field, expr */
struct value word_extract(struct compilation *c, struct call *call)
{
	return value_node(expr_extract(c, call_string(c, call, 0), call->args[1], call->span));
}

/* ------------------------------------------------------------------ values and columns */

static const struct type *type_argument(struct compilation *c, const struct call *call, size_t i)
{
	return call_has(call, i) ? coerce_type(c, &call->args[i]) : NULL;
}

/* args: value, type_, literal_execute */
struct value word_literal(struct compilation *c, struct call *call)
{
	const struct literal *l = value_as_literal(&call->args[0]);
	const struct type *type = type_argument(c, call, 1);
	struct node *n;

	if (l == NULL)
		coerce_fail(c, &call->args[0], "Literal Python value", "");
	n = expr_bind(c, l, type, STR(""));
	n->bind.typed = n->bind.declares = type != NULL;
	n->bind.in_text = call_flag(c, call, 2, false);
	n->span = call->span;
	return value_node(n);
}

/* literal_execute, of a bind that there is */
struct value bind_in_text(struct compilation *c, struct call *call)
{
	struct node *n = node_clone(c, call->self.node);

	n->bind.in_text = true;
	return value_node(n);
}

/* args: text, type_ */
struct value word_literal_column(struct compilation *c, struct call *call)
{
	const struct type *type = type_argument(c, call, 1);

	return value_node(expr_verbatim(c, call_string(c, call, 0),
	                                type != NULL ? type : &type_null, call->span));
}

/* args: text, type_, is_literal */
struct value word_column(struct compilation *c, struct call *call)
{
	const struct type *type = type_argument(c, call, 1);
	struct node *n = node_new(c, NODE_COLUMN, call->span);

	n->column.name = call_name(c, call, 0);
	n->column.key = n->column.name.text;
	n->column.literal = call_flag(c, call, 2, false);
	if (type != NULL)
		n->type = type;
	return value_node(n);
}

/* args: key, value, type_, unique, required, quote, callable_, expanding, isoutparam,
 *       literal_execute */
struct value word_bindparam(struct compilation *c, struct call *call)
{
	struct str key = call_string(c, call, 0);
	struct value given = call->args[1];
	const struct literal *l = value_given(given) ? value_as_literal(&given) : NULL;
	const struct type *type = type_argument(c, call, 2);
	struct node *n;

	if (value_given(given) && l == NULL)
		coerce_fail(c, &given, "Literal Python value", "");
	if (call_has(call, 6))
		fail(c, call->args[6].span, SQLSTATE_FEATURE, "bindparam() takes no callable here");
	n = expr_bind(c, l != NULL ? l : literal_none(c, call->span), type, key);
	if (key.n > 0 && !call_flag(c, call, 3, false)) {
		n->bind.name.anon = NULL;
		n->bind.name.text = key;
	}
	n->bind.required = call_flag(c, call, 4, !value_given(given));
	n->bind.expanding = call_flag(c, call, 7, false);
	n->bind.in_text = call_flag(c, call, 9, false);
	n->bind.typed = n->bind.declares = type != NULL;
	n->span = call->span;
	return value_node(n);
}

/* rest: expressions; args: types */
struct value word_tuple(struct compilation *c, struct call *call)
{
	struct node **items = arena_array(&c->arena, call->rest_count + 1, sizeof(struct node *));
	const struct value *types = NULL;
	size_t count = 0;

	if (call_has(call, 0) &&
	    (!value_items(c, &call->args[0], &types, &count) || count != call->rest_count))
		fail(c, call->args[0].span, SQLSTATE_INVALID_ARGUMENT,
		     "Wrong number of elements for %zu-tuple", count);
	for (size_t i = 0; i < call->rest_count; i++)
		items[i] = coerce_element(c, call->rest[i], STR(""),
		                          count > 0 ? coerce_type(c, &types[i]) : NULL);
	return value_node(expr_tuple(c, items, call->rest_count, call->span));
}

/* args: clauses, type_ */
struct value word_array(struct compilation *c, struct call *call)
{
	const struct value *items;
	struct vec nodes = { 0 };
	size_t count;

	if (call->args[0].kind == VALUE_NODE && call->args[0].node->kind == NODE_ARRAY)
		return call->args[0];
	if (!value_items(c, &call->args[0], &items, &count)) {
		hint(c, "Write array([1, 2]).");
		fail(c, call->args[0].span, SQLSTATE_DATATYPE_MISMATCH, "array() takes a list");
	}
	for (size_t i = 0; i < count; i++)
		vec_push(c, &nodes, coerce_expression(c, items[i]));
	return value_node(expr_array_node(c, &nodes, type_argument(c, call, 1), call->span));
}

/* ------------------------------------------------------------------ types */

/* args: type_; rest: names of dialects */
struct value type_with_variant(struct compilation *c, struct call *call)
{
	struct value variant = call->args[0];
	struct str name;

	if (call->rest_count == 0)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "At least one dialect name is required");
	for (size_t i = 0; i < call->rest_count; i++) {
		if (!value_string(&call->rest[i], &name))
			coerce_fail(c, &call->rest[i], "Name of a dialect", "");
		if (str_is(name, "postgresql"))
			return value_type(coerce_type(c, &variant), call->span);
	}
	return call->self;
}

static void expect_json(struct compilation *c, const struct call *call, const char *attribute)
{
	if (type_affinity(call->self.type) != AFFINITY_JSON)
		fail(c, call->at, SQLSTATE_UNDEFINED_FUNCTION,
		     "type object '%s' has no attribute '%s'", type_name(call->self.type),
		     attribute);
}

/* JSON text, as every string in a JSON place. */
struct value type_json_null(struct compilation *c, struct call *call)
{
	expect_json(c, call, "NULL");
	return value_literal(literal_string(c, STR("null"), call->span));
}

struct value type_json_path(struct compilation *c, struct call *call)
{
	expect_json(c, call, "JSONPathType");
	return value_type(type_plain(TYPE_JSONPATH), call->span);
}

/* ------------------------------------------------------------------ sequences */

/* args: name, schema */
struct value word_sequence(struct compilation *c, struct call *call)
{
	struct node *n = node_new(c, NODE_SEQUENCE, call->span);

	n->sequence.name = call_string(c, call, 0);
	n->sequence.schema = call_string(c, call, 1);
	n->type = type_plain(TYPE_Integer);
	return value_node(n);
}

struct value sequence_next_value(struct compilation *c, struct call *call)
{
	return value_node(expr_call(c, STR("next_value"), &call->self, 1, NULL, call->span));
}
