#include "proxy/admission.h"

#include "proxy/allow.h"
#include "proxy/census.h"
#include "proxy/config.h"
#include "proxy/log.h"
#include "proxy/session.h"
#include "proxy/tls.h"
#include "proxy/worker.h"

static void log_refusal(struct session *s, const char *event, const char *limit)
{
	char from[ADDRESS_TEXT_SIZE];

	address_print(&s->peer.any, from);
	log_event(s->worker->log, LOG_WARNING, s->id, event,
	          LOG_FIELDS(LOG_TEXT("reason", limit), LOG_TEXT("client", from)));
}

bool admission_admits(struct worker *w, const struct sockaddr *from)
{
	char text[ADDRESS_TEXT_SIZE];

	if (allow_admits(w->config->allow.items, w->config->allow.count, from))
		return true;
	address_print(from, text);
	log_event(w->log, LOG_INFO, 0, "address not allowed", LOG_FIELDS(LOG_TEXT("client", text)));
	return false;
}

void admission_set_demands(struct session *s, bool local)
{
	const struct config *c = s->config;
	bool network = s->peer.any.sa_family != AF_UNIX;
	bool has_tls = s->worker->tls != NULL && tls_for_clients(s->worker->tls) != NULL;

	s->offers_tls = network && has_tls && c->client_tls != CLIENT_TLS_OFF;
	s->needs_tls = network && c->client_tls == CLIENT_TLS_REQUIRE;
	s->needs_proof = c->require_auth == REQUIRE_AUTH_ON ||
	                 (c->require_auth == REQUIRE_AUTH_AUTO && !local);
}

static enum census_answer enter(struct session *s, enum census_room room)
{
	struct census_limits limits = { s->config->max_sessions,
		                        s->config->max_sessions_per_address };
	enum census_answer answer;

	admission_leave(s);
	answer = census_enter(s->worker->census, room, &s->peer.any, &limits);
	if (answer == CENSUS_WELCOME)
		s->room = (uint8_t)room;
	else
		log_refusal(s, room == CENSUS_DOOR ? "connection refused" : "session refused",
		            answer == CENSUS_FULL ? "max_sessions" : "max_sessions_per_address");
	return answer;
}

bool admission_arrives(struct session *s)
{
	return enter(s, CENSUS_DOOR) == CENSUS_WELCOME;
}

const char *admission_enter(struct session *s)
{
	switch (enter(s, CENSUS_INSIDE)) {
	case CENSUS_WELCOME:
		return NULL;
	case CENSUS_ADDRESS_FULL:
		return "sorry, too many clients from this address";
	case CENSUS_FULL:
		break;
	}
	return "sorry, too many clients already";
}

void admission_leave(struct session *s)
{
	if (s->room != CENSUS_NOWHERE)
		census_leave(s->worker->census, (enum census_room)s->room, &s->peer.any);
	s->room = CENSUS_NOWHERE;
}

bool admission_may_cancel(struct session *s)
{
	admission_leave(s);
	if (census_cancel(s->worker->census, &s->peer.any, s->config->max_cancels_per_address,
	                  s->worker->now))
		return true;
	log_refusal(s, "cancel request refused", "max_cancels_per_address");
	return false;
}
