#!/usr/bin/python3
"""What expressions know of the catalog: always the present, of this very session, whatever the
search_path holds; and `pgexpr compile`, which reads it over a connection of its own."""

import os
import subprocess
import tempfile

import cluster
import live
import psycopg2
from live import Case, world

PROGRAM = os.path.join(cluster.ROOT, "build", cluster.VARIANT, "pgexpr")

# Every kind of change that a shape depends on.
CHANGES = [
    "ALTER TABLE t ADD b int",
    "ALTER TABLE t RENAME b TO bb",
    "ALTER TABLE t DROP bb",
    "ALTER TABLE t ALTER a TYPE varchar(20)",
    "ALTER TABLE t ALTER a TYPE text",
    "ALTER TABLE t ALTER r SET NOT NULL",
    "ALTER TABLE t ALTER r SET DEFAULT 1",
    "ALTER TABLE t ALTER r DROP DEFAULT",
    "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (r) REFERENCES ref",
    "ALTER TABLE t RENAME CONSTRAINT f TO g",
    "ALTER TABLE ref RENAME TO ref2",
    "ALTER TABLE ref2 RENAME COLUMN id TO idd",
    "ALTER TABLE ref2 SET SCHEMA fp2",
    "ALTER SCHEMA fp2 RENAME TO fp3",
    "ALTER TYPE m RENAME TO m2",
    "ALTER DOMAIN d1 RENAME TO d2",
    "ALTER DOMAIN d2 SET SCHEMA fp3",
    "ALTER TYPE m2 SET SCHEMA fp3",
    "ALTER TABLE t DROP CONSTRAINT g",
    "ALTER TABLE t DROP CONSTRAINT t_pkey",
    "ALTER TABLE t ADD PRIMARY KEY (r)",
    "ALTER TABLE t ALTER r ADD GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE t RENAME TO tt",
]
# What leaves every shape as it is, so that no relation is read again for it.
NO_CHANGES = [
    "INSERT INTO t VALUES (1, 'a', 2)",
    "ANALYZE t",
    "VACUUM t",
    "COMMENT ON TABLE t IS 'x'",
    "CREATE INDEX ON t (a)",
    "ALTER TYPE m ADD VALUE 'b'",
]
LIES = """
CREATE SCHEMA evil;
CREATE FUNCTION evil.no(anyelement, anyelement) RETURNS bool LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR evil.= (leftarg = anyelement, rightarg = anyelement, function = evil.no);
CREATE FUNCTION evil.no_text(text, text) RETURNS bool LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR evil.= (leftarg = text, rightarg = text, function = evil.no_text);
CREATE FUNCTION evil.no_oid(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR evil.= (leftarg = oid, rightarg = oid, function = evil.no_oid);
CREATE OPERATOR evil.<> (leftarg = oid, rightarg = oid, function = evil.no_oid);
CREATE FUNCTION evil.quote_ident(text) RETURNS text LANGUAGE sql AS $$SELECT 'evil'$$;
CREATE FUNCTION evil.to_regclass(text) RETURNS regclass LANGUAGE sql AS 'SELECT NULL::regclass';
CREATE FUNCTION evil.format_type(oid, int) RETURNS text LANGUAGE sql AS $$SELECT 'evil'$$;
CREATE FUNCTION evil.pg_table_is_visible(oid) RETURNS bool LANGUAGE sql AS 'SELECT false';
CREATE TYPE evil.oid AS ENUM ('a');
CREATE VIEW evil.pg_class AS SELECT 1 AS x;
CREATE VIEW evil.pg_attribute AS SELECT 1 AS x;
"""


