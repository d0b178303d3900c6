/* Streams over real sockets, plain and TLS: bytes arrive, in order, however slowly; ends are ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proxy/backlog.h"
#include "proxy/config.h"
#include "proxy/tls.h"

/* The real one: programs of this directory are linked with memory_stream.c in its place. */
#include "proxy/stream.c"

/* One side of a pair: sends `to_send` numbered bytes, counts and checks what it gets. */
struct side {
	struct stream *stream;
	struct backlog unsent;
	struct backlog_pool pool;
	size_t to_send;
	size_t sent;
	size_t received;
	size_t read_size; /* of one read */
	size_t events;
	bool secured;
	bool failed;
	bool ended;
	bool shuts;         /* says its end after the last byte */
	bool stops_reading; /* once it has something */
};

static struct {
	uv_loop_t loop;
	struct tls *tls;
	struct side a; /* accepts */
	struct side b;
	char dir[64];
} rig;

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 2654435761u >> 13);
}

static void pump(struct side *side)
{
	uint8_t piece[40000];

	while (side->unsent.bytes > 0) {
		struct bytes front = backlog_front(&side->unsent);
		ptrdiff_t n = stream_send(side->stream, front);

		if (n == UV_EAGAIN)
			return;
		assert_true(n > 0);
		backlog_drop(&side->unsent, &side->pool, (size_t)n, false);
		if ((size_t)n < front.n)
			return;
	}
	while (side->sent < side->to_send && side->unsent.bytes == 0) {
		size_t size = side->to_send - side->sent;
		ptrdiff_t n;

		size = size < sizeof(piece) ? size : sizeof(piece);
		for (size_t i = 0; i < size; i++)
			piece[i] = byte_at(side->sent + i);
		n = stream_send(side->stream, bytes_of(piece, size));
		assert_true(n > 0 || n == UV_EAGAIN);
		n = n < 0 ? 0 : n;
		/* As a link does: what was not taken is offered again from a backlog. */
		assert_true(backlog_add(&side->unsent, &side->pool,
		                        bytes_of(piece + n, size - (size_t)n)));
		side->sent += size;
	}
	if (side->shuts && side->sent == side->to_send && side->unsent.bytes == 0) {
		side->shuts = false;
		stream_shut(side->stream);
	}
}

static void take(struct side *side)
{
	uint8_t buffer[65536];
	ptrdiff_t n = stream_read(side->stream, buffer, side->read_size);

	if (n == UV_EAGAIN)
		return;
	if (n <= 0) {
		side->ended = true;
		return;
	}
	for (ptrdiff_t i = 0; i < n; i++)
		if (buffer[i] != byte_at(side->received + (size_t)i))
			fail_msg("byte %zu is wrong", side->received + (size_t)i);
	side->received += (size_t)n;
}

static void want(struct side *side)
{
	bool read = !side->ended && !(side->stops_reading && side->received > 0);

	stream_want(side->stream, read, side->unsent.bytes > 0);
}

static void on_event(void *context, unsigned events)
{
	struct side *side = context;

	side->events++;
	side->secured = side->secured || (events & STREAM_SECURED) != 0;
	side->failed = side->failed || (events & STREAM_FAILED) != 0;
	if (side->failed)
		return;
	pump(side);
	if ((events & STREAM_READABLE) != 0)
		take(side);
	want(side);
}

static void open_pair(bool secure, const char *host, bool check_host)
{
	struct stream_options none = { 0 };
	int fds[2];
	int code;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	rig.a.stream = stream_adopt(&rig.loop, fds[0], &none,
	                            (struct stream_owner){ on_event, &rig.a }, &code);
	rig.b.stream = stream_adopt(&rig.loop, fds[1], &none,
	                            (struct stream_owner){ on_event, &rig.b }, &code);
	assert_non_null(rig.a.stream);
	assert_non_null(rig.b.stream);
	if (secure) {
		struct stream_tls accept = { .context = tls_for_clients(rig.tls), .accept = true };
		struct stream_tls connect = { .context = tls_for_server(rig.tls),
			                      .host = host,
			                      .check_host = check_host };

		assert_true(stream_secure(rig.a.stream, &accept));
		assert_true(stream_secure(rig.b.stream, &connect));
	} else {
		pump(&rig.a);
		pump(&rig.b);
		want(&rig.a);
		want(&rig.b);
	}
}

/* Turns the loop until `done` or nothing has moved for a while. */
static void run_until(bool (*done)(void))
{
	for (int i = 0; i < 2000000 && !done(); i++)
		uv_run(&rig.loop, UV_RUN_NOWAIT);
	assert_true(done());
}

