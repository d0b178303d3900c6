#include "compiler/lexer.h"

#include "compiler/decode.h"
#include "compiler/text.h"

void lexer_init(struct lexer *l, struct diag *d, struct str text, struct span body,
                struct sqllex_rules rules)
{
	*l = (struct lexer){ .diag = d };
	l->sql = (struct sqllex){
		.text = { text.p, body.end }, .at = body.start, .rules = rules, .expression = true
	};
}

static struct span span_of(const struct sqllex_token *t)
{
	return (struct span){ (uint32_t)t->start, (uint32_t)t->end };
}

static struct str text_of(const struct lexer *l, const struct sqllex_token *t)
{
	return (struct str){ l->sql.text.p + t->start, t->end - t->start };
}

/* The start of a text for "at or near", cut between characters. */
static struct str excerpt(const struct lexer *l, size_t start, size_t end)
{
	const struct encoding *e = l->sql.rules.encoding;
	struct str s = { l->sql.text.p + start, end - start };
	size_t most = encoding_offset(e, s, 40);

	return (struct str){ s.p, most };
}

static _Noreturn void fail_unterminated(struct lexer *l, const struct sqllex_token *t)
{
	static const char *const what[] = {
		[SQLLEX_BLOCK_COMMENT] = "/* comment",
		[SQLLEX_BITS] = "bit string literal",
		[SQLLEX_DOLLAR_STRING] = "dollar-quoted string",
	};
	const char *name = t->kind <= SQLLEX_DOLLAR_STRING ? what[t->kind] : NULL;
	struct span at = { (uint32_t)t->start, (uint32_t)t->start + 1 };

	diag_fail(l->diag, at, SQLSTATE_SYNTAX_ERROR, "unterminated %s at or near \"%.*s\"",
	          name != NULL ? name : "quoted string", STR_ARG(excerpt(l, t->start, t->end)));
}

/* A backslash at the end of a line joins it with the next, as in Python. */
static bool joins_lines(const struct lexer *l, const struct sqllex_token *t)
{
	struct str text = l->sql.text;

	return t->kind == SQLLEX_OTHER && text.p[t->start] == '\\' && t->end < text.n &&
	       (text.p[t->end] == '\n' || text.p[t->end] == '\r');
}

/* Steps over blanks; answers whether a line ended there. */
static inline bool skip_blanks(struct lexer *l)
{
	struct str text = l->sql.text;
	size_t at = l->sql.at;
	bool newline = false;

	for (; at < text.n && sqllex_is_blank(text.p[at]); at++)
		newline = newline || text.p[at] == '\n' || text.p[at] == '\r';
	l->sql.at = at;
	return newline;
}

/* Reads the next raw token that is no blank and no comment; answers whether a line ended before
 * it. */
static bool next_raw(struct lexer *l, struct sqllex_token *t)
{
	bool newline = false;

	for (;;) {
		newline = skip_blanks(l) || newline;
		sqllex_read(&l->sql, t);
		if (!t->closed)
			fail_unterminated(l, t);
		if (joins_lines(l, t)) {
			/* \r\n is one newline. */
			bool two = l->sql.text.p[t->end] == '\r' && t->end + 1 < l->sql.text.n &&
			           l->sql.text.p[t->end + 1] == '\n';

			l->sql.at = t->end + 1 + two;
			continue;
		}
		if (t->kind != SQLLEX_LINE_COMMENT && t->kind != SQLLEX_BLOCK_COMMENT)
			return newline;
	}
}

static bool is_string(enum sqllex_kind kind)
{
	return kind == SQLLEX_STRING || kind == SQLLEX_ESCAPED_STRING ||
	       kind == SQLLEX_UNICODE_STRING || kind == SQLLEX_DOLLAR_STRING ||
	       kind == SQLLEX_QUOTED || kind == SQLLEX_UNICODE_QUOTED;
}

static char byte_at(const struct lexer *l, size_t at)
{
	return at < l->sql.text.n ? l->sql.text.p[at] : '\0';
}

/* """…""" would read as a string with quotes at both ends, which is not what Python means. '''…'''
 * is how SQL writes a value in quotes, and drivers do. */
static void refuse_triple_quotes(struct lexer *l, const struct sqllex_token *t)
{
	if (t->kind != SQLLEX_QUOTED || byte_at(l, t->open) != '"' ||
	    byte_at(l, t->open + 1) != '"')
		return;
	diag_hint(l->diag, "Write '...'; a string may go over several lines.");
	diag_fail(l->diag, (struct span){ (uint32_t)t->start, (uint32_t)t->open + 2 },
	          SQLSTATE_SYNTAX_ERROR, "triple-quoted strings are not supported");
}

