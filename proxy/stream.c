#include "proxy/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "proxy/address.h"
#include "proxy/tls.h"

/* The largest TLS record that is made. A record that could not be sent must be offered again whole, so
 * it may not be larger than the pieces in which unsent bytes are kept: BACKLOG_CHUNK less its head. */
#define RECORD_MAX 16000

/* A descriptor being polled. Lives until libuv has let go of it, which is after its stream. */
struct watch {
	uv_poll_t poll;
	struct stream *stream; /* NULL once closed */
};

/* A connection being made. */
struct dial {
	uv_getaddrinfo_t request;
	struct stream *stream;  /* NULL: nobody waits any more */
	struct addrinfo *found; /* owned, libuv's */
	struct addrinfo *next;  /* the one to try after the current one */
	bool resolving;
};

struct stream {
	struct uv_loop_s *loop;
	struct stream_owner owner;
	struct stream_options options;
	struct watch *watch; /* owned */
	struct dial *dial;   /* owned; NULL once connected */
	SSL *ssl;            /* owned; NULL: not TLS */
	char *reason;        /* owned; NULL: the code says enough */
	int fd;
	int error;
	bool shaking; /* TLS has begun and is not there yet */
	bool more;    /* OpenSSL holds bytes, or the end, that no poll will tell of */
	int wanted;   /* UV_READABLE | UV_WRITABLE, as asked for */
	int polled;   /* what the poll is set to */
};

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

/* Best effort: a unix socket refuses all of them. */
static void set_options(int fd, const struct stream_options *o)
{
	if (set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1) != 0)
		return;
	if (o->keepalive)
		set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	if (o->keep_idle > 0)
		set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, o->keep_idle);
	if (o->keep_interval > 0)
		set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, o->keep_interval);
	if (o->keep_count > 0)
		set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, o->keep_count);
	if (o->user_timeout > 0)
		set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)o->user_timeout);
}

static bool is_later(ptrdiff_t code)
{
	return code == UV_EAGAIN;
}

static void on_watch_closed(uv_handle_t *handle)
{
	free(handle->data);
}

/* Stops polling and closes the descriptor. */
static void drop_watch(struct stream *s)
{
	if (s->watch != NULL) {
		s->watch->stream = NULL;
		uv_close((uv_handle_t *)&s->watch->poll, on_watch_closed);
		s->watch = NULL;
	}
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->polled = 0;
}

static int make_watch(struct stream *s, int fd)
{
	struct watch *w = calloc(1, sizeof(*w));
	int code;

	if (w == NULL)
		return UV_ENOMEM;
	code = uv_poll_init(s->loop, &w->poll, fd);
	if (code != 0) {
		free(w);
		return code;
	}
	w->poll.data = w;
	w->stream = s;
	s->watch = w;
	s->fd = fd;
	return 0;
}

static void on_poll(uv_poll_t *handle, int status, int events);

static void set_poll(struct stream *s, int events)
{
	if (events == s->polled)
		return;
	s->polled = events;
	if (events == 0)
		uv_poll_stop(&s->watch->poll);
	else
		uv_poll_start(&s->watch->poll, events, on_poll);
}

/* What to poll for. With bytes inside OpenSSL, also that the socket is writable, which it is or
 * will be: so that the owner gets its next turn. */
static void update_poll(struct stream *s)
{
	bool turn = s->more && (s->wanted & UV_READABLE) != 0;

	set_poll(s, s->wanted | (turn ? UV_WRITABLE : 0));
}

/* The owner need not ask for what it has asked for already. */
static void set_more(struct stream *s, bool more)
{
	if (more == s->more)
		return;
	s->more = more;
	update_poll(s);
}

static void free_dial(struct dial *d)
{
	if (d == NULL)
		return;
	uv_freeaddrinfo(d->found);
	free(d);
}

/* Starts to connect to one address. 0 when it is on its way. */
static int start_connect(struct stream *s, const struct sockaddr *sa, socklen_t length)
{
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int code;

	if (fd < 0)
		return uv_translate_sys_error(errno);
	set_options(fd, &s->options);
	if (connect(fd, sa, length) != 0 && errno != EINPROGRESS) {
		code = uv_translate_sys_error(errno);
		close(fd);
		return code;
	}
	code = make_watch(s, fd);
	if (code != 0) {
		close(fd);
		return code;
	}
	set_poll(s, UV_WRITABLE);
	return 0;
}

/* Tries the remaining addresses until one is on its way. */
static int try_next(struct stream *s)
{
	int code = s->error != 0 ? s->error : UV_EAI_NONAME;

	while (s->dial->next != NULL) {
		struct addrinfo *ai = s->dial->next;

		s->dial->next = ai->ai_next;
		code = start_connect(s, ai->ai_addr, ai->ai_addrlen);
		if (code == 0)
			return 0;
	}
	return code;
}

static void tell(struct stream *s, unsigned events)
{
	s->owner.event(s->owner.context, events);
}

