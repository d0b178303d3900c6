#include "proxy/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "proxy/address.h"
#include "proxy/census.h"
#include "proxy/config.h"
#include "proxy/engine.h"
#include "proxy/listen.h"
#include "proxy/log.h"
#include "proxy/probe.h"
#include "proxy/tls.h"
#include "proxy/version.h"

/* Between the order to end and the next: sessions that wait for their client get this long. */
#define END_AGAIN_MS 3000

struct daemon {
	const struct daemon_source *source; /* borrowed */
	struct config *config;              /* counted */
	struct tls *tls;                    /* counted */
	struct log log;
	struct census *census;
	struct engine **engines; /* owned */
	size_t engine_count;
	uv_loop_t loop;
	uv_signal_t terminate, interrupt, reload;
	uv_timer_t deadline;
	uv_async_t stopped;
	unsigned stopped_count; /* atomic */
	bool draining;
};

/* Tells the service manager, if there is one: sd_notify(3). */
static void notify(const char *state)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets the environment */
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t n = path != NULL ? strlen(path) : 0;
	int fd;

	if (n < 2 || n >= sizeof(un.sun_path))
		return;
	memcpy(un.sun_path, path, n);
	if (un.sun_path[0] == '@')
		un.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&un,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

static void order_all(struct daemon *d, enum engine_order order)
{
	for (size_t i = 0; i < d->engine_count; i++)
		engine_order(d->engines[i], order);
}

/* --- stopping --- */

static void on_deadline(uv_timer_t *timer)
{
	struct daemon *d = timer->data;

	log_event(&d->log, LOG_WARNING, 0, "ending sessions",
	          LOG_FIELDS(LOG_NUMBER("sessions", census_count(d->census, CENSUS_INSIDE))));
	order_all(d, ENGINE_END);
}

/* The first signal drains, the second ends. */
static void on_terminate(uv_signal_t *handle, int number)
{
	struct daemon *d = handle->data;
	uint64_t patience = d->draining ? 0 : d->config->shutdown_timeout;

	log_event(&d->log, LOG_INFO, 0, d->draining ? "ending now" : "shutting down",
	          LOG_FIELDS(LOG_NUMBER("signal", number),
	                     LOG_NUMBER("sessions", census_count(d->census, CENSUS_INSIDE))));
	if (!d->draining) {
		notify("STOPPING=1");
		order_all(d, ENGINE_DRAIN);
	}
	d->draining = true;
	uv_timer_start(&d->deadline, on_deadline, patience, END_AGAIN_MS);
}

static void on_engine_stopped(void *context)
{
	struct daemon *d = context;

	__atomic_add_fetch(&d->stopped_count, 1, __ATOMIC_ACQ_REL);
	uv_async_send(&d->stopped);
}

static void on_stopped(uv_async_t *async)
{
	struct daemon *d = async->data;

	if (__atomic_load_n(&d->stopped_count, __ATOMIC_ACQUIRE) == d->engine_count)
		uv_stop(&d->loop);
}

/* --- reloading --- */

static void warn_of_fixed(struct daemon *d, const struct config *fresh)
{
	const char *name;
	size_t at = 0;

	while ((name = config_fixed_difference(d->config, fresh, &at)) != NULL)
		log_event(&d->log, LOG_WARNING, 0, "a changed setting needs a restart",
		          LOG_FIELDS(LOG_TEXT("setting", name)));
}

static void take_over(struct daemon *d, struct config *fresh, struct tls *tls)
{
	warn_of_fixed(d, fresh);
	config_keep_fixed(fresh, d->config);
	log_configure(&d->log, (enum log_level)fresh->log_level, fresh->log_format != 0);
	for (size_t i = 0; i < d->engine_count; i++)
		engine_reload(d->engines[i], fresh, tls);
	config_unref(d->config);
	tls_unref(d->tls);
	d->config = fresh;
	d->tls = tls;
	log_event(&d->log, LOG_INFO, 0, "settings reloaded", LOG_NO_FIELDS);
}

static void warn(struct daemon *d, const char *warning)
{
	if (warning[0] != '\0')
		log_event(&d->log, LOG_WARNING, 0, "channel binding not checked",
		          LOG_FIELDS(LOG_TEXT("reason", warning)));
}

