#include "compiler/keymap.h"

struct keymap_entry {
	uint64_t hash; /* 0: free */
	const void *address;
	struct str text;
	struct keymap_value value;
};

enum { FIRST_CAPACITY = 16 };

/* Nothing stands farther from its place than this, so that names chosen to collide cannot make the work
 * quadratic: such a text fails as if it had spent its memory. Others come nowhere near. */
enum { LONGEST_PROBE = 1000 };

static uint64_t hash_of(const void *address, struct str text)
{
	uint64_t h = str_hash(text) ^ (uint64_t)(uintptr_t)address >> 4;

	h *= 0x9e3779b97f4a7c15U;
	h ^= h >> 32;
	return h == 0 ? 1 : h;
}

/* NULL: too far. */
static struct keymap_entry *place(const struct keymap *m, uint64_t hash, const void *address,
                                  struct str text)
{
	size_t at = hash & (m->capacity - 1);

	for (size_t steps = 0; steps < LONGEST_PROBE; steps++) {
		struct keymap_entry *e = &m->entries[at];

		if (e->hash == 0 ||
		    (e->hash == hash && e->address == address && str_eq(e->text, text)))
			return e;
		at = (at + 1) & (m->capacity - 1);
	}
	return NULL;
}

/* The same where a key may be put. */
static struct keymap_entry *open_place(struct arena *a, const struct keymap *m, uint64_t hash,
                                       const void *address, struct str text)
{
	struct keymap_entry *e = place(m, hash, address, text);

	if (e == NULL)
		a->exhausted(a->context); /* does not return */
	return e;
}

static void grow(struct arena *a, struct keymap *m)
{
	struct keymap old = *m;

	m->capacity = old.capacity == 0 ? FIRST_CAPACITY : 2 * old.capacity;
	m->entries = arena_array(a, m->capacity, sizeof(*m->entries));
	for (size_t i = 0; i < old.capacity; i++)
		if (old.entries[i].hash != 0)
			*open_place(a, m, old.entries[i].hash, old.entries[i].address,
			            old.entries[i].text) = old.entries[i];
}

struct keymap_value *keymap_at(struct arena *a, struct keymap *m, const void *address,
                               struct str text)
{
	uint64_t hash = hash_of(address, text);
	struct keymap_entry *e;

	if (m->count * 2 >= m->capacity)
		grow(a, m);
	e = open_place(a, m, hash, address, text);
	if (e->hash == 0) {
		e->hash = hash;
		e->address = address;
		e->text = text;
		m->count++;
	}
	return &e->value;
}

struct keymap_value *keymap_find(const struct keymap *m, const void *address, struct str text)
{
	struct keymap_entry *e;

	if (m->capacity == 0)
		return NULL;
	e = place(m, hash_of(address, text), address, text);
	return e == NULL || e->hash == 0 ? NULL : &e->value;
}
