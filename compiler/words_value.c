/* The words that make Python values: dates, Decimal, UUID, Range. */
#include "compiler/call.h"
#include "compiler/compilation.h"
#include "compiler/literal.h"
#include "compiler/literal_date.h"
#include "compiler/operators.h"
#include "compiler/text.h"
#include "compiler/vocabulary.h"
#include "compiler/words.h"

static _Noreturn void fail_value(struct compilation *c, const struct call *call, const char *what)
{
	fail(c, call->span, SQLSTATE_INVALID_ARGUMENT, "%s is out of range for %s()", what,
	     call->word->name);
}

/* ------------------------------------------------------------------ datetime */

static int64_t ranged(struct compilation *c, const struct call *call, size_t i, int64_t least,
                      int64_t most)
{
	int64_t n = call_integer(c, call, i, 0);

	if (n < least || n > most) {
		struct str name = call_parameter(call, i);

		fail(c, call->args[i].span, SQLSTATE_INVALID_ARGUMENT, "%.*s must be in %lld..%lld",
		     STR_ARG(name), (long long)least, (long long)most);
	}
	return n;
}

static int64_t days_argument(struct compilation *c, const struct call *call)
{
	int64_t year = ranged(c, call, 0, 1, 9999);
	int64_t month = ranged(c, call, 1, 1, 12);
	int64_t day = call_integer(c, call, 2, 0);

	if (!date_is_valid(year, month, day))
		fail(c, call->args[2].span, SQLSTATE_INVALID_ARGUMENT,
		     "day is out of range for month");
	return date_to_days(year, month, day);
}

/* hour, minute, second, microsecond, tzinfo from `first` on */
static void set_time(struct compilation *c, const struct call *call, size_t first, struct moment *m)
{
	const struct value *zone = &call->args[first + 4];
	struct moment offset;

	m->micros = ((ranged(c, call, first, 0, 23) * 60 + ranged(c, call, first + 1, 0, 59)) * 60 +
	             ranged(c, call, first + 2, 0, 59)) *
	                    MICROS_PER_SECOND +
	            ranged(c, call, first + 3, 0, 999999);
	if (!value_given(*zone) || value_is_none(zone))
		return;
	if (zone->kind != VALUE_LITERAL || !literal_to_moment(zone->literal, &offset) ||
	    zone->literal->kind != LITERAL_INTERVAL) {
		hint(c, "Write tzinfo=datetime.timezone.utc.");
		fail(c, zone->span, SQLSTATE_DATATYPE_MISMATCH, "tzinfo is a time zone");
	}
	m->zoned = true;
	m->offset = (int32_t)((offset.days * MICROS_PER_DAY + offset.micros) /
	                      (60 * (int64_t)MICROS_PER_SECOND));
}

/* args: year, month, day */
struct value datetime_date(struct compilation *c, struct call *call)
{
	struct moment m = { .days = days_argument(c, call) };

	return value_literal(literal_moment(c, LITERAL_DATE, m, call->span));
}

/* args: year, month, day, hour, minute, second, microsecond, tzinfo */
struct value datetime_datetime(struct compilation *c, struct call *call)
{
	struct moment m = { .days = days_argument(c, call) };

	set_time(c, call, 3, &m);
	return value_literal(literal_moment(c, LITERAL_DATETIME, m, call->span));
}

/* args: hour, minute, second, microsecond, tzinfo */
struct value datetime_time(struct compilation *c, struct call *call)
{
	struct moment m = { 0 };

	set_time(c, call, 0, &m);
	return value_literal(literal_moment(c, LITERAL_TIME, m, call->span));
}

