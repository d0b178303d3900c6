#!/usr/bin/python3
"""Memory that runs out, anywhere in the process: every allocation of what a client may do fails once, that of
the program as well as those of libuv, OpenSSL and the C library (shortage.c).

The process lives, the client gets whole messages and an end or an answer, other sessions do not notice, and
nothing is left behind. With SHORTAGE_STEP=1 the longest ones, a handshake and the start of the program, are
tried at every allocation; by default at every so many.
"""

import mmap
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import time
import unittest

import certificates
import cluster
import live
import wire
from live import world

SANITIZED = cluster.VARIANT in ("asan", "tsan")
STEP = int(os.environ.get("SHORTAGE_STEP", "0"))
NEVER = 1 << 60
# Blocks that may be kept by chance.
SLACK = 20


class Shortage:
    """Rules over the allocations of a process."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="pgexpr.", dir="/tmp")
        cluster.at_end(lambda: shutil.rmtree(self.directory, ignore_errors=True))
        self.library = os.path.join(self.directory, "shortage.so")
        source = os.path.join(cluster.ROOT, "tests", "live", "shortage.c")
        subprocess.run(["cc", "-std=gnu11", "-O2", "-shared", "-fPIC", "-I", cluster.ROOT, "-o", self.library, source], check=True)
        self.path = os.path.join(self.directory, "rule")
        with open(self.path, "wb") as file:
            file.write(bytes(40))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 40)

    def arm(self, first, last=None):
        self.map[:32] = struct.pack("=4q", 0, first, first if last is None else last, 0)
        self.map[:8] = struct.pack("=q", 1)

    def disarm(self):
        self.map[:8] = struct.pack("=q", 0)
        return self.count

    @property
    def count(self):
        return struct.unpack("=q", self.map[24:32])[0]

    @property
    def in_use(self):
        return struct.unpack("=q", self.map[32:40])[0]

    def environment(self):
        return {"LD_PRELOAD": self.library, "SHORTAGE_FILE": self.path}

    def program(self):
        """A program that starts the proxy under these rules."""
        path = os.path.join(self.directory, "pgexpr")
        words = " ".join("%s=%s" % pair for pair in self.environment().items())
        with open(path, "w", encoding="ascii") as file:
            file.write('#!/bin/sh\n%s exec %s/build/%s/pgexpr "$@"\n' % (words, cluster.ROOT, cluster.VARIANT))
        os.chmod(path, 0o755)
        return path


def query(text):
    return wire.message(b"Q", wire.cstring(text))


def batch(text):
    return (wire.message(b"P", b"s\0" + wire.cstring(text) + b"\0\0") + wire.message(b"B", b"\0s\0\0\0\0\0\0\0")
            + wire.message(b"D", b"P\0") + wire.message(b"E", b"\0\0\0\0\0") + wire.message(b"S"))


STARTUP = wire.startup(user="postgres", database="live", application_name="x")
# A table of its own is one whose shape no cache has.
COLD = [query("CREATE TEMP TABLE cold (id int PRIMARY KEY, word text, part int REFERENCES cold)"),
        query("/*expr*/ select(cold.c.word, cold.fk.part.c.id).where(cold.c.word.in_(['a', 'b']))"),
        batch("/*expr*/ select(cold.c.id).group_by(cold.c.id)"), query("/*expr*/ select(cold.c.wrod)"),
        query("DROP TABLE cold")]
COPY = [query("CREATE TEMP TABLE copied (i int)"), query("COPY copied FROM STDIN"),
        wire.message(b"d", b"1\n2\n"), wire.message(b"c"), query("/*expr*/ select(copied)"),
        query("COPY copied TO STDOUT")]
PLAIN = [query("SELECT 1"), batch("SELECT 2"), query("SELECT repeat('x', 300000)"), query("SELECT 1 / 0")]
END = wire.message(b"X")


class Clients(unittest.TestCase):
    """The same for every way to come in."""

    options = ()
    step = 1

    @classmethod
    def setUpClass(cls):
        cls.shortage = Shortage()
        port = cls.server().port
        cls.proxy = cluster.Proxy("127.0.0.1:%d" % port, program=cls.shortage.program(), options=[
            "--workers", "1", "--log-sessions", "off", "--max-cancels-per-address", "0", *cls.options])
        cls.other = wire.Connection("127.0.0.1", cls.proxy.port, live.DATABASE)

    @classmethod
    def tearDownClass(cls):
        cls.other.close()
        faults = cls.proxy.close()
        if faults:
            raise AssertionError(faults)

    @classmethod
    def server(cls):
        return world.server

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.proxy.port))

    def say(self, messages):
        """A session that says this; what it hears."""
        try:
            with self.connect() as sock:
                sock.sendall(b"".join(messages))
                return wire.read_to_end(sock)
        except (ConnectionError, ssl.SSLError):
            return b""

    def settled(self):
        """Blocks in use, when the server has closed as well."""
        files = self.proxy.open_files()
        end = time.monotonic() + 10
        while files > self.files and time.monotonic() < end:
            time.sleep(0.01)
            files = self.proxy.open_files()
        self.assertEqual(files, self.files)
        return self.shortage.in_use

    def every_allocation_fails(self, messages, check=None, step=None):
        step = STEP or step or self.step
        self.files = self.proxy.open_files()
        self.other_works()
        for _ in range(3):
            expected = self.say(messages)
            (check or self.answered)(expected)
            before = self.settled()
        failing, failed, rounds = 1, 0, 0
        while True:
            self.shortage.arm(failing, failing + (rounds % 2) * 5)  # one, or six in a row
            try:
                got = self.say(messages)
            except TimeoutError:
                self.fail("allocation %d: a hang; %s" % (failing, self.proxy.text_of_log()[-2000:]))
            reached = self.shortage.disarm() >= failing
            self.assertTrue(self.proxy.is_alive(), "allocation %d: %s" % (failing, self.proxy.text_of_log()[-2000:]))
            self.assertIsNone(wire.broken_message(got), "allocation %d" % failing)
            failed += len(got) != len(expected) or b"53200" in got
            if not reached:
                break
            self.other_works()
            failing += step
            rounds += 1
        self.assertTrue(failed > 0 or not expected)
        # Caches keep something of every new table, failure or not.
        after = self.settled()
        for _ in range(rounds):
            (check or self.answered)(self.say(messages))
        kept = self.settled() - after
        if STEP:
            print("%s: %d allocations failed of about %d, %d with an effect; blocks %d, without failures %d"
                  % (self.id(), rounds, failing, failed, after - before, kept))
        self.assertLess(after - before - kept, SLACK)

    def other_works(self):
        result = self.other.query("/*expr*/ select(func.count()).select_from(widgets)")
        self.assertEqual(result.rows, [("20",)], result.error)

    def answered(self, got):
        self.assertIn(b"Z", got)
        self.assertNotIn(b"53200", got)

    def test_a_session(self):
        self.every_allocation_fails([STARTUP, *PLAIN, END])

    def test_expressions(self):
        self.every_allocation_fails([STARTUP, *COLD, END])

    def test_copy(self):
        self.every_allocation_fails([STARTUP, *COPY, END])

    def test_cancel(self):
        self.every_allocation_fails([wire.cancel_request(1, b"key!")], check=lambda got: None)


@unittest.skipIf(SANITIZED, "a sanitizer has an allocator of its own")
class Plain(Clients):
    pass


@unittest.skipIf(SANITIZED, "a sanitizer has an allocator of its own")
class Secure(Clients):
    """TLS on both legs."""

    step = 61

    @classmethod
    def server(cls):
        c = certificates.Certificates()
        cert, key = c.for_postgres("server")
        server = cluster.Cluster(options=["ssl = on", "ssl_cert_file = '%s'" % cert, "ssl_key_file = '%s'" % key])
        server.psql("CREATE DATABASE live")
        server.psql(live.TABLES, "live")
        cls.options = ["--client-tls", "allow", "--client-tls-cert", c.cert("server"), "--client-tls-key",
                       c.key("server"), "--server-tls", "require"]
        return server

    def connect(self):
        sock = super().connect()
        sock.settimeout(20)
        sock.sendall(wire.SSL_REQUEST)
        answer = sock.recv(1)
        if answer != b"S":
            raise ConnectionResetError
        return ssl._create_unverified_context().wrap_socket(sock)


@unittest.skipIf(SANITIZED, "a sanitizer has an allocator of its own")
class Start(unittest.TestCase):
    """The program starts and works, or it says why not and ends."""

    def start(self, *options):
        """How it ended, or None when it works; and what it said."""
        port = cluster.free_port()
        with open(os.path.join(self.shortage.directory, "log"), "w+b") as log:
            process = subprocess.Popen([self.program, "--listen", "127.0.0.1:%d" % port, "--server",
                                        "127.0.0.1:%d" % world.server.port, "--workers", "2", *options],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                end = time.monotonic() + 20
                while process.poll() is None:
                    self.assertLess(time.monotonic(), end)
                    with socket.socket() as sock:
                        if sock.connect_ex(("127.0.0.1", port)) == 0:
                            break
                    time.sleep(0.005)
                self.shortage.disarm()
                if process.poll() is None:
                    connection = wire.Connection("127.0.0.1", port, live.DATABASE, timeout=20)
                    result = connection.query("/*expr*/ select(func.count()).select_from(widgets)")
                    self.assertEqual(result.rows, [("20",)], result.error)
                    connection.close()
                    process.send_signal(signal.SIGTERM)
                    self.assertEqual(process.wait(20), 0)
                    return None, ""
            finally:
                process.kill()
                process.wait()
            log.seek(0)
            return process.returncode, log.read().decode("utf-8", "replace")

    def every_allocation_fails(self, *options, step):
        self.shortage = Shortage()
        self.program = self.shortage.program()
        self.shortage.arm(NEVER)
        self.assertEqual(self.start(*options), (None, ""))
        count, refused = self.shortage.count, 0
        for failing in range(1, count + 1, STEP or max(1, count // step)):
            self.shortage.arm(failing)
            status, said = self.start(*options)
            if status is not None:
                refused += 1
                # libuv ends the process itself where its own tables cannot grow.
                ended = status > 0 or (status == -signal.SIGABRT and said == "pgexpr: out of memory\n")
                self.assertTrue(ended and said, "allocation %d of %d: %d, %r" % (failing, count, status, said))
        if STEP:
            print("%s: of %d allocations; it did not start %d times" % (self.id(), count, refused))
        self.assertGreater(refused, 0)

    def test_plain(self):
        self.every_allocation_fails(step=60)

    def test_with_tls(self):
        c = certificates.Certificates()
        self.every_allocation_fails("--client-tls", "allow", "--client-tls-cert", c.cert("server"),
                                    "--client-tls-key", c.key("server"), step=60)


del Clients

if __name__ == "__main__":
    live.main()
