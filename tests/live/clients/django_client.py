#!/usr/bin/python3
"""What a Django project does with expressions, beyond `tests/demo`.

django_client.py PORT [server_side_binding]: ends with 0 and prints OK. The tables are those of
questions.py.
"""

import datetime
import decimal
import json
import sys
import unittest
import uuid

import django
from django.conf import settings

DATABASE = {"ENGINE": "django.db.backends.postgresql", "NAME": "live", "USER": "postgres",
            "HOST": "127.0.0.1", "PORT": sys.argv[1], "CONN_MAX_AGE": 600}
if len(sys.argv) > 2:
    DATABASE["OPTIONS"] = {sys.argv[2]: True}
settings.configure(DATABASES={"default": DATABASE}, USE_TZ=True, DEBUG=True,
                   DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()

from django.contrib.postgres.fields import ArrayField  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.db.models import Count, Q  # noqa: E402
from django.db.models.expressions import RawSQL  # noqa: E402
from django.db.utils import ProgrammingError  # noqa: E402

X = "/*expr*/ "


class Kind(models.Model):
    title = models.TextField()

    class Meta:
        app_label, db_table, managed = "clients", "kind", False


class Thing(models.Model):
    kind = models.ForeignKey(Kind, models.CASCADE)
    name = models.TextField()
    price = models.DecimalField(max_digits=8, decimal_places=2)
    made = models.DateField()
    atz = models.DateTimeField()
    iv = models.DurationField()
    ref = models.UUIDField()
    data = models.JSONField()
    blob = models.BinaryField()
    tags = ArrayField(models.TextField())
    active = models.BooleanField()

    class Meta:
        app_label, db_table, managed = "clients", "thing", False


def ids(found):
    return sorted(row.id if isinstance(row, Thing) else row for row in found)


def expression(text, *values):
    return RawSQL(X + text, values)


class Orm(unittest.TestCase):
    def setUp(self):
        block = transaction.atomic()
        block.__enter__()
        self.addCleanup(block.__exit__, None, None, None)
        self.addCleanup(transaction.set_rollback, True)

    def test_raw(self):
        raw = Thing.objects.raw
        text = X + "select(thing).where(thing.c.id.in_(%s), thing.c.name.like('thing %%'))"
        self.assertEqual(ids(raw(text, [[1, 2]])), [1, 2])
        self.assertEqual(len(list(raw(X + "select(thing)").iterator())), 10)
        text = X + "select(thing.c.id, thing.c.code.label('c')).where(thing.c.id == %(i)s)"
        self.assertEqual(raw(text, {"i": 3}, translations={"c": "name"})[0].name, "c3")
        text = X + "select(thing).where(thing.c.id == %s).with_for_update(skip_locked=True)"
        self.assertEqual(ids(raw(text, [3])), [3])

    def test_values_of_every_type(self):
        thing = Thing.objects.get(id=3)
        self.assertEqual(thing.price, decimal.Decimal("3.75"))
        for field in ("name", "price", "made", "atz", "iv", "ref", "blob", "tags"):
            value = getattr(thing, field)
            value = bytes(value) if isinstance(value, memoryview) else value
            text = X + "select(thing).where(thing.c.%s == %%s)" % field
            self.assertEqual(ids(Thing.objects.raw(text, [value])), [3], field)
        self.assertIsInstance(thing.ref, uuid.UUID)
        self.assertIsInstance(thing.made, datetime.date)

    def test_in_a_queryset(self):
        some = Thing.objects.filter(id__in=expression(
            "select(thing.c.id).where(thing.c.id > %s, thing.c.name.like('thing%%'))", 6))
        self.assertEqual(ids(some), [7, 8, 9])
        self.assertEqual(ids(some.select_for_update()), [7, 8, 9])
        self.assertEqual(ids(some.iterator(chunk_size=2)), [7, 8, 9])
        self.assertIn("Scan", some.explain(analyze=True))
        both = Q(id__in=expression("select(thing.c.id).where(thing.c.id < %s)", 5)) & ~Q(
            id__in=expression("select(thing.c.id).where(thing.c.id < %s)", 3))
        self.assertEqual(ids(Thing.objects.filter(both, price__gt=1)), [3, 4])
        first = Thing.objects.annotate(k=expression(
            "select(kind.c.title).where(kind.c.id == %s)", 2)).order_by("id")[0]
        self.assertEqual(first.k, "two")
        counts = Thing.objects.filter(kind__title__in=expression(
            "select(kind.c.title).where(kind.c.id > %s)", 1)).values("kind__title").annotate(
                n=Count("id")).order_by("kind__title")
        self.assertEqual([row["n"] for row in counts], [3, 3])
        one, two = (Thing.objects.filter(id__in=expression(
            "select(thing.c.id).where(thing.c.id == %s)", i)).values_list("id", flat=True)
            for i in (1, 2))
        self.assertEqual(ids(one.union(two)), [1, 2])

    def test_writing(self):
        self.assertEqual(Thing.objects.filter(id=3).update(name=expression(
            "select(kind.c.title).where(kind.c.id == %s)", 2)), 1)
        self.assertEqual(Thing.objects.get(id=3).name, "two")
        self.assertEqual(Thing.objects.filter(id__in=expression(
            "select(thing.c.id).where(thing.c.id > %s)", 8)).delete()[0], 2)
        with connection.cursor() as cursor:
            cursor.executemany(X + "insert(kind).values(id=%s, title=%s)",
                               [(100, "a%"), (101, "b'")])
        self.assertEqual(list(Kind.objects.filter(id__gte=100).order_by("id")
                              .values_list("title", flat=True)), ["a%", "b'"])

    def test_cursors(self):
        with connection.cursor() as cursor:
            cursor.execute(X + "select(thing.c.id % 2, thing.c.name.like('%3'))"
                               ".where(thing.c.id == 3)")  # no parameters: no %%
            self.assertEqual(cursor.fetchall(), [(1, True)])
            cursor.execute(X + "select(thing.c.id, case((thing.c.id > %s, %s), else_=%s), "
                               "func.coalesce(thing.c.name, %s)).where(thing.c.name.is_(%s))"
                               ".limit(%s)", [3, "a", "b", "none", None, 5])
            self.assertEqual(cursor.fetchall(), [(10, "a", "none")])
            cursor.execute(X + "select(thing.c.id).where(thing.c.data.contains(%s), "
                               "thing.c.data['b']['c'].astext == %s)",
                           [json.dumps({"a": 3}), "v3"])
            self.assertEqual(cursor.fetchall(), [(3,)])
        with connection.chunked_cursor() as cursor:
            cursor.execute(X + "select(thing.c.id).where(thing.c.id > %s)", [4])
            self.assertEqual(len(cursor.fetchall()), 6)

    def test_comments_of_tools(self):
        def comment(execute, sql, params, many, context):
            return execute("/* app='shop' */ %s /*route='%%%%2Fx',traceparent='00-1'*/" % sql,
                           params, many, context)
        with connection.execute_wrapper(comment):
            text = X + "select(thing).where(thing.c.id == %s)"
            self.assertEqual(ids(Thing.objects.raw(text, [3])), [3])
            self.assertEqual(ids(Thing.objects.filter(id__in=expression(
                "select(thing.c.id).where(thing.c.id == %s)", 3))), [3])

    def test_an_error_in_an_inner_block(self):
        for _ in range(2):
            with self.assertRaises(ProgrammingError) as caught:
                with transaction.atomic():
                    connection.cursor().execute(X + "select(thing.c.nmae)")
            self.assertIn('Perhaps you meant "name"', str(caught.exception))
            self.assertEqual(Thing.objects.count(), 10)
            self.assertEqual(ids(Thing.objects.raw(X + "select(thing).limit(1)")), [1])


class Connections(unittest.TestCase):
    def test_one_is_kept_between_requests(self):
        found = []
        for _ in range(2):
            found.append(ids(Thing.objects.raw(X + "select(thing).where(thing.c.id == 1)")))
            found.append(connection.connection.info.backend_pid)
            connection.close_if_unusable_or_obsolete()
        self.assertEqual(found[:2], found[2:])
        self.assertEqual(found[0], [1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
