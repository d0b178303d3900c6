#include "compiler/scope.h"

#include "compiler/compilation.h"
#include "compiler/nearest.h"
#include "compiler/resolve.h"
#include "compiler/vocabulary.h"

struct name_map_slot {
	struct str name;
	void *meaning; /* NULL: free */
};

enum { FIRST_CAPACITY = 16 };

/* As in keymap.c: names chosen to collide are not looked for without end. */
enum { LONGEST_PROBE = 1000 };

/* NULL: there is no such name, nor room for it. */
static struct name_map_slot *slot_of(const struct name_map *m, struct str name)
{
	size_t at = str_hash(name) & (m->capacity - 1);

	for (size_t steps = 0; steps < LONGEST_PROBE; steps++) {
		struct name_map_slot *slot = &m->slots[at];

		if (slot->meaning == NULL || str_eq(slot->name, name))
			return slot;
		at = (at + 1) & (m->capacity - 1);
	}
	return NULL;
}

/* The same where a name may be put. */
static struct name_map_slot *room_for(struct compilation *c, const struct name_map *m,
                                      struct str name)
{
	struct name_map_slot *slot = slot_of(m, name);

	if (slot == NULL)
		diag_exhausted(&c->diag);
	return slot;
}

void *name_map_find(const struct name_map *m, struct str name)
{
	const struct name_map_slot *slot = m->used == 0 ? NULL : slot_of(m, name);

	return slot == NULL ? NULL : slot->meaning;
}

static void resize(struct compilation *c, struct name_map *m, size_t capacity)
{
	struct name_map larger = { .capacity = capacity, .used = m->used };

	larger.slots = arena_array(&c->arena, capacity, sizeof(*larger.slots));
	for (size_t i = 0; i < m->capacity; i++)
		if (m->slots[i].meaning != NULL)
			*room_for(c, &larger, m->slots[i].name) = m->slots[i];
	*m = larger;
}

void name_map_reserve(struct compilation *c, struct name_map *m, size_t names)
{
	size_t capacity = FIRST_CAPACITY;

	while (capacity < 2 * names)
		capacity *= 2;
	resize(c, m, capacity);
}

/* The slot of a name that may be put there. */
static struct name_map_slot *open_slot(struct compilation *c, struct name_map *m, struct str name)
{
	if (2 * (m->used + 1) > m->capacity)
		resize(c, m, m->capacity == 0 ? FIRST_CAPACITY : 2 * m->capacity);
	return room_for(c, m, name);
}

static void fill(struct name_map *m, struct name_map_slot *slot, struct str name, void *meaning)
{
	if (slot->meaning == NULL)
		m->used++;
	slot->name = name;
	slot->meaning = meaning;
}

void name_map_offer(struct compilation *c, struct name_map *m, struct str name, void *meaning)
{
	struct name_map_slot *slot = open_slot(c, m, name);

	if (slot->meaning == NULL)
		fill(m, slot, name, meaning);
}

void name_map_set(struct compilation *c, struct name_map *m, struct str name, void *meaning)
{
	fill(m, open_slot(c, m, name), name, meaning);
}

void scope_open(struct compilation *c)
{
	c->scope = NEW(c, struct scope);
}

struct meaning *scope_meaning(struct compilation *c, struct str name)
{
	struct meaning *m = name_map_find(&c->scope->meanings, name);

	if (m != NULL)
		return m;
	m = NEW(c, struct meaning);
	m->word = vocabulary_find(c->vocabulary, RECEIVER_NONE, name);
	name_map_set(c, &c->scope->meanings, name, m);
	return m;
}

void scope_bind(struct compilation *c, struct str name, struct value value)
{
	struct meaning *m = scope_meaning(c, name);

	m->bound = true;
	m->value = value;
}

static struct str oid_key(const uint32_t *oid)
{
	return (struct str){ (const char *)oid, sizeof(*oid) };
}

/* The one FROM object of this relation in this compilation. */
static struct from *scope_table(struct compilation *c, const struct catalog_entry *entry)
{
	const struct relation *r = entry->relation;
	struct from *f = name_map_find(&c->scope->oids, oid_key(&r->oid));

	if (f != NULL)
		return f;
	f = from_new(c, FROM_TABLE, (struct span){ 0 });
	f->relation = r;
	f->name.text = r->name;
	if (!entry->visible)
		f->schema = r->schema;
	name_map_set(c, &c->scope->oids, oid_key(&r->oid), f);
	return f;
}

bool scope_is_table_word(const struct compilation *c, struct str name)
{
	return vocabulary_find(c->vocabulary, RECEIVER_TABLE, name) != NULL;
}

void scope_split_key(struct str key, struct str *schema, struct str *name)
{
	const char *dot = memchr(key.p, '.', key.n);

	*schema = STR("");
	*name = key;
	if (dot == NULL || dot == key.p || dot + 1 == key.p + key.n)
		return;
	*schema = (struct str){ key.p, (size_t)(dot - key.p) };
	*name = (struct str){ dot + 1, key.n - schema->n - 1 };
}

