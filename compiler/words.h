/* The prototypes of every word's handler, made from vocabulary.def: what the words_*.c files define. */
#ifndef COMPILER_WORDS_H
#define COMPILER_WORDS_H

#include "compiler/value.h"

#define WORD(receiver, name, signature, handler, summary, example)                                 \
	struct value handler(struct compilation *c, struct call *call);
#define ATTRIBUTE(receiver, name, handler, summary, example)                                       \
	struct value handler(struct compilation *c, struct call *call);
#include "compiler/vocabulary.def"

#endif
