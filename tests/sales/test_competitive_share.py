"""Wins and losses per competitor from both sides, and whose the market is: the examples by which the analyses are defined."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask, analyses
from pellucid.kernel.metrics.drill import behind
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.days import Days

from .test_competition import make, rival  # noqa: F401  (a fixture and a helper)
from .test_opportunities import deal, do  # noqa: F401

pytestmark = pytest.mark.django_db


def ask(actor, *measures: str, by: str = "", **more) -> dict:
    """Measures of this year: {value of the dimension: its cells}, the total under "all"."""
    today = days.today()
    period = Days(today - dt.timedelta(days=300), today + dt.timedelta(days=1))
    found = answer(actor, Ask(measures, by=(by,) if by else (), period=period, totals=True, **more))
    rows = {line.values[0] if by else None: tuple(line.cells[m] for m in measures) for line in found.lines}
    return rows | {"all": tuple(found.total.cells[m] for m in measures)} if found.total is not None else rows


@pytest.fixture
def race(world, deal, rival):  # noqa: F811
    """O1 won against X and Y; O2 lost to X, Y was there; O3 lost to nobody known, X was there; O4 won, nobody else."""
    x, y, price = rival("X 公司"), rival("Y 公司"), terms.find("loss_reason", "price")
    customer = world.customer("甲公司")
    deals = [deal(name=f"O{n}", amount="100", expected_on=days.today(), customer=customer) for n in (1, 2, 3, 4)]
    for one, who in ((deals[0], (x, y)), (deals[1], (x, y)), (deals[2], (x,))):
        for them in who:
            make(world, "opportunitycompetitor", opportunity=one, competitor=them.pk)
    do(world, "win", deals[0])
    do(world, "lose", deals[1], loss_reason=price, lost_to=x.pk, lost_price="90")
    do(world, "lose", deals[2], loss_reason=price)
    do(world, "win", deals[3])
    return x.pk, y.pk


def test_both_sides_of_every_competitor(world, race):
    x, y = race
    alice = world.actor("alice")
    ours = ask(alice, "won_against", "lost_to_it", "lost_beside", "our_rate", "contested", by="competitor")
    assert {k: tuple(float(v) if v is not None else None for v in cells) for k, cells in ours.items()} == {
        x: (1, 1, 1, 0.5, 3), y: (1, 0, 1, 1.0, 2), "all": (1, 1, 2, 0.5, 3)}  # fmt: skip
    theirs = ask(alice, "lost_to_it", "their_losses", "their_rate", by="competitor")
    assert {k: (n, lost, float(rate)) for k, (n, lost, rate) in theirs.items() if k != "all"} == {x: (1, 1, 0.5), y: (0, 2, 0.0)}
    assert ask(alice, "won_count", "lost_count")[None] == (2, 2), "four in all"
    gap = ask(alice, "known_prices", "price_gap", by="competitor")[x]
    assert (gap[0], float(gap[1])) == (1, -0.1)
    assert all(v in (0, None) for v in ask(world.actor("bob"), "contested", "lost_to_it")[None]), "not his deals"


def test_the_rows_behind_are_the_deals(world, race):
    x, _y = race
    alice = world.actor("alice")
    found = behind(alice, "lost_to_it", Ask(("lost_to_it",), by=("competitor",)), clicked={"competitor": x})
    assert found.count() == 1
    for a in ("AN21", "AN22"):
        for part in analyses[a].parts:
            period = Days(days.today() - dt.timedelta(days=40), days.today() + dt.timedelta(days=1))
            assert answer(alice, replace(part.ask, period=period)).lines is not None


def test_whose_the_market_is(world, deal, rival):  # noqa: F811
    x, y, alice = rival("X 公司").pk, rival("Y 公司").pk, world.actor("alice")
    customer, price = world.customer("甲公司"), terms.find("loss_reason", "price")

    def of(amount: str):
        return deal(name=amount, amount=amount, expected_on=days.today(), customer=customer)

    do(world, "win", of("600"))
    do(world, "lose", of("350"), loss_reason=price, lost_to=x, lost_price="300")
    do(world, "lose", of("100"), loss_reason=price, lost_to=y)
    do(world, "lose", of("500"), loss_reason=terms.find("loss_reason", "budget"))
    assert [float(v) for v in ask(alice, "ours_amount", "theirs_amount", "theirs_known", "theirs_estimated", "market_share")[None]] == [
        600, 400, 300, 100, 0.6]  # fmt: skip
    found = answer(alice, Ask(("market_amount",), by=("competitor",), share=("market_amount",), period=Days(
        days.today() - dt.timedelta(days=30), days.today() + dt.timedelta(days=1))))  # fmt: skip
    share = {line.values[0]: round(float(next(v for k, v in line.cells.items() if "share" in k)), 2) for line in found.lines}
    assert share == {None: 0.6, x: 0.3, y: 0.1}


def test_how_much_of_its_potential_a_customer_gives_us(world, deal, rival):  # noqa: F811
    x, alice = rival("X 公司").pk, world.actor("alice")
    customer, price = world.customer("乙公司"), terms.find("loss_reason", "price")

    def of(amount: str):
        return deal(name=amount, amount=amount, expected_on=days.today(), customer=customer)

    do(world, "win", of("200"))
    do(world, "lose", of("120"), loss_reason=price, lost_to=x, lost_price="100")
    of("100")
    names = ("ours_amount", "theirs_amount", "open_amount", "demand", "wallet_share")
    assert [float(v) for v in ask(alice, *names, by="customer")[customer.pk]] == [200, 100, 100, 400, 0.5]
    customer.refresh_from_db()
    run("customer_update", customer.pk, alice, values={"annual_demand": "1000"}, version=customer.version)
    assert [float(v) for v in ask(alice, *names, by="customer")[customer.pk]] == [200, 100, 100, 1000, 0.2]
