/* Values in the roles that columns play (sql/coercions.py). Those of FROM objects are in
 * coerce_from.c. */
#include "compiler/call.h"
#include "compiler/compilation.h"
#include "compiler/expr.h"
#include "compiler/from.h"
#include "compiler/statements.h"
#include "compiler/text.h"
#include "compiler/vocabulary.h"

/* ------------------------------------------------------------------ messages */

static struct str describe(struct compilation *c, const struct value *v)
{
	const struct literal *l = value_as_literal(v);
	struct str name;

	if (l != NULL && v->kind != VALUE_NODE)
		return literal_repr(c, l);
	name = value_describe(v);
	return arena_printf(&c->arena, "<%.*s>", STR_ARG(name));
}

_Noreturn void coerce_fail(struct compilation *c, const struct value *v, const char *role,
                           const char *advice)
{
	struct str got = describe(c, v);

	if (v->kind == VALUE_FUNC)
		hint(c, "Call the function: func.%.*s()",
		     STR_ARG(v->count > 0 ? v->items[v->count - 1].name : STR("name")));
	if (v->kind == VALUE_OPERATOR && v->count == 1)
		hint(c, "Call the operator with its right side: x.op(\"+\")(y)");
	if (v->kind == VALUE_METHOD)
		hint(c, "Call it: %s(...)", v->word->name);
	fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH, "%s expected, got %.*s.%s%s", role,
	     STR_ARG(got), advice[0] == '\0' ? "" : " ", advice);
}

static _Noreturn void fail_textual(struct compilation *c, const struct value *v)
{
	struct str text = literal_repr(c, v->literal);

	fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
	     "Textual SQL expression %.*s should be explicitly declared as text(%.*s)",
	     STR_ARG(text), STR_ARG(text));
}

/* ------------------------------------------------------------------ what is no literal */

/* A select, or a subquery that was made of one, as a scalar subquery; NULL for anything else. */
static struct node *as_scalar_select(struct compilation *c, const struct value *v)
{
	if (v->kind == VALUE_STATEMENT && statement_is_select(v->statement))
		return statement_scalar(c, v->statement, v->span);
	if (v->kind == VALUE_FROM && v->from->kind == FROM_SUBQUERY && v->from->statement != NULL)
		return statement_scalar(c, v->from->statement, v->span);
	return NULL;
}

static const char *advice_for(const struct value *v)
{
	if (v->kind != VALUE_FROM)
		return "";
	if (v->from->kind == FROM_VALUES)
		return "To create a column expression from a VALUES clause, use the "
		       ".scalar_values() method.";
	return "To create a column expression from a FROM clause row as a whole, use the "
	       ".table_valued() method.";
}

/* A tuple or list that holds expressions: SQLAlchemy would send them to the driver, which fails;
 * they are meant as tuple_() and array(). NULL for other values. */
static struct node *as_composite(struct compilation *c, const struct value *v)
{
	struct vec items = { 0 };

	if ((v->kind != VALUE_TUPLE && v->kind != VALUE_LIST) || v->literal != NULL)
		return NULL;
	for (size_t i = 0; i < v->count; i++)
		vec_push(c, &items, coerce_element(c, v->items[i], STR(""), NULL));
	if (v->kind == VALUE_TUPLE)
		return expr_tuple(c, (struct node **)items.items, items.n, v->span);
	return expr_array_node(c, &items, NULL, v->span);
}

/* Anything but a literal as an expression. */
static struct node *expression_of(struct compilation *c, const struct value *v, const char *role)
{
	struct node *n;

	if (v->kind == VALUE_NODE)
		return v->node;
	n = as_scalar_select(c, v);
	if (n == NULL)
		n = as_composite(c, v);
	if (n == NULL)
		coerce_fail(c, v, role,
		            strncmp(role, "SQL expression element", 22) == 0 ? advice_for(v) : "");
	return n;
}

/* ------------------------------------------------------------------ elements and operands */

static bool evaluates_none(const struct type *t)
{
	return t != NULL && type_affinity(t) == AFFINITY_JSON && !t->none_as_null;
}

