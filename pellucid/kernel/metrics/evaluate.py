"""Single figures for cards and totals: of a period, as a series, by a dimension, beside the periods before. Each is a question to the one system."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import days as calendar
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.spec import Show

from .answer import answer
from .declare import Ask
from .drill import link
from .windows import previous, year_before

Figure = int | Decimal


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure, the same for the period before and for the same period a year ago, and the list behind it."""

    value: Figure
    previous: Figure
    year_before: Figure
    href: str


def figure(key: str, actor: Actor, show: Show, days: Days | None = None, *, within: Mapping[str, Any] | None = None) -> Figure:
    """The figure of a measure for a period; `within` are filters by dimension."""
    found = answer(actor, Ask((key,), period=days, filters=within or {}), show.today)
    return found.lines[0].cells[key] or 0


def series(
    key: str, actor: Actor, show: Show, days: Days, step: str = "day", *, within: Mapping[str, Any] | None = None
) -> list[tuple[dt.date, Figure]]:
    """A figure per day, week (from Monday), month, quarter or year of the period, empty ones included."""
    found = answer(actor, Ask((key,), period=days, grain=step, filters=within or {}), show.today)
    return [(found.starts[line.bucket or 0], line.cells[key] or 0) for line in found.lines]


def by(
    key: str, actor: Actor, show: Show, dimension: str, days: Days | None = None, *, within: Mapping[str, Any] | None = None
) -> dict[Any, Figure]:
    """A figure per value of a dimension. A field the reader may not read is Forbidden."""
    found = answer(actor, Ask((key,), by=(dimension,), period=days, filters=within or {}), show.today)
    return {line.values[0]: line.cells[key] for line in found.lines}


def compared(key: str, actor: Actor, show: Show, days: Days, *, step: str = "", within: Mapping[str, Any] | None = None) -> Compared:
    """The figure of a period beside those before: one question. A running period is compared up to the same day."""
    so_far = calendar.cut(days, show.today)
    windows = {"previous": previous(so_far, step), "year": year_before(so_far, step)}
    found = answer(
        actor, Ask((key,), period=days, compare={k: w for k, w in windows.items() if w}, filters=within or {}), show.today
    ).lines[0].cells
    href = link(actor, key, Ask((key,), period=days, filters=within or {}), show.today)
    return Compared(found[key] or 0, found.get(f"{key}__previous") or 0, found.get(f"{key}__year") or 0, href)
