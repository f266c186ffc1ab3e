"""What the program owes a process: tried right after the commit that made it due, and by the worker until it is done.

Action, mark and next step are one commit. Locks are taken in the one order of the product: the records, then the instance.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.run import begin, fetch, show_for
from pellucid.kernel.actions.run import run as act
from pellucid.kernel.automation.definition import Do
from pellucid.kernel.automation.doing import Case, do_it
from pellucid.kernel.automation.values import resolved
from pellucid.kernel.events.bus import after
from pellucid.kernel.notices.tell import notify
from pellucid.kernel.records.errors import Failure, Invalid, Refused
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs

from . import store
from .company import Company
from .machine.elapsing import done, failed
from .machine.rows import Work
from .machine.walking import end
from .models import Effect, Process, ProcessInstance
from .starting import start
from .telling import KEY

log = logging.getLogger(__name__)
DOOR = "process"
ACTION = "action"
DOES = (ACTION, "set", "create", "webhook")  # steps that need the record
PAUSE = 4  # seconds after the first failure; each further one waits four times as long
Perform = Callable[[ProcessInstance, Work], Any]
CHILD = object()  # the work goes on in another instance
_passing: ContextVar[int] = ContextVar("pellucid_process", default=0)


def passing() -> bool:
    """Whether what runs now was agreed to already."""
    return bool(_passing.get())


def agreed_in() -> ProcessInstance | None:
    """The request whose agreement is being carried out: everybody it asked has said yes. None where a step of it acts on its own."""
    return ProcessInstance.objects.filter(pk=_passing.get()).exclude(gate="").first() if passing() else None


@contextmanager
def _passes(pk: int) -> Iterator[None]:
    token = _passing.set(pk)
    try:
        yield
    finally:
        _passing.reset(token)


def attempt(pk: int, limit: int = 20) -> None:
    """Do what is due of one instance now; what fails or is being done elsewhere is left to the worker."""
    for _turn in range(limit):
        row = Effect.objects.filter(instance_id=pk, state="due", next_at__lte=timezone.now()).order_by("id").values_list("no", flat=True).first()
        if row is None or not perform(pk, row, wait=True):
            break
    ended = ProcessInstance.objects.filter(pk=pk, state="ended", parent__isnull=False).values_list("parent_id", flat=True).first()
    if ended:
        children()
        attempt(ended)


def due(limit: int = 50) -> int:
    """Do what is due of any instance; returns how much there was."""
    rows = Effect.objects.filter(state="due", next_at__lte=timezone.now()).order_by("next_at").values_list("instance_id", "no")[:limit]
    return sum(perform(pk, no) for pk, no in list(rows))


def perform(pk: int, no: int, *, wait: bool = False) -> bool:
    """Carry out one piece of work; False when somebody else had it, or (without `wait`) has it."""
    try:
        with transaction.atomic():
            return _performed(pk, no, wait)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # whatever it is: it is kept, tried again, and after the fifth time a person is asked
        if connection.connection is None or connection.connection.closed:  # whatever it is called: the database is gone, and nothing was tried
            raise OperationalError(str(error)) from error
        log.exception("work %s of process %s failed", no, pk)
        with transaction.atomic():
            _note_failure(pk, no, f"{type(error).__name__}: {error}"[:500])
        return False


def _performed(pk: int, no: int, wait: bool) -> bool:
    effect = Effect.objects.filter(instance_id=pk, no=no, state="due").select_related("instance").first()
    if effect is None:
        return False
    begin(Actor.system(DOOR))
    wrong = _hold_record(effect)
    row = store.locked(pk, wait=wait)
    if row is None:
        return False
    with after(row.cause), store.command(row) as run:
        work = run.i.work.get(no)
        if work is None or work.state != "due":
            return False
        if wrong:
            failed(run, no, wrong, final=True)
        else:
            try:
                with transaction.atomic():
                    result = PERFORM[work.kind](row, work)
            except Failure as refusal:  # a sentence for a person: trying again would say the same
                failed(run, no, _said(refusal, row, work), final=True)
            else:
                begin(Actor.system(DOOR))
                if result is CHILD:
                    work.state = "child"
                else:
                    done(run, no, result)
    return True


def _said(refusal: Failure, row: ProcessInstance, work: Work) -> str:
    """A refusal as a sentence that names the fields it is about."""
    if not isinstance(refusal, Invalid):
        return refusal.message
    call = str(work.body.get("call") or "")
    made = call if work.kind == "create" and call in registry else row.resource
    asked = {s.name: s for s in actions[call].inputs} if call in actions else specs(made)
    named = (f"{asked[name].label}{_(': ')}{' '.join(said)}" if name in asked else " ".join(said) for name, said in refusal.errors.items())
    return _("; ").join(named) or refusal.message


def _hold_record(effect: Effect) -> str:
    """Lock what the action is about before the instance; the refusal in words when it is not there."""
    if effect.kind not in (*DOES, "gate"):
        return ""
    changed = f"{effect.instance.resource}_update"
    name = effect.instance.action if effect.kind == "gate" else str(effect.body.get("call", "")) if effect.kind == ACTION else changed
    what = actions.get(name)
    if what is None:
        return _("There is no action “%(name)s” any more.") % {"name": name}
    try:
        fetch(what.model, effect.instance.record_id, Actor.system(DOOR), lock=True, also=what.locks)
    except Failure as refusal:
        return refusal.message
    return ""


def _note_failure(pk: int, no: int, why: str) -> None:
    row = store.locked(pk, wait=False)
    if row is None:
        return
    with store.command(row) as run:
        failed(run, no, why)
        tries = run.i.work[no].tries if no in run.i.work else 1
    pause = dt.timedelta(seconds=PAUSE**tries)
    Effect.objects.filter(instance_id=pk, no=no).update(error=why, next_at=timezone.now() + pause)


def _do(row: ProcessInstance, work: Work) -> dict[str, Any] | None:
    """A step's action, fields set, a record made, a message sent: by the system on behalf of the process, with the values of now."""
    run = store.loaded(row)
    world, actor = run.world, Actor.system(DOOR, row.cause)
    assert isinstance(world, Company)
    do = Do(kind=work.kind, on=str(work.body.get("call") or ""), inputs={k: v for k, v in (work.body.get("inputs") or {}).items() if v is not None})
    actor = replace(actor, reason=_("Process “%(name)s”, version %(n)s") % {"name": row.process.name, "n": row.edition.number})
    case = Case(row.resource, world.record, actor, show_for(actor), row.process.name, f"process:{row.pk}:{work.no}",
                f"{row.resource}.process", row.requester_id, None, world.beside(run.i))  # fmt: skip
    with _passes(row.pk):
        if work.kind != ACTION:
            return do_it(case, do)
        what = actions[do.on]
        if what.move and what.lifecycle and getattr(world.record, what.lifecycle.field) == what.lifecycle.transitions[what.move].target:
            return {"already": True}  # somebody has brought it there meanwhile: nothing is left to be done, and nobody need be asked
        asked = {spec.name: spec for spec in what.inputs}
        act(do.on, row.record_id, actor, resolved(asked, do.inputs, case.key, case.record, case.show, case.beside))
    return None


