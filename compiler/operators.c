#include "compiler/operators.h"

#include "compiler/compilation.h"

enum { NO_PRECEDENCE = -1000 };

enum flags {
	COMPARISON = 1,
	BOOLEAN = 2,
	COMMUTATIVE = 4,
	ASSOCIATIVE = 8,
	SELF = 16,
	EAGER = 32,
	CUSTOM = 64,
};

static const struct op operators[OP_COUNT] = {
#define OPERATOR(id_, sql_, precedence_, flags_, negate_, mirror_)                                 \
	[OP_##id_] = {                                                                             \
		.id = OP_##id_,                                                                    \
		.name = #id_,                                                                      \
		.sql = { (sql_), sizeof(sql_) - 1 },                                               \
		.precedence = (precedence_),                                                       \
		.comparison = ((flags_)&COMPARISON) != 0,                                          \
		.boolean = ((flags_) & (COMPARISON | BOOLEAN)) != 0,                               \
		.commutative = ((flags_)&COMMUTATIVE) != 0,                                        \
		.associative = ((flags_)&ASSOCIATIVE) != 0,                                        \
		.self_precedent = ((flags_)&SELF) != 0,                                            \
		.eager = ((flags_)&EAGER) != 0,                                                    \
		.custom = ((flags_)&CUSTOM) != 0,                                                  \
		.negate = OP_##negate_,                                                            \
		.mirror = OP_##mirror_,                                                            \
	},
#include "compiler/operators.def"
};

const struct op *op_of(enum op_id id)
{
	return &operators[id];
}

const struct op *op_of_method(const struct op_method *methods, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(methods[i].name, name) == 0)
			return op_of(methods[i].op);
	return op_of(OP_none);
}

const struct op *op_negate(const struct op *op)
{
	return op->negate == OP_none ? NULL : op_of(op->negate);
}

const struct op *op_mirror(const struct op *op)
{
	return op->mirror == OP_none ? op : op_of(op->mirror);
}

/* What has no precedence binds least as an operand, and most as what it stands in. */
bool op_needs_group(const struct op *op, const struct op *against)
{
	int inner = op->precedence == NO_PRECEDENCE ? -100 : op->precedence;
	int outer;

	if (op == against && op->self_precedent)
		return false;
	if (against == NULL)
		return true;
	outer = against->precedence == NO_PRECEDENCE ? 100 : against->precedence;
	return inner <= outer;
}

const struct op *op_custom(struct compilation *c, struct str sql, int precedence, bool comparison,
                           const struct type *return_type)
{
	struct op *op = NEW(c, struct op);

	*op = *op_of(OP_custom_op);
	op->sql = arena_printf(&c->arena, " %.*s ", STR_ARG(sql));
	op->precedence = precedence;
	op->comparison = comparison;
	op->boolean = comparison;
	op->return_type = return_type;
	return op;
}
