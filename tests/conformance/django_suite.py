"""Django's own tests, from Debian's source package of the Django that is installed."""

import os
import re

from ways import Way, compare, source_of

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


def verdicts(source, proxied, tls):
    """{test: verdict} of one run of Django's runner, what went wrong in the proxy, and the output."""
    way = Way(proxied, tls, ["max_connections = 200", "max_locks_per_transaction = 256"])
    for name in ("django_default", "django_other"):  # some modules connect when they are imported
        way.server.psql("CREATE DATABASE " + name)
    with open(os.path.join(way.directory, "pgexpr_settings.py"), "w", encoding="ascii") as file:
        file.write(SETTINGS % way.port)
    apps = [app for app in APPS if os.path.isdir(os.path.join(source, "tests", app))]
    text = way.command("/usr/bin/python3", "runtests.py", "--settings=pgexpr_settings", "--verbosity=2",
                       "--noinput", "--parallel=1", *apps, directory=os.path.join(source, "tests"),
                       environment={"PYTHONPATH": way.directory + ":" + source, "PYTHONWARNINGS": "ignore"})
    found = {}
    name = None
    for line in text.splitlines():
        start = re.match(r"^(test\w+ \([\w.]+\))", line)
        if start:
            name = start.group(1)
        end = re.search(r"\.\.\. (ok|FAIL|ERROR|skipped|expected failure|unexpected success)", line)
        if end and name:
            found[name] = end.group(1)
            name = None
    return found, way.close(), text


def django(tls):
    source = source_of("python3-django")
    direct, _, text = verdicts(source, False, tls)
    if not direct:
        print(text[-3000:])
        return 0, 1
    through, faults, _ = verdicts(source, True, tls)
    return compare("django", direct, through, faults)
