/* Values of Python as SQL: as psycopg2 adapts them, with the casts that SQLAlchemy's dialect puts
 * behind those of some types. */
#include "compiler/json_text.h"
#include "compiler/literal.h"
#include "compiler/literal_date.h"
#include "compiler/printer.h"
#include "compiler/quote.h"

#include <inttypes.h>

static void put_string(struct printer *p, struct str s)
{
	quote_literal(&p->out->text, s, p->c->settings->encoding);
}

/* What follows is the token itself. */
static void note_token(struct printer *p, const struct literal *l)
{
	if (l->token == NULL)
		return;
	l->token->printed++;
	sourcemap_token(&p->out->map, p->out->text.n, l->token);
}

/* psycopg2 puts a blank in front of a minus, so that two of them never make a comment. */
static void put_number(struct printer *p, struct str digits)
{
	if (digits.n > 0 && digits.p[0] == '-')
		put_char(p, ' ');
	put(p, digits);
}

/* What is SQL already, whatever its place asks for. */
static bool is_sql(const struct literal *l)
{
	return l->kind == LITERAL_PARAMETER || l->kind == LITERAL_TYPED;
}

static void put_json(struct printer *p, const struct literal *l)
{
	struct text json;

	if (l->kind == LITERAL_STRING) { /* is JSON text, as PostgreSQL reads it */
		note_token(p, l);
		put_string(p, l->content);
		return;
	}
	text_init(&json, &p->c->arena);
	json_text(p->c, &json, l);
	put_string(p, text_view(&json));
}

static void put_value(struct printer *p, const struct literal *l, const struct type *t);

/* ARRAY[…], and '{}' where psycopg2 would not know the type of nothing. */
static void put_array(struct printer *p, const struct literal *l, const struct type *item)
{
	if (l->count == 0) {
		PUT(p, "'{}'");
		return;
	}
	compilation_descend(p->c, l->span);
	PUT(p, "ARRAY[");
	for (size_t i = 0; i < l->count; i++) {
		if (i > 0)
			put_char(p, ',');
		put_value(p, l->items[i], item);
	}
	put_char(p, ']');
	compilation_ascend(p->c);
}

/* hstore(ARRAY[keys], ARRAY[values]) */
static void put_hstore(struct printer *p, const struct literal *l)
{
	if (l->count == 0) {
		PUT(p, "''::hstore");
		return;
	}
	PUT(p, "hstore(ARRAY[");
	for (size_t half = 0; half < 2; half++) {
		for (size_t i = half; i < l->count; i += 2) {
			if (i > 1)
				put_char(p, ',');
			put_value(p, l->items[i], &type_null);
		}
		put(p, half == 0 ? STR("], ARRAY[") : STR("])"));
	}
}

/* 'text'::type */
static void put_typed(struct printer *p, struct str text, const char *type)
{
	put_string(p, text);
	PUT(p, "::");
	put(p, str_of(type));
}

/* A date or time; SQLAlchemy itself leaves the type to the place. */
static void put_moment(struct printer *p, const struct literal *l, const char *type)
{
	if (p->context.values_in_text)
		put_string(p, l->content);
	else
		put_typed(p, l->content, type);
}

/* SQLAlchemy itself counts in seconds: make_interval(secs=>86400.5), not '1 days 0.5 seconds'. */
static void put_interval(struct printer *p, const struct literal *l)
{
	struct moment m;
	int64_t seconds, fraction;
	bool negative;
	int digits = 6;

	if (!p->context.values_in_text || !literal_to_moment(l, &m)) {
		put_typed(p, l->content, "interval");
		return;
	}
	seconds = m.days * SECONDS_PER_DAY + m.micros / MICROS_PER_SECOND;
	fraction = m.micros % MICROS_PER_SECOND;
	negative = seconds < 0;
	if (negative) {
		seconds = -seconds - (fraction > 0);
		fraction = fraction > 0 ? MICROS_PER_SECOND - fraction : 0;
	}
	for (; digits > 1 && fraction % 10 == 0; digits--)
		fraction /= 10;
	text_printf(&p->out->text, "make_interval(secs=>%s%" PRId64 ".%0*" PRId64 ")",
	            negative ? "-" : "", seconds, digits, fraction);
}

