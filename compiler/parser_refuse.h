/* What the parser says to a text that is none of the language: the error at the token to be read,
 * and a hint that names what to write instead. */
#ifndef COMPILER_PARSER_REFUSE_H
#define COMPILER_PARSER_REFUSE_H

#include "compiler/parser_state.h"

/* 42601 where an operand should stand. */
_Noreturn void parser_refuse_operand(struct parser *p);
/* 42601 where an operator, a comma or the closing bracket should stand. */
_Noreturn void parser_refuse_infix(struct parser *p);
/* 42601 where the expression should end: a second statement, or a line that does not belong. */
_Noreturn void parser_refuse_rest(struct parser *p);
/* 42601 at a token, with a hint of the caller's. */
_Noreturn void parser_refuse_with(struct parser *p, struct span at, const char *hint);
/* 54001 at that span. */
_Noreturn void parser_refuse_depth(struct parser *p, struct span at);

#endif
