/* INSERT, UPDATE, DELETE: sql/dml.py and crud.py. */
#include "compiler/words_dml.h"

#include "compiler/call.h"
#include "compiler/coerce.h"
#include "compiler/from.h"
#include "compiler/literal.h"
#include "compiler/nearest.h"
#include "compiler/operators.h"
#include "compiler/statements.h"
#include "compiler/text.h"
#include "compiler/words.h"
#include "compiler/words_shared.h"

/* ------------------------------------------------------------------ targets */

static struct from *coerce_target(struct compilation *c, const struct value *v)
{
	if (v->kind == VALUE_FROM &&
	    (v->from->kind == FROM_TABLE || v->from->kind == FROM_TABLE_CLAUSE ||
	     (v->from->kind == FROM_ALIAS && v->from->path_base == NULL)))
		return v->from;
	fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
	     "subject table for an INSERT, UPDATE or DELETE expected, got %.*s.",
	     STR_ARG(value_repr(c, v)));
}

static struct statement *new_dml(struct compilation *c, enum statement_kind kind,
                                 const struct value *table, struct span span)
{
	struct statement *s = statement_new(c, kind, span);

	s->table = coerce_target(c, table);
	return s;
}

/* ------------------------------------------------------------------ keys and values */

bool value_pairs(struct compilation *c, const struct value *v, const struct value **items,
                 size_t *count)
{
	struct value *out;
	const struct literal *l = v->literal;

	if (v->kind == VALUE_DICT) {
		*items = v->items;
		*count = v->count;
		return true;
	}
	if (v->kind == VALUE_LITERAL && l->kind == LITERAL_DICT) {
		out = arena_array(&c->arena, l->count + 1, sizeof(*out));
		for (size_t i = 0; i < l->count; i++)
			out[i] = value_literal(l->items[i]);
		*items = out;
		*count = l->count;
		return true;
	}
	if (v->kind != VALUE_COLUMNS)
		return false;
	*count = 2 * columns_all(c, v)->n;
	out = arena_array(&c->arena, *count + 1, sizeof(*out));
	for (size_t i = 0; i < *count / 2; i++) {
		out[2 * i] = value_literal(literal_string(c, columns_key(c, v, i), v->span));
		out[2 * i + 1] = value_node(columns_all(c, v)->items[i]);
	}
	*items = out;
	return true;
}

/* The column under the indexes of a key like t.c.data["a"]; NULL when it is nothing like it. */
static struct node *indexed_column(struct node *n)
{
	for (;;) {
		switch (n->kind) {
		case NODE_COLUMN:
			return n;
		case NODE_GROUPING:
			n = n->grouping;
			break;
		case NODE_BINARY:
			if (n->binary.op->id != OP_getitem &&
			    n->binary.op->id != OP_json_getitem_op &&
			    n->binary.op->id != OP_hstore_getitem)
				return NULL;
			n = n->binary.left;
			break;
		default:
			return NULL;
		}
	}
}

/* Whether the column may name one of the target's: its own, its alias's table's, nobody's. */
static bool names_target(const struct from *table, const struct node *column)
{
	const struct from *of = column->column.from;

	return of == NULL || of == table || (table->kind == FROM_ALIAS && of == table->element);
}

/* A column of another table than the statement's. */
static _Noreturn void fail_other_table(struct compilation *c, const struct value *key,
                                       const struct node *column)
{
	fail(c, key->span, SQLSTATE_INVALID_ARGUMENT,
	     "Backend does not support additional tables in the SET clause; cannot include columns "
	     "from table(s) '%.*s' in SET clause",
	     STR_ARG(from_description(c, column->column.from)));
}

