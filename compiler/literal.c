#include "compiler/literal.h"

#include "compiler/compilation.h"
#include "compiler/text.h"
#include "compiler/tree.h"

/* ------------------------------------------------------------------ makers */

static struct literal *make(struct compilation *c, enum literal_kind kind, struct span span)
{
	struct literal *l = NEW(c, struct literal);

	l->kind = kind;
	l->span = span;
	return l;
}

const struct literal *literal_make(struct compilation *c, enum literal_kind kind, struct str text,
                                   struct span span)
{
	struct literal *l = make(c, kind, span);

	l->content = text;
	return l;
}

const struct literal *literal_none(struct compilation *c, struct span span)
{
	return make(c, LITERAL_NONE, span);
}

const struct literal *literal_bool(struct compilation *c, bool b, struct span span)
{
	struct literal *l = make(c, LITERAL_BOOL, span);

	l->number = b;
	return l;
}

const struct literal *literal_integer(struct compilation *c, int64_t i, struct span span)
{
	return literal_make(c, LITERAL_INTEGER, arena_printf(&c->arena, "%lld", (long long)i),
	                    span);
}

const struct literal *literal_string(struct compilation *c, struct str text, struct span span)
{
	return literal_make(c, LITERAL_STRING, text, span);
}

const struct literal **literal_room(struct compilation *c, size_t count)
{
	return arena_array(&c->arena, count + 1, sizeof(struct literal *));
}

const struct literal *literal_sequence(struct compilation *c, enum literal_kind kind,
                                       const struct literal **items, size_t count, struct span span)
{
	struct literal *l = make(c, kind, span);

	l->items = items;
	l->count = count;
	for (size_t i = 0; i < count; i++)
		if (items[i]->height >= l->height)
			l->height = items[i]->height + 1;
	compilation_check_height(c, l->height, span);
	return l;
}

struct value value_literal(const struct literal *l)
{
	return (struct value){ .kind = VALUE_LITERAL, .span = l->span, .literal = l };
}

struct value value_text(struct compilation *c, struct str text, struct span span)
{
	return value_literal(text.n == 0 ? literal_none(c, span) : literal_string(c, text, span));
}

const struct literal *value_as_literal(const struct value *v)
{
	switch (v->kind) {
	case VALUE_LITERAL:
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_SET:
	case VALUE_DICT:
		return v->literal;
	case VALUE_NODE: /* ARRAY[1, 2] is what psycopg2 sends for a list */
		return v->node->kind == NODE_ARRAY ? v->node->array.literal : NULL;
	default:
		return NULL;
	}
}

/* NULL: not declared. */
static const struct type *declared_type(const struct compilation *c, uint32_t number)
{
	const struct compile_settings *s = c->settings;
	const struct type *t;

	if (number == 0 || number > s->parameter_count)
		return NULL;
	t = type_declared(s->parameter_types[number - 1]);
	return type_is_null(t) ? NULL : t;
}

/* A value that is one token of the text. */
static struct value from_token(struct compilation *c, enum literal_kind kind, const struct tree *t)
{
	struct literal *l = make(c, kind, t->span);

	l->content = t->text;
	if (t->number > 0) {
		l->token = &c->tokens[t->number - 1];
		l->token->span = t->span;
	}
	return value_literal(l);
}

struct value literal_from_tree(struct compilation *c, const struct tree *t)
{
	struct literal *l;

	switch (t->kind) {
	case TREE_STRING:
		return from_token(c, LITERAL_STRING, t);
	case TREE_BITS:
		return value_literal(literal_make(c, LITERAL_BYTES, t->text, t->span));
	case TREE_INTEGER:
		return from_token(c, LITERAL_INTEGER, t);
	case TREE_FLOAT:
		return from_token(c, LITERAL_FLOAT, t);
	case TREE_PARAMETER:
		l = make(c, LITERAL_PARAMETER, t->span);
		l->number = t->number;
		l->type = declared_type(c, t->number);
		return value_literal(l);
	case TREE_CONSTANT:
		if (t->constant == TREE_NONE)
			return value_literal(literal_none(c, t->span));
		return value_literal(literal_bool(c, t->constant == TREE_TRUE, t->span));
	default:
		fail(c, t->span, SQLSTATE_SYNTAX_ERROR, "a value is expected here");
	}
}

static enum literal_kind collection_kind(enum value_kind kind)
{
	switch (kind) {
	case VALUE_TUPLE:
		return LITERAL_TUPLE;
	case VALUE_SET:
		return LITERAL_SET;
	case VALUE_DICT:
		return LITERAL_DICT;
	default:
		return LITERAL_LIST;
	}
}

struct value literal_collection(struct compilation *c, enum value_kind kind, struct value *items,
                                size_t count, struct span span)
{
	struct value v = { .kind = kind, .span = span, .items = items, .count = count };
	const struct literal **literals = literal_room(c, count);
	bool all = true;

	v.height = 1;
	for (size_t i = 0; i < count; i++) {
		literals[i] = value_as_literal(&items[i]);
		all = all && literals[i] != NULL;
		if (items[i].height >= v.height)
			v.height = items[i].height + 1;
	}
	compilation_check_height(c, v.height, span);
	if (all)
		v.literal = literal_sequence(c, collection_kind(kind), literals, count, span);
	return v;
}

