/* The FROM list of a statement: SQLAlchemy's SelectState and the extra FROMs of its DMLState. */
#include "compiler/from.h"
#include "compiler/froms.h"
#include "compiler/printer.h"

/* ------------------------------------------------------------------ joins */

/* State of SelectState._setup_joins(): what select_from() gave, with the joins made so far. */
struct joining {
	struct compilation *c;
	struct statement *statement;
	struct vec clauses; /* of struct from * */
};

static struct from *new_join(struct compilation *c, struct from *left,
                             const struct setup_join *join)
{
	struct from *f = from_new(c, FROM_JOIN, join->span);
	struct from *right = join->target;

	if (right->kind == FROM_JOIN) {
		right = from_new(c, FROM_GROUPING, join->span);
		right->element = join->target;
	}
	f->join.left = left;
	f->join.right = right;
	f->join.outer = join->outer;
	f->join.full = join->full;
	f->join.on = join->on;
	if (f->join.on == NULL)
		f->join.on = join_condition(c, left, right, join->span, false);
	return f;
}

/* Every column that occurs in an ON clause. */
static void collect_columns(struct compilation *c, struct node *n, struct vec *out);

static void collect_all(struct compilation *c, const struct vec *nodes, struct vec *out)
{
	for (size_t i = 0; i < nodes->n; i++)
		collect_columns(c, nodes->items[i], out);
}

static void collect_columns(struct compilation *c, struct node *n, struct vec *out)
{
	if (n == NULL)
		return;
	compilation_descend(c, n->span);
	switch (n->kind) {
	case NODE_COLUMN:
		vec_push(c, out, n);
		break;
	case NODE_BINARY:
		collect_columns(c, n->binary.left, out);
		collect_columns(c, n->binary.right, out);
		break;
	case NODE_LIST:
		collect_all(c, &n->list.items, out);
		break;
	case NODE_UNARY:
		collect_columns(c, n->unary.element, out);
		break;
	case NODE_GROUPING:
		collect_columns(c, n->grouping, out);
		break;
	case NODE_CASE:
		collect_columns(c, n->case_.value, out);
		for (size_t i = 0; i < n->case_.count; i++) {
			collect_columns(c, n->case_.whens[i].condition, out);
			collect_columns(c, n->case_.whens[i].result, out);
		}
		collect_columns(c, n->case_.otherwise, out);
		break;
	case NODE_CAST:
	case NODE_TYPE_COERCE:
		collect_columns(c, n->cast.element, out);
		break;
	case NODE_EXTRACT:
		collect_columns(c, n->extract.element, out);
		break;
	case NODE_FUNCTION:
		collect_all(c, &n->function.arguments, out);
		break;
	case NODE_LABEL:
		collect_columns(c, n->label.element, out);
		break;
	case NODE_TUPLE:
		collect_all(c, &n->tuple.items, out);
		break;
	case NODE_ARRAY:
		collect_all(c, &n->array.items, out);
		break;
	default:
		break;
	}
	compilation_ascend(c);
}

/* Whether each of the columns is one of `a`'s or one of `b`'s. */
static bool covers(struct compilation *c, struct from *a, struct from *b, const struct vec *columns)
{
	struct vec within_a = froms_within(c, a);
	struct vec within_b = froms_within(c, b);
	struct from_list l = from_list_new(c);

	from_list_extend(&l, &within_a);
	from_list_extend(&l, &within_b);
	for (size_t i = 0; i < columns->n; i++) {
		struct node *column = columns->items[i];

		if (column->column.from == NULL ||
		    from_path_root(column->column.from)->mark != l.mark)
			return false;
	}
	return true;
}

static bool can_join_from(struct joining *j, struct from *candidate, const struct setup_join *join,
                          const struct vec *on_columns)
{
	struct vec targets = froms_within(j->c, join->target);

	for (size_t i = 0; i < targets.n; i++) {
		struct from *target = targets.items[i];

		if (target == candidate)
			continue;
		if (on_columns != NULL) {
			if (covers(j->c, candidate, target, on_columns))
				return true;
		} else if (join->on != NULL ||
		           join_condition(j->c, candidate, target, join->span, true) != NULL) {
			return true;
		}
	}
	return false;
}

/* Those of `found` that stand in no join among the candidates. */
static struct vec not_hidden(struct compilation *c, const struct vec *candidates,
                             const struct vec *found)
{
	struct from_list hidden;
	struct vec inside = { 0 };
	struct vec kept = { 0 };

	for (size_t i = 0; i < candidates->n; i++) {
		struct from *f = candidates->items[i];
		struct vec within;

		if (f->kind != FROM_JOIN && f->kind != FROM_GROUPING)
			continue;
		within = froms_within(c, f);
		for (size_t k = f->kind == FROM_JOIN ? 1 : 0; k < within.n; k++)
			vec_push(c, &inside, within.items[k]);
	}
	if (inside.n == 0)
		return *found;
	hidden = from_list_new(c);
	from_list_extend(&hidden, &inside);
	for (size_t i = 0; i < found->n; i++) {
		struct from *f = found->items[i];

		if (f->mark != hidden.mark)
			vec_push(c, &kept, f);
	}
	return kept;
}

