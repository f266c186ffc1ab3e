"""The rows behind a number: within the reader's scope, in the window, alive as of the day, filtered. The queryset that is summed is the one shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest, Least
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.access.scopes import Scope, where_q
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.history.selectors import FOREVER
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.errors import Invalid

from .declare import EVER, Ask, Ctx, Dataset, Dim, Life, Measure, Where
from .paths import BadPath, is_moment, walk

NOTHING = Exact(Value(1), Value(0))


@dataclass(frozen=True, slots=True)
class Below:
    """A filter's value: any of these units and what is below them."""

    units: frozenset[int]


def until(ds: Dataset, path: str, day: dt.date) -> Q:
    """By the end of a day."""
    return Q(**{f"{path}__lt": days.end_of(day)}) if is_moment(ds.model, path) else Q(**{f"{path}__lte": day})


def since(ds: Dataset, path: str, day: dt.date) -> Q:
    """From the beginning of a day."""
    return Q(**{f"{path}__gte": days.start_of(day) if is_moment(ds.model, path) else day})


def later(ds: Dataset, path: str, day: dt.date) -> Q:
    """After a day, or never."""
    if ds.is_history and path == "valid_to":  # periods end by now or not at all: an equation finds what is so today
        return Q(valid_to=FOREVER) if day >= days.today() else Q(valid_to__gte=days.end_of(day))
    if path.rpartition("__")[2] == "deleted_at" and day >= days.today():  # nothing is deleted in days to come
        return Q(**{f"{path}__isnull": True})
    after = Q(**{f"{path}__gte": days.end_of(day)}) if is_moment(ds.model, path) else Q(**{f"{path}__gt": day})
    return after | Q(**{f"{path}__isnull": True})


def inside(ds: Dataset, path: str, window: Days) -> Q:
    """Within a window."""
    found = since(ds, path, window.first) if window.first and window.first > EVER else Q()
    return found & until(ds, path, window.until - dt.timedelta(days=1)) if window.until else found


def alive(ds: Dataset, life: Life, day: dt.date) -> Q:
    """Counting at the end of a day: begun by then, not yet over."""
    begun = until(ds, life[0], day) if life[0] else Q()
    return begun & later(ds, life[1], day) if life[1] else begun


def lives(ds: Dataset) -> tuple[Life, ...]:
    """The row's own life and those of its parents."""
    return (*((ds.life,) if ds.life else ()), *ds.within)


def began(ds: Dataset, axis: str) -> Any:
    """The day a row of a stock or balance comes in."""
    paths = dict.fromkeys(path for path in (axis, *(life[0] for life in lives(ds))) if path)
    return Greatest(*paths) if len(paths) > 1 else F(next(iter(paths)))


def ended(ds: Dataset) -> Any | None:
    """The day it leaves again; None if it never does."""
    paths = dict.fromkeys(life[1] for life in lives(ds) if life[1])
    return None if not paths else Least(*paths) if len(paths) > 1 else F(next(iter(paths)))


def meant(where: Where, ctx: Ctx) -> Q:
    """A condition, worked out for a day where it depends on one."""
    return where(ctx) if callable(where) else where


def value(expr: Any, ctx: Ctx) -> Any:
    """A path or an expression as Django takes it."""
    if isinstance(expr, str):
        return F(expr)
    return expr(ctx) if callable(expr) else expr


def dim_of(ds: Dataset, name: str) -> Dim:
    """The dimension of a dataset. Invalid says which dataset does not have it."""
    found = ds.dim(name)
    if found is None:
        raise Invalid({name: [_("%(dataset)s cannot be shown by “%(name)s”.") % {"dataset": ds.label, "name": name}]})
    return found


def scoped(ds: Dataset, actor: Actor) -> QuerySet[Any]:
    """The rows within reach. Rights are of today: they are read from the record as it is now, of a child through its root."""
    rows = ds.model._base_manager.order_by()
    path = ds.scope + "__" if ds.scope else ""
    scope = Scope(0, all=True) if actor.rights is None else actor.rights.scope(ds.resource, "view")
    if not scope:
        return rows.filter(NOTHING)
    return rows.filter(where_q(scope, ds.model, path))


