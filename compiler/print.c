/* Where printing starts: the statement, and at the end one text with its map. */
#include "compiler/printer.h"
#include "compiler/sqllex.h"

void print_statement_at(struct printer *p, struct statement *s, struct place place)
{
	struct vec outer = p->params;

	compilation_descend(p->c, s->span);
	vec_extend(p->c, &p->params, &s->params);
	switch (s->kind) {
	case STATEMENT_SELECT:
		print_select(p, s, place);
		break;
	case STATEMENT_COMPOUND:
		print_compound(p, s, place);
		break;
	case STATEMENT_INSERT:
		print_insert(p, s);
		break;
	case STATEMENT_UPDATE:
	case STATEMENT_DELETE:
		print_update(p, s);
		break;
	case STATEMENT_TEXT:
		print_textual(p, s);
		break;
	}
	p->params = outer;
	compilation_ascend(p->c);
}

static _Noreturn void fail_brackets(struct printer *p)
{
	fail(p->c, p->verbatim, SQLSTATE_SYNTAX_ERROR, "the brackets in the text do not match");
}

/* What text() and its like put in is the client's own, but it must not reach beyond its place: the
 * statement may stand in parentheses, with more SQL behind it. */
static void check_verbatim(struct printer *p, struct str sql)
{
	struct sqllex l = {
		.text = sql,
		.rules = { .encoding = p->c->settings->encoding,
		           .standard_conforming_strings =
		                   p->c->settings->standard_conforming_strings },
	};
	struct text open; /* the brackets that are to come */
	struct sqllex_token t;

	text_init(&open, &p->c->arena);
	while ((t = sqllex_next(&l)).kind != SQLLEX_END) {
		char ch = t.kind == SQLLEX_OTHER ? sql.p[t.start] : '\0';

		if (!t.closed)
			fail(p->c, p->verbatim, SQLSTATE_SYNTAX_ERROR,
			     "a quote or comment in the text is not closed");
		if (ch == ';')
			fail(p->c, p->verbatim, SQLSTATE_SYNTAX_ERROR,
			     "the text cannot end the statement");
		if (ch == '(' || ch == '[') {
			text_char(&open, ch == '(' ? ')' : ']');
		} else if (ch == ')' || ch == ']') {
			if (open.n == 0 || open.p[open.n - 1] != ch)
				fail_brackets(p);
			open.n--;
		}
	}
	if (open.n > 0)
		fail_brackets(p);
}

/* A text that was printed and left away, or printed and looked at, is no place of its own. */
static bool may_be_another(const struct value_token *k, uint32_t places)
{
	return !k->read && k->printed == places;
}

/* The constants that were only printed, and as they stand in the client's text. */
static void find_constants(struct compilation *c, const struct buffer *whole,
                           struct compile_result *result)
{
	const struct sourcemap *m = &whole->map;
	uint32_t *places = arena_array(&c->arena, c->program->tokens, sizeof(*places));
	struct compile_constant *found = arena_array(&c->arena, m->token_count, sizeof(*found));

	for (size_t i = 0; i < m->token_count; i++)
		places[m->tokens[i].token - c->tokens]++;
	for (size_t i = 0; i < m->token_count; i++) {
		const struct value_token *k = m->tokens[i].token;
		size_t n = k->span.end - k->span.start;
		uint32_t out = m->tokens[i].out;

		if (may_be_another(k, places[k - c->tokens]) && whole->text.n - out >= n &&
		    memcmp(whole->text.p + out, c->query.p + k->span.start, n) == 0)
			found[result->constant_count++] = (struct compile_constant){ k->span, out };
	}
	result->constants = found;
}

void print_statement(struct compilation *c, struct statement *s, struct compile_result *result)
{
	struct printer p = { .c = c, .out = buffer_new(c) };
	struct buffer *whole;

	from_word(&p, s->span);
	print_statement_at(&p, s, (struct place){ 0 });
	whole = buffer_flatten(c, p.out);
	if (p.has_verbatim)
		check_verbatim(&p, text_view(&whole->text));
	else
		find_constants(c, whole, result);
	result->sql = text_view(&whole->text);
	result->map = whole->map;
}
