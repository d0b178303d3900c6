/* The columns of FROM objects: sql/selectable.py's _populate_column_collection(). */
#include "compiler/from.h"

#include "compiler/compilation.h"
#include "compiler/labels.h"
#include "compiler/resolve.h"
#include "compiler/scope.h"
#include "compiler/types.h"

/* ------------------------------------------------------------------ tables */

static bool in_primary_key(const struct relation *r, size_t column)
{
	for (size_t i = 0; i < r->primary_count; i++)
		if (r->primary[i] == column)
			return true;
	return false;
}

static struct node *table_column(struct compilation *c, struct from *f, size_t i)
{
	const struct relation *r = f->relation;
	struct node *n = node_new(c, NODE_COLUMN, (struct span){ 0 });

	n->type = type_reflected(c, &r->columns[i]);
	n->column.name.text = r->columns[i].name;
	n->column.key = r->columns[i].name;
	n->column.from = f;
	n->column.reflected = &r->columns[i];
	n->column.relation = r;
	n->column.position = (uint16_t)i;
	n->column.primary_key = in_primary_key(r, i);
	return n;
}

/* ------------------------------------------------------------------ proxies */

/* The element itself under labels and groups: what makes the proxy (Label._make_proxy). */
static struct node *unlabelled(struct node *n)
{
	while (n->kind == NODE_LABEL)
		n = n->label.element;
	return n;
}

static struct node *proxy(struct compilation *c, struct from *f, struct node *n, struct name name,
                          struct str key)
{
	struct node *element = unlabelled(n);
	struct node *p = node_new(c, NODE_COLUMN, (struct span){ 0 });

	p->type = n->type;
	p->column.name = name;
	p->column.key = key;
	p->column.from = f;
	if (element->kind == NODE_COLUMN) {
		p->column.reflected = element->column.reflected;
		p->column.relation = element->column.relation;
		p->column.position = element->column.position;
		p->column.primary_key = element->column.primary_key;
		/* A literal column keeps its text as long as it keeps its name. */
		p->column.literal = n == element && element->column.literal && name.anon == NULL &&
		                    str_eq(name.text, element->column.name.text);
	}
	return p;
}

/* Column i of `from` under its own name: for aliases of tables and the like. */
static struct node *proxy_column(struct compilation *c, struct from *f, struct from *from, size_t i)
{
	struct node *n = from_column_at(c, from, i);
	struct node *p = proxy(c, f, n, n->column.name, from_key(c, from, i));

	vec_push(c, &p->column.proxies, n);
	return p;
}

static void proxy_columns(struct compilation *c, struct from *f, struct from *from)
{
	size_t n = from_columns(c, from)->n;

	for (size_t i = 0; i < n; i++)
		vec_push(c, &f->columns, proxy_column(c, f, from, i));
}

/* A label that is needed as it stands would have to change. */
static void check_label(struct compilation *c, const struct labelled *l)
{
	const struct node *n = l->node;

	if (n->kind != NODE_LABEL || n->label.name.anon != NULL ||
	    (l->proxy_name.anon == NULL && str_eq(l->proxy_name.text, n->label.name.text)))
		return;
	fail(c, n->span, SQLSTATE_AMBIGUOUS_COLUMN,
	     "Label name %.*s is being renamed to an anonymous label due to disambiguation which "
	     "is "
	     "not supported right now.  Please use unique names for explicit labels.",
	     STR_ARG(n->label.name.text));
}

/* What the i-th column of a set operation stands for: the i-th of each of its members. */
static void compound_proxies(struct compilation *c, struct vec *proxies, const struct statement *s,
                             size_t i)
{
	for (size_t k = 0; k < s->selects.n; k++) {
		const struct vec *columns = statement_columns(c, s->selects.items[k]);

		if (i < columns->n)
			vec_push(c, proxies, columns->items[i]);
	}
}

static void statement_proxies(struct compilation *c, struct from *f, struct statement *s)
{
	const struct vec *labels = labels_of(c, s);
	size_t at = 0;

	for (size_t i = 0; i < labels->n; i++) {
		const struct labelled *l = labels->items[i];
		struct node *p;

		if (!l->has_proxy)
			continue;
		check_label(c, l);
		p = proxy(c, f, l->node, l->proxy_name, l->proxy_key);
		if (s->kind == STATEMENT_COMPOUND)
			compound_proxies(c, &p->column.proxies, s, at);
		else if (l->node->kind == NODE_LABEL)
			vec_push(c, &p->column.proxies, unlabelled(l->node));
		if (s->kind != STATEMENT_COMPOUND || l->node->kind == NODE_LABEL)
			vec_push(c, &p->column.proxies, l->node);
		vec_push(c, &f->columns, p);
		at++;
	}
}

/* ------------------------------------------------------------------ joins */

static void join_columns(struct compilation *c, struct from *f)
{
	vec_extend(c, &f->columns, from_columns(c, f->join.left));
	vec_extend(c, &f->columns, from_columns(c, f->join.right));
}

/* ------------------------------------------------------------------ one by one */

const struct relation *from_relation(const struct from *f)
{
	while ((f->kind == FROM_ALIAS || f->kind == FROM_TABLESAMPLE) && f->element != NULL)
		f = f->element;
	return f->kind == FROM_TABLE ? f->relation : NULL;
}

