#include "compiler/call.h"

#include <stdlib.h>

#include "compiler/keymap.h"
#include "compiler/nearest.h"
#include "compiler/vocabulary.h"

static struct str trim(struct str s)
{
	while (s.n > 0 && s.p[0] == ' ')
		s.p++, s.n--;
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

/* Cuts the next parameter off, up to a comma outside brackets and quotes. */
static struct str next_parameter(const char **at)
{
	const char *start = *at;
	const char *p = start;
	int depth = 0;
	bool quoted = false;

	for (; *p != '\0' && (*p != ',' || depth > 0 || quoted); p++) {
		if (*p == '\'' || *p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == '(' || *p == '['))
			depth++;
		else if (!quoted && (*p == ')' || *p == ']'))
			depth--;
	}
	*at = *p == ',' ? p + 1 : p;
	return trim((struct str){ start, (size_t)(p - start) });
}

static void read_parameter(struct signature *s, struct parameter *room, struct str text,
                           bool *keyword_only)
{
	const char *equals;
	struct parameter *p;

	if (text.n == 0 || str_is(text, "/"))
		return;
	if (text.p[0] == '*') {
		if (text.n > 1 && text.p[1] == '*')
			s->keywords = true;
		else if (text.n > 1)
			s->rest = true;
		*keyword_only = true;
		return;
	}
	if (s->count == CALL_MOST_PARAMETERS)
		abort(); /* a row of vocabulary.def: raise the limit */
	p = &room[s->count++];
	equals = memchr(text.p, '=', text.n);
	p->name = equals == NULL ? text : trim((struct str){ text.p, (size_t)(equals - text.p) });
	p->required = equals == NULL;
	p->keyword_only = *keyword_only;
	if (!*keyword_only)
		s->positional = s->count;
}

struct signature call_signature(const char *text, struct parameter *room)
{
	struct signature s = { .parameters = room };
	bool keyword_only = false;

	while (*text != '\0')
		read_parameter(&s, room, next_parameter(&text), &keyword_only);
	return s;
}

static size_t parameter_by_name(const struct signature *s, struct str name)
{
	size_t i = 0;

	while (i < s->count && !str_eq(s->parameters[i].name, name))
		i++;
	return i;
}

static const char *called(const struct call *call)
{
	return call->word == NULL ? "function" : call->word->name;
}

static _Noreturn void too_many(struct compilation *c, const struct call *call,
                               const struct signature *s, size_t given, struct span at)
{
	if (s->positional == 0 && s->count == 0)
		fail(c, at, SQLSTATE_INVALID_ARGUMENT, "%s() takes no arguments (%zu given)",
		     called(call), given);
	fail(c, at, SQLSTATE_INVALID_ARGUMENT,
	     "%s() takes %zu positional argument%s but %zu were given", called(call), s->positional,
	     s->positional == 1 ? "" : "s", given);
}

/* on=… for onclause=…; where(name=…), which is filter_by(). */
static void hint_keyword(struct compilation *c, const struct call *call, const struct signature *s,
                         struct str keyword)
{
	for (size_t i = 0; i < s->count; i++) {
		struct str name = s->parameters[i].name;

		if (keyword.n > 1 && name.n > keyword.n &&
		    memcmp(name.p, keyword.p, keyword.n) == 0) {
			hint(c, "Perhaps you meant \"%.*s\".", STR_ARG(name));
			return;
		}
	}
	if (call->word != NULL &&
	    (strcmp(call->word->name, "where") == 0 || strcmp(call->word->name, "filter") == 0) &&
	    vocabulary_find(c->vocabulary, call->word->receiver, STR("filter_by")) != NULL)
		hint(c, "Write t.c.%.*s == value, or filter_by(%.*s=value).", STR_ARG(keyword),
		     STR_ARG(keyword));
}