@live.needs_proxy
class Fingerprints(Case):
    """The SQL of the check itself, against every kind of change."""

    SETUP = """
        DROP SCHEMA IF EXISTS fp, fp2, fp3 CASCADE;
        CREATE SCHEMA fp; CREATE SCHEMA fp2; SET search_path = fp;
        CREATE TYPE m AS ENUM ('a'); CREATE DOMAIN d1 AS m;
        CREATE TABLE ref (id int PRIMARY KEY);
        CREATE TABLE t (id int PRIMARY KEY, a varchar(10), r int, mm m, ms m[], dv d1);
        INSERT INTO ref VALUES (2);
    """

    @classmethod
    def setUpClass(cls):
        # The text is a constant of the program.
        with open(PROGRAM, "rb") as program:
            data = program.read()
        start = data.index(b"SELECT q.n, c.oid, ")
        cls.check = data[start:data.index(b"\0", start)].decode()

    def setUp(self):
        self.connection = psycopg2.connect(world.server.conninfo(live.DATABASE))
        self.addCleanup(self.connection.close)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.cursor.execute(self.SETUP)
        self.cursor.execute("PREPARE ask (text[], text[], oid[]) AS " + self.check)
        self.cursor.execute("SELECT 't'::regclass::oid")
        self.oid = self.cursor.fetchone()[0]

    def fingerprint(self):
        self.cursor.execute("EXECUTE ask ('{\"\"}', '{\"\"}', '{%d}')" % self.oid)
        return self.cursor.fetchone()[3]

    def test_every_change_changes_it(self):
        before = self.fingerprint()
        for statement in NO_CHANGES:
            self.cursor.execute(statement)
            self.assertEqual(self.fingerprint(), before, statement)
        for statement in CHANGES:
            self.cursor.execute(statement)
            after = self.fingerprint()
            self.assertNotEqual(after, before, statement)
            before = after

    def test_every_change_within_a_transaction_and_back(self):
        before = self.fingerprint()
        self.connection.autocommit = False
        seen = {before}
        for statement in ("ALTER TABLE t ADD z int", "ALTER TABLE t ALTER z SET DEFAULT 1",
                          "ALTER TABLE t ALTER z SET DEFAULT 2", "ALTER TABLE t DROP z"):
            self.cursor.execute(statement)
            self.assertNotIn(self.fingerprint(), seen, statement)
            seen.add(self.fingerprint())
        self.connection.rollback()
        self.assertEqual(self.fingerprint(), before)