/* The connection is made or has failed: look, and try the next address in the latter case. */
static void finish_connect(struct stream *s)
{
	int code = 0;
	socklen_t length = sizeof(code);

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &code, &length) != 0)
		code = errno;
	if (code == 0) {
		free_dial(s->dial);
		s->dial = NULL;
		tell(s, STREAM_OPENED); /* what the owner wants now is polled for then */
		return;
	}
	s->error = uv_translate_sys_error(code);
	drop_watch(s);
	s->error = try_next(s);
	if (s->error != 0)
		tell(s, STREAM_FAILED);
}

/* --- TLS --- */

static void keep_reason(struct stream *s)
{
	char text[TLS_ERROR_SIZE];

	tls_last_error(s->ssl, text);
	free(s->reason);
	s->reason = strdup(text);
}

/* One step of the handshake. */
static void shake(struct stream *s)
{
	int code;

	ERR_clear_error();
	code = SSL_do_handshake(s->ssl);
	if (code == 1) {
		s->shaking = false;
		s->more = SSL_has_pending(s->ssl) == 1;
		update_poll(s);
		tell(s, STREAM_SECURED);
		return;
	}
	switch (SSL_get_error(s->ssl, code)) {
	case SSL_ERROR_WANT_READ:
		set_poll(s, UV_READABLE);
		return;
	case SSL_ERROR_WANT_WRITE:
		set_poll(s, UV_WRITABLE);
		return;
	default:
		s->error = UV_EPROTO;
		keep_reason(s);
		set_poll(s, 0);
		tell(s, STREAM_FAILED);
	}
}

bool stream_secure(struct stream *s, const struct stream_tls *how)
{
	s->ssl = SSL_new(how->context);
	if (s->ssl == NULL || SSL_set_fd(s->ssl, s->fd) != 1)
		return false;
	if (!how->accept && !tls_expect_host(s->ssl, how->host, how->check_host))
		return false;
	if (how->accept)
		SSL_set_accept_state(s->ssl);
	else
		SSL_set_connect_state(s->ssl);
	s->shaking = true;
	set_poll(s, how->accept ? UV_READABLE : UV_WRITABLE);
	return true;
}

struct ssl_st *stream_ssl(const struct stream *s)
{
	return s->ssl;
}

/* What an SSL_read() or SSL_write() that gave nothing means. */
static ptrdiff_t tls_failed(struct stream *s, int code)
{
	switch (SSL_get_error(s->ssl, code)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return UV_EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		return errno != 0 ? uv_translate_sys_error(errno) : UV_ECONNRESET;
	default:
		return UV_EPROTO;
	}
}

/* Reads until the buffer is full or nothing is left in OpenSSL, of which no poll would tell. Of what is
 * left in the kernel the next poll tells, so that it is not asked for once in vain. */
static ptrdiff_t tls_read(struct stream *s, uint8_t *buffer, size_t size)
{
	size_t total = 0;
	bool pending = true;

	while (total < size && pending) {
		size_t n = 0;
		ptrdiff_t code;

		ERR_clear_error();
		errno = 0;
		if (SSL_read_ex(s->ssl, buffer + total, size - total, &n) == 1) {
			total += n;
			pending = SSL_has_pending(s->ssl) == 1;
			continue;
		}
		code = tls_failed(s, 0);
		/* Behind bytes, the end or an error comes with the next read. */
		set_more(s, total > 0 && !is_later(code));
		return total > 0 ? (ptrdiff_t)total : code;
	}
	set_more(s, pending);
	return (ptrdiff_t)total;
}

static ptrdiff_t tls_send(struct stream *s, struct bytes b)
{
	size_t total = 0;

	while (total < b.n) {
		size_t n = b.n - total < RECORD_MAX ? b.n - total : RECORD_MAX;
		size_t sent = 0;
		ptrdiff_t code;

		ERR_clear_error();
		errno = 0;
		if (SSL_write_ex(s->ssl, b.p + total, n, &sent) == 1) {
			total += sent;
			continue;
		}
		code = tls_failed(s, 0);
		if (is_later(code) && total > 0)
			break;
		return code == 0 ? UV_EPIPE : code;
	}
	return (ptrdiff_t)total;
}

/* --- events --- */

static void on_poll(uv_poll_t *handle, int status, int events)
{
	struct watch *w = handle->data;
	struct stream *s = w->stream;
	unsigned told = 0;

	if (s == NULL)
		return;
	if (s->dial != NULL) {
		finish_connect(s);
		return;
	}
	if (s->shaking) {
		s->polled = status < 0 ? 0 : s->polled;
		shake(s);
		return;
	}
	if (status < 0) {
		/* An error or a hang-up on the socket; libuv has stopped the poll. The next read or
		 * send says which, after what is still to be read. */
		s->polled = 0;
		update_poll(s);
		events = s->wanted;
	}
	if ((events & UV_READABLE) != 0 || (s->more && (s->wanted & UV_READABLE) != 0))
		told |= STREAM_READABLE;
	if ((events & UV_WRITABLE) != 0 && (s->wanted & UV_WRITABLE) != 0)
		told |= STREAM_WRITABLE;
	if (told != 0)
		tell(s, told);
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
	struct dial *d = request->data;
	struct stream *s = d->stream;

	d->found = found;
	d->next = found;
	d->resolving = false;
	if (s == NULL) {
		free_dial(d);
		return;
	}
	s->error = status != 0 ? status : try_next(s);
	if (s->error != 0)
		tell(s, STREAM_FAILED);
}

