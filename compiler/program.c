/* Evaluation: the syntax tree becomes values. LANGUAGE, sections 2 and 3. */
#include "compiler/call.h"
#include "compiler/expr.h"
#include "compiler/fkpath.h"
#include "compiler/from.h"
#include "compiler/operators.h"
#include "compiler/resolve.h"
#include "compiler/scope.h"
#include "compiler/statements.h"
#include "compiler/tree.h"
#include "compiler/types.h"
#include "compiler/vocabulary.h"
#include "compiler/words.h"
#include "compiler/words_dml.h"

/* What the value is wanted for. A word may mean something else when it is called. */
enum purpose {
	FOR_VALUE,
	FOR_CALL, /* its name is called: t.c.keys() is a method, t.c.keys a column */
	FOR_DOT,  /* something is asked of it: it may be a schema */
	FOR_NAME, /* it gets another name, which may be called later */
};

static struct value eval(struct compilation *c, const struct tree *t);
static struct value eval_for(struct compilation *c, const struct tree *t, enum purpose purpose);

/* ------------------------------------------------------------------ words */

static _Noreturn void refuse(struct compilation *c, const struct word *w, struct span at)
{
	hint(c, "%s", w->hint);
	fail(c, at, SQLSTATE_FEATURE, "\"%s\" is not supported here", w->name);
}

static const struct value absent = { .kind = VALUE_ABSENT };

static struct value run_handler(struct compilation *c, struct call *call)
{
	struct value result = call->word->handler(c, call);

	result.span = call->span;
	return result;
}

static struct value read_attribute(struct compilation *c, const struct word *w,
                                   const struct value *self, struct span span, struct span at)
{
	struct call call = { .word = w, .self = *self, .span = span, .at = at };

	return run_handler(c, &call);
}

/* Numeric for Numeric(). Of an ARRAY there is none without arguments. */
static struct value bare_type(struct compilation *c, const struct word *w, const struct tree *t)
{
	const struct signature *s = vocabulary_signature(c->vocabulary, w);

	if (s->count > 0 && s->parameters[0].required) {
		struct call call = { .word = w, .self = absent, .span = t->span, .at = t->word };

		call_bind(c, &call, s, NULL, 0);
	}
	return value_type(type_plain(w->type), t->span);
}

/* The word as a value, before anything is known of a call. */
static struct value word_as_value(struct compilation *c, const struct word *w,
                                  const struct value *self, const struct tree *t,
                                  enum purpose purpose)
{
	switch (w->kind) {
	case WORD_REFUSED:
		refuse(c, w, t->word);
	case WORD_ATTRIBUTE:
		return read_attribute(c, w, self, t->span, t->word);
	case WORD_TYPE:
		if (purpose != FOR_CALL && purpose != FOR_NAME)
			return bare_type(c, w, t);
		break;
	case WORD_CALL:
		if (value_given(*self) && self->kind != VALUE_MODULE)
			return (struct value){ .kind = VALUE_METHOD,
				               .span = t->span,
				               .word = w,
				               .items = arena_again(&c->arena, self, sizeof(*self)),
				               .count = 1 };
		break;
	}
	return (struct value){ .kind = VALUE_WORD, .span = t->span, .word = w };
}

/* ------------------------------------------------------------------ names */

/* Tables and their columns are one object wherever they are named: they stand where that was first. */
static void mention(struct span *span, struct span here)
{
	if (span->end == 0)
		*span = here;
}

/* A word that is neither called nor asked anything: perhaps a table of that name was meant. */
static _Noreturn void fail_bare_word(struct compilation *c, const struct word *w,
                                     const struct tree *t)
{
	hint(c, "Call it, %s(...); a table of that name is tables[\"%s\"].", w->name, w->name);
	fail(c, t->span, SQLSTATE_UNDEFINED_TABLE,
	     "\"%s\" is a word of the language here, not a table", w->name);
}

/* lower(x): what is called may be a function of the server. */
static void hint_function(struct compilation *c, struct str name)
{
	hint(c, "A function of the server stands behind func: func.%.*s(...)", STR_ARG(name));
}

