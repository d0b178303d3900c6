#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/dialog.h"

#define ERROR_BODY "SERROR\0VERROR\0C42P01\0Mx\0\0"
#define FATAL_BODY "SFEHLER\0VFATAL\0C57P01\0Mx\0\0"

/* A session's dialog, and the number of the last message sent: its tag. */
struct play {
	struct dialog d;
	uint32_t sent;
};

/* --- a small language to write dialogs in --- */

static enum dialog_sent sends_as(struct play *p, const char *letters, enum dialog_mode mode)
{
	enum dialog_sent sent = DIALOG_SILENT;

	for (; *letters != 0; letters++) {
		uint8_t what = 'P';

		if (*letters == '*') { /* *D is Describe of a statement, D that of a portal */
			what = 'S';
			letters++;
		}
		sent = dialog_send(&p->d, (uint8_t)*letters, what, mode, ++p->sent);
	}
	return sent;
}

/* Messages of the client. Tags count up from 1. The result is that of the last. */
static enum dialog_sent sends(struct play *p, const char *letters)
{
	return sends_as(p, letters, DIALOG_FORWARD);
}

static struct dialog_verdict receives(struct play *p, char type)
{
	struct bytes body = { 0 };

	if (type == 'E')
		body = BYTES(ERROR_BODY);
	else if (type == 'Z')
		body = BYTES("I");
	return dialog_receive(&p->d, (uint8_t)type, body);
}

/* Each of these messages belongs to the message numbered `tag` and is forwarded. */
static void answers(struct play *p, uint32_t tag, const char *types)
{
	for (; *types != 0; types++) {
		struct dialog_verdict v = receives(p, *types);

		assert_int_equal(v.tag, tag);
		assert_int_equal(v.mode, DIALOG_FORWARD);
		assert_false(v.async || v.fatal || v.lost);
		assert_int_equal(v.voided, 0);
		/* it is over with the last of them */
		if (types[1] == 0)
			assert_true(v.last);
	}
}

/* The same, and the message is not answered to the end with it. */
static void answers_in_part(struct play *p, uint32_t tag, const char *types)
{
	for (; *types != 0; types++) {
		struct dialog_verdict v = receives(p, *types);

		assert_int_equal(v.tag, tag);
		assert_false(v.last || v.lost);
	}
}

static void is_idle(struct play *p)
{
	assert_true(dialog_is_idle(&p->d));
	assert_int_equal(dialog_outstanding(&p->d), 0);
	assert_int_equal(dialog_ready_owed(&p->d), 0);
	assert_int_equal(dialog_hidden(&p->d), 0);
	assert_false(dialog_is_skipping(&p->d));
	assert_int_equal(dialog_in_copy(&p->d), DIALOG_NO_COPY);
}

static void start(struct play *p)
{
	*p = (struct play){ 0 };
	dialog_init(&p->d, 1000000);
	answers(p, 0, "RKZ");
	is_idle(p);
}

static void end(struct play *p)
{
	dialog_free(&p->d);
}

/* Every test begins with a session that has started and must leave it idle. */
static int begin_session(void **state)
{
	static struct play p;

	start(&p);
	*state = &p;
	return 0;
}

static int end_idle(void **state)
{
	struct play *p = *state;

	is_idle(p);
	end(p);
	return 0;
}

static int end_anyhow(void **state)
{
	end(*state);
	return 0;
}

/* --- start-up --- */

static void a_session_owes_its_first_ready_for_query(void **state)
{
	struct play p = { 0 };

	(void)state;
	dialog_init(&p.d, 100);
	assert_true(dialog_is_starting(&p.d));
	assert_false(dialog_is_idle(&p.d));
	assert_false(dialog_may_inject(&p.d));
	assert_int_equal(dialog_status(&p.d), 0);
	assert_int_equal(sends(&p, "p"), DIALOG_SILENT);
	answers_in_part(&p, 0, "RvRK");
	assert_true(receives(&p, 'S').async);
	assert_true(receives(&p, 'N').async);
	answers(&p, 0, "Z");
	assert_false(dialog_is_starting(&p.d));
	assert_true(dialog_may_inject(&p.d));
	assert_int_equal(dialog_status(&p.d), 'I');
	is_idle(&p);
	end(&p);
}

