/* Functions in the FROM list: table_valued(), column_valued(), alias() and what follows them. */
#include "compiler/call.h"
#include "compiler/compilation.h"
#include "compiler/expr.h"
#include "compiler/from.h"
#include "compiler/statements.h"
#include "compiler/types.h"
#include "compiler/words.h"

static struct from *table_valued(struct compilation *c, struct node *function, struct name name,
                                 struct span span)
{
	struct from *f = from_new(c, FROM_TABLE_VALUED, span);

	f->function.function = function;
	f->name = alias_name(c, NULL, name);
	f->columns_known = true;
	return f;
}

/* The FROM itself as a column: of a function whose rows are single values. */
static struct node *row_column(struct compilation *c, struct from *f, struct span span)
{
	struct node *n = node_new(c, NODE_COLUMN, span);

	n->column.from = f;
	n->column.name = f->name;
	n->column.key = f->name.text;
	n->column.is_row = true;
	n->type = f->function.function->type;
	return n;
}

struct from *function_as_from(struct compilation *c, struct node *function, struct name name,
                              struct span span)
{
	struct from *f = table_valued(c, function, name, span);
	struct node *n;

	f->function.row = true;
	n = row_column(c, f, span);
	if (n->column.key.n == 0)
		n->column.key = function->function.name;
	vec_push(c, &f->columns, n);
	return f;
}

/* A name or a column() as a column of the function's rows. */
static void add_column(struct compilation *c, struct from *f, const struct value *v)
{
	struct node *n = node_new(c, NODE_COLUMN, v->span);

	n->column.from = f;
	if (v->kind == VALUE_NODE && v->node->kind == NODE_COLUMN) {
		n->column.name = v->node->column.name;
		n->type = v->node->type;
		vec_push(c, &n->column.proxies, v->node);
	} else if (!value_name(v, &n->column.name)) {
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
		     "column name or column() expected, got %.*s", STR_ARG(value_repr(c, v)));
	}
	n->column.key = n->column.name.text;
	vec_push(c, &f->columns, n);
}

/* args: name, with_ordinality, joins_implicitly; rest: columns */
struct value function_table_valued(struct compilation *c, struct call *call)
{
	struct from *f = table_valued(c, call->self.node, call_name(c, call, 0), call->span);

	f->function.joins_implicitly = call_flag(c, call, 2, false);
	for (size_t i = 0; i < call->rest_count; i++)
		add_column(c, f, &call->rest[i]);
	if (call_has(call, 1)) {
		f->function.with_ordinality = true;
		add_column(c, f, &call->args[1]);
	}
	return value_from(f);
}

/* args: name, joins_implicitly */
struct value function_column_valued(struct compilation *c, struct call *call)
{
	struct from *f = function_as_from(c, call->self.node, call_name(c, call, 0), call->span);

	f->function.joins_implicitly = call_flag(c, call, 1, false);
	return value_node(f->columns.items[0]);
}

/* args: name, joins_implicitly */
struct value function_alias(struct compilation *c, struct call *call)
{
	struct from *f = function_as_from(c, call->self.node, call_name(c, call, 0), call->span);

	f->function.joins_implicitly = call_flag(c, call, 1, false);
	return value_from(f);
}

/* args: name, type_ */
struct value function_scalar_table_valued(struct compilation *c, struct call *call)
{
	struct node *n = node_new(c, NODE_FUNCTION_COLUMN, call->span);

	n->function_column.function = call->self.node;
	n->function_column.name = call_name(c, call, 0);
	if (call_has(call, 1))
		n->type = coerce_type(c, &call->args[1]);
	return value_node(n);
}

struct value function_select(struct compilation *c, struct call *call)
{
	return value_statement(statement_select(c, &call->self, 1, call->span));
}

/* The call itself, under the name that label(None) gives; its key in SQLAlchemy is that anonymous name,
 * which nobody can write, and the function's own here. */
struct value function_columns(struct compilation *c, struct call *call)
{
	struct node *function = call->self.node;
	struct value v = columns_chosen(c, (struct vec){ 0 }, call->span);

	v.items = arena_array(&c->arena, 1, sizeof(*v.items));
	v.items[v.count++].name = function->function.name;
	vec_push(c, v.columns, expr_label(c, function, (struct name){ 0 }, NULL, call->span));
	return v;
}

/* ------------------------------------------------------------------ of the alias */

static struct from *realiased(struct compilation *c, const struct call *call, struct name name)
{
	const struct from *self = call->self.from;
	struct from *f = table_valued(c, self->function.function, name, call->span);

	f->function = self->function;
	for (size_t i = 0; i < self->columns.n; i++) {
		struct node *copy = column_proxy(c, self->columns.items[i], f);

		if (copy->column.is_row)
			copy->column.name = f->name;
		vec_push(c, &f->columns, copy);
	}
	return f;
}

/* args: name, flat */
struct value table_valued_alias(struct compilation *c, struct call *call)
{
	struct name name = alias_name(c, call->self.from, call_name(c, call, 0));

	return value_from(realiased(c, call, name));
}

/* args: name */
struct value table_valued_lateral(struct compilation *c, struct call *call)
{
	struct name name = alias_name(c, call->self.from, call_name(c, call, 0));
	struct from *f = realiased(c, call, name);

	f->function.lateral = true;
	return value_from(f);
}

/* args: name, with_types. As in SQLAlchemy, without a name the alias is an anonymous one. */
struct value table_valued_render_derived(struct compilation *c, struct call *call)
{
	struct from *f = realiased(c, call, call_name(c, call, 0));

	f->function.render_derived = true;
	f->function.render_types = call_flag(c, call, 1, false);
	return value_from(f);
}

struct value table_valued_column(struct compilation *c, struct call *call)
{
	struct from *f = call->self.from;

	if (f->function.row)
		return value_node(f->columns.items[0]);
	return value_node(row_column(c, f, call->span));
}

/* t.table_valued(): the whole row of a table. */
struct value from_table_valued(struct compilation *c, struct call *call)
{
	struct node *n = node_new(c, NODE_FROM, call->span);

	n->from = call->self.from;
	return value_node(n);
}
