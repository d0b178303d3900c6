#!/usr/bin/python3
"""TLS on either leg with the real libpq: who asks, who agrees, who is refused, and what is bound to what."""

import os
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

import psycopg2

import certificates
import cluster
import live
import scripted
import wire

SANITIZED = cluster.VARIANT in ("asan", "tsan")
MB = 1 << 20


class Parts:
    """One server with TLS, made when it is first asked for."""

    made = None

    def __init__(self):
        self.certificates = c = certificates.Certificates()
        cert, key = c.for_postgres("server")
        self.server = cluster.Cluster(
            options=["ssl = on", "ssl_cert_file = '%s'" % cert, "ssl_key_file = '%s'" % key,
                     "ssl_ca_file = '%s'" % c.cert("ca")],
            hba=["local all all trust", "hostssl all alice 127.0.0.1/32 cert",
                 "hostnossl all plain 127.0.0.1/32 trust", "hostssl all scram 127.0.0.1/32 scram-sha-256",
                 "hostssl all md5 127.0.0.1/32 md5", "host all postgres 127.0.0.1/32 trust",
                 "hostnossl all scram 127.0.0.1/32 scram-sha-256"])
        self.server.psql("CREATE ROLE alice LOGIN; CREATE ROLE plain LOGIN; "
                         "CREATE ROLE scram LOGIN PASSWORD 'secret'; SET password_encryption = 'md5'; "
                         "CREATE ROLE md5 LOGIN PASSWORD 'secret'; CREATE TABLE things (id int); "
                         "INSERT INTO things VALUES (1), (2); GRANT SELECT ON things TO PUBLIC")


def parts():
    if Parts.made is None:
        Parts.made = Parts()
    return Parts.made


class Case(unittest.TestCase):
    def setUp(self):
        self.certs = parts().certificates
        self.server = parts().server

    def client_leg(self, name="server", how="allow"):
        return ["--client-tls", how, "--client-tls-cert", self.certs.cert(name),
                "--client-tls-key", self.certs.key(name)]

    def proxy(self, *options, server=None):
        proxy = cluster.Proxy(server or "127.0.0.1:%d" % self.server.port, options=options)
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        return proxy

    def connect(self, proxy, **words):
        known = {"host": "127.0.0.1", "port": proxy.port, "user": "postgres", "dbname": "postgres",
                 "connect_timeout": 10, "gssencmode": "disable"}
        known.update(words)
        connection = psycopg2.connect(**known)
        self.addCleanup(connection.close)
        connection.autocommit = True
        return connection

    def value(self, connection, sql):
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor.fetchone()[0]

    def refused(self, pattern, proxy, **words):
        with self.assertRaisesRegex(psycopg2.OperationalError, pattern):
            self.connect(proxy, **words)

    def works(self, connection):
        self.assertEqual(self.value(connection, "SELECT 1"), 1)
        self.assertEqual(self.value(connection, "/*expr*/ select(func.count()).select_from(things)"), 2)


SERVER_TLS = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


