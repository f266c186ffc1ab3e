"""When a task that repeats is due again. Reckoned from its first time on the clock of the company: the hour stays when clocks change, the
31st falls on the last day of shorter months and comes back in longer ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from pellucid.kernel.records.days import add_months

DAYS = {"daily": 1, "weekly": 7}
MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}


def following(first: dt.datetime, rule: str, after: dt.datetime, zone: dt.tzinfo, works: Callable[[dt.date], bool]) -> dt.datetime:
    """The first time after a moment; `works` says on which days people work. ValueError for a rule nobody knows."""
    local, since = first.astimezone(zone), after.astimezone(zone).date()
    day, clock = local.date(), local.time()

    def at(found: dt.date) -> dt.datetime:
        return dt.datetime.combine(found, clock, zone).astimezone(dt.UTC)

    if rule == "workdays":
        found = max(day, since)
        while at(found) <= after or not works(found):
            found += dt.timedelta(days=1)
        return at(found)
    if rule in DAYS:
        found = day + dt.timedelta(days=max(0, (since - day).days // DAYS[rule] * DAYS[rule]))
        while at(found) <= after:
            found += dt.timedelta(days=DAYS[rule])
        return at(found)
    if rule not in MONTHS:
        raise ValueError(f"nothing repeats {rule!r}")
    gone = (since.year - day.year) * 12 + since.month - day.month
    n = max(0, gone // MONTHS[rule])
    while at(add_months(day, n * MONTHS[rule])) <= after:
        n += 1
    return at(add_months(day, n * MONTHS[rule]))
