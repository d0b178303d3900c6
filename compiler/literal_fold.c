/* Python's arithmetic on two values. What it would do with types we do not compute with, and whole
 * numbers beyond 64 bits, is left to PostgreSQL, which gives the same. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/compilation.h"
#include "compiler/literal.h"
#include "compiler/literal_date.h"
#include "compiler/text.h"
#include "compiler/tree.h"

/* ------------------------------------------------------------------ whole numbers */

static bool as_integer(const struct literal *l, int64_t *out)
{
	char digits[32];
	char *end;
	struct str text;

	if (l->kind == LITERAL_BOOL) {
		*out = l->number;
		return true;
	}
	text = literal_text(l);
	if (l->kind != LITERAL_INTEGER || text.n > 18) /* surely within 64 bits */
		return false;
	memcpy(digits, text.p, text.n);
	digits[text.n] = '\0';
	*out = strtoll(digits, &end, 10);
	return *end == '\0';
}

static _Noreturn void fail_zero(struct compilation *c, struct span at)
{
	fail(c, at, SQLSTATE_DIVISION_BY_ZERO, "division by zero");
}

/* Towards minus infinity, and a remainder with the sign of the divisor. */
static int64_t floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

static const struct literal *float_literal(struct compilation *c, double d, struct span at);

/* a ** b of whole numbers; NULL: not whole, or does not fit. */
static const struct literal *fold_power(struct compilation *c, int64_t a, int64_t b, struct span at)
{
	int64_t r = 1;

	if (b < 0 || (b > 63 && a != 0 && a != 1 && a != -1))
		return NULL;
	if (b > 63)
		b = 2 + b % 2; /* the powers of these three only tell odd from even */
	for (; b > 0; b--)
		if (__builtin_mul_overflow(r, a, &r))
			return NULL;
	return literal_integer(c, r, at);
}

/* NULL: does not fit. */
static const struct literal *fold_integers(struct compilation *c, enum tree_op op, int64_t a,
                                           int64_t b, struct span at)
{
	int64_t r;

	switch (op) {
	case TREE_ADD:
		return __builtin_add_overflow(a, b, &r) ? NULL : literal_integer(c, r, at);
	case TREE_SUB:
		return __builtin_sub_overflow(a, b, &r) ? NULL : literal_integer(c, r, at);
	case TREE_MUL:
		return __builtin_mul_overflow(a, b, &r) ? NULL : literal_integer(c, r, at);
	case TREE_DIV:
		if (b == 0)
			fail_zero(c, at);
		return float_literal(c, (double)a / (double)b, at);
	case TREE_FLOORDIV:
	case TREE_MOD:
		if (b == 0)
			fail_zero(c, at);
		if (a == INT64_MIN && b == -1)
			return NULL;
		r = floor_div(a, b);
		return literal_integer(c, op == TREE_FLOORDIV ? r : a - r * b, at);
	case TREE_POW:
		return fold_power(c, a, b, at);
	case TREE_BITAND:
		return literal_integer(c, a & b, at);
	case TREE_BITOR:
		return literal_integer(c, a | b, at);
	case TREE_BITXOR:
		return literal_integer(c, a ^ b, at);
	case TREE_LSHIFT:
		if (b < 0 || b > 62 || a < 0 || a > (INT64_MAX >> b))
			return NULL;
		return literal_integer(c, a * (INT64_C(1) << b), at);
	case TREE_RSHIFT:
		return b < 0 ? NULL : literal_integer(c, a >> (b > 63 ? 63 : b), at);
	default:
		return NULL;
	}
}

/* ------------------------------------------------------------------ floating point */

static bool as_double(const struct literal *l, double *out)
{
	char digits[64];
	char *end;
	struct str text;

	if (l->kind == LITERAL_BOOL) {
		*out = l->number;
		return true;
	}
	text = literal_text(l);
	if ((l->kind != LITERAL_INTEGER && l->kind != LITERAL_FLOAT) || text.n >= sizeof(digits))
		return false;
	memcpy(digits, text.p, text.n);
	digits[text.n] = '\0';
	*out = strtod(digits, &end);
	return *end == '\0';
}

