/* The syntax tree: what the parser makes of an expression text.
 *
 * It is positioned and knows no vocabulary: names, attributes, calls, operators, literals. Every
 * node lives in the compilation's arena; texts are borrowed from the query text or the arena. */
#ifndef COMPILER_TREE_H
#define COMPILER_TREE_H

#include "compiler/str.h"

enum tree_kind {
	TREE_NAME,      /* text: select, widgets, true (a constant's word is TREE_CONSTANT) */
	TREE_STRING,    /* text: the decoded value; number, as the next ones, see tree_program */
	TREE_BITS,      /* text: B'…' or X'…' with its prefix and quotes, in one piece */
	TREE_INTEGER,   /* text: decimal digits, underscores dropped */
	TREE_FLOAT,     /* text: digits as written, underscores dropped */
	TREE_CONSTANT,  /* constant */
	TREE_PARAMETER, /* number: n of $n */
	TREE_ATTRIBUTE, /* left . text */
	TREE_SUBSCRIPT, /* left [ right ]: right may be a SLICE, or a TUPLE for [a, b] */
	TREE_SLICE,     /* left : right : third, each may be NULL; only inside a subscript */
	TREE_CALL,      /* left ( items ) */
	TREE_UNARY,     /* op left */
	TREE_BINARY,    /* left op right: arithmetic, bitwise, one comparison */
	TREE_AND,       /* items joined by `and`; of a chain a < b < c its pairs, which share b */
	TREE_OR,        /* items joined by `or` */
	TREE_NOT,       /* `not` left */
	TREE_LIST,      /* [ items ] */
	TREE_TUPLE,     /* ( items ), with a comma, or none at all */
	TREE_SET,       /* { items } */
	TREE_DICT,      /* { items }: key, value, key, value … */
	TREE_ARRAY,     /* ARRAY[ items ] */
	TREE_TYPED,     /* left :: type */
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
	TREE_POW,
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
	/* The name as SQL with modifiers and without brackets: `text`, `pg_catalog.int4`,
	 * `timestamp(3) with time zone`, `interval day to second`, `numeric(10,2)`. Words are in
	 * lower case with one blank between, quoted parts keep their quotes. */
	struct str text;
	/* Without schema, modifiers and an interval's fields: `timestamp with time zone`,
	 * `interval`. Folded to lower case unless it is quoted. */
	struct str name;
	struct str schema;   /* the part before the dot, as `name` is; may be empty */
	struct str modifier; /* between the parentheses, `10,2`; may be empty */
	struct str brackets; /* `[]`, `[3][]`; may be empty */
	bool quoted;         /* the name stood in double quotes: "char" is not char */
};

/* One argument of a call, or one item of a list: `name=value`, `*value`, `value`. */
struct tree_item {
	struct tree *value;
	struct str keyword; /* empty when positional */
	struct span keyword_span;
	bool spread; /* *value */
};

/* Members of the unions are those that the kind above names. Kept to a cache line. */
struct tree {
	enum tree_kind kind;
	struct span span; /* the whole of it, without parentheses around it */
	/* What an error about it points at: the operator, the attribute's name, the word that a
	 * call calls, the key of a subscript, the type of a cast; of all others the same as span. */
	struct span word;
	/* How deep brackets and operands are nested in it, 1 for a leaf: at most the parser's
	 * max_nesting, so recursion is safe. The left end of a chain, of methods or of operators,
	 * does not count, and is reached by a loop: see tree_is_link(). */
	uint32_t height;
	union {
		enum tree_op op;
		enum tree_constant constant;
		uint32_t number;
	};
	bool parenthesized; /* stood in parentheses of its own: (a, b) no, ((a, b)) yes */
	struct tree *left;
	struct tree *up; /* the link that this is the left of, if it is the left of one */
	union {
		struct str text;
		struct tree_type *type;
		struct {
			struct tree *right;
			struct tree *third;
		};
		struct {
			struct tree_item *items;
			size_t count;
		};
	};
};
_Static_assert(sizeof(struct tree) <= 64, "larger than a cache line");

/* How many parts the node has beside `left`, for those that walk all trees alike. */
static inline size_t tree_part_count(const struct tree *t)
{
	switch (t->kind) {
	case TREE_SUBSCRIPT:
	case TREE_BINARY:
		return 1;
	case TREE_SLICE:
		return 2;
	case TREE_CALL:
	case TREE_AND:
	case TREE_OR:
	case TREE_LIST:
	case TREE_TUPLE:
	case TREE_SET:
	case TREE_DICT:
	case TREE_ARRAY:
		return t->count;
	default:
		return 0;
	}
}

/* Part i of those: `right` and `third`, of which a slice may have none (NULL), or the items. */
static inline const struct tree *tree_part(const struct tree *t, size_t i)
{
	if (t->kind == TREE_SUBSCRIPT || t->kind == TREE_BINARY || t->kind == TREE_SLICE)
		return i == 0 ? t->right : t->third;
	return t->items[i].value;
}

/* Whether the tree goes on to the left with a chain that may be as long as the text: `a.b(c)[d]::e`,
 * `a + b + c`. Walk it by `left` down to its end and by `up` back. */
static inline bool tree_is_link(const struct tree *t)
{
	return t->kind == TREE_ATTRIBUTE || t->kind == TREE_SUBSCRIPT || t->kind == TREE_CALL ||
	       t->kind == TREE_BINARY || t->kind == TREE_TYPED;
}

struct tree_target {
	struct str name;
	struct span span;
};

/* `name = value` above the statement. Of `a = b = value` all targets are bound to the value, of
 * `a, b = value` each to one of its items. */
struct tree_binding {
	struct tree_target *targets;
	size_t count;
	bool unpacks;
	struct tree *value;
};

/* Zero or more bindings, then one statement. */
struct tree_program {
	struct tree_binding *bindings;
	size_t count;
	struct tree *statement;
	/* Leaves STRING, INTEGER and FLOAT that have a number, from 1 on; later ones have 0. */
	uint32_t tokens;
};

#endif
