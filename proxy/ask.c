#include "proxy/ask.h"

#include <stdio.h>
#include <stdlib.h>

#include "protocol/backend.h"
#include "protocol/frontend.h"
#include "protocol/report.h"
#include "proxy/config.h"
#include "proxy/resync.h"
#include "proxy/rewrite.h"
#include "proxy/session.h"
#include "proxy/worker.h"

/* Columns that an answer may have. */
#define COLUMNS_MAX 64

struct ask {
	struct rewrite *rewrite;     /* owned; NULL until it may begin */
	struct outbuf message;       /* owned: the client's message */
	uint8_t type;                /* Query or Parse */
	struct frontend_parse parse; /* of `message`; for a Query only the text */
	uint32_t tag;                /* of the question's entries */
	bool own_transaction;        /* the question ends with Sync */
	bool answered;               /* no more replies to the question will come */
	bool failed;                 /* it had an error, which the client has */
	bool voided;                 /* it was discarded */
};

void ask_free(struct session *s)
{
	struct ask *a = s->ask;

	if (a == NULL)
		return;
	s->ask = NULL;
	rewrite_free(a->rewrite);
	outbuf_free(&a->message);
	free(a);
}

/* Reads the text out of a whole message, or out of the front of one that is too long. */
static bool read_text(struct ask *a, struct bytes body, bool whole)
{
	struct reader r = reader_of(body);

	if (whole && a->type == FRONTEND_QUERY)
		return frontend_read_query(body, &a->parse.query);
	if (whole)
		return frontend_read_parse(body, &a->parse);
	if (a->type == FRONTEND_PARSE)
		a->parse.name = reader_cstring(&r);
	a->parse.query = reader_rest(&r);
	return !r.failed;
}

static struct ask *new_ask(const struct frame *f)
{
	struct ask *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->type = f->type;
	outbuf_init(&a->message, f->raw.n);
	outbuf_put_bytes(&a->message, f->raw);
	if (outbuf_ok(&a->message) &&
	    read_text(a, bytes_from(outbuf_view(&a->message), FRAME_HEADER), f->ends))
		return a;
	outbuf_free(&a->message);
	free(a);
	return NULL;
}

/* Whether all that is in flight will be answered without another message of the client; behind a
 * COPY with a Flush of ours, because the Sync that the client has sent into it is not in force. */
static bool must_wait(const struct session *s)
{
	if (dialog_copy_is_ending(&s->dialog))
		return true;
	return !dialog_is_idle(&s->dialog) && !dialog_batch_is_open(&s->dialog) &&
	       !dialog_is_skipping(&s->dialog);
}

/* Waits for what is in flight. */
static enum ask_outcome wait(struct session *s, struct outbuf *out)
{
	if (!dialog_is_flushed(&s->dialog)) {
		frontend_put_flush(out);
		dialog_send(&s->dialog, FRONTEND_FLUSH, 0, DIALOG_HIDE, 0);
	}
	s->hold = HOLD_IDLE;
	return ASK_WAITS;
}

static bool transaction_failed(const struct session *s)
{
	return dialog_is_idle(&s->dialog) && !dialog_batch_is_open(&s->dialog) &&
	       dialog_status(&s->dialog) == 'E';
}

static struct rewrite *begin_rewrite(struct session *s, const struct ask *a)
{
	const struct config *c = s->config;
	struct rewrite_settings settings = {
		.tag = str_of(c->tag),
		.max_expression_size = (size_t)c->max_expression_size,
		.compile_memory = (size_t)c->compile_memory,
		.max_nesting = (uint32_t)c->max_nesting,
		.cartesian_warnings = c->cartesian_warnings != 0,
	};
	struct rewrite_session session = catalog_watch_describe(s, true);
	struct str query = { (const char *)a->parse.query.p, a->parse.query.n };

	if (a->type == FRONTEND_PARSE)
		session.parameter_types = a->parse.types;
	return rewrite_new(s->worker->shapes, &settings, &session, query);
}

