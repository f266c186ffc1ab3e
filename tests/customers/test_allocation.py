"""Allocation foreseen: on random worlds the preview is what then happens, to every lead, with the same words; the page says it."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from django.utils import timezone

from pellucid.customers import allocation, allocation_pages
from pellucid.customers.actions.sharing import foreseen
from pellucid.customers.models import AllocationRule, Customer, Lead, Pool
from pellucid.kernel.access import directory
from pellucid.kernel.access.models import Grant, Membership, Proxy, Role, User
from pellucid.kernel.actions.many import in_order, run_many
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.errors import Refused
from pellucid.people.models import Absence, Staff
from tests.counts import count

pytestmark = pytest.mark.django_db
WORLDS = count(12, 400)
WAYS = ("round", "least", "weighted", "head", "person", "owner", "pool")


def crew(world, chance, size=6):
    """More colleagues who sell in the east, with a capacity or none."""
    role, out = Role.objects.get(code="sales"), []
    for n in range(size):
        user = User(username=f"s{n}", name=f"销售{n}")
        user.set_unusable_password()
        user.save()
        unit = world.units[chance.choice(("east_sales", "east_team", "west_sales"))]
        Membership.objects.create(user=user, unit=unit, starts_on=dt.date(2024, 1, 1))
        Grant.objects.create(user=user, role=role, unit=unit)
        out.append(Staff.objects.create(user=user, name=user.name, unit=unit, capacity=chance.choice((None, 0, 3, 8, 20))))
    return out


def random_rules(world, chance, people, pools):
    """A new set of rules, some of them out of use."""
    AllocationRule.objects.all().delete()
    regions = [terms.find("region", code) for code in ("320500", "510000")]
    for n in range(chance.randint(1, 7)):
        conditions = chance.choice(("", f"f.region=in:{regions[0]}", f"f.region=in:{regions[1]}", "f.budget=gte:100000", "f.state=in:qualified"))
        AllocationRule.objects.create(
            name=f"规则{n}", position=chance.randint(1, 5), conditions=conditions, way=chance.choice(WAYS), active=chance.random() < 0.85,
            person=chance.choice(people).user, unit=world.units[chance.choice(("east", "east_sales", "west"))], pool=chance.choice(pools),
            role=chance.choice(("sales", "sales_manager")), last_user=chance.choice([None, *(p.user for p in people)]))  # fmt: skip


def random_people(world, chance, people):
    """Some are away, some are stood in for, one has left, and what they can carry changes."""
    now, today = timezone.now(), days.today()
    Absence.objects.all().delete()
    Proxy.objects.all().delete()
    for staff in people:
        Staff.objects.filter(pk=staff.pk).update(capacity=chance.choice((None, 0, 3, 8, 20)))
        User.objects.filter(pk=staff.user_id).update(is_active=chance.random() < 0.9)
        other = chance.choice([p for p in people if p != staff])
        if chance.random() < 0.2:
            Absence.objects.create(owner=staff.user, proxy=other.user, unit=staff.unit, branch=world.units["east"], kind="leave",
                                   starts_on=today, ends_on=today)  # fmt: skip
        elif chance.random() < 0.3:
            Proxy.objects.create(owner=staff.user, proxy=other.user, resource=chance.choice(("", "lead", "task")),
                                 starts_at=now - dt.timedelta(days=1), ends_at=now + dt.timedelta(days=1))  # fmt: skip


def random_leads(world, chance, people, pools, customers):
    """Leads of all sorts: of customers, in pools, in somebody's hands, settled."""
    rows = []
    for n in range(chance.randint(1, 25)):
        user = chance.choice(people).user
        home = directory.home_of(user.pk) or world.units["east"].pk
        state = chance.choice(("new", "new", "qualified", "nurtured", "invalid"))
        rows.append(Lead(
            name=f"公司{n}", number=f"XS-{Lead.objects.count() + n}-{chance.random()}"[:40], owner=user, unit_id=home, branch=world.units["east"],
            state=state, invalid_reason_id=terms.find("lead_invalid_reason", "no_need") if state == "invalid" else None,
            pool=chance.choice((None, None, *pools)) if state != "invalid" else None, customer=chance.choice((None, None, *customers)),
            region_id=chance.choice((None, terms.find("region", "320500"), terms.find("region", "510000"))),
            budget=chance.choice((None, 50_000, 200_000))))  # fmt: skip
    return [lead.pk for lead in Lead.objects.bulk_create(rows)]


