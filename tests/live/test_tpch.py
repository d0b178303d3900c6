#!/usr/bin/python3
"""The 22 TPC-H queries as expressions give the rows of the hand-written SQL, and those of SQLAlchemy."""

import unittest

import live
import reference
import tpch
import wire
from live import world


class Queries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        tpch.load(world.server)
        cls.direct = wire.Connection("127.0.0.1", world.server.port, "tpch", timeout=120)
        cls.through = wire.Connection("127.0.0.1", world.port, "tpch", timeout=120)
        cls.reference = reference.Reference(world.server.port, "tpch")

    @classmethod
    def tearDownClass(cls):
        cls.direct.close()
        cls.through.close()
        cls.reference.close()

    def same(self, sql, expression):
        by_hand = self.direct.query(sql)
        self.assertIsNone(by_hand.error, by_hand.error)
        self.assertTrue(any(value is not None for row in by_hand.rows for value in row),
                        "finds nothing, so it shows nothing")
        compiled = self.reference.compile(tpch.as_python(expression))
        self.assertIsNone(compiled.error, compiled.error)
        theirs = self.direct.query(compiled.sql)
        for ask in (self.through.query, self.through.extended):
            ours = ask("/*expr*/ " + expression)
            self.assertIsNone(ours.error, ours.error)
            self.assertEqual((ours.names, ours.types), (by_hand.names, by_hand.types))
            self.assertEqual(ours.rows, by_hand.rows)
            self.assertEqual((ours.names, ours.types, ours.rows),
                             (theirs.names, theirs.types, theirs.rows))


def _add_tests():
    for title, sql, expression in tpch.queries():
        number, words = title.split(" ", 1)
        name = "test_%02d_%s" % (int(number), words.translate(str.maketrans(" /-", "___")))
        setattr(Queries, name, lambda self, sql=sql, text=expression: self.same(sql, text))


_add_tests()

if __name__ == "__main__":
    live.main()
