/* The call forms of SQLAlchemy 1.x, with the meaning of 2.0. */
#include "compiler/words_legacy.h"

#include "compiler/call.h"
#include "compiler/coerce.h"
#include "compiler/literal.h"
#include "compiler/statements.h"
#include "compiler/words_shared.h"

/* The parameters of select() and t.select() in 1.x, in the order of their rows in vocabulary.def. */
enum option {
	OPTION_COLUMNS,
	OPTION_WHERECLAUSE,
	OPTION_FROM_OBJ,
	OPTION_DISTINCT,
	OPTION_HAVING,
	OPTION_CORRELATE,
	OPTION_PREFIXES,
	OPTION_SUFFIXES,
	OPTION_ORDER_BY,
	OPTION_GROUP_BY,
	OPTION_LIMIT,
	OPTION_OFFSET,
	OPTION_FOR_UPDATE,
	OPTION_USE_LABELS,
};

/* True and False switch it; anything else is what DISTINCT ON takes. */
static void set_distinct(struct compilation *c, struct statement *s, const struct value *v)
{
	const struct literal *l = v->kind == VALUE_LITERAL ? v->literal : NULL;

	if (l != NULL && l->kind == LITERAL_BOOL) {
		s->distinct = l->number != 0;
		return;
	}
	s->distinct = true;
	push_group_by(c, &s->distinct_on, v, 1);
}

static void set_correlate(struct compilation *c, struct statement *s, const struct value *v)
{
	const struct literal *l = v->kind == VALUE_LITERAL ? v->literal : NULL;
	struct vec froms;

	if (l != NULL && l->kind == LITERAL_BOOL && l->number != 0)
		return;
	s->auto_correlate = false;
	s->correlate_given = true;
	if (l != NULL && l->kind == LITERAL_BOOL)
		return;
	froms = coerce_froms(c, v, 1);
	vec_extend(c, &s->correlate, &froms);
}

static void set_for_update(struct compilation *c, struct statement *s, const struct value *v)
{
	struct for_update *lock = NEW(c, struct for_update);
	struct str how = STR("");
	int64_t flag;

	if (!value_string(v, &how)) {
		if (value_integer(v, &flag) && flag == 0)
			return;
	} else if (str_is(how, "nowait")) {
		lock->nowait = true;
	} else if (str_is(how, "read")) {
		lock->read = true;
	} else if (str_is(how, "read_nowait")) {
		lock->read = lock->nowait = true;
	} else {
		fail(c, v->span, SQLSTATE_INVALID_ARGUMENT, "Unknown for_update argument: '%.*s'",
		     STR_ARG(how));
	}
	s->for_update = lock;
}

/* What the call gives of the options. */
static void apply(struct compilation *c, struct statement *s, const struct call *call)
{
	struct vec froms;

	if (call_has(call, OPTION_WHERECLAUSE))
		push_where(c, &s->where, &call->args[OPTION_WHERECLAUSE], 1);
	if (call_has(call, OPTION_FROM_OBJ)) {
		froms = coerce_froms(c, &call->args[OPTION_FROM_OBJ], 1);
		vec_extend(c, &s->from_obj, &froms);
	}
	if (call_has(call, OPTION_DISTINCT))
		set_distinct(c, s, &call->args[OPTION_DISTINCT]);
	if (call_has(call, OPTION_HAVING))
		push_where(c, &s->having, &call->args[OPTION_HAVING], 1);
	if (call_has(call, OPTION_CORRELATE))
		set_correlate(c, s, &call->args[OPTION_CORRELATE]);
	if (call_has(call, OPTION_PREFIXES))
		push_texts(c, &s->prefixes, &call->args[OPTION_PREFIXES], 1);
	if (call_has(call, OPTION_SUFFIXES))
		push_texts(c, &s->suffixes, &call->args[OPTION_SUFFIXES], 1);
	if (call_has(call, OPTION_ORDER_BY))
		push_order_by(c, &s->order_by, &call->args[OPTION_ORDER_BY], 1);
	if (call_has(call, OPTION_GROUP_BY))
		push_group_by(c, &s->group_by, &call->args[OPTION_GROUP_BY], 1);
	if (call_has(call, OPTION_LIMIT))
		s->limit = coerce_limit(c, call->args[OPTION_LIMIT], "limit");
	if (call_has(call, OPTION_OFFSET))
		s->offset = coerce_limit(c, call->args[OPTION_OFFSET], "offset");
	if (call_has(call, OPTION_FOR_UPDATE))
		set_for_update(c, s, &call->args[OPTION_FOR_UPDATE]);
	if (call_flag(c, call, OPTION_USE_LABELS, false))
		s->label_style = LABEL_TABLENAME_PLUS_COL;
}

static bool is_list(struct compilation *c, const struct value *v)
{
	const struct value *items;
	size_t count;

	return value_items(c, v, &items, &count);
}

/* An option that was given by position. */
static void place(struct compilation *c, struct call *call, const struct value *v,
                  enum option option)
{
	if (value_given(call->args[option]))
		fail(c, v->span, SQLSTATE_INVALID_ARGUMENT,
		     "select() got multiple values for argument '%.*s'",
		     STR_ARG(call_parameter(call, option)));
	call->args[option] = *v;
}

struct statement *legacy_select(struct compilation *c, struct call *call)
{
	struct statement *s;
	size_t entities = call->rest_count;

	/* select([a, b], where, from): only a list in front makes the others what they were. */
	if (call->rest_count > 1 && is_list(c, &call->rest[0]) && call->rest_count <= 3 &&
	    !is_list(c, &call->rest[1])) {
		place(c, call, &call->rest[1], OPTION_WHERECLAUSE);
		if (call->rest_count == 3)
			place(c, call, &call->rest[2], OPTION_FROM_OBJ);
		entities = 1;
	}
	s = statement_select(c, call->rest, entities, call->span);
	if (call_has(call, OPTION_COLUMNS))
		statement_add_entity(c, &s->entities, &call->args[OPTION_COLUMNS]);
	apply(c, s, call);
	return s;
}

/* A join stays in FROM when other columns are selected: it is more than what its columns need. */
static struct statement *select_join(struct compilation *c, struct from *join, struct span span)
{
	struct value sides[] = { value_from(join->join.left), value_from(join->join.right) };
	struct statement *s = statement_select(c, sides, 2, span);

	vec_push(c, &s->from_obj, join);
	return s;
}

/* The options of t.select() lack the columns in front. */
struct statement *legacy_table_select(struct compilation *c, struct call *call)
{
	struct from *f = call->self.from;
	struct statement *s = f->kind == FROM_JOIN
	                              ? select_join(c, f, call->span)
	                              : statement_select(c, &call->self, 1, call->span);
	struct call shifted = *call;

	shifted.args = arena_array(&c->arena, call->arg_count + 1, sizeof(*shifted.args));
	memcpy(shifted.args + 1, call->args, call->arg_count * sizeof(*shifted.args));
	shifted.arg_count = call->arg_count + 1;
	apply(c, s, &shifted);
	return s;
}
