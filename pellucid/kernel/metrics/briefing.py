"""Figures as the top of the workbench gives them: of the running period, beside the same days of the period before, with twelve weeks as a line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import days, words
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.spec import Show

from .answer import answer
from .declare import Ask, Measure, base_of, measures
from .needs import may
from .table import changed, leads, shown
from .windows import compared

PERIODS = {"week": days.week, "month": days.month, "quarter": days.quarter, "year": days.year}
WEEKS = 12
PREVIOUS = "previous"


def period_of(params: Mapping[str, str], today: dt.date) -> tuple[str, Days]:
    """The period a workbench stands at: this week, month, quarter or year; the month unless it says otherwise."""
    name = params.get("period", "")
    name = name if name in PERIODS else "month"
    return name, PERIODS[name](today)


def figures(names: tuple[str, ...], actor: Actor, show: Show, params: Mapping[str, str], within: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The facts of a strip, those the actor may ask for: two questions, however many figures. Nothing where nothing ever happened."""
    asked = tuple(name for name in names if may(actor, name, tuple(within)))
    if not asked:
        return []
    step, period = period_of(params, show.today)
    ask = Ask(asked, period=period, compare=compared(period, (PREVIOUS,), step, show.today), filters=within)
    cells = answer(actor, ask, show.today).lines[0].cells
    monday = days.week(show.today).first or show.today
    flowing = tuple(name for name in asked if all(m.time == "flow" for m in base_of((name,)).values()))
    past = Ask(flowing, period=Days(monday - dt.timedelta(weeks=WEEKS), monday), grain="week", filters=within)
    weeks = answer(actor, past, show.today).lines if flowing else ()
    if not any(cells.values()) and not any(any(line.cells.values()) for line in weeks):
        return []
    return [fact(name, cells, ask, actor, show) | {"spark": [float(line.cells[name] or 0) for line in weeks] if name in flowing else []}
            for name in asked]


def fact(name: str, cells: Mapping[str, Any], ask: Ask, actor: Actor, show: Show) -> dict[str, Any]:
    """One figure: short money, its noun, its change (counts by number, everything else as analyses say it), and the rows behind it."""
    m, value = measures[name], cells[name]
    text, unit = shown(value, m.unit, show), str(m.noun)
    if m.unit == "money" and value is not None:
        text, unit = words.money_in_two(value, show.language)
    note, tone = changed(dict(cells), name, PREVIOUS)
    if isinstance(m, Measure) and m.unit == "count":
        note = f"{cells.get(f'{name}__{PREVIOUS}_diff') or 0:+,d}".replace("-", "−")
    said = _("%(change)s vs. prior period") % {"change": note} if note else ""
    exact = shown(value, m.unit, show) if m.unit == "money" else ""
    return {"label": str(m.label), "value": text, "unit": unit, "title": exact, "note": said, "tone": tone,
            "href": leads(actor, name, ask, show, {})}  # fmt: skip
