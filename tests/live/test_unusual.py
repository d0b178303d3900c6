#!/usr/bin/python3
"""Clients and servers written by hand, that do what no driver does.

What a client may legally send, in odd orders and shapes, gets the server's own replies: the same messages go to
the server itself with the SQL that an expression compiles to in its place. What a server says that breaks the
protocol, in answer to a question of the proxy's own, costs its session at most: the client sees nothing of the
question, and the proxy goes on.
"""

import socket
import struct
import threading
import time
import unittest

import cluster
import differential
import live
import scripted
import wire
from live import Case, world

Z = wire.message(b"Z", b"I")
FLUSH, SYNC, TERMINATE = wire.message(b"H"), wire.message(b"S"), wire.message(b"X")
DATA, DONE = wire.message(b"d", b"1\n"), wire.message(b"c")
EXPRESSIONS = {
    "one": "select(widgets.c.id).where(widgets.c.id == 1)", "all": "select(widgets).order_by(widgets.c.id)",
    "zero": "select(widgets.c.id / 0)",
    "insert": "insert(parts).values(id=900, widget_id=1, label='x').returning(parts.c.id)",
}
PARAMETER = ("select(widgets.c.name).where(widgets.c.id == $1)", "SELECT widgets.name FROM widgets WHERE widgets.id = $1")
LONG = "n" * 9000


def query(text):
    return wire.message(b"Q", wire.cstring(text))


def parse(text, name="", types=b"\0\0"):
    return wire.message(b"P", wire.cstring(name) + wire.cstring(text) + types)


def bind(portal="", name="", rest=b"\0\0\0\0\0\0"):
    return wire.message(b"B", wire.cstring(portal) + wire.cstring(name) + rest)


def describe(kind, name=""):
    return wire.message(b"D", kind + wire.cstring(name))


def execute(portal="", rows=0):
    return wire.message(b"E", wire.cstring(portal) + struct.pack("!I", rows))


def close(kind, name=""):
    return wire.message(b"C", kind + wire.cstring(name))


def whole(text, name="", portal=""):
    return parse(text, name) + bind(portal, name) + describe(b"P", portal) + execute(portal)


def function(oid=1598):
    return wire.message(b"F", struct.pack("!IHHH", oid, 0, 0, 0))


def queries(*texts):
    return b"".join(map(query, texts))


def shorts(*values):
    return struct.pack("!%dH" % len(values), *values)


def value(data):
    return struct.pack("!i", len(data)) + data


