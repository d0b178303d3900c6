/* SELECT: SQLCompiler.visit_select(), _compose_select_body(), and the clauses that set operations
 * have as well. */
#include "compiler/froms.h"
#include "compiler/printer.h"

/* ------------------------------------------------------------------ the columns clause */

/* NamedColumn: what has a name in SQL whatever it is called here. */
static bool is_named_column(const struct node *n)
{
	return n->kind == NODE_COLUMN || n->kind == NODE_LABEL || n->kind == NODE_FUNCTION_COLUMN ||
	       (n->kind == NODE_FROM && n->from->kind != FROM_VALUES);
}

static bool is_exists(const struct node *n)
{
	return n->unary.op != NULL && n->unary.op->id == OP_exists;
}

/* Whether an element that needs no name gets one all the same: expressions do, and in a FROM list
 * columns too. */
static bool is_labelled(struct node *n, bool from)
{
	if (n->kind == NODE_COLUMN)
		return from && !n->column.literal && n->column.from != NULL && !n->column.is_row;
	if (n->kind == NODE_TEXT)
		return false;
	if (n->kind == NODE_UNARY)
		return from || n->unary.wraps_column || node_is_as_boolean(n) || is_exists(n);
	return !is_named_column(n) && name_empty(label_non_anon(n));
}

static void print_as(struct printer *p, struct node *n, struct name name)
{
	name_text(p, name, NAME_LABEL, true); /* numbered before what it names */
	p->context.within_label = true;
	print_node(p, n);
	p->context.within_label = false;
	from_word(p, n->span);
	PUT(p, " AS ");
	put_name(p, name, NAME_LABEL, true);
}

static void print_one_column(struct printer *p, const struct labelled *l, bool from)
{
	struct node *n = l->node;

	if (n->kind == NODE_LABEL || (name_empty(l->required) && !is_labelled(n, from)))
		print_node(p, n);
	else if (!name_empty(l->required))
		print_as(p, n, l->required);
	else if (!name_empty(l->fallback))
		print_as(p, n, l->fallback);
	else
		print_as(p, n, label_anon_name(p->c, n));
}

static void refuse_tuple(struct printer *p, const struct node *n)
{
	while (n->kind == NODE_LABEL)
		n = n->label.element;
	if (n->kind == NODE_TUPLE)
		fail(p->c, n->span, SQLSTATE_FEATURE,
		     "Most backends don't support SELECTing from a tuple() object.");
}

void print_columns(struct printer *p, const struct vec *labelled, bool from)
{
	struct context saved = p->context;

	p->context.within_columns = true;
	p->context.within_label = false;
	for (size_t i = 0; i < labelled->n; i++) {
		const struct labelled *l = labelled->items[i];

		if (p->top->up == NULL)
			refuse_tuple(p, l->node);
		if (i > 0)
			PUT(p, ", ");
		print_one_column(p, l, from);
	}
	p->context = saved;
}

/* ------------------------------------------------------------------ clauses */

void print_texts(struct printer *p, const struct vec *texts)
{
	print_list(p, texts, STR(" "));
}

void print_criteria(struct printer *p, const struct vec *criteria, struct str word, struct span at)
{
	size_t before = p->out->text.n;
	struct node *n;

	if (criteria->n == 0)
		return;
	put(p, word);
	if (criteria->n == 1)
		n = expr_group(p->c, criteria->items[0], op_of(OP_asbool));
	else
		n = expr_and(p->c, criteria, at);
	/* The list is the clause's, no operator that its members stand in. */
	if (criteria->n > 1 && n->kind == NODE_LIST && n->list.op->id == OP_and_)
		print_list(p, &n->list.items, STR(" AND "));
	else
		print_node(p, n);
	if (p->out->text.n == before + word.n)
		buffer_cut(p->out, before);
}

static void print_by(struct printer *p, const struct vec *nodes, struct str word)
{
	size_t before = p->out->text.n;

	if (nodes->n == 0)
		return;
	put(p, word);
	print_list(p, nodes, STR(", "));
	if (p->out->text.n == before + word.n)
		buffer_cut(p->out, before);
}

void print_group_by(struct printer *p, struct statement *s)
{
	print_by(p, &s->group_by, STR(" GROUP BY "));
}

void print_order_by(struct printer *p, struct statement *s)
{
	print_by(p, &s->order_by, STR(" ORDER BY "));
}

static void print_fetch(struct printer *p, struct statement *s)
{
	if (s->offset != NULL) {
		PUT(p, " OFFSET (");
		print_node(p, s->offset);
		PUT(p, ") ROWS");
	}
	PUT(p, " FETCH FIRST (");
	print_node(p, s->fetch);
	put_char(p, ')');
	put(p, s->fetch_with_ties ? STR(" ROWS WITH TIES") : STR(" ROWS ONLY"));
}

void print_row_limit(struct printer *p, struct statement *s)
{
	if (s->fetch != NULL) {
		print_fetch(p, s);
		return;
	}
	if (s->limit != NULL) {
		PUT(p, " LIMIT ");
		print_node(p, s->limit);
	}
	if (s->offset != NULL) {
		if (s->limit == NULL)
			PUT(p, " LIMIT ALL");
		PUT(p, " OFFSET ");
		print_node(p, s->offset);
	}
}

static void put_locked_name(struct printer *p, struct from *f)
{
	struct anon *shadow = name_shadow(p, f);

	if (shadow != NULL && (f->kind == FROM_TABLE || f->kind == FROM_TABLE_CLAUSE))
		put_name(p, (struct name){ .anon = shadow }, NAME_ALIAS, true);
	else
		put_name(p, f->name, NAME_ALIAS, false);
}

/* The tables that rows are locked of: those named; and where foreign-key paths were joined, only the
 * others, as rows of an outer join's other side cannot be. */
