#include "compiler/tagged.h"

#include "compiler/lanes.h"

/* One pass over the text. */
struct search {
	struct arena *arena;
	struct sqllex sql;
	struct str word;
	struct tagged found;
	size_t capacity;
	/* Of the statement that is being read: */
	bool begun;              /* it has a token or a tag */
	enum tagged_place place; /* where a tag would stand here */
};

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

#define STRIDE (8 * LANES)

/* Which of the bytes at `p` are a slash. */
static lanes slashes_at(const char *p)
{
	return (lanes)(lanes_at(p) == '/');
}

/* Which of them have an asterisk behind it. */
static lanes openings_at(const char *p)
{
	return slashes_at(p) & (lanes)(lanes_at(p + 1) == '*');
}

/* Of the bytes from `p` on, a stride of them. */
static bool any_slash(const char *p)
{
	return lanes_any(slashes_at(p) | slashes_at(p + LANES) | slashes_at(p + 2 * LANES) |
	                 slashes_at(p + 3 * LANES) | slashes_at(p + 4 * LANES) |
	                 slashes_at(p + 5 * LANES) | slashes_at(p + 6 * LANES) |
	                 slashes_at(p + 7 * LANES));
}

static bool any_opening(const char *p)
{
	lanes found = openings_at(p);

	for (const char *end = p + STRIDE; (p += LANES) < end;)
		found |= openings_at(p);
	return lanes_any(found);
}

/* Skips what no comment begins in: all but the last STRIDE bytes at most. */
static const char *skip_to_opening(const char *p, const char *end)
{
	while ((size_t)(end - p) > STRIDE && !(any_slash(p) && any_opening(p)))
		p += STRIDE;
	return p;
}

/* Looks for openings of comments: slashes alone are in many texts. What is behind one is looked at
 * closely. No encoding has a slash or an asterisk inside of a character. */
bool tagged_may_occur(struct str text, struct str word)
{
	const char *end = text.p + text.n;
	const char *p = text.p;

	while (p != end) {
		p = skip_to_opening(p, end);
		p = memchr(p, '/', (size_t)(end - p));
		if (p == NULL)
			return false;
		if (++p == end || *p != '*')
			continue;
		do
			p++;
		while (p != end && is_blank(*p));
		if ((size_t)(end - p) >= word.n && memcmp(p, word.p, word.n) == 0)
			return true;
	}
	return false;
}

static struct str trimmed(struct str s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Whether the comment is a tag: the word, or the word and `sql`. */
static bool is_tag(const struct search *s, const struct sqllex_token *t, bool *sql)
{
	struct str in = { s->sql.text.p + t->open, t->close - t->open };

	in = trimmed(in);
	if (!t->closed || in.n < s->word.n || memcmp(in.p, s->word.p, s->word.n) != 0)
		return false;
	in.p += s->word.n;
	in.n -= s->word.n;
	*sql = in.n > 0;
	return in.n == 0 || (is_blank(in.p[0]) && str_is(trimmed(in), "sql"));
}

static struct tagged_expression *add(struct search *s)
{
	struct tagged *f = &s->found;

	if (f->count == s->capacity) {
		struct tagged_expression *more;

		s->capacity = s->capacity == 0 ? 4 : 2 * s->capacity;
		more = arena_array(s->arena, s->capacity, sizeof(*more));
		if (f->count > 0)
			memcpy(more, f->expressions, f->count * sizeof(*more));
		f->expressions = more;
	}
	return &f->expressions[f->count++];
}

/* A bracket at depth 0 that nothing in the expression opened, a semicolon; and RETURNING behind a
 * call, which drivers append to what begins with insert when they are asked for generated keys. */
static bool ends_body(const struct sqllex *l, const struct sqllex_token *t, char before)
{
	char c = l->text.p[t->start];
	struct str word = { l->text.p + t->start, t->end - t->start };

	if (t->kind == SQLLEX_OTHER)
		return c == ')' || c == ';';
	return t->kind == SQLLEX_WORD && before == ')' && str_is(word, "RETURNING");
}

/* Reads to the end of the expression that begins here; answers the end of its last token. What
 * ended it is left to be read. */
static size_t take_body(struct sqllex *l)
{
	size_t end = l->at;
	size_t depth = 0;
	char before = '\0'; /* the last byte of the token before */

	l->expression = true;
	for (;;) {
		struct sqllex_token t;
		char c;

		sqllex_read(l, &t);
		if (t.kind == SQLLEX_END)
			break;
		if (t.kind == SQLLEX_BLANK || t.kind == SQLLEX_BLOCK_COMMENT)
			continue;
		c = l->text.p[t.start];
		/* A `--` comment may stay behind the SQL that takes the expression's place. */
		if (t.kind == SQLLEX_LINE_COMMENT && c == '-')
			continue;
		if (depth == 0 && ends_body(l, &t, before)) {
			l->at = t.start;
			break;
		}
		if (t.kind == SQLLEX_OTHER && (c == '(' || c == '[' || c == '{'))
			depth++;
		else if (t.kind == SQLLEX_OTHER && (c == ')' || c == ']' || c == '}') && depth > 0)
			depth--;
		end = t.end;
		if (t.kind != SQLLEX_LINE_COMMENT)
			before = l->text.p[end - 1];
	}
	l->expression = false;
	return end;
}

static void take_expression(struct search *s, const struct sqllex_token *tag, bool sql)
{
	struct tagged_expression *x = add(s);

	x->tag = (struct span){ (uint32_t)tag->start, (uint32_t)tag->end };
	x->sql = sql;
	x->place = s->place;
	x->statement = s->found.statements;
	x->body = (struct span){ (uint32_t)tag->end, (uint32_t)take_body(&s->sql) };
}

static void take_token(struct search *s, const struct sqllex_token *t)
{
	char c = s->sql.text.p[t->start];

	if (t->kind == SQLLEX_OTHER && c == ';') {
		s->found.statements += s->begun;
		s->begun = false;
		s->place = TAGGED_WHOLE;
		return;
	}
	s->begun = true;
	s->place = t->kind == SQLLEX_OTHER && c == '(' ? TAGGED_ENCLOSED : TAGGED_BEHIND;
}

struct tagged tagged_find(struct arena *a, struct str text, struct str word,
                          struct sqllex_rules rules)
{
	struct search s = { .arena = a, .word = word, .place = TAGGED_WHOLE };
	bool sql;

	if (text.n >= UINT32_MAX || !encoding_is_valid(rules.encoding, text))
		return s.found;
	s.sql = (struct sqllex){ .text = text, .rules = rules };
	for (;;) {
		struct sqllex_token t;

		sqllex_read(&s.sql, &t);
		if (t.kind == SQLLEX_END)
			break;
		if (t.kind == SQLLEX_BLOCK_COMMENT && is_tag(&s, &t, &sql)) {
			take_expression(&s, &t, sql);
			s.begun = true;
			s.place = TAGGED_BEHIND;
		} else if (t.kind != SQLLEX_BLANK && t.kind != SQLLEX_LINE_COMMENT &&
		           t.kind != SQLLEX_BLOCK_COMMENT) {
			take_token(&s, &t);
		}
	}
	s.found.statements += s.begun;
	return s.found;
}
