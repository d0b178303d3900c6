/* What is remembered between texts: what a session's names are bound to, and texts that come again. */
#include "tests/proxy/rewrite_rig.h"

#include "proxy/bindings.h"
#include "proxy/memo.h"

/* ---- trust ----------------------------------------------------------------------------------- */

static void check_trusting(struct world *w, const struct rewrite_session *s, const char *expected)
{
	struct rewrite *r = rewrite_with(w, s, "/*expr*/ follow orders");

	assert_text(r, expected);
	rewrite_free(r);
}

static void bound_names_are_not_asked_for(void **state)
{
	struct world *w = *state;
	struct rewrite_session s = session;
	static const char sql[] = "SELECT id, name FROM public.customer";

	s.bindings = bindings_new(4096);
	s.now_ms = 1000;
	check_trusting(w, &s, sql);
	assert_int_equal(w->checks, 1);
	assert_int_equal(w->shape_questions, 2);
	s.now_ms = 1999;
	check_trusting(w, &s, sql);
	assert_int_equal(w->checks, 1);
	assert_int_equal(w->shape_questions, 2);
	s.now_ms = 2000; /* too old */
	check_trusting(w, &s, sql);
	assert_int_equal(w->checks, 3);
	s.catalog_epoch++; /* the session may have changed something */
	check_trusting(w, &s, sql);
	assert_int_equal(w->checks, 5);
	check_trusting(w, &s, sql);
	assert_int_equal(w->checks, 5);
	bindings_free(s.bindings);
}

static void a_mistake_is_not_reported_on_trust(void **state)
{
	struct world *w = *state;
	struct rewrite_session s = session;
	struct rewrite *r;
	struct outbuf out;

	s.bindings = bindings_new(4096);
	rewrite_free(rewrite_with(w, &s, "/*expr*/ table customer"));
	assert_int_equal(w->checks, 1);
	/* A column that another session has added meanwhile. */
	customer_has("called", "2");
	r = rewrite_with(w, &s, "/*expr*/ need customer called");
	assert_text(r, "SELECT called");
	assert_int_equal(w->checks, 2);
	rewrite_free(r);
	/* And one that is really not there. */
	r = rewrite_with(w, &s, "/*expr*/ need customer nothing");
	assert_int_equal(w->checks, 3);
	assert_field(swapped(r, "42703", &out), 'C', "42703");
	outbuf_free(&out);
	rewrite_free(r);
	bindings_free(s.bindings);
}

static void an_absent_name_is_asked_for_every_time(void **state)
{
	struct world *w = *state;
	struct rewrite_session s = session;

	s.bindings = bindings_new(4096);
	for (unsigned i = 1; i <= 3; i++) {
		rewrite_free(rewrite_with(w, &s, "/*expr*/ table custmer"));
		assert_int_equal(w->checks, i);
	}
	assert_int_equal(bindings_size(s.bindings), 0);
	bindings_free(s.bindings);
}

/* ---- texts that come again ------------------------------------------------------------------- */

static const char twice[] = "SELECT 1; /*expr*/ follow orders";
static const char twice_sql[] = "SELECT 1; SELECT id, name FROM public.customer";

static struct rewrite_session remembering(void)
{
	struct rewrite_session s = session;

	s.bindings = bindings_new(4096);
	s.memos = memos_new(1 << 20);
	return s;
}

static void forget(struct rewrite_session *s)
{
	bindings_free(s->bindings);
	memos_free(s->memos);
}

/* Whether the text had to be compiled. */
static bool compiles(struct world *w, const struct rewrite_session *s, const char *query,
                     const char *expected)
{
	unsigned before = fake_compilations;
	struct rewrite *r = rewrite_with(w, s, query);

	assert_true(rewrite_changed(r));
	assert_text(r, expected);
	rewrite_free(r);
	return fake_compilations > before;
}

static void a_text_that_came_twice_is_not_compiled_again(void **state)
{
	struct world *w = *state;
	struct rewrite_session s = remembering();
	struct rewrite *r;
	struct report_map *m;
	struct outbuf in, out;

	assert_true(compiles(w, &s, twice, twice_sql));
	assert_int_equal(memos_counts(s.memos).entries, 0);
	assert_true(compiles(w, &s, twice, twice_sql));
	assert_false(compiles(w, &s, twice, twice_sql));
	r = rewrite_with(w, &s, twice);
	assert_true(rewrite_is_multi_statement(r));
	m = rewrite_report_map(r);
	rewrite_free(r);
	outbuf_init(&out, 65536);
	assert_true(report_map_apply(m, 'E', server_error(&in, "ERROR", "42703", "x", "20"), &out));
	assert_field(outbuf_view(&out), 'P', "27");
	outbuf_free(&in);
	outbuf_free(&out);
	report_map_unref(m);
	assert_true(compiles(w, &s, "/*expr*/ follow orders", twice_sql + 10));
	forget(&s);
}

static void warnings_come_again_too(void **state)
{
	struct world *w = *state;
	struct rewrite_session s = remembering();

	for (int i = 0; i < 3; i++) {
		struct rewrite *r = rewrite_with(w, &s, "/*expr*/ warn SELECT 1");
		struct report_map *m = rewrite_report_map(r);
		struct outbuf out;

		outbuf_init(&out, 65536);
		assert_int_equal(report_map_notices(m, &out), 1);
		outbuf_free(&out);
		report_map_unref(m);
		rewrite_free(r);
	}
	assert_int_equal(memos_counts(s.memos).hits, 2); /* of the pattern, and of the text */
	forget(&s);
}