def test_the_preview_is_what_then_happens_on_random_worlds(world):
    chance = random.Random(20261128)
    people = crew(world, chance)
    pools = [Pool.objects.create(name=f"公海{n}", kind="lead", unit=world.units["east"], keeper=world.users["mona"]) for n in range(2)]
    customers = [world.customer(f"客户{n}有限公司", by="alice") for n in range(3)]
    seen = set()
    for n in range(WORLDS):
        random_rules(world, chance, people, pools)
        random_people(world, chance, people)
        for customer in customers:
            Customer.objects.filter(pk=customer.pk).update(owner=chance.choice(people).user, pool=None)
        ids = random_leads(world, chance, people, pools, customers)
        chance.shuffle(ids)
        actor = world.actor(chance.choice(("erin", "admin", "sam")))
        before = dict(Lead.objects.filter(pk__in=ids).values_list("pk", "owner"))
        can = [pk for pk in in_order("lead_allocate", ids, actor) if Lead.objects.filter(pk=pk).exclude(state="invalid").exists()]
        if actor.user_id == world.users["sam"].pk:
            can = [pk for pk in can if Lead.objects.get(pk=pk).unit_id in (world.units["east_sales"].pk, world.units["east_team"].pk)]
        loads, ways = allocation.bearers([p.user_id for p in people]), dict(AllocationRule.objects.values_list("pk", "way"))
        said = {g.lead: g for g in allocation.planned(can)[0]}
        table = foreseen(ids, actor, {})
        batch = run_many("lead_allocate", ids, actor, chunk=500)
        assert sum(row[1] for row in table) == len(can)
        for lead in Lead.objects.filter(pk__in=ids).select_related("pool"):
            g = said.get(lead.pk)
            if g is None or g.rule is None:
                assert lead.owner_id == before[lead.pk] and lead.rule_id is None and lead.pk not in batch.done, n
                continue
            owner = lead.pool.keeper_id if g.pool else g.user
            assert (lead.owner_id, lead.pool_id, lead.rule_id, lead.allocated_because) == (owner, g.pool, g.rule, g.because), n
            gone = allocation.absent()
            assert g.pool or g.user not in gone, "nobody who is not here gets one"
            seen |= {"given"} if g.user else {"pool"}
            seen |= {why for _rule, _user, why in g.passed}
        for user, one in allocation.bearers(loads).items():
            known = sum(1 for g in said.values() if g.user == user and ways[g.rule] == "owner")
            assert one.capacity is None or one.carried <= max(one.capacity, loads[user].carried) + known, "nobody gets more than he can carry"
    assert {"given", "pool", "away", "full", "proxied"} <= seen, "the worlds had all of it"


def test_in_pieces_it_comes_to_the_same(world):
    """A job takes 500 at a time; the order of the pieces is the order of the preview."""
    chance = random.Random(7)
    people = crew(world, chance)
    Staff.objects.update(capacity=None)
    AllocationRule.objects.create(name="轮流", way="round", unit=world.units["east"])
    ids = [pk for _n in range(4) for pk in random_leads(world, chance, people, [], [])]
    Lead.objects.filter(pk__in=ids).update(state="new", invalid_reason=None, pool=None)
    chance.shuffle(ids)
    said = {g.lead: g.user for g in allocation.planned(in_order("lead_allocate", ids, world.actor("admin"), chunk=5))[0]}
    run_many("lead_allocate", ids, world.actor("admin"), chunk=5)
    assert dict(Lead.objects.filter(pk__in=ids).values_list("pk", "owner")) == said


