/* The operators of a text, and the nodes they make (sql/default_comparator.py). */
#include "compiler/expr.h"
#include "compiler/call.h"
#include "compiler/compilation.h"
#include "compiler/functions.h"
#include "compiler/statements.h"
#include "compiler/tree.h"

/* ------------------------------------------------------------------ nodes */

/* Runs of % ( ) $ and blanks become one `_`, and none is left at the ends. */
static struct str bind_name(struct compilation *c, struct str body)
{
	char *out = arena_alloc(&c->arena, body.n + 1);
	size_t n = 0;
	size_t start = 0;
	bool in_run = false;

	for (size_t i = 0; i < body.n; i++) {
		bool replaced = strchr("%() $", body.p[i]) != NULL;

		if (!replaced)
			out[n++] = body.p[i];
		else if (!in_run)
			out[n++] = '_';
		in_run = replaced;
	}
	while (n > 0 && out[n - 1] == '_')
		n--;
	while (start < n && out[start] == '_')
		start++;
	return (struct str){ out + start, n - start };
}

struct node *expr_bind(struct compilation *c, const struct literal *value, const struct type *type,
                       struct str body)
{
	struct node *n = node_new(c, NODE_BIND, value->span);

	if (type != NULL && type_is_multirange(type) && value->kind == LITERAL_LIST) {
		const struct literal *ranges =
			literal_multirange(c, value->items, value->count, value->span);

		value = ranges != NULL ? ranges : value;
	}
	n->bind.value = value;
	n->type = type != NULL ? type : literal_type(value);
	n->bind.name.anon = anon_new(c, body.n > 0 ? bind_name(c, body) : STR("param"));
	return n;
}

/* One object each in a statement, wherever they are written: names of columns tell. */
struct node *expr_constant(struct compilation *c, enum constant constant, struct span span)
{
	struct node *n = c->constants[constant];

	if (n != NULL)
		return n;
	n = node_new(c, NODE_CONSTANT, span);
	n->constant = constant;
	if (constant != CONSTANT_NULL)
		n->type = type_plain(TYPE_Boolean);
	c->constants[constant] = n;
	return n;
}

struct node *expr_verbatim(struct compilation *c, struct str text, const struct type *type,
                           struct span span)
{
	struct node *n = node_new(c, NODE_COLUMN, span);

	n->column.name.text = text;
	n->column.key = text;
	n->column.literal = true;
	n->type = type;
	return n;
}

struct node *expr_binary_node(struct compilation *c, struct node *left, struct node *right,
                              const struct op *op, const struct type *type, const struct op *negate,
                              struct span span)
{
	struct node *n = node_new(c, NODE_BINARY, span);

	n->binary.op = op;
	n->binary.left = expr_group(c, left, op);
	n->binary.right = expr_group(c, right, op);
	n->binary.negate = negate;
	n->binary.eager = op->eager;
	n->type = type;
	return n;
}

static struct node *list_of(struct compilation *c, const struct op *op, const struct type *type,
                            struct vec items, bool group, struct span span)
{
	struct node *n = node_new(c, NODE_LIST, span);

	n->list.op = op;
	n->list.items = items;
	n->list.ungrouped = !group;
	n->type = type;
	return n;
}

struct node *expr_list(struct compilation *c, const struct op *op, const struct type *type,
                       const struct vec *items, bool group, struct span span)
{
	struct vec own = { 0 };

	for (size_t i = 0; i < items->n; i++)
		vec_push(c, &own, group ? expr_group(c, items->items[i], op) : items->items[i]);
	return list_of(c, op, type, own, group, span);
}

bool expr_is_collection(const struct node *n)
{
	return n->kind == NODE_UNARY && n->unary.op != NULL &&
	       (n->unary.op->id == OP_any_op || n->unary.op->id == OP_all_op);
}

/* The operands of a chain that this one joins, in parentheses where they need them; false when it
 * starts one of its own. */
static bool push_chain(struct compilation *c, struct vec *out, struct node *n, const struct op *op,
                       const struct type *type)
{
	const struct node *inner = n;

	while (inner->kind == NODE_GROUPING)
		inner = inner->grouping;
	if (type_same_affinity(type, n->type)) {
		if (inner->kind == NODE_BINARY && inner->binary.op == op) {
			vec_push(c, out, inner->binary.left);
			vec_push(c, out, inner->binary.right);
			return true;
		}
		if (inner->kind == NODE_LIST && inner->list.op == op && !inner->list.ungrouped) {
			vec_join(c, out, &inner->list.items);
			return true;
		}
	}
	vec_push(c, out, expr_group(c, n, op));
	return false;
}

