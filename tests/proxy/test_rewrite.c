/* Texts rewritten: what becomes of each expression, what is asked for it, and how it fails. */
#include "tests/proxy/rewrite_rig.h"

/* ---- rewriting ------------------------------------------------------------------------------- */

static void a_text_without_a_tag_stays_as_it_is(void **state)
{
	static const char *const texts[] = {
		"",
		"SELECT 1",
		"SELECT '/*expr*/'",
		"SELECT 1 -- /*expr*/ x",
		"/* /*expr*/ */ x",
		"SELECT \"/*expr*/\"",
		"DO $$ /*expr*/ $$",
		"/*express*/ x",
		"/*expr*/ \xff",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct rewrite *r = rewritten(*state, texts[i]);

		assert_false(rewrite_changed(r));
		assert_ptr_equal(rewrite_text(r).p, texts[i]);
		assert_null(rewrite_report_map(r));
		rewrite_free(r);
	}
	assert_false(rewrite_may_concern(STR("SELECT 1"), STR("expr")));
	assert_true(rewrite_may_concern(STR("/*expr*/ x"), STR("expr")));
}

static void every_expression_is_replaced_in_its_place(void **state)
{
	check(*state, "/*expr*/ sql SELECT 1", "SELECT 1");
	check(*state, "EXPLAIN/*expr*/sql SELECT 1 ; SELECT '/*expr*/' -- c\n",
	      "EXPLAIN SELECT 1 ; SELECT '/*expr*/' -- c\n");
	check(*state, "a; /* expr */ sql b; COPY (/*expr*/ table customer) TO STDOUT",
	      "a; b; COPY (SELECT id, name FROM public.customer) TO STDOUT");
}

static void the_sql_itself_may_be_the_answer(void **state)
{
	check(*state, "/*expr sql*/ sql SELECT 'a\\b'",
	      "SELECT E'SELECT ''a\\\\b'''::pg_catalog.text AS sql");
}

static void a_cold_relation_takes_two_questions_and_a_warm_one_takes_one(void **state)
{
	struct world *w = *state;

	check(w, "/*expr*/ table customer", "SELECT id, name FROM public.customer");
	assert_int_equal(w->checks, 1);
	assert_int_equal(w->shape_questions, 1);
	check(w, "/*expr*/ table customer", "SELECT id, name FROM public.customer");
	assert_int_equal(w->checks, 2);
	assert_int_equal(w->shape_questions, 1);
	check(w, "/*expr*/ table audit.events; /*expr*/ table customer; /*expr*/ table orders",
	      "SELECT id FROM audit.events; SELECT id, name FROM public.customer; "
	      "SELECT customer_id, amount FROM public.orders");
	assert_int_equal(w->checks, 3);
	assert_int_equal(w->shape_questions, 2);
}

static void a_changed_relation_is_read_again(void **state)
{
	struct world *w = *state;

	check(w, "/*expr*/ table customer", "SELECT id, name FROM public.customer");
	customer_has("called", "2");
	check(w, "/*expr*/ table customer", "SELECT id, called FROM public.customer");
	assert_int_equal(w->shape_questions, 2);
	/* Rolled back: the old fingerprint returns. */
	customer_has("name", "1");
	check(w, "/*expr*/ table customer", "SELECT id, name FROM public.customer");
	assert_int_equal(w->shape_questions, 2);
}

static void another_database_and_another_encoding_share_nothing(void **state)
{
	struct world *w = *state;
	struct rewrite_session other = session;

	check(w, "/*expr*/ table customer", "SELECT id, name FROM public.customer");
	other.database = STR("db2");
	rewrite_free(rewrite_with(w, &other, "/*expr*/ table customer"));
	assert_int_equal(w->shape_questions, 2);
	other = session;
	other.client_encoding = STR("LATIN1");
	other.server_encoding = STR("LATIN1");
	rewrite_free(rewrite_with(w, &other, "/*expr*/ table customer"));
	assert_int_equal(w->shape_questions, 3);
}

