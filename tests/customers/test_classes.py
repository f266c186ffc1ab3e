"""Classes that follow from what happened, and back from what did not; schemes that are started, carried through, left."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest
from django.db import transaction
from django.utils import timezone

from pellucid.collaboration.models import PlanRun, PlanStep, Task
from pellucid.collaboration.plan_pages import steps_of
from pellucid.collaboration.selectors import plans
from pellucid.customers import characteristics
from pellucid.customers.actions import schemes
from pellucid.customers.actions.classes import falls, happened, rises
from pellucid.customers.jobs import fall_due
from pellucid.customers.models import ClassFall, ClassRise, Customer
from pellucid.customers.pages import guide
from pellucid.customers.scheme_pages import page
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin, run, scoped, show_for
from pellucid.kernel.events.bus import deliver
from pellucid.kernel.events.models import Event
from pellucid.kernel.history.selectors import periods
from pellucid.kernel.metrics.intervals import wilson
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.records.errors import Invalid, Refused

pytestmark = pytest.mark.django_db
APART = pytest.mark.django_db(transaction=True)


def fresh(customer):
    return Customer.objects.get(pk=customer.pk)


def deal(world, customer, **values):
    return run("opportunity_create", None, world.actor("alice"), values={"name": "改造", "customer": customer.pk, "amount": "10000", **values}).record


def test_what_happens_raises_a_customer_and_the_record_says_why(world):
    customer = world.customer("甲")
    one = deal(world, customer)
    assert fresh(customer).customer_class == 3
    event = Event.objects.get(name="customer.rose")
    assert (event.record_id, event.payload["customer_class"], event.reason) == (customer.pk, 3, "新开了商机")
    run("opportunity_update", one.pk, world.actor("alice"), values={"expected_on": "2027-01-01"}, version=one.version)
    run("opportunity_win", one.pk, world.actor("alice"))
    assert fresh(customer).customer_class == 4 and "改造" in Event.objects.filter(name="customer.rose").latest("id").reason


def test_an_administrator_says_what_raises_to_what(world):
    rule = ClassRise.objects.get(happening="opportunity_opened")
    run("classrise_update", rule.pk, world.actor("admin"), values={"active": "0"}, version=rule.version)
    assert "opportunity_opened" not in rises()
    customer = world.customer("甲")
    deal(world, customer)
    assert fresh(customer).customer_class == 1
    with pytest.raises(Invalid):
        run("classrise_create", None, world.actor("admin"), values={"happening": "opportunity_won", "customer_class": 5})


def test_a_lead_judged_good_raises_its_customer(world):
    customer = world.customer("甲")
    lead = run("lead_create", None, world.actor("alice"), values={"name": "甲", "mobile": "13800138000"}).record
    type(lead)._base_manager.filter(pk=lead.pk).update(customer=customer)
    run("lead_qualify", lead.pk, world.actor("alice"))
    deliver(500)
    assert fresh(customer).customer_class == 2


def test_the_record_says_what_would_raise_it(world):
    customer = world.customer("甲", industry=terms.dictionaries()["industry"][0].code, origin="fair")
    run("customer_set_class", customer.pk, world.actor("alice"), {"customer_class": 2, "reason": "有需求"})
    said = guide(fresh(customer), world.actor("alice"))
    assert said["text"].startswith("以下情况自动升级：新开商机、赢得商机") and said["warn"] == "地区、级别"


@APART
def test_who_has_no_deal_for_long_falls_back(world, browser):
    """Four customers for whom the rule is asked on the same day: idle for seven months, idle for five, with an open deal, with a late loss."""
    now, rows = timezone.now(), []
    for n, ago in enumerate((220, 150, 220, 220)):
        since = now - dt.timedelta(days=ago)
        rows.append(Customer(id=reserve(Customer, 1)[0], name=f"客户{n}", customer_class=3, class_since=since, created_at=since,
                             owner=world.users["alice"], unit=world.units["east_sales"], branch=world.units["east"]))  # fmt: skip
    with transaction.atomic():
        begin(Actor.system("demo"), valid_by="created_at")
        copy(Customer, [row_of(r) for r in rows])
    idle, late, busy, lost = rows
    deal(world, busy)
    today = days.today()
    gone = deal(world, lost, opened_on=(today - dt.timedelta(days=200)).isoformat())
    run("opportunity_lose", gone.pk, world.actor("alice"), {"loss_reason": "price", "closed_on": (today - dt.timedelta(days=100)).isoformat()})
    assert [d.customer_id for d in falls()] == [idle.pk]
    with pytest.raises(Refused):
        run("customer_fall", late.pk, Actor.system("rule"), {"customer_class": 2, "reason": "x"})
    with pytest.raises(Refused):
        run("customer_fall", idle.pk, world.actor("alice"), {"customer_class": 2, "reason": "x"})
    assert fall_due() == 1 and fall_due() == 0
    assert [Customer.objects.get(pk=r.pk).customer_class for r in rows] == [2, 3, 3, 3]
    assert [p.value for p in periods(Customer, idle.pk, "customer_class")] == [3, 2], "the past keeps what it was"
    why = Event.objects.get(name="customer.fell").reason
    assert "6" in why and browser("alice").get(f"/customers/{idle.pk}").content.decode().count(why) == 1, "said once on the record"
    ClassFall.objects.update(active=False)
    assert falls() == []


@pytest.fixture
def nurture(world):
    """A scheme for potential customers of level A that starts by itself: two steps, until there is an opportunity."""
    values = {"name": "A 类培育", "customer_class": 2, "goal_class": 3, "by_rule": "1",
              "conditions": f"f.level=in:{terms.find('customer_level', 'A')}"}  # fmt: skip
    scheme = run("scheme_create", None, world.actor("admin"), values=values).record
    for name, n in (("寄样本", 2), ("邀请参观", 10)):
        run("planstep_create", None, world.actor("admin"), values={"plan": scheme.plan_id, "name": name, "days": n})
    return scheme


def test_a_scheme_starts_by_itself_for_those_it_is_for(world, nurture):
    industry = terms.dictionaries()["industry"][0].code
    wanted = world.customer("甲", level="A", industry=industry, origin="fair")
    other = world.customer("乙", level="B", industry=industry, origin="fair")
    assert schemes.start_due() == 0, "neither is potential yet"
    for customer in (wanted, other):
        run("customer_set_class", customer.pk, world.actor("alice"), {"customer_class": 2, "reason": "有需求"})
    deliver(500)
    assert list(PlanRun.objects.values_list("about_id", "state")) == [(wanted.pk, "running")]
    assert list(Task.objects.order_by("due_at").values_list("name", "owner__username", "kind")) == [
        ("寄样本", "alice", "scheme"), ("邀请参观", "alice", "scheme")]  # fmt: skip
    assert schemes.start_due() == 0
    run("planrun_stop", PlanRun.objects.get().pk, world.actor("alice"), {"reason": "暂不合适"})
    assert schemes.start_due() == 0, "who has left it is not pressed into it again"


def test_the_dialog_begins_with_the_scheme_that_is_for_the_customer(world, nurture, browser):
    run("scheme_create", None, world.actor("admin"), values={"name": "用户关怀", "customer_class": 5})
    general = run("scheme_create", None, world.actor("admin"), values={"name": "经营"}).record
    one = world.customer("甲", level="A", industry=terms.dictionaries()["industry"][0].code, origin="fair")
    assert schemes.proposed(fresh(one)) == general.plan_id, "what is for any, where there is none for the class"
    run("customer_set_class", one.pk, world.actor("alice"), {"customer_class": 2, "reason": "有需求"})
    assert schemes.proposed(fresh(one)) == nurture.plan_id
    dialog = browser("alice").get(f"/customers/{one.pk}/do/customer_start_plan").content.decode()
    assert re.search(rf'<option value="{nurture.plan_id}"[^>]* selected', dialog)
    run("customer_start_plan", one.pk, world.actor("alice"), {"plan": nurture.plan_id})
    assert schemes.proposed(fresh(one)) == general.plan_id, "not what is under way"


def test_those_who_were_there_before_are_not_flooded(world):
    industry = terms.dictionaries()["industry"][0].code
    old = world.customer("甲", level="A", industry=industry, origin="fair")
    run("customer_set_class", old.pk, world.actor("alice"), {"customer_class": 2, "reason": "有需求"})
    scheme = run("scheme_create", None, world.actor("admin"), values={"name": "培育", "customer_class": 2, "by_rule": "1"}).record
    PlanStep.objects.create(plan_id=scheme.plan_id, name="寄样本")
    assert schemes.start_due() == 0
    run("customer_start_plan", old.pk, world.actor("alice"), {"plan": scheme.plan_id})
    assert PlanRun.objects.count() == 1, "by hand it starts for anybody"


def test_who_rises_reached_it_and_who_falls_dropped_out(world, nurture):
    one, other = (world.customer(n, level="A", industry=terms.dictionaries()["industry"][0].code, origin="fair") for n in ("甲", "乙"))
    for customer in (one, other):
        run("customer_set_class", customer.pk, world.actor("alice"), {"customer_class": 2, "reason": "有需求"})
    deliver(500)
    deal(world, one)
    run("customer_set_class", other.pk, world.actor("alice"), {"customer_class": 1, "reason": "信息有误"})
    assert dict(PlanRun.objects.values_list("about_id", "state")) == {one.pk: "reached", other.pk: "stopped"}
    assert not Task.objects.filter(kind="scheme", done_at=None).exists(), "what was still to do is cancelled"
    shown = steps_of(nurture, world.actor("sam"))
    assert [f["value"] for f in shown["figures"]] == ["2", "0", "0", "1", "1"] and shown["steps"][0]["dropped"] == 1


def test_who_sees_the_customers_sees_how_far_a_scheme_carries_them(world, nurture):
    """Marketing looks after schemes: the runs of colleagues' customers in its reach count, those of another branch do not."""
    here, there = world.customer("甲"), world.customer("乙", by="bob")
    for one, who in ((here, "alice"), (there, "bob")):
        run("customer_start_plan", one.pk, world.actor(who), {"plan": nurture.plan_id})
    mark = world.actor("mark")
    assert scoped(Customer, mark).filter(pk__in=(here.pk, there.pk)).count() == 1 and not scoped(PlanRun, mark).exists()
    assert [r.about_id for r in plans.runs_of_plan(nurture.plan_id, mark)] == [here.pk]
    assert plans.states(nurture.plan, mark) == {"running": 1} and plans.states(nurture.plan, world.actor("erin")) == {"running": 2}


