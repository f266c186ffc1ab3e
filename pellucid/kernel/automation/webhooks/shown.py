"""Endpoints as a resource, what is on its way on their page, and the step of a rule that sends."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.notices.declare import NoticeKind, declare
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.declare import Menu, Panel, Resource, Section, Sort, place, register, registry
from pellucid.kernel.resources.fields import specs, value_of

from ..definition import Do
from ..doing import Case, Doing, known, title_of
from ..models import Endpoint, Message
from ..resources import EVERYBODY
from .sending import OFF, write

SHOWN = 50
TONES = {"done": "ok", "dead": "bad", "due": "info"}
declare(NoticeKind(OFF, t("A webhook I look after was switched off"), t("The webhook “{name}” was switched off: {why}"), icon="alert-triangle",
                   tone="bad", fold="", to_self=True))  # fmt: skip


@register
class EndpointResource(Resource):
    """Where rules send to."""

    model = Endpoint
    path = "webhooks"
    icon = "webhook"
    columns = ("name", "url", "is_on", "keeper", "created_at")
    more = ("stopped",)
    sections = (Section(t("Webhook"), ("name", "url", "is_on", "keeper", "stopped")),)
    form = ("name", "url")
    filters = ("is_on", "keeper")
    sorts = (Sort("created_at", "created_at", desc=True),)
    search = {"name": "text"}
    grants = {"admin": "manage:all", "auditor": "read:all", **dict.fromkeys(EVERYBODY, "none")}


def messages(endpoint: Endpoint, actor: Actor) -> dict[str, Any]:
    """What was posted lately, and what waits."""
    show = show_for(actor)
    rows = Message.objects.filter(endpoint_id=endpoint.pk).order_by("-id")[:SHOWN]
    listed = [
        {"uid": m.uid, "name": m.name, "label": m.get_state_display(), "tone": TONES[m.state], "tries": m.tries,  # type: ignore[attr-defined]
         "said": str(m.status) if m.status else m.error, "at": m.created_at, "ago": words.ago(m.created_at, show.now, show.language),
         "next": _when(m, show) if m.state == "due" and m.tries else ""} for m in rows
    ]  # fmt: skip
    return {"messages": listed, "secret": bool(endpoint.secrets.exists()), "endpoint": endpoint}


def _when(message: Message, show: Show) -> str:
    minutes = max(int((message.next_at - show.now).total_seconds()) // 60, 1)
    return words.duration(minutes * 60, show.language)


def _offers(key: str) -> list[tuple[str, Any]]:
    rows = Endpoint.objects.filter(deleted_at=None).order_by("name", "pk")
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def _wrong(on: str) -> str:
    """Nothing leaves the house unsigned."""
    endpoint = Endpoint.objects.filter(pk=int(on)).first()
    if endpoint is None or endpoint.secrets.exists():
        return ""
    return _("the webhook “%(name)s” has no secret yet; make one on its page, then it can be used.") % {"name": endpoint.name}


def _asks(key: str, on: str) -> dict[str, Spec]:
    fields = tuple((name, spec.label, "") for name, spec in specs(key).items() if not spec.personal)
    return {"fields": Spec("fields", _("Fields that go along"), kind("names"), null=True, choices=fields,
                           help=_("Besides them: what happened, when, and which record."))}  # fmt: skip


def _send(case: Case, do: Do, given: dict[str, Any]) -> dict[str, Any]:
    endpoint = Endpoint.objects.filter(pk=do.on, deleted_at=None).first()
    if endpoint is None:
        raise Refused(_("This webhook is gone."))
    own = specs(case.key)
    named = own.get(registry[case.key].title)
    title = "" if named is not None and named.personal else title_of(case.key, case.record)  # nothing personal leaves the house
    values = {n: own[n].kind.json(own[n], value_of(case.record, own[n])) for n in given.get("fields") or () if n in own and not own[n].personal}
    data = {"resource": case.key, "id": case.record.pk, "title": title, "event": case.actor.cause,
            "path": f"/{registry[case.key].path}/{case.record.pk}", "rule": case.name, "fields": values}  # fmt: skip
    message = write(endpoint, case.what, data, case.run)
    return {"state": "done", "message": message.uid}


def _says(key: str, do: Do, show: Show) -> tuple[str, list[str]]:
    name = dict(_offers(key)).get(do.on, do.on)
    labels = [str(specs(key)[n].label) for n in do.inputs.get("fields") or () if n in specs(key)]
    return _("send to the webhook “%(name)s”") % {"name": name}, ["、".join(labels)] if labels else []


known(Doing("webhook", t("Webhook"), "webhook", _offers, _asks, lambda key, on: [("endpoint", "view")], _send, _says,
            hint=t("Tell another program, signed"), wrong=_wrong))  # fmt: skip

place(
    Panel("endpoint", "messages", t("Messages"), "automation/messages.html", messages, place="tab", position=1, first=True),
    Menu("endpoint", t("Webhooks"), "/webhooks/", icon="webhook", group="settings/integration", needs="endpoint.view", position=20),
)
