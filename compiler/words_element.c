/* The methods that every column expression has (ColumnOperators, ColumnElement). */
#include "compiler/call.h"
#include "compiler/compilation.h"
#include "compiler/expr.h"
#include "compiler/from.h"
#include "compiler/text.h"
#include "compiler/vocabulary.h"
#include "compiler/words.h"

static struct node *self(struct call *call)
{
	return call->self.node;
}

/* ------------------------------------------------------------------ one right side */

/* Methods that are an operator, with the older spelling of some. */
static const struct op_method methods[] = {
	{ "concat", OP_concat_op },
	{ "bitwise_and", OP_bitwise_and_op },
	{ "bitwise_or", OP_bitwise_or_op },
	{ "bitwise_xor", OP_bitwise_xor_op },
	{ "bitwise_lshift", OP_bitwise_lshift_op },
	{ "bitwise_rshift", OP_bitwise_rshift_op },
	{ "is_", OP_is_ },
	{ "is_not", OP_is_not },
	{ "isnot", OP_is_not },
	{ "is_distinct_from", OP_is_distinct_from },
	{ "is_not_distinct_from", OP_is_not_distinct_from },
	{ "isnot_distinct_from", OP_is_not_distinct_from },
	{ "in_", OP_in_op },
	{ "not_in", OP_not_in_op },
	{ "notin_", OP_not_in_op },
	{ "like", OP_like_op },
	{ "ilike", OP_ilike_op },
	{ "not_like", OP_not_like_op },
	{ "notlike", OP_not_like_op },
	{ "not_ilike", OP_not_ilike_op },
	{ "notilike", OP_not_ilike_op },
	{ "contains", OP_contains_op },
	{ "startswith", OP_startswith_op },
	{ "endswith", OP_endswith_op },
	{ "icontains", OP_icontains_op },
	{ "istartswith", OP_istartswith_op },
	{ "iendswith", OP_iendswith_op },
	{ "desc", OP_desc_op },
	{ "asc", OP_asc_op },
	{ "nulls_first", OP_nulls_first_op },
	{ "nullsfirst", OP_nulls_first_op },
	{ "nulls_last", OP_nulls_last_op },
	{ "nullslast", OP_nulls_last_op },
};

static const struct op *method_operator(const struct call *call)
{
	return op_of_method(methods, sizeof(methods) / sizeof(methods[0]), call->word->name);
}

/* args: other */
struct value element_operator(struct compilation *c, struct call *call)
{
	return value_node(expr_operate(c, self(call), method_operator(call), call->args[0], false,
	                               NULL, call->span));
}

/* args: other */
struct value element_comparison(struct compilation *c, struct call *call)
{
	return value_node(expr_compare(c, self(call), method_operator(call), call->args[0], false,
	                               NULL, call->span));
}

/* args: other */
struct value element_in(struct compilation *c, struct call *call)
{
	return value_node(expr_in(c, self(call), method_operator(call), call->args[0], call->span));
}

/* ------------------------------------------------------------------ LIKE */

static struct node *escape_bind(struct compilation *c, struct str escape, struct span span)
{
	struct node *n =
		expr_bind(c, literal_string(c, escape, span), type_plain(TYPE_String), STR(""));

	n->bind.name.anon = NULL; /* it is written as it is: it takes no number */
	return n;
}

static struct value like(struct compilation *c, struct call *call, struct value other,
                         struct str escape, bool escaped)
{
	struct node *n =
		expr_compare(c, self(call), method_operator(call), other, false, NULL, call->span);

	if (escaped && n->kind == NODE_BINARY)
		n->binary.escape = escape_bind(c, escape, call->span);
	return value_node(n);
}

/* args: other, escape */
struct value element_like(struct compilation *c, struct call *call)
{
	return like(c, call, call->args[0], call_string(c, call, 1), call_has(call, 1));
}

/* The text with the escape character before itself, % and _. */
static struct str escaped_text(struct compilation *c, struct str text, struct str escape)
{
	struct text out;

	text_init(&out, &c->arena);
	for (size_t i = 0; i < text.n; i++) {
		char ch = text.p[i];
		bool is_escape = escape.n > 0 && text.n - i >= escape.n &&
		                 memcmp(text.p + i, escape.p, escape.n) == 0;

		if (is_escape || ch == '%' || ch == '_')
			text_str(&out, escape);
		if (is_escape && escape.n > 1) {
			text_str(&out, escape);
			i += escape.n - 1;
		} else {
			text_char(&out, ch);
		}
	}
	return text_view(&out);
}