/* A number of a unit as microseconds: `1`, `1.5`. */
static int64_t micros_argument(struct compilation *c, const struct call *call, size_t i,
                               int64_t unit)
{
	const struct value *v = &call->args[i];
	const struct literal *l;
	struct str s;
	int64_t whole = 0;
	int64_t part = 0;
	int64_t scale = unit;
	bool negative;
	size_t k;

	if (!call_has(call, i))
		return 0;
	l = value_as_literal(v);
	if (l == NULL || (l->kind != LITERAL_INTEGER && l->kind != LITERAL_FLOAT))
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH, "timedelta() takes numbers");
	s = literal_text(l);
	negative = s.n > 0 && s.p[0] == '-';
	for (k = negative; k < s.n && s.p[k] >= '0' && s.p[k] <= '9'; k++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, s.p[k] - '0', &whole))
			fail_value(c, call, "a number");
	if (k < s.n && s.p[k] == '.')
		for (k++; k < s.n && s.p[k] >= '0' && s.p[k] <= '9' && scale % 10 == 0; k++) {
			scale /= 10;
			part += (s.p[k] - '0') * scale;
		}
	while (k < s.n && s.p[k] >= '0' && s.p[k] <= '9')
		k++;
	if (k < s.n || __builtin_mul_overflow(whole, unit, &whole) ||
	    __builtin_add_overflow(whole, part, &whole))
		fail_value(c, call, "a number");
	return negative ? -whole : whole;
}

/* args: days, seconds, microseconds, milliseconds, minutes, hours, weeks */
struct value datetime_timedelta(struct compilation *c, struct call *call)
{
	static const int64_t units[] = { MICROS_PER_DAY,
		                         MICROS_PER_SECOND,
		                         1,
		                         1000,
		                         INT64_C(60) * MICROS_PER_SECOND,
		                         INT64_C(3600) * MICROS_PER_SECOND,
		                         7 * MICROS_PER_DAY };
	const struct literal *l;
	struct moment m;
	int64_t micros = 0;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (__builtin_add_overflow(micros, micros_argument(c, call, i, units[i]), &micros))
			fail_value(c, call, "the interval");
	m = (struct moment){ .days = micros / MICROS_PER_DAY, .micros = micros % MICROS_PER_DAY };
	if (m.micros < 0) {
		m.days--;
		m.micros += MICROS_PER_DAY;
	}
	l = literal_moment(c, LITERAL_INTERVAL, m, call->span);
	if (l == NULL)
		fail_value(c, call, "the interval");
	return value_literal(l);
}

/* datetime.timezone, whose only word is utc, and which is called with an offset. */
struct value datetime_timezone(struct compilation *c, struct call *call)
{
	(void)c;
	return (struct value){ .kind = VALUE_MODULE, .span = call->span, .name = STR("timezone") };
}

struct value timezone_utc(struct compilation *c, struct call *call)
{
	struct moment none = { 0 };

	return value_literal(literal_moment(c, LITERAL_INTERVAL, none, call->span));
}

/* args: offset */
struct value timezone_new(struct compilation *c, struct call *call)
{
	(void)c;
	return call->args[0];
}

/* ------------------------------------------------------------------ Decimal, UUID */

static bool is_decimal(struct str s)
{
	size_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');
	size_t digits = 0;

	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		digits++;
	if (i < s.n && s.p[i] == '.')
		for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
			digits++;
	if (digits == 0)
		return false;
	if (i < s.n && (s.p[i] | 0x20) == 'e') {
		size_t start;

		i++;
		i += i < s.n && (s.p[i] == '-' || s.p[i] == '+');
		start = i;
		while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
			i++;
		if (i == start)
			return false;
	}
	return i == s.n;
}

/* args: value */
struct value decimal_decimal(struct compilation *c, struct call *call)
{
	const struct literal *l = value_as_literal(&call->args[0]);
	struct str text;

	if (!value_given(call->args[0]))
		return value_literal(literal_make(c, LITERAL_DECIMAL, STR("0"), call->span));
	if (l != NULL &&
	    (l->kind == LITERAL_INTEGER || l->kind == LITERAL_FLOAT || l->kind == LITERAL_DECIMAL))
		return value_literal(literal_make(c, LITERAL_DECIMAL, literal_text(l), call->span));
	if (l != NULL && (l->kind == LITERAL_PARAMETER || l->kind == LITERAL_TYPED) &&
	    !value_string(&call->args[0], &text))
		return call->args[0];
	if (!value_string(&call->args[0], &text) || !is_decimal(text))
		fail(c, call->args[0].span, SQLSTATE_INVALID_ARGUMENT,
		     "Decimal() takes a number, as a string or not");
	if (text.p[0] == '+')
		text = (struct str){ text.p + 1, text.n - 1 };
	return value_literal(literal_make(c, LITERAL_DECIMAL, text, call->span));
}

static int hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch;
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch : -1;
}

/* args: hex */
struct value uuid_uuid(struct compilation *c, struct call *call)
{
	struct str text;
	struct text out;
	size_t digits = 0;

