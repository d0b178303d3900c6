#!/usr/bin/python3
"""Expressions through the proxy: wherever they may stand, in whatever state the session is, from
every driver; and what their errors say."""

import datetime
import decimal
import json
import unittest
import uuid

import live
import wire
from live import Case, world

NAMES = "select(widgets.c.name).where(widgets.c.id <= 2).order_by(widgets.c.id)"
TWO = [("widget 1",), ("widget 2",)]


class Places(Case):
    """Everywhere that SQL allows a query."""

    def both(self, statement, expected):
        """The same rows in both protocols."""
        connection = self.wire()
        self.assertEqual(self.rows(connection.query(statement)), expected)
        self.assertEqual(self.rows(connection.extended(statement)), expected)

    def test_the_whole_statement(self):
        self.both("/*expr*/ " + NAMES, TWO)

    def test_blanks_in_the_tag(self):
        self.both("/* expr */ " + NAMES, TWO)
        self.both("  \n\t/*expr*/\n" + NAMES, TWO)

    def test_a_semicolon_at_the_end(self):
        self.both("/*expr*/ %s;" % NAMES, TWO)
        self.both("/*expr*/ %s ; " % NAMES, TWO)

    def test_comments_around(self):
        self.both("/* app='x' */ /*expr*/ %s /* traceparent='y' */" % NAMES, TWO)
        self.both("-- first\n/*expr*/ %s -- last" % NAMES, TWO)

    def test_the_tag_in_other_places_is_no_tag(self):
        for statement, expected in (
                ("SELECT '/*expr*/ select(widgets)'", "/*expr*/ select(widgets)"),
                ("SELECT $$/*expr*/ x$$", "/*expr*/ x"),
                ("SELECT 1 AS \"/*expr*/\"", "1"),
                ("SELECT 2 -- /*expr*/ select(widgets)", "2"),
                ("SELECT 3 /* /*expr*/ select(widgets) */", "3"),
                ("SELECT E'\\'/*expr*/'", "'/*expr*/"),
                ("SELECT 4 /*expression*/", "4"),
                ("SELECT 5 /*expr", None)):
            result = self.wire().query(statement)
            if expected is None:
                self.assertIn("unterminated", self.fails(result, "42601")["M"])
            else:
                self.assertEqual(self.value(result), expected)

    def test_explain(self):
        result = self.wire().query("EXPLAIN (COSTS OFF) /*expr*/ select(widgets.c.id)")
        self.assertIn("Seq Scan on widgets", self.value(result))
        result = self.wire().query("EXPLAIN ANALYZE /*expr*/ select(widgets.c.id)")
        self.assertIn("rows=20", result.rows[0][0])

    def test_declare_cursor(self):
        connection = self.wire()
        connection.query("BEGIN")
        self.rows(connection.query("DECLARE k CURSOR FOR /*expr*/ " + NAMES))
        self.assertEqual(self.rows(connection.query("FETCH ALL FROM k")), TWO)
        connection.query("ROLLBACK")

    def test_create_table_as(self):
        connection = self.wire()
        result = connection.query("CREATE TEMP TABLE made AS /*expr*/ " + NAMES)
        self.assertIsNone(result.error, result.error)
        self.assertEqual(result.tag, "SELECT 2")
        self.assertEqual(self.rows(connection.query("SELECT * FROM made ORDER BY 1")), TWO)
        result = connection.query("CREATE TEMP TABLE empty AS (/*expr*/ %s) WITH NO DATA" % NAMES)
        self.assertIsNone(result.error, result.error)
        self.assertEqual(self.rows(connection.query("SELECT * FROM empty")), [])

    def test_create_view_as(self):
        connection = self.wire()
        connection.query("BEGIN")
        result = connection.query("CREATE VIEW seen AS /*expr*/ select(widgets.c.id, widgets.c.name)")
        self.assertIsNone(result.error, result.error)
        self.assertEqual(self.rows(connection.query(
            "/*expr*/ select(seen.c.name).where(seen.c.id == 3)")), [("widget 3",)])
        connection.query("ROLLBACK")

    def test_insert(self):
        connection = self.wire()
        connection.query("CREATE TEMP TABLE copies (a int, b text)")
        result = connection.query("INSERT INTO copies (a, b) /*expr*/ select(widgets.c.id, "
                                  "widgets.c.name).where(widgets.c.id < 4)")
        self.assertEqual(result.tag, "INSERT 0 3", result.error)
        result = connection.query("INSERT INTO copies (a) (/*expr*/ select(widgets.c.id)"
                                  ".where(widgets.c.id == 9)) RETURNING a")
        self.assertEqual(self.rows(result), [("9",)])

    def test_prepare_and_execute(self):
        connection = self.wire()
        connection.query("PREPARE p AS /*expr*/ " + NAMES)
        self.assertEqual(self.rows(connection.query("EXECUTE p")), TWO)
        connection.query("PREPARE q(int) AS /*expr*/ select(widgets.c.name)"
                         ".where(widgets.c.id == $1)")
        self.assertEqual(self.rows(connection.query("EXECUTE q(2)")), [TWO[1]])

    def test_copy_out(self):
        import io

        out = io.StringIO()
        self.psycopg2().cursor().copy_expert("COPY (/*expr*/ %s) TO STDOUT" % NAMES, out)
        self.assertEqual(out.getvalue(), "widget 1\nwidget 2\n")

    def test_in_parentheses(self):
        self.both("SELECT count(*) FROM (/*expr*/ select(widgets.c.id)) t", [("20",)])
        self.both("SELECT name FROM widgets WHERE id IN (/*expr*/ select(parts.c.widget_id)"
                  ".where(parts.c.id == 5)) ", [("widget 6",)])
        self.both("WITH x AS (/*expr*/ %s) SELECT count(*) FROM x" % NAMES, [("2",)])
        self.both("SELECT (/*expr*/ select(func.max(widgets.c.id))) + 1", [("21",)])
        self.both("SELECT ARRAY(/*expr*/ select(widgets.c.id).where(widgets.c.id < 3))",
                  [("{1,2}",)])
        self.both("SELECT EXISTS (/*expr*/ select(widgets.c.id).where(widgets.c.id > 99))",
                  [("f",)])

    def test_after_with(self):
        self.both("WITH x AS (SELECT 1) /*expr*/ " + NAMES, TWO)

    def test_several_in_one_statement(self):
        self.both("SELECT (/*expr*/ select(func.count(widgets.c.id))), "
                  "(/*expr*/ select(func.count(parts.c.id)))", [("20", "50")])

    def test_several_statements(self):
        connection = self.wire()
        results = connection.query_all("SELECT 1; /*expr*/ %s; SELECT 3; "
                                       "/*expr*/ select(func.count(parts.c.id))" % NAMES)
        self.assertEqual([result.rows for result in results],
                         [[("1",)], TWO, [("3",)], [("50",)]])

    def test_several_statements_with_a_failing_one(self):
        connection = self.wire()
        results = connection.query_all("SELECT 1; /*expr*/ select(widgets.c.nope); SELECT 3")
        self.assertEqual(results[0].rows, [("1",)])
        self.assertEqual(results[1].error["C"], "42703")
        self.assertEqual(len(results), 2)

    def test_counters_start_anew_in_each(self):
        connection = self.wire()
        results = connection.query_all("/*expr*/ select(func.max(widgets.c.id)); "
                                       "/*expr*/ select(func.max(widgets.c.id))")
        self.assertEqual([result.names for result in results], [["max_1"], ["max_1"]])

    def test_expr_sql(self):
        connection = self.wire()
        for run in (connection.query, connection.extended):
            result = run("/*expr sql*/ select(widgets.c.id).where(widgets.c.id == 5)")
            self.assertEqual(result.names, ["sql"])
            self.assertEqual(result.types, [25])
            sql = self.value(result)
            self.assertEqual(self.rows(connection.query(sql)), [("5",)])

    def test_expr_sql_does_not_run_it(self):
        connection = self.wire()
        self.rows(connection.query("/*expr sql*/ delete(widgets)"))
        self.assertEqual(self.value(connection.query("SELECT count(*) FROM widgets")), "20")

    def test_the_sql_of_a_text_with_parameters(self):
        cursor = self.psycopg().cursor()  # binds at the server, strings without a type
        for text, values, sql in (
                ("select(widgets.c.id).where(widgets.c.name == %s)", ("x",),
                 "SELECT widgets.id FROM widgets WHERE widgets.name = $1"),
                ("update(widgets).values(name=%s).where(widgets.c.id == %s)", ("x", 1),
                 "UPDATE widgets SET name=$1 WHERE widgets.id = $2")):
            cursor.execute("/*expr sql*/ " + text, values)
            self.assertEqual(cursor.fetchall(), [(sql,)])

    def test_an_empty_expression(self):
        self.fails(self.wire().query("/*expr*/"), "42601")
        self.fails(self.wire().query("SELECT (/*expr*/)"), "42601")

    def test_update_and_delete(self):
        connection = self.wire()
        connection.query("BEGIN")
        result = connection.query("/*expr*/ update(widgets).values(name='x')"
                                  ".where(widgets.c.id < 4)")
        self.assertEqual(result.tag, "UPDATE 3", result.error)
        result = connection.query("/*expr*/ delete(parts).where(parts.c.id > 40)")
        self.assertEqual(result.tag, "DELETE 10", result.error)
        result = connection.query("/*expr*/ insert(widgets).values(id=99, name='new')"
                                  ".returning(widgets.c.id)")
        self.assertEqual(self.rows(result), [("99",)])
        connection.query("ROLLBACK")


