"""The course of an opportunity: when it was opened, through which stages it went, what it was worth, how it ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

from pellucid.customers.demo.courses import TOLD, off, then, working
from pellucid.customers.models import CustomerClass
from pellucid.kernel.actions.demo import Stage

from .. import stages
from .words import REASONS

STEADY = 13  # one large buyer in so many orders again and again
AGO = 200  # an opportunity in progress is rarely older
KEPT = TOLD + 60  # days since the oldest that are told were closed
REACHED = (6, 5, 4, 3, 2)  # of twenty in progress, how many stand in each stage
YOUNG = 12  # days in which nobody comes further than the second stage
LOST_FROM = (15, 26, 34, 18, 7)
PATIENCE = (9, 14, 20, 18, 9)  # days in a stage, on average
SKILL = {"east": 0.46, "south": 0.38, "north": 0.30, "west": 0.42}  # of closed ones won, by branch
PLACES = {"华东": "east", "华南": "south", "华北": "north", "西南": "west"}
LUCK = {"software": 0.08, "spare": 0.22, "service": 0.2, "equipment": -0.04}


class Buyer(NamedTuple):
    """A customer as the past knows it: since when in which class, whose it was, and what it is."""

    id: int
    name: str
    classes: list[tuple[dt.datetime, int]]
    owners: list[tuple[dt.datetime, tuple[int, int, int]]]  # owner, unit, branch
    level: int | None
    origin: int | None
    big: bool


@dataclass(slots=True)
class Course:
    """Everything that happened with one opportunity."""

    buyer: Buyer
    product: Any
    quantity: int
    way: list[tuple[dt.datetime, stages.Known]]
    amounts: list[tuple[dt.datetime, Decimal]]
    expected: list[tuple[dt.datetime, dt.date]]
    reason: str = ""
    reasons_back: dict[dt.datetime, str] = field(default_factory=dict)
    row: Any = None

    @property
    def opened(self) -> dt.datetime:
        return self.way[0][0]

    @property
    def here(self) -> stages.Known:
        return self.way[-1][1]

    @property
    def since(self) -> dt.datetime:
        return self.way[-1][0]

    def owner(self, at: dt.datetime) -> tuple[int, int, int]:
        """Whose it was."""
        found: tuple[int, int, int] = then(self.buyer.owners, at)
        return found


def wishes(stage: Stage, buyer: Buyer, skill: dict[int, float]) -> Iterator[tuple[dt.datetime, dt.datetime | None, str]]:
    """(opened, ended, how) of what a customer wanted: as its class tells, and more of it the longer it buys; of what is long over only
    the first order is told."""
    kept, ordered = stage.now - dt.timedelta(days=KEPT), False
    for wish in _wishes(stage, buyer, skill):
        _opened, ended, how = wish
        if ended is None or ended > kept or how == "won" and not ordered:
            yield wish
        ordered = ordered or how == "won"


def _wishes(stage: Stage, buyer: Buyer, skill: dict[int, float]) -> Iterator[tuple[dt.datetime, dt.datetime | None, str]]:
    chance, now = stage.chance, stage.now
    first = {value: at for at, value in reversed(buyer.classes)}
    wanted, ordered = first.get(CustomerClass.OPPORTUNITY), first.get(CustomerClass.ORDERING)
    if wanted is None:
        return
    back = next((at for at, value in buyer.classes if at > wanted and value < CustomerClass.OPPORTUNITY), None)
    end = ordered or back
    if end is not None:
        if (end - wanted).days > 30 and chance.random() < 0.5:  # first they bought elsewhere
            at = wanted + (end - wanted) * chance.uniform(0.05, 0.3)
            yield at, at + (end - at) * chance.uniform(0.3, 0.9), "lost"
        yield wanted, end, "won" if ordered else "lost"
        wanted = end
    elif (now - wanted).days > AGO:
        at = wanted + dt.timedelta(days=chance.randint(50, 140))
        yield wanted, at, "lost"
        wanted = now - dt.timedelta(days=int(chance.triangular(4, AGO - 20, 40)))
        yield wanted, None, ""
    else:
        yield wanted, None, ""
    if back is not None:
        return
    steady = ordered is not None and buyer.big and buyer.id % STEADY == 0
    pace = 55 if steady else (210 if buyer.big else 380) if ordered else 620
    at = wanted + dt.timedelta(days=chance.expovariate(1 / pace) * thrift(stage, wanted))
    while at < now - dt.timedelta(days=1):
        owner = then(buyer.owners, at)[0]
        ended = season(stage, at + dt.timedelta(days=8 + chance.gammavariate(2.4, 27)))
        if ended >= now - dt.timedelta(hours=3):
            yield at, None, ""
        else:
            yield at, ended, "won" if ordered and chance.random() < (0.85 if steady else skill[owner]) else "lost"
        at += dt.timedelta(days=chance.expovariate(1 / pace) * thrift(stage, at))


def thrift(stage: Stage, at: dt.datetime) -> float:
    """Those who were customers early bought often then; as there are more of them, each takes longer until the next time."""
    return 0.45 + 0.9 * max(0.0, 1 - (stage.now - at).days / KEPT)


def season(stage: Stage, at: dt.datetime) -> dt.datetime:
    """Deals close before a quarter ends, most of all before the year does; little closes around the new year's feast."""
    chance = stage.chance
    last = at.month in (3, 6, 9, 12) and at.day > 15
    if not last and chance.random() < 0.42:
        month = (at.month - 1) // 3 * 3 + 3
        end = at.replace(month=month, day=chance.randint(18, 29))
        if dt.timedelta() < end - at < dt.timedelta(days=60):
            return end
    return at + dt.timedelta(days=21) if at.month in (1, 2) and chance.random() < 0.5 else at


