"""The set form of an action: the same effect on many records, a transaction and one event per chunk, and a reason for each one left out."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.events.bus import publish
from pellucid.kernel.events.models import EACH
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Failure, Forbidden, Missing, Refused
from pellucid.kernel.records.kinds import parse_all

from .again import TRIES, again
from .broken import said
from .declare import Action, Shown, actions
from .links import check_links
from .run import CONFIGURING, Effect, _effect, begin, fetch, gates, hold, named, needed, right_words, run, scoped, show_for

SetForm = Callable[..., Any]
_set_forms: dict[str, SetForm] = {}


@dataclass(frozen=True, slots=True)
class Apart:
    """How an action is done to several, one by one. `check(record, actor)` raises for what has to be looked at by itself, and answers inputs of
    its own; `listed(ids, actor)` is what is seen of those it will be done to, before it is done."""

    check: Callable[[Any, Actor], dict[str, Any]]
    listed: Callable[[Sequence[int], Actor], Shown]


apart: dict[str, Apart] = {}


@dataclass(slots=True)
class Batch:
    """What became of a run over many: ids done, (id, name, reason) left out, and the events, one per chunk."""

    done: list[int] = field(default_factory=list)
    skipped: list[tuple[int, str, str]] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    refusals: dict[int, Failure] = field(default_factory=dict)  # the same reasons with their code and fields

    def leave(self, pk: int, name: str, refusal: Failure) -> None:
        """One is left out, for this reason."""
        self.skipped.append((pk, name, str(refusal.message or refusal)))
        self.refusals[pk] = refusal


class _Undone(Exception):
    """Rolls a rehearsal back."""


def set_form(name: str, function: SetForm) -> None:
    """Give an action a function ``function(records, *, actor, **inputs)`` that does the same to a list of locked records in few
    statements. It raises where the single form would raise for any of them, and the run then takes them one by one; or it leaves some out
    and answers those: id -> reason."""
    _set_forms[name] = function


def run_many(action: str | Action, ids: Iterable[int], actor: Actor, given: dict[str, Any] | None = None, *, chunk: int = 500,
             rehearse: bool = False, on_chunk: Callable[[Batch], None] | None = None, **extra: Any) -> Batch:
    """Do it to all of them. Raises Forbidden without the right, Invalid for bad inputs; everything that concerns one record only is a
    reason in `skipped`. `rehearse` undoes each chunk again: what would happen. `on_chunk` is told after each commit."""
    what = actions[action] if isinstance(action, str) else action
    if actor.read_only:
        raise Forbidden(what.right, _("You are looking as somebody else: nothing can be changed."))
    if not actor.may(what.resource, _verb(what)):
        raise Forbidden(what.right, right_words(what))
    inputs = parse_all(what.inputs, given or {}, show_for(actor))
    check_links(what.inputs, inputs, actor)
    batch = Batch()
    if what.name in apart:
        return _one_by_one(what, list(dict.fromkeys(int(i) for i in ids)), actor, given or {}, extra, batch, rehearse, on_chunk)
    for part in batched(dict.fromkeys(int(i) for i in ids), chunk):
        for person, ones in _by_name(what, part, actor):
            _surely(what, ones, person, inputs, extra, batch, rehearse)
        if what.model._meta.app_label in CONFIGURING:
            versions.forget()
        if on_chunk:
            on_chunk(batch)
    return batch


def _surely(what: Action, asked: Sequence[int], actor: Actor, inputs: dict[str, Any], extra: dict[str, Any], batch: Batch, rehearse: bool) -> None:
    """A chunk in its transaction. One that has lost a race is done again, and what it had told the batch is forgotten."""
    kept: tuple[list[Any], ...] = (batch.done, batch.skipped, batch.events)
    before = [len(part) for part in kept]
    for attempt in range(1, TRIES + 1):
        try:
            with versions.once(), transaction.atomic():
                _chunk(what, asked, actor, inputs, extra, batch)
                if rehearse:
                    raise _Undone
            return
        except _Undone:
            return
        except DatabaseError as error:
            for part, length in zip(kept, before, strict=True):
                del part[length:]
            batch.refusals = {pk: batch.refusals[pk] for pk, _name, _why in batch.skipped}
            if not again(error, attempt):
                raise


def _one_by_one(what: Action, ids: Sequence[int], actor: Actor, given: dict[str, Any], extra: dict[str, Any], batch: Batch, rehearse: bool,
                on_chunk: Callable[[Batch], None] | None) -> Batch:  # fmt: skip
    """Each as if it were the only one: through `run`, in its own transaction, with its own event; what becomes of one is nothing to the others."""
    for pk in ids:
        name = f"#{pk}"
        try:
            with transaction.atomic() if rehearse else nullcontext():
                record = fetch(what.model, pk, actor, what.verb, reach=what.reach)
                name = str(record)
                outcome = run(what, pk, actor, given | apart[what.name].check(record, actor), **extra)
                batch.done.append(pk)
                batch.events += [outcome.event_id] if outcome.event_id else []
                if rehearse:
                    raise _Undone
        except _Undone:
            pass
        except Failure as refusal:
            batch.leave(pk, name, refusal)
        if on_chunk:
            on_chunk(batch)
    return batch


def in_order(action: str, ids: Iterable[int], actor: Actor, *, chunk: int = 500) -> list[int]:
    """The order in which `run_many` will come to these records: for those who foresee what becomes of each."""
    what = actions[action]
    parts = batched(dict.fromkeys(int(i) for i in ids), chunk)
    return [pk for part in parts for _person, ones in _by_name(what, part, actor) for pk in sorted(ones)]


def _by_name(what: Action, ids: Sequence[int], actor: Actor) -> list[tuple[Actor, Sequence[int]]]:
    """The records by whose name they are acted on in: an event names one."""
    if actor.rights is None or not actor.rights.lent:
        return [(actor, ids)]
    via = getattr(what.model, "scope_via", "")
    rows = what.model._base_manager.filter(pk__in=ids)
    found = {r.pk: named(actor, r, what.verb) for r in (rows.select_related(via) if via else rows)}
    groups: dict[int | None, tuple[Actor, list[int]]] = {}
    for pk in ids:
        one = found.get(pk, actor)
        groups.setdefault(one.on_behalf_of, (one, []))[1].append(pk)
    return list(groups.values())


def _chunk(what: Action, asked: Sequence[int], actor: Actor, inputs: dict[str, Any], extra: dict[str, Any], batch: Batch) -> None:
    """Locks in the order of ids; one by one in the order they were asked for, so that the first ones come first where something runs out."""
    event_id, ids = begin(actor), sorted(asked)
    gone = what.verb == "restore"
    locks = hold(what.model, ids, what.locks)

    def taken(wanted: Sequence[int]) -> list[Any]:
        rows = _within(what, actor, gone).filter(pk__in=wanted).order_by("pk").select_for_update(of=("self", *locks), no_key=True)
        return list(rows.select_related(*locks) if locks else rows)

    records = taken(ids)
    if what.reach is not None and (left := set(ids) - {r.pk for r in records}):   # what `reach` asks elsewhere may have changed while waiting
        records = sorted((*records, *taken(sorted(left))), key=lambda r: r.pk)
    _leave_unreachable(what, ids, {r.pk for r in records}, actor, gone, batch)
    ready = [r for r in records if _may_start(what, r, actor, inputs, batch)]
    effect = Effect(actor, event_id)
    done = _as_set(what, ready, actor, inputs, extra, effect, batch)
    each: dict[int, dict[str, Any]] = {}
    if done is None:
        place = {pk: n for n, pk in enumerate(asked)}
        done = [r for r in sorted(ready, key=lambda r: place[r.pk]) if _alone(what, r, actor, inputs, extra, effect, each, batch)]
    if not done:
        return
    payload = {k: v for k, v in inputs.items() if k not in what.personal and v is not None} | effect.payload | _told(each)
    publish(what.event, event_id=event_id, by=actor,
            reason=actor.reason or str(inputs.get("reason") or ""), resource=what.resource, payload=payload, items=[r.pk for r in done])
    batch.done += [r.pk for r in done]
    batch.events.append(event_id)


def _within(what: Action, actor: Actor, gone: bool) -> QuerySet:
    """The rows an action may take: its own reach, where it has one, instead of the verb's scope."""
    if what.reach is None:
        return scoped(what.model, actor, _verb(what), gone=gone)
    return what.model._base_manager.filter(what.reach(actor)[1], deleted_at=None, merged_into=None)