static void the_target_of_a_foreign_key_costs_one_question_more(void **state)
{
	struct world *w = *state;

	check(w, "/*expr*/ follow orders", "SELECT id, name FROM public.customer");
	assert_int_equal(w->checks, 1);
	assert_int_equal(w->shape_questions, 2); /* straight to the shape: the oid is known */
	check(w, "/*expr*/ follow orders", "SELECT id, name FROM public.customer");
	assert_int_equal(w->checks, 3);
	assert_int_equal(w->shape_questions, 2);
}

static void a_name_is_looked_up_once_for_a_text(void **state)
{
	struct world *w = *state;

	check(w, "/*expr*/ table customer; /*expr*/ table customer; /*expr*/ table customer",
	      "SELECT id, name FROM public.customer; SELECT id, name FROM public.customer; "
	      "SELECT id, name FROM public.customer");
	assert_int_equal(w->checks, 1);
}

static void a_compiler_that_never_has_enough_is_stopped(void **state)
{
	struct world *w = *state;
	struct rewrite *r = rewritten(w, "/*expr*/ unlisted customer");
	struct str text = rewrite_text(r);

	assert_true(w->checks <= 64);
	assert_non_null(memmem(text.p, text.n, "too many steps", 14));
	rewrite_free(r);
}

static void several_statements_are_told_apart(void **state)
{
	struct rewrite *one = rewritten(*state, "EXPLAIN /*expr*/ sql a ;");
	struct rewrite *two = rewritten(*state, "SELECT 1; /*expr*/ sql a");

	assert_false(rewrite_is_multi_statement(one));
	assert_true(rewrite_is_multi_statement(two));
	rewrite_free(one);
	rewrite_free(two);
}

/* ---- failures -------------------------------------------------------------------------------- */

static void an_unknown_table_fails_at_analysis_with_our_fields(void **state)
{
	struct world *w = *state;
	struct rewrite *r = rewritten(w, "EXPLAIN /*expr*/ table custmer ; SELECT 1");
	struct outbuf out;
	struct bytes e;

	assert_int_equal(w->neighbour_questions, 1);
	assert_text(r, "EXPLAIN SELECT \"pgexpr: relation 'custmer' does not exist "
	               "#0123456789abcdef.1#\" ; "
	               "SELECT 1");
	e = swapped(r, "42703", &out);
	assert_field(e, 'S', "FEHLER");
	assert_field(e, 'V', "ERROR");
	assert_field(e, 'C', "42P01");
	assert_field(e, 'M', "relation \"custmer\" does not exist");
	assert_field(e, 'H', "[like_custmer]");
	assert_field(e, 'D', NULL);
	assert_field(e, 'P', "24");
	assert_field(e, 'W', NULL);
	assert_field(e, 'F', "pgexpr");
	outbuf_free(&out);
	rewrite_free(r);
}

static void a_syntax_error_fails_at_raw_parsing(void **state)
{
	struct rewrite *r = rewritten(*state, "/*expr*/ what ever");
	struct outbuf out;
	struct bytes e;

	assert_text(r, "SELECT 0 \"x\" \"pgexpr: syntax error #0123456789abcdef.1#\"");
	e = swapped(r, "42601", &out);
	assert_field(e, 'C', "42601");
	assert_field(e, 'M', "syntax error");
	outbuf_free(&out);
	rewrite_free(r);
}

static void positions_count_characters(void **state)
{
	struct rewrite *r = rewritten(*state, "/* \xc3\xa9\xe2\x82\xac */ /*expr*/ what");
	struct outbuf out;
	struct bytes e = swapped(r, "42601", &out);

	assert_field(e, 'P', "19");
	outbuf_free(&out);
	rewrite_free(r);
}

static void positions_count_bytes_where_the_server_does(void **state)
{
	struct rewrite_session s = session;
	struct rewrite *r;
	struct outbuf out;

	s.server_encoding = STR("SQL_ASCII");
	r = rewrite_with(*state, &s, "/* \xc3\xa9\xe2\x82\xac */ /*expr*/ what");
	assert_field(swapped(r, "42601", &out), 'P', "22");
	outbuf_free(&out);
	rewrite_free(r);
}

