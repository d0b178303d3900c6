#include "proxy/rewrite.h"

#include <stdlib.h>

#include "compiler/quote.h"
#include "proxy/report_map.h"
#include "proxy/rewrite_parts.h"
#include "proxy/shapes.h"

enum {
	/* Expressions in one text. */
	MOST_EXPRESSIONS = 10000,
	/* Questions in a row; every hop of a foreign-key path may need one or two. */
	MOST_QUESTIONS = 64,
	BASE_MEMORY = 16 * 1024 * 1024,
	MEMORY_PER_BYTE = 16,
};

/* Where the catalog cannot be read before the statements in front have run: they end a transaction that
 * has failed, or choose the level of one. */
#define ALONE_HINT                                                                                 \
	"The catalog is read before the statements in front of the expression run. Send it as a "  \
	"query of its own."

/* What is sent when memory was refused: there is none to say it better with. */
#define OUT_OF_MEMORY_SQL "SELECT \"pgexpr: out of memory\""

/* ---- memory ---------------------------------------------------------------------------------- */

_Noreturn void rewrite_exhausted(void *context)
{
	struct rewrite *r = context;

	longjmp(r->escape, 1);
}

static void give_up(struct rewrite *r)
{
	r->state = REWRITE_DONE;
	r->changed = true;
	r->emitted = STR(OUT_OF_MEMORY_SQL);
}

/* Runs a step that takes memory from the arena. What is in the arena needs no unwinding, so leaving
 * in the middle is safe; references are in `held` as soon as they are taken. */
__attribute__((noinline)) static bool guarded(struct rewrite *r, void (*step)(struct rewrite *))
{
	if (setjmp(r->escape) != 0) {
		give_up(r);
		return false;
	}
	step(r);
	return true;
}

/* ---- failures -------------------------------------------------------------------------------- */

void rewrite_fail(struct expression *x, const char *sqlstate, struct str message, struct str hint)
{
	x->state = EXPRESSION_FAILED;
	x->error = (struct compile_error){
		.span = { x->tag->tag.start, x->tag->tag.end },
		.message = message,
		.detail = STR(""),
		.hint = hint,
	};
	memcpy(x->error.sqlstate, sqlstate, sizeof(x->error.sqlstate));
}

static void fail_pending(struct rewrite *r, const char *sqlstate, struct str message,
                         struct str hint)
{
	for (size_t i = 0; i < r->tagged.count; i++)
		if (r->expressions[i].state == EXPRESSION_PENDING)
			rewrite_fail(&r->expressions[i], sqlstate, message, hint);
}

/* Whether an earlier statement of the string may be what would make the names known: it runs only
 * after all of the string was compiled. */
static bool may_be_made_before(const struct expression *x)
{
	return x->tag->statement > 0 && str_empty(x->error.hint) &&
	       (strcmp(x->error.sqlstate, "42P01") == 0 ||
	        strcmp(x->error.sqlstate, "42703") == 0 || strcmp(x->error.sqlstate, "3F000") == 0);
}

static void keep_error(struct rewrite *r, struct expression *x, const struct compile_error *e)
{
	x->state = EXPRESSION_FAILED;
	x->error = *e;
	x->error.message = arena_copy(&r->arena, e->message);
	x->error.detail = arena_copy(&r->arena, e->detail);
	x->error.hint = arena_copy(&r->arena, e->hint);
	if (may_be_made_before(x))
		x->error.hint =
			STR("An expression is compiled before the statements in front of it "
		            "run. If they create what it names, send it as a query of its own.");
}

/* ---- compiling ------------------------------------------------------------------------------- */

static void keep_sql(struct rewrite *r, struct expression *x, const struct compile_result *result)
{
	x->state = EXPRESSION_COMPILED;
	x->sql = arena_copy(&r->arena, result->sql);
	x->mark_count = result->map.count;
	x->marks = arena_array(&r->arena, x->mark_count, sizeof(*x->marks));
	if (x->mark_count > 0)
		memcpy(x->marks, result->map.marks, x->mark_count * sizeof(*x->marks));
	x->warning_count = result->warning_count;
	x->warnings = arena_array(&r->arena, x->warning_count, sizeof(*x->warnings));
	for (size_t i = 0; i < x->warning_count; i++) {
		x->warnings[i].message = arena_copy(&r->arena, result->warnings[i].message);
		x->warnings[i].span = result->warnings[i].span;
	}
	x->constant_count = result->constant_count;
	x->constants = arena_array(&r->arena, x->constant_count, sizeof(*x->constants));
	if (x->constant_count > 0)
		memcpy(x->constants, result->constants, x->constant_count * sizeof(*x->constants));
}

