/* Texts that come again: what is kept of a rewrite, and when it is good for another. */
#include "compiler/pattern.h"
#include "proxy/rewrite_parts.h"
#include "proxy/shapes.h"

/* A longer text is worth its compilation. */
enum { LONGEST_REMEMBERED = 16 * 1024 };

/* What a text depends on but for the catalog, and the nonce of what fails: this, four texts and the types
 * of parameters, the pattern of the text, and the constants that belong to it. All but the last have their
 * sizes here. */
struct key_head {
	uint64_t compile_memory;
	uint32_t max_nesting;
	uint32_t server_version;
	uint32_t constants;
	uint32_t sizes[6];
	bool cartesian_warnings;
	bool standard_conforming_strings;
	bool is_guide;
	uint8_t padding; /* hashed: always 0 */
};

/* The key of a memo; or, without `kept`, of a guide, which says which constants of the pattern are kept. */
static struct str key_of(struct rewrite *r, const struct str *kept)
{
	const struct rewrite_session *s = &r->session;
	const struct str parts[] = {
		r->settings.tag,
		s->client_encoding,
		s->server_encoding,
		s->database,
		{ (const char *)s->parameter_types.p, s->parameter_types.n },
		r->pattern->text,
		kept != NULL ? *kept : STR(""),
	};
	struct key_head head = {
		.compile_memory = r->settings.compile_memory,
		.max_nesting = r->settings.max_nesting,
		.server_version = s->server_version,
		.constants = r->pattern->count,
		.cartesian_warnings = r->settings.cartesian_warnings,
		.standard_conforming_strings = s->standard_conforming_strings,
		.is_guide = kept == NULL,
	};
	size_t n = sizeof(head);
	char *key;

	for (size_t i = 0; i < 7; i++)
		n += parts[i].n;
	for (size_t i = 0; i < 6; i++)
		head.sizes[i] = (uint32_t)parts[i].n;
	key = arena_alloc(&r->arena, n);
	memcpy(key, &head, sizeof(head));
	n = sizeof(head);
	for (size_t i = 0; i < 7; i++) {
		if (parts[i].n > 0)
			memcpy(key + n, parts[i].p, parts[i].n);
		n += parts[i].n;
	}
	return (struct str){ key, n };
}

_Static_assert(sizeof(struct key_head) == 48, "a hole in what is hashed");

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

/* Whether it is known which constants are kept; r->mask says it. */
static bool find_guide(struct rewrite *r)
{
	struct memo *guide = memos_find(r->session.memos, key_of(r, NULL));

	if (guide == NULL)
		return false;
	r->mask = arena_copy(&r->arena, guide->text);
	memo_unref(guide);
	return true;
}

bool rewrite_memo_recall(struct rewrite *r)
{
	struct str kept;

	if (!may_have_memo(r))
		return false;
	rewrite_pattern_read(r);
	if (r->pattern->count > 0 && !find_guide(r))
		return false;
	kept = rewrite_pattern_kept(r, r->mask);
	r->memo = memos_find(r->session.memos, key_of(r, &kept));
	if (r->memo == NULL)
		return false;
	for (size_t i = 0; i < r->memo->binding_count; i++)
		if (!is_still_so(r, &r->memo->bindings[i]))
			return false;
	if (!rewrite_pattern_apply(r, r->memo))
		return false;
	r->tagged.statements = r->memo->statements;
	r->keeps_catalog = r->memo->keeps_catalog;
	r->changed = true;
	return true;
}

static bool all_compiled(const struct rewrite *r)
{
	for (size_t i = 0; i < r->tagged.count; i++)
		if (r->expressions[i].state != EXPRESSION_COMPILED)
			return false;
	return true;
}

/* Every look-up with what it found; NULL when there is one that may change unseen, or found nothing. */
static const struct memo_binding *bindings_of(struct rewrite *r)
{
	struct memo_binding *all = arena_array(&r->arena, r->entry_count, sizeof(*all));

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

static void keep(struct rewrite *r, const struct memo *parts)
{
	struct memo *m = memo_new(parts);

	if (m == NULL)
		return;
	memos_keep(r->session.memos, m);
	memo_unref(m);
}

void rewrite_memo_keep(struct rewrite *r)
{
	struct memo parts = { .text = r->emitted,
		              .map = r->map,
		              .statements = r->tagged.statements,
		              .binding_count = r->entry_count };
	struct str mask, kept;

	if (r->pattern == NULL || !all_compiled(r))
		return;
	mask = rewrite_pattern_mask(r);
	kept = rewrite_pattern_kept(r, mask);
	parts.key = key_of(r, &kept);
	/* One that was found, but is good no more, is made anew. */
	if (r->memo == NULL && !memos_wants(r->session.memos, parts.key))
		return;
	parts.bindings = bindings_of(r);
	if (parts.bindings == NULL)
		return;
	rewrite_pattern_describe(r, mask, &parts);
	parts.keeps_catalog = rewrite_keeps_catalog(&r->session, r->emitted);
	keep(r, &parts);
	if (mask.n > 0 && !str_eq(mask, r->mask))
		keep(r, &(struct memo){ .key = key_of(r, NULL), .text = mask });
}
