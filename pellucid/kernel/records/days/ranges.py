"""Every day, week, quarter and relative range in figures and filters is reckoned here.

Ranges are half-open, `Days(first, until)`; `None` on a side leaves it open. Moments are aware and in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Asia/Shanghai"
_zone_name: Callable[[], str] = lambda: DEFAULT_ZONE
_fiscal_start: Callable[[], int] = lambda: 1


class Days(NamedTuple):
    """The days from `first` up to, not including, `until`."""

    first: date | None
    until: date | None

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        return (self.first is None or self.first <= day) and (self.until is None or day < self.until)


def read_settings_from(*, zone_name: Callable[[], str] | None = None, fiscal_start: Callable[[], int] | None = None) -> None:
    """Let the company's settings answer for its zone and the first month of its fiscal year."""
    global _zone_name, _fiscal_start
    _zone_name = zone_name or _zone_name
    _fiscal_start = fiscal_start or _fiscal_start


def zone(name: str | None = None) -> ZoneInfo:
    """The named zone, or the company's."""
    return ZoneInfo(name or _zone_name())


def fiscal_start() -> int:
    """The month (1-12) in which the company's fiscal year begins."""
    return _fiscal_start()


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def day_of(moment: datetime, within: tzinfo | None = None) -> date:
    """The company's day on which a moment falls."""
    return moment.astimezone(within or zone()).date()


def today(within: tzinfo | None = None) -> date:
    return day_of(now(), within)


def start_of(day: date, within: tzinfo | None = None) -> datetime:
    """The first moment of a day, in UTC."""
    return datetime.combine(day, time.min, within or zone()).astimezone(UTC)


def end_of(day: date, within: tzinfo | None = None) -> datetime:
    """The first moment after a day, in UTC: the exclusive end."""
    return start_of(day + timedelta(days=1), within)


def moments(days: Days, within: tzinfo | None = None) -> tuple[datetime | None, datetime | None]:
    """The half-open range of moments which a range of days covers."""
    return (
        None if days.first is None else start_of(days.first, within),
        None if days.until is None else start_of(days.until, within),
    )


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))


def one_day(day: date) -> Days:
    return Days(day, day + timedelta(days=1))


def week(day: date) -> Days:
    """The week of a day, from Monday."""
    monday = day - timedelta(days=day.weekday())
    return Days(monday, monday + timedelta(days=7))


def month(day: date) -> Days:
    first = day.replace(day=1)
    return Days(first, add_months(first, 1))


def quarter(day: date) -> Days:
    """The calendar quarter of a day."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return Days(first, add_months(first, 3))


def year(day: date) -> Days:
    """The calendar year of a day."""
    return Days(date(day.year, 1, 1), date(day.year + 1, 1, 1))


def fiscal_year(day: date, start_month: int | None = None) -> Days:
    """The fiscal year of a day; it begins in `start_month`, by default the company's."""
    start_month = start_month or fiscal_start()
    first = date(day.year - (day.month < start_month), start_month, 1)
    return Days(first, add_months(first, 12))


def fiscal_quarter(day: date, start_month: int | None = None) -> Days:
    """The quarter of a day, counted from the beginning of the fiscal year."""
    start_month = start_month or fiscal_start()
    first = add_months(day.replace(day=1), -((day.month - start_month) % 3))
    return Days(first, add_months(first, 3))


_PERIODS: dict[str, Callable[[date], Days]] = {
    "day": one_day,
    "week": week,
    "month": month,
    "quarter": quarter,
    "year": year,
    "fiscal_year": fiscal_year,
    "fiscal_quarter": fiscal_quarter,
}
# The closed list that filters offer; `last_N_days`, `next_N_days` and `over_N_days_ago` are understood for every N.
RANGES: tuple[str, ...] = (
    "today", "yesterday", "tomorrow",
    "this_week", "last_week", "next_week",
    "this_month", "last_month", "next_month",
    "this_quarter", "last_quarter", "next_quarter",
    "this_year", "last_year", "next_year",
    "this_fiscal_quarter", "last_fiscal_quarter", "next_fiscal_quarter",
    "this_fiscal_year", "last_fiscal_year", "next_fiscal_year",
    "last_7_days", "last_30_days", "last_90_days", "next_7_days", "next_30_days",
    "overdue", "future",
)  # fmt: skip
_COUNTED = re.compile(r"(last|next)_([1-9]\d{0,4})_(days|weeks|months)$|over_([1-9]\d{0,4})_days_ago$")
_NAMED = re.compile(r"(this|last|next)_(week|month|quarter|year|fiscal_year|fiscal_quarter)$")


def relative(name: str, on: date | None = None) -> Days | None:
    """The days which a relative range means on a day (today), or None when there is no such range.

    `last_N_days` ends with today; `next_N_days` begins with today; `overdue` is everything before today.
    """
    on = on or today()
    single = {"today": 0, "yesterday": -1, "tomorrow": 1}.get(name)
    if single is not None:
        return one_day(on + timedelta(days=single))
    if name == "overdue":
        return Days(None, on)
    if name == "future":
        return Days(on + timedelta(days=1), None)
    try:
        if found := _NAMED.match(name):
            return _named(found[1], _PERIODS[found[2]], on)
        if found := _COUNTED.match(name):
            return _counted(found, on)
    except (OverflowError, ValueError):
        return None
    return None


def is_range(name: str) -> bool:
    """Whether a filter's value names a relative range."""
    return relative(name, date(2024, 1, 1)) is not None


def _named(which: str, period: Callable[[date], Days], on: date) -> Days:
    this = period(on)
    assert this.first is not None and this.until is not None
    if which == "last":
        return period(this.first - timedelta(days=1))
    return period(this.until) if which == "next" else this


def _counted(found: re.Match[str], on: date) -> Days:
    if found[4]:
        return Days(None, on - timedelta(days=int(found[4])))
    count, tomorrow = int(found[2]), on + timedelta(days=1)
    if found[3] == "months":
        return Days(add_months(tomorrow, -count), tomorrow) if found[1] == "last" else Days(on, add_months(on, count))
    length = timedelta(days=count * (7 if found[3] == "weeks" else 1))
    return Days(tomorrow - length, tomorrow) if found[1] == "last" else Days(on, on + length)


def previous(days: Days) -> Days:
    """The range of the same kind just before: whole months step by months, others by their length (环比)."""
    if days.first is None or days.until is None:
        return days
    if days.first.day == 1 and days.until.day == 1:
        months = (days.until.year - days.first.year) * 12 + days.until.month - days.first.month
        return Days(add_months(days.first, -months), days.first)
    return Days(days.first - (days.until - days.first), days.first)


def year_before(days: Days) -> Days:
    """The same range one year earlier (同比)."""
    return shift(days, -12)


def shift(days: Days, months: int) -> Days:
    """The same part of another period: whole months map to whole months, a part keeps its day numbers, cut at the month's end."""
    first = days.first and add_months(days.first, months)
    if days.until is None:
        return Days(first, None)
    last = days.until - timedelta(days=1)
    if days.until.day == 1 and (days.first is None or days.first.day == 1):
        return Days(first, add_months(days.until, months))
    return Days(first, add_months(last, months) + timedelta(days=1))


def cut(days: Days, day: date) -> Days:
    """The part of a range up to and with a day; nothing of it when the range begins later."""
    until = day + timedelta(days=1)
    if days.until is None or days.until > until:
        return Days(days.first, until if days.first is None or days.first < until else days.first)
    return days
