"""The line every change takes: one transaction, actor, lock, scope, permission, version, inputs, gate, rule, constraints, event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.events.bus import publish
from pellucid.kernel.records import days, prepared, settings, versions
from pellucid.kernel.records.errors import Forbidden, Unsure, VersionNeeded
from pellucid.kernel.records.kinds import parse_all
from pellucid.kernel.records.spec import Show

from .again import TRIES, again
from .broken import said
from .declare import Action, actions, inputs_of, model_of
from .links import check_links
from .reach import Reach, fetch, hold, reaches, reaches_too, right_of, right_words, scope_of, scoped, verb_words

__all__ = ["Effect", "Outcome", "Reach", "begin", "call", "fetch", "gates", "given_away", "hold", "holds_since", "named", "needed", "noted",
           "reaches", "reaches_too", "right_words", "run", "said", "scope_of", "scoped", "show_for", "told_apart", "unsigned", "unsure", "verb_words"]

PERSONS = ("web", "api")  # doors behind which somebody can be asked
CONFIGURING = {"access", "records", "resources", "people"}  # what these apps hold is kept in memory by every process


@dataclass(slots=True)
class Outcome:
    """What became of a run: done, or waiting for the instance named in `waiting`."""

    state: str = "done"
    record: Any = None
    value: Any = None
    event_id: int | None = None
    waiting: Any = None
    merged: tuple[str, ...] = ()  # fields that somebody else changed meanwhile, kept beside ours
    status: int = 200
    body: bytes = b""


@dataclass(slots=True)
class Effect:
    """One running action inside the transaction, as the rule and calls below it see it."""

    actor: Actor
    event_id: int
    payload: dict[str, Any] = field(default_factory=dict)
    unsigned: bool = False  # nobody shall learn who did it
    valid_at: dt.datetime | None = None  # since when holds what it writes
    sure: bool = True  # there is nobody to ask, or he has said that he means it
    given_away: bool = False  # what it made belongs to somebody by rule: whoever made it need not see it


# A gate answers None where nothing needs to wait, else what begins the waiting and says for what.
Gate = Callable[[Action, Any, Actor, dict[str, Any]], Callable[[], Any] | None]
gates: list[Gate] = []
_running: ContextVar[tuple[Effect, ...]] = ContextVar("pellucid_running", default=())


def show_for(actor: Actor, zone: str = "") -> Show:
    """How this actor's typed values are read, and shown to him."""
    now = timezone.now()
    place = ZoneInfo(zone) if zone else days.zone()
    return Show(
        language=actor.language,
        zone=place,
        now=now,
        today=now.astimezone(days.zone()).date(),
        user_id=actor.user_id or 0,
        currency=settings.steady("company.currency"),
    )


def begin(actor: Actor, valid_at: dt.datetime | None = None, valid_by: str = "", at: dt.datetime | None = None) -> int:
    """Tell the transaction who acts and since when it holds; returns the id of the event to come."""
    found = prepared.ask(
        "SELECT set_config('pellucid.actor', %s, true), set_config('pellucid.event', nextval('events_event_id')::text, true),"
        " set_config('pellucid.valid_at', %s, true), set_config('pellucid.valid_by', %s, true)",
        ["" if actor.user_id is None else str(actor.user_id), valid_at.isoformat() if valid_at else "", valid_by],
    ).fetchone()
    return int(found[1]) if found else 0


def run(
    action: str | Action,
    pk: int | None,
    actor: Actor,
    given: dict[str, Any] | None = None,
    *,
    version: int | None = None,
    valid_at: dt.datetime | None = None,
    show: Show | None = None,
    keyed: Callable[[Outcome], None] | None = None,
    sure: bool = False,
    **extra: Any,
) -> Outcome:
    """Do it. Raises Missing, Forbidden, Invalid, Unsure, Refused, Stale, VersionNeeded. `given` are raw inputs as typed; `extra` goes to the
    function as it is. `keyed` is called with the outcome just before commit (idempotency). `sure` answers what rules ask with `unsure`.
    Retries lost races when outermost."""
    what = actions[action] if isinstance(action, str) else action
    if actor.read_only:
        raise Forbidden(what.right, _("You are looking as somebody else: nothing can be changed."))
    for attempt in range(1, TRIES + 1):
        try:
            with versions.once(), transaction.atomic():
                outcome = _once(what, pk, actor, given or {}, version, valid_at, show or show_for(actor), sure, extra)
                if keyed:
                    keyed(outcome)
            if what.model._meta.app_label in CONFIGURING:
                versions.forget()
            return outcome
        except DatabaseError as error:
            if isinstance(error, IntegrityError):
                raise said(error) from error
            if not again(error, attempt):
                raise
    raise AssertionError("unreachable")


