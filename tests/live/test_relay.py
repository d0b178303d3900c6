#!/usr/bin/python3
"""The proxy as a proxy: real clients do what they do without it, and nothing is different."""

import io
import os
import select
import socket
import struct
import threading
import time
import unittest

import cluster
import live
import wire
from live import Case, world


class Psql(Case):
    def test_a_query(self):
        self.assertEqual(self.psql("-c", "SELECT 1 + 1")[0], "2\n")

    def test_a_script(self):
        out, _ = self.psql(text="BEGIN;\nSELECT 1;\nROLLBACK;\n\\echo done\n")
        self.assertEqual(out, "1\ndone\n")

    def test_meta_commands(self):
        out, _ = self.psql("-c", "\\d widgets")
        self.assertIn("price|numeric(8,2)", out)

    def test_an_error_has_its_caret(self):
        _, error = self.psql("-c", "SELECT nope", status=1)
        self.assertIn('column "nope" does not exist', error)
        self.assertIn("LINE 1: SELECT nope\n               ^", error)

    def test_copy_in_and_out(self):
        out, _ = self.psql(text="CREATE TEMP TABLE t (a int, b text);\nCOPY t FROM STDIN;\n"
                           "1\tone\n2\ttwo\n\\.\nCOPY t TO STDOUT;\n")
        self.assertEqual(out, "1\tone\n2\ttwo\n")

    def test_several_statements(self):
        out, _ = self.psql("-c", "SELECT 1; SELECT 2; SELECT 3")
        self.assertEqual(out, "1\n2\n3\n")

    def test_gexec_and_variables(self):
        out, _ = self.psql(text="SELECT 5 AS five \\gset\nSELECT :five + 1;\n")
        self.assertEqual(out, "6\n")


class Psycopg2(Case):
    def test_a_query_with_values(self):
        cursor = self.psycopg2().cursor()
        cursor.execute("SELECT %s::text, %s::int, %s", ("it's", 5, None))
        self.assertEqual(cursor.fetchone(), ("it's", 5, None))

    def test_a_transaction(self):
        connection = self.psycopg2()
        cursor = connection.cursor()
        cursor.execute("UPDATE widgets SET name = 'x' WHERE id = 1")
        connection.rollback()
        cursor.execute("SELECT name FROM widgets WHERE id = 1")
        self.assertEqual(cursor.fetchone(), ("widget 1",))

    def test_a_named_cursor(self):
        connection = self.psycopg2()
        cursor = connection.cursor(name="many")
        cursor.itersize = 100
        cursor.execute("SELECT generate_series(1, 1000)")
        self.assertEqual(sum(row[0] for row in cursor), 500500)

    def test_copy(self):
        connection = self.psycopg2()
        cursor = connection.cursor()
        cursor.execute("CREATE TEMP TABLE t (a int, b text)")
        rows = "".join("%d\trow %d\n" % (i, i) for i in range(20000))
        cursor.copy_expert("COPY t FROM STDIN", io.StringIO(rows))
        out = io.StringIO()
        cursor.copy_expert("COPY (SELECT * FROM t ORDER BY a) TO STDOUT", out)
        self.assertEqual(out.getvalue(), rows)

    def test_a_copy_that_fails(self):
        import psycopg2

        connection = self.psycopg2()
        cursor = connection.cursor()
        cursor.execute("CREATE TEMP TABLE t (a int)")
        connection.commit()
        with self.assertRaises(psycopg2.DataError):
            cursor.copy_expert("COPY t FROM STDIN", io.StringIO("1\nx\n"))
        connection.rollback()
        cursor.execute("SELECT count(*) FROM t")
        self.assertEqual(cursor.fetchone(), (0,))

    def test_listen_and_notify(self):
        listener, speaker = self.psycopg2(), self.psycopg2()
        for connection in (listener, speaker):
            connection.autocommit = True
        listener.cursor().execute("LISTEN word")
        speaker.cursor().execute("NOTIFY word, 'said'")
        self.assertTrue(select.select([listener], [], [], 10)[0])
        listener.poll()
        self.assertEqual([(note.channel, note.payload) for note in listener.notifies],
                         [("word", "said")])

    def test_cancel(self):
        import psycopg2

        connection = self.psycopg2()
        timer = threading.Timer(0.3, connection.cancel)
        timer.start()
        start = time.monotonic()
        with self.assertRaises(psycopg2.extensions.QueryCanceledError):
            connection.cursor().execute("SELECT pg_sleep(30)")
        timer.join()
        self.assertLess(time.monotonic() - start, 10)
        connection.rollback()
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        self.assertEqual(cursor.fetchone(), (1,))

    def test_notices(self):
        connection = self.psycopg2()
        connection.cursor().execute("DO $$ BEGIN RAISE NOTICE 'heard'; END $$")
        self.assertIn("heard", connection.notices[-1])

    def test_parameters_are_the_servers(self):
        connection = self.psycopg2()
        cursor = connection.cursor()
        cursor.execute("SHOW server_version")
        self.assertEqual(connection.get_parameter_status("server_version"), cursor.fetchone()[0])
        cursor.execute("SELECT pg_backend_pid()")
        self.assertEqual(cursor.fetchone()[0], connection.info.backend_pid)

    def test_an_unusual_encoding(self):
        connection = self.psycopg2(client_encoding="LATIN1")
        cursor = connection.cursor()
        cursor.execute("SELECT %s, length(%s)", ("é", "é"))
        self.assertEqual(cursor.fetchone(), ("é", 1))

    def test_startup_options(self):
        cursor = self.psycopg2(options="'-c statement_timeout=4321'",
                               application_name="tests").cursor()
        cursor.execute("SELECT current_setting('statement_timeout'), "
                       "current_setting('application_name')")
        self.assertEqual(cursor.fetchone(), ("4321ms", "tests"))