/* UESCAPE 'c' behind U&'…', or a backslash. */
static char take_uescape(struct lexer *l)
{
	struct lexer ahead = *l;
	struct sqllex_token t;
	char c;

	next_raw(&ahead, &t);
	if (t.kind != SQLLEX_WORD || !str_eq_nocase(text_of(l, &t), STR("uescape")))
		return '\\';
	next_raw(&ahead, &t);
	c = t.kind == SQLLEX_STRING ? byte_at(l, t.open) : '\0';
	if (c == '\0' || t.close != t.open + 1 || (unsigned char)c >= 0x80 || c <= ' ' ||
	    strchr("0123456789abcdefABCDEF+'\"", c) != NULL)
		diag_fail(l->diag, span_of(&t), SQLSTATE_SYNTAX_ERROR,
		          "invalid Unicode escape character");
	*l = ahead;
	return c;
}

static struct str string_value(struct lexer *l, const struct sqllex_token *t)
{
	char escape = '\\';

	refuse_triple_quotes(l, t);
	if (t->kind == SQLLEX_UNICODE_STRING || t->kind == SQLLEX_UNICODE_QUOTED)
		escape = take_uescape(l);
	return decode_string(l->diag, l->sql.text, t, &l->sql.rules, escape);
}

static bool is_quote(char c)
{
	return c == '\'' || c == '"';
}

/* Whether the word is N or u, glued to a string: a prefix that changes nothing. */
static bool is_idle_prefix(const struct lexer *l, const struct sqllex_token *t)
{
	char c = (char)(byte_at(l, t->start) | 0x20);
	char next = byte_at(l, t->end);

	return t->kind == SQLLEX_WORD && t->end == t->start + 1 && is_quote(next) &&
	       (c == 'u' || (c == 'n' && next == '\''));
}

/* A string and all that stand beside it, which join. Across lines they join inside brackets;
 * outside, only as SQL continues a literal, and that is one raw token already. */
static void take_strings(struct lexer *l, struct lexer_token *out, struct sqllex_token *t)
{
	struct text joined;
	bool newline;

	out->kind = LEXER_STRING;
	out->quoted = t->kind == SQLLEX_QUOTED && byte_at(l, t->start) == '"';
	out->text = string_value(l, t);
	out->span.end = (uint32_t)l->sql.at;
	for (bool first = true;; first = false) {
		struct lexer ahead = *l;

		/* Nothing can join where nothing follows: spare the look. */
		if (byte_at(l, l->sql.at) == ')' || byte_at(l, l->sql.at) == ',')
			return;
		newline = next_raw(&ahead, t);
		if (newline && l->depth == 0)
			return;
		if (is_idle_prefix(&ahead, t))
			sqllex_read(&ahead.sql, t);
		if (!is_string(t->kind))
			return;
		if (!t->closed)
			fail_unterminated(l, t);
		if (first) {
			text_init(&joined, l->diag->arena);
			text_str(&joined, out->text);
		}
		*l = ahead;
		text_str(&joined, string_value(l, t));
		out->quoted = false;
		out->text = text_view(&joined);
		out->span.end = (uint32_t)l->sql.at;
	}
}

static _Noreturn void fail_prefix(struct lexer *l, struct span at, const char *hint)
{
	diag_hint(l->diag, "%s", hint);
	diag_fail(l->diag, at, SQLSTATE_SYNTAX_ERROR, "string prefix \"%.*s\" is not supported",
	          (int)(at.end - at.start), l->sql.text.p + at.start);
}

/* f'…' and the like are Python's; B'…' is a bit string in SQL, b'…' a bytes object in Python. */
static void refuse_prefix(struct lexer *l, const struct sqllex_token *t)
{
	struct str word = text_of(l, t);
	static const char *const formatted[] = { "f", "fr", "rf", "t", "tr", "rt" };
	static const char *const bytes[] = { "b", "br", "rb" };

	if (word.n > 2)
		return;
	for (size_t i = 0; i < sizeof(formatted) / sizeof(formatted[0]); i++) {
		if (str_eq_nocase(word, str_of(formatted[i])))
			fail_prefix(l, span_of(t),
			            "Pass the values as parameters, or join strings with +.");
	}
	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		if (str_eq_nocase(word, str_of(bytes[i])))
			fail_prefix(l, span_of(t), "Write bytes as '\\x...'::bytea.");
	}
}

