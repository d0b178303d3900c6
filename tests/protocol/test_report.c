#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol/report.h"
#include "tests/support/guard.h"

#define BODY                                                                                       \
	"SERREUR\0VERROR\0C42703\0Mcolumn x does not exist\0"                                      \
	"Hhint\0P12\0p3\0qselect\0Wwhere\0!new\0Fparse.c\0L10\0Rfn\0\0"

/* Under test: body with the edits gives exactly `expected` as the body. */
static void edits_give(struct bytes body, const struct report_edit *edits, size_t count,
                       struct bytes expected)
{
	struct outbuf o;

	outbuf_init(&o, 1000);
	assert_true(report_put_edited(&o, 'E', body, edits, count));
	assert_int_equal(outbuf_view(&o).p[0], 'E');
	assert_int_equal(bytes_get_u32(outbuf_view(&o).p + 1), outbuf_size(&o) - 1);
	assert_true(bytes_eq(bytes_from(outbuf_view(&o), 5), expected));
	outbuf_free(&o);
}

static void fields_are_found_by_their_code(void **state)
{
	struct bytes v;

	(void)state;
	assert_true(report_find(BYTES(BODY), REPORT_SQLSTATE, &v));
	assert_true(bytes_is(v, "42703"));
	assert_true(report_find(BYTES(BODY), REPORT_ROUTINE, &v));
	assert_true(bytes_is(v, "fn"));
	assert_true(report_find(BYTES(BODY), '!', &v));
	assert_false(report_find(BYTES(BODY), REPORT_DETAIL, &v));
	assert_int_equal(v.n, 0);
	assert_true(report_is_whole(BYTES(BODY)));
}

static void any_field_may_be_missing(void **state)
{
	struct bytes v;

	(void)state;
	assert_true(report_is_whole(BYTES("\0")));
	assert_true(report_is_whole(BYTES("Mno sqlstate\0\0")));
	assert_false(report_find(BYTES("Mno sqlstate\0\0"), REPORT_SQLSTATE, &v));
	assert_false(report_is_fatal(BYTES("\0")));
	assert_false(report_is_fatal((struct bytes){ 0 }));
	assert_int_equal(report_position(BYTES("\0"), 'P'), 0);
}

static void every_prefix_of_a_report_is_not_whole(void **state)
{
	struct guard g;
	struct bytes v;

	(void)state;
	guard_init(&g, 256);
	for (size_t n = 0; n < sizeof(BODY) - 1; n++) {
		struct bytes body = guard_place(&g, bytes_of(BODY, n));

		assert_false(report_is_whole(body));
		report_find(body, '?', &v);
	}
	guard_free(&g);
	assert_false(report_is_whole(BYTES("Mx\0\0y")));
	assert_false(report_is_whole(BYTES("Mx\0\0\0")));
}

static void severity_is_read_from_v_because_s_is_translated(void **state)
{
	(void)state;
	assert_true(report_is_fatal(BYTES("SFATAL\0VFATAL\0C57P01\0\0")));
	assert_true(report_is_fatal(BYTES("SPANIK\0VPANIC\0\0")));
	assert_true(report_is_fatal(BYTES("S\xc4\xf2\0VFATAL\0\0")));
	assert_false(report_is_fatal(BYTES("SFATAL\0VERROR\0\0")));
	assert_true(report_is_fatal(BYTES("SFATAL\0C57P01\0\0"))); /* before 9.6 */
	assert_false(report_is_fatal(BYTES("SERROR\0C57P01\0\0")));
	assert_true(report_is_fatal(BYTES("SFATAL\0VFATAL\0C57P01\0Mcut sho")));
}

static void positions_are_numbers_or_nothing(void **state)
{
	(void)state;
	assert_int_equal(report_position(BYTES(BODY), 'P'), 12);
	assert_int_equal(report_position(BYTES(BODY), 'p'), 3);
	assert_int_equal(report_position(BYTES("P\0\0"), 'P'), 0);
	assert_int_equal(report_position(BYTES("P-1\0\0"), 'P'), 0);
	assert_int_equal(report_position(BYTES("P12x\0\0"), 'P'), 0);
	assert_int_equal(report_position(BYTES("P4294967295\0\0"), 'P'), UINT32_MAX);
	assert_int_equal(report_position(BYTES("P4294967296\0\0"), 'P'), 0);
	assert_int_equal(report_position(BYTES("P18446744073709551617\0\0"), 'P'), 0);
}

