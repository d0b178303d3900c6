/* UNION and its kin, as functions and as methods. */
#include "compiler/call.h"
#include "compiler/coerce.h"
#include "compiler/statements.h"
#include "compiler/words.h"

static struct value compound(struct compilation *c, struct call *call, enum set_operation operation)
{
	struct vec selects = { 0 };
	size_t n;
	const struct value *members = values_unpacked(c, call->rest, call->rest_count, &n);

	if (value_given(call->self))
		vec_push(c, &selects, coerce_compound_element(c, call->self));
	for (size_t i = 0; i < n; i++)
		vec_push(c, &selects, coerce_compound_element(c, members[i]));
	return value_statement(statement_compound(c, operation, &selects, call->span));
}

struct value compound_union(struct compilation *c, struct call *call)
{
	return compound(c, call, SET_UNION);
}

struct value compound_union_all(struct compilation *c, struct call *call)
{
	return compound(c, call, SET_UNION_ALL);
}

struct value compound_except(struct compilation *c, struct call *call)
{
	return compound(c, call, SET_EXCEPT);
}

struct value compound_except_all(struct compilation *c, struct call *call)
{
	return compound(c, call, SET_EXCEPT_ALL);
}

struct value compound_intersect(struct compilation *c, struct call *call)
{
	return compound(c, call, SET_INTERSECT);
}

struct value compound_intersect_all(struct compilation *c, struct call *call)
{
	return compound(c, call, SET_INTERSECT_ALL);
}
