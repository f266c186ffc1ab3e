"""Absences and who stands in: rights begin and end by themselves, history says "B for A", and only what the owner could is lent."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.db import connection

from pellucid.collaboration.models import Task
from pellucid.customers.models import Customer
from pellucid.kernel.access import proxies, rights
from pellucid.kernel.access.models import Grant, Proxy, Role, User
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run, scoped, show_for
from pellucid.kernel.events.models import Event
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused
from pellucid.kernel.resources import reach
from pellucid.kernel.resources.attachments import attach, remove
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.happened import happened
from pellucid.kernel.resources.lists.run import count, rows
from pellucid.kernel.resources.query import ListParams, listing
from pellucid.kernel.resources.reach import Reach, seers
from pellucid.kernel.search.engine import search
from pellucid.people import absences
from pellucid.people.actions.absences import say_ended
from pellucid.people.models import Absence
from tests.queries import counted
from tests.samples import record_of

pytestmark = pytest.mark.django_db


def day(n: int) -> str:
    return (days.today() + dt.timedelta(days=n)).isoformat()


def away(world, who="alice", proxy="bob", first=0, last=3, by=None, **more):
    values = {"owner": world.users[who].pk, "kind": "leave", "starts_on": day(first), "ends_on": day(last), **more}
    if proxy:
        values["proxy"] = world.users[proxy].pk
    return run("absence_create", None, world.actor(by or who), values=values).record


@pytest.fixture
def clock(monkeypatch):
    """Move the clock that proxies are read by."""

    def move(moment: dt.datetime) -> None:
        class Fixed:
            now = staticmethod(lambda: moment)

        monkeypatch.setattr(proxies, "timezone", Fixed)

    return move


def test_the_proxy_reaches_what_the_owner_does_and_history_says_for_whom(world):
    customer = world.customer("甲公司")
    with pytest.raises(Missing):
        run("customer_update", customer.pk, world.actor("bob"), values={"name": "乙"}, version=1)
    away(world)
    bob = world.actor("bob")
    assert scoped(Customer, bob).filter(pk=customer.pk).exists()
    outcome = run("customer_update", customer.pk, bob, values={"phone": "0512-62857700"}, version=customer.version)
    event = Event.objects.get(pk=outcome.event_id)
    assert (event.actor_id, event.on_behalf_of) == (bob.user_id, world.users["alice"].pk)
    run("customer_comment", customer.pk, bob, {"text": "已联系"})
    entries, _more = happened(outcome.record, world.actor("alice"), show_for(world.actor("alice")))
    assert "赵磊代林晓彤" in {e.who for e in entries}
    kept = attach(registry["customer"], customer.pk, "报价.txt", io.BytesIO("报价".encode()), bob)
    remove(registry["customer"], customer.pk, kept.pk, bob)
    told = Event.objects.filter(name__startswith="file.", record_id=customer.pk).values_list("name", "on_behalf_of").order_by("id")
    assert list(told) == [("file.attached", world.users["alice"].pk), ("file.removed", world.users["alice"].pk)]
    by_sam = run("customer_update", customer.pk, world.actor("sam"), values={"phone": "0512-62857702"}, version=outcome.record.version)
    assert Event.objects.get(pk=by_sam.event_id).on_behalf_of is None


def test_children_and_new_records_under_the_owner_s_root(world):
    customer = world.customer("甲公司")
    away(world)
    made = run("contact_create", None, world.actor("bob"), values={"customer": customer.pk, "name": "王工"})
    assert Event.objects.get(pk=made.event_id).on_behalf_of == world.users["alice"].pk
    own = run("customer_create", None, world.actor("bob"), values={"name": "西部一号"})
    assert own.record.owner == world.users["bob"] and Event.objects.get(pk=own.event_id).on_behalf_of is None


def test_begins_and_ends_by_itself_without_a_write(world, clock):
    customer = world.customer("甲公司")
    away(world, first=1, last=2)
    begins, ends = days.start_of(days.today() + dt.timedelta(days=1)), days.start_of(days.today() + dt.timedelta(days=3))

    def sees() -> bool:
        return scoped(Customer, world.actor("bob")).filter(pk=customer.pk).exists()

    for moment, expected in ((begins - dt.timedelta(seconds=1), False), (begins, True), (ends - dt.timedelta(seconds=1), True), (ends, False)):
        clock(moment)
        assert sees() is expected, moment


def test_the_request_of_somebody_who_stands_in_costs_no_query_more(world, browser):
    customer = world.customer("甲公司")
    page = browser("sam")
    address = f"/customers/{customer.pk}"
    page.get(address)
    with counted() as before:
        page.get(address)
    away(world, proxy="sam")
    page.get(address)
    with counted() as after:
        page.get(address)
    assert len(after) <= len(before)
    assert "代林晓彤" in page.get("/").content.decode()


def test_only_the_kinds_named_and_one_person_per_kind(world):
    customer = world.customer("甲公司")
    absence = away(world)
    run("absencecover_create", None, world.actor("alice"),
        values={"absence": absence.pk, "resource": "customer", "proxy": world.users["carol"].pk})  # fmt: skip
    assert not scoped(Customer, world.actor("bob")).filter(pk=customer.pk).exists()
    assert scoped(Customer, world.actor("carol")).filter(pk=customer.pk).exists()
    task = record_of("task", world)
    assert scoped(Task, world.actor("bob")).filter(pk=task.pk).exists()
    assert not scoped(Task, world.actor("carol")).filter(pk=task.pk).exists()


def test_a_proxy_who_is_away_himself_hands_on(world):
    customer = world.customer("甲公司")
    away(world)
    away(world, "bob", "carol", by="admin")
    assert proxies.line(world.users["alice"].pk, "customer", proxies.rows()) == [world.users["bob"].pk, world.users["carol"].pk]
    outcome = run("customer_update", customer.pk, world.actor("carol"), values={"phone": "0512-62857701"}, version=customer.version)
    assert Event.objects.get(pk=outcome.event_id).on_behalf_of == world.users["alice"].pk


def test_nobody_gets_more_than_the_owner_has(world):
    world.customer("甲公司")
    theirs = world.customer("丙公司", by="carol")
    away(world)
    bob = world.actor("bob")
    assert not scoped(Customer, bob).filter(pk=theirs.pk).exists()
    assert not bob.may("role", "view") and "admin" not in bob.rights.roles
    with pytest.raises(Forbidden):
        run("staff_hire", None, bob, {"name": "新人", "unit": world.units["east"].pk})


def test_what_is_shared_with_the_owner_is_there_for_who_stands_in_as_far_as_it_goes(world):
    """To be worked on, to be read, shared with both: seen in lists, searched, counted once, and changed in the owner's name only."""
    worked, read, both, other = (world.customer(name, by="carol") for name in ("甲方", "乙方", "丙方", "丁方"))
    shares = [(worked, "alice", 2), (read, "alice", 1), (both, "alice", 2), (both, "bob", 2), (other, "sally", 2)]
    for customer, who, level in shares:
        run("customer_share", customer.pk, world.actor("carol"), {"user": world.users[who].pk, "level": level})
    assert set(scoped(Customer, world.actor("bob"))) == {both}
    away(world)
    bob = world.actor("bob")
    assert set(scoped(Customer, bob)) == {worked, read, both} and set(scoped(Customer, bob, "edit")) == {worked, both}
    query = listing(registry["customer"], bob, ListParams(), show_for(bob)).query
    assert sorted(r[2] for r in rows(connection, query)) == sorted(c.name for c in (worked, read, both)), "shared with both: one row"
    assert count(connection, query) == (3, True)
    assert [h.id for h in search(bob, "甲方", resources=("customer",)).get("customer", [])] == [worked.pk]
    done = run("customer_update", worked.pk, bob, values={"phone": "0512-62857700"}, version=worked.version)
    assert Event.objects.get(pk=done.event_id).on_behalf_of == world.users["alice"].pk
    mine = run("customer_update", both.pk, bob, values={"phone": "0512-62857700"}, version=both.version)
    assert Event.objects.get(pk=mine.event_id).on_behalf_of is None, "what is shared with him, too, he does in his own name"
    assert Reach(worked, bob).may("edit") and Reach(read, bob).may("view") and not Reach(read, bob).may("edit")
    assert {s.user_id: (s.reasons, s.edits) for s in seers(read)}[bob.user_id] == (("shared_of",), False)
    with pytest.raises(Forbidden):
        run("customer_update", read.pk, bob, values={"phone": "0512-62857700"}, version=read.version)
    contact = run("contact_create", None, bob, values={"customer": worked.pk, "name": "王工"})
    assert Event.objects.get(pk=contact.event_id).on_behalf_of == world.users["alice"].pk
    run("absence_back", Absence.objects.get().pk, world.actor("alice"))
    assert set(scoped(Customer, world.actor("bob"))) == {both}


