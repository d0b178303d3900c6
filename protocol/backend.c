#include "protocol/backend.h"

#include "protocol/messages.h"

#define TEXT_OID 25 /* pg_type.dat */

bool backend_read_authentication(struct bytes body, struct backend_authentication *out)
{
	struct reader r = reader_of(body);

	out->number = reader_u32(&r);
	out->data = reader_rest(&r);
	return reader_ok(&r);
}

void backend_put_authentication_ok(struct outbuf *o)
{
	outbuf_begin(o, BACKEND_AUTHENTICATION);
	outbuf_put_u32(o, AUTHENTICATION_OK);
	outbuf_end(o);
}

bool backend_next_mechanism(struct reader *r, struct bytes *name)
{
	*name = reader_cstring(r);
	return !r->failed && name->n > 0;
}

static bool needs_channel_binding(struct bytes mechanism)
{
	return mechanism.n >= 5 && memcmp(mechanism.p + mechanism.n - 5, "-PLUS", 5) == 0;
}

static size_t count_without_plus(struct bytes data)
{
	struct reader r = reader_of(data);
	struct bytes name;
	size_t count = 0;

	while (backend_next_mechanism(&r, &name))
		count += needs_channel_binding(name) ? 0 : 1;
	return r.failed ? 0 : count;
}

size_t backend_put_sasl_without_plus(struct outbuf *o, struct bytes data)
{
	struct reader r = reader_of(data);
	struct bytes name;
	size_t count = count_without_plus(data);

	if (count == 0)
		return 0;
	outbuf_begin(o, BACKEND_AUTHENTICATION);
	outbuf_put_u32(o, AUTHENTICATION_SASL);
	while (backend_next_mechanism(&r, &name)) {
		if (!needs_channel_binding(name))
			outbuf_put_cstring(o, name);
	}
	outbuf_put_u8(o, 0);
	outbuf_end(o);
	return count;
}

bool backend_read_key_data(struct bytes body, struct backend_key_data *out)
{
	struct reader r = reader_of(body);

	out->pid = reader_u32(&r);
	out->key = reader_rest(&r);
	return reader_ok(&r) && out->key.n >= 4 && out->key.n <= 256;
}

void backend_put_key_data(struct outbuf *o, uint32_t pid, struct bytes key)
{
	outbuf_begin(o, BACKEND_KEY_DATA);
	outbuf_put_u32(o, pid);
	outbuf_put_bytes(o, key);
	outbuf_end(o);
}

bool backend_read_negotiate(struct bytes body, struct backend_negotiate *out)
{
	struct reader r = reader_of(body);

	out->version = reader_u32(&r);
	out->count = reader_u32(&r);
	out->options = bytes_of(r.p, r.left);
	for (uint32_t i = 0; i < out->count && !r.failed; i++)
		reader_cstring(&r);
	return reader_ok(&r);
}

bool backend_read_parameter_status(struct bytes body, struct backend_parameter *out)
{
	struct reader r = reader_of(body);

	out->name = reader_cstring(&r);
	out->value = reader_cstring(&r);
	return reader_ok(&r);
}

void backend_put_parameter_status(struct outbuf *o, struct bytes name, struct bytes value)
{
	outbuf_begin(o, BACKEND_PARAMETER_STATUS);
	outbuf_put_cstring(o, name);
	outbuf_put_cstring(o, value);
	outbuf_end(o);
}

bool backend_read_ready(struct bytes body, uint8_t *status)
{
	struct reader r = reader_of(body);

	*status = reader_u8(&r);
	return reader_ok(&r) && (*status == 'I' || *status == 'T' || *status == 'E');
}

void backend_put_ready(struct outbuf *o, uint8_t status)
{
	outbuf_begin(o, BACKEND_READY_FOR_QUERY);
	outbuf_put_u8(o, status);
	outbuf_end(o);
}

bool backend_next_column(struct reader *r, struct backend_column *out)
{
	*out = (struct backend_column){ 0 };
	if (r->left == 0)
		return false;
	out->name = reader_cstring(r);
	out->table = reader_u32(r);
	out->attribute = reader_u16(r);
	out->type = reader_u32(r);
	out->type_size = reader_u16(r);
	out->modifier = reader_u32(r);
	out->format = reader_u16(r);
	return !r->failed;
}

bool backend_read_row_description(struct bytes body, struct backend_row_description *out)
{
	struct reader r = reader_of(body);
	struct backend_column column;

	out->count = reader_u16(&r);
	out->columns = bytes_of(r.p, r.left);
	for (uint16_t i = 0; i < out->count; i++) {
		if (!backend_next_column(&r, &column))
			return false;
	}
	return reader_ok(&r);
}

void backend_begin_row_description(struct outbuf *o, uint16_t count)
{
	outbuf_begin(o, BACKEND_ROW_DESCRIPTION);
	outbuf_put_u16(o, count);
}

void backend_put_column(struct outbuf *o, const struct backend_column *column)
{
	outbuf_put_cstring(o, column->name);
	outbuf_put_u32(o, column->table);
	outbuf_put_u16(o, column->attribute);
	outbuf_put_u32(o, column->type);
	outbuf_put_u16(o, column->type_size);
	outbuf_put_u32(o, column->modifier);
	outbuf_put_u16(o, column->format);
}

void backend_put_text_column(struct outbuf *o, const char *name)
{
	struct backend_column column = {
		.name = bytes_of_z(name),
		.type = TEXT_OID,
		.type_size = UINT16_MAX,
		.modifier = UINT32_MAX,
	};

	backend_put_column(o, &column);
}

bool backend_read_data_row(struct bytes body, struct backend_data_row *out)
{
	struct reader r = reader_of(body);

	out->count = reader_u16(&r);
	out->values = bytes_of(r.p, r.left);
	for (uint16_t i = 0; i < out->count && !r.failed; i++)
		reader_value(&r);
	return reader_ok(&r);
}

void backend_begin_data_row(struct outbuf *o, uint16_t count)
{
	outbuf_begin(o, BACKEND_DATA_ROW);
	outbuf_put_u16(o, count);
}

bool backend_read_command_complete(struct bytes body, struct bytes *tag)
{
	struct reader r = reader_of(body);

	*tag = reader_cstring(&r);
	return reader_ok(&r);
}

void backend_put_command_complete(struct outbuf *o, struct bytes tag)
{
	outbuf_begin(o, BACKEND_COMMAND_COMPLETE);
	outbuf_put_cstring(o, tag);
	outbuf_end(o);
}

bool backend_read_copy(struct bytes body, struct backend_copy *out)
{
	struct reader r = reader_of(body);

	out->format = reader_u8(&r);
	out->formats = reader_take(&r, 2 * (size_t)reader_u16(&r));
	return reader_ok(&r);
}

void backend_put_empty(struct outbuf *o, uint8_t type)
{
	outbuf_begin(o, type);
	outbuf_end(o);
}
