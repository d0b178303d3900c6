/* Words of select() and, where marked in SQLAlchemy's GenerativeSelect, of set operations. */
#include "compiler/call.h"
#include "compiler/expr.h"
#include "compiler/from.h"
#include "compiler/froms.h"
#include "compiler/labels.h"
#include "compiler/literal.h"
#include "compiler/operators.h"
#include "compiler/resolve.h"
#include "compiler/statements.h"
#include "compiler/tree.h"
#include "compiler/types.h"
#include "compiler/vocabulary.h"
#include "compiler/words.h"
#include "compiler/words_dml.h"
#include "compiler/words_shared.h"

struct statement *call_copy(struct compilation *c, const struct call *call)
{
	struct statement *s = statement_copy(c, call->self.statement);

	s->span = call->span;
	return s;
}

void push_where(struct compilation *c, struct vec *clauses, const struct value *values,
                size_t count)
{
	for (size_t i = 0; i < count; i++)
		vec_push(c, clauses, coerce_where(c, values[i]));
}

struct vec coerce_froms(struct compilation *c, const struct value *values, size_t count)
{
	struct vec froms = { 0 };
	size_t n;
	const struct value *all = values_unpacked(c, values, count, &n);

	for (size_t i = 0; i < n; i++)
		vec_push(c, &froms, coerce_from(c, all[i]));
	return froms;
}

/* ------------------------------------------------------------------ where, having, filter */

struct value statement_where(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	push_where(c, &s->where, call->rest, call->rest_count);
	return value_statement(s);
}

struct value select_having(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	push_where(c, &s->having, call->rest, call->rest_count);
	return value_statement(s);
}

static struct from *first_from_of(struct compilation *c, struct node *n)
{
	const struct vec *froms = froms_of(c, n);

	return froms->n > 0 ? froms->items[0] : NULL;
}

/* _filter_by_zero(): the last join's target, the first of select_from(), the first element; `entity` is
 * then its expression. */
static struct from *filtered_from(struct compilation *c, const struct statement *s,
                                  const struct node **entity)
{
	const struct setup_join *last = s->joins.n == 0 ? NULL : s->joins.items[s->joins.n - 1];
	const struct entity *e;

	if (last != NULL && last->entities == NULL)
		return last->target;
	if (s->from_obj.n > 0)
		return s->from_obj.items[0];
	if (s->entities.n == 0)
		return NULL;
	e = s->entities.items[0];
	*entity = e->node;
	return e->from != NULL ? e->from : first_from_of(c, e->node);
}

/* In SQLAlchemy's words, with what is near. */
static _Noreturn void fail_namespace(struct compilation *c, const struct value *columns,
                                     const struct node *entity, const struct call *call, size_t i)
{
	struct str of = from_description(c, columns->from);
	bool column = entity != NULL && entity->kind == NODE_COLUMN;

	columns_hint(c, columns, call->keywords[i]);
	fail(c, call->keyword_spans[i], SQLSTATE_UNDEFINED_COLUMN,
	     "Entity namespace for \"%.*s%s%.*s\" has no property \"%.*s\"", STR_ARG(of),
	     column ? "." : "", STR_ARG(column ? entity->column.key : STR("")),
	     STR_ARG(call->keywords[i]));
}

void push_filter_by(struct compilation *c, struct vec *clauses, struct from *f,
                    const struct node *entity, const struct call *call)
{
	if (f == NULL && call->keyword_count > 0)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "filter_by() has no table to take the columns from");
	for (size_t i = 0; i < call->keyword_count; i++) {
		struct value columns = columns_of(f, call->at);
		struct node *column = columns_find(c, &columns, call->keywords[i]);
		struct value clause;

		if (column == NULL)
			fail_namespace(c, &columns, entity, call, i);
		clause = expr_binary(c, TREE_EQ, value_node(column), call->keyword_values[i],
		                     call->span, call->keyword_spans[i]);
		vec_push(c, clauses, coerce_where(c, clause));
	}
}

struct value select_filter_by(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);
	const struct node *entity = NULL;
	struct from *f = filtered_from(c, s, &entity);

	push_filter_by(c, &s->where, f, entity, call);
	return value_statement(s);
}

