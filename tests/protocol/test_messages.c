#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol/messages.h"

static void one_letter_means_two_things(void **state)
{
	(void)state;
	assert_string_equal(message_name(MESSAGE_FRONTEND, 'D'), "Describe");
	assert_string_equal(message_name(MESSAGE_BACKEND, 'D'), "DataRow");
	assert_string_equal(message_name(MESSAGE_FRONTEND, 'S'), "Sync");
	assert_string_equal(message_name(MESSAGE_BACKEND, 'S'), "ParameterStatus");
}

static void unknown_letters_have_a_name_for_logs(void **state)
{
	(void)state;
	assert_string_equal(message_name(MESSAGE_FRONTEND, '!'), "unknown message");
	assert_string_equal(message_name(MESSAGE_BACKEND, 0xff), "unknown message");
	assert_string_equal(message_authentication_name(10), "AuthenticationSASL");
	assert_string_equal(message_authentication_name(1), "unknown authentication");
	assert_string_equal(message_authentication_name(13), "unknown authentication");
	assert_string_equal(message_authentication_name(UINT32_MAX), "unknown authentication");
}

static void clients_have_the_limits_of_the_server(void **state)
{
	(void)state;
	for (const char *p = "QPBFd"; *p != 0; p++)
		assert_int_equal(message_limit(MESSAGE_FRONTEND, (uint8_t)*p), 0x3ffffffe);
	for (const char *p = "DECSHXcf"; *p != 0; p++)
		assert_int_equal(message_limit(MESSAGE_FRONTEND, (uint8_t)*p), 10000);
	assert_int_equal(message_limit(MESSAGE_FRONTEND, 'p'), 65535);
}

static void servers_and_unknown_letters_have_none(void **state)
{
	(void)state;
	assert_int_equal(message_limit(MESSAGE_FRONTEND, '!'), INT32_MAX);
	assert_int_equal(message_limit(MESSAGE_BACKEND, 'D'), INT32_MAX);
	assert_int_equal(message_limit(MESSAGE_BACKEND, 'E'), INT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_letter_means_two_things),
		cmocka_unit_test(unknown_letters_have_a_name_for_logs),
		cmocka_unit_test(clients_have_the_limits_of_the_server),
		cmocka_unit_test(servers_and_unknown_letters_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