static const enum type_id multiranges[][2] = {
	{ TYPE_INT4RANGE, TYPE_INT4MULTIRANGE }, { TYPE_INT8RANGE, TYPE_INT8MULTIRANGE },
	{ TYPE_NUMRANGE, TYPE_NUMMULTIRANGE },   { TYPE_DATERANGE, TYPE_DATEMULTIRANGE },
	{ TYPE_TSRANGE, TYPE_TSMULTIRANGE },     { TYPE_TSTZRANGE, TYPE_TSTZMULTIRANGE },
};

/* The other type of the pair: a range's multirange, or the range within a multirange; NULL: none. */
static const struct type *range_partner(const struct type *t, bool within)
{
	for (size_t i = 0; t != NULL && i < sizeof(multiranges) / sizeof(multiranges[0]); i++)
		if (multiranges[i][within] == t->id)
			return type_plain(multiranges[i][!within]);
	return NULL;
}

static bool is_int8range(const struct literal *range)
{
	return range->type != NULL && range->type->id == TYPE_INT8RANGE;
}

const struct literal *literal_multirange(struct compilation *c, const struct literal *const *ranges,
                                         size_t count, struct span span)
{
	struct literal *l = make(c, LITERAL_MULTIRANGE, span);
	const struct type *type = NULL;
	struct text out;

	text_init(&out, &c->arena);
	text_char(&out, '{');
	for (size_t i = 0; i < count; i++) {
		if (ranges[i]->kind != LITERAL_RANGE)
			return NULL;
		if (i > 0)
			text_char(&out, ',');
		/* The first tells the type, but one large bound is enough for a BIGINT. */
		if (i == 0 ||
		    (type != NULL && type->id == TYPE_INT4RANGE && is_int8range(ranges[i])))
			type = ranges[i]->type;
		text_str(&out, literal_text(ranges[i]));
	}
	text_char(&out, '}');
	l->content = text_view(&out);
	l->type = range_partner(type, false);
	return l;
}

/* ------------------------------------------------------------------ what it is */

bool literal_is_none(const struct literal *l)
{
	return l->kind == LITERAL_NONE;
}

bool literal_is_number(const struct literal *l)
{
	return l->kind == LITERAL_INTEGER || l->kind == LITERAL_FLOAT ||
	       l->kind == LITERAL_DECIMAL || l->kind == LITERAL_BOOL;
}

bool literal_is_parameter(const struct literal *l)
{
	return l->kind == LITERAL_PARAMETER;
}

static bool is_zero(struct str digits)
{
	for (size_t i = 0; i < digits.n && (digits.p[i] | 0x20) != 'e'; i++)
		if (digits.p[i] >= '1' && digits.p[i] <= '9')
			return false;
	return true;
}

bool literal_is_collection(const struct literal *l)
{
	return l->kind == LITERAL_LIST || l->kind == LITERAL_TUPLE || l->kind == LITERAL_SET;
}

