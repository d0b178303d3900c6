/* What servers send: readers of the messages a proxy looks into, writers of what it may say itself.
 *
 * A reader takes a whole body (without type and length) and answers false when it is not well
 * formed; what it gives borrows from the body. A writer puts one message into an outbuf and fails
 * with it. Chapter "Message Formats". Errors and notices are report.h's. */
#ifndef PROTOCOL_BACKEND_H
#define PROTOCOL_BACKEND_H

#include "protocol/bytes.h"
#include "protocol/outbuf.h"

/* --- authentication --- */

struct backend_authentication {
	uint32_t number;   /* enum authentication, or one we do not know */
	struct bytes data; /* what follows: a salt, mechanisms, a token */
};

/* The number must be there; what follows it is not looked into. */
bool backend_read_authentication(struct bytes body, struct backend_authentication *out);
/* AuthenticationOk. */
void backend_put_authentication_ok(struct outbuf *o);

/* Walks the mechanisms of AuthenticationSASL: start with r = reader_of(data); false behind the
 * last. */
bool backend_next_mechanism(struct reader *r, struct bytes *name);
/* Writes AuthenticationSASL with the mechanisms of `data` (as backend_read_authentication() gave
 * it) that do not end in "-PLUS". Returns how many there were left; writes nothing when none was,
 * or when the list has no end. */
size_t backend_put_sasl_without_plus(struct outbuf *o, struct bytes data);

struct backend_key_data {
	uint32_t pid;
	struct bytes key; /* 4 bytes in 3.0, 4 to 256 in 3.2 */
};

/* BackendKeyData; a key of another length is refused. */
bool backend_read_key_data(struct bytes body, struct backend_key_data *out);
void backend_put_key_data(struct outbuf *o, uint32_t pid, struct bytes key);

struct backend_negotiate {
	uint32_t version; /* the newest the server speaks, major in the upper half */
	uint32_t count;
	struct bytes options; /* C strings, `count` of them */
};

/* NegotiateProtocolVersion. Also walks the options: false when they are not `count`. */
bool backend_read_negotiate(struct bytes body, struct backend_negotiate *out);

/* --- session --- */

struct backend_parameter {
	struct bytes name;
	struct bytes value;
};

bool backend_read_parameter_status(struct bytes body, struct backend_parameter *out);
void backend_put_parameter_status(struct outbuf *o, struct bytes name, struct bytes value);

/* The transaction status: 'I' idle, 'T' in a block, 'E' in a failed block. False for others. */
bool backend_read_ready(struct bytes body, uint8_t *status);
void backend_put_ready(struct outbuf *o, uint8_t status);

/* --- results --- */

struct backend_column {
	struct bytes name;
	uint32_t table;     /* OID, or 0 */
	uint16_t attribute; /* number in that table, or 0 */
	uint32_t type;      /* OID */
	uint16_t type_size; /* pg_type.typlen; a signed number as it came */
	uint32_t modifier;  /* as it came */
	uint16_t format;    /* 0 text, 1 binary */
};

struct backend_row_description {
	uint16_t count;
	struct bytes columns; /* for backend_next_column(), count times */
};

/* Also walks the columns: false when one of them does not fit. */
bool backend_read_row_description(struct bytes body, struct backend_row_description *out);
/* Walks them: start with r = reader_of(out.columns); false behind the last. */
bool backend_next_column(struct reader *r, struct backend_column *out);
/* Begin with the number of columns, put each, outbuf_end(). */
void backend_begin_row_description(struct outbuf *o, uint16_t count);
void backend_put_column(struct outbuf *o, const struct backend_column *column);
/* A column of type text that belongs to no table. */
void backend_put_text_column(struct outbuf *o, const char *name);

struct backend_data_row {
	uint16_t count;
	struct bytes values; /* for reader_value(), count times */
};

/* Also walks the values: false when one of them does not fit. */
bool backend_read_data_row(struct bytes body, struct backend_data_row *out);
/* Begin with the number of values, outbuf_put_value() each, outbuf_end(). */
void backend_begin_data_row(struct outbuf *o, uint16_t count);

bool backend_read_command_complete(struct bytes body, struct bytes *tag);
void backend_put_command_complete(struct outbuf *o, struct bytes tag);

struct backend_copy {
	uint8_t format;       /* of the whole: 0 text, 1 binary */
	struct bytes formats; /* of the columns, 2 bytes each */
};

/* CopyInResponse, CopyOutResponse and CopyBothResponse have one shape. */
bool backend_read_copy(struct bytes body, struct backend_copy *out);

/* Messages whose body is empty: ParseComplete, NoData, EmptyQueryResponse … */
void backend_put_empty(struct outbuf *o, uint8_t type);

#endif
