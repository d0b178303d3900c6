#include "proxy/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "proxy/config.h"
#include "proxy/log.h"
#include "proxy/session.h"
#include "proxy/tls.h"
#include "proxy/worker.h"

/* How often deadlines are looked at, while there are any. */
#define TICK_MS 500
/* Connections accepted in one turn. */
#define ACCEPT_TURNS 64
/* Of a worker's stack, whatever `ulimit -s` says. The compiler's recursions take 4 KiB for each
 * level of max_nesting, which is 10000 at most. Only what is used becomes memory. */
#define STACK_SIZE ((size_t)64 * 1024 * 1024)

/* Descriptors that a process may have open when it has as many sessions as it may: each has two, and as
 * many more may be about to log in. */
#define DESCRIPTORS_OF_SESSION 4
#define DESCRIPTORS_BESIDES    64

struct listener {
	uv_poll_t poll;
	struct engine *engine;
	int fd;
	bool local;  /* only this machine reaches it */
	bool paused; /* no descriptors are left; tried again at the next tick */
};

struct engine {
	struct worker worker;
	uv_loop_t loop;
	uv_timer_t tick;
	uv_async_t mail;
	uv_poll_t widest; /* of reserve_watchers() */
	pthread_t thread;
	struct listener *listeners; /* owned */
	size_t listener_count;
	int reserve; /* a descriptor to give up when there are no others */
	bool closing;
	void (*stopped)(void *context);
	void *context;

	pthread_mutex_t lock;  /* guards what is below */
	struct config *config; /* counted; NULL: no new one */
	struct tls *tls;       /* counted; with it */
	bool accept;
	bool drain;
	bool end;
};

static void close_listeners(struct engine *e)
{
	for (size_t i = 0; i < e->listener_count; i++) {
		struct listener *l = &e->listeners[i];

		if (l->fd < 0)
			continue;
		uv_close((uv_handle_t *)&l->poll, NULL);
		close(l->fd);
		l->fd = -1;
	}
}

/* Lets the loop end after the last session of a draining worker. */
static void stop_when_empty(struct engine *e)
{
	if (!e->worker.draining || e->worker.session_count > 0 || e->closing)
		return;
	e->closing = true;
	uv_close((uv_handle_t *)&e->tick, NULL);
	uv_close((uv_handle_t *)&e->mail, NULL);
}

static void pause_listener(struct listener *l, bool pause);

static void on_tick(uv_timer_t *timer)
{
	struct engine *e = timer->data;
	bool paused = false;

	worker_read_clock(&e->worker);
	worker_tick(&e->worker);
	for (size_t i = 0; i < e->listener_count; i++) {
		if (e->listeners[i].paused && e->listeners[i].fd >= 0)
			pause_listener(&e->listeners[i], false);
		paused = paused || e->listeners[i].paused;
	}
	if (e->worker.timed.first == NULL && !paused && !e->worker.draining)
		uv_timer_stop(timer);
	stop_when_empty(e);
}

/* Sessions at work have no deadline. While there are no others the clock stands still, and the kernel
 * need not set a timer for each wait. */
static void start_clock(struct engine *e)
{
	if (!uv_is_active((uv_handle_t *)&e->tick))
		uv_timer_start(&e->tick, on_tick, TICK_MS, TICK_MS);
}

static void on_deadline(struct worker *worker)
{
	start_clock((struct engine *)worker); /* its first member */
}

/* --- listening --- */

/* Without descriptors a connection can be neither taken nor refused, and the loop would spin on it. The
 * one in reserve is given up to take it and drop it. */
static bool drop_one(struct listener *l)
{
	struct engine *e = l->engine;
	int fd;

	if (e->reserve < 0)
		return false;
	close(e->reserve);
	fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	e->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fd >= 0;
}

static void on_listener(uv_poll_t *poll, int status, int events);

static void pause_listener(struct listener *l, bool pause)
{
	l->paused = pause;
	if (pause)
		uv_poll_stop(&l->poll);
	else
		uv_poll_start(&l->poll, UV_READABLE, on_listener);
}

static void accept_failed(struct listener *l, int code)
{
	struct engine *e = l->engine;

	if (code == EAGAIN || code == ECONNABORTED || code == EINTR)
		return;
	log_event(e->worker.log, LOG_ERROR, 0, "cannot accept a connection",
	          LOG_FIELDS(LOG_TEXT("reason", uv_strerror(uv_translate_sys_error(code)))));
	if ((code != EMFILE && code != ENFILE) || !drop_one(l)) {
		pause_listener(l, true);
		start_clock(e);
	}
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
	struct listener *l = poll->data;
	union session_peer peer;
	socklen_t length;

	(void)status;
	(void)events;
	for (int turn = 0; turn < ACCEPT_TURNS; turn++) {
		int fd;

		length = sizeof(peer);
		fd = accept4(l->fd, &peer.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			accept_failed(l, errno);
			return;
		}
		if (length < sizeof(peer.any.sa_family))
			peer.any.sa_family = AF_UNIX;
		session_start(&l->engine->worker, fd, &peer.any, l->local);
	}
}

static void start_listeners(struct engine *e)
{
	for (size_t i = 0; i < e->listener_count; i++)
		if (e->listeners[i].fd >= 0)
			pause_listener(&e->listeners[i], false);
}

/* --- orders --- */

