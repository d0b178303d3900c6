/* The log: one line per event on one descriptor, text or JSON.
 *
 *     2026-08-01T12:00:00.123Z info session=4f2 event="session started" client=127.0.0.1:50112
 *
 * Constant words for the event, then keys and values. Values that come from outside are escaped, so
 * a line is always one line. Literals, passwords and rows never come here: that is the callers' duty.
 * A line is one write(), so threads need no lock. */
#ifndef PROXY_LOG_H
#define PROXY_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* In the order of the setting's choices. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log {
	int fd;         /* borrowed */
	unsigned level; /* enum log_level; atomic: a reload changes it under running threads */
	unsigned json;  /* likewise */
};

struct log_field {
	const char *key;  /* NULL ends the list */
	const char *text; /* borrowed; NULL: the number is the value */
	long long number;
};

#define LOG_TEXT(k, t)   ((struct log_field){ (k), (t), 0 })
#define LOG_NUMBER(k, n) ((struct log_field){ (k), NULL, (long long)(n) })
/* The last argument of log_event(). */
#define LOG_FIELDS(...) ((const struct log_field[]){ __VA_ARGS__, { 0 } })
#define LOG_NO_FIELDS   ((const struct log_field[]){ { 0 } })

/* A log on the descriptor `fd`. */
void log_init(struct log *log, int fd, enum log_level level, bool json);
/* Takes effect in all threads. */
void log_configure(struct log *log, enum log_level level, bool json);
/* Whether an event of that level is written. */
bool log_wants(const struct log *log, enum log_level level);
/* Writes one line. `session` 0: the event belongs to none. A text longer than 1000 bytes is cut; a
 * full disk loses the line and nothing else. */
void log_event(const struct log *log, enum log_level level, uint32_t session, const char *event,
               const struct log_field *fields);

#endif
