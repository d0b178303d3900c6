/* Which column stands for which: ColumnElement.proxy_set, ColumnCollection.corresponding_column(). */
#include "compiler/compilation.h"
#include "compiler/from.h"
#include "compiler/froms.h"
#include "compiler/scope.h"

/* What a column or label stands for; nothing for other expressions. */
static size_t proxy_count(const struct node *n)
{
	if (n->kind == NODE_COLUMN)
		return n->column.proxies.n;
	return n->kind == NODE_LABEL;
}

static const struct node *proxy_at(const struct node *n, size_t i)
{
	const struct node *labelled;

	if (n->kind != NODE_LABEL)
		return n->column.proxies.items[i];
	labelled = n->label.element;
	return labelled->kind == NODE_GROUPING ? labelled->grouping : labelled;
}

/* A set of nodes. Most have a handful: they need no table. */
enum { FEW = 12 };

struct node_set {
	struct compilation *c;
	const struct node *few[FEW];
	size_t n;
	struct name_map many;
};

static struct str key_of(const struct node *n)
{
	return (struct str){ (const char *)&n->id, sizeof(n->id) };
}

static bool has(const struct node_set *s, const struct node *n)
{
	size_t few = s->n < FEW ? s->n : FEW;

	for (size_t i = 0; i < few; i++)
		if (s->few[i] == n)
			return true;
	return s->n > FEW && name_map_find(&s->many, key_of(n)) != NULL;
}

/* False when it was in the set already. */
static bool add(struct node_set *s, const struct node *n)
{
	if (has(s, n))
		return false;
	if (s->n < FEW)
		s->few[s->n] = n;
	else
		name_map_set(s->c, &s->many, key_of(n), s);
	s->n++;
	return true;
}

/* The node and all that it stands for. Subqueries are nested no deeper than evaluation allows, and
 * what a set operation reaches twice is walked once. */
static void collect(struct node_set *s, const struct node *n)
{
	if (!add(s, n))
		return;
	compilation_descend(s->c, n->span);
	for (size_t i = 0; i < proxy_count(n); i++)
		collect(s, proxy_at(n, i));
	compilation_ascend(s->c);
}

/* How many of the nodes under `n`, not seen before, are in the set. */
static size_t count_common(struct node_set *seen, const struct node_set *wanted,
                           const struct node *n)
{
	size_t common;

	if (!add(seen, n))
		return 0;
	common = has(wanted, n);
	for (size_t i = 0; i < proxy_count(n); i++)
		common += count_common(seen, wanted, proxy_at(n, i));
	return common;
}

static size_t common(struct compilation *c, const struct node_set *wanted, const struct node *n)
{
	struct node_set seen;

	seen.c = c;
	seen.n = 0;
	seen.many = (struct name_map){ 0 };
	return count_common(&seen, wanted, n);
}

bool node_shares_lineage(struct compilation *c, const struct node *a, const struct node *b)
{
	struct node_set wanted;

	if (a == b)
		return true;
	if (proxy_count(a) == 0 && proxy_count(b) == 0)
		return false;
	wanted.c = c;
	wanted.n = 0;
	wanted.many = (struct name_map){ 0 };
	collect(&wanted, b);
	return common(c, &wanted, a) > 0;
}

/* The steps from the column down to what it has in common with the target; members of a set
 * operation weigh more the further down they stand. Only to break ties, so it gives up where a set
 * operation multiplies the paths. */
static size_t distance(struct compilation *c, const struct node_set *wanted, const struct node *n,
                       size_t weight, size_t *budget)
{
	bool compound = n->kind == NODE_COLUMN && n->column.from != NULL &&
	                n->column.from->statement != NULL &&
	                n->column.from->statement->kind == STATEMENT_COMPOUND;
	size_t steps;

	if (*budget == 0)
		return 0;
	--*budget;
	steps = common(c, wanted, n) > 0 ? weight : 0;
	for (size_t i = 0; i < proxy_count(n); i++)
		steps += distance(c, wanted, proxy_at(n, i), compound ? i + 1 : 1, budget);
	return steps;
}

