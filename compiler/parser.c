#include "compiler/parser.h"

#include "compiler/parser_refuse.h"
#include "compiler/parser_type.h"

/* How tight an infix operator binds: Python's table. */
enum level {
	LEVEL_NONE,
	LEVEL_OR,
	LEVEL_AND,
	LEVEL_NOT,
	LEVEL_COMPARISON,
	LEVEL_BITOR,
	LEVEL_BITXOR,
	LEVEL_BITAND,
	LEVEL_SHIFT,
	LEVEL_SUM,
	LEVEL_PRODUCT,
	LEVEL_UNARY,
};

static const struct {
	enum level level;
	enum tree_op op;
} infix[LEXER_REFUSED + 1] = {
	[LEXER_EQ] = { LEVEL_COMPARISON, TREE_EQ },
	[LEXER_NE] = { LEVEL_COMPARISON, TREE_NE },
	[LEXER_LT] = { LEVEL_COMPARISON, TREE_LT },
	[LEXER_LE] = { LEVEL_COMPARISON, TREE_LE },
	[LEXER_GT] = { LEVEL_COMPARISON, TREE_GT },
	[LEXER_GE] = { LEVEL_COMPARISON, TREE_GE },
	[LEXER_BAR] = { LEVEL_BITOR, TREE_BITOR },
	[LEXER_CARET] = { LEVEL_BITXOR, TREE_BITXOR },
	[LEXER_AMPERSAND] = { LEVEL_BITAND, TREE_BITAND },
	[LEXER_LSHIFT] = { LEVEL_SHIFT, TREE_LSHIFT },
	[LEXER_RSHIFT] = { LEVEL_SHIFT, TREE_RSHIFT },
	[LEXER_PLUS] = { LEVEL_SUM, TREE_ADD },
	[LEXER_MINUS] = { LEVEL_SUM, TREE_SUB },
	[LEXER_STAR] = { LEVEL_PRODUCT, TREE_MUL },
	[LEXER_SLASH] = { LEVEL_PRODUCT, TREE_DIV },
	[LEXER_FLOOR] = { LEVEL_PRODUCT, TREE_FLOORDIV },
	[LEXER_PERCENT] = { LEVEL_PRODUCT, TREE_MOD },
};

static struct tree *parse_infix(struct parser *p, enum level level);

static struct tree *parse_expression(struct parser *p)
{
	return parse_infix(p, LEVEL_OR);
}

static struct tree *make(struct parser *p, enum tree_kind kind, struct span span)
{
	struct tree *t = arena_alloc(p->arena, sizeof(*t));

	t->kind = kind;
	t->span = span;
	t->word = span;
	t->height = 1;
	return t;
}

/* Makes `child` known to the height of its parent. */
static struct tree *under(struct parser *p, struct tree *parent, struct tree *child)
{
	if (child != NULL && child->height >= parent->height) {
		parent->height = child->height + 1;
		if (parent->height > p->max_nesting)
			parser_refuse_depth(p, parent->word);
	}
	return child;
}

/* Makes `left` the left of a link of a chain. */
static struct tree *along(struct tree *link, struct tree *left)
{
	if (left->height > link->height)
		link->height = left->height;
	left->up = link;
	return left;
}

static struct tree *make_binary(struct parser *p, enum tree_op op, struct span word,
                                struct tree *left, struct tree *right)
{
	struct tree *t = make(p, TREE_BINARY, span_join(left->span, right->span));

	t->op = op;
	t->word = word;
	t->left = along(t, left);
	t->right = under(p, t, right);
	return t;
}

/* `and`, `or` and `not`, as Python or as SQL spell them. */
static inline bool is_word(const struct lexer_token *t, const char *lower, const char *upper)
{
	return t->kind == LEXER_WORD && t->text.n <= 3 &&
	       (str_is(t->text, lower) || str_is(t->text, upper));
}

