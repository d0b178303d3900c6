"""Resident memory of an idle session: many of them, before a server that only logs in.

A real server would need a process for each, so the peers here are this process's own: it accepts,
reads the startup packet, answers AuthenticationOk and ReadyForQuery, and is silent.
"""

import os
import resource
import select
import socket
import struct
import threading

import measure
import relays

READY = (b"R\0\0\0\x08\0\0\0\0" + b"S\0\0\0\x19client_encoding\0UTF8\0"
         + b"K\0\0\0\x0c\0\0\0\x01\0\0\0\x02" + b"Z\0\0\0\x05I")


class SilentServer:
    """Logs everybody in; stands in the place of a Cluster for relays.py."""

    def __init__(self, backlog=4096):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.port = self.listener.getsockname()[1]
        self.directory = "/nonexistent"
        self.sessions = {}
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        poll = select.epoll()
        poll.register(self.listener, select.EPOLLIN)
        while True:
            for fd, _ in poll.poll():
                if fd == self.listener.fileno():
                    sock, _ = self.listener.accept()
                    self.sessions[sock.fileno()] = sock
                    poll.register(sock, select.EPOLLIN)
                    continue
                sock = self.sessions[fd]
                if sock.recv(65536):
                    sock.sendall(READY)
                else:
                    poll.unregister(fd)
                    self.sessions.pop(fd).close()


def startup():
    body = struct.pack(">I", 196608) + b"user\0postgres\0database\0postgres\0\0"
    return struct.pack(">I", len(body) + 4) + body


def idle(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    want = 4 * count + 1000
    if hard < want and os.geteuid() == 0:
        resource.setrlimit(resource.RLIMIT_NOFILE, (want, want))
    elif soft < want:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(want, hard), hard))
        count = min(count, (hard - 1000) // 4)
    server = SilentServer()
    relay = relays.Relay("pgexpr", server)
    relay.run("tcp", os.path.join(relays.live.ROOT, "build", "release", "pgexpr"), "--listen",
              "127.0.0.1:%d" % relay.port, "--server", "127.0.0.1:%d" % server.port,
              "--workers", "1", "--log-level", "warning")
    pid = relay.pid("tcp")
    clients = [login(relay.port) for _ in range(100)]  # what the first ones cost is not a session's
    before = measure.resident_bytes(pid)
    clients += [login(relay.port) for _ in range(count)]
    after = measure.resident_bytes(pid)
    table = measure.Table("Idle sessions, plain", "sessions", "bytes each", "target")
    table.add(str(count), (after - before) / count, "2048")
    table.show()
    for sock in clients:
        sock.close()
    relay.stop()


def login(port):
    sock = socket.create_connection(("127.0.0.1", port))
    sock.sendall(startup())
    got = b""
    while not got.endswith(READY[-6:]):
        part = sock.recv(4096)
        if not part:
            raise RuntimeError("the relay closed a session after %r" % got)
        got += part
    return sock
