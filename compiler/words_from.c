/* Words of tables, aliases and joins, and of collections of columns. */
#include "compiler/call.h"
#include "compiler/expr.h"
#include "compiler/from.h"
#include "compiler/literal.h"
#include "compiler/resolve.h"
#include "compiler/statements.h"
#include "compiler/vocabulary.h"
#include "compiler/words.h"
#include "compiler/words_legacy.h"
#include "compiler/words_shared.h"

/* ------------------------------------------------------------------ attributes */

struct value from_c(struct compilation *c, struct call *call)
{
	(void)c;
	return columns_of(call->self.from, call->span);
}

struct value from_fk(struct compilation *c, struct call *call)
{
	(void)c;
	return (struct value){ .kind = VALUE_FK, .span = call->span, .from = call->self.from };
}

struct value from_name(struct compilation *c, struct call *call)
{
	return value_text(c, from_description(c, call->self.from), call->span);
}

struct value from_schema(struct compilation *c, struct call *call)
{
	return value_text(c, call->self.from->schema, call->span);
}

struct value from_fullname(struct compilation *c, struct call *call)
{
	const struct from *f = call->self.from;
	struct str name = from_description(c, f);

	if (f->schema.n > 0)
		name = arena_printf(&c->arena, "%.*s.%.*s", STR_ARG(f->schema), STR_ARG(name));
	return value_text(c, name, call->span);
}

struct value from_primary_key(struct compilation *c, struct call *call)
{
	const struct vec *columns = from_columns(c, call->self.from);
	struct vec chosen = { 0 };

	for (size_t i = 0; i < columns->n; i++)
		if (((const struct node *)columns->items[i])->column.primary_key)
			vec_push(c, &chosen, columns->items[i]);
	return columns_chosen(c, chosen, call->span);
}

struct value alias_element(struct compilation *c, struct call *call)
{
	const struct from *f = call->self.from;

	if (f->element != NULL)
		return value_from(f->element);
	if (f->statement != NULL)
		return value_statement(f->statement);
	fail(c, call->at, SQLSTATE_UNDEFINED_FUNCTION, "'%.*s' object has no attribute '%s'",
	     STR_ARG(value_describe(&call->self)), call->word->name);
}

struct value join_left(struct compilation *c, struct call *call)
{
	(void)c;
	return value_from(call->self.from->join.left);
}

struct value join_right(struct compilation *c, struct call *call)
{
	(void)c;
	return value_from(call->self.from->join.right);
}

struct value join_onclause(struct compilation *c, struct call *call)
{
	(void)c;
	return value_node(call->self.from->join.on);
}

/* ------------------------------------------------------------------ collections of columns */

/* args: key, default */
struct value columns_word_get(struct compilation *c, struct call *call)
{
	struct node *n = columns_find(c, &call->self, call_string(c, call, 0));

	if (n != NULL)
		return value_node(n);
	return value_given(call->args[1]) ? call->args[1]
	                                  : value_literal(literal_none(c, call->span));
}

struct value columns_word_keys(struct compilation *c, struct call *call)
{
	size_t n = columns_all(c, &call->self)->n;
	struct value *keys = arena_array(&c->arena, n + 1, sizeof(*keys));

	for (size_t i = 0; i < n; i++)
		keys[i] = value_literal(
			literal_string(c, columns_key(c, &call->self, i), call->span));
	return literal_collection(c, VALUE_LIST, keys, n, call->span);
}

struct value columns_word_values(struct compilation *c, struct call *call)
{
	return columns_chosen(c, *columns_all(c, &call->self), call->span);
}

struct value columns_word_items(struct compilation *c, struct call *call)
{
	const struct vec *columns = columns_all(c, &call->self);
	struct value *items = arena_array(&c->arena, columns->n + 1, sizeof(*items));

	for (size_t i = 0; i < columns->n; i++) {
		struct value *pair = arena_array(&c->arena, 2, sizeof(*pair));

		pair[0] = value_literal(
			literal_string(c, columns_key(c, &call->self, i), call->span));
		pair[1] = value_node(columns->items[i]);
		items[i] = literal_collection(c, VALUE_TUPLE, pair, 2, call->span);
	}
	return literal_collection(c, VALUE_LIST, items, columns->n, call->span);
}

