/* FROM objects where they are listed; foreign-key paths, which join where they start. */
#include "compiler/from.h"
#include "compiler/froms.h"
#include "compiler/printer.h"

/* ------------------------------------------------------------------ the kinds */

static void print_alias_name(struct printer *p, struct from *f)
{
	PUT(p, " AS ");
	put_name(p, f->name, NAME_ALIAS, false);
}

/* Numbers the alias, which SQLAlchemy does before it looks at what is aliased. */
static void note_element(struct printer *p, struct from *f)
{
	struct str name = name_text(p, f->name, NAME_ALIAS, false);

	lint_element(p->context.lint, f, name);
}

static struct str full_name(struct printer *p, const struct from *f)
{
	if (f->schema.n == 0)
		return f->name.text;
	return arena_printf(&p->c->arena, "%.*s.%.*s", STR_ARG(f->schema), STR_ARG(f->name.text));
}

/* The table itself, without the alias that one of two equal names gets. */
static void print_bare_table(struct printer *p, struct from *f)
{
	from_word(p, f->span);
	put_table(p, f);
}

static void print_table(struct printer *p, struct from *f)
{
	struct anon *shadow = name_shadow(p, f);

	lint_element(p->context.lint, f, full_name(p, f));
	print_bare_table(p, f);
	if (shadow != NULL) {
		PUT(p, " AS ");
		put_name(p, (struct name){ .anon = shadow }, NAME_ALIAS, true);
	}
}

static void print_derived_columns(struct printer *p, struct from *f)
{
	const struct vec *columns = from_columns(p->c, f);

	put_char(p, '(');
	for (size_t i = 0; i < columns->n; i++) {
		struct node *column = columns->items[i];

		if (i > 0)
			PUT(p, ", ");
		put_name(p, column->column.name, NAME_LABEL, false);
		if (f->function.render_types) {
			put_char(p, ' ');
			print_type(p, column->type, f->span);
		}
	}
	put_char(p, ')');
}

/* Without the linter: an element in another's arguments is none of the list. */
static void print_function(struct printer *p, struct from *f)
{
	struct lint *lint = p->context.lint;

	if (f->function.joins_implicitly)
		p->context.lint = NULL;
	print_node(p, f->function.function);
	p->context.lint = lint;
	if (f->function.with_ordinality)
		PUT(p, " WITH ORDINALITY");
}

static void print_statement_in(struct printer *p, struct from *f, bool lateral)
{
	struct context saved = p->context;

	if (lateral && p->context.lint != NULL && p->context.lateral_lint == NULL) {
		p->context.lateral_lint = p->context.lint;
		p->context.lateral = f;
	}
	put_char(p, '(');
	print_statement_at(p, f->statement, (struct place){ .from = true, .lateral = lateral });
	put_char(p, ')');
	p->context = saved;
}

/* What stands in front of AS. An alias of an alias names what the inner one does. */
static void print_aliased(struct printer *p, struct from *f, bool lateral)
{
	for (;;) {
		switch (f->kind) {
		case FROM_TABLE:
		case FROM_TABLE_CLAUSE:
			print_bare_table(p, f);
			return;
		case FROM_ALIAS:
			f = f->element;
			continue;
		case FROM_SUBQUERY:
			print_statement_in(p, f, lateral);
			return;
		case FROM_LATERAL:
			if (f->statement != NULL) {
				print_statement_in(p, f, true);
				return;
			}
			f = f->element;
			continue;
		case FROM_TABLE_VALUED:
			print_function(p, f);
			return;
		case FROM_GROUPING:
			f = f->element;
			continue;
		default:
			print_from(p, f, false);
			return;
		}
	}
}

static const struct from *derived(const struct from *f)
{
	while (f->kind == FROM_ALIAS || (f->kind == FROM_LATERAL && f->element != NULL))
		f = f->element;
	return f;
}

/* An alias of something LATERAL is LATERAL too. */
static bool is_lateral(const struct from *f)
{
	while (f->kind == FROM_ALIAS)
		f = f->element;
	return f->kind == FROM_LATERAL || f->function.lateral;
}

static void print_alias(struct printer *p, struct from *f)
{
	bool lateral = is_lateral(f);
	const struct from *inner = derived(f);

	if (f->kind != FROM_TABLE_VALUED || !(f->function.joins_implicitly || name_empty(f->name)))
		note_element(p, f);
	from_word(p, f->span);
	if (lateral)
		PUT(p, "LATERAL ");
	print_aliased(p, f->kind == FROM_ALIAS || f->kind == FROM_TABLESAMPLE ? f->element : f,
	              lateral);
	if (name_empty(f->name))
		return;
	from_word(p, f->span);
	print_alias_name(p, f);
	if (f->function.render_derived ||
	    (inner->kind == FROM_TABLE_VALUED && inner->function.render_derived))
		print_derived_columns(p, f);
}

