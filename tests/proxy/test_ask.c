/* Catalog questions on the client's session: what is asked when, and what becomes of it when things go
 * otherwise. */
#include "tests/proxy/ask_rig.h"

static void expect_server(const char *letters)
{
	assert_string_equal(rig_letters(SERVER), letters);
}

static void a_text_without_a_tag_is_not_looked_at(void **state)
{
	(void)state;
	rig_query("select 1");
	expect_server("Q(select 1)");
	assert_int_equal(fake.begun, 0);
	rig_reply("TDCI");
	expect_client("T D C ZI");
}

static void a_tag_that_is_none_changes_nothing(void **state)
{
	(void)state;
	rig_query("select 'expr plain'");
	expect_server("Q(select 'expr plain')");
	rig_reply("EI");
	expect_client("E(refused) ZI");
}

static void what_is_known_needs_no_question(void **state)
{
	(void)state;
	rig_query("expr");
	expect_server("Q(done)");
	rig_reply("TDCI");
	expect_client("T D C ZI");
	assert_true(fake.session.settings_certain);
	assert_false(fake.session.transaction_failed);
	assert_int_equal(fake.session.server_version, 150020);
	assert_string_equal(fake.client_encoding, "UTF8");
}

static void a_question_stands_before_the_query_and_its_replies_are_hidden(void **state)
{
	(void)state;
	rig_put_query("expr ask");
	rig_query("select 2");
	expect_server(QUESTION_ALONE);
	rig_reply(ANSWER_ALONE);
	expect_client("");
	expect_server("Q(asked 1) Q(select 2)");
	rig_reply("TDCI TDCI");
	expect_client("T D C ZI T D C ZI");
}

static void a_question_is_answered_in_pieces(void **state)
{
	(void)state;
	memory_stream_chop(SERVER, 1);
	rig_query("expr ask");
	expect_server(QUESTION_ALONE);
	rig_reply("12D");
	rig_reply("DDC3");
	expect_server("");
	rig_reply("3I");
	expect_server("Q(asked 3)");
	rig_reply("CI");
	expect_client("C ZI");
}

static void one_question_may_lead_to_the_next(void **state)
{
	(void)state;
	rig_query("expr ask twice");
	expect_server(QUESTION_ALONE);
	rig_reply(ANSWER_ALONE);
	expect_server(QUESTION_ALONE);
	rig_reply(ANSWER_ALONE);
	expect_server("Q(asked 2)");
	rig_reply("CI");
	expect_client("C ZI");
}

static void notices_and_settings_pass_while_a_question_is_out(void **state)
{
	(void)state;
	rig_query("expr ask");
	rig_reply("1N2");
	backend_put_parameter_status(&rig.out, BYTES("client_encoding"), BYTES("LATIN1"));
	rig_give(SERVER);
	rig_reply("DC33I");
	expect_client("N(by the way) S");
	expect_server(QUESTION_ALONE " Q(asked 1)");
	rig_reply("CI");
	expect_client("C ZI");
}

static void a_parse_keeps_its_name_and_the_batch_its_order(void **state)
{
	(void)state;
	rig_put_parse("s1", "expr ask");
	rig_put_bind("", "s1");
	rig_say("ES");
	expect_server(QUESTION_ALONE);
	rig_reply(ANSWER_ALONE);
	expect_server("P(asked 1) B E S");
	rig_reply("12DCI");
	expect_client("1 2 D C ZI");
}

static void the_session_waits_for_what_is_in_flight_to_be_certain(void **state)
{
	(void)state;
	rig_put_query("set client_encoding to latin1");
	rig_query("expr");
	expect_server("Q(set client_encoding to latin1)");
	assert_int_equal(fake.begun, 0);
	rig_put_reply('C');
	backend_put_parameter_status(&rig.out, BYTES("client_encoding"), BYTES("LATIN1"));
	rig_reply("I");
	expect_server("Q(done)");
	assert_string_equal(fake.client_encoding, "LATIN1");
	assert_true(fake.session.settings_certain);
	rig_reply("CI");
	expect_client("C S ZI C ZI");
}

