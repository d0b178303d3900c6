/* Sessions from the first packet to the last byte: start, refusal, cancel, COPY, back pressure, dying
 * peers, shutting down; and the chopper, which must not see where reads end. */
#include "tests/proxy/session_rig.h"

#include <errno.h>

#include "tests/proxy/fake_rewrite.h"

static int open_rig(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	rig_open("");
	return 0;
}

static int close_rig(void **state)
{
	(void)state;
	rig_end_session();
	rig_close();
	return 0;
}

static void expect_server(const char *letters)
{
	assert_string_equal(rig_letters(SERVER), letters);
}

/* What the one FATAL says that an end was sent. */
static void expect_fatal(const char *sqlstate)
{
	struct bytes sent = memory_stream_sent(CLIENT);
	struct bytes value;

	assert_true(sent.n > 5);
	assert_int_equal(sent.p[0], 'E');
	assert_true(report_is_fatal(bytes_from(sent, 5)));
	assert_true(report_find(bytes_from(sent, 5), 'C', &value));
	assert_true(bytes_is(value, sqlstate));
	assert_int_equal(bytes_get_u32(sent.p + 1) + 1, sent.n);
	memory_stream_forget(CLIENT);
}

/* --- start --- */

static void the_startup_packet_goes_on_byte_for_byte(void **state)
{
	struct bytes packet;

	(void)state;
	rig_connect();
	startup_begin(&rig.out, STARTUP_VERSION(3, 0));
	startup_put_parameter(&rig.out, BYTES("options"), BYTES("-c geqo=off"));
	startup_put_parameter(&rig.out, BYTES("user"), BYTES("u"));
	startup_put_parameter(&rig.out, BYTES("extra_float_digits"), BYTES("2"));
	startup_end(&rig.out);
	packet = outbuf_view(&rig.out);
	memory_stream_give(CLIENT, packet);
	memory_stream_run();
	assert_true(bytes_eq(memory_stream_sent(SERVER), packet));
	assert_int_equal(memory_stream_sent(CLIENT).n, 0);
}

static void encryption_is_declined_once_each_and_nothing_behind_is_read(void **state)
{
	(void)state;
	rig_connect();
	startup_put_ssl_request(&rig.out);
	startup_put_gssenc_request(&rig.out);
	rig_put_startup(STARTUP_VERSION(3, 0));
	rig_query("select 1");
	assert_true(bytes_is(memory_stream_sent(CLIENT), "NN"));
	assert_int_equal(memory_stream_count(), 2);
	memory_stream_forget(CLIENT);
}

static void a_second_ssl_request_is_refused(void **state)
{
	(void)state;
	rig_connect();
	startup_put_ssl_request(&rig.out);
	rig_say("");
	memory_stream_forget(CLIENT);
	startup_put_ssl_request(&rig.out);
	rig_say("");
	expect_fatal("08P01");
	assert_true(memory_stream_is_shut(CLIENT));
}

static void protocol_2_is_refused(void **state)
{
	(void)state;
	rig_connect();
	rig_put_startup(STARTUP_VERSION(2, 0));
	rig_say("");
	expect_fatal("0A000");
	assert_int_equal(memory_stream_count(), 1);
}

static void a_startup_packet_without_user_is_refused(void **state)
{
	(void)state;
	rig_connect();
	startup_begin(&rig.out, STARTUP_VERSION(3, 0));
	startup_put_parameter(&rig.out, BYTES("database"), BYTES("d"));
	startup_end(&rig.out);
	rig_say("");
	expect_fatal("28000");
}

static void what_is_not_postgresql_is_dropped_without_a_word(void **state)
{
	(void)state;
	rig_connect();
	memory_stream_give(CLIENT, BYTES("GET / HTTP/1.1\r\n\r\n"));
	memory_stream_run();
	assert_false(memory_stream_is_open(CLIENT));
	assert_int_equal(memory_stream_sent(CLIENT).n, 0);
}

