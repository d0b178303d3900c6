#include "protocol/frontend.h"

#include "protocol/messages.h"

/* `count` values as reader_value() reads them, walked and given back as they came. */
static struct bytes take_values(struct reader *r, uint16_t count)
{
	const uint8_t *p = r->p;
	size_t left = r->left;

	for (uint16_t i = 0; i < count && !r->failed; i++)
		reader_value(r);
	if (r->failed)
		return (struct bytes){ 0 };
	return bytes_of(p, left - r->left);
}

/* Int16 count, then as many format codes. */
static struct bytes take_formats(struct reader *r)
{
	return reader_take(r, 2 * (size_t)reader_u16(r));
}

/* Writes how many elements of `size` bytes there are, then them. */
static void put_array(struct outbuf *o, struct bytes elements, size_t size)
{
	outbuf_put_u16(o, (uint16_t)(elements.n / size));
	outbuf_put_bytes(o, elements);
}

/* A body that is one C string. */
static bool read_text(struct bytes body, struct bytes *text)
{
	struct reader r = reader_of(body);

	*text = reader_cstring(&r);
	return reader_ok(&r);
}

bool frontend_read_query(struct bytes body, struct bytes *query)
{
	return read_text(body, query);
}

void frontend_put_query(struct outbuf *o, struct bytes query)
{
	outbuf_begin(o, FRONTEND_QUERY);
	outbuf_put_cstring(o, query);
	outbuf_end(o);
}

bool frontend_read_parse(struct bytes body, struct frontend_parse *out)
{
	struct reader r = reader_of(body);

	out->name = reader_cstring(&r);
	out->query = reader_cstring(&r);
	out->types = reader_take(&r, 4 * (size_t)reader_u16(&r));
	return reader_ok(&r);
}

void frontend_put_parse(struct outbuf *o, const struct frontend_parse *parse)
{
	outbuf_begin(o, FRONTEND_PARSE);
	outbuf_put_cstring(o, parse->name);
	outbuf_put_cstring(o, parse->query);
	put_array(o, parse->types, 4);
	outbuf_end(o);
}

bool frontend_read_bind(struct bytes body, struct frontend_bind *out)
{
	struct reader r = reader_of(body);

	out->portal = reader_cstring(&r);
	out->statement = reader_cstring(&r);
	out->formats = take_formats(&r);
	out->value_count = reader_u16(&r);
	out->values = take_values(&r, out->value_count);
	out->result_formats = take_formats(&r);
	return reader_ok(&r);
}

void frontend_put_bind(struct outbuf *o, const struct frontend_bind *bind)
{
	outbuf_begin(o, FRONTEND_BIND);
	outbuf_put_cstring(o, bind->portal);
	outbuf_put_cstring(o, bind->statement);
	put_array(o, bind->formats, 2);
	outbuf_put_u16(o, bind->value_count);
	outbuf_put_bytes(o, bind->values);
	put_array(o, bind->result_formats, 2);
	outbuf_end(o);
}

static bool read_named(struct bytes body, struct frontend_named *out)
{
	struct reader r = reader_of(body);

	out->target = reader_u8(&r);
	out->name = reader_cstring(&r);
	return reader_ok(&r) &&
	       (out->target == FRONTEND_STATEMENT || out->target == FRONTEND_PORTAL);
}

static void put_named(struct outbuf *o, uint8_t type, enum frontend_target target,
                      struct bytes name)
{
	outbuf_begin(o, type);
	outbuf_put_u8(o, (uint8_t)target);
	outbuf_put_cstring(o, name);
	outbuf_end(o);
}

bool frontend_read_describe(struct bytes body, struct frontend_named *out)
{
	return read_named(body, out);
}

bool frontend_read_close(struct bytes body, struct frontend_named *out)
{
	return read_named(body, out);
}

void frontend_put_describe(struct outbuf *o, enum frontend_target target, struct bytes name)
{
	put_named(o, FRONTEND_DESCRIBE, target, name);
}

void frontend_put_close(struct outbuf *o, enum frontend_target target, struct bytes name)
{
	put_named(o, FRONTEND_CLOSE, target, name);
}

bool frontend_read_execute(struct bytes body, struct frontend_execute *out)
{
	struct reader r = reader_of(body);

	out->portal = reader_cstring(&r);
	out->rows = reader_u32(&r);
	return reader_ok(&r);
}

void frontend_put_execute(struct outbuf *o, struct bytes portal, uint32_t rows)
{
	outbuf_begin(o, FRONTEND_EXECUTE);
	outbuf_put_cstring(o, portal);
	outbuf_put_u32(o, rows);
	outbuf_end(o);
}

bool frontend_read_function_call(struct bytes body, struct frontend_function_call *out)
{
	struct reader r = reader_of(body);

	out->function = reader_u32(&r);
	out->formats = take_formats(&r);
	out->value_count = reader_u16(&r);
	out->values = take_values(&r, out->value_count);
	out->result_format = reader_u16(&r);
	return reader_ok(&r);
}

bool frontend_read_copy_fail(struct bytes body, struct bytes *message)
{
	return read_text(body, message);
}

bool frontend_read_sasl_initial(struct bytes body, struct frontend_sasl_initial *out)
{
	struct reader r = reader_of(body);

	out->mechanism = reader_cstring(&r);
	out->response = reader_value(&r);
	return reader_ok(&r);
}

static void put_empty(struct outbuf *o, uint8_t type)
{
	outbuf_begin(o, type);
	outbuf_end(o);
}

void frontend_put_flush(struct outbuf *o)
{
	put_empty(o, FRONTEND_FLUSH);
}

void frontend_put_sync(struct outbuf *o)
{
	put_empty(o, FRONTEND_SYNC);
}

void frontend_put_terminate(struct outbuf *o)
{
	put_empty(o, FRONTEND_TERMINATE);
}
