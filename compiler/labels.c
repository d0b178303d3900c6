#include "compiler/labels.h"

#include "compiler/compilation.h"
#include "compiler/from.h"
#include "compiler/keymap.h"
#include "compiler/operators.h"

/* An anonymous name of a node: one per seed and index, so that asking twice gives the same. */
struct known_anon {
	struct known_anon *next;
	struct name seed;
	uint32_t index; /* 0: the name itself; then the repeats; or JOINED */
	struct anon *anon;
};

enum { JOINED = UINT32_MAX, REPEAT_OF_WRAPPED = UINT32_MAX - 1 };

static bool same_name(struct name a, struct name b)
{
	return a.anon == b.anon && (a.anon != NULL || str_eq(a.text, b.text));
}

static struct name text_name(struct str text)
{
	return (struct name){ .text = text };
}

static struct name anon_name(struct anon *anon)
{
	return (struct name){ .anon = anon };
}

static struct known_anon *known(struct compilation *c, struct node *n, struct name seed,
                                uint32_t index)
{
	struct known_anon *k;

	for (k = n->anons; k != NULL; k = k->next)
		if (k->index == index && same_name(k->seed, seed))
			return k;
	k = NEW(c, struct known_anon);
	*k = (struct known_anon){ .next = n->anons, .seed = seed, .index = index };
	n->anons = k;
	return k;
}

static const struct name *name_copy(struct compilation *c, struct name name)
{
	struct name *copy = NEW(c, struct name);

	*copy = name;
	return copy;
}

/* _anon_label(seed, add_hash): the n-th repeat has an underscore more, and a number of its own. */
static struct name anon_label(struct compilation *c, struct node *n, struct name seed,
                              uint32_t index)
{
	struct known_anon *k = known(c, n, seed, index);

	if (k->anon != NULL)
		return anon_name(k->anon);
	if (seed.anon != NULL) {
		k->anon = NEW(c, struct anon);
		k->anon->first = name_copy(c, seed);
		k->anon->between = index > 0 ? STR("_") : STR("");
	} else {
		struct str body = name_empty(seed) ? STR("anon") : seed.text;

		if (index > 0)
			body = arena_printf(&c->arena, "%.*s_", STR_ARG(body));
		k->anon = anon_new(c, body);
	}
	return anon_name(k->anon);
}

/* ------------------------------------------------------------------ names of nodes */

bool node_is_as_boolean(const struct node *n)
{
	return n->kind == NODE_UNARY && n->unary.op != NULL &&
	       (n->unary.op->id == OP_is_false || n->unary.op->id == OP_is_true);
}

/* What a wrapper stands around, whose name it takes: CAST(a.x AS …) is an x. NULL: no wrapper. */
static struct node *wrapped(const struct node *n)
{
	if (n->kind == NODE_CAST || n->kind == NODE_TYPE_COERCE)
		return n->cast.element;
	return node_is_as_boolean(n) ? n->unary.element : NULL;
}

/* The attribute `name` of SQLAlchemy's objects. */
static struct name name_attribute(const struct node *n)
{
	switch (n->kind) {
	case NODE_COLUMN:
		return n->column.name;
	case NODE_LABEL:
		return n->label.name;
	case NODE_FUNCTION:
		return text_name(n->function.name);
	case NODE_FUNCTION_COLUMN:
		return n->function_column.name;
	case NODE_FROM:
		if (n->from->kind == FROM_VALUES)
			return (struct name){ 0 };
		return n->from->name;
	case NODE_SEQUENCE:
		return text_name(STR("next_value"));
	case NODE_GROUPING:
		return name_attribute(n->grouping);
	default:
		return (struct name){ 0 };
	}
}

struct name label_non_anon(struct node *n)
{
	if (n->kind == NODE_FUNCTION || n->kind == NODE_SEQUENCE || wrapped(n) != NULL)
		return (struct name){ 0 };
	return name_attribute(n);
}

struct name label_anon_name(struct compilation *c, struct node *n)
{
	struct node *inner = wrapped(n);

