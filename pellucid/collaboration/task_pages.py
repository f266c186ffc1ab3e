"""What is shown of tasks beside the lists: on the task itself, on the workbench of who gave it, on a colleague's page."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import Resource, registry
from pellucid.kernel.resources.fields import masked, readable, resource_title, value_of

from . import selectors
from .kinds import things
from .models import Task

SHOWN = 6
LATELY = dt.timedelta(days=7)
QUARTER = dt.timedelta(days=90)
TONES = {"todo": "", "doing": "acc", "check": "warn", "done": "ok"}


def line(task: Task, show: Show, *, who: bool = True) -> dict[str, Any]:
    """A task as a row of a card: what, with whom, when."""
    late = task.done_at is None and task.due_at < show.now
    due = words.due(task.due_at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)
    right = words.ago(task.done_at, show.now, show.language) if task.done_at else due
    sub = " · ".join(filter(None, (directory.user_name(task.owner_id) if who else "", task.about_title)))
    return {"label": task.name, "href": f"/tasks/{task.pk}", "sub": sub, "dot": "bad" if late else TONES[task.state] or "grey", "right": right,
            "tag": {"label": _("Late"), "tone": "bad"} if late else None}  # fmt: skip


def given(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """What the reader gave others: first what is to be checked, then what is open, the most urgent first (R271)."""
    show = show_for(actor)
    check, rest = list(selectors.to_check(actor)[:SHOWN]), selectors.given(actor)
    rows = []
    for task in check:
        buttons = {"label": _("Check"), "href": f"/tasks/{task.pk}"}
        rows.append(line(task, show) | {"act": buttons, "tag": {"label": str(task.get_state_display()), "tone": "warn"}})
    found = list(rest[: SHOWN - len(rows)])
    rows += [line(t, show) for t in found]
    if not rows:
        return None
    return {"rows": rows, "count": len(check) + rest.count(), "all": "/tasks/?view=given"}


def done_by(task: Task) -> str:
    """Who completed it, and for whom he stood in."""
    return directory.doer_name(task.done_by_id or task.owner_id, task.done_for_id)


def done_lately(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """What colleagues completed, so that everybody knows what is done already (R142)."""
    show = show_for(actor)
    rows = [
        {"label": t.name, "href": about_of(t), "sub": " · ".join(filter(None, (done_by(t), t.about_title))),
         "person": directory.user_name(t.done_by_id or t.owner_id), "tint": t.done_by_id or t.owner_id,
         "right": words.ago(t.done_at or show.now, show.now, show.language)}
        for t in selectors.done_by_others(actor, show.now - LATELY, SHOWN)
    ]  # fmt: skip
    return {"rows": rows} if rows else None


def about_of(task: Task) -> str:
    """The record a task is about, which its readers can see in any case; else the task."""
    found = registry.get(task.about_resource)
    return f"/{found.path}/{task.about_id}" if found else f"/tasks/{task.pk}"


def checklist(task: Task, actor: Actor) -> dict[str, Any] | None:
    """What the task consists of, to be ticked off."""
    found = things(task.checklist)
    if not found or "checklist" not in readable("task", actor) or masked("task", "checklist", actor):
        return None
    may = task.done_at is None and task.alive and actor.may("task", "edit") and not actor.read_only
    rows = [{"label": thing, "done": thing in task.ticked, "post": f"/tasks/{task.pk}/do/task_tick?thing={quote(thing)}" if may else ""}
            for thing in found]  # fmt: skip
    return {"rows": rows, "note": f"{sum(r['done'] for r in rows)} / {len(rows)}"}


def late(task: Task, actor: Actor) -> dict[str, Any] | None:
    """With whom the task was when its times passed (R144)."""
    show, found = show_for(actor), selectors.late_with(task.pk)
    rows = [
        {"label": directory.user_name(each.owner_id), "person": directory.user_name(each.owner_id), "tint": each.owner_id,
         "sub": _("was due %(when)s") % {"when": words.moment(each.due_at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)},
         "right": took(task, each.due_at, show) if each == found[-1] else _("then postponed")}
        for each in found
    ]  # fmt: skip
    return {"rows": rows} if rows else None


def took(task: Task, due: dt.datetime, show: Show) -> str:
    """How late it was, or is."""
    until = task.done_at or show.now
    return _("%(time)s late") % {"time": words.duration(until - due, show.language)}


def work(task: Task, actor: Actor) -> dict[str, Any] | None:
    """The record a task is about as it stands now, and what belongs to it: quotations, lines, people (R177)."""
    resource = registry.get(task.about_resource)
    if resource is None:
        return None
    record = scoped(resource.model, actor).filter(pk=task.about_id).first()
    if record is None:
        return {"rows": [{"label": task.about_title, "sub": _("You cannot see this record.")}], "facts": []}
    show = show_for(actor)
    rows = [{"label": resource_title(resource, record), "href": f"/{resource.path}/{record.pk}", "icon": resource.icon, "tone": "i3",
             "sub": directory.user_name(getattr(record, "owner_id", None))}]  # fmt: skip
    for child, n, via in selectors.work_on(task.about_resource, record.pk, actor):
        found = registry[child]
        href = f"/{found.path}/?view=all&f.{via}=in:{record.pk}" if via in found.filters else ""
        rows.append({"label": str(found.model._meta.verbose_name_plural), "href": href, "icon": found.icon, "tone": "i3", "right": f"{n:,}"})
    return {"rows": rows, "facts": facts(resource, record, actor, show)}


def facts(resource: type[Resource], record: Any, actor: Actor, show: Show) -> list[dict[str, str]]:
    """The figures a resource shows under a record's name, in words."""
    may, out = readable(resource.key(), actor), []
    board = (resource.board.field,) if resource.board else ()
    for name in (*board, *(n for n in resource.facts if n not in board)):
        if name in may and not masked(resource.key(), name, actor) and not may[name].companion:
            said = may[name].kind.words(may[name], value_of(record, may[name]), show)
            if said:
                out.append({"label": str(may[name].label), "value": said})
    return out[:5]


