"""The numbers of tasks."""

from __future__ import annotations

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.metrics.declare import Ctx, Derived, Dim, Measure, dataset, declare
from pellucid.kernel.metrics.dims import people
from pellucid.kernel.records import days

from .models import Lateness, PlanRun, Task


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
    dataset("tasks", _("Tasks"), Task, (*people(), Dim("task_kind", _("Kind of task"), "kind"), Dim("priority", _("Priority"), "priority"),
            Dim("task_state", _("State"), "state"), Dim("giver", _("Task given by"), "giver")),
            axis="due_at", axes=("done_at", "created_at"), life=("created_at", "deleted_at"), title="name"),
    dataset("lateness", _("Late tasks"), Lateness, (*people(branch=""), Dim("task_kind", _("Kind of task"), "task__kind"),
            Dim("priority", _("Priority"), "task__priority")), axis="due_at", title="task__name"),
    dataset("plan_runs", _("Plans carried out"), PlanRun, (*people(), Dim("plan", _("Plan"), "plan"), Dim("plan_kind", _("Kind of plan"), "kind"),
            Dim("plan_state", _("State"), "state")), axis="created_at", axes=("ended_at",), title="about_title"),
    Measure("plans_started", _("Plans started"), "plan_runs", _("Plans by the day they were started for a record"), noun=_("times"), good=""),
    Measure("plans_kept", _("Plans carried through"), "plan_runs", _("Plans that came to their end or their goal, by the day they were started"),
            where=Q(state__in=("finished", "reached")), noun=_("times")),
    Measure("plans_dropped", _("Plans dropped"), "plan_runs", _("Plans left before their end, by the day they were started"),
            where=Q(state="stopped"), noun=_("times"), good="down"),
    Derived("plan_drop_rate", _("Drop-out"), "plans_dropped / plans_started", _("Plans left before their end, divided by all started"), good="down"),
    Measure("late_tasks", _("Became late"), "lateness", _("Tasks that were not done by their time, by that time, with whom they were then"),
            noun=_("times"), good="down"),
    Measure("overdue_tasks", _("Overdue tasks"), "tasks", _("Open tasks whose day has passed"), time="stock", where=overdue,
            uses=("due_at", "done_at"), noun=pgettext_lazy("count", "tasks"), good="down"),
    Measure("due_tasks", _("Tasks due"), "tasks", _("Tasks that were not cancelled, by the day they are due"), where=Q(cancelled=False),
            noun=pgettext_lazy("count", "tasks"), good=""),
    Measure("done_tasks", _("Tasks done"), "tasks", _("Tasks by the day they were completed, cancelled ones left out"), axis="done_at",
            where=Q(cancelled=False), noun=pgettext_lazy("count", "tasks")),
    Measure("done_in_time", _("Tasks done in time"), "tasks", _("Tasks completed before they were due, by the day they were completed"),
            axis="done_at", where=Q(cancelled=False, done_at__lte=F("due_at")), noun=pgettext_lazy("count", "tasks")),
    Measure("tasks_come_due", _("Tasks come due"), "tasks", _("Tasks due in the period and by the day; cancelled ones left out"), where=come_due,
            uses=("cancelled", "due_at"), noun=pgettext_lazy("count", "tasks"), good=""),
    Measure("tasks_met", _("Tasks come due and done in time"), "tasks", _("Of the tasks come due, those done before they were due"), where=met,
            uses=("cancelled", "due_at", "done_at"), noun=pgettext_lazy("count", "tasks")),
    Derived("tasks_in_time", _("Tasks met"), "tasks_met / tasks_come_due",
            _("Of the tasks come due in the period, the share done in time; late and open ones are not, cancelled ones are in neither")),
    Derived("in_time_rate", _("Done in time"), "done_in_time / done_tasks", _("Tasks completed before they were due, divided by all completed")),
)  # fmt: skip
