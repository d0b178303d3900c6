/* INSERT, UPDATE, DELETE: SQLCompiler.visit_insert() and its kin, crud.py, PostgreSQL's ON CONFLICT. */
#include "compiler/from.h"
#include "compiler/froms.h"
#include "compiler/printer.h"

/* ------------------------------------------------------------------ values */

static bool is_named_by_client(const struct node *bind)
{
	return bind->bind.name.anon == NULL && bind->bind.name.text.n > 0;
}

/* A value on its own is a parameter named after its column and takes no number. Within a CTE the
 * names of several statements would meet, so there it is anonymous. */
static void print_assigned(struct printer *p, const struct assignment *a)
{
	struct node *value = a->value;

	if (value->kind != NODE_BIND || a->target != NULL || is_named_by_client(value)) {
		print_node(p, value);
		return;
	}
	if (p->cte != NULL && value->bind.name.anon != NULL)
		name_count(p, value->bind.name);
	else if (p->cte != NULL)
		++keymap_at(&p->c->arena, &p->bodies, NULL, STR("param"))->number;
	from_word(p, value->span);
	print_bind_value(p, value);
}

/* The assignments in the order of the table's columns, the last one for each; those of other keys in
 * front, as given. */
static struct vec in_table_order(struct printer *p, struct from *table, const struct vec *given)
{
	struct keymap by_column = { 0 };
	struct vec ordered = { 0 };
	const struct vec *columns = from_columns(p->c, table);

	for (size_t i = 0; i < given->n; i++) {
		struct assignment *a = given->items[i];

		if (a->target != NULL)
			vec_push(p->c, &ordered, a);
		else
			keymap_at(&p->c->arena, &by_column, a->column, STR(""))->pointer = a;
	}
	for (size_t i = 0; i < columns->n; i++) {
		struct keymap_value *a = keymap_find(&by_column, columns->items[i], STR(""));

		if (a != NULL)
			vec_push(p->c, &ordered, a->pointer);
	}
	return ordered;
}

static void put_column(struct printer *p, const struct node *column, struct span at)
{
	from_word(p, at);
	put_name(p, column->column.name, NAME_LABEL, false);
}

/* data['a'] on the left of SET is PostgreSQL's subscript, not the operator. */
static bool is_subscript(const struct node *target)
{
	return target->kind == NODE_BINARY && (target->binary.op->id == OP_json_getitem_op ||
	                                       target->binary.op->id == OP_hstore_getitem);
}

static void print_target(struct printer *p, struct node *target)
{
	if (!is_subscript(target)) {
		print_node(p, target);
		return;
	}
	compilation_descend(p->c, target->span);
	print_target(p, target->binary.left);
	put_char(p, '[');
	print_node(p, target->binary.right);
	put_char(p, ']');
	compilation_ascend(p->c);
}

/* What stands on the left of SET. */
static void print_assigned_to(struct printer *p, const struct assignment *a)
{
	struct context saved = p->context;

	if (a->target == NULL) {
		put_column(p, a->column, a->span);
		return;
	}
	p->context.bare_columns = true;
	print_target(p, a->target);
	p->context = saved;
}

static void print_returning(struct printer *p, struct statement *s)
{
	if (s->returning.n == 0)
		return;
	PUT(p, " RETURNING ");
	print_columns(p, labels_of(p->c, s), false);
}

static void print_prefixes(struct printer *p, struct statement *s)
{
	if (s->prefixes.n == 0)
		return;
	print_texts(p, &s->prefixes);
	put_char(p, ' ');
}

/* ------------------------------------------------------------------ INSERT */

static void print_column_list(struct printer *p, const struct vec *assignments)
{
	PUT(p, " (");
	for (size_t i = 0; i < assignments->n; i++) {
		const struct assignment *a = assignments->items[i];

		if (i > 0)
			PUT(p, ", ");
		put_column(p, a->column, a->span);
	}
	put_char(p, ')');
}

static void print_row(struct printer *p, const struct vec *assignments)
{
	put_char(p, '(');
	for (size_t i = 0; i < assignments->n; i++) {
		if (i > 0)
			PUT(p, ", ");
		print_assigned(p, assignments->items[i]);
	}
	put_char(p, ')');
}