def open_of_staff(staff: Any, actor: Actor) -> int:
    """How many open tasks a colleague has within the reader's reach."""
    return selectors.tasks_of(staff.user_id, actor)[0].count()


def of_staff(staff: Any, actor: Actor) -> dict[str, Any]:
    """What a colleague has to do, what he finished, and how often he was late (R166)."""
    show = show_for(actor)
    todo, finished = selectors.tasks_of(staff.user_id, actor)
    late_n, still = selectors.late_counts(staff.user_id, actor, show.now - QUARTER)
    list_of = f"/tasks/?view=all&f.owner=in:{staff.user_id}"
    figures = [
        {"label": pgettext("tasks", "Open"), "value": f"{todo.count():,}", "href": f"{list_of}&f.done_at=empty"},
        {"label": _("Overdue"), "value": f"{todo.filter(due_at__lt=show.now).count():,}",
         "href": f"{list_of}&f.done_at=empty&f.due_at=within:overdue"},
        {"label": _("Finished in 30 days"), "value": f"{finished.filter(done_at__gte=show.now - dt.timedelta(days=30), cancelled=False).count():,}",
         "href": f"{list_of}&f.done_at=within:last_30_days"},
        {"label": _("Late in 90 days"), "value": f"{late_n:,}", "note": _("%(n)s still open") % {"n": still} if still else "",
         "tone": "bad" if still else "", "href": f"/late-tasks/?view=all&f.owner=in:{staff.user_id}"},
    ]  # fmt: skip
    blocks = [
        {"label": pgettext("tasks", "Open"), "rows": [line(t, show, who=False) for t in todo[:15]], "empty": _("Nothing is open.")},
        {"label": _("Finished"), "rows": [line(t, show, who=False) for t in finished[:10]], "empty": _("Nothing was finished yet.")},
    ]
    return {"figures": figures, "blocks": blocks}
