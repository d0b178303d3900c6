/* What a FROM object's columns are called; the rest of from.c is in resolve.h. */
#ifndef COMPILER_FROM_H
#define COMPILER_FROM_H

#include "compiler/query.h"

/* The key of column i in the collection: for a join table_column, else the column's own. */
struct str from_key(struct compilation *c, struct from *f, size_t i);

#endif
