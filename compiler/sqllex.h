/* PostgreSQL's lexical rules over raw text: where a string, a quoted name, a comment ends.
 *
 * The one lexer of quotes in this repository: the tag finder steps through SQL with it, and the
 * lexer of expressions builds its tokens from it. It decodes nothing, allocates nothing and never
 * fails; what is not closed runs to the end of the text and says so. Source: PostgreSQL,
 * "Lexical Structure", and scan.l. */
#ifndef COMPILER_SQLLEX_H
#define COMPILER_SQLLEX_H

#include "compiler/encoding.h"

/* What of the session decides how its text is read. Borrowed encodings are static. */
struct sqllex_rules {
	const struct encoding *encoding;        /* client_encoding */
	const struct encoding *server_encoding; /* NULL: taken to be the client's */
	bool standard_conforming_strings;
};

enum sqllex_kind {
	SQLLEX_END,
	SQLLEX_BLANK,        /* a run of blanks and newlines */
	SQLLEX_LINE_COMMENT, /* -- … and, in an expression, # … ; without its newline */
	SQLLEX_BLOCK_COMMENT,
	SQLLEX_WORD, /* an identifier or keyword */
	SQLLEX_NUMBER,
	SQLLEX_PARAMETER, /* $1 */
	SQLLEX_STRING, /* '…' where a backslash is a plain character; r'…' in an expression */
	SQLLEX_ESCAPED_STRING, /* E'…', and '…' while standard_conforming_strings is off */
	SQLLEX_UNICODE_STRING, /* U&'…' */
	SQLLEX_BITS,           /* B'…', X'…' */
	SQLLEX_DOLLAR_STRING,  /* $tag$…$tag$ */
	SQLLEX_QUOTED,         /* "…"; r"…" in an expression */
	SQLLEX_UNICODE_QUOTED, /* U&"…" */
	SQLLEX_OTHER,          /* one byte of an operator or of punctuation */
};

/* What a run of SQLLEX_BLANK consists of. */
static inline bool sqllex_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct sqllex_token {
	enum sqllex_kind kind;
	bool closed;  /* false: a string, quoted name or comment that the text's end cut off */
	size_t start; /* bytes from the start of the text */
	size_t end;
	size_t open; /* where the first character between the quotes stands, prefix and tag skipped */
	size_t close; /* where the closing quote or tag stands (of the last piece, if continued) */
};

struct sqllex {
	struct str text; /* borrowed while lexing; must be valid in the encoding */
	size_t at;       /* the next byte to be read */
	struct sqllex_rules rules;
	bool expression; /* # comments and r'…' besides */
};

/* Reads the next token and moves behind it. A string's token holds its continuations too
 * ('a' newline 'b'), which the server reads under the rules of the first piece. */
struct sqllex_token sqllex_next(struct sqllex *l);
/* The same into *t, for those who read many. */
void sqllex_read(struct sqllex *l, struct sqllex_token *t);
/* Where the word that begins at `at` ends; `at` when none does. */
size_t sqllex_word_end(const struct sqllex *l, size_t at);
/* Where the continuation of a string that was closed right before `at` opens, behind its quote;
 * 0 when the string is not continued. */
size_t sqllex_continuation(struct str text, size_t at);

#endif
