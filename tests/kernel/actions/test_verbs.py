"""The verbs every resource has, as stories with exact values."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from pellucid.customers.models import Customer
from pellucid.kernel.access.models import Grant, Role, RoleRight
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import call, fetch, holds_since, run, scoped, show_for
from pellucid.kernel.events.models import Event
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused, Stale, VersionNeeded
from pellucid.kernel.records.models import Comment
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.lists.run import rows
from pellucid.kernel.resources.params import Filter, ListParams
from pellucid.kernel.resources.query import listing
from tests.samples import record_of

pytestmark = pytest.mark.django_db


def test_create_fills_place_and_number(world):
    made = world.customer("苏州恒砺精密制造有限公司")
    assert (made.owner, made.unit, made.branch) == (world.users["alice"], world.units["east_sales"], world.units["east"])
    assert made.number.startswith("KH-")
    event = Event.objects.get(name="customer.created", record_id=made.pk)
    assert (event.actor_id, event.door) == (world.users["alice"].pk, "web")


def test_update_needs_a_version_and_bumps_it(world):
    made = world.customer("甲")
    with pytest.raises(VersionNeeded):
        run("customer_update", made.pk, world.actor("alice"), values={"address": "园区"})
    run("customer_update", made.pk, world.actor("alice"), values={"address": "园区"}, version=1)
    made.refresh_from_db()
    assert (made.address, made.version) == ("园区", 2)


def test_changes_of_different_fields_merge_and_of_the_same_field_conflict(world):
    made = world.customer("甲")
    run("customer_update", made.pk, world.actor("alice"), values={"address": "园区"}, version=1)
    merged = run("customer_update", made.pk, world.actor("sam"), values={"phone": "0512-62857700"}, version=1)
    assert merged.merged == ("address",)
    with pytest.raises(Stale) as stale:
        run("customer_update", made.pk, world.actor("sam"), values={"address": "新区"}, version=1)
    assert stale.value.conflicts == {"address": {"mine": "新区", "theirs": "园区"}}
    assert stale.value.who == "林晓彤"


def test_not_yours_is_not_there_and_a_missing_right_is_named(world):
    made = world.customer("甲")
    with pytest.raises(Missing):
        fetch(type(made), made.pk, world.actor("bob"))
    with pytest.raises(Forbidden) as refused:
        run("customer_delete", made.pk, world.actor("alice"))
    assert refused.value.right == "customer.delete"
    run("customer_delete", made.pk, world.actor("sam"))
    with pytest.raises(Missing):
        fetch(type(made), made.pk, world.actor("alice"))
    run("customer_restore", made.pk, world.actor("sam"))
    assert fetch(type(made), made.pk, world.actor("alice")).pk == made.pk


def test_revoked_grant_counts_at_once(world):
    made = world.customer("甲")
    Grant.objects.filter(user=world.users["alice"]).delete()
    assert not scoped(type(made), world.actor("alice")).exists()


def test_reassign_moves_to_the_new_owners_unit(world):
    made = world.customer("甲")
    run("customer_reassign", made.pk, world.actor("mona"), {"owner": "赵磊", "reason": "区域调整"})
    made.refresh_from_db()
    assert (made.owner, made.unit, made.branch) == (world.users["bob"], world.units["west_sales"], world.units["west"])


def test_unknown_field_and_bad_values_name_the_field(world):
    with pytest.raises(Invalid) as bad:
        world.customer("乙", nmae="x")
    assert list(bad.value.errors) == ["nmae"]
    with pytest.raises(Invalid) as bad:
        world.customer("", website="javascript:alert(1)", employees="many")
    assert set(bad.value.errors) == {"name", "website", "employees"}


def test_comment_mentions(world):
    made = world.customer("甲")
    run("customer_comment", made.pk, world.actor("alice"), {"text": "@孙明 请看一下"})
    assert Comment.objects.get().mentions == [world.users["sam"].pk]


def test_list_reads_through_scope_and_filters(world):
    for n in range(5):
        world.customer(f"客户{n}", employees=str(n * 100))
    world.customer("西部客户", by="bob")
    resource = registry["customer"]

    def names(who, **params):
        actor = world.actor(who)
        found = listing(resource, actor, ListParams(**params), show_for(actor))
        return [r[2] for r in rows(connection, found.query)]

    assert len(names("alice")) == 5 and names("bob") == ["西部客户"] and len(names("erin")) == 6 and len(names("mona")) == 5
    assert names("alice", filters=(Filter("name", "contains", ("3",)),)) == ["客户3"]
    assert set(names("alice", filters=(Filter("created_at", "within", ("today",)), Filter("name", "ne", ("客户1",))))) == {
        "客户0",
        "客户2",
        "客户3",
        "客户4",
    }
    assert names("alice", sort="-employees")[0] == "客户4"
    with pytest.raises(Invalid):
        names("alice", filters=(Filter("nope", "eq", ("1",)),))


def test_a_share_lets_in_as_far_as_it_says(world):
    made = world.customer("甲")
    run("customer_share", made.pk, world.actor("alice"), {"user": "赵磊", "level": "1"})
    assert fetch(type(made), made.pk, world.actor("bob")).pk == made.pk
    with pytest.raises(Forbidden):
        run("customer_update", made.pk, world.actor("bob"), values={"address": "园区"}, version=1)
    run("customer_share", made.pk, world.actor("alice"), {"user": "赵磊", "level": "2"})
    run("customer_update", made.pk, world.actor("bob"), values={"address": "园区"}, version=1)
    made.refresh_from_db()
    assert made.address == "园区"


@pytest.fixture
def manager_of(world):
    """`manager_of("unit", "east_sales")`: Carol of the eastern sales, with all a sales manager's rights in one scope, anchored at a unit."""

    def made(scope: str, place: str, **others: str):
        role = Role.objects.create(code=f"only_{scope}", label={"en": scope})
        for verb in set(RoleRight.objects.filter(role__code="sales_manager", resource="customer").values_list("verb", flat=True)):
            RoleRight.objects.create(role=role, resource="customer", verb=verb, scope=others.get(verb, scope))
        Grant.objects.filter(user=world.users["carol"]).delete()
        Grant.objects.create(user=world.users["carol"], role=role, unit=world.units[place])
        return world.actor("carol")

    return made


