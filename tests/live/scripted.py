"""Servers that say what they are told to: what no real one says, or only one that is not installed."""

import socket
import struct
import threading

import wire

class Server:
    """Talks with each connection to `port` in a thread of its own, until one of the two has had enough."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock):
        try:
            with sock:
                self.talk(sock)
        except OSError:
            pass

    def talk(self, sock):
        """All that there is to say to one; it is closed behind it."""
        raise NotImplementedError

    def close(self):
        self.listener.close()


class Answering(Server):
    """Gives `answers` to every StartupMessage, and reads what comes then."""

    def __init__(self, *answers):
        self.answers = answers
        self.got = []       # what each connection has said first
        self.heard = []     # and what they have said since
        super().__init__()

    def talk(self, sock):
        packet = take_packet(sock)
        self.got.append(packet)
        if struct.unpack("!I", packet[4:8])[0] == wire.CANCEL:
            return  # the end is the answer
        for answer in self.answers:
            sock.sendall(answer)
        while True:
            self.heard.append(sock.recv(65536))
            if not self.heard[-1]:
                return


def take(sock, size):
    """So many bytes."""
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise ConnectionError("the connection was closed")
        data += part
    return data


def take_packet(sock):
    """What a connection begins with: it has a length and no letter."""
    head = take(sock, 4)
    return head + take(sock, struct.unpack("!I", head)[0] - 4)
