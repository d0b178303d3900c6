/* What a rewritten text leaves behind for reports: the copy, and what it makes of reports. How
 * rewriting fills it is test_rewrite.c's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/outbuf.h"
#include "protocol/report.h"
#include "proxy/report_map.h"

/* The value of a field of the one message that was put. */
static struct bytes field(const struct outbuf *o, uint8_t code)
{
	struct bytes value;

	report_find(bytes_from(outbuf_view(o), 5), code, &value);
	return value;
}

static void a_map_has_everything_in_its_own_memory(void **state)
{
	char message[] = "no column", detail[] = "of that name", hint[] = "write another",
	     warned[] = "odd";
	struct report_failure failure = {
		.mark = "#1.1#",
		.sqlstate = "42703",
		.position = 9,
		.message = str_of(message),
		.detail = str_of(detail),
		.hint = str_of(hint),
	};
	struct report_warning warning = { 4, str_of(warned) };
	struct sourcemap_mark marks[] = { { 0, 0, true }, { 10, 4, false } };
	struct report_map *m = report_map_new(&(struct report_map_parts){ .marks = marks,
	                                                                  .mark_count = 2,
	                                                                  .failures = &failure,
	                                                                  .failure_count = 1,
	                                                                  .warnings = &warning,
	                                                                  .warning_count = 1 });
	const struct report_map_parts *parts = report_map_parts(m);

	(void)state;
	memset(message, 'x', sizeof(message));
	memset(detail, 'x', sizeof(detail));
	memset(hint, 'x', sizeof(hint));
	memset(warned, 'x', sizeof(warned));
	memset(&failure, 0, sizeof(failure));
	memset(&warning, 0, sizeof(warning));
	memset(marks, 0, sizeof(marks));
	assert_int_equal(parts->marks[1].start, 4);
	assert_string_equal(parts->failures[0].mark, "#1.1#");
	assert_true(str_is(parts->failures[0].message, "no column"));
	assert_true(str_is(parts->failures[0].detail, "of that name"));
	assert_true(str_is(parts->failures[0].hint, "write another"));
	assert_int_equal(parts->warnings[0].position, 4);
	assert_true(str_is(parts->warnings[0].message, "odd"));
	assert_in_range((uintptr_t)(parts->marks + 2), (uintptr_t)m,
	                (uintptr_t)m + report_map_bytes(m));
	report_map_unref(m);
	report_map_unref(NULL);
	assert_int_equal(report_map_bytes(NULL), 0);
}

/* The server's report on the statement that was made to fail. */
static struct outbuf report_of(const char *severity, const char *sqlstate, const char *message)
{
	struct outbuf o;

	outbuf_init(&o, 1 << 16);
	report_put_error(&o, severity, sqlstate, message, NULL, NULL);
	assert_true(outbuf_ok(&o));
	return o;
}

static bool applies(const struct report_map *m, const char *severity, const char *sqlstate,
                    const char *message, struct outbuf *out)
{
	struct outbuf in = report_of(severity, sqlstate, message);
	bool changed = report_map_apply(m, 'E', bytes_from(outbuf_view(&in), 5), out);

	outbuf_free(&in);
	return changed;
}

static void only_the_failure_of_our_own_statement_is_replaced(void **state)
{
	struct report_failure failure = {
		.mark = "#1.1#", .sqlstate = "42P01", .position = 9, .message = STR("no such table")
	};
	struct report_map *m = report_map_new(
		&(struct report_map_parts){ .failures = &failure, .failure_count = 1 });
	struct outbuf out;

	(void)state;
	outbuf_init(&out, 1 << 16);
	assert_false(applies(m, "FATAL", "42703", "column #1.1# does not exist", &out));
	assert_false(applies(m, "ERROR", "57014", "column #1.1# does not exist", &out));
	assert_false(applies(m, "ERROR", "42703", "column #1.2# does not exist", &out));
	assert_int_equal(outbuf_size(&out), 0);
	assert_true(applies(m, "ERROR", "42703", "column #1.1# does not exist", &out));
	assert_true(bytes_is(field(&out, REPORT_SQLSTATE), "42P01"));
	assert_true(bytes_is(field(&out, REPORT_MESSAGE), "no such table"));
	assert_true(bytes_is(field(&out, REPORT_POSITION), "9"));
	outbuf_free(&out);
	report_map_unref(m);
}

static void warnings_are_notices_with_a_position(void **state)
{
	struct report_warning warning = { 4, STR("odd") };
	struct report_map *m = report_map_new(
		&(struct report_map_parts){ .warnings = &warning, .warning_count = 1 });
	struct outbuf out;

	(void)state;
	outbuf_init(&out, 1 << 16);
	assert_int_equal(report_map_notices(m, &out), 1);
	assert_int_equal(outbuf_view(&out).p[0], 'N');
	assert_true(bytes_is(field(&out, REPORT_SEVERITY_V), "WARNING"));
	assert_true(bytes_is(field(&out, REPORT_MESSAGE), "odd"));
	assert_true(bytes_is(field(&out, REPORT_POSITION), "4"));
	outbuf_free(&out);
	report_map_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_has_everything_in_its_own_memory),
		cmocka_unit_test(only_the_failure_of_our_own_statement_is_replaced),
		cmocka_unit_test(warnings_are_notices_with_a_position),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
