"""The two ways to a server, directly and through the proxy, and what came of the same tests on each."""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "live"))
import certificates  # noqa: E402,F401
import cluster as live  # noqa: E402

BUILD = os.path.join(live.ROOT, "build", "conformance")


class NotToBeHad(Exception):
    """The mirror has no source package of what is installed."""


def source_of(package):
    """The directory with the source of an installed package."""
    done = subprocess.run([os.path.join(HERE, "source.sh"), package], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise NotToBeHad(done.stdout.strip().splitlines()[-1])
    return done.stdout.strip().splitlines()[-1]


class Way:
    """A server of its own, and the port at which it is reached: its own or a proxy's.

    settings are lines of postgresql.conf. With tls, which is a Certificates, the server and both legs
    of the proxy speak TLS, the proxy shows the server's own certificate, and clients that heed
    PGSSLMODE take nothing else.
    """

    def __init__(self, proxied, tls=None, settings=()):
        more, legs, self.mode = [], (), "disable"
        if tls:
            self.mode = "require"
            more = ["ssl = on", "ssl_cert_file = '%s'" % tls.cert("server"),
                    "ssl_key_file = '%s'" % tls.for_postgres("server")[1]]
            legs = ("--client-tls", "require", "--client-tls-cert", tls.cert("server"),
                    "--client-tls-key", tls.key("server"), "--server-tls", "require")
        self.server = live.Cluster(options=[*settings, *more])
        self.proxy = None
        self.port = self.server.port
        if proxied:
            self.proxy = live.Proxy("127.0.0.1:%d" % self.server.port,
                                    options=("--log-level", "warning", *legs))
            self.port = self.proxy.port
        self.directory = tempfile.mkdtemp(prefix="pgexpr.", dir="/tmp")
        live.at_end(lambda: shutil.rmtree(self.directory, ignore_errors=True))
        os.chmod(self.directory, 0o777)
        self.environment = dict(os.environ, PGHOST="127.0.0.1", PGPORT=str(self.port), PGUSER="postgres",
                                PGSSLMODE=self.mode, HOME=self.directory,
                                PATH=self.server.bin + ":" + os.environ["PATH"])

    def command(self, *words, directory=None, environment=None, as_server=False):
        """Runs a program, as the user of the server if its files are of interest; gives its output."""
        prefix = live.unprivileged() if as_server else []
        return subprocess.run([*prefix, *words], cwd=directory or self.directory,
                              env=dict(self.environment, **(environment or {})), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False, timeout=3000).stdout

    def close(self):
        """Gives what went wrong in the proxy."""
        faults = self.proxy.close() if self.proxy else []
        self.server.remove()
        return faults


def compare(suite, direct, through, faults):
    """Counts the tests that end alike: {test: verdict} of both ways. Gives (same, different)."""
    different = 0
    for name in sorted(set(direct) | set(through)):
        if direct.get(name) != through.get(name):
            different += 1
            print("%s: %s: %s directly, %s through the proxy"
                  % (suite, name, direct.get(name), through.get(name)))
    for fault in faults:
        different += 1
        print("%s: %s" % (suite, fault))
    verdicts = list(direct.values())
    same = len(set(direct) | set(through)) - different
    print("%s: %d tests, %d ok directly; %d the same through the proxy, %d not"
          % (suite, len(direct), verdicts.count("ok"), max(same, 0), different), flush=True)
    return max(same, 0), different