static void messages_sent_before_the_session_has_started_are_owed_behind_it(void **state)
{
	struct play p = { 0 };

	(void)state;
	dialog_init(&p.d, 100);
	assert_int_equal(sends(&p, "Q"), DIALOG_OWED);
	answers(&p, 0, "RZ");
	answers(&p, 1, "CZ");
	is_idle(&p);
	end(&p);
}

static void an_error_before_the_first_ready_for_query_is_the_end(void **state)
{
	struct play p = { 0 };
	struct dialog_verdict v;

	(void)state;
	dialog_init(&p.d, 100);
	v = dialog_receive(&p.d, 'E', BYTES("Mno fields an old server would not send\0\0"));
	assert_true(v.fatal);
	assert_true(dialog_has_ended(&p.d));
	end(&p);
}

/* --- replies of each message --- */

static void a_query_has_many_results_and_one_ready_for_query(void **state)
{
	struct play *p = *state;

	assert_int_equal(sends(p, "Q"), DIALOG_OWED);
	assert_int_equal(dialog_ready_owed(&p->d), 1);
	answers(p, 1, "TDDCIHdcCTCZ");
}

static void an_empty_query_is_one(void **state)
{
	sends(*state, "Q");
	answers(*state, 1, "IZ");
}

static void each_extended_message_has_its_reply(void **state)
{
	struct play *p = *state;

	sends(p, "PB*D*DDDECS");
	assert_int_equal(dialog_outstanding(&p->d), 9);
	answers(p, 1, "1");
	answers(p, 2, "2");
	answers(p, 3, "tT");
	answers(p, 4, "tn");
	answers(p, 5, "T");
	answers(p, 6, "n");
	answers(p, 7, "DDC");
	answers(p, 8, "3");
	assert_false(dialog_is_idle(&p->d));
	answers(p, 9, "Z");
}

static void execute_ends_in_any_of_three(void **state)
{
	sends(*state, "EEES");
	answers(*state, 1, "Ds");
	answers(*state, 2, "DC");
	answers(*state, 3, "I");
	answers(*state, 4, "Z");
}

static void a_function_call_ends_in_ready_for_query(void **state)
{
	sends(*state, "FF");
	answers(*state, 1, "VZ");
	answers_in_part(*state, 2, "E");
	answers(*state, 2, "Z");
}

static void flush_terminate_and_stray_copy_messages_owe_nothing(void **state)
{
	struct play *p = *state;

	for (const char *letters = "HXdcfp!"; *letters != 0; letters++) {
		char one[2] = { *letters, 0 };

		assert_int_equal(sends(p, one), DIALOG_SILENT);
		is_idle(p);
	}
	sends(p, "Q");
	answers(p, p->sent, "CZ");
}

static void a_pipeline_is_answered_in_order(void **state)
{
	struct play *p = *state;

	sends(p, "PBESQPBESFS");
	assert_int_equal(dialog_ready_owed(&p->d), 5);
	answers(p, 1, "1");
	answers(p, 2, "2");
	answers(p, 3, "C");
	answers(p, 4, "Z");
	answers(p, 5, "TDCZ");
	sends(p, "Q");
	answers(p, 6, "1");
	answers(p, 7, "2");
	answers(p, 8, "Ds");
	answers(p, 9, "Z");
	answers(p, 10, "VZ");
	answers(p, 11, "Z");
	answers(p, 12, "CZ");
}

/* --- what is nobody's --- */

static void notices_parameters_and_notifications_come_at_any_time(void **state)
{
	struct play *p = *state;

	for (const char *types = "NSA"; *types != 0; types++) {
		struct dialog_verdict v = receives(p, *types);

		assert_true(v.async);
		assert_int_equal(v.kind, DIALOG_NOBODY);
		assert_int_equal(v.mode, DIALOG_FORWARD);
	}
	sends_as(p, "PH", DIALOG_HIDE);
	for (const char *types = "NSA"; *types != 0; types++) {
		struct dialog_verdict v = receives(p, *types);

		assert_true(v.async);
		assert_int_equal(v.mode, DIALOG_FORWARD); /* also in front of a hidden answer */
		assert_int_equal(v.kind, DIALOG_PARSE);
		assert_int_equal(v.tag, 1);
	}
	assert_int_equal(receives(p, '1').mode, DIALOG_HIDE);
}

