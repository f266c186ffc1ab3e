"""A process begins on a record."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import Action
from pellucid.kernel.events.bus import EventKind, declare, number, publish
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import resource_title

from . import store
from .choosing import check
from .machine.entering import begin
from .machine.people import named
from .models import Process, ProcessInstance
from .models.instance import MAX_DEPTH

STARTED = declare(EventKind("processinstance.started", gettext_lazy("{actor} sent it for approval"), icon="send"))


def start(
    process: Process,
    record: models.Model,
    actor: Actor,
    *,
    what: Action | None = None,
    inputs: dict[str, Any] | None = None,
    form: dict[str, Any] | None = None,
    chosen: dict[str, list[int]] | None = None,
    key: str | None = None,
    parent: ProcessInstance | None = None,
    parent_effect: int | None = None,
    requester: int | None = None,
    prefix: str | None = None,
) -> ProcessInstance:
    """Start the active version on a record that is locked. The same `key` answers the first instance. With a `prefix` somebody was asked: what he
    chose is checked, and what is wrong stands under the inputs' names."""
    if process.active_id is None:
        raise Refused(_("This process is not in use."))
    if key and (first := ProcessInstance.objects.filter(start_key=key).first()):
        return first
    asks = requester or actor.user_id or getattr(record, "owner_id", None)
    home = directory.home_of(asks)
    if asks is None or home is None:
        raise Refused(_("Nobody is known who requests this."))
    if parent is not None and parent.depth >= MAX_DEPTH:
        raise Refused(_("Processes start each other too deeply."))
    resource = registry[record._meta.model_name or ""]
    if prefix is not None:
        check(store.plan_of(process.active_id).definition, record, asks, form or {}, chosen or {}, prefix)
    row = ProcessInstance(
        name=f"{process.name} · {resource_title(resource, record)}"[:250],
        process=process, edition_id=process.active_id, requester_id=asks, owner_id=asks, created_by_id=actor.user_id,
        unit_id=home, branch_id=tree().branch(home), resource=resource.key(), record_id=record.pk,
        gate=process.gate if what else "", action=what.name if what else "", inputs=_kept(inputs or {}),
        acting={"user": actor.user_id, "on_behalf_of": actor.on_behalf_of, "language": actor.language},
        form=form or {}, chosen=chosen or {}, parent=parent, parent_effect=parent_effect, depth=parent.depth + 1 if parent else 0, start_key=key,
        cause=number(),
    )  # fmt: skip
    with store.command(row, actor.user_id, record) as run:
        run.say("started", actor=actor.user_id)
        begin(run)
        definition = run.plan.definition
        run.i.readers = {p for who in (*definition.see, *definition.admins) for p in named(run, who, "") if run.world.active(p)}
    publish("processinstance.started", event_id=row.cause, actor_id=actor.user_id, on_behalf_of=actor.on_behalf_of, door=actor.door,
            cause=actor.cause, resource="processinstance", record_id=row.pk, payload={"of": resource.key(), "id": record.pk})  # fmt: skip
    return row


def _kept(inputs: dict[str, Any]) -> dict[str, Any]:
    """Typed inputs as JSON that is read again as the API reads it."""
    plain = {k: v.isoformat() if isinstance(v, dt.date | dt.datetime) else v for k, v in inputs.items() if v is not None}
    return dict(json.loads(json.dumps(plain, cls=DjangoJSONEncoder)))
