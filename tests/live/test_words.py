#!/usr/bin/python3
"""Every word of the language, by its own example: it runs, and gives what SQLAlchemy gives.

The examples are those of the vocabulary, as tests/compiler/golden/words.golden has them (the golden
test holds that file to the vocabulary). Also: the reference page is up to date, and `pgexpr words`
says what it should.
"""

import os
import re
import subprocess
import sys

import cluster
import comparison
import corpus
from cluster import ROOT

GOLDEN = os.path.join(ROOT, "tests", "compiler", "golden", "words.golden")
PAGE = os.path.join(ROOT, "compiler", "WORDS.md")

# What SQLAlchemy 2.0.40 with psycopg2 cannot do and the language can, on purpose.
BEYOND = {
    "FROM.fk": "foreign-key paths",
    "subquery": "a function like lateral() and alias()",
    "VALUES.cte": "values() in WITH",
    "MultiRange": "psycopg2 cannot write one",
    "GENERATIVE_SELECT.apply_labels": "of 1.x",
    "GENERATIVE_SELECT.with_labels": "of 1.x",
    **{"COMPOUND." + word: "chained set operations"
       for word in ("union", "union_all", "except_", "except_all", "intersect", "intersect_all")},
    **{word: "PostgreSQL has another name for the type"
       for word in ("DOUBLE", "NVARCHAR", "CLOB", "DATETIME", "BLOB", "BINARY", "VARBINARY")},
}


def examples():
    """The titles and texts of words.golden."""
    with open(GOLDEN, encoding="utf-8") as file:
        cases = re.split(r"^== ", file.read(), flags=re.M)[1:]
    for case in cases:
        title, _, rest = case.partition("\n")
        yield title, re.match(r"-- expr\n(.*?)\n-- ", rest, re.S).group(1)


def example_faults(setting, title, text):
    """What is wrong with an example, as lines."""
    entry = corpus.Entry("words", title, 0)
    entry.text = text
    ours = setting.on_proxy(text, setting.reference.compile(text), "simple").result
    if ours.error:
        return ["it fails: " + comparison.sentence(ours.error)]
    found = {mode: setting.compare(entry, mode) or [] for mode in comparison.MODES}
    wrong = [line for lines in found.values() for line in lines]
    if title not in BEYOND:
        return wrong
    return [line for line in wrong if not line.startswith("SQLAlchemy fails")] \
        + ["SQLAlchemy can do it after all"] * (not wrong)


def words(*arguments):
    """`pgexpr words` with arguments: status, output, errors."""
    program = os.path.join(ROOT, "build", cluster.VARIANT, "pgexpr")
    done = subprocess.run([program, "words", *arguments], stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
    return done.returncode, done.stdout, done.stderr


def command_faults():
    """What is wrong with each thing that `pgexpr words` should do: a list by what it is."""
    status, listed, _ = words()
    faults = {"it lists every word": [] if status == 0 else ["status %d" % status]}
    lines = {line.strip() for line in listed.splitlines()}
    for title, _ in examples():
        word = "." + title.split(".")[1] if "." in title else title
        if not any(re.match(re.escape(word) + r"(\(| |$)", line) for line in lines):
            faults["it lists every word"].append("no " + title)
    with open(PAGE, encoding="utf-8") as file:
        stale = file.read() != words("--markdown")[1]
    faults["the page is up to date"] = ["WORDS.md is not: run make golden"] * stale
    for what, arguments, status, output, errors in (
            ("a word of several classes", ["where"], 0, ("of a select", "delete(c).where("), ()),
            ("a word that is refused", ["Table"], 0, ("Not in the language. Write the",), ()),
            ("a type", ["JSONB"], 0, ("JSONB(", "select(cast("), ()),
            ("as it would be called", [".limit(", "desc()"], 0, (".limit(", "desc("), ()),
            ("a misspelt word", ["offst"], 1, (), ('no word "offst"', 'meant "offset"')),
            ("no such word", ["xyzzyxyz"], 1, (), ('no word "xyzzyxyz"',)),
            ("a type of catalogs only", ["TupleType"], 1, (), ('no word "TupleType"',)),
            ("no such option", ["--all"], 2, (), ("Usage:",))):
        done = words(*arguments)
        faults[what] = ["status %d" % done[0]] * (done[0] != status) \
            + ["it does not say " + piece for piece in output if piece not in done[1]] \
            + ["it does not complain " + piece for piece in errors if piece not in done[2]]
    return faults


def main():
    setting = comparison.Setting()
    faults = {"the example of " + title: example_faults(setting, title, text)
              for title, text in examples()}
    faults["the proxy"] = setting.proxy.close()
    faults.update(command_faults())
    for what, wrong in faults.items():
        for line in wrong:
            print("FAIL %s: %s" % (what, line))
    failed = sum(bool(wrong) for wrong in faults.values())
    print("test_words: %d passed, %d failed, 0 skipped" % (len(faults) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
