#include "proxy/greet.h"

#include <stdio.h>
#include <stdlib.h>

#include "protocol/report.h"
#include "proxy/session.h"

/* The length word and the code: the smallest packet, and enough to know what it is. */
#define FIRST_BYTES STARTUP_LENGTH_MIN

size_t greet_wanted(const struct session *s)
{
	struct bytes have = outbuf_view(&s->start->in);
	size_t wanted = FIRST_BYTES;

	if (have.n >= FIRST_BYTES)
		wanted = bytes_get_u32(have.p); /* startup_read() has found it within bounds */
	return wanted > have.n ? wanted - have.n : 0;
}

static enum greet_verdict refuse(struct outbuf *out, const char *sqlstate, const char *message)
{
	report_put_error(out, "FATAL", sqlstate, message, NULL, NULL);
	return GREET_REFUSE;
}

/* SSLRequest and GSSENCRequest: each at most once. */
static enum greet_verdict answer_encryption(bool *asked, bool offered, struct outbuf *out)
{
	if (*asked)
		return refuse(out, "08P01", "the encryption request was sent twice");
	*asked = true;
	outbuf_put_u8(out, offered ? 'S' : 'N');
	return offered ? GREET_SECURE : GREET_ANSWER;
}

static char *copy_text(struct bytes b)
{
	char *copy = malloc(b.n + 1);

	if (copy == NULL)
		return NULL;
	if (b.n > 0)
		memcpy(copy, b.p, b.n);
	copy[b.n] = '\0';
	return copy;
}

static enum greet_verdict begin_session(struct session *s, const struct startup *packet,
                                        struct outbuf *out)
{
	struct session_start *start = s->start;

	if (s->needs_tls && !s->secure)
		return refuse(out, "28000", "SSL connection is required");
	if (startup_user(packet).n == 0)
		return refuse(out, "28000", "no PostgreSQL user name specified in startup packet");
	s->database = copy_text(startup_database(packet));
	s->replication = startup_is_replication(packet);
	start->clamped = startup_clamp(packet, NULL, &start->clamp, &start->packet);
	if (s->database == NULL || !start->clamped)
		return refuse(out, "53200", "out of memory");
	return GREET_SESSION;
}

static enum greet_verdict begin_cancel(struct session *s, const struct startup *packet)
{
	outbuf_put_bytes(&s->start->packet, packet->raw);
	return outbuf_ok(&s->start->packet) ? GREET_CANCEL : GREET_DROP;
}

static enum greet_verdict refuse_version(struct outbuf *out, uint32_t version)
{
	char text[128];

	snprintf(text, sizeof(text),
	         "unsupported frontend protocol %u.%u: server supports 3.0 to 3.2",
	         STARTUP_MAJOR(version), STARTUP_MINOR(version));
	return refuse(out, "0A000", text);
}

static enum greet_verdict judge(struct session *s, const struct startup *packet,
                                enum startup_kind kind, struct outbuf *out)
{
	switch (kind) {
	case STARTUP_NEED_MORE:
		return GREET_MORE;
	case STARTUP_SSL:
		return answer_encryption(&s->asked_ssl, s->offers_tls && !s->secure, out);
	case STARTUP_GSSENC:
		return answer_encryption(&s->asked_gssenc, false, out);
	case STARTUP_CANCEL:
		return begin_cancel(s, packet);
	case STARTUP_SESSION:
		return begin_session(s, packet, out);
	case STARTUP_UNSUPPORTED:
		return refuse_version(out, packet->version);
	case STARTUP_BROKEN:
		return refuse(out, "08P01",
		              "invalid startup packet layout: expected terminator as last byte");
	case STARTUP_TLS:
	case STARTUP_TOO_LONG:
		break;
	}
	return GREET_DROP;
}

enum greet_verdict greet_read(struct session *s, struct bytes in, struct outbuf *out)
{
	struct outbuf *have = &s->start->in;
	struct startup packet;
	enum startup_kind kind;
	enum greet_verdict verdict;

	outbuf_put_bytes(have, in);
	if (!outbuf_ok(have))
		return GREET_DROP;
	kind = startup_read(outbuf_view(have), &packet);
	verdict = judge(s, &packet, kind, out);
	if (verdict == GREET_ANSWER || verdict == GREET_SECURE)
		outbuf_drop(have, packet.size);
	return verdict;
}
