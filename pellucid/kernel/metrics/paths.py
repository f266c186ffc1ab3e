"""Paths from a dataset's rows to fields: what they pass, where they end, and which fields of which resources they read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import F, Q
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import BaseExpression, OuterRef

from pellucid.kernel.history.span_models import Span


class BadPath(ValueError):
    """A path that leads nowhere, or to many rows; the message says which."""


@dataclass(frozen=True, slots=True)
class Step:
    """One field that a path reads, on the model it stands on."""

    model: type[models.Model]
    field: Any


@cache
def walk(model: type[models.Model], path: str) -> tuple[Step, ...]:
    """Every field on the way. Raises BadPath."""
    out: list[Step] = []
    here: Any = model
    for part in path.split(LOOKUP_SEP):
        if here is None:
            raise BadPath(f"{path!r} goes past a plain field")
        found = _field(here, part)
        if found.one_to_many or found.many_to_many:
            raise BadPath(f"{path!r} multiplies rows; declare a dataset of that grain")
        out.append(Step(here, found))
        here = found.related_model if found.is_relation else None
    return tuple(out)


def _field(model: type[models.Model], part: str) -> Any:
    if part == "pk":
        return model._meta.pk
    for name in (part, part.removesuffix("_id")):
        try:
            return model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
    raise BadPath(f"{model.__name__} has no field {part!r}")


def end(model: type[models.Model], path: str) -> Any:
    """The field at which a path ends."""
    return walk(model, path)[-1].field


def is_moment(model: type[models.Model], path: str) -> bool:
    """Whether the field at the end keeps a moment rather than a day."""
    return isinstance(end(model, path), models.DateTimeField)


def used(thing: Any) -> Iterator[str]:
    """The paths that a path, a Q or an expression reads; subqueries speak of rows of their own."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, Q):
        for child in thing.children:
            yield from used(child) if not isinstance(child, tuple) else (_without_lookups(child[0]), *used_value(child[1]))
    elif isinstance(thing, F) and not isinstance(thing, OuterRef):
        yield str(thing.name)  # type: ignore[attr-defined]
    elif isinstance(thing, BaseExpression) and not hasattr(thing, "query"):
        for inner in thing.get_source_expressions():
            if inner is not None:
                yield from used(inner)


def used_value(value: Any) -> Iterator[str]:
    """Paths on the right side of a condition."""
    if isinstance(value, (F, BaseExpression)):
        yield from used(value)


def _without_lookups(name: str) -> str:
    parts = name.split(LOOKUP_SEP)
    while len(parts) > 1 and parts[-1] in LOOKUPS:
        parts.pop()
    return LOOKUP_SEP.join(parts)


LOOKUPS = frozenset({"in", "gt", "gte", "lt", "lte", "isnull", "exact", "range", "contains", "overlap", "date"})


def fields_read(model: type[models.Model], path: str) -> Iterator[tuple[str, str]]:
    """(resource key, field name) of every field a path reads, for the rights. Periods are read as the record they are of."""
    for step in walk(model, path):
        owner = step.model.of if issubclass(step.model, Span) else step.model
        yield owner._meta.model_name or "", step.field.name
