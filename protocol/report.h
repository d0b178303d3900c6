/* The fields of ErrorResponse and NoticeResponse: reading, finding, and rewriting some of them.
 *
 * A report is its body: a code byte and a C string, any number of times, then a NUL (chapter "Error
 * and Notice Message Fields"). Any field may be missing and unknown ones may be there; other
 * servers leave out even the SQLSTATE. Allocates nothing. */
#ifndef PROTOCOL_REPORT_H
#define PROTOCOL_REPORT_H

#include "protocol/bytes.h"
#include "protocol/outbuf.h"

enum report_code {
	REPORT_SEVERITY = 'S',   /* localised */
	REPORT_SEVERITY_V = 'V', /* never localised; since 9.6 */
	REPORT_SQLSTATE = 'C',
	REPORT_MESSAGE = 'M',
	REPORT_DETAIL = 'D',
	REPORT_HINT = 'H',
	REPORT_POSITION = 'P',          /* in characters of the client's query, from 1 */
	REPORT_INTERNAL_POSITION = 'p', /* in characters of the internal query */
	REPORT_INTERNAL_QUERY = 'q',
	REPORT_WHERE = 'W',
	REPORT_SCHEMA = 's',
	REPORT_TABLE = 't',
	REPORT_COLUMN = 'c',
	REPORT_DATATYPE = 'd',
	REPORT_CONSTRAINT = 'n',
	REPORT_FILE = 'F',
	REPORT_LINE = 'L',
	REPORT_ROUTINE = 'R',
};

struct report_field {
	uint8_t code;
	struct bytes value; /* borrowed, without its NUL */
};

/* Walks the fields: start with r = reader_of(body); false at the closing NUL or at the first byte
 * that does not fit. Whether it was the former: report_is_whole(). */
bool report_next(struct reader *r, struct report_field *field);
/* Whether the body is fields and a closing NUL, with nothing behind it. */
bool report_is_whole(struct bytes body);
/* The first field of that code. False, and an empty value, when it is missing. */
bool report_find(struct bytes body, uint8_t code, struct bytes *value);

/* Whether the severity is FATAL or PANIC: the server ends the session and the report belongs to no
 * request. Reads V, or where V is missing S in English. A body that was cut short is enough when
 * it still holds them; the server sends them first. */
bool report_is_fatal(struct bytes body);

/* The position of the field `code` ('P' or 'p') as a number; 0 when missing or not a number. */
uint32_t report_position(struct bytes body, uint8_t code);

/* One change of a report. */
struct report_edit {
	uint8_t code;
	bool drop; /* leave the field out */
	/* Otherwise its new value, put where the field stands, or at the end if it is missing. */
	struct bytes value;
};

/* Writes a message of `type` ('E' or 'N') with the fields of `body`, changed by `edits`. Fields
 * that no edit names keep their bytes and their order, unknown ones too; a field that stands twice
 * is replaced in its first place and dropped in the other. At most one edit per code. False when
 * the body is not whole or the buffer has failed; then nothing is written. */
bool report_put_edited(struct outbuf *o, uint8_t type, struct bytes body,
                       const struct report_edit *edits, size_t count);

/* Writes a report of our own from its fields, in the order given. */
void report_put(struct outbuf *o, uint8_t type, const struct report_field *fields, size_t count);

/* Writes an ErrorResponse of our own: severity ("ERROR" or "FATAL") as S and V, SQLSTATE, message,
 * and detail and hint unless NULL. */
void report_put_error(struct outbuf *o, const char *severity, const char *sqlstate,
                      const char *message, const char *detail, const char *hint);

#endif
