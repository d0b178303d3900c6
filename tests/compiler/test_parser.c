#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/parsing.h"

static void put(struct text *out, const struct tree *t);

static void put_items(struct text *out, const char *head, const struct tree *t)
{
	text_printf(out, "(%s", head);
	for (size_t i = 0; i < t->count; i++) {
		const struct tree_item *item = &t->items[i];

		text_char(out, ' ');
		if (item->spread)
			text_char(out, '*');
		if (!str_empty(item->keyword))
			text_printf(out, "%.*s=", STR_ARG(item->keyword));
		put(out, item->value);
	}
	text_char(out, ')');
}

static void put_typed(struct text *out, const struct tree *t)
{
	text_z(out, "(:: ");
	put(out, t->left);
	text_printf(out, " %.*s%.*s)", STR_ARG(t->type->text), STR_ARG(t->type->brackets));
}

static void put_slice(struct text *out, const struct tree *t)
{
	const struct tree *parts[] = { t->left, t->right, t->third };

	text_z(out, "(slice");
	for (size_t i = 0; i < 3; i++) {
		text_char(out, ' ');
		if (parts[i] != NULL)
			put(out, parts[i]);
		else
			text_char(out, '_');
	}
	text_char(out, ')');
}

static void put_two(struct text *out, const char *head, const struct tree *a, const struct tree *b)
{
	text_printf(out, "(%s ", head);
	put(out, a);
	if (b != NULL) {
		text_char(out, ' ');
		put(out, b);
	}
	text_char(out, ')');
}

/* The tree as an s-expression. */
static void put(struct text *out, const struct tree *t)
{
	switch (t->kind) {
	case TREE_NAME:
	case TREE_BITS:
	case TREE_INTEGER:
	case TREE_FLOAT:
		text_str(out, t->text);
		break;
	case TREE_STRING:
		text_printf(out, "\"%.*s\"", STR_ARG(t->text));
		break;
	case TREE_CONSTANT:
		text_z(out, parsing_constants[t->constant]);
		break;
	case TREE_PARAMETER:
		text_printf(out, "$%u", t->number);
		break;
	case TREE_ATTRIBUTE:
		put(out, t->left);
		text_printf(out, ".%.*s", STR_ARG(t->text));
		break;
	case TREE_SUBSCRIPT:
		put_two(out, "index", t->left, t->right);
		break;
	case TREE_SLICE:
		put_slice(out, t);
		break;
	case TREE_CALL:
		text_char(out, '(');
		put(out, t->left);
		put_items(out, "", t);
		text_char(out, ')');
		break;
	case TREE_UNARY:
		put_two(out, parsing_operators[t->op], t->left, NULL);
		break;
	case TREE_BINARY:
		put_two(out, parsing_operators[t->op], t->left, t->right);
		break;
	case TREE_AND:
		put_items(out, "and", t);
		break;
	case TREE_OR:
		put_items(out, "or", t);
		break;
	case TREE_NOT:
		put_two(out, "not", t->left, NULL);
		break;
	case TREE_LIST:
		put_items(out, "list", t);
		break;
	case TREE_TUPLE:
		put_items(out, "tuple", t);
		break;
	case TREE_SET:
		put_items(out, "set", t);
		break;
	case TREE_DICT:
		put_items(out, "dict", t);
		break;
	case TREE_ARRAY:
		put_items(out, "array", t);
		break;
	case TREE_TYPED:
		put_typed(out, t);
		break;
	}
}

/* Asserts the tree of a program: bindings as `name := …; `. */
static void reads_as(const char *text, const char *expected)
{
	struct expression x;
	struct tree_program *program = NULL;
	struct text out;

	expression_init(&x);
	if (setjmp(x.diag.escape) != 0)
		fail_msg("%s: %.*s", text, STR_ARG(x.diag.message));
	program = parse(&x, str_of(text), PARSER_MAX_NESTING);
	assert_false(x.diag.lexical);
	text_init(&out, &x.arena);
	for (size_t i = 0; i < program->count; i++) {
		put_targets(&out, &program->bindings[i], " := ");
		put(&out, program->bindings[i].value);
		text_z(&out, "; ");
	}
	put(&out, program->statement);
	text_char(&out, '\0');
	assert_string_equal(out.p, expected);
	expression_free(&x);
}