/* UPDATE … SET (x, y) = (SELECT …): a tuple of the target's columns. */
static bool is_column_tuple(const struct statement *s, const struct value *key)
{
	const struct vec *items;

	if (s->kind != STATEMENT_UPDATE || key->kind != VALUE_NODE || key->node->kind != NODE_TUPLE)
		return false;
	items = &key->node->tuple.items;
	for (size_t i = 0; i < items->n; i++) {
		const struct node *n = items->items[i];

		if (n->kind != NODE_COLUMN || n->column.from != s->table)
			return false;
	}
	return items->n > 0;
}

struct assignment *assignment_make(struct compilation *c, const struct statement *s,
                                   const struct value *key, const struct value *value, bool named,
                                   struct str *unknown)
{
	struct assignment *a = NEW(c, struct assignment);
	struct node *column = NULL;

	a->span = key->span;
	if (value_string(key, unknown)) {
		a->column = from_column(c, s->table, *unknown);
	} else if (is_column_tuple(s, key)) {
		a->target = key->node;
		a->column = key->node->tuple.items.items[0];
	} else {
		if (key->kind == VALUE_NODE)
			column = indexed_column(key->node);
		if (column == NULL)
			fail(c, key->span, SQLSTATE_DATATYPE_MISMATCH,
			     "SET/VALUES column expression or string key expected, got %.*s.",
			     STR_ARG(value_repr(c, key)));
		*unknown = column->column.key;
		if (s->kind == STATEMENT_UPDATE && !names_target(s->table, column))
			fail_other_table(c, key, column);
		a->column = from_column(c, s->table, column->column.key);
		if (column != key->node)
			a->target = key->node;
	}
	if (a->column == NULL)
		return NULL;
	a->value = coerce_assigned(c, *value, a->target != NULL ? a->target : a->column, named);
	return a;
}

_Noreturn void fail_unconsumed(struct compilation *c, struct from *table, struct str names,
                               struct str first, struct span at)
{
	const struct vec *columns = from_columns(c, table);
	struct nearest nearest;

	nearest_init(&nearest, first);
	for (size_t i = 0; i < columns->n; i++)
		nearest_offer(&nearest, from_key(c, table, i));
	nearest_hint(&nearest, &c->diag);
	fail(c, at, SQLSTATE_UNDEFINED_COLUMN, "Unconsumed column names: %.*s", STR_ARG(names));
}

void assignments_set(struct compilation *c, struct vec *assignments, struct assignment *a)
{
	struct vec copy = { 0 };

	for (size_t i = 0; i < assignments->n; i++) {
		const struct assignment *old = assignments->items[i];

		if (old->column != a->column || old->target != a->target)
			continue;
		/* The first place stays, the last value counts; copies of the list keep theirs. */
		for (size_t k = 0; k < assignments->n; k++)
			vec_push(c, &copy, k == i ? (void *)a : assignments->items[k]);
		*assignments = copy;
		return;
	}
	vec_push(c, assignments, a);
}

/* Keys that the table does not have are told all at once, as SQLAlchemy does. */
struct unconsumed {
	struct text names;
	struct str first;
	struct span at;
};

static void note_unknown(struct compilation *c, struct unconsumed *u, struct str name,
                         struct span at)
{
	if (u->names.n == 0) {
		text_init(&u->names, &c->arena);
		u->first = name;
		u->at = at;
	} else {
		text_z(&u->names, ", ");
	}
	text_str(&u->names, name);
}

static void assign(struct compilation *c, const struct statement *s, struct vec *out,
                   struct unconsumed *u, const struct value *key, const struct value *value)
{
	struct str unknown;
	struct assignment *a = assignment_make(c, s, key, value, true, &unknown);

	if (a == NULL) {
		note_unknown(c, u, unknown, key->span);
		return;
	}
	if (s->kind == STATEMENT_INSERT && a->target != NULL) {
		hint(c, "Give the whole value, or set an element with UPDATE.");
		fail(c, key->span, SQLSTATE_DATATYPE_MISMATCH,
		     "INSERT has values for columns, not for their elements");
	}
	assignments_set(c, out, a);
}

