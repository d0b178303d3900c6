/* Patterns: what query texts that differ only in their constants have in common.
 *
 * A constant, here, is a plain number or string whose size and spelling decide nothing: a whole
 * number of up to nine digits, one with a point, or a string in single quotes of printable ASCII
 * without quotes and backslashes. In the pattern a byte for its kind stands in its place. Texts of
 * one pattern consist of the same tokens, wherever a constant is a token at all, but for the values
 * of these; compile.h's compile_constant says which of them may then differ. A function of the
 * bytes alone: it knows nothing of comments or quoted names, and takes what looks like a constant
 * there for one. */
#ifndef COMPILER_PATTERN_H
#define COMPILER_PATTERN_H

#include "compiler/str.h"

/* What comes behind that many constants is part of the pattern as it is. */
enum { PATTERN_MOST = 64 };

struct pattern {
	struct str text;
	uint32_t count;
	struct span constants[PATTERN_MOST]; /* in the query text, with their quotes; rising */
};

/* The pattern of a text; `room`, of query.n bytes, is where its text is put. */
void pattern_of(struct str query, char *room, struct pattern *out);

#endif