class Psycopg3(Case):
    def test_a_query_with_parameters(self):
        found = self.psycopg().execute("SELECT %s::text, %s::int, %s::int[]",
                                       ("it's", 5, [1, 2])).fetchone()
        self.assertEqual(found, ("it's", 5, [1, 2]))

    def test_prepared_statements(self):
        connection = self.psycopg()
        for number in range(10):
            found = connection.execute("SELECT %s::int + 1", (number,), prepare=True).fetchone()
            self.assertEqual(found, (number + 1,))
        prepared = connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()[0]
        self.assertGreaterEqual(prepared, 1)

    def test_binary_results(self):
        cursor = self.psycopg().cursor(binary=True)
        cursor.execute("SELECT 5::int8, 'x'::text, now()")
        self.assertEqual(cursor.fetchone()[:2], (5, "x"))

    def test_a_pipeline(self):
        connection = self.psycopg()
        with connection.pipeline():
            cursors = [connection.execute("SELECT %s::int * 2", (i,)) for i in range(50)]
        self.assertEqual([cursor.fetchone()[0] for cursor in cursors],
                         [i * 2 for i in range(50)])

    def test_a_pipeline_with_an_error(self):
        import psycopg

        connection = self.psycopg()
        with self.assertRaises(psycopg.Error):
            with connection.pipeline():
                connection.execute("SELECT 1")
                connection.execute("SELECT 1 / 0")
                connection.execute("SELECT 2")
        self.assertEqual(connection.execute("SELECT 3").fetchone(), (3,))

    def test_a_server_side_cursor(self):
        connection = self.psycopg(autocommit=False)
        with connection.cursor(name="many") as cursor:
            cursor.execute("SELECT generate_series(1, 1000)")
            cursor.itersize = 37
            self.assertEqual(sum(row[0] for row in cursor), 500500)
        with connection.cursor(name="scroll", scrollable=True) as cursor:
            cursor.execute("SELECT generate_series(1, 100)")
            cursor.scroll(50)
            self.assertEqual(cursor.fetchone(), (51,))

    def test_copy(self):
        connection = self.psycopg()
        connection.execute("CREATE TEMP TABLE t (a int, b text)")
        cursor = connection.cursor()
        with cursor.copy("COPY t FROM STDIN") as copy:
            for number in range(5000):
                copy.write_row((number, "row %d" % number))
        with cursor.copy("COPY (SELECT * FROM t ORDER BY a) TO STDOUT (FORMAT binary)") as copy:
            copy.set_types(["int4", "text"])
            rows = list(copy.rows())
        self.assertEqual(rows[-1], (4999, "row 4999"))
        self.assertEqual(len(rows), 5000)

    def test_a_copy_given_up(self):
        import psycopg

        connection = self.psycopg()
        connection.execute("CREATE TEMP TABLE t (a int)")
        with self.assertRaises(psycopg.Error):
            with connection.cursor().copy("COPY t FROM STDIN") as copy:
                copy.write_row((1,))
                raise psycopg.DataError("changed my mind")
        self.assertEqual(connection.execute("SELECT count(*) FROM t").fetchone(), (0,))

    def test_notifications(self):
        listener, speaker = self.psycopg(), self.psycopg()
        heard = []
        listener.add_notify_handler(heard.append)
        listener.execute("LISTEN word")
        speaker.execute("SELECT pg_notify('word', 'a'), pg_notify('word', 'b')")
        listener.execute("SELECT 1")
        self.assertEqual([note.payload for note in heard], ["a", "b"])

    def test_cancel(self):
        import psycopg

        connection = self.psycopg()
        timer = threading.Timer(0.3, connection.cancel)
        timer.start()
        with self.assertRaises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(30)")
        timer.join()
        self.assertEqual(connection.execute("SELECT 1").fetchone(), (1,))

    def test_transactions_and_savepoints(self):
        connection = self.psycopg()
        with connection.transaction(force_rollback=True):
            connection.execute("DELETE FROM parts")
            with self.assertRaises(ZeroDivisionError):
                with connection.transaction():
                    connection.execute("CREATE TABLE gone (a int)")
                    raise ZeroDivisionError
            self.assertEqual(connection.execute("SELECT to_regclass('gone')").fetchone(), (None,))
        self.assertEqual(connection.execute("SELECT count(*) FROM parts").fetchone(), (50,))


