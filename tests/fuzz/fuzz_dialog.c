/* The dialog against a model of the server.
 *
 * The input makes a client send messages, a session put hidden ones in front of some, a server work
 * on them by PostgreSQL's rules (its main loop's, not the dialog's), and the wire deliver what it
 * says, in any interleaving. The model knows which message each reply answers. The dialog must
 * know it too; at the end, when everything was answered, it must owe nothing. When it is lost in doubt,
 * a mark must bring it back, and the client must see no reply but its own. */
#include <stdbool.h>
#include <stdint.h>

#include "protocol/dialog.h"
#include "protocol/frame.h"
#include "protocol/marker.h"
#include "protocol/outbuf.h"
#include "tests/fuzz/target.h"
#include "tests/support/both_ways.h"

#define QUEUE 1024

struct message {
	uint8_t type;
	uint8_t what;    /* of a Describe */
	uint8_t variant; /* what the server will do with it */
	uint8_t mode;
	uint8_t mark; /* its number, when it belongs to one */
	uint32_t id;
};

struct reply {
	uint8_t type;
	bool fatal;
	bool last;
	uint8_t mode;
	uint8_t mark;
	uint32_t id;
};

/* What the server is inside of. */
enum work { NOTHING, STATEMENTS, COPYING };

struct model {
	const uint8_t *data;
	size_t left;

	struct message sent[QUEUE]; /* read by the server up to `read` */
	size_t sent_count;
	size_t read;
	struct reply said[QUEUE]; /* delivered up to `heard` */
	size_t said_count;
	size_t heard;

	enum work work;
	struct message current;
	int statements; /* of a Query, still to do */
	bool skipping;
	bool worked;    /* there is something that a Sync could fail to commit */
	bool batch;     /* extended messages of the client were read, and no end of the batch */
	bool bound;     /* …and a Bind or Execute among them */
	size_t flushed; /* so much of what was said is on the wire */
	bool dead;

	bool client_copies; /* the client has sent a COPY and not its end */
	bool client_data;   /* it has sent some of it */
	uint32_t next_id;

	struct dialog dialog;
	uint32_t hidden_sent;
	uint32_t hidden_done;
	bool lost;
	struct marker marker; /* while lost */
	bool marking;         /* the client is held */
	bool kept;            /* a ParseComplete that may be the mark's */
	struct reply kept_reply;
	bool leaked;   /* lost with hidden replies at stake: a session ends then */
	bool overflow; /* longer than the model's queues: nothing can be said */
};

static uint8_t choose(struct model *m)
{
	if (m->left == 0)
		return 0;
	m->left--;
	return *m->data++;
}

/* --- the server --- */

static void say_reply(struct model *m, struct reply r)
{
	if (m->said_count == QUEUE)
		m->overflow = true;
	else
		m->said[m->said_count++] = r;
	if (r.type == 'E' || r.type == 'Z' || r.type == 'G')
		m->flushed = m->said_count;
}

static void say(struct model *m, uint8_t type, bool last)
{
	say_reply(m, (struct reply){
			     .type = type,
			     .last = last,
			     .mode = m->current.mode,
			     .mark = m->current.mark,
			     .id = m->current.id,
		     });
}

static void die(struct model *m)
{
	say_reply(m, (struct reply){ .type = 'E', .fatal = true });
	m->dead = true;
}

static bool is_simple(const struct model *m)
{
	return m->current.type == 'Q' || m->current.type == 'F';
}

static void fail(struct model *m)
{
	say(m, 'E', !is_simple(m));
	m->worked = false;
	if (is_simple(m))
		say(m, 'Z', true);
	else
		m->skipping = true;
	m->work = NOTHING;
}

enum variant { PLAIN, ROWS, ERROR, COPY_IN, COPY_OUT, EMPTY, COPY_IN_TWICE, LATE };

/* A statement has been done: an Execute ends, a Query goes on. */
static void end_statement(struct model *m, uint8_t type)
{
	say(m, type, !is_simple(m));
	m->worked = !is_simple(m);
	m->work = is_simple(m) && --m->statements > 0 ? STATEMENTS : NOTHING;
	if (is_simple(m) && m->work == NOTHING)
		say(m, 'Z', true);
}

