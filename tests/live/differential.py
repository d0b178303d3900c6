#!/usr/bin/env python3
"""Random sequences of frontend messages, directly and through the proxy: the replies must be the same.

    differential.py [--seed N] [--count M]

Every sequence is made from a seed: pipelines of Parse, Bind, Describe, Execute, Close, Flush, Sync, Query,
FunctionCall and the COPY messages in any order, with errors anywhere. The same bytes go to the server
itself and to the proxy, in pieces cut at random; what comes back must be the same bytes once process
ids and cancel keys are masked.

Some statements have a twin: an expression on the side of the proxy, on the direct side the SQL that it
compiles to. The answers must be the same but for the place in the text that an error points to. So the
messages that the proxy puts into the stream for itself must leave no trace there.

One trace is known, and only counted: a batch in which the proxy has asked, behind a Bind, is a pipeline to the
server, which then refuses a VACUUM or DISCARD ALL behind it even if it is the first that the client executes.
"""

import argparse
import random
import struct
import sys

import cluster as live
import wire

STATEMENTS = [
    "SELECT 1", "SELECT 1 AS one, 'x' AS two", "SELECT $1::int + 1", "SELECT $1::text, $2::int",
    "SELECT generate_series(1, 5)", "SELECT 1 / 0", "SELECT 1 / $1::int", "SELEC 1", "", ";",
    "SELECT no_such_column", "SELECT * FROM no_such_table", "BEGIN", "COMMIT", "ROLLBACK",
    "SAVEPOINT s", "ROLLBACK TO s", "RELEASE s", "SET application_name = 'x'",
    "SET standard_conforming_strings = off", "SET standard_conforming_strings = on",
    "SET LOCAL search_path = pg_catalog", "SHOW search_path", "RESET ALL",
    "CREATE TEMP TABLE d (i int, t text)", "INSERT INTO d VALUES (1, 'a'), (2, 'b')",
    "SELECT * FROM d", "DROP TABLE d", "UPDATE d SET i = i + 1 RETURNING *",
    "DO $$ BEGIN RAISE NOTICE 'n %', 1; END $$", "DO $$ BEGIN RAISE WARNING 'w'; RAISE EXCEPTION 'e'; END $$",
    "LISTEN here", "NOTIFY here, 'payload'", "UNLISTEN *", "DEALLOCATE ALL", "DISCARD ALL", "CLOSE ALL",
    "PREPARE p AS SELECT 1", "EXECUTE p", "DECLARE c CURSOR FOR SELECT generate_series(1, 10)",
    "FETCH 3 FROM c", "SELECT 1; SELECT 2", "SELECT 1; SELECT 1 / 0; SELECT 3", "BEGIN; SELECT 1",
    "SELECT 1; COMMIT", "COPY (SELECT generate_series(1, 3)) TO STDOUT", "COPY d FROM STDIN",
    "COPY d FROM STDIN; SELECT 5", "SELECT 1; COPY d FROM STDIN", "VACUUM no_such", "SET no.such = 1",
    "SELECT '/*expr*/ no tag'", "SELECT $$ /*expr*/ $$", "SELECT repeat('x', 20000)",
    "SELECT set_config('search_path', 'public', false)", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
]
NAMES = ["", "", "", "a", "b"]

# Expressions over the tables of SETUP; their SQL is asked of the proxy.
EXPRESSIONS = [
    "select(t.c.id, t.c.name).order_by(t.c.id)", "select(func.count()).select_from(t)",
    "select(t.c.id).where(t.c.id == 1)", "select(t.c.name.label('n')).where(t.c.id > 1).order_by('n')",
    "select(t.c.id / 0).where(t.c.id == 1)", "select(func.no_such_function(t.c.id))",
    "select(t.c.id, u.c.id).join(u).order_by(t.c.id, u.c.id)", "insert(u).values(id=100, t_id=1)",
    "update(t).values(name='z').where(t.c.id == 1).returning(t.c.id)", "delete(u).where(u.c.id == 100)",
]
SETUP = """CREATE TABLE t (id int PRIMARY KEY, name text); CREATE TABLE u (id int PRIMARY KEY, t_id int REFERENCES t);
INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, NULL); INSERT INTO u VALUES (10, 1), (20, 2), (21, 2)"""