struct node *coerce_element(struct compilation *c, struct value v, struct str body,
                            const struct type *type)
{
	const struct literal *l = value_as_literal(&v);
	struct node *n;

	if (l == NULL)
		return expression_of(c, &v, "SQL expression element");
	if (literal_is_none(l) && !evaluates_none(type))
		return expr_constant(c, CONSTANT_NULL, v.span);
	n = expr_bind(c, l, type, body);
	n->bind.typed = type != NULL;
	n->span = v.span;
	return n;
}

struct node *coerce_expression(struct compilation *c, struct value v)
{
	return coerce_element(c, v, STR(""), NULL);
}

struct str coerce_bind_body(const struct node *n)
{
	switch (n->kind) {
	case NODE_COLUMN:
		if (n->column.name.anon != NULL) /* it has no name to give */
			return STR("");
		return n->column.key.n > 0 ? n->column.key : n->column.name.text;
	case NODE_FUNCTION:
		return n->function.name;
	default:
		return STR("");
	}
}

/* The values of a tuple, each typed by its counterpart. */
static struct node *tuple_beside(struct compilation *c, const struct literal *l,
                                 const struct node *like)
{
	size_t count = l->count < like->tuple.items.n ? l->count : like->tuple.items.n;
	struct vec items = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct node *peer = like->tuple.items.items[i];

		vec_push(c, &items,
		         expr_bind(c, l->items[i], literal_type_beside(peer->type, l->items[i]),
		                   STR("")));
	}
	return expr_tuple(c, (struct node **)items.items, items.n, l->span);
}

/* The values of a list beside array([…]). */
static struct node *array_beside(struct compilation *c, const struct literal *l,
                                 const struct node *like, const struct type *type)
{
	struct vec items = { 0 };

	for (size_t i = 0; i < l->count; i++)
		vec_push(c, &items,
		         expr_bind(c, l->items[i],
		                   type != NULL ? type
		                                : literal_type_beside(like->type, l->items[i]),
		                   STR("")));
	return expr_array_node(c, &items, NULL, l->span);
}

static bool is_sequence(const struct literal *l)
{
	return l->kind == LITERAL_LIST || l->kind == LITERAL_TUPLE;
}

/* ARRAY[…] beside JSON and the like is an array, beside an array it is the value psycopg2 sends. */
static bool stays_array(const struct value *v, const struct node *like)
{
	enum affinity affinity = type_affinity(like->type);

	return v->kind == VALUE_NODE && (affinity == AFFINITY_JSON || affinity == AFFINITY_HSTORE ||
	                                 like->kind == NODE_ARRAY);
}

/* A number or a boolean compared with JSON is JSON too: SQLAlchemy sends it as it is, which PostgreSQL
 * has no operator for. */
bool coerce_as_json(const struct literal *l, const struct node *like, const struct op *op)
{
	return op->comparison && literal_is_number(l) &&
	       type_affinity(type_acting(like->type)) == AFFINITY_JSON;
}

/* $1 beside an operator that only the server knows: it finds the type, as it does in SQL. */
static bool is_for_server(const struct literal *l, const struct op *op)
{
	return l != NULL && literal_is_parameter(l) && op->id == OP_custom_op;
}

/* The type of a value beside another: a text that is declared beside JSON is JSON text, as one that
 * stands in the expression is. */
static const struct type *type_beside(const struct literal *l, const struct node *like,
                                      const struct op *op)
{
	const struct type *acting = type_acting(like->type);

	if (is_for_server(l, op))
		return literal_type(l);
	if (literal_is_parameter(l) && l->type_sql.n == 0 &&
	    type_affinity(acting) == AFFINITY_JSON &&
	    type_affinity(literal_type(l)) == AFFINITY_STRING)
		return acting;
	return literal_type_beside(like->type, l);
}

static struct node *bind_beside(struct compilation *c, const struct literal *l, struct node *like,
                                const struct op *op, const struct type *type)
{
	struct node *n;

	if (like->kind == NODE_TUPLE && is_sequence(l))
		return tuple_beside(c, l, like);
	if (like->kind == NODE_ARRAY && literal_is_collection(l) && op->id != OP_getitem)
		return array_beside(c, l, like, type);
	if (type == NULL && coerce_as_json(l, like, op))
		type = type_acting(like->type);
	n = expr_bind(c, l, type != NULL ? type : type_beside(l, like, op), coerce_bind_body(like));
	n->bind.typed = type != NULL || !type_is_null(like->type);
	return n;
}