/* What a name is bound to. A word under another name is what the word is where that name stands. */
static struct value bound_value(struct compilation *c, const struct value *value,
                                const struct tree *t, enum purpose purpose)
{
	struct value v = *value;

	if (v.kind == VALUE_WORD && purpose == FOR_VALUE && v.word->kind == WORD_CALL)
		fail_bare_word(c, v.word, t);
	if (v.kind == VALUE_WORD && v.word->kind == WORD_TYPE)
		return word_as_value(c, v.word, &absent, t, purpose);
	v.span = t->span;
	return v;
}

/* A binding, a word, a relation, a schema: the first that the name is. */
static struct value eval_name(struct compilation *c, const struct tree *t, enum purpose purpose)
{
	struct meaning *m = scope_meaning(c, t->text);
	const struct word *w = m->word;

	if (m->bound)
		return bound_value(c, &m->value, t, purpose);
	if (w != NULL &&
	    !((purpose == FOR_VALUE || purpose == FOR_NAME) && w->handler == word_module)) {
		if (purpose == FOR_VALUE && w->kind == WORD_CALL)
			fail_bare_word(c, w, t);
		return word_as_value(c, w, &absent, t, purpose);
	}
	if (purpose == FOR_CALL) {
		w = vocabulary_find(c->vocabulary, RECEIVER_BUILTIN, t->text);
		if (w != NULL)
			return word_as_value(c, w, &absent, t, purpose);
		if (!vocabulary_hint(c, NULL, t->text))
			hint_function(c, t->text);
		fail(c, t->span, SQLSTATE_UNDEFINED_FUNCTION,
		     "\"%.*s\" is not a word of the language", STR_ARG(t->text));
	}
	if (m->relation == NULL)
		m->relation = scope_relation(c, STR(""), t->text);
	if (m->relation != NULL) {
		mention(&m->relation->span, t->span);
		return (struct value){ .kind = VALUE_FROM, .span = t->span, .from = m->relation };
	}
	if (purpose == FOR_DOT)
		return (struct value){ .kind = VALUE_SCHEMA, .span = t->span, .name = t->text };
	scope_fail_unknown(c, STR(""), t->text, true, t->span);
}

/* datetime.datetime.now(), uuid.uuid4(): values that Python makes. False: the name is none of these. */
static bool hint_python_value(struct compilation *c, struct str name)
{
	if (str_is(name, "now") || str_is(name, "utcnow") || str_is(name, "today"))
		hint(c, "The server's time is func.now(), its date func.current_date().");
	else if (str_is(name, "fromisoformat") || str_is(name, "strptime"))
		hint(c, "Write the text itself, '2020-02-01'::date, or datetime.date(2020, 2, 1).");
	else if (str_is(name, "uuid4") || str_is(name, "uuid1"))
		hint(c, "The server's function is func.gen_random_uuid().");
	else
		return false;
	return true;
}

/* What is asked of an object that Python code has, and an expression has not: it is taken for a
 * schema here. */
static void fail_foreign_object(struct compilation *c, struct str object, struct str attribute,
                                struct span at)
{
	if (str_is(attribute, "execute") || str_is(attribute, "connect") ||
	    str_is(attribute, "scalars") || str_is(attribute, "scalar"))
		hint(c, "The client's own cursor runs the statement: write it alone.");
	else if (str_is(attribute, "query") || str_is(attribute, "session"))
		hint(c, "The ORM is not part of the language: write select(...) alone.");
	else if (str_is(attribute, "tables"))
		hint(c, "Write tables[\"name\"].");
	else if (!hint_python_value(c, attribute)) /* date.today() */
		return;
	fail(c, at, SQLSTATE_UNDEFINED_TABLE, "relation \"%.*s.%.*s\" does not exist",
	     STR_ARG(object), STR_ARG(attribute));
}

static struct value relation_in_schema(struct compilation *c, const struct value *schema,
                                       struct str name, const struct tree *t)
{
	struct from *f = scope_relation(c, schema->name, name);

	if (f == NULL && scope_is_table_word(c, name))
		scope_fail_unknown(c, STR(""), schema->name, true, schema->span);
	if (f == NULL) {
		fail_foreign_object(c, schema->name, name, t->word);
		scope_fail_unknown(c, schema->name, name, false, t->word);
	}
	mention(&f->span, t->span);
	return (struct value){ .kind = VALUE_FROM, .span = t->span, .from = f };
}

