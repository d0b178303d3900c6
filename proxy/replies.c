#include "proxy/replies.h"

#include "protocol/backend.h"
#include "protocol/report.h"
#include "proxy/ask.h"
#include "proxy/log.h"
#include "proxy/login.h"
#include "proxy/resync.h"
#include "proxy/rewrite.h"
#include "proxy/session.h"
#include "proxy/worker.h"

/* Reports longer than this are passed on as they come; answers of the catalog likewise end the
 * session. */
#define REPORT_MAX (1u << 20)
#define ROW_MAX    (16u << 20)

static const bool rows[FLOW_LETTERS] = {
	[BACKEND_DATA_ROW] = true,
	[BACKEND_COPY_DATA] = true,
};

/* The rest of what a query is answered with, up to its ReadyForQuery. */
static const bool results[FLOW_LETTERS] = {
	[BACKEND_DATA_ROW] = true,
	[BACKEND_COPY_DATA] = true,
	[BACKEND_ROW_DESCRIPTION] = true,
	[BACKEND_COMMAND_COMPLETE] = true,
	[BACKEND_EMPTY_QUERY_RESPONSE] = true,
};

const bool *replies_unseen(const void *context)
{
	const struct session *s = context;

	if (dialog_may_hide(&s->dialog) || s->ask != NULL || s->resync != NULL ||
	    s->state != SESSION_READY)
		return NULL;
	return dialog_is_on_plain_query(&s->dialog) ? results : rows;
}

bool replies_note(void *context, uint8_t letter)
{
	struct session *s = context;

	return dialog_receive_plain(&s->dialog, letter);
}

/* How long a message of this type may be and still be waited for; 0: its body is not needed. */
static size_t waited_for(const struct session *s, uint8_t type)
{
	switch (type) {
	case BACKEND_AUTHENTICATION:
	case BACKEND_NEGOTIATE_VERSION:
	case BACKEND_PARAMETER_STATUS:
	case BACKEND_READY_FOR_QUERY:
	case BACKEND_ERROR_RESPONSE:
	case BACKEND_NOTICE_RESPONSE:
		return REPORT_MAX;
	case BACKEND_PARAMETER_DESCRIPTION:
	case BACKEND_NOTIFICATION_RESPONSE:
		return s->resync != NULL ? REPORT_MAX : 0;
	case BACKEND_DATA_ROW:
		return s->ask != NULL && dialog_hidden(&s->dialog) > 0 ? ROW_MAX : 0;
	default:
		return 0;
	}
}

/* Nobody can say which replies are whose, or the server does not keep to the protocol that we know.
 * What is hidden could not be told from what is not. */
static enum flow_fate lose(struct session *s, const struct dialog_verdict *v)
{
	bool asking = s->ask != NULL && s->hold == HOLD_ANSWER;

	if (v->doubt && !v->leaks && !asking && resync_begin(s))
		return FLOW_PASS;
	if (v->leaks || s->ask != NULL)
		return FLOW_CLOSE;
	log_event(s->worker->log, LOG_WARNING, s->id, "expressions pass untouched from now on",
	          LOG_FIELDS(LOG_TEXT("reason", "the server's messages cannot be followed")));
	s->client.flow.raw = true;
	return FLOW_RAW;
}

/* A statement was prepared from an expression, and since then its tables have changed so that the
 * SQL means nothing any more. SELECT * would then say that the cached plan must not change its result
 * type, upon which drivers prepare it again; an expression that names no column is nothing else. */
static bool put_outdated(struct session *s, const struct frame *f, uint32_t tag, struct outbuf *out)
{
	struct bytes sqlstate;
	struct bytes message;
	struct bytes ignored;

	if (f->type != BACKEND_ERROR_RESPONSE || !notes_is_looked_at_again(&s->notes, tag) ||
	    !report_find(f->body, REPORT_SQLSTATE, &sqlstate) || !bytes_is(sqlstate, "42703") ||
	    !report_find(f->body, REPORT_MESSAGE, &message) ||
	    report_find(f->body, REPORT_WHERE, &ignored)) /* of a function that it calls */
		return false;
	const struct report_edit edits[] = {
		{ .code = REPORT_SQLSTATE, .value = BYTES("0A000") },
		{ .code = REPORT_MESSAGE,
		  .value = BYTES("cached plan must not change result type") },
		{ .code = REPORT_DETAIL, .value = message },
		{ .code = REPORT_HINT, .drop = true },
		{ .code = REPORT_POSITION, .drop = true },
		{ .code = REPORT_ROUTINE, .value = BYTES("RevalidateCachedQuery") },
	};
	return report_put_edited(out, f->type, f->body, edits, sizeof(edits) / sizeof(edits[0]));
}

/* Reports on an expression. */
static enum flow_fate judge_report(struct session *s, const struct frame *f, uint32_t tag,
                                   struct outbuf *out)
{
	const struct report_map *map = notes_map(&s->notes, tag);

	if (map == NULL || !f->ends)
		return FLOW_PASS;
	if (f->type == BACKEND_ERROR_RESPONSE)
		catalog_watch_unknown(s); /* what it was compiled from may be what is wrong */
	if (put_outdated(s, f, tag, out))
		return FLOW_DROP;
	return report_map_apply(map, f->type, f->body, out) ? FLOW_DROP : FLOW_PASS;
}

static enum flow_fate judge_reply(struct session *s, const struct frame *f,
                                  const struct dialog_verdict *v)
{
	struct outbuf *out = &s->worker->to_client;
	enum flow_fate fate = FLOW_PASS;

	if (v->tag != 0 && !v->async)
		notes_put_notices(&s->notes, v->tag, out);
	if (f->type == BACKEND_ERROR_RESPONSE || f->type == BACKEND_NOTICE_RESPONSE)
		fate = judge_report(s, f, v->tag, out);
	if (v->tag != 0 && v->last)
		notes_replied(&s->notes, v->tag, f->type);
	if (f->type == BACKEND_READY_FOR_QUERY)
		catalog_watch_ready(s, dialog_status(&s->dialog));
	if (f->type == BACKEND_READY_FOR_QUERY && dialog_outstanding(&s->dialog) == 0)
		notes_settle(&s->notes);
	return fate;
}

enum flow_fate replies_judge(void *context, const struct frame *f, size_t *more)
{
	struct session *s = context;
	size_t whole = FRAME_HEADER + (size_t)f->size;
	struct dialog_verdict v;

	if (!f->ends && f->size <= waited_for(s, f->type)) {
		*more = whole;
		return FLOW_MORE;
	}
	v = dialog_receive(&s->dialog, f->type, f->body);
	if (v.lost)
		return lose(s, &v);
	if (v.mode == DIALOG_HIDE)
		return ask_reply(s, f, &v, &s->worker->to_client);
	if (v.voided > 0 && s->ask != NULL)
		ask_void(s);
	if (f->type == BACKEND_PARAMETER_STATUS)
		login_note_setting(s, f->body);
	if (s->resync != NULL)
		return resync_reply(s, f, &s->worker->to_client);
	if (s->state == SESSION_LOGIN)
		return login_reply(s, f, &s->worker->to_client);
	return judge_reply(s, f, &v);
}
