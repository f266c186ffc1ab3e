"""The course of a customer: when he came, who looked after him, through which classes and levels he went."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from pellucid.kernel.actions.demo import Stage

from ..models import CustomerClass
from .companies import Company

TOLD = 730  # days of follow-ups and sales
PAST = 2600  # days since the oldest of today's customers came
SHARES = {1: 20, 2: 31, 3: 20, 4: 15, 5: 14}  # customers of each class, per cent
LEANING = {1: 3.0, 2: 1.3, 3: 0.9, 4: 0.75, 5: 0.65}  # above one: the more of a class came lately; below: long ago
HOLIDAYS = {(1, 1), (5, 1), (5, 2), (5, 3), *((10, n) for n in range(1, 8))}
NEW_YEARS = tuple(
    dt.date(*day)
    for day in ((2024, 2, 10), (2025, 1, 29), (2026, 2, 17), (2027, 2, 6), (2028, 1, 26), (2029, 2, 13), (2030, 2, 3))
)
YOUNGEST = {1: 0, 2: 9, 3: 35, 4: 110, 5: 230}  # days it takes to get there


@dataclass(frozen=True, slots=True)
class Seller:
    """Somebody who looks after customers, where, and while he works here."""

    id: int
    name: str
    login: str
    unit: int
    team: str
    branch: int
    since: dt.datetime
    left: dt.datetime | None
    lead: int


Stint = tuple[dt.datetime, Any]


@dataclass(slots=True)
class Course:
    """Everything that happened with one customer."""

    id: int
    company: Company
    since: dt.datetime
    owners: list[tuple[dt.datetime, Seller]]
    classes: list[tuple[dt.datetime, int]]
    levels: list[tuple[dt.datetime, str]]
    origin: str
    story: dict[str, Any] = field(default_factory=dict)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    step: tuple[str, dt.datetime] | None = None
    row: dict[str, Any] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)

    @property
    def owner(self) -> Seller:
        return self.owners[-1][1]

    def told_from(self, stage: Stage) -> dt.datetime:
        """Where what is told of him begins: with him, or two years ago."""
        return max(self.since, stage.now - dt.timedelta(days=TOLD))

    @property
    def customer_class(self) -> int:
        return self.classes[-1][1]


def then(stints: Sequence[Stint], at: dt.datetime) -> Any:
    """What held at a moment."""
    return stints[max(0, bisect_right(stints, at, key=lambda s: s[0]) - 1)][1]


def working(stage: Stage, day: dt.date, chance: Random, first: int = 8, last: int = 18) -> dt.datetime:
    """A moment of a working day, never later than now: who would work on a day off works on the next day, or before if that lies ahead."""
    step = dt.timedelta(days=1)
    while day < stage.today and off(day):
        day += step
    while off(day):
        day -= step
    at = stage.at(day, first, 30) + dt.timedelta(minutes=chance.randrange((last - first) * 60 - 30))
    if at < stage.now - dt.timedelta(minutes=20):
        return at
    day = min(day, stage.today) - step
    while off(day):
        day -= step
    return stage.at(day, 9) + dt.timedelta(minutes=chance.randrange(480))


@cache
def off(day: dt.date) -> bool:
    """Weekends and the long holidays."""
    return day.weekday() > 4 or (day.month, day.day) in HOLIDAYS or any(-1 <= (day - first).days <= 6 for first in NEW_YEARS)


def course(stage: Stage, pk: int, company: Company, seller: Seller, team: list[Seller], fixed_class: int | None = None) -> Course:
    """Draw the course of a customer that is the seller's today. `team` are those who may have had him before."""
    chance = stage.chance
    reached = fixed_class or chance.choices(list(SHARES), list(SHARES.values()))[0]
    youngest = YOUNGEST[reached]
    spread = chance.random() ** LEANING[reached]
    oldest = max(youngest + 1, min(PAST, (stage.now - min(s.since for s in (seller, *team))).days - 1))
    since = working(stage, stage.today - dt.timedelta(days=youngest + int((oldest - youngest) * spread)), chance)
    classes = _classes(stage, since, reached)
    return Course(
        pk, company, since, _owners(stage, since, seller, team), classes, _levels(stage, since, reached, company), _origin(chance)
    )


