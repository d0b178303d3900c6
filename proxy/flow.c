#include "proxy/flow.h"

#include <assert.h>

/* Of a message, to be read without another copy: here, and still to come. */
#define GOOD_PART 8192u

/* How a walk ended. */
enum outcome {
	WALKED,  /* at the end, or at a header that is not complete */
	WAITING, /* the judge wants more of the message at the front */
	STOPPED, /* the judge has stopped the stream */
	OVER,    /* the session is */
};

/* A walk over some bytes. */
struct walk {
	struct flow *f;
	const struct flow_rules *rules;
	const uint8_t *run; /* from here to rest.p: passed, not sent yet */
	struct bytes rest;  /* not walked over yet */
};

void flow_init(struct flow *f, size_t maximum)
{
	memset(f, 0, sizeof(*f));
	outbuf_init(&f->kept, maximum);
}

void flow_free(struct flow *f)
{
	outbuf_free(&f->kept);
}

static bool send_run(struct walk *w)
{
	struct bytes b = bytes_of(w->run, (size_t)(w->rest.p - w->run));

	w->run = w->rest.p;
	return b.n == 0 || w->rules->send(w->rules->context, b);
}

static void pass(struct walk *w, size_t n)
{
	w->rest.p += n;
	w->rest.n -= n;
}

static bool drop(struct walk *w, size_t n)
{
	bool ok = send_run(w);

	pass(w, n);
	w->run = w->rest.p;
	return ok;
}

/* Sends what the judge has put beside the stream, behind what came before it. */
static bool send_extra(struct walk *w)
{
	struct outbuf *extra = w->rules->extra;
	struct bytes b = outbuf_view(extra);
	bool ok = outbuf_ok(extra) && send_run(w);

	ok = ok && (b.n == 0 || w->rules->send(w->rules->context, b));
	outbuf_clear(extra);
	return ok;
}

/* The rest of a message that was judged before. */
static enum outcome go_on(struct walk *w)
{
	struct frame_cutter *c = &w->f->cutter;
	size_t n = c->rest < w->rest.n ? c->rest : w->rest.n;

	c->rest -= (uint32_t)n;
	if (w->f->dropping) {
		w->f->dropping = c->rest > 0;
		return drop(w, n) ? WALKED : OVER;
	}
	pass(w, n);
	return WALKED;
}

/* Passes messages that need no judgement, at a header each. In large results this loop is all that is
 * done for a row, hence the locals. */
static void pass_unjudged(struct walk *w, const bool *unseen)
{
	const uint8_t *p = w->rest.p;
	size_t left = w->rest.n;

	while (left >= FRAME_HEADER) {
		uint32_t word = bytes_get_u32(p + 1);
		size_t size = (size_t)word + 1;

		if (word < 4 || !(unseen[p[0]] || w->rules->note(w->rules->context, p[0])))
			break;
		if (size > left) {
			w->f->cutter.type = p[0];
			w->f->cutter.rest = (uint32_t)(size - left);
			size = left;
		}
		p += size;
		left -= size;
	}
	w->rest = bytes_of(p, left);
}

static enum outcome pass_frame(struct walk *w, const struct frame *frame)
{
	bool beside = outbuf_size(w->rules->extra) > 0 || !outbuf_ok(w->rules->extra);

	if (beside && !send_extra(w))
		return OVER;
	pass(w, frame_take(&w->f->cutter, frame));
	return WALKED;
}

static enum outcome replace_frame(struct walk *w, const struct frame *frame, bool stop)
{
	if (!send_extra(w) || !drop(w, frame_take(&w->f->cutter, frame)))
		return OVER;
	w->f->dropping = w->f->cutter.rest > 0;
	w->f->stopped = stop;
	return stop ? STOPPED : WALKED;
}

static enum outcome settle(struct walk *w, const struct frame *frame, enum flow_fate fate)
{
	switch (fate) {
	case FLOW_PASS:
		return pass_frame(w, frame);
	case FLOW_DROP:
		return replace_frame(w, frame, false);
	case FLOW_TAKEN:
		return replace_frame(w, frame, true);
	case FLOW_STOP:
		w->f->stopped = true;
		return STOPPED;
	case FLOW_RAW:
		w->f->raw = true;
		return WALKED;
	case FLOW_MORE:
		assert(w->f->wanted > frame->raw.n);
		return WAITING;
	case FLOW_CLOSE:
		break;
	}
	send_extra(w); /* what came before the end is still worth sending */
	return OVER;
}

/* Judges the message at the front. Of one that is too long the server says what it thinks. */
static enum outcome step(struct walk *w)
{
	struct frame frame;
	enum flow_fate fate;

	switch (frame_start(w->rest, &frame)) {
	case FRAME_BROKEN:
		w->f->raw = true;
		return w->rules->raw_when_broken ? WALKED : OVER;
	case FRAME_READY:
		break;
	default:
		return WAITING;
	}
	fate = w->rules->judge(w->rules->context, &frame, &w->f->wanted);
	return settle(w, &frame, fate);
}

