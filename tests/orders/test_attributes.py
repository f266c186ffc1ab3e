"""Attributes of products, kept with what was sold of them: AN31, by what was known at the signing."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.metrics.drill import behind
from pellucid.kernel.records import terms
from pellucid.kernel.records.errors import Forbidden, Invalid
from pellucid.kernel.records.versions import forget
from pellucid.kernel.resources.fields import specs, wanted
from pellucid.products.models import AttributeSet, Product
from tests.orders.making import contract, line, order_of, split
from tests.orders.test_measures import YEAR, by, day, one, sold

pytestmark = pytest.mark.django_db


def attribute(world, en: str, kind: str, **more) -> str:
    """A new attribute of products; its name."""
    given = {"resource": "product", "zh": en, "en": en, "kind": kind, **more}
    return run("customfield_create", None, world.actor("admin"), given).value.name


def product(world, name: str, **values) -> Product:
    """Something to sell."""
    return run("product_create", None, world.actor("admin"), values={"name": name, "number": name, **values}).record


@pytest.fixture
def colour(world) -> str:
    return attribute(world, "Colour", "term", options="红 | Red\n蓝 | Blue")


def code(word: str) -> int:
    found = terms.find("product.colour", word)
    assert found
    return found


def deal(world, customer, on: dt.date, *lines: tuple[str, str, dict], plan: str = "款到发货"):
    """An order of somebody's customer, in force since a day."""
    made = contract(world, by=customer.owner.username, customer=customer)
    order = order_of(made)
    for price, quantity, more in lines:
        line(world, order, price, quantity, by="admin", **more)
    split(world, order, plan, by="admin")
    run("contract_sign", made.pk, world.actor("admin"), {"signed_on": on.isoformat()})
    order.refresh_from_db()
    return order


def item(made: Product, cost: str | None) -> dict:
    return {"product": made.pk, "unit_cost": cost} if cost else {"product": made.pk}


def test_sales_and_margin_by_colour(world, colour):
    """The case of AN31: red 100 of which 20 are earned, blue 50 and 15, 10 of what has no colour."""
    erin = world.actor("erin")
    red, blue, plain = product(world, "r", x_colour="Red"), product(world, "b", x_colour="Blue"), product(world, "p")
    sold(world, day(3, 1), ("100", "1", item(red, "80")), ("50", "1", item(blue, "35")), ("10", "1", item(plain, None)))
    cells = by(erin, ("amount", "profit", "margin"), colour, period=YEAR, share=("amount",), totals=True)
    assert {k: (c["amount"], c["amount__share"]) for k, c in cells.items()} == {
        code("red"): (100, Decimal(".625")), code("blue"): (50, Decimal(".3125")), None: (10, Decimal(".0625"))}  # fmt: skip
    assert (cells[code("red")]["margin"], cells[code("blue")]["margin"], cells[None]["margin"]) == (Decimal(".2"), Decimal(".3"), None)
    assert (cells[code("red")]["profit"], cells[code("blue")]["profit"]) == (20, 15)
    for value, amount in ((code("red"), 100), (code("blue"), 50), (None, 10)):
        lines = behind(erin, "amount", Ask(("amount",), by=(colour,), period=YEAR), clicked={colour: value})
        assert sum(line.net_base for line in lines) == amount


def test_what_was_signed_stays_as_it_was(world, colour):
    erin, admin = world.actor("erin"), world.actor("admin")
    made = product(world, "r", x_colour="Red")
    order = sold(world, day(3, 1), ("100", "1", item(made, None)))
    run("product_update", made.pk, admin, values={"x_colour": "Blue"}, version=made.version)
    sold(world, day(4, 1), ("30", "1", item(made, None)))
    assert {k: c["amount"] for k, c in by(erin, ("amount",), colour, period=YEAR).items()} == {code("red"): 100, code("blue"): 30}
    assert {k: c["amount"] for k, c in by(erin, ("amount",), colour, period=YEAR, asof=day(3, 15)).items()} == {code("red"): 100}
    run("term_merge", code("red"), admin, {"into": code("blue")})
    assert {k: c["amount"] for k, c in by(erin, ("amount",), colour, period=YEAR).items()} == {code("blue"): 130}
    for statement in ("UPDATE products_attributeset SET values = '{}'", "DELETE FROM products_attributeset",
                      f"UPDATE orders_orderline SET attributes_id = NULL WHERE id = {order.lines.get().pk}"):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert AttributeSet._base_manager.count() == 2