static void push_item(struct parser *p, struct tree_item item)
{
	if (p->item_count == p->item_capacity) {
		size_t capacity = p->item_capacity == 0 ? 32 : 2 * p->item_capacity;
		struct tree_item *more = arena_array(p->arena, capacity, sizeof(*more));

		if (p->item_count > 0)
			memcpy(more, p->items, p->item_count * sizeof(*more));
		p->items = more;
		p->item_capacity = capacity;
	}
	p->items[p->item_count++] = item;
}

/* Moves the items from number `first` on from the stack to the node. */
static void take_items(struct parser *p, struct tree *t, size_t first)
{
	t->count = p->item_count - first;
	if (t->count == 0)
		return;
	t->items = arena_array(p->arena, t->count, sizeof(*t->items));
	memcpy(t->items, p->items + first, t->count * sizeof(*t->items));
	p->item_count = first;
	for (size_t i = 0; i < t->count; i++)
		under(p, t, t->items[i].value);
}

/* item: NAME '=' expression | '*' expression | expression */
static struct tree_item parse_item(struct parser *p, bool keywords)
{
	struct tree_item item = { 0 };

	if (p->token.kind == LEXER_STAR) {
		struct span star = p->token.span;

		parser_advance(p);
		if (p->token.kind == LEXER_CLOSE || p->token.kind == LEXER_COMMA)
			parser_refuse_with(p, star,
			                   "Rows are counted by func.count(); the columns "
			                   "of a table are select(t) or *t.c.");
		item.spread = true;
		item.value = parse_infix(p, LEVEL_BITOR);
		return item;
	}
	if (keywords && p->token.kind == LEXER_WORD && p->next.kind == LEXER_ASSIGN) {
		item.keyword = p->token.text;
		item.keyword_span = p->token.span;
		parser_advance(p);
		parser_advance(p);
	}
	item.value = parse_expression(p);
	return item;
}

/* Opens a bracket: what refuses a token names it while it is open. */
static struct span open_bracket(struct parser *p)
{
	struct span outer = p->bracket;

	p->bracket = p->token.span;
	parser_advance(p);
	return outer;
}

static void close_bracket(struct parser *p, enum lexer_kind close, struct span outer)
{
	if (p->token.kind != close)
		parser_refuse_infix(p);
	parser_advance(p);
	p->bracket = outer;
}

/* items: [ item (',' item)* [','] ]; answers whether there was a comma. */
static bool parse_items(struct parser *p, enum lexer_kind close, bool keywords)
{
	bool comma = false;

	while (p->token.kind != close) {
		push_item(p, parse_item(p, keywords));
		if (p->token.kind != LEXER_COMMA)
			break;
		comma = true;
		parser_advance(p);
	}
	return comma;
}

/* '[' items ']', and 'ARRAY' before it */
static struct tree *parse_list(struct parser *p, enum tree_kind kind)
{
	uint32_t start = p->token.span.start;
	struct tree *t = make(p, kind, p->token.span);
	size_t first = p->item_count;
	struct span outer;

	if (kind == TREE_ARRAY)
		parser_advance(p);
	outer = open_bracket(p);
	parse_items(p, LEXER_CLOSE_BRACKET, false);
	close_bracket(p, LEXER_CLOSE_BRACKET, outer);
	take_items(p, t, first);
	t->span = t->word = (struct span){ start, p->end };
	return t;
}

/* '(' expression ')' | '(' items ')' */
static struct tree *parse_parentheses(struct parser *p)
{
	uint32_t start = p->token.span.start;
	size_t first = p->item_count;
	struct span outer = open_bracket(p);
	bool comma = parse_items(p, LEXER_CLOSE, false);
	struct tree *t;

	close_bracket(p, LEXER_CLOSE, outer);
	if (p->item_count == first + 1 && !comma && !p->items[first].spread) {
		t = p->items[first].value;
		t->parenthesized = true;
		p->item_count = first;
		return t;
	}
	t = make(p, TREE_TUPLE, (struct span){ start, p->end });
	take_items(p, t, first);
	return t;
}

/* '{' '}' | '{' key ':' value, … '}' | '{' items '}' */
static struct tree *parse_braces(struct parser *p)
{
	uint32_t start = p->token.span.start;
	struct tree *t = make(p, TREE_SET, p->token.span);
	size_t first = p->item_count;
	struct span outer = open_bracket(p);