static void letters_the_protocol_does_not_have_pass(void **state)
{
	struct play *p = *state;
	struct dialog_verdict v;

	sends(p, "Q");
	v = receives(p, '!');
	assert_int_equal(v.mode, DIALOG_FORWARD);
	assert_int_equal(v.kind, DIALOG_NOBODY);
	assert_false(v.lost);
	answers(p, 1, "CZ");
}

static void a_fatal_error_belongs_to_no_request_and_is_the_last_word(void **state)
{
	struct play *p = *state;
	struct dialog_verdict v;

	sends(p, "PB");
	sends_as(p, "PBDE", DIALOG_HIDE);
	v = dialog_receive(&p->d, 'E', BYTES(FATAL_BODY));
	assert_true(v.fatal);
	assert_int_equal(v.kind, DIALOG_NOBODY);
	assert_int_equal(v.mode, DIALOG_FORWARD);
	assert_int_equal(v.voided, 4);
	assert_true(dialog_has_ended(&p->d));
	assert_false(dialog_may_inject(&p->d));
	assert_int_equal(sends(p, "Q"), DIALOG_SILENT);
	v = receives(p, 'Z');
	assert_int_equal(v.mode, DIALOG_FORWARD);
	assert_false(v.lost);
}

static void an_error_with_nothing_outstanding_is_passed(void **state)
{
	struct dialog_verdict v = receives(*state, 'E');

	assert_int_equal(v.kind, DIALOG_NOBODY);
	assert_false(v.fatal || v.lost);
}

static void the_status_is_that_of_the_last_ready_for_query(void **state)
{
	struct play *p = *state;

	sends(p, "QQQ");
	dialog_receive(&p->d, 'Z', BYTES("T"));
	assert_int_equal(dialog_status(&p->d), 'T');
	dialog_receive(&p->d, 'Z', BYTES("E"));
	assert_int_equal(dialog_status(&p->d), 'E');
	dialog_receive(&p->d, 'Z', BYTES("I"));
	assert_int_equal(dialog_status(&p->d), 'I');
}

/* --- errors --- */

static void an_error_in_any_extended_message_skips_to_the_sync(void **state)
{
	const char *each[] = { "P", "B", "*D", "D", "E", "C" };

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct play *p = *state;
		uint32_t tag = p->sent + 1;

		sends(p, each[i]);
		sends(p, "PBDEQFCS");
		answers(p, tag, "E");
		assert_int_equal(dialog_outstanding(&p->d), 1);
		answers(p, p->sent, "Z");
		is_idle(p);
	}
}

static void an_error_in_the_middle_of_an_answer_is_its_end(void **state)
{
	sends(*state, "E*DS");
	answers(*state, 1, "DDE");
	answers(*state, 3, "Z");
	sends(*state, "*DS");
	answers(*state, 4, "tE");
	answers(*state, 5, "Z");
}

static void a_query_sent_while_the_server_skips_is_never_answered(void **state)
{
	struct play *p = *state;

	sends(p, "PH");
	answers(p, 1, "E");
	assert_true(dialog_is_skipping(&p->d));
	assert_false(dialog_is_idle(&p->d));
	assert_false(dialog_may_inject(&p->d));
	for (const char *letters = "PBDECQFHdcf"; *letters != 0; letters++) {
		char one[2] = { *letters, 0 };

		assert_int_equal(sends(p, one), DIALOG_DISCARDED);
		assert_int_equal(dialog_outstanding(&p->d), 0);
		assert_true(dialog_is_skipping(&p->d));
	}
	assert_int_equal(sends(p, "S"), DIALOG_OWED);
	assert_false(dialog_is_skipping(&p->d));
	assert_int_equal(sends(p, "Q"), DIALOG_OWED);
	answers(p, p->sent - 1, "Z");
	answers(p, p->sent, "CZ");
}

static void terminate_ends_a_skipping_server_too(void **state)
{
	struct play *p = *state;

	sends(p, "P");
	answers(p, 1, "E");
	assert_int_equal(sends(p, "X"), DIALOG_SILENT);
}

static void only_the_messages_up_to_the_next_sync_are_skipped(void **state)
{
	sends(*state, "PBESPBES");
	answers(*state, 1, "E");
	answers(*state, 4, "Z");
	answers(*state, 5, "1");
	answers(*state, 6, "E");
	answers(*state, 8, "Z");
}

