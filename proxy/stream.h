/* A connected byte stream: TCP, a unix socket, or TLS over TCP, the same to whoever holds it.
 *
 * Non-blocking, on one event loop. The holder asks to be told when something can be done
 * (stream_want), and then does it itself (stream_read, stream_send): nothing is buffered here. After
 * stream_close() nothing is called any more. Errors are libuv's negative codes. */
#ifndef PROXY_STREAM_H
#define PROXY_STREAM_H

#include <stdbool.h>

#include "protocol/bytes.h"

struct address;
struct ssl_ctx_st;
struct ssl_st;
struct stream;
struct uv_loop_s;

enum stream_event {
	STREAM_OPENED = 1,   /* stream_open() has succeeded */
	STREAM_READABLE = 2, /* stream_read() gives bytes, the end, or an error */
	STREAM_WRITABLE = 4, /* stream_send() may take bytes again, or gives an error */
	STREAM_FAILED = 8,   /* stream_open() or stream_secure() has: stream_reason() */
	STREAM_SECURED = 16, /* stream_secure() has succeeded */
};

/* TCP settings; zero leaves the system's. */
struct stream_options {
	bool keepalive;
	int keep_idle;     /* seconds */
	int keep_interval; /* seconds */
	int keep_count;
	unsigned user_timeout; /* milliseconds */
};

/* Who is told. `context` is borrowed for the life of the stream. */
struct stream_owner {
	void (*event)(void *context, unsigned events);
	void *context;
};

/* Takes a connected, non-blocking descriptor over: it is closed with the stream, or at once when
 * this fails (NULL, with the code in *error). */
struct stream *stream_adopt(struct uv_loop_s *loop, int fd, const struct stream_options *options,
                            struct stream_owner owner, int *error);

/* Connects to `to`, resolving its name and trying each of its addresses. STREAM_OPENED or
 * STREAM_FAILED follows, never from within this call; there is no timeout. NULL, with the code in
 * *error, when it fails at once. An owner that is told of STREAM_OPENED says what it wants. */
struct stream *stream_open(struct uv_loop_s *loop, const struct address *to,
                           const struct stream_options *options, struct stream_owner owner,
                           int *error);

/* How a stream becomes TLS. */
struct stream_tls {
	struct ssl_ctx_st *context; /* borrowed for the call */
	bool accept;                /* the peer begins; else we do, and: */
	const char *host;           /* the peer's name or number */
	bool check_host;            /* its certificate must be for that */
};

/* Begins TLS on an open stream, of which nothing may have been read that the caller has not used.
 * STREAM_SECURED or STREAM_FAILED follows, never from within this call; until then nothing is read or
 * sent. False when out of memory. */
bool stream_secure(struct stream *s, const struct stream_tls *how);
/* OpenSSL's connection; NULL: this is not TLS. Borrowed. */
struct ssl_st *stream_ssl(const struct stream *s);
/* The next byte that is here already, without reading it; -1 when there is none. Not for TLS. */
int stream_peek(struct stream *s);

/* Reads at most `size` bytes to `buffer`: their number, 0 at the end of the stream, UV_EAGAIN when
 * there are none now, or an error. */
ptrdiff_t stream_read(struct stream *s, void *buffer, size_t size);
/* Sends the first bytes of `b`: their number, UV_EAGAIN when none can be taken now, or an error. */
ptrdiff_t stream_send(struct stream *s, struct bytes b);
/* What to be told of from now on; costs nothing when it is what it was. */
void stream_want(struct stream *s, bool readable, bool writable);
/* No more will be sent: the peer reads an end. */
void stream_shut(struct stream *s);
/* Closes it and forgets its owner. NULL is allowed. */
void stream_close(struct stream *s);

/* Why it failed. */
const char *stream_reason(const struct stream *s);
/* The sentence for a code. */
const char *stream_error_text(int code);

#endif