static void markers_fit_an_identifier_and_are_ascii(void **state)
{
	struct rewrite *r = rewritten(
		*state,
		"/*expr*/ table \xc3\xa9\"quoted\"_and_very_much_longer_than_any_identifier");
	char marker[80];

	marker_of(rewrite_text(r), marker);
	assert_true(strlen(marker) <= 63);
	for (const char *p = marker; *p != '\0'; p++)
		assert_true(*p >= ' ' && *p <= '~');
	assert_non_null(strstr(marker, "#0123456789abcdef.1#"));
	rewrite_free(r);
}

static void only_the_report_of_our_own_statement_is_swapped(void **state)
{
	static const struct {
		const char *severity;
		const char *sqlstate;
		const char *message;
	} others[] = {
		{ "ERROR", "25P02", "current transaction is aborted" },
		{ "ERROR", "57014", "canceling statement #0123456789abcdef.1#" },
		{ "FATAL", "42703", "column \"pgexpr: x #0123456789abcdef.1#\"" },
		{ "ERROR", "42601", "column \"pgexpr: x #0123456789abcdef.1#\"" },
		{ "ERROR", "42703", "column \"pgexpr: x #0123456789abcdee.1#\"" },
		{ "ERROR", "42703", "column \"pgexpr: x #0123456789abcdef.11#\"" },
	};
	struct rewrite *r = rewritten(*state, "/*expr*/ table custmer");
	struct report_map *m = rewrite_report_map(r);

	rewrite_free(r); /* the map borrows nothing */
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct outbuf in;
		struct outbuf out;
		struct bytes body = server_error(&in, others[i].severity, others[i].sqlstate,
		                                 others[i].message, "0");

		outbuf_init(&out, 65536);
		assert_false(report_map_apply(m, 'E', body, &out));
		assert_int_equal(outbuf_size(&out), 0);
		outbuf_free(&in);
		outbuf_free(&out);
	}
	report_map_unref(m);
}

static void each_failure_is_known_by_its_own_mark(void **state)
{
	char query[600] = "";
	struct rewrite *r;
	struct report_map *m;

	for (int i = 1; i <= 12; i++)
		snprintf(query + strlen(query), sizeof(query) - strlen(query),
		         "/*expr*/ table nosuch%d;", i);
	r = rewritten(*state, query);
	m = rewrite_report_map(r);
	for (int i = 1; i <= 12; i++) {
		char message[80];
		char expected[80];
		struct outbuf in;
		struct outbuf out;

		snprintf(message, sizeof(message), "column \"x #0123456789abcdef.%d#\"", i);
		snprintf(expected, sizeof(expected), "relation \"nosuch%d\" does not exist", i);
		outbuf_init(&out, 65536);
		assert_true(report_map_apply(
			m, 'E', server_error(&in, "ERROR", "42703", message, "1"), &out));
		assert_field(outbuf_view(&out), 'M', expected);
		outbuf_free(&in);
		outbuf_free(&out);
	}
	report_map_unref(m);
	rewrite_free(r);
}

static void a_later_statement_that_misses_a_name_is_told_why(void **state)
{
	struct rewrite *r = rewritten(*state, "CREATE TABLE new (); /*expr*/ table new");
	struct outbuf out;
	const char *hint;

	swapped(r, "42703", &out);
	hint = field(outbuf_view(&out), 'H');
	assert_non_null(hint);
	assert_non_null(strstr(hint, "query of its own"));
	outbuf_free(&out);
	rewrite_free(r);
	r = rewritten(*state, "/*expr*/ table new; CREATE TABLE new ()");
	assert_non_null(memmem(rewrite_text(r).p, rewrite_text(r).n, "; CREATE TABLE new ()", 21));
	rewrite_free(r);
	r = rewritten(*state, "/*expr*/ table new");
	assert_field(swapped(r, "42703", &out), 'H', NULL);
	outbuf_free(&out);
	rewrite_free(r);
}

