/* reduce_columns(): leaves out columns whose value another one has. sql/util.py. */
#include "compiler/call.h"
#include "compiler/from.h"
#include "compiler/keymap.h"
#include "compiler/labels.h"
#include "compiler/operators.h"
#include "compiler/resolve.h"
#include "compiler/scope.h"
#include "compiler/words.h"
#include "compiler/words_shared.h"

struct reduction {
	struct compilation *c;
	const struct vec *columns; /* of struct node * */
	bool *omitted;             /* by index */
	bool only_synonyms;
};

static struct str name_of(const struct node *n)
{
	if (n->kind == NODE_COLUMN)
		return n->column.name.text;
	return n->kind == NODE_LABEL ? n->label.name.text : STR("");
}

static bool may_go(const struct reduction *r, const struct node *a, const struct node *b)
{
	return !r->only_synonyms || str_eq(name_of(a), name_of(b));
}

static bool refers(const struct reduction *r, const struct relation_key *key, size_t part,
                   const struct node *column)
{
	struct from *table = scope_known_by_oid(r->c, key->referenced);
	struct node *referenced;

	if (table == NULL)
		return false;
	referenced = from_column(r->c, table, key->referenced_columns[part]);
	return referenced != NULL && node_shares_lineage(r->c, referenced, column);
}

/* A foreign key's column goes when the column it refers to is there. */
static bool refers_to_another(const struct reduction *r, const struct node *n)
{
	const struct node *column = n->kind == NODE_LABEL ? n->label.element : n;
	const struct relation *relation;

	if (column->kind != NODE_COLUMN || column->column.relation == NULL)
		return false;
	relation = column->column.relation;
	for (size_t k = 0; k < relation->key_count; k++) {
		const struct relation_key *key = &relation->keys[k];

		for (size_t part = 0; part < key->count; part++) {
			if (key->columns[part] != column->column.position)
				continue;
			for (size_t i = 0; i < r->columns->n; i++) {
				const struct node *other = r->columns->items[i];

				if (other != n && refers(r, key, part, other) &&
				    may_go(r, other, n))
					return true;
			}
		}
	}
	return false;
}

static bool is_present(const struct reduction *r, const struct node *n)
{
	for (size_t i = 0; i < r->columns->n; i++)
		if (!r->omitted[i] && node_shares_lineage(r->c, r->columns->items[i], n))
			return true;
	return false;
}

/* Of two columns that are equated the later one goes. */
static void omit_equated(struct reduction *r, const struct node *left, const struct node *right)
{
	if (!is_present(r, left) || !is_present(r, right))
		return;
	for (size_t i = r->columns->n; i-- > 0;) {
		const struct node *n = r->columns->items[i];

		if (node_shares_lineage(r->c, n, right) && may_go(r, n, left)) {
			r->omitted[i] = true;
			return;
		}
	}
}

static void visit(struct reduction *r, const struct node *clause)
{
	if (clause == NULL)
		return;
	compilation_descend(r->c, clause->span);
	switch (clause->kind) {
	case NODE_LIST:
		for (size_t i = 0; i < clause->list.items.n; i++)
			visit(r, clause->list.items.items[i]);
		break;
	case NODE_GROUPING:
		visit(r, clause->grouping);
		break;
	case NODE_UNARY:
		visit(r, clause->unary.element);
		break;
	case NODE_BINARY:
		if (clause->binary.op->id == OP_eq)
			omit_equated(r, clause->binary.left, clause->binary.right);
		break;
	default:
		break;
	}
	compilation_ascend(r->c);
}

static void visit_from(struct reduction *r, const struct from *f)
{
	if (f->kind == FROM_GROUPING)
		f = f->element;
	if (f->kind != FROM_JOIN)
		return;
	compilation_descend(r->c, f->span);
	visit_from(r, f->join.left);
	visit_from(r, f->join.right);
	visit(r, f->join.on);
	compilation_ascend(r->c);
}

/* What the select has, each once; `columns` without its texts. */
static void collect(struct reduction *r, struct vec *all, struct vec *columns)
{
	struct keymap seen = { 0 };
	struct vec expanded = *all;

	*all = (struct vec){ 0 };
	for (size_t i = 0; i < expanded.n; i++) {
		struct node *n = expanded.items[i];

		if (keymap_at(&r->c->arena, &seen, n, STR(""))->number++ > 0)
			continue;
		vec_push(r->c, all, n);
		if (n->kind != NODE_TEXT)
			vec_push(r->c, columns, n);
	}
}

/* args: only_synonyms */
struct value select_reduce_columns(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);
	struct vec all = entities_expand(c, &s->entities);
	struct vec columns = { 0 };
	struct reduction r = { .c = c,
		               .columns = &columns,
		               .only_synonyms = call_flag(c, call, 0, true) };
	size_t k = 0;

	collect(&r, &all, &columns);
	r.omitted = arena_array(&c->arena, columns.n + 1, sizeof(*r.omitted));
	for (size_t i = 0; i < columns.n; i++)
		r.omitted[i] = refers_to_another(&r, columns.items[i]);
	for (size_t i = 0; i < s->where.n; i++)
		visit(&r, s->where.items[i]);
	for (size_t i = 0; i < s->from_obj.n; i++)
		visit_from(&r, s->from_obj.items[i]);
	s->entities = (struct vec){ 0 };
	for (size_t i = 0; i < all.n; i++) {
		struct node *n = all.items[i];
		struct entity *e;

		if (n->kind != NODE_TEXT && r.omitted[k++])
			continue;
		e = NEW(c, struct entity);
		e->node = n;
		e->span = call->span;
		vec_push(c, &s->entities, e);
	}
	return value_statement(s);
}
