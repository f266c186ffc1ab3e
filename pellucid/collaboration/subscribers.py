"""What colleagues are told of tasks: given, handed in, done, sent back, late."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.events.bus import subscribe
from pellucid.kernel.events.models import Event
from pellucid.kernel.notices.declare import APP, NoticeKind, declare
from pellucid.kernel.notices.tell import notify

from .models import Task

declare(
    NoticeKind("task_given", _("I am given a task"), _("{actor} gave you the task {record}"),
               _("{actor} gave you {n} tasks, {record} among them"), icon="checkbox", tone="acc", channels=(APP, "mail")),
    NoticeKind("task_done", _("A task I gave is done"), _("{actor} completed {record}"), _("{actor} completed {n} tasks, {record} among them"),
               icon="check", tone="ok"),
    NoticeKind("task_handed_in", _("A task I gave is to be checked"), _("{actor} handed in {record}: check the result"), icon="clipboard-check",
               tone="warn", fold=""),
    NoticeKind("task_sent_back", _("A task of mine is sent back"), _("{actor} sent back {record}"), quotes="reason", icon="arrow-back-up",
               tone="warn", fold=""),
    NoticeKind("promise_asked", _("I am asked to promise something"), _("{record} waits for your promise"),
               _("{n} things wait for your promise, {record} among them"), icon="circle-check", tone="acc", fold="", channels=(APP, "mail")),
    NoticeKind("promise_amended", _("Something is promised for another day than I asked"), _("{actor} promises {record} for another day"),
               quotes="reason", icon="calendar-event", tone="warn", fold="record"),
    NoticeKind("promise_refused", _("Something I asked for is refused"), _("{actor} refuses {record}"), quotes="reason", icon="ban", tone="bad",
               fold="record", channels=(APP, "mail")),
    NoticeKind("task_ahead", _("A step of a plan is due soon"), _("{record} is due on {day}, by {owner}"),
               _("{n} steps are due soon, {record} among them"), icon="clock", tone="acc", to_self=True),
    NoticeKind("task_today", _("A step of a plan is due today"), _("{record} is due today, by {owner}"),
               _("{n} steps are due today, {record} among them"), icon="clock", tone="warn", to_self=True),
    NoticeKind("task_escalated", _("A promise of somebody I lead is overdue"), _("{record} is overdue; it is with {owner}"),
               _("{n} promises are overdue, {record} among them"), icon="arrow-up", tone="bad"),
    NoticeKind("task_late", _("A task I gave is late"), _("{record} was not done by its time"), icon="hourglass", tone="bad", fold="record"),
)  # fmt: skip


def of(event: Event) -> list[Task]:
    """The tasks an event is about."""
    return list(Task._base_manager.filter(pk__in=event.ids(), deleted_at=None))


@subscribe("task.created", "*.add_task")
def given(event: Event) -> None:
    """Who was given something to do hears of it."""
    made = event.payload.get("task")
    for task in Task._base_manager.filter(pk=made, deleted_at=None) if made else of(event) if event.resource == "task" else ():
        if task.giver_id:
            notify([task.owner_id], "task_given", resource="task", record_id=task.pk, actor_id=task.giver_id, event_id=event.pk)


@subscribe("task.completed")
def done(event: Event) -> None:
    """Who gave it hears that it is done, or that it is to be checked."""
    for task in of(event):
        kind = "task_handed_in" if task.state == Task.State.CHECK else "task_done"
        if task.giver_id:
            notify([task.giver_id], kind, resource="task", record_id=task.pk, actor_id=event.actor_id, event_id=event.pk)


@subscribe("planrun.asked")
def asked(event: Event) -> None:
    """Who is to promise steps of a plan hears of them, once."""
    of_each: dict[int, list[int]] = {}
    rows = Task._base_manager.filter(run=event.record_id, promise=Task.Promise.ASKED, done_at=None, deleted_at=None)
    for owner, pk in rows.order_by("due_at", "pk").values_list("owner_id", "pk"):
        of_each.setdefault(owner, []).append(pk)
    for owner, tasks in of_each.items():
        notify([owner], "promise_asked", resource="task", record_id=tasks[0], actor_id=event.actor_id, event_id=event.pk, count=len(tasks))


@subscribe("task.amended", "task.refused")
def answered(event: Event) -> None:
    """Who asked for a promise hears that it is not given as asked."""
    kind = "promise_refused" if event.name == "task.refused" else "promise_amended"
    for task in of(event):
        if task.giver_id:
            notify([task.giver_id], kind, resource="task", record_id=task.pk, actor_id=event.actor_id, event_id=event.pk, reason=event.reason)


@subscribe("task.sent_back")
def sent_back(event: Event) -> None:
    """Who did it hears what is missing."""
    for task in of(event):
        notify([task.owner_id], "task_sent_back", resource="task", record_id=task.pk, actor_id=event.actor_id, event_id=event.pk,
               reason=event.reason)  # fmt: skip


@subscribe("task.late")
def late(event: Event) -> None:
    """Who gave it hears that its time passed."""
    for task in of(event):
        if task.giver_id and task.done_at is None:
            notify([task.giver_id], "task_late", resource="task", record_id=task.pk, event_id=event.pk)
