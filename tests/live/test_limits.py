#!/usr/bin/python3
"""How many may come in, how often, how long they may take, and what is told to whom: at each limit and one
past it."""

import socket
import ssl
import struct
import time
import unittest

import certificates
import cluster
import live
import scripted
import wire
from live import Case, world

SECRET = "correct-horse-battery-staple"


class Secured(scripted.Answering):
    """A server that begins TLS when it is asked for it."""

    def __init__(self, context, *answers):
        self.context = context
        super().__init__(*answers)

    def talk(self, sock):
        if sock.recv(8) == wire.SSL_REQUEST:
            sock.sendall(b"S")
            super().talk(self.context.wrap_socket(sock, server_side=True))


@unittest.skipIf(world.direct, "these are limits of the proxy")
class Limits(Case):
    def proxy(self, *options, **more):
        proxy = cluster.Proxy("127.0.0.1:%d" % world.server.port, options=options, **more)
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        return proxy

    def login(self, proxy, **more):
        connection = wire.Connection("127.0.0.1", proxy.port, live.DATABASE, **more)
        self.addCleanup(connection.close)
        return connection

    def gone(self, connection):
        connection.close()

    def logins(self, proxy, seconds=5, **more):
        """A login that must succeed soon: the session before it may take a moment to end."""
        end = time.monotonic() + seconds
        while True:
            try:
                return self.login(proxy, **more)
            except wire.Broken:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def test_sessions_in_all(self):
        proxy = self.proxy("--max-sessions", "3", "--workers", "2")
        inside = [self.login(proxy) for _ in range(3)]
        with self.assertRaisesRegex(wire.Broken, "53300: sorry, too many clients already"):
            self.login(proxy)
        # A cancel request is not a session: it is needed most when all are taken.
        self.assertEqual(self.cancel(proxy, inside[0]), b"")
        inside.pop().close()
        self.logins(proxy)
        self.assertIn("max_sessions", proxy.text_of_log())

    def test_sessions_of_one_address(self):
        proxy = self.proxy("--max-sessions-per-address", "2", "--workers", "2")
        inside = [self.login(proxy) for _ in range(2)]
        with self.assertRaisesRegex(wire.Broken, "53300: sorry, too many clients from this address"):
            self.login(proxy)
        other = socket.create_connection(("127.0.0.1", proxy.port), source_address=("127.0.0.2", 0))
        self.addCleanup(other.close)
        other.sendall(wire.startup(user="postgres", database="live"))
        self.assertEqual(other.recv(1), b"R")
        inside.pop().close()
        self.logins(proxy)

    def knock(self, proxy, words=b"", source="127.0.0.1"):
        """A connection that does not say who it is."""
        sock = socket.create_connection(("127.0.0.1", proxy.port), timeout=10, source_address=(source, 0))
        self.addCleanup(sock.close)
        sock.sendall(words)
        return sock

    def is_refused(self, sock):
        sock.settimeout(0.3)
        try:
            return sock.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def test_connections_that_do_not_say_who_they_are(self):
        """As many may stand at the door as may be inside; who is inside is not counted there, nor a cancel request."""
        proxy = self.proxy("--max-sessions", "3", "--workers", "2")
        inside = [self.login(proxy) for _ in range(3)]
        time.sleep(0.2)  # the proxy's own start was looked for by a connection
        knocks = [self.knock(proxy, words) for words in (b"", b"\0", wire.SSL_REQUEST)]
        time.sleep(0.1)
        self.assertTrue(self.is_refused(self.knock(proxy)))
        self.assertFalse(self.is_refused(knocks[0]))
        self.assertIn("connection refused", proxy.text_of_log())
        self.assertEqual(self.value(inside[0].query("SELECT 1")), "1")
        knocks.pop().close()
        time.sleep(0.1)
        self.assertEqual(self.cancel(proxy, inside[0]), b"")
        inside.pop().close()
        self.logins(proxy)

    def test_connections_of_one_address_that_do_not_say_who_they_are(self):
        proxy = self.proxy("--max-sessions-per-address", "2", "--workers", "2", "--login-timeout", "2s")
        time.sleep(0.2)
        knocks = [self.knock(proxy) for _ in range(2)]
        time.sleep(0.1)
        self.assertTrue(self.is_refused(self.knock(proxy)))
        self.assertFalse(self.is_refused(self.knock(proxy, source="127.0.0.2")))
        time.sleep(3)  # their time is over
        self.assertTrue(all(map(self.is_refused, knocks)))
        self.logins(proxy)

    def cancel(self, proxy, connection):
        sock = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
        sock.sendall(wire.cancel_request(connection.pid, connection.key))
        try:
            got = sock.recv(1)
        except ConnectionResetError:
            got = b""
        sock.close()
        return got

    def test_cancel_requests_of_one_address(self):
        proxy = self.proxy("--max-cancels-per-address", "3", "--workers", "1")
        connection = self.login(proxy)
        time.sleep(1.0 - time.monotonic() % 1.0 + 0.01)  # a new second, more or less
        for _ in range(8):
            self.cancel(proxy, connection)
        refused = proxy.text_of_log().count("cancel request refused")
        self.assertTrue(2 <= refused <= 5, refused)  # eight in at most two seconds
        time.sleep(1.1)
        self.cancel(proxy, connection)
        self.assertEqual(proxy.text_of_log().count("cancel request refused"), refused)
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")

    def test_login_timeout(self):
        proxy = self.proxy("--login-timeout", "400ms")
        for start in (b"", b"\0\0", wire.SSL_REQUEST, struct.pack("!II", 100, 196608) + b"user"):
            sock = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
            sock.sendall(start)
            began = time.monotonic()
            while sock.recv(100):
                pass
            self.assertTrue(0.2 < time.monotonic() - began < 5, start)
            sock.close()
        # Who is in is not concerned.
        connection = self.login(proxy)
        time.sleep(0.6)
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")

    def test_login_timeout_in_the_middle_of_a_password(self):
        server = cluster.Cluster(hba=["local all all trust", "host all all 127.0.0.1/32 scram-sha-256"])
        self.addCleanup(server.remove)
        proxy = cluster.Proxy("127.0.0.1:%d" % server.port, options=["--login-timeout", "400ms"])
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        sock = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
        self.addCleanup(sock.close)
        sock.sendall(wire.startup(user="postgres"))
        got = b""
        while True:
            part = sock.recv(4096)
            if not part:
                break
            got += part
        self.assertEqual(got[:1], b"R")
        self.assertIn(b"canceling authentication due to timeout", got)

    def test_the_allow_list(self):
        proxy = self.proxy("--allow", "127.0.0.2/32,10.0.0.0/8")
        sock = socket.create_connection(("127.0.0.1", proxy.port), source_address=("127.0.0.3", 0))
        self.addCleanup(sock.close)
        sock.settimeout(5)
        try:
            self.assertEqual(sock.recv(1), b"")
        except ConnectionResetError:
            pass
        sock = socket.create_connection(("127.0.0.1", proxy.port), source_address=("127.0.0.2", 0))
        self.addCleanup(sock.close)
        sock.sendall(wire.SSL_REQUEST)
        self.assertEqual(sock.recv(1), b"N")

    def test_listening_beyond_this_machine_is_warned_of(self):
        port = cluster.free_port()
        proxy = self.proxy(listen="0.0.0.0:%d" % port)
        self.assertIn("listening beyond this machine without TLS", proxy.text_of_log())
        # And what the server lets in because it trusts the proxy is kept out.
        with self.assertRaisesRegex(wire.Broken, "28000: the server let this login in without asking"):
            wire.Connection("127.0.0.1", port, live.DATABASE)
        self.assertNotIn("listening beyond", self.proxy().text_of_log())

    def test_require_auth(self):
        proxy = self.proxy("--require-auth", "on")
        with self.assertRaisesRegex(wire.Broken, "28000"):
            self.login(proxy)
        port = cluster.free_port()
        self.proxy("--require-auth", "off", listen="0.0.0.0:%d" % port)
        connection = wire.Connection("127.0.0.1", port, live.DATABASE)
        self.addCleanup(connection.close)
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")


