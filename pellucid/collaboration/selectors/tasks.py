"""Questions about tasks."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Q, QuerySet

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records import prepared
from pellucid.kernel.resources.declare import registry, related

from ..actions.next_steps import kept
from ..models import Lateness, Task


def due(actor: Actor, until: dt.datetime) -> QuerySet[Task]:
    """One's own open tasks due before a moment, the latest first due first."""
    return scoped(Task, actor).filter(owner_id=actor.user_id, done_at=None, due_at__lt=until).order_by("due_at", "id")


def about(key: str, record_id: int) -> list[Task]:
    """Open tasks about a record, whoever's they are; whoever asks has read the record within scope."""

    def asked(key: str, record_id: int) -> QuerySet[Task]:
        rows = Task._base_manager.filter(about_resource=key, about_id=record_id, done_at=None, deleted_at=None)
        return rows.order_by("due_at")[:8]

    return prepared.rows("tasks_about", asked, key, record_id)


def done_about(key: str, record_id: int, before: dt.datetime | None, limit: int) -> list[Task]:
    """What was completed about a record, latest first, next steps left out; whoever asks has read the record within scope."""

    def asked(key: str, record_id: int, before: dt.datetime | None = None) -> QuerySet[Task]:
        rows = Task._base_manager.filter(about_resource=key, about_id=record_id, done_at__isnull=False, cancelled=False, deleted_at=None)
        rows = rows.exclude(kind=Task.Kind.NEXT_STEP)
        return (rows.filter(done_at__lt=before) if before else rows).order_by("-done_at", "-id")[:limit]

    return prepared.rows(("tasks_done_about", limit), asked, key, record_id, *([before] if before else ()))


def done_by_others(actor: Actor, since: dt.datetime, limit: int) -> list[Task]:
    """What colleagues completed lately: tasks in reach, and those about records in reach."""
    done = Task._base_manager.filter(done_at__gte=since, cancelled=False, deleted_at=None).exclude(owner_id=actor.user_id)
    near = Q(pk__in=scoped(Task, actor).filter(pk__in=done.values("pk")).values("pk"))
    for key, model in kept().items():
        if actor.may(key, "view"):  # only what they are about is looked at, not all that is in reach
            about = done.filter(about_resource=key).values("about_id")
            near |= Q(about_resource=key, about_id__in=scoped(model, actor).filter(pk__in=about).values("pk"))
    return list(done.filter(near).order_by("-done_at", "-id")[:limit])


def to_check(actor: Actor) -> QuerySet[Task]:
    """What others handed in to the reader."""
    return scoped(Task, actor).filter(giver_id=actor.user_id, state=Task.State.CHECK).order_by("done_at", "id")


def given(actor: Actor) -> QuerySet[Task]:
    """What the reader gave others and is not done, the first due first."""
    return scoped(Task, actor).filter(giver_id=actor.user_id, done_at=None).exclude(owner_id=actor.user_id).order_by("due_at", "id")


def tasks_of(user_id: int, actor: Actor) -> tuple[QuerySet[Task], QuerySet[Task]]:
    """(open ones, finished ones) of a colleague, as far as the reader reaches."""
    rows = scoped(Task, actor).filter(owner_id=user_id)
    return rows.filter(done_at=None).order_by("due_at", "id"), rows.filter(done_at__isnull=False).order_by("-done_at", "-id")


def late_counts(user_id: int, actor: Actor, since: dt.datetime) -> tuple[int, int]:
    """(how often a colleague was late since then, how many of those tasks are still open), as far as the reader reaches."""
    found = scoped(Lateness, actor).filter(owner_id=user_id, due_at__gte=since).aggregate(
        n=Count("pk"), still=Count("pk", filter=Q(task__done_at=None)))  # fmt: skip
    return found["n"], found["still"]


def late_with(task_id: int) -> list[Lateness]:
    """With whom a task was when its times passed; whoever asks has read the task within scope."""
    return list(Lateness._base_manager.filter(task=task_id, deleted_at=None).order_by("due_at"))


def work_on(key: str, record_id: int, actor: Actor) -> list[tuple[str, int, str]]:
    """What belongs to the record a task is about: (resource, how many in reach, foreign key), those that have some."""
    out = []
    for found in related:
        if found.resource == key and found.child in registry and actor.may(found.child, "view"):
            n = scoped(registry[found.child].model, actor).filter(**{found.via: record_id}).count()
            if n:
                out.append((found.child, n, found.via))
    return out