/* What has no type takes that of the other side, if it is a bind (_with_binary_element_type). */
static struct node *with_type(struct compilation *c, struct node *n, const struct type *type)
{
	struct node *copy;

	if (n->kind == NODE_GROUPING) {
		struct node *inner = with_type(c, n->grouping, type);

		return inner == n->grouping ? n : expr_grouping(c, inner);
	}
	if (n->kind != NODE_BIND)
		return n;
	copy = node_clone(c, n);
	copy->bind.typed = true;
	copy->type = type;
	return copy;
}

struct node *coerce_operand_typed(struct compilation *c, struct value v, struct node *like,
                                  const struct op *op, const struct type *type)
{
	const struct literal *l = value_as_literal(&v);
	struct node *n;

	if (l != NULL && !stays_array(&v, like)) {
		n = bind_beside(c, l, like, op, type);
		n->span = v.span;
	} else {
		n = expression_of(c, &v, "SQL expression element or literal value");
	}
	if (type_is_null(n->type) && !type_is_null(like->type) && !is_for_server(l, op))
		n = with_type(c, n, type != NULL ? type : like->type);
	return n;
}

struct node *coerce_operand(struct compilation *c, struct value v, struct node *like,
                            const struct op *op)
{
	return coerce_operand_typed(c, v, like, op, NULL);
}

/* ------------------------------------------------------------------ criteria */

/* The value as a criterion; NULL: it is none. */
static struct node *criterion_of_value(struct compilation *c, const struct literal *l,
                                       struct span span)
{
	switch (l->kind) {
	case LITERAL_NONE:
		return expr_constant(c, CONSTANT_NULL, span);
	case LITERAL_BOOL:
		return expr_constant(c, l->number ? CONSTANT_TRUE : CONSTANT_FALSE, span);
	case LITERAL_STRING: /* drivers that quote every value send a boolean so */
		if (str_eq_nocase(literal_text(l), STR("true")) ||
		    str_eq_nocase(literal_text(l), STR("t")))
			return expr_constant(c, CONSTANT_TRUE, span);
		if (str_eq_nocase(literal_text(l), STR("false")) ||
		    str_eq_nocase(literal_text(l), STR("f")))
			return expr_constant(c, CONSTANT_FALSE, span);
		return NULL;
	case LITERAL_PARAMETER:
		return expr_bind(c, l, l->type != NULL ? l->type : type_plain(TYPE_Boolean),
		                 STR(""));
	case LITERAL_TYPED:
		if (type_affinity(l->type) == AFFINITY_BOOLEAN)
			return expr_bind(c, l, NULL, STR(""));
		return NULL;
	default:
		return NULL;
	}
}

bool coerce_is_criterion(struct compilation *c, const struct value *v)
{
	const struct literal *l = value_as_literal(v);

	return l == NULL || criterion_of_value(c, l, v->span) != NULL;
}

struct node *coerce_where(struct compilation *c, struct value v)
{
	static const char role[] = "SQL expression for WHERE/HAVING role";
	const struct literal *l = value_as_literal(&v);
	struct node *n;

	if (v.kind == VALUE_LIST || v.kind == VALUE_TUPLE)
		coerce_fail(c, &v, role, "Write the criteria out: where(a, b).");
	if (l == NULL)
		return expression_of(c, &v, role);
	n = criterion_of_value(c, l, v.span);
	if (n == NULL && l->kind == LITERAL_STRING)
		fail_textual(c, &v);
	if (n == NULL)
		coerce_fail(c, &v, role, "");
	return n;
}

struct node *coerce_on(struct compilation *c, struct value v)
{
	static const char role[] =
		"ON clause, typically a SQL expression or ORM relationship attribute";
	const struct literal *l = value_as_literal(&v);

	if (l == NULL || v.kind == VALUE_NODE)
		return expression_of(c, &v, role);
	if (l->kind == LITERAL_PARAMETER || l->kind == LITERAL_TYPED)
		return coerce_where(c, v);
	coerce_fail(c, &v, role, "");
}

/* ------------------------------------------------------------------ ORDER BY and its kin */

struct node *coerce_by(struct compilation *c, struct value v, const char *role)
{
	const struct literal *l = value_as_literal(&v);
	struct node *n;

