#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/sqllex.h"
#include "proxy/reflect.h"
#include "proxy/reflect_sql.h"
#include "tests/support/arena.h"

static struct reflect_text text_of(const char *client, const char *server)
{
	return (struct reflect_text){ encoding_find(str_of(client)), str_of(client),
		                      str_of(server) };
}

/* ---- the texts ------------------------------------------------------------------------------- */

static const char *const texts[] = {
	reflect_sql_check,
	reflect_sql_shapes_plain,
	reflect_sql_shapes_digits,
	reflect_sql_neighbours_plain,
	reflect_sql_neighbours_digits,
};
enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };

static bool is_one_of(struct str word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (str_eq_nocase(word, str_of(*words)))
			return true;
	return false;
}

/* The tokens of a text without its blanks and comments, at most 4096. */
static size_t tokens_of(const char *sql, struct str out[4096])
{
	struct sqllex l = { .text = str_of(sql),
		            .rules = { .encoding = encoding_utf8(),
		                       .standard_conforming_strings = true } };
	size_t n = 0;

	for (;;) {
		struct sqllex_token t = sqllex_next(&l);

		if (t.kind == SQLLEX_END)
			return n;
		if (t.kind == SQLLEX_BLANK || t.kind == SQLLEX_BLOCK_COMMENT)
			continue;
		assert_true(n < 4096);
		out[n++] = (struct str){ sql + t.start, t.end - t.start };
	}
}

static bool is_qualified(const struct str *t, size_t i)
{
	return i >= 2 && str_is(t[i - 1], ".") && str_is(t[i - 2], "pg_catalog");
}

static void every_operator_is_qualified(void **state)
{
	static const char *const symbols[] = { "=", "<", ">", "!", "~", "+", "-", "*",
		                               "/", "%", "^", "|", "&", "#", "@", NULL };
	struct str t[4096];

	(void)state;
	for (size_t k = 0; k < TEXTS; k++) {
		size_t n = tokens_of(texts[k], t);

		for (size_t i = 0; i < n; i++) {
			size_t first = i;

			if (!is_one_of(t[i], symbols))
				continue;
			while (is_one_of(t[first - 1], symbols))
				first--;
			assert_true(is_qualified(t, first));
			assert_true(str_is(t[first - 3], "("));
			assert_true(str_is(t[first - 4], "OPERATOR"));
		}
	}
}

static void nothing_uses_an_operator_silently(void **state)
{
	static const char *const forbidden[] = { "IN",       "BETWEEN",  "LIKE",    "ILIKE",
		                                 "SIMILAR",  "USING",    "NATURAL", "NULLIF",
		                                 "DISTINCT", "OVERLAPS", NULL };
	struct str t[4096];

	(void)state;
	for (size_t k = 0; k < TEXTS; k++) {
		size_t n = tokens_of(texts[k], t);

		for (size_t i = 0; i < n; i++) {
			assert_false(is_one_of(t[i], forbidden));
			if (str_eq_nocase(t[i], STR("CASE"))) /* CASE x WHEN compares */
				assert_true(str_eq_nocase(t[i + 1], STR("WHEN")));
		}
	}
}

static void every_function_type_and_relation_is_qualified(void **state)
{
	/* What may stand before a parenthesis without being a function. */
	static const char *const words[] = { "SELECT",   "FROM",     "AND",     "OR",  "AS",
		                             "ANY",      "EXISTS",   "ARRAY",   "ON",  "WHERE",
		                             "OPERATOR", "COALESCE", "LATERAL", "u",   "q",
		                             "d",        "p",        "UNION",   "NOT", "THEN",
		                             NULL };
	struct str t[4096];

	(void)state;
	for (size_t k = 0; k < TEXTS; k++) {
		size_t n = tokens_of(texts[k], t);

		for (size_t i = 1; i + 1 < n; i++) {
			bool word = (t[i].p[0] | 32) >= 'a' && (t[i].p[0] | 32) <= 'z';

			if (word && str_is(t[i + 1], "(") && !is_one_of(t[i], words))
				assert_true(is_qualified(t, i));
			if (str_is(t[i], ":") && str_is(t[i - 1], ":"))
				assert_true(str_is(t[i + 1], "pg_catalog"));
			if ((str_is(t[i], "FROM") || str_is(t[i], "JOIN")) && word &&
			    !str_is(t[i + 1], "(") && !str_is(t[i + 1], "LATERAL") &&
			    !str_is(t[i + 1], "ROWS") && !str_is(t[i + 1], "d"))
				assert_true(str_is(t[i + 1], "pg_catalog"));
		}
	}
}

