/* values(column(…), …).data([…]) as a FROM object or in IN. */
#include "compiler/call.h"
#include "compiler/coerce.h"
#include "compiler/literal.h"
#include "compiler/resolve.h"
#include "compiler/statements.h"
#include "compiler/types.h"
#include "compiler/words.h"

static struct node *values_column(struct compilation *c, struct from *f, const struct value *v)
{
	struct node *n = v->kind == VALUE_NODE ? v->node : NULL;

	if (n == NULL || n->kind != NODE_COLUMN) {
		hint(c, "Write values(column('name', Integer), ...).data([...]).");
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH, "column() expected, got %.*s",
		     STR_ARG(value_repr(c, v)));
	}
	if (n->column.from == NULL) {
		n->column.from = f;
		return n;
	}
	return column_proxy(c, n, f);
}

/* args: name, literal_binds; rest: columns */
struct value word_values(struct compilation *c, struct call *call)
{
	struct from *f = from_new(c, FROM_VALUES, call->span);

	/* Without a name PostgreSQL could not read it in FROM: then it has an anonymous one. */
	f->name = alias_name(c, NULL, call_name(c, call, 0));
	f->values.named = true;
	f->values.in_text = call_flag(c, call, 1, false);
	f->columns_known = true;
	for (size_t i = 0; i < call->rest_count; i++)
		vec_push(c, &f->columns, values_column(c, f, &call->rest[i]));
	return value_from(f);
}

/* One value, of its column's type when it is a plain one. */
static struct node *cell(struct compilation *c, const struct value *v, const struct type *type)
{
	const struct literal *l = value_as_literal(v);
	struct node *n;

	if (l == NULL || literal_is_none(l))
		return coerce_expression(c, *v);
	n = expr_bind(c, l, type_is_null(type) ? literal_type(l) : type, STR("param"));
	n->span = v->span;
	n->bind.typed = n->bind.declares = !type_is_null(type);
	return n;
}

static struct vec *row_of(struct compilation *c, const struct from *f, const struct value *v)
{
	struct vec *row = NEW(c, struct vec);
	const struct value *items;
	size_t count;

	if (!value_items(c, v, &items, &count))
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
		     "data() takes a list of tuples, one for each row");
	if (count != f->columns.n)
		fail(c, v->span, SQLSTATE_INVALID_ARGUMENT,
		     "Wrong number of elements for %zu-tuple: %.*s", f->columns.n,
		     STR_ARG(value_repr(c, v)));
	for (size_t i = 0; i < count; i++)
		vec_push(c, row,
		         cell(c, &items[i], ((const struct node *)f->columns.items[i])->type));
	return row;
}

/* The columns go over to the newest object, as SQLAlchemy's do when it is first asked. */
static struct from *copied(struct compilation *c, const struct from *self, struct span span)
{
	struct from *f = from_copy(c, self, span);

	f->columns_known = true;
	for (size_t i = 0; i < self->columns.n; i++) {
		struct node *n = self->columns.items[i];

		n->column.from = f;
		vec_push(c, &f->columns, n);
	}
	return f;
}

/* args: values */
struct value values_data(struct compilation *c, struct call *call)
{
	struct from *f = copied(c, call->self.from, call->span);
	const struct value *rows;
	size_t count;

	if (!value_items(c, &call->args[0], &rows, &count))
		fail(c, call->args[0].span, SQLSTATE_DATATYPE_MISMATCH,
		     "data() takes a list of tuples, one for each row");
	for (size_t i = 0; i < count; i++)
		vec_push(c, &f->values.rows, row_of(c, f, &rows[i]));
	return value_from(f);
}

/* args: name, flat. The rows again, with columns of their own. */
struct value values_alias(struct compilation *c, struct call *call)
{
	const struct from *self = call->self.from;
	struct from *f = from_new(c, FROM_VALUES, call->span);

	f->name = alias_name(c, NULL, call_name(c, call, 0));
	f->values = self->values;
	f->columns_known = true;
	for (size_t i = 0; i < self->columns.n; i++)
		vec_push(c, &f->columns, column_proxy(c, self->columns.items[i], f));
	return value_from(f);
}

/* args: name */
struct value values_lateral(struct compilation *c, struct call *call)
{
	struct value v = values_alias(c, call);

	if (!call_has(call, 0))
		v.from->name = call->self.from->name;
	v.from->function.lateral = true;
	return v;
}

struct value values_scalar(struct compilation *c, struct call *call)
{
	struct from *f = copied(c, call->self.from, call->span);
	struct node *n = node_new(c, NODE_FROM, call->span);

	f->values.scalar = true;
	n->from = f;
	return value_node(n);
}

/* values(…).cte("q") is SELECT … FROM (VALUES …) in a CTE. */
struct value values_cte(struct compilation *c, struct call *call)
{
	struct from *f = call->self.from;
	struct call cte = *call;

	cte.self = value_statement(statement_select_from(c, f, call->span));
	return statement_cte(c, &cte);
}
