#include "protocol/dialog.h"

#include <assert.h>
#include <stdlib.h>

#include "protocol/backend.h"
#include "protocol/messages.h"
#include "protocol/report.h"

/* Room that is kept for what is never refused: a doubtful Sync and the end of a COPY. */
#define SPARE 2

/* A ring of up to this many entries is kept when the FIFO runs empty. */
#define KEEP 128

/* --- tables --- */

/* What a frontend message is, DIALOG_NOBODY when it owes nothing. Describe is told apart later. */
static const uint8_t kind_of[256] = {
	[FRONTEND_PARSE] = DIALOG_PARSE,
	[FRONTEND_BIND] = DIALOG_BIND,
	[FRONTEND_DESCRIBE] = DIALOG_DESCRIBE_PORTAL,
	[FRONTEND_EXECUTE] = DIALOG_EXECUTE,
	[FRONTEND_CLOSE] = DIALOG_CLOSE,
	[FRONTEND_SYNC] = DIALOG_SYNC,
	[FRONTEND_QUERY] = DIALOG_QUERY,
	[FRONTEND_FUNCTION_CALL] = DIALOG_FUNCTION_CALL,
	[FRONTEND_COPY_DONE] = DIALOG_COPY_END,
	[FRONTEND_COPY_FAIL] = DIALOG_COPY_END,
};

#define K(word) (1u << DIALOG_##word)

/* Which kinds of entry a backend message may belong to, and which of them it ends. 'E' has rules
 * of its own. A letter without kinds is nobody's. */
static const struct {
	uint16_t fits;
	uint16_t ends;
	bool plain; /* outside of a COPY it means nothing else */
} replies[256] = {
	[BACKEND_AUTHENTICATION] = { K(STARTUP), 0, false },
	[BACKEND_KEY_DATA] = { K(STARTUP), 0, false },
	[BACKEND_NEGOTIATE_VERSION] = { K(STARTUP), 0, false },
	[BACKEND_PARSE_COMPLETE] = { K(PARSE), K(PARSE), true },
	[BACKEND_BIND_COMPLETE] = { K(BIND), K(BIND), true },
	[BACKEND_CLOSE_COMPLETE] = { K(CLOSE), K(CLOSE), true },
	[BACKEND_PARAMETER_DESCRIPTION] = { K(DESCRIBE_STATEMENT), 0, true },
	[BACKEND_ROW_DESCRIPTION] = { K(DESCRIBE_STATEMENT) | K(DESCRIBE_PORTAL) | K(QUERY),
	                              K(DESCRIBE_STATEMENT) | K(DESCRIBE_PORTAL), true },
	[BACKEND_NO_DATA] = { K(DESCRIBE_STATEMENT) | K(DESCRIBE_PORTAL),
	                      K(DESCRIBE_STATEMENT) | K(DESCRIBE_PORTAL), true },
	[BACKEND_DATA_ROW] = { K(EXECUTE) | K(QUERY), 0, false },
	[BACKEND_COPY_IN_RESPONSE] = { K(EXECUTE) | K(QUERY), 0, false },
	[BACKEND_COPY_OUT_RESPONSE] = { K(EXECUTE) | K(QUERY), 0, false },
	[BACKEND_COPY_BOTH_RESPONSE] = { K(EXECUTE) | K(QUERY), 0, false },
	[BACKEND_COPY_DATA] = { K(EXECUTE) | K(QUERY), 0, false },
	[BACKEND_COPY_DONE] = { K(EXECUTE) | K(QUERY), 0, false },
	[BACKEND_COMMAND_COMPLETE] = { K(EXECUTE) | K(QUERY), K(EXECUTE), true },
	[BACKEND_EMPTY_QUERY_RESPONSE] = { K(EXECUTE) | K(QUERY), K(EXECUTE), true },
	[BACKEND_PORTAL_SUSPENDED] = { K(EXECUTE), K(EXECUTE), true },
	[BACKEND_FUNCTION_CALL_RESPONSE] = { K(FUNCTION_CALL), 0, false },
	[BACKEND_READY_FOR_QUERY] = { K(STARTUP) | K(SYNC) | K(QUERY) | K(FUNCTION_CALL),
	                              K(STARTUP) | K(SYNC) | K(QUERY) | K(FUNCTION_CALL), false },
	[BACKEND_ERROR_RESPONSE] = { (uint16_t) ~(K(NOBODY) | K(COPY_END)), 0, false },
};