struct node *expr_construct(struct compilation *c, struct node *left, struct node *right,
                            const struct op *op, const struct type *type, const struct op *negate,
                            struct span span)
{
	if (op->associative) {
		struct vec items = { 0 };
		bool chained = push_chain(c, &items, left, op, type);

		chained = push_chain(c, &items, right, op, type) || chained;
		if (chained)
			return list_of(c, op, type, items, true, span);
	}
	if (expr_is_collection(right))
		negate = NULL;
	return expr_binary_node(c, left, right, op, type, negate, span);
}

static bool is_modifier(const struct op *op)
{
	return op->id == OP_desc_op || op->id == OP_asc_op || op->id == OP_nulls_first_op ||
	       op->id == OP_nulls_last_op;
}

struct node *expr_unary_node(struct compilation *c, const struct op *op, struct node *element,
                             const struct type *type, struct span span)
{
	struct node *n = node_new(c, NODE_UNARY, span);

	if (is_modifier(op))
		n->unary.modifier = op;
	else
		n->unary.op = op;
	n->unary.element = expr_group(c, element, op);
	n->type = type;
	return n;
}

struct node *expr_collection(struct compilation *c, enum op_id id, struct value v, struct span span)
{
	struct node *n = expr_group(c, coerce_expression(c, v), NULL);

	return expr_unary_node(c, op_of(id), n, type_plain(TYPE_Boolean), span);
}

struct node *expr_cast(struct compilation *c, struct value v, const struct type *type,
                       struct span span)
{
	struct node *n = node_new(c, NODE_CAST, span);

	n->type = type;
	n->cast.element = coerce_element(c, v, STR(""), type);
	return n;
}

struct node *expr_extract(struct compilation *c, struct str field, struct value v, struct span span)
{
	struct node *n = node_new(c, NODE_EXTRACT, span);

	n->extract.field = field;
	n->extract.element = coerce_expression(c, v);
	n->type = type_plain(TYPE_Integer);
	return n;
}

/* What an anonymous label is named after. */
static struct str label_body(const struct node *element)
{
	switch (element->kind) {
	case NODE_COLUMN:
		return element->column.name.text;
	case NODE_FUNCTION:
		return element->function.name;
	default:
		return STR("");
	}
}

struct node *expr_label(struct compilation *c, struct node *element, struct name name,
                        const struct type *type, struct span span)
{
	struct node *n = node_new(c, NODE_LABEL, span);

	n->type = type != NULL ? type : element->type;
	while (element->kind == NODE_LABEL)
		element = element->label.element;
	if (name_empty(name)) {
		struct str body = label_body(element);

		name.anon = anon_new(c, body.n > 0 ? body : STR("anon"));
	}
	n->label.name = name;
	n->label.element = expr_group(c, element, op_of(OP_as_));
	return n;
}

struct node *expr_tuple(struct compilation *c, struct node **items, size_t count, struct span span)
{
	struct node *n = node_new(c, NODE_TUPLE, span);

	for (size_t i = 0; i < count; i++)
		vec_push(c, &n->tuple.items, expr_group(c, items[i], op_of(OP_comma_op)));
	n->type = type_plain(TYPE_TupleType);
	return n;
}

/* A level more than the items have. */
static const struct type *array_type(struct compilation *c, const struct type *item)
{
	struct type *t;

	if (item->id != TYPE_ARRAY)
		return type_array_of(c, item);
	t = NEW(c, struct type);
	*t = *type_plain(TYPE_ARRAY);
	t->item = item->item;
	t->dimensions = item->dimensions > 0 ? item->dimensions + 1 : 2;
	return t;
}

struct node *expr_array_node(struct compilation *c, const struct vec *items,
                             const struct type *item, struct span span)
{
	struct node *n = node_new(c, NODE_ARRAY, span);

	if (item == NULL)
		item = items->n > 0 ? ((const struct node *)items->items[0])->type : &type_null;
	n->array.items = *items;
	n->type = array_type(c, item);
	return n;
}

struct value expr_array(struct compilation *c, const struct value *items, size_t count,
                        struct span span)
{
	const struct literal **literals = literal_room(c, count);
	struct vec nodes = { 0 };
	struct node *n;
	bool all = true;

