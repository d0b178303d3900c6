/* func.name(…) (sql/functions.py, dialects/postgresql/ext.py). */
#include "compiler/call.h"
#include "compiler/compilation.h"
#include "compiler/expr.h"
#include "compiler/functions.h"

/* ------------------------------------------------------------------ arguments and types */

/* The first argument is the name of a text search configuration. */
static bool takes_regconfig(const struct function *known, const struct value *arguments,
                            size_t count)
{
	if (known == NULL || count < 2)
		return false;
	if (known->rule == FUNCTION_REGCONFIG)
		return true;
	return known->rule == FUNCTION_HEADLINE &&
	       !(arguments[1].kind == VALUE_NODE && arguments[1].node->type->id == TYPE_TSQUERY);
}

static struct node *argument(struct compilation *c, struct value v, struct str name,
                             const struct type *type)
{
	if (v.kind == VALUE_COLUMNS)
		coerce_fail(c, &v, "SQL expression element", "");
	return coerce_element(c, v, name, type);
}

static void push_arguments(struct compilation *c, struct node *n, const struct value *arguments,
                           size_t count)
{
	const struct function *known = n->function.known;
	bool regconfig = takes_regconfig(known, arguments, count);
	/* array_agg() names its binds after nothing */
	struct str body =
		known != NULL && known->rule == FUNCTION_ARRAY_OF ? STR("") : n->function.name;

	for (size_t i = 0; i < count; i++) {
		struct node *a = argument(c, arguments[i], body,
		                          i == 0 && regconfig ? type_plain(TYPE_REGCONFIG) : NULL);

		vec_push(c, &n->function.arguments, expr_group(c, a, op_of(OP_comma_op)));
	}
}

static const struct type *first_known_type(const struct vec *arguments)
{
	for (size_t i = 0; i < arguments->n; i++) {
		const struct node *a = arguments->items[i];

		if (!type_is_null(a->type))
			return a->type;
	}
	return &type_null;
}

static const struct type *array_of_first(struct compilation *c, const struct vec *arguments)
{
	const struct type *t = first_known_type(arguments);
	struct type *array;

	if (t->id == TYPE_ARRAY)
		return t;
	array = NEW(c, struct type);
	*array = *type_plain(TYPE_ARRAY);
	array->item = t;
	array->dimensions = 1;
	return array;
}

static const struct type *known_type(struct compilation *c, const struct node *n)
{
	const struct function *known = n->function.known;

	if (known == NULL)
		return &type_null;
	switch (known->rule) {
	case FUNCTION_ARGUMENTS:
		return first_known_type(&n->function.arguments);
	case FUNCTION_ARRAY_OF:
		return array_of_first(c, &n->function.arguments);
	case FUNCTION_FIXED_ARRAY:
		return type_array_of(c, type_plain(known->type));
	case FUNCTION_ORDERED_SET:
	case FUNCTION_ORDERED_SET_ARRAY:
		return &type_null;
	case FUNCTION_FIXED:
	case FUNCTION_REGCONFIG:
	case FUNCTION_HEADLINE:
		break;
	}
	return type_plain(known->type);
}

/* ------------------------------------------------------------------ checks of known functions */

static void check_count(struct compilation *c, const struct function *known, size_t count,
                        struct span span)
{
	if (strcmp(known->name, "count") == 0 && count > 1)
		fail(c, span, SQLSTATE_INVALID_ARGUMENT,
		     "count() takes at most one argument (%zu given)", count);
	if (strcmp(known->name, "char_length") == 0 && count != 1)
		fail(c, span, SQLSTATE_INVALID_ARGUMENT,
		     "char_length() takes one argument (%zu given)", count);
	if (known->style == FUNCTION_AGGREGATE_STRINGS && count != 2)
		fail(c, span, SQLSTATE_INVALID_ARGUMENT,
		     "aggregate_strings() takes an expression and a separator (%zu given)", count);
	if (known->style == FUNCTION_NEXT_VALUE && count != 1)
		fail(c, span, SQLSTATE_INVALID_ARGUMENT, "next_value() takes a Sequence");
}

