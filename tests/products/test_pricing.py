"""What a product costs whom: lists by level, time, currency and quantity, one rule."""

from __future__ import annotations

import argparse
import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.exchange import import_command
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.errors import Invalid
from pellucid.products.models import Price, PriceList, Product
from pellucid.products.pricing import price_for, usual_prices
from tests.orders.making import D, contract, order_of
from tests.world import World

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 6, 1)


def product(world: World, number: str = "P-1", **values: Any) -> Product:
    return run("product_create", None, world.actor("admin"), values={"name": f"产品{number}", "number": number, **values}).record


def listed(world: World, name: str, *prices: tuple[Product, str, str], **values: Any) -> PriceList:
    """A price list with its (product, from quantity, price)."""
    made = run("pricelist_create", None, world.actor("admin"), values={"name": name, "valid_from": "2026-01-01", **values}).record
    for of, least, price in prices:
        run("price_create", None, world.actor("admin"), values={
            "price_list": made.pk, "product": of.pk, "from_quantity": least, "unit_price": price})  # fmt: skip
    return made


def asked(of: Product, quantity: str = "1", level: str = "", day: dt.date = DAY, currency: str = "CNY") -> Decimal | None:
    return price_for(of.pk, D(quantity), level=terms.find("customer_level", level) if level else None, day=day, currency=currency)


def test_the_most_specific_list_holds_then_position_then_the_later_one(world):
    one = product(world)
    key = terms.find("customer_level", "A")
    listed(world, "旧", (one, "1", "100"), position="5", valid_until="2026-05-31")
    listed(world, "标准", (one, "1", "90"), (one, "10", "80"), (one, "100.5", "70"), position="20")
    assert (asked(one), asked(one, day=dt.date(2026, 5, 31)), asked(one, day=dt.date(2025, 12, 31))) == (D("90"), D("100"), None)
    assert [asked(one, q) for q in ("9.9999", "10", "100.4999", "100.5")] == [D("90"), D("80"), D("80"), D("70")]
    listed(world, "战略", (one, "5", "60"), level=key, position="99")
    assert [asked(one, q, "A") for q in ("1", "5", "200")] == [D("90"), D("60"), D("60")], "a list for the level wins where it has a price"
    assert asked(one, "5", "B") == D("90"), "and is for nobody else"
    listed(world, "标准二", (one, "1", "85"), position="20", valid_from="2026-03-01")
    assert asked(one) == D("85"), "of equals, the one that began later"
    listed(world, "停用", (one, "1", "1"), position="0", active=False)
    listed(world, "美元", (one, "1", "13.5"), currency="USD")
    assert (asked(one), asked(one, currency="USD"), asked(one, currency="EUR")) == (D("85"), D("13.5"), None)


def test_without_a_list_it_is_the_list_price_at_the_rate(world):
    one, bare = product(world, list_price="1000"), product(world, "P-2")
    listed(world, "标准", (bare, "2", "7"))
    found = usual_prices([(one, D("1")), (bare, D("1")), (bare, D("2"))], level=None, day=DAY, currency="CNY", rate=D("1"))
    assert found == [D("1000"), None, D("7")]
    assert usual_prices([(one, D("1"))], level=None, day=DAY, currency="USD", rate=D("7.2")) == [D("138.8889")]


def test_an_order_line_without_a_price_takes_that_of_the_customers_list(world):
    one = product(world, list_price="1000")
    listed(world, "标准", (one, "1", "900"), (one, "5", "850"))
    listed(world, "战略", (one, "1", "800"), level=terms.find("customer_level", "A"))
    plain = order_of(contract(world, customer=world.customer("普通")))
    key = order_of(contract(world, customer=world.customer("战略", by="alice", level=terms.find("customer_level", "A"))))

    def line(order: Any, **values: Any) -> Decimal:
        made = run("orderline_create", None, world.actor("sam"), values={"order": order.pk, "product": one.pk, **values}).record
        return Decimal(made.unit_price)

    assert [line(plain), line(plain, quantity="5"), line(key), line(key, unit_price="950")] == [D("900"), D("850"), D("800"), D("950")]


def test_a_list_has_one_price_from_a_quantity_on(world):
    one = product(world)
    of = listed(world, "标准", (one, "1", "90"))
    with pytest.raises(Invalid, match="already"):
        run("price_create", None, world.actor("admin"), values={"price_list": of.pk, "product": one.pk, "from_quantity": "1.0", "unit_price": "3"})
    for wrong in ({"from_quantity": "0"}, {"unit_price": "-1"}):
        with pytest.raises(Invalid):
            given = {"price_list": of.pk, "product": one.pk, "from_quantity": "2", "unit_price": "3", **wrong}
            run("price_create", None, world.actor("admin"), values=given)
    assert Price._base_manager.get(price_list=of).key == f"{of.pk}:{one.pk}:1"


def test_the_rule_against_a_plain_reading_of_it(world):
    """Random worlds of lists: the answer is the first of all candidates by the words of the rule."""
    chance, one = random.Random(7), product(world)
    levels = [None, terms.find("customer_level", "A"), terms.find("customer_level", "B")]
    rows = []
    for n in range(40):
        level, position = chance.choice(levels), chance.choice((10, 20))
        since = days.start_of(dt.date(2026, 1, 1)).date() + dt.timedelta(days=chance.randrange(200))
        until = since + dt.timedelta(days=chance.randrange(200)) if chance.random() < 0.5 else None
        of = PriceList._base_manager.create(name=f"表{n}", level_id=level, position=position, valid_from=since, valid_until=until,
                                            active=chance.random() < 0.9, currency=chance.choice(("CNY", "USD")))
        for least in chance.sample(range(1, 12), chance.randrange(1, 4)):
            Price._base_manager.create(price_list=of, product=one, from_quantity=least, unit_price=chance.randrange(1, 999), key=f"{n}:{least}")
            rows.append((of, least))
    for _n in range(300):
        level, day, quantity = chance.choice(levels), dt.date(2026, 1, 1) + dt.timedelta(days=chance.randrange(400)), D(str(chance.randrange(1, 14)))
        able = [(of, least) for of, least in rows if of.active and of.currency == "CNY" and of.valid_from <= day and least <= quantity
                and (of.valid_until is None or day <= of.valid_until) and of.level_id in (None, level)]  # fmt: skip
        best: Decimal | None = None
        if able:
            of = min((o for o, _l in able), key=lambda o: (o.level_id is None, o.position, -o.valid_from.toordinal(), o.pk))
            best = Price._base_manager.get(price_list=of, from_quantity=max(least for o, least in able if o == of)).unit_price
        assert price_for(one.pk, quantity, level=level, day=day, currency="CNY") == best


def test_an_import_finds_prices_again_by_list_product_and_quantity(world, tmp_path):
    one = product(world)
    of = listed(world, "标准", (one, "1", "90"), (one, "10", "80"))
    file = tmp_path / "prices.csv"
    file.write_text("价格表,产品名称,起订量,单价\n标准,产品P-1,10,75.5\n标准,产品P-1,50,60\n", encoding="utf-8")
    parser = argparse.ArgumentParser()
    import_command.add_arguments(parser)
    assert import_command.main(parser.parse_args([str(file), "--resource", "price", "--as", "admin", "--policy", "update"])) == 0
    assert list(Price._base_manager.filter(price_list=of).order_by("from_quantity").values_list("from_quantity", "unit_price")) == [
        (D("1"), D("90")), (D("10"), D("75.5")), (D("50"), D("60"))]  # fmt: skip
