/* The floor that the relay is measured against: a proxy that looks at nothing.
 *
 *   blind_relay LISTEN SERVER        each HOST:PORT or the path of a unix socket
 *
 * One thread, level-triggered epoll, one 64 KiB buffer; a recv and a send for what arrives, no framing,
 * no queue: when the peer does not take all of it, the rest waits in the connection and the other
 * side is not read. Six system calls a round trip. For benches only: no timeouts, no logs. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BUFFER = 65536, EVENTS = 256 };

struct side {
	int fd;
	uint32_t events; /* what epoll watches now */
	struct side *peer;
	char *unsent; /* owned; bytes for this side's socket that it did not take */
	size_t unsent_from, unsent_to;
	bool ended; /* this side's end of file was passed on */
};

static char buffer[BUFFER];
static struct side *dead[2 * EVENTS]; /* pairs dropped in this round of events */
static size_t dead_count;

static socklen_t address_of(const char *text, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof *out);
	if (text[0] == '/') {
		struct sockaddr_un *un = (struct sockaddr_un *)out;

		un->sun_family = AF_UNIX;
		snprintf(un->sun_path, sizeof un->sun_path, "%s", text);
		return sizeof *un;
	}
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	char host[64];
	const char *colon = strrchr(text, ':');

	if (colon == NULL || (size_t)(colon - text) >= sizeof host)
		exit(2);
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)atoi(colon + 1));
	if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
		exit(2);
	return sizeof *in;
}

static void no_delay(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void watch(int poll, struct side *s, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = s };

	if (s->events != events && epoll_ctl(poll, EPOLL_CTL_MOD, s->fd, &e) == 0)
		s->events = events;
}

static void drop(struct side *s)
{
	struct side *peer = s->peer;

	close(s->fd);
	close(peer->fd);
	s->fd = peer->fd = -1;
	free(s->unsent);
	free(peer->unsent);
	/* A pair is one block; later events of this round may still point into it. */
	dead[dead_count++] = s < peer ? s : peer;
}

/* Sends what waits for `s`; its peer is read again once all of it is gone. */
static void flush(int poll, struct side *s)
{
	ssize_t n = send(s->fd, s->unsent + s->unsent_from, s->unsent_to - s->unsent_from,
	                 MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0) {
		if (errno != EAGAIN)
			drop(s);
		return;
	}
	s->unsent_from += (size_t)n;
	if (s->unsent_from < s->unsent_to)
		return;
	free(s->unsent);
	s->unsent = NULL;
	watch(poll, s, EPOLLIN);
	watch(poll, s->peer, EPOLLIN);
}

static void pass(int poll, struct side *s)
{
	struct side *peer = s->peer;
	ssize_t n = recv(s->fd, buffer, BUFFER, MSG_DONTWAIT);

	if (n < 0) {
		if (errno != EAGAIN)
			drop(s);
		return;
	}
	if (n == 0) {
		s->ended = true;
		shutdown(peer->fd, SHUT_WR);
		watch(poll, s, 0);
		if (peer->ended)
			drop(s);
		return;
	}
	ssize_t sent = send(peer->fd, buffer, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && errno != EAGAIN) {
		drop(s);
		return;
	}
	if (sent < 0)
		sent = 0;
	if (sent == n)
		return;
	peer->unsent = malloc((size_t)(n - sent));
	if (peer->unsent == NULL) {
		drop(s);
		return;
	}
	memcpy(peer->unsent, buffer + sent, (size_t)(n - sent));
	peer->unsent_from = 0;
	peer->unsent_to = (size_t)(n - sent);
	watch(poll, s, 0);
	watch(poll, peer, EPOLLOUT | (peer->events & EPOLLIN));
}

static void join(int poll, int client, const char *server)
{
	struct sockaddr_storage to;
	socklen_t length = address_of(server, &to);
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct side *pair = calloc(2, sizeof *pair);

	if (pair == NULL || fd < 0 || connect(fd, (struct sockaddr *)&to, length) != 0) {
		perror("blind_relay: connect");
		close(client);
		close(fd);
		free(pair);
		return;
	}
	no_delay(client);
	no_delay(fd);
	pair[0] = (struct side){ .fd = client, .events = EPOLLIN, .peer = &pair[1] };
	pair[1] = (struct side){ .fd = fd, .events = EPOLLIN, .peer = &pair[0] };
	for (int i = 0; i < 2; i++) {
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = &pair[i] };

		epoll_ctl(poll, EPOLL_CTL_ADD, pair[i].fd, &e);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_storage on;
	struct epoll_event events[EVENTS];
	int one = 1;

	if (argc != 3) {
		fprintf(stderr, "usage: blind_relay LISTEN SERVER\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	socklen_t length = address_of(argv[1], &on);
	int listener = socket(on.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int poll = epoll_create1(EPOLL_CLOEXEC);

	if (on.ss_family == AF_UNIX)
		unlink(argv[1]);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(listener, (struct sockaddr *)&on, length) != 0 || listen(listener, 4096) != 0) {
		perror("blind_relay: listen");
		return 1;
	}
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = NULL };

	epoll_ctl(poll, EPOLL_CTL_ADD, listener, &e);
	for (;;) {
		int n = epoll_wait(poll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct side *s = events[i].data.ptr;

			if (s == NULL) {
				int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

				if (fd >= 0)
					join(poll, fd, argv[2]);
			} else if (s->fd < 0) {
				continue;
			} else if (s->ended && (events[i].events & (EPOLLHUP | EPOLLERR))) {
				drop(s);
			} else if ((events[i].events & EPOLLOUT) && s->unsent) {
				flush(poll, s);
			} else {
				pass(poll, s);
			}
		}
		while (dead_count > 0)
			free(dead[--dead_count]);
	}
}