class Stream(Case):
    def test_a_large_result(self):
        connection = self.wire()
        result = connection.query("SELECT i, repeat('x', 1000) FROM generate_series(1, 50000) i")
        self.assertEqual(len(self.rows(result)), 50000)
        self.assertEqual(result.rows[-1], ("50000", "x" * 1000))

    def test_a_large_row(self):
        connection = self.wire()
        value = self.value(connection.query("SELECT repeat('é', 30000000)"))
        self.assertEqual(len(value), 30000000)

    def test_a_large_value(self):
        connection = self.wire()
        result = connection.extended("SELECT length($1::text)", ["y" * 40000000])
        self.assertEqual(self.value(result), "40000000")

    def test_a_large_query(self):
        connection = self.wire()
        result = connection.query("SELECT length('%s')" % ("z" * 20000000))
        self.assertEqual(self.value(result), "20000000")

    def test_messages_cut_into_single_bytes(self):
        connection = self.wire()
        data = wire.message(b"Q", b"SELECT 'cut' AS up, 5\0")
        for at in range(len(data)):
            connection.send(data[at:at + 1])
            time.sleep(0.001)
        self.assertEqual(self.rows(connection._collect()[0]), [("cut", "5")])

    def test_many_messages_at_once(self):
        connection = self.wire()
        connection.send(b"".join(wire.message(b"Q", b"SELECT %d\0" % i) for i in range(500)))
        for number in range(500):
            self.assertEqual(self.value(connection._collect()[0]), str(number))

    def test_an_empty_query(self):
        self.assertEqual(self.wire().query("").tag, "")

    def test_flush_without_sync(self):
        connection = self.wire()
        connection.send(wire.message(b"P", b"\0SELECT 7\0\0\0") + wire.message(b"H"))
        self.assertEqual(connection.read()[0], b"1")
        connection.send(wire.message(b"B", b"\0\0\0\0\0\0\0\0") + wire.message(b"E", b"\0\0\0\0\0")
                        + wire.message(b"H"))
        self.assertEqual(connection.read()[0], b"2")
        self.assertEqual(connection.read()[0], b"D")
        self.assertEqual(connection.read()[0], b"C")
        connection.send(wire.message(b"S"))
        self.assertEqual(connection.read()[0], b"Z")

    def test_a_portal_in_parts(self):
        connection = self.wire()
        connection.send(wire.message(b"P", b"\0SELECT generate_series(1, 5)\0\0\0")
                        + wire.message(b"B", b"\0\0\0\0\0\0\0\0")
                        + wire.message(b"E", b"\0" + struct.pack("!I", 2))
                        + wire.message(b"E", b"\0" + struct.pack("!I", 2))
                        + wire.message(b"E", b"\0" + struct.pack("!I", 0)) + wire.message(b"S"))
        kinds = b""
        while not kinds.endswith(b"Z"):
            kinds += connection.read()[0]
        self.assertEqual(kinds, b"12DDsDDsDCZ")

    def test_function_call(self):
        connection = self.wire()
        oid = int(self.value(connection.query("SELECT 'abs(int4)'::regprocedure::oid")))
        connection.send(wire.message(b"F", struct.pack("!IHHHi", oid, 1, 0, 1, 2) + b"-7"
                                     + struct.pack("!H", 0)))
        kind, body = connection.read()
        self.assertEqual((kind, body), (b"V", struct.pack("!i", 1) + b"7"))
        self.assertEqual(connection.read()[0], b"Z")

    def test_errors_skip_to_sync(self):
        connection = self.wire()
        connection.send(wire.message(b"P", b"\0SELEC\0\0\0") + wire.message(b"B", b"\0\0\0\0\0\0\0\0")
                        + wire.message(b"E", b"\0\0\0\0\0") + wire.message(b"S")
                        + wire.message(b"Q", b"SELECT 1\0"))
        kinds = b""
        while kinds.count(b"Z") < 2:
            kinds += connection.read()[0]
        self.assertEqual(kinds, b"EZTDCZ")

    def test_a_slow_reader(self):
        connection = self.wire(timeout=60)
        connection.send(wire.message(b"Q", b"SELECT repeat('x', 10000) "
                                           b"FROM generate_series(1, 5000)\0"))
        time.sleep(1)
        if not world.direct:
            self.assertLess(world.proxy.resident(), 200 << 20)
        self.assertEqual(len(connection._collect()[0].rows), 5000)

    def test_protocol_3_2_is_answered(self):
        connection = self.wire(start=False)
        connection.send(wire.startup(3 << 16 | 2, user="postgres", database="live"))
        kinds = []
        while b"Z" not in kinds:
            kinds.append(connection.read()[0])
        self.assertIn(b"K", kinds)

    def test_a_half_closed_client(self):
        connection = self.wire()
        connection.send(wire.message(b"Q", b"SELECT pg_sleep(0.3)\0"))
        connection.sock.shutdown(socket.SHUT_WR)
        try:
            self.assertEqual(len(connection._collect()[0].rows), 1)
        except (wire.Broken, OSError):
            pass  # the server may also give up first; what must not happen is a hang

    def test_a_vanished_client_frees_its_session(self):
        marker = "vanish%d" % os.getpid()
        connection = self.wire(settings={"application_name": marker})
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sock.close()
        count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = '%s'" % marker
        end = time.monotonic() + 10
        while world.server.psql(count).strip() != "0":
            self.assertLess(time.monotonic(), end, "its server session is still there")
            time.sleep(0.05)

    def test_a_killed_backend_is_reported(self):
        connection = self.wire()
        world.server.psql("SELECT pg_terminate_backend(%d)" % connection.pid)
        kind, body = connection.read()
        self.assertEqual((kind, wire.fields_of(body)["C"]), (b"E", "57P01"))
        with self.assertRaises((wire.Broken, OSError)):
            connection.read()

    def test_many_connections(self):
        connections = [self.wire() for _ in range(60)]
        for number, connection in enumerate(connections):
            self.assertEqual(self.value(connection.query("SELECT %d" % number)), str(number))

    def test_connections_leave_nothing_behind(self):
        if world.direct:
            self.skipTest("is about the proxy")
        for _ in range(20):
            wire.Connection("127.0.0.1", world.port, live.DATABASE).close()
        time.sleep(0.3)
        before = world.proxy.open_files()
        for _ in range(200):
            wire.Connection("127.0.0.1", world.port, live.DATABASE).close()
        end = time.monotonic() + 10
        while world.proxy.open_files() > before:
            self.assertLess(time.monotonic(), end, "descriptors were lost")
            time.sleep(0.05)


