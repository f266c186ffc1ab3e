"""Tasks on the workbench and on records."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import days, words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import HomeCard, Menu, Panel, TimelineSource, place, registry

from . import selectors, task_pages
from .models import Task

SHOWN = 8


def row(task: Task, show: Show, *, may: bool) -> dict[str, Any]:
    """A task as the workbench lists it; who may not change it is offered nothing to do."""
    there = task.due_at.astimezone(show.zone)
    late = there.date() < show.today
    when = (
        _("%(n)s late") % {"n": words.duration(86400 * (show.today - there.date()).days, show.language)}
        if late
        else (
            there.strftime("%H:%M") if there.date() == show.today else words.relative_day(there.date(), show.today, show.language)
        )
    )
    about = registry.get(task.about_resource)
    tone = {"high": "bad"}.get(task.priority, "acc" if task.kind == Task.Kind.NEXT_STEP else "")
    return {
        "late": late,
        "time": when,
        "label": task.name,
        "about": task.about_title,
        "href": f"/{about.path}/{task.about_id}" if about else f"/tasks/{task.pk}",
        "done": f"/tasks/{task.pk}/do/task_complete" if may else "",
        "tag": {"label": str(task.get_kind_display()), "tone": tone},
        "menu": [
            {"label": _("Open"), "href": f"/tasks/{task.pk}"},
            *([{"label": _("Postpone"), "dialog": f"/tasks/{task.pk}/do/task_postpone"}] if may else []),
        ],
    }


def today(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """What is due today and what is late."""
    show = show_for(actor)
    span = params.get("tasks", "today")
    until = days.start_of((days.week(show.today).until if span == "week" else show.today + dt.timedelta(days=1)) or show.today)
    found = selectors.due(actor, until if span != "late" else days.start_of(show.today))
    late = selectors.due(actor, days.start_of(show.today)).count()
    tabs = [
        {"label": label, "href": f"/?tasks={key}", "current": key == span}
        for key, label in (
            ("today", _("Today")),
            ("week", _("This week")),
            ("late", _("Late %(n)s") % {"n": late} if late else _("Late")),
        )
    ]
    may = actor.may("task", "edit")
    return {"rows": [row(t, show, may=may) for t in found[:SHOWN]], "count": found.count(), "tabs": tabs, "said": said(actor, show, late)}


def said(actor: Actor, show: Show, late: int) -> list[dict[str, str]]:
    """How much of the day is left, in words beside the date."""
    rest = selectors.due(actor, days.start_of(show.today + dt.timedelta(days=1))).count() - late
    out = [{"text": ngettext("%(n)s task left today", "%(n)s tasks left today", rest) % {"n": rest}, "tone": ""}] if rest else []
    if late:
        out.append({"text": ngettext("%(n)s is late", "%(n)s are late", late) % {"n": late}, "tone": "bad"})
    return out


def waiting(actor: Actor) -> tuple[int, bool]:
    """How many of one's own tasks are due by the end of the day, and whether any is late: the figure of the menu."""
    show = show_for(actor)
    n = selectors.due(actor, days.start_of(show.today + dt.timedelta(days=1))).count()
    return n, bool(n) and selectors.due(actor, days.start_of(show.today)).exists()


def about(record: Any, actor: Actor) -> dict[str, Any] | None:
    """The open tasks of a record, whoever has to do them."""
    show, key = show_for(actor), record._meta.model_name or ""
    rows = []
    for task in selectors.about(key, record.pk):
        there = task.due_at.astimezone(show.zone)
        late = task.due_at < show.now
        rows.append({
            "label": task.name, "href": f"/tasks/{task.pk}", "sub": directory.user_name(task.owner_id), "dot": "bad" if late else "acc",
            "right": words.due(there, show.now.astimezone(show.zone), show.language),
        })  # fmt: skip
    mine = actor.may("task", "create") and not actor.read_only and record.alive
    new = f"/{registry[key].path}/{record.pk}/do/{key}_add_task" if mine else ""
    return {"rows": rows, "new": new} if rows or new else None


def done(key: str, record: Any, actor: Actor, before: dt.datetime | None, limit: int) -> list[dict[str, Any]]:
    """What was completed about a record, in its timeline: those who work on it see what is done (R142)."""
    if not actor.may("task", "view"):
        return []
    return [
        {"at": t.done_at, "who": task_pages.done_by(t), "icon": "check", "tone": "o", "did": _("completed"),
         "link": {"label": t.name, "href": f"/tasks/{t.pk}"}, "text": t.result, "tags": [], "remarks": [], "buttons": [], "files": [], "images": []}
        for t in selectors.done_about(key, record.pk, before, limit)
    ]  # fmt: skip


def tasks_on(key: str) -> tuple[Panel, TimelineSource]:
    """The card with its open tasks, and the completed ones in the timeline, for the records of a resource."""
    return (
        Panel(key, "tasks", gettext_lazy("Tasks"), "collaboration/about.html", about, needs="task.view", position=10),
        TimelineSource("tasks", gettext_lazy("Completed tasks"), (key,), done),
    )


place(
    HomeCard("tasks.today", gettext_lazy("To do"), "collaboration/today.html", today, needs="task.view", position=10),
    HomeCard("tasks.given", gettext_lazy("Given to others"), "collaboration/given.html", task_pages.given, needs="task.view", position=12),
    HomeCard("tasks.done", gettext_lazy("Done by colleagues"), "collaboration/done.html", task_pages.done_lately, place="right", needs="task.view",
             position=30),
    Panel("task", "checklist", gettext_lazy("Checklist"), "collaboration/checklist.html", task_pages.checklist, position=10),
    Panel("task", "work", gettext_lazy("Belongs to"), "collaboration/work.html", task_pages.work, position=20),
    Panel("task", "late", gettext_lazy("Late"), "collaboration/late.html", task_pages.late, position=15),
    Panel("staff", "tasks", gettext_lazy("Tasks"), "collaboration/staff.html", task_pages.of_staff, place="tab", needs="task.view", position=10,
          count=task_pages.open_of_staff),
    Menu("task", gettext_lazy("Tasks"), "/tasks/?view=mine", "checkbox", needs="task.view", position=20, count=waiting),
    Menu("late", gettext_lazy("Late tasks"), "/late-tasks/", "hourglass", group="task", needs="lateness.view", position=22),
    Menu("schedule", gettext_lazy("Calendar"), "/tasks/calendar?view=mine", "calendar", needs="task.view", position=25),
)  # fmt: skip
