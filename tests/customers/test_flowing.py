"""What nobody takes from the pool of a branch moves on into the group's: after the days the pool says, once, shown before it happens."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from pellucid.customers import pool_pages, pools
from pellucid.customers.jobs import flow_due
from pellucid.customers.models import Lead, Pool, PoolMove
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid, Refused

pytestmark = pytest.mark.django_db
PAGE = "/p/customers/pools"


def pool(world, name, unit="east", keeper="mona", kind="lead", **values):
    given = {"name": name, "kind": kind, "unit": world.units[unit].pk, "keeper": world.users[keeper].pk, **values}
    return run("pool_create", None, world.actor("admin"), values=given).record


@pytest.fixture
def seas(world):
    """The group's pool, and a branch's that moves on into it after ten days."""
    group = pool(world, "集团公海", "hq", "erin", cooldown_days=30)
    return pool(world, "华东公海", flows_into=group.pk, flow_days=10), group


def waiting(world, sea, name, since, by="alice", kind="lead"):
    """Something given back so many days ago."""
    values = {"name": name} | ({"mobile": f"138{Lead.objects.count():08d}"} if kind == "lead" else {})
    made = run(f"{kind}_create", None, world.actor(by), values=values).record
    run(f"{kind}_return", made.pk, world.actor(by), {"pool": sea.pk, "reason": "没时间跟"})
    PoolMove.objects.filter(resource=kind, record_id=made.pk).update(at=timezone.now() - dt.timedelta(days=since))
    return made


def test_what_nobody_took_moves_on_and_the_history_says_so(world, seas, browser):
    branch, group = seas
    late, soon, fresh = (waiting(world, branch, name, n) for name, n in (("太仓恒力", 11), ("常熟锐进", 9), ("昆山鼎信", 0)))
    assert flow_due() == {"lead": 1, "customer": 0} and flow_due() == {"lead": 0, "customer": 0}
    late.refresh_from_db()
    assert (late.pool, late.owner, late.unit, late.branch_id) == (group, world.users["erin"], world.units["hq"], world.units["hq"].pk)
    assert {one.pk for one in pools.waiting(branch)} == {soon.pk, fresh.pk}
    move = PoolMove.objects.get(kind="flowed")
    assert (move.pool, move.user, move.by, move.reason) == (group, world.users["alice"], None, "在“华东公海”里 10 天无人领取")
    event = Event.objects.get(name="lead.flowed")
    assert (event.actor_id, event.payload["into"], event.record_id) == (None, "集团公海", late.pk)
    row = pool_pages.sea(world.actor("alice"), {"pool": str(group.pk)})["now"]["rows"][0]
    assert (row["name"], row["former"][0], row["days"], row["onward"]) == ("太仓恒力", "林晓彤", 0, None), "it waits anew, and was hers"
    assert row["take"] is None and row["cold"], "to move on does not end the cool-down"
    assert "在“华东公海”里 10 天无人领取" in browser("erin").get(f"{PAGE}?pool={group.pk}").content.decode()


def test_the_page_the_record_and_the_pool_count_down(world, seas, browser):
    branch, group = seas
    tonight, soon, later = (waiting(world, branch, name, n) for name, n in (("太仓恒力", 11), ("常熟锐进", 9), ("昆山鼎信", 2)))
    now = pool_pages.sea(world.actor("bob"), {"pool": str(group.pk)})["now"]
    assert now["into"] == "" and now["leaving"] is None, "the last pool keeps what it has"
    now = pool_pages.sea(world.actor("carol"), {"pool": str(branch.pk), "order": "long"})["now"]
    assert [(r["name"], r["onward"]) for r in now["rows"]] == [
        ("太仓恒力", {"when": "今晚", "tone": "bad"}), ("常熟锐进", {"when": "2 天后", "tone": "warn"}), ("昆山鼎信", {"when": "9 天后", "tone": ""})]
    assert (now["into"], now["leaving"]) == ("集团公海", (3, 2))
    page = browser("carol").get(f"{PAGE}?pool={branch.pk}").content.decode()
    assert "转出" in page and "2 天后" in page and "3 天内转入“集团公海”" in page
    said = pool_pages.goes_back(Lead.objects.get(pk=soon.pk), world.actor("mona"))
    assert said == {"lead": "2 天后转入公海“集团公海”", "warn": "10 天无人领取", "text": "被领取就不再转出"}
    assert "2 天后转入公海" in browser("mona").get(f"/leads/{soon.pk}").content.decode()
    found = pool_pages.would_flow(Pool.objects.get(pk=branch.pk), world.actor("erin"))
    assert [(r["label"], r["right"]) for r in found["rows"]] == [("太仓恒力", "今晚"), ("常熟锐进", "2 天后"), ("昆山鼎信", "9 天后")]
    assert "今晚 1 个" in found["note"] and "昆山鼎信" in browser("erin").get(f"/pools/{branch.pk}").content.decode()
    assert pool_pages.would_flow(group, world.actor("erin")) is None
    foreseen = [pk for pk, on in pools.due_on(branch) if on <= days.today()]
    assert foreseen == [tonight.pk] and flow_due()["lead"] == 1 and Lead.objects.get(pk=tonight.pk).pool == group
    assert Lead.objects.get(pk=later.pk).pool == branch


def test_what_was_taken_stays_and_nothing_goes_two_ways_in_a_night(world, seas):
    branch, group = seas
    world_pool = pool(world, "备用公海", "hq", "erin")
    run("pool_update", group.pk, world.actor("admin"), values={"flows_into": world_pool.pk, "flow_days": 1}, version=group.version)
    taken, left = waiting(world, branch, "太仓恒力", 20), waiting(world, branch, "常熟锐进", 20)
    run("lead_take", taken.pk, world.actor("carol"))
    with pytest.raises(Refused):
        run("lead_flow_on", taken.pk, world.actor("admin"))
    assert flow_due()["lead"] == 1
    assert Lead.objects.get(pk=left.pk).pool == group and Lead.objects.get(pk=taken.pk).owner == world.users["carol"]
    run("pool_update", group.pk, world.actor("admin"), values={"active": False}, version=Pool.objects.get(pk=group.pk).version)
    third = waiting(world, branch, "昆山鼎信", 20)
    assert flow_due() == {"lead": 0, "customer": 0} and Lead.objects.get(pk=third.pk).pool == branch, "not into a pool out of use"


def test_customers_move_on_too(world):
    group = pool(world, "集团客户公海", "hq", "erin", "customer")
    branch = pool(world, "华东客户公海", kind="customer", flows_into=group.pk, flow_days=5)
    made = waiting(world, branch, "苏州甲机械", 6, kind="customer")
    assert flow_due() == {"lead": 0, "customer": 1}
    made.refresh_from_db()
    assert (made.pool, made.owner) == (group, world.users["erin"])


def test_pools_follow_one_another_without_circles_within_a_kind(world, seas):
    branch, group = seas

    def wrong(pk, **values):
        with pytest.raises(Invalid) as refused:
            run("pool_update", pk, world.actor("admin"), values=values, version=Pool.objects.get(pk=pk).version)
        return refused.value.errors

    assert wrong(group.pk, flows_into=branch.pk, flow_days=3) == {"flows_into": ["“华东公海”又会转入本公海：这样会循环。"]}
    assert wrong(group.pk, flows_into=group.pk, flow_days=3) == {"flows_into": ["公海不能转入自己。"]}
    customers = pool(world, "集团客户公海", "hq", "erin", "customer")
    assert wrong(branch.pk, flows_into=customers.pk) == {"flows_into": ["请选存放同一类记录的公海。"]}
    assert wrong(group.pk, kind="customer") == {"kind": ["有别的公海会转入这里，请先改掉。"]}
    assert wrong(branch.pk, flow_days=None) == {"flow_days": ["请填写满几天转出。"]}
    assert wrong(group.pk, flow_days=3) == {"flows_into": ["请填写转入哪个公海。"]}
    assert "应在 1 到 3650 天之间" in str(wrong(branch.pk, flow_days=0))
    stays, version = {"flows_into": None, "flow_days": None}, Pool.objects.get(pk=branch.pk).version
    run("pool_update", branch.pk, world.actor("admin"), values=stays, version=version)
    assert pools.next_pool(Pool.objects.get(pk=branch.pk)) is None and flow_due() == {"lead": 0, "customer": 0}
