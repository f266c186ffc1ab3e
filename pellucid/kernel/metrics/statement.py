"""A question as one SQL statement: blocks stitched by dimensions, spread over buckets, finished and ranked."""
# ruff: noqa: S608  every name in this SQL comes from a declaration, none from a user

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days

from .blocks import Block, blocks
from .declare import EVER, Ask, base_of, measures
from .needs import demand
from .plan import Plan, check, having_sql, quoted, suffix
from .windows import edges


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its parameters, and what it was made of."""

    sql: str
    params: list[Any]
    plan: Plan

    def through(self, recipe: Any) -> Statement:
        """A statement over this one: a recipe is a function of SQL."""
        return Statement(recipe(self.sql), self.params, self.plan)


def statement(actor: Actor, ask: Ask, today: dt.date | None = None) -> Statement:
    """One statement. Invalid when the parts do not fit; Forbidden, before any query, when a field may not be read."""
    today = today or days.today()
    check(ask)
    demand(actor, ask)
    asof = min(ask.asof or today, today)
    period = ask.period or Days(EVER, asof + dt.timedelta(days=1))
    plan = Plan(actor, ask, today, asof, base_of(ask.asked), {"": period, **ask.compare})
    last = stitch(plan, list(blocks(plan)))
    if ask.grain:
        last = spread(plan, last)
    if ask.top:
        last = largest(plan, last)
    plan.ctes.append(f"q AS ({finish(plan, last)})")
    return Statement(f"WITH {', '.join(plan.ctes)} {ranked(plan)}", plan.params, plan)


def stitch(plan: Plan, found: list[Block]) -> str:
    """All blocks as one table, a row per combination of dimensions. Sums and counts of nothing are 0, anything else is unknown."""
    for n, part in enumerate(found):
        plan.ctes.append(f"b{n} AS ({part.sql})")
        plan.params += part.params

    def once(name: str) -> str:
        kind = plan.columns[name].type  # counts become numeric, or rates and shares of them would be cut to whole numbers
        return f"{quoted(name)}::{kind}" if len(found) == 1 else f"{'SUM' if kind == 'numeric' else 'MAX'}({quoted(name)})"

    def filled(name: str) -> str:
        m = plan.columns[name]
        return (f"COALESCE({once(name)}, 0)" if m.additive or m.agg == "distinct" else once(name)) + f" AS {quoted(name)}"

    key = ", ".join(plan.key)
    if len(found) == 1:
        plan.ctes.append(f"s AS (SELECT {key}, {', '.join(map(filled, plan.columns))} FROM b0)")
        return "s"
    parts = []
    for n, part in enumerate(found):
        shown = [
            f"{quoted(c)}::{m.type} AS {quoted(c)}" if c in part.columns else f"NULL::{m.type} AS {quoted(c)}" for c, m in plan.columns.items()
        ]
        parts.append(f"SELECT {key}, {', '.join(shown)} FROM b{n}")
    plan.ctes.append(f"u AS ({' UNION ALL '.join(parts)})")
    plan.ctes.append(f"s AS (SELECT {key}, {', '.join(map(filled, plan.columns))} FROM u GROUP BY {key})")
    return "s"


def spread(plan: Plan, source: str) -> str:
    """Every bucket of every row; what is a stock or balance runs on, up to the bucket of D."""
    period = plan.windows[""]
    starts = edges(period, plan.ask.grain)
    reached = max((n for n, first in enumerate(starts) if first <= plan.asof), default=-1)
    keys = [*plan.dims, "g"]
    rows = f"SELECT DISTINCT {', '.join(keys)} FROM {source}" if plan.dims else "SELECT 0 AS g"
    if plan.dims and [] in plan.sets:
        rows += f" UNION SELECT {', '.join('NULL' for _ in plan.dims)}, {plan.whole}"
    plan.ctes.append(f"sp AS (SELECT * FROM ({rows}) x CROSS JOIN generate_series(0, {len(starts) - 1}) AS k)")
    over = f"OVER (PARTITION BY {', '.join('sp.' + k for k in keys)} ORDER BY sp.k)"

    def column(name: str) -> list[str]:
        m = plan.columns[name]
        plain = f"COALESCE(s.{quoted(name)}, 0)" if m.additive or m.agg == "distinct" else f"s.{quoted(name)}"
        shown = f"CASE WHEN sp.k <= {reached} THEN SUM({plain}) {over} END" if m.time != "flow" else plain
        out = [f"{shown} AS {quoted(name)}"]
        if plan.ask.running:
            out.append(f"{shown if m.time != 'flow' else f'SUM({plain}) {over}'} AS {quoted(name + '__cum')}")
        return out

    shown = [*(f"sp.{k}" for k in (*plan.dims, "k", "g")), *(c for name in plan.columns for c in column(name))]
    same = " AND ".join(f"s.{k} IS NOT DISTINCT FROM sp.{k}" for k in (*keys, "k"))
    plan.ctes.append(f"t AS (SELECT {', '.join(shown)} FROM sp LEFT JOIN {source} s ON {same})")
    return "t"


def largest(plan: Plan, source: str) -> str:
    """The first N rows; the rest as one row of sums, in which what cannot be added up is unknown."""
    dim, kept = plan.dims[0], f"(g > 0 OR rn <= {int(plan.ask.top)})"
    plan.ctes.append(f"rk AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY {order(plan, plan.sql)}) AS rn FROM {source})")
    shown = [
        f"{f'SUM({quoted(c)})' if m.additive else f'CASE WHEN {kept} THEN MAX({quoted(c)}) END'} AS {quoted(c)}" for c, m in plan.columns.items()
    ]
    name = f"CASE WHEN {kept} THEN {dim} END"
    plan.ctes.append(
        f"tp AS (SELECT {name} AS {dim}, g, NOT {kept} AS o, COUNT(*) AS n, {', '.join(shown)} FROM rk GROUP BY {name}, g, {kept})"
    )
    return "tp"


def finish(plan: Plan, source: str) -> str:
    """Measures in every window, derived ones worked out, differences and rates beside the first."""
    ends = [*map(suffix, plan.windows), *(["__cum"] if plan.ask.running else [])]
    shown = [*plan.key, *(["o", "n"] if plan.ask.top else [])]
    for name in plan.ask.asked:
        shown += [f"{plan.sql(name, end)} AS {quoted(name + end)}" for end in ends]
        unit = measures[name].unit
        for window in [w for w in plan.windows if w and unit != "moment"]:
            now, base = plan.sql(name), plan.sql(name, suffix(window))
            shown.append(f"{now} - {base} AS {quoted(name + suffix(window) + '_diff')}")
            if unit != "percent":  # shares differ by points, not by a rate of a rate
                shown.append(f"({now} - {base}) / NULLIF(ABS({base}), 0) AS {quoted(name + suffix(window) + '_rate')}")
    return f"SELECT {', '.join(shown)} FROM {source}"


def order(plan: Plan, column: Callable[[str], str]) -> str:
    """The order of rows: by a measure or a dimension, ties by the dimensions. What is not known comes last."""
    by = plan.ask.order or plan.ask.measures[0]
    name = by.lstrip("+")
    first = [f"{quoted('d_' + name)} NULLS LAST"] if name in plan.ask.by else []
    first = first or [f"{column(name)} {'ASC' if by.startswith('+') else 'DESC'} NULLS LAST"]
    if plan.ask.within:
        first.insert(0, f"{quoted('d_' + plan.ask.within)} NULLS LAST")
    return ", ".join(dict.fromkeys([*first, *(f"{dim} NULLS LAST" for dim in plan.dims)]))


def ranked(plan: Plan) -> str:
    """Shares of the total row, cumulated in order, ranks; the condition; the order."""
    inner, rest = ", ".join(["g", *plan.bucket]), "o, " if plan.ask.top else ""
    sort = rest + order(plan, quoted)
    columns = ["*"]
    for name in plan.ask.share:
        over = f"OVER ({f'PARTITION BY {plan.bucket[0]}' if plan.bucket else ''})"
        total = f"MAX({quoted(name)}) FILTER (WHERE g = {plan.whole}) {over}"
        total = f"CASE WHEN {total} > 0 THEN {total} END"  # of nothing, and of less, there are no shares
        columns.append(f"{quoted(name)} / {total} AS {quoted(name + '__share')}")
        run = f"SUM({quoted(name)}) OVER (PARTITION BY {inner} ORDER BY {sort} ROWS UNBOUNDED PRECEDING)"
        columns.append(f"{run} / {total} AS {quoted(name + '__cumshare')}")
        columns.append(f"RANK() OVER (PARTITION BY {inner} ORDER BY {rest}{quoted(name)} DESC NULLS LAST) AS {quoted(name + '__rank')}")
    body = f"SELECT {', '.join(columns)} FROM q"
    if plan.ask.having:
        body = f"SELECT * FROM ({body}) h WHERE g > 0 OR {having_sql(plan)}"
    return f"{body} ORDER BY {inner}, {sort}"
