/* What the files of the parser share; nobody else includes this. */
#ifndef COMPILER_PARSER_STATE_H
#define COMPILER_PARSER_STATE_H

#include "compiler/lexer.h"
#include "compiler/tree.h"

/* A parse in progress. Two tokens are known: the one to be read, and the one behind it. */
/* Values of a text that are told from each other. */
enum { MOST_TOKENS = 256 };

struct parser {
	struct lexer lexer; /* stands behind `next` */
	struct lexer_token token;
	struct lexer_token next;
	struct diag *diag;
	struct arena *arena;
	struct str before;   /* the text of the token read last */
	struct span bracket; /* the innermost bracket that is open; empty when none is */
	uint32_t end;        /* of the token read last */
	uint32_t depth;      /* levels of recursion */
	uint32_t max_nesting;
	uint32_t tokens;         /* tokens that are values, so far */
	struct tree_item *items; /* a stack: the items of all the brackets that are open */
	size_t item_count;
	size_t item_capacity;
};

static inline void parser_advance(struct parser *p)
{
	p->before = p->token.text;
	p->end = p->token.span.end;
	p->token = p->next;
	lexer_next(&p->lexer, &p->next);
}

/* Whether the token to be read belongs to the same line, or a bracket is open. */
static inline bool parser_is(const struct parser *p, enum lexer_kind kind)
{
	return p->token.kind == kind && !p->token.newline;
}

#endif