static void take_bits(struct lexer *l, struct lexer_token *out, const struct sqllex_token *t)
{
	if (l->sql.text.p[t->start] == 'b')
		fail_prefix(l, (struct span){ out->span.start, out->span.start + 1 },
		            "Write bytes as '\\x...'::bytea, a bit string as B'...'.");
	out->kind = LEXER_BITS;
	out->text = decode_bits(l->diag, l->sql.text, t, l->sql.rules.encoding);
}

static void take_number(struct lexer *l, struct lexer_token *out, const struct sqllex_token *t)
{
	bool is_integer;
	struct sqllex ahead = l->sql;
	struct sqllex_token behind;

	sqllex_read(&ahead, &behind);
	if (behind.kind == SQLLEX_WORD)
		diag_fail(l->diag, out->span, SQLSTATE_SYNTAX_ERROR,
		          "trailing junk after numeric literal at or near \"%.*s\"",
		          STR_ARG(excerpt(l, t->start, behind.end)));
	out->text = decode_number(l->diag, l->sql.text, t, &is_integer);
	out->kind = is_integer ? LEXER_INTEGER : LEXER_FLOAT;
}

static void take_parameter(struct lexer *l, struct lexer_token *out)
{
	uint32_t number = 0;

	for (size_t i = 1; i < out->text.n; i++) {
		number = 10 * number + (uint32_t)(out->text.p[i] - '0');
		if (number > 65535)
			diag_fail(l->diag, out->span, SQLSTATE_SYNTAX_ERROR,
			          "there is no parameter %.*s",
			          STR_ARG(excerpt(l, out->span.start, out->span.end)));
	}
	out->kind = LEXER_PARAMETER;
	out->number = number;
}

/* Operators of one byte. */
static const unsigned char single[256] = {
	['('] = LEXER_OPEN,          [')'] = LEXER_CLOSE,      ['['] = LEXER_OPEN_BRACKET,
	[']'] = LEXER_CLOSE_BRACKET, ['{'] = LEXER_OPEN_BRACE, ['}'] = LEXER_CLOSE_BRACE,
	[','] = LEXER_COMMA,         ['.'] = LEXER_DOT,        [':'] = LEXER_COLON,
	[';'] = LEXER_SEMICOLON,     ['='] = LEXER_ASSIGN,     ['+'] = LEXER_PLUS,
	['-'] = LEXER_MINUS,         ['*'] = LEXER_STAR,       ['/'] = LEXER_SLASH,
	['%'] = LEXER_PERCENT,       ['<'] = LEXER_LT,         ['>'] = LEXER_GT,
	['&'] = LEXER_AMPERSAND,     ['|'] = LEXER_BAR,        ['^'] = LEXER_CARET,
	['~'] = LEXER_TILDE,
};

/* Operators of more bytes, the longer first where one begins another. */
static const struct {
	char spelling[4];
	unsigned char length;
	unsigned char kind;
} multiple[] = {
	{ "::", 2, LEXER_CAST },    { "==", 2, LEXER_EQ },       { "!=", 2, LEXER_NE },
	{ "<>", 2, LEXER_NE },      { "<=", 2, LEXER_LE },       { ">=", 2, LEXER_GE },
	{ "<<", 2, LEXER_LSHIFT },  { ">>", 2, LEXER_RSHIFT },   { "//", 2, LEXER_FLOOR },
	{ ":=", 2, LEXER_REFUSED }, { "=>", 2, LEXER_REFUSED },  { "**", 2, LEXER_POWER },
	{ "||", 2, LEXER_REFUSED }, { "&&", 2, LEXER_REFUSED },  { "->>", 3, LEXER_REFUSED },
	{ "->", 2, LEXER_REFUSED }, { "@>", 2, LEXER_REFUSED },  { "@@", 2, LEXER_REFUSED },
	{ "<@", 2, LEXER_REFUSED }, { "~*", 2, LEXER_REFUSED },  { "!~*", 3, LEXER_REFUSED },
	{ "!~", 2, LEXER_REFUSED }, { "...", 3, LEXER_REFUSED },
};

/* The bytes that stand second in one of them. */
static const bool second[256] = {
	[':'] = true, ['='] = true, ['>'] = true, ['<'] = true, ['/'] = true, ['*'] = true,
	['|'] = true, ['&'] = true, ['@'] = true, ['~'] = true, ['.'] = true,
};

/* Puts the longest operator together that begins here. A comment that begins inside it ends it
 * before, as for the server: the tag finder, which steps by bytes, sees the same comments. */