/* X'…' in the place of bytes. */
static void put_bytes(struct printer *p, const struct literal *l, const struct type *t)
{
	struct str hex;

	if (type_affinity(t) != AFFINITY_BINARY || l->content.n < 3 ||
	    (l->content.p[0] | 0x20) != 'x') {
		put(p, l->content);
		return;
	}
	hex = arena_printf(&p->c->arena, "\\x%.*s", (int)(l->content.n - 3), l->content.p + 2);
	put_typed(p, hex, "bytea");
}

/* inner::type; a minus binds less than the cast. */
static void put_cast_value(struct printer *p, const struct literal *l)
{
	bool negative = l->inner->content.n > 0 && l->inner->content.p[0] == '-' &&
	                literal_is_number(l->inner);

	if (negative)
		put_char(p, '(');
	put_value(p, l->inner, &type_null);
	if (negative)
		put_char(p, ')');
	PUT(p, "::");
	put(p, l->type_sql);
}

/* (a, b) */
static void put_row(struct printer *p, const struct literal *l)
{
	put_char(p, '(');
	for (size_t i = 0; i < l->count; i++) {
		if (i > 0)
			PUT(p, ", ");
		put_value(p, l->items[i], &type_null);
	}
	put_char(p, ')');
}

/* The value without the cast that its place adds. */
static void put_value(struct printer *p, const struct literal *l, const struct type *t)
{
	enum affinity affinity = type_affinity(t);

	if (affinity == AFFINITY_JSON && !is_sql(l) &&
	    !(l->kind == LITERAL_NONE && t->none_as_null)) {
		put_json(p, l);
		return;
	}
	switch (l->kind) {
	case LITERAL_NONE:
		PUT(p, "NULL");
		break;
	case LITERAL_BOOL:
		put(p, l->number != 0 ? STR("true") : STR("false"));
		break;
	case LITERAL_INTEGER:
	case LITERAL_FLOAT:
	case LITERAL_DECIMAL:
		note_token(p, l);
		put_number(p, l->content);
		break;
	case LITERAL_STRING:
	case LITERAL_RANGE:
	case LITERAL_MULTIRANGE:
		note_token(p, l);
		put_string(p, l->content);
		break;
	case LITERAL_BYTES:
		put_bytes(p, l, t);
		break;
	case LITERAL_PARAMETER:
		text_printf(&p->out->text, "$%u", (unsigned)l->number);
		if (l->type_sql.n > 0) {
			PUT(p, "::");
			put(p, l->type_sql);
		}
		break;
	case LITERAL_TYPED:
		put_cast_value(p, l);
		break;
	case LITERAL_DATE:
		put_moment(p, l, "date");
		break;
	case LITERAL_DATETIME:
		put_moment(p, l, "timestamp");
		break;
	case LITERAL_DATETIME_TZ:
		put_moment(p, l, "timestamptz");
		break;
	case LITERAL_TIME:
		put_moment(p, l, literal_type(l)->timezone ? "timetz" : "time");
		break;
	case LITERAL_INTERVAL:
		put_interval(p, l);
		break;
	case LITERAL_UUID:
		put_typed(p, l->content, "uuid");
		break;
	case LITERAL_LIST:
	case LITERAL_SET:
		put_array(p, l,
		          affinity == AFFINITY_ARRAY && t->item != NULL ? t->item : &type_null);
		break;
	case LITERAL_TUPLE:
		if (affinity == AFFINITY_ARRAY)
			put_array(p, l, t->item != NULL ? t->item : &type_null);
		else
			put_row(p, l);
		break;
	case LITERAL_DICT:
		put_hstore(p, l);
		break;
	}
}

/* The item of an array of any depth; NULL when it is not known. */
static const struct type *innermost(const struct type *t)
{
	while (t != NULL && type_affinity(t) == AFFINITY_ARRAY)
		t = t->item;
	return t == NULL || type_is_null(t) ? NULL : t;
}

/* The dialect's types with render_bind_cast. */
static bool casts_its_values(const struct type *t)
{
	switch (type_affinity(t)) {
	case AFFINITY_JSON:
		return true;
	case AFFINITY_ARRAY:
		return innermost(t) != NULL;
	case AFFINITY_UUID:
		return !t->not_native;
	case AFFINITY_RANGE:
		return t->id != TYPE_AbstractRange;
	default:
		return false;
	}
}