	if (l == NULL || v.kind == VALUE_NODE)
		return expression_of(c, &v, role);
	switch (l->kind) {
	case LITERAL_NONE:
		return expr_constant(c, CONSTANT_NULL, v.span);
	case LITERAL_BOOL:
		return expr_constant(c, l->number ? CONSTANT_TRUE : CONSTANT_FALSE, v.span);
	case LITERAL_STRING:
		n = node_new(c, NODE_TEXT_REFERENCE, v.span);
		n->reference = literal_text(l);
		return n;
	default:
		if (l->kind == LITERAL_INTEGER)
			hint(c, "A place in the list of columns is text(\"1\").");
		coerce_fail(c, &v, role, "");
	}
}

struct vec coerce_by_list(struct compilation *c, const struct value *v)
{
	struct vec out = { 0 };
	const struct value *items = v;
	size_t count = 1;

	if (!value_given(*v) || value_is_none(v))
		return out;
	if (v->kind == VALUE_COLUMNS) {
		vec_extend(c, &out, columns_all(c, v));
		return out;
	}
	value_items(c, v, &items, &count);
	for (size_t i = 0; i < count; i++) {
		struct node *n = coerce_by(c, items[i], "GROUP BY / OF / etc. expression");

		vec_push(c, &out, expr_group(c, n, op_of(OP_comma_op)));
	}
	return out;
}

/* The label that the expression shows in ORDER BY: itself, or behind DESC and the like. */
static bool has_order_label(const struct node *n)
{
	while (n->kind == NODE_UNARY && n->unary.modifier != NULL)
		n = n->unary.element;
	return n->kind == NODE_LABEL;
}

struct node *coerce_order_by(struct compilation *c, struct value v)
{
	struct node *n = coerce_by(c, v, "ORDER BY expression");
	struct node *reference;

	if (!has_order_label(n))
		return n;
	reference = node_new(c, NODE_LABEL_REFERENCE, n->span);
	reference->labelled = n;
	reference->type = n->type;
	return reference;
}

struct node *coerce_group_by(struct compilation *c, struct value v)
{
	const struct vec *columns;

	if (v.kind == VALUE_FROM)
		columns = from_columns(c, v.from);
	else if (v.kind == VALUE_COLUMNS)
		columns = columns_all(c, &v);
	else
		return coerce_by(c, v, "GROUP BY expression");
	return expr_list(c, op_of(OP_comma_op), &type_null, columns, true, v.span);
}

/* ------------------------------------------------------------------ LIMIT, OFFSET, FETCH */

/* int(text) of a number or of a string of digits; false when there is none. */
static bool truncated(const struct literal *l, struct str *out)
{
	struct str s = literal_text(l);
	size_t i = 0;

	if (l->kind == LITERAL_BOOL) {
		*out = l->number ? STR("1") : STR("0");
		return true;
	}
	if (l->kind != LITERAL_INTEGER && l->kind != LITERAL_FLOAT && l->kind != LITERAL_STRING)
		return false;
	if (i < s.n && s.p[i] == '-')
		i++;
	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	*out = (struct str){ s.p, i };
	if (i == s.n)
		return i > 0 && s.p[i - 1] != '-';
	return l->kind == LITERAL_FLOAT && s.p[i] == '.' && i > 0 &&
	       memchr(s.p, 'e', s.n) == NULL && memchr(s.p, 'E', s.n) == NULL;
}

struct node *coerce_limit(struct compilation *c, struct value v, const char *what)
{
	const struct literal *l = value_as_literal(&v);
	struct str digits;

	if (l == NULL)
		return expression_of(c, &v, "LIMIT / OFFSET expression");
	if (literal_is_none(l))
		return NULL;
	if (l->kind == LITERAL_PARAMETER || l->kind == LITERAL_TYPED)
		return expr_bind(c, l, l->type, STR(""));
	if (l->kind == LITERAL_INTEGER && l->token != NULL) /* int() of it is as it is written */
		return expr_bind(c, l, type_plain(TYPE_Integer), STR(""));
	if (!truncated(l, &digits)) {
		struct str got = literal_repr(c, l);

		fail(c, v.span, SQLSTATE_INVALID_ARGUMENT,
		     "invalid literal for int() with base 10: %.*s in %s()", STR_ARG(got), what);
	}
	return expr_bind(c, literal_make(c, LITERAL_INTEGER, digits, v.span),
	                 type_plain(TYPE_Integer), STR(""));
}

