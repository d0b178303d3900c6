/* Texts that differ in their constants alone: which of these may be others, and what has been
 * rewritten, with others in their places. */
#include "compiler/pattern.h"
#include "proxy/report_map.h"
#include "proxy/rewrite_parts.h"

enum { FREE = 'f', KEPT = 'k' };

void rewrite_pattern_read(struct rewrite *r)
{
	r->pattern = arena_alloc(&r->arena, sizeof(*r->pattern));
	pattern_of(r->query, arena_alloc(&r->arena, r->query.n), r->pattern);
}

/* The constant of the pattern that is this token; its count when none is. */
static size_t constant_at(const struct pattern *p, struct span token)
{
	size_t low = 0;
	size_t high = p->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->constants[middle].start < token.start)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < p->count && p->constants[low].start == token.start &&
	    p->constants[low].end == token.end)
		return low;
	return p->count;
}

struct str rewrite_pattern_mask(struct rewrite *r)
{
	const struct pattern *p = r->pattern;
	char *mask = arena_alloc(&r->arena, p->count);

	memset(mask, KEPT, p->count);
	for (size_t i = 0; i < r->constant_count; i++) {
		size_t k = constant_at(p, r->constants[i].token);

		if (k < p->count && !(r->mask.n > 0 && r->mask.p[k] == KEPT))
			mask[k] = FREE;
	}
	return (struct str){ mask, p->count };
}

struct str rewrite_pattern_kept(struct rewrite *r, struct str mask)
{
	const struct pattern *p = r->pattern;
	char *out = arena_alloc(&r->arena, mask.n + r->query.n + p->count);
	size_t n = mask.n;

	if (n > 0)
		memcpy(out, mask.p, n);
	for (size_t i = 0; i < p->count; i++) {
		struct span s = p->constants[i];

		if (mask.p[i] == FREE)
			continue;
		memcpy(out + n, r->query.p + s.start, s.end - s.start);
		n += s.end - s.start;
		out[n++] = '\0';
	}
	return (struct str){ out, n };
}

void rewrite_pattern_describe(struct rewrite *r, struct str mask, struct memo *parts)
{
	const struct pattern *p = r->pattern;
	struct memo_constant *constants = arena_array(&r->arena, p->count, sizeof(*constants));
	struct memo_place *places = arena_array(&r->arena, r->constant_count, sizeof(*places));
	struct rewrite_ruler in = { .encoding = r->position_encoding, .text = r->query };
	struct rewrite_ruler out = { .encoding = r->position_encoding, .text = r->emitted };

	for (size_t i = 0; i < p->count; i++)
		constants[i] = (struct memo_constant){
			.length = p->constants[i].end - p->constants[i].start,
			.end = rewrite_ruler_at(&in, p->constants[i].end),
		};
	for (size_t i = 0; i < r->constant_count; i++) {
		size_t k = constant_at(p, r->constants[i].token);
		uint32_t at = r->constants[i].out;

		if (k == p->count || mask.p[k] == KEPT)
			continue;
		places[parts->place_count++] = (struct memo_place){
			.constant = (uint32_t)k,
			.out = at,
			.end = rewrite_ruler_at(&out, at + constants[k].length),
		};
	}
	parts->constants = constants;
	parts->constant_count = p->count;
	parts->places = places;
}

/* ---- the same with others -------------------------------------------------------------------- */

/* How positions of a text move: what stands at `end` or behind it, by so much. */
struct move {
	uint32_t end;
	uint32_t by; /* modulo 2^32 */
};

struct moves {
	struct move *items; /* rising */
	size_t count;
};

static uint32_t moved(const struct moves *m, uint32_t position)
{
	size_t low = 0;
	size_t high = m->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->items[middle].end <= position)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? position : position + m->items[low - 1].by;
}

