/* Texts that differ in their constants, with the real compiler: what is recalled for them is what
 * compiling them gives, map included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proxy/bindings.h"
#include "proxy/memo.h"
#include "proxy/report_map.h"
#include "proxy/rewrite.h"
#include "proxy/shapes.h"

static const struct rewrite_settings settings = {
	.tag = { "expr", 4 },
	.max_expression_size = 1 << 20,
	.cartesian_warnings = true,
};

struct world {
	struct shapes *shapes;
	struct rewrite_session plain;
	struct rewrite_session remembering;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->shapes = shapes_new(1 << 20);
	w->plain = (struct rewrite_session){
		.client_encoding = STR("UTF8"),
		.server_encoding = STR("UTF8"),
		.standard_conforming_strings = true,
		.settings_certain = true,
		.database = STR("db"),
		.nonce = 1,
	};
	w->remembering = w->plain;
	w->remembering.bindings = bindings_new(4096);
	w->remembering.memos = memos_new(1 << 20);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	shapes_free(w->shapes);
	bindings_free(w->remembering.bindings);
	memos_free(w->remembering.memos);
	free(w);
	return 0;
}

static void assert_same(struct rewrite *one, struct rewrite *other, const char *query)
{
	struct report_map *a = rewrite_report_map(one);
	struct report_map *b = rewrite_report_map(other);
	const struct report_map_parts *x = report_map_parts(a);
	const struct report_map_parts *y = report_map_parts(b);

	if (!str_eq(rewrite_text(one), rewrite_text(other)))
		fail_msg("%s\n%.*s\ninstead of\n%.*s", query, STR_ARG(rewrite_text(one)),
		         STR_ARG(rewrite_text(other)));
	assert_int_equal(rewrite_is_multi_statement(one), rewrite_is_multi_statement(other));
	assert_int_equal(x->failure_count, y->failure_count);
	assert_int_equal(x->mark_count, y->mark_count);
	for (size_t i = 0; i < x->mark_count; i++) {
		assert_int_equal(x->marks[i].out, y->marks[i].out);
		assert_int_equal(x->marks[i].start, y->marks[i].start);
		assert_int_equal(x->marks[i].copied, y->marks[i].copied);
	}
	assert_int_equal(x->warning_count, y->warning_count);
	for (size_t i = 0; i < x->warning_count; i++) {
		assert_int_equal(x->warnings[i].position, y->warnings[i].position);
		assert_true(str_eq(x->warnings[i].message, y->warnings[i].message));
	}
	report_map_unref(a);
	report_map_unref(b);
}

/* The query comes as it would with a memory and without; whether it was recalled by its pattern. */
static bool recalls(struct world *w, const char *query)
{
	uint64_t before = memos_counts(w->remembering.memos).hits;
	struct rewrite *r = rewrite_new(w->shapes, &settings, &w->remembering, str_of(query));
	struct rewrite *plain = rewrite_new(w->shapes, &settings, &w->plain, str_of(query));
	uint64_t hits = memos_counts(w->remembering.memos).hits - before;

	assert_int_equal(rewrite_state(r), REWRITE_DONE);
	assert_int_equal(rewrite_state(plain), REWRITE_DONE);
	assert_same(r, plain, query);
	/* Two hits: what is kept of the pattern, and the text. */
	if (hits == 2 || rewrite_is_known_to_keep_catalog(r))
		assert_int_equal(rewrite_is_known_to_keep_catalog(r),
		                 rewrite_keeps_catalog(&w->plain, rewrite_text(plain)));
	rewrite_free(r);
	rewrite_free(plain);
	return hits == 2;
}

static void a_text_with_other_constants_is_recalled(void **state)
{
	struct world *w = *state;

	assert_false(recalls(w, "/*expr*/ select(column('a')).where(column('b') == 5)"));
	assert_false(recalls(w, "/*expr*/ select(column('a')).where(column('b') == 6)"));
	assert_true(recalls(w, "/*expr*/ select(column('a')).where(column('b') == 7)"));
	assert_true(recalls(w, "/*expr*/ select(column('a')).where(column('b') == 123456)"));
	assert_true(recalls(w, "/*expr*/ select(column('a')).where(column('b') == 0)"));
	/* Of another size or kind. */
	assert_false(recalls(w, "/*expr*/ select(column('a')).where(column('b') == 1234567890)"));
	assert_false(recalls(w, "/*expr*/ select(column('a')).where(column('b') == 1.5)"));
	assert_false(recalls(w, "/*expr*/ select(column('a')).where(column('b') == 'x')"));
	/* And one that is a name. */
	assert_false(recalls(w, "/*expr*/ select(column('c')).where(column('b') == 7)"));
}

