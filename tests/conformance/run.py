#!/usr/bin/env python3
"""Other people's test suites, directly and through the proxy: test for test the same.

    run.py [--tls | --both] [SUITE ...]     (all suites when none is named)

With --tls the server, both legs of the proxy and the clients use TLS; with --both the suites are run
without and then with it. Suites: regress, isolation, pipeline (PostgreSQL), django, psycopg2, psycopg.
"""

import sys

import django_suite
import postgres_suites
import psycopg_suites
import ways

SUITES = {
    "regress": postgres_suites.regress,
    "isolation": postgres_suites.isolation,
    "pipeline": postgres_suites.pipeline,
    "django": django_suite.django,
    "psycopg2": psycopg_suites.psycopg2,
    "psycopg": psycopg_suites.psycopg,
}


def main():
    flags = [word for word in sys.argv[1:] if word.startswith("--")]
    names = [word for word in sys.argv[1:] if word not in flags] or list(SUITES)
    unknown = [word for word in flags if word not in ("--tls", "--both")] + [name for name in names if name not in SUITES]
    if unknown:
        sys.exit(__doc__)
    passed, failed, skipped = 0, 0, 0
    for tls in [False, True] if "--both" in flags else ["--tls" in flags]:
        print("with TLS on both legs" if tls else "without TLS", flush=True)
        certificates = ways.certificates.Certificates() if tls else None
        for name in names:
            try:
                same, different = SUITES[name](certificates)
                passed, failed = passed + same, failed + different
            except ways.NotToBeHad as reason:
                skipped += 1
                print("%s: not run: %s" % (name, reason), flush=True)
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
