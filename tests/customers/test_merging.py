"""Two customers become one and can be taken apart."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import signing
from django.utils import timezone

from pellucid.collaboration.actions.tasks import copies_agree
from pellucid.collaboration.models import Plan, PlanRun, PlanStep, Task
from pellucid.customers.models import Contact, Customer, CustomerClass, FollowUp, Scheme
from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused
from pellucid.kernel.records.models import Comment, Star

pytestmark = pytest.mark.django_db
SOON = (timezone.now() + dt.timedelta(days=1)).isoformat()


def pair(world):
    boss = world.actor("sam")
    one, two = (
        world.customer("苏州恒砺精密", phone="0512-62857700"),
        world.customer("恒砺精密（苏州）", address="园区 8 号", employees="600"),
    )
    for customer, name in ((one, "顾维民"), (two, "沈雪")):
        run(
            "contact_create",
            None,
            boss,
            values={"customer": customer.pk, "name": name, "is_primary": "1", "mobile": "13812345678"},
        )
        run(
            "followup_create",
            None,
            boss,
            values={"customer": customer.pk, "text": f"与{name}谈", "next_step": "回访", "next_step_at": SOON},
        )
        run("customer_comment", customer.pk, boss, {"text": f"问 {name}"})
        Star.objects.create(resource="customer", record_id=customer.pk, user=world.users["sam"])
    return boss, Customer.objects.get(pk=one.pk), Customer.objects.get(pk=two.pk)


def test_merge_moves_everything_and_undo_moves_it_back(world):
    boss, one, two = pair(world)
    run("customer_merge", one.pk, boss, {"other": two.pk})
    one.refresh_from_db()
    assert (one.address, one.employees, one.phone) == ("园区 8 号", 600, "0512-62857700")
    assert Contact.objects.filter(customer=one).count() == FollowUp.objects.filter(customer=one).count() == 2
    assert Comment.objects.filter(resource="customer", record_id=one.pk).count() == 2
    assert (
        Task.objects.filter(about_id=one.pk, kind="next_step", done_at=None).count() == 1
        and Task.objects.filter(about_id=one.pk).count() == 2
    )
    with pytest.raises(Missing):
        run("customer_comment", two.pk, boss, {"text": "x"})
    run("customer_unmerge", one.pk, boss)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.address, one.employees, two.merged_into) == ("", None, None)
    assert [Contact.objects.get(customer=c).name for c in (one, two)] == ["顾维民", "沈雪"]
    assert Comment.objects.filter(resource="customer", record_id=two.pk).count() == 1
    assert two.last_contact_at is not None
    with pytest.raises(Refused):
        run("customer_unmerge", one.pk, boss)


def test_taking_it_back_puts_back_what_could_not_stand_twice(world):
    boss, one, two = pair(world)
    plan = Plan.objects.create(name="培育方案", kind="scheme", about="customer")
    for position in (10, 20):
        PlanStep.objects.create(plan=plan, position=position, name=f"第 {position} 步", days=1)
    for customer in (one, two):
        run("customer_start_plan", customer.pk, boss, {"plan": plan.pk})
    first = Task.objects.filter(run__about_id=two.pk).order_by("step__position").first()
    run("task_complete", first.pk, world.actor("alice"))
    facts = ("name", "kind", "state", "cancelled", "done_at", "result", "about_id", "owner_id")
    before = sorted(Task.objects.values_list("pk", *facts))
    two = Customer.objects.get(pk=two.pk)
    run("customer_merge", one.pk, boss, {"other": two.pk})
    assert list(Contact.objects.filter(customer=one, is_primary=True).values_list("name", flat=True)) == ["顾维民"]
    assert sorted(PlanRun.objects.filter(about_id=one.pk).values_list("state", flat=True)) == ["running", "stopped"]
    run("customer_unmerge", one.pk, boss)
    assert sorted(Task.objects.values_list("pk", *facts)) == before
    assert list(PlanRun.objects.order_by("pk").values_list("about_id", "state", "ended_at", "reason", "closed", "steps")) == [
        (one.pk, "running", None, "", 0, 2), (two.pk, "running", None, "", 1, 2)]  # fmt: skip
    assert Contact.objects.filter(is_primary=True).count() == 2
    after = Customer.objects.get(pk=two.pk)
    assert (after.next_step, after.next_step_at) == (two.next_step, two.next_step_at) and copies_agree() == []


def test_what_was_taken_meanwhile_is_not_put_back(world):
    boss, one, two = pair(world)
    run("customer_merge", one.pk, boss, {"other": two.pk})
    step = Task.objects.exclude(kind="next_step").get(about_id=one.pk)
    run("task_complete", step.pk, boss)
    moved = Contact.objects.get(name="沈雪")
    run("contact_update", moved.pk, boss, values={"position": "总工"}, version=moved.version)
    run("customer_unmerge", one.pk, boss)
    after = Customer.objects.get(pk=two.pk)
    assert (after.next_step, after.next_step_at) == ("", None) and copies_agree() == []
    assert Contact.objects.get(name="沈雪").is_primary


@pytest.mark.parametrize("between", [False, True])
def test_a_family_stays_a_tree_whoever_takes_in_whom(world, between):
    boss = world.actor("sam")
    group, parent = world.customer("集团"), world.customer("总公司")
    middle = world.customer("中间公司") if between else None
    child = world.customer("子公司")
    Customer.objects.filter(pk=parent.pk).update(parent=group)
    Customer.objects.filter(pk=child.pk).update(parent=middle or parent)
    if middle:
        Customer.objects.filter(pk=middle.pk).update(parent=parent)
    tree = dict(Customer.objects.values_list("name", "parent__name"))
    for survivor, gone in ((child, parent), (parent, child)):
        run("customer_merge", survivor.pk, boss, {"other": gone.pk})
        now = dict(Customer.objects.filter(merged_into=None).values_list("name", "parent__name"))
        assert now == {"集团": None, survivor.name: "集团"} | ({"中间公司": survivor.name} if between else {})
        run("customer_unmerge", survivor.pk, boss)
        assert dict(Customer.objects.values_list("name", "parent__name")) == tree


def test_what_was_changed_since_stays(world):
    boss, one, two = pair(world)
    run("customer_merge", one.pk, boss, {"other": two.pk})
    one.refresh_from_db()
    run("customer_update", one.pk, boss, values={"address": "新区 1 号"}, version=one.version)
    run("customer_unmerge", one.pk, boss)
    one.refresh_from_db()
    assert (one.address, one.employees) == ("新区 1 号", None)


def test_merging_needs_the_right_to_delete_both(world):
    mine, theirs = world.customer("甲"), world.customer("乙", by="bob")
    with pytest.raises(Forbidden):
        run("customer_merge", mine.pk, world.actor("alice"), {"other": theirs.pk})
    with pytest.raises(Invalid) as refused:
        run("customer_merge", mine.pk, world.actor("sam"), {"other": theirs.pk})
    assert refused.value.errors == {"other": ["记录不存在，或不在您的可见范围。"]}
    with pytest.raises(Refused):
        run("customer_merge", mine.pk, world.actor("sam"), {"other": mine.pk})


def test_a_scheme_of_another_class_stops_with_the_merge_and_goes_on_after_it(world):
    boss, one, two = pair(world)
    plan = Plan.objects.create(name="判别方案", kind="scheme", about="customer")
    PlanStep.objects.create(plan=plan, position=10, name="电话确认", days=1)
    Scheme.objects.create(name="待识别客户·判别方案", customer_class=CustomerClass.UNIDENTIFIED, plan=plan)
    Customer.objects.filter(pk=one.pk).update(customer_class=CustomerClass.ORDERING)
    begun = run("customer_start_plan", two.pk, boss, {"plan": plan.pk}).value
    run("customer_merge", one.pk, boss, {"other": two.pk})
    begun.refresh_from_db()
    task = Task.objects.get(run=begun)
    assert (begun.state, task.cancelled, task.state) == ("stopped", True, "done")
    assert not Task.objects.filter(about_id=one.pk, kind="scheme", done_at=None).exists()
    run("customer_unmerge", one.pk, boss)
    begun.refresh_from_db()
    task.refresh_from_db()
    assert (begun.state, begun.about_id, task.cancelled, task.done_at) == ("running", two.pk, False, None)


def test_the_dialog_puts_both_side_by_side_and_lets_one_choose(world, browser):
    boss, one, two = pair(world)
    run("customer_update", two.pk, boss, values={"phone": "0512-88886666"}, version=Customer.objects.get(pk=two.pk).version)
    page, there = browser("sam"), f"/customers/{one.pk}/do/customer_merge"
    first = page.get(there).content.decode()
    assert 'name="take.' not in first
    shown = page.post(there, {"other": two.pk}).content.decode()  # the other is named: nothing is merged before the two were looked at
    assert Customer.objects.get(pk=two.pk).merged_into is None
    for text in (one.number, two.number, "0512-62857700", "0512-88886666", "园区 8 号", "林晓彤", 'name="take.phone" value="phone"', "联系人 <b"):
        assert text in shown, text
    assert 'name="take.address"' not in shown  # empty here: it is filled in, there is nothing to choose
    done = page.post(there, {"other": two.pk, "looked": "1", "take.phone": "phone", "take.name": ""}, **{"HTTP_HX-Request": "true"})
    assert done.status_code == 204
    kept = Customer.objects.get(pk=one.pk)
    assert (kept.phone, kept.address, kept.name) == ("0512-88886666", "园区 8 号", one.name)
    said = signing.loads(page.cookies["flash"].value, salt="flash")
    assert said["text"] == f"已合并到“{one.name}”" and said["undo"].startswith("/undo/")
    assert page.post(said["undo"]).status_code in (204, 302)
    kept.refresh_from_db()
    assert (kept.phone, kept.address, Customer.objects.get(pk=two.pk).merged_into) == ("0512-62857700", "", None)


def test_a_field_that_is_none_cannot_be_taken(world):
    boss, one, two = pair(world)
    for name in ("pinyin", "nothing"):
        with pytest.raises(Invalid):
            run("customer_merge", one.pk, boss, {"other": two.pk, "take": [name]})
