#include "proxy/report_map.h"

#include <stdio.h>
#include <stdlib.h>

#include "protocol/outbuf.h"
#include "protocol/report.h"
#include "proxy/placer.h"

/* What F, L and R say of the reports that are ours. */
#define OUR_FILE    "pgexpr"
#define OUR_LINE    "1"
#define OUR_ROUTINE "compile_expression"

struct report_map {
	uint32_t references;
	size_t bytes;
	struct report_map_parts parts; /* everything in the same block of memory */
};

static void place(struct placer *p, struct report_map_parts *parts)
{
	struct report_failure *failures =
		placer_array(p, parts->failures, parts->failure_count, sizeof(*failures));
	struct report_warning *warnings =
		placer_array(p, parts->warnings, parts->warning_count, sizeof(*warnings));

	for (size_t i = 0; i < parts->failure_count; i++) {
		placer_text(p, &failures[i].message);
		placer_text(p, &failures[i].detail);
		placer_text(p, &failures[i].hint);
	}
	for (size_t i = 0; i < parts->warning_count; i++)
		placer_text(p, &warnings[i].message);
	parts->failures = failures;
	parts->warnings = warnings;
	parts->marks = placer_array(p, parts->marks, parts->mark_count, sizeof(*parts->marks));
}

struct report_map *report_map_new(const struct report_map_parts *parts)
{
	struct report_map_parts copy = *parts;
	struct placer p = { NULL, sizeof(struct report_map) };
	struct report_map *m;

	place(&p, &copy);
	m = malloc(p.size);
	if (m == NULL)
		return NULL;
	*m = (struct report_map){ .references = 1, .bytes = p.size, .parts = *parts };
	p = (struct placer){ (char *)m, sizeof(struct report_map) };
	place(&p, &m->parts);
	return m;
}

struct report_map *report_map_ref(struct report_map *m)
{
	if (m != NULL)
		m->references++;
	return m;
}

void report_map_unref(struct report_map *m)
{
	if (m != NULL && --m->references == 0)
		free(m);
}

size_t report_map_bytes(const struct report_map *m)
{
	return m == NULL ? 0 : m->bytes;
}

const struct report_map_parts *report_map_parts(const struct report_map *m)
{
	return &m->parts;
}

/* ---- reports --------------------------------------------------------------------------------- */

static bool contains(struct bytes text, const char *word)
{
	return memmem(text.p, text.n, word, strlen(word)) != NULL;
}

/* The failing statement that the report is about. Anything but its own error is not: an earlier
 * statement's, a cancel, a failed transaction. */
static const struct report_failure *failure_of(const struct report_map *m, struct bytes body)
{
	struct bytes severity;
	struct bytes sqlstate;
	struct bytes message;

	if (!report_find(body, REPORT_SEVERITY_V, &severity) || !bytes_is(severity, "ERROR") ||
	    !report_find(body, REPORT_SQLSTATE, &sqlstate) ||
	    !report_find(body, REPORT_MESSAGE, &message))
		return NULL;
	for (size_t i = 0; i < m->parts.failure_count; i++) {
		const struct report_failure *f = &m->parts.failures[i];

		if (bytes_is(sqlstate, f->syntax ? "42601" : "42703") && contains(message, f->mark))
			return f;
	}
	return NULL;
}

static struct bytes bytes_of_str(struct str s)
{
	return bytes_of(s.p, s.n);
}

static struct bytes print_position(char out[12], uint32_t position)
{
	return bytes_of(out, (size_t)snprintf(out, 12, "%u", (unsigned)position));
}

static struct report_edit edit(uint8_t code, struct bytes value)
{
	return (struct report_edit){ .code = code, .drop = value.n == 0, .value = value };
}

static bool put_failure(const struct report_failure *f, uint8_t type, struct bytes body,
                        struct outbuf *out)
{
	char number[12];
	struct bytes position = { 0 };
	struct bytes none = { 0 };

	if (f->position > 0)
		position = print_position(number, f->position);
	const struct report_edit edits[] = {
		edit(REPORT_SQLSTATE, bytes_of_z(f->sqlstate)),
		edit(REPORT_MESSAGE, bytes_of_str(f->message)),
		edit(REPORT_DETAIL, bytes_of_str(f->detail)),
		edit(REPORT_HINT, bytes_of_str(f->hint)),
		edit(REPORT_POSITION, position),
		edit(REPORT_INTERNAL_POSITION, none),
		edit(REPORT_INTERNAL_QUERY, none),
		edit(REPORT_WHERE, none),
		edit(REPORT_FILE, BYTES(OUR_FILE)),
		edit(REPORT_LINE, BYTES(OUR_LINE)),
		edit(REPORT_ROUTINE, BYTES(OUR_ROUTINE)),
	};
	return report_put_edited(out, type, body, edits, sizeof(edits) / sizeof(edits[0]));
}

bool report_map_apply(const struct report_map *m, uint8_t type, struct bytes body,
                      struct outbuf *out)
{
	const struct report_failure *f = type == 'E' ? failure_of(m, body) : NULL;
	uint32_t position;
	uint32_t mapped;
	char number[12];

	if (f != NULL)
		return put_failure(f, type, body, out);
	position = report_position(body, REPORT_POSITION);
	mapped = sourcemap_position(m->parts.marks, m->parts.mark_count, position);
	if (mapped == position || mapped == 0)
		return false;
	const struct report_edit edits[] = {
		edit(REPORT_POSITION, print_position(number, mapped)),
	};
	return report_put_edited(out, type, body, edits, 1);
}

size_t report_map_notices(const struct report_map *m, struct outbuf *out)
{
	for (size_t i = 0; i < m->parts.warning_count; i++) {
		const struct report_warning *w = &m->parts.warnings[i];
		char number[12];
		const struct report_field fields[] = {
			{ REPORT_SEVERITY, BYTES("WARNING") },
			{ REPORT_SEVERITY_V, BYTES("WARNING") },
			{ REPORT_SQLSTATE, BYTES("01000") },
			{ REPORT_MESSAGE, bytes_of_str(w->message) },
			{ REPORT_POSITION, print_position(number, w->position) },
			{ REPORT_FILE, BYTES(OUR_FILE) },
			{ REPORT_LINE, BYTES(OUR_LINE) },
			{ REPORT_ROUTINE, BYTES(OUR_ROUTINE) },
		};

		report_put(out, 'N', fields, sizeof(fields) / sizeof(fields[0]));
	}
	return m->parts.warning_count;
}
