#!/usr/bin/python3
"""Clients of every language through the proxy: what they are asked in the language gives what the
same in SQL gives over the same client directly. And what each client has of its own: cursors,
batches, COPY, cancelling, prepared statements, servers' cursors.

A client that is not installed is skipped: `tests/deps.sh clients` installs the light ones. Those that
are compiled, Java and Go, take a while and run with CLIENTS=all in the environment.
"""

import asyncio
import datetime
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import live
import reference
from clients import questions, talk
from live import Case, world

JAR = "/usr/share/java/postgresql.jar"
GO = "/usr/share/gocode"
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients")
X = "/*expr*/ "


def setUpModule():
    world.server.psql(questions.TABLES, live.DATABASE)


def module(name):
    return importlib.util.find_spec(name) is not None


def works(*command):
    """Whether a command is there and ends well."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


def slow(test):
    return unittest.skipUnless(os.environ.get("CLIENTS") == "all", "is compiled: CLIENTS=all")(test)


@live.needs_proxy
class OtherLanguages(Case):
    """Each question in a transaction of its own, in the client's ways to send a statement."""

    def compare(self, command, inline=False, mark=False, environment=None):
        """command: its words; PORT in them stands for the port. inline: the driver writes the
        values into the text. mark: its placeholder is ?."""
        asked = [question for question in questions.QUESTIONS
                 if not inline or questions.inline(question[0], question[2])]
        if mark:  # hand-written SQL has no operator with a ? in it
            texts = [(talk.positional(X + e, v), talk.positional(s, v)) for e, s, v in asked]
        else:
            texts = [((X + e, v), (s, v)) for e, s, v in asked]
        answers = [talk.talk([word.replace("PORT", str(port)) for word in command],
                             [pair[side] for pair in texts], environment)
                   for side, port in ((0, world.port), (1, world.server.port))]
        wrong = []
        for (expression, _, values), ours, sql in zip(asked, *answers):
            if not ours.same_as(sql):
                wrong.append("%s %r\n    %s\n    SQL: %s" % (expression, values, ours.line[:300],
                                                           sql.line[:300]))
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))
        self.assertGreater(sum(answer.sqlstate is None for answer in answers[0]), 150)

    @unittest.skipUnless(works("ruby", "-e", "require 'pg'"), "no ruby-pg")
    def test_ruby(self):
        for how in ("params", "prepared", "binary", "typed"):
            with self.subTest(how=how):
                self.compare(["ruby", os.path.join(HERE, "pg.rb"), "PORT", how])

    @unittest.skipUnless(works("perl", "-MDBD::Pg", "-e", "1"), "no libdbd-pg-perl")
    def test_perl(self):
        for how in ("server", "client", "dollar"):
            with self.subTest(how=how):
                self.compare(["perl", os.path.join(HERE, "dbd.pl"), "PORT", how], inline=True,
                             mark=how != "dollar")

    @unittest.skipUnless(works("php", "-r", "exit(extension_loaded('pgsql') ? 0 : 1);"),
                         "no php-pgsql")
    def test_php(self):
        for how in ("params", "prepare", "pdo", "emulated"):
            with self.subTest(how=how):
                self.compare(["php", os.path.join(HERE, "pgsql.php"), "PORT", how],
                             inline=how == "emulated", mark=how in ("pdo", "emulated"))

    @unittest.skipUnless(works("node", "-e", "require('pg')"), "no node-pg")
    def test_node(self):
        ways = ["parameters", "prepared"]
        ways += ["cursor"] if works("node", "-e", "require('pg-cursor')") else []
        ways += ["stream"] if works("node", "-e", "require('pg-query-stream')") else []
        for how in ways:
            with self.subTest(how=how):
                self.compare(["node", os.path.join(HERE, "node.js"), "PORT", how])

    @slow
    @unittest.skipUnless(os.path.isdir(os.path.join(GO, "src/github.com/lib/pq"))
                         and os.path.isdir(os.path.join(GO, "src/github.com/jackc/pgx"))
                         and works("go", "version"), "no Go with lib/pq and pgx")
    def test_go(self):
        program = os.path.join(tempfile.mkdtemp(), "sql")
        self.addCleanup(shutil.rmtree, os.path.dirname(program))
        environment = {"GO111MODULE": "off", "GOPATH": GO, "GOFLAGS": "-trimpath"}
        subprocess.run(["go", "build", "-o", program, os.path.join(HERE, "sql.go")], check=True,
                       env=dict(os.environ, **environment))
        for driver in ("postgres", "pgx"):
            with self.subTest(driver=driver):
                self.compare([program, "PORT", driver])

    def java(self, program):
        """The words that run a program, compiled."""
        classes = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, classes)
        subprocess.run(["javac", "-cp", JAR, "-d", classes, os.path.join(HERE, program + ".java")],
                       check=True)
        return ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp",
                "%s:%s" % (JAR, classes), program]

    @slow
    @unittest.skipUnless(os.path.exists(JAR) and works("javac", "-version"),
                         "no libpostgresql-jdbc-java with a JDK")
    def test_jdbc(self):
        program = self.java("Jdbc")
        for options, times, fetch in (("&prepareThreshold=2", "3", "2"), ("&preferQueryMode=simple", "1", "0"),
                                      ("&stringtype=unspecified&prepareThreshold=1", "2", "0")):
            with self.subTest(options=options):
                self.compare([*program, "jdbc:postgresql://127.0.0.1:PORT/live?user=postgres"
                              + options, times, fetch], inline="simple" in options, mark=True)

    @slow
    @unittest.skipUnless(os.path.exists(JAR) and works("javac", "-version"),
                         "no libpostgresql-jdbc-java with a JDK")
    def test_jdbc_batches_and_generated_keys(self):
        program = self.java("JdbcBatch")
        for options in ("", "&reWriteBatchedInserts=true", "&preferQueryMode=simple"):
            done = subprocess.run(
                [*program, "jdbc:postgresql://127.0.0.1:%d/live?user=postgres%s" % (world.port, options)],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            self.assertEqual(done.stdout, "\n".join([
                "batch [0 s0, 1 s1, 2 s2, 3 s3, 4 s4]", "batch with conflicts [1 c0]",
                "generated key true", "generated columns true", "metadata name numeric",
                "timeout 57014", "again 10", ""]), options)


@unittest.skipUnless(module("asyncpg"), "no python3-asyncpg")
class Asyncpg(Case):
    """Prepares everything, binary in both directions, types looked up in the catalog."""

    def run_on(self, port, talk_):
        import asyncpg

        async def main():
            connection = await asyncpg.connect(host="127.0.0.1", port=port, user="postgres",
                                               database=live.DATABASE)
            try:
                return await talk_(connection)
            finally:
                await connection.close()
        return asyncio.new_event_loop().run_until_complete(main())

    async def answers(self, connection, texts):
        import asyncpg

        found = []
        for text, values in texts:
            transaction = connection.transaction()
            await transaction.start()
            try:
                statement = await connection.prepare(text)
                rows = await statement.fetch(*values)
                found.append(([a.type.oid for a in statement.get_attributes()],
                              [p.oid for p in statement.get_parameters()],
                              [tuple(row) for row in rows]))
            except asyncpg.PostgresError as error:
                found.append(type(error).__name__)
            except asyncpg.InterfaceError as error:  # a value that has not the type it takes
                found.append(type(error).__name__ + re.sub(r":.*", "", str(error)))
            await transaction.rollback()
        return found

    @live.needs_proxy
    def test_what_all_are_asked(self):
        asked = questions.QUESTIONS
        ours = self.run_on(world.port, lambda c: self.answers(
            c, [(X + expression, values) for expression, _, values in asked]))
        sql = self.run_on(world.server.port, lambda c: self.answers(
            c, [(text, values) for _, text, values in asked]))
        for (expression, _, values), one, other in zip(asked, ours, sql):
            self.assertEqual(one, other, (expression, values))

    @live.needs_proxy
    def test_cursors(self):
        async def talk_(c):
            async with c.transaction():
                rows = [row[0] async for row in c.cursor(
                    X + "select(thing.c.id).where(thing.c.id > $1)", 3, prefetch=2)]
                cursor = await c.cursor(X + "select(thing.c.id).order_by(thing.c.id)")
                first = await cursor.fetch(2)
                await cursor.forward(2)
                return rows, [row[0] for row in first], (await cursor.fetchrow())[0]
        self.assertEqual(self.run_on(world.port, talk_), (list(range(4, 11)), [1, 2], 5))

    @live.needs_proxy
    def test_many_and_copy(self):
        async def talk_(c):
            transaction = c.transaction()
            await transaction.start()
            await c.executemany(X + "insert(kind).values(id=$1, title=$2)",
                                [(100 + i, "é%d" % i) for i in range(300)])
            count = await c.fetchval("SELECT count(*) FROM kind")
            out = io.BytesIO()
            await c.copy_from_query(X + "select(thing.c.id, thing.c.name).where(thing.c.id < $1, "
                                    "thing.c.name.like($2))", 3, "th%", output=out, format="csv")
            await transaction.rollback()
            return count, out.getvalue()
        self.assertEqual(self.run_on(world.port, talk_), (303, b"1,thing 1\n2,thing 2\n"))

    @live.needs_proxy
    def test_timeouts_and_errors(self):
        import asyncpg

        async def talk_(c):
            with self.assertRaises(asyncio.TimeoutError):
                await c.fetch(X + "select(func.pg_sleep(9))", timeout=0.2)
            task = asyncio.ensure_future(c.fetch(X + "select(func.pg_sleep(9))"))
            await asyncio.sleep(0.2)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            async with c.transaction():
                with self.assertRaises(asyncpg.UndefinedColumnError) as caught:
                    async with c.transaction():
                        await c.fetch(X + "select(thing.c.nope)")
                self.assertEqual(caught.exception.position, "25")
                return await c.fetchval(X + "select(func.count(thing.c.id))")
        self.assertEqual(self.run_on(world.port, talk_), 10)

    @live.needs_proxy
    def test_a_prepared_statement_whose_table_changes(self):
        async def talk_(c):
            await c.execute("CREATE TEMP TABLE short (id int, n int)")
            await c.execute("INSERT INTO short VALUES (1, 2)")
            found = []
            for change in ("SELECT", "ALTER TABLE short RENAME n TO m",
                           "ALTER TABLE short ALTER m TYPE text", "ALTER TABLE short DROP m"):
                await c.execute(change)
                row = await c.fetchrow(X + "select(short).where(short.c.id == $1)", 1)
                found.append(dict(row))
            return found
        self.assertEqual(self.run_on(world.port, talk_),
                         [{"id": 1, "n": 2}, {"id": 1, "m": 2}, {"id": 1, "m": "2"}, {"id": 1}])

    @live.needs_proxy
    def test_large(self):
        async def talk_(c):
            return await c.fetchval(X + "select(func.length($1))", "é" * 1000000)
        self.assertEqual(self.run_on(world.port, talk_), 1000000)


@unittest.skipUnless(module("pg8000"), "no python3-pg8000")
@live.needs_proxy
class Pg8000(Case):
    def test_values(self):
        import pg8000

        ours = pg8000.connect(user="postgres", host="127.0.0.1", port=world.port,
                              database=live.DATABASE)
        self.addCleanup(ours.close)
        cursor = ours.cursor()
        for column in ("id", "name", "price", "ratio", "made", "at", "blob", "tags", "nums",
                       "active"):
            cursor.execute(X + "select(thing.c.id).where(thing.c.%s == %%s, thing.c.id %%%% 2 == 1)"
                           ".order_by(thing.c.id)" % column, (questions.COLUMNS[column],))
            rows = [row[0] for row in cursor.fetchall()]
            self.assertEqual(rows, [] if column == "active" else [3], column)
        cursor.execute(X + "select(thing.c.id).where(thing.c.id.in_(%s)).order_by(thing.c.id)"
                       ".limit(%s)", ([3, 1, 2], 2))
        self.assertEqual([row[0] for row in cursor.fetchall()], [1, 2])
        cursor.execute(X + "select(case((thing.c.id > %s, %s), else_=%s)).limit(1)", (3, "a", "b"))
        self.assertEqual([list(row) for row in cursor.fetchall()], [["b"]])
        with self.assertRaises(Exception) as caught:
            cursor.execute(X + "select(thing.c.nope)")
        self.assertIn("42703", str(caught.exception))
        ours.rollback()
        cursor.executemany(X + "insert(kind).values(id=%s, title=%s)", [(100, "a"), (101, "b")])
        cursor.execute("SELECT count(*) FROM kind")
        self.assertEqual(cursor.fetchone()[0], 5)
        ours.rollback()


@live.needs_proxy
class Sqlalchemy(Case):
    """SQLAlchemy, with an expression in the place of SQL."""

    def connections(self):
        for driver in ("psycopg2", "psycopg"):
            engine = reference.sqlalchemy.create_engine("postgresql+%s://postgres@127.0.0.1:%d/%s"
                                              % (driver, world.port, live.DATABASE))
            with engine.connect() as connection:
                yield reference.sqlalchemy, connection
            engine.dispose()

    def test_text_with_parameters(self):
        for sa, connection in self.connections():
            def rows(text, connection=connection, sa=sa, **values):
                return connection.execute(sa.text(X + text), values).fetchall()
            self.assertEqual(rows("select(thing.c.id).where(thing.c.name == :n, thing.c.made == :d)",
                                  n="thing 3", d=datetime.date(2024, 1, 4)), [(3,)])
            self.assertEqual(rows("select(thing.c.id).where(thing.c.id.in_(:ids))", ids=[1, 2]),
                             [(1,), (2,)])
            self.assertEqual(rows("select(thing.c.id % 2, thing.c.price::text)"
                                  ".where(thing.c.name.like('%3'))"), [(1, "3.75")])
            self.assertEqual(rows("select(literal({'a': 1}, JSONB), thing.c.tags[1:1])"
                                  ".where(thing.c.id == :i)", i=3), [({"a": 1}, ["t3"])])
            self.assertEqual(rows(r"select(text('\:x').bindparams(x=:v))", v="5"), [("5",)])
            expanding = sa.text(X + "select(thing.c.id).where(thing.c.id.in_(:ids))").bindparams(
                sa.bindparam("ids", expanding=True))
            self.assertEqual(connection.execute(expanding, {"ids": [1, 2]}).fetchall(),
                             [(1,), (2,)])

    def test_subqueries_streams_and_many(self):
        for sa, connection in self.connections():
            inner = sa.text(X + "select(thing.c.id, thing.c.price)").columns(id=sa.Integer)
            self.assertEqual(len(connection.execute(
                sa.select(inner.subquery().c.id).limit(2)).fetchall()), 2)
            many = connection.execute(
                sa.text(X + "update(thing).values(name=:n).where(thing.c.id == :i)"),
                [{"n": "a", "i": 1}, {"n": "b", "i": 2}])
            self.assertIn(many.rowcount, (2, -1))
            connection.rollback()
            parts = connection.execution_options(stream_results=True, max_row_buffer=3).execute(
                sa.text(X + "select(thing.c.id)")).partitions(4)
            self.assertEqual([len(part) for part in parts], [4, 4, 2])


@live.needs_proxy
class Psycopg2(Case):
    def test_server_cursors_and_helpers(self):
        from psycopg2 import extras, sql

        connection = self.psycopg2()
        with connection.cursor("named", withhold=True, scrollable=True) as cursor:
            cursor.itersize = 3
            cursor.execute(X + "select(thing.c.id).where(thing.c.id > %s).order_by(thing.c.id)",
                           (3,))
            self.assertEqual(cursor.fetchmany(2), [(4,), (5,)])
            cursor.scroll(-1)
            self.assertEqual([row[0] for row in cursor], [5, 6, 7, 8, 9, 10])
        cursor = connection.cursor()
        extras.execute_batch(cursor, X + "insert(kind).values(id=%s, title=%s)",
                             [(100 + i, "t") for i in range(5)])
        extras.execute_values(cursor, X + "insert(kind).values([%s])",
                              [(200 + i, "t") for i in range(5)])
        cursor.execute("SELECT count(*) FROM kind")
        self.assertEqual(cursor.fetchone(), (13,))
        connection.rollback()
        cursor.execute(sql.SQL(X + "select(tables[{}].c[{}]).limit(1)").format(
            sql.Identifier("thing"), sql.Identifier("name")))
        self.assertEqual(cursor.fetchall(), [("thing 1",)])

    @unittest.skipUnless(module("pandas"), "no python3-pandas")
    def test_pandas(self):
        import warnings

        import pandas

        connection = self.psycopg2()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = pandas.read_sql_query(
                X + "select(thing.c.id, thing.c.made, thing.c.id %% 2)"
                ".where(thing.c.id > %(least)s, thing.c.name.like('thing%%'))", connection,
                params={"least": 7}, index_col="id", parse_dates=["made"])
            self.assertEqual(list(frame.index), [8, 9])
            parts = pandas.read_sql_query(X + "select(thing.c.id)", connection, chunksize=4)
            self.assertEqual([len(part) for part in parts], [4, 4, 2])


@live.needs_proxy
class Psycopg3(Case):
    def test_ways_to_run_it(self):
        connection = self.psycopg(autocommit=False)
        by_id = X + "select(thing.c.id, thing.c.price, thing.c.tags).where(thing.c.id == %s)"
        for binary in (False, True):
            row = connection.cursor(binary=binary).execute(by_id, (3,)).fetchone()
            self.assertEqual(row, (3, questions.COLUMNS["price"], ["t3", "all"]))
        for i in (1, 2, 3):
            self.assertEqual(connection.execute(by_id, (i,), prepare=True).fetchone()[0], i)
        self.assertEqual(list(connection.cursor().stream(
            X + "select(thing.c.id).where(thing.c.id < %s)", (3,))), [(1,), (2,)])
        with connection.cursor("named") as cursor:
            cursor.execute(X + "select(thing.c.id).where(thing.c.id > %(i)s)", {"i": 3})
            self.assertEqual(cursor.fetchmany(2), [(4,), (5,)])
        with connection.cursor().copy("COPY (%sselect(thing.c.id).where(thing.c.id < %%s)) TO STDOUT"
                                      % X, (3,)) as copy:
            self.assertEqual(b"".join(bytes(part) for part in copy), b"1\n2\n")
        cursor = connection.cursor()
        cursor.executemany(X + "insert(kind).values(id=%s, title=%s).returning(kind.c.id)",
                           [(100, "a"), (101, "b")], returning=True)
        self.assertEqual(cursor.fetchone(), (100,))
        self.assertTrue(cursor.nextset())
        self.assertEqual(cursor.fetchone(), (101,))


@live.needs_proxy
class Psql(Case):
    """What psql itself does with a statement."""

    def test_its_commands(self):
        out, error = self.psql("-v", "n=3", "-v", "s=thing 3", text="""
/*expr*/ select(thing.c.name).where(thing.c.id == :n, thing.c.name == :'s');
/*expr*/ select(thing.c.id, thing.c.tags[1:2]) \\gdesc
/*expr*/ select(thing.c.id, thing.c.made)
  .where(thing.c.id == :n)
\\gset p_
\\echo :p_id :p_made
/*expr*/ select(thing.c.kind_id, thing.c.active, func.count()).where(thing.c.id < 3).group_by(thing.c.kind_id, thing.c.active).order_by(thing.c.kind_id, thing.c.active) \\crosstabview
/*expr*/ select(literal('SELECT 7')) \\gexec
\\copy (/*expr*/ select(thing.c.id).where(thing.c.id < 3)) to stdout
\\set FETCH_COUNT 3
/*expr*/ select(func.count(thing.c.id), literal({'a': 1, 'b':2}, JSONB));
/*expr*/ select(thing.c.id).order_by(thing.c.id).limit(5) # one, two
;
""")
        self.assertEqual(error, "")
        self.assertEqual(out.split(), [
            "thing", "3", "id|integer", "anon_1|text[]", "3", "2024-01-04", "2|1|",
            "3||1", "7", "1", "2", '10|{"a":', "1,", '"b":', "2}", "1", "2", "3", "4", "5"])

    def test_an_error_in_a_transaction(self):
        out, error = self.psql(text="""
\\set ON_ERROR_ROLLBACK on
BEGIN;
/*expr*/ select(thing.c.nope);
/*expr*/ select(func.count(thing.c.id));
COMMIT;
""")
        self.assertEqual(out.split(), ["10"])
        self.assertIn("column thing.nope does not exist", error)


@live.needs_proxy
class Django(Case):
    """A project of its own, in a process of its own: settings are global there."""

    def check(self, *arguments):
        done = subprocess.run([sys.executable, os.path.join(HERE, "django_client.py"),
                               str(world.port), *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("OK", done.stdout)

    def test_the_orm(self):
        self.check()

    def test_binding_at_the_server(self):
        import django

        if django.VERSION < (4, 2):
            self.skipTest("Django binds at the server from 4.2 on")
        self.check("server_side_binding")


if __name__ == "__main__":
    live.main()
