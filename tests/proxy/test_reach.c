/* TLS as sessions see it: who asks, who agrees, and what may not stand in between; logins without
 * proof; SCRAM over two legs. The handshakes themselves are test_stream.c's. */
#include "tests/proxy/session_rig.h"

#include "proxy/tls.h"
#include "tests/proxy/fake_rewrite.h"

/* tls.h without certificates. */
static struct {
	bool clients;
	bool server;
	bool shared;
	bool alpn;
} fake_tls;

struct tls *tls_ref(struct tls *t)
{
	return t;
}

void tls_unref(struct tls *t)
{
	(void)t;
}

struct ssl_ctx_st *tls_for_clients(const struct tls *t)
{
	return fake_tls.clients ? (struct ssl_ctx_st *)(uintptr_t)t : NULL;
}

struct ssl_ctx_st *tls_for_server(const struct tls *t)
{
	return fake_tls.server ? (struct ssl_ctx_st *)(uintptr_t)t : NULL;
}

bool tls_is_shared(const struct tls *t, const struct ssl_st *server)
{
	(void)t;
	(void)server;
	return fake_tls.shared;
}

void tls_cleanse(struct ssl_st *ssl, bool on)
{
	(void)ssl;
	(void)on;
}

bool tls_is_postgresql(const struct ssl_st *ssl)
{
	(void)ssl;
	return fake_tls.alpn;
}

static const struct sockaddr *network(void)
{
	static struct sockaddr_in in;

	in = (struct sockaddr_in){ .sin_family = AF_INET };
	in.sin_addr.s_addr = htonl(0x0a010203);
	return (const struct sockaddr *)&in;
}

static void open_with(const char *flags, bool local)
{
	memset(&fake_tls, 0, sizeof(fake_tls));
	fake_tls.clients = strstr(flags, "--client-tls ") != NULL;
	fake_tls.server = strstr(flags, "--server-tls disable") == NULL;
	rig_open(flags);
	rig.worker.tls = (struct tls *)&fake_tls;
	session_start(&rig.worker, -1, network(), local);
}

static void close_rig(void)
{
	rig_end_session();
	memory_stream_run();
	if (memory_stream_count() > 2 && memory_stream_is_open(2)) {
		memory_stream_give_end(2);
		memory_stream_run();
	}
	rig_close();
}

static void expect_fatal(const char *sqlstate)
{
	struct bytes sent = memory_stream_sent(CLIENT);
	struct bytes value;

	assert_true(sent.n > 5);
	if (sent.p[0] == 'S')
		sent = bytes_from(sent, 1);
	assert_int_equal(sent.p[0], 'E');
	assert_true(report_find(bytes_from(sent, 5), 'C', &value));
	assert_true(bytes_is(value, sqlstate));
	memory_stream_forget(CLIENT);
}

static void say_startup(void)
{
	rig_put_startup(STARTUP_VERSION(3, 0));
	rig_say("");
}

static void server_says(const char *bytes)
{
	memory_stream_give(SERVER, bytes_of_z(bytes));
	memory_stream_run();
}

/* Whether stream `end` got the StartupMessage, and nothing else. */
static void expect_startup(size_t end)
{
	struct startup packet;

	assert_int_equal(startup_read(memory_stream_sent(end), &packet), STARTUP_SESSION);
	assert_int_equal(memory_stream_sent(end).n, packet.size);
	memory_stream_forget(end);
}

static void expect_ssl_request(size_t end)
{
	struct startup packet;

	assert_int_equal(startup_read(memory_stream_sent(end), &packet), STARTUP_SSL);
	assert_int_equal(memory_stream_sent(end).n, 8);
	memory_stream_forget(end);
}

/* --- the server's leg --- */

static void tls_is_asked_for_before_the_first_packet(void **state)
{
	(void)state;
	open_with("", true);
	say_startup();
	expect_ssl_request(SERVER);
	server_says("S");
	assert_true(memory_stream_is_secure(SERVER));
	expect_startup(SERVER);
	close_rig();
}

static void prefer_goes_on_without_it(void **state)
{
	(void)state;
	open_with("--server-tls prefer", true);
	say_startup();
	expect_ssl_request(SERVER);
	server_says("N");
	assert_false(memory_stream_is_secure(SERVER));
	expect_startup(SERVER);
	close_rig();
}

static void require_does_not(void **state)
{
	(void)state;
	open_with("--server-tls require", true);
	say_startup();
	server_says("N");
	expect_fatal("08001");
	close_rig();
}

