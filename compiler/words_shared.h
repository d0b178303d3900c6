/* What several files of word handlers use. */
#ifndef COMPILER_WORDS_SHARED_H
#define COMPILER_WORDS_SHARED_H

#include "compiler/query.h"
#include "compiler/value.h"

/* A copy of the statement that the method was called on. */
struct statement *call_copy(struct compilation *c, const struct call *call);
/* WHERE criteria onto `clauses`. */
void push_where(struct compilation *c, struct vec *clauses, const struct value *values,
                size_t count);
/* filter_by(name=value): criteria over the columns of `f`; `entity` is the expression that it was found
 * by, or NULL. */
void push_filter_by(struct compilation *c, struct vec *clauses, struct from *f,
                    const struct node *entity, const struct call *call);
/* FROM objects, lists among them unpacked. */
struct vec coerce_froms(struct compilation *c, const struct value *values, size_t count);
void push_order_by(struct compilation *c, struct vec *list, const struct value *values,
                   size_t count);
void push_group_by(struct compilation *c, struct vec *list, const struct value *values,
                   size_t count);
/* What params() was given, of struct param_value *. */
struct vec params_given(struct compilation *c, const struct call *call);
/* Pieces of SQL: text() or bare strings. */
void push_texts(struct compilation *c, struct vec *list, const struct value *values, size_t count);
void push_hint(struct compilation *c, struct statement *s, struct from *f, struct str text,
               struct span span);
/* Whether argument i names a dialect whose texts are for PostgreSQL. */
bool dialect_is_ours(struct compilation *c, const struct call *call, size_t i);
void statement_correlate(struct compilation *c, struct statement *s, const struct call *call);
void statement_correlate_except(struct compilation *c, struct statement *s,
                                const struct call *call);

#endif
