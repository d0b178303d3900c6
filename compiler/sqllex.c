#include "compiler/sqllex.h"

/* What a byte may be part of. Bytes of the high half are letters, as in scan.l; a dollar goes on
 * with a word but does not begin one. */
enum { START = 1, DIGIT = 2, BLANK = 4, NEWLINE = 8, DOLLAR = 16 };

static const unsigned char classes[256] = {
	['\t'] = BLANK,        ['\n'] = BLANK | NEWLINE, ['\v'] = BLANK,
	['\f'] = BLANK,        ['\r'] = BLANK | NEWLINE, [' '] = BLANK,
	['0' ... '9'] = DIGIT, ['A' ... 'Z'] = START,    ['_'] = START,
	['a' ... 'z'] = START, [0x80 ... 0xff] = START,  ['$'] = DOLLAR,
};

static bool is(char c, unsigned what)
{
	return (classes[(unsigned char)c] & what) != 0;
}

/* The byte at `at`, or a NUL, which no valid text has, behind the end. */
static char byte_at(struct str text, size_t at)
{
	return at < text.n ? text.p[at] : '\0';
}

/* The step from one character to the next. */
static size_t step(const struct sqllex *l, size_t at)
{
	if (!l->rules.encoding->stepped || (unsigned char)l->text.p[at] < 0x80)
		return at + 1;
	return at + encoding_length(l->rules.encoding, l->text.p + at, l->text.n - at);
}

static size_t line_end(const struct sqllex *l, size_t at)
{
	while (at < l->text.n && !is(l->text.p[at], NEWLINE))
		at = step(l, at);
	return at;
}

/* quotecontinue of scan.l: blanks and -- comments with at least one newline, then a quote. Where
 * a comment does not end in a newline, nothing can follow it. */
size_t sqllex_continuation(struct str text, size_t at)
{
	bool newline = false;

	for (;;) {
		char c = byte_at(text, at);

		if (is(c, BLANK)) {
			newline = newline || is(c, NEWLINE);
			at++;
		} else if (c == '-' && byte_at(text, at + 1) == '-') {
			/* No multibyte character has a newline in it, whatever the encoding. */
			while (at < text.n && !is(text.p[at], NEWLINE))
				at++;
		} else {
			return newline && c == '\'' ? at + 1 : 0;
		}
	}
}

/* From behind the opening quote to the closing one, or to the end of the text. A doubled quote is
 * one inside all but bit strings, as scan.l has it. */
static size_t quote_end(const struct sqllex *l, size_t at, char quote, enum sqllex_kind kind)
{
	const char *p = l->text.p;
	bool escapes = kind == SQLLEX_ESCAPED_STRING;

	while (at < l->text.n) {
		if (!escapes && !l->rules.encoding->stepped) {
			const char *found = memchr(p + at, quote, l->text.n - at);

			if (found == NULL)
				break;
			at = (size_t)(found - p);
		}
		if (p[at] == quote) {
			if (kind == SQLLEX_BITS || byte_at(l->text, at + 1) != quote)
				return at;
			at += 2;
		} else if (escapes && p[at] == '\\' && at + 1 < l->text.n) {
			at = step(l, at + 1);
		} else {
			at = step(l, at);
		}
	}
	return l->text.n;
}

/* A quoted token whose opening quote stands right before `open`. */
static void take_quoted(struct sqllex *l, struct sqllex_token *t, enum sqllex_kind kind,
                        size_t open, char quote)
{
	size_t next = open;

	t->kind = kind;
	t->open = open;
	do {
		t->close = quote_end(l, next, quote, kind);
		t->closed = t->close < l->text.n;
		t->end = t->closed ? t->close + 1 : l->text.n;
		next = quote == '\'' && t->closed ? sqllex_continuation(l->text, t->end) : 0;
	} while (next != 0);
}

static enum sqllex_kind plain_kind(const struct sqllex *l)
{
	return l->rules.standard_conforming_strings ? SQLLEX_STRING : SQLLEX_ESCAPED_STRING;
}

