"""How a calendar is drawn: spans of days, and entries placed into a week, a month, a list, or rows of people."""
from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pellucid.kernel.access import directory
from pellucid.kernel.records import words
from pellucid.kernel.records.spec import Show

MONTH_CELL = 4
DAY_CELL = 5
FIRST_HOUR, LAST_HOUR = 7, 21
LANES = 2


def monday(day: dt.date) -> dt.date:
    """The first day of its week."""
    return day - dt.timedelta(days=day.weekday())


def span(mode: str, day: dt.date) -> tuple[dt.date, dt.date]:
    """(first day, day after the last) of what is shown."""
    if mode == "month":
        first = monday(day.replace(day=1))
        return first, first + dt.timedelta(days=42)
    first = monday(day)
    return first, first + dt.timedelta(days=7)


def step(mode: str, day: dt.date, by: int) -> dt.date:
    """The same page, earlier or later."""
    if mode != "month":
        return day + dt.timedelta(days=7 * by)
    at = day.year * 12 + day.month - 1 + by
    return dt.date(at // 12, at % 12 + 1, 1)


def range_words(mode: str, first: dt.date, day: dt.date, show: Show) -> str:
    """What is shown, in words."""
    if mode == "month":
        return f"{day.year} 年 {day.month} 月" if show.chinese else day.strftime("%B %Y")
    last = first + dt.timedelta(days=6)
    if show.chinese:
        end = f"{last.day} 日" if last.month == first.month else f"{last.month} 月 {last.day} 日"
        return f"{first.year} 年 {first.month} 月 {first.day} – {end}" if last.month == first.month else (
            f"{first.year} 年 {first.month} 月 {first.day} 日 – {end}")
    return f"{first.day} {first.strftime('%b')} – {last.day} {last.strftime('%b %Y')}"


def week(events: list[dict[str, Any]], first: dt.date, today: dt.date, show: Show, here: Any) -> dict[str, Any]:
    """Seven columns; up to two entries of an hour stand side by side, the others behind a link to the list."""
    begin = min([FIRST_HOUR, *(e["at"].hour for e in events if e["time"])])
    until = max([LAST_HOUR, *(e["at"].hour + 1 for e in events)])
    days = []
    for n in range(7):
        day = first + dt.timedelta(days=n)
        hours: dict[int, list[dict[str, Any]]] = {}
        for e in (e for e in events if e["at"].date() == day):
            hours.setdefault(e["at"].hour if e["time"] else begin, []).append(e)
        placed = []
        for hour, found in hours.items():
            full = len(found) > LANES
            lanes = min(len(found), LANES)
            for lane, e in enumerate(found[:LANES - 1 if full else LANES], 1):
                half = 0 if lanes > 1 or e["at"].minute < 30 else 1
                long = 1 if half and hour + 1 in hours else 2  # makes room for what begins with the next hour
                placed.append(e | {"from": (hour - begin) * 2 + half + 1, "long": long, "lane": lane, "lanes": lanes,
                                   "note": f"{e['time']} {e['note']}".strip()})
            if full:
                rest = len(found) - LANES + 1
                placed.append({"label": _("%(n)s more") % {"n": rest}, "note": "", "href": here(day), "tone": "mute", "maybe": False,
                               "from": (hour - begin) * 2 + 1, "long": 2, "lane": LANES, "lanes": LANES})
        days.append({"name": words.weekday(day, show.language), "number": day.day, "date": day.isoformat(), "today": day == today, "weekend": n > 4,
                     "label": day_words(day, show), "events": placed})
    return {"hours": [f"{h:02d}:00" for h in range(begin, until)], "days": days, "wide": any(d["events"] or d["today"] for d in days[5:]),
            "groups": agenda(events, first, show)}


def month(events: list[dict[str, Any]], first: dt.date, day: dt.date, today: dt.date, show: Show, here: Any) -> dict[str, Any]:
    """Six weeks of days with their first entries."""
    days = []
    for n in range(42):
        at = first + dt.timedelta(days=n)
        found = [e | {"label": f"{e['time']} {e['label']}".strip(), "note": ""} for e in events if e["at"].date() == at]
        days.append({"number": at.day, "date": at.isoformat(), "today": at == today, "off": at.month != day.month,
                     "label": day_words(at, show), "href": here(at),
                     "events": found[:MONTH_CELL], "more": _("%(n)s more") % {"n": len(found) - MONTH_CELL} if len(found) > MONTH_CELL else ""})
    return {"names": [words.weekday(first + dt.timedelta(days=n), show.language) for n in range(7)], "days": days}


def agenda(events: list[dict[str, Any]], first: dt.date, show: Show) -> list[dict[str, Any]]:
    """Day by day, only days with something on them."""
    days = [first + dt.timedelta(days=n) for n in range(7)]
    groups = [{"label": day_words(day, show), "events": [e for e in events if e["at"].date() == day]} for day in days]
    return [g for g in groups if g["events"]]


def team(events: list[dict[str, Any]], first: dt.date, today: dt.date, show: Show, here: Any) -> dict[str, Any]:
    """A row for each person with something on, a column for each day."""
    days = [first + dt.timedelta(days=n) for n in range(7)]
    whose: dict[int, list[dict[str, Any]]] = {}
    for e in events:
        whose.setdefault(e["person"], []).append(e)
    rows = []
    for person, found in sorted(whose.items(), key=lambda one: (-len(one[1]), one[0])):
        cells = []
        for day in days:
            on = [e | {"label": f"{e['time']} {e['label']}".strip()} for e in found if e["at"].date() == day]
            more = _("%(n)s more") % {"n": len(on) - DAY_CELL} if len(on) > DAY_CELL else ""
            cells.append({"events": on[:DAY_CELL], "more": more, "href": here(day), "date": day.isoformat(), "today": day == today})
        rows.append({"name": directory.user_name(person), "tint": person, "cells": cells,
                     "count": ngettext("%(n)s entry", "%(n)s entries", len(found)) % {"n": len(found)}})
    heads = [{"name": words.weekday(day, show.language), "number": day.day, "today": day == today} for day in days]
    return {"rows": rows, "days": heads, "groups": agenda(events, first, show)}


def mini(day: dt.date, first: dt.date, end: dt.date, today: dt.date, show: Show, here: Any) -> dict[str, Any]:
    """The small month beside a week."""
    start = monday(day.replace(day=1))
    weeks = []
    for w in range(6):
        days = [start + dt.timedelta(days=w * 7 + n) for n in range(7)]
        weeks.append({"current": days[0] == first, "days": [{"number": d.day, "href": here(d), "off": d.month != day.month, "today": d == today,
                                                            "label": day_words(d, show)} for d in days]})
    names = [words.weekday(start + dt.timedelta(days=n), show.language)[-1:] if show.chinese else
             words.weekday(start + dt.timedelta(days=n), show.language)[:2] for n in range(7)]
    return {"title": range_words("month", first, day, show), "previous": here(step("month", day, -1)), "next": here(step("month", day, 1)),
            "names": names, "weeks": weeks}


def day_words(day: dt.date, show: Show) -> str:
    """A day in full."""
    name = words.weekday(day, show.language)
    return f"{day.month} 月 {day.day} 日 {name}" if show.chinese else f"{name} {day.day} {day.strftime('%B')}"
