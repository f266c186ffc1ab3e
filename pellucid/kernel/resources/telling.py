"""Filters in words: what a list's chips, a rule's conditions and an export's log say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import days, words
from pellucid.kernel.records.kinds import BadValue
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.records.whole import is_whole

from .declare import Resource
from .fields import readable
from .marks import titled
from .params import Filter

OPERATORS = {
    "contains": gettext_noop("contains"), "eq": gettext_noop("is"), "ne": gettext_noop("is not"), "starts": gettext_noop("begins with"),
    "ends": gettext_noop("ends with"), "empty": gettext_noop("is empty"), "filled": gettext_noop("is filled"), "in": gettext_noop("is one of"),
    "notin": gettext_noop("is none of"), "any": gettext_noop("has one of"), "all": gettext_noop("has all of"), "none": gettext_noop("has none of"),
    "gte": gettext_noop("at least"), "lte": gettext_noop("at most"), "between": gettext_noop("between"), "within": gettext_noop("within"),
    "is": gettext_noop("is"), "me": gettext_noop("is me"), "below": gettext_noop("is in or below"),
}  # fmt: skip
SIGNS = {"gte": "≥ ", "lte": "≤ ", "ne": "≠ "}
SILENT = frozenset({"eq", "in", "any", "is", "within", "below", "contains"})
MOMENTS = {"gte": gettext_noop("from"), "lte": gettext_noop("until")}


def operand_words(spec: Spec, raw: str, show: Show, actor: Actor) -> str:
    """One operand as a person reads it."""
    if spec.kind.family == "moment" and days.is_range(raw):
        return words.range_name(raw, show.language)
    if spec.kind.key == "link" and is_whole(raw) and len(raw) < 18:
        return titled([(spec.target, int(raw))], actor).get((spec.target, int(raw)), f"#{raw}")
    try:
        value = spec.kind.operand(spec, raw, show)
    except BadValue:
        return raw
    if spec.kind.family == "array":
        value = [value]
    return spec.kind.words(spec, value, show).strip("　") or raw


def is_cent(operands: Sequence[str]) -> bool:
    """At least a cent: whoever asks so means anything at all."""
    return tuple(operands) == ("0.01",)


def value_words(spec: Spec, f: Filter, show: Show, actor: Actor) -> str:
    """What a filter asks of a field, without the field's name."""
    if f.op in ("empty", "filled", "me"):
        return _(OPERATORS[f.op])
    joint = "、" if show.chinese else ", "
    if f.op == "between":
        joint = " – "
    said = joint.join(operand_words(spec, raw, show, actor) for raw in f.operands[:6]) + ("…" if len(f.operands) > 6 else "")
    if f.op in SILENT:
        return said
    if f.op == "gte" and spec.kind.key == "money" and is_cent(f.operands):
        return "> 0"
    sign = SIGNS.get(f.op) if spec.kind.family == "number" or f.op == "ne" else None
    return sign + said if sign else f"{_(MOMENTS.get(f.op) or OPERATORS.get(f.op, f.op))} {said}"


def told(filters: Iterable[Filter], resource: type[Resource], show: Show, actor: Actor) -> str:
    """All filters in one sentence: those that must all hold, then each group of alternatives."""
    may = readable(resource.key(), actor)
    groups: dict[int, list[str]] = {}
    for f in filters:
        if f.name in may:
            groups.setdefault(f.group, []).append(f"{may[f.name].label} {value_words(may[f.name], f, show, actor)}")
    joint = "、" if show.chinese else ", "
    return joint.join([*groups.pop(0, []), *(_(" or ").join(found) for found in groups.values())])