static void in_a_failed_transaction_nothing_is_asked(void **state)
{
	struct world *w = *state;
	struct rewrite_session s = session;
	struct rewrite *r;

	s.transaction_failed = true;
	r = rewrite_with(w, &s, "/*expr*/ table customer");
	assert_int_equal(w->checks, 0);
	assert_text(r,
	            "SELECT \"pgexpr: current transaction is aborted, co #0123456789abcdef.1#\"");
	rewrite_free(r);
	/* A syntax error comes before that, as natively. */
	r = rewrite_with(w, &s, "/*expr*/ what");
	assert_text(r, "SELECT 0 \"x\" \"pgexpr: syntax error #0123456789abcdef.1#\"");
	rewrite_free(r);
}

static void an_abandoned_rewrite_fails_where_it_stood(void **state)
{
	struct world *w = *state;
	struct rewrite *r = rewrite_new(w->shapes, &settings, &session,
	                                STR("/*expr*/ sql a; /*expr*/ table customer; x"));

	assert_int_equal(rewrite_state(r), REWRITE_ASK);
	rewrite_abandon(r);
	assert_int_equal(rewrite_state(r), REWRITE_DONE);
	assert_text(r,
	            "a; SELECT \"pgexpr: the catalog could not be read #0123456789abcdef.1#\"; x");
	rewrite_free(r);
}

static void an_answer_that_is_none_fails_the_expression(void **state)
{
	struct world *w = *state;
	struct rewrite *r =
		rewrite_new(w->shapes, &settings, &session, STR("/*expr*/ table customer"));
	struct outbuf out;

	assert_int_equal(rewrite_state(r), REWRITE_ASK);
	assert_false(give(r, (const char *[]){ "x", "y", "z", "1" }, 4));
	assert_false(give(r, (const char *[]){ "1", "10", "t", "1" }, 4));
	rewrite_answered(r);
	assert_int_equal(rewrite_state(r), REWRITE_DONE);
	assert_field(swapped(r, "42703", &out), 'C', "XX000");
	outbuf_free(&out);
	rewrite_free(r);
}

static void the_size_has_a_limit(void **state)
{
	char query[5000];
	struct rewrite *r;
	struct outbuf out;

	snprintf(query, sizeof(query), "/*expr*/ sql %04082d!", 0);
	assert_int_equal(strlen(query), 4096);
	r = rewritten(*state, query);
	assert_int_equal(rewrite_text(r).n, 4096 - 13);
	rewrite_free(r);
	snprintf(query, sizeof(query), "/*expr*/ sql %04083d!", 0);
	r = rewritten(*state, query);
	assert_field(swapped(r, "42703", &out), 'C', "54000");
	outbuf_free(&out);
	rewrite_free(r);
}

static struct rewrite *rewritten_times(struct world *w, size_t times)
{
	static const char one[] = "/*expr*/ sql a;";
	struct rewrite_settings large = settings;
	static char query[10001 * sizeof(one)];
	struct rewrite *r;

	large.max_expression_size = 1 << 20;
	for (size_t i = 0; i < times; i++)
		memcpy(query + i * (sizeof(one) - 1), one, sizeof(one)); /* with its NUL */
	r = rewrite_new(w->shapes, &large, &session, str_of(query));
	assert_non_null(r);
	assert_int_equal(rewrite_state(r), REWRITE_DONE);
	return r;
}

static void the_number_of_expressions_has_a_limit(void **state)
{
	struct rewrite *r = rewritten_times(*state, 10000);
	struct outbuf out;
	struct bytes e;

	assert_int_equal(rewrite_text(r).n, 10000 * strlen("a;"));
	rewrite_free(r);
	r = rewritten_times(*state, 10001);
	e = swapped(r, "42703", &out);
	assert_field(e, 'C', "54000");
	assert_field(e, 'M', "too many expressions in one query");
	outbuf_free(&out);
	rewrite_free(r);
}