/* ------------------------------------------------------------------ the columns clause */

static const char columns_role[] =
	"Column expression, FROM clause, or other columns clause element";

/* ^\w\S*$ */
static bool looks_like_column(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char ch = (unsigned char)s.p[i];

		if (ch <= ' ')
			return false;
		if (i == 0 && ch < 0x80 && ch != '_' && !(ch >= '0' && ch <= '9') &&
		    !((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z'))
			return false;
	}
	return s.n > 0;
}

static struct node *string_in_columns(struct compilation *c, const struct value *v)
{
	struct str text = literal_text(v->literal);
	struct str shown = literal_repr(c, v->literal);

	if (str_is(text, "*"))
		return expr_verbatim(c, text, &type_null, v->span);
	if (v->literal->token == NULL) /* customer.name, the table's own name */
		hint(c, "A string is no column: columns stand behind .c, as in t.c.name.");
	fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
	     "Textual column expression %.*s should be explicitly declared with text(%.*s), or use "
	     "%s(%.*s) for more specificity",
	     STR_ARG(shown), STR_ARG(shown), looks_like_column(text) ? "column" : "literal_column",
	     STR_ARG(shown));
}

static struct node *literal_in_columns(struct compilation *c, const struct value *v)
{
	const struct literal *l = value_as_literal(v);

	switch (l->kind) {
	case LITERAL_NONE:
		return expr_constant(c, CONSTANT_NULL, v->span);
	case LITERAL_BOOL:
		return expr_constant(c, l->number ? CONSTANT_TRUE : CONSTANT_FALSE, v->span);
	case LITERAL_INTEGER:
	case LITERAL_FLOAT:
	case LITERAL_DECIMAL:
		return expr_verbatim(c, literal_text(l), &type_null, v->span);
	case LITERAL_STRING:
		return string_in_columns(c, v);
	case LITERAL_LIST:
	case LITERAL_TUPLE:
	case LITERAL_SET:
	case LITERAL_DICT:
		coerce_fail(c, v, columns_role, "");
	default: /* $1 and '…'::type may stand for a number */
		return expr_bind(c, l, NULL, STR(""));
	}
}

struct entity *coerce_columns_clause(struct compilation *c, struct value v)
{
	struct entity *entity = NEW(c, struct entity);

	entity->span = v.span;
	if (v.kind == VALUE_NODE)
		entity->node = v.node;
	else if (v.kind == VALUE_FROM)
		entity->from = v.from;
	else if (value_as_literal(&v) != NULL)
		entity->node = literal_in_columns(c, &v);
	else if (v.kind == VALUE_STATEMENT && statement_is_select(v.statement))
		coerce_fail(
			c, &v, columns_role,
			"To create a FROM clause from a <class "
			"'sqlalchemy.sql.selectable.Select'> object, use the .subquery() method.");
	else
		coerce_fail(c, &v, columns_role, "");
	return entity;
}

/* ------------------------------------------------------------------ types */

const struct type *coerce_type(struct compilation *c, const struct value *v)
{
	struct str got;

	if (v->kind == VALUE_TYPE)
		return v->type;
	if (!value_given(*v) || value_is_none(v))
		return &type_null;
	got = describe(c, v);
	hint(c, "Name a type: Integer, Numeric(10, 2), postgresql.JSONB");
	fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH, "a type is expected here, got %.*s",
	     STR_ARG(got));
}

/* ------------------------------------------------------------------ VALUES and SET */

struct node *coerce_assigned(struct compilation *c, struct value v, struct node *column, bool named)
{
	const struct literal *l = value_as_literal(&v);
	struct node *n;

	if (l == NULL || stays_array(&v, column)) {
		n = expression_of(c, &v, "SQL expression element");
		if (n->kind == NODE_BIND && type_is_null(n->type))
			n = with_type(c, n, column->type);
		return expr_group(c, n, NULL);
	}
	n = expr_bind(c, l, column->type, STR(""));
	n->bind.typed = true;
	n->span = v.span;
	if (named) /* the column's own name: it takes no number */
		n->bind.name.anon = NULL;
	return n;
}
