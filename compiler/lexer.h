/* The tokens of an expression: SQL's strings and comments, Python's operators. LANGUAGE, section 2.
 *
 * Built on sqllex, which knows where quotes end; this module decodes what is between them, puts
 * operators together, and tells where a line begins outside brackets. Allocates only for strings
 * whose value is not the text between their quotes. */
#ifndef COMPILER_LEXER_H
#define COMPILER_LEXER_H

#include "compiler/diag.h"
#include "compiler/sqllex.h"

enum lexer_kind {
	LEXER_END,
	LEXER_WORD,      /* text: as written */
	LEXER_STRING,    /* text: the value */
	LEXER_BITS,      /* text: B'…' or X'…' as written */
	LEXER_INTEGER,   /* text: decimal digits */
	LEXER_FLOAT,     /* text: digits as written, underscores dropped */
	LEXER_PARAMETER, /* number */
	/* Punctuation, spelled below. */
	LEXER_OPEN,
	LEXER_CLOSE,
	LEXER_OPEN_BRACKET,
	LEXER_CLOSE_BRACKET,
	LEXER_OPEN_BRACE,
	LEXER_CLOSE_BRACE,
	LEXER_COMMA,
	LEXER_DOT,
	LEXER_COLON,
	LEXER_CAST,
	LEXER_SEMICOLON,
	LEXER_ASSIGN,
	LEXER_PLUS,
	LEXER_MINUS,
	LEXER_STAR,
	LEXER_SLASH,
	LEXER_FLOOR,
	LEXER_PERCENT,
	LEXER_EQ,
	LEXER_NE,
	LEXER_LT,
	LEXER_LE,
	LEXER_GT,
	LEXER_GE,
	LEXER_AMPERSAND,
	LEXER_BAR,
	LEXER_CARET,
	LEXER_LSHIFT,
	LEXER_RSHIFT,
	LEXER_TILDE,
	LEXER_POWER,
	LEXER_REFUSED, /* an operator of SQL or Python that the language does not have; text */
};

struct lexer_token {
	enum lexer_kind kind;
	bool newline; /* the first of its line, and no bracket is open */
	bool quoted;  /* a string in double quotes, not continued: may be a type's name */
	uint32_t number;
	struct span span; /* in the whole query text */
	struct str text;
};

struct lexer {
	struct sqllex sql;
	struct diag *diag; /* borrowed */
	uint32_t depth;    /* brackets open */
};

/* Reads the expression at `body` of the query text; both are borrowed as long as the tokens. */
void lexer_init(struct lexer *l, struct diag *d, struct str text, struct span body,
                struct sqllex_rules rules);
/* Reads the next token into *t. The state may be copied to look ahead. Fails (42601, 22021, 0A000)
 * on what is no token: an open string, a broken escape. */
void lexer_next(struct lexer *l, struct lexer_token *t);

#endif
