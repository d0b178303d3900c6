#include "compiler/vocabulary.h"

#include <assert.h>
#include <stdlib.h>

#include "compiler/call.h"
#include "compiler/compilation.h"
#include "compiler/nearest.h"
#include "compiler/resolve.h"
#include "compiler/words.h"

const struct word vocabulary_words[] = {
#define WORD(receiver_, name_, signature_, handler_, summary_, example_)                           \
	{ .receiver = RECEIVER_##receiver_,                                                        \
	  .kind = WORD_CALL,                                                                       \
	  .name = #name_,                                                                          \
	  .signature = signature_,                                                                 \
	  .handler = handler_,                                                                     \
	  .summary = summary_,                                                                     \
	  .example = example_ },
#define ATTRIBUTE(receiver_, name_, handler_, summary_, example_)                                  \
	{ .receiver = RECEIVER_##receiver_,                                                        \
	  .kind = WORD_ATTRIBUTE,                                                                  \
	  .name = #name_,                                                                          \
	  .handler = handler_,                                                                     \
	  .summary = summary_,                                                                     \
	  .example = example_ },
#define REFUSED(receiver_, name_, hint_)                                                           \
	{ .receiver = RECEIVER_##receiver_, .kind = WORD_REFUSED, .name = #name_, .hint = hint_ },
#include "compiler/vocabulary.def"
#define TYPE(id_, affinity_, sql_, parameters_, summary_, example_)                                \
	{ .receiver = RECEIVER_NONE,                                                               \
	  .kind = WORD_TYPE,                                                                       \
	  .name = #id_,                                                                            \
	  .signature = parameters_,                                                                \
	  .handler = type_construct,                                                               \
	  .summary = summary_,                                                                     \
	  .example = example_,                                                                     \
	  .type = TYPE_##id_ },
#include "compiler/types.def"
};

/* What is no word, with what to write instead. */
static const struct elsewhere {
	enum receiver receiver;
	const char *name;
	const char *hint;
} elsewhere[] = {
#define ELSEWHERE(receiver_, name_, hint_) { RECEIVER_##receiver_, #name_, hint_ },
#include "compiler/vocabulary.def"
};

const size_t vocabulary_count = sizeof(vocabulary_words) / sizeof(vocabulary_words[0]);

static const enum receiver parents[RECEIVER_COUNT] = {
#define CLASS(name, parent) [RECEIVER_##name] = RECEIVER_##parent,
	RECEIVERS(CLASS)
#undef CLASS
};

enum receiver vocabulary_parent(enum receiver receiver)
{
	return parents[receiver];
}

/* A table of open addressing, at most half full, by class and name. A class has the words of its
 * parents too, unless it has its own of the name, so that one look is enough. */
enum { SLOTS = 8192 };

struct slot {
	uint16_t word; /* row number + 1; 0: free */
	uint8_t receiver;
	uint8_t length; /* of the name */
};
_Static_assert(RECEIVER_COUNT <= UINT8_MAX, "a slot's receiver must grow");

struct vocabulary {
	struct slot slots[SLOTS];
	struct signature signatures[sizeof(vocabulary_words) / sizeof(vocabulary_words[0])];
	struct parameter *parameters; /* owned: of all signatures, one after another */
};

/* types.def has types that only come out of catalogs and functions. */
static bool is_sayable(const struct word *w)
{
	return w->kind != WORD_TYPE || w->signature != NULL;
}

/* Where the class has a word of that name, or would have it. */
static size_t place(const struct vocabulary *v, enum receiver receiver, struct str name)
{
	size_t at = (str_hash(name) + 31 * (size_t)receiver) % SLOTS;

	for (; v->slots[at].word != 0; at = (at + 1) % SLOTS) {
		const struct slot *s = &v->slots[at];

		if (s->receiver == receiver && s->length == name.n &&
		    memcmp(vocabulary_words[s->word - 1].name, name.p, name.n) == 0)
			break;
	}
	return at;
}

/* Gives a class the words that `owner`, itself or a parent, has. */
static size_t index_words(struct vocabulary *v, enum receiver receiver, enum receiver owner)
{
	size_t added = 0;

	for (size_t i = 0; i < vocabulary_count; i++) {
		const struct word *w = &vocabulary_words[i];
		struct str name = str_of(w->name);
		struct slot *s;

		if (w->receiver != owner || !is_sayable(w))
			continue;
		assert(name.n <= UINT8_MAX);
		s = &v->slots[place(v, receiver, name)];
		if (s->word != 0)
			continue;
		*s = (struct slot){ .word = (uint16_t)(i + 1),
			            .receiver = (uint8_t)receiver,
			            .length = (uint8_t)name.n };
		added++;
	}
	return added;
}

static void index_classes(struct vocabulary *v)
{
	size_t count = index_words(v, RECEIVER_NONE, RECEIVER_NONE);

	for (enum receiver r = 0; r < RECEIVER_COUNT; r++)
		for (enum receiver owner = r; owner != RECEIVER_NONE; owner = parents[owner])
			count += index_words(v, r, owner);
	assert(count <= SLOTS / 2);
}

/* Most signatures are short, so they share one list. */
static bool read_signatures(struct vocabulary *v)
{
	struct parameter room[CALL_MOST_PARAMETERS];
	size_t used = 0;

	for (size_t i = 0; i < vocabulary_count; i++)
		if (vocabulary_words[i].signature != NULL)
			used += call_signature(vocabulary_words[i].signature, room).count;
	v->parameters = calloc(used + CALL_MOST_PARAMETERS, sizeof(*v->parameters));
	if (v->parameters == NULL)
		return false;
	used = 0;
	for (size_t i = 0; i < vocabulary_count; i++) {
		if (vocabulary_words[i].signature == NULL)
			continue;
		v->signatures[i] =
			call_signature(vocabulary_words[i].signature, v->parameters + used);
		used += v->signatures[i].count;
	}
	return true;
}

struct vocabulary *vocabulary_new(void)
{
	struct vocabulary *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return NULL;
	index_classes(v);
	if (!read_signatures(v)) {
		vocabulary_free(v);
		return NULL;
	}
	return v;
}

void vocabulary_free(struct vocabulary *v)
{
	if (v == NULL)
		return;
	free(v->parameters);
	free(v);
}

const struct signature *vocabulary_signature(const struct vocabulary *v, const struct word *w)
{
	return &v->signatures[w - vocabulary_words];
}

const struct word *vocabulary_find(const struct vocabulary *v, enum receiver receiver,
                                   struct str name)
{
	size_t row = v->slots[place(v, receiver, name)].word;

	return row == 0 ? NULL : &vocabulary_words[row - 1];
}

/* ------------------------------------------------------------------ classes of values */

static enum receiver receiver_of_node(const struct node *n)
{
	switch (n->kind) {
	case NODE_COLUMN:
		return RECEIVER_COLUMN;
	case NODE_BIND:
		return RECEIVER_BIND;
	case NODE_LABEL:
		return RECEIVER_LABEL;
	case NODE_FUNCTION:
		return RECEIVER_FUNCTION;
	case NODE_FILTER:
		return RECEIVER_FUNCTION_FILTER;
	case NODE_WITHIN_GROUP:
		return RECEIVER_WITHIN_GROUP;
	case NODE_OVER:
		return RECEIVER_OVER;
	case NODE_SEQUENCE:
		return RECEIVER_SEQUENCE;
	case NODE_TEXT:
		return RECEIVER_TEXT;
	case NODE_SCALAR_SELECT:
		return n->select.exists ? RECEIVER_EXISTS : RECEIVER_SCALAR_SELECT;
	case NODE_UNARY: /* EXISTS ( … ) */
		if (n->unary.modifier == NULL && n->unary.element != NULL &&
		    n->unary.element->kind == NODE_SCALAR_SELECT && n->unary.element->select.exists)
			return RECEIVER_EXISTS;
		return RECEIVER_ELEMENT;
	default:
		return RECEIVER_ELEMENT;
	}
}

/* The class that an expression's type lends to it, NONE when it has no words of its own. */
static enum receiver receiver_of_type(const struct type *t)
{
	switch (type_affinity(t)) {
	case AFFINITY_ARRAY:
		return RECEIVER_TYPED_ARRAY;
	case AFFINITY_JSON:
		return t->id == TYPE_JSONB ? RECEIVER_TYPED_JSONB : RECEIVER_TYPED_JSON;
	case AFFINITY_HSTORE:
		return RECEIVER_TYPED_HSTORE;
	case AFFINITY_RANGE:
		return RECEIVER_TYPED_RANGE;
	default:
		return RECEIVER_NONE;
	}
}

static enum receiver receiver_of_from(const struct from *f)
{
	switch (f->kind) {
	case FROM_TABLE:
	case FROM_TABLE_CLAUSE:
		return RECEIVER_TABLE;
	case FROM_ALIAS:
		return RECEIVER_ALIAS;
	case FROM_SUBQUERY:
		return RECEIVER_SUBQUERY;
	case FROM_CTE:
		return RECEIVER_CTE;
	case FROM_LATERAL:
		return RECEIVER_LATERAL;
	case FROM_TABLESAMPLE:
		return RECEIVER_TABLESAMPLE;
	case FROM_TABLE_VALUED:
		return RECEIVER_TABLE_VALUED;
	case FROM_JOIN:
		return RECEIVER_JOIN;
	case FROM_VALUES:
		return RECEIVER_VALUES;
	case FROM_GROUPING:
	case FROM_TEXT:
		break;
	}
	return RECEIVER_FROM;
}

static enum receiver receiver_of_statement(const struct statement *s)
{
	switch (s->kind) {
	case STATEMENT_SELECT:
		return RECEIVER_SELECT;
	case STATEMENT_COMPOUND:
		return RECEIVER_COMPOUND;
	case STATEMENT_INSERT:
		return RECEIVER_INSERT;
	case STATEMENT_UPDATE:
		return RECEIVER_UPDATE;
	case STATEMENT_DELETE:
		return RECEIVER_DELETE;
	case STATEMENT_TEXT:
		break;
	}
	return RECEIVER_TEXTUAL_SELECT;
}

static enum receiver receiver_of_module(struct str name)
{
	if (str_is(name, "datetime"))
		return RECEIVER_DATETIME;
	if (str_is(name, "timezone"))
		return RECEIVER_TIMEZONE;
	if (str_is(name, "decimal"))
		return RECEIVER_DECIMAL;
	if (str_is(name, "uuid"))
		return RECEIVER_UUID;
	if (str_is(name, "operators"))
		return RECEIVER_OPERATORS;
	return RECEIVER_NONE; /* sa and its kin: the words that stand alone */
}

/* The classes of a value: its own, and what its type lends it (NONE: nothing). False: nothing is
 * asked of such a value. */
static bool classes_of(struct compilation *c, const struct value *v, enum receiver *own,
                       enum receiver *typed)
{
	*typed = RECEIVER_NONE;
	switch (v->kind) {
	case VALUE_NODE:
		*own = receiver_of_node(v->node);
		if (*own != RECEIVER_TEXT && *own != RECEIVER_SEQUENCE)
			*typed = receiver_of_type(expr_acting_type(c, v->node));
		return true;
	case VALUE_FROM:
		*own = receiver_of_from(v->from);
		return true;
	case VALUE_STATEMENT:
		*own = receiver_of_statement(v->statement);
		return true;
	case VALUE_COLUMNS:
		*own = RECEIVER_COLUMNS;
		return true;
	case VALUE_TYPE:
		*own = RECEIVER_TYPE;
		return true;
	case VALUE_MODULE:
		*own = receiver_of_module(v->name);
		return true;
	case VALUE_LITERAL:
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_SET:
	case VALUE_DICT:
		*own = RECEIVER_LITERAL;
		return true;
	default:
		*own = RECEIVER_NONE;
		return false;
	}
}

const struct word *vocabulary_of(struct compilation *c, const struct value *value, struct str name)
{
	const struct vocabulary *v = c->vocabulary;
	const struct word *w = NULL;
	enum receiver own;
	enum receiver typed;

	if (!classes_of(c, value, &own, &typed))
		return NULL;
	if (typed != RECEIVER_NONE)
		w = vocabulary_find(v, typed, name);
	return w != NULL ? w : vocabulary_find(v, own, name);
}

static bool derives(enum receiver receiver, enum receiver from)
{
	for (; receiver != RECEIVER_NONE; receiver = parents[receiver])
		if (receiver == from)
			return true;
	return false;
}

static bool hint_elsewhere(struct compilation *c, enum receiver own, enum receiver typed,
                           struct str name)
{
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		const struct elsewhere *e = &elsewhere[i];

		if (str_is(name, e->name) &&
		    (derives(own, e->receiver) || derives(typed, e->receiver))) {
			hint(c, "%s", e->hint);
			return true;
		}
	}
	return false;
}

bool vocabulary_hint(struct compilation *c, const struct value *value, struct str name)
{
	enum receiver own = RECEIVER_NONE;
	enum receiver typed = RECEIVER_NONE;
	bool known = value == NULL || classes_of(c, value, &own, &typed);
	struct nearest nearest;

	if (known && hint_elsewhere(c, value == NULL ? RECEIVER_BUILTIN : own, typed, name))
		return true;
	nearest_init(&nearest, name);
	for (size_t i = 0; i < vocabulary_count && known; i++) {
		const struct word *w = &vocabulary_words[i];
		bool offered = own == RECEIVER_NONE
		                       ? w->receiver == RECEIVER_NONE
		                       : derives(own, w->receiver) || derives(typed, w->receiver);

		if (offered && w->kind != WORD_REFUSED && is_sayable(w))
			nearest_offer(&nearest, str_of(w->name));
	}
	/* Among so many words that stand alone, one is near to anything short. */
	if (value == NULL && nearest.distance > name.n / 3)
		return false;
	return nearest_hint(&nearest, &c->diag);
}
