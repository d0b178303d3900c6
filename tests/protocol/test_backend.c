#include "protocol/backend.h"
#include "protocol/messages.h"
#include "tests/protocol/whole_bodies.h"

#define KEY                                                                                        \
	"\0\0\0\x09"                                                                               \
	"abcd"
#define NEGO   "\0\3\0\0\0\0\0\2_pq_.a\0_pq_.b\0"
#define STATUS "TimeZone\0UTC\0"
#define READY  "T"
#define ROWS                                                                                       \
	"\0\2"                                                                                     \
	"id\0\0\0\0\7\0\1\0\0\0\x17\0\4\xff\xff\xff\xff\0\1"                                       \
	"note\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0"
#define ROW  "\0\3\0\0\0\1x\xff\xff\xff\xff\0\0\0\0"
#define TAG  "INSERT 0 1\0"
#define COPY "\1\0\2\0\1\0\1"

static bool read_key(struct bytes b)
{
	struct backend_key_data k;

	return backend_read_key_data(b, &k);
}

static bool read_negotiate(struct bytes b)
{
	struct backend_negotiate k;

	return backend_read_negotiate(b, &k);
}

static bool read_status(struct bytes b)
{
	struct backend_parameter k;

	return backend_read_parameter_status(b, &k);
}

static bool read_ready(struct bytes b)
{
	uint8_t status;

	return backend_read_ready(b, &status);
}

static bool read_rows(struct bytes b)
{
	struct backend_row_description k;

	return backend_read_row_description(b, &k);
}

static bool read_row(struct bytes b)
{
	struct backend_data_row k;

	return backend_read_data_row(b, &k);
}

static bool read_tag(struct bytes b)
{
	struct bytes tag;

	return backend_read_command_complete(b, &tag);
}

static bool read_copy(struct bytes b)
{
	struct backend_copy k;

	return backend_read_copy(b, &k);
}

static const struct whole_body bodies[] = {
	{ read_key, BODY(KEY), true },        { read_negotiate, BODY(NEGO), false },
	{ read_status, BODY(STATUS), false }, { read_ready, BODY(READY), false },
	{ read_rows, BODY(ROWS), false },     { read_row, BODY(ROW), false },
	{ read_tag, BODY(TAG), false },       { read_copy, BODY(COPY), false },
};

static void every_prefix_of_a_body_is_refused_and_so_is_a_byte_more(void **state)
{
	(void)state;
	each_is_read_only_whole(bodies, sizeof(bodies) / sizeof(bodies[0]));
}

static void an_authentication_request_is_a_number_and_its_data(void **state)
{
	struct backend_authentication a;

	(void)state;
	assert_true(backend_read_authentication(BYTES("\0\0\0\5salt"), &a));
	assert_int_equal(a.number, AUTHENTICATION_MD5_PASSWORD);
	assert_true(bytes_is(a.data, "salt"));
	assert_true(backend_read_authentication(BYTES("\0\0\0\0"), &a));
	assert_int_equal(a.number, AUTHENTICATION_OK);
	assert_false(backend_read_authentication(BYTES("\0\0\0"), &a));
}

static void mechanisms_are_listed_until_an_empty_one(void **state)
{
	struct bytes data = BYTES("SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0");
	struct reader r = reader_of(data);
	struct bytes name;

	(void)state;
	assert_true(backend_next_mechanism(&r, &name));
	assert_true(bytes_is(name, "SCRAM-SHA-256-PLUS"));
	assert_true(backend_next_mechanism(&r, &name));
	assert_true(bytes_is(name, "SCRAM-SHA-256"));
	assert_false(backend_next_mechanism(&r, &name));
	assert_true(reader_ok(&r));
}

static void plus_mechanisms_can_be_left_out(void **state)
{
	struct outbuf o;

	(void)state;
	outbuf_init(&o, 100);
	assert_int_equal(
		backend_put_sasl_without_plus(&o, BYTES("A-PLUS\0SCRAM-SHA-256\0-PLUS\0B\0\0")), 2);
	assert_true(bytes_eq(outbuf_view(&o), BYTES("R\0\0\0\x19\0\0\0\x0aSCRAM-SHA-256\0B\0\0")));
	outbuf_clear(&o);
	assert_int_equal(backend_put_sasl_without_plus(&o, BYTES("A-PLUS\0\0")), 0);
	assert_int_equal(backend_put_sasl_without_plus(&o, BYTES("A\0B")), 0);
	assert_int_equal(backend_put_sasl_without_plus(&o, BYTES("")), 0);
	assert_int_equal(outbuf_size(&o), 0);
	outbuf_free(&o);
}

static void a_key_has_4_to_256_bytes(void **state)
{
	uint8_t body[4 + 257] = { 0 };

	(void)state;
	assert_false(read_key(bytes_of(body, 4 + 3)));
	assert_true(read_key(bytes_of(body, 4 + 4)));
	assert_true(read_key(bytes_of(body, 4 + 256)));
	assert_false(read_key(bytes_of(body, 4 + 257)));
}

