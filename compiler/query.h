/* The query graph: what an expression text means.
 *
 * Objects with identity, as in SQLAlchemy: a binding refers to the same object wherever it is used,
 * `t.c.x` is one node per column of one FROM object, every call makes a new object. Identity decides
 * about duplicate labels, anonymous names, the FROM list, correlation and CTEs, so nodes are compared
 * by address. All objects live in the arena, where nobody frees one. A method copies the statement it
 * is called on (shallowly) and changes the copy; what is worked out about an object later (columns,
 * labels, numbers, marks) is kept in it by the file that the member names.
 *
 * The classes mirror SQLAlchemy's: who knows its sql/elements.py, sql/selectable.py, sql/dml.py finds
 * every member here under the same name. */
#ifndef COMPILER_QUERY_H
#define COMPILER_QUERY_H

#include "compiler/catalog.h"
#include "compiler/str.h"

struct compilation;
struct from;
struct keymap;
struct name_map;
struct node;
struct op;
struct statement;
struct type;
struct value;

/* An array that grows in the arena. Copying the struct shares the items; vec_push() on a copy never
 * disturbs the original (it appends in place only where nobody else has). See query.c. */
struct vec {
	void **items;
	size_t n;
	struct vec_room *room; /* shared with the copies: who owns the next slot */
};

/* A block of slots that copies of a vec share. Whoever's end is the block's end may append in place;
 * the others move to a block of their own. So a chain of methods that each copy the statement and
 * add one item costs one slot per item, and no copy ever sees another's items. */
struct vec_room {
	size_t used;
	size_t capacity;
	void *items[];
};

/* Gives the vec a block of its own with room for `more` items. */
void vec_move(struct compilation *c, struct vec *v, size_t more);

/* Makes room for `more` items. */
static inline void vec_reserve(struct compilation *c, struct vec *v, size_t more)
{
	const struct vec_room *room = v->room;

	if (room == NULL || room->used != v->n || room->capacity - room->used < more)
		vec_move(c, v, more);
}

static inline void vec_push(struct compilation *c, struct vec *v, void *item)
{
	vec_reserve(c, v, 1);
	v->items[v->n++] = item;
	v->room->used = v->n;
}

/* Appends all of `more`. */
void vec_extend(struct compilation *c, struct vec *v, const struct vec *more);
/* The same, but an empty v shares the items of `more`: nothing may be written over them. So what
 * begins with another list and adds to it costs what it adds. */
void vec_join(struct compilation *c, struct vec *v, const struct vec *more);

/* A name nobody wrote: body_N. N is given when the printer first meets it: one more than the number
 * of other anonymous names with this body met before. One object is one name, wherever it is used. */
struct anon {
	struct str body;
	uint32_t number; /* 0: not met yet; the printer's */
	/* A name made over another one, when `first` is given: first, between, second without a
	 * number of its own; or, without a second, first, between, _N with N counted for an empty
	 * body, as SQLAlchemy does for a column whose own name is anonymous already. */
	const struct name *first;
	struct str between;
	const struct name *second;
	struct str text; /* the printer's, once it has a number */
};

/* A name in the SQL: written, or anonymous. Both empty: none. */
struct name {
	struct str text;
	struct anon *anon; /* NULL: `text` is the name */
	bool quote_always; /* quoted_name(x, True) */
	bool quote_never;  /* quoted_name(x, False) */
	bool plain;        /* print_names.c's: seen to need no quotes */
};

static inline bool name_empty(struct name n)
{
	return n.anon == NULL && n.text.n == 0;
}

/* ------------------------------------------------------------------ column expressions */