static void the_number_of_names_has_a_limit(void **state)
{
	struct rewrite_settings large = settings;
	static char query[3000 * 24];
	size_t n = 0;
	struct rewrite *r;
	struct outbuf out;
	struct bytes e;

	large.max_expression_size = 1 << 20;
	for (unsigned i = 0; i < 2001; i++)
		n += (size_t)sprintf(query + n, "/*expr*/ table t%u;", i);
	r = rewrite_new(((struct world *)*state)->shapes, &large, &session, str_of(query));
	assert_non_null(r);
	while (rewrite_state(r) == REWRITE_ASK)
		answer(*state, r);
	assert_non_null(memmem(rewrite_text(r).p, rewrite_text(r).n, "too many names in one query",
	                       strlen("too many names in one query")));
	e = swapped(r, "42703", &out);
	assert_field(e, 'C', "54000");
	outbuf_free(&out);
	rewrite_free(r);
}

/* ---- uncertain settings ---------------------------------------------------------------------- */

static void a_text_is_judged_under_the_sessions_settings(void **state)
{
	struct rewrite_session s = session;

	(void)state;
	assert_true(rewrite_keeps_catalog(&s, STR("SELECT '\\'; ")));
	assert_true(rewrite_keeps_catalog(&s, STR("SELECT 1")));
	assert_false(rewrite_keeps_catalog(&s, STR("SELECT '\\'; SET x = ''")));
	s.standard_conforming_strings = false;
	assert_true(rewrite_keeps_catalog(&s, STR("SELECT '\\'; SET x = ''")));
	s.settings_certain = false;
	assert_false(rewrite_keeps_catalog(&s, STR("SELECT 1")));
}

static void uncertain_settings_do_not_matter_where_both_readings_agree(void **state)
{
	struct rewrite_session s = session;
	struct rewrite *r;

	s.settings_certain = false;
	r = rewrite_with(*state, &s, "SELECT 'it''s'; /*expr*/ table customer");
	assert_text(r, "SELECT 'it''s'; SELECT id, name FROM public.customer");
	rewrite_free(r);
}

static void an_expression_that_depends_on_an_uncertain_setting_fails(void **state)
{
	struct rewrite_session s = session;
	struct rewrite *r;
	struct outbuf out;

	check(*state, "/*expr*/ backslash", "SELECT 'a'");
	s.settings_certain = false;
	r = rewrite_with(*state, &s, "/*expr*/ backslash");
	assert_field(swapped(r, "42703", &out), 'C', "0A000");
	outbuf_free(&out);
	rewrite_free(r);
}

static void a_text_that_may_have_no_tag_is_left_alone(void **state)
{
	struct rewrite_session s = session;
	struct rewrite *r;

	s.settings_certain = false;
	r = rewrite_with(*state, &s, "SELECT '\\' /*expr*/ sql a'");
	assert_false(rewrite_changed(r));
	rewrite_free(r);
	s.standard_conforming_strings = false;
	r = rewrite_with(*state, &s, "SELECT '\\' /*expr*/ sql a'");
	assert_false(rewrite_changed(r));
	rewrite_free(r);
}

static void tags_in_other_places_fail_the_whole_text(void **state)
{
	struct rewrite_session s = session;
	struct rewrite *r;
	struct outbuf out;

	s.settings_certain = false;
	r = rewrite_with(*state, &s, "SELECT '\\' /*expr*/ sql a', /*expr*/ sql b");
	assert_int_equal(memcmp(rewrite_text(r).p, "SELECT \"pgexpr: ", 16), 0);
	assert_null(memmem(rewrite_text(r).p, rewrite_text(r).n, "expr*/", 6));
	assert_field(swapped(r, "42703", &out), 'C', "0A000");
	outbuf_free(&out);
	rewrite_free(r);
}

/* ---- reports on what runs -------------------------------------------------------------------- */

static void assert_mapped(struct world *w, const char *query, const char *server_position,
                          const char *expected)
{
	struct rewrite *r = rewritten(w, query);
	struct report_map *m = rewrite_report_map(r);
	struct outbuf in;
	struct outbuf out;
	bool changed;

	outbuf_init(&out, 65536);
	changed = report_map_apply(
		m, 'N', server_error(&in, "NOTICE", "00000", "here", server_position), &out);
	if (!changed)
		assert_string_equal(server_position, expected);
	else {
		assert_int_equal(outbuf_view(&out).p[0], 'N');
		assert_field(outbuf_view(&out), 'P', expected);
		assert_field(outbuf_view(&out), 'M', "here");
		assert_field(outbuf_view(&out), 'W', "somewhere");
	}
	outbuf_free(&in);
	outbuf_free(&out);
	report_map_unref(m);
	rewrite_free(r);
}

