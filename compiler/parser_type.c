#include "compiler/parser_type.h"

#include "compiler/parser_refuse.h"
#include "compiler/text.h"

static bool is_word(const struct lexer_token *t, const char *word)
{
	return t->kind == LEXER_WORD && !t->newline && str_eq_nocase(t->text, str_of(word));
}

/* Reads the word if it is the one to be read, and writes it behind a blank. */
static bool take_word(struct parser *p, struct text *out, const char *word)
{
	if (!is_word(&p->token, word))
		return false;
	text_char(out, ' ');
	text_z(out, word);
	parser_advance(p);
	return true;
}

static bool is_name(const struct lexer_token *t)
{
	return t->kind == LEXER_WORD || (t->kind == LEXER_STRING && t->quoted);
}

/* PostgreSQL folds ASCII letters only. */
static struct str folded(struct parser *p, struct str s)
{
	char *copy;
	size_t i = 0;

	while (i < s.n && !(s.p[i] >= 'A' && s.p[i] <= 'Z'))
		i++;
	if (i == s.n)
		return s;
	copy = arena_alloc(p->arena, s.n);
	for (i = 0; i < s.n; i++)
		copy[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
	return (struct str){ copy, s.n };
}

/* One part of a name: its value, and as SQL (quotes kept). */
static struct str take_name(struct parser *p, struct str *sql)
{
	struct lexer_token t = p->token;
	struct str value = t.text;

	if (t.kind == LEXER_END)
		parser_refuse_operand(p);
	if (!is_name(&t) || str_empty(value))
		parser_refuse_with(
			p, t.span,
			"\"::\" is the cast and takes a type's name; a slice with a step "
			"is written [a: :step].");
	if (t.kind == LEXER_WORD)
		*sql = value = folded(p, value);
	else
		*sql = (struct str){ p->lexer.sql.text.p + t.span.start,
			             t.span.end - t.span.start };
	parser_advance(p);
	return value;
}

/* What stands behind the two tokens that are known. */
static enum lexer_kind third_token(const struct parser *p)
{
	struct lexer ahead = p->lexer;
	struct lexer_token third;

	lexer_next(&ahead, &third);
	return third.kind;
}

/* What follows the dot to be read is the second half of a type's name, unless it is a method.
 * pg_catalog is a schema and never a type. */
static bool is_qualified(struct parser *p, struct str first)
{
	if (p->token.kind != LEXER_DOT || !is_name(&p->next))
		return false;
	return p->next.kind == LEXER_STRING || str_is(first, "pg_catalog") ||
	       third_token(p) != LEXER_OPEN;
}

/* `(10,2)`: numbers, or words for the types of extensions. */
static struct str take_modifier(struct parser *p)
{
	struct text out;

