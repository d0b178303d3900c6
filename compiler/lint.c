/* Cartesian products: FROM elements that nothing joins. SQLAlchemy's FromLinter. */
#include "compiler/printer.h"

/* A set of FROM objects that hang together; the elements of the list and whatever else the edges
 * touch. */
struct member {
	uint32_t above; /* index of a member nearer to the set's root; its own: the root */
};

struct element {
	uint32_t member;
	struct str name;
};

struct lint {
	struct printer *printer;
	struct keymap numbers; /* FROM object → member, from 1 */
	struct member *members;
	size_t member_count;
	size_t member_capacity;
	struct element *elements;
	size_t element_count;
	size_t element_capacity;
};

struct lint *lint_new(struct printer *p)
{
	struct lint *l;

	if (!p->c->settings->cartesian_warnings)
		return NULL;
	l = NEW(p->c, struct lint);
	l->printer = p;
	return l;
}

static void *grown(struct compilation *c, void *old, size_t count, size_t size, size_t *capacity)
{
	void *items;

	*capacity = *capacity == 0 ? 8 : 2 * *capacity;
	items = arena_array(&c->arena, *capacity, size);
	if (count > 0)
		memcpy(items, old, count * size);
	return items;
}

static uint32_t member_of(struct lint *l, const struct from *f)
{
	struct compilation *c = l->printer->c;
	struct keymap_value *number = keymap_at(&c->arena, &l->numbers, f, STR(""));

	if (number->number == 0) {
		if (l->member_count == l->member_capacity)
			l->members = grown(c, l->members, l->member_count, sizeof(*l->members),
			                   &l->member_capacity);
		l->members[l->member_count].above = (uint32_t)l->member_count;
		number->number = (uint32_t)++l->member_count;
	}
	return number->number - 1;
}

static uint32_t root_of(struct lint *l, uint32_t m)
{
	while (l->members[m].above != m) {
		l->members[m].above = l->members[l->members[m].above].above;
		m = l->members[m].above;
	}
	return m;
}

void lint_element(struct lint *l, struct from *f, struct str name)
{
	uint32_t m;

	if (l == NULL)
		return;
	m = member_of(l, f);
	if (l->element_count == l->element_capacity)
		l->elements = grown(l->printer->c, l->elements, l->element_count,
		                    sizeof(*l->elements), &l->element_capacity);
	l->elements[l->element_count++] = (struct element){ .member = m, .name = name };
}

static void join_members(struct lint *l, const struct from *a, const struct from *b)
{
	uint32_t x = root_of(l, member_of(l, a));
	uint32_t y = root_of(l, member_of(l, b));

	if (x != y)
		l->members[y].above = x;
}

void lint_edges(struct lint *l, const struct vec *left, const struct vec *right)
{
	if (l == NULL || left->n == 0 || right->n == 0)
		return;
	/* Each of one side is joined to each of the other: they all are one set. */
	for (size_t i = 0; i < left->n; i++)
		join_members(l, right->items[0], left->items[i]);
	for (size_t i = 0; i < right->n; i++)
		join_members(l, left->items[0], right->items[i]);
}

void lint_lateral_edges(struct lint *l, struct from *lateral, const struct vec *left,
                        const struct vec *right)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < left->n; i++)
		join_members(l, lateral, left->items[i]);
	for (size_t i = 0; i < right->n; i++)
		join_members(l, lateral, right->items[i]);
}

void lint_finish(struct lint *l, const char *statement, struct span at)
{
	struct text others;
	uint32_t start;

	if (l == NULL || l->element_count < 2)
		return;
	text_init(&others, &l->printer->c->arena);
	start = root_of(l, l->elements[0].member);
	for (size_t i = 1; i < l->element_count; i++) {
		if (root_of(l, l->elements[i].member) == start)
			continue;
		text_z(&others, others.n > 0 ? ", \"" : "\"");
		text_str(&others, l->elements[i].name);
		text_char(&others, '"');
	}
	if (others.n > 0)
		compilation_warn(l->printer->c, at,
		                 "%s statement has a cartesian product between FROM element(s) "
		                 "%.*s and FROM element \"%.*s\".  Apply join condition(s) between "
		                 "each element to resolve.",
		                 statement, STR_ARG(text_view(&others)),
		                 STR_ARG(l->elements[0].name));
}
