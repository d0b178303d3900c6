/* A worker's memory of the texts it has rewritten: what to send for a text that comes again,
 * perhaps with other constants.
 *
 * A memo is an immutable, counted value: the text that goes out, the map for reports about it,
 * where constants stand in it, and what every name in it was found to be when it was compiled. It
 * is good for as long as the names are found to be the same, which is for the caller to see. The
 * key is all else that the text depends on. Bounded in bytes, the least recently used goes first.
 * Not shared between threads.
 *
 * What is kept under which key is rewrite_memo.c's business; so are its guides, which are memos of
 * nothing but a text: which constants of a pattern are kept. */
#ifndef PROXY_MEMO_H
#define PROXY_MEMO_H

#include <stdbool.h>

#include "proxy/bindings.h"
#include "proxy/lru.h"
#include "proxy/reflect.h"

/* What a name or oid was found to be. */
struct memo_binding {
	struct reflect_item item;
	struct binding binding;
};

/* A constant of the client's text, in the order of its pattern: see compiler/pattern.h. */
struct memo_constant {
	uint32_t length; /* in bytes, which are characters */
	uint32_t end;    /* in characters of the client's text */
};

/* Where one stands in the text that goes out, which is the same for any other value of it. */
struct memo_place {
	uint32_t constant; /* which */
	uint32_t out;      /* in bytes */
	uint32_t end;      /* in characters */
};

struct memo {
	uint64_t number; /* from memos_number(): others may have it in their keys */
	struct str key;
	struct str text;
	struct report_map *map; /* counted; NULL for a guide */
	size_t statements;      /* in the text, as semicolons tell */
	bool keeps_catalog;     /* rewrite_keeps_catalog() of the text */
	const struct memo_binding *bindings;
	size_t binding_count;
	const struct memo_constant *constants;
	size_t constant_count;
	const struct memo_place *places; /* in the order of the text */
	size_t place_count;
	size_t bytes;        /* of memory, this struct and the map included */
	uint32_t references; /* holders */
};

/* A deep copy of the parts that are not counted, with one reference and the number that it has;
 * NULL when out of memory. Takes a reference of the map. */
struct memo *memo_new(const struct memo *parts);
/* One reference more. */
struct memo *memo_ref(struct memo *m);
/* Frees the memo with its last reference. NULL is allowed. */
void memo_unref(struct memo *m);

/* A cache of at most `limit` bytes. NULL when out of memory. */
struct memos *memos_new(size_t limit);
/* Memos that someone still holds live on. */
void memos_free(struct memos *c);

/* The memo of that key, with a reference for the caller; or NULL. */
struct memo *memos_find(struct memos *c, struct str key);
/* Whether a memo of that key is worth keeping: the key has been here before, a few thousand others
 * ago at most. A text that comes once, with literals of its own, would only push out what comes
 * again. Notes the key. */
bool memos_wants(struct memos *c, struct str key);
/* A number that no memo of this cache had; never 0. */
uint64_t memos_number(struct memos *c);
/* Remembers a memo, with a reference of its own, in the place of one with the same key. Does
 * nothing when it is larger than the limit, or memory is out. */
void memos_keep(struct memos *c, struct memo *m);
/* What is kept, and how often it was of use. */
struct lru_counts memos_counts(const struct memos *c);

#endif