	while (inner != NULL && inner->kind != NODE_TEXT) {
		struct name name = label_non_anon(inner);

		if (!name_empty(name))
			return name;
		n = inner;
		inner = wrapped(n);
	}
	return anon_label(c, n, name_attribute(n), 0);
}

/* Two names with `_` between them. */
static struct name join_names(struct compilation *c, struct node *n, struct name a, struct name b)
{
	struct known_anon *k;

	if (a.anon == NULL && b.anon == NULL)
		return text_name(arena_concat(&c->arena, a.text, STR("_"), b.text));
	k = known(c, n, b, JOINED);
	if (k->anon == NULL) {
		k->anon = NEW(c, struct anon);
		k->anon->first = name_copy(c, a);
		k->anon->between = STR("_");
		k->anon->second = name_copy(c, b);
	}
	return anon_name(k->anon);
}

static struct name column_table_qualified(struct compilation *c, struct node *n, struct name name)
{
	struct from *f = n->column.from;
	struct name label;
	struct str plain;

	if (n->column.literal)
		return (struct name){ 0 };
	if (f == NULL || name_empty(f->name) || n->column.is_row)
		return name;
	label = f->name;
	if (f->schema.n > 0 && f->name.anon == NULL) {
		char *p = arena_alloc(&c->arena, f->schema.n);

		for (size_t i = 0; i < f->schema.n; i++)
			p[i] = f->schema.p[i] == '.' ? '_' : f->schema.p[i];
		label = join_names(c, n, text_name((struct str){ p, f->schema.n }), label);
	}
	label = join_names(c, n, label, name);
	if (label.anon != NULL || from_column(c, f, label.text) == NULL)
		return label;
	/* The table has a column of that very name: a number makes the difference. */
	plain = label.text;
	for (unsigned i = 1; from_column(c, f, label.text) != NULL; i++)
		label = text_name(arena_printf(&c->arena, "%.*s_%u", STR_ARG(plain), i));
	return label;
}

struct name label_table_qualified(struct compilation *c, struct node *n)
{
	struct node *inner = wrapped(n);
	struct name name;

	if (inner != NULL)
		return label_table_qualified(c, inner);
	switch (n->kind) {
	case NODE_COLUMN:
		return column_table_qualified(c, n, n->column.name);
	case NODE_LABEL:
	case NODE_FUNCTION_COLUMN:
	case NODE_FROM:
		return name_attribute(n);
	case NODE_GROUPING:
		name = label_table_qualified(c, n->grouping);
		return name_empty(name) ? label_anon_name(c, n) : name;
	default:
		return (struct name){ 0 };
	}
}

/* _dedupe_anon_tq_label_idx() */
static struct name repeat_qualified(struct compilation *c, struct node *n, uint32_t index)
{
	return anon_label(c, n, label_table_qualified(c, n), index);
}

/* _dedupe_anon_label_idx(): id__1 */
static struct name repeat(struct compilation *c, struct node *n, uint32_t index)
{
	struct node *inner = wrapped(n);
	struct name name;

	if (inner != NULL) {
		name = label_non_anon(inner);
		return name_empty(name) ? repeat_qualified(c, n, index)
		                        : anon_label(c, n, name, REPEAT_OF_WRAPPED);
	}
	name = name_attribute(n);
	return name_empty(name) ? repeat_qualified(c, n, index) : anon_label(c, n, name, index);
}

/* _proxy_key: empty when it is anonymous or there is none. */
static struct str proxy_key(const struct node *n)
{
	const struct node *inner = wrapped(n);
	struct name name;

	if (inner != NULL && inner->kind != NODE_TEXT)
		return proxy_key(inner);
	if (n->kind == NODE_COLUMN)
		return n->column.name.anon != NULL ? STR("") : n->column.key;
	if (n->kind == NODE_BIND)
		return n->bind.name.anon != NULL ? STR("") : n->bind.name.text;
	name = name_attribute(n);
	return name.anon != NULL ? STR("") : name.text;
}

