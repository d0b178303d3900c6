/* Did you mean: the names nearest to a misspelt one, by PostgreSQL's rule.
 *
 * Names more than three edits away, or of which more than half the letters differ, are no help;
 * two at the same distance are both named, three or more are not. Case does not count as an edit. */
#ifndef COMPILER_NEAREST_H
#define COMPILER_NEAREST_H

#include "compiler/diag.h"
#include "compiler/encoding.h"

struct nearest {
	struct str wanted; /* borrowed */
	struct str first;  /* borrowed from the offers */
	struct str second; /* empty unless two are equally near */
	unsigned distance;
	unsigned ties; /* distinct names at that distance */
};

/* Begins a search for names like `wanted`, which must outlive it. */
void nearest_init(struct nearest *n, struct str wanted);
/* Considers one name that exists. */
void nearest_offer(struct nearest *n, struct str name);
/* Notes the hint `Perhaps you meant "a".` or `… "a" or "b".`; false when there is nothing to say. */
bool nearest_hint(const struct nearest *n, struct diag *d);

#endif