def _verb(what: Action) -> str:
    """The verb of the rights grid; who may delete may restore."""
    return "delete" if what.verb == "restore" else what.verb


def _told(each: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """What the records' own runs noted: what is the same for all once, the rest by record."""
    common = {k: v for k, v in next(iter(each.values()), {}).items() if all(k in facts and facts[k] == v for facts in each.values())}
    own = {str(pk): rest for pk, facts in each.items() if (rest := {k: v for k, v in facts.items() if k not in common})}
    return common | ({EACH: own} if own else {})


def _leave_unreachable(what: Action, ids: Sequence[int], found: set[int], actor: Actor, gone: bool, batch: Batch) -> None:
    """Those the verb does not reach: seen without the right, or not there at all."""
    left = [i for i in ids if i not in found]
    seen = {r.pk: str(r) for r in scoped(what.model, actor, gone=gone).filter(pk__in=left)} if left else {}
    for pk in left:
        batch.leave(pk, seen.get(pk, f"#{pk}"), Forbidden(what.right, right_words(what)) if pk in seen else
                    Missing(_("This record does not exist, or it is not yours to see.")))  # fmt: skip


def _may_start(what: Action, record: Any, actor: Actor, inputs: dict[str, Any], batch: Batch) -> bool:
    try:
        needed(what, record, actor)
        if what.move and what.lifecycle:
            what.lifecycle.check(record, what.move)
    except Failure as refusal:
        batch.leave(record.pk, str(record), refusal)
        return False
    if what.looks:
        what.looks(record)
    if any(gate(what, record, actor, inputs) is not None for gate in gates):
        batch.leave(record.pk, str(record), Refused(_("It needs an approval first: do it on the record.")))
        return False
    return True


def _as_set(what: Action, records: list[Any], actor: Actor, inputs: dict[str, Any], extra: dict[str, Any], effect: Effect,
            batch: Batch) -> list[Any] | None:
    """All at once, without those the function leaves out; or None when one of them would be refused."""
    form = _set_forms.get(what.name)
    if form is None or len(records) < 2:
        return None
    before = [dict(vars(r)) for r in records]
    try:
        with transaction.atomic(), _effect(effect):
            left = form(records, actor=actor, **inputs, **extra) or {}
            done = [r for r in records if r.pk not in left]
            if len(_kept(what, done, actor)) < len(done):
                raise Missing
    except (Failure, DatabaseError):
        for record, values in zip(records, before, strict=True):
            vars(record).clear()
            vars(record).update(values)
        effect.payload.clear()
        return None
    for record in records:
        if record.pk in left:
            batch.leave(record.pk, str(record), Refused(left[record.pk]))
    return done


def _alone(what: Action, record: Any, actor: Actor, inputs: dict[str, Any], extra: dict[str, Any], effect: Effect,
           each: dict[int, dict[str, Any]], batch: Batch) -> bool:  # fmt: skip
    own = replace(effect, payload={})  # what it notes is of this record only
    try:
        with transaction.atomic(), _effect(own):
            what.function(record, actor=actor, **inputs, **extra)
            if not _kept(what, [record], actor):
                raise Forbidden(what.right, _("After this change the record would no longer be within your reach; ask somebody above to do it."))
    except Failure as refusal:
        batch.leave(record.pk, str(record), refusal)
        return False
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", "")[:2] != "23":
            raise
        batch.leave(record.pk, str(record), said(error))  # type: ignore[arg-type]
        return False
    each[record.pk], effect.valid_at = own.payload, own.valid_at
    return True


def _kept(what: Action, records: list[Any], actor: Actor) -> list[int]:
    """Ids still within the verb's scope after the change (all, for actions that may lead out of it)."""
    ids = [r.pk for r in records]
    if what.leaves_scope or actor.rights is None or what.verb in ("delete", "restore"):
        return ids
    return list(scoped(what.model, actor, what.verb).filter(pk__in=ids).values_list("pk", flat=True))
