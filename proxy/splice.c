#include "proxy/splice.h"

#include "compiler/quote.h"

/* ---- words ----------------------------------------------------------------------------------- */

static bool is_blank_or_comment(enum sqllex_kind kind)
{
	return kind == SQLLEX_BLANK || kind == SQLLEX_LINE_COMMENT || kind == SQLLEX_BLOCK_COMMENT;
}

static bool is_one_of(struct str word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (str_eq_nocase(word, str_of(*words)))
			return true;
	return false;
}

static const char *const set_operations[] = { "union", "intersect", "except", NULL };
static const char *const quantifiers[] = { "all", "distinct", NULL };
static const char *const queries[] = { "select", "values", "table", NULL };
static const char *const changes[] = { "insert", "update", "delete", "merge", NULL };
static const char *const locks[] = { "for", "key", NULL };

/* ---- the text before an expression ----------------------------------------------------------- */

enum with {
	WITH_NONE,
	WITH_BEGUN, /* the word was the last token (RECURSIVE aside) */
	WITH_LIST,  /* a name followed; no main statement yet */
};

/* What was read of one level of parentheses. */
struct level {
	enum with with;
	bool recursive;
	struct str last; /* the last two tokens, when they were words or a byte */
	struct str before_last;
};

struct reading {
	struct arena *arena;
	struct level *levels;
	size_t depth;
	size_t capacity;
};

static struct level *top(const struct reading *r)
{
	return &r->levels[r->depth];
}

static void open_level(struct reading *r)
{
	if (r->depth + 1 == r->capacity) {
		struct level *more = arena_array(r->arena, 2 * r->capacity, sizeof(*more));

		memcpy(more, r->levels, r->capacity * sizeof(*more));
		r->levels = more;
		r->capacity *= 2;
	}
	r->depth++;
	*top(r) = (struct level){ 0 };
}

/* A name may be spelt like a verb, right behind WITH, RECURSIVE or a comma. */
static bool is_name_here(const struct level *l)
{
	return l->with == WITH_BEGUN || str_is(l->last, ",");
}

static void read_word(struct level *l, struct str word)
{
	if (l->with != WITH_LIST && str_eq_nocase(word, STR("with"))) {
		l->with = WITH_BEGUN;
		l->recursive = false;
	} else if (l->with == WITH_BEGUN && !l->recursive &&
	           str_eq_nocase(word, STR("recursive"))) {
		l->recursive = true;
	} else if (l->with == WITH_BEGUN) {
		l->with = WITH_LIST;
	} else if (!is_name_here(l) && (is_one_of(word, queries) || is_one_of(word, changes) ||
	                                str_eq_nocase(word, STR("for")))) {
		l->with = WITH_NONE;
	}
}

/* The byte of an operator or of punctuation; 0 for any other token. */
static char byte_of(enum sqllex_kind kind, struct str word)
{
	return (char)(kind == SQLLEX_OTHER ? word.p[0] : '\0');
}

static bool is_quoted(enum sqllex_kind kind)
{
	return kind == SQLLEX_QUOTED || kind == SQLLEX_UNICODE_QUOTED;
}

/* One token of the level, comments and blanks aside. */
static void read_token(struct level *l, enum sqllex_kind kind, struct str word)
{
	if (kind == SQLLEX_WORD)
		read_word(l, word);
	else if (l->with == WITH_BEGUN)
		l->with = is_quoted(kind) ? WITH_LIST : WITH_NONE;
	l->before_last = l->last;
	l->last = word;
}

static void read_around(struct reading *r, enum sqllex_kind kind, struct str word)
{
	char c = byte_of(kind, word);

	read_token(top(r), kind, word);
	if (c == '(' || c == '[') {
		open_level(r);
	} else if ((c == ')' || c == ']') && r->depth > 0) {
		r->depth--;
		top(r)->last = word;
	} else if (c == ';' && r->depth == 0) {
		*top(r) = (struct level){ 0 };
	}
}

/* Behind AS or FOR a WITH before it was another clause: CREATE TABLE … WITH (…) AS, DECLARE c
 * CURSOR WITH HOLD FOR. */
