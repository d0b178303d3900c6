/* COPY in a dialog: what the server swallows, and what nobody but the server knows. */
#include "tests/protocol/dialog_play.h"

static void copy_in_by_query(void **state)
{
	struct play *p = *state;

	sends(p, "Q");
	answers_in_part(p, 1, "G");
	assert_int_equal(dialog_in_copy(&p->d), DIALOG_COPY_IN);
	assert_false(dialog_may_inject(&p->d));
	assert_int_equal(sends(p, "d"), DIALOG_SILENT);
	assert_int_equal(sends(p, "c"), DIALOG_SILENT);
	assert_false(dialog_may_inject(&p->d)); /* until the server has ended it */
	answers(p, 1, "CZ");
	assert_true(dialog_may_inject(&p->d));
}

static void copy_in_sent_without_waiting(void **state)
{
	sends(*state, "QddcQ");
	answers(*state, 1, "GCZ");
	answers(*state, 5, "CZ");
}

static void two_copies_in_one_query(void **state)
{
	struct play *p = *state;

	sends(p, "QdcdcS");
	answers_in_part(p, 1, "GC");
	assert_int_equal(dialog_in_copy(&p->d), DIALOG_NO_COPY);
	answers_in_part(p, 1, "G");
	answers(p, 1, "CTDCZ");
	answers(p, 6, "Z");
}

static void copy_swallows_the_sync_that_libpq_sends_with_execute(void **state)
{
	struct play *p = *state;

	sends(p, "PBDES"); /* PQexecParams */
	answers(p, 1, "1 2 n");
	answers_in_part(p, 4, "G");
	sends(p, "ddcS"); /* PQputCopyEnd sends another */
	assert_int_equal(dialog_ready_owed(&p->d), 1);
	answers(p, 4, "C");
	answers(p, 9, "Z");
}

static void copy_swallows_sync_and_flush_between_data(void **state)
{
	struct play *p = *state;

	sends(p, "E");
	answers_in_part(p, 1, "G");
	sends(p, "dSHdSSd");
	assert_int_equal(dialog_ready_owed(&p->d), 0);
	sends(p, "cS");
	answers(p, 1, "C");
	answers(p, 10, "Z");
}

static void copies_of_a_pipeline_swallow_each_its_own_syncs(void **state)
{
	struct play *p = *state;

	sends(p, "ESdcSESdcSE");
	answers(p, 1, "GC");
	answers(p, 5, "Z GC");
	answers(p, 10, "Z DC");
}

static void a_sync_behind_a_copy_done_that_was_sent_early_is_in_force(void **state)
{
	struct play *p = *state;

	sends(p, "Edc");
	answers_in_part(p, 1, "G");
	sends(p, "S");
	assert_int_equal(dialog_ready_owed(&p->d), 1);
	answers(p, 1, "C");
	answers(p, 4, "Z");
}

static void an_error_may_answer_a_sync_in_doubt_when_nothing_else_waits(void **state)
{
	struct play *p = *state;
	struct dialog_verdict v;

	sends(p, "ES");
	answers_in_part(p, 1, "G");
	answers(p, 1, "E");
	v = receives(p, 'E');
	assert_int_equal(v.kind, DIALOG_SYNC);
	assert_int_equal(v.tag, 2);
	assert_false(v.last);
	answers(p, 2, "Z");
}

static void our_messages_in_doubt_behind_a_failed_copy_are_voided_at_once(void **state)
{
	struct play *p = *state;
	struct dialog_verdict v;

	sends(p, "ESdc"); /* the session does not know yet that it is a COPY */
	sends_as(p, "PB", DIALOG_HIDE);
	answers_in_part(p, 1, "G");
	v = receives(p, 'E');
	assert_int_equal(v.tag, 1);
	assert_int_equal(v.voided,
	                 2); /* or the session would wait for them, and the server for a Sync */
	assert_int_equal(dialog_hidden(&p->d), 0);
	assert_true(dialog_may_hide(&p->d));
	answers(p, 2, "Z"); /* the Sync was in force after all */
	v = receives(p, '1');
	assert_int_equal(v.mode, DIALOG_HIDE);
	assert_int_equal(v.voided, 0);
	assert_int_equal(receives(p, '2').mode, DIALOG_HIDE);
	assert_false(dialog_may_hide(&p->d));
}

