#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol/backend.h"
#include "protocol/startup.h"
#include "tests/support/guard.h"

/* A packet from its code and what follows. */
static struct bytes packet_of(struct outbuf *o, uint32_t code, struct bytes rest)
{
	outbuf_init(o, 20000);
	outbuf_begin_untyped(o);
	outbuf_put_u32(o, code);
	outbuf_put_bytes(o, rest);
	outbuf_end(o);
	return outbuf_view(o);
}

static enum startup_kind kind_of(uint32_t code, struct bytes rest)
{
	struct outbuf o;
	struct startup s;
	enum startup_kind kind = startup_read(packet_of(&o, code, rest), &s);

	outbuf_free(&o);
	return kind;
}

static enum startup_kind session_of(struct outbuf *o, uint32_t version, struct bytes parameters,
                                    struct startup *s)
{
	return startup_read(packet_of(o, version, parameters), s);
}

#define V30 STARTUP_VERSION(3, 0)

static void ssl_and_gssenc_requests_are_exactly_eight_bytes(void **state)
{
	struct startup s;

	(void)state;
	assert_int_equal(startup_read(BYTES("\0\0\0\x08\x04\xd2\x16\x2f"), &s), STARTUP_SSL);
	assert_int_equal(s.size, 8);
	assert_int_equal(startup_read(BYTES("\0\0\0\x08\x04\xd2\x16\x30"), &s), STARTUP_GSSENC);
	assert_int_equal(kind_of(STARTUP_SSL_CODE, BYTES("x")), STARTUP_BROKEN);
	assert_int_equal(kind_of(STARTUP_GSSENC_CODE, BYTES("\0")), STARTUP_BROKEN);
}

static void what_follows_a_packet_is_not_its(void **state)
{
	struct startup s;

	(void)state;
	assert_int_equal(startup_read(BYTES("\0\0\0\x08\x04\xd2\x16\x2f\0\0\0"), &s), STARTUP_SSL);
	assert_int_equal(s.size, 8);
	assert_int_equal(s.raw.n, 8);
}

static void every_prefix_of_a_packet_needs_more(void **state)
{
	struct outbuf o;
	struct guard g;
	struct startup s;
	struct bytes whole = packet_of(&o, V30, BYTES("user\0me\0\0"));

	(void)state;
	guard_init(&g, 100);
	for (size_t n = 0; n < whole.n; n++) {
		struct bytes in = guard_place(&g, bytes_of(whole.p, n));

		assert_int_equal(startup_read(in, &s), STARTUP_NEED_MORE);
	}
	assert_int_equal(startup_read(guard_place(&g, whole), &s), STARTUP_SESSION);
	assert_int_equal(s.size, whole.n);
	guard_free(&g);
	outbuf_free(&o);
}

static void lengths_out_of_bounds_are_refused_from_four_bytes(void **state)
{
	struct startup s;

	(void)state;
	assert_int_equal(startup_read(BYTES("\0\0\0\0"), &s), STARTUP_TOO_LONG);
	assert_int_equal(startup_read(BYTES("\0\0\0\7"), &s), STARTUP_TOO_LONG);
	assert_int_equal(startup_read(BYTES("\0\0\0\x08"), &s), STARTUP_NEED_MORE);
	assert_int_equal(startup_read(BYTES("\0\0\x27\x14"), &s), STARTUP_NEED_MORE);
	assert_int_equal(startup_read(BYTES("\0\0\x27\x15"), &s), STARTUP_TOO_LONG);
	assert_int_equal(startup_read(BYTES("\xff\xff\xff\xff"), &s), STARTUP_TOO_LONG);
	assert_int_equal(startup_read(BYTES("GET / HTTP/1.1"), &s), STARTUP_TOO_LONG);
}

static void a_packet_of_the_longest_length_is_read(void **state)
{
	static char parameters[9996];
	struct outbuf o;
	struct startup s;

	(void)state;
	memset(parameters, 'x', sizeof(parameters));
	memcpy(parameters, "user", 5);
	parameters[9994] = 0;
	parameters[9995] = 0;
	assert_int_equal(session_of(&o, V30, bytes_of(parameters, 9996), &s), STARTUP_SESSION);
	assert_int_equal(s.size, STARTUP_LENGTH_MAX);
	assert_int_equal(startup_user(&s).n, 9989);
	outbuf_free(&o);
}

static void tls_is_known_by_its_first_byte(void **state)
{
	struct startup s;

	(void)state;
	assert_int_equal(startup_read(BYTES("\x16"), &s), STARTUP_TLS);
	assert_int_equal(s.size, 0);
}