	if (p->token.kind == LEXER_CLOSE_BRACE)
		t->kind = TREE_DICT;
	while (p->token.kind != LEXER_CLOSE_BRACE) {
		struct tree_item item = parse_item(p, false);

		push_item(p, item);
		if (p->item_count == first + 1 && p->token.kind == LEXER_COLON && !item.spread)
			t->kind = TREE_DICT;
		if (t->kind == TREE_DICT) {
			if (p->token.kind != LEXER_COLON || item.spread)
				parser_refuse_infix(p);
			parser_advance(p);
			push_item(p, (struct tree_item){ .value = parse_expression(p) });
		}
		if (p->token.kind != LEXER_COMMA)
			break;
		parser_advance(p);
	}
	close_bracket(p, LEXER_CLOSE_BRACE, outer);
	take_items(p, t, first);
	t->span = t->word = (struct span){ start, p->end };
	return t;
}

static struct tree *parse_leaf(struct parser *p, enum tree_kind kind)
{
	struct tree *t = make(p, kind, p->token.span);

	t->text = p->token.text;
	t->number = p->token.number;
	parser_advance(p);
	return t;
}

/* A token that is a value gets a number: nobody varies the thousands of a long list. */
static struct tree *parse_constant(struct parser *p, enum tree_kind kind)
{
	struct tree *t = parse_leaf(p, kind);

	if (p->tokens < MOST_TOKENS)
		t->number = ++p->tokens;
	return t;
}

/* True, False, None, null in any case; true() and its kin are calls of a name. */
static bool is_constant(const struct parser *p, enum tree_constant *constant)
{
	struct str word = p->token.text;

	if (word.n < 4 || word.n > 5 || (p->next.kind == LEXER_OPEN && !p->next.newline))
		return false;
	if (str_eq_nocase(word, STR("true")))
		*constant = TREE_TRUE;
	else if (str_eq_nocase(word, STR("false")))
		*constant = TREE_FALSE;
	else if (str_eq_nocase(word, STR("none")) || str_eq_nocase(word, STR("null")))
		*constant = TREE_NONE;
	else
		return false;
	return true;
}

/* A word that begins an expression. Python's own words are names here unless they can only be
 * meant as what they are there. */
static struct tree *parse_word(struct parser *p)
{
	enum tree_constant constant;
	struct tree *t;

	if (is_word(&p->token, "and", "AND") || is_word(&p->token, "or", "OR"))
		parser_refuse_operand(p);
	if (str_is(p->token.text, "lambda") &&
	    (p->next.kind == LEXER_WORD || p->next.kind == LEXER_COLON))
		parser_refuse_with(p, p->token.span, "Functions cannot be defined here.");
	if (p->next.kind == LEXER_OPEN_BRACKET && !p->next.newline &&
	    str_eq_nocase(p->token.text, STR("array")))
		return parse_list(p, TREE_ARRAY);
	if (is_constant(p, &constant)) {
		t = parse_leaf(p, TREE_CONSTANT);
		t->constant = constant;
		return t;
	}
	return parse_leaf(p, TREE_NAME);
}

/* primary: NAME | constant | literal | '$1' | '(' … ')' | '[' … ']' | '{' … '}' | ARRAY '[' … ']' */
static struct tree *parse_primary(struct parser *p)
{
	switch (p->token.kind) {
	case LEXER_WORD:
		return parse_word(p);
	case LEXER_STRING:
		return parse_constant(p, TREE_STRING);
	case LEXER_BITS:
		return parse_leaf(p, TREE_BITS);
	case LEXER_INTEGER:
		return parse_constant(p, TREE_INTEGER);
	case LEXER_FLOAT:
		return parse_constant(p, TREE_FLOAT);
	case LEXER_PARAMETER:
		return parse_leaf(p, TREE_PARAMETER);
	case LEXER_OPEN:
		return parse_parentheses(p);
	case LEXER_OPEN_BRACKET:
		return parse_list(p, TREE_LIST);
	case LEXER_OPEN_BRACE:
		return parse_braces(p);
	default:
		parser_refuse_operand(p);
	}
}

