/* Foreign-key paths: orders.fk.customer.c.name. LANGUAGE, section 6. */
#ifndef COMPILER_FKPATH_H
#define COMPILER_FKPATH_H

#include "compiler/query.h"

/* The FROM that the foreign key of `base` called `name` leads to: an alias of the referenced table,
 * one per base and key. `base` is a table, an alias of one, or what a path led to. Fails with 42703
 * when no key goes by that name, 42P09 when several do. Leaves the compilation while the catalog was
 * not asked for the referenced table. */
struct from *fkpath_follow(struct compilation *c, struct from *base, struct str name,
                           struct span at);

#endif
