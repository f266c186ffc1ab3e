"""Measures asked: for a period, as a series, by a dimension, beside the period before. Only rows within the reader's scope count."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from psycopg import sql

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.scopes import Scope, where_sql
from pellucid.kernel.records import days as calendar
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.errors import Forbidden
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import masked, model_specs, readable
from pellucid.kernel.resources.lists import conditions as on
from pellucid.kernel.resources.lists.query import Condition
from pellucid.kernel.resources.params import ListParams, parse_filter
from pellucid.kernel.resources.query import ALIAS, conditions, narrow

from .declare import Measure, measures

STEPS = ("day", "week", "month")
Figure = int | Decimal


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure, the same for the period before and for the same period a year ago, and the list behind it."""

    value: Figure
    previous: Figure
    year_before: Figure
    href: str


def figure(key: str, actor: Actor, show: Show, days: Days | None = None, **limits: Any) -> Figure:
    """The figure of a measure for a period (open ends allowed). Limits: unit, person (user id)."""
    rows = _ask(measures[key], actor, show, days, None, **limits)
    return rows[0][1] if rows else 0


def series(key: str, actor: Actor, show: Show, days: Days, step: str = "day", **limits: Any) -> list[tuple[dt.date, Figure]]:
    """A figure per day, week (from Monday) or month of the period, empty ones included."""
    found = dict(_ask(measures[key], actor, show, days, step, **limits))
    out, day = [], _first(days.first, step)
    assert days.until is not None
    while day < days.until:
        out.append((day, found.get(day, 0)))
        day = calendar.add_months(day, 1) if step == "month" else day + dt.timedelta(days=7 if step == "week" else 1)
    return out


def by(key: str, actor: Actor, show: Show, dimension: str, days: Days | None = None, **limits: Any) -> dict[Any, Figure]:
    """A figure per value of a field of the resource. A field the reader may not read is Forbidden."""
    return dict(_ask(measures[key], actor, show, days, dimension, **limits))


def compared(key: str, actor: Actor, show: Show, days: Days, **limits: Any) -> Compared:
    """The figure of a period beside those before."""
    return Compared(
        figure(key, actor, show, days, **limits),
        figure(key, actor, show, calendar.previous(days), **limits),
        figure(key, actor, show, calendar.year_before(days), **limits),
        drill(key, days, **limits),
    )


def drill(key: str, days: Days | None = None, *, unit: int | None = None, person: int | None = None) -> str:
    """Address of the list whose rows make the figure."""
    measure = measures[key]
    filters = [f for k, v in measure.where if (f := parse_filter(k, v))]
    if measure.axis and days is not None and days.first and days.until:
        last = days.until - dt.timedelta(days=1)
        filters += [f for f in [parse_filter(f"f.{measure.axis}", f"between:{days.first},{last}")] if f]
    if person:
        filters += [f for f in [parse_filter(f"f.{measure.person}", f"in:{person}")] if f]
    return f"/{registry[measure.resource].path}/" + ListParams(view="all", filters=tuple(filters), unit=unit).url()


def _first(day: dt.date | None, step: str) -> dt.date:
    assert day is not None
    return day.replace(day=1) if step == "month" else day - dt.timedelta(days=day.weekday()) if step == "week" else day


def _ask(
    measure: Measure,
    actor: Actor,
    show: Show,
    days: Days | None,
    group: str | None,
    *,
    unit: int | None = None,
    person: int | None = None,
) -> list[tuple[Any, Figure]]:
    resource = registry[measure.resource]
    key, model = resource.key(), resource.model
    may = readable(key, actor)
    needed = {n for n in (measure.sum, measure.axis, group if group not in (None, *STEPS) else "") if n}
    if not actor.may(key, "view") or any(n not in may or masked(key, n, actor) for n in needed):
        raise Forbidden(f"{key}.view")
    known = model_specs(key)
    where = list(conditions(resource, [f for k, v in measure.where if (f := parse_filter(k, v))], actor, show))
    if measure.axis and days is not None:
        low, high = (calendar.moments(days) if known[measure.axis].kind.key == "datetime" else (days.first, days.until))
        where.append(on.between(ALIAS, known[measure.axis].column, low, high))
    if person:
        where.append(on.equals(ALIAS, known[measure.person].column, person))
    scope = actor.rights.scope(key, "view") if actor.rights is not None else Scope(0, all=True)
    scope, narrowed = narrow(scope, unit)
    via = getattr(model, "scope_via", "")
    root = model._meta.get_field(via).related_model if via else model
    alias = "root" if via else ALIAS
    if narrowed is not None:
        where.append(Condition(narrowed.sql if not via else sql.SQL(narrowed.sql.as_string(None).replace(f'"{ALIAS}"', '"root"')), narrowed.params))
    statement = sql.SQL("SELECT {g}, {v} FROM {t} {a}{j} WHERE {alive} AND {scope}{w} GROUP BY 1").format(
        g=_group(measure, group, show),
        v=sql.SQL("coalesce(sum({}), 0)").format(sql.Identifier(ALIAS, known[measure.sum].column)) if measure.sum else sql.SQL("count(*)"),
        t=sql.Identifier(model._meta.db_table),
        a=sql.Identifier(ALIAS),
        j=_join(model, via, root),
        alive=sql.SQL(" AND ").join(
            sql.SQL("{0}.deleted_at IS NULL AND {0}.merged_into IS NULL").format(sql.Identifier(a)) for a in dict.fromkeys((ALIAS, alias))
        ),
        scope=where_sql(scope, alias, root._meta.model_name or ""),
        w=sql.SQL("").join(sql.SQL(" AND ({})").format(c.sql) for c in where),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(None), [p for c in where for p in c.params])
        return cursor.fetchall()


def _join(model: Any, via: str, root: Any) -> sql.Composable:
    if not via:
        return sql.SQL("")
    column = model._meta.get_field(via).column
    return sql.SQL(" JOIN {} root ON root.id = {}").format(sql.Identifier(root._meta.db_table), sql.Identifier(ALIAS, column))


def _group(measure: Measure, group: str | None, show: Show) -> sql.Composable:
    if group is None:
        return sql.SQL("NULL")
    spec = model_specs(measure.resource)[measure.axis if group in STEPS else group]
    column = sql.Identifier(ALIAS, spec.column)
    if group not in STEPS:
        return column
    local = column if spec.kind.key == "date" else sql.SQL("({} AT TIME ZONE {})").format(column, sql.Literal(calendar.zone().key))
    return sql.SQL("date_trunc({}, {})::date").format(sql.Literal(group), local)