/* primary '.' WORD; any word may follow a dot */
static struct tree *parse_attribute(struct parser *p, struct tree *left)
{
	struct tree *t;

	parser_advance(p);
	if (p->token.kind == LEXER_STRING)
		parser_refuse_with(p, p->token.span,
		                   "A column of any name is written t.c['name'].");
	if (p->token.kind != LEXER_WORD || p->token.newline)
		parser_refuse_operand(p);
	t = make(p, TREE_ATTRIBUTE, span_join(left->span, p->token.span));
	t->word = p->token.span;
	t->text = p->token.text;
	t->left = along(t, left);
	parser_advance(p);
	return t;
}

/* primary '(' items ')' */
static struct tree *parse_call(struct parser *p, struct tree *left)
{
	struct tree *t = make(p, TREE_CALL, left->span);
	size_t first = p->item_count;
	struct span outer = open_bracket(p);

	t->word = left->word;
	t->left = along(t, left);
	parse_items(p, LEXER_CLOSE, true);
	close_bracket(p, LEXER_CLOSE, outer);
	take_items(p, t, first);
	t->span.end = p->end;
	return t;
}

/* The arguments of a call of values() as one item of the list that values() also takes: keywords as a
 * dict, one value as it is, several as a tuple. */
static struct tree *row_of(struct parser *p, const struct tree_item *items, size_t count,
                           struct span span)
{
	bool named = count > 0 && items[0].keyword.n > 0;
	struct tree *t = make(p, named ? TREE_DICT : TREE_TUPLE, span);
	size_t first = p->item_count;

	for (size_t i = 0; i < count; i++) {
		if ((items[i].keyword.n > 0) != named || items[i].spread)
			parser_refuse_with(p, span, "Write values([{...}, {...}]).");
		if (named) {
			struct tree *key = make(p, TREE_STRING, items[i].keyword_span);

			key->text = items[i].keyword;
			push_item(p, (struct tree_item){ .value = key });
		}
		push_item(p, (struct tree_item){ .value = items[i].value });
	}
	take_items(p, t, first);
	return count == 1 && !named ? items[0].value : t;
}

/* A row, or the rows of values([…]). */
static void push_rows(struct parser *p, const struct tree_item *items, size_t count,
                      struct span span)
{
	struct tree *row = row_of(p, items, count, span);

	if (count == 1 && row->kind == TREE_LIST)
		for (size_t i = 0; i < row->count; i++)
			push_item(p, row->items[i]);
	else
		push_item(p, (struct tree_item){ .value = row });
}

/* Whether values(…) goes on as VALUES (…), (…) does in SQL: pgjdbc writes a batch so when it is told
 * to rewrite batched inserts. Outside brackets a comma means nothing else. */
static bool has_more_rows(const struct parser *p, const struct tree *t)
{
	return t->kind == TREE_CALL && t->left->kind == TREE_ATTRIBUTE &&
	       str_is(t->left->text, "values") && t->count > 0 && p->bracket.end == 0 &&
	       parser_is(p, LEXER_COMMA) && p->next.kind == LEXER_OPEN;
}

/* '.values' '(' items ')' (',' '(' items ')')+ */
static void parse_more_rows(struct parser *p, struct tree *call)
{
	struct tree *rows = make(p, TREE_LIST, call->span);
	size_t first = p->item_count;

	push_rows(p, call->items, call->count, call->span);
	while (parser_is(p, LEXER_COMMA) && p->next.kind == LEXER_OPEN) {
		struct tree *more;
		struct span outer;
		size_t own = p->item_count;

		parser_advance(p);
		more = make(p, TREE_TUPLE, p->token.span);
		outer = open_bracket(p);
		parse_items(p, LEXER_CLOSE, true);
		close_bracket(p, LEXER_CLOSE, outer);
		take_items(p, more, own);
		more->span.end = p->end;
		push_rows(p, more->items, more->count, more->span);
	}
	take_items(p, rows, first);
	rows->span.end = call->span.end = p->end;
	push_item(p, (struct tree_item){ .value = rows });
	take_items(p, call, first);
}

