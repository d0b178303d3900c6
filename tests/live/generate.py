#!/usr/bin/python3
"""Compares pgexpr with SQLAlchemy on programs made at random, type-correct and always the same ones.

    generate.py --seed 1 --count 300    programs 0 … 299 of seed 1
    generate.py --seed 1 --only 17      one of them
    generate.py --print --count 5       prints programs, compares nothing
    generate.py --oracle …              SQLAlchemy alone: how many of the programs it takes

Joins, aliases, subqueries, CTEs, recursion, windows, aggregates, set operations, case, casts,
correlation, DML in a transaction that is rolled back, bindings. A program that differs is made
smaller for as long as it goes on to differ, and printed.
"""

import argparse
import ast
import random
import sys
import time

import cluster
import comparison
import corpus

# Columns by type, and what each foreign key leads to. The primary key comes first.
TABLES = {
    "a": ({"id": "int", "x": "int", "y": "int", "s": "text", "f": "bool"}, {}),
    "b": ({"id": "int", "a_id": "int", "x": "int", "s": "text"}, {"a": "a_id"}),
    "c": ({"id": "int", "b_id": "int", "x": "int"}, {"b": "b_id"}),
    "nofk": ({"id": "int", "x": "int"}, {}),
    "customer": ({"id": "int", "name": "text", "parent_id": "int", "tags": "texts",
                  "active": "bool", "data": "jsonb"}, {}),
    "orders": ({"id": "int", "customer_id": "int", "amount": "numeric", "qty": "int",
                "price": "float", "placed_on": "date", "placed_at": "timestamp", "iv": "interval",
                "codes": "ints", "note": "text", "small": "int", "big": "bigint",
                "ratio": "numeric", "flag": "bool", "status": "text", "region": "text"},
               {"customer": "customer_id"}),
    "city": ({"id": "int", "name": "text", "pop": "bigint"}, {}),
    "twofk": ({"id": "int", "x": "int"}, {}),
    "events": ({"id": "int", "kind": "text", "customer_id": "int", "n": "int"},
               {"customer": "customer_id"}),
}
WORDS = ["red", "Green", "it's", "x y", "50%", "b1", "note 7", "", "north", "paid", "é"]
CASTS = {"int": ["Integer", "BigInteger"], "numeric": ["Numeric", "Numeric(12, 3)"],
         "float": ["Float", "Double"], "text": ["String", "Text", "String(20)"], "date": ["Date"],
         "bool": ["Boolean"]}
# What SQLAlchemy's SQL fails with where we may do better: text + text of two untyped functions,
# and a constant in ORDER BY, which is none when it is a parameter.
KINDER = ["operator does not exist: text + text", "non-integer constant in ORDER BY",
          "is not in select list"]
SCALARS = ["int", "int", "numeric", "float", "text", "text", "bool", "date", "timestamp"]


class Source:
    """Something in FROM: how the text calls it, its columns, and which of them identify a row."""

    def __init__(self, name, columns, keys=(), table=None):
        self.name, self.columns, self.keys, self.table = name, columns, list(keys), table

    def column(self, key):
        return "%s.c.%s" % (self.name, key)


