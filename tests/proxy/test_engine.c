/* A worker's thread and loop: whom it takes, when, and that its loop has what it needs from the
 * start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proxy/census.h"
#include "proxy/config.h"
#include "proxy/log.h"

/* The real ones: programs of this directory are linked with memory_stream.c in the place of streams. */
#include "proxy/engine.c"
#include "proxy/stream.c"

enum { CLIENTS = 200, SECOND_MS = 1000 };

static struct {
	struct config *config;
	struct census *census;
	struct log log;
	struct engine *engine;
	struct sockaddr_un address;
	char dir[64];
	unsigned stopped; /* atomic */
	unsigned grown;   /* atomic: tables of libuv that have become larger */
} rig;

static void *count_growth(void *p, size_t size)
{
	__atomic_add_fetch(&rig.grown, 1, __ATOMIC_RELAXED);
	return realloc(p, size);
}

static void note_stop(void *context)
{
	(void)context;
	__atomic_store_n(&rig.stopped, 1, __ATOMIC_RELEASE);
}

/* A listening socket in a directory of its own. */
static int open_listener(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	strcpy(rig.dir, "/tmp/pgexpr-engine-XXXXXX");
	assert_non_null(mkdtemp(rig.dir));
	rig.address.sun_family = AF_UNIX;
	snprintf(rig.address.sun_path, sizeof(rig.address.sun_path), "%.60s/socket", rig.dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&rig.address, sizeof(rig.address)), 0);
	assert_int_equal(listen(fd, CLIENTS), 0);
	return fd;
}

static int start_engine(void **state)
{
	char program[] = "pgexpr", flag[] = "--max-sessions=200";
	char *argv[] = { program, flag };
	char error[CONFIG_ERROR_SIZE];
	int listener = open_listener();
	struct engine_setup setup = {
		.log = &rig.log,
		.listeners = &listener,
		.listener_count = 1,
		.stopped = note_stop,
	};
	int code;

	(void)state;
	log_init(&rig.log, open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_ERROR, false);
	rig.config = config_load(NULL, 2, argv, error);
	if (rig.config == NULL)
		fail_msg("%s", error);
	rig.census = census_new();
	setup.config = rig.config;
	setup.census = rig.census;
	rig.engine = engine_start(&setup, &code);
	if (rig.engine == NULL)
		fail_msg("%s", uv_strerror(code));
	return 0;
}

static int stop_engine(void **state)
{
	(void)state;
	engine_order(rig.engine, ENGINE_END);
	engine_join(rig.engine);
	assert_int_equal(__atomic_load_n(&rig.stopped, __ATOMIC_ACQUIRE), 1);
	config_unref(rig.config);
	census_free(rig.census);
	close(rig.log.fd);
	unlink(rig.address.sun_path);
	assert_int_equal(rmdir(rig.dir), 0);
	return 0;
}

static int connect_client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&rig.address, sizeof(rig.address)), 0);
	return fd;
}

/* Whether an SSLRequest is answered within so many milliseconds: with N, for there is no
 * certificate. */
static bool is_answered(int fd, int patience)
{
	static const uint8_t request[] = { 0, 0, 0, 8, 4, 210, 22, 47 };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char answer;

	assert_int_equal(write(fd, request, sizeof(request)), sizeof(request));
	if (poll(&p, 1, patience) == 0)
		return false;
	assert_int_equal(read(fd, &answer, 1), 1);
	assert_int_equal(answer, 'N');
	return true;
}

static void nobody_is_taken_before_the_order(void **state)
{
	int fd = connect_client();
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char answer;

	(void)state;
	assert_false(is_answered(fd, SECOND_MS / 10));
	engine_order(rig.engine, ENGINE_ACCEPT);
	assert_int_equal(poll(&p, 1, 20 * SECOND_MS), 1);
	assert_int_equal(read(fd, &answer, 1), 1);
	close(fd);
}

/* libuv calls abort() when a table cannot grow: whoever comes, it does not have to. */
static void as_many_as_may_come_fit_into_libuvs_tables(void **state)
{
	int fds[CLIENTS];
	unsigned grown;

	(void)state;
	engine_order(rig.engine, ENGINE_ACCEPT);
	grown = __atomic_load_n(&rig.grown, __ATOMIC_RELAXED);
	assert_true(grown > 0); /* the table that is there from the start */
	for (size_t i = 0; i < CLIENTS; i++) {
		fds[i] = connect_client();
		assert_true(is_answered(fds[i], 20 * SECOND_MS));
	}
	assert_int_equal(__atomic_load_n(&rig.grown, __ATOMIC_RELAXED), grown);
	for (size_t i = 0; i < CLIENTS; i++)
		close(fds[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nobody_is_taken_before_the_order, start_engine,
		                                stop_engine),
		cmocka_unit_test_setup_teardown(as_many_as_may_come_fit_into_libuvs_tables,
		                                start_engine, stop_engine),
	};

	signal(SIGPIPE, SIG_IGN);
	uv_replace_allocator(malloc, count_growth, calloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
