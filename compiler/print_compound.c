/* UNION and its kin: SQLCompiler.visit_compound_select(). And text().columns(). */
#include "compiler/printer.h"

static struct str keyword(enum set_operation operation)
{
	switch (operation) {
	case SET_UNION:
		return STR(" UNION ");
	case SET_UNION_ALL:
		return STR(" UNION ALL ");
	case SET_EXCEPT:
		return STR(" EXCEPT ");
	case SET_EXCEPT_ALL:
		return STR(" EXCEPT ALL ");
	case SET_INTERSECT:
		return STR(" INTERSECT ");
	case SET_INTERSECT_ALL:
		return STR(" INTERSECT ALL ");
	}
	return STR(" UNION ");
}

/* Set operations within each other, and what would be taken for a clause of the whole. */
static bool needs_parentheses(const struct statement *s)
{
	if (s->kind != STATEMENT_SELECT)
		return true;
	return s->order_by.n > 0 || s->limit != NULL || s->offset != NULL || s->fetch != NULL ||
	       s->for_update != NULL;
}

static size_t columns_of_first(struct printer *p, struct statement *s)
{
	return labels_of(p->c, s->selects.items[0])->n;
}

static void print_member(struct printer *p, struct statement *s, struct place place)
{
	bool parentheses = needs_parentheses(s);

	if (parentheses)
		put_char(p, '(');
	print_statement_at(p, s, place);
	if (parentheses)
		put_char(p, ')');
}

void print_compound(struct printer *p, struct statement *s, struct place place)
{
	struct frame frame = { 0 };
	struct context saved = p->context;
	size_t start = p->out->text.n;

	frame_push(p, &frame, s);
	p->context =
		(struct context){ .lateral_lint = saved.lateral_lint, .lateral = saved.lateral };
	print_added_ctes(p, s);
	for (size_t i = 0; i < s->selects.n; i++) {
		if (i > 0) {
			from_word(p, s->span);
			put(p, keyword(s->operation));
		}
		print_member(p, s->selects.items[i],
		             (struct place){ .from = place.from,
		                             .lateral = place.lateral,
		                             .member = true,
		                             .counted = i > 0,
		                             .index = (uint32_t)i,
		                             .columns = columns_of_first(p, s) });
	}
	p->context.bare_columns = true;
	print_group_by(p, s);
	print_order_by(p, s);
	print_row_limit(p, s);
	print_with(p, start, true);
	p->context = saved;
	frame_pop(p);
}

void print_textual(struct printer *p, struct statement *s)
{
	struct frame frame = { 0 };
	struct context saved = p->context;
	size_t start = p->out->text.n;

	frame_push(p, &frame, s);
	p->context = (struct context){ 0 };
	print_added_ctes(p, s);
	print_node(p, s->text);
	print_with(p, start, false);
	p->context = saved;
	frame_pop(p);
}
