"""Questions about tasks."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records import prepared

from ..models import Task


def due(actor: Actor, until: dt.datetime) -> QuerySet[Task]:
    """One's own open tasks due before a moment, the latest first due first."""
    return scoped(Task, actor).filter(owner_id=actor.user_id, done_at=None, due_at__lt=until).order_by("due_at", "id")


def about(key: str, record_id: int) -> list[Task]:
    """Open tasks about a record, whoever's they are; whoever asks has read the record within scope."""

    def asked(key: str, record_id: int) -> QuerySet[Task]:
        rows = Task._base_manager.filter(about_resource=key, about_id=record_id, done_at=None, deleted_at=None)
        return rows.order_by("due_at")[:8]

    return prepared.rows("tasks_about", asked, key, record_id)
