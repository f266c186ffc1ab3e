"""What is said about an opportunity is written on it, seen on it and on its customer, and its next step is one thing everywhere."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pellucid.collaboration.actions.tasks import copies_agree
from pellucid.collaboration.models import Task
from pellucid.customers import pages as customer_pages
from pellucid.customers.models import Customer, FollowUp
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import terms
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused
from pellucid.kernel.records.models import Attachment
from pellucid.sales.models import Opportunity
from pellucid.sales.record_pages import composer, told
from tests.sales.test_opportunities import deal, do  # noqa: F401

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def ahead(days: int) -> dt.datetime:
    return (timezone.now() + dt.timedelta(days=days)).replace(microsecond=0)


def said(world, one, text: str, by: str = "alice", **inputs) -> FollowUp:
    """A follow-up written on an opportunity."""
    return run("opportunity_tell", one.pk, world.actor(by), {"text": text, **inputs}).value


def steps(one: Opportunity) -> tuple[str, str, str]:
    """The next step as the opportunity, its customer and the open task say it."""
    one.refresh_from_db()
    task = Task.objects.filter(kind="next_step", done_at=None).get()
    return one.next_step, Customer.objects.get(pk=one.customer_id).next_step, task.name


def rewrite(world, record, **values) -> None:
    """Fields of a record changed by hand."""
    record.refresh_from_db()
    run(f"{record._meta.model_name}_update", record.pk, world.actor("alice"), values=values, version=record.version)


def on_deal(world, one, by: str = "alice"):
    return told("opportunity", one, world.actor(by), None, 20)


def on_customer(world, one, by: str = "alice"):
    return customer_pages.follow_ups("customer", one.customer, world.actor(by), None, 20)


def test_it_is_kept_with_the_opportunity_and_seen_on_both(world, deal):  # noqa: F811
    one = deal()
    made = said(world, one, "谈了质保期", kind="visit", met_decision_maker="1", next_step="寄样件", next_step_at=ahead(3).isoformat())
    assert (made.customer, made.about_resource, made.about_id, made.author) == (one.customer, "opportunity", one.pk, world.users["alice"])
    assert steps(one) == ("寄样件", "寄样件", "寄样件"), "one task, one next step, on the opportunity and on its customer"
    assert Task.objects.get(kind="next_step").about_id == one.pk
    one.customer.refresh_from_db()
    assert one.customer.last_contact_kind == "visit"
    here, there = on_deal(world, one), on_customer(world, one)
    assert [e["box"] for e in here] == [e["box"] for e in there] == ["谈了质保期"]
    assert (here[0]["about"], there[0]["about"]) == (None, {"label": "三号线改造", "href": f"/opportunities/{one.pk}"})
    assert not here[0]["over"] and not there[0]["over"]
    assert copies_agree() == []


def test_the_latest_word_is_the_next_step(world, deal):  # noqa: F811
    one = deal()
    first = said(world, one, "甲", next_step="寄样件", next_step_at=ahead(3).isoformat())
    said(world, one, "乙", next_step="谈付款", next_step_at=ahead(5).isoformat())
    assert steps(one) == ("谈付款", "谈付款", "谈付款")
    assert [e["over"] for e in on_deal(world, one)] == [False, True], "what was replaced no longer stands out"
    said(world, one, "补记", at=ahead(-4).isoformat(), next_step="发资料", next_step_at=ahead(-2).isoformat())
    assert steps(one)[0] == "谈付款", "what is entered afterwards does not replace what was said since"
    rewrite(world, first, next_step="寄两件样件")
    assert steps(one)[0] == "谈付款"
    latest = FollowUp.objects.get(text="乙")
    rewrite(world, latest, next_step="谈付款与质保")
    assert steps(one) == ("谈付款与质保",) * 3, "said otherwise afterwards, it is otherwise"
    run("task_complete", Task.objects.get(kind="next_step").pk, world.actor("alice"), {"result": "谈妥"})
    one.refresh_from_db()
    assert (one.next_step, Customer.objects.get(pk=one.customer_id).next_step) == ("", "")
    rewrite(world, latest, next_step="谈别的")
    one.refresh_from_db()
    assert one.next_step == "", "what is done is not planned again by rewriting what was said"
    assert copies_agree() == []


def test_a_customer_follows_its_opportunities_until_it_has_a_step_of_its_own(world, deal):  # noqa: F811
    one = deal()
    other = deal(customer=one.customer, name="备件")
    said(world, one, "甲", next_step="寄样件", next_step_at=ahead(5).isoformat())
    said(world, other, "乙", next_step="报备件价", next_step_at=ahead(2).isoformat())

    def customer() -> str:
        return Customer.objects.get(pk=one.customer_id).next_step

    assert customer() == "报备件价", "the nearest of what is planned with it"
    run("customer_next_step", one.customer_id, world.actor("alice"), {"text": "年度拜访", "at": ahead(30).isoformat()})
    assert customer() == "年度拜访"
    run("task_complete", Task.objects.get(name="年度拜访").pk, world.actor("alice"), {"result": "去过"})
    assert customer() == "报备件价"
    run("opportunity_delete", other.pk, world.actor("sam"))
    assert customer() == "寄样件", "what is in the bin is not planned for"
    run("opportunity_restore", other.pk, world.actor("sam"))
    assert customer() == "报备件价"
    elsewhere = world.customer("丙有限公司", by="alice")
    rewrite(world, other, customer=elsewhere.pk)
    assert (customer(), Customer.objects.get(pk=elsewhere.pk).next_step) == ("寄样件", "报备件价")
    assert copies_agree() == []


def test_of_a_lost_one_the_customer_is_contacted_again(world, deal):  # noqa: F811
    one = deal()
    one = do(world, "lose", one, loss_reason=terms.find("loss_reason", "price"), lost_to_name="启衡")
    said(world, one, "明年再看", next_step="明年再联系", next_step_at=ahead(200).isoformat())
    one.refresh_from_db()
    task = Task.objects.get(kind="next_step")
    assert (one.next_step, task.about_resource, task.about_id) == ("", "customer", one.customer_id)


def test_what_is_said_with_the_customer_is_marked_as_such(world, deal):  # noqa: F811
    one = deal()
    other = deal(customer=one.customer, name="备件")
    run("followup_create", None, world.actor("alice"), values={"customer": one.customer_id, "text": "节日问候"})
    said(world, other, "备件的事")
    found = on_deal(world, one)
    assert [e["box"] for e in found] == ["节日问候"], "of another opportunity of theirs it does not speak"
    assert found[0]["about"]["href"] == f"/customers/{one.customer_id}"


def test_who_may_not_may_not(world, deal):  # noqa: F811
    one = deal()
    with pytest.raises((Missing, Forbidden)):
        said(world, one, "x", by="bob")
    with pytest.raises(Invalid) as bad:
        said(world, one, "x", next_step="什么时候？")
    assert list(bad.value.errors) == ["next_step_at"]
    assert not FollowUp.objects.exists() and not Event.objects.filter(name="opportunity.told").exists()
    Opportunity.objects.filter(pk=one.pk).update(customer=None)
    one.refresh_from_db()
    assert composer(one, world.actor("alice")) is None
    with pytest.raises(Refused):
        said(world, one, "x")


def test_the_page_writes_it_with_its_files(world, deal, browser):  # noqa: F811
    one, client = deal(), browser("alice")
    page = client.get(f"/opportunities/{one.pk}")
    assert page.status_code == 200 and b'action="/opportunities/%d/compose/follow_up"' % one.pk in page.content
    file = SimpleUploadedFile("纪要.txt", "谈了".encode(), "text/plain")
    answer = client.post(f"/opportunities/{one.pk}/compose/follow_up", {"text": "当面谈的", "kind": "visit", "files": [file]}, headers=HTMX)
    assert answer.status_code in (200, 204)
    made = FollowUp.objects.get()
    assert (made.text, made.kind, made.about_id) == ("当面谈的", "visit", one.pk)
    assert list(Attachment.objects.values_list("resource", "record_id")) == [("followup", made.pk)]
    assert "当面谈的" in client.get(f"/opportunities/{one.pk}").content.decode()


def test_on_the_customer_one_says_what_it_was_about(world, deal, browser):  # noqa: F811
    one, client = deal(), browser("alice")
    page = client.get(f"/customers/{one.customer_id}").content.decode()
    assert f'<option value="opportunity:{one.pk}" selected>三号线改造</option>' in page, "the only one there is"
    post = {"text": "谈了节拍", "kind": "call", "subject": f"opportunity:{one.pk}"}
    client.post(f"/customers/{one.customer_id}/compose/follow_up", post, headers=HTMX)
    client.post(f"/customers/{one.customer_id}/compose/follow_up", post | {"text": "别的", "subject": "opportunity:999999"}, headers=HTMX)
    assert list(FollowUp.objects.order_by("id").values_list("about_id", flat=True)) == [one.pk, None], "what is not offered is not taken"
