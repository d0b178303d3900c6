"""A small PostgreSQL client that shows everything: names, type OIDs, rows as the server's text,
command tags, error and notice fields, and the raw messages where a test wants to lie.

Both protocols, text format, no encryption; trust or clear-text authentication. It waits at most
`timeout` seconds for any message, so that a hang is a failure and not a hang of the tests.
"""

import itertools
import socket
import ssl
import struct

HANG = 30.0
VERSION_3_0, CANCEL = 3 << 16, 80877102


class Broken(Exception):
    """The connection ended, or said something that is no PostgreSQL."""


class Result:
    """What one statement gave."""

    def __init__(self):
        self.columns = []   # (name, type OID, type modifier)
        self.rows = []      # tuples of str or None
        self.tag = None
        self.error = None   # dict of fields by letter
        self.notices = []
        self.parameters = []  # parameter type OIDs, extended protocol only

    @property
    def names(self):
        return [column[0] for column in self.columns]

    @property
    def types(self):
        return [column[1] for column in self.columns]


def fields_of(body):
    """The fields of an ErrorResponse or NoticeResponse."""
    fields = {}
    for part in body.split(b"\0"):
        if part:
            fields[chr(part[0])] = part[1:].decode("utf-8", "replace")
    return fields


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


def cstring(text):
    return (text if isinstance(text, bytes) else text.encode()) + b"\0"


def packet(code, body=b""):
    """What a connection begins with: a message without a letter."""
    return struct.pack("!II", len(body) + 8, code) + body


def startup(version=VERSION_3_0, /, **settings):
    return packet(version, b"".join(map(cstring, itertools.chain(*settings.items()))) + b"\0")


def cancel_request(pid, key):
    return packet(CANCEL, struct.pack("!I", pid) + key)


SSL_REQUEST = packet(80877103)


def read_to_end(sock, seconds=20):
    """All that is said up to the end, whichever way it ends; a hang is a failure."""
    sock.settimeout(seconds)
    got = []
    try:
        while True:
            part = sock.recv(65536)
            if not part:
                break
            got.append(part)
    except (ConnectionError, ssl.SSLError):
        pass
    return b"".join(got)


def broken_message(data):
    """The start of the first thing in `data` that is no message, None when there is nothing but
    messages. The last may be cut short."""
    at = 0
    while at + 5 <= len(data):
        size = struct.unpack("!I", data[at + 1:at + 5])[0]
        if not data[at:at + 1].isalnum() or not 4 <= size < 1 << 20:
            return data[at:at + 40]
        at += 1 + size
    return None