/* Asserts that the text is refused: at which piece of it, and what is said. An empty `at` means
 * the end of the text; a hint of NULL means that there is none. */
static void is_refused(const char *text, const char *at, const char *message, const char *hint)
{
	struct expression x;
	struct str whole = str_of(text);

	expression_init(&x);
	EXPECT_FAILURE(&x, parse(&x, whole, PARSER_MAX_NESTING));
	assert_true(x.diag.lexical);
	assert_string_equal(x.diag.message.p, message);
	assert_string_equal(x.diag.sqlstate, SQLSTATE_SYNTAX_ERROR);
	if (hint == NULL)
		assert_int_equal(x.diag.hint.n, 0);
	else if (x.diag.hint.n == 0 || strstr(x.diag.hint.p, hint) == NULL)
		fail_msg("%s: hint \"%s\"", text, x.diag.hint.n ? x.diag.hint.p : "");
	assert_true(x.diag.span.end <= whole.n);
	assert_int_equal(x.diag.span.end - x.diag.span.start, strlen(at));
	assert_memory_equal(text + x.diag.span.start, at, strlen(at));
	if (*at == '\0')
		assert_int_equal(x.diag.span.start, whole.n);
	expression_free(&x);
}

static void operators_bind_as_in_python(void **state)
{
	(void)state;
	reads_as("a or b and not c == d", "(or a (and b (not (== c d))))");
	reads_as("a | b ^ c & d << e + f * g", "(| a (^ b (& c (<< d (+ e (* f g))))))");
	reads_as("a * b + c << d & e ^ f | g", "(| (^ (& (<< (+ (* a b) c) d) e) f) g)");
	reads_as("a - b - c", "(- (- a b) c)");
	reads_as("a / b // c % d", "(% (// (/ a b) c) d)");
	reads_as("-a + ~b * +c", "(+ (- a) (* (~ b) (+ c)))");
	reads_as("- - a.b", "(- (- a.b))");
	reads_as("not not a", "(not (not a))");
	reads_as("-a ** -b ** c * d", "(* (- (** a (- (** b c)))) d)");
	reads_as("a.b ** c() + d", "(+ (** a.b (c())) d)");
	reads_as("a & b == c", "(== (& a b) c)");
	reads_as("(a == 1) & (b == 2)", "(& (== a 1) (== b 2))");
	reads_as("a <> b", "(!= a b)");
	reads_as("a >> b < c", "(< (>> a b) c)");
	reads_as("a AND b OR NOT c", "(or (and a b) (not c))");
}

static void and_and_or_take_all_their_operands(void **state)
{
	(void)state;
	reads_as("a and b and c or d or e", "(or (and a b c) d e)");
	reads_as("(a and b) and c", "(and (and a b) c)");
}

static void comparisons_chain(void **state)
{
	(void)state;
	reads_as("1 < a <= b == c", "(and (< 1 a) (<= a b) (== b c))");
	reads_as("(a < b) < c", "(< (< a b) c)");
	reads_as("a < (b < c)", "(< a (< b c))");
	reads_as("not a < b < c and d", "(and (not (and (< a b) (< b c))) d)");
}

static void the_middle_of_a_chain_is_one_node(void **state)
{
	struct expression x;
	struct tree *t;

	(void)state;
	expression_init(&x);
	EXPECT_SUCCESS(&x, t = parse(&x, STR("a < f(b) < c"), 100)->statement);
	assert_int_equal(t->count, 2);
	assert_ptr_equal(t->items[0].value->right, t->items[1].value->left);
	expression_free(&x);
}

static void primaries_take_postfixes(void **state)
{
	(void)state;
	reads_as("a.b.c(d, e=f, *g).h[i]", "(index (a.b.c( d e=f *g)).h i)");
	reads_as("t.c.order.in.is.not.and", "t.c.order.in.is.not.and");
	reads_as("f()()", "((f())())");
	reads_as("f(a,)", "(f( a))");
	reads_as("lambda.x + class", "(+ lambda.x class)");
	reads_as("f(in=1, null=2, lambda=3)", "(f( in=1 null=2 lambda=3))");
	reads_as("f(*[a, b], *c)", "(f( *(list a b) *c))");
	reads_as("a[1:2]", "(index a (slice 1 2 _))");
	reads_as("a[:]", "(index a (slice _ _ _))");
	reads_as("a[1:]", "(index a (slice 1 _ _))");
	reads_as("a[:$2]", "(index a (slice _ $2 _))");
	reads_as("a[1:2:3]", "(index a (slice 1 2 3))");
	reads_as("a[: :3]", "(index a (slice _ _ 3))");
	reads_as("a[1, 2]", "(index a (tuple 1 2))");
	reads_as("a[-1]", "(index a (- 1))");
	reads_as("-a.b[0]", "(- (index a.b 0))");
}