class Greeting(Case):
    def ask(self, code):
        sock = socket.create_connection(("127.0.0.1", world.port), 10)
        self.addCleanup(sock.close)
        sock.sendall(wire.packet(code))
        return sock, sock.recv(1)

    def test_ssl_is_declined(self):
        sock, answer = self.ask(80877103)
        self.assertEqual(answer, b"N")
        connection = wire.Connection("127.0.0.1", world.port, live.DATABASE, start=False)
        connection.sock.close()
        connection.sock = sock
        connection.start(live.DATABASE, "postgres", {})
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")

    @live.needs_proxy
    def test_gss_is_declined(self):
        self.assertEqual(self.ask(80877104)[1], b"N")

    def test_cancel_of_nobody(self):
        sock = socket.create_connection(("127.0.0.1", world.port), 10)
        self.addCleanup(sock.close)
        sock.sendall(wire.cancel_request(1, b"\0\0\0\1"))
        self.assertEqual(sock.recv(1), b"")

    def test_an_unknown_database(self):
        with self.assertRaisesRegex(wire.Broken, "3D000"):
            wire.Connection("127.0.0.1", world.port, "nowhere")

    def test_an_unknown_user(self):
        with self.assertRaisesRegex(wire.Broken, "28000"):
            wire.Connection("127.0.0.1", world.port, live.DATABASE, user="nobody at all")