/* slice: [expression] ':' [expression] [':' [expression]]; the lower bound has been read */
static struct tree *parse_slice(struct parser *p, struct tree *lower)
{
	struct tree *t = make(p, TREE_SLICE, lower != NULL ? lower->span : p->token.span);

	t->left = under(p, t, lower);
	parser_advance(p);
	if (p->token.kind != LEXER_COLON && p->token.kind != LEXER_CLOSE_BRACKET)
		t->right = under(p, t, parse_expression(p));
	if (p->token.kind == LEXER_COLON) {
		parser_advance(p);
		if (p->token.kind != LEXER_CLOSE_BRACKET)
			t->third = under(p, t, parse_expression(p));
	}
	t->span.end = p->end;
	t->word = t->span;
	return t;
}

/* subscript: slice | expression | expression ',' items */
static struct tree *parse_subscript_inside(struct parser *p)
{
	uint32_t start = p->token.span.start;
	size_t first = p->item_count;
	struct tree *t = NULL;

	if (p->token.kind == LEXER_CAST)
		parser_refuse_with(
			p, p->token.span,
			"\"::\" is the cast; a slice with a step is written [a: :step].");
	if (p->token.kind != LEXER_COLON)
		t = parse_expression(p);
	if (p->token.kind == LEXER_COLON)
		return parse_slice(p, t);
	if (p->token.kind != LEXER_COMMA)
		return t;
	push_item(p, (struct tree_item){ .value = t });
	parser_advance(p);
	parse_items(p, LEXER_CLOSE_BRACKET, false);
	t = make(p, TREE_TUPLE, (struct span){ start, p->end });
	take_items(p, t, first);
	return t;
}

/* primary '[' subscript ']' */
static struct tree *parse_subscript(struct parser *p, struct tree *left)
{
	struct tree *t = make(p, TREE_SUBSCRIPT, left->span);
	struct span outer = open_bracket(p);

	t->left = along(t, left);
	t->right = under(p, t, parse_subscript_inside(p));
	close_bracket(p, LEXER_CLOSE_BRACKET, outer);
	t->span.end = p->end;
	t->word = t->right->span;
	return t;
}

/* primary '::' type */
static struct tree *parse_typed(struct parser *p, struct tree *left)
{
	struct tree *t = make(p, TREE_TYPED, left->span);

	t->left = along(t, left);
	parser_advance(p);
	t->type = parser_type(p);
	t->span.end = p->end;
	t->word = t->type->span;
	return t;
}

/* postfix: primary ('.' WORD | '(' … ')' | '[' … ']' | '::' type)*; a dot may begin a line */
static struct tree *parse_postfix(struct parser *p)
{
	struct tree *t = parse_primary(p);

	for (;;) {
		if (p->token.kind == LEXER_DOT)
			t = parse_attribute(p, t);
		else if (parser_is(p, LEXER_OPEN))
			t = parse_call(p, t);
		else if (parser_is(p, LEXER_OPEN_BRACKET))
			t = parse_subscript(p, t);
		else if (parser_is(p, LEXER_CAST))
			t = parse_typed(p, t);
		else if (has_more_rows(p, t))
			parse_more_rows(p, t);
		else
			return t;
	}
}

/* power: postfix ['**' operand] */
static struct tree *parse_power(struct parser *p)
{
	struct tree *left = parse_postfix(p);
	struct span word = p->token.span;

	if (!parser_is(p, LEXER_POWER))
		return left;
	parser_advance(p);
	return make_binary(p, TREE_POW, word, left, parse_infix(p, LEVEL_UNARY));
}

/* operand: 'not' operand | ('-' | '+' | '~') operand | power */
static struct tree *parse_operand(struct parser *p, enum level level)
{
	enum lexer_kind kind = p->token.kind;
	struct tree *t;

