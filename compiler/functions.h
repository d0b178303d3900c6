/* The functions of which SQLAlchemy knows something: functions.def as a table. */
#ifndef COMPILER_FUNCTIONS_H
#define COMPILER_FUNCTIONS_H

#include "compiler/types.h"

/* Where the type of a call comes from. */
enum function_rule {
	FUNCTION_FIXED,             /* `type` */
	FUNCTION_FIXED_ARRAY,       /* ARRAY(`type`) */
	FUNCTION_ARGUMENTS,         /* the first argument whose type is known */
	FUNCTION_ARRAY_OF,          /* ARRAY of that; an array stays what it is */
	FUNCTION_ORDERED_SET,       /* the first expression of WITHIN GROUP */
	FUNCTION_ORDERED_SET_ARRAY, /* ARRAY of that when the function has several arguments */
	FUNCTION_REGCONFIG,         /* `type`; the first of several arguments is a REGCONFIG */
	FUNCTION_HEADLINE,          /* likewise, unless the second is a TSQUERY */
};

enum function_style {
	FUNCTION_PLAIN,             /* name(arguments); `bare` alone when there are none */
	FUNCTION_UPPER,             /* NAME(arguments) */
	FUNCTION_GROUPING_SETS,     /* GROUPING SETS(arguments) */
	FUNCTION_AGGREGATE_STRINGS, /* string_agg(arguments) */
	FUNCTION_NEXT_VALUE,        /* its argument, a NODE_SEQUENCE, prints as nextval('…') */
};

struct function {
	const char *name;
	size_t length; /* of the name */
	enum function_rule rule;
	enum function_style style;
	enum type_id type;
	const char *bare; /* NULL: always with parentheses */
};

/* What PostgreSQL gives for a function that SQLAlchemy knows nothing of. */
struct function_result {
	const char *name;
	size_t length; /* of the name */
	enum type_id type;
	enum type_id item; /* of an ARRAY */
};

/* The known function of that name in any case, or NULL. */
const struct function *function_find(struct str name);
/* What it really gives, or NULL: not known. */
const struct function_result *function_result(struct str name);

#endif
