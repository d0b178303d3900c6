#!/usr/bin/env python3
"""make bench: what pgexpr costs, beside what it is compared with, in one run.

Everything runs on this machine's loopback against a private PostgreSQL; only ratios mean anything.
    run.py [--quick] [relay] [bulk] [tls] [search] [idle] [latency] [calls] [workers] [compiler]
           [expressions]
"""

import os
import platform
import subprocess
import sys

import measure
import relays

PARTS = ("compiler", "expressions", "relay", "search", "latency", "calls", "bulk", "tls", "idle",
         "workers")
live = relays.live


def machine():
    """What the figures belong to."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    commit = subprocess.run(["git", "-C", live.ROOT, "describe", "--always", "--dirty"], check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    print("%s, %d cores, Linux %s" % (model, os.cpu_count(), platform.release()))
    print("pgexpr %s" % (commit or "(no repository)"))
    for command in (["postgres", "--version"], ["pgbouncer", "--version"], ["haproxy", "-v"]):
        for directory in ("", "/usr/sbin/", live.postgres_bin() + "/"):
            try:
                text = measure.output_of(directory + command[0], *command[1:])
                print(text.splitlines()[0])
                break
            except (OSError, RuntimeError):
                continue


def main():
    words = sys.argv[1:]
    quick = "--quick" in words
    parts = [word for word in words if word in PARTS] or PARTS
    if [word for word in words if word not in PARTS and word != "--quick"]:
        print(__doc__)
        return 2
    machine()
    program = os.path.join(live.ROOT, "build", "release", "tests", "bench")
    rounds, seconds = (2, 1) if quick else (5, 1)
    if "compiler" in parts:
        sys.stdout.flush()
        subprocess.run([os.path.join(program, "compiler")], check=True)
        subprocess.run([os.path.join(program, "rewrite")], check=True)
    if set(parts) - {"compiler", "tls", "idle"}:
        import bench_relay
        server = live.Cluster(options=["max_connections = 300", "max_wal_size = 4GB"])
        if "expressions" in parts:
            import bench_expr
            bench_expr.expressions(server, 2 * rounds, 100 if quick else 500)
        if set(parts) - {"compiler", "expressions", "tls", "idle"}:
            found = relays.all_of(server, os.path.join(program, "blind_relay"))
            if "relay" in parts:
                bench_relay.small_queries(server, found, *((1, 2) if quick else (2, 3)))
            else:
                bench_relay.prepare(server)
            if "latency" in parts:
                bench_relay.latency(server, found, 5 * seconds)
            if "calls" in parts:
                bench_relay.system_calls(server, found)
            if "bulk" in parts:
                bench_relay.bulk(server, found, 100 if quick else 1000, 2 if quick else 3)
            if "search" in parts:
                bench_relay.search(server, os.path.join(program, "unsearched"), seconds, 4 * rounds)
            if "workers" in parts:
                bench_relay.workers(server, seconds, rounds)
    if "tls" in parts:
        import bench_tls
        bench_tls.tls(seconds, rounds, 100 if quick else 300)
    if "idle" in parts:
        import bench_idle
        bench_idle.idle(1000 if quick else 10000)
    return 0


if __name__ == "__main__":
    sys.exit(main())
