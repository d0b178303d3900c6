#!/usr/bin/python3
"""pgexpr in front of a Django project: `make demo`.

    run.py            a private PostgreSQL, Django's tables and rows, the proxy, and the tour
    run.py --keep     the same, then waits, for psql or manage.py (Ctrl-C ends it)
    run.py --check    the tour as a test: every answer is compared with another way to get it

Nothing outside a temporary directory is touched, and everything started here is ended here.
"""

import argparse
import ast
import datetime
import os
import re
import sys
import textwrap
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "live")]

import cluster  # noqa: E402

SALES = """
sales = (select(func.date_trunc("month", shop_order.c.placed_at).label("month"),
                shop_customer.c.region,
                func.sum(shop_item.c.quantity * shop_item.c.price).label("sales"))
           .select_from(shop_order).join(shop_customer).join(shop_item)
           .where(shop_order.c.placed_at >= %s, shop_order.c.status != %s)
           .group_by("month", shop_customer.c.region))
sales.order_by("month", shop_customer.c.region)
"""

TOP = """
spent = (select(shop_customer.c.region, shop_customer.c.name,
                func.sum(shop_item.c.quantity * shop_item.c.price).label("spent"))
           .select_from(shop_customer).join(shop_order).join(shop_item)
           .group_by(shop_customer.c.id)
           .subquery())
ranked = select(spent, func.rank().over(partition_by=spent.c.region,
                                        order_by=spent.c.spent.desc()).label("place")).subquery()
(select(ranked.c.region, ranked.c.place, ranked.c.name, ranked.c.spent)
   .where(ranked.c.place <= %s)
   .order_by(ranked.c.region, ranked.c.place, ranked.c.name))
"""

TREE = """
tree = (select(shop_category.c.id, shop_category.c.name, literal(0).label("depth"),
               array([cast(shop_category.c.name, Text)]).label("path"))
          .where(shop_category.c.parent_id == None)
          .cte("tree", recursive=True))
tree = tree.union_all(
    select(shop_category.c.id, shop_category.c.name, tree.c.depth + 1,
           func.array_append(tree.c.path, cast(shop_category.c.name, Text)))
      .join(tree, shop_category.c.parent_id == tree.c.id))
select(tree.c.depth, tree.c.name, func.count(shop_product.c.id).label("products"))
  .outerjoin(shop_product, shop_product.c.category_id == tree.c.id)
  .group_by(tree.c.depth, tree.c.name, tree.c.path)
  .order_by(tree.c.path)
"""

COHORT = """
first = (select(shop_order.c.customer_id,
                func.date_trunc("quarter", func.min(shop_order.c.placed_at)).label("cohort"))
           .group_by(shop_order.c.customer_id).cte("first"))
age = func.age(func.date_trunc("quarter", shop_order.c.placed_at), first.c.cohort)
quarter = cast(extract("year", age) * 4 + extract("month", age) / 3, Integer)
(select(cast(first.c.cohort, Date).label("cohort"), quarter.label("quarter"),
        func.count(distinct(shop_order.c.customer_id)).label("customers"))
   .join(first, first.c.customer_id == shop_order.c.customer_id)
   .group_by("cohort", "quarter")
   .order_by("cohort", "quarter"))
"""

PATHS = """
select(shop_item.fk.product.fk.category.c.name.label("category"),
       func.sum(shop_item.c.quantity).label("pieces"))
  .where(shop_item.fk.order.fk.customer.c.region == %s)
  .group_by("category").order_by(desc("pieces"), "category").limit(5)
"""


class Tour:
    def __init__(self):
        self.passed = self.failed = self.number = 0

    def title(self, text):
        self.number += 1
        print("\n\033[1m%d. %s\033[0m" % (self.number, text) if sys.stdout.isatty()
              else "\n%d. %s" % (self.number, text))

    def expect(self, what, one, other):
        """Compares an answer with another way to get it."""
        if one == other:
            self.passed += 1
        else:
            self.failed += 1
            print("FAIL %s:\n  %r\n  %r" % (what, one, other))

    def show_sql(self, connection, text, values):
        """What the expression, which begins with its tag, is compiled to."""
        with connection.cursor() as cursor:
            cursor.execute(text.replace("/*expr*/", "/*expr sql*/"), values or None)
            print(textwrap.indent(cursor.fetchone()[0].strip(), "    > "))

    def ask(self, connection, text, values=()):
        """An expression over a raw cursor: prints it, its SQL, the first rows; gives all."""
        print(textwrap.indent("/*expr*/\n" + text.strip(), "    "))
        if values:
            print("    with %s" % (values,))
        self.show_sql(connection, "/*expr*/ " + text, values)
        with connection.cursor() as cursor:
            cursor.execute("/*expr*/ " + text, values or None)
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
        show(names, rows)
        return rows


