"""Sending a record through a process by hand: those in use about its kind before which no move waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.conditions import matches

from .. import choosing, store
from ..gate import InUse, in_use
from ..models import Process, ProcessInstance
from ..starting import start


def begun_by_hand(key: str) -> list[InUse]:
    """The processes in use about records of a kind that wait for no move of theirs."""
    return [p for p in in_use().get(key, ()) if not p.gate]


def asks_for_approval(model: type[models.Model]) -> None:
    """Let records of a kind be sent through a process by hand: `<key>_request`."""
    key = model._meta.model_name or ""

    def request(record: Any, *, actor: Actor, process: Annotated[int, Ask(t("Process"))], **form: Any) -> ProcessInstance:
        """Send it through a process: everybody it names is asked."""
        found = next((p for p in begun_by_hand(key) if p.pk == process), None)
        if found is None:
            raise Invalid({"process": [_("This process is not in use.")]})
        if not matches(key, found.when, record.pk):
            raise Refused(_("This process is for other records."))
        row = Process.objects.get(pk=process)
        plan, mine = store.plan_of(row.active_id), f"p{process}_"
        given = {n.removeprefix(mine): v for n, v in form.items() if n.startswith(mine)}
        lacking = {mine + s.name: [_("This field is required.")] for s in choosing.asks(plan, actor.user_id)
                   if s.required and given.get(s.name) in (None, "", [])}  # fmt: skip
        if lacking:
            raise Invalid(lacking)
        if ProcessInstance.objects.filter(process=row, resource=key, record_id=record.pk, state="running").exists():
            raise Refused(_("This is being approved already: “%(name)s”.") % {"name": row.called})
        filled, chosen = choosing.given(plan, given)
        return start(row, record, actor, form=choosing.as_kept(filled), chosen=chosen, prefix=mine)

    request.__name__ = f"{key}_request"
    action(model, label=t("Send through a process"), icon="send", position=90, leads_on=True, asks=asked,
           shown=lambda record: bool(begun_by_hand(key)),
           sentence=t("{actor} sent it through a process"), did=t("“{name}” is on its way"))(request)  # fmt: skip


def asked(record: models.Model, actor: Actor, inputs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """The processes to choose from, and what each asks of its requester."""
    key = record._meta.model_name or ""
    offered = [p for p in begun_by_hand(key) if matches(key, p.when, record.pk)]
    names: Mapping[int, str] = {p.pk: p.called for p in Process.objects.filter(pk__in=[p.pk for p in offered])}
    only = offered[0].pk if len(offered) == 1 else None
    chosen = inputs[0].changed(kind=kind("choice"), choices=tuple((p.pk, names[p.pk], "") for p in offered), required=True, default=only)
    out = [chosen]
    for p in offered:
        for spec in choosing.asks(store.plan_of(p.version), actor.user_id):
            alone = spec.required and len(offered) == 1  # of several it is only known which one is meant when it is sent
            options = {**spec.options, "when": ("process", str(p.pk)), "starred": spec.required}  # his who chooses that process
            out.append(spec.changed(name=f"p{p.pk}_{spec.name}", required=alone, options=options))
    return tuple(out)
