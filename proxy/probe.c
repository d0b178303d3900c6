#include "proxy/probe.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "protocol/outbuf.h"
#include "protocol/startup.h"
#include "proxy/address.h"
#include "proxy/config.h"
#include "proxy/tls.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): strerror() gives a text of the thread's own */

/* For each step: to connect, to send, to receive. */
#define STEP_MS 3000u

static enum probe_result fail(char reason[PROBE_REASON_SIZE], const char *sentence)
{
	snprintf(reason, PROBE_REASON_SIZE, "%s", sentence);
	return PROBE_FAILED;
}

/* A blocking socket whose steps time out; connect() takes its time from SO_SNDTIMEO. */
static int connect_one(const struct addrinfo *ai)
{
	struct timeval patience = { .tv_sec = STEP_MS / 1000, .tv_usec = STEP_MS % 1000 * 1000 };
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int code;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return fd;
	code = errno == EINPROGRESS ? ETIMEDOUT : errno;
	close(fd);
	errno = code;
	return -1;
}

static int connect_any(const struct address *to, char reason[PROBE_REASON_SIZE])
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	int code = getaddrinfo(to->host, to->port, &hints, &found);
	int fd = -1;

	if (code != 0) {
		fail(reason, gai_strerror(code));
		return -1;
	}
	for (struct addrinfo *ai = found; ai != NULL && fd < 0; ai = ai->ai_next)
		fd = connect_one(ai);
	if (fd < 0)
		fail(reason, strerror(errno));
	freeaddrinfo(found);
	return fd;
}

/* The server's answer to an SSLRequest; '\0' when there is none. */
static char ask_for_tls(int fd)
{
	struct outbuf out;
	char answer = '\0';
	bool sent;

	outbuf_init(&out, 64);
	startup_put_ssl_request(&out);
	sent = outbuf_ok(&out) && send(fd, outbuf_view(&out).p, outbuf_size(&out), MSG_NOSIGNAL) ==
	                                  (ssize_t)outbuf_size(&out);
	outbuf_free(&out);
	return sent && recv(fd, &answer, 1, 0) == 1 ? answer : '\0';
}

static enum probe_result compare(int fd, const struct config *c, const struct tls *tls,
                                 const char *host, char reason[PROBE_REASON_SIZE])
{
	SSL *ssl = SSL_new(tls_for_server(tls));
	enum probe_result result;

	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 ||
	    !tls_expect_host(ssl, host, c->server_tls == SERVER_TLS_VERIFY_FULL)) {
		SSL_free(ssl);
		return fail(reason, "out of memory");
	}
	if (SSL_connect(ssl) == 1) {
		result = tls_is_shared(tls, ssl) ? PROBE_SHARED : PROBE_OTHER;
		SSL_shutdown(ssl);
	} else {
		result = PROBE_FAILED;
		tls_last_error(ssl, reason);
	}
	SSL_free(ssl);
	return result;
}

static enum probe_result look(int fd, const struct config *c, const struct tls *tls,
                              const char *host, char reason[PROBE_REASON_SIZE])
{
	if (c->server_tls_negotiation == SERVER_TLS_DIRECT)
		return compare(fd, c, tls, host, reason);
	switch (ask_for_tls(fd)) {
	case 'S':
		return compare(fd, c, tls, host, reason);
	case 'N':
		return c->server_tls == SERVER_TLS_PREFER
		               ? PROBE_PLAIN
		               : fail(reason, "the server does not support TLS");
	default:
		return fail(reason, "the server does not answer an SSL request");
	}
}

enum probe_result probe_server(const struct config *config, const struct tls *tls,
                               char reason[PROBE_REASON_SIZE])
{
	enum probe_result result;
	struct address to;
	const char *why;
	int fd;

	if (tls_for_clients(tls) == NULL || tls_for_server(tls) == NULL)
		return PROBE_UNNEEDED;
	if (!address_parse(config->server, ADDRESS_SERVER_PORT, &to, &why) || to.is_path)
		return PROBE_UNNEEDED;
	fd = connect_any(&to, reason);
	if (fd < 0)
		return PROBE_FAILED;
	result = look(fd, config, tls, to.host, reason);
	close(fd);
	return result;
}

/* NOLINTEND(concurrency-mt-unsafe) */
