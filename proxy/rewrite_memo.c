/* Texts that come again: what is kept of a rewrite, and when it is good for another. */
#include "compiler/pattern.h"
#include "proxy/rewrite_parts.h"
#include "proxy/shapes.h"

/* A longer text is worth its compilation. */
enum { LONGEST_REMEMBERED = 16 * 1024 };

/* A key is this and, behind it: tag, encodings and database, the types of parameters, the text or its
 * pattern, and the constants that belong to it. That is all that a result depends on, but for the
 * catalog and for the nonce of what fails. */
enum { KEY_PARTS = 7 };

struct key_head {
	uint64_t compile_memory;
	uint32_t max_nesting;
	uint32_t server_version;
	uint32_t constants;
	uint32_t sizes[KEY_PARTS - 1]; /* of all parts but the last */
	bool cartesian_warnings;
	bool standard_conforming_strings;
	uint8_t padding[2]; /* hashed: always 0 */
};

_Static_assert(sizeof(struct key_head) == 48, "a hole in what is hashed");

static struct str make_key(struct rewrite *r, struct str text, uint32_t constants, struct str kept)
{
	const struct rewrite_session *s = &r->session;
	const struct str parts[KEY_PARTS] = {
		r->settings.tag,
		s->client_encoding,
		s->server_encoding,
		s->database,
		{ (const char *)s->parameter_types.p, s->parameter_types.n },
		text,
		kept,
	};
	struct key_head head = {
		.compile_memory = r->settings.compile_memory,
		.max_nesting = r->settings.max_nesting,
		.server_version = s->server_version,
		.constants = constants,
		.cartesian_warnings = r->settings.cartesian_warnings,
		.standard_conforming_strings = s->standard_conforming_strings,
	};
	size_t n = sizeof(head);
	char *key;

	for (size_t i = 0; i < KEY_PARTS; i++)
		n += parts[i].n;
	for (size_t i = 0; i < KEY_PARTS - 1; i++)
		head.sizes[i] = (uint32_t)parts[i].n;
	key = arena_take(&r->arena, n);
	memcpy(key, &head, sizeof(head));
	n = sizeof(head);
	for (size_t i = 0; i < KEY_PARTS; i++) {
		if (parts[i].n > 0)
			memcpy(key + n, parts[i].p, parts[i].n);
		n += parts[i].n;
	}
	return (struct str){ key, n };
}

/* Of this very text. */
static struct str exact_key(struct rewrite *r)
{
	return make_key(r, r->query, 0, STR(""));
}

/* Of its pattern, with the constants that are kept. Without these it is the key of a guide, which
 * says which they are. */
static struct str whole_key(struct rewrite *r, struct str kept)
{
	return make_key(r, r->pattern->text, r->pattern->count, kept);
}

/* The same in short, once a guide stands for the most of it. No compile_memory is as large as what
 * it begins with. */
static struct str guided_key(struct rewrite *r, uint64_t guide, struct str kept)
{
	const uint64_t head[] = { UINT64_MAX, guide };

	return arena_concat(&r->arena, (struct str){ (const char *)head, sizeof(head) }, kept,
	                    STR(""));
}

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
	struct memo *guide = memos_find(r->session.memos, whole_key(r, STR("")));

	if (guide == NULL)
		return false;
	r->mask = arena_copy(&r->arena, guide->text);
	r->guide = guide->number;
	memo_unref(guide);
	return true;
}

/* Finds the memo of that key; whether there is one that is still good. */
static bool find_memo(struct rewrite *r, struct str key)
{
	memo_unref(r->memo);
	r->memo = memos_find(r->session.memos, key);
	if (r->memo == NULL)
		return false;
	for (size_t i = 0; i < r->memo->binding_count; i++)
		if (!is_still_so(r, &r->memo->bindings[i]))
			return false;
	return true;
}

static bool apply(struct rewrite *r)
{
	if (!rewrite_pattern_apply(r, r->memo))
		return false;
	r->tagged.statements = r->memo->statements;
	r->keeps_catalog = r->memo->keeps_catalog;
	r->changed = true;
	return true;
}

/* Keeps a memo, and gives its number. */
static uint64_t keep(struct rewrite *r, struct memo parts)
{
	struct memo *m;

	parts.number = memos_number(r->session.memos);
	m = memo_new(&parts);
	if (m == NULL)
		return parts.number;
	memos_keep(r->session.memos, m);
	memo_unref(m);
	return parts.number;
}

/* One whose pattern was found: if it comes again as it is, next time it need not be filled in. */
static void keep_exact(struct rewrite *r, struct str key)
{
	if (memos_wants(r->session.memos, key))
		keep(r, (struct memo){ .key = key,
		                       .text = r->emitted,
		                       .map = r->map,
		                       .statements = r->memo->statements,
		                       .keeps_catalog = r->memo->keeps_catalog,
		                       .bindings = r->memo->bindings,
		                       .binding_count = r->memo->binding_count });
}

bool rewrite_memo_recall(struct rewrite *r)
{
	struct str exact;

	if (!may_have_memo(r))
		return false;
	exact = exact_key(r);
	if (find_memo(r, exact))
		return apply(r);
	rewrite_pattern_read(r);
	if (r->pattern->count == 0 || !find_guide(r) ||
	    !find_memo(r, guided_key(r, r->guide, rewrite_pattern_kept(r, r->mask))) || !apply(r))
		return false;
	keep_exact(r, exact);
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

/* Keeps the memo under a guide with this mask. */
static void keep_guided(struct rewrite *r, struct memo parts, struct str mask, struct str kept)
{
	uint64_t guide = r->guide;

	if (!str_eq(mask, r->mask))
		guide = keep(r, (struct memo){ .key = whole_key(r, STR("")), .text = mask });
	parts.key = guided_key(r, guide, kept);
	keep(r, parts);
}

void rewrite_memo_keep(struct rewrite *r)
{
	struct memo parts = { .text = r->emitted,
		              .map = r->map,
		              .statements = r->tagged.statements,
		              .binding_count = r->entry_count };
	struct str mask, kept;

	if (r->pattern == NULL || r->emitted.n > REWRITE_LONGEST_RECALLED || !all_compiled(r))
		return;
	mask = rewrite_pattern_mask(r);
	kept = rewrite_pattern_kept(r, mask);
	parts.key = whole_key(r, kept);
	/* One that was found, but is good no more, is made anew. */
	if (r->memo == NULL && !memos_wants(r->session.memos, parts.key))
		return;
	parts.bindings = bindings_of(r);
	if (parts.bindings == NULL)
		return;
	rewrite_pattern_describe(r, mask, &parts);
	parts.keeps_catalog = rewrite_keeps_catalog(&r->session, r->emitted);
	if (mask.n > 0)
		keep_guided(r, parts, mask, kept);
	else
		keep(r, parts);
}