/* Of tables and their aliases: most programs name a few columns of many. */
static struct node *made_column(struct compilation *c, struct from *f, size_t i)
{
	if (f->made == NULL)
		f->made = arena_array(&c->arena, from_relation(f)->column_count, sizeof(*f->made));
	if (f->made[i] == NULL) {
		compilation_descend(c, f->span);
		f->made[i] = f->kind == FROM_TABLE ? table_column(c, f, i)
		                                   : proxy_column(c, f, f->element, i);
		compilation_ascend(c);
	}
	return f->made[i];
}

struct node *from_column_at(struct compilation *c, struct from *f, size_t i)
{
	return from_relation(f) != NULL ? made_column(c, f, i) : from_columns(c, f)->items[i];
}

/* ------------------------------------------------------------------ all of them */

static void made_columns(struct compilation *c, struct from *f)
{
	size_t count = from_relation(f)->column_count;

	vec_reserve(c, &f->columns, count);
	for (size_t i = 0; i < count; i++)
		vec_push(c, &f->columns, made_column(c, f, i));
}

static void populate(struct compilation *c, struct from *f)
{
	switch (f->kind) {
	case FROM_TABLE:
		made_columns(c, f);
		break;
	case FROM_ALIAS:
	case FROM_TABLESAMPLE:
		if (from_relation(f) != NULL)
			made_columns(c, f);
		else
			proxy_columns(c, f, f->element);
		break;
	case FROM_CTE:
		if (f->cte.alias_of != NULL)
			proxy_columns(c, f, f->cte.alias_of);
		else if (f->statement != NULL)
			statement_proxies(c, f, f->statement);
		else
			proxy_columns(c, f, f->element);
		break;
	case FROM_SUBQUERY:
	case FROM_LATERAL:
		if (f->statement != NULL)
			statement_proxies(c, f, f->statement);
		else
			proxy_columns(c, f, f->element);
		break;
	case FROM_JOIN:
		join_columns(c, f);
		break;
	case FROM_GROUPING:
		vec_extend(c, &f->columns, from_columns(c, f->element));
		break;
	case FROM_TABLE_CLAUSE:
	case FROM_VALUES:
	case FROM_TABLE_VALUED:
	case FROM_TEXT:
		break; /* given when it was made */
	}
}

const struct vec *from_columns(struct compilation *c, struct from *f)
{
	if (f->columns_known)
		return &f->columns;
	compilation_descend(c, f->span);
	f->columns_known = true;
	populate(c, f);
	compilation_ascend(c);
	return &f->columns;
}

struct str from_key(struct compilation *c, struct from *f, size_t i)
{
	struct node *n = from_column_at(c, f, i);

	while (f->kind == FROM_GROUPING)
		f = f->element;
	if (f->kind != FROM_JOIN)
		return n->column.key;
	return label_table_qualified(c, n).text;
}

/* ------------------------------------------------------------------ by key */

static void index_columns(struct compilation *c, struct from *f)
{
	const struct vec *columns = from_columns(c, f);

	f->column_keys = NEW(c, struct name_map);
	name_map_reserve(c, f->column_keys, columns->n);
	for (size_t i = 0; i < columns->n; i++) {
		struct str key = from_key(c, f, i);

		/* Of two columns with one key the first is found. */
		if (key.n > 0)
			name_map_offer(c, f->column_keys, key, columns->items[i]);
	}
}

/* So many columns are looked through for a name; of more an index is made. */
enum { FEW_COLUMNS = 32 };

/* The index of a table's columns leads to their places in `made`, where most stay empty. */
static void index_places(struct compilation *c, struct from *f, const struct relation *r)
{
	if (f->made == NULL)
		f->made = arena_array(&c->arena, r->column_count, sizeof(*f->made));
	f->column_keys = NEW(c, struct name_map);
	name_map_reserve(c, f->column_keys, r->column_count);
	for (size_t i = 0; i < r->column_count; i++)
		name_map_offer(c, f->column_keys, r->columns[i].name, &f->made[i]);
}

static struct node *column_of_relation(struct compilation *c, struct from *f,
                                       const struct relation *r, struct str key)
{
	struct node **place;

	if (r->column_count <= FEW_COLUMNS) {
		for (size_t i = 0; i < r->column_count; i++)
			if (str_eq(r->columns[i].name, key))
				return made_column(c, f, i);
		return NULL;
	}
	if (f->column_keys == NULL)
		index_places(c, f, r);
	place = name_map_find(f->column_keys, key);
	return place == NULL ? NULL : made_column(c, f, (size_t)(place - f->made));
}

struct node *from_column(struct compilation *c, struct from *f, struct str key)
{
	const struct relation *r = from_relation(f);

	if (r != NULL)
		return column_of_relation(c, f, r, key);
	if (f->column_keys == NULL)
		index_columns(c, f);
	return name_map_find(f->column_keys, key);
}

/* ------------------------------------------------------------------ in messages */

struct str from_description(struct compilation *c, const struct from *f)
{
	struct str left;
	struct str right;

	switch (f->kind) {
	case FROM_JOIN:
		left = from_description(c, f->join.left);
		right = from_description(c, f->join.right);
		return arena_printf(&c->arena, "Join object on %.*s and %.*s", STR_ARG(left),
		                    STR_ARG(right));
	case FROM_GROUPING:
		return from_description(c, f->element);
	case FROM_TEXT:
		return STR("TextClause object");
	default:
		break;
	}
	if (f->name.anon == NULL)
		return f->name.text;
	/* What the printer would call the first of that kind. */
	return arena_printf(&c->arena, "%.*s_1", STR_ARG(f->name.anon->body));
}