def sequences(t):
    """Names and messages; t has the texts of this side."""
    one, every = t["one"], t["all"]
    yield "flushes alone", whole(one) + FLUSH + whole(every, "", "p") + FLUSH + whole("SELECT 1") + FLUSH + SYNC
    yield "names that nobody knows", (close(b"S", "x") + parse(one, "a") + close(b"P", "x") + close(b"S", "a")
                                      + bind("", "a") + SYNC + close(b"S", "a") + SYNC)
    yield "a portal behind an error", (parse(one, "s") + bind("p", "s") + parse("SELECT no") + describe(b"P", "p")
                                       + execute("p") + SYNC + describe(b"P", "p") + SYNC + describe(b"S", "s") + SYNC)
    yield "function calls in a batch", (whole(one) + function() + SYNC + whole(one) + function(77777) + whole(one) + SYNC
                                        + parse(one) + function() + bind() + execute() + SYNC)
    yield "one name for several", (parse(one, "s") + parse(every, "s") + SYNC + bind("", "s") + execute() + SYNC
                                   + close(b"S", "s") + parse(every, "s") + bind("", "s") + execute() + SYNC
                                   + parse("SELECT no", "s") + SYNC + parse(t["zero"], "s") + SYNC)
    yield "65535 types of parameters", parse(one, "", b"\xff\xff" + 65535 * b"\0\0\0\x17") + describe(b"S") + SYNC
    yield "types that are not there", parse(one, "", b"\xff\xff\0\0\0\x17") + SYNC + whole(one) + SYNC
    yield "something behind the types", parse(one, "", b"\0\0more") + SYNC + whole(one) + SYNC
    yield "the unnamed statement across Syncs", (
        parse(every) + SYNC + bind("c") + SYNC + bind("c") + execute("c", 2) + execute("c", 2) + SYNC + execute("c")
        + SYNC + query("SELECT 1") + bind() + SYNC + parse(one) + query(one) + bind() + execute() + SYNC)
    yield "formats of results", (
        parse(every) + bind("", "", b"\0\0\0\0" + shorts(1, 1)) + describe(b"P") + execute() + SYNC
        + parse(every) + bind("", "", b"\0\0\0\0" + shorts(2, 1, 0)) + SYNC
        + parse(every) + bind("", "", b"\0\0\0\0" + shorts(4, 1, 0, 1, 0)) + describe(b"P") + execute() + SYNC)
    given = t["parameter"]
    yield "formats and numbers of parameters", (
        parse(given) + describe(b"S") + bind("", "", shorts(0, 1) + value(b"2") + shorts(0)) + execute() + SYNC
        + parse(given) + bind("", "", shorts(1, 1, 1) + value(b"\0\0\0\3") + shorts(0)) + execute() + SYNC
        + bind("", "", shorts(0, 0, 0)) + SYNC + parse(given, "", shorts(1) + b"\0\0\0\x19") + SYNC
        + parse(given, "", shorts(2) + b"\0\0\0\x17\0\0\0\x19") + describe(b"S") + SYNC
        + parse(given) + bind("", "", shorts(0, 1) + b"\xff\xff\xff\xff" + shorts(0)) + execute() + SYNC)
    yield "suspended, closed, gone on with", (
        parse(every) + bind("p") + execute("p", 1) + execute("p", 2) + close(b"P", "p") + execute("p") + SYNC
        + query("BEGIN") + parse(every, "z") + bind("p", "z") + execute("p", 3) + SYNC + whole(one) + SYNC
        + execute("p", 3) + SYNC + query(one) + execute("p", 1) + SYNC + query("COMMIT") + execute("p", 1) + SYNC)
    yield "two portals by turns", (
        parse(one, "a") + bind("pa", "a") + parse(every, "b") + bind("pb", "b") + execute("pb", 1) + execute("pa", 1)
        + execute("pb", 1) + execute("pa", 1) + close(b"P", "pa") + bind("pa", "b") + execute("pa", 1) + bind("pa", "b") + SYNC)
    yield "a Query in a batch", (parse(one) + bind() + execute() + query(one) + bind() + SYNC + parse(one, "k")
                                 + query("SELECT 1; %s; SELECT 2" % one) + bind("", "k") + execute() + SYNC)
    yield "all that is skipped", (parse("SELECT no") + query(one) + whole(one) + function() + close(b"S", "a") + FLUSH
                                  + SYNC + query(one))
    yield "nothing to do", (queries("", ";", ";;;", "-- x", "/* x */", " \n\t") + parse("") + describe(b"S") + bind()
                            + describe(b"P") + execute() + SYNC + whole("-- x") + SYNC)
    yield "several statements", (queries(
        one + "; SELECT 1", "SELECT 1; " + one, "BEGIN; %s; COMMIT" % one, "%s;%s;" % (one, one), ";%s;;" % one,
        "CREATE TEMP TABLE q (i int); %s; DROP TABLE q" % one, "%s; SELECT 1/0; %s" % (one, one), "BEGIN; " + one,
        t["zero"], one, "ROLLBACK", "BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; %s; COMMIT" % one)
                                 + parse(one + "; SELECT 1") + SYNC)
    yield "savepoints", queries("BEGIN", one + "; SAVEPOINT x; SELECT 1/0", one, "ROLLBACK", "BEGIN", "SAVEPOINT x",
                                t["zero"], "ROLLBACK TO x", one, "COMMIT")
    yield "long names", (parse(one, LONG) + bind(LONG, LONG) + describe(b"S", LONG) + describe(b"P", LONG)
                         + execute(LONG) + close(b"P", LONG) + close(b"S", LONG) + SYNC)
    yield "names longer than a Describe", parse(one, 8 * LONG) + bind("x", 8 * LONG) + execute("x") + SYNC
    yield "a Describe that is too long", parse(one, "s") + SYNC + describe(b"S", "m" * 10000) + SYNC
    yield "a NUL within", wire.message(b"Q", one.encode() + b"\0more\0")
    yield "no NUL", wire.message(b"Q", one.encode())
    yield "a Parse without NUL", wire.message(b"P", b"\0" + one.encode()) + SYNC + query(one)
    yield "bodies that are empty", b"".join(wire.message(letter) + SYNC for letter in (b"P", b"B", b"D", b"E", b"C"))
    yield "targets that are none", parse(one, "s") + describe(b"X", "s") + SYNC + close(b"X", "s") + SYNC + describe(b"S", "s") + SYNC
    yield "COPY out", (queries("COPY (%s) TO STDOUT" % every, "COPY (%s) TO STDOUT; SELECT 1; %s" % (one, one))
                       + whole("COPY (%s) TO STDOUT" % one) + SYNC)
    yield "COPY in", (queries("CREATE TEMP TABLE ci (i int)", "COPY ci FROM STDIN; " + one) + DATA + DONE
                      + queries("SELECT count(*) FROM ci; " + one, "%s; COPY ci FROM STDIN; %s" % (one, every)) + DATA
                      + wire.message(b"f", b"why\0") + query(one))
    yield "stray data", DATA + DONE + wire.message(b"f", b"a\0") + query(one) + DATA + whole(one) + DONE + SYNC
    yield "inside of other statements", queries(
        "BEGIN", t["insert"], t["insert"], "ROLLBACK", "BEGIN", "CREATE TEMP TABLE iw AS " + every, "INSERT INTO iw " + every,
        "WITH q AS (%s) SELECT * FROM q" % one, "SELECT * FROM (%s) x, (%s) y LIMIT 3" % (one, every),
        "EXPLAIN (COSTS off) " + one, "PREPARE ps AS " + one, "EXECUTE ps", "DECLARE dc CURSOR FOR " + every,
        "FETCH 2 FROM dc", "ROLLBACK")
    yield "reports with every field", (queries(
        "DO $$ BEGIN RAISE WARNING 'w %', 1 USING DETAIL = 'd', HINT = 'h', ERRCODE = '22012', COLUMN = 'c', CONSTRAINT = 'k', "
        "DATATYPE = 't', TABLE = 'tb', SCHEMA = 's'; END $$; " + one, "DO $$ BEGIN RAISE EXCEPTION 'e' USING DETAIL = 'd', "
        "HINT = 'h', COLUMN = 'c'; END $$; " + one) + whole("DO $$ BEGIN RAISE NOTICE 'n'; END $$") + whole(one) + SYNC)
    yield "many", query("SELECT repeat('x', 1000000)") + 200 * whole(every) + SYNC
    yield "transactions in a batch", (
        whole("BEGIN") + whole(one) + whole("COMMIT") + whole(one) + whole("ROLLBACK") + SYNC + whole("BEGIN") + SYNC
        + whole(t["zero"]) + whole(one) + whole("ROLLBACK") + SYNC + whole(one) + whole("ROLLBACK") + SYNC)
    yield "all is forgotten", (parse(one, "s") + SYNC + query("DISCARD ALL") + bind("", "s") + SYNC + parse(one, "s")
                               + bind("", "s") + execute() + SYNC + whole("DEALLOCATE ALL") + SYNC + bind("", "s") + SYNC)
    yield "notifications", queries("LISTEN a", "NOTIFY a, 'x'; " + one) + whole(one) + whole("NOTIFY a, 'y'") + whole(one) + SYNC
    yield "Syncs and Flushes", 20 * SYNC + whole(one) + 20 * SYNC + 20 * FLUSH + query(one) + FLUSH + SYNC
    yield "settings", (queries("SET standard_conforming_strings = off", one) + whole("SET standard_conforming_strings = on")
                       + whole(one) + SYNC + query("SET client_encoding = latin1") + whole("SET client_encoding = sjis")
                       + whole(one) + SYNC + queries("SET client_encoding = sql_ascii; " + one, one))
    yield "held cursors", (queries("BEGIN", "DECLARE h CURSOR WITH HOLD FOR " + every, "COMMIT") + whole("FETCH 2 FROM h")
                           + whole(one) + whole("FETCH 2 FROM h") + SYNC)
    yield "roles and paths", (queries("CREATE ROLE unusual", "SET ROLE unusual", one) + whole(one) + SYNC + queries(
        "RESET ROLE", "DROP ROLE unusual", "SET search_path = other", one, "SET search_path = nowhere", one)
                              + whole("SET search_path = public") + whole(one) + SYNC)
    yield "what wants to be alone", queries(one, "VACUUM parts") + whole(one) + SYNC + whole("VACUUM parts") + SYNC + query(one + "; VACUUM parts")
    yield "read only", queries("BEGIN READ ONLY", t["insert"], one, "ROLLBACK")
    yield "a password", wire.message(b"p", b"x\0") + query(one)
    yield "an unknown letter", whole(one) + SYNC + wire.message(b"y", b"?")
    yield "Terminate in a batch", whole(one) + TERMINATE
    yield "something behind Terminate", parse(one) + TERMINATE + query("SELECT 1")