class Sessions(Case):
    """The catalog is the session's own: its transaction, its path, its temporary tables."""

    def test_a_table_of_this_transaction(self):
        connection = self.wire()
        connection.query("BEGIN")
        connection.query("CREATE TABLE fresh (id int, word text)")
        connection.query("INSERT INTO fresh VALUES (1, 'a')")
        self.assertEqual(self.rows(connection.query("/*expr*/ select(fresh)")), [("1", "a")])
        self.fails(self.wire().query("/*expr*/ select(fresh)"), "42P01")
        connection.query("ALTER TABLE fresh ADD COLUMN more int DEFAULT 7")
        self.assertEqual(self.rows(connection.query("/*expr*/ select(fresh)")), [("1", "a", "7")])
        connection.query("ALTER TABLE fresh RENAME COLUMN word TO term")
        self.assertEqual(self.rows(connection.query("/*expr*/ select(fresh.c.term)")), [("a",)])
        connection.query("ROLLBACK")
        self.fails(connection.query("/*expr*/ select(fresh)"), "42P01")

    def test_a_temporary_table_hides_another(self):
        connection = self.wire()
        self.assertEqual(len(self.rows(connection.query("/*expr*/ select(widgets)"))), 20)
        connection.query("CREATE TEMP TABLE widgets (other text)")
        connection.query("INSERT INTO widgets VALUES ('temporary')")
        self.assertEqual(self.rows(connection.query("/*expr*/ select(widgets)")),
                         [("temporary",)])
        connection.query("DROP TABLE widgets")
        self.assertEqual(len(self.rows(connection.query("/*expr*/ select(widgets)"))), 20)

    def test_search_path(self):
        connection = self.wire()
        count = "/*expr*/ select(widgets)"
        self.assertEqual(len(connection.query(count).columns), 4)
        connection.query("SET search_path = other, public")
        self.assertEqual(connection.query(count).names, ["id", "colour"])
        connection.query("BEGIN")
        connection.query("SET LOCAL search_path = public")
        self.assertEqual(len(connection.query(count).columns), 4)
        connection.query("ROLLBACK")
        self.assertEqual(connection.query(count).names, ["id", "colour"])
        connection.query("SELECT set_config('search_path', 'public', false)")
        self.assertEqual(len(connection.query(count).columns), 4)
        connection.query("BEGIN")
        connection.query("SAVEPOINT s")
        connection.query("SET search_path = other")
        self.assertEqual(connection.query(count).names, ["id", "colour"])
        connection.query("ROLLBACK TO s")
        self.assertEqual(len(connection.query(count).columns), 4)
        connection.query("COMMIT")
        connection.query("RESET search_path")
        self.assertEqual(len(connection.query(count).columns), 4)

    def test_search_path_of_a_function(self):
        connection = self.wire()
        connection.query("BEGIN; CREATE FUNCTION pg_temp.turn() RETURNS void LANGUAGE plpgsql AS "
                         "$$ BEGIN PERFORM set_config('search_path', 'other', false); END $$")
        self.assertEqual(len(connection.query("/*expr*/ select(widgets)").columns), 4)
        connection.query("SELECT pg_temp.turn()")
        self.assertEqual(connection.query("/*expr*/ select(widgets)").names, ["id", "colour"])
        connection.query("ROLLBACK")

    def test_an_empty_search_path(self):
        connection = self.wire()
        connection.query("SET search_path = ''")
        self.fails(connection.query("/*expr*/ select(widgets)"), "42P01")
        self.assertEqual(len(connection.query("/*expr*/ select(other.widgets)").columns), 2)

    def test_ddl_of_another_session(self):
        one, other = self.wire(), self.wire()
        other.query("CREATE TABLE changing (a int)")
        self.addCleanup(lambda: world.server.psql("DROP TABLE changing", live.DATABASE))
        self.assertEqual(one.query("/*expr*/ select(changing)").names, ["a"])
        other.query("ALTER TABLE changing ADD COLUMN b int")
        import time

        time.sleep(1.1)  # a binding is trusted for a second
        self.assertEqual(one.query("/*expr*/ select(changing)").names, ["a", "b"])

    def test_a_new_column_is_found_at_once(self):
        one, other = self.wire(), self.wire()
        other.query("CREATE TABLE growing (a int)")
        self.addCleanup(lambda: world.server.psql("DROP TABLE growing", live.DATABASE))
        self.assertEqual(one.query("/*expr*/ select(growing.c.a)").names, ["a"])
        other.query("ALTER TABLE growing ADD COLUMN b int")
        self.assertEqual(one.query("/*expr*/ select(growing.c.b)").names, ["b"])

    def test_a_failed_transaction(self):
        connection = self.wire()
        connection.query("BEGIN")
        connection.query("SELECT 1 / 0")
        self.fails(connection.query("/*expr*/ select(widgets)"), "25P02")
        self.assertEqual(connection.state, "E")
        connection.query("ROLLBACK")
        self.assertEqual(len(self.rows(connection.query("/*expr*/ select(widgets)"))), 20)

    def test_a_failed_transaction_in_the_extended_protocol(self):
        connection = self.wire()
        connection.query("BEGIN")
        connection.query("SELECT 1 / 0")
        self.fails(connection.extended("/*expr*/ select(parts)"), "25P02")
        connection.query("ROLLBACK")
        self.assertEqual(len(self.rows(connection.extended("/*expr*/ select(parts)"))), 50)

    def test_where_the_catalog_cannot_be_read_the_error_says_what_to_do(self):
        connection = self.wire()
        connection.query("BEGIN")
        error = self.fails(connection.query("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; /*expr*/ select(parts)"), "25P02")
        self.assertIn("a query of its own", error["H"])
        error = self.fails(connection.query("ROLLBACK; /*expr*/ select(parts)"), "25P02")
        self.assertIn("a query of its own", error["H"])
        self.assertEqual(len(self.rows(connection.query("/*expr*/ select(parts)"))), 50)

    def test_a_mistake_fails_the_transaction(self):
        connection = self.wire()
        connection.query("BEGIN")
        self.fails(connection.query("/*expr*/ select(widgets.c.nope)"), "42703")
        self.assertEqual(connection.state, "E")
        self.fails(connection.query("SELECT 1"), "25P02")
        connection.query("ROLLBACK")
        self.assertEqual(connection.state, "I")

    def test_a_mistake_outside_of_one_does_not(self):
        connection = self.wire()
        self.fails(connection.query("/*expr*/ select(widgets.c.nope)"), "42703")
        self.assertEqual(connection.state, "I")
        self.assertEqual(len(self.rows(connection.query("/*expr*/ select(widgets)"))), 20)

    def test_a_savepoint_saves(self):
        connection = self.wire()
        connection.query("BEGIN")
        connection.query("SAVEPOINT s")
        self.fails(connection.query("/*expr*/ select(widgets.c.nope)"), "42703")
        connection.query("ROLLBACK TO s")
        self.assertEqual(len(self.rows(connection.query("/*expr*/ select(widgets)"))), 20)
        connection.query("COMMIT")

    def test_no_transaction_is_opened(self):
        connection = self.wire()
        self.rows(connection.query("/*expr*/ select(widgets)"))
        self.assertEqual(connection.state, "I")
        self.rows(connection.extended("/*expr*/ select(parts)"))
        self.assertEqual(connection.state, "I")

    def test_set_transaction_comes_first(self):
        connection = self.wire()
        connection.query("BEGIN")
        self.assertIsNone(connection.query("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE").error)
        self.assertEqual(len(self.rows(connection.query("/*expr*/ select(widgets)"))), 20)
        self.assertEqual(self.value(connection.query("SHOW transaction_isolation")),
                         "serializable")
        connection.query("COMMIT")

    def test_uncommitted_rows_are_seen(self):
        connection = self.wire()
        connection.query("BEGIN")
        connection.query("DELETE FROM parts; DELETE FROM widgets WHERE id > 3")
        self.assertEqual(self.value(connection.query(
            "/*expr*/ select(func.count()).select_from(widgets)")), "3")
        connection.query("ROLLBACK")

    def test_statement_timeout(self):
        connection = self.wire()
        connection.query("SET statement_timeout = '300ms'")
        self.fails(connection.query("/*expr*/ select(func.pg_sleep(20))"), "57014")
        self.assertEqual(len(self.rows(connection.query("/*expr*/ select(widgets)"))), 20)

    def test_a_role_that_may_not(self):
        connection = self.wire()
        connection.query("BEGIN; CREATE ROLE nobody_much; SET LOCAL ROLE nobody_much")
        self.fails(connection.query("/*expr*/ select(widgets)"), "42501")
        connection.query("ROLLBACK")

    def test_a_prepared_statement_is_used_again(self):
        connection = self.wire()
        statement = "/*expr*/ select(widgets.c.name).where(widgets.c.id == $1)"
        connection.send(wire.message(b"P", b"s\0" + statement.encode() + b"\0\0\0")
                        + wire.message(b"S"))
        connection._collect()
        for number in range(1, 6):
            value = str(number).encode()
            connection.send(wire.message(
                b"B", b"\0s\0\0\0\0\1" + len(value).to_bytes(4, "big") + value + b"\0\0")
                + wire.message(b"E", b"\0\0\0\0\0") + wire.message(b"S"))
            self.assertEqual(connection._collect()[0].rows, [("widget %d" % number,)])

    def test_a_pipeline_of_cold_relations(self):
        connection = self.wire()
        texts = ["/*expr*/ select(func.count()).select_from(%s)" % name
                 for name in ("widgets", "parts", "other.widgets", "widgets")]
        connection.send(b"".join(
            wire.message(b"P", b"\0" + text.encode() + b"\0\0\0")
            + wire.message(b"B", b"\0\0\0\0\0\0\0\0") + wire.message(b"E", b"\0\0\0\0\0")
            for text in texts) + wire.message(b"S"))
        self.assertEqual([result.rows for result in connection._collect()],
                         [[("20",)], [("50",)], [("2",)], [("20",)]])

    def test_a_batch_whose_earlier_message_fails(self):
        connection = self.wire(timeout=10)
        connection.send(wire.message(b"P", b"\0SELECT 1 / 0\0\0\0")
                        + wire.message(b"B", b"\0\0\0\0\0\0\0\0")
                        + wire.message(b"E", b"\0\0\0\0\0")
                        + wire.message(b"P", b"\0/*expr*/ select(parts.c.label)\0\0\0")
                        + wire.message(b"B", b"\0\0\0\0\0\0\0\0")
                        + wire.message(b"E", b"\0\0\0\0\0") + wire.message(b"S"))
        results = connection._collect()
        self.assertEqual(results[0].error["C"], "22012")
        self.assertEqual(len(results), 1)
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")
        self.assertEqual(len(self.rows(connection.query("/*expr*/ select(parts.c.label)"))), 50)

    def test_nothing_of_ours_remains_visible(self):
        connection = self.wire()
        self.rows(connection.query("/*expr*/ select(widgets)"))
        result = connection.query("SELECT count(*) FROM pg_cursors")
        self.assertEqual(self.value(result), "0")
        self.assertEqual(result.notices, [])

    def test_the_unnamed_statement_is_the_clients(self):
        connection = self.wire()
        connection.send(wire.message(b"P", b"\0SELECT 'mine'\0\0\0") + wire.message(b"S"))
        connection._collect()
        self.rows(connection.query("SET search_path = public"))
        connection.send(wire.message(b"P", b"named\0/*expr*/ select(parts.c.id)\0\0\0")
                        + wire.message(b"S"))
        connection._collect()
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")

    def test_non_ascii_client_encoding(self):
        connection = self.wire(settings={"client_encoding": "LATIN1"})
        connection.send(wire.message(b"Q", "/*expr*/ select(literal('é'), "
                                           "func.length('é'))\0".encode("latin-1")))
        rows = []
        while True:
            kind, body = connection.read()
            if kind == b"D":
                rows.append(body)
            elif kind == b"E":
                self.fail(wire.fields_of(body))
            elif kind == b"Z":
                break
        self.assertIn("é".encode("latin-1"), rows[0])
        self.assertTrue(rows[0].endswith(b"1"))

    def test_standard_conforming_strings_off(self):
        connection = self.wire()
        connection.query("SET standard_conforming_strings = off")
        connection.query("SET escape_string_warning = off")
        self.assertEqual(self.value(connection.query(r"/*expr*/ select(literal('a\'b\\c'))")),
                         r"a'b\c")
        connection.query("SET standard_conforming_strings = on")
        self.assertEqual(self.value(connection.query(r"/*expr*/ select(literal('a\b'))")), r"a\b")


