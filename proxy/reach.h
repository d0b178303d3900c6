/* Reaching the server: from a connected socket to one that may be sent the client's first packet,
 * with or without TLS, as server_tls says. Follows libpq's meaning of each mode. */
#ifndef PROXY_REACH_H
#define PROXY_REACH_H

struct session;

enum reach_verdict {
	REACH_WAIT,   /* for the server's answer, or for TLS */
	REACH_THERE,  /* the first packet may be sent */
	REACH_AGAIN,  /* connect again, without TLS: session->plain_server is set */
	REACH_FAILED, /* *reason says why; borrowed until the stream is closed */
};

/* The connection is made. */
enum reach_verdict reach_opened(struct session *s, const char **reason);
/* The server has said something, which can only be its answer to an SSLRequest. */
enum reach_verdict reach_readable(struct session *s, const char **reason);
/* TLS has begun. */
enum reach_verdict reach_secured(struct session *s, const char **reason);
/* The connection, or TLS, could not be made. */
enum reach_verdict reach_failed(struct session *s, const char **reason);

#endif