/* tables["name"], tables["schema.name"]: the first dot parts them, unless a relation has a dot in
 * its name. */
static struct value relation_by_key(struct compilation *c, struct str key, const struct tree *t)
{
	struct str schema;
	struct str name;
	struct from *f;

	scope_split_key(key, &schema, &name);
	f = scope_relation(c, schema, name);
	if (f == NULL && schema.n > 0)
		f = scope_relation(c, STR(""), key);
	if (f == NULL)
		scope_fail_unknown(c, schema, name, false, t->span);
	mention(&f->span, t->span);
	return (struct value){ .kind = VALUE_FROM, .span = t->span, .from = f };
}

/* ------------------------------------------------------------------ attributes */

static struct value extend_func(struct compilation *c, const struct value *func,
                                const struct tree *t)
{
	struct value longer = *func;

	longer.items = arena_array(&c->arena, func->count + 1, sizeof(*longer.items));
	if (func->count > 0)
		memcpy(longer.items, func->items, func->count * sizeof(*longer.items));
	longer.items[longer.count++] =
		(struct value){ .kind = VALUE_FUNC, .span = t->word, .name = t->text };
	longer.span = t->span;
	return longer;
}

static struct value column_of(struct compilation *c, const struct value *columns, struct str key,
                              struct span at, struct span span)
{
	struct node *n = columns_get(c, columns, key, at);
	struct value v = value_node(n);

	mention(&n->span, span);
	v.span = span;
	return v;
}

/* A word of the language that hides a table of the same name. */
static _Noreturn void fail_word_as_table(struct compilation *c, const struct value *v,
                                         const struct tree *t)
{
	hint_python_value(c, t->text);
	if (scope_is_table_word(c, t->text) && t->left->kind == TREE_NAME) {
		struct str name = v->kind == VALUE_WORD ? str_of(v->word->name) : t->left->text;

		hint(c, "A table of that name is tables[\"%.*s\"].", STR_ARG(name));
		fail(c, t->left->span, SQLSTATE_UNDEFINED_TABLE,
		     "\"%.*s\" is a word of the language here, not a table", STR_ARG(name));
	}
	fail(c, t->word, SQLSTATE_UNDEFINED_FUNCTION, "'%.*s' object has no attribute '%.*s'",
	     STR_ARG(value_describe(v)), STR_ARG(t->text));
}

/* 'x'.label("y"), $1.is_(None), "t".c.x: what is asked for belongs to a column or a table. */
static void hint_attribute_of_literal(struct compilation *c, const struct value *v,
                                      const struct tree *t)
{
	const struct word *w = vocabulary_find(c->vocabulary, RECEIVER_BIND, t->text);

	if (v->literal->kind == LITERAL_STRING && (str_is(t->text, "c") || str_is(t->text, "fk")))
		hint(c, "A table of any name is tables['name'], a column of it t.c['name'].");
	else if (w != NULL)
		hint(c, "It is a value: literal(...).%.*s is an expression's.", STR_ARG(t->text));
	else
		vocabulary_hint(c, v, t->text);
}

static bool is_called(const struct tree *t)
{
	return t->up != NULL && t->up->kind == TREE_CALL;
}

static _Noreturn void fail_attribute(struct compilation *c, const struct value *v,
                                     const struct tree *t)
{
	struct str what = value_describe(v);

	if (v->kind == VALUE_WORD || v->kind == VALUE_TYPE || v->kind == VALUE_MODULE)
		fail_word_as_table(c, v, t);
	if (v->kind == VALUE_FROM && from_column(c, v->from, t->text) != NULL)
		hint(c, "Columns stand behind .c: write .c.%.*s.", STR_ARG(t->text));
	else if (v->kind == VALUE_METHOD)
		hint(c, "Call it: %s(...)", v->word->name);
	else if (v->kind == VALUE_TABLES)
		hint(c, "Write tables[\"%.*s\"].", STR_ARG(t->text));
	else if (v->kind == VALUE_LITERAL)
		hint_attribute_of_literal(c, v, t);
	else if (!vocabulary_hint(c, v, t->text) && v->kind == VALUE_NODE && is_called(t))
		hint_function(c, t->text);
	fail(c, t->word, SQLSTATE_UNDEFINED_FUNCTION, "'%.*s' object has no attribute '%.*s'",
	     STR_ARG(what), STR_ARG(t->text));
}

