/* The sockets that clients connect to: what is bound, who may connect when, and what an operator is
 * told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "proxy/config.h"
#include "proxy/listen.h"
#include "proxy/log.h"

enum { WORKERS = 2 };

static char error[LISTEN_ERROR_SIZE];

static struct config *config_of(const char *listen)
{
	char program[] = "pgexpr", flag[] = "--listen";
	char *argv[] = { program, flag, (char *)(uintptr_t)listen };
	struct config *c = config_load(NULL, 3, argv, error);

	if (c == NULL)
		fail_msg("%s", error);
	return c;
}

/* A TCP socket of somebody else on the loopback, bound but not listening; its address to `out`. */
static int foreign_socket(struct sockaddr_in *out)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;
	socklen_t length = sizeof(*out);

	*out = (struct sockaddr_in){ .sin_family = AF_INET };
	out->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)out, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)out, &length), 0);
	return fd;
}

static bool begins(const struct listen_set *sets, const struct config *config)
{
	struct log log;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	bool ok;

	log_init(&log, null, LOG_ERROR, false);
	ok = listen_begin(sets, WORKERS, config, &log, error);
	close(null);
	return ok;
}

static bool connects(const struct sockaddr *to, socklen_t length)
{
	int fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = connect(fd, to, length) == 0;

	close(fd);
	return ok;
}

static void close_sets(struct listen_set *sets)
{
	for (size_t i = 0; i < WORKERS; i++)
		for (size_t k = 0; k < sets[i].count; k++)
			close(sets[i].fds[k]);
	listen_free(sets, WORKERS);
}

static void nobody_can_connect_before_listening_begins(void **state)
{
	struct sockaddr_in in;
	int other = foreign_socket(&in);
	char address[32];
	struct config *config;
	struct listen_set *sets;

	(void)state;
	snprintf(address, sizeof(address), "127.0.0.1:%u", (unsigned)ntohs(in.sin_port));
	config = config_of(address);
	sets = listen_open(config, WORKERS, error);
	if (sets == NULL)
		fail_msg("%s", error);
	for (size_t i = 0; i < WORKERS; i++)
		assert_int_equal(sets[i].count, 1);
	assert_false(connects((struct sockaddr *)&in, sizeof(in)));
	assert_true(begins(sets, config));
	assert_true(connects((struct sockaddr *)&in, sizeof(in)));
	close_sets(sets);
	close(other);
	config_unref(config);
}

static void an_address_that_is_taken_is_named(void **state)
{
	struct sockaddr_in in;
	int other = foreign_socket(&in);
	char address[32];
	char expected[100];
	struct config *config;
	struct listen_set *sets;

	(void)state;
	snprintf(address, sizeof(address), "127.0.0.1:%u", (unsigned)ntohs(in.sin_port));
	snprintf(expected, sizeof(expected), "cannot listen on %s: Address already in use",
	         address);
	config = config_of(address);
	sets = listen_open(config, WORKERS, error);
	assert_non_null(sets);
	/* Somebody was there first, and is quicker. */
	assert_int_equal(listen(other, 1), 0);
	assert_false(begins(sets, config));
	assert_string_equal(error, expected);
	close_sets(sets);
	/* The next one sees it at once. */
	assert_null(listen_open(config, WORKERS, error));
	assert_string_equal(error, expected);
	close(other);
	config_unref(config);
}

static void a_path_is_one_socket_for_all_workers(void **state)
{
	char dir[] = "/tmp/pgexpr-listen-XXXXXX";
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct stat of_one, of_other;
	struct config *config;
	struct listen_set *sets;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/.s.PGSQL.6432", dir);
	config = config_of(dir);
	sets = listen_open(config, WORKERS, error);
	if (sets == NULL)
		fail_msg("%s", error);
	assert_int_equal(fstat(sets[0].fds[0], &of_one), 0);
	assert_int_equal(fstat(sets[1].fds[0], &of_other), 0);
	assert_int_equal(of_one.st_ino, of_other.st_ino);
	assert_false(connects((struct sockaddr *)&un, sizeof(un)));
	assert_true(begins(sets, config));
	assert_true(connects((struct sockaddr *)&un, sizeof(un)));
	close_sets(sets);
	listen_unlink(config);
	assert_int_equal(rmdir(dir), 0);
	config_unref(config);
}

static void a_path_that_cannot_be_listened_on_is_named(void **state)
{
	char dir[] = "/tmp/pgexpr-listen-XXXXXX";
	char expected[200];
	struct config *config;
	struct listen_set *sets;
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/.s.PGSQL.6432", dir);
	snprintf(expected, sizeof(expected), "cannot listen on %s: Operation not supported",
	         un.sun_path);
	config = config_of(dir);
	sets = listen_open(config, WORKERS, error);
	assert_non_null(sets);
	listen_unlink(config);
	/* A socket that is bound there, but of a kind that nobody listens on. */
	close(sets[0].fds[0]);
	sets[0].fds[0] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(sets[0].fds[0], (struct sockaddr *)&un, sizeof(un)), 0);
	assert_false(begins(sets, config));
	assert_string_equal(error, expected);
	close_sets(sets);
	listen_unlink(config);
	assert_int_equal(rmdir(dir), 0);
	config_unref(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_can_connect_before_listening_begins),
		cmocka_unit_test(an_address_that_is_taken_is_named),
		cmocka_unit_test(a_path_is_one_socket_for_all_workers),
		cmocka_unit_test(a_path_that_cannot_be_listened_on_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
