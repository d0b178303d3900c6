"""What the relay costs: rates, CPU per transaction and per MB, system calls, latency, idle memory."""

import os
import re
import shutil
import subprocess
import time

import measure
import relays


def pgbench(server, relay, transport, clients, seconds, *options):
    """Transactions per second, transactions done, CPU seconds of the relay for them."""
    host, port = relay.where(transport)
    pid = relay.pid(transport)
    before = measure.cpu_seconds(pid) if pid else 0.0
    text = measure.output_of(
        os.path.join(server.bin, "pgbench"), "-n", "-h", host, "-p", str(port), "-U", server.user,
        "-c", str(clients), "-j", "1", "-T", str(seconds), *options, "bench")
    cpu = measure.cpu_seconds(pid) - before if pid else None
    tps = float(re.search(r"tps = ([\d.]+)", text).group(1))
    done = int(re.search(r"actually processed: (\d+)", text).group(1))
    return tps, done, cpu


def prepare(server):
    """The pgbench tables, and the scripts that no built-in one covers."""
    server.psql("CREATE DATABASE bench")
    measure.output_of(os.path.join(server.bin, "pgbench"), "-i", "-q", "-s", "1", "-h",
                      server.directory, "-p", str(server.port), "-U", server.user, "bench")
    server.psql("CREATE UNLOGGED TABLE sink (line text)", "bench")
    scripts = {
        "pipeline": "\\startpipeline\n" + "SELECT 1;\n" * 20 + "\\endpipeline\n",
        "rows": "SELECT repeat('x', 1000) FROM generate_series(1, 100);\n",
        "text": "SELECT length('%s');\n" % ("some of a long row, " * 10000),
    }
    for name, text in scripts.items():
        with open(os.path.join(server.directory, name + ".sql"), "w", encoding="ascii") as file:
            file.write(text)
    return {name: os.path.join(server.directory, name + ".sql") for name in scripts}


def alternating(found, turn):
    """The relays of one round: the next round goes the other way, so that a machine that slows down
    or speeds up favours none."""
    return found if turn % 2 == 0 else found[::-1]


def measured(server, found, transport, clients, seconds, rounds, options):
    """Rates and costs (CPU microseconds a transaction) of each relay by its name, a round each."""
    rates = {relay.name: [] for relay in found}
    costs = {relay.name: [] for relay in found}
    for turn in range(rounds):
        for relay in alternating(found, turn):
            tps, done, cpu = pgbench(server, relay, transport, clients, seconds, *options)
            rates[relay.name].append(tps)
            if cpu is not None:
                costs[relay.name].append(cpu / done * 1e6)
    return rates, costs


def compared(values, other):
    """pgexpr's values relative to those of another relay, if that is installed."""
    if other not in values:
        return "-"
    return "%.2f" % measure.median(measure.ratios(values["pgexpr"], values[other]))


def small_queries(server, found, seconds, rounds):
    """Every mode, client count and transport; the relays alternate within each round."""
    scripts = prepare(server)
    cases = [(mode, clients, ("-S", "-M", mode)) for mode in ("simple", "extended", "prepared")
             for clients in (1, 16, 64)]
    cases += [("TPC-B", 16, ("-M", "simple")),
              ("pipeline of 20", 16, ("-M", "extended", "-f", scripts["pipeline"])),
              ("100 rows of 1 kB", 16, ("-M", "simple", "-f", scripts["rows"])),
              ("text of 200 kB", 16, ("-M", "simple", "-f", scripts["text"]))]
    storm = ("connect each time", 16, ("-S", "-C"))
    # new connections are what a pool is for
    pooling = [relays.pgbouncer(server, pooling=True) if relay.name == "pgbouncer" else relay
               for relay in found]
    for transport in ("tcp", "unix"):
        table = measure.Table(
            "Small queries over %s: rate relative to direct; relay CPU in us per transaction; pgexpr's "
            "CPU and rate relative to others' (medians of %d rounds, +- spread)" % (transport, rounds),
            "workload", "clients", *[relay.name for relay in found],
            *["%s us" % relay.name for relay in found[1:]],
            "CPU/blind", "CPU/pgbouncer", "rate/blind", "rate/pgbouncer")
        for name, clients, options in [*cases, storm]:
            rates, costs = measured(server, pooling if name == storm[0] else found, transport, clients,
                                    seconds, rounds, options)
            cells = ["%.0f/s" % measure.median(rates["direct"])]
            for relay in found[1:]:
                relative = measure.ratios(rates[relay.name], rates["direct"])
                cells.append("%.2f+-%.0f%%" % (measure.median(relative), 100 * measure.spread(relative)))
            table.add(name, str(clients), *cells,
                      *[measure.median(costs[relay.name]) for relay in found[1:]],
                      compared(costs, "blind"), compared(costs, "pgbouncer"),
                      compared(rates, "blind"), compared(rates, "pgbouncer"))
        table.show()
    for relay in set(pooling) - set(found):
        relay.stop()


