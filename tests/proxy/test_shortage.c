/* Memory that runs out: every allocation of a session fails once, one after the other. Whatever the
 * session makes of it, the client gets whole messages, and nothing is left behind. */
#include "tests/proxy/session_rig.h"

#include <limits.h>

#include "tests/proxy/fake_rewrite.h"
#include "tests/support/short_memory.h"

/* The session is at work, not the test. */
static void run(void)
{
	short_memory->armed = 1;
	memory_stream_run();
	short_memory->armed = 0;
}

/* The server's replies, if the session has got as far as a server. */
static void server_says(const char *letters)
{
	if (memory_stream_count() <= SERVER) {
		outbuf_clear(&rig.out);
		return;
	}
	for (; *letters != '\0'; letters++)
		if (*letters != ' ')
			rig_put_reply(*letters);
	rig_give(SERVER);
	run();
}

static void say(void)
{
	rig_give(CLIENT);
	run();
}

static void begin(void)
{
	short_memory->armed = 1;
	rig_connect();
	short_memory->armed = 0;
	if (memory_stream_count() == 0)
		return;
	startup_begin(&rig.out, STARTUP_VERSION(3, 9999));
	startup_put_parameter(&rig.out, BYTES("user"), BYTES("u"));
	startup_put_parameter(&rig.out, BYTES("_pq_.test_protocol_negotiation"), BYTES("on"));
	startup_end(&rig.out);
	say();
	backend_put_authentication_ok(&rig.out);
	backend_put_parameter_status(&rig.out, BYTES("client_encoding"), BYTES("UTF8"));
	server_says("I");
}

static void use_expressions(void)
{
	rig_put_query("expr ask warn");
	say();
	server_says("12DC33I NTDCI");
	rig_put_parse("a name", "expr ask");
	rig_put_bind("portal", "a name");
	frontend_put_describe(&rig.out, FRONTEND_PORTAL, BYTES("portal"));
	frontend_put_execute(&rig.out, BYTES("portal"), 0);
	frontend_put_sync(&rig.out);
	say();
	server_says("12DC33I 12TEI");
	rig_put_parse("", "mistake");
	rig_put_parse("", "expr ask");
	frontend_put_sync(&rig.out);
	say();
	server_says("E I");
}

static void fill_up(void)
{
	for (int i = 0; i < 100; i++)
		rig_put_query("select 1");
	say();
	if (memory_stream_count() > SERVER)
		memory_stream_take(CLIENT, 3);
	for (int i = 0; i < 100; i++)
		for (int k = 0; k < 30; k++)
			rig_put_reply('D');
	server_says("CI");
	if (memory_stream_count() > SERVER)
		memory_stream_take(CLIENT, SIZE_MAX);
	run();
	/* A header in pieces, and a report that is waited for. */
	memory_stream_give(CLIENT, bytes_of("Q\0\0", 3));
	run();
	memory_stream_give(CLIENT, bytes_of("\0\6x\0", 4));
	run();
}

/* Whole ones, but for the last, which the end may have cut. */
static void expect_messages(struct bytes b)
{
	struct frame_cutter c = { 0 };
	struct frame f;

	while (b.n > 0 && frame_peek(&c, MESSAGE_BACKEND, b, &f) == FRAME_READY) {
		assert_non_null(strchr("RSKZvTDCEN123", f.type));
		b = bytes_from(b, frame_take(&c, &f));
	}
	assert_true(b.n < FRAME_HEADER);
}

/* One session of everything; its allocations count. */
static void play(long failing)
{
	rig_open("");
	short_memory->count = 0;
	short_memory->first = short_memory->last = failing;
	begin();
	if (memory_stream_count() > 0) {
		use_expressions();
		fill_up();
	}
	if (memory_stream_count() > 0)
		expect_messages(memory_stream_sent(CLIENT));
	rig_end_session();
	worker_end_sessions(&rig.worker);
	rig_close();
	assert_int_equal(fake.rewrites, 0);
	assert_int_equal(fake.maps, 0);
}

static void any_allocation_may_fail(void **state)
{
	long before, count, failing;

	(void)state;
	if (!SHORT_MEMORY)
		skip();
	play(LONG_MAX);
	count = short_memory->count;
	assert_true(count > 20);
	before = short_memory->in_use;
	play(LONG_MAX);
	assert_int_equal(short_memory->in_use, before);
	for (failing = 1; failing <= count; failing++) {
		play(failing);
		if (short_memory->in_use != before)
			fail_msg("allocation %ld of %ld: %ld blocks are left", failing, count,
			         short_memory->in_use - before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
