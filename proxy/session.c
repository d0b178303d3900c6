#include "proxy/session.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "protocol/frontend.h"
#include "protocol/report.h"
#include "proxy/admission.h"
#include "proxy/ask.h"
#include "proxy/census.h"
#include "proxy/config.h"
#include "proxy/greet.h"
#include "proxy/log.h"
#include "proxy/reach.h"
#include "proxy/relay.h"
#include "proxy/replies.h"
#include "proxy/resync.h"
#include "proxy/rewrite.h"
#include "proxy/stream.h"
#include "proxy/tls.h"
#include "proxy/worker.h"

/* Reads of one link before others get their turn. */
#define TURNS 4
/* For a client to read the last bytes: while it takes some, and when it has them all. */
#define CLOSING_SLOW_MS 60000u
#define CLOSING_DONE_MS 2000u
/* Bytes beyond the longest expression that the client's flow may keep: the header, names and types
 * of a message, and one read. */
#define KEEP_MORE (512u * 1024u)
/* What the server's flow may keep: see replies.c. */
#define KEEP_REPLIES (20u << 20)

/* --- states --- */

static const struct state {
	const char *name;
	unsigned next;
} states[] = {
#define B(word)                    (1u << SESSION_##word)
#define STATE(name, next, meaning) [SESSION_##name] = { #name, next },
#include "proxy/states.def"
#undef B
};

static void list_add(struct session_list *list, struct session *s)
{
	s->previous = NULL;
	s->next = list->first;
	if (list->first != NULL)
		list->first->previous = s;
	list->first = s;
}

static void list_remove(struct session_list *list, struct session *s)
{
	if (s->previous != NULL)
		s->previous->next = s->next;
	else
		list->first = s->next;
	if (s->next != NULL)
		s->next->previous = s->previous;
}

static struct session_list *list_of(struct session *s)
{
	return s->deadline != 0 ? &s->worker->timed : &s->worker->steady;
}

/* `after` milliseconds from now; 0: none. */
static void set_deadline(struct session *s, uint64_t after)
{
	struct worker *w = s->worker;
	bool first = w->timed.first == NULL;

	worker_read_clock(w);
	list_remove(list_of(s), s);
	s->deadline = after != 0 ? w->now + after : 0;
	list_add(list_of(s), s);
	if (first && after != 0 && w->on_deadline != NULL)
		w->on_deadline(w);
}

static void move(struct session *s, enum session_state to)
{
	assert((states[s->state].next >> to & 1) != 0);
	s->state = (uint8_t)to;
}

static bool is_relaying(const struct session *s)
{
	return s->state == SESSION_LOGIN || s->state == SESSION_READY;
}

static void drain(struct session *s);
static void reach_again(struct session *s);

/* --- ending --- */

static void log_end(const struct session *s, const char *reason)
{
	if (s->room != CENSUS_INSIDE || !s->config->log_sessions)
		return;
	worker_read_clock(s->worker);
	log_event(s->worker->log, LOG_INFO, s->id, "session ended",
	          LOG_FIELDS(LOG_TEXT("reason", reason),
	                     LOG_NUMBER("seconds", (s->worker->now - s->born) / 1000),
	                     LOG_NUMBER("from_client", s->client.received),
	                     LOG_NUMBER("from_server", s->server.received)));
}

static void free_start(struct session *s)
{
	if (s->start == NULL)
		return;
	outbuf_wipe(&s->start->in);
	outbuf_wipe(&s->start->packet);
	startup_clamp_free(&s->start->clamp);
	free(s->start);
	s->start = NULL;
}

static void close_server(struct session *s)
{
	link_close(&s->server, &s->worker->pool);
	ask_free(s);
	resync_free(s);
	s->hold = HOLD_NOTHING;
}

/* The end of all: nothing more is read or sent. The session is freed by settle(). */
static void finish(struct session *s, const char *reason)
{
	if (s->state == SESSION_CLOSED)
		return;
	if (s->state != SESSION_CLOSING)
		log_end(s, reason);
	move(s, SESSION_CLOSED);
	close_server(s);
	link_close(&s->client, &s->worker->pool);
}

