#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/text.h"
#include "proxy/splice.h"
#include "tests/support/arena.h"

/* The text with `sql` in the place of every expression; "impossible" when that cannot be. */
static struct str spliced(struct arena *arena, const char *query, const char *sql)
{
	struct sqllex_rules rules = { .encoding = encoding_utf8(),
		                      .standard_conforming_strings = true };
	struct str text = str_of(query);
	struct tagged tagged = tagged_find(arena, text, STR("expr"), rules);
	struct splice_place *places = splice_places(arena, text, rules, &tagged);
	struct text out;
	size_t copied = 0;

	text_init(&out, arena);
	for (size_t i = 0; i < tagged.count; i++) {
		size_t start = tagged.expressions[i].tag.start;
		size_t end = tagged.expressions[i].body.end;
		struct splice s = splice_of(str_of(sql), rules, &places[i], text, start, end);

		if (s.impossible)
			return STR("impossible");
		text_str(&out, (struct str){ text.p + copied, start - copied });
		text_str(&out, s.before);
		text_z(&out, sql + s.skip);
		text_str(&out, s.after);
		copied = end;
	}
	text_str(&out, (struct str){ text.p + copied, text.n - copied });
	return text_view(&out);
}

struct example {
	const char *query;
	const char *sql;
	const char *expected;
};

static void check(struct arena *arena, const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct str got = spliced(arena, examples[i].query, examples[i].sql);

		if (!str_is(got, examples[i].expected))
			fail_msg("%s with %s gives: %.*s", examples[i].query, examples[i].sql,
			         STR_ARG(got));
	}
}
#define CHECK(examples) check(*state, examples, sizeof(examples) / sizeof((examples)[0]))

static void sql_stands_where_the_expression_stood(void **state)
{
	static const struct example examples[] = {
		{ "/*expr*/ x", "SELECT 1", "SELECT 1" },
		{ " /* a */ /*expr*/ x /* b */ ", "SELECT 1", " /* a */ SELECT 1 /* b */ " },
		{ "(/*expr*/ x)", "SELECT 1", "(SELECT 1)" },
		{ "a; /*expr*/ x; b", "SELECT 1", "a; SELECT 1; b" },
		{ "/*expr*/ x\n;", "SELECT 1", "SELECT 1\n;" },
		{ "WITH x AS (/*expr*/ x) SELECT", "WITH y AS (SELECT) SELECT 1",
		  "WITH x AS (WITH y AS (SELECT) SELECT 1) SELECT" },
	};

	CHECK(examples);
}

static void neighbours_do_not_glue(void **state)
{
	static const struct example examples[] = {
		{ "EXPLAIN/*expr*/x", "SELECT 1", "EXPLAIN SELECT 1" },
		{ "t\"q\"/*expr*/x", "SELECT 1", "t\"q\" SELECT 1" },
		{ "/*expr*/x/*after*/", "SELECT 1", "SELECT 1 /*after*/" },
		{ "/*a*//*expr*/x--b", "SELECT 1", "/*a*/ SELECT 1 --b" },
	};

	CHECK(examples);
}

static void a_line_comment_in_the_sql_hides_nothing_behind_it(void **state)
{
	static const struct example examples[] = {
		{ "(/*expr*/ x)", "SELECT a -- b", "(SELECT a -- b\n)" },
		{ "/*expr*/ x; y", "SELECT a -- b", "SELECT a -- b\n; y" },
		{ "/*expr*/ x", "SELECT a -- b", "SELECT a -- b" },
		{ "(/*expr*/ x)", "SELECT '--', a", "(SELECT '--', a)" },
		{ "SELECT 1 UNION /*expr*/ x", "SELECT a -- b",
		  "SELECT 1 UNION  (SELECT a -- b\n) " },
	};

	CHECK(examples);
}

static void a_query_with_ctes_behind_a_with_is_nested(void **state)
{
	static const char *const before[] = {
		"WITH x AS (SELECT)",
		"WITH x(a, b) AS (SELECT), z AS MATERIALIZED (SELECT)",
		"WITH \"select\" AS (SELECT)",
		"WITH insert AS (SELECT)",
		"EXPLAIN (ANALYZE) WITH x AS (SELECT)",
		"CREATE TABLE t AS WITH x AS (SELECT)",
		"INSERT INTO t WITH x AS (SELECT)",
		"DECLARE c CURSOR WITH HOLD FOR WITH x AS (SELECT)",
		"WITH RECURSIVE x AS (SELECT) SEARCH DEPTH FIRST BY a SET b",
		"SELECT 1 FROM (WITH x AS (SELECT)",
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		const struct example example = {
			arena_printf(arena, "%s /*expr*/ x)", before[i]).p,
			"WITH RECURSIVE y AS (SELECT FOR NO KEY UPDATE) SELECT 1",
			arena_printf(arena,
			             "%s  SELECT * FROM (WITH RECURSIVE y AS (SELECT FOR NO KEY "
			             "UPDATE) SELECT 1) AS x )",
			             before[i])
				.p,
		};

		check(arena, &example, 1);
	}
}

