"""The calendar of a resource: its records by their moment, a week or a month of the reader's own days."""
from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Missing
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.fields import readable
from pellucid.kernel.resources.lists import conditions as on
from pellucid.kernel.resources.lists.run import rows
from pellucid.kernel.resources.query import ALIAS, Column, listing

from .. import answers, filters
from ..finding import resource_at
from ..opened import Opened, open_list
from ..shell import label_of
from .lists import asked

MODES = ("week", "month", "agenda")
MOST = 600
MONTH_CELL = 4
FIRST_HOUR, LAST_HOUR = 7, 21
LANES = 3


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


@require_safe
def calendar(request: Any, path: str) -> HttpResponse:
    """A week, a month, or a list by days."""
    resource, actor, show = resource_at(path, request.actor), request.actor, request.show
    spec = readable(resource.key(), actor).get(resource.calendar.start) if resource.calendar else None
    if resource.calendar is None or spec is None:
        raise Missing("")
    opened = open_list(resource, actor, show, asked(request))
    mode = request.GET.get("mode") if request.GET.get("mode") in MODES else "week"
    try:
        day = dt.date.fromisoformat(request.GET.get("on", "")[:10])
    except ValueError:
        day = show.now.astimezone(show.zone).date()
    day = min(max(day, dt.date(1990, 1, 1)), dt.date(2099, 1, 1))
    first, end = span(mode, day)
    events = events_of(opened, spec, first, end)
    state = opened.params

    def here(mode_: str, day_: dt.date) -> str:
        tail = state.url()[1:]
        return f"/{path}/calendar?mode={mode_}&on={day_.isoformat()}" + (f"&{tail}" if tail else "")

    today = show.now.astimezone(show.zone).date()
    labels = {"week": _("Week"), "month": _("Month"), "agenda": _("List")}
    chips = [{"label": f"{c['label']}: {c['value']}" if c["label"] else c["value"], "count": "", "href": c["remove"], "current": True}
             for c in filters.chips(resource, state, show, actor)]
    cal: dict[str, Any] = {
        "title": label_of(resource), "range": range_words(mode, first, day, show), "mode": mode, "now": here(mode, today),
        "note": _("week %(n)s") % {"n": day.isocalendar().week} if mode == "week" else "",
        "previous": here(mode, step(mode, day, -1)), "next": here(mode, step(mode, day, 1)),
        "modes": [{"label": labels[m], "href": here(m, day), "current": m == mode} for m in MODES], "chips": chips,
        "buttons": [{"label": _("Table"), "icon": "table", "href": opened.path + state.url()}],
        "mini": mini(day, first, end, today, show, lambda d: here("week", d)) if mode == "week" else None, "cards": [],
    }
    if mode == "week":
        cal |= week(events, first, today, show, lambda d: here("agenda", d))
    elif mode == "month":
        cal |= month(events, first, day, today, show, lambda d: here("agenda", d))
    else:
        cal["groups"] = agenda(events, first, show)
    return answers.page(request, "calendar.html", {"cal": cal, "title": cal["title"]})


def events_of(opened: Opened, spec: Any, first: dt.date, end: dt.date) -> list[dict[str, Any]]:
    """The records of these days as entries, in order."""
    resource, show = opened.resource, opened.show
    low, high = (dt.datetime.combine(d, dt.time(0), show.zone) for d in (first, end))
    bounds = (low, high) if spec.kind.key == "datetime" else (first, end)
    text = resource.calendar.text or resource.title  # type: ignore[union-attr]
    names = [n for n in (spec.name, text, "owner") if n in readable(opened.key, opened.actor)]
    params = replace(opened.params, page=1, after="", before="", columns=())
    found = listing(resource, opened.actor, params, show, names, also=[on.between(ALIAS, spec.column, *bounds, indexed=True)])
    columns: dict[str, Column] = {c.spec.name: c for c in found.columns}
    out = []
    for row in rows(connection, replace(found.query, limit=MOST)):
        at = columns[spec.name].pick(row)
        if at is None:
            continue
        moment = at.astimezone(show.zone) if isinstance(at, dt.datetime) else dt.datetime.combine(at, dt.time(0), show.zone)

        def said(name: str, row: Any = row) -> str:
            column = columns.get(name)
            value = column.pick(row) if column else None
            value = value[0] if column and column.spec.companion and isinstance(value, tuple) else value
            return column.spec.kind.words(column.spec, value, show)[:80] if column and value is not None else ""

        title, what = said(resource.title), said(text)
        out.append({"at": moment, "label": what or title, "note": title if what and text != resource.title else said("owner"),
                    "href": f"/{resource.path}/{row[0]}", "tone": "bad" if moment < show.now else "", "time": moment.strftime("%H:%M")})
    return sorted(out, key=lambda e: e["at"])


def week(events: list[dict[str, Any]], first: dt.date, today: dt.date, show: Show, here: Any) -> dict[str, Any]:
    """Seven columns; up to three entries of an hour stand side by side, the others behind a link to the list."""
    begin = min([FIRST_HOUR, *(e["at"].hour for e in events if e["at"].hour)])
    until = max([LAST_HOUR, *(e["at"].hour + 1 for e in events)])
    days = []
    for n in range(7):
        day = first + dt.timedelta(days=n)
        hours: dict[int, list[dict[str, Any]]] = {}
        for e in (e for e in events if e["at"].date() == day):
            hours.setdefault(e["at"].hour, []).append(e)
        placed = []
        for hour, found in hours.items():
            full = len(found) > LANES
            for lane, e in enumerate(found[:LANES - 1 if full else LANES], 1):
                half = 0 if len(found) > 1 or e["at"].minute < 30 else 1
                placed.append(e | {"from": (hour - begin) * 2 + half + 1, "long": 2, "lane": lane, "note": f"{e['time']} {e['note']}"})
            if full:
                rest = len(found) - LANES + 1
                placed.append({"label": _("%(n)s more") % {"n": rest}, "note": "", "href": here(day), "tone": "mute", "maybe": False,
                               "from": (hour - begin) * 2 + 1, "long": 2, "lane": LANES})
        days.append({"name": words.weekday(day, show.language), "number": day.day, "today": day == today, "weekend": n > 4,
                     "label": day_words(day, show), "events": placed})
    return {"hours": [f"{h:02d}:00" for h in range(begin, until)], "days": days}


def month(events: list[dict[str, Any]], first: dt.date, day: dt.date, today: dt.date, show: Show, here: Any) -> dict[str, Any]:
    """Six weeks of days with their first entries."""
    days = []
    for n in range(42):
        at = first + dt.timedelta(days=n)
        found = [e | {"label": f"{e['time']} {e['label']}", "note": ""} for e in events if e["at"].date() == at]
        days.append({"number": at.day, "today": at == today, "off": at.month != day.month, "label": day_words(at, show), "href": here(at),
                     "events": found[:MONTH_CELL], "more": _("%(n)s more") % {"n": len(found) - MONTH_CELL} if len(found) > MONTH_CELL else ""})
    return {"names": [words.weekday(first + dt.timedelta(days=n), show.language) for n in range(7)], "days": days}


def agenda(events: list[dict[str, Any]], first: dt.date, show: Show) -> list[dict[str, Any]]:
    """Day by day, only days with something on them."""
    days = [first + dt.timedelta(days=n) for n in range(7)]
    groups = [{"label": day_words(day, show), "events": [e for e in events if e["at"].date() == day]} for day in days]
    return [g for g in groups if g["events"]]


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
