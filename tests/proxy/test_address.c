/* Addresses as operators write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proxy/address.h"

static void expect(const char *text, const char *host, const char *port, const char *shown)
{
	struct address a;
	const char *why = NULL;

	if (!address_parse(text, "5432", &a, &why))
		fail_msg("%s: %s", text, why);
	assert_string_equal(a.host, host);
	assert_string_equal(a.port, port);
	assert_string_equal(a.text, shown);
}

static void hosts_and_ports(void **state)
{
	(void)state;
	expect("127.0.0.1:6432", "127.0.0.1", "6432", "127.0.0.1:6432");
	expect("db.example.org", "db.example.org", "5432", "db.example.org:5432");
	expect("[::1]:1", "::1", "1", "[::1]:1");
	expect("[::1]", "::1", "5432", "[::1]:5432");
	expect("*:65535", "*", "65535", "*:65535");
	expect("/no/such/.s.PGSQL.1", "/no/such/.s.PGSQL.1", "", "/no/such/.s.PGSQL.1");
	expect("/", "//.s.PGSQL.5432", "", "//.s.PGSQL.5432");
}

static void mistakes(void **state)
{
	const char *texts[] = { "",     ":5432",    "a:0",       "a:65536", "a:x",  "a:",
		                "a:+1", "::1:5432", "[::1:5432", "[::1]x",  "[]:1", "a:123456" };
	struct address a;
	const char *why;
	char path[200];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		why = NULL;
		if (address_parse(texts[i], "5432", &a, &why))
			fail_msg("\"%s\" was accepted", texts[i]);
		assert_non_null(why);
	}
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[108] = '\0';
	assert_false(address_parse(path, "5432", &a, &why));
	path[107] = '\0';
	assert_true(address_parse(path, "5432", &a, &why));
}

static void what_only_this_machine_reaches_is_local(void **state)
{
	const char *local[] = { "/x", "localhost", "127.0.0.1", "127.9.9.9:1", "[::1]" };
	const char *wide[] = { "*", "0.0.0.0", "[::]:1", "10.0.0.1", "db", "128.0.0.1" };
	struct address a;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		assert_true(address_parse(local[i], "1", &a, &why));
		assert_true(address_is_local(&a));
	}
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		assert_true(address_parse(wide[i], "1", &a, &why));
		assert_false(address_is_local(&a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_and_ports),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(what_only_this_machine_reaches_is_local),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