/* What is kept of the text itself is found at once. */
static void the_very_text_again_is_kept_as_it_is(void **state)
{
	struct world *w = *state;
	static const char text[] = "/*expr*/ select(literal(5), literal('x'))";
	uint64_t hits;

	for (int i = 0; i < 2; i++)
		assert_false(recalls(w, text));
	for (int i = 0; i < 2; i++)
		assert_true(recalls(w, text));
	hits = memos_counts(w->remembering.memos).hits;
	assert_false(recalls(w, text)); /* not by its pattern */
	assert_int_equal(memos_counts(w->remembering.memos).hits, hits + 1);
	assert_true(recalls(w, "/*expr*/ select(literal(6), literal('y'))"));
}

static void a_constant_that_was_read_is_kept(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 2; i++) {
		assert_false(recalls(w, "/*expr*/ select(literal(5).label('five'))"));
		assert_false(recalls(w, "/*expr*/ select(literal(5).label('six'))"));
	}
	assert_true(recalls(w, "/*expr*/ select(literal(55).label('five'))"));
	assert_true(recalls(w, "/*expr*/ select(literal(66).label('six'))"));
	assert_false(recalls(w, "/*expr*/ select(literal(66).label('seven'))"));
}

static void no_constant_leaves_its_quotes(void **state)
{
	struct world *w = *state;
	static const char *const values[] = {
		"'x'",    "''",      "'; DROP'", "'/*'",    "'--'",   "'$$'",
		"'\"'",   "'\\'",    "'a''b'",   "'''",     "'\n'",   "'\xc3\xa4'",
		"E'\\n'", "'a' 'b'", "\"a\"",    "'''a'''", "'\x01'", "'\x03'",
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char text[128];

		for (int k = 0; k < 3; k++) {
			snprintf(text, sizeof(text), "/*expr*/ select(literal(%s), literal(1))",
			         values[i]);
			recalls(w, text);
		}
	}
}

/* A constant that stands in the SQL many thousand times: what it becomes with a long one no
 * compilation could. */
static void what_a_long_constant_makes_too_long_is_refused_as_ever(void **state)
{
	enum { DOUBLINGS = 14, LONG = 15000 };
	struct world *w = *state;
	static char query[LONG + 1024];
	static char constant[LONG + 1];

	for (int turn = 0; turn < 4; turn++) {
		size_t n = turn < 3 ? 1 : LONG;
		struct rewrite *r, *plain;
		char *p;

		memset(constant, 'a' + turn, n);
		p = query + sprintf(query, "/*expr*/ l0 = literal('%.*s')\n", (int)n, constant);
		for (int i = 1; i <= DOUBLINGS; i++)
			p += sprintf(p, "l%d = l%d + l%d\n", i, i - 1, i - 1);
		sprintf(p, "select(l%d)", DOUBLINGS);
		r = rewrite_new(w->shapes, &settings, &w->remembering, str_of(query));
		plain = rewrite_new(w->shapes, &settings, &w->plain, str_of(query));
		assert_same(r, plain, query);
		rewrite_free(r);
		rewrite_free(plain);
	}
	assert_true(memos_counts(w->remembering.memos).hits > 0);
}

/* A choice among texts by which one text is made. */
static const char *const values[][8] = {
	{ "0", "1", "42", "999999999", "2147483648", "00", "-1", "1_000" },
	{ "1.5", "0.25", "100.001", "1e5", "0.0", "1.", ".5", "123456789.123456789" },
	{ "'a'", "''", "'true'", "'{1,2}'", "'it''s'", "'\xc3\xb6'", "'/*expr*/'",
	  "'x -- y, ...'" },
};