static void assign_pairs(struct compilation *c, const struct statement *s, struct vec *out,
                         const struct value *pairs, size_t count)
{
	struct unconsumed u = { 0 };

	for (size_t i = 0; i + 1 < count; i += 2)
		assign(c, s, out, &u, &pairs[i], &pairs[i + 1]);
	if (u.names.n > 0)
		fail_unconsumed(c, s->table, text_view(&u.names), u.first, u.at);
}

/* By position; a short row leaves the last columns alone. */
static void assign_positions(struct compilation *c, struct from *table, struct vec *out,
                             const struct value *items, size_t count, struct span at)
{
	const struct vec *columns = from_columns(c, table);

	if (count > columns->n)
		fail(c, at, SQLSTATE_INVALID_ARGUMENT, "%zu values for the %zu columns of \"%.*s\"",
		     count, columns->n, STR_ARG(from_description(c, table)));
	for (size_t i = 0; i < count; i++) {
		struct assignment *a = NEW(c, struct assignment);

		a->span = items[i].span;
		a->column = columns->items[i];
		a->value = coerce_assigned(c, items[i], a->column, true);
		assignments_set(c, out, a);
	}
}

static bool is_row(struct compilation *c, const struct value *v)
{
	const struct value *items;
	size_t count;

	if (v->kind == VALUE_COLUMNS)
		return false;
	return value_pairs(c, v, &items, &count) || value_items(c, v, &items, &count);
}

static struct vec *row_of(struct compilation *c, const struct statement *s, const struct value *v)
{
	struct vec *row = NEW(c, struct vec);
	const struct value *items;
	size_t count;

	if (value_pairs(c, v, &items, &count))
		assign_pairs(c, s, row, items, count);
	else if (value_items(c, v, &items, &count))
		assign_positions(c, s->table, row, items, count, v->span);
	else
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
		     "every row must be a dict or a tuple, not %.*s", STR_ARG(value_repr(c, v)));
	return row;
}

static const struct assignment *assigned(const struct vec *row, const struct node *column)
{
	for (size_t i = 0; i < row->n; i++) {
		const struct assignment *a = row->items[i];

		if (a->column == column)
			return a;
	}
	return NULL;
}

/* Every row has the columns of the first one: a missing one is SQLAlchemy's error, a further one
 * would be dropped there and is an error here. */
static void check_row(struct compilation *c, struct from *table, const struct vec *first,
                      const struct vec *row, struct span at)
{
	for (size_t i = 0; i < first->n; i++) {
		const struct assignment *a = first->items[i];

		if (assigned(row, a->column) == NULL)
			fail(c, at, SQLSTATE_INVALID_ARGUMENT,
			     "INSERT value for column %.*s.%.*s is explicitly rendered as a "
			     "boundparameter in the VALUES clause; a Python-side value or SQL "
			     "expression is required",
			     STR_ARG(from_description(c, table)),
			     STR_ARG(a->column->column.name.text));
	}
	for (size_t i = 0; i < row->n && row->n > first->n; i++) {
		const struct assignment *a = row->items[i];

		if (assigned(first, a->column) != NULL)
			continue;
		hint(c,
		     "The first row says which columns the statement has: name \"%.*s\" there "
		     "too.",
		     STR_ARG(a->column->column.name.text));
		fail(c, a->span, SQLSTATE_INVALID_ARGUMENT,
		     "column \"%.*s\" is given in a later row, but not in the first",
		     STR_ARG(a->column->column.name.text));
	}
}

static _Noreturn void fail_mixed(struct compilation *c, struct span at)
{
	fail(c, at, SQLSTATE_INVALID_ARGUMENT,
	     "Can't mix single and multiple VALUES formats in one INSERT statement");
}