/* sqlalchemy.dialects.postgresql.insert: the packages in between say nothing. */
static bool is_package(const struct value *v, struct str name)
{
	return v->kind == VALUE_MODULE &&
	       (str_is(name, "dialects") || str_is(name, "sql") || str_is(name, "expression"));
}

/* t.primary_key.columns: what is a collection here is an object that has one in SQLAlchemy. */
static bool is_itself(struct compilation *c, const struct value *v, struct str name)
{
	return (str_is(name, "columns") || str_is(name, "c")) && columns_find(c, v, name) == NULL;
}

/* sales.orders, where both a table and a schema are called sales: the table has no such word. */
static struct from *relation_behind_table(struct compilation *c, const struct value *v,
                                          const struct tree *t)
{
	if (v->kind != VALUE_FROM || t->left->kind != TREE_NAME ||
	    scope_meaning(c, t->left->text)->bound)
		return NULL;
	return scope_relation(c, t->left->text, t->text);
}

static struct value attribute_of(struct compilation *c, const struct value *v, const struct tree *t,
                                 enum purpose purpose)
{
	const struct word *w;
	struct from *f;

	switch (v->kind) {
	case VALUE_SCHEMA:
		return relation_in_schema(c, v, t->text, t);
	case VALUE_FUNC:
		return extend_func(c, v, t);
	case VALUE_FK:
		f = fkpath_follow(c, v->from, t->text, t->word);
		return (struct value){ .kind = VALUE_FROM, .span = t->span, .from = f };
	case VALUE_COLUMNS:
		w = purpose == FOR_CALL ? vocabulary_of(c, v, t->text) : NULL;
		if (w == NULL && is_itself(c, v, t->text))
			return *v;
		if (w == NULL)
			return column_of(c, v, t->text, t->word, t->span);
		break;
	default:
		w = vocabulary_of(c, v, t->text);
		break;
	}
	if (w != NULL)
		return word_as_value(c, w, v, t, purpose);
	if (is_package(v, t->text))
		return *v;
	f = relation_behind_table(c, v, t);
	if (f == NULL)
		fail_attribute(c, v, t);
	mention(&f->span, t->span);
	return (struct value){ .kind = VALUE_FROM, .span = t->span, .from = f };
}

/* A table that has the name of a module, types.c.id: modules have no such words. */
static bool is_table_behind_module(struct compilation *c, const struct value *v,
                                   const struct tree *t)
{
	return v->kind == VALUE_MODULE && t->left->kind == TREE_NAME &&
	       scope_is_table_word(c, t->text) && vocabulary_of(c, v, t->text) == NULL;
}

static struct value eval_attribute(struct compilation *c, const struct tree *t,
                                   const struct value *v, enum purpose purpose)
{
	if (is_table_behind_module(c, v, t)) {
		struct from *f = scope_relation(c, STR(""), t->left->text);
		struct value table = { .kind = VALUE_FROM, .span = v->span, .from = f };

		if (f != NULL)
			return attribute_of(c, &table, t, purpose);
	}
	return attribute_of(c, v, t, purpose);
}

/* ------------------------------------------------------------------ subscripts */

static struct value eval_slice(struct compilation *c, const struct tree *t)
{
	struct value v = { .kind = VALUE_SLICE, .span = t->span };
	const struct tree *parts[3] = { t->left, t->right, t->third };

	v.items = arena_array(&c->arena, 3, sizeof(*v.items));
	v.count = 3;
	for (size_t i = 0; i < 3; i++)
		if (parts[i] != NULL)
			v.items[i] = eval(c, parts[i]);
	return v;
}

static struct value item_of(struct compilation *c, const struct value *v, const struct value *index,
                            const struct tree *t)
{
	const struct value *items;
	size_t count;
	int64_t i;

	if (!value_items(c, v, &items, &count) || !value_integer(index, &i))
		return expr_index(c, *v, *index, t->span);
	if (i < 0)
		i += (int64_t)count;
	if (i < 0 || (size_t)i >= count)
		fail(c, index->span, SQLSTATE_INVALID_ARGUMENT, "list index out of range");
	return items[i];
}

