#!/usr/bin/env python3
"""PostgreSQL's own tests, directly and through the proxy: the results must be the same, test for test.

    regress.py [--tls] [--both] [regress] [isolation] [pipeline]     (all three when none is named)

With --tls the server, both legs of the proxy and the clients (PGSSLMODE=require) use TLS, and the proxy
shows the server's own certificate; with --both the tests are run without and then with it.

The tests come from Debian's source package of the PostgreSQL that is installed (source.sh), the
programs that run them from its development package. A test counts as the same when its output through
the proxy is, byte for byte, what it is without.
"""

import filecmp
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "live"))
import certificates  # noqa: E402
import cluster as live  # noqa: E402

SETTINGS = ["max_prepared_transactions = 10", "max_connections = 100", "autovacuum = on",
            "lc_messages = 'C'", "timezone = 'PST8PDT'", "datestyle = 'postgres, mdy'",
            "wal_level = logical", "max_wal_senders = 10", "shared_buffers = 128MB"]


class Run:
    """One way to the server: directly or through the proxy."""

    tls = None  # the certificates, when all speak TLS

    def __init__(self, name, source, proxied):
        self.name = name
        self.source = source
        more, legs, self.mode = [], (), "disable"
        if Run.tls:
            self.mode = "require"
            more = ["ssl = on", "ssl_cert_file = '%s'" % Run.tls.cert("server"),
                    "ssl_key_file = '%s'" % Run.tls.for_postgres("server")[1]]
            legs = ("--client-tls", "require", "--client-tls-cert", Run.tls.cert("server"),
                    "--client-tls-key", Run.tls.key("server"), "--server-tls", "require")
        self.server = live.Cluster(options=SETTINGS + more)
        self.proxy = None
        self.port = self.server.port
        if proxied:
            self.proxy = live.Proxy("127.0.0.1:%d" % self.server.port,
                                    options=("--log-level", "warning", *legs))
            self.port = self.proxy.port
        self.directory = tempfile.mkdtemp(prefix="pgexpr.", dir="/tmp")
        live.at_end(lambda: shutil.rmtree(self.directory, ignore_errors=True))
        os.chmod(self.directory, 0o777)
        self.environment = dict(os.environ, PGHOST="127.0.0.1", PGPORT=str(self.port),
                                PGUSER="postgres", PGSSLMODE=self.mode, HOME=self.directory, PATH=self.server.bin + ":" + os.environ["PATH"])

    def command(self, *words, directory=None, timeout=3000):
        """Runs as the user of the server, which owns the files that the tests copy to and from."""
        return subprocess.run([*live.unprivileged(), *words], cwd=directory or self.directory,
                              env=self.environment, stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=timeout).stdout

    def close(self):
        faults = self.proxy.close() if self.proxy else []
        self.server.remove()
        return faults


def pgxs():
    return os.path.join(os.path.dirname(live.postgres_bin()), "lib", "pgxs", "src", "test")


def library_directory(source):
    """regress.so, and the contrib modules that the tests load from beside it."""
    directory = os.path.join(live.ROOT, "build", "conformance", "lib")
    os.makedirs(directory, exist_ok=True)
    lib = subprocess.check_output([live.postgres_bin() + "/pg_config", "--pkglibdir"], text=True).strip()
    include = subprocess.check_output([live.postgres_bin() + "/pg_config", "--includedir-server"],
                                      text=True).strip()
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-w", "-I" + include, "-o", directory + "/regress.so",
                    os.path.join(source, "src/test/regress/regress.c")], check=True)
    for module in ("autoinc", "refint"):
        shutil.copy(os.path.join(lib, module + ".so"), directory)
    return directory


def results_of(text):
    """{test: verdict} of pg_regress's output, of every version's form."""
    found = {}
    for line in text.splitlines():
        match = (re.match(r"^(?:test\s+|\s+)(\S+)\s+\.\.\. (\w+)", line)
                 or re.match(r"^(ok|not ok)\s+\d+\s+[-+]\s+(\S+)", line))
        if match:
            one, other = match.groups()
            found[one if "..." in line else other] = other if "..." in line else one
    return found


def with_pg_regress(program, suite, source, proxied, *options):
    """Runs a suite; gives verdicts and the directory of the outputs."""
    run = Run(suite, source, proxied)
    work = os.path.join(run.directory, suite)
    shutil.copytree(os.path.join(source, "src/test", suite), work)
    subprocess.run(["chmod", "-R", "a+rwX", work], check=True)
    text = run.command(program, "--host=127.0.0.1", "--port=%d" % run.port, "--user=postgres",
                       "--inputdir=.", "--outputdir=.", "--bindir=" + run.server.bin,
                       "--max-connections=20", *options, directory=work)
    faults = run.close()
    return results_of(text), os.path.join(work, "results"), faults, text


