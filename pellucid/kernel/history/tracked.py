"""Which tables keep a past, and what of it: read off the models, handed to the SQL writers as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import connection as default_connection
from django.db.models import DateTimeField, GeneratedField, Model

FAR = "9999-01-01 00:00:00+00"  # "for ever": infinity cannot be loaded by psycopg
SPAN_COLUMNS = ("span_id", "id", "valid_from", "valid_to", "recorded_at", "recorded_to", "is_correction", "actor", "event")
NEVER = ("version", "updated_at")  # they say that something changed, not what


@dataclass(frozen=True)
class Tracked:
    """One table with a past. Columns are (name, SQL type); `unaudited` ones leave no line, `temporal` ones keep periods."""

    table: str
    columns: tuple[tuple[str, str], ...]
    pk: str = "id"
    unaudited: frozenset[str] = frozenset(NEVER)
    temporal: tuple[str, ...] = ()
    valid_since: tuple[str, ...] = ()
    personal: frozenset[str] = frozenset()
    extra: str = ""  # the JSONB column whose keys are fields of their own
    alive: tuple[str, ...] = ()  # columns that are NULL while the record lives
    versioned: bool = False
    audited: bool = True
    _types: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,47}", self.table):
            raise ImproperlyConfigured(f"{self.table}: a table with a past is named in lower case, with at most 48 characters")
        if dict(self.columns).get(self.pk) not in ("bigint", "integer", "smallint"):
            raise ImproperlyConfigured(f"{self.table}: a table with a past has a whole number as its primary key")
        if self.temporal and not self.audited:
            raise ImproperlyConfigured(f"{self.table}: a temporal table is audited too")
        self._types.update(self.columns)
        if taken := {*self.temporal} & {*SPAN_COLUMNS}:
            raise ImproperlyConfigured(f"{self.table}: {sorted(taken)} are names of span columns and cannot be temporal")
        for name in (*self.temporal, *self.valid_since, *self.alive):
            if name not in self._types:
                raise ImproperlyConfigured(f"{self.table} has no column {name}")

    @property
    def span(self) -> str:
        return f"{self.table}_span"

    @property
    def audit_columns(self) -> list[str]:
        return [name for name, _ in self.columns if name not in self.unaudited and name != self.extra]

    def type_of(self, column: str) -> str:
        return self._types[column]


_extra: dict[type[Model], dict[str, Any]] = {}


def track(model: type[Model], **facts: Any) -> None:
    """Keep the past of a model that is no Record; `facts` are the class facts a Record carries (temporal, unaudited, ...)."""
    _extra[model] = facts
    tracked_of.cache_clear()


def models_with_past() -> Iterator[type[Model]]:
    """Every model whose rows leave audit lines."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and (model in _extra or getattr(model, "audited", None) is True):
            yield model


def versioned_models() -> Iterator[type[Model]]:
    """Every model whose rows count their changes."""
    for model in apps.get_models():
        columns = {f.column for f in model._meta.local_concrete_fields}
        if model._meta.managed and not model._meta.proxy and _declares(model) and set(NEVER) <= columns:
            yield model


def _declares(model: type[Model]) -> bool:
    return isinstance(getattr(model, "audited", None), bool)


def _fact(model: type[Model], name: str) -> Iterable[str]:
    said = _extra.get(model, {}).get(name, getattr(model, name, ()))
    return said if isinstance(said, (tuple, list, set, frozenset)) else ()  # a field may have that name


def column_of(model: type[Model], name: str) -> str:
    """The column of a field, named by its field or its column."""
    for f in model._meta.local_concrete_fields:
        if name in (f.name, f.column):
            return str(f.column)
    raise FieldDoesNotExist(f"{model._meta.label} has no field {name}")


@cache
def tracked_of(model: type[Model]) -> Tracked:
    """What is kept of a model's past."""
    meta = model._meta
    real = [f for f in meta.local_concrete_fields if not isinstance(f, GeneratedField)]
    columns = tuple((str(f.column), str(f.db_type(default_connection))) for f in real)
    names = {name for name, _ in columns}
    try:
        temporal = tuple(column_of(model, name) for name in _fact(model, "temporal"))
        since = tuple(column_of(model, name) for name in _fact(model, "valid_since"))
        personal = {column_of(model, name) for name in _fact(model, "personal")}
    except FieldDoesNotExist as error:
        raise ImproperlyConfigured(str(error)) from None
    for f in real:
        if f.column in since and not isinstance(f, DateTimeField):
            raise ImproperlyConfigured(f"{meta.label}.{f.name} is named in valid_since: that takes a date with time")
    unaudited = {column_of(model, name) if name in {f.name for f in real} else name for name in _fact(model, "unaudited")}
    return Tracked(
        table=meta.db_table,
        columns=columns,
        pk=str(meta.pk.column),
        unaudited=frozenset({*NEVER, *unaudited}),
        temporal=temporal,
        valid_since=since if temporal else (),
        personal=frozenset(personal | {str(f.column) for f in real if getattr(f, "personal", False)}),
        extra="extra" if "extra" in names else "",
        alive=tuple(name for name in ("deleted_at", "merged_into", "merged_into_id") if name in names),
        versioned=set(NEVER) <= names and _declares(model),
    )
