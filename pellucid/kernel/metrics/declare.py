"""A measure: one number, defined once over a resource, with a time axis, rights and the list behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core import checks

from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import model_specs


@dataclass(frozen=True, slots=True)
class Measure:
    """`sum` names the field added up; without it records are counted. `axis` is the day or moment that places a record in time; a measure
    without one is of now. `where` are filters as a list's address has them. `person` is the field that says whose figure it is."""

    key: str
    label: Any
    resource: str
    formula: Any
    sum: str = ""
    axis: str = ""
    where: tuple[tuple[str, str], ...] = ()
    person: str = "owner"
    unit: Any = ""
    good: str = "up"  # which way is good: up, down, or neither


measures: dict[str, Measure] = {}


def declare(*found: Measure) -> None:
    """Make measures known."""
    for measure in found:
        if measure.key in measures:
            raise RuntimeError(f"measure {measure.key!r} is declared twice")
        measures[measure.key] = measure


def problems() -> Iterator[checks.CheckMessage]:
    """Measures that name what is not there."""
    for m in measures.values():
        if m.resource not in registry:
            yield checks.Error(f"measure {m.key}: there is no resource {m.resource!r}.", id="pellucid.E020")
            continue
        known = model_specs(m.resource)
        for name in filter(None, (m.sum, m.axis, m.person, *(k.partition(".")[2] for k, _v in m.where))):
            if name not in known:
                yield checks.Error(f"measure {m.key} names {name!r}, which {m.resource} does not have.", id="pellucid.E021")


@checks.register("pellucid")
def check_measures(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every declared measure."""
    return list(problems())