	if (is_word(&p->token, "not", "NOT")) {
		if (level > LEVEL_NOT)
			parser_refuse_with(p, p->token.span,
			                   "Put \"not\" and its operand in parentheses.");
		t = make(p, TREE_NOT, p->token.span);
	} else if (kind == LEXER_MINUS || kind == LEXER_PLUS || kind == LEXER_TILDE) {
		t = make(p, TREE_UNARY, p->token.span);
		t->op = kind == LEXER_MINUS  ? TREE_NEG
		        : kind == LEXER_PLUS ? TREE_POS
		                             : TREE_INVERT;
	} else {
		return parse_power(p);
	}
	parser_advance(p);
	t->left = under(p, t, parse_infix(p, t->kind == TREE_NOT ? LEVEL_NOT : LEVEL_UNARY));
	t->span.end = p->end;
	return t;
}

/* comparison: sum (('<' | '==' | …) sum)*; a chain is the conjunction of its pairs */
static struct tree *parse_comparison(struct parser *p, struct tree *left)
{
	size_t first = p->item_count;
	struct tree *t = NULL;

	while (infix[p->token.kind].level == LEVEL_COMPARISON && !p->token.newline) {
		enum tree_op op = infix[p->token.kind].op;
		struct span word = p->token.span;
		struct tree *right;

		parser_advance(p);
		right = parse_infix(p, LEVEL_BITOR);
		t = make_binary(p, op, word, left, right);
		push_item(p, (struct tree_item){ .value = t });
		left = right;
	}
	if (p->item_count == first + 1) {
		p->item_count = first;
		return t;
	}
	t = make(p, TREE_AND, span_join(p->items[first].value->span, left->span));
	t->word = p->items[first].value->word;
	take_items(p, t, first);
	return t;
}

/* `a or b or c`, `a and b and c` */
static struct tree *parse_words(struct parser *p, struct tree *left, enum level level)
{
	struct tree *t = make(p, level == LEVEL_OR ? TREE_OR : TREE_AND, left->span);
	const char *lower = level == LEVEL_OR ? "or" : "and";
	const char *upper = level == LEVEL_OR ? "OR" : "AND";
	size_t first = p->item_count;

	t->word = p->token.span;
	push_item(p, (struct tree_item){ .value = left });
	while (is_word(&p->token, lower, upper) && !p->token.newline) {
		parser_advance(p);
		push_item(p, (struct tree_item){ .value = parse_infix(p, level + 1) });
	}
	take_items(p, t, first);
	t->span.end = p->end;
	return t;
}

static enum level infix_level(const struct parser *p)
{
	if (p->token.newline)
		return LEVEL_NONE;
	if (p->token.kind != LEXER_WORD)
		return infix[p->token.kind].level;
	if (is_word(&p->token, "and", "AND"))
		return LEVEL_AND;
	return is_word(&p->token, "or", "OR") ? LEVEL_OR : LEVEL_NONE;
}

/* infix: operand (operator infix)*, the operators at least as tight as `level`; left to right */
static struct tree *parse_infix(struct parser *p, enum level level)
{
	struct tree *left;

	if (++p->depth > p->max_nesting)
		parser_refuse_depth(p, p->token.span);
	left = parse_operand(p, level);
	for (;;) {
		enum level next = infix_level(p);
		enum lexer_kind kind = p->token.kind;
		struct span word = p->token.span;

		if (next == LEVEL_NONE || next < level)
			break;
		if (next <= LEVEL_AND) {
			left = parse_words(p, left, next);
		} else if (next == LEVEL_COMPARISON) {
			left = parse_comparison(p, left);
		} else {
			parser_advance(p);
			left = make_binary(p, infix[kind].op, word, left, parse_infix(p, next + 1));
		}
	}
	p->depth--;
	return left;
}