/* args: column */
struct value columns_word_contains(struct compilation *c, struct call *call)
{
	const struct vec *columns = columns_all(c, &call->self);
	bool found = false;

	for (size_t i = 0; i < columns->n && call->args[0].kind == VALUE_NODE; i++)
		found |= columns->items[i] == call->args[0].node;
	return value_literal(literal_bool(c, found, call->span));
}

/* args: column, require_embedded. Of t and of t.c, which both know the FROM; a choice of columns has
 * none. */
struct value from_corresponding_column(struct compilation *c, struct call *call)
{
	struct from *f = call->self.from;
	struct node *found = NULL;

	if (call->args[0].kind != VALUE_NODE)
		fail(c, call->args[0].span, SQLSTATE_DATATYPE_MISMATCH, "a column expected");
	if (f != NULL)
		found = from_corresponding(c, f, call->args[0].node);
	return found == NULL ? value_literal(literal_none(c, call->span)) : value_node(found);
}

/* ------------------------------------------------------------------ aliases */

static struct from *from_alias(struct compilation *c, struct from *f, struct name name,
                               struct span span)
{
	struct from *alias = from_new(c, FROM_ALIAS, span);

	alias->element = f;
	alias->name = alias_name(c, f, name);
	return alias;
}

/* args: name, flat */
struct value from_word_alias(struct compilation *c, struct call *call)
{
	return value_from(from_alias(c, call->self.from, call_name(c, call, 0), call->span));
}

/* args: name */
struct value from_word_lateral(struct compilation *c, struct call *call)
{
	struct from *lateral = from_new(c, FROM_LATERAL, call->span);

	lateral->element = call->self.from;
	lateral->statement = call->self.from->statement;
	lateral->name = alias_name(c, call->self.from, call_name(c, call, 0));
	return value_from(lateral);
}

/* A percentage is system(n). */
static struct node *sampling_function(struct compilation *c, const struct value *sampling)
{
	struct value path = { .kind = VALUE_FUNC, .span = sampling->span };
	struct call system = { .span = sampling->span, .at = sampling->span };
	struct value argument = *sampling;

	if (sampling->kind == VALUE_NODE && sampling->node->kind == NODE_FUNCTION)
		return sampling->node;
	path.items = NEW(c, struct value);
	path.items->kind = VALUE_FUNC;
	path.items->name = STR("system");
	path.count = 1;
	system.self = path;
	system.rest = &argument;
	system.rest_count = 1;
	return expr_function(c, &system).node;
}

static struct value sample(struct compilation *c, struct from *f, const struct value *sampling,
                           struct name name, const struct value *seed, struct span span)
{
	struct from *s = from_new(c, FROM_TABLESAMPLE, span);

	s->element = f;
	s->name = alias_name(c, f, name);
	s->function.function = sampling_function(c, sampling);
	if (value_given(*seed) && !value_is_none(seed))
		s->function.seed = coerce_expression(c, *seed);
	return value_from(s);
}

/* args: sampling, name, seed */
struct value from_word_tablesample(struct compilation *c, struct call *call)
{
	return sample(c, call->self.from, &call->args[0], call_name(c, call, 1), &call->args[2],
	              call->span);
}

/* args: selectable, sampling, name, seed */
struct value word_tablesample(struct compilation *c, struct call *call)
{
	return sample(c, coerce_from(c, call->args[0]), &call->args[1], call_name(c, call, 2),
	              &call->args[3], call->span);
}

/* The function form of a method with the same arguments behind the first: alias(t, name). */
static struct value as_method(struct compilation *c, struct call *call, word_handler from_handler,
                              word_handler select_handler)
{
	struct call method = *call;

	method.self = call->args[0];
	method.args = call->args + 1;
	method.arg_count = call->arg_count - 1;
	if (method.self.kind != VALUE_STATEMENT)
		method.self = value_from(coerce_from(c, call->args[0]));
	else
		from_handler = select_handler;
	/* cppcheck-suppress returnDanglingLifetime; what a handler gives does not point to its call */
	return from_handler(c, &method);
}

/* args: selectable, name, flat */
struct value word_alias(struct compilation *c, struct call *call)
{
	const struct value *v = &call->args[0];

