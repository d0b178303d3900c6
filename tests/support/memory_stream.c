#include "tests/support/memory_stream.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proxy/stream.h"

struct end {
	struct stream *stream; /* NULL once closed */
	uint8_t *in;
	size_t in_size;
	size_t in_read;
	bool in_ended;
	int broken;
	uint8_t *out;
	size_t out_size;
	size_t room;
	size_t chop;
	bool shut;
	bool secure;
};

struct stream {
	struct end *end;
	struct stream_owner owner;
	bool opening;
	bool shaking;
	bool readable;
	bool writable;
	int error;
};

static struct end ends[MEMORY_STREAM_ENDS];
static size_t end_count;
static int connect_code;
static bool connect_at_once;
static bool tls_fails;

void memory_stream_reset(void)
{
	for (size_t i = 0; i < end_count; i++) {
		assert(ends[i].stream == NULL);
		free(ends[i].in);
		free(ends[i].out);
	}
	memset(ends, 0, sizeof(ends));
	end_count = 0;
	memory_stream_connects(0, false);
	memory_stream_secures(true);
}

size_t memory_stream_count(void)
{
	return end_count;
}

static struct end *end_at(size_t i)
{
	assert(i < end_count);
	return &ends[i];
}

/* Tests that let an allocation fail mean one of the program's: what stands here is asked for again. */
static void *again(void *old, size_t n)
{
	void *p = realloc(old, n);

	return p != NULL ? p : realloc(old, n);
}

static void append(uint8_t **data, size_t *size, struct bytes b)
{
	*data = again(*data, *size + b.n + 1);
	assert(*data != NULL);
	if (b.n > 0)
		memcpy(*data + *size, b.p, b.n);
	*size += b.n;
}

void memory_stream_give(size_t end, struct bytes b)
{
	append(&end_at(end)->in, &end_at(end)->in_size, b);
}

void memory_stream_give_end(size_t end)
{
	end_at(end)->in_ended = true;
}

void memory_stream_break(size_t end, int code)
{
	end_at(end)->broken = code;
}

struct bytes memory_stream_sent(size_t end)
{
	return bytes_of(end_at(end)->out, end_at(end)->out_size);
}

void memory_stream_forget(size_t end)
{
	end_at(end)->out_size = 0;
}

void memory_stream_take(size_t end, size_t n)
{
	end_at(end)->room = n;
}

void memory_stream_chop(size_t end, size_t n)
{
	end_at(end)->chop = n;
}

bool memory_stream_is_open(size_t end)
{
	return end_at(end)->stream != NULL;
}

bool memory_stream_is_shut(size_t end)
{
	return end_at(end)->shut;
}

bool memory_stream_is_wanted(size_t end)
{
	return end_at(end)->stream != NULL && end_at(end)->stream->readable;
}

size_t memory_stream_unread(size_t end)
{
	return end_at(end)->in_size - end_at(end)->in_read;
}

void memory_stream_connects(int code, bool at_once)
{
	connect_code = code;
	connect_at_once = at_once;
}

bool memory_stream_is_secure(size_t end)
{
	return end_at(end)->secure;
}

void memory_stream_secures(bool succeeds)
{
	tls_fails = !succeeds;
}

static int next_byte(const struct end *e)
{
	return e->in_size > e->in_read ? e->in[e->in_read] : -1;
}

static unsigned due(const struct stream *s)
{
	const struct end *e = s->end;
	bool bytes = e->in_size > e->in_read;
	unsigned events = 0;

	if (s->shaking)
		return tls_fails ? STREAM_FAILED : STREAM_SECURED;
	if (s->opening)
		return s->error != 0 ? STREAM_FAILED : STREAM_OPENED;
	if (s->readable && (bytes || e->in_ended || e->broken != 0))
		events |= STREAM_READABLE;
	if (s->writable && (e->room > 0 || e->broken != 0))
		events |= STREAM_WRITABLE;
	return events;
}

size_t memory_stream_run(void)
{
	size_t delivered = 0;
	bool any = true;

	while (any) {
		any = false;
		for (size_t i = 0; i < end_count; i++) {
			struct stream *s = ends[i].stream;
			unsigned events = s != NULL ? due(s) : 0;

			if (events == 0)
				continue;
			s->opening = false;
			s->shaking = false;
			any = true;
			delivered++;
			assert(delivered < 10000000); /* someone wants what it does not use */
			s->owner.event(s->owner.context, events);
		}
	}
	return delivered;
}

static struct stream *new_stream(struct stream_owner owner)
{
	struct stream *s = again(NULL, sizeof(*s));

	assert(s != NULL && end_count < MEMORY_STREAM_ENDS);
	memset(s, 0, sizeof(*s));
	s->owner = owner;
	s->end = &ends[end_count++];
	s->end->stream = s;
	s->end->room = SIZE_MAX;
	s->end->chop = SIZE_MAX;
	return s;
}

struct stream *stream_adopt(struct uv_loop_s *loop, int fd, const struct stream_options *options,
                            struct stream_owner owner, int *error)
{
	(void)loop;
	(void)fd;
	(void)options;
	*error = 0;
	return new_stream(owner);
}

struct stream *stream_open(struct uv_loop_s *loop, const struct address *to,
                           const struct stream_options *options, struct stream_owner owner,
                           int *error)
{
	struct stream *s;

	(void)loop;
	(void)to;
	(void)options;
	*error = connect_code;
	if (connect_code != 0 && connect_at_once)
		return NULL;
	s = new_stream(owner);
	s->opening = true;
	s->error = connect_code;
	*error = 0;
	return s;
}

ptrdiff_t stream_read(struct stream *s, void *buffer, size_t size)
{
	struct end *e = s->end;
	size_t n = e->in_size - e->in_read;

	if (n == 0 && e->broken != 0)
		return e->broken;
	if (n == 0)
		return e->in_ended ? 0 : -EAGAIN;
	n = n > size ? size : n;
	n = n > e->chop ? e->chop : n;
	memcpy(buffer, e->in + e->in_read, n);
	e->in_read += n;
	return (ptrdiff_t)n;
}

ptrdiff_t stream_send(struct stream *s, struct bytes b)
{
	struct end *e = s->end;
	size_t n = b.n > e->room ? e->room : b.n;

	assert(!e->shut);
	if (e->broken != 0)
		return e->broken;
	if (n == 0)
		return -EAGAIN;
	append(&e->out, &e->out_size, bytes_of(b.p, n));
	if (e->room != SIZE_MAX)
		e->room -= n;
	return (ptrdiff_t)n;
}

void stream_want(struct stream *s, bool readable, bool writable)
{
	s->readable = readable;
	s->writable = writable;
}

void stream_shut(struct stream *s)
{
	s->end->shut = true;
}

void stream_close(struct stream *s)
{
	if (s == NULL)
		return;
	s->end->stream = NULL;
	free(s);
}

/* TLS in name only. */
bool stream_secure(struct stream *s, const struct stream_tls *how)
{
	(void)how;
	s->shaking = true;
	s->end->secure = true;
	return true;
}

struct ssl_st *stream_ssl(const struct stream *s)
{
	return s->end->secure ? (struct ssl_st *)(uintptr_t)s : NULL;
}

int stream_peek(struct stream *s)
{
	return next_byte(s->end);
}

const char *stream_reason(const struct stream *s)
{
	return strerror(-s->error);
}

const char *stream_error_text(int code)
{
	return strerror(-code);
}
