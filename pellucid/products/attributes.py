"""Product attributes: the custom fields of products, as what was sold is analysed by them, one at a time, with the values of the day of signing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import BigIntegerField, BooleanField, Case, CharField, DecimalField, Func, IntegerField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.metrics.declare import Ctx, Dim
from pellucid.kernel.records import terms
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.resources.fields import clear, from_extra, overlay

KINDS = ("term", "decimal", "bool", "text")  # of several choices at once a line would count more than once


def attributes() -> dict[str, Spec]:
    """The attributes that are defined now, by name, in the administrator's order."""
    custom, layout = overlay("product")
    places = {name: change["position"] or 0 for name, change in layout.items()}
    found = {name: spec for name, spec in custom.items() if spec.kind.key in KINDS and not spec.personal}
    return dict(sorted(found.items(), key=lambda item: places.get(item[0], 0)))


def by_attribute(via: str) -> Callable[[], tuple[Dim, ...]]:
    """The attributes as dimensions of lines reached by this path, by what was kept of each when it was signed."""

    @versioned("overlay", "terms")
    def made() -> tuple[Dim, ...]:
        path = f"{via}attributes__values"
        return tuple(Dim(name, spec.label, expression(spec, path), uses=(f"{via}attributes",), spec=shown(spec), reads=(("product", name),))
                     for name, spec in attributes().items())  # fmt: skip

    return made


def expression(spec: Spec, path: str) -> Callable[[Ctx], Any]:
    """The value kept at a path, as PostgreSQL groups it: a number in its band, a merged term as the one it became."""
    text = KeyTextTransform(spec.name, path)
    edges = spec.options["edges"]
    match spec.kind.key:
        case "bool":
            found: Any = Cast(text, BooleanField())
        case "decimal" if edges:
            number = Cast(text, DecimalField(max_digits=18, decimal_places=4))
            found = Func(number, Value([str(e) for e in edges]), template="width_bucket(%(expressions)s::numeric[])", output_field=IntegerField())
        case "decimal":
            found = Cast(text, DecimalField(max_digits=18, decimal_places=4))
        case "term":
            became = {t.id: t.merged_into for t in terms.dictionaries().get(spec.dictionary, ()) if t.merged_into}
            held = Cast(text, BigIntegerField())
            found = Case(*(When(**{f"{path}__{spec.name}": old}, then=Value(new)) for old, new in became.items()), default=held,
                         output_field=BigIntegerField()) if became else held  # fmt: skip
        case _:
            found = Cast(text, CharField())
    return lambda ctx: found


def words_of(values: Mapping[str, Any], actor: Actor) -> str:
    """Kept values of attributes in words: those that are still defined, and that the actor may read of products."""
    show = show_for(actor)
    said = ((spec, from_extra(spec, values[name])) for name, spec in attributes().items() if name in values and clear("product", actor, name))
    return " · ".join(f"{spec.label} {spec.kind.words(spec, value, show)}" for spec, value in said if value not in (None, "", []))


def shown(spec: Spec) -> Spec:
    """How the values of the dimension read: bands as such."""
    edges: list[Decimal] = spec.options["edges"]
    if not edges:
        return spec
    ends = [None, *edges, None]
    return spec.changed(kind=kind("choice"), choices=tuple(
        (n, Band(low, high, spec.options["uom"]), "") for n, (low, high) in enumerate(pairwise(ends))))


class Band:
    """A band of numbers in words, in the reader's language."""

    def __init__(self, low: Decimal | None, high: Decimal | None, uom: str) -> None:
        self.low, self.high, self.uom = low, high, uom

    def __str__(self) -> str:
        low, high = (f"{n.normalize():,f}" if n is not None else "" for n in (self.low, self.high))
        uom = f" {self.uom}" if self.uom else ""
        if self.low is None:
            return str(_("below %(high)s")) % {"high": high + uom}
        if self.high is None:
            return str(_("%(low)s and more")) % {"low": low + uom}
        return str(_("%(low)s to below %(high)s")) % {"low": low, "high": high + uom}

