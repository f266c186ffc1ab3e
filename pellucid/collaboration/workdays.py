"""Days on which a unit works, by its calendar."""

from __future__ import annotations

import datetime as dt

from pellucid.kernel.access import calendars

EVENING = 18 * 60  # minutes; the end of a day on which nobody works


def is_working(day: dt.date, unit: int | None = None) -> bool:
    """Whether a unit works on a day; None: the company."""
    return bool(calendars.hours(unit).spans(day))


def after(day: dt.date, n: int, unit: int | None = None) -> dt.date:
    """The n-th working day after a day, or before it where n is below zero; for 0 the day itself, or the next one on which the unit works."""
    hours = calendars.hours(unit)
    while n < 0:
        day -= dt.timedelta(days=1)
        n += bool(hours.spans(day))
    while n > 0 or not hours.spans(day):
        day += dt.timedelta(days=1)
        n -= bool(hours.spans(day))
    return day


def end(day: dt.date, unit: int | None = None) -> dt.datetime:
    """When a unit's working day ends."""
    hours = calendars.hours(unit)
    spans = hours.spans(day)
    return hours.at(day, spans[-1][1] if spans else EVENING)


def between(first: dt.date, last: dt.date, unit: int | None = None) -> int:
    """How many working days come after the first day, up to the last; 0 when that is not later."""
    hours = calendars.hours(unit)
    return sum(bool(hours.spans(first + dt.timedelta(days=n))) for n in range(1, (last - first).days + 1))