static void a_cancel_request_has_a_key_of_4_to_256_bytes(void **state)
{
	struct outbuf o;
	struct startup s;
	uint8_t body[4 + 257] = { 0, 0, 1, 2 };

	(void)state;
	assert_int_equal(kind_of(STARTUP_CANCEL_CODE, bytes_of(body, 3)), STARTUP_BROKEN);
	assert_int_equal(kind_of(STARTUP_CANCEL_CODE, bytes_of(body, 7)), STARTUP_BROKEN);
	assert_int_equal(kind_of(STARTUP_CANCEL_CODE, bytes_of(body, 8)), STARTUP_CANCEL);
	assert_int_equal(kind_of(STARTUP_CANCEL_CODE, bytes_of(body, 260)), STARTUP_CANCEL);
	assert_int_equal(kind_of(STARTUP_CANCEL_CODE, bytes_of(body, 261)), STARTUP_BROKEN);

	outbuf_init(&o, 100);
	startup_put_cancel(&o, 77, BYTES("secret"));
	assert_int_equal(startup_read(outbuf_view(&o), &s), STARTUP_CANCEL);
	assert_int_equal(s.pid, 77);
	assert_true(bytes_is(s.key, "secret"));
	outbuf_free(&o);
}

static void another_major_version_is_unsupported(void **state)
{
	(void)state;
	assert_int_equal(kind_of(STARTUP_VERSION(2, 0), BYTES("anything")), STARTUP_UNSUPPORTED);
	assert_int_equal(kind_of(STARTUP_VERSION(4, 0), BYTES("")), STARTUP_UNSUPPORTED);
	assert_int_equal(kind_of(STARTUP_VERSION(1234, 1), BYTES("")), STARTUP_UNSUPPORTED);
	assert_int_equal(kind_of(STARTUP_VERSION(3, 9999), BYTES("\0")), STARTUP_SESSION);
}

static void parameters_end_in_exactly_one_nul(void **state)
{
	(void)state;
	assert_int_equal(kind_of(V30, BYTES("\0")), STARTUP_SESSION);
	assert_int_equal(kind_of(V30, BYTES("user\0me\0\0")), STARTUP_SESSION);
	assert_int_equal(kind_of(V30, BYTES("")), STARTUP_BROKEN);
	assert_int_equal(kind_of(V30, BYTES("user\0me\0")), STARTUP_BROKEN);
	assert_int_equal(kind_of(V30, BYTES("user\0me")), STARTUP_BROKEN);
	assert_int_equal(kind_of(V30, BYTES("user\0")), STARTUP_BROKEN);
	assert_int_equal(kind_of(V30, BYTES("user")), STARTUP_BROKEN);
	assert_int_equal(kind_of(V30, BYTES("user\0me\0\0\0")), STARTUP_BROKEN);
	assert_int_equal(kind_of(V30, BYTES("user\0me\0\0x\0")), STARTUP_BROKEN);
}

static void the_database_is_the_user_unless_given(void **state)
{
	struct outbuf o;
	struct startup s;

	(void)state;
	session_of(&o, V30, BYTES("user\0me\0\0"), &s);
	assert_true(bytes_is(startup_user(&s), "me"));
	assert_true(bytes_is(startup_database(&s), "me"));
	outbuf_free(&o);
	session_of(&o, V30, BYTES("database\0\0user\0me\0\0"), &s);
	assert_true(bytes_is(startup_database(&s), "me"));
	outbuf_free(&o);
	session_of(&o, V30, BYTES("database\0db\0user\0me\0\0"), &s);
	assert_true(bytes_is(startup_database(&s), "db"));
	outbuf_free(&o);
	session_of(&o, V30, BYTES("\0"), &s);
	assert_int_equal(startup_user(&s).n, 0);
	outbuf_free(&o);
}

static void a_parameter_given_twice_has_its_last_value(void **state)
{
	struct outbuf o;
	struct startup s;
	struct bytes value;

	(void)state;
	session_of(&o, V30, BYTES("user\0a\0options\0-c x=1\0user\0b\0\0"), &s);
	assert_true(bytes_is(startup_user(&s), "b"));
	assert_true(startup_find(&s, "options", &value));
	assert_true(bytes_is(value, "-c x=1"));
	assert_false(startup_find(&s, "USER", &value));
	outbuf_free(&o);
}

static bool is_replication(const char *value)
{
	struct outbuf o;
	struct startup s;
	bool is;

	outbuf_init(&o, 100);
	startup_begin(&o, V30);
	startup_put_parameter(&o, BYTES("replication"), bytes_of_z(value));
	startup_end(&o);
	assert_int_equal(startup_read(outbuf_view(&o), &s), STARTUP_SESSION);
	is = startup_is_replication(&s);
	outbuf_free(&o);
	return is;
}

static void replication_is_read_as_the_server_reads_it(void **state)
{
	const char *yes[] = { "database", "true", "TRUE", "t", "tr", "yes", "y", "on", "ON", "1" };
	const char *no[] = { "",  "false", "f",  "no",    "off",     "of",
		             "o", "0",     "11", "truex", "DATABASE" };

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(is_replication(yes[i]));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(is_replication(no[i]));
}