/* The server is done with; the client may read what is left. */
static void finish_client(struct session *s, const char *reason)
{
	if (s->state == SESSION_CLOSED || s->state == SESSION_CLOSING)
		return;
	log_end(s, reason);
	move(s, SESSION_CLOSING);
	close_server(s);
	link_shut(&s->client);
	set_deadline(s, s->client.unsent.bytes > 0 ? CLOSING_SLOW_MS : CLOSING_DONE_MS);
}

static bool send_to_client(void *context, struct bytes b)
{
	struct session *s = context;

	s->gone = !link_send(&s->client, &s->worker->pool, b);
	return !s->gone;
}

/* Tells the client why its session ends, if words of ours can stand there. */
static void fail(struct session *s, const char *sqlstate, const char *message, const char *reason)
{
	struct outbuf *out = &s->worker->to_client;
	bool may_tell = s->state <= SESSION_READY && flow_is_boundary(&s->server.flow);

	if (may_tell) {
		outbuf_clear(out);
		report_put_error(out, "FATAL", sqlstate, message, NULL, NULL);
		if (outbuf_ok(out))
			link_send(&s->client, &s->worker->pool, outbuf_view(out));
		outbuf_clear(out);
	}
	finish_client(s, reason);
}

static void destroy(struct session *s)
{
	struct worker *w = s->worker;

	list_remove(list_of(s), s);
	w->session_count--;
	admission_leave(s);
	free_start(s);
	notes_free(&s->notes);
	catalog_watch_free(s);
	dialog_free(&s->dialog);
	config_unref(s->config);
	free(s->database);
	free(s);
}

/* --- the client's messages --- */

/* A server that takes no more bytes may still have said why: it is read to its end. One that has not,
 * because it is TLS that is broken, reads an end. */
static void deafen(struct session *s)
{
	s->deaf = true;
	backlog_free(&s->server.unsent, &s->worker->pool);
	link_shut(&s->server);
}

static bool send_to_server(void *context, struct bytes b)
{
	struct session *s = context;

	if (s->deaf || link_send(&s->server, &s->worker->pool, b))
		return true;
	if (s->server.starved)
		return false;
	deafen(s);
	return true;
}

static struct flow_rules client_rules(struct session *s)
{
	return (struct flow_rules){
		.unseen = relay_unseen,
		.note = relay_note,
		.judge = relay_judge,
		.send = send_to_server,
		.context = s,
		.extra = &s->worker->to_server,
		.raw_when_broken = true,
	};
}

static struct flow_rules server_rules(struct session *s)
{
	return (struct flow_rules){
		.unseen = replies_unseen,
		.note = replies_note,
		.judge = replies_judge,
		.send = send_to_client,
		.context = s,
		.extra = &s->worker->to_client,
	};
}

/* The stream of the client is broken, or there is no memory for it. */
static void fail_client(struct session *s)
{
	fail(s, "53200", "out of memory", "out of memory");
}

/* Whether the client's stream may go on from where it was held. True only if it gets further: the
 * caller asks again at once. */
static bool may_resume(struct session *s)
{
	switch ((enum session_hold)s->hold) {
	case HOLD_NOTHING:
		return false;
	case HOLD_START:
		return s->state == SESSION_READY;
	case HOLD_ROOM:
		return dialog_reserve(&s->dialog, ASK_MESSAGES + 1);
	case HOLD_MARK:
		return s->resync == NULL || resync_wants_mark(s);
	case HOLD_IDLE:
	case HOLD_ANSWER:
		return ask_can_go_on(s);
	}
	return false;
}

/* The held message goes on; true when the client's stream may, too. */
static bool release(struct session *s)
{
	struct outbuf *out = &s->worker->to_server;
	enum ask_outcome outcome = ASK_SETTLED;
	bool ok;

	if (s->ask != NULL) {
		outcome = ask_go_on(s, out);
	} else if (s->hold == HOLD_MARK && s->resync != NULL) {
		resync_put_mark(s, out);
		outcome = ASK_WAITS;
	} else {
		s->hold = HOLD_NOTHING;
	}
	ok = outbuf_ok(out);
	if (ok && outbuf_size(out) > 0)
		ok = send_to_server(s, outbuf_view(out));
	outbuf_clear(out);
	if (!ok)
		fail_client(s);
	return ok && outcome == ASK_SETTLED;
}

