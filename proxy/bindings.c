#include "proxy/bindings.h"

#include <stdlib.h>

#include "proxy/lru.h"
#include "proxy/reflect.h"

struct entry {
	struct lru_link link;
	struct bindings_moment moment; /* when it was found */
	struct binding binding;
	uint32_t asked_oid;
	size_t schema_size;
	size_t name_size;
	char text[]; /* schema, name */
};

/* A session has few, so they are looked for one by one. */
struct bindings {
	struct lru lru;
};

static void drop(void *owner, struct lru_link *link)
{
	(void)owner;
	free(link);
}

struct bindings *bindings_new(size_t limit)
{
	struct bindings *b = malloc(sizeof(*b));

	if (b != NULL)
		lru_init(&b->lru, limit, drop, b);
	return b;
}

void bindings_free(struct bindings *b)
{
	if (b == NULL)
		return;
	lru_drop_all(&b->lru);
	free(b);
}

static bool is_of(const struct entry *e, const struct reflect_item *item)
{
	return e->asked_oid == item->oid &&
	       str_eq((struct str){ e->text, e->schema_size }, item->schema) &&
	       str_eq((struct str){ e->text + e->schema_size, e->name_size }, item->name);
}

static struct entry *find(const struct bindings *b, const struct reflect_item *item)
{
	struct lru_link *link;

	TAILQ_FOREACH(link, &b->lru.ages, ages)
	if (is_of((struct entry *)link, item))
		return (struct entry *)link;
	return NULL;
}

bool bindings_find(struct bindings *b, const struct reflect_item *item,
                   struct bindings_moment moment, struct binding *out)
{
	struct entry *e = find(b, item);

	if (e == NULL)
		return false;
	if (e->moment.epoch != moment.epoch || moment.now_ms < e->moment.now_ms ||
	    moment.now_ms - e->moment.now_ms >= BINDINGS_TRUST_MS) {
		lru_drop(&b->lru, &e->link);
		return false;
	}
	lru_used(&b->lru, &e->link);
	*out = e->binding;
	return true;
}

void bindings_put(struct bindings *b, const struct reflect_item *item,
                  struct bindings_moment moment, const struct binding *binding)
{
	size_t size = sizeof(struct entry) + item->schema.n + item->name.n;
	struct entry *e = find(b, item);

	if (e != NULL)
		lru_drop(&b->lru, &e->link);
	if (!lru_make_room(&b->lru, size))
		return;
	e = malloc(size);
	if (e == NULL)
		return;
	e->moment = moment;
	e->binding = *binding;
	e->asked_oid = item->oid;
	e->schema_size = item->schema.n;
	e->name_size = item->name.n;
	if (item->schema.n > 0)
		memcpy(e->text, item->schema.p, item->schema.n);
	if (item->name.n > 0)
		memcpy(e->text + item->schema.n, item->name.p, item->name.n);
	lru_add(&b->lru, &e->link, size);
}

size_t bindings_size(const struct bindings *b)
{
	return b->lru.counts.bytes;
}

/* ---- what leaves the catalog alone ----------------------------------------------------------- */

static const char *const statements[] = { "select", "values", "insert", "update",
	                                  "delete", "with",   NULL };

/* Words that may stand before a parenthesis: keywords, types with a modifier, and functions of the
 * server's own that read nothing but their arguments. */