def bulk(server, found, megabytes, rounds):
    """COPY out and in; CPU milliseconds of the relay per MB."""
    line = "x" * 999
    path = os.path.join(server.directory, "lines")
    with open(path, "w", encoding="ascii") as file:
        for _ in range(megabytes * 1000):
            file.write(line + "\n")
    table = measure.Table(
        "Bulk: COPY of %d MB, wall seconds, relay CPU ms per MB (median of %d)"
        % (megabytes, rounds), "direction", "transport", *[relay.name for relay in found],
        *["%s ms/MB" % relay.name for relay in found[1:]], "CPU/blind", "CPU/pgbouncer")
    out = "COPY (SELECT repeat('x', 999) FROM generate_series(1, %d)) TO STDOUT" % (megabytes * 1000)
    into = "BEGIN; TRUNCATE sink; COPY sink FROM STDIN; ROLLBACK"
    for direction, sql in (("out", out), ("in", into)):
        for transport in ("tcp", "unix"):
            walls = {relay.name: [] for relay in found}
            costs = {relay.name: [] for relay in found}
            for turn in range(rounds):
                for relay in alternating(found, turn):
                    host, port = relay.where(transport)
                    pid = relay.pid(transport)
                    before = measure.cpu_seconds(pid) if pid else 0
                    start = time.monotonic()
                    with open(path, "rb") as lines:
                        subprocess.run([os.path.join(server.bin, "psql"), "-X", "-q", "-h", host,
                                        "-p", str(port), "-U", server.user, "-d", "bench", "-c", sql],
                                       stdin=lines, stdout=subprocess.DEVNULL, check=True)
                    walls[relay.name].append(time.monotonic() - start)
                    if pid:
                        costs[relay.name].append((measure.cpu_seconds(pid) - before) * 1e3 / megabytes)
            table.add(direction, transport, *[measure.median(walls[relay.name]) for relay in found],
                      *[measure.median(costs[relay.name]) for relay in found[1:]],
                      compared(costs, "blind"), compared(costs, "pgbouncer"))
    table.show()
    os.unlink(path)


def search(server, unsearched, seconds, rounds):
    """What looking for the tag costs, in short queries and in long ones: pgexpr, and pgexpr without it."""
    path = os.path.join(server.directory, "long.sql")
    with open(path, "w", encoding="ascii") as file:
        file.write("SELECT 1 WHERE '%s' <> '';\n" % ("from a/b to c * d " * 900))
    table = measure.Table("The search for the tag: CPU in us per transaction, 16 clients, unix sockets "
                          "(median of %d, and of the ratios within a round)" % rounds, "workload", "pgexpr",
                          "without it", "ratio", "+-")
    found = [relays.pgexpr(server), relays.pgexpr(server, "unsearched", program=unsearched)]
    for name, options in (("short queries", ("-S",)), ("texts of 16 kB", ("-f", path))):
        costs = [[], []]
        for turn in range(rounds):
            for i in alternating((0, 1), turn):
                _, done, cpu = pgbench(server, found[i], "unix", 16, seconds, *options)
                costs[i].append(cpu / done * 1e6)
        relative = measure.ratios(*costs)
        table.add(name, measure.median(costs[0]), measure.median(costs[1]),
                  "%.3f" % measure.median(relative), "%.1f%%" % (100 * measure.spread(relative)))
    table.show()
    for relay in found:
        relay.stop()


def latency(server, found, seconds):
    """p50 and p99 at a fixed rate, from pgbench's own log."""
    table = measure.Table("Latency at 2,000 transactions a second, 16 clients, TCP: microseconds",
                          "relay", "p50", "p99")
    for relay in found:
        host, port = relay.where("tcp")
        prefix = os.path.join(server.directory, "latency." + relay.name)
        measure.output_of(os.path.join(server.bin, "pgbench"), "-n", "-S", "-h", host, "-p", str(port),
                          "-U", server.user, "-c", "16", "-j", "1", "-R", "2000", "-T", str(seconds),
                          "-l", "--log-prefix=" + prefix, "bench")
        times = []
        for name in os.listdir(server.directory):
            if name.startswith("latency." + relay.name + "."):
                path = os.path.join(server.directory, name)
                with open(path, encoding="ascii") as log:
                    # the time of a transaction less the time it waited for its turn
                    times += [int(line.split()[2]) - int(line.split()[6]) for line in log]
                os.unlink(path)
        times.sort()
        table.add(relay.name, times[len(times) // 2], times[len(times) * 99 // 100])
    table.show()


def system_calls(server, found):
    """System calls of the relay per round trip of one client."""
    if not shutil.which("strace"):
        print("\nSystem calls: strace is not installed")
        return
    table = measure.Table("System calls per round trip, one client, TCP, simple protocol",
                          "relay", "calls", "which")
    for relay in found:
        pid = relay.pid("tcp")
        if not pid:
            continue
        log = os.path.join(server.directory, "strace." + relay.name)
        tracer = subprocess.Popen(["strace", "-f", "-c", "-o", log, "-p", str(pid)],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        _, done, _ = pgbench(server, relay, "tcp", 1, 2, "-S")
        tracer.terminate()
        tracer.wait()
        calls = {}
        with open(log, encoding="ascii") as text:
            for row in text:
                words = row.split()
                if len(words) >= 5 and words[0][0].isdigit() and words[-1] != "total":
                    calls[words[-1]] = int(words[3])
        often = {name: count / done for name, count in calls.items() if count > done / 10}
        table.add(relay.name, "%.2f" % sum(often.values()),
                  " ".join("%s %.2f" % item for item in sorted(often.items())))
    table.show()


def workers(server, seconds, rounds):
    """One, two and four workers on the cores there are."""
    table = measure.Table("Workers, %d cores: transactions a second, simple protocol, TCP, 64 clients"
                          % os.cpu_count(), "workers", "tps", "relative")
    found = [relays.pgexpr(server, "pgexpr.%d" % count, options=("--workers", str(count)))
             for count in (1, 2, 4)]
    rates = {relay.name: [] for relay in found}
    for turn in range(rounds):
        for relay in alternating(found, turn):
            rates[relay.name].append(pgbench(server, relay, "tcp", 64, seconds, "-S")[0])
    for relay, count in zip(found, (1, 2, 4)):
        table.add(str(count), measure.median(rates[relay.name]),
                  "%.2f" % measure.median(measure.ratios(rates[relay.name], rates["pgexpr.1"])))
        relay.stop()
    table.show()