class Errors(Case):
    """SQLSTATE, message, position in the client's text, hint."""

    def check(self, statement, sqlstate, word, hint=None):
        connection = self.wire()
        for run in (connection.query, connection.extended):
            error = self.fails(run(statement), sqlstate)
            self.points_at(statement, error, word)
            if hint is not None:
                self.assertIn(hint, error.get("H", ""), error)

    def test_a_column(self):
        self.check("/*expr*/ select(widgets.c.nmae)", "42703", "nmae", '"name"')

    def test_a_table(self):
        self.check("/*expr*/ select(wigdets.c.name)", "42P01", "wigdets", '"widgets"')

    def test_a_method(self):
        self.check("/*expr*/ select(widgets).wher(widgets.c.id == 1)", "42883", "wher", '"where"')

    def test_behind_other_text(self):
        self.check("SELECT 'é日本', (/*expr*/ select(widgets.c.nmae))", "42703", "nmae", '"name"')

    def test_in_a_second_expression(self):
        self.check("SELECT (/*expr*/ select(func.max(widgets.c.id))), "
                  "(/*expr*/ select(widgets.c.nmae))", "42703", "nmae", '"name"')

    def test_an_unclosed_bracket(self):
        error = self.fails(self.wire().query("/*expr*/ select(widgets.c.id"), "42601")
        self.assertIn("P", error)

    def test_the_servers_errors_point_into_the_expression(self):
        self.check("/*expr*/ select(widgets.c.id, func.no_such(widgets.c.name))", "42883",
                  "no_such")
        self.check("/*expr*/ select(widgets.c.id).where(text('nope > 1'))", "42703", "text")

    def test_the_servers_errors_around_an_expression(self):
        statement = "SELECT (/*expr*/ select(func.max(widgets.c.id))), nope"
        self.check(statement, "42703", "nope")

    def test_the_servers_errors_before_an_expression(self):
        self.check("SELECT nope, (/*expr*/ select(func.max(widgets.c.id)))", "42703", "nope")

    def test_a_run_time_error(self):
        self.fails(self.wire().query("/*expr*/ select(literal(1) / (widgets.c.id - 1))"), "22012")

    def test_psql_draws_the_caret(self):
        _, error = self.psql("-c", "/*expr*/ select(widgets.c.nmae)", status=1)
        self.assertIn("LINE 1: /*expr*/ select(widgets.c.nmae)\n"
                      "                                  ^", error)
        self.assertIn('HINT:', error)

    def test_psycopg2_diagnostics(self):
        import psycopg2

        connection = self.psycopg2()
        with self.assertRaises(psycopg2.errors.UndefinedColumn) as caught:
            connection.cursor().execute("/*expr*/ select(widgets.c.nmae)")
        self.assertIn('"name"', caught.exception.diag.message_hint)
        self.assertEqual(caught.exception.diag.statement_position, "27")

    def test_a_cartesian_product_is_a_warning(self):
        result = self.wire().query("/*expr*/ select(widgets.c.id, parts.c.id)")
        self.assertEqual(len(self.rows(result)), 1000)
        self.assertEqual([(notice["S"], "cartesian product" in notice["M"])
                          for notice in result.notices], [("WARNING", True)])

    def test_it_may_be_silenced(self):
        result = self.wire().query("/*expr*/ select(widgets.c.id, parts.c.id)"
                                   ".where(widgets.c.id == parts.c.widget_id)")
        self.assertEqual(result.notices, [])