static void an_open_batch_is_not_waited_for(void **state)
{
	(void)state;
	rig_put("PB");
	rig_put_parse("", "expr ask");
	rig_say("");
	expect_server("P(select 1) B " QUESTION);
	assert_false(fake.session.settings_certain);
	rig_reply("12" ANSWER);
	expect_server("P(asked 1)");
	rig_say("S");
	rig_reply("1I");
	expect_client("1 2 1 ZI");
}

static void several_statements_get_a_question_in_its_own_transaction(void **state)
{
	(void)state;
	rig_query("begin; expr ask");
	expect_server(QUESTION_ALONE);
	rig_reply(ANSWER "I");
	expect_client("");
	expect_server("Q(asked 1)");
	rig_reply("CCB");
	expect_client("C C ZT");
	/* Inside a transaction a Sync would change nothing, and a snapshot is there already. */
	rig_query("select 1; expr ask");
	expect_server(QUESTION);
	rig_reply(ANSWER);
	expect_server("Q(asked 1)");
	rig_reply("CCB");
	/* Unless the string may set the transaction's properties. */
	rig_query("set TRANSACTION read only; expr ask");
	expect_server("Q(abandoned)");
	rig_reply("CCB");
}

static void several_statements_behind_an_open_batch_do_not_commit_it(void **state)
{
	(void)state;
	rig_say("PBH");
	rig_reply("12");
	expect_server("P(select 1) B H");
	rig_query("select 1; expr ask");
	expect_server(QUESTION);
	rig_reply(ANSWER);
	expect_server("Q(asked 1)");
	rig_reply("CCI");
	expect_client("1 2 C C ZI");
}

static void nothing_is_asked_in_a_failed_transaction(void **state)
{
	(void)state;
	rig_query("begin");
	rig_reply("CB");
	rig_query("mistake");
	rig_reply("EX");
	expect_server("Q(begin) Q(mistake)");
	rig_query("expr ask");
	expect_server("Q(abandoned)");
	assert_true(fake.session.transaction_failed);
	rig_reply("EX");
	expect_client("C ZT E(refused) ZE E(mapped) ZE");
}

/* A batch in which nothing was bound has nothing that a Sync could take; and a Flush would make it
 * a pipeline. */
static void a_batch_without_a_portal_gets_a_question_in_its_own_transaction(void **state)
{
	(void)state;
	rig_put_parse("a", "select 1");
	frontend_put_describe(&rig.out, FRONTEND_STATEMENT, BYTES("a"));
	rig_put_parse("", "expr ask");
	rig_query("vacuum");
	expect_server("P(select 1) D " QUESTION_ALONE);
	rig_reply("1tn");
	expect_client("1 t n");
	rig_reply(ANSWER_ALONE);
	expect_server("P(asked 1) Q(vacuum)");
	rig_reply("1CI");
	expect_client("1 C ZI");
}

/* The question's Sync has ended what the server skips, so it is made to go on with it. */
static void an_earlier_error_of_a_batch_without_a_portal_skips_on(void **state)
{
	(void)state;
	rig_put("P");
	rig_put_parse("x", "mistake");
	rig_put_parse("", "expr ask");
	rig_put("B");
	rig_put_query("select 2");
	rig_say("S");
	expect_server("P(select 1) P(mistake) " QUESTION_ALONE);
	rig_reply("1E");
	expect_server(SKIP " B Q(select 2) S");
	expect_client("1 E(refused)");
	rig_reply("IE");
	expect_client("");
	rig_reply("I");
	expect_client("ZI");
	rig_query("expr");
	expect_server("Q(done)");
	rig_reply("CI");
	expect_client("C ZI");
}

static void an_earlier_error_in_front_of_a_query_skips_on(void **state)
{
	(void)state;
	rig_put_parse("", "mistake");
	rig_query("expr ask");
	rig_reply("E");
	expect_server("P(mistake) " QUESTION_ALONE " " SKIP);
	rig_reply("IE");
	expect_client("E(refused)");
	rig_say("S");
	expect_server("S");
	rig_reply("I");
	expect_client("ZI");
}