/* A dict's value by its key. */
static struct value value_of_key(struct compilation *c, const struct value *dict,
                                 const struct value *key, const struct tree *t)
{
	const struct value *items;
	struct str wanted = value_repr(c, key);
	size_t count = 0;

	value_pairs(c, dict, &items, &count);
	for (size_t i = 0; i + 1 < count; i += 2)
		if (str_eq(value_repr(c, &items[i]), wanted))
			return items[i + 1];
	fail(c, t->right->span, SQLSTATE_INVALID_ARGUMENT, "the dict has no key %.*s",
	     STR_ARG(wanted));
}

static bool is_dict(const struct value *v)
{
	return v->kind == VALUE_DICT ||
	       (v->kind == VALUE_LITERAL && v->literal->kind == LITERAL_DICT);
}

static struct value eval_subscript(struct compilation *c, const struct tree *t,
                                   const struct value *v)
{
	struct value index =
		t->right->kind == TREE_SLICE ? eval_slice(c, t->right) : eval(c, t->right);
	struct value chosen;
	struct str key;
	struct from *f;

	switch (v->kind) {
	case VALUE_TABLES:
		if (value_string(&index, &key))
			return relation_by_key(c, key, t->right);
		fail(c, index.span, SQLSTATE_DATATYPE_MISMATCH,
		     "tables[...] takes the name of a table as a string");
	case VALUE_SCHEMA:
		if (value_string(&index, &key))
			return relation_in_schema(c, v, key, t->right);
		scope_fail_unknown(c, STR(""), v->name, true, v->span);
	case VALUE_FK:
		if (!value_string(&index, &key))
			break;
		f = fkpath_follow(c, v->from, key, t->right->span);
		return (struct value){ .kind = VALUE_FROM, .span = t->span, .from = f };
	case VALUE_COLUMNS:
		chosen = columns_choose(c, v, &index);
		chosen.span = t->span;
		return chosen;
	case VALUE_LITERAL:
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_DICT:
		return is_dict(v) ? value_of_key(c, v, &index, t) : item_of(c, v, &index, t);
	case VALUE_FROM:
		if (value_string(&index, &key))
			hint(c, "Columns stand behind .c: write .c[\"%.*s\"].", STR_ARG(key));
		break;
	default:
		break;
	}
	return expr_index(c, *v, index, t->span);
}

/* ------------------------------------------------------------------ calls */

struct arguments {
	struct argument *items;
	size_t count;
	size_t capacity;
};

/* Room for one more, zeroed. */
static struct argument *next_argument(struct compilation *c, struct arguments *a)
{
	if (a->count == a->capacity) {
		size_t capacity = a->capacity == 0 ? 4 : 2 * a->capacity;
		struct argument *items = arena_array(&c->arena, capacity, sizeof(*items));

		if (a->count > 0)
			memcpy(items, a->items, a->count * sizeof(*items));
		a->items = items;
		a->capacity = capacity;
	}
	return &a->items[a->count++];
}

/* *value: the columns of a collection, the items of a list. */
static void spread(struct compilation *c, struct arguments *a, const struct value *v)
{
	const struct value *items;
	size_t count;

	if (v->kind == VALUE_COLUMNS) {
		const struct vec *columns = columns_all(c, v);

		for (size_t i = 0; i < columns->n; i++) {
			struct value *column = &next_argument(c, a)->value;

			*column = value_node(columns->items[i]);
			column->span = v->span;
		}
		return;
	}
	if (!value_items(c, v, &items, &count)) {
		hint(c, "Spread a list, a tuple or a collection of columns: *t.c");
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
		     "argument after * must be a collection, not %.*s", STR_ARG(value_describe(v)));
	}
	for (size_t i = 0; i < count; i++)
		next_argument(c, a)->value = items[i];
}

static struct arguments eval_arguments(struct compilation *c, const struct tree *t)
{
	struct arguments a = { .capacity = t->count };

	a.items = arena_array(&c->arena, t->count, sizeof(*a.items));
	for (size_t i = 0; i < t->count; i++) {
		const struct tree_item *item = &t->items[i];
		struct value v = eval_for(c, item->value, FOR_VALUE);
		struct argument *argument;

		if (item->spread) {
			v.span = item->value->span;
			spread(c, &a, &v);
			continue;
		}
		argument = next_argument(c, &a);
		argument->value = v;
		argument->value.span = item->value->span;
		argument->keyword = item->keyword;
		argument->keyword_span = item->keyword_span;
	}
	return a;
}