class Drivers(Case):
    """Values of every Python type, as each driver sends them."""

    VALUES = [
        ("it's", "widgets.c.name == %s", str),
        ('say "hi"', "widgets.c.name != %s", str),
        ("back\\slash", "widgets.c.name != %s", str),
        ("100%", "widgets.c.name != %s", str),
        ("é日本", "widgets.c.name != %s", str),
        (5, "widgets.c.id == %s", int),
        (-5, "widgets.c.id > %s", int),
        (2 ** 40, "widgets.c.id < %s", int),
        (2.5, "widgets.c.price > %s", float),
        (decimal.Decimal("3.00"), "widgets.c.price == %s", decimal.Decimal),
        (datetime.date(2024, 1, 5), "widgets.c.made == %s", datetime.date),
        (True, "(widgets.c.id > 3) == %s", bool),
    ]

    def sql_of(self, condition):
        return condition.replace("widgets.c.", "").replace("==", "=")

    def check_values(self, connection):
        cursor = connection.cursor()
        for value, condition, _ in self.VALUES:
            cursor.execute("/*expr*/ select(widgets.c.id).where(%s).order_by(widgets.c.id)"
                           % condition, (value,))
            ours = cursor.fetchall()
            cursor.execute("SELECT id FROM widgets WHERE %s ORDER BY id" % self.sql_of(condition),
                           (value,))
            self.assertEqual(ours, cursor.fetchall(), (value, condition))

    def test_psycopg2(self):
        self.check_values(self.psycopg2())

    def test_psycopg3(self):
        self.check_values(self.psycopg())

    def test_psycopg3_client_side(self):
        import psycopg

        connection = self.psycopg()
        connection.cursor_factory = psycopg.ClientCursor
        self.check_values(connection)

    def test_psycopg2_lists_and_tuples(self):
        cursor = self.psycopg2().cursor()
        for value in ([1, 2, 99], (1, 2, 99)):
            cursor.execute("/*expr*/ select(widgets.c.id).where(widgets.c.id.in_(%s))"
                           ".order_by(widgets.c.id)", (value,))
            self.assertEqual(cursor.fetchall(), [(1,), (2,)])
        cursor.execute("/*expr*/ select(widgets.c.id).where(widgets.c.name.in_(%s))",
                       (["widget 3", "it's"],))
        self.assertEqual(cursor.fetchall(), [(3,)])

    def test_psycopg3_lists(self):
        found = self.psycopg().execute("/*expr*/ select(widgets.c.id).where(widgets.c.id.in_(%s))"
                                       ".order_by(widgets.c.id)", ([1, 2, 99],)).fetchall()
        self.assertEqual(found, [(1,), (2,)])

    def test_values_come_back_unchanged(self):
        values = ["it's", "a\\b", 'q"q', "$$", "$x$", "/*expr*/ select(1)", "--", "%", ":x", "é",
                  "'; DROP TABLE widgets; --", "\n\t", "E'x'", ""]
        for connection in (self.psycopg2(), self.psycopg()):
            cursor = connection.cursor()
            for value in values:
                cursor.execute("/*expr*/ select(cast(%s, Text))", (value,))
                self.assertEqual(cursor.fetchone(), (value,))

    def test_typed_values_come_back_unchanged(self):
        values = [(5, "Integer"), (2 ** 40, "BigInteger"), (decimal.Decimal("1.50"), "Numeric"),
                  (datetime.date(2024, 2, 29), "Date"), (datetime.time(1, 2, 3), "Time"),
                  (datetime.datetime(2024, 2, 29, 1, 2, 3), "DateTime"),
                  (datetime.timedelta(days=1, seconds=5), "Interval"), (True, "Boolean"),
                  (None, "Text"), ([1, 2], "ARRAY(Integer)"), (["a", "b'c"], "ARRAY(Text)")]
        for connection in (self.psycopg2(), self.psycopg()):
            cursor = connection.cursor()
            for value, kind in values:
                cursor.execute("/*expr*/ select(cast(%%s, %s))" % kind, (value,))
                self.assertEqual(cursor.fetchone(), (value,), (connection, kind))

    def test_uuids(self):
        import psycopg2.extras

        psycopg2.extras.register_uuid()
        value = uuid.UUID("00000000-0000-4000-8000-000000000001")
        for connection in (self.psycopg2(), self.psycopg()):
            cursor = connection.cursor()
            cursor.execute("/*expr*/ select(cast(%s, UUID))", (value,))
            self.assertEqual(cursor.fetchone(), (value,))

    def test_json(self):
        import psycopg.types.json
        import psycopg2.extras

        value = {"a": [1, None, "it's"], "é": {"b": True}}
        for connection, wrap in ((self.psycopg2(), psycopg2.extras.Json),
                                 (self.psycopg(), psycopg.types.json.Jsonb)):
            cursor = connection.cursor()
            cursor.execute("/*expr*/ select(cast(%s, JSONB))", (wrap(value),))
            found = cursor.fetchone()[0]
            self.assertEqual(json.loads(found) if isinstance(found, str) else found, value)

    def test_a_psycopg3_prepared_expression(self):
        connection = self.psycopg()
        for number in range(1, 8):
            found = connection.execute("/*expr*/ select(widgets.c.name)"
                                       ".where(widgets.c.id == %s)", (number,),
                                       prepare=True).fetchone()
            self.assertEqual(found, ("widget %d" % number,))

    def test_a_psycopg3_pipeline(self):
        connection = self.psycopg()
        with connection.pipeline():
            cursors = [connection.execute("/*expr*/ select(widgets.c.name)"
                                          ".where(widgets.c.id == %s)", (number,))
                       for number in range(1, 20)]
        self.assertEqual([cursor.fetchone()[0] for cursor in cursors],
                         ["widget %d" % number for number in range(1, 20)])

    def test_a_psycopg3_pipeline_with_a_mistake(self):
        import psycopg

        connection = self.psycopg()
        with self.assertRaises(psycopg.errors.UndefinedColumn):
            with connection.pipeline():
                connection.execute("/*expr*/ select(widgets.c.id)")
                connection.execute("/*expr*/ select(widgets.c.nope)")
                connection.execute("/*expr*/ select(parts.c.id)")
        self.assertEqual(connection.execute("/*expr*/ select(func.count(parts.c.id))").fetchone(),
                         (50,))

    def test_named_cursors(self):
        cursor = self.psycopg2().cursor(name="k")
        cursor.itersize = 3
        cursor.execute("/*expr*/ select(widgets.c.id).order_by(widgets.c.id)")
        self.assertEqual([row[0] for row in cursor], list(range(1, 21)))
        connection = self.psycopg(autocommit=False)
        with connection.cursor(name="k") as cursor:
            cursor.execute("/*expr*/ select(widgets.c.id).where(widgets.c.id > %s)"
                           ".order_by(widgets.c.id)", (15,))
            self.assertEqual([row[0] for row in cursor], list(range(16, 21)))

    def test_psycopg3_copy(self):
        cursor = self.psycopg().cursor()
        with cursor.copy("COPY (/*expr*/ select(widgets.c.id).where(widgets.c.id < 3)"
                         ".order_by(widgets.c.id)) TO STDOUT") as copy:
            self.assertEqual(list(copy.rows()), [("1",), ("2",)])

    def test_binary_results(self):
        cursor = self.psycopg().cursor(binary=True)
        cursor.execute("/*expr*/ select(widgets.c.id, widgets.c.price).where(widgets.c.id == %s)",
                       (4,))
        self.assertEqual(cursor.fetchone(), (4, decimal.Decimal("6.00")))

    def test_describe_gives_parameter_types(self):
        result = self.wire().extended("/*expr*/ select(widgets.c.name)"
                                      ".where(widgets.c.price > $1, widgets.c.made < $2)",
                                      ["3", "2024-01-10"])
        self.assertEqual(result.parameters, [1700, 1082])
        self.assertEqual(len(self.rows(result)), 6)

    def test_psql_variables(self):
        out, _ = self.psql(text="\\set w 'widget 2'\n"
                           "/*expr*/ select(widgets.c.id).where(widgets.c.name == :'w');\n")
        self.assertEqual(out, "2\n")


