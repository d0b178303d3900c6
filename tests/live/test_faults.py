#!/usr/bin/python3
"""Peers that die at any byte, descriptors and disks that run out, connections by the thousand: the proxy goes
on, and keeps nothing of it. And replication, which is bytes both ways."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest

import cluster
import live
import scripted
import silent
import wire
from live import world

SANITIZED = cluster.VARIANT in ("asan", "tsan")


def whole(text, portal=b""):
    return (wire.message(b"P", b"\0" + text + b"\0\0\0") + wire.message(b"B", portal + b"\0\0\0\0\0\0\0\0")
            + wire.message(b"D", b"P" + portal + b"\0") + wire.message(b"E", portal + b"\0\0\0\0\0"))


# A session with a bit of everything: each message is a place to die at.
RECORDED = [
    wire.startup(user="postgres", database="live"),
    wire.message(b"Q", b"SELECT 1\0"), wire.message(b"Q", b"/*expr*/ select(widgets)\0"),
    whole(b"SELECT 2") + wire.message(b"S"), whole(b"/*expr*/ select(parts)") + wire.message(b"S"),
    whole(b"SELECT 3") + whole(b"/*expr*/ select(other.widgets)") + whole(b"SELECT 1 / 0") + wire.message(b"S"),
    wire.message(b"Q", b"BEGIN\0"), wire.message(b"Q", b"CREATE TEMP TABLE s (i int)\0"),
    wire.message(b"Q", b"COPY s FROM STDIN\0"), wire.message(b"d", b"1\n2\n"), wire.message(b"c"),
    wire.message(b"Q", b"/*expr*/ select(s)\0"), wire.message(b"Q", b"COPY s TO STDOUT\0"),
    wire.message(b"Q", b"/*expr*/ select(nowhere)\0"), wire.message(b"Q", b"ROLLBACK\0"), wire.message(b"X"),
]
STREAM = b"".join(RECORDED)


def reset(sock):
    """The end without a farewell: RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Cutter(scripted.Server):
    """Between the proxy and the server: passes bytes, and is gone after so many of the server's."""

    def __init__(self, port):
        self.port_of_server = port
        self.after = 1 << 60
        self.hard = False
        super().__init__()

    def talk(self, sock):
        left, hard = self.after, self.hard
        server = socket.create_connection(("127.0.0.1", self.port_of_server))

        def forward():
            try:
                while True:
                    data = sock.recv(65536)
                    if not data:
                        break
                    server.sendall(data)
                server.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        threading.Thread(target=forward, daemon=True).start()
        try:
            while left > 0:
                data = server.recv(min(left, 65536))
                if not data:
                    break
                sock.sendall(data)
                left -= len(data)
        except OSError:
            pass
        if hard:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            try:
                sock.shutdown(socket.SHUT_RD)  # wakes the other thread, which would keep it open
            except OSError:
                pass
            time.sleep(0.01)
        else:
            for one in (sock, server):
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        sock.close()
        server.close()


