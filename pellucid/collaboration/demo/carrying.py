"""Plans of the demo company under way and ended: runs with their tasks and the past of both, for the areas whose plans they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.records import days
from pellucid.kernel.records.copying import copy, reserve, row_of

from ..actions.plans import due
from ..models import Plan, PlanRun, PlanStep, Task

MINUTE = dt.timedelta(minutes=1)
FORGIVEN = dt.timedelta(days=8)  # so long a step stays overdue in a company that is led
PUT_OFF = dt.timedelta(days=3)


class About(NamedTuple):
    """The record a plan is carried out for, and whose it is."""

    key: str
    id: int
    title: str
    owner: int
    unit: int
    branch: int


@dataclass(slots=True)
class Carried:
    """One run with what became of its steps."""

    run: PlanRun
    tasks: list[Task] = field(default_factory=list)


def begun(plan: Plan, about: About, at: dt.datetime, *, state: str = "running", ended: dt.datetime | None = None, reason: str = "") -> Carried:
    """A run as it stands."""
    return Carried(PlanRun(
        plan=plan, kind=plan.kind, about_resource=about.key, about_id=about.id, about_title=about.title[:200], owner_id=about.owner,
        unit_id=about.unit, branch_id=about.branch, created_at=at, updated_at=ended or at, created_by_id=about.owner, state=state, ended_at=ended,
        reason=reason))  # fmt: skip


def step_of(carried: Carried, step: PlanStep, since: dt.datetime, done: dt.datetime | None, *, now: dt.datetime, result: str = "") -> None:
    """A step of it: done then, or open; left out where the run has ended, or where nobody did it for long after it was due."""
    run = carried.run
    over, wanted = done or run.ended_at, due(step, since, run.unit_id)
    forgotten = over is None and wanted < now - FORGIVEN
    if forgotten:
        over = min(wanted + FORGIVEN, now - MINUTE)
    said = result if done else "略过：与客户商定暂不做" if forgotten else run.reason[:200] if over else ""
    carried.tasks.append(Task(
        name=step.name, kind=run.kind, priority=step.priority, due_at=wanted, done_at=over,
        cancelled=over is not None and done is None, state=Task.State.DONE if over else Task.State.TODO,
        result=said, note=step.note, checklist=step.checklist,
        ticked=step.checklist.splitlines() if done else [], about_resource=run.about_resource, about_id=run.about_id, about_title=run.about_title,
        owner_id=run.owner_id, unit_id=run.unit_id, branch_id=run.branch_id, created_by_id=run.owner_id,
        created_at=min(since, now - MINUTE), updated_at=over or since, step=step))  # fmt: skip


def write(stage: Stage, carried: Sequence[Carried]) -> None:
    """All of it, each table in one go, with its past and what timelines tell."""
    for each, pk in zip(carried, reserve(PlanRun, len(carried)), strict=True):
        each.run.pk = pk
    tasks = [task for each in carried for task in each.tasks]
    for task, pk in zip(tasks, reserve(Task, len(tasks)), strict=True):
        task.pk = pk
    for each in carried:
        run = each.run
        if run.ended_at is None and all(t.done_at for t in each.tasks):  # what is under way has something left: its last step, put off
            last = each.tasks[-1]
            last.done_at, last.cancelled, last.state, last.result, last.due_at = None, False, Task.State.TODO, "", stage.at(stage.today + PUT_OFF, 10)
        run.done = sum(t.done_at is not None and not t.cancelled for t in each.tasks)
        run.closed = sum(t.done_at is not None for t in each.tasks)
        run.steps = max(run.steps, len(each.tasks))
        for task in each.tasks:
            task.run = run
    copy(PlanRun, [row_of(each.run) for each in carried])
    load_spans(PlanRun, (period for each in carried if each.run.ended_at for period in _of_run(each.run)))
    copy(Task, [row_of(task) for task in tasks])
    load_spans(Task, (period for task in tasks if task.done_at for period in _of_task(task)))
    for each in carried:
        _tell(stage, each.run)


def _of_run(run: PlanRun) -> Iterable[dict[str, Any]]:
    facts = {"id": run.pk, "owner": run.owner_id, "unit": run.unit_id}
    assert run.ended_at is not None
    yield facts | {"valid_from": run.created_at, "state": PlanRun.State.RUNNING}
    yield facts | {"valid_from": max(run.ended_at, run.created_at + MINUTE), "state": run.state}


def _of_task(task: Task) -> Iterable[dict[str, Any]]:
    facts = {"id": task.pk, "owner": task.owner_id, "unit": task.unit_id, "due_at": task.due_at}
    assert task.done_at is not None
    yield facts | {"valid_from": task.created_at, "done_at": None}
    yield facts | {"valid_from": max(task.done_at, task.created_at + MINUTE), "done_at": task.done_at}


def _tell(stage: Stage, run: PlanRun) -> None:
    stage.happened(run.created_at, f"{run.about_resource}.plan_started", run.owner_id, run.about_resource, run.about_id, title=run.plan.name)
    if run.ended_at and run.state != PlanRun.State.RUNNING:
        stage.happened(run.ended_at, f"planrun.{run.state}", run.owner_id if run.state == "stopped" else None, "planrun", run.pk, reason=run.reason)


def working(stage: Stage, at: dt.datetime) -> dt.datetime:
    """A moment of work on or before that day."""
    day = days.day_of(at)
    while day.weekday() > 4:
        day -= dt.timedelta(days=1)
    return stage.at(day, stage.chance.choice((9, 10, 11, 14, 15, 16, 17)), stage.chance.randrange(60))
