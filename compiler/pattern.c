#include "compiler/pattern.h"

#include "compiler/lanes.h"

/* What stands in the place of a constant. A text that has one of these bytes itself has no
 * constants. */
enum { MARK_INTEGER = 1, MARK_FLOAT, MARK_STRING };

/* A larger number may be of another type. */
enum { MOST_INTEGER_DIGITS = 9, MOST_FLOAT_BYTES = 17 };

/* What a byte may be part of. WORD: names and numbers; DIGIT: is one of these as well. */
enum { WORD = 1, DIGIT = 2, QUOTE = 4, DOUBLE_QUOTE = 8, MARK = 16 };

static const unsigned char classes[256] = {
	[MARK_INTEGER] = MARK, [MARK_FLOAT] = MARK,  [MARK_STRING] = MARK,
	['"'] = DOUBLE_QUOTE,  ['\''] = QUOTE,       ['$'] = WORD,
	['.'] = WORD,          ['_'] = WORD,         ['0' ... '9'] = WORD | DIGIT,
	['A' ... 'Z'] = WORD,  ['a' ... 'z'] = WORD, [0x80 ... 0xff] = WORD,
};

/* A text on its way to a pattern: up to `at` it is read, up to `copied` it is in the pattern. */
struct reader {
	const char *at;
	const char *end;
	const char *copied;
	const char *start;
	char *out;
	struct pattern *pattern;
	bool marked; /* a byte of the text is a mark */
};

static unsigned class_at(const struct reader *r, const char *p)
{
	return p < r->end ? classes[(unsigned char)*p] : 0;
}

/* The first byte from `p` on that is not of the class. */
static const char *skip(const struct reader *r, const char *p, unsigned class)
{
	while (class_at(r, p) & class)
		p++;
	return p;
}

/* Which of the bytes at `p` are part of words. */
static lanes words_at(const char *p)
{
	lanes c = lanes_at(p);

	return (lanes)((c | 0x20) - 'a' < 26) | (lanes)(c - '0' < 10) | (lanes)(c == '_') |
	       (lanes)(c == '$') | (lanes)(c == '.') | (lanes)(c >= 0x80);
}

/* Where among the bytes at `p` the first of interest is: quotes, marks, and digits that begin a
 * word. */
static size_t first_of_interest(const char *p)
{
	lanes c = lanes_at(p);
	lanes digits = (lanes)(c - '0' < 10);

	return lanes_first((lanes)(c == '\'') | (lanes)(c == '"') |
	                   (lanes)(c - MARK_INTEGER <= MARK_STRING - MARK_INTEGER) |
	                   (digits & ~words_at(p - 1)));
}

static bool is_of_interest(const struct reader *r, const char *p)
{
	unsigned class = class_at(r, p);

	if (class & DIGIT)
		return p == r->start || !(class_at(r, p - 1) & WORD);
	return (class & (QUOTE | DOUBLE_QUOTE | MARK)) != 0;
}

/* The next byte of interest; hardly any is. */
static const char *next_of_interest(const struct reader *r)
{
	const char *p = r->at;

	if (p == r->start && p < r->end && !is_of_interest(r, p))
		p++;
	while (p > r->start && (size_t)(r->end - p) >= LANES) {
		size_t n = first_of_interest(p);

		p += n;
		if (n < LANES)
			return p;
	}
	while (p < r->end && !is_of_interest(r, p))
		p++;
	return p;
}

static void copy_until(struct reader *r, const char *end)
{
	memcpy(r->out, r->copied, (size_t)(end - r->copied));
	r->out += end - r->copied;
	r->copied = end;
}

static void put_constant(struct reader *r, const char *end, char mark)
{
	struct pattern *p = r->pattern;

	copy_until(r, r->at);
	*r->out++ = mark;
	p->constants[p->count++] =
		(struct span){ (uint32_t)(r->at - r->start), (uint32_t)(end - r->start) };
	r->at = r->copied = end;
}

/* At a digit that is part of no word. Python takes no leading zeros. */
static void read_number(struct reader *r)
{
	const char *end = skip(r, r->at, DIGIT);
	size_t whole = (size_t)(end - r->at);
	bool has_point = end < r->end && *end == '.' && (class_at(r, end + 1) & DIGIT);
	bool plain = whole == 1 || *r->at != '0';

	if (has_point)
		end = skip(r, end + 1, DIGIT);
	plain = plain && !(class_at(r, end) & WORD);
	plain = plain &&
	        (has_point ? end - r->at <= MOST_FLOAT_BYTES : whole <= MOST_INTEGER_DIGITS);
	if (plain)
		put_constant(r, end, has_point ? MARK_FLOAT : MARK_INTEGER);
	else
		r->at = skip(r, end, WORD);
}

/* At a quote. One behind a word belongs to it: E'…'. What has quotes, backslashes or bytes that are not
 * printable in it is no constant; where that ends is a guess that may be wrong. */
static void read_string(struct reader *r)
{
	bool plain = r->at == r->start || !(class_at(r, r->at - 1) & WORD);
	const char *p = r->at + 1;

	for (; p < r->end; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '\'' && (class_at(r, p + 1) & QUOTE))
			p++;
		else if (c == '\'')
			break;
		else if (c >= ' ' && c < 0x7f && c != '\\')
			continue;
		r->marked = r->marked || (classes[c] & MARK);
		plain = false;
	}
	if (p < r->end && plain)
		put_constant(r, p + 1, MARK_STRING);
	else
		r->at = p < r->end ? p + 1 : r->end;
}

static void read_name(struct reader *r)
{
	const char *p = r->at + 1;

	for (; p < r->end && *p != '"'; p++)
		r->marked = r->marked || (classes[(unsigned char)*p] & MARK);
	r->at = p < r->end ? p + 1 : r->end;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): it is written to through `r` */
void pattern_of(struct str query, char *room, struct pattern *out)
{
	struct reader r = { .at = query.p,
		            .end = query.p + query.n,
		            .copied = query.p,
		            .start = query.p,
		            .out = room,
		            .pattern = out };

	out->count = 0;
	while (out->count < PATTERN_MOST && !r.marked && (r.at = next_of_interest(&r)) < r.end) {
		unsigned class = classes[(unsigned char)*r.at];

		if (class & DIGIT)
			read_number(&r);
		else if (class & QUOTE)
			read_string(&r);
		else if (class & DOUBLE_QUOTE)
			read_name(&r);
		else
			r.marked = true;
	}
	if (r.marked) {
		out->text = query;
		out->count = 0;
		return;
	}
	copy_until(&r, r.end);
	out->text = (struct str){ room, (size_t)(r.out - room) };
}
