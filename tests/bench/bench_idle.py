"""Resident memory of an idle session: many of them, before a server that only logs in."""

import os

import measure
import relays
import silent


def idle(count):
    count = silent.room_for(count)
    server = silent.SilentServer()
    relay = relays.Relay("pgexpr", server)
    relay.run("tcp", os.path.join(relays.live.ROOT, "build", "release", "pgexpr"), "--listen",
              "127.0.0.1:%d" % relay.port, "--server", "127.0.0.1:%d" % server.port,
              "--workers", "1", "--log-level", "warning")
    pid = relay.pid("tcp")
    # What the first ones cost is not a session's.
    clients = [silent.login(relay.port) for _ in range(100)]
    before = measure.resident_bytes(pid)
    clients += [silent.login(relay.port) for _ in range(count)]
    after = measure.resident_bytes(pid)
    table = measure.Table("Idle sessions, plain", "sessions", "bytes each", "target")
    table.add(str(count), (after - before) / count, "2048")
    table.show()
    for sock in clients:
        sock.close()
    relay.stop()
