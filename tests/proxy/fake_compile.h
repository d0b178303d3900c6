/* A compiler in the place of compile.c, for tests of what calls it. Its language, by first word:
 *
 *   sql TEXT        TEXT, copied
 *   warn TEXT       the same with a warning
 *   table NAME      SELECT the columns of [SCHEMA.]NAME, 42P01 with neighbours when it is absent
 *   follow NAME     the same of what its first foreign key points to, which is wanted by oid
 *   need NAME COLUMN  SELECT COLUMN, 42703 when NAME has none
 *   backslash       a text that depends on standard_conforming_strings
 *   unlisted NAME   wants NAME for ever
 *   anything else   a syntax error at that word
 */
#ifndef TESTS_FAKE_COMPILE_H
#define TESTS_FAKE_COMPILE_H

#include <stdio.h>
#include <stdlib.h>

#include "compiler/compile.h"

struct compiler {
	struct arena arena;
	struct compile_want want;
	struct sourcemap_mark marks[2];
	struct compile_warning warning;
};

/* Compilations so far. */
static unsigned fake_compilations;

static inline void fake_exhausted(void *context)
{
	(void)context;
	abort();
}

struct compiler *compiler_new(void)
{
	struct compiler *c = calloc(1, sizeof(*c));

	arena_init(&c->arena, SIZE_MAX, fake_exhausted, NULL);
	return c;
}

void compiler_free(struct compiler *c)
{
	if (c != NULL)
		arena_free(&c->arena);
	free(c);
}

size_t compiler_memory(const struct compiler *c)
{
	return c->arena.used;
}

static inline enum compile_outcome fake_done(struct compiler *c, struct compile_result *out,
                                             struct str sql, uint32_t from, bool copied)
{
	out->sql = sql;
	c->marks[0] = (struct sourcemap_mark){ 0, from, copied };
	out->map = (struct sourcemap){ .marks = c->marks, .count = 1 };
	return COMPILE_DONE;
}

static inline enum compile_outcome fake_fail(struct compile_result *out, const char *sqlstate,
                                             struct span at, struct str message, bool syntax)
{
	memcpy(out->error.sqlstate, sqlstate, 6);
	out->error.span = at;
	out->error.message = message;
	out->error.syntax = syntax;
	return COMPILE_FAILED;
}

static inline enum compile_outcome fake_want(struct compiler *c, struct compile_result *out,
                                             struct compile_want want)
{
	c->want = want;
	out->wants = &c->want;
	out->want_count = 1;
	return COMPILE_WANTS;
}

static inline enum compile_outcome fake_absent(struct compiler *c, const struct catalog *k,
                                               struct str schema, struct str name, struct span at,
                                               struct compile_result *out)
{
	struct str hint = STR("");

	if (!k->neighbours_known)
		return fake_want(c, out, (struct compile_want){ WANT_NEIGHBOURS, schema, name, 0 });
	for (size_t i = 0; i < k->neighbour_count; i++)
		hint = arena_printf(&c->arena, "%.*s[%.*s]", STR_ARG(hint),
		                    STR_ARG(k->neighbours[i]));
	out->error.hint = hint;
	return fake_fail(out, "42P01", at,
	                 arena_printf(&c->arena, "relation \"%.*s\" does not exist", STR_ARG(name)),
	                 false);
}

static inline struct str fake_select(struct compiler *c, const struct relation *r)
{
	struct str sql = STR("SELECT ");

	for (size_t i = 0; i < r->column_count; i++)
		sql = arena_printf(&c->arena, "%.*s%s%.*s", STR_ARG(sql), i > 0 ? ", " : "",
		                   STR_ARG(r->columns[i].name));
	return arena_printf(&c->arena, "%.*s FROM %.*s.%.*s", STR_ARG(sql), STR_ARG(r->schema),
	                    STR_ARG(r->name));
}

