/* The methods that an expression has for its type: arrays, JSON, HSTORE, ranges. */
#include "compiler/call.h"
#include "compiler/compilation.h"
#include "compiler/expr.h"
#include "compiler/text.h"
#include "compiler/vocabulary.h"
#include "compiler/words.h"

static struct node *self(struct call *call)
{
	return call->self.node;
}

static const struct op_method methods[] = {
	{ "contains", OP_contains },
	{ "contained_by", OP_contained_by },
	{ "overlap", OP_overlap },
	{ "overlaps", OP_overlap },
	{ "has_key", OP_has_key },
	{ "has_all", OP_has_all },
	{ "has_any", OP_has_any },
	{ "path_exists", OP_path_exists },
	{ "path_match", OP_path_match },
	{ "strictly_left_of", OP_strictly_left_of },
	{ "strictly_right_of", OP_strictly_right_of },
	{ "not_extend_right_of", OP_not_extend_right_of },
	{ "not_extend_left_of", OP_not_extend_left_of },
	{ "adjacent_to", OP_adjacent_to },
	{ "union", OP_add },
	{ "difference", OP_sub },
	{ "intersection", OP_mul },
};

static const struct op *method_operator(const struct call *call)
{
	return op_of_method(methods, sizeof(methods) / sizeof(methods[0]), call->word->name);
}

/* What stands for keys and paths has a type of its own, which $1 cannot tell; else it would be taken
 * for JSON itself. */
static struct value typed_parameter(struct compilation *c, const struct op *op, struct value v)
{
	const struct literal *l = value_as_literal(&v);
	const struct type *type;
	struct node *n;

	if (l == NULL || !literal_is_parameter(l))
		return v;
	switch (op->id) {
	case OP_has_key:
		type = type_plain(TYPE_Text);
		break;
	case OP_has_all:
	case OP_has_any:
		type = type_array_of(c, type_plain(TYPE_TEXT));
		break;
	case OP_path_exists:
	case OP_path_match:
		type = type_plain(TYPE_JSONPathType);
		break;
	default:
		return v;
	}
	n = coerce_element(c, v, STR(""), type);
	n->bind.declares = true;
	return value_node(n);
}

/* Comparisons of PostgreSQL's own, and union and the like of ranges. args: other */
struct value typed_operator(struct compilation *c, struct call *call)
{
	const struct op *op = method_operator(call);
	const struct type *result = op->comparison ? type_plain(TYPE_Boolean) : NULL;

	return value_node(expr_operate(c, self(call), op, typed_parameter(c, op, call->args[0]),
	                               false, result, call->span));
}

/* A list of keys as array([…]): as one value it would be taken for JSON. */
static struct value keys_array(struct compilation *c, struct value v)
{
	const struct value *items;
	struct vec nodes = { 0 };
	size_t count;

	if (v.kind == VALUE_NODE || !value_items(c, &v, &items, &count))
		return v;
	for (size_t i = 0; i < count; i++)
		vec_push(c, &nodes, coerce_expression(c, items[i]));
	return value_node(expr_array_node(c, &nodes, type_plain(TYPE_Text), v.span));
}

/* has_any(), has_all(); args: other */
struct value typed_has_keys(struct compilation *c, struct call *call)
{
	const struct op *op = method_operator(call);
	struct value keys = typed_parameter(c, op, keys_array(c, call->args[0]));

	return value_node(
		expr_operate(c, self(call), op, keys, false, type_plain(TYPE_Boolean), call->span));
}

/* ------------------------------------------------------------------ arrays */

static const struct op *operator_argument(struct compilation *c, const struct value *v)
{
	if (!value_given(*v) || value_is_none(v))
		return op_of(OP_eq);
	if (v->kind != VALUE_OPERATOR || v->count != 0) {
		hint(c, "Write operator=operators.lt.");
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH, "operator takes an operator");
	}
	return v->op;
}

/* other op ANY (array): the value has the type of an item. */
static struct value in_collection(struct compilation *c, struct value array, enum op_id id,
                                  struct value other, const struct value *operator_,
                                  struct span span)
{
	const struct op *op = operator_argument(c, operator_);
	struct node *collection = expr_collection(c, id, array, span);
	const struct type *type = expr_acting_type(c, array.node);
	struct node *n = coerce_operand_typed(c, other, array.node, op, type->item);

	if (!op->comparison)
		fail(c, span, SQLSTATE_INVALID_ARGUMENT,
		     "Only comparison operators may be used with ANY/ALL");
	return value_node(expr_compare(c, collection, op, value_node(n), true, NULL, span));
}

/* args: other, operator */
struct value array_any(struct compilation *c, struct call *call)
{
	return in_collection(c, call->self, OP_any_op, call->args[0], &call->args[1], call->span);
}

struct value array_all(struct compilation *c, struct call *call)
{
	return in_collection(c, call->self, OP_all_op, call->args[0], &call->args[1], call->span);
}

/* Any(), All(); args: other, arrexpr, operator */
static struct value any_of(struct compilation *c, struct call *call, enum op_id id)
{
	struct value array = value_node(coerce_expression(c, call->args[1]));

	return in_collection(c, array, id, call->args[0], &call->args[2], call->span);
}

struct value word_pg_any(struct compilation *c, struct call *call)
{
	return any_of(c, call, OP_any_op);
}

