#!/usr/bin/python3
"""Writes golden/schema.catalog: the tables of tests/live/schema.sql as the compiler sees them.

Run it after a change of schema.sql. It starts a private PostgreSQL and ends it. Object identifiers
are numbered here, so that the file is the same on every run.

    R  oid  schema  name  relkind  visible
    C  name  type oid  type  type schema  type name  typtype  array  base type  flags (n d i g)
    P  columns of the primary key
    K  name  columns  referenced oid  schema  name  columns
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "live"))
import cluster  # noqa: E402

RELATIONS = """
SELECT c.oid, n.nspname, c.relname, c.relkind, pg_catalog.pg_table_is_visible(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_|^information_schema$'
ORDER BY n.nspname, c.relname"""

COLUMNS = """
SELECT a.attname, CASE WHEN a.atttypid < 16384 THEN a.atttypid::int ELSE 0 END,
	format_type(a.atttypid, a.atttypmod), e.typnamespace::regnamespace::text, e.typname, e.typtype,
	CASE WHEN e.oid <> t.oid THEN 't' ELSE 'f' END,
	CASE WHEN e.typtype = 'd' THEN format_type(e.typbasetype, e.typtypmod) ELSE '' END,
	concat(CASE WHEN a.attnotnull THEN 'n' END, CASE WHEN a.atthasdef THEN 'd' END,
	       CASE WHEN a.attidentity <> '' THEN 'i' END, CASE WHEN a.attgenerated <> '' THEN 'g' END)
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type x ON x.oid = t.typelem AND x.typarray = t.oid
JOIN pg_type e ON e.oid = coalesce(x.oid, t.oid)
WHERE a.attrelid = %d AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""

KEYS = """
SELECT k.contype, k.conname,
	(SELECT string_agg(a.attname, ',' ORDER BY u.n) FROM unnest(k.conkey) WITH ORDINALITY u(m, n)
	 JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.m),
	k.confrelid, coalesce(r.relnamespace::regnamespace::text, ''), coalesce(r.relname, ''),
	(SELECT coalesce(string_agg(a.attname, ',' ORDER BY u.n), '')
	 FROM unnest(k.confkey) WITH ORDINALITY u(m, n)
	 JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.m)
FROM pg_constraint k LEFT JOIN pg_class r ON r.oid = k.confrelid
WHERE k.conrelid = %d AND k.contype IN ('p', 'f') ORDER BY k.contype DESC, k.conname"""


def rows(server, sql):
    # Outside pg_catalog every type is written with its schema.
    text = server.psql("SET search_path = '';\n\\pset fieldsep '\\t'\n" + sql + ";")
    return [line.split("\t") for line in text.splitlines()]


def main():
    server = cluster.Cluster()
    with open(os.path.join(HERE, "..", "..", "live", "schema.sql"), encoding="utf-8") as schema:
        server.psql(schema.read())
    text = server.psql("\\pset fieldsep '\\t'\n" + RELATIONS + ";")
    relations = [line.split("\t") for line in text.splitlines()]
    numbers = {relation[0]: str(20000 + i) for i, relation in enumerate(relations)}
    with open(os.path.join(HERE, "schema.catalog"), "w", encoding="utf-8") as out:
        for oid, schema, name, kind, visible in relations:
            out.write("\t".join(["R", numbers[oid], schema, name, kind, visible]) + "\n")
            for row in rows(server, COLUMNS % int(oid)):
                out.write("\t".join(["C", *row]) + "\n")
            for row in rows(server, KEYS % int(oid)):
                if row[0] == "p":
                    out.write("\t".join(["P", row[2]]) + "\n")
                else:
                    row[3] = numbers.get(row[3], "0")
                    out.write("\t".join(["K", *row[1:]]) + "\n")


main()
