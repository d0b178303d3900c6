#include "protocol/report.h"

#include <assert.h>

#include "protocol/messages.h"

bool report_next(struct reader *r, struct report_field *field)
{
	field->value = (struct bytes){ 0 };
	field->code = reader_u8(r);
	if (r->failed || field->code == 0)
		return false;
	field->value = reader_cstring(r);
	return !r->failed;
}

bool report_is_whole(struct bytes body)
{
	struct reader r = reader_of(body);
	struct report_field field;

	while (report_next(&r, &field))
		;
	return reader_ok(&r);
}

bool report_find(struct bytes body, uint8_t code, struct bytes *value)
{
	struct reader r = reader_of(body);
	struct report_field field;

	while (report_next(&r, &field)) {
		if (field.code == code) {
			*value = field.value;
			return true;
		}
	}
	*value = (struct bytes){ 0 };
	return false;
}

bool report_is_fatal(struct bytes body)
{
	struct bytes severity;

	if (!report_find(body, REPORT_SEVERITY_V, &severity))
		report_find(body, REPORT_SEVERITY, &severity);
	return bytes_is(severity, "FATAL") || bytes_is(severity, "PANIC");
}

uint32_t report_position(struct bytes body, uint8_t code)
{
	struct bytes digits;
	uint64_t n = 0;

	report_find(body, code, &digits);
	for (size_t i = 0; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return 0;
		n = n * 10 + (uint64_t)(digits.p[i] - '0');
		if (n > UINT32_MAX)
			return 0;
	}
	return (uint32_t)n;
}

static void put_field(struct outbuf *o, uint8_t code, struct bytes value)
{
	outbuf_put_u8(o, code);
	outbuf_put_cstring(o, value);
}

static size_t find_edit(const struct report_edit *edits, size_t count, uint8_t code)
{
	size_t i = 0;

	while (i < count && edits[i].code != code)
		i++;
	return i;
}

bool report_put_edited(struct outbuf *o, uint8_t type, struct bytes body,
                       const struct report_edit *edits, size_t count)
{
	struct reader r = reader_of(body);
	struct report_field field;
	uint64_t done = 0; /* edits that were written, or need not be */

	assert(count <= 64);
	if (!report_is_whole(body))
		return false;
	outbuf_begin(o, type);
	while (report_next(&r, &field)) {
		size_t i = find_edit(edits, count, field.code);

		if (i == count)
			put_field(o, field.code, field.value);
		else if (!edits[i].drop && (done >> i & 1) == 0)
			put_field(o, field.code, edits[i].value);
		if (i < count)
			done |= UINT64_C(1) << i;
	}
	for (size_t i = 0; i < count; i++) {
		if (!edits[i].drop && (done >> i & 1) == 0)
			put_field(o, edits[i].code, edits[i].value);
	}
	outbuf_put_u8(o, 0);
	outbuf_end(o);
	return outbuf_ok(o);
}

void report_put(struct outbuf *o, uint8_t type, const struct report_field *fields, size_t count)
{
	outbuf_begin(o, type);
	for (size_t i = 0; i < count; i++)
		put_field(o, fields[i].code, fields[i].value);
	outbuf_put_u8(o, 0);
	outbuf_end(o);
}

void report_put_error(struct outbuf *o, const char *severity, const char *sqlstate,
                      const char *message, const char *detail, const char *hint)
{
	struct report_field fields[6] = {
		{ REPORT_SEVERITY, bytes_of_z(severity) },
		{ REPORT_SEVERITY_V, bytes_of_z(severity) },
		{ REPORT_SQLSTATE, bytes_of_z(sqlstate) },
		{ REPORT_MESSAGE, bytes_of_z(message) },
	};
	size_t count = 4;

	if (detail != NULL)
		fields[count++] = (struct report_field){ REPORT_DETAIL, bytes_of_z(detail) };
	if (hint != NULL)
		fields[count++] = (struct report_field){ REPORT_HINT, bytes_of_z(hint) };
	report_put(o, BACKEND_ERROR_RESPONSE, fields, count);
}
