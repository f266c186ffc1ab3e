"""Which hours hold where: the calendar of a unit, of the nearest unit above it that has one, or the company's."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from pellucid.kernel.records import days
from pellucid.kernel.records.days import holidays
from pellucid.kernel.records.days.working import Hours, Spans, parse_hours
from pellucid.kernel.records.versions import versioned

from . import directory
from .models import CalendarDay, Unit, WorkCalendar
from .rights import tree

WEEK = ("09:00-12:00 13:00-18:00",) * 5 + ("", "")  # of a company that has set nothing yet


@versioned("access")
def _own() -> tuple[int | None, dict[int, int], dict[int, str]]:
    """The company's calendar, units with a calendar of their own, units with a zone of their own."""
    default = WorkCalendar.objects.filter(is_default=True).values_list("pk", flat=True).first()
    rows = list(Unit.objects.values_list("pk", "calendar_id", "time_zone"))
    return default, {u: c for u, c, _z in rows if c}, {u: z for u, _c, z in rows if z}


@versioned("access", "settings")
def hours_of(calendar: int | None, zone: str) -> Hours:
    """The hours of a calendar in a zone: its week, the public holidays of its country, and over both the days somebody entered."""
    found = WorkCalendar.objects.filter(pk=calendar).first() if calendar else None
    week = tuple(parse_hours(text) for text in (found.week if found else WEEK))
    differ: dict[dt.date, Spans] = {}
    worked = next(spans for spans in week if spans)  # a make-up day is worked as the first working day of the week
    for year in holidays.years(found.holidays if found else "cn").values():
        differ |= {day: () if holiday.free else week[day.weekday()] or worked for day, holiday in year.items()}
    if found:
        differ |= {day: parse_hours(text) for day, text in CalendarDay.objects.filter(calendar=found).values_list("day", "hours")}
    return Hours(week, differ, ZoneInfo(zone))


def calendar_of(unit: int | None) -> int | None:
    """The calendar that holds for a unit: its own, else that of the nearest unit above, else the company's."""
    default, own, _zones = _own()
    line = (unit, *tree().ancestors(unit)) if unit is not None else ()
    return next((own[u] for u in line if u in own), default)


def hours(unit: int | None) -> Hours:
    """When a unit works, in its own zone or the nearest one above that has its own; None: the company."""
    _default, _own_calendars, zones = _own()
    line = (unit, *tree().ancestors(unit)) if unit is not None else ()
    return hours_of(calendar_of(unit), next((zones[u] for u in line if u in zones), "") or str(days.zone()))


def due(unit: int | None, since: dt.datetime, minutes: int) -> dt.datetime:
    """When so many working minutes of a unit will have passed: computed and stored when a clock starts."""
    return hours(unit).add(since, minutes)


def minutes(unit: int | None, since: dt.datetime, until: dt.datetime) -> int:
    """How many working minutes of a unit lie between two moments."""
    return hours(unit).between(since, until)


def hours_of_user(user: int | None) -> Hours:
    """When somebody works: as his unit does."""
    return hours(directory.home_of(user))


@versioned("access")
def unknown_years(today: dt.date) -> tuple[tuple[int, str, int], ...]:
    """(calendar, its name, year) for calendars in use whose next year has no public holidays yet, neither published nor entered."""
    wanted = today.year + 1
    entered = set(CalendarDay.objects.filter(day__year=wanted).values_list("calendar_id", flat=True))
    rows = WorkCalendar.objects.exclude(holidays="").order_by("-is_default", "name").values_list("pk", "name", "holidays")
    return tuple((pk, name, wanted) for pk, name, country in rows if pk not in entered and not holidays.of_year(country, wanted))