struct node *from_corresponding(struct compilation *c, struct from *f, struct node *column)
{
	const struct vec *columns;
	struct node_set wanted;
	struct node *best = NULL;
	size_t best_common = 0;
	size_t best_steps = 0;

	/* Columns of tables stand for nothing but themselves: no need to see them all. */
	if (f->kind == FROM_TABLE && proxy_count(column) == 0)
		return column->kind == NODE_COLUMN && column->column.from == f ? column : NULL;
	columns = from_columns(c, f);
	for (size_t i = 0; i < columns->n; i++)
		if (columns->items[i] == column)
			return column;
	wanted.c = c;
	wanted.n = 0;
	wanted.many = (struct name_map){ 0 };
	collect(&wanted, column);
	for (size_t i = 0; i < columns->n; i++) {
		struct node *candidate = columns->items[i];
		size_t in_common = common(c, &wanted, candidate);
		size_t budget = 1000;
		size_t steps;

		if (in_common == 0 || in_common < best_common)
			continue;
		steps = distance(c, &wanted, candidate, 1, &budget);
		if (in_common > best_common || steps < best_steps) {
			best = candidate;
			best_common = in_common;
			best_steps = steps;
		}
	}
	return best;
}

/* A set operation of itself doubles at every level: the search gives up, as nobody means that. */
enum { MOST_STEPS = 10000 };

struct search {
	struct compilation *c;
	const struct from *part;
	size_t steps;
};

static bool from_derives(struct search *k, const struct from *f);

static bool any_derives(struct search *k, const struct vec *froms)
{
	for (size_t i = 0; i < froms->n; i++)
		if (from_derives(k, froms->items[i]))
			return true;
	return false;
}

static bool node_derives(struct search *k, struct node *n)
{
	return any_derives(k, froms_of(k->c, n));
}

/* Select.is_derived_from(): of what its columns, its WHERE and select_from() name; joins made by
 * join() do not count. */
static bool select_derives(struct search *k, const struct statement *s)
{
	for (size_t i = 0; i < s->entities.n; i++) {
		const struct entity *e = s->entities.items[i];

		if (e->from != NULL ? from_derives(k, e->from) : node_derives(k, e->node))
			return true;
	}
	for (size_t i = 0; i < s->where.n; i++)
		if (node_derives(k, s->where.items[i]))
			return true;
	return any_derives(k, &s->from_obj);
}

static bool statement_derives(struct search *k, const struct statement *s)
{
	if (s->kind == STATEMENT_SELECT)
		return select_derives(k, s);
	for (size_t i = 0; s->kind == STATEMENT_COMPOUND && i < s->selects.n; i++)
		if (statement_derives(k, s->selects.items[i]))
			return true;
	return false;
}

static bool inner_derives(struct search *k, const struct from *f)
{
	switch (f->kind) {
	case FROM_JOIN:
		return from_derives(k, f->join.left) || from_derives(k, f->join.right);
	case FROM_ALIAS:
	case FROM_TABLESAMPLE:
	case FROM_GROUPING:
		return from_derives(k, f->element);
	case FROM_SUBQUERY:
	case FROM_LATERAL:
	case FROM_CTE:
		if (f->statement != NULL)
			return statement_derives(k, f->statement);
		return f->element != NULL && from_derives(k, f->element);
	default:
		return false;
	}
}

static bool from_derives(struct search *k, const struct from *f)
{
	bool found;

	if (f == k->part)
		return true;
	if (k->steps++ > MOST_STEPS)
		return false;
	compilation_descend(k->c, f->span);
	found = inner_derives(k, f);
	compilation_ascend(k->c);
	return found;
}

bool from_contains(struct compilation *c, const struct from *f, const struct from *part)
{
	struct search k = { .c = c, .part = part };

	return from_derives(&k, f);
}
