/* Foreign-key paths. A path is an alias of the referenced table that knows where it starts and on
 * what it joins; printing puts the LEFT JOIN where its base stands. */
#include "compiler/fkpath.h"

#include "compiler/compilation.h"
#include "compiler/from.h"
#include "compiler/nearest.h"
#include "compiler/resolve.h"
#include "compiler/scope.h"

/* A key that the base has all columns of. */
struct step {
	const struct relation_key *key;
	const struct relation *relation;
	struct vec columns; /* of the base, in the key's order: of struct node * */
};

struct steps {
	struct step *items;
	size_t count;
};

static struct str without_id(struct str column)
{
	if (column.n > 3 && memcmp(column.p + column.n - 3, "_id", 3) == 0)
		column.n -= 3;
	return column;
}

static struct str column_name(const struct relation *r, const struct relation_key *key)
{
	return r->columns[key->columns[0]].name;
}

/* By column, with or without _id; by the table; by the constraint. Several columns have no name of
 * their own. */
static bool goes_by(const struct relation *r, const struct relation_key *key, struct str name)
{
	struct str column = column_name(r, key);

	if (str_eq(key->referenced_name, name) || str_eq(key->name, name))
		return true;
	return key->count == 1 && (str_eq(column, name) || str_eq(without_id(column), name));
}

static struct node *column_at(const struct vec *columns, const struct relation *r, uint16_t at)
{
	for (size_t i = 0; i < columns->n; i++) {
		struct node *n = columns->items[i];

		if (n->column.relation == r && n->column.position == at)
			return n;
	}
	return NULL;
}

static bool fill_step(struct compilation *c, struct step *step, const struct vec *columns)
{
	for (size_t i = 0; i < step->key->count; i++) {
		struct node *n = column_at(columns, step->relation, step->key->columns[i]);

		if (n == NULL)
			return false;
		vec_push(c, &step->columns, n);
	}
	return step->columns.n > 0;
}

static bool seen_before(const struct vec *columns, size_t i)
{
	const struct node *n = columns->items[i];

	for (size_t k = 0; k < i; k++)
		if (((const struct node *)columns->items[k])->column.relation == n->column.relation)
			return true;
	return false;
}

/* The keys of every relation whose columns the base has: a table's own, those that a subquery
 * exports whole. */
static struct steps steps_of(struct compilation *c, struct from *base)
{
	const struct vec *columns = from_columns(c, base);
	struct steps all = { 0 };
	size_t most = 0;

	for (size_t i = 0; i < columns->n; i++) {
		const struct node *n = columns->items[i];

		if (n->column.relation != NULL && !seen_before(columns, i))
			most += n->column.relation->key_count;
	}
	all.items = arena_array(&c->arena, most + 1, sizeof(*all.items));
	for (size_t i = 0; i < columns->n; i++) {
		const struct relation *r =
			((const struct node *)columns->items[i])->column.relation;

		for (size_t k = 0; r != NULL && !seen_before(columns, i) && k < r->key_count; k++) {
			struct step *step = &all.items[all.count];

			*step = (struct step){ .key = &r->keys[k], .relation = r };
			all.count += fill_step(c, step, columns);
		}
	}
	return all;
}

static size_t count_fits(const struct steps *all, struct str name)
{
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		n += goes_by(all->items[i].relation, all->items[i].key, name);
	return n;
}

/* A name by which only this key goes: the shortest first. */
static struct str spelling(const struct steps *all, const struct step *step)
{
	struct str column = column_name(step->relation, step->key);

	if (step->key->count == 1 && count_fits(all, without_id(column)) == 1)
		return without_id(column);
	if (step->key->count == 1 && count_fits(all, column) == 1)
		return column;
	if (count_fits(all, step->key->referenced_name) == 1)
		return step->key->referenced_name;
	return step->key->name;
}

static _Noreturn void fail_none(struct compilation *c, const struct steps *all, struct from *base,
                                struct str name, struct span at)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; i < all->count; i++) {
		const struct step *step = &all->items[i];

		nearest_offer(&nearest, spelling(all, step));
		nearest_offer(&nearest, step->key->referenced_name);
		if (step->key->count == 1)
			nearest_offer(&nearest, column_name(step->relation, step->key));
	}
	if (!nearest_hint(&nearest, &c->diag) && all->count > 0) {
		struct str names = STR("");

		for (size_t i = 0; i < all->count && i < 10; i++)
			names = arena_printf(&c->arena, "%.*s%s.fk.%.*s", STR_ARG(names),
			                     i == 0 ? "" : ", ",
			                     STR_ARG(spelling(all, &all->items[i])));
		hint(c, "The foreign keys are %.*s.", STR_ARG(names));
	}
	fail(c, at, SQLSTATE_UNDEFINED_COLUMN, "\"%.*s\" has no foreign key called \"%.*s\"",
	     STR_ARG(from_description(c, base)), STR_ARG(name));
}