enum node_kind {
	NODE_COLUMN,   /* of a FROM object; column("x"), literal_column("x + 1") have none */
	NODE_BIND,     /* a Python value: numbers names, prints as a literal or $n */
	NODE_CONSTANT, /* NULL, true, false */
	NODE_TEXT,     /* text("…") */
	NODE_BINARY,   /* BinaryExpression */
	NODE_LIST,     /* ClauseList and ExpressionClauseList: AND, OR, flattened + * ||, comma */
	NODE_UNARY,    /* UnaryExpression: operator in front, or modifier behind */
	NODE_GROUPING, /* ( element ) */
	NODE_CASE,
	NODE_CAST,
	NODE_TYPE_COERCE,
	NODE_EXTRACT,
	NODE_FUNCTION,
	NODE_OVER,
	NODE_FILTER, /* FunctionFilter */
	NODE_WITHIN_GROUP,
	NODE_LABEL,
	NODE_TUPLE,
	NODE_ARRAY,     /* array([…]), ARRAY[…] */
	NODE_SLICE,     /* start : stop inside an index */
	NODE_COLLATION, /* the right side of COLLATE: a name */
	NODE_SCALAR_SELECT, /* ( select ); also the operand of EXISTS and the right side of IN (a select) */
	NODE_FROM, /* a FROM object in a column's place: t.table_valued() whole row, IN (values(…)) */
	NODE_FUNCTION_COLUMN,    /* scalar_table_valued: (f(x)).name */
	NODE_AGGREGATE_ORDER_BY, /* target ORDER BY … inside a call */
	NODE_TEXT_REFERENCE,     /* order_by("name"): resolved when the select is printed */
	NODE_LABEL_REFERENCE,    /* order_by(label): prints the name or the expression */
	NODE_SEQUENCE,           /* nextval('name') */
};

enum constant { CONSTANT_NULL, CONSTANT_TRUE, CONSTANT_FALSE };

/* What a bind holds: a Python value, as literal.h makes it. */
enum literal_kind {
	LITERAL_NONE,
	LITERAL_BOOL,    /* number: 0 or 1 */
	LITERAL_INTEGER, /* text: decimal digits, perhaps with a leading '-' */
	LITERAL_FLOAT,   /* text likewise, digits as written */
	LITERAL_DECIMAL, /* Decimal("…") */
	LITERAL_STRING,  /* text: the value */
	LITERAL_BYTES,   /* text: as SQL, X'…' or B'…' */
	LITERAL_PARAMETER, /* number: n of $n; `type` when it is declared, or ::type stands behind it */
	LITERAL_TYPED, /* a value with ::type behind it: `inner` is the value, prints inner::type_sql */
	LITERAL_DATE, /* text: ISO form; likewise the next ones */
	LITERAL_DATETIME,
	LITERAL_DATETIME_TZ,
	LITERAL_TIME,     /* with an offset behind it, or not */
	LITERAL_INTERVAL, /* text: 1 days -3.500000 seconds */
	LITERAL_UUID,
	LITERAL_RANGE,      /* text: [1,5); `type` is its type as far as its bounds tell */
	LITERAL_MULTIRANGE, /* text: {[1,5),[7,9)}; likewise */
	LITERAL_LIST,       /* items */
	LITERAL_TUPLE,      /* items */
	LITERAL_SET,        /* items */
	LITERAL_DICT,       /* items: key, value, key, value … */
};

/* A token of the text that is a value. As long as nobody has read it, the statement is the same for any
 * other value of its kind, but for the places where it is printed. */
struct value_token {
	struct span span; /* empty: not evaluated */
	uint32_t printed; /* how often */
	bool read;
};

struct literal {
	enum literal_kind kind;
	struct span span;
	struct str content; /* for printing; whoever else reads it does so by literal_text() */
	struct value_token *token; /* the token that is the value; NULL: it was made otherwise */
	uint32_t number;
	const struct type *type; /* TYPED, PARAMETER with a known one, ranges; else NULL */
	struct str type_sql; /* TYPED, PARAMETER: the cast's type as it was written; else empty */
	const struct literal *inner; /* TYPED: the value before the cast */
	const struct literal **items;
	size_t count;
	uint32_t height; /* literals within each other below this one; bounded */
};

static inline struct str literal_text(const struct literal *l)
{
	if (l->token != NULL)
		l->token->read = true;
	return l->content;
}

struct when {
	struct node *condition;
	struct node *result;
};

/* A frame of OVER: how far on each side. */
enum bound_kind { BOUND_UNBOUNDED, BOUND_CURRENT, BOUND_PRECEDING, BOUND_FOLLOWING };
struct frame_bound {
	enum bound_kind kind;
	struct node *offset; /* a bind */
};
enum frame_mode { FRAME_NONE, FRAME_RANGE, FRAME_ROWS, FRAME_GROUPS };