class Program:
    """Makes one program."""

    def __init__(self, seed, number):
        self.dice = random.Random("%s/%s" % (seed, number))
        self.lines = []
        self.count = 0
        self.ordered = False
        self.kept = []  # bound expressions: name, kind, the sources that they are made of

    def name(self, stem):
        self.count += 1
        return "%s%d" % (stem, self.count)

    def chance(self, part):
        return self.dice.random() < part

    def pick(self, *makers):
        return self.dice.choice(makers)()

    def bind(self, stem, text):
        name = self.name(stem)
        self.lines.append("%s = %s" % (name, text))
        return name

    # Expressions

    def columns_of(self, scope, kind):
        kinds = {"int": ("int",), "numeric": ("numeric", "int"), "float": ("float",)}.get(kind,
                                                                                          (kind,))
        return [source.column(key) for source in scope for key, found in source.columns.items()
                if found in kinds]

    def literal(self, kind):
        dice = self.dice
        if kind in ("int", "bigint"):
            return str(dice.choice([0, 1, 2, 3, 5, 7, 10, -1, 100]))
        if kind == "numeric":
            return dice.choice(['Decimal("1.5")', 'Decimal("20")', 'Decimal("0.25")'])
        if kind == "float":
            return dice.choice(["0.5", "2.25", "10.0"])
        if kind == "bool":
            return dice.choice(["true()", "false()", "literal(True)"])
        if kind == "date":
            return "datetime.date(2020, %d, %d)" % (dice.randrange(1, 13), dice.randrange(1, 28))
        if kind == "timestamp":
            return "datetime.datetime(2020, %d, %d, 3, 4)" % (dice.randrange(1, 13),
                                                              dice.randrange(1, 28))
        if kind == "interval":
            return "datetime.timedelta(hours=%d)" % dice.randrange(1, 50)
        if kind == "texts":
            return "array([\"%s\", \"b\"])" % dice.choice(WORDS)
        if kind == "ints":
            return "array([%d, 2, 3])" % dice.randrange(9)
        if kind == "jsonb":
            return dice.choice(["cast({\"a\": 2}, JSONB)", "cast([1, {\"a\": None}], JSONB)"])
        return '"%s"' % dice.choice(WORDS)

    def value(self, kind, scope, depth):
        """An expression object (never a bare Python value) of a kind."""
        columns = self.columns_of(scope, kind)
        if depth <= 0:
            if columns and self.chance(0.9):
                return self.dice.choice(columns)
            text = self.literal(kind)
            return text if text.endswith("()") or text.startswith(("literal(", "array(", "cast(")) \
                else "literal(%s)" % text
        if self.chance(0.1):
            return self.again(kind, scope, depth - 1)
        made = self.compound(kind, scope, depth - 1)
        return made if made is not None else self.value(kind, scope, 0)

    def again(self, kind, scope, depth):
        """An expression with a name: one that is in use, or a new one. It is one object."""
        names = {source.name for source in scope}
        fitting = [name for name, found, made_of in self.kept if found == kind and made_of <= names]
        if fitting and self.chance(0.7):
            return self.dice.choice(fitting)
        text = self.compound(kind, scope, depth)
        name = self.bind("x", text)
        self.kept.append((name, kind, names))
        return name

    def operand(self, kind, scope, depth):
        """An expression, or a literal as Python writes it."""
        return self.literal(kind) if self.chance(0.35) else self.value(kind, scope, depth)

    def compound(self, kind, scope, depth):
        v = lambda k=kind: self.value(k, scope, depth)
        o = lambda k=kind: self.operand(k, scope, depth)
        general = [
            lambda: "func.coalesce(%s, %s)" % (v(), o()),
            lambda: "case((%s, %s), else_=%s)" % (self.condition(scope, depth), o(), v()),
            lambda: self.dice.choice(self.columns_of(scope, kind) or [v()]),
            lambda: self.dice.choice(self.columns_of(scope, kind) or [v()]),
        ]
        if kind != "bool" and depth > 0:
            general.append(lambda: "case((%s, %s), (%s, %s))" % (
                self.condition(scope, depth - 1), o(), self.condition(scope, depth - 1), o()))
        special = {
            "int": [
                lambda: "(%s %s %s)" % (v(), self.dice.choice("+-*"), o()),
                lambda: "(%s %% %s)" % (v(), self.dice.choice(["3", "7", "literal(4)"])),
                lambda: "(%s // %s)" % (v(), self.dice.choice(["2", "5"])),
                lambda: "(%s - %s)" % (self.literal("int"), v()),
                lambda: "(-%s)" % v(),
                lambda: "func.abs(%s)" % v(),
                lambda: "func.greatest(%s, %s)" % (v(), o()),
                lambda: "func.length(%s)" % v("text"),
                lambda: "cast(%s, %s)" % (v(), self.dice.choice(CASTS["int"])),
                lambda: "cast(extract(\"%s\", %s), Integer)" % (
                    self.dice.choice(["day", "month", "year"]), v("date")),
                lambda: "%s.bitwise_and(%s)" % (v(), self.dice.choice(["3", "6"])),
                lambda: "func.nullif(%s, %s)" % (v(), o()),
                lambda: "%s.op(\"%s\")(%s)" % (v(), self.dice.choice(["+", "#", "*"]), o()),
                lambda: "type_coerce(%s, %s)" % (v(), self.dice.choice(["Integer", "Numeric"])),
                lambda: "func.coalesce(%s, %s, type_=Integer)" % (v(), o()),
                lambda: "func.cardinality(%s)" % v("texts"),
                lambda: "%s[%d]" % (v("ints"), self.dice.randrange(1, 4)),
                lambda: "%s[\"a\"].as_integer()" % v("jsonb"),
                lambda: "cast(%s[%s].astext, Integer)" % (v("jsonb"), '("list", 0)'),
                lambda: "extract(\"%s\", %s)" % (self.dice.choice(["hour", "doy"]), v("timestamp")),
            ],
            "numeric": [
                lambda: "(%s %s %s)" % (v(), self.dice.choice("+-*"), o()),
                lambda: "(%s / %s)" % (v(self.dice.choice(["int", "numeric"])),
                                       self.dice.choice(["2", "7", 'Decimal("1.5")', "literal(3)"])),
                lambda: "func.round(%s, %s)" % (v(), self.dice.choice(["1", "2"])),
                lambda: "cast(%s, %s)" % (v("int"), self.dice.choice(CASTS["numeric"])),
                lambda: "(%s * %s)" % (v("int"), v()),
            ],
            "float": [
                lambda: "(%s %s %s)" % (v(), self.dice.choice("+-*"), o()),
                lambda: "(%s / 2.5)" % v("int"),
                lambda: "cast(%s, %s)" % (v("int"), self.dice.choice(CASTS["float"])),
            ],
            "text": [
                lambda: "(%s + %s)" % (v(), o()),
                lambda: "func.lower(%s)" % v(), lambda: "func.upper(%s)" % v(),
                lambda: "func.substr(%s, 1, %d)" % (v(), self.dice.randrange(1, 5)),
                lambda: "cast(%s, %s)" % (v(self.dice.choice(["int", "text", "date", "numeric"])),
                                          self.dice.choice(CASTS["text"])),
                lambda: "%s.concat(%s)" % (v(), o()),
                lambda: "func.replace(%s, \"e\", %s)" % (v(), o()),
                lambda: "%s.collate(\"C\")" % v(),
            ],
            "date": [
                lambda: "(%s + %s)" % (v(), self.dice.choice(["1", "30"])),
                lambda: "(%s - %s)" % (v(), self.dice.choice(["1", "30"])),
                lambda: "cast(%s, Date)" % v("timestamp"),
            ],
            "timestamp": [
                lambda: "(%s %s %s)" % (v(), self.dice.choice("+-"), o("interval")),
                lambda: "(%s + %s)" % (v("date"), v("interval")),
                lambda: "func.date_trunc(\"month\", %s)" % v(),
            ],
            "interval": [
                lambda: "(%s - %s)" % (v("timestamp"), v("timestamp")),
                lambda: "(%s * 2)" % v(), lambda: "(%s + %s)" % (v(), o()),
            ],
            "bool": [lambda: self.condition(scope, depth)] * 4,
            "texts": [
                lambda: "(%s + %s)" % (v(), self.dice.choice([v(), "[\"q\", \"r\"]"])),
                lambda: "array([%s, %s])" % (v("text"), o("text")),
                lambda: "func.array_append(%s, %s)" % (v(), v("text")),
                lambda: "%s[1:2]" % v(),
            ],
            "ints": [
                lambda: "(%s + %s)" % (v(), self.dice.choice([v(), "[7]"])),
                lambda: "array([%s, %s])" % (v("int"), o("int")),
                lambda: "%s[%s:%s]" % (v(), self.dice.choice("12"), self.dice.choice("23")),
            ],
            "jsonb": [
                lambda: "%s[\"b\"]" % v(), lambda: "%s[(\"b\", \"c\")]" % v(),
                lambda: "func.jsonb_build_object(\"a\", %s, type_=JSONB)" % v("int"),
                lambda: "cast({\"a\": %s}, JSONB)" % self.dice.choice(["1", "None", "[1, \"x\"]"]),
            ],
        }.get(kind, [])
        return self.pick(*(special + general if special else general))

    def condition(self, scope, depth):
        """A boolean expression."""
        dice = self.dice
        kind = dice.choice(["int", "int", "text", "numeric", "date", "float"])
        if not self.columns_of(scope, kind):
            kind = "int"
        v = lambda k=kind: self.value(k, scope, depth - 1)
        o = lambda k=kind: self.operand(k, scope, depth - 1)
        makers = [
            lambda: "(%s %s %s)" % (v(), dice.choice(["==", "!=", "<", "<=", ">", ">="]), o()),
            lambda: "(%s %s %s)" % (v(), dice.choice(["<", ">", "=="]), o()),
            lambda: "%s.in_([%s])" % (v(), ", ".join(self.literal(kind) for _ in range(
                dice.choice([0, 1, 2, 3])))),
            lambda: "%s.not_in([%s])" % (v(), ", ".join(self.literal(kind) for _ in range(2))),
            lambda: "%s.between(%s, %s)" % (v(), o(), o()),
            lambda: "(%s %s None)" % (v(), dice.choice(["==", "!="])),
            lambda: "%s.%s(%s)" % (v(), dice.choice(["is_distinct_from",
                                                     "is_not_distinct_from"]), o()),
            lambda: "%s.%s(%s)" % (v("text"), dice.choice(
                ["contains", "startswith", "endswith", "icontains"]), self.literal("text")),
            lambda: "%s.%s(\"%s\")" % (v("text"), dice.choice(["like", "ilike", "not_like"]),
                                      dice.choice(["%e%", "b%", "_o%", "%1"])),
            lambda: "(%s %s %s)" % (self.literal(kind), dice.choice(["<", ">"]), v()),
            lambda: "(tuple_(%s, %s) %s tuple_(%s, %s))" % (
                v(), v("int"), dice.choice(["==", "<", ">="]), o(), v("int")),
            lambda: "tuple_(%s, %s).in_([(%s, 1), (%s, 2)])" % (
                v(), v("int"), self.literal(kind), self.literal(kind)),
            lambda: "%s.regexp_match(\"%s\"%s)" % (v("text"), dice.choice(["^b", "o.", "[0-9]$"]),
                                                dice.choice(["", ', flags="i"'])),
            lambda: "%s.bool_op(\"%s\")(%s)" % (v("int"), dice.choice(["<", "="]), o("int")),
        ]
        booleans = self.columns_of(scope, "bool")
        if booleans:
            makers += [lambda: dice.choice(booleans), lambda: "~" + dice.choice(booleans),
                       lambda: "(%s == %s)" % (dice.choice(booleans),
                                               dice.choice(["True", "False"])),
                       lambda: "%s.is_(%s)" % (dice.choice(booleans),
                                               dice.choice(["True", "None", "False"]))]
        texts = self.columns_of(scope, "texts")
        if texts:
            makers += [lambda: "%s.contains([\"a\"])" % dice.choice(texts),
                       lambda: "%s.any(\"t1\")" % dice.choice(texts),
                       lambda: "(\"u1\" == any_(%s))" % dice.choice(texts)]
        jsons = self.columns_of(scope, "jsonb")
        if jsons:
            makers += [lambda: "%s.has_key(\"a\")" % dice.choice(jsons),
                       lambda: "(%s[\"b\"][\"c\"].astext == \"v1\")" % dice.choice(jsons),
                       lambda: "(%s[\"a\"].as_integer() > %s)" % (dice.choice(jsons),
                                                                self.literal("int"))]
        if depth > 0:
            c = lambda: self.condition(scope, depth - 1)
            makers += [
                lambda: "and_(%s, %s)" % (c(), c()), lambda: "or_(%s, %s)" % (c(), c()),
                lambda: "(%s & %s)" % (c(), c()), lambda: "(%s | %s)" % (c(), c()),
                lambda: "not_(%s)" % c(), lambda: "~%s" % c(),
                lambda: "or_(%s, %s, %s)" % (c(), c(), c()),
                lambda: self.membership(scope, depth - 1),
                lambda: self.existence(scope, depth - 1),
                lambda: "(%s > %s)" % (self.value("int", scope, 0),
                                       self.scalar_subquery(scope, depth - 1)),
            ]
        return self.pick(*makers)

    def inner_source(self):
        """A table for a subquery, mostly under an alias, so that it is not correlated away."""
        name = self.dice.choice(["b", "c", "nofk", "orders", "events"])
        columns, _ = TABLES[name]
        if self.chance(0.7):
            alias = self.bind("i", '%s.alias("%s")' % (name, self.name("i")) if self.chance(0.5)
                              else "%s.alias()" % name)
            return Source(alias, columns, ["id"], name)
        return Source(name, columns, ["id"], name)

    def correlated(self, scope, inner):
        """A condition between an inner source and the scope around."""
        outer = self.columns_of([source for source in scope if source.name != inner.name], "int")
        mine = self.columns_of([inner], "int")
        if not outer:
            return "(%s > 1)" % self.dice.choice(mine)
        return "(%s == %s)" % (self.dice.choice(mine), self.dice.choice(outer))

    def existence(self, scope, depth):
        inner = self.inner_source()
        where = self.correlated(scope, inner)
        if self.chance(0.4):
            where += ", " + self.condition([inner], depth)
        text = self.pick(lambda: "exists().where(%s)" % where,
                         lambda: "exists(select(%s).where(%s))" % (inner.column("id"), where),
                         lambda: "select(%s).where(%s).exists()" % (inner.column("id"), where))
        return ("~" if self.chance(0.3) else "") + text

    def membership(self, scope, depth):
        inner = self.inner_source()
        return "%s.%s(select(%s).where(%s))" % (
            self.value("int", scope, 0), self.dice.choice(["in_", "in_", "not_in"]),
            self.dice.choice(self.columns_of([inner], "int")), self.condition([inner], depth))

    def scalar_subquery(self, scope, depth):
        inner = self.inner_source()
        text = "select(func.%s(%s))" % (self.dice.choice(["max", "min", "count", "sum"]),
                                        self.value("int", [inner], depth))
        if self.chance(0.7):
            text += ".where(%s)" % self.correlated(scope, inner)
        else:
            text += ".where(%s)" % self.condition([inner], depth)
        return text + self.dice.choice([".scalar_subquery()", ".scalar_subquery()",
                                        ".as_scalar()"])

    # FROM

    def table(self, name):
        columns, _ = TABLES[name]
        if self.chance(0.25):
            return Source(self.bind("t", "%s.alias(%s)" % (
                name, '"%s"' % self.name("z") if self.chance(0.6) else "")), columns, ["id"], name)
        return Source(name, columns, ["id"], name)

    def derived(self, depth):
        """A subquery or a CTE with known columns."""
        inner = self.table(self.dice.choice(list(TABLES)))
        keys = self.dice.sample(list(inner.columns), min(len(inner.columns),
                                                         self.dice.randrange(1, 4)))
        keys = ["id"] + [key for key in keys if key != "id"]
        entities = [inner.column(key) for key in keys]
        columns = {key: inner.columns[key] for key in keys}
        for _ in range(self.dice.randrange(0, 3)):
            kind = self.dice.choice(SCALARS)
            label = self.name("e")
            entities.append("%s.label(\"%s\")" % (self.value(kind, [inner], depth), label))
            columns[label] = kind
        text = "select(%s)" % ", ".join(entities)
        if self.chance(0.7):
            text += ".where(%s)" % self.condition([inner], depth)
        named = '"%s"' % self.name("d") if self.chance(0.5) else ""
        how = self.dice.choice(["subquery", "subquery", "cte", "alias"])
        return Source(self.bind("q", "%s.%s(%s)" % (text, how, named)), columns, ["id"])

    def from_clause(self):
        """Sources, and the text of the calls that join them."""
        sources, calls = [], ""
        if self.chance(0.25):
            return [self.derived(1)], ""
        name = self.dice.choice(list(TABLES))
        first = self.table(name)
        sources.append(first)
        for other, (_, keys) in list(TABLES.items()):
            if name in keys and self.chance(0.45):
                joined = self.table(other)
                calls += self.join(first, joined, keys[name])
                sources.append(joined)
                break
        for target, key in TABLES[name][1].items():
            if len(sources) == 1 and self.chance(0.5):
                joined = self.table(target)
                calls += self.join(joined, first, key, target=joined)
                sources.append(joined)
        if len(sources) == 1 and self.chance(0.12):
            other = self.function_in_from(first)
            calls += ".join(%s, true())" % other.name
            sources.append(other)
        elif len(sources) == 1 and self.chance(0.2):
            other = self.derived(1)
            calls += ".%s(%s, %s == %s)" % (self.dice.choice(["join", "outerjoin"]), other.name,
                                            other.column("id"), first.column("id"))
            sources.append(other)
        return sources, (".select_from(%s)" % first.name if calls else "") + calls

    def function_in_from(self, first):
        """A set of rows that is no table; some of them look at `first`."""
        name = self.name("f")
        way = self.dice.randrange(4)
        if way == 0:
            text = 'func.generate_series(1, %d).table_valued("v", name="%s").render_derived()' % (
                self.dice.randrange(1, 5), name)
            columns = {"v": "int"}
        elif way == 1:
            rows = ", ".join('(%d, "%s")' % (number, self.dice.choice(WORDS)) for number in range(3))
            text = 'values(column("v", Integer), column("w", Text), name="%s").data([%s])' % (name, rows)
            columns = {"v": "int", "w": "text"}
        elif way == 2 and first.columns.get("tags"):
            text = ('func.unnest(%s).table_valued(column("w", Text), with_ordinality="v", name="%s")'
                    ".render_derived()" % (first.column("tags"), name))
            columns = {"w": "text", "v": "bigint"}
        else:
            inner = self.inner_source()
            while inner.name == first.name:
                inner = self.inner_source()
            text = 'select(%s.label("v")).where(%s).order_by(%s).limit(2).lateral("%s")' % (
                inner.column("id"), self.correlated([first], inner), inner.column("id"), name)
            columns = {"v": "int"}
        return Source(self.bind("g", text), columns, ["v"])

    def join(self, one, many, key, target=None):
        target = target or many
        how = self.dice.choice(["join", "join", "outerjoin"])
        if self.chance(0.5):
            return ".%s(%s)" % (how, target.name)
        return ".%s(%s, %s == %s)" % (how, target.name, one.column("id"), many.column(key))

    # Statements

    def entities(self, scope, kinds):
        made = []
        for kind in kinds:
            text = self.value(kind, scope, self.dice.randrange(0, 3))
            if self.chance(0.4):
                name = self.dice.choice([self.name("l")] * 4 + ["x", "id", "name"])
                text += '.label("%s")' % name if not text.startswith("-") else ""
            made.append(text)
        if len(made) > 1 and self.chance(0.1):  # the same again, or at least the same text
            made[-1] = made[0] if kinds[-1] == kinds[0] else made[-1]
        return made

    def select(self, kinds=None):
        """A SELECT; plain, aggregated or with windows."""
        scope, calls = self.from_clause()
        way = self.dice.random()
        if kinds is None and way < 0.25:
            return self.aggregate(scope, calls)
        kinds = kinds or [self.dice.choice(SCALARS) for _ in range(self.dice.randrange(1, 5))]
        entities = self.entities(scope, kinds)
        if way > 0.85:
            entities.append(self.window(scope))
        if not calls:  # nothing else says where the rows come from
            calls = ".select_from(%s)" % scope[0].name
        text = "select(%s)%s" % (", ".join(entities), calls)
        for _ in range(self.dice.randrange(0, 3)):
            text += ".where(%s)" % self.condition(scope, 2)
        if self.chance(0.15):
            return text + ".distinct()"
        text += self.variation(scope)
        keys = [source.column(key) for source in scope for key in source.keys]
        if keys and self.chance(0.06):
            first = self.value("int", scope, 1)
            self.ordered = True
            return "%s.distinct(%s).order_by(%s)" % (text, first, ", ".join([first] + keys))
        if self.chance(0.5):
            order = [self.direction(self.value(self.dice.choice(["int", "text"]), scope, 1))]
            text += ".order_by(%s)" % ", ".join(order * self.chance(0.6) + keys)
            self.ordered = True
            if self.chance(0.5):
                text += ".limit(%d)" % self.dice.randrange(1, 20)
                if self.chance(0.4):
                    text += ".offset(%d)" % self.dice.randrange(0, 5)
        return text

    def variation(self, scope):
        """A call that changes a select without a change of its kinds; mostly none."""
        if self.chance(0.8):
            return ""
        return self.pick(
            lambda: ".add_columns(%s)" % self.value(self.dice.choice(SCALARS), scope, 1),
            lambda: ".add_columns(%s)" % scope[0].column(self.dice.choice(list(scope[0].columns))),
            lambda: ".set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)",
            lambda: ".set_label_style(LABEL_STYLE_NONE)",
            lambda: ".where(%s)" % self.dice.choice(["true()", "and_(True, True)",
                                                     "or_(False, 1 == literal(1))"]),
            lambda: ".filter_by(id=%s)" % self.literal("int"),
            lambda: ".prefix_with(\"ALL\")")

    def direction(self, text):
        return text + self.dice.choice(["", ".desc()", ".asc()", ".desc().nulls_last()",
                                        ".nulls_first()"])

    def aggregate(self, scope, calls):
        group = [self.value(self.dice.choice(["int", "text", "bool"]), scope, 0)
                 for _ in range(self.dice.randrange(0, 3))]
        group = [text for text in group if ".c." in text]
        made = []
        for _ in range(self.dice.randrange(1, 4)):
            text = self.pick(
                lambda: "func.count()",
                lambda: "func.count(%s)" % self.value("int", scope, 1),
                lambda: "func.%s(%s)" % (self.dice.choice(["sum", "avg", "min", "max"]),
                                         self.value(self.dice.choice(["int", "numeric"]), scope, 1)),
                lambda: "func.count(distinct(%s))" % self.value("int", scope, 0),
                lambda: "func.sum(case((%s, 1), else_=0))" % self.condition(scope, 1),
                lambda: "func.%s(%s).within_group(%s)" % (
                    self.dice.choice(["percentile_cont", "percentile_disc"]),
                    self.dice.choice(["0.5", "array([0.25, 0.75])"]), self.value("float", scope, 0)),
                lambda: "func.array_agg(aggregate_order_by(%s, %s))" % (
                    self.value("text", scope, 0), self.direction(self.value("text", scope, 0))))
            if "within_group" not in text and self.chance(0.25):
                text += ".filter(%s)" % self.condition(scope, 1)
            if not text.startswith(("func.percentile", "func.array")) and self.chance(0.25):
                text = "%s %s" % (text, self.dice.choice(["+ 1", "* 2", "/ 3"]))
                text = "(%s)" % text
            if self.chance(0.3):
                text += '.label("%s")' % self.name("g")
            made.append(text)
        if not calls:
            calls = ".select_from(%s)" % scope[0].name
        text = "select(%s)%s" % (", ".join(group + made), calls)
        if self.chance(0.6):
            text += ".where(%s)" % self.condition(scope, 1)
        if group:
            text += ".group_by(%s)" % ", ".join(group)
            if self.chance(0.4):
                text += ".having(func.count() > %d)" % self.dice.randrange(0, 3)
        return text

    def window(self, scope):
        keys = [source.column(key) for source in scope for key in source.keys]
        function = self.pick(
            lambda: "func.row_number()", lambda: "func.rank()",
            lambda: "func.sum(%s)" % self.value("int", scope, 0),
            lambda: "func.count()", lambda: "func.lag(%s)" % self.value("int", scope, 0),
            lambda: "func.first_value(%s)" % self.value("text", scope, 0))
        parts = []
        if self.chance(0.6):
            parts.append("partition_by=%s" % self.value(self.dice.choice(["int", "text"]), scope, 0))
        parts.append("order_by=[%s]" % ", ".join(keys))
        if self.chance(0.3):
            parts.append("%s=(%s, %s)" % (self.dice.choice(["rows", "groups"]),
                                          self.dice.choice(["None", "-2", "0"]),
                                          self.dice.choice(["0", "1", "None"])))
        if "sum" in function and self.chance(0.4):
            function += ".filter(%s)" % self.condition(scope, 1)
        return "%s.over(%s)" % (function, ", ".join(parts))

    def compound_select(self):
        kinds = [self.dice.choice(["int", "text", "numeric"])
                 for _ in range(self.dice.randrange(1, 3))]
        members = []
        for _ in range(self.dice.randrange(2, 4)):
            before, self.ordered = self.ordered, False
            members.append(self.plain(kinds))
            self.ordered = before
        how = self.dice.choice(["union", "union_all", "except_", "intersect"])
        if self.chance(0.3) and len(members) == 2:
            text = "%s.%s(%s)" % (members[0], how, members[1])
        elif len(members) == 3 and self.chance(0.4):
            text = "%s(%s, %s(%s, %s))" % (how, members[0], self.dice.choice(
                ["union", "union_all", "except_", "intersect"]), members[1], members[2])
        else:
            text = "%s(%s)" % (how, ", ".join(members))
        if self.chance(0.2):
            source = self.bind("u", "%s.%s()" % (text, self.dice.choice(["subquery", "cte", "alias"])))
            return "select(%s)" % self.dice.choice([source, "*%s.c, %s.c[0]" % (source, source),
                                                    "func.count(%s.c[0])" % source])
        return text

    def plain(self, kinds):
        scope, calls = self.from_clause()
        if not calls:
            calls = ".select_from(%s)" % scope[0].name
        return "select(%s)%s.where(%s)" % (", ".join(self.entities(scope, kinds)), calls,
                                           self.condition(scope, 1))

    def recursion(self):
        name = self.name("r")
        self.lines.append('%s = select(literal(1).label("n"), literal(%s).label("m")).cte("%s", '
                          'recursive=True)' % (name, self.literal("int"), name))
        self.lines.append("%s = %s.union_all(select(%s.c.n + 1, %s.c.m + %s).where(%s.c.n < %d))" % (
            name, name, name, name, self.literal("int"), name, self.dice.randrange(2, 9)))
        source = Source(name, {"n": "int", "m": "int"}, ["n"])
        self.ordered = True
        return "select(%s, %s).where(%s).order_by(%s)" % (
            source.column("n"), self.value("int", [source], 2), self.condition([source], 1),
            source.column("n"))

    def dml(self):
        name = self.dice.choice(["a", "b", "nofk", "events"])
        target = Source(name, TABLES[name][0], ["id"], name)
        kinds = {key: kind for key, kind in target.columns.items() if key in ("x", "y", "s", "n",
                                                                              "kind", "f")}
        way = self.dice.randrange(6)
        if way == 4:
            return self.upsert()
        if way == 5:
            return self.changed_rows(target)
        if way == 0:
            text = "delete(%s).where(%s)" % (name, self.condition([target], 2))
            if name in ("a", "b", "events"):  # others refer to its rows
                text = "update(%s).values(%s=None).where(%s)" % (name, list(kinds)[-1], self.condition([target], 2))
        elif way == 1:
            inner = self.table(self.dice.choice(["c", "nofk", "orders"]))
            text = "insert(nofk).from_select([\"id\", \"x\"], select(%s + 1000, %s).where(%s))" % (
                inner.column("id"), self.value("int", [inner], 1), self.condition([inner], 1))
            target = Source("nofk", TABLES["nofk"][0], ["id"])
            kinds = {"x": "int"}
        elif way == 2:
            rows = ["{\"id\": %d, \"x\": %s}" % (2000 + number, self.literal("int"))
                    for number in range(self.dice.randrange(1, 4))]
            text = "insert(nofk).values([%s])" % ", ".join(rows)
            target = Source("nofk", TABLES["nofk"][0], ["id"])
            kinds = {"x": "int"}
        else:
            keys = self.dice.sample(list(kinds), self.dice.randrange(1, len(kinds) + 1))
            values = ", ".join("%s=%s" % (key, self.operand(kinds[key], [target], 2))
                               for key in keys)
            text = "update(%s).values(%s).where(%s)" % (name, values, self.condition([target], 2))
            if name == "b" and self.chance(0.4):
                text += ".where(a.c.id == b.c.a_id, %s)" % self.condition(
                    [Source("a", TABLES["a"][0], ["id"])], 1)
        if self.chance(0.5):
            key = self.dice.choice(list(kinds))
            text += ".returning(%s, %s)" % (target.column("id"),
                                            self.value(kinds[key], [target], 1))
        return text

    def upsert(self):
        dice = self.dice
        new = self.bind("n", "insert(kv)." + dice.choice(
            ['values(k="%s", v=%d)' % (dice.choice(["one", "nine"]), dice.randrange(9)),
             'values([{"k": "two", "v": 5}, {"k": "ten", "v": 6}])',
             'from_select(["k", "v"], select(a.c.s, a.c.id).where(a.c.id < 5, a.c.s != None))']))
        old = Source("kv", {"k": "text", "v": "int", "note": "text"}, ["k"], "kv")
        both = [old, Source(new + ".excluded", {"k": "text", "v": "int"}, [])]
        both[1].column = lambda key: "%s.excluded.%s" % (new, key)
        text = self.pick(
            lambda: ".on_conflict_do_nothing()",
            lambda: '.on_conflict_do_nothing(index_elements=["k"])',
            lambda: '.on_conflict_do_update(index_elements=[kv.c.k], set_={"v": %s, "note": %s})' % (
                self.value("int", both, 1), self.operand("text", both, 1)),
            lambda: '.on_conflict_do_update(constraint="kv_pkey", set_=dict(v=%s), where=%s)' % (
                self.operand("int", both, 1), self.condition(both, 1)))
        if self.chance(0.5):
            text += ".returning(kv.c.k, %s)" % self.value("int", [old], 1)
        return new + text

    def changed_rows(self, target):
        """A CTE that changes rows, and a select of what it gives."""
        text = self.pick(
            lambda: "update(%s).values(%s=None)" % (target.name, list(target.columns)[1]),
            lambda: "delete(c)", lambda: "update(nofk).values(x=nofk.c.x + 1)")
        table = text[text.index("(") + 1:text.index(")")]
        changed = Source(table, TABLES[table][0], ["id"], table)
        rows = Source(self.bind("w", "%s.where(%s).returning(%s).cte(%s)" % (
            text, self.condition([changed], 1), table, self.dice.choice(['"w"', ""]))),
                      changed.columns, ["id"])
        self.ordered = True
        return "select(%s, %s).order_by(%s)" % (rows.column("id"), self.value("int", [rows], 1),
                                                rows.column("id"))

    def text(self):
        way = self.dice.random()
        if way < 0.62:
            last = self.select()
        elif way < 0.74:
            last = self.compound_select()
        elif way < 0.78:
            last = self.recursion()
        elif way < 0.86:
            before, self.ordered = self.select(), False
            scope = Source(self.bind("q", "%s.subquery()" % before), {}, [])
            last = "select(func.count()).select_from(%s)" % scope.name
        else:
            last = self.dml()
        return "\n".join(self.lines + [last])