def test_a_scheme_and_its_plan_agree(world, nurture):
    run("scheme_update", nurture.pk, world.actor("admin"), values={"name": "重点培育", "active": "0"}, version=nurture.version)
    nurture.plan.refresh_from_db()
    assert (nurture.plan.name, nurture.plan.active) == ("重点培育", False)
    with pytest.raises(Invalid):
        run("scheme_create", None, world.actor("admin"), values={"name": "x", "customer_class": 3, "goal_class": 2})


def test_what_a_class_has_in_common_is_counted_exactly(world):
    """Of 40 customers 12 are potential, 9 of those from fairs; among all it is 15 of 40."""
    for n in range(40):
        origin = "fair" if n < 9 or 12 <= n < 18 else "cold"
        made = world.customer(f"客户{n:02}", origin=origin, needs="产线改造,备件" if n < 3 else "")
        Customer._base_manager.filter(pk=made.pk).update(customer_class=2 if n < 12 else 1)
    world.customer("西部客户", by="bob", origin="fair")
    sam = world.actor("sam")
    found = {d.name: d for d in characteristics.characteristics(2, sam, show_for(sam))}
    fair = next(v for v in found["origin"].values if v.value == terms.find("origin", "fair"))
    assert (fair.here, fair.everywhere, fair.share, fair.share_of_all) == (9, 15, 0.75, 0.375)
    assert fair.stands_out and fair.times == 2.0 and wilson(9, 12)[0] > 0.375
    cold = next(v for v in found["origin"].values if v.value == terms.find("origin", "cold"))
    assert (cold.here, cold.everywhere, cold.stands_out) == (3, 25, False)
    assert [(v.here, v.everywhere, v.stands_out) for v in found["needs"].values] == [(3, 3, False), (3, 3, False)], "three say nothing yet"
    assert next(iter(found)) == "origin", "the most telling dimension comes first"
    shown = page(sam, {"class": "2"})
    assert shown["size"] == "12" and [t["label"] for t in shown["traits"]] == ["展会"]


@pytest.mark.parametrize(("hits", "n", "low", "high"), [(0, 10, 0.0, 0.27753), (10, 10, 0.72247, 1.0), (9, 12, 0.46769, 0.91106),
                                                        (50, 100, 0.40383, 0.59617), (0, 0, 0.0, 1.0)])  # fmt: skip
def test_wilson_intervals(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


def test_a_rise_says_in_whose_name_it_came_about(world):
    firm = world.customer("甲公司")
    proxy = replace(world.actor("carol"), on_behalf_of=world.users["alice"].pk)
    with transaction.atomic():
        begin(proxy)
        happened("opportunity_won", {firm.pk}, actor=proxy, at=timezone.now(), reason="成交")
    event = Event.objects.get(name="customer.rose", record_id=firm.pk)
    assert (event.actor_id, event.on_behalf_of) == (world.users["carol"].pk, world.users["alice"].pk)
