"""Questions about requests: what waits for somebody, what he sent, was copied on and has decided; what runs about a record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from pellucid.kernel.access import proxies
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.events.models import Event

from . import store
from .models import Assignment, Copy, LogLine, Process, ProcessInstance, Step, Timer, Verdict

KEY = "processinstance"
SHOWN = 100
AROUND = dt.timedelta(days=1)  # an event carries the moment its transaction began


def stood_for(user: int) -> list[int]:
    """Himself, and everybody whose requests he decides for now."""
    return [user, *(owner for owner, kinds in proxies.standing_in(user) if KEY in kinds)]


def waiting(user: int | None) -> QuerySet[Assignment]:
    """What waits for somebody, or for whom he stands in for; the longest waiting first. His own requests he never decides."""
    steps = Step.objects.filter(instance_id=OuterRef("instance_id"), no=OuterRef("step_no"))
    known = {"step_kind": Subquery(steps.values("kind")[:1]), "step_node": Subquery(steps.values("node")[:1])}
    rows = Assignment.objects.filter(state="pending", person_id__in=stood_for(user) if user else []).annotate(**known)
    return rows.exclude(Q(instance__requester_id=user) & ~Q(person_id=user)).order_by("opened_at", "id")


def count(user: int | None) -> int:
    """How much waits for him."""
    return waiting(user).count() if user else 0


def sent(actor: Actor) -> QuerySet[ProcessInstance]:
    """What he asked for; what runs comes first."""
    return scoped(ProcessInstance, actor).filter(requester_id=actor.user_id).order_by("-state", "-created_at")


def copied(actor: Actor) -> QuerySet[ProcessInstance]:
    """What he was sent a copy of."""
    mine = Copy.objects.filter(instance_id=OuterRef("pk"), person_id=actor.user_id)
    return scoped(ProcessInstance, actor).filter(Exists(mine)).order_by("-created_at")


def decided(actor: Actor) -> QuerySet[ProcessInstance]:
    """What he decided, in his own name or somebody else's."""
    mine = Verdict.objects.filter(instance_id=OuterRef("pk"), actor_id=actor.user_id)
    return scoped(ProcessInstance, actor).filter(Exists(mine)).order_by("-created_at")


def by_process(rows: QuerySet[Any], process: str = "process", request: str = "pk") -> dict[int, int]:
    """Process -> how many requests of it are among the rows."""
    return dict(rows.order_by().values(process).annotate(n=Count(request, distinct=True)).values_list(process, "n"))


def processes(ids: Iterable[int]) -> list[Process]:
    """These processes."""
    return list(Process.objects.filter(pk__in=list(ids)))


def about(resource: str, pk: int) -> QuerySet[ProcessInstance]:
    """The requests about one record, the newest first."""
    return ProcessInstance.objects.filter(resource=resource, record_id=pk, deleted_at=None).order_by("-created_at")


def lines(row: ProcessInstance) -> list[LogLine]:
    """What happened, in its order."""
    return list(LogLine.objects.filter(instance_id=row.pk).order_by("id")[:500])


def verdicts(row: ProcessInstance) -> list[Verdict]:
    """What was decided, in its order."""
    return list(Verdict.objects.filter(instance_id=row.pk).order_by("id"))


def comments(row: ProcessInstance) -> list[tuple[dt.datetime, int, int | None, str]]:
    """What was said of it beside the decisions: (when, who, in whose place, text)."""
    found = Event.objects.filter(name=f"{KEY}.commented", resource=KEY, record_id=row.pk, at__gte=row.created_at - AROUND).order_by("at")[:500]
    return [(event.at, event.actor_id or 0, event.on_behalf_of, event.payload.get("text", "")) for event in found]


def answerable(row: ProcessInstance) -> int | None:
    """Who stands for what was agreed to: whoever agreed last in a step of money or law, else whoever agreed last."""
    nodes = dict(Step.objects.filter(instance_id=row.pk).values_list("no", "node"))
    steps = store.plan_of(row.edition_id).node
    agreed = [v for v in verdicts(row) if v.verdict in ("approve", "submit")]
    binding = [v for v in agreed if getattr(steps.get(nodes.get(v.step_no, "")), "binding", False)]
    return (binding or agreed)[-1].actor_id if agreed else None


def due_of(rows: Iterable[int]) -> dict[tuple[int, int], dt.datetime]:
    """When the open steps of these requests are due: (request, number of the step) -> the moment."""
    found = Timer.objects.filter(instance_id__in=list(rows), state="armed", kind="due").values_list("instance_id", "step_no", "at")
    return {(pk, no): at for pk, no, at in found}