@live.needs_proxy
class Clients(Case):
    def texts(self):
        """(direct, proxied) texts by name."""
        connection = self.wire()
        direct = {name: self.value(connection.query("/*expr sql*/ " + text)) for name, text in EXPRESSIONS.items()}
        proxied = {name: "/*expr*/ " + text for name, text in EXPRESSIONS.items()}
        proxied["parameter"], direct["parameter"] = "/*expr*/ " + PARAMETER[0], PARAMETER[1]
        return direct, proxied

    def heard(self, port, data, how):
        """What a client that sends this, all at once or in pieces, hears to the end."""
        end = b"" if how == "half-closed" else query("ROLLBACK; SELECT 'the end'") + TERMINATE
        connection = wire.Connection("127.0.0.1", port, live.DATABASE, timeout=20)
        sock = connection.sock

        def send():
            try:
                step = 7 if how == "in pieces" else len(data) + len(end)
                for at in range(0, len(data) + len(end), step):
                    sock.sendall((data + end)[at:at + step])
                if how == "half-closed":
                    sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        sender = threading.Thread(target=send)
        sender.start()
        got = []
        try:
            while True:
                got.append(differential.masked(*connection.read_any()))
        except (wire.Broken, ConnectionError):
            got.append((b"!", b""))
        sender.join()
        sock.close()
        return got

    def test_the_replies_are_the_servers(self):
        texts = self.texts()
        for (name, direct), (_, proxied) in zip(*map(sequences, texts)):
            for how in ("at once", "in pieces", "half-closed"):
                if name == "many" and how == "in pieces":
                    continue
                with self.subTest(name, how=how):
                    one = self.heard(world.server.port, direct, how)
                    other = self.heard(world.proxy.port, proxied, how)
                    if not differential.same(one, other):
                        self.assertEqual(one, other)