static void do_statement(struct model *m)
{
	switch (m->current.variant % 8) {
	case ROWS:
		if (is_simple(m))
			say(m, 'T', false);
		say(m, 'D', false);
		say(m, 'D', false);
		end_statement(m, 'C');
		break;
	case ERROR:
		fail(m);
		break;
	case COPY_IN:
	case COPY_IN_TWICE:
		say(m, 'G', false);
		m->work = COPYING;
		if (choose(m) % 8 == 1) /* a COPY into a view */
			fail(m);
		break;
	case COPY_OUT:
		say(m, 'H', false);
		say(m, 'd', false);
		say(m, 'c', false);
		end_statement(m, 'C');
		break;
	case EMPTY:
		end_statement(m, 'I');
		break;
	case LATE:
		say(m, 'D', false);
		if (is_simple(m))
			fail(m);
		else
			end_statement(m, 's');
		break;
	default:
		end_statement(m, 'C');
	}
}

static void answer_or_fail(struct model *m, uint8_t type)
{
	if (m->current.variant % 8 == ERROR)
		fail(m);
	else
		say(m, type, true);
}

static void do_describe(struct model *m)
{
	if (m->current.what == 'S' && m->current.variant % 2 == 0)
		say(m, 't', false);
	else if (m->current.what == 'S' && m->current.variant % 8 != ERROR)
		say(m, 't', false);
	answer_or_fail(m, m->current.variant % 8 == EMPTY ? 'n' : 'T');
}

static void do_message(struct model *m)
{
	switch (m->current.type) {
	case 'P':
		answer_or_fail(m, '1');
		break;
	case 'B':
		answer_or_fail(m, '2');
		break;
	case 'C':
		answer_or_fail(m, '3');
		break;
	case 'D':
		do_describe(m);
		break;
	case 'Q':
		m->statements = m->current.variant % 8 == COPY_IN_TWICE ? 2 : 1;
		do_statement(m);
		break;
	case 'E':
		do_statement(m);
		break;
	case 'F':
		if (m->current.variant % 8 == ERROR) {
			fail(m);
			break;
		}
		say(m, 'V', false);
		say(m, 'Z', true);
		break;
	case 'S':
		if (m->current.variant % 8 == ERROR && m->worked)
			say(m, 'E', false);
		say(m, 'Z', true);
		m->worked = false;
		break;
	case 'H':
		m->flushed = m->said_count;
		break;
	case 'd':
	case 'c':
	case 'f':
		break;
	default:
		die(m);
	}
}

/* A Sync, Query or FunctionCall that is acted upon ends a batch. */
static void note_batch(struct model *m)
{
	uint8_t type = m->current.type;

	if (type == 'S' || type == 'Q' || type == 'F')
		m->batch = m->bound = false;
	else if (type != 'H' && type != 'd' && type != 'c' && type != 'f' &&
	         m->current.mode == DIALOG_FORWARD)
		m->batch = true;
	if ((type == 'B' || type == 'E') && m->current.mode == DIALOG_FORWARD)
		m->bound = true;
}

/* CopyGetData(): data or its end, Flush and Sync are swallowed, the rest is fatal. */
static void copy_message(struct model *m, uint8_t type)
{
	switch (type) {
	case 'd':
		if (choose(m) % 4 == 1)
			fail(m);
		break;
	case 'c':
		if (choose(m) % 4 == 1)
			fail(m);
		else
			end_statement(m, 'C');
		break;
	case 'f':
		fail(m);
		break;
	case 'H':
	case 'S':
		break;
	default:
		die(m);
	}
}

/* Does one thing; false when there is nothing to do. */
static bool serve(struct model *m)
{
	struct message next;

	if (m->dead)
		return false;
	if (m->work == STATEMENTS) {
		do_statement(m);
		return true;
	}
	if (m->read == m->sent_count)
		return false;
	next = m->sent[m->read++];
	if (m->work == COPYING) {
		copy_message(m, next.type);
		return true;
	}
	if (m->skipping && next.type != 'S')
		return true;
	m->skipping = false;
	m->current = next;
	note_batch(m);
	do_message(m);
	return true;
}

/* --- the client and the session --- */

static bool may_be_copy(uint8_t type, uint8_t variant)
{
	return (type == 'Q' || type == 'E') &&
	       (variant % 8 == COPY_IN || variant % 8 == COPY_IN_TWICE);
}