/* The same of $1, whose text only the server sees. */
static struct value escaped_parameter(struct compilation *c, struct value v, struct str escape)
{
	struct str special[] = { escape, STR("%"), STR("_") };

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		struct str escaped =
			arena_printf(&c->arena, "%.*s%.*s", STR_ARG(escape), STR_ARG(special[i]));
		struct value arguments[] = {
			v,
			value_literal(literal_string(c, special[i], v.span)),
			value_literal(literal_string(c, escaped, v.span)),
		};

		if (i == 0 && (str_is(escape, "%") || str_is(escape, "_")))
			continue;
		v = value_node(expr_call(c, STR("replace"), arguments, 3, NULL, v.span));
	}
	return v;
}

/* args: other, escape, autoescape */
struct value element_contains(struct compilation *c, struct call *call)
{
	struct value other = call->args[0];
	struct str escape = call_string(c, call, 1);
	const struct literal *l;
	struct str text;

	if (!call_flag(c, call, 2, false))
		return like(c, call, other, escape, call_has(call, 1));
	if (!call_has(call, 1))
		escape = STR("/");
	l = value_as_literal(&other);
	if (l != NULL && literal_is_parameter(l))
		return like(c, call, escaped_parameter(c, other, escape), escape, true);
	if (!value_string(&other, &text)) {
		hint(c, "Escape the pattern yourself, or give it as a string.");
		fail(c, other.span, SQLSTATE_DATATYPE_MISMATCH,
		     "String value expected when autoescape=True");
	}
	text = escaped_text(c, text, escape);
	return like(c, call, value_literal(literal_string(c, text, other.span)), escape, true);
}

/* ------------------------------------------------------------------ BETWEEN, match, regexps */

/* Two operands that are one right side: between, the arguments of regexp_replace(). */
static struct node *pair(struct compilation *c, struct node *expr, const struct op *op,
                         struct value first, struct value second, struct span span)
{
	struct vec items = { 0 };

	vec_push(c, &items, coerce_operand(c, first, expr, op));
	vec_push(c, &items, coerce_operand(c, second, expr, op));
	return expr_list(c, op, &type_null, &items, false, span);
}

/* args: cleft, cright, symmetric; of between() as well, whose expression comes first */
static struct value between(struct compilation *c, struct call *call, struct node *expr,
                            size_t first)
{
	struct node *bounds =
		pair(c, expr, op_of(OP_and_), call->args[first], call->args[first + 1], call->span);
	struct node *n = expr_binary_node(c, expr, bounds, op_of(OP_between_op), &type_null,
	                                  op_of(OP_not_between_op), call->span);

	n->binary.symmetric = call_flag(c, call, first + 2, false);
	return value_node(n);
}

struct value element_between(struct compilation *c, struct call *call)
{
	return between(c, call, self(call), 0);
}

/* args: expr, lower_bound, upper_bound, symmetric */
struct value word_between(struct compilation *c, struct call *call)
{
	return between(c, call, coerce_expression(c, call->args[0]), 1);
}

/* A text that the SQL carries as it is; a $n goes in as a node. */
static void set_flags(struct compilation *c, struct node *n, const struct value *v)
{
	const struct literal *l = value_as_literal(v);
	struct str text;

	if (!value_given(*v) || value_is_none(v))
		return;
	if (l != NULL && l->kind == LITERAL_PARAMETER)
		n->binary.extra = expr_bind(c, l, type_plain(TYPE_Text), STR(""));
	else if (value_string(v, &text))
		n->binary.flags = text.n > 0 ? text : STR("");
	else
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH, "the flags are a string");
}

/* args: other; keywords: postgresql_regconfig, those of other dialects */
struct value element_match(struct compilation *c, struct call *call)
{
	const struct op *op = op_of(OP_match_op);
	struct node *expr = self(call);
	struct node *other = coerce_operand(c, call->args[0], expr, op);
	struct node *n = expr_compare(c, expr, op, value_node(other), false,
	                              type_plain(TYPE_MatchType), call->span);