static void an_error_in_a_query_or_function_does_not_skip(void **state)
{
	sends(*state, "QPS");
	answers_in_part(*state, 1, "TDE");
	answers(*state, 1, "Z");
	answers(*state, 2, "1");
	answers(*state, 3, "Z");
}

static void an_error_at_sync_is_followed_by_its_one_ready_for_query(void **state)
{
	sends(*state, "PSPS");
	answers(*state, 1, "1");
	answers_in_part(*state, 2, "E");
	answers(*state, 2, "Z");
	answers(*state, 3, "1");
	answers(*state, 4, "Z");
}

static void an_error_in_a_query_behind_messages_that_were_never_synced(void **state)
{
	/* a Query may stand behind extended messages that were never synced */
	sends(*state, "PBQ");
	answers(*state, 1, "1");
	answers(*state, 2, "2");
	answers_in_part(*state, 3, "E");
	answers(*state, 3, "Z");
}

/* --- messages of our own --- */

static void hidden_messages_hide_their_replies_and_nobody_elses(void **state)
{
	struct play *p = *state;

	sends(p, "PB");
	sends_as(p, "PBDEC", DIALOG_HIDE);
	sends_as(p, "H", DIALOG_HIDE);
	sends(p, "PS");
	assert_int_equal(dialog_hidden(&p->d), 5);
	answers(p, 1, "1");
	answers(p, 2, "2");
	for (const char *types = "12TDDC3"; *types != 0; types++) {
		struct dialog_verdict v = receives(p, *types);

		assert_int_equal(v.mode, DIALOG_HIDE);
		assert_in_range(v.tag, 3, 7);
	}
	assert_int_equal(dialog_hidden(&p->d), 0);
	answers(p, 9, "1");
	answers(p, 10, "Z");
}

static void an_earlier_error_voids_our_messages(void **state)
{
	struct play *p = *state;
	struct dialog_verdict v;

	sends(p, "PB");
	sends_as(p, "PBDEC", DIALOG_HIDE);
	v = receives(p, 'E');
	assert_int_equal(v.tag, 1);
	assert_int_equal(v.mode, DIALOG_FORWARD);
	assert_int_equal(v.voided, 5);
	assert_int_equal(dialog_hidden(&p->d), 0);
	assert_true(dialog_is_skipping(&p->d));
	sends(p, "S");
	answers(p, p->sent, "Z");
}

static void our_messages_behind_the_next_sync_are_not_voided(void **state)
{
	struct play *p = *state;

	sends(p, "PS");
	sends_as(p, "P", DIALOG_HIDE);
	answers(p, 1, "E");
	assert_int_equal(dialog_hidden(&p->d), 1);
	answers(p, 2, "Z");
	assert_int_equal(receives(p, '1').mode, DIALOG_HIDE);
}

static void an_error_of_our_own_message_names_it_and_voids_the_rest(void **state)
{
	struct play *p = *state;
	struct dialog_verdict v;

	sends_as(p, "PBDEC", DIALOG_HIDE);
	receives(p, '1');
	v = receives(p, 'E');
	assert_int_equal(v.mode, DIALOG_HIDE);
	assert_int_equal(v.kind, DIALOG_BIND);
	assert_int_equal(v.tag, 2);
	assert_true(v.last);
	assert_int_equal(v.voided, 3);
	/* the client's Query would be discarded: a Sync in its place gives the Z it waits for */
	assert_int_equal(sends(p, "S"), DIALOG_OWED);
	answers(p, 6, "Z");
}

static void a_hidden_sync_hides_its_ready_for_query(void **state)
{
	struct play *p = *state;

	sends_as(p, "PS", DIALOG_HIDE);
	sends(p, "Q");
	assert_int_equal(receives(p, '1').mode, DIALOG_HIDE);
	assert_int_equal(receives(p, 'Z').mode, DIALOG_HIDE);
	answers(p, 3, "CZ");
}

static void replaced_replies_come_with_their_tag(void **state)
{
	struct play *p = *state;
	struct dialog_verdict v;

	sends_as(p, "P", DIALOG_REPLACE);
	sends(p, "S");
	v = receives(p, 'E');
	assert_int_equal(v.mode, DIALOG_REPLACE);
	assert_int_equal(v.kind, DIALOG_PARSE);
	assert_int_equal(v.tag, 1);
	answers(p, 2, "Z");
}

