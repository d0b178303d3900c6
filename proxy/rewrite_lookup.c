/* Names and oids on their way through the catalog: what is wanted, what the session knows already, the
 * questions for the rest and what their rows say. */
#include "proxy/rewrite_parts.h"
#include "proxy/shapes.h"

/* Names and oids one text may look up. More than a planner would ever join. */
enum { MOST_LOOKUPS = 2000 };

/* Room for one more element; arrays grow within the arena. */
static void *more(struct rewrite *r, void *array, size_t count, size_t *capacity, size_t size)
{
	void *larger;

	if (count < *capacity)
		return array;
	*capacity = *capacity == 0 ? 8 : 2 * *capacity;
	larger = arena_array(&r->arena, *capacity, size);
	if (count > 0)
		memcpy(larger, array, count * size);
	return larger;
}

/* ---- what is wanted -------------------------------------------------------------------------- */

static bool same_item(const struct reflect_item *a, const struct reflect_item *b)
{
	return a->oid == b->oid && str_eq(a->name, b->name) && str_eq(a->schema, b->schema);
}

static struct reflect_item item_of(struct rewrite *r, const struct compile_want *w)
{
	if (w->kind == WANT_OID)
		return (struct reflect_item){ STR(""), STR(""), w->oid };
	return (struct reflect_item){ arena_copy(&r->arena, w->schema),
		                      arena_copy(&r->arena, w->name), 0 };
}

static void want_lookup(struct rewrite *r, const struct compile_want *w)
{
	struct reflect_item item = { w->schema, w->name, w->oid };

	for (size_t i = 0; i < r->lookup_count; i++)
		if (same_item(&r->lookups[i].item, &item))
			return;
	r->lookup_total++;
	r->lookups = more(r, r->lookups, r->lookup_count, &r->lookup_capacity, sizeof(*r->lookups));
	r->lookups[r->lookup_count++] = (struct lookup){ .item = item_of(r, w) };
}

static void want_neighbours(struct rewrite *r, struct expression *x, const struct compile_want *w)
{
	size_t capacity = r->resembled_capacity;

	r->resembled = more(r, r->resembled, r->resembled_count, &capacity, sizeof(*r->resembled));
	r->resembling = more(r, r->resembling, r->resembled_count, &r->resembled_capacity,
	                     sizeof(struct expression *));
	r->resembled[r->resembled_count] = item_of(r, w);
	r->resembling[r->resembled_count++] = x;
}

void rewrite_lookup_want(struct rewrite *r, struct expression *x,
                         const struct compile_result *result)
{
	for (size_t i = 0; i < result->want_count; i++) {
		const struct compile_want *w = &result->wants[i];

		if (w->kind == WANT_NEIGHBOURS)
			want_neighbours(r, x, w);
		else if (r->lookup_total < MOST_LOOKUPS)
			want_lookup(r, w);
		else
			rewrite_fail(x, "54000", STR("too many names in one query"), STR(""));
	}
}

/* ---- what is known --------------------------------------------------------------------------- */

static void add_entry(struct rewrite *r, const struct reflect_item *item,
                      const struct relation *relation, bool visible)
{
	r->entries = more(r, r->entries, r->entry_count, &r->entry_capacity, sizeof(*r->entries));
	r->entries[r->entry_count++] = (struct catalog_entry){
		.schema = item->schema,
		.name = item->name,
		.oid = item->oid,
		.relation = relation,
		.visible = visible,
	};
}

static void hold(struct rewrite *r, struct shape *s)
{
	r->held[r->held_count++] = s;
}

/* Room to hold one more shape, made before there is a reference that could be lost. */
static void prepare_to_hold(struct rewrite *r)
{
	r->held = more(r, r->held, r->held_count, &r->held_capacity, sizeof(struct shape *));
}

static void miss(struct rewrite *r, uint32_t oid)
{
	for (size_t i = 0; i < r->missing_count; i++)
		if (r->missing[i] == oid)
			return;
	r->missing[r->missing_count++] = oid;
}

struct bindings_moment rewrite_lookup_moment(const struct rewrite *r)
{
	return (struct bindings_moment){ r->session.catalog_epoch, r->session.now_ms };
}