struct from *scope_relation(struct compilation *c, struct str schema, struct str name)
{
	struct str key = name;
	const struct catalog_entry *entry;
	struct from *f;

	if (schema.n > 0)
		key = arena_printf(&c->arena, "%.*s%c%.*s", STR_ARG(schema), '\0', STR_ARG(name));
	f = name_map_find(&c->scope->relations, key);
	if (f != NULL)
		return f;
	switch (catalog_by_name(c->catalog, schema, name, &entry)) {
	case CATALOG_ABSENT:
		return NULL;
	case CATALOG_UNKNOWN:
		program_collect_names(c);
		compilation_want(c, WANT_RELATION, schema, name, 0);
		compilation_need(c);
	case CATALOG_FOUND:
		break;
	}
	f = scope_table(c, entry);
	name_map_set(c, &c->scope->relations, key, f);
	return f;
}

struct from *scope_relation_by_oid(struct compilation *c, uint32_t oid)
{
	const struct catalog_entry *entry;

	switch (catalog_by_oid(c->catalog, oid, &entry)) {
	case CATALOG_ABSENT:
		return NULL;
	case CATALOG_UNKNOWN:
		compilation_want(c, WANT_OID, STR(""), STR(""), oid);
		compilation_need(c);
	case CATALOG_FOUND:
		break;
	}
	return scope_table(c, entry);
}

struct from *scope_known_by_oid(const struct compilation *c, uint32_t oid)
{
	return name_map_find(&c->scope->oids, oid_key(&oid));
}

void scope_each_table(struct compilation *c,
                      void (*visit)(struct compilation *c, const struct from *table))
{
	const struct name_map *m = &c->scope->oids;

	for (size_t i = 0; i < m->capacity; i++)
		if (m->slots[i].meaning != NULL)
			visit(c, m->slots[i].meaning);
}

static void offer_bindings(const struct compilation *c, struct nearest *nearest)
{
	const struct name_map *m = &c->scope->meanings;

	for (size_t i = 0; i < m->capacity; i++) {
		const struct meaning *meaning = m->slots[i].meaning;

		if (meaning != NULL && meaning->bound)
			nearest_offer(nearest, m->slots[i].name);
	}
}

static void offer_words(struct nearest *nearest)
{
	for (size_t i = 0; i < vocabulary_count; i++)
		if (vocabulary_words[i].receiver == RECEIVER_NONE &&
		    vocabulary_words[i].handler != NULL &&
		    !str_eq(nearest->wanted, str_of(vocabulary_words[i].name)))
			nearest_offer(nearest, str_of(vocabulary_words[i].name));
}

/* The names that exist, nearest to the one that does not. Among them are all schemas near to it. */
static struct nearest nearest_of(const struct compilation *c, struct str wanted)
{
	struct nearest nearest;

	nearest_init(&nearest, wanted);
	for (size_t i = 0; i < c->catalog->neighbour_count; i++)
		nearest_offer(&nearest, c->catalog->neighbours[i]);
	return nearest;
}

static bool is_neighbour(const struct compilation *c, struct str name)
{
	for (size_t i = 0; i < c->catalog->neighbour_count; i++)
		if (str_eq(c->catalog->neighbours[i], name))
			return true;
	return false;
}

/* It may be missing, or the session may not use it: which of the two is not told. */
static void hint_schema(struct compilation *c, struct str schema)
{
	struct nearest nearest = nearest_of(c, schema);

	if (nearest.ties == 1)
		hint(c, "\"%.*s\" is no schema that can be used here. Perhaps you meant \"%.*s\".",
		     STR_ARG(schema), STR_ARG(nearest.first));
	else
		hint(c, "\"%.*s\" is no schema that can be used here.", STR_ARG(schema));
}

_Noreturn void scope_fail_unknown(struct compilation *c, struct str schema, struct str name,
                                  bool bare, struct span at)
{
	struct nearest nearest;

	if (!c->catalog->neighbours_known) {
		compilation_want(c, WANT_NEIGHBOURS, schema, name, 0);
		compilation_need(c);
	}
	nearest = nearest_of(c, name);
	if (bare) {
		offer_bindings(c, &nearest);
		offer_words(&nearest);
	}
	if (bare && is_neighbour(c, name))
		hint(c, "\"%.*s\" is a schema: a table of it is %.*s.name.", STR_ARG(name),
		     STR_ARG(name));
	else if (str_is(schema.n > 0 ? schema : name, "excluded"))
		hint(c, "Bind the insert to a name: i = insert(t).values(...), then i.excluded.x");
	else if (schema.n > 0 && !is_neighbour(c, schema))
		hint_schema(c, schema);
	else
		nearest_hint(&nearest, &c->diag);
	if (schema.n > 0)
		fail(c, at, SQLSTATE_UNDEFINED_TABLE, "relation \"%.*s.%.*s\" does not exist",
		     STR_ARG(schema), STR_ARG(name));
	fail(c, at, SQLSTATE_UNDEFINED_TABLE, "relation \"%.*s\" does not exist", STR_ARG(name));
}