static struct splice_place place_of(const struct level *l)
{
	struct splice_place p = { 0 };
	bool quantified = is_one_of(l->last, quantifiers);

	p.behind_set_operation = is_one_of(quantified ? l->before_last : l->last, set_operations);
	p.behind_ctes = l->with == WITH_LIST && !str_eq_nocase(l->last, STR("as")) &&
	                !str_eq_nocase(l->last, STR("for"));
	p.recursive = p.behind_ctes && l->recursive;
	return p;
}

/* The tag at `start` is a comment: the walk goes on behind the expression. */
static void walk_to(struct reading *r, struct sqllex *l, size_t start)
{
	while (l->at < start) {
		struct sqllex_token t = sqllex_next(l);

		if (t.kind == SQLLEX_END)
			return;
		if (!is_blank_or_comment(t.kind))
			read_around(r, t.kind,
			            (struct str){ l->text.p + t.start, t.end - t.start });
	}
}

static bool any_behind(const struct tagged *tagged)
{
	for (size_t i = 0; i < tagged->count; i++)
		if (tagged->expressions[i].place == TAGGED_BEHIND)
			return true;
	return false;
}

struct splice_place *splice_places(struct arena *arena, struct str text, struct sqllex_rules rules,
                                   const struct tagged *tagged)
{
	struct splice_place *places = arena_array(arena, tagged->count, sizeof(*places));
	struct sqllex l = { .text = text, .rules = rules };
	struct reading r = { .arena = arena, .capacity = 8 };

	if (!any_behind(tagged))
		return places;
	r.levels = arena_array(arena, r.capacity, sizeof(*r.levels));
	for (size_t i = 0; i < tagged->count; i++) {
		walk_to(&r, &l, tagged->expressions[i].tag.start);
		places[i] = place_of(top(&r));
		l.at = tagged->expressions[i].body.end;
		top(&r)->last = STR("expression");
		top(&r)->with = WITH_NONE;
	}
	return places;
}

/* ---- the compiled SQL ------------------------------------------------------------------------ */

struct outline {
	bool with;
	bool recursive;
	bool changes;  /* INSERT, UPDATE, DELETE, MERGE */
	bool modifies; /* one of its CTEs is such, so they must stay at the top level */
	size_t behind; /* WITH [RECURSIVE]: the byte behind it */
};

/* What kind of statement it is. Looks no further than to its main verb. */
static struct outline outline_of(struct str sql, struct sqllex_rules rules)
{
	struct outline o = { 0 };
	struct sqllex l = { .text = sql, .rules = rules };
	struct level level = { 0 };
	struct str last = STR("");
	size_t depth = 0;

	for (;;) {
		struct sqllex_token t = sqllex_next(&l);
		struct str word = { sql.p + t.start, t.end - t.start };
		char c = byte_of(t.kind, word);

		if (t.kind == SQLLEX_END)
			return o;
		if (is_blank_or_comment(t.kind))
			continue;
		if (t.kind == SQLLEX_WORD && depth == 0 && !is_name_here(&level))
			o.changes = is_one_of(word, changes);
		/* FOR UPDATE and FOR NO KEY UPDATE do not make it one. */
		if (t.kind == SQLLEX_WORD && depth == 1 && is_one_of(word, changes) &&
		    !is_one_of(last, locks))
			o.modifies = true;
		last = word;
		if (depth == 0)
			read_token(&level, t.kind, word);
		if (level.with == WITH_NONE)
			return o; /* no WITH, or its list is over: this is the verb */
		if (level.with == WITH_BEGUN) {
			o.with = true;
			o.recursive = level.recursive;
			o.behind = t.end;
		}
		depth += c == '(';
		depth -= c == ')' && depth > 0;
	}
}

/* ---- putting it in --------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Whether the byte may stand right beside SQL. */
static bool is_apart(char c)
{
	return is_blank(c) || c == '(' || c == ')' || c == ';' || c == ',';
}

