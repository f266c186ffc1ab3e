"""How likely a customer is to stop paying, learnt from what those did before that stopped, and only claimed where that foretells anything.

Each signal is cut into bands; a band weighs by how much more often those in it stopped paying. The last third of what is known is kept apart: if the
score does not find those of it that stopped, nothing is claimed.
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

HORIZON = 150  # days that are looked ahead
RECENT, ENOUGH = 3, 3  # bills that are recent; earlier ones that make a habit
CUTS: dict[str, tuple[float, ...]] = {  # where the bands of a signal begin
    "drift": (2, 5, 9, 14, 20, 30),
    "overdue": (1, 10, 20, 35),
    "silence": (0.7, 1.2, 1.8, 2.5, 3.5, 5),
    "use": (0.3, 0.6, 0.9, 1.2),
    "disputes": (1, 2),
    "habit": (0, 5, 15, 30),
}
SMOOTH = 8.0  # stopped payers of average luck added to every band
TOP = 0.1  # the part of all in which those that stopped are looked for
SURE, WORTH, LEAST = 3.0, 1.5, 12  # standard errors, times the average, and stopped payers in the part kept apart, before anything is claimed
DAY = dt.timedelta(days=1)


@dataclass(slots=True)
class Bill:
    """Something owed: since when, due, how much, when paid and disputed (None: never)."""

    billed: dt.date
    due: dt.date
    amount: float
    paid: dt.date | None
    disputed: dt.date | None = None

    def late(self, on: dt.date) -> int | None:
        """Days late as known on a day; None while it is not due."""
        if self.paid is not None and self.paid <= on:
            return (self.paid - self.due).days
        return (on - self.due).days if self.due < on else None


@dataclass(slots=True)
class Dealing:
    """What is known of one debtor: bills, the days somebody was spoken to, the credit limit, the day it stopped paying."""

    bills: list[Bill] = field(default_factory=list)
    contacts: list[dt.date] = field(default_factory=list)
    limit: float = 0.0
    lost: dt.date | None = None


Signals = Mapping[str, float]


def signals(one: Dealing, on: dt.date) -> dict[str, float]:
    """What can be seen at the end of a day, from nothing later; a signal that cannot be told is left out."""
    known = sorted((b for b in one.bills if b.billed <= on), key=lambda b: b.due)
    late = [days for b in known if (days := b.late(on)) is not None]
    unpaid = [b for b in known if b.paid is None or b.paid > on]
    out: dict[str, float] = {"disputes": sum(1 for b in known if b.disputed and on - 120 * DAY < b.disputed <= on)}
    oldest = max((days for b in unpaid if (days := b.late(on)) is not None), default=0)
    out["overdue"] = oldest
    if len(late) >= RECENT + ENOUGH:
        usual = median(late[:-RECENT])
        out["habit"], out["drift"] = usual, (3 * late[-1] + 2 * late[-2] + late[-3]) / 6 - usual
        out["overdue"] = max(0.0, oldest - max(0.0, usual))
    met = sorted(c for c in one.contacts if c <= on)
    if len(met) > ENOUGH:
        out["silence"] = (on - met[-1]).days / max(7, median((b - a).days for a, b in pairwise(met)))
    if one.limit:
        out["use"] = sum(b.amount for b in unpaid) / one.limit
    return out


def band(signal: str, value: float) -> int:
    """The band a value falls into."""
    return bisect_right(CUTS[signal], value)


@dataclass(frozen=True, slots=True)
class Reason:
    """What one signal adds to a score: its value then, its points."""

    signal: str
    value: float
    points: float


@dataclass(frozen=True, slots=True)
class Card:
    """What was learnt: the weight of each band, how often those from a score on stopped, whether it may be claimed at all."""

    weights: Mapping[str, tuple[float, ...]]
    rate: float  # of all
    steps: tuple[tuple[float, float], ...]  # (score, share of those from it up to the next that stopped), rising
    lift: float  # in the part kept apart: how much more often the top tenth stopped than all
    claims: bool

    def score(self, seen: Signals) -> float:
        """The sum of the weights."""
        return sum(r.points for r in self.reasons(seen))

    def reasons(self, seen: Signals) -> list[Reason]:
        """Every signal with what it adds, the weightiest first."""
        found = [Reason(name, value, self.weights[name][band(name, value)]) for name, value in seen.items() if name in self.weights]
        return sorted(found, key=lambda r: -r.points)

    def chance(self, score: float) -> float:
        """How many of those with such a score stopped paying."""
        at = bisect_right([s for s, _share in self.steps], score) - 1
        return self.steps[max(at, 0)][1] if self.steps else self.rate


Seen = tuple[Signals, bool]


def weigh(seen: Sequence[Seen]) -> tuple[dict[str, tuple[float, ...]], float]:
    """The weight of every band: the logarithm of how much more often those in it stopped than all did."""
    bad = sum(1 for _s, stopped in seen if stopped)
    rate = bad / len(seen) if seen else 0.0
    weights: dict[str, tuple[float, ...]] = {}
    for name, cuts in CUTS.items():
        counts = [[0, 0] for _ in range(len(cuts) + 1)]
        for found, stopped in seen:
            if name in found:
                counts[band(name, found[name])][stopped] += 1
        total = [sum(c[n] for c in counts) for n in (0, 1)]
        if not total[1] or not total[0]:
            continue
        share = total[1] / (total[0] + total[1])
        odds = total[1] / total[0]
        weights[name] = tuple(math.log((b + SMOOTH * share) / (g + SMOOTH * (1 - share)) / odds) for g, b in counts)
    return weights, rate


def learn(first: Sequence[Seen], apart: Sequence[tuple[Signals, bool, int]]) -> Card:
    """Weights from the first, whether they hold from what was kept apart: (signals, stopped, whose), each stopped payer counted once there."""
    weights, rate = weigh(first)
    card = Card(weights, rate, (), 0.0, claims=False)
    ranked = sorted((card.score(s) for s, _stopped, _who in apart), reverse=True)
    last = {who: card.score(s) for s, stopped, who in apart if stopped}  # those of one debtor come in order of time: the last look counts
    hits = sum(at_top(ranked, score) for score in last.values())
    n = len(last)
    lift = hits / n / TOP if n else 0.0
    sure = n >= LEAST and (hits / n - TOP) / math.sqrt(TOP * (1 - TOP) / n) >= SURE
    everything = [(card.score(s), stopped) for s, stopped in [*first, *((s, b) for s, b, _w in apart)]]
    return Card(weights, rate, steps(everything), lift, claims=sure and lift >= WORTH)


def at_top(ranked: Sequence[float], score: float) -> float:
    """1 for a score in the top part of all (falling), 0 below it; scores that are alike share the places there are."""
    places = max(1, round(TOP * len(ranked)))
    least = ranked[places - 1]
    if score != least:
        return float(score > least)
    return (places - bisect_left(ranked, -score, key=lambda s: -s)) / ranked.count(score)


def steps(scored: Iterable[tuple[float, bool]]) -> tuple[tuple[float, float], ...]:
    """Twenty classes of scores of equal size, the last two cut finer, each with the share that stopped; a higher class never has a lower share."""
    ranked = sorted(scored)
    if not ranked:
        return ()
    n = len(ranked)
    wanted = {round(n * q) for q in (*(k / 20 for k in range(20)), 0.97, 0.98, 0.99)} & set(range(n))
    edges = sorted({bisect_left(ranked, ranked[at][0], key=lambda pair: pair[0]) for at in wanted})  # scores that are alike stay together
    out: list[tuple[float, float]] = []
    least = 0.0
    for start, stop in zip(edges, [*edges[1:], n], strict=True):
        share = sum(1 for _s, bad in ranked[start:stop] if bad) / (stop - start)
        least = max(least, share)
        out.append((ranked[start][0], least))
    return tuple(out)


def looks(one: Dealing, first: dt.date, last: dt.date, step: int = 30) -> Iterable[tuple[dt.date, Signals, bool]]:
    """A debtor looked at every so many days while it pays, with whether it stopped within the horizon."""
    day = max(first, min((b.billed for b in one.bills), default=last))
    while day <= last and (one.lost is None or day < one.lost):
        yield day, signals(one, day), one.lost is not None and one.lost <= day + HORIZON * DAY
        day += step * DAY


def learnt(dealings: Sequence[Dealing], until: dt.date) -> Card:
    """What is known by a day: looks whose horizon has passed by then, the last third of that time kept apart."""
    begins = min((b.billed for one in dealings for b in one.bills), default=until)
    last = until - HORIZON * DAY
    border = begins + (last - begins) * 2 / 3
    first = [(s, stopped) for one in dealings for _d, s, stopped in looks(one, begins, border - HORIZON * DAY)]
    apart = [(s, stopped, n) for n, one in enumerate(dealings) for _d, s, stopped in looks(one, border, last)]
    return learn(first, apart)
