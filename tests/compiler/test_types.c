#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/catalog.h"
#include "compiler/functions.h"
#include "compiler/text.h"
#include "compiler/tree.h"
#include "compiler/types.h"
#include "tests/support/middle.h"

static struct str printed(struct middle *m, const struct type *t)
{
	struct text out;

	text_init(&out, &m->c.arena);
	type_print(&m->c, &out, t, (struct span){ 0, 0 });
	return text_view(&out);
}

static const struct type *reflected(struct middle *m, const char *format)
{
	struct relation_column column = { .type = str_of(format), .type_kind = 'b' };

	return type_reflected(&m->c, &column);
}

/* A column of that type is of class `id`, and CAST writes it as `sql`. */
static void reflects(struct middle *m, const char *format, enum type_id id, const char *sql)
{
	const struct type *t = reflected(m, format);

	assert_int_equal(t->id, id);
	if (!str_is(printed(m, t), sql))
		fail_msg("%s prints %.*s", format, STR_ARG(printed(m, t)));
}

static void a_column_has_the_type_that_its_name_says(void **state)
{
	struct middle *m = *state;

	reflects(m, "integer", TYPE_INTEGER, "INTEGER");
	reflects(m, "numeric", TYPE_NUMERIC, "NUMERIC");
	reflects(m, "numeric(10,2)", TYPE_NUMERIC, "NUMERIC(10, 2)");
	reflects(m, "character varying(50)", TYPE_VARCHAR, "VARCHAR(50)");
	reflects(m, "character(3)", TYPE_CHAR, "CHAR(3)");
	reflects(m, "\"char\"", TYPE_String, "VARCHAR");
	reflects(m, "double precision", TYPE_DOUBLE_PRECISION, "DOUBLE PRECISION");
	reflects(m, "timestamp without time zone", TYPE_TIMESTAMP, "TIMESTAMP WITHOUT TIME ZONE");
	reflects(m, "timestamp(3) with time zone", TYPE_TIMESTAMP, "TIMESTAMP(3) WITH TIME ZONE");
	reflects(m, "time without time zone", TYPE_TIME, "TIME WITHOUT TIME ZONE");
	reflects(m, "interval", TYPE_INTERVAL, "INTERVAL");
	reflects(m, "interval day to second(2)", TYPE_INTERVAL, "INTERVAL day to second (2)");
	reflects(m, "bit(4)", TYPE_BIT, "BIT(4)");
	reflects(m, "bit varying(5)", TYPE_BIT, "BIT VARYING(5)");
	reflects(m, "text[]", TYPE_ARRAY, "TEXT[]");
	reflects(m, "numeric(6,2)[]", TYPE_ARRAY, "NUMERIC(6, 2)[]");
	reflects(m, "tstzrange", TYPE_TSTZRANGE, "TSTZRANGE");
}

static void what_sqlalchemy_does_not_know_has_no_type(void **state)
{
	static const char *const unknown[] = { "xml",  "point", "jsonpath",  "tsquery",
		                               "pair", "int",   "interval2", "" };
	struct middle *m = *state;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_true(type_is_null(reflected(m, unknown[i])));
	assert_true(type_is_null(reflected(m, "xml[]")->item));
}

static void enums_and_domains_go_by_their_names(void **state)
{
	struct middle *m = *state;
	struct relation_column mood = { .type = STR("public.mood[]"),
		                        .type_schema = STR("public"),
		                        .type_name = STR("mood"),
		                        .type_kind = 'e',
		                        .is_array = true };
	struct relation_column email = { .type = STR("public.email"),
		                         .type_schema = STR("public"),
		                         .type_name = STR("email"),
		                         .type_kind = 'd',
		                         .base_type = STR("text[]") };
	const struct type *t = type_reflected(&m->c, &mood);

	assert_int_equal(t->id, TYPE_ARRAY);
	assert_int_equal(t->item->id, TYPE_ENUM);
	assert_true(str_is(printed(m, t), "public.mood[]"));
	assert_true(type_is_concatenable(t->item));
	t = type_reflected(&m->c, &email);
	assert_int_equal(t->id, TYPE_DOMAIN);
	assert_int_equal(type_affinity(t), AFFINITY_NAMED);
	assert_int_equal(type_acting(t)->id, TYPE_ARRAY);
	assert_true(str_is(printed(m, t), "public.email"));
}