static void newer_versions_and_unknown_options_are_negotiated_once(void **state)
{
	struct startup forwarded;
	struct bytes sent;
	struct backend_negotiate n;

	(void)state;
	rig_connect();
	startup_begin(&rig.out, STARTUP_VERSION(3, 9999));
	startup_put_parameter(&rig.out, BYTES("user"), BYTES("u"));
	startup_put_parameter(&rig.out, BYTES("_pq_.grease"), BYTES("1"));
	startup_end(&rig.out);
	rig_say("");
	assert_int_equal(startup_read(memory_stream_sent(SERVER), &forwarded), STARTUP_SESSION);
	assert_int_equal(forwarded.version, STARTUP_NEWEST);
	/* The server only knows 3.0. */
	outbuf_begin(&rig.out, 'v');
	outbuf_put_u32(&rig.out, STARTUP_VERSION(3, 0));
	outbuf_put_u32(&rig.out, 0);
	outbuf_end(&rig.out);
	backend_put_authentication_ok(&rig.out);
	rig_reply("I");
	sent = memory_stream_sent(CLIENT);
	assert_true(
		backend_read_negotiate(bytes_of(sent.p + 5, bytes_get_u32(sent.p + 1) - 4), &n));
	assert_int_equal(n.version, STARTUP_VERSION(3, 0));
	assert_int_equal(n.count, 1);
	expect_client("v R ZI");
}

static void a_server_that_does_not_negotiate_gets_it_done(void **state)
{
	(void)state;
	rig_connect();
	startup_begin(&rig.out, STARTUP_VERSION(3, 0));
	startup_put_parameter(&rig.out, BYTES("user"), BYTES("u"));
	startup_put_parameter(&rig.out, BYTES("_pq_.grease"), BYTES("1"));
	startup_end(&rig.out);
	rig_say("");
	backend_put_authentication_ok(&rig.out);
	rig_reply("I");
	expect_client("v R ZI");
}

static void authentication_is_relayed(void **state)
{
	(void)state;
	rig_connect();
	rig_put_startup(STARTUP_VERSION(3, 0));
	rig_say("");
	memory_stream_forget(SERVER);
	outbuf_begin(&rig.out, 'R');
	outbuf_put_u32(&rig.out, AUTHENTICATION_CLEARTEXT_PASSWORD);
	outbuf_end(&rig.out);
	rig_reply("");
	expect_client("R");
	outbuf_begin(&rig.out, 'p');
	outbuf_put_z(&rig.out, "secret");
	outbuf_end(&rig.out);
	rig_say("");
	assert_true(bytes_eq(memory_stream_sent(SERVER), bytes_of("p\0\0\0\013secret", 12)));
	/* The buffer it was read into keeps nothing of it. */
	assert_null(memmem(rig.worker.buffer, WORKER_BUFFER, "secret", 6));
	memory_stream_forget(SERVER);
	rig_put_error("FATAL", "password authentication failed");
	rig_give(SERVER);
	memory_stream_give_end(SERVER);
	memory_stream_run();
	expect_client("E(password authentication failed)");
}

static void a_server_that_cannot_be_reached_is_reported_at_once(void **state)
{
	(void)state;
	for (int at_once = 0; at_once < 2; at_once++) {
		memory_stream_connects(-ECONNREFUSED, at_once == 1);
		rig_connect();
		rig_put_startup(STARTUP_VERSION(3, 0));
		memory_stream_give(at_once == 0 ? 0 : 2, outbuf_view(&rig.out));
		outbuf_clear(&rig.out);
		memory_stream_run();
		if (at_once == 0) {
			expect_fatal("08001");
			memory_stream_give_end(CLIENT);
			memory_stream_run();
			assert_false(memory_stream_is_open(CLIENT));
		}
	}
	assert_true(memory_stream_sent(2).n > 5);
	assert_int_equal(memory_stream_sent(2).p[0], 'E');
	memory_stream_give_end(2);
	memory_stream_run();
}

static void a_client_that_says_nothing_is_dropped_in_time(void **state)
{
	(void)state;
	rig_connect();
	memory_stream_run();
	rig.worker.now += 59999;
	worker_tick(&rig.worker);
	assert_true(memory_stream_is_open(CLIENT));
	rig.worker.now += 1;
	worker_tick(&rig.worker);
	assert_false(memory_stream_is_open(CLIENT));
}

