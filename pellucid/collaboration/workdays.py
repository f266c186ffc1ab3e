"""Days on which a unit works, by its calendar."""

from __future__ import annotations

import datetime as dt

from pellucid.kernel.access import calendars

EVENING = 18 * 60  # minutes; the end of a day on which nobody works


def is_working(day: dt.date, unit: int | None = None) -> bool:
    """Whether a unit works on a day; None: the company."""
    return bool(calendars.hours(unit).spans(day))


def after(day: dt.date, n: int, unit: int | None = None) -> dt.date:
    """The n-th working day after a day; for 0 the day itself, or the next one on which the unit works."""
    hours = calendars.hours(unit)
    while n > 0 or not hours.spans(day):
        day += dt.timedelta(days=1)
        n -= bool(hours.spans(day))
    return day


def end(day: dt.date, unit: int | None = None) -> dt.datetime:
    """When a unit's working day ends."""
    hours = calendars.hours(unit)
    spans = hours.spans(day)
    return hours.at(day, spans[-1][1] if spans else EVENING)