static bool fits(uint8_t type, uint8_t kind)
{
	return (replies[type].fits >> kind & 1) != 0;
}

static bool ends(uint8_t type, uint8_t kind)
{
	return (replies[type].ends >> kind & 1) != 0;
}

static bool is_async(uint8_t type)
{
	return type == BACKEND_NOTICE_RESPONSE || type == BACKEND_PARAMETER_STATUS ||
	       type == BACKEND_NOTIFICATION_RESPONSE;
}

/* Whether an error in this message makes the server skip until Sync. */
static bool is_extended(uint8_t kind)
{
	return (K(PARSE) | K(BIND) | K(DESCRIBE_STATEMENT) | K(DESCRIBE_PORTAL) | K(EXECUTE) |
	        K(CLOSE)) >>
	               kind &
	       1;
}

/* --- the ring --- */

static struct dialog_entry *slots(struct dialog *d)
{
	return d->ring != NULL ? d->ring : d->small;
}

static struct dialog_entry *at(struct dialog *d, uint32_t i)
{
	return &slots(d)[(d->head + i) & (d->capacity - 1)];
}

/* Whether the server will certainly answer this entry, or discard it in a way we shall see. */
static bool is_certain(const struct dialog_entry *e)
{
	return !e->doubtful && e->kind != DIALOG_COPY_END;
}

static bool is_sync(const struct dialog_entry *e)
{
	return e->kind == DIALOG_SYNC;
}

/* What count() does for an entry that is ours, or not certain. */
static void count_unusual(struct dialog *d, const struct dialog_entry *e, uint32_t by)
{
	if (e->given_up)
		d->stray += by;
	else if (e->mode == DIALOG_HIDE)
		d->hidden += by;
	if (e->doubtful && !is_sync(e))
		d->unsure += by;
	if (e->kind == DIALOG_COPY_END)
		d->copy_ends += by;
}

/* Adds `by` (1, or -1 as UINT32_MAX) to the counters that `e` counts in. */
static inline void count(struct dialog *d, const struct dialog_entry *e, uint32_t by)
{
	bool certain = is_certain(e);

	if (e->mode == DIALOG_HIDE || !certain)
		count_unusual(d, e, by);
	if (!certain)
		return;
	d->hard += by;
	if (ends(BACKEND_READY_FOR_QUERY, e->kind))
		d->ready += by;
}

static void set_doubtful(struct dialog *d, struct dialog_entry *e, bool doubtful)
{
	count(d, e, UINT32_MAX);
	e->doubtful = doubtful;
	count(d, e, 1);
}

static void release_ring(struct dialog *d)
{
	free(d->ring);
	d->ring = NULL;
	d->capacity = DIALOG_SMALL;
	d->head = 0;
}

static void drop_head(struct dialog *d)
{
	count(d, at(d, 0), UINT32_MAX);
	d->head++;
	d->count--;
	if (d->count == 0 && d->capacity > KEEP)
		release_ring(d);
}

static void drop_all(struct dialog *d)
{
	d->count = 0;
	d->hard = 0;
	d->hidden = 0;
	d->stray = 0;
	d->ready = 0;
	d->unsure = 0;
	d->copy_ends = 0;
	release_ring(d);
}

static bool grow_to(struct dialog *d, uint32_t capacity)
{
	struct dialog_entry *ring = calloc(capacity, sizeof(*ring));

	if (ring == NULL)
		return false;
	for (uint32_t i = 0; i < d->count; i++)
		ring[i] = *at(d, i);
	free(d->ring);
	d->ring = ring;
	d->capacity = capacity;
	d->head = 0;
	return true;
}

static bool make_room(struct dialog *d, uint32_t n)
{
	uint32_t capacity = d->capacity;

	while (capacity < d->count + n)
		capacity *= 2;
	return capacity == d->capacity || grow_to(d, capacity);
}

bool dialog_reserve(struct dialog *d, uint32_t n)
{
	if (d->transparent || d->ended)
		return true;
	return n <= d->maximum && d->count <= d->maximum - n && make_room(d, n + SPARE);
}

static void append(struct dialog *d, struct dialog_entry e)
{
	*at(d, d->count) = e;
	d->count++;
	count(d, &e, 1);
}

static bool push(struct dialog *d, struct dialog_entry e)
{
	bool room = d->count + SPARE < d->capacity && d->count < d->maximum; /* nearly always */

	if (!room && !dialog_reserve(d, 1))
		return false;
	append(d, e);
	return true;
}