/* Lets the client's stream go on where it was held, as far as that goes. */
static void go_on(struct session *s)
{
	struct flow_rules rules = client_rules(s);

	while (is_relaying(s) && may_resume(s)) {
		if (release(s) && !flow_resume(&s->client.flow, &rules))
			fail_client(s);
	}
}

/* The client has said its last byte. */
static void client_ended(struct session *s)
{
	s->client.ended = true;
	if (is_relaying(s))
		link_shut(&s->server);
	else
		finish(s, "client has left");
}

/* What was read of a link. */
struct reading {
	ptrdiff_t n; /* bytes, 0 at the end, or an error */
	uint8_t *start;
	size_t room;
	bool gathered; /* at once to where the link's flow wants it; else to the worker's buffer */
};

static struct reading read_link(struct session *s, struct link *l)
{
	struct reading r = { .start = s->worker->buffer + FLOW_HEADROOM, .room = WORKER_BUFFER };
	uint8_t *room = l->flow.wanted > 0 ? flow_room(&l->flow, &r.room) : NULL;

	r.gathered = room != NULL;
	if (r.gathered)
		r.start = room;
	r.n = stream_read(l->stream, r.start, r.room);
	if (r.n > 0)
		l->received += (uint64_t)r.n;
	return r;
}

static bool feed_link(struct link *l, const struct flow_rules *rules, const struct reading *r)
{
	if (r->gathered)
		return flow_fill(&l->flow, rules, (size_t)r->n);
	return flow_feed(&l->flow, rules, bytes_of(r->start, (size_t)r->n));
}

/* Whether there may be more to read. */
static bool is_full(const struct reading *r)
{
	return (size_t)r->n == r->room;
}

static bool is_later(ptrdiff_t code)
{
	return code == -EAGAIN;
}

/* A password may have been in what was read. */
static void wipe(struct session *s, const struct reading *r)
{
	if (s->state == SESSION_LOGIN && !r->gathered)
		explicit_bzero(s->worker->buffer, FLOW_HEADROOM + (size_t)r->n);
}

static void read_client(struct session *s)
{
	for (int turn = 0; turn < TURNS && is_relaying(s); turn++) {
		struct flow_rules rules = client_rules(s);
		struct reading r = read_link(s, &s->client);

		if (is_later(r.n))
			return;
		if (r.n == 0) {
			client_ended(s);
			return;
		}
		if (r.n < 0) {
			finish(s, "client is gone");
			return;
		}
		if (!feed_link(&s->client, &rules, &r))
			fail_client(s);
		wipe(s, &r);
		if (!is_full(&r) || s->client.flow.stopped || link_is_full(&s->server))
			return;
	}
}

/* --- the server's messages --- */

static void server_ended(struct session *s)
{
	/* A client whose stream is broken gets what the server gives it: the end. */
	bool expected = dialog_has_ended(&s->dialog) || s->terminated || s->client.ended ||
	                s->client.flow.raw;

	s->server.ended = true;
	if (expected)
		finish_client(s, "server has closed the connection");
	else
		fail(s, "08006", "server closed the connection unexpectedly",
		     "server closed the connection unexpectedly");
}

/* The server refused the login because of TLS, and may accept it without: as libpq with prefer. */
static void login_again(struct session *s)
{
	s->turned_away = false;
	s->plain_server = true;
	dialog_free(&s->dialog);
	dialog_init(&s->dialog, SESSION_REPLIES_MAX);
	if (s->replication)
		dialog_set_transparent(&s->dialog);
	set_deadline(s, s->config->connect_timeout);
	reach_again(s);
}

