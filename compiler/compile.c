#include "compiler/compile.h"

#include <stdlib.h>

#include "compiler/compilation.h"
#include "compiler/parser.h"
#include "compiler/resolve.h"
#include "compiler/scope.h"
#include "compiler/vocabulary.h"

/* What one compilation may take when the settings do not say: an honest text needs less than half of
 * what a byte is given; one that doubles itself by its bindings is stopped early. */
enum { LEAST_MEMORY = 16 * 1024 * 1024, MEMORY_PER_BYTE = 512, MOST_MEMORY = 256 * 1024 * 1024 };
/* What may be kept of a compilation until its wants are answered. */
enum { KEPT_MEMORY = 1024 * 1024 };

struct compiler {
	struct compilation c;
	struct tree_program *program;  /* of the last text, once it was read */
	uint64_t turn;                 /* calls so far */
	struct vocabulary *vocabulary; /* owned */
};

struct compiler *compiler_new(void)
{
	struct compiler *compiler = calloc(1, sizeof(*compiler));

	if (compiler == NULL)
		return NULL;
	compiler->vocabulary = vocabulary_new();
	if (compiler->vocabulary == NULL) {
		free(compiler);
		return NULL;
	}
	arena_init(&compiler->c.arena, LEAST_MEMORY, diag_exhausted, &compiler->c.diag);
	return compiler;
}

void compiler_free(struct compiler *compiler)
{
	if (compiler == NULL)
		return;
	arena_free(&compiler->c.arena);
	vocabulary_free(compiler->vocabulary);
	free(compiler);
}

size_t compiler_memory(const struct compiler *compiler)
{
	return compiler->c.arena.used;
}

/* Whether this is the text that was read last. One that takes much memory is read again all the
 * same, so that what the last try has left does not count. */
static bool goes_on(const struct compiler *compiler, const struct compile_settings *settings)
{
	return settings->turn != 0 && settings->turn == compiler->turn &&
	       compiler->program != NULL && compiler->c.arena.used <= KEPT_MEMORY;
}

static size_t default_memory(struct span at)
{
	size_t most = LEAST_MEMORY + (size_t)MEMORY_PER_BYTE * (at.end - at.start);

	return most < MOST_MEMORY ? most : MOST_MEMORY;
}

static void begin(struct compiler *compiler, struct str query, struct span at,
                  const struct catalog *catalog, const struct compile_settings *settings)
{
	struct compilation *c = &compiler->c;
	struct arena arena = c->arena;

	if (!goes_on(compiler, settings)) {
		compiler->program = NULL;
		arena_reset(&arena);
	}
	compiler->turn++;
	arena.budget = settings->memory != 0 ? settings->memory : default_memory(at);
	*c = (struct compilation){
		.arena = arena,
		.settings = settings,
		.catalog = catalog,
		.vocabulary = compiler->vocabulary,
		.query = query,
	};
	compilation_limit(c,
	                  settings->max_nesting != 0 ? settings->max_nesting : PARSER_MAX_NESTING);
	diag_init(&c->diag, &c->arena);
}

/* Parse, evaluate, print. Leaves by diag's jump on an error, and when it cannot go on without an
 * answer. */
static void run(struct compiler *compiler, struct span at, struct compile_result *result)
{
	struct compilation *c = &compiler->c;
	struct sqllex_rules rules = {
		.encoding = c->settings->encoding,
		.server_encoding = c->settings->server_encoding,
		.standard_conforming_strings = c->settings->standard_conforming_strings,
	};
	struct statement *statement;

	if (compiler->program == NULL)
		compiler->program = parser_parse(&c->diag, c->query, at, rules, c->max_nesting);
	c->program = compiler->program;
	c->tokens = arena_array(&c->arena, c->program->tokens, sizeof(*c->tokens));
	scope_open(c);
	statement = program_evaluate(c, c->program);
	if (c->want_count > 0)
		return;
	print_statement(c, statement, result);
}

static enum compile_outcome failed(const struct diag *d, struct compile_result *result)
{
	memcpy(result->error.sqlstate, d->sqlstate, sizeof(result->error.sqlstate));
	result->error.syntax = d->lexical;
	result->error.span = d->span;
	result->error.message = d->message;
	result->error.detail = d->detail;
	result->error.hint = d->hint;
	return COMPILE_FAILED;
}

enum compile_outcome compile_expression(struct compiler *compiler, struct str query, struct span at,
                                        const struct catalog *catalog,
                                        const struct compile_settings *settings,
                                        struct compile_result *result)
{
	struct compilation *c = &compiler->c;

	memset(result, 0, sizeof(*result));
	begin(compiler, query, at, catalog, settings);
	result->turn = compiler->turn;
	/* The only setjmp of the room: whatever fails below ends here, owning nothing. */
	if (setjmp(c->diag.escape) == 0)
		run(compiler, at, result);
	else if (c->diag.failed)
		return failed(&c->diag, result);
	if (c->want_count > 0) {
		result->wants = c->wants;
		result->want_count = c->want_count;
		return COMPILE_WANTS;
	}
	result->warnings = c->warnings;
	result->warning_count = c->warning_count;
	return COMPILE_DONE;
}