static void nothing_is_bent_without_need(void **state)
{
	static const char with[] = "WITH y AS (SELECT) SELECT 1";
	static const struct example examples[] = {
		{ "WITH x AS (SELECT) /*expr*/ x", "SELECT 1", "WITH x AS (SELECT) SELECT 1" },
		{ "EXPLAIN (ANALYZE) /*expr*/ x", with,
		  "EXPLAIN (ANALYZE) WITH y AS (SELECT) SELECT 1" },
		{ "INSERT INTO t (a, b) /*expr*/ x", with,
		  "INSERT INTO t (a, b) WITH y AS (SELECT) SELECT 1" },
		{ "CREATE TABLE t WITH (fillfactor=10) AS /*expr*/ x", with,
		  "CREATE TABLE t WITH (fillfactor=10) AS WITH y AS (SELECT) SELECT 1" },
		{ "DECLARE c CURSOR WITH HOLD FOR /*expr*/ x", with,
		  "DECLARE c CURSOR WITH HOLD FOR WITH y AS (SELECT) SELECT 1" },
		{ "WITH a AS (SELECT) SELECT 1; EXPLAIN /*expr*/ x", with,
		  "WITH a AS (SELECT) SELECT 1; EXPLAIN WITH y AS (SELECT) SELECT 1" },
		{ "WITH a AS (SELECT) INSERT INTO t /*expr*/ x", with,
		  "WITH a AS (SELECT) INSERT INTO t WITH y AS (SELECT) SELECT 1" },
	};

	CHECK(examples);
}

static void a_change_with_ctes_joins_the_list_before_it(void **state)
{
	static const struct example examples[] = {
		{ "WITH x AS (SELECT) /*expr*/ x", "INSERT INTO t SELECT 1",
		  "WITH x AS (SELECT) INSERT INTO t SELECT 1" },
		{ "WITH x AS (SELECT) /*expr*/ x", "WITH y AS (SELECT) INSERT INTO t SELECT 1",
		  "WITH x AS (SELECT) , y AS (SELECT) INSERT INTO t SELECT 1" },
		{ "WITH x AS (SELECT) /*expr*/ x", "WITH \"Y y\"(a) AS (SELECT) DELETE FROM t",
		  "WITH x AS (SELECT) , \"Y y\"(a) AS (SELECT) DELETE FROM t" },
		{ "WITH RECURSIVE x AS (SELECT) /*expr*/ x",
		  "WITH RECURSIVE y AS (SELECT) UPDATE t SET a = 1",
		  "WITH RECURSIVE x AS (SELECT) , y AS (SELECT) UPDATE t SET a = 1" },
		{ "WITH x AS (SELECT) /*expr*/ x",
		  "WITH RECURSIVE y AS (SELECT) UPDATE t SET a = 1", "impossible" },
		{ "WITH x AS (SELECT) /*expr*/ x",
		  "WITH delete AS (SELECT), update AS (SELECT) "
		  "SELECT 1",
		  "WITH x AS (SELECT)  SELECT * FROM (WITH delete AS (SELECT), update AS (SELECT) "
		  "SELECT 1) AS x " },
	};

	CHECK(examples);
}

static void changing_ctes_stay_at_the_top_level(void **state)
{
	static const struct example examples[] = {
		{ "WITH x AS (SELECT) /*expr*/ x", "WITH y AS (DELETE FROM t) SELECT 1",
		  "WITH x AS (SELECT) , y AS (DELETE FROM t) SELECT 1" },
		{ "WITH x AS (SELECT) /*expr*/ x",
		  "WITH y AS (WITH z AS (SELECT) INSERT INTO t SELECT 1) SELECT 1",
		  "WITH x AS (SELECT) , y AS (WITH z AS (SELECT) INSERT INTO t SELECT 1) SELECT "
		  "1" },
		{ "WITH x AS (SELECT) /*expr*/ x", "WITH RECURSIVE y AS (DELETE FROM t) SELECT 1",
		  "impossible" },
	};

	CHECK(examples);
}