/* The server's bytes could not be passed on: the client is gone, or they cannot be followed. */
static void fail_server(struct session *s)
{
	if (s->gone)
		finish(s, "client is gone");
	else if (s->turned_away)
		login_again(s);
	else if (s->unproved)
		finish_client(s, "login without proof");
	else
		fail(s, "08P01", "the server's messages cannot be followed",
		     "protocol violation by the server");
}

static void read_server(struct session *s)
{
	for (int turn = 0; turn < TURNS && is_relaying(s); turn++) {
		struct flow_rules rules = server_rules(s);
		struct reading r = read_link(s, &s->server);

		if (is_later(r.n))
			return;
		if (r.n <= 0) {
			server_ended(s);
			return;
		}
		if (!feed_link(&s->server, &rules, &r))
			fail_server(s);
		if (!is_full(&r) || link_is_full(&s->client))
			return;
	}
}

/* --- beginning --- */

static struct stream_options stream_options(const struct config *c)
{
	return (struct stream_options){
		.keepalive = c->tcp_keepalive != 0,
		.keep_idle = (int)(c->tcp_keepidle / 1000),
		.keep_interval = (int)(c->tcp_keepintvl / 1000),
		.keep_count = (int)c->tcp_keepcnt,
		.user_timeout = (unsigned)c->tcp_user_timeout,
	};
}

static void on_server(void *context, unsigned events);

/* The server cannot be reached. Its address, and what it is called, stay in the log. */
static void fail_connect(struct session *s, const char *reason)
{
	char message[300];

	log_event(
		s->worker->log, LOG_WARNING, s->id, "cannot connect to the server",
		LOG_FIELDS(LOG_TEXT("server", s->worker->server.text), LOG_TEXT("reason", reason)));
	if (s->cancels) {
		finish(s, "cannot connect to the server");
		return;
	}
	snprintf(message, sizeof(message), "could not connect to the server: %.200s", reason);
	fail(s, "08001", message, "cannot connect to the server");
}

static void open_server(struct session *s)
{
	struct stream_options options = stream_options(s->config);
	struct stream_owner owner = { on_server, s };
	int code;

	s->server.stream = stream_open(s->worker->loop, &s->worker->server, &options, owner, &code);
	if (s->server.stream == NULL)
		fail_connect(s, stream_error_text(code));
}

/* What is left of login_timeout, which counts from the client's connection. */
static uint64_t login_time_left(const struct session *s)
{
	uint64_t end = s->born + s->config->login_timeout;

	return end > s->worker->now ? end - s->worker->now : 1;
}

/* Connected, and safe if it should be: the server gets the client's first packet. */
static void send_first(struct session *s)
{
	struct outbuf *packet = &s->start->packet;

	if (!link_send(&s->server, &s->worker->pool, outbuf_view(packet))) {
		fail_connect(s, "the server closed the connection");
		return;
	}
	if (s->cancels) {
		move(s, SESSION_CANCELLING);
		return;
	}
	move(s, SESSION_LOGIN);
	s->server.secret = true;
	set_deadline(s, login_time_left(s));
}

static void reach_again(struct session *s)
{
	link_close(&s->server, &s->worker->pool);
	link_init(&s->server, KEEP_REPLIES);
	move(s, SESSION_CONNECTING);
	open_server(s);
}

static void reach(struct session *s, enum reach_verdict verdict, const char *reason)
{
	switch (verdict) {
	case REACH_WAIT:
		if (s->state == SESSION_CONNECTING)
			move(s, SESSION_SECURING);
		break;
	case REACH_THERE:
		send_first(s);
		break;
	case REACH_AGAIN:
		reach_again(s);
		break;
	case REACH_FAILED:
		fail_connect(s, reason);
		break;
	}
}