/* Answers a look-up by what was found a moment ago, when that is to be trusted and at hand. */
static bool is_bound(struct rewrite *r, const struct lookup *l)
{
	struct binding binding;
	struct shape *s;

	if (!bindings_find(r->session.bindings, &l->item, rewrite_lookup_moment(r), &binding))
		return false;
	prepare_to_hold(r);
	s = shapes_find(r->shapes, r->space, binding.oid, binding.fingerprint);
	if (s == NULL)
		return false;
	hold(r, s);
	add_entry(r, &l->item, &s->relation, binding.visible);
	r->trusts = true;
	return true;
}

bool rewrite_lookup_bound(struct rewrite *r)
{
	size_t open = 0;

	if (r->session.bindings == NULL || r->distrusted || r->lookup_count == 0)
		return false;
	for (size_t i = 0; i < r->lookup_count; i++)
		if (!is_bound(r, &r->lookups[i]))
			r->lookups[open++] = r->lookups[i];
	r->lookup_count = open;
	return open == 0 && r->resembled_count == 0;
}

/* ---- questions and answers ------------------------------------------------------------------- */

static void open_question(struct rewrite *r, enum asking asking)
{
	r->asking = asking;
	r->questions++;
	r->state = REWRITE_ASK;
}

static void ask_check(struct rewrite *r)
{
	r->asked = arena_array(&r->arena, r->lookup_count, sizeof(*r->asked));
	for (size_t i = 0; i < r->lookup_count; i++)
		r->asked[i] = r->lookups[i].item;
	reflect_ask_check(&r->arena, &r->text, r->asked, r->lookup_count, &r->question);
	open_question(r, ASKING_CHECK);
}

static void ask_shapes(struct rewrite *r)
{
	r->answer =
		reflect_ask_shapes(&r->arena, &r->text, r->missing, r->missing_count, &r->question);
	open_question(r, ASKING_SHAPES);
}

static void ask_neighbours(struct rewrite *r)
{
	reflect_ask_neighbours(&r->arena, &r->text, r->resembled, r->resembled_count, &r->question);
	open_question(r, ASKING_NEIGHBOURS);
}

/* An oid comes from a foreign key that was just read, so it need not be resolved: when no shape of
 * it is at hand, its shape is asked for at once. */
static bool only_unread_oids(const struct rewrite *r)
{
	for (size_t i = 0; i < r->lookup_count; i++) {
		uint32_t oid = r->lookups[i].item.oid;

		if (oid == 0 || shapes_knows(r->shapes, r->space, oid))
			return false;
	}
	return true;
}

static void start_lookups(struct rewrite *r)
{
	r->missing = arena_array(&r->arena, r->lookup_count, sizeof(*r->missing));
	r->missing_count = 0;
	if (!only_unread_oids(r)) {
		ask_check(r);
		return;
	}
	for (size_t i = 0; i < r->lookup_count; i++) {
		r->lookups[i].found = true;
		r->lookups[i].binding.oid = r->lookups[i].item.oid;
		miss(r, r->lookups[i].item.oid);
	}
	ask_shapes(r);
}

/* The answer to CHECK is complete: what is absent or at hand is known now. */
static void end_check(struct rewrite *r)
{
	size_t open = 0;

	for (size_t i = 0; i < r->lookup_count; i++) {
		struct lookup *l = &r->lookups[i];

		if (l->found)
			r->lookups[open++] = *l;
		else
			add_entry(r, &l->item, NULL, false);
	}
	r->lookup_count = open;
}

/* Takes the shape of a relation that a row of CHECK names from the cache, or notes that it must be
 * read. */
static void take_check(struct rewrite *r, const struct reflect_found *f)
{
	struct lookup *l = &r->lookups[f->item];
	struct shape *s;

	l->found = true;
	l->binding = (struct binding){ f->oid, f->fingerprint, f->visible };
	prepare_to_hold(r);
	s = shapes_find(r->shapes, r->space, f->oid, f->fingerprint);
	if (s == NULL)
		miss(r, f->oid);
	else
		hold(r, s);
}