/* A file that is not right changes nothing. */
static void on_reload(uv_signal_t *handle, int number)
{
	struct daemon *d = handle->data;
	char error[CONFIG_ERROR_SIZE], warning[DAEMON_ERROR_SIZE] = "";
	struct config *fresh;
	struct tls *tls = NULL;

	(void)number;
	notify("RELOADING=1");
	fresh = config_load(d->source->file, d->source->argc, d->source->argv, error);
	if (fresh != NULL)
		tls = daemon_check(fresh, error, warning);
	warn(d, warning);
	if (tls != NULL)
		take_over(d, fresh, tls);
	else
		log_event(&d->log, LOG_ERROR, 0, "settings not reloaded",
		          LOG_FIELDS(LOG_TEXT("reason", error)));
	if (tls == NULL)
		config_unref(fresh);
	notify("READY=1");
}

/* --- starting --- */

/* libuv calls abort() when its tables cannot grow: not without a word. */
static void *reallocate(void *p, size_t size)
{
	static const char said[] = "pgexpr: out of memory\n";
	void *grown = realloc(p, size);

	if (grown == NULL && size > 0)
		(void)!write(STDERR_FILENO, said, sizeof(said) - 1);
	return grown;
}

/* Whether SCRAM logins can succeed for clients that bind channels, which all modern ones do. */
static bool check_binding(const struct config *config, const struct tls *tls,
                          char error[DAEMON_ERROR_SIZE], char warning[DAEMON_ERROR_SIZE])
{
	char reason[PROBE_REASON_SIZE];

	if (config->channel_binding_mismatch == CHANNEL_BINDING_MISMATCH_ALLOW)
		return true;
	switch (probe_server(config, tls, reason)) {
	case PROBE_UNNEEDED:
	case PROBE_SHARED:
	case PROBE_PLAIN:
		return true;
	case PROBE_FAILED:
		snprintf(warning, DAEMON_ERROR_SIZE,
		         "cannot compare client_tls_cert with the server's certificate, which "
		         "SCRAM's channel binding depends on: %.200s",
		         reason);
		return true;
	case PROBE_OTHER:
		break;
	}
	snprintf(error, DAEMON_ERROR_SIZE,
	         "client_tls_cert is not the certificate of the server, so SCRAM logins fail for "
	         "clients that bind channels: use the server's own certificate and key for "
	         "clients, or reach the server without TLS (server_tls = disable, or its unix "
	         "socket), or set channel_binding_mismatch = allow for clients with "
	         "channel_binding=disable and other methods than SCRAM");
	return false;
}

struct tls *daemon_check(const struct config *config, char error[DAEMON_ERROR_SIZE],
                         char warning[DAEMON_ERROR_SIZE])
{
	struct tls *tls;
	struct address a;
	const char *why;

	warning[0] = '\0';
	if (!address_parse(config->server, ADDRESS_SERVER_PORT, &a, &why)) {
		snprintf(error, DAEMON_ERROR_SIZE, "server: \"%.200s\": %s", config->server, why);
		return NULL;
	}
	for (size_t i = 0; i < config->listen.count; i++) {
		const char *text = config->listen.items[i];

		if (!address_parse(text, ADDRESS_LISTEN_PORT, &a, &why)) {
			snprintf(error, DAEMON_ERROR_SIZE, "listen: \"%.200s\": %s", text, why);
			return NULL;
		}
	}
	tls = tls_load(config, error);
	if (tls == NULL || check_binding(config, tls, error, warning))
		return tls;
	tls_unref(tls);
	return NULL;
}

static size_t worker_count(const struct config *c)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (c->workers != 0)
		return (size_t)c->workers;
	if (cores < 1)
		return 1;
	return cores > 4 ? 4 : (size_t)cores;
}

