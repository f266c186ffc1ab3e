"""The numbers of tasks."""

from __future__ import annotations

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.metrics.declare import Ctx, Derived, Dim, Measure, dataset, declare
from pellucid.kernel.metrics.dims import people
from pellucid.kernel.records import days

from .models import Task


def overdue(ctx: Ctx) -> Q:
    """The day it was due has passed, and it was not done by then."""
    return Q(due_at__lt=days.start_of(ctx.day)) & ctx.not_yet("done_at")


def come_due(ctx: Ctx) -> Q:
    """Due by the end of the day, and not cancelled."""
    return Q(cancelled=False, due_at__lt=days.end_of(ctx.day))


def met(ctx: Ctx) -> Q:
    """Due by the end of the day, and done by then and in time."""
    return come_due(ctx) & Q(done_at__lte=F("due_at"), done_at__lt=days.end_of(ctx.day))


declare(
    dataset("tasks", _("Tasks"), Task, (*people(), Dim("task_kind", _("Kind of task"), "kind"), Dim("priority", _("Priority"), "priority")),
            axis="due_at", axes=("done_at", "created_at"), life=("created_at", "deleted_at"), title="name"),
    Measure("overdue_tasks", _("Overdue tasks"), "tasks", _("Open tasks whose day has passed"), time="stock", where=overdue,
            uses=("due_at", "done_at"), noun=_("tasks"), good="down"),
    Measure("due_tasks", _("Tasks due"), "tasks", _("Tasks that were not cancelled, by the day they are due"), where=Q(cancelled=False),
            noun=_("tasks"), good=""),
    Measure("done_tasks", _("Tasks done"), "tasks", _("Tasks by the day they were completed, cancelled ones left out"), axis="done_at",
            where=Q(cancelled=False), noun=_("tasks")),
    Measure("done_in_time", _("Tasks done in time"), "tasks", _("Tasks completed before they were due, by the day they were completed"),
            axis="done_at", where=Q(cancelled=False, done_at__lte=F("due_at")), noun=_("tasks")),
    Measure("tasks_come_due", _("Tasks come due"), "tasks", _("Tasks due in the period and by the day; cancelled ones left out"), where=come_due,
            uses=("cancelled", "due_at"), noun=_("tasks"), good=""),
    Measure("tasks_met", _("Tasks come due and done in time"), "tasks", _("Of the tasks come due, those done before they were due"), where=met,
            uses=("cancelled", "due_at", "done_at"), noun=_("tasks")),
    Derived("tasks_in_time", _("Tasks met"), "tasks_met / tasks_come_due",
            _("Of the tasks come due in the period, the share done in time; late and open ones are not, cancelled ones are in neither")),
    Derived("in_time_rate", _("Done in time"), "done_in_time / done_tasks", _("Tasks completed before they were due, divided by all completed")),
)  # fmt: skip
