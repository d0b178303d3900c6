/* Where printing starts: the statement, and at the end one text with its map. */
#include "compiler/printer.h"

void print_statement_at(struct printer *p, struct statement *s, struct place place)
{
	compilation_descend(p->c, s->span);
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
	compilation_ascend(p->c);
}

void print_statement(struct compilation *c, struct statement *s, struct compile_result *result)
{
	struct printer p = { .c = c, .out = buffer_new(c) };
	struct buffer *whole;

	from_word(&p, s->span);
	print_statement_at(&p, s, (struct place){ 0 });
	whole = buffer_flatten(c, p.out);
	result->sql = text_view(&whole->text);
	result->map = whole->map;
}