/* A name, and the '=' or ',' behind it. */
static void parse_target(struct parser *p, struct tree_binding *b)
{
	enum tree_constant constant;

	if (is_constant(p, &constant) || is_word(&p->token, "and", "AND") ||
	    is_word(&p->token, "or", "OR") || is_word(&p->token, "not", "NOT"))
		parser_refuse_with(p, p->token.span, "Bind the value to another name.");
	if ((b->count & (b->count - 1)) == 0) { /* full: room for twice as many */
		struct tree_target *more =
			arena_array(p->arena, b->count == 0 ? 1 : 2 * b->count, sizeof(*more));

		if (b->count > 0)
			memcpy(more, b->targets, b->count * sizeof(*more));
		b->targets = more;
	}
	b->targets[b->count++] = (struct tree_target){ p->token.text, p->token.span };
	parser_advance(p);
	parser_advance(p);
}

static bool is_target(const struct parser *p, enum lexer_kind behind)
{
	return p->token.kind == LEXER_WORD && p->next.kind == behind && !p->next.newline;
}

/* expression, or several with commas between them, which are a tuple */
static struct tree *parse_bound_value(struct parser *p)
{
	size_t first = p->item_count;
	struct tree *t = parse_expression(p);

	if (!parser_is(p, LEXER_COMMA))
		return t;
	push_item(p, (struct tree_item){ .value = t });
	while (parser_is(p, LEXER_COMMA)) {
		parser_advance(p);
		if (p->token.kind == LEXER_END || p->token.newline)
			break;
		push_item(p, (struct tree_item){ .value = parse_expression(p) });
	}
	t = make(p, TREE_TUPLE, (struct span){ t->span.start, p->end });
	take_items(p, t, first);
	return t;
}

/* binding: (NAME '=')+ value | NAME (',' NAME)+ '=' value, on a line of its own */
static struct tree_binding parse_binding(struct parser *p)
{
	struct tree_binding b = { .unpacks = p->next.kind == LEXER_COMMA };
	struct span comma = p->next.span;

	while (is_target(p, LEXER_COMMA))
		parse_target(p, &b);
	if (b.unpacks && !is_target(p, LEXER_ASSIGN))
		parser_refuse_with(p, comma, "Write select(x, y), or bind names: x, y = a, b.");
	do
		parse_target(p, &b);
	while (!b.unpacks && is_target(p, LEXER_ASSIGN));
	b.value = parse_bound_value(p);
	if (p->token.kind != LEXER_END && !p->token.newline)
		parser_refuse_rest(p);
	return b;
}

static bool is_binding(const struct parser *p)
{
	return is_target(p, LEXER_ASSIGN) || is_target(p, LEXER_COMMA);
}

static void parse_bindings(struct parser *p, struct tree_program *program)
{
	size_t capacity = 0;

	while (is_binding(p)) {
		if (program->count == capacity) {
			struct tree_binding *more;

			capacity = capacity == 0 ? 8 : 2 * capacity;
			more = arena_array(p->arena, capacity, sizeof(*more));
			if (program->count > 0)
				memcpy(more, program->bindings, program->count * sizeof(*more));
			program->bindings = more;
		}
		program->bindings[program->count] = parse_binding(p);
		program->count++;
	}
}

/* program: binding* expression [';'] */
struct tree_program *parser_parse(struct diag *d, struct str text, struct span body,
                                  struct sqllex_rules rules, uint32_t max_nesting)
{
	struct parser p = { .diag = d, .arena = d->arena, .max_nesting = max_nesting };
	struct tree_program *program = arena_alloc(d->arena, sizeof(*program));

	d->lexical = true;
	lexer_init(&p.lexer, d, text, body, rules);
	p.end = body.start;
	lexer_next(&p.lexer, &p.token);
	lexer_next(&p.lexer, &p.next);
	parse_bindings(&p, program);
	if (p.token.kind == LEXER_END)
		parser_refuse_with(&p, p.token.span,
		                   program->count > 0
		                           ? "Write the statement to be run on the last line, for "
		                             "instance the name it is bound to."
		                           : "Write a statement behind the tag: select(...).");
	program->statement = parse_expression(&p);
	program->tokens = p.tokens;
	if (p.token.kind == LEXER_SEMICOLON && p.next.kind == LEXER_END)
		parser_advance(&p);
	if (p.token.kind != LEXER_END)
		parser_refuse_rest(&p);
	d->lexical = false;
	return program;
}
