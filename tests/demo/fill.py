"""The demo's rows: always the same ones, about 30,000."""

import datetime
import random
from decimal import Decimal

REGIONS = ["north", "south", "east", "west"]
NAMES = ["Ada", "Björn", "Chloé", "Dmitri", "Esra", "Femi", "Giulia", "Hana", "Íris", "Juan"]
TREE = {"Books": {"Novels": {"Crime": {}, "Poetry": {}}, "Cooking": {}},
        "Garden": {"Tools": {"Spades": {}}, "Seeds": {}},
        "Music": {"Vinyl": {}, "Scores": {}}}
START = datetime.datetime(2023, 1, 1, tzinfo=datetime.timezone.utc)


def shop():
    from shop.models import Category, Customer, Item, Order, Product, Tag

    dice = random.Random(1)
    categories = []

    def plant(tree, parent):
        for name, children in tree.items():
            category = Category.objects.create(name=name, parent=parent)
            categories.append(category)
            plant(children, category)

    plant(TREE, None)
    tags = Tag.objects.bulk_create(Tag(name=name) for name in
                                   ["new", "sale", "gift", "heavy", "rare"])
    products = Product.objects.bulk_create(
        Product(name="Product %03d" % number, price=Decimal(dice.randrange(200, 20000)) / 100,
                category=dice.choice(categories)) for number in range(200))
    Product.tags.through.objects.bulk_create(
        Product.tags.through(product=product, tag=tag)
        for product in products for tag in dice.sample(tags, dice.randrange(0, 3)))
    customers = Customer.objects.bulk_create(
        Customer(name="%s %d" % (dice.choice(NAMES), number), email="c%d@example.org" % number,
                 region=dice.choice(REGIONS), joined=(START + datetime.timedelta(
                     days=dice.randrange(0, 500))).date(),
                 profile={"newsletter": dice.random() < 0.4, "level": dice.randrange(1, 6)})
        for number in range(1, 2001))
    orders = []
    for _ in range(6000):
        customer = dice.choice(customers)
        joined = datetime.datetime.combine(customer.joined, datetime.time(8),
                                           tzinfo=datetime.timezone.utc)
        orders.append(Order(customer=customer, status=dice.choice(["paid", "sent", "void"]),
                            placed_at=joined + datetime.timedelta(
                                minutes=int(dice.expovariate(1 / 150000)))))
    orders = Order.objects.bulk_create(orders, batch_size=2000)
    items = []
    for order in orders:
        for product in dice.sample(products, dice.randrange(1, 5)):
            items.append(Item(order=order, product=product, quantity=dice.randrange(1, 6),
                              price=product.price))
    Item.objects.bulk_create(items, batch_size=4000)


def tracking():
    from tracking.models import Visit

    dice = random.Random(2)
    Visit.objects.bulk_create(
        (Visit(customer=dice.choice([None, dice.randrange(1, 2001)]),
               path="/" + dice.choice(["", "books/", "garden/", "music/", "basket/", "search/"]),
               at=START + datetime.timedelta(minutes=dice.randrange(0, 700000)),
               milliseconds=int(dice.lognormvariate(4, 0.6))) for _ in range(8000)),
        batch_size=4000)
