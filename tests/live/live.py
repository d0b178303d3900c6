"""What the live tests share: one private PostgreSQL and one proxy for a test program.

A test program is a file of unittest cases that ends with `live.main()`. It closes with one line of
counts. With DIRECT=1 in the environment the clients speak to the server itself: so the tests that
are not about expressions can be tried without a proxy.
"""

import os
import subprocess
import sys
import unittest

import cluster
import wire

DATABASE = "live"
TABLES = """
CREATE TABLE widgets (id int PRIMARY KEY, name text NOT NULL, price numeric(8,2), made date);
INSERT INTO widgets SELECT i, 'widget ' || i, i * 1.5, date '2024-01-01' + i
FROM generate_series(1, 20) i;
CREATE TABLE parts (id int PRIMARY KEY, widget_id int REFERENCES widgets, label text);
INSERT INTO parts SELECT i, i % 20 + 1, 'part ' || i FROM generate_series(1, 50) i;
CREATE SCHEMA other;
CREATE TABLE other.widgets (id int PRIMARY KEY, colour text);
INSERT INTO other.widgets VALUES (1, 'red'), (2, 'blue');
"""


class World:
    """The server and the proxy of this program, started when first asked for."""

    def __init__(self):
        self._server = self._proxy = None
        self.direct = os.environ.get("DIRECT") == "1"

    @property
    def server(self):
        if self._server is None:
            self._server = cluster.Cluster()
            self._server.psql("CREATE DATABASE %s" % DATABASE)
            self._server.psql(TABLES, DATABASE)
        return self._server

    @property
    def proxy(self):
        if self._proxy is None:
            self._proxy = cluster.Proxy("127.0.0.1:%d" % self.server.port)
        return self._proxy

    @property
    def port(self):
        """Where the clients of the tests connect."""
        return self.server.port if self.direct else self.proxy.port

    def dsn(self, **more):
        words = {"host": "127.0.0.1", "port": self.port, "user": "postgres", "dbname": DATABASE}
        words.update(more)
        return " ".join("%s=%s" % pair for pair in words.items())

    def faults(self):
        """What was wrong with the proxy, asked for at the end."""
        return self._proxy.close() if self._proxy is not None else []


world = World()


class Case(unittest.TestCase):
    """A test with connections that are closed after it."""

    def wire(self, **more):
        connection = wire.Connection("127.0.0.1", world.port, DATABASE, **more)
        self.addCleanup(connection.close)
        return connection

    def psycopg2(self, **more):
        import psycopg2

        connection = psycopg2.connect(world.dsn(**more))
        self.addCleanup(connection.close)
        return connection

    def psycopg(self, autocommit=True, **more):
        import psycopg

        connection = psycopg.connect(world.dsn(**more), autocommit=autocommit)
        self.addCleanup(connection.close)
        return connection

    def psql(self, *arguments, text=None, status=0):
        """psql's standard output and error; it must end with the given status."""
        done = subprocess.run(
            [os.path.join(world.server.bin, "psql"), "-X", "-q", "-A", "-t", "-d", world.dsn(),
             *arguments], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            check=False, timeout=60)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout, done.stderr

    def rows(self, result):
        """The rows of a wire.Result, which must not be an error."""
        self.assertIsNone(result.error, result.error)
        return result.rows

    def value(self, result):
        return self.rows(result)[0][0]

    def fails(self, result, sqlstate=None):
        """The fields of the error that a wire.Result must be."""
        self.assertIsNotNone(result.error, "no error; rows %s" % (result.rows,))
        if sqlstate is not None:
            self.assertEqual(result.error["C"], sqlstate, result.error)
        return result.error

    def points_at(self, statement, error, word):
        """The error's position, counted in characters, must be at the word."""
        at = int(error.get("P", "0"))
        self.assertGreater(at, 0, error)
        self.assertTrue(statement[at - 1:].startswith(word),
                        "points at %r, not %r: %s" % (statement[at - 1:at + 15], word, error))


def needs_proxy(test):
    """For tests that mean nothing without the proxy."""
    return unittest.skipIf(world.direct, "speaks to the server itself")(test)


class _Result(unittest.TextTestResult):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def main():
    """Runs the calling file's tests and ends the program."""
    name = os.path.basename(sys.argv[0])[:-3]
    program = unittest.main(exit=False, verbosity=0, testRunner=unittest.TextTestRunner(
        resultclass=_Result, verbosity=0))
    result = program.result
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    for fault in world.faults():
        print("FAIL " + fault)
        failed += 1
    print("%s: %d passed, %d failed, %d skipped"
          % (name, result.passed, failed, len(result.skipped)), flush=True)
    sys.exit(1 if failed or not result.passed else 0)