def test_a_change_keeps_old_lines_and_takes_new_ones_as_they_are_now(world, colour):
    admin = world.actor("admin")
    first, other = product(world, "r", x_colour="Red"), product(world, "b", x_colour="Blue")
    order = deal(world, world.customer("甲公司"), day(3, 1), ("100", "1", item(first, None)), ("80", "1", item(first, None)), plan="30/60/10")
    run("product_update", first.pk, admin, values={"x_colour": "Blue"}, version=first.version)
    change = run("order_change", order.pk, admin, {"reason": "客户追加"}).value
    change.refresh_from_db()
    more, swapped = (entry["row"] for entry in change.after["lines"])
    for given in ({"row": more, "quantity": "2"}, {"row": swapped, "product": other.pk, "unit_price": "70"},
                  {"product": first.pk, "unit_price": "60"}):  # fmt: skip
        run("orderchange_line", change.pk, admin, {"quantity": "1", **given})
    run("orderchange_fit", change.pk, admin)
    run("orderchange_apply", change.pk, admin)
    lines = {line.unit_price: line for line in order.lines.select_related("attributes")}
    assert {int(price): line.attributes.values for price, line in lines.items()} == {
        100: {"x_colour": code("red")}, 70: {"x_colour": code("blue")}, 60: {"x_colour": code("blue")}}  # fmt: skip
    assert lines[100].quantity == 2


def test_numbers_come_in_bands_and_flags_as_yes_and_no(world):
    erin = world.actor("erin")
    power = attribute(world, "Power", "decimal", uom="kW", bands="3, 10")
    axes, fence = attribute(world, "Axes", "decimal"), attribute(world, "Fence", "bool")
    some = [product(world, n, x_power=p, x_axes=a, x_fence=f) for n, p, a, f in (
        ("a", "2.9", "1", True), ("b", "3", "2", False), ("c", "9.99", "2", True), ("d", "10", "6", None), ("e", None, None, None))]
    sold(world, day(3, 1), *((str(10**n), "1", item(one_, None)) for n, one_ in enumerate(some)))
    found = by(erin, ("amount",), power, period=YEAR)
    assert {k: c["amount"] for k, c in found.items()} == {0: 1, 1: 110, 2: 1000, None: 10000}
    assert {k: c["amount"] for k, c in by(erin, ("amount",), axes, period=YEAR).items()} == {1: 1, 2: 110, 6: 1000, None: 10000}
    assert {k: c["amount"] for k, c in by(erin, ("amount",), fence, period=YEAR).items()} == {True: 101, False: 10, None: 11000}
    assert one(erin, "amount", period=YEAR, filters={power: (1, 2)})["amount"] == 1110


def test_fields_are_measured_and_asked_for_where_they_belong(world):
    admin = world.actor("admin")
    equipment, software = terms.find("product_class", "equipment"), terms.find("product_class", "software")
    for wrong in ({"bands": "3, 3"}, {"bands": "x"}, {"bands": "1e9999999"}, {"bands": "1e999999"},
                  {"only": [f"product_class:{equipment}", f"uom:{terms.find('uom', 'set')}"]},
                  {"only": ["product_class:0"]}, {"only": [f"product_class:{equipment}"], "required": True}):  # fmt: skip
        with pytest.raises(Invalid):
            attribute(world, "Power", "decimal", **wrong)
    power = attribute(world, "Power", "decimal", uom="kW", bands="10, 20", only=[f"product_class:{equipment}"])
    machine, program = product(world, "m", product_class=str(equipment)), product(world, "s", product_class=str(software))
    spec = specs("product")[power]
    assert str(spec.label) == "Power (kW)" and spec.options["when"] == ("product_class", str(equipment))
    assert wanted(spec, machine) and not wanted(spec, program)
    run("term_merge", equipment, admin, {"into": software})
    assert specs("product")[power].options["when"] == ("product_class", str(software))


