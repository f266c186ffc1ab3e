"""What goes along when a record is given to somebody else: what belongs to it, is in work, and was looked after by the same person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import models

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records.models import OwnedRecord

from .declare import registry

Whose = dict[int, int | None]  # id -> who looks after it


def kinds() -> list[type[OwnedRecord]]:
    """The models whose records go along with others, in the order in which they are locked."""
    found = [r.model for r in registry.values() if issubclass(r.model, OwnedRecord) and r.model.in_work is not None]
    return sorted(found, key=lambda m: (m.lock_rank, m._meta.model_name or ""))


def going(key: str, whose: Mapping[int, int | None]) -> dict[str, Whose]:
    """Kind -> record -> who looks after it, of all that goes along with these records; what goes along takes its own along, too."""
    found: dict[str, Whose] = {key: dict(whose)}
    for model in kinds():
        name = model._meta.model_name or ""
        assert model.in_work is not None
        rows = model._base_manager.filter(model.in_work, deleted_at=None, merged_into=None)
        if waits := getattr(model, "waits_in", ""):
            rows = rows.filter(**{waits: None})
        mine = found.get(name, {})
        for pk, owner, target, to in below(model, rows, found):
            if pk not in mine and owner is not None and owner == found[target][to]:
                found.setdefault(name, {})[pk] = owner
    return {name: ids for name, one in found.items() if (ids := {pk: o for pk, o in one.items() if name != key or pk not in whose})}


def below(model: type[OwnedRecord], rows: models.QuerySet, found: dict[str, Whose]) -> Iterator[tuple[int, int | None, str, int]]:
    """Records that hang on those found: (id, who looks after it, kind and id of what it hangs on)."""
    for link in model.goes_along:
        target = model._meta.get_field(link).related_model
        key = (target._meta.model_name or "") if isinstance(target, type) else ""
        if found.get(key):
            of = rows.filter(**{f"{link}__in": list(found[key])}).order_by("pk")
            yield from ((pk, owner, key, to) for pk, owner, to in of.values_list("pk", "owner", link))
    for named, column in model.record_refs:
        for key in list(found):
            of = rows.filter(**{named: key, f"{column}__in": list(found[key])}).order_by("pk")
            yield from ((pk, owner, key, to) for pk, owner, to in of.values_list("pk", "owner", column))


def hanging(key: str, ids: Iterable[int], among: Mapping[str, set[int]]) -> dict[str, Whose]:
    """Which of some records hang on these, whoever looks after them and whether or not they are still in work; these included."""
    found: dict[str, Whose] = {key: dict.fromkeys(ids)}
    for model in kinds():
        name = model._meta.model_name or ""
        if name in among:
            for pk, owner, _key, _to in list(below(model, model._base_manager.filter(pk__in=among[name]), found)):
                found.setdefault(name, {})[pk] = owner
    return found


def within(found: dict[str, Whose], actor: Actor) -> tuple[dict[str, Whose], Counter[str]]:
    """Those the actor may give away, and how many he sees of each kind but may not: these stay. What is out of his sight is not there."""
    goes: dict[str, Whose] = {}
    stays: Counter[str] = Counter()
    for name, ids in found.items():
        may = set(ids)
        if actor.rights is not None:
            reach = scoped(registry[name].model, actor, "transfer").filter(pk__in=list(ids)) if actor.may(name, "transfer") else None
            may = set(reach.values_list("pk", flat=True)) if reach is not None else set()
        if may:
            goes[name] = {pk: owner for pk, owner in ids.items() if pk in may}
        left = ids.keys() - may
        if left and actor.may(name, "view") and (seen := scoped(registry[name].model, actor).filter(pk__in=left).count()):
            stays[name] = seen
    return goes, stays


def told(key: str, ids: list[int], actor: Actor) -> dict[str, Any]:
    """How much would go along with these records, kind by kind, and how much would stay: for a dialog."""
    whose = dict(scoped(registry[key].model, actor, "transfer").filter(pk__in=ids).values_list("pk", "owner"))
    goes, stays = within(going(key, whose), actor)

    def rows(counts: dict[str, int]) -> list[tuple[str, int]]:
        return [(str(registry[name].model._meta.verbose_name_plural), n) for name, n in counts.items()]

    return {"goes": rows({name: len(found) for name, found in goes.items()}), "stays": rows(stays)}
