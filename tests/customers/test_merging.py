"""Two customers become one and can be taken apart."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from pellucid.collaboration.models import Task
from pellucid.customers.models import Contact, Customer, FollowUp
from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Forbidden, Missing, Refused
from pellucid.kernel.records.models import Comment, Star

pytestmark = pytest.mark.django_db
SOON = (timezone.now() + dt.timedelta(days=1)).isoformat()


def pair(world):
    boss = world.actor("sam")
    one, two = (
        world.customer("苏州恒砺精密", phone="0512-62857700"),
        world.customer("恒砺精密（苏州）", address="园区 8 号", employees="600"),
    )
    for customer, name in ((one, "顾维民"), (two, "沈雪")):
        run(
            "contact_create",
            None,
            boss,
            values={"customer": customer.pk, "name": name, "is_primary": "1", "mobile": "13812345678"},
        )
        run(
            "followup_create",
            None,
            boss,
            values={"customer": customer.pk, "text": f"与{name}谈", "next_step": "回访", "next_step_at": SOON},
        )
        run("customer_comment", customer.pk, boss, {"text": f"问 {name}"})
        Star.objects.create(resource="customer", record_id=customer.pk, user=world.users["sam"])
    return boss, Customer.objects.get(pk=one.pk), Customer.objects.get(pk=two.pk)


def test_merge_moves_everything_and_undo_moves_it_back(world):
    boss, one, two = pair(world)
    run("customer_merge", one.pk, boss, {"other": two.pk})
    one.refresh_from_db()
    assert (one.address, one.employees, one.phone) == ("园区 8 号", 600, "0512-62857700")
    assert Contact.objects.filter(customer=one).count() == FollowUp.objects.filter(customer=one).count() == 2
    assert Comment.objects.filter(resource="customer", record_id=one.pk).count() == 2
    assert (
        Task.objects.filter(about_id=one.pk, kind="next_step", done_at=None).count() == 1
        and Task.objects.filter(about_id=one.pk).count() == 2
    )
    with pytest.raises(Missing):
        run("customer_comment", two.pk, boss, {"text": "x"})
    run("customer_unmerge", one.pk, boss)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.address, one.employees, two.merged_into) == ("", None, None)
    assert [Contact.objects.get(customer=c).name for c in (one, two)] == ["顾维民", "沈雪"]
    assert Comment.objects.filter(resource="customer", record_id=two.pk).count() == 1
    assert two.last_contact_at is not None
    with pytest.raises(Refused):
        run("customer_unmerge", one.pk, boss)


def test_what_was_changed_since_stays(world):
    boss, one, two = pair(world)
    run("customer_merge", one.pk, boss, {"other": two.pk})
    one.refresh_from_db()
    run("customer_update", one.pk, boss, values={"address": "新区 1 号"}, version=one.version)
    run("customer_unmerge", one.pk, boss)
    one.refresh_from_db()
    assert (one.address, one.employees) == ("新区 1 号", None)


def test_merging_needs_the_right_to_delete_both(world):
    mine, theirs = world.customer("甲"), world.customer("乙", by="bob")
    with pytest.raises(Forbidden):
        run("customer_merge", mine.pk, world.actor("alice"), {"other": theirs.pk})
    with pytest.raises(Missing):
        run("customer_merge", mine.pk, world.actor("sam"), {"other": theirs.pk})
    with pytest.raises(Refused):
        run("customer_merge", mine.pk, world.actor("sam"), {"other": mine.pk})
