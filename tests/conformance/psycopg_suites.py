"""psycopg2's and psycopg 3's own tests, from Debian's source packages of those that are installed.

pytest runs both, and each verdict is read from its report. psycopg marks as slow what looks for leaks of
its own objects and what calls type checkers; that is left out.
"""

import os
import xml.etree.ElementTree

from ways import Way, compare, source_of

SETTINGS = ["max_prepared_transactions = 20", "wal_level = logical", "max_wal_senders = 10",
            "max_replication_slots = 10"]


def verdicts(source, proxied, tls, *options):
    """{test: verdict} of one run, what went wrong in the proxy, and the output."""
    way = Way(proxied, tls, SETTINGS)
    way.server.psql("CREATE DATABASE tests")
    report = os.path.join(way.directory, "report.xml")
    place = {"HOST": "127.0.0.1", "PORT": str(way.port), "USER": "postgres"}
    environment = {"PSYCOPG2_TESTDB_" + name: value for name, value in place.items()}
    environment.update(PSYCOPG2_TESTDB="tests", PSYCOPG2_TEST_REPL_DSN="",
                       PSYCOPG_TEST_DSN="host=127.0.0.1 port=%d user=postgres dbname=tests" % way.port)
    text = way.command("/usr/bin/python3", "-m", "pytest", "-q", "-o", "cache_dir=" + way.directory, "-W", "ignore",
                       "--junitxml=" + report, *options, "tests", directory=source, environment=environment)
    faults = way.close()
    found = {}
    if os.path.exists(report):
        for case in xml.etree.ElementTree.parse(report).iter("testcase"):
            ends = [part.tag for part in case if part.tag in ("failure", "error", "skipped")]
            found["%s.%s" % (case.get("classname"), case.get("name"))] = ends[0] if ends else "ok"
    return found, faults, text


def suite(name, package, tls, *options):
    source = source_of(package)
    direct, _, text = verdicts(source, False, tls, *options)
    if "ok" not in direct.values():
        print(text[-3000:])
        return 0, 1
    through, faults, _ = verdicts(source, True, tls, *options)
    return compare(name, direct, through, faults)


def psycopg2(tls):
    return suite("psycopg2", "python3-psycopg2", tls, "-k", "not test_suite")


def psycopg(tls):
    return suite("psycopg", "python3-psycopg", tls, "-m", "not slow")