const struct shape *rewrite_lookup_shape(const struct rewrite *r, const struct relation *relation)
{
	for (size_t i = r->held_count; i > 0; i--)
		if (&r->held[i - 1]->relation == relation)
			return r->held[i - 1];
	return NULL;
}

static const struct relation *held_relation(const struct rewrite *r, uint32_t oid)
{
	for (size_t i = r->held_count; i > 0; i--)
		if (r->held[i - 1]->relation.oid == oid)
			return &r->held[i - 1]->relation;
	return NULL;
}

/* All shapes are at hand: what is not there has gone since it was found. */
static void end_lookups(struct rewrite *r)
{
	for (size_t i = 0; i < r->lookup_count; i++) {
		const struct lookup *l = &r->lookups[i];
		const struct relation *relation = held_relation(r, l->binding.oid);

		add_entry(r, &l->item, relation, l->binding.visible);
		if (relation != NULL && r->session.bindings != NULL)
			bindings_put(r->session.bindings, &l->item, rewrite_lookup_moment(r),
			             &l->binding);
	}
	r->lookup_count = 0;
}

static void end_shapes(struct rewrite *r)
{
	size_t count;
	const struct reflect_shape *read = reflect_shapes(r->answer, &count);

	if (read == NULL) {
		r->broken = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct shape *s;

		prepare_to_hold(r);
		s = shape_new(&read[i].relation, read[i].fingerprint, read[i].lasting);
		if (s == NULL)
			rewrite_exhausted(r);
		hold(r, s);
		shapes_keep(r->shapes, r->space, s);
		for (size_t k = 0; k < r->lookup_count; k++)
			if (r->lookups[k].binding.oid == s->relation.oid)
				r->lookups[k].binding =
					(struct binding){ s->relation.oid, s->fingerprint,
					                  read[i].visible };
	}
}

static void end_neighbours(struct rewrite *r)
{
	for (size_t i = 0; i < r->resembled_count; i++)
		r->resembling[i]->neighbours_known = true;
	r->resembled_count = 0;
}

bool rewrite_lookup_ask(struct rewrite *r)
{
	if (r->lookup_count > 0)
		start_lookups(r);
	else if (r->resembled_count > 0)
		ask_neighbours(r);
	else
		return false;
	return true;
}

bool rewrite_lookup_answered(struct rewrite *r)
{
	enum asking answered = r->asking;

	r->asking = ASKING_NOTHING;
	if (answered == ASKING_CHECK)
		end_check(r);
	else if (answered == ASKING_SHAPES)
		end_shapes(r);
	else if (answered == ASKING_NEIGHBOURS)
		end_neighbours(r);
	if (r->broken)
		return false;
	if (answered == ASKING_CHECK && r->missing_count > 0) {
		ask_shapes(r);
		return true;
	}
	end_lookups(r);
	if (r->resembled_count == 0)
		return false;
	ask_neighbours(r);
	return true;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static bool take_neighbour(struct rewrite *r, const struct bytes *columns, size_t count)
{
	struct expression *x;
	struct str name;
	size_t item;

	if (!reflect_read_neighbour(&r->arena, &r->text, columns, count, r->resembled_count, &item,
	                            &name))
		return false;
	x = r->resembling[item];
	x->neighbours = more(r, x->neighbours, x->neighbour_count, &x->neighbour_capacity,
	                     sizeof(*x->neighbours));
	x->neighbours[x->neighbour_count++] = name;
	return true;
}

static bool take_check_row(struct rewrite *r, const struct bytes *columns, size_t count)
{
	struct reflect_found found;

	if (!reflect_read_check(columns, count, r->lookup_count, &found))
		return false;
	take_check(r, &found);
	return true;
}

bool rewrite_lookup_row(struct rewrite *r, const struct bytes *columns, size_t count)
{
	switch (r->asking) {
	case ASKING_CHECK:
		return take_check_row(r, columns, count);
	case ASKING_SHAPES:
		return reflect_read_shape(r->answer, columns, count);
	case ASKING_NEIGHBOURS:
		return take_neighbour(r, columns, count);
	case ASKING_NOTHING:
		break;
	}
	return false;
}