static int start_resolve(struct stream *s, const struct address *to)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	int code;

	s->dial->request.data = s->dial;
	code = uv_getaddrinfo(s->loop, &s->dial->request, on_resolved, to->host, to->port, &hints);
	s->dial->resolving = code == 0;
	return code;
}

/* Numbers and paths need no look-up. */
static int start_dial(struct stream *s, const struct address *to)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (to->is_path) {
		memcpy(un.sun_path, to->host, strnlen(to->host, sizeof(un.sun_path) - 1));
		return start_connect(s, (const struct sockaddr *)&un, sizeof(un));
	}
	in.sin_port = in6.sin6_port = htons((uint16_t)atoi(to->port));
	if (inet_pton(AF_INET, to->host, &in.sin_addr) == 1)
		return start_connect(s, (const struct sockaddr *)&in, sizeof(in));
	if (inet_pton(AF_INET6, to->host, &in6.sin6_addr) == 1)
		return start_connect(s, (const struct sockaddr *)&in6, sizeof(in6));
	return start_resolve(s, to);
}

static struct stream *new_stream(struct uv_loop_s *loop, const struct stream_options *options,
                                 struct stream_owner owner)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->loop = loop;
	s->owner = owner;
	s->options = *options;
	s->fd = -1;
	return s;
}

struct stream *stream_adopt(struct uv_loop_s *loop, int fd, const struct stream_options *options,
                            struct stream_owner owner, int *error)
{
	struct stream *s = new_stream(loop, options, owner);

	*error = s == NULL ? UV_ENOMEM : make_watch(s, fd);
	if (*error != 0) {
		free(s);
		close(fd);
		return NULL;
	}
	set_options(fd, options);
	return s;
}

struct stream *stream_open(struct uv_loop_s *loop, const struct address *to,
                           const struct stream_options *options, struct stream_owner owner,
                           int *error)
{
	struct stream *s = new_stream(loop, options, owner);

	if (s != NULL)
		s->dial = calloc(1, sizeof(*s->dial));
	if (s == NULL || s->dial == NULL) {
		free(s);
		*error = UV_ENOMEM;
		return NULL;
	}
	s->dial->stream = s;
	*error = start_dial(s, to);
	if (*error != 0) {
		free_dial(s->dial);
		free(s);
		return NULL;
	}
	return s;
}

ptrdiff_t stream_read(struct stream *s, void *buffer, size_t size)
{
	ssize_t n;

	if (s->ssl != NULL)
		return tls_read(s, buffer, size);
	do
		n = recv(s->fd, buffer, size, 0);
	while (n < 0 && errno == EINTR);
	return n >= 0 ? n : uv_translate_sys_error(errno);
}

ptrdiff_t stream_send(struct stream *s, struct bytes b)
{
	ssize_t n;

	if (s->ssl != NULL)
		return tls_send(s, b);
	do
		n = send(s->fd, b.p, b.n, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n >= 0 ? n : uv_translate_sys_error(errno);
}

void stream_want(struct stream *s, bool readable, bool writable)
{
	s->wanted = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
	if (s->dial == NULL && !s->shaking)
		update_poll(s);
}

int stream_peek(struct stream *s)
{
	uint8_t byte;

	return recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1 ? byte : -1;
}

/* Tells a TLS peer that this is the end and no accident. */
static void say_goodbye(struct stream *s)
{
	if (s->ssl == NULL || s->shaking || s->error != 0)
		return;
	ERR_clear_error();
	if ((SSL_get_shutdown(s->ssl) & SSL_SENT_SHUTDOWN) == 0)
		SSL_shutdown(s->ssl);
}

void stream_shut(struct stream *s)
{
	if (s->dial != NULL)
		return;
	say_goodbye(s);
	shutdown(s->fd, SHUT_WR);
}

void stream_close(struct stream *s)
{
	if (s == NULL)
		return;
	say_goodbye(s);
	SSL_free(s->ssl);
	free(s->reason);
	drop_watch(s);
	if (s->dial != NULL && s->dial->resolving) {
		s->dial->stream = NULL; /* freed when the look-up comes back */
		uv_cancel((uv_req_t *)&s->dial->request);
	} else {
		free_dial(s->dial);
	}
	free(s);
}

const char *stream_reason(const struct stream *s)
{
	return s->reason != NULL ? s->reason : uv_strerror(s->error);
}

const char *stream_error_text(int code)
{
	return uv_strerror(code);
}
