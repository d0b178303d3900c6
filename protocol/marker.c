#include "protocol/marker.h"

#include <stdio.h>

#include "protocol/frontend.h"
#include "protocol/messages.h"
#include "protocol/outbuf.h"

enum { SOUGHT, PERHAPS, FOUND };

void marker_init(struct marker *m, const uint64_t secret[2])
{
	*m = (struct marker){ .secret = { secret[0], secret[1] } };
}

/* The types of the parameters of mark number `n`: as they stand in Parse and in
 * ParameterDescription. */
static void write_types(const struct marker *m, uint8_t n, uint8_t types[16])
{
	bytes_set_u32(types, (uint32_t)m->secret[0] ^ n);
	bytes_set_u32(types + 4, (uint32_t)(m->secret[0] >> 32));
	bytes_set_u32(types + 8, (uint32_t)m->secret[1]);
	bytes_set_u32(types + 12, (uint32_t)(m->secret[1] >> 32));
}

void marker_put(struct marker *m, struct outbuf *out)
{
	struct frontend_parse parse = { 0 };
	uint8_t types[16];
	char name[40];

	m->sent++;
	write_types(m, m->sent, types);
	snprintf(name, sizeof(name), "_pgexpr_mark_%016llx", (unsigned long long)m->secret[1]);
	parse.name = bytes_of_z(name);
	parse.types = bytes_of(types, sizeof(types));
	frontend_put_parse(out, &parse);
	frontend_put_describe(out, FRONTEND_STATEMENT, parse.name);
	frontend_put_close(out, FRONTEND_STATEMENT, parse.name);
	frontend_put_sync(out);
}

/* Whether a ParameterDescription is that of the mark that comes next. A mark that failed never does. */
static bool is_mark(struct marker *m, struct bytes body)
{
	uint8_t expected[18];

	bytes_set_u16(expected, 4);
	for (uint8_t n = (uint8_t)(m->found + 1); n <= m->sent; n++) {
		write_types(m, n, expected + 2);
		if (bytes_eq(body, bytes_of(expected, sizeof(expected)))) {
			m->found = n;
			return true;
		}
	}
	return false;
}

static bool is_async(uint8_t type)
{
	return type == BACKEND_NOTICE_RESPONSE || type == BACKEND_PARAMETER_STATUS ||
	       type == BACKEND_NOTIFICATION_RESPONSE;
}

/* The rest of a mark: NoData, CloseComplete, or an error in their place, and ReadyForQuery. */
static enum marker_verdict receive_rest(struct marker *m, uint8_t type)
{
	if (is_async(type))
		return MARKER_PASS;
	if (type != BACKEND_READY_FOR_QUERY)
		return MARKER_HIDE;
	m->state = SOUGHT;
	return m->found == m->sent ? MARKER_DONE : MARKER_HIDE;
}

enum marker_verdict marker_receive(struct marker *m, uint8_t type, struct bytes body)
{
	bool perhaps = m->state == PERHAPS;

	if (m->state == FOUND)
		return receive_rest(m, type);
	if (m->sent == 0 || (!perhaps && is_async(type)))
		return MARKER_PASS;
	if (type == BACKEND_PARSE_COMPLETE) {
		m->state = PERHAPS;
		return perhaps ? MARKER_KEEP_ONLY : MARKER_KEEP;
	}
	if (perhaps && is_async(type))
		return MARKER_KEEP;
	if (perhaps && type == BACKEND_PARAMETER_DESCRIPTION && is_mark(m, body)) {
		m->state = FOUND;
		return MARKER_FOUND;
	}
	m->state = SOUGHT;
	if (type == BACKEND_ERROR_RESPONSE)
		return m->sent < MARKER_TRIES ? MARKER_AGAIN : MARKER_OVER;
	return MARKER_PASS;
}