static void a_login_that_takes_too_long_is_ended(void **state)
{
	(void)state;
	rig_connect();
	rig.worker.now += 30000; /* the time before it counts */
	rig_put_startup(STARTUP_VERSION(3, 0));
	rig_say("");
	rig.worker.now += 29999;
	worker_tick(&rig.worker);
	assert_true(memory_stream_is_open(SERVER));
	rig.worker.now += 1;
	worker_tick(&rig.worker);
	expect_fatal("57014");
	assert_false(memory_stream_is_open(SERVER));
}

static void a_session_that_has_started_has_no_deadline(void **state)
{
	(void)state;
	rig_start_session();
	rig.worker.now += 1000000000;
	worker_tick(&rig.worker);
	assert_true(memory_stream_is_open(CLIENT));
	assert_non_null(rig.worker.steady.first);
}

static void more_sessions_than_allowed_are_refused(void **state)
{
	(void)state;
	rig_close();
	rig_open("--max-sessions 1");
	rig_start_session();
	rig_connect();
	rig_put_startup(STARTUP_VERSION(3, 0));
	rig_give(2);
	memory_stream_run();
	assert_int_equal(memory_stream_count(), 3);
	assert_int_equal(memory_stream_sent(2).p[0], 'E');
	memory_stream_give_end(2);
	memory_stream_run();
	assert_int_equal(census_count(rig.census, CENSUS_INSIDE), 1);
}

static void a_cancel_request_goes_on_and_waits_for_the_server(void **state)
{
	struct bytes packet;

	(void)state;
	rig_connect();
	startup_put_cancel(&rig.out, 7, BYTES("a long key of protocol 3.2"));
	packet = outbuf_view(&rig.out);
	memory_stream_give(CLIENT, packet);
	memory_stream_run();
	assert_true(bytes_eq(memory_stream_sent(SERVER), packet));
	assert_true(memory_stream_is_open(CLIENT));
	memory_stream_give_end(SERVER);
	memory_stream_run();
	assert_false(memory_stream_is_open(CLIENT));
	assert_int_equal(memory_stream_sent(CLIENT).n, 0);
}

/* --- the end --- */

static void a_client_that_half_closes_gets_its_answer(void **state)
{
	(void)state;
	rig_start_session();
	rig_put_query("select 1");
	rig_give(CLIENT);
	memory_stream_give_end(CLIENT);
	memory_stream_run();
	assert_true(memory_stream_is_shut(SERVER));
	rig_reply("TDCI");
	expect_client("T D C ZI");
	memory_stream_give_end(SERVER);
	memory_stream_run();
	assert_false(memory_stream_is_open(CLIENT));
}

static void the_end_waits_for_what_is_unsent(void **state)
{
	(void)state;
	rig_start_session();
	memory_stream_take(SERVER, 3);
	rig_put_query("select 1");
	rig_give(CLIENT);
	memory_stream_give_end(CLIENT);
	memory_stream_run();
	assert_false(memory_stream_is_shut(SERVER));
	memory_stream_take(SERVER, SIZE_MAX);
	memory_stream_run();
	assert_true(memory_stream_is_shut(SERVER));
	expect_server("Q(select 1)");
}

static void terminate_is_passed_on_and_the_end_is_silent(void **state)
{
	(void)state;
	rig_start_session();
	frontend_put_terminate(&rig.out);
	rig_say("");
	expect_server("X");
	memory_stream_give_end(SERVER);
	memory_stream_run();
	assert_int_equal(memory_stream_sent(CLIENT).n, 0);
	assert_true(memory_stream_is_shut(CLIENT));
}

static void a_fatal_of_the_server_is_the_last_word(void **state)
{
	(void)state;
	rig_start_session();
	rig_reply("F");
	memory_stream_give_end(SERVER);
	memory_stream_run();
	expect_client("E(the end)");
	assert_true(memory_stream_is_shut(CLIENT));
}

