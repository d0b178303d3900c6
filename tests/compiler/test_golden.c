/* The language, case by case: golden/<section>.golden.
 *
 *     == title
 *     -- expr
 *     the text of an expression
 *     -- sql                        what it compiles to, on one line; or
 *     -- error SQLSTATE             the text that the position points at, the message, and then
 *                                   DETAIL: and HINT: where there are any
 *     -- warning                    one line each
 *
 * With --rewrite (make golden) what is compiled replaces what is written; the diff is to be read. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <pg_query.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/compile.h"
#include "compiler/encoding.h"
#include "compiler/vocabulary.h"
#include "tests/support/fixture.h"
#include "tests/support/variation.h"

#define DIRECTORY "tests/compiler/golden"

static struct fixture fixture;
static struct compiler *compiler;
static bool goes_on; /* after an answer, instead of reading the text again */

/* ------------------------------------------------------------------ compiling */

static struct compile_result compile(struct str text, enum compile_outcome *outcome)
{
	struct compile_settings settings = { .encoding = encoding_utf8(),
		                             .standard_conforming_strings = true,
		                             .cartesian_warnings = true };
	struct compile_result result = { .turn = 0 };

	fixture_forget(&fixture);
	for (unsigned round = 0; round < 20; round++) {
		settings.turn = goes_on ? result.turn : 0;
		*outcome = compile_expression(compiler, text, (struct span){ 0, (uint32_t)text.n },
		                              &fixture.catalog, &settings, &result);
		if (*outcome != COMPILE_WANTS)
			return result;
		for (size_t i = 0; i < result.want_count; i++) {
			const struct compile_want *w = &result.wants[i];

			if (w->kind == WANT_NEIGHBOURS)
				fixture_answer_neighbours(&fixture, w->schema);
			else
				fixture_answer(&fixture, w->schema, w->name, w->oid);
		}
	}
	fprintf(stderr, "%.*s: still asks the catalog\n", STR_ARG(text));
	exit(1);
}

/* ------------------------------------------------------------------ the vocabulary */

/* golden/words.golden has a case for every word, made of the word's own example. */
#define WORDS DIRECTORY "/words.golden"

static const char *const class_names[] = {
#define CLASS(name, parent) [RECEIVER_##name] = #name,
	RECEIVERS(CLASS)
#undef CLASS
};

/* Whether the word can be written; refused ones, and types that only a catalog has, cannot. */
static bool is_said(const struct word *w)
{
	return w->kind != WORD_REFUSED && !(w->kind == WORD_TYPE && w->signature == NULL);
}

/* `select`, `SELECT.where` */
static void title_of(const struct word *w, char *title, size_t size)
{
	if (w->receiver == RECEIVER_NONE || w->receiver == RECEIVER_BUILTIN)
		snprintf(title, size, "%s", w->name);
	else
		snprintf(title, size, "%s.%s", class_names[w->receiver], w->name);
}

/* ------------------------------------------------------------------ files */

struct file {
	char path[512];
	char *text; /* owned */
};

static char *slurp(const char *path)
{
	FILE *in = fopen(path, "rb");
	char *text = NULL;
	size_t n = 0;
	size_t got;

	if (in == NULL)
		return NULL;
	do {
		text = realloc(text, n + 65537);
		if (text == NULL)
			abort();
		got = fread(text + n, 1, 65536, in);
		n += got;
	} while (got > 0);
	text[n] = '\0';
	fclose(in);
	return text;
}

/* One case: its title, its expression, and the rest as it is written. */
struct golden {
	struct str title;
	struct str expr;
	struct str expected;
};

static const char *line_end(const char *p)
{
	return p + strcspn(p, "\n");
}

static bool begins(const char *p, const char *word)
{
	return strncmp(p, word, strlen(word)) == 0;
}

/* Reads the case at *at and moves behind it; false at the end. What stands between cases (comments) is
 * skipped. */
static bool next_case(const char **at, struct golden *g)
{
	const char *p = *at;
	const char *start;

	while (*p != '\0' && !begins(p, "== "))
		p = *line_end(p) == '\0' ? line_end(p) : line_end(p) + 1;
	if (*p == '\0')
		return false;
	g->title = (struct str){ p + 3, (size_t)(line_end(p) - p - 3) };
	p = line_end(p) + 1;
	if (!begins(p, "-- expr\n")) {
		fprintf(stderr, "%.*s: no -- expr\n", STR_ARG(g->title));
		exit(1);
	}
	p = start = p + 8;
	while (*p != '\0' && !begins(p, "-- sql\n") && !begins(p, "-- error") && !begins(p, "== "))
		p = *line_end(p) == '\0' ? line_end(p) : line_end(p) + 1;
	g->expr = (struct str){ start, (size_t)(p - start) };
	while (g->expr.n > 0 && g->expr.p[g->expr.n - 1] == '\n')
		g->expr.n--;
	start = p;
	while (*p != '\0' && !begins(p, "== ") && !begins(p, "\n== ") && !begins(p, "\n#"))
		p = *line_end(p) == '\0' ? line_end(p) : line_end(p) + 1;
	g->expected = (struct str){ start, (size_t)(p - start) };
	while (g->expected.n > 0 && g->expected.p[g->expected.n - 1] == '\n')
		g->expected.n--;
	*at = p;
	return true;
}