static void a_lost_dialog_says_whether_hidden_replies_could_still_come(void **state)
{
	struct play *p = *state;
	struct dialog_verdict v;

	sends(p, "EdcP");
	sends_as(p, "PB", DIALOG_HIDE); /* in an open batch */
	sends(p, "P");
	answers_in_part(p, 1, "G");
	answers(p, 1, "C");
	v = receives(p, 'C'); /* what no Parse is answered with */
	assert_true(v.lost && v.leaks);
	end(p);

	start(p);
	sends(p, "ESdcP");
	sends_as(p, "PB", DIALOG_HIDE);
	answers_in_part(p, 1, "G");
	v = receives(p, 'E');
	assert_int_equal(v.voided, 2);
	sends(p, "S");
	v = receives(p, 'Z'); /* which Sync's? If the first's, our messages are answered */
	assert_true(v.lost && v.leaks);
	assert_int_equal(v.voided, 0);
}

static void copy_fail_by_the_client_in_extended_mode_needs_the_sync(void **state)
{
	struct play *p = *state;

	sends(p, "E");
	answers_in_part(p, 1, "G");
	sends(p, "df");
	answers(p, 1, "E");
	assert_true(dialog_is_skipping(&p->d));
	assert_int_equal(sends(p, "B"), DIALOG_DISCARDED);
	sends(p, "S");
	answers(p, 5, "Z");
}

static void copy_fail_by_the_client_in_simple_mode_does_not(void **state)
{
	sends(*state, "Qdf");
	answers_in_part(*state, 1, "GE");
	answers(*state, 1, "Z");
	sends(*state, "Q");
	answers(*state, 4, "CZ");
}

static void data_that_comes_after_a_failed_copy_is_ignored(void **state)
{
	struct play *p = *state;

	sends(p, "Q");
	answers_in_part(p, 1, "GE");
	sends(p, "ddc"); /* on the way when it failed */
	answers(p, 1, "Z");
	is_idle(p);
	sends(p, "QdcS"); /* a new COPY, whose CopyDone must not be taken for the old one */
	answers(p, 5, "GCZ");
	answers(p, 8, "Z");
}

static void a_copy_that_fails_before_it_reads_leaves_the_sync_in_force(void **state)
{
	struct play *p = *state;

	sends(p, "ES"); /* COPY into a view: G, then E, then the Sync is read */
	answers_in_part(p, 1, "G");
	answers(p, 1, "E Z");
	is_idle(p);
	assert_false(dialog_is_skipping(&p->d));
	sends(p, "PS");
	answers(p, 3, "1 Z");
}

static void a_copy_that_fails_on_data_has_swallowed_the_sync(void **state)
{
	struct play *p = *state;

	sends(p, "ES");
	answers_in_part(p, 1, "G");
	sends(p, "d");
	answers(p, 1, "E");
	assert_true(dialog_is_skipping(&p->d));
	sends(p, "dcS"); /* the client notices, and syncs */
	answers(p, 2, "Z");
	/* One Z has come. Whether it was the first Sync's or the second's only the server knows: both
	 * ways of going on must be understood. */
	assert_true(dialog_is_idle(&p->d));
	sends(p, "Q");
	answers(p, p->sent, "TDCZ");
}

static void both_syncs_around_a_failed_copy_may_be_answered(void **state)
{
	struct play *p = *state;

	sends(p, "ES");
	answers_in_part(p, 1, "G");
	sends(p, "d");
	answers(p, 1, "E");
	sends(p, "cS");
	assert_int_equal(receives(p, 'Z').kind, DIALOG_SYNC);
	assert_int_equal(receives(p, 'Z').kind, DIALOG_SYNC);
	sends(p, "Q");
	answers(p, p->sent, "CZ");
}