static void literals_are_leaves(void **state)
{
	(void)state;
	reads_as("'it''s'", "\"it's\"");
	reads_as("\"a\"\"b\"", "\"a\"b\"");
	reads_as("B'101'", "B'101'");
	reads_as("1_000", "1000");
	reads_as(".5e-1_0", ".5e-10");
	reads_as("0xff", "255");
	reads_as("$12", "$12");
	reads_as("TRUE", "True");
	reads_as("null", "None");
	reads_as("None", "None");
	reads_as("f(false)", "(f( False))");
	reads_as("true()", "(true())");
	reads_as("null().label('x')", "((null()).label( \"x\"))");
	reads_as("t.true", "t.true");
}

static void collections(void **state)
{
	(void)state;
	reads_as("[]", "(list)");
	reads_as("[a, *b,]", "(list a *b)");
	reads_as("()", "(tuple)");
	reads_as("(a,)", "(tuple a)");
	reads_as("(a, b)", "(tuple a b)");
	reads_as("(a)", "a");
	reads_as("(*a, b)", "(tuple *a b)");
	reads_as("{}", "(dict)");
	reads_as("{a: b, 'c': d,}", "(dict a b \"c\" d)");
	reads_as("{a, b}", "(set a b)");
	reads_as("ARRAY[1, 2]", "(array 1 2)");
	reads_as("array[]", "(array)");
	reads_as("ARRAY[[1], ARRAY[2]]", "(array (list 1) (array 2))");
	reads_as("ARRAY(Integer)", "(ARRAY( Integer))");
	reads_as("t.array[1]", "(index t.array 1)");
}

static void parentheses_are_remembered(void **state)
{
	struct expression x;
	struct tree *t;

	(void)state;
	expression_init(&x);
	EXPECT_SUCCESS(&x, t = parse(&x, STR("a[(b, c), 1]"), 100)->statement);
	assert_int_equal(t->right->count, 2);
	EXPECT_SUCCESS(&x, t = parse(&x, STR("(a + b) * c"), 100)->statement);
	assert_true(t->left->parenthesized);
	assert_false(t->right->parenthesized);
	expression_free(&x);
}

static void casts_take_type_names(void **state)
{
	(void)state;
	reads_as("'2020-01-01'::date", "(:: \"2020-01-01\" date)");
	reads_as("a::INT + 1", "(+ (:: a int) 1)");
	reads_as("-1::int", "(- (:: 1 int))");
	reads_as("a::int::text", "(:: (:: a int) text)");
	reads_as("a::double precision", "(:: a double precision)");
	reads_as("a::Double  Precision", "(:: a double precision)");
	reads_as("a::numeric ( 10 , 2 )", "(:: a numeric(10,2))");
	reads_as("a::numeric(3,-2)", "(:: a numeric(3,-2))");
	reads_as("a::character varying(10)", "(:: a character varying(10))");
	reads_as("a::national char varying (3)", "(:: a national char varying(3))");
	reads_as("a::bit varying", "(:: a bit varying)");
	reads_as("a::timestamp(3) with time zone", "(:: a timestamp(3) with time zone)");
	reads_as("a::time without time zone", "(:: a time without time zone)");
	reads_as("a::interval day to second(3)", "(:: a interval day to second(3))");
	reads_as("a::interval YEAR", "(:: a interval year)");
	reads_as("a::int[]", "(:: a int[])");
	reads_as("a::int[3][]", "(:: a int[3][])");
	reads_as("a::int array", "(:: a int[])");
	reads_as("a::int ARRAY[4]", "(:: a int[4])");
	reads_as("a::\"Mixed\"", "(:: a \"Mixed\")");
	reads_as("a::\"S\".\"T\"[]", "(:: a \"S\".\"T\"[])");
	reads_as("a::geometry(Point,4326)", "(:: a geometry(Point,4326))");
	reads_as("'{1,2}'::int[]", "(:: \"{1,2}\" int[])");
	reads_as("a::int and b", "(and (:: a int) b)");
	reads_as("f(a::int, b=c::text)", "(f( (:: a int) b=(:: c text)))");
}

