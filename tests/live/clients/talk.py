"""Speaks with the programs beside this file, one for each language.

Such a program reads lines from its standard input and answers each with a line. Fields are
separated by tabs; in them a tab, a newline, a carriage return and a backslash are \\t, \\n, \\r and
\\\\. A question is a statement and its values, each with its type before it: int:3. It runs in a
transaction of its own that is rolled back. The answer is `ok`, the number of columns, "name type"
of each, and the values row by row with \\N for NULL; or `error`, the SQLSTATE and the message.
"""

import datetime
import decimal
import json
import os
import re
import subprocess
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))


def escape(text):
    return (text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
            .replace("\r", "\\r"))


def field(value):
    """A value with its type before it."""
    if value is None:
        return "null:"
    if isinstance(value, bool):
        return "bool:" + str(value).lower()
    if isinstance(value, int):
        return ("int:%d" if abs(value) < 2**31 else "big:%d") % value
    if isinstance(value, float):
        return "float:%r" % value
    if isinstance(value, decimal.Decimal):
        return "numeric:%s" % value
    if isinstance(value, bytes):
        return "bytes:" + value.hex()
    if isinstance(value, datetime.datetime):
        return ("timestamptz:" if value.tzinfo else "timestamp:") + value.isoformat()
    if isinstance(value, datetime.date):
        return "date:" + value.isoformat()
    if isinstance(value, datetime.time):
        return "time:" + value.isoformat()
    if isinstance(value, datetime.timedelta):
        return "interval:%d seconds" % value.total_seconds()
    if isinstance(value, uuid.UUID):
        return "uuid:%s" % value
    if isinstance(value, list):
        ints = all(isinstance(item, int) and not isinstance(item, bool) for item in value)
        items = value if ints else [field(item).split(":", 1)[1] for item in value]
        return ("ints:" if ints else "texts:") + json.dumps(items, ensure_ascii=False)
    return "text:" + value


def positional(text, values):
    """The text with ? for every $n, and the values in the order of the marks."""
    used = []

    def mark(found):
        used.append(values[int(found.group(1)) - 1])
        return "?"
    return re.sub(r"\$(\d)(?!\w)", mark, text), used


class Answer:
    def __init__(self, line):
        fields = line.split("\t")
        self.line = line
        self.sqlstate = fields[1] if fields[0] == "error" else None
        count = 0 if self.sqlstate else int(fields[1])
        self.types = [column.rsplit(" ", 1)[-1] for column in fields[2:2 + count]]
        self.values = fields[2 + count:] if self.sqlstate is None else None

    def same_as(self, other):
        return (self.sqlstate == other.sqlstate and self.types == other.types
                and self.values == other.values)


def talk(command, questions, environment=None):
    """The answers of a program to (text, values) pairs."""
    lines = ["\t".join([escape(text), *[escape(field(value)) for value in values]])
             for text, values in questions]
    done = subprocess.run(command, input="\n".join(lines) + "\n", stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", check=False, timeout=120,
                          env=dict(os.environ, **(environment or {})))
    answers = done.stdout.split("\n")[:-1]
    if done.returncode != 0 or len(answers) != len(lines):
        raise AssertionError("%s ended with %d after %d answers: %s"
                             % (command[:2], done.returncode, len(answers), done.stderr[-2000:]))
    return [Answer(line) for line in answers]
