#include "proxy/shapes.h"

#include <stdlib.h>
#include <sys/queue.h>

#define uthash_nonfatal_oom(element) ((element)->refused = true)
#include "compiler/compile.h"
#include "proxy/hash.h"
#include "proxy/placer.h"

/* ---- one shape ------------------------------------------------------------------------------- */

static void place_columns(struct placer *p, struct relation *r)
{
	struct relation_column *columns =
		placer_array(p, r->columns, r->column_count, sizeof(*columns));

	for (size_t i = 0; i < r->column_count; i++) {
		placer_text(p, &columns[i].name);
		placer_text(p, &columns[i].type);
		placer_text(p, &columns[i].type_schema);
		placer_text(p, &columns[i].type_name);
		placer_text(p, &columns[i].base_type);
	}
	r->columns = columns;
}

static void place_key(struct placer *p, struct relation_key *k)
{
	const uint16_t *columns = placer_array(p, k->columns, k->count, sizeof(*columns));
	struct str *referenced =
		placer_array(p, k->referenced_columns, k->count, sizeof(*referenced));

	for (size_t i = 0; i < k->count; i++)
		placer_text(p, &referenced[i]);
	placer_text(p, &k->name);
	placer_text(p, &k->referenced_schema);
	placer_text(p, &k->referenced_name);
	if (p->block == NULL)
		return; /* the key is the owner's */
	k->columns = columns;
	k->referenced_columns = referenced;
}

static void place_keys(struct placer *p, struct relation *r)
{
	struct relation_key *keys = placer_array(p, r->keys, r->key_count, sizeof(*keys));

	for (size_t i = 0; i < r->key_count; i++)
		place_key(p, &keys[i]);
	r->keys = keys;
}

static void place_relation(struct placer *p, struct relation *r)
{
	r->primary = placer_array(p, r->primary, r->primary_count, sizeof(*r->primary));
	place_keys(p, r);
	place_columns(p, r);
	placer_text(p, &r->schema);
	placer_text(p, &r->name);
}

struct shape *shape_new(const struct relation *relation, uint64_t fingerprint, bool lasting)
{
	struct relation copy = *relation;
	struct placer p = { NULL, sizeof(struct shape) };
	struct shape *s;

	place_relation(&p, &copy);
	s = malloc(p.size);
	if (s == NULL)
		return NULL;
	*s = (struct shape){
		.relation = *relation,
		.fingerprint = fingerprint,
		.lasting = lasting,
		.bytes = p.size,
		.references = 1,
	};
	p = (struct placer){ (char *)s, sizeof(struct shape) };
	place_relation(&p, &s->relation);
	return s;
}

struct shape *shape_ref(struct shape *s)
{
	s->references++;
	return s;
}

void shape_unref(struct shape *s)
{
	if (s != NULL && --s->references == 0)
		free(s);
}

/* ---- the cache ------------------------------------------------------------------------------- */

/* NOLINTBEGIN(readability-function-cognitive-complexity, clang-analyzer-*): uthash and sys/queue.h are
 * macros, whose branches are not ours and which the analyzer does not follow */

/* Where shapes are valid: a database seen through a client encoding. Lives while it has slots. */
struct space {
	char *name; /* owned; the hash key */
	size_t slots;
	bool refused; /* by uthash, for want of memory */
	UT_hash_handle hh;
};

struct slot_key {
	struct space *space;
	uint32_t oid;
	uint32_t padding; /* hashed: always 0 */
};

/* The shapes of one relation, newest first. */
struct slot {
	struct slot_key key;
	LIST_HEAD(, entry) entries;
	bool refused;
	UT_hash_handle hh;
};

struct entry {
	struct lru_link link;
	struct shape *shape;
	struct slot *slot;
	LIST_ENTRY(entry) siblings;
};

struct shapes {
	struct lru lru;
	struct space *spaces;
	struct slot *slots;
	struct compiler *compiler;
};

/* What an entry costs beside its shape; slot and space are counted as if each had its own. */
enum { ENTRY_COST = sizeof(struct entry) + sizeof(struct slot) + sizeof(struct space) + 128 };

static struct space *find_space(const struct shapes *c, struct str name)
{
	struct space *space;

	HASH_FIND(hh, c->spaces, name.p, (unsigned)name.n, space);
	return space;
}

static struct slot *find_slot(const struct shapes *c, struct space *space, uint32_t oid)
{
	struct slot_key key = { space, oid, 0 };
	struct slot *slot;

	if (space == NULL)
		return NULL;
	HASH_FIND(hh, c->slots, &key, sizeof(key), slot);
	return slot;
}