static void behind_a_type_a_called_word_is_a_method(void **state)
{
	(void)state;
	reads_as("a::text.label('x')", "((:: a text).label( \"x\"))");
	reads_as("a::public.mood", "(:: a public.mood)");
	reads_as("a::public.mood.label('x')", "((:: a public.mood).label( \"x\"))");
	reads_as("a::pg_catalog.numeric(4)", "(:: a pg_catalog.numeric(4))");
	reads_as("a::public.mood[].any(b)", "((:: a public.mood[]).any( b))");
	reads_as("a::jsonb['k']", "(index (:: a jsonb) \"k\")");
	reads_as("a::jsonb['k'].astext", "(index (:: a jsonb) \"k\").astext");
	reads_as("a::int[][1:2]", "(index (:: a int[]) (slice 1 2 _))");
	reads_as("a::int[][b]", "(index (:: a int[]) b)");
	reads_as("a::timestamp with time zone.desc()", "((:: a timestamp with time zone).desc())");
}

static void in_brackets_two_colons_are_the_cast(void **state)
{
	(void)state;
	reads_as("a[b::int]", "(index a (:: b int))");
	reads_as("a[1::int:2]", "(index a (slice (:: 1 int) 2 _))");
	is_refused("a[::2]", "::", "syntax error at or near \"::\"", "slice");
	is_refused("a[1::2]", "2", "syntax error at or near \"2\"", "slice");
}

static void a_type_knows_its_parts(void **state)
{
	struct expression x;
	struct tree_type *type;

	(void)state;
	expression_init(&x);
	EXPECT_SUCCESS(&x, type = parse(&x, STR("a::Timestamp ( 3 ) with time zone[][2]"), 100)
	                                  ->statement->type);
	assert_true(str_is(type->name, "timestamp with time zone"));
	assert_true(str_is(type->modifier, "3"));
	assert_true(str_is(type->brackets, "[][2]"));
	assert_int_equal(type->schema.n, 0);
	assert_false(type->quoted);
	assert_int_equal(type->span.start, 3);
	assert_int_equal(type->span.end, 38);
	EXPECT_SUCCESS(&x, type = parse(&x, STR("a::S.\"T\"\"U\"(1)"), 100)->statement->type);
	assert_true(str_is(type->schema, "s"));
	assert_true(str_is(type->name, "T\"U"));
	assert_true(str_is(type->text, "s.\"T\"\"U\"(1)"));
	assert_true(type->quoted);
	EXPECT_SUCCESS(&x, type = parse(&x, STR("a::interval day to hour"), 100)->statement->type);
	assert_true(str_is(type->name, "interval"));
	assert_true(str_is(type->text, "interval day to hour"));
	EXPECT_SUCCESS(&x, type = parse(&x, STR("a::int.b(c)"), 100)->statement->left->left->type);
	assert_true(str_is(type->name, "int"));
	expression_free(&x);
}

static void bindings_stand_one_a_line(void **state)
{
	(void)state;
	reads_as("a = b\nc", "a := b; c");
	reads_as("a = (b +\n c)\n\n# note\nd = f(\n)\nselect(a)\n",
	         "a := (+ b c); d := (f()); (select( a))");
	reads_as("a =\n b\nc", "a := b; c");
	reads_as("a = b \\\n + c\nd", "a := (+ b c); d");
	reads_as("widgets = tables['widgets']\nselect([widgets.c.id, widgets.c.name])",
	         "widgets := (index tables \"widgets\"); "
	         "(select( (list widgets.c.id widgets.c.name)))");
	reads_as("a = b\r\nc", "a := b; c");
	reads_as("select(a);", "(select( a))");
}

static void a_line_that_begins_with_a_dot_goes_on(void **state)
{
	(void)state;
	reads_as("select(a)\n  .where(b)\n  .limit(1)", "(((select( a)).where( b)).limit( 1))");
	reads_as("x = a\n.b\nx", "x := a.b; x");
	reads_as("x = y = a\nx", "x := y := a; x");
	reads_as("x, y = a, b\nx", "x, y := (tuple a b); x");
	reads_as("x, y, z = a\nx", "x, y, z := a; x");
	reads_as("x = a,\nx", "x := (tuple a); x");
	reads_as("a::text\n.label('x')", "((:: a text).label( \"x\"))");
}