static _Noreturn void unexpected(struct compilation *c, const struct call *call,
                                 const struct signature *s, const struct argument *a)
{
	struct nearest nearest;

	nearest_init(&nearest, a->keyword);
	for (size_t i = 0; i < s->count; i++)
		nearest_offer(&nearest, s->parameters[i].name);
	if (!nearest_hint(&nearest, &c->diag))
		hint_keyword(c, call, s, a->keyword);
	fail(c, a->keyword_span, SQLSTATE_INVALID_ARGUMENT,
	     "%s() got an unexpected keyword argument '%.*s'", called(call), STR_ARG(a->keyword));
}

/* `seen` has the keywords that went to **name so far. */
static void bind_keyword(struct compilation *c, struct call *call, const struct signature *s,
                         const struct argument *a, struct keymap *seen)
{
	size_t i = parameter_by_name(s, a->keyword);

	if (i < s->count) {
		if (value_given(call->args[i]))
			fail(c, a->keyword_span, SQLSTATE_INVALID_ARGUMENT,
			     "%s() got multiple values for argument '%.*s'", called(call),
			     STR_ARG(a->keyword));
		call->args[i] = a->value;
		return;
	}
	if (!s->keywords)
		unexpected(c, call, s, a);
	if (keymap_at(&c->arena, seen, NULL, a->keyword)->number++ > 0)
		fail(c, a->keyword_span, SQLSTATE_SYNTAX_ERROR, "keyword argument repeated: %.*s",
		     STR_ARG(a->keyword));
	call->keywords[call->keyword_count] = a->keyword;
	call->keyword_values[call->keyword_count] = a->value;
	call->keyword_spans[call->keyword_count] = a->keyword_span;
	call->keyword_count++;
}

static void check_missing(struct compilation *c, const struct call *call, const struct signature *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->parameters[i].required && !value_given(call->args[i]))
			fail(c, call->at, SQLSTATE_INVALID_ARGUMENT,
			     "%s() missing 1 required %s argument: '%.*s'", called(call),
			     s->parameters[i].keyword_only ? "keyword-only" : "positional",
			     STR_ARG(s->parameters[i].name));
}

void call_bind(struct compilation *c, struct call *call, const struct signature *s,
               const struct argument *arguments, size_t count)
{
	struct keymap seen = { 0 };
	size_t positional = 0;

	call->signature = s;
	call->args = arena_array(&c->arena, s->count, sizeof(*call->args));
	call->arg_count = s->count;
	if (s->rest)
		call->rest = arena_array(&c->arena, count, sizeof(*call->rest));
	if (s->keywords) {
		call->keywords = arena_array(&c->arena, count, sizeof(*call->keywords));
		call->keyword_values = arena_array(&c->arena, count, sizeof(*call->keyword_values));
		call->keyword_spans = arena_array(&c->arena, count, sizeof(*call->keyword_spans));
	}
	for (size_t i = 0; i < count; i++) {
		const struct argument *a = &arguments[i];

		if (a->keyword.n > 0)
			continue;
		if (positional < s->positional)
			call->args[positional] = a->value;
		else if (s->rest)
			call->rest[call->rest_count++] = a->value;
		else {
			size_t given = 0;

			for (size_t k = 0; k < count; k++)
				given += arguments[k].keyword.n == 0;
			too_many(c, call, s, given, a->value.span);
		}
		positional++;
	}
	for (size_t i = 0; i < count; i++)
		if (arguments[i].keyword.n > 0)
			bind_keyword(c, call, s, &arguments[i], &seen);
	check_missing(c, call, s);
}

struct str call_parameter(const struct call *call, size_t i)
{
	const struct signature *s = call->signature;

	return i < s->count ? s->parameters[i].name : STR("");
}

/* ------------------------------------------------------------------ arguments as plain values */

bool value_is_none(const struct value *v)
{
	return v->kind == VALUE_LITERAL && v->literal->kind == LITERAL_NONE;
}