/* The deadlock trap: the server discards the question in silence, and waits for a Sync that stands
 * behind the held message. */
static void an_earlier_error_of_the_batch_releases_the_held_message(void **state)
{
	(void)state;
	rig_put("B");
	rig_put_parse("", "mistake");
	rig_put_parse("", "expr ask");
	rig_say("BS");
	expect_server("B P(mistake) " QUESTION);
	rig_reply("2E");
	expect_server("P(abandoned) B S");
	rig_reply("I");
	expect_client("2 E(refused) ZI");
	rig_query("select 1");
	rig_reply("CI");
	expect_client("C ZI");
}

static void an_earlier_error_releases_a_query_too(void **state)
{
	(void)state;
	rig_put("B");
	rig_put_parse("", "mistake");
	rig_query("expr ask");
	rig_reply("2E");
	expect_server("B P(mistake) " QUESTION " Q(abandoned)");
	rig_say("S");
	rig_reply("I");
	expect_client("2 E(refused) ZI");
}

static void while_the_server_skips_nothing_is_asked(void **state)
{
	(void)state;
	rig_put_parse("", "mistake");
	rig_say("");
	rig_reply("E");
	rig_put_parse("", "expr ask");
	rig_say("S");
	expect_server("P(mistake) P(abandoned) S");
	rig_reply("I");
	expect_client("E(refused) ZI");
}

static void an_error_of_the_question_is_that_of_the_query(void **state)
{
	(void)state;
	rig_put_query("expr ask");
	rig_query("select 2");
	rig_reply("12E");
	expect_client("E(refused)");
	expect_server(QUESTION_ALONE);
	rig_reply("I");
	expect_server(FORGET " Q(select 2)");
	rig_reply("3I CI");
	expect_client("ZI C ZI");
}

static void an_error_of_the_question_is_that_of_the_parse(void **state)
{
	(void)state;
	rig_put_parse("", "expr ask");
	rig_say("BES");
	rig_reply("E");
	expect_server(QUESTION_ALONE);
	/* The server is past the question's Sync: it is made to skip up to the client's. */
	rig_reply("I");
	expect_server(SKIP " B E S");
	expect_client("E(refused)");
	rig_reply("EI");
	expect_client("ZI");
	rig_query("select 1");
	rig_reply("CI");
	expect_client("C ZI");
}

static void an_error_of_the_question_in_a_transaction_is_that_of_the_query(void **state)
{
	(void)state;
	rig_query("begin");
	rig_reply("CB");
	rig_put_query("expr ask");
	rig_query("select 2");
	rig_reply("12E");
	expect_server("Q(begin) " QUESTION " S " FORGET " Q(select 2)");
	rig_reply("X 3X EX");
	expect_client("C ZT E(refused) ZE E(refused) ZE");
}

static void an_error_of_the_question_in_a_batch_is_that_of_the_parse(void **state)
{
	(void)state;
	rig_put("P");
	rig_put_bind("p", "");
	rig_put_parse("s", "expr ask");
	rig_say("BS");
	rig_reply("12E");
	expect_server("P(select 1) B " QUESTION " B S");
	rig_reply("I");
	expect_client("1 2 E(refused) ZI");
}

/* A Parse that fails has forgotten the unnamed statement that was there before. */
static void an_error_of_the_question_in_a_batch_is_that_of_an_unnamed_parse(void **state)
{
	(void)state;
	rig_put("PB");
	rig_put_parse("", "expr ask");
	rig_say("BS");
	rig_reply("12E");
	expect_server("P(select 1) B " QUESTION " S " SKIP " B S");
	rig_reply("I");
	expect_client("1 2 E(refused)");
	rig_reply("EI");
	expect_client("ZI");
	rig_say("BS");
	rig_reply("EI");
	expect_client("E(refused) ZI");
}