static void a_line_that_does_not_belong_is_refused(void **state)
{
	(void)state;
	is_refused("a\n+ b", "+", "syntax error at or near \"+\"", "parentheses");
	is_refused("a\nb", "b", "syntax error at or near \"b\"", "one statement");
	is_refused("a\n(b)", "(", "syntax error at or near \"(\"", "parentheses");
	is_refused("a = b", "", "syntax error at end of input", "last line");
	is_refused("", "", "syntax error at end of input", "select(");
	is_refused("  /* nothing */ -- here", "", "syntax error at end of input", "select(");
	is_refused("a b", "b", "syntax error at or near \"b\"", "one statement");
	is_refused("a = b c\na", "c", "syntax error at or near \"c\"", "one statement");
	is_refused("a; b", ";", "syntax error at or near \";\"", "one statement");
	is_refused("a, b\nc", ",", "syntax error at or near \",\"", "x, y = a, b");
	is_refused("a, b = c = d\na", "=", "syntax error at or near \"=\"", "==");
	is_refused("a, None = c\na", "None", "syntax error at or near \"None\"", "another name");
	is_refused("None = 1\na", "None", "syntax error at or near \"None\"", "another name");
}

static void brackets_are_watched(void **state)
{
	(void)state;
	is_refused("select(a, [b", "[", "\"[\" is never closed", NULL);
	is_refused("select(a", "(", "\"(\" is never closed", NULL);
	is_refused("select(a +", "(", "\"(\" is never closed", NULL);
	is_refused("{a", "{", "\"{\" is never closed", NULL);
	is_refused("f(a]", "]", "closing \"]\" does not match opening \"(\"", NULL);
	is_refused("[f(a}]", "}", "closing \"}\" does not match opening \"(\"", NULL);
	is_refused("a)", ")", "unmatched \")\"", NULL);
	is_refused("f(a))", ")", "unmatched \")\"", NULL);
}

static void what_python_has_and_we_do_not_gets_a_hint(void **state)
{
	(void)state;
	is_refused("a in b", "in", "syntax error at or near \"in\"", "in_(");
	is_refused("f(a not in b)", "not", "syntax error at or near \"not\"", "not_in(");
	is_refused("a is None", "is", "syntax error at or near \"is\"", "is_(None)");
	is_refused("a if b else c", "if", "syntax error at or near \"if\"", "case(");
	is_refused("f(lambda x: x)", "lambda", "syntax error at or near \"lambda\"", "Functions");
	is_refused("[a for a in b]", "for", "syntax error at or near \"for\"", "omprehension");
	is_refused("f(a for a in b)", "for", "syntax error at or near \"for\"", "omprehension");
	is_refused("{a: b for a in c}", "for", "syntax error at or near \"for\"", "omprehension");
	is_refused("f(**kw)", "**", "syntax error at or near \"**\"", "name=value");
	is_refused("f(a := b)", ":=", "syntax error at or near \":=\"", "name = value");
	is_refused("a @ b", "@", "syntax error at or near \"@\"", "op(");
	is_refused("await f()", "f", "syntax error at or near \"f\"", "client");
	is_refused("f(a = b = c)", "=", "syntax error at or near \"=\"", "==");
	is_refused("f((a = b))", "=", "syntax error at or near \"=\"", "==");
	is_refused("import sqlalchemy", "sqlalchemy", "syntax error at or near \"sqlalchemy\"",
	           "Imports");
	is_refused("from sqlalchemy import select", "sqlalchemy",
	           "syntax error at or near \"sqlalchemy\"", "Imports");
	is_refused("a == not b", "not", "syntax error at or near \"not\"", "parentheses");
	is_refused("a || b", "||", "syntax error at or near \"||\"", "concat");
	is_refused("a ->> 'b'", "->>", "syntax error at or near \"->>\"", "astext");
	is_refused("f(a => b)", "=>", "syntax error at or near \"=>\"", "name=value");
	is_refused("a > %s", "%", "syntax error at or near \"%\"", "placeholders");
	is_refused("f(:name)", ":", "syntax error at or near \":\"", "$1");
	is_refused("select a from b", "a", "syntax error at or near \"a\"", "SQLAlchemy");
	is_refused("t.c.\"x\"", "\"x\"", "syntax error at or near \"\"x\"\"", "t.c['name']");
	is_refused("date '2020-01-01'", "'2020-01-01'", "syntax error at or near \"'2020-01-01'\"",
	           "::type");
	is_refused("a.", "", "syntax error at end of input", NULL);
	is_refused("a[]", "]", "syntax error at or near \"]\"", NULL);
	is_refused("f(,)", ",", "syntax error at or near \",\"", NULL);
	is_refused("and a", "and", "syntax error at or near \"and\"", NULL);
	is_refused("a +", "", "syntax error at end of input", NULL);
	is_refused("a::", "", "syntax error at end of input", NULL);
	is_refused("{a: b, c}", "}", "syntax error at or near \"}\"", NULL);
	is_refused("a::numeric(1", "", "syntax error at end of input", NULL);
	is_refused("a\n ::text", "::", "syntax error at or near \"::\"", "parentheses");
}

