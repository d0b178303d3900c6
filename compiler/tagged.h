/* Finds the expressions in a query string.
 *
 * A tag is a block comment, where the server's lexer would see one, whose text is the word
 * (`expr` by default) or the word and `sql`, with blanks around them. Linear in the text. */
#ifndef COMPILER_TAGGED_H
#define COMPILER_TAGGED_H

#include "compiler/arena.h"
#include "compiler/sqllex.h"

enum tagged_place {
	TAGGED_WHOLE,    /* nothing of its statement stands before it */
	TAGGED_BEHIND,   /* behind other words: EXPLAIN, CREATE TABLE t AS, WITH … */
	TAGGED_ENCLOSED, /* right behind an opening parenthesis */
};

struct tagged_expression {
	struct span tag; /* the comment itself */
	/* The expression: from behind the tag to behind its last token; what is to be replaced is
	 * [tag.start, body.end). Comments and blanks behind the last token stay outside, unless a
	 * `#` comment, which SQL does not have, follows them. Neither end is a token's neighbour: a
	 * splicer puts a blank between the SQL it writes and a letter, digit, quote or operator
	 * beside it. */
	struct span body;
	bool sql; /* `expr sql`: give back the SQL, do not run it */
	enum tagged_place place;
	size_t statement; /* how many statements of the string stand before its own */
};

struct tagged {
	struct tagged_expression *expressions; /* in the arena, in text order */
	size_t count;
	size_t statements; /* in the whole string, as semicolons tell; empty ones do not count */
};

/* A cheap test before all others: false means that no tag can be in the text. */
bool tagged_may_occur(struct str text, struct str word);
/* Finds all tags. A text that is not valid in its encoding, or of 4 GiB and more, has none. */
struct tagged tagged_find(struct arena *a, struct str text, struct str word,
                          struct sqllex_rules rules);

#endif