static void begin_session(struct session *s)
{
	char from[ADDRESS_TEXT_SIZE];
	const char *refusal;

	if (s->worker->draining) {
		fail(s, "57P03", "the proxy is shutting down", "shutting down");
		return;
	}
	refusal = admission_enter(s);
	if (refusal != NULL) {
		fail(s, "53300", refusal, "too many sessions");
		return;
	}
	if (s->config->log_sessions && log_wants(s->worker->log, LOG_INFO)) {
		address_print(&s->peer.any, from);
		log_event(s->worker->log, LOG_INFO, s->id, "session started",
		          LOG_FIELDS(LOG_TEXT("client", from), LOG_TEXT("database", s->database)));
	}
	dialog_init(&s->dialog, SESSION_REPLIES_MAX);
	if (s->replication)
		dialog_set_transparent(&s->dialog);
	move(s, SESSION_CONNECTING);
	set_deadline(s, s->config->connect_timeout);
	open_server(s);
}

static void begin_cancel(struct session *s)
{
	s->cancels = true;
	if (!admission_may_cancel(s)) {
		finish(s, "too many cancel requests");
		return;
	}
	move(s, SESSION_CONNECTING);
	set_deadline(s, s->config->cancel_timeout);
	open_server(s);
}

/* Bytes that came before TLS would be taken for the client's word behind it. */
static void begin_tls(struct session *s)
{
	struct stream_tls how = { .context = tls_for_clients(s->worker->tls), .accept = true };
	int next = s->direct ? -1 : stream_peek(s->client.stream);

	if (next >= 0 && next != STARTUP_TLS_BYTE) {
		fail(s, "08P01", "received unencrypted data after SSL request", "unencrypted data");
		return;
	}
	move(s, SESSION_SHAKING);
	if (!stream_secure(s->client.stream, &how))
		finish(s, "out of memory");
}

static void client_secured(struct session *s)
{
	s->secure = true;
	s->asked_ssl = true;
	tls_cleanse(stream_ssl(s->client.stream), true);
	if (s->direct && !tls_is_postgresql(stream_ssl(s->client.stream)))
		finish(s, "direct TLS without ALPN");
	else
		move(s, SESSION_GREETING);
}

static void client_failed(struct session *s)
{
	log_event(s->worker->log, LOG_INFO, s->id, "TLS with a client failed",
	          LOG_FIELDS(LOG_TEXT("reason", stream_reason(s->client.stream))));
	finish(s, "TLS failed");
}

static void greet(struct session *s, struct bytes in)
{
	struct outbuf *out = &s->worker->to_client;
	enum greet_verdict verdict = greet_read(s, in, out);

	if (outbuf_size(out) > 0 && !send_to_client(s, outbuf_view(out)))
		verdict = GREET_DROP;
	outbuf_clear(out);
	switch (verdict) {
	case GREET_MORE:
	case GREET_ANSWER:
		break;
	case GREET_SECURE:
		begin_tls(s);
		break;
	case GREET_SESSION:
		begin_session(s);
		break;
	case GREET_CANCEL:
		begin_cancel(s);
		break;
	case GREET_REFUSE:
		finish_client(s, "refused");
		break;
	case GREET_DROP:
		finish(s, "not PostgreSQL");
		break;
	}
}

/* Whether the client begins TLS without asking: seen from its first byte, which is left where it is. */
static bool begins_direct_tls(struct session *s)
{
	s->direct = s->offers_tls && !s->secure && !s->asked_ssl && !s->asked_gssenc &&
	            outbuf_size(&s->start->in) == 0 &&
	            stream_peek(s->client.stream) == STARTUP_TLS_BYTE;
	return s->direct;
}

static void read_greeting(struct session *s)
{
	uint8_t *buffer = s->worker->buffer;

	if (begins_direct_tls(s)) {
		begin_tls(s);
		return;
	}
	while (s->state == SESSION_GREETING) {
		ptrdiff_t n = stream_read(s->client.stream, buffer, greet_wanted(s));

		if (is_later(n))
			return;
		if (n <= 0)
			finish(s, "client has left");
		else
			greet(s, bytes_of(buffer, (size_t)n));
	}
}

static void start_ready(struct session *s)
{
	move(s, SESSION_READY);
	free_start(s);
	s->server.secret = false;
	if (s->secure)
		tls_cleanse(stream_ssl(s->client.stream), false);
	set_deadline(s, 0);
}

/* --- events --- */

