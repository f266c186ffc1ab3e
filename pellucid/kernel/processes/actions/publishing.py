"""Definitions come in, are published and switched on and off. What runs stays on its version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from typing import Annotated, Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, actions
from pellucid.kernel.actions.run import noted, show_for
from pellucid.kernel.automation import doing, values
from pellucid.kernel.automation.checking import missing
from pellucid.kernel.automation.definition import Do
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs

from .. import moving, store
from ..approvers import approvers
from ..company import wrong_conditions
from ..definition import Definition, Does, Plan, RunAction, Subprocess, read
from ..form import form_specs
from ..models import Process, ProcessVersion
from ..publishing import Known, problems

BODY = Annotated[str, Ask(t("Definition (JSON)"), kind="longtext")]
NOTE = Annotated[str, Ask(t("What is new"), max_length=200)]
GOES_ON, WITHDRAWN = "stay", "withdraw"
RUNNING = ((GOES_ON, t("goes on to its end")), (WITHDRAWN, t("is withdrawn: what waited for it does not happen")))


def known_of(definition: Definition) -> Known:
    """What this definition may name."""
    resource = registry.get(definition.subject)
    if resource is None:
        raise Invalid(_("There is no resource “%(name)s”.") % {"name": definition.subject})
    verbs = [a for a in actions.values() if a.model is resource.model and a.on == "record"]
    fields = {name: spec.kind.key for name, spec in {**specs(resource.key()), **form_specs(definition)}.items()}
    others = Process.objects.filter(is_on=True, deleted_at=None).values_list("key", "active_id")
    calls = {key: frozenset(n.call for n in store.plan_of(version).node.values() if isinstance(n, Subprocess)) for key, version in others}
    return Known(fields=fields, approvers=tuple(approvers), moves=tuple({a.move for a in verbs if a.move}), calls=calls,
                 does=wrong_doings(definition, {a.name for a in verbs}), wrong=wrong_conditions(definition))  # fmt: skip


def wrong_doings(definition: Definition, verbs: Collection[str]) -> Callable[[Does], list[str]]:
    """A function that says in words what keeps a step of the program from being done."""
    beside, show = {name: (spec, None) for name, spec in form_specs(definition).items()}, show_for(Actor.system())

    def wrong(node: Does) -> list[str]:
        if isinstance(node, RunAction):
            if not node.call:
                return [_("choose what is to be done.")]
            if node.call not in verbs:
                return [_("there is no action “%(name)s” for these records.") % {"name": node.call}]
            asked = {spec.name: spec for spec in actions[node.call].inputs}
            return list(values.problems(asked, node.inputs, definition.subject, show, beside=beside))
        return list(doing.problems(definition.subject, done(node), show, beside))

    return wrong


def done(node: Does) -> Do:
    """What the program is to do, as automation knows it."""
    return Do(kind=node.type, on=node.call, inputs=node.inputs)


def publish(body: Any, *, actor: Actor, note: str = "", draft: ProcessVersion | None = None) -> Process:
    """Publish a definition as the next version of its process; `draft` is the row it was designed in. Invalid lists what keeps it from
    being published."""
    definition = read(body)
    if wrong := problems(definition, known_of(definition)):
        raise Invalid({"": wrong})
    lacking = missing(definition.subject, [done(n) for n in Plan(definition).node.values() if isinstance(n, Does)], actor)
    if lacking:
        raise Forbidden(f"{lacking[0]}", _("You may not do yourself what the process would do: %(names)s.") % {"names": ", ".join(lacking)})
    process = Process.objects.select_for_update(no_key=True).filter(key=definition.key, deleted_at=None).first() or Process(key=definition.key)
    names = definition.name
    process.name, process.name_en = (names.get("zh-hans") or names.get("en") or definition.key)[:120], names.get("en", "")[:120]
    process.resource, process.gate = definition.subject, definition.gate
    if process.pk is None:
        process.created_by_id = actor.user_id
    process.save()
    process.versions.filter(state="published").update(state="retired")
    version = draft or ProcessVersion(process=process, body=body)
    others = process.versions.exclude(pk=version.pk) if version.pk else process.versions.all()
    version.number = (others.aggregate(last=Max("number"))["last"] or 0) + 1
    version.digest = hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    version.state, version.note, version.published_at, version.published_by_id = "published", note or "", timezone.now(), actor.user_id
    version.save()
    number = version.number
    process.active = version
    process.save(update_fields=("active",))
    versions.forget()
    noted(version=number)
    return process


@action(Process, label=t("Publish a definition"), verb="edit", on="new", icon="upload", sentence=t("{actor} published version {version}"))
def process_publish(*, actor: Actor, body: BODY, note: NOTE = "") -> Process:
    """Take a definition from a file: it becomes the next version of its process. It is used once it is switched on."""
    try:
        given = json.loads(body)
    except ValueError:
        raise Invalid({"body": [_("This is no JSON.")]}) from None
    return publish(given, actor=actor, note=note)


@action(Process, label=t("Switch on"), icon="player-play", shown=lambda p: not p.is_on, sentence=t("{actor} switched it on"),
        did=t("“{name}” is in use"))  # fmt: skip
def process_switch_on(process: Process, *, actor: Actor) -> None:
    """From now on what it stands before waits for it."""
    if process.active_id is None:
        raise Refused(_("Publish a version first."))
    process.is_on = True
    process.save(update_fields=("is_on",))
    versions.forget()


@action(Process, label=t("Switch off"), icon="player-pause", tone="bad", shown=lambda p: p.is_on, sentence=t("{actor} switched it off"),
        did=t("“{name}” is no longer in use"))  # fmt: skip
def process_switch_off(
    process: Process, *, actor: Actor, running: Annotated[str, Ask(t("What runs"), choices=RUNNING)] = GOES_ON,
    reason: Annotated[str, Ask(t("Why"), max_length=200)] = "",
) -> None:  # fmt: skip
    """Nothing new begins, and what it stood before happens at once. What runs goes on to its end or is withdrawn."""
    process.is_on = False
    process.save(update_fields=("is_on",))
    if running == WITHDRAWN:
        noted(withdrawn=moving.given_up(process, actor, reason or ""))
    versions.forget()