static void a_server_that_vanishes_is_reported(void **state)
{
	(void)state;
	rig_start_session();
	rig_query("select 1");
	rig_reply("TD");
	memory_stream_break(SERVER, -ECONNRESET);
	memory_stream_run();
	expect_client("T D E(server closed the connection unexpectedly)");
}

static void nothing_is_said_in_the_middle_of_a_message(void **state)
{
	(void)state;
	rig_start_session();
	memory_stream_give(SERVER, bytes_of("D\0\0\1\0half of a row", 18));
	memory_stream_give_end(SERVER);
	memory_stream_run();
	assert_int_equal(memory_stream_sent(CLIENT).n, 18);
	assert_true(memory_stream_is_shut(CLIENT));
}

/* The server may have said why it does not take any more. */
static void a_server_that_takes_no_more_is_read_to_its_end(void **state)
{
	(void)state;
	rig_start_session();
	rig_put_reply('F');
	rig_give(SERVER);
	memory_stream_break(SERVER, -EPIPE);
	rig_query("select 1");
	expect_client("E(the end)");
	assert_true(memory_stream_is_shut(SERVER)); /* or one that lives would wait for ever */
}

static void a_client_that_is_gone_ends_the_server_session(void **state)
{
	(void)state;
	rig_start_session();
	rig_query("select 1");
	memory_stream_break(CLIENT, -ECONNRESET);
	rig_reply("TDCI");
	assert_false(memory_stream_is_open(SERVER));
	assert_int_equal(rig.worker.session_count, 0);
}

static size_t clock_starts;

static void start_clock(struct worker *w)
{
	assert_non_null(w->timed.first);
	clock_starts++;
}

static void the_clock_is_started_by_the_first_deadline_and_none_is_kept_at_work(void **state)
{
	(void)state;
	clock_starts = 0;
	rig.worker.on_deadline = start_clock;
	rig_start_session();
	assert_null(rig.worker.timed.first);
	assert_true(clock_starts > 0);
	clock_starts = 0;
	rig_reply("F");
	memory_stream_give_end(SERVER);
	memory_stream_run();
	assert_non_null(rig.worker.timed.first);
	assert_int_equal(clock_starts, 1);
}

static void a_client_that_never_reads_the_last_bytes_is_closed_in_time(void **state)
{
	(void)state;
	rig_start_session();
	memory_stream_take(CLIENT, 0);
	rig_reply("F");
	memory_stream_give_end(SERVER);
	memory_stream_run();
	assert_true(memory_stream_is_open(CLIENT));
	rig.worker.now += 60000;
	worker_tick(&rig.worker);
	assert_false(memory_stream_is_open(CLIENT));
}

static void a_length_that_no_stream_has_is_left_to_the_server(void **state)
{
	(void)state;
	rig_start_session();
	memory_stream_give(CLIENT, bytes_of("Q\0\0\0\3more", 9));
	memory_stream_run();
	assert_int_equal(memory_stream_sent(SERVER).n, 9);
	memory_stream_give_end(SERVER);
	memory_stream_run();
	assert_int_equal(memory_stream_sent(CLIENT).n, 0);
}

static void a_server_that_breaks_the_protocol_ends_the_session(void **state)
{
	(void)state;
	rig_start_session();
	memory_stream_give(SERVER, bytes_of("T\0\0\0\0", 5));
	memory_stream_run();
	expect_fatal("08P01");
	assert_false(memory_stream_is_open(SERVER));
}

/* --- streams --- */

static void unknown_messages_pass_by_length(void **state)
{
	(void)state;
	rig_start_session();
	memory_stream_give(CLIENT, bytes_of("y\0\0\0\6ab", 7));
	memory_stream_give(SERVER, bytes_of("z\0\0\0\6cd", 7));
	memory_stream_run();
	assert_int_equal(memory_stream_sent(SERVER).n, 7);
	assert_int_equal(memory_stream_sent(CLIENT).n, 7);
}