static void flushed_means_that_waiting_will_end(void **state)
{
	struct play *p = *state;

	assert_true(dialog_is_flushed(&p->d));
	sends(p, "P");
	assert_false(dialog_is_flushed(&p->d));
	sends(p, "H");
	assert_true(dialog_is_flushed(&p->d));
	sends(p, "B");
	assert_false(dialog_is_flushed(&p->d));
	answers(p, 1, "1");
	answers(p, 3, "2");
	assert_true(dialog_is_flushed(&p->d)); /* nothing is owed */
	sends(p, "PS");
	assert_true(dialog_is_flushed(&p->d));
	answers(p, 4, "1");
	answers(p, 5, "Z");
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

static void a_batch_is_open_until_sync_query_or_function_call(void **state)
{
	struct play *p = *state;

	for (const char *end = "SQF"; *end != 0; end++) {
		assert_false(dialog_batch_is_open(&p->d));
		sends(p, "PH");
		assert_true(dialog_batch_is_open(&p->d));
		answers(p, p->sent - 1, "1");
		assert_true(dialog_batch_is_open(&p->d));
		assert_int_equal(dialog_send(&p->d, (uint8_t)*end, 0, DIALOG_FORWARD, ++p->sent),
		                 DIALOG_OWED);
		assert_false(dialog_batch_is_open(&p->d));
		answers(p, p->sent, "Z");
	}
	sends_as(p, "P", DIALOG_HIDE);
	assert_false(dialog_batch_is_open(&p->d));
	assert_true(receives(p, '1').last);
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
}

static void the_current_message_is_the_oldest_owed(void **state)
{
	struct play *p = *state;
	uint32_t tag;

	assert_int_equal(dialog_current(&p->d, &tag), DIALOG_NOBODY);
	sends(p, "PS");
	assert_int_equal(dialog_current(&p->d, &tag), DIALOG_PARSE);
	assert_int_equal(tag, 1);
	answers(p, 1, "1");
	assert_int_equal(dialog_current(&p->d, &tag), DIALOG_SYNC);
	answers(p, 2, "Z");
}

/* --- COPY --- */

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
	answers(p, 1, "1");
	answers(p, 2, "2");
	answers(p, 3, "n");
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
	answers(p, 5, "Z");
	answers(p, 6, "GC");
	answers(p, 10, "Z");
	answers(p, 11, "DC");
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
	answers(p, 1, "E");
	answers(p, 2, "Z");
	is_idle(p);
	assert_false(dialog_is_skipping(&p->d));
	sends(p, "PS");
	answers(p, 3, "1");
	answers(p, 4, "Z");
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
	answers(p, 1, "E");
	answers(p, 2, "Z");
	answers(p, 3, "1");
	answers(p, 4, "2");
	answers(p, 5, "C");
	answers(p, 6, "Z");
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
	answers(p, 3, "1");
	answers(p, 4, "2");
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
	assert_true(v.lost);
	assert_false(v.leaks);
	assert_int_equal(v.mode, DIALOG_FORWARD);
	assert_int_equal(v.voided, 0);
	assert_int_equal(dialog_status(&p->d), 'I');
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
	answers(p, 2, "Z");
	answers(p, 3, "Z");
}

/* --- pure bytes --- */

static void copy_both_makes_the_session_pure_bytes(void **state)
{
	struct play *p = *state;

	sends(p, "Q");
	assert_int_equal(receives(p, 'W').tag, 1);
	assert_true(dialog_is_transparent(&p->d));
	assert_int_equal(sends(p, "dcQ"), DIALOG_SILENT);
	for (const char *types = "dcC1ZTE"; *types != 0; types++) {
		struct dialog_verdict v = receives(p, *types);

		assert_int_equal(v.mode, DIALOG_FORWARD);
		assert_false(v.lost);
	}
	assert_false(dialog_may_inject(&p->d));
	assert_false(dialog_is_idle(&p->d));
}

static void a_walsender_is_pure_bytes_from_the_start(void **state)
{
	struct play p = { 0 };

	(void)state;
	dialog_init(&p.d, 100);
	dialog_set_transparent(&p.d);
	for (const char *types = "RSKZTDCZWddd"; *types != 0; types++)
		assert_int_equal(receives(&p, *types).mode, DIALOG_FORWARD);
	assert_int_equal(sends(&p, "Q"), DIALOG_SILENT);
	assert_int_equal(dialog_outstanding(&p.d), 0);
	end(&p);
}

