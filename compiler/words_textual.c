/* text(), and text("SELECT …").columns(…): a text in the place of a select. */
#include "compiler/call.h"
#include "compiler/coerce.h"
#include "compiler/compilation.h"
#include "compiler/expr.h"
#include "compiler/keymap.h"
#include "compiler/literal.h"
#include "compiler/statements.h"
#include "compiler/types.h"
#include "compiler/words.h"
#include "compiler/words_shared.h"

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

/* Another value for a bind that there is. */
static void set_value(struct compilation *c, struct vec *binds, size_t i, const struct literal *l)
{
	struct node *bind = node_clone(c, binds->items[i]);
	struct node *made = expr_bind(c, l, type_is_null(bind->type) ? NULL : bind->type, STR(""));

	bind->type = made->type;
	bind->bind.value = made->bind.value;
	bind->bind.required = false;
	binds->items[i] = bind;
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
		const struct literal *l = value_as_literal(&call->keyword_values[i]);

		if (l == NULL)
			coerce_fail(c, &call->keyword_values[i], "Literal Python value", "");
		set_value(c, &binds, k, l);
	}
	n->text.binds = binds;
	return value_node(n);
}

/* args: a dict; keywords: values. A name that the text has not is passed over. */
struct value text_params(struct compilation *c, struct call *call)
{
	struct node *n = node_clone(c, call->self.node);
	struct vec params = params_given(c, call);
	struct vec binds = { 0 };

	vec_extend(c, &binds, &n->text.binds);
	for (size_t i = params.n; i-- > 0;) {
		const struct param_value *param = params.items[i];
		const struct keymap_value *number =
			n->text.numbers == NULL ? NULL
						: keymap_find(n->text.numbers, NULL, param->name);

		if (number != NULL)
			set_value(c, &binds, number->number - 1, param->value);
	}
	n->text.binds = binds;
	return value_node(n);
}

/* ------------------------------------------------------------------ text().columns() */

static struct node *plain_column(struct compilation *c, struct str key, const struct type *type,
                                 struct span span)
{
	struct node *n = node_new(c, NODE_COLUMN, span);

	n->column.name.text = key;
	n->column.key = key;
	n->type = type;
	return n;
}

static struct str key_of(const struct node *n)
{
	if (n->kind == NODE_COLUMN)
		return n->column.key;
	if (n->kind != NODE_LABEL)
		return STR("");
	return n->label.name.anon != NULL ? n->label.name.anon->body : n->label.name.text;
}

/* The type that a keyword gives this column, which is then used up. */
static const struct type *type_for(struct compilation *c, const struct call *call, bool *used,
                                   struct str key)
{
	for (size_t i = 0; i < call->keyword_count; i++) {
		if (!str_eq(call->keywords[i], key))
			continue;
		used[i] = true;
		return coerce_type(c, &call->keyword_values[i]);
	}
	return NULL;
}

/* rest: columns; keywords: further ones with their types */
struct value text_columns(struct compilation *c, struct call *call)
{
	struct statement *s = statement_new(c, STATEMENT_TEXT, call->span);
	bool *used = arena_array(&c->arena, call->keyword_count + 1, sizeof(*used));
	size_t n;
	const struct value *columns = values_unpacked(c, call->rest, call->rest_count, &n);

	s->text = call->self.node;
	for (size_t i = 0; i < n; i++) {
		struct node *column = columns[i].kind == VALUE_NODE ? columns[i].node : NULL;
		const struct type *type;

		if (column == NULL || key_of(column).n == 0)
			fail(c, columns[i].span, SQLSTATE_DATATYPE_MISMATCH,
			     "column() or a label expected, got %.*s",
			     STR_ARG(value_repr(c, &columns[i])));
		type = type_for(c, call, used, key_of(column));
		if (type != NULL)
			column = plain_column(c, key_of(column), type, columns[i].span);
		vec_push(c, &s->text_columns, column);
	}
	for (size_t i = 0; i < call->keyword_count; i++)
		if (!used[i])
			vec_push(c, &s->text_columns,
			         plain_column(c, call->keywords[i],
			                      coerce_type(c, &call->keyword_values[i]),
			                      call->keyword_spans[i]));
	return value_statement(s);
}

/* rest: bindparam() objects; keywords: values */
struct value textual_bindparams(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);
	struct call of_text = *call;

	of_text.self = value_node(s->text);
	s->text = text_bindparams(c, &of_text).node;
	return value_statement(s);
}