static void disable_does_not_ask(void **state)
{
	(void)state;
	open_with("--server-tls disable", true);
	say_startup();
	expect_startup(SERVER);
	close_rig();
}

static void a_unix_socket_is_not_asked(void **state)
{
	(void)state;
	open_with("--server /tmp/.s.PGSQL.1", true);
	say_startup();
	expect_startup(SERVER);
	close_rig();
}

static void an_error_for_an_answer_is_nobodys_word(void **state)
{
	(void)state;
	open_with("--server-tls require", true);
	say_startup();
	server_says("Efalse report");
	expect_fatal("08001");
	close_rig();
	open_with("--server-tls prefer", true);
	say_startup();
	server_says("Efalse report");
	assert_int_equal(memory_stream_count(), 3);
	assert_int_equal(memory_stream_sent(CLIENT).n, 0);
	expect_startup(2);
	close_rig();
}

static void bytes_behind_the_answer_are_refused(void **state)
{
	(void)state;
	open_with("", true);
	say_startup();
	server_says("Sand more");
	expect_fatal("08001");
	assert_false(memory_stream_is_open(SERVER));
	close_rig();
}

static void a_handshake_that_fails_is_repeated_in_the_clear_only_with_prefer(void **state)
{
	(void)state;
	open_with("--server-tls prefer", true);
	memory_stream_secures(false);
	say_startup();
	server_says("S");
	assert_int_equal(memory_stream_count(), 3);
	expect_startup(2);
	close_rig();
	open_with("--server-tls require", true);
	memory_stream_secures(false);
	say_startup();
	server_says("S");
	expect_fatal("08001");
	close_rig();
}

static void direct_tls_asks_nothing_and_needs_alpn(void **state)
{
	(void)state;
	for (int alpn = 0; alpn < 2; alpn++) {
		open_with("--server-tls require --server-tls-negotiation direct", true);
		fake_tls.alpn = alpn == 1;
		say_startup();
		assert_true(memory_stream_is_secure(SERVER));
		if (alpn == 1)
			expect_startup(SERVER);
		else
			expect_fatal("08001");
		close_rig();
	}
}

static void a_cancel_request_is_as_safe_as_its_session(void **state)
{
	(void)state;
	open_with("--server-tls require", true);
	startup_put_cancel(&rig.out, 1, BYTES("key!"));
	rig_say("");
	expect_ssl_request(SERVER);
	server_says("S");
	assert_int_equal(memory_stream_sent(SERVER).n, 16);
	memory_stream_give_end(SERVER);
	memory_stream_run();
	assert_false(memory_stream_is_open(CLIENT));
	rig_close();
}

/* What the server says to a login by TLS. */
static void turn_away(const char *sqlstate)
{
	report_put_error(&rig.out, "FATAL", sqlstate, "no entry for it", NULL, NULL);
	rig_give(SERVER);
	memory_stream_give_end(SERVER);
	memory_stream_run();
}

static void a_login_refused_for_its_tls_is_repeated_without_as_libpq_does(void **state)
{
	(void)state;
	open_with("--server-tls prefer", true);
	say_startup();
	expect_ssl_request(SERVER);
	server_says("S");
	expect_startup(SERVER);
	turn_away("28000");
	assert_int_equal(memory_stream_sent(CLIENT).n, 0);
	assert_false(memory_stream_is_open(SERVER));
	assert_int_equal(memory_stream_count(), 3);
	assert_false(memory_stream_is_secure(2));
	expect_startup(2);
	/* Only once. */
	report_put_error(&rig.out, "FATAL", "28000", "nor for this", NULL, NULL);
	rig_give(2);
	memory_stream_give_end(2);
	memory_stream_run();
	expect_fatal("28000");
	assert_int_equal(memory_stream_count(), 3);
	close_rig();
}

static void a_login_that_goes_on_without_tls_becomes_a_session(void **state)
{
	(void)state;
	open_with("--server-tls prefer", true);
	say_startup();
	server_says("S");
	turn_away("28000");
	expect_startup(2);
	backend_put_authentication_ok(&rig.out);
	rig_put_ready('I');
	rig_give(2);
	memory_stream_run();
	memory_stream_forget(CLIENT);
	rig_query("select 1");
	assert_int_equal(memory_stream_sent(2).p[0], 'Q');
	rig_put_reply('C');
	rig_put_ready('I');
	rig_give(2);
	memory_stream_run();
	assert_string_equal(rig_letters(CLIENT), "C ZI");
	close_rig();
}

