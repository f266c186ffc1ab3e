"""Working calendars in the settings: the week, the year with its holidays, the days that differ, the units that go by it."""

from __future__ import annotations

import calendar as months
import datetime as dt
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import calendars, directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import CalendarDay, WorkCalendar
from pellucid.kernel.records import days, words
from pellucid.kernel.records.days import holidays
from pellucid.kernel.records.days.working import Hours, parse_hours
from pellucid.kernel.records.translated import say
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import Page, place

from . import selectors

HERE = "/settings/access/calendars"
SCALE = 4  # minutes per pixel of the bar that shows a day


def page(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """The calendar one looks at, in a year."""
    found = selectors.calendars()
    asked = params.get("at", "")
    now = next((c for c in found if str(c.pk) == asked), found[0])
    this = days.today().year
    year = int(params["year"]) if is_whole(params.get("year", "")) and this - 3 <= int(params["year"]) <= this + 2 else this
    hours = calendars.hours_of(now.pk, str(days.zone()))
    entered = selectors.days_of(now.pk)
    shown = holidays.of_year(now.holidays, year)
    return {
        "calendars": [_entry(c, now) for c in found],
        "now": now,
        "country": str(holidays.COUNTRIES[now.holidays][0]) if now.holidays in holidays.COUNTRIES else "",
        "week": [_weekday(n, text) for n, text in enumerate(now.week)],
        "week_hours": _hours_text(sum(b - a for text in now.week for a, b in parse_hours(text))),
        "unknown": [(name, missing) for pk, name, missing in calendars.unknown_years(days.today()) if pk == now.pk],
        "years": [{"label": str(y), "href": f"{HERE}?at={now.pk}&year={y}", "current": y == year} for y in (this - 1, this, this + 1)],
        "months": [_month(hours, year, n, shown, {d.day: d for d in entered}) for n in range(1, 13)],
        "heads": [_short(n) for n in range(7)],
        "working": sum(bool(hours.spans(day)) for day in _year(year)),
        "entered": [_differs(d) for d in entered if d.day.year >= this - 1],
        "units": [{"id": u, "name": directory.unit_name(u, full=True)} for u in selectors.units_by(now.pk)],
        "may": actor.may("workcalendar", "edit"),
    }  # fmt: skip


def _entry(c: WorkCalendar, now: WorkCalendar) -> dict[str, Any]:
    return {"label": c.name, "href": f"{HERE}?at={c.pk}", "current": c.pk == now.pk, "company": c.is_default,
            "count": len(selectors.units_by(c.pk)) or ""}  # fmt: skip


def _year(year: int) -> list[dt.date]:
    first = dt.date(year, 1, 1)
    return [first + dt.timedelta(days=n) for n in range((dt.date(year + 1, 1, 1) - first).days)]


def _hours_text(minutes: int) -> str:
    return _("%(n)s hours") % {"n": words.number(minutes / 60)}


def _short(n: int) -> str:
    """A weekday in one sign: 一, M."""
    name = _name(dt.date(2024, 1, 1 + n))
    return name[:1] if name.isascii() else name[-1:]


def _name(day: dt.date) -> str:
    return words.weekday(day, translation.get_language() or "zh-hans")


def _weekday(n: int, text: str) -> dict[str, Any]:
    spans = parse_hours(text)
    return {
        "name": _name(dt.date(2024, 1, 1 + n)),
        "hours": text.replace("-", "–"),
        "length": _hours_text(sum(b - a for a, b in spans)) if spans else "",
        "bars": [(a // SCALE, (b - a) // SCALE) for a, b in spans],
    }


def _month(hours: Hours, year: int, month: int, shown: holidays.Year, entered: dict[dt.date, CalendarDay]) -> dict[str, Any]:
    first, length = months.monthrange(year, month)
    cells: list[dict[str, Any]] = [{} for _blank in range(first)]
    for n in range(1, length + 1):
        day = dt.date(year, month, n)
        works, holiday = bool(hours.spans(day)), shown.get(day)
        kind = "entered" if day in entered else "made" if holiday and not holiday.free else "free" if holiday else "" if works else "off"
        name = entered[day].note if day in entered else say(holiday.name) if holiday else ""
        said = " · ".join(filter(None, (name, _("worked") if works else _("free")))) if day in entered or holiday else ""
        cells.append({"n": n, "kind": kind, "title": said, "today": day == days.today()})
    return {"number": month, "cells": cells}


def _differs(d: CalendarDay) -> dict[str, Any]:
    return {"day": d.day.isoformat(), "weekday": _name(d.day), "note": d.note,
            "hours": d.hours.replace("-", "–"), "past": d.day < days.today()}  # fmt: skip


place(Page("settings/access/calendars", t("Working calendars"), "people/calendars.html", page, needs="workcalendar.view"))
