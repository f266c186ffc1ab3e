"""Which way to read a list: pure arithmetic over statistics.

Times are microseconds of the database; the constants come from `python -m bench lists` and matter as ratios only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, exp

# Plans of one part of a scope. All are exact; they differ in cost.
ONE = "one"  # the unit's own index
LATERAL = "lateral"  # a fair share of every unit gives a bound, then only what beats the bound
WALK = "walk"  # the global index in order, testing rows, up to a bound; `sort` when the bound was too low
SORT = "sort"  # collect what matches, then sort

# Ways to collect rows of many units, in no order.
UNITS = "units"  # by the unit index, all units at once; PostgreSQL may intersect it with a filter's index
TEST = "test"  # by a filter's index or the whole table, the unit of every row tested
EACH = "each"  # unit after unit, so that reading can stop early
FENCE = "fence"  # (own) by the owner's index alone: PostgreSQL thinks too well of the filter's index


@dataclass(frozen=True, slots=True)
class Costs:
    start: float = 120.0
    descent: float = 3.6  # going down an index once
    only: float = 0.16  # a row from the index alone
    row: float = 0.5  # a row with its heap page
    walk_only: float = 0.20  # a row of the global index, unit tested in the index
    walk_row: float = 0.90  # the same with its heap page
    root: float = 1.2  # looking at the root of a child
    entry: float = 0.05  # an index entry put into a bitmap
    page: float = 1.2  # a heap page opened for a bitmap
    scan: float = 0.2  # a row of a sequential scan
    sort: float = 0.12  # a row sorted


COSTS = Costs()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known before reading: rows alive, rows per unit of the scope, what the filter leaves."""

    total: float
    sizes: tuple[float, ...]
    n: int
    selectivity: float = 1.0
    by_index: float | None = None  # share of rows that an index on a filter would find; None without such an index
    filtered: bool = False
    whole: bool = False  # the scope is everything
    through_root: bool = False
    pages: float = 1.0
    span: float = 1.0  # share of the sort's order within which the matches lie: filters on the sort's own column

    @property
    def rows(self) -> float:
        return self.total if self.whole else min(sum(max(size, 1.0) for size in self.sizes), self.total)


def estimate(facts: Facts, costs: Costs = COSTS) -> dict[str, float]:
    """Expected cost of every plan that can answer."""
    total, n = max(facts.total, 1.0), facts.n
    rows = max(facts.rows, 1.0)
    sel = max(facts.selectivity, 1e-9)
    dense = min(sel / max(facts.span, 1e-9), 1.0)  # share of the matches where reading in order takes place
    sizes = [max(size, 1.0) for size in facts.sizes]
    matches = rows * sel
    per = costs.row if facts.filtered else costs.only
    root = costs.root if facts.through_root else 0.0
    plans: dict[str, float] = {}
    if not facts.whole and not facts.through_root:
        k = len(sizes)
        if k == 1:
            plans[ONE] = costs.start + costs.descent + per * min(n / dense, rows * facts.span)
        else:
            fair = sum(min((1.2 * n * size / rows + 1) / dense, size * facts.span) for size in sizes)
            second = min(1.6 * n / dense, rows * facts.span) if matches > n else rows * facts.span
            sorted_rows = 2 * min(3 * n, matches)
            plans[LATERAL] = 1.5 * costs.start + 2.2 * k * costs.descent + per * (fair + second) + costs.sort * sorted_rows
    plans[WALK] = costs.start + stride(facts, costs) * min(n * total / (rows * dense), total * facts.span)
    collected = collect(facts, None, costs)
    plans[SORT] = costs.start + min(collected[UNITS], collected[TEST]) + costs.sort * matches + root * matches
    return plans


def stride(facts: Facts, costs: Costs = COSTS) -> float:
    """Expected cost of a step along the global index."""
    step = costs.walk_row if facts.filtered or facts.through_root else costs.walk_only
    return step + costs.root if facts.through_root else step


def collect(facts: Facts, limit: int | None, costs: Costs = COSTS) -> dict[str, float]:
    """Expected cost of every way to collect what matches, or `limit` rows of it."""

    def heap(rows: float) -> float:
        """Fetching rows by bitmap: the pages they lie on, each once."""
        pages = max(facts.pages, 1.0)
        return costs.page * pages * (1 - exp(-rows / pages)) + costs.entry * rows

    total, rows, sel = max(facts.total, 1.0), max(facts.rows, 1.0), max(facts.selectivity, 1e-9)
    matches = rows * sel
    part = 1.0 if limit is None else min(limit / matches, 1.0)
    tests = [costs.scan * total * part]
    units = [costs.entry * rows + heap(rows * part)]
    if facts.by_index is not None:
        found = facts.by_index * total
        tests.append(costs.entry * found + heap(found * part))
        units.append(costs.entry * (rows + found) + heap(rows * facts.by_index * part))
    # Out of heap order every row is a page.
    each = len(facts.sizes) * costs.descent + rows * part * (costs.page if facts.filtered else costs.only)
    return {UNITS: min(units), TEST: min(tests), EACH: each}


def choose(facts: Facts, costs: Costs = COSTS) -> str:
    plans = estimate(facts, costs)
    return min(plans, key=plans.__getitem__)


def walk_bound(facts: Facts, costs: Costs = COSTS, slack: float = 3.0) -> int:
    """How many index rows a walk may read: well over the expectation, or for as much as sorting would cost, which comes when the bound was
    too low: so where filter and order are correlated it takes at most twice that. A power of two, so that few texts exist."""
    plans = estimate(facts, costs)
    expected = slack * (plans[WALK] - costs.start) / stride(facts, costs) + 500
    affordable = plans[SORT] / stride(facts, costs)
    return 1 << max(10, ceil(min(max(expected, affordable), facts.total + 1000)).bit_length())


def fair_shares(sizes: Iterable[float], n: int) -> list[int]:
    """How many rows each unit gives in the first round of LATERAL."""
    known = [max(size, 1.0) for size in sizes]
    total = sum(known)
    return [min(n, ceil(1.2 * n * size / total) + 1) for size in known]