static void a_walsender_is_bytes_both_ways(void **state)
{
	(void)state;
	rig_connect();
	startup_begin(&rig.out, STARTUP_VERSION(3, 0));
	startup_put_parameter(&rig.out, BYTES("user"), BYTES("u"));
	startup_put_parameter(&rig.out, BYTES("replication"), BYTES("database"));
	startup_end(&rig.out);
	rig_say("");
	memory_stream_forget(SERVER);
	backend_put_authentication_ok(&rig.out);
	rig_reply("I");
	rig_put_query("expr ask");
	memory_stream_give(CLIENT, outbuf_view(&rig.out));
	outbuf_clear(&rig.out);
	memory_stream_give(CLIENT, BYTES("no message at all"));
	memory_stream_run();
	assert_int_equal(memory_stream_sent(SERVER).n, 14 + 17);
	assert_int_equal(fake.begun, 0);
	memory_stream_forget(CLIENT);
	memory_stream_give(SERVER, BYTES("nor this"));
	memory_stream_run();
	assert_true(bytes_is(memory_stream_sent(CLIENT), "nor this"));
}

static void give_rows(size_t count)
{
	char row[1000];

	memset(row, 'r', sizeof(row));
	rig_put_reply('T');
	for (size_t i = 0; i < count; i++) {
		backend_begin_data_row(&rig.out, 1);
		outbuf_put_value(&rig.out, (struct reader_value){ .bytes = bytes_of(row, 1000) });
		outbuf_end(&rig.out);
	}
	rig_put_reply('C');
	rig_put_ready('I');
	rig_give(SERVER);
}

static void a_reader_that_stops_stops_the_server(void **state)
{
	size_t total;

	(void)state;
	rig_start_session();
	rig_query("select");
	memory_stream_take(CLIENT, 100);
	give_rows(4000);
	total = memory_stream_unread(SERVER);
	memory_stream_run();
	assert_false(memory_stream_is_wanted(SERVER));
	assert_true(total - memory_stream_unread(SERVER) <= LINK_FULL + 2 * WORKER_BUFFER);
	/* The other direction is free. */
	assert_true(memory_stream_is_wanted(CLIENT));
	memory_stream_forget(SERVER);
	rig_say("H");
	expect_server("H");
	memory_stream_take(CLIENT, SIZE_MAX);
	memory_stream_run();
	assert_int_equal(memory_stream_sent(CLIENT).n, total);
	assert_int_equal(memory_stream_unread(SERVER), 0);
	memory_stream_forget(CLIENT);
}

static void a_server_that_stops_stops_the_client(void **state)
{
	char data[8000];
	size_t total;

	(void)state;
	rig_start_session();
	rig_query("copy t from stdin");
	rig_reply("G");
	memory_stream_forget(SERVER);
	memory_stream_take(SERVER, 0);
	memset(data, 'd', sizeof(data));
	for (int i = 0; i < 500; i++) {
		outbuf_begin(&rig.out, 'd');
		outbuf_put_bytes(&rig.out, bytes_of(data, sizeof(data)));
		outbuf_end(&rig.out);
	}
	total = outbuf_size(&rig.out);
	rig_say("");
	assert_false(memory_stream_is_wanted(CLIENT));
	assert_true(total - memory_stream_unread(CLIENT) <= LINK_FULL + 2 * WORKER_BUFFER);
	/* It may still say that it has had enough, and is heard. */
	rig_reply("E");
	expect_client("G E(refused)");
	memory_stream_take(SERVER, SIZE_MAX);
	memory_stream_run();
	assert_int_equal(memory_stream_sent(SERVER).n, total);
	memory_stream_forget(SERVER);
}

static void a_value_of_any_size_streams_through(void **state)
{
	static char piece[65536];
	struct bytes head = bytes_of("B\x10\0\0\0", 5); /* 256 MiB */

	(void)state;
	rig_start_session();
	memory_stream_give(CLIENT, head);
	for (int i = 0; i < 64; i++)
		memory_stream_give(CLIENT, bytes_of(piece, sizeof(piece)));
	memory_stream_run();
	assert_int_equal(memory_stream_sent(SERVER).n, 5 + 64 * sizeof(piece));
	memory_stream_forget(SERVER);
}