static void print_tablesample(struct printer *p, struct from *f)
{
	print_alias(p, f);
	PUT(p, " TABLESAMPLE ");
	print_node(p, f->function.function);
	if (f->function.seed != NULL) {
		PUT(p, " REPEATABLE (");
		print_node(p, f->function.seed);
		put_char(p, ')');
	}
}

static void print_rows(struct printer *p, struct from *f)
{
	struct context saved = p->context;

	p->context.values_in_text |= f->values.in_text;
	PUT(p, "VALUES ");
	for (size_t i = 0; i < f->values.rows.n; i++) {
		const struct vec *row = f->values.rows.items[i];

		put(p, i > 0 ? STR(", (") : STR("("));
		print_list(p, row, STR(", "));
		put_char(p, ')');
	}
	p->context = saved;
}

static void print_values(struct printer *p, struct from *f)
{
	bool named = f->values.named && !f->values.scalar;
	const struct vec *columns;

	from_word(p, f->span);
	if (f->function.lateral)
		PUT(p, "LATERAL ");
	put_char(p, '(');
	print_rows(p, f);
	put_char(p, ')');
	if (f->values.scalar)
		return;
	lint_element(p->context.lint, f,
	             named ? name_text(p, f->name, NAME_VALUES, false)
	                   : STR("(unnamed VALUES element)"));
	if (!named)
		return;
	PUT(p, " AS ");
	put_name(p, f->name, NAME_VALUES, false);
	PUT(p, " (");
	columns = from_columns(p->c, f);
	for (size_t i = 0; i < columns->n; i++) {
		if (i > 0)
			PUT(p, ", ");
		put_name(p, ((struct node *)columns->items[i])->column.name, NAME_LABEL, false);
	}
	put_char(p, ')');
}

static void print_join(struct printer *p, struct from *f, bool right)
{
	if (p->context.lint != NULL) {
		struct vec left = froms_within(p->c, f->join.left);
		struct vec other = froms_within(p->c, f->join.right);

		lint_edges(p->context.lint, &left, &other);
	}
	print_from(p, f->join.left, right);
	from_word(p, f->span);
	if (f->join.full)
		PUT(p, " FULL OUTER JOIN ");
	else if (f->join.outer)
		PUT(p, " LEFT OUTER JOIN ");
	else
		PUT(p, " JOIN ");
	print_from(p, f->join.right, true);
	from_word(p, f->span);
	PUT(p, " ON ");
	print_node(p, f->join.on);
}

/* with_hint(table, "ONLY") */
static void print_hint(struct printer *p, const struct from *f)
{
	const struct vec *hints = p->top == NULL ? NULL : &p->top->statement->hints;

	for (size_t i = 0; hints != NULL && i < hints->n; i++) {
		const struct hint_text *h = hints->items[i];

		if (h->from != f)
			continue;
		if (!str_eq_nocase(h->text, STR("ONLY")))
			fail(p->c, h->span, SQLSTATE_INVALID_ARGUMENT, "Unrecognized hint: '%.*s'",
			     STR_ARG(h->text));
		PUT(p, "ONLY ");
	}
}

/* Remembers where the element stands, for paths that may start from it. */
static void note_place(struct printer *p, struct from *f, size_t start, bool right)
{
	struct path_place *place;

	if (f->paths.n == 0 || p->top == NULL)
		return;
	place = NEW(p->c, struct path_place);
	*place = (struct path_place){
		.next = p->top->places,
		.base = f,
		.buffer = p->out,
		.start = start,
		.end = p->out->text.n,
		.right = right,
	};
	p->top->places = place;
}

void print_from(struct printer *p, struct from *f, bool right)
{
	size_t start = p->out->text.n;

	compilation_descend(p->c, f->span);
	print_hint(p, f);
	switch (f->kind) {
	case FROM_TABLE:
	case FROM_TABLE_CLAUSE:
		print_table(p, f);
		break;
	case FROM_ALIAS:
	case FROM_SUBQUERY:
	case FROM_LATERAL:
	case FROM_TABLE_VALUED:
		print_alias(p, f);
		break;
	case FROM_TABLESAMPLE:
		print_tablesample(p, f);
		break;
	case FROM_CTE:
		print_cte(p, f, true, false);
		break;
	case FROM_JOIN:
		print_join(p, f, right);
		break;
	case FROM_GROUPING:
		put_char(p, '(');
		print_from(p, f->element, false);
		put_char(p, ')');
		break;
	case FROM_VALUES:
		print_values(p, f);
		break;
	case FROM_TEXT:
		print_node(p, f->text);
		break;
	}
	note_place(p, f, start, right);
	compilation_ascend(p->c);
}