/* --- life --- */

/* Nothing is owed. */
static struct dialog at_rest(uint32_t maximum)
{
	return (struct dialog){ .capacity = DIALOG_SMALL, .maximum = maximum, .flushed = true };
}

void dialog_init(struct dialog *d, uint32_t maximum)
{
	assert(maximum <= UINT32_MAX / 4);
	*d = at_rest(maximum < DIALOG_SMALL ? DIALOG_SMALL : maximum);
	push(d, (struct dialog_entry){ .kind = DIALOG_STARTUP });
}

void dialog_free(struct dialog *d)
{
	free(d->ring);
	*d = (struct dialog){ .capacity = DIALOG_SMALL };
}

void dialog_set_transparent(struct dialog *d)
{
	drop_all(d);
	d->transparent = true;
	d->skipping = false;
	d->copy = DIALOG_NO_COPY;
}

void dialog_restart(struct dialog *d, uint8_t status)
{
	release_ring(d);
	*d = at_rest(d->maximum);
	d->status = status;
}

/* --- sending --- */

/* Counts one more of what the last entry is, under the last one's tag. */
static bool repeat_last(struct dialog *d, const struct dialog_entry *e)
{
	struct dialog_entry *last = d->count > 0 ? at(d, d->count - 1) : NULL;

	if (last == NULL || last->kind != e->kind || last->doubtful != e->doubtful ||
	    last->mode != e->mode || last->more == UINT8_MAX)
		return false;
	last->more++;
	return true;
}

/* Notes a CopyDone, a CopyFail, or a Sync inside of a COPY. They are never refused, for a client that
 * is not read any more cannot end its COPY; repeats share an entry, and the thousands of repeats
 * that would fill the FIFO are forgotten: they owe nothing. */
static enum dialog_sent send_silent(struct dialog *d, struct dialog_entry e)
{
	struct dialog_entry *last = d->count > 0 ? at(d, d->count - 1) : NULL;
	bool repeats = last != NULL && last->kind == e.kind;

	if (repeat_last(d, &e))
		return DIALOG_SILENT;
	if (repeats && d->count + 1 >= d->maximum)
		return DIALOG_SILENT;
	if (make_room(d, 1))
		append(d, e);
	return DIALOG_SILENT;
}

static enum dialog_sent send_copy_end(struct dialog *d)
{
	if (d->copy == DIALOG_COPY_IN)
		d->copy_ended = true;
	if (d->count == 0) /* no statement that could turn out to be a COPY */
		return dialog_discards(d) ? DIALOG_DISCARDED : DIALOG_SILENT;
	/* If the server is skipping only perhaps, a statement in doubt may turn out to be one. */
	return send_silent(d, (struct dialog_entry){ .kind = DIALOG_COPY_END });
}

static enum dialog_sent send_skipped(struct dialog *d, struct dialog_entry e)
{
	if (is_sync(&e)) {
		if (!push(d, e))
			return DIALOG_FULL;
		d->skipping = false;
		d->flushed = true;
		return DIALOG_OWED;
	}
	if (dialog_discards(d))
		return DIALOG_DISCARDED;
	/* A Sync that a COPY may have swallowed stands in front: if it was not, this is answered. */
	e.doubtful = true;
	if (!push(d, e))
		return DIALOG_FULL;
	d->flushed = ends(BACKEND_READY_FOR_QUERY, e.kind);
	return DIALOG_OWED;
}

/* Whether a Sync sent now may be read by a COPY: one is on, and neither its end nor a statement, which
 * would be the end of the session, has been sent behind its own. */
static bool may_be_swallowed(const struct dialog *d)
{
	return dialog_takes_copy(d) && d->hard == 1;
}

static bool flushes(uint8_t type)
{
	return type == FRONTEND_FLUSH || type == FRONTEND_SYNC || type == FRONTEND_QUERY ||
	       type == FRONTEND_FUNCTION_CALL;
}

/* A message that owes nothing, neither the end of a COPY. */
static enum dialog_sent send_nobodys(struct dialog *d, uint8_t type)
{
	if (flushes(type) && !dialog_takes_copy(d))
		d->flushed = true;
	return d->skipping && type != FRONTEND_TERMINATE ? DIALOG_DISCARDED : DIALOG_SILENT;
}

