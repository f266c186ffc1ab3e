"""Which days are compared with which, and into which buckets a period falls."""

from __future__ import annotations

import datetime as dt

from pellucid.kernel.records import days as calendar
from pellucid.kernel.records.days import Days

STEPS = {"month": 1, "quarter": 3, "year": 12}
GRAINS = ("day", "week", "month", "quarter", "year")
DAY = dt.timedelta(days=1)
MOST = 1000  # buckets of one answer


def step_of(name: str) -> str:
    """The step of a named range (this_month: month); "" where it has none."""
    last = name.rsplit("_", 1)[-1]
    return last if last in (*STEPS, "week") and name.startswith(("this_", "last_", "next_")) else ""


def previous(window: Days, step: str = "") -> Days:
    """The period before: by the period's own step; a range of one's own by the months it is made of, or the same number of days before."""
    if window.first is None or window.until is None:
        return window
    if step in STEPS:
        return calendar.shift(window, -STEPS[step])
    if not step:
        return calendar.previous(window)
    week = dt.timedelta(days=7)
    return Days(window.first - week, window.until - week)


def year_before(window: Days, step: str = "") -> Days | None:
    """The same days a year earlier. A week is compared with the week of the same number; week 53 may have no twin."""
    if step != "week" or window.first is None or window.until is None:
        return calendar.shift(window, -12)
    year, week, day = window.first.isocalendar()
    try:
        first = dt.date.fromisocalendar(year - 1, week, day)
    except ValueError:
        return None
    return Days(first, first + (window.until - window.first))


def compared(window: Days, names: tuple[str, ...], step: str, asof: dt.date) -> dict[str, Days]:
    """The windows of the named comparisons. A period that is not over is compared up to the same day."""
    window = calendar.cut(window, asof)
    found = {name: previous(window, step) if name == "previous" else year_before(window, step) for name in names}
    return {name: days for name, days in found.items() if days is not None}


def edges(window: Days, grain: str) -> list[dt.date]:
    """The first day of every bucket of a window; the first bucket begins with the window. Quarters and years are fiscal."""
    assert window.first is not None and window.until is not None
    out: list[dt.date] = []
    day = window.first
    while day < window.until and len(out) <= MOST:
        out.append(day)
        day = following(day, grain)
    return out


def following(day: dt.date, grain: str) -> dt.date:
    """The first day of the next bucket."""
    if grain == "day":
        return day + DAY
    if grain == "week":
        return day + dt.timedelta(days=7 - day.weekday())
    months = STEPS[grain]
    return calendar.add_months(day.replace(day=1), months - (day.month - calendar.fiscal_start()) % months)