bool literal_is_true(const struct literal *l)
{
	switch (l->kind) {
	case LITERAL_NONE:
		return false;
	case LITERAL_BOOL:
		return l->number != 0;
	case LITERAL_INTEGER:
	case LITERAL_FLOAT:
	case LITERAL_DECIMAL:
		return !is_zero(literal_text(l));
	case LITERAL_STRING:
		return literal_text(l).n > 0;
	case LITERAL_LIST:
	case LITERAL_TUPLE:
	case LITERAL_SET:
	case LITERAL_DICT:
		return l->count > 0;
	default:
		return true;
	}
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* 32 bits or more, the sign not counted. */
static bool is_big(struct str digits)
{
	static const char limit[] = "2147483648";
	size_t n = digits.n;
	const char *p = digits.p;

	if (n > 0 && *p == '-') {
		p++;
		n--;
	}
	while (n > 1 && *p == '0') {
		p++;
		n--;
	}
	return n > 10 || (n == 10 && memcmp(p, limit, 10) >= 0);
}

/* A time has an offset when a sign stands in it. */
static bool has_offset(struct str time)
{
	return memchr(time.p, '+', time.n) != NULL || memchr(time.p, '-', time.n) != NULL;
}

static const struct type datetime_tz = { .id = TYPE_DateTime,
	                                 .precision = -1,
	                                 .scale = -1,
	                                 .length = -1,
	                                 .dimensions = -1,
	                                 .timezone = true };
static const struct type time_tz = { .id = TYPE_Time,
	                             .precision = -1,
	                             .scale = -1,
	                             .length = -1,
	                             .dimensions = -1,
	                             .timezone = true };

/* What decides here, the size of a number and whether a string is ASCII, is the same for all
 * constants of a pattern: it leaves them unread. */
const struct type *literal_type(const struct literal *l)
{
	switch (l->kind) {
	case LITERAL_BOOL:
		return type_plain(TYPE_Boolean);
	case LITERAL_INTEGER:
		return type_plain(is_big(l->content) ? TYPE_BigInteger : TYPE_Integer);
	case LITERAL_FLOAT:
		return type_plain(TYPE_Float);
	case LITERAL_DECIMAL:
		return type_plain(TYPE_Numeric);
	case LITERAL_STRING:
		return type_plain(is_ascii(l->content) ? TYPE_String : TYPE_Unicode);
	case LITERAL_BYTES:
		return type_plain(TYPE_BIT);
	case LITERAL_DATE:
		return type_plain(TYPE_Date);
	case LITERAL_DATETIME:
		return type_plain(TYPE_DateTime);
	case LITERAL_DATETIME_TZ:
		return &datetime_tz;
	case LITERAL_TIME:
		return has_offset(literal_text(l)) ? &time_tz : type_plain(TYPE_Time);
	case LITERAL_INTERVAL:
		return type_plain(TYPE_Interval);
	case LITERAL_UUID:
		return type_plain(TYPE_Uuid);
	case LITERAL_TYPED:
	case LITERAL_PARAMETER:
	case LITERAL_RANGE:
	case LITERAL_MULTIRANGE:
		return l->type != NULL ? l->type : &type_null;
	case LITERAL_NONE:
	case LITERAL_LIST:
	case LITERAL_TUPLE:
	case LITERAL_SET:
	case LITERAL_DICT:
		break;
	}
	return &type_null;
}

/* Whether the left type takes every value as one of its own. */
static bool takes_anything(const struct type *left)
{
	switch (left->id) {
	case TYPE_CITEXT:
	case TYPE_INET:
	case TYPE_CIDR:
	case TYPE_MACADDR:
	case TYPE_MACADDR8:
	case TYPE_TupleType:
		return true;
	default:
		return false;
	}
}

const struct type *literal_type_beside(const struct type *left, const struct literal *l)
{
	const struct type *own = l == NULL ? &type_null : literal_type(l);
	enum affinity affinity = type_affinity(left);

	if (takes_anything(left))
		return left;
	if (l != NULL && l->kind == LITERAL_RANGE && range_partner(left, true) != NULL)
		return range_partner(left, true);
	if ((affinity == AFFINITY_BINARY || affinity == AFFINITY_UUID) && l != NULL &&
	    l->kind == LITERAL_STRING)
		return left;
	return type_is_null(own) || type_same_affinity(own, left) ? left : own;
}

/* ------------------------------------------------------------------ repr() */

static void repr(struct text *out, const struct literal *l);

static void repr_string(struct text *out, struct str s)
{
	char quote = memchr(s.p, '\'', s.n) != NULL && memchr(s.p, '"', s.n) == NULL ? '"' : '\'';

	text_char(out, quote);
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];

		if (ch == quote || ch == '\\') {
			text_char(out, '\\');
			text_char(out, ch);
		} else if (ch == '\n') {
			text_z(out, "\\n");
		} else if (ch == '\t') {
			text_z(out, "\\t");
		} else if (ch == '\r') {
			text_z(out, "\\r");
		} else {
			text_char(out, ch);
		}
	}
	text_char(out, quote);
}

static void repr_items(struct text *out, const struct literal *l, const char *open,
                       const char *close)
{
	text_z(out, open);
	for (size_t i = 0; i < l->count; i++) {
		if (i > 0)
			text_z(out, l->kind == LITERAL_DICT && i % 2 == 1 ? ": " : ", ");
		repr(out, l->items[i]);
	}
	if (l->kind == LITERAL_TUPLE && l->count == 1)
		text_char(out, ',');
	text_z(out, close);
}

static void repr_named(struct text *out, const char *name, struct str text)
{
	text_z(out, name);
	text_z(out, "(");
	repr_string(out, text);
	text_z(out, ")");
}

/* Its height is bounded: recursion is safe. */
static void repr(struct text *out, const struct literal *l)
{
	switch (l->kind) {
	case LITERAL_NONE:
		text_z(out, "None");
		return;
	case LITERAL_BOOL:
		text_z(out, l->number ? "True" : "False");
		return;
	case LITERAL_STRING:
		repr_string(out, literal_text(l));
		return;
	case LITERAL_PARAMETER:
		text_printf(out, "$%u", (unsigned)l->number);
		return;
	case LITERAL_TYPED:
		repr(out, l->inner);
		return;
	case LITERAL_DECIMAL:
		repr_named(out, "Decimal", literal_text(l));
		return;
	case LITERAL_UUID:
		repr_named(out, "UUID", literal_text(l));
		return;
	case LITERAL_LIST:
		repr_items(out, l, "[", "]");
		return;
	case LITERAL_TUPLE:
		repr_items(out, l, "(", ")");
		return;
	case LITERAL_SET:
	case LITERAL_DICT:
		repr_items(out, l, "{", "}");
		return;
	default:
		text_str(out, literal_text(l));
		return;
	}
}

struct str literal_repr(struct compilation *c, const struct literal *l)
{
	struct text out;

	text_init(&out, &c->arena);
	repr(&out, l);
	return text_view(&out);
}
