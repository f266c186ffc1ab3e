"""The calendar of a resource: its records by their moment, a week or a month of the reader's own days, alone or by people; others beside them."""
from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pellucid.kernel.actions.declare import actions
from pellucid.kernel.records.errors import Missing
from pellucid.kernel.resources.columns import ALIAS, Column
from pellucid.kernel.resources.declare import Overlay, home_cards, menus, overlays, registry
from pellucid.kernel.resources.fields import readable, writable
from pellucid.kernel.resources.lists import conditions as on
from pellucid.kernel.resources.lists.run import rows
from pellucid.kernel.resources.params import Filter, ListParams
from pellucid.kernel.resources.query import listing

from .. import answers, calendars, filters
from ..finding import resource_at
from ..menu import label_of, placed
from ..opened import Opened, builtin, open_list
from .lists import asked

MODES = ("week", "month", "agenda", "team")
MOST = 600
MINE = "me"


@require_safe
def calendar(request: Any, path: str) -> HttpResponse:
    """A week, a month, a list by days, or a row for each person."""
    resource, actor, show = resource_at(path, request.actor), request.actor, request.show
    if resource.calendar is None or resource.calendar.start not in readable(resource.key(), actor):
        raise Missing("")
    opened = open_list(resource, actor, show, asked(request))
    modes = [m for m in MODES if m != "team" or wide(opened)]
    mode = request.GET.get("mode") if request.GET.get("mode") in modes else "week"
    try:
        day = dt.date.fromisoformat(request.GET.get("on", "")[:10])
    except ValueError:
        day = show.now.astimezone(show.zone).date()
    day = min(max(day, dt.date(1990, 1, 1)), dt.date(2099, 1, 1))
    first, end = calendars.span(mode, day)
    without = {key for key in request.GET.get("without", "").split(",") if key in registry}
    events, layers = gathered(opened, first, end, without, day, mode)

    def here(mode_: str, day_: dt.date, state: ListParams = opened.params) -> str:
        return address(opened, mode_, day_, without, state)

    today = show.now.astimezone(show.zone).date()
    labels = {"week": _("Week"), "month": _("Month"), "agenda": _("List"), "team": _("By person")}
    chips = [{"label": f"{c['label']}: {c['value']}" if c["label"] else c["value"], "count": "", "href": c["remove"], "current": True}
             for c in filters.chips(resource, opened.params, show, actor)]
    cal: dict[str, Any] = {
        "title": next((str(m.label) for m in menus if m.href.startswith(f"{opened.path}calendar")), label_of(resource)), "mode": mode,
        "range": calendars.range_words(mode, first, day, show), "now": here(mode, today),
        "note": _("week %(n)s") % {"n": day.isocalendar().week} if mode in ("week", "team") else "",
        "previous": here(mode, calendars.step(mode, day, -1)), "next": here(mode, calendars.step(mode, day, 1)),
        "modes": [{"label": labels[m], "href": here(m, day, everybody(opened) if m == "team" else opened.params), "current": m == mode}
                  for m in modes],
        "chips": [*layers, *chips], "buttons": [{"label": _("Table"), "icon": "table", "href": opened.path + opened.params.url()}],
        "mini": calendars.mini(day, first, end, today, show, lambda d: here("week", d)) if mode == "week" else None,
        "cards": cards(request) if mode == "week" else [],
    }
    if mode == "week":
        cal |= calendars.week(events, first, today, show, lambda d: here("agenda", d))
    elif mode == "team":
        cal |= calendars.team(events, first, today, show, lambda d: here("agenda", d))
    elif mode == "month":
        cal |= calendars.month(events, first, day, today, show, lambda d: here("agenda", d))
    else:
        cal["groups"] = calendars.agenda(events, first, show)
    return answers.page(request, "calendar.html", {"cal": cal, "title": cal["title"]})


def address(opened: Opened, mode: str, day: dt.date, without: set[str], state: ListParams) -> str:
    """The same calendar on another day, in another way."""
    left = f"&without={','.join(sorted(without))}" if without else ""
    tail = state.url()[1:]
    return f"{opened.path}calendar?mode={mode}&on={day.isoformat()}{left}" + (f"&{tail}" if tail else "")


def wide(opened: Opened) -> bool:
    """Whether the reader sees other people's entries, so that rows of people say something."""
    person = opened.resource.calendar.person  # type: ignore[union-attr]
    scope = opened.actor.rights.scope(opened.key, "view") if opened.actor.rights is not None else None
    return person in readable(opened.key, opened.actor) and (scope is None or scope.all or bool(scope.units))