static enum dialog_sent send(struct model *m, uint8_t type, uint8_t what, uint8_t variant,
                             enum dialog_mode mode)
{
	uint32_t id = ++m->next_id;
	enum dialog_sent sent = dialog_send(&m->dialog, type, what, mode, id);

	if (sent == DIALOG_FULL)
		return sent;
	if (m->sent_count == QUEUE) {
		m->overflow = true;
		return sent;
	}
	m->sent[m->sent_count++] = (struct message){
		.type = type,
		.what = what,
		.variant = variant,
		.mode = (uint8_t)mode,
		.id = id,
	};
	if (mode == DIALOG_HIDE && sent == DIALOG_OWED)
		m->hidden_sent++;
	return sent;
}

/* A catalog question in front of the client's next message. */
static void inject(struct model *m)
{
	static const uint8_t question[] = { 'P', 'B', 'D', 'E', 'C' };
	uint8_t bad = choose(m);

	if (!dialog_may_inject(&m->dialog) || !dialog_reserve(&m->dialog, 5))
		return;
	for (uint8_t i = 0; i < 5; i++)
		send(m, question[i], 'P', bad % 8 == i ? ERROR : PLAIN, DIALOG_HIDE);
	send(m, 'H', 0, 0, DIALOG_HIDE);
}

/* As a session does: a mark behind a Sync. */
static void mark(struct model *m)
{
	struct outbuf out;
	struct frame_cutter c = { 0 };
	struct frame f;
	struct bytes b;

	outbuf_init(&out, 1024);
	marker_put(&m->marker, &out);
	b = outbuf_view(&out);
	while (b.n > 0 && frame_peek(&c, MESSAGE_FRONTEND, b, &f) == FRAME_READY) {
		send(m, f.type, 'S', f.type == 'D' ? EMPTY : PLAIN, DIALOG_HIDE);
		m->sent[m->sent_count - 1].mark = m->marker.sent;
		b = bytes_from(b, frame_take(&c, &f));
	}
	outbuf_free(&out);
	m->marking = true;
}

static bool is_statement(uint8_t type)
{
	return type != 'S' && type != 'H' && type != 'd' && type != 'c' && type != 'f';
}

static void client(struct model *m)
{
	static const char outside[] = "PBDDECSHQFSdcf";
	static const char inside[] = "dddSHcf";
	uint8_t pick = choose(m);
	uint8_t variant = choose(m);
	uint8_t type;

	if (dialog_is_full(&m->dialog) || m->marking) /* a session does not read its client now */
		return;
	type = m->client_copies ? (uint8_t)inside[pick % 7] : (uint8_t)outside[pick % 14];

	if (pick == 255 && !m->client_data) /* what a client must not do in a COPY */
		type = 'P';
	if (m->lost && is_statement(type) && dialog_is_synced(&m->dialog)) {
		mark(m);
		return;
	}
	if (variant >= 192 && (type == 'P' || type == 'Q'))
		inject(m);
	if (send(m, type, pick & 16 ? 'S' : 'P', variant, DIALOG_FORWARD) == DIALOG_FULL)
		return;
	if (may_be_copy(type, variant))
		m->client_copies = true;
	else if (type == 'c' || type == 'f')
		m->client_copies = false;
	m->client_data = m->client_copies && (m->client_data || type == 'd');
}

/* --- the wire --- */

static void async(struct model *m, uint8_t pick)
{
	struct dialog_verdict v = dialog_receive(
		&m->dialog, (uint8_t) "NSA" [pick % 3], (struct bytes) { 0 });

	CHECK(v.async && v.mode == DIALOG_FORWARD && !v.last && !v.lost && v.voided == 0);
}

static void check_fatal(struct model *m, struct dialog_verdict v)
{
	CHECK(v.fatal && v.mode == DIALOG_FORWARD);
	CHECK(m->hidden_sent == m->hidden_done + v.voided);
	CHECK(dialog_has_ended(&m->dialog) && !dialog_may_inject(&m->dialog));
}

/* Whether the server will still answer something hidden. */
static bool hidden_to_come(struct model *m)
{
	while (serve(m))
		;
	for (size_t i = m->heard; i < m->said_count; i++) {
		if (m->said[i].mode == DIALOG_HIDE)
			return true;
	}
	return false;
}

