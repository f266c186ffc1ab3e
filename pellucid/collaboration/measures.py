"""The numbers of tasks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.metrics.declare import Measure, declare

declare(
    Measure("tasks.overdue", _("Overdue tasks"), "task", _("Open tasks whose time has passed, as of now"), unit=_("tasks"), good="down",
            where=(("f.done_at", "empty"), ("f.due_at", "within:overdue"))),
    Measure("tasks.done", _("Tasks done"), "task", _("Tasks by the day they were completed"), axis="done_at", unit=_("tasks")),
)  # fmt: skip