def dealt(chance: Random) -> Iterator[int]:
    """The stages of those in progress, one after another: drawn like cards, so that of a few deals, too, some stand in each stage."""
    while True:
        yield from chance.sample(range(1, len(REACHED) + 1), sum(REACHED), counts=REACHED)


def course(stage: Stage, buyer: Buyer, wish: tuple[dt.datetime, dt.datetime | None, str], product: Any, way: list[stages.Known],
           ends: dict[str, stages.Known], cards: Iterator[int]) -> Course:  # fmt: skip
    """Draw the stages between opening and end, or today."""
    opened, ended, how = wish
    chance = stage.chance
    if how:
        reached = len(way) if how == "won" else chance.choices(range(1, len(way) + 1), LOST_FROM)[0]
    elif (stage.now - opened).days < YOUNG:
        reached = chance.choice((1, 1, 2))
    else:
        reached = next(cards)
    last = ended or stage.now - dt.timedelta(days=min(chance.expovariate(1 / PATIENCE[reached - 1]), (stage.now - opened).days * 0.8))
    cuts = _cuts(stage, opened, last, reached, closing=ended is not None)
    steps = list(zip([opened, *cuts], way[:reached], strict=True))
    backs: dict[dt.datetime, str] = {}
    if reached >= 4 and chance.random() < 0.12:  # thrown back once, then on again
        a, b = steps[2][0], steps[3][0]
        if (b - a).days > 6:
            fell, again = a + (b - a) / 3, a + (b - a) * 2 / 3
            steps[3:3] = [(fell, way[1]), (again, way[2])]
            backs[fell] = ""
    if ended is not None:
        steps.append((max(ended, steps[-1][0] + dt.timedelta(minutes=5)), ends[how]))
    quantity = _quantity(chance, product, buyer.big)
    made = Course(buyer, product, quantity, steps, [], [], reasons_back=backs)
    _worth(stage, made)
    if how == "lost":
        weights = dict(REASONS)
        weights["price"] += 22 * ("视觉" in product.name or "检测" in product.name)
        weights["delivery"] += 16 * ("焊接" in product.name)
        made.reason = chance.choices(list(weights), list(weights.values()))[0]
    return made


def _cuts(stage: Stage, opened: dt.datetime, last: dt.datetime, reached: int, *, closing: bool) -> list[dt.datetime]:
    """When it went on to the second stage and so forth; the last of those in progress is `last` itself."""
    chance = stage.chance
    n = reached - 1
    inner = n if closing else max(0, n - 1)
    found = sorted(opened + (last - opened) * chance.uniform(0.08, 0.9) for _ in range(inner))
    if not closing and n:
        found.append(last)
    out, before = [], opened
    for at in found:
        if off(at.date()):
            at = working(stage, at.date(), chance)
        at = max(at, before + dt.timedelta(minutes=7))
        out.append(at)
        before = at
    return out


def _quantity(chance: Random, product: Any, big: bool) -> int:
    if product.list_price < 20_000:
        return chance.choice((4, 6, 8, 10, 12, 20, 40))
    if product.list_price > 400_000:
        return 1
    return chance.choices((1, 2, 3, 4, 6), (46, 24, 14, 10, 6 + 6 * big))[0]


def _worth(stage: Stage, made: Course) -> None:
    """A first guess, then the price of the proposal, at times a concession; the day expected slips."""
    chance, price = stage.chance, made.product.list_price * made.quantity
    opened = made.opened
    made.amounts = [(opened, Decimal(max(1, round(float(price) * chance.uniform(0.7, 1.25) / 1000)) * 1000))]
    proposal = next((at for at, s in made.way if s.probability >= 50 and s.kind != "lost"), None)
    if proposal is not None:
        discount = Decimal(chance.choice((0, 0, 3, 5, 5, 8)))
        made.amounts.append((proposal, (price * (100 - discount) / 100).quantize(Decimal("0.01"))))
    days = chance.randint(45, 150)
    made.expected = [(opened, (opened + dt.timedelta(days=days)).date())]
    for (at, _here), (following, _next) in pairwise(made.way):
        if made.expected[-1][1] < following.date() or chance.random() < 0.16:
            made.expected.append((at, (following + dt.timedelta(days=chance.randint(10, 45))).date()))
    if made.here.kind == "open" and made.expected[-1][1] < stage.today and chance.random() < 0.75:
        at = made.since + (stage.now - made.since) / 2
        made.expected.append((at, stage.today + dt.timedelta(days=chance.randint(6, 70))))


def periods(made: Course) -> list[dict[str, Any]]:
    """What history keeps: one period for each stretch in which nothing changed."""
    row, out = made.row, []
    moments = {at for at, _ in (*made.way, *made.amounts, *made.expected)}
    moments |= {at for at, _ in made.buyer.owners if at > made.opened}
    for at in sorted(moments):
        stood, (owner, unit, branch) = then(made.way, at), made.owner(at)
        over = stood.kind != "open"
        out.append({
            "id": row.id, "valid_from": at, "pipeline": stood.pipeline, "stage": stood.id, "state": stood.kind, "amount": then(made.amounts, at),
            "amount_base": then(made.amounts, at), "expected_on": then(made.expected, at), "probability": stood.probability,
            "forecast": forecast(stood), "closed_on": row.closed_on if over else None, "loss_reason": row.loss_reason_id if over else None,
            "owner": owner, "unit": unit, "branch": branch,
        })  # fmt: skip
    return out


def forecast(stood: stages.Known) -> str:
    """What its owner says of it: the further, the surer."""
    if stood.kind == "lost":
        return "omitted"
    return "commit" if stood.probability >= 90 else "best" if stood.probability >= 75 else "pipeline"