/* How the SQL must be bent to stand there. */
enum bend {
	BEND_NOT,
	BEND_ENCLOSE,    /* in parentheses */
	BEND_NEST,       /* as a query from itself */
	BEND_JOIN,       /* its CTEs join the list before it */
	BEND_IMPOSSIBLE, /* they must, but they are recursive and the list is not */
};

static enum bend bend_of(const struct outline *o, const struct splice_place *place)
{
	if (place->behind_set_operation)
		return o->changes ? BEND_NOT : BEND_ENCLOSE;
	if (!place->behind_ctes || !o->with)
		return BEND_NOT;
	if (!o->changes && !o->modifies)
		return BEND_NEST;
	return o->recursive && !place->recursive ? BEND_IMPOSSIBLE : BEND_JOIN;
}

static struct str after_of(enum bend bend, bool newline)
{
	if (bend == BEND_NEST)
		return newline ? STR("\n) AS x ") : STR(") AS x ");
	return newline ? STR("\n) ") : STR(") ");
}

/* A line comment out of a text() may be the last thing in the SQL; what a string holds is none. */
static bool has_line_comment(struct str sql, struct sqllex_rules rules)
{
	struct sqllex l = { .text = sql, .rules = rules };
	struct sqllex_token t;

	if (memmem(sql.p, sql.n, "--", 2) == NULL)
		return false;
	do
		t = sqllex_next(&l);
	while (t.kind != SQLLEX_LINE_COMMENT && t.kind != SQLLEX_END);
	return t.kind == SQLLEX_LINE_COMMENT;
}

struct splice splice_of(struct str sql, struct sqllex_rules rules, const struct splice_place *place,
                        struct str text, size_t start, size_t end)
{
	struct splice s = { .before = STR(""), .after = STR("") };
	bool newline = has_line_comment(sql, rules);
	enum bend bend = BEND_NOT;

	if (start > 0 && !is_apart(text.p[start - 1]))
		s.before = STR(" ");
	if (end < text.n && newline)
		s.after = STR("\n");
	else if (end < text.n && !is_apart(text.p[end]))
		s.after = STR(" ");
	if (place->behind_ctes || place->behind_set_operation) {
		struct outline o = outline_of(sql, rules);

		bend = bend_of(&o, place);
		s.impossible = bend == BEND_IMPOSSIBLE;
		s.skip = bend == BEND_JOIN ? o.behind : 0;
	}
	if (bend == BEND_JOIN)
		s.before = STR(",");
	if (bend == BEND_ENCLOSE || bend == BEND_NEST) {
		s.before = bend == BEND_NEST ? STR(" SELECT * FROM (") : STR(" (");
		s.after = after_of(bend, newline);
	}
	return s;
}

/* ---- showing it ------------------------------------------------------------------------------ */

/* Appends `$n::pg_catalog.text` for each parameter, commas between; false when there is none. */
static bool put_parameters(struct text *out, struct str sql, struct sqllex_rules rules)
{
	struct sqllex l = { .text = sql, .rules = rules };
	bool any = false;

	for (;;) {
		struct sqllex_token t = sqllex_next(&l);

		if (t.kind == SQLLEX_END)
			return any;
		if (t.kind != SQLLEX_PARAMETER)
			continue;
		if (any)
			text_z(out, ", ");
		text_str(out, (struct str){ sql.p + t.start, t.end - t.start });
		text_z(out, "::pg_catalog.text");
		any = true;
	}
}

void splice_shown(struct text *out, struct str sql, struct sqllex_rules rules)
{
	struct outline o = outline_of(sql, rules);
	struct text parameters;

	quote_text_as_select(out, sql, rules.encoding);
	text_init(&parameters, out->arena);
	if (!put_parameters(&parameters, sql, rules))
		return;
	text_z(out, " WHERE true OR ");
	if (o.changes || o.modifies) {
		text_z(out, "ROW(");
		text_str(out, text_view(&parameters));
		text_z(out, ") IS NULL");
	} else {
		text_z(out, "EXISTS (");
		text_str(out, sql);
		text_z(out, "\n)");
	}
}
