/* x[i]: arrays, JSON, HSTORE (Indexable of sql/sqltypes.py and the dialect's types). */
#include "compiler/call.h"
#include "compiler/compilation.h"
#include "compiler/expr.h"
#include "compiler/tree.h"

/* ------------------------------------------------------------------ arrays */

/* One more, for arrays that are declared to begin at 0. */
static struct value shifted(struct compilation *c, struct value v, struct span at)
{
	struct value one;

	if (!value_given(v) || value_is_none(&v))
		return v;
	one = value_literal(literal_integer(c, 1, v.span));
	return expr_binary(c, TREE_ADD, v, one, at, at);
}

/* A bound of a slice: a missing one is NULL. */
static struct node *slice_bound(struct compilation *c, struct value v, struct node *array,
                                struct span at)
{
	struct str body = array->kind == NODE_COLUMN ? coerce_bind_body(array) : STR("");

	if (!value_given(v))
		return expr_constant(c, CONSTANT_NULL, at);
	return coerce_element(c, v, body, type_plain(TYPE_Integer));
}

static struct node *index_slice(struct compilation *c, struct node *array, const struct type *type,
                                const struct value *index, struct span at)
{
	struct node *slice = node_new(c, NODE_SLICE, index->span);
	struct value start = index->items[0];
	struct value stop = index->items[1];

	if (type->zero_indexes) {
		start = shifted(c, start, at);
		stop = shifted(c, stop, at);
	}
	slice->slice.start = slice_bound(c, start, array, index->span);
	slice->slice.stop = slice_bound(c, stop, array, index->span);
	return expr_binary_node(c, array, slice, op_of(OP_getitem), type, NULL, at);
}

/* The type of an element: an array with a dimension less, while there are several. */
static const struct type *element_type(struct compilation *c, const struct type *array)
{
	struct type *t;

	if (array->dimensions <= 1)
		return array->item;
	t = NEW(c, struct type);
	*t = *array;
	t->sql = STR("");
	t->dimensions--;
	return t;
}

static struct node *index_array(struct compilation *c, struct node *array, const struct type *type,
                                struct value index, struct span at)
{
	const struct literal *l;

	if (index.kind == VALUE_SLICE)
		return index_slice(c, array, type, &index, at);
	if (type->zero_indexes)
		index = shifted(c, index, at);
	l = value_as_literal(&index);
	if (l != NULL && literal_is_parameter(l)) /* else it would have the type of the array */
		index = value_node(coerce_element(c, index, STR(""), type_plain(TYPE_Integer)));
	return expr_operate(c, array, op_of(OP_getitem), index, false, element_type(c, type), at);
}

/* matrix[1][2]: a reflected array does not tell how many dimensions it has, so an element of one may
 * be indexed again, which SQLAlchemy refuses. */
static const struct type *outer_array(struct compilation *c, const struct node *n)
{
	while (n->kind == NODE_BINARY && n->binary.op->id == OP_getitem) {
		const struct type *t = expr_acting_type(c, n->binary.left);

		if (t->id == TYPE_ARRAY && t->dimensions <= 0 &&
		    n->binary.right->kind != NODE_SLICE)
			return t;
		n = n->binary.left;
	}
	return NULL;
}

/* ------------------------------------------------------------------ JSON */

static bool is_path(const struct value *v, const struct literal *l)
{
	return l != NULL ? l->kind == LITERAL_LIST || l->kind == LITERAL_TUPLE
	                 : v->kind == VALUE_LIST || v->kind == VALUE_TUPLE;
}

static struct node *index_json(struct compilation *c, struct node *json, struct value index,
                               struct span at)
{
	const struct literal *l = value_as_literal(&index);
	bool path = is_path(&index, l);
	const struct op *op = op_of(path ? OP_json_path_getitem_op : OP_json_getitem_op);
	enum type_id type = TYPE_JSONStrIndexType;
	struct node *right;

	if (index.kind == VALUE_SLICE)
		fail(c, index.span, SQLSTATE_INVALID_ARGUMENT, "JSON has no slices");
	if (path && l == NULL)
		fail(c, index.span, SQLSTATE_DATATYPE_MISMATCH,
		     "a path into JSON holds keys and numbers only");
	if (path)
		type = TYPE_JSONPathType;
	else if (l != NULL && (l->kind == LITERAL_INTEGER || l->kind == LITERAL_BOOL))
		type = TYPE_JSONIntIndexType;
	if (index.kind == VALUE_NODE && l != NULL) /* ARRAY['a', 'b'] as psycopg2 sends a list */
		index = value_literal(l);
	right = coerce_operand_typed(c, index, json, op, type_plain(type));
	return expr_binary_node(c, json, right, op, expr_acting_type(c, json), NULL, at);
}

/* ------------------------------------------------------------------ x[i] */

struct value expr_index(struct compilation *c, struct value object, struct value index,
                        struct span at)
{
	struct node *n;
	const struct type *type;
	const struct type *outer;

	n = object.kind == VALUE_NODE ? object.node : coerce_expression(c, object);
	type = expr_acting_type(c, n);
	switch (type_affinity(type)) {
	case AFFINITY_ARRAY:
		return value_node(index_array(c, n, type, index, at));
	case AFFINITY_JSON:
		return value_node(index_json(c, n, index, at));
	case AFFINITY_HSTORE:
		if (index.kind == VALUE_SLICE)
			break;
		return value_node(expr_operate(c, n, op_of(OP_hstore_getitem), index, false,
		                               type_plain(TYPE_Text), at));
	default:
		outer = outer_array(c, n);
		if (outer != NULL)
			return value_node(index_array(c, n, outer, index, at));
		break;
	}
	if (object.kind == VALUE_STATEMENT)
		hint(c, "Rows are chosen by .limit() and .offset(), or by .slice().");
	else
		hint(c, "Arrays, JSON and HSTORE have an index; tell the type with cast() or "
		        "type_coerce().");
	fail(c, at, SQLSTATE_UNDEFINED_FUNCTION,
	     "Operator 'getitem' is not supported on this expression");
}
