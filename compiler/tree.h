/* The syntax tree: what the parser makes of an expression text.
 *
 * It is positioned and knows no vocabulary: names, attributes, calls, operators, literals. Every
 * node lives in the compilation's arena; texts are borrowed from the query text or the arena. */
#ifndef COMPILER_TREE_H
#define COMPILER_TREE_H

#include "compiler/str.h"

enum tree_kind {
	TREE_NAME,      /* text: select, widgets, true (a constant's word is TREE_CONSTANT) */
	TREE_STRING,    /* text: the decoded value */
	TREE_BITS,      /* text: B'…' or X'…' exactly as written, with its prefix and quotes */
	TREE_INTEGER,   /* text: digits as written, underscores dropped */
	TREE_FLOAT,     /* text: digits as written, underscores dropped */
	TREE_CONSTANT,  /* constant */
	TREE_PARAMETER, /* number: n of $n */
	TREE_ATTRIBUTE, /* left . text */
	TREE_SUBSCRIPT, /* left [ right ] ; right may be a TREE_SLICE, or a TREE_TUPLE for [a, b] (not
			 * parenthesized then, but it is for [(a, b)]) */
	TREE_SLICE,     /* left : right : third, each may be NULL; only inside a subscript */
	TREE_CALL,      /* left ( items ) */
	TREE_UNARY,     /* op left */
	TREE_BINARY,    /* left op right: arithmetic, bitwise, one comparison */
	TREE_AND,   /* items joined by the word `and`; also a chained comparison a < b < c, whose
			 * pairs (a < b), (b < c) share the node b */
	TREE_OR,    /* items joined by the word `or` */
	TREE_NOT,   /* the word `not` left */
	TREE_LIST,  /* [ items ] */
	TREE_TUPLE, /* ( items ), with a comma */
	TREE_SET,   /* { items } */
	TREE_DICT,  /* { items }: key, value, key, value … */
	TREE_ARRAY, /* ARRAY[ items ] */
	TREE_TYPED, /* left :: type */
};

enum tree_constant { TREE_NONE, TREE_TRUE, TREE_FALSE };

/* Operators, named after Python's operator module. */
enum tree_op {
	TREE_ADD,
	TREE_SUB,
	TREE_MUL,
	TREE_DIV,
	TREE_FLOORDIV,
	TREE_MOD,
	TREE_EQ,
	TREE_NE,
	TREE_LT,
	TREE_LE,
	TREE_GT,
	TREE_GE,
	TREE_BITAND,
	TREE_BITOR,
	TREE_BITXOR,
	TREE_LSHIFT,
	TREE_RSHIFT,
	TREE_NEG,
	TREE_POS,
	TREE_INVERT,
};

/* A type name behind `::`. */
struct tree_type {
	struct span span;
	struct str text; /* the name as SQL: `text`, `pg_catalog.int4`, `timestamp with time zone`,
			    * `numeric(10,2)`; canonical blanks, quoted parts keep their quotes; without
			    * the array brackets */
	struct str
		name; /* the bare words without schema, modifiers or brackets, folded to lower case */
	struct str schema;   /* the part before the dot, may be empty */
	struct str modifier; /* the text between the parentheses, may be empty */
	struct str brackets; /* `[]`, `[3][]`, may be empty */
	bool quoted;         /* the name stood in double quotes: "char" is not char; case is kept */
};

/* One argument of a call, or one item of a list: `name=value`, `*value`, `value`. */
struct tree_item {
	struct tree *value;
	struct str keyword; /* empty when positional */
	struct span keyword_span;
	bool spread; /* *value */
};

struct tree {
	enum tree_kind kind;
	struct span span; /* the whole of it */
	struct span word; /* the operator, the attribute's name, or the same as span */
	enum tree_op op;
	enum tree_constant constant;
	uint32_t number;
	struct str text;
	struct tree *left;
	struct tree *right;
	struct tree *third;
	struct tree_item *items;
	size_t count;
	struct tree_type *type;
	uint32_t height; /* 1 for a leaf; at most the parser's max_nesting, so recursion is safe */
	bool parenthesized; /* stood in parentheses of its own; span is what stood inside */
};

/* `name = value` above the statement. */
struct tree_binding {
	struct str name;
	struct span span;
	struct tree *value;
};

/* Zero or more bindings, then one statement. */
struct tree_program {
	struct tree_binding *bindings;
	size_t count;
	struct tree *statement;
};

#endif
