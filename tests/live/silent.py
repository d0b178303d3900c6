"""A server that logs everybody in and is silent: for sessions by the thousand, where a real one would
need a process for each."""

import resource
import select
import socket
import threading

import wire

READY = (b"R\0\0\0\x08\0\0\0\0" + b"S\0\0\0\x19client_encoding\0UTF8\0"
         + b"K\0\0\0\x0c\0\0\0\x01\0\0\0\x02" + b"Z\0\0\0\x05I")


class SilentServer:
    """Reads whatever comes, answers the first of it with AuthenticationOk … ReadyForQuery."""

    def __init__(self, backlog=4096):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.port = self.listener.getsockname()[1]
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
                try:
                    if sock.recv(65536):
                        sock.sendall(READY)
                        continue
                except OSError:
                    pass
                poll.unregister(fd)
                self.sessions.pop(fd).close()


def login(port):
    """A socket that has got as far as ReadyForQuery."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.sendall(wire.startup(user="postgres", database="postgres"))
    got = b""
    while not got.endswith(READY[-6:]):
        part = sock.recv(4096)
        if not part:
            raise ConnectionError("closed after %r" % got)
        got += part
    return sock


def room_for(sessions):
    """Raises the limit of open files; gives how many sessions it allows. A session takes two here,
    one for each of its peers, and two in a proxy."""
    want = 2 * sessions + 1000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < want:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (want, want))
            return sessions
        except (ValueError, OSError):  # root without the capability, or nobody special
            pass
    if soft < want:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(want, hard), hard))
    return min(sessions, (hard - 1000) // 2)