class Case(unittest.TestCase):
    def proxy(self, *options, server=None, program=None):
        proxy = cluster.Proxy("127.0.0.1:%d" % (server or world.server.port),
                              options=["--server-tls", "disable", *options], program=program)
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        return proxy

    def wrapper(self, text):
        """A program that starts the proxy in another way."""
        directory = self.enterContext(TemporaryDirectory())
        path = os.path.join(directory, "pgexpr")
        program = os.path.join(cluster.ROOT, "build", cluster.VARIANT, "pgexpr")
        with open(path, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n" + text.replace("PGEXPR", program) + "\n")
        os.chmod(path, 0o755)
        return path

    def works(self, port):
        connection = wire.Connection("127.0.0.1", port, live.DATABASE)
        result = connection.query("/*expr*/ select(func.count()).select_from(widgets)")
        self.assertEqual(result.rows, [("20",)], result.error)
        connection.close()

    def settles(self, proxy, files, seconds=20):
        """No descriptor is lost."""
        end = time.monotonic() + seconds
        while proxy.open_files() > files:
            self.assertLess(time.monotonic(), end, "%d descriptors are left of %d" % (proxy.open_files(), files))
            time.sleep(0.05)


class TemporaryDirectory:
    def __enter__(self):
        import tempfile

        self.name = tempfile.mkdtemp(prefix="pgexpr.", dir="/tmp")
        return self.name

    def __exit__(self, *_):
        shutil.rmtree(self.name, ignore_errors=True)


class Deaths(Case):
    def places(self, size, boundaries):
        """All boundaries, and bytes in between."""
        step = 13 if SANITIZED else 5
        return sorted(set(boundaries) | {b + 1 for b in boundaries} | set(range(0, size, step)))

    def test_a_client_that_dies_at_any_byte(self):
        proxy = self.proxy()
        self.works(proxy.port)
        time.sleep(0.5)
        files = proxy.open_files()
        boundaries, at = [], 0
        for part in RECORDED:
            at += len(part)
            boundaries.append(at)
        for number, place in enumerate(self.places(len(STREAM), boundaries)):
            sock = socket.create_connection(("127.0.0.1", proxy.port))
            sock.sendall(STREAM[:place])
            if number % 3 == 0:
                reset(sock)
            elif number % 3 == 1:
                sock.close()
            else:
                sock.shutdown(socket.SHUT_WR)
                wire.read_to_end(sock)
                sock.close()
        self.assertTrue(proxy.is_alive())
        self.works(proxy.port)
        self.settles(proxy, files)
        self.assertEqual(world.server.psql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = 'live' AND state LIKE 'idle in%'").strip(), "0")

    def test_a_server_that_dies_at_any_byte(self):
        cutter = Cutter(world.server.port)
        self.addCleanup(cutter.close)
        proxy = self.proxy(server=cutter.port)
        self.works(proxy.port)
        with socket.create_connection(("127.0.0.1", proxy.port)) as sock:
            sock.sendall(STREAM)
            expected = wire.read_to_end(sock)
        time.sleep(0.5)
        files = proxy.open_files()
        # The answers of the server are longer than what the client sees of them.
        boundaries, at = [], 0
        while at < len(expected):
            at += 1 + struct.unpack("!I", expected[at + 1:at + 5])[0]
            boundaries.append(at)
        sizes = self.places(len(expected) + 4000, boundaries)[::(6 if SANITIZED else 2)]
        for number, place in enumerate(sizes):
            cutter.after, cutter.hard = place, number % 2 == 0
            with socket.create_connection(("127.0.0.1", proxy.port)) as sock:
                sock.sendall(STREAM)
                got = wire.read_to_end(sock)
            self.assertIsNone(wire.broken_message(got), place)
        cutter.after = 1 << 60
        self.works(proxy.port)
        self.settles(proxy, files)

    def test_both_die_at_once(self):
        cutter = Cutter(world.server.port)
        self.addCleanup(cutter.close)
        proxy = self.proxy(server=cutter.port)
        self.works(proxy.port)
        time.sleep(0.3)
        files = proxy.open_files()
        cutter.hard = True
        for place in range(300, 3000, 150):
            cutter.after = place
            sock = socket.create_connection(("127.0.0.1", proxy.port))
            sock.sendall(STREAM)
            reset(sock)
        cutter.after = 1 << 60
        self.works(proxy.port)
        self.settles(proxy, files)


class Shortages(Case):
    def test_no_descriptors(self):
        quiet = silent.SilentServer()
        proxy = self.proxy("--workers", "1", server=quiet.port,
                           program=self.wrapper("ulimit -n 80; exec PGEXPR \"$@\""))
        first = silent.login(proxy.port)
        self.addCleanup(first.close)
        held, refused = [], 0
        for _ in range(80):
            try:
                sock = silent.login(proxy.port)
                held.append(sock)
            except (ConnectionError, OSError):
                refused += 1
        self.assertGreater(len(held), 10)
        self.assertGreater(refused, 10)
        # It does not spin on what it cannot take.
        spent = self.cpu(proxy)
        time.sleep(1)
        self.assertLess(self.cpu(proxy) - spent, 0.5)
        for sock in held:
            sock.close()
        end = time.monotonic() + 10
        while True:
            try:
                silent.login(proxy.port).close()
                break
            except (ConnectionError, OSError):
                self.assertLess(time.monotonic(), end)
                time.sleep(0.1)
        self.assertIn("cannot accept a connection", proxy.text_of_log())

    @unittest.skipIf(SANITIZED, "a sanitizer's stack frames are larger")
    def test_a_small_stack(self):
        """The compiler's recursions fit whatever `ulimit -s` is, at the deepest nesting that may be set."""
        text = "/*expr*/ x = select(widgets.c.id).cte()\n" + 45000 * "x = select(widgets.c.id).add_cte(x).cte()\n" + "select(x)"
        for limit in ("1024", "unlimited"):
            proxy = self.proxy("--max-nesting", "10000", "--max-expression-size", "4M", "--compile-memory", "1G",
                               program=self.wrapper("ulimit -s %s; exec PGEXPR \"$@\"" % limit))
            connection = wire.Connection("127.0.0.1", proxy.port, live.DATABASE)
            result = connection.query(text)
            self.assertIn("nested too deeply", result.error["M"])
            self.assertEqual(result.error["C"], "54001")
            connection.close()
            self.works(proxy.port)

    def cpu(self, proxy):
        with open("/proc/%d/stat" % proxy.process.pid, encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_a_full_disk_for_the_log(self):
        proxy = self.proxy("--log-level", "debug", program=self.wrapper("exec PGEXPR \"$@\" 2>/dev/full"))
        for _ in range(20):
            self.works(proxy.port)

    def test_a_log_that_nobody_reads_any_more(self):
        """A pipe whose reader has gone: SIGPIPE must not be the end."""
        proxy = self.proxy("--log-level", "debug", program=self.wrapper(
            "mkfifo $0.pipe; (head -c 1 < $0.pipe > /dev/null) & exec PGEXPR \"$@\" 2>$0.pipe"))
        for _ in range(20):
            self.works(proxy.port)


class Leaks(Case):
    @unittest.skipIf(SANITIZED, "a sanitizer's allocator keeps what is freed")
    def test_ten_thousand_connections_leave_nothing(self):
        quiet = silent.SilentServer()
        proxy = self.proxy("--workers", "2", "--log-sessions", "off", server=quiet.port)
        for _ in range(1000):
            silent.login(proxy.port).close()
        time.sleep(2.5)
        memory, files = proxy.resident(), proxy.open_files()
        for number in range(10000):
            sock = silent.login(proxy.port)
            if number % 3 == 0:
                reset(sock)
            else:
                sock.close()
        self.settles(proxy, files)
        self.assertLess(proxy.resident() - memory, 1 << 20)

    @unittest.skipIf(SANITIZED or not shutil.which("valgrind"), "needs valgrind, and no sanitizer")
    def test_valgrind_finds_no_leak(self):
        directory = self.enterContext(TemporaryDirectory())
        report = os.path.join(directory, "report")
        proxy = cluster.Proxy("127.0.0.1:%d" % world.server.port, options=["--workers", "2"], program=self.wrapper(
            "exec valgrind --leak-check=full --show-leak-kinds=definite,indirect,possible --errors-for-leak-kinds="
            "definite,indirect,possible --error-exitcode=97 --log-file=%s PGEXPR \"$@\"" % report))
        for number in range(300):
            with socket.create_connection(("127.0.0.1", proxy.port)) as sock:
                sock.sendall(STREAM if number % 2 else STREAM[:37 * number % len(STREAM)])
                if number % 2:
                    got = wire.read_to_end(sock, 60)
                    self.assertIn(b"42P01", got, got[-600:])
                elif number % 4:
                    reset(sock)
        self.assertEqual(proxy.close(), [])
        with open(report, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("ERROR SUMMARY: 0 errors", text, text)


class Replication(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = cluster.Cluster(options=["wal_level = logical", "max_wal_senders = 10",
                                              "max_replication_slots = 10", "synchronous_commit = on"])
        cls.through = cluster.Proxy("127.0.0.1:%d" % cls.server.port)
        cls.server.psql("CREATE TABLE stream (id int PRIMARY KEY, word text)")

    @classmethod
    def tearDownClass(cls):
        faults = cls.through.close()
        cls.server.remove()
        if faults:
            raise AssertionError(faults)

    def run_tool(self, *words, seconds=60):
        done = subprocess.run([os.path.join(self.server.bin, words[0]), "-h", "127.0.0.1", "-p",
                               str(self.through.port), "-U", "postgres", *words[1:]], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              timeout=seconds)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_pg_basebackup(self):
        directory = self.enterContext(TemporaryDirectory())
        target = os.path.join(directory, "backup")
        self.run_tool("pg_basebackup", "-D", target, "-X", "stream", "-c", "fast", "--no-sync")
        self.run_tool_without("pg_verifybackup", target)

    def run_tool_without(self, program, *words):
        done = subprocess.run([os.path.join(self.server.bin, program), *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_pg_receivewal(self):
        directory = self.enterContext(TemporaryDirectory())
        self.run_tool("pg_receivewal", "-D", directory, "--slot", "physical", "--create-slot")
        receiver = subprocess.Popen([os.path.join(self.server.bin, "pg_receivewal"), "-h", "127.0.0.1", "-p",
                                     str(self.through.port), "-U", "postgres", "-D", directory, "--slot",
                                     "physical", "--no-sync"], stdin=subprocess.DEVNULL)
        self.addCleanup(receiver.kill)
        received, end = [], time.monotonic() + 30
        while len(received) < 3:
            self.assertLess(time.monotonic(), end, os.listdir(directory))
            self.server.psql("INSERT INTO stream SELECT i, 'x' FROM generate_series(1000, 20000) i; "
                             "DELETE FROM stream WHERE id >= 1000; SELECT pg_switch_wal()")
            time.sleep(0.2)
            received = [name for name in os.listdir(directory) if len(name) == 24]
        receiver.send_signal(signal.SIGINT)
        self.assertEqual(receiver.wait(30), 0)
        for name in received:
            with open(os.path.join(directory, name), "rb") as got, \
                    open(os.path.join(self.server.data, "pg_wal", name), "rb") as made:
                self.assertEqual(got.read(), made.read(), name)
        self.run_tool("pg_receivewal", "-D", directory, "--slot", "physical", "--drop-slot")

    def test_pg_recvlogical(self):
        slot = ["-d", "postgres", "--slot", "logical"]
        self.run_tool("pg_recvlogical", *slot, "--create-slot", "-P", "test_decoding")
        self.server.psql("INSERT INTO stream VALUES (1, '/*expr*/ select(stream)'), (2, repeat('y', 100000))")
        upto = self.server.psql("SELECT pg_current_wal_lsn()").strip()
        text = self.run_tool("pg_recvlogical", *slot, "--start", "--endpos", upto, "-f", "-", "--no-loop")
        self.assertIn("'/*expr*/ select(stream)'", text)
        self.assertIn("y" * 100000, text)
        self.run_tool("pg_recvlogical", *slot, "--drop-slot")

    def test_a_copy_both_that_the_client_ends(self):
        connection = wire.Connection("127.0.0.1", self.through.port, "postgres",
                                     settings={"replication": "true"})
        self.addCleanup(connection.close)
        where = connection.query("IDENTIFY_SYSTEM").rows[0][2]
        connection.send(wire.message(b"Q", b"START_REPLICATION PHYSICAL " + where.encode() + b"\0"))
        self.assertEqual(connection.read()[0], b"W")
        self.server.psql("INSERT INTO stream VALUES (-1, 'now')")
        self.assertEqual(connection.read()[0], b"d")
        connection.send(wire.message(b"c"))
        kinds = []
        while not kinds or kinds[-1] != b"Z":
            kinds.append(connection.read()[0])
        self.assertIn(b"c", kinds)
        self.assertEqual(connection.query("IDENTIFY_SYSTEM").names[0], "systemid")


if __name__ == "__main__":
    if not hasattr(unittest.TestCase, "enterContext"):  # before Python 3.11
        def enter(self, context):
            self.addCleanup(context.__exit__, None, None, None)
            return context.__enter__()

        unittest.TestCase.enterContext = enter
    live.main()
