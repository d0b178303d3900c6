#!/usr/bin/python3
"""What a session may take of the proxy's memory is bounded, whatever its peers do: read from /proc."""

import select
import struct
import time
import unittest

import cluster
import live
import silent
import wire
from live import Case, world

MB = 1 << 20
BOUND = 8 * MB  # of growth; the buffers of a session are far below it, a message here far above
LINE = b"x" * 999 + b"\n"
SANITIZED = cluster.VARIANT in ("asan", "tsan")  # their allocators keep what is freed


def message(kind, body):
    return wire.message(kind, body)


@unittest.skipIf(SANITIZED, "a sanitizer's allocator does not give memory back")
class Bounded(Case):
    def setUp(self):
        world.server.psql("CREATE UNLOGGED TABLE IF NOT EXISTS sink (line text)", live.DATABASE)
        self.connection = self.wire(timeout=120)
        self.connection.query("SELECT 1")
        self.before = world.proxy.resident()
        self.peak = 0

    def look(self):
        self.peak = max(self.peak, world.proxy.resident() - self.before)

    def stays_bounded(self):
        self.look()
        self.assertLess(self.peak, BOUND)

    def send_all(self, parts):
        """Sends big things piece by piece and watches the proxy meanwhile."""
        for count, part in enumerate(parts):
            self.connection.send(part)
            if count % 16 == 0:
                self.look()

    def send_until_full(self, part, limit):
        """Sends until nobody takes any more for a second; gives how much was taken."""
        sock, sent, left = self.connection.sock, 0, part
        sock.setblocking(False)
        while sent < limit:
            if not select.select([], [sock], [], 1.0)[1]:
                break
            count = sock.send(left)
            sent += count
            left = left[count:] or part
        sock.setblocking(True)
        return sent

    def test_a_gigabyte_for_a_reader_that_stops(self):
        self.connection.send(message(b"Q", b"SELECT repeat('x', 1000) FROM generate_series(1, 1000000)\0"))
        end = time.monotonic() + 3
        while time.monotonic() < end:
            time.sleep(0.1)
            self.look()
        self.stays_bounded()

    def test_a_gigabyte_for_a_reader_that_reads(self):
        self.connection.send(message(b"Q", b"COPY (SELECT repeat('x', 1000) FROM generate_series(1, 1000000)) "
                                     b"TO STDOUT\0"))
        got, tail = 0, b""
        buffer = bytearray(MB)
        while not tail.endswith(b"Z\0\0\0\x05I"):
            count = self.connection.sock.recv_into(buffer)
            self.assertGreater(count, 0)
            got += count
            tail = (tail + bytes(buffer[:count]))[-6:]
            if got % 64 == 0:
                self.look()
        self.assertGreater(got, 1000 * 1000000)
        self.stays_bounded()

    def test_a_gigabyte_of_copy_for_a_server_that_stops(self):
        other = wire.Connection("127.0.0.1", world.server.port, live.DATABASE)
        self.addCleanup(other.close)
        other.query("BEGIN")
        other.query("LOCK TABLE sink")
        self.connection.send(message(b"Q", b"COPY sink FROM STDIN\0"))
        sent = self.send_until_full(message(b"d", LINE * 60), 1000 * MB)
        self.assertLess(sent, 64 * MB, "somebody has taken it all")
        self.stays_bounded()

    def test_a_gigabyte_of_copy_that_goes_on(self):
        self.connection.query("BEGIN")
        self.connection.send(message(b"Q", b"COPY sink FROM STDIN\0"))
        self.assertEqual(self.connection.read()[0], b"G")
        self.send_all(message(b"d", LINE * 1000) for _ in range(1000))
        self.connection.send(message(b"c", b""))
        self.assertEqual(self.connection._collect()[0].tag, "COPY 1000000")
        self.connection.query("ROLLBACK")
        self.stays_bounded()

    def test_half_a_gigabyte_in_one_bind(self):
        size = 500 * MB
        head = b"\0\0" + struct.pack("!HHi", 0, 1, size)
        self.connection.send(message(b"P", b"\0SELECT length($1)\0\0\0"))
        self.connection.send(b"B" + struct.pack("!I", 4 + len(head) + size + 2) + head)
        self.send_all(b"y" * MB for _ in range(500))
        self.connection.send(b"\0\0" + message(b"D", b"P\0") + message(b"E", b"\0\0\0\0\0") + message(b"S", b""))
        self.assertEqual(self.connection._collect()[0].rows, [(str(size),)])
        self.stays_bounded()

    def send_query(self, head, size, tail):
        """A Query of about `size` bytes, never in this test's memory as a whole."""
        self.connection.send(b"Q" + struct.pack("!I", 4 + len(head) + size + len(tail)) + head)
        self.send_all(b"z" * MB for _ in range(size // MB))
        self.connection.send(tail)
        return self.connection._collect()

    def test_a_hundred_megabytes_of_query(self):
        result = self.send_query(b"SELECT length('", 100 * MB, b"')\0")[0]
        self.assertEqual(result.rows, [(str(100 * MB),)])
        self.stays_bounded()

    def test_a_hundred_megabytes_of_expression_are_refused(self):
        result = self.send_query(b"/*expr*/ select(literal('", 100 * MB, b"'))\0")[0]
        self.assertIsNotNone(result.error)
        self.assertEqual(result.error["C"], "54000", result.error)
        self.assertEqual(self.connection.query("SELECT 1").rows, [("1",)])
        self.stays_bounded()


@unittest.skipIf(SANITIZED, "a sanitizer's allocator has its own sizes")
class Idle(unittest.TestCase):
    def test_ten_thousand_idle_sessions_take_two_kibibytes_each(self):
        count = silent.room_for(10000)
        server = silent.SilentServer()
        proxy = cluster.Proxy("127.0.0.1:%d" % server.port, options=("--workers", "1"))
        clients = [silent.login(proxy.port) for _ in range(100)]
        before = proxy.resident()
        clients += [silent.login(proxy.port) for _ in range(count)]
        each = (proxy.resident() - before) / count
        files = proxy.open_files()
        for sock in clients:
            sock.close()
        end = time.monotonic() + 20
        while proxy.open_files() > 100 and time.monotonic() < end:
            time.sleep(0.1)
        left = proxy.open_files()
        self.assertEqual(proxy.close(), [])
        self.assertLessEqual(each, 2048)
        self.assertGreater(files, 2 * count)
        self.assertLess(left, 100, "descriptors were lost")


if __name__ == "__main__":
    live.main()