struct node {
	enum node_kind kind;
	uint32_t id;
	struct span span; /* what in the text made it; errors and the source map point there */
	struct span word; /* the operator or method in it, where the server's errors point; or
	                            * empty */
	const struct type *type; /* never NULL: type_null when unknown */
	/* What was worked out about the node; a clone has none of it. */
	const struct vec *froms;  /* froms.c's, of struct from * */
	struct known_anon *anons; /* labels.c's: the anonymous names it has */
	union {
		struct {
			struct name name;
			struct str key;    /* in its FROM's collection */
			struct from *from; /* NULL: column(), literal_column() */
			bool literal;      /* literal_column: verbatim */
			/* A table's column, or one that stands for it unchanged (schema.Column): it
			 * has that column's foreign keys. NULL: any other (ColumnClause). */
			const struct relation_column *reflected;
			const struct relation *relation;
			uint16_t position; /* index in the relation */
			bool primary_key;
			struct vec proxies; /* nodes this column stands for (subquery, alias) */
			bool is_row; /* column_valued(), table_valued(): prints the FROM's name */
		} column;
		struct {
			/* For IN lists a LITERAL_LIST: see `expanding`. */
			const struct literal *value;
			struct name name; /* consumes a number when anonymous */
			bool expanding;   /* the right side of IN: a list */
			bool required;    /* bindparam("x") without a value */
			bool in_text; /* literal_execute: as SQLAlchemy writes it, not the driver */
			bool typed;   /* type came from a column or was given: serialize by it */
			bool declares; /* the text itself gives the type: $1 is cast to it */
		} bind;
		enum constant constant;
		struct {
			struct str text;
			struct vec binds;       /* of struct node *: of each :name */
			struct keymap *numbers; /* name → place in `binds`, from 1; NULL: none */
		} text;
		struct {
			const struct op *op;
			struct node *left;
			struct node *right;
			const struct op *negate; /* NULL: none */
			struct node *escape;     /* LIKE … ESCAPE; a bind without a name */
			/* Regexp flags, postgresql_regconfig; p is NULL without. */
			struct str flags;
			struct node *extra; /* the same when it is a $n: a bind */
			bool eager;         /* wraps itself inside any other operator */
			bool symmetric;     /* BETWEEN SYMMETRIC */
		} binary;
		struct {
			const struct op *op;
			struct vec items;
			bool ungrouped; /* never in parentheses: the two sides of BETWEEN */
		} list;
		struct {
			const struct op *op;       /* in front, or NULL */
			const struct op *modifier; /* behind, or NULL */
			struct node *element;
			bool wraps_column; /* boolean wrapper: NOT col keeps the column's name */
		} unary;
		struct node *grouping;
		struct {
			struct node *value;
			struct when *whens;
			size_t count;
			struct node *otherwise;
		} case_;
		struct { /* CAST, TYPE_COERCE: the target is node.type */
			struct node *element;
		} cast;
		struct {
			struct str field;
			struct node *element;
		} extract;
		struct {
			struct str name; /* as written, the last `_` dropped */
			struct str *packages;
			size_t package_count;
			struct vec arguments;
			const struct function *known; /* functions.def, NULL: generic */
		} function;
		struct {
			struct node *element;
			struct vec partition_by;
			struct vec order_by;
			enum frame_mode mode;
			struct frame_bound lower, upper;
		} over;
		struct {
			struct node *element;
			struct node *criterion;
		} filter;
		struct {
			struct node *element;
			struct vec order_by;
		} within_group;
		struct {
			struct name name;
			struct node *element;
		} label;
		struct {
			struct vec items;
			struct type **types;
		} tuple;
		struct {
			struct vec items;
			/* ARRAY[…] of values only: the list it stands for. */
			const struct literal *literal;
		} array;
		struct {
			struct node *start, *stop; /* a step is dropped, as in SQLAlchemy */
		} slice;
		struct str collation;
		struct {
			struct statement *statement;
			bool exists; /* operand of EXISTS */
		} select;
		struct from *from;
		struct {
			struct node *function;
			struct name name;
		} function_column;
		struct {
			struct node *target;
			struct vec order_by;
		} aggregate;
		struct str reference;  /* TEXT_REFERENCE */
		struct node *labelled; /* LABEL_REFERENCE: a label, or a modifier over one */
		struct {
			struct str schema;
			struct str name;
		} sequence;
	};
};

