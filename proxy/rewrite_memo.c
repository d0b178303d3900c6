/* Texts that come again: what is kept of a rewrite, and when it is good for another. */
#include "proxy/report_map.h"
#include "proxy/rewrite_parts.h"
#include "proxy/shapes.h"

/* A longer text is worth its compilation. */
enum { LONGEST_REMEMBERED = 16 * 1024 };

/* What a text depends on but for the catalog, and the nonce of what fails: this, four texts and the types
 * of parameters, whose sizes are in it, and the text itself. */
struct key_head {
	uint64_t compile_memory;
	uint32_t max_nesting;
	uint32_t server_version;
	uint32_t sizes[5];
	bool cartesian_warnings;
	bool standard_conforming_strings;
	uint8_t padding[2]; /* hashed: always 0 */
};

static struct str key_of(struct rewrite *r)
{
	const struct rewrite_session *s = &r->session;
	const struct str parts[] = {
		r->settings.tag,
		s->client_encoding,
		s->server_encoding,
		s->database,
		{ (const char *)s->parameter_types.p, s->parameter_types.n },
		r->query,
	};
	struct key_head head = {
		.compile_memory = r->settings.compile_memory,
		.max_nesting = r->settings.max_nesting,
		.server_version = s->server_version,
		.cartesian_warnings = r->settings.cartesian_warnings,
		.standard_conforming_strings = s->standard_conforming_strings,
	};
	size_t n = sizeof(head);
	char *key;

	for (size_t i = 0; i < 6; i++)
		n += parts[i].n;
	for (size_t i = 0; i < 5; i++)
		head.sizes[i] = (uint32_t)parts[i].n;
	key = arena_alloc(&r->arena, n);
	memcpy(key, &head, sizeof(head));
	n = sizeof(head);
	for (size_t i = 0; i < 6; i++) {
		if (parts[i].n > 0)
			memcpy(key + n, parts[i].p, parts[i].n);
		n += parts[i].n;
	}
	return (struct str){ key, n };
}

_Static_assert(sizeof(struct key_head) == 40, "a hole in what is hashed");

static bool may_have_memo(const struct rewrite *r)
{
	return r->session.memos != NULL && r->session.bindings != NULL &&
	       r->session.settings_certain && !r->session.transaction_failed &&
	       r->query.n <= LONGEST_REMEMBERED && r->query.n <= r->settings.max_expression_size;
}

static bool is_still_so(const struct rewrite *r, const struct memo_binding *b)
{
	struct binding now;

	return bindings_find(r->session.bindings, &b->item, rewrite_lookup_moment(r), &now) &&
	       now.oid == b->binding.oid && now.fingerprint == b->binding.fingerprint &&
	       now.visible == b->binding.visible;
}

bool rewrite_memo_recall(struct rewrite *r)
{
	struct memo *m;

	if (!may_have_memo(r))
		return false;
	r->key = key_of(r);
	m = memos_find(r->session.memos, r->key);
	if (m == NULL)
		return false;
	r->memo = m;
	for (size_t i = 0; i < m->binding_count; i++)
		if (!is_still_so(r, &m->bindings[i]))
			return false;
	r->tagged.statements = m->statements;
	r->emitted = m->text;
	r->map = report_map_ref(m->map);
	r->changed = true;
	return true;
}

/* One that was found, but is good no more, is made anew. */
static bool is_worth_a_memo(struct rewrite *r)
{
	return r->key.n > 0 && (r->memo != NULL || memos_wants(r->session.memos, r->key));
}

const struct memo_binding *rewrite_memo_bindings(struct rewrite *r)
{
	struct memo_binding *all;

	for (size_t i = 0; i < r->tagged.count; i++)
		if (r->expressions[i].state != EXPRESSION_COMPILED)
			return NULL;
	if (!is_worth_a_memo(r))
		return NULL;
	all = arena_array(&r->arena, r->entry_count, sizeof(*all));
	for (size_t i = 0; i < r->entry_count; i++) {
		const struct catalog_entry *e = &r->entries[i];
		const struct shape *s = rewrite_lookup_shape(r, e->relation);

		if (s == NULL || !s->lasting)
			return NULL;
		all[i] = (struct memo_binding){
			.item = { e->schema, e->name, e->oid },
			.binding = { s->relation.oid, s->fingerprint, e->visible },
		};
	}
	return all;
}

void rewrite_memo_keep(struct rewrite *r, const struct memo_binding *bindings)
{
	struct memo *m = memo_new(&(struct memo){
		.key = r->key,
		.text = r->emitted,
		.map = r->map,
		.statements = r->tagged.statements,
		.bindings = bindings,
		.binding_count = r->entry_count,
	});

	if (m == NULL)
		return;
	memos_keep(r->session.memos, m);
	memo_unref(m);
}
