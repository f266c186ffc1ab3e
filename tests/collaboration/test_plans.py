"""Plans: steps that become tasks of those they fall to, counted as they are done, left, or overtaken by what happens."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from pellucid.collaboration import workdays
from pellucid.collaboration.actions import plans
from pellucid.collaboration.models import Plan, PlanRun, PlanStep, Task
from pellucid.collaboration.plan_pages import materials_of, progress, under_way
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid, Refused

pytestmark = pytest.mark.django_db
APART = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plan(world):
    """A plan for customers: the owner calls within a working day, the head of his unit visits within ten days, a named colleague checks."""
    type(world.units["east_sales"]).objects.filter(pk=world.units["east_sales"].pk).update(head=world.users["sam"])
    made = Plan.objects.create(name="培育方案", kind="scheme", about="customer")
    PlanStep.objects.create(plan=made, position=10, name="打电话", days=1, materials="话术 https://example.com/a\n样本")
    PlanStep.objects.create(plan=made, position=20, name="高层拜访", days=10, counted="calendar", doer="head", checklist="约时间\n带样件")
    PlanStep.objects.create(plan=made, position=30, name="核对资料", days=0, doer="person", person=world.users["carol"], priority="high")
    return made


def begin(world, customer, plan, by="alice"):
    return run("customer_start_plan", customer.pk, world.actor(by), {"plan": plan.pk}).value


def test_steps_become_tasks_of_those_they_fall_to(world, plan):
    customer = world.customer("甲")
    begun = begin(world, customer, plan)
    rows = list(Task.objects.filter(run=begun).order_by("step__position").values_list("name", "owner__username", "kind", "priority", "about_id"))
    assert rows == [("打电话", "alice", "scheme", "normal", customer.pk), ("高层拜访", "sam", "scheme", "normal", customer.pk),
                    ("核对资料", "carol", "scheme", "high", customer.pk)]  # fmt: skip
    today = days.today()
    assert [days.day_of(t.due_at) for t in Task.objects.order_by("step__position")] == [
        workdays.after(today, 1), today + dt.timedelta(days=10), workdays.after(today, 0)]  # fmt: skip
    assert (begun.state, PlanRun.objects.get().steps, begun.owner) == ("running", 3, world.users["alice"])
    assert Event.objects.get(name="customer.plan_started").payload["title"] == "培育方案"
    assert [m["label"] for m in materials_of(plan.steps.get(name="打电话"), {}, frozenset())] == ["话术", "样本"]
    with pytest.raises(Refused):
        begin(world, customer, plan)


def test_a_run_counts_and_ends_with_its_last_step(world, plan):
    customer = world.customer("甲")
    begun = begin(world, customer, plan)
    for name, who in (("打电话", "alice"), ("核对资料", "carol")):
        run("task_complete", Task.objects.get(name=name).pk, world.actor(who))
    assert under_way(customer, world.actor("alice"))["runs"][0]["note"] == "2 / 3"
    last = Task.objects.get(name="高层拜访")
    run("task_cancel", last.pk, world.actor("sam"), {"reason": "客户出差"})
    begun.refresh_from_db()
    assert (begun.state, begun.done, begun.closed, begun.ended_at is not None) == ("finished", 2, 3, True)
    run("task_reopen", last.pk, world.actor("sam"))
    begun.refresh_from_db()
    assert (begun.state, begun.ended_at, begun.closed) == ("running", None, 2)


def test_who_stops_says_why_and_where_it_was_left_is_seen(world, plan):
    one, other = world.customer("甲"), world.customer("乙")
    first, _second = begin(world, one, plan), begin(world, other, plan)
    run("task_complete", Task.objects.get(run=first, name="打电话").pk, world.actor("alice"))
    run("planrun_stop", first.pk, world.actor("alice"), {"reason": "客户停产"})
    assert set(Task.objects.filter(run=first, cancelled=True).values_list("name", "result")) == {("高层拜访", "客户停产"), ("核对资料", "客户停产")}
    seen = progress(plan, world.actor("sam"))
    assert [(s["label"], s["came"], s["done"], s["dropped"]) for s in seen["steps"]] == [
        ("打电话", 2, 1, 0), ("高层拜访", 2, 0, 1), ("核对资料", 2, 0, 0)]  # fmt: skip
    assert [f["value"] for f in seen["figures"]] == ["2", "1", "0", "0", "1"]
    assert progress(plan, world.actor("bob"))["figures"][0]["value"] == "0", "what is out of reach is not counted"
    begin(world, one, plan)
    assert PlanRun.objects.filter(about_id=one.pk).count() == 2, "once it has ended it may begin anew"


def test_the_set_form_does_the_same(world, plan):
    customers = [world.customer(f"客户{n}") for n in range(5)]
    begin(world, customers[0], plan)
    batch = run_many("customer_start_plan", [c.pk for c in customers], world.actor("alice"), {"plan": plan.pk})
    assert len(batch.done) == 4 and [s[0] for s in batch.skipped] == [customers[0].pk]
    shapes = {tuple(Task.objects.filter(run=r).order_by("step__position").values_list("name", "owner", "due_at", "state", "priority"))
              for r in PlanRun.objects.all()}  # fmt: skip
    assert len(shapes) == 1, "alone and as a set make the same tasks"
    assert set(PlanRun.objects.values_list("steps", "done", "closed")) == {(3, 0, 0)}


def test_a_plan_of_one_unit_does_not_start_elsewhere(world, plan):
    Plan.objects.filter(pk=plan.pk).update(unit=world.units["west"])
    with pytest.raises(Refused):
        begin(world, world.customer("甲"), plan)
    begin(world, world.customer("乙", by="bob"), plan, by="bob")
    Plan.objects.filter(pk=plan.pk).update(active=False)
    with pytest.raises(Invalid):
        begin(world, world.customer("丙", by="bob"), plan, by="bob")


def test_another_owner_takes_over_what_is_under_way(world, plan):
    customer = world.customer("甲")
    begun = begin(world, customer, plan)
    run("task_complete", Task.objects.get(name="打电话").pk, world.actor("alice"))
    PlanStep.objects.create(plan=plan, position=40, name="回访", days=30)
    run("customer_reassign", customer.pk, world.actor("sam"), {"owner": "陈卓"})
    begun.refresh_from_db()
    assert begun.owner == world.users["carol"]
    assert dict(Task.objects.values_list("name", "owner__username")) == {"打电话": "alice", "高层拜访": "sam", "核对资料": "carol"}


def test_merged_records_carry_a_plan_out_once(world, plan):
    one, other = world.customer("苏州恒砺"), world.customer("恒砺苏州")
    begin(world, one, plan)
    begin(world, other, plan)
    run("customer_merge", one.pk, world.actor("sam"), {"other": other.pk})
    assert sorted(PlanRun.objects.filter(about_id=one.pk).values_list("state", flat=True)) == ["running", "stopped"]


def test_a_stage_of_other_records_is_refused(world, plan):
    with pytest.raises(Invalid):
        run("planstep_create", None, world.actor("admin"), values={"plan": plan.pk, "name": "x", "phase": "opportunity:99"})
    made = run("planstep_create", None, world.actor("admin"), values={"plan": plan.pk, "name": "最后"}).record
    assert made.position == 40


@APART
def test_two_steps_done_at_once_end_the_run_once(world, plan):
    for step in plan.steps.all()[1:]:
        step.delete()
    PlanStep.objects.create(plan=plan, position=20, name="发资料", days=1)
    begun = begin(world, world.customer("甲"), plan)

    def finish(pk):
        try:
            run("task_complete", pk, world.actor("alice"))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(finish, list(Task.objects.filter(run=begun).values_list("pk", flat=True))))
    begun.refresh_from_db()
    assert (begun.state, begun.done) == ("finished", 2) and Event.objects.filter(name="planrun.finished").count() == 1


@APART
def test_started_at_once_by_several_it_runs_once(world, plan):
    customer = world.customer("甲")

    def start(_n):
        try:
            begin(world, customer, plan)
            return 1
        except (Refused, Invalid):
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(start, range(4))) == 1
    assert PlanRun.objects.count() == 1 and Task.objects.count() == 3


def test_working_days_skip_what_the_calendar_says():
    friday = dt.date(2026, 9, 18)
    assert [workdays.after(friday, n).isoformat() for n in (0, 1, 6)] == ["2026-09-18", "2026-09-20", "2026-09-28"], (
        "the 20th is a Sunday that is worked for the 25th")
    assert workdays.after(friday + dt.timedelta(days=1), 0).isoformat() == "2026-09-20"
    began = timezone.make_aware(dt.datetime(2026, 9, 18, 23, 30), days.zone())
    step = PlanStep(days=1, counted="working")
    assert plans.due(step, began, None) == dt.datetime(2026, 9, 20, 10, tzinfo=dt.UTC), "six in the evening of that Sunday"