static void what_a_name_has_become_is_compiled_anew(void **state)
{
	struct world *w = *state;
	struct rewrite_session s = remembering();

	assert_true(
		compiles(w, &s, "/*expr*/ table customer", "SELECT id, name FROM public.customer"));
	assert_true(
		compiles(w, &s, "/*expr*/ table customer", "SELECT id, name FROM public.customer"));
	customer_has("called", "2");
	/* For as long as the binding is trusted nothing is known of it. */
	assert_false(
		compiles(w, &s, "/*expr*/ table customer", "SELECT id, name FROM public.customer"));
	s.catalog_epoch++;
	assert_true(compiles(w, &s, "/*expr*/ table customer",
	                     "SELECT id, called FROM public.customer"));
	assert_false(compiles(w, &s, "/*expr*/ table customer",
	                      "SELECT id, called FROM public.customer"));
	customer_has("name", "1");
	/* Another session of the worker, which has not looked yet, and finds the old one. */
	bindings_free(s.bindings);
	s.bindings = bindings_new(4096);
	assert_true(
		compiles(w, &s, "/*expr*/ table customer", "SELECT id, name FROM public.customer"));
	forget(&s);
}

static void what_is_due_is_asked_for_before_it_is_recalled(void **state)
{
	struct world *w = *state;
	struct rewrite_session s = remembering();

	s.now_ms = 1000;
	compiles(w, &s, "/*expr*/ table customer", "SELECT id, name FROM public.customer");
	compiles(w, &s, "/*expr*/ table customer", "SELECT id, name FROM public.customer");
	s.now_ms = 1999;
	compiles(w, &s, "/*expr*/ table customer", "SELECT id, name FROM public.customer");
	assert_int_equal(w->checks, 1);
	s.now_ms = 2000;
	compiles(w, &s, "/*expr*/ table customer", "SELECT id, name FROM public.customer");
	assert_int_equal(w->checks, 2);
	forget(&s);
}

static void other_settings_are_another_text(void **state)
{
	struct world *w = *state;
	struct rewrite_session s = remembering();
	struct rewrite_session other = s;
	static const uint8_t int4[] = { 0, 0, 0, 23 };
	static const char sql[] = "SELECT id, name FROM public.customer";

	for (int times = 0; times < 2; times++)
		assert_true(compiles(w, &s, "/*expr*/ table customer", sql));
	other.standard_conforming_strings = false;
	assert_true(compiles(w, &other, "/*expr*/ table customer", sql));
	other = s;
	other.client_encoding = other.server_encoding = STR("SQL_ASCII");
	assert_true(compiles(w, &other, "/*expr*/ table customer", sql));
	other = s;
	other.database = STR("bd");
	assert_true(compiles(w, &other, "/*expr*/ table customer", sql));
	other = s;
	other.server_version = 160000;
	assert_true(compiles(w, &other, "/*expr*/ table customer", sql));
	other = s;
	other.parameter_types = bytes_of(int4, sizeof(int4));
	assert_true(compiles(w, &other, "/*expr*/ table customer", sql));
	other = s;
	other.settings_certain = false;
	assert_true(compiles(w, &other, "/*expr*/ table customer", sql));
	assert_false(compiles(w, &s, "/*expr*/ table customer", sql));
	forget(&s);
}

static void what_fails_or_was_not_found_is_not_remembered(void **state)
{
	static const char *const queries[] = { "/*expr*/ nonsense", "/*expr*/ table custmer",
		                               "/*expr*/ table customer; /*expr*/ nonsense" };
	struct world *w = *state;
	struct rewrite_session s = remembering();

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		for (int times = 0; times < 3; times++)
			rewrite_free(rewrite_with(w, &s, queries[i]));
	assert_int_equal(memos_counts(s.memos).entries, 0);
	forget(&s);
}

static void a_session_that_trusts_nothing_remembers_nothing(void **state)
{
	struct world *w = *state;
	struct rewrite_session s = remembering();
	struct bindings *bindings = s.bindings;

	s.bindings = NULL; /* catalog_check = always */
	for (int times = 0; times < 2; times++)
		compiles(w, &s, twice, twice_sql);
	assert_int_equal(memos_counts(s.memos).entries, 0);
	s.bindings = bindings;
	s.transaction_failed = true;
	for (int times = 0; times < 2; times++)
		rewrite_free(rewrite_with(w, &s, twice));
	assert_int_equal(memos_counts(s.memos).entries, 0);
	forget(&s);
}

static void a_smaller_limit_holds_for_what_is_remembered(void **state)
{
	struct world *w = *state;
	struct rewrite_session s = remembering();
	struct rewrite_settings small = settings;
	struct rewrite *r;

	for (int times = 0; times < 2; times++)
		compiles(w, &s, twice, twice_sql);
	small.max_expression_size = sizeof(twice) - 2;
	r = rewrite_new(w->shapes, &small, &s, str_of(twice));
	assert_null(memmem(rewrite_text(r).p, rewrite_text(r).n, "customer", 8));
	rewrite_free(r);
	small.max_expression_size = sizeof(twice) - 1;
	r = rewrite_new(w->shapes, &small, &s, str_of(twice));
	assert_text(r, twice_sql);
	rewrite_free(r);
	forget(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bound_names_are_not_asked_for),
		TEST(a_mistake_is_not_reported_on_trust),
		TEST(an_absent_name_is_asked_for_every_time),
		TEST(a_text_that_came_twice_is_not_compiled_again),
		TEST(warnings_come_again_too),
		TEST(what_a_name_has_become_is_compiled_anew),
		TEST(what_is_due_is_asked_for_before_it_is_recalled),
		TEST(other_settings_are_another_text),
		TEST(what_fails_or_was_not_found_is_not_remembered),
		TEST(a_session_that_trusts_nothing_remembers_nothing),
		TEST(a_smaller_limit_holds_for_what_is_remembered),
	};

	return cmocka_run_group_tests_name("rewrite_memo", tests, NULL, NULL);
}
