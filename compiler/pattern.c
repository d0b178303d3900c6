#include "compiler/pattern.h"

/* What stands in the place of a constant. A text that has one of these bytes itself has no constants. */
enum { MARK_INTEGER = 1, MARK_FLOAT, MARK_STRING };

/* A larger number may be of another type. */
enum { MOST_INTEGER_DIGITS = 9, MOST_FLOAT_BYTES = 17 };

/* What a byte may be part of. WORD: names, and numbers that are no constants. */
enum { WORD = 1, DIGIT = 2, QUOTE = 4, DOUBLE_QUOTE = 8, MARK = 16 };

static const unsigned char classes[256] = {
	[MARK_INTEGER] = MARK, [MARK_FLOAT] = MARK,  [MARK_STRING] = MARK, ['"'] = DOUBLE_QUOTE,
	['\''] = QUOTE,        ['$'] = WORD,         ['.'] = WORD,         ['_'] = WORD,
	['0' ... '9'] = DIGIT, ['A' ... 'Z'] = WORD, ['a' ... 'z'] = WORD, [0x80 ... 0xff] = WORD,
};

/* A text on its way to a pattern: up to `at` it is read, up to `copied` it is in the pattern. */
struct reader {
	struct str text;
	size_t at;
	size_t copied;
	char *out;
	struct pattern *pattern;
	bool marked; /* a byte of the text is a mark */
};

static unsigned class_at(const struct reader *r, size_t at)
{
	return at < r->text.n ? classes[(unsigned char)r->text.p[at]] : 0;
}

static void copy_until(struct reader *r, size_t end)
{
	memcpy(r->out, r->text.p + r->copied, end - r->copied);
	r->out += end - r->copied;
	r->copied = end;
}

static void put_constant(struct reader *r, size_t end, char mark)
{
	struct pattern *p = r->pattern;

	copy_until(r, r->at);
	*r->out++ = mark;
	p->constants[p->count++] = (struct span){ (uint32_t)r->at, (uint32_t)end };
	r->at = r->copied = end;
}

static size_t digits_end(const struct reader *r, size_t at)
{
	while (class_at(r, at) & DIGIT)
		at++;
	return at;
}

/* At a digit that is part of no word. Python takes no leading zeros. */
static void read_number(struct reader *r)
{
	size_t end = digits_end(r, r->at);
	size_t whole = end - r->at;
	bool has_point = end < r->text.n && r->text.p[end] == '.' && (class_at(r, end + 1) & DIGIT);
	bool plain = whole == 1 || r->text.p[r->at] != '0';

	if (has_point)
		end = digits_end(r, end + 1);
	if (!plain || (class_at(r, end) & WORD) ||
	    (has_point ? end - r->at > MOST_FLOAT_BYTES : whole > MOST_INTEGER_DIGITS)) {
		while (class_at(r, end) & (WORD | DIGIT))
			end++;
		r->at = end;
		return;
	}
	put_constant(r, end, has_point ? MARK_FLOAT : MARK_INTEGER);
}

/* At a quote. One behind a word belongs to it: E'…'. What has quotes, backslashes or bytes that are not
 * printable in it is no constant; where that ends, is a guess that may be wrong. */
static void read_string(struct reader *r)
{
	bool plain = r->at == 0 || !(class_at(r, r->at - 1) & (WORD | DIGIT));
	size_t end = r->at + 1;

	for (; end < r->text.n; end++) {
		unsigned char c = (unsigned char)r->text.p[end];

		if (c == '\'' && (class_at(r, end + 1) & QUOTE))
			end++;
		else if (c == '\'')
			break;
		else if (c >= ' ' && c < 0x7f && c != '\\')
			continue;
		r->marked = r->marked || (classes[c] & MARK) != 0;
		plain = false;
	}
	if (end == r->text.n) {
		r->at = end;
		return;
	}
	if (plain)
		put_constant(r, end + 1, MARK_STRING);
	else
		r->at = end + 1;
}

static void read_name(struct reader *r)
{
	for (r->at++; r->at < r->text.n && !(class_at(r, r->at) & DOUBLE_QUOTE); r->at++)
		r->marked = r->marked || (class_at(r, r->at) & MARK) != 0;
	r->at += r->at < r->text.n;
}

void pattern_of(struct str query, char *room, struct pattern *out)
{
	struct reader r = { .text = query, .out = room, .pattern = out };

	out->count = 0;
	while (r.at < query.n && out->count < PATTERN_MOST && !r.marked) {
		unsigned class = class_at(&r, r.at);

		if (class & WORD) {
			while (class_at(&r, r.at) & (WORD | DIGIT))
				r.at++;
		} else if (class & DIGIT) {
			read_number(&r);
		} else if (class & QUOTE) {
			read_string(&r);
		} else if (class & DOUBLE_QUOTE) {
			read_name(&r);
		} else if (class & MARK) {
			r.marked = true;
		} else {
			r.at++;
		}
	}
	if (r.marked) {
		out->text = query;
		out->count = 0;
		return;
	}
	copy_until(&r, query.n);
	out->text = (struct str){ room, (size_t)(r.out - room) };
}
