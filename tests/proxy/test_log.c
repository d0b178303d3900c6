/* The log's lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proxy/log.h"

static char line[8192];

/* What a call has written, without the time at its front. */
static const char *written(int fd)
{
	ssize_t n = read(fd, line, sizeof(line) - 1);

	assert_true(n > 0);
	line[n] = '\0';
	return line + strlen("2026-08-01T12:00:00.123Z ");
}

static void a_line_is_an_event_with_keys(void **state)
{
	struct log log;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	log_init(&log, fds[1], LOG_INFO, false);
	log_event(&log, LOG_INFO, 0x4f2, "session started",
	          LOG_FIELDS(LOG_TEXT("client", "127.0.0.1:5"), LOG_NUMBER("n", -3)));
	assert_string_equal(written(fds[0]),
	                    "info session=4f2 event=\"session started\" client=127.0.0.1:5 n=-3\n");
	log_event(&log, LOG_DEBUG, 0, "not wanted", LOG_NO_FIELDS);
	log_configure(&log, LOG_DEBUG, true);
	log_event(&log, LOG_DEBUG, 1, "wanted", LOG_FIELDS(LOG_NUMBER("n", 1)));
	written(fds[0]);
	assert_int_equal(strncmp(line, "{\"time\":\"", 9), 0);
	assert_non_null(strstr(line, "Z\",\"level\":\"debug\",\"session\":\"1\","
	                             "\"event\":\"wanted\",\"n\":1}\n"));
	close(fds[0]);
	close(fds[1]);
}

static void nothing_from_outside_can_end_a_line(void **state)
{
	struct log log;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	log_init(&log, fds[1], LOG_INFO, false);
	log_event(&log, LOG_ERROR, 0, "e", LOG_FIELDS(LOG_TEXT("k", "a\"b\\c\nd\x1b[0m\x7f")));
	assert_string_equal(written(fds[0]),
	                    "error event=\"e\" k=\"a\\\"b\\\\c\\u000ad\\u001b[0m\\u007f\"\n");
	/* U+009B begins an escape sequence too; a lone byte is no UTF-8, which JSON is. */
	log_event(&log, LOG_ERROR, 0, "e",
	          LOG_FIELDS(LOG_TEXT("k", "\xc3\xa9\xc2\x9b"
	                                   "0m\xe9")));
	assert_string_equal(written(fds[0]),
	                    "error event=\"e\" k=\"\xc3\xa9\\u00c2\\u009b0m\\u00e9\"\n");
	close(fds[0]);
	close(fds[1]);
}

static void a_long_text_is_cut_and_the_line_stays_whole(void **state)
{
	struct log log;
	int fds[2];
	char longest[10000];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	memset(longest, '\n', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	log_init(&log, fds[1], LOG_INFO, true);
	log_event(&log, LOG_ERROR, 0, "e",
	          LOG_FIELDS(LOG_TEXT("k", longest), LOG_TEXT("l", longest), LOG_NUMBER("n", 1)));
	written(fds[0]);
	assert_non_null(strstr(line, "\\u000a...\",\"l\":\""));
	assert_non_null(strstr(line, "\\u000a...\",\"n\":1}\n"));
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_an_event_with_keys),
		cmocka_unit_test(nothing_from_outside_can_end_a_line),
		cmocka_unit_test(a_long_text_is_cut_and_the_line_stays_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