static void no_edit_changes_no_byte(void **state)
{
	(void)state;
	edits_give(BYTES(BODY), NULL, 0, BYTES(BODY));
	edits_give(BYTES("\0"), NULL, 0, BYTES("\0"));
}

static void a_field_is_replaced_where_it_stands(void **state)
{
	struct report_edit edit = { .code = 'P', .value = BYTES("105") };

	(void)state;
	edits_give(BYTES("SE\0P12\0!z\0\0"), &edit, 1, BYTES("SE\0P105\0!z\0\0"));
	edits_give(BYTES("SE\0P12\0!z\0P13\0\0"), &edit, 1, BYTES("SE\0P105\0!z\0\0"));
}

static void a_missing_field_is_added_at_the_end_and_a_dropped_one_is_gone(void **state)
{
	struct report_edit edits[] = {
		{ .code = 'H', .value = BYTES("try b") },
		{ .code = 'q', .drop = true },
		{ .code = 'W', .drop = true },
		{ .code = 'D', .value = BYTES("") },
	};

	(void)state;
	edits_give(BYTES("SE\0qx\0My\0qz\0\0"), edits, 4, BYTES("SE\0My\0Htry b\0D\0\0"));
}

static void a_compile_error_keeps_the_severity_and_swaps_the_rest(void **state)
{
	struct report_edit edits[] = {
		{ .code = 'C', .value = BYTES("42P01") },
		{ .code = 'M', .value = BYTES("no table") },
		{ .code = 'D', .drop = true },
		{ .code = 'H', .value = BYTES("hint 2") },
		{ .code = 'P', .value = BYTES("7") },
		{ .code = 'F', .value = BYTES("c.c") },
		{ .code = 'L', .value = BYTES("1") },
		{ .code = 'R', .value = BYTES("r") },
		{ .code = 'q', .drop = true },
		{ .code = 'p', .drop = true },
		{ .code = 'W', .drop = true },
	};

	(void)state;
	edits_give(
		BYTES(BODY), edits, sizeof(edits) / sizeof(edits[0]),
		BYTES("SERREUR\0VERROR\0C42P01\0Mno table\0Hhint 2\0P7\0!new\0Fc.c\0L1\0Rr\0\0"));
}

static void a_broken_report_is_not_rewritten(void **state)
{
	struct outbuf o;

	(void)state;
	outbuf_init(&o, 1000);
	assert_false(report_put_edited(&o, 'E', BYTES("SE\0Mx\0"), NULL, 0));
	assert_int_equal(outbuf_size(&o), 0);
	assert_true(outbuf_ok(&o));
	outbuf_free(&o);
}

static void a_value_with_a_nul_cannot_forge_a_field(void **state)
{
	struct report_edit edit = { .code = 'M', .value = BYTES("a\0SFATAL") };
	struct outbuf o;

	(void)state;
	outbuf_init(&o, 1000);
	assert_false(report_put_edited(&o, 'E', BYTES("Mx\0\0"), &edit, 1));
	assert_int_equal(outbuf_size(&o), 0);
	outbuf_free(&o);
}

static void an_error_of_our_own_has_the_fields_clients_read(void **state)
{
	struct outbuf o;

	(void)state;
	outbuf_init(&o, 1000);
	report_put_error(&o, "FATAL", "08P01", "broken", NULL, "mend it");
	assert_true(bytes_eq(bytes_from(outbuf_view(&o), 5),
	                     BYTES("SFATAL\0VFATAL\0C08P01\0Mbroken\0Hmend it\0\0")));
	outbuf_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_by_their_code),
		cmocka_unit_test(any_field_may_be_missing),
		cmocka_unit_test(every_prefix_of_a_report_is_not_whole),
		cmocka_unit_test(severity_is_read_from_v_because_s_is_translated),
		cmocka_unit_test(positions_are_numbers_or_nothing),
		cmocka_unit_test(no_edit_changes_no_byte),
		cmocka_unit_test(a_field_is_replaced_where_it_stands),
		cmocka_unit_test(a_missing_field_is_added_at_the_end_and_a_dropped_one_is_gone),
		cmocka_unit_test(a_compile_error_keeps_the_severity_and_swaps_the_rest),
		cmocka_unit_test(a_broken_report_is_not_rewritten),
		cmocka_unit_test(a_value_with_a_nul_cannot_forge_a_field),
		cmocka_unit_test(an_error_of_our_own_has_the_fields_clients_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