/* ------------------------------------------------------------------ columns clause */

struct value select_add_columns(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	for (size_t i = 0; i < call->rest_count; i++)
		statement_add_entity(c, &s->entities, &call->rest[i]);
	return value_statement(s);
}

/* args: column */
struct value select_column(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	statement_add_entity(c, &s->entities, &call->args[0]);
	return value_statement(s);
}

/* The FROM objects that the columns clause alone needs. */
static struct vec columns_clause_froms(struct compilation *c, const struct statement *s)
{
	struct vec froms = { 0 };

	for (size_t i = 0; i < s->entities.n; i++) {
		const struct entity *e = s->entities.items[i];
		bool known = false;

		if (e->from == NULL) {
			node_froms(c, e->node, &froms);
			continue;
		}
		for (size_t k = 0; k < froms.n; k++)
			known |= froms.items[k] == e->from;
		if (!known)
			vec_push(c, &froms, e->from);
	}
	return froms;
}

/* The joins made so far keep the columns clause they were made with. */
static void keep_entities(struct compilation *c, struct statement *s)
{
	struct vec *entities = NEW(c, struct vec);
	struct vec joins = { 0 };

	*entities = s->entities;
	for (size_t i = 0; i < s->joins.n; i++) {
		struct setup_join *join = NEW(c, struct setup_join);

		*join = *(const struct setup_join *)s->joins.items[i];
		if (join->entities == NULL)
			join->entities = entities;
		vec_push(c, &joins, join);
	}
	s->joins = joins;
}

/* args: maintain_column_froms */
struct value select_with_only_columns(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	if (call_flag(c, call, 0, false)) {
		struct vec froms = columns_clause_froms(c, s);

		vec_extend(c, &s->from_obj, &froms);
	}
	keep_entities(c, s);
	s->entities = (struct vec){ 0 };
	for (size_t i = 0; i < call->rest_count; i++)
		statement_add_entity(c, &s->entities, &call->rest[i]);
	return value_statement(s);
}

struct value select_selected_columns(struct compilation *c, struct call *call)
{
	return columns_selected(c, call->self.statement, call->span);
}

struct value select_columns(struct compilation *c, struct call *call)
{
	return columns_of(statement_implicit_subquery(c, call->self.statement), call->span);
}

struct value select_inner_columns(struct compilation *c, struct call *call)
{
	return columns_chosen(c, *statement_columns(c, call->self.statement), call->span);
}

static struct value from_list(struct compilation *c, const struct vec *froms, struct span span)
{
	struct value v = { .kind = VALUE_LIST, .span = span, .count = froms->n };

	v.items = arena_array(&c->arena, froms->n + 1, sizeof(*v.items));
	for (size_t i = 0; i < froms->n; i++)
		v.items[i] = value_from(froms->items[i]);
	return v;
}

struct value select_columns_clause_froms(struct compilation *c, struct call *call)
{
	struct vec froms = columns_clause_froms(c, call->self.statement);

	return from_list(c, &froms, call->span);
}

/* What FROM will list, joins made. */
struct value select_final_froms(struct compilation *c, struct call *call)
{
	struct vec froms = select_froms(c, call->self.statement);

	return from_list(c, &froms, call->span);
}

static void describe(struct compilation *c, struct value *out, const char *key, struct value v,
                     struct span span)
{
	out[0] = value_literal(literal_string(c, str_of(key), span));
	out[1] = v;
}

/* A dict for each column: name, type, expr. */
struct value select_column_descriptions(struct compilation *c, struct call *call)
{
	const struct vec *labels = labels_of(c, call->self.statement);
	struct value *all = arena_array(&c->arena, labels->n + 1, sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < labels->n; i++) {
		const struct labelled *l = labels->items[i];
		struct value *pairs = arena_array(&c->arena, 6, sizeof(*pairs));
		struct span at = call->span;

