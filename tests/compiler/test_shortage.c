/* Memory that runs out at every piece that a compilation takes: it fails with a place and a reason,
 * or it had enough and gives the same as ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "compiler/encoding.h"
#include "tests/support/compiling.h"
#include "tests/support/fixture.h"

static struct fixture fixture;

static enum compile_outcome compile(struct compiler *compiler, struct str text, size_t memory,
                                    struct compile_result *r)
{
	struct compile_settings settings = {
		.encoding = encoding_utf8(),
		.standard_conforming_strings = true,
		.cartesian_warnings = true,
		.memory = memory,
	};
	struct span all = { 0, (uint32_t)text.n };

	fixture_forget(&fixture);
	for (unsigned round = 0; round < 20; round++) {
		enum compile_outcome outcome =
			compile_expression(compiler, text, all, &fixture.catalog, &settings, r);

		assert_true(compiler_memory(compiler) <= memory);
		if (outcome != COMPILE_WANTS)
			return outcome;
		for (size_t i = 0; i < r->want_count; i++) {
			const struct compile_want *w = &r->wants[i];

			if (w->kind == WANT_NEIGHBOURS)
				fixture_answer_neighbours(&fixture, w->schema);
			else
				fixture_answer(&fixture, w->schema, w->name, w->oid);
		}
	}
	fail_msg("it asks for ever");
	return COMPILE_FAILED;
}

/* As much memory as `memory`, taken in pieces of any size. */
static bool is_enough(const char *text, const char *sql, size_t memory)
{
	struct compiler *compiler = compiler_new();
	struct str query = str_of(text);
	struct compile_result r;
	bool enough;

	assert_non_null(compiler);
	enough = compile(compiler, query, memory, &r) == COMPILE_DONE;
	if (enough) {
		assert_str(r.sql, sql);
	} else {
		assert_string_equal(r.error.sqlstate, "54000");
		assert_true(r.error.message.n > 0);
		assert_true(r.error.span.start <= r.error.span.end && r.error.span.end <= query.n);
	}
	compiler_free(compiler);
	return enough;
}

static const char *const texts[] = {
	"select(a.c.x, func.count().label('n')).where(a.c.x.in_([1, 2, 3])).group_by(a.c.x)",
	"t = a.alias('t')\nselect(t, case((t.c.x > 1, 'many'), else_='few')).join(b, t.c.x == "
	"b.c.x)",
	"c = select(a.c.x).cte('c', recursive=True)\n"
	"c = c.union_all(select(c.c.x + 1).where(c.c.x < 10))\nselect(c).order_by(c.c.x.desc())",
	"insert(a).values([{'x': 1}, {'x': 2}]).returning(a.c.x)",
	"update(a).values(x=a.c.x + 1).where(exists().where(b.c.x == a.c.x))",
	"select(func.rank().over(partition_by=a.c.x, order_by=[a.c.x, a.c.x.desc()]).label('r'))",
};

static void every_piece_may_be_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t tried = 0;
		char *sql;

		assert_int_equal(compiling(texts[i]), COMPILE_DONE);
		sql = test_calloc(1, compiling_result.sql.n + 1);
		memcpy(sql, compiling_result.sql.p, compiling_result.sql.n);
		for (size_t memory = 1; !is_enough(texts[i], sql, memory); memory += 16)
			tried++;
		assert_true(tried > 100);
		test_free(sql);
	}
}

/* What a large budget has left behind does not count for a smaller one, nor does it lift it. */
static void a_budget_may_become_smaller(void **state)
{
	struct compile_settings settings = { .memory = 32 << 20 };
	char *text = test_calloc(1, 400000);
	size_t n = (size_t)sprintf(text, "select(a.c.x).where(a.c.x.in_([1");
	struct compile_result r;
	struct str query;

	(void)state;
	while (n < 390000)
		n += (size_t)sprintf(text + n, ", %zu", n);
	sprintf(text + n, "]))");
	query = str_of(text);
	fixture_forget(&fixture);
	fixture_answer(&fixture, STR(""), STR("a"), 0);
	settings.encoding = encoding_utf8();
	for (int i = 0; i < 4; i++) {
		bool large = i % 2 == 0;

		settings.memory = large ? 32 << 20 : 64 << 10;
		assert_int_equal(compile_expression(compiling_compiler, query,
		                                    (struct span){ 0, (uint32_t)query.n },
		                                    &fixture.catalog, &settings, &r),
		                 large ? COMPILE_DONE : COMPILE_FAILED);
		if (!large)
			assert_string_equal(r.error.sqlstate, "54000");
	}
	test_free(text);
}

static int set_up(void **state)
{
	fixture_load(&fixture, "tests/compiler/golden/schema.catalog");
	return compiling_set_up(state);
}

static int tear_down(void **state)
{
	fixture_free(&fixture);
	return compiling_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_piece_may_be_refused),
		cmocka_unit_test(a_budget_may_become_smaller),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
