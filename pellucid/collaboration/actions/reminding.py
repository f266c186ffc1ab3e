"""Reminders and escalations as they are kept: once each, however often the clock looks."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin
from pellucid.kernel.events.bus import EventKind, declare, publish
from pellucid.kernel.notices.tell import notify
from pellucid.kernel.records import days

from .. import reminding
from ..models import Task
from .tasks import let_see

declare(EventKind("task.escalated", _("{manager:user} was told that it is late"), icon="arrow-up", tone="bad"))


def remind(today: dt.date) -> int:
    """Remind of what is due soon or today; how many tasks. Runs inside a transaction."""
    begin(Actor.system("rule"))
    n = 0
    for task, stage in reminding.to_remind(today):
        if Task._base_manager.filter(pk=task.pk, reminded__lt=stage, done_at=None).update(reminded=stage):
            people = reminding.reminded(task)
            for user in people[1:]:
                let_see(task, user, 1)
            notify(people, "task_today" if stage == reminding.TODAY else "task_ahead", resource="task", record_id=task.pk,
                   day=days.day_of(task.due_at).isoformat(), owner=directory.user_name(task.owner_id))  # fmt: skip
            n += 1
    return n


def escalate(today: dt.date) -> int:
    """Tell the managers above, one after another, of promises that are overdue; how many were told. Runs inside a transaction."""
    begin(Actor.system("rule"))
    n = 0
    for task, wanted, people in reminding.to_escalate(today):
        if Task._base_manager.filter(pk=task.pk, escalated__lt=wanted, done_at=None).update(escalated=wanted):
            for manager in people:
                let_see(task, manager, 1)
                told = publish("task.escalated", door="rule", resource="task", record_id=task.pk, payload={"manager": manager})
                notify([manager], "task_escalated", resource="task", record_id=task.pk, event_id=told, owner=directory.user_name(task.owner_id))
                n += 1
    return n
