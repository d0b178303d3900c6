#include "proxy/relay.h"

#include "proxy/ask.h"
#include "proxy/config.h"
#include "proxy/resync.h"
#include "proxy/rewrite.h"
#include "proxy/session.h"
#include "proxy/worker.h"

/* How much of a text that is too long for an expression is searched for the tag. */
#define TOO_LONG_LOOK 16384u
/* How much of a Bind is waited for to see the two names at its front. */
#define BIND_LOOK 512u

/* Data that no COPY is known to take is looked at: it may stand between a Sync and a statement. */
const bool *relay_unseen(const void *context)
{
	const struct session *s = context;
	static const bool none[FLOW_LETTERS] = { 0 };
	static const bool data[FLOW_LETTERS] = { [FRONTEND_COPY_DATA] = true };

	if (dialog_takes_copy(&s->dialog))
		return data;
	if (s->watch.bindings != NULL || s->resync != NULL || notes_are_named(&s->notes))
		return NULL;
	return none;
}

bool relay_note(void *context, uint8_t letter)
{
	struct session *s = context;

	return (letter == FRONTEND_BIND || letter == FRONTEND_EXECUTE || letter == FRONTEND_SYNC) &&
	       !dialog_takes_copy(&s->dialog) &&
	       dialog_send(&s->dialog, letter, 0, DIALOG_FORWARD, 0) != DIALOG_FULL;
}

static enum flow_fate hold(struct session *s, enum session_hold why)
{
	s->hold = (uint8_t)why;
	return FLOW_STOP;
}

/* Notes a message that is passed on, with the tag of what is remembered of it. */
static enum flow_fate pass(struct session *s, uint8_t type, uint8_t what, uint32_t tag)
{
	if (dialog_send(&s->dialog, type, what, DIALOG_FORWARD, tag) == DIALOG_FULL)
		return hold(s, HOLD_ROOM);
	if (type == FRONTEND_FUNCTION_CALL)
		catalog_watch_unknown(s);
	else if (type == FRONTEND_TERMINATE)
		s->terminated = true;
	return FLOW_PASS;
}

static enum flow_fate wait_for(const struct frame *f, size_t n, size_t *more)
{
	size_t whole = FRAME_HEADER + (size_t)f->size;

	*more = n < whole ? n : whole;
	return FLOW_MORE;
}

static bool has(const struct frame *f, size_t n)
{
	return f->ends || f->raw.n >= n;
}

/* Whether messages that name statements or portals have to be noted. One that the server discards has
 * no reply that would end its note, and a client may send any number of them. */
static bool must_note(const struct session *s)
{
	return notes_are_named(&s->notes) && !dialog_discards(&s->dialog);
}

/* A Query or Parse that goes on as it came. */
static enum flow_fate pass_text(struct session *s, const struct frame *f)
{
	struct reader r = reader_of(f->body);
	struct bytes name = { 0 };
	struct bytes text;
	uint32_t tag = 0;

	if (s->watch.bindings == NULL && !notes_are_named(&s->notes))
		return pass(s, f->type, 0, 0);
	if (dialog_is_full(&s->dialog))
		return hold(s, HOLD_ROOM);
	if (f->type == FRONTEND_PARSE)
		name = reader_cstring(&r);
	text = reader_cstring(&r);
	if (r.failed)
		catalog_watch_unknown(s);
	else if (f->type == FRONTEND_QUERY)
		catalog_watch_query(s, text, NULL);
	else
		catalog_watch_parse(s, name, text, NULL);
	if (f->type == FRONTEND_PARSE && must_note(s))
		tag = notes_parse(&s->notes, name, NULL, false);
	return pass(s, f->type, 0, tag);
}

/* Query and Parse. The whole text must be here to know that there is no tag in it; one that is longer
 * than an expression may be streams through unless the tag stands near its beginning, and is then
 * gathered as far as it takes to refuse it. */
