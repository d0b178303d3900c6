#include "proxy/reach.h"

#include <errno.h>

#include "protocol/startup.h"
#include "proxy/config.h"
#include "proxy/session.h"
#include "proxy/stream.h"
#include "proxy/tls.h"
#include "proxy/worker.h"

static enum reach_verdict fail(const char **reason, const char *sentence)
{
	*reason = sentence;
	return REACH_FAILED;
}

static bool wants_tls(const struct session *s)
{
	return !s->plain_server && !s->worker->server.is_path && s->worker->tls != NULL &&
	       tls_for_server(s->worker->tls) != NULL &&
	       s->config->server_tls != SERVER_TLS_DISABLE;
}

/* Without TLS, if that will do. */
static enum reach_verdict go_plain(struct session *s, enum reach_verdict how, const char **reason,
                                   const char *sentence)
{
	if (s->config->server_tls != SERVER_TLS_PREFER)
		return fail(reason, sentence);
	s->plain_server = true;
	return how;
}

static enum reach_verdict begin_tls(struct session *s, const char **reason)
{
	struct stream_tls how = {
		.context = tls_for_server(s->worker->tls),
		.host = s->worker->server.host,
		.check_host = s->config->server_tls == SERVER_TLS_VERIFY_FULL,
	};

	if (!stream_secure(s->server.stream, &how))
		return fail(reason, "out of memory");
	return REACH_WAIT;
}

enum reach_verdict reach_opened(struct session *s, const char **reason)
{
	struct outbuf *out = &s->worker->to_server;
	bool ok;

	if (!wants_tls(s))
		return REACH_THERE;
	if (s->config->server_tls_negotiation == SERVER_TLS_DIRECT)
		return begin_tls(s, reason);
	startup_put_ssl_request(out);
	ok = link_send(&s->server, &s->worker->pool, outbuf_view(out));
	outbuf_clear(out);
	return ok ? REACH_WAIT : fail(reason, "the server closed the connection");
}

/* Exactly one byte is read: what came behind it in the clear would be taken for the server's word. */
enum reach_verdict reach_readable(struct session *s, const char **reason)
{
	uint8_t answer;
	ptrdiff_t n = stream_read(s->server.stream, &answer, 1);

	if (n == -EAGAIN)
		return REACH_WAIT;
	if (n <= 0)
		return go_plain(s, REACH_AGAIN, reason, "the server closed the connection");
	if (answer == 'N')
		return go_plain(s, REACH_THERE, reason,
		                "the server does not support TLS, which server_tls asks for");
	/* An error here is nobody's word, and is not shown to the client. */
	if (answer != 'S')
		return go_plain(s, REACH_AGAIN, reason, "the server refused the SSL request");
	if (stream_peek(s->server.stream) >= 0)
		return fail(reason, "received unencrypted data after SSL response");
	return begin_tls(s, reason);
}

enum reach_verdict reach_secured(struct session *s, const char **reason)
{
	if (s->config->server_tls_negotiation == SERVER_TLS_DIRECT &&
	    !tls_is_postgresql(stream_ssl(s->server.stream)))
		return fail(reason, "the server does not speak PostgreSQL over direct TLS");
	return REACH_THERE;
}

enum reach_verdict reach_failed(struct session *s, const char **reason)
{
	const char *sentence = stream_reason(s->server.stream);

	if (stream_ssl(s->server.stream) != NULL)
		return go_plain(s, REACH_AGAIN, reason, sentence);
	return fail(reason, sentence);
}