/* A message to a server that does not skip. */
static enum dialog_sent send_owing(struct dialog *d, uint8_t type, struct dialog_entry e)
{
	if (!push(d, e))
		return DIALOG_FULL;
	d->flushed = flushes(type);
	return DIALOG_OWED;
}

enum dialog_sent dialog_send(struct dialog *d, uint8_t type, uint8_t what, enum dialog_mode mode,
                             uint32_t tag)
{
	struct dialog_entry e = { .tag = tag, .kind = kind_of[type], .mode = (uint8_t)mode };
	enum dialog_sent sent;

	if (type == FRONTEND_DESCRIBE && what == 'S')
		e.kind = DIALOG_DESCRIBE_STATEMENT;
	if (type != FRONTEND_FLUSH)
		d->synced = is_sync(&e);
	if (d->transparent || d->ended)
		return DIALOG_SILENT;
	if (e.kind == DIALOG_COPY_END)
		return send_copy_end(d);
	if (e.kind == DIALOG_NOBODY)
		return send_nobodys(d, type);
	if (is_sync(&e) && may_be_swallowed(d)) {
		e.doubtful = true;
		return send_silent(d, e);
	}
	sent = d->skipping ? send_skipped(d, e) : send_owing(d, type, e);
	if (sent == DIALOG_FULL)
		return sent;
	if (!is_extended(e.kind)) {
		d->open = d->bound = false;
	} else if (mode != DIALOG_HIDE) {
		d->open = true;
		d->bound = d->bound || e.kind == DIALOG_BIND || e.kind == DIALOG_EXECUTE;
	}
	return sent;
}

/* --- COPY --- */

/* Whether the client has a batch open, by what is in the FIFO; `otherwise` when that does not say. The
 * last entry nearly always does. */
static bool is_batch_open(struct dialog *d, bool otherwise)
{
	for (uint32_t i = d->count; i-- > 0;) {
		const struct dialog_entry *e = at(d, i);

		if (ends(BACKEND_READY_FOR_QUERY, e->kind) && !(is_sync(e) && e->doubtful))
			return false;
		if (is_extended(e->kind) && e->mode != DIALOG_HIDE)
			return true;
	}
	return otherwise;
}

/* A COPY has begun at the head. The Syncs behind it, up to the client's CopyDone or CopyFail, become
 * doubtful. Stops at any other message, for which the server will end the session. They, and a Flush
 * among them, do not end the batch nor flush any more, as far as we know. */
static void begin_copy_in(struct dialog *d)
{
	uint32_t i = 1;

	d->copy = DIALOG_COPY_IN;
	while (i < d->count && is_sync(at(d, i)))
		set_doubtful(d, at(d, i++), true);
	d->copy_ended = i < d->count && at(d, i)->kind == DIALOG_COPY_END;
	if (!is_extended(at(d, 0)->kind))
		return;
	d->open = is_batch_open(d, d->open);
	d->bound = d->bound || d->open;
	d->flushed = d->flushed && d->hard > 1;
}

/* Takes the entries 1 to n out from behind the head. */
static void drop_behind_head(struct dialog *d, uint32_t n)
{
	struct dialog_entry head = *at(d, 0);

	if (n == 0)
		return;
	for (uint32_t i = 1; i <= n; i++)
		count(d, at(d, i), UINT32_MAX);
	d->head += n;
	d->count -= n;
	*at(d, 0) = head;
}

/* The COPY at the head has succeeded: the server has swallowed the Syncs up to the CopyDone. */
static void finish_copy_in(struct dialog *d)
{
	uint32_t n = 0;
	struct dialog_entry *end;

	d->copy = DIALOG_NO_COPY;
	d->copy_ended = false;
	while (n + 1 < d->count && is_sync(at(d, n + 1)) && at(d, n + 1)->doubtful)
		n++;
	end = n + 1 < d->count ? at(d, n + 1) : NULL;
	if (end != NULL && end->kind == DIALOG_COPY_END) {
		if (end->more > 0)
			end->more--;
		else
			n++;
	}
	drop_behind_head(d, n);
}

/* --- receiving --- */

static struct dialog_verdict nobody(void)
{
	return (struct dialog_verdict){ .mode = DIALOG_FORWARD };
}

static struct dialog_verdict verdict_of(const struct dialog_entry *e)
{
	return (struct dialog_verdict){
		.mode = (enum dialog_mode)e->mode,
		.kind = (enum dialog_kind)e->kind,
		.tag = e->tag,
	};
}