	for (size_t i = 0; i < call->keyword_count; i++)
		if (str_is(call->keywords[i], "postgresql_regconfig") && n->kind == NODE_BINARY)
			set_flags(c, n, &call->keyword_values[i]);
	return value_node(n);
}

/* args: pattern, flags */
struct value element_regexp_match(struct compilation *c, struct call *call)
{
	struct node *expr = self(call);
	struct node *pattern = coerce_operand(c, call->args[0], expr, op_of(OP_comma_op));
	struct node *n = expr_binary_node(c, expr, pattern, op_of(OP_regexp_match_op), &type_null,
	                                  op_of(OP_not_regexp_match_op), call->span);

	set_flags(c, n, &call->args[1]);
	return value_node(n);
}

/* args: pattern, replacement, flags */
struct value element_regexp_replace(struct compilation *c, struct call *call)
{
	struct node *expr = self(call);
	struct node *both =
		pair(c, expr, op_of(OP_comma_op), call->args[0], call->args[1], call->span);
	struct node *n = expr_binary_node(c, expr, both, op_of(OP_regexp_replace_op), &type_null,
	                                  NULL, call->span);

	set_flags(c, n, &call->args[2]);
	return value_node(n);
}

/* ------------------------------------------------------------------ in front and behind */

/* desc(), asc(), nulls_first(), nulls_last() */
struct value element_modifier(struct compilation *c, struct call *call)
{
	return value_node(
		expr_unary_node(c, method_operator(call), self(call), &type_null, call->span));
}

/* args: column */
struct value word_modifier(struct compilation *c, struct call *call)
{
	struct node *n = coerce_by(c, call->args[0], "GROUP BY / OF / etc. expression");

	return value_node(expr_unary_node(c, method_operator(call), n, &type_null, call->span));
}

static struct value distinct(struct compilation *c, struct node *n, const struct call *call)
{
	return value_node(expr_unary_node(c, op_of(OP_distinct_op), n, n->type, call->span));
}

struct value element_distinct(struct compilation *c, struct call *call)
{
	return distinct(c, self(call), call);
}

struct value word_distinct(struct compilation *c, struct call *call)
{
	return distinct(c, coerce_expression(c, call->args[0]), call);
}

static struct value bitwise_not(struct compilation *c, struct node *n, const struct call *call)
{
	return value_node(expr_unary_node(c, op_of(OP_bitwise_not_op), n, n->type, call->span));
}

struct value element_bitwise_not(struct compilation *c, struct call *call)
{
	return bitwise_not(c, self(call), call);
}

struct value word_bitwise_not(struct compilation *c, struct call *call)
{
	return bitwise_not(c, coerce_expression(c, call->args[0]), call);
}

struct value element_any(struct compilation *c, struct call *call)
{
	return value_node(expr_collection(c, OP_any_op, call->self, call->span));
}

struct value element_all(struct compilation *c, struct call *call)
{
	return value_node(expr_collection(c, OP_all_op, call->self, call->span));
}

struct value word_any(struct compilation *c, struct call *call)
{
	return value_node(expr_collection(c, OP_any_op, call->args[0], call->span));
}

struct value word_all(struct compilation *c, struct call *call)
{
	return value_node(expr_collection(c, OP_all_op, call->args[0], call->span));
}

/* ------------------------------------------------------------------ label, cast, collate */

/* args: name */
struct value element_label(struct compilation *c, struct call *call)
{
	return value_node(expr_label(c, self(call), call_name(c, call, 0), NULL, call->span));
}

/* args: name, element, type_ */
struct value word_label(struct compilation *c, struct call *call)
{
	const struct type *type = call_has(call, 2) ? coerce_type(c, &call->args[2]) : NULL;

	return value_node(expr_label(c, coerce_expression(c, call->args[1]), call_name(c, call, 0),
	                             type, call->span));
}

/* args: type_ */
struct value element_cast(struct compilation *c, struct call *call)
{
	return value_node(expr_cast(c, call->self, coerce_type(c, &call->args[0]), call->span));
}

static struct value collate(struct compilation *c, struct node *expr, struct str name,
                            const struct call *call)
{
	struct node *collation = node_new(c, NODE_COLLATION, call->span);
	const struct type *type = expr->type;

	collation->collation = name;
	if (type_affinity(type) == AFFINITY_STRING)
		type = type_collated(c, type, name);
	return value_node(
		expr_binary_node(c, expr, collation, op_of(OP_collate), type, NULL, call->span));
}