/* While the server is made to skip, further expressions of the batch are not asked about. */
static void an_error_of_the_question_skips_all_of_the_batch(void **state)
{
	(void)state;
	rig_put_parse("a", "expr ask");
	rig_put_parse("b", "expr ask");
	rig_put_query("select 1");
	rig_put("S");
	rig_put_parse("c", "expr ask");
	rig_say("S");
	rig_reply("EI");
	expect_server(QUESTION_ALONE " " SKIP " H"); /* nothing is asked before it has failed */
	rig_reply("E");
	expect_server("P(abandoned) Q(select 1) S");
	expect_client("E(refused)");
	rig_reply("I");
	expect_client("ZI");
	expect_server(QUESTION_ALONE);
	rig_reply(ANSWER_ALONE);
	expect_server("P(asked 1) S");
	rig_reply("1I");
	expect_client("1 ZI");
}

/* What a server makes up must not reach the client as an answer to something else. */
static void a_server_that_answers_otherwise_than_asked_loses_the_session(void **state)
{
	(void)state;
	rig_query("expr ask");
	rig_reply("1TDC");
	expect_client("E(the server's messages cannot be followed)");
	assert_true(memory_stream_is_shut(CLIENT));
}

static void an_error_of_a_question_in_its_own_transaction_needs_no_more(void **state)
{
	(void)state;
	rig_put_query("select 1; expr ask");
	rig_query("select 2");
	rig_reply("1E");
	expect_client("E(refused)");
	rig_reply("I");
	expect_client("ZI");
	expect_server(QUESTION_ALONE " " FORGET " Q(select 2)");
	rig_reply("3I CI");
	expect_client("C ZI");
}

static void a_position_in_the_question_is_not_shown(void **state)
{
	struct report_field fields[] = { { 'S', BYTES("ERROR") },
		                         { 'M', BYTES("no") },
		                         { 'P', BYTES("12") } };
	struct bytes sent;

	(void)state;
	rig_query("expr ask");
	report_put(&rig.out, 'E', fields, 3);
	rig_reply("");
	sent = memory_stream_sent(CLIENT);
	assert_int_equal(sent.p[0], 'E');
	assert_int_equal(report_position(bytes_from(sent, 5), 'P'), 0);
	rig_reply("I");
	expect_client("E(no) ZI");
}

static void a_server_that_ends_during_the_question_is_heard(void **state)
{
	(void)state;
	rig_query("expr ask");
	rig_reply("12F");
	memory_stream_give_end(SERVER);
	memory_stream_run();
	expect_client("E(the end)");
	assert_true(memory_stream_is_shut(CLIENT));
}

static void a_server_that_dies_during_the_question_is_reported(void **state)
{
	(void)state;
	rig_query("expr ask");
	rig_reply("12");
	memory_stream_give_end(SERVER);
	memory_stream_run();
	expect_client("E(server closed the connection unexpectedly)");
}

static void a_client_that_leaves_during_the_question_is_noticed_after_it(void **state)
{
	(void)state;
	rig_query("expr ask");
	memory_stream_give_end(CLIENT);
	memory_stream_run();
	assert_false(memory_stream_is_shut(SERVER));
	rig_reply(ANSWER_ALONE);
	assert_true(memory_stream_is_shut(SERVER));
	rig_reply("CI");
	expect_client("C ZI");
}

static void copy_data_from_the_client_is_never_mixed_with_a_question(void **state)
{
	(void)state;
	rig_query("copy t from stdin");
	rig_reply("G");
	rig_query("expr ask");
	expect_server("Q(copy t from stdin) Q(expr ask)");
	assert_int_equal(fake.begun, 0);
	rig_reply("F");
	expect_client("G E(the end)");
}

static void a_text_that_waits_when_a_copy_begins_goes_on_as_it_is(void **state)
{
	(void)state;
	rig_put_query("copy t from stdin");
	rig_query("expr ask");
	rig_reply("G");
	expect_server("Q(copy t from stdin) Q(expr ask)");
	rig_reply("F");
}

static void a_text_behind_the_end_of_a_copy_waits_for_it(void **state)
{
	(void)state;
	rig_query("copy t from stdin");
	rig_reply("G");
	rig_put("dc");
	rig_query("expr ask");
	expect_server("Q(copy t from stdin) d c");
	rig_reply("CI");
	expect_server(QUESTION_ALONE);
	rig_reply(ANSWER_ALONE);
	expect_server("Q(asked 1)");
	rig_reply("CI");
	expect_client("G C ZI C ZI");
}

