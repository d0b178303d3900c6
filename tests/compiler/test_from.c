/* The columns of tables, which are made one by one, when they are named: of narrow and of wide ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>

#include <cmocka.h>

#include "compiler/compile.h"
#include "compiler/encoding.h"

enum { NARROW = 3, WIDE = 200 };

static char names[WIDE][16];
static struct relation_column columns[WIDE];
/* wide.c199 refers to narrow.c2. */
static const uint16_t referring[] = { WIDE - 1 };
static const struct str referenced[] = { { "c2", 2 } };
static const struct relation_key keys[] = { { .name = { "k", 1 },
	                                      .count = 1,
	                                      .columns = referring,
	                                      .referenced = 1,
	                                      .referenced_schema = { "public", 6 },
	                                      .referenced_name = { "narrow", 6 },
	                                      .referenced_columns = referenced } };
static const struct relation relations[] = {
	{ .oid = 1,
	  .schema = { "public", 6 },
	  .name = { "narrow", 6 },
	  .kind = 'r',
	  .column_count = NARROW,
	  .columns = columns },
	{ .oid = 2,
	  .schema = { "public", 6 },
	  .name = { "wide", 4 },
	  .kind = 'r',
	  .column_count = WIDE,
	  .columns = columns,
	  .key_count = 1,
	  .keys = keys },
};
static const struct catalog_entry entries[] = {
	{ .name = { "narrow", 6 }, .relation = &relations[0], .visible = true },
	{ .name = { "wide", 4 }, .relation = &relations[1], .visible = true },
};
static const struct catalog catalog = { .count = 2, .entries = entries };

static struct compiler *compiler;
static struct compile_result result;

static int set_up(void **state)
{
	(void)state;
	for (int i = 0; i < WIDE; i++) {
		snprintf(names[i], sizeof(names[i]), "c%d", i);
		columns[i] = (struct relation_column){ .name = str_of(names[i]),
			                               .type = STR("integer"),
			                               .type_name = STR("int4"),
			                               .type_kind = 'b' };
	}
	compiler = compiler_new();
	return compiler == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	compiler_free(compiler);
	return 0;
}

static enum compile_outcome compile(const char *text)
{
	struct compile_settings settings = { .encoding = encoding_utf8(),
		                             .standard_conforming_strings = true };
	struct str query = str_of(text);

	return compile_expression(compiler, query, (struct span){ 0, (uint32_t)query.n }, &catalog,
	                          &settings, &result);
}

static void compiles_to(const char *text, const char *sql)
{
	assert_int_equal(compile(text), COMPILE_DONE);
	assert_int_equal(result.sql.n, str_of(sql).n);
	assert_memory_equal(result.sql.p, sql, result.sql.n);
}

static void fails_with(const char *text, const char *message)
{
	assert_int_equal(compile(text), COMPILE_FAILED);
	assert_int_equal(result.error.message.n, str_of(message).n);
	assert_memory_equal(result.error.message.p, message, result.error.message.n);
}

static void any_column_of_a_table_is_found(void **state)
{
	(void)state;
	compiles_to("select(narrow.c.c2, narrow.c.c0)", "SELECT narrow.c2, narrow.c0 FROM narrow");
	compiles_to("select(wide.c.c199, wide.c.c0, wide.c.c32)",
	            "SELECT wide.c199, wide.c0, wide.c32 FROM wide");
}

static void a_column_that_is_not_there_is_none(void **state)
{
	(void)state;
	fails_with("select(narrow.c.c3)", "column narrow.c3 does not exist");
	fails_with("select(wide.c.c200)", "column wide.c200 does not exist");
}

static void all_columns_stand_in_their_order_whatever_was_named_first(void **state)
{
	(void)state;
	compiles_to("last = narrow.c.c2\nselect(*narrow.c).order_by(last)",
	            "SELECT narrow.c0, narrow.c1, narrow.c2 FROM narrow ORDER BY narrow.c2");
	compiles_to("last = narrow.c.c2\nselect(narrow).where(last > 1)",
	            "SELECT narrow.c0, narrow.c1, narrow.c2 FROM narrow WHERE narrow.c2 > 1");
}

/* A column is one object however it is come by, so it is not listed twice. */
static void a_column_is_one_whether_named_or_listed(void **state)
{
	(void)state;
	compiles_to("first = narrow.c.c0\nselect(first, *narrow.c)",
	            "SELECT narrow.c0, narrow.c0 AS c0__1, narrow.c1, narrow.c2 FROM narrow");
	compiles_to("x = wide.alias('x')\nfirst = x.c.c0\n"
	            "select(first, x.c[0], x.c.get('c0'), x.columns.c0)",
	            "SELECT x.c0, x.c0 AS c0__1, x.c0 AS c0__2, x.c0 AS c0__3 FROM wide AS x");
}

static void aliases_have_the_columns_of_their_table(void **state)
{
	(void)state;
	compiles_to("x = narrow.alias('x').alias('y')\nselect(x.c.c2)",
	            "SELECT y.c2 FROM narrow AS y");
	compiles_to("x = wide.tablesample(10, name='x')\nselect(x.c.c199)",
	            "SELECT x.c199 FROM wide AS x TABLESAMPLE system(10)");
	fails_with("x = narrow.alias('x')\nselect(x.c.c3)", "column x.c3 does not exist");
}

static void keys_join_what_nobody_named(void **state)
{
	(void)state;
	compiles_to("select(narrow.c.c0).join(wide)",
	            "SELECT narrow.c0 FROM narrow JOIN wide ON narrow.c2 = wide.c199");
	compiles_to("w = wide.alias('w')\nn = narrow.alias('n')\nselect(n.c.c0).join_from(w, n)",
	            "SELECT n.c0 FROM wide AS w JOIN narrow AS n ON n.c2 = w.c199");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_column_of_a_table_is_found),
		cmocka_unit_test(a_column_that_is_not_there_is_none),
		cmocka_unit_test(all_columns_stand_in_their_order_whatever_was_named_first),
		cmocka_unit_test(a_column_is_one_whether_named_or_listed),
		cmocka_unit_test(aliases_have_the_columns_of_their_table),
		cmocka_unit_test(keys_join_what_nobody_named),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