static inline enum compile_outcome fake_table(struct compiler *c, const struct catalog *k,
                                              struct str argument, struct span at, bool follow,
                                              struct compile_result *out)
{
	const char *dot = memchr(argument.p, '.', argument.n);
	struct str schema = STR("");
	struct str name = argument;
	const struct catalog_entry *e;

	if (dot != NULL) {
		schema = (struct str){ argument.p, (size_t)(dot - argument.p) };
		name = (struct str){ dot + 1, argument.n - schema.n - 1 };
	}
	switch (catalog_by_name(k, schema, name, &e)) {
	case CATALOG_UNKNOWN:
		return fake_want(c, out, (struct compile_want){ WANT_RELATION, schema, name, 0 });
	case CATALOG_ABSENT:
		return fake_absent(c, k, schema, name, at, out);
	case CATALOG_FOUND:
		break;
	}
	if (follow) {
		uint32_t oid = e->relation->keys[0].referenced;

		if (catalog_by_oid(k, oid, &e) == CATALOG_UNKNOWN)
			return fake_want(c, out,
			                 (struct compile_want){ WANT_OID, STR(""), STR(""), oid });
	}
	return fake_done(c, out, fake_select(c, e->relation), at.start, false);
}

static inline enum compile_outcome fake_need(struct compiler *c, const struct catalog *k,
                                             struct str argument, struct span at,
                                             struct compile_result *out)
{
	const char *blank = memchr(argument.p, ' ', argument.n);
	struct str name = { argument.p, (size_t)(blank - argument.p) };
	struct str column = { blank + 1, argument.n - name.n - 1 };
	const struct catalog_entry *e;

	if (catalog_by_name(k, STR(""), name, &e) == CATALOG_UNKNOWN)
		return fake_want(c, out, (struct compile_want){ WANT_RELATION, STR(""), name, 0 });
	for (size_t i = 0; i < e->relation->column_count; i++)
		if (str_eq(e->relation->columns[i].name, column))
			return fake_done(c, out,
			                 arena_printf(&c->arena, "SELECT %.*s", STR_ARG(column)),
			                 at.start, false);
	return fake_fail(out, "42703", at, STR("column does not exist"), false);
}

enum compile_outcome compile_expression(struct compiler *c, struct str query, struct span at,
                                        const struct catalog *catalog,
                                        const struct compile_settings *settings,
                                        struct compile_result *out)
{
	struct str body = { query.p + at.start, at.end - at.start };
	struct str word;
	struct str argument;
	size_t i = 0;

	fake_compilations++;
	memset(out, 0, sizeof(*out));
	arena_reset(&c->arena);
	while (body.n > 0 && body.p[0] == ' ') {
		body = (struct str){ body.p + 1, body.n - 1 };
		at.start++;
	}
	while (i < body.n && body.p[i] != ' ')
		i++;
	word = (struct str){ body.p, i };
	argument = i < body.n ? (struct str){ body.p + i + 1, body.n - i - 1 } : STR("");
	at.start += (uint32_t)(argument.n > 0 ? i + 1 : 0);
	if (str_is(word, "sql"))
		return fake_done(c, out, argument, at.start, true);
	if (str_is(word, "warn")) {
		c->warning = (struct compile_warning){ STR("beware"), at };
		out->warnings = &c->warning;
		out->warning_count = 1;
		return fake_done(c, out, argument, at.start, true);
	}
	if (str_is(word, "backslash"))
		return fake_done(c, out,
		                 settings->standard_conforming_strings ? STR("SELECT 'a'")
		                                                       : STR("SELECT 'b'"),
		                 at.start, false);
	if (str_is(word, "unlisted"))
		return fake_want(c, out,
		                 (struct compile_want){ WANT_RELATION, STR(""), argument, 0 });
	if (str_is(word, "table") || str_is(word, "follow"))
		return fake_table(c, catalog, argument, at, str_is(word, "follow"), out);
	if (str_is(word, "need"))
		return fake_need(c, catalog, argument, at, out);
	return fake_fail(out, "42601", at, STR("syntax error"), true);
}

#endif
