"""Entries of a calendar on their way to another day."""

from __future__ import annotations

import datetime as dt

import pytest

from pellucid.collaboration.models import Task
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days
from tests.samples import record_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def planned(world):
    """A customer of alice's with a next step tomorrow at 14:30, and its task."""
    customer = world.customer("苏州恒砺精密制造有限公司")
    at = days.start_of(days.today() + dt.timedelta(days=1)) + dt.timedelta(hours=14, minutes=30)
    run("customer_next_step", customer.pk, Actor.of(world.users["alice"]), {"text": "约现场勘察", "at": at})
    return customer, Task.objects.get(about_resource="customer", about_id=customer.pk), at


def put(client, address, to, was=""):
    return client.post(address, {"to": to.isoformat()} | ({"was": was.isoformat()} if was else {}), headers=HTMX)


def test_the_time_stays_and_the_step_with_its_copy_moves(planned, browser):
    customer, task, at = planned
    alice, to = browser("alice"), days.today() + dt.timedelta(days=4)
    page = alice.get(f"/tasks/calendar?on={(days.today() + dt.timedelta(days=1)).isoformat()}").content.decode()
    assert f'data-moves="/tasks/{task.pk}/day"' in page
    answer = put(alice, f"/tasks/{task.pk}/day", to, days.today() + dt.timedelta(days=1))
    assert answer.status_code == 204 and "/undo/" in answer["HX-Trigger"]
    task.refresh_from_db(), customer.refresh_from_db()
    assert task.due_at == at + dt.timedelta(days=3) == customer.next_step_at
    back = put(alice, f"/customers/{customer.pk}/day", to - dt.timedelta(days=2), to)
    task.refresh_from_db(), customer.refresh_from_db()
    assert back.status_code == 204 and (task.name, task.due_at) == ("约现场勘察", at + dt.timedelta(days=1)) and customer.next_step == "约现场勘察"


def test_a_field_that_a_form_edits_moves_by_editing_it(world, browser):
    deal, to = record_of("opportunity", world, owner="alice"), days.today() + dt.timedelta(days=40)
    run("opportunity_update", deal.pk, Actor.of(world.users["alice"]), values={"expected_on": days.today()}, version=deal.version)
    assert put(browser("alice"), f"/opportunities/{deal.pk}/day", to).status_code == 204
    deal.refresh_from_db()
    assert deal.expected_on == to


def test_what_may_not_be_moved_stays(planned, browser, world):
    _customer, task, at = planned
    to = days.today() + dt.timedelta(days=6)
    alice = browser("alice")
    assert put(alice, f"/tasks/{task.pk}/day", to, to).status_code == 409, "somebody moved it meanwhile"
    assert alice.post(f"/tasks/{task.pk}/day", {"to": "morgen"}, headers=HTMX).status_code == 409
    assert put(browser("bob"), f"/tasks/{task.pk}/day", to).status_code == 404
    assert put(browser("audrey"), f"/tasks/{task.pk}/day", to).status_code == 409
    run("task_complete", task.pk, Actor.of(world.users["alice"]), {})
    assert put(alice, f"/tasks/{task.pk}/day", to).status_code == 409
    told = record_of("followup", world, owner="alice")
    assert put(alice, f"/follow-ups/{told.pk}/day", to).status_code == 404
    task.refresh_from_db()
    assert task.due_at == at