/* A node that this very operator or call made knows the word of it. */
static void mark_word(struct value *v, struct span span, struct span word)
{
	if (v->kind == VALUE_NODE && v->node->word.end == 0 && v->node->span.start == span.start &&
	    v->node->span.end == span.end)
		v->node->word = word;
}

static struct value call_word(struct compilation *c, const struct word *w, const struct value *self,
                              const struct tree *t)
{
	struct arguments a = eval_arguments(c, t);
	struct call call = { .word = w, .self = *self, .span = t->span, .at = t->left->word };
	struct value result;

	call_bind(c, &call, vocabulary_signature(c->vocabulary, w), a.items, a.count);
	result = run_handler(c, &call);
	mark_word(&result, t->span, t->left->word);
	return result;
}

static struct value call_func(struct compilation *c, struct value func, const struct tree *t)
{
	static const struct signature any = { .rest = true, .keywords = true };
	struct arguments a = eval_arguments(c, t);
	struct call call = { .self = func, .span = t->span, .at = t->left->word };
	struct value result;

	call_bind(c, &call, &any, a.items, a.count);
	result = expr_function(c, &call);
	result.span = t->span;
	return result;
}

static struct value call_operator(struct compilation *c, const struct value *op,
                                  const struct tree *t)
{
	struct arguments a = eval_arguments(c, t);
	struct value result;

	if (op->count != 1 || a.count != 1 || a.items[0].keyword.n > 0)
		fail(c, t->span, SQLSTATE_INVALID_ARGUMENT,
		     "an operator is called with one argument: x.op(\"+\")(y)");
	result = expr_apply(c, op, a.items[0].value, t->span);
	mark_word(&result, t->span,
	          t->left->kind == TREE_CALL ? t->left->left->word : t->left->word);
	return result;
}

static _Noreturn void fail_call(struct compilation *c, const struct value *v, const struct tree *t)
{
	if (v->kind == VALUE_FUNC)
		hint(c, "Name the function: func.lower(...)");
	fail(c, t->left->word, SQLSTATE_UNDEFINED_FUNCTION, "'%.*s' object is not callable",
	     STR_ARG(value_describe(v)));
}

static struct value eval_call(struct compilation *c, const struct tree *t, const struct value *f)
{
	const struct word *w;

	switch (f->kind) {
	case VALUE_WORD:
		return call_word(c, f->word, &absent, t);
	case VALUE_METHOD:
		return call_word(c, f->word, f->items, t);
	case VALUE_FUNC:
		if (f->count == 0)
			fail_call(c, f, t);
		return call_func(c, *f, t);
	case VALUE_OPERATOR:
		return call_operator(c, f, t);
	case VALUE_MODULE: /* from datetime import datetime */
		w = vocabulary_of(c, f, f->name);
		if (w == NULL || w->kind != WORD_CALL)
			fail_call(c, f, t);
		return call_word(c, w, &absent, t);
	default:
		fail_call(c, f, t);
	}
}

/* ------------------------------------------------------------------ operators and collections */

static struct value operate(struct compilation *c, const struct tree *t, struct value left,
                            struct value right)
{
	struct value v = expr_binary(c, t->op, left, right, t->span, t->word);

	mark_word(&v, t->span, t->word);
	return v;
}

/* a < b < c is (a < b) and (b < c) over one b. */
static struct value eval_comparison_after(struct compilation *c, const struct tree *t,
                                          const struct tree *shared, struct value *shared_value)
{
	struct value left = t->left == shared ? *shared_value : eval(c, t->left);
	struct value right = eval(c, t->right);

	*shared_value = right;
	return operate(c, t, left, right);
}

static struct value eval_and(struct compilation *c, const struct tree *t)
{
	struct vec clauses = { 0 };
	const struct tree *shared = NULL;
	struct value shared_value = absent;

	for (size_t i = 0; i < t->count; i++) {
		const struct tree *item = t->items[i].value;
		struct value v;

		if (item->kind == TREE_BINARY) {
			v = eval_comparison_after(c, item, shared, &shared_value);
			shared = item->right;
		} else {
			v = eval(c, item);
			shared = NULL;
		}
		vec_push(c, &clauses, coerce_where(c, v));
	}
	return value_node(expr_and(c, &clauses, t->span));
}

