"""What a transfer would move: every unfinished record of the person, the first part that fits takes it. Counts before, and the same rows after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import rights_of
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.resources import along
from pellucid.kernel.resources.conditions import filters_of, matching
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.telling import told

from . import absences, selectors
from .models import Moved, Transfer, TransferLine

Goes = dict[tuple[str, int], tuple[int, int]]  # (kind, id) -> (part, receiver)


@dataclass(slots=True)
class Plan:
    """Who gets what by which part; what no part takes; what is out of the actor's reach; parts that find nobody."""

    goes: Goes = field(default_factory=dict)
    left: dict[str, list[int]] = field(default_factory=dict)
    beyond: Counter[str] = field(default_factory=Counter)
    nobody: set[int] = field(default_factory=set)

    def stay(self, key: str, ids: Iterable[int]) -> None:
        """These do not go after all."""
        for pk in sorted(ids):
            del self.goes[key, pk]
            self.left.setdefault(key, []).append(pk)

    def counts(self) -> dict[int, Counter[tuple[str, int]]]:
        """Part -> (kind, receiver) -> how many."""
        out: dict[int, Counter[tuple[str, int]]] = {}
        for (key, _pk), (line, receiver) in self.goes.items():
            out.setdefault(line, Counter())[key, receiver] += 1
        return out


def lines_of(transfer: Transfer) -> list[TransferLine]:
    """The parts in their order."""
    return list(TransferLine._base_manager.filter(transfer=transfer, deleted_at=None).order_by("position", "id"))


def moved(transfer: Transfer) -> dict[int, Counter[tuple[str, int]]]:
    """What went when it was carried out: part -> (kind, receiver) -> how many."""
    out: dict[int, Counter[tuple[str, int]]] = {}
    rows = Moved._base_manager.filter(line__transfer=transfer).values_list("line_id", "resource", "receiver_id", "n")
    for line, key, receiver, n in rows:
        out.setdefault(line, Counter())[key, receiver] += n
    return out


def plan(transfer: Transfer, lines: list[TransferLine], actor: Actor) -> Plan:
    """What would go to whom now."""
    out, person = Plan(), transfer.owner_id
    waiting: dict[str, list[int]] = {}
    for resource in selectors.owned_models():
        key, model = resource.key(), resource.model
        ids = list(selectors.owned_rows(resource, person).order_by("pk").values_list("pk", flat=True))
        if ids and actor.rights is not None:
            may = set(scoped(model, actor, "transfer").filter(pk__in=ids).values_list("pk", flat=True)) if actor.may(key, "transfer") else set()
            out.beyond[key] += len(ids) - len(may)
            ids = [pk for pk in ids if pk in may]
        if ids:
            waiting[key] = ids
    later = []
    for line in lines:
        if line.rule == TransferLine.Rule.FOLLOWS:
            later.append((line, {key: _fitting(line, key, waiting) for key in _kinds(line, waiting)}))
            continue
        for key in _kinds(line, waiting):
            fits = _fitting(line, key, waiting)
            for pk, receiver in _receivers(line, key, fits, person, out):
                out.goes[key, pk] = (line.pk, receiver)
    for line, held in later:
        for key, ids in held.items():
            for pk, receiver in _followed(key, ids, person, out.goes).items():
                out.goes[key, pk] = (line.pk, receiver)
            waiting[key] = [*waiting.get(key, ()), *(pk for pk in ids if (key, pk) not in out.goes)]
    out.left = {key: ids for key, ids in waiting.items() if ids}
    _in_work(out, person)
    _along(out)
    return out


def _in_work(out: Plan, person: int) -> None:
    """What is in work with a record that goes, and that no part names, goes along with it."""
    for model in along.kinds():
        key = model._meta.model_name or ""
        if not out.left.get(key):
            continue
        found: dict[str, along.Whose] = {}
        for target, pk in out.goes:
            found.setdefault(target, {})[pk] = person
        rows = model._base_manager.filter(model.in_work, pk__in=out.left[key])
        for pk, _owner, target, to in along.below(model, rows, found):
            out.goes.setdefault((key, pk), out.goes[target, to])
        out.left[key] = [pk for pk in out.left[key] if (key, pk) not in out.goes]
    out.left = {key: ids for key, ids in out.left.items() if ids}


