#!/usr/bin/python3
"""A value never leaves its quotes: hostile strings, through every driver's quoting, in both
settings of standard_conforming_strings, in every place where a value may stand, come back unchanged."""

import json
import random

import live
from live import Case

PIECES = ["'", "''", "\\", "\\'", "\\\\", '"', '""', "$$", "$q$", "$1", "--", "/*", "*/", "/*expr*/",
          ";", "\n", "\r", "\t", "%", "%%", "%s", ":x", "::text", "E'", "U&'", "\\u0027", "\\x27", "’",
          "é", "日", "\U0001f600", "(", ")", "[", "]", "{", "}", ",", "#", " ", "a", "select(", "None",
          "ʼ", "\x7f", "0", "_", "^", "/", "`", "?", "\u2028"]

# Each gives the value back; the value stands where the %s is.
PLACES = [
    "select(literal(%s))",
    "select(cast(%s, Text))",
    "select(cast(func.concat(cast(%s, Text), ''), Text))",
    "select(case((true(), %s), else_='no'))",
    "select(func.coalesce(null(), cast(%s, Text)))",
    "select(array([%s, 'x'])[1])",
    "select(column('v')).select_from(values(column('v', Text), name='t').data([(%s,)]))",
    "select(text('cast(:v as text)').bindparams(v=%s))",
    "select(bindparam('v', %s))",
    "select(hold.c.v).where(hold.c.v == %s)",
    "select(hold.c.v).where(hold.c.v.in_([%s, 'other']))",
    "select(hold.c.v).where(hold.c.v.between(%s, %s))",
    "select(hold.c.v).where(hold.c.v.startswith(%s, autoescape=True))",
    "select(hold.c.v).where(hold.c.v.contains(%s, autoescape=True, escape='!'))",
    "update(hold).values(v=%s).returning(hold.c.v)",
    "insert(hold).values(v=%s).returning(hold.c.v)",
    "insert(hold).values([{'v': %s}]).returning(hold.c.v)",
    "select(type_coerce(%s, Text))",
    "select(literal('') + %s)",
    "select(func.jsonb_build_object(cast(%s, Text), 1).op('?')(cast(%s, Text)), cast(%s, Text))",
]


@live.needs_proxy
class Quoting(Case):
    def strings(self, seed, count):
        dice = random.Random(seed)
        yield from PIECES
        for _ in range(count):
            yield "".join(dice.choice(PIECES) for _ in range(dice.randrange(1, 8)))

    def check(self, connection, seed, count=60):
        cursor = connection.cursor()
        cursor.execute("CREATE TEMP TABLE hold (v text)")
        for number, value in enumerate(self.strings(seed, count)):
            cursor.execute("TRUNCATE hold")
            cursor.execute("INSERT INTO hold VALUES (%s)", (value,))
            # Every string in some places, every place with some strings.
            for place in PLACES[number % 3::3]:
                values = (value,) * place.count("%s")
                cursor.execute("/*expr*/ " + place, values)
                row = cursor.fetchone()
                self.assertIsNotNone(row, (value, place))
                self.assertEqual(row[-1], value, place)
        cursor.execute("SELECT count(*) FROM widgets")
        self.assertEqual(cursor.fetchone()[0], 20)

    def psycopg2_with(self, setting):
        connection = self.psycopg2(options="'-c standard_conforming_strings=%s "
                                           "-c escape_string_warning=off'" % setting)
        return connection

    def test_psycopg2(self):
        self.check(self.psycopg2_with("on"), 1)

    def test_psycopg2_without_standard_strings(self):
        self.check(self.psycopg2_with("off"), 2)

    def test_psycopg2_after_switching(self):
        connection = self.psycopg2()
        connection.cursor().execute("SET escape_string_warning = off; "
                                    "SET standard_conforming_strings = off")
        self.check(connection, 3, 20)

    def test_psycopg3_on_the_server_side(self):
        self.check(self.psycopg(), 4)

    def test_psycopg3_on_the_client_side(self):
        import psycopg

        for setting in ("on", "off"):
            connection = self.psycopg(options="'-c standard_conforming_strings=%s "
                                              "-c escape_string_warning=off'" % setting)
            connection.cursor_factory = psycopg.ClientCursor
            self.check(connection, 5)

    def test_a_latin1_client(self):
        import psycopg2.extensions

        connection = self.psycopg2()
        connection.set_client_encoding("LATIN1")
        cursor = connection.cursor()
        for value in ("é'", "\\é", "'é\\", "ÿ"):
            cursor.execute("/*expr*/ select(cast(%s, Text))", (value,))
            self.assertEqual(cursor.fetchone()[0], value)

    def test_multibyte_encodings_with_a_backslash_inside(self):
        connection = self.psycopg2()
        for encoding, values in (("SJIS", ["表", "ソ'", "能\\"]), ("BIG5", ["功", "許'"]),
                                 ("GBK", ["誠", "'乗"])):
            connection.set_client_encoding(encoding)
            cursor = connection.cursor()
            for value in values:
                cursor.execute("/*expr*/ select(cast(%s, Text), widgets.c.id)"
                               ".where(widgets.c.id == 3)", (value,))
                self.assertEqual(cursor.fetchone(), (value, 3), encoding)

    def test_names_are_quoted_too(self):
        cursor = self.psycopg2().cursor()
        for value in PIECES:
            if value.strip() and "\0" not in value:
                cursor.execute("/*expr*/ select(widgets.c.id.label(%s)).limit(1)", (value,))
                self.assertEqual(cursor.description[0].name, value)
                cursor.execute("/*expr*/ select(widgets.alias(%s).c.id).limit(1)", (value,))
                cursor.fetchone()

    def test_json(self):
        import psycopg2.extras

        cursor = self.psycopg2().cursor()
        for value in self.strings(6, 40):
            if "\x7f" in value:
                continue
            cursor.execute("/*expr*/ select(cast(%s, JSONB)['k'].astext)",
                           (psycopg2.extras.Json({"k": value}),))
            self.assertEqual(cursor.fetchone()[0], value, json.dumps(value))

    def test_json_keys(self):
        cursor = self.psycopg2().cursor()
        for value in self.strings(7, 20):
            cursor.execute("/*expr*/ select(cast({%s: 'found'}, JSONB)[%s].astext)", (value, value))
            self.assertEqual(cursor.fetchone()[0], "found", value)


if __name__ == "__main__":
    live.main()