	if (v->kind == VALUE_FROM && v->from->kind == FROM_CTE)
		return as_method(c, call, cte_alias, select_subquery);
	if (v->kind == VALUE_FROM && v->from->kind == FROM_VALUES)
		return as_method(c, call, values_alias, select_subquery);
	return as_method(c, call, from_word_alias, select_subquery);
}

/* args: selectable, name */
struct value word_subquery(struct compilation *c, struct call *call)
{
	return as_method(c, call, from_word_alias, select_subquery);
}

struct value word_lateral(struct compilation *c, struct call *call)
{
	const struct value *v = &call->args[0];

	if (v->kind == VALUE_FROM && v->from->kind == FROM_VALUES)
		return as_method(c, call, values_lateral, select_lateral);
	return as_method(c, call, from_word_lateral, select_lateral);
}

/* ------------------------------------------------------------------ joins */

static struct from *grouped(struct compilation *c, struct from *f)
{
	struct from *group;

	if (f->kind != FROM_JOIN)
		return f;
	group = from_new(c, FROM_GROUPING, f->span);
	group->element = f;
	return group;
}

static struct value make_join(struct compilation *c, struct from *left, const struct value *right,
                              const struct value *on, bool outer, bool full,
                              const struct call *call)
{
	struct from *f = from_new(c, FROM_JOIN, call->span);

	f->join.left = left;
	f->join.right = grouped(c, coerce_from(c, *right));
	f->join.outer = outer;
	f->join.full = full;
	if (value_given(*on) && !value_is_none(on))
		f->join.on = coerce_on(c, *on);
	else
		f->join.on = join_condition(c, left, f->join.right, call->at, false);
	return value_from(f);
}

/* args: right, onclause, isouter, full */
struct value from_word_join(struct compilation *c, struct call *call)
{
	return make_join(c, call->self.from, &call->args[0], &call->args[1],
	                 call_flag(c, call, 2, false), call_flag(c, call, 3, false), call);
}

/* args: right, onclause, full */
struct value from_word_outerjoin(struct compilation *c, struct call *call)
{
	return make_join(c, call->self.from, &call->args[0], &call->args[1], true,
	                 call_flag(c, call, 2, false), call);
}

/* args: left, right, onclause, isouter, full */
struct value word_join(struct compilation *c, struct call *call)
{
	return make_join(c, coerce_from(c, call->args[0]), &call->args[1], &call->args[2],
	                 call_flag(c, call, 3, false), call_flag(c, call, 4, false), call);
}

/* args: left, right, onclause, full */
struct value word_outerjoin(struct compilation *c, struct call *call)
{
	return make_join(c, coerce_from(c, call->args[0]), &call->args[1], &call->args[2], true,
	                 call_flag(c, call, 3, false), call);
}

/* ------------------------------------------------------------------ tables without a catalog */

static struct node *own_column(struct compilation *c, struct from *f, const struct value *v)
{
	struct node *n = v->kind == VALUE_NODE ? v->node : NULL;

	if (n == NULL || n->kind != NODE_COLUMN) {
		hint(c, "Write column('name') or column('name', Integer).");
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH, "column() expected, got %.*s",
		     STR_ARG(value_repr(c, v)));
	}
	if (n->column.from != NULL && n->column.from != f)
		fail(c, v->span, SQLSTATE_INVALID_ARGUMENT,
		     "column object '%.*s' already assigned to table '%.*s'",
		     STR_ARG(n->column.name.text), STR_ARG(from_description(c, n->column.from)));
	/* As in SQLAlchemy, the column that was given becomes the table's. */
	n->column.from = f;
	return n;
}

/* args: name, schema; rest: columns */
struct value word_table(struct compilation *c, struct call *call)
{
	struct from *f = from_new(c, FROM_TABLE_CLAUSE, call->span);

	f->name = call_name(c, call, 0);
	f->schema = call_string(c, call, 1);
	f->columns_known = true;
	for (size_t i = 0; i < call->rest_count; i++)
		vec_push(c, &f->columns, own_column(c, f, &call->rest[i]));
	return value_from(f);
}

/* args: name, quote */
struct value word_quoted_name(struct compilation *c, struct call *call)
{
	struct value v = call->args[0];
	struct str text;