static _Noreturn void fail_several(struct compilation *c, const struct steps *all,
                                   struct from *base, struct str name, struct span at)
{
	struct str names = STR("");

	for (size_t i = 0; i < all->count; i++) {
		const struct step *step = &all->items[i];

		if (goes_by(step->relation, step->key, name))
			names = arena_printf(&c->arena, "%.*s%s.fk.%.*s", STR_ARG(names),
			                     names.n == 0 ? "" : ", ",
			                     STR_ARG(spelling(all, step)));
	}
	hint(c, "Write one of %.*s.", STR_ARG(names));
	fail(c, at, SQLSTATE_AMBIGUOUS_ALIAS,
	     "\"%.*s\" has more than one foreign key that goes by \"%.*s\"",
	     STR_ARG(from_description(c, base)), STR_ARG(name));
}

/* Two constraints that say the same are one. */
static bool same_reference(const struct relation_key *a, const struct relation_key *b)
{
	if (a->referenced != b->referenced || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->columns[i] != b->columns[i] ||
		    !str_eq(a->referenced_columns[i], b->referenced_columns[i]))
			return false;
	return true;
}

static const struct step *find_step(struct compilation *c, const struct steps *all,
                                    struct from *base, struct str name, struct span at)
{
	const struct step *found = NULL;

	for (size_t i = 0; i < all->count; i++) {
		const struct step *step = &all->items[i];

		if (!goes_by(step->relation, step->key, name))
			continue;
		if (found != NULL && !same_reference(found->key, step->key))
			fail_several(c, all, base, name, at);
		if (found == NULL)
			found = step;
	}
	if (found == NULL)
		fail_none(c, all, base, name, at);
	return found;
}

/* Wants the targets of all paths in the program that may start at this table, so that a chain takes
 * one question a step and not one a path. */
static void want_targets(struct compilation *c, const struct from *table)
{
	const struct relation *r = table->relation;
	const struct vec *names = &c->scope->path_names;

	for (size_t k = 0; k < r->key_count; k++) {
		const struct catalog_entry *entry;
		bool meant = false;

		for (size_t i = 0; i < names->n && !meant; i++)
			meant = goes_by(r, &r->keys[k], *(const struct str *)names->items[i]);
		if (meant &&
		    catalog_by_oid(c->catalog, r->keys[k].referenced, &entry) == CATALOG_UNKNOWN)
			compilation_want(c, WANT_OID, STR(""), STR(""), r->keys[k].referenced);
	}
}

static struct from *target_of(struct compilation *c, const struct relation_key *key, struct span at)
{
	const struct catalog_entry *entry;
	struct from *target;

	if (catalog_by_oid(c->catalog, key->referenced, &entry) == CATALOG_UNKNOWN) {
		program_collect_names(c);
		scope_each_table(c, want_targets);
	}
	target = scope_relation_by_oid(c, key->referenced);
	if (target == NULL)
		fail(c, at, SQLSTATE_UNDEFINED_TABLE, "relation \"%.*s.%.*s\" does not exist",
		     STR_ARG(key->referenced_schema), STR_ARG(key->referenced_name));
	return target;
}

static struct node *on_clause(struct compilation *c, const struct step *step, struct from *alias,
                              struct span at)
{
	struct vec clauses = { 0 };

	for (size_t i = 0; i < step->key->count; i++) {
		struct node *referenced = from_column(c, alias, step->key->referenced_columns[i]);

		if (referenced == NULL) /* the two answers of the catalog differ in age */
			fail(c, at, SQLSTATE_UNDEFINED_COLUMN,
			     "column \"%.*s.%.*s\" does not exist",
			     STR_ARG(step->key->referenced_name),
			     STR_ARG(step->key->referenced_columns[i]));
		vec_push(c, &clauses, expr_eq(c, referenced, step->columns.items[i], at));
	}
	return clauses.n == 1 ? clauses.items[0] : expr_and(c, &clauses, at);
}

struct from *fkpath_follow(struct compilation *c, struct from *base, struct str name,
                           struct span at)
{
	struct steps all = steps_of(c, base);
	const struct step *step = find_step(c, &all, base, name, at);
	struct from *alias;

	/* A join lends its columns: the path starts at the member that has them. */
	base = ((const struct node *)step->columns.items[0])->column.from;
	for (size_t i = 0; i < base->paths.n; i++) {
		alias = base->paths.items[i];
		if (alias->path_key == step->key)
			return alias;
	}
	alias = from_new(c, FROM_ALIAS, at);
	alias->element = target_of(c, step->key, at);
	alias->name.anon = anon_new(c, alias->element->name.text);
	alias->path_base = base;
	alias->path_key = step->key;
	alias->path_on = on_clause(c, step, alias, at);
	vec_push(c, &base->paths, alias);
	return alias;
}