	for (size_t i = 0; i < count; i++) {
		struct value item = items[i];

		if (item.kind == VALUE_LIST) { /* ARRAY[[1, 2], [3, 4]] */
			const struct value *inner;
			size_t inner_count;

			value_items(c, &item, &inner, &inner_count);
			item = expr_array(c, inner, inner_count, item.span);
		}
		literals[i] = value_as_literal(&item);
		all = all && literals[i] != NULL;
		vec_push(c, &nodes,
		         item.kind == VALUE_NODE ? item.node : coerce_expression(c, item));
	}
	n = expr_array_node(c, &nodes, NULL, span);
	if (all)
		n->array.literal = literal_sequence(c, LITERAL_LIST, literals, count, span);
	return value_node(n);
}

/* ------------------------------------------------------------------ result types */

/* What PostgreSQL is known to give for a call of which SQLAlchemy knows nothing, or NULL. */
static const struct function_result *real_result(const struct node *n)
{
	while (n->kind == NODE_OVER || n->kind == NODE_FILTER)
		n = n->kind == NODE_OVER ? n->over.element : n->filter.element;
	if (n->kind != NODE_FUNCTION || n->function.package_count > 0 || !type_is_null(n->type))
		return NULL;
	return function_result(n->function.name);
}

const struct type *expr_acting_type(struct compilation *c, const struct node *n)
{
	const struct function_result *r = real_result(n);

	if (r == NULL)
		return type_acting(n->type);
	if (r->type == TYPE_ARRAY)
		return type_array_of(c, type_plain(r->item));
	return type_plain(r->type);
}

/* The results that SQLAlchemy's types list for an operator beside another family
 * (_expression_adaptations); OWN is the left type's class. */
enum { OWN = TYPE_COUNT };
static const struct adaptation {
	enum affinity left;
	enum op_id op;
	enum affinity right;
	int result;
} adaptations[] = {
	{ AFFINITY_INTEGER, OP_add, AFFINITY_DATE, TYPE_Date },
	{ AFFINITY_INTEGER, OP_add, AFFINITY_INTEGER, OWN },
	{ AFFINITY_INTEGER, OP_add, AFFINITY_NUMERIC, TYPE_Numeric },
	{ AFFINITY_INTEGER, OP_mul, AFFINITY_INTERVAL, TYPE_Interval },
	{ AFFINITY_INTEGER, OP_mul, AFFINITY_INTEGER, OWN },
	{ AFFINITY_INTEGER, OP_mul, AFFINITY_NUMERIC, TYPE_Numeric },
	{ AFFINITY_INTEGER, OP_truediv, AFFINITY_INTEGER, TYPE_Numeric },
	{ AFFINITY_INTEGER, OP_truediv, AFFINITY_NUMERIC, TYPE_Numeric },
	{ AFFINITY_INTEGER, OP_floordiv, AFFINITY_INTEGER, OWN },
	{ AFFINITY_INTEGER, OP_floordiv, AFFINITY_NUMERIC, TYPE_Numeric },
	{ AFFINITY_INTEGER, OP_sub, AFFINITY_INTEGER, OWN },
	{ AFFINITY_INTEGER, OP_sub, AFFINITY_NUMERIC, TYPE_Numeric },
	{ AFFINITY_NUMERIC, OP_mul, AFFINITY_INTERVAL, TYPE_Interval },
	{ AFFINITY_NUMERIC, OP_mul, AFFINITY_NUMERIC, OWN },
	{ AFFINITY_NUMERIC, OP_mul, AFFINITY_INTEGER, OWN },
	{ AFFINITY_NUMERIC, OP_truediv, AFFINITY_NUMERIC, OWN },
	{ AFFINITY_NUMERIC, OP_truediv, AFFINITY_INTEGER, OWN },
	{ AFFINITY_NUMERIC, OP_add, AFFINITY_NUMERIC, OWN },
	{ AFFINITY_NUMERIC, OP_add, AFFINITY_INTEGER, OWN },
	{ AFFINITY_NUMERIC, OP_sub, AFFINITY_NUMERIC, OWN },
	{ AFFINITY_NUMERIC, OP_sub, AFFINITY_INTEGER, OWN },
	{ AFFINITY_DATE, OP_add, AFFINITY_INTEGER, OWN },
	{ AFFINITY_DATE, OP_add, AFFINITY_INTERVAL, TYPE_DateTime },
	{ AFFINITY_DATE, OP_add, AFFINITY_TIME, TYPE_DateTime },
	{ AFFINITY_DATE, OP_sub, AFFINITY_INTEGER, OWN },
	{ AFFINITY_DATE, OP_sub, AFFINITY_DATE, TYPE_Integer },
	{ AFFINITY_DATE, OP_sub, AFFINITY_INTERVAL, TYPE_DateTime },
	{ AFFINITY_DATE, OP_sub, AFFINITY_DATETIME, TYPE_Interval },
	{ AFFINITY_DATETIME, OP_add, AFFINITY_INTERVAL, OWN },
	{ AFFINITY_DATETIME, OP_sub, AFFINITY_INTERVAL, OWN },
	{ AFFINITY_DATETIME, OP_sub, AFFINITY_DATETIME, TYPE_Interval },
	{ AFFINITY_TIME, OP_add, AFFINITY_DATE, TYPE_DateTime },
	{ AFFINITY_TIME, OP_add, AFFINITY_INTERVAL, OWN },
	{ AFFINITY_TIME, OP_sub, AFFINITY_TIME, TYPE_Interval },
	{ AFFINITY_TIME, OP_sub, AFFINITY_INTERVAL, OWN },
	{ AFFINITY_INTERVAL, OP_add, AFFINITY_DATE, TYPE_DateTime },
	{ AFFINITY_INTERVAL, OP_add, AFFINITY_INTERVAL, OWN },
	{ AFFINITY_INTERVAL, OP_add, AFFINITY_DATETIME, TYPE_DateTime },
	{ AFFINITY_INTERVAL, OP_add, AFFINITY_TIME, TYPE_Time },
	{ AFFINITY_INTERVAL, OP_sub, AFFINITY_INTERVAL, OWN },
	{ AFFINITY_INTERVAL, OP_mul, AFFINITY_NUMERIC, OWN },
	{ AFFINITY_INTERVAL, OP_truediv, AFFINITY_NUMERIC, OWN },
};

