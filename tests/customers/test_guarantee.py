"""The owner guarantee: whatever happens to people and units, every record has somebody who can act on it, and who in fact can."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter

import pytest
from django.db import IntegrityError, transaction

from pellucid.customers.models import Customer, Pool
from pellucid.kernel.access import directory
from pellucid.kernel.access.models import Role, Share, Unit, User
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Failure, Invalid, Refused
from pellucid.people.actions.transfers import name_late
from pellucid.people.handing_pages import file, planned
from pellucid.people.models import Absence, Handover, Staff, Transfer
from pellucid.people.responsible import may_edit, responsible
from tests.counts import count

pytestmark = pytest.mark.django_db
STEPS = count(80, 10_000)


def staff_for(world, name: str) -> Staff:
    user = world.users[name]
    return Staff.objects.create(user=user, name=user.name, unit_id=directory.home_of(user.pk))


def transfer_of(world, who: str, by: str = "admin") -> Transfer:
    return run("transfer_create", None, world.actor(by), values={"owner": world.users[who].pk, "kind": "change"}).record


def part(world, transfer: Transfer, by: str = "admin", **values) -> None:
    run("transferline_create", None, world.actor(by), values={"transfer": transfer.pk, "rule": "person", **values})


# ------------------------------------------------------------------------------------------------ who is responsible
def test_the_order_of_those_who_can_act(world):
    customer, user = world.customer("甲公司"), world.users
    assert responsible(customer) == user["alice"].pk
    today = days.today().isoformat()
    run("absence_create", None, world.actor("alice"),
        values={"owner": user["alice"].pk, "kind": "leave", "starts_on": today, "ends_on": today, "proxy": user["bob"].pk})  # fmt: skip
    assert responsible(customer) == user["bob"].pk
    User.objects.filter(pk=user["bob"].pk).update(is_active=False)
    assert responsible(customer) == user["alice"].pk
    User.objects.filter(pk=user["alice"].pk).update(is_active=False)
    assert responsible(customer) == user["erin"].pk  # the headquarters' catcher
    Unit.objects.filter(pk=world.units["east"].pk).update(catcher=user["mona"])
    assert responsible(customer) == user["mona"].pk  # the nearest one above
    Unit.objects.filter(pk=world.units["east_sales"].pk).update(catcher=user["carol"])
    assert responsible(customer) == user["carol"].pk  # by her duty she reaches what nobody else receives
    run("customer_update", customer.pk, world.actor("carol"), values={"phone": "0512-62857700"}, version=customer.version)


def test_who_was_responsible_on_a_day_of_the_past(world):
    customer, user = world.customer("甲公司"), world.users
    before = days.now()
    run("customer_reassign", customer.pk, world.actor("sam"), {"owner": user["carol"].pk})
    customer.refresh_from_db()
    assert responsible(customer) == user["carol"].pk
    assert responsible(customer, before) in (user["alice"].pk, user["carol"].pk)  # one transaction, one moment


def test_the_database_keeps_somebody_who_catches(world):
    root = Unit.objects.get(parent=None)
    for wrong in (
        lambda: Unit.objects.filter(pk=root.pk).update(catcher=None),
        lambda: User.objects.filter(pk=root.catcher_id).update(is_active=False),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()
    User.objects.filter(pk=world.users["bob"].pk).update(is_active=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.filter(pk=root.pk).update(catcher=world.users["bob"])


# ------------------------------------------------------------------------------------------------ transfers
def test_a_transfer_by_filter_by_rule_and_the_rest(world):
    for name in ("甲公司", "乙公司", "丙公司"):
        world.customer(name, kind="company" if name != "丙公司" else "person")
    transfer, user = transfer_of(world, "alice"), world.users
    part(world, transfer, resource="customer", receiver=user["carol"].pk, conditions="http://x/customers/?view=all&f.kind=in:person", position=1)
    part(world, transfer, resource="customer", rule="balanced", position=2)
    part(world, transfer, receiver=user["sam"].pk, position=9)
    before = planned(transfer, world.actor("admin"))
    assert [p["total"] for p in before["parts"]] == [1, 2, 0] and before["left"] == []
    run("transfer_run", transfer.pk, world.actor("admin"))
    assert Customer.objects.get(name="丙公司").owner == user["carol"]
    assert not Customer.objects.filter(owner=user["alice"]).exists()
    transfer.refresh_from_db()
    after = planned(transfer, world.actor("admin"))
    assert [p["total"] for p in after["parts"]] == [1, 2, 0] and after["done"]
    with pytest.raises(Refused):
        run("transfer_run", transfer.pk, world.actor("admin"))
    with pytest.raises(Refused):
        part(world, transfer, receiver=user["sam"].pk)


def test_what_hangs_on_a_customer_can_follow_it(world):
    from pellucid.collaboration.models import Task

    customer = world.customer("甲公司")
    run("customer_next_step", customer.pk, world.actor("alice"), {"text": "报价", "at": (days.now() + dt.timedelta(days=2)).isoformat()})
    transfer = transfer_of(world, "alice")
    part(world, transfer, resource="task", rule="follows", position=1)
    part(world, transfer, receiver=world.users["carol"].pk, position=9)
    run("transfer_run", transfer.pk, world.actor("admin"))
    assert Task.objects.get(about_id=customer.pk).owner == world.users["carol"]


def test_a_next_step_goes_where_its_customer_goes_whatever_the_parts_say(world):
    from pellucid.collaboration.actions.tasks import copies_agree
    from pellucid.collaboration.models import Task

    customer, user = world.customer("甲公司"), world.users
    run("customer_next_step", customer.pk, world.actor("alice"), {"text": "报价", "at": (days.now() + dt.timedelta(days=2)).isoformat()})
    run("customer_add_task", customer.pk, world.actor("alice"), {"name": "寄样册", "due_at": (days.now() + dt.timedelta(days=2)).isoformat()})
    transfer = transfer_of(world, "alice")
    part(world, transfer, resource="task", receiver=user["sam"].pk, position=1)
    part(world, transfer, resource="customer", receiver=user["carol"].pk, position=2)
    before = planned(transfer, world.actor("admin"))
    assert [p["total"] for p in before["parts"]] == [1, 2]
    run("transfer_run", transfer.pk, world.actor("admin"))
    assert {t.name: t.owner for t in Task.objects.all()} == {"报价": user["carol"], "寄样册": user["sam"]} and copies_agree() == []
    transfer.refresh_from_db()
    assert [p["total"] for p in planned(transfer, world.actor("admin"))["parts"]] == [1, 2]


def test_what_changed_hands_meanwhile_stays_where_it_is(world, monkeypatch):
    from pellucid.collaboration.models import Task
    from pellucid.people import transfers
    from pellucid.people.models import Moved

    user, made = world.users, {n: world.customer(n).pk for n in ("被改派", "被删", "出了范围", "照旧")}
    run("customer_add_task", made["照旧"], world.actor("alice"), {"name": "做完了", "due_at": days.now().isoformat()})
    transfer = transfer_of(world, "alice")
    part(world, transfer, receiver=user["carol"].pk)
    real = transfers.plan

    def plan(*given):
        found = real(*given)
        assert len(found.goes) == 5
        Customer.objects.filter(pk=made["被改派"]).update(owner=user["bob"], unit=world.units["west_sales"])
        Customer.objects.filter(pk=made["被删"]).update(deleted_at=days.now())
        Customer.objects.filter(pk=made["出了范围"]).update(unit=world.units["west_sales"])
        Task.objects.update(done_at=days.now(), state="done")
        return found

    monkeypatch.setattr(transfers, "plan", plan)
    outcome = run("transfer_run", transfer.pk, world.actor("sam"))
    assert {n: Customer.objects.get(pk=pk).owner.username for n, pk in made.items()} == {"被改派": "bob", "被删": "alice", "出了范围": "alice",
                                                                                         "照旧": "carol"}  # fmt: skip
    assert Task.objects.get().owner == user["alice"]
    payload = Event.objects.get(pk=outcome.event_id).payload
    assert payload["moved"]["customer"] == 1 and payload["stayed"] == {"customer": 3, "task": 1}
    assert list(Moved.objects.values_list("resource", "n")) == [("customer", 1)] and Handover.objects.get().about_id == made["照旧"]


def test_a_transfer_says_what_is_wrong(world):
    world.customer("甲公司")
    transfer = transfer_of(world, "alice")
    with pytest.raises(Refused):
        run("transfer_run", transfer.pk, world.actor("admin"))
    for wrong, field in (({}, "receiver"), ({"receiver": world.users["alice"].pk}, "receiver"),
                         ({"receiver": world.users["carol"].pk, "resource": "customer", "conditions": "f.nothing=in:1"}, "conditions")):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            part(world, transfer, **wrong)
        assert field in refused.value.errors
    part(world, transfer, by="sam", receiver=world.users["bob"].pk)
    with pytest.raises(Failure):  # a salesperson carries out no transfer
        run("transfer_run", transfer.pk, world.actor("alice"))


def test_only_what_is_within_reach_moves(world):
    mine = world.customer("甲公司")
    transfer = transfer_of(world, "alice")
    part(world, transfer, receiver=world.users["carol"].pk)
    Customer.objects.filter(pk=mine.pk).update(unit=world.units["west_sales"])
    sam = world.actor("sam")
    assert planned(transfer, sam)["beyond"] == [("客户", 1)]
    run("transfer_run", transfer.pk, sam)
    mine.refresh_from_db()
    assert mine.owner == world.users["alice"]


# ------------------------------------------------------------------------------------------------ files
def test_departure_gives_the_successor_a_file_per_customer(world):
    first, second = world.customer("甲公司", by="carol"), world.customer("乙公司", by="carol")
    run("contact_create", None, world.actor("carol"), values={"customer": first.pk, "name": "王工"})
    run("followup_create", None, world.actor("carol"), values={"customer": first.pk, "text": "对交期不满", "kind": "call"})
    carol, alice = staff_for(world, "carol"), world.users["alice"]
    run("staff_deactivate", carol.pk, world.actor("admin"), {"receiver": alice.pk, "reason": "离职"})
    files = {h.about_id: h for h in Handover.objects.all()}
    assert set(files) == {first.pk, second.pk} and {h.owner for h in files.values()} == {alice}
    assert Transfer.objects.get().kind == "departure" and Transfer.objects.get().done_at
    assert Notice.objects.filter(kind="people.handed_over", user=alice).count() == 1
    one = files[first.pk]
    said = {c["label"]: [r["label"] for r in c["rows"]] for c in file(one, world.actor("alice"))["cards"]}
    assert said["关键人"] == ["王工"] and said["近期联络与客户反馈"] == ["对交期不满"] and "下一步与承诺" in said
    run("handover_sign", one.pk, world.actor("alice"), {"remark": "已读"})
    with pytest.raises(Refused):
        run("handover_sign", one.pk, world.actor("alice"))
    one.refresh_from_db()
    assert one.state == "signed" and one.done_at is None
    run("followup_create", None, world.actor("alice"), values={"customer": first.pk, "text": "您好", "kind": "call"})
    one.refresh_from_db()
    assert one.contacted_at and one.done_at


def test_who_is_late_with_the_first_contact_stays_written(world, browser):
    world.customer("甲公司", by="carol")
    carol, user = staff_for(world, "carol"), world.users
    staff_for(world, "alice")
    run("staff_deactivate", carol.pk, world.actor("admin"), {"receiver": user["alice"].pk})
    assert name_late() == 0
    Handover.objects.update(due_at=days.now() - dt.timedelta(minutes=1))
    assert name_late() == 1 and name_late() == 0
    late = Handover.objects.get()
    assert "甲公司" in browser("admin").get("/handovers/?view=late").content.decode(), "today's, too"
    assert late.late_by in (user["alice"], user["carol"])
    run("customer_reassign", late.about_id, world.actor("sam"), {"owner": user["sam"].pk})
    late.refresh_from_db()
    assert late.late_by is not None and Notice.objects.filter(kind="people.late").exists()


def test_closing_a_unit_prepares_a_transfer_for_who_loses_his_role(world):
    customer = world.customer("甲公司", by="sam")
    staff_for(world, "sam")
    admin, unit = world.actor("admin"), world.units
    run("unit_close", unit["east_team"].pk, admin, {"receiver": unit["east_sales"].pk})
    run("unit_close", unit["east_sales"].pk, admin, {"receiver": unit["west_sales"].pk})
    customer.refresh_from_db()
    transfer = Transfer.objects.get()
    assert (transfer.owner, transfer.kind, transfer.done_at) == (world.users["sam"], "reorganisation", None)
    somebody = responsible(customer)
    assert somebody == world.users["erin"].pk and may_edit(somebody, customer)


# ------------------------------------------------------------------------------------------------ the property
class Life:
    """A company in which things happen by chance, each through its action; what is refused stays refused."""

    def __init__(self, world, seed: int) -> None:
        self.world, self.chance, self.made = world, random.Random(seed), 0
        self.tried, self.happened = Counter[str](), Counter[str]()
        self.admin = world.actor("admin")
        for name in world.users:
            staff_for(world, name)
        self.pool = Pool._base_manager.create(name="公海", kind="customer", unit=world.units["east"], keeper=world.users["mona"], cooldown_days=0)

    def step(self) -> str:
        name = self.chance.choice(("hire", "leave", "back", "depart", "move", "close", "make", "transfer", "reassign", "take", "give_back",
                                   "customer", "customer", "role"))  # fmt: skip
        self.admin = self.world.actor("admin")
        self.tried[name] += 1
        try:
            with transaction.atomic():
                getattr(self, name)()
        except Failure:
            return name
        self.happened[name] += 1
        return name

    def somebody(self) -> int:
        return self.chance.choice([u.id for u in directory.users().values() if u.active])

    def unit(self) -> int:
        return self.chance.choice([u.id for u in directory.units().values() if not u.closed])

    def record(self) -> Customer:
        return self.chance.choice(list(Customer.objects.order_by("pk")))

    def hire(self) -> None:
        self.made += 1
        role = Role.objects.get(code=self.chance.choice(("sales", "sales_manager", "branch_manager")))
        run("staff_hire", None, self.admin, {"name": f"新人{self.made}", "unit": self.unit(), "role": role.pk, "username": f"new{self.made}"})

    def leave(self) -> None:
        first = days.today() + dt.timedelta(days=self.chance.choice((0, 0, 0, 1)))
        run("absence_create", None, self.admin, values={
            "owner": self.somebody(), "proxy": self.somebody(), "kind": "leave", "starts_on": first.isoformat(),
            "ends_on": (first + dt.timedelta(days=self.chance.randrange(5))).isoformat()})  # fmt: skip

    def back(self) -> None:
        running = list(Absence.objects.filter(back_at=None))
        if running:
            run("absence_back", self.chance.choice(running).pk, self.admin)

    def depart(self) -> None:
        staff = Staff.objects.get(user=self.somebody())
        run("staff_deactivate", staff.pk, self.admin, {"receiver": self.somebody()})

    def move(self) -> None:
        run("unit_move", self.unit(), self.admin, {"parent": self.unit()})

    def make(self) -> None:
        self.made += 1
        run("unit_create", None, self.admin, {"parent": self.unit(), "name": f"单位{self.made}", "kind": self.chance.choice(("branch", "team"))})

    def close(self) -> None:
        run("unit_close", self.unit(), self.admin, {"receiver": self.unit()})

    def transfer(self) -> None:
        transfer = run("transfer_create", None, self.admin, values={"owner": self.somebody(), "kind": "change"}).record
        rule = self.chance.choice(("person", "balanced"))
        run("transferline_create", None, self.admin,
            values={"transfer": transfer.pk, "rule": rule, **({"receiver": self.somebody()} if rule == "person" else {})})  # fmt: skip
        run("transfer_run", transfer.pk, self.admin)

    def reassign(self) -> None:
        run("customer_reassign", self.record().pk, self.admin, {"owner": self.somebody()})

    def take(self) -> None:
        waiting = list(Customer.objects.filter(pool=self.pool))
        if waiting:
            run("customer_take", self.chance.choice(waiting).pk, self.world.actor(self.chance.choice(("alice", "carol", "sam", "mona"))))

    def give_back(self) -> None:
        run("customer_return", self.record().pk, self.admin, {"pool": self.pool.pk, "reason": "无人跟进"})

    def customer(self, by: int | None = None) -> None:
        self.made += 1
        user = User.objects.get(pk=by or self.somebody())
        self.world.users[user.username] = user
        self.world.customer(f"客户{self.made}", by=user.username)

    def role(self) -> None:
        unit = self.unit()
        run("unit_change", unit, self.admin, {"name": directory.units()[unit].name, "catcher": self.somebody()})


@pytest.mark.parametrize("seed", range(count(1, 4)))
def test_nothing_is_ever_without_somebody_who_can_act(world, seed):
    life, steps = Life(world, seed), STEPS // count(1, 4)
    for _n in range(3):
        life.customer(by=world.users["alice"].pk)
    for n in range(steps):
        name = life.step()
        for customer in Customer.objects.all() if n % 20 == 0 else [life.record()]:
            user = responsible(customer)
            assert directory.users()[user].active, (n, name, customer.pk)
            assert may_edit(user, customer), (n, name, customer.pk)
        if n % 5 == 0:  # and may in fact
            world.users["who"] = User.objects.get(pk=user)
            with transaction.atomic():
                customer.refresh_from_db()
                run("customer_update", customer.pk, world.actor("who"), values={"phone": f"0512-6285{n % 10000:04}"}, version=customer.version)
    assert life.happened.total() > steps / 2, (life.happened, life.tried)
    assert len(life.happened) >= count(9, 13), (life.happened, life.tried)


# ------------------------------------------------------------------------------------------------ what somebody tracks
def test_everything_somebody_tracks_before_and_after_he_left(world, browser):
    since = days.now() - dt.timedelta(days=10)
    for name in ("甲公司", "乙公司"):
        made = run("customer_create", None, world.actor("carol"), values={"name": name}, valid_at=since).record
    run("customer_next_step", made.pk, world.actor("carol"), {"text": "报价", "at": (days.now() + dt.timedelta(days=2)).isoformat()})
    carol = staff_for(world, "carol")
    address = f"/p/tracks?person={carol.user_id}"
    page = browser("sam").get(address)
    assert [(f["label"], f["now"], f["before"]) for f in page.context_data["facts"]] == [("客户", 2, 0), ("任务", 1, 0)]
    assert {r["title"] for r in page.context_data["rows"]} == {"甲公司", "乙公司"} and all(r["his"] for r in page.context_data["rows"])
    run("staff_deactivate", carol.pk, world.actor("admin"), {"receiver": world.users["alice"].pk})
    facts = {f["label"]: (f["now"], f["before"]) for f in browser("sam").get(address).context_data["facts"]}
    assert facts["客户"] == (0, 2)
    assert browser("bob").get(address).context_data["facts"] == []  # out of his reach
    assert browser("bob").get("/p/tracks?person=999999").status_code == 404


def test_whoever_owns_a_record_is_on_its_team_no_more(world):
    one, other = world.customer("甲公司"), world.customer("乙公司")
    for customer in (one, other):
        run("customer_share", customer.pk, world.actor("alice"), {"user": world.users["carol"].pk})
    run("customer_reassign", one.pk, world.actor("sam"), {"owner": world.users["carol"].pk})
    assert list(Share.objects.values_list("record_id", flat=True)) == [other.pk]