		if (!l->has_proxy)
			continue;
		describe(c, pairs, "name", value_literal(literal_string(c, l->proxy_key, at)), at);
		describe(c, pairs + 2, "type", value_type(l->node->type, at), at);
		describe(c, pairs + 4, "expr", value_node(l->node), at);
		all[n++] = literal_collection(c, VALUE_DICT, pairs, 6, at);
	}
	return literal_collection(c, VALUE_LIST, all, n, call->span);
}

struct value select_whereclause(struct compilation *c, struct call *call)
{
	const struct vec *where = &call->self.statement->where;

	if (where->n == 0)
		return value_literal(literal_none(c, call->span));
	return value_node(expr_and(c, where, call->span));
}

/* ------------------------------------------------------------------ FROM and joins */

struct value select_select_from(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);
	struct vec froms = coerce_froms(c, call->rest, call->rest_count);

	vec_extend(c, &s->from_obj, &froms);
	return value_statement(s);
}

static struct value add_join(struct compilation *c, struct call *call, struct setup_join join,
                             const struct value *on)
{
	struct statement *s = call_copy(c, call);
	struct setup_join *kept = NEW(c, struct setup_join);

	*kept = join;
	kept->span = call->at;
	if (value_given(*on) && !value_is_none(on))
		kept->on = coerce_on(c, *on);
	vec_push(c, &s->joins, kept);
	return value_statement(s);
}

/* args: target, onclause, isouter, full */
struct value select_join(struct compilation *c, struct call *call)
{
	struct setup_join join = { .target = coerce_join_target(c, call->args[0]),
		                   .outer = call_flag(c, call, 2, false),
		                   .full = call_flag(c, call, 3, false) };

	return add_join(c, call, join, &call->args[1]);
}

/* args: target, onclause, full */
struct value select_outerjoin(struct compilation *c, struct call *call)
{
	struct setup_join join = { .target = coerce_join_target(c, call->args[0]),
		                   .outer = true,
		                   .full = call_flag(c, call, 2, false) };

	return add_join(c, call, join, &call->args[1]);
}

/* args: from_, target, onclause, isouter, full */
struct value select_join_from(struct compilation *c, struct call *call)
{
	struct setup_join join = { .left = coerce_from(c, call->args[0]),
		                   .target = coerce_join_target(c, call->args[1]),
		                   .outer = call_flag(c, call, 3, false),
		                   .full = call_flag(c, call, 4, false) };

	return add_join(c, call, join, &call->args[2]);
}

/* args: from_, target, onclause, full */
struct value select_outerjoin_from(struct compilation *c, struct call *call)
{
	struct setup_join join = { .left = coerce_from(c, call->args[0]),
		                   .target = coerce_join_target(c, call->args[1]),
		                   .outer = true,
		                   .full = call_flag(c, call, 3, false) };

	return add_join(c, call, join, &call->args[2]);
}

/* ------------------------------------------------------------------ order, group, distinct */

static bool clears(const struct call *call)
{
	return call->rest_count == 1 && value_is_none(&call->rest[0]);
}

void push_order_by(struct compilation *c, struct vec *list, const struct value *values,
                   size_t count)
{
	size_t n;
	const struct value *all = values_unpacked(c, values, count, &n);

	for (size_t i = 0; i < n; i++)
		vec_push(c, list, coerce_order_by(c, all[i]));
}

struct value select_order_by(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	if (clears(call))
		s->order_by = (struct vec){ 0 };
	else
		push_order_by(c, &s->order_by, call->rest, call->rest_count);
	return value_statement(s);
}

/* A FROM object means all its columns. */
void push_group_by(struct compilation *c, struct vec *list, const struct value *values,
                   size_t count)
{
	size_t n;
	const struct value *all = values_unpacked(c, values, count, &n);

	for (size_t i = 0; i < n; i++) {
		const struct vec *columns;

		if (all[i].kind != VALUE_FROM && all[i].kind != VALUE_COLUMNS) {
			vec_push(c, list, coerce_group_by(c, all[i]));
			continue;
		}
		columns = all[i].kind == VALUE_FROM ? from_columns(c, all[i].from)
		                                    : columns_all(c, &all[i]);
		vec_extend(c, list, columns);
	}
}