static void spans_point_into_the_whole_text(void **state)
{
	struct expression x;
	struct str text = STR("SELECT (/*expr*/ t.c.abc + f(1))");
	struct tree *t;

	(void)state;
	expression_init(&x);
	EXPECT_SUCCESS(
		&x,
		t = parser_parse(&x.diag, text, (struct span){ 17, 31 }, x.rules, 100)->statement);
	assert_int_equal(t->span.start, 17);
	assert_int_equal(t->span.end, 31);
	assert_int_equal(t->word.start, 25);
	assert_int_equal(t->left->word.start, 21);
	assert_int_equal(t->left->word.end, 24);
	assert_int_equal(t->right->span.start, 27);
	assert_int_equal(t->right->word.end, 28);
	expression_free(&x);
}

/* `count` times `open`, then `middle`, then `count` times `close`. */
static struct str nested(struct arena *a, size_t count, const char *open, const char *middle,
                         const char *close)
{
	struct text t;

	text_init(&t, a);
	for (size_t i = 0; i < count; i++)
		text_z(&t, open);
	text_z(&t, middle);
	for (size_t i = 0; i < count; i++)
		text_z(&t, close);
	return text_view(&t);
}

static const struct {
	const char *open;
	const char *middle;
	const char *close;
	uint32_t each; /* levels that one repetition takes */
	uint32_t rest; /* levels that the middle takes */
} nestings[] = {
	{ "(", "a", ")", 1, 1 },   { "[", "a", "]", 1, 1 },   { "f(", "a", ")", 1, 1 },
	{ "a[", "b", "]", 1, 1 },  { "{a:", "b", "}", 1, 1 }, { "- ", "a", "", 1, 1 },
	{ "not ", "a", "", 1, 1 }, { "a+(", "b", ")", 2, 1 }, { "a.b(", "c", ")", 1, 1 },
};

static void nesting_has_a_limit(void **state)
{
	struct expression x;

	(void)state;
	expression_init(&x);
	for (size_t i = 0; i < sizeof(nestings) / sizeof(nestings[0]); i++) {
		uint32_t most = (100 - nestings[i].rest) / nestings[i].each;
		struct str fits;
		struct str deeper;

		expression_again(&x);
		fits = nested(&x.arena, most, nestings[i].open, nestings[i].middle,
		              nestings[i].close);
		deeper = nested(&x.arena, most + 1, nestings[i].open, nestings[i].middle,
		                nestings[i].close);
		EXPECT_SUCCESS(&x, parse(&x, fits, 100));
		EXPECT_FAILURE(&x, parse(&x, deeper, 100));
		assert_string_equal(x.diag.sqlstate, SQLSTATE_TOO_COMPLEX);
		assert_string_equal(x.diag.message.p,
		                    "expression is nested deeper than 100 levels");
		assert_true(x.diag.span.start < deeper.n);
	}
	expression_free(&x);
}

static void ten_thousand_levels_are_an_error_and_no_crash(void **state)
{
	struct expression x;

	(void)state;
	expression_init(&x);
	for (size_t i = 0; i < sizeof(nestings) / sizeof(nestings[0]); i++) {
		struct str text;

		expression_again(&x);
		text = nested(&x.arena, 100000, nestings[i].open, nestings[i].middle,
		              nestings[i].close);
		EXPECT_FAILURE(&x, parse(&x, text, PARSER_MAX_NESTING));
		assert_string_equal(x.diag.sqlstate, SQLSTATE_TOO_COMPLEX);
	}
	expression_free(&x);
}