static bool all_received(void)
{
	return rig.a.received == rig.b.to_send && rig.b.received == rig.a.to_send;
}

static bool all_ended(void)
{
	return all_received() && rig.a.ended && rig.b.ended;
}

static bool either_failed(void)
{
	return rig.a.failed || rig.b.failed;
}

/* --- a certificate --- */

static void write_files(const char *key_path, const char *cert_path)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	FILE *file;

	assert_non_null(key);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"db.test", -1,
	                           -1, 0);
	X509_set_issuer_name(cert, name);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	file = fopen(key_path, "w");
	assert_non_null(file);
	fchmod(fileno(file), 0600);
	PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	file = fopen(cert_path, "w");
	assert_non_null(file);
	PEM_write_X509(file, cert);
	fclose(file);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static struct tls *load(const char *more, char error[TLS_ERROR_SIZE])
{
	char flags[1024];
	char *argv[32] = { flags };
	struct config *config;
	struct tls *tls;
	int count = 1;

	snprintf(flags, sizeof(flags),
	         "--client-tls allow --client-tls-cert %s/cert --client-tls-key %s/key %s", rig.dir,
	         rig.dir, more);
	for (char *word = strtok(flags, " "); word != NULL; word = strtok(NULL, " "))
		argv[count++] = word;
	config = config_load(NULL, count, argv, error);
	assert_non_null(config);
	tls = tls_load(config, error);
	config_unref(config);
	return tls;
}

static int make_certificate(void **state)
{
	char key[100], cert[100];

	(void)state;
	strcpy(rig.dir, "/tmp/pgexpr-stream-XXXXXX");
	assert_non_null(mkdtemp(rig.dir));
	snprintf(key, sizeof(key), "%s/key", rig.dir);
	snprintf(cert, sizeof(cert), "%s/cert", rig.dir);
	write_files(key, cert);
	return 0;
}

static int remove_certificate(void **state)
{
	char path[100];

	(void)state;
	snprintf(path, sizeof(path), "%s/key", rig.dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/cert", rig.dir);
	unlink(path);
	rmdir(rig.dir);
	return 0;
}

static void open_rig(const char *more)
{
	char error[TLS_ERROR_SIZE];

	memset(&rig.a, 0, sizeof(rig.a));
	memset(&rig.b, 0, sizeof(rig.b));
	rig.a.read_size = rig.b.read_size = 65536;
	uv_loop_init(&rig.loop);
	rig.tls = load(more, error);
	if (rig.tls == NULL)
		fail_msg("%s", error);
}

static void close_rig(void)
{
	stream_close(rig.a.stream);
	stream_close(rig.b.stream);
	backlog_free(&rig.a.unsent, &rig.a.pool);
	backlog_free(&rig.b.unsent, &rig.b.pool);
	uv_run(&rig.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&rig.loop), 0);
	tls_unref(rig.tls);
}

/* --- tests --- */

static void bytes_arrive_both_ways_at_once(void **state)
{
	(void)state;
	for (int secure = 0; secure < 2; secure++) {
		open_rig("");
		rig.a.to_send = 5000001;
		rig.b.to_send = 3000003;
		rig.a.shuts = rig.b.shuts = true;
		open_pair(secure == 1, "db.test", false);
		run_until(all_ended);
		close_rig();
	}
}

/* Reads smaller than a record leave bytes in OpenSSL, of which no poll tells. */
static void small_reads_leave_nothing_behind(void **state)
{
	const size_t sizes[] = { 1, 7, 4096, 16384, 16385 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		open_rig("");
		rig.a.to_send = 50001;
		rig.a.shuts = rig.b.shuts = true;
		rig.b.read_size = sizes[i];
		open_pair(true, "db.test", false);
		run_until(all_ended);
		close_rig();
	}
}

static bool writer_is_stuck(void)
{
	return rig.a.unsent.bytes > 0;
}

static void a_reader_that_stops_holds_the_writer_and_nothing_is_lost(void **state)
{
	(void)state;
	for (int secure = 0; secure < 2; secure++) {
		open_rig("");
		rig.a.to_send = 4000000;
		rig.b.stops_reading = true;
		open_pair(secure == 1, "db.test", false);
		run_until(writer_is_stuck);
		for (int i = 0; i < 100; i++)
			uv_run(&rig.loop, UV_RUN_NOWAIT);
		assert_true(writer_is_stuck());
		rig.b.stops_reading = false;
		want(&rig.b);
		run_until(all_received);
		close_rig();
	}
}