class Constants(Case):
    """A text that comes again with other constants, as from drivers that write values into it, is recalled; the
    server must not tell the difference."""

    def test_every_value_finds_its_row(self):
        connection = self.wire()
        for key in (1, 2, 3, 20, 7, 21, 1000000, 0):
            found = [(str(key), "widget %d" % key)] if 1 <= key <= 20 else []
            for run in (connection.query, connection.extended):
                self.assertEqual(self.rows(run("/*expr*/ select(widgets.c.id, widgets.c.name)"
                                               ".where(widgets.c.id == %d, widgets.c.name != 'x%d')"
                                               % (key, key * key))), found)

    def test_what_is_read_is_another_text(self):
        connection = self.wire()
        for turn in range(4):
            for label in ("one", "two", "three"):
                result = connection.query("/*expr*/ select(literal(%d).label('%s'))" % (turn, label))
                self.assertEqual((result.names, self.rows(result)), ([label], [(str(turn),)]))

    def test_pages(self):
        connection = self.wire()
        for first in (0, 5, 10, 18):
            result = connection.query("/*expr*/ select(widgets.c.id).order_by(widgets.c.id).limit(%d).offset(%d)"
                                      % (first + 1, first))
            self.assertEqual(self.rows(result), [(str(i),) for i in range(first + 1, min(2 * first + 2, 21))])

    def test_errors_point_to_where_the_word_is_now(self):
        connection = self.wire()
        for value in ("a", "b", "", "a much longer value than before", "c"):
            for number in (1, 22, 333333):
                statement = ("SELECT 'é', (/*expr*/ select(func.no_such('%s', %d), literal('%s')))"
                             % (value, number, value))
                for run in (connection.query, connection.extended):
                    self.points_at(statement, self.fails(run(statement), "42883"), "no_such")

    def test_warnings_too(self):
        connection = self.wire()
        for name in ("a", "", "a longer name", "b"):
            statement = "/*expr*/ select(widgets.c.id, parts.c.id).where(widgets.c.name == '%s')" % name
            result = connection.query(statement)
            self.assertEqual(self.rows(result), [])
            self.assertEqual(["cartesian product" in notice["M"] for notice in result.notices], [True])

    def test_a_table_that_changes_meanwhile(self):
        connection, other = self.wire(), self.wire()
        connection.query("CREATE TEMP TABLE shifting (id int, a int)")
        connection.query("INSERT INTO shifting VALUES (1, 10), (2, 20), (3, 30)")
        names = ["id", "a"]
        for key in (1, 2, 3, 2, 1):
            result = connection.query("/*expr*/ select(shifting).where(shifting.c.id == %d)" % key)
            self.assertEqual(result.names, names)
            self.assertEqual(self.rows(result)[0][:2], (str(key), str(key * 10)))
            if key == 3:
                connection.query("ALTER TABLE shifting ADD COLUMN b text")
                names = ["id", "a", "b"]
        self.fails(other.query("/*expr*/ select(shifting).where(shifting.c.id == 4)"), "42P01")

    def test_hostile_values(self):
        for connection in (self.psycopg2(), self.psycopg()):
            cursor = connection.cursor()
            cursor.execute("SET standard_conforming_strings = on")
            for value in ("x", "y", "z", "'", "''", "\\", "\\'", "'; SELECT 1; --", "/*", "*/", "--", "$$", '"',
                          "é", "\x01", "\x03", "\n", "%", "x' 'y", "x", "1", "true", "{1}", ""):
                cursor.execute("/*expr*/ select(cast(%s, Text), literal(%s))", (value, value))
                self.assertEqual(cursor.fetchone(), (value, value))


for _name in ("Places", "Sessions", "Errors", "Drivers", "Constants"):
    globals()[_name] = live.needs_proxy(globals()[_name])

if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    live.main()