static const struct type *written(struct middle *m, const char *text, const char *name,
                                  const char *modifier, const char *brackets)
{
	struct tree_type t = { .text = str_of(text),
		               .name = str_of(name),
		               .modifier = str_of(modifier),
		               .brackets = str_of(brackets) };

	return type_written(&m->c, &t);
}

static void a_written_type_prints_as_it_was_written(void **state)
{
	struct middle *m = *state;
	const struct type *t = written(m, "numeric(10,2)", "numeric", "10,2", "");

	assert_int_equal(t->id, TYPE_NUMERIC);
	assert_int_equal(t->scale, 2);
	assert_true(str_is(printed(m, t), "numeric(10,2)"));
	t = written(m, "int4", "int4", "", "[3][]");
	assert_int_equal(t->id, TYPE_ARRAY);
	assert_int_equal(t->item->id, TYPE_INTEGER);
	assert_true(str_is(printed(m, t), "int4[3][]"));
	t = written(m, "ltree", "ltree", "", "");
	assert_int_equal(t->id, TYPE_Named);
	assert_true(str_is(printed(m, t), "ltree"));
	assert_false(type_same_affinity(t, written(m, "cube", "cube", "", "")));
}

static void families_are_those_of_sqlalchemy(void **state)
{
	(void)state;
	assert_true(type_same_affinity(type_plain(TYPE_BIGINT), type_plain(TYPE_SmallInteger)));
	assert_true(type_same_affinity(type_plain(TYPE_Float), type_plain(TYPE_NUMERIC)));
	assert_false(type_same_affinity(type_plain(TYPE_Integer), type_plain(TYPE_Numeric)));
	assert_false(type_same_affinity(type_plain(TYPE_INET), type_plain(TYPE_CIDR)));
	assert_true(type_same_affinity(type_plain(TYPE_JSON), type_plain(TYPE_JSONB)));
	assert_true(type_same_affinity(type_plain(TYPE_INT4RANGE), type_plain(TYPE_TSMULTIRANGE)));
	for (int id = 0; id < TYPE_COUNT; id++)
		assert_int_equal(type_plain((enum type_id)id)->id, id);
}

static void a_type_without_a_name_cannot_be_cast_to(void **state)
{
	struct middle *m = *state;

	EXPECT_FAILS(m, "22023", printed(m, type_plain(TYPE_Enum)));
	EXPECT_FAILS(m, "22023", printed(m, type_plain(TYPE_ENUM)));
	EXPECT_FAILS(m, "42804", printed(m, &type_null));
}

static void functions_are_found_in_any_case_and_only_whole(void **state)
{
	(void)state;
	assert_string_equal(function_find(STR("COUNT"))->name, "count");
	assert_int_equal(function_find(STR("percentile_cont"))->rule, FUNCTION_ORDERED_SET_ARRAY);
	assert_string_equal(function_find(STR("Current_Date"))->bare, "CURRENT_DATE");
	assert_null(function_find(STR("counts")));
	assert_null(function_find(STR("")));
	assert_int_equal(function_result(STR("lower"))->type, TYPE_Text);
	assert_int_equal(function_result(STR("string_to_array"))->item, TYPE_Text);
	assert_null(function_result(STR("count")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MIDDLE(a_column_has_the_type_that_its_name_says),
		MIDDLE(what_sqlalchemy_does_not_know_has_no_type),
		MIDDLE(enums_and_domains_go_by_their_names),
		MIDDLE(a_written_type_prints_as_it_was_written),
		MIDDLE(families_are_those_of_sqlalchemy),
		MIDDLE(a_type_without_a_name_cannot_be_cast_to),
		MIDDLE(functions_are_found_in_any_case_and_only_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
