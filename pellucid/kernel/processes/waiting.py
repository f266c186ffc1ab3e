"""Whom a record waits for while a move of it is being decided, and which copies somebody has not read yet."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import reaches

from .models import Assignment, Copy, ProcessInstance, Step
from .showing import title_of

NAMED = 3


def waits_for(key: str, pk: int, actor: Actor) -> dict[str, Any] | None:
    """The line above a record: who is asked now, in which step of which process; with the way there for who may read the request."""
    rows = ProcessInstance.objects.filter(resource=key, record_id=pk, state="running").exclude(gate="").select_related("process", "edition")
    row = rows.order_by("-created_at").first()
    if row is None:
        return None
    asked = list(Assignment.objects.filter(instance=row, state="pending").order_by("id").values_list("person_id", "step_no", "origin"))
    people = [directory.user_name(p) for p in dict.fromkeys(p for p, _no, _origin in asked)]
    names = _(", ").join(people[:NAMED]) + (_(" and %(n)s more") % {"n": len(people) - NAMED} if len(people) > NAMED else "")
    open_ = {s.no: s for s in Step.objects.filter(instance=row, state="open")}
    steps = dict.fromkeys(open_[no].kind for _p, no, _origin in asked if no in open_)
    tone = "info"
    if not asked:
        said = _("“%(process)s” is under way.")
    elif any(origin == "held" for _p, _no, origin in asked):
        said, tone = _("“%(process)s” has stopped; %(names)s decide how it goes on."), "bad"
    elif "start" in steps:
        said, tone = _("“%(process)s” sent it back: %(names)s changes it and hands it in again."), "warn"
    else:
        said = _("Waits for %(names)s (“%(process)s”).")
    href = f"/approvals/{row.pk}" if reaches(ProcessInstance, row.pk, actor) else ""
    button = {"label": _("Open the request"), "icon": "route", "href": href} if href else None
    return {"tone": tone, "text": said % {"names": names, "process": title_of(row.process)}, "button": button}


def unread(user: int | None) -> set[int]:
    """The requests he was sent a copy of and has not opened."""
    return set(Copy.objects.filter(person_id=user, read_at=None, instance__deleted_at=None).values_list("instance_id", flat=True)) if user else set()


def read(pk: int, actor: Actor) -> None:
    """He has opened his copy."""
    if actor.user_id is not None and not actor.read_only:
        Copy.objects.filter(instance_id=pk, person_id=actor.user_id, read_at=None).update(read_at=timezone.now())