def _classes(stage: Stage, since: dt.datetime, reached: int) -> list[tuple[dt.datetime, int]]:
    chance = stage.chance
    path = list(range(1, reached + 1))
    if reached == 2 and (stage.now - since).days > 200 and chance.random() < 0.12:
        path = [1, 2, 3, 2]  # a project that came to nothing
    days = (stage.now - since).total_seconds() / 86400
    cuts = sorted(chance.uniform(0.04, 0.93) for _ in path[1:])
    out = [(since, 1)]
    for cut, value in zip(cuts, path[1:], strict=True):
        at = max(since + dt.timedelta(days=days * cut), out[-1][0] + dt.timedelta(days=1))
        at = working(stage, stage.today - dt.timedelta(days=(stage.now - at).days), chance)
        if at <= out[-1][0]:
            at = out[-1][0] + dt.timedelta(hours=2)
        out.append((at, value))
    return out


def _owners(stage: Stage, since: dt.datetime, seller: Seller, team: list[Seller]) -> list[tuple[dt.datetime, Seller]]:
    chance = stage.chance
    before = [s for s in team if s.id != seller.id and s.since < since and (s.left is None or s.left > since)]
    late = seller.since > since
    gone = [s for s in before if s.left]
    if before and (late or chance.random() < (0.45 if gone else 0.12)):
        first = chance.choice(gone if gone and chance.random() < 0.8 else before)
        earliest = max(seller.since, since) + dt.timedelta(days=2)
        at = first.left or working(
            stage, stage.today - dt.timedelta(days=chance.randint(2, max(3, (stage.now - earliest).days))), chance
        )
        if first.left and first.left <= earliest and late:
            at = earliest
        if since < at < stage.now and at > seller.since:
            return [(since, first), (at, seller)]
    return [(since, seller)]


def _levels(stage: Stage, since: dt.datetime, reached: int, company: Company) -> list[tuple[dt.datetime, str]]:
    chance = stage.chance
    big = (company.values["employees"] >= 500) + (reached >= 4)
    if reached == 1 and chance.random() < 0.5:
        return [(since, "")]
    level = chance.choices("ABC", [3 + 12 * big, 24 + 9 * big, 73 - 20 * big])[0]
    days = (stage.now - since).days
    if level != "C" and days > 40 and chance.random() < 0.45:
        at = working(stage, stage.today - dt.timedelta(days=chance.randint(3, days - 10)), chance)
        return [(since, "C" if level == "B" or chance.random() < 0.3 else "B"), (max(at, since + dt.timedelta(days=1)), level)]
    return [(since, level)]


def _origin(chance: Random) -> str:
    return chance.choices(
        ("fair", "search", "form", "seminar", "customer", "partner", "cold", "ads", "import"), (20, 9, 15, 9, 16, 9, 14, 5, 3)
    )[0]


def periods(course: Course, levels: dict[str, int | None]) -> list[dict[str, Any]]:
    """What history keeps: one period for each stretch in which nothing changed."""
    row = course.row
    out: list[dict[str, Any]] = []
    for at in sorted({at for stints in (course.owners, course.classes, course.levels) for at, _ in stints}):
        owner = then(course.owners, at)
        out.append(
            {
                "id": course.id,
                "valid_from": at,
                "customer_class": then(course.classes, at),
                "level": levels[then(course.levels, at)],
                "owner": owner.id,
                "unit": owner.unit,
                "branch": owner.branch,
                "industry": row["industry_id"],
                "origin": row["origin_id"],
            }
        )
    return out


def tell(stage: Stage, course: Course) -> None:
    """The events that the timeline shows."""
    stage.happened(course.since, "customer.created", course.owners[0][1].id, "customer", course.id)
    for (at, new), (_, old), reason in zip(course.classes[1:], course.classes, course.reasons, strict=False):
        stage.happened(at, "customer.classed", then(course.owners, at).id, "customer", course.id, to=new, old=old, reason=reason)
    for at, owner in course.owners[1:]:
        stage.happened(at, "customer.reassigned", owner.lead, "customer", course.id, owner=owner.id)


__all__ = ["Course", "CustomerClass", "Seller", "course", "periods", "tell", "then", "working"]
