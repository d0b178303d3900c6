/* Making selects, subqueries and set operations. */
#include "compiler/call.h"
#include "compiler/coerce.h"
#include "compiler/from.h"
#include "compiler/labels.h"
#include "compiler/literal.h"
#include "compiler/operators.h"
#include "compiler/resolve.h"
#include "compiler/statements.h"
#include "compiler/types.h"

static void add_columns(struct compilation *c, struct vec *entities, const struct value *v)
{
	const struct vec *columns = columns_all(c, v);

	for (size_t i = 0; i < columns->n; i++) {
		struct entity *e = NEW(c, struct entity);

		e->node = columns->items[i];
		e->span = v->span;
		vec_push(c, entities, e);
	}
}

void statement_add_entity(struct compilation *c, struct vec *entities, const struct value *v)
{
	const struct value *items;
	size_t count;

	if (v->kind == VALUE_COLUMNS) {
		add_columns(c, entities, v);
		return;
	}
	if (!value_items(c, v, &items, &count)) {
		vec_push(c, entities, coerce_columns_clause(c, *v));
		return;
	}
	compilation_descend(c, v->span);
	for (size_t i = 0; i < count; i++)
		statement_add_entity(c, entities, &items[i]);
	compilation_ascend(c);
}

struct statement *statement_select(struct compilation *c, const struct value *values, size_t count,
                                   struct span span)
{
	struct statement *s = statement_new(c, STATEMENT_SELECT, span);

	for (size_t i = 0; i < count; i++)
		statement_add_entity(c, &s->entities, &values[i]);
	return s;
}

struct statement *statement_select_from(struct compilation *c, struct from *f, struct span span)
{
	struct value v = value_from(f);

	v.span = span;
	return statement_select(c, &v, 1, span);
}

const struct vec *statement_columns(struct compilation *c, struct statement *s)
{
	struct vec *columns;
	struct vec all;

	if (s->kind == STATEMENT_COMPOUND)
		return statement_columns(c, s->selects.items[0]);
	if (s->kind == STATEMENT_TEXT)
		return &s->text_columns;
	if (s->kind == STATEMENT_SELECT)
		all = entities_expand(c, &s->entities);
	else
		all = entities_expand(c, &s->returning);
	columns = NEW(c, struct vec);
	for (size_t i = 0; i < all.n; i++)
		if (((const struct node *)all.items[i])->kind != NODE_TEXT)
			vec_push(c, columns, all.items[i]);
	return columns;
}

struct name alias_name(struct compilation *c, const struct from *f, struct name given)
{
	if (!name_empty(given))
		return given;
	if (f != NULL && f->name.anon == NULL && f->name.text.n > 0)
		given.anon = anon_new(c, f->name.text);
	else
		given.anon = anon_new(c, STR("anon"));
	return given;
}

/* _ensure_disambiguated_names(): what becomes a FROM must be able to tell its columns apart. */
static struct statement *disambiguated(struct compilation *c, struct statement *s)
{
	struct statement *copy;
	struct statement *first;

	if (s->kind == STATEMENT_COMPOUND) {
		struct vec selects = { 0 };

		first = disambiguated(c, s->selects.items[0]);
		if (first == s->selects.items[0])
			return s;
		vec_push(c, &selects, first);
		for (size_t i = 1; i < s->selects.n; i++)
			vec_push(c, &selects, s->selects.items[i]);
		copy = statement_copy(c, s);
		copy->selects = selects;
		return copy;
	}
	if (s->kind != STATEMENT_SELECT || s->label_style != LABEL_NONE)
		return s;
	copy = statement_copy(c, s);
	copy->label_style = LABEL_DISAMBIGUATE;
	return copy;
}

struct from *statement_subquery(struct compilation *c, struct statement *s, enum from_kind kind,
                                struct name name, struct span span)
{
	struct from *f = from_new(c, kind, span);

	f->statement = disambiguated(c, s);
	f->name = alias_name(c, NULL, name);
	return f;
}

struct from *statement_implicit_subquery(struct compilation *c, struct statement *s)
{
	if (s->implicit_subquery == NULL)
		s->implicit_subquery =
			statement_subquery(c, s, FROM_SUBQUERY, (struct name){ 0 }, s->span);
	return s->implicit_subquery;
}

struct statement *statement_styled(struct compilation *c, const struct statement *s,
                                   enum label_style style)
{
	struct statement *copy = statement_copy(c, s);