	if (!value_string(&call->args[0], &text)) {
		if (call->args[0].kind == VALUE_LITERAL) /* $1 */
			return call->args[0];
		fail(c, call->args[0].span, SQLSTATE_DATATYPE_MISMATCH, "UUID() takes a string");
	}
	text_init(&out, &c->arena);
	if (text.n > 9 && memcmp(text.p, "urn:uuid:", 9) == 0)
		text = (struct str){ text.p + 9, text.n - 9 };
	for (size_t i = 0; i < text.n; i++) {
		int digit = hex_digit(text.p[i]);

		if (text.p[i] == '-' || text.p[i] == '{' || text.p[i] == '}')
			continue;
		if (digit < 0 || digits == 32)
			digits = 33;
		if (digits > 32)
			break;
		if (digits == 8 || digits == 12 || digits == 16 || digits == 20)
			text_char(&out, '-');
		text_char(&out, (char)digit);
		digits++;
	}
	if (digits != 32)
		fail(c, call->args[0].span, SQLSTATE_INVALID_ARGUMENT,
		     "badly formed hexadecimal UUID string");
	return value_literal(literal_make(c, LITERAL_UUID, text_view(&out), call->span));
}

/* ------------------------------------------------------------------ ranges */

/* A bound within a range's text: quoted, as it may hold anything. */
static void put_bound(struct compilation *c, struct text *out, const struct value *v)
{
	const struct literal *l = value_as_literal(v);
	struct str s;

	if (!value_given(*v) || (l != NULL && l->kind == LITERAL_NONE))
		return;
	if (l != NULL && l->kind == LITERAL_TYPED)
		l = l->inner;
	if (l == NULL || l->kind == LITERAL_PARAMETER || l->count > 0 || l->kind == LITERAL_LIST)
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
		     "a bound of Range() is a number, a date or a moment");
	if (literal_is_number(l)) {
		text_str(out, literal_text(l));
		return;
	}
	s = literal_text(l);
	text_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			text_char(out, '\\');
		text_char(out, s.p[i]);
	}
	text_char(out, '"');
}

/* A bound as a value; NULL: there is none on this side. */
static const struct literal *range_bound(const struct value *v)
{
	const struct literal *l = value_as_literal(v);

	return l == NULL || l->kind == LITERAL_NONE ? NULL : l;
}

static bool fits_int4range(const struct value *bound)
{
	const struct literal *l = range_bound(bound);
	int64_t i;

	if (l == NULL || l->kind != LITERAL_INTEGER)
		return true;
	return value_integer(bound, &i) && i >= INT32_MIN && i <= INT32_MAX;
}

/* The range type that the bounds tell, as SQLAlchemy reads it; NULL when they do not. */
static const struct type *range_type(const struct value *from, const struct value *to)
{
	const struct literal *lower = range_bound(from);
	const struct literal *upper = range_bound(to);
	const struct type *t;

	if (lower == NULL && upper == NULL)
		return NULL;
	t = literal_type(lower != NULL ? lower : upper);
	switch (type_affinity(t)) {
	case AFFINITY_INTEGER:
		return type_plain(fits_int4range(from) && fits_int4range(to) ? TYPE_INT4RANGE
		                                                             : TYPE_INT8RANGE);
	case AFFINITY_NUMERIC:
		return type_plain(TYPE_NUMRANGE);
	case AFFINITY_DATE:
		return type_plain(TYPE_DATERANGE);
	case AFFINITY_DATETIME:
		return type_plain(t->timezone ? TYPE_TSTZRANGE : TYPE_TSRANGE);
	default:
		return NULL;
	}
}

/* args: lower, upper, bounds, empty */
struct value word_range(struct compilation *c, struct call *call)
{
	struct str bounds = value_given(call->args[2]) ? call_string(c, call, 2) : STR("[)");
	struct literal *l = NEW(c, struct literal);
	struct text out;

