/* What the evaluation of an expression text yields at every step: the values of the language. */
#ifndef COMPILER_VALUE_H
#define COMPILER_VALUE_H

#include "compiler/query.h"

struct op;
struct signature;
struct word;

/* VALUE_LITERAL that quoted_name(x, True) or quoted_name(x, False) made. */
enum value_quoting { VALUE_QUOTED_AS_NEEDED, VALUE_QUOTED_ALWAYS, VALUE_QUOTED_NEVER };

enum value_kind {
	VALUE_ABSENT, /* a parameter that was not given */
	VALUE_NODE,   /* a column expression */
	VALUE_FROM,
	VALUE_STATEMENT,
	VALUE_TYPE,    /* Integer, Numeric(10, 2) */
	VALUE_LITERAL, /* a Python value: numbers, strings, None, True, dates, $n; a list, tuple, set,
	                   * dict of nothing but literals may be one (see VALUE_LIST) */
	VALUE_LIST,    /* [ … ] of values; `literal` is set too when all items are literals */
	VALUE_TUPLE,
	VALUE_SET,
	VALUE_DICT,    /* items: key, value, … */
	VALUE_SLICE,   /* items: start, stop, step, absent ones VALUE_ABSENT; only inside [ ] */
	VALUE_COLUMNS, /* t.c: `from` says whose; `columns` when it is a choice of them */
	VALUE_WORD, /* a callable of the vocabulary that was not called: select, Integer's class … */
	VALUE_METHOD,   /* a word bound to its receiver: `self` */
	VALUE_FUNC,     /* func, func.pkg.name: path */
	VALUE_MODULE,   /* sa, sqlalchemy, postgresql, types, datetime …: name */
	VALUE_TABLES,   /* tables */
	VALUE_SCHEMA,   /* a schema's name */
	VALUE_FK,       /* t.fk: `from` */
	VALUE_OPERATOR, /* operators.lt; x.op("@@"), whose items[0] is x */
	VALUE_CONSTANT, /* LABEL_STYLE_…: number */
};

/* Copied from hand to hand by every step, so it is kept to one cache line. */
struct value {
	enum value_kind kind;
	uint32_t height; /* LIST, TUPLE, SET, DICT: collections within each other, itself counted */
	struct span span;
	union {
		struct node *node;
		struct from *from;
		struct statement *statement;
		const struct type *type;
		const struct word *word;
		const struct op *op;
		struct str name;
		int number;
	};
	/* VALUE_LITERAL, and lists etc. of literals. For a string `number` is a quoting:
	 * quoted_name(). */
	const struct literal *literal;
	struct value *
		items; /* LIST, TUPLE, SET, DICT, SLICE, FUNC's path as names; METHOD: the receiver */
	size_t count;
	struct vec *columns; /* VALUE_COLUMNS that is a choice: of struct node * */
};
_Static_assert(sizeof(struct value) <= 64, "larger than a cache line");

/* A call with its arguments bound to the parameters of the word's signature. */
struct call {
	const struct word *word;
	const struct signature *signature; /* call.h's; the word's own */
	struct value self;                 /* the receiver; VALUE_ABSENT for a bare word */
	struct span span;                  /* the whole call */
	struct span at;                    /* the word: where errors point */
	struct value *args;                /* one per named parameter, in the signature's order */
	size_t arg_count;
	struct value *rest; /* what *name took, spreads already spread */
	size_t rest_count;
	struct str *keywords; /* what **name took, with `keyword_values` and spans */
	struct value *keyword_values;
	struct span *keyword_spans;
	size_t keyword_count;
};

/* Every row of vocabulary.def has one: takes the bound call, gives the value, or fails. */
typedef struct value (*word_handler)(struct compilation *c, struct call *call);

static inline bool value_given(struct value v)
{
	return v.kind != VALUE_ABSENT;
}

struct value value_node(struct node *n);
struct value value_from(struct from *f);
struct value value_statement(struct statement *s);
struct value value_type(const struct type *t, struct span span);
/* "Column", "Select", "str" …: what Python would call it, for messages. */
struct str value_describe(const struct value *v);

#endif
