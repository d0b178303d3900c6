/* text("SELECT …").columns(…): a text in the place of a select. */
#include "compiler/call.h"
#include "compiler/coerce.h"
#include "compiler/statements.h"
#include "compiler/types.h"
#include "compiler/words.h"
#include "compiler/words_shared.h"

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
