"""Tasks about records, and the next step that is one of them."""

from __future__ import annotations

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given as given_any
from hypothesis import strategies as st

from pellucid.collaboration.actions.lateness import write_down
from pellucid.collaboration.actions.tasks import copies_agree
from pellucid.collaboration.models import Lateness, Task
from pellucid.collaboration.pages import about, done, today
from pellucid.collaboration.repeats import following
from pellucid.collaboration.task_pages import checklist, done_lately, given, late, work
from pellucid.customers.models import Customer
from pellucid.kernel.actions.run import run, scoped
from pellucid.kernel.events.bus import deliver
from pellucid.kernel.events.models import Event
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db
APART = pytest.mark.django_db(transaction=True)  # each change in a transaction, so in a period, of its own


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


def test_a_completion_is_taken_back(world, browser):
    """What the done-box of the workbench leaves: the task is gone from the card, the toast takes it back, a second tick is refused."""
    customer = world.customer("甲")
    task, alice = plan(world, customer, hours=-1), browser("alice")
    assert alice.post(f"/tasks/{task.pk}/do/task_complete", {"on": "1"}, headers={"HX-Request": "true"}).status_code == 204
    page = alice.get("/")
    (toast,) = page.context_data["toasts"]
    assert f"/tasks/{task.pk}/do/task_complete" not in page.content.decode() and toast["undo"].startswith("/undo/")
    assert alice.post(toast["undo"], headers={"HX-Request": "true"}).status_code == 204
    task.refresh_from_db()
    customer.refresh_from_db()
    assert (task.state, task.done_at) == ("todo", None) and customer.next_step_at == task.due_at
    assert f'data-post="/tasks/{task.pk}/do/task_complete" data-anew' in alice.get("/").content.decode()


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


def give(world, by="sam", to="林晓彤", **values):
    values = {"name": "整理报价", "due_at": later(days=1), "owner": to, **values}
    return run("task_create", None, world.actor(by), values=values).record


def test_who_gives_a_task_sees_it_further_and_says_whether_it_is_done(world):
    alice, carol = world.actor("alice"), world.actor("carol")
    task = give(world, by="carol", to_check=True)
    assert (task.owner, task.giver) == (world.users["alice"], world.users["carol"])
    assert scoped(Task, carol).filter(pk=task.pk).exists(), "beyond her scope, but she gave it"
    run("task_start", task.pk, alice)
    run("task_complete", task.pk, alice, {"result": "见附件"})
    task.refresh_from_db()
    assert (task.state, task.done_at is not None) == ("check", True)
    assert [r["label"] for r in given(carol, {})["rows"]] == ["整理报价"]
    with pytest.raises(Refused, match="陈卓"):
        run("task_accept", task.pk, alice)
    run("task_send_back", task.pk, carol, {"reason": "缺交期"})
    task.refresh_from_db()
    assert (task.state, task.done_at) == ("todo", None)
    run("task_complete", task.pk, alice)
    run("task_accept", task.pk, carol)
    task.refresh_from_db()
    assert task.state == "done"


def test_colleagues_are_told_what_they_gave_and_were_given(world):
    task = give(world)
    deliver(500)
    assert Notice.objects.filter(user=world.users["alice"], kind="task_given", record_id=task.pk).count() == 1
    run("task_complete", task.pk, world.actor("alice"))
    deliver(500)
    assert Notice.objects.filter(user=world.users["sam"], kind="task_done", record_id=task.pk).count() == 1
    assert [r["label"] for r in done_lately(world.actor("sam"), {})["rows"]] == ["整理报价"]


def test_a_task_handed_on_is_given_by_who_hands_it_on(world):
    task = give(world, by="alice", to="林晓彤")
    assert task.giver is None
    run("task_reassign", task.pk, world.actor("alice"), {"owner": "赵磊"})
    task.refresh_from_db()
    assert task.giver == world.users["alice"] and scoped(Task, world.actor("alice")).filter(pk=task.pk).exists()


def test_a_colleague_watches_what_he_could_not_see(world):
    task = give(world)
    bob = world.actor("bob")
    assert not scoped(Task, bob).filter(pk=task.pk).exists()
    run("task_inform", task.pk, world.actor("alice"), {"user": "赵磊"})
    assert scoped(Task, bob).filter(pk=task.pk).exists()
    with pytest.raises(Forbidden):
        run("task_complete", task.pk, bob)
    run("task_complete", task.pk, world.actor("alice"))
    deliver(500)
    assert Notice.objects.filter(user=world.users["bob"], kind="watched", record_id=task.pk).exists()


def test_a_task_is_done_when_its_list_is(world):
    alice = world.actor("alice")
    task = give(world, checklist="打电话\n发资料\n\n打电话")
    with pytest.raises(Refused, match="打电话、发资料"):
        run("task_complete", task.pk, alice)
    with pytest.raises(Invalid):
        run("task_tick", task.pk, alice, {"thing": "别的"})
    for thing in ("打电话", "发资料", "发资料", "发资料"):
        run("task_tick", task.pk, alice, {"thing": thing})
    task.refresh_from_db()
    assert task.ticked == ["打电话", "发资料"] and checklist(task, alice)["note"] == "2 / 2"
    run("task_update", task.pk, alice, values={"checklist": "打电话\n上门"}, version=task.version)
    task.refresh_from_db()
    assert task.ticked == ["打电话"]


def weekdays(day):
    return day.weekday() < 5


