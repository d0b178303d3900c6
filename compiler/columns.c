/* Collections of columns: t.c, t.primary_key, select(…).selected_columns. */
#include "compiler/call.h"
#include "compiler/from.h"
#include "compiler/labels.h"
#include "compiler/nearest.h"
#include "compiler/statements.h"

struct value columns_of(struct from *f, struct span span)
{
	return (struct value){ .kind = VALUE_COLUMNS, .span = span, .from = f };
}

struct value columns_chosen(struct compilation *c, struct vec columns, struct span span)
{
	struct value v = { .kind = VALUE_COLUMNS, .span = span, .columns = NEW(c, struct vec) };

	*v.columns = columns;
	return v;
}

struct value columns_selected(struct compilation *c, struct statement *s, struct span span)
{
	const struct vec *labels = labels_of(c, s);
	struct value v = columns_chosen(c, (struct vec){ 0 }, span);

	/* The keys stand beside the columns, which keep their own. */
	v.items = arena_array(&c->arena, labels->n + 1, sizeof(*v.items));
	for (size_t i = 0; i < labels->n; i++) {
		const struct labelled *l = labels->items[i];

		if (!l->has_proxy)
			continue;
		vec_push(c, v.columns, l->node);
		v.items[v.count++].name = l->proxy_key;
	}
	return v;
}

const struct vec *columns_all(struct compilation *c, const struct value *columns)
{
	return columns->from != NULL ? from_columns(c, columns->from) : columns->columns;
}

struct str columns_key(struct compilation *c, const struct value *columns, size_t i)
{
	const struct node *n;

	if (columns->from != NULL)
		return from_key(c, columns->from, i);
	if (i < columns->count)
		return columns->items[i].name;
	n = columns->columns->items[i];
	return n->kind == NODE_COLUMN ? n->column.key : STR("");
}

struct node *columns_find(struct compilation *c, const struct value *columns, struct str key)
{
	if (columns->from != NULL)
		return from_column(c, columns->from, key);
	for (size_t i = 0; i < columns->columns->n; i++)
		if (str_eq(columns_key(c, columns, i), key))
			return columns->columns->items[i];
	return NULL;
}

void columns_hint(struct compilation *c, const struct value *columns, struct str key)
{
	const struct vec *all = columns_all(c, columns);
	struct nearest nearest;

	nearest_init(&nearest, key);
	for (size_t i = 0; i < all->n; i++)
		nearest_offer(&nearest, columns_key(c, columns, i));
	nearest_hint(&nearest, &c->diag);
}

static _Noreturn void fail_missing(struct compilation *c, const struct value *columns,
                                   struct str key, struct span at)
{
	struct str of;

	columns_hint(c, columns, key);
	if (columns->from == NULL)
		fail(c, at, SQLSTATE_UNDEFINED_COLUMN, "column \"%.*s\" does not exist",
		     STR_ARG(key));
	of = from_description(c, columns->from);
	fail(c, at, SQLSTATE_UNDEFINED_COLUMN, "column %.*s.%.*s does not exist", STR_ARG(of),
	     STR_ARG(key));
}

struct node *columns_get(struct compilation *c, const struct value *columns, struct str key,
                         struct span at)
{
	struct node *n = columns_find(c, columns, key);

	if (n == NULL)
		fail_missing(c, columns, key, at);
	return n;
}

struct node *column_proxy(struct compilation *c, struct node *column, struct from *f)
{
	struct node *copy = node_clone(c, column);

	copy->column.from = f;
	copy->column.proxies = (struct vec){ 0 };
	vec_push(c, &copy->column.proxies, column);
	return copy;
}

static struct node *column_at(struct compilation *c, const struct value *columns, int64_t i,
                              struct span at)
{
	const struct vec *all = columns_all(c, columns);

	if (i < 0)
		i += (int64_t)all->n;
	if (i < 0 || (size_t)i >= all->n)
		fail(c, at, SQLSTATE_INVALID_ARGUMENT, "column index out of range");
	return all->items[i];
}

/* One bound of a slice, as Python clips it. */
static size_t bound(struct compilation *c, const struct value *v, size_t n, size_t otherwise)
{
	int64_t i;

	if (!value_given(*v) || value_is_none(v))
		return otherwise;
	if (!value_integer(v, &i))
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
		     "columns are sliced with whole numbers");
	if (i < 0)
		i += (int64_t)n;
	if (i < 0)
		i = 0;
	return (size_t)i > n ? n : (size_t)i;
}

static struct value slice(struct compilation *c, const struct value *columns,
                          const struct value *index)
{
	const struct vec *all = columns_all(c, columns);
	size_t start = bound(c, &index->items[0], all->n, 0);
	size_t stop = bound(c, &index->items[1], all->n, all->n);
	struct vec chosen = { 0 };

	if (value_given(index->items[2]))
		fail(c, index->items[2].span, SQLSTATE_FEATURE,
		     "columns are sliced without a step");
	for (size_t i = start; i < stop; i++)
		vec_push(c, &chosen, all->items[i]);
	return columns_chosen(c, chosen, index->span);
}

/* By its name or by its place. */
static struct node *chosen_column(struct compilation *c, const struct value *columns,
                                  const struct value *index)
{
	struct str key;
	int64_t i;

	if (value_string(index, &key))
		return columns_get(c, columns, key, index->span);
	if (value_integer(index, &i))
		return column_at(c, columns, i, index->span);
	fail(c, index->span, SQLSTATE_DATATYPE_MISMATCH,
	     "columns are named by strings, not by a %.*s", STR_ARG(value_describe(index)));
}

struct value columns_choose(struct compilation *c, const struct value *columns,
                            const struct value *index)
{
	struct vec chosen = { 0 };
	const struct value *items;
	size_t count;

	if (index->kind == VALUE_SLICE)
		return slice(c, columns, index);
	if (!value_items(c, index, &items, &count))
		return value_node(chosen_column(c, columns, index));
	for (size_t k = 0; k < count; k++)
		vec_push(c, &chosen, chosen_column(c, columns, &items[k]));
	return columns_chosen(c, chosen, index->span);
}