def test_a_manager_s_reach_is_lent_in_his_name(world):
    customer = world.customer("甲公司")
    away(world, "sam", "bob", by="admin")
    outcome = run("customer_update", customer.pk, world.actor("bob"), values={"phone": "0512-62857701"}, version=customer.version)
    assert Event.objects.get(pk=outcome.event_id).on_behalf_of == world.users["sam"].pk
    assert "admin" not in world.actor("bob").rights.roles


def test_an_administrator_does_not_lend_the_administration(world):
    away(world, "admin", "bob")
    assert not world.actor("bob").may("role", "edit") and not world.actor("bob").may("user", "view")


def test_a_set_is_done_in_each_owner_s_name(world):
    mine, theirs = world.customer("甲公司"), world.customer("西部一号", by="bob")
    away(world)
    batch = run_many("customer_update", [mine.pk, theirs.pk], world.actor("bob"), values={"phone": "0512-62857701"})
    names = {e.on_behalf_of for e in Event.objects.filter(pk__in=batch.events)}
    assert sorted(batch.done) == sorted((mine.pk, theirs.pk)) and names == {None, world.users["alice"].pk}


def test_back_early_ends_it_now(world):
    customer = world.customer("甲公司")
    absence = away(world)
    assert world.users["alice"].pk in absences.away()
    run("absence_back", absence.pk, world.actor("alice"))
    assert not scoped(Customer, world.actor("bob")).filter(pk=customer.pk).exists()
    assert absences.away() == frozenset()
    row = Proxy.objects.get()
    assert row.ends_at < days.now() and row.starts_at < row.ends_at
    with pytest.raises(Refused):
        run("absence_back", absence.pk, world.actor("alice"))
    away(world)  # another one may begin


