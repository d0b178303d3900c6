/* The compiler alone: nanoseconds per token by phase, compilations a second, bytes of arena, and how
 * the cost grows from 1 KB of text to 1 MB.
 *
 * Times are the median of several rounds of CPU time of this thread. */
#include <stdio.h>
#include <stdlib.h>

#include "compiler/compile.h"
#include "compiler/diag.h"
#include "compiler/encoding.h"
#include "compiler/lexer.h"
#include "compiler/parser.h"
#include "tests/bench/samples.h"
#include "tests/support/fixture.h"

enum { ROUNDS = 9, NESTING = 100000 };

struct bench {
	struct fixture fixture;
	struct compiler *compiler;
	struct compile_settings settings;
	struct sqllex_rules rules;
};

static enum compile_outcome compile(struct bench *b, struct str text, struct compile_result *result)
{
	struct span whole = { 0, (uint32_t)text.n };

	return compile_expression(b->compiler, text, whole, &b->fixture.catalog, &b->settings,
	                          result);
}

/* Compiles until nothing is wanted any more: what follows measures a warm binding. */
static void answer_all(struct bench *b, struct str text)
{
	struct compile_result result;
	enum compile_outcome outcome;

	while ((outcome = compile(b, text, &result)) == COMPILE_WANTS) {
		for (size_t i = 0; i < result.want_count; i++)
			fixture_answer(&b->fixture, result.wants[i].schema, result.wants[i].name,
			               result.wants[i].oid);
	}
	if (outcome == COMPILE_FAILED) {
		fprintf(stderr, "bench: %.*s\n", STR_ARG(result.error.message));
		exit(1);
	}
}

/* Tokens of the text; the time of one pass in *ns. */
static size_t lex(struct bench *b, struct str text, double *ns)
{
	struct arena arena;
	struct diag diag;
	struct lexer lexer;
	struct lexer_token token;
	volatile size_t count = 0; /* lives across the setjmp */
	double start = now();

	arena_init(&arena, 1u << 30, diag_exhausted, &diag);
	diag_init(&diag, &arena);
	if (setjmp(diag.escape) != 0)
		exit(1);
	lexer_init(&lexer, &diag, text, (struct span){ 0, (uint32_t)text.n }, b->rules);
	do {
		lexer_next(&lexer, &token);
		count++;
	} while (token.kind != LEXER_END);
	arena_free(&arena);
	*ns = now() - start;
	return count;
}

static double parse(struct bench *b, struct str text, struct arena *arena)
{
	struct diag diag;
	double start = now();

	arena_reset(arena);
	diag_init(&diag, arena);
	if (setjmp(diag.escape) != 0)
		exit(1);
	parser_parse(&diag, text, (struct span){ 0, (uint32_t)text.n }, b->rules, NESTING);
	return now() - start;
}

/* Median nanoseconds of each phase for one text. */
static void measure(struct bench *b, const char *name, struct str text)
{
	double lexing[ROUNDS], parsing[ROUNDS], all[ROUNDS];
	int times = text.n > 100000 ? 1 : (int)(2000000 / (text.n + 100));
	struct arena arena;
	struct compile_result result;
	size_t tokens = 0;

	answer_all(b, text);
	arena_init(&arena, 1u << 30, diag_exhausted, NULL);
	for (int round = 0; round < ROUNDS; round++) {
		double sum = 0, one, start;

		for (int i = 0; i < times; i++) {
			tokens = lex(b, text, &one);
			sum += one;
		}
		lexing[round] = sum / times;
		sum = 0;
		for (int i = 0; i < times; i++)
			sum += parse(b, text, &arena);
		parsing[round] = sum / times;
		start = now();
		for (int i = 0; i < times; i++)
			compile(b, text, &result);
		all[round] = (now() - start) / times;
	}
	arena_free(&arena);
	double lexed = median(lexing, ROUNDS);
	double whole = median(all, ROUNDS), front = median(parsing, ROUNDS);

	printf("  %-10s %9zu %8zu %9.1f %9.1f %9.1f %9.1f %11.1f %10.0f %11zu\n", name, text.n,
	       tokens, lexed / (double)tokens, front / (double)tokens,
	       (whole - front) / (double)tokens, whole / (double)tokens, whole / 1000, 1e9 / whole,
	       compiler_memory(b->compiler));
}

/* A text of about `size` bytes: columns, conditions, a list, in equal parts. */
static struct str grown(size_t size)
{
	size_t capacity = size + 4096, n = 0;
	char *p = malloc(capacity);

	if (p == NULL)
		exit(1);
	n += (size_t)snprintf(p, capacity, "select(a.c.id");
	for (int i = 0; n < size / 3 && i < 1000; i++)
		n += (size_t)snprintf(p + n, capacity - n, ", (a.c.x + %d).label('x%d')", i, i);
	n += (size_t)snprintf(p + n, capacity - n, ").where(a.c.x.in_([0");
	for (int i = 0; n < 2 * size / 3; i++)
		n += (size_t)snprintf(p + n, capacity - n, ", %d", i);
	n += (size_t)snprintf(p + n, capacity - n, "]), or_(a.c.f");
	for (int i = 0; n < size; i++)
		n += (size_t)snprintf(p + n, capacity - n, ", and_(a.c.y > %d, a.c.s != 's%d')", i,
		                      i);
	n += (size_t)snprintf(p + n, capacity - n, "))");
	return (struct str){ p, n };
}

int main(void)
{
	struct bench b = { .compiler = compiler_new() };
	static const size_t sizes[] = { 1000, 10000, 100000, 1000000 };

	if (b.compiler == NULL)
		return 1;
	fixture_load(&b.fixture, CATALOG);
	b.rules = (struct sqllex_rules){ .encoding = encoding_utf8(),
		                         .standard_conforming_strings = true };
	b.settings = (struct compile_settings){ .encoding = b.rules.encoding,
		                                .standard_conforming_strings = true,
		                                .max_nesting = NESTING,
		                                .cartesian_warnings = true };
	printf("\nThe compiler alone: ns per token (median of %d), warm catalog\n\n", ROUNDS);
	printf("  %-10s %9s %8s %9s %9s %9s %9s %11s %10s %11s\n", "text", "bytes", "tokens",
	       "lexing", "lex+parse", "the rest", "whole", "us in all", "per second",
	       "arena bytes");
	measure(&b, "small", STR(SMALL));
	measure(&b, "typical", STR(TYPICAL));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct str text = grown(sizes[i]);
		char name[32];

		snprintf(name, sizeof name, "%zu KB", sizes[i] / 1000);
		measure(&b, name, text);
		free((char *)(uintptr_t)text.p);
	}
	fixture_free(&b.fixture);
	compiler_free(b.compiler);
	return 0;
}
