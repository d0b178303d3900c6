/* Binds the arguments of a call to the parameters of a word's signature, as Python does.
 *
 * A signature is Python's: `target, onclause=None, *, isouter=False, full=False`, `*entities`,
 * `name, *columns, schema=None`, `**values`. What a default is does not matter here: a parameter that
 * was not given is VALUE_ABSENT, and one given as None is a literal None. A parameter without `=` must
 * be given. `/` is understood. */
#ifndef COMPILER_CALL_H
#define COMPILER_CALL_H

#include "compiler/compilation.h"
#include "compiler/value.h"

/* An argument as evaluated: `keyword` is empty when it is positional. */
struct argument {
	struct value value;
	struct str keyword;
	struct span keyword_span;
};

/* One parameter as a signature writes it. */
struct parameter {
	struct str name;
	bool required;
	bool keyword_only;
};

/* A signature that has been read; immutable. */
struct signature {
	const struct parameter *parameters;
	size_t count;
	size_t positional; /* how many of them a position can name */
	bool rest;         /* *name */
	bool keywords;     /* **name */
};

/* No row of vocabulary.def has more. */
enum { CALL_MOST_PARAMETERS = 24 };

/* Reads a signature. Its parameters are put into `room`, which has room for CALL_MOST_PARAMETERS and,
 * like the text, outlives it. */
struct signature call_signature(const char *text, struct parameter *room);

/* Fills args, rest and keywords of `call` (its word, self and spans are set). Spread arguments are
 * already spread. Fails (22023, at the argument) on a missing, unknown, repeated or extra one. */
void call_bind(struct compilation *c, struct call *call, const struct signature *signature,
               const struct argument *arguments, size_t count);

/* The named parameters of a call, in the order of the signature; those behind *name count on. */

/* Whether the argument was given and is not None. */
bool call_has(const struct call *call, size_t i);
/* True, False, None: the argument as a flag. Fails (42804) when it is anything else. */
bool call_flag(struct compilation *c, const struct call *call, size_t i, bool otherwise);
/* A string; empty when absent or None. Fails (42804) when it is anything else. */
struct str call_string(struct compilation *c, const struct call *call, size_t i);
/* A string that becomes a name in SQL; none when absent or None. Fails (42804) otherwise. */
struct name call_name(struct compilation *c, const struct call *call, size_t i);
/* A whole number; fails (42804) when it is anything else. */
int64_t call_integer(struct compilation *c, const struct call *call, size_t i, int64_t otherwise);
/* The name of parameter i, for messages. */
struct str call_parameter(const struct call *call, size_t i);
/* The same tests for any value. */
bool value_is_none(const struct value *v);
bool value_is_string(const struct value *v);
/* The text of a string, with a ::type behind it or without; false for other values. */
bool value_string(const struct value *v, struct str *out);
bool value_name(const struct value *v, struct name *out);
/* The value of a whole number that fits. */
bool value_integer(const struct value *v, int64_t *out);

/* Evaluates to the items of a list, tuple or set value (and a literal one); false for others. */
bool value_items(struct compilation *c, const struct value *v, const struct value **items,
                 size_t *count);

#endif
