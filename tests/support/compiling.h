/* Compiles texts in a test, over the tables of tests/compiler/golden/schema.catalog, and looks at what
 * came out. One compiler for a test program: these are its globals. */
#ifndef TESTS_SUPPORT_COMPILING_H
#define TESTS_SUPPORT_COMPILING_H

#include "compiler/compile.h"

/* Of the last compilation. */
extern struct compile_result compiling_result;
/* How often it had to ask the catalog. */
extern unsigned compiling_rounds;
extern struct compiler *compiling_compiler;

/* For cmocka's group: sets it all up, and frees it. */
int compiling_set_up(void **state);
int compiling_tear_down(void **state);

/* Forgets all answers of the catalog. */
void compiling_forget(void);
/* Compiles with the answers given so far; what is wanted is in the result. */
enum compile_outcome compiling_once(const char *text);
/* Answers what the last compilation wanted. */
void compiling_answer(void);
/* Compiles from nothing known to the end. */
enum compile_outcome compiling(const char *text);

void assert_str(struct str is, const char *wanted);
/* The text compiles to this SQL. */
void assert_sql(const char *text, const char *sql);
/* The text fails with this state and message, at this piece of it. */
void assert_error(const char *text, const char *sqlstate, const char *at, const char *message);
/* The hint of that error. */
void assert_hint(const char *hint);

#endif
