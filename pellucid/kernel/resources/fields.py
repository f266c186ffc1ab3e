"""The fields of a resource as one reader sees them: the model's, merged with custom fields, layout and field rights."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models
from django.db.models.fields import NOT_PROVIDED

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import kept, still_written
from pellucid.kernel.records import terms
from pellucid.kernel.records.fields import Facts
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.translated import say
from pellucid.kernel.records.versions import versioned

from .declare import Resource, registry
from .models import CustomField, Layout

HIDDEN = frozenset({"id", "version", "extra", "merged_into", "deleted_at", "deleted_by"})
PLAIN: tuple[tuple[type[models.Field], str], ...] = (
    (models.EmailField, "email"),
    (models.URLField, "url"),
    (models.BooleanField, "bool"),
    (models.DateTimeField, "datetime"),
    (models.DateField, "date"),
    (models.DecimalField, "decimal"),
    (models.IntegerField, "integer"),
    (models.TextField, "longtext"),
    (models.CharField, "text"),
)


def kind_of(field: models.Field) -> str:
    """The key of the kind of a model field: its own, else by Django's class."""
    known = getattr(field, "kind", None)
    if isinstance(known, str):
        return known
    if field.choices:
        return "choice"
    return next((key for cls, key in PLAIN if isinstance(field, cls)), "text")


def _called(field: Any) -> bool:
    """Whether the model says what a field is called; Django makes a label of the name of any other."""
    return getattr(field, "_verbose_name", None) is not None


@cache
def model_specs(key: str) -> dict[str, Spec]:
    """Every field of the resource's model as a spec, by name."""
    resource = registry[key]
    out: dict[str, Spec] = {}
    for field in resource.model._meta.fields:
        made = getattr(field, "generated", False)
        worth: Any = field.output_field if made else field  # type: ignore[attr-defined]
        if field.name in HIDDEN or field.name in resource.model.inner or made and not isinstance(worth, Facts):
            continue
        if made:  # shown like what it comes to, and never filled in
            worth.set_attributes_from_name(field.name)
            worth.model, field = field.model, worth
        tones = getattr(field, "tones", {}) or {}
        default = field.default if field.default is not NOT_PROVIDED else None
        empty = None if field.null else "" if isinstance(field, (models.CharField, models.TextField)) else default
        blankless = not field.null and not field.blank and field.default is NOT_PROVIDED
        target = field.related_model._meta.model_name if field.related_model and kind_of(field) == "link" else ""
        out[field.name] = Spec(
            name=field.name,
            label=field.verbose_name,
            kind=kind(kind_of(field)),
            column=field.column or "",
            required=blankless,
            help=field.help_text,
            choices=tuple((v, label, tones.get(v, "")) for v, label in field.flatchoices or ()),
            dictionary=getattr(field, "dictionary", ""),
            target=target or "",
            max_length=field.max_length or 0,
            digits=(getattr(field, "max_digits", 18) or 18, getattr(field, "decimal_places", 2) or 0),
            unique=field.unique,
            editable=field.editable and not made and field.name not in resource.managed,
            personal=getattr(field, "personal", False),
            style=getattr(field, "style", "") or ("exact" if getattr(resource.model, "to_the_cent", False) and kind_of(field) == "money" else ""),
            mask=getattr(field, "mask", ""),
            null=field.null,
            default=default,
            empty=empty,
            companion=getattr(field, "companion", ""),
            options={fact: said for fact in ("of", "by", "called", "between") if (said := getattr(field, fact, None))}
            | ({} if _called(field) else {"unnamed": True}),
        )
    return out


@versioned("overlay", "terms")
def overlay(key: str) -> tuple[dict[str, Spec], dict[str, dict[str, Any]]]:
    """(custom fields by name, layout changes by field name) of a resource."""
    custom = {}
    for c in CustomField.objects.filter(resource=key, retired_at=None):
        default = c.default
        custom[c.name] = Spec(
            name=c.name,
            label=_Said(c.label, c.uom),
            kind=kind(c.kind),
            column="extra",
            required=c.required,
            help=_Said(c.help),
            dictionary=c.dictionary,
            target=c.target,
            max_length=500 if c.kind == "text" else 0,
            personal=c.personal,
            custom=True,
            null=True,
            default=default,
            digits=(18, 2) if c.kind == "money" else (18, 4),
            options={"section": c.section, "sortable": c.sortable, "id": c.pk, "uom": c.uom, "edges": [Decimal(e) for e in c.edges],
                     "when": _when(c)},
        )
    layout = {
        o.field: {"label": o.label, "position": o.position, "hidden": o.hidden, "required": o.required, "default": o.default,
                  "points": o.points, "demanded_from": o.demanded_from}
        for o in Layout.objects.filter(resource=key)
    }
    return custom, layout


def _when(field: CustomField) -> tuple[str, ...]:
    """The field and its values for which a custom field is asked for, as forms say it."""
    known = terms.known()
    held = [known[t].merged_into or t for t in field.only_for.get("terms", ()) if t in known]
    return (field.only_for["field"], *map(str, dict.fromkeys(held))) if held else ()


