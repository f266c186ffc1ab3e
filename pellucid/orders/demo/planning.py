"""Plans of the demo company's orders: what happened completed its steps, others were done by hand, in time or not, promised or refused."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from pellucid.collaboration import milestones, workdays
from pellucid.collaboration.actions.lateness import in_time_after_all, passed
from pellucid.collaboration.actions.plans import due_from
from pellucid.collaboration.demo import carrying
from pellucid.collaboration.demo.carrying import MINUTE, Carried
from pellucid.collaboration.doers import doer_of
from pellucid.collaboration.models import PlanRun, PlanStep, Task
from pellucid.kernel.access import directory
from pellucid.kernel.access.models import Share
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.records import days, versions
from pellucid.kernel.records.copying import copy

from ..actions.executing import BLANK, follow_facts
from ..lifecycles import BOUND
from ..models import Delivery, ExecutionPlan, Instalment, Invoice, InvoicePart, Order, OrderLine, OrderStep, Posting
from ..obligations import INVOICED, Course, Done

LATELY = dt.timedelta(days=200)
P = Task.Promise
PROMISES = ((58, P.GIVEN, ""), (28, P.ASKED, ""), (9, P.AMENDED, "客户现场要推后"), (5, P.REFUSED, "本月排期已满"))
PAPERS = {"开票": "FP", "安装调试": "AZ", "备货完成": "BH", "操作培训": "PX", "出厂预验收": "YS", "对账确认": "DZ"}


def fill(stage: Stage) -> None:
    """A plan for every order of the last months that is being carried out."""
    rows = Order._base_manager.filter(state__in=BOUND, signed_on__gte=stage.today - LATELY, deleted_at=None)
    orders = list(rows.select_related("contract").order_by("pk"))
    plans = {p.contract_kind: p.plan for p in ExecutionPlan._base_manager.filter(unit=None, active=True).select_related("plan").order_by("-pk")}
    steps: dict[int, list[PlanStep]] = defaultdict(list)
    for step in PlanStep._base_manager.filter(plan__in=[p.pk for p in plans.values()], deleted_at=None).order_by("position", "pk"):
        steps[step.plan_id].append(step)
    kept: list[tuple[Order, Task, dt.date | None, Done | None]] = []
    carried = []
    with versions.using(versions.read()):  # calendars and roles do not change meanwhile: not asked for each step
        for order, course in zip(orders, courses(orders), strict=True):
            plan = plans.get(order.contract.kind)
            if plan is not None and order.signed_on is not None:
                began = stage.at(order.signed_on, 12)
                about = carrying.About("order", order.pk, str(order), order.owner_id, order.unit_id, order.branch_id)
                run = carrying.begun(plan, about, min(began, stage.now - MINUTE))
                made = [_step(stage, run.run, step, order, course, part) for step in steps[plan.pk]
                        for part in milestones.parts_of(step.each, course)]  # fmt: skip
                run.tasks = [task for task, _since, _done in made]
                kept += [(order, *one) for one in made]
                carried.append(ended(run))
        carrying.write(stage, carried)
    copy(OrderStep, [_row(*one) for one in kept])
    copy(Share, [{"resource": "task", "record_id": task.pk, "user_id": task.giver_id, "level": 2, "sort_key": task.due_at,
                  "created_by_id": task.created_by_id, "created_at": task.created_at} for _order, task, _since, _done in kept if task.giver_id])


def ended(one: Carried) -> Carried:
    """A plan whose steps are all done has ended with the last of them."""
    if all(t.done_at for t in one.tasks):
        one.run.state, one.run.ended_at = PlanRun.State.FINISHED, max(t.done_at for t in one.tasks if t.done_at)
    return one


def courses(orders: list[Order]) -> Iterable[Course]:
    """How far each order is, with what it is told from asked for all of them at once."""
    ids = [o.pk for o in orders]
    lines = _by_order(OrderLine._base_manager.filter(order__in=ids).order_by("pk"))
    sent = _by_order(Delivery._base_manager.filter(order__in=ids).order_by("delivered_on", "pk"))
    parts = _by_order(Instalment._base_manager.filter(order__in=ids).order_by("position", "pk"))
    told = Posting._base_manager.filter(order__in=ids).exclude(kind=Posting.Kind.DUE)
    moved = _by_order(told.select_related("receipt").order_by("posted_on", "pk"))
    papers = _by_order(Invoice._base_manager.filter(order__in=ids, state=Invoice.State.ISSUED).order_by("invoiced_on", "pk"))
    named = InvoicePart._base_manager.filter(order__in=ids, invoice__state=Invoice.State.ISSUED)
    papers_of = _by_order(named.select_related("invoice").order_by("invoice__invoiced_on", "pk"))
    for order in orders:
        course = Course(order)
        course.lines, course.deliveries, course.postings = lines[order.pk], sent[order.pk], moved[order.pk]
        course.invoices, course.invoice_parts = papers[order.pk], papers_of[order.pk]
        course.instalments = {f"instalment:{i.pk}": i for i in parts[order.pk]}
        yield course


def _by_order(rows: Iterable[Any]) -> dict[int, list[Any]]:
    out: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        out[row.order_id].append(row)
    return out


def _step(stage: Stage, run: PlanRun, step: PlanStep, order: Order, course: Course,
          part: milestones.Part) -> tuple[Task, dt.date | None, Done | None]:  # fmt: skip
    """One step as it stands: done by what happened, or by hand; else open, with what was answered."""
    chance, since = stage.chance, milestones.day_of(step.since, course, part.key)
    doer = doer_of(step, order, stage.actor, part.person) or order.owner_id
    unit = directory.home_of(doer) or order.unit_id
    wanted = due_from(step, since or order.signed_on or stage.today, unit)
    done = course.done(step.fact, part.key) if step.fact else _by_hand(stage, step, days.day_of(wanted), doer)
    at = min(stage.at(done.on, 12), stage.now - MINUTE) if done else None
    promise, why = (P.GIVEN, "") if done or doer == order.owner_id else _answer(stage)
    task = Task(
        name=f"{step.name} {part.name}".strip(), kind=run.kind, due_at=wanted, done_at=at, state=Task.State.DONE if at else Task.State.TODO,
        owner_id=doer, unit_id=unit, branch_id=tree().branch(unit), giver_id=order.owner_id if doer != order.owner_id else None,
        about_resource="order", about_id=order.pk, about_title=run.about_title, step=step, part=part.key, fact=step.fact, promise=promise,
        promise_note=why, result=done.document if done else "",
        created_by_id=order.owner_id, created_at=min(run.created_at, at or stage.now) - MINUTE, updated_at=at or run.created_at)  # fmt: skip
    if promise == P.AMENDED and wanted > stage.now:
        task.due_at = due_from(step, (since or stage.today) + dt.timedelta(days=chance.randint(3, 9)), unit)
    return task, since, done


def _by_hand(stage: Stage, step: PlanStep, day: dt.date, doer: int) -> Done | None:
    """Mostly done by its day, at times some days later; a few are forgotten."""
    chance = stage.chance
    on = day + dt.timedelta(days=chance.choices((-2, 0, 3, 7), (34, 46, 14, 6))[0])
    if on > stage.today or day > stage.today - dt.timedelta(days=40) and chance.random() < 0.06:
        return None
    code = PAPERS.get(step.name)
    return Done(on, doer, None, None, f"{code}-{on:%y%m%d}{chance.randint(10, 99)}" if code else "")


def _answer(stage: Stage) -> tuple[str, str]:
    found = stage.chance.choices(PROMISES, [n for n, _promise, _why in PROMISES])[0]
    return found[1], found[2]


def _row(order: Order, task: Task, since: dt.date | None, done: Done | None) -> dict[str, Any]:
    out: dict[str, Any] = BLANK | {"order_id": order.pk, "task_id": task.pk, "counts_from": since, "created_at": task.created_at,
                           "updated_at": task.updated_at, "created_by_id": order.owner_id}  # fmt: skip
    if done is not None and task.done_at is not None:
        out |= {"done_on": done.on, "executor_id": done.executor or task.owner_id, "quantity": done.quantity, "amount": done.amount,
                "document": done.document, "late_days": workdays.between(days.day_of(task.due_at), done.on, task.unit_id)}  # fmt: skip
    return out


def invoiced() -> None:
    """Bring the plans of orders that were invoiced in line with that."""
    waiting = OrderStep._base_manager.filter(task__fact=INVOICED, task__done_at=None, order__invoiced__gt=0).values("order")
    with versions.using(versions.read()):
        for order in Order._base_manager.filter(pk__in=waiting).order_by("pk"):
            follow_facts(order)
    late()


def late() -> None:
    """What is late now is on record."""
    passed(most=100_000)
    in_time_after_all(INVOICED)  # their invoices were seeded after them
