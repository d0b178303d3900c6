/* The type names behind `::`, in PostgreSQL's grammar. */
#ifndef COMPILER_PARSER_TYPE_H
#define COMPILER_PARSER_TYPE_H

#include "compiler/parser_state.h"

/* Reads a type; the token to be read is its first. Fails with 42601. */
struct tree_type *parser_type(struct parser *p);

#endif
