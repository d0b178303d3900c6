#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/encoding.h"
#include "tests/support/compiling.h"
#include "tests/support/fixture.h"

static struct fixture fixture;
struct compiler *compiling_compiler;
struct compile_result compiling_result;
unsigned compiling_rounds;

int compiling_set_up(void **state)
{
	(void)state;
	fixture_load(&fixture, "tests/compiler/golden/schema.catalog");
	compiling_compiler = compiler_new();
	return compiling_compiler == NULL;
}

int compiling_tear_down(void **state)
{
	(void)state;
	compiler_free(compiling_compiler);
	fixture_free(&fixture);
	return 0;
}

void compiling_forget(void)
{
	fixture_forget(&fixture);
}

enum compile_outcome compiling_once(const char *text)
{
	struct compile_settings settings = { .encoding = encoding_utf8(),
		                             .standard_conforming_strings = true };
	struct str query = str_of(text);

	return compile_expression(compiling_compiler, query, (struct span){ 0, (uint32_t)query.n },
	                          &fixture.catalog, &settings, &compiling_result);
}

void compiling_answer(void)
{
	for (size_t i = 0; i < compiling_result.want_count; i++) {
		const struct compile_want *w = &compiling_result.wants[i];

		if (w->kind == WANT_NEIGHBOURS)
			fixture_answer_neighbours(&fixture, w->schema);
		else
			fixture_answer(&fixture, w->schema, w->name, w->oid);
	}
}

enum compile_outcome compiling(const char *text)
{
	enum compile_outcome outcome = COMPILE_WANTS;

	compiling_forget();
	for (compiling_rounds = 0; compiling_rounds < 20; compiling_rounds++) {
		outcome = compiling_once(text);
		if (outcome != COMPILE_WANTS)
			break;
		compiling_answer();
	}
	return outcome;
}

void assert_str(struct str is, const char *wanted)
{
	char *copy = test_calloc(1, is.n + 1);

	if (is.n > 0)
		memcpy(copy, is.p, is.n);
	assert_string_equal(copy, wanted);
	test_free(copy);
}

void assert_sql(const char *text, const char *sql)
{
	enum compile_outcome outcome = compiling(text);

	if (outcome == COMPILE_FAILED)
		assert_str(compiling_result.error.message, "");
	assert_int_equal(outcome, COMPILE_DONE);
	assert_str(compiling_result.sql, sql);
}

void assert_error(const char *text, const char *sqlstate, const char *at, const char *message)
{
	const struct compile_error *e = &compiling_result.error;

	assert_int_equal(compiling(text), COMPILE_FAILED);
	assert_str(e->message, message);
	assert_string_equal(e->sqlstate, sqlstate);
	assert_str((struct str){ text + e->span.start, e->span.end - e->span.start }, at);
}

void assert_hint(const char *hint)
{
	assert_str(compiling_result.error.hint, hint);
}