static void on_mail(uv_async_t *mail)
{
	struct engine *e = mail->data;
	struct config *config;
	struct tls *tls;
	bool accept, drain, end;

	pthread_mutex_lock(&e->lock);
	config = e->config;
	tls = e->tls;
	e->config = NULL;
	e->tls = NULL;
	accept = e->accept;
	drain = e->drain;
	end = e->end;
	e->accept = e->end = false;
	pthread_mutex_unlock(&e->lock);
	if (config != NULL && !e->closing)
		worker_set_config(&e->worker, config, tls);
	config_unref(config);
	tls_unref(tls);
	if (e->closing)
		return;
	if (accept && !drain)
		start_listeners(e);
	if (drain && !e->worker.draining) {
		close_listeners(e);
		start_clock(e);
		worker_drain(&e->worker);
	}
	if (end)
		worker_end_sessions(&e->worker);
	stop_when_empty(e);
}

void engine_order(struct engine *e, enum engine_order order)
{
	pthread_mutex_lock(&e->lock);
	e->accept = e->accept || order == ENGINE_ACCEPT;
	e->drain = e->drain || order != ENGINE_ACCEPT;
	e->end = e->end || order == ENGINE_END;
	pthread_mutex_unlock(&e->lock);
	uv_async_send(&e->mail);
}

void engine_reload(struct engine *e, struct config *config, struct tls *tls)
{
	struct config *old;
	struct tls *old_tls;

	pthread_mutex_lock(&e->lock);
	old = e->config;
	old_tls = e->tls;
	e->config = config_ref(config);
	e->tls = tls_ref(tls);
	pthread_mutex_unlock(&e->lock);
	config_unref(old);
	tls_unref(old_tls);
	uv_async_send(&e->mail);
}

/* --- life --- */

static void *run(void *context)
{
	struct engine *e = context;

	uv_run(&e->loop, UV_RUN_DEFAULT);
	e->stopped(e->context);
	return NULL;
}

static bool is_local(int fd)
{
	union session_peer own;
	socklen_t length = sizeof(own);

	if (getsockname(fd, &own.any, &length) != 0)
		return false;
	return address_is_loopback(&own.any);
}

static int add_listener(struct engine *e, int fd)
{
	struct listener *l = &e->listeners[e->listener_count];
	int code = uv_poll_init(&e->loop, &l->poll, fd);

	if (code != 0)
		return code;
	l->engine = e;
	l->fd = fd;
	l->local = is_local(fd);
	l->poll.data = l;
	e->listener_count++;
	return 0;
}

/* A descriptor of at least this number, for a moment; -1 when there is none. */
static int open_high(rlim_t number)
{
	int low = eventfd(0, EFD_CLOEXEC), high;

	if (low < 0)
		return -1;
	high = fcntl(low, F_DUPFD_CLOEXEC, (int)number);
	close(low);
	return high;
}

/* libuv ends the process when it finds no memory for a larger table of descriptors. So the table
 * gets its size now, when nobody is there yet: by watching the highest that is expected. */
static int reserve_watchers(struct engine *e)
{
	rlim_t number =
		e->worker.config->max_sessions * DESCRIPTORS_OF_SESSION + DESCRIPTORS_BESIDES;
	struct rlimit limit;
	int fd, code;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && number >= limit.rlim_cur)
		number = limit.rlim_cur - 1;
	fd = open_high(number);
	if (fd < 0)
		return 0; /* it will have to grow */
	code = uv_poll_init(&e->loop, &e->widest, fd);
	if (code == 0) {
		uv_poll_start(&e->widest, UV_READABLE, on_listener);
		uv_close((uv_handle_t *)&e->widest, NULL);
	}
	close(fd);
	return code;
}

static int init_loop(struct engine *e)
{
	int code = uv_loop_init(&e->loop);

	if (code != 0)
		return code;
	e->worker.loop = &e->loop;
	e->worker.on_deadline = on_deadline;
	uv_timer_init(&e->loop, &e->tick);
	e->tick.data = e;
	code = uv_async_init(&e->loop, &e->mail, on_mail);
	e->mail.data = e;
	return code == 0 ? reserve_watchers(e) : code;
}

static int start_thread(struct engine *e)
{
	pthread_attr_t attributes;
	int code = pthread_attr_init(&attributes);

	if (code != 0)
		return uv_translate_sys_error(code);
	code = pthread_attr_setstacksize(&attributes, STACK_SIZE);
	if (code == 0)
		code = pthread_create(&e->thread, &attributes, run, e);
	pthread_attr_destroy(&attributes);
	return code == 0 ? 0 : uv_translate_sys_error(code);
}

static int start(struct engine *e, const struct engine_setup *setup)
{
	int code = 0;

	for (size_t i = 0; i < setup->listener_count && code == 0; i++)
		code = add_listener(e, setup->listeners[i]);
	if (code == 0)
		code = start_thread(e);
	return code;
}

/* What failed to start is a reason to end the program: it is not unwound further. */
struct engine *engine_start(const struct engine_setup *setup, int *error)
{
	struct engine *e = calloc(1, sizeof(*e));

	*error = UV_ENOMEM;
	if (e == NULL)
		return NULL;
	e->listeners = calloc(setup->listener_count, sizeof(*e->listeners));
	e->stopped = setup->stopped;
	e->context = setup->context;
	e->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pthread_mutex_init(&e->lock, NULL);
	if (e->listeners == NULL ||
	    !worker_init(&e->worker, setup->log, setup->census, setup->config, setup->tls))
		return NULL;
	*error = init_loop(e);
	if (*error == 0)
		*error = start(e, setup);
	return *error == 0 ? e : NULL;
}

void engine_join(struct engine *e)
{
	pthread_join(e->thread, NULL);
	uv_loop_close(&e->loop);
	worker_free(&e->worker);
	if (e->reserve >= 0)
		close(e->reserve);
	config_unref(e->config);
	tls_unref(e->tls);
	pthread_mutex_destroy(&e->lock);
	free(e->listeners);
	free(e);
}
