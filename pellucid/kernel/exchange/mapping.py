"""Which column of a file becomes which field, and how its words become values."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.records.models import OwnedRecord
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.declare import Resource
from pellucid.kernel.resources.fields import specs, writable

from .making import attributes

UNKNOWN = ("error", "empty", "create")
DATES = ("", "mdy", "dmy")
SELF_MADE = ("created_at", "created_by")


@dataclass(frozen=True, slots=True)
class Rule:
    """One column. `values` replaces words of the file, `times` multiplies numbers, `unknown` says what a word that is in no
    list becomes: an error, nothing, or a new value of the dictionary. `dates` tells what 1/2/2013 is: mdy in January, dmy in February."""

    column: str
    field: str
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)
    times: Decimal = Decimal(1)
    unknown: str = "error"
    dates: str = ""

    def as_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"column": self.column, "field": self.field}
        if self.values:
            out["values"] = dict(self.values)
        if self.times != 1:
            out["times"] = str(self.times)
        if self.unknown != "error":
            out["unknown"] = self.unknown
        if self.dates:
            out["dates"] = self.dates
        return out


@dataclass(frozen=True, slots=True)
class Plan:
    """All columns, and the values of fields that no column gives."""

    rules: tuple[Rule, ...] = ()
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The fields that are filled."""
        return [r.field for r in self.rules if r.field]

    def as_json(self) -> dict[str, Any]:
        return {"columns": [r.as_json() for r in self.rules], "defaults": dict(self.defaults)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Plan:
        """Read a kept or written plan. Raises Invalid for what is none."""
        try:
            rules = tuple(
                Rule(str(c["column"]), str(c.get("field") or ""), {str(k): str(v) for k, v in (c.get("values") or {}).items()},
                     Decimal(str(c.get("times") or 1)), str(c.get("unknown") or "error"), str(c.get("dates") or ""))
                for c in stored.get("columns", ())
            )
            plan = cls(rules, dict(stored.get("defaults") or {}))
        except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as wrong:
            raise Invalid({"mapping": [_("This is no mapping of columns to fields.")]}) from wrong
        if any(r.unknown not in UNKNOWN or r.dates not in DATES or not r.times.is_finite() or r.times == 0 for r in rules):
            raise Invalid({"mapping": [_("This is no mapping of columns to fields.")]})
        return plan


def targets(resource: type[Resource], actor: Actor) -> dict[str, Spec]:
    """The fields this actor may fill by an import: the importable ones he may write, custom fields, and of the record's own stamps
    its owner, number, author and date."""
    key = resource.key()
    known, may = specs(key), writable(key, actor)

    def level(name: str) -> str:
        return "write" if actor.rights is None else actor.rights.field(key, name)

    out = {n: known[n] for n in resource.importable if n in known and level(n) == "write"}
    out |= {n: s for n, s in may.items() if s.custom and n not in out}
    owned = issubclass(resource.model, OwnedRecord)
    needed = [] if owned else [n for n, s in known.items() if s.required and s.kind.key in ("unit", "user", "term")]
    extra = [*(["owner"] if owned else needed), *(["number"] if resource.number else []), *SELF_MADE]
    out |= {n: known[n].changed(required=False) for n in extra if n in known and n not in out and level(n) == "write"}
    return out | attributes(key)


def checked(plan: Plan, resource: type[Resource], actor: Actor, headers: Iterable[str]) -> Plan:
    """The plan if it can be used on these columns. Raises Invalid naming what cannot."""
    may, there, errors = targets(resource, actor), set(headers), {}
    for name in [*plan.names, *plan.defaults]:
        if name not in may:
            errors[name] = [_("There is no field “%(name)s” to fill in.") % {"name": name}]
    twice = {n for n in plan.names if plan.names.count(n) > 1}
    errors |= {n: [_("Two columns are to become “%(name)s”.") % {"name": may[n].label}] for n in twice if n in may}
    if not any(r.field and r.column in there for r in plan.rules):
        errors["mapping"] = [_("No column of the file is mapped to a field.")]
    if errors:
        raise Invalid(errors)
    return Plan(tuple(r for r in plan.rules if r.column in there), plan.defaults)


def missing(plan: Plan, resource: type[Resource], actor: Actor) -> list[Spec]:
    """Required fields that neither a column nor a default gives."""
    given = {*plan.names, *plan.defaults}
    return [s for n, s in targets(resource, actor).items() if s.required and n not in given and s.default in (None, "")]


def shipped(name: str) -> tuple[str, dict[str, Any]] | None:
    """A mapping that ships with an area as data/mappings/<name>.json: (importer or resource key, what the file says)."""
    for config in apps.get_app_configs():
        path = Path(config.path) / "data" / "mappings" / f"{name}.json"
        if config.name.startswith("pellucid.") and name.replace("_", "").isalnum() and path.is_file():
            found = json.loads(path.read_text(encoding="utf-8"))
            return found["resource"], found
    return None