@live.needs_proxy
class Present(Case):
    """An expression sees what its session sees."""

    def columns(self, connection, expression):
        cursor = connection.cursor()
        cursor.execute("/*expr*/ " + expression)
        return [column.name for column in cursor.description]

    def test_own_changes_and_their_rollback(self):
        connection = self.psycopg2()
        cursor = connection.cursor()
        cursor.execute("CREATE TEMP TABLE widgets (mine int)")
        self.assertEqual(self.columns(connection, "select(widgets)"), ["mine"])
        cursor.execute("SAVEPOINT s")
        cursor.execute("ALTER TABLE widgets ADD more int")
        self.assertEqual(self.columns(connection, "select(widgets)"), ["mine", "more"])
        cursor.execute("ROLLBACK TO s")
        self.assertEqual(self.columns(connection, "select(widgets)"), ["mine"])
        self.assertEqual(self.columns(connection, "select(pg_temp.widgets)"), ["mine"])
        connection.rollback()
        self.assertEqual(self.columns(connection, "select(widgets)")[0], "id")

    def test_search_path(self):
        connection = self.psycopg2()
        cursor = connection.cursor()
        plain = self.columns(connection, "select(widgets)")
        connection.commit()
        for change in ("SET LOCAL search_path = other",
                       "SELECT set_config('search_path', 'other', true)"):
            cursor.execute(change)
            self.assertEqual(self.columns(connection, "select(widgets)"), ["id", "colour"], change)
            connection.rollback()
            self.assertEqual(self.columns(connection, "select(widgets)"), plain, change)
            connection.rollback()

    def test_changes_of_another_session(self):
        proxy = cluster.Proxy("127.0.0.1:%d" % world.server.port,
                              options=("--catalog-check", "always"))
        connection = psycopg2.connect(world.server.conninfo(live.DATABASE), port=proxy.port)
        connection.autocommit = True
        try:
            world.server.psql("CREATE TABLE shifting (a int)", live.DATABASE)
            expected = ["a"]
            for name in "bcd":
                self.assertEqual(self.columns(connection, "select(shifting)"), expected)
                world.server.psql("ALTER TABLE shifting ADD %s int" % name, live.DATABASE)
                expected.append(name)
            self.assertEqual(self.columns(connection, "select(shifting)"), expected)
        finally:
            connection.close()
            world.server.psql("DROP TABLE IF EXISTS shifting", live.DATABASE)
            self.assertEqual(proxy.close(), [])

    def test_a_search_path_that_lies(self):
        world.server.psql(LIES, live.DATABASE)
        self.addCleanup(world.server.psql, "DROP SCHEMA evil CASCADE", live.DATABASE)
        connection = self.psycopg2()
        cursor = connection.cursor()
        expression = "/*expr*/ select(parts.c.id, parts.fk.widget.c.name).order_by(parts.c.id).limit(3)"
        cursor.execute(expression)
        rows = cursor.fetchall()
        self.assertEqual(len(rows), 3)
        cursor.execute("SET search_path = evil, pg_catalog, public")
        cursor.execute(expression)
        # The join's own = is the search_path's, as it would be in SQL: the left side is whole.
        self.assertEqual([row[0] for row in cursor.fetchall()], [row[0] for row in rows])
        with self.assertRaises(psycopg2.Error) as caught:
            cursor.execute("/*expr*/ select(widgetz.c.id)")
        self.assertEqual(caught.exception.pgcode, "42P01")
        self.assertIn('"widgets"', caught.exception.diag.message_hint)

    def test_a_schema_without_usage_is_empty(self):
        world.server.psql("CREATE ROLE guest LOGIN; CREATE SCHEMA closed; "
                          "CREATE TABLE closed.secrets (a int)", live.DATABASE)
        self.addCleanup(world.server.psql, "DROP SCHEMA closed CASCADE; DROP ROLE guest",
                        live.DATABASE)
        connection = self.psycopg2(user="guest")
        cursor = connection.cursor()
        with self.assertRaises(psycopg2.Error) as caught:
            cursor.execute("/*expr*/ select(closed.secrets.c.a)")
        self.assertEqual(caught.exception.pgcode, "42P01")
        connection.rollback()
        self.assertEqual(self.columns(connection, "select(pg_catalog.pg_class.c.oid).limit(1)"),
                         ["oid"])

    def test_a_table_named_as_a_schema(self):
        connection = self.psycopg2()
        connection.cursor().execute("CREATE TABLE public.other (x int)")
        self.assertEqual(self.columns(connection, "select(other)"), ["x"])
        self.assertEqual(self.columns(connection, "select(other.c.x)"), ["x"])
        self.assertEqual(self.columns(connection, "select(other.widgets)"), ["id", "colour"])

    def test_a_schema_that_is_not_there_or_not_meant(self):
        connection = self.psycopg2()
        connection.autocommit = True
        for expression, said in (("select(othr.widgets.c.id)", 'Perhaps you meant "other".'),
                                 ("select(tables['othr.widgets'])", 'Perhaps you meant "other".'),
                                 ("select(xyzzyxyz.widgets)", '"xyzzyxyz" is no schema'),
                                 ("select(other.widgetz)", 'Perhaps you meant "widgets".'),
                                 ("select(pg_catalog.pg_clas)", 'Perhaps you meant "pg_class".'),
                                 ("select(other)", '"other" is a schema')):
            with self.assertRaises(psycopg2.Error) as caught:
                connection.cursor().execute("/*expr*/ " + expression)
            self.assertEqual(caught.exception.pgcode, "42P01")
            self.assertIn(said, caught.exception.diag.message_hint or "", expression)

    def test_names_that_the_client_encoding_cannot_hold(self):
        world.server.psql('CREATE TABLE mixed (id int, "имя" int, "é" int)', live.DATABASE)
        self.addCleanup(world.server.psql, "DROP TABLE mixed", live.DATABASE)
        connection = self.psycopg2()
        connection.set_client_encoding("LATIN1")
        self.assertEqual(self.columns(connection, "select(mixed.c.id)"), ["id"])
        self.assertEqual(self.columns(connection, "select(mixed.c.é)"), ["é"])

    def test_every_kind_of_relation(self):
        connection = self.psycopg2()
        cursor = connection.cursor()
        cursor.execute("""
            CREATE TABLE parted (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
            CREATE TABLE to_parted (i int, d date, FOREIGN KEY (i, d) REFERENCES parted);
            CREATE VIEW a_view AS SELECT id FROM widgets;
            CREATE MATERIALIZED VIEW a_matview AS SELECT id FROM widgets;
            CREATE TABLE "Odd ""Name" ("Col umn" int);""")
        for name in ("parted", "part_1"):
            self.assertEqual(self.columns(connection, "select(%s)" % name), ["id", "at"])
        for name in ("a_view", "a_matview"):
            self.assertEqual(self.columns(connection, "select(%s)" % name), ["id"])
        self.assertEqual(self.columns(connection, "select(tables['Odd \"Name'])"), ["Col umn"])
        # One key, although PostgreSQL keeps one more for each partition.
        self.assertEqual(self.columns(connection, "select(to_parted.c.i, to_parted.fk.parted.c.at)"),
                         ["i", "at"])
        self.assertEqual(self.columns(connection, "select(to_parted.c.i).join(parted)"), ["i"])


