#include "protocol/frame.h"

#include <assert.h>

static struct bytes at_most(struct bytes b, uint32_t n)
{
	return bytes_of(b.p, b.n < n ? b.n : n);
}

static enum frame_result peek_rest(const struct frame_cutter *c, struct bytes in, struct frame *out)
{
	out->type = c->type;
	out->size = c->rest;
	out->raw = at_most(in, c->rest);
	out->body = out->raw;
	out->ends = out->raw.n == c->rest;
	return FRAME_READY;
}

enum frame_result frame_peek(const struct frame_cutter *c, enum message_side side, struct bytes in,
                             struct frame *out)
{
	uint32_t word;

	*out = (struct frame){ 0 };
	if (in.n < (c->rest > 0 ? 1 : FRAME_HEADER))
		return FRAME_NEED_MORE;
	if (c->rest > 0)
		return peek_rest(c, in, out);

	out->type = in.p[0];
	out->starts = true;
	word = bytes_get_u32(in.p + 1);
	if (!frame_body_size(word, &out->size))
		return FRAME_BROKEN;
	out->body = at_most(bytes_from(in, FRAME_HEADER), out->size);
	out->raw = bytes_of(in.p, FRAME_HEADER + out->body.n);
	out->ends = out->body.n == out->size;
	return word > message_limit(side, out->type) ? FRAME_TOO_LONG : FRAME_READY;
}

size_t frame_take(struct frame_cutter *c, const struct frame *f)
{
	return frame_take_part(c, f, f->raw.n);
}

size_t frame_take_part(struct frame_cutter *c, const struct frame *f, size_t n)
{
	size_t header = f->starts ? FRAME_HEADER : 0;

	assert(n >= header && n <= f->raw.n);
	c->type = f->type;
	c->rest = f->size - (uint32_t)(n - header);
	return n;
}
