"""What a proxy did says in whose name wherever his own name stands for it: said to a customer, remarked, completed."""

from __future__ import annotations

import pytest

from pellucid.collaboration.models import Task
from pellucid.customers.models import FollowUp
from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.records import days
from pellucid.kernel.resources.happened import happened

pytestmark = pytest.mark.django_db


@pytest.fixture
def stood_in(world):
    """Alice's customer while Bob stands in for her."""
    customer, today = world.customer("甲公司"), days.today().isoformat()
    run("absence_create", None, world.actor("alice"), values={
        "owner": world.users["alice"].pk, "kind": "leave", "starts_on": today, "ends_on": today, "proxy": world.users["bob"].pk})  # fmt: skip
    return customer


def said_by(world, record, only: str) -> list[str]:
    reader = world.actor("alice")
    return [h.who for h in happened(record, reader, show_for(reader), only=only)[0]]


def test_what_is_said_to_a_customer_names_both(world, stood_in, browser):
    bob, alice, values = world.users["bob"], world.users["alice"], {"customer": stood_in.pk, "kind": "call", "text": "替她回访"}
    theirs = run("followup_create", None, world.actor("bob"), values=values).record
    assert (theirs.author, theirs.on_behalf_of) == (bob, alice)
    mine = run("followup_create", None, world.actor("alice"), values=values | {"text": "我自己"}).record
    assert (mine.author, mine.on_behalf_of) == (alice, None)
    run("customer_comment", stood_in.pk, world.actor("bob"), {"text": "样件到了", "about": f"follow_up:{theirs.pk}"})
    assert said_by(world, stood_in, "follow_up") == ["林晓彤", "赵磊代林晓彤"]
    assert said_by(world, stood_in, "comments") == ["赵磊代林晓彤"]
    page = browser("alice").get(f"/customers/{stood_in.pk}").content.decode()
    assert "<b>赵磊代林晓彤</b> 样件到了" in page
    listed = browser("alice").get(f"/follow-ups/?view=all&f.on_behalf_of=in:{alice.pk}").content.decode()
    assert "替她回访" in listed and "我自己" not in listed


def test_what_is_said_to_a_lead_names_both(world, stood_in):
    lead = run("lead_create", None, world.actor("alice"), values={"name": "乙公司", "contact_name": "王工", "mobile": "13912345678"}).record
    run("leadfollowup_create", None, world.actor("bob"), values={"lead": lead.pk, "kind": "call", "text": "先通了电话"})
    assert said_by(world, lead, "lead_follow_up") == ["赵磊代林晓彤"]


def test_a_task_completed_for_somebody_names_both(world, stood_in):
    alice = world.actor("alice")
    for name in ("寄样册", "打电话"):
        run("customer_add_task", stood_in.pk, alice, {"name": name, "due_at": days.now().isoformat()})
    first, second = Task.objects.order_by("pk")
    run("task_complete", first.pk, world.actor("bob"))
    run("task_complete", second.pk, alice)
    first.refresh_from_db()
    assert first.done_by == world.users["bob"] and first.owner == world.users["alice"]
    assert said_by(world, stood_in, "tasks") == ["林晓彤", "赵磊代林晓彤"]
    assert first.done_for == world.users["alice"]
    run("task_reopen", first.pk, world.actor("bob"))
    first.refresh_from_db()
    assert first.done_by is None and first.done_for is None


def test_who_completes_a_colleagues_task_in_his_own_right_stands_in_for_nobody(world):
    customer = world.customer("甲公司")
    run("customer_add_task", customer.pk, world.actor("alice"), {"name": "寄样册", "due_at": days.now().isoformat()})
    task = Task.objects.get()
    run("task_complete", task.pk, world.actor("admin"))
    task.refresh_from_db()
    assert (task.done_by, task.done_for) == (world.users["admin"], None)
    assert said_by(world, customer, "tasks") == [world.users["admin"].name]


def test_what_was_said_before_or_by_who_is_here_names_one(world):
    customer = world.customer("甲公司")
    run("followup_create", None, world.actor("alice"), values={"customer": customer.pk, "kind": "call", "text": "您好"})
    assert FollowUp.objects.get().on_behalf_of is None and said_by(world, customer, "follow_up") == ["林晓彤"]