/* find_left_clause_to_join_from() */
static struct vec left_sides(struct joining *j, const struct vec *candidates,
                             const struct setup_join *join)
{
	struct vec on_columns = { 0 };
	struct vec found = { 0 };
	bool resolve = candidates->n > 1 && join->on != NULL;

	if (resolve)
		collect_columns(j->c, join->on, &on_columns);
	for (size_t i = 0; i < candidates->n; i++)
		if (can_join_from(j, candidates->items[i], join, resolve ? &on_columns : NULL))
			vec_push(j->c, &found, candidates->items[i]);
	if (found.n > 1)
		found = not_hidden(j->c, candidates, &found);
	if (found.n == 0 && join->on != NULL)
		return *candidates;
	return found;
}

/* The FROM objects of the columns clause, then those of WHERE, each once. */
static void add_expression_froms(struct compilation *c, const struct statement *s,
                                 const struct vec *entities, struct vec *out)
{
	struct vec lists = { 0 };
	struct from_list l;

	for (size_t i = 0; i < entities->n; i++) {
		const struct entity *e = entities->items[i];
		struct vec *within;

		if (e->from == NULL) {
			froms_of(c, e->node);
			continue;
		}
		within = NEW(c, struct vec);
		*within = froms_within(c, e->from);
		vec_push(c, &lists, within);
	}
	for (size_t i = 0; i < s->where.n; i++)
		froms_of(c, s->where.items[i]);
	/* Now nothing else makes lists: the marks are this one's. */
	l = from_list_new(c);
	for (size_t i = 0; i < out->n; i++)
		((struct from *)out->items[i])->mark = l.mark;
	l.items = *out;
	for (size_t i = 0, k = 0; i < entities->n; i++) {
		const struct entity *e = entities->items[i];

		from_list_extend(&l, e->from == NULL ? froms_of(c, e->node) : lists.items[k++]);
	}
	for (size_t i = 0; i < s->where.n; i++)
		from_list_extend(&l, froms_of(c, s->where.items[i]));
	*out = l.items;
}

static _Noreturn void fail_left(struct joining *j, const struct setup_join *join, bool several)
{
	static const char advice[] =
		"Please use the .select_from() method to establish an explicit left side, as well "
		"as providing an explicit ON clause if not present already to help resolve the "
		"ambiguity.";

	if (several)
		fail(j->c, join->span, SQLSTATE_AMBIGUOUS_ALIAS,
		     "Can't determine which FROM clause to join from, there are multiple FROMS "
		     "which can join to this entity. %s",
		     advice);
	fail(j->c, join->span, SQLSTATE_AMBIGUOUS_ALIAS, "Don't know how to join to %.*s. %s",
	     STR_ARG(from_description(j->c, join->target)), advice);
}

static void replace_clause(struct joining *j, const struct from *old, struct from *new)
{
	struct vec clauses = { 0 };

	for (size_t i = 0; i < j->clauses.n; i++)
		vec_push(j->c, &clauses, j->clauses.items[i] == old ? new : j->clauses.items[i]);
	j->clauses = clauses;
}

/* join(): the left side is found among what is there. */
static void join_implicit(struct joining *j, const struct setup_join *join)
{
	struct vec candidates = j->clauses;
	struct vec found;
	struct from *left;

	if (candidates.n == 0)
		add_expression_froms(j->c, j->statement,
		                     join->entities != NULL ? join->entities
		                                            : &j->statement->entities,
		                     &candidates);
	found = left_sides(j, &candidates, join);
	if (found.n != 1)
		fail_left(j, join, found.n > 1);
	left = found.items[0];
	if (j->clauses.n == 0)
		vec_push(j->c, &j->clauses, new_join(j->c, left, join));
	else
		replace_clause(j, left, new_join(j->c, left, join));
}

static bool is_derived(struct compilation *c, struct from *clause, const struct vec *parts)
{
	for (size_t i = 0; i < parts->n; i++)
		if (from_contains(c, clause, parts->items[i]))
			return true;
	return false;
}

static bool holds_any(struct compilation *c, struct from *clause, const struct vec *parts)
{
	struct vec within = froms_within(c, clause);

	for (size_t i = 0; i < within.n; i++)
		for (size_t k = 0; k < parts->n; k++)
			if (within.items[i] == parts->items[k])
				return true;
	return false;
}

/* Whether the select is about anything but its joins. */
static bool has_elements(struct compilation *c, struct statement *s)
{
	struct vec froms = s->from_obj;

	add_expression_froms(c, s, &s->entities, &froms);
	return froms.n > 0;
}

/* join_from(left, …): extends the element that is, or holds, or derives from the left side; but
 * SQLAlchemy does not look for one where nothing is selected from any table. */
