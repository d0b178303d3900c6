/* Names in ORDER BY and its kin: order_by("name"), order_by(label). SQLCompiler's
 * visit_textual_label_reference() and visit_label_reference(). */
#include "compiler/from.h"
#include "compiler/nearest.h"
#include "compiler/printer.h"

/* The columns that may be meant, of one statement, by what they may be called. */
static struct keymap *selected_of(struct printer *p, struct frame *frame)
{
	const struct vec *labels;
	struct keymap *map;

	if (frame->selected != NULL)
		return frame->selected;
	map = frame->selected = NEW(p->c, struct keymap);
	labels = labels_of(p->c, frame->statement);
	for (size_t i = 0; i < labels->n; i++) {
		struct labelled *l = labels->items[i];
		struct name name = label_table_qualified(p->c, l->node);
		struct keymap_value *at;

		if (frame->statement->kind == STATEMENT_COMPOUND)
			name = (struct name){ .text = l->proxy_key };
		else if (name_empty(name) && l->node->kind == NODE_COLUMN)
			name = l->node->column.name;
		if (name_empty(name) || l->node->kind == NODE_TEXT)
			continue;
		at = keymap_at(&p->c->arena, map, name.anon,
		               name.anon == NULL ? name.text : STR(""));
		at->pointer = l;
	}
	return map;
}

/* The columns of all FROM elements; of one key the last is meant. */
static struct keymap *available_of(struct printer *p, struct frame *frame)
{
	struct keymap *map;

	if (frame->available != NULL)
		return frame->available;
	map = frame->available = NEW(p->c, struct keymap);
	for (size_t i = 0; i < frame->froms.n; i++) {
		const struct vec *columns = from_columns(p->c, frame->froms.items[i]);

		for (size_t k = 0; k < columns->n; k++) {
			struct node *column = columns->items[k];

			keymap_at(&p->c->arena, map, NULL, column->column.key)->pointer = column;
		}
	}
	return map;
}

static bool resolves(const struct frame *frame)
{
	return frame != NULL && (frame->statement->kind == STATEMENT_SELECT ||
	                         frame->statement->kind == STATEMENT_COMPOUND);
}

static void offer_columns(struct printer *p, struct frame *frame, struct nearest *near)
{
	const struct vec *labels = labels_of(p->c, frame->statement);

	for (size_t i = 0; i < labels->n; i++) {
		const struct labelled *l = labels->items[i];

		if (l->node->kind == NODE_LABEL && l->node->label.name.anon == NULL)
			nearest_offer(near, l->node->label.name.text);
	}
	for (size_t i = 0; i < frame->froms.n; i++) {
		const struct vec *columns = from_columns(p->c, frame->froms.items[i]);

		for (size_t k = 0; k < columns->n; k++)
			nearest_offer(near, ((struct node *)columns->items[k])->column.key);
	}
}

static _Noreturn void fail_unresolved(struct printer *p, struct node *n)
{
	struct nearest near;

	nearest_init(&near, n->reference);
	if (resolves(p->top))
		offer_columns(p, p->top, &near);
	nearest_hint(&near, &p->c->diag);
	fail(p->c, n->span, SQLSTATE_UNDEFINED_COLUMN,
	     "Can't resolve label reference for ORDER BY / GROUP BY / DISTINCT etc. Textual SQL "
	     "expression '%.*s' should be explicitly declared as text('%.*s')",
	     STR_ARG(n->reference), STR_ARG(n->reference));
}

/* A column of a set operation: by its name alone. */
static void print_member_name(struct printer *p, const struct labelled *l, struct span at)
{
	from_word(p, at);
	put_name(p, l->proxy_name, NAME_LABEL, true);
}

void print_text_reference(struct printer *p, struct node *n)
{
	struct frame *frame = p->top;
	struct context saved = p->context;
	struct keymap_value *found = NULL;
	struct node *column = NULL;

	if (!resolves(frame))
		fail_unresolved(p, n);
	if (!saved.within_columns || frame->statement->kind == STATEMENT_COMPOUND)
		found = keymap_find(selected_of(p, frame), NULL, n->reference);
	if (found != NULL && frame->statement->kind == STATEMENT_COMPOUND) {
		print_member_name(p, found->pointer, n->span);
		return;
	}
	if (found != NULL) {
		column = ((struct labelled *)found->pointer)->node;
	} else {
		found = keymap_find(available_of(p, frame), NULL, n->reference);
		if (found == NULL)
			fail_unresolved(p, n);
		column = found->pointer;
	}
	p->context.label_as_name = column;
	print_node(p, column);
	p->context = saved;
}

/* The label under DESC, NULLS LAST and the like. */
static struct node *label_within(struct node *n)
{
	while (n->kind == NODE_UNARY && n->unary.op == NULL)
		n = n->unary.element;
	return n->kind == NODE_LABEL ? n : NULL;
}

/* Whether the statement selects something of the label's name that is the same thing. */
static bool is_selected(struct printer *p, struct node *label)
{
	struct name name = label->label.name;
	struct keymap_value *found;
	struct node *column;

	if (p->context.within_columns && p->top->statement->kind == STATEMENT_SELECT) {
		if (name.anon != NULL)
			return false;
		found = keymap_find(available_of(p, p->top), NULL, name.text);
		return found != NULL && node_shares_lineage(p->c, label, found->pointer);
	}
	found = keymap_find(selected_of(p, p->top), name.anon,
	                    name.anon == NULL ? name.text : STR(""));
	if (found == NULL)
		return false;
	column = ((struct labelled *)found->pointer)->node;
	return column == label || node_shares_lineage(p->c, label, column);
}

void print_label_reference(struct printer *p, struct node *n)
{
	struct context saved = p->context;
	struct node *label = label_within(n->labelled);

	if (label != NULL && resolves(p->top) && is_selected(p, label)) {
		p->context.label_as_name = label;
		p->context.within_label = p->context.within_columns;
	}
	print_node(p, n->labelled);
	p->context = saved;
}
