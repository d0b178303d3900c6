/* What the files of a rewrite share; nobody else includes it. rewrite.c compiles and moves a
 * rewrite from question to question, rewrite_lookup.c knows what is asked and what was said,
 * rewrite_memo.c recalls texts that come again, rewrite_pattern.c gives them other constants,
 * rewrite_text.c writes what goes out. */
#ifndef PROXY_REWRITE_PARTS_H
#define PROXY_REWRITE_PARTS_H

#include <setjmp.h>

#include "compiler/arena.h"
#include "compiler/compile.h"
#include "compiler/tagged.h"
#include "proxy/bindings.h"
#include "proxy/memo.h"
#include "proxy/reflect.h"
#include "proxy/rewrite.h"
#include "proxy/splice.h"

struct pattern;
struct report_map;
struct shape;

enum expression_state {
	EXPRESSION_PENDING, /* needs an answer of the catalog */
	EXPRESSION_COMPILED,
	EXPRESSION_FAILED,
};

struct warning {
	struct str message;
	struct span span;
};

struct expression {
	const struct tagged_expression *tag;
	enum expression_state state;
	uint64_t turn; /* of its last compilation */
	/* COMPILED: */
	struct str sql;
	struct sourcemap_mark *marks; /* in bytes */
	size_t mark_count;
	struct warning *warnings;
	size_t warning_count;
	struct compile_constant *constants;
	size_t constant_count;
	/* FAILED: */
	struct compile_error error;
	/* Names like one that was not found, once asked for. */
	bool neighbours_known;
	struct str *neighbours;
	size_t neighbour_count;
	size_t neighbour_capacity;
};

/* One name or oid that is being looked up. */
struct lookup {
	struct reflect_item item;
	bool found;
	struct binding binding;
};

/* What the open question asks. */
enum asking { ASKING_NOTHING, ASKING_CHECK, ASKING_SHAPES, ASKING_NEIGHBOURS };

struct rewrite {
	struct arena arena; /* of everything here that lives as long as the rewrite */
	jmp_buf escape;     /* where a spent arena leads, while a step runs */
	struct shapes *shapes;
	struct rewrite_settings settings;
	struct rewrite_session session;
	struct str query;

	struct sqllex_rules rules;
	const struct encoding *position_encoding; /* in which the server counts characters */
	struct reflect_text text;
	struct str space; /* the key of the shapes: database and client encoding */

	uint32_t *parameter_types; /* OIDs that the Parse declares */
	size_t parameter_count;

	struct tagged tagged;
	struct expression *expressions;
	struct splice_place *places;

	enum rewrite_state state;
	bool changed;
	bool broken;        /* an answer was not what was asked for */
	bool keeps_catalog; /* as the memo says; false: not known */
	struct str emitted;
	struct report_map *map;  /* NULL until done */
	struct pattern *pattern; /* of the query; NULL: it cannot have a memo */
	struct str mask;         /* which of its constants are kept, as far as is known; or empty */
	uint64_t guide;          /* the number of the memo that says it; 0: none */
	struct memo *memo;       /* counted: the one that the text had */
	/* Where constants stand in `emitted`: `out` is an offset there. In the order of the text. */
	struct compile_constant *constants;
	size_t constant_count;

	/* What is known so far. */
	struct catalog_entry *entries;
	size_t entry_count;
	size_t entry_capacity;
	struct shape **held; /* a reference each */
	size_t held_count;
	size_t held_capacity;
	size_t lookup_total;
	bool trusts;     /* some of it was not asked for, but bound earlier */
	bool distrusted; /* that did not compile, so everything is asked for */

	/* What is wanted next, until it is answered. */
	struct lookup *lookups;
	size_t lookup_count;
	size_t lookup_capacity;
	uint32_t *missing; /* oids whose shape must be read */
	size_t missing_count;
	struct reflect_item *resembled;
	struct expression **resembling; /* which expression wants them */
	size_t resembled_count;
	size_t resembled_capacity;