/* By how much the constant is longer here than where the memo was made. */
static uint32_t growth(const struct rewrite *r, const struct memo *m, size_t constant)
{
	struct span s = r->pattern->constants[constant];

	return s.end - s.start - m->constants[constant].length;
}

static void add_move(struct moves *m, uint32_t end, uint32_t by)
{
	uint32_t before = m->count > 0 ? m->items[m->count - 1].by : 0;

	m->items[m->count++] = (struct move){ end, before + by };
}

static struct moves moves_of_text(struct rewrite *r, const struct memo *m)
{
	struct moves moves = { arena_array(&r->arena, m->constant_count, sizeof(struct move)), 0 };

	for (size_t i = 0; i < m->constant_count; i++)
		add_move(&moves, m->constants[i].end, growth(r, m, i));
	return moves;
}

static struct moves moves_of_emitted(struct rewrite *r, const struct memo *m)
{
	struct moves moves = { arena_array(&r->arena, m->place_count, sizeof(struct move)), 0 };

	for (size_t i = 0; i < m->place_count; i++)
		add_move(&moves, m->places[i].end, growth(r, m, m->places[i].constant));
	return moves;
}

static struct report_map *moved_map(struct rewrite *r, const struct memo *m)
{
	struct report_map_parts parts = *report_map_parts(m->map);
	struct moves in = moves_of_text(r, m);
	struct moves out = moves_of_emitted(r, m);
	struct sourcemap_mark *marks = arena_array(&r->arena, parts.mark_count, sizeof(*marks));
	struct report_warning *warnings =
		arena_array(&r->arena, parts.warning_count, sizeof(*warnings));

	for (size_t i = 0; i < parts.mark_count; i++)
		marks[i] = (struct sourcemap_mark){
			.out = moved(&out, parts.marks[i].out),
			.start = moved(&in, parts.marks[i].start),
			.copied = parts.marks[i].copied,
		};
	for (size_t i = 0; i < parts.warning_count; i++) {
		warnings[i] = parts.warnings[i];
		warnings[i].position = moved(&in, warnings[i].position - 1) + 1;
	}
	parts.marks = marks;
	parts.warnings = warnings;
	return report_map_new(&parts);
}

static bool has_grown(const struct rewrite *r, const struct memo *m)
{
	for (size_t i = 0; i < m->constant_count; i++)
		if (growth(r, m, i) != 0)
			return true;
	return false;
}

static char *copied(char *to, const char *from, size_t n)
{
	memcpy(to, from, n);
	return to + n;
}

static size_t filled_size(const struct rewrite *r, const struct memo *m)
{
	size_t n = m->text.n;

	for (size_t i = 0; i < m->place_count; i++) {
		size_t k = m->places[i].constant;
		struct span s = r->pattern->constants[k];

		n = n - m->constants[k].length + (s.end - s.start);
	}
	return n;
}

/* The memo's text with the constants of the query, which are written as they are in it; `n` bytes. */
static struct str filled_in(struct rewrite *r, const struct memo *m, size_t n)
{
	char *start = arena_alloc(&r->arena, n);
	char *out = start;
	size_t at = 0;

	for (size_t i = 0; i < m->place_count; i++) {
		const struct memo_place *place = &m->places[i];
		struct span s = r->pattern->constants[place->constant];

		out = copied(out, m->text.p + at, place->out - at);
		out = copied(out, r->query.p + s.start, s.end - s.start);
		at = place->out + m->constants[place->constant].length;
	}
	copied(out, m->text.p + at, m->text.n - at);
	return (struct str){ start, n };
}

bool rewrite_pattern_apply(struct rewrite *r, const struct memo *m)
{
	size_t n = filled_size(r, m);

	if (n > REWRITE_LONGEST_RECALLED)
		return false;
	r->emitted = m->place_count == 0 ? m->text : filled_in(r, m, n);
	r->map = has_grown(r, m) ? moved_map(r, m) : report_map_ref(m->map);
	return r->map != NULL;
}
