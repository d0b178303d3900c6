/* The call forms of SQLAlchemy 1.x, with the meaning of 2.0. */
#ifndef COMPILER_WORDS_LEGACY_H
#define COMPILER_WORDS_LEGACY_H

#include "compiler/query.h"
#include "compiler/value.h"

/* select(*entities), and select([…], whereclause, from_obj, **options). */
struct statement *legacy_select(struct compilation *c, struct call *call);
/* t.select(), and t.select(whereclause, **options). */
struct statement *legacy_table_select(struct compilation *c, struct call *call);

#endif
