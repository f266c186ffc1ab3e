"""From a number to its rows: the list that holds exactly them where a list can say so, else the page of rows with the same question."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from django.db.models import Model, Q, QuerySet

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import model_specs
from pellucid.kernel.resources.params import Filter, ListParams

from .address import pairs, said
from .declare import EVER, Ask, Ctx, Dataset, Measure, datasets, measures
from .needs import demand
from .rows import Below, dim_of, lives, meant, rows

PAGE = "/analyses/rows/"


def behind(actor: Actor, name: str, ask: Ask, today: dt.date | None = None, clicked: dict[str, Any] | None = None) -> QuerySet[Any]:
    """The rows of a measure in a question, of one cell when its dimension values are given. Forbidden as the number is."""
    measure = measures[name]
    if not isinstance(measure, Measure):
        raise Invalid({"measure": [f"{name}: choose its numerator or its denominator"]})
    narrowed = narrow(ask, name, clicked or {})
    demand(actor, narrowed)
    return rows(measure, datasets[measure.dataset], actor, narrowed, context(ask, today))


def narrow(ask: Ask, name: str, clicked: dict[str, Any]) -> Ask:
    """The question about one measure and one cell."""
    return Ask((name,), period=ask.period, asof=ask.asof, filters={**ask.filters, **clicked}, axis=ask.axis, reported=ask.reported)


def context(ask: Ask, today: dt.date | None = None) -> Ctx:
    """The time a question is asked about."""
    today = today or days.today()
    asof = min(ask.asof or today, today)
    return Ctx(ask.period or Days(EVER, asof + dt.timedelta(days=1)), asof, today, ask.reported)


def link(actor: Actor, name: str, ask: Ask, today: dt.date | None = None, clicked: dict[str, Any] | None = None) -> str:
    """Where a number leads."""
    measure = measures[name]
    narrowed = narrow(ask, name, clicked or {})
    if isinstance(measure, Measure):
        ds, ctx = datasets[measure.dataset], context(ask, today)
        filters = as_list(measure, ds, narrowed, ctx)
        if filters is not None:
            return f"/{registry[ds.resource].path}/" + ListParams(view="all", filters=tuple(filters)).url()
    return f"{PAGE}?{query(narrowed)}"


def query(narrowed: Ask) -> str:
    """A question as a query."""
    return urlencode(pairs(narrowed), safe=":,-.", quote_via=quote)


def as_list(measure: Measure, ds: Dataset, ask: Ask, ctx: Ctx) -> list[Filter] | None:
    """The filters of a list that holds exactly these rows; None when no list can: another day, periods, fields of other records."""
    if ds.is_history or ctx.asof != ctx.today or ask.reported or not _lives_now(ds) or measure.agg not in ("count", "sum", "distinct"):
        return None
    model = ds.model
    found = of_condition(model, meant(measure.where, ctx) & meant(ds.where, ctx))
    if found is None:
        return None
    if measure.time in ("flow", "balance"):
        at = ask.axis.get(ds.name) or measure.axis or ds.axis
        window = _window(ds, at, measure.time, ctx)
        if window is None or "__" in at:
            return None
        found.append(window)
    for name, wanted in ask.filters.items():
        dim = dim_of(ds, name)
        by = _said(model, dim.expr, wanted) if isinstance(dim.expr, str) else None
        if by is None:
            return None
        found.append(by)
    return found


def _lives_now(ds: Dataset) -> bool:
    """Whether rows count until they or their roots are deleted: what lists show."""
    stops = {path.rsplit("__", 1)[-1] for life in lives(ds) for path in life[1:] if path}
    starts = {life[0] for life in lives(ds)} - {ds.axis, "created_at", ""}
    return stops <= {"deleted_at"} and not starts


def _window(ds: Dataset, at: str, time: str, ctx: Ctx) -> Filter | None:
    """The days of a window as a filter; None when nothing of it has come."""
    last = (ctx.window.until or ctx.asof + dt.timedelta(days=1)) - dt.timedelta(days=1)
    if any(life[0] == at for life in lives(ds)):
        last = min(last, ctx.asof)
    first = ctx.window.first if time == "flow" else None
    if first is None or first <= EVER:
        return Filter(at, "lte", (str(last),))
    return Filter(at, "between", (str(first), str(last))) if first <= last else None


def _said(model: type[Model], path: str, wanted: Any) -> Filter | None:
    """A filter by a dimension that is a field of the records themselves."""
    spec = model_specs(model._meta.model_name or "").get(path)
    if spec is None:
        return None
    if wanted is None:
        return Filter(path, "empty")
    if isinstance(wanted, Below):
        return Filter(path, "below", tuple(str(u) for u in sorted(wanted.units)))
    if isinstance(wanted, Days):
        return said(path, wanted)
    values = tuple(wanted) if isinstance(wanted, (tuple, list, set, frozenset)) else (wanted,)
    if not values or None in values or "in" not in spec.kind.operators:
        return Filter(path, "is", ("1" if values[0] else "0",)) if values in ((True,), (False,)) and "is" in spec.kind.operators else None
    return Filter(path, "in", tuple(str(v) for v in values))


def of_condition(model: type[Model], condition: Q) -> list[Filter] | None:
    """A condition as a list's filters: all of group 0, at least one of any other. None when filters cannot say it."""
    if condition.negated:
        return None
    if condition.connector == Q.OR and len(condition.children) > 1:
        return _either(model, condition, 1)
    found: list[Filter] = []
    for child in condition.children:
        if isinstance(child, Q) and child.connector == Q.OR and len(child.children) > 1:
            some = _either(model, child, 1 + max((f.group for f in found), default=0))
        elif isinstance(child, Q):
            some = None if any(f.group for f in found) else of_condition(model, child)
        else:
            one = _leaf(model, child)
            some = [one] if one else None
        if some is None:
            return None
        found += some
    return found


def _either(model: type[Model], condition: Q, group: int) -> list[Filter] | None:
    leaves = [_leaf(model, child) for child in condition.children]
    if condition.negated or any(leaf is None for leaf in leaves):
        return None
    return [replace(leaf, group=group) for leaf in leaves if leaf]


def _leaf(model: type[Model], child: Any) -> Filter | None:
    """One comparison of a field of the record."""
    if not isinstance(child, tuple):
        return None
    name, _sep, lookup = child[0].partition("__")
    spec = model_specs(model._meta.model_name or "").get(name)
    value = child[1]
    if spec is None or hasattr(value, "resolve_expression"):
        return None
    operands = tuple(value) if isinstance(value, (list, tuple, set, frozenset)) else (value,)
    match lookup:
        case "isnull":
            said = Filter(name, "empty" if value else "filled")
        case "" | "exact" if isinstance(value, bool):
            said = Filter(name, "is", ("1" if value else "0",))
        case "" | "exact" | "in":
            said = Filter(name, "in", tuple(str(o) for o in operands))
        case "lt" | "lte" | "gt" | "gte":
            day = _day(value, lookup)
            if day is None:
                return None
            said = Filter(name, "lte" if lookup[0] == "l" else "gte", (str(day),))
        case _:
            return None
    return said if said.op in spec.kind.operators else None


def _day(value: Any, lookup: str) -> dt.date | None:
    """The last day before, or the first from, a bound; None for a moment inside a day."""
    one = dt.timedelta(days=1)
    if isinstance(value, dt.datetime):
        day = days.day_of(value)
        if days.start_of(day) != value or lookup in ("lte", "gt"):
            return None
        return day - one if lookup == "lt" else day
    if isinstance(value, dt.date):
        return {"lt": value - one, "lte": value, "gt": value + one, "gte": value}[lookup]
    return None