class Sockets(Case):
    @live.needs_proxy
    def test_unix_sockets_on_both_sides(self):
        listen = os.path.join(world.server.directory, ".s.PGSQL.6432")
        proxy = cluster.Proxy("%s/.s.PGSQL.%d" % (world.server.directory, world.server.port),
                              listen=listen)
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        connection = wire.Connection(world.server.directory, 6432, live.DATABASE)
        self.addCleanup(connection.close)
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")
        self.assertEqual(self.value(connection.query("/*expr*/ select(func.count(widgets.c.id))")),
                         "20")
        out, _ = self.psql("-d", "host=%s port=6432 user=postgres dbname=%s"
                           % (world.server.directory, live.DATABASE), "-c", "SELECT 2")
        self.assertEqual(out, "2\n")

    @live.needs_proxy
    def test_a_server_that_is_down(self):
        proxy = cluster.Proxy("127.0.0.1:%d" % cluster.free_port())
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        start = time.monotonic()
        connection = wire.Connection("127.0.0.1", proxy.port, live.DATABASE, start=False)
        self.addCleanup(connection.close)
        connection.send(wire.startup(user="postgres"))
        kind, body = connection.read()
        fields = wire.fields_of(body)
        self.assertEqual((kind, fields["S"], fields["C"][:2]), (b"E", "FATAL", "08"))
        self.assertLess(time.monotonic() - start, 5)

    @live.needs_proxy
    def test_a_server_that_comes_back(self):
        server = cluster.Cluster()
        proxy = cluster.Proxy("127.0.0.1:%d" % server.port)
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        connection = wire.Connection("127.0.0.1", proxy.port, "postgres")
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")
        server.stop()
        with self.assertRaises((wire.Broken, OSError)):
            while True:
                connection.read()
        with self.assertRaisesRegex(wire.Broken, "^08"):
            wire.Connection("127.0.0.1", proxy.port, "postgres")
        server.start()
        again = wire.Connection("127.0.0.1", proxy.port, "postgres")
        self.assertEqual(self.value(again.query("SELECT 1")), "1")
        again.close()

    @live.needs_proxy
    def test_workers(self):
        proxy = cluster.Proxy("127.0.0.1:%d" % world.server.port, options=["--workers", "3"])
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        connections = [wire.Connection("127.0.0.1", proxy.port, live.DATABASE)
                       for _ in range(20)]
        for connection in connections:
            self.assertEqual(self.value(connection.query("/*expr*/ select(widgets.c.name)"
                                                         ".where(widgets.c.id == 7)")), "widget 7")
            connection.close()


class Authentication(unittest.TestCase):
    """Every method that the server may ask for is between client and server alone."""

    @classmethod
    def setUpClass(cls):
        cls.server = cluster.Cluster(hba=[
            "local all postgres trust", "host all postgres 127.0.0.1/32 trust",
            "host all u_password 127.0.0.1/32 password", "host all u_md5 127.0.0.1/32 md5",
            "host all u_scram 127.0.0.1/32 scram-sha-256"])
        cls.server.psql(
            "SET password_encryption = 'md5'; CREATE ROLE u_md5 LOGIN PASSWORD 'secret';"
            "SET password_encryption = 'scram-sha-256';"
            "CREATE ROLE u_scram LOGIN PASSWORD 'secret';"
            "CREATE ROLE u_password LOGIN PASSWORD 'secret'")
        cls.proxy = None if world.direct else cluster.Proxy("127.0.0.1:%d" % cls.server.port)

    @classmethod
    def tearDownClass(cls):
        if cls.proxy is not None:
            faults = cls.proxy.close()
            if faults or "secret" in cls.proxy.text_of_log():
                raise AssertionError("faults %s, log:\n%s" % (faults, cls.proxy.text_of_log()))
        cls.server.remove()

    def login(self, user, password):
        import psycopg2

        port = self.server.port if self.proxy is None else self.proxy.port
        connection = psycopg2.connect("host=127.0.0.1 port=%d dbname=postgres user=%s password=%s"
                                      % (port, user, password))
        cursor = connection.cursor()
        cursor.execute("SELECT current_user")
        found = cursor.fetchone()[0]
        connection.close()
        return found

    def test_trust(self):
        self.assertEqual(self.login("postgres", "none"), "postgres")

    def test_password(self):
        self.assertEqual(self.login("u_password", "secret"), "u_password")

    def test_md5(self):
        self.assertEqual(self.login("u_md5", "secret"), "u_md5")

    def test_scram(self):
        self.assertEqual(self.login("u_scram", "secret"), "u_scram")

    def test_wrong_passwords(self):
        import psycopg2

        for user in ("u_password", "u_md5", "u_scram"):
            with self.assertRaisesRegex(psycopg2.OperationalError, "authentication failed"):
                self.login(user, "guess")


if __name__ == "__main__":
    live.main()