static void a_server_that_breaks_the_protocol_is_lost(void **state)
{
	const char *wrong[] = { "P2", "B1", "E1", "DC", "*DC", "C1", "ST", "Q1", "FT", "PZ", "PT" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct play p;
		char sent[3] = { 0 };
		struct dialog_verdict v;

		start(&p);
		memcpy(sent, wrong[i], strlen(wrong[i]) - 1);
		sends(&p, sent);
		sends_as(&p, "P", DIALOG_HIDE);
		v = receives(&p, wrong[i][strlen(wrong[i]) - 1]);
		assert_true(v.lost);
		assert_int_equal(v.mode, DIALOG_FORWARD);
		assert_int_equal(v.voided, 1);
		assert_true(dialog_is_transparent(&p.d));
		end(&p);
	}
}

static void a_broken_ready_for_query_is_lost(void **state)
{
	struct play *p = *state;

	sends(p, "Q");
	assert_true(dialog_receive(&p->d, 'Z', BYTES("X")).lost);
	assert_int_equal(dialog_status(&p->d), 'I'); /* the last one that was said */
}

static void replies_that_nobody_asked_for_are_passed(void **state)
{
	for (const char *types = "1TDCZ3"; *types != 0; types++) {
		struct dialog_verdict v = receives(*state, *types);

		assert_int_equal(v.kind, DIALOG_NOBODY);
		assert_int_equal(v.mode, DIALOG_FORWARD);
		assert_false(v.lost);
	}
}

/* --- limits --- */

static void at_the_maximum_it_is_full_and_goes_on_after_replies(void **state)
{
	struct play p = { 0 };

	(void)state;
	dialog_init(&p.d, 20);
	answers(&p, 0, "Z");
	for (int i = 0; i < 20; i++) {
		assert_false(dialog_is_full(&p.d));
		assert_int_equal(sends(&p, "P"), DIALOG_OWED);
	}
	assert_true(dialog_is_full(&p.d));
	assert_int_equal(sends(&p, "B"), DIALOG_FULL);
	assert_int_equal(sends(&p, "H"), DIALOG_SILENT); /* owes nothing, is never refused */
	assert_int_equal(sends(&p, "d"), DIALOG_SILENT);
	assert_int_equal(sends(&p, "c"), DIALOG_SILENT);
	answers(&p, 1, "1");
	answers(&p, 2, "1");
	assert_int_equal(sends(&p, "S"), DIALOG_OWED);
	for (uint32_t tag = 3; tag <= 20; tag++)
		answers(&p, tag, "1");
	answers(&p, 25, "Z");
	is_idle(&p);
	end(&p);
}

static void a_reservation_holds_for_a_whole_question(void **state)
{
	struct play p = { 0 };

	(void)state;
	dialog_init(&p.d, 20);
	answers(&p, 0, "Z");
	assert_false(dialog_reserve(&p.d, 21));
	assert_true(dialog_reserve(&p.d, 20));
	sends(&p, "PPPPPPPPPPPPPPPPP");
	assert_false(dialog_reserve(&p.d, 4));
	assert_true(dialog_reserve(&p.d, 3));
	assert_int_equal(sends_as(&p, "PBD", DIALOG_HIDE), DIALOG_OWED);
	end(&p);
}

static void a_pipeline_of_a_hundred_thousand_messages(void **state)
{
	struct play *p = *state;

	for (uint32_t i = 1; i <= 100000; i++)
		assert_int_equal(sends(p, "P"), DIALOG_OWED);
	assert_true(p->d.capacity * sizeof(struct dialog_entry) <= 1 << 20);
	sends(p, "S");
	for (uint32_t i = 1; i <= 50000; i++)
		answers(p, i, "1");
	answers(p, 50001, "E");
	answers(p, 100001, "Z");
	assert_null(p->d.ring); /* an idle session owns no memory of that size */
}

static void the_ring_keeps_the_order_when_it_wraps_and_grows(void **state)
{
	struct play *p = *state;
	uint32_t next = 1;

	for (int round = 0; round < 300; round++) {
		sends(p, "PPPPP");
		for (int i = 0; i < 3; i++)
			answers(p, next++, "1");
	}
	while (next <= p->sent)
		answers(p, next++, "1");
}