/* --- shutting down --- */

static void a_session_at_rest_is_drained_at_once(void **state)
{
	(void)state;
	rig_start_session();
	worker_drain(&rig.worker);
	expect_server("X");
	expect_fatal("57P01");
	assert_true(memory_stream_is_shut(CLIENT));
}

static void a_transaction_is_waited_for(void **state)
{
	(void)state;
	rig_start_session();
	rig_query("begin");
	worker_drain(&rig.worker);
	rig_reply("CB");
	rig_query("commit");
	expect_client("C ZT");
	expect_server("Q(begin) Q(commit)");
	rig_reply("CI");
	expect_client("C ZI E(terminating connection due to administrator command)");
	expect_server("X");
}

static void a_batch_is_waited_for(void **state)
{
	(void)state;
	rig_start_session();
	rig_say("PH");
	rig_reply("1");
	worker_drain(&rig.worker);
	expect_client("1");
	rig_say("S");
	rig_reply("I");
	expect_client("ZI E(terminating connection due to administrator command)");
}

static void a_message_that_has_begun_is_waited_for(void **state)
{
	(void)state;
	rig_start_session();
	memory_stream_give(CLIENT, bytes_of("Q\0\0", 3));
	memory_stream_run();
	worker_drain(&rig.worker);
	assert_int_equal(memory_stream_sent(CLIENT).n, 0);
	memory_stream_give(CLIENT, bytes_of("\0\6x\0", 4));
	memory_stream_run();
	expect_server("Q(x)");
	rig_reply("CI");
	expect_client("C ZI E(terminating connection due to administrator command)");
}

static void in_the_end_every_session_ends(void **state)
{
	(void)state;
	rig_start_session();
	rig_query("select pg_sleep(1000)");
	worker_drain(&rig.worker);
	assert_int_equal(memory_stream_sent(CLIENT).n, 0);
	worker_end_sessions(&rig.worker);
	expect_fatal("57P01");
	assert_false(memory_stream_is_open(SERVER));
	worker_end_sessions(&rig.worker);
	assert_int_equal(rig.worker.session_count, 0);
}

/* --- the chopper --- */

static void put_recorded_client(void)
{
	rig_put_startup(STARTUP_VERSION(3, 0));
	rig_put_query("select 1");
	rig_put_query("expr ask");
	rig_put_parse("s", "expr");
	rig_put_bind("", "s");
	frontend_put_describe(&rig.out, FRONTEND_PORTAL, (struct bytes){ 0 });
	frontend_put_execute(&rig.out, (struct bytes){ 0 }, 0);
	frontend_put_close(&rig.out, FRONTEND_STATEMENT, BYTES("s"));
	frontend_put_sync(&rig.out);
	rig_put_query("select 'a text of some length that is no expr, plain'");
	outbuf_begin(&rig.out, 'd');
	outbuf_put_z(&rig.out, "data");
	outbuf_end(&rig.out);
	frontend_put_terminate(&rig.out);
}

/* The bytes at both ends after a session in pieces of the given sizes. The server only speaks when
 * it is asked: a reply may not overtake its question. */
static void play(size_t client_chop, size_t server_chop, size_t take, struct outbuf *at_client,
                 struct outbuf *at_server)
{
	const char *replies[] = { "I", "TDCI", "12DC33I", "NTDCI", "12TDC3I", "EI", NULL };

	rig_open("");
	rig_connect();
	memory_stream_chop(CLIENT, client_chop);
	put_recorded_client();
	rig_say("");
	memory_stream_chop(SERVER, server_chop);
	for (size_t i = 0; replies[i] != NULL; i++) {
		memory_stream_take(CLIENT, take);
		memory_stream_take(SERVER, take);
		if (i == 0)
			backend_put_authentication_ok(&rig.out);
		rig_reply(replies[i]);
		for (int more = 0; more < 2000 && take != SIZE_MAX; more++) {
			memory_stream_take(CLIENT, take);
			memory_stream_take(SERVER, take);
			memory_stream_run();
		}
	}
	outbuf_put_bytes(at_client, memory_stream_sent(CLIENT));
	outbuf_put_bytes(at_server, memory_stream_sent(SERVER));
	rig_end_session();
	rig_close();
}

