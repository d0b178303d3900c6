#include "tests/protocol/dialog_play.h"

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
	answers(&p, 0, "RZ CZ");
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
	answers(p, 1, "1 2 tT tn T n DDC 3");
	assert_false(dialog_is_idle(&p->d));
	answers(p, 9, "Z");
}

static void execute_ends_in_any_of_three(void **state)
{
	sends(*state, "EEES");
	answers(*state, 1, "Ds DC I Z");
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
	answers(p, 1, "1 2 C Z TDCZ");
	sends(p, "Q");
	answers(p, 6, "1 2 Ds Z VZ Z CZ");
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
	answers(*state, 4, "tE Z");
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
	answers(p, p->sent - 1, "Z CZ");
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
	answers(*state, 4, "Z 1 E");
	answers(*state, 8, "Z");
}

static void an_error_in_a_query_or_function_does_not_skip(void **state)
{
	sends(*state, "QPS");
	answers_in_part(*state, 1, "TDE");
	answers(*state, 1, "Z 1 Z");
}

static void an_error_at_sync_is_followed_by_its_one_ready_for_query(void **state)
{
	sends(*state, "PSPS");
	answers(*state, 1, "1");
	answers_in_part(*state, 2, "E");
	answers(*state, 2, "Z 1 Z");
}

static void an_error_in_a_query_behind_messages_that_were_never_synced(void **state)
{
	/* a Query may stand behind extended messages that were never synced */
	sends(*state, "PBQ");
	answers(*state, 1, "1 2");
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
	answers(p, 1, "1 2");
	for (const char *types = "12TDDC3"; *types != 0; types++) {
		struct dialog_verdict v = receives(p, *types);

		assert_int_equal(v.mode, DIALOG_HIDE);
		assert_in_range(v.tag, 3, 7);
	}
	assert_int_equal(dialog_hidden(&p->d), 0);
	answers(p, 9, "1 Z");
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
	answers(p, 4, "1 Z");
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

/* --- pure bytes --- */

static void a_batch_is_bare_until_something_is_bound_in_it(void **state)
{
	struct play *p = *state;

	assert_true(dialog_batch_is_bare(&p->d));
	sends(p, "P*DC");
	sends_as(p, "PBEC", DIALOG_HIDE);
	assert_true(dialog_batch_is_bare(&p->d));
	sends(p, "B");
	assert_false(dialog_batch_is_bare(&p->d));
	sends(p, "P");
	assert_false(dialog_batch_is_bare(&p->d));
	sends(p, "S");
	assert_false(dialog_batch_is_bare(&p->d)); /* it may fail, or end a transaction */
	answers(p, 1, "1 tT 3");
	for (const char *types = "12C3"; *types != 0; types++)
		assert_int_equal(receives(p, *types).mode, DIALOG_HIDE);
	answers(p, 8, "2 1 Z");
	assert_true(dialog_batch_is_bare(&p->d));
	sends(p, "Q");
	assert_false(dialog_batch_is_bare(&p->d));
	answers(p, 11, "CZ");
	sends(p, "ES"); /* a COPY swallows the Sync */
	answers_in_part(p, 12, "G");
	sends(p, "c");
	answers(p, 12, "C");
	assert_false(dialog_batch_is_bare(&p->d));
	sends(p, "S");
	answers(p, 15, "Z");
	assert_true(dialog_batch_is_bare(&p->d));
}

static void copy_both_with_something_hidden_is_lost(void **state)
{
	struct play *p = *state;
	struct dialog_verdict v;

	sends_as(p, "PBE", DIALOG_HIDE);
	assert_true(receives(p, '1').last);
	assert_true(receives(p, '2').last);
	v = receives(p, 'W');
	assert_true(v.lost && v.leaks);
	assert_int_equal(v.voided, 1);
}

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
	answers(&p, 1, "1 1");
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
	assert_int_equal(owed, DIALOG_SMALL - 2); /* what is never refused has its place */
	assert_int_equal(sends(p, "S"), DIALOG_FULL);
	answers(p, 1, "1");
	assert_int_equal(sends(p, "S"), DIALOG_OWED);
	refuse_memory = false;
	for (uint32_t tag = 2; tag <= owed; tag++)
		answers(p, tag, "1");
	answers(p, p->sent, "Z");
}

static void refused_memory_does_not_lose_the_end_of_a_copy(void **state)
{
	struct play *p = *state;
	uint32_t owed = 0;

	refuse_memory = true;
	while (sends(p, "E") == DIALOG_OWED)
		owed++;
	sends(p, "c"); /* of the last: its number is owed */
	refuse_memory = false;
	for (uint32_t tag = 1; tag < owed; tag++)
		answers(p, tag, "C");
	sends(p, "S"); /* not inside of the COPY */
	answers(p, owed, "GC");
	answers(p, p->sent, "Z");
}
#endif

static void only_ready_for_query_and_errors_need_their_body(void **state)
{
	(void)state;
	for (int type = 0; type < 256; type++)
		assert_int_equal(dialog_needs_body((uint8_t)type), type == 'Z' || type == 'E');
}

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
		IDLE(a_batch_is_open_until_sync_query_or_function_call),
		IDLE(the_current_message_is_the_oldest_owed),
		IDLE(a_batch_is_bare_until_something_is_bound_in_it),
		ANYHOW(copy_both_with_something_hidden_is_lost),
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
		IDLE(refused_memory_does_not_lose_the_end_of_a_copy),
#endif
		cmocka_unit_test(only_ready_for_query_and_errors_need_their_body),
		cmocka_unit_test(what_answers_a_plain_query_changes_nothing),
		cmocka_unit_test(what_is_ours_tagged_or_extended_is_shown),
		cmocka_unit_test(a_hidden_message_that_is_owed_keeps_all_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