	if (bounds.n != 2 || strchr("[(", bounds.p[0]) == NULL || strchr("])", bounds.p[1]) == NULL)
		fail(c, call->args[2].span, SQLSTATE_INVALID_ARGUMENT,
		     "bounds is one of '[)', '(]', '[]', '()'");
	text_init(&out, &c->arena);
	if (call_flag(c, call, 3, false)) {
		text_z(&out, "empty");
	} else {
		text_char(&out, bounds.p[0]);
		put_bound(c, &out, &call->args[0]);
		text_char(&out, ',');
		put_bound(c, &out, &call->args[1]);
		text_char(&out, bounds.p[1]);
	}
	l->kind = LITERAL_RANGE;
	l->span = call->span;
	l->content = text_view(&out);
	l->type = range_type(&call->args[0], &call->args[1]);
	return value_literal(l);
}

/* args: ranges */
struct value word_multirange(struct compilation *c, struct call *call)
{
	const struct literal *list = value_as_literal(&call->args[0]);
	const struct literal *l = NULL;

	if (!call_has(call, 0))
		l = literal_multirange(c, NULL, 0, call->span);
	else if (list != NULL)
		l = literal_multirange(c, list->items, list->count, call->span);
	if (l == NULL)
		fail(c, call->args[0].span, SQLSTATE_DATATYPE_MISMATCH,
		     "MultiRange() takes a list of Range()");
	return value_literal(l);
}

/* ------------------------------------------------------------------ Python's collections */

/* start, stop, step; one argument is where it stops */
struct value builtin_range(struct compilation *c, struct call *call)
{
	bool both = call_has(call, 1) && !value_is_none(&call->args[1]);
	int64_t start = both ? call_integer(c, call, 0, 0) : 0;
	int64_t stop = call_integer(c, call, both ? 1 : 0, 0);
	int64_t step = call_integer(c, call, 2, 1);
	uint64_t distance = 0;
	uint64_t stride = step > 0 ? (uint64_t)step : -(uint64_t)step;
	const struct literal **items;
	size_t count;

	if (step == 0)
		fail(c, call->args[2].span, SQLSTATE_INVALID_ARGUMENT,
		     "range() arg 3 must not be zero");
	if (step > 0 ? stop > start : stop < start)
		distance = step > 0 ? (uint64_t)stop - (uint64_t)start
		                    : (uint64_t)start - (uint64_t)stop;
	count = distance / stride + (distance % stride != 0);
	items = literal_room(c, count);
	for (size_t i = 0; i < count; i++)
		items[i] = literal_integer(c, (int64_t)((uint64_t)start + i * (uint64_t)step),
		                           call->span);
	return value_literal(literal_sequence(c, LITERAL_LIST, items, count, call->span));
}

/* items */
struct value builtin_list(struct compilation *c, struct call *call)
{
	const struct value *given = &call->args[0];
	const struct value *items;
	struct value *own;
	size_t count;

	if (given->kind == VALUE_COLUMNS)
		return *given;
	if (!value_items(c, given, &items, &count)) {
		hint(c, "It takes a list, a tuple or a collection of columns.");
		fail(c, given->span, SQLSTATE_DATATYPE_MISMATCH, "'%.*s' object is not iterable",
		     STR_ARG(value_describe(given)));
	}
	own = arena_array(&c->arena, count + 1, sizeof(*own));
	if (count > 0)
		memcpy(own, items, count * sizeof(*own));
	return literal_collection(c, VALUE_LIST, own, count, call->span);
}

/* ------------------------------------------------------------------ operators.lt */

static const struct op_method named[] = {
	{ "eq", OP_eq },
	{ "ne", OP_ne },
	{ "lt", OP_lt },
	{ "le", OP_le },
	{ "gt", OP_gt },
	{ "ge", OP_ge },
	{ "add", OP_add },
	{ "sub", OP_sub },
	{ "mul", OP_mul },
	{ "truediv", OP_truediv },
	{ "floordiv", OP_floordiv },
	{ "mod", OP_mod },
	{ "concat_op", OP_concat_op },
	{ "like_op", OP_like_op },
	{ "not_like_op", OP_not_like_op },
	{ "ilike_op", OP_ilike_op },
	{ "not_ilike_op", OP_not_ilike_op },
	{ "is_distinct_from", OP_is_distinct_from },
	{ "is_not_distinct_from", OP_is_not_distinct_from },
};

struct value operators_named(struct compilation *c, struct call *call)
{
	(void)c;
	return (struct value){
		.kind = VALUE_OPERATOR,
		.span = call->span,
		.op = op_of_method(named, sizeof(named) / sizeof(named[0]), call->word->name),
	};
}
