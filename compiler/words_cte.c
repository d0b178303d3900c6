/* Common table expressions. */
#include "compiler/call.h"
#include "compiler/coerce.h"
#include "compiler/statements.h"
#include "compiler/words.h"
#include "compiler/words_dml.h"
#include "compiler/words_shared.h"

/* In a CTE the values of an INSERT or UPDATE are parameters without a column's name: they count
 * among the anonymous names as "param". */
static struct assignment *unnamed(struct compilation *c, struct assignment *a)
{
	struct assignment *copy;

	if (a->value->kind != NODE_BIND || !name_empty(a->value->bind.name))
		return a;
	copy = NEW(c, struct assignment);
	*copy = *a;
	copy->value = node_clone(c, a->value);
	copy->value->bind.name = (struct name){ .anon = anon_new(c, STR("param")) };
	return copy;
}

static struct vec all_unnamed(struct compilation *c, const struct vec *assignments)
{
	struct vec out = { 0 };

	for (size_t i = 0; i < assignments->n; i++)
		vec_push(c, &out, unnamed(c, assignments->items[i]));
	return out;
}

static struct statement *for_cte(struct compilation *c, struct statement *s)
{
	struct vec rows = { 0 };

	statement_check(c, s);
	if (s->kind != STATEMENT_INSERT && s->kind != STATEMENT_UPDATE)
		return s;
	s = statement_copy(c, s);
	s->assignments = all_unnamed(c, &s->assignments);
	for (size_t i = 0; i < s->rows.n; i++) {
		struct vec *row = NEW(c, struct vec);

		*row = all_unnamed(c, s->rows.items[i]);
		vec_push(c, &rows, row);
	}
	s->rows = rows;
	return s;
}

static struct value make_cte(struct compilation *c, struct statement *s, struct name name,
                             bool recursive, bool nesting, struct span span)
{
	struct from *f;

	f = statement_subquery(c, for_cte(c, s), FROM_CTE, name, span);
	f->cte.recursive = recursive;
	f->cte.nesting = nesting;
	return value_from(f);
}

/* args: name, recursive, nesting */
struct value statement_cte(struct compilation *c, struct call *call)
{
	return make_cte(c, call->self.statement, call_name(c, call, 0),
	                call_flag(c, call, 1, false), call_flag(c, call, 2, false), call->span);
}

/* args: selectable, name, recursive */
struct value word_cte(struct compilation *c, struct call *call)
{
	if (call->args[0].kind != VALUE_STATEMENT)
		fail(c, call->args[0].span, SQLSTATE_DATATYPE_MISMATCH,
		     "cte() takes a statement, not %.*s", STR_ARG(value_repr(c, &call->args[0])));
	return make_cte(c, call->args[0].statement, call_name(c, call, 1),
	                call_flag(c, call, 2, false), false, call->span);
}

/* args: name, flat */
struct value cte_alias(struct compilation *c, struct call *call)
{
	struct from *self = call->self.from;
	struct from *f = from_new(c, FROM_CTE, call->span);

	f->statement = self->statement;
	f->cte = self->cte;
	f->cte.alias_of = self;
	f->cte.restates = NULL;
	f->name = call_name(c, call, 0);
	/* Unlike a table's alias, SQLAlchemy does not call it after the CTE. */
	if (name_empty(f->name))
		f->name.anon = anon_new(c, STR("anon"));
	return value_from(f);
}

/* t.union_all(…): the same CTE with another member. */
static struct value cte_compound(struct compilation *c, struct call *call,
                                 enum set_operation operation)
{
	struct from *self = call->self.from;
	struct from *f = from_new(c, FROM_CTE, call->span);
	struct vec selects = { 0 };
	size_t n;
	const struct value *members = values_unpacked(c, call->rest, call->rest_count, &n);

	vec_push(c, &selects, self->statement);
	for (size_t i = 0; i < n; i++)
		vec_push(c, &selects, coerce_compound_element(c, members[i]));
	f->statement = statement_compound(c, operation, &selects, call->span);
	f->name = self->name;
	f->cte = self->cte;
	f->cte.restates = self;
	f->cte.alias_of = NULL;
	return value_from(f);
}

struct value cte_union(struct compilation *c, struct call *call)
{
	return cte_compound(c, call, SET_UNION);
}

struct value cte_union_all(struct compilation *c, struct call *call)
{
	return cte_compound(c, call, SET_UNION_ALL);
}

/* args: dialect */
struct value cte_prefix_with(struct compilation *c, struct call *call)
{
	struct from *f = from_copy(c, call->self.from, call->span);

	if (dialect_is_ours(c, call, 0))
		push_texts(c, &f->cte.prefixes, call->rest, call->rest_count);
	return value_from(f);
}

struct value cte_suffix_with(struct compilation *c, struct call *call)
{
	struct from *f = from_copy(c, call->self.from, call->span);

	if (dialect_is_ours(c, call, 0))
		push_texts(c, &f->cte.suffixes, call->rest, call->rest_count);
	return value_from(f);
}

/* args: nest_here */
struct value statement_add_cte(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);
	bool nest_here = call_flag(c, call, 0, false);

	for (size_t i = 0; i < call->rest_count; i++) {
		const struct value *v = &call->rest[i];
		struct added_cte *added = NEW(c, struct added_cte);

		if (v->kind != VALUE_FROM || v->from->kind != FROM_CTE)
			fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
			     "add_cte() takes a cte(), not %.*s", STR_ARG(value_repr(c, v)));
		added->cte = v->from;
		added->nest_here = nest_here;
		vec_push(c, &s->ctes, added);
	}
	return value_statement(s);
}
