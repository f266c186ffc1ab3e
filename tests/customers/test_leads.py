"""Leads: recognised at the door, scored line by line, judged, allocated by rule, never taken by two."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from pellucid.customers import allocation, pools, scoring
from pellucid.customers.actions.scores import rescore
from pellucid.customers.lifecycles import LEAD
from pellucid.customers.models import AllocationRule, Lead, LeadRecall, Pool, PoolMove, ScoreRule
from pellucid.kernel.access.models import Grant, Membership, Proxy, Role
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused
from pellucid.people.models import Staff

pytestmark = pytest.mark.django_db


def lead(world, name="苏州恒力机械", by="mark", door="web", days_ago=0, **values):
    values = {"mobile": f"138{Lead.objects.count():08d}"} | values
    since = timezone.now() - dt.timedelta(days=days_ago)
    return run("lead_create", None, world.actor(by, door), values={"name": name, **values}, valid_at=since if days_ago else None).record


def rule(world, name="华东轮流", **values):
    given = {"name": name, "way": "round", "unit": world.units["east_sales"].pk, **values}
    return run("allocationrule_create", None, world.actor("admin"), values=given).record


def pool(world, kind="lead", **values):
    given = {"name": f"华东公海 {kind}", "kind": kind, "unit": world.units["east"].pk, "keeper": world.users["mona"].pk, **values}
    return run("pool_create", None, world.actor("admin"), values=given).record


def test_every_state_can_be_reached():
    assert LEAD.unreachable() == set()


def test_a_lead_can_be_reached_and_is_recognised(world):
    with pytest.raises(Invalid) as bad:
        run("lead_create", None, world.actor("mark"), values={"name": "甲"})
    assert list(bad.value.errors) == ["mobile"]
    customer = world.customer("苏州恒力机械有限公司", phone="0512-62857700")
    first = lead(world, "恒力机械(苏州)", phone="0512 6285 7700")
    assert first.customer == customer and first.same_as is None
    again = lead(world, "别的名字", mobile=first.mobile)
    assert again.same_as == first
    assert lead(world, "无锡没人认识", mobile="13911112222").customer is None


def test_points_are_explained_line_by_line(world):
    run("scorerule_create", None, world.actor("admin"), values={"name": "网站", "points": 30, "conditions": "f.channel=in:web"})
    run("scorerule_create", None, world.actor("admin"), values={"name": "有预算", "points": 50, "conditions": "f.budget=gte:100000"})
    run("scorerule_create", None, world.actor("admin"), values={"name": "旧", "points": -20, "conditions": "f.received_at=within:over_30_days_ago"})
    made = lead(world, channel="web", budget="200000")
    made.refresh_from_db()
    assert made.score == 80
    assert [(line.rule.name, line.points) for line in scoring.explained(made)] == [("网站", 30), ("有预算", 50), ("旧", 0)]
    Lead.objects.filter(pk=made.pk).update(received_at=timezone.now() - dt.timedelta(days=40))
    assert rescore() == 1
    made.refresh_from_db()
    assert made.score == 60 == sum(line.points for line in scoring.explained(made))


def test_conditions_that_mean_nothing_are_refused(world):
    for text in ("f.nmae=in:1", "f.budget=gte:viel", "hello"):
        with pytest.raises(Invalid) as bad:
            run("scorerule_create", None, world.actor("admin"), values={"name": "x", "points": 1, "conditions": text})
        assert list(bad.value.errors) == ["conditions"], text


def test_judging(world, browser):
    one, two, three = lead(world), lead(world, "乙"), lead(world, "丙")
    run("lead_qualify", one.pk, world.actor("mark"), {"note": "预算已批"})
    run("lead_nurture", two.pk, world.actor("mark"), {"note": "明年再说"})
    with pytest.raises(Invalid):
        run("lead_invalidate", three.pk, world.actor("mark"))
    run("lead_invalidate", three.pk, world.actor("mark"), {"invalid_reason": terms.find("lead_invalid_reason", "no_need")})
    states = dict(Lead.objects.values_list("pk", "state"))
    assert states == {one.pk: "qualified", two.pk: "nurtured", three.pk: "invalid"}
    assert dict(Lead.objects.values_list("pk", "judged_because")) == {one.pk: "预算已批", two.pk: "明年再说", three.pk: ""}
    assert "预算已批" in browser("mark").get(f"/leads/{one.pk}").content.decode()
    with pytest.raises(Refused):
        run("lead_qualify", three.pk, world.actor("mark"))
    run("lead_reopen", three.pk, world.actor("mark"), {"reason": "又来电话了"})
    three.refresh_from_db()
    assert (three.state, three.invalid_reason) == ("new", None)


def test_rules_are_tried_in_order_and_take_turns(world):
    rule(world, "西部", position=1, unit=world.units["west_sales"].pk, conditions=f"f.region=in:{terms.find('region', '510000')}")
    rule(world, "华东", position=2)
    here, there, more = lead(world), lead(world, "成都", region="510000"), lead(world, "丙")
    batch = run_many("lead_allocate", [here.pk, there.pk, more.pk], world.actor("erin"))
    assert sorted(batch.done) == [here.pk, there.pk, more.pk] and not batch.skipped
    owners = {x.pk: x.owner.username for x in Lead.objects.select_related("owner")}
    assert owners[there.pk] == "bob" and {owners[here.pk], owners[more.pk]} == {"alice", "carol"}
    here.refresh_from_db()
    assert here.unit == world.units["east_sales"] and here.branch == world.units["east"] and "华东" in here.allocated_because and here.assigned_at
    last = lead(world, "丁")
    run("lead_allocate", last.pk, world.actor("erin"))
    last.refresh_from_db()
    assert last.owner.username == owners[here.pk], "the third of the east goes to whom the first went"


def test_the_preview_is_what_then_happens(world):
    rule(world, way="weighted")
    Staff.objects.create(user=world.users["alice"], name="林晓彤", unit=world.units["east_sales"], capacity=3)
    Staff.objects.create(user=world.users["carol"], name="陈卓", unit=world.units["east_sales"], capacity=7)
    ids = [lead(world, f"公司{i}").pk for i in range(12)]
    before, _turns = allocation.planned(ids)
    with_reason = {g.lead: (g.user, g.because) for g in before if g.rule}
    run_many("lead_allocate", ids, world.actor("erin"))
    after = {x.pk: (x.owner_id, x.allocated_because) for x in Lead.objects.filter(pk__in=ids, rule__isnull=False)}
    assert after == with_reason
    counts = [sum(1 for user, _why in after.values() if user == world.users[n].pk) for n in ("alice", "carol")]
    assert counts == [3, 7], "free capacity decides how many, and nobody gets more than he can carry"
    assert Lead.objects.filter(pk__in=ids, rule=None).count() == 2


def away(world, name="alice", proxy="bob"):
    """From today until tomorrow somebody is not here."""
    today = days.today()
    return run("absence_create", None, world.actor(name), values={
        "owner": world.users[name].pk, "kind": "leave", "starts_on": today.isoformat(),
        "ends_on": (today + dt.timedelta(days=1)).isoformat(), "proxy": world.users[proxy].pk}).record  # fmt: skip


def test_the_owner_of_the_customer_gets_its_lead_unless_he_is_away(world):
    rule(world, "老客户", position=1, way="owner", unit=None)
    rule(world, "其余", position=2, way="person", person=world.users["carol"].pk, unit=None)
    customer = world.customer("上海大业有限公司", by="alice")
    known = lead(world, "上海大业")
    assert known.customer == customer
    assert [g.user for g in allocation.planned([known.pk])[0]] == [world.users["alice"].pk]
    away(world)
    (given,), turns = allocation.planned([known.pk])
    assert given.user == world.users["carol"].pk
    assert given.passed == ((turns[0].rule.pk, world.users["alice"].pk, "away"),), "and it says who was passed over, and why"


def test_absent_proxied_and_full_people_are_passed_over_and_named(world):
    one = rule(world, way="round", unit=world.units["east_sales"].pk)
    role = Role.objects.get(code="sales")
    for name in ("sally", "mark"):
        Membership.objects.filter(user=world.users[name]).update(unit=world.units["east_sales"])
        Grant.objects.create(user=world.users[name], role=role, unit=world.units["east_sales"])
    Staff.objects.create(user=world.users["sally"], name="史兰", unit=world.units["east_sales"], capacity=0)
    away(world, "mark")
    now = timezone.now()
    Proxy.objects.create(owner=world.users["alice"], proxy=world.users["bob"], resource="lead", starts_at=now, ends_at=now + dt.timedelta(days=1))
    ids = [lead(world, f"公司{i}", by="erin").pk for i in range(3)]
    given, _turns = allocation.planned(ids)
    assert {g.user for g in given} == {world.users["carol"].pk}
    said = {(world.users["alice"].pk, "proxied"), (world.users["mark"].pk, "away"), (world.users["sally"].pk, "full")}
    assert all({(user, why) for rule_id, user, why in g.passed if rule_id == one.pk} == said for g in given)


def test_leads_that_come_by_themselves_find_somebody(world):
    rule(world, way="person", person=world.users["carol"].pk)
    assert lead(world, "接口", door="api").pk and Lead.objects.get(name="接口").owner == world.users["carol"]
    assert lead(world, "手录").owner == world.users["mark"]


def test_one_takes_and_the_other_is_told(world):
    sea, made = pool(world, daily_limit=2, held_limit=2), lead(world)
    run("lead_return", made.pk, world.actor("mark"), {"pool": sea.pk, "reason": "没时间"})
    made.refresh_from_db()
    assert (made.pool, made.owner, made.unit) == (sea, world.users["mona"], world.units["east"])
    with pytest.raises(Missing):
        run("lead_take", made.pk, world.actor("bob"))
    with pytest.raises(Refused) as cold:
        run("lead_take", made.pk, world.actor("mark"))
    assert "不久前" in str(cold.value)
    run("lead_take", made.pk, world.actor("alice"))
    made.refresh_from_db()
    assert (made.pool, made.owner, made.unit) == (None, world.users["alice"], world.units["east_sales"])
    with pytest.raises(Refused):
        run("lead_take", made.pk, world.actor("carol"))
    assert list(PoolMove.objects.order_by("id").values_list("kind", "user__username")) == [("returned", "mark"), ("taken", "alice")]


def test_limits_of_a_pool(world):
    sea = pool(world, daily_limit=2, held_limit=3, cooldown_days=0)
    ids = [lead(world, f"公司{i}").pk for i in range(4)]
    run_many("lead_return", ids, world.actor("mark"), {"pool": sea.pk, "reason": "批量"})
    for pk in ids[:2]:
        run("lead_take", pk, world.actor("alice"))
    with pytest.raises(Refused) as limit:
        run("lead_take", ids[2], world.actor("alice"))
    assert "2" in str(limit.value)
    run("lead_take", ids[2], world.actor("carol"))


def test_given_by_hand_it_waits_no_more(world):
    sea, made = pool(world), lead(world)
    run("lead_return", made.pk, world.actor("mark"), {"pool": sea.pk, "reason": "x"})
    run("lead_reassign", made.pk, world.actor("mona"), {"owner": world.users["alice"].pk})
    made.refresh_from_db()
    assert made.pool is None and PoolMove.objects.filter(kind="assigned", user=world.users["alice"]).count() == 1


def test_silence_sends_a_lead_back(world):
    sea = pool(world)
    run("leadrecall_create", None, world.actor("admin"),
        values={"name": "七天", "pool": sea.pk, "quiet_days": 7, "active": True, "conditions": "f.state=in:new"})
    quiet, told, kept = (lead(world, name, by="alice", days_ago=9) for name in ("安静", "说过", "保留"))
    run("leadfollowup_create", None, world.actor("alice"), values={"lead": told.pk, "text": "谈了"})
    run("lead_keep", kept.pk, world.actor("sam"), {"until": (days.today() + dt.timedelta(days=30)).isoformat(), "reason": "招标中"})
    assert [d.record_id for d in pools.due_back("lead")] == [quiet.pk]
    told.refresh_from_db()
    assert told.told == 1 and pools.countdown(told).on == days.today() + dt.timedelta(days=8)
    from pellucid.customers.jobs import recall_due

    assert recall_due() == {"lead": 1, "customer": 0} and recall_due() == {"lead": 0, "customer": 0}
    quiet.refresh_from_db()
    assert quiet.pool == sea and PoolMove.objects.get().kind == "recalled"
    LeadRecall.objects.update(active=False)
    assert pools.due_back("lead", ahead=999) == []


def test_rules_belong_to_those_who_run_the_company(world):
    for who in ("alice", "sally"):
        with pytest.raises(Forbidden):
            run("pool_create", None, world.actor(who), values={"name": "x"})
        with pytest.raises(Forbidden):
            run("scorerule_create", None, world.actor(who), values={"name": "x", "points": 1})
    assert not AllocationRule.objects.exists() and not Pool.objects.exists() and not ScoreRule.objects.exists()


def test_the_workbench_of_marketing_tells_what_came_and_what_waits(world):
    from pellucid.customers import lead_home

    fair, form = terms.find("origin", "fair"), terms.find("origin", "form")
    one, two = lead(world, "甲", origin=fair), lead(world, "乙", origin=fair)
    lead(world, "丙", origin=form)
    run("lead_qualify", one.pk, world.actor("mark"))
    facts = lead_home.strip(world.actor("mark"), {})["facts"]
    assert [f["value"] for f in facts] == ["3", "1", "100.0%", "2"]
    shown = lead_home.waiting(world.actor("mark"), {})
    assert [r["label"] for r in shown["rows"]] == ["乙", "丙"] and shown["note"] == "2"
    assert shown["rows"][0]["href"] == f"/leads/{two.pk}"
    assert [(r["share"], r["amount"], r["count"]) for r in lead_home.origins(world.actor("mark"), {})["rows"]] == [(100, "2", "1"), (50, "1", "0")]
    assert lead_home.strip(world.actor("bob"), {})["facts"] == [] and lead_home.waiting(world.actor("bob"), {}) is None


def test_what_waits_to_be_judged_is_counted_as_of_a_day(world):
    """Two wait since two months ago, one of them is judged today: there were two then, there is one less now, whatever came in this month."""
    from pellucid.customers import lead_home

    then = timezone.now() - dt.timedelta(days=60)
    one, _two = (run("lead_create", None, world.actor("mark"), values={"name": name, "mobile": f"1380000000{n}"}, valid_at=then).record
                 for n, name in enumerate("甲乙"))  # fmt: skip
    lead(world, "丙")
    waits = lead_home.strip(world.actor("mark"), {})["facts"][-1]
    assert (waits["label"], waits["value"], waits["note"], waits["spark"]) == ("待判别", "3", "较上期同期 +1", [])
    run("lead_qualify", one.pk, world.actor("mark"))
    waits = lead_home.strip(world.actor("mark"), {})["facts"][-1]
    assert (waits["value"], waits["note"]) == ("2", "较上期同期 +0")
