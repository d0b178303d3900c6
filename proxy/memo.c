#include "proxy/memo.h"

#include <stdlib.h>

#define uthash_nonfatal_oom(element) ((element)->refused = true)
#include "proxy/hash.h"
#include "proxy/placer.h"
#include "proxy/report_map.h"

/* ---- one memo -------------------------------------------------------------------------------- */

static void place(struct placer *p, struct memo *m)
{
	struct memo_binding *bindings =
		placer_array(p, m->bindings, m->binding_count, sizeof(*bindings));

	for (size_t i = 0; i < m->binding_count; i++) {
		placer_text(p, &bindings[i].item.schema);
		placer_text(p, &bindings[i].item.name);
	}
	m->bindings = bindings;
	m->constants = placer_array(p, m->constants, m->constant_count, sizeof(*m->constants));
	m->places = placer_array(p, m->places, m->place_count, sizeof(*m->places));
	placer_text(p, &m->key);
	placer_text(p, &m->text);
}

struct memo *memo_new(const struct memo *parts)
{
	struct memo copy = *parts;
	struct placer p = { NULL, sizeof(struct memo) };
	struct memo *m;

	place(&p, &copy);
	m = malloc(p.size);
	if (m == NULL)
		return NULL;
	*m = *parts;
	m->references = 1;
	m->bytes = p.size + report_map_bytes(parts->map);
	report_map_ref(m->map);
	p = (struct placer){ (char *)m, sizeof(struct memo) };
	place(&p, m);
	return m;
}

struct memo *memo_ref(struct memo *m)
{
	m->references++;
	return m;
}

void memo_unref(struct memo *m)
{
	if (m == NULL || --m->references > 0)
		return;
	report_map_unref(m->map);
	free(m);
}

/* ---- the cache ------------------------------------------------------------------------------- */

/* NOLINTBEGIN(readability-function-cognitive-complexity, clang-analyzer-*): uthash is macros,
 * whose branches are not ours and which the analyzer does not follow */

struct entry {
	struct lru_link link;
	struct memo *memo;
	bool refused; /* by uthash, for want of memory */
	UT_hash_handle hh;
};

/* Keys that are noted: one for each value of their hash, modulo this. */
enum { NOTED = 4096 };

struct memos {
	struct lru lru;
	struct entry *entries;
	uint32_t noted[NOTED]; /* the upper halves of their hashes */
	uint64_t numbers;      /* given so far */
};

/* What an entry costs beside its memo, its share of the table included. */
enum { ENTRY_COST = sizeof(struct entry) + 64 };

static void drop(void *owner, struct lru_link *link)
{
	struct memos *c = owner;
	struct entry *e = (struct entry *)link;

	HASH_DELETE(hh, c->entries, e);
	memo_unref(e->memo);
	free(e);
}

struct memos *memos_new(size_t limit)
{
	struct memos *c = calloc(1, sizeof(*c));

	if (c != NULL)
		lru_init(&c->lru, limit, drop, c);
	return c;
}

void memos_free(struct memos *c)
{
	if (c == NULL)
		return;
	lru_drop_all(&c->lru);
	free(c);
}

static struct entry *find(const struct memos *c, struct str key)
{
	struct entry *e;

	HASH_FIND(hh, c->entries, key.p, (unsigned)key.n, e);
	return e;
}

struct memo *memos_find(struct memos *c, struct str key)
{
	struct entry *e = find(c, key);

	lru_used(&c->lru, e == NULL ? NULL : &e->link);
	return e == NULL ? NULL : memo_ref(e->memo);
}

bool memos_wants(struct memos *c, struct str key)
{
	uint64_t hash = str_hash(key);
	uint32_t *place = &c->noted[hash % NOTED];
	uint32_t mark = (uint32_t)(hash >> 32);
	bool again = *place == mark;

	*place = mark;
	return again;
}

uint64_t memos_number(struct memos *c)
{
	return ++c->numbers;
}

void memos_keep(struct memos *c, struct memo *m)
{
	size_t cost = m->bytes + ENTRY_COST;
	struct entry *e = find(c, m->key);

	if (e != NULL)
		lru_drop(&c->lru, &e->link);
	if (!lru_make_room(&c->lru, cost))
		return;
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return;
	HASH_ADD_KEYPTR(hh, c->entries, m->key.p, (unsigned)m->key.n, e);
	if (e->refused) {
		free(e);
		return;
	}
	e->memo = memo_ref(m);
	lru_add(&c->lru, &e->link, cost);
}

/* NOLINTEND(readability-function-cognitive-complexity, clang-analyzer-*) */

struct lru_counts memos_counts(const struct memos *c)
{
	return c->lru.counts;
}
