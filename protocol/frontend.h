/* What clients send: readers of the messages a proxy looks into, writers of those it sends itself.
 *
 * A reader takes a whole body (without type and length) and answers false when it is not well
 * formed; what it gives borrows from the body. A writer puts one message into an outbuf and fails
 * with it. Chapter "Message Formats". The untyped first packets are startup.h's. */
#ifndef PROTOCOL_FRONTEND_H
#define PROTOCOL_FRONTEND_H

#include "protocol/bytes.h"
#include "protocol/outbuf.h"

/* What Describe and Close are about. */
enum frontend_target {
	FRONTEND_STATEMENT = 'S',
	FRONTEND_PORTAL = 'P',
};

bool frontend_read_query(struct bytes body, struct bytes *query);
void frontend_put_query(struct outbuf *o, struct bytes query);

struct frontend_parse {
	struct bytes name; /* empty: the unnamed statement */
	struct bytes query;
	struct bytes types; /* OIDs as they came, 4 bytes each, 0 for not specified */
};

bool frontend_read_parse(struct bytes body, struct frontend_parse *out);
void frontend_put_parse(struct outbuf *o, const struct frontend_parse *parse);

struct frontend_bind {
	struct bytes portal; /* empty: the unnamed portal */
	struct bytes statement;
	struct bytes formats; /* of the parameters, 2 bytes each: none, one for all, or one each */
	uint16_t value_count;
	struct bytes values;         /* for reader_value(), value_count times */
	struct bytes result_formats; /* of the columns, 2 bytes each */
};

/* Also walks the values: false when one of them does not fit. */
bool frontend_read_bind(struct bytes body, struct frontend_bind *out);
void frontend_put_bind(struct outbuf *o, const struct frontend_bind *bind);

struct frontend_named {
	uint8_t target; /* 'S' or 'P'; the reader refuses others, as the server does */
	struct bytes name;
};

/* Describe and Close have one shape. */
bool frontend_read_describe(struct bytes body, struct frontend_named *out);
bool frontend_read_close(struct bytes body, struct frontend_named *out);
void frontend_put_describe(struct outbuf *o, enum frontend_target target, struct bytes name);
void frontend_put_close(struct outbuf *o, enum frontend_target target, struct bytes name);

struct frontend_execute {
	struct bytes portal;
	uint32_t rows; /* at most; 0 for all */
};

bool frontend_read_execute(struct bytes body, struct frontend_execute *out);
void frontend_put_execute(struct outbuf *o, struct bytes portal, uint32_t rows);

struct frontend_function_call {
	uint32_t function;    /* OID */
	struct bytes formats; /* of the arguments, 2 bytes each */
	uint16_t value_count;
	struct bytes values; /* for reader_value(), value_count times */
	uint16_t result_format;
};

bool frontend_read_function_call(struct bytes body, struct frontend_function_call *out);

bool frontend_read_copy_fail(struct bytes body, struct bytes *message);

struct frontend_sasl_initial {
	struct bytes mechanism;
	struct reader_value response; /* NULL when there is none */
};

bool frontend_read_sasl_initial(struct bytes body, struct frontend_sasl_initial *out);

void frontend_put_flush(struct outbuf *o);
void frontend_put_sync(struct outbuf *o);
void frontend_put_terminate(struct outbuf *o);

#endif
