"""What the values of dimensions are called, looked up after the query: one look-up per linked resource, none for the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import kind_of, model_specs

from .declare import Dataset, Dim
from .paths import end, walk


def spec_of(ds: Dataset, dim: Dim) -> Spec:
    """A dimension's values as one value the kinds know: by the field at its path, or by its choices."""
    known = _like(ds, dim)
    if known is not None:
        return known.changed(name=dim.name, label=dim.label)
    if dim.target:
        return Spec(dim.name, dim.label, kind("link"), target=dim.target)
    path = _path(dim)
    if not path:
        return Spec(dim.name, dim.label, kind("choice"), choices=tuple((v, label, "") for v, label in dim.choices))
    field = end(ds.model, path)
    return Spec(dim.name, dim.label, kind(kind_of(field)), choices=tuple((v, label, "") for v, label in field.flatchoices or ()))


def target_of(ds: Dataset, dim: Dim) -> str:
    """The resource a dimension's values are records of; "" for other values."""
    known = _like(ds, dim)
    return known.target if known is not None else dim.target


def _path(dim: Dim) -> str:
    return dim.expr if isinstance(dim.expr, str) else dim.like


def _like(ds: Dataset, dim: Dim) -> Spec | None:
    """The value it is declared to be, else that of the resource's field at its path."""
    path = _path(dim)
    if dim.spec is not None or dim.target or not path:
        return dim.spec
    owner = walk(ds.model, path)[-1].model
    key = getattr(owner, "of", owner)._meta.model_name or ""
    return model_specs(key).get(end(ds.model, path).name) if key in registry else None


def labelled(ds: Dataset, dim: Dim, values: Iterable[Any], show: Show) -> dict[Any, str]:
    """Values and their words. What is not filled in is a value of its own."""
    spec, found = spec_of(ds, dim), {value for value in values if value is not None}
    out: dict[Any, str] = {None: str(dim.none) if dim.none else _("(not filled in)")}
    if spec.kind.key == "link" and spec.target in registry:
        resource = registry[spec.target]
        titles = dict(resource.model._base_manager.filter(pk__in=found).values_list("pk", resource.title))
        return out | {value: str(titles.get(value) or f"#{value}") for value in found}
    return out | {value: spec.kind.words(spec, value, show) or str(value) for value in found}


def options(spec: Spec, show: Show) -> list[Any]:
    """The values a dictionary or a list of choices names, in its order; nothing for others."""
    return [value for value, *_rest in spec.choices] or [value for value, *_rest in spec.kind.options(spec, show)]


def listed(ds: Dataset, dim: Dim, show: Show) -> int:
    """How many values the list of a dimension names."""
    return len(options(spec_of(ds, dim), show))


def graded(ds: Dataset, dim: Dim) -> bool:
    """Whether the values of a dimension are grades, one above the other."""
    return spec_of(ds, dim).kind.key == "level"


def ordered(ds: Dataset, dim: Dim, values: Iterable[Any], show: Show) -> list[Any]:
    """Values in the order their dictionary, choices or list keeps them; others by their words, what is not filled in last."""
    spec, found = spec_of(ds, dim), set(values)
    named = [value for value in options(spec, show) if value in found]
    said = labelled(ds, dim, found, show)
    return named + sorted((v for v in found if v not in set(named)), key=lambda v: (v is None, said.get(v, str(v))))