static void a_text_sent_together_with_a_copy_and_its_end_waits_for_it(void **state)
{
	(void)state;
	rig_put_query("copy t from stdin");
	rig_put("dc");
	rig_query("expr ask");
	rig_reply("G");
	expect_server("Q(copy t from stdin) d c");
	rig_reply("CI");
	expect_server(QUESTION_ALONE);
	rig_reply(ANSWER_ALONE);
	expect_server("Q(asked 1)");
	rig_reply("CI");
	expect_client("G C ZI C ZI");
}

static void a_batch_whose_sync_a_copy_has_swallowed_is_not_ended_by_a_question(void **state)
{
	(void)state;
	rig_put("ESdc");
	rig_put_parse("", "expr ask");
	rig_say("");
	expect_server("E S d c");
	rig_reply("G"); /* the Sync will flush nothing */
	expect_server("H");
	rig_reply("C");
	expect_server(QUESTION);
	rig_reply("12DC33");
	expect_server("P(asked 1)");
	rig_say("S");
	rig_reply("1I");
	expect_client("G C 1 ZI");
}

static void a_copy_that_fails_behind_its_end_releases_the_held_message(void **state)
{
	(void)state;
	rig_put("ESdcP");
	rig_put_parse("", "expr ask");
	rig_say("");
	expect_server("E S d c P(select 1) H");
	rig_reply("GE");
	expect_server("P(abandoned)"); /* nothing hidden is put where nobody knows if it is read */
	rig_reply("I");                /* the COPY had read nothing */
	rig_reply("1E");
	expect_client("G E(refused) ZI 1 E(mapped)");
	rig_say("S");
	rig_reply("I");
	expect_client("ZI");
}

static void a_question_goes_behind_a_copy_out_of_the_batch(void **state)
{
	(void)state;
	rig_say("E");
	rig_reply("Hd");
	rig_put_parse("", "expr ask");
	rig_say("");
	expect_server("E " QUESTION);
	rig_reply("dcC" ANSWER);
	expect_server("P(asked 1)");
	expect_client("H d d c C");
	rig_say("S");
	rig_reply("1I");
}

static void a_text_before_the_session_has_started_waits_for_it(void **state)
{
	(void)state;
	rig_end_session();
	rig_close();
	rig_open("");
	rig_connect();
	rig_put_startup(STARTUP_VERSION(3, 0));
	rig_put_query("select 1");
	rig_query("expr");
	memory_stream_forget(SERVER);
	backend_put_authentication_ok(&rig.out);
	rig_give(SERVER);
	rig_reply("I CI");
	expect_server("Q(done)");
	rig_reply("CI");
	expect_client("R ZI C ZI C ZI");
}

static void notices_come_before_the_first_reply(void **state)
{
	(void)state;
	rig_put_query("select 1");
	rig_query("expr ask warn");
	rig_reply("TDCI");
	expect_client("T D C ZI");
	rig_reply(ANSWER_ALONE);
	expect_client("");
	rig_reply("TDDCI");
	expect_client("N(warned) T D D C ZI");
	rig_put_parse("", "expr warn");
	rig_say("S");
	rig_reply("1I");
	expect_client("N(warned) 1 ZI");
}

static void reports_on_a_query_are_mapped_until_it_is_over(void **state)
{
	(void)state;
	rig_put_query("expr");
	rig_query("select 1");
	rig_reply("NTEI NEI");
	expect_client("N(mapped) T E(mapped) ZI N(by the way) E(refused) ZI");
}