/* Whether a question may be put now, and how: see the header. */
static bool may_ask(struct session *s, struct ask *a)
{
	bool several = a->type == FRONTEND_QUERY && rewrite_is_multi_statement(a->rewrite);

	if (!dialog_may_inject(&s->dialog) || transaction_failed(s) ||
	    !dialog_reserve(&s->dialog, ASK_MESSAGES))
		return false;
	a->own_transaction = dialog_status(&s->dialog) == 'I' &&
	                     ((dialog_is_idle(&s->dialog) && !dialog_batch_is_open(&s->dialog)) ||
	                      dialog_batch_is_bare(&s->dialog));
	/* In a block that has no snapshot yet, a question would take the first one. */
	return !several || a->own_transaction ||
	       !bytes_contain_nocase(a->parse.query, "transaction");
}

static void send_hidden(struct session *s, uint8_t type, uint8_t what)
{
	dialog_send(&s->dialog, type, what, DIALOG_HIDE, s->ask->tag);
}

static void put_bind(struct outbuf *out, const struct question *q, struct bytes name)
{
	outbuf_begin(out, FRONTEND_BIND);
	outbuf_put_cstring(out, name);
	outbuf_put_cstring(out, name);
	outbuf_put_u16(out, 0);
	outbuf_put_u16(out, (uint16_t)q->parameter_count);
	for (size_t i = 0; i < q->parameter_count; i++) {
		struct bytes value = bytes_of(q->parameters[i].p, q->parameters[i].n);

		outbuf_put_value(out, (struct reader_value){ .bytes = value });
	}
	outbuf_put_u16(out, 0);
	outbuf_end(out);
}

static void put_parse(struct outbuf *out, const struct question *q, struct bytes name)
{
	outbuf_begin(out, FRONTEND_PARSE);
	outbuf_put_cstring(out, name);
	outbuf_put_z(out, q->sql);
	outbuf_put_u16(out, (uint16_t)q->parameter_count);
	for (size_t i = 0; i < q->parameter_count; i++)
		outbuf_put_u32(out, q->types[i]);
	outbuf_end(out);
}

/* Nothing of the question stays behind: statement and portal are closed with it. */
static void put_question(struct session *s, struct outbuf *out)
{
	struct ask *a = s->ask;
	const struct question *q = rewrite_question(a->rewrite);
	char text[40];
	struct bytes name;

	snprintf(text, sizeof(text), "_pgexpr_%016llx",
	         (unsigned long long)worker_nonce(s->worker));
	name = bytes_of_z(text);
	a->tag = notes_tag(&s->notes);
	a->answered = false;
	put_parse(out, q, name);
	send_hidden(s, FRONTEND_PARSE, 0);
	put_bind(out, q, name);
	send_hidden(s, FRONTEND_BIND, 0);
	frontend_put_execute(out, name, 0);
	send_hidden(s, FRONTEND_EXECUTE, 0);
	frontend_put_close(out, FRONTEND_PORTAL, name);
	send_hidden(s, FRONTEND_CLOSE, 0);
	frontend_put_close(out, FRONTEND_STATEMENT, name);
	send_hidden(s, FRONTEND_CLOSE, 0);
	if (a->own_transaction) {
		frontend_put_sync(out);
		send_hidden(s, FRONTEND_SYNC, 0);
	} else {
		frontend_put_flush(out);
		send_hidden(s, FRONTEND_FLUSH, 0);
	}
}

/* Puts the message with its new text, and notes what reports on it need. */
static void put_rewritten(struct session *s, struct outbuf *out)
{
	struct ask *a = s->ask;
	struct str text = rewrite_text(a->rewrite);
	struct report_map *map = NULL;
	bool discarded = dialog_discards(&s->dialog); /* no reply would end a note */
	uint32_t tag;
	bool keeps;

	if (!rewrite_changed(a->rewrite)) {
		outbuf_put_bytes(out, outbuf_view(&a->message));
	} else {
		map = rewrite_report_map(a->rewrite);
		a->parse.query = bytes_of(text.p, text.n);
		if (a->type == FRONTEND_QUERY)
			frontend_put_query(out, a->parse.query);
		else
			frontend_put_parse(out, &a->parse);
	}
	if (a->type == FRONTEND_QUERY) {
		catalog_watch_query(s, a->parse.query, a->rewrite);
		tag = discarded ? 0 : notes_query(&s->notes, map);
	} else {
		keeps = catalog_watch_parse(s, a->parse.name, a->parse.query, a->rewrite);
		tag = discarded ? 0 : notes_parse(&s->notes, a->parse.name, map, keeps);
	}
	report_map_unref(map);
	dialog_send(&s->dialog, a->type, 0, DIALOG_FORWARD, tag);
}

