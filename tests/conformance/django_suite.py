#!/usr/bin/env python3
"""Django's own tests, directly and through the proxy: every test must end the same way.

    django_suite.py [APP ...]       (those that speak to the database most when none is named)

The tests come from Debian's source package of the Django that is installed.
"""

import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "live"))
import cluster as live  # noqa: E402

APPS = ("backends", "transactions", "transaction_hooks", "queries", "aggregation", "aggregation_regress",
        "annotations", "expressions", "expressions_case", "expressions_window", "postgres_tests",
        "raw_query", "migrations", "basic", "bulk_create", "constraints", "custom_lookups", "datetimes",
        "db_functions", "db_utils", "defer", "delete", "get_or_create", "indexes", "inspectdb",
        "introspection", "lookup", "m2m_regress", "model_fields", "ordering", "prefetch_related",
        "schema", "select_for_update", "select_related", "timezones", "update", "xor_lookups")
SETTINGS = """
DATABASES = {name: {"ENGINE": "django.db.backends.postgresql", "NAME": "django_" + name, "USER": "postgres",
                    "HOST": "127.0.0.1", "PORT": "%d"} for name in ("default", "other")}
SECRET_KEY = "tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = False
"""


def run(source, port, apps):
    """{test: verdict} of one run of Django's runner."""
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "pgexpr_settings.py"), "w", encoding="ascii") as file:
            file.write(SETTINGS % port)
        environment = dict(os.environ, PYTHONPATH=directory + ":" + source, PYTHONWARNINGS="ignore")
        done = subprocess.run(
            ["/usr/bin/python3", "runtests.py", "--settings=pgexpr_settings", "--verbosity=2", "--noinput",
             "--parallel=1", *apps], cwd=os.path.join(source, "tests"), env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, timeout=3000)
    found = {}
    name = None
    for line in done.stdout.splitlines():
        start = re.match(r"^(test\w+ \([\w.]+\))", line)
        if start:
            name = start.group(1)
        end = re.search(r"\.\.\. (ok|FAIL|ERROR|skipped|expected failure|unexpected success)", line)
        if end and name:
            found[name] = end.group(1)
            name = None
    return found, done.stdout


def main():
    source = subprocess.check_output([os.path.join(HERE, "source.sh"), "python3-django"],
                                     text=True).strip().splitlines()[-1]
    apps = sys.argv[1:] or [app for app in APPS if os.path.isdir(os.path.join(source, "tests", app))]
    server = live.Cluster(options=["max_connections = 200", "max_locks_per_transaction = 256"])
    for name in ("django_default", "django_other"):  # some modules connect when they are imported
        server.psql("CREATE DATABASE " + name)
    direct, text = run(source, server.port, apps)
    if not direct:
        print(text[-3000:])
        return 1
    proxy = live.Proxy("127.0.0.1:%d" % server.port, options=("--log-level", "warning"))
    through, _ = run(source, proxy.port, apps)
    failed = 0
    for name, verdict in direct.items():
        if through.get(name) != verdict:
            failed += 1
            print("%s: %s directly, %s through the proxy" % (name, verdict, through.get(name)))
    for fault in proxy.close():
        failed += 1
        print(fault)
    print("Django: %d tests, %d ok and %d skipped directly" % (
        len(direct), list(direct.values()).count("ok"), list(direct.values()).count("skipped")))
    print("%d passed, %d failed" % (len(direct) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