struct value select_group_by(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	if (clears(call))
		s->group_by = (struct vec){ 0 };
	else
		push_group_by(c, &s->group_by, call->rest, call->rest_count);
	return value_statement(s);
}

struct value select_distinct(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	s->distinct = true;
	push_group_by(c, &s->distinct_on, call->rest, call->rest_count);
	return value_statement(s);
}

/* ------------------------------------------------------------------ limit, offset, fetch */

struct value select_limit(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	s->fetch = NULL;
	s->limit = coerce_limit(c, call->args[0], "limit");
	return value_statement(s);
}

struct value select_offset(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	s->offset = coerce_limit(c, call->args[0], "offset");
	return value_statement(s);
}

/* args: count, with_ties, percent */
struct value select_fetch(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	s->limit = NULL;
	s->fetch = coerce_limit(c, call->args[0], "fetch");
	s->fetch_with_ties = s->fetch != NULL && call_flag(c, call, 1, false);
	if (s->fetch != NULL && call_flag(c, call, 2, false))
		fail(c, call->args[2].span, SQLSTATE_FEATURE,
		     "PostgreSQL has no FETCH FIRST ... PERCENT");
	return value_statement(s);
}

static struct node *number_node(struct compilation *c, int64_t n, struct span span,
                                const char *what)
{
	return coerce_limit(c, value_literal(literal_integer(c, n, span)), what);
}

/* _make_slice(): numbers are added here, expressions in SQL. */
static struct node *offset_plus(struct compilation *c, struct node *offset, int64_t start,
                                struct span span)
{
	struct value sum;
	struct value old;
	int64_t n = 0;

	if (offset != NULL && offset->kind == NODE_BIND) {
		old = value_literal(offset->bind.value);
		if (value_integer(&old, &n))
			offset = NULL;
	}
	if (offset == NULL)
		return n + start == 0 ? NULL : number_node(c, n + start, span, "offset");
	if (start == 0)
		return offset;
	sum = expr_binary(c, TREE_ADD, value_node(offset),
	                  value_literal(literal_integer(c, start, span)), span, span);
	return coerce_limit(c, sum, "offset");
}

/* What only the server can read: $1, and '5' or 5::int8, which drivers put in its place. */
static bool is_for_server(const struct value *v)
{
	const struct literal *l = value_given(*v) ? value_as_literal(v) : NULL;

	return l != NULL && (l->kind == LITERAL_PARAMETER || l->kind == LITERAL_STRING ||
	                     l->kind == LITERAL_TYPED);
}

/* A bound of slice($1, $2), as bigint: minus would not know what it subtracts. */
static struct value slice_bound(struct compilation *c, struct call *call, size_t i)
{
	struct value v = call->args[i];

	if (is_for_server(&v))
		return value_node(expr_cast(c, v, type_plain(TYPE_BigInteger), v.span));
	return value_literal(literal_integer(c, call_integer(c, call, i, 0), v.span));
}

/* slice() of values that only the server sees. */
static void slice_by_parameters(struct compilation *c, struct call *call, struct statement *s)
{
	struct span at = call->span;
	struct value start = slice_bound(c, call, 0);
	struct value stop;

	if (call_has(call, 1)) {
		stop = slice_bound(c, call, 1);
		if (call_has(call, 0))
			stop = expr_binary(c, TREE_SUB, stop, start, at, at);
		s->limit = coerce_limit(c, stop, "limit");
	}
	if (!call_has(call, 0))
		return;
	if (s->offset != NULL)
		start = expr_binary(c, TREE_ADD, value_node(s->offset), start, at, at);
	s->offset = coerce_limit(c, start, "offset");
}

/* args: start, stop */
struct value select_slice(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);
	int64_t start;
	int64_t stop;

	s->fetch = NULL;
	if (is_for_server(&call->args[0]) || is_for_server(&call->args[1])) {
		slice_by_parameters(c, call, s);
		return value_statement(s);
	}
	start = call_integer(c, call, 0, 0);
	stop = call_integer(c, call, 1, 0);
	if (call_has(call, 0))
		s->offset = offset_plus(c, s->offset, start, call->span);
	if (call_has(call, 1))
		s->limit = number_node(c, stop - start, call->span, "limit");
	return value_statement(s);
}