# Smaller programs that still differ

class _Shrinker(ast.NodeTransformer):
    """Makes the one change whose number is given; counts how many there are."""

    def __init__(self, wanted):
        self.wanted, self.seen, self.done = wanted, 0, False

    def _turn(self):
        self.seen += 1
        if self.seen - 1 == self.wanted:
            self.done = True
            return True
        return False

    def visit_Call(self, node):
        if isinstance(node.func, ast.Attribute) and not (
                isinstance(node.func.value, ast.Name) and node.func.value.id == "func"):
            if self._turn():
                return node.func.value
        for at in range(len(node.args)):
            if self._turn():
                del node.args[at]
                return node
            if self._turn():
                return node.args[at]
        for at in range(len(node.keywords)):
            if self._turn():
                del node.keywords[at]
                return node
        return self.generic_visit(node)

    def visit_BinOp(self, node):
        if self._turn():
            return node.left
        if self._turn():
            return node.right
        return self.generic_visit(node)

    def visit_UnaryOp(self, node):
        if self._turn():
            return node.operand
        return self.generic_visit(node)

    def visit_List(self, node):
        for at in range(len(node.elts)):
            if self._turn():
                del node.elts[at]
                return node
        return self.generic_visit(node)


def smaller(text, differs, limit=250):
    """A program as small as was found in `limit` tries for which differs() still holds."""
    tries, changed = 0, True
    while changed and tries < limit:
        changed = False
        lines = text.split("\n")
        candidates = ["\n".join(lines[:at] + lines[at + 1:]) for at in range(len(lines) - 1)]
        number = 0
        while tries < limit:
            if candidates:
                candidate = candidates.pop()
            else:
                try:
                    tree = ast.parse(text)
                except SyntaxError:
                    return text
                shrinker = _Shrinker(number)
                tree = shrinker.visit(tree)
                number += 1
                if not shrinker.done:
                    break
                candidate = ast.unparse(ast.fix_missing_locations(tree)).replace("\\'", "'")
            if len(candidate) >= len(text):
                continue
            tries += 1
            if differs(candidate):
                text, changed = candidate, True
                break
    return text


