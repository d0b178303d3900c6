/* Any query string: the pieces around the tags are in order and concatenate to the text, and the
 * expression's lexer, let loose on one, neither meets its end early nor wants to go past it. */
#include "compiler/lexer.h"
#include "compiler/tagged.h"
#include "tests/fuzz/target.h"
#include "tests/support/expression.h"

/* Whatever the finder takes for the end, the lexer must take for the end. */
static void lexer_agrees(struct expression *x, struct str text, struct span body)
{
	struct lexer l;
	uint32_t end = body.start;

	if (setjmp(x->diag.escape) != 0) {
		CHECK(x->diag.span.start >= body.start && x->diag.span.end <= body.end);
		return;
	}
	lexer_init(&l, &x->diag, text, body, x->rules);
	for (;;) {
		uint32_t depth = l.depth;
		struct lexer_token t;

		lexer_next(&l, &t);
		CHECK(depth > 0 || (t.kind != LEXER_CLOSE && t.kind != LEXER_SEMICOLON));
		if (t.kind == LEXER_END)
			break;
		end = t.span.end;
	}
	CHECK(end <= body.end);
}

static void pieces_concatenate(struct expression *x, struct str text, const struct tagged *found)
{
	char *joined = arena_alloc(&x->arena, text.n + 1);
	size_t n = 0;
	size_t at = 0;

	for (size_t i = 0; i <= found->count; i++) {
		size_t next = i < found->count ? found->expressions[i].tag.start : text.n;

		CHECK(next >= at && next <= text.n);
		memcpy(joined + n, text.p + at, next - at);
		n += next - at;
		at = next;
		if (i == found->count)
			break;
		next = found->expressions[i].body.end;
		CHECK(found->expressions[i].tag.end == found->expressions[i].body.start);
		CHECK(next >= found->expressions[i].body.start && next <= text.n);
		memcpy(joined + n, text.p + at, next - at);
		n += next - at;
		at = next;
	}
	CHECK(n == text.n && memcmp(joined, text.p, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const encodings[] = { "UTF8", "SJIS", "GB18030", "LATIN1" };
	struct expression x;
	struct tagged found;
	struct str text;
	size_t statements = 0;

	if (size == 0)
		return 0;
	expression_init(&x);
	x.rules.encoding = encoding_find(str_of(encodings[data[0] >> 1 & 3]));
	x.rules.standard_conforming_strings = (data[0] & 1) != 0;
	text = arena_copy(&x.arena, (struct str){ (const char *)data + 1, size - 1 });
	found = tagged_find(&x.arena, text, STR("expr"), x.rules);
	CHECK(found.count == 0 || tagged_may_occur(text, STR("expr")));
	pieces_concatenate(&x, text, &found);
	for (size_t i = 0; i < found.count; i++) {
		CHECK(found.expressions[i].statement >= statements);
		statements = found.expressions[i].statement;
		CHECK(statements < found.statements);
		diag_init(&x.diag, &x.arena);
		lexer_agrees(&x, text, found.expressions[i].body);
	}
	expression_free(&x);
	return 0;
}
