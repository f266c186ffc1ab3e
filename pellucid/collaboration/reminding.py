"""Obligations by the clock: whom to remind before they are due and on the day, and who above is told once they are late. Each once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, Q, Value

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.records import days, settings
from pellucid.kernel.resources.declare import registry
from pellucid.people.selectors import line_of

from . import doers, workdays
from .models import Task

AHEAD, TODAY = 1, 2  # what `reminded` says
DAY = dt.timedelta(days=1)


def open_tasks() -> Any:
    """Open steps of plans."""
    return Task._base_manager.filter(done_at=None, deleted_at=None, step__isnull=False).select_related("step")


def to_remind(today: dt.date) -> Iterator[tuple[Task, int]]:
    """Tasks of which somebody is to be reminded by now and has not been: (task, before the day or on it)."""
    early = ExpressionWrapper(F("step__remind") * Value(DAY), output_field=DurationField())
    near = open_tasks().filter(step__remind__gt=0, reminded__lt=TODAY, due_at__gte=days.start_of(today)).alias(early=early)
    near = near.filter(due_at__lt=ExpressionWrapper(days.end_of(today) + F("early"), output_field=Task._meta.get_field("due_at")))
    for task in near.order_by("due_at", "pk").iterator(500):
        stage = TODAY if days.day_of(task.due_at) <= today else AHEAD
        if task.reminded < stage:
            yield task, stage


def reminded(task: Task) -> list[int]:
    """Who hears of it: who does it, who asked for it, and whom the step names besides."""
    out = [task.owner_id, task.giver_id]
    if task.step is not None and task.step.also and (record := about(task)) is not None:
        out.append(doers.found(task.step.also, record, Actor.system("rule")))
    return [user for user in dict.fromkeys(out) if user]


def about(task: Task) -> Any:
    """The record a task is about."""
    resource = registry.get(task.about_resource)
    return resource.model._base_manager.filter(pk=task.about_id).first() if resource else None


def to_escalate(today: dt.date) -> Iterator[tuple[Task, int, list[int]]]:
    """Promises that are overdue, with how many managers are to know by now, and who they are, nearest first."""
    every = int(settings.get("tasks.escalate_days"))
    if not every:
        return
    late = Task._base_manager.filter(~Q(promise=""), done_at=None, deleted_at=None, due_at__lt=days.start_of(today))
    for task in late.order_by("due_at", "pk").iterator(500):
        chain = above(task)
        wanted = min(len(chain), workdays.between(days.day_of(task.due_at), today, task.unit_id) // every)
        if wanted > task.escalated:
            yield task, wanted, chain[task.escalated : wanted]


def above(task: Task) -> list[int]:
    """The managers above who has it, nearest first; where none is named, the heads of his unit and of those above."""
    if chain := line_of(task.owner_id):
        return chain
    units = directory.units()
    line = [task.unit_id, *tree().ancestors(task.unit_id)] if task.unit_id in tree() else []
    heads = [head for unit in line if (head := units[unit].head) and head != task.owner_id]
    return list(dict.fromkeys(heads))
