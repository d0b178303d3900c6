#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/encoding.h"

static const struct encoding *named(const char *name)
{
	const struct encoding *e = encoding_find(str_of(name));

	assert_non_null(e);
	return e;
}

static void encodings_go_by_the_name_the_server_reports(void **state)
{
	static const char *const names[] = { "UTF8",    "SQL_ASCII", "LATIN1",    "WIN1252",
		                             "EUC_JP",  "SJIS",      "BIG5",      "GBK",
		                             "GB18030", "UHC",       "JOHAB",     "SHIFT_JIS_2004",
		                             "KOI8R",   "EUC_TW",    "ISO_8859_8" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(named(names[i])->name, names[i]);
	assert_ptr_equal(named("utf8"), encoding_utf8());
	assert_null(encoding_find(STR("UTF16")));
	assert_null(encoding_find(STR("")));
}

static void exactly_seven_must_be_stepped_through(void **state)
{
	static const char *const stepped[] = { "SJIS",    "BIG5",  "GBK",           "UHC",
		                               "GB18030", "JOHAB", "SHIFT_JIS_2004" };

	(void)state;
	for (size_t i = 0; i < sizeof(stepped) / sizeof(stepped[0]); i++)
		assert_true(named(stepped[i])->stepped);
	assert_false(named("UTF8")->stepped);
	assert_false(named("EUC_JP")->stepped);
	assert_false(named("LATIN1")->stepped);
}

static void characters_have_lengths(void **state)
{
	(void)state;
	assert_int_equal(encoding_length(named("UTF8"), "a", 1), 1);
	assert_int_equal(encoding_length(named("UTF8"), "\xc3\xa9x", 3), 2);
	assert_int_equal(encoding_length(named("UTF8"), "\xe2\x82\xacx", 4), 3);
	assert_int_equal(encoding_length(named("UTF8"), "\xf0\x9f\x98\x80x", 5), 4);
	assert_int_equal(encoding_length(named("UTF8"), "\xf0\x9f", 2), 2);
	assert_int_equal(encoding_length(named("UTF8"), "\x80", 1), 1);
	assert_int_equal(encoding_length(named("LATIN1"), "\xe9x", 2), 1);
	assert_int_equal(encoding_length(named("SJIS"), "\x95\\", 2), 2);
	assert_int_equal(encoding_length(named("SJIS"), "\xb1\\", 2), 1);
	assert_int_equal(encoding_length(named("GB18030"), "\x81\x30\x81\x30x", 5), 4);
	assert_int_equal(encoding_length(named("GB18030"), "\x81\x40x", 3), 2);
	assert_int_equal(encoding_length(named("EUC_JP"), "\x8f\xa1\xa1x", 4), 3);
	assert_int_equal(encoding_length(named("EUC_JP"), "\x8e\xb1x", 3), 2);
	assert_int_equal(encoding_length(named("EUC_TW"), "\x8e\xa1\xa1\xa1x", 5), 4);
	assert_int_equal(encoding_length(named("JOHAB"), "\x88\x61x", 3), 2);
	assert_int_equal(encoding_length(named("MULE_INTERNAL"), "\x81\xe9x", 3), 2);
}

static bool valid(const char *encoding, const char *text)
{
	return encoding_is_valid(named(encoding), str_of(text));
}

static void utf8_is_what_rfc_3629_says(void **state)
{
	(void)state;
	assert_true(valid("UTF8", ""));
	assert_true(valid("UTF8", "ascii text that is longer than a word"));
	assert_true(valid("UTF8", "\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"
	                          "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
	assert_false(valid("UTF8", "\x80"));
	assert_false(valid("UTF8", "\xc0\x80"));
	assert_false(valid("UTF8", "\xc1\xbf"));
	assert_false(valid("UTF8", "\xe0\x9f\xbf"));
	assert_false(valid("UTF8", "\xed\xa0\x80"));
	assert_false(valid("UTF8", "\xf0\x8f\xbf\xbf"));
	assert_false(valid("UTF8", "\xf4\x90\x80\x80"));
	assert_false(valid("UTF8", "\xf5\x80\x80\x80"));
	assert_false(valid("UTF8", "\xc3"));
	assert_false(valid("UTF8", "\xe2\x82"));
	assert_false(valid("UTF8", "\xc3("));
	assert_false(valid("UTF8", "12345678\xff"));
}

static void a_nul_is_never_valid(void **state)
{
	(void)state;
	assert_false(encoding_is_valid(named("UTF8"), STR("a\0b")));
	assert_false(encoding_is_valid(named("LATIN1"), STR("\0")));
	assert_false(encoding_is_valid(named("SQL_ASCII"), STR("1234567\0")));
	assert_false(encoding_is_valid(named("UTF8"), STR("123456\0-8")));
}

static void other_encodings_are_checked_for_whole_characters(void **state)
{
	(void)state;
	assert_true(valid("LATIN1", "\xff\x80"));
	assert_true(valid("SJIS", "\x95\\\xb1\x82\xa0"));
	assert_false(valid("SJIS", "\x95"));
	assert_false(valid("SJIS", "\x95'"));
	assert_false(valid("BIG5", "\xa4'"));
	assert_true(valid("BIG5", "\xa4@"));
	assert_false(valid("GBK", "\x81"));
	assert_true(valid("GB18030", "\x81\x30\x81\x30"));
	assert_false(valid("GB18030", "\x81\x30\x81"));
	assert_false(valid("GB18030", "\x81\x30'\x30"));
	assert_true(valid("EUC_JP", "\xa4\xa2\x8f\xb0\xa1"));
	assert_false(valid("EUC_JP", "\xa4'"));
	assert_false(valid("EUC_KR", "\xb0"));
}

static void offsets_and_characters_convert(void **state)
{
	struct str text = STR("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z and some more text");
	const struct encoding *e = encoding_utf8();
	size_t characters = encoding_count(e, text);

	(void)state;
	assert_int_equal(characters, 5 + 19);
	assert_int_equal(encoding_offset(e, text, 0), 0);
	assert_int_equal(encoding_offset(e, text, 1), 1);
	assert_int_equal(encoding_offset(e, text, 2), 3);
	assert_int_equal(encoding_offset(e, text, 4), 10);
	assert_int_equal(encoding_offset(e, text, characters), text.n);
	assert_int_equal(encoding_offset(e, text, 1000), text.n);
	for (size_t i = 0; i <= characters; i++)
		assert_int_equal(
			encoding_count(e, (struct str){ text.p, encoding_offset(e, text, i) }), i);
	assert_int_equal(encoding_count(named("LATIN1"), text), text.n);
	assert_int_equal(encoding_offset(named("LATIN1"), text, 7), 7);
	assert_int_equal(encoding_count(named("SJIS"), STR("\x95\\a\xb1")), 3);
}

static void code_points_are_spelled(void **state)
{
	char out[4];

	(void)state;
	assert_int_equal(encoding_put(encoding_utf8(), 'a', out), 1);
	assert_int_equal(encoding_put(encoding_utf8(), 0xe9, out), 2);
	assert_memory_equal(out, "\xc3\xa9", 2);
	assert_int_equal(encoding_put(encoding_utf8(), 0x20ac, out), 3);
	assert_memory_equal(out, "\xe2\x82\xac", 3);
	assert_int_equal(encoding_put(encoding_utf8(), 0x1f600, out), 4);
	assert_memory_equal(out, "\xf0\x9f\x98\x80", 4);
	assert_int_equal(encoding_put(encoding_utf8(), 0, out), 0);
	assert_int_equal(encoding_put(encoding_utf8(), 0xd800, out), 0);
	assert_int_equal(encoding_put(encoding_utf8(), 0x110000, out), 0);
	assert_int_equal(encoding_put(named("LATIN1"), 0xe9, out), 1);
	assert_memory_equal(out, "\xe9", 1);
	assert_int_equal(encoding_put(named("LATIN1"), 0x20ac, out), 0);
	assert_int_equal(encoding_put(named("SJIS"), 0x3042, out), 0);
	assert_int_equal(encoding_put(named("SJIS"), 'a', out), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodings_go_by_the_name_the_server_reports),
		cmocka_unit_test(exactly_seven_must_be_stepped_through),
		cmocka_unit_test(characters_have_lengths),
		cmocka_unit_test(utf8_is_what_rfc_3629_says),
		cmocka_unit_test(a_nul_is_never_valid),
		cmocka_unit_test(other_encodings_are_checked_for_whole_characters),
		cmocka_unit_test(offsets_and_characters_convert),
		cmocka_unit_test(code_points_are_spelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
