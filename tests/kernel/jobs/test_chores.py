"""What the kernel does by the clock."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Session
from pellucid.kernel.actions.models import IdempotencyKey
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Delivery, Event
from pellucid.kernel.jobs import declare, queue
from pellucid.kernel.jobs.checks import checks
from pellucid.kernel.jobs.models import Job
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.records.errors import Missing
from pellucid.kernel.records.models import Comment
from pellucid.kernel.resources.declare import registry

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - dt.timedelta(days=40)


def done(name: str) -> Job:
    job = queue.start(name, Actor.system())
    work_off()
    job.refresh_from_db()
    assert job.state == "done", job.trace
    return job


def test_every_schedule_names_a_job():
    assert set(declare.schedules) <= set(declare.kinds)
    assert {"kernel.months", "kernel.tidy", "kernel.purge", "kernel.check", "kernel.statistics"} <= set(declare.schedules)


def test_months_and_statistics():
    assert done("kernel.months").result == {"audit": 0, "events": 0}
    done("kernel.statistics")


def test_tidy_throws_away_what_has_served_its_time(world):
    alice = world.users["alice"]
    Session.objects.create(token_hash=b"1" * 32, user=alice, expires_at=LONG_AGO)
    Session.objects.create(token_hash=b"2" * 32, user=alice, expires_at=timezone.now() + dt.timedelta(hours=1))
    IdempotencyKey.objects.create(user_id=1, key="a", fingerprint=b"", created_at=LONG_AGO)
    IdempotencyKey.objects.create(user_id=1, key="b", fingerprint=b"")
    Delivery.objects.create(event_id=1, handler="gone", delivered_at=LONG_AGO)
    old = [Job.objects.create(name="kernel.months", state="done", finished_at=LONG_AGO) for _ in range(3)]
    mine = Job.objects.create(name="x", user=alice, state="done", finished_at=timezone.now() - dt.timedelta(days=3))
    assert done("kernel.tidy").result == {"sessions": 1, "links": 0, "answers": 1, "deliveries": 1, "jobs": 2}
    assert Job.objects.filter(pk__in=[mine.pk, old[2].pk]).count() == 2


def test_the_bin_is_emptied_of_what_was_said_about_people(world):
    customer = world.customer("甲", phone="0512-62857700")
    secret, mobile = "张秘密", "13812345678"
    said = {"customer": customer.pk, "name": secret, "mobile": mobile}
    contact = run("contact_create", None, world.actor("alice"), values=said).record
    run("contact_comment", contact.pk, world.actor("alice"), {"text": f"{secret} 说了"})
    other = run("contact_create", None, world.actor("alice"), values={"customer": customer.pk, "name": "李留下"}).record
    run("contact_delete", contact.pk, world.actor("sam"))
    run("contact_delete", other.pk, world.actor("sam"))
    type(contact)._base_manager.filter(pk=contact.pk).update(deleted_at=LONG_AGO)
    job = done("kernel.purge")
    assert job.result == {"contact": 1}
    contact.refresh_from_db()
    assert (contact.name, contact.mobile, contact.customer_id) == ("", "", customer.pk)
    assert not Comment.objects.filter(resource="contact", record_id=contact.pk).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM history.audit WHERE tbl = 'customers_contact' AND (old::text || new::text) ~ %s",
                       [f"{secret}|{mobile}"])
        assert cursor.fetchone()[0] == 0
    assert not [e for e in Event.objects.filter(resource="contact", record_id=contact.pk) if secret in str(e.payload)]
    with pytest.raises(Missing):
        run("contact_restore", contact.pk, world.actor("sam"))
    run("contact_restore", other.pk, world.actor("sam"))
    assert done("kernel.purge").result == {}


def test_every_resource_can_be_purged(world):
    from pellucid.kernel.jobs.chores.purge import emptied
    for resource in registry.values():
        assert isinstance(emptied(resource.model), dict)


def test_the_nightly_check_finds_what_is_wrong(world):
    customer = world.customer("甲")
    assert "branches" in checks and "branches" not in done("kernel.check").result
    type(customer)._base_manager.filter(pk=customer.pk).update(branch=world.units["west"])
    Delivery.objects.create(event_id=1, handler="broken", tries=12, error="boom")
    found = done("kernel.check").result
    assert "customer" in found["branches"][0] and "boom" in found["deliveries"][0]
    assert Event.objects.get(name="check.found").payload["count"] >= 2