/* Walks over `in` and sends on what passes. *used: the bytes that need not be seen again. */
static enum outcome walk(struct flow *f, const struct flow_rules *rules, struct bytes in,
                         size_t *used)
{
	struct walk w = { f, rules, in.p, in };
	enum outcome outcome = WALKED;
	const bool *unseen;

	f->wanted = 0;
	while (outcome == WALKED && w.rest.n > 0) {
		if (f->cutter.rest > 0) {
			outcome = go_on(&w);
			continue;
		}
		if (f->raw) { /* from the next message on: what is dropped is dropped whole */
			pass(&w, w.rest.n);
			break;
		}
		unseen = rules->unseen(rules->context);
		if (unseen != NULL)
			pass_unjudged(&w, unseen);
		if (w.rest.n > 0 && f->cutter.rest == 0)
			outcome = step(&w);
	}
	if (!send_run(&w))
		outcome = OVER;
	*used = (size_t)(w.rest.p - in.p);
	return outcome;
}

/* Keeps bytes for later. Whoever has sent a good part of a message gets room for all of it at once: a
 * buffer that grows copies what it holds. */
static bool keep(struct flow *f, struct bytes b)
{
	size_t have = outbuf_size(&f->kept);

	if (b.n >= GOOD_PART && f->wanted > have)
		outbuf_room(&f->kept, f->wanted - have);
	outbuf_put_bytes(&f->kept, b);
	return outbuf_ok(&f->kept);
}

/* What a walk over fresh input has left: a cut header goes to `head`, all else to `kept`. */
static bool keep_rest(struct flow *f, struct bytes rest)
{
	if (rest.n == 0)
		return true;
	if (f->stopped || rest.n >= FRAME_HEADER)
		return keep(f, rest);
	memcpy(f->head, rest.p, rest.n);
	f->head_size = (uint8_t)rest.n;
	return true;
}

/* Walks over what was kept. */
static enum outcome walk_kept(struct flow *f, const struct flow_rules *rules)
{
	size_t used;
	enum outcome outcome = walk(f, rules, outbuf_view(&f->kept), &used);
	size_t maximum = f->kept.maximum;

	outbuf_drop(&f->kept, used);
	if (outbuf_size(&f->kept) == 0) {
		outbuf_free(&f->kept); /* a session at rest owns nothing */
		outbuf_init(&f->kept, maximum);
	}
	return outcome;
}

/* Completes what the judge waits for from `in` and walks over it, until the kept bytes are used up
 * or `in` is. Gives what is left of `in`. */
static bool feed_kept(struct flow *f, const struct flow_rules *rules, struct bytes *in)
{
	while (outbuf_size(&f->kept) > 0 && in->n > 0) {
		size_t have = outbuf_size(&f->kept);
		size_t wanted = f->wanted > FRAME_HEADER ? f->wanted : FRAME_HEADER;
		size_t n = wanted > have ? wanted - have : 0;

		if (f->stopped || n > in->n)
			n = in->n;
		if (!keep(f, bytes_of(in->p, n)))
			return false;
		in->p += n;
		in->n -= n;
		if (f->stopped || have + n < wanted)
			return true;
		if (walk_kept(f, rules) == OVER)
			return false;
	}
	return true;
}

bool flow_feed(struct flow *f, const struct flow_rules *rules, struct bytes in)
{
	size_t used;

	if (f->stopped)
		return in.n == 0 || keep(f, in);
	if (!feed_kept(f, rules, &in))
		return false;
	if (in.n == 0)
		return true;
	if (f->stopped)
		return keep(f, in);
	if (f->head_size > 0) {
		/* The headroom is the caller's and writable: see FLOW_HEADROOM. */
		uint8_t *front = (uint8_t *)(uintptr_t)in.p - f->head_size;

		memcpy(front, f->head, f->head_size);
		in = bytes_of(front, in.n + f->head_size);
		f->head_size = 0;
	}
	if (walk(f, rules, in, &used) == OVER)
		return false;
	return keep_rest(f, bytes_of(in.p + used, in.n - used));
}

uint8_t *flow_room(struct flow *f, size_t *size)
{
	size_t have = outbuf_size(&f->kept);

	if (f->stopped || have < GOOD_PART || f->wanted < have + GOOD_PART)
		return NULL;
	*size = f->wanted - have;
	return outbuf_room(&f->kept, *size);
}

bool flow_fill(struct flow *f, const struct flow_rules *rules, size_t n)
{
	outbuf_fill(&f->kept, n);
	return outbuf_size(&f->kept) < f->wanted || walk_kept(f, rules) != OVER;
}

bool flow_resume(struct flow *f, const struct flow_rules *rules)
{
	f->stopped = false;
	if (outbuf_size(&f->kept) == 0)
		return true;
	return walk_kept(f, rules) != OVER;
}