/* Goes as far as it can without the server. */
static enum ask_outcome work(struct session *s, struct outbuf *out)
{
	struct ask *a = s->ask;

	if (rewrite_state(a->rewrite) == REWRITE_ASK) {
		if (may_ask(s, a)) {
			put_question(s, out);
			s->hold = HOLD_ANSWER;
			return ASK_WAITS;
		}
		rewrite_abandon(a->rewrite);
	}
	put_rewritten(s, out);
	ask_free(s);
	s->hold = HOLD_NOTHING;
	return ASK_SETTLED;
}

enum ask_outcome ask_start(struct session *s, const struct frame *f, struct outbuf *out)
{
	struct ask *a = new_ask(f);

	if (a == NULL)
		return ASK_UNCHANGED; /* the server says what is wrong with it */
	s->ask = a;
	if (f->ends && must_wait(s))
		return wait(s, out);
	a->rewrite = begin_rewrite(s, a);
	if (a->rewrite == NULL ||
	    (rewrite_state(a->rewrite) == REWRITE_DONE && !rewrite_changed(a->rewrite))) {
		ask_free(s);
		return ASK_UNCHANGED;
	}
	return work(s, out);
}

bool ask_can_go_on(const struct session *s)
{
	if (s->hold == HOLD_IDLE && s->resync != NULL)
		return resync_wants_mark(s);
	if (s->hold == HOLD_IDLE)
		return !must_wait(s) || dialog_takes_copy(&s->dialog) ||
		       !dialog_is_flushed(&s->dialog);
	return s->ask->answered || s->ask->voided;
}

/* A Parse whose error the client has: it has to fail once more, unseen, because the server is past the
 * question's Sync. Then it discards what the client sends up to its own Sync, and has forgotten an
 * unnamed statement, as after any Parse that fails. */
static void put_failing_parse(struct session *s, struct bytes name, struct outbuf *out)
{
	struct frontend_parse p = {
		.name = name,
		.query = BYTES("skip /* pgexpr: the catalog could not be read */"),
	};

	frontend_put_parse(out, &p);
	dialog_send(&s->dialog, FRONTEND_PARSE, 0, DIALOG_HIDE, 0);
}

/* Makes the server forget its unnamed statement, as a Query does before anything else. */
static void put_forget_unnamed(struct session *s, struct outbuf *out)
{
	frontend_put_close(out, FRONTEND_STATEMENT, BYTES(""));
	dialog_send(&s->dialog, FRONTEND_CLOSE, 0, DIALOG_HIDE, 0);
	frontend_put_sync(out);
	dialog_send(&s->dialog, FRONTEND_SYNC, 0, DIALOG_HIDE, 0);
}

/* The question has failed, and the client has its error. The server is either about to discard all up
 * to a Sync: then a Query is owed the ReadyForQuery that a Sync gives, while for a Parse the client
 * sends one. Or the question had its own, whose ReadyForQuery is the Query's. The message is never sent;
 * what it does to an unnamed statement is done without it. */
static enum ask_outcome settle_failed(struct session *s, struct outbuf *out)
{
	struct ask *a = s->ask;
	bool query = a->type == FRONTEND_QUERY;
	bool fails_again = !query && (a->own_transaction || a->parse.name.n == 0);

	if (!a->own_transaction && (query || fails_again)) {
		frontend_put_sync(out);
		dialog_send(&s->dialog, FRONTEND_SYNC, 0, query ? DIALOG_FORWARD : DIALOG_HIDE, 0);
	}
	if (query)
		put_forget_unnamed(s, out);
	else if (fails_again)
		put_failing_parse(s, a->parse.name, out);
	ask_free(s);
	s->hold = HOLD_NOTHING;
	return ASK_SETTLED;
}

/* An earlier message of the batch has failed, and the question's Sync has ended what the server
 * skips: it has to go on with that, up to the client's Sync, and the message is part of it. */
