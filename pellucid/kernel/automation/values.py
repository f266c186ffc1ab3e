"""The inputs of a step: literals, values of fields, days from now on, and texts in which fields stand in braces."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.records.kinds import BadValue
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs, value_of
from pellucid.kernel.resources.happened import said
from pellucid.kernel.resources.marks import titled

HIDDEN = "…"
HERE = "record"  # {"field": "record"} is the record itself
END_OF_DAY = dt.time(18)
BRACES = re.compile(r"\{([a-z][a-z0-9_]{0,59})\}")
Beside = Mapping[str, tuple[Spec, Any]]  # values that stand beside the record's fields, by name: those of a process's own form
NONE: Beside = {}
LIKE = {"longtext": "text", "money": "decimal", "percent": "decimal", "integer": "decimal", "datetime": "date", "level": "choice"}


def known_of(key: str, beside: Beside = NONE) -> dict[str, Spec]:
    """What a value may be taken from: the record's fields, and what stands beside them."""
    return {**specs(key), **{name: spec for name, (spec, _value) in beside.items()}}


def fits(spec: Spec, key: str, beside: Beside = NONE) -> list[tuple[str, Any]]:
    """(field, label) of the record's fields whose value this input can take: what is personal goes only where it is kept as such."""
    out: list[tuple[str, Any]] = []
    if spec.kind.key == "link" and spec.target == key:
        out.append((HERE, _("this record")))
    for name, own in known_of(key, beside).items():
        same = LIKE.get(own.kind.key, own.kind.key) == LIKE.get(spec.kind.key, spec.kind.key)
        if spec.kind.key == "link":
            same = own.kind.key == "link" and own.target == spec.target
        elif spec.kind.key in ("term", "terms"):
            same = own.kind.key == spec.kind.key and own.dictionary == spec.dictionary
        elif spec.kind.key in ("choice", "level"):
            same = same and {c[0] for c in own.choices} <= {c[0] for c in spec.choices}
        if same and (spec.personal or not own.personal):
            out.append((name, own.label))
    return out


def entry(spec: Spec, value: Any, show: Show) -> Any:
    """A value as it would stand in the input."""
    match spec.kind.control:
        case "switch":
            return "1" if value else "0"
        case "choices":
            return [str(v) for v in value or ()]
        case "combobox" | "choice":
            return "" if value is None else str(value)
    return spec.kind.entry(spec, value, show)


def resolved(
    asked: Mapping[str, Spec], given: Mapping[str, Any], key: str, record: Any, show: Show, beside: Beside = NONE
) -> dict[str, Any]:
    """The inputs as if somebody had typed them for this record."""
    out: dict[str, Any] = {}
    for name, raw in given.items():
        spec = asked.get(name)
        if spec is None:
            out[name] = raw  # refused as an unknown field
        elif isinstance(raw, dict) and "field" in raw:
            out[name] = str(record.pk) if raw["field"] == HERE else _from_field(spec, str(raw["field"]), key, record, show, beside)
        elif isinstance(raw, dict) and "days" in raw:
            out[name] = entry(spec, _day(spec, int(raw["days"]), show), show)
        elif isinstance(raw, str) and "{" in raw:
            out[name] = filled(raw, key, record, show, beside=beside)[: spec.max_length or None]
        else:
            out[name] = raw
    return out


def _from_field(spec: Spec, name: str, key: str, record: Any, show: Show, beside: Beside) -> Any:
    known = known_of(key, beside)
    if name not in known:
        raise Refused(_("There is no field “%(field)s” any more.") % {"field": name})
    own = known[name]
    value = beside[name][1] if name in beside else value_of(record, own)
    if isinstance(value, dt.datetime) and spec.kind.key == "date":
        value = days.day_of(value)
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime) and spec.kind.key == "datetime":
        value = dt.datetime.combine(value, END_OF_DAY, days.zone())
    if LIKE.get(own.kind.key, own.kind.key) == "text":
        return "" if value is None else str(value)
    return entry(spec, value, show)


def _day(spec: Spec, number: int, show: Show) -> Any:
    day = show.today + dt.timedelta(days=number)
    return dt.datetime.combine(day, END_OF_DAY, days.zone()) if spec.kind.key == "datetime" else day