/* The client gets the reply that was kept. */
static void release(struct model *m)
{
	CHECK(!m->kept || m->kept_reply.mode == DIALOG_FORWARD);
	m->kept = false;
}

static void pass(struct model *m, const struct reply *r)
{
	release(m);
	CHECK(r->mode == DIALOG_FORWARD);
}

static void keep(struct model *m, const struct reply *r)
{
	m->kept = true;
	m->kept_reply = *r;
}

/* What marks are told apart by: their parameters. */
static struct bytes parameters(struct model *m, const struct reply *r, struct outbuf *out)
{
	struct marker of_r = m->marker;
	struct bytes parse;

	if (r->type != 't' || r->mark == 0)
		return BYTES("\0\0");
	of_r.sent = (uint8_t)(r->mark - 1);
	marker_put(&of_r, out);
	parse = outbuf_view(out);
	parse.n = 1 + bytes_get_u32(parse.p + 1);
	return bytes_from(parse, parse.n - 18);
}

/* A reply while the dialog is lost. */
static void deliver_marked(struct model *m)
{
	struct reply r = m->said[m->heard++];
	struct outbuf out;

	if (r.fatal) {
		CHECK(dialog_receive(&m->dialog, 'E', BYTES("SFATAL\0VFATAL\0\0")).fatal);
		return;
	}
	outbuf_init(&out, 1024);
	switch (marker_receive(&m->marker, r.type, parameters(m, &r, &out))) {
	case MARKER_AGAIN:
		mark(m);
		pass(m, &r);
		break;
	case MARKER_PASS:
		pass(m, &r);
		break;
	case MARKER_KEEP_ONLY:
		release(m);
		keep(m, &r);
		break;
	case MARKER_KEEP:
		keep(m, &r);
		break;
	case MARKER_FOUND:
		CHECK(m->kept && m->kept_reply.mode == DIALOG_HIDE);
		CHECK(r.mode == DIALOG_HIDE);
		m->kept = false;
		break;
	case MARKER_HIDE:
		CHECK(r.mode == DIALOG_HIDE);
		break;
	case MARKER_OVER: /* too many errors of the client's own */
		m->overflow = true;
		break;
	case MARKER_DONE:
		CHECK(r.mode == DIALOG_HIDE && m->heard == m->said_count && !m->kept);
		dialog_restart(&m->dialog, 'T');
		m->lost = m->marking = false;
		m->hidden_sent = m->hidden_done = 0;
		break;
	}
	outbuf_free(&out);
}

static void deliver(struct model *m)
{
	struct reply r = m->said[m->heard];
	struct bytes body = { 0 };
	bool unsure = m->dialog.unsure > 0;
	bool may_hide = dialog_may_hide(&m->dialog);
	uint32_t hidden = dialog_hidden(&m->dialog);
	struct dialog_verdict v;

	if (m->lost) {
		deliver_marked(m);
		return;
	}
	m->heard++;
	if (r.type == 'Z')
		body = BYTES("T");
	else if (r.type == 'E')
		body = r.fatal ? BYTES("SFATAL\0VFATAL\0\0") : BYTES("SERROR\0VERROR\0\0");
	v = receive_both_ways(&m->dialog, r.type, body);
	if (r.fatal) {
		check_fatal(m, v);
		return;
	}
	if (v.lost) { /* only behind a failed COPY, and never at the cost of the client */
		CHECK(unsure && r.type == 'Z' && v.doubt);
		CHECK(m->hidden_sent == m->hidden_done + v.voided);
		CHECK(v.leaks || !hidden_to_come(m));
		m->lost = true;
		m->leaked = v.leaks;
		marker_init(&m->marker, (uint64_t[]){ m->next_id, 7 });
		return;
	}
	hidden -= dialog_hidden(&m->dialog);
	m->hidden_done += hidden;
	CHECK(v.voided == hidden || (v.last && v.mode == DIALOG_HIDE && v.voided + 1 == hidden));
	CHECK(v.mode == (enum dialog_mode)r.mode);
	CHECK(v.mode != DIALOG_HIDE || may_hide);
	CHECK(v.kind != DIALOG_NOBODY || v.tag == 0);
	/* A Sync in doubt may be taken for the next, and no other message for another. */
	if (r.type == 'Z' && v.kind == DIALOG_SYNC)
		return;
	CHECK(v.tag == r.id && v.last == r.last && !v.async && !v.fatal);
}

