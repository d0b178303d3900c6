#include "proxy/link.h"

#include <errno.h>

#include "proxy/stream.h"

void link_init(struct link *l, size_t flow_maximum)
{
	*l = (struct link){ 0 };
	flow_init(&l->flow, flow_maximum);
}

void link_close(struct link *l, struct backlog_pool *pool)
{
	stream_close(l->stream);
	l->stream = NULL;
	backlog_free(&l->unsent, pool);
	flow_free(&l->flow);
}

static bool is_later(ptrdiff_t code)
{
	return code == -EAGAIN || code == -EWOULDBLOCK;
}

bool link_send(struct link *l, struct backlog_pool *pool, struct bytes b)
{
	ptrdiff_t sent = 0;

	if (l->stream == NULL)
		return false;
	if (l->unsent.bytes == 0) {
		sent = stream_send(l->stream, b);
		if (sent == (ptrdiff_t)b.n)
			return true;
		if (sent < 0 && !is_later(sent))
			return false;
		if (sent < 0)
			sent = 0;
	}
	l->starved = !backlog_add(&l->unsent, pool, bytes_from(b, (size_t)sent));
	return !l->starved;
}

static void tell_end(struct link *l)
{
	if (l->shutting && !l->shut && l->unsent.bytes == 0 && l->stream != NULL) {
		stream_shut(l->stream);
		l->shut = true;
	}
}

bool link_flush(struct link *l, struct backlog_pool *pool)
{
	while (l->unsent.bytes > 0) {
		struct bytes b = backlog_front(&l->unsent);
		ptrdiff_t sent = stream_send(l->stream, b);

		if (sent < 0)
			return is_later(sent);
		backlog_drop(&l->unsent, pool, (size_t)sent, l->secret);
		if ((size_t)sent < b.n)
			break;
	}
	tell_end(l);
	return true;
}

void link_shut(struct link *l)
{
	l->shutting = true;
	tell_end(l);
}

void link_want(struct link *l, bool readable)
{
	bool writable = l->unsent.bytes > 0;
	uint8_t wants = LINK_ASKED;

	wants |= readable && !l->ended ? LINK_READS : 0;
	wants |= writable ? LINK_WRITES : 0;
	if (l->stream == NULL || wants == l->wants)
		return;
	l->wants = wants;
	stream_want(l->stream, readable && !l->ended, writable);
}