static enum ask_outcome settle_skipped(struct session *s, struct outbuf *out)
{
	put_failing_parse(s, BYTES("_pgexpr_skip"), out);
	ask_free(s);
	s->hold = HOLD_NOTHING;
	return ASK_SETTLED;
}

/* The message as it came: for a client that sends a statement into its own COPY, or so that nobody
 * can say what it is behind; or when there is no memory. */
static enum ask_outcome settle_untouched(struct session *s, struct outbuf *out)
{
	struct ask *a = s->ask;

	catalog_watch_unknown(s);
	outbuf_put_bytes(out, outbuf_view(&a->message));
	dialog_send(&s->dialog, a->type, 0, DIALOG_FORWARD, 0);
	ask_free(s);
	s->hold = HOLD_NOTHING;
	return ASK_SETTLED;
}

enum ask_outcome ask_go_on(struct session *s, struct outbuf *out)
{
	struct ask *a = s->ask;

	if (a->rewrite == NULL) {
		if (s->resync != NULL && dialog_is_synced(&s->dialog)) {
			resync_put_mark(s, out);
			return ASK_WAITS;
		}
		if (s->resync != NULL || dialog_takes_copy(&s->dialog))
			return settle_untouched(s, out);
		if (must_wait(s))
			return wait(s, out);
		a->rewrite = begin_rewrite(s, a);
		return a->rewrite == NULL ? settle_untouched(s, out) : work(s, out);
	}
	if (a->voided && a->own_transaction)
		return settle_skipped(s, out);
	if (a->voided)
		rewrite_abandon(a->rewrite);
	else if (a->failed)
		return settle_failed(s, out);
	else
		rewrite_answered(a->rewrite);
	return work(s, out);
}

/* --- replies --- */

static void take_row(struct ask *a, struct bytes body)
{
	struct bytes columns[COLUMNS_MAX];
	struct backend_data_row row;
	struct reader r;
	size_t count = 0;

	if (backend_read_data_row(body, &row) && row.count <= COLUMNS_MAX) {
		r = reader_of(row.values);
		for (; count < row.count; count++)
			columns[count] = reader_value(&r).bytes; /* empty when null */
	}
	rewrite_row(a->rewrite, columns, count);
}

/* A position in the question's text would mean nothing to the client. */
static enum flow_fate pass_error(struct bytes body, struct outbuf *out)
{
	static const struct report_edit no_position = { .code = REPORT_POSITION, .drop = true };

	if (report_position(body, REPORT_POSITION) == 0 ||
	    !report_put_edited(out, BACKEND_ERROR_RESPONSE, body, &no_position, 1))
		return FLOW_PASS;
	return FLOW_DROP;
}

/* A reply to a question that is over: its statement goes on without, or a failed COPY had put it in
 * doubt. An error in it is the one that the server skips for, unless we have made it (tag 0). */
static enum flow_fate stray_reply(struct session *s, const struct frame *f,
                                  const struct dialog_verdict *verdict, struct outbuf *out)
{
	if (s->ask != NULL && verdict->voided > 0)
		s->ask->voided = true;
	if (f->type != BACKEND_ERROR_RESPONSE || verdict->tag == 0)
		return FLOW_DROP;
	return pass_error(f->body, out);
}

enum flow_fate ask_reply(struct session *s, const struct frame *f,
                         const struct dialog_verdict *verdict, struct outbuf *out)
{
	struct ask *a = s->ask;
	enum flow_fate fate = FLOW_DROP;

	if (a == NULL || verdict->tag == 0 || verdict->tag != a->tag)
		return stray_reply(s, f, verdict, out);
	if (f->type == BACKEND_DATA_ROW && !f->ends)
		return FLOW_CLOSE; /* too long for an answer of the catalog */
	if (f->type == BACKEND_DATA_ROW) {
		take_row(a, f->body);
	} else if (f->type == BACKEND_ERROR_RESPONSE) {
		a->failed = true;
		fate = pass_error(f->body, out);
	} else if (f->type == BACKEND_READY_FOR_QUERY && a->failed && a->type == FRONTEND_QUERY) {
		fate = FLOW_PASS; /* the one that the client's Query is owed */
	}
	a->answered = dialog_hidden(&s->dialog) == 0;
	return fate;
}

void ask_void(struct session *s)
{
	s->ask->voided = true;
}
