"""Carrying an order out by plan: begun when it binds, kept in line with what happens, concluded when it is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.collaboration import milestones, workdays
from pellucid.collaboration.actions import plans
from pellucid.collaboration.actions.tasks import by_hand, closing, ended, must_be_by_hand, must_be_open
from pellucid.collaboration.models import Plan, PlanRun, PlanStep, Task
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import Ask, action, follows, prepares
from pellucid.kernel.actions.run import noted
from pellucid.kernel.events.bus import EventKind, declare, publish
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.held import Kept

from ..lifecycles import BOUND
from ..models import ExecutionPlan, Order, OrderStep
from ..obligations import Course, Done

KIND, State = Plan.Kind.PLAN, Task.State
AFTER_GOODS = frozenset({"order:delivered", "order:accepted", "order:warranty"})  # what steps count from that come after the goods
BLANK: dict[str, Any] = {"done_on": None, "executor_id": None, "quantity": None, "amount": None, "document": "", "file_id": None, "file_name": "",
                         "late_days": None}
declare(EventKind("task.happened", gettext_lazy("It is done: what was entered completed it"), icon="circle-check", tone="ok"))
declare(EventKind("task.undone", gettext_lazy("It is open again: what had completed it was taken back"), icon="rotate", tone="warn"))


@prepares(ExecutionPlan)
def execution_plan_prepare(found: list[ExecutionPlan], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The plan that holds the steps."""
    for one in found:
        if one.plan_id is None:
            one.plan = Plan._base_manager.create(name=one.name, kind=KIND, about="order", unit_id=one.unit_id, active=one.active)