def row(*columns):
    return wire.message(b"D", shorts(len(columns)) + b"".join(
        struct.pack("!i", -1) if column is None else value(column) for column in columns))


def error(*fields):
    return wire.message(b"E", b"".join(field + b"\0" for field in fields) + b"\0")


PARSED, BOUND, CLOSED = (wire.message(letter) for letter in (b"1", b"2", b"3"))
BEGIN, END = PARSED + BOUND, wire.message(b"C", b"SELECT 1\0") + CLOSED + CLOSED + Z
FOUND = row(b"0", b"16384", b"fingerprint", b"t")
NOTICE = wire.message(b"N", b"SNOTICE\0VNOTICE\0C00000\0Mby the way\0\0")
REFUSED = error(b"SERROR", b"VERROR", b"C57014", b"Mno", b"P12")

# What a server answers a question with; what the client may hear of it is an error and its end, or what comes
# at any time.
ANSWERS = {
    "no rows": BEGIN + END, "a row of nothing": BEGIN + row() + END, "nulls": BEGIN + row(*[None] * 8) + END,
    "64 columns": BEGIN + row(*[b"1"] * 64) + END, "65 columns": BEGIN + row(*[b"1"] * 65) + END,
    "65535 columns": BEGIN + row(*[None] * 65535) + END, "lying columns": BEGIN + wire.message(b"D", b"\0\1\x7f\xff\xff\xffx") + END,
    "a negative size": BEGIN + wire.message(b"D", b"\0\1\xff\xff\xff\xfex") + END, "half a row": BEGIN + wire.message(b"D", b"\0\5") + END,
    "no body": BEGIN + wire.message(b"D") + END, "an item that was not asked for": BEGIN + row(b"5", b"1", b"f", b"t") + END,
    "a negative item": BEGIN + row(b"-1", b"1", b"f", b"t") + END, "a huge oid": BEGIN + row(b"0", b"9" * 20, b"f", b"t") + END,
    "junk": BEGIN + row(b"\xff\0", b"\0\0", b"\xff" * 100, b"\xc3") * 20 + END, "many rows": BEGIN + FOUND * 300000 + END,
    "a large row": BEGIN + row(b"0", b"16384", b"x" * (15 << 20), b"t") + END, "a row too large": BEGIN + row(b"x" * (17 << 20)) + END,
    "company": NOTICE + PARSED + NOTICE + BOUND + NOTICE + FOUND + NOTICE + wire.message(b"C", b"SELECT 1\0") + NOTICE + CLOSED * 2 + NOTICE + Z,
    "an error": REFUSED + Z, "an error of no fields": error() + Z, "an error of nothing": wire.message(b"E") + Z,
    "an error without an end": wire.message(b"E", b"SERROR\0VERROR") + Z, "an error in its rows": BEGIN + FOUND + REFUSED + Z,
    "an error at its end": BEGIN + END[:-len(Z)] + REFUSED + Z, "an error of megabytes": error(b"SERROR", b"VERROR", b"M" + b"y" * (3 << 20)) + Z,
    "ready too early": Z, "ready in the middle": PARSED + Z + BOUND + END, "another order": BOUND + PARSED + END, "not all": PARSED + END,
    "a description": BEGIN + wire.message(b"T", b"\0\0") + END, "copy in": BEGIN + wire.message(b"G", b"\0\0\0") + END,
    "copy out": BEGIN + wire.message(b"H", b"\0\0\0") + wire.message(b"d", b"x") + wire.message(b"c") + END,
    "copy both": BEGIN + wire.message(b"W", b"\0\0\0") + END, "a part": BEGIN + wire.message(b"s") + CLOSED * 2 + Z,
    "an empty query": BEGIN + wire.message(b"I") + CLOSED * 2 + Z, "a function's value": wire.message(b"V", b"\xff\xff\xff\xff") + BEGIN + END,
    "a login": wire.message(b"R", b"\0\0\0\0") + BEGIN + END, "a length that is none": b"1\0\0\0\3" + BEGIN + END,
    "a status that is none": BEGIN + END[:-1] + b"?", "ready with nothing": BEGIN + END[:-len(Z)] + wire.message(b"Z"),
    "the end": None, "the end in a row": BEGIN + b"D\0\0",
}