static void other_refusals_are_the_servers_last_word(void **state)
{
	(void)state;
	open_with("--server-tls prefer", true); /* not for its TLS */
	say_startup();
	server_says("S");
	turn_away("53300");
	expect_fatal("53300");
	assert_int_equal(memory_stream_count(), 2);
	close_rig();
	open_with("--server-tls require", true); /* TLS is a must */
	say_startup();
	server_says("S");
	turn_away("28000");
	expect_fatal("28000");
	assert_int_equal(memory_stream_count(), 2);
	close_rig();
	open_with("--server-tls prefer", true); /* it was not by TLS */
	say_startup();
	server_says("N");
	turn_away("28000");
	expect_fatal("28000");
	assert_int_equal(memory_stream_count(), 2);
	close_rig();
	open_with("--server-tls prefer", true); /* the login has begun */
	say_startup();
	server_says("S");
	backend_put_authentication_ok(&rig.out);
	rig_reply("");
	memory_stream_forget(CLIENT);
	turn_away("28000");
	expect_fatal("28000");
	assert_int_equal(memory_stream_count(), 2);
	close_rig();
}

/* --- the client's leg --- */

static void a_client_that_asks_gets_tls(void **state)
{
	(void)state;
	open_with("--server-tls disable --client-tls allow --client-tls-cert x", true);
	startup_put_ssl_request(&rig.out);
	rig_say("");
	assert_true(bytes_is(memory_stream_sent(CLIENT), "S"));
	assert_true(memory_stream_is_secure(CLIENT));
	memory_stream_forget(CLIENT);
	say_startup();
	expect_startup(SERVER);
	close_rig();
}

static void a_client_that_does_not_is_allowed_or_refused(void **state)
{
	(void)state;
	open_with("--server-tls disable --client-tls allow", true);
	say_startup();
	expect_startup(SERVER);
	close_rig();
	open_with("--server-tls disable --client-tls require", true);
	say_startup();
	expect_fatal("28000");
	assert_int_equal(memory_stream_count(), 1);
	close_rig();
}

static void bytes_before_tls_are_refused(void **state)
{
	(void)state;
	open_with("--client-tls allow", true);
	startup_put_ssl_request(&rig.out);
	rig_put_startup(STARTUP_VERSION(3, 0));
	rig_say("");
	expect_fatal("08P01");
	assert_int_equal(memory_stream_count(), 1);
	close_rig();
}

static void direct_tls_is_seen_and_needs_alpn(void **state)
{
	(void)state;
	for (int alpn = 0; alpn < 2; alpn++) {
		open_with("--server-tls disable --client-tls require", true);
		fake_tls.alpn = alpn == 1;
		memory_stream_give(CLIENT, BYTES("\x16"));
		memory_stream_run();
		assert_true(memory_stream_is_secure(CLIENT));
		if (alpn == 0)
			assert_false(memory_stream_is_open(CLIENT));
		close_rig();
	}
}

static void direct_tls_without_a_certificate_is_dropped(void **state)
{
	(void)state;
	open_with("", true);
	memory_stream_give(CLIENT, BYTES("\x16\3\1\2\0\1\0\1"));
	memory_stream_run();
	assert_false(memory_stream_is_open(CLIENT));
	rig_close();
}

static void tls_is_not_asked_for_twice(void **state)
{
	(void)state;
	open_with("--client-tls allow", true);
	startup_put_ssl_request(&rig.out);
	rig_say("");
	memory_stream_forget(CLIENT);
	startup_put_ssl_request(&rig.out);
	rig_say("");
	expect_fatal("08P01");
	close_rig();
}

/* --- authentication over two legs --- */

static void put_mechanisms(void)
{
	outbuf_begin(&rig.out, 'R');
	outbuf_put_u32(&rig.out, AUTHENTICATION_SASL);
	outbuf_put_z(&rig.out, "SCRAM-SHA-256-PLUS");
	outbuf_put_z(&rig.out, "SCRAM-SHA-256");
	outbuf_put_u8(&rig.out, 0);
	outbuf_end(&rig.out);
}