def _pass_gate(row: ProcessInstance, work: Work) -> None:
    """What waited, from the start: by who asked for it, with the rights he has now and the inputs he gave then."""
    with _passes(row.pk):
        act(row.action, row.record_id, _acting(row), dict(row.inputs), sure=True)  # who agreed is sure


def _acting(row: ProcessInstance) -> Actor:
    """The stored actor, with the rights he has today."""
    user = User.objects.filter(pk=row.acting.get("user")).first()
    if user is None:
        return Actor.system(DOOR, row.cause)
    if not user.is_active:
        raise Refused(_("%(name)s, who asked for it, no longer works here.") % {"name": user.name})
    return replace(Actor.of(user, DOOR), on_behalf_of=row.acting.get("on_behalf_of"), cause=row.cause)


def _begin_child(row: ProcessInstance, work: Work) -> object:
    process = Process.objects.filter(key=work.body["call"], is_on=True, deleted_at=None).first()
    if process is None:
        raise Refused(_("There is no process “%(name)s” in use.") % {"name": work.body["call"]})
    record = store.loaded(row).world.record  # type: ignore[attr-defined]
    start(process, record, Actor.system(DOOR, row.cause), key=f"{row.pk}:{work.no}", parent=row, parent_effect=work.no, requester=row.requester_id)
    return CHILD


def _notice(row: ProcessInstance, work: Work) -> None:
    notify(work.body.get("to", ()), f"process_{work.body['about']}", resource=KEY, record_id=row.pk)


PERFORM: dict[str, Perform] = {**dict.fromkeys(DOES, _do), "gate": _pass_gate, "subprocess": _begin_child, "notice": _notice}


def children(limit: int = 20) -> int:
    """A parent reads the state of its children; no message can be lost, and parent and child are never locked together."""
    kids = ProcessInstance.objects.filter(parent_id=OuterRef("instance_id"), parent_effect=OuterRef("no"))
    ended = Effect.objects.filter(Exists(kids.filter(state="ended")), state="child").values_list("instance_id", "no")[:limit]
    count = 0
    for pk, no in list(ended):
        with transaction.atomic():
            row = store.locked(pk, wait=False)
            if row is None:
                continue
            outcome = ProcessInstance.objects.filter(parent_id=pk, parent_effect=no).values_list("outcome", flat=True).first()
            with store.command(row) as run:
                done(run, no, outcome)
            count += 1
    left = Effect.objects.filter(instance_id=OuterRef("parent_id"), no=OuterRef("parent_effect"), state="cancelled")
    orphans = ProcessInstance.objects.filter(Exists(left), state="running").values_list("pk", flat=True)[:limit]
    for pk in list(orphans):
        with transaction.atomic():
            row = store.locked(pk, wait=False)
            if row is None or row.state != "running":
                continue
            with store.command(row) as run:
                end(run, "terminated")
            count += 1
    return count


store.attempts.append(attempt)