static void drop_space_if_empty(struct shapes *c, struct space *space)
{
	if (space->slots > 0)
		return;
	HASH_DELETE(hh, c->spaces, space);
	free(space->name);
	free(space);
}

static void drop_slot_if_empty(struct shapes *c, struct slot *slot)
{
	struct space *space = slot->key.space;

	if (!LIST_EMPTY(&slot->entries))
		return;
	HASH_DELETE(hh, c->slots, slot);
	free(slot);
	space->slots--;
	drop_space_if_empty(c, space);
}

static void drop(void *owner, struct lru_link *link)
{
	struct entry *e = (struct entry *)link;
	struct slot *slot = e->slot;

	LIST_REMOVE(e, siblings);
	shape_unref(e->shape);
	free(e);
	drop_slot_if_empty(owner, slot);
}

struct shapes *shapes_new(size_t limit)
{
	struct shapes *c = calloc(1, sizeof(*c));

	if (c != NULL)
		lru_init(&c->lru, limit, drop, c);
	return c;
}

void shapes_free(struct shapes *c)
{
	if (c == NULL)
		return;
	lru_drop_all(&c->lru);
	compiler_free(c->compiler);
	free(c);
}

static struct entry *find_entry(const struct slot *slot, uint64_t fingerprint)
{
	struct entry *e;

	if (slot == NULL)
		return NULL;
	LIST_FOREACH(e, &slot->entries, siblings)
	if (e->shape->fingerprint == fingerprint)
		return e;
	return NULL;
}

struct shape *shapes_find(struct shapes *c, struct str space, uint32_t oid, uint64_t fingerprint)
{
	struct entry *e = find_entry(find_slot(c, find_space(c, space), oid), fingerprint);

	lru_used(&c->lru, e == NULL ? NULL : &e->link);
	return e == NULL ? NULL : shape_ref(e->shape);
}

bool shapes_knows(const struct shapes *c, struct str space, uint32_t oid)
{
	return find_slot(c, find_space(c, space), oid) != NULL;
}

static struct space *have_space(struct shapes *c, struct str name)
{
	struct space *space = find_space(c, name);

	if (space != NULL)
		return space;
	space = calloc(1, sizeof(*space));
	if (space == NULL)
		return NULL;
	space->name = malloc(name.n + 1);
	if (space->name == NULL)
		goto refused;
	if (name.n > 0)
		memcpy(space->name, name.p, name.n);
	HASH_ADD_KEYPTR(hh, c->spaces, space->name, (unsigned)name.n, space);
	if (space->refused)
		goto refused;
	return space;
refused:
	free(space->name);
	free(space);
	return NULL;
}

static struct slot *have_slot(struct shapes *c, struct str name, uint32_t oid)
{
	struct space *space = have_space(c, name);
	struct slot *slot = find_slot(c, space, oid);

	if (space == NULL || slot != NULL)
		return slot;
	slot = calloc(1, sizeof(*slot));
	if (slot == NULL)
		goto refused;
	slot->key = (struct slot_key){ space, oid, 0 };
	LIST_INIT(&slot->entries);
	HASH_ADD(hh, c->slots, key, sizeof(slot->key), slot);
	if (slot->refused)
		goto refused;
	space->slots++;
	return slot;
refused:
	free(slot);
	drop_space_if_empty(c, space);
	return NULL;
}

void shapes_keep(struct shapes *c, struct str space, struct shape *s)
{
	size_t cost = s->bytes + ENTRY_COST;
	struct slot *slot;
	struct entry *e;

	if (!s->lasting)
		return;
	if (find_entry(find_slot(c, find_space(c, space), s->relation.oid), s->fingerprint) != NULL)
		return;
	if (!lru_make_room(&c->lru, cost))
		return;
	slot = have_slot(c, space, s->relation.oid);
	if (slot == NULL)
		return;
	e = malloc(sizeof(*e));
	if (e == NULL) {
		drop_slot_if_empty(c, slot);
		return;
	}
	e->shape = shape_ref(s);
	e->slot = slot;
	LIST_INSERT_HEAD(&slot->entries, e, siblings);
	lru_add(&c->lru, &e->link, cost);
}

/* NOLINTEND(readability-function-cognitive-complexity, clang-analyzer-*) */

struct lru_counts shapes_counts(const struct shapes *c)
{
	return c->lru.counts;
}

struct compiler *shapes_compiler(struct shapes *c)
{
	if (c->compiler == NULL)
		c->compiler = compiler_new();
	return c->compiler;
}
