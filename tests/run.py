#!/usr/bin/python3
"""Runs suites of tests and counts: one line for each suite, the sum as the last line.

    run.py [--variant release] unit corpora rooms live     (see `make check`)
    run.py --variant fuzz --seconds 60 fuzz                (see `make fuzz`)

The output of a suite is shown only when something in it failed; all of it is in
build/<variant>/log. Suites run two at a time where the machine has two cores.
"""

import argparse
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = "/usr/bin/python3"
LIMIT = 1800  # seconds that one suite may take


class Suite:
    """A command; count(status, output) gives (passed, failed, skipped)."""

    def __init__(self, name, command, count):
        self.name, self.command, self.count = name, command, count


def count_cmocka(status, output):
    passed = sum(map(int, re.findall(r"\[  PASSED  \] (\d+) test", output)))
    failed = sum(map(int, re.findall(r"\[  FAILED  \] \w* *(\d+) test", output)))
    skipped = sum(map(int, re.findall(r"\[  SKIPPED \] (\d+) test", output)))
    return passed, failed, skipped


def count_closing_line(status, output):
    found = re.findall(r"^(?:\S+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", output, re.M)
    if not found:
        return 0, 0, 0
    return tuple(int(number or 0) for number in found[-1])


def count_files(status, output):
    files = len(output.splitlines())
    return (files, 0, 0) if status == 0 else (max(0, files - 1), 1, 0)


def unit(build):
    """Every cmocka program."""
    suites = []
    for room in ("protocol", "compiler", "proxy"):
        for source in sorted(glob.glob(os.path.join(ROOT, "tests", room, "test_*.c"))):
            name = "%s/%s" % (room, os.path.basename(source)[:-2])
            suites.append(Suite(name, [os.path.join(build, "tests", name)], count_cmocka))
    return suites


def corpora(build):
    """Every fuzz target over the corpus in git."""
    suites = []
    for source in sorted(glob.glob(os.path.join(ROOT, "tests", "fuzz", "fuzz_*.c"))):
        name = os.path.basename(source)[:-2]
        corpus = os.path.join("tests", "fuzz", "corpus", name[len("fuzz_"):])
        suites.append(Suite("corpus " + name, [os.path.join(build, "tests", "fuzz", name), corpus],
                            count_files))
    return suites


def fuzz(build, seconds):
    """Every fuzz target under libFuzzer; what it finds new is kept below build/."""
    suites = []
    for source in sorted(glob.glob(os.path.join(ROOT, "tests", "fuzz", "fuzz_*.c"))):
        name = os.path.basename(source)[:-2]
        found = os.path.join(build, "corpus", name)
        os.makedirs(found, exist_ok=True)
        seeds = os.path.join("tests", "fuzz", "corpus", name[len("fuzz_"):])
        suites.append(Suite(name, [os.path.join(build, "tests", "fuzz", name),
                                   "-max_total_time=%d" % seconds, "-timeout=25",
                                   "-rss_limit_mb=4096", "-print_final_stats=1",
                                   "-artifact_prefix=%s/" % build, found]
                            + [seeds] * os.path.isdir(os.path.join(ROOT, seeds)),
                            lambda status, output: (int(status == 0), int(status != 0), 0)))
    return suites


def rooms(_build):
    return [Suite("rooms", [PYTHON, "tests/rooms.py"], count_closing_line)]


# Live programs whose defaults are not those of a check: name, arguments.
ARGUMENTS = {
    "compare": [],
    "generate": ["--seed", "1", "--count", "300"],
    "differential": ["--seed", "1", "--count", "200"],
}


def live(_build):
    """compare, generate, differential and every test_*.py of tests/live; the demo."""
    paths = [os.path.join("tests", "live", name + ".py") for name in ARGUMENTS]
    paths += sorted(os.path.relpath(path, ROOT)
                    for path in glob.glob(os.path.join(ROOT, "tests", "live", "test_*.py")))
    suites = []
    for path in paths:
        if os.path.exists(os.path.join(ROOT, path)):
            name = os.path.basename(path)[:-3]
            suites.append(Suite("live/" + name, [PYTHON, path, *ARGUMENTS.get(name, [])],
                                count_closing_line))
    suites.append(Suite("demo", [PYTHON, "tests/demo/run.py", "--check"], count_closing_line))
    return suites


def run(suite, variant, log):
    """Runs one suite; gives (passed, failed, skipped, seconds, output)."""
    start = time.monotonic()
    environment = dict(os.environ, VARIANT=variant, CMOCKA_MESSAGE_OUTPUT="STDOUT",
                       PYTHONDONTWRITEBYTECODE="1")
    environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    try:
        done = subprocess.run(suite.command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              timeout=LIMIT)
        status, output = done.returncode, done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as expired:
        status, output = -1, (expired.stdout or b"").decode("utf-8", "replace")
        output += "\nstill running after %d s\n" % LIMIT
    except OSError as error:
        status, output = -1, "%s\n" % error
    with open(os.path.join(log, suite.name.replace("/", ".").replace(" ", ".") + ".log"), "w",
              encoding="utf-8") as file:
        file.write(output)
    passed, failed, skipped = suite.count(status, output)
    if status != 0 and failed == 0:
        output += "\nended with status %d\n" % status
        failed = 1
    if passed + failed + skipped == 0:
        output += "\nran no test\n"
        failed = 1
    return passed, failed, skipped, time.monotonic() - start, output


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--variant", default="release")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("suites", nargs="+", choices=["unit", "corpora", "rooms", "live", "fuzz"])
    options = parser.parse_args()
    build = os.path.join(ROOT, "build", options.variant)
    log = os.path.join(build, "log")
    os.makedirs(log, exist_ok=True)
    suites = []
    for word in options.suites:
        make = globals()[word]
        suites += make(build, options.seconds) if word == "fuzz" else make(build)
    # The long ones first, so that the last does not run alone.
    suites.sort(key=lambda suite: not suite.name.startswith(("live", "demo")))
    sums, lock = [0, 0, 0], threading.Lock()

    def one(suite):
        passed, failed, skipped, seconds, output = run(suite, options.variant, log)
        with lock:
            for at, number in enumerate((passed, failed, skipped)):
                sums[at] += number
            if failed:
                print("---- %s\n%s" % (suite.name, output[-12000:].rstrip()))
            print("%-34s %5d passed, %d failed, %d skipped  (%.1f s)"
                  % (suite.name, passed, failed, skipped, seconds), flush=True)

    with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        for future in [pool.submit(one, suite) for suite in suites]:
            future.result()
    print("%d passed, %d failed, %d skipped" % tuple(sums))
    return 1 if sums[1] or not sums[0] else 0


if __name__ == "__main__":
    sys.exit(main())