def test_who_may_not_read_an_attribute_cannot_ask_by_it(world, colour):
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="product", field=colour, level="none")
    forget()
    with pytest.raises(Forbidden):
        answer(world.actor("alice"), Ask(("amount",), by=(colour,), period=YEAR))


def test_by_attribute_equals_sums_by_hand(world, colour):
    """Random orders of several people, asked by several people, against plain SQL over what each line kept."""
    chance = random.Random(31)
    power = attribute(world, "Power", "decimal", bands="5, 50")
    admin = world.actor("admin")
    some = [product(world, f"p{n}", x_colour=chance.choice(("Red", "Blue", None)), x_power=chance.choice((None, "1", "5", "49.5", "50", "700")))
            for n in range(6)]  # fmt: skip
    for n in range(14):
        customer = world.customer(f"客户{n % 5}", by=("alice", "bob", "carol")[n % 3])
        chosen = chance.sample(some, chance.randint(1, 3))
        deal(world, customer, day(chance.randint(1, 6), chance.randint(1, 28)), *((str(chance.randint(1, 900)), str(chance.randint(1, 4)), {
            "product": p.pk, **({"unit_cost": str(chance.randint(1, 500))} if chance.random() < .7 else {})}) for p in chosen))
        if n % 4 == 3:
            moved = chance.choice(some)
            moved.refresh_from_db()
            run("product_update", moved.pk, admin, version=moved.version, values={
                "x_colour": chance.choice(("Red", "Blue")), "x_power": str(chance.randint(1, 90))})  # fmt: skip
    values = {colour: "(s.values->>'x_colour')::bigint", power: "CASE WHEN (s.values->>'x_power')::numeric < 5 THEN 0"
              " WHEN (s.values->>'x_power')::numeric < 50 THEN 1 WHEN s.values->>'x_power' IS NOT NULL THEN 2 END"}  # fmt: skip
    compared = 0
    for name, expression in values.items():
        for who in ("erin", "alice", "bob", "mona"):
            actor = world.actor(who)
            for asof in (day(3, 15), day(7, 1)):
                mine = {"alice": f"o.owner_id = {world.users['alice'].pk}", "bob": f"o.owner_id = {world.users['bob'].pk}"}.get(who, "true")
                if who == "mona":
                    east = world.units["east"].pk
                    mine = f"o.branch_id = {east}"
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT {expression}, sum(l.net_base), sum(l.quantity), sum(l.net_base) FILTER (WHERE l.cost_base IS NOT NULL) -"
                                   " sum(l.cost_base) FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id"
                                   f" LEFT JOIN products_attributeset s ON s.id = l.attributes_id WHERE {mine} AND l.signed_on <= %s GROUP BY 1",
                                   [asof])  # fmt: skip
                    wanted = {key: figures for key, *figures in cursor.fetchall()}
                asked = ("amount", "qty", "profit")[: 3 if who in ("erin", "mona") else 2]  # sellers do not see cost
                cells = by(actor, asked, name, period=YEAR, asof=asof)
                assert {k: [c[n] for n in asked] for k, c in cells.items()} == {k: f[: len(asked)] for k, f in wanted.items()}, (name, who, asof)
                for key in wanted:
                    lines = behind(actor, "amount", Ask(("amount",), by=(name,), period=YEAR, asof=asof), clicked={name: key})
                    assert sum(line.net_base for line in lines) == wanted[key][0]
                compared += len(wanted)
    assert compared > 25