def everybody(opened: Opened) -> ListParams:
    """The state without what narrows it to the reader himself."""
    person = opened.resource.calendar.person  # type: ignore[union-attr]
    if not any(f.name == person and MINE in (f.op, *f.operands) for f in opened.params.filters):
        return opened.params
    whole = next(v.key for v in builtin(opened.resource) if not v.params)
    return replace(opened.params, view=whole, filters=tuple(f for f in opened.params.filters if f.name != person), bare=False)


def gathered(opened: Opened, first: dt.date, end: dt.date, without: set[str], day: dt.date, mode: str,
             ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The entries of these days, those of other resources beside them, and a chip for each that shows or hides it."""
    found = {opened.key: events_of(opened, first, end)}
    labels = {opened.key: label_of(opened.resource)}
    for over in overlays:
        if over.resource == opened.key and placed(over, opened.actor) and over.shows not in found:
            labels[over.shows] = str(over.label)
            found[over.shows] = events_of(beside(opened, over), first, end)
    if len(found) == 1:
        return found[opened.key], []
    chips = []
    for key, events in found.items():
        tone = "ok" if registry[key].calendar.told else "acc"  # type: ignore[union-attr]
        chips.append({"label": labels[key], "count": len(events), "tone": tone, "current": key not in without,
                      "href": address(opened, mode, day, without ^ {key}, opened.params)})
    return sorted((e for key, events in found.items() if key not in without for e in events), key=lambda e: e["at"]), chips


def beside(opened: Opened, over: Overlay) -> Opened:
    """Another resource's list for the same reader: one's own where the calendar shows one's own."""
    resource = registry[over.shows]
    state = ListParams.parse([*over.params.items(), ("bare", "1")])
    if opened.params != everybody(opened):
        state = replace(state, filters=(*state.filters, Filter(resource.calendar.person, MINE)))  # type: ignore[union-attr]
    return open_list(resource, opened.actor, opened.show, replace(state, unit=opened.params.unit, bare=True))


def events_of(opened: Opened, first: dt.date, end: dt.date) -> list[dict[str, Any]]:
    """The records of these days as entries, in order."""
    resource, show, may = opened.resource, opened.show, readable(opened.key, opened.actor)
    plan = resource.calendar
    if plan is None or plan.start not in may:
        return []
    spec = may[plan.start]
    low, high = (dt.datetime.combine(d, dt.time(0), show.zone) for d in (first, end))
    bounds = (low, high) if spec.kind.key == "datetime" else (first, end)
    text = plan.text or resource.title
    note = plan.note or (resource.title if text != resource.title else plan.person)
    names = [n for n in dict.fromkeys((spec.name, text, note, plan.person, plan.done)) if n in may]
    params = replace(opened.params, page=1, after="", before="", columns=())
    found = listing(resource, opened.actor, params, show, names, also=[on.between(ALIAS, spec.column, *bounds, indexed=True)])
    columns: dict[str, Column] = {c.spec.name: c for c in found.columns}
    moves = not plan.told and (plan.mover in actions if plan.mover else plan.start in writable(opened.key, opened.actor))
    due = show.now if spec.kind.key == "datetime" else dt.datetime.combine(show.today, dt.time(0), show.zone)
    out = []
    for row in rows(connection, replace(found.query, limit=MOST)):
        at = columns[spec.name].pick(row)
        at = at[0] if isinstance(at, tuple) else at
        if at is None:
            continue
        moment = at.astimezone(show.zone) if isinstance(at, dt.datetime) else dt.datetime.combine(at, dt.time(0), show.zone)

        def value_of(name: str, row: Any = row) -> Any:
            column = columns.get(name)
            value = column.pick(row) if column else None
            return value[0] if column and column.spec.companion and isinstance(value, tuple) else value

        def said(name: str, row: Any = row) -> str:
            value = value_of(name, row)
            return columns[name].spec.kind.words(columns[name].spec, value, show)[:80] if value is not None else ""

        done = bool(plan.done and value_of(plan.done))
        tone = "ok" if plan.told else "mute" if done else "bad" if moment < due else ""
        person = value_of(plan.person)
        what = said(text) or said(resource.title)
        out.append({"at": moment, "label": what, "note": said(note), "href": f"/{resource.path}/{row[0]}", "tone": tone,
                    "day": moment.date().isoformat(), "move": f"/{resource.path}/{row[0]}/day" if moves and not done else "",
                    "time": moment.strftime("%H:%M") if isinstance(at, dt.datetime) else "", "person": person if isinstance(person, int) else 0})
    return sorted(out, key=lambda e: e["at"])


def cards(request: Any) -> list[Any]:
    """What areas want seen beside the days."""
    out, base = [], answers.base_context(request)
    for card in home_cards:
        if card.place == "calendar" and placed(card, request.actor):
            context = card.select(request.actor, {})
            if context is not None:
                out.append(answers.drawn(card.template, base | {"card": card, "label": card.label, "params": {}} | context))
    return out
