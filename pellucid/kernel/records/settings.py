"""Typed settings: declared in code, set by an administrator for the company or for a unit, read from memory.

`get(key, unit)` answers the value set at the unit or the nearest unit above it, else the company's, else the default. Settings are
changed by the action setting_set only.
"""
from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from . import versions
from .kinds import kind
from .models import Setting as Stored
from .spec import Spec

STEADY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that may be set. `scope` "unit" lets each branch or department differ from the company. `check` gets a parsed value
    and the unit (None: the company) and raises Invalid or Refused with a sentence."""

    key: str
    label: Any
    kind: str = "text"
    default: Any = None
    scope: str = "company"
    section: str = "company"
    help: Any = ""
    choices: tuple[tuple[Any, Any], ...] = ()
    required: bool = True
    least: int | None = None
    most: int | None = None
    max_length: int = 200
    dictionary: str = ""
    check: Callable[[Any, int | None], None] | None = None
    position: int = 100

    @property
    def spec(self) -> Spec:
        """What a form and a check need to know of the value."""
        return Spec(name=self.key, label=self.label, kind=kind(self.kind), required=self.required, help=self.help,
                    choices=tuple((value, label, "") for value, label in self.choices), dictionary=self.dictionary,
                    max_length=self.max_length if self.kind in ("text", "longtext") else 0, default=self.default,
                    null=not self.required)


registry: dict[str, Setting] = {}
sections: dict[str, tuple[int, Any]] = {}
_above: list[Callable[[int], Iterable[int]]] = []


def section(key: str, label: Any, position: int = 100) -> None:
    """Name a group of settings: one page under Settings."""
    sections[key] = (position, label)


def declare(*found: Setting) -> None:
    """Make settings known."""
    for setting in found:
        if setting.key in registry:
            raise ImproperlyConfigured(f"setting {setting.key!r} is declared twice")
        if setting.scope not in ("company", "unit"):
            raise ImproperlyConfigured(f"setting {setting.key!r}: there is no scope {setting.scope!r}")
        registry[setting.key] = setting


def of_section(key: str) -> list[Setting]:
    """The settings of a section in order."""
    return sorted((s for s in registry.values() if s.section == key), key=lambda s: s.position)


def read_units_from(above: Callable[[int], Iterable[int]]) -> None:
    """Let somebody who knows the tree answer for a unit and those above it, nearest first."""
    _above[:] = [above]


def kept(setting: Setting, value: Any) -> Any:
    """A value as it is stored."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date | dt.datetime | dt.time) else value


def unkept(setting: Setting, value: Any) -> Any:
    """The value of what was stored."""
    if isinstance(value, str):
        match setting.kind:
            case "decimal" | "money" | "percent":
                return Decimal(value)
            case "date":
                return dt.date.fromisoformat(value)
            case "datetime":
                return dt.datetime.fromisoformat(value)
    return value


@versions.versioned("settings")
def stored() -> dict[tuple[str, int | None], Any]:
    """What has been set, by key and unit."""
    return {(key, unit): value for key, unit, value in Stored.objects.values_list("key", "unit_id", "value")}


def get(key: str, unit: int | None = None) -> Any:
    """The value that holds for the company, or for a unit. KeyError for a key nobody declared."""
    setting, found = registry[key], stored()
    places: list[int | None] = [None]
    if unit is not None and setting.scope == "unit" and _above:
        places = [*_above[0](unit), None]
    for place in places:
        if (key, place) in found:
            return unkept(setting, found[key, place])
    return setting.default


_held: dict[str, tuple[float, Any]] = {}


def steady(key: str) -> Any:
    """As get(), for what is asked at every turn: outside of a request it looks into the database every few seconds at most, and answers
    the default while there is no database to ask."""
    if versions.inside():
        return get(key)
    until, value = _held.get(key, (0.0, None))
    if time.monotonic() >= until:
        try:
            value = get(key)
        except (DatabaseError, RuntimeError, ImproperlyConfigured):   # not migrated yet, or none allowed here
            return registry[key].default
        _held[key] = (time.monotonic() + STEADY_SECONDS, value)
    return value


def forget() -> None:
    """Read afresh at the next use in this process."""
    _held.clear()
