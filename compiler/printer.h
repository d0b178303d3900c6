/* What printing a statement carries along: texts in the making, names given so far, the statements
 * around the one being printed, the CTEs met.
 *
 * SQLAlchemy numbers anonymous names as it compiles, and it does not compile in the order of the
 * text: a CTE is compiled where it is first met and stands in front, RETURNING before the SELECT of
 * an INSERT. So everything is printed in that order, each into a buffer of its own where its place
 * is elsewhere, and the buffers are put together at the end, once. Values take part in the
 * numbering, though none of their names is seen. */
#ifndef COMPILER_PRINTER_H
#define COMPILER_PRINTER_H

#include "compiler/compilation.h"
#include "compiler/keymap.h"
#include "compiler/labels.h"
#include "compiler/operators.h"
#include "compiler/resolve.h"
#include "compiler/sourcemap.h"
#include "compiler/text.h"
#include "compiler/types.h"

/* Text that goes into a buffer at an offset that was passed long ago: a WITH in front of a statement,
 * the joins of foreign-key paths behind their table. */
struct insertion {
	struct insertion *next; /* the one made before */
	size_t at;
	struct buffer *part;
};

struct buffer {
	struct text text;
	struct sourcemap map;
	struct insertion *insertions; /* the latest first */
};

/* A FROM element that foreign-key paths may start from, as printed. */
struct path_place {
	struct path_place *next;
	struct from *base;
	struct buffer *buffer;
	size_t start, end;
	bool right; /* stands right of a JOIN */
};

/* A statement being printed. */
struct frame {
	struct frame *up;
	struct statement *statement;
	uint32_t level;      /* of the stack, from 1 */
	struct frame *owner; /* whose `own` counts: itself; of a set operation, what is around it */
	uint32_t barrier;    /* frames below this level do not count for correlation */
	struct vec own;      /* of struct from *: all that stand in its FROM list, joins expanded */
	struct frame **covered; /* per member of own: the frame it stood in before */
	size_t covered_capacity;
	struct vec froms;    /* of struct from *: its whole FROM list, before correlation */
	struct vec shadowed; /* of struct str *: bare names a table with a schema has as well */
	struct path_place *places;
	struct vec paths;        /* of struct from *: foreign-key paths joined here, in order */
	struct keymap *selected; /* references.c: names ORDER BY may give */
	struct keymap *available;
};

/* A CTE met so far. */
struct cte_entry {
	struct from *cte;
	struct from *reference; /* what it restates, or itself */
	struct str name;
	uint32_t level;
	bool nest_here;
	bool gone;           /* replaced, or printed in a WITH */
	struct buffer *text; /* NULL: an alias of another CTE */
};

/* The edges between the FROM elements of one statement: lint.c. */
struct lint;

/* What an expression is printed in; saved and restored around what it holds for. */
struct context {
	bool within_columns; /* the columns clause of a SELECT or RETURNING */
	bool within_label;
	bool bare_columns;          /* without their table */
	bool in_operator;           /* eager operators stand in parentheses */
	bool values_in_text;        /* values as SQLAlchemy writes them, not the driver */
	struct node *label_as_name; /* this label is printed as its name */
	struct lint *lint;          /* comparisons are edges */
	struct lint *lateral_lint;  /* also of this statement around a LATERAL */
	struct from *lateral;
};

enum name_class { NAME_LABEL, NAME_ALIAS, NAME_VALUES, NAME_CLASSES };

struct printer {
	struct compilation *c;
	struct buffer *out;
	struct context context;
	struct frame *top;
	struct frame **standing; /* by id of a FROM object: the innermost frame it stands in */
	size_t standing_capacity;
	struct keymap bodies; /* of anonymous names: how many there are */
	struct keymap truncated[NAME_CLASSES];
	uint32_t truncated_count[NAME_CLASSES];
	struct keymap shadows;        /* bare name → struct anon *: events_1 */
	struct vec ctes;              /* of struct cte_entry *, by when their text was complete */
	struct keymap cte_references; /* CTE → its entry */
	bool has_nesting;             /* one of them belongs to an inner statement */
	struct keymap cte_names;      /* level and name → entry */
	struct from *cte;             /* whose body is being printed */
	struct vec params;            /* of struct param_value *, the innermost statement's last */
	/* Where the column printed next is mentioned; empty: its first mention. */
	struct span mention;
	bool has_verbatim;    /* brackets or quotes came out of the client's own SQL … */
	struct span verbatim; /* … first here */
};

/* Where a statement is printed. */
struct place {
	bool from; /* in a FROM list, or as the body of a CTE */
	bool lateral;
	bool member;    /* of a set operation, or the SELECT of an INSERT */
	bool counted;   /* a member of a set operation whose columns are to be counted */
	uint32_t index; /* which member */
	size_t columns; /* of the first member */
};

/* ---- printer.c: texts ---- */

struct buffer *buffer_new(struct compilation *c);
/* Puts `part` into `b` at offset `at`, in front of what was put there before. */
void buffer_insert(struct compilation *c, struct buffer *b, size_t at, struct buffer *part);
/* Adds `part` at the end. */
void buffer_append(struct compilation *c, struct buffer *b, const struct buffer *part);
/* Takes back what was written from byte `end` on: nothing that was put in there. */
void buffer_cut(struct buffer *b, size_t end);
/* One text with one map, without insertions. */
struct buffer *buffer_flatten(struct compilation *c, struct buffer *b);

static inline void put(struct printer *p, struct str s)
{
	text_str(&p->out->text, s);
}
static inline void put_char(struct printer *p, char ch)
{
	text_char(&p->out->text, ch);
}
#define PUT(p, literal) put(p, STR(literal))
/* What follows is made from this word of the client's text. */
static inline void from_word(struct printer *p, struct span at)
{
	if (at.end > 0) /* what was never written itself belongs to the word around it */
		sourcemap_made(&p->out->map, p->out->text.n, at);
}
/* SQL that the client wrote, made at this word: it may end in a comment, and what its brackets and
 * quotes do to the whole is looked at in the end. */
