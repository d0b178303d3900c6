#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/operators.h"
#include "tests/support/middle.h"

static bool groups(enum op_id inner, enum op_id outer)
{
	return op_needs_group(op_of(inner), op_of(outer));
}

static void what_binds_no_tighter_stands_in_parentheses(void **state)
{
	(void)state;
	assert_true(groups(OP_add, OP_mul));
	assert_false(groups(OP_mul, OP_add));
	assert_true(groups(OP_sub, OP_add));
	assert_true(groups(OP_or_, OP_and_));
	assert_false(groups(OP_and_, OP_or_));
	assert_false(groups(OP_eq, OP_and_));
	assert_true(groups(OP_eq, OP_eq));
	assert_true(groups(OP_mod, OP_mul));
}

static void associative_operators_need_none_within_themselves(void **state)
{
	static const enum op_id self[] = { OP_add,     OP_mul,     OP_concat_op,       OP_and_,
		                           OP_or_,     OP_getitem, OP_json_getitem_op, OP_astext,
		                           OP_contains };

	(void)state;
	for (size_t i = 0; i < sizeof(self) / sizeof(self[0]); i++)
		assert_false(groups(self[i], self[i]));
	assert_true(groups(OP_sub, OP_sub));
	assert_true(groups(OP_truediv, OP_truediv));
	assert_true(groups(OP_overlap, OP_overlap));
}

static void what_has_no_precedence_is_lowest_within_and_highest_without(void **state)
{
	(void)state;
	assert_true(groups(OP_contains_op, OP_or_));
	assert_true(groups(OP_contains_op, OP_as_));
	assert_true(groups(OP_contains_op, OP_asbool));
	assert_true(groups(OP_any_op, OP_nulls_last_op));
	assert_true(groups(OP_getitem, OP_startswith_op));
}

static void within_nothing_known_everything_groups(void **state)
{
	(void)state;
	assert_true(op_needs_group(op_of(OP_mul), NULL));
	assert_true(op_needs_group(op_of(OP_and_), NULL));
}

static void a_negated_operator_negates_back(void **state)
{
	(void)state;
	for (int id = 0; id < OP_COUNT; id++) {
		const struct op *op = op_of((enum op_id)id);

		assert_int_equal(op->id, id);
		if (op_negate(op) != NULL)
			assert_ptr_equal(op_negate(op_negate(op)), op);
		assert_ptr_equal(op_mirror(op_mirror(op)), op);
	}
	assert_int_equal(op_negate(op_of(OP_lt))->id, OP_ge);
	assert_int_equal(op_mirror(op_of(OP_lt))->id, OP_gt);
	assert_null(op_negate(op_of(OP_contains)));
}

static void every_comparison_is_boolean_and_every_eager_one_is_custom_or_json(void **state)
{
	(void)state;
	for (int id = 0; id < OP_COUNT; id++) {
		const struct op *op = op_of((enum op_id)id);

		assert_true(!op->comparison || op->boolean);
		assert_true(!op->eager || op->custom || op->id == OP_json_getitem_op ||
		            op->id == OP_json_path_getitem_op);
		assert_true(!op->associative || op->self_precedent);
	}
}

static void a_custom_operator_is_one_of_its_own(void **state)
{
	struct middle m;
	const struct op *a;
	const struct op *b;

	(void)state;
	middle_init(&m);
	a = op_custom(&m.c, STR("&"), 8, false, NULL);
	b = op_custom(&m.c, STR("&"), 8, true, NULL);
	assert_true(str_is(a->sql, " & "));
	assert_ptr_not_equal(a, b);
	assert_false(a->boolean);
	assert_true(b->boolean && b->comparison);
	assert_true(op_needs_group(a, a));
	assert_false(op_needs_group(a, op_of(OP_eq)));
	middle_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_binds_no_tighter_stands_in_parentheses),
		cmocka_unit_test(associative_operators_need_none_within_themselves),
		cmocka_unit_test(what_has_no_precedence_is_lowest_within_and_highest_without),
		cmocka_unit_test(within_nothing_known_everything_groups),
		cmocka_unit_test(a_negated_operator_negates_back),
		cmocka_unit_test(every_comparison_is_boolean_and_every_eager_one_is_custom_or_json),
		cmocka_unit_test(a_custom_operator_is_one_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
