#!/usr/bin/python3
"""Bad input: a clear error or a dropped connection; the proxy, and where the stream is whole the
session too, go on as if nothing had been."""

import socket
import struct
import time

import live
import wire
from live import Case, world


@live.needs_proxy
class Texts(Case):
    """Texts that no compiler likes."""

    def survives(self, statement, *sqlstates):
        """The statement must be an error, at once, and the session must go on."""
        connection = self.wire(timeout=60)
        for run in (connection.query, connection.extended):
            start = time.monotonic()
            error = self.fails(run(statement))
            self.assertLess(time.monotonic() - start, 20)
            if sqlstates:
                self.assertIn(error["C"], sqlstates, error["M"])
            self.assertEqual(self.value(connection.query("SELECT 1")), "1")
        self.assertTrue(world.proxy.is_alive())

    def test_unknown_names(self):
        self.survives("/*expr*/ nothing", "42P01", "42883", "42703")
        self.survives("/*expr*/ select(nothing.c.x)", "42P01")
        self.survives("/*expr*/ select(widgets.c.x.y.z)", "42703", "42883")
        self.survives("/*expr*/ select(widgets.d.x)")

    def test_wrong_arguments(self):
        for text in ("select(widgets).where()()", "select(widgets)(5)", "func.lower", "func",
                     "case()", "cast(1)", "cast(widgets.c.id, 5)", "union()", "values()",
                     "select(widgets).limit('x')", "select(widgets.c.id.in_())",
                     "select(widgets).join()", "insert(5)", "update('widgets')", "and_",
                     "select(lambda: 1)", "bindparam()", "select(widgets).order_by(5)",
                     "tables[5]", "tables['']", "select(widgets.c[''])", "select(widgets.c[5000])"):
            connection = self.wire()
            result = connection.query("/*expr*/ " + text)
            if result.error is None and text not in ("and_",):
                self.assertNotEqual(text, text, "no error: %s gives %s" % (text, result.rows[:2]))
            self.assertEqual(self.value(connection.query("SELECT 1")), "1")

    def test_brackets_and_strings(self):
        for text in ("select(", "select(widgets.c.id", "select(widgets))", "select[", "{", "}", "(",
                     "select(literal('x)", 'select(literal("x)', "select(literal($$x)",
                     "select(E'\\", "select(widgets.c.", "select(widgets.", ".", ",", "=", "x =",
                     "select(widgets) select(widgets)", "* * *", "select(,)", "\\", "`", "?", "!",
                     "@", "select(1 2)", "'", '"', "$1x", "$", "$999999999999", "::", "x::",
                     "select(widgets.c.id::)", "1..2", "0x", "1e", "1_", "select(widgets.c.id)."):
            self.survives("/*expr*/ " + text)

    def test_parameters_that_are_not_there(self):
        connection = self.wire()
        self.fails(connection.query("/*expr*/ select(widgets.c.id).where(widgets.c.id == $1)"))
        self.fails(connection.extended("/*expr*/ select(widgets.c.id).where(widgets.c.id == $70000)"))
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")

    def test_deep_nesting(self):
        deep = 10000
        for text in ("select(" * deep, "(" * deep + "1" + ")" * deep, "[" * deep,
                     "func.f(" * deep + "1" + ")" * deep, "-" * deep + "1", "~" * deep + "true()",
                     "not " * deep + "true", "select(widgets.c.id" + "[1" * deep + "]" * deep + ")",
                     "{1:" * deep, "and_(" * deep + "true()" + ")" * deep):
            self.survives("/*expr*/ " + text, "54001", "42601", "54000")

    def test_deep_chains_that_are_right(self):
        connection = self.wire(timeout=60)
        long = " + ".join(["widgets.c.id"] + ["1"] * 2000)
        result = connection.query("/*expr*/ select(%s).where(widgets.c.id == 1)" % long)
        if result.error is None:
            self.assertEqual(result.rows, [("2001",)])
        else:
            self.assertIn(result.error["C"], ("54001", "54000"), result.error)
        wheres = ".where(widgets.c.id > 0)" * 2000
        result = connection.query("/*expr*/ select(func.count(widgets.c.id))" + wheres)
        if result.error is None:
            self.assertEqual(result.rows, [("20",)])
        else:
            self.assertIn(result.error["C"], ("54001", "54000"), result.error)
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")

    def test_ten_megabytes(self):
        numbers = ",".join(map(str, range(1400000)))
        statement = "/*expr*/ select(widgets.c.id).where(widgets.c.id.in_([%s]))" % numbers
        self.assertGreater(len(statement), 9 << 20)
        connection = self.wire(timeout=120)
        result = connection.query(statement)
        if result.error is None:
            self.assertEqual(len(result.rows), 20)
        else:
            self.assertIn(result.error["C"][:2], ("54", "53"), result.error)
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")

    def test_ten_megabytes_of_nonsense(self):
        self.survives("/*expr*/ " + "x" * (10 << 20))
        self.survives("/*expr*/ '" + "x" * (10 << 20))
        self.survives("/*expr*/ " + "(1," * (3 << 20))
        self.survives("/*expr*/ " + " " * (10 << 20))

    def test_a_long_in_list(self):
        connection = self.wire(timeout=60)
        numbers = ", ".join(map(str, range(20000)))
        self.assertEqual(self.value(connection.query(
            "/*expr*/ select(func.count()).where(widgets.c.id.in_([%s]))" % numbers)), "20")

    def test_invalid_utf8(self):
        for bad in (b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x80"):
            for text in (b"/*expr*/ select(literal('%s'))", b"/*expr*/ select(%s)",
                         b"/*expr*/ select(widgets.c.%s)", b"SELECT '%s', (/*expr*/ select(1))"):
                connection = self.wire()
                for data in (text % bad,):
                    connection.send(wire.message(b"Q", data + b"\0"))
                    result = connection._collect()[0]
                    self.assertIn(self.fails(result)["C"], ("22021", "42601"), result.error)
                    self.assertEqual(self.value(connection.query("SELECT 1")), "1")

    def test_long_names(self):
        name = "n" * 100000
        self.survives("/*expr*/ select(widgets.c.%s)" % name)
        self.survives("/*expr*/ select(%s)" % name)
        self.survives("/*expr*/ select(tables['%s'])" % name)
        self.survives("/*expr*/ select(widgets).%s()" % name)

    def test_odd_names(self):
        for name in ("pg_catalog", "pg_class", "information_schema", "public", "c", "fk", "tables",
                     "None", "__class__", "select", "..", "widgets.widgets"):
            connection = self.wire()
            connection.query("/*expr*/ select(tables['%s'])" % name)
            connection.query("/*expr*/ select(%s.c.id)" % name)
            self.assertEqual(self.value(connection.query("SELECT 1")), "1")

    def test_quotes_in_names_stay_names(self):
        connection = self.wire()
        for name in ("x'y", "x; DROP TABLE widgets", "x'') OR (''='", "x\\"):
            self.fails(connection.extended("/*expr*/ select(tables[$q$%s$q$])" % name), "42P01")
        self.assertEqual(self.value(connection.query("SELECT count(*) FROM widgets")), "20")

    def test_many_expressions_in_one_text(self):
        connection = self.wire(timeout=60)
        one = "(/*expr*/ select(func.max(widgets.c.id)))"
        result = connection.query("SELECT " + " + ".join([one] * 300))
        if result.error is None:
            self.assertEqual(result.rows, [("6000",)])
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")


@live.needs_proxy
class Streams(Case):
    """Bytes that are no protocol. Each gets an end within seconds; everyone else is served."""

    def tearDown(self):
        self.assertTrue(world.proxy.is_alive(), world.proxy.text_of_log()[-2000:])
        connection = self.wire()
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")
        super().tearDown()

    def raw(self, data, started=False, seconds=10):
        """Sends bytes on a new connection, gives what comes until it is closed or silent."""
        if started:
            connection = self.wire()
            sock = connection.sock
        else:
            sock = socket.create_connection(("127.0.0.1", world.port), 10)
            self.addCleanup(sock.close)
        sock.settimeout(seconds)
        got = b""
        try:
            sock.sendall(data)
            while True:
                piece = sock.recv(65536)
                if not piece:
                    return got, True
                got += piece
        except socket.timeout:
            return got, False
        except OSError:
            return got, True

    def test_garbage_instead_of_a_startup(self):
        for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00" + b"\x01" * 512,
                     b"\0" * 64, b"\xff" * 64, struct.pack("!II", 8, 7 << 16),
                     struct.pack("!I", 3), struct.pack("!I", 0)):
            _, closed = self.raw(data)
            self.assertTrue(closed, data)

    def test_a_huge_startup_packet(self):
        _, closed = self.raw(struct.pack("!II", 1 << 30, 196608) + b"user\0" + b"x" * 100000)
        self.assertTrue(closed)

    def test_a_startup_packet_without_an_end(self):
        got, closed = self.raw(struct.pack("!II", 20, 196608) + b"userXpostgr")
        self.assertTrue(closed or got == b"")

    def test_a_startup_packet_without_a_user(self):
        got, closed = self.raw(struct.pack("!II", 9, 196608) + b"\0")
        self.assertTrue(closed)
        self.assertEqual(got[:1], b"E")

    def test_repeated_ssl_requests(self):
        got, closed = self.raw(wire.SSL_REQUEST * 50, seconds=3)
        self.assertIn(b"N", got)
        del closed

    def test_lying_lengths(self):
        for length in (0, 1, 3, -1, -2147483648):
            _, closed = self.raw(b"Q" + struct.pack("!i", length) + b"SELECT 1\0", started=True)
            self.assertTrue(closed, length)

    def test_lengths_that_the_server_refuses(self):
        for kind in b"QPBEDCSHXpdcfF~":
            for length in (20000, 70000, 0x3fffffff, 2147483647):
                self.raw(bytes([kind]) + struct.pack("!i", length) + b"SELECT 1\0", started=True,
                         seconds=0.05)
                self.assertTrue(world.proxy.is_alive(), (chr(kind), length))

    def test_unknown_messages(self):
        got, closed = self.raw(wire.message(b"~", b"what") + wire.message(b"Q", b"SELECT 1\0"),
                               started=True)
        self.assertTrue(closed)
        self.assertIn(b"08P01", got)

    def test_a_query_without_its_nul(self):
        got, _ = self.raw(wire.message(b"Q", b"/*expr*/ select(widgets)"), started=True, seconds=3)
        self.assertIn(b"E", got[:1])

    def test_a_query_with_a_nul_inside(self):
        got, _ = self.raw(wire.message(b"Q", b"/*expr*/ select(\0widgets)\0"), started=True,
                          seconds=3)
        self.assertIn(b"E", got[:1])

    def test_a_parse_cut_short(self):
        for body in (b"", b"\0", b"\0/*expr*/ select(widgets)", b"\0/*expr*/ select(widgets)\0",
                     b"\0/*expr*/ select(widgets)\0\xff\xff", b"/*expr*/",
                     b"\0/*expr*/ select(widgets)\0\0\1\0\0"):
            got, _ = self.raw(wire.message(b"P", body) + wire.message(b"S"), started=True,
                              seconds=2)
            self.assertIn(got[:1], (b"E", b"1", b""), body)

    def test_messages_out_of_order(self):
        for data in (wire.message(b"c"), wire.message(b"d", b"x"), wire.message(b"p", b"x\0"),
                     wire.message(b"E", b"\0\0\0\0\0"), wire.message(b"D", b"S\0"),
                     wire.message(b"C", b"Sx\0"), wire.message(b"f", b"no\0")):
            self.raw(data + wire.message(b"S") + wire.message(b"Q", b"SELECT 1\0"), started=True,
                     seconds=1)

    def test_half_a_message_and_gone(self):
        for data in (b"Q", b"Q\0\0", b"Q\0\0\1\0SELECT", b"P\0\0\1\0\0/*expr*/ select("):
            connection = self.wire()
            connection.send(data)
            connection.sock.close()

    def test_a_slow_startup_does_not_block_others(self):
        slow = socket.create_connection(("127.0.0.1", world.port), 10)
        self.addCleanup(slow.close)
        slow.sendall(struct.pack("!I", 100))
        connection = self.wire()
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")

    def test_many_half_open_connections(self):
        socks = [socket.create_connection(("127.0.0.1", world.port), 10) for _ in range(200)]
        connection = self.wire()
        self.assertEqual(self.value(connection.query("/*expr*/ select(func.count(widgets.c.id))")),
                         "20")
        for sock in socks:
            sock.close()


if __name__ == "__main__":
    live.main()