static void every_text_is_signed(void **state)
{
	static const char signature[] = " /* pgexpr catalog */";

	(void)state;
	for (size_t k = 0; k < TEXTS; k++) {
		size_t n = strlen(texts[k]);

		assert_true(n > sizeof(signature));
		assert_string_equal(texts[k] + n - (sizeof(signature) - 1), signature);
	}
}

/* ---- the parameters -------------------------------------------------------------------------- */

static void names_are_quoted_in_the_array(void **state)
{
	struct reflect_text text = text_of("UTF8", "UTF8");
	const struct reflect_item items[] = {
		{ STR(""), STR("plain"), 0 },
		{ STR("a,b"), STR("q\"\\{}"), 0 },
		{ STR(""), STR(""), 4294967295u },
	};
	struct question q;

	reflect_ask_check(*state, &text, items, 3, &q);
	assert_ptr_equal(q.sql, reflect_sql_check);
	assert_int_equal(q.parameter_count, 3);
	assert_true(str_is(q.parameters[0], "{\"\",\"a,b\",\"\"}"));
	assert_true(str_is(q.parameters[1], "{\"plain\",\"q\\\"\\\\{}\",\"\"}"));
	assert_true(str_is(q.parameters[2], "{0,0,4294967295}"));
	assert_int_equal(q.types[0], 1009);
	assert_int_equal(q.types[1], 1009);
	assert_int_equal(q.types[2], 1028);
}

static void half_a_character_is_no_backslash(void **state)
{
	struct reflect_text text = text_of("SJIS", "EUC_JP");
	const struct reflect_item item = { STR(""), STR("\x95\x5c\x8e\xa6\\"), 0 };
	struct question q;

	reflect_ask_check(*state, &text, &item, 1, &q);
	assert_true(str_is(q.parameters[1], "{\"\x95\x5c\x8e\xa6\\\\\"}"));
}

/* ---- the rows -------------------------------------------------------------------------------- */

/* A row of C strings; NULL is NULL. */
static size_t row(struct bytes out[16], const char *const *cells, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = cells[i] == NULL ? bytes_of(NULL, 0) : bytes_of_z(cells[i]);
	return count;
}

static bool read_check(const char *const cells[4], size_t items, struct reflect_found *out)
{
	struct bytes columns[16];

	return reflect_read_check(columns, row(columns, cells, 4), items, out);
}

static void a_found_name_has_oid_fingerprint_and_visibility(void **state)
{
	struct reflect_found f;

	(void)state;
	assert_true(read_check((const char *[]){ "2", "4294967295", "t", "-9223372036854775808" },
	                       2, &f));
	assert_int_equal(f.item, 1);
	assert_int_equal(f.oid, 4294967295u);
	assert_true(f.visible);
	assert_true(f.fingerprint == UINT64_C(0x8000000000000000));
	assert_true(read_check((const char *[]){ "1", "1", "f", "9223372036854775807" }, 2, &f));
	assert_false(f.visible);
}

static void rows_of_another_shape_are_refused(void **state)
{
	struct reflect_found f;
	struct bytes columns[16];

	(void)state;
	assert_false(read_check((const char *[]){ "3", "1", "t", "1" }, 2, &f));
	assert_false(read_check((const char *[]){ "0", "1", "t", "1" }, 2, &f));
	assert_false(read_check((const char *[]){ "x", "1", "t", "1" }, 2, &f));
	assert_false(read_check((const char *[]){ NULL, "1", "t", "1" }, 2, &f));
	assert_false(read_check((const char *[]){ "1", "4294967296", "t", "1" }, 2, &f));
	assert_false(read_check((const char *[]){ "1", "99999999999", "t", "1" }, 2, &f));
	assert_false(read_check((const char *[]){ "1", "1", "t", NULL }, 2, &f));
	assert_false(read_check((const char *[]){ "1", "1", "t", "1x" }, 2, &f));
	row(columns, (const char *[]){ "1", "1", "t", "1" }, 4);
	assert_false(reflect_read_check(columns, 3, 2, &f));
	assert_false(reflect_read_check(columns, 0, 2, &f));
}

static bool give(struct reflect_answer *a, const char *const cells[15])
{
	struct bytes columns[16];

	return reflect_read_shape(a, columns, row(columns, cells, 15));
}

#define N NULL
#define RELATION(oid, name)                                                                        \
	((const char *[]){ "r", oid, "r", "true", "-7", N, N, N, N, "public", name, N, N, N, N })