static void add_rows(struct compilation *c, struct statement *s, const struct value *rows,
                     size_t count, struct span at)
{
	if (s->kind == STATEMENT_UPDATE)
		fail(c, at, SQLSTATE_INVALID_ARGUMENT,
		     "UPDATE construct does not support multiple parameter sets.");
	if (s->assignments.n > 0)
		fail_mixed(c, at);
	for (size_t i = 0; i < count; i++) {
		struct vec *row = row_of(c, s, &rows[i]);

		if (s->rows.n > 0)
			check_row(c, s->table, s->rows.items[0], row, rows[i].span);
		vec_push(c, &s->rows, row);
	}
}

static void values_argument(struct compilation *c, struct statement *s, const struct value *v)
{
	const struct value *items;
	size_t count;

	if (value_pairs(c, v, &items, &count)) {
		if (s->rows.n > 0)
			fail_mixed(c, v->span);
		assign_pairs(c, s, &s->assignments, items, count);
		return;
	}
	if (!value_items(c, v, &items, &count))
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
		     "values() takes a dict, a tuple, a list of them or keywords, not %.*s",
		     STR_ARG(value_repr(c, v)));
	if (count > 0 && is_row(c, &items[0])) {
		add_rows(c, s, items, count, v->span);
		return;
	}
	if (s->rows.n > 0)
		fail_mixed(c, v->span);
	assign_positions(c, s->table, &s->assignments, items, count, v->span);
}

static void values_keywords(struct compilation *c, struct statement *s, const struct call *call)
{
	struct unconsumed u = { 0 };

	if (s->rows.n > 0)
		fail_mixed(c, call->at);
	for (size_t i = 0; i < call->keyword_count; i++) {
		struct value key =
			value_literal(literal_string(c, call->keywords[i], call->keyword_spans[i]));

		assign(c, s, &s->assignments, &u, &key, &call->keyword_values[i]);
	}
	if (u.names.n > 0)
		fail_unconsumed(c, s->table, text_view(&u.names), u.first, u.at);
}

/* Applies the argument of values() to the statement. */
static void set_values(struct compilation *c, struct statement *s, const struct value *values,
                       const struct call *call)
{
	if (s->insert_select != NULL)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "This construct already inserts from a SELECT");
	if (s->ordered)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "This statement already has ordered values present");
	if (values != NULL)
		values_argument(c, s, values);
}

struct value dml_values(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	if (call->rest_count > 0 && call->keyword_count > 0)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "Can't pass positional and kwargs to values() simultaneously");
	if (call->rest_count > 1)
		fail(c, call->rest[1].span, SQLSTATE_INVALID_ARGUMENT,
		     "Only a single dictionary/tuple or list of dictionaries/tuples is accepted "
		     "positionally.");
	set_values(c, s, call->rest_count > 0 ? &call->rest[0] : NULL, call);
	if (call->keyword_count > 0)
		values_keywords(c, s, call);
	return value_statement(s);
}

struct value update_ordered_values(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);
	struct unconsumed u = { 0 };
	const struct value *items;

	if (s->assignments.n > 0)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     s->ordered ? "This statement already has ordered values present"
		                : "This statement already has values present");
	for (size_t i = 0; i < call->rest_count; i++) {
		size_t count;

		if (!value_items(c, &call->rest[i], &items, &count) || count != 2)
			fail(c, call->rest[i].span, SQLSTATE_DATATYPE_MISMATCH,
			     "ordered_values() takes tuples of a column and its value");
		assign(c, s, &s->assignments, &u, &items[0], &items[1]);
	}
	if (u.names.n > 0)
		fail_unconsumed(c, s->table, text_view(&u.names), u.first, u.at);
	s->ordered = true;
	return value_statement(s);
}

/* ------------------------------------------------------------------ INSERT … SELECT */

static struct node *insert_column(struct compilation *c, struct from *table, const struct value *v)
{
	struct str name = { 0 };
	struct node *column;

