#include "proxy/catalog_watch.h"

#include <strings.h>

#include "proxy/bindings.h"
#include "proxy/config.h"
#include "proxy/session.h"
#include "proxy/worker.h"

/* Of a session's bindings. */
#define BINDINGS_MEMORY (256u * 1024u)

void catalog_watch_free(struct session *s)
{
	bindings_free(s->watch.bindings);
	s->watch.bindings = NULL;
}

static bool is_fresh(const struct session *s)
{
	return s->worker->now - s->watch.used_ms < BINDINGS_TRUST_MS;
}

static void begin(struct session *s)
{
	struct catalog_watch *w = &s->watch;

	if (w->bindings == NULL && s->config->catalog_check == CATALOG_CHECK_AUTO) {
		w->bindings = bindings_new(BINDINGS_MEMORY);
		w->dirty = true; /* nobody has looked at what was sent so far */
		w->portals_keep = false;
	}
	w->used_ms = s->worker->now;
}

static bool is_certain(const struct session *s)
{
	return dialog_is_idle(&s->dialog) && !dialog_batch_is_open(&s->dialog);
}

struct rewrite_session catalog_watch_describe(struct session *s, bool expression)
{
	bool certain = is_certain(s);

	worker_read_clock(s->worker);
	if (expression)
		begin(s);
	return (struct rewrite_session){
		.client_encoding = str_of(s->settings.client_encoding),
		.server_encoding = str_of(s->settings.server_encoding),
		.standard_conforming_strings = s->settings.standard_conforming_strings,
		.settings_certain = certain,
		.transaction_failed = certain && dialog_status(&s->dialog) == 'E',
		.server_version = s->settings.server_version,
		.database = str_of(s->database),
		.nonce = expression ? worker_nonce(s->worker) : 0,
		.bindings = s->watch.bindings,
		.memos = s->worker->memos,
		.catalog_epoch = s->watch.epoch,
		.now_ms = s->worker->now,
	};
}

bool catalog_watch_is_on(struct session *s)
{
	if (s->watch.bindings == NULL)
		return false;
	worker_read_clock(s->worker);
	return is_fresh(s);
}

static void change(struct session *s)
{
	s->watch.epoch++;
	s->watch.dirty = true;
}

void catalog_watch_unknown(struct session *s)
{
	if (s->watch.bindings != NULL)
		change(s);
}

static bool begins_with_word(struct bytes text, const char *word)
{
	size_t n = strlen(word);

	return text.n >= n && strncasecmp((const char *)text.p, word, n) == 0 &&
	       (text.n == n || text.p[n] == ' ' || text.p[n] == ';');
}

/* BEGIN, COMMIT and the like, alone: they change nothing by themselves, and what the end of a
 * transaction undoes is looked at when it comes. A COMMIT PREPARED may bring anything. */
static bool controls_transaction(const struct session *s, struct bytes text)
{
	static const char *const words[] = { "begin",     "start",   "commit", "end",
		                             "savepoint", "release", NULL };
	const uint8_t *semicolon = text.n > 0 ? memchr(text.p, ';', text.n) : NULL;
	bool found = begins_with_word(text, "rollback") && !s->watch.dirty;

	for (size_t i = 0; words[i] != NULL; i++)
		found = found || begins_with_word(text, words[i]);
	return found && (semicolon == NULL || semicolon == text.p + text.n - 1) &&
	       !bytes_contain_nocase(text, "prepared");
}

static bool keeps(struct session *s, struct bytes text, const struct rewrite *rewrite)
{
	struct rewrite_session known;

	if (!catalog_watch_is_on(s))
		return false;
	if ((rewrite != NULL && rewrite_is_known_to_keep_catalog(rewrite)) ||
	    controls_transaction(s, text))
		return true;
	known = catalog_watch_describe(s, false);
	return rewrite_keeps_catalog(&known, (struct str){ (const char *)text.p, text.n });
}

void catalog_watch_query(struct session *s, struct bytes text, const struct rewrite *rewrite)
{
	if (s->watch.bindings != NULL && !keeps(s, text, rewrite))
		change(s);
}

/* A Parse runs nothing; Bind does, as far as the catalog goes. */
bool catalog_watch_parse(struct session *s, struct bytes name, struct bytes text,
                         const struct rewrite *rewrite)
{
	bool kept = s->watch.bindings != NULL && keeps(s, text, rewrite);

	if (name.n == 0)
		s->watch.unnamed_keeps = kept;
	return kept;
}

void catalog_watch_bind(struct session *s, struct bytes statement)
{
	bool kept;

	if (s->watch.bindings == NULL)
		return;
	kept = statement.n == 0 ? s->watch.unnamed_keeps : notes_keeps(&s->notes, statement);
	if (kept)
		return;
	s->watch.portals_keep = false;
	change(s);
}

void catalog_watch_execute(struct session *s)
{
	if (s->watch.bindings != NULL && !s->watch.portals_keep)
		change(s);
}

void catalog_watch_ready(struct session *s, uint8_t status)
{
	struct catalog_watch *w = &s->watch;

	if (w->bindings == NULL || status != 'I')
		return;
	if (w->dirty)
		w->epoch++;
	if (!is_certain(s))
		return; /* what was sent since may be a change as well */
	w->dirty = false;
	w->portals_keep = true;
}
