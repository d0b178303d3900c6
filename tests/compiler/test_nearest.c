#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/nearest.h"
#include "tests/support/expression.h"

/* The hint for a name among others, separated by blanks; "" for none. */
static void hints(const char *wanted, const char *offers, const char *expected)
{
	struct expression x;
	struct nearest n;
	const char *p = offers;

	expression_init(&x);
	nearest_init(&n, str_of(wanted));
	while (*p != '\0') {
		size_t length = strcspn(p, " ");

		nearest_offer(&n, (struct str){ p, length });
		p += length + (p[length] == ' ');
	}
	assert_int_equal(nearest_hint(&n, &x.diag), *expected != '\0');
	assert_true(str_is(x.diag.hint, expected));
	expression_free(&x);
}

static void the_nearest_name_is_named(void **state)
{
	(void)state;
	hints("prise", "id name price", "Perhaps you meant \"price\".");
	hints("prise", "prices price", "Perhaps you meant \"price\".");
	hints("custmer_id", "customer_id custom_id", "Perhaps you meant \"customer_id\".");
	hints("wher", "where", "Perhaps you meant \"where\".");
	hints("\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa8", "Perhaps you meant \"\xc3\xa9t\xc3\xa8\".");
}

static void two_on_a_tie_are_both_named_and_more_are_not(void **state)
{
	(void)state;
	hints("cat1", "cat2 cat3", "Perhaps you meant \"cat2\" or \"cat3\".");
	hints("cat1", "cat2 cat3 cat4", "");
	hints("cat1", "cat2 cat3 cat4 cat12", "");
	hints("cat11", "cat22 cat33 cat44 cat12", "Perhaps you meant \"cat12\".");
	hints("cat1", "cat2 cat2", "Perhaps you meant \"cat2\".");
}

static void no_more_than_half_the_letters_may_differ(void **state)
{
	(void)state;
	hints("ab", "cd", "");
	hints("ab", "ac", "Perhaps you meant \"ac\".");
	hints("abc", "axy", "");
	hints("a", "b", "");
	hints("abcdef", "abcxyz", "Perhaps you meant \"abcxyz\".");
	hints("abcdefgh", "abcdwxyz", "");
	hints("", "a", "");
	hints("x", "", "");
}

static void case_does_not_count(void **state)
{
	(void)state;
	hints("ID", "id name", "Perhaps you meant \"id\".");
	hints("createdat", "createdAt", "Perhaps you meant \"createdAt\".");
}

static void long_names_are_compared(void **state)
{
	char wanted[201];
	char offered[201];

	(void)state;
	memset(wanted, 'a', 200);
	memset(offered, 'a', 200);
	wanted[200] = offered[200] = '\0';
	offered[0] = 'b';
	assert_int_equal(strlen(wanted), 200);
	{
		struct nearest n;

		nearest_init(&n, str_of(wanted));
		nearest_offer(&n, str_of(offered));
		assert_int_equal(n.ties, 1);
		assert_int_equal(n.distance, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_name_is_named),
		cmocka_unit_test(two_on_a_tie_are_both_named_and_more_are_not),
		cmocka_unit_test(no_more_than_half_the_letters_may_differ),
		cmocka_unit_test(case_does_not_count),
		cmocka_unit_test(long_names_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
