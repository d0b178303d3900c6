/* Which relations a program may mean, so that one look at the catalog answers for all of them. */
#include "compiler/compilation.h"
#include "compiler/resolve.h"
#include "compiler/scope.h"
#include "compiler/tree.h"
#include "compiler/vocabulary.h"

struct collector {
	struct compilation *c;
	struct name_map bound; /* what the bindings above have named */
};

static void collect(struct collector *k, const struct tree *t);

static void want(struct collector *k, struct str schema, struct str name)
{
	const struct catalog_entry *entry;

	if (catalog_by_name(k->c->catalog, schema, name, &entry) == CATALOG_UNKNOWN)
		compilation_want(k->c, WANT_RELATION, schema, name, 0);
}

static bool is_taken(const struct collector *k, struct str name)
{
	return name_map_find(&k->bound, name) != NULL ||
	       vocabulary_find(k->c->vocabulary, RECEIVER_NONE, name) != NULL;
}

/* base.fk.name: which tables it leads to is asked once more is known; see fkpath.c. */
static void note_path(struct collector *k, const struct tree *base, struct str name)
{
	struct str *kept;

	if (base->kind != TREE_ATTRIBUTE || !str_is(base->text, "fk"))
		return;
	kept = NEW(k->c, struct str);
	*kept = name;
	vec_push(k->c, &k->c->scope->path_names, kept);
}

/* name.attribute: a table and a word, or a schema and a table. Only when the attribute is no word
 * of tables is the second worth asking for at once. Gives what is left to be walked. */
static const struct tree *collect_attribute(struct collector *k, const struct tree *t)
{
	const struct tree *left = t->left;

	if (left->kind != TREE_NAME) {
		note_path(k, left, t->text);
		return left;
	}
	if (is_taken(k, left->text))
		return NULL;
	want(k, STR(""), left->text);
	if (!scope_is_table_word(k->c, t->text))
		want(k, left->text, t->text);
	return NULL;
}

/* tables["name"], tables["schema.name"], schema["name"] */
static const struct tree *collect_subscript(struct collector *k, const struct tree *t)
{
	const struct tree *left = t->left;
	struct str key;
	struct str schema;
	struct str name;

	collect(k, t->right);
	if (t->right->kind != TREE_STRING ||
	    !(left->kind == TREE_NAME || left->kind == TREE_ATTRIBUTE))
		return left;
	key = t->right->text;
	if (!str_is(left->text, "tables")) {
		note_path(k, left, key);
		if (left->kind == TREE_NAME && !is_taken(k, left->text))
			want(k, left->text, key);
		return left;
	}
	scope_split_key(key, &schema, &name);
	want(k, schema, name);
	return NULL;
}

/* A link, or anything else that has parts; gives its left, which is left to be walked. */
static const struct tree *collect_parts(struct collector *k, const struct tree *t)
{
	for (size_t i = 0; i < tree_part_count(t); i++)
		collect(k, tree_part(t, i));
	if (t->kind == TREE_CALL && t->left->kind == TREE_NAME)
		return NULL; /* an unknown word that is called is no table */
	return t->left;
}

/* Of a chain a < b < c the pairs share b: once is enough, and twice on every level would be
 * exponential. */
static void collect_conjunction(struct collector *k, const struct tree *t)
{
	const struct tree *shared = NULL;

	for (size_t i = 0; i < t->count; i++) {
		const struct tree *item = t->items[i].value;

		if (item->kind == TREE_BINARY && item->left == shared)
			collect(k, item->right);
		else
			collect(k, item);
		shared = item->kind == TREE_BINARY ? item->right : NULL;
	}
}

/* Recurses into operands and brackets, and loops along chains. */
static void collect(struct collector *k, const struct tree *t)
{
	while (t != NULL) {
		switch (t->kind) {
		case TREE_NAME:
			if (!is_taken(k, t->text))
				want(k, STR(""), t->text);
			return;
		case TREE_ATTRIBUTE:
			t = collect_attribute(k, t);
			break;
		case TREE_SUBSCRIPT:
			t = collect_subscript(k, t);
			break;
		case TREE_AND:
			collect_conjunction(k, t);
			return;
		default:
			t = collect_parts(k, t);
			break;
		}
	}
}

void program_collect_names(struct compilation *c)
{
	const struct tree_program *program = c->program;
	struct collector k = { .c = c };

	for (size_t i = 0; i < program->count; i++) {
		const struct tree_binding *b = &program->bindings[i];

		collect(&k, b->value);
		for (size_t j = 0; j < b->count; j++)
			name_map_set(c, &k.bound, b->targets[j].name, &k);
	}
	collect(&k, program->statement);
}
