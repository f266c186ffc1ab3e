"""Contracts that never were: what payers do before they go under, in three regimes. Written before the score that is tried on them.

strong: over half a year payments come later and later, nobody answers, what is owed grows, invoices are disputed. weak: the same, a third as much,
in two of three cases. none: they go under from one day to the next. In every regime some payers are always late and sound, and all are noisy.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

BEGIN = dt.date(2023, 1, 1)
DAYS, FADING = 1080, 180  # three years; how long before the end signs may show
STRENGTH = {"strong": 1.0, "weak": 0.35, "none": 0.0}
SHOWS = {"strong": 1.0, "weak": 0.67, "none": 0.0}
GOES_UNDER, HABITUAL = 0.12, 0.15


@dataclass
class Bill:
    """Something owed: due, how much, when paid (None: never), when disputed (None: never)."""

    due: dt.date
    amount: float
    paid: dt.date | None
    disputed: dt.date | None = None


@dataclass
class Dealing:
    """One contract: its bills, the days somebody was spoken to, its credit limit, the day it was given up as lost."""

    bills: list[Bill] = field(default_factory=list)
    contacts: list[dt.date] = field(default_factory=list)
    limit: float = 0.0
    lost: dt.date | None = None


def day(n: float) -> dt.date:
    return BEGIN + dt.timedelta(days=int(n))


def world(regime: str, seed: int, contracts: int = 2000) -> list[Dealing]:
    """The same regime and seed make the same world."""
    rnd = random.Random(f"{regime} {seed}")
    return [dealing(rnd, STRENGTH[regime], SHOWS[regime]) for _ in range(contracts)]


def dealing(rnd: random.Random, strength: float, shows: float) -> Dealing:
    """One contract over three years, billed monthly or every other month."""
    starts = rnd.uniform(0, 240)
    end = rnd.uniform(starts + 300, DAYS) if rnd.random() < GOES_UNDER else None
    strength = strength if rnd.random() < shows else 0.0
    late = rnd.uniform(18, 45) if rnd.random() < HABITUAL else rnd.uniform(-6, 8)
    step, worth = rnd.choice((30, 30, 61)), rnd.uniform(5, 200)
    made = Dealing(limit=worth * rnd.uniform(2.5, 5) * (2 if late > 15 else 1), lost=day(end) if end else None)

    def fading(n: float) -> float:
        """0 while all is well, up to the strength at the end."""
        return strength * min(1.0, max(0.0, 1 - (end - n) / FADING)) if end and n <= end else 0.0

    n = starts
    while n < (end or DAYS):
        due, worse = n + 30, fading(n + 30)
        pays = due + late + rnd.gauss(0, 7) + (rnd.expovariate(1 / 25) if rnd.random() < 0.08 else 0) + 55 * worse
        paid = None if end and pays > end or pays > DAYS else day(max(pays, n + 1))
        disputed = day(due + rnd.uniform(-10, 10)) if rnd.random() < 0.03 + 0.35 * worse else None
        made.bills.append(Bill(day(due), worth * rnd.uniform(0.8, 1.2) * (1 + 0.6 * worse), paid, disputed))
        n += step
    gap, at = rnd.uniform(12, 40), starts
    while at < (end or DAYS):
        made.contacts.append(day(at))
        at += rnd.expovariate(1 / (gap * (1 + 3 * fading(at))))
    return made