@unittest.skipIf(world.direct, "this is the proxy's log and memory")
class Secrets(Case):
    """A password passes, and is nowhere afterwards: not in the log, not in the memory."""

    def test_passwords_are_neither_logged_nor_kept(self):
        server = cluster.Cluster(hba=["local all all trust", "host all postgres 127.0.0.1/32 trust",
                                      "host all u_password 127.0.0.1/32 password",
                                      "host all u_scram 127.0.0.1/32 scram-sha-256"])
        self.addCleanup(server.remove)
        server.psql("CREATE ROLE u_password LOGIN PASSWORD '%s'; CREATE ROLE u_scram LOGIN PASSWORD '%s'"
                    % (SECRET, SECRET))
        certs = certificates.Certificates()
        for mode in ("disable", "require"):
            with self.subTest(sslmode=mode):
                self.check(server, mode, ["--client-tls", "allow", "--client-tls-cert", certs.cert("server"),
                                          "--client-tls-key", certs.key("server")])

    def check(self, server, mode, options):
        import psycopg2

        proxy = cluster.Proxy("127.0.0.1:%d" % server.port, options=["--log-level", "debug", *options])
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        kept = []
        for user, password, good in (("u_password", SECRET, True), ("u_scram", SECRET, True),
                                     ("u_password", SECRET + "-wrong", False)):
            words = dict(host="127.0.0.1", port=proxy.port, user=user, password=password, dbname="postgres",
                         sslmode=mode)
            if good:
                kept.append(psycopg2.connect(**words))
                self.addCleanup(kept[-1].close)
            else:
                with self.assertRaises(psycopg2.OperationalError):
                    psycopg2.connect(**words)
        cursor = kept[0].cursor()
        cursor.execute("SELECT 'a-statement-with-a-literal'")
        cursor.execute("/*expr*/ select(literal('another-literal'))")
        self.assertEqual(cursor.fetchone()[0], "another-literal")
        # A client that sends its password in pieces, and one that leaves in the middle of it.
        for whole in (True, False):
            connection = wire.Connection("127.0.0.1", proxy.port, "", start=False)
            connection.send(wire.startup(user="u_password", database="postgres"))
            self.assertEqual(connection.read()[0], b"R")
            message = wire.message(b"p", SECRET.encode() + b"\0")
            for at in range(0, len(message) if whole else 20):
                connection.send(message[at:at + 1])
                time.sleep(0.002)
            if whole:
                self.assertEqual(connection.read()[0], b"R")
            connection.sock.close()
        time.sleep(0.3)
        for words in (SECRET, "a-statement-with", "another-literal"):
            self.assertNotIn(words, proxy.text_of_log())
        if cluster.VARIANT not in ("asan", "tsan"):
            self.assertEqual(self.found_in_memory(proxy, SECRET[:15].encode()), [])

    @unittest.skipIf(cluster.VARIANT in ("asan", "tsan"), "a sanitizer's allocator is not ours")
    def test_a_password_that_has_just_passed_is_wiped(self):
        """While the server thinks about it, before anything else has used the same memory."""
        certs = certificates.Certificates()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certs.cert("server"), certs.key("server"))
        for server, mode in ((scripted.Answering(wire.message(b"R", b"\0\0\0\3")), "disable"),
                             (Secured(tls, wire.message(b"R", b"\0\0\0\3")), "require")):
            self.addCleanup(server.close)
            self.password_is_wiped(certs, server, mode)

    def password_is_wiped(self, certs, server, mode):
        proxy = cluster.Proxy("127.0.0.1:%d" % server.port, options=[
            "--server-tls", mode, "--client-tls", "allow", "--client-tls-cert", certs.cert("server"),
            "--client-tls-key", certs.key("server"), "--workers", "1"])
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        context = ssl.create_default_context(cafile=certs.cert("ca"))
        context.set_alpn_protocols(["postgresql"])
        for secured in (False, True):
            heard = len(server.heard)
            sock = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
            if secured:
                sock = context.wrap_socket(sock, server_hostname="localhost")
            self.addCleanup(sock.close)
            sock.sendall(wire.startup(user="postgres"))
            self.assertEqual(sock.recv(100)[:1], b"R")
            sock.sendall(wire.message(b"p", SECRET.encode() + b"\0"))
            time.sleep(0.3)
            self.assertIn(SECRET.encode(), b"".join(server.heard[heard:]))
            self.assertEqual(self.found_in_memory(proxy, SECRET[-15:].encode()), [],
                             ("TLS" if secured else "plain", "server_tls = " + mode))

    def found_in_memory(self, proxy, secret):
        """Where in the proxy's writable memory the bytes stand."""
        found = []
        pid = proxy.process.pid
        with open("/proc/%d/maps" % pid, encoding="ascii") as maps, \
                open("/proc/%d/mem" % pid, "rb", buffering=0) as memory:
            looked = 0
            for line in maps:
                span, access, *rest = line.split()
                if access[:2] != "rw" or rest[-1] in ("[vvar]", "[vsyscall]"):
                    continue
                start, end = (int(part, 16) for part in span.split("-"))
                memory.seek(start)
                try:
                    data = memory.read(end - start)
                except OSError:
                    continue
                looked += len(data)
                if secret in data:
                    found.append(line.strip())
        self.assertGreater(looked, 100000)
        return found


if __name__ == "__main__":
    live.main()
