"""What waits for an approval, and what may not be changed while it does. Without a process in use everything happens at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Action, asked_by_gates, follows, keepers, prepares
from pellucid.kernel.actions.run import gates
from pellucid.kernel.records import prepared
from pellucid.kernel.records.derived_versions import watch
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.resources.conditions import matches
from pellucid.kernel.resources.fields import specs

from . import choosing, store
from .effects import passing
from .machine.elapsing import restart
from .models import Process, ProcessInstance, ProcessVersion, Step
from .starting import start

watch("settings", "processes_process")
BACK = models.Exists(Step.objects.filter(instance_id=models.OuterRef("pk"), kind="start", state="open"))  # its requester has it again


class InUse(NamedTuple):
    """A process in use, as far as the gate looks at it."""

    pk: int
    gate: str
    when: str
    version: int


@versioned("settings")
def in_use() -> dict[str, tuple[InUse, ...]]:
    """The processes in use of each resource."""
    out: dict[str, tuple[InUse, ...]] = {}
    for pk, resource, gate, version in Process.objects.filter(is_on=True, deleted_at=None).order_by("id").values_list(
        "pk", "resource", "gate", "active_id"
    ):
        found = store.plan_of(version).definition
        out[resource] = (*out.get(resource, ()), InUse(pk, gate, found.when, version))
    return out


@versioned("settings")
def ever_watched() -> dict[str, frozenset[str]]:
    """Fields of each resource that some version of some process watches: a request goes on as it began, whatever becomes of its process."""
    out: dict[str, frozenset[str]] = {}
    for resource, names in ProcessVersion.objects.filter(body__has_key="watch").values_list("process__resource", "body__watch"):
        out[resource] = out.get(resource, frozenset()).union(names or ())
    return out


@versioned("settings")
def ever_gated() -> frozenset[str]:
    """The resources with a process some version of which stands before a move, in use or not: what was begun under it goes on."""
    gated = ProcessVersion.objects.filter(body__has_key="gate").exclude(body__gate="")
    return frozenset((*Process.objects.exclude(gate="").values_list("resource", flat=True), *gated.values_list("process__resource", flat=True)))


def gate(what: Action, record: Any, actor: Actor, inputs: dict[str, Any]) -> Callable[[], ProcessInstance] | None:
    """A move that a process in use stands before is begun there instead, unless it has been agreed to. A process for certain records stands
    before one for all of them."""
    if not what.move or record is None or passing():
        return None
    found = standing(what, record)
    if found is None:
        return None
    mine = f"p{found.pk}_"
    own = {n: v for n, v in inputs.items() if not n.startswith(mine)}
    form, chosen = choosing.given(store.plan_of(found.version), {n.removeprefix(mine): v for n, v in inputs.items() if n.startswith(mine)})

    def wait() -> ProcessInstance:
        for name in prepared.rows("gate.running", _running, what.resource, record.pk, what.move):
            raise Refused(_("This is being approved already: “%(name)s”.") % {"name": name})
        return start(_process(found.pk), record, actor, what=what, inputs=own, form=choosing.as_kept(form), chosen=chosen, prefix=mine)

    return wait


def _running(resource: str, pk: int, move: str) -> models.QuerySet[Any, Any]:
    rows = ProcessInstance.objects.filter(resource=resource, record_id=pk, gate=move, state="running")
    return rows.order_by().values_list("name", flat=True)


@versioned("settings")
def _process(pk: int) -> Process:
    """A process in use as it stands, to be read only."""
    return Process.objects.get(pk=pk)


def standing(what: Action, record: Any) -> InUse | None:
    """The process in use that stands before this move of this record; one for certain records before one for all of them."""
    fitting = sorted((p for p in in_use().get(what.resource, ()) if p.gate == what.move), key=lambda p: not p.when)  # without conditions: the rest
    return next((p for p in fitting if matches(what.resource, p.when, record.pk)), None)


def asked(what: Action, record: Any, actor: Actor) -> tuple[Spec, ...]:
    """What a process that stands before a move asks of whoever makes it, beside what the move asks itself."""
    if not what.move or record is None or passing() or not any(_asks(p) for p in in_use().get(what.resource, ()) if p.gate == what.move):
        return ()
    found = standing(what, record)
    return tuple(s.changed(name=f"p{found.pk}_{s.name}") for s in choosing.asks(store.plan_of(found.version), actor.user_id)) if found else ()


def _asks(process: InUse) -> bool:
    return bool(choosing.asks(store.plan_of(process.version), None))


gates.append(gate)


def being_decided(key: str, pk: int) -> set[str]:
    """The moves of a record that wait for a decision now."""
    if key not in ever_gated():
        return set()
    return set(ProcessInstance.objects.filter(resource=key, record_id=pk, state="running").exclude(gate="").values_list("gate", flat=True))


asked_by_gates.append(asked)


def locked_by_requests(record: models.Model) -> frozenset[str]:
    """The fields of a record that running requests keep as they are."""
    key = record._meta.model_name or ""
    if record.pk is None or not ever_watched().get(key):
        return frozenset()
    running = ProcessInstance.objects.filter(resource=key, record_id=record.pk, state="running").exclude(BACK)
    known = (store.plan_of(edition).definition for edition in running.values_list("edition_id", flat=True))
    return frozenset(name for one in known if one.on_change == "lock" for name in one.watch)


keepers.append(locked_by_requests)


def undecided(key: str, pk: int) -> bool:
    """Whether a move of the record waits for an agreement."""
    return bool(being_decided(key, pk))


@prepares(models.Model)
def unwatched(records: list[Any], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """While a request runs, the fields it watches stay as they are, or it begins anew, or it notes the change. Sent back to its requester, it
    waits for just that: he may change them, and it is noted."""
    if not records or changed is None or passing():
        return
    key = records[0]._meta.model_name or ""
    if not ever_watched().get(key, frozenset()) & changed:
        return
    running = ProcessInstance.objects.filter(resource=key, record_id__in=[r.pk for r in records], state="running")
    for row in running.order_by("pk"):
        known = store.plan_of(row.edition_id).definition
        if not (moved := changed.intersection(known.watch)):
            continue
        locked = store.locked(row.pk)  # nobody hands it in again, or sends it back, before this change stands
        if locked is None or locked.state != "running":
            continue
        with_requester = ProcessInstance.objects.filter(BACK, pk=row.pk).exists()
        if known.on_change == "lock" and not with_requester:
            named = ", ".join(str(specs(key)[n].label) for n in sorted(moved))
            raise Refused(
                _("“%(fields)s” cannot be changed while “%(name)s” is being decided; withdraw it first.") % {"fields": named, "name": row.name}
            )
        with store.command(locked, actor.user_id) as run:
            if known.on_change == "restart" and not with_requester:
                restart(run, actor.user_id, fields=sorted(moved))
            else:
                # who agreed has agreed to something else, and other branches may be right now: no jump back to who sent it
                whole = run.i.data.pop("resume", None) is not None
                run.say("changed", actor=actor.user_id, fields=sorted(moved), whole=whole)


def write_derived(record: Any, values: dict[str, Any], *, actor: Actor) -> None:
    """Save what follows from the rows below a locked record. What a running request watches is no more changed by these than by hand."""
    changed = sorted(name for name, value in values.items() if getattr(record, name) != value)
    if changed:
        unwatched([record], actor=actor, changed=frozenset(changed))
        for name in changed:
            setattr(record, name, values[name])
        record.save(update_fields=changed)



@follows(ProcessInstance)
@follows(Process)
def not_by_hand(records: list[Any], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """A request begins where it is needed, a process with its definition; neither is filled in."""
    if changed is None:
        raise Refused(_("This begins by itself where it is needed; a process begins with its definition."))