	if (!value_string(&v, &text))
		fail(c, v.span, SQLSTATE_DATATYPE_MISMATCH, "quoted_name() takes a string");
	v.number = VALUE_QUOTED_AS_NEEDED;
	if (call_has(call, 1))
		v.number = call_flag(c, call, 1, true) ? VALUE_QUOTED_ALWAYS : VALUE_QUOTED_NEVER;
	return v;
}

/* ------------------------------------------------------------------ selects */

struct value word_select(struct compilation *c, struct call *call)
{
	return value_statement(legacy_select(c, call));
}

struct value from_word_select(struct compilation *c, struct call *call)
{
	return value_statement(legacy_table_select(c, call));
}

/* ------------------------------------------------------------------ exists */

/* args: argument, whereclause */
struct value word_exists(struct compilation *c, struct call *call)
{
	struct statement *s;
	const struct value *v = &call->args[0];

	if (v->kind == VALUE_STATEMENT) {
		s = v->statement;
	} else if (v->kind == VALUE_NODE && v->node->kind == NODE_SCALAR_SELECT) {
		s = v->node->select.statement;
	} else if (call_has(call, 0)) {
		s = statement_select(c, v, 1, call->span);
	} else {
		struct entity *e = NEW(c, struct entity);

		s = statement_new(c, STATEMENT_SELECT, call->span);
		e->span = call->at;
		e->node = expr_verbatim(c, STR("*"), &type_null, call->at);
		vec_push(c, &s->entities, e);
	}
	if (call_has(call, 1)) {
		s = statement_copy(c, s);
		push_where(c, &s->where, &call->args[1], 1);
	}
	return value_node(statement_exists(c, s, call->span));
}

/* A copy of the node's select, and a node of the same kind over it. */
static struct statement *inner_select(struct compilation *c, const struct call *call,
                                      struct node **out)
{
	const struct node *n = call->self.node;
	bool exists = n->kind == NODE_UNARY;
	const struct node *select = exists ? n->unary.element : n;
	struct statement *s = statement_copy(c, select->select.statement);

	if (s->kind != STATEMENT_SELECT) {
		struct value v = value_statement(s);

		fail(c, call->at, SQLSTATE_UNDEFINED_FUNCTION,
		     "'%.*s' object has no attribute '%s'", STR_ARG(value_describe(&v)),
		     call->word->name);
	}
	*out = exists ? statement_exists(c, s, call->span) : statement_scalar(c, s, call->span);
	return s;
}

struct value scalar_where(struct compilation *c, struct call *call)
{
	struct node *n;
	struct statement *s = inner_select(c, call, &n);

	push_where(c, &s->where, call->rest, call->rest_count);
	return value_node(n);
}

struct value scalar_select_from(struct compilation *c, struct call *call)
{
	struct node *n;
	struct statement *s = inner_select(c, call, &n);
	struct vec froms = coerce_froms(c, call->rest, call->rest_count);

	vec_extend(c, &s->from_obj, &froms);
	return value_node(n);
}

struct value scalar_correlate(struct compilation *c, struct call *call)
{
	struct node *n;
	struct statement *s = inner_select(c, call, &n);

	statement_correlate(c, s, call);
	return value_node(n);
}

struct value scalar_correlate_except(struct compilation *c, struct call *call)
{
	struct node *n;
	struct statement *s = inner_select(c, call, &n);

	statement_correlate_except(c, s, call);
	return value_node(n);
}

struct value exists_select(struct compilation *c, struct call *call)
{
	return value_statement(statement_select(c, &call->self, 1, call->span));
}

/* ------------------------------------------------------------------ names of the language */

struct value word_func(struct compilation *c, struct call *call)
{
	(void)c;
	return (struct value){ .kind = VALUE_FUNC, .span = call->span };
}

struct value word_tables(struct compilation *c, struct call *call)
{
	(void)c;
	return (struct value){ .kind = VALUE_TABLES, .span = call->span };
}

/* sa, postgresql, datetime …: the word's own name is the module's. */
struct value word_module(struct compilation *c, struct call *call)
{
	(void)c;
	return (struct value){ .kind = VALUE_MODULE,
		               .span = call->span,
		               .name = str_of(call->word->name) };
}