	if (v->kind == VALUE_NODE && v->node->kind == NODE_COLUMN)
		name = v->node->column.key;
	else if (!value_string(v, &name))
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
		     "column name or column expected, got %.*s", STR_ARG(value_repr(c, v)));
	column = from_column(c, table, name);
	if (column == NULL)
		fail_unconsumed(c, table, name, name, v->span);
	return column;
}

static struct statement *coerce_insert_select(struct compilation *c, const struct value *v)
{
	if (v->kind == VALUE_STATEMENT && statement_is_select(v->statement))
		return v->statement;
	if (v->kind == VALUE_FROM && v->from->kind == FROM_SUBQUERY)
		return v->from->statement;
	if (v->kind == VALUE_FROM)
		return statement_select_from(c, v->from, v->span);
	fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
	     "SELECT statement or equivalent textual object expected, got %.*s.",
	     STR_ARG(value_repr(c, v)));
}

/* args: names, select, include_defaults */
struct value insert_from_select(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);
	const struct value *names;
	const struct vec *all;
	size_t count;

	if (s->assignments.n > 0 || s->rows.n > 0)
		fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
		     "This construct already inserts value expressions");
	s->insert_columns = (struct vec){ 0 };
	if (call->args[0].kind == VALUE_COLUMNS) {
		all = columns_all(c, &call->args[0]);
		for (size_t i = 0; i < all->n; i++) {
			struct value v = value_node(all->items[i]);

			v.span = call->args[0].span;
			vec_push(c, &s->insert_columns, insert_column(c, s->table, &v));
		}
	} else if (value_items(c, &call->args[0], &names, &count)) {
		for (size_t i = 0; i < count; i++)
			vec_push(c, &s->insert_columns, insert_column(c, s->table, &names[i]));
	} else {
		fail(c, call->args[0].span, SQLSTATE_DATATYPE_MISMATCH,
		     "from_select() takes a list of column names first");
	}
	s->insert_select = coerce_insert_select(c, &call->args[1]);
	return value_statement(s);
}

/* ------------------------------------------------------------------ RETURNING, WHERE and the rest */

/* args: sort_by_parameter_order; rest: columns */
struct value dml_returning(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	if (call_flag(c, call, 0, false))
		s->sorts_returning = call->args[0].span;
	for (size_t i = 0; i < call->rest_count; i++)
		statement_add_entity(c, &s->returning, &call->rest[i]);
	return value_statement(s);
}

struct value dml_filter_by(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);

	push_filter_by(c, &s->where, s->table, NULL, call);
	return value_statement(s);
}

/* args: text, selectable, dialect_name */
struct value dml_with_hint(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);
	struct from *f = call_has(call, 1) ? coerce_from(c, call->args[1]) : s->table;

	if (dialect_is_ours(c, call, 2))
		push_hint(c, s, f, call_string(c, call, 0), call->args[0].span);
	return value_statement(s);
}

struct value dml_exported_columns(struct compilation *c, struct call *call)
{
	return columns_selected(c, call->self.statement, call->span);
}

struct value dml_table(struct compilation *c, struct call *call)
{
	(void)c;
	return value_from(call->self.statement->table);
}

static struct from *excluded_of(struct compilation *c, struct statement *s)
{
	if (s->excluded == NULL) {
		s->excluded = from_new(c, FROM_ALIAS, s->span);
		s->excluded->element = s->table;
		s->excluded->name.text = STR("excluded");
	}
	return s->excluded;
}

struct value insert_excluded(struct compilation *c, struct call *call)
{
	return columns_of(excluded_of(c, call->self.statement), call->span);
}

void statement_check(struct compilation *c, const struct statement *s)
{
	if (s->kind != STATEMENT_UPDATE || s->assignments.n > 0)
		return;
	hint(c, "Add .values(column=value).");
	fail(c, s->span, SQLSTATE_SYNTAX_ERROR, "the UPDATE sets no values");
}

/* ------------------------------------------------------------------ insert(), update(), delete() */