def test_longer_shorter_and_somebody_else(world):
    absence = away(world, first=0, last=1)
    alice = world.actor("alice")
    run("absence_update", absence.pk, alice, values={"ends_on": day(5)}, version=absence.version)
    assert Proxy.objects.get().ends_at == days.end_of(days.today() + dt.timedelta(days=5))
    absence.refresh_from_db()
    run("absence_update", absence.pk, alice, values={"proxy": world.users["carol"].pk}, version=absence.version)
    first, second = Proxy.objects.order_by("pk")
    assert first.ends_at <= second.starts_at and second.proxy == world.users["carol"]
    absence.refresh_from_db()
    run("absence_delete", absence.pk, world.actor("admin"))
    assert proxies.rows() == []


def test_what_does_not_make_sense_is_said_at_its_field(world):
    world.customer("甲公司")

    def wrong(**more) -> set[str]:
        with pytest.raises(Invalid) as refused:
            away(world, **more)
        return set(refused.value.errors)

    assert wrong(proxy=None) == {"proxy"}  # she looks after a customer
    assert wrong(proxy="alice") == {"proxy"}
    assert wrong(first=3, last=1) == {"ends_on"}
    assert wrong(first=0, last=400) == {"ends_on"}
    away(world)
    assert wrong(first=3, last=6) == {"starts_on"}
    Grant.objects.filter(user=world.users["bob"]).delete()
    assert wrong(first=10, last=12) == {"proxy"}
    assert away(world, "walt", None).proxy is None  # he looks after nothing
    with pytest.raises(Forbidden):
        away(world, "bob", "carol", by="alice")


def test_those_concerned_are_told(world):
    absence = away(world, by="sam")
    assert {(n.kind, n.user.username) for n in Notice.objects.all()} == {("people.standing_in", "bob"), ("people.away", "alice")}
    Absence.objects.filter(pk=absence.pk).update(ends_on=days.today() - dt.timedelta(days=1), starts_on=days.today() - dt.timedelta(days=2))
    assert say_ended(days.today() - dt.timedelta(days=1)) == 2


def test_who_leaves_stands_in_for_nobody(world):
    from pellucid.people.models import Staff

    customer = world.customer("甲公司")
    away(world)
    staff = Staff.objects.create(user=world.users["bob"], name="赵磊", unit=world.units["west_sales"])
    run("staff_deactivate", staff.pk, world.actor("admin"), {"receiver": world.users["wendy"].pk})
    assert proxies.rows() == [] and rights.rights_of(world.users["bob"].pk).granted == {}
    assert customer.owner == world.users["alice"]


def test_who_sees_a_record_is_found_by_grants_as_by_everybodys_rights(world):
    """Over every resource, with a share and a chain of proxies: the same people as by asking for the rights of each."""
    run("customer_share", world.customer("甲方", by="carol").pk, world.actor("carol"), {"user": world.users["alice"].pk, "level": 1})
    away(world)
    away(world, "bob", "sally")
    everybody = Grant.objects.values_list("user_id", flat=True).distinct()
    for key in sorted(registry):
        for owner in ("alice", "carol"):
            record = record_of(key, world, owner=owner)
            found = {s.user_id: (s.reasons, s.edits) for s in seers(record)}
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(reach, "_near", lambda key, root, shares: set(everybody))
                assert found == {s.user_id: (s.reasons, s.edits) for s in seers(record)}, key
    read, role = Customer.objects.get(name="甲方"), Role.objects.get(code="sales")

    def cost(people: int) -> int:
        for _n in range(people):
            far = User.objects.create(username=f"far{User.objects.count()}")
            Grant.objects.create(user=far, role=role, unit=world.units["east_market"])
        with counted() as sent:
            seers(read)
        return len(sent)

    assert cost(1) == cost(20), "people far away cost nothing"
