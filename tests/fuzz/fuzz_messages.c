/* Reading a message and putting it again gives the same bytes.
 *
 * The first byte chooses the reader, the rest is the body: of each message that has a writer, and of
 * the packets that open a connection, whose clamping must leave alone what needs none and be done
 * after one time. */
#include <stdlib.h>

#include "protocol/backend.h"
#include "protocol/frontend.h"
#include "protocol/messages.h"
#include "protocol/startup.h"
#include "tests/fuzz/target.h"

/* What was put is one message of that type with that body. */
static void check_put(const struct outbuf *o, uint8_t type, struct bytes body)
{
	struct bytes got = outbuf_view(o);

	CHECK(outbuf_ok(o) && got.n >= 5 && got.p[0] == type);
	CHECK(bytes_get_u32(got.p + 1) == got.n - 1);
	CHECK(bytes_eq(bytes_from(got, 5), body));
}

static void check_values(struct bytes values, uint16_t count)
{
	struct reader r = reader_of(values);

	while (count-- > 0)
		reader_value(&r);
	CHECK(reader_ok(&r));
}

static void query(struct bytes body, struct outbuf *o)
{
	struct bytes text;

	if (!frontend_read_query(body, &text))
		return;
	frontend_put_query(o, text);
	check_put(o, 'Q', body);
}

static void parse(struct bytes body, struct outbuf *o)
{
	struct frontend_parse p;

	if (!frontend_read_parse(body, &p))
		return;
	frontend_put_parse(o, &p);
	check_put(o, 'P', body);
}

static void bind(struct bytes body, struct outbuf *o)
{
	struct frontend_bind p;

	if (!frontend_read_bind(body, &p))
		return;
	check_values(p.values, p.value_count);
	frontend_put_bind(o, &p);
	check_put(o, 'B', body);
}

static void named(struct bytes body, struct outbuf *o)
{
	struct frontend_named p;

	if (!frontend_read_describe(body, &p))
		return;
	frontend_put_describe(o, (enum frontend_target)p.target, p.name);
	check_put(o, 'D', body);
	outbuf_clear(o);
	CHECK(frontend_read_close(body, &p));
	frontend_put_close(o, (enum frontend_target)p.target, p.name);
	check_put(o, 'C', body);
}

static void execute(struct bytes body, struct outbuf *o)
{
	struct frontend_execute p;

	if (!frontend_read_execute(body, &p))
		return;
	frontend_put_execute(o, p.portal, p.rows);
	check_put(o, 'E', body);
}

static void other_frontend(struct bytes body, struct outbuf *o)
{
	struct frontend_function_call call;
	struct frontend_sasl_initial sasl;
	struct bytes message;

	(void)o;
	if (frontend_read_function_call(body, &call))
		check_values(call.values, call.value_count);
	frontend_read_copy_fail(body, &message);
	if (frontend_read_sasl_initial(body, &sasl))
		CHECK(!sasl.response.null || sasl.response.bytes.n == 0);
}

static void row_description(struct bytes body, struct outbuf *o)
{
	struct backend_row_description rows;
	struct backend_column column;
	struct reader r;

	if (!backend_read_row_description(body, &rows))
		return;
	r = reader_of(rows.columns);
	backend_begin_row_description(o, rows.count);
	while (backend_next_column(&r, &column))
		backend_put_column(o, &column);
	outbuf_end(o);
	check_put(o, 'T', body);
}

static void data_row(struct bytes body, struct outbuf *o)
{
	struct backend_data_row row;
	struct reader r;

	if (!backend_read_data_row(body, &row))
		return;
	r = reader_of(row.values);
	backend_begin_data_row(o, row.count);
	for (uint16_t i = 0; i < row.count; i++)
		outbuf_put_value(o, reader_value(&r));
	outbuf_end(o);
	check_put(o, 'D', body);
}

