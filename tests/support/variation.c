#include "tests/support/variation.h"

#include <stdio.h>
#include <stdlib.h>

#include "compiler/pattern.h"

/* Strings that would be something else if anybody read them. */
static const char *const strings[] = {
	"''",         "'a'",          "'true'",  "'F'",          "'{1,2}'",  "'id'",
	"'users.id'", "'--'",         "'/*'",    "'; DROP'",     "'%(x)s'",  "':x'",
	"'$1'",       "'1999-12-31'", "'12'",    "'null'",       "'\"'",     "' '",
	"'count_1'",  "'[1]'",        "'-1'",    "'{\"a\": 1}'", "'$.a'",    "'*'",
	"'x y'",      "'1 day'",      "'[1:0]'", "'desc'",       "'SELECT'", "'YYYY-MM-DD'",
	"'1e5'",      "'.5'",
};
static const char *const integers[] = {
	"0", "1", "2", "7", "10", "63", "999", "32768", "999999999"
};
static const char *const floats[] = { "0.0", "0.5", "1.0", "3.25", "100.001", "12345.678901" };

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static struct str another(struct str token, uint32_t *seed)
{
	if (token.p[0] == '\'')
		return str_of(strings[next(seed) % (sizeof(strings) / sizeof(strings[0]))]);
	if (memchr(token.p, '.', token.n) != NULL)
		return str_of(floats[next(seed) % (sizeof(floats) / sizeof(floats[0]))]);
	return str_of(integers[next(seed) % (sizeof(integers) / sizeof(integers[0]))]);
}

/* One text in the place of another. */
struct change {
	uint32_t start, end;
	struct str by;
};

static uint32_t moved(const struct change *changes, size_t count, uint32_t at)
{
	uint32_t to = at;

	for (size_t i = 0; i < count; i++)
		if (changes[i].end <= at)
			to += (uint32_t)changes[i].by.n - (changes[i].end - changes[i].start);
	return to;
}

/* To be freed by *memory. */
static struct str changed(struct str text, const struct change *changes, size_t count,
                          char **memory)
{
	char *out = NULL;
	size_t n = 0;
	size_t at = 0;
	FILE *f = open_memstream(&out, &n);

	if (f == NULL)
		abort();
	for (size_t i = 0; i < count; i++) {
		fwrite(text.p + at, 1, changes[i].start - at, f);
		fwrite(changes[i].by.p, 1, changes[i].by.n, f);
		at = changes[i].end;
	}
	fwrite(text.p + at, 1, text.n - at, f);
	fclose(f);
	*memory = out;
	return (struct str){ out, n };
}

static void *room(size_t count, size_t size)
{
	void *p = calloc(count + 1, size);

	if (p == NULL)
		abort();
	return p;
}

static bool has_constant(const struct compile_result *r, struct span token)
{
	for (size_t i = 0; i < r->constant_count; i++)
		if (r->constants[i].token.start == token.start &&
		    r->constants[i].token.end == token.end)
			return true;
	return false;
}

struct variation variation_make(struct str text, const struct compile_result *r, uint32_t seed)
{
	struct pattern p;
	char *memory = room(text.n, 1);
	struct variation v = { .mark_count = r->map.count, .warning_count = r->warning_count };
	struct change in[PATTERN_MOST];
	struct change *out = room(r->constant_count, sizeof(*out));
	size_t outs = 0;

	pattern_of(text, memory, &p);
	v.constants = p.count;
	for (size_t i = 0; i < p.count; i++) {
		struct span s = p.constants[i];

		if (has_constant(r, s))
			in[v.varied++] = (struct change){
				s.start, s.end,
				another((struct str){ text.p + s.start, s.end - s.start }, &seed)
			};
	}
	for (size_t i = 0; i < r->constant_count; i++)
		for (size_t k = 0; k < v.varied; k++)
			if (in[k].start == r->constants[i].token.start)
				out[outs++] = (struct change){ r->constants[i].out,
					                       r->constants[i].out +
					                               (in[k].end - in[k].start),
					                       in[k].by };
	v.text = changed(text, in, v.varied, &v.memory[0]);
	v.sql = changed(r->sql, out, outs, &v.memory[1]);
	v.marks = room(v.mark_count, sizeof(*v.marks));
	for (size_t i = 0; i < v.mark_count; i++) {
		v.marks[i] = r->map.marks[i];
		v.marks[i].out = moved(out, outs, v.marks[i].out);
		v.marks[i].start = moved(in, v.varied, v.marks[i].start);
	}
	v.warnings = room(v.warning_count, sizeof(*v.warnings));
	for (size_t i = 0; i < v.warning_count; i++)
		v.warnings[i] = moved(in, v.varied, r->warnings[i].span.start);
	free(memory);
	free(out);
	return v;
}

void variation_free(struct variation *v)
{
	free(v->memory[0]);
	free(v->memory[1]);
	free(v->marks);
	free(v->warnings);
}

bool variation_holds(const struct variation *v, const struct compile_result *r)
{
	if (!str_eq(v->sql, r->sql) || v->mark_count != r->map.count ||
	    v->warning_count != r->warning_count)
		return false;
	for (size_t i = 0; i < v->mark_count; i++)
		if (v->marks[i].out != r->map.marks[i].out ||
		    v->marks[i].start != r->map.marks[i].start ||
		    v->marks[i].copied != r->map.marks[i].copied)
			return false;
	for (size_t i = 0; i < v->warning_count; i++)
		if (v->warnings[i] != r->warnings[i].span.start)
			return false;
	return true;
}
