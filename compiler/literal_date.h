/* Dates, times and intervals as Python's datetime module has them: checked, written, added.
 *
 * The proleptic Gregorian calendar from year 1 to 9999, microseconds. */
#ifndef COMPILER_LITERAL_DATE_H
#define COMPILER_LITERAL_DATE_H

#include "compiler/query.h"

/* A moment or an interval: days (since 1970-01-01) and microseconds within the day. */
struct moment {
	int64_t days;
	int64_t micros; /* 0 … 86399999999 */
	bool zoned;
	int32_t offset; /* minutes east of UTC */
};

enum { MICROS_PER_SECOND = 1000000, SECONDS_PER_DAY = 86400 };
#define MICROS_PER_DAY (INT64_C(86400) * MICROS_PER_SECOND)

/* Whether that day exists. */
bool date_is_valid(int64_t year, int64_t month, int64_t day);
int64_t date_to_days(int64_t year, int64_t month, int64_t day);

/* The literal of a DATE, DATETIME (or DATETIME_TZ when zoned), TIME or INTERVAL. NULL when it is
 * outside the years 1 to 9999, or an interval of more than 999999999 days. */
const struct literal *literal_moment(struct compilation *c, enum literal_kind kind, struct moment m,
                                     struct span span);
/* The reverse; false when `l` is none of those. */
bool literal_to_moment(const struct literal *l, struct moment *out);

#endif
