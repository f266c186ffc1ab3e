"""What is told of events: mentions, records given or shared, comments, changes of watched records, jobs that ended, checks that found."""
from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pellucid.kernel.access.models import Grant
from pellucid.kernel.events.bus import kinds as event_kinds
from pellucid.kernel.events.bus import subscribe
from pellucid.kernel.events.models import Event, EventItem
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.erasure import quotes, without
from pellucid.kernel.resources.marks import watchers

from .models import Notice
from .tell import notify

SILENT = frozenset({"watched", "created", "unshared"})


@subscribe("*")
def hear(event: Event) -> None:
    """Tell who was mentioned, then who was given or shown the record, then its owner of a comment, then who watches it. Each of them hears
    of an event once, in the first of these ways."""
    about: dict[str, Any] = {"resource": event.resource, "record_id": event.record_id, "actor_id": event.actor_id, "event_id": event.pk}
    if event.many:               # one of them stands for all
        about["record_id"] = EventItem.objects.filter(event_id=event.pk).order_by("id").values_list("record_id", flat=True).first()
    if mentioned := event.payload.get("mentions"):
        notify([int(u) for u in mentioned], "mention", **about)
    if event.resource not in registry:
        return
    verb = event.name.rpartition(".")[2]
    if verb == "reassigned" and event.payload.get("owner"):
        notify([int(event.payload["owner"])], "reassigned", **about, count=event.many or 1)
    elif verb == "shared" and event.payload.get("user"):
        notify([int(event.payload["user"])], "shared", **about, count=event.many or 1)
    if event.record_id is None or verb in SILENT:
        return
    if verb == "commented":
        owner = registry[event.resource].model._base_manager.filter(pk=event.record_id).values_list("owner_id", flat=True)
        if hasattr(registry[event.resource].model, "owner"):
            notify(owner, "commented", **about)
    if who := watchers(event.resource, event.record_id):
        label = event_kinds[event.name].options.get("label", "") if event.name in event_kinds else ""
        notify(who, "watched", **about, what=_key(label))


def _key(label: object) -> str:
    """The msgid of a lazy label: it is put into the reader's language later."""
    args = getattr(label, "_args", None)
    return str(args[0]) if args else str(label)


@quotes
def forget(key: str, ids: Collection[int], words: list[str]) -> None:
    """Notices about records of an erased person quote it no more."""
    for notice in Notice.objects.filter(resource=key, record_id__in=ids).exclude(params={}):
        params = {name: without(value, words) if isinstance(value, str) else value for name, value in notice.params.items()}
        if params != notice.params:
            Notice.objects.filter(pk=notice.pk).update(params=params)


@subscribe("job.done", "job.failed")
def job_ended(event: Event) -> None:
    """Tell who asked for a job how it ended."""
    if event.actor_id:
        kind = "job_done" if event.name == "job.done" else "job_failed"
        payload = event.payload
        notify([event.actor_id], kind, actor_id=event.actor_id, event_id=event.pk, title=payload.get("title", ""),
               error=payload.get("error", ""), job=payload.get("job"))


@subscribe("check.found")
def check_found(event: Event) -> None:
    """Tell the administrators what the nightly check found."""
    admins = Grant.objects.filter(role__code="admin").values_list("user_id", flat=True)
    notify(admins, "check", event_id=event.pk, count=int(event.payload.get("count", 1)))