def _once(
    what: Action,
    pk: int | None,
    actor: Actor,
    given: dict[str, Any],
    version: int | None,
    valid_at: dt.datetime | None,
    show: Show,
    sure: bool,
    extra: dict[str, Any],
) -> Outcome:
    event_id = begin(actor, valid_at)
    record = None
    if what.on == "record":
        record = fetch(what.model, pk, actor, what.verb, lock=True, also=what.locks, gone=what.verb == "restore", reach=what.reach)
        if what.needs_version and version is None and actor.door in PERSONS:
            raise VersionNeeded
        actor = named(actor, record, what.verb)
    elif not actor.may(what.resource, what.verb):
        raise Forbidden(what.right, right_words(what))
    needed(what, record, actor)
    asked = inputs_of(what, record, actor)
    inputs = parse_all(asked, given, show)
    check_links(asked, inputs, actor)
    if what.move and what.lifecycle:
        what.lifecycle.check(record, what.move)
    if what.looks:
        what.looks(record)
    for gate in gates:
        waiting = gate(what, record, actor, inputs)
        if waiting is not None:
            return Outcome("waiting", record, event_id=event_id, waiting=waiting(), status=202)
    effect = Effect(actor, event_id, valid_at=valid_at, sure=sure or actor.door not in PERSONS)
    if version is not None:
        extra = extra | {"version": version}
    owned_before = _place(record)
    with _effect(effect):
        value = what.function(*((record,) if what.on == "record" else ()), actor=actor, **inputs, **extra)
    made = value if isinstance(value, models.Model) and record is None else record
    if not (what.leaves_scope or effect.given_away) and actor.rights is not None and made is not None and _place(made) != owned_before:
        _still_in_scope(what, made, actor)
    payload = {k: v for k, v in inputs.items() if k not in what.personal and v is not None} | effect.payload
    publish(
        what.event,
        event_id=event_id,
        actor_id=None if effect.unsigned else actor.user_id,
        on_behalf_of=None if effect.unsigned else (named(actor, made, what.verb) if what.on == "new" else actor).on_behalf_of,
        door=actor.door,
        cause=actor.cause,
        reason=actor.reason or str(inputs.get("reason") or ""),
        resource=what.resource,
        record_id=getattr(made, "pk", None),
        payload=payload,
        at=days.start_of(days.today()) if effect.unsigned else None,
    )
    return Outcome("done", made, value, event_id, merged=tuple(effect.payload.get("merged", ())))


def needed(what: Action, record: Any, actor: Actor) -> None:
    """Refuse whoever has not the right that an action needs for this record besides its own. Raises Forbidden."""
    if lacking := what.lacks(record, actor):
        right = right_of(model_of(lacking[0]) or what.model, lacking[1])
        raise Forbidden(".".join(lacking), _("The right “%(right)s” is missing.") % {"right": right})


def named(actor: Actor, record: Any, verb: str) -> Actor:
    """The actor as he acts on this record: in his own name, or in that of the owner he stands in for."""
    rights = actor.rights
    if rights is None or not rights.lent or actor.on_behalf_of is not None or not isinstance(record, models.Model):
        return actor
    via = getattr(record, "scope_via", "")
    root = getattr(record, via) if via else record
    key = record._meta.model_name or ""
    owner = rights.in_whose_name(key, "delete" if verb == "restore" else verb, root)
    return replace(actor, on_behalf_of=owner) if owner else actor