void put_verbatim(struct printer *p, struct str text, struct span at);

/* ---- print_names.c ---- */

/* The name as it will be seen; gives an anonymous one its number. `generated`: too long a name is
 * shortened, which happens to anonymous names anyhow. */
struct str name_text(struct printer *p, struct name name, enum name_class class, bool generated);
/* Gives the name its number and prints nothing: what a value does. */
void name_count(struct printer *p, struct name name);
void put_identifier(struct printer *p, struct str name);
void put_name(struct printer *p, struct name name, enum name_class class, bool generated);
/* The same for a name that is likely to be printed more than once. */
void put_name_again(struct printer *p, struct name *name, enum name_class class, bool generated);
/* The alias that a table has because another one of its bare name, with a schema, stands in the same
 * FROM list; NULL: none. */
struct anon *name_shadow(struct printer *p, struct from *f);
/* schema.name of a table, whatever alias it has. */
void put_table(struct printer *p, struct from *f);
/* The name a FROM object goes by in expressions, with its schema. */
void put_from_name(struct printer *p, struct from *f);

/* ---- printer.c: the stack ---- */

void frame_push(struct printer *p, struct frame *frame, struct statement *s);
/* The FROM objects that stand in the frame on top. */
void frame_own(struct printer *p, const struct vec *froms);
void frame_pop(struct printer *p);
/* The innermost frame that the FROM object stands in, as far as correlation sees; NULL: none. */
struct frame *frame_standing(const struct printer *p, const struct from *f);
bool frame_is_own(const struct printer *p, const struct frame *frame, const struct from *f);

/* ---- print_*.c ---- */

void print_node(struct printer *p, struct node *n);
/* The nodes with ", " between them; what prints nothing is left out. */
void print_list(struct printer *p, const struct vec *nodes, struct str separator);
void print_bind(struct printer *p, struct node *n);
/* Its value alone, which takes no number. */
void print_bind_value(struct printer *p, const struct node *bind);
/* A value of a bind as psycopg2 and the dialect write it, in a place of this type. */
void print_literal(struct printer *p, const struct literal *l, const struct type *t);
/* The value list of IN. */
void print_in_list(struct printer *p, struct node *bind, bool negated, size_t width);
/* The bind with the value that params() of a statement around gives it, or the bind itself. Fails
 * (22023) when it has no value. */
struct node *bind_given(struct printer *p, struct node *bind);
void print_type(struct printer *p, const struct type *t, struct span at);

void print_statement_at(struct printer *p, struct statement *s, struct place place);
void print_select(struct printer *p, struct statement *s, struct place place);
void print_compound(struct printer *p, struct statement *s, struct place place);
void print_insert(struct printer *p, struct statement *s);
void print_update(struct printer *p, struct statement *s); /* and DELETE */
void print_textual(struct printer *p, struct statement *s);
/* The columns of a SELECT (`from`: in a FROM list) or RETURNING. */
void print_columns(struct printer *p, const struct vec *labelled, bool from);
void print_texts(struct printer *p, const struct vec *texts); /* prefixes, suffixes */
void print_order_by(struct printer *p, struct statement *s);
void print_group_by(struct printer *p, struct statement *s);
void print_row_limit(struct printer *p, struct statement *s);
/* WHERE, HAVING: folded; `word` in front unless nothing remains. */
void print_criteria(struct printer *p, const struct vec *criteria, struct str word, struct span at);

/* A FROM object where it is listed. `right`: right of a JOIN. */
void print_from(struct printer *p, struct from *f, bool right);
void print_froms(struct printer *p, const struct vec *froms);
/* Notes that the foreign-key path is used, so that it will be joined where it starts; false where it
 * cannot be joined, in UPDATE, DELETE and INSERT. */
bool path_use(struct printer *p, struct from *path, struct span at);
/* Prints the joins of the paths that the frame on top has. */
void paths_join(struct printer *p);
/* ( SELECT column FROM path … ) for a column of a path in UPDATE, DELETE, INSERT. */
void path_print_scalar(struct printer *p, struct node *column);

/* A CTE met in a FROM list (`listed`), or by add_cte(). */
void print_cte(struct printer *p, struct from *cte, bool listed, bool nest_here);
void print_added_ctes(struct printer *p, struct statement *s);
/* Puts WITH in front of the statement on top, which began at `start` of `out`. */
void print_with(struct printer *p, size_t start, bool following);

void print_text_reference(struct printer *p, struct node *n);
void print_label_reference(struct printer *p, struct node *n);

/* ---- select_froms.c ---- */

/* What of it is printed, given the statements around: correlation. */
struct vec select_display_froms(struct printer *p, struct statement *s, const struct vec *froms,
                                struct place place);
/* The rest of an UPDATE's or DELETE's FROM or USING list. */
struct vec dml_extra_froms(struct compilation *c, struct statement *s);

/* ---- lint.c ---- */

struct lint *lint_new(struct printer *p);
/* An element of the FROM list; `name` is what the warning calls it. */
void lint_element(struct lint *l, struct from *f, struct str name);
/* Every one on the left is joined to every one on the right. */
void lint_edges(struct lint *l, const struct vec *left, const struct vec *right);
/* The same, with the LATERAL as a member of both. */
void lint_lateral_edges(struct lint *l, struct from *lateral, const struct vec *left,
                        const struct vec *right);
/* Warns unless all elements hang together. */
void lint_finish(struct lint *l, const char *statement, struct span at);

#endif