static void join_explicit(struct joining *j, const struct setup_join *join)
{
	struct vec parts = froms_within(j->c, join->left);
	struct vec found = { 0 };
	struct vec exact = { 0 };
	bool look = j->clauses.n > 0 && has_elements(j->c, j->statement);

	for (size_t i = 0; look && i < j->clauses.n; i++)
		if (is_derived(j->c, j->clauses.items[i], &parts))
			vec_push(j->c, &found, j->clauses.items[i]);
	if (found.n > 1) {
		for (size_t i = 0; i < found.n; i++)
			if (holds_any(j->c, found.items[i], &parts))
				vec_push(j->c, &exact, found.items[i]);
		if (exact.n > 0)
			found = exact;
	}
	if (found.n > 1)
		fail(j->c, join->span, SQLSTATE_AMBIGUOUS_ALIAS,
		     "Can't identify which entity in which to assign the left side of this join. "
		     "Please use a more specific ON clause.");
	if (found.n == 0)
		vec_push(j->c, &j->clauses, new_join(j->c, join->left, join));
	else
		replace_clause(j, found.items[0], new_join(j->c, found.items[0], join));
}

/* ------------------------------------------------------------------ the list */

struct vec select_froms(struct compilation *c, struct statement *s)
{
	struct joining j = { .c = c, .statement = s };
	struct vec froms = { 0 };
	struct from_list seen;

	for (size_t i = 0; i < s->from_obj.n; i++)
		vec_push(c, &j.clauses, from_path_root(s->from_obj.items[i]));
	for (size_t i = 0; i < s->joins.n; i++) {
		const struct setup_join *join = s->joins.items[i];

		if (join->left == NULL)
			join_implicit(&j, join);
		else
			join_explicit(&j, join);
	}
	seen = from_list_new(c);
	from_list_extend(&seen, &j.clauses);
	froms = seen.items;
	add_expression_froms(c, s, &s->entities, &froms);
	return not_hidden(c, &froms, &froms);
}

static void mark_all(struct from_list *l, const struct vec *froms)
{
	for (size_t i = 0; i < froms->n; i++)
		from_list_add(l, from_path_root(froms->items[i]));
}

/* correlate() and correlate_except(): what of the list stands in a statement around. `with_own`:
 * what stands in the nearest one counts too. */
static struct vec correlated(struct printer *p, const struct vec *froms, const struct vec *named,
                             bool except, bool with_own)
{
	struct from_list l = from_list_new(p->c);
	struct frame *around = p->top == NULL ? NULL : p->top->owner;
	struct vec kept = { 0 };

	mark_all(&l, named);
	for (size_t i = 0; i < froms->n; i++) {
		struct from *f = froms->items[i];
		struct frame *frame = frame_standing(p, f);
		bool outside = frame != NULL && (with_own || frame != around);
		bool chosen = (f->mark == l.mark) != except;

		if (!outside || !chosen)
			vec_push(p->c, &kept, f);
	}
	return kept;
}

struct vec select_display_froms(struct printer *p, struct statement *s, const struct vec *froms,
                                struct place place)
{
	struct frame *around = p->top == NULL ? NULL : p->top->owner;
	bool scalar = !place.from || place.lateral;
	struct vec shown = *froms;
	struct vec kept = { 0 };

	if (s->correlate_given && s->correlate.n > 0)
		shown = correlated(p, &shown, &s->correlate, false, scalar);
	if (s->correlate_except_given)
		shown = correlated(p, &shown, &s->correlate_except, true, scalar);
	if (!s->auto_correlate || !scalar || around == NULL || around->own.n == 0 || shown.n < 2)
		return shown;
	for (size_t i = 0; i < shown.n; i++)
		if (!frame_is_own(p, around, shown.items[i]))
			vec_push(p->c, &kept, shown.items[i]);
	if (kept.n == 0)
		fail(p->c, s->span, SQLSTATE_UNDEFINED_TABLE,
		     "Select statement returned no FROM clauses due to auto-correlation; specify "
		     "correlate(<tables>) to control correlation manually.");
	return kept;
}

struct vec dml_extra_froms(struct compilation *c, struct statement *s)
{
	struct vec target = froms_within(c, s->table);
	struct from_list l;
	struct vec extra = { 0 };

	for (size_t i = 0; i < s->where.n; i++)
		froms_of(c, s->where.items[i]);
	for (size_t i = 0; i < s->assignments.n; i++)
		froms_of(c, ((struct assignment *)s->assignments.items[i])->value);
	l = from_list_new(c);
	from_list_extend(&l, &target);
	l.items = extra;
	for (size_t i = 0; i < s->where.n; i++)
		from_list_extend(&l, froms_of(c, s->where.items[i]));
	if (s->kind == STATEMENT_UPDATE)
		for (size_t i = 0; i < s->assignments.n; i++)
			from_list_extend(
				&l,
				froms_of(c, ((struct assignment *)s->assignments.items[i])->value));
	return l.items;
}
