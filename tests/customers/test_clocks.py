"""The clock of leads and customers: it starts with who receives one, runs in working minutes, and reminds, tells and recalls once."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from pellucid.collaboration.actions.tasks import copies_agree
from pellucid.collaboration.models import Task
from pellucid.customers import pool_pages
from pellucid.customers.jobs import watch_clocks
from pellucid.customers.models import Customer, Lead, PoolMove
from pellucid.kernel.access import calendars
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.resources.fields import specs
from pellucid.people.models import Staff

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


def lead(world, by="alice", door="web", **values):
    return run("lead_create", None, world.actor(by, door), values={"name": "太仓恒力精工", "mobile": "13812345678", **values}).record


def late(one: Lead | Customer, minutes: int) -> Lead | Customer:
    """As if its clock had run out so many working minutes ago."""
    due, model = calendars.due(one.unit_id, timezone.now(), -minutes), type(one)
    model.objects.filter(pk=one.pk).update(plan_due_at=due, plan_since=due - dt.timedelta(days=3))
    return model.objects.get(pk=one.pk)


def test_it_starts_with_who_receives_it_in_working_minutes(world):
    one = Lead.objects.get(pk=lead(world).pk)
    assert one.plan_due_at == calendars.due(one.unit_id, one.plan_since, 480) and one.plan_by == one.plan_due_at
    first = one.plan_since
    run("lead_reassign", one.pk, world.actor("sam"), {"owner": world.users["carol"].pk})
    again = Lead.objects.get(pk=one.pk)
    assert again.plan_since > first and again.plan_warned_at is None
    assert Lead.objects.get(pk=lead(world, by="admin", door="import", name="旧的").pk).plan_due_at is None, "what is old starts no clock"
    run("setting_set", None, world.actor("admin"), values={"leads.plan_minutes": 0})
    assert Lead.objects.get(pk=lead(world, name="没有时限").pk).plan_due_at is None


@pytest.mark.parametrize("what", ["step", "told", "settled", "pool"])
def test_a_plan_or_a_contact_stops_it(world, what):
    one = lead(world)
    match what:
        case "step":
            run("lead_next_step", one.pk, world.actor("alice"), {"text": "回电", "at": timezone.now() + dt.timedelta(days=1)})
        case "told":
            run("leadfollowup_create", None, world.actor("alice"), values={"lead": one.pk, "text": "通了电话", "kind": "call"})
        case "settled":
            run("lead_invalidate", one.pk, world.actor("alice"), {"invalid_reason": reason()})
        case "pool":
            run("lead_return", one.pk, world.actor("alice"), {"pool": pool(world).pk, "reason": "不是我的"})
    assert Lead.objects.get(pk=one.pk).plan_by.year == 9999
    late(one, 5000)
    assert watch_clocks() == {"reminded": 0, "told": 0, "recalled": 0}


def reason() -> int:
    return terms.find("lead_invalid_reason", "no_need")


def pool(world):
    return run("pool_create", None, world.actor("admin"), values={"name": "华东公海", "kind": "lead", "unit": world.units["east"].pk,
                                                                  "keeper": world.users["mona"].pk}).record  # fmt: skip


def test_the_owner_is_reminded_and_his_manager_told_once(world):
    Staff.objects.create(user=world.users["alice"], name="林晓彤", unit=world.units["east_sales"], manager=world.users["sam"])
    one = lead(world)
    due = calendars.due(one.unit_id, timezone.now(), 30)
    Lead.objects.filter(pk=one.pk).update(plan_due_at=due)
    assert watch_clocks() == {"reminded": 1, "told": 0, "recalled": 0}
    late(one, 10)
    assert watch_clocks() == {"reminded": 0, "told": 1, "recalled": 0}
    assert watch_clocks() == {"reminded": 0, "told": 0, "recalled": 0}, "each once"
    assert list(Notice.objects.order_by("id").values_list("user__username", "kind")) == [("alice", "lead.plan_due"), ("sam", "lead.plan_late")]


def test_what_is_left_too_long_goes_back(world):
    sea, one, kept = pool(world), lead(world), lead(world, name="招标中")
    run("lead_keep", kept.pk, world.actor("sam"), {"until": (days.today() + dt.timedelta(days=30)).isoformat(), "reason": "招标"})
    for each in (one, kept):
        late(each, 600)
    assert watch_clocks()["recalled"] == 0, "unless the company says so"
    run("setting_set", None, world.actor("admin"), values={"leads.plan_recall": 480})
    assert watch_clocks()["recalled"] == 1
    one.refresh_from_db()
    assert one.pool == sea and PoolMove.objects.get(record_id=one.pk).kind == "recalled" and Lead.objects.get(pk=kept.pk).pool is None
    with pytest.raises(Refused):
        run("lead_recall_unplanned", kept.pk, world.actor("erin"))


def test_what_is_left_is_said_in_words(world, browser):
    spec = specs("lead")["plan_due_at"]
    now = dt.datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
    show = show_for(world.actor("alice"))
    show = type(show)(language="zh-hans", zone=SHANGHAI, now=now, today=now.date())
    said = {n: spec.kind.words(spec, (calendars.due(None, now, n),) * 2, show) for n in (38, 112, 445, -42)}
    assert said == {38: "38 分", 112: "1 小时 52 分", 445: "7 小时 25 分", -42: "已超时 42 分"}
    far = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
    assert spec.kind.words(spec, (now, far), show) == "已响应" and spec.kind.words(spec, (None, far), show) == ""
    one = lead(world)
    late(one, 42)
    page = browser("alice").get("/leads/?view=mine&sort=plan_due").content.decode()
    assert "已超时" in page
    assert one.name in browser("alice").get("/leads/?view=late").content.decode()


# ------------------------------------------------------------------------------------------------ customers
def customer_pool(world):
    return run("pool_create", None, world.actor("admin"), values={"name": "客户公海", "kind": "customer", "unit": world.units["east"].pk,
                                                                  "keeper": world.users["mona"].pk}).record  # fmt: skip


def transferred(world, one):
    made = run("transfer_create", None, world.actor("admin"), values={"owner": world.users["alice"].pk, "kind": "change"}).record
    run("transferline_create", None, world.actor("admin"), values={"transfer": made.pk, "rule": "person", "receiver": world.users["carol"].pk})
    run("transfer_run", made.pk, world.actor("admin"))


@pytest.mark.parametrize("way", ["assigned", "taken", "transferred"])
def test_whoever_receives_a_customer_has_to_plan_in_time(world, way):
    one = world.customer("太仓恒力精工")
    assert Customer.objects.get(pk=one.pk).plan_due_at is None, "what somebody enters for himself he has at hand"
    match way:
        case "assigned":
            run("customer_reassign", one.pk, world.actor("sam"), {"owner": world.users["carol"].pk})
        case "taken":
            run("customer_return", one.pk, world.actor("alice"), {"pool": customer_pool(world).pk, "reason": "换区域"})
            assert Customer.objects.get(pk=one.pk).plan_by.year == 9999, "in a pool no clock runs"
            run("customer_take", one.pk, world.actor("carol"))
        case "transferred":
            transferred(world, one)
    one = Customer.objects.get(pk=one.pk)
    assert one.owner == world.users["carol"] and one.plan_due_at == calendars.due(one.unit_id, one.plan_since, 960) == one.plan_by
    run("customer_next_step", one.pk, world.actor("carol"), {"text": "拜访", "at": timezone.now() + dt.timedelta(days=1)})
    assert Customer.objects.get(pk=one.pk).plan_by.year == 9999


def test_customers_are_watched_like_leads_and_those_who_ordered_stay(world):
    Staff.objects.create(user=world.users["carol"], name="陈卓", unit=world.units["east_sales"], manager=world.users["sam"])
    sea, one, two = customer_pool(world), world.customer("太仓恒力精工"), world.customer("常熟锐进")
    for each in (one, two):
        run("customer_reassign", each.pk, world.actor("sam"), {"owner": world.users["carol"].pk})
        late(each, 600)
    Customer.objects.filter(pk=two.pk).update(customer_class=4)
    assert watch_clocks() == {"reminded": 2, "told": 2, "recalled": 0}
    kinds = list(Notice.objects.filter(kind__startswith="customer.plan").order_by("id").values_list("user__username", "kind"))
    assert kinds == [("carol", "customer.plan_due")] * 2 + [("sam", "customer.plan_late")] * 2
    run("setting_set", None, world.actor("admin"), values={"customers.plan_recall": 480})
    assert watch_clocks() == {"reminded": 0, "told": 0, "recalled": 1}
    assert Customer.objects.get(pk=one.pk).pool == sea and Customer.objects.get(pk=two.pk).pool is None, "an order is no prize for the fastest"
    assert PoolMove.objects.get(record_id=one.pk, resource="customer").kind == "recalled"


def test_the_record_says_when_it_goes_back(world):
    run("setting_set", None, world.actor("admin"), values={"leads.plan_recall": 480})
    pool(world)
    one = Lead.objects.get(pk=lead(world).pk)
    said = pool_pages.goes_back(one, world.actor("alice"))
    assert "华东公海" in said["lead"] and said["warn"] == "未按时制定跟进计划" and said["act"]["dialog"].endswith("lead_next_step")
    run("lead_next_step", one.pk, world.actor("alice"), {"text": "回电", "at": timezone.now() + dt.timedelta(days=1)})
    assert pool_pages.goes_back(Lead.objects.get(pk=one.pk), world.actor("alice")) is None


# ------------------------------------------------------------------------------------------------ what was planned before
def step_of(key, one):
    return Task.objects.get(about_resource=key, about_id=one.pk, kind="next_step", done_at=None)


@pytest.mark.parametrize("way", ["assigned", "many", "edited", "transferred"])
def test_what_was_planned_comes_along_and_is_no_plan_of_the_new_owner(world, way):
    one, carol = world.customer("太仓恒力精工"), world.users["carol"]
    at = timezone.now() + dt.timedelta(days=1)
    run("customer_next_step", one.pk, world.actor("alice"), {"text": "拜访", "at": at})
    match way:
        case "assigned":
            run("customer_reassign", one.pk, world.actor("sam"), {"owner": carol.pk})
        case "many":
            run_many("customer_reassign", [one.pk], world.actor("sam"), {"owner": carol.pk})
        case "edited":
            run("customer_update", one.pk, world.actor("sam"), values={"note": "先不动"}, version=Customer.objects.get(pk=one.pk).version)
            assert step_of("customer", one).owner == world.users["alice"], "only an owner's change moves it"
            run("customer_reassign", one.pk, world.actor("sam"), {"owner": carol.pk})
        case "transferred":
            transferred(world, one)
    one, step = Customer.objects.get(pk=one.pk), step_of("customer", one)
    assert (step.owner, step.unit_id, step.branch_id) == (carol, one.unit_id, one.branch_id)
    assert (one.next_step, one.next_step_at, one.plan_by) == ("拜访", at, one.plan_due_at), "it is kept, and the clock runs"
    assert copies_agree() == []
    run("customer_next_step", one.pk, world.actor("carol"), {"text": "拜访", "at": at})
    assert Customer.objects.get(pk=one.pk).plan_by.year == 9999, "carol says so, too"
    run("customer_reassign", one.pk, world.actor("sam"), {"owner": world.users["alice"].pk})
    assert Customer.objects.get(pk=one.pk).plan_by.year != 9999
    run("task_postpone", step.pk, world.actor("alice"), {"due_at": at + dt.timedelta(days=1)})
    assert Customer.objects.get(pk=one.pk).plan_by.year == 9999


@pytest.mark.parametrize("key", ["lead", "customer"])
def test_in_a_pool_nobody_has_anything_planned(world, key):
    one, sea = (lead(world), pool(world)) if key == "lead" else (world.customer("太仓恒力精工"), customer_pool(world))
    run(f"{key}_next_step", one.pk, world.actor("alice"), {"text": "回电", "at": timezone.now() + dt.timedelta(days=1)})
    step = step_of(key, one)
    run(f"{key}_return", one.pk, world.actor("alice"), {"pool": sea.pk, "reason": "换区域"})
    step.refresh_from_db()
    assert (step.owner, step.cancelled, step.state, step.result) == (world.users["alice"], True, "done", "换区域")
    one = type(one).objects.get(pk=one.pk)
    assert (one.next_step, one.next_step_at) == ("", None) and copies_agree() == []
    run(f"{key}_take", one.pk, world.actor("carol"))
    one = type(one).objects.get(pk=one.pk)
    assert one.plan_by == one.plan_due_at, "her clock runs"