class ClientLeg(Case):
    def test_off(self):
        proxy = self.proxy()
        self.refused("does not support SSL", proxy, sslmode="require")
        connection = self.connect(proxy, sslmode="prefer")
        self.assertFalse(connection.info.ssl_in_use)
        self.works(connection)

    def test_allow(self):
        proxy = self.proxy(*self.client_leg())
        for mode, used in (("disable", False), ("allow", False), ("prefer", True), ("require", True)):
            connection = self.connect(proxy, sslmode=mode)
            self.assertEqual(connection.info.ssl_in_use, used, mode)
            self.works(connection)

    def test_require(self):
        proxy = self.proxy(*self.client_leg(how="require"))
        self.refused("SSL connection is required", proxy, sslmode="disable")
        self.assertTrue(self.connect(proxy, sslmode="prefer").info.ssl_in_use)
        # Allow tries without first, and is refused before it has said who it is to the server.
        self.assertTrue(self.connect(proxy, sslmode="allow").info.ssl_in_use)

    def test_the_client_may_verify(self):
        proxy = self.proxy(*self.client_leg())
        ca, foreign = self.certs.cert("ca"), self.certs.cert("foreign")
        for mode in ("verify-ca", "verify-full"):
            self.works(self.connect(proxy, sslmode=mode, sslrootcert=ca))
            self.works(self.connect(proxy, sslmode=mode, sslrootcert=ca, host="localhost"))
            self.refused("certificate verify failed", proxy, sslmode=mode, sslrootcert=foreign)
        proxy = self.proxy(*self.client_leg("misnamed"), "--channel-binding-mismatch", "allow")
        self.works(self.connect(proxy, sslmode="verify-ca", sslrootcert=ca))
        self.refused("does not match host name", proxy, sslmode="verify-full", sslrootcert=ca)

    def test_client_certificates(self):
        c = self.certs
        mine = {"sslmode": "require", "sslcert": c.cert("client"), "sslkey": c.key("client")}
        forged = {"sslmode": "require", "sslcert": c.cert("intruder"), "sslkey": c.key("intruder")}
        none = {"sslmode": "require", "sslcert": "/nowhere", "sslkey": "/nowhere"}
        asks = ["--client-tls-ca", c.cert("ca"), "--client-tls-verify"]
        proxy = self.proxy(*self.client_leg(), *asks, "optional")
        for words in (mine, none):
            self.works(self.connect(proxy, **words))
        self.refused("SSL|closed", proxy, **forged)
        proxy = self.proxy(*self.client_leg(), *asks, "required")
        self.works(self.connect(proxy, **mine))
        for words in (none, forged):
            self.refused("SSL|closed", proxy, **words)

    def test_versions(self):
        proxy = self.proxy(*self.client_leg())
        for version, name in (("TLSv1.2", "TLSv1.2"), ("TLSv1.3", "TLSv1.3")):
            connection = self.connect(proxy, sslmode="require", ssl_min_protocol_version=version,
                                      ssl_max_protocol_version=version)
            self.assertEqual(connection.info.ssl_attribute("protocol"), name)
            self.works(connection)
        self.refused("SSL|closed", proxy, sslmode="require", ssl_min_protocol_version="TLSv1",
                     ssl_max_protocol_version="TLSv1.1")

    def raw(self, proxy):
        sock = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
        self.addCleanup(sock.close)
        return sock

    def context(self, *protocols, version=None):
        context = ssl.create_default_context(cafile=self.certs.cert("ca"))
        if protocols:
            context.set_alpn_protocols(protocols)
        if version:
            context.maximum_version = version
        return context

    def logs_in(self, sock):
        sock.sendall(wire.startup(user="postgres", database="postgres") + wire.message(b"Q", b"SELECT 'there'\0"))
        got = b""
        while got.count(b"Z\0\0\0\5I") < 2:
            part = sock.recv(65536)
            self.assertTrue(part, got)
            got += part
        self.assertIn(b"there", got)

    def test_direct_tls_with_alpn(self):
        proxy = self.proxy(*self.client_leg())
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context("postgresql", version=version)
            sock = context.wrap_socket(self.raw(proxy), server_hostname="localhost")
            self.assertEqual(sock.selected_alpn_protocol(), "postgresql")
            self.logs_in(sock)

    def test_direct_tls_without_alpn_is_refused(self):
        proxy = self.proxy(*self.client_leg())
        for protocols in ((), ("http/1.1", "h2")):
            with self.assertRaises((ssl.SSLError, OSError, AssertionError)):
                sock = self.context(*protocols).wrap_socket(self.raw(proxy), server_hostname="localhost")
                self.logs_in(sock)

    def test_direct_tls_when_there_is_none(self):
        proxy = self.proxy()
        with self.assertRaises((ssl.SSLError, OSError)):
            self.context("postgresql").wrap_socket(self.raw(proxy), server_hostname="localhost")

    def test_an_ssl_request_inside_of_tls_is_refused(self):
        proxy = self.proxy(*self.client_leg())
        sock = self.context("postgresql").wrap_socket(self.raw(proxy), server_hostname="localhost")
        sock.sendall(wire.SSL_REQUEST)
        self.assertEqual(sock.recv(1), b"E")

    def asked(self, proxy, context, **more):
        """TLS by SSLRequest, with Python's ssl."""
        sock = self.raw(proxy)
        sock.sendall(wire.SSL_REQUEST)
        self.assertEqual(sock.recv(1), b"S")
        return context.wrap_socket(sock, server_hostname="localhost", **more)

    def test_sessions_are_resumed_by_tickets(self):
        proxy = self.proxy(*self.client_leg())
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context(version=version)
            first = self.asked(proxy, context)
            self.logs_in(first)
            self.assertFalse(first.session_reused)
            again = self.asked(proxy, context, session=first.session)
            self.logs_in(again)
            self.assertTrue(again.session_reused, version)

    def test_bytes_before_tls_are_refused(self):
        """CVE-2021-23214: what came in the clear may not be taken for what was said under TLS."""
        proxy = self.proxy(*self.client_leg())
        sock = self.raw(proxy)
        sock.sendall(wire.SSL_REQUEST + wire.message(b"Q", b"SELECT 1\0"))
        got = b""
        while True:
            part = sock.recv(4096)
            if not part:
                break
            got += part
        self.assertIn(b"received unencrypted data after SSL request", got)

    def test_a_handshake_that_stops_is_given_up(self):
        proxy = self.proxy(*self.client_leg(), "--login-timeout", "300ms")
        for start in (wire.SSL_REQUEST, b"\x16\x03\x01\x02"):
            sock = self.raw(proxy)
            sock.sendall(start)
            began = time.monotonic()
            while sock.recv(100):
                pass
            self.assertLess(time.monotonic() - began, 5)
        self.works(self.connect(proxy, sslmode="require"))