static const char *const harmless[] = {
	"all",
	"and",
	"any",
	"array",
	"as",
	"between",
	"by",
	"case",
	"cross",
	"distinct",
	"else",
	"except",
	"exists",
	"filter",
	"from",
	"group",
	"having",
	"in",
	"inner",
	"intersect",
	"is",
	"join",
	"lateral",
	"left",
	"like",
	"limit",
	"materialized",
	"not",
	"offset",
	"on",
	"or",
	"order",
	"over",
	"recursive",
	"returning",
	"right",
	"row",
	"select",
	"set",
	"sets",
	"some",
	"then",
	"union",
	"using",
	"values",
	"when",
	"where",
	"window",
	"with",
	"within",
	"bit",
	"char",
	"character",
	"decimal",
	"float",
	"interval",
	"numeric",
	"time",
	"timestamp",
	"varbit",
	"varchar",
	"varying",
	"abs",
	"age",
	"array_agg",
	"array_length",
	"avg",
	"bool_and",
	"bool_or",
	"btrim",
	"cast",
	"ceil",
	"ceiling",
	"char_length",
	"coalesce",
	"concat",
	"count",
	"cube",
	"date_part",
	"date_trunc",
	"dense_rank",
	"every",
	"extract",
	"first_value",
	"floor",
	"generate_series",
	"greatest",
	"grouping",
	"json_agg",
	"json_build_object",
	"jsonb_agg",
	"jsonb_build_object",
	"lag",
	"last_value",
	"lead",
	"least",
	"length",
	"lower",
	"ltrim",
	"max",
	"min",
	"mod",
	"now",
	"ntile",
	"nullif",
	"overlay",
	"percent_rank",
	"percentile_cont",
	"percentile_disc",
	"position",
	"power",
	"random",
	"rank",
	"replace",
	"rollup",
	"round",
	"row_number",
	"rtrim",
	"split_part",
	"sqrt",
	"stddev",
	"string_agg",
	"strpos",
	"substr",
	"substring",
	"sum",
	"to_char",
	"to_date",
	"to_timestamp",
	"trim",
	"trunc",
	"unnest",
	"upper",
	"variance",
	NULL,
};

static bool is_one_of(struct str word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (str_eq_nocase(word, str_of(*words)))
			return true;
	return false;
}

/* A statement as it is read. */
struct reading {
	bool inserts;
	bool into;        /* the INTO of an INSERT was read */
	bool into_target; /* and what stands now is its table's name */
	bool ended;       /* by a semicolon */
	enum sqllex_kind last_kind;
	struct str last;
};

static bool may_open(const struct reading *r)
{
	if (r->into_target)
		return true;
	if (r->last_kind == SQLLEX_WORD)
		return is_one_of(r->last, harmless);
	return r->last_kind == SQLLEX_OTHER;
}

/* Whether a word here goes on with the name behind INTO: it stands right behind INTO or a dot. */
static bool is_part_of_name(const struct reading *r)
{
	return str_eq_nocase(r->last, STR("into")) || str_is(r->last, ".");
}

static bool is_harmless_word(struct reading *r, struct str word)
{
	if (str_eq_nocase(word, STR("pg_settings")))
		return false; /* an UPDATE of that view is a SET */
	if (str_eq_nocase(word, STR("insert"))) {
		r->inserts = true;
	} else if (str_eq_nocase(word, STR("into"))) {
		if (!r->inserts || r->into)
			return false;
		r->into = true;
		r->into_target = true;
	}
	return true;
}

/* Whether the statement may still be harmless with this token. */
static bool is_harmless(struct reading *r, enum sqllex_kind kind, struct str token)
{
	bool ok = !r->ended && kind != SQLLEX_UNICODE_QUOTED;
	char c = (char)(kind == SQLLEX_OTHER ? token.p[0] : '\0');

	if (c == '(')
		ok = ok && may_open(r);
	if (c != '.' && !is_part_of_name(r))
		r->into_target = false;
	if (kind == SQLLEX_WORD)
		ok = ok && is_harmless_word(r, token);
	if (kind == SQLLEX_QUOTED)
		ok = ok && !str_is(token, "\"pg_settings\"");
	if (c == ';')
		r->ended = true;
	r->last_kind = kind;
	r->last = token;
	return ok;
}

bool bindings_survive(struct str query, struct sqllex_rules rules)
{
	struct sqllex l = { .text = query, .rules = rules };
	struct reading r = { .last_kind = SQLLEX_END };

	for (;;) {
		struct sqllex_token t = sqllex_next(&l);
		struct str token = { query.p + t.start, t.end - t.start };

		if (t.kind == SQLLEX_END)
			return r.last_kind != SQLLEX_END;
		if (t.kind == SQLLEX_BLANK || t.kind == SQLLEX_LINE_COMMENT ||
		    t.kind == SQLLEX_BLOCK_COMMENT)
			continue;
		if (r.last_kind == SQLLEX_END &&
		    (t.kind != SQLLEX_WORD || !is_one_of(token, statements)))
			return false;
		if (!is_harmless(&r, t.kind, token))
			return false;
	}
}