/* ------------------------------------------------------------------ results as text */

/* What a case should say, without the newline at its end; to be freed. */
static char *describe(struct str expr, struct str *sql)
{
	enum compile_outcome outcome;
	struct compile_result r = compile(expr, &outcome);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		abort();
	*sql = (struct str){ NULL, 0 };
	if (outcome == COMPILE_DONE) {
		*sql = r.sql;
		fprintf(out, "-- sql\n%.*s", STR_ARG(r.sql));
		for (size_t i = 0; i < r.warning_count; i++)
			fprintf(out, "\n-- warning\n%.*s", STR_ARG(r.warnings[i].message));
	} else {
		const struct compile_error *e = &r.error;
		int width = (int)(e->span.end - e->span.start);

		fprintf(out, "-- error %s\n%.*s\n%.*s", e->sqlstate, width, expr.p + e->span.start,
		        STR_ARG(e->message));
		if (e->detail.n > 0)
			fprintf(out, "\nDETAIL: %.*s", STR_ARG(e->detail));
		if (e->hint.n > 0)
			fprintf(out, "\nHINT: %.*s", STR_ARG(e->hint));
	}
	fclose(out);
	return text;
}

/* ------------------------------------------------------------------ the tests */

struct tally {
	size_t cases;
	size_t failures;
	size_t constants;
	size_t varied;
};

static void check_syntax(const char *path, struct str title, struct str sql, struct tally *t)
{
	char *z = strndup(sql.p, sql.n);
	PgQueryParseResult parsed = pg_query_parse(z);

	if (parsed.error != NULL) {
		t->failures++;
		print_error("%s: %.*s\n    %s: %s\n", path, STR_ARG(title), parsed.error->message,
		            z);
	}
	pg_query_free_parse_result(parsed);
	free(z);
}

/* Other values for its constants give the same SQL but for these, with the same map. */
static void check_variations(const char *path, const struct golden *g, struct tally *t)
{
	for (uint32_t seed = 1; seed <= 8; seed++) {
		enum compile_outcome outcome;
		struct compile_result r = compile(g->expr, &outcome);
		struct variation v;

		if (outcome != COMPILE_DONE)
			return;
		v = variation_make(g->expr, &r, seed);
		r = compile(v.text, &outcome);
		if (outcome != COMPILE_DONE || !variation_holds(&v, &r)) {
			t->failures++;
			print_error("%s: %.*s\n%.*s\n    expected:\n%.*s\n    is:\n%.*s\n\n", path,
			            STR_ARG(g->title), STR_ARG(v.text), STR_ARG(v.sql),
			            STR_ARG(outcome == COMPILE_DONE ? r.sql : r.error.message));
		}
		t->constants += v.constants;
		t->varied += v.varied;
		variation_free(&v);
	}
}

static void vary_file(const char *path, const char *text, struct tally *t)
{
	struct golden g;

	while (next_case(&text, &g)) {
		t->cases++;
		check_variations(path, &g, t);
	}
}

static void check_file(const char *path, const char *text, struct tally *t, bool syntax)
{
	struct golden g;

	while (next_case(&text, &g)) {
		struct str sql;
		char *actual = describe(g.expr, &sql);

		t->cases++;
		if (syntax && sql.p != NULL)
			check_syntax(path, g.title, sql, t);
		if (!syntax && !str_eq(g.expected, str_of(actual))) {
			t->failures++;
			print_error("%s: %.*s\n%.*s\n    expected:\n%.*s\n    is:\n%s\n\n", path,
			            STR_ARG(g.title), STR_ARG(g.expr), STR_ARG(g.expected), actual);
		}
		free(actual);
	}
}

static void rewrite_file(const char *path, const char *text, struct tally *t)
{
	FILE *out = fopen(path, "wb");
	const char *done = text;
	const char *at = text;
	struct golden g;

	if (out == NULL)
		abort();
	while (next_case(&at, &g)) {
		struct str sql;
		char *actual = describe(g.expr, &sql);

		/* What stands in front stays: comments, the title, the expression. */
		fwrite(done, 1, (size_t)(g.expr.p + g.expr.n - done), out);
		fprintf(out, "\n%s\n", actual);
		free(actual);
		done = g.expected.p + g.expected.n;
		done += strspn(done, "\n");
		if (*done != '\0')
			fputc('\n', out);
		t->cases++;
	}
	fputs(done, out);
	fclose(out);
}