static void discard(struct session *s, struct link *l)
{
	ptrdiff_t n = stream_read(l->stream, s->worker->buffer, WORKER_BUFFER);

	if (!is_later(n) && n <= 0)
		finish(s, "closed");
}

static bool wants_client(const struct session *s)
{
	switch ((enum session_state)s->state) {
	case SESSION_GREETING:
	case SESSION_CLOSING:
		return true;
	case SESSION_LOGIN:
	case SESSION_READY:
		return !s->client.flow.stopped && !link_is_full(&s->server);
	default:
		return false;
	}
}

static bool wants_server(const struct session *s)
{
	return s->state == SESSION_CANCELLING || s->state == SESSION_SECURING ||
	       (is_relaying(s) && !link_is_full(&s->client));
}

/* Whether an event has left a session at work as it was: both sides are read, nothing waits to be
 * sent. */
static bool is_unchanged(const struct session *s)
{
	return s->state == SESSION_READY && s->hold == HOLD_NOTHING && !s->worker->draining &&
	       !s->client.flow.stopped && link_only_reads(&s->client) &&
	       link_only_reads(&s->server);
}

/* What follows from an event. Last call of every entry from outside: the session may be gone. */
static void settle(struct session *s)
{
	if (is_unchanged(s)) /* nearly always */
		return;
	if (s->state == SESSION_LOGIN && s->logged_in)
		start_ready(s);
	if (s->hold != HOLD_NOTHING)
		go_on(s);
	if (s->worker->draining && is_relaying(s))
		drain(s);
	if (s->state == SESSION_CLOSING && s->client.ended && s->client.unsent.bytes == 0)
		finish(s, "closed");
	if (s->state == SESSION_CLOSED) {
		destroy(s);
		return;
	}
	link_want(&s->client, wants_client(s));
	link_want(&s->server, wants_server(s));
}

/* The client takes bytes again. When it has taken all of them the server, which was not read
 * meanwhile, is read at once: nothing changes for the poll while a reader is the slower side. */
static void client_writable(struct session *s)
{
	if (!link_flush(&s->client, &s->worker->pool))
		finish(s, "client is gone");
	else if (s->state == SESSION_CLOSING)
		set_deadline(s, s->client.unsent.bytes > 0 ? CLOSING_SLOW_MS : CLOSING_DONE_MS);
	else if (is_relaying(s) && wants_server(s))
		read_server(s);
}

static void on_client(void *context, unsigned events)
{
	struct session *s = context;

	if ((events & STREAM_FAILED) != 0)
		client_failed(s);
	if ((events & STREAM_SECURED) != 0)
		client_secured(s);
	if ((events & STREAM_WRITABLE) != 0)
		client_writable(s);
	if ((events & STREAM_READABLE) != 0) {
		if (s->state == SESSION_GREETING)
			read_greeting(s);
		else if (is_relaying(s))
			read_client(s);
		else if (s->state == SESSION_CLOSING)
			discard(s, &s->client);
	}
	settle(s);
}

/* What comes of the server before it has got the first packet. */
static void on_reaching(struct session *s, unsigned events)
{
	const char *reason = "";
	enum reach_verdict verdict = REACH_WAIT;

	if ((events & STREAM_FAILED) != 0)
		verdict = reach_failed(s, &reason);
	else if ((events & STREAM_OPENED) != 0)
		verdict = reach_opened(s, &reason);
	else if ((events & STREAM_SECURED) != 0)
		verdict = reach_secured(s, &reason);
	else if ((events & STREAM_READABLE) != 0)
		verdict = reach_readable(s, &reason);
	reach(s, verdict, reason);
}

static void server_writable(struct session *s)
{
	if (!link_flush(&s->server, &s->worker->pool))
		deafen(s);
	if (is_relaying(s) && wants_client(s) && !s->client.ended)
		read_client(s);
}