@pytest.mark.parametrize("scope", ["own", "unit", "unit_below", "branch", "all"])
def test_what_one_creates_lands_in_ones_own_unit_and_within_reach(world, manager_of, scope):
    actor = manager_of(scope, "east_sales")
    made = run("customer_create", None, actor, values={"name": "苏州恒砺"}).record
    assert (made.owner_id, made.unit_id, made.branch_id) == (actor.user_id, world.units["east_sales"].pk, world.units["east"].pk)
    assert fetch(Customer, made.pk, actor, "edit") == made


@pytest.mark.parametrize(("scope", "place", "others"), [
    ("unit", "east_market", {}),                    # the own unit is not the one the right is for
    ("unit_below", "west", {}),
    ("shared", "east_sales", {}),                   # what is new is shared with nobody
    ("shared", "east_sales", {"create": "own"}),    # ... so its maker would not see it
])  # fmt: skip
def test_nobody_creates_what_would_not_be_within_his_reach(world, manager_of, scope, place, others):
    with pytest.raises(Forbidden):
        run("customer_create", None, manager_of(scope, place, **others), values={"name": "苏州恒砺"})
    assert not Customer._base_manager.filter(name="苏州恒砺").exists()


def test_a_child_moves_only_to_a_root_one_may_work_on(world):
    mine, theirs = world.customer("甲"), world.customer("乙", by="bob")
    person = run("contact_create", None, world.actor("alice"), values={"name": "周敏", "customer": str(mine.pk)}).record
    run("customer_share", theirs.pk, world.actor("bob"), {"user": world.users["alice"].pk, "level": "1"})
    with pytest.raises(Forbidden) as refused:
        run("contact_update", person.pk, world.actor("alice"), values={"customer": str(theirs.pk)}, version=1)
    assert refused.value.right == "contact.edit"
    run("customer_share", theirs.pk, world.actor("bob"), {"user": world.users["alice"].pk, "level": "2"})
    run("contact_update", person.pk, world.actor("alice"), values={"customer": str(theirs.pk)}, version=1)
    person.refresh_from_db()
    assert person.customer_id == theirs.pk