#ifndef __SANITIZE_ADDRESS__
/* glibc's own; the sanitizers have theirs. */
void *__libc_calloc(size_t count, size_t size);
static bool refuse_memory;

void *calloc(size_t count, size_t size)
{
	return refuse_memory ? NULL : __libc_calloc(count, size);
}

static void refused_memory_makes_it_full_not_wrong(void **state)
{
	struct play *p = *state;
	uint32_t owed = 0;

	refuse_memory = true;
	while (sends(p, "P") == DIALOG_OWED)
		owed++;
	assert_int_equal(owed, DIALOG_SMALL);
	assert_int_equal(sends(p, "S"), DIALOG_FULL);
	answers(p, 1, "1");
	assert_int_equal(sends(p, "S"), DIALOG_OWED);
	refuse_memory = false;
	for (uint32_t tag = 2; tag <= owed; tag++)
		answers(p, tag, "1");
	answers(p, p->sent, "Z");
}
#endif

static void only_ready_for_query_and_errors_need_their_body(void **state)
{
	(void)state;
	for (int type = 0; type < 256; type++)
		assert_int_equal(dialog_needs_body((uint8_t)type), type == 'Z' || type == 'E');
}

#define IDLE(test)   cmocka_unit_test_setup_teardown(test, begin_session, end_idle)
#define ANYHOW(test) cmocka_unit_test_setup_teardown(test, begin_session, end_anyhow)

/* --- what need not be shown --- */

static void assert_shows_all(const char *letters, enum dialog_mode mode, uint32_t tag)
{
	struct dialog d;

	dialog_init(&d, 64);
	dialog_receive(&d, 'Z', BYTES("I"));
	for (; *letters != 0; letters++)
		dialog_send(&d, (uint8_t)*letters, 'P', mode, tag);
	assert_false(dialog_is_on_plain_query(&d));
	dialog_free(&d);
}

static void what_answers_a_plain_query_changes_nothing(void **state)
{
	struct dialog d, before;

	(void)state;
	memset(&d, 0, sizeof(d));
	dialog_init(&d, 64);
	assert_false(dialog_is_on_plain_query(&d));
	dialog_receive(&d, 'Z', BYTES("I"));
	assert_false(dialog_is_on_plain_query(&d));
	dialog_send(&d, 'Q', 0, DIALOG_FORWARD, 0);
	dialog_send(&d, 'Q', 0, DIALOG_FORWARD, 7);
	for (const char *type = "TDCI"; *type != 0; type++) {
		struct dialog_verdict v;

		assert_true(dialog_is_on_plain_query(&d));
		before = d;
		v = dialog_receive(&d, (uint8_t)*type, (struct bytes){ 0 });
		assert_memory_equal(&before, &d, sizeof(d));
		assert_true(v.mode == DIALOG_FORWARD && v.tag == 0 && v.voided == 0);
		assert_false(v.async || v.last || v.fatal || v.lost);
	}
	dialog_receive(&d, 'G', (struct bytes){ 0 });
	assert_false(dialog_is_on_plain_query(&d));
	dialog_receive(&d, 'C', (struct bytes){ 0 });
	assert_true(dialog_is_on_plain_query(&d));
	dialog_receive(&d, 'Z', BYTES("I"));
	assert_false(dialog_is_on_plain_query(&d)); /* the next one has a tag */
	dialog_free(&d);
}

static void what_is_ours_tagged_or_extended_is_shown(void **state)
{
	(void)state;
	assert_shows_all("Q", DIALOG_FORWARD, 3);
	assert_shows_all("Q", DIALOG_HIDE, 0);
	assert_shows_all("Q", DIALOG_REPLACE, 0);
	assert_shows_all("PBDES", DIALOG_FORWARD, 0);
	assert_shows_all("EQ", DIALOG_FORWARD, 0);
	assert_shows_all("F", DIALOG_FORWARD, 0);
	assert_shows_all("", DIALOG_FORWARD, 0);
}