/* Question names are random: they are blotted out. */
static void blot(struct outbuf *o)
{
	struct bytes b = outbuf_view(o);

	for (size_t i = 0; i + 24 <= b.n; i++)
		if (memcmp(b.p + i, "_pgexpr_", 8) == 0)
			memset(o->data + o->start + i + 8, '#', 16);
}

static void no_split_of_the_bytes_makes_a_difference(void **state)
{
	const size_t sizes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 17, 29, 64, 100, SIZE_MAX };
	struct outbuf client, server, client_now, server_now;

	(void)state;
	rig_close();
	outbuf_init(&client, 1 << 20);
	outbuf_init(&server, 1 << 20);
	outbuf_init(&client_now, 1 << 20);
	outbuf_init(&server_now, 1 << 20);
	play(SIZE_MAX, SIZE_MAX, SIZE_MAX, &client, &server);
	blot(&server);
	assert_true(outbuf_size(&client) > 200 && outbuf_size(&server) > 300);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
			size_t take = k % 3 == 0 ? 3 : SIZE_MAX;

			outbuf_clear(&client_now);
			outbuf_clear(&server_now);
			play(sizes[i], sizes[k], take, &client_now, &server_now);
			blot(&server_now);
			assert_true(bytes_eq(outbuf_view(&client_now), outbuf_view(&client)));
			assert_true(bytes_eq(outbuf_view(&server_now), outbuf_view(&server)));
		}
	}
	outbuf_free(&client);
	outbuf_free(&server);
	outbuf_free(&client_now);
	outbuf_free(&server_now);
	rig_open("");
	rig_connect();
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_startup_packet_goes_on_byte_for_byte),
		T(encryption_is_declined_once_each_and_nothing_behind_is_read),
		T(a_second_ssl_request_is_refused),
		T(protocol_2_is_refused),
		T(a_startup_packet_without_user_is_refused),
		T(what_is_not_postgresql_is_dropped_without_a_word),
		T(newer_versions_and_unknown_options_are_negotiated_once),
		T(a_server_that_does_not_negotiate_gets_it_done),
		T(authentication_is_relayed),
		T(a_server_that_cannot_be_reached_is_reported_at_once),
		T(a_client_that_says_nothing_is_dropped_in_time),
		T(a_login_that_takes_too_long_is_ended),
		T(a_session_that_has_started_has_no_deadline),
		T(more_sessions_than_allowed_are_refused),
		T(a_cancel_request_goes_on_and_waits_for_the_server),
		T(a_client_that_half_closes_gets_its_answer),
		T(the_end_waits_for_what_is_unsent),
		T(terminate_is_passed_on_and_the_end_is_silent),
		T(a_fatal_of_the_server_is_the_last_word),
		T(a_server_that_vanishes_is_reported),
		T(nothing_is_said_in_the_middle_of_a_message),
		T(a_server_that_takes_no_more_is_read_to_its_end),
		T(a_client_that_is_gone_ends_the_server_session),
		T(the_clock_is_started_by_the_first_deadline_and_none_is_kept_at_work),
		T(a_client_that_never_reads_the_last_bytes_is_closed_in_time),
		T(a_length_that_no_stream_has_is_left_to_the_server),
		T(a_server_that_breaks_the_protocol_ends_the_session),
		T(unknown_messages_pass_by_length),
		T(a_walsender_is_bytes_both_ways),
		T(a_reader_that_stops_stops_the_server),
		T(a_server_that_stops_stops_the_client),
		T(a_value_of_any_size_streams_through),
		T(a_session_at_rest_is_drained_at_once),
		T(a_transaction_is_waited_for),
		T(a_batch_is_waited_for),
		T(a_message_that_has_begun_is_waited_for),
		T(in_the_end_every_session_ends),
		T(no_split_of_the_bytes_makes_a_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