/* A new node with its identity; zeroed otherwise, type_null. */
struct node *node_new(struct compilation *c, enum node_kind kind, struct span span);
/* A copy with an identity of its own. */
struct node *node_clone(struct compilation *c, const struct node *n);
/* A new anonymous name with this body (normalised as SQLAlchemy does). */
struct anon *anon_new(struct compilation *c, struct str body);

/* ------------------------------------------------------------------ FROM objects */

enum from_kind {
	FROM_TABLE,        /* a relation of the catalog */
	FROM_TABLE_CLAUSE, /* table("name", column(…)) */
	FROM_ALIAS,        /* of `element` */
	FROM_TABLESAMPLE,  /* of `element` */
	FROM_SUBQUERY,     /* of `statement` */
	FROM_LATERAL,      /* of `statement`, or of `element` (a function's) */
	FROM_CTE,          /* of `statement` */
	FROM_JOIN,
	FROM_GROUPING, /* ( join ) */
	FROM_VALUES,
	FROM_TABLE_VALUED, /* a function's result: table_valued, column_valued, func.x().alias() */
	FROM_TEXT,         /* select_from(text("…")) */
};

struct from {
	enum from_kind kind;
	uint32_t id;
	uint32_t mark;    /* froms.c's: which list it was put into last */
	struct vec alone; /* froms.c's: the list of nothing but this */
	struct span span;
	struct name name;  /* of a table; alias; anonymous alias */
	struct str schema; /* TABLE, TABLE_CLAUSE: printed in front; empty when visible */
	const struct relation *relation; /* TABLE */
	struct from *element;
	struct statement *statement;
	struct node *text;  /* FROM_TEXT */
	struct vec columns; /* of struct node *, valid once from_columns() was called */
	bool columns_known;
	struct node **made; /* from.c's: of a table or its alias, the columns made so far */
	struct name_map *column_keys; /* from.c's: of `columns` or the places in `made` by key */
	struct vec paths;             /* of struct from *: foreign-key paths that start here */
	struct from *path_base;       /* this is the alias of a path: where it starts */
	struct node *path_on;         /* its ON clause */
	const struct relation_key *path_key; /* the key it follows */

	struct { /* JOIN */
		struct from *left, *right;
		struct node *on;
		bool outer, full;
	} join;
	struct { /* CTE */
		bool recursive, nesting;
		struct from *restates;         /* t.union_all(…) replaces this one */
		struct from *alias_of;         /* t.alias("u") */
		struct vec prefixes, suffixes; /* of struct node * (texts) */
	} cte;
	struct {                 /* VALUES */
		struct vec rows; /* of struct vec *, of struct node * */
		bool named;
		bool scalar;
		bool in_text; /* literal_binds, see the bind's */
	} values;
	struct { /* TABLE_VALUED; TABLESAMPLE */
		struct node *function;
		struct node *seed;
		bool with_ordinality;
		bool joins_implicitly;
		bool render_derived, render_types;
		bool lateral;
		bool row; /* column_valued: the name is the column */
	} function;
};

struct from *from_new(struct compilation *c, enum from_kind kind, struct span span);
/* A copy with an identity of its own; its columns are to be made, or given, anew. */
struct from *from_copy(struct compilation *c, const struct from *f, struct span span);

/* ------------------------------------------------------------------ statements */

enum statement_kind {
	STATEMENT_SELECT,
	STATEMENT_COMPOUND,
	STATEMENT_INSERT,
	STATEMENT_UPDATE,
	STATEMENT_DELETE,
	STATEMENT_TEXT /* text().columns(): TextualSelect */
};
enum label_style { LABEL_DISAMBIGUATE, LABEL_NONE, LABEL_TABLENAME_PLUS_COL };
enum set_operation {
	SET_UNION,
	SET_UNION_ALL,
	SET_EXCEPT,
	SET_EXCEPT_ALL,
	SET_INTERSECT,
	SET_INTERSECT_ALL
};

/* An element of the columns clause or of RETURNING: an expression, or a FROM that expands. */
struct entity {
	struct node *node;
	struct from *from;
	struct span span;
};

