/* Another text of the same pattern, and what it must compile to: what the compiler says of
 * constants, tried. */
#ifndef TESTS_SUPPORT_VARIATION_H
#define TESTS_SUPPORT_VARIATION_H

#include "compiler/compile.h"

struct variation {
	struct str text; /* other values for the constants that may have them */
	struct str sql;
	struct sourcemap_mark *marks; /* in bytes */
	size_t mark_count;
	uint32_t *warnings; /* where they start in the text */
	size_t warning_count;
	size_t constants; /* of the pattern … */
	size_t varied;    /* … of which these may be others */
	char *memory[2];  /* owned: of the texts */
};

/* From a text and what it compiled to; `seed` chooses the values. */
struct variation variation_make(struct str text, const struct compile_result *result,
                                uint32_t seed);
void variation_free(struct variation *v);
/* Whether v->text compiled to what it must. */
bool variation_holds(const struct variation *v, const struct compile_result *result);

#endif
