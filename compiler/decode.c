#include "compiler/decode.h"

#include "compiler/text.h"

/* Decoding one string token. The value is never longer than the token. */
struct decoder {
	struct diag *diag;
	const struct sqllex_rules *rules;
	const struct sqllex_token *token;
	const char *text;
	size_t at;    /* next byte of the text */
	size_t close; /* where the token's last piece closes */
	char *value;
	size_t n;
	uint32_t high_surrogate; /* the first half of a pair, waiting for the second */
	bool bytes;              /* an escape has made a byte that is not ASCII */
};

static struct span span_of(size_t start, size_t end)
{
	return (struct span){ (uint32_t)start, (uint32_t)end };
}

static _Noreturn void fail_unicode(struct decoder *d, size_t start, const char *hint)
{
	diag_hint(d->diag, "%s", hint);
	diag_fail(d->diag, span_of(start, d->at), SQLSTATE_INVALID_ESCAPE,
	          "invalid Unicode escape");
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads up to `most` digits of the radix at d->at; answers how many there were. */
static size_t take_digits(struct decoder *d, size_t most, uint32_t radix, uint32_t *value)
{
	size_t n = 0;

	*value = 0;
	while (n < most && d->at < d->close) {
		int digit = hex_digit(d->text[d->at]);

		if (digit < 0 || (uint32_t)digit >= radix)
			break;
		*value = *value * radix + (uint32_t)digit;
		d->at++;
		n++;
	}
	return n;
}

/* Nothing but the second half may follow the first half of a surrogate pair. */
static void expect_no_pair(struct decoder *d, size_t start)
{
	if (d->high_surrogate != 0)
		diag_fail(d->diag, span_of(start, start + 1), SQLSTATE_SYNTAX_ERROR,
		          "invalid Unicode surrogate pair");
}

static void put_code_point(struct decoder *d, uint32_t c, size_t start)
{
	struct span here = span_of(start, d->at);
	char bytes[4];
	size_t n;

	if (c >= 0xdc00 && c <= 0xdfff && d->high_surrogate != 0) {
		c = 0x10000 + ((d->high_surrogate & 0x3ff) << 10) + (c & 0x3ff);
		d->high_surrogate = 0;
	}
	expect_no_pair(d, start);
	if (c >= 0xd800 && c <= 0xdbff) {
		d->high_surrogate = c;
		return;
	}
	if (c >= 0xdc00 && c <= 0xdfff)
		diag_fail(d->diag, here, SQLSTATE_SYNTAX_ERROR, "invalid Unicode surrogate pair");
	if (c == 0 || c > 0x10ffff)
		diag_fail(d->diag, here, SQLSTATE_SYNTAX_ERROR, "invalid Unicode escape value");
	n = encoding_put(d->rules->encoding, c, bytes);
	if (n == 0) {
		diag_hint(d->diag, "Write the character itself.");
		diag_fail(d->diag, here, SQLSTATE_FEATURE,
		          "Unicode escape of this character is not supported in client encoding %s",
		          d->rules->encoding->name);
	}
	memcpy(d->value + d->n, bytes, n);
	d->n += n;
}

/* A byte given by its number stands in the server's encoding, before it is text. */
static void put_byte(struct decoder *d, uint32_t byte, size_t start)
{
	const struct sqllex_rules *r = d->rules;

	if ((byte & 0xff) == 0)
		diag_fail(d->diag, span_of(start, d->at), SQLSTATE_BAD_ENCODING,
		          "invalid byte sequence for encoding \"%s\": 0x00", r->encoding->name);
	if ((byte & 0x80) != 0) {
		d->bytes = true;
		if (r->encoding->stepped ||
		    (r->server_encoding != NULL && r->server_encoding != r->encoding)) {
			diag_hint(d->diag, "Write the character itself, or \\u and its code.");
			diag_fail(d->diag, span_of(start, d->at), SQLSTATE_FEATURE,
			          "byte escapes beyond ASCII are not supported while client and "
			          "server encodings differ");
		}
	}
	d->value[d->n++] = (char)byte;
}

/* The escape \… of E'…' whose backslash stands at d->at. */
static void take_escape(struct decoder *d)
{
	static const char names[] = "bfnrt";
	static const char meanings[] = "\b\f\n\r\t";
	size_t start = d->at;
	char c = d->text[start + 1];
	const char *name;
	uint32_t number;
	size_t n;

	d->at += 2;
	if (c == 'u' || c == 'U') {
		n = c == 'u' ? 4 : 8;
		if (take_digits(d, n, 16, &number) != n)
			fail_unicode(d, start, "Unicode escapes must be \\uXXXX or \\UXXXXXXXX.");
		put_code_point(d, number, start);
		return;
	}
	expect_no_pair(d, start);
	if (c >= '0' && c <= '7') {
		d->at--;
		take_digits(d, 3, 8, &number);
		put_byte(d, number, start);
	} else if (c == 'x' && take_digits(d, 2, 16, &number) > 0) {
		put_byte(d, number, start);
	} else if (c == 'v') {
		/* The letter to servers before 16, a tab to those after: nobody can mean it. */
		diag_hint(d->diag, "Write \\x0B for a vertical tab, v for the letter.");
		diag_fail(d->diag, span_of(start, d->at), SQLSTATE_INVALID_ESCAPE,
		          "ambiguous escape \\v");
	} else if (c == '\'' && d->rules->encoding->stepped) {
		diag_hint(d->diag, "Use '' to write quotes in strings. \\' is insecure in "
		                   "client-only encodings.");
		diag_fail(d->diag, span_of(start, d->at), SQLSTATE_UNSAFE_ESCAPE,
		          "unsafe use of \\' in a string literal");
	} else if (c != '\0' && (name = strchr(names, c)) != NULL) {
		d->value[d->n++] = meanings[name - names];
	} else {
		d->at = start + 1; /* the character itself, all its bytes */
		n = encoding_length(d->rules->encoding, d->text + d->at, d->close - d->at);
		memcpy(d->value + d->n, d->text + d->at, n);
		d->n += n;
		d->at += n;
	}
}

/* The escape of U&'…' whose escape character stands at d->at. */
static void take_unicode_escape(struct decoder *d, char escape)
{
	size_t start = d->at++;
	uint32_t number;
	size_t n = 4;

	if (d->at < d->close && d->text[d->at] == escape) {
		expect_no_pair(d, start);
		d->value[d->n++] = escape;
		d->at++;
		return;
	}
	if (d->at < d->close && d->text[d->at] == '+') {
		d->at++;
		n = 6;
	}
	if (take_digits(d, n, 16, &number) != n)
		fail_unicode(d, start, "Unicode escapes must be \\XXXX or \\+XXXXXX.");
	put_code_point(d, number, start);
}

/* A quote at d->at that is not the last: a doubled one, or the end of a piece. */
static void take_quote(struct decoder *d, char quote)
{
	/* U& escapes are read from the joined pieces, E escapes piece by piece. */
	bool doubled = d->text[d->at + 1] == quote;

	if (doubled || d->token->kind == SQLLEX_ESCAPED_STRING)
		expect_no_pair(d, d->at);
	if (doubled) {
		d->value[d->n++] = quote;
		d->at += 2;
		return;
	}
	d->at = sqllex_continuation((struct str){ d->text, d->close + 1 }, d->at + 1);
}

static void decode_pieces(struct decoder *d, char quote, char backslash, char unicode)
{
	while (d->at < d->close) {
		char c = d->text[d->at];
		size_t n;

		if (c == quote) {
			take_quote(d, quote);
		} else if (c == backslash && backslash != '\0') {
			take_escape(d);
		} else if (c == unicode && unicode != '\0') {
			take_unicode_escape(d, unicode);
		} else {
			expect_no_pair(d, d->at);
			n = encoding_length(d->rules->encoding, d->text + d->at, d->close - d->at);
			memcpy(d->value + d->n, d->text + d->at, n);
			d->n += n;
			d->at += n;
		}
	}
	expect_no_pair(d, d->close);
}

/* Whether the text between the quotes is the value. */
static bool is_plain(struct str inside, char quote, char escape)
{
	return memchr(inside.p, quote, inside.n) == NULL &&
	       (escape == '\0' || memchr(inside.p, escape, inside.n) == NULL);
}

struct str decode_string(struct diag *diag, struct str text, const struct sqllex_token *t,
                         const struct sqllex_rules *rules, char unicode_escape)
{
	struct str inside = { text.p + t->open, t->close - t->open };
	char quote = t->kind == SQLLEX_QUOTED || t->kind == SQLLEX_UNICODE_QUOTED ? '"' : '\'';
	char backslash = t->kind == SQLLEX_ESCAPED_STRING ? '\\' : '\0';
	char unicode = t->kind == SQLLEX_UNICODE_STRING || t->kind == SQLLEX_UNICODE_QUOTED
	                       ? unicode_escape
	                       : '\0';
	struct decoder d = { .diag = diag,
		             .rules = rules,
		             .token = t,
		             .text = text.p,
		             .at = t->open,
		             .close = t->close };
	struct str value;

	if (unicode != '\0' && !rules->standard_conforming_strings) {
		diag_detail(diag, "String constants with Unicode escapes cannot be used when "
		                  "standard_conforming_strings is off.");
		diag_fail(diag, span_of(t->start, t->end), SQLSTATE_FEATURE,
		          "unsafe use of string constant with Unicode escapes");
	}
	if (t->kind == SQLLEX_DOLLAR_STRING ||
	    is_plain(inside, quote, unicode != '\0' ? unicode : backslash))
		return inside;
	d.value = arena_alloc(diag->arena, inside.n + 1);
	decode_pieces(&d, quote, backslash, unicode);
	value = (struct str){ d.value, d.n };
	if (d.bytes && !encoding_is_valid(rules->encoding, value))
		diag_fail(diag, span_of(t->start, t->end), SQLSTATE_BAD_ENCODING,
		          "invalid byte sequence for encoding \"%s\"", rules->encoding->name);
	return value;
}

static _Noreturn void fail_digit(struct diag *d, struct str text, size_t at,
                                 const struct encoding *e, bool hexadecimal)
{
	struct str digit = { text.p + at, encoding_length(e, text.p + at, text.n - at) };

	diag_fail(d, span_of(at, at + digit.n), SQLSTATE_INVALID_TEXT,
	          "\"%.*s\" is not a valid %s digit", STR_ARG(digit),
	          hexadecimal ? "hexadecimal" : "binary");
}

struct str decode_bits(struct diag *d, struct str text, const struct sqllex_token *t,
                       const struct encoding *e)
{
	bool hexadecimal = (text.p[t->start] | 0x20) == 'x';
	size_t at = t->open;
	struct text out;

	text_init(&out, d->arena);
	text_char(&out, text.p[t->start]);
	text_char(&out, '\'');
	while (at < t->close) {
		char c = text.p[at];
		size_t next = at + 1;

		if (c == '\'')
			next = sqllex_continuation((struct str){ text.p, t->close + 1 }, next);
		else if (hexadecimal ? hex_digit(c) < 0 : c != '0' && c != '1')
			next = 0;
		if (next == 0)
			fail_digit(d, text, at, e, hexadecimal);
		if (c != '\'')
			text_char(&out, c);
		at = next;
	}
	text_char(&out, '\'');
	return text_view(&out);
}

/* Decimal digits, least significant last, times the radix plus a digit. */
static size_t multiply_add(char *digits, size_t n, size_t room, unsigned radix, unsigned digit)
{
	unsigned carry = digit;

	for (size_t i = room; i > room - n; i--) {
		carry += (unsigned)(digits[i - 1] - '0') * radix;
		digits[i - 1] = (char)('0' + carry % 10);
		carry /= 10;
	}
	while (carry > 0) {
		n++;
		digits[room - n] = (char)('0' + carry % 10);
		carry /= 10;
	}
	return n;
}

/* 64 hexadecimal digits are 78 decimal ones. */
enum { RADIX_DIGITS = 64, RADIX_ROOM = 80 };

static struct str radix_number(struct diag *d, struct str digits, struct span span)
{
	char letter = (char)(digits.p[1] | 0x20);
	unsigned radix = letter == 'x' ? 16 : letter == 'o' ? 8 : 2;
	char *out = arena_alloc(d->arena, RADIX_ROOM);
	size_t n = 0;

	if (digits.n - 2 > RADIX_DIGITS)
		diag_fail(d, span, SQLSTATE_PROGRAM_LIMIT, "number has too many digits");
	for (size_t i = 2; i < digits.n; i++) {
		int digit = hex_digit(digits.p[i]);

		if (digit < 0 || (unsigned)digit >= radix)
			diag_fail(d, span, SQLSTATE_SYNTAX_ERROR, "invalid %s integer",
			          radix == 8 ? "octal" : "binary");
		n = multiply_add(out, n, RADIX_ROOM, radix, (unsigned)digit);
	}
	if (n == 0)
		out[RADIX_ROOM - ++n] = '0';
	return (struct str){ out + RADIX_ROOM - n, n };
}

struct str decode_number(struct diag *d, struct str text, const struct sqllex_token *t,
                         bool *is_integer)
{
	struct str s = { text.p + t->start, t->end - t->start };
	struct span span = span_of(t->start, t->end);

	if (memchr(s.p, '_', s.n) != NULL) {
		char *p = arena_alloc(d->arena, s.n);
		size_t n = 0;

		for (size_t i = 0; i < s.n; i++) {
			if (s.p[i] != '_')
				p[n++] = s.p[i];
		}
		s = (struct str){ p, n };
	}
	*is_integer = true;
	if (s.n > 2 && s.p[0] == '0' && (s.p[1] & 0x40) != 0 && (s.p[1] | 0x20) != 'e')
		return radix_number(d, s, span);
	for (size_t i = 0; i < s.n && *is_integer; i++)
		*is_integer = s.p[i] >= '0' && s.p[i] <= '9';
	return s;
}