	copy->label_style = style;
	if (s->kind == STATEMENT_COMPOUND) {
		struct vec selects = { 0 };

		vec_push(c, &selects, statement_styled(c, s->selects.items[0], style));
		for (size_t i = 1; i < s->selects.n; i++)
			vec_push(c, &selects, s->selects.items[i]);
		copy->selects = selects;
	}
	return copy;
}

/* SelectBase.scalar_subquery(): several columns of one name need not be told apart. */
static struct statement *without_labels(struct compilation *c, struct statement *s)
{
	if (statement_columns(c, s)->n < 2 || s->label_style == LABEL_NONE ||
	    (s->kind != STATEMENT_SELECT && s->kind != STATEMENT_COMPOUND))
		return s;
	return statement_styled(c, s, LABEL_NONE);
}

struct node *statement_scalar(struct compilation *c, struct statement *s, struct span span)
{
	struct node *n = node_new(c, NODE_SCALAR_SELECT, span);
	const struct vec *columns = statement_columns(c, s);

	n->select.statement = without_labels(c, s);
	if (columns->n > 0)
		n->type = ((const struct node *)columns->items[0])->type;
	return n;
}

struct node *statement_exists(struct compilation *c, struct statement *s, struct span span)
{
	struct node *select = node_new(c, NODE_SCALAR_SELECT, span);
	struct node *n = node_new(c, NODE_UNARY, span);

	select->select.statement = without_labels(c, s);
	select->select.exists = true;
	n->unary.op = op_of(OP_exists);
	n->unary.element = select;
	n->unary.wraps_column = true;
	n->type = type_plain(TYPE_Boolean);
	return n;
}

/* text() in a columns clause counts as one column here. */
static size_t column_count(struct compilation *c, const struct statement *s)
{
	if (s->kind == STATEMENT_COMPOUND)
		return s->width;
	if (s->kind == STATEMENT_TEXT)
		return s->text_columns.n;
	return entities_expand(c, s->kind == STATEMENT_SELECT ? &s->entities : &s->returning).n;
}

/* The number of columns that all of them have. */
static size_t common_count(struct compilation *c, const struct vec *selects)
{
	size_t first = column_count(c, selects->items[0]);

	for (size_t i = 1; i < selects->n; i++) {
		const struct statement *s = selects->items[i];
		size_t n = column_count(c, s);

		if (n != first)
			fail(c, s->span, SQLSTATE_SYNTAX_ERROR,
			     "All selectables passed to CompoundSelect must have identical numbers "
			     "of columns; select #1 has %zu columns, select #%zu has %zu",
			     first, i + 1, n);
	}
	return first;
}

struct statement *statement_compound(struct compilation *c, enum set_operation operation,
                                     const struct vec *selects, struct span span)
{
	struct statement *s = statement_new(c, STATEMENT_COMPOUND, span);

	if (selects->n == 0)
		fail(c, span, SQLSTATE_INVALID_ARGUMENT,
		     "a set operation needs at least one select");
	s->width = common_count(c, selects);
	s->operation = operation;
	s->selects = *selects;
	return s;
}

struct value *values_unpacked(struct compilation *c, const struct value *values, size_t count,
                              size_t *unpacked)
{
	const struct value *items;
	struct value *out;
	size_t n = 0;
	size_t in_it;

	for (size_t i = 0; i < count; i++)
		n += value_items(c, &values[i], &items, &in_it) ? in_it : 1;
	out = arena_array(&c->arena, n + 1, sizeof(*out));
	n = 0;
	for (size_t i = 0; i < count; i++) {
		if (!value_items(c, &values[i], &items, &in_it)) {
			out[n++] = values[i];
			continue;
		}
		if (in_it > 0)
			memcpy(out + n, items, in_it * sizeof(*out));
		n += in_it;
	}
	*unpacked = n;
	return out;
}

struct str value_repr(struct compilation *c, const struct value *v)
{
	struct str what = value_describe(v);

	if (v->literal != NULL)
		return literal_repr(c, v->literal);
	if (v->kind == VALUE_FROM)
		return arena_printf(&c->arena, "%.*s %.*s", STR_ARG(what),
		                    STR_ARG(from_description(c, v->from)));
	return arena_printf(&c->arena, "%.*s object", STR_ARG(what));
}
