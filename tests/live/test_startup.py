#!/usr/bin/python3
"""The start of a session with protocol versions that are not 3.0: servers are scripted, because those that
are installed may not know them."""

import socket
import struct
import unittest

import cluster
import live
import scripted
import wire
from live import world

NEGOTIATE = b"v"


def version(major, minor):
    return major << 16 | minor


OK = wire.message(b"R", b"\0\0\0\0")
READY = wire.message(b"Z", b"I")


def negotiate(minor, *options):
    return wire.message(NEGOTIATE, struct.pack("!II", version(3, minor), len(options))
                        + b"".join(option + b"\0" for option in options))


@unittest.skipIf(world.direct, "this is about the proxy")
class Versions(unittest.TestCase):
    def setUp(self):
        self.server = None

    def scripted(self, *answers):
        self.server = scripted.Answering(*answers)
        self.addCleanup(self.server.close)
        return self.proxy(self.server.port)

    def proxy(self, port):
        proxy = cluster.Proxy("127.0.0.1:%d" % port, options=["--server-tls", "disable"])
        self.addCleanup(lambda: self.assertEqual(proxy.close(), []))
        return proxy

    def ask(self, proxy, number, **options):
        """The packet sent, and the messages up to ReadyForQuery or the end."""
        packet = wire.startup(number, user="postgres", database="postgres", **options)
        connection = wire.Connection("127.0.0.1", proxy.port, "", start=False)
        self.addCleanup(connection.sock.close)
        connection.send(packet)
        messages = []
        try:
            while True:
                messages.append(connection.read_any())
                if messages[-1][0] == b"Z":
                    break
        except (wire.Broken, OSError):
            pass
        return packet, messages

    def negotiated(self, messages):
        """(minor, options) of the one NegotiateProtocolVersion; None when there is none."""
        found = [body for kind, body in messages if kind == NEGOTIATE]
        self.assertLessEqual(len(found), 1, "libpq gives up at a second one")
        if not found:
            return None
        number, count = struct.unpack("!II", found[0][:8])
        options = [part.decode() for part in found[0][8:].split(b"\0")[:count]]
        self.assertEqual(number >> 16, 3)
        return number & 0xffff, options

    def test_versions_up_to_3_2_go_on_byte_for_byte(self):
        proxy = self.scripted(OK, READY)
        for minor in (0, 2):
            packet, messages = self.ask(proxy, version(3, minor), application_name="x", options="-c a.b=c")
            self.assertEqual(self.server.got[-1], packet)
            self.assertIsNone(self.negotiated(messages))

    def test_grease(self):
        """What libpq 19 sends to find those who do not negotiate."""
        proxy = self.scripted(OK, READY)
        _, messages = self.ask(proxy, version(3, 9999), **{"_pq_.test_protocol_negotiation": "on"})
        self.assertEqual(self.negotiated(messages), (2, ["_pq_.test_protocol_negotiation"]))
        forwarded = self.server.got[-1]
        self.assertEqual(struct.unpack("!I", forwarded[4:8])[0], version(3, 2))
        self.assertNotIn(b"_pq_", forwarded)
        self.assertEqual(messages[-1][0], b"Z")

    def test_grease_with_a_real_server(self):
        proxy = self.proxy(world.server.port)
        _, messages = self.ask(proxy, version(3, 9999), **{"_pq_.test_protocol_negotiation": "on"})
        minor, options = self.negotiated(messages)
        self.assertIn(minor, (0, 2))
        self.assertEqual(options, ["_pq_.test_protocol_negotiation"])
        self.assertEqual(messages[-1][0], b"Z")

    def test_the_servers_answer_and_ours_become_one(self):
        proxy = self.scripted(negotiate(0), OK, READY)
        _, messages = self.ask(proxy, version(3, 9999), **{"_pq_.one": "1", "_pq_.two": "2"})
        self.assertEqual(self.negotiated(messages), (0, ["_pq_.one", "_pq_.two"]))

    def test_the_servers_own_answer_is_not_touched(self):
        proxy = self.scripted(negotiate(0), OK, READY)
        _, messages = self.ask(proxy, version(3, 2))
        self.assertEqual(self.negotiated(messages), (0, []))

    def test_an_unknown_option_with_version_3_0(self):
        proxy = self.scripted(OK, READY)
        _, messages = self.ask(proxy, version(3, 0), **{"_pq_.unknown": "x", "application_name": "y"})
        self.assertEqual(self.negotiated(messages), (0, ["_pq_.unknown"]))
        self.assertIn(b"application_name\0y\0", self.server.got[-1])

    def test_the_answer_comes_before_the_first_question(self):
        """In front of the authentication, wherever the server says it."""
        proxy = self.scripted(wire.message(b"R", b"\0\0\0\3"), OK, READY)
        _, messages = self.ask(proxy, version(3, 5))
        self.assertEqual([kind for kind, _ in messages], [NEGOTIATE, b"R", b"R", b"Z"])

    def test_other_major_versions(self):
        proxy = self.scripted(OK, READY)
        for number in (version(2, 0), version(4, 0), version(1, 0)):
            _, messages = self.ask(proxy, number)
            self.assertEqual([kind for kind, _ in messages], [b"E"])
            self.assertEqual(wire.fields_of(messages[0][1])["C"], "0A000")
        self.assertEqual(self.server.got, [])

    def test_long_cancel_keys(self):
        for size in (4, 32, 256):
            key = bytes(range(256))[:size]
            proxy = self.scripted(OK, wire.message(b"K", struct.pack("!I", 4711) + key), READY)
            _, messages = self.ask(proxy, version(3, 2))
            self.assertEqual(dict(messages)[b"K"], struct.pack("!I", 4711) + key)
            request = wire.cancel_request(4711, key)
            sock = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
            sock.sendall(request)
            self.assertEqual(sock.recv(1), b"")
            sock.close()
            self.assertEqual(self.server.got[-1], request)

    def test_cancel_keys_that_are_none(self):
        proxy = self.scripted(OK, READY)
        for size in (0, 3, 257, 5000):
            sock = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
            sock.sendall(wire.cancel_request(4711, bytes(size)))
            while sock.recv(1000):
                pass
            sock.close()
        self.assertEqual(self.server.got, [])

    def test_servers_with_oddities(self):
        """No key, errors without fields, settings and notices anywhere: passed on as they are."""
        setting = wire.message(b"S", b"who\0knows\0")
        notice = wire.message(b"N", b"Mhello\0\0")
        for answers in ((OK, READY), (setting, OK, setting, notice, READY), (notice, OK, setting, READY),
                        (wire.message(b"E", b"\0"),), (wire.message(b"E", b"Mbare\0\0"),),
                        (OK, wire.message(b"E", b"SFATAL\0\0")),
                        (OK, wire.message(b"x", b"from the future"), READY)):
            proxy = self.scripted(*answers)
            connection = wire.Connection("127.0.0.1", proxy.port, "", start=False)
            connection.send(wire.startup(user="postgres"))
            wanted, got = b"".join(answers), b""
            connection.sock.settimeout(10)
            while len(got) < len(wanted):
                part = connection.sock.recv(65536)
                self.assertTrue(part, (answers, got))
                got += part
            self.assertEqual(got, wanted)
            connection.sock.close()


if __name__ == "__main__":
    live.main()