/* `turn`: x->turn when the last compilation was under this very reading of backslashes; or 0. */
static enum compile_outcome compile(struct rewrite *r, const struct expression *x,
                                    bool standard_conforming_strings, uint64_t turn,
                                    struct compile_result *result)
{
	struct compile_settings settings = {
		.encoding = r->rules.encoding,
		.server_encoding = r->rules.server_encoding,
		.standard_conforming_strings = standard_conforming_strings,
		.cartesian_warnings = r->settings.cartesian_warnings,
		.max_nesting = r->settings.max_nesting,
		.memory = r->settings.compile_memory,
		.parameter_types = r->parameter_types,
		.parameter_count = r->parameter_count,
		.turn = turn,
	};
	struct catalog catalog = {
		.count = r->entry_count,
		.entries = r->entries,
		.neighbour_count = x->neighbour_count,
		.neighbours = x->neighbours,
		.neighbours_known = x->neighbours_known,
		.server_version = r->session.server_version,
	};
	struct compiler *compiler = shapes_compiler(r->shapes);

	if (compiler == NULL)
		rewrite_exhausted(r);
	return compile_expression(compiler, r->query, x->tag->body, &catalog, &settings, result);
}

/* What was not asked for just now may be old: before a mistake is reported, it is. */
static void distrust(struct rewrite *r)
{
	r->trusts = false;
	r->distrusted = true;
	r->entry_count = 0;
}

/* Compiles under one reading of backslashes, and keeps what came of it. */
static void compile_once(struct rewrite *r, struct expression *x, bool standard_conforming_strings)
{
	struct compile_result result;
	enum compile_outcome outcome;

	outcome = compile(r, x, standard_conforming_strings, x->turn, &result);

	x->turn = result.turn;
	switch (outcome) {
	case COMPILE_DONE:
		keep_sql(r, x, &result);
		break;
	case COMPILE_FAILED:
		if (r->trusts && !result.error.syntax)
			distrust(r);
		else
			keep_error(r, x, &result.error);
		break;
	case COMPILE_WANTS:
		rewrite_lookup_want(r, x, &result);
		break;
	}
}

static void fail_uncertain(struct expression *x)
{
	rewrite_fail(x, "0A000",
	             STR("the expression depends on standard_conforming_strings, which an "
	                 "unfinished statement before it may change"),
	             STR("Send the expression when the statements before it are done, or write "
	                 "E'...' for strings with a backslash."));
}

/* While standard_conforming_strings may be changing, both readings must come to the same. */
static void compile_both_ways(struct rewrite *r, struct expression *x)
{
	bool now = r->session.standard_conforming_strings;
	struct compile_result result;
	enum compile_outcome other;

	compile_once(r, x, now);
	if (r->session.settings_certain || x->state == EXPRESSION_PENDING)
		return;
	other = compile(r, x, !now, 0, &result);
	if (x->state == EXPRESSION_FAILED) {
		/* What is wrong in both readings is the expression's own mistake. */
		if (other != COMPILE_FAILED)
			fail_uncertain(x);
	} else if (other == COMPILE_WANTS) {
		x->state = EXPRESSION_PENDING;
		rewrite_lookup_want(r, x, &result);
	} else if (other != COMPILE_DONE || !str_eq(x->sql, result.sql)) {
		fail_uncertain(x);
	}
}

/* In a failed transaction nothing but syntax is looked at; the rest is the server's 25P02. */
static void compile_in_failed_transaction(struct rewrite *r, struct expression *x)
{
	struct compile_result result;

	if (compile(r, x, r->session.standard_conforming_strings, 0, &result) == COMPILE_FAILED &&
	    result.error.syntax)
		keep_error(r, x, &result.error);
	else
		rewrite_fail(x, "25P02",
		             STR("current transaction is aborted, commands ignored until end of "
		                 "transaction block"),
		             x->tag->statement > 0 ? STR(ALONE_HINT) : STR(""));
}

static void compile_pending(struct rewrite *r)
{
	for (size_t i = 0; i < r->tagged.count; i++) {
		struct expression *x = &r->expressions[i];

		if (x->state != EXPRESSION_PENDING)
			continue;
		if (r->session.transaction_failed)
			compile_in_failed_transaction(r, x);
		else
			compile_both_ways(r, x);
	}
}

static void finish(struct rewrite *r)
{
	r->map = rewrite_text_make(r);
	if (r->map == NULL)
		rewrite_exhausted(r);
	r->changed = true;
	r->state = REWRITE_DONE;
	rewrite_memo_keep(r);
}

