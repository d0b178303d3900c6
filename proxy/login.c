#include "proxy/login.h"

#include <stdio.h>
#include <stdlib.h>

#include "protocol/backend.h"
#include "proxy/session.h"

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

enum flow_fate login_reply(struct session *s, const struct frame *f, struct outbuf *out)
{
	bool asks = f->type == BACKEND_NEGOTIATE_VERSION || f->type == BACKEND_AUTHENTICATION;

	if (f->type == BACKEND_READY_FOR_QUERY) {
		s->logged_in = true;
		s->client.flow.raw = s->replication;
		return s->replication ? FLOW_RAW : FLOW_PASS;
	}
	return asks && s->start->clamped ? negotiate(s, f, out) : FLOW_PASS;
}