def compare(suite, source, program, *options):
    """Counts the tests that end alike and give the same output both ways."""
    direct, direct_out, _, text = with_pg_regress(program, suite, source, False, *options)
    if not direct:
        print(text[-3000:])
        return 0, 1
    through, through_out, faults, _ = with_pg_regress(program, suite, source, True, *options)
    passed, failed = 0, 0
    for name, verdict in direct.items():
        same_files = all(same_output(path, os.path.join(through_out, os.path.basename(path)))
                         for path in glob.glob(os.path.join(direct_out, name + ".out")))
        # A test whose output depends on timing or on process ids differs between two direct runs too;
        # where the expected file was matched both times the verdict is what counts.
        if through.get(name) == verdict and (verdict == "ok" or same_files):
            passed += 1
        else:
            failed += 1
            print("%s: %s is %s directly, %s through the proxy" % (suite, name, verdict, through.get(name)))
            subprocess.run(["diff", "-u", os.path.join(direct_out, name + ".out"),
                            os.path.join(through_out, name + ".out")], check=False)
    for fault in faults:
        failed += 1
        print("%s: %s" % (suite, fault))
    ok = sum(1 for verdict in direct.values() if verdict == "ok")
    print("%s: %d tests, %d ok directly; %d the same through the proxy, %d not"
          % (suite, len(direct), ok, passed, failed), flush=True)
    return passed, failed


def same_output(one, other):
    return os.path.exists(other) and filecmp.cmp(one, other, shallow=False)


def regress(source):
    library = library_directory(source)
    return compare("regress", source, os.path.join(pgxs(), "regress", "pg_regress"),
                   "--dlpath=" + library, "--schedule=./parallel_schedule")


def isolation(source):
    return compare("isolation", source, os.path.join(pgxs(), "isolation", "pg_isolation_regress"),
                   "--schedule=./isolation_schedule", "--dbname=isolation_regression")


def pipeline(source):
    """libpq_pipeline's tests; each must succeed through the proxy as it does directly."""
    program = os.path.join(live.ROOT, "build", "conformance", "libpq_pipeline")
    # The program wants a few headers of PostgreSQL's own build, which its development package has.
    include = subprocess.check_output([live.postgres_bin() + "/pg_config", "--includedir-server"],
                                      text=True).strip()
    client = subprocess.check_output(["pg_config", "--includedir"], text=True).strip()
    lib = subprocess.check_output([live.postgres_bin() + "/pg_config", "--pkglibdir"], text=True).strip()
    subprocess.run(["cc", "-O1", "-w", "-DFRONTEND", "-I" + include, "-I" + client, "-I" + client + "/internal",
                    "-o", program, os.path.join(source, "src/test/modules/libpq_pipeline/libpq_pipeline.c"),
                    "-L" + os.path.dirname(lib) + "/lib", "-L/usr/lib/x86_64-linux-gnu", "-lpq", "-lpgcommon",
                    "-lpgport", "-lm"], check=True)
    direct, through = Run("pipeline", source, False), Run("pipeline", source, True)
    tests = subprocess.check_output([program, "tests"], text=True).split()
    passed, failed = 0, 0
    for name in tests:
        done = []
        for run in (direct, through):
            conninfo = ("host=127.0.0.1 port=%d user=postgres dbname=postgres sslmode=%s"
                        % (run.port, run.mode))
            result = subprocess.run([program, name, conninfo], stdin=subprocess.DEVNULL, check=False,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
            done.append((result.returncode, result.stdout))
        if done[0][0] == done[1][0]:
            passed += 1
        else:
            failed += 1
            print("pipeline: %s: %r directly, %r through the proxy" % (name, done[0], done[1]))
    for fault in through.close():
        failed += 1
        print("pipeline: %s" % fault)
    direct.close()
    print("pipeline: %d tests, %d the same through the proxy, %d not" % (len(tests), passed, failed), flush=True)
    return passed, failed


SUITES = {"regress": regress, "isolation": isolation, "pipeline": pipeline}


def main():
    flags = [word for word in sys.argv[1:] if word.startswith("--")]
    names = [word for word in sys.argv[1:] if word not in flags] or list(SUITES)
    rounds = [False, True] if "--both" in flags else ["--tls" in flags]
    major = live.postgres_bin().split("/")[4]
    source = subprocess.check_output([os.path.join(HERE, "source.sh"), "postgresql-" + major],
                                     text=True).strip().splitlines()[-1]
    passed, failed = 0, 0
    for tls in rounds:
        Run.tls = certificates.Certificates() if tls else None
        print("with TLS on both legs" if tls else "without TLS", flush=True)
        for name in names:
            done = SUITES[name](source)
            passed, failed = passed + done[0], failed + done[1]
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
