/* Any text: the raw tokens tile it, the expression's tokens advance through it, and the value of a
 * string comes back when it is quoted and read again. The first byte chooses the session. */
#include "compiler/lexer.h"
#include "compiler/quote.h"
#include "compiler/text.h"
#include "tests/fuzz/target.h"
#include "tests/support/expression.h"

static struct sqllex_rules rules_of(uint8_t choice)
{
	static const char *const encodings[] = { "UTF8", "SJIS", "GB18030", "LATIN1" };

	return (struct sqllex_rules){
		.encoding = encoding_find(str_of(encodings[choice >> 1 & 3])),
		.standard_conforming_strings = (choice & 1) != 0,
	};
}

static void raw_tokens_tile(struct str text, struct sqllex_rules rules, bool expression)
{
	struct sqllex l = { .text = text, .rules = rules, .expression = expression };
	size_t at = 0;

	for (;;) {
		struct sqllex_token t = sqllex_next(&l);

		CHECK(t.start == at && t.end >= t.start && t.end <= text.n);
		if (t.kind == SQLLEX_END)
			break;
		CHECK(t.end > t.start);
		at = t.end;
	}
	CHECK(at == text.n);
}

static void value_comes_back(struct expression *x, struct str value)
{
	struct text quoted;
	struct lexer l;
	struct lexer_token t;

	CHECK(encoding_is_valid(x->rules.encoding, value));
	text_init(&quoted, &x->arena);
	quote_literal(&quoted, value, x->rules.encoding);
	lexer_init(&l, &x->diag, text_view(&quoted), (struct span){ 0, (uint32_t)quoted.n },
	           x->rules);
	lexer_next(&l, &t);
	CHECK(t.kind == LEXER_STRING && str_eq(t.text, value));
	lexer_next(&l, &t);
	CHECK(t.kind == LEXER_END);
}

static void tokens_advance(struct expression *x, struct str text)
{
	struct lexer l;
	uint32_t at = 0;

	if (setjmp(x->diag.escape) != 0) {
		CHECK(x->diag.span.start <= x->diag.span.end && x->diag.span.end <= text.n);
		CHECK(x->diag.message.n > 0);
		return;
	}
	lexer_init(&l, &x->diag, text, (struct span){ 0, (uint32_t)text.n }, x->rules);
	for (;;) {
		struct lexer_token t;

		lexer_next(&l, &t);
		CHECK(t.span.start >= at && t.span.end >= t.span.start && t.span.end <= text.n);
		at = t.span.end;
		if (t.kind == LEXER_STRING)
			value_comes_back(x, t.text);
		if (t.kind == LEXER_END)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct expression x;
	struct str text;

	if (size == 0)
		return 0;
	expression_init(&x);
	x.rules = rules_of(data[0]);
	text = arena_copy(&x.arena, (struct str){ (const char *)data + 1, size - 1 });
	if (encoding_is_valid(x.rules.encoding, text)) {
		raw_tokens_tile(text, x.rules, false);
		raw_tokens_tile(text, x.rules, true);
		tokens_advance(&x, text);
	}
	expression_free(&x);
	return 0;
}
