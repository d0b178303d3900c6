/* What tests of rewriting stand on: a rewrite over the compiler of fake_compile.h, and a server
 * with a small catalog that answers its questions. */
#ifndef TESTS_REWRITE_RIG_H
#define TESTS_REWRITE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "protocol/outbuf.h"
#include "protocol/report.h"
#include "proxy/reflect_sql.h"
#include "proxy/rewrite.h"
#include "proxy/shapes.h"
#include "tests/proxy/fake_compile.h"

/* ---- a server with a small catalog ----------------------------------------------------------- */

struct fake_relation {
	const char *oid;
	const char *schema;
	const char *name;
	const char *columns[3]; /* NULL ends them */
	const char *target;     /* what the first column's foreign key points to, or NULL */
	const char *fingerprint;
};

static struct fake_relation relations[] = {
	{ "10", "public", "customer", { "id", "name" }, NULL, "1" },
	{ "20", "public", "orders", { "customer_id", "amount" }, "10", "1" },
	{ "30", "audit", "events", { "id" }, NULL, "1" },
};
enum { RELATIONS = sizeof(relations) / sizeof(relations[0]) };

/* The second column of customer: "name" at the beginning of every test, with the fingerprint "1". */
static inline void customer_has(const char *column, const char *fingerprint)
{
	relations[0].columns[1] = column;
	relations[0].fingerprint = fingerprint;
}

struct world {
	struct shapes *shapes;
	unsigned checks;
	unsigned shape_questions;
	unsigned neighbour_questions;
};

/* Element `i` of an array literal; false behind the last. */
static inline bool element(struct str array, size_t i, char out[64])
{
	const char *p = array.p + 1;

	for (;; i--) {
		size_t n = 0;
		bool quoted = *p == '"';

		if (*p == '}')
			return false;
		p += quoted;
		while (quoted ? *p != '"' : *p != ',' && *p != '}') {
			p += *p == '\\';
			out[n++] = *p++;
		}
		out[n] = '\0';
		p += quoted;
		if (i == 0)
			return true;
		p += *p == ',';
	}
}

static inline bool give(struct rewrite *r, const char *const *cells, size_t count)
{
	struct bytes columns[REFLECT_SQL_SHAPES_COLUMNS];

	for (size_t i = 0; i < count; i++)
		columns[i] = cells[i] == NULL ? bytes_of(NULL, 0) : bytes_of_z(cells[i]);
	return rewrite_row(r, columns, count);
}

static inline bool is_named(const struct fake_relation *f, const char *schema, const char *name,
                            const char *oid)
{
	if (strcmp(oid, "0") != 0)
		return strcmp(f->oid, oid) == 0;
	return strcmp(f->name, name) == 0 &&
	       strcmp(f->schema, *schema == '\0' ? "public" : schema) == 0;
}

static inline void answer_check(struct rewrite *r, const struct question *q)
{
	char schema[64];
	char name[64];
	char oid[64];

	for (size_t i = 0; element(q->parameters[0], i, schema); i++) {
		char number[16];

		snprintf(number, sizeof(number), "%zu", i + 1);
		assert_true(element(q->parameters[1], i, name));
		assert_true(element(q->parameters[2], i, oid));
		for (size_t k = 0; k < RELATIONS; k++)
			if (is_named(&relations[k], schema, name, oid))
				assert_true(give(r,
				                 (const char *[]){ number, relations[k].oid, "t",
				                                   relations[k].fingerprint },
				                 4));
	}
}

#define N NULL

static inline void give_shape(struct rewrite *r, const struct fake_relation *f)
{
	assert_true(give(r,
	                 (const char *[]){ "r", f->oid, "r", "true", f->fingerprint, N, N, N, N,
	                                   f->schema, f->name, N, N, N, N },
	                 15));
	for (size_t i = 0; i < 3 && f->columns[i] != NULL; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%zu", i + 1);
		assert_true(give(r,
		                 (const char *[]){ "c", f->oid, number, "ffff", "23", "b", "false",
		                                   N, "false", f->columns[i], "integer",
		                                   "pg_catalog", "int4", N, N },
		                 15));
	}
	if (f->target != NULL)
		assert_true(give(r,
		                 (const char *[]){ "f", f->oid, "1", "1", "99", f->target, N, N, N,
		                                   "fk", "id", "public", "customer", N, N },
		                 15));
}

#undef N

static inline void answer_shapes(struct rewrite *r, const struct question *q)
{
	char oid[64];

	for (size_t i = 0; element(q->parameters[0], i, oid); i++)
		for (size_t k = 0; k < RELATIONS; k++)
			if (strcmp(relations[k].oid, oid) == 0)
				give_shape(r, &relations[k]);
}

