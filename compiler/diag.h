/* The one error of a compilation, and the jump that ends it.
 *
 * fail() does not return. That is safe because the room owns nothing but its arena; setjmp stands
 * once, in compile.c. Messages are PostgreSQL's sentences (SQLAlchemy's own wording where it has
 * one): what is wrong, no full stop; the hint says what to do. */
#ifndef COMPILER_DIAG_H
#define COMPILER_DIAG_H

#include <setjmp.h>

#include "compiler/arena.h"

#define SQLSTATE_SYNTAX_ERROR       "42601"
#define SQLSTATE_UNDEFINED_COLUMN   "42703"
#define SQLSTATE_UNDEFINED_TABLE    "42P01"
#define SQLSTATE_AMBIGUOUS_ALIAS    "42P09" /* join or path */
#define SQLSTATE_AMBIGUOUS_COLUMN   "42702"
#define SQLSTATE_UNDEFINED_FUNCTION "42883" /* unknown word or method */
#define SQLSTATE_DATATYPE_MISMATCH  "42804"
#define SQLSTATE_INVALID_ARGUMENT   "22023"
#define SQLSTATE_DUPLICATE_ALIAS    "42712"
#define SQLSTATE_FEATURE            "0A000"
#define SQLSTATE_PROGRAM_LIMIT      "54000"
#define SQLSTATE_TOO_COMPLEX        "54001"
#define SQLSTATE_TOO_MANY_COLUMNS   "54011"
#define SQLSTATE_BAD_ENCODING       "22021"
#define SQLSTATE_INVALID_ESCAPE     "22025"
#define SQLSTATE_UNSAFE_ESCAPE      "22P06"
#define SQLSTATE_INVALID_TEXT       "22P02"
#define SQLSTATE_DIVISION_BY_ZERO   "22012"

struct diag {
	jmp_buf escape;
	struct arena *arena; /* borrowed */
	bool failed;
	bool lexical; /* the expression could not even be parsed: see compile.h */
	char sqlstate[6];
	struct span span; /* of the offending word, in the whole query text */
	struct str message;
	struct str detail;
	struct str hint;
};

/* No error yet; the texts of one will live in `arena`. */
void diag_init(struct diag *d, struct arena *arena);
/* What arena_init() takes as `exhausted`, with the diag as its context: 54000. Needs no memory. */
_Noreturn void diag_exhausted(void *diag);
/* Notes the detail or hint that the next fail() on this path will carry. */
void diag_hint(struct diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void diag_detail(struct diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ends the compilation with this error. */
_Noreturn void diag_fail(struct diag *d, struct span at, const char *sqlstate, const char *format,
                         ...) __attribute__((format(printf, 4, 5)));

#endif
