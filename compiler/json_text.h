/* A Python value as JSON text, as json.dumps() writes it. */
#ifndef COMPILER_JSON_TEXT_H
#define COMPILER_JSON_TEXT_H

#include "compiler/query.h"

struct compilation;
struct text;

/* Writes the literal; characters outside ASCII as \uXXXX where the session's encoding is UTF8. Fails
 * with 42804 on what JSON has not: a parameter, bytes, a set. */
void json_text(struct compilation *c, struct text *out, const struct literal *l);

#endif