class Sequence:
    """The messages of one seed, for either side."""

    def __init__(self, seed, twins):
        self.random = random.Random(seed)
        self.twins = twins
        self.direct, self.proxied = [], []
        for _ in range(self.random.randint(1, 25)):
            getattr(self, "_" + self.random.choices(
                ["query", "parse", "bind", "describe", "execute", "close", "flush", "sync", "whole",
                 "function", "copy", "unknown"],
                [10, 12, 14, 8, 14, 4, 5, 8, 12, 2, 8, 0.3])[0])()
        # However the sequence ends, this brings any session back to where a Query is answered.
        self._add(wire.message(b"f", b"over\0") + wire.message(b"S"))
        self.marker = "end of %d" % seed
        self._add(wire.message(b"Q", wire.cstring("ROLLBACK; SELECT '%s'" % self.marker)))

    def _add(self, data, proxied=None):
        self.direct.append(data)
        self.proxied.append(data if proxied is None else proxied)

    def _statement(self):
        if self.twins and self.random.random() < 0.4:
            return self.random.choice(self.twins)
        text = self.random.choice(STATEMENTS)
        return text, text

    def _query(self):
        one, other = self._statement()
        self._add(wire.message(b"Q", wire.cstring(one)), wire.message(b"Q", wire.cstring(other)))

    def _parse(self, name=None):
        name = self.random.choice(NAMES) if name is None else name
        one, other = self._statement()
        head = wire.cstring(name)
        self._add(wire.message(b"P", head + wire.cstring(one) + b"\0\0"),
                  wire.message(b"P", head + wire.cstring(other) + b"\0\0"))

    def _bind(self, portal=None, name=None):
        values = [self.random.choice(["0", "1", "x", None]) for _ in range(self.random.choice([0, 0, 0, 1, 2]))]
        self._add(wire.message(b"B", wire.cstring(self.random.choice(NAMES) if portal is None else portal)
                               + wire.cstring(self.random.choice(NAMES) if name is None else name)
                               + struct.pack("!HH", 0, len(values)) + b"".join(map(wire.bound, values))
                               + struct.pack("!H", 0)))

    def _describe(self):
        self._add(wire.message(b"D", self.random.choice([b"S", b"P", b"S", b"P", b"Q"])
                               + wire.cstring(self.random.choice(NAMES))))

    def _execute(self, portal=None):
        self._add(wire.message(b"E", wire.cstring(self.random.choice(NAMES) if portal is None else portal)
                               + struct.pack("!I", self.random.choice([0, 0, 0, 1, 2]))))

    def _close(self):
        self._add(wire.message(b"C", self.random.choice([b"S", b"P"]) + wire.cstring(self.random.choice(NAMES))))

    def _flush(self):
        self._add(wire.message(b"H"))

    def _sync(self):
        self._add(wire.message(b"S"))

    def _whole(self):
        """A statement as a driver runs it."""
        name = self.random.choice(NAMES)
        self._parse(name)
        self._bind("", name)
        if self.random.random() < 0.5:
            self._add(wire.message(b"D", b"P\0"))
        self._execute("")
        if self.random.random() < 0.6:
            self._sync()

    def _function(self):
        oid = self.random.choice([1598, 77777])  # random() has no argument, the other does not exist
        self._add(wire.message(b"F", struct.pack("!IHHH", oid, 0, self.random.choice([0, 1]) * 0, 0)))

    def _copy(self):
        kind = self.random.choice([b"d", b"d", b"d", b"c", b"f"])
        body = {b"d": self.random.choice([b"1\ta\n", b"2\tb\n", b"bad\n", b""]), b"c": b"", b"f": b"why\0"}[kind]
        self._add(wire.message(kind, body))

    def _unknown(self):
        self._add(wire.message(b"y", b"?"))