static void check_sequence(struct compilation *c, const struct node *n)
{
	const struct node *a = n->function.arguments.items[0];

	if (a->kind != NODE_SEQUENCE)
		fail(c, a->span, SQLSTATE_DATATYPE_MISMATCH,
		     "next_value() accepts a Sequence object as input.");
}

static void add_star(struct compilation *c, struct node *n)
{
	vec_push(c, &n->function.arguments, expr_verbatim(c, STR("*"), &type_null, n->span));
}

static struct node *call_known(struct compilation *c, struct node *n, const struct value *arguments,
                               size_t count, const struct type *type)
{
	const struct function *known = n->function.known;

	check_count(c, known, count, n->span);
	n->function.name = str_of(known->name);
	if (strcmp(known->name, "count") == 0 && (count == 0 || value_is_none(&arguments[0])))
		add_star(c, n);
	else
		push_arguments(c, n, arguments, count);
	if (known->style == FUNCTION_NEXT_VALUE)
		check_sequence(c, n);
	n->type = type != NULL ? type : known_type(c, n);
	return n;
}

struct node *expr_call(struct compilation *c, struct str name, const struct value *arguments,
                       size_t count, const struct type *type, struct span span)
{
	struct node *n = node_new(c, NODE_FUNCTION, span);

	n->function.name = name;
	n->function.known = function_find(name);
	if (n->function.known != NULL)
		return call_known(c, n, arguments, count, type);
	push_arguments(c, n, arguments, count);
	n->type = type != NULL ? type : &type_null;
	return n;
}

/* ------------------------------------------------------------------ func.pkg.name(…) */

/* func.if_ means `if`. */
static struct str path_name(struct str written)
{
	if (written.n > 1 && written.p[written.n - 1] == '_')
		written.n--;
	return written;
}

static const struct type *type_keyword(struct compilation *c, const struct call *call)
{
	const struct type *type = NULL;

	for (size_t i = 0; i < call->keyword_count; i++) {
		struct str k = call->keywords[i];

		if (!str_is(k, "type_")) {
			hint(c, "Named arguments of PostgreSQL are not written here; give them by "
			        "position.");
			fail(c, call->keyword_spans[i], SQLSTATE_INVALID_ARGUMENT,
			     "a function takes no keyword argument '%.*s' but type_", STR_ARG(k));
		}
		type = coerce_type(c, &call->keyword_values[i]);
	}
	return type;
}

/* func.cast(x, Integer), func.extract("year", x) are CAST and EXTRACT. */
static struct node *call_construct(struct compilation *c, const struct call *call, struct str name)
{
	struct str field;

	if (call->rest_count != 2)
		return NULL;
	if (str_eq_nocase(name, STR("cast")) && call->rest[1].kind == VALUE_TYPE)
		return expr_cast(c, call->rest[0], call->rest[1].type, call->span);
	if (str_eq_nocase(name, STR("extract")) && value_string(&call->rest[0], &field))
		return expr_extract(c, field, call->rest[1], call->span);
	return NULL;
}

struct value expr_function(struct compilation *c, struct call *call)
{
	const struct value *path = call->self.items;
	size_t last = call->self.count - 1;
	struct str name = path_name(path[last].name);
	const struct type *type = type_keyword(c, call);
	struct span span = { path[0].span.start, call->span.end }; /* without func. */
	struct node *n;

	if (last == 0) {
		n = call_construct(c, call, name);
		if (n == NULL)
			n = expr_call(c, name, call->rest, call->rest_count, type, span);
		return value_node(n);
	}
	n = node_new(c, NODE_FUNCTION, span);
	n->function.name = name;
	n->function.packages = arena_array(&c->arena, last, sizeof(*n->function.packages));
	for (size_t i = 0; i < last; i++)
		n->function.packages[i] = path_name(path[i].name);
	n->function.package_count = last;
	push_arguments(c, n, call->rest, call->rest_count);
	n->type = type != NULL ? type : &type_null;
	return value_node(n);
}