static void only_three_letters_are_a_transaction_status(void **state)
{
	(void)state;
	assert_true(read_ready(BYTES("I")));
	assert_true(read_ready(BYTES("T")));
	assert_true(read_ready(BYTES("E")));
	assert_false(read_ready(BYTES("X")));
}

static void columns_and_values_are_what_the_protocol_says(void **state)
{
	struct backend_row_description rows;
	struct backend_column c;
	struct backend_data_row row;
	struct reader r;
	struct reader_value v;

	(void)state;
	assert_true(backend_read_row_description(BYTES(ROWS), &rows));
	assert_int_equal(rows.count, 2);
	r = reader_of(rows.columns);
	assert_true(backend_next_column(&r, &c));
	assert_true(bytes_is(c.name, "id"));
	assert_int_equal(c.table, 7);
	assert_int_equal(c.attribute, 1);
	assert_int_equal(c.type, 23);
	assert_int_equal(c.type_size, 4);
	assert_int_equal(c.modifier, UINT32_MAX);
	assert_int_equal(c.format, 1);
	assert_true(backend_next_column(&r, &c));
	assert_true(bytes_is(c.name, "note"));
	assert_false(backend_next_column(&r, &c));

	assert_true(backend_read_data_row(BYTES(ROW), &row));
	assert_int_equal(row.count, 3);
	r = reader_of(row.values);
	v = reader_value(&r);
	assert_true(bytes_is(v.bytes, "x"));
	v = reader_value(&r);
	assert_true(v.null);
	v = reader_value(&r);
	assert_false(v.null);
	assert_true(reader_ok(&r));
}

static void a_row_description_put_column_by_column_is_the_same(void **state)
{
	struct outbuf o;
	struct backend_row_description rows;
	struct backend_column c;
	struct reader r;

	(void)state;
	backend_read_row_description(BYTES(ROWS), &rows);
	r = reader_of(rows.columns);
	outbuf_init(&o, 1000);
	backend_begin_row_description(&o, 2);
	backend_next_column(&r, &c);
	backend_put_column(&o, &c);
	backend_put_text_column(&o, "note");
	outbuf_end(&o);
	assert_true(bytes_eq(bytes_from(outbuf_view(&o), 5), BYTES(ROWS)));
	outbuf_free(&o);
}

static void what_a_console_answers_can_be_read(void **state)
{
	struct outbuf o;

	(void)state;
	outbuf_init(&o, 1000);
	backend_put_authentication_ok(&o);
	backend_put_parameter_status(&o, BYTES("a"), BYTES("b"));
	backend_put_key_data(&o, 1, BYTES("abcd"));
	backend_begin_data_row(&o, 1);
	outbuf_put_value(&o, (struct reader_value){ .bytes = BYTES("x") });
	outbuf_end(&o);
	backend_put_command_complete(&o, BYTES("SHOW"));
	backend_put_empty(&o, BACKEND_EMPTY_QUERY_RESPONSE);
	backend_put_ready(&o, 'I');
	assert_true(bytes_eq(outbuf_view(&o), BYTES("R\0\0\0\x08\0\0\0\0"
	                                            "S\0\0\0\x08"
	                                            "a\0b\0"
	                                            "K\0\0\0\x0c\0\0\0\1"
	                                            "abcd"
	                                            "D\0\0\0\x0b\0\1\0\0\0\1x"
	                                            "C\0\0\0\x09SHOW\0"
	                                            "I\0\0\0\4"
	                                            "Z\0\0\0\5I")));
	outbuf_free(&o);
}

static void a_count_larger_than_the_body_is_refused(void **state)
{
	(void)state;
	assert_false(read_negotiate(BYTES("\0\3\0\0\xff\xff\xff\xff")));
	assert_false(read_rows(BYTES("\xff\xff")));
	assert_false(read_row(BYTES("\xff\xff\xff\xff\xff\xff")));
	assert_false(read_copy(BYTES("\0\xff\xff")));
	assert_true(read_row(BYTES("\0\0")));
	assert_true(read_rows(BYTES("\0\0")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_prefix_of_a_body_is_refused_and_so_is_a_byte_more),
		cmocka_unit_test(an_authentication_request_is_a_number_and_its_data),
		cmocka_unit_test(mechanisms_are_listed_until_an_empty_one),
		cmocka_unit_test(plus_mechanisms_can_be_left_out),
		cmocka_unit_test(a_key_has_4_to_256_bytes),
		cmocka_unit_test(only_three_letters_are_a_transaction_status),
		cmocka_unit_test(columns_and_values_are_what_the_protocol_says),
		cmocka_unit_test(a_row_description_put_column_by_column_is_the_same),
		cmocka_unit_test(what_a_console_answers_can_be_read),
		cmocka_unit_test(a_count_larger_than_the_body_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