class Liar(scripted.Server):
    """A server that answers questions with `answer`, and closes behind one without an end."""

    def __init__(self):
        self.answer = b""
        super().__init__()

    def talk(self, sock):
        scripted.take_packet(sock)
        sock.sendall(wire.message(b"R", b"\0\0\0\0") + b"".join(
            wire.message(b"S", pair) for pair in (b"client_encoding\0UTF8\0", b"server_version\x0015.5\0",
                                                  b"standard_conforming_strings\0on\0")) + Z)
        while True:
            kind, size = struct.unpack("!cI", scripted.take(sock, 5))
            body = scripted.take(sock, size - 4)
            if kind == b"P" and body.startswith(b"_pgexpr_"):
                sock.sendall(self.answer or b"")
                if self.answer is None or not self.answer.endswith((b"I", b"?")) and b"D\0\0" in self.answer[-3:]:
                    return
            elif kind == b"Q":
                sock.sendall(error(b"SERROR", b"VERROR", b"C42703", b"Mnot there") + Z)
            elif kind == b"X":
                return


@unittest.skipIf(world.direct, "the servers are not real ones")
class Servers(Case):
    def heard(self, port):
        """The letters that a client hears of an expression."""
        connection = wire.Connection("127.0.0.1", port, "any", timeout=20)
        connection.send(query("/*expr*/ select(a.c.b)"))
        letters = b""
        try:
            while not letters.endswith(b"Z"):
                letters += connection.read()[0]
        except (wire.Broken, ConnectionError):
            letters += b"!"
        connection.sock.close()
        return letters.decode()

    def test_an_answer_that_is_none_costs_its_session_at_most(self):
        server = Liar()
        self.addCleanup(server.close)
        proxy = cluster.Proxy("127.0.0.1:%d" % server.port, options=["--server-tls", "disable", "--workers", "1"])
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        memory = None
        for name, server.answer in ANSWERS.items():
            with self.subTest(name):
                self.assertRegex(self.heard(proxy.port), "^N*E(Z|!)$")
                self.assertTrue(proxy.is_alive())
            memory = memory or proxy.resident()
        self.assertLess(proxy.resident() - memory, 100 << 20)
        end = time.monotonic() + 10
        while proxy.open_files() > 20 and time.monotonic() < end:
            time.sleep(0.05)
        self.assertLessEqual(proxy.open_files(), 20)


if __name__ == "__main__":
    live.main()