static enum flow_fate judge_text(struct session *s, const struct frame *f, size_t *more)
{
	size_t limit = (size_t)s->config->max_expression_size;
	struct str tag = str_of(s->config->tag);
	struct str text;
	bool too_long = f->size > limit;

	if (s->replication || dialog_is_transparent(&s->dialog))
		return pass(s, f->type, 0, 0);
	if (f->size > MESSAGE_LIMIT_LARGE - 4) /* the server refuses it for its length alone */
		return pass_text(s, f);
	if (!has(f, too_long ? TOO_LONG_LOOK : FRAME_HEADER + (size_t)f->size))
		return wait_for(f, too_long ? TOO_LONG_LOOK : SIZE_MAX, more);
	text = (struct str){ (const char *)f->body.p, f->body.n };
	if (!rewrite_may_concern(text, tag) || dialog_takes_copy(&s->dialog))
		return pass_text(s, f);
	/* The name of a Parse stands in front of its text. */
	if (too_long && !has(f, limit + TOO_LONG_LOOK))
		return wait_for(f, limit + TOO_LONG_LOOK, more);
	if (s->state != SESSION_READY)
		return hold(s, HOLD_START);
	if (!dialog_reserve(&s->dialog, ASK_MESSAGES + 1))
		return hold(s, HOLD_ROOM);
	switch (ask_start(s, f, &s->worker->to_server)) {
	case ASK_UNCHANGED:
		return pass_text(s, f);
	case ASK_WAITS:
		return FLOW_TAKEN;
	case ASK_SETTLED:
		return FLOW_DROP;
	}
	return FLOW_CLOSE;
}

static enum flow_fate judge_bind(struct session *s, const struct frame *f, size_t *more)
{
	struct reader r = reader_of(f->body);
	struct bytes portal, statement;
	bool named = must_note(s);
	uint32_t tag = 0;

	if (!named && !catalog_watch_is_on(s)) {
		catalog_watch_unknown(s);
		return pass(s, f->type, 0, 0);
	}
	if (!has(f, BIND_LOOK))
		return wait_for(f, BIND_LOOK, more);
	if (dialog_is_full(&s->dialog))
		return hold(s, HOLD_ROOM);
	portal = reader_cstring(&r);
	statement = reader_cstring(&r);
	if (r.failed)
		catalog_watch_unknown(s);
	else
		catalog_watch_bind(s, statement);
	if (named && !r.failed)
		tag = notes_bind(&s->notes, portal, statement);
	return pass(s, f->type, 0, tag);
}

/* Describe and Close begin with what they are about; Execute is about a portal. */
static enum flow_fate judge_named(struct session *s, const struct frame *f, size_t *more)
{
	struct reader r = reader_of(f->body);
	bool named = must_note(s);
	uint8_t target = 'P';
	uint32_t tag = 0;

	if (!has(f, named ? MESSAGE_LIMIT_SMALL : FRAME_HEADER + 1))
		return wait_for(f, named ? MESSAGE_LIMIT_SMALL : FRAME_HEADER + 1, more);
	if (f->type != FRONTEND_EXECUTE)
		target = reader_u8(&r);
	if (named && dialog_is_full(&s->dialog))
		return hold(s, HOLD_ROOM);
	if (f->type == FRONTEND_EXECUTE)
		catalog_watch_execute(s);
	if (named)
		tag = notes_named(&s->notes, f->type, target, reader_cstring(&r));
	return pass(s, f->type, target, tag);
}

enum flow_fate relay_judge(void *context, const struct frame *f, size_t *more)
{
	struct session *s = context;

	if (s->resync != NULL && resync_holds(s, f->type))
		return hold(s, HOLD_MARK);
	switch (f->type) {
	case FRONTEND_QUERY:
	case FRONTEND_PARSE:
		return judge_text(s, f, more);
	case FRONTEND_BIND:
		return judge_bind(s, f, more);
	case FRONTEND_DESCRIBE:
	case FRONTEND_EXECUTE:
	case FRONTEND_CLOSE:
		return judge_named(s, f, more);
	default:
		return pass(s, f->type, 0, 0);
	}
}
