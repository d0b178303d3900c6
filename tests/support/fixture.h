/* A catalog for tests of the compiler, read from a file such as tests/compiler/golden/schema.catalog,
 * and the loop of compiling and answering what the compiler wants to know. */
#ifndef TESTS_SUPPORT_FIXTURE_H
#define TESTS_SUPPORT_FIXTURE_H

#include "compiler/catalog.h"

struct fixture {
	char *text; /* owned: the file, cut into the fields that everything below borrows */
	struct relation *relations;
	bool *visible; /* per relation */
	size_t count;
	struct catalog catalog; /* what was asked so far */
	struct catalog_entry *entries;
	size_t capacity;
	char **copies; /* owned: names that were asked for */
	size_t copy_count;
	struct str *names; /* for did-you-mean */
};

/* Reads the file; ends the program when it cannot be read or is malformed. */
void fixture_load(struct fixture *f, const char *path);
void fixture_free(struct fixture *f);
/* Forgets the answers: the next compilation has to ask. */
void fixture_forget(struct fixture *f);
/* Puts the answer to one question into the catalog: by oid unless it is 0. */
void fixture_answer(struct fixture *f, struct str schema, struct str name, uint32_t oid);
/* Puts in the names for did-you-mean: the relations of the schema, or the visible ones, and all
 * schemas. */
void fixture_answer_neighbours(struct fixture *f, struct str schema);

#endif