/* As repr() writes it: the fewest digits that mean the same number. What 15 or fewer can say, 15
 * say so, their zeros dropped; but not of the numbers too small to be stored in full. */
static const struct literal *float_literal(struct compilation *c, double d, struct span at)
{
	char text[40];

	if (!isfinite(d))
		return NULL;
	for (int digits = fabs(d) < DBL_MIN ? 1 : DBL_DIG; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	if (fabs(d) < 1e16 && (fabs(d) >= 1e-4 || d == 0) && strchr(text, 'e') != NULL)
		snprintf(text, sizeof(text), "%.1f", d);
	return literal_make(
		c, LITERAL_FLOAT,
		arena_printf(&c->arena, "%s%s", text, strpbrk(text, ".e") == NULL ? ".0" : ""), at);
}

/* The remainder of two magnitudes, the first finite, exactly: C's fmod(), which belongs to libm. */
static double remainder_of(double a, double b)
{
	int ea;
	int eb;
	uint64_t x;
	uint64_t y;

	if (a < b)
		return a; /* infinity is in no range of integers */
	x = (uint64_t)ldexp(frexp(a, &ea), 53);
	y = (uint64_t)ldexp(frexp(b, &eb), 53);
	for (x %= y; ea > eb; ea--)
		x = 2 * x % y;
	return ldexp((double)x, eb - 53);
}

/* float.__floordiv__() or float.__mod__(): towards minus infinity, a remainder with the divisor's
 * sign. */
static double floor_doubles(double a, double b, bool remainder)
{
	double mod = remainder_of(fabs(a), fabs(b));
	double whole;
	double rest;
	double quotient;

	if (a < 0)
		mod = -mod;
	quotient = (a - mod) / b;
	if (mod != 0 && (b < 0) != (mod < 0)) {
		mod += b;
		quotient -= 1;
	}
	if (remainder)
		return mod != 0 ? mod : b < 0 ? -0.0 : 0.0;
	rest = modf(quotient, &whole);
	if (rest > 0.5)
		whole += 1;
	else if (rest < -0.5)
		whole -= 1;
	return whole;
}

static const struct literal *fold_doubles(struct compilation *c, enum tree_op op, double a,
                                          double b, struct span at)
{
	switch (op) {
	case TREE_ADD:
		return float_literal(c, a + b, at);
	case TREE_SUB:
		return float_literal(c, a - b, at);
	case TREE_MUL:
		return float_literal(c, a * b, at);
	case TREE_DIV:
		if (b == 0)
			fail_zero(c, at);
		return float_literal(c, a / b, at);
	case TREE_FLOORDIV:
	case TREE_MOD:
		if (b == 0)
			fail_zero(c, at);
		if (!isfinite(a))
			return NULL; /* not a number */
		return float_literal(c, floor_doubles(a, b, op == TREE_MOD), at);
	default:
		return NULL;
	}
}

/* ------------------------------------------------------------------ comparisons */

static bool compare(enum tree_op op, int order, bool *out)
{
	switch (op) {
	case TREE_EQ:
		*out = order == 0;
		return true;
	case TREE_NE:
		*out = order != 0;
		return true;
	case TREE_LT:
		*out = order < 0;
		return true;
	case TREE_LE:
		*out = order <= 0;
		return true;
	case TREE_GT:
		*out = order > 0;
		return true;
	case TREE_GE:
		*out = order >= 0;
		return true;
	default:
		return false;
	}
}

static const struct literal *fold_order(struct compilation *c, enum tree_op op, int order,
                                        struct span at)
{
	bool result;

	return compare(op, order, &result) ? literal_bool(c, result, at) : NULL;
}

static const struct literal *fold_numbers(struct compilation *c, enum tree_op op,
                                          const struct literal *left, const struct literal *right,
                                          struct span at)
{
	bool both_bool = left->kind == LITERAL_BOOL && right->kind == LITERAL_BOOL;
	const struct literal *order;
	int64_t a;
	int64_t b;
	double x;
	double y;

	if (as_integer(left, &a) && as_integer(right, &b)) {
		if (both_bool && (op == TREE_BITAND || op == TREE_BITOR || op == TREE_BITXOR))
			return literal_bool(c,
			                    op == TREE_BITAND  ? (a & b) != 0
			                    : op == TREE_BITOR ? (a | b) != 0
			                                       : a != b,
			                    at);
		order = fold_order(c, op, a < b ? -1 : a > b, at);
		return order != NULL ? order : fold_integers(c, op, a, b, at);
	}
	if ((left->kind != LITERAL_FLOAT && right->kind != LITERAL_FLOAT) || !as_double(left, &x) ||
	    !as_double(right, &y))
		return NULL;
	order = fold_order(c, op, x < y ? -1 : x > y, at);
	return order != NULL ? order : fold_doubles(c, op, x, y, at);
}

static struct str joined(struct compilation *c, struct str a, struct str b)
{
	struct text out;

	text_init(&out, &c->arena);
	text_str(&out, a);
	text_str(&out, b);
	return text_view(&out);
}

static const struct literal *fold_strings(struct compilation *c, enum tree_op op, struct str a,
                                          struct str b, struct span at)
{
	int order;

	if (op == TREE_ADD)
		return literal_string(c, joined(c, a, b), at);
	order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
	if (order == 0)
		order = a.n < b.n ? -1 : a.n > b.n;
	return fold_order(c, op, order, at);
}

/* How often a string or a list is repeated; false: not a whole number. */
static bool as_repetitions(const struct literal *l, size_t *out)
{
	int64_t i;

	if (!as_integer(l, &i))
		return false;
	*out = i < 0 ? 0 : (size_t)i;
	return true;
}

static const struct literal *repeat_string(struct compilation *c, struct str s, size_t times,
                                           struct span at)
{
	struct text out;

	text_init(&out, &c->arena);
	for (size_t i = 0; i < times && s.n > 0; i++)
		text_str(&out, s);
	return literal_string(c, text_view(&out), at);
}

/* ------------------------------------------------------------------ dates */

static struct moment moment_sum(struct moment a, struct moment b, int sign)
{
	a.days += sign * b.days;
	a.micros += sign * b.micros;
	if (a.micros < 0) {
		a.micros += MICROS_PER_DAY;
		a.days--;
	} else if (a.micros >= MICROS_PER_DAY) {
		a.micros -= MICROS_PER_DAY;
		a.days++;
	}
	return a;
}

static bool is_date(const struct literal *l)
{
	return l->kind == LITERAL_DATE || l->kind == LITERAL_DATETIME ||
	       l->kind == LITERAL_DATETIME_TZ;
}

/* date + interval, interval + interval, date - date …; NULL: Python has no such sum. */
static const struct literal *fold_moments(struct compilation *c, enum tree_op op,
                                          const struct literal *left, const struct literal *right,
                                          struct span at)
{
	int sign = op == TREE_SUB ? -1 : 1;
	struct moment a;
	struct moment b;

	if ((op != TREE_ADD && op != TREE_SUB) || !literal_to_moment(left, &a) ||
	    !literal_to_moment(right, &b))
		return NULL;
	if (left->kind == LITERAL_INTERVAL && is_date(right) && op == TREE_ADD)
		return fold_moments(c, op, right, left, at);
	if (right->kind == LITERAL_INTERVAL && (is_date(left) || left->kind == LITERAL_INTERVAL)) {
		struct moment sum = moment_sum(a, b, sign);

		if (left->kind == LITERAL_DATE) /* whole days only */
			sum = (struct moment){ .days = a.days + sign * b.days };
		return literal_moment(c, left->kind, sum, at);
	}
	if (op == TREE_SUB && is_date(left) && left->kind == right->kind) {
		struct moment difference = moment_sum(a, b, -1);

		difference.zoned = false;
		if (a.zoned && a.offset != b.offset)
			return NULL;
		return literal_moment(c, LITERAL_INTERVAL, difference, at);
	}
	return NULL;
}

enum { MOST_SCALED_DAYS = 100000000 }; /* in microseconds they fit 64 bits */

/* interval * n, interval // n, interval / n; of whole numbers only. */
static const struct literal *scale_interval(struct compilation *c, enum tree_op op,
                                            const struct literal *interval,
                                            const struct literal *number, struct span at)
{
	struct moment m;
	int64_t n;
	int64_t total;
	int64_t rest;

	if (interval->kind != LITERAL_INTERVAL || !literal_to_moment(interval, &m) ||
	    !as_integer(number, &n) || m.days > MOST_SCALED_DAYS || m.days < -MOST_SCALED_DAYS)
		return NULL;
	total = m.days * MICROS_PER_DAY + m.micros;
	if (op == TREE_MUL) {
		if (__builtin_mul_overflow(total, n, &total))
			return NULL;
	} else if (op == TREE_FLOORDIV || op == TREE_DIV) {
		if (n == 0)
			fail_zero(c, at);
		rest = total - n * floor_div(total, n);
		total = floor_div(total, n);
		/* To the nearest, and of two to the even one. */
		if (op == TREE_DIV &&
		    (llabs(2 * rest) > llabs(n) || (llabs(2 * rest) == llabs(n) && total % 2 != 0)))
			total++;
	} else {
		return NULL;
	}
	m.days = floor_div(total, MICROS_PER_DAY);
	m.micros = total - m.days * MICROS_PER_DAY;
	return literal_moment(c, LITERAL_INTERVAL, m, at);
}

const struct literal *literal_fold(struct compilation *c, enum tree_op op,
                                   const struct literal *left, const struct literal *right,
                                   struct span at)
{
	size_t times;

	if (literal_is_number(left) && literal_is_number(right))
		return fold_numbers(c, op, left, right, at);
	if (left->kind == LITERAL_STRING && right->kind == LITERAL_STRING)
		return fold_strings(c, op, literal_text(left), literal_text(right), at);
	if (op == TREE_MUL && left->kind == LITERAL_STRING && as_repetitions(right, &times))
		return repeat_string(c, literal_text(left), times, at);
	if (op == TREE_MUL && right->kind == LITERAL_STRING && as_repetitions(left, &times))
		return repeat_string(c, literal_text(right), times, at);
	if (right->kind == LITERAL_INTERVAL && literal_is_number(left))
		return op == TREE_MUL ? scale_interval(c, op, right, left, at) : NULL;
	if (left->kind == LITERAL_INTERVAL && literal_is_number(right))
		return scale_interval(c, op, left, right, at);
	return fold_moments(c, op, left, right, at);
}

/* ------------------------------------------------------------------ one operand */

static const struct literal *negated(struct compilation *c, const struct literal *l, struct span at)
{
	struct str text = literal_text(l);

	if (text.n > 0 && text.p[0] == '-')
		text = (struct str){ text.p + 1, text.n - 1 };
	else
		text = arena_printf(&c->arena, "-%.*s", STR_ARG(text));
	return literal_make(c, l->kind, text, at);
}

const struct literal *literal_fold_unary(struct compilation *c, enum tree_op op,
                                         const struct literal *operand, struct span at)
{
	struct moment m;
	int64_t i;

	if (operand->kind == LITERAL_INTERVAL && op == TREE_NEG && literal_to_moment(operand, &m))
		return literal_moment(c, LITERAL_INTERVAL, moment_sum((struct moment){ 0 }, m, -1),
		                      at);
	if (!literal_is_number(operand))
		return NULL;
	if (operand->kind == LITERAL_BOOL) {
		int64_t n = operand->number;

		return op == TREE_NEG   ? literal_integer(c, -n, at)
		       : op == TREE_POS ? literal_integer(c, n, at)
		                        : NULL; /* ~True is not_(True) here */
	}
	if (op == TREE_POS)
		return operand;
	if (op == TREE_NEG) {
		if (operand->kind == LITERAL_INTEGER && as_integer(operand, &i) && i == 0)
			return operand;
		return negated(c, operand, at);
	}
	return as_integer(operand, &i) ? literal_integer(c, ~i, at) : NULL;
}