def _along(out: Plan) -> None:
    """What always is with whoever has its record goes where that goes, whatever the parts say."""
    for resource in selectors.owned_models():
        which: models.Q | None = getattr(resource.model, "stays_with_record", None)
        if which is None:
            continue
        key = resource.key()
        ids = [pk for k, pk in out.goes if k == key] + out.left.get(key, [])
        bound = list(resource.model._base_manager.filter(which, pk__in=ids).values_list("pk", flat=True))
        bound_to = {pk: out.goes[to] for pk, to in _belongs(resource.model, bound).items() if to in out.goes}
        out.goes |= {(key, pk): where for pk, where in bound_to.items()}
        if left := [pk for pk in out.left.get(key, ()) if pk not in bound_to]:
            out.left[key] = left
        else:
            out.left.pop(key, None)


def _kinds(line: TransferLine, waiting: dict[str, list[int]]) -> list[str]:
    return [k for k in waiting if not line.resource or k == line.resource]


def _fitting(line: TransferLine, key: str, waiting: dict[str, list[int]]) -> list[int]:
    """The records a part takes; they wait for no other."""
    ids = waiting[key]
    fits = matching(key, line.conditions, ids) if line.conditions else ids
    taken = set(fits)
    waiting[key] = [pk for pk in ids if pk not in taken]
    return fits


def _receivers(line: TransferLine, key: str, ids: list[int], person: int, out: Plan) -> Iterable[tuple[int, int]]:
    if line.rule == TransferLine.Rule.PERSON and line.receiver_id:
        return [(pk, line.receiver_id) for pk in ids]
    crew = colleagues(person, key)
    if not crew:
        out.nobody.add(line.pk)
        return []
    load = Counter({u: selectors.owned_rows(registry[key], u).count() for u in crew})
    given = []
    for pk in ids:
        receiver = min(crew, key=lambda u: (load[u], u))
        load[receiver] += 1
        given.append((pk, receiver))
    return given


def colleagues(person: int, key: str) -> list[int]:
    """Who of the same unit may look after such records, and is here."""
    home, gone = selectors.unit_of(person), absences.away()
    found = [u.id for u in directory.users().values() if u.active and u.unit == home and u.id != person and u.id not in gone]
    return [u for u in found if rights_of(u).scope(key, "edit").own or rights_of(u).scope(key, "edit").all]


def _followed(key: str, ids: list[int], person: int, goes: Goes) -> dict[int, int]:
    """Record -> who looks after the record it belongs to, once this transfer is carried out."""
    out = {}
    for pk, (target, target_id) in _belongs(registry[key].model, ids).items():
        owner = goes[target, target_id][1] if (target, target_id) in goes else selectors.owner_of(target, target_id)
        somebody = directory.users().get(owner or 0)
        if somebody and somebody.active and owner != person:
            out[pk] = somebody.id
    return out


def _belongs(model: type[models.Model], ids: list[int]) -> dict[int, tuple[str, int]]:
    """Record -> (kind, id) of the looked-after record it names: by a link, or as what it is about."""
    owned = {r.key() for r in selectors.owned_models()} - {model._meta.model_name}
    rows = model._base_manager.filter(pk__in=ids)
    out: dict[int, tuple[str, int]] = {}
    for named, column in getattr(model, "record_refs", ()):
        found = rows.filter(**{f"{named}__in": owned}).values_list("pk", named, column)
        out |= {pk: (key, to) for pk, key, to in found if to}
    for f in model._meta.fields:
        target = f.related_model._meta.model_name if f.related_model else None
        if target in owned and getattr(f, "kind", "") == "link":
            out |= {pk: (target, to) for pk, to in rows.exclude(**{f.name: None}).values_list("pk", f.attname) if pk not in out}
    return out


def in_words(line: TransferLine, actor: Actor) -> str:
    """A part as a sentence's beginning: what, and only which."""
    if not line.resource:
        return _("Everything that is left")
    name = str(registry[line.resource].model._meta.verbose_name_plural)
    return f"{name} · {told(filters_of(line.conditions), registry[line.resource], show_for(actor), actor)}" if line.conditions else name
