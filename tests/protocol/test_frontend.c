#include "protocol/frontend.h"
#include "tests/protocol/whole_bodies.h"

#define QUERY    "select 1\0"
#define PARSE    "name\0select $1\0\0\2\0\0\0\x17\0\0\0\0"
#define BIND     "portal\0name\0\0\1\0\1\0\3\0\0\0\2ab\xff\xff\xff\xff\0\0\0\0\0\2\0\0\0\1"
#define NAMED    "Sname\0"
#define EXECUTE  "portal\0\0\0\0\5"
#define FUNCTION "\0\0\4\xd2\0\1\0\1\0\2\0\0\0\1x\xff\xff\xff\xff\0\1"
#define FAIL     "because\0"
#define SASL     "SCRAM-SHA-256\0\0\0\0\3n,,"

static bool read_query(struct bytes b)
{
	struct bytes q;

	return frontend_read_query(b, &q);
}

static bool read_parse(struct bytes b)
{
	struct frontend_parse p;

	return frontend_read_parse(b, &p);
}

static bool read_bind(struct bytes b)
{
	struct frontend_bind p;

	return frontend_read_bind(b, &p);
}

static bool read_named(struct bytes b)
{
	struct frontend_named p;
	bool ok = frontend_read_describe(b, &p);

	assert_int_equal(frontend_read_close(b, &p), ok);
	return ok;
}

static bool read_execute(struct bytes b)
{
	struct frontend_execute p;

	return frontend_read_execute(b, &p);
}

static bool read_function(struct bytes b)
{
	struct frontend_function_call p;

	return frontend_read_function_call(b, &p);
}

static bool read_fail(struct bytes b)
{
	struct bytes m;

	return frontend_read_copy_fail(b, &m);
}

static bool read_sasl(struct bytes b)
{
	struct frontend_sasl_initial p;

	return frontend_read_sasl_initial(b, &p);
}

static const struct whole_body bodies[] = {
	{ read_query, BODY(QUERY), false },     { read_parse, BODY(PARSE), false },
	{ read_bind, BODY(BIND), false },       { read_named, BODY(NAMED), false },
	{ read_execute, BODY(EXECUTE), false }, { read_function, BODY(FUNCTION), false },
	{ read_fail, BODY(FAIL), false },       { read_sasl, BODY(SASL), false },
};

static void every_prefix_of_a_body_is_refused_and_so_is_a_byte_more(void **state)
{
	(void)state;
	each_is_read_only_whole(bodies, sizeof(bodies) / sizeof(bodies[0]));
}

/* Compares what was put with `type` and `body`. */
static void put_is(struct outbuf *o, uint8_t type, struct bytes body)
{
	struct bytes got = outbuf_view(o);

	assert_true(outbuf_ok(o));
	assert_true(got.n >= 5);
	assert_int_equal(got.p[0], type);
	assert_int_equal(bytes_get_u32(got.p + 1), got.n - 1);
	assert_true(bytes_eq(bytes_from(got, 5), body));
	outbuf_clear(o);
}

static void what_is_read_and_put_again_is_the_same(void **state)
{
	struct outbuf o;
	struct bytes query;
	struct frontend_parse parse;
	struct frontend_bind bind;
	struct frontend_named named;
	struct frontend_execute execute;

	(void)state;
	outbuf_init(&o, 1000);
	frontend_read_query(BYTES(QUERY), &query);
	frontend_put_query(&o, query);
	put_is(&o, 'Q', BYTES(QUERY));
	frontend_read_parse(BYTES(PARSE), &parse);
	frontend_put_parse(&o, &parse);
	put_is(&o, 'P', BYTES(PARSE));
	frontend_read_bind(BYTES(BIND), &bind);
	frontend_put_bind(&o, &bind);
	put_is(&o, 'B', BYTES(BIND));
	frontend_read_describe(BYTES(NAMED), &named);
	frontend_put_describe(&o, FRONTEND_STATEMENT, named.name);
	put_is(&o, 'D', BYTES(NAMED));
	frontend_put_close(&o, FRONTEND_PORTAL, named.name);
	put_is(&o, 'C', BYTES("Pname\0"));
	frontend_read_execute(BYTES(EXECUTE), &execute);
	frontend_put_execute(&o, execute.portal, execute.rows);
	put_is(&o, 'E', BYTES(EXECUTE));
	frontend_put_flush(&o);
	put_is(&o, 'H', BYTES(""));
	frontend_put_sync(&o);
	put_is(&o, 'S', BYTES(""));
	frontend_put_terminate(&o);
	put_is(&o, 'X', BYTES(""));
	outbuf_free(&o);
}

static void parts_are_what_the_protocol_says(void **state)
{
	struct frontend_parse parse;
	struct frontend_bind bind;
	struct frontend_function_call call;
	struct frontend_sasl_initial sasl;
	struct reader r;
	struct reader_value v;

	(void)state;
	frontend_read_parse(BYTES(PARSE), &parse);
	assert_true(bytes_is(parse.name, "name"));
	assert_true(bytes_is(parse.query, "select $1"));
	assert_int_equal(parse.types.n, 8);

	frontend_read_bind(BYTES(BIND), &bind);
	assert_true(bytes_is(bind.portal, "portal"));
	assert_true(bytes_is(bind.statement, "name"));
	assert_true(bytes_eq(bind.formats, BYTES("\0\1")));
	assert_true(bytes_eq(bind.result_formats, BYTES("\0\0\0\1")));
	assert_int_equal(bind.value_count, 3);
	r = reader_of(bind.values);
	v = reader_value(&r);
	assert_true(bytes_is(v.bytes, "ab"));
	v = reader_value(&r);
	assert_true(v.null);
	v = reader_value(&r);
	assert_false(v.null);
	assert_true(reader_ok(&r));

	frontend_read_function_call(BYTES(FUNCTION), &call);
	assert_int_equal(call.function, 1234);
	assert_int_equal(call.value_count, 2);
	assert_int_equal(call.result_format, 1);

	frontend_read_sasl_initial(BYTES(SASL), &sasl);
	assert_true(bytes_is(sasl.mechanism, "SCRAM-SHA-256"));
	assert_true(bytes_is(sasl.response.bytes, "n,,"));
	assert_true(frontend_read_sasl_initial(BYTES("X\0\xff\xff\xff\xff"), &sasl));
	assert_true(sasl.response.null);
}

static void a_count_larger_than_the_body_is_refused(void **state)
{
	(void)state;
	assert_false(read_parse(BYTES("\0\0\xff\xff")));
	assert_false(read_bind(BYTES("\0\0\0\0\xff\xff\xff\xff\xff\xff\0\0")));
	assert_false(read_bind(BYTES("\0\0\0\0\0\1\x7f\xff\xff\xff\0\0")));
	assert_false(read_bind(BYTES("\0\0\0\0\0\1\x80\0\0\0\0\0")));
}

static void only_statements_and_portals_are_described(void **state)
{
	(void)state;
	assert_true(read_named(BYTES("P\0")));
	assert_false(read_named(BYTES("s\0")));
	assert_false(read_named(BYTES("\0\0")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_prefix_of_a_body_is_refused_and_so_is_a_byte_more),
		cmocka_unit_test(what_is_read_and_put_again_is_the_same),
		cmocka_unit_test(parts_are_what_the_protocol_says),
		cmocka_unit_test(a_count_larger_than_the_body_is_refused),
		cmocka_unit_test(only_statements_and_portals_are_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