static inline void answer(struct world *w, struct rewrite *r)
{
	const struct question *q = rewrite_question(r);
	char name[64];

	if (q->sql == reflect_sql_check) {
		w->checks++;
		answer_check(r, q);
	} else if (q->sql == reflect_sql_shapes_plain) {
		w->shape_questions++;
		answer_shapes(r, q);
	} else {
		assert_ptr_equal(q->sql, reflect_sql_neighbours_plain);
		w->neighbour_questions++;
		for (size_t i = 0; element(q->parameters[1], i, name); i++) {
			char number[16];
			char like[72];

			if (strcmp(name, "new") == 0)
				continue; /* nothing is like it */
			snprintf(number, sizeof(number), "%zu", i + 1);
			snprintf(like, sizeof(like), "like_%s", name);
			assert_true(give(r, (const char *[]){ number, like }, 2));
		}
	}
	rewrite_answered(r);
}

static inline int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	customer_has("name", "1");
	w->shapes = shapes_new(1 << 20);
	*state = w;
	return 0;
}

static inline int tear_down(void **state)
{
	struct world *w = *state;

	shapes_free(w->shapes);
	free(w);
	return 0;
}

/* ---- rewriting ------------------------------------------------------------------------------- */

static const struct rewrite_settings settings = {
	.tag = { "expr", 4 },
	.max_expression_size = 4096,
	.cartesian_warnings = true,
};
static const struct rewrite_session session = {
	.client_encoding = { "UTF8", 4 },
	.server_encoding = { "UTF8", 4 },
	.standard_conforming_strings = true,
	.settings_certain = true,
	.database = { "db", 2 },
	.nonce = UINT64_C(0x0123456789abcdef),
};

static inline struct rewrite *rewrite_with(struct world *w, const struct rewrite_session *s,
                                           const char *query)
{
	struct rewrite *r = rewrite_new(w->shapes, &settings, s, str_of(query));

	assert_non_null(r);
	while (rewrite_state(r) == REWRITE_ASK)
		answer(w, r);
	return r;
}

static inline struct rewrite *rewritten(struct world *w, const char *query)
{
	return rewrite_with(w, &session, query);
}

static inline void assert_text(const struct rewrite *r, const char *expected)
{
	struct str text = rewrite_text(r);

	if (!str_is(text, expected))
		fail_msg("%.*s\ninstead of\n%s", STR_ARG(text), expected);
}

static inline void check(struct world *w, const char *query, const char *expected)
{
	struct rewrite *r = rewritten(w, query);

	assert_true(rewrite_changed(r));
	assert_text(r, expected);
	rewrite_free(r);
}

/* ---- failures -------------------------------------------------------------------------------- */

static inline const char *field(struct bytes message, uint8_t code)
{
	static char value[512];
	struct bytes found;
	struct bytes body = bytes_from(message, 5);

	assert_true(report_is_whole(body));
	if (!report_find(body, code, &found))
		return NULL;
	snprintf(value, sizeof(value), "%.*s", BYTES_ARG(found));
	return value;
}

static inline void assert_field(struct bytes message, uint8_t code, const char *expected)
{
	const char *value = field(message, code);

	if (expected == NULL)
		assert_null(value);
	else
		assert_string_equal(value, expected);
}

/* The body of the error that the server would send, of which the message says `identifier`. */
static inline struct bytes server_error(struct outbuf *o, const char *severity,
                                        const char *sqlstate, const char *message,
                                        const char *position)
{
	const struct report_field fields[] = {
		{ 'S', BYTES("FEHLER") },
		{ 'V', bytes_of_z(severity) },
		{ 'C', bytes_of_z(sqlstate) },
		{ 'M', bytes_of_z(message) },
		{ 'P', bytes_of_z(position) },
		{ 'W', BYTES("somewhere") },
		{ 'F', BYTES("parse_relation.c") },
		{ 'L', BYTES("3722") },
		{ 'R', BYTES("errorMissingColumn") },
	};

	outbuf_init(o, 65536);
	report_put(o, 'E', fields, sizeof(fields) / sizeof(fields[0]));
	assert_true(outbuf_ok(o));
	return bytes_from(outbuf_view(o), 5);
}

/* The marker in the text: what stands between the last pair of double quotes. */
static inline void marker_of(struct str text, char out[80])
{
	const char *end = memrchr(text.p, '"', text.n);
	const char *start;

	assert_non_null(end);
	start = memrchr(text.p, '"', (size_t)(end - text.p));
	assert_non_null(start);
	snprintf(out, 80, "%.*s", (int)(end - start - 1), start + 1);
}

/* What the client gets when the failing statement of `r` fails as it must. */
static inline struct bytes swapped(struct rewrite *r, const char *sqlstate, struct outbuf *out)
{
	struct report_map *m = rewrite_report_map(r);
	struct outbuf in;
	char marker[80];
	char message[160];

	assert_non_null(m);
	marker_of(rewrite_text(r), marker);
	snprintf(message, sizeof(message), "Spalte »%s« existiert nicht", marker);
	outbuf_init(out, 65536);
	assert_true(
		report_map_apply(m, 'E', server_error(&in, "ERROR", sqlstate, message, "8"), out));
	outbuf_free(&in);
	report_map_unref(m);
	assert_int_equal(outbuf_view(out).p[0], 'E');
	return outbuf_view(out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