def standing(ds: Dataset, ask: Ask, ctx: Ctx) -> Q:
    """What makes a row of the dataset count at all: its own condition, not merged away, believed."""
    found = meant(ds.where, ctx)
    for path in _records(ds):
        found &= Q(**{f"{path}merged_into__isnull": True}) | Q(**{f"{path}merged_into": 0})
    if ds.is_history:
        return found & ctx.believed()
    return found & until(ds, ds.recorded, ctx.asof) if ask.reported and ds.recorded else found


def _records(ds: Dataset) -> Iterable[str]:
    """Paths to the records a row is of: those that may have been merged into another."""
    own = "record__" if ds.is_history else ""
    found = (own, f"{ds.scope}__" if ds.scope else own)
    return dict.fromkeys(path for path in found if _has_merges(ds, path))


def _has_merges(ds: Dataset, path: str) -> bool:
    """Whether there is an action that merges such records; the others need no look at the record."""
    try:
        model = walk(ds.model, f"{path}merged_into")[-1].model
    except BadPath:
        return False
    return f"{getattr(model, 'of', model)._meta.model_name}_merge" in actions


def filtered(rows: QuerySet[Any], ds: Dataset, ask: Ask, ctx: Ctx) -> QuerySet[Any]:
    """The question's filters. None is what is not filled in."""
    for name, wanted in ask.filters.items():
        rows = rows.alias(**{f"f_{name}": value(dim_of(ds, name).expr, ctx)}).filter(wanting(f"f_{name}", wanted))
    return rows


def wanting(path: str, wanted: Any) -> Q:
    """A filter's value as a condition on what stands at `path`."""
    if isinstance(wanted, Below):
        return Q(**{f"{path}__in": tuple({u for unit in wanted.units if unit in tree() for u in tree().below(unit)})})
    if isinstance(wanted, Days):
        since_ = Q(**{f"{path}__gte": wanted.first}) if wanted.first else Q()
        return since_ & Q(**{f"{path}__lt": wanted.until}) if wanted.until else since_
    if wanted is None:
        return Q(**{f"{path}__isnull": True})
    if isinstance(wanted, (tuple, list, set, frozenset)):
        either = Q(**{f"{path}__in": tuple(w for w in wanted if w is not None)})
        return either | Q(**{f"{path}__isnull": True}) if None in wanted else either
    return Q(**{path: wanted})


def rows_of(ds: Dataset, actor: Actor, ask: Ask, ctx: Ctx, time: str, axis: str = "", *, past: bool = False) -> QuerySet[Any]:
    """Rows of a dataset in one window. `past`: everything up to the window's end, for the running sum of a stock or balance."""
    at = ask.axis.get(ds.name) or axis or ds.axis
    rows = scoped(ds, actor).filter(standing(ds, ask, ctx))
    if time == "any":
        return filtered(rows, ds, ask, ctx)
    if past:
        starts = dict.fromkeys((at if time == "balance" else "", *(life[0] for life in lives(ds))))
        rows = rows.filter(*(until(ds, path, ctx.day) for path in starts if path))
    elif time == "stock":
        rows = rows.filter(*(alive(ds, life, ctx.day) for life in lives(ds)))
    elif time == "balance":
        rows = rows.filter(until(ds, at, ctx.day), *(alive(ds, life, ctx.day) for life in lives(ds)))
        rows = rows.filter(later(ds, ds.spent, ctx.day)) if ds.spent else rows
    else:
        seen = at if ctx.window.until and ctx.window.until <= ctx.asof + dt.timedelta(days=1) else ""  # begun by then, as the window ends by then
        found = (("" if life[0] == seen else life[0], life[1]) for life in lives(ds))
        rows = rows.filter(inside(ds, at, ctx.window), *(alive(ds, life, ctx.asof) for life in found))
    return filtered(rows, ds, ask, ctx)


def rows(measure: Measure, ds: Dataset, actor: Actor, ask: Ask, ctx: Ctx) -> QuerySet[Any]:
    """Exactly the rows that make the measure's number."""
    found = rows_of(ds, actor, ask, ctx, measure.time, measure.axis).filter(meant(measure.where, ctx))
    if measure.agg in ("sum", "min", "max", "avg", "median", "distinct", "value") and measure.expr is not None:
        found = found.alias(m_value=value(measure.expr, ctx)).filter(m_value__isnull=False)
    return found