/* ------------------------------------------------------------------ locking, hints, prefixes */

static struct vec lock_targets(struct compilation *c, const struct value *v)
{
	struct vec froms = { 0 };
	size_t n;
	const struct value *all = values_unpacked(c, v, 1, &n);

	for (size_t i = 0; i < n; i++) {
		struct from *f = NULL;
		struct node *node = all[i].kind == VALUE_NODE ? all[i].node : NULL;

		if (node != NULL && node->kind == NODE_COLUMN && node->column.literal)
			f = coerce_from_text(c, node);
		else if (node != NULL)
			f = first_from_of(c, node);
		vec_push(c, &froms, f != NULL ? f : coerce_from(c, all[i]));
	}
	return froms;
}

/* args: nowait, read, of, skip_locked, key_share */
struct value select_with_for_update(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);
	struct for_update *lock = NEW(c, struct for_update);

	lock->nowait = call_flag(c, call, 0, false);
	lock->read = call_flag(c, call, 1, false);
	lock->skip_locked = call_flag(c, call, 3, false);
	lock->key_share = call_flag(c, call, 4, false);
	if (call_has(call, 2))
		lock->of = lock_targets(c, &call->args[2]);
	s->for_update = lock;
	return value_statement(s);
}

/* Whether a text for this dialect is for us. */
bool dialect_is_ours(struct compilation *c, const struct call *call, size_t i)
{
	struct str dialect = call_string(c, call, i);

	return dialect.n == 0 || str_is(dialect, "*") || str_is(dialect, "postgresql");
}

/* A bare string is SQL here. */
static struct node *coerce_sql_text(struct compilation *c, const struct value *v)
{
	struct node *n;

	if (v->kind == VALUE_NODE)
		return v->node;
	n = node_new(c, NODE_TEXT, v->span);
	if (!value_string(v, &n->text.text))
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH, "SQL text expected, got %.*s",
		     STR_ARG(value_repr(c, v)));
	return n;
}

void push_texts(struct compilation *c, struct vec *list, const struct value *values, size_t count)
{
	size_t n;
	const struct value *all = values_unpacked(c, values, count, &n);

	for (size_t i = 0; i < n; i++)
		vec_push(c, list, coerce_sql_text(c, &all[i]));
}

/* args: dialect */
struct value statement_prefix_with(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	if (dialect_is_ours(c, call, 0))
		push_texts(c, &s->prefixes, call->rest, call->rest_count);
	return value_statement(s);
}

struct value statement_suffix_with(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	if (dialect_is_ours(c, call, 0))
		push_texts(c, &s->suffixes, call->rest, call->rest_count);
	return value_statement(s);
}

void push_hint(struct compilation *c, struct statement *s, struct from *f, struct str text,
               struct span span)
{
	struct hint_text *h = NEW(c, struct hint_text);

	h->from = f;
	h->text = text;
	h->span = span;
	vec_push(c, &s->hints, h);
}

/* args: selectable, text, dialect_name */
struct value select_with_hint(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);
	struct from *f = coerce_from(c, call->args[0]);

	if (dialect_is_ours(c, call, 2))
		push_hint(c, s, f, call_string(c, call, 1), call->args[1].span);
	return value_statement(s);
}

/* args: text, dialect_name */
struct value select_with_statement_hint(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	if (dialect_is_ours(c, call, 1))
		push_hint(c, s, NULL, call_string(c, call, 0), call->args[0].span);
	return value_statement(s);
}

/* ------------------------------------------------------------------ correlation, labels */

static bool is_none_or_false(const struct value *v)
{
	return v->kind == VALUE_LITERAL &&
	       (literal_is_none(v->literal) ||
	        (v->literal->kind == LITERAL_BOOL && v->literal->number == 0));
}

