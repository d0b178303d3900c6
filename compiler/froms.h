/* Which FROM objects an expression or a FROM object consists of: SQLAlchemy's _from_objects. */
#ifndef COMPILER_FROMS_H
#define COMPILER_FROMS_H

#include "compiler/query.h"

/* A list in the making: an object goes in once, at its first place. */
struct from_list {
	struct compilation *c; /* borrowed */
	struct vec items;      /* of struct from * */
	uint32_t mark;
};

struct from_list from_list_new(struct compilation *c);
/* Only one list may be in the making at a time: starting another one ends this one. */
void from_list_add(struct from_list *l, struct from *f);
void from_list_extend(struct from_list *l, const struct vec *froms);

/* The FROM objects of an expression, in order, each once. A foreign-key path counts as the object
 * it starts from. The list is kept with the node: do not change it. */
const struct vec *froms_of(struct compilation *c, struct node *n);
/* Adds them to a list, of struct from *, as far as it has them not. */
void node_froms(struct compilation *c, struct node *n, struct vec *out);
/* The object itself; of a join, then those of its left and its right side. */
struct vec froms_within(struct compilation *c, struct from *f);
/* Where a chain of foreign-key paths starts: the object itself when it is none. */
struct from *from_path_root(struct from *f);

#endif