#define COLUMN(oid, number, name, type)                                                            \
	((const char *[]){ "c", oid, number, "tfff", "23", "b", "false", N, "false", name, type,   \
	                   "pg_catalog", "int4", N, N })

static void a_shape_is_made_from_rows_in_any_order(void **state)
{
	struct reflect_text text = text_of("UTF8", "UTF8");
	const uint32_t oids[] = { 10, 20 };
	struct question q;
	struct reflect_answer *a = reflect_ask_shapes(*state, &text, oids, 2, &q);
	const struct reflect_shape *s;
	size_t count;

	assert_ptr_equal(q.sql, reflect_sql_shapes_plain);
	assert_true(str_is(q.parameters[0], "{10,20}"));
	assert_true(give(a, (const char *[]){ "f", "10", "2", "1", "7", "20", N, N, N, "z_fk", "b",
	                                      "\"Odd\"\"S\"", "other", N, N }));
	assert_true(give(a, COLUMN("10", "5", "second", "integer")));
	assert_true(give(a, COLUMN("20", "1", "only", "integer")));
	assert_true(give(a, (const char *[]){ "p", "10", "1", "5", "9", "0", N, N, N, "pk", N, N, N,
	                                      N, N }));
	assert_true(give(a, COLUMN("10", "1", "first", "integer")));
	assert_true(give(a, (const char *[]){ "f", "10", "1", "5", "7", "20", N, N, N, "z_fk", "a",
	                                      "\"Odd\"\"S\"", "other", N, N }));
	assert_true(give(a, (const char *[]){ "f", "10", "1", "1", "8", "10", N, N, N, "a_fk",
	                                      "second", "public", "t", N, N }));
	assert_true(give(a, RELATION("10", "t")));
	assert_true(give(a, RELATION("20", "u")));
	s = reflect_shapes(a, &count);
	assert_non_null(s);
	assert_int_equal(count, 2);
	assert_true(s[0].fingerprint == (uint64_t)-7);
	assert_true(s[0].visible && s[0].lasting);
	assert_int_equal(s[0].relation.oid, 10);
	assert_int_equal(s[0].relation.kind, 'r');
	assert_true(str_is(s[0].relation.name, "t"));
	assert_int_equal(s[0].relation.column_count, 2);
	assert_true(str_is(s[0].relation.columns[0].name, "first"));
	assert_true(str_is(s[0].relation.columns[1].name, "second"));
	assert_int_equal(s[0].relation.primary_count, 1);
	assert_int_equal(s[0].relation.primary[0], 1);
	assert_int_equal(s[0].relation.key_count, 2);
	assert_true(str_is(s[0].relation.keys[0].name, "a_fk"));
	assert_int_equal(s[0].relation.keys[0].columns[0], 0);
	assert_true(str_is(s[0].relation.keys[1].name, "z_fk"));
	assert_int_equal(s[0].relation.keys[1].count, 2);
	assert_int_equal(s[0].relation.keys[1].columns[0], 1);
	assert_int_equal(s[0].relation.keys[1].columns[1], 0);
	assert_true(str_is(s[0].relation.keys[1].referenced_columns[0], "a"));
	assert_true(str_is(s[0].relation.keys[1].referenced_columns[1], "b"));
	assert_int_equal(s[0].relation.keys[1].referenced, 20);
	assert_true(str_is(s[0].relation.keys[1].referenced_schema, "Odd\"S"));
	assert_int_equal(s[1].relation.column_count, 1);
	assert_int_equal(s[1].relation.key_count, 0);
}

static void a_relation_that_has_gone_is_left_out(void **state)
{
	struct reflect_text text = text_of("UTF8", "UTF8");
	const uint32_t oids[] = { 10, 20 };
	struct question q;
	struct reflect_answer *a = reflect_ask_shapes(*state, &text, oids, 2, &q);
	const struct reflect_shape *s;
	size_t count;

	assert_true(give(a, RELATION("20", "u")));
	s = reflect_shapes(a, &count);
	assert_non_null(s);
	assert_int_equal(count, 1);
	assert_int_equal(s[0].relation.oid, 20);
}