static const char *const known_options[] = { "_pq_.known", NULL };

/* Clamps a session of `version` with `parameters`; the packet, and what the client is told. */
static struct startup_clamp clamp_of(uint32_t version, struct bytes parameters,
                                     struct outbuf *packet)
{
	struct outbuf o;
	struct startup s;
	struct startup_clamp clamp;

	assert_int_equal(session_of(&o, version, parameters, &s), STARTUP_SESSION);
	outbuf_init(packet, 20000);
	assert_true(startup_clamp(&s, known_options, &clamp, packet));
	outbuf_free(&o);
	return clamp;
}

static void nothing_to_clamp_is_the_same_bytes(void **state)
{
	const uint32_t versions[] = { V30, STARTUP_VERSION(3, 1), STARTUP_NEWEST };
	struct bytes parameters = BYTES("user\0me\0options\0\0user\0\xff\0_pq_.known\0"
	                                "1\0_pq_\0x\0replication\0true\0\0");

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct outbuf packet;
		struct outbuf original;
		struct startup_clamp c = clamp_of(versions[i], parameters, &packet);

		assert_true(bytes_eq(outbuf_view(&packet),
		                     packet_of(&original, versions[i], parameters)));
		assert_false(startup_clamp_changed(&c));
		outbuf_free(&packet);
		outbuf_free(&original);
		startup_clamp_free(&c);
	}
}

static void a_newer_minor_is_lowered_and_unknown_options_go(void **state)
{
	struct outbuf packet;
	struct startup s;
	struct startup_clamp c = clamp_of(STARTUP_VERSION(3, 9999),
	                                  BYTES("user\0me\0_pq_.test_protocol_negotiation\0\0"
	                                        "_pq_.known\0yes\0_pq_.b\0x\0_pq_.b\0y\0\0"),
	                                  &packet);

	(void)state;
	assert_int_equal(startup_read(outbuf_view(&packet), &s), STARTUP_SESSION);
	assert_int_equal(s.version, STARTUP_VERSION(3, 2));
	assert_true(bytes_eq(s.parameters, BYTES("user\0me\0_pq_.known\0yes\0\0")));
	assert_true(startup_clamp_changed(&c));
	assert_int_equal(c.asked, STARTUP_VERSION(3, 9999));
	assert_int_equal(c.removed, 2);
	assert_true(bytes_eq(outbuf_view(&c.options),
	                     BYTES("_pq_.test_protocol_negotiation\0_pq_.b\0")));
	outbuf_free(&packet);
	startup_clamp_free(&c);
}

static struct bytes negotiate_body(struct outbuf *o, uint32_t version, uint32_t count,
                                   struct bytes options)
{
	outbuf_init(o, 1000);
	outbuf_put_u32(o, version);
	outbuf_put_u32(o, count);
	outbuf_put_bytes(o, options);
	return outbuf_view(o);
}

/* What the client is told; `theirs` may be NULL. */
static struct bytes negotiated(struct outbuf *o, const struct startup_clamp *c,
                               const struct bytes *theirs)
{
	outbuf_init(o, 1000);
	assert_true(startup_put_negotiate(o, c, theirs));
	return outbuf_view(o);
}

static void what_we_removed_is_told_even_if_the_server_says_nothing(void **state)
{
	struct outbuf packet;
	struct outbuf o;
	struct startup_clamp c =
		clamp_of(STARTUP_VERSION(3, 3), BYTES("_pq_.a\0x\0user\0me\0\0"), &packet);

	(void)state;
	assert_true(
		bytes_eq(negotiated(&o, &c, NULL), BYTES("v\0\0\0\x13\0\3\0\2\0\0\0\1_pq_.a\0")));
	outbuf_free(&o);
	outbuf_free(&packet);
	startup_clamp_free(&c);
}

static void nothing_is_said_when_nobody_has_to_say_anything(void **state)
{
	struct outbuf packet;
	struct outbuf o;
	struct startup_clamp c = clamp_of(V30, BYTES("user\0me\0\0"), &packet);

	(void)state;
	assert_int_equal(negotiated(&o, &c, NULL).n, 0);
	outbuf_free(&o);
	outbuf_free(&packet);
	startup_clamp_free(&c);
}

static void the_servers_answer_is_kept_when_nothing_was_clamped(void **state)
{
	struct outbuf packet;
	struct outbuf o;
	struct outbuf b;
	struct startup_clamp c =
		clamp_of(STARTUP_VERSION(3, 2), BYTES("_pq_.known\0x\0user\0me\0\0"), &packet);
	struct bytes theirs = negotiate_body(&b, V30, 1, BYTES("_pq_.known\0"));
	struct bytes got = negotiated(&o, &c, &theirs);

	(void)state;
	assert_int_equal(got.p[0], 'v');
	assert_true(bytes_eq(bytes_from(got, 5), theirs));
	outbuf_free(&o);
	outbuf_free(&b);
	outbuf_free(&packet);
	startup_clamp_free(&c);
}