/* A session needs two descriptors: take all that we may have. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int watch_signal(struct daemon *d, uv_signal_t *handle, uv_signal_cb call, int number)
{
	int code = uv_signal_init(&d->loop, handle);

	handle->data = d;
	return code != 0 ? code : uv_signal_start(handle, call, number);
}

static bool start_engines(struct daemon *d, const struct listen_set *sets)
{
	for (size_t i = 0; i < d->engine_count; i++) {
		struct engine_setup setup = {
			.log = &d->log,
			.census = d->census,
			.config = d->config,
			.tls = d->tls,
			.listeners = sets[i].fds,
			.listener_count = sets[i].count,
			.stopped = on_engine_stopped,
			.context = d,
		};
		int code;

		d->engines[i] = engine_start(&setup, &code);
		if (d->engines[i] == NULL) {
			log_event(&d->log, LOG_ERROR, 0, "cannot start a worker",
			          LOG_FIELDS(LOG_TEXT("reason", uv_strerror(code))));
			return false;
		}
	}
	return true;
}

static bool start(struct daemon *d)
{
	char error[LISTEN_ERROR_SIZE];
	struct listen_set *sets = listen_open(d->config, d->engine_count, error);
	bool ok;

	if (sets == NULL) {
		log_event(&d->log, LOG_ERROR, 0, error, LOG_NO_FIELDS);
		return false;
	}
	ok = start_engines(d, sets);
	if (ok && !listen_begin(sets, d->engine_count, d->config, &d->log, error)) {
		log_event(&d->log, LOG_ERROR, 0, error, LOG_NO_FIELDS);
		ok = false;
	}
	if (ok)
		order_all(d, ENGINE_ACCEPT);
	listen_free(sets, d->engine_count);
	return ok;
}

static int init_loop(struct daemon *d)
{
	int code = uv_loop_init(&d->loop);

	if (code == 0)
		code = watch_signal(d, &d->terminate, on_terminate, SIGTERM);
	if (code == 0)
		code = watch_signal(d, &d->interrupt, on_terminate, SIGINT);
	if (code == 0)
		code = watch_signal(d, &d->reload, on_reload, SIGHUP);
	if (code == 0)
		code = uv_timer_init(&d->loop, &d->deadline);
	if (code == 0)
		code = uv_async_init(&d->loop, &d->stopped, on_stopped);
	d->deadline.data = d->stopped.data = d;
	return code;
}

static bool init(struct daemon *d)
{
	int code;

	log_init(&d->log, STDERR_FILENO, (enum log_level)d->config->log_level,
	         d->config->log_format != 0);
	signal(SIGPIPE, SIG_IGN);
	raise_descriptor_limit();
	code = init_loop(d);
	if (code != 0)
		log_event(&d->log, LOG_ERROR, 0, "cannot start",
		          LOG_FIELDS(LOG_TEXT("reason", uv_strerror(code))));
	return code == 0;
}

static void close_handle(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void finish(struct daemon *d)
{
	for (size_t i = 0; i < d->engine_count; i++)
		engine_join(d->engines[i]);
	uv_walk(&d->loop, close_handle, NULL);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_loop_close(&d->loop);
	listen_unlink(d->config);
	log_event(&d->log, LOG_INFO, 0, "stopped", LOG_NO_FIELDS);
	census_free(d->census);
	free(d->engines);
	config_unref(d->config);
	tls_unref(d->tls);
	uv_library_shutdown();
}

int daemon_run(struct config *config, struct tls *tls, const struct daemon_source *source)
{
	struct daemon d = { .source = source, .config = config_ref(config), .tls = tls_ref(tls) };

	uv_replace_allocator(malloc, reallocate, calloc, free);
	d.engine_count = worker_count(config);
	d.engines = calloc(d.engine_count, sizeof(struct engine *));
	d.census = census_new();
	if (d.engines == NULL || d.census == NULL) {
		census_free(d.census);
		free(d.engines);
		config_unref(d.config);
		tls_unref(d.tls);
		fputs("pgexpr: out of memory\n", stderr);
		return EXIT_FAILURE;
	}
	if (!init(&d))
		return EXIT_FAILURE;
	warn(&d, source->warning);
	if (!start(&d))
		return EXIT_FAILURE;
	log_event(&d.log, LOG_INFO, 0, "ready",
	          LOG_FIELDS(LOG_TEXT("version", PGEXPR_VERSION),
	                     LOG_TEXT("server", config->server),
	                     LOG_NUMBER("workers", d.engine_count)));
	notify("READY=1");
	uv_run(&d.loop, UV_RUN_DEFAULT);
	finish(&d);
	return EXIT_SUCCESS;
}