static void short_backend(struct bytes body, struct outbuf *o)
{
	struct backend_key_data key;
	struct backend_parameter parameter;
	struct bytes tag;
	uint8_t status;

	if (backend_read_key_data(body, &key)) {
		backend_put_key_data(o, key.pid, key.key);
		check_put(o, 'K', body);
		outbuf_clear(o);
	}
	if (backend_read_parameter_status(body, &parameter)) {
		backend_put_parameter_status(o, parameter.name, parameter.value);
		check_put(o, 'S', body);
		outbuf_clear(o);
	}
	if (backend_read_command_complete(body, &tag)) {
		backend_put_command_complete(o, tag);
		check_put(o, 'C', body);
		outbuf_clear(o);
	}
	if (backend_read_ready(body, &status)) {
		backend_put_ready(o, status);
		check_put(o, 'Z', body);
	}
}

static void authentication(struct bytes body, struct outbuf *o)
{
	struct backend_authentication a;
	struct bytes name;
	struct reader r;
	size_t count;

	if (!backend_read_authentication(body, &a))
		return;
	count = backend_put_sasl_without_plus(o, a.data);
	CHECK((count > 0) == (outbuf_size(o) > 0));
	if (count == 0)
		return;
	CHECK(backend_read_authentication(bytes_from(outbuf_view(o), 5), &a));
	CHECK(a.number == AUTHENTICATION_SASL);
	for (r = reader_of(a.data); backend_next_mechanism(&r, &name); count--)
		CHECK(name.n < 5 || memcmp(name.p + name.n - 5, "-PLUS", 5) != 0);
	CHECK(count == 0 && reader_ok(&r));
}

static void check_clamped(const struct startup *s, struct startup_clamp *first, struct outbuf *o)
{
	struct startup again;
	struct startup_clamp second;
	struct outbuf twice;

	CHECK(startup_read(outbuf_view(o), &again) == STARTUP_SESSION);
	CHECK(again.version <= STARTUP_NEWEST && again.version == first->version);
	if (!startup_clamp_changed(first))
		CHECK(bytes_eq(outbuf_view(o), s->raw));
	CHECK(bytes_eq(startup_user(s), startup_user(&again)));
	CHECK(startup_is_replication(s) == startup_is_replication(&again));
	outbuf_init(&twice, 1 << 16);
	CHECK(startup_clamp(&again, NULL, &second, &twice));
	CHECK(!startup_clamp_changed(&second));
	CHECK(bytes_eq(outbuf_view(o), outbuf_view(&twice)));
	startup_clamp_free(&second);
	outbuf_free(&twice);
}

/* Uses the rest of the input, behind the packet, as the server's NegotiateProtocolVersion. */
static void check_negotiate(struct startup_clamp *clamp, struct bytes theirs, struct outbuf *o)
{
	struct backend_negotiate server;
	struct backend_negotiate merged;
	bool ok = backend_read_negotiate(theirs, &server);

	outbuf_clear(o);
	CHECK(startup_put_negotiate(o, clamp, &theirs) == ok);
	if (!ok)
		return;
	CHECK(backend_read_negotiate(bytes_from(outbuf_view(o), 5), &merged));
	CHECK(merged.version <= server.version && merged.version <= clamp->version);
	CHECK(merged.count >= server.count && merged.count <= server.count + clamp->removed);
}

static void startup(struct bytes in, struct outbuf *o)
{
	struct startup s;
	struct startup_clamp clamp;
	enum startup_kind kind = startup_read(in, &s);

	CHECK(s.size <= in.n);
	if (kind != STARTUP_SESSION)
		return;
	CHECK(startup_clamp(&s, NULL, &clamp, o));
	check_clamped(&s, &clamp, o);
	check_negotiate(&clamp, bytes_from(in, s.size), o);
	startup_clamp_free(&clamp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(struct bytes, struct outbuf *) = {
		query,           parse,    bind,          named,          execute, other_frontend,
		row_description, data_row, short_backend, authentication, startup,
	};
	uint8_t *copy;
	struct outbuf o;

	if (size == 0)
		return 0;
	copy = malloc(size > 1 ? size - 1 : 1); /* of exactly its size: a read beyond is seen */
	CHECK(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	outbuf_init(&o, 1 << 20);
	readers[data[0] % (sizeof(readers) / sizeof(readers[0]))](bytes_of(copy, size - 1), &o);
	outbuf_free(&o);
	free(copy);
	return 0;
}