/* ---- from question to question --------------------------------------------------------------- */

/* Compiles until something must be asked. */
static void compile_on(struct rewrite *r)
{
	bool distrusted;

	do {
		distrusted = r->distrusted;
		compile_pending(r);
	} while (rewrite_lookup_bound(r) || distrusted != r->distrusted);
}

/* Compiles what it can, and opens the next question or finishes. */
static void go_on(struct rewrite *r)
{
	compile_on(r);
	r->asking = ASKING_NOTHING;
	if (r->questions >= MOST_QUESTIONS)
		fail_pending(r, "54000", STR("too many steps through the catalog in one query"),
		             STR(""));
	else if (!rewrite_lookup_ask(r))
		fail_pending(r, "XX000", STR("the compiler wants nothing but does not go on"),
		             STR(""));
	if (r->asking == ASKING_NOTHING)
		finish(r);
}

/* The open question is answered. */
static void move_on(struct rewrite *r)
{
	bool asks = rewrite_lookup_answered(r);

	if (r->broken) {
		fail_pending(r, "XX000", STR("the catalog's answer is not what was asked for"),
		             STR(""));
		finish(r);
	} else if (!asks) {
		go_on(r);
	}
}

/* ---- the start ------------------------------------------------------------------------------- */

static const struct encoding *encoding_or_bytes(struct str name)
{
	const struct encoding *e = encoding_find(name);

	return e != NULL ? e : encoding_find(STR("SQL_ASCII"));
}

/* The server counts the characters of its own copy of the text, which is the client's text when one
 * of the two is SQL_ASCII, and has the same number of characters otherwise. */
static const struct encoding *counting_encoding(const struct rewrite_session *session)
{
	bool bytes = str_eq_nocase(session->server_encoding, STR("SQL_ASCII")) ||
	             (str_eq_nocase(session->client_encoding, STR("SQL_ASCII")) &&
	              !str_empty(session->server_encoding));

	if (bytes)
		return encoding_or_bytes(session->server_encoding);
	return encoding_or_bytes(session->client_encoding);
}

static struct sqllex_rules rules_of(const struct rewrite_session *s)
{
	return (struct sqllex_rules){
		.encoding = str_empty(s->client_encoding) ? encoding_utf8()
		                                          : encoding_or_bytes(s->client_encoding),
		.server_encoding = str_empty(s->server_encoding)
		                           ? NULL
		                           : encoding_or_bytes(s->server_encoding),
		.standard_conforming_strings = s->standard_conforming_strings,
	};
}

static void read_session(struct rewrite *r)
{
	struct rewrite_session *s = &r->session;

	s->client_encoding = str_empty(s->client_encoding)
	                             ? STR("UTF8")
	                             : arena_copy(&r->arena, s->client_encoding);
	s->server_encoding = arena_copy(&r->arena, s->server_encoding);
	s->database = arena_copy(&r->arena, s->database);
	r->settings.tag = arena_copy(&r->arena, r->settings.tag);
	r->rules = rules_of(s);
	r->position_encoding = counting_encoding(s);
	r->text = (struct reflect_text){
		.client = r->rules.encoding,
		.client_name = s->client_encoding,
		.server_name = s->server_encoding,
	};
	r->space = arena_printf(&r->arena, "%.*s %.*s", STR_ARG(s->client_encoding),
	                        STR_ARG(s->database));
}

static bool same_tags(const struct tagged *a, const struct tagged *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct tagged_expression *x = &a->expressions[i];
		const struct tagged_expression *y = &b->expressions[i];

		if (x->tag.start != y->tag.start || x->body.end != y->body.end)
			return false;
	}
	return true;
}

/* All of the text becomes the statement that fails. */
static void refuse_text(struct rewrite *r, const char *sqlstate, struct str message,
                        struct str hint)
{
	r->tagged.count = 1;
	r->tagged.expressions[0].tag.start = 0;
	r->tagged.expressions[0].tag.end = 0;
	r->tagged.expressions[0].body = (struct span){ 0, (uint32_t)r->query.n };
	r->tagged.expressions[0].statement = 0;
	r->expressions = arena_array(&r->arena, 1, sizeof(*r->expressions));
	r->expressions[0].tag = &r->tagged.expressions[0];
	rewrite_fail(&r->expressions[0], sqlstate, message, hint);
}

/* The readings of the text under both settings disagree about where the expressions are. When there
 * is none in one of them, the text may be plain SQL and is left alone; otherwise it is refused. */