enum dialog_kind dialog_current(const struct dialog *d, uint32_t *tag)
{
	const struct dialog_entry *ring = d->ring != NULL ? d->ring : d->small;

	*tag = 0;
	for (uint32_t i = 0; d->hard > 0 && i < d->count; i++) {
		const struct dialog_entry *e = &ring[(d->head + i) & (d->capacity - 1)];

		if (is_certain(e)) {
			*tag = e->tag;
			return (enum dialog_kind)e->kind;
		}
	}
	return DIALOG_NOBODY;
}

bool dialog_may_inject(const struct dialog *d)
{
	return d->status != 0 && !d->transparent && !d->ended && !d->skipping &&
	       d->copy != DIALOG_COPY_IN;
}

bool dialog_needs_body(uint8_t type)
{
	return type == BACKEND_READY_FOR_QUERY || type == BACKEND_ERROR_RESPONSE;
}

static struct dialog_verdict receive_async(const struct dialog *d)
{
	struct dialog_verdict v = nobody();

	v.kind = dialog_current(d, &v.tag);
	v.async = true;
	return v;
}

static struct dialog_verdict receive_lost(struct dialog *d)
{
	struct dialog_verdict v = nobody();

	v.lost = true;
	dialog_set_transparent(d);
	return v;
}

static struct dialog_verdict receive_fatal(struct dialog *d)
{
	struct dialog_verdict v = nobody();

	v.fatal = true;
	drop_all(d);
	d->ended = true;
	d->skipping = false;
	d->copy = DIALOG_NO_COPY;
	return v;
}

/* Drops from the front what the server has silently passed over, until an entry stands there that
 * `type` can answer, or one that is certain. */
static void drop_passed_over(struct dialog *d, uint8_t type)
{
	while (d->count > 0 && !is_certain(at(d, 0)) && !fits(type, at(d, 0)->kind))
		drop_head(d);
}

/* An E does not answer a Sync that may have been swallowed, when something certain waits. */
static void drop_doubtful_syncs(struct dialog *d)
{
	while (d->count > 0 && !is_certain(at(d, 0)) &&
	       (at(d, 0)->kind == DIALOG_COPY_END || (is_sync(at(d, 0)) && d->hard > 0)))
		drop_head(d);
}

/* Whether entry `i` is a statement: neither a Sync nor the end of a COPY. */
static bool is_statement(struct dialog *d, uint32_t i)
{
	return i < d->count && !is_sync(at(d, i)) && at(d, i)->kind != DIALOG_COPY_END;
}

static uint32_t count_doubtful_syncs(struct dialog *d)
{
	uint32_t n = 0;

	while (n < d->count && is_sync(at(d, n)) && !is_certain(at(d, n)))
		n++;
	return n;
}

static void give_up(struct dialog *d, struct dialog_entry *e)
{
	count(d, e, UINT32_MAX);
	e->doubtful = true;
	e->given_up = e->mode == DIALOG_HIDE;
	count(d, e, 1);
}

/* The server discards all messages up to the next Sync: entries leave the FIFO.
 *
 * If a COPY has failed, the next Sync may be a doubtful one. When a statement follows without an end
 * of the COPY, the COPY has not read that far, or the statement would have cost the session: the
 * Sync is in force. Otherwise everything up to the next certain Sync is in doubt as well. */
static void skip_until_sync(struct dialog *d)
{
	uint32_t doubtful;
	uint32_t i;

	while (d->count > 0 && !is_sync(at(d, 0)))
		drop_head(d);
	doubtful = count_doubtful_syncs(d);
	if (is_statement(d, doubtful)) {
		for (i = 0; i < doubtful; i++)
			set_doubtful(d, at(d, i), false);
		d->open = is_batch_open(d, d->open);
		return;
	}
	for (i = 0; i < d->count && !(is_sync(at(d, i)) && is_certain(at(d, i))); i++) {
		if (is_certain(at(d, i)))
			give_up(d, at(d, i));
	}
	d->skipping = i == d->count;
}

static struct dialog_verdict receive_error(struct dialog *d, struct bytes body)
{
	struct dialog_verdict v;

	if (report_is_fatal(body) || dialog_is_starting(d))
		return receive_fatal(d);
	drop_doubtful_syncs(d);
	if (d->count == 0)
		return nobody();
	v = verdict_of(at(d, 0));
	d->copy = DIALOG_NO_COPY;
	d->copy_ended = false;
	if (!is_extended(at(d, 0)->kind))
		return v; /* a Z follows */
	drop_head(d);
	v.last = true;
	skip_until_sync(d);
	return v;
}

