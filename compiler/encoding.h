/* PostgreSQL's client encodings, as far as a lexer and a character count need them.
 *
 * In most encodings every byte of a longer character has its high bit set, so ASCII may be looked
 * for byte by byte. In the seven that only clients may use (SJIS, BIG5, GBK, UHC, GB18030, JOHAB,
 * SHIFT_JIS_2004) a second byte may be a backslash or a letter: there a text must be stepped
 * through with encoding_length(). Source: PostgreSQL, "Character Set Support" and wchar.c. */
#ifndef COMPILER_ENCODING_H
#define COMPILER_ENCODING_H

#include "compiler/str.h"

enum encoding_class {
	ENCODING_SINGLE, /* a byte is a character: SQL_ASCII, LATIN1, WIN1252 … */
	ENCODING_UTF8,
	ENCODING_EUC, /* EUC_JP, EUC_JIS_2004, EUC_CN, EUC_KR */
	ENCODING_EUC_TW,
	ENCODING_MULE,
	ENCODING_SJIS,   /* and SHIFT_JIS_2004 */
	ENCODING_DOUBLE, /* BIG5, GBK, UHC */
	ENCODING_GB18030,
	ENCODING_JOHAB,
};

/* Immutable, static. */
struct encoding {
	const char *name; /* as ParameterStatus client_encoding spells it */
	enum encoding_class class;
	bool stepped; /* one of the seven: ASCII bytes may stand inside a character */
	bool latin1;  /* code points below 256 are its bytes */
};

/* The encoding of that name (letters, digits and `_` as ParameterStatus gives them, any case), or
 * NULL for one this build does not know. */
const struct encoding *encoding_find(struct str name);
/* UTF8, what a session has unless it says otherwise. */
const struct encoding *encoding_utf8(void);
/* Bytes of the character at p[0], at least 1 and at most n; n must not be 0. */
size_t encoding_length(const struct encoding *e, const char *p, size_t n);
/* Whether the server would take the text as valid; a NUL never is. What is not valid is to be left
 * alone, so that the server raises 22021 itself. */
bool encoding_is_valid(const struct encoding *e, struct str text);
/* Characters in the text. */
size_t encoding_count(const struct encoding *e, struct str text);
/* The byte offset at which character number `character` (from 0) begins; text.n when there are
 * fewer characters. */
size_t encoding_offset(const struct encoding *e, struct str text, size_t character);
/* Writes the code point as `e` spells it into out[4]; answers the bytes written, 0 when this
 * module cannot say how. */
size_t encoding_put(const struct encoding *e, uint32_t code_point, char out[4]);

#endif
