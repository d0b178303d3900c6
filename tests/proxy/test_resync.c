/* A session that cannot say whose replies are whose, and how it finds its place again. */
#include "tests/proxy/ask_rig.h"

#define MARK "P() D C S"

/* The types that the marks among what the server was sent declare, to be given back. */
static uint8_t types[4][18];

static void expect_server(const char *letters)
{
	struct bytes b = memory_stream_sent(SERVER);
	struct frame_cutter c = { 0 };
	struct frame f;
	size_t mark = 0;

	while (b.n > 0 && frame_peek(&c, MESSAGE_FRONTEND, b, &f) == FRAME_READY) {
		if (f.type == 'P' && bytes_starts_with(f.body, "_pgexpr_mark_"))
			memcpy(types[mark++], f.raw.p + f.raw.n - 18, 18);
		b = bytes_from(b, frame_take(&c, &f));
	}
	assert_string_equal(rig_letters(SERVER), letters);
}

/* As rig_reply(); t is what a mark is answered with. */
static void reply_with(const char *letters, const uint8_t *mark)
{
	for (; *letters != '\0'; letters++) {
		if (*letters == 't') {
			outbuf_begin(&rig.out, 't');
			outbuf_put_bytes(&rig.out, bytes_of(mark, 18));
			outbuf_end(&rig.out);
		} else if (*letters != ' ') {
			rig_put_reply(*letters);
		}
	}
	rig_reply("");
}

static void reply(const char *letters)
{
	reply_with(letters, types[0]);
}

/* A Sync into a COPY, its end, statements and a Sync; the COPY fails, and one ReadyForQuery comes. */
static void come_into_doubt(void)
{
	rig_say("ESd");
	rig_reply("G");
	rig_say("cPS");
	expect_server("E S d c P(select 1) S");
	rig_reply("EI");
	expect_client("G E(refused) ZI");
}

static void statements_that_were_discarded(void **state)
{
	(void)state;
	come_into_doubt();
	rig_query("expr ask");
	expect_server(MARK);
	reply("1");
	expect_client("");
	reply("tn3I");
	expect_client("");
	expect_server(QUESTION_ALONE);
	rig_reply("12DC33I");
	expect_server("Q(asked 1)");
	rig_reply("TDCI");
	expect_client("T D C ZI");
}

static void statements_that_were_not(void **state)
{
	(void)state;
	come_into_doubt();
	rig_query("expr");
	expect_server(MARK);
	rig_reply("1"); /* of the Parse in doubt */
	expect_client("");
	rig_reply("B");
	expect_client("1 ZT");
	reply("1tn3B");
	expect_client("");
	expect_server("Q(done)");
	rig_reply("CI");
	expect_client("C ZI");
}

static void a_mark_in_pieces_and_with_company(void **state)
{
	(void)state;
	memory_stream_chop(SERVER, 1);
	come_into_doubt();
	rig_say("P");
	expect_server(MARK);
	reply("11N1NtNn3I");
	expect_client("1 1 N(by the way) N(by the way) N(by the way)");
	expect_server("P(select 1)");
	rig_say("S");
	expect_server("S");
	rig_reply("1I");
	expect_client("1 ZI");
}

static void the_parameters_of_others_are_no_mark(void **state)
{
	uint8_t others[18] = { 0, 4 };

	(void)state;
	come_into_doubt();
	rig_say("P");
	expect_server(MARK);
	reply_with("1tn", others);
	expect_client("1 t n");
	reply("1tn3I");
	expect_client("");
	expect_server("P(select 1)");
}

static void what_is_not_behind_a_sync_passes(void **state)
{
	(void)state;
	come_into_doubt();
	rig_put("Hd"); /* the data might be what a COPY fails on, in which the Sync was swallowed */
	rig_query("expr");
	expect_server("H d Q(expr)");
	rig_put("cS");
	rig_query("expr");
	expect_server("c S " MARK);
	rig_reply("EI I");
	expect_client("E(refused) ZI ZI");
	/* it may have been the mark's error */
	expect_server(MARK);
	reply("1tn3I");
	expect_client("");
	expect_server("Q(done)");
}

static void a_mark_that_failed_is_not_waited_for(void **state)
{
	uint8_t first[18];

	(void)state;
	come_into_doubt();
	rig_query("expr");
	expect_server(MARK);
	memcpy(first, types[0], 18);
	rig_reply("E");
	expect_client("E(refused)");
	expect_server(MARK); /* once more */
	assert_memory_not_equal(first, types[0], 18);
	reply_with("I1tn3", first); /* it was another's error */
	rig_reply("N");
	expect_client("ZI N(by the way)");
	rig_reply("I");
	expect_client("");
	expect_server("");
	reply("1t3I"); /* and the second is answered too */
	expect_client("");
	expect_server("Q(done)");
}

static void marks_without_end_are_not_put(void **state)
{
	(void)state;
	come_into_doubt();
	rig_query("expr");
	for (int i = 0; i < 3; i++) {
		rig_reply("E");
		expect_client("E(refused)");
	}
	rig_reply("E");
	expect_client("E(the server's messages cannot be followed)");
}

static void an_expression_that_waits_for_a_copy_goes_on(void **state)
{
	(void)state;
	rig_put("ESdcPS");
	rig_query("expr ask");
	expect_server("E S d c P(select 1) S");
	rig_reply("GEI");
	expect_client("G E(refused) ZI");
	expect_server(MARK);
	reply("1tn3I");
	expect_server(QUESTION_ALONE);
	rig_reply("12DC33I");
	expect_server("Q(asked 1)");
}

static void an_expression_in_the_batch_that_is_in_doubt_goes_on_as_it_is(void **state)
{
	(void)state;
	rig_put("ESdcPSP");
	rig_put_parse("", "expr ask");
	rig_say("");
	rig_reply("GEI");
	expect_client("G E(refused) ZI");
	expect_server("E S d c P(select 1) S P(select 1) H P(expr ask)");
}

static void a_fatal_in_doubt_is_the_last_word(void **state)
{
	(void)state;
	come_into_doubt();
	rig_reply("F");
	memory_stream_give_end(SERVER);
	memory_stream_run();
	expect_client("E(the end)");
}

static void a_session_may_end_in_doubt(void **state)
{
	(void)state;
	come_into_doubt();
	rig_query("expr");
	rig_reply("1");
}

int main(void)
{
#define RIG(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)
	const struct CMUnitTest tests[] = {
		RIG(statements_that_were_discarded),
		RIG(statements_that_were_not),
		RIG(a_mark_in_pieces_and_with_company),
		RIG(the_parameters_of_others_are_no_mark),
		RIG(what_is_not_behind_a_sync_passes),
		RIG(a_mark_that_failed_is_not_waited_for),
		RIG(marks_without_end_are_not_put),
		RIG(an_expression_that_waits_for_a_copy_goes_on),
		RIG(an_expression_in_the_batch_that_is_in_doubt_goes_on_as_it_is),
		RIG(a_fatal_in_doubt_is_the_last_word),
		RIG(a_session_may_end_in_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
