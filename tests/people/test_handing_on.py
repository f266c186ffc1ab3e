"""Who goes leaves nothing behind: pools, forms and rules go along with his work; the record says who acts on it, and the file what is owed."""

from __future__ import annotations

import pytest

from pellucid.collaboration.models import Task
from pellucid.customers.models import AllocationRule, Customer, Pool, PoolMove, WebForm
from pellucid.kernel.access import directory
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Refused
from pellucid.people import acting, selectors, tracks
from pellucid.people.handing import slots_of
from pellucid.people.handing_pages import planned
from pellucid.people.models import Handover, Staff, Transfer
from pellucid.people.responsible import acting as now_acting
from pellucid.people.responsible import responsible

pytestmark = pytest.mark.django_db


def staff_for(world, name: str) -> Staff:
    user = world.users[name]
    return Staff.objects.create(user=user, name=user.name, unit_id=directory.home_of(user.pk))


def pool_of(world, keeper: str, unit: str = "east", kind: str = "customer") -> Pool:
    given = {"name": "华东公海", "kind": kind, "unit": world.units[unit].pk, "keeper": world.users[keeper].pk}
    return run("pool_create", None, world.actor("admin"), values=given).record


def waiting(world, pool: Pool, name: str = "甲公司") -> Customer:
    customer = world.customer(name)
    run("customer_return", customer.pk, world.actor("alice"), {"pool": pool.pk, "reason": "暂无需求"})
    customer.refresh_from_db()
    return customer


def away(world, who: str, proxy: str) -> None:
    today = days.today().isoformat()
    run("absence_create", None, world.actor(who), values={
        "owner": world.users[who].pk, "kind": "leave", "starts_on": today, "ends_on": today, "proxy": world.users[proxy].pk})  # fmt: skip


# ------------------------------------------------------------------------------------------------ duties
def test_a_pool_goes_with_what_waits_in_it_to_who_takes_over_from_its_keeper(world):
    pool, mona = pool_of(world, "mona"), staff_for(world, "mona")
    customer = waiting(world, pool)
    assert customer.owner == world.users["mona"]
    run("staff_deactivate", mona.pk, world.actor("admin"), {"receiver": world.users["sam"].pk})
    pool.refresh_from_db()
    customer.refresh_from_db()
    assert (pool.keeper, customer.owner, customer.pool, customer.unit) == (world.users["sam"], world.users["sam"], pool, world.units["east"])
    assert not PoolMove.objects.filter(kind=PoolMove.Kind.ASSIGNED).exists()  # nobody has taken it meanwhile
    assert not Handover.objects.exists()  # nobody looked after it, so nobody hands it over


def test_another_keeper_or_unit_has_what_waits_in_the_pool_at_once(world):
    pool = pool_of(world, "mona")
    customer = waiting(world, pool)
    run("pool_update", pool.pk, world.actor("admin"), values={"keeper": world.users["sam"].pk}, version=pool.version)
    customer.refresh_from_db()
    assert (customer.owner, customer.pool) == (world.users["sam"], pool)


def test_what_waits_in_a_pool_does_not_go_with_the_work_of_its_keeper(world):
    pool = pool_of(world, "sam")
    customer, admin = waiting(world, pool), world.actor("admin")
    made = run("transfer_create", None, admin, values={"owner": world.users["sam"].pk, "kind": "change"}).record
    run("transferline_create", None, admin, values={"transfer": made.pk, "rule": "person", "receiver": world.users["carol"].pk})
    run("transfer_run", made.pk, admin)
    customer.refresh_from_db()
    assert (customer.owner, customer.pool) == (world.users["sam"], pool)


def test_forms_and_rules_go_to_who_takes_over(world):
    admin, mona = world.actor("admin"), staff_for(world, "mona")
    form = run("webform_create", None, admin, values={"name": "官网", "title": "联系我们", "keeper": world.users["mona"].pk}).record
    rule = run("allocationrule_create", None, admin, values={"name": "给何", "way": "person", "person": world.users["mona"].pk}).record
    run("staff_deactivate", mona.pk, admin, {"receiver": world.users["sam"].pk})
    assert WebForm.objects.get(pk=form.pk).keeper == world.users["sam"] == AllocationRule.objects.get(pk=rule.pk).person


def test_a_pool_of_a_closed_unit_is_open_for_the_one_that_took_over(world):
    pool = pool_of(world, "mona", unit="east_team")
    run("unit_close", world.units["east_team"].pk, world.actor("admin"), {"receiver": world.units["east_sales"].pk})
    pool.refresh_from_db()
    assert pool.unit == world.units["east_sales"]


def test_who_keeps_a_pool_is_not_put_into_the_bin(world):
    pool_of(world, "mona")
    with pytest.raises(Refused):
        run("staff_delete", staff_for(world, "mona").pk, world.actor("admin"))


# ------------------------------------------------------------------------------------------------ who acts now
def test_a_record_says_who_acts_on_it_and_why(world):
    customer, boss = world.customer("甲公司"), world.actor("admin")
    assert acting.of_record(customer, boss) is None  # its owner does
    away(world, "alice", "bob")
    row = acting.of_record(customer, boss)["rows"][0]
    today = f"{days.today():%m-%d}"
    alice, bob = world.users["alice"].name, world.users["bob"].name
    assert (row["label"], row["sub"]) == (bob, f"代理{alice}，至 {today}")
    User.objects.filter(pk__in=[world.users["alice"].pk, world.users["bob"].pk]).update(is_active=False)
    now = now_acting(customer)
    assert now.why == "catcher" and now.user == responsible(customer) == world.users["erin"].pk
    assert acting.of_record(customer, boss)["rows"][0]["sub"].startswith(f"{alice}已离职 · ")


