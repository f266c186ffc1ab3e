"""Everything that points at a record: foreign keys, (resource, id) pairs, custom link fields. Merging, deleting and erasing walk it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from .declare import registry
from .models import MergeRun

# What only tells of the past, or of one record's own bookkeeping, is not moved.
MOST = 20  # rows named of one kind of fault
FIXED = {MergeRun._meta.model_name, "eventitem", "event", "delivery", "reveal", "importrow"}


@dataclass(frozen=True, slots=True)
class Pointer:
    """One way to point at a record: a column of a model; `key_column` names the resource beside it, where it is a pair."""

    model: type[models.Model]
    column: str
    key_column: str = ""

    @property
    def name(self) -> str:
        return f"{self.model._meta.label}.{self.column}"

    def rows(self, key: str, pk: int) -> models.QuerySet:
        """Rows that point at this record."""
        where: dict[str, Any] = {self.column: pk}
        if self.key_column:
            where[self.key_column] = key
        return self.model._base_manager.filter(**where)


def pointers(target: type[models.Model]) -> Iterator[Pointer]:
    """Every way to point at a record of this model. A model names further pairs in `record_refs`."""
    for model in apps.get_models():
        if not model._meta.managed or model._meta.model_name in FIXED:
            continue
        names = {f.name for f in model._meta.concrete_fields}
        for field in model._meta.concrete_fields:
            if field.related_model is target and field.is_relation and field.name not in ("created_by", "deleted_by"):
                yield Pointer(model, field.attname)
        if {"resource", "record_id"} <= names:
            yield Pointer(model, "record_id", "resource")
        for key_column, column in getattr(model, "record_refs", ()):
            yield Pointer(model, column, key_column)


def orphans() -> Iterator[tuple[Pointer, str, list[int]]]:
    """Pairs of resource and id that name no record, not even one in the bin: (way, resource, ids of the pointing rows)."""
    pairs = {(p.model, p.column, p.key_column): p for res in registry.values() for p in pointers(res.model) if p.key_column}
    for way in pairs.values():
        for key, res in registry.items():
            there = res.model._base_manager.filter(pk=models.OuterRef(way.column))
            rows = way.model._base_manager.filter(~models.Exists(there), **{way.key_column: key, f"{way.column}__isnull": False})
            if found := list(rows.order_by("pk").values_list("pk", flat=True)[:MOST]):
                yield way, key, found


def pointer(name: str, target: type[models.Model]) -> Pointer | None:
    """The pointer of this name, if it is still there."""
    return next((p for p in pointers(target) if p.name == name), None)