class Connection:
    def __init__(self, host, port, database, user="postgres", timeout=HANG, settings=None,
                 password=None, start=True, version=VERSION_3_0):
        if host.startswith("/"):
            self.sock = socket.socket(socket.AF_UNIX)
            address = "%s/.s.PGSQL.%d" % (host, port)
        else:
            self.sock = socket.socket()
            address = (host, port)
        self.sock.settimeout(timeout)
        self.sock.connect(address)
        if not host.startswith("/"):
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.parameters = {}
        self.pid = self.key = None
        self.state = None
        self.notifications = []
        if start:
            self.start(database, user, settings or {}, password, version)

    def start(self, database, user, settings, password=None, version=VERSION_3_0):
        self.send(startup(version, **{"user": user, "database": database, **settings}))
        while True:
            kind, body = self.read()
            if kind == b"R":
                method = struct.unpack("!I", body[:4])[0]
                if method == 3:
                    self.send(message(b"p", cstring(password or "")))
                elif method != 0:
                    raise Broken("authentication method %d" % method)
            elif kind == b"K":
                self.pid, self.key = struct.unpack("!I", body[:4])[0], body[4:]
            elif kind == b"E":
                fields = fields_of(body)
                raise Broken("%(C)s: %(M)s" % fields)
            elif kind == b"Z":
                self.state = body.decode()
                return

    def close(self):
        try:
            self.send(message(b"X"))
        except OSError:
            pass
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def read_any(self):
        """The next message."""
        while len(self.buffer) < 5:
            self._fill()
        length = struct.unpack("!I", self.buffer[1:5])[0]
        while len(self.buffer) < length + 1:
            self._fill()
        kind, body = self.buffer[:1], self.buffer[5:length + 1]
        self.buffer = self.buffer[length + 1:]
        return kind, body

    def read(self):
        """The next message but notifications and parameter reports, which are filed."""
        while True:
            kind, body = self.read_any()
            if kind == b"S":
                name, value = body.split(b"\0")[:2]
                self.parameters[name.decode()] = value.decode("utf-8", "replace")
            elif kind == b"A":
                self.notifications.append(body)
            else:
                return kind, body

    def _fill(self):
        data = self.sock.recv(262144)
        if not data:
            raise Broken("the connection was closed")
        self.buffer += data

    def _collect(self):
        """Results up to ReadyForQuery."""
        results = [Result()]
        while True:
            kind, body = self.read()
            now = results[-1]
            if kind == b"Z":
                self.state = body.decode()
                if len(results) > 1 and results[-1].tag is None and results[-1].error is None \
                        and not results[-1].columns:
                    results[-2].notices += results[-1].notices
                    results.pop()
                return results
            if kind == b"T":
                now.columns = columns_of(body)
            elif kind == b"D":
                now.rows.append(row_of(body))
            elif kind == b"d":  # of COPY TO STDOUT: the line is the row
                now.rows.append((body.decode("utf-8", "replace").rstrip("\n"),))
            elif kind == b"t":
                count = struct.unpack("!H", body[:2])[0]
                now.parameters = list(struct.unpack("!%dI" % count, body[2:]))
            elif kind == b"C":
                now.tag = body[:-1].decode()
                results.append(Result())
            elif kind == b"I":
                now.tag = ""
                results.append(Result())
            elif kind == b"E":
                now.error = fields_of(body)
            elif kind == b"N":
                now.notices.append(fields_of(body))
            elif kind not in (b"1", b"2", b"3", b"n", b"s", b"H", b"c"):
                raise Broken("unexpected message %r" % kind)

    def query_all(self, sql):
        """A Query message: one Result for each statement in it."""
        self.send(message(b"Q", cstring(sql)))
        return self._collect()

    def query(self, sql):
        """A Query message of one statement, or the first error of several."""
        results = self.query_all(sql)
        for result in results:
            if result.error:
                return result
        return results[-1]

    def extended(self, sql, values=(), types=(), name=""):
        """Parse, Describe, Bind, Describe, Execute, Sync. Values are text or None."""
        self.send(message(b"P", cstring(name) + cstring(sql)
                          + struct.pack("!H%dI" % len(types), len(types), *types))
                  + message(b"D", b"S" + cstring(name))
                  + message(b"B", cstring("") + cstring(name) + struct.pack("!HH", 0, len(values))
                            + b"".join(bound(value) for value in values)
                            + struct.pack("!H", 0))
                  + message(b"E", cstring("") + struct.pack("!I", 0))
                  + message(b"S"))
        return self._collect()[0]


def bound(value):
    if value is None:
        return struct.pack("!i", -1)
    data = value.encode()
    return struct.pack("!i", len(data)) + data


def columns_of(body):
    count = struct.unpack("!H", body[:2])[0]
    columns, at = [], 2
    for _ in range(count):
        end = body.index(b"\0", at)
        name = body[at:end].decode("utf-8", "replace")
        _table, _number, oid, _size, modifier, _format = struct.unpack(
            "!IHIhiH", body[end + 1:end + 19])
        columns.append((name, oid, modifier))
        at = end + 19
    return columns


def row_of(body):
    count = struct.unpack("!H", body[:2])[0]
    values, at = [], 2
    for _ in range(count):
        size = struct.unpack("!i", body[at:at + 4])[0]
        at += 4
        if size < 0:
            values.append(None)
        else:
            values.append(body[at:at + size].decode("utf-8", "replace"))
            at += size
    return tuple(values)
