"""What goes with winning: steps, their order and their delays compared between deals that were won and deals that were lost.

Pure: it knows deals as lists of moments. Each comparison is fair in time (a landmark): only deals that were still open when the window of the step
had passed are compared, so that a step cannot look good merely because deals that lived longer had more time for it. Both sides need thirty
deals. Of all comparisons made at once, those are findings that hold after Benjamini and Hochberg's adjustment: on outcomes dealt out by chance at
most one in twenty looks finds anything.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from pellucid.kernel.metrics.intervals import differ, discoveries, wilson

ARM = 30  # deals on each side
WINDOW = 14.0  # days after a stage began in which its steps are done
EARLY = 30.0  # days after the beginning within which an order of two steps is looked at
SOON = 3.0  # days within which something counts as done at once
RATE = 0.05
ACTS = 40  # the most frequent steps are looked at


@dataclass(frozen=True, slots=True)
class Deal:
    """A closed deal: how it ended, how many days it lasted, when it came into each stage and when what was done, in days from its beginning."""

    id: int
    won: bool
    length: float
    entered: dict[str, float]
    acts: list[tuple[str, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Share:
    """One side of a comparison: won deals among its deals, with the interval of that share."""

    won: int
    n: int

    @property
    def rate(self) -> float:
        return self.won / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.won, self.n)


@dataclass(frozen=True, slots=True)
class Finding:
    """Deals that did it beside those that did not. `kind`: did (a step in a stage), soon (a step at once rather than later), order (one step
    before another), pace (a stage passed in less than the usual days)."""

    kind: str
    stage: str
    act: str
    other: str
    days: float
    with_it: Share
    without: Share
    chance: float
    worth: float

    @property
    def key(self) -> str:
        return f"{self.kind}|{self.stage}|{self.act}|{self.other}"


Arms = tuple[str, str, str, str, float, list[Deal], list[Deal]]


def first_times(deal: Deal) -> dict[str, float]:
    """When each step was done first."""
    out: dict[str, float] = {}
    for act, at in deal.acts:
        out[act] = min(at, out.get(act, at))
    return out


def left(deal: Deal, stage: str) -> float:
    """When a deal went on to the next stage, or ended. What is done afterwards belongs there: having come so far soon would speak for it."""
    return min((at for at in deal.entered.values() if at > deal.entered[stage]), default=deal.length)


def within(deal: Deal, since: float, until: float) -> dict[str, float]:
    """When each step was done first in a stretch."""
    out: dict[str, float] = {}
    for act, at in deal.acts:
        if since <= at <= until:
            out[act] = min(at, out.get(act, at))
    return out


def comparisons(deals: Sequence[Deal], stages: Sequence[str]) -> Iterable[Arms]:
    """Every comparison worth making: (kind, stage, step, other step, days, those that did, those that did not)."""
    counts = Counter(act for deal in deals for act in first_times(deal))
    acts = sorted(act for act, n in counts.most_common(ACTS) if n >= ARM)
    for stage in stages:
        alive = [(d, within(d, d.entered[stage], min(d.entered[stage] + WINDOW, left(d, stage)))) for d in deals if stage in d.entered and (
            d.length > d.entered[stage] + WINDOW)]  # fmt: skip
        for act in acts:
            did = [(d, times[act] - d.entered[stage]) for d, times in alive if act in times]
            yield "did", stage, act, "", WINDOW, [d for d, _took in did], [d for d, times in alive if act not in times]
            yield "soon", stage, act, "", SOON, [d for d, took in did if took <= SOON], [d for d, took in did if took > SOON]
    yield from orders(deals, acts)
    yield from paces(deals, stages)


def orders(deals: Sequence[Deal], acts: Sequence[str]) -> Iterable[Arms]:
    """Two steps both done early: which came first."""
    alive = [(d, {a: t for a, t in first_times(d).items() if t <= EARLY}) for d in deals if d.length > EARLY]
    for one, other in combinations(acts, 2):
        both = [(d, times) for d, times in alive if one in times and other in times and times[one] != times[other]]
        yield "order", "", one, other, EARLY, [d for d, t in both if t[one] < t[other]], [d for d, t in both if t[one] > t[other]]


def paces(deals: Sequence[Deal], stages: Sequence[str]) -> Iterable[Arms]:
    """Of those that came to the next stage: quicker than the middle one, or not."""
    for here, there in pairwise(stages):
        passed = [(d, d.entered[there] - d.entered[here]) for d in deals if here in d.entered and there in d.entered and (
            d.entered[there] >= d.entered[here])]  # fmt: skip
        if len(passed) >= 2 * ARM:
            middle = float(max(1, round(statistics.median(took for _d, took in passed))))
            yield "pace", here, "", "", middle, [d for d, took in passed if took <= middle], [d for d, took in passed if took > middle]


def share(deals: Sequence[Deal]) -> Share:
    """Won ones among them."""
    return Share(sum(d.won for d in deals), len(deals))


def mined(deals: Sequence[Deal], stages: Sequence[str], *, rate: float = RATE) -> list[Finding]:
    """What holds, the strongest difference first."""
    tried = []
    for kind, stage, act, other, days, one, two in comparisons(deals, stages):
        if len(one) >= ARM and len(two) >= ARM:
            left, right = share(one), share(two)
            tried.append((kind, stage, act, other, days, left, right, differ(left.won, left.n, right.won, right.n)))
    worth = discoveries([t[-1] for t in tried], rate)
    found = [Finding(*facts, w) for facts, w in zip(tried, worth, strict=True) if w <= rate]
    return sorted(found, key=lambda f: (-abs(f.with_it.rate - f.without.rate), f.key))
