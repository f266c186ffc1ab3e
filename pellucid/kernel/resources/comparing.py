"""Two records side by side before they become one: the fields that differ, and what moves over."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records.kinds.base import BadValue, Kind, register
from pellucid.kernel.records.models import Attachment, Comment, Record
from pellucid.kernel.records.spec import Show, Spec

from .declare import registry
from .fields import masked, value_of, writable
from .happened import said
from .marks import titled
from .references import pointers


@register
class NamesKind(Kind):
    """Names of fields, ticked where they stand side by side."""

    key, control, family = "names", "choices", "array"
    operators: ClassVar[tuple[str, ...]] = ()

    def parse(self, spec: Spec, raw: Any, show: Show) -> list[str] | None:
        found = [raw] if isinstance(raw, str) else raw or []
        if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
            raise BadValue("")
        return [name for name in found if name] or None

    def options(self, spec: Spec, show: Show) -> tuple[tuple[Any, Any, str], ...]:
        return spec.choices

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        known = {name: str(label) for name, label, _tone in spec.choices}
        return ("、" if show.chinese else ", ").join(known.get(name, name) for name in value or ())

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "maxLength": 80}}


def comparable(key: str, actor: Actor) -> dict[str, Spec]:
    """The fields whose value one may choose: what the actor may write, without what follows from other fields."""
    follows = set(getattr(registry[key].model, "unaudited", ()))
    return {n: s for n, s in writable(key, actor).items() if n not in follows and s.kind.control != "file"}


def differences(one: Record, other: Record, actor: Actor, show: Show, take: Collection[str] = ()) -> list[dict[str, Any]]:
    """{name, label, mine, theirs, chosen} of the fields both hold with another value; with `filled` where only the other holds one."""
    key = one._meta.model_name or ""
    known = comparable(key, actor)
    links = titled([(s.target, int(v)) for s in known.values() if s.kind.key == "link" for r in (one, other)
                    if (v := value_of(r, s)) is not None], actor)  # fmt: skip
    out = []
    for name, spec in known.items():
        mine, theirs = value_of(one, spec), value_of(other, spec)
        if mine == theirs or theirs in (None, "", [], False):
            continue
        hidden = masked(key, name, actor)
        words = [said(spec, v, show, links, hidden) for v in (mine, theirs)]
        out.append({"name": name, "label": str(spec.label), "mine": words[0], "theirs": words[1], "filled": mine in (None, "", []),
                    "chosen": name in take})
    return out


def carried(other: Record, actor: Actor) -> list[tuple[str, int]]:
    """(what, how many) of the records one may see that point at this one and move with it."""
    key, model = other._meta.model_name or "", type(other)
    kinds: dict[Any, set[Any]] = {}
    for p in pointers(model):
        target = p.model._meta.model_name or ""
        if target in registry and target != "share" or p.model in (Comment, Attachment):
            kinds.setdefault(p.model, set()).update(p.rows(key, other.pk).values_list("pk", flat=True))
    out = []
    for found, ids in kinds.items():
        living = {"deleted_at": None} if issubclass(found, Record) else {}
        rows = scoped(found, actor) if found._meta.model_name in registry else found._base_manager
        if n := rows.filter(pk__in=ids, **living).count() if ids else 0:
            out.append((str(found._meta.verbose_name_plural), n))
    return out