static const char *const texts[] = {
	"/*expr*/ select(column('a') + %d, literal(%s)).where(column('b') == %f)",
	"/*expr*/ select(literal(%d or %d), literal(%s))",
	"/*expr*/ select(literal(%d and %s), literal(%f))",
	"/*expr*/ x = %d\nselect(literal(x), literal(x), column('y') > x)",
	"/*expr*/ x = %d\nselect(literal(x), literal(x + 1), literal(%d) + x * 2)",
	"/*expr*/ s = %s\nselect(literal(s), literal(s + 'b').label('t'))",
	"/*expr*/ select(column('a')).where(column('b').in_([%d, %d, %s])).limit(%d).offset(%d)",
	"/*expr*/ select(column('a').label(%s)).where(column('a') == %s)",
	"/*expr*/ select(case((column('a') == %d, %s), else_=%s))",
	"/*expr*/ t = table('t', column('a'))\n"
	"select(t.c.a, func.coalesce(t.c.a, %s).label('c')).where(t.c.a != %s).group_by(t.c.a)",
	"/*expr*/ c = select(literal(%d).label('n')).cte('c', recursive=True)\n"
	"c = c.union_all(select(c.c.n + %d).where(c.c.n < %d))\nselect(c.c.n)",
	"/*expr*/ values(column('i', Integer), column('s', String), name='v')"
	".data([(%d, %s), (%d, %s)])",
	"/*expr*/ select(text('a = 1'), literal(%d))",
	"/*expr*/ select(text('(a = %d)'), literal(%d))",
	"/*expr*/ select(literal(%s)) # it's %d\n",
	"SELECT %d, '\xc3\xa4', (/*expr*/ select(literal(%d) + %d)), %s",
	"/*expr*/ select(literal(%s)); /*expr*/ select(literal(%d)); SELECT \"it's\", %s",
	"WITH a AS (SELECT %d) /*expr*/ select(literal(%d)).add_cte(select(literal(%s)).cte('x'))",
	"SELECT 1 UNION /*expr*/ select(literal(%d)).limit(%d)",
	"/*expr sql*/ select(literal(%d), literal(%s))",
	"/*expr*/ select(table('a', column('x')), table('b', column('y'))).where(column('z') == "
	"%d)",
	"/*expr*/ select(literal({'a': %d, 'b': [%s]}, JSONB), cast(%s, Text), %s::date)",
	"/*expr*/ select(func.f(%d, %s, %f), column('j', JSONB)[%s], column('j', JSONB)[%d])",
	"/*expr*/ select(column('a')).order_by(desc(%s), %d)",
	"/*expr*/ update(table('t', column('a'))).values(a=%s).where(column('b') == %d)",
	"/*expr*/ insert(table('t', column('a'), column('b'))).values([(%d, %s), (%d, %s)])",
	"EXPLAIN (ANALYZE %d) /*expr*/ select(literal(%d) * %f)",
};

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void fill_in(const char *text, uint32_t *seed, char *out)
{
	for (; *text != '\0'; text++) {
		size_t kind = *text != '%' ? 3 : text[1] == 'd' ? 0 : text[1] == 'f' ? 1 : 2;

		if (kind == 3) {
			*out++ = *text;
			continue;
		}
		text++;
		/* Half of them plain, so that patterns meet again. */
		out = stpcpy(out, values[kind][next(seed) % (next(seed) % 2 == 0 ? 3 : 8)]);
	}
	*out = '\0';
}

static void any_text_is_recalled_as_it_would_be_compiled(void **state)
{
	enum { TEXTS = sizeof(texts) / sizeof(texts[0]), TURNS = 40000 };
	struct world *w = *state;
	uint32_t seed = 7;
	size_t recalled = 0;

	for (size_t turn = 0; turn < TURNS; turn++) {
		char text[1024];

		fill_in(texts[next(&seed) % TEXTS], &seed, text);
		recalled += recalls(w, text);
	}
	assert_true(recalled > TURNS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_text_with_other_constants_is_recalled, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(the_very_text_again_is_kept_as_it_is, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(a_constant_that_was_read_is_kept, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(no_constant_leaves_its_quotes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_a_long_constant_makes_too_long_is_refused_as_ever, set_up, tear_down),
		cmocka_unit_test_setup_teardown(any_text_is_recalled_as_it_would_be_compiled,
		                                set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
