#!/usr/bin/python3
"""The program as its operator meets it: the command line, the configuration file, exit codes, signals."""

import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import cluster
import live
import wire
from live import Case, world

PROGRAM = os.path.join(cluster.ROOT, "build", cluster.VARIANT, "pgexpr")


def run(*words):
    """Exit status, standard output, standard error."""
    done = subprocess.run([PROGRAM, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=60)
    return done.returncode, done.stdout, done.stderr


class CommandLine(unittest.TestCase):
    def written(self, text):
        file = tempfile.NamedTemporaryFile("w", suffix=".ini")
        self.addCleanup(file.close)
        file.write(text)
        file.flush()
        return file.name

    def test_version_and_help(self):
        status, out, err = run("--version")
        self.assertRegex(out, r"^pgexpr \d+\.\d+\.\d+\n$")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(run("-V"), (0, out, ""))
        status, out, err = run("--help")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(run("-h"), (0, out, ""))
        with open(os.path.join(cluster.ROOT, "proxy", "options.def"), encoding="utf-8") as table:
            names = re.findall(r"^OPTION\((\w+)", table.read(), re.MULTILINE)
        self.assertGreater(len(names), 30)
        for name in names:
            self.assertIn("\n  --%s " % name.replace("_", "-"), out)

    def test_what_is_not_understood_is_named(self):
        for words, message in (
                (["--nope"], 'unknown flag "--nope"; --help lists them'),
                (["nope"], '"nope" is not understood; --help lists the flags'),
                (["--config"], "--config needs a value: FILE"),
                (["--version=1"], "--version takes no value"),
                (["--config", "/nowhere/pgexpr.ini"], "cannot open /nowhere/pgexpr.ini: No such file or directory"),
                (["--max-sessions", "many"], 'max_sessions: "many" is not a number'),
                (["--max-sessions", "0"], "max_sessions: 0 is outside the valid range (1 .. 1000000)"),
                (["--listen", "127.0.0.1:99999"], 'listen: "127.0.0.1:99999": a port is a number from 1 to 65535'),
                (["--allow", "10.0.0.0/33"], 'allow: "10.0.0.0/33" is no network (10.0.0.0/8, fd00::/8)')):
            with self.subTest(words=words):
                self.assertEqual(run("--check-config", *words), (2, "", "pgexpr: %s\n" % message))

    def test_a_mistake_in_the_file_is_named_with_its_line(self):
        for text, message in (
                ("\nlog_level = loud\n", 'line 2: log_level: "loud" is none of debug|info|warning|error'),
                ("[pgexpr]\nsever = x\n", 'line 2: unknown setting "sever"'),
                ("[pgbouncer]\nlisten = 127.0.0.1\n",
                 "line 2: unknown section [pgbouncer]: settings stand at the top or in [pgexpr]"),
                ("listen\n", "line 1: neither a setting nor a section")):
            with self.subTest(text=text):
                path = self.written(text)
                self.assertEqual(run("--config", path, "--check-config"),
                                 (2, "", "pgexpr: %s: %s\n" % (path, message)))

    def test_the_example_is_right(self):
        example = os.path.join(cluster.ROOT, "configs", "pgexpr.ini")
        self.assertEqual(run("--config", example, "--server", "127.0.0.1:1", "--check-config")[:2],
                         (0, "the settings are right\n"))

    def test_a_port_that_is_taken(self):
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        status, out, err = run("--listen", address, "--server", "127.0.0.1:1")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("cannot listen on %s: Address already in use" % address, err)


@unittest.skipIf(world.direct, "these are the proxy's")
class Signals(Case):
    def proxy(self, *options, listen=None):
        return cluster.Proxy("127.0.0.1:%d" % world.server.port, listen=listen,
                             options=["--server-tls", "disable", *options])

    def login(self, proxy):
        connection = wire.Connection("127.0.0.1", proxy.port, live.DATABASE)
        self.addCleanup(connection.close)
        return connection

    def told_to_end(self, connection):
        kind, body = connection.read()
        fields = wire.fields_of(body)
        self.assertEqual((kind, fields["S"], fields["C"]), (b"E", "FATAL", "57P01"))

    def logged(self, proxy, event, times=1):
        cluster.wait_until(lambda: proxy.text_of_log().count(event) >= times, 10, proxy.process, proxy.log)

    def test_the_end_waits_for_transactions(self):
        proxy = self.proxy()
        idle, busy = self.login(proxy), self.login(proxy)
        self.assertIsNone(busy.query("BEGIN").error)
        proxy.process.send_signal(signal.SIGTERM)
        self.told_to_end(idle)
        with self.assertRaises(ConnectionError):
            self.login(proxy)
        self.assertEqual(busy.query("/*expr*/ select(func.count(widgets.c.id))").rows, [("20",)])
        self.assertIsNone(proxy.process.poll())
        busy.send(wire.message(b"Q", b"COMMIT\0"))
        self.assertEqual(busy.read(), (b"C", b"COMMIT\0"))
        self.assertEqual(busy.read(), (b"Z", b"I"))
        self.told_to_end(busy)
        self.assertEqual(proxy.process.wait(10), 0)
        self.assertEqual(proxy.faults()[1:], [])

    def test_a_second_signal_does_not_wait(self):
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM)):
            proxy = self.proxy()
            busy = self.login(proxy)
            self.assertIsNone(busy.query("BEGIN").error)
            proxy.process.send_signal(first)
            self.logged(proxy, "shutting down")
            self.assertIsNone(proxy.process.poll())
            proxy.process.send_signal(second)
            self.told_to_end(busy)
            self.assertEqual(proxy.process.wait(10), 0)

    def test_the_end_waits_no_longer_than_shutdown_timeout(self):
        proxy = self.proxy("--shutdown-timeout", "500ms")
        busy = self.login(proxy)
        self.assertIsNone(busy.query("BEGIN").error)
        start = time.monotonic()
        proxy.process.send_signal(signal.SIGTERM)
        self.told_to_end(busy)
        self.assertGreater(time.monotonic() - start, 0.4)
        self.assertEqual(proxy.process.wait(10), 0)

    def test_a_reload(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        path = os.path.join(directory.name, "pgexpr.ini")

        def write(text):
            with open(path, "w", encoding="ascii") as file:
                file.write(text)

        write("max_sessions = 2\n")
        proxy = self.proxy("--config", path)
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        first = self.login(proxy)
        self.login(proxy)
        with self.assertRaisesRegex(wire.Broken, "53300"):
            self.login(proxy)
        write("max_sessions = 3\nworkers = 7\nlog_format = json\n")
        proxy.process.send_signal(signal.SIGHUP)
        self.logged(proxy, "settings reloaded")
        self.assertIn('event="a changed setting needs a restart" setting=workers', proxy.text_of_log())
        self.assertEqual(json.loads(proxy.text_of_log().splitlines()[-1])["event"], "settings reloaded")
        self.login(proxy)
        # What needs a restart stays as it was, so that it is told again.
        proxy.process.send_signal(signal.SIGHUP)
        self.logged(proxy, '"settings reloaded"', 2)
        self.assertIn('"event":"a changed setting needs a restart","setting":"workers"', proxy.text_of_log())
        write("max_sessions = none\n")
        proxy.process.send_signal(signal.SIGHUP)
        self.logged(proxy, "settings not reloaded")
        self.assertIn('max_sessions: \\"none\\" is not a number', proxy.text_of_log())
        with self.assertRaisesRegex(wire.Broken, "53300"):
            self.login(proxy)
        self.assertEqual(first.query("SELECT 1").rows, [("1",)])

    def test_the_service_manager_is_told(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(os.path.join(directory.name, "notify"))
        manager.settimeout(10)
        os.environ["NOTIFY_SOCKET"] = os.path.join(directory.name, "notify")
        try:
            proxy = self.proxy()
        finally:
            del os.environ["NOTIFY_SOCKET"]
        self.assertEqual(manager.recv(100), b"READY=1")
        proxy.process.send_signal(signal.SIGHUP)
        self.assertEqual((manager.recv(100), manager.recv(100)), (b"RELOADING=1", b"READY=1"))
        self.assertEqual(proxy.close(), [])
        self.assertEqual(manager.recv(100), b"STOPPING=1")

    def test_a_second_pgexpr_gets_no_share_of_the_port(self):
        proxy = self.proxy()
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        address = "127.0.0.1:%d" % proxy.port
        status, _, err = run("--listen", address, "--server", "127.0.0.1:1")
        self.assertEqual(status, 1)
        self.assertIn("cannot listen on %s: Address already in use" % address, err)

    def test_a_socket_file_that_nobody_listens_on_is_replaced(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        path = os.path.join(directory.name, ".s.PGSQL.6432")
        killed = self.proxy(listen=path)
        killed.process.kill()
        killed.process.wait()
        self.assertTrue(os.path.exists(path))
        proxy = self.proxy(listen=path)
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        # One that somebody listens on is not.
        status, _, err = run("--listen", path, "--server", "127.0.0.1:1")
        self.assertEqual(status, 1)
        self.assertIn("cannot listen on %s: Address already in use" % path, err)
        connection = wire.Connection(directory.name, 6432, live.DATABASE)
        self.assertEqual(connection.query("SELECT 1").rows, [("1",)])
        connection.close()

    def test_socket_files_are_removed(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        path = os.path.join(directory.name, ".s.PGSQL.6432")
        for listen in (path, directory.name):
            process = subprocess.Popen([PROGRAM, "--listen", listen, "--server", "127.0.0.1:1",
                                        "--unix-socket-mode", "0700"], stderr=subprocess.PIPE)
            self.addCleanup(process.kill)
            for line in process.stderr:
                if b'event="ready"' in line:
                    break
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o700)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=10)
            self.assertEqual(process.returncode, 0)
            self.assertEqual(os.listdir(directory.name), [])


if __name__ == "__main__":
    live.main()