def wanted(spec: Spec, record: Any) -> bool:
    """Whether a record has a field at all: one that is asked for some values of another field only is elsewhere only if it is filled in."""
    when = spec.options.get("when") if spec.custom else ()
    return not when or str(getattr(record, f"{when[0]}_id", "")) in when[1:] or value_of(record, spec) not in (None, "", [])


class _Said:
    """A translated label of a row, lazy in the reader's language, with its unit of measure."""

    __slots__ = ("label", "uom")

    def __init__(self, label: dict[str, str], uom: str = "") -> None:
        self.label, self.uom = label, uom

    def __str__(self) -> str:
        return f"{say(self.label)} ({self.uom})" if self.uom else say(self.label)

    def __bool__(self) -> bool:
        return bool(self.label)


@versioned("overlay", "terms")
def specs(key: str) -> dict[str, Spec]:
    """All fields of a resource with custom fields and the administrator's layout laid over, in order."""
    custom, layout = overlay(key)
    merged = {**model_specs(key), **custom}
    for name, change in layout.items():
        spec = merged.get(name)
        if spec is None:
            continue
        facts: dict[str, Any] = {
            "required": spec.required or change["required"],
            "options": {**spec.options, "hidden": change["hidden"]},
        }
        if change["label"]:
            facts["label"] = _Said(change["label"])
        if change["default"] is not None:
            facts["default"] = change["default"]
        merged[name] = spec.changed(**facts)
    places = {name: change["position"] for name, change in layout.items() if change["position"] is not None}
    return dict(sorted(merged.items(), key=lambda item: places.get(item[0], 0)))


def arranged(key: str, names: Iterable[str]) -> list[str]:
    """Names in the administrator's order; as they come where he set none."""
    places = {name: change["position"] for name, change in overlay(key)[1].items() if change["position"] is not None}
    return sorted(names, key=lambda name: places.get(name, 0)) if places else list(names)


WITHHELD = "****"


def readable(key: str, actor: Actor) -> dict[str, Spec]:
    """The fields the actor may read (masked ones included); an unreadable field does not exist for him."""
    found = specs(key)
    if actor.rights is None or not any(r == key for r, _name in actor.rights.fields):
        return found
    return {name: spec for name, spec in found.items() if actor.rights.field(key, name) != "none"}


def offered(key: str, actor: Actor) -> dict[str, Spec]:
    """Those of them that people choose from: what has no name of its own is the program's (a key of duplicates, who was reminded)."""
    return {name: spec for name, spec in readable(key, actor).items() if "unnamed" not in spec.options}


def masked(key: str, name: str, actor: Actor) -> bool:
    """Whether the actor sees this field only in part."""
    return actor.rights is not None and actor.rights.field(key, name) == "masked"


def withheld(key: str, name: str, how: str, actor: Actor) -> bool:
    """Whether a fact of an event is none for the actor: its field's right decides; a sum that is no field goes with all sums of the record."""
    if actor.rights is None or not any(r == key for r, _name in actor.rights.fields):
        return False
    known = specs(key)
    asked = [name] if name in known else [n for n, spec in known.items() if how == "money" and spec.kind.key == "money"]
    may = readable(key, actor)
    return any(n not in may or masked(key, n, actor) for n in asked)


def clear(key: str, actor: Actor, *names: str) -> bool:
    """Whether the actor may see such records, and these of their fields in full."""
    may = readable(key, actor)
    return actor.may(key, "view") and all(n in may and not masked(key, n, actor) for n in names)


def writable(key: str, actor: Actor) -> dict[str, Spec]:
    """The fields the actor may fill in a form."""
    found = {name: spec for name, spec in specs(key).items() if spec.editable}
    if actor.rights is None or not any(r == key for r, _name in actor.rights.fields):
        return found
    return {name: spec for name, spec in found.items() if actor.rights.field(key, name) == "write"}


def written(key: str, record: Any, actor: Actor) -> dict[str, Spec]:
    """Those of them that may be written now: what the state of the record leaves, without what is being decided."""
    left, held, found = still_written(record), kept(record), writable(key, actor)
    return {name: spec for name, spec in found.items() if name not in held and (left is None or name in left)}


def value_of(record: Any, spec: Spec) -> Any:
    """The raw value a record holds for a spec."""
    if spec.custom:
        return from_extra(spec, record.extra.get(spec.name))
    return getattr(record, spec.column if spec.column and hasattr(record, spec.column) else spec.name)


def resource_title(resource: type[Resource], record: Any) -> str:
    """What a record is called."""
    return str(getattr(record, resource.title, "") or f"#{record.pk}")


def to_extra(spec: Spec, value: Any) -> Any:
    """A custom field's value as it is kept in JSON: numbers and days as text."""
    if value is None or isinstance(value, (bool, str, list)) or spec.kind.key in ("term", "link", "user"):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else f"{value:f}"


def from_extra(spec: Spec, kept: Any) -> Any:
    """The value of what was kept in JSON; None for anything unreadable."""
    if kept is None or spec.kind.family in ("text", "flag", "set", "array"):
        return kept
    try:
        if spec.kind.family == "number":
            return Decimal(kept)
        return dt.date.fromisoformat(kept) if spec.kind.key == "date" else dt.datetime.fromisoformat(kept)
    except (TypeError, ValueError, ArithmeticError):
        return None
