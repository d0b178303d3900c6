/* The names a program can use: its bindings so far, and the relations it has met. */
#ifndef COMPILER_SCOPE_H
#define COMPILER_SCOPE_H

#include "compiler/catalog.h"
#include "compiler/value.h"

/* A map from names to what they mean, that grows in the arena. */
struct name_map {
	struct name_map_slot *slots;
	size_t capacity; /* a power of two, at most half of it used */
	size_t used;
};
/* NULL when the map has no such name. */
void *name_map_find(const struct name_map *m, struct str name);
/* Makes room in an empty map for this many names. */
void name_map_reserve(struct compilation *c, struct name_map *m, size_t names);
/* Says what `name` (kept, not copied) means unless the map knows. */
void name_map_offer(struct compilation *c, struct name_map *m, struct str name, void *meaning);
/* Sets what `name` (kept, not copied) means; what it meant before is forgotten. */
void name_map_set(struct compilation *c, struct name_map *m, struct str name, void *meaning);

/* What a name that stands alone can mean. Looked up once, however often the program says it. */
struct meaning {
	bool bound;
	struct value value;      /* when bound: what the program says it is */
	const struct word *word; /* of the language; NULL: none */
	struct from *relation;   /* program.c's: once it was meant; else NULL */
};

struct scope {
	struct name_map meanings;  /* of struct meaning * */
	struct name_map relations; /* of struct from *, by "schema.name" as written */
	struct name_map oids;      /* of struct from *, by the four bytes of the oid */
	struct vec path_names;     /* of struct str *: every X of an .fk.X in the program */
};

/* Gives the compilation its scope; before names are collected. */
void scope_open(struct compilation *c);
struct meaning *scope_meaning(struct compilation *c, struct str name);
void scope_bind(struct compilation *c, struct str name, struct value value);

/* Whether tables know the word, so that `x.name` cannot be meant as a schema and a table. */
bool scope_is_table_word(const struct compilation *c, struct str name);
/* tables["schema.name"]: the first dot parts them; without one, or at an end, the schema is empty. */
void scope_split_key(struct str key, struct str *schema, struct str *name);
/* The relation of that name (`schema` empty: as the search_path finds it); NULL when there is none.
 * Leaves the compilation when the catalog was not asked for it. */
struct from *scope_relation(struct compilation *c, struct str schema, struct str name);
/* The relation with that oid, or NULL, likewise. */
struct from *scope_relation_by_oid(struct compilation *c, uint32_t oid);

/* The same, but NULL when the program has not met it. */
struct from *scope_known_by_oid(const struct compilation *c, uint32_t oid);

/* Calls `visit` for every table met so far. */
void scope_each_table(struct compilation *c,
                      void (*visit)(struct compilation *c, const struct from *table));

/* Fails because no relation has that name: 42P01 with the nearest names. `bare` when the name stood
 * alone, so that bindings and words may be meant as well. */
_Noreturn void scope_fail_unknown(struct compilation *c, struct str schema, struct str name,
                                  bool bare, struct span at);

#endif