class Reload(Case):
    def test_certificates_are_read_again_and_no_session_ends(self):
        c = self.certs
        directory = c.directory
        shown, key = os.path.join(directory, "shown.crt"), os.path.join(directory, "shown.key")
        for name in ("server",):
            self.install(name, shown, key)
        proxy = self.proxy("--client-tls", "require", "--client-tls-cert", shown, "--client-tls-key", key,
                           "--channel-binding-mismatch", "allow")
        old = self.connect(proxy, sslmode="require")
        self.works(old)
        self.assertEqual(self.serial(proxy), self.serial_of("server"))
        self.install("other", shown, key)
        self.assertEqual(self.serial(proxy), self.serial_of("server"))
        self.reload(proxy, "settings reloaded", 1)
        self.assertEqual(self.serial(proxy), self.serial_of("other"))
        self.works(old)
        # A broken file changes nothing, and is named.
        with open(shown, "w", encoding="ascii") as file:
            file.write("no certificate\n")
        self.reload(proxy, "settings not reloaded", 1)
        self.assertIn(shown, proxy.text_of_log())
        self.assertEqual(self.serial(proxy), self.serial_of("other"))
        self.install("server", shown, c.key("other"), copy_key=False)
        self.reload(proxy, "settings not reloaded", 2)
        os.unlink(shown)
        self.reload(proxy, "settings not reloaded", 3)
        self.works(old)
        self.works(self.connect(proxy, sslmode="require"))
        self.install("server", shown, key)
        self.reload(proxy, "settings reloaded", 2)
        self.assertEqual(self.serial(proxy), self.serial_of("server"))
        self.works(old)

    def install(self, name, cert, key, copy_key=True):
        with open(self.certs.cert(name), "rb") as source, open(cert, "wb") as target:
            target.write(source.read())
        if copy_key:
            with open(self.certs.key(name), "rb") as source, open(key, "wb") as target:
                target.write(source.read())
            os.chmod(key, 0o600)

    def reload(self, proxy, event, times):
        proxy.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 10
        while proxy.text_of_log().count(event) < times:
            self.assertLess(time.monotonic(), end, proxy.text_of_log())
            time.sleep(0.02)

    def serial(self, proxy):
        context = ssl.create_default_context(cafile=self.certs.cert("ca"))
        context.set_alpn_protocols(["postgresql"])
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as sock:
            with context.wrap_socket(sock, server_hostname="localhost") as secured:
                return int(secured.getpeercert()["serialNumber"], 16)

    def serial_of(self, name):
        done = subprocess.run(["openssl", "x509", "-noout", "-serial", "-in", self.certs.cert(name)],
                              stdout=subprocess.PIPE, text=True, check=True)
        return int(done.stdout.strip().split("=")[1], 16)