static void hear_all(struct model *m)
{
	while (m->heard < m->said_count && !m->leaked)
		deliver(m);
}

static void check_counters(const struct dialog *d)
{
	const struct dialog_entry *ring = d->ring != NULL ? d->ring : d->small;
	uint32_t hard = 0;
	uint32_t hidden = 0;
	uint32_t stray = 0;
	uint32_t copy_ends = 0;

	for (uint32_t i = 0; i < d->count; i++) {
		const struct dialog_entry *e = &ring[(d->head + i) & (d->capacity - 1)];

		hard += !e->doubtful && e->kind != DIALOG_COPY_END ? 1 : 0;
		hidden += e->mode == DIALOG_HIDE && !e->given_up ? 1 : 0;
		stray += e->given_up ? 1 : 0;
		copy_ends += e->kind == DIALOG_COPY_END ? 1 : 0;
	}
	CHECK(hard == d->hard && d->ready <= hard);
	CHECK(hidden == d->hidden && stray == d->stray && copy_ends == d->copy_ends);
	CHECK(d->count <= d->maximum);
}

/* The server has read everything and waits: what the dialog says of that must be true. */
static void check_rest(struct model *m)
{
	while (m->heard < m->flushed && !m->leaked)
		deliver(m);
	if (m->dead || m->lost || m->overflow)
		return;
	CHECK(!dialog_is_flushed(&m->dialog) || dialog_outstanding(&m->dialog) == 0);
	hear_all(m);
	if (!m->lost && m->dialog.count == 0 && !m->skipping)
		CHECK(dialog_batch_is_open(&m->dialog) == m->batch);
	if (!m->lost && !m->skipping && m->bound)
		CHECK(!dialog_batch_is_bare(&m->dialog));
}

/* Ends a COPY, a skip and the transaction; then one Query must be understood to the letter. */
static void settle(struct model *m)
{
	while (serve(m))
		;
	check_rest(m);
	for (int i = 0; i < 2; i++) { /* a Query may hold two */
		send(m, 'c', 0, PLAIN, DIALOG_FORWARD);
		while (serve(m))
			;
		check_rest(m);
	}
	if (send(m, 'S', 0, PLAIN, DIALOG_FORWARD) == DIALOG_FULL)
		return;
	while (serve(m))
		;
	hear_all(m);
	for (int i = 0; m->lost && !m->leaked && !m->dead && !m->overflow; i++) {
		if (!m->marking)
			mark(m);
		while (serve(m))
			;
		hear_all(m);
		CHECK(i < MARKER_TRIES);
	}
	if (m->dead || m->leaked || m->overflow)
		return;
	CHECK(dialog_is_idle(&m->dialog));
	CHECK(dialog_may_inject(&m->dialog) && !dialog_batch_is_open(&m->dialog));
	send(m, 'Q', 0, ROWS, DIALOG_FORWARD);
	while (serve(m))
		;
	hear_all(m);
	if (m->lost || m->overflow)
		return;
	CHECK(dialog_is_idle(&m->dialog) && dialog_hidden(&m->dialog) == 0);
	CHECK(dialog_ready_owed(&m->dialog) == 0);
	CHECK(m->hidden_sent == m->hidden_done);
}

static void play(struct model *m)
{
	while (m->left > 0 && !m->dead && !m->leaked && !m->overflow) {
		uint8_t pick = choose(m);

		if (pick < 128)
			client(m);
		else if (pick < 180)
			serve(m);
		else if (pick < 184)
			async(m, pick);
		else if (m->heard < m->said_count)
			deliver(m);
		check_counters(&m->dialog);
	}
	if (!m->leaked && !m->overflow)
		settle(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model m;

	m = (struct model){ .data = data, .left = size };
	dialog_init(&m.dialog, choose(&m) < 32 ? 16 : QUEUE);
	dialog_receive(&m.dialog, 'Z', BYTES("I"));
	play(&m);
	dialog_free(&m.dialog);
	return 0;
}