/* ------------------------------------------------------------------ names of a select */

/* The keys of the columns in a collection: _column_naming_convention(). */
struct keys {
	struct compilation *c;
	struct keymap names;    /* taken */
	struct keymap counters; /* by body */
	struct keymap repeated; /* by node */
	bool qualified;
	bool dedupe;
};

static struct str numbered_key(struct keys *k, struct node *n, struct str seed)
{
	struct keymap_value *mine = keymap_at(&k->c->arena, &k->repeated, n, seed);
	struct str body = anon_new(k->c, seed)->body;

	if (mine->number == 0) {
		uint32_t *count = &keymap_at(&k->c->arena, &k->counters, NULL, body)->number;

		mine->number = ++*count;
	}
	return arena_printf(&k->c->arena, "%.*s_%u", STR_ARG(body), (unsigned)mine->number);
}

static struct str key_of(struct keys *k, struct node *n)
{
	struct str key = proxy_key(n);
	struct keymap_value *taken;

	if (k->qualified && n->kind == NODE_COLUMN && key.n > 0)
		key = column_table_qualified(k->c, n, text_name(key)).text;
	if (key.n == 0)
		key = STR("_no_label");
	if (k->dedupe) {
		taken = keymap_at(&k->c->arena, &k->names, NULL, key);
		if (taken->number++ > 0)
			key = numbered_key(k, n, key);
	}
	/* A column that stands for an unnamed one is still found by its own key. */
	if (n->kind == NODE_COLUMN && n->column.name.anon != NULL && n->column.key.n > 0)
		key = n->column.key;
	return key;
}

/* State of _generate_columns_plus_names(). */
struct naming {
	struct compilation *c;
	enum label_style style;
	struct keymap names; /* name → the node that has it */
	uint32_t repeats;
};

/* A name made of an anonymous one and another is the same name wherever its parts are the same:
 * anon_1_x of two columns. */
static struct keymap_value *taken(struct naming *g, struct name name)
{
	const struct anon *a = name.anon;
	const struct name *one = a == NULL ? NULL : a->first;
	const struct name *other = a == NULL ? NULL : a->second;

	if (one != NULL && other != NULL && other->anon == NULL)
		return keymap_at(&g->c->arena, &g->names, one->anon, other->text);
	if (one != NULL && other != NULL && one->anon == NULL)
		return keymap_at(&g->c->arena, &g->names, other->anon, one->text);
	if (one != NULL && other != NULL)
		return keymap_at(&g->c->arena, &g->names, one->anon,
		                 arena_printf(&g->c->arena, "%p", (void *)other->anon));
	return keymap_at(&g->c->arena, &g->names, name.anon,
	                 name.anon == NULL ? name.text : STR(""));
}

static struct name next_repeat(struct naming *g, struct node *n)
{
	g->repeats++;
	return g->style == LABEL_TABLENAME_PLUS_COL ? repeat_qualified(g->c, n, g->repeats)
	                                            : repeat(g->c, n, g->repeats);
}

/* An element without a name of its own: it gets one only where it must. */
static void name_unnamed(struct naming *g, struct labelled *l)
{
	struct name anon = label_anon_name(g->c, l->node);
	struct keymap_value *holder = taken(g, anon);

	l->repeated = holder->pointer != NULL;
	holder->pointer = l->node;
	l->fallback = l->repeated ? next_repeat(g, l->node) : anon;
}

/* The name is taken: by another element, or by this one itself. */
static void name_again(struct naming *g, struct labelled *l, struct name name)
{
	struct keymap_value *holder = taken(g, name);

	if (holder->pointer == l->node) {
		l->required = l->fallback = next_repeat(g, l->node);
		l->repeated = true;
		return;
	}
	l->required = g->style == LABEL_TABLENAME_PLUS_COL
	                      ? anon_label(g->c, l->node, label_table_qualified(g->c, l->node), 0)
	                      : label_anon_name(g->c, l->node);
	l->fallback = l->required;
	l->proxy_name = l->required;
	holder = taken(g, l->required);
	if (holder->pointer != NULL) {
		l->required = l->fallback = next_repeat(g, l->node);
		l->repeated = true;
	} else {
		holder->pointer = l->node;
	}
}