def test_the_keeper_of_its_pool_comes_before_who_catches(world):
    pool = pool_of(world, "mona")
    customer = waiting(world, pool)
    Customer.objects.filter(pk=customer.pk).update(owner=world.users["carol"])
    User.objects.filter(pk=world.users["carol"].pk).update(is_active=False)
    customer.refresh_from_db()
    assert tuple(now_acting(customer))[:2] == (world.users["mona"].pk, "keeper")


def test_the_page_of_a_record_shows_who_acts_on_it(world, browser):
    customer = world.customer("甲公司")
    page = browser("admin")
    assert "现由谁处理" not in page.get(f"/customers/{customer.pk}").content.decode()
    away(world, "alice", "bob")
    assert "现由谁处理" in page.get(f"/customers/{customer.pk}").content.decode()


# ------------------------------------------------------------------------------------------------ files and tracks
def test_a_plan_under_way_is_counted_with_who_receives_its_customer(world):
    customer, admin, alice = world.customer("甲公司"), world.actor("admin"), world.users["alice"].pk
    scheme = run("scheme_create", None, admin, values={"name": "培育", "customer_class": 1}).record
    run("planstep_create", None, admin, values={"plan": scheme.plan_id, "name": "送案例", "days": 3})
    run("customer_start_plan", customer.pk, admin, {"plan": scheme.plan_id})
    made = run("transfer_create", None, admin, values={"owner": alice, "kind": "change"}).record
    for n, (kind, to) in enumerate((("customer", "carol"), ("", "bob"))):
        values = {"transfer": made.pk, "resource": kind, "rule": "person", "receiver": world.users[to].pk, "position": n}
        run("transferline_create", None, admin, values=values)
    before = planned(made, admin)
    assert [p["total"] for p in before["parts"]] == [3, 0]
    done = run("transfer_run", made.pk, admin).record
    assert [p["total"] for p in planned(done, admin)["parts"]] == [3, 0]
    assert "stayed" not in Event.objects.get(name="transfer.transfer_run").payload
    assert {t.owner for t in Task.objects.all()} == {world.users["carol"]}


def test_a_file_is_made_by_a_transfer_only_and_opens_on_what_it_holds(world, browser):
    world.customer("甲公司", by="carol")
    carol = staff_for(world, "carol")
    run("staff_deactivate", carol.pk, world.actor("admin"), {"receiver": world.users["alice"].pk})
    alice = browser("alice")
    assert "/handovers/new" not in alice.get("/handovers/").content.decode()
    page = alice.get(f"/handovers/{Handover.objects.get().pk}").context_data["record"]
    assert [t["key"] for t in page["tabs"] if t.get("current")] == ["panel-file"]
    assert "edit" not in {b.get("drawer", "").rpartition("/")[2] for b in page["buttons"]}


def test_what_somebody_tracks_names_the_transfers_that_moved_something(world):
    world.customer("甲公司", by="carol")
    admin, carol = world.actor("admin"), staff_for(world, "carol")
    made = run("transfer_create", None, admin, values={"owner": carol.user_id, "kind": "departure"}).record
    run("transferline_create", None, admin, values={"transfer": made.pk, "rule": "person", "receiver": world.users["alice"].pk})
    run("transfer_run", made.pk, admin)
    run("staff_deactivate", carol.pk, admin, {"receiver": world.users["alice"].pk})
    assert Transfer.objects.count() == 2  # the second says who took over
    assert [t["label"] for t in tracks.page(admin, {"person": str(carol.user_id)})["transfers"]] == [made.name]
    assert selectors.transfers_of(carol.user_id, admin) == [made]


def test_what_somebody_tracks_begins_with_customers_and_says_what_tasks_are_about(world):
    customer, boss, alice = world.customer("甲公司"), world.actor("admin"), staff_for(world, "alice")
    for title in ("打电话", "发资料"):
        run("customer_add_task", customer.pk, world.actor("alice"), {"name": title, "due_at": days.now().isoformat()})
    shown = tracks.page(boss, {"person": str(alice.user_id)})
    assert shown["kind"] == "customer"
    tasks = tracks.page(boss, {"person": str(alice.user_id), "kind": "task"})["rows"]
    assert {(r["title"], r["about"]) for r in tasks} == {("打电话", "甲公司"), ("发资料", "甲公司")}


def test_the_page_of_a_scheme_opens_on_its_steps(world, browser):
    made = run("scheme_create", None, world.actor("admin"), values={"name": "潜在客户培育", "customer_class": 2}).record
    page = browser("admin").get(f"/schemes/{made.pk}").context_data["record"]
    assert [t["key"] for t in page["tabs"] if t.get("current")] == ["panel-steps"]


def test_on_the_phone_what_somebody_tracks_and_who_is_away_stand_in_lines(world, browser):
    world.customer("甲公司")
    alice = staff_for(world, "alice")
    away(world, "alice", "bob")
    admin = browser("admin")
    for address in (f"/p/tracks?person={alice.user_id}", "/p/standing-in"):
        assert 'class="tb low tw"' in admin.get(address).content.decode()


def test_the_file_of_a_customer_has_places_for_money_promises_and_deliveries(world):
    keys = {s.key for s in slots_of("customer", world.actor("admin"))}
    assert {"step", "tasks", "sales", "money", "promises", "to_bring", "told", "needs"} <= keys