def test_after_an_action_below_the_one_above_writes_as_before(world):
    made, since = world.customer("甲"), dt.datetime(2026, 1, 5, 1, 0, tzinfo=dt.UTC)
    seen = []

    def settings():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('pellucid.actor'), current_setting('pellucid.event'), current_setting('pellucid.valid_at')")
            seen.append(cursor.fetchone())

    def above(record, *, actor):
        holds_since(since)
        settings()
        call("customer_watch", record, actor=world.actor("sam"))
        settings()

    outcome = run(replace(actions["customer_watch"], function=above), made.pk, world.actor("alice"))
    assert seen == [(str(world.users["alice"].pk), str(outcome.event_id), since.isoformat())] * 2


@pytest.mark.django_db(transaction=True)
def test_an_action_below_holds_what_it_declares(world, monkeypatch):
    made, other = world.customer("甲"), world.customer("乙")
    person = run("contact_create", None, world.actor("alice"), values={"name": "周敏", "customer": str(other.pk)}).record
    monkeypatch.setitem(actions, "contact_watch", replace(actions["contact_watch"], locks=("customer",)))

    def free() -> bool:
        try:
            with transaction.atomic():
                return Customer.objects.select_for_update(nowait=True).filter(pk=other.pk).exists()
        except OperationalError:
            return False
        finally:
            connection.close()

    def above(record, *, actor):
        with ThreadPoolExecutor(1) as others:
            before = others.submit(free).result()
            call("contact_watch", person, actor=actor)
            return before, others.submit(free).result()

    assert run(replace(actions["customer_watch"], function=above), made.pk, world.actor("alice")).value == (True, False)


def test_a_new_owner_brings_his_unit_and_branch(world):
    one, many = record_of("task", world), [record_of("task", world).pk for _ in range(2)]
    run("task_update", one.pk, world.actor("erin"), values={"owner": "赵磊"}, version=one.version)
    assert run_many("task_update", many, world.actor("erin"), values={"owner": "赵磊"}).done == many
    bob, unit, branch = world.users["bob"].pk, world.units["west_sales"].pk, world.units["west"].pk
    found = registry["task"].model.objects.filter(pk__in=[one.pk, *many])
    assert list(found.values_list("owner", "unit", "branch")) == [(bob, unit, branch)] * 3


def test_what_hangs_on_a_record_beyond_ones_sight_is_counted_not_named(world):
    made = world.customer("苏州恒砺")
    world.customer("恒砺西部", by="bob", parent=None)
    Customer.objects.filter(name="恒砺西部").update(parent=made)
    with pytest.raises(Refused) as refused:
        run("customer_delete", made.pk, world.actor("sam"))
    assert "恒砺西部" not in refused.value.message and "另有 1 条不在您的可见范围内" in refused.value.message
    with pytest.raises(Refused) as refused:
        run("customer_delete", made.pk, world.actor("erin"))
    assert "恒砺西部" in refused.value.message and "1 条" not in refused.value.message


def test_children_do_not_follow_to_a_root_that_went_at_the_same_moment(world, monkeypatch):
    made, gone = world.customer("甲"), world.customer("乙")
    people = [run("contact_create", None, world.actor("alice"), values={"name": n, "customer": str(made.pk)}).record.pk for n in ("周敏", "吴江")]
    Customer.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    monkeypatch.setattr("pellucid.kernel.resources.verbs.check_links", lambda *_: None)  # it was there when they looked
    batch = run_many("contact_update", people, world.actor("erin"), values={"customer": str(gone.pk)})
    assert (batch.done, [pk for pk, _name, _why in batch.skipped]) == ([], people)
    assert set(registry["contact"].model.objects.filter(pk__in=people).values_list("customer", flat=True)) == {made.pk}