/* What OpenSSL keeps is asked for once, not for ever. */
static void a_quiet_stream_gets_no_turns(void **state)
{
	size_t before;

	(void)state;
	open_rig("");
	rig.a.to_send = 10;
	open_pair(true, "db.test", false);
	run_until(all_received);
	for (int i = 0; i < 10; i++)
		uv_run(&rig.loop, UV_RUN_NOWAIT);
	before = rig.a.events + rig.b.events;
	for (int i = 0; i < 100; i++)
		uv_run(&rig.loop, UV_RUN_NOWAIT);
	assert_int_equal(rig.a.events + rig.b.events, before);
	close_rig();
}

static void an_authority_is_checked(void **state)
{
	char flags[200];

	(void)state;
	snprintf(flags, sizeof(flags), "--server-tls verify-ca --server-tls-ca %s/cert", rig.dir);
	open_rig(flags);
	rig.a.to_send = 1;
	open_pair(true, "another.test", false);
	run_until(all_received);
	close_rig();
	open_rig("--server-tls verify-ca --server-tls-ca system");
	open_pair(true, "db.test", false);
	run_until(either_failed);
	assert_true(rig.b.failed);
	assert_non_null(strstr(stream_reason(rig.b.stream), "self"));
	close_rig();
}

static void a_name_is_checked(void **state)
{
	char flags[200];

	(void)state;
	snprintf(flags, sizeof(flags), "--server-tls verify-full --server-tls-ca %s/cert", rig.dir);
	open_rig(flags);
	rig.a.to_send = 1;
	open_pair(true, "db.test", true);
	run_until(all_received);
	assert_true(tls_is_shared(rig.tls, stream_ssl(rig.b.stream)));
	assert_true(tls_is_postgresql(stream_ssl(rig.a.stream)));
	close_rig();
	open_rig(flags);
	open_pair(true, "another.test", true);
	run_until(either_failed);
	assert_true(rig.b.failed);
	close_rig();
}

static void what_is_no_tls_fails(void **state)
{
	(void)state;
	open_rig("");
	rig.b.to_send = 1000;
	open_pair(false, NULL, false);
	assert_true(stream_secure(
		rig.a.stream,
		&(struct stream_tls){ .context = tls_for_clients(rig.tls), .accept = true }));
	run_until(either_failed);
	assert_true(rig.a.failed);
	close_rig();
}

static bool b_ended(void)
{
	return rig.b.ended;
}

static void a_peer_that_closes_is_an_end(void **state)
{
	(void)state;
	for (int secure = 0; secure < 2; secure++) {
		open_rig("");
		rig.a.to_send = 1;
		open_pair(secure == 1, "db.test", false);
		run_until(all_received);
		stream_close(rig.a.stream);
		rig.a.stream = NULL;
		run_until(b_ended);
		close_rig();
	}
}

static void settings_that_cannot_work_are_refused(void **state)
{
	const char *const mistakes[][2] = {
		{ "--client-tls-key /nonexistent/key", "client_tls_key: cannot open" },
		{ "--client-tls-cert /nonexistent/cert", "client_tls_cert: cannot read" },
		{ "--client-tls-verify required", "client_tls_verify needs client_tls_ca" },
		{ "--server-tls verify-ca", "need server_tls_ca" },
		{ "--server-tls-cert x", "go together" },
		{ "--server-tls-negotiation direct", "needs server_tls = require" },
		{ "--server-tls verify-ca --server-tls-ca system --server /tmp/x", "unix socket" },
	};
	char error[TLS_ERROR_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		assert_null(load(mistakes[i][0], error));
		if (strstr(error, mistakes[i][1]) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", error, mistakes[i][1]);
	}
}

static void a_key_that_others_can_read_is_refused(void **state)
{
	char error[TLS_ERROR_SIZE];
	char path[100];

	(void)state;
	snprintf(path, sizeof(path), "%s/key", rig.dir);
	chmod(path, 0644);
	assert_null(load("", error));
	assert_non_null(strstr(error, "can be read by others"));
	chmod(path, 0600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_arrive_both_ways_at_once),
		cmocka_unit_test(small_reads_leave_nothing_behind),
		cmocka_unit_test(a_reader_that_stops_holds_the_writer_and_nothing_is_lost),
		cmocka_unit_test(a_quiet_stream_gets_no_turns),
		cmocka_unit_test(an_authority_is_checked),
		cmocka_unit_test(a_name_is_checked),
		cmocka_unit_test(what_is_no_tls_fails),
		cmocka_unit_test(a_peer_that_closes_is_an_end),
		cmocka_unit_test(settings_that_cannot_work_are_refused),
		cmocka_unit_test(a_key_that_others_can_read_is_refused),
	};

	signal(SIGPIPE, SIG_IGN); /* as the daemon does: OpenSSL writes with write() */
	return cmocka_run_group_tests(tests, make_certificate, remove_certificate);
}
