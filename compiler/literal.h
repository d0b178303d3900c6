/* Python-like values: numbers, strings, dates, lists … as binds hold them.
 *
 * `$1` and `'…'::type` are values too. Immutable, in the arena. A literal knows what Python's repr()
 * would show (for messages), which of SQLAlchemy's types it has, and how Python computes with it. */
#ifndef COMPILER_LITERAL_H
#define COMPILER_LITERAL_H

#include "compiler/query.h"
#include "compiler/tree.h"
#include "compiler/types.h"
#include "compiler/value.h"

/* Makers; `text` is kept, not copied. */
const struct literal *literal_none(struct compilation *c, struct span span);
const struct literal *literal_bool(struct compilation *c, bool b, struct span span);
const struct literal *literal_integer(struct compilation *c, int64_t i, struct span span);
const struct literal *literal_string(struct compilation *c, struct str text, struct span span);
const struct literal *literal_make(struct compilation *c, enum literal_kind kind, struct str text,
                                   struct span span);
/* Room for the items of a sequence. */
const struct literal **literal_room(struct compilation *c, size_t count);
/* Fails (54001) when they nest too deeply: bindings can build what no text could. */
const struct literal *literal_sequence(struct compilation *c, enum literal_kind kind,
                                       const struct literal **items, size_t count,
                                       struct span span);

/* The multirange of these ranges; NULL when one is no range. */
const struct literal *literal_multirange(struct compilation *c, const struct literal *const *ranges,
                                         size_t count, struct span span);

/* The value of a leaf of the tree: STRING, BITS, INTEGER, FLOAT, CONSTANT, PARAMETER. */
struct value literal_from_tree(struct compilation *c, const struct tree *t);
/* The collection (VALUE_LIST, TUPLE, SET, DICT) of these items; its `literal` is set when all of them
 * are literals. `items` is kept. Fails (54001) when collections nest too deeply. */
struct value literal_collection(struct compilation *c, enum value_kind kind, struct value *items,
                                size_t count, struct span span);
/* The value that is this literal. */
struct value value_literal(const struct literal *l);
/* The string, or None when it is empty: what has no name. */
struct value value_text(struct compilation *c, struct str text, struct span span);
/* The literal of a value of any kind that has one (a list of literals, a number), or NULL. */
const struct literal *value_as_literal(const struct value *v);

/* SQLAlchemy's type for the value (_resolve_value_to_type): type_null for None, lists, dicts and
 * undeclared `$n`. Ranges have TYPE_AbstractRange. */
const struct type *literal_type(const struct literal *l);
/* The type that a value compared or combined with something of type `left` takes
 * (coerce_compared_value). NULL for `l`: an empty IN list. */
const struct type *literal_type_beside(const struct type *left, const struct literal *l);

bool literal_is_none(const struct literal *l);
bool literal_is_number(const struct literal *l); /* bool is one, as in Python */
/* $1 or $1::type. */
bool literal_is_parameter(const struct literal *l);
/* A list, a tuple or a set. */
bool literal_is_collection(const struct literal *l);
/* Python's truth: 0, "", [], None and False are false. */
bool literal_is_true(const struct literal *l);
/* As Python's repr() writes it: 5, 'abc', [1, 2]. */
struct str literal_repr(struct compilation *c, const struct literal *l);

/* Python's left op right for two values, where Python computes it and so do we: numbers, strings,
 * lists, dates with intervals, comparisons. NULL: it is left to PostgreSQL. Fails (22012, 42804) where
 * Python raises. */
const struct literal *literal_fold(struct compilation *c, enum tree_op op,
                                   const struct literal *left, const struct literal *right,
                                   struct span at);
/* -x, +x, ~x of a number; NULL when it is none. */
const struct literal *literal_fold_unary(struct compilation *c, enum tree_op op,
                                         const struct literal *operand, struct span at);

#endif