static void positions_of_the_server_point_into_the_clients_text(void **state)
{
	/*                          1         2         3
	 *                 123456789012345678901234567890123456789 */
	static const char query[] = "\xc3\xa9 ; /*expr*/ sql ab\xc3\xa9 cd ; tail /*expr*/";

	assert_mapped(*state, query, "1", "1");   /* before */
	assert_mapped(*state, query, "5", "18");  /* a */
	assert_mapped(*state, query, "9", "22");  /* c */
	assert_mapped(*state, query, "14", "27"); /* tail */
	assert_mapped(*state, query, "0", "0");
	/* What was made points at the word that it was made from. */
	assert_mapped(*state, "/*expr*/ table customer", "12", "16");
	assert_mapped(*state, "SELECT 1; (/*expr*/ table customer) x", "50", "37");
}

static void warnings_become_notices(void **state)
{
	struct rewrite *r = rewritten(*state, "/*expr*/ warn SELECT 1; /*expr*/ sql x");
	struct report_map *m = rewrite_report_map(r);
	struct outbuf out;
	struct bytes notice;

	assert_text(r, "SELECT 1; x");
	outbuf_init(&out, 65536);
	assert_int_equal(report_map_notices(m, &out), 1);
	notice = outbuf_view(&out);
	assert_int_equal(notice.p[0], 'N');
	assert_int_equal(bytes_get_u32(notice.p + 1) + 1, notice.n);
	assert_field(notice, 'S', "WARNING");
	assert_field(notice, 'V', "WARNING");
	assert_field(notice, 'C', "01000");
	assert_field(notice, 'M', "beware");
	assert_field(notice, 'P', "15");
	outbuf_free(&out);
	report_map_unref(m);
	rewrite_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_text_without_a_tag_stays_as_it_is),
		TEST(every_expression_is_replaced_in_its_place),
		TEST(the_sql_itself_may_be_the_answer),
		TEST(a_cold_relation_takes_two_questions_and_a_warm_one_takes_one),
		TEST(a_changed_relation_is_read_again),
		TEST(another_database_and_another_encoding_share_nothing),
		TEST(the_target_of_a_foreign_key_costs_one_question_more),
		TEST(a_name_is_looked_up_once_for_a_text),
		TEST(a_compiler_that_never_has_enough_is_stopped),
		TEST(several_statements_are_told_apart),
		TEST(a_text_is_judged_under_the_sessions_settings),
		TEST(an_unknown_table_fails_at_analysis_with_our_fields),
		TEST(a_syntax_error_fails_at_raw_parsing),
		TEST(positions_count_characters),
		TEST(positions_count_bytes_where_the_server_does),
		TEST(markers_fit_an_identifier_and_are_ascii),
		TEST(only_the_report_of_our_own_statement_is_swapped),
		TEST(each_failure_is_known_by_its_own_mark),
		TEST(a_later_statement_that_misses_a_name_is_told_why),
		TEST(in_a_failed_transaction_nothing_is_asked),
		TEST(an_abandoned_rewrite_fails_where_it_stood),
		TEST(an_answer_that_is_none_fails_the_expression),
		TEST(the_size_has_a_limit),
		TEST(the_number_of_expressions_has_a_limit),
		TEST(the_number_of_names_has_a_limit),
		TEST(uncertain_settings_do_not_matter_where_both_readings_agree),
		TEST(an_expression_that_depends_on_an_uncertain_setting_fails),
		TEST(a_text_that_may_have_no_tag_is_left_alone),
		TEST(tags_in_other_places_fail_the_whole_text),
		TEST(positions_of_the_server_point_into_the_clients_text),
		TEST(warnings_become_notices),
	};

	return cmocka_run_group_tests_name("rewrite", tests, NULL, NULL);
}
