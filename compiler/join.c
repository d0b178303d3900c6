/* The ON clause that foreign keys imply: selectable.py's Join._join_condition(). */
#include "compiler/compilation.h"
#include "compiler/from.h"
#include "compiler/resolve.h"
#include "compiler/scope.h"

/* One constraint that fits, with the pairs it implies. */
struct candidate {
	const struct relation_key *key;
	struct vec referenced; /* of struct node * */
	struct vec referring;
};

struct candidates {
	struct compilation *c;
	struct vec items; /* of struct candidate * */
};

static struct candidate *candidate_for(struct candidates *all, const struct relation_key *key)
{
	struct candidate *k;

	for (size_t i = 0; i < all->items.n; i++) {
		k = all->items.items[i];
		if (k->key == key)
			return k;
	}
	k = NEW(all->c, struct candidate);
	k->key = key;
	vec_push(all->c, &all->items, k);
	return k;
}

/* The column of the referenced table, when the program has met the table at all: what it has not met,
 * no column can stand for. */
static struct node *referenced_column(struct compilation *c, const struct relation_key *key,
                                      size_t i)
{
	struct from *table = scope_known_by_oid(c, key->referenced);

	return table == NULL ? NULL : from_column(c, table, key->referenced_columns[i]);
}

/* Collects the pairs in which this column refers to a column that `to` has. */
static void scan_column(struct candidates *all, struct node *column, struct from *to)
{
	const struct relation *r = column->column.relation;

	for (size_t k = 0; r != NULL && k < r->key_count; k++) {
		const struct relation_key *key = &r->keys[k];

		for (size_t i = 0; i < key->count; i++) {
			struct node *target;
			struct node *match;

			if (key->columns[i] != column->column.position)
				continue;
			target = referenced_column(all->c, key, i);
			match = target == NULL ? NULL : from_corresponding(all->c, to, target);
			if (match != NULL) {
				struct candidate *found = candidate_for(all, key);

				vec_push(all->c, &found->referenced, match);
				vec_push(all->c, &found->referring, column);
			}
		}
	}
}

static bool is_in_key(const struct relation *r, size_t column)
{
	for (size_t k = 0; k < r->key_count; k++)
		for (size_t i = 0; i < r->keys[k].count; i++)
			if (r->keys[k].columns[i] == column)
				return true;
	return false;
}

static void scan(struct candidates *all, struct from *from, struct from *to)
{
	const struct relation *r = from_relation(from);
	const struct vec *columns;

	if (r != NULL) {
		for (size_t i = 0; i < r->column_count; i++)
			if (is_in_key(r, i))
				scan_column(all, from_column_at(all->c, from, i), to);
		return;
	}
	columns = from_columns(all->c, from);
	for (size_t i = 0; i < columns->n; i++)
		scan_column(all, columns->items[i], to);
}

static bool same_pairs(const struct candidate *a, const struct candidate *b)
{
	if (a->referenced.n != b->referenced.n)
		return false;
	for (size_t i = 0; i < a->referenced.n; i++)
		if (a->referenced.items[i] != b->referenced.items[i] ||
		    a->referring.items[i] != b->referring.items[i])
			return false;
	return true;
}

static bool all_alike(const struct candidates *all)
{
	for (size_t i = 1; i < all->items.n; i++)
		if (!same_pairs(all->items.items[0], all->items.items[i]))
			return false;
	return true;
}

static _Noreturn void fail_none(struct compilation *c, struct from *left, struct from *right,
                                struct span at)
{
	fail(c, at, SQLSTATE_AMBIGUOUS_ALIAS,
	     "Can't find any foreign key relationships between '%.*s' and '%.*s'.%s",
	     STR_ARG(from_description(c, left)), STR_ARG(from_description(c, right)),
	     right->kind == FROM_GROUPING
	             ? " Perhaps you meant to convert the right side to a subquery using alias()?"
	             : "");
}

static _Noreturn void fail_several(struct compilation *c, const struct candidates *all,
                                   struct from *left, struct from *right, struct span at)
{
	struct str names = STR("");

	for (size_t i = 0; i < all->items.n; i++) {
		const struct candidate *k = all->items.items[i];

		names = arena_printf(&c->arena, "%.*s%s%.*s", STR_ARG(names), i == 0 ? "" : ", ",
		                     STR_ARG(k->key->name));
	}
	detail(c, "The foreign keys are %.*s.", STR_ARG(names));
	fail(c, at, SQLSTATE_AMBIGUOUS_ALIAS,
	     "Can't determine join between '%.*s' and '%.*s'; tables have more than one foreign "
	     "key "
	     "constraint relationship between them. Please specify the 'onclause' of this join "
	     "explicitly.",
	     STR_ARG(from_description(c, left)), STR_ARG(from_description(c, right)));
}

static struct node *condition(struct compilation *c, const struct candidate *k, struct span at)
{
	struct vec clauses = { 0 };

	for (size_t i = 0; i < k->referenced.n; i++)
		vec_push(c, &clauses,
		         expr_eq(c, k->referenced.items[i], k->referring.items[i], at));
	if (clauses.n == 1)
		return clauses.items[0];
	return expr_and(c, &clauses, at);
}

/* The rightmost member of a join is tried before the whole of it. */
static struct candidates find(struct compilation *c, struct from *left, struct from *right)
{
	struct candidates all = { .c = c };
	struct from *sides[2] = { left->kind == FROM_JOIN ? left->join.right : NULL, left };

	for (size_t i = 0; i < 2 && all.items.n == 0; i++) {
		if (sides[i] == NULL)
			continue;
		scan(&all, right, sides[i]);
		if (sides[i] != right)
			scan(&all, sides[i], right);
	}
	return all;
}

struct node *join_condition(struct compilation *c, struct from *left, struct from *right,
                            struct span at, bool probe)
{
	struct candidates all = find(c, left, right);

	if (all.items.n == 0 && probe)
		return NULL;
	if (all.items.n == 0)
		fail_none(c, left, right, at);
	if (!probe && all.items.n > 1 && !all_alike(&all))
		fail_several(c, &all, left, right, at);
	return condition(c, all.items.items[0], at);
}
