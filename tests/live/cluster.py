"""A private PostgreSQL, and pgexpr in front of it, for the length of a test run.

Nothing outside a temporary directory is touched, only loopback and unix sockets are listened on,
and only processes started here are ended; they are ended on every way out of the program.
"""

import atexit
import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VARIANT = os.environ.get("VARIANT", "release")


class LiveError(Exception):
    """Something that should have started did not, or did not live."""


def postgres_bin():
    """The programs of the newest PostgreSQL that Debian's packages installed."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if not found:
        raise LiveError("no PostgreSQL in /usr/lib/postgresql: run `make deps`")
    return os.path.dirname(max(found, key=lambda path: int(path.split("/")[4])))


def unprivileged():
    """The command prefix under which PostgreSQL starts: it refuses to run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def free_port():
    """A loopback TCP port that nobody listens on at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


_cleanups = []


def at_end(function):
    """Calls function once when the program ends: normally, by an exception or by a signal."""
    if not _cleanups:
        atexit.register(_run_cleanups)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _end_by_signal)
    _cleanups.append(function)


def _end_by_signal(number, _frame):
    sys.exit(128 + number)


def _run_cleanups():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while _cleanups:
        try:
            _cleanups.pop()()
        except Exception as error:  # one that fails must not keep the others from running
            print("cleanup: %s" % error, file=sys.stderr)


class Cluster:
    """One PostgreSQL cluster in a directory of its own.

    directory is removed at the end unless keep is true; hba are the lines of pg_hba.conf,
    "trust for all" if not given; options are further lines of postgresql.conf.
    """

    def __init__(self, keep=False, hba=None, options=()):
        self.bin = postgres_bin()
        self.port = free_port()
        self.user = "postgres"
        # Short, because the path of a unix socket has at most 107 bytes.
        self.directory = tempfile.mkdtemp(prefix="pgexpr.", dir="/tmp")
        self.data = os.path.join(self.directory, "data")
        self.log = os.path.join(self.directory, "log")
        self.process = None
        if not keep:
            at_end(self.remove)
        os.chmod(self.directory, 0o755)
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres", "postgres")
        self._init(hba or ["local all all trust", "host all all 127.0.0.1/32 trust",
                           "local replication all trust",
                           "host replication all 127.0.0.1/32 trust"], options)
        self.start(keep)

    def _init(self, hba, options):
        self._run("initdb", "-D", self.data, "-U", self.user, "-A", "trust", "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync", "--no-instructions")
        settings = ["listen_addresses = '127.0.0.1'", "port = %d" % self.port,
                    "unix_socket_directories = '%s'" % self.directory,
                    "fsync = off", "full_page_writes = off", "synchronous_commit = off",
                    "shared_buffers = 64MB", "max_connections = 200", "autovacuum = off",
                    "log_statement = none", "jit = off", "timezone = 'UTC'",
                    "logging_collector = off", *options]
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="utf-8") as conf:
            conf.write("\n".join(settings) + "\n")
        with open(os.path.join(self.data, "pg_hba.conf"), "w", encoding="utf-8") as conf:
            conf.write("\n".join(hba) + "\n")

    def _run(self, program, *arguments):
        done = subprocess.run([*unprivileged(), os.path.join(self.bin, program), *arguments],
                              cwd=self.directory, stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise LiveError("%s failed:\n%s" % (program, done.stdout))
        return done.stdout

    def start(self, keep=False):
        """Starts the server and waits until it accepts; keep lets it outlive this program."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*unprivileged(), os.path.join(self.bin, "postgres"), "-D", self.data],
                cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=keep)
        wait_until(self.is_ready, 30, self.process, self.log)

    def is_ready(self):
        done = subprocess.run([os.path.join(self.bin, "pg_isready"), "-q", "-h", self.directory,
                               "-p", str(self.port)], check=False)
        return done.returncode == 0

    def stop(self, how=signal.SIGINT):
        """Ends the server (SIGINT: at once, connections are closed) and waits for it."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(20)

    def remove(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def psql(self, sql, database="postgres"):
        """Runs SQL with psql on the server itself; gives its output, raises on an error."""
        done = subprocess.run(
            [os.path.join(self.bin, "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
             "-h", self.directory, "-p", str(self.port), "-U", self.user, "-d", database],
            input=sql, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise LiveError("psql failed:\n%s" % done.stdout)
        return done.stdout

    def conninfo(self, database="postgres"):
        return "host=127.0.0.1 port=%d user=%s dbname=%s" % (self.port, self.user, database)


class Proxy:
    """build/<variant>/pgexpr in front of a server.

    options are further command-line words. listen and server may be given for unix sockets.
    """

    def __init__(self, server, listen=None, options=(), program=None):
        self.program = program or os.path.join(ROOT, "build", VARIANT, "pgexpr")
        if not os.access(self.program, os.X_OK):
            raise LiveError("%s is not built: run `make`" % os.path.relpath(self.program))
        self.port = None
        if listen is None:
            self.port = free_port()
            listen = "127.0.0.1:%d" % self.port
        elif "/" not in listen:
            self.port = int(listen.rpartition(":")[2])
        self.listen = listen
        self.directory = tempfile.mkdtemp(prefix="pgexpr.", dir="/tmp")
        self.log = os.path.join(self.directory, "log")
        environment = dict(os.environ)
        environment.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0:exitcode=99")
        environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
        environment.setdefault("TSAN_OPTIONS", "halt_on_error=0:exitcode=98")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [self.program, "--listen", listen, "--server", server, *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        at_end(self._discard)
        wait_until(self.is_ready, 30, self.process, self.log)

    def is_ready(self):
        family = socket.AF_INET if self.port else socket.AF_UNIX
        with socket.socket(family) as sock:
            return sock.connect_ex(("127.0.0.1", self.port) if self.port else self.listen) == 0

    def is_alive(self):
        return self.process.poll() is None

    def text_of_log(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def open_files(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def resident(self):
        """Resident memory in bytes."""
        with open("/proc/%d/statm" % self.process.pid, encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def faults(self):
        """What went wrong in the proxy itself so far, as lines of text; none is the only good."""
        found = []
        if not self.is_alive():
            found.append("the proxy ended with status %s" % self.process.returncode)
        for line in self.text_of_log().splitlines():
            if re.search(r"(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:"
                         r"|[Aa]ssertion .*failed", line):
                found.append(line)
        return found

    def close(self):
        """SIGTERM, as an operator would. Gives what went wrong: also an end that is not clean."""
        found = self.faults()
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                status = self.process.wait(30)
                if status != 0:
                    found.append("the proxy ended with status %d on SIGTERM" % status)
            except subprocess.TimeoutExpired:
                found.append("the proxy did not end within 30 s of SIGTERM")
                self.process.kill()
                self.process.wait()
            found += [fault for fault in self.faults() if "ended with" not in fault
                      and fault not in found]
        return found

    def _discard(self):
        if self.is_alive():
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def wait_until(ready, seconds, process, log):
    """Polls until ready() is true; raises with the log when the process ends or time is up."""
    end = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            with open(log, encoding="utf-8", errors="replace") as file:
                raise LiveError("%s did not come up:\n%s" % (process.args[-1], file.read()[-4000:]))
        time.sleep(0.02)
