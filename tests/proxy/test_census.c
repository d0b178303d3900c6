/* The shared count of sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "proxy/census.h"

static const struct sockaddr *v4(const char *text)
{
	static struct sockaddr_in in;

	in = (struct sockaddr_in){ .sin_family = AF_INET };
	assert_int_equal(inet_pton(AF_INET, text, &in.sin_addr), 1);
	return (const struct sockaddr *)&in;
}

static void limits_hold_to_the_last_session(void **state)
{
	struct census *c = census_new();
	struct census_limits limits = { .sessions = 5, .sessions_per_address = 2 };

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(census_enter(c, CENSUS_INSIDE, v4("10.0.0.1"), &limits),
		                 CENSUS_WELCOME);
	assert_int_equal(census_enter(c, CENSUS_INSIDE, v4("10.0.0.1"), &limits),
	                 CENSUS_ADDRESS_FULL);
	for (int i = 0; i < 2; i++)
		assert_int_equal(census_enter(c, CENSUS_INSIDE, v4("10.0.0.2"), &limits),
		                 CENSUS_WELCOME);
	assert_int_equal(census_enter(c, CENSUS_INSIDE, v4("10.0.0.3"), &limits), CENSUS_WELCOME);
	assert_int_equal(census_enter(c, CENSUS_INSIDE, v4("10.0.0.4"), &limits), CENSUS_FULL);
	census_leave(c, CENSUS_INSIDE, v4("10.0.0.1"));
	assert_int_equal(census_enter(c, CENSUS_INSIDE, v4("10.0.0.1"), &limits), CENSUS_WELCOME);
	assert_int_equal(census_count(c, CENSUS_INSIDE), 5);
	census_free(c);
}

static void those_at_the_door_are_counted_apart(void **state)
{
	struct census *c = census_new();
	struct census_limits limits = { .sessions = 3, .sessions_per_address = 2 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(census_enter(c, CENSUS_DOOR, v4("10.0.0.1"), &limits),
		                 CENSUS_WELCOME);
		assert_int_equal(census_enter(c, CENSUS_INSIDE, v4("10.0.0.1"), &limits),
		                 CENSUS_WELCOME);
	}
	assert_int_equal(census_enter(c, CENSUS_DOOR, v4("10.0.0.1"), &limits),
	                 CENSUS_ADDRESS_FULL);
	census_leave(c, CENSUS_INSIDE, v4("10.0.0.1"));
	census_leave(c, CENSUS_INSIDE, v4("10.0.0.1"));
	assert_int_equal(census_enter(c, CENSUS_DOOR, v4("10.0.0.1"), &limits),
	                 CENSUS_ADDRESS_FULL);
	assert_int_equal(census_enter(c, CENSUS_DOOR, v4("10.0.0.2"), &limits), CENSUS_WELCOME);
	assert_int_equal(census_enter(c, CENSUS_DOOR, v4("10.0.0.3"), &limits), CENSUS_FULL);
	assert_int_equal(census_count(c, CENSUS_DOOR), 3);
	assert_int_equal(census_count(c, CENSUS_INSIDE), 0);
	census_free(c);
}

static void unix_sockets_have_no_limit_of_their_own(void **state)
{
	struct census *c = census_new();
	struct census_limits limits = { .sessions = 10, .sessions_per_address = 1 };
	struct sockaddr local = { .sa_family = AF_UNIX };

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(census_enter(c, CENSUS_INSIDE, &local, &limits), CENSUS_WELCOME);
	assert_int_equal(census_enter(c, CENSUS_INSIDE, &local, &limits), CENSUS_FULL);
	census_free(c);
}

static void cancel_requests_are_counted_by_address_and_second(void **state)
{
	struct census *c = census_new();
	struct sockaddr local = { .sa_family = AF_UNIX };

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(census_cancel(c, v4("10.0.0.1"), 3, 5000 + 300 * (uint64_t)i));
		assert_true(census_cancel(c, &local, 1, 5000));
		assert_true(census_cancel(c, v4("10.0.0.9"), 0, 5000));
	}
	assert_false(census_cancel(c, v4("10.0.0.1"), 3, 5999));
	assert_true(census_cancel(c, v4("10.0.0.1"), 3, 6000));
	census_free(c);
}

static void an_id_is_never_zero_and_never_the_last(void **state)
{
	struct census *c = census_new();
	uint32_t a = census_next_id(c);

	(void)state;
	assert_true(a != 0 && census_next_id(c) != a);
	census_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_hold_to_the_last_session),
		cmocka_unit_test(those_at_the_door_are_counted_apart),
		cmocka_unit_test(unix_sockets_have_no_limit_of_their_own),
		cmocka_unit_test(cancel_requests_are_counted_by_address_and_second),
		cmocka_unit_test(an_id_is_never_zero_and_never_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
