/* Which piece of the client's text every piece of the emitted SQL was made from.
 *
 * A list of marks with rising offsets in the emitted text: from a mark to the next one, the text
 * was made from (or is a copy of) one span of the client's text. Written while printing; printers
 * that fill several texts append their maps in the order of the texts. */
#ifndef COMPILER_SOURCEMAP_H
#define COMPILER_SOURCEMAP_H

#include "compiler/arena.h"
#include "compiler/encoding.h"

struct value_token; /* query.h */

struct sourcemap_mark {
	uint32_t out;   /* offset in the emitted text */
	uint32_t start; /* offset in the client's text */
	bool copied; /* the text is the client's own from `start` on, not made from the word there */
};

/* A constant of the client's text, as it is printed. */
struct sourcemap_token {
	uint32_t out; /* offset in the emitted text */
	struct value_token *token;
};

struct sourcemap {
	struct arena *arena; /* borrowed; the marks are in it */
	struct sourcemap_mark *marks;
	size_t count;
	size_t capacity;
	struct sourcemap_token *tokens;
	size_t token_count;
	size_t token_capacity;
};

/* An empty map, whose marks will be in `arena`. */
void sourcemap_init(struct sourcemap *m, struct arena *arena);
/* What is emitted from byte `out` on is made from the word at `source`. Offsets may not fall; a
 * mark at the same offset as the last takes its place. */
void sourcemap_made(struct sourcemap *m, size_t out, struct span source);
/* What is emitted from byte `out` on is the client's text from byte `start` on. */
void sourcemap_copied(struct sourcemap *m, size_t out, size_t start);
/* A constant is emitted at byte `out`. */
void sourcemap_token(struct sourcemap *m, size_t out, struct value_token *token);
/* Takes back what is emitted from byte `out` on. */
void sourcemap_cut(struct sourcemap *m, size_t out);
/* Appends the marks and constants of `part`, a text that stands at byte `out` of this one. */
void sourcemap_append(struct sourcemap *m, size_t out, const struct sourcemap *part);
/* Turns byte offsets into characters from 0, in both texts, once all is written. Linear; nothing
 * but a look at the texts when they are ASCII. */
void sourcemap_count_characters(struct sourcemap *m, struct str emitted, struct str client,
                                const struct encoding *e);
/* Maps field P of an error, 1-based and in characters, from the emitted to the client's text;
 * takes the marks alone so that they can be kept longer than the map. 0 stays 0; without marks
 * a position stays what it is. */
uint32_t sourcemap_position(const struct sourcemap_mark *marks, size_t count, uint32_t position);

#endif
