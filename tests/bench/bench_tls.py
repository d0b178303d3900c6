"""What the relay costs over TLS, beside PgBouncer and beside what OpenSSL takes for the bytes."""

import os
import shutil
import subprocess
import time

import bench_relay
import certificates  # tests/live, which relays.py has put on the path
import measure
import relays

live = relays.live
CIPHER = "aes-256-gcm"  # what TLS 1.3 takes between two OpenSSLs
RECORD = 8192           # the server's send buffer: one record each time


def cipher_ms_per_mb():
    """CPU milliseconds for one MB, once through the cipher, in records of the server's size."""
    text = measure.output_of("openssl", "speed", "-mr", "-seconds", "1", "-bytes", str(RECORD),
                             "-evp", CIPHER)
    rate = float([line for line in text.splitlines() if line.startswith("+F:")][-1].split(":")[-1])
    return 1e9 / rate


def pgbouncer(server, certs):
    """PgBouncer with TLS on both legs."""
    relay = relays.Relay("pgbouncer", server)
    cert, key = certs.for_postgres("server")
    own = os.path.join(relay.directory, "server.key")
    shutil.copy(key, own)
    shutil.chown(own, *(("postgres", "postgres") if os.geteuid() == 0 else (os.geteuid(), None)))
    relays.run_pgbouncer(relay, "tcp", relays.pgbouncer_ini(
        relay, "tls", "127.0.0.1", "listen_addr = 127.0.0.1", "unix_socket_dir =",
        "server_tls_sslmode = require", "client_tls_sslmode = require",
        "client_tls_cert_file = " + cert, "client_tls_key_file = " + own))
    return relay


def pgexpr(name, server, certs, server_tls):
    relay = relays.Relay(name, server)
    relay.run("tcp", os.path.join(live.ROOT, "build", "release", "pgexpr"), "--listen",
              "127.0.0.1:%d" % relay.port, "--server", "127.0.0.1:%d" % server.port, "--workers", "1",
              "--log-level", "warning", "--client-tls", "allow", "--client-tls-cert",
              certs.cert("server"), "--client-tls-key", certs.key("server"), "--server-tls", server_tls)
    return relay


def copy_out(server, relay, megabytes):
    """Wall seconds, and CPU milliseconds of the relay per MB."""
    host, port = relay.where("tcp")
    before = measure.cpu_seconds(relay.pid("tcp")) if relay.pid("tcp") else 0.0
    start = time.monotonic()
    subprocess.run([os.path.join(server.bin, "psql"), "-X", "-q", "-h", host, "-p", str(port), "-U",
                    server.user, "-d", "bench", "-c", "COPY (SELECT repeat('x', 999) FROM "
                    "generate_series(1, %d)) TO STDOUT" % (megabytes * 1000)],
                   stdout=subprocess.DEVNULL, check=True)
    wall = time.monotonic() - start
    if not relay.pid("tcp"):
        return wall, None
    return wall, (measure.cpu_seconds(relay.pid("tcp")) - before) * 1e3 / megabytes


def tls(seconds, rounds, megabytes):
    certs = certificates.Certificates()
    cert, key = certs.for_postgres("server")
    server = live.Cluster(options=["ssl = on", "ssl_cert_file = '%s'" % cert,
                                   "ssl_key_file = '%s'" % key, "max_connections = 300"])
    bench_relay.prepare(server)
    plain = pgexpr("pgexpr", server, certs, "disable")
    both = pgexpr("pgexpr", server, certs, "require")
    # name, relay, what the client asks for, how often each byte goes through the cipher
    ways = [("direct, plain", relays.direct(server), "disable", 0),
            ("direct, TLS", relays.direct(server), "require", 0),
            ("pgexpr, plain", plain, "disable", 0),
            ("pgexpr, TLS with the client", plain, "require", 1),
            ("pgexpr, TLS with both", both, "require", 2)]
    if shutil.which("pgbouncer") or os.path.exists("/usr/sbin/pgbouncer"):
        ways.append(("pgbouncer, TLS with both", pgbouncer(server, certs), "require", 2))
    found = {name: {"tps": [], "us": [], "wall": [], "ms": []} for name, _, _, _ in ways}
    cipher = []
    for _ in range(rounds):
        for name, relay, mode, _ in ways:
            os.environ["PGSSLMODE"] = mode
            rate, done, cpu = bench_relay.pgbench(server, relay, "tcp", 16, seconds, "-S")
            wall, per_mb = copy_out(server, relay, megabytes)
            found[name]["tps"].append(rate)
            found[name]["wall"].append(wall)
            if cpu is not None:
                found[name]["us"].append(cpu / done * 1e6)
                found[name]["ms"].append(per_mb)
        cipher.append(cipher_ms_per_mb())
    del os.environ["PGSSLMODE"]
    once = measure.median(cipher)
    middle = {name: {what: measure.median(values) if values else None for what, values in all_.items()}
              for name, all_ in found.items()}
    table = measure.Table(
        "TLS over TCP: pgbench -S with 16 clients, COPY of %d MB out (median of %d). %s takes %.2f ms of "
        "CPU for a MB in records of %d bytes;\n\"the bytes\" are the relay's own plain cost and that, once for "
        "each leg with TLS" % (megabytes, rounds, CIPHER, once, RECORD),
        "way", "tps", "us a transaction", "COPY s", "ms/MB", "relative to the bytes")
    for name, _, _, legs in ways:
        row = middle[name]
        bytes_ = [plain_ms + legs * ms for plain_ms, ms in zip(found["pgexpr, plain"]["ms"], cipher)]
        table.add(name, row["tps"], row["us"], row["wall"], row["ms"],
                  "%.2f" % measure.median(measure.ratios(found[name]["ms"], bytes_)) if legs else "-")
    table.show()
    for relay in {relay for _, relay, _, _ in ways}:
        relay.stop()
    server.stop()
