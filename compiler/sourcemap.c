#include "compiler/sourcemap.h"

#include <assert.h>

void sourcemap_init(struct sourcemap *m, struct arena *arena)
{
	*m = (struct sourcemap){ .arena = arena };
}

static void grow(struct sourcemap *m, size_t more)
{
	size_t capacity = m->capacity == 0 ? 32 : m->capacity;
	struct sourcemap_mark *marks;

	while (capacity < m->count + more)
		capacity *= 2;
	marks = arena_array(m->arena, capacity, sizeof(*marks));
	if (m->count > 0)
		memcpy(marks, m->marks, m->count * sizeof(*marks));
	m->marks = marks;
	m->capacity = capacity;
}

static void add(struct sourcemap *m, struct sourcemap_mark mark)
{
	struct sourcemap_mark *last = m->count > 0 ? &m->marks[m->count - 1] : NULL;

	assert(last == NULL || last->out <= mark.out);
	if (last != NULL && last->out == mark.out) {
		*last = mark;
		return;
	}
	/* More of the same word needs no mark. */
	if (last != NULL && !last->copied && !mark.copied && last->start == mark.start)
		return;
	if (m->count == m->capacity)
		grow(m, 1);
	m->marks[m->count++] = mark;
}

void sourcemap_made(struct sourcemap *m, size_t out, struct span source)
{
	add(m, (struct sourcemap_mark){ .out = (uint32_t)out, .start = source.start });
}

void sourcemap_copied(struct sourcemap *m, size_t out, size_t start)
{
	add(m, (struct sourcemap_mark){
		       .out = (uint32_t)out, .start = (uint32_t)start, .copied = true });
}

void sourcemap_token(struct sourcemap *m, size_t out, struct value_token *token)
{
	if (m->token_count == m->token_capacity) {
		size_t capacity = m->token_capacity == 0 ? 8 : 2 * m->token_capacity;
		struct sourcemap_token *more = arena_array(m->arena, capacity, sizeof(*more));

		if (m->token_count > 0)
			memcpy(more, m->tokens, m->token_count * sizeof(*more));
		m->tokens = more;
		m->token_capacity = capacity;
	}
	m->tokens[m->token_count++] = (struct sourcemap_token){ (uint32_t)out, token };
}

void sourcemap_cut(struct sourcemap *m, size_t out)
{
	while (m->count > 0 && m->marks[m->count - 1].out > out)
		m->count--;
	while (m->token_count > 0 && m->tokens[m->token_count - 1].out >= out)
		m->token_count--;
}

void sourcemap_append(struct sourcemap *m, size_t out, const struct sourcemap *part)
{
	if (part->count > m->capacity - m->count)
		grow(m, part->count);
	for (size_t i = 0; i < part->count; i++) {
		struct sourcemap_mark mark = part->marks[i];

		mark.out += (uint32_t)out;
		add(m, mark);
	}
	for (size_t i = 0; i < part->token_count; i++)
		sourcemap_token(m, out + part->tokens[i].out, part->tokens[i].token);
}

/* Where characters stand in a text: their number at every 64th byte. */
enum { STRIDE = 64 };

struct ruler {
	const struct encoding *e;
	struct str text;
	uint32_t *counts;    /* NULL: a character is a byte */
	uint32_t *overhangs; /* bytes of a block that belong to a character of the one before */
};

static struct ruler ruler_of(struct arena *a, struct str text, const struct encoding *e)
{
	struct ruler r = { .e = e, .text = text };
	size_t blocks = text.n / STRIDE + 1;
	uint32_t count = 0;
	size_t at = 0;

	if (encoding_count(e, text) == text.n)
		return r;
	r.counts = arena_array(a, blocks, sizeof(*r.counts));
	r.overhangs = arena_array(a, blocks, sizeof(*r.overhangs));
	for (size_t block = 0; block < blocks; block++) {
		size_t end = (block + 1) * STRIDE;

		r.counts[block] = count;
		r.overhangs[block] = (uint32_t)(at - block * STRIDE);
		while (at < end && at < text.n) {
			at += encoding_length(e, text.p + at, text.n - at);
			count++;
		}
		if (at >= text.n)
			break;
	}
	return r;
}

/* Characters before the byte. */
static uint32_t ruler_at(const struct ruler *r, uint32_t byte)
{
	size_t block;
	size_t start;

	if (r->counts == NULL)
		return byte;
	if (byte > r->text.n)
		byte = (uint32_t)r->text.n;
	block = byte / STRIDE;
	start = block * STRIDE + r->overhangs[block];
	if (byte <= start)
		return r->counts[block];
	return r->counts[block] +
	       (uint32_t)encoding_count(r->e, (struct str){ r->text.p + start, byte - start });
}

void sourcemap_count_characters(struct sourcemap *m, struct str emitted, struct str client,
                                const struct encoding *e)
{
	struct ruler out = ruler_of(m->arena, emitted, e);
	struct ruler in = ruler_of(m->arena, client, e);

	for (size_t i = 0; i < m->count; i++) {
		m->marks[i].out = ruler_at(&out, m->marks[i].out);
		m->marks[i].start = ruler_at(&in, m->marks[i].start);
	}
}

uint32_t sourcemap_position(const struct sourcemap_mark *marks, size_t count, uint32_t position)
{
	size_t low = 0;
	size_t high = count;

	if (position == 0 || count == 0)
		return position;
	/* The last mark at or before the position. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (marks[middle].out <= position - 1)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return marks[0].start + 1;
	if (!marks[low - 1].copied)
		return marks[low - 1].start + 1;
	return marks[low - 1].start + (position - 1 - marks[low - 1].out) + 1;
}
