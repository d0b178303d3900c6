#include "compiler/query.h"

#include "compiler/compilation.h"
#include "compiler/types.h"

enum { FIRST_ROOM = 4 };

void vec_move(struct compilation *c, struct vec *v, size_t more)
{
	size_t capacity = v->n == 0 ? FIRST_ROOM : 2 * v->n;
	struct vec_room *room;

	if (capacity < v->n + more)
		capacity = v->n + more;
	room = arena_take(&c->arena, sizeof(*room) + capacity * sizeof(*room->items));
	room->capacity = capacity;
	room->used = v->n;
	if (v->n > 0)
		memcpy(room->items, v->items, v->n * sizeof(*v->items));
	v->items = room->items;
	v->room = room;
}

void vec_extend(struct compilation *c, struct vec *v, const struct vec *more)
{
	size_t n = more->n;

	if (n == 0)
		return;
	vec_reserve(c, v, n);
	memcpy(v->items + v->n, more->items, n * sizeof(*v->items));
	v->n += n;
	v->room->used = v->n;
}

void vec_join(struct compilation *c, struct vec *v, const struct vec *more)
{
	if (v->n == 0)
		*v = *more;
	else
		vec_extend(c, v, more);
}

struct node *node_new(struct compilation *c, enum node_kind kind, struct span span)
{
	struct node *n = NEW(c, struct node);

	n->kind = kind;
	n->id = ++c->next_id;
	n->span = span;
	n->type = &type_null;
	return n;
}

struct node *node_clone(struct compilation *c, const struct node *n)
{
	struct node *copy = arena_again(&c->arena, n, sizeof(*n));

	copy->id = ++c->next_id;
	copy->froms = NULL;
	copy->anons = NULL;
	return copy;
}

static bool in_sanitized(char ch)
{
	return ch == '%' || ch == '(' || ch == ')' || ch == ' ' || ch == '$';
}

struct anon *anon_new(struct compilation *c, struct str body)
{
	struct anon *anon = NEW(c, struct anon);
	char *p;
	size_t n = 0;

	/* _anonymous_label.safe_construct(): each run of these is one underscore. */
	anon->body = body;
	for (size_t i = 0; i < body.n; i++) {
		if (in_sanitized(body.p[i]))
			break;
		if (i + 1 == body.n)
			return anon;
	}
	p = arena_alloc(&c->arena, body.n + 1);
	for (size_t i = 0; i < body.n; i++) {
		if (!in_sanitized(body.p[i]))
			p[n++] = body.p[i];
		else if (i == 0 || !in_sanitized(body.p[i - 1]))
			p[n++] = '_';
	}
	anon->body = (struct str){ p, n };
	return anon;
}

struct from *from_new(struct compilation *c, enum from_kind kind, struct span span)
{
	struct from *f = NEW(c, struct from);

	f->kind = kind;
	f->id = ++c->next_id;
	f->span = span;
	return f;
}

struct from *from_copy(struct compilation *c, const struct from *f, struct span span)
{
	struct from *copy = arena_again(&c->arena, f, sizeof(*f));

	copy->id = ++c->next_id;
	copy->span = span;
	copy->columns = (struct vec){ 0 };
	copy->columns_known = false;
	copy->made = NULL;
	copy->alone = (struct vec){ 0 };
	copy->column_keys = NULL;
	copy->paths = (struct vec){ 0 };
	return copy;
}

struct statement *statement_new(struct compilation *c, enum statement_kind kind, struct span span)
{
	struct statement *s = NEW(c, struct statement);

	s->kind = kind;
	s->id = ++c->next_id;
	s->span = span;
	s->auto_correlate = true;
	return s;
}

struct statement *statement_copy(struct compilation *c, const struct statement *s)
{
	struct statement *copy = arena_again(&c->arena, s, sizeof(*s));

	copy->id = ++c->next_id;
	copy->labels = NULL;
	copy->implicit_subquery = NULL;
	return copy;
}
