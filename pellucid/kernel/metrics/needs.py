"""What a question needs: the rights its fields ask for. Refused before any query, never answered with nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records.errors import Forbidden
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import model_specs

from .declare import PICKED, Analysis, Ask, Dataset, Dim, Measure, Part, base_of, datasets
from .labels import target_of
from .paths import fields_read, used
from .rows import dim_of


def paths_of(ds: Dataset, thing: Measure | Dim) -> Iterator[str]:
    """Every path a measure or a dimension reads."""
    yield from thing.uses
    if isinstance(thing, Dim):
        if isinstance(thing.expr, str):
            yield thing.expr
        elif thing.like:
            yield thing.like
        return
    yield from used(thing.expr) if thing.expr is not None else ()
    yield from () if callable(thing.where) else used(thing.where)
    yield from (thing.axis,) if thing.axis else ()


def standing_paths(ds: Dataset) -> Iterator[str]:
    """Every path that a dataset's own condition reads."""
    yield from ds.uses
    yield from () if callable(ds.where) else used(ds.where)


def of_measure(measure: Measure) -> Iterator[tuple[str, str]]:
    """(resource key, field) of every field a measure reads, its dataset's default day among them."""
    ds = datasets[measure.dataset]
    yield ds.resource, ""
    for path in (*paths_of(ds, measure), *standing_paths(ds), *((ds.axis,) if measure.time != "any" else ())):
        yield from fields_read(ds.model, path)


def of_dim(ds: Dataset, name: str) -> Iterator[tuple[str, str]]:
    """(resource key, field) of every field a dimension of a dataset reads, the names of linked records among them."""
    dim = dim_of(ds, name)
    for path in paths_of(ds, dim):
        yield from fields_read(ds.model, path)
    yield from dim.reads
    target = target_of(ds, dim)
    if target in registry:
        yield target, registry[target].title


def missing(actor: Actor, read: Iterable[tuple[str, str]]) -> str:
    """The first right that is not there: a resource not to be seen, a field hidden or masked; "" when all are there."""
    rights = actor.rights
    if rights is None:
        return ""
    for key, name in read:
        if key not in registry:
            continue
        if not rights.may(key, "view"):
            return f"{key}.view"
        if (name in model_specs(key) or name.startswith("x_")) and rights.field(key, name) in ("none", "masked"):
            return f"{key}.{name}"
    return ""


def may(actor: Actor, name: str, by: tuple[str, ...] = ()) -> bool:
    """Whether the actor may ask a measure, shown by these dimensions."""
    for measure in base_of((name,)).values():
        ds = datasets[measure.dataset]
        if any(ds.dim(d) is None for d in by) or missing(actor, of_measure(measure)):
            return False
        if any(missing(actor, of_dim(ds, d)) for d in by):
            return False
    return True


def choosable(actor: Actor, a: Analysis) -> list[Dim]:
    """The dimensions one of which an analysis is asked by: those the actor may read."""
    ds = datasets[a.choice.dataset] if a.choice else None
    return [d for d in ds.more() if not missing(actor, of_dim(ds, d.name))] if ds and ds.more else []


def picked(part: Part, name: str) -> Part:
    """A part asked by the dimension that was chosen."""
    return replace(part, ask=replace(part.ask, by=tuple(name if d == PICKED else d for d in part.ask.by)))


def awaited(actor: Actor, a: Analysis) -> bool:
    """Whether all that an analysis lacks is something to choose from."""
    return a.choice is not None and not choosable(actor, a) and may(actor, a.parts[0].ask.measures[0])


def parts_for(actor: Actor, a: Analysis, chosen: str = "") -> list[Part]:
    """The parts of an analysis as the actor may ask them, each without the measures he may not; none when the first may not be asked.
    Of several dimensions to choose from it is the one chosen, else the first."""
    parts = a.parts
    if a.choice:
        names = [d.name for d in choosable(actor, a)]
        if not names:
            return []
        parts = tuple(picked(part, chosen if chosen in names else names[0]) for part in parts)
    first, *others = (narrowed(actor, part) for part in parts)
    return [first, *(part for part in others if part)] if first else []


def narrowed(actor: Actor, part: Part) -> Part | None:
    """A part without the measures that may not be asked; nothing when none is left, or it is ordered or picked by one of those."""
    fine = {name for name in part.ask.asked if may(actor, name, part.ask.by)}
    shown, share, also = (tuple(n for n in names if n in fine) for names in (part.ask.measures, part.ask.share, part.ask.also))
    ask = replace(part.ask, measures=shown, share=share, also=also)
    if not ask.measures or not fine.issuperset(ask.asked):
        return None
    return replace(part, ask=ask, between=part.between if part.between in fine else "")


def demand(actor: Actor, ask: Ask) -> None:
    """Raise Forbidden unless every field the question reads may be read in full."""
    for measure in base_of(ask.asked).values():
        ds = datasets[measure.dataset]
        read: list[Any] = [of_measure(measure), *(of_dim(ds, name) for name in (*ask.by, *ask.filters))]
        if path := ask.axis.get(ds.name):
            read.append(fields_read(ds.model, path))
        demand_of(actor, read)


def demand_of(actor: Actor, read: Iterable[Iterable[tuple[str, str]]]) -> None:
    """Raise Forbidden unless all of these fields may be read in full."""
    for each in read:
        if right := missing(actor, each):
            raise Forbidden(right)