static void take_longer_operator(struct lexer *l, struct lexer_token *out)
{
	const char *p = l->sql.text.p + out->span.start;
	size_t left = l->sql.text.n - out->span.start;

	for (size_t i = 0; i < sizeof(multiple) / sizeof(multiple[0]); i++) {
		size_t n = multiple[i].length;

		if (p[0] != multiple[i].spelling[0] || n > left ||
		    memcmp(p, multiple[i].spelling, n) != 0)
			continue;
		if (n < left && p[n - 1] == '/' && p[n] == '*')
			return;
		out->kind = (enum lexer_kind)multiple[i].kind;
		out->text.n = n;
		out->span.end = out->span.start + (uint32_t)n;
		l->sql.at = out->span.end;
		return;
	}
}

static void count_bracket(struct lexer *l, enum lexer_kind kind)
{
	switch (kind) {
	case LEXER_OPEN:
	case LEXER_OPEN_BRACKET:
	case LEXER_OPEN_BRACE:
		l->depth++;
		break;
	case LEXER_CLOSE:
	case LEXER_CLOSE_BRACKET:
	case LEXER_CLOSE_BRACE:
		l->depth -= l->depth > 0;
		break;
	default:
		break;
	}
}

/* The bytes that are a token whatever stands behind them. */
static const bool alone[256] = {
	['('] = true, [')'] = true, ['['] = true, [']'] = true,
	['{'] = true, ['}'] = true, [','] = true,
};

static void take_operator(struct lexer *l, struct lexer_token *out)
{
	unsigned char c = (unsigned char)l->sql.text.p[out->span.start];

	out->kind = single[c] != 0 ? (enum lexer_kind)single[c] : LEXER_REFUSED;
	if (alone[c])
		count_bracket(l, out->kind);
	else if (second[(unsigned char)byte_at(l, out->span.end)])
		take_longer_operator(l, out);
}

static bool is_lone_dot(char c, char next)
{
	return c == '.' && next != '.' && !(next >= '0' && next <= '9');
}

/* Reads what most tokens are, and no quote and no comment is near: a bracket, a comma, a dot, a word.
 * False when something else stands here. */
static bool take_simple(struct lexer *l, struct lexer_token *out)
{
	size_t start = l->sql.at;
	size_t end = start + 1;
	char c = byte_at(l, start);

	if (alone[(unsigned char)c] || is_lone_dot(c, byte_at(l, end))) {
		out->kind = (enum lexer_kind)single[(unsigned char)c];
		count_bracket(l, out->kind);
	} else {
		end = sqllex_word_end(&l->sql, start);
		if (end == start || is_quote(byte_at(l, end)) || byte_at(l, end) == '&')
			return false;
		out->kind = LEXER_WORD;
	}
	out->span = (struct span){ (uint32_t)start, (uint32_t)end };
	out->text = (struct str){ l->sql.text.p + start, end - start };
	l->sql.at = end;
	return true;
}

/* Any token. Not inlined, so that simple tokens do not pay for its frame. */
static __attribute__((noinline)) void take_any(struct lexer *l, struct lexer_token *out)
{
	struct sqllex_token t;

	if (next_raw(l, &t))
		out->newline = l->depth == 0;
	out->kind = LEXER_END;
	out->span = span_of(&t);
	out->text = text_of(l, &t);
	switch (t.kind) {
	case SQLLEX_WORD:
		if (is_idle_prefix(l, &t)) {
			next_raw(l, &t);
			take_strings(l, out, &t);
			break;
		}
		if (is_quote(byte_at(l, t.end)))
			refuse_prefix(l, &t);
		out->kind = LEXER_WORD;
		break;
	case SQLLEX_NUMBER:
		take_number(l, out, &t);
		break;
	case SQLLEX_PARAMETER:
		take_parameter(l, out);
		break;
	case SQLLEX_BITS:
		take_bits(l, out, &t);
		break;
	case SQLLEX_STRING:
	case SQLLEX_ESCAPED_STRING:
	case SQLLEX_UNICODE_STRING:
	case SQLLEX_DOLLAR_STRING:
	case SQLLEX_QUOTED:
	case SQLLEX_UNICODE_QUOTED:
		take_strings(l, out, &t);
		break;
	case SQLLEX_OTHER:
		take_operator(l, out);
		break;
	case SQLLEX_END:
	case SQLLEX_BLANK:
	case SQLLEX_LINE_COMMENT:
	case SQLLEX_BLOCK_COMMENT:
		break;
	}
}

void lexer_next(struct lexer *l, struct lexer_token *out)
{
	out->newline = skip_blanks(l) && l->depth == 0;
	out->quoted = false;
	if (!take_simple(l, out))
		take_any(l, out);
}
