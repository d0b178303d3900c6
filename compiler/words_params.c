/* params(): the values of bindparam() objects. */
#include "compiler/call.h"
#include "compiler/coerce.h"
#include "compiler/compilation.h"
#include "compiler/literal.h"
#include "compiler/statements.h"
#include "compiler/words.h"
#include "compiler/words_dml.h"
#include "compiler/words_shared.h"

static void push_param(struct compilation *c, struct vec *params, struct str name,
                       const struct value *v)
{
	struct param_value *param = NEW(c, struct param_value);

	param->name = name;
	param->value = value_as_literal(v);
	if (param->value == NULL)
		fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
		     "params() takes plain values, not %.*s", STR_ARG(value_repr(c, v)));
	vec_push(c, params, param);
}

/* args: a dict; keywords: values of bindparam() objects, by their keys. The dict's count. */
struct vec params_given(struct compilation *c, const struct call *call)
{
	const struct value *dict = &call->args[0];
	struct vec params = { 0 };
	const struct value *pairs;
	size_t count;

	if (value_given(*dict) && !value_is_none(dict)) {
		if (!value_pairs(c, dict, &pairs, &count))
			fail(c, dict->span, SQLSTATE_DATATYPE_MISMATCH,
			     "params() takes a dict or keywords, not %.*s",
			     STR_ARG(value_repr(c, dict)));
		for (size_t i = 0; i + 1 < count; i += 2) {
			struct str name = STR("");

			if (!value_string(&pairs[i], &name))
				coerce_fail(c, &pairs[i], "Name of a bindparam()", "");
			push_param(c, &params, name, &pairs[i + 1]);
		}
	}
	for (size_t i = 0; i < call->keyword_count; i++)
		push_param(c, &params, call->keywords[i], &call->keyword_values[i]);
	return params;
}

struct value statement_params(struct compilation *c, struct call *call)
{
	struct statement *s = call_copy(c, call);
	struct vec params = params_given(c, call);

	/* The last params() to name a key counts, so it comes first. */
	vec_extend(c, &params, &s->params);
	s->params = params;
	return value_statement(s);
}

/* ------------------------------------------------------------------ of an expression */

struct giving {
	struct compilation *c;
	const struct vec *params; /* of struct param_value * */
	bool unique;              /* nobody else gives these a value later */
};

static struct node *given(const struct giving *g, struct node *n);

/* How many children are other ones now: a child may be NULL. */
static size_t give(const struct giving *g, struct node **child)
{
	struct node *before = *child;

	if (before != NULL)
		*child = given(g, before);
	return *child == before ? 0 : 1;
}

static size_t give_all(const struct giving *g, struct vec *children)
{
	struct vec after = { 0 };
	size_t changed = 0;

	for (size_t i = 0; i < children->n; i++) {
		struct node *child = children->items[i];

		changed += give(g, &child);
		vec_push(g->c, &after, child);
	}
	if (changed > 0)
		*children = after;
	return changed;
}

static size_t give_case(const struct giving *g, struct node *n)
{
	struct when *whens = arena_array(&g->c->arena, n->case_.count + 1, sizeof(*whens));
	size_t changed = give(g, &n->case_.value);

	changed += give(g, &n->case_.otherwise);
	for (size_t i = 0; i < n->case_.count; i++) {
		whens[i] = n->case_.whens[i];
		changed += give(g, &whens[i].condition);
		changed += give(g, &whens[i].result);
	}
	n->case_.whens = whens;
	return changed;
}

static size_t give_bind(const struct giving *g, struct node *n)
{
	struct str key = n->bind.name.text;

	if (n->bind.name.anon != NULL)
		return 0;
	for (size_t i = 0; i < g->params->n; i++) {
		const struct param_value *param = g->params->items[i];

		if (!str_eq(param->name, key))
			continue;
		n->bind.value = param->value;
		n->bind.required = false;
		if (g->unique)
			n->bind.name = (struct name){ .anon = anon_new(g->c, key) };
		return 1;
	}
	return 0;
}

/* The statement of a subquery, as its own params() would have it. */
static size_t give_statement(const struct giving *g, struct node *n)
{
	struct statement *s = statement_copy(g->c, n->select.statement);
	struct vec params = { 0 };

	vec_extend(g->c, &params, g->params);
	vec_extend(g->c, &params, &s->params);
	s->params = params;
	n->select.statement = s;
	return 1;
}

/* The node is a copy that may be written to. */
static size_t give_children(const struct giving *g, struct node *n)
{
	switch (n->kind) {
	case NODE_BIND:
		return give_bind(g, n);
	case NODE_TEXT:
		return give_all(g, &n->text.binds);
	case NODE_BINARY:
		return give(g, &n->binary.left) + give(g, &n->binary.right) +
		       give(g, &n->binary.escape) + give(g, &n->binary.extra);
	case NODE_LIST:
		return give_all(g, &n->list.items);
	case NODE_UNARY:
		return give(g, &n->unary.element);
	case NODE_GROUPING:
		return give(g, &n->grouping);
	case NODE_CASE:
		return give_case(g, n);
	case NODE_CAST:
	case NODE_TYPE_COERCE:
		return give(g, &n->cast.element);
	case NODE_EXTRACT:
		return give(g, &n->extract.element);
	case NODE_FUNCTION:
		return give_all(g, &n->function.arguments);
	case NODE_OVER:
		return give(g, &n->over.element) + give_all(g, &n->over.partition_by) +
		       give_all(g, &n->over.order_by);
	case NODE_FILTER:
		return give(g, &n->filter.element) + give(g, &n->filter.criterion);
	case NODE_WITHIN_GROUP:
		return give(g, &n->within_group.element) + give_all(g, &n->within_group.order_by);
	case NODE_LABEL:
		return give(g, &n->label.element);
	case NODE_TUPLE:
		return give_all(g, &n->tuple.items);
	case NODE_ARRAY:
		return give_all(g, &n->array.items);
	case NODE_SLICE:
		return give(g, &n->slice.start) + give(g, &n->slice.stop);
	case NODE_SCALAR_SELECT:
		return give_statement(g, n);
	case NODE_FUNCTION_COLUMN:
		return give(g, &n->function_column.function);
	case NODE_AGGREGATE_ORDER_BY:
		return give(g, &n->aggregate.target) + give_all(g, &n->aggregate.order_by);
	case NODE_LABEL_REFERENCE:
		return give(g, &n->labelled);
	case NODE_COLUMN:
	case NODE_CONSTANT:
	case NODE_COLLATION:
	case NODE_FROM:
	case NODE_TEXT_REFERENCE:
	case NODE_SEQUENCE:
		break;
	}
	return 0;
}

/* The node with the values, or the node itself when there is nothing in it to give one to. It is copied
 * before that is known: operands that are shared make a large tree of a small text, and what each
 * visit takes of the compilation's memory bounds how many there are. */
static struct node *given(const struct giving *g, struct node *n)
{
	struct node *copy = node_clone(g->c, n);
	size_t changed;

	compilation_descend(g->c, n->span);
	changed = give_children(g, copy);
	compilation_ascend(g->c);
	return changed > 0 ? copy : n;
}

static struct value element_given(struct compilation *c, const struct call *call, bool unique)
{
	struct vec params = params_given(c, call);
	struct giving g = { .c = c, .params = &params, .unique = unique };

	return value_node(given(&g, call->self.node));
}

/* args: a dict; keywords: values */
struct value element_params(struct compilation *c, struct call *call)
{
	return element_given(c, call, false);
}

/* args: a dict; keywords: values */
struct value element_unique_params(struct compilation *c, struct call *call)
{
	return element_given(c, call, true);
}