static void on_server(void *context, unsigned events)
{
	struct session *s = context;

	if ((events & STREAM_WRITABLE) != 0)
		server_writable(s);
	if (s->state == SESSION_CONNECTING || s->state == SESSION_SECURING)
		on_reaching(s, events);
	else if ((events & STREAM_READABLE) != 0 && is_relaying(s))
		read_server(s);
	else if ((events & STREAM_READABLE) != 0 && s->state == SESSION_CANCELLING)
		discard(s, &s->server);
	settle(s);
}

/* --- from the worker --- */

static void copy_peer(struct session *s, const struct sockaddr *from)
{
	if (from->sa_family == AF_INET)
		memcpy(&s->peer, from, sizeof(s->peer.in));
	else if (from->sa_family == AF_INET6)
		memcpy(&s->peer, from, sizeof(s->peer.in6));
	else
		s->peer.any.sa_family = AF_UNIX;
}

static struct session *new_session(struct worker *w, const struct sockaddr *from)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->start = calloc(1, sizeof(*s->start));
	if (s->start == NULL) {
		free(s);
		return NULL;
	}
	s->worker = w;
	s->config = config_ref(w->config);
	s->born = w->now;
	s->id = census_next_id(w->census);
	s->settings.standard_conforming_strings = true;
	copy_peer(s, from);
	outbuf_init(&s->start->in, STARTUP_LENGTH_MAX);
	outbuf_init(&s->start->packet, STARTUP_LENGTH_MAX);
	link_init(&s->client, (size_t)s->config->max_expression_size + KEEP_MORE);
	link_init(&s->server, KEEP_REPLIES);
	notes_init(&s->notes);
	s->watch.portals_keep = true;
	list_add(&w->steady, s);
	w->session_count++;
	set_deadline(s, s->config->login_timeout);
	return s;
}

void session_start(struct worker *w, int fd, const struct sockaddr *from, bool local)
{
	struct stream_options options;
	struct session *s;
	int code;

	worker_read_clock(w);
	s = admission_admits(w, from) ? new_session(w, from) : NULL;
	if (s == NULL) {
		close(fd);
		return;
	}
	admission_set_demands(s, local);
	options = stream_options(s->config);
	s->client.stream =
		stream_adopt(w->loop, fd, &options, (struct stream_owner){ on_client, s }, &code);
	if (s->client.stream == NULL)
		finish(s, "no memory");
	else if (!admission_arrives(s))
		finish(s, "too many connections");
	settle(s);
}

void session_expire(struct session *s)
{
	switch ((enum session_state)s->state) {
	case SESSION_CONNECTING:
	case SESSION_SECURING:
		fail_connect(s, stream_error_text(-ETIMEDOUT));
		break;
	case SESSION_LOGIN:
		fail(s, "57014", "canceling authentication due to timeout", "login timeout");
		break;
	default:
		finish(s, "timeout");
		break;
	}
	settle(s);
}

/* Whether nothing is under way: no transaction, no batch, nothing half said. */
static bool is_at_rest(const struct session *s)
{
	return s->state == SESSION_READY && dialog_is_idle(&s->dialog) &&
	       dialog_status(&s->dialog) == 'I' && !dialog_batch_is_open(&s->dialog) &&
	       s->hold == HOLD_NOTHING && flow_is_empty(&s->client.flow) &&
	       flow_is_empty(&s->server.flow);
}

static void end(struct session *s)
{
	struct outbuf *out = &s->worker->to_server;

	if (is_at_rest(s)) {
		frontend_put_terminate(out);
		send_to_server(s, outbuf_view(out));
		outbuf_clear(out);
	}
	fail(s, "57P01", "terminating connection due to administrator command", "shut down");
}

/* Ends what is at rest; the others are asked again when they come to rest. */
static void drain(struct session *s)
{
	if (s->state == SESSION_GREETING || s->state == SESSION_SHAKING)
		finish(s, "shut down");
	else if (is_at_rest(s))
		end(s);
}

void session_drain(struct session *s)
{
	drain(s);
	settle(s);
}

void session_end(struct session *s)
{
	if (s->cancels || s->state == SESSION_CLOSING || s->state == SESSION_GREETING ||
	    s->state == SESSION_SHAKING)
		finish(s, "shut down");
	else
		end(s);
	settle(s);
}
