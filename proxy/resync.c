#include "proxy/resync.h"

#include <stdlib.h>

#include "protocol/backend.h"
#include "protocol/marker.h"
#include "protocol/messages.h"
#include "proxy/log.h"
#include "proxy/session.h"
#include "proxy/worker.h"

/* Of what comes between the mark's first two replies. */
#define KEPT_MAX (1u << 20)

struct resync {
	struct marker marker;
	struct outbuf kept; /* owned: what may be the mark's */
	bool wants_mark;
};

bool resync_begin(struct session *s)
{
	struct resync *r = calloc(1, sizeof(*r));
	uint64_t secret[2] = { worker_nonce(s->worker), worker_nonce(s->worker) };

	if (r == NULL)
		return false;
	marker_init(&r->marker, secret);
	outbuf_init(&r->kept, KEPT_MAX);
	r->wants_mark = true;
	s->resync = r;
	notes_free(&s->notes);
	notes_init(&s->notes);
	catalog_watch_free(s);
	log_event(s->worker->log, LOG_INFO, s->id, "expressions wait for the next batch",
	          LOG_FIELDS(LOG_TEXT("reason", "statements were sent behind a COPY that failed")));
	return true;
}

void resync_free(struct session *s)
{
	if (s->resync == NULL)
		return;
	outbuf_free(&s->resync->kept);
	free(s->resync);
	s->resync = NULL;
}

/* Whether a COPY cannot bear a message of this type. */
static bool is_statement(uint8_t type)
{
	switch (type) {
	case FRONTEND_QUERY:
	case FRONTEND_PARSE:
	case FRONTEND_BIND:
	case FRONTEND_DESCRIBE:
	case FRONTEND_EXECUTE:
	case FRONTEND_CLOSE:
	case FRONTEND_FUNCTION_CALL:
		return true;
	default:
		return false;
	}
}

bool resync_holds(const struct session *s, uint8_t type)
{
	return is_statement(type) && dialog_is_synced(&s->dialog);
}

bool resync_wants_mark(const struct session *s)
{
	return s->resync->wants_mark;
}

void resync_put_mark(struct session *s, struct outbuf *out)
{
	s->resync->wants_mark = false;
	marker_put(&s->resync->marker, out);
}

/* What was kept, from byte `skip` on, goes on. */
static void release(struct resync *r, size_t skip, struct outbuf *out)
{
	outbuf_put_bytes(out, bytes_from(outbuf_view(&r->kept), skip));
	outbuf_clear(&r->kept);
}

static enum flow_fate keep(struct resync *r, const struct frame *f)
{
	outbuf_put_bytes(&r->kept, f->raw);
	return f->ends && outbuf_ok(&r->kept) ? FLOW_DROP : FLOW_CLOSE;
}

static enum flow_fate finish(struct session *s, const struct frame *f)
{
	uint8_t status;

	if (!backend_read_ready(f->body, &status))
		return FLOW_CLOSE;
	dialog_restart(&s->dialog, status);
	resync_free(s);
	return FLOW_DROP;
}

enum flow_fate resync_reply(struct session *s, const struct frame *f, struct outbuf *out)
{
	struct resync *r = s->resync;

	switch (marker_receive(&r->marker, f->type, f->body)) {
	case MARKER_PASS:
		break;
	case MARKER_KEEP:
		return keep(r, f);
	case MARKER_KEEP_ONLY:
		release(r, 0, out);
		return keep(r, f);
	case MARKER_FOUND:
		release(r, FRAME_HEADER, out);
		return FLOW_DROP;
	case MARKER_HIDE:
		return FLOW_DROP;
	case MARKER_AGAIN:
		r->wants_mark = true;
		break;
	case MARKER_OVER:
		return FLOW_CLOSE;
	case MARKER_DONE:
		return finish(s, f);
	}
	release(r, 0, out);
	return FLOW_PASS;
}
