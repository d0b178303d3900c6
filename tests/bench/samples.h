/* What the benches of the compiler and of rewriting measure with: texts, clock, medians. */
#ifndef TESTS_BENCH_SAMPLES_H
#define TESTS_BENCH_SAMPLES_H

#include <stdlib.h>
#include <time.h>

#define CATALOG "tests/compiler/golden/schema.catalog"

#define SMALL "select(a.c.id, a.c.x, a.c.s).where(a.c.id == 5)"
#define TYPICAL                                                                                    \
	"big = orders.c.amount * orders.c.qty\n"                                                   \
	"select(customer.c.name, extract('year', orders.c.placed_on).label('year'),\n"             \
	"       func.count().label('orders'), func.sum(big).label('revenue'),\n"                   \
	"       func.avg(orders.c.price).label('price'))\n"                                        \
	"    .join_from(customer, orders)\n"                                                       \
	"    .where(orders.c.placed_on >= '2020-01-01'::date, customer.c.name.ilike('a%'),\n"      \
	"           or_(orders.c.qty > 5, orders.c.amount.between(10, 1000)))\n"                   \
	"    .group_by(customer.c.name, extract('year', orders.c.placed_on))\n"                    \
	"    .having(func.count() > 1)\n"                                                          \
	"    .order_by(desc('revenue'), customer.c.name)\n"                                        \
	"    .limit(10).offset(20)\n"

/* CPU time of this thread, in nanoseconds. */
static inline double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static inline double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), ascending);
	return values[count / 2];
}

#endif