/* HasExpressionLookup.Comparator._adapt_expression() */
static const struct type *looked_up(const struct op *op, const struct type *left,
                                    const struct type *right)
{
	enum affinity a = type_affinity(left);
	enum affinity b = type_affinity(right);

	for (size_t i = 0; i < sizeof(adaptations) / sizeof(adaptations[0]); i++) {
		const struct adaptation *row = &adaptations[i];
		enum type_id class;

		if (row->left != a || row->op != op->id || row->right != b)
			continue;
		class = row->result == OWN ? left->id : (enum type_id)row->result;
		if (class == type_family(b))
			return right;
		return class == type_family(a) ? left : type_plain(class);
	}
	return left;
}

/* lower() and upper() of a range are its bounds. */
static bool is_of_range(const struct node *n)
{
	const struct vec *arguments = &n->function.arguments;

	return n->kind == NODE_FUNCTION && arguments->n > 0 &&
	       type_affinity(((const struct node *)arguments->items[0])->type) == AFFINITY_RANGE;
}

static bool is_text_call(struct compilation *c, const struct node *n)
{
	return type_is_null(n->type) && !is_of_range(n) &&
	       type_affinity(expr_acting_type(c, n)) == AFFINITY_STRING;
}

static const struct type *adapt_types(struct compilation *c, const struct op **op,
                                      const struct type *left, const struct type *right)
{
	if (type_is_null(left)) {
		if (type_is_null(right) || !(*op)->commutative)
			return left;
		return adapt_types(c, op, right, left);
	}
	if ((*op)->id == OP_add && type_is_concatenable(left) &&
	    (type_is_concatenable(right) || type_is_null(right))) {
		*op = op_of(OP_concat_op);
		return left->id == TYPE_ENUM || left->id == TYPE_Enum ? type_plain(TYPE_String)
		                                                      : left;
	}
	switch (type_affinity(left)) {
	case AFFINITY_INTEGER:
	case AFFINITY_NUMERIC:
	case AFFINITY_DATE:
	case AFFINITY_DATETIME:
	case AFFINITY_TIME:
	case AFFINITY_INTERVAL:
		return looked_up(*op, left, right);
	default:
		return left;
	}
}