static bool offers_plus(bool client_tls, bool server_tls)
{
	bool plus;

	open_with(server_tls ? "--server-tls require --client-tls allow"
	                     : "--server-tls disable --client-tls allow",
	          true);
	if (client_tls) {
		startup_put_ssl_request(&rig.out);
		rig_say("");
	}
	say_startup();
	if (server_tls)
		server_says("S");
	memory_stream_forget(CLIENT);
	put_mechanisms();
	rig_reply("");
	plus = memmem(memory_stream_sent(CLIENT).p, memory_stream_sent(CLIENT).n, "-PLUS", 5) !=
	       NULL;
	assert_non_null(memmem(memory_stream_sent(CLIENT).p, memory_stream_sent(CLIENT).n,
	                       "SCRAM-SHA-256", 14));
	memory_stream_forget(CLIENT);
	close_rig();
	return plus;
}

static void channel_binding_is_left_out_only_between_plain_and_tls(void **state)
{
	(void)state;
	assert_false(offers_plus(false, true));
	assert_true(offers_plus(true, true));
	assert_true(offers_plus(true, false));
	assert_true(offers_plus(false, false));
}

/* What a client gets that the server lets in; `challenged`: after it has shown a password. */
static void log_in(const char *flags, bool local, bool challenged)
{
	open_with(flags, local);
	say_startup();
	if (challenged) {
		outbuf_begin(&rig.out, 'R');
		outbuf_put_u32(&rig.out, AUTHENTICATION_MD5_PASSWORD);
		outbuf_put_u32(&rig.out, 0);
		outbuf_end(&rig.out);
	}
	backend_put_authentication_ok(&rig.out);
	rig_reply("I");
}

static void a_login_without_proof_is_refused_beyond_this_machine(void **state)
{
	(void)state;
	log_in("--server-tls disable", false, false);
	expect_fatal("28000");
	assert_false(memory_stream_is_open(SERVER));
	close_rig();
	log_in("--server-tls disable", false, true);
	assert_string_equal(rig_letters(CLIENT), "R R ZI");
	close_rig();
	log_in("--server-tls disable", true, false);
	assert_string_equal(rig_letters(CLIENT), "R ZI");
	close_rig();
}

static void require_auth_says_otherwise(void **state)
{
	(void)state;
	log_in("--server-tls disable --require-auth on", true, false);
	expect_fatal("28000");
	close_rig();
	log_in("--server-tls disable --require-auth off", false, false);
	assert_string_equal(rig_letters(CLIENT), "R ZI");
	close_rig();
}

static void strangers_are_dropped_before_they_say_a_word(void **state)
{
	(void)state;
	open_with("--allow 10.2.0.0/16,fd00::/8", true);
	assert_int_equal(memory_stream_count(), 0);
	rig_close();
	open_with("--allow 10.2.0.0/16,10.1.2.0/24", true);
	assert_int_equal(memory_stream_count(), 1);
	close_rig();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tls_is_asked_for_before_the_first_packet),
		cmocka_unit_test(prefer_goes_on_without_it),
		cmocka_unit_test(require_does_not),
		cmocka_unit_test(disable_does_not_ask),
		cmocka_unit_test(a_unix_socket_is_not_asked),
		cmocka_unit_test(an_error_for_an_answer_is_nobodys_word),
		cmocka_unit_test(bytes_behind_the_answer_are_refused),
		cmocka_unit_test(a_handshake_that_fails_is_repeated_in_the_clear_only_with_prefer),
		cmocka_unit_test(direct_tls_asks_nothing_and_needs_alpn),
		cmocka_unit_test(a_cancel_request_is_as_safe_as_its_session),
		cmocka_unit_test(other_refusals_are_the_servers_last_word),
		cmocka_unit_test(a_login_that_goes_on_without_tls_becomes_a_session),
		cmocka_unit_test(a_login_refused_for_its_tls_is_repeated_without_as_libpq_does),
		cmocka_unit_test(a_client_that_asks_gets_tls),
		cmocka_unit_test(a_client_that_does_not_is_allowed_or_refused),
		cmocka_unit_test(bytes_before_tls_are_refused),
		cmocka_unit_test(direct_tls_is_seen_and_needs_alpn),
		cmocka_unit_test(direct_tls_without_a_certificate_is_dropped),
		cmocka_unit_test(tls_is_not_asked_for_twice),
		cmocka_unit_test(channel_binding_is_left_out_only_between_plain_and_tls),
		cmocka_unit_test(a_login_without_proof_is_refused_beyond_this_machine),
		cmocka_unit_test(require_auth_says_otherwise),
		cmocka_unit_test(strangers_are_dropped_before_they_say_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
