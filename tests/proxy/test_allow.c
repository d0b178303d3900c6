/* Which addresses are within which networks. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "proxy/allow.h"

static bool admits(const char *network, const char *from)
{
	char copy[64];
	char *networks[] = { copy };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	strcpy(copy, network);
	if (inet_pton(AF_INET, from, &v4.sin_addr) == 1)
		return allow_admits(networks, 1, (const struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, from, &v6.sin6_addr), 1);
	return allow_admits(networks, 1, (const struct sockaddr *)&v6);
}

static void a_network_ends_at_its_last_bit(void **state)
{
	(void)state;
	assert_true(admits("10.16.0.0/12", "10.16.0.0"));
	assert_true(admits("10.16.0.0/12", "10.31.255.255"));
	assert_false(admits("10.16.0.0/12", "10.32.0.0"));
	assert_false(admits("10.16.0.0/12", "10.15.255.255"));
	assert_true(admits("192.168.1.0/31", "192.168.1.1"));
	assert_false(admits("192.168.1.0/31", "192.168.1.2"));
	assert_true(admits("10.0.0.0/8", "10.255.255.255"));
	assert_false(admits("10.0.0.0/8", "11.0.0.0"));
	assert_true(admits("fd00::/9", "fd7f::1"));
	assert_false(admits("fd00::/9", "fd80::1"));
}

static void an_address_alone_is_a_network_of_one(void **state)
{
	(void)state;
	assert_true(admits("10.1.2.3", "10.1.2.3"));
	assert_false(admits("10.1.2.3", "10.1.2.2"));
	assert_true(admits("::1", "::1"));
	assert_false(admits("::1", "::2"));
}

static void a_prefix_of_nothing_is_everybody_of_the_family(void **state)
{
	(void)state;
	assert_true(admits("0.0.0.0/0", "203.0.113.9"));
	assert_false(admits("0.0.0.0/0", "2001:db8::1"));
	assert_true(admits("::/0", "2001:db8::1"));
}

/* A listener for both families shows IPv4 so. */
static void a_mapped_address_is_the_same(void **state)
{
	(void)state;
	assert_true(admits("10.16.0.0/12", "::ffff:10.20.0.1"));
	assert_false(admits("10.16.0.0/12", "::ffff:10.32.0.1"));
}

static void any_of_several_will_do_and_none_is_no_limit(void **state)
{
	char first[] = "10.0.0.0/8";
	char second[] = "fd00::/8";
	char *networks[] = { first, second };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr.s6_addr = { 0xfd } };
	struct sockaddr local = { .sa_family = AF_UNIX };

	(void)state;
	assert_true(allow_admits(networks, 2, (const struct sockaddr *)&v6));
	assert_false(allow_admits(networks, 1, (const struct sockaddr *)&v6));
	assert_false(allow_admits(networks, 2, (const struct sockaddr *)&v4));
	assert_true(allow_admits(NULL, 0, (const struct sockaddr *)&v4));
	assert_true(allow_admits(networks, 2, &local));
}

static void what_is_no_network_is_refused(void **state)
{
	static const char *const bad[] = { "",           "/8",          "10.0.0.0/33",
		                           "10.0.0.0/",  "10.0.0.0/-1", "10.0.0.0/8x",
		                           "fd00::/129", "example.org", "10.0.0.0/0008",
		                           "10.0.0/8" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (allow_is_network(bad[i]))
			fail_msg("%s is taken for a network", bad[i]);
	assert_true(allow_is_network("10.0.0.0/32"));
	assert_true(allow_is_network("fd00::/128"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_ends_at_its_last_bit),
		cmocka_unit_test(an_address_alone_is_a_network_of_one),
		cmocka_unit_test(a_prefix_of_nothing_is_everybody_of_the_family),
		cmocka_unit_test(a_mapped_address_is_the_same),
		cmocka_unit_test(any_of_several_will_do_and_none_is_no_limit),
		cmocka_unit_test(what_is_no_network_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