/* Operator and type of left op right (_adapt_expression). */
static const struct type *adapt(struct compilation *c, const struct op **op,
                                const struct node *left, const struct node *right)
{
	const struct type *a = left->type;
	const struct type *b = right->type;

	/* Where SQLAlchemy makes `+` of two texts, which PostgreSQL has not: a domain is its base, and
	 * a function gives what PostgreSQL says. */
	if ((*op)->id == OP_add) {
		if (a->id == TYPE_DOMAIN && type_is_concatenable(type_acting(a)))
			a = type_acting(a);
		if (b->id == TYPE_DOMAIN && type_is_concatenable(type_acting(b)))
			b = type_acting(b);
		if (type_is_null(a) && type_is_null(b) && is_text_call(c, left) &&
		    is_text_call(c, right))
			a = expr_acting_type(c, left);
	}
	return adapt_types(c, op, a, b);
}

/* ------------------------------------------------------------------ operators */

struct node *expr_operate(struct compilation *c, struct node *expr, const struct op *op,
                          struct value other, bool reverse, const struct type *result,
                          struct span span)
{
	struct node *coerced;
	struct node *left;
	struct node *right;

	if (expr_is_collection(expr)) {
		if (!op->comparison || reverse)
			fail(c, span, SQLSTATE_INVALID_ARGUMENT,
			     "Only comparison operators may be used with ANY/ALL");
		reverse = true;
	}
	coerced = coerce_operand(c, other, expr, op);
	left = reverse ? coerced : expr;
	right = reverse ? expr : coerced;
	if (result == NULL)
		result = op->return_type;
	if (result == NULL && op->custom && op->comparison)
		result = type_plain(TYPE_Boolean);
	if (result == NULL)
		result = adapt(c, &op, left, right);
	return expr_construct(c, left, right, op, result, NULL, span);
}

static const enum op_id operator_ids[] = {
	[TREE_ADD] = OP_add,
	[TREE_SUB] = OP_sub,
	[TREE_MUL] = OP_mul,
	[TREE_DIV] = OP_truediv,
	[TREE_FLOORDIV] = OP_floordiv,
	[TREE_MOD] = OP_mod,
	[TREE_EQ] = OP_eq,
	[TREE_NE] = OP_ne,
	[TREE_LT] = OP_lt,
	[TREE_LE] = OP_le,
	[TREE_GT] = OP_gt,
	[TREE_GE] = OP_ge,
	[TREE_BITAND] = OP_and_,
	[TREE_BITOR] = OP_or_,
	[TREE_LSHIFT] = OP_strictly_left_of,
	[TREE_RSHIFT] = OP_strictly_right_of,
};

static const char *operator_spelling(enum tree_op op)
{
	static const char *const spellings[] = {
		[TREE_ADD] = "+",     [TREE_SUB] = "-",       [TREE_MUL] = "*",
		[TREE_DIV] = "/",     [TREE_FLOORDIV] = "//", [TREE_MOD] = "%",
		[TREE_EQ] = "==",     [TREE_NE] = "!=",       [TREE_LT] = "<",
		[TREE_LE] = "<=",     [TREE_GT] = ">",        [TREE_GE] = ">=",
		[TREE_BITAND] = "&",  [TREE_BITOR] = "|",     [TREE_BITXOR] = "^",
		[TREE_LSHIFT] = "<<", [TREE_RSHIFT] = ">>",   [TREE_NEG] = "-",
		[TREE_POS] = "+",     [TREE_INVERT] = "~",    [TREE_POW] = "** or pow()",
	};

	return spellings[op];
}

static struct node *conjunction(struct compilation *c, enum tree_op op, struct value left,
                                struct value right, struct span at)
{
	struct vec clauses = { 0 };

	if (!coerce_is_criterion(c, &left) || !coerce_is_criterion(c, &right))
		hint(c,
		     "%s binds tighter than a comparison, as in Python: write (x == 1) %s (y == "
		     "2).",
		     operator_spelling(op), operator_spelling(op));
	vec_push(c, &clauses, coerce_where(c, left));
	vec_push(c, &clauses, coerce_where(c, right));
	return op == TREE_BITAND ? expr_and(c, &clauses, at) : expr_or(c, &clauses, at);
}

static bool is_comparison(enum tree_op op)
{
	return op >= TREE_EQ && op <= TREE_GE;
}