static struct statement *finish(struct compilation *c, struct statement *s, const struct call *call,
                                const struct value *values, const struct value *returning)
{
	if (value_given(*values) && !value_is_none(values))
		set_values(c, s, values, call);
	if (value_given(*returning) && !value_is_none(returning))
		statement_add_entity(c, &s->returning, returning);
	return s;
}

/* args: table, values, inline, prefixes, returning; all but the first are 1.x */
struct value word_insert(struct compilation *c, struct call *call)
{
	struct statement *s = new_dml(c, STATEMENT_INSERT, &call->args[0], call->span);

	if (call_has(call, 3))
		push_texts(c, &s->prefixes, &call->args[3], 1);
	return value_statement(finish(c, s, call, &call->args[1], &call->args[4]));
}

/* args: table, whereclause, values, inline, prefixes, returning */
struct value word_update(struct compilation *c, struct call *call)
{
	struct statement *s = new_dml(c, STATEMENT_UPDATE, &call->args[0], call->span);

	if (call_has(call, 1))
		push_where(c, &s->where, &call->args[1], 1);
	if (call_has(call, 4))
		push_texts(c, &s->prefixes, &call->args[4], 1);
	return value_statement(finish(c, s, call, &call->args[2], &call->args[5]));
}

/* args: table, whereclause, prefixes, returning */
struct value word_delete(struct compilation *c, struct call *call)
{
	struct statement *s = new_dml(c, STATEMENT_DELETE, &call->args[0], call->span);
	struct value none = { .kind = VALUE_ABSENT };

	if (call_has(call, 1))
		push_where(c, &s->where, &call->args[1], 1);
	if (call_has(call, 2))
		push_texts(c, &s->prefixes, &call->args[2], 1);
	return value_statement(finish(c, s, call, &none, &call->args[3]));
}

/* t.insert() is insert(t): the method's arguments behind the table. */
static struct value as_function(struct compilation *c, struct call *call, word_handler handler)
{
	struct call function = *call;

	function.args = arena_array(&c->arena, call->arg_count + 1, sizeof(*function.args));
	function.args[0] = call->self;
	if (call->arg_count > 0)
		memcpy(function.args + 1, call->args, call->arg_count * sizeof(*function.args));
	function.arg_count = call->arg_count + 1;
	/* cppcheck-suppress returnDanglingLifetime; what a handler gives does not point to its call */
	return handler(c, &function);
}

struct value table_insert(struct compilation *c, struct call *call)
{
	return as_function(c, call, word_insert);
}

struct value table_update(struct compilation *c, struct call *call)
{
	return as_function(c, call, word_update);
}

struct value table_delete(struct compilation *c, struct call *call)
{
	return as_function(c, call, word_delete);
}

/* dict(name=value): what is written in set_=dict(…) */
struct value word_dict(struct compilation *c, struct call *call)
{
	const struct value *pairs = NULL;
	size_t count = 0;
	struct value *items;

	if (call->rest_count > 1)
		fail(c, call->rest[1].span, SQLSTATE_INVALID_ARGUMENT,
		     "dict() takes at most one collection and keywords");
	if (call->rest_count == 1 && !value_pairs(c, &call->rest[0], &pairs, &count))
		fail(c, call->rest[0].span, SQLSTATE_DATATYPE_MISMATCH,
		     "dict() takes a dict, a collection of columns or keywords");
	items = arena_array(&c->arena, count + 2 * call->keyword_count + 1, sizeof(*items));
	if (count > 0)
		memcpy(items, pairs, count * sizeof(*items));
	for (size_t i = 0; i < call->keyword_count; i++) {
		items[count++] =
			value_literal(literal_string(c, call->keywords[i], call->keyword_spans[i]));
		items[count++] = call->keyword_values[i];
	}
	return literal_collection(c, VALUE_DICT, items, count, call->span);
}
