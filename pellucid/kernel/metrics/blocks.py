"""Blocks: the rows of one dataset, one time behaviour and one window, aggregated by the dimensions."""
# ruff: noqa: S608  every name in this SQL comes from a declaration, none from a user

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Case, F, Func, IntegerField, Q, Value, When

from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days

from .declare import Ctx, Dataset, Measure, datasets
from .paths import is_moment
from .plan import Plan, by_day, quoted, suffix
from .rows import NOTHING, began, dim_of, ended, inside, lives, meant, rows_of, value
from .windows import edges

AGGREGATE = {
    "sum": "SUM({})", "count": "COUNT({})", "distinct": "COUNT(DISTINCT {})", "max": "MAX({})", "min": "MIN({})", "avg": "AVG({})",
    "value": "MAX({})", "median": "(percentile_cont(0.5) WITHIN GROUP (ORDER BY {}))::numeric",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """Aggregated rows as SQL, and the columns they bring."""

    sql: str
    params: list[Any]
    columns: frozenset[str]


def blocks(plan: Plan) -> Iterator[Block]:
    """Every block a question needs. All windows of what flows are one scan; a stock over time is what came in less what left."""
    groups: dict[tuple[str, str, str], list[Measure]] = {}
    for m in plan.base.values():
        groups.setdefault((m.dataset, m.time, m.axis), []).append(m)
    for (name, time, _axis), found in groups.items():
        ds = datasets[name]
        if time == "flow" and len(plan.windows) > 1 and not plan.ask.grain and not callable(ds.where) and not by_day(plan.ask, ds):
            yield block(plan, ds, found, plan.windows)
            continue
        over_time = bool(plan.ask.grain) and time in ("stock", "balance")
        signs = (0,) if not over_time else (1,) if ended(ds) is None else (1, -1)
        for window, span in plan.windows.items():
            for sign in signs:
                yield block(plan, ds, found, {window: span}, sign)


def block(plan: Plan, ds: Dataset, found: list[Measure], windows: dict[str, Days], sign: int = 0) -> Block:
    """One block with a column per measure and window. Sign +1: what came in; -1: what left."""
    ask, time = plan.ask, found[0].time
    axis = ask.axis.get(ds.name) or found[0].axis or ds.axis
    hull = _hull(windows)
    days_of = {w: Ctx(span, plan.asof, plan.today, ask.reported, _ripe(plan, span)) for w, span in windows.items()}
    ctx = next(iter(days_of.values())) if len(windows) == 1 else Ctx(hull, plan.asof, plan.today, ask.reported)
    rows = rows_of(ds, plan.actor, ask, ctx, time, axis, past=sign != 0)
    within = {w: inside(ds, axis, span) for w, span in windows.items()}
    if len(windows) > 1:
        rows = rows.filter(functools.reduce(operator.or_, within.values()))
    at: Any = F(axis)
    if sign:
        start, stop = began(ds, axis if time == "balance" else ""), ended(ds)
        at = start if sign > 0 else stop
        if stop is not None:  # a row that was over before it began never was
            rows = rows.alias(m_start=start, m_stop=stop).filter(Q(m_stop__isnull=True) | Q(m_stop__gt=F("m_start")))
        if sign < 0:
            rows = rows.filter(m_stop__lt=days.end_of(ctx.day)) if _moments(ds) else rows.filter(m_stop__lte=ctx.day)
    columns: dict[str, Any] = {f"d_{name}": value(dim_of(ds, name).expr, ctx) for name in ask.by}
    if ask.grain:
        moments = is_moment(ds.model, axis) if not sign else _moments(ds)
        columns["k"] = _bucket(at, edges(hull, ask.grain), moments)
    names = [(m, w) for m in found for w in windows]
    for m, w in names:
        what = Value(1) if m.expr is None else value(m.expr, days_of[w])
        only = meant(m.where, days_of[w]) & within[w] if len(windows) > 1 else meant(m.where, days_of[w])
        if only and len(names) == 1 and not columns:  # of one figure nothing else need be read
            rows, only = rows.filter(only), Q()
        columns["m_" + m.name + suffix(w)] = Case(When(only, then=what)) if only else what
    try:
        inner, params = rows.values(**columns).query.sql_with_params()
    except EmptyResultSet:
        inner, params = ds.model._base_manager.order_by().filter(NOTHING).values(**columns).query.sql_with_params()
    minus = "-" if sign < 0 else ""
    picked = [*plan.dims, *plan.bucket, f"GROUPING({', '.join(plan.dims)}) AS g" if plan.dims else "0 AS g"]
    picked += [f"{minus}{AGGREGATE[m.agg].format(quoted('m_' + m.name + suffix(w)))} AS {quoted(m.name + suffix(w))}" for m, w in names]
    sets = ", ".join("(" + ", ".join([*one, *plan.bucket]) + ")" for one in plan.sets)
    sql = f"SELECT {', '.join(picked)} FROM ({inner}) r GROUP BY GROUPING SETS ({sets})"
    return Block(sql, list(params), frozenset(m.name + suffix(w) for m, w in names))


def _hull(windows: dict[str, Days]) -> Days:
    """From the first day of the earliest window to the last of the latest."""
    firsts, ends = [w.first for w in windows.values()], [w.until for w in windows.values()]
    first = None if None in firsts else min(f for f in firsts if f)
    return Days(first, None if None in ends else max(u for u in ends if u))


def _ripe(plan: Plan, span: Days) -> dt.date | None:
    """For a compared window: D as long ago as the window lies before the first."""
    main = plan.windows[""]
    if span is main or main.first is None or span.first is None:
        return None
    return plan.asof - (main.first - span.first)


def _moments(ds: Dataset) -> bool:
    """Whether a dataset's lives are kept as moments."""
    return any(is_moment(ds.model, path) for life in lives(ds) for path in life if path)


def _bucket(at: Any, starts: list[dt.date], moments: bool) -> Func:
    """The number of the bucket of a day or moment; what was before the first counts there."""
    kind = "timestamptz" if moments else "date"
    edges_ = [days.start_of(day) for day in starts] if moments else starts
    template = f"GREATEST(width_bucket(%(expressions)s::{kind}[]) - 1, 0)"
    return Func(at, Value(edges_), template=template, output_field=IntegerField())
