"""Figures of customers for value models, asked of the measures within the reader's reach, and what was published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Any

from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask, Measure, base_of, measures
from pellucid.kernel.records.days import Days, add_months

from .models import CustomerValue, ValueIndicator, ValueModel
from .valuing import Indicator, Points, Scored, scored

DAY = dt.timedelta(days=1)
DIMS = ("industry", "region", "level", "size")


def models(purpose: str = "") -> list[ValueModel]:
    """All models, those for value first."""
    rows = ValueModel._base_manager.filter(deleted_at=None)
    return list((rows.filter(purpose=purpose) if purpose else rows).order_by("-purpose", "name"))


def indicators_of(model: int) -> list[ValueIndicator]:
    """The indicators of a model, the weightiest first."""
    return list(ValueIndicator._base_manager.filter(model=model, deleted_at=None).order_by("-weight", "pk"))


def limits(text: str) -> Points:
    """“0:0, 100000:60” as limits with points. ValueError for anything else."""
    out = tuple((Decimal(limit.strip()), Decimal(points.strip())) for limit, points in (one.split(":") for one in text.split(",")))
    if not all(a[0] < b[0] for a, b in pairwise(out)) or any(not x.is_finite() for pair in out for x in pair):
        raise ValueError(text)
    if any(not 0 <= points <= 100 for _limit, points in out):
        raise ValueError(text)
    return out


def last_months(n: int, today: dt.date) -> Days:
    """The last so many months up to and with today."""
    return Days(add_months(today, -n) + DAY, today + DAY)


def by_customer(actor: Actor, measure: str, window: Days, today: dt.date) -> dict[int, Decimal | None]:
    """A measure of every customer that has it. Forbidden where it may not be asked."""
    found = answer(actor, Ask((measure,), by=("customer",), period=window), today)
    return {line.values[0]: None if line.cells[measure] is None else Decimal(line.cells[measure]) for line in found.lines if line.values[0]}


def counts_from_nothing(measure: str) -> bool:
    """Whether a customer without any row has 0 of it, not an unknown figure."""
    return isinstance(measures[measure], Measure) and all(m.additive or m.agg == "distinct" for m in base_of((measure,)).values())


def live(actor: Actor, found: Iterable[ValueIndicator], today: dt.date) -> list[Scored]:
    """The scores of now of every customer within reach that any indicator knows."""
    rows = list(found)
    values = {str(i.pk): by_customer(actor, i.measure, last_months(i.months, today), today) for i in rows}
    customers = set().union(*values.values()) if values else set()
    for i in rows:
        if counts_from_nothing(i.measure):
            values[str(i.pk)] = {c: values[str(i.pk)].get(c, Decimal(0)) for c in customers}
    model = [Indicator(str(i.pk), Decimal(i.weight), i.rule, limits(i.points) if i.points else (), i.low_is_good) for i in rows]
    return scored(model, values, customers) if rows else []


def published(model: int, customers: Collection[int] | None = None) -> dict[int, CustomerValue]:
    """Customer -> what was published of it by a model."""
    rows = CustomerValue._base_manager.filter(model=model, deleted_at=None)
    return {v.customer_id: v for v in (rows if customers is None else rows.filter(customer__in=list(customers)))}


def profiles(customers: Collection[int], dims: Iterable[str] = DIMS) -> dict[str, dict[int, Any]]:
    """Dimension -> customer -> its term."""
    names = list(dims)
    rows = Customer._base_manager.filter(pk__in=list(customers)).values_list("pk", *names)
    out: dict[str, dict[int, Any]] = {name: {} for name in names}
    for pk, *terms in rows:
        for name, term in zip(names, terms, strict=True):
            out[name][pk] = term
    return out
