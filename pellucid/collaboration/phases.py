"""Stages a plan's steps may belong to: values of a field of the record the plan is for. Areas say which field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Way(NamedTuple):
    """How records of one kind advance: the field, and its values with labels in a reader's language, in order."""

    field: str
    options: Callable[[str], list[tuple[Any, str]]]


_ways: dict[str, Way] = {}


def declare(resource: str, field: str, options: Callable[[str], list[tuple[Any, str]]]) -> None:
    """Plans for these records may have steps per value of this field."""
    _ways[resource] = Way(field, options)


def options(language: str) -> list[tuple[str, str]]:
    """(stored text, label) of every stage of every way."""
    return [(f"{key}:{value}", label) for key, way in _ways.items() for value, label in way.options(language)]


def of(record: Any) -> str:
    """The stage a record is in, as a step stores it; "" where its kind has none."""
    key = record._meta.model_name or ""
    way = _ways.get(key)
    if way is None:
        return ""
    field = record._meta.get_field(way.field)
    return f"{key}:{getattr(record, field.attname)}"