/* The columns are those of the first row, in the table's order; each row has a value for each. */
static struct vec like_first(struct printer *p, const struct vec *first, const struct vec *row)
{
	struct keymap by_column = { 0 };
	struct vec ordered = { 0 };

	for (size_t i = 0; i < row->n; i++) {
		struct assignment *a = row->items[i];

		keymap_at(&p->c->arena, &by_column, a->column, STR(""))->pointer = a;
	}
	for (size_t i = 0; i < first->n; i++) {
		const struct assignment *a = first->items[i];
		struct keymap_value *mine = keymap_find(&by_column, a->column, STR(""));

		if (mine == NULL)
			fail(p->c, a->span, SQLSTATE_INVALID_ARGUMENT,
			     "INSERT value for column %.*s.%.*s is explicitly rendered as a "
			     "boundparameter in the VALUES clause; a Python-side value or SQL "
			     "expression is required",
			     STR_ARG(from_description(p->c, a->column->column.from)),
			     STR_ARG(a->column->column.key));
		vec_push(p->c, &ordered, mine->pointer);
	}
	return ordered;
}

/* VALUES …, into a text of its own: it is compiled first and stands behind the columns. Gives the
 * assignments of the first row. */
static struct vec print_values(struct printer *p, struct statement *s)
{
	struct vec first;

	if (s->rows.n == 0) {
		first = in_table_order(p, s->table, &s->assignments);
		if (first.n == 0)
			return first;
		PUT(p, " VALUES ");
		print_row(p, &first);
		return first;
	}
	first = in_table_order(p, s->table, s->rows.items[0]);
	PUT(p, " VALUES ");
	for (size_t i = 0; i < s->rows.n; i++) {
		struct vec row = like_first(p, &first, s->rows.items[i]);

		if (i > 0)
			PUT(p, ", ");
		print_row(p, &row);
	}
	return first;
}

static void print_conflict_target(struct printer *p, const struct on_conflict *oc)
{
	struct context saved = p->context;

	if (oc->constraint.n > 0) {
		PUT(p, " ON CONSTRAINT ");
		put_identifier(p, oc->constraint);
		return;
	}
	if (oc->elements.n == 0)
		return;
	p->context.bare_columns = true;
	PUT(p, " (");
	print_list(p, &oc->elements, STR(", "));
	put_char(p, ')');
	if (oc->index_where != NULL) {
		PUT(p, " WHERE ");
		print_node(p, oc->index_where);
	}
	p->context = saved;
}

static void print_conflict_set(struct printer *p, struct statement *s)
{
	struct vec set = in_table_order(p, s->table, &s->on_conflict->set);

	for (size_t i = 0; i < set.n; i++) {
		struct assignment *a = set.items[i];

		if (i > 0)
			PUT(p, ", ");
		print_assigned_to(p, a);
		PUT(p, " = ");
		print_node(p, a->value);
	}
}

static void print_on_conflict(struct printer *p, struct statement *s)
{
	const struct on_conflict *oc = s->on_conflict;

	if (oc == NULL)
		return;
	from_word(p, oc->span);
	PUT(p, " ON CONFLICT");
	print_conflict_target(p, oc);
	if (!oc->update) {
		PUT(p, " DO NOTHING");
		return;
	}
	PUT(p, " DO UPDATE SET ");
	print_conflict_set(p, s);
	if (oc->where != NULL) {
		PUT(p, " WHERE ");
		print_node(p, oc->where);
	}
}

static void print_insert_columns(struct printer *p, struct statement *s, const struct vec *first)
{
	if (s->insert_select == NULL) {
		if (first->n > 0)
			print_column_list(p, first);
		return;
	}
	if (s->insert_columns.n == 0)
		return;
	PUT(p, " (");
	for (size_t i = 0; i < s->insert_columns.n; i++) {
		const struct node *column = s->insert_columns.items[i];

		if (i > 0)
			PUT(p, ", ");
		put_column(p, column, s->span);
	}
	put_char(p, ')');
}