/* The strings with a letter before the quote; false when the letter only begins a word. N'…' is
 * to the server a word and a plain string. */
static bool take_prefixed(struct sqllex *l, struct sqllex_token *t)
{
	size_t at = t->start;
	char c = (char)(l->text.p[at] | 0x20);
	char next = byte_at(l->text, at + 1);

	if (next != '\'' && next != '"' && next != '&')
		return false;
	if (next == '\'' && c == 'e')
		take_quoted(l, t, SQLLEX_ESCAPED_STRING, at + 2, next);
	else if (next == '\'' && (c == 'b' || c == 'x'))
		take_quoted(l, t, SQLLEX_BITS, at + 2, next);
	else if ((next == '\'' || next == '"') && c == 'r' && l->expression)
		take_quoted(l, t, next == '"' ? SQLLEX_QUOTED : SQLLEX_STRING, at + 2, next);
	else if (next == '&' && c == 'u' && byte_at(l->text, at + 2) == '\'')
		take_quoted(l, t, SQLLEX_UNICODE_STRING, at + 3, '\'');
	else if (next == '&' && c == 'u' && byte_at(l->text, at + 2) == '"')
		take_quoted(l, t, SQLLEX_UNICODE_QUOTED, at + 3, '"');
	else
		return false;
	return true;
}

size_t sqllex_word_end(const struct sqllex *l, size_t at)
{
	const char *p = l->text.p + at;
	const char *end = l->text.p + l->text.n;

	if (p == end || !is(*p, START))
		return at;
	if (l->rules.encoding->stepped) {
		while (at < l->text.n && is(l->text.p[at], START | DIGIT | DOLLAR))
			at = step(l, at);
		return at;
	}
	do
		p++;
	while (p != end && is(*p, START | DIGIT | DOLLAR));
	return (size_t)(p - l->text.p);
}

static size_t digits_end(struct str text, size_t at)
{
	while (is(byte_at(text, at), DIGIT) ||
	       (byte_at(text, at) == '_' && is(byte_at(text, at + 1), DIGIT)))
		at++;
	return at;
}