static bool gets_a_label(const struct node *n)
{
	if (n->kind == NODE_COLUMN)
		return n->column.from != NULL;
	return n->kind != NODE_TEXT;
}

static void name_one(struct naming *g, struct labelled *l)
{
	struct node *n = l->node;
	struct keymap_value *holder;
	struct name name;

	if (!gets_a_label(n))
		return;
	if (g->style == LABEL_NONE) {
		l->fallback = label_non_anon(n);
		if (name_empty(l->fallback))
			l->fallback = label_anon_name(g->c, n);
		return;
	}
	if (g->style == LABEL_TABLENAME_PLUS_COL)
		l->required = name = label_table_qualified(g->c, n);
	else
		name = label_non_anon(n);
	l->proxy_name = l->required;
	if (name_empty(name)) {
		name_unnamed(g, l);
		return;
	}
	l->fallback = name;
	holder = taken(g, name);
	if (holder->pointer != NULL)
		name_again(g, l, name);
	else
		holder->pointer = n;
}

/* MaxTupleAttributeNumber: PostgreSQL refuses more, and a repeated column costs by its repeats. */
enum { MOST_COLUMNS = 1664 };

static struct vec *name_columns(struct compilation *c, const struct vec *columns,
                                enum label_style style)
{
	struct naming g = { .c = c, .style = style };
	struct keys keys = { .c = c,
		             .qualified = style == LABEL_TABLENAME_PLUS_COL,
		             .dedupe = style != LABEL_NONE };
	struct labelled *all = arena_array(&c->arena, columns->n + 1, sizeof(*all));
	struct vec *result = NEW(c, struct vec);

	if (columns->n > MOST_COLUMNS)
		fail(c, ((const struct node *)columns->items[MOST_COLUMNS])->span,
		     SQLSTATE_TOO_MANY_COLUMNS, "target lists can have at most %d entries",
		     MOST_COLUMNS);
	for (size_t i = 0; i < columns->n; i++) {
		struct labelled *l = &all[i];

		l->node = columns->items[i];
		name_one(&g, l);
		l->has_proxy = l->node->kind != NODE_TEXT;
		if (l->has_proxy) {
			l->proxy_key = key_of(&keys, l->node);
			if (name_empty(l->proxy_name))
				l->proxy_name = label_non_anon(l->node);
			if (name_empty(l->proxy_name))
				l->proxy_name = label_anon_name(c, l->node);
		}
		vec_push(c, result, l);
	}
	return result;
}

struct vec entities_expand(struct compilation *c, const struct vec *entities)
{
	struct vec columns = { 0 };

	for (size_t i = 0; i < entities->n; i++) {
		const struct entity *e = entities->items[i];

		if (e->from != NULL)
			vec_extend(c, &columns, from_columns(c, e->from));
		else
			vec_push(c, &columns, e->node);
	}
	return columns;
}

const struct vec *labels_of(struct compilation *c, struct statement *s)
{
	struct vec columns;

	if (s->labels != NULL)
		return s->labels;
	compilation_descend(c, s->span);
	switch (s->kind) {
	case STATEMENT_COMPOUND:
		s->labels = labels_of(c, s->selects.items[0]);
		break;
	case STATEMENT_TEXT:
		s->labels = name_columns(c, &s->text_columns, LABEL_DISAMBIGUATE);
		break;
	case STATEMENT_SELECT:
		columns = entities_expand(c, &s->entities);
		s->labels = name_columns(c, &columns, s->label_style);
		break;
	default:
		columns = entities_expand(c, &s->returning);
		s->labels = name_columns(c, &columns, LABEL_DISAMBIGUATE);
		break;
	}
	compilation_ascend(c);
	return s->labels;
}