/* One call of join() and its kin, resolved when the select is printed. */
struct setup_join {
	struct from *target;
	struct from *left; /* join_from; NULL: to be found */
	struct node *on;   /* NULL: inferred from foreign keys */
	bool outer, full;
	struct span span; /* of the call's word */
	/* The columns clause that the left side is found in, where with_only_columns() has put
	 * another in its place; NULL: the statement's. SQLAlchemy's _MemoizedSelectEntities. */
	const struct vec *entities;
};

struct for_update {
	bool read, nowait, skip_locked, key_share;
	struct vec of; /* of struct from * */
};

/* with_hint(), with_statement_hint() */
struct hint_text {
	struct from *from; /* NULL: of the statement */
	struct str text;
	struct span span;
};

/* add_cte() */
struct added_cte {
	struct from *cte;
	bool nest_here;
};

/* One SET or VALUES item. */
struct assignment {
	struct node *column; /* of the target; for an indexed key the column under the index */
	struct node *target; /* an indexed column as key; NULL: `column` itself */
	struct node *value;  /* coerced: binary ones are grouped */
	struct span span;    /* of the key */
};

struct on_conflict {
	bool update; /* DO UPDATE, else DO NOTHING */
	struct str constraint;
	struct vec elements; /* of struct node * */
	struct node *index_where;
	struct vec set; /* of struct assignment * */
	struct node *where;
	struct span span;
};

/* params(name=value): the value of a bindparam() anywhere in the statement */
struct param_value {
	struct str name;
	const struct literal *value;
};

struct statement {
	enum statement_kind kind;
	uint32_t id;
	struct span span;
	struct from *implicit_subquery; /* select(…).c, select_from(select(…)): one per statement */
	const struct vec *labels;       /* labels.c's; a copy has none */

	/* SELECT and COMPOUND */
	struct vec order_by; /* of struct node * */
	struct vec group_by;
	struct node *limit, *offset, *fetch;
	bool fetch_with_ties;
	struct for_update *for_update;
	enum label_style label_style;

	/* SELECT */
	struct vec entities; /* of struct entity * */
	struct vec from_obj; /* of struct from * */
	struct vec joins;    /* of struct setup_join * */
	struct vec where;    /* of struct node *, joined by AND with its folding */
	struct vec having;
	bool distinct;
	struct vec distinct_on;
	bool auto_correlate;
	bool correlate_given; /* correlate() was called: `correlate` counts, even empty */
	struct vec correlate; /* of struct from * */
	bool correlate_except_given;
	struct vec correlate_except;
	struct vec prefixes, suffixes; /* of struct node * (texts); DML too */
	struct vec hints;              /* of struct hint_text * */

	/* COMPOUND */
	enum set_operation operation;
	struct vec selects; /* of struct statement * */
	size_t width;       /* columns of each of them */

	/* every kind */
	struct vec params; /* of struct param_value * */
	struct vec ctes;   /* of struct added_cte * */

	/* INSERT, UPDATE, DELETE */
	struct from *table;
	struct vec assignments;    /* of struct assignment *, as given */
	bool ordered;              /* ordered_values(): keep the order */
	struct vec rows;           /* multi-row insert: of struct vec * of struct assignment * */
	struct vec insert_columns; /* from_select(): of struct node * */
	struct statement *insert_select;
	struct from *excluded; /* insert().excluded, made on demand */
	struct on_conflict *on_conflict;
	struct vec returning;        /* of struct entity * */
	struct span sorts_returning; /* sort_by_parameter_order=True; empty: it is not */

	/* TEXT */
	struct node *text;
	struct vec text_columns; /* of struct node * (columns) */
};

/* Whether it is a query by itself: SelectBase, not INSERT … RETURNING. */
static inline bool statement_is_select(const struct statement *s)
{
	return s->kind == STATEMENT_SELECT || s->kind == STATEMENT_COMPOUND ||
	       s->kind == STATEMENT_TEXT;
}

struct statement *statement_new(struct compilation *c, enum statement_kind kind, struct span span);
/* A copy that a method may change. */
struct statement *statement_copy(struct compilation *c, const struct statement *s);

#endif