static void a_pipeline_behind_a_copy_that_fails_before_it_reads_is_answered(void **state)
{
	struct play *p = *state;

	sends(p, "ESPBES");
	answers_in_part(p, 1, "G");
	answers(p, 1, "E Z 1 2 C Z");
}

static void statements_sent_in_doubt_without_a_sync_between_are_answered(void **state)
{
	struct play *p = *state;

	/* there is no other Sync that the Z could be for */
	sends(p, "ES");
	answers_in_part(p, 1, "G");
	answers(p, 1, "E");
	assert_int_equal(sends(p, "PB"), DIALOG_OWED);
	answers(p, 2, "Z");
	assert_int_equal(dialog_outstanding(&p->d), 2);
	answers(p, 3, "1 2");
}

static void statements_of_which_nobody_can_say_whether_they_were_discarded(void **state)
{
	struct play *p = *state;
	struct dialog_verdict v;

	sends(p, "ES");
	answers_in_part(p, 1, "G");
	sends(p, "dcPQ");
	answers(p, 1, "E");
	assert_true(dialog_is_skipping(&p->d));
	sends(p, "S");
	v = receives(p, 'Z');
	assert_true(v.lost && v.doubt);
	assert_false(v.leaks);
	assert_int_equal(v.mode, DIALOG_FORWARD);
	assert_int_equal(v.voided, 0);
	assert_int_equal(dialog_status(&p->d), 'I');
	/* When the relay knows that everything was answered, it goes on. */
	sends(p, "PS");
	assert_true(receives(p, 'C').kind == DIALOG_NOBODY && dialog_is_transparent(&p->d));
	dialog_restart(&p->d, 'T');
	is_idle(p);
	assert_int_equal(dialog_status(&p->d), 'T');
	assert_false(dialog_batch_is_open(&p->d));
	sends(p, "PS");
	answers(p, p->sent - 1, "1 Z");
}

static void only_a_sync_and_flushes_behind_it_make_it_synced(void **state)
{
	struct play *p = *state;

	assert_false(dialog_is_synced(&p->d));
	sends(p, "P");
	assert_false(dialog_is_synced(&p->d));
	sends(p, "SHH");
	assert_true(dialog_is_synced(&p->d));
	dialog_set_transparent(&p->d);
	for (const char *type = "dcfQPBDECFX"; *type != 0; type++) {
		sends(p, "SS");
		assert_true(dialog_is_synced(&p->d));
		sends(p, (const char[]){ *type, 0 });
		assert_false(dialog_is_synced(&p->d));
	}
}

static void a_copy_done_sent_in_doubt_belongs_to_the_copy_sent_in_doubt(void **state)
{
	struct play *p = *state;

	/* the server reads the Sync and goes on; the client has only heard of the error */
	sends(p, "ES");
	answers_in_part(p, 1, "G");
	answers(p, 1, "E");
	sends(p, "Edc");
	answers(p, 2, "Z");
	sends(p, "S"); /* behind the second COPY, not inside of it */
	answers(p, 3, "GC");
	answers(p, 6, "Z");
}

static void a_copy_end_is_discarded_by_a_server_that_certainly_skips(void **state)
{
	struct play *p = *state;

	sends(p, "P");
	answers(p, 1, "E");
	assert_int_equal(sends(p, "c"), DIALOG_DISCARDED);
	assert_int_equal(sends(p, "f"), DIALOG_DISCARDED);
	sends(p, "S");
	answers(p, 4, "Z");
}

static void syncs_without_number_do_not_fill_a_copy(void **state)
{
	struct play *p = *state;

	sends(p, "E");
	answers_in_part(p, 1, "G");
	for (int i = 0; i < 2000000; i++)
		sends(p, "S");
	assert_false(dialog_is_full(&p->d));
	sends(p, "cS");
	answers(p, 1, "C");
	answers(p, p->sent, "Z");
}