static void print_lock_of(struct printer *p, const struct for_update *u)
{
	const struct vec *of = u->of.n > 0 ? &u->of : &p->top->own;
	struct keymap named = { 0 };
	bool first = true;

	if (u->of.n == 0 && p->top->paths.n == 0)
		return;
	for (size_t i = 0; i < of->n; i++) {
		struct vec within = froms_within(p->c, of->items[i]);

		if (((struct from *)of->items[i])->path_base != NULL)
			continue;
		for (size_t k = 0; k < within.n; k++) {
			struct from *f = within.items[k];

			if (f->kind == FROM_JOIN ||
			    (u->of.n == 0 && f->kind != FROM_TABLE && f->kind != FROM_ALIAS) ||
			    keymap_at(&p->c->arena, &named, f, STR(""))->number++ > 0)
				continue;
			put(p, first ? STR(" OF ") : STR(", "));
			first = false;
			if (f->kind == FROM_TEXT)
				print_node(p, f->text);
			else
				put_locked_name(p, f);
		}
	}
}

static void print_for_update(struct printer *p, const struct for_update *u)
{
	if (u->read)
		put(p, u->key_share ? STR(" FOR KEY SHARE") : STR(" FOR SHARE"));
	else
		put(p, u->key_share ? STR(" FOR NO KEY UPDATE") : STR(" FOR UPDATE"));
	print_lock_of(p, u);
	if (u->nowait)
		PUT(p, " NOWAIT");
	if (u->skip_locked)
		PUT(p, " SKIP LOCKED");
}

static void print_distinct(struct printer *p, struct statement *s)
{
	if (s->distinct_on.n > 0) {
		PUT(p, "DISTINCT ON (");
		print_list(p, &s->distinct_on, STR(", "));
		PUT(p, ") ");
	} else if (s->distinct) {
		PUT(p, "DISTINCT ");
	}
}

static void print_statement_hints(struct printer *p, struct statement *s)
{
	for (size_t i = 0; i < s->hints.n; i++) {
		const struct hint_text *h = s->hints.items[i];

		if (h->from != NULL)
			continue;
		put_char(p, ' ');
		from_word(p, h->span);
		put_verbatim(p, h->text, h->span);
	}
}

/* ------------------------------------------------------------------ the statement */

/* Bare names of tables that stand in the list with a schema too. */
static void note_shadows(struct printer *p, struct frame *frame, const struct vec *froms)
{
	for (size_t i = 0; i < froms->n; i++) {
		struct vec within;
		struct from *f = froms->items[i];

		if (f->kind != FROM_TABLE && f->kind != FROM_TABLE_CLAUSE && f->kind != FROM_JOIN &&
		    f->kind != FROM_GROUPING)
			continue;
		within = froms_within(p->c, f);
		for (size_t k = 0; k < within.n; k++) {
			f = within.items[k];
			if ((f->kind == FROM_TABLE || f->kind == FROM_TABLE_CLAUSE) &&
			    f->schema.n > 0)
				vec_push(p->c, &frame->shadowed, &f->name.text);
		}
	}
}

static void check_count(struct printer *p, struct statement *s, struct place place)
{
	size_t n = labels_of(p->c, s)->n;

	if (place.counted && n != place.columns)
		fail(p->c, s->span, SQLSTATE_DATATYPE_MISMATCH,
		     "All selectables passed to CompoundSelect must have identical numbers of "
		     "columns; select #1 has %zu columns, select #%u has %zu",
		     place.columns, (unsigned)place.index + 1, n);
}

static void print_body(struct printer *p, struct statement *s, const struct vec *shown,
                       struct place place)
{
	const struct vec *labels = labels_of(p->c, s);
	struct lint *lint = lint_new(p);

	PUT(p, "SELECT");
	print_added_ctes(p, s);
	put_char(p, ' ');
	if (s->prefixes.n > 0) {
		print_texts(p, &s->prefixes);
		put_char(p, ' ');
	}
	print_distinct(p, s);
	print_columns(p, labels, place.from);
	if (p->out->text.p[p->out->text.n - 1] == ' ' && labels->n == 0)
		p->out->text.n--;
	p->context.lint = lint;
	if (shown->n > 0) {
		PUT(p, " FROM ");
		print_froms(p, shown);
	}
	print_criteria(p, &s->where, STR(" WHERE "), s->span);
	lint_finish(lint, "SELECT", s->span);
	p->context.lint = NULL;
	print_group_by(p, s);
	print_criteria(p, &s->having, STR(" HAVING "), s->span);
	print_order_by(p, s);
	print_row_limit(p, s);
	if (s->for_update != NULL)
		print_for_update(p, s->for_update);
	print_statement_hints(p, s);
}

void print_select(struct printer *p, struct statement *s, struct place place)
{
	struct vec froms = select_froms(p->c, s);
	struct vec shown = select_display_froms(p, s, &froms, place);
	struct context saved = p->context;
	struct frame frame = { .froms = froms };
	size_t start = p->out->text.n;

	check_count(p, s, place);
	frame_push(p, &frame, s);
	for (size_t i = 0; i < shown.n; i++) {
		struct vec within = froms_within(p->c, shown.items[i]);

		frame_own(p, &within);
	}
	note_shadows(p, &frame, &froms);
	p->context =
		(struct context){ .lateral_lint = saved.lateral_lint, .lateral = saved.lateral };
	from_word(p, s->span);
	print_body(p, s, &shown, place);
	paths_join(p);
	if (!place.member || frame.up == NULL)
		print_with(p, start, false);
	if (s->suffixes.n > 0) {
		put_char(p, ' ');
		print_texts(p, &s->suffixes);
	}
	p->context = saved;
	frame_pop(p);
}
