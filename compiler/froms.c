#include "compiler/froms.h"

#include "compiler/compilation.h"

static const struct vec nothing;

struct from_list from_list_new(struct compilation *c)
{
	return (struct from_list){ .c = c, .mark = ++c->from_mark };
}

void from_list_add(struct from_list *l, struct from *f)
{
	if (f->mark == l->mark)
		return;
	f->mark = l->mark;
	vec_push(l->c, &l->items, f);
}

void from_list_extend(struct from_list *l, const struct vec *froms)
{
	for (size_t i = 0; i < froms->n; i++)
		from_list_add(l, froms->items[i]);
}

struct from *from_path_root(struct from *f)
{
	while (f->path_base != NULL)
		f = f->path_base;
	return f;
}

static const struct vec *single(struct compilation *c, struct from *f)
{
	if (f->alone.n == 0)
		vec_push(c, &f->alone, f);
	return &f->alone;
}

/* Both lists in one. Most expressions are over one FROM object, and share its list. */
static const struct vec *merged(struct compilation *c, const struct vec *a, const struct vec *b)
{
	struct from_list l;
	struct vec *list;

	if (b->n == 0 || a == b)
		return a;
	if (a->n == 0)
		return b;
	l = from_list_new(c);
	from_list_extend(&l, a);
	from_list_extend(&l, b);
	if (l.items.n == a->n)
		return a;
	list = NEW(c, struct vec);
	*list = l.items;
	return list;
}

static const struct vec *froms_of_opt(struct compilation *c, struct node *n)
{
	return n == NULL ? &nothing : froms_of(c, n);
}

static const struct vec *froms_of_all(struct compilation *c, const struct vec *nodes)
{
	const struct vec *one = &nothing;
	struct from_list l;
	struct vec *list;
	size_t i;

	/* As long as all agree there is nothing to merge. */
	for (i = 0; i < nodes->n; i++) {
		const struct vec *next = froms_of(c, nodes->items[i]);

		if (one->n == 0)
			one = next;
		else if (next != one && next->n > 0)
			break;
	}
	if (i == nodes->n)
		return one;
	for (; i < nodes->n; i++)
		froms_of(c, nodes->items[i]);
	l = from_list_new(c);
	for (i = 0; i < nodes->n; i++)
		from_list_extend(&l, ((struct node *)nodes->items[i])->froms);
	list = NEW(c, struct vec);
	*list = l.items;
	return list;
}

static const struct vec *froms_of_case(struct compilation *c, const struct node *n)
{
	const struct vec *froms = froms_of_opt(c, n->case_.value);

	for (size_t i = 0; i < n->case_.count; i++) {
		froms = merged(c, froms, froms_of(c, n->case_.whens[i].condition));
		froms = merged(c, froms, froms_of(c, n->case_.whens[i].result));
	}
	return merged(c, froms, froms_of_opt(c, n->case_.otherwise));
}

static const struct vec *compute(struct compilation *c, struct node *n)
{
	switch (n->kind) {
	case NODE_COLUMN:
		return n->column.from == NULL ? &nothing
		                              : single(c, from_path_root(n->column.from));
	case NODE_BINARY:
		return merged(c, froms_of(c, n->binary.left), froms_of(c, n->binary.right));
	case NODE_LIST:
		return froms_of_all(c, &n->list.items);
	case NODE_UNARY:
		return froms_of(c, n->unary.element);
	case NODE_GROUPING:
		return froms_of(c, n->grouping);
	case NODE_CASE:
		return froms_of_case(c, n);
	case NODE_CAST:
	case NODE_TYPE_COERCE:
		return froms_of(c, n->cast.element);
	case NODE_EXTRACT:
		return froms_of(c, n->extract.element);
	case NODE_FUNCTION:
		return froms_of_all(c, &n->function.arguments);
	case NODE_OVER:
		return merged(c,
		              merged(c, froms_of(c, n->over.element),
		                     froms_of_all(c, &n->over.partition_by)),
		              froms_of_all(c, &n->over.order_by));
	case NODE_FILTER:
		return merged(c, froms_of(c, n->filter.element),
		              froms_of_opt(c, n->filter.criterion));
	case NODE_WITHIN_GROUP:
		return merged(c, froms_of(c, n->within_group.element),
		              froms_of_all(c, &n->within_group.order_by));
	case NODE_LABEL:
		return froms_of(c, n->label.element);
	case NODE_TUPLE:
		return froms_of_all(c, &n->tuple.items);
	case NODE_ARRAY:
		return froms_of_all(c, &n->array.items);
	case NODE_AGGREGATE_ORDER_BY:
		return merged(c, froms_of(c, n->aggregate.target),
		              froms_of_all(c, &n->aggregate.order_by));
	case NODE_LABEL_REFERENCE:
		return froms_of(c, n->labelled);
	case NODE_FROM: /* the whole row of it; IN (VALUES …) brings nothing */
		return n->from->kind == FROM_VALUES ? &nothing : single(c, from_path_root(n->from));
	case NODE_BIND:
	case NODE_CONSTANT:
	case NODE_TEXT:
	case NODE_SLICE:
	case NODE_COLLATION:
	case NODE_SCALAR_SELECT:
	case NODE_FUNCTION_COLUMN:
	case NODE_TEXT_REFERENCE:
	case NODE_SEQUENCE:
		return &nothing;
	}
	return &nothing;
}

const struct vec *froms_of(struct compilation *c, struct node *n)
{
	if (n->froms == NULL) {
		compilation_descend(c, n->span);
		n->froms = compute(c, n);
		compilation_ascend(c);
	}
	return n->froms;
}

void node_froms(struct compilation *c, struct node *n, struct vec *out)
{
	const struct vec *more = froms_of(c, n);
	struct from_list l = from_list_new(c);

	for (size_t i = 0; i < out->n; i++)
		((struct from *)out->items[i])->mark = l.mark;
	l.items = *out;
	from_list_extend(&l, more);
	*out = l.items;
}

static void add_within(struct from_list *l, struct from *f)
{
	while (f->kind == FROM_GROUPING)
		f = f->element;
	from_list_add(l, f);
	if (f->kind != FROM_JOIN)
		return;
	compilation_descend(l->c, f->span);
	add_within(l, f->join.left);
	add_within(l, f->join.right);
	compilation_ascend(l->c);
}

struct vec froms_within(struct compilation *c, struct from *f)
{
	struct from_list l = from_list_new(c);

	add_within(&l, from_path_root(f));
	return l.items;
}
