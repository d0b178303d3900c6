/* PostgreSQL's INSERT … ON CONFLICT: dialects/postgresql/dml.py. */
#include "compiler/call.h"
#include "compiler/coerce.h"
#include "compiler/statements.h"
#include "compiler/words.h"
#include "compiler/words_dml.h"
#include "compiler/words_shared.h"

/* A name is a column of the table; anything else an expression of the index. */
static struct node *index_element(struct compilation *c, struct from *table, const struct value *v)
{
	struct value columns = columns_of(table, v->span);
	struct str name;

	if (value_string(v, &name))
		return columns_get(c, &columns, name, v->span);
	return coerce_expression(c, *v);
}

static void add_elements(struct compilation *c, struct on_conflict *o, struct from *table,
                         const struct value *v)
{
	size_t n;
	const struct value *all;

	if (v->kind == VALUE_COLUMNS) {
		vec_extend(c, &o->elements, columns_all(c, v));
		return;
	}
	all = values_unpacked(c, v, 1, &n);
	for (size_t i = 0; i < n; i++)
		vec_push(c, &o->elements, index_element(c, table, &all[i]));
}

/* args of both words: constraint, index_elements, index_where */
static struct on_conflict *make(struct compilation *c, struct call *call, struct statement *s)
{
	struct on_conflict *o = NEW(c, struct on_conflict);

	o->span = call->at;
	if (s->on_conflict != NULL)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "This Insert construct already has an ON CONFLICT clause established");
	if (call_has(call, 0) && call_has(call, 1))
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "'constraint' and 'index_elements' are mutually exclusive");
	if (call_has(call, 0) && call->args[0].kind == VALUE_COLUMNS)
		add_elements(c, o, s->table, &call->args[0]); /* t.primary_key */
	else
		o->constraint = call_string(c, call, 0);
	if (call_has(call, 1))
		add_elements(c, o, s->table, &call->args[1]);
	if (call_has(call, 2))
		o->index_where = coerce_where(c, call->args[2]);
	return o;
}

struct value insert_on_conflict_do_nothing(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	s->on_conflict = make(c, call, s);
	return value_statement(s);
}

static void add_set(struct compilation *c, struct on_conflict *o, const struct statement *s,
                    const struct value *v)
{
	const struct value *pairs;
	size_t count;

	if (!value_pairs(c, v, &pairs, &count))
		fail(c, v->span, SQLSTATE_INVALID_ARGUMENT,
		     "set parameter must be a non-empty dictionary or a ColumnCollection such as "
		     "the `.c.` collection of a Table object");
	if (count == 0)
		fail(c, v->span, SQLSTATE_INVALID_ARGUMENT,
		     "set parameter dictionary must not be empty");
	for (size_t i = 0; i + 1 < count; i += 2) {
		struct str unknown;
		struct assignment *a =
			assignment_make(c, s, &pairs[i], &pairs[i + 1], false, &unknown);

		if (a == NULL)
			fail_unconsumed(c, s->table, unknown, unknown, pairs[i].span);
		assignments_set(c, &o->set, a);
	}
}

/* args: constraint, index_elements, index_where, set_, where */
struct value insert_on_conflict_do_update(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);
	struct on_conflict *o = make(c, call, s);

	o->update = true;
	if (o->constraint.n == 0 && o->elements.n == 0)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "Either constraint or index_elements, but not both, must be specified unless "
		     "DO NOTHING");
	if (!value_given(call->args[3]))
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "set parameter must be a non-empty dictionary or a ColumnCollection such as "
		     "the `.c.` collection of a Table object");
	add_set(c, o, s, &call->args[3]);
	if (call_has(call, 4))
		o->where = coerce_where(c, call->args[4]);
	s->on_conflict = o;
	return value_statement(s);
}
