/* The words that make column expressions (sql/_elements_constructors.py). */
#include "compiler/call.h"
#include "compiler/compilation.h"
#include "compiler/expr.h"
#include "compiler/keymap.h"
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
	if (element->kind == NODE_BIND)
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
	n->span = call->span;
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
	n->bind.required = l == NULL;
	n->bind.expanding = call_flag(c, call, 7, false);
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

/* ------------------------------------------------------------------ text() */

static bool is_name_char(char ch)
{
	return (ch >= '0' && ch <= '9') || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z') ||
	       ch == '_' || (unsigned char)ch >= 0x80;
}

/* The length of the name behind the colon at `i`: (?<![:\w\\]):(\w+)(?!:); 0 when it is none. The
 * expression gives back what it took of the name when a colon follows, so `:a:` is none and `:ab:`
 * is `a`, as in Python. */
static size_t parameter_at(struct str text, size_t i)
{
	size_t n = 0;

	if (text.p[i] != ':')
		return 0;
	if (i > 0 && (text.p[i - 1] == ':' || text.p[i - 1] == '\\' || is_name_char(text.p[i - 1])))
		return 0;
	while (i + 1 + n < text.n && is_name_char(text.p[i + 1 + n]))
		n++;
	if (n > 0 && i + 1 + n < text.n && text.p[i + 1 + n] == ':')
		n--;
	return n;
}

static struct node *text_bind(struct compilation *c, struct str name, struct span span)
{
	struct node *n = expr_bind(c, literal_none(c, span), NULL, STR(""));

	n->bind.name.anon = NULL;
	n->bind.name.text = name;
	n->bind.required = true;
	return n;
}

static size_t bind_index(struct compilation *c, const struct node *text, struct str name,
                         struct span at)
{
	const struct keymap_value *number = NULL;

	if (text->text.numbers != NULL)
		number = keymap_find(text->text.numbers, NULL, name);
	if (number != NULL)
		return number->number - 1;
	fail(c, at, SQLSTATE_INVALID_ARGUMENT,
	     "This text() construct doesn't define a bound parameter named '%.*s'", STR_ARG(name));
}

/* A bindparam() takes the place of the one of its name. */
static void set_bind(struct compilation *c, struct node *text, struct vec *binds,
                     const struct value *v)
{
	struct str name;

	if (v->kind != VALUE_NODE || v->node->kind != NODE_BIND)
		coerce_fail(c, v, "bindparam()", "");
	name = v->node->bind.name.anon != NULL ? v->node->bind.name.anon->body
	                                       : v->node->bind.name.text;
	binds->items[bind_index(c, text, name, v->span)] = v->node;
}

/* Makes the bind of :name at its first mention. */
static void name_bind(struct compilation *c, struct node *text, struct str name)
{
	struct keymap_value *number;

	if (text->text.numbers == NULL)
		text->text.numbers = NEW(c, struct keymap);
	number = keymap_at(&c->arena, text->text.numbers, NULL, name);
	if (number->number > 0)
		return;
	vec_push(c, &text->text.binds, text_bind(c, name, text->span));
	number->number = (uint32_t)text->text.binds.n;
}

/* args: text, bindparams (of older versions) */
struct value word_text(struct compilation *c, struct call *call)
{
	struct node *n = node_new(c, NODE_TEXT, call->span);
	struct str text = call_string(c, call, 0);

	n->text.text = text;
	for (size_t i = 0; i < text.n; i++) {
		size_t length = parameter_at(text, i);

		if (length > 0)
			name_bind(c, n, (struct str){ text.p + i + 1, length });
	}
	if (call_has(call, 1)) {
		const struct value *items = &call->args[1];
		size_t count = 1;

		value_items(c, &call->args[1], &items, &count);
		for (size_t i = 0; i < count; i++)
			set_bind(c, n, &n->text.binds, &items[i]);
	}
	return value_node(n);
}

/* rest: bindparam() objects; keywords: values */
struct value text_bindparams(struct compilation *c, struct call *call)
{
	struct node *n = node_clone(c, call->self.node);
	struct vec binds = { 0 };

	vec_extend(c, &binds, &n->text.binds);
	for (size_t i = 0; i < call->rest_count; i++)
		set_bind(c, n, &binds, &call->rest[i]);
	for (size_t i = 0; i < call->keyword_count; i++) {
		size_t k = bind_index(c, n, call->keywords[i], call->keyword_spans[i]);
		const struct node *old = binds.items[k];
		const struct literal *l = value_as_literal(&call->keyword_values[i]);
		struct node *bind;

		if (l == NULL)
			coerce_fail(c, &call->keyword_values[i], "Literal Python value", "");
		bind = expr_bind(c, l, type_is_null(old->type) ? NULL : old->type, STR(""));
		bind->bind.name = old->bind.name;
		bind->bind.typed = old->bind.typed;
		bind->bind.declares = old->bind.declares;
		bind->bind.expanding = old->bind.expanding;
		binds.items[k] = bind;
	}
	n->text.binds = binds;
	return value_node(n);
}

/* ------------------------------------------------------------------ JSON.NULL */

/* JSON text, as every string in a JSON place. */
struct value type_json_null(struct compilation *c, struct call *call)
{
	if (type_affinity(call->self.type) != AFFINITY_JSON)
		fail(c, call->at, SQLSTATE_UNDEFINED_FUNCTION,
		     "type object '%s' has no attribute 'NULL'", type_name(call->self.type));
	return value_literal(literal_string(c, STR("null"), call->span));
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