static struct value eval_or(struct compilation *c, const struct tree *t)
{
	struct vec clauses = { 0 };

	for (size_t i = 0; i < t->count; i++)
		vec_push(c, &clauses, coerce_where(c, eval(c, t->items[i].value)));
	return value_node(expr_or(c, &clauses, t->span));
}

static struct value *eval_items(struct compilation *c, const struct tree *t, size_t *count)
{
	struct arguments a = eval_arguments(c, t);
	struct value *items = arena_array(&c->arena, a.count, sizeof(*items));

	for (size_t i = 0; i < a.count; i++)
		items[i] = a.items[i].value;
	*count = a.count;
	return items;
}

static struct value eval_collection(struct compilation *c, const struct tree *t,
                                    enum value_kind kind)
{
	size_t count;
	struct value *items = eval_items(c, t, &count);

	return literal_collection(c, kind, items, count, t->span);
}

static struct value eval_array(struct compilation *c, const struct tree *t)
{
	size_t count;
	const struct value *items = eval_items(c, t, &count);

	return expr_array(c, items, count, t->span);
}

static struct value eval_binary(struct compilation *c, const struct tree *t, struct value left)
{
	struct value right = eval(c, t->right);

	return operate(c, t, left, right);
}

static struct value eval_not(struct compilation *c, const struct tree *t)
{
	struct value v = eval(c, t->left);

	if (v.kind == VALUE_LITERAL && v.literal->kind == LITERAL_BOOL)
		return value_literal(literal_bool(c, v.literal->number == 0, t->span));
	return value_node(expr_negate(c, coerce_where(c, v), t->span));
}

/* A link of a chain, whose left has been evaluated. */
static struct value eval_link(struct compilation *c, const struct tree *t, const struct value *left,
                              enum purpose purpose)
{
	struct value operand;

	switch (t->kind) {
	case TREE_ATTRIBUTE:
		return eval_attribute(c, t, left, purpose);
	case TREE_SUBSCRIPT:
		return eval_subscript(c, t, left);
	case TREE_CALL:
		return eval_call(c, t, left);
	default:
		operand = *left;
		operand.span = t->left->span;
		return t->kind == TREE_TYPED ? expr_typed(c, operand, t->type, t->span)
		                             : eval_binary(c, t, operand);
	}
}

/* What a link wants its left for. */
static enum purpose wanted_by(const struct tree *link)
{
	switch (link->kind) {
	case TREE_ATTRIBUTE:
	case TREE_SUBSCRIPT:
		return FOR_DOT;
	case TREE_CALL:
		return FOR_CALL;
	default:
		return FOR_VALUE;
	}
}

/* What is no link. The tree is no higher than the parser's limit: recursion is safe. */
static struct value eval_end(struct compilation *c, const struct tree *t, enum purpose purpose)
{
	switch (t->kind) {
	case TREE_NAME:
		return eval_name(c, t, purpose);
	case TREE_UNARY:
		return expr_unary(c, t->op, eval(c, t->left), t->span);
	case TREE_AND:
		return eval_and(c, t);
	case TREE_OR:
		return eval_or(c, t);
	case TREE_NOT:
		return eval_not(c, t);
	case TREE_LIST:
		return eval_collection(c, t, VALUE_LIST);
	case TREE_TUPLE:
		return eval_collection(c, t, VALUE_TUPLE);
	case TREE_SET:
		return eval_collection(c, t, VALUE_SET);
	case TREE_DICT:
		return eval_collection(c, t, VALUE_DICT);
	case TREE_ARRAY:
		return eval_array(c, t);
	case TREE_SLICE:
		return eval_slice(c, t);
	default:
		return literal_from_tree(c, t);
	}
}

/* A few links are evaluated in a recursion, where the value of each stands at once where the next
 * one reads it: carried through a loop it would be copied, which costs as much as the rest. */
enum { LINKS_AT_ONCE = 4 };

/* The value of the link `t`, of a chain whose part `from` has this value. */
static struct value eval_links(struct compilation *c, const struct tree *from,
                               const struct value *value, const struct tree *t,
                               enum purpose purpose)
{
	struct value left;

