#include "protocol/frame.h"

#include <assert.h>

static enum frame_result peek_rest(const struct frame_cutter *c, struct bytes in, struct frame *out)
{
	struct bytes raw = bytes_of(in.p, in.n < c->rest ? in.n : c->rest);

	*out = (struct frame){
		.type = c->type,
		.ends = raw.n == c->rest,
		.size = c->rest,
		.raw = raw,
		.body = raw,
	};
	return FRAME_READY;
}

enum frame_result frame_peek(const struct frame_cutter *c, enum message_side side, struct bytes in,
                             struct frame *out)
{
	enum frame_result result;

	if (c->rest > 0 && in.n > 0)
		return peek_rest(c, in, out);
	result = frame_start(in, out);
	if (result != FRAME_READY)
		return result;
	return out->size + 4 > message_limit(side, out->type) ? FRAME_TOO_LONG : FRAME_READY;
}

size_t frame_take_part(struct frame_cutter *c, const struct frame *f, size_t n)
{
	size_t header = f->starts ? FRAME_HEADER : 0;

	assert(n >= header && n <= f->raw.n);
	c->type = f->type;
	c->rest = f->size - (uint32_t)(n - header);
	return n;
}