static void syncs_in_a_copy_are_counted_up_to_the_maximum(void **state)
{
	struct play p = { 0 };

	(void)state;
	dialog_init(&p.d, 20);
	answers(&p, 0, "Z");
	sends(&p, "E");
	answers_in_part(&p, 1, "G");
	for (int i = 0; i < 1000; i++)
		sends(&p, "S");
	answers(&p, 1, "E"); /* before it has read any of them: all are in force */
	for (int i = 0; i < 1000; i++)
		assert_int_equal(receives(&p, 'Z').kind, DIALOG_SYNC);
	assert_int_equal(p.d.count, 0);
	sends(&p, "E");
	answers_in_part(&p, p.sent, "G");
	for (int i = 0; i < 100000; i++)
		sends(&p, "S");
	assert_false(dialog_is_full(&p.d));
	end(&p);
}

static void what_a_copy_swallows_does_not_flush(void **state)
{
	struct play *p = *state;

	sends(p, "EHS"); /* either may turn out to be swallowed */
	assert_true(dialog_is_flushed(&p->d));
	answers_in_part(p, 1, "G");
	assert_false(dialog_is_flushed(&p->d));
	sends(p, "dHS");
	assert_false(dialog_is_flushed(&p->d));
	sends(p, "c"); /* the server sits on the CommandComplete */
	assert_false(dialog_is_flushed(&p->d));
	sends(p, "H");
	assert_true(dialog_is_flushed(&p->d));
	answers(p, 1, "C");
	sends(p, "S");
	answers(p, p->sent, "Z");
}

static void a_copy_that_waits_for_data_will_not_end_by_waiting(void **state)
{
	struct play *p = *state;

	sends(p, "Q");
	assert_true(dialog_is_flushed(&p->d));
	answers_in_part(p, 1, "G");
	assert_false(dialog_is_flushed(&p->d));
	sends(p, "c");
	assert_true(dialog_is_flushed(&p->d));
	answers(p, 1, "CZ");
}

static void what_was_sent_in_doubt_is_not_flushed(void **state)
{
	struct play *p = *state;

	sends(p, "ES");
	answers_in_part(p, 1, "G");
	answers(p, 1, "E");
	sends(p, "P");
	answers(p, 2, "Z");
	assert_false(dialog_is_flushed(&p->d));
	answers(p, 3, "1");
}

static void a_copy_is_ending_until_its_end_is_answered(void **state)
{
	struct play *p = *state;

	assert_false(dialog_copy_is_ending(&p->d));
	sends(p, "ESd");
	assert_false(dialog_copy_is_ending(&p->d));
	sends(p, "c");
	assert_true(dialog_copy_is_ending(&p->d)); /* also before it is known to be one */
	answers_in_part(p, 1, "G");
	assert_true(dialog_copy_is_ending(&p->d));
	answers(p, 1, "C");
	assert_false(dialog_copy_is_ending(&p->d));
	sends(p, "S");
	answers(p, 5, "Z");
	sends(p, "ES");
	answers_in_part(p, 6, "G");
	assert_false(dialog_copy_is_ending(&p->d));
	sends(p, "c");
	assert_true(dialog_copy_is_ending(&p->d));
	answers(p, 6, "E");
	assert_false(dialog_copy_is_ending(&p->d));
	answers(p, 7, "Z");
}

static void a_sync_that_a_copy_swallows_does_not_end_the_batch(void **state)
{
	struct play *p = *state;

	sends(p, "ESdc"); /* all at once: the client has not seen that it is swallowed */
	assert_false(dialog_batch_is_open(&p->d));
	answers_in_part(p, 1, "G");
	assert_true(dialog_batch_is_open(&p->d));
	answers(p, 1, "C");
	is_idle(p);
	assert_true(dialog_batch_is_open(&p->d)); /* what comes is in the COPY's transaction */
	sends(p, "S");
	assert_false(dialog_batch_is_open(&p->d));
	answers(p, p->sent, "Z");
	sends(p, "E");
	answers_in_part(p, p->sent, "G");
	sends(p, "S");
	assert_true(dialog_batch_is_open(&p->d));
	sends(p, "cS");
	assert_false(dialog_batch_is_open(&p->d));
	answers(p, 6, "C");
	answers(p, p->sent, "Z");
	assert_false(dialog_batch_is_open(&p->d));
}