/* A Z has answered a Sync of which it was not known whether a COPY had swallowed it. If it had, the Z
 * was that of the next certain Sync, which is in doubt now; if there is none, what stands behind is
 * certain. False when that leaves open whether statements in between were discarded: no reply to
 * come could tell. */
static bool settle_doubts(struct dialog *d)
{
	uint32_t i = 0;

	d->skipping = false;
	while (i < d->count && !is_certain(at(d, i)))
		i++;
	if (i < d->count && is_sync(at(d, i))) {
		set_doubtful(d, at(d, i), true);
		return d->unsure == 0;
	}
	for (i = 0; d->unsure > 0; i++) {
		if (is_statement(d, i))
			set_doubtful(d, at(d, i), false);
	}
	return true;
}

static struct dialog_verdict receive_ready(struct dialog *d, struct bytes body)
{
	struct dialog_verdict v;
	struct dialog_entry *head;
	uint8_t status;
	bool doubtful;

	if (!backend_read_ready(body, &status))
		return receive_lost(d);
	d->status = status;
	if (d->count == 0)
		return nobody();
	head = at(d, 0);
	v = verdict_of(head);
	v.last = true;
	doubtful = !is_certain(head);
	if (head->more > 0 && is_sync(head))
		head->more--;
	else
		drop_head(d);
	if (doubtful && !settle_doubts(d)) {
		v = receive_lost(d);
		v.doubt = true;
		return v;
	}
	d->open = is_batch_open(d, false);
	d->bound = d->bound && d->open;
	return v;
}

static struct dialog_verdict receive_both(struct dialog *d)
{
	struct dialog_verdict v = verdict_of(at(d, 0));

	dialog_set_transparent(d);
	return v;
}

static struct dialog_verdict receive_reply(struct dialog *d, uint8_t type)
{
	struct dialog_entry *head = at(d, 0);
	struct dialog_verdict v = verdict_of(head);

	v.last = ends(type, head->kind);
	if (type == BACKEND_COPY_IN_RESPONSE)
		begin_copy_in(d);
	else if (type == BACKEND_COPY_OUT_RESPONSE)
		d->copy = DIALOG_COPY_OUT;
	else if (type == BACKEND_COMMAND_COMPLETE && d->copy == DIALOG_COPY_IN)
		finish_copy_in(d);
	else if (type == BACKEND_COMMAND_COMPLETE)
		d->copy = DIALOG_NO_COPY;
	if (v.last)
		drop_head(d);
	return v;
}

static struct dialog_verdict receive(struct dialog *d, uint8_t type, struct bytes body)
{
	if (type == BACKEND_ERROR_RESPONSE)
		return receive_error(d, body);
	drop_passed_over(d, type);
	if (d->count > 0 && !fits(type, at(d, 0)->kind))
		return receive_lost(d);
	if (type == BACKEND_READY_FOR_QUERY)
		return receive_ready(d, body);
	if (d->count == 0)
		return nobody();
	if (type == BACKEND_COPY_BOTH_RESPONSE && dialog_may_hide(d))
		return receive_lost(d); /* what is hidden could not be told apart any more */
	if (type == BACKEND_COPY_BOTH_RESPONSE)
		return receive_both(d);
	return receive_reply(d, type);
}

bool dialog_receive_plain(struct dialog *d, uint8_t type)
{
	const struct dialog_entry *head = replies[type].plain ? dialog_plain_head(d) : NULL;

	if (head == NULL || !fits(type, head->kind))
		return false;
	if (ends(type, head->kind))
		drop_head(d);
	return true;
}

struct dialog_verdict dialog_receive(struct dialog *d, uint8_t type, struct bytes body)
{
	uint32_t hidden = d->hidden;
	bool hides = dialog_may_hide(d);
	uint32_t own;
	struct dialog_verdict v;

	if (d->transparent && type == BACKEND_ERROR_RESPONSE && report_is_fatal(body))
		return receive_fatal(d);
	if (d->transparent || d->ended || replies[type].fits == 0)
		return is_async(type) ? receive_async(d) : nobody();
	v = receive(d, type, body);
	v.leaks = v.lost && hides;
	hidden -= d->hidden;
	own = v.last && v.mode == DIALOG_HIDE ? 1 : 0;
	v.voided = hidden > own ? hidden - own : 0;
	return v;
}