def test_the_page_shows_rules_hits_reasons_and_who_is_passed_over(world, browser):
    today = days.today().isoformat()
    rule = run("allocationrule_create", None, world.actor("admin"),
               values={"name": "华东轮流", "way": "round", "unit": world.units["east_sales"].pk, "position": 20}).record  # fmt: skip
    rest = run("allocationrule_create", None, world.actor("admin"),
               values={"name": "备用", "way": "person", "person": world.users["bob"].pk, "position": 10, "active": False}).record  # fmt: skip
    run("absence_create", None, world.actor("alice"),
        values={"owner": world.users["alice"].pk, "kind": "leave", "starts_on": today, "ends_on": today, "proxy": world.users["bob"].pk})  # fmt: skip
    for n in range(3):
        run("lead_create", None, world.actor("mark"), values={"name": f"公司{n}", "mobile": f"1380000000{n}"})
    page = allocation_pages.page(world.actor("admin"), {})
    assert [(r["name"], r["hits"], r["active"]) for r in page["rules"]] == [("备用", 0, False), ("华东轮流", 3, True)]
    assert [(g["name"], g["n"]) for g in page["goes"]] == [("陈卓", 3)] and page["total"] == 3 and page["stay"] == 0
    assert [(p["name"], p["why"], p["n"]) for p in page["passed"]] == [("林晓彤", "不在岗", "3 条没有给他")]
    assert [(line["name"], line["hit"], line["passed"]) for line in page["one"]["lines"]] == [("华东轮流", True, ["林晓彤不在岗"])]
    tried = allocation_pages.page(world.actor("admin"), {"with": str(rest.pk)})
    assert [(g["name"], g["n"]) for g in tried["goes"]] == [("赵磊", 3)] and tried["trial"] and tried["do"] is None
    assert Lead.objects.filter(owner=world.users["mark"]).count() == 3, "to look moves nothing"
    shown = browser("admin").get("/p/customers/allocation").content.decode()
    assert "不在岗" in shown and "华东轮流" in shown and f"/allocation-rules/{rule.pk}/do/allocationrule_stop" in shown
    read = browser("sam").get("/p/customers/allocation").content.decode()
    assert "华东轮流" in read and "allocationrule_stop" not in read
    assert browser("alice").get("/p/customers/allocation").status_code == 403


def test_rules_change_places_and_are_put_out_of_use(world):
    one, two, three = (run("allocationrule_create", None, world.actor("admin"),
                           values={"name": name, "way": "person", "person": world.users["bob"].pk, "position": 5}).record
                       for name in ("甲", "乙", "丙"))  # fmt: skip
    run("allocationrule_earlier", three.pk, world.actor("admin"))
    assert list(AllocationRule.objects.order_by("position", "id").values_list("name", flat=True)) == ["甲", "丙", "乙"]
    run("allocationrule_later", one.pk, world.actor("admin"))
    assert list(AllocationRule.objects.order_by("position").values_list("name", "position")) == [("丙", 10), ("甲", 20), ("乙", 30)]
    with pytest.raises(Refused):
        run("allocationrule_later", two.pk, world.actor("admin"))
    run("allocationrule_stop", two.pk, world.actor("admin"))
    assert not AllocationRule.objects.get(pk=two.pk).active
    run("allocationrule_start", two.pk, world.actor("admin"))
    assert AllocationRule.objects.get(pk=two.pk).active


def test_a_rule_for_a_province_reaches_its_towns(world, browser):
    sichuan, chengdu, suzhou = (terms.find("region", code) for code in ("510000", "510100", "320500"))
    run("allocationrule_create", None, world.actor("admin"),
        values={"name": "西部", "way": "person", "person": world.users["bob"].pk, "conditions": f"f.region=below:{sichuan}"})  # fmt: skip
    there, here = (run("lead_create", None, world.actor("mark"), values={"name": name, "mobile": "13800000000", "region": region}).record
                   for name, region in (("成都一厂", chengdu), ("苏州一厂", suzhou)))  # fmt: skip
    assert [g.user for g in allocation.planned([there.pk, here.pk])[0]] == [world.users["bob"].pk, None]
    page = browser("admin").get(f"/leads/?view=all&f.region=below:{sichuan}").content.decode()
    assert "成都一厂" in page and "苏州一厂" not in page
    exact = browser("admin").get(f"/leads/?view=all&f.region=in:{sichuan}").content.decode()
    assert "成都一厂" not in exact, "a number of a province alone opens its own rows only"
    offered = browser("admin").get("/leads/filter/row?i=0&g=0&n.0=region").content.decode()
    flat = browser("admin").get("/leads/filter/row?i=0&g=0&n.0=size").content.decode()
    assert 'value="below"' in offered and 'value="below"' not in flat, "offered where there is something below"