def entry_of(text, ordered=False):
    entry = corpus.Entry("generated", text, 0)
    entry.text = text
    entry.marks.add("loose")
    if not ordered:
        entry.marks.add("unordered")
    return entry


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--only", type=int)
    parser.add_argument("--print", action="store_true", dest="show")
    parser.add_argument("--oracle", action="store_true")
    parser.add_argument("--keep", action="store_true", help="as compare.py's")
    parser.add_argument("--stop-after", type=int, default=10, help="differences to print")
    options = parser.parse_args()
    numbers = [options.only] if options.only is not None else range(options.count)
    if options.show:
        for number in numbers:
            print("# %d\n%s\n" % (number, Program(options.seed, number).text()))
        return 0
    start = time.monotonic()
    setting = comparison.Setting(keep=options.keep, proxy=not options.oracle)
    passed = failed = refused = 0
    for number in numbers:
        program = Program(options.seed, number)
        text = program.text()
        entry = entry_of(text, program.ordered)
        wrong = setting.check(entry)
        if wrong:
            refused += 1
            if options.oracle:
                print("# %d\n%s\n  | %s\n" % (number, text, "\n  | ".join(wrong)))
        if options.oracle:
            continue
        if wrong and any(words in wrong[0] for words in KINDER):
            passed += 1
            continue
        # The protocols take turns; all of them compile the same text.
        mode = comparison.MODES[number % 3]
        wrong = setting.compare(entry, mode)
        if wrong is None:
            mode = "extended"
            wrong = setting.compare(entry, mode)
        if not wrong:
            passed += 1
            continue
        failed += 1
        if failed <= options.stop_after:
            least = smaller(text, lambda t: (lambda e: not setting.check(e)
                                             and bool(setting.compare(e, mode)))(entry_of(t)))
            print("FAIL seed %d number %d (%s)\n    %s"
                  % (options.seed, number, mode, least.replace("\n", "\n    ")))
            for line in setting.compare(entry_of(least, False), mode) or wrong:
                print("  | " + line.replace("\n", "\n  | "))
        if not setting.proxy.is_alive():
            break
    for fault in setting.proxy.close() if setting.proxy else []:
        print("FAIL " + fault)
        failed += 1
    if options.oracle:
        passed = len(numbers) - refused
    print("generate: %d passed, %d failed, 0 skipped in %.1f s, seed %d (%d of them errors of the "
          "reference too)" % (passed, failed, time.monotonic() - start, options.seed, refused))
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except cluster.LiveError as error:
        print("generate: %s" % error, file=sys.stderr)
        sys.exit(2)
