#include "proxy/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "proxy/address.h"
#include "proxy/config.h"
#include "proxy/log.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): strerror() gives a text of the thread's own */

/* What is being opened. */
struct opening {
	const struct config *config;
	struct listen_set *sets;
	size_t workers;
	char *error;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct opening *o, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(o->error, LISTEN_ERROR_SIZE, format, args);
	va_end(args);
	return false;
}

static bool add(struct listen_set *set, int fd)
{
	int *grown = realloc(set->fds, (set->count + 1) * sizeof(*grown));

	if (grown == NULL) {
		close(fd);
		return false;
	}
	set->fds = grown;
	set->fds[set->count++] = fd;
	return true;
}

/* A bound socket, or -1 with errno. */
static int open_socket(const struct sockaddr *sa, socklen_t length, bool shared_port)
{
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	int code;

	if (fd < 0)
		return -1;
	if (shared_port) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	}
	if (sa->sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, sa, length) == 0)
		return fd;
	code = errno;
	close(fd);
	errno = code;
	return -1;
}

/* With SO_REUSEPORT a second pgexpr would quietly share our port and get half of the connections; a
 * plain bind says whether somebody is there. */
static bool is_taken(const struct sockaddr *sa, socklen_t length)
{
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;
	bool taken;

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	taken = bind(fd, sa, length) != 0 && errno == EADDRINUSE;
	close(fd);
	return taken;
}

static bool open_one(struct opening *o, const struct address *a, const struct addrinfo *ai)
{
	if (is_taken(ai->ai_addr, ai->ai_addrlen))
		return refuse(o, "cannot listen on %s: %s", a->text, strerror(EADDRINUSE));
	for (size_t i = 0; i < o->workers; i++) {
		int fd = open_socket(ai->ai_addr, ai->ai_addrlen, true);

		if (fd < 0)
			return refuse(o, "cannot listen on %s: %s", a->text, strerror(errno));
		if (!add(&o->sets[i], fd))
			return refuse(o, "out of memory");
	}
	return true;
}

static bool open_tcp(struct opening *o, const struct address *a)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	const char *host = strcmp(a->host, "*") == 0 ? NULL : a->host;
	struct addrinfo *found = NULL;
	int code = getaddrinfo(host, a->port, &hints, &found);
	bool ok = true;

	if (code != 0)
		return refuse(o, "cannot listen on %s: %s", a->text, gai_strerror(code));
	for (struct addrinfo *ai = found; ai != NULL && ok; ai = ai->ai_next)
		ok = open_one(o, a, ai);
	freeaddrinfo(found);
	return ok;
}

/* Removes a socket file that nobody listens on any more. */
static void remove_stale(const struct sockaddr_un *un)
{
	struct stat st;
	int fd;

	if (lstat(un->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)un, sizeof(*un)) != 0 && errno == ECONNREFUSED)
		unlink(un->sun_path);
	close(fd);
}

static bool open_path(struct opening *o, const struct address *a)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd;

	memcpy(un.sun_path, a->host, strnlen(a->host, sizeof(un.sun_path) - 1));
	remove_stale(&un);
	fd = open_socket((const struct sockaddr *)&un, sizeof(un), false);
	if (fd < 0)
		return refuse(o, "cannot listen on %s: %s", a->text, strerror(errno));
	if (chmod(un.sun_path, (mode_t)o->config->unix_socket_mode) != 0) {
		close(fd);
		return refuse(o, "cannot set the mode of %s: %s", a->text, strerror(errno));
	}
	for (size_t i = 0; i < o->workers; i++) {
		int copy = i == 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 0);

		if (copy < 0 || !add(&o->sets[i], copy))
			return refuse(o, "cannot listen on %s: %s", a->text, strerror(errno));
	}
	return true;
}

static bool open_address(struct opening *o, const char *text)
{
	struct address a;
	const char *why;

	if (!address_parse(text, ADDRESS_LISTEN_PORT, &a, &why))
		return refuse(o, "listen: \"%s\": %s", text, why);
	return a.is_path ? open_path(o, &a) : open_tcp(o, &a);
}

static void tell_address(const struct config *config, struct log *log, const char *text)
{
	struct address a;
	const char *why;

	if (!address_parse(text, ADDRESS_LISTEN_PORT, &a, &why))
		return; /* it was opened: never */
	log_event(log, LOG_INFO, 0, "listening", LOG_FIELDS(LOG_TEXT("address", a.text)));
	if (!address_is_local(&a) && config->client_tls != CLIENT_TLS_REQUIRE)
		log_event(log, LOG_WARNING, 0,
		          config->client_tls == CLIENT_TLS_OFF
		                  ? "listening beyond this machine without TLS"
		                  : "listening beyond this machine, and TLS is not required",
		          LOG_FIELDS(LOG_TEXT("address", a.text)));
}

/* NOLINTBEGIN(readability-non-const-parameter): `error` is written through `o` */
struct listen_set *listen_open(const struct config *config, size_t workers,
                               char error[LISTEN_ERROR_SIZE])
/* NOLINTEND(readability-non-const-parameter) */
{
	struct opening o = { config, calloc(workers, sizeof(*o.sets)), workers, error };

	if (o.sets == NULL) {
		refuse(&o, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < config->listen.count; i++) {
		if (!open_address(&o, config->listen.items[i])) {
			listen_free(o.sets, workers); /* the program ends: descriptors with it */
			return NULL;
		}
	}
	return o.sets;
}

/* The address or path that a socket is bound to. */
static void print_bound(int fd, char out[ADDRESS_TEXT_SIZE])
{
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_storage room;
	} own = { 0 };
	socklen_t length = sizeof(own);

	if (getsockname(fd, &own.any, &length) == 0 && own.any.sa_family == AF_UNIX)
		snprintf(out, ADDRESS_TEXT_SIZE, "%.*s", (int)sizeof(own.un.sun_path),
		         own.un.sun_path);
	else
		address_print(&own.any, out);
}

static bool begin(int fd, const struct config *config, char error[LISTEN_ERROR_SIZE])
{
	char bound[ADDRESS_TEXT_SIZE];
	int code;

	if (listen(fd, (int)config->listen_backlog) == 0)
		return true;
	code = errno;
	print_bound(fd, bound);
	snprintf(error, LISTEN_ERROR_SIZE, "cannot listen on %s: %s", bound, strerror(code));
	return false;
}

bool listen_begin(const struct listen_set *sets, size_t workers, const struct config *config,
                  struct log *log, char error[LISTEN_ERROR_SIZE])
{
	for (size_t i = 0; i < workers; i++)
		for (size_t k = 0; k < sets[i].count; k++)
			if (!begin(sets[i].fds[k], config, error))
				return false;
	for (size_t i = 0; i < config->listen.count; i++)
		tell_address(config, log, config->listen.items[i]);
	return true;
}

void listen_free(struct listen_set *sets, size_t workers)
{
	for (size_t i = 0; sets != NULL && i < workers; i++)
		free(sets[i].fds);
	free(sets);
}

void listen_unlink(const struct config *config)
{
	struct address a;
	const char *why;

	for (size_t i = 0; i < config->listen.count; i++)
		if (address_parse(config->listen.items[i], ADDRESS_LISTEN_PORT, &a, &why) &&
		    a.is_path)
			unlink(a.host);
}

/* NOLINTEND(concurrency-mt-unsafe) */