static _Noreturn void fail_operands(struct compilation *c, enum tree_op op,
                                    const struct value *left, const struct value *right,
                                    struct span word)
{
	struct str a = value_describe(left);
	struct str b = value_describe(right);

	if (op == TREE_BITXOR)
		hint(c, "Exclusive or is x.bitwise_xor(y); a power is func.power(x, y).");
	else if (op == TREE_POW)
		hint(c, "Write func.power(x, y).");
	else if (op == TREE_LSHIFT || op == TREE_RSHIFT)
		hint(c, "Shifts are x.bitwise_lshift(y) and x.bitwise_rshift(y).");
	fail(c, word, SQLSTATE_UNDEFINED_FUNCTION,
	     "unsupported operand type(s) for %s: '%.*s' and '%.*s'", operator_spelling(op),
	     STR_ARG(a), STR_ARG(b));
}

/* What stands for an expression as an operand's owner: of two values the left one. */
static struct node *owner(struct compilation *c, struct value v)
{
	return v.kind == VALUE_NODE ? v.node : coerce_element(c, v, STR(""), NULL);
}

static bool is_plain_literal(const struct value *v)
{
	return v->kind != VALUE_NODE && value_as_literal(v) != NULL;
}

static struct node *shift(struct compilation *c, enum tree_op op, struct node *expr,
                          struct value left, struct value right, struct span at, struct span word)
{
	if (type_affinity(type_acting(expr->type)) != AFFINITY_RANGE)
		fail_operands(c, op, &left, &right, word);
	return expr_operate(c, expr, op_of(operator_ids[op]), right, false, NULL, at);
}

/* Column, where ColumnClause is what column() and expressions of a subquery are. */
static bool is_column_class(const struct node *n)
{
	while (n->kind == NODE_COLUMN && n->column.reflected == NULL && n->column.proxies.n > 0) {
		n = n->column.proxies.items[0];
		if (n->kind == NODE_LABEL)
			n = n->label.element;
	}
	return n->kind == NODE_COLUMN && n->column.reflected != NULL;
}

/* UnaryExpression itself, not Exists, AsBoolean or CollectionAggregate. */
static bool is_plain_unary(const struct node *n)
{
	switch (n->unary.op == NULL ? OP_none : n->unary.op->id) {
	case OP_exists:
	case OP_any_op:
	case OP_all_op:
	case OP_is_true:
	case OP_is_false:
		return false;
	default:
		return true;
	}
}

/* Whether the right operand's class derives from the left one's: Python then asks the right operand
 * to compare, which swaps the sides. */
static bool derives(const struct node *right, const struct node *left)
{
	switch (left->kind) {
	case NODE_COLUMN:
		return right->kind == NODE_COLUMN && !is_column_class(left) &&
		       is_column_class(right);
	case NODE_FUNCTION:
		return right->kind == NODE_FUNCTION && left->function.known == NULL &&
		       right->function.known != NULL;
	case NODE_UNARY:
		return right->kind == NODE_UNARY && is_plain_unary(left) && !is_plain_unary(right);
	case NODE_LIST:
		return !left->list.op->boolean &&
		       (right->kind == NODE_ARRAY ||
		        (right->kind == NODE_LIST && right->list.op->boolean));
	default:
		return false;
	}
}

static bool is_text(const struct value *v)
{
	return v->kind == VALUE_NODE && v->node->kind == NODE_TEXT;
}

/* Python tries the left operand first; a literal or a text() there leaves it to the right one. */
static struct node *operate(struct compilation *c, enum tree_op op, struct value left,
                            struct value right, struct span at, struct span word)
{
	bool reverse = (is_plain_literal(&left) && !is_plain_literal(&right)) ||
	               (is_text(&left) && right.kind == VALUE_NODE && !is_text(&right));
	struct node *expr = owner(c, reverse ? right : left);
	struct value other = reverse ? left : right;

	if (expr->kind == NODE_TEXT) {
		hint(c, "A text that takes part in operators is literal_column(\"...\").");
		fail_operands(c, op, &left, &right, word);
	}
	if (is_comparison(op)) {
		const struct op *o = op_of(operator_ids[op]);

		if (!reverse && right.kind == VALUE_NODE && derives(right.node, expr)) {
			reverse = true;
			other = value_node(expr);
			expr = right.node;
		}
		return expr_compare(c, expr, reverse ? op_mirror(o) : o, other, false, NULL, at);
	}
	if (op == TREE_LSHIFT || op == TREE_RSHIFT) {
		if (reverse)
			fail_operands(c, op, &left, &right, word);
		return shift(c, op, expr, left, right, at, word);
	}
	return expr_operate(c, expr, op_of(operator_ids[op]), other, reverse, NULL, at);
}

