/* A small hash table of one compilation: from a text, an address, or both together, to a pointer or
 * a number. Lives in the arena, only grows. */
#ifndef COMPILER_KEYMAP_H
#define COMPILER_KEYMAP_H

#include "compiler/arena.h"

/* What a key leads to; zeroed when it is new. */
struct keymap_value {
	void *pointer;
	uint32_t number;
};

struct keymap {
	struct keymap_entry *entries;
	size_t count;
	size_t capacity; /* a power of two, or 0 */
};

/* The value of the key, made when there is none; the arena counts as exhausted when too many keys
 * collide. The text is borrowed for as long as the map is used; what comes back is good until the
 * next call. */
struct keymap_value *keymap_at(struct arena *a, struct keymap *m, const void *address,
                               struct str text);
/* The same, but NULL when there is none. */
struct keymap_value *keymap_find(const struct keymap *m, const void *address, struct str text);

#endif