/* Writes the vocabulary's examples anew; what they compile to is filled in as in any other file. */
static void rewrite_words(void)
{
	FILE *out = fopen(WORDS, "wb");

	if (out == NULL)
		abort();
	fputs("# Every word of the language, in the order of the vocabulary; made of its "
	      "examples.\n",
	      out);
	for (size_t i = 0; i < vocabulary_count; i++) {
		const struct word *w = &vocabulary_words[i];
		char title[128];

		if (!is_said(w))
			continue;
		title_of(w, title, sizeof(title));
		fprintf(out, "\n== %s\n-- expr\n%s\n", title, w->example == NULL ? "" : w->example);
	}
	fclose(out);
}

enum what { COMPARE, PARSE, VARY, REWRITE };

static struct tally each_file(enum what what)
{
	struct tally t = { .cases = 0 };
	struct dirent **names;
	int count = scandir(DIRECTORY, &names, NULL, alphasort);

	if (count < 0)
		fail_msg("%s: no such directory; run from the top of the repository", DIRECTORY);
	for (int i = 0; i < count; i++) {
		const char *dot = strrchr(names[i]->d_name, '.');
		struct file f;

		if (dot != NULL && strcmp(dot, ".golden") == 0) {
			snprintf(f.path, sizeof(f.path), DIRECTORY "/%s", names[i]->d_name);
			f.text = slurp(f.path);
			if (f.text == NULL)
				abort();
			if (what == REWRITE)
				rewrite_file(f.path, f.text, &t);
			else if (what == VARY)
				vary_file(f.path, f.text, &t);
			else
				check_file(f.path, f.text, &t, what == PARSE);
			free(f.text);
		}
		free(names[i]);
	}
	free(names);
	return t;
}

static void every_expression_compiles_to_what_is_written(void **state)
{
	struct tally t = each_file(COMPARE);

	(void)state;
	assert_true(t.cases > 0);
	assert_int_equal(t.failures, 0);
}

static void going_on_after_an_answer_comes_to_the_same(void **state)
{
	struct tally t;

	(void)state;
	goes_on = true;
	t = each_file(COMPARE);
	goes_on = false;
	assert_true(t.cases > 0);
	assert_int_equal(t.failures, 0);
}

/* Also, that no example fails. */
static void every_word_of_the_language_has_a_case(void **state)
{
	char *text = slurp(WORDS);
	const char *at = text;
	struct golden g;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < vocabulary_count; i++) {
		const struct word *w = &vocabulary_words[i];
		char title[128];

		if (!is_said(w))
			continue;
		title_of(w, title, sizeof(title));
		if (w->example == NULL || w->example[0] == '\0' || w->summary[0] == '\0')
			fail_msg("%s has no example or no summary", title);
		if (!next_case(&at, &g) || !str_is(g.title, title) || !str_is(g.expr, w->example))
			fail_msg("%s: case %zu is not \"%s\"; run make golden", WORDS, i, title);
		if (begins(g.expected.p, "-- error"))
			fail_msg("the example of %s fails", title);
	}
	free(text);
}

static void no_word_stands_twice_in_the_vocabulary(void **state)
{
	(void)state;
	for (size_t i = 0; i < vocabulary_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct word *w = &vocabulary_words[i];
			char title[128];

			title_of(w, title, sizeof(title));
			if (w->receiver == vocabulary_words[k].receiver &&
			    strcmp(w->name, vocabulary_words[k].name) == 0)
				fail_msg("%s", title);
		}
}

static void every_compiled_statement_is_sql_to_postgresql(void **state)
{
	struct tally t = each_file(PARSE);

	(void)state;
	assert_int_equal(t.failures, 0);
}

static void what_is_true_of_a_constant_is_true_of_another(void **state)
{
	struct tally t = each_file(VARY);

	(void)state;
	assert_int_equal(t.failures, 0);
	/* Most are values that nothing but the SQL is made of. */
	assert_true(t.varied * 2 > t.constants);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_expression_compiles_to_what_is_written),
		cmocka_unit_test(going_on_after_an_answer_comes_to_the_same),
		cmocka_unit_test(every_word_of_the_language_has_a_case),
		cmocka_unit_test(no_word_stands_twice_in_the_vocabulary),
		cmocka_unit_test(every_compiled_statement_is_sql_to_postgresql),
		cmocka_unit_test(what_is_true_of_a_constant_is_true_of_another),
	};
	int failed = 0;

	fixture_load(&fixture, DIRECTORY "/schema.catalog");
	compiler = compiler_new();
	if (compiler == NULL)
		abort();
	if (argc > 1 && strcmp(argv[1], "--rewrite") == 0) {
		rewrite_words();
		printf("%zu cases\n", each_file(REWRITE).cases);
	} else {
		failed = cmocka_run_group_tests(tests, NULL, NULL);
	}
	compiler_free(compiler);
	fixture_free(&fixture);
	return failed;
}
