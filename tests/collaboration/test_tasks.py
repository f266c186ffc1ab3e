"""Tasks about records, and the next step that is one of them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from pellucid.collaboration.actions.tasks import copies_agree
from pellucid.collaboration.models import Task
from pellucid.collaboration.pages import about, today
from pellucid.customers.models import Customer
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db


def later(**delta: int) -> str:
    return (timezone.now() + dt.timedelta(**delta)).isoformat()


def plan(world, customer, text="回访", by="alice", **delta):
    run("customer_next_step", customer.pk, world.actor(by), {"text": text, "at": later(**(delta or {"days": 2}))})
    customer.refresh_from_db()
    return Task.objects.get(about_id=customer.pk, kind="next_step", done_at=None)


def test_a_planned_step_replaces_the_one_before(world):
    customer = world.customer("甲")
    first = plan(world, customer)
    second = plan(world, customer, "送样件", days=3)
    assert first.pk == second.pk and (customer.next_step, customer.next_step_at) == ("送样件", second.due_at)
    assert Event.objects.filter(name="customer.next_step", record_id=customer.pk).count() == 2


def test_somebody_else_cannot_plan_what_he_cannot_see(world):
    customer = world.customer("甲")
    with pytest.raises(Missing):
        plan(world, customer, by="bob")


def test_a_cancelled_step_leaves_its_record_without_one(world):
    customer = world.customer("甲")
    task = plan(world, customer)
    with pytest.raises(Invalid):
        run("task_cancel", task.pk, world.actor("alice"))
    run("task_cancel", task.pk, world.actor("alice"), {"reason": "客户停产"})
    task.refresh_from_db()
    customer.refresh_from_db()
    assert task.cancelled and task.done_at and task.result == "客户停产" and customer.next_step_at is None


def test_an_old_step_is_not_reopened_beside_a_new_one(world):
    customer = world.customer("甲")
    old = plan(world, customer)
    run("task_complete", old.pk, world.actor("alice"))
    plan(world, customer, "再约")
    with pytest.raises(Refused):
        run("task_reopen", old.pk, world.actor("alice"))


def test_a_task_for_a_colleague_stands_on_the_record_and_on_his_workbench(world):
    customer = world.customer("甲")
    run("customer_add_task", customer.pk, world.actor("sam"), {"name": "补齐地址", "due_at": later(hours=-1), "owner": "林晓彤", "priority": "high"})
    task = Task.objects.get()
    assert (task.owner, task.about_id, task.created_by) == (world.users["alice"], customer.pk, world.users["sam"])
    assert [r["label"] for r in about(customer, world.actor("sam"))["rows"]] == ["补齐地址"]
    assert [r["label"] for r in today(world.actor("alice"), {})["rows"]] == ["补齐地址"]
    assert today(world.actor("sam"), {})["count"] == 0


def test_who_may_not_make_tasks_may_not_give_them(world):
    customer = world.customer("甲")
    with pytest.raises(Forbidden):
        run("customer_add_task", customer.pk, world.actor("audrey"), {"name": "x", "due_at": later(days=1)})
    assert about(customer, world.actor("audrey")) is None


def test_a_copy_that_differs_or_lacks_is_found(world):
    one, other = world.customer("甲"), world.customer("乙")
    plan(world, one)
    plan(world, other)
    assert copies_agree() == []
    Customer._base_manager.filter(pk=one.pk).update(next_step="别的")
    Customer._base_manager.filter(pk=other.pk).update(next_step="", next_step_at=None)
    assert [w["id"] for w in copies_agree()] == [one.pk, other.pk]


def test_tasks_go_into_the_bin_with_their_record_and_come_back(world):
    customer = world.customer("甲")
    task = plan(world, customer)
    run("customer_delete", customer.pk, world.actor("sam"))
    assert today(world.actor("alice"), {"tasks": "week"})["count"] == 0
    run("customer_restore", customer.pk, world.actor("sam"))
    task.refresh_from_db()
    customer.refresh_from_db()
    assert task.deleted_at is None and customer.next_step == task.name and copies_agree() == []


def test_a_deleted_step_leaves_its_record_without_one(world):
    customer = world.customer("甲")
    task = plan(world, customer)
    run("task_delete", task.pk, world.actor("alice"))
    customer.refresh_from_db()
    assert customer.next_step_at is None
