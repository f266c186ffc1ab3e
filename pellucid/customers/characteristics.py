"""What customers of a class have in common (R032): the share of each value among them beside its share among all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Func, IntegerField

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.metrics.intervals import wilson
from pellucid.kernel.records import terms
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.fields import masked, readable

from .models import Customer, CustomerClass

KINDS = ("term", "terms", "choice", "bool")
LEFT_OUT = frozenset({"customer_class", "is_customer"})
LEAST = 5  # fewer with a value in the class say nothing
MOST = 40  # values of one dimension; more are counted at the branches above them


@dataclass(frozen=True, slots=True)
class Value:
    """A value of one dimension: how many of the class have it, how many of all; `stands_out` when more of the class have it than chance
    would let have (the whole interval of its share lies above the share of all)."""

    value: Any
    label: str
    here: int
    everywhere: int
    share: float
    share_of_all: float
    stands_out: bool

    @property
    def times(self) -> float:
        """How many times as frequent as among all."""
        return self.share / self.share_of_all if self.share_of_all else 0.0


@dataclass(frozen=True, slots=True)
class Dimension:
    """A field with its values, the most telling first."""

    name: str
    label: str
    values: list[Value]


def dimensions(actor: Actor) -> list[Spec]:
    """The fields that may tell: what one chooses from a list, fields of the company's own included."""
    return [s for n, s in readable("customer", actor).items() if s.kind.key in KINDS and n not in LEFT_OUT and not masked("customer", n, actor)]


def counted(spec: Spec, actor: Actor) -> dict[tuple[int, Any], int]:
    """(class, value) -> how many customers in reach; of several values each counts."""
    rows = scoped(Customer, actor).order_by()
    if spec.custom:
        kept: Counter[tuple[int, Any]] = Counter()
        for customer_class, extra in rows.filter(extra__has_key=spec.name).values_list("customer_class", "extra"):
            value = extra[spec.name]
            kept += Counter((customer_class, v) for v in (value if isinstance(value, list) else [value]))
        return kept
    if spec.kind.key == "terms":
        each = Func(spec.name, function="unnest", output_field=IntegerField())
        return Counter(rows.annotate(each=each).values_list("customer_class", "each"))
    found = rows.exclude(**{f"{spec.name}__isnull": True}).values_list("customer_class", spec.name).annotate(n=Count("pk"))
    return {(customer_class, value): n for customer_class, value, n in found if value != ""}


def totals(actor: Actor) -> dict[int, int]:
    """How many customers in reach are in each class."""
    return dict(scoped(Customer, actor).order_by().values_list("customer_class").annotate(n=Count("pk")))


def lifted(counts: dict[tuple[int, Any], int], spec: Spec) -> dict[tuple[int, Any], int]:
    """Values of a tree that has too many of them counted at the branches above: a district belongs to its city, a trade to its division."""
    if spec.kind.key not in ("term", "terms"):
        return counts
    known = terms.known()
    while len({value for _class, value in counts}) > MOST:
        above: Counter[tuple[int, Any]] = Counter()
        for (customer_class, value), n in counts.items():
            at = known.get(value)
            above[customer_class, at.parent if at is not None and at.parent in known else value] += n
        if len(above) == len(counts):
            break
        counts = above
    return counts


def characteristics(customer_class: int, actor: Actor, show: Show) -> list[Dimension]:
    """Every dimension that says something of the class, the one with the most telling value first."""
    of_class = totals(actor)
    size, whole = of_class.get(customer_class, 0), sum(of_class.values())
    out = []
    for spec in dimensions(actor):
        counts = lifted(counted(spec, actor), spec)
        values = list(compared(counts, customer_class, size, whole, spec, show))
        if values:
            out.append(Dimension(spec.name, str(spec.label), values))
    return sorted(out, key=telling)


def telling(found: Dimension) -> tuple[bool, float, str]:
    """Dimensions in which something stands out come first, the strongest of them before all."""
    strongest = max((v.times for v in found.values if v.stands_out), default=0.0)
    return not strongest, -strongest, found.name


def compared(counts: dict[tuple[int, Any], int], customer_class: int, size: int, whole: int, spec: Spec, show: Show) -> Iterable[Value]:
    """The values found in the class beside their share among all customers, those that stand out first."""
    everywhere: Counter[Any] = Counter()
    for (_class, value), n in counts.items():
        everywhere[value] += n
    found = []
    for value, total in everywhere.items():
        here = counts.get((customer_class, value), 0)
        if not here or not size:
            continue
        share, of_all = here / size, total / whole
        low, _high = wilson(here, size)
        label = spec.kind.words(spec, [value] if spec.kind.key == "terms" else value, show)
        found.append(Value(value, label, here, total, share, of_all, here >= LEAST and low > of_all))
    return sorted(found, key=lambda v: (not v.stands_out, -v.times if v.stands_out else -v.here, v.label))


def classes() -> list[tuple[int, str]]:
    """The five classes."""
    return [(c.value, str(c.label)) for c in CustomerClass]