static void print_insert_body(struct printer *p, struct statement *s)
{
	struct buffer *out = p->out;
	struct buffer *values = buffer_new(p->c);
	struct buffer *returning = buffer_new(p->c);
	struct vec first = { 0 };

	if (s->sorts_returning.end > 0 && s->rows.n > 0)
		fail(p->c, s->sorts_returning, SQLSTATE_INVALID_ARGUMENT,
		     "RETURNING cannot be determinstically sorted when using an INSERT which "
		     "includes multi-row values().");
	PUT(p, "INSERT ");
	print_prefixes(p, s);
	PUT(p, "INTO ");
	from_word(p, s->table->span);
	put_table(p, s->table);
	if (s->insert_select == NULL) {
		p->out = values;
		first = print_values(p, s);
		p->out = out;
	}
	print_added_ctes(p, s);
	print_insert_columns(p, s, &first);
	p->out = returning;
	print_returning(p, s);
	p->out = out;
	if (s->insert_select != NULL) {
		put_char(p, ' ');
		print_statement_at(p, s->insert_select, (struct place){ .member = true });
	} else if (first.n == 0) {
		PUT(p, " DEFAULT VALUES");
	} else {
		buffer_append(p->c, p->out, values);
	}
	print_on_conflict(p, s);
	buffer_append(p->c, p->out, returning);
}

void print_insert(struct printer *p, struct statement *s)
{
	struct frame frame = { 0 };
	struct context saved = p->context;
	size_t start = p->out->text.n;

	frame_push(p, &frame, s);
	p->context = (struct context){ 0 };
	from_word(p, s->span);
	print_insert_body(p, s);
	print_with(p, start, true);
	p->context = saved;
	frame_pop(p);
}

/* ------------------------------------------------------------------ UPDATE, DELETE */

static void print_set(struct printer *p, struct statement *s)
{
	struct vec set = s->ordered ? s->assignments : in_table_order(p, s->table, &s->assignments);

	if (set.n == 0) {
		hint(p->c, "Give new values with .values(column=value).");
		fail(p->c, s->span, SQLSTATE_SYNTAX_ERROR, "UPDATE has no values to set");
	}
	PUT(p, " SET ");
	for (size_t i = 0; i < set.n; i++) {
		struct assignment *a = set.items[i];

		if (i > 0)
			PUT(p, ", ");
		print_assigned_to(p, a);
		put_char(p, '=');
		print_assigned(p, a);
	}
}

/* The table, and what else the statement is about, stand around its subqueries. */
static void stand_in(struct printer *p, struct statement *s, const struct vec *extra)
{
	struct vec within = froms_within(p->c, s->table);

	frame_own(p, &within);
	for (size_t i = 0; i < extra->n; i++) {
		within = froms_within(p->c, extra->items[i]);
		frame_own(p, &within);
	}
}

static void print_update_body(struct printer *p, struct statement *s, const struct vec *extra,
                              struct lint *lint)
{
	bool deletes = s->kind == STATEMENT_DELETE;

	put(p, deletes ? STR("DELETE ") : STR("UPDATE "));
	print_prefixes(p, s);
	if (deletes)
		PUT(p, "FROM ");
	p->context.lint = lint;
	print_from(p, s->table, false);
	p->context.lint = NULL;
	if (!deletes)
		print_set(p, s);
	print_added_ctes(p, s);
	p->context.lint = lint;
	if (extra->n > 0) {
		put(p, deletes ? STR(" USING ") : STR(" FROM "));
		print_froms(p, extra);
	}
	print_criteria(p, &s->where, STR(" WHERE "), s->span);
	p->context.lint = NULL;
	print_returning(p, s);
	lint_finish(lint, deletes ? "DELETE" : "UPDATE", s->span);
}

void print_update(struct printer *p, struct statement *s)
{
	struct vec extra = dml_extra_froms(p->c, s);
	struct frame frame = { 0 };
	struct context saved = p->context;
	size_t start = p->out->text.n;

	frame_push(p, &frame, s);
	stand_in(p, s, &extra);
	p->context = (struct context){ 0 };
	from_word(p, s->span);
	print_update_body(p, s, &extra, lint_new(p));
	print_with(p, start, false);
	p->context = saved;
	frame_pop(p);
}