static void both_answers_become_one_without_repeats(void **state)
{
	struct outbuf packet;
	struct outbuf o;
	struct outbuf b;
	struct startup_clamp c =
		clamp_of(STARTUP_VERSION(3, 9999), BYTES("_pq_.a\0x\0_pq_.known\0y\0_pq_.b\0z\0\0"),
	                 &packet);
	struct bytes theirs = negotiate_body(&b, V30, 2, BYTES("_pq_.known\0_pq_.a\0"));
	struct backend_negotiate got;

	(void)state;
	assert_true(backend_read_negotiate(bytes_from(negotiated(&o, &c, &theirs), 5), &got));
	assert_int_equal(got.version, V30); /* the older of the two */
	assert_int_equal(got.count, 3);
	assert_true(bytes_eq(got.options, BYTES("_pq_.known\0_pq_.a\0_pq_.b\0")));
	outbuf_free(&o);
	outbuf_free(&b);
	outbuf_free(&packet);
	startup_clamp_free(&c);
}

static void a_version_newer_than_the_forwarded_one_is_not_passed_on(void **state)
{
	struct outbuf packet;
	struct outbuf o;
	struct outbuf b;
	struct startup_clamp c = clamp_of(STARTUP_VERSION(3, 4), BYTES("\0"), &packet);
	struct bytes theirs = negotiate_body(&b, STARTUP_VERSION(3, 3), 0, BYTES(""));

	(void)state;
	assert_true(bytes_eq(negotiated(&o, &c, &theirs), BYTES("v\0\0\0\x0c\0\3\0\2\0\0\0\0")));
	outbuf_free(&o);
	outbuf_free(&b);
	outbuf_free(&packet);
	startup_clamp_free(&c);
}

static void a_broken_answer_of_the_server_is_refused(void **state)
{
	struct outbuf packet;
	struct outbuf o;
	struct outbuf b;
	struct startup_clamp c = clamp_of(V30, BYTES("\0"), &packet);
	struct bytes theirs = negotiate_body(&b, V30, UINT32_MAX, BYTES("_pq_.a\0"));

	(void)state;
	outbuf_init(&o, 1000);
	assert_false(startup_put_negotiate(&o, &c, &theirs));
	assert_int_equal(outbuf_size(&o), 0);
	outbuf_free(&o);
	outbuf_free(&b);
	outbuf_free(&packet);
	startup_clamp_free(&c);
}

static void requests_of_our_own_read_back(void **state)
{
	struct outbuf o;
	struct startup s;

	(void)state;
	outbuf_init(&o, 100);
	startup_put_ssl_request(&o);
	assert_int_equal(startup_read(outbuf_view(&o), &s), STARTUP_SSL);
	outbuf_clear(&o);
	startup_put_gssenc_request(&o);
	assert_int_equal(startup_read(outbuf_view(&o), &s), STARTUP_GSSENC);
	outbuf_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ssl_and_gssenc_requests_are_exactly_eight_bytes),
		cmocka_unit_test(what_follows_a_packet_is_not_its),
		cmocka_unit_test(every_prefix_of_a_packet_needs_more),
		cmocka_unit_test(lengths_out_of_bounds_are_refused_from_four_bytes),
		cmocka_unit_test(a_packet_of_the_longest_length_is_read),
		cmocka_unit_test(tls_is_known_by_its_first_byte),
		cmocka_unit_test(a_cancel_request_has_a_key_of_4_to_256_bytes),
		cmocka_unit_test(another_major_version_is_unsupported),
		cmocka_unit_test(parameters_end_in_exactly_one_nul),
		cmocka_unit_test(the_database_is_the_user_unless_given),
		cmocka_unit_test(a_parameter_given_twice_has_its_last_value),
		cmocka_unit_test(replication_is_read_as_the_server_reads_it),
		cmocka_unit_test(nothing_to_clamp_is_the_same_bytes),
		cmocka_unit_test(a_newer_minor_is_lowered_and_unknown_options_go),
		cmocka_unit_test(what_we_removed_is_told_even_if_the_server_says_nothing),
		cmocka_unit_test(nothing_is_said_when_nobody_has_to_say_anything),
		cmocka_unit_test(the_servers_answer_is_kept_when_nothing_was_clamped),
		cmocka_unit_test(both_answers_become_one_without_repeats),
		cmocka_unit_test(a_version_newer_than_the_forwarded_one_is_not_passed_on),
		cmocka_unit_test(a_broken_answer_of_the_server_is_refused),
		cmocka_unit_test(requests_of_our_own_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