struct value word_pg_all(struct compilation *c, struct call *call)
{
	return any_of(c, call, OP_all_op);
}

/* ------------------------------------------------------------------ JSON */

static bool is_index(const struct node *n)
{
	return n->kind == NODE_BINARY && (n->binary.op->id == OP_json_getitem_op ||
	                                  n->binary.op->id == OP_json_path_getitem_op);
}

/* The index as text: ->> and #>> in the place of -> and #>. */
struct value json_astext(struct compilation *c, struct call *call)
{
	struct node *n = self(call);
	const struct op *op;

	if (!is_index(n)) {
		hint(c, "Index it first: data[\"key\"].astext");
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "astext is only for a JSON index expression, e.g. col['q'].astext");
	}
	op = op_of(n->binary.op->id == OP_json_getitem_op ? OP_astext : OP_path_astext);
	return value_node(expr_operate(c, n->binary.left, op, value_node(n->binary.right), false,
	                               type_plain(TYPE_Text), call->span));
}

/* The index with another type: it prints as a cast. */
static struct value json_as(struct compilation *c, struct call *call, const struct type *type)
{
	const char *name = call->word->name;
	struct node *n = self(call);

	if (!is_index(n))
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "The JSON cast operator JSON.%s() only works with a JSON index expression "
		     "e.g. "
		     "col['q'].%s()",
		     name, name);
	n = node_clone(c, n);
	n->span = call->span;
	n->type = type;
	return value_node(n);
}

struct value json_as_string(struct compilation *c, struct call *call)
{
	return json_as(c, call, type_plain(TYPE_Unicode));
}

struct value json_as_integer(struct compilation *c, struct call *call)
{
	return json_as(c, call, type_plain(TYPE_Integer));
}

struct value json_as_float(struct compilation *c, struct call *call)
{
	return json_as(c, call, type_plain(TYPE_Float));
}

struct value json_as_boolean(struct compilation *c, struct call *call)
{
	return json_as(c, call, type_plain(TYPE_Boolean));
}

/* args: precision, scale */
struct value json_as_numeric(struct compilation *c, struct call *call)
{
	struct type *type = NEW(c, struct type);

	*type = *type_plain(TYPE_Numeric);
	type->precision = (int32_t)call_integer(c, call, 0, -1);
	type->scale = (int32_t)call_integer(c, call, 1, -1);
	return json_as(c, call, type);
}

/* args: array */
struct value jsonb_delete_path(struct compilation *c, struct call *call)
{
	struct node *path = expr_cast(c, keys_array(c, call->args[0]),
	                              type_array_of(c, type_plain(TYPE_TEXT)), call->args[0].span);

	return value_node(expr_operate(c, self(call), op_of(OP_delete_path), value_node(path),
	                               false, type_plain(TYPE_JSONB), call->span));
}

/* ------------------------------------------------------------------ HSTORE */

static struct value hstore_call(struct compilation *c, struct call *call, const char *function,
                                size_t count)
{
	struct value arguments[2] = { call->self };

	if (count > 1)
		arguments[1] = call->args[0];
	return value_node(expr_call(c, str_of(function), arguments, count, NULL, call->span));
}

struct value hstore_defined(struct compilation *c, struct call *call)
{
	return hstore_call(c, call, "defined", 2);
}

static void put_hstore_text(struct compilation *c, struct text *out, const struct literal *l,
                            bool is_value)
{
	struct str text;

	if (is_value && l->kind == LITERAL_NONE) {
		text_z(out, "NULL");
		return;
	}
	if (l->kind != LITERAL_STRING)
		fail(c, l->span, SQLSTATE_INVALID_ARGUMENT, "%.*s in %s position is not a string.",
		     STR_ARG(literal_repr(c, l)), is_value ? "value" : "key");
	text_char(out, '"');
	text = literal_text(l);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			text_char(out, '\\');
		text_char(out, text.p[i]);
	}
	text_char(out, '"');
}

/* A dict goes as the text of an hstore, _serialize_hstore() of dialects/postgresql/hstore.py, which
 * the server takes for a key. */
struct value hstore_delete(struct compilation *c, struct call *call)
{
	const struct literal *l = value_as_literal(&call->args[0]);
	struct text out;

	if (l == NULL || l->kind != LITERAL_DICT)
		return hstore_call(c, call, "delete", 2);
	text_init(&out, &c->arena);
	for (size_t i = 0; i + 1 < l->count; i += 2) {
		text_z(&out, i > 0 ? ", " : "");
		put_hstore_text(c, &out, l->items[i], false);
		text_z(&out, "=>");
		put_hstore_text(c, &out, l->items[i + 1], true);
	}
	call->args[0] = value_literal(literal_string(c, text_view(&out), call->args[0].span));
	return hstore_call(c, call, "delete", 2);
}

struct value hstore_slice(struct compilation *c, struct call *call)
{
	return hstore_call(c, call, "slice", 2);
}

struct value hstore_keys(struct compilation *c, struct call *call)
{
	return hstore_call(c, call, "akeys", 1);
}

struct value hstore_vals(struct compilation *c, struct call *call)
{
	return hstore_call(c, call, "avals", 1);
}

struct value hstore_array(struct compilation *c, struct call *call)
{
	return hstore_call(c, call, "hstore_to_array", 1);
}

struct value hstore_matrix(struct compilation *c, struct call *call)
{
	return hstore_call(c, call, "hstore_to_matrix", 1);
}