static void an_operand_of_a_set_operation_is_enclosed(void **state)
{
	static const struct example examples[] = {
		{ "SELECT 1 UNION ALL /*expr*/ x", "SELECT 2 LIMIT 1",
		  "SELECT 1 UNION ALL  (SELECT 2 LIMIT 1) " },
		{ "SELECT 1 except /*c*/ distinct /*expr*/ x", "SELECT 2",
		  "SELECT 1 except /*c*/ distinct  (SELECT 2) " },
		{ "(SELECT 1) INTERSECT\n/*expr*/ x;", "SELECT 2",
		  "(SELECT 1) INTERSECT\n (SELECT 2) ;" },
		{ "/*expr*/ x UNION", "SELECT 2", "SELECT 2" },
	};

	CHECK(examples);
}

static void each_expression_has_its_own_place(void **state)
{
	static const struct example examples[] = {
		{ "EXPLAIN /*expr*/ x; WITH a AS (/*expr*/ y) /*expr*/ z",
		  "WITH y AS (SELECT) SELECT 1",
		  "EXPLAIN WITH y AS (SELECT) SELECT 1; WITH a AS (WITH y AS (SELECT) SELECT 1)  "
		  "SELECT * FROM (WITH y AS (SELECT) SELECT 1) AS x " },
	};

	CHECK(examples);
}

static void deep_brackets_before_an_expression_are_followed(void **state)
{
	enum { DEPTH = 10000 };
	struct arena *arena = *state;
	char *query = arena_alloc(arena, 2 * DEPTH + 100);
	struct str got;

	strcpy(query, "SELECT ");
	memset(query + 7, '(', DEPTH);
	memset(query + 7 + DEPTH, ')', DEPTH);
	strcpy(query + 7 + 2 * DEPTH, " UNION /*expr*/ x");
	got = spliced(arena, query, "SELECT 2");
	assert_true(got.n > 20);
	assert_memory_equal(got.p + got.n - 18, "UNION  (SELECT 2) ", 18);
}

static void shown(struct arena *arena, const char *sql, const char *expected)
{
	struct sqllex_rules rules = { .encoding = encoding_utf8(),
		                      .standard_conforming_strings = true };
	struct text out;

	text_init(&out, arena);
	splice_shown(&out, str_of(sql), rules);
	text_char(&out, '\0');
	assert_string_equal(text_view(&out).p, expected);
}

static void what_is_shown_tells_the_types_of_its_parameters(void **state)
{
	shown(*state, "SELECT '$1'", "SELECT 'SELECT ''$1'''::pg_catalog.text AS sql");
	shown(*state, "SELECT a.x FROM a WHERE a.x = $1",
	      "SELECT 'SELECT a.x FROM a WHERE a.x = $1'::pg_catalog.text AS sql "
	      "WHERE true OR EXISTS (SELECT a.x FROM a WHERE a.x = $1\n)");
	shown(*state, "UPDATE a SET x=$2, y=$1",
	      "SELECT 'UPDATE a SET x=$2, y=$1'::pg_catalog.text AS sql "
	      "WHERE true OR ROW($2::pg_catalog.text, $1::pg_catalog.text) IS NULL");
	shown(*state, "WITH c AS (DELETE FROM a WHERE x = $1 RETURNING x) SELECT x FROM c",
	      "SELECT 'WITH c AS (DELETE FROM a WHERE x = $1 RETURNING x) SELECT x FROM c'"
	      "::pg_catalog.text AS sql WHERE true OR ROW($1::pg_catalog.text) IS NULL");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_set_up, arena_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sql_stands_where_the_expression_stood),
		TEST(neighbours_do_not_glue),
		TEST(a_line_comment_in_the_sql_hides_nothing_behind_it),
		TEST(a_query_with_ctes_behind_a_with_is_nested),
		TEST(nothing_is_bent_without_need),
		TEST(a_change_with_ctes_joins_the_list_before_it),
		TEST(changing_ctes_stay_at_the_top_level),
		TEST(an_operand_of_a_set_operation_is_enclosed),
		TEST(each_expression_has_its_own_place),
		TEST(what_is_shown_tells_the_types_of_its_parameters),
		TEST(deep_brackets_before_an_expression_are_followed),
	};

	return cmocka_run_group_tests_name("splice", tests, NULL, NULL);
}
