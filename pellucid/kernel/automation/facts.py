"""What a rule's conditions may look at: the fields of the record, what they held before, and how both are asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.conditions import filters_of, holding
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import from_extra, specs, to_extra, value_of
from pellucid.kernel.resources.happened import said
from pellucid.kernel.resources.query import sql_type
from pellucid.kernel.resources.telling import value_words

from .definition import BEFORE

PLAIN = frozenset({"bigint", "integer", "smallint", "text", "numeric", "date", "timestamptz", "boolean"})


class Former:
    """A field's label, of the time before the event."""

    def __init__(self, label: Any) -> None:
        self.label = label

    def __str__(self) -> str:
        return _("%(field)s before") % {"field": self.label}


def before_specs(key: str) -> dict[str, Spec]:
    """What a field held before the event, as columns beside the record's; fields of several values have none."""
    out = {}
    for name, spec in specs(key).items():
        kept = _type(key, spec)
        if kept in PLAIN and spec.kind.operators and spec.kind.key not in ("conditions", "step", "file"):
            out[BEFORE + name] = spec.changed(name=BEFORE + name, label=Former(spec.label), column=BEFORE + name, custom=False, null=True,
                                              empty=None, options={**spec.options, "sql": kept})  # fmt: skip
    return out


def _type(key: str, spec: Spec) -> str:
    if spec.custom:
        return {"number": "numeric", "moment": "date", "flag": "boolean", "text": "text"}.get(spec.kind.family, "") \
            if spec.kind.key != "datetime" else "timestamptz"  # fmt: skip
    try:
        return str(spec.options.get("sql") or sql_type(registry[key].model._meta.get_field(spec.name)))
    except LookupError:
        return ""


def known_specs(key: str, *, before: bool) -> dict[str, Spec]:
    """Everything a condition of this rule may name."""
    return {**specs(key), **(before_specs(key) if before else {})}


def named(text: str) -> list[str]:
    """The fields that conditions name, each once."""
    return list(dict.fromkeys(f.name for f in filters_of(text)))


def beside(key: str, text: str, record: Any, before: Mapping[str, Any]) -> dict[str, tuple[Spec, Any]]:
    """The former values that conditions ask about: what the event replaced, else what stands there still."""
    known = before_specs(key)
    out = {}
    for name in named(text):
        if spec := known.get(name):
            own = specs(key)[name.removeprefix(BEFORE)]
            column = own.name if own.custom else own.column
            held = before[column] if column in before else _plain(value_of(record, own))
            out[name] = (spec, held)
    return out


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else str(value) if isinstance(value, Decimal) else value


def holds(key: str, text: str, record: Any, before: Mapping[str, Any], row: Mapping[str, Any] | None = None) -> bool | None:
    """Whether the conditions hold for a record as it is, or as `row` says it was; None when it is gone. Raises Invalid when they cannot be
    answered."""
    found = holding(key, [text], record.pk, beside(key, text, record, before), row=row)
    return None if found is None else found[0]


def looked_at(key: str, text: str, record: Any, before: Mapping[str, Any]) -> list[list[Any]]:
    """[field, value] of what the conditions looked at, as it is kept in the log; nothing that is personal."""
    known, given, out = specs(key), beside(key, text, record, before), []
    for name in named(text):
        spec = known.get(name.removeprefix(BEFORE)) if name in given else known.get(name)
        if spec is None or spec.personal:
            continue
        value = given[name][1] if name in given else value_of(record, spec)
        out.append([name, to_extra(spec, value) if not isinstance(value, Decimal) else str(value)])
    return out


def in_words(key: str, text: str, facts: Sequence[tuple[str, Any]], show: Show, actor: Actor) -> list[str]:
    """What was asked of which values: "Amount 620,000 (≥ 500,000)"."""
    known, values, out = known_specs(key, before=True), dict(facts), []
    for f in filters_of(text):
        spec = known.get(f.name)
        if spec is None:
            continue
        asked = value_words(spec, f, show, actor)
        if f.name not in values:
            out.append(f"{spec.label} {asked}")
            continue
        held = from_extra(spec.changed(custom=True), values[f.name])
        out.append(f"{spec.label} {said(spec, held, show, {}) or '–'} ({asked})" if spec.kind.key != "link" else f"{spec.label} {asked}")
    return out


def actor_and_show() -> tuple[Actor, Show]:
    """The program, and how it reads values."""
    actor = Actor.system("rule")
    return actor, show_for(actor)