static void a_sync_that_turns_out_to_be_in_force_ends_the_batch(void **state)
{
	struct play *p = *state;

	sends(p, "ES");
	answers_in_part(p, 1, "G");
	answers(p, 1, "E");
	assert_true(dialog_batch_is_open(&p->d));
	answers(p, 2, "Z");
	assert_false(dialog_batch_is_open(&p->d));
	sends(p, "ES");
	sends_as(p, "P", DIALOG_HIDE); /* is behind it, and opens none */
	answers_in_part(p, 3, "G");
	assert_true(dialog_batch_is_open(&p->d));
	answers(p, 3, "E"); /* the Parse would have ended the session */
	assert_false(dialog_batch_is_open(&p->d));
	answers(p, 4, "Z");
	assert_true(receives(p, '1').last);
	assert_false(dialog_batch_is_open(&p->d));
}

static void copy_out_is_part_of_its_message(void **state)
{
	struct play *p = *state;

	sends(p, "EQS");
	answers_in_part(p, 1, "H");
	assert_int_equal(dialog_in_copy(&p->d), DIALOG_COPY_OUT);
	assert_true(dialog_may_inject(&p->d)); /* behind it: it takes nothing */
	answers_in_part(p, 1, "ddc");
	answers(p, 1, "C");
	assert_int_equal(dialog_in_copy(&p->d), DIALOG_NO_COPY);
	answers_in_part(p, 2, "HddE");
	assert_int_equal(dialog_in_copy(&p->d), DIALOG_NO_COPY);
	answers(p, 2, "Z Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IDLE(copy_in_by_query),
		IDLE(copy_in_sent_without_waiting),
		IDLE(two_copies_in_one_query),
		IDLE(copy_swallows_the_sync_that_libpq_sends_with_execute),
		IDLE(copy_swallows_sync_and_flush_between_data),
		IDLE(copies_of_a_pipeline_swallow_each_its_own_syncs),
		IDLE(a_sync_behind_a_copy_done_that_was_sent_early_is_in_force),
		IDLE(an_error_may_answer_a_sync_in_doubt_when_nothing_else_waits),
		IDLE(our_messages_in_doubt_behind_a_failed_copy_are_voided_at_once),
		ANYHOW(a_lost_dialog_says_whether_hidden_replies_could_still_come),
		IDLE(copy_fail_by_the_client_in_extended_mode_needs_the_sync),
		IDLE(copy_fail_by_the_client_in_simple_mode_does_not),
		IDLE(data_that_comes_after_a_failed_copy_is_ignored),
		IDLE(a_copy_that_fails_before_it_reads_leaves_the_sync_in_force),
		IDLE(a_copy_that_fails_on_data_has_swallowed_the_sync),
		IDLE(both_syncs_around_a_failed_copy_may_be_answered),
		IDLE(a_pipeline_behind_a_copy_that_fails_before_it_reads_is_answered),
		IDLE(statements_sent_in_doubt_without_a_sync_between_are_answered),
		IDLE(statements_of_which_nobody_can_say_whether_they_were_discarded),
		ANYHOW(only_a_sync_and_flushes_behind_it_make_it_synced),
		IDLE(a_copy_done_sent_in_doubt_belongs_to_the_copy_sent_in_doubt),
		IDLE(a_copy_end_is_discarded_by_a_server_that_certainly_skips),
		IDLE(syncs_without_number_do_not_fill_a_copy),
		cmocka_unit_test(syncs_in_a_copy_are_counted_up_to_the_maximum),
		IDLE(what_a_copy_swallows_does_not_flush),
		IDLE(a_copy_that_waits_for_data_will_not_end_by_waiting),
		IDLE(what_was_sent_in_doubt_is_not_flushed),
		IDLE(a_copy_is_ending_until_its_end_is_answered),
		IDLE(a_sync_that_a_copy_swallows_does_not_end_the_batch),
		IDLE(a_sync_that_turns_out_to_be_in_force_ends_the_batch),
		IDLE(copy_out_is_part_of_its_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
