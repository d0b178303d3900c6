#include "compiler/parser_refuse.h"

struct advice {
	const char *word;
	const char *hint;
};

static const char sql_hint[] =
	"Write the statement as SQLAlchemy does: select(t.c.a).where(t.c.b > 1).";
static const char case_hint[] = "Write case((condition, value), else_=other).";
static const char statement_hint[] =
	"An expression is bindings (name = value), one a line, and then one statement.";
static const char typed_hint[] = "Write '...'::type.";
static const char regexp_hint[] = "Write x.regexp_match('...').";

/* What stands where an operator, a comma or a closing bracket should. */
static const struct advice infix_advice[] = {
	{ "in", "Write x.in_([...]) or x.not_in([...])." },
	{ "not", "Write x.not_in([...]), x.not_like('...') or x.is_not(...)." },
	{ "is", "Write x.is_(None) or x.is_not(None)." },
	{ "if", case_hint },
	{ "else", case_hint },
	{ "when", case_hint },
	{ "then", case_hint },
	{ "end", case_hint },
	{ "for", "Comprehensions are not supported: write the items out, or spread a collection "
	         "with *." },
	{ "async", "Comprehensions are not supported: write the items out, or spread a collection "
	           "with *." },
	{ "as", "Write x.label('name')." },
	{ "like", "Write x.like('...')." },
	{ "ilike", "Write x.ilike('...')." },
	{ "between", "Write x.between(low, high)." },
	{ "asc", "Write x.asc()." },
	{ "desc", "Write x.desc()." },
	{ "collate", "Write x.collate('...')." },
	{ "over", "Write x.over(partition_by=..., order_by=...)." },
	{ "from", sql_hint },
	{ "where", sql_hint },
	{ "join", sql_hint },
	{ "group", sql_hint },
	{ "order", sql_hint },
	{ "limit", sql_hint },
	{ "union", "Write union(a, b) or a.union(b)." },
	{ "=", "Write == to compare; a binding (name = value) stands on a line of its own." },
	{ ":=", "Bind names above the statement, one a line: name = value." },
	{ "=>", "Write name=value." },
	{ "||", "Write a + b or a.concat(b)." },
	{ "&&", "Write and_(a, b), or a.overlap(b) for arrays." },
	{ "->", "Write x['key']." },
	{ "->>", "Write x['key'].astext." },
	{ "@>", "Write x.contains(y)." },
	{ "<@", "Write x.contained_by(y)." },
	{ "@@", "Write x.match('...') or x.op('@@')(y)." },
	{ "@", "Write x.op('@')(y) for an operator of PostgreSQL's." },
	{ "~*", "Write x.regexp_match('...', flags='i')." },
	{ "!~*", regexp_hint },
	{ "!~", regexp_hint },
	{ "~", regexp_hint },
	{ "?", "Write x.has_key('...')." },
};

/* What stands where an operand should. */
static const struct advice operand_advice[] = {
	{ "**", "Write the arguments out: name=value." },
	{ "*", "A collection is spread among the arguments of a call or the items of a list." },
	{ "%", "A driver fills in its placeholders only when it is given parameters." },
	{ ":", "A parameter is written $1; the driver fills in its own placeholders." },
	{ "?", "A parameter is written $1; the driver fills in its own placeholders." },
	{ "!", "Write not_(x) or ~x." },
	{ "@", "A decorator is not part of an expression." },
	{ "=", "Bind the result to the name: x = x + 1." },
	{ "...", "Write the arguments out." },
};

/* What stood right before a token that does not fit: a word that begins something else. */
static const struct advice before_advice[] = {
	{ "select", sql_hint },
	{ "insert", sql_hint },
	{ "update", sql_hint },
	{ "delete", sql_hint },
	{ "with", sql_hint },
	{ "values", sql_hint },
	{ "distinct", "Write select(...).distinct() or distinct(x)." },
	{ "exists", "Write exists().where(...) or select(...).exists()." },
	{ "cast", "Write cast(x, type) or x::type." },
	{ "case", case_hint },
	{ "date", typed_hint },
	{ "time", typed_hint },
	{ "timestamp", typed_hint },
	{ "timestamptz", typed_hint },
	{ "interval", typed_hint },
	{ "numeric", typed_hint },
	{ "json", typed_hint },
	{ "jsonb", typed_hint },
	{ "import", "Imports are not needed: SQLAlchemy's words are known." },
	{ "from", "Imports are not needed: SQLAlchemy's words are known." },
	{ "lambda", "Functions cannot be defined here." },
	{ "def", "Functions cannot be defined here." },
	{ "class", "Classes cannot be defined here." },
	{ "return", statement_hint },
	{ "print", statement_hint },
	{ "assert", statement_hint },
	{ "del", statement_hint },
	{ "await", "Write the statement alone: the client runs it." },
	{ "async", "Write the statement alone: the client runs it." },
	{ "yield", "Write the statement alone: the client runs it." },
};

