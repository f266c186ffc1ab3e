"""What customers are worth: points for indicators weighed into a score, how much of the business a few of them carry, what the best have in common.
Pure: it knows customers as numbers."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

HUNDRED = Decimal(100)
MUCH = Decimal("0.8")  # of everything, carried by the golden ones
STRIKING, FEW = 150, 10  # index from which a trait is named, customers it takes
PEERS = 5  # fewer are not ranked among themselves
Points = tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One number of a model: its weight, how it becomes 0 to 100 points, whether less is better; from where on it caps the score."""

    key: str
    weight: Decimal
    rule: str  # band: the limit reached; line: between two limits; rank: among all, or its peers; each: by the value itself
    points: Points = ()
    low_is_good: bool = False
    other: Decimal | None = None  # points of values that are not named
    gate: Decimal | None = None
    cap: Decimal | None = None

    def caps(self, value: Decimal | None) -> Decimal | None:
        """How good the score is at most, with this value; None where it is not held back."""
        if value is None or self.gate is None or self.cap is None:
            return None
        return self.cap if (value > self.gate if self.low_is_good else value < self.gate) else None


@dataclass(frozen=True, slots=True)
class Step:
    """What one indicator adds: its value and the points for it; None where it is not known."""

    key: str
    value: Decimal | None
    points: Decimal | None
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Scored:
    """A customer with its score, its rank (1 + how many are better) and how the score came about."""

    id: int
    score: Decimal
    rank: int
    steps: tuple[Step, ...]


def points_of(one: Indicator, value: Decimal, everybody: Sequence[Decimal]) -> Decimal | None:
    """0 to 100 for a value; `everybody` are the known values in rising order, of its peers. None for a value nobody gave points to."""
    if one.rule == "each":
        return dict(one.points).get(value, one.other)
    if one.rule == "rank":
        worse = len(everybody) - bisect_left(everybody, value) if one.low_is_good else bisect_right(everybody, value)
        return HUNDRED * worse / len(everybody)
    limits = [limit for limit, _points in one.points]
    at = bisect_right(limits, value) - 1
    if at < 0:
        found = one.points[0][1] if one.rule == "line" else Decimal(0)
    elif one.rule == "band" or at == len(limits) - 1:
        found = one.points[at][1]
    else:
        (x0, y0), (x1, y1) = one.points[at], one.points[at + 1]
        found = y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    return HUNDRED - found if one.low_is_good else found


Values = Mapping[str, Mapping[int, Decimal | None]]


def among(values: Mapping[int, Decimal | None], customers: Collection[int], peers: Mapping[int, Any] | None) -> dict[Any, list[Decimal]]:
    """The known values in rising order of each group of peers that is large enough, and under None those of all."""
    groups: dict[Any, list[Decimal]] = {None: []}
    for c in customers:
        if (v := values.get(c)) is not None:
            groups[None].append(v)
            if peers is not None and peers.get(c) is not None:
                groups.setdefault(peers[c], []).append(v)
    return {key: sorted(found) for key, found in groups.items() if key is None or len(found) >= PEERS}


def scored(indicators: Sequence[Indicator], values: Values, customers: Collection[int],
           peers: Mapping[str, Mapping[int, Any]] | None = None) -> list[Scored]:  # fmt: skip
    """Every customer, the best first. What is not known leaves its weight to the others. `peers`: indicator -> customer -> its group."""
    whose = peers or {}
    everybody = {i.key: among(values[i.key], customers, whose.get(i.key)) for i in indicators}
    found: list[tuple[Decimal, int, tuple[Step, ...]]] = []
    for customer in customers:
        steps, capped = [], []
        for i in indicators:
            value, groups = values[i.key].get(customer), everybody[i.key]
            group = groups.get(whose.get(i.key, {}).get(customer), groups[None])
            steps.append(Step(i.key, value, None if value is None else points_of(i, value, group), i.weight))
            if (cap := i.caps(value)) is not None:
                capped.append(cap)
        weight = sum((s.weight for s in steps if s.points is not None), start=Decimal(0))
        total = sum((s.points * s.weight for s in steps if s.points is not None), start=Decimal(0))
        score = (total / weight).quantize(Decimal("0.01")) if weight else Decimal(0)
        found.append((min([score, *capped]), customer, tuple(steps)))
    found.sort(key=lambda x: (-x[0], x[1]))
    out: list[Scored] = []
    rank = 0
    for n, (score, customer, steps_) in enumerate(found, 1):
        rank = rank if out and out[-1].score == score else n
        out.append(Scored(customer, score, rank, steps_))
    return out


def grade_of(score: Decimal, limits: Sequence[Decimal]) -> str:
    """A, B or C from its limit on, else D."""
    return next((grade for grade, limit in zip("ABC", limits, strict=False) if score >= limit), "D")


@dataclass(frozen=True, slots=True)
class Concentration:
    """How much of the business a few customers carry."""

    n: int
    golden: tuple[int, ...]  # the fewest that together reach 80 %, the largest first
    total: Decimal  # of those above zero
    top_fifth: Decimal | None  # share of the largest fifth of all
    gini: Decimal | None

    @property
    def share(self) -> Decimal | None:
        """The share of customers it takes for 80 %."""
        return Decimal(len(self.golden)) / self.n if self.n else None


def concentration(values: Mapping[int, Decimal]) -> Concentration:
    """Of all customers with a figure. Those at or below zero count, but carry nothing."""
    ranked = sorted(((v, c) for c, v in values.items() if v > 0), key=lambda x: (-x[0], x[1]))
    total, n = sum((v for v, _c in ranked), start=Decimal(0)), len(values)
    golden: list[int] = []
    run = Decimal(0)
    for v, c in ranked:
        if run >= MUCH * total:
            break
        run += v
        golden.append(c)
    if not total:
        return Concentration(n, (), total, None, None)
    top = sum((v for v, _c in ranked[: math.ceil(Decimal(n) / 5)]), start=Decimal(0)) / total
    rising = [Decimal(0)] * (n - len(ranked)) + [v for v, _c in reversed(ranked)]
    gini = 2 * sum((k * v for k, v in enumerate(rising, 1)), start=Decimal(0)) / (n * total) - Decimal(n + 1) / n
    return Concentration(n, tuple(golden), total, top, gini)


@dataclass(frozen=True, slots=True)
class Trait:
    """A value of a dimension: how many of the best have it, its share among them and among all, one in per cent of the other."""

    dim: str
    value: Any
    best: int
    share: Decimal
    overall: Decimal

    @property
    def index(self) -> int:
        """100: as often as among all."""
        return round(HUNDRED * self.share / self.overall)

    @property
    def striking(self) -> bool:
        """Whether it is much more frequent among the best, and not by a handful."""
        return self.index >= STRIKING and self.best >= FEW


def traits(best: Collection[int], everybody: Collection[int], dims: Mapping[str, Mapping[int, Any]]) -> list[Trait]:
    """What the best are made of beside all, the most frequent of each dimension first."""
    out = []
    for dim, of in dims.items():
        among = Counter(of.get(c) for c in best)
        overall = Counter(of.get(c) for c in everybody)
        out += [Trait(dim, value, k, Decimal(k) / len(best), Decimal(overall[value]) / len(everybody)) for value, k in among.most_common()]
    return out