def call(name: str, record: Any, /, *, actor: Actor, **inputs: Any) -> Any:
    """From inside a running action: do another one to a record below. Lock, lifecycle, constraints and event as ever; scope and
    permission were checked at the door."""
    what = actions[name]
    if not _running.get() or not connection.in_atomic_block:
        raise RuntimeError("call() works inside a running action only; use run() at a door")
    outer = _running.get()[-1]
    cause = outer.event_id
    inner = actor.caused_by(cause)
    locked = _locked(what.model, record.pk, hold(what.model, [record.pk], what.locks)) if record is not None else None
    if what.move and what.lifecycle:
        what.lifecycle.check(locked, what.move)
    effect = Effect(inner, begin(inner))
    with _effect(effect):
        value = what.function(locked, actor=inner, **inputs) if locked is not None else what.function(actor=inner, **inputs)
    made = locked if locked is not None else value
    publish(
        what.event,
        event_id=effect.event_id,
        by=inner,
        reason=str(inputs.get("reason") or ""),
        resource=what.resource,
        record_id=getattr(made, "pk", None),
        payload=effect.payload,
    )
    _resume(outer)
    return value


def _locked(model: type[models.Model], pk: Any, also: tuple[str, ...]) -> Any:
    def asked(pk: Any) -> models.QuerySet:
        rows = model._base_manager.select_for_update(of=("self", *also), no_key=True).filter(pk=pk)
        return rows.select_related(*also) if also else rows

    rows = prepared.rows(("locked", model, also), asked, pk)
    if not rows:
        raise model.DoesNotExist  # type: ignore[attr-defined]
    return rows[0]


def _resume(effect: Effect) -> None:
    """What is written from here on is this action's again: by its actor, under its event, since when it holds."""
    who = None if effect.unsigned else effect.actor.user_id
    prepared.ask(
        "SELECT set_config('pellucid.actor', %s, true), set_config('pellucid.event', %s, true), set_config('pellucid.valid_at', %s, true)",
        ["" if who is None else str(who), str(effect.event_id), effect.valid_at.isoformat() if effect.valid_at else ""],
    )


def holds_since(moment: dt.datetime | None) -> None:
    """What the running action writes from here on was so since that moment already; None: since it is written."""
    if running := _running.get():
        running[-1].valid_at = moment
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pellucid.valid_at', %s, true)", [moment.isoformat() if moment else ""])


def noted(**facts: Any) -> None:
    """Add facts to the payload of the event of the running action."""
    if running := _running.get():
        running[-1].payload.update(facts)


def given_away() -> None:
    """A rule of the company gave what the running action makes to somebody: it may have left the reach of whoever made it."""
    if running := _running.get():
        running[-1].given_away = True


@contextmanager
def told_apart(actor: Actor) -> Iterator[int]:
    """What is written inside stands under an event of its own, whose id this gives; afterwards the running action's counts again."""
    outer = _running.get()[-1] if _running.get() else None
    yield begin(actor.caused_by(outer.event_id) if outer else actor, outer.valid_at if outer else None)
    if outer:
        _resume(outer)


def because(actor: Actor) -> Actor:
    """The actor, acting because of the running action."""
    return actor.caused_by(running[-1].event_id) if (running := _running.get()) else actor


def unsure(errors: dict[str, list[str]], anyway: str) -> None:
    """Ask the actor once whether he means it: raises Unsure, unless he has said so already, or the rule runs where nobody can be asked
    (inside another action, which answers for it; import, set, rule)."""
    if (running := _running.get()) and not running[-1].sure:
        raise Unsure(errors, anyway)


def unsigned() -> None:
    """What the outermost action writes from here on names nobody, its event only the day (docs/adr/0009-opinions-without-a-name.md)."""
    (effect,) = _running.get()
    effect.unsigned = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pellucid.actor', '', true)")


@contextmanager
def _effect(effect: Effect) -> Iterator[None]:
    token = _running.set((*_running.get(), effect))
    try:
        yield
    finally:
        _running.reset(token)


def _place(record: Any) -> tuple[Any, ...]:
    """What decides who reaches a record: its owner and unit, or the root it hangs on."""
    if record is None:
        return ()
    via = getattr(record, "scope_via", "")
    return tuple(getattr(record, f, None) for f in ("owner_id", "unit_id", *([f"{via}_id"] if via else [])))


def _still_in_scope(what: Action, record: Any, actor: Actor) -> None:
    """A new root must be seen afterwards; a child may hang only where the actor's verb itself reaches: to read the root is not enough."""
    child = bool(getattr(record, "scope_via", ""))
    if reaches(what.model, record.pk, actor, "view" if what.on == "new" and not child else what.verb):
        return
    if child:
        raise Forbidden(what.right, right_words(what))
    raise Forbidden(what.right, _("After this change the record would no longer be within your reach; ask somebody above to do it."))
