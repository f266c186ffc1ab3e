"""Everything that happens to a task."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, follows
from pellucid.kernel.records.errors import Refused

from ..models import Task
from .next_steps import copy_step, kept, open_step


def unfinished(task: Task) -> bool:
    """Whether there is anything left to do."""
    return task.done_at is None


def must_be_open(task: Task) -> None:
    """Refuse what only an open task can take."""
    if not unfinished(task):
        raise Refused(_("This task is done already."))


@action(
    Task,
    label=gettext_lazy("Complete"),
    icon="check",
    bulk=True,
    shown=unfinished,
    event="task.completed",
    sentence=gettext_lazy("{actor} completed this task"),
)
def task_complete(task: Task, *, actor: Actor, result: Annotated[str, Ask(gettext_lazy("Result"), max_length=200)] = "") -> None:
    """Done; a next step that is done leaves its record without one."""
    must_be_open(task)
    task.done_at, task.result = timezone.now(), result or task.result
    task.save(update_fields=("done_at", "result"))
    copy_step(task.about_resource, task.about_id)


@action(
    Task,
    label=gettext_lazy("Reopen"),
    icon="rotate",
    shown=lambda task: not unfinished(task),
    event="task.reopened",
    sentence=gettext_lazy("{actor} reopened this task"),
)
def task_reopen(task: Task, *, actor: Actor) -> None:
    """Not done after all."""
    if unfinished(task):
        raise Refused(_("This task is open."))
    if task.kind == Task.Kind.NEXT_STEP and open_step(task.about_resource, task.about_id or 0):
        raise Refused(_("This record has a next step already."))
    task.done_at, task.cancelled = None, False
    task.save(update_fields=("done_at", "cancelled"))
    copy_step(task.about_resource, task.about_id)


@action(
    Task,
    label=gettext_lazy("Postpone"),
    icon="clock",
    bulk=True,
    shown=unfinished,
    event="task.postponed",
    sentence=gettext_lazy("{actor} postponed this task"),
)
def task_postpone(task: Task, *, actor: Actor, due_at: Annotated[dt.datetime, Ask(gettext_lazy("New time"))]) -> None:
    """Later."""
    must_be_open(task)
    task.due_at = due_at
    task.save(update_fields=("due_at",))
    copy_step(task.about_resource, task.about_id)


@action(
    Task,
    label=gettext_lazy("Cancel"),
    icon="ban",
    bulk=True,
    shown=unfinished,
    event="task.cancelled",
    sentence=gettext_lazy("{actor} cancelled this task: {reason}"),
)
def task_cancel(task: Task, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """Not to be done any more: neither done in time nor late."""
    must_be_open(task)
    task.done_at, task.cancelled, task.result = timezone.now(), True, reason
    task.save(update_fields=("done_at", "cancelled", "result"))
    copy_step(task.about_resource, task.about_id)


@follows(Task)
def task_keeps_copies(tasks: list[Task], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """The copy on a record follows its next step, however the task was written."""
    for where in {(t.about_resource, t.about_id) for t in tasks if t.kind == Task.Kind.NEXT_STEP}:
        copy_step(*where)


def copies_agree() -> list[dict[str, Any]]:
    """Records whose copy differs from their open next step, or lacks it; the nightly check expects none."""
    wrong = []
    for key, model in kept().items():
        open_steps = Task._base_manager.filter(about_resource=key, kind=Task.Kind.NEXT_STEP, done_at=None, deleted_at=None)
        steps = {pk: (name, at) for pk, name, at in open_steps.values_list("about_id", "name", "due_at")}
        rows = model._base_manager.filter(deleted_at=None, merged_into=None)
        said = rows.filter(Q(next_step_at__isnull=False) | ~Q(next_step="")).values_list("pk", "next_step", "next_step_at")
        copies = {pk: (name, at) for pk, name, at in said}
        lacking = set(rows.filter(pk__in=steps.keys() - copies.keys()).values_list("pk", flat=True))
        wrong += [{"resource": key, "id": pk} for pk in sorted(lacking | {pk for pk, copy in copies.items() if steps.get(pk) != copy})]
    return wrong