void print_froms(struct printer *p, const struct vec *froms)
{
	for (size_t i = 0; i < froms->n; i++) {
		if (i > 0)
			PUT(p, ", ");
		print_from(p, froms->items[i], false);
	}
}

/* ------------------------------------------------------------------ foreign-key paths */

static bool is_data_modifying(const struct frame *frame)
{
	enum statement_kind kind = frame->statement->kind;

	return kind == STATEMENT_INSERT || kind == STATEMENT_UPDATE || kind == STATEMENT_DELETE;
}

/* INSERT has no FROM list, but its RETURNING sees its table. */
static struct frame *target_frame(const struct printer *p, const struct from *base)
{
	for (struct frame *frame = p->top; frame != NULL; frame = frame->up)
		if (is_data_modifying(frame) && frame->statement->table == base)
			return frame;
	return NULL;
}

static void use_in(struct printer *p, struct frame *frame, struct from *path)
{
	struct frame *top = p->top;
	struct vec one = { 0 };

	if (path->path_base == NULL || frame_is_own(p, frame, path))
		return;
	use_in(p, frame, path->path_base);
	vec_push(p->c, &frame->paths, path);
	vec_push(p->c, &one, path);
	p->top = frame;
	frame_own(p, &one);
	p->top = top;
}

bool path_use(struct printer *p, struct from *path, struct span at)
{
	struct from *root = from_path_root(path);
	struct frame *frame = frame_standing(p, path);

	if (frame != NULL)
		return true;
	frame = frame_standing(p, root);
	if (frame == NULL)
		frame = target_frame(p, root);
	if (frame == NULL)
		fail(p->c, at, SQLSTATE_UNDEFINED_TABLE,
		     "the foreign-key path starts from \"%.*s\", which is not in the FROM list",
		     STR_ARG(from_description(p->c, root)));
	if (is_data_modifying(frame))
		return false;
	use_in(p, frame, path);
	return true;
}

/* LEFT OUTER JOIN table AS name ON … */
static void print_path_join(struct printer *p, struct from *path)
{
	from_word(p, path->span);
	PUT(p, " LEFT OUTER JOIN ");
	print_aliased(p, path->element, false);
	print_alias_name(p, path);
	PUT(p, " ON ");
	print_node(p, path->path_on);
}

static struct path_place *place_of(struct frame *frame, const struct from *root)
{
	struct path_place *place = frame->places;

	while (place != NULL && place->base != root)
		place = place->next;
	return place;
}

/* The paths of one place come out in the order in which they were met, those that start from another
 * path behind it. */
static void join_at(struct printer *p, struct path_place *place)
{
	struct buffer *out = p->out;
	struct frame *frame = p->top;
	struct buffer *part = buffer_new(p->c);
	struct context saved = p->context;

	p->out = part;
	p->context = (struct context){ 0 };
	for (size_t i = 0; i < frame->paths.n; i++) {
		struct from *path = frame->paths.items[i];

		if (from_path_root(path) == place->base)
			print_path_join(p, path);
	}
	p->context = saved;
	p->out = out;
	if (part->text.n == 0)
		return;
	if (place->right) {
		struct buffer *open = buffer_new(p->c);

		text_char(&open->text, '(');
		text_char(&part->text, ')');
		buffer_insert(p->c, place->buffer, place->start, open);
	}
	buffer_insert(p->c, place->buffer, place->end, part);
}

void paths_join(struct printer *p)
{
	struct frame *frame = p->top;

	if (frame->paths.n == 0)
		return;
	for (struct path_place *place = frame->places; place != NULL; place = place->next)
		/* A base that is listed twice is an error of the server's to report. */
		if (place_of(frame, place->base) == place)
			join_at(p, place);
}

void path_print_scalar(struct printer *p, struct node *column)
{
	struct from *path = column->column.from;
	struct from *chain = path;
	struct statement *s = statement_new(p->c, STATEMENT_SELECT, column->span);
	struct frame inner = { 0 };
	struct context saved = p->context;
	struct vec own = { 0 };
	struct vec steps = { 0 };

	do {
		vec_push(p->c, &steps, chain);
		vec_push(p->c, &own, chain);
		chain = chain->path_base;
	} while (chain->path_base != NULL);
	chain = steps.items[steps.n - 1];
	frame_push(p, &inner, s);
	frame_own(p, &own);
	p->context = (struct context){ 0 };
	PUT(p, "(SELECT ");
	print_node(p, column);
	from_word(p, path->span);
	PUT(p, " FROM ");
	print_aliased(p, chain->element, false);
	print_alias_name(p, chain);
	for (size_t i = steps.n - 1; i-- > 0;)
		print_path_join(p, steps.items[i]);
	PUT(p, " WHERE ");
	print_node(p, chain->path_on);
	put_char(p, ')');
	p->context = saved;
	frame_pop(p);
}