def show(names, rows, limit=5):
    cells = [names] + [[text_of(value) for value in row] for row in rows[:limit]]
    widths = [max(len(line[at]) for line in cells) for at in range(len(names))]
    for line in cells:
        print("      " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    if len(rows) > limit:
        print("      … %d rows" % len(rows))


def text_of(value):
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d")
    return str(value)


def tour(steps):
    from django.db import DatabaseError, connection, connections, transaction
    from django.db.models import Count, F, Sum
    from django.db.models.expressions import RawSQL
    from shop.models import Customer, Item, Order, Product

    steps.title("Django's ORM does what it always does")
    by_region = list(Customer.objects.values_list("region").annotate(n=Count("id"))
                     .order_by("region"))
    show(["region", "customers"], by_region)
    newest = Order.objects.select_related("customer").prefetch_related("items__product__tags") \
        .order_by("-placed_at").first()
    print("      newest order: %s, %d items" % (newest.customer.name, newest.items.count()))
    steps.expect("customers", sum(n for _, n in by_region), 2000)

    steps.title("Sales by month and region: an expression, over Django's cursor, with parameters")
    since = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    rows = steps.ask(connection, SALES, [since, "void"])
    total = Item.objects.filter(order__placed_at__gte=since).exclude(order__status="void") \
        .aggregate(total=Sum(F("quantity") * F("price")))["total"]
    steps.expect("sales", sum(row[2] for row in rows), total)

    steps.title("The three best customers of each region: a window function, filtered")
    rows = steps.ask(connection, TOP, [3])
    best = Customer.objects.filter(region="east").annotate(
        spent=Sum(F("orders__items__quantity") * F("orders__items__price"))) \
        .exclude(spent=None).order_by("-spent").first()
    steps.expect("best customer", [row[2] for row in rows if row[:2] == ("east", 1)], [best.name])

    steps.title("The tree of categories: a recursive CTE")
    rows = steps.ask(connection, TREE)
    steps.expect("products in the tree", sum(row[2] for row in rows), Product.objects.count())

    steps.title("Cohorts: of the customers of a quarter, how many came back")
    rows = steps.ask(connection, COHORT)
    steps.expect("customers in cohorts", sum(row[2] for row in rows if row[1] == 0),
                 Order.objects.values("customer").distinct().count())

    steps.title("Foreign keys as paths: no joins to write")
    rows = steps.ask(connection, PATHS, ["north"])
    steps.expect("pieces", [tuple(row) for row in rows], list(
        Item.objects.filter(order__customer__region="north").values_list("product__category__name")
        .annotate(pieces=Sum("quantity")).order_by("-pieces", "product__category__name")[:5]))

    steps.title("In the same transaction: the expression sees what the ORM has not committed")
    count = "select(func.count()).select_from(shop_order).where(shop_order.c.status == %s)"
    try:
        with transaction.atomic():
            Order.objects.create(customer=newest.customer, placed_at=newest.placed_at,
                                 status="draft")
            inside = steps.ask(connection, count, ["draft"])
            raise InterruptedError
    except InterruptedError:
        pass
    print("    and after the rollback")
    after = steps.ask(connection, count, ["draft"])
    steps.expect("drafts", (inside[0][0], after[0][0]), (1, 0))

    steps.title("Model.objects.raw: an expression that gives model instances")
    text = """/*expr*/
select(shop_customer, func.count(shop_order.c.id).label("order_count"))
  .join(shop_order)
  .where(shop_customer.c.profile["newsletter"].as_boolean(), shop_customer.c.name.like(%s))
  .group_by(shop_customer.c.id)
  .order_by(desc("order_count"), shop_customer.c.id).limit(3)"""
    print(textwrap.indent(text, "    "))
    steps.show_sql(connection, text, ["%é%"])
    found = list(Customer.objects.raw(text, ["%é%"]))
    for customer in found:
        print("      %r: %d orders" % (customer, customer.order_count))
    steps.expect("raw", [(customer.id, customer.order_count) for customer in found], list(
        Customer.objects.filter(profile__newsletter=True, name__contains="é")
        .annotate(n=Count("orders")).filter(n__gt=0).order_by("-n", "id").values_list("id", "n")[:3]))

    steps.title("RawSQL: an expression inside a queryset")
    text = "/*expr*/ select(shop_order.c.customer_id).where(shop_order.c.status == %s)" \
           ".group_by(shop_order.c.customer_id).having(func.count() >= %s)"
    print("    Customer.objects.filter(id__in=RawSQL(%r, ['paid', 4]))" % text)
    steps.show_sql(connection, text, ["paid", 4])
    loyal = Customer.objects.filter(id__in=RawSQL(text, ["paid", 4])).order_by("id")
    print("      %d customers, first %s" % (loyal.count(), loyal.first().name))
    steps.expect("RawSQL", loyal.count(), Order.objects.filter(status="paid").values("customer")
                 .annotate(n=Count("id")).filter(n__gte=4).count())

    steps.title("The other database is another alias, and that is all")
    rows = steps.ask(connections["tracking"], """
select(tracking_visit.c.path, func.count().label("visits"),
       func.percentile_cont(%s).within_group(tracking_visit.c.milliseconds).label("p95"))
  .group_by(tracking_visit.c.path).order_by(desc("visits"), tracking_visit.c.path)
""", [0.95])
    steps.expect("visits", sum(row[1] for row in rows), 8000)

    steps.title("pandas: read_sql_query over the same connection")
    pandas_step(steps, connection)

    steps.title("A mistake, and what it says")
    text = "/*expr*/ select(shop_customer.c.nmae).where(shop_customer.c.region == %s)"
    print("    " + text)
    try:
        with connection.cursor() as cursor:
            cursor.execute(text, ["north"])
        steps.expect("mistake", "no error", "an error")
    except DatabaseError as error:
        print(textwrap.indent(str(error).strip(), "      "))
        steps.expect("hint", '"name"' in str(error), True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        steps.expect("the session lives on", cursor.fetchone(), (1,))


def pandas_step(steps, connection):
    import pandas

    from shop.models import Customer

    text = """/*expr*/
select(shop_customer.c.region, func.date_trunc("year", shop_customer.c.joined).label("year"),
       func.count().label("customers"))
  .where(shop_customer.c.joined >= %(since)s)
  .group_by("region", "year")"""
    print(textwrap.indent(text, "    "))
    since = datetime.date(2023, 6, 1)
    steps.show_sql(connection, text, {"since": since})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas would rather have an SQLAlchemy engine
        frame = pandas.read_sql_query(text, connection.connection, params={"since": since})
    print(textwrap.indent(frame.pivot(index="region", columns="year", values="customers")
                          .to_string(), "      "))
    steps.expect("pandas", int(frame["customers"].sum()),
                 Customer.objects.filter(joined__gte=since).count())


def run_python(node, names):
    """Runs a statement; of an expression, gives its rows."""
    if isinstance(node, ast.Expr):
        return list(eval(compile(ast.Expression(node.value), "README.md", "eval"), names))
    return exec(compile(ast.Module([node], []), "README.md", "exec"), names)


def readme(steps, connection):
    """What README.md shows must run as it stands there: its expressions and its Python."""
    from django.conf import settings
    from django.db.models.expressions import RawSQL
    from shop.models import Customer

    names = {"connection": connection, "RawSQL": RawSQL, "Customer": Customer}
    with open(os.path.join(HERE, "..", "..", "README.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```(\w+)\n(.*?)^```$", file.read(), re.M | re.S)
    for language, block in blocks:
        if language == "py":
            found = [run_python(node, names) for node in ast.parse(block).body]
        else:
            with connection.cursor() as cursor:
                cursor.execute(block if language == "sql" else "/*expr*/ " + block)
                found = [cursor.fetchall()]
        steps.expect("README.md: rows of " + block, [rows for rows in found if rows == []], [])
    shown, used = names["DATABASES"]["default"], settings.DATABASES["default"]
    steps.expect("README.md: settings", {**shown, "PORT": used["PORT"], "USER": used["USER"]},
                 {key: used[key] for key in shown})


def prepare():
    """PostgreSQL, the proxy, and Django set up between them; gives the proxy and the server."""
    server = cluster.Cluster()
    server.psql("CREATE DATABASE shop")
    server.psql("CREATE DATABASE tracking")
    proxy = cluster.Proxy("127.0.0.1:%d" % server.port)
    os.environ.update(DJANGO_SETTINGS_MODULE="demo.settings", PGPORT=str(proxy.port),
                      PGUSER=server.user)
    import django
    from django.core.management import call_command

    django.setup()
    for alias in ("default", "tracking"):
        call_command("migrate", database=alias, verbosity=0)
    import fill

    fill.shop()
    fill.tracking()
    return server, proxy


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="leave it running until Ctrl-C")
    parser.add_argument("--check", action="store_true", help="close with the counts of a test")
    options = parser.parse_args()
    print("A private PostgreSQL, two Django databases filled through pgexpr …", flush=True)
    _server, proxy = prepare()
    steps = Tour()
    tour(steps)
    if options.check:
        from django.db import connection

        readme(steps, connection)
    if options.keep:
        print("\nIt is still running. Try:\n"
              "    psql -h 127.0.0.1 -p %d -U postgres shop\n"
              "    shop=# /*expr*/ select(shop_customer.c.region, func.count())"
              ".group_by(shop_customer.c.region);\n"
              "    PGPORT=%d tests/demo/manage.py shell\n"
              "Ctrl-C ends it." % (proxy.port, proxy.port), flush=True)
        try:
            proxy.process.wait()
        except (KeyboardInterrupt, SystemExit):
            print()
    from django.db import connections

    connections.close_all()
    faults = [] if options.keep else proxy.close()
    for fault in faults:
        print("FAIL " + fault)
    if options.check or steps.failed or faults:
        print("\ndemo: %d passed, %d failed, 0 skipped" % (steps.passed,
                                                           steps.failed + len(faults)))
    return 1 if steps.failed or faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except cluster.LiveError as error:
        print("demo: %s" % error, file=sys.stderr)
        sys.exit(1)