	if (!parser_is(p, LEXER_OPEN))
		return (struct str){ 0 };
	text_init(&out, p->arena);
	do {
		parser_advance(p); /* ( or , */
		if (out.n > 0)
			text_char(&out, ',');
		if (p->token.kind == LEXER_MINUS) {
			text_char(&out, '-');
			parser_advance(p);
		}
		if (p->token.kind != LEXER_INTEGER && p->token.kind != LEXER_WORD)
			parser_refuse_operand(p);
		text_str(&out, p->token.text);
		parser_advance(p);
	} while (p->token.kind == LEXER_COMMA);
	if (p->token.kind != LEXER_CLOSE)
		parser_refuse_infix(p);
	parser_advance(p);
	return text_view(&out);
}

static void put_modifier(struct text *out, struct str modifier)
{
	if (str_empty(modifier))
		return;
	text_char(out, '(');
	text_str(out, modifier);
	text_char(out, ')');
}

/* time and timestamp: [(p)] [with | without time zone] */
static void take_zone(struct parser *p, struct tree_type *type, struct text *sql, struct text *name)
{
	const char *how = is_word(&p->token, "with")      ? "with"
	                  : is_word(&p->token, "without") ? "without"
	                                                  : NULL;

	if (how == NULL || !is_word(&p->next, "time"))
		return;
	take_word(p, sql, how);
	take_word(p, sql, "time");
	if (!take_word(p, sql, "zone"))
		parser_refuse_infix(p);
	text_printf(name, " %s time zone", how);
	type->name = text_view(name);
}

/* interval: [year | month | day | hour | minute | second] [to …] */
static void take_fields(struct parser *p, struct text *sql)
{
	static const char *const fields[] = { "year", "month", "day", "hour", "minute", "second" };
	size_t i = 0;

	while (i < 6 && !take_word(p, sql, fields[i]))
		i++;
	if (i == 6 || !take_word(p, sql, "to"))
		return;
	for (i = i + 1; i < 6; i++) {
		if (take_word(p, sql, fields[i]))
			return;
	}
	parser_refuse_infix(p);
}

/* What else PostgreSQL's grammar lets follow the first word of an unqualified name. */
static void take_more_words(struct parser *p, struct str first, struct text *sql, struct text *name)
{
	bool character = str_is(first, "character") || str_is(first, "char") ||
	                 str_is(first, "nchar") || str_is(first, "bit");

	if (str_is(first, "double")) {
		if (take_word(p, sql, "precision"))
			text_z(name, " precision");
		return;
	}
	if (str_is(first, "national")) {
		if (take_word(p, sql, "character"))
			text_z(name, " character");
		else if (take_word(p, sql, "char"))
			text_z(name, " char");
		else
			return;
		character = true;
	}
	if (character && take_word(p, sql, "varying"))
		text_z(name, " varying");
	if (str_is(first, "interval"))
		take_fields(p, sql);
}

/* `[]`, `[3]`; `["k"]` and `[x]` are subscripts and are left alone. */
static bool take_bracket(struct parser *p, struct text *out)
{
	if (!parser_is(p, LEXER_OPEN_BRACKET))
		return false;
	if (p->next.kind == LEXER_CLOSE_BRACKET) {
		text_z(out, "[]");
	} else if (p->next.kind == LEXER_INTEGER && third_token(p) == LEXER_CLOSE_BRACKET) {
		text_char(out, '[');
		text_str(out, p->next.text);
		text_char(out, ']');
		parser_advance(p);
	} else {
		return false;
	}
	parser_advance(p);
	parser_advance(p);
	return true;
}

/* PostgreSQL's brackets, or the word ARRAY of the standard. */
static struct str take_brackets(struct parser *p)
{
	struct text out;

	if (!parser_is(p, LEXER_OPEN_BRACKET) && !is_word(&p->token, "array"))
		return (struct str){ 0 };
	text_init(&out, p->arena);
	if (is_word(&p->token, "array")) {
		parser_advance(p);
		if (!take_bracket(p, &out))
			text_z(&out, "[]");
		return text_view(&out);
	}
	while (take_bracket(p, &out))
		;
	return text_view(&out);
}

struct tree_type *parser_type(struct parser *p)
{
	struct tree_type *type = arena_alloc(p->arena, sizeof(*type));
	struct span start = p->token.span;
	bool quoted = p->token.kind == LEXER_STRING;
	struct str sql_name;
	struct str first;
	struct text sql;
	struct text name;

	text_init(&sql, p->arena);
	text_init(&name, p->arena);
	first = take_name(p, &sql_name);
	text_str(&sql, sql_name);
	type->quoted = quoted;
	if (is_qualified(p, first)) {
		parser_advance(p);
		type->schema = first;
		type->quoted = p->token.kind == LEXER_STRING;
		first = take_name(p, &sql_name);
		text_char(&sql, '.');
		text_str(&sql, sql_name);
		text_str(&name, first);
	} else {
		text_str(&name, first);
		if (!quoted)
			take_more_words(p, first, &sql, &name);
	}
	type->name = text_view(&name);
	type->modifier = take_modifier(p);
	put_modifier(&sql, type->modifier);
	if (str_empty(type->schema) && !quoted &&
	    (str_is(first, "timestamp") || str_is(first, "time")))
		take_zone(p, type, &sql, &name);
	type->text = text_view(&sql);
	type->brackets = take_brackets(p);
	type->span = (struct span){ start.start, p->end };
	return type;
}
