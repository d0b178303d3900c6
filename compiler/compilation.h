/* The state of one compilation: what every function of the middle of this room takes first. */
#ifndef COMPILER_COMPILATION_H
#define COMPILER_COMPILATION_H

#include "compiler/arena.h"
#include "compiler/catalog.h"
#include "compiler/compile.h"
#include "compiler/diag.h"

struct value_token;  /* query.h */
struct scope;        /* scope.h: the names seen so far */
struct tree_program; /* tree.h */
struct vocabulary;   /* vocabulary.h */

struct compilation {
	struct arena arena;
	struct diag diag;
	const struct compile_settings *settings; /* borrowed */
	const struct catalog *catalog;           /* borrowed */
	const struct vocabulary *vocabulary;     /* borrowed */
	const struct tree_program *program;      /* once it was read */
	struct scope *scope;
	struct str query;           /* the whole query text, borrowed */
	uint32_t next_id;           /* identity of nodes, froms, statements: order of birth */
	uint32_t from_mark;         /* froms.c's: lists of FROM objects made so far */
	struct node *constants[3];  /* NULL, true, false: one node each */
	struct value_token *tokens; /* by the numbers of the tokens; query.h */
	uint32_t max_nesting;       /* of the text */
	uint32_t max_depth;         /* of the graph: what follows may be at most */
	uint32_t depth;             /* nesting of the function that recurses now */

	struct compile_want *wants;
	size_t want_count;
	size_t want_capacity;
	struct compile_warning *warnings;
	size_t warning_count;
};

/* Fails with the compilation's one error; see diag.h. `c` first, as everywhere. */
#define fail(c, ...)   diag_fail(&(c)->diag, __VA_ARGS__)
#define hint(c, ...)   diag_hint(&(c)->diag, __VA_ARGS__)
#define detail(c, ...) diag_detail(&(c)->diag, __VA_ARGS__)

/* Memory of the compilation for one zeroed TYPE. */
#define NEW(c, TYPE) ((TYPE *)arena_alloc(&(c)->arena, sizeof(TYPE)))

/* How deep brackets and operators of the text may nest, and the graph with them. */
void compilation_limit(struct compilation *c, uint32_t nesting);
/* Fails with 54001. */
_Noreturn void compilation_too_deep(struct compilation *c, struct span at);
/* Every recursion over nodes brackets itself with these: too deep is an error, not a crash. */
static inline void compilation_descend(struct compilation *c, struct span at)
{
	if (++c->depth > c->max_depth)
		compilation_too_deep(c, at);
}
static inline void compilation_ascend(struct compilation *c)
{
	c->depth--;
}
/* The same for what is built level by level and walked later: fails when it is higher than texts
 * nest. */
void compilation_check_height(struct compilation *c, uint32_t height, struct span at);

/* Notes a want; the compilation goes on as far as it can and ends in COMPILE_WANTS. */
void compilation_want(struct compilation *c, enum compile_want_kind kind, struct str schema,
                      struct str name, uint32_t oid);
/* Leaves the compilation at once because nothing more can be known without the wants noted. */
_Noreturn void compilation_need(struct compilation *c);
/* A WARNING for the client, once per message. */
void compilation_warn(struct compilation *c, struct span at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