/* None and False stand alone. Whether they were given. */
static bool nothing_given(struct compilation *c, const struct call *call, const char *word)
{
	if (call->rest_count == 0 || !is_none_or_false(&call->rest[0]))
		return false;
	if (call->rest_count > 1)
		fail(c, call->rest[1].span, SQLSTATE_INVALID_ARGUMENT,
		     "additional FROM objects not accepted when passing None/False to %s()", word);
	return true;
}

void statement_correlate(struct compilation *c, struct statement *s, const struct call *call)
{
	struct vec froms;

	s->auto_correlate = false;
	s->correlate_given = true;
	if (nothing_given(c, call, "correlate")) {
		s->correlate = (struct vec){ 0 };
		return;
	}
	froms = coerce_froms(c, call->rest, call->rest_count);
	vec_extend(c, &s->correlate, &froms);
}

void statement_correlate_except(struct compilation *c, struct statement *s, const struct call *call)
{
	struct vec froms;

	s->auto_correlate = false;
	s->correlate_except_given = true;
	if (nothing_given(c, call, "correlate_except")) {
		s->correlate_except = (struct vec){ 0 };
		return;
	}
	froms = coerce_froms(c, call->rest, call->rest_count);
	vec_extend(c, &s->correlate_except, &froms);
}

struct value select_correlate(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	statement_correlate(c, s, call);
	return value_statement(s);
}

struct value select_correlate_except(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	statement_correlate_except(c, s, call);
	return value_statement(s);
}

struct value label_style_none(struct compilation *c, struct call *call)
{
	(void)c;
	return (struct value){ .kind = VALUE_CONSTANT, .span = call->span, .number = LABEL_NONE };
}

struct value label_style_tablename(struct compilation *c, struct call *call)
{
	(void)c;
	return (struct value){ .kind = VALUE_CONSTANT,
		               .span = call->span,
		               .number = LABEL_TABLENAME_PLUS_COL };
}

struct value label_style_disambiguate(struct compilation *c, struct call *call)
{
	(void)c;
	return (struct value){ .kind = VALUE_CONSTANT,
		               .span = call->span,
		               .number = LABEL_DISAMBIGUATE };
}

struct value select_set_label_style(struct compilation *c, struct call *call)
{
	const struct value *style = &call->args[0];

	if (style->kind != VALUE_CONSTANT) {
		hint(c, "Use one of LABEL_STYLE_NONE, LABEL_STYLE_TABLENAME_PLUS_COL, "
		        "LABEL_STYLE_DISAMBIGUATE_ONLY.");
		fail(c, style->span, SQLSTATE_DATATYPE_MISMATCH, "label style expected, got %.*s",
		     STR_ARG(value_repr(c, style)));
	}
	return value_statement(
		statement_styled(c, call->self.statement, (enum label_style)style->number));
}

struct value select_apply_labels(struct compilation *c, struct call *call)
{
	return value_statement(statement_styled(c, call->self.statement, LABEL_TABLENAME_PLUS_COL));
}

/* ------------------------------------------------------------------ becoming something else */

/* args: name */
struct value select_subquery(struct compilation *c, struct call *call)
{
	return value_from(statement_subquery(c, call->self.statement, FROM_SUBQUERY,
	                                     call_name(c, call, 0), call->span));
}

struct value select_lateral(struct compilation *c, struct call *call)
{
	return value_from(statement_subquery(c, call->self.statement, FROM_LATERAL,
	                                     call_name(c, call, 0), call->span));
}

struct value select_scalar_subquery(struct compilation *c, struct call *call)
{
	return value_node(statement_scalar(c, call->self.statement, call->span));
}

/* args: name */
struct value select_label(struct compilation *c, struct call *call)
{
	struct node *n = statement_scalar(c, call->self.statement, call->span);

	return value_node(expr_label(c, n, call_name(c, call, 0), NULL, call->span));
}

struct value select_exists(struct compilation *c, struct call *call)
{
	return value_node(statement_exists(c, call->self.statement, call->span));
}

/* select().select(): of the subquery */
struct value select_select(struct compilation *c, struct call *call)
{
	struct from *f = statement_implicit_subquery(c, call->self.statement);

	return value_statement(statement_select_from(c, f, call->span));
}