static const char *find_advice(const struct advice *table, size_t count, struct str word)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq_nocase(word, str_of(table[i].word)))
			return table[i].hint;
	}
	return NULL;
}

#define ADVICE(table, word) find_advice(table, sizeof(table) / sizeof((table)[0]), word)

static bool is_close(enum lexer_kind kind)
{
	return kind == LEXER_CLOSE || kind == LEXER_CLOSE_BRACKET || kind == LEXER_CLOSE_BRACE;
}

static char bracket_at(const struct parser *p, struct span at)
{
	return p->lexer.sql.text.p[at.start];
}

/* Brackets that do not match, or that the end of the text finds open. */
static void refuse_brackets(struct parser *p)
{
	char open;
	char close;

	if (p->bracket.start == p->bracket.end)
		return;
	open = bracket_at(p, p->bracket);
	if (p->token.kind == LEXER_END)
		diag_fail(p->diag, p->bracket, SQLSTATE_SYNTAX_ERROR, "\"%c\" is never closed",
		          open);
	if (!is_close(p->token.kind))
		return;
	close = bracket_at(p, p->token.span);
	if (close != (open == '(' ? ')' : open == '[' ? ']' : '}'))
		diag_fail(p->diag, p->token.span, SQLSTATE_SYNTAX_ERROR,
		          "closing \"%c\" does not match opening \"%c\"", close, open);
}

static _Noreturn void fail_at(struct parser *p, const struct lexer_token *t)
{
	struct str text = { p->lexer.sql.text.p + t->span.start, t->span.end - t->span.start };
	struct str near = { text.p, encoding_offset(p->lexer.sql.rules.encoding, text, 40) };

	if (t->kind == LEXER_END)
		diag_fail(p->diag, t->span, SQLSTATE_SYNTAX_ERROR, "syntax error at end of input");
	diag_fail(p->diag, t->span, SQLSTATE_SYNTAX_ERROR, "syntax error at or near \"%.*s\"",
	          STR_ARG(near));
}

/* The text of a token that may have advice: a string never has. */
static struct str spelling(const struct lexer_token *t)
{
	return t->kind == LEXER_STRING ? (struct str){ "", 0 } : t->text;
}

_Noreturn void parser_refuse_operand(struct parser *p)
{
	const char *hint = ADVICE(operand_advice, spelling(&p->token));

	refuse_brackets(p);
	if (hint != NULL)
		diag_hint(p->diag, "%s", hint);
	fail_at(p, &p->token);
}

static const char *infix_hint(const struct parser *p)
{
	const char *hint = ADVICE(infix_advice, spelling(&p->token));

	if (hint == NULL)
		hint = ADVICE(before_advice, p->before);
	if (hint == NULL && p->token.kind == LEXER_STRING)
		hint = "A column of any name is written t.c['name'].";
	return hint;
}

_Noreturn void parser_refuse_infix(struct parser *p)
{
	const char *hint = infix_hint(p);

	refuse_brackets(p);
	if (hint != NULL && p->token.kind != LEXER_END)
		diag_hint(p->diag, "%s", hint);
	fail_at(p, &p->token);
}

/* Words that begin something else are advised on before the rest of the line is. */
_Noreturn void parser_refuse_rest(struct parser *p)
{
	const char *hint = infix_hint(p);

	if (p->token.newline)
		hint = p->token.kind == LEXER_WORD || p->token.kind == LEXER_STRING
		               ? statement_hint
		               : "Put an expression of several lines in parentheses, or begin the "
		                 "line with a dot.";
	if (is_close(p->token.kind))
		diag_fail(p->diag, p->token.span, SQLSTATE_SYNTAX_ERROR, "unmatched \"%c\"",
		          bracket_at(p, p->token.span));
	diag_hint(p->diag, "%s", hint != NULL ? hint : statement_hint);
	fail_at(p, &p->token);
}

_Noreturn void parser_refuse_with(struct parser *p, struct span at, const char *hint)
{
	struct lexer_token t = { .kind = LEXER_WORD, .span = at };

	if (at.start == at.end)
		t.kind = LEXER_END;
	diag_hint(p->diag, "%s", hint);
	fail_at(p, &t);
}

_Noreturn void parser_refuse_depth(struct parser *p, struct span at)
{
	diag_hint(p->diag, "Give parts of it names: name = value, one a line.");
	diag_fail(p->diag, at, SQLSTATE_TOO_COMPLEX, "expression is nested deeper than %u levels",
	          p->max_nesting);
}