static bool is_hex(char c)
{
	return is(c, DIGIT) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* 0x1f, 0o17, 0b11 with underscores; 0 when there is no such number at `at`. */
static size_t radix_end(struct str text, size_t at)
{
	char radix = (char)(byte_at(text, at + 1) | 0x20);
	size_t end = at + 2;

	if (text.p[at] != '0' || (radix != 'x' && radix != 'o' && radix != 'b'))
		return 0;
	for (;;) {
		if (byte_at(text, end) == '_' && is_hex(byte_at(text, end + 1)))
			end++;
		else if (!(radix == 'x' ? is_hex(byte_at(text, end))
		                        : is(byte_at(text, end), DIGIT)))
			break;
		end++;
	}
	return end > at + 2 ? end : 0;
}

/* decinteger, numeric, real and the like of scan.l; `1..2` is 1 and .. and 2 there. */
static void take_number(struct sqllex *l, struct sqllex_token *t)
{
	size_t at = radix_end(l->text, t->start);
	size_t exponent;

	t->kind = SQLLEX_NUMBER;
	if (at != 0) {
		t->end = at;
		return;
	}
	at = digits_end(l->text, t->start);
	if (byte_at(l->text, at) == '.' && byte_at(l->text, at + 1) != '.')
		at = is(byte_at(l->text, at + 1), DIGIT) ? digits_end(l->text, at + 1) : at + 1;
	if ((byte_at(l->text, at) | 0x20) == 'e') {
		exponent = at + 1;
		if (byte_at(l->text, exponent) == '+' || byte_at(l->text, exponent) == '-')
			exponent++;
		if (is(byte_at(l->text, exponent), DIGIT))
			at = digits_end(l->text, exponent);
	}
	t->end = at;
}

/* $1, $tag$…$tag$, or a lone dollar. */
static void take_dollar(struct sqllex *l, struct sqllex_token *t)
{
	struct str text = l->text;
	size_t at = t->start + 1;
	size_t tag;
	const char *found;

	if (is(byte_at(text, at), DIGIT)) {
		while (is(byte_at(text, at), DIGIT))
			at++;
		t->kind = SQLLEX_PARAMETER;
		t->end = at;
		return;
	}
	if (at < text.n && is(text.p[at], START)) {
		while (at < text.n && is(text.p[at], START | DIGIT))
			at = step(l, at);
	}
	if (byte_at(text, at) != '$')
		return; /* SQLLEX_OTHER */
	at++;
	tag = at - t->start;
	t->kind = SQLLEX_DOLLAR_STRING;
	t->open = at;
	/* A dollar is never the second byte of a character, so a plain search is right in every
	 * encoding: the tag begins with one. */
	found = memmem(text.p + at, text.n - at, text.p + t->start, tag);
	t->closed = found != NULL;
	t->close = t->closed ? (size_t)(found - text.p) : text.n;
	t->end = t->closed ? t->close + tag : text.n;
}

static void take_block_comment(struct sqllex *l, struct sqllex_token *t)
{
	struct str text = l->text;
	size_t depth = 1;
	size_t at = t->start + 2;

	t->kind = SQLLEX_BLOCK_COMMENT;
	t->open = at;
	t->closed = false;
	t->close = text.n;
	while (at < text.n) {
		if (text.p[at] == '/' && byte_at(text, at + 1) == '*') {
			depth++;
			at += 2;
		} else if (text.p[at] == '*' && byte_at(text, at + 1) == '/') {
			at += 2;
			if (--depth == 0) {
				t->closed = true;
				t->close = at - 2;
				break;
			}
		} else {
			at = step(l, at);
		}
	}
	t->end = at;
}

static void take_line_comment(struct sqllex *l, struct sqllex_token *t, size_t open)
{
	t->kind = SQLLEX_LINE_COMMENT;
	t->open = open;
	t->close = t->end = line_end(l, open);
}

static void take_blanks(struct sqllex *l, struct sqllex_token *t)
{
	size_t at = t->start;

	while (is(byte_at(l->text, at), BLANK))
		at++;
	t->kind = SQLLEX_BLANK;
	t->end = at;
}

/* Everything that begins with neither letter, digit nor blank; one byte unless said otherwise. */
static void take_other(struct sqllex *l, struct sqllex_token *t)
{
	size_t at = t->start;
	char next = byte_at(l->text, at + 1);

	switch (l->text.p[at]) {
	case '\'':
		take_quoted(l, t, plain_kind(l), at + 1, '\'');
		break;
	case '"':
		take_quoted(l, t, SQLLEX_QUOTED, at + 1, '"');
		break;
	case '$':
		take_dollar(l, t);
		break;
	case '/':
		if (next == '*')
			take_block_comment(l, t);
		break;
	case '-':
		if (next == '-')
			take_line_comment(l, t, at + 2);
		break;
	case '#':
		if (l->expression)
			take_line_comment(l, t, at + 1);
		break;
	case '.':
		/* Of `..2` the dots belong together. */
		if (is(next, DIGIT) && (at == 0 || l->text.p[at - 1] != '.'))
			take_number(l, t);
		break;
	default:
		break;
	}
}

void sqllex_read(struct sqllex *l, struct sqllex_token *t)
{
	size_t at = l->at;
	unsigned class;

	t->kind = SQLLEX_OTHER;
	t->closed = true;
	t->start = at;
	t->end = at + 1;
	if (at >= l->text.n) {
		t->kind = SQLLEX_END;
		t->end = at;
		return;
	}
	class = classes[(unsigned char)l->text.p[at]];
	if (class & BLANK) {
		take_blanks(l, t);
	} else if (class & START) {
		if (!take_prefixed(l, t)) {
			t->kind = SQLLEX_WORD;
			t->end = sqllex_word_end(l, at);
		}
	} else if (class & DIGIT) {
		take_number(l, t);
	} else {
		take_other(l, t);
	}
	l->at = t->end;
}

struct sqllex_token sqllex_next(struct sqllex *l)
{
	struct sqllex_token t = { 0 };

	sqllex_read(l, &t);
	return t;
}