static bool has_cast(const struct literal *l, const struct type *t)
{
	if (l->type_sql.n > 0 && is_sql(l))
		return true;
	return l->kind == LITERAL_UUID && type_affinity(t) == AFFINITY_UUID;
}

/* The type of literal($1, Integer), of which the server knows nothing unless it is told. Without its
 * length, scale or fields: they would cut the value, as they cut no value of the text. */
static void declare_parameter(struct printer *p, const struct literal *l, const struct type *t)
{
	struct type whole = *t;

	if (t->sql.n > 0 && memchr(t->sql.p, '(', t->sql.n) != NULL)
		return;
	PUT(p, "::");
	if (type_affinity(t) == AFFINITY_STRING && (t->id != TYPE_Enum || t->not_native)) {
		PUT(p, "TEXT");
		return;
	}
	whole.length = whole.precision = whole.scale = -1;
	whole.fields = STR("");
	whole.varying = true;
	type_print(p->c, &p->out->text, &whole, l->span);
}

void print_literal(struct printer *p, const struct literal *l, const struct type *t)
{
	put_value(p, l, t);
	if (casts_its_values(t) && !has_cast(l, t)) {
		PUT(p, "::");
		type_print(p->c, &p->out->text, t, l->span);
	}
}

/* What params() of an enclosing statement gives a bindparam(); the outermost one counts. */
struct node *bind_given(struct printer *p, struct node *n)
{
	for (size_t i = 0; i < p->params.n; i++) {
		const struct param_value *param = p->params.items[i];
		struct node *given;

		if (n->bind.name.anon != NULL || !str_eq(param->name, n->bind.name.text))
			continue;
		given = node_clone(p->c, n);
		given->bind.value = param->value;
		given->bind.required = false;
		return given;
	}
	if (n->bind.required)
		fail(p->c, n->span, SQLSTATE_INVALID_ARGUMENT,
		     "A value is required for bind parameter '%.*s'", STR_ARG(n->bind.name.text));
	return n;
}

void print_bind_value(struct printer *p, const struct node *n)
{
	struct context saved = p->context;

	p->context.values_in_text |= n->bind.in_text;
	print_literal(p, n->bind.value, n->type);
	p->context = saved;
}

void print_bind(struct printer *p, struct node *n)
{
	n = bind_given(p, n);
	name_count(p, n->bind.name);
	from_word(p, n->span);
	if (n->bind.expanding)
		print_in_list(p, n, false, 1);
	else
		print_bind_value(p, n);
	if (n->bind.declares && !n->bind.expanding && literal_is_parameter(n->bind.value) &&
	    n->bind.value->type_sql.n == 0 && !type_is_null(n->type) && !casts_its_values(n->type))
		declare_parameter(p, n->bind.value, n->type);
}

/* Nothing is in an empty list, and everything is not, NULL too. */
static void put_empty_list(struct printer *p, bool negated, size_t width)
{
	PUT(p, "(");
	if (width > 1)
		put_char(p, '(');
	for (size_t i = 0; i < width; i++)
		put(p, i == 0 ? STR("NULL") : STR(", NULL"));
	if (width > 1)
		put_char(p, ')');
	put(p, negated ? STR(") OR (1 = 1)") : STR(") AND (1 != 1)"));
}

void print_in_list(struct printer *p, struct node *bind, bool negated, size_t width)
{
	const struct literal *l = bind->bind.value;
	const struct type *t = bind->type;
	struct context saved = p->context;

	if (!literal_is_collection(l)) {
		put_char(p, '(');
		print_bind_value(p, bind);
		put_char(p, ')');
		return;
	}
	if (l->count == 0) {
		put_empty_list(p, negated, width);
		return;
	}
	p->context.values_in_text |= bind->bind.in_text;
	put_char(p, '(');
	for (size_t i = 0; i < l->count; i++) {
		if (i > 0)
			PUT(p, ", ");
		if (literal_is_collection(l->items[i]) && type_affinity(t) != AFFINITY_ARRAY &&
		    type_affinity(t) != AFFINITY_JSON)
			put_row(p, l->items[i]);
		else
			print_literal(p, l->items[i], t);
	}
	put_char(p, ')');
	p->context = saved;
}