static void reports_on_a_prepared_expression_are_mapped_while_its_name_lives(void **state)
{
	(void)state;
	rig_put_parse("s", "expr");
	rig_say("S");
	rig_reply("1I");
	for (int i = 0; i < 2; i++) {
		rig_put_bind("p", "s");
		frontend_put_execute(&rig.out, BYTES("p"), 0);
		rig_say("S");
		rig_reply("2EI");
	}
	expect_client("1 ZI 2 E(mapped) ZI 2 E(mapped) ZI");
	rig_put_bind("p", "s");
	rig_put_bind("q", "other");
	rig_say("S");
	rig_reply("2EI");
	expect_client("2 E(refused) ZI");
	frontend_put_close(&rig.out, FRONTEND_STATEMENT, BYTES("s"));
	rig_put_bind("p", "s");
	rig_say("S");
	rig_reply("3EI");
	expect_client("3 E(refused) ZI");
}

static void what_the_server_discards_is_not_remembered(void **state)
{
	struct session *s = rig.worker.steady.first;

	(void)state;
	rig_put_parse("s", "expr");
	rig_say("S");
	rig_reply("1I");
	rig_put_parse("t", "select 1");
	rig_say("");
	rig_reply("E");
	assert_non_null(s);
	for (int i = 0; i < 3; i++) {
		rig_put_parse("t", "select 1");
		rig_put_parse("u", "expr");
		rig_put_bind("p", "s");
		frontend_put_execute(&rig.out, BYTES("p"), 0);
		rig_query("expr");
		assert_ptr_equal(s->notes.first, s->notes.last);
	}
	rig_put("S");
	rig_put_bind("p", "s"); /* what is not discarded is */
	rig_say("S");
	expect_client("1 ZI E(refused)");
	rig_reply("IEI");
	expect_client("ZI E(mapped) ZI");
}

static void a_parse_that_fails_does_not_change_what_its_name_stands_for(void **state)
{
	(void)state;
	rig_put_parse("s", "expr");
	rig_say("S");
	rig_reply("1I");
	rig_put_parse("s", "select 1");
	rig_put_bind("", "s");
	rig_say("S");
	rig_reply("EI");
	rig_put_bind("", "s");
	rig_say("S");
	rig_reply("EI");
	expect_client("1 ZI E(refused) ZI E(mapped) ZI");
}

static void an_unnamed_statement_is_replaced_by_the_next(void **state)
{
	(void)state;
	rig_put_parse("", "expr");
	rig_say("PBS");
	rig_reply("11EI");
	expect_client("1 1 E(refused) ZI");
}

static void a_text_that_is_too_long_streams_through(void **state)
{
	size_t n = 3u << 20;
	char *text = malloc(n + 1);

	(void)state;
	memset(text, 'x', n);
	text[n] = '\0';
	rig_query(text);
	assert_int_equal(memory_stream_sent(SERVER).n, n + 6);
	assert_int_equal(fake.begun, 0);
	memory_stream_forget(SERVER);
	rig_reply("CI");
	/* With the tag at its beginning it is refused, and the rest of it dropped. */
	memcpy(text, "expr", 4);
	rig_put_query(text);
	rig_query("select 1");
	expect_server("Q(too large) Q(select 1)");
	rig_put_parse("a name", text);
	rig_say("");
	free(text);
	rig_reply("EI CI");
	expect_server("P(too large)");
	expect_client("C ZI E(mapped) ZI C ZI");
}

static void the_longest_text_that_is_not_too_long_is_compiled(void **state)
{
	size_t n = (1u << 20) - 1; /* and its NUL */
	char *text = malloc(n + 2);

	(void)state;
	memset(text, 'x', n + 1);
	memcpy(text + n - 4, "expr", 4);
	text[n] = '\0';
	rig_query(text);
	free(text);
	expect_server("Q(done)");
}

static void a_pipeline_that_is_too_deep_waits(void **state)
{
	const size_t count = SESSION_REPLIES_MAX + 100;
	size_t sent;

	(void)state;
	for (size_t i = 0; i < count; i++)
		rig_put("S");
	rig_say("");
	sent = memory_stream_sent(SERVER).n / 5;
	assert_int_equal(sent, SESSION_REPLIES_MAX);
	for (size_t i = 0; i < sent; i++)
		rig_put_ready('I');
	rig_reply("");
	assert_int_equal(memory_stream_sent(SERVER).n / 5, count);
	memory_stream_forget(SERVER);
	memory_stream_forget(CLIENT);
}

