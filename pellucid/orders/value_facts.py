"""Figures of customers for value models, asked of the measures within the reader's reach, and what was published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask, Measure, base_of, measures
from pellucid.kernel.records import terms
from pellucid.kernel.records.days import Days, add_months
from pellucid.kernel.records.spec import Spec

from .models import CustomerValue, ValueIndicator, ValueModel
from .models.value import FIELD, of_profile
from .valuing import Indicator, Points, Scored, scored

DAY = dt.timedelta(days=1)
DIMS = ("industry", "region", "level", "size", "origin", "business", "customer_class", "kind")
OTHER = "*"  # every value that is not named


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
    """The scores of now of every customer within reach that any figure knows; of a model that goes by fields only, of every customer."""
    rows = list(found)
    asked = [i for i in rows if not i.measure.startswith(FIELD)]
    values = {str(i.pk): by_customer(actor, i.measure, last_months(i.months, today), today) for i in asked}
    customers = set().union(*values.values()) if asked else set(scoped(Customer, actor).values_list("pk", flat=True)) if rows else set()
    for i in asked:
        if counts_from_nothing(i.measure):
            values[str(i.pk)] = {c: values[str(i.pk)].get(c, Decimal(0)) for c in customers}
    known = of_field({i.measure for i in rows} - {i.measure for i in asked}, customers)
    values |= {str(i.pk): known[i.measure] for i in rows if i.measure in known}
    grouped = profiles(customers, {i.peers for i in rows if i.peers})
    return scored([indicator(i) for i in rows], values, customers, {str(i.pk): grouped[i.peers] for i in rows if i.peers}) if rows else []


def indicator(one: ValueIndicator) -> Indicator:
    """An indicator as it is counted with."""
    gate, cap = (None if x is None else Decimal(x) for x in (one.gate, one.cap))
    more: Points = ()
    other = None
    if one.rule == ValueIndicator.Rule.EACH:
        more, other = each(one.measure, one.points, strict=False)
    elif one.points:
        more = limits(one.points)
    return Indicator(str(one.pk), Decimal(one.weight), one.rule, more, one.low_is_good, other, gate, cap)


# ------------------------------------------------------------------------------------------------ fields of the customer itself
def numbers(spec: Spec) -> dict[Any, tuple[int, tuple[str, ...]]] | None:
    """Values of a field as numbers, with the words each goes by; None for a field that is a number itself."""
    if spec.kind.key == "term":
        return {t.id: (t.merged_into or t.id, () if t.merged_into else (t.code, *t.label.values(), *t.aliases))
                for t in terms.dictionaries().get(spec.dictionary, ())}  # fmt: skip
    if spec.kind.key == "bool":
        return {True: (1, ("1", "yes", "true", "是", _("Yes"))), False: (0, ("0", "no", "false", "否", _("No")))}
    if spec.choices:
        return {value: (n, (str(value), *said(label))) for n, (value, label, _tone) in enumerate(spec.choices)}
    return None


def said(label: Any) -> tuple[str, ...]:
    """A label in every language of the product."""
    out = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            out.append(str(label))
    return tuple(out)


def each(measure: str, text: str, *, strict: bool = True) -> tuple[Points, Decimal | None]:
    """“A:100, B:60, *:20” as numbers with points, and the points of all others. ValueError, with the word that is not known; a word that was
    known once counts for nobody, unless `strict`."""
    spec = of_profile()[measure]
    if (known := numbers(spec)) is None:
        raise ValueError(text)
    words = {word.strip().casefold(): n for n, names in known.values() for word in names}
    if spec.kind.key == "term":  # as everywhere: what a term is called now comes before what another was called once
        words = {word: found for word in words if (found := terms.find(spec.dictionary, word)) is not None}
    out: dict[Decimal, Decimal] = {}
    other = None
    for one in text.split(","):
        word, colon, points = one.rpartition(":")
        name, value = word.strip().casefold(), Decimal(points.strip())
        if not colon or not value.is_finite() or not 0 <= value <= 100:
            raise ValueError(text)
        if name == OTHER:
            other = value
        elif name in words:
            out[Decimal(words[name])] = value
        elif strict:
            raise ValueError(word.strip())
    return tuple(out.items()), other


def choices(measure: str) -> list[str]:
    """The values of a field by the first word each goes by in the reader's language."""
    spec = of_profile()[measure]
    known = numbers(spec) or {}
    show = show_for(Actor.system())
    return [spec.kind.words(spec, value, show) or names[0] for value, (_n, names) in known.items() if names]


def of_field(names: Collection[str], customers: Collection[int]) -> dict[str, dict[int, Decimal | None]]:
    """Field -> customer -> its value as a number; what is not filled in is not known."""
    specs, out = of_profile(), {}
    wanted = sorted(names)
    if not wanted:
        return {}
    rows = list(Customer._base_manager.filter(pk__in=list(customers)).values_list("pk", *(specs[n].column for n in wanted)))
    for at, name in enumerate(wanted, 1):
        known = numbers(specs[name])
        if known is None:
            out[name] = {row[0]: None if row[at] is None else Decimal(row[at]) for row in rows}
        else:
            out[name] = {row[0]: Decimal(known[row[at]][0]) if row[at] in known else None for row in rows}
    return out


def word(measure: str, value: Decimal) -> str | None:
    """The value of a field in words; None for a field that is a number itself."""
    spec = of_profile().get(measure)
    known = numbers(spec) if spec is not None else None
    if spec is None or known is None:
        return None
    raw = next((v for v, (n, words) in known.items() if n == value and words), None)
    return spec.kind.words(spec, raw, show_for(Actor.system())) if raw is not None else "—"


# ------------------------------------------------------------------------------------------------ what was published
def published(model: int, customers: Collection[int] | None = None) -> dict[int, CustomerValue]:
    """Customer -> what was published of it by a model."""
    rows = CustomerValue._base_manager.filter(model=model, deleted_at=None)
    return {v.customer_id: v for v in (rows if customers is None else rows.filter(customer__in=list(customers)))}


def profiles(customers: Collection[int], dims: Iterable[str] = DIMS) -> dict[str, dict[int, Any]]:
    """Dimension -> customer -> its term."""
    names = sorted(dims)
    rows = Customer._base_manager.filter(pk__in=list(customers)).values_list("pk", *names)
    out: dict[str, dict[int, Any]] = {name: {} for name in names}
    for pk, *found in rows:
        for name, value in zip(names, found, strict=True):
            out[name][pk] = value
    return out
