#include "proxy/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compiler/encoding.h"

#define LINE_SIZE 4096
/* Of one text in a line: an event has three that come from outside at the most. */
#define LONGEST_TEXT 1000

static const char *const level_names[] = { "debug", "info", "warning", "error" };

/* A line in the making. The last byte is kept for the newline. */
struct line {
	char text[LINE_SIZE];
	size_t n;
	bool json;
};

void log_init(struct log *log, int fd, enum log_level level, bool json)
{
	log->fd = fd;
	log_configure(log, level, json);
}

void log_configure(struct log *log, enum log_level level, bool json)
{
	__atomic_store_n(&log->level, (unsigned)level, __ATOMIC_RELAXED);
	__atomic_store_n(&log->json, (unsigned)json, __ATOMIC_RELAXED);
}

bool log_wants(const struct log *log, enum log_level level)
{
	return (unsigned)level >= __atomic_load_n(&log->level, __ATOMIC_RELAXED);
}

static void put(struct line *line, const char *p, size_t n)
{
	size_t room = sizeof(line->text) - 1 - line->n;

	if (n > room)
		n = room;
	memcpy(line->text + line->n, p, n);
	line->n += n;
}

static void put_z(struct line *line, const char *z)
{
	put(line, z, strlen(z));
}

/* Bytes of the character at `p` that may stand between quotes as they are: whole UTF-8 that steers no
 * terminal. 0: its first byte is escaped. */
static size_t harmless_bytes(const char *p)
{
	unsigned char c = (unsigned char)*p;
	struct str character = { p, strnlen(p, 4) };

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f && c != '"' && c != '\\';
	character.n = encoding_length(encoding_utf8(), p, character.n);
	/* U+0080 to U+009F are the control characters of eight-bit terminals. */
	if (c == 0xc2 && (unsigned char)p[1] < 0xa0)
		return 0;
	return encoding_is_valid(encoding_utf8(), character) ? character.n : 0;
}

/* The inside of a quoted text, cut where it grows too long. Control characters, and bytes that are no
 * UTF-8, are escaped as \u00XX in both formats: nothing from outside can end the line, steer a
 * terminal or spoil the JSON. */
static void put_escaped(struct line *line, const char *text)
{
	size_t end = line->n + LONGEST_TEXT;

	for (const char *p = text; *p != '\0';) {
		size_t n = harmless_bytes(p);
		char escape[8];

		if (line->n > end) {
			put_z(line, "...");
			return;
		}
		if (n > 0) {
			put(line, p, n);
		} else if (*p == '"' || *p == '\\') {
			escape[0] = '\\';
			escape[1] = *p;
			put(line, escape, 2);
		} else {
			snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)(unsigned char)*p);
			put(line, escape, 6);
		}
		p += n > 0 ? n : 1;
	}
}

static bool is_plain_word(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=')
			return false;
	}
	return true;
}

static void put_key(struct line *line, const char *key)
{
	if (line->n > 1)
		put_z(line, line->json ? "," : " ");
	if (line->json)
		put_z(line, "\"");
	put_z(line, key);
	put_z(line, line->json ? "\":" : "=");
}

static void put_text(struct line *line, const char *key, const char *value)
{
	bool bare = !line->json && is_plain_word(value);

	put_key(line, key);
	if (!bare)
		put_z(line, "\"");
	put_escaped(line, value);
	if (!bare)
		put_z(line, "\"");
}

static void put_number(struct line *line, const char *key, long long value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%lld", value);
	put_key(line, key);
	put_z(line, digits);
}

static void put_time(struct line *line)
{
	struct timespec now;
	struct tm tm;
	char text[40];
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%03ldZ", now.tv_nsec / 1000000);
	if (line->json)
		put_text(line, "time", text);
	else
		put_z(line, text);
}

static void put_level(struct line *line, enum log_level level)
{
	if (line->json) {
		put_text(line, "level", level_names[level]);
	} else {
		put_z(line, " ");
		put_z(line, level_names[level]);
	}
}

static void write_event(const struct log *log, enum log_level level, uint32_t session,
                        const char *event, const struct log_field *fields)
{
	struct line line = { .json = __atomic_load_n(&log->json, __ATOMIC_RELAXED) };
	ssize_t written;

	if (line.json)
		put_z(&line, "{");
	put_time(&line);
	put_level(&line, level);
	if (session != 0) {
		char id[16];

		snprintf(id, sizeof(id), "%x", session);
		put_text(&line, "session", id);
	}
	put_key(&line, "event");
	put_z(&line, "\"");
	put_escaped(&line, event);
	put_z(&line, "\"");
	for (; fields->key != NULL; fields++) {
		if (fields->text != NULL)
			put_text(&line, fields->key, fields->text);
		else
			put_number(&line, fields->key, fields->number);
	}
	if (line.json)
		put_z(&line, "}");
	line.text[line.n++] = '\n';
	written = write(log->fd, line.text, line.n);
	(void)written; /* there is nobody to tell */
}

/* For what nobody wants no line is made: the compiler clears all of it first. */
void log_event(const struct log *log, enum log_level level, uint32_t session, const char *event,
               const struct log_field *fields)
{
	if (log_wants(log, level))
		write_event(log, level, session, event, fields);
}
