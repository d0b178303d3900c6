#!/usr/bin/python3
"""Compares pgexpr with SQLAlchemy 2.0.40, statement by statement.

    compare.py                          the whole corpus, in every protocol
    compare.py -s joins                 one section of it (corpus/joins.txt)
    compare.py -g "lateral"             the entries whose title or text contains a word
    compare.py 'select(a.c.x)'          one text: both sides' SQL and rows; `-` reads standard input
    compare.py --keep 'select(a.c.x)'   the same, leaving the private PostgreSQL running for the
                                        next call with --keep (saves a second); --stop ends it
    compare.py --direct …               without the proxy: `pgexpr compile`, its SQL run directly
    compare.py --oracle …               SQLAlchemy alone: checks that the corpus itself is right
    compare.py --sql …                  both sides' SQL beside each failure

Every call starts its own proxy (build/$VARIANT/pgexpr, VARIANT=release) and works in a database of
its own, so that calls do not disturb each other. The tables are those of schema.sql.
"""

import argparse
import sys
import time

import cluster
import comparison
import corpus


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", nargs="?", help="a text of the language, or - for standard input")
    parser.add_argument("-s", "--section", help="only this section of the corpus")
    parser.add_argument("-g", "--grep", help="only entries whose title or text contains this")
    parser.add_argument("-m", "--mode", action="append", choices=comparison.MODES,
                        help="only this protocol (may be repeated)")
    parser.add_argument("--keep", action="store_true", help="leave the PostgreSQL running")
    parser.add_argument("--stop", action="store_true", help="end the one that was left running")
    parser.add_argument("--direct", action="store_true", help="pgexpr compile, no proxy")
    parser.add_argument("--oracle", action="store_true", help="SQLAlchemy alone")
    parser.add_argument("--sql", action="store_true", help="show the SQL of both sides")
    parser.add_argument("-q", "--quiet", action="store_true", help="failing titles only")
    parser.add_argument("-n", "--rows", type=int, default=8, help="rows to show of one text")
    return parser.parse_args()


def show(setting, text, options):
    """One text: what both sides send and get."""
    entry = corpus.Entry("command line", text, 0)
    entry.text = text
    compiled = setting.reference.compile(text)
    print("-- SQLAlchemy")
    theirs = None
    if compiled.error:
        print("%s: %s" % (type(compiled.error).__name__, compiled.error))
    else:
        print(compiled.sql)
        theirs = setting.on_server(compiled.sql, compiled)
        print_result(theirs.result, options.rows)
    if options.oracle:
        return 0
    print("\n-- pgexpr")
    print(setting.sql_of(text))
    ours = setting.on_proxy(text, compiled, (options.mode or ["simple"])[0])
    print_result(ours.result, options.rows)
    for notice in ours.result.notices:
        print("%s: %s" % (notice.get("S"), notice.get("M")))
    same = True
    print()
    for mode in options.mode or (("simple",) if options.direct else comparison.MODES):
        wrong = setting.compare(entry, mode)
        if wrong is None:
            continue
        print("%s: %s" % (mode, "the same" if not wrong else "DIFFERENT"))
        for line in wrong:
            print("    " + line)
            same = False
    return 0 if same else 1


def print_result(result, limit):
    if result.error:
        print(comparison.sentence(result.error))
        return
    print("   " + ", ".join("%s:%d" % (name, oid) for name, oid, _ in result.columns))
    for row in result.rows[:limit]:
        print("   " + repr(row))
    print("   " + str(result.tag))


def run(setting, options):
    """The corpus. Gives the counts of passed, failed and skipped comparisons."""
    passed = failed = skipped = 0
    modes = options.mode or (("simple",) if options.direct else comparison.MODES)
    for entry in corpus.read(options.section):
        if options.grep and options.grep not in entry.title and options.grep not in entry.text:
            continue
        if options.oracle:
            found = {"oracle": setting.check(entry)}
        else:
            found = {mode: setting.compare(entry, mode) for mode in modes}
        before = None
        for mode, wrong in found.items():
            if wrong is None:
                skipped += 1
            elif not wrong:
                passed += 1
            else:
                failed += 1
                print("FAIL %s (%s, line %d)" % (entry.name, mode, entry.line))
                if options.quiet or wrong == before:
                    continue
                before = wrong
                print("    " + entry.text.replace("\n", "\n    "))
                for line in wrong:
                    print("  | " + line.replace("\n", "\n  | "))
                if options.sql and not options.oracle:
                    print("  | SQLAlchemy: %s"
                          % setting.reference.compile(entry.sqlalchemy or entry.text).sql)
                    print("  | pgexpr: %s" % setting.sql_of(entry.text))
        if setting.proxy is not None and not setting.proxy.is_alive():
            print("the proxy died; its log ends:\n" + setting.proxy.text_of_log()[-2000:])
            failed += 1
            break
    return passed, failed, skipped


def main():
    options = arguments()
    if options.stop:
        comparison.stop_kept()
        return 0
    start = time.monotonic()
    setting = comparison.Setting(keep=options.keep, direct=options.direct,
                                 proxy=not options.oracle)
    if options.text is not None:
        text = sys.stdin.read() if options.text == "-" else options.text
        return show(setting, text, options)
    passed, failed, skipped = run(setting, options)
    for fault in setting.proxy.close() if setting.proxy else []:
        print("FAIL " + fault)
        failed += 1
    print("compare: %d passed, %d failed, %d skipped in %.1f s"
          % (passed, failed, skipped, time.monotonic() - start))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except cluster.LiveError as error:
        print("compare: %s" % error, file=sys.stderr)
        sys.exit(2)