@pytest.mark.parametrize(("first", "rule", "after", "expected"), [
    ("2026-01-31 09:00", "monthly", "2026-01-31 09:00", "2026-02-28 09:00"),
    ("2026-01-31 09:00", "monthly", "2026-02-28 09:00", "2026-03-31 09:00"),
    ("2024-02-29 09:00", "yearly", "2024-02-29 09:00", "2025-02-28 09:00"),
    ("2024-02-29 09:00", "yearly", "2027-03-01 09:00", "2028-02-29 09:00"),
    ("2025-11-30 23:30", "quarterly", "2025-11-30 23:30", "2026-02-28 23:30"),
    ("2026-03-27 17:00", "weekly", "2026-05-01 12:00", "2026-05-01 17:00"),
    ("2026-03-27 17:00", "workdays", "2026-03-27 17:00", "2026-03-30 17:00"),
    ("2026-03-28 02:30", "daily", "2026-03-30 12:00", "2026-03-31 02:30"),
    ("2026-10-24 09:00", "daily", "2026-10-24 09:00", "2026-10-25 09:00"),
])  # fmt: skip
def test_what_repeats_keeps_its_hour_and_its_day(first, rule, after, expected):
    """Berlin's clocks change on 29 March and 25 October 2026."""
    zone = ZoneInfo("Europe/Berlin")

    def at(text):
        return dt.datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(dt.UTC)

    assert following(at(first), rule, at(after), zone, weekdays) == at(expected)


@given_any(st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1)), st.sampled_from([r.value for r in Task.Repeat]),
           st.integers(0, 60 * 24 * 800))
def test_the_next_time_is_the_first_one_after(first, rule, minutes):
    zone = ZoneInfo("Europe/Berlin")
    first = first.replace(tzinfo=dt.UTC)
    after = first + dt.timedelta(minutes=minutes)
    found = following(first, rule, after, zone, weekdays)
    assert found > after and following(first, rule, found - dt.timedelta(microseconds=1), zone, weekdays) == found
    assert following(first, rule, found, zone, weekdays) > found


def test_the_next_one_is_made_once(world):
    alice = world.actor("alice")
    task = give(world, repeat="weekly", due_at=later(days=-8), checklist="小结")
    for _n in range(2):
        run("task_tick", task.pk, alice, {"thing": "小结"})
    run("task_tick", task.pk, alice, {"thing": "小结"})
    run("task_complete", task.pk, alice)
    run("task_reopen", task.pk, alice)
    run("task_complete", task.pk, alice)
    following_one = Task.objects.get(series=task.pk)
    assert following_one.due_at == task.due_at + dt.timedelta(days=14) and following_one.state == "todo" and following_one.ticked == []
    assert (following_one.owner_id, following_one.giver_id, following_one.checklist) == (task.owner_id, task.giver_id, "小结")
    run("task_update", following_one.pk, alice, values={"repeat_until": following_one.due_at.date().isoformat()}, version=following_one.version)
    run("task_cancel", following_one.pk, alice, {"reason": "本周休假"})
    assert Task.objects.filter(series=task.pk).count() == 1, "the last one of its series"


@APART
def test_who_held_a_task_when_its_time_passed_stays_on_record(world):
    sam, alice = world.actor("sam"), world.actor("alice")
    task = give(world, due_at=(timezone.now() + dt.timedelta(milliseconds=300)).isoformat())
    time.sleep(0.4)
    run("task_reassign", task.pk, sam, {"owner": "陈卓"})
    run("task_postpone", task.pk, world.actor("carol"), {"due_at": (timezone.now() + dt.timedelta(milliseconds=300)).isoformat()})
    time.sleep(0.4)
    run("task_complete", task.pk, world.actor("carol"))
    kept_in_time = give(world, name="按时", due_at=later(days=1))
    run("task_complete", kept_in_time.pk, alice)

    def count(_n):
        try:
            with transaction.atomic():
                return write_down()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(count, range(4))) == 2, "several at once write each down once"
    rows = list(Lateness.objects.order_by("due_at").values_list("task", "owner__username"))
    assert rows == [(task.pk, "alice"), (task.pk, "carol")]
    assert Event.objects.filter(name="task.late").count() == 2
    assert [r["label"] for r in late(task, sam)["rows"]] == ["林晓彤", "陈卓"]


def test_a_task_shows_what_it_is_about_only_to_who_may_see_that(world):
    customer = world.customer("苏州恒砺")
    run("customer_add_task", customer.pk, world.actor("sam"), {"name": "补齐地址", "due_at": later(days=1), "owner": "赵磊"})
    task = Task.objects.get()
    assert work(task, world.actor("sam"))["rows"][0]["href"] == f"/customers/{customer.pk}"
    assert "href" not in work(task, world.actor("bob"))["rows"][0]
    run("task_complete", task.pk, world.actor("bob"))
    assert [e["link"]["label"] for e in done("customer", customer, world.actor("alice"), None, 5)] == ["补齐地址"]


def test_the_menu_says_how_much_is_due_and_whether_something_is_late(world, browser):
    today = days.start_of(days.today())
    for name, at in (("later today", today + dt.timedelta(hours=23, minutes=59)), ("next week", today + dt.timedelta(days=7))):
        run("task_create", None, world.actor("alice"), values={"name": name, "due_at": at, "owner": world.users["alice"].pk})

    def shown():
        return [(c["key"], c["n"], c["hot"]) for c in browser("alice").get("/menu/counts").context_data["counts"] if c["key"] == "task"]

    assert shown() == [("task", 1, False)]
    run("task_create", None, world.actor("alice"), values={"name": "late", "due_at": today - dt.timedelta(days=1), "owner": world.users["alice"].pk})
    assert shown() == [("task", 2, True)]
    assert 'id="count-task"' in browser("alice").get("/").content.decode()
