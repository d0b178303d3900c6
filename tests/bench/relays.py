"""The relays that pgexpr is measured beside, each in front of the same private server.

Every relay listens on a loopback port and on a unix socket, and reaches the server the same way:
TCP to TCP, unix to unix. A relay is (name, {"tcp": (host, port), "unix": (directory, port)}, pids).
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))
import cluster as live  # noqa: E402


class Relay:
    """One relay program, running once for TCP and once for unix sockets."""

    def __init__(self, name, server):
        self.name = name
        self.server = server
        self.port = live.free_port()
        self.directory = tempfile.mkdtemp(prefix="pgexpr.", dir="/tmp")
        os.chmod(self.directory, 0o777)
        self.processes = {}
        live.at_end(self.stop)

    def where(self, transport):
        """Host and port for libpq."""
        return ("127.0.0.1", self.port) if transport == "tcp" else (self.directory, self.port)

    def socket_path(self):
        return os.path.join(self.directory, ".s.PGSQL.%d" % self.port)

    def server_socket_path(self):
        return os.path.join(self.server.directory, ".s.PGSQL.%d" % self.server.port)

    def run(self, transport, *command, unprivileged=False):
        log = open(os.path.join(self.directory, transport + ".log"), "wb")
        prefix = live.unprivileged() if unprivileged else []
        process = subprocess.Popen([*prefix, *command], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, cwd=self.directory)
        log.close()
        self.processes[transport] = process
        live.wait_until(lambda: self.accepts(transport), 20, process,
                        os.path.join(self.directory, transport + ".log"))

    def accepts(self, transport):
        family = socket.AF_INET if transport == "tcp" else socket.AF_UNIX
        with socket.socket(family) as sock:
            target = ("127.0.0.1", self.port) if transport == "tcp" else self.socket_path()
            return sock.connect_ex(target) == 0

    def pid(self, transport):
        return self.processes[transport].pid if self.processes else None

    def stop(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


class Direct(Relay):
    """No relay: the server itself."""

    def where(self, transport):
        return ("127.0.0.1" if transport == "tcp" else self.server.directory, self.server.port)


def direct(server):
    return Direct("direct", server)


def blind(server, program):
    relay = Relay("blind", server)
    relay.run("tcp", program, "127.0.0.1:%d" % relay.port, "127.0.0.1:%d" % server.port)
    relay.run("unix", program, relay.socket_path(), relay.server_socket_path())
    return relay


def pgexpr(server, name="pgexpr", program=None, options=("--workers", "1")):
    relay = Relay(name, server)
    program = program or os.path.join(live.ROOT, "build", "release", "pgexpr")
    quiet = ("--log-level", "warning", *options)
    relay.run("tcp", program, "--listen", "127.0.0.1:%d" % relay.port,
              "--server", "127.0.0.1:%d" % server.port, *quiet)
    relay.run("unix", program, "--listen", relay.socket_path(),
              "--server", relay.server_socket_path(), *quiet)
    return relay


def pgbouncer_ini(relay, name, host, *settings, pooling=False):
    """Writes settings for PgBouncer in session mode; gives their path.
    Without `pooling` every client gets a server session that is new, as it does from the other
    relays: one that has run the query before answers the first ones faster, and a run of seconds with
    64 clients would measure that."""
    path = os.path.join(relay.directory, name + ".ini")
    users = os.path.join(relay.directory, "users")
    lines = ["[databases]", "* = host=%s port=%d" % (host, relay.server.port),
             "[pgbouncer]", "listen_port = %d" % relay.port, "auth_type = trust",
             "auth_file = " + users, "pool_mode = session", "max_client_conn = 1000",
             "default_pool_size = 150", "log_connections = 0", "log_disconnections = 0",
             "server_reset_query =", *([] if pooling else ["server_lifetime = 0"]), *settings]
    for file, text in ((path, "\n".join(lines) + "\n"), (users, '"postgres" ""\n')):
        with open(file, "w", encoding="ascii") as out:
            out.write(text)
    os.chmod(path, 0o644)
    return path


def run_pgbouncer(relay, transport, ini):
    relay.run(transport, shutil.which("pgbouncer") or "/usr/sbin/pgbouncer", ini, unprivileged=True)


def pgbouncer(server, pooling=False):
    relay = Relay("pgbouncer", server)
    for transport, host, settings in (
            ("tcp", "127.0.0.1", ("listen_addr = 127.0.0.1", "unix_socket_dir =")),
            ("unix", server.directory, ("listen_addr =", "unix_socket_dir = " + relay.directory))):
        ini = pgbouncer_ini(relay, transport, host, *settings, pooling=pooling)
        run_pgbouncer(relay, transport, ini)
    return relay


def haproxy(server):
    relay = Relay("haproxy", server)
    for transport in ("tcp", "unix"):
        bind = "127.0.0.1:%d" % relay.port if transport == "tcp" else relay.socket_path()
        target = ("127.0.0.1:%d" % server.port if transport == "tcp"
                  else "unix@" + relay.server_socket_path())
        path = os.path.join(relay.directory, transport + ".cfg")
        with open(path, "w", encoding="ascii") as cfg:
            cfg.write("global\n  nbthread 1\n  maxconn 2000\n")
            cfg.write("defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n")
            cfg.write("  timeout server 1h\n")
            cfg.write("listen relay\n  bind %s\n  server postgres %s\n" % (bind, target))
        program = shutil.which("haproxy") or "/usr/sbin/haproxy"
        relay.run(transport, program, "-db", "-f", path)
    return relay


def all_of(server, blind_program):
    """Those that are installed, in the order of the tables."""
    found = [direct(server), blind(server, blind_program), pgexpr(server)]
    if shutil.which("pgbouncer") or os.path.exists("/usr/sbin/pgbouncer"):
        found.append(pgbouncer(server))
    if shutil.which("haproxy") or os.path.exists("/usr/sbin/haproxy"):
        found.append(haproxy(server))
    return found