/* args: collation */
struct value element_collate(struct compilation *c, struct call *call)
{
	return collate(c, self(call), call_string(c, call, 0), call);
}

/* args: expression, collation */
struct value word_collate(struct compilation *c, struct call *call)
{
	return collate(c, coerce_expression(c, call->args[0]), call_string(c, call, 1), call);
}

/* ------------------------------------------------------------------ custom operators */

static struct value custom(struct compilation *c, struct call *call, bool comparison, size_t type)
{
	struct str sql = call_string(c, call, 0);
	const struct type *result = NULL;
	struct value v = { .kind = VALUE_OPERATOR, .span = call->span };

	if (sql.n == 0)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT, "an operator is a string");
	if (type != 0 && call_has(call, type))
		result = coerce_type(c, &call->args[type]);
	v.op = op_custom(c, sql, (int)call_integer(c, call, 1, 0), comparison, result);
	if (value_given(call->self)) {
		v.items = NEW(c, struct value);
		*v.items = call->self;
		v.count = 1;
	}
	return v;
}

/* args: opstring, precedence, is_comparison, return_type */
struct value element_op(struct compilation *c, struct call *call)
{
	return custom(c, call, call_flag(c, call, 2, false), 3);
}

/* args: opstring, precedence */
struct value element_bool_op(struct compilation *c, struct call *call)
{
	return custom(c, call, true, 0);
}

/* x.operate(operators.lt, y); args: op; rest: operands */
/* args: against: what it is to stand in, as operators.mul; None: anything */
struct value element_self_group(struct compilation *c, struct call *call)
{
	const struct value *against = &call->args[0];
	struct node *n = self(call);

	if (!call_has(call, 0))
		return value_node(expr_group(c, n, NULL));
	if (against->kind != VALUE_OPERATOR || against->count != 0)
		fail(c, against->span, SQLSTATE_DATATYPE_MISMATCH,
		     "self_group() takes an operator, as operators.lt");
	return value_node(expr_group(c, n, against->op));
}

struct value element_operate(struct compilation *c, struct call *call)
{
	struct value op = call->args[0];

	if (op.kind != VALUE_OPERATOR || op.count != 0)
		fail(c, op.span, SQLSTATE_DATATYPE_MISMATCH,
		     "operate() takes an operator, as operators.lt");
	if (call->rest_count != 1)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT, "operate() takes one operand");
	op.items = &call->self;
	op.count = 1;
	return expr_apply(c, &op, call->rest[0], call->span);
}

/* ------------------------------------------------------------------ attributes */

/* What is itself here, of any class: t.c.columns, as_json(), execution_options(). */
struct value word_itself(struct compilation *c, struct call *call)
{
	(void)c;
	return call->self;
}

struct value element_type(struct compilation *c, struct call *call)
{
	(void)c;
	return value_type(self(call)->type, call->span);
}

struct value element_name(struct compilation *c, struct call *call)
{
	const struct node *n = self(call);
	struct str name = STR("");

	if (n->kind == NODE_COLUMN)
		name = n->column.name.text;
	else if (n->kind == NODE_LABEL)
		name = n->label.name.text;
	else if (n->kind == NODE_FUNCTION)
		name = n->function.name;
	return value_text(c, name, call->span);
}

struct value element_key(struct compilation *c, struct call *call)
{
	const struct node *n = self(call);

	if (n->kind == NODE_COLUMN)
		return value_text(c, n->column.key, call->span);
	return element_name(c, call);
}

struct value column_table(struct compilation *c, struct call *call)
{
	if (self(call)->column.from == NULL)
		return value_literal(literal_none(c, call->span));
	return value_from(self(call)->column.from);
}

struct value element_primary_key(struct compilation *c, struct call *call)
{
	const struct node *n = self(call);

	return value_literal(
		literal_bool(c, n->kind == NODE_COLUMN && n->column.primary_key, call->span));
}

/* args: othercolumn */
struct value element_shares_lineage(struct compilation *c, struct call *call)
{
	struct node *other = coerce_expression(c, call->args[0]);

	return value_literal(
		literal_bool(c, node_shares_lineage(c, self(call), other), call->span));
}

struct value label_element(struct compilation *c, struct call *call)
{
	(void)c;
	return value_node(self(call)->label.element);
}