static void an_expression_waits_for_room_for_its_question(void **state)
{
	const size_t count = SESSION_REPLIES_MAX - 4;

	(void)state;
	for (size_t i = 0; i < count; i++)
		rig_put("S");
	rig_query("expr ask");
	assert_int_equal(memory_stream_sent(SERVER).n / 5, count);
	memory_stream_forget(SERVER);
	for (size_t i = 0; i < count; i++)
		rig_put_ready('I');
	rig_reply("");
	expect_server(QUESTION_ALONE);
	memory_stream_forget(CLIENT);
	rig_reply(ANSWER_ALONE);
	expect_server("Q(asked 1)");
	rig_reply("CI");
	expect_client("C ZI");
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_text_without_a_tag_is_not_looked_at),
		T(a_tag_that_is_none_changes_nothing),
		T(what_is_known_needs_no_question),
		T(a_question_stands_before_the_query_and_its_replies_are_hidden),
		T(a_question_is_answered_in_pieces),
		T(one_question_may_lead_to_the_next),
		T(notices_and_settings_pass_while_a_question_is_out),
		T(a_parse_keeps_its_name_and_the_batch_its_order),
		T(the_session_waits_for_what_is_in_flight_to_be_certain),
		T(an_open_batch_is_not_waited_for),
		T(several_statements_get_a_question_in_its_own_transaction),
		T(several_statements_behind_an_open_batch_do_not_commit_it),
		T(nothing_is_asked_in_a_failed_transaction),
		T(a_batch_without_a_portal_gets_a_question_in_its_own_transaction),
		T(an_earlier_error_of_a_batch_without_a_portal_skips_on),
		T(an_earlier_error_in_front_of_a_query_skips_on),
		T(an_earlier_error_of_the_batch_releases_the_held_message),
		T(an_earlier_error_releases_a_query_too),
		T(while_the_server_skips_nothing_is_asked),
		T(an_error_of_the_question_is_that_of_the_query),
		T(an_error_of_the_question_is_that_of_the_parse),
		T(an_error_of_the_question_in_a_transaction_is_that_of_the_query),
		T(an_error_of_the_question_in_a_batch_is_that_of_the_parse),
		T(an_error_of_the_question_in_a_batch_is_that_of_an_unnamed_parse),
		T(an_error_of_the_question_skips_all_of_the_batch),
		T(a_server_that_answers_otherwise_than_asked_loses_the_session),
		T(an_error_of_a_question_in_its_own_transaction_needs_no_more),
		T(a_position_in_the_question_is_not_shown),
		T(a_server_that_ends_during_the_question_is_heard),
		T(a_server_that_dies_during_the_question_is_reported),
		T(a_client_that_leaves_during_the_question_is_noticed_after_it),
		T(copy_data_from_the_client_is_never_mixed_with_a_question),
		T(a_text_that_waits_when_a_copy_begins_goes_on_as_it_is),
		T(a_text_behind_the_end_of_a_copy_waits_for_it),
		T(a_text_sent_together_with_a_copy_and_its_end_waits_for_it),
		T(a_batch_whose_sync_a_copy_has_swallowed_is_not_ended_by_a_question),
		T(a_copy_that_fails_behind_its_end_releases_the_held_message),
		T(a_question_goes_behind_a_copy_out_of_the_batch),
		T(a_text_before_the_session_has_started_waits_for_it),
		T(notices_come_before_the_first_reply),
		T(reports_on_a_query_are_mapped_until_it_is_over),
		T(reports_on_a_prepared_expression_are_mapped_while_its_name_lives),
		T(what_the_server_discards_is_not_remembered),
		T(a_parse_that_fails_does_not_change_what_its_name_stands_for),
		T(an_unnamed_statement_is_replaced_by_the_next),
		T(a_text_that_is_too_long_streams_through),
		T(the_longest_text_that_is_not_too_long_is_compiled),
		T(a_pipeline_that_is_too_deep_waits),
		T(an_expression_waits_for_room_for_its_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
