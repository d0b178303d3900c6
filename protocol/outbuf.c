#include "protocol/outbuf.h"

#include <assert.h>
#include <stdlib.h>

/* Enough for any message that a proxy says by itself. */
#define FIRST_CAPACITY 512

void outbuf_init(struct outbuf *o, size_t maximum)
{
	assert(maximum < SIZE_MAX / 2);
	*o = (struct outbuf){ .maximum = maximum };
}

void outbuf_free(struct outbuf *o)
{
	free(o->data);
	*o = (struct outbuf){ .maximum = o->maximum };
}

void outbuf_clear(struct outbuf *o)
{
	o->start = 0;
	o->end = 0;
	o->open = false;
	o->failed = false;
}

void outbuf_wipe(struct outbuf *o)
{
	if (o->data != NULL)
		explicit_bzero(o->data, o->capacity);
	outbuf_free(o);
}

struct bytes outbuf_view(const struct outbuf *o)
{
	size_t end = o->open ? o->message : o->end;

	if (end == o->start)
		return (struct bytes){ 0 };
	return bytes_of(o->data + o->start, end - o->start);
}

void outbuf_drop(struct outbuf *o, size_t n)
{
	assert(n <= outbuf_view(o).n);
	o->start += n;
	if (o->start < o->end || o->open)
		return;
	o->start = 0;
	o->end = 0;
	if (o->capacity > OUTBUF_KEEP) {
		free(o->data);
		o->data = NULL;
		o->capacity = 0;
	}
}

/* A failure takes the open message back: what stays is whole. */
static void fail(struct outbuf *o)
{
	o->failed = true;
	if (o->open)
		o->end = o->message;
	o->open = false;
}

static void move_to_front(struct outbuf *o, uint8_t *data)
{
	memmove(data, o->data + o->start, o->end - o->start);
	o->end -= o->start;
	o->message -= o->open ? o->start : 0;
	o->start = 0;
}

static size_t next_capacity(const struct outbuf *o, size_t needed)
{
	size_t capacity = o->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : o->capacity;

	while (capacity < needed)
		capacity *= 2;
	if (capacity == o->capacity)
		capacity *= 2;
	/* Room for the maximum behind as much that was dropped: moves stay rarer than puts. */
	return capacity > 2 * o->maximum ? 2 * o->maximum : capacity;
}

static bool grow(struct outbuf *o, size_t needed)
{
	size_t capacity = next_capacity(o, needed);
	uint8_t *data = malloc(capacity);

	if (data == NULL)
		return false;
	if (o->data != NULL) {
		size_t used = o->end;

		move_to_front(o, data);
		explicit_bzero(o->data, used);
		free(o->data);
	}
	o->data = data;
	o->capacity = capacity;
	return true;
}

/* Room for `n` more bytes at o->end, or a failure. */
static bool reserve(struct outbuf *o, size_t n)
{
	size_t used = o->end - o->start;

	if (o->failed)
		return false;
	if (n > o->maximum || used > o->maximum - n) {
		fail(o);
		return false;
	}
	if (n <= o->capacity - o->end)
		return true;
	if (o->start >= used && used + n <= o->capacity) {
		move_to_front(o, o->data);
		return true;
	}
	if (!grow(o, used + n)) {
		fail(o);
		return false;
	}
	return true;
}

static void begin(struct outbuf *o, bool typed, uint8_t type)
{
	assert(!o->open);
	if (!reserve(o, 5))
		return;
	o->open = true;
	o->typed = typed;
	o->message = o->end;
	if (typed)
		o->data[o->end++] = type;
	bytes_set_u32(o->data + o->end, 0);
	o->end += 4;
}

void outbuf_begin(struct outbuf *o, uint8_t type)
{
	begin(o, true, type);
}

void outbuf_begin_untyped(struct outbuf *o)
{
	begin(o, false, 0);
}

void outbuf_end(struct outbuf *o)
{
	size_t word = o->message + (o->typed ? 1 : 0);

	if (o->failed)
		return;
	assert(o->open);
	if (o->end - word > INT32_MAX) {
		fail(o);
		return;
	}
	bytes_set_u32(o->data + word, (uint32_t)(o->end - word));
	o->open = false;
}

void outbuf_put_u8(struct outbuf *o, uint8_t v)
{
	if (reserve(o, 1))
		o->data[o->end++] = v;
}

void outbuf_put_u16(struct outbuf *o, uint16_t v)
{
	if (!reserve(o, 2))
		return;
	bytes_set_u16(o->data + o->end, v);
	o->end += 2;
}

void outbuf_put_u32(struct outbuf *o, uint32_t v)
{
	if (!reserve(o, 4))
		return;
	bytes_set_u32(o->data + o->end, v);
	o->end += 4;
}

uint8_t *outbuf_room(struct outbuf *o, size_t n)
{
	return reserve(o, n) ? o->data + o->end : NULL;
}

void outbuf_fill(struct outbuf *o, size_t n)
{
	assert(n <= o->capacity - o->end);
	o->end += n;
}

void outbuf_put_bytes(struct outbuf *o, struct bytes b)
{
	if (b.n == 0 || !reserve(o, b.n))
		return;
	memcpy(o->data + o->end, b.p, b.n);
	o->end += b.n;
}

void outbuf_put_cstring(struct outbuf *o, struct bytes text)
{
	if (text.n > 0 && memchr(text.p, 0, text.n) != NULL) {
		fail(o);
		return;
	}
	outbuf_put_bytes(o, text);
	outbuf_put_u8(o, 0);
}

void outbuf_put_z(struct outbuf *o, const char *z)
{
	outbuf_put_cstring(o, bytes_of_z(z));
}

void outbuf_put_value(struct outbuf *o, struct reader_value v)
{
	if (v.bytes.n > INT32_MAX) {
		fail(o);
		return;
	}
	outbuf_put_u32(o, v.null ? UINT32_MAX : (uint32_t)v.bytes.n);
	outbuf_put_bytes(o, v.bytes);
}
