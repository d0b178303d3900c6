/* Makes the syntax tree of an expression: Python's expression grammar over the tokens of lexer.h,
 * and PostgreSQL's `::`, `ARRAY[…]` and `$1`. LANGUAGE, sections 2 and 3.
 *
 * Knows no vocabulary. Linear in the text. No tree is higher than `max_nesting`, counting brackets
 * and operands: whoever walks it may recurse into those. Chains are as long as the text allows. */
#ifndef COMPILER_PARSER_H
#define COMPILER_PARSER_H

#include "compiler/diag.h"
#include "compiler/sqllex.h"
#include "compiler/tree.h"

#define PARSER_MAX_NESTING 1000 /* the default; a level takes less than 1 KiB of stack here */

/* Parses the program at `body` of the query text. The tree lives in the diag's arena and borrows
 * from the text. Does not return on an error: 42601, with d->lexical set; 54001 when too deep. */
struct tree_program *parser_parse(struct diag *d, struct str text, struct span body,
                                  struct sqllex_rules rules, uint32_t max_nesting);

#endif