/* [a] + [b], (a,) + (b,): what they hold need not be values. */
static bool join_lists(struct compilation *c, const struct value *left, const struct value *right,
                       struct span at, struct value *out)
{
	struct value *items;

	if (left->kind != right->kind || (left->kind != VALUE_LIST && left->kind != VALUE_TUPLE))
		return false;
	items = arena_array(&c->arena, left->count + right->count + 1, sizeof(*items));
	if (left->count > 0)
		memcpy(items, left->items, left->count * sizeof(*items));
	if (right->count > 0)
		memcpy(items + left->count, right->items, right->count * sizeof(*items));
	*out = literal_collection(c, left->kind, items, left->count + right->count, at);
	return true;
}

struct value expr_binary(struct compilation *c, enum tree_op op, struct value left,
                         struct value right, struct span at, struct span word)
{
	const struct literal *folded;
	struct value list;

	if (op == TREE_ADD && join_lists(c, &left, &right, at, &list))
		return list;
	if (is_plain_literal(&left) && is_plain_literal(&right)) {
		folded = literal_fold(c, op, left.literal, right.literal, at);
		if (folded != NULL)
			return value_literal(folded);
	}
	if (op == TREE_BITXOR || op == TREE_POW)
		fail_operands(c, op, &left, &right, word);
	if (op == TREE_BITAND || op == TREE_BITOR)
		return value_node(is_plain_literal(&left) ? conjunction(c, op, right, left, at)
		                                          : conjunction(c, op, left, right, at));
	return value_node(operate(c, op, left, right, at, word));
}

struct value expr_unary(struct compilation *c, enum tree_op op, struct value operand,
                        struct span at)
{
	struct node *n;

	if (is_plain_literal(&operand)) {
		const struct literal *folded = literal_fold_unary(c, op, operand.literal, at);

		if (folded != NULL)
			return value_literal(folded);
	}
	if (op == TREE_INVERT)
		return value_node(expr_negate(c,
		                              is_plain_literal(&operand) ? coerce_where(c, operand)
		                                                         : owner(c, operand),
		                              at));
	n = owner(c, operand);
	if (expr_is_collection(n))
		fail(c, at, SQLSTATE_INVALID_ARGUMENT,
		     "Only comparison operators may be used with ANY/ALL");
	if (op == TREE_POS)
		return value_node(n);
	return value_node(expr_unary_node(c, op_of(OP_neg), n, n->type, at));
}

struct value expr_apply(struct compilation *c, const struct value *operator_, struct value right,
                        struct span span)
{
	struct node *left = owner(c, operator_->items[0]);
	const struct op *op = operator_->op;

	if (op->comparison && !op->custom)
		return value_node(expr_compare(c, left, op, right, false, NULL, span));
	return value_node(expr_operate(c, left, op, right, false, NULL, span));
}

struct node *expr_eq(struct compilation *c, struct node *left, struct node *right, struct span at)
{
	return expr_compare(c, left, op_of(OP_eq), value_node(right), false, NULL, at);
}

/* ------------------------------------------------------------------ v::type */

static struct value typed_literal(struct compilation *c, const struct literal *l,
                                  const struct type *type, struct span span)
{
	struct literal *typed = NEW(c, struct literal);

	*typed = *l;
	typed->span = span;
	typed->type = type;
	typed->type_sql = type->sql;
	if (l->kind != LITERAL_PARAMETER) {
		typed->kind = LITERAL_TYPED;
		typed->inner = l;
		typed->height = l->height + 1;
	}
	return value_literal(typed);
}

struct value expr_typed(struct compilation *c, struct value v, const struct tree_type *type,
                        struct span span)
{
	const struct type *t = type_written(c, type);
	const struct literal *l = value_as_literal(&v);

	if (l != NULL && l->kind != LITERAL_NONE && l->kind != LITERAL_TYPED &&
	    !(l->kind == LITERAL_PARAMETER && l->type_sql.n > 0) && l->kind != LITERAL_DICT)
		return typed_literal(c, l, t, span);
	return value_node(expr_cast(c, v, t, span));
}
