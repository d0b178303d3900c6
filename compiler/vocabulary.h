/* The words of the language: vocabulary.def and types.def as one table that can be looked up.
 *
 * A word stands alone (`select`) or is asked of a value (`.where`); in the second case it belongs to
 * a receiver, a class of values. Classes have a parent each, as in Python: what a class lacks is
 * looked for in its parent. */
#ifndef COMPILER_VOCABULARY_H
#define COMPILER_VOCABULARY_H

#include "compiler/types.h"
#include "compiler/value.h"

/* The classes of values, with the parent that each derives from. */
#define RECEIVERS(CLASS)                                                                           \
	CLASS(NONE, NONE)                                                                          \
	/* column expressions; a value is first asked by its type, then by what it is */           \
	CLASS(ELEMENT, NONE)                                                                       \
	CLASS(COLUMN, ELEMENT)                                                                     \
	CLASS(BIND, ELEMENT)                                                                       \
	CLASS(LABEL, ELEMENT)                                                                      \
	CLASS(FUNCTION, ELEMENT)                                                                   \
	CLASS(FUNCTION_FILTER, ELEMENT)                                                            \
	CLASS(WITHIN_GROUP, ELEMENT)                                                               \
	CLASS(OVER, ELEMENT)                                                                       \
	CLASS(EXISTS, ELEMENT)                                                                     \
	CLASS(SCALAR_SELECT, ELEMENT)                                                              \
	CLASS(SEQUENCE, ELEMENT)                                                                   \
	CLASS(TEXT, NONE)                                                                          \
	CLASS(TYPED_ARRAY, NONE)                                                                   \
	CLASS(TYPED_JSON, NONE)                                                                    \
	CLASS(TYPED_JSONB, TYPED_JSON)                                                             \
	CLASS(TYPED_HSTORE, NONE)                                                                  \
	CLASS(TYPED_RANGE, NONE)                                                                   \
	/* FROM objects */                                                                         \
	CLASS(FROM, NONE)                                                                          \
	CLASS(TABLE, FROM)                                                                         \
	CLASS(ALIAS, FROM)                                                                         \
	CLASS(SUBQUERY, ALIAS)                                                                     \
	CLASS(CTE, ALIAS)                                                                          \
	CLASS(LATERAL, ALIAS)                                                                      \
	CLASS(TABLESAMPLE, ALIAS)                                                                  \
	CLASS(TABLE_VALUED, ALIAS)                                                                 \
	CLASS(JOIN, FROM)                                                                          \
	CLASS(VALUES, FROM)                                                                        \
	/* statements */                                                                           \
	CLASS(STATEMENT, NONE)                                                                     \
	CLASS(SELECT_BASE, STATEMENT)                                                              \
	CLASS(GENERATIVE_SELECT, SELECT_BASE)                                                      \
	CLASS(SELECT, GENERATIVE_SELECT)                                                           \
	CLASS(COMPOUND, GENERATIVE_SELECT)                                                         \
	CLASS(TEXTUAL_SELECT, SELECT_BASE)                                                         \
	CLASS(DML, STATEMENT)                                                                      \
	CLASS(INSERT, DML)                                                                         \
	CLASS(DML_WHERE, DML)                                                                      \
	CLASS(UPDATE, DML_WHERE)                                                                   \
	CLASS(DELETE, DML_WHERE)                                                                   \
	/* the rest */                                                                             \
	CLASS(COLUMNS, NONE)                                                                       \
	CLASS(TYPE, NONE)                                                                          \
	CLASS(LITERAL, NONE)                                                                       \
	CLASS(DATETIME, NONE)  /* the module datetime, and its class of the same name */           \
	CLASS(TIMEZONE, NONE)  /* datetime.timezone */                                             \
	CLASS(DECIMAL, NONE)   /* the module decimal */                                            \
	CLASS(UUID, NONE)      /* the module uuid */                                               \
	CLASS(OPERATORS, NONE) /* the module operators */                                          \
	CLASS(BUILTIN, NONE)   /* names that are words only where they are called: a table may */  \
			       /* have the same one */

enum receiver {
#define CLASS(name, parent) RECEIVER_##name,
	RECEIVERS(CLASS)
#undef CLASS
		RECEIVER_COUNT
};

enum word_kind {
	WORD_CALL,      /* is called; `handler` takes the bound arguments */
	WORD_ATTRIBUTE, /* is read; `handler` gets a call without arguments */
	WORD_REFUSED,   /* SQLAlchemy has it, the language has not; `hint` says what to do */
	WORD_TYPE,      /* a type's name: `type`; called with `signature`, or used as it stands */
};

/* One row of vocabulary.def or types.def. Static and immutable. */
struct word {
	enum receiver receiver;
	enum word_kind kind;
	const char *name;
	const char *signature; /* Python's, without the parentheses; NULL for attributes */
	word_handler handler;  /* NULL when refused */
	const char *summary;
	const char *example;
	const char *hint;
	enum type_id type;
};

/* All rows, in the order of the tables. */
extern const struct word vocabulary_words[];
extern const size_t vocabulary_count;

/* An index over the rows, and their signatures; built once for a compiler, read only afterwards. */
struct vocabulary;
struct signature;
struct vocabulary *vocabulary_new(void); /* NULL when out of memory */
void vocabulary_free(struct vocabulary *v);

/* The signature of a word of the table; of one that has none, one without parameters. */
const struct signature *vocabulary_signature(const struct vocabulary *v, const struct word *w);

/* The word of this class, or of the nearest of its parents that has it. */
const struct word *vocabulary_find(const struct vocabulary *v, enum receiver receiver,
                                   struct str name);
/* The word as this value knows it: on its type's class, then on its own, then on their parents. */
const struct word *vocabulary_of(struct compilation *c, const struct value *value, struct str name);
/* Notes the hint with what stands for `name` here, or with the words nearest to it that this value
 * knows; NULL: that stand alone. False: there are none. */
bool vocabulary_hint(struct compilation *c, const struct value *value, struct str name);
enum receiver vocabulary_parent(enum receiver receiver);

/* Handlers of whole tables: a type's name that is called (types.c's). */
struct value type_construct(struct compilation *c, struct call *call);

#endif
