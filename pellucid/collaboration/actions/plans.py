"""Carrying plans out: start one for records, make its steps into tasks, keep count, end it. `startable(Model)` opens plans to a model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Annotated, Any

from django.db import models
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import Action, Ask, action, follow, follows, keep_action, prepare, prepares
from pellucid.kernel.actions.many import set_form
from pellucid.kernel.actions.run import noted
from pellucid.kernel.events.bus import EventKind, declare, publish
from pellucid.kernel.records import days, prepared
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.declare import resource_of
from pellucid.kernel.resources.fields import resource_title
from pellucid.kernel.resources.merge import aside

from .. import milestones, phases, workdays
from ..doers import doer_of
from ..kinds import plan_kind
from ..models import Plan, PlanRun, PlanStep, Task
from ..selectors.plans import PLANNED_FOR

RUNNING = PlanRun.State.RUNNING
_startable: dict[str, type[models.Model]] = {}
declare(EventKind("planrun.finished", gettext_lazy("All steps were done"), icon="circle-check", tone="ok"))
declare(EventKind("planrun.asked", gettext_lazy("Those who have to do something were asked to promise it"), icon="circle-check"))
declare(EventKind("planrun.reached", gettext_lazy("The goal was reached: {reason}"), icon="flag", tone="ok"))


def startable(model: type[models.Model], shown: Callable[[Any], bool] | None = None, position: int = 50,
              proposes: Callable[[Any], int | None] | None = None) -> None:  # fmt: skip
    """Plans can be started for records of this model (those `shown`), alone and as a set; they go along when a record gets another owner. The
    dialog begins with the plan an area `proposes` for the record."""
    key = model._meta.model_name or ""
    _startable[key] = model
    PLANNED_FOR.append(key)
    asked = Spec(name="plan", label=gettext_lazy("Which plan"), kind=kind(plan_kind(key)), required=True)

    def suggest(record: Any, actor: Actor) -> dict[str, Any]:
        found = proposes(record) if proposes else None
        return {"plan": found} if found else {}

    keep_action(Action(name=f"{key}_start_plan", model=model, label=gettext_lazy("Start a plan"), verb="edit", function=start_one, inputs=(asked,),
                       icon="list-check", bulk=True, position=position, did=gettext_lazy("Started a plan for “{name}”"), shown=shown,
                       suggest=suggest, event=f"{key}.plan_started"), gettext_lazy("{actor} started “{title}”"))  # fmt: skip
    set_form(f"{key}_start_plan", start_many)
    follows(model)(goes_along)


def start_one(record: Any, *, actor: Actor, plan: int) -> PlanRun:
    """Carry a plan out for this record: its steps become tasks of those they fall to."""
    found = chosen(plan)
    runs, left = start([record], found, actor=actor)
    if left:
        raise Refused(left[record.pk])
    noted(title=found.name)
    return runs[0]


def start_many(records: Sequence[Any], *, actor: Actor, plan: int) -> dict[int, str]:
    """The same for a set; those for which it cannot start are left out."""
    found = chosen(plan)
    _runs, left = start(records, found, actor=actor)
    noted(title=found.name)
    return left


def chosen(plan: int) -> Plan:
    """A plan in use. Raises Invalid."""
    found = Plan._base_manager.filter(pk=plan, active=True, deleted_at=None).first()
    if found is None:
        raise Invalid({"plan": [_("This plan is not in use.")]})
    return found


def covers(plan: Plan, unit: int | None) -> bool:
    """Whether a plan is meant for a unit."""
    return plan.unit_id is None or unit is not None and unit in tree().below(plan.unit_id)


def start(records: Sequence[Any], plan: Plan, *, actor: Actor, at: dt.datetime | None = None) -> tuple[list[PlanRun], dict[int, str]]:
    """Start a plan for locked records: (runs, id -> why not). Steps of a stage are made when their stage comes."""
    steps = list(PlanStep._base_manager.filter(plan=plan, deleted_at=None).order_by("position", "id"))
    if not steps:
        raise Invalid({"plan": [_("This plan has no steps yet.")]})
    key = records[0]._meta.model_name or ""
    if plan.about != key:
        raise Invalid({"plan": [_("This plan is for other records.")]})
    ids = [r.pk for r in records]
    under_way = set(PlanRun._base_manager.filter(plan=plan, about_resource=key, about_id__in=ids, state=RUNNING, deleted_at=None).values_list(
        "about_id", flat=True))  # fmt: skip
    left, runs = {}, []
    for record in records:
        if record.pk in under_way:
            left[record.pk] = _("This plan is under way for it already.")
        elif not covers(plan, record.unit_id):
            left[record.pk] = _("This plan is for another unit.")
        else:
            runs.append(PlanRun(
                plan=plan, kind=plan.kind, about_resource=key, about_id=record.pk,
                about_title=resource_title(resource_of(type(record)), record)[:200], owner_id=record.owner_id, unit_id=record.unit_id,
                branch_id=record.branch_id, created_by_id=actor.user_id))  # fmt: skip
    PlanRun._base_manager.bulk_create(runs)
    known = {r.pk: r for r in records}
    make([(run, known[run.about_id]) for run in runs], steps, actor=actor, at=at or timezone.now())
    recount([run.pk for run in runs])
    return runs, left


def due(step: PlanStep, began: dt.datetime, unit: int | None) -> dt.datetime:
    """The end of the working day by which a unit is to have done a step."""
    return due_from(step, days.day_of(began), unit)


def due_from(step: PlanStep, day: dt.date, unit: int | None) -> dt.datetime:
    """The same, counted from a day; days below zero lie before it."""
    working = step.counted == PlanStep.Counted.WORKING
    last = workdays.after(day, step.days, unit) if working else day + dt.timedelta(days=step.days)
    return workdays.end(last, unit)


def make(pairs: Sequence[tuple[PlanRun, Any]], steps: Iterable[PlanStep], *, actor: Actor, at: dt.datetime) -> list[Task]:
    """The tasks of these steps, those without a stage and those of the stage the record is in; none twice."""
    made = set(Task._base_manager.filter(run__in=[run.pk for run, _record in pairs]).values_list("run", "step", "part"))
    tasks = []
    for run, record in pairs:
        here, course = phases.of(record), milestones.course_of(record)
        for step in steps:
            if step.phase in ("", here):
                parts = milestones.parts_of(step.each, course)
                tasks += [task_of(run, step, record, actor, at, part, course) for part in parts if (run.pk, step.pk, part.key) not in made]
    prepare(Task, tasks, actor=actor, changed=None)
    Task._base_manager.bulk_create(tasks)
    follow(Task, tasks, actor=actor, changed=None)
    for asked in sorted({t.run_id for t in tasks if t.run_id and t.promise == Task.Promise.ASKED}):
        publish("planrun.asked", by=actor, resource="planrun", record_id=asked)
    return tasks


def task_of(run: PlanRun, step: PlanStep, record: Any, actor: Actor, at: dt.datetime, part: milestones.Part,
            course: milestones.Course | None) -> Task:  # fmt: skip
    """One step as a task, for the record or a part of it. An obligation is promised by who has to do it; who takes it on himself has."""
    doer = doer_of(step, record, actor, part.person) or run.owner_id
    unit = directory.home_of(doer) or run.unit_id
    since = milestones.day_of(step.since, course, part.key) or days.day_of(at)
    promise = "" if run.kind != Plan.Kind.PLAN else Task.Promise.GIVEN if doer == actor.user_id else Task.Promise.ASKED
    return Task(
        name=f"{step.name} {part.name}".strip()[:200], kind=run.kind, priority=step.priority, due_at=due_from(step, since, unit), owner_id=doer,
        unit_id=unit, branch_id=tree().branch(unit), giver_id=run.owner_id if promise and doer != run.owner_id else None,
        about_resource=run.about_resource, about_id=run.about_id, about_title=run.about_title, note=step.note, checklist=step.checklist, run=run,
        step=step, part=part.key, fact=step.fact, promise=promise, created_by_id=actor.user_id,
    )  # fmt: skip


def counted(runs: Collection[PlanRun]) -> dict[int, tuple[int, int, int]]:
    """By run: its steps, made or still ahead, those closed, and those done."""
    closed, done = Count("pk", filter=Q(state="done")), Count("pk", filter=Q(cancelled=False, state="done"))
    rows = Task._base_manager.filter(run__in=[r.pk for r in runs], deleted_at=None).order_by().values("run")
    tasks = {row["run"]: row for row in rows.annotate(n=Count("pk"), closed=closed, done=done)}
    out = {}
    for run in runs:
        own = tasks.get(run.pk, {"n": 0, "closed": 0, "done": 0})
        ahead = PlanStep._base_manager.filter(plan=run.plan_id, deleted_at=None).exclude(phase="").exclude(
            pk__in=Task._base_manager.filter(run=run.pk).values("step")).count()  # fmt: skip
        out[run.pk] = (own["n"] + ahead, own["closed"], own["done"])
    return out


def recount(ids: Collection[int]) -> None:
    """Bring the counts of runs in line with their tasks; a run whose steps are all closed is finished, one that got open ones again runs."""
    if not ids:
        return
    runs = list(PlanRun._base_manager.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True))
    now = counted(runs)
    for run in runs:
        run.steps, run.closed, run.done = now[run.pk]
        fields = ["steps", "closed", "done"]
        if run.state == RUNNING and run.steps and run.closed >= run.steps:
            run.state, run.ended_at = PlanRun.State.FINISHED, timezone.now()
            fields += ["state", "ended_at"]
            publish("planrun.finished", door="rule", resource="planrun", record_id=run.pk)
        elif run.state == PlanRun.State.FINISHED and run.closed < run.steps and not _other(run):
            run.state, run.ended_at = RUNNING, None
            fields += ["state", "ended_at"]
        run.save(update_fields=fields)


def _other(run: PlanRun) -> bool:
    """Whether the plan was started for the same record once more."""
    same = PlanRun._base_manager.filter(plan=run.plan_id, about_resource=run.about_resource, about_id=run.about_id, state=RUNNING, deleted_at=None)
    return same.exclude(pk=run.pk).exists()


def end(run: PlanRun, state: str, reason: str) -> None:
    """No further: what is open is cancelled, what was done stays."""
    now = timezone.now()
    Task._base_manager.filter(run=run, done_at=None, deleted_at=None).update(
        state=Task.State.DONE, cancelled=True, done_at=now, result=reason[:200])  # fmt: skip
    run.state, run.ended_at, run.reason = state, now, reason[:200]
    run.save(update_fields=("state", "ended_at", "reason"))
    recount([run.pk])


@action(PlanRun, label=gettext_lazy("Stop"), icon="ban", bulk=True, shown=lambda run: run.state == RUNNING, event="planrun.stopped",
        sentence=gettext_lazy("{actor} stopped it: {reason}"), did=gettext_lazy("Stopped “{name}”"))
def planrun_stop(run: PlanRun, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """Leave the plan: open steps are cancelled; it counts as dropped out at the step it had come to."""
    if run.state != RUNNING:
        raise Refused(_("It has ended already."))
    end(run, PlanRun.State.STOPPED, reason)


def running(key: str, ids: Collection[int], kinds: Collection[str] = ()) -> list[PlanRun]:
    """The runs under way for these records, locked."""

    def asked(key: str, *ids: int) -> QuerySet[PlanRun]:
        rows = PlanRun._base_manager.filter(about_resource=key, about_id__in=ids, state=RUNNING, deleted_at=None)
        rows = rows.filter(kind__in=kinds) if kinds else rows
        return rows.order_by("pk").select_for_update(of=("self",), no_key=True)

    return prepared.rows(("plans_running", tuple(kinds)), asked, key, *ids) if len(ids) == 1 else list(asked(key, *ids))


def conclude(runs: Iterable[PlanRun], state: str, reason: str) -> int:
    """End runs because of what happened: the goal was reached, or the record fell out."""
    n = 0
    for run in runs:
        end(run, state, reason)
        name = "planrun.reached" if state == PlanRun.State.REACHED else "planrun.stopped"
        publish(name, door="rule", resource="planrun", record_id=run.pk, payload={"reason": reason}, reason=reason)
        n += 1
    return n


def enter(record: Any, *, actor: Actor) -> None:
    """The record has come to another stage: the steps of that stage are to be done now."""
    runs = running(record._meta.model_name or "", [record.pk])
    if not runs:
        return
    steps: dict[int, list[PlanStep]] = {}
    for step in PlanStep._base_manager.filter(plan__in={r.plan_id for r in runs}, deleted_at=None).exclude(phase="").order_by("position", "id"):
        steps.setdefault(step.plan_id, []).append(step)
    for run in runs:
        make([(run, record)], steps.get(run.plan_id, ()), actor=actor, at=timezone.now())
    recount([run.pk for run in runs])


def goes_along(records: list[Any], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """Another owner takes over what is under way, and the open steps that fell to the one before."""
    if not changed or "owner" not in changed:
        return
    of = {record.pk: record for record in records}
    for run in running(records[0]._meta.model_name or "", of) if of else ():
        record = of[run.about_id]
        mine = Task._base_manager.filter(run=run, owner_id=run.owner_id, done_at=None, deleted_at=None)
        mine.exclude(promise="").update(promise=Task.Promise.ASKED, promise_note="")
        mine.update(owner=record.owner_id, unit=record.unit_id, branch=record.branch_id)
        Task._base_manager.filter(run=run, giver_id=run.owner_id, done_at=None, deleted_at=None).exclude(promise="").update(giver=record.owner_id)
        run.owner_id, run.unit_id, run.branch_id = record.owner_id, record.unit_id, record.branch_id
        run.save(update_fields=("owner", "unit", "branch"))


def make_one(key: str, survivor: int, other: int, unfit: Collection[int] = ()) -> list[dict[str, Any]]:
    """Two records become one: a plan under way for both goes on for the survivor only, and one that is not for the likes of the survivor
    (`unfit`) stops. Returns what was put aside for it."""
    plans, now, reason = {run.plan_id for run in running(key, [survivor])} | set(unfit), timezone.now(), _("Merged with another record")
    twice = [run.pk for run in running(key, [other]) if run.plan_id in plans]
    kept = aside(Task._base_manager.filter(run__in=twice, done_at=None, deleted_at=None),
                 state=Task.State.DONE.value, cancelled=True, done_at=now, result=reason)  # fmt: skip
    kept += aside(PlanRun._base_manager.filter(pk__in=twice), state=PlanRun.State.STOPPED.value, ended_at=now, reason=reason)
    recount(twice)
    return kept


def recount_about(key: str, ids: Collection[int]) -> None:
    """The counts of all plans for these records."""
    recount(list(PlanRun._base_manager.filter(about_resource=key, about_id__in=ids, deleted_at=None).values_list("pk", flat=True)))


@prepares(PlanStep)
def plan_step_prepare(steps: list[PlanStep], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """A new step comes last in its plan; a stage belongs to the records the plan is for."""
    about = dict(Plan._base_manager.filter(pk__in={s.plan_id for s in steps}).values_list("pk", "about"))
    for step in steps:
        key = step.phase.partition(":")[0]
        if step.phase and key != about.get(step.plan_id):
            raise Invalid({"phase": [_("This stage belongs to other records.")]})
        for name in ("since", "each", "fact"):
            said = getattr(step, name)
            if said and said.partition(":")[0] != about.get(step.plan_id):
                raise Invalid({name: [_("This belongs to other records.")]})
        if changed is None and step.position == PlanStep._meta.get_field("position").default:
            last = PlanStep._base_manager.filter(plan=step.plan_id, deleted_at=None).aggregate(last=models.Max("position"))["last"]
            step.position = (last or 0) + 10