def filled(text: str, key: str, record: Any, show: Show, hidden: frozenset[str] = frozenset(), beside: Beside = NONE) -> str:
    """A text with the values of the record's fields in the place of {field}; what is no field stays as it is, of `hidden` ones nothing is said."""
    known = known_of(key, beside)

    def put(found: re.Match[str]) -> str:
        spec = known.get(found[1])
        if spec is None or found[1] in hidden:
            return found[0] if spec is None else HIDDEN
        return field_words(spec, beside[found[1]][1] if found[1] in beside else value_of(record, spec), show)

    return BRACES.sub(put, text)


def field_words(spec: Spec, value: Any, show: Show) -> str:
    """A value as a sentence says it."""
    if value is None:
        return ""
    if spec.kind.key == "user":
        return directory.user_name(value)
    if spec.kind.key == "unit":
        return directory.unit_name(value)
    links = titled([(spec.target, int(value))], Actor.system("rule")) if spec.kind.key == "link" else {}
    return said(spec, value, show, links)


def problems(
    asked: Mapping[str, Spec], given: Mapping[str, Any], key: str, show: Show, *, whole: bool = True, beside: Beside = NONE
) -> Iterator[str]:
    """What keeps the inputs from being used, in words. `whole`: what is required must be there."""
    known = known_of(key, beside)
    for name, raw in given.items():
        spec = asked.get(name)
        if spec is None:
            yield _("there is no field “%(name)s” to fill in.") % {"name": name}
        elif isinstance(raw, dict) and "field" in raw:
            if raw["field"] not in dict(fits(spec, key, beside)):
                yield _("“%(field)s” cannot be taken from “%(name)s”.") % {"field": spec.label, "name": _label(known, raw["field"])}
        elif isinstance(raw, dict):
            if set(raw) != {"days"} or not isinstance(raw["days"], int) or abs(raw["days"]) > 3660 or spec.kind.family != "moment":
                yield _("“%(field)s” cannot be read.") % {"field": spec.label}
        else:
            yield from _typed(spec, raw, known, show)
    for spec in asked.values() if whole else ():
        if spec.required and given.get(spec.name) in (None, "", []) and spec.default is None and not spec.options.get("hidden"):
            yield _("“%(field)s” must be filled in.") % {"field": spec.label}


def _typed(spec: Spec, raw: Any, known: Mapping[str, Spec], show: Show) -> Iterator[str]:
    for name in BRACES.findall(raw) if isinstance(raw, str) and spec.kind.family == "text" else ():
        if name not in known or known[name].personal:
            yield _("“%(field)s”: there is no field {%(name)s} to put in.") % {"field": spec.label, "name": name}
    try:
        spec.kind.parse(spec, raw, show)
    except BadValue as bad:
        yield f"“{spec.label}”: {bad}"


def _label(known: Mapping[str, Spec], name: Any) -> Any:
    return known[name].label if name in known else name


def told(asked: Mapping[str, Spec], given: Mapping[str, Any], key: str, show: Show, beside: Beside = NONE) -> list[str]:
    """The inputs in words: "Due in 3 days", "Owner: that of the record"."""
    known, actor, out = known_of(key, beside), Actor.system("rule"), []
    for name, raw in given.items():
        spec = asked.get(name)
        if spec is None or raw in (None, "", []):
            continue
        if isinstance(raw, dict) and "field" in raw:
            value = _("this record") if raw["field"] == HERE else _("its “%(field)s”") % {"field": _label(known, raw["field"])}
        elif isinstance(raw, dict):
            number = int(raw.get("days", 0))
            value = _("the same day") if number == 0 else _("in %(n)s days") % {"n": number} if number > 0 else _("%(n)s days ago") % {"n": -number}
        else:
            value = _literal(spec, raw, show, actor)
            value = BRACES.sub(lambda m: f"〔{_label(known, m[1])}〕", value)
        out.append(f"{spec.label} {value}")
    return out


def _literal(spec: Spec, raw: Any, show: Show, actor: Actor) -> str:
    try:
        value = spec.kind.parse(spec.changed(max_length=0), raw, show)
    except BadValue:
        return str(raw)
    if spec.kind.key == "link" and value is not None:
        return titled([(spec.target, int(value))], actor).get((spec.target, int(value)), f"#{value}")
    return field_words(spec, value, show) if value not in (None, "") else ""


def resource_specs(key: str) -> dict[str, Spec]:
    """What may be filled in of a record of this kind."""
    return {name: spec for name, spec in specs(key).items() if spec.editable} if key in registry else {}
