"""What an expression costs the client: beside hand-written SQL, SQLAlchemy and Django's ORM."""

import os
import sys
import time

import measure
import relays

sys.path.insert(0, os.path.join(relays.live.ROOT, "tests", "live"))
import psycopg2  # noqa: E402
import reference  # noqa: E402  (finds SQLAlchemy)
import sqlalchemy as sa  # noqa: E402
import tpch  # noqa: E402

KEY = 1  # literals that change are drawn from a counter, the same for all

REPORT_SQL = """SELECT n.n_name, extract(year FROM o.o_orderdate) AS year, count(*) AS orders,
    sum(l.l_extendedprice * (1 - l.l_discount)) AS revenue, avg(l.l_quantity) AS quantity
    FROM customer c JOIN orders o ON c.c_custkey = o.o_custkey JOIN lineitem l ON o.o_orderkey = l.l_orderkey
    JOIN nation n ON n.n_nationkey = c.c_nationkey
    WHERE o.o_orderdate >= '1995-01-01'::date AND c.c_mktsegment = 'BUILDING' AND c.c_custkey = %d
    GROUP BY n.n_name, extract(year FROM o.o_orderdate) HAVING count(*) > 0
    ORDER BY revenue DESC LIMIT 10"""
REPORT_EXPR = """/*expr*/ year = extract("year", orders.c.o_orderdate)
select(nation.c.n_name, year.label("year"), func.count().label("orders"),
       func.sum(lineitem.c.l_extendedprice * (1 - lineitem.c.l_discount)).label("revenue"),
       func.avg(lineitem.c.l_quantity).label("quantity"))
    .select_from(customer).join(orders).join(lineitem)
    .join(nation, nation.c.n_nationkey == customer.c.c_nationkey)
    .where(orders.c.o_orderdate >= '1995-01-01'::date, customer.c.c_mktsegment == 'BUILDING',
           customer.c.c_custkey == %d)
    .group_by(nation.c.n_name, year).having(func.count() > 0)
    .order_by(desc("revenue")).limit(10)"""
KEY_SQL = "SELECT aid, bid, abalance FROM pgbench_accounts WHERE aid = %d"
KEY_EXPR = ("/*expr*/ select(pgbench_accounts.c.aid, pgbench_accounts.c.bid, pgbench_accounts.c.abalance)"
            ".where(pgbench_accounts.c.aid == %d)")


class SqlAlchemy:
    """The same two statements as the application would build them, its statement cache warm."""

    def __init__(self, server):
        self.engine = sa.create_engine("postgresql+psycopg2://%s@127.0.0.1:%d/tpch"
                                       % (server.user, server.port))
        self.connection = self.engine.connect()
        self.t = {}
        metadata = sa.MetaData()
        metadata.reflect(self.connection)
        self.t = metadata.tables

    def by_key(self, key):
        a = self.t["pgbench_accounts"].c
        return self.connection.execute(sa.select(a.aid, a.bid, a.abalance).where(a.aid == key)).all()

    def report(self, key):
        func, t = sa.func, self.t
        year = sa.extract("year", t["orders"].c.o_orderdate)
        line = t["lineitem"].c
        import datetime
        return self.connection.execute(
            sa.select(t["nation"].c.n_name, year.label("year"), func.count().label("orders"),
                      func.sum(line.l_extendedprice * (1 - line.l_discount)).label("revenue"),
                      func.avg(line.l_quantity).label("quantity"))
            .select_from(t["customer"]).join(t["orders"]).join(t["lineitem"])
            .join(t["nation"], t["nation"].c.n_nationkey == t["customer"].c.c_nationkey)
            .where(t["orders"].c.o_orderdate >= datetime.date(1995, 1, 1),
                   t["customer"].c.c_mktsegment == "BUILDING", t["customer"].c.c_custkey == key)
            .group_by(t["nation"].c.n_name, year).having(func.count() > 0)
            .order_by(sa.desc("revenue")).limit(10)).all()


def django_by_key(server):
    """The ORM's way to the row, or None without Django."""
    try:
        import django
        from django.conf import settings
        from django.db import models
    except ImportError:
        return None
    settings.configure(DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": "tpch", "USER": server.user,
        "HOST": "127.0.0.1", "PORT": str(server.port)}}, INSTALLED_APPS=[], USE_TZ=False)
    django.setup()

    class Account(models.Model):
        aid = models.IntegerField(primary_key=True)
        bid = models.IntegerField()
        abalance = models.IntegerField()

        class Meta:
            app_label = "bench"
            managed = False
            db_table = "pgbench_accounts"

    return lambda key: list(Account.objects.filter(aid=key).values_list("aid", "bid", "abalance"))


