/* The value of a quoted token: what the server would read from the text between the quotes.
 *
 * From sqllex's tokens to text; what the text means is the resolver's business. */
#ifndef COMPILER_DECODE_H
#define COMPILER_DECODE_H

#include "compiler/diag.h"
#include "compiler/sqllex.h"

/* Decodes one closed string token of sqllex, of any kind but SQLLEX_BITS. `unicode_escape` is the
 * escape character of U&'…'. Borrowed from the text where the value stands there as it is, else in
 * the diag's arena. Fails as the server does: 22021 for bytes that make no character, 22025 and
 * 42601 for broken escapes, 22P06 for \' in an encoding where it is unsafe. */
struct str decode_string(struct diag *d, struct str text, const struct sqllex_token *t,
                         const struct sqllex_rules *rules, char unicode_escape);
/* Checks the digits of B'…' or X'…'; the literal in one piece, with its prefix and quotes. */
struct str decode_bits(struct diag *d, struct str text, const struct sqllex_token *t,
                       const struct encoding *e);
/* The digits of a number token: underscores dropped, 0x, 0o and 0b made decimal. */
struct str decode_number(struct diag *d, struct str text, const struct sqllex_token *t,
                         bool *is_integer);

#endif
