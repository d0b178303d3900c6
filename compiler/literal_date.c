#include "compiler/literal_date.h"

#include <stdio.h>

#include "compiler/compilation.h"
#include "compiler/literal.h"

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool date_is_valid(int64_t year, int64_t month, int64_t day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= lengths[month - 1] + (month == 2 && is_leap(year));
}

/* Years are counted from March, so that the leap day is the last of its year; 400 years repeat. */
int64_t date_to_days(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void days_to_date(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
	int64_t z = days + 719468;
	int64_t era = z / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

static struct str write_time(struct compilation *c, const struct moment *m)
{
	int64_t seconds = m->micros / MICROS_PER_SECOND;
	int64_t micros = m->micros % MICROS_PER_SECOND;
	char fraction[16] = "";
	char zone[24] = "";

	if (micros != 0)
		snprintf(fraction, sizeof(fraction), ".%06d", (int)micros);
	if (m->zoned) {
		int minutes = m->offset < 0 ? -m->offset : m->offset;

		snprintf(zone, sizeof(zone), "%c%02d:%02d", m->offset < 0 ? '-' : '+', minutes / 60,
		         minutes % 60);
	}
	return arena_printf(&c->arena, "%02d:%02d:%02d%s%s", (int)(seconds / 3600),
	                    (int)(seconds / 60 % 60), (int)(seconds % 60), fraction, zone);
}

static const struct literal *write_date(struct compilation *c, enum literal_kind kind,
                                        struct moment m, struct span span)
{
	int64_t year;
	int64_t month;
	int64_t day;
	struct str time;

	if (m.days < date_to_days(1, 1, 1) || m.days > date_to_days(9999, 12, 31))
		return NULL;
	days_to_date(m.days, &year, &month, &day);
	if (kind == LITERAL_DATE)
		return literal_make(
			c, kind,
			arena_printf(&c->arena, "%04d-%02d-%02d", (int)year, (int)month, (int)day),
			span);
	time = write_time(c, &m);
	return literal_make(c, m.zoned ? LITERAL_DATETIME_TZ : LITERAL_DATETIME,
	                    arena_printf(&c->arena, "%04d-%02d-%02d %.*s", (int)year, (int)month,
	                                 (int)day, STR_ARG(time)),
	                    span);
}

const struct literal *literal_moment(struct compilation *c, enum literal_kind kind, struct moment m,
                                     struct span span)
{
	switch (kind) {
	case LITERAL_TIME:
		return literal_make(c, kind, write_time(c, &m), span);
	case LITERAL_INTERVAL:
		if (m.days < -999999999 || m.days > 999999999)
			return NULL;
		return literal_make(c, kind,
		                    arena_printf(&c->arena, "%lld days %d.%06d seconds",
		                                 (long long)m.days,
		                                 (int)(m.micros / MICROS_PER_SECOND),
		                                 (int)(m.micros % MICROS_PER_SECOND)),
		                    span);
	default:
		return write_date(c, kind, m, span);
	}
}

/* Reads digits; false when there are none. */
static bool read_number(struct str *s, int64_t *out)
{
	size_t i = 0;
	bool negative = s->n > 0 && s->p[0] == '-';

	*out = 0;
	for (i = negative; i < s->n && i < 15 && s->p[i] >= '0' && s->p[i] <= '9'; i++)
		*out = *out * 10 + (s->p[i] - '0');
	if (negative)
		*out = -*out;
	if (i == (size_t)negative)
		return false;
	s->p += i;
	s->n -= i;
	return true;
}

static bool skip(struct str *s, const char *word)
{
	size_t n = strlen(word);

	if (s->n < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	s->n -= n;
	return true;
}

/* .000123 */
static int64_t read_fraction(struct str *s)
{
	int64_t micros = 0;
	int digits = 0;

	if (!skip(s, "."))
		return 0;
	while (s->n > 0 && *s->p >= '0' && *s->p <= '9') {
		if (digits++ < 6)
			micros = micros * 10 + (*s->p - '0');
		s->p++;
		s->n--;
	}
	for (; digits < 6; digits++)
		micros *= 10;
	return micros;
}

static bool read_time(struct str *s, struct moment *m)
{
	int64_t hour;
	int64_t minute;
	int64_t second;

	if (!read_number(s, &hour) || !skip(s, ":") || !read_number(s, &minute) || !skip(s, ":") ||
	    !read_number(s, &second))
		return false;
	m->micros = ((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND + read_fraction(s);
	if (s->n > 0) {
		bool west = *s->p == '-';

		s->p++;
		s->n--;
		if (!read_number(s, &hour) || !skip(s, ":") || !read_number(s, &minute))
			return false;
		m->zoned = true;
		m->offset = (int32_t)(west ? -(hour * 60 + minute) : hour * 60 + minute);
	}
	return s->n == 0;
}

static bool read_date(struct str *s, struct moment *m)
{
	int64_t year;
	int64_t month;
	int64_t day;

	if (!read_number(s, &year) || !skip(s, "-") || !read_number(s, &month) || !skip(s, "-") ||
	    !read_number(s, &day) || !date_is_valid(year, month, day))
		return false;
	m->days = date_to_days(year, month, day);
	return true;
}

bool literal_to_moment(const struct literal *l, struct moment *out)
{
	struct str s = literal_text(l);
	int64_t seconds;

	memset(out, 0, sizeof(*out));
	switch (l->kind) {
	case LITERAL_DATE:
		return read_date(&s, out) && s.n == 0;
	case LITERAL_DATETIME:
	case LITERAL_DATETIME_TZ:
		return read_date(&s, out) && skip(&s, " ") && read_time(&s, out);
	case LITERAL_TIME:
		return read_time(&s, out);
	case LITERAL_INTERVAL:
		if (!read_number(&s, &out->days) || !skip(&s, " days ") ||
		    !read_number(&s, &seconds))
			return false;
		out->micros = seconds * MICROS_PER_SECOND + read_fraction(&s);
		return true;
	default:
		return false;
	}
}