	/* The open question. */
	enum asking asking;
	struct question question;
	size_t questions;
	struct reflect_item *asked; /* in the order of the lookups that were asked by name or oid */
	struct reflect_answer *answer;
	const struct bytes *row; /* the row that is being taken; borrowed for the call */
	size_t row_count;
};

/* ---- rewrite.c ---- */

/* Leaves the step that runs, by r->escape: its memory is spent. */
_Noreturn void rewrite_exhausted(void *rewrite);
/* The expression fails: what is wrong, at its tag. The texts are borrowed by it. */
void rewrite_fail(struct expression *x, const char *sqlstate, struct str message, struct str hint);

/* ---- rewrite_lookup.c: all may leave by r->escape ---- */

/* Notes what the compilation of `x` wants to know. */
void rewrite_lookup_want(struct rewrite *r, struct expression *x,
                         const struct compile_result *result);
/* Answers what it can by what the session's names were bound to a moment ago; whether that was all, and
 * there was something. */
bool rewrite_lookup_bound(struct rewrite *r);
/* Opens a question for what is wanted. False when nothing is. */
bool rewrite_lookup_ask(struct rewrite *r);
/* Takes a row of the answer; false when it is not what was asked for. */
bool rewrite_lookup_row(struct rewrite *r, const struct bytes *columns, size_t count);
/* The open question is answered: opens the next one, or answers false when all is known, or the
 * answer was broken (r->broken). */
bool rewrite_lookup_answered(struct rewrite *r);
/* The shape that a relation of the entries is part of; NULL for NULL. */
const struct shape *rewrite_lookup_shape(const struct rewrite *r, const struct relation *relation);
/* When it is, as bindings count. */
struct bindings_moment rewrite_lookup_moment(const struct rewrite *r);

/* ---- rewrite_memo.c ---- */

/* Takes the result of the last time, when every name is bound to what it was. */
bool rewrite_memo_recall(struct rewrite *r);
/* Keeps what goes out, unless it is seen for the first time, an expression failed, a name was not
 * found, or a shape may change unseen. */
void rewrite_memo_keep(struct rewrite *r);

/* ---- rewrite_pattern.c ---- */

/* Reads the pattern of the query. */
void rewrite_pattern_read(struct rewrite *r);
/* Which of its constants must be the same for a text of the pattern to be rewritten as this one
 * was: a byte for each, 'f' (free) or 'k' (kept). */
struct str rewrite_pattern_mask(struct rewrite *r);
/* The mask and the constants that it keeps, one behind another: what a memo is good for. */
struct str rewrite_pattern_kept(struct rewrite *r, struct str mask);
/* Fills in the constants of the memo and their places. */
void rewrite_pattern_describe(struct rewrite *r, struct str mask, struct memo *parts);
/* Longer SQL is neither kept nor filled in. A constant may stand in it any number of times, so that
 * a long one would make it too long, which compiling finds out and says. */
enum { REWRITE_LONGEST_RECALLED = 1024 * 1024 };

/* Takes text and map of the memo, with the constants of this query. False when it would be too
 * long, or out of memory. */
bool rewrite_pattern_apply(struct rewrite *r, const struct memo *m);

/* ---- rewrite_text.c ---- */

/* A place in a text, in bytes and in characters. */
struct rewrite_ruler {
	const struct encoding *encoding;
	struct str text;
	size_t byte, character; /* 0 at the start */
};

/* The characters before a byte of the text; of one behind its end, all. Places mostly come in
 * order, so it counts on from the last one. */
uint32_t rewrite_ruler_at(struct rewrite_ruler *ruler, size_t byte);

/* Writes the text that goes out, all expressions compiled or failed, to r->emitted. Gives a
 * reference to what its reports need; NULL when out of memory. Leaves by r->escape when the arena
 * is spent. */
struct report_map *rewrite_text_make(struct rewrite *r);

#endif
