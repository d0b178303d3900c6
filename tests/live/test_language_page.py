#!/usr/bin/python3
"""The examples of compiler/LANGUAGE.md, each of them run.

A block marked ```sql has query strings, one marked ```python has expressions; a blank line stands
between two. An expression is run through the proxy and must give what SQLAlchemy gives, unless the
block is marked `ours`. Comments under an example say more:
    # SELECT …          the SQL that it is compiled to; of a query string: SQL with the same rows
    # fails, 42703: x   its error, and what the error says
    # warns: x          what its warning says
    # $1 = …            the value of the parameter, as text
    # %s = …            the values that psycopg2 puts in, as Python
"""

import ast
import os
import re
import sys

import psycopg2

import comparison
import corpus
from cluster import ROOT

PAGE = os.path.join(ROOT, "compiler", "LANGUAGE.md")
REMARK = re.compile(r"(?:#|--) (fails, \w{5}(?:: .*)?|warns: .*|\$1 = .*|%s = .*|[A-Z]{4,} .*)")


class Example:
    """A paragraph of a block: its text and what its remarks say."""

    def __init__(self, kind, line, text):
        self.kind, self.line = kind, line
        lines = text.split("\n")
        self.remarks = []
        while len(lines) > 1 and REMARK.fullmatch(lines[-1]):
            self.remarks.insert(0, REMARK.fullmatch(lines.pop()).group(1))
        self.text = "\n".join(lines)

    def remark(self, pattern):
        """The groups of the remark that matches, or None."""
        for remark in self.remarks:
            found = re.fullmatch(pattern, remark)
            if found:
                return found.groups()
        return None


def examples():
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    for block in re.finditer(r"^```(\w+(?: \w+)?)\n(.*?)^```$", page, re.M | re.S):
        line = page.count("\n", 0, block.start(2)) + 1
        for paragraph in block.group(2).split("\n\n"):
            yield Example(block.group(1), line, paragraph.strip("\n"))
            line += paragraph.count("\n") + 2


def squeezed(sql):
    return re.sub(r" +", " ", sql.replace("\n", " ")).strip()


class Reader:
    """Tries examples."""

    def __init__(self):
        self.setting = comparison.Setting()

    def faults(self, example):
        statement = example.text if example.kind == "sql" else "/*expr*/ " + example.text
        result = self.run(example, statement)
        if result.error:
            return self.error_faults(example, result.error)
        if example.remark(r"fails, .*"):
            return ["it does not fail"]
        wrong = self.notice_faults(example, result)
        sql = example.remark(r"([A-Z]{4,} .*)")
        if sql and example.kind == "sql":
            rows = self.setting.server.query(sql[0]).rows
            if sorted(rows) != sorted(result.rows) or not rows:
                wrong.append("it gives %s, not %s" % (result.rows[:3], rows[:3]))
        elif sql:
            compiled = self.setting.sql_of(example.text)
            if squeezed(compiled) != squeezed(sql[0]):
                wrong.append("its SQL is %s" % compiled)
        if example.kind == "python":
            wrong += self.differences(example)
        return wrong

    def run(self, example, statement):
        client = self.setting.client
        number = example.remark(r"\$1 = (.*)")
        values = example.remark(r"%s = (.*)")
        if values:
            statement = self.filled(statement, ast.literal_eval("[%s]" % values[0]))
        client.query("BEGIN")
        result = client.extended(statement, number[0:1]) if number else client.query(statement)
        client.query("ROLLBACK")
        return result

    def filled(self, statement, values):
        """The statement as psycopg2 sends it."""
        connection = psycopg2.connect(host=self.setting.host, port=self.setting.port,
                                      user="postgres", dbname=self.setting.database)
        with connection, connection.cursor() as cursor:
            statement = cursor.mogrify(statement, values).decode()
        connection.close()
        return statement

    def differences(self, example):
        entry = corpus.Entry("language", "line %d" % example.line, example.line)
        entry.text = example.text
        compiled = self.setting.reference.compile(example.text)
        if compiled.error:
            return ["SQLAlchemy fails: %s" % compiled.error]
        wrong = []
        for mode in comparison.MODES:
            wrong += self.setting.compare(entry, mode) or []
        return wrong

    @staticmethod
    def error_faults(example, error):
        expected = example.remark(r"fails, (\w{5})(?:: (.*))?")
        said = " ".join(error.get(letter, "") for letter in "MDH")
        if not expected:
            return ["it fails: " + comparison.sentence(error)]
        if error["C"] != expected[0] or (expected[1] or "") not in said:
            return ["it fails otherwise: " + comparison.sentence(error)]
        return []

    @staticmethod
    def notice_faults(example, result):
        expected = example.remark(r"warns: (.*)")
        said = " ".join(notice["M"] for notice in result.notices)
        if expected is None:
            return ["it warns: " + said] * bool(said)
        return [] if expected[0] in said else ["it does not warn, but says: " + said]


def main():
    reader = Reader()
    passed = failed = 0
    for example in examples():
        wrong = reader.faults(example)
        for line in wrong:
            print("FAIL LANGUAGE.md, line %d: %s\n    %s" % (example.line, line, example.text))
        failed += bool(wrong)
        passed += not wrong
    for fault in reader.setting.proxy.close():
        print("FAIL " + fault)
        failed += 1
    print("test_language_page: %d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