static void find_again(struct rewrite *r)
{
	struct sqllex_rules rules = r->rules;
	struct tagged other;

	rules.standard_conforming_strings = !rules.standard_conforming_strings;
	other = tagged_find(&r->arena, r->query, r->settings.tag, rules);
	if (same_tags(&r->tagged, &other))
		return;
	if (other.count == 0)
		r->tagged.count = 0;
	else if (r->tagged.count > 0)
		refuse_text(r, "0A000",
		            STR("where the expression ends depends on standard_conforming_strings, "
		                "which an unfinished statement before it may change"),
		            STR("Send the expression when the statements before it are done."));
}

static void read_parameter_types(struct rewrite *r)
{
	struct reader in = reader_of(r->session.parameter_types);
	size_t count = r->session.parameter_types.n / 4;

	r->parameter_types = arena_array(&r->arena, count + 1, sizeof(*r->parameter_types));
	for (size_t i = 0; i < count; i++)
		r->parameter_types[i] = reader_u32(&in);
	r->parameter_count = count;
}

static void start(struct rewrite *r)
{
	if (rewrite_memo_recall(r))
		return;
	read_session(r);
	read_parameter_types(r);
	r->tagged = tagged_find(&r->arena, r->query, r->settings.tag, r->rules);
	if (!r->session.settings_certain)
		find_again(r);
	if (r->tagged.count > MOST_EXPRESSIONS)
		refuse_text(r, "54000", STR("too many expressions in one query"), STR(""));
	if (r->tagged.count == 0)
		return;
	if (r->expressions == NULL) {
		r->expressions = arena_array(&r->arena, r->tagged.count, sizeof(*r->expressions));
		for (size_t i = 0; i < r->tagged.count; i++)
			r->expressions[i].tag = &r->tagged.expressions[i];
	}
	if (r->query.n > r->settings.max_expression_size) {
		fail_pending(r, "54000", STR("the query is larger than max_expression_size"),
		             STR(""));
		finish(r);
	} else {
		go_on(r);
	}
}

bool rewrite_keeps_catalog(const struct rewrite_session *session, struct str text)
{
	return session->settings_certain && bindings_survive(text, rules_of(session));
}

bool rewrite_is_known_to_keep_catalog(const struct rewrite *r)
{
	return r->keeps_catalog;
}

bool rewrite_may_concern(struct str query, struct str tag)
{
	return tagged_may_occur(query, tag);
}

struct rewrite *rewrite_new(struct shapes *shapes, const struct rewrite_settings *settings,
                            const struct rewrite_session *session, struct str query)
{
	struct rewrite *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	arena_init(&r->arena, BASE_MEMORY + MEMORY_PER_BYTE * query.n, rewrite_exhausted, r);
	r->shapes = shapes;
	r->settings = *settings;
	r->session = *session;
	r->query = query;
	r->emitted = query;
	r->state = REWRITE_DONE;
	guarded(r, start);
	return r;
}

void rewrite_free(struct rewrite *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->held_count; i++)
		shape_unref(r->held[i]);
	report_map_unref(r->map);
	memo_unref(r->memo);
	arena_free(&r->arena);
	free(r);
}

/* ---- the caller's side ----------------------------------------------------------------------- */

enum rewrite_state rewrite_state(const struct rewrite *r)
{
	return r->state;
}

const struct question *rewrite_question(const struct rewrite *r)
{
	return &r->question;
}

static void take_row(struct rewrite *r)
{
	r->broken = !rewrite_lookup_row(r, r->row, r->row_count);
}

bool rewrite_row(struct rewrite *r, const struct bytes *columns, size_t count)
{
	if (r->state != REWRITE_ASK || r->broken)
		return false;
	r->row = columns;
	r->row_count = count;
	return guarded(r, take_row) && !r->broken;
}

void rewrite_answered(struct rewrite *r)
{
	if (r->state == REWRITE_ASK)
		guarded(r, move_on);
}

static void abandon(struct rewrite *r)
{
	fail_pending(r, "25P02", STR("the catalog could not be read"),
	             r->tagged.statements > 1 ? STR(ALONE_HINT) : STR(""));
	finish(r);
}

void rewrite_abandon(struct rewrite *r)
{
	if (r->state == REWRITE_ASK)
		guarded(r, abandon);
}

bool rewrite_is_multi_statement(const struct rewrite *r)
{
	return r->tagged.statements > 1;
}

bool rewrite_changed(const struct rewrite *r)
{
	return r->changed;
}

struct str rewrite_text(const struct rewrite *r)
{
	return r->emitted;
}

struct report_map *rewrite_report_map(struct rewrite *r)
{
	return report_map_ref(r->map);
}