	if (t->left == from)
		return eval_link(c, t, value, purpose);
	left = eval_links(c, from, value, t->left, wanted_by(t));
	return eval_link(c, t, &left, purpose);
}

/* Down to the left end of the chain, and back up: a chain may be as long as the text. */
static struct value eval_for(struct compilation *c, const struct tree *t, enum purpose purpose)
{
	const struct tree *at = t;
	struct value v;

	if (!tree_is_link(t))
		return eval_end(c, t, purpose);
	while (tree_is_link(at))
		at = at->left;
	v = eval_end(c, at, wanted_by(at->up));
	for (;;) {
		const struct tree *from = at;

		for (size_t i = 0; i < LINKS_AT_ONCE && at != t; i++)
			at = at->up;
		if (at == t)
			return eval_links(c, from, &v, t, purpose);
		v = eval_links(c, from, &v, at, wanted_by(at->up));
	}
}

static struct value eval(struct compilation *c, const struct tree *t)
{
	struct value v = eval_for(c, t, FOR_VALUE);

	v.span = t->span;
	return v;
}

/* ------------------------------------------------------------------ programs */

static _Noreturn void fail_statement(struct compilation *c, const struct value *v)
{
	if (v->kind == VALUE_WORD || v->kind == VALUE_METHOD)
		hint(c, "Call it: %s(...)", v->word->name);
	fail(c, v->span, SQLSTATE_SYNTAX_ERROR, "the expression is no statement but a %.*s",
	     STR_ARG(value_describe(v)));
}

static struct statement *text_statement(struct compilation *c, struct node *text)
{
	struct statement *s = statement_new(c, STATEMENT_TEXT, text->span);

	s->text = text;
	return s;
}

/* A sequence that is executed: SELECT nextval('counter'), under PostgreSQL's name for it. */
static struct node *next_value(struct compilation *c, const struct value *sequence)
{
	struct node *n = expr_call(c, STR("next_value"), sequence, 1, NULL, sequence->span);

	return expr_label(c, n, (struct name){ .text = STR("nextval") }, NULL, sequence->span);
}

/* What is no statement is selected. */
static struct statement *as_statement(struct compilation *c, struct value v)
{
	switch (v.kind) {
	case VALUE_STATEMENT:
		statement_check(c, v.statement);
		return v.statement;
	case VALUE_NODE:
		if (v.node->kind == NODE_TEXT)
			return text_statement(c, v.node);
		if (v.node->kind == NODE_SEQUENCE)
			v.node = next_value(c, &v);
		return statement_select(c, &v, 1, v.span);
	case VALUE_FROM:
	case VALUE_LITERAL:
	case VALUE_COLUMNS:
	case VALUE_LIST:
	case VALUE_TUPLE:
		return statement_select(c, &v, 1, v.span);
	default:
		fail_statement(c, &v);
	}
}

/* a, b = value */
static void unpack(struct compilation *c, const struct tree_binding *b, const struct value *v)
{
	const struct value *items;
	struct arguments a = { 0 };
	size_t count;

	if (v->kind != VALUE_COLUMNS && !value_items(c, v, &items, &count))
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
		     "cannot unpack non-iterable %.*s object", STR_ARG(value_describe(v)));
	spread(c, &a, v);
	if (a.count > b->count)
		fail(c, v->span, SQLSTATE_INVALID_ARGUMENT,
		     "too many values to unpack (expected %zu)", b->count);
	if (a.count < b->count)
		fail(c, v->span, SQLSTATE_INVALID_ARGUMENT,
		     "not enough values to unpack (expected %zu, got %zu)", b->count, a.count);
	for (size_t i = 0; i < b->count; i++)
		scope_bind(c, b->targets[i].name, a.items[i].value);
}

static void bind(struct compilation *c, const struct tree_binding *b)
{
	struct value v = eval_for(c, b->value, b->unpacks ? FOR_VALUE : FOR_NAME);

	v.span = b->value->span;
	if (b->unpacks) {
		unpack(c, b, &v);
		return;
	}
	for (size_t i = 0; i < b->count; i++)
		scope_bind(c, b->targets[i].name, v);
}

struct statement *program_evaluate(struct compilation *c, const struct tree_program *program)
{
	for (size_t i = 0; i < program->count; i++)
		bind(c, &program->bindings[i]);
	return as_statement(c, eval(c, program->statement));
}