static void shape_rows_that_do_not_fit_are_refused(void **state)
{
	struct reflect_text text = text_of("UTF8", "UTF8");
	const uint32_t oid = 10;
	struct question q;
	struct reflect_answer *a = reflect_ask_shapes(*state, &text, &oid, 1, &q);
	size_t count;

	assert_false(give(a, RELATION("11", "t")));
	assert_false(give(a, COLUMN("10", "0", "c", "integer")));
	assert_false(give(a, COLUMN("10", "32768", "c", "integer")));
	assert_false(give(a, (const char *[]){ "x", "10", N, N, N, N, N, N, N, N, N, N, N, N, N }));
	assert_false(give(a, (const char *[]){ N, "10", N, N, N, N, N, N, N, N, N, N, N, N, N }));
	/* A key over a column that is not there. */
	assert_true(give(a, RELATION("10", "t")));
	assert_true(give(a, (const char *[]){ "p", "10", "1", "5", "9", "0", N, N, N, "pk", N, N, N,
	                                      N, N }));
	assert_null(reflect_shapes(a, &count));
}

/* The type of a column as it comes out, from what the server wrote. */
static struct str type_of(struct arena *arena, const char *type, const char *schema)
{
	struct reflect_text text = text_of("UTF8", "UTF8");
	const uint32_t oid = 10;
	struct question q;
	struct reflect_answer *a = reflect_ask_shapes(arena, &text, &oid, 1, &q);
	size_t count;

	assert_true(give(a, RELATION("10", "t")));
	assert_true(give(a, (const char *[]){ "c", "10", "1", "ffff", "9", "b", "false", N, "false",
	                                      "x", type, schema, "n", N, N }));
	return reflect_shapes(a, &count)->relation.columns[0].type;
}

static void types_mean_the_same_under_any_search_path(void **state)
{
	static const struct {
		const char *written;
		const char *schema;
		const char *type;
	} cases[] = {
		{ "integer", "pg_catalog", "integer" },
		{ "character varying(20)", "pg_catalog", "character varying(20)" },
		{ "timestamp(3) with time zone", "pg_catalog", "timestamp(3) with time zone" },
		{ "interval day to second(2)[]", "pg_catalog", "interval day to second(2)[]" },
		{ "text[]", "pg_catalog", "text[]" },
		{ "pg_catalog.text", "pg_catalog", "text" },
		{ "\"pg_catalog\".\"text\"[]", "pg_catalog", "text[]" },
		{ "\"char\"", "pg_catalog", "\"char\"" },
		{ "pg_catalog.\"char\"", "pg_catalog", "\"char\"" },
		{ "\"bit\"", "pg_catalog", "\"bit\"" },
		{ "bit(3)", "pg_catalog", "bit(3)" },
		{ "mood", "public", "public.mood" },
		{ "public.mood[]", "public", "public.mood[]" },
		{ "\"public\".\"mood\"", "public", "public.mood" },
		{ "geometry(Point,4326)", "gis", "gis.geometry(Point,4326)" },
		{ "\"Odd \"\"Type\"", "\"My.S\"", "\"My.S\".\"Odd \"\"Type\"" },
		{ "\"My.S\".\"a.b\"[]", "\"My.S\"", "\"My.S\".\"a.b\"[]" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str type = type_of(*state, cases[i].written, cases[i].schema);

		if (!str_is(type, cases[i].type))
			fail_msg("%s in %s: %.*s", cases[i].written, cases[i].schema,
			         STR_ARG(type));
	}
}

static void flags_and_domains_are_read(void **state)
{
	struct reflect_text text = text_of("UTF8", "UTF8");
	const uint32_t oid = 10;
	struct question q;
	struct reflect_answer *a = reflect_ask_shapes(*state, &text, &oid, 1, &q);
	const struct relation_column *c;
	const struct reflect_shape *s;
	size_t count;

	assert_true(give(a, RELATION("10", "t")));
	assert_true(
		give(a, (const char *[]){ "c", "10", "1", "ttff", "9", "d", "true", "true", "true",
	                                  "x", "price[]", "public", "price", "mood", "public" }));
	assert_true(
		give(a, (const char *[]){ "c", "10", "2", "ffft", "23", "b", "false", N, "false",
	                                  "y", "integer", "pg_catalog", "int4", N, N }));
	assert_true(
		give(a, (const char *[]){ "c", "10", "3", "fttt", "23", "b", "false", N, "false",
	                                  "z", "integer", "pg_catalog", "int4", N, N }));
	s = reflect_shapes(a, &count);
	assert_false(s->lasting); /* a type lies too deep */
	c = s->relation.columns;
	assert_true(c[0].not_null && c[0].has_default && c[0].is_array);
	assert_false(c[0].is_identity || c[0].is_generated);
	assert_int_equal(c[0].type_kind, 'd');
	assert_true(str_is(c[0].type, "public.price[]"));
	assert_true(str_is(c[0].base_type, "public.mood"));
	assert_true(c[1].is_generated && !c[1].has_default);
	assert_true(str_empty(c[1].base_type));
	assert_true(c[2].is_identity && c[2].is_generated && !c[2].has_default);
}

static void digits_are_asked_for_where_a_conversion_could_fail(void **state)
{
	static const struct {
		const char *client;
		const char *server;
		bool digits;
	} cases[] = {
		{ "UTF8", "UTF8", false },     { "UTF8", "LATIN1", false },
		{ "LATIN1", "LATIN1", false }, { "LATIN1", "UTF8", true },
		{ "SJIS", "EUC_JP", true },    { "SQL_ASCII", "UTF8", false },
		{ "UTF8", "SQL_ASCII", true }, { "LATIN1", "", false },
	};
	const uint32_t oid = 1;
	struct question q;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reflect_text text = text_of(cases[i].client, cases[i].server);

		reflect_ask_shapes(*state, &text, &oid, 1, &q);
		assert_int_equal(q.sql == reflect_sql_shapes_digits, cases[i].digits);
	}
}