static void a_hidden_message_that_is_owed_keeps_all_shown(void **state)
{
	struct dialog d;

	(void)state;
	dialog_init(&d, 64);
	dialog_receive(&d, 'Z', BYTES("I"));
	dialog_send(&d, 'Q', 0, DIALOG_FORWARD, 0);
	dialog_send(&d, 'P', 0, DIALOG_HIDE, 0);
	assert_false(dialog_is_on_plain_query(&d));
	dialog_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_owes_its_first_ready_for_query),
		cmocka_unit_test(messages_sent_before_the_session_has_started_are_owed_behind_it),
		cmocka_unit_test(an_error_before_the_first_ready_for_query_is_the_end),
		IDLE(a_query_has_many_results_and_one_ready_for_query),
		IDLE(an_empty_query_is_one),
		IDLE(each_extended_message_has_its_reply),
		IDLE(execute_ends_in_any_of_three),
		IDLE(a_function_call_ends_in_ready_for_query),
		IDLE(flush_terminate_and_stray_copy_messages_owe_nothing),
		IDLE(a_pipeline_is_answered_in_order),
		IDLE(notices_parameters_and_notifications_come_at_any_time),
		IDLE(letters_the_protocol_does_not_have_pass),
		ANYHOW(a_fatal_error_belongs_to_no_request_and_is_the_last_word),
		IDLE(an_error_with_nothing_outstanding_is_passed),
		IDLE(the_status_is_that_of_the_last_ready_for_query),
		IDLE(an_error_in_any_extended_message_skips_to_the_sync),
		IDLE(an_error_in_the_middle_of_an_answer_is_its_end),
		IDLE(a_query_sent_while_the_server_skips_is_never_answered),
		ANYHOW(terminate_ends_a_skipping_server_too),
		IDLE(only_the_messages_up_to_the_next_sync_are_skipped),
		IDLE(an_error_in_a_query_or_function_does_not_skip),
		IDLE(an_error_at_sync_is_followed_by_its_one_ready_for_query),
		IDLE(an_error_in_a_query_behind_messages_that_were_never_synced),
		IDLE(hidden_messages_hide_their_replies_and_nobody_elses),
		IDLE(an_earlier_error_voids_our_messages),
		IDLE(our_messages_behind_the_next_sync_are_not_voided),
		IDLE(an_error_of_our_own_message_names_it_and_voids_the_rest),
		IDLE(a_hidden_sync_hides_its_ready_for_query),
		IDLE(replaced_replies_come_with_their_tag),
		IDLE(flushed_means_that_waiting_will_end),
		IDLE(what_a_copy_swallows_does_not_flush),
		IDLE(a_copy_that_waits_for_data_will_not_end_by_waiting),
		IDLE(what_was_sent_in_doubt_is_not_flushed),
		IDLE(a_copy_is_ending_until_its_end_is_answered),
		IDLE(a_batch_is_open_until_sync_query_or_function_call),
		IDLE(a_sync_that_a_copy_swallows_does_not_end_the_batch),
		IDLE(a_sync_that_turns_out_to_be_in_force_ends_the_batch),
		IDLE(the_current_message_is_the_oldest_owed),
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
		ANYHOW(statements_of_which_nobody_can_say_whether_they_were_discarded),
		IDLE(a_copy_done_sent_in_doubt_belongs_to_the_copy_sent_in_doubt),
		IDLE(a_copy_end_is_discarded_by_a_server_that_certainly_skips),
		IDLE(syncs_without_number_do_not_fill_a_copy),
		cmocka_unit_test(syncs_in_a_copy_are_counted_up_to_the_maximum),
		IDLE(copy_out_is_part_of_its_message),
		ANYHOW(copy_both_makes_the_session_pure_bytes),
		cmocka_unit_test(a_walsender_is_pure_bytes_from_the_start),
		cmocka_unit_test(a_server_that_breaks_the_protocol_is_lost),
		ANYHOW(a_broken_ready_for_query_is_lost),
		IDLE(replies_that_nobody_asked_for_are_passed),
		cmocka_unit_test(at_the_maximum_it_is_full_and_goes_on_after_replies),
		cmocka_unit_test(a_reservation_holds_for_a_whole_question),
		IDLE(a_pipeline_of_a_hundred_thousand_messages),
		IDLE(the_ring_keeps_the_order_when_it_wraps_and_grows),
#ifndef __SANITIZE_ADDRESS__
		IDLE(refused_memory_makes_it_full_not_wrong),
#endif
		cmocka_unit_test(only_ready_for_query_and_errors_need_their_body),
		cmocka_unit_test(what_answers_a_plain_query_changes_nothing),
		cmocka_unit_test(what_is_ours_tagged_or_extended_is_shown),
		cmocka_unit_test(a_hidden_message_that_is_owed_keeps_all_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