@live.needs_proxy
class Compile(Case):
    """`pgexpr compile`."""

    def run_compile(self, *arguments, text=None):
        return subprocess.run([PROGRAM, "compile", "--db", world.server.conninfo(live.DATABASE),
                               *arguments], input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=60)

    SQL = "SELECT widgets.id FROM widgets\n"

    def test_text_file_and_standard_input(self):
        expression = "select(widgets.c.id)"
        with tempfile.NamedTemporaryFile("w", suffix=".expr") as file:
            file.write(expression)
            file.flush()
            for done in (self.run_compile(expression), self.run_compile("--file", file.name),
                         self.run_compile(text=expression), self.run_compile("-", text=expression),
                         self.run_compile("/*expr*/ " + expression)):
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(done.stdout, self.SQL)

    def test_a_query_around_it(self):
        done = self.run_compile("EXPLAIN /* expr */ select(widgets.c.id)")
        self.assertEqual(done.stdout, "EXPLAIN " + self.SQL)

    def test_a_mistake_has_a_caret_and_a_hint(self):
        done = self.run_compile("x = widgets.alias('é')\nselect(x.c.nme)")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        lines = done.stderr.splitlines()
        self.assertTrue(lines[0].startswith("ERROR:  "), done.stderr)
        self.assertEqual(lines[1], "LINE 2: select(x.c.nme)")
        self.assertEqual(lines[1][lines[2].index("^"):], "nme)")
        self.assertEqual(lines[3], 'HINT:  Perhaps you meant "name".')

    def test_a_warning_is_no_mistake(self):
        done = self.run_compile("select(widgets.c.id, parts.c.id)")
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stderr.startswith("WARNING:  "), done.stderr)

    def test_trouble_is_not_a_mistake(self):
        for arguments in (("--file", "/nonexistent/file"), ("a", "b"), ("--nonsense",),
                          ("--db", "host=127.0.0.1 port=1", "select(widgets.c.id)")):
            done = self.run_compile(*arguments)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(done.stdout, "")
            self.assertNotEqual(done.stderr, "")


if __name__ == "__main__":
    live.main()