static struct str neighbour(struct arena *arena, const char *client, const char *server,
                            const char *digits)
{
	struct reflect_text text = text_of(client, server);
	struct bytes columns[16];
	struct str name;
	size_t item;

	row(columns, (const char *[]){ "1", digits }, 2);
	assert_true(reflect_read_neighbour(arena, &text, columns, 2, 1, &item, &name));
	assert_int_equal(item, 0);
	return name;
}

static void a_name_out_of_digits_is_in_the_clients_encoding(void **state)
{
	assert_true(str_is(neighbour(*state, "LATIN1", "UTF8", "6162"), "ab"));
	assert_true(str_is(neighbour(*state, "LATIN1", "UTF8", "c3a962"), "\xe9\x62"));
	assert_true(str_is(neighbour(*state, "SJIS", "EUC_JP", "c9bd"), "\x95\x5c"));
	/* A last letter that an accent could have followed. */
	assert_true(str_is(neighbour(*state, "SHIFT_JIS_2004", "UTF8", "61c3a6"), "a\x85\x7b"));
	assert_true(str_is(neighbour(*state, "EUC_JP", "SQL_ASCII", "c9bd"), "\xc9\xbd"));
}

static void a_name_the_client_cannot_have_written_gets_a_placeholder(void **state)
{
	assert_true(str_is(neighbour(*state, "LATIN1", "UTF8", "d0b8"), "?d0b8?"));
	assert_true(str_is(neighbour(*state, "UTF8", "SQL_ASCII", "c9bdff"), "?c9bdff?"));
	assert_true(str_is(neighbour(*state, "MULE_INTERNAL", "UTF8", "d0b8"), "?d0b8?"));
}

static void digits_that_are_none_are_refused(void **state)
{
	struct reflect_text text = text_of("LATIN1", "UTF8");
	struct bytes columns[16];
	struct str name;
	size_t item;

	row(columns, (const char *[]){ "1", "616" }, 2);
	assert_false(reflect_read_neighbour(*state, &text, columns, 2, 1, &item, &name));
	row(columns, (const char *[]){ "1", "6g" }, 2);
	assert_false(reflect_read_neighbour(*state, &text, columns, 2, 1, &item, &name));
	row(columns, (const char *[]){ "2", "61" }, 2);
	assert_false(reflect_read_neighbour(*state, &text, columns, 2, 1, &item, &name));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_set_up, arena_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_operator_is_qualified),
		TEST(nothing_uses_an_operator_silently),
		TEST(every_function_type_and_relation_is_qualified),
		TEST(every_text_is_signed),
		TEST(names_are_quoted_in_the_array),
		TEST(half_a_character_is_no_backslash),
		TEST(a_found_name_has_oid_fingerprint_and_visibility),
		TEST(rows_of_another_shape_are_refused),
		TEST(a_shape_is_made_from_rows_in_any_order),
		TEST(a_relation_that_has_gone_is_left_out),
		TEST(shape_rows_that_do_not_fit_are_refused),
		TEST(types_mean_the_same_under_any_search_path),
		TEST(flags_and_domains_are_read),
		TEST(digits_are_asked_for_where_a_conversion_could_fail),
		TEST(a_name_out_of_digits_is_in_the_clients_encoding),
		TEST(a_name_the_client_cannot_have_written_gets_a_placeholder),
		TEST(digits_that_are_none_are_refused),
	};

	return cmocka_run_group_tests_name("reflect", tests, NULL, NULL);
}