bool value_string(const struct value *v, struct str *out)
{
	const struct literal *l = v->literal;

	if (v->kind != VALUE_LITERAL)
		return false;
	if (l->kind == LITERAL_TYPED && l->inner != NULL)
		l = l->inner;
	if (l->kind != LITERAL_STRING)
		return false;
	*out = literal_text(l);
	return true;
}

bool value_is_string(const struct value *v)
{
	struct str text;

	return value_string(v, &text);
}

bool value_name(const struct value *v, struct name *out)
{
	memset(out, 0, sizeof(*out));
	if (!value_string(v, &out->text))
		return false;
	out->quote_always = v->number == VALUE_QUOTED_ALWAYS;
	out->quote_never = v->number == VALUE_QUOTED_NEVER;
	return true;
}

static bool read_integer(struct str s, int64_t *out)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	int64_t n = 0;

	for (size_t i = negative; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, s.p[i] - '0', &n))
			return false;
	}
	*out = negative ? -n : n;
	return s.n > negative;
}

bool value_integer(const struct value *v, int64_t *out)
{
	const struct literal *l = v->literal;

	if (v->kind != VALUE_LITERAL)
		return false;
	if (l->kind == LITERAL_TYPED && l->inner != NULL)
		l = l->inner;
	if (l->kind == LITERAL_BOOL) {
		*out = l->number;
		return true;
	}
	return l->kind == LITERAL_INTEGER && read_integer(literal_text(l), out);
}

bool call_has(const struct call *call, size_t i)
{
	return value_given(call->args[i]) && !value_is_none(&call->args[i]);
}

static _Noreturn void not_a(struct compilation *c, const struct call *call, size_t i,
                            const char *wanted)
{
	struct str parameter = call_parameter(call, i);
	struct str got = value_describe(&call->args[i]);

	fail(c, call->args[i].span, SQLSTATE_DATATYPE_MISMATCH,
	     "argument '%.*s' of %s() must be %s, not %.*s", STR_ARG(parameter), called(call),
	     wanted, STR_ARG(got));
}

bool call_flag(struct compilation *c, const struct call *call, size_t i, bool otherwise)
{
	const struct value *v = &call->args[i];
	int64_t number;

	if (!call_has(call, i))
		return value_given(*v) ? false : otherwise;
	if (value_integer(v, &number))
		return number != 0;
	not_a(c, call, i, "True or False");
}

struct str call_string(struct compilation *c, const struct call *call, size_t i)
{
	struct str text = { 0 };

	if (call_has(call, i) && !value_string(&call->args[i], &text))
		not_a(c, call, i, "a string");
	return text;
}

struct name call_name(struct compilation *c, const struct call *call, size_t i)
{
	struct name name = { 0 };

	if (call_has(call, i) && !value_name(&call->args[i], &name))
		not_a(c, call, i, "a string");
	return name;
}

int64_t call_integer(struct compilation *c, const struct call *call, size_t i, int64_t otherwise)
{
	int64_t number;

	if (!call_has(call, i))
		return otherwise;
	if (!value_integer(&call->args[i], &number))
		not_a(c, call, i, "a whole number");
	return number;
}

static void literal_items(struct compilation *c, const struct literal *l,
                          const struct value **items, size_t *count)
{
	struct value *out = arena_array(&c->arena, l->count + 1, sizeof(*out));

	for (size_t i = 0; i < l->count; i++) {
		out[i].kind = VALUE_LITERAL;
		out[i].span = l->items[i]->span;
		out[i].literal = l->items[i];
	}
	*items = out;
	*count = l->count;
}

bool value_items(struct compilation *c, const struct value *v, const struct value **items,
                 size_t *count)
{
	switch (v->kind) {
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_SET:
		*items = v->items;
		*count = v->count;
		return true;
	case VALUE_LITERAL:
		if (v->literal->kind != LITERAL_LIST && v->literal->kind != LITERAL_TUPLE &&
		    v->literal->kind != LITERAL_SET)
			return false;
		literal_items(c, v->literal, items, count);
		return true;
	default:
		return false;
	}
}
