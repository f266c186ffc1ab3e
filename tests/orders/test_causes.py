"""Why sales changed: the catalogue's case part by part, and over random worlds parts that add up to the cent within every reach."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import transaction

from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.causes import Compared, behind, by_value, told
from pellucid.kernel.metrics.declare import Ask, causes
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.errors import Forbidden
from pellucid.orders.models import Contract, Order, OrderLine
from pellucid.products.models import Product
from tests.orders.making import D

pytestmark = pytest.mark.django_db
AN18 = causes["AN18"]
BEFORE, NOW = Days(dt.date(2025, 1, 1), dt.date(2026, 1, 1)), Days(dt.date(2026, 1, 1), dt.date(2027, 1, 1))
YEARS = Compared(NOW, BEFORE, "amount", dt.date(2026, 11, 1))


@pytest.fixture
def sell(world):
    """Rows as an order in force has them: `sell(customer, day, (product, quantity, amount), ...)`."""
    made: dict[str, object] = {}

    def product(name: str | None):
        if name is None:
            return None
        return made.setdefault(name, Product._base_manager.create(name=name, number=name) if name not in made else None) or made[name]

    def put(customer, on: dt.date, *lines, by: str = "alice", currency: str = "CNY", rate: str = "1"):
        user = world.users[by]
        unit = world.units["west_sales" if by == "bob" else "east_sales"]
        owned = {"owner": user, "unit": unit, "branch": world.units["west" if by == "bob" else "east"]}
        with transaction.atomic():
            contract = Contract.objects.create(name="合同", customer=customer, kind="framework", signed_on=on, **owned)
            order = Order.objects.create(name="订单", contract=contract, customer=customer, currency=currency, rate=D(rate), state="draft",
                                         signed_on=on, sold_by=user, sold_unit=unit, sold_branch=owned["branch"], **owned)  # fmt: skip
            for name, quantity, amount, *cost in lines:
                OrderLine.objects.create(order=order, product=product(name), name=name or "费用", quantity=D(str(quantity)), net=D(str(amount)),
                                         net_base=(D(str(amount)) * D(rate)).quantize(D("0.01")), signed_on=on,
                                         cost_base=D(str(cost[0])) if cost else None)  # fmt: skip
        return order

    return put


def effects(bridge) -> dict[str, Decimal]:
    return {p.name: p.effect for p in bridge.parts if p.effect}


def day(year: int, month: int = 6, n: int = 1) -> dt.date:
    return dt.date(year, month, n)


@pytest.fixture
def case(world, sell):
    """The case of the catalogue."""
    k1, k2, k3 = (world.customer(n) for n in ("K1", "K2", "K3"))
    sell(k1, day(2025), ("A", 10, 1000), ("B", 10, 2000), ("D", 3, 90))
    sell(k2, day(2025), ("A", 5, 500))
    sell(k1, day(2026), ("A", 15, 1650), ("B", 8, 1600), ("C", 2, 300))
    sell(k3, day(2026), ("B", 4, 800))
    return k1, k2, k3


def test_the_case_of_the_catalogue(world, case):
    found = told(world.actor("erin"), AN18, YEARS).bridge
    assert (found.opening, found.closing) == (3590, 4350)
    assert effects(found) == {"party_new": 800, "party_lost": -500, "item_new": 300, "item_gone": -90, "volume": 450, "mix": -350, "price": 150}


def test_every_part_opens_who_and_what_it_comes_from(world, case):
    k1, k2, k3 = case
    erin = world.actor("erin")

    def lines(part: str, of: str):
        return {(line.id, line.effect) for line in behind(erin, AN18, YEARS, part, of)}

    item = {p.name: p.pk for p in Product._base_manager.all()}
    assert lines("party_new", "party") == {(k3.pk, 800)} and lines("party_lost", "party") == {(k2.pk, -500)}
    assert lines("item_new", "item") == {(item["C"], 300)} and lines("item_new", "party") == {(k1.pk, 300)}
    assert lines("volume", "item") == {(item["A"], 150), (item["B"], 300)}
    assert lines("price", "item") == {(item["A"], 150)}, "the effect on B is nothing, so it is no line"
    (kept,) = behind(erin, AN18, YEARS, "price", "party")
    assert (kept.id, kept.value0, kept.value1, kept.effect) == (k1.pk, 3000, 3250, 0)
    assert lines("", "party") == {(k1.pk, 460), (k2.pk, -500), (k3.pk, 800)}
    most = told(erin, AN18, YEARS)
    assert [(line.id, line.part) for line in most.parties] == [(k3.pk, "party_new"), (k2.pk, "party_lost"), (k1.pk, "kept")]


def test_who_bought_before_the_earlier_period_came_back(world, sell):
    old, new = world.customer("老客户"), world.customer("新客户")
    sell(old, day(2024), ("A", 1, 100))
    sell(old, day(2026), ("A", 1, 70))
    sell(new, day(2026), ("A", 1, 30))
    assert effects(told(world.actor("erin"), AN18, YEARS).bridge) == {"party_back": 70, "party_new": 30}


def test_rates_are_a_part_of_their_own(world, sell):
    k = world.customer("海外")
    sell(k, day(2025), ("A", 10, 1000), currency="USD", rate="7")
    sell(k, day(2026), ("A", 10, 1100), currency="USD", rate="6.5")
    found = told(world.actor("erin"), AN18, YEARS).bridge
    assert effects(found) == {"price": 700, "fx": -550} and found.closing - found.opening == 150


def test_profit_has_a_cost_effect_and_leaves_out_what_has_no_cost(world, sell):
    k = world.customer("K")
    sell(k, day(2025), ("A", 10, 1000, 600), ("B", 1, 500))
    sell(k, day(2026), ("A", 20, 2200, 1300), ("B", 1, 900))
    found = told(world.actor("erin"), AN18, replace(YEARS, metric="profit")).bridge
    assert (found.opening, found.closing) == (400, 900)
    assert effects(found) == {"volume": 400, "price": 200, "cost": -100}


def test_fees_have_no_quantity_and_units_of_measure_do_not_mix(world, sell):
    k = world.customer("K")
    sell(k, day(2025), (None, 1, 100), ("A", 10, 100))
    sell(k, day(2026), (None, 1, 40), ("A", 20, 200))
    assert effects(told(world.actor("erin"), AN18, YEARS).bridge) == {"no_quantity": -60, "volume": 100}


def test_costs_are_needed_for_profit_alone(world, case):
    FieldRight.objects.update_or_create(role=Role.objects.get(code="sales"), resource="orderline", field="cost_base", defaults={"level": "none"})
    assert told(world.actor("alice"), AN18, YEARS).bridge.closing == 4350
    with pytest.raises(Forbidden):
        told(world.actor("alice"), AN18, replace(YEARS, metric="profit"))


@pytest.mark.parametrize("seed", range(3))
def test_parts_add_up_for_everyone_by_every_dimension(world, sell, seed):
    """The figures at both ends are those of the measure itself; a value of a dimension has the parts of the question filtered by it."""
    rnd = random.Random(seed)
    customers = [(world.customer(f"客户{n}", by=by), by) for n, by in enumerate(rnd.choices(("alice", "carol", "bob"), k=8))]
    for customer, by in customers:
        for _n in range(rnd.randint(0, 5)):
            currency, rate = rnd.choice((("CNY", "1"), ("CNY", "1"), ("USD", rnd.choice(("6.9", "7.13", "7.251")))))
            order = sell(customer, day(rnd.choice((2024, 2025, 2026)), rnd.randint(1, 10), rnd.randint(1, 28)), *(
                (rnd.choice(("A", "B", "C", "D", None)), rnd.choice((1, 2, 7, "0.333")), rnd.choice((0, 10, "99.99", "1234.57")),
                 *((rnd.choice((3, "7.77")),) if rnd.random() < 0.8 else ())) for _ in range(rnd.randint(1, 4))),
                by=by, currency=currency, rate=rate)  # fmt: skip
            if rnd.random() < 0.15:
                gone = day(2026, rnd.randint(6, 12), 15)
                Order._base_manager.filter(pk=order.pk).update(voided_on=gone)
                OrderLine._base_manager.filter(order=order).update(voided_on=gone)
    for who in ("erin", "mona", "alice", "bob"):
        actor = world.actor(who)
        for metric in AN18.metrics:
            for asof in (day(2026, 7, 1), days.today()):
                asked = replace(YEARS, metric=metric, asof=asof)
                try:
                    whole = told(actor, AN18, asked).bridge
                except Forbidden:
                    assert metric == "profit" and who in ("alice", "bob")
                    continue
                for end, window in ((whole.opening, BEFORE), (whole.closing, NOW)):
                    assert end == (answer(actor, Ask((metric,), period=window, asof=asof)).lines[0].cells[metric] or 0), (who, metric, window)
                for dim in ("owner", "product_class", "branch", "customer"):
                    apart = by_value(actor, AN18, replace(asked, by=dim))
                    assert sum(b.closing - b.opening for b in apart) == whole.closing - whole.opening
                    for b in apart[:2]:
                        alone = told(actor, AN18, replace(asked, filters={dim: b.value})).bridge
                        assert (alone.opening, alone.closing, effects(alone)) == (b.opening, b.closing, effects(b))
                for part in whole.parts:
                    of = "item" if part.name in ("volume", "mix", "price", "fx", "cost") else "party"
                    assert sum(line.effect for line in behind(actor, AN18, asked, part.name, of, limit=500)) == part.effect, part


def test_it_is_one_question_to_the_database(world, case, django_assert_num_queries):
    erin = world.actor("erin")
    told(erin, AN18, YEARS)
    with django_assert_num_queries(1):
        told(erin, AN18, YEARS)


def test_who_had_no_cost_before_came_back_all_the_same(world, sell):
    """Of profit the earlier period shows nothing of what has no cost; who bought it is no new customer."""
    known = world.customer("K1")
    sell(known, day(2025), ("A", 1, 100))
    sell(known, day(2026), ("A", 1, 200, 150))
    assert effects(told(world.actor("erin"), AN18, replace(YEARS, metric="profit")).bridge) == {"party_back": D("50")}
