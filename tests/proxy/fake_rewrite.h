/* rewrite.h in the place of rewrite.c, for tests of what carries its questions. A text is tagged
 * when it holds the tag; what it becomes is by its words:
 *
 *   plain     nothing: there was no tag after all
 *   ask       one question, then the text "asked", with the number of rows
 *   ask twice two
 *   warn      one notice before the replies
 *   keep      "select": it leaves the catalog as it is
 *   else      "done"
 *
 * Left alone it becomes "abandoned". Reports on it get the message "mapped". */
#ifndef TESTS_FAKE_REWRITE_H
#define TESTS_FAKE_REWRITE_H

#include <stdio.h>
#include <stdlib.h>

#include "protocol/report.h"
#include "proxy/report_map.h"
#include "proxy/rewrite.h"

struct report_map {
	int references;
	bool warns;
};

struct rewrite {
	int questions; /* still to be asked */
	int rows;
	int columns;
	bool changed;
	bool several;
	struct report_map *map;
	char text[80];
};

/* What the last rewrite was told, and how many of each there are. */
static struct {
	struct rewrite_session session;
	char client_encoding[32];
	int rewrites;
	int maps;
	int begun;
} fake;

static inline bool fake_has(struct str text, const char *word)
{
	return memmem(text.p, text.n, word, strlen(word)) != NULL;
}

bool rewrite_may_concern(struct str query, struct str tag)
{
	return tag.n > 0 && memmem(query.p, query.n, tag.p, tag.n) != NULL;
}

/* What begins with "select" does. */
bool rewrite_keeps_catalog(const struct rewrite_session *session, struct str text)
{
	(void)session;
	return text.n >= 6 && memcmp(text.p, "select", 6) == 0;
}

bool rewrite_is_known_to_keep_catalog(const struct rewrite *r)
{
	(void)r;
	return false;
}

struct rewrite *rewrite_new(struct shapes *shapes, const struct rewrite_settings *settings,
                            const struct rewrite_session *session, struct str query)
{
	struct rewrite *r = calloc(1, sizeof(*r));
	struct report_map *map = calloc(1, sizeof(*map));

	(void)shapes;
	if (r == NULL || map == NULL) {
		free(r);
		free(map);
		return NULL;
	}
	fake.session = *session;
	snprintf(fake.client_encoding, sizeof(fake.client_encoding), "%.*s",
	         STR_ARG(session->client_encoding));
	fake.rewrites++;
	fake.begun++;
	r->changed = !fake_has(query, "plain");
	r->several = fake_has(query, ";");
	r->map = map;
	r->map->references = 1;
	r->map->warns = fake_has(query, "warn");
	fake.maps++;
	if (query.n > settings->max_expression_size)
		snprintf(r->text, sizeof(r->text), "too large");
	else if (fake_has(query, "ask"))
		r->questions = fake_has(query, "ask twice") ? 2 : 1;
	else
		snprintf(r->text, sizeof(r->text), fake_has(query, "keep") ? "select" : "done");
	return r;
}

void rewrite_free(struct rewrite *r)
{
	if (r == NULL)
		return;
	report_map_unref(r->map);
	fake.rewrites--;
	free(r);
}

enum rewrite_state rewrite_state(const struct rewrite *r)
{
	return r->questions > 0 ? REWRITE_ASK : REWRITE_DONE;
}

const struct question *rewrite_question(const struct rewrite *r)
{
	static const struct str parameters[] = { { "one", 3 } };
	static const uint32_t types[] = { 25 };
	static const struct question question = { "question", 1, parameters, types };

	(void)r;
	return &question;
}

bool rewrite_row(struct rewrite *r, const struct bytes *columns, size_t count)
{
	r->rows++;
	r->columns = (int)count;
	return count == 0 || columns[0].p != NULL;
}

void rewrite_answered(struct rewrite *r)
{
	r->questions--;
	snprintf(r->text, sizeof(r->text), "asked %d", r->rows);
}

void rewrite_abandon(struct rewrite *r)
{
	r->questions = 0;
	snprintf(r->text, sizeof(r->text), "abandoned");
}

bool rewrite_is_multi_statement(const struct rewrite *r)
{
	return r->several;
}

bool rewrite_changed(const struct rewrite *r)
{
	return r->changed;
}

struct str rewrite_text(const struct rewrite *r)
{
	return str_of(r->text);
}

struct report_map *rewrite_report_map(struct rewrite *r)
{
	return report_map_ref(r->map);
}

struct report_map *report_map_ref(struct report_map *m)
{
	m->references++;
	return m;
}

size_t report_map_bytes(const struct report_map *m)
{
	return m == NULL ? 0 : sizeof(*m);
}

void report_map_unref(struct report_map *m)
{
	if (m == NULL || --m->references > 0)
		return;
	fake.maps--;
	free(m);
}

bool report_map_apply(const struct report_map *m, uint8_t type, struct bytes body,
                      struct outbuf *out)
{
	struct report_edit edit = { .code = REPORT_MESSAGE, .value = BYTES("mapped") };

	(void)m;
	return report_put_edited(out, type, body, &edit, 1);
}

size_t report_map_notices(const struct report_map *m, struct outbuf *out)
{
	struct report_field fields[] = { { 'S', BYTES("WARNING") }, { 'M', BYTES("warned") } };

	if (!m->warns)
		return 0;
	report_put(out, 'N', fields, 2);
	return 1;
}

#endif
