"""Contracts that never were: what payers do before they go under, in three regimes. Written before the score that is tried on them.

strong: over half a year nobody answers, more is bought on credit, invoices are disputed, and payments, the last to show it, come later. weak: the
same, half as much, in three of four cases. none: they go under from one day to the next. In every regime some payers are always late and sound, and
all are noisy.
"""

from __future__ import annotations

import datetime as dt
import random

from pellucid.orders.warning import Bill, Dealing

BEGIN = dt.date(2023, 1, 1)
DAYS, FADING = 1440, 180  # four years; how long before the end signs may show
STRENGTH = {"strong": 1.0, "weak": 0.55, "none": 0.0}
SHOWS = {"strong": 1.0, "weak": 0.75, "none": 0.0}
GOES_UNDER, HABITUAL = 0.15, 0.12


def day(n: float) -> dt.date:
    return BEGIN + dt.timedelta(days=int(n))


def world(regime: str, seed: int, contracts: int = 2000) -> list[Dealing]:
    """The same regime and seed make the same world."""
    rnd = random.Random(f"{regime} {seed}")
    return [dealing(rnd, STRENGTH[regime], SHOWS[regime]) for _ in range(contracts)]


def dealing(rnd: random.Random, strength: float, shows: float) -> Dealing:
    """One contract over four years, billed monthly or every other month."""
    starts = rnd.uniform(0, 240)
    end = rnd.uniform(starts + 240, DAYS) if rnd.random() < GOES_UNDER else None
    strength = strength if rnd.random() < shows else 0.0
    late = rnd.uniform(15, 35) if rnd.random() < HABITUAL else rnd.uniform(-6, 8)
    step, worth = rnd.choice((30, 30, 61)), rnd.uniform(5, 200)
    made = Dealing(lost=day(end) if end else None, limit=worth * rnd.uniform(2.5, 5) * (2 if late > 12 else 1))

    def fading(n: float) -> float:
        """0 while all is well, up to the strength at the end."""
        return strength * min(1.0, max(0.0, 1 - (end - n) / FADING)) if end and n <= end else 0.0

    n = starts
    while n < (end or DAYS):
        due, worse = n + 30, fading(n + 30)
        pays = due + late + rnd.gauss(0, 7) + (rnd.expovariate(1 / 12) if rnd.random() < 0.08 else 0) + 60 * worse**2
        paid = None if end and pays > end or pays > DAYS else day(max(pays, n + 1))
        disputed = day(due + rnd.uniform(-10, 10)) if rnd.random() < 0.03 + 0.5 * worse else None
        made.bills.append(Bill(day(n), day(due), worth * rnd.uniform(0.8, 1.2) * (1 + worse), paid, disputed))
        n += step
    gap, at = rnd.uniform(12, 40), starts
    while at < (end or DAYS):
        made.contacts.append(day(at))
        at += rnd.expovariate(1 / (gap * (1 + 5 * fading(at))))
    return made
