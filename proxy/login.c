#include "proxy/login.h"

#include <stdio.h>
#include <stdlib.h>

#include "protocol/backend.h"
#include "protocol/report.h"
#include "proxy/config.h"
#include "proxy/log.h"
#include "proxy/session.h"
#include "proxy/stream.h"
#include "proxy/tls.h"
#include "proxy/worker.h"

/* "15.20 (Debian 15.20-0+deb12u1)" is 150020, "18beta1" 180000. */
static uint32_t read_version(struct bytes text)
{
	uint32_t parts[2] = { 0, 0 };
	size_t at = 0;

	for (size_t part = 0; part < 2; part++) {
		for (; at < text.n && text.p[at] >= '0' && text.p[at] <= '9'; at++)
			if (parts[part] < 1000)
				parts[part] = parts[part] * 10 + (uint32_t)(text.p[at] - '0');
		if (at >= text.n || text.p[at] != '.')
			break;
		at++;
	}
	return parts[0] * 10000 + parts[1];
}

static void copy_setting(char to[SESSION_SETTING_SIZE], struct bytes value)
{
	snprintf(to, SESSION_SETTING_SIZE, "%.*s", BYTES_ARG(value));
}

void login_note_setting(struct session *s, struct bytes body)
{
	struct backend_parameter p;

	if (!backend_read_parameter_status(body, &p))
		return;
	if (bytes_is(p.name, "client_encoding"))
		copy_setting(s->settings.client_encoding, p.value);
	else if (bytes_is(p.name, "server_encoding"))
		copy_setting(s->settings.server_encoding, p.value);
	else if (bytes_is(p.name, "standard_conforming_strings"))
		s->settings.standard_conforming_strings = bytes_is(p.value, "on");
	else if (bytes_is(p.name, "server_version"))
		s->settings.server_version = read_version(p.value);
}

/* The client's one NegotiateProtocolVersion, in the place of the server's or, when the server has none,
 * in front of its first authentication message. */
static enum flow_fate negotiate(struct session *s, const struct frame *f, struct outbuf *out)
{
	bool theirs = f->type == BACKEND_NEGOTIATE_VERSION;
	struct startup_clamp *clamp = &s->start->clamp;

	if (!startup_put_negotiate(out, clamp, theirs ? &f->body : NULL))
		return FLOW_CLOSE;
	startup_clamp_free(clamp);
	s->start->clamped = false;
	return theirs ? FLOW_DROP : FLOW_PASS;
}

/* A proxy makes remote clients look like itself, and pg_hba.conf may trust that. */
static enum flow_fate refuse_unproved(struct session *s, struct outbuf *out)
{
	s->unproved = true;
	report_put_error(out, "FATAL", "28000",
	                 "the server let this login in without asking for a password",
	                 "It sees the proxy's address instead of the client's.",
	                 "Ask for passwords from the proxy's address in pg_hba.conf, or set "
	                 "require_auth = off.");
	return FLOW_CLOSE;
}

/* Looked at when the proxy started; who set it to `allow` knows. */
static enum log_level mismatch_level(const struct session *s)
{
	return s->config->channel_binding_mismatch == CHANNEL_BINDING_MISMATCH_ALLOW ? LOG_DEBUG
	                                                                             : LOG_WARNING;
}

/* Channel binding ties a login to one TLS connection. A client without TLS may not be offered it; one
 * with TLS can use it if both legs show one certificate. */
static enum flow_fate offer_mechanisms(struct session *s, struct bytes mechanisms,
                                       struct outbuf *out)
{
	struct ssl_st *server = stream_ssl(s->server.stream);

	if (server == NULL)
		return FLOW_PASS;
	if (!s->secure)
		return backend_put_sasl_without_plus(out, mechanisms) > 0 ? FLOW_DROP : FLOW_PASS;
	if (!tls_is_shared(s->worker->tls, server))
		log_event(s->worker->log, mismatch_level(s), s->id, "channel binding cannot work",
		          LOG_FIELDS(LOG_TEXT("reason", "client_tls_cert is not the server's own "
		                                        "certificate")));
	return FLOW_PASS;
}

static enum flow_fate authenticate(struct session *s, const struct frame *f, struct outbuf *out)
{
	struct backend_authentication a;

	if (!backend_read_authentication(f->body, &a))
		return FLOW_PASS;
	if (a.number == AUTHENTICATION_OK)
		return s->needs_proof && !s->challenged ? refuse_unproved(s, out) : FLOW_PASS;
	s->challenged = true;
	return a.number == AUTHENTICATION_SASL ? offer_mechanisms(s, a.data, out) : FLOW_PASS;
}

/* Whether the server's first word is that pg_hba.conf has no place for such a login, which came by TLS
 * only because it could. Nothing has been said to the client, who has said nothing since. */
static bool is_turned_away(const struct session *s, const struct frame *f)
{
	struct bytes sqlstate;

	return f->type == BACKEND_ERROR_RESPONSE && !s->answered &&
	       s->config->server_tls == SERVER_TLS_PREFER && stream_ssl(s->server.stream) != NULL &&
	       s->client.received == 0 && report_find(f->body, REPORT_SQLSTATE, &sqlstate) &&
	       bytes_is(sqlstate, "28000");
}

enum flow_fate login_reply(struct session *s, const struct frame *f, struct outbuf *out)
{
	bool asks = f->type == BACKEND_NEGOTIATE_VERSION || f->type == BACKEND_AUTHENTICATION;

	if (is_turned_away(s, f)) {
		s->turned_away = true;
		return FLOW_CLOSE;
	}
	s->answered = true;
	if (f->type == BACKEND_READY_FOR_QUERY) {
		s->logged_in = true;
		s->client.flow.raw = s->replication;
		return s->replication ? FLOW_RAW : FLOW_PASS;
	}
	if (asks && s->start->clamped) {
		enum flow_fate fate = negotiate(s, f, out);

		if (fate != FLOW_PASS)
			return fate;
	}
	return f->type == BACKEND_AUTHENTICATION ? authenticate(s, f, out) : FLOW_PASS;
}
