/* Any text, over the tables of the golden files: the compiler fails with a place inside the text,
 * or gives SQL that lexes, whose brackets match and which ends no statement, with a map whose marks
 * rise and point into the text; twice the same, and the same for other constants where it says so;
 * within the memory it may take. */
#include <stdlib.h>

#include "compiler/compile.h"
#include "compiler/encoding.h"
#include "compiler/sqllex.h"
#include "tests/fuzz/target.h"
#include "tests/support/fixture.h"
#include "tests/support/variation.h"

enum { MEMORY = 4 << 20, MAX_NESTING = 100, MAX_ROUNDS = 64 };

static void answer(struct fixture *f, const struct compile_result *r)
{
	for (size_t i = 0; i < r->want_count; i++) {
		const struct compile_want *w = &r->wants[i];

		if (w->kind == WANT_NEIGHBOURS)
			fixture_answer_neighbours(f, w->schema);
		else
			fixture_answer(f, w->schema, w->name, w->oid);
	}
}

static enum compile_outcome compile(struct compiler *compiler, struct fixture *f, struct str text,
                                    struct compile_result *result)
{
	struct compile_settings settings = { .encoding = encoding_utf8(),
		                             .standard_conforming_strings = true,
		                             .cartesian_warnings = true,
		                             .max_nesting = MAX_NESTING,
		                             .memory = MEMORY };
	struct span all = { 0, (uint32_t)text.n };

	fixture_forget(f);
	for (unsigned round = 0;; round++) {
		enum compile_outcome outcome =
			compile_expression(compiler, text, all, &f->catalog, &settings, result);

		CHECK(compiler_memory(compiler) <= MEMORY);
		if (outcome != COMPILE_WANTS)
			return outcome;
		/* Each round asks for something new, and what can be asked for is finite. */
		CHECK(result->want_count > 0 && round < MAX_ROUNDS);
		answer(f, result);
	}
}

static void check_span(struct span span, struct str text)
{
	CHECK(span.start <= span.end && span.end <= text.n);
}

static void check_sql(struct str sql)
{
	struct sqllex l = { .text = sql,
		            .rules = { .encoding = encoding_utf8(),
		                       .standard_conforming_strings = true } };
	char *open = malloc(sql.n + 1);
	size_t depth = 0;
	struct sqllex_token t;

	CHECK(open != NULL);
	while ((t = sqllex_next(&l)).kind != SQLLEX_END) {
		char ch = t.kind == SQLLEX_OTHER ? sql.p[t.start] : '\0';

		CHECK(t.closed);
		CHECK(ch != ';');
		if (ch == '(' || ch == '[')
			open[depth++] = ch;
		if (ch == ')' || ch == ']')
			CHECK(depth > 0 && open[--depth] == (ch == ')' ? '(' : '['));
	}
	CHECK(depth == 0);
	free(open);
}

static void check_map(const struct sourcemap *map, struct str sql, struct str text)
{
	for (size_t i = 0; i < map->count; i++) {
		CHECK(map->marks[i].out <= sql.n);
		CHECK(map->marks[i].start <= text.n);
		CHECK(i == 0 || map->marks[i - 1].out < map->marks[i].out);
	}
}

static void check_done(const struct compile_result *r, struct str text)
{
	check_sql(r->sql);
	check_map(&r->map, r->sql, text);
	for (size_t i = 0; i < r->warning_count; i++)
		check_span(r->warnings[i].span, text);
}

static char *copy_of(struct str s)
{
	char *copy = malloc(s.n + 1);

	CHECK(copy != NULL);
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	return copy;
}

static void check_variation(struct compiler *compiler, struct fixture *f, struct str text,
                            const struct compile_result *result)
{
	struct variation v = variation_make(text, result, (uint32_t)text.n);
	struct compile_result other;

	/* A longer one may take more memory than there is. */
	if (compile(compiler, f, v.text, &other) == COMPILE_DONE)
		CHECK(variation_holds(&v, &other));
	else
		CHECK(strcmp(other.error.sqlstate, "54000") == 0);
	variation_free(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fixture fixture;
	static struct compiler *compiler;
	struct str text = { (const char *)data, size };
	struct compile_result first;
	struct compile_result second;
	enum compile_outcome outcome;
	char *sql;

	if (compiler == NULL) {
		fixture_load(&fixture, "tests/compiler/golden/schema.catalog");
		compiler = compiler_new();
		CHECK(compiler != NULL);
	}
	/* What is not valid in its encoding has no tag and never comes here. */
	if (size > 65536 || !encoding_is_valid(encoding_utf8(), text))
		return 0;
	outcome = compile(compiler, &fixture, text, &first);
	if (outcome == COMPILE_FAILED) {
		CHECK(strlen(first.error.sqlstate) == 5);
		CHECK(first.error.message.n > 0);
		check_span(first.error.span, text);
		return 0;
	}
	check_done(&first, text);
	sql = copy_of(first.sql);
	first.sql.p = sql;
	CHECK(compile(compiler, &fixture, text, &second) == COMPILE_DONE);
	CHECK(str_eq(first.sql, second.sql));
	free(sql);
	check_variation(compiler, &fixture, text, &second);
	return 0;
}
