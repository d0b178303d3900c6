/* The names that expressions have by nature, and those that are made up for them: the label
 * attributes of SQLAlchemy's ColumnElement. */
#ifndef COMPILER_LABELS_H
#define COMPILER_LABELS_H

#include "compiler/query.h"

/* The columns a list of entities stands for: each expression, each FROM object's columns. */
struct vec entities_expand(struct compilation *c, const struct vec *entities);
/* The name the element has in SQL whatever else is selected: a column's, a label's; empty: none. */
struct name label_non_anon(struct node *n);
/* The name it gets where it has none and needs one: coalesce_1, anon_2, and x for CAST(a.x …). */
struct name label_anon_name(struct compilation *c, struct node *n);
/* table_column for a column of a table, a label's own name; empty: none. */
struct name label_table_qualified(struct compilation *c, struct node *n);
/* NOT of a boolean column or function, which keeps the name of what it stands around. */
bool node_is_as_boolean(const struct node *n);

/* One column of a select as it will be named. */
struct labelled {
	struct node *node;
	struct name required; /* printed AS …: none when the column needs no label */
	/* The name when a wrapper (subquery) asks for one and `required` is none. */
	struct name fallback;
	struct str proxy_key; /* its key in a subquery's collection, with the _1, _2 of repeats */
	/* Its name there: not always the printed one (repeats keep theirs). */
	struct name proxy_name;
	bool has_proxy; /* false: not in the subquery's collection (text) */
	bool repeated;  /* a column before it has the name that would be its own */
};
/* The names of a statement's columns (_generate_columns_plus_names), of struct labelled *. Names
 * are fixed per statement: calling twice gives the same anonymous names. */
const struct vec *labels_of(struct compilation *c, struct statement *s);

#endif