@follows(ExecutionPlan)
def execution_plan_agrees(found: list[ExecutionPlan], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Its plan is called the same, serves the same unit, and is in use as long as it is."""
    for one in found:
        Plan._base_manager.filter(pk=one.plan_id).update(name=one.name, unit=one.unit_id, active=one.active and one.deleted_at is None)


plans.startable(Order, shown=lambda order: order.state in BOUND, position=90)


def plan_for(order: Order) -> Plan | None:
    """The plan orders like this are carried out by: for the kind of its contract, of the unit nearest to it, else the company's; one with steps."""
    rows = ExecutionPlan._base_manager.filter(contract_kind=order.contract.kind, active=True, deleted_at=None)
    rows = rows.filter(plan__steps__deleted_at=None, plan__steps__isnull=False).select_related("plan").order_by("-pk").distinct()
    found = {one.unit_id: one.plan for one in rows}
    line = [order.unit_id, *tree().ancestors(order.unit_id)] if order.unit_id in tree() else []
    return next((found[unit] for unit in (*line, None) if unit in found), None)


def begin(order: Order, *, actor: Actor) -> None:
    """Everything both sides have promised becomes a dated step of somebody. Of a locked order that has just come into force: once."""
    plan = plan_for(order)
    if plan is not None and order.signed_on is not None:
        runs, _left = plans.start([order], plan, actor=actor, at=days.start_of(order.signed_on) + dt.timedelta(hours=12))
        noted(steps=sum(run.steps for run in runs))


@follows(Task)
def steps_are_kept(tasks: list[Task], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """A task of an order's plan is a step of the order; what has happened already completes it."""
    made = [t for t in tasks if t.kind == Task.Kind.PLAN and t.about_resource == "order" and t.run_id] if changed is None else []
    if not made:
        return
    orders = Order._base_manager.in_bulk({t.about_id for t in made if t.about_id})
    courses = {pk: Course(order) for pk, order in orders.items()}
    OrderStep._base_manager.bulk_create(
        OrderStep(order_id=task.about_id, task=task, counts_from=counted_from(task, courses[task.about_id or 0]), created_by_id=actor.user_id)
        for task in made)  # fmt: skip
    for pk in sorted(courses):
        follow_facts(orders[pk])


def counted_from(task: Task, course: Course) -> dt.date | None:
    """The day a step counts from, as things stand."""
    return milestones.day_of(task.step.since, course, task.part) if task.step else None


def follow_facts(order: Order) -> None:
    """Bring the steps of a locked order in line with what happened: completed by it, open again without it, due when the day they count from
    says so. What somebody promised for another day stays there."""
    runs = list(PlanRun._base_manager.filter(about_resource="order", about_id=order.pk, kind=KIND, deleted_at=None).order_by("pk").select_for_update(
        of=("self",), no_key=True).values_list("pk", flat=True))  # fmt: skip
    if not runs:
        return
    tasks = {t.pk: t for t in Task._base_manager.filter(run__in=runs, deleted_at=None).select_related("step", "run").order_by("pk")
             .select_for_update(of=("self",), no_key=True)}  # fmt: skip
    course, touched = Course(order), set()
    for step in OrderStep._base_manager.filter(task__in=tasks).order_by("pk"):
        task = tasks[step.task_id]
        if task.cancelled:
            continue
        happened = course.done(task.fact, task.part) if task.fact else None
        if happened is not None and task.done_at is None:
            complete(task, step, happened)
            touched.add(task.run_id or 0)
        elif task.fact and happened is None and task.done_at is not None:
            open_again(task, step)
            touched.add(task.run_id or 0)
        elif task.done_at is None:
            due_anew(course, task, step)
    plans.recount(touched)


def renew(order: Order, *, actor: Actor) -> None:
    """What the plan of a locked order is made for has changed: open steps of a batch or instalment that moved go along with it, new ones are
    made, those that are for nothing any more are left out."""
    run = PlanRun._base_manager.filter(about_resource="order", about_id=order.pk, kind=KIND, deleted_at=None).exclude(
        state=PlanRun.State.STOPPED).order_by("-pk").select_for_update(of=("self",), no_key=True).first()  # fmt: skip
    if run is None:
        return
    course = Course(order)
    steps = list(PlanStep._base_manager.filter(plan=run.plan_id, deleted_at=None).order_by("position", "pk"))
    for step in steps:
        found = {part.key: part for part in milestones.parts_of(step.each, course)}
        tasks = list(Task._base_manager.filter(run=run, step=step, deleted_at=None).order_by("due_at", "pk").select_for_update(
            of=("self",), no_key=True))  # fmt: skip
        free = [key for key in found if key not in {t.part for t in tasks}]
        for task in tasks:
            if task.part not in found and task.done_at is None:
                if free:
                    task.part = free.pop(0)
                else:
                    task.state, task.cancelled, task.done_at, task.result = State.DONE, True, timezone.now(), _("the order was changed")
            if task.part in found and not task.cancelled:
                task.name = f"{step.name} {found[task.part].name}".strip()[:200]
            task.save(update_fields=("name", "part", "state", "cancelled", "done_at", "result"))
    plans.make([(run, order)], steps, actor=actor, at=timezone.now())
    plans.recount([run.pk])


def complete(task: Task, step: OrderStep, happened: Done) -> None:
    """It happened: the step is done, by whom and by which document."""
    noon = days.start_of(happened.on) + dt.timedelta(hours=12)
    task.state, task.done_at, task.result = State.DONE, min(noon, timezone.now()), happened.document[:200]
    task.save(update_fields=("state", "done_at", "result"))
    written(step, task, happened)
    publish("task.happened", door="rule", resource="task", record_id=task.pk)


def written(step: OrderStep, task: Task, done: Done) -> None:
    """Keep who did a step, when, how much, and by how many working days it was late."""
    step.done_on, step.executor_id = done.on, done.executor or task.owner_id
    step.quantity, step.amount, step.document = done.quantity, done.amount, done.document[:120]
    if isinstance(done.file, Kept):
        step.file_id, step.file_name = str(done.file), done.file.name[:255]
    step.late_days = workdays.between(days.day_of(task.due_at), done.on, task.unit_id)
    step.save(update_fields=[name.removesuffix("_id") for name in BLANK])


def open_again(task: Task, step: OrderStep) -> None:
    """What had completed it was taken back."""
    task.state, task.done_at, task.result = State.TODO, None, ""
    task.save(update_fields=("state", "done_at", "result"))
    blank(step)
    publish("task.undone", door="rule", resource="task", record_id=task.pk)


def blank(step: OrderStep) -> None:
    """Nothing of it is done."""
    for name, value in BLANK.items():
        setattr(step, name, value)
    step.save(update_fields=[name.removesuffix("_id") for name in BLANK])


def due_anew(course: Course, task: Task, step: OrderStep) -> None:
    """The day an open step counts from has moved, and with it when it is due."""
    since = counted_from(task, course)
    if since is None or since == step.counts_from or task.step is None:
        return
    step.counts_from = since
    step.save(update_fields=("counts_from",))
    if task.promise != Task.Promise.AMENDED:
        task.due_at, task.reminded = plans.due_from(task.step, since, task.unit_id), 0
        task.save(update_fields=("due_at", "reminded"))


@closing
def step_is_closed(task: Task, actor: Actor) -> None:
    """Whoever completes a step by hand is who did it."""
    step = OrderStep._base_manager.filter(task=task.pk).first() if task.about_resource == "order" and task.run_id else None
    if step is None:
        return
    if task.done_at is None or task.cancelled:
        blank(step)
        return
    if not task.result and task.step is not None and task.step.since in AFTER_GOODS and step.order.delivered <= 0:
        raise Invalid({"result": [_("Nothing has been delivered yet, and this step comes after it: say why it is done all the same.")]})
    if step.done_on is None:
        written(step, task, Done(days.day_of(task.done_at), actor.user_id))


def is_order_step(task: Task) -> bool:
    """Whether it is a step of an order that somebody completes by hand."""
    return by_hand(task) and task.kind == Task.Kind.PLAN and task.about_resource == "order"


@action(Task, label=gettext_lazy("Enter what was done"), icon="clipboard-check", shown=is_order_step, locks=("run",), event="task.completed",
        sentence=gettext_lazy("{actor} completed this task"), did=gettext_lazy("Completed “{name}”"), position=11)
def task_carry_out(
    task: Task,
    *,
    actor: Actor,
    done_on: Annotated[dt.date | None, Ask(gettext_lazy("Done on"), help=gettext_lazy("Left empty: today."))] = None,
    quantity: Annotated[Decimal | None, Ask(gettext_lazy("Quantity"))] = None,
    amount: Annotated[Decimal | None, Ask(gettext_lazy("Amount"), kind="money")] = None,
    document: Annotated[str, Ask(gettext_lazy("Document"), max_length=120, help=gettext_lazy("A number, a waybill, a protocol."))] = "",
    file: Annotated[str | None, Ask(gettext_lazy("The document itself"), kind="file", help=gettext_lazy("Kept with the step: the signed protocol, a "
                                                                                                  "photograph."))] = None,
    result: Annotated[str, Ask(gettext_lazy("Result"), max_length=200)] = "",
) -> None:
    """A step of an order is done: when, how much, for how much money, by which document, which is kept."""
    must_be_open(task)
    must_be_by_hand(task)
    step = OrderStep._base_manager.filter(task=task.pk).first()
    if step is None:
        raise Refused(_("This is no step of an order."))
    on = done_on or days.today()
    if on > days.today():
        raise Invalid({"done_on": [_("This day has not come yet.")]})
    if quantity is not None and quantity < 0:
        raise Invalid({"quantity": [_("A quantity is not below zero.")]})
    written(step, task, Done(on, actor.user_id, quantity, amount, document or "", file))
    task.result = result or task.result
    ended(task, State.DONE, actor)
    if on < days.today():
        task.done_at = days.start_of(on) + dt.timedelta(hours=12)
        task.save(update_fields=("done_at",))


def over(orders: Iterable[Order], reason: str) -> None:
    """Nothing more will happen under these orders: what is open of their plans is left out."""
    for order in orders:
        plans.conclude(plans.running("order", [order.pk], (KIND,)), PlanRun.State.STOPPED, reason)
