"""PostgreSQL's own tests: regress, isolation, libpq_pipeline.

They come from Debian's source package of the PostgreSQL that is installed, the programs that run them
from its development package. A test counts as the same when its output through the proxy is, byte for
byte, what it is without.
"""

import filecmp
import glob
import os
import re
import shutil
import subprocess

from ways import BUILD, Way, compare, live, source_of

SETTINGS = ["max_prepared_transactions = 10", "max_connections = 100", "autovacuum = on",
            "lc_messages = 'C'", "timezone = 'PST8PDT'", "datestyle = 'postgres, mdy'",
            "wal_level = logical", "max_wal_senders = 10", "shared_buffers = 128MB"]


def postgres_source():
    return source_of("postgresql-" + live.postgres_bin().split("/")[4])


def pgxs():
    return os.path.join(os.path.dirname(live.postgres_bin()), "lib", "pgxs", "src", "test")


def library_directory(source):
    """regress.so, and the contrib modules that the tests load from beside it."""
    directory = os.path.join(BUILD, "lib")
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


def with_pg_regress(program, suite, source, proxied, tls, *options):
    """Runs a suite; gives verdicts, the directory of the outputs, and what went wrong in the proxy."""
    way = Way(proxied, tls, SETTINGS)
    work = os.path.join(way.directory, suite)
    shutil.copytree(os.path.join(source, "src/test", suite), work)
    subprocess.run(["chmod", "-R", "a+rwX", work], check=True)
    # As the user of the server, which owns the files that the tests copy to and from.
    text = way.command(program, "--host=127.0.0.1", "--port=%d" % way.port, "--user=postgres",
                       "--inputdir=.", "--outputdir=.", "--bindir=" + way.server.bin,
                       "--max-connections=20", *options, directory=work, as_server=True)
    faults = way.close()
    return results_of(text), os.path.join(work, "results"), faults, text


def outputs(suite, tls, source, program, *options):
    """Counts the tests that end alike and give the same output both ways."""
    direct, direct_out, _, text = with_pg_regress(program, suite, source, False, tls, *options)
    if not direct:
        print(text[-3000:])
        return 0, 1
    through, through_out, faults, _ = with_pg_regress(program, suite, source, True, tls, *options)
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


def regress(tls):
    source = postgres_source()
    library = library_directory(source)
    return outputs("regress", tls, source, os.path.join(pgxs(), "regress", "pg_regress"),
                   "--dlpath=" + library, "--schedule=./parallel_schedule")


def isolation(tls):
    return outputs("isolation", tls, postgres_source(),
                   os.path.join(pgxs(), "isolation", "pg_isolation_regress"),
                   "--schedule=./isolation_schedule", "--dbname=isolation_regression")


def pipeline(tls):
    """libpq_pipeline's tests; each must succeed through the proxy as it does directly."""
    source = postgres_source()
    program = os.path.join(BUILD, "libpq_pipeline")
    # The program wants a few headers of PostgreSQL's own build, which its development package has.
    include = subprocess.check_output([live.postgres_bin() + "/pg_config", "--includedir-server"],
                                      text=True).strip()
    client = subprocess.check_output(["pg_config", "--includedir"], text=True).strip()
    lib = subprocess.check_output([live.postgres_bin() + "/pg_config", "--pkglibdir"], text=True).strip()
    subprocess.run(["cc", "-O1", "-w", "-DFRONTEND", "-I" + include, "-I" + client, "-I" + client + "/internal",
                    "-o", program, os.path.join(source, "src/test/modules/libpq_pipeline/libpq_pipeline.c"),
                    "-L" + os.path.dirname(lib) + "/lib", "-L/usr/lib/x86_64-linux-gnu", "-lpq", "-lpgcommon",
                    "-lpgport", "-lm"], check=True)
    found, faults = [], []
    for proxied in (False, True):
        way = Way(proxied, tls, SETTINGS)
        conninfo = "host=127.0.0.1 port=%d user=postgres dbname=postgres sslmode=%s" % (way.port, way.mode)
        ends = {}
        for name in subprocess.check_output([program, "tests"], text=True).split():
            done = subprocess.run([program, name, conninfo], stdin=subprocess.DEVNULL, check=False,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
            ends[name] = "ok" if done.returncode == 0 else "failed"
        found.append(ends)
        faults += way.close()
    return compare("pipeline", *found, faults)
