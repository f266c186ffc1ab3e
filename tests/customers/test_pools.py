"""The pools' page and what surrounds it: limits, why it came here, whose it was, within field rights; what goes back, when and why."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pellucid.customers import pool_pages, pools
from pellucid.customers.models import AllocationRule, Customer, Lead, PoolMove
from pellucid.kernel.access import calendars
from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.errors import Invalid

pytestmark = pytest.mark.django_db
PAGE = "/p/customers/pools"


def lead(world, name, by="mark", **values):
    return run("lead_create", None, world.actor(by), values={"name": name, "mobile": f"138{Lead.objects.count():08d}", **values}).record


def pool(world, kind="lead", **values):
    given = {"name": "华东公海", "kind": kind, "unit": world.units["east"].pk, "keeper": world.users["mona"].pk, **values}
    return run("pool_create", None, world.actor("admin"), values=given).record


def given_back(world, sea, *records, by="mark", reason="没时间跟"):
    key = sea.kind
    for record in records:
        run(f"{key}_return", record.pk, world.actor(by), {"pool": sea.pk, "reason": reason})


def test_the_page_says_why_whose_and_what_i_may_still_take(world, browser):
    sea = pool(world, daily_limit=2, held_limit=5)
    one, two, mine = lead(world, "太仓恒力"), lead(world, "常熟锐进"), lead(world, "昆山鼎信", by="alice")
    given_back(world, sea, one, two)
    given_back(world, sea, mine, by="alice", reason="客户要等明年")
    run("lead_take", one.pk, world.actor("alice"))
    now = pool_pages.sea(world.actor("alice"), {})["now"]
    assert [(b["n"], b["of"], b["full"]) for b in now["quota"]["bars"]] == [(1, 2, ""), (1, 5, "")] and now["quota"]["cooling"] == 1
    rows = {r["name"]: r for r in now["rows"]}
    assert set(rows) == {"常熟锐进", "昆山鼎信"} and rows["常熟锐进"]["former"] == ("梅可", world.users["mark"].pk)
    assert rows["常熟锐进"]["reason"] == "没时间跟" and rows["常熟锐进"]["take"] and rows["常熟锐进"]["days"] == 0
    again = days.today() + dt.timedelta(days=7)
    assert rows["昆山鼎信"]["take"] is None and f"{again:%m-%d}" in rows["昆山鼎信"]["cold"], "what one gave back cools down"
    page = browser("alice").get(PAGE).content.decode()
    assert "没时间跟" in page and "1 / 2" in page and "13800000001" not in page, "enough to choose by, nothing to reach anybody by"
    run("lead_take", two.pk, world.actor("alice"))
    full = pool_pages.sea(world.actor("alice"), {"pool": str(sea.pk)})["now"]
    assert "上限 2" in full["quota"]["full"] and all(r["take"]["disabled"] for r in full["rows"] if r["take"])


def test_what_a_role_may_not_read_is_not_on_the_page(world, browser):
    sea, one = pool(world), lead(world, "太仓恒力")
    given_back(world, sea, one)
    sales = Role.objects.get(code="sales")
    for name in ("owner", "pool", "score"):
        FieldRight.objects.create(role=sales, resource="lead", field=name, level="none")
    now = pool_pages.sea(world.actor("alice"), {})["now"]
    assert now["rows"][0]["former"] is None and now["rows"][0]["reason"] == "" and now["rows"][0]["score"] is None
    page = browser("alice").get(PAGE).content.decode()
    assert "太仓恒力" in page and "梅可" not in page and "没时间跟" not in page


def test_looking_for_a_place_and_paging(world):
    sea, suzhou = pool(world), terms.find("region", "320500")
    here = lead(world, "甲", region=suzhou)
    given_back(world, sea, here, *(lead(world, f"公司{i}") for i in range(pool_pages.SHOWN + 1)))
    found = pool_pages.sea(world.actor("alice"), {"q": "苏州"})["now"]
    assert [r["name"] for r in found["rows"]] == ["甲"] and found["count"] == 1
    first = pool_pages.sea(world.actor("alice"), {})["now"]
    assert len(first["rows"]) == pool_pages.SHOWN and first["pager"]["next"] and not first["pager"]["previous"]
    rest = pool_pages.sea(world.actor("alice"), {"from": str(pool_pages.SHOWN)})["now"]
    assert len(rest["rows"]) == 2 and rest["pager"]["previous"] and not rest["pager"]["next"]


def test_several_at_once_as_far_as_the_limit_goes(world):
    sea = pool(world, daily_limit=2)
    ones = [lead(world, f"公司{i}") for i in range(3)]
    given_back(world, sea, *ones)
    ids = [one.pk for one in ones]
    foreseen = run_many("lead_take", ids, world.actor("alice"), rehearse=True)
    assert len(foreseen.done) == 2 and "2" in foreseen.skipped[0][2] and Lead.objects.filter(owner=world.users["alice"]).count() == 0
    done = run_many("lead_take", [ids[2], ids[0], ids[1]], world.actor("alice"))
    assert set(done.done) == {ids[2], ids[0]} and done.skipped[0][0] == ids[1], "those asked for first come first"
    beyond = run_many("lead_take", ids, world.actor("bob"))
    assert not beyond.done and len(beyond.skipped) == 3, "a pool of another branch is out of reach, one by one and in a set"


def quiet_rule(world, sea, kind="lead", **values):
    given = {"name": "三十天", "pool": sea.pk, "quiet_days": 30, "active": True, **values}
    return run(f"{kind}recall_create", None, world.actor("admin"), values=given).record




def customer_since(world, name, n):
    since = timezone.now() - dt.timedelta(days=n)
    return run("customer_create", None, world.actor("alice"), values={"name": name}, valid_at=since).record


def test_the_record_counts_down_and_says_why(world, browser):
    sea = pool(world, kind="customer")
    near, far = customer_since(world, "太仓恒力", 28), customer_since(world, "常熟锐进", 3)
    assert pool_pages.goes_back(Customer.objects.get(pk=near.pk), world.actor("alice")) is None, "without a rule nothing goes back"
    quiet_rule(world, sea, "customer")
    said = pool_pages.goes_back(Customer.objects.get(pk=near.pk), world.actor("alice"))
    assert said == {"lead": "3 天后退回公海“华东公海”", "warn": "30 天未跟进", "text": "写一条跟进就能留住"}
    assert pool_pages.goes_back(Customer.objects.get(pk=far.pk), world.actor("alice")) is None
    assert pool_pages.goes_back(Customer.objects.get(pk=near.pk), world.actor("audrey")) is None, "who cannot keep it need not hear"
    assert "30 天未跟进" in browser("alice").get(f"/customers/{near.pk}").content.decode()
    page = browser("alice").get(PAGE + "?back=1").content.decode()
    assert "太仓恒力" in page and "3 天后" in page and "常熟锐进" not in page
    run("followup_create", None, world.actor("alice"), values={"customer": near.pk, "text": "打了电话", "kind": "call"})
    assert pool_pages.goes_back(Customer.objects.get(pk=near.pk), world.actor("alice")) is None


def test_what_is_far_away_is_not_even_asked(world, django_assert_num_queries):
    sea = pool(world, kind="customer")
    quiet_rule(world, sea, "customer")
    made = customer_since(world, "常熟锐进", 40)
    run("followup_create", None, world.actor("alice"), values={"customer": made.pk, "text": "打了电话", "kind": "call"})
    fresh = Customer.objects.get(pk=made.pk)
    pools.soon(fresh)                        # so that rules and settings are in memory, whatever test ran before
    with django_assert_num_queries(1):       # the counters, which a request has read already
        assert pools.soon(fresh) is None


def test_a_rule_shows_what_it_would_send_back_before_it_is_in_use(world, browser):
    sea = pool(world, kind="customer")
    tonight, soon = customer_since(world, "太仓恒力", 40), customer_since(world, "常熟锐进", 20)
    made = quiet_rule(world, sea, "customer", active=False)
    found = pool_pages.would_send(made, world.actor("erin"))
    assert [(r["label"], r["right"]) for r in found["rows"]] == [("太仓恒力", "今晚"), ("常熟锐进", "11 天后")] and "今晚 1 个" in found["note"]
    assert pools.due_back("customer") == [], "to look sends nothing back"
    page = browser("erin").get(f"/customer-recall-rules/{made.pk}").content.decode()
    assert "太仓恒力" in page and "30 天未跟进" in page
    run("customerrecall_update", made.pk, world.actor("admin"), values={"active": True}, version=made.version)
    assert [d.record_id for d in pools.due_back("customer", ahead=11)] == [tonight.pk, soon.pk]
    assert PoolMove.objects.count() == 0


def test_the_longest_waiting_come_first_whatever_was_changed_meanwhile(world):
    sea, names = pool(world), ("最早", "再来过", "直接进", "最晚")
    made = {n: lead(world, n) for n in names}
    given_back(world, sea, *(made[n] for n in names if n != "直接进"))
    now = timezone.now()
    for n, days_ago in (("最早", 9), ("再来过", 20), ("最晚", 1)):
        PoolMove.objects.filter(record_id=made[n].pk).update(at=now - dt.timedelta(days=days_ago))
    PoolMove.objects.create(pool=sea, resource="lead", record_id=made["再来过"].pk, kind="recalled", at=now - dt.timedelta(days=5))
    Lead.objects.filter(pk=made["直接进"].pk).update(pool=sea, created_at=now - dt.timedelta(days=3))
    Lead.objects.filter(pk=made["最早"].pk).update(note="刚改过")
    rows = pools.waiting(sea)
    assert [r.name for r in pools.longest_first(sea, rows)] == ["最早", "再来过", "直接进", "最晚"]
    shown = pool_pages.shore(sea, {"order": "long"}, 4, world.actor("alice"), show_for(world.actor("alice")))
    assert [r["name"] for r in shown["rows"]] == ["最早", "再来过", "直接进", "最晚"]


def test_nothing_goes_into_a_pool_of_another_branch(world):
    theirs = pool(world, "customer", name="西部公海", unit=world.units["west"].pk, keeper=world.users["wendy"].pk)
    made = world.customer("甲")
    with pytest.raises(Invalid) as refused:
        run("customer_return", made.pk, world.actor("alice"), {"pool": theirs.pk, "reason": "换区域"})
    assert list(refused.value.errors) == ["pool"]
    run("customer_return", made.pk, world.actor("erin"), {"pool": theirs.pk, "reason": "换区域"})
    made.refresh_from_db()
    assert (made.pool, made.owner) == (theirs, world.users["wendy"])


def test_taken_or_given_a_lead_is_written_once_with_its_clock(world):
    sea, one, other = pool(world), lead(world, "太仓恒力"), lead(world, "常熟锐进")
    given_back(world, sea, one)
    with CaptureQueriesContext(connection) as taken:
        run("lead_take", one.pk, world.actor("alice"))
    AllocationRule.objects.create(name="alle", way=AllocationRule.Way.ROUND, role="sales", unit=world.units["east"], active=True)
    with CaptureQueriesContext(connection) as given:
        assert run_many("lead_allocate", [other.pk], world.actor("admin")).done == [other.pk]
    for found, pk in ((taken, one.pk), (given, other.pk)):
        written = [q["sql"] for q in found if re.search(r'UPDATE "?customers_lead"? ', q["sql"])]
        assert len(written) == 1, written
        now = Lead.objects.get(pk=pk)
        assert now.plan_due_at == calendars.due(now.unit_id, now.plan_since, 480) == now.plan_by and now.plan_warned_at is None