def answers(port, database, pieces, marker, rng):
    """Sends the bytes in random pieces; every message that comes back up to the marker, or the end."""
    connection = wire.Connection("127.0.0.1", port, database, timeout=10)
    data = b"".join(pieces)
    got = []
    try:
        at = 0
        while at < len(data):
            size = rng.choice([1, 3, 17, 100, 4000, len(data)])
            connection.send(data[at:at + size])
            at += size
        seen = False
        while True:
            kind, body = connection.read_any()
            got.append((kind, body))
            seen = seen or (kind == b"D" and marker.encode() in body)
            if seen and kind == b"Z":
                break
    except wire.Broken as error:
        got.append((b"!", str(error).encode()))
    except ConnectionError:
        got.append((b"!", b"the connection was closed"))
    except OSError as error:
        got.append((b"!", repr(error).encode()))
    connection.sock.close()
    return [masked(kind, body) for kind, body in got]


def same(direct, proxied):
    """Whether the two sides saw the same. A server that closes while bytes of the client are unread
    resets the connection, and the kernel may then lose its last words: both must have ended, and what was
    heard must agree."""
    if direct and proxied and direct[-1][0] == proxied[-1][0] == b"!":
        heard = [[kind_body for kind_body in side if kind_body[0] != b"!"] for side in (direct, proxied)]
        length = min(map(len, heard))
        return heard[0][:length] == heard[1][:length]
    return direct == proxied


def masked(kind, body):
    """A message without what may differ: process ids, positions in texts that are not the same."""
    if kind in (b"E", b"N"):
        parts = [part for part in body.split(b"\0") if part and part[:1] not in (b"P", b"L", b"F", b"R")]
        return kind, b"\0".join(parts)
    if kind == b"A":
        return kind, body[4:]
    if kind == b"T":  # a temporary table's identifier is whatever comes next
        return kind, repr([(name, oid, modifier) for name, oid, modifier in wire.columns_of(body)])
    if kind == b"K":
        return kind, b""
    if kind == b"V":
        return kind, b""  # random()
    return kind, body


def twins_of(proxy_port):
    """(SQL, expression) pairs: the proxy is asked what it compiles."""
    connection = wire.Connection("127.0.0.1", proxy_port, "proxied")
    pairs = []
    for text in EXPRESSIONS:
        result = connection.query("/*expr sql*/ " + text)
        if result.error:
            raise live.LiveError("%s: %s" % (text, result.error))
        pairs.append((result.rows[0][0], "/*expr*/ " + text))
    connection.close()
    return pairs


def prepare(server):
    """A database for each side, so that what a sequence commits is there on its own side only."""
    server.psql("CREATE DATABASE direct")
    server.psql(SETUP, "direct")
    server.psql("CREATE DATABASE proxied TEMPLATE direct")  # the same object identifiers


def is_known(direct, proxied):
    """Whether they differ first by the one trace that is known."""
    pairs = zip(direct, proxied)
    first = next(((one, other) for one, other in pairs if one != other), None)
    return (first is not None and first[0][0] in (b"C", b"E")
            and b"cannot be executed within a pipeline" in first[1][1])


def differences(server_port, proxy_port, seeds, report=print):
    """How many of the seeds give different answers."""
    twins = twins_of(proxy_port)
    found = 0
    for seed in seeds:
        sequence = Sequence(seed, twins)
        direct = answers(server_port, "direct", sequence.direct, sequence.marker, random.Random(seed))
        proxied = answers(proxy_port, "proxied", sequence.proxied, sequence.marker, random.Random(seed + 1))
        if same(direct, proxied):
            continue
        if is_known(direct, proxied):
            report("seed %d: refused as in a pipeline" % seed)
        else:
            found += 1
            report("seed %d differs" % seed)
            for piece in sequence.proxied:
                report("    sent %r" % piece[:150])
            for i in range(max(len(direct), len(proxied))):
                one = direct[i] if i < len(direct) else None
                other = proxied[i] if i < len(proxied) else None
                report("  %s %r%s" % ("  " if one == other else "->", one,
                                     "" if one == other else "   proxied: %r" % (other,)))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    server = live.Cluster()
    prepare(server)
    proxy = live.Proxy("127.0.0.1:%d" % server.port)
    seeds = range(options.seed, options.seed + options.count)
    failed = differences(server.port, proxy.port, seeds)
    faults = proxy.close()
    for fault in faults:
        print(fault)
    print("%d passed, %d failed" % (options.count - failed, failed + len(faults)))
    return 1 if failed or faults else 0


if __name__ == "__main__":
    sys.exit(main())
