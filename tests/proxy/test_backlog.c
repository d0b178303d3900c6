/* Unsent bytes in pooled chunks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proxy/backlog.h"

static void add(struct backlog *q, struct backlog_pool *pool, size_t n, uint8_t *next)
{
	uint8_t *b = malloc(n + 1);

	for (size_t i = 0; i < n; i++)
		b[i] = (*next)++;
	assert_true(backlog_add(q, pool, bytes_of(b, n)));
	free(b);
}

static void drop(struct backlog *q, struct backlog_pool *pool, size_t n, uint8_t *next)
{
	while (n > 0) {
		struct bytes front = backlog_front(q);
		size_t now = front.n < n ? front.n : n;

		assert_true(now > 0);
		for (size_t i = 0; i < now; i++)
			assert_int_equal(front.p[i], (uint8_t)(*next)++);
		backlog_drop(q, pool, now, false);
		n -= now;
	}
}

static void bytes_come_out_in_the_order_they_went_in(void **state)
{
	struct backlog_pool pool;
	struct backlog q = { 0 };
	uint8_t in = 0, out = 0;

	(void)state;
	backlog_pool_init(&pool, 4);
	for (size_t i = 1; i < 300; i++) {
		add(&q, &pool, (i * 7919) % 50000, &in);
		drop(&q, &pool, q.bytes * (i % 5) / 5, &out);
	}
	drop(&q, &pool, q.bytes, &out);
	assert_int_equal(q.bytes, 0);
	assert_null(q.first);
	assert_int_equal(backlog_front(&q).n, 0);
	backlog_pool_free(&pool);
}

static void an_empty_one_owns_nothing_and_the_pool_is_bounded(void **state)
{
	struct backlog_pool pool;
	struct backlog q = { 0 };
	uint8_t in = 0;

	(void)state;
	backlog_pool_init(&pool, 2);
	add(&q, &pool, 5 * BACKLOG_CHUNK, &in);
	backlog_free(&q, &pool);
	assert_null(q.first);
	assert_int_equal(q.bytes, 0);
	assert_int_equal(pool.count, 2);
	backlog_pool_free(&pool);
	assert_int_equal(pool.count, 0);
}

static void small_additions_share_a_chunk(void **state)
{
	struct backlog_pool pool;
	struct backlog q = { 0 };
	uint8_t in = 0;

	(void)state;
	backlog_pool_init(&pool, 2);
	for (int i = 0; i < 100; i++)
		add(&q, &pool, 10, &in);
	assert_int_equal(backlog_front(&q).n, 1000);
	backlog_free(&q, &pool);
	backlog_pool_free(&pool);
}

static void a_password_is_wiped_when_it_is_sent(void **state)
{
	struct backlog_pool pool;
	struct backlog q = { 0 };
	const uint8_t *where;

	(void)state;
	backlog_pool_init(&pool, 2);
	assert_true(backlog_add(&q, &pool, BYTES("secret and more")));
	where = backlog_front(&q).p;
	backlog_drop(&q, &pool, 6, true);
	assert_memory_equal(where, "\0\0\0\0\0\0 and", 10);
	backlog_free(&q, &pool);
	backlog_pool_free(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_out_in_the_order_they_went_in),
		cmocka_unit_test(an_empty_one_owns_nothing_and_the_pool_is_bounded),
		cmocka_unit_test(small_additions_share_a_chunk),
		cmocka_unit_test(a_password_is_wiped_when_it_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
