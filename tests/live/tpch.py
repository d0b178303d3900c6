"""The 22 queries of TPC-H: hand-written SQL and the same as expressions, over data of our own."""

import os
import re

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tpch")


def load(cluster, database="tpch"):
    """Makes the database and fills it."""
    cluster.psql("CREATE DATABASE %s" % database)
    with open(os.path.join(HERE, "data.sql"), encoding="utf-8") as file:
        cluster.psql(file.read(), database)


def _sections(name):
    """{title: text} of a file whose sections begin with `-- N title`."""
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        parts = re.split(r"^-- (\d+ .*)\n", file.read(), flags=re.M)
    return {title: text.strip() for title, text in zip(parts[1::2], parts[2::2])}


def queries():
    """(title, SQL, expression) of each query."""
    sql, expressions = _sections("queries.sql"), _sections("queries.expr")
    if list(sql) != list(expressions) or len(sql) != 22:
        raise ValueError("queries.sql and queries.expr do not hold the same 22 queries")
    return [(title, sql[title].rstrip(";"), expressions[title]) for title in sql]


def as_python(expression):
    """The text as Python takes it: a line that begins with a dot goes on with the line before."""
    return re.sub(r"\n\s*\.", ".", expression)