def microseconds(function, count):
    """Microseconds per call, and how many of them this process has worked; the argument counts up
    from a place that no earlier run used."""
    global KEY
    start, worked = time.perf_counter(), time.process_time()
    for key in range(KEY, KEY + count):
        function(1 + key % 1400)
    KEY += count
    return ((time.perf_counter() - start) / count * 1e6, (time.process_time() - worked) / count * 1e6)


def asking(cursor, text):
    """A function that runs `text`, with its key when it has a place for one, and fetches all."""
    if "%d" not in text:
        def run(_key):
            cursor.execute(text)
            return cursor.fetchall()
    else:
        def run(key):
            cursor.execute(text % key)
            return cursor.fetchall()
    return run


def cursor_at(relay, server):
    host, port = relay.where("tcp")
    connection = psycopg2.connect(host=host, port=port, user=server.user, dbname="tpch")
    connection.autocommit = True
    return connection.cursor()


def compare(title, ways, rounds, count, base):
    """One table: each way's microseconds and how they relate to those of `base`."""
    times = {name: [] for name in ways}
    for name, way in ways.items():
        microseconds(way, max(5, count // 10))
    for _ in range(rounds):
        for name, way in ways.items():
            times[name].append(microseconds(way, count))
    table = measure.Table("%s: microseconds per query in psycopg2, and those of them that the client works "
                          "(median of %d, +- spread; ratios are those of a round)" % (title, rounds),
                          "way", "us", "+-", "relative to %s" % base, "client")
    whole = {name: [both[0] for both in times[name]] for name in ways}
    for name in ways:
        table.add(name, measure.median(whole[name]), "%.0f%%" % (100 * measure.spread(whole[name])),
                  "%.2f" % measure.median(measure.ratios(whole[name], whole[base])),
                  measure.median([both[1] for both in times[name]]))
    table.show()


def expressions(server, rounds, count):
    tpch.load(server)
    measure.output_of(os.path.join(server.bin, "pgbench"), "-i", "-q", "-s", "1", "-h",
                      server.directory, "-p", str(server.port), "-U", server.user, "tpch")
    direct = cursor_at(relays.direct(server), server)
    relay = relays.pgexpr(server)
    always = relays.pgexpr(server, "always", options=("--workers", "1", "--catalog-check", "always"))
    through, checked = cursor_at(relay, server), cursor_at(always, server)
    alchemy = SqlAlchemy(server)
    orm = django_by_key(server)
    for title, sql, text, core in (("Primary key", KEY_SQL, KEY_EXPR, alchemy.by_key),
                                   ("Ten-clause report", REPORT_SQL, REPORT_EXPR, alchemy.report)):
        ways = {"hand SQL, direct": asking(direct, sql), "hand SQL, pgexpr": asking(through, sql),
                "expression, same text": asking(through, text % 7),
                "expression, literals changing": asking(through, text),
                "expression, checked every time": asking(checked, text),
                "SQLAlchemy Core, direct": core}
        if orm and title == "Primary key":
            ways["Django ORM, direct"] = orm
        compare(title, ways, rounds, count, "hand SQL, pgexpr")
    gallery(direct, through, rounds // 2)
    cold(server, relay, through)
    alchemy.connection.close()
    alchemy.engine.dispose()


def gallery(direct, through, rounds):
    """All 22 TPC-H queries in a row: the cost of saying them as expressions."""
    queries = tpch.queries()

    def all_of(cursor, texts):
        def run(_key):
            for text in texts:
                cursor.execute(text)
                cursor.fetchall()
        return run
    compare("The 22 TPC-H queries together",
            {"hand SQL, direct": all_of(direct, [sql for _, sql, _ in queries]),
             "hand SQL, pgexpr": all_of(through, [sql for _, sql, _ in queries]),
             "expressions": all_of(through, ["/*expr*/ " + text for _, _, text in queries])},
            rounds, 3, "hand SQL, pgexpr")


def cold(server, relay, through):
    """Relations never seen before, in a small catalog and in one of 50,000 tables."""
    table = measure.Table("A relation that was never seen: microseconds for the first expression over it",
                          "tables in the catalog", "first", "second")
    for count in (300, 50000):
        server.psql("DO $$ BEGIN FOR i IN 1..%d LOOP IF i %% 1000 = 0 THEN COMMIT; END IF; EXECUTE format("
                    "'CREATE TABLE IF NOT EXISTS cold_%%s (id int, name text)', i); END LOOP; END $$" % count,
                    "tpch")
        server.psql("VACUUM ANALYZE pg_catalog.pg_class; VACUUM ANALYZE pg_catalog.pg_attribute", "tpch")
        first, second = [], []
        for i in range(count - 100, count):
            for times in (first, second):
                start = time.perf_counter()
                through.execute("/*expr*/ select(cold_%d.c.id)" % i)
                times.append((time.perf_counter() - start) * 1e6)
        table.add(str(count), measure.median(first), measure.median(second))
    table.show()