class Liar(scripted.Server):
    """Gives every SSLRequest this answer, in the clear."""

    def __init__(self, answer):
        self.answer = answer
        super().__init__()

    def talk(self, sock):
        if len(sock.recv(8)) == 8:
            sock.sendall(self.answer)
            sock.recv(100)


class ServerLeg(Case):
    def test_modes(self):
        for mode, used in (("disable", False), ("prefer", True), ("require", True)):
            connection = self.connect(self.proxy("--server-tls", mode))
            self.assertEqual(self.value(connection, SERVER_TLS), used, mode)
            self.works(connection)

    def test_direct_tls(self):
        """Without asking first, on either leg and both, with libpq's own and PostgreSQL 17's; bound from end to end."""
        leg = ["--server-tls", "verify-full", "--server-tls-ca", self.certs.cert("ca"), "--server-tls-negotiation", "direct"]
        version = int(self.server.psql("SHOW server_version_num")) // 10000
        if version < 17:
            proxy = self.proxy(*leg)
            self.refused("could not connect to the server", proxy)
            self.skipTest("PostgreSQL %d has no direct TLS" % version)
        proxy = self.proxy(*leg, *self.client_leg())
        for mode in ("disable", "require"):
            connection = self.connect(proxy, sslmode=mode)
            self.assertTrue(self.value(connection, SERVER_TLS))
            self.works(connection)
        self.is_cancelled(self.connect(proxy))
        if psycopg2.extensions.libpq_version() < 170000:
            self.skipTest("this libpq has no direct TLS")
        direct = {"sslmode": "require", "sslnegotiation": "direct"}
        for port in (proxy.port, self.proxy(*self.client_leg()).port):
            connection = self.connect(proxy, port=port, user="scram", password="secret", channel_binding="require", **direct)
            self.works(connection)
            self.is_cancelled(connection)
        self.refused("SSL", self.proxy(), **direct)

    def is_cancelled(self, connection):
        timer = threading.Timer(0.3, connection.cancel)
        timer.start()
        with self.assertRaises(psycopg2.extensions.QueryCanceledError):
            self.value(connection, "SELECT pg_sleep(20)")
        timer.join()
        self.works(connection)

    def test_verification(self):
        c = self.certs
        for mode in ("verify-ca", "verify-full"):
            self.works(self.connect(self.proxy("--server-tls", mode, "--server-tls-ca", c.cert("ca"))))
            self.works(self.connect(self.proxy("--server-tls", mode, "--server-tls-ca", c.cert("ca"),
                                               server="localhost:%d" % self.server.port)))
            proxy = self.proxy("--server-tls", mode, "--server-tls-ca", c.cert("foreign"))
            self.refused("could not connect to the server", proxy)
            self.assertIn("certificate", proxy.text_of_log())

    def test_a_wrong_name(self):
        server = self.other_server("misnamed")
        ca = ["--server-tls-ca", self.certs.cert("ca")]
        where = "127.0.0.1:%d" % server.port
        self.assertEqual(self.value(self.connect(self.proxy("--server-tls", "verify-ca", *ca, server=where)),
                                    "SELECT 1"), 1)
        proxy = self.proxy("--server-tls", "verify-full", *ca, server=where)
        self.refused("could not connect to the server", proxy)
        self.assertIn("mismatch", proxy.text_of_log())

    def other_server(self, name):
        cert, key = self.certs.for_postgres(name)
        server = cluster.Cluster(options=["ssl = on", "ssl_cert_file = '%s'" % cert,
                                          "ssl_key_file = '%s'" % key])
        self.addCleanup(server.remove)
        return server

    def test_a_server_without_tls(self):
        server = cluster.Cluster(options=["ssl = off"])
        self.addCleanup(server.remove)
        where = "127.0.0.1:%d" % server.port
        self.assertEqual(self.value(self.connect(self.proxy("--server-tls", "prefer", server=where)),
                                    "SELECT 1"), 1)
        for mode in ("require", "verify-full"):
            self.refused("does not support TLS", self.proxy(
                "--server-tls", mode, "--server-tls-ca", self.certs.cert("ca"), server=where))

    def test_a_client_certificate_for_the_server(self):
        c = self.certs
        mine = ["--server-tls-cert", c.cert("client"), "--server-tls-key", c.key("client")]
        connection = self.connect(self.proxy("--server-tls", "require", *mine), user="alice")
        self.assertEqual(self.value(connection, "SELECT current_user"), "alice")
        self.refused("certificate", self.proxy("--server-tls", "require"), user="alice")
        forged = ["--server-tls-cert", c.cert("intruder"), "--server-tls-key", c.key("intruder")]
        with self.assertRaises(psycopg2.OperationalError):
            self.connect(self.proxy("--server-tls", "require", *forged), user="alice")

    def test_prefer_repeats_a_login_that_is_only_let_in_without_tls(self):
        connection = self.connect(self.proxy("--server-tls", "prefer"), user="plain")
        self.assertFalse(self.value(connection, SERVER_TLS))
        self.assertEqual(self.value(connection, "SELECT 1"), 1)
        self.refused("no pg_hba.conf entry", self.proxy("--server-tls", "require"), user="plain")
        self.refused("no pg_hba.conf entry", self.proxy("--server-tls", "prefer"), user="nobody")

    def test_a_cancel_request_goes_by_tls(self):
        for legs in ((), self.client_leg()):
            proxy = self.proxy("--server-tls", "require", *legs)
            self.is_cancelled(self.connect(proxy))

    def liar(self, answer):
        server = Liar(answer)
        self.addCleanup(server.close)
        return "127.0.0.1:%d" % server.port

    def test_bytes_behind_the_servers_answer_are_refused(self):
        """CVE-2021-23222: a server, or who stands before it, may not put its word in front of TLS."""
        proxy = self.proxy("--server-tls", "require", server=self.liar(
            b"S" + b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I"))
        self.refused("could not connect|unencrypted", proxy)
        self.assertIn("received unencrypted data after SSL response", proxy.text_of_log())

    def test_an_error_in_the_clear_is_not_shown(self):
        """CVE-2024-10977: nobody has signed it."""
        proxy = self.proxy("--server-tls", "require", server=self.liar(
            b"E\0\0\0\x14SFATAL\0Mliar says\0\0"))
        try:
            self.connect(proxy)
            self.fail("it connected")
        except psycopg2.OperationalError as error:
            self.assertNotIn("liar", str(error))


class Scram(Case):
    """The matrix of proxy/README.md, row by row. libpq 10 and later with TLS binds channels if it is offered."""

    PASSWORD = {"user": "scram", "password": "secret"}
    PLAIN, TLS = {"sslmode": "disable"}, {"sslmode": "require"}
    MUST = {"channel_binding": "require"}

    def login(self, proxy, *words):
        merged = dict(self.PASSWORD)
        for word in words:
            merged.update(word)
        self.works(self.connect(proxy, **merged))

    def fails(self, pattern, proxy, *words):
        merged = dict(self.PASSWORD)
        for word in words:
            merged.update(word)
        self.refused(pattern, proxy, **merged)

    def test_plain_and_plain(self):
        for server in ("127.0.0.1:%d" % self.server.port,):
            proxy = self.proxy("--server-tls", "disable", server=server)
            self.login(proxy, self.PLAIN)
            self.fails("channel binding", proxy, self.PLAIN, self.MUST)
            self.fails("password authentication failed", proxy, self.PLAIN, {"password": "guess"})

    def test_plain_and_tls(self):
        """Without the -PLUS taken out, libpq would take this for an attack."""
        proxy = self.proxy("--server-tls", "require")
        self.login(proxy, self.PLAIN)
        self.fails("channel binding", proxy, self.PLAIN, self.MUST)

    def test_tls_and_plain(self):
        proxy = self.proxy("--server-tls", "disable", *self.client_leg())
        self.login(proxy, self.TLS)
        self.fails("channel binding", proxy, self.TLS, self.MUST)

    def test_tls_and_tls_with_the_servers_own_certificate(self):
        proxy = self.proxy("--server-tls", "require", *self.client_leg("server"))
        self.login(proxy, self.TLS)
        self.login(proxy, self.TLS, self.MUST)
        self.login(proxy, self.TLS, {"channel_binding": "disable"})
        self.login(proxy, self.PLAIN)
        self.fails("password authentication failed", proxy, self.TLS, self.MUST, {"password": "guess"})

    def test_tls_and_tls_with_another_certificate(self):
        proxy = self.proxy("--server-tls", "require", *self.client_leg("other"),
                           "--channel-binding-mismatch", "allow")
        self.fails("channel binding check failed", proxy, self.TLS)
        self.fails("channel binding check failed", proxy, self.TLS, self.MUST)
        self.login(proxy, self.TLS, {"channel_binding": "disable"})
        self.login(proxy, self.PLAIN)
        self.login(proxy, self.TLS, {"user": "md5"})

    def test_another_certificate_is_refused_at_the_start(self):
        for extra in ((), ("--check-config",)):
            done = self.run_proxy(*self.client_leg("other"), "--server-tls", "require", *extra)
            self.assertNotEqual(done.returncode, 0)
            for word in ("client_tls_cert", "own certificate", "server_tls = disable", "unix socket",
                         "channel_binding_mismatch = allow"):
                self.assertIn(word, done.stderr)

    def test_what_cannot_be_compared_is_a_warning(self):
        done = self.run_proxy(*self.client_leg("other"), "--check-config",
                              server="127.0.0.1:%d" % cluster.free_port())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("warning: cannot compare client_tls_cert", done.stderr)
        self.assertIn("refused", done.stderr)
        proxy = self.proxy(*self.client_leg("other"), server="127.0.0.1:%d" % cluster.free_port())
        self.assertIn("channel binding not checked", proxy.text_of_log())

    def test_what_can_work_is_not_refused(self):
        server = "127.0.0.1:%d" % self.server.port
        for options in ([*self.client_leg("server"), "--server-tls", "require"],
                        [*self.client_leg("other"), "--server-tls", "disable"],
                        [*self.client_leg("other"), "--channel-binding-mismatch", "allow"],
                        ["--server-tls", "require"]):
            done = self.run_proxy(*options, "--check-config", server=server)
            self.assertEqual((done.returncode, done.stderr), (0, ""), options)
        done = self.run_proxy(*self.client_leg("other"), "--check-config",
                              server="%s/.s.PGSQL.%d" % (self.server.directory, self.server.port))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def run_proxy(self, *options, server=None):
        program = os.path.join(cluster.ROOT, "build", cluster.VARIANT, "pgexpr")
        return subprocess.run([program, "--listen", "127.0.0.1:%d" % cluster.free_port(), "--server",
                               server or "127.0.0.1:%d" % self.server.port, *options], timeout=30,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


class Traffic(Case):
    def both_legs(self):
        return self.proxy("--server-tls", "require", *self.client_leg(how="require"))

    def test_large_values_both_ways(self):
        """40 MB in one row: what OpenSSL holds back wakes nobody up."""
        proxy = self.both_legs()
        for version in ("TLSv1.2", "TLSv1.3"):
            connection = self.connect(proxy, sslmode="require", ssl_max_protocol_version=version)
            start = time.monotonic()
            self.assertEqual(len(self.value(connection, "SELECT repeat('x', 40000000)")), 40000000)
            cursor = connection.cursor()
            cursor.execute("SELECT length(%s)", ("y" * 40000000,))
            self.assertEqual(cursor.fetchone()[0], 40000000)
            self.assertLess(time.monotonic() - start, 60 if SANITIZED else 15)

    def test_values_of_every_size_around_a_record(self):
        connection = self.connect(self.both_legs(), sslmode="require")
        cursor = connection.cursor()
        for size in [*range(0, 300, 7), *range(15900, 16500, 13), 65535, 65536, 65537, 131072, 262144, 300000]:
            cursor.execute("SELECT %s, repeat('z', %s)", ("q" * size, size))
            sent, made = cursor.fetchone()
            self.assertEqual((len(sent), len(made)), (size, size))

    def test_copy_both_ways(self):
        import io

        connection = self.connect(self.both_legs(), sslmode="require")
        cursor = connection.cursor()
        cursor.execute("CREATE TEMP TABLE bulk (line text)")
        text = "".join("line %d of some length\n" % i for i in range(300000))
        cursor.copy_expert("COPY bulk FROM STDIN", io.StringIO(text))
        back = io.StringIO()
        cursor.copy_expert("COPY bulk TO STDOUT", back)
        self.assertEqual(back.getvalue(), text)

    def test_many_rows(self):
        connection = self.connect(self.both_legs(), sslmode="require")
        cursor = connection.cursor()
        cursor.execute("SELECT i, repeat('r', i %% 50) FROM generate_series(1, %s) i", (300000,))
        self.assertEqual(sum(row[0] for row in cursor), 300000 * 300001 // 2)

    @unittest.skipIf(SANITIZED, "a sanitizer's allocator does not give memory back")
    def test_a_reader_that_stops(self):
        proxy = self.both_legs()
        sock = socket.create_connection(("127.0.0.1", proxy.port), timeout=30)
        self.addCleanup(sock.close)
        sock.sendall(wire.SSL_REQUEST)
        self.assertEqual(sock.recv(1), b"S")
        context = ssl.create_default_context(cafile=self.certs.cert("ca"))
        secured = context.wrap_socket(sock, server_hostname="localhost")
        before = proxy.resident()
        secured.sendall(wire.startup(user="postgres", database="postgres") + wire.message(
            b"Q", b"SELECT repeat('x', 1000) FROM generate_series(1, 100000)\0"))
        peak = 0
        for _ in range(20):
            time.sleep(0.1)
            peak = max(peak, proxy.resident() - before)
        self.assertLess(peak, 8 * MB)
        got, end = 0, b""
        while not end.endswith(b"Z\0\0\0\5I") or got < 100000000:
            part = secured.recv(MB)
            self.assertTrue(part)
            got += len(part)
            end = (end + part)[-6:]
        self.assertLess(proxy.resident() - before, 8 * MB)

    def test_peers_that_vanish(self):
        proxy = self.both_legs()
        files = None
        for _ in range(3):
            connections = [self.connect(proxy, sslmode="require") for _ in range(10)]
            pids = [self.value(connection, "SELECT pg_backend_pid()") for connection in connections]
            for connection in connections[:5]:
                os.close(connection.fileno())  # no close_notify, no Terminate
            self.server.psql("SELECT pg_terminate_backend(%s)" % "), pg_terminate_backend(".join(map(str, pids[5:])))
            for connection in connections[5:]:
                with self.assertRaises(psycopg2.OperationalError):
                    self.value(connection, "SELECT 1")
            end = time.monotonic() + 10
            while files is not None and proxy.open_files() > files:
                self.assertLess(time.monotonic(), end, "descriptors were lost")
                time.sleep(0.05)
            if files is None:
                time.sleep(2.5)
                files = proxy.open_files()

    @unittest.skipIf(SANITIZED, "a sanitizer's allocator has its own sizes")
    def test_an_idle_session_takes_little_more_than_openssl_takes(self):
        """Two connections of OpenSSL 3.0 take some 40 KiB; those of 3.5 half as much again."""
        bound = 50 if ssl.OPENSSL_VERSION_INFO < (3, 2) else 75
        proxy = self.both_legs()
        first = [self.connect(proxy, sslmode="require") for _ in range(20)]
        before = proxy.resident()
        count = 120
        more = [self.connect(proxy, sslmode="require") for _ in range(count)]
        for connection in more:
            self.assertEqual(self.value(connection, "SELECT 1"), 1)
        each = (proxy.resident() - before) / count
        for connection in first + more:
            connection.close()
        self.assertLessEqual(each, bound * 1024)


if __name__ == "__main__":
    live.main()