static void chains_are_as_long_as_the_text(void **state)
{
	static const char *const links[] = { "+1", ".b", "()", "[1]", "::int", ".c(d)" };
	struct expression x;

	(void)state;
	expression_init(&x);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct tree *t;
		size_t length = 0;

		expression_again(&x);
		EXPECT_SUCCESS(
			&x,
			t = parse(&x, nested(&x.arena, 100000, "", "a", links[i]), 3)->statement);
		for (const struct tree *at = t; tree_is_link(at); at = at->left) {
			assert_ptr_equal(at->left->up, at);
			length++;
		}
		assert_true(t->height <= 2);
		assert_true(length >= 100000);
	}
	expression_free(&x);
}

/* The left of a link is no level of its own. */
static uint32_t measured(const struct tree *t)
{
	uint32_t height = t->left == NULL ? 0 : measured(t->left) - tree_is_link(t);

	for (size_t i = 0; i < tree_part_count(t); i++) {
		const struct tree *part = tree_part(t, i);

		if (part != NULL && measured(part) > height)
			height = measured(part);
	}
	assert_int_equal(t->height, height + 1);
	return height + 1;
}

static void heights_are_true(void **state)
{
	struct expression x;
	struct tree *t;

	(void)state;
	expression_init(&x);
	EXPECT_SUCCESS(&x, t = parse(&x, STR("f(a.b[1:-2], {c: [d, (e, not g)]}).h(1 < 2 < 3)"), 50)
	                               ->statement);
	measured(t);
	expression_free(&x);
}

static void a_wide_text_is_no_deep_one(void **state)
{
	struct expression x;
	struct text text;
	struct tree *t;

	(void)state;
	expression_init(&x);
	text_init(&text, &x.arena);
	text_z(&text, "f(a");
	for (size_t i = 0; i < 200000; i++)
		text_z(&text, ", b and c");
	text_z(&text, ")");
	EXPECT_SUCCESS(&x, t = parse(&x, text_view(&text), PARSER_MAX_NESTING)->statement);
	assert_int_equal(t->count, 200001);
	assert_int_equal(t->height, 3);
	expression_free(&x);
}

static void a_spent_budget_is_an_error(void **state)
{
	struct expression x;
	volatile size_t budget = 0;
	volatile bool passed = false;

	(void)state;
	while (!passed) {
		expression_init(&x);
		x.arena.budget = budget;
		if (setjmp(x.diag.escape) == 0) {
			parse(&x, STR("a = f(b, 'c' 'd', E'\\n')[1:2]\n{a: a::numeric(10,2)}"), 50);
			passed = true;
		} else {
			assert_string_equal(x.diag.sqlstate, SQLSTATE_PROGRAM_LIMIT);
			assert_true(x.arena.used <= budget);
		}
		expression_free(&x);
		budget += 16;
		assert_true(budget < 65536);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_bind_as_in_python),
		cmocka_unit_test(and_and_or_take_all_their_operands),
		cmocka_unit_test(comparisons_chain),
		cmocka_unit_test(the_middle_of_a_chain_is_one_node),
		cmocka_unit_test(primaries_take_postfixes),
		cmocka_unit_test(literals_are_leaves),
		cmocka_unit_test(collections),
		cmocka_unit_test(parentheses_are_remembered),
		cmocka_unit_test(casts_take_type_names),
		cmocka_unit_test(behind_a_type_a_called_word_is_a_method),
		cmocka_unit_test(in_brackets_two_colons_are_the_cast),
		cmocka_unit_test(a_type_knows_its_parts),
		cmocka_unit_test(bindings_stand_one_a_line),
		cmocka_unit_test(a_line_that_begins_with_a_dot_goes_on),
		cmocka_unit_test(a_line_that_does_not_belong_is_refused),
		cmocka_unit_test(brackets_are_watched),
		cmocka_unit_test(what_python_has_and_we_do_not_gets_a_hint),
		cmocka_unit_test(spans_point_into_the_whole_text),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(chains_are_as_long_as_the_text),
		cmocka_unit_test(ten_thousand_levels_are_an_error_and_no_crash),
		cmocka_unit_test(heights_are_true),
		cmocka_unit_test(a_wide_text_is_no_deep_one),
		cmocka_unit_test(a_spent_budget_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
