"""What is said above a draft: what it lacks, how to mend it, what is next; above an accepted quotation, its contract."""

from __future__ import annotations

import pytest
from django.utils import translation

from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.run import run
from pellucid.orders.drafting import of_contract, of_order, of_quotation
from pellucid.orders.models import Contract
from pellucid.sales.quotation_pages import unfinished
from tests.orders.making import contract, line, order_of, split
from tests.sales.test_quotations import line as offered
from tests.sales.test_quotations import quotation, sent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def test_a_draft_of_a_contract_says_step_by_step_what_is_next(world):
    one = contract(world, by="alice")
    order, alice, admin = order_of(one), world.actor("alice"), world.actor("admin")
    said = of_contract(one, alice)
    assert said["lead"] == "Not complete yet" and "what is ordered" in said["warn"] and "signed document" in said["warn"]
    assert said["next"]["drawer"] == f"/order-lines/new?order={order.pk}"
    line(world, order, by="alice")
    assert of_contract(one, alice)["next"]["dialog"] == f"/orders/{order.pk}/do/order_split"
    parts = split(world, order, by="alice")
    run("instalment_delete", parts[-1].pk, world.actor("sam"))
    assert "113.00 元 is in no instalment yet" in of_contract(one, alice)["warn"]
    split(world, order, by="alice")
    assert of_contract(one, alice)["next"]["post"] == f"/orders/{order.pk}/do/order_submit"
    assert of_contract(one, admin)["next"]["dialog"] == of_order(order_of(one), admin)["next"]["dialog"] == f"/contracts/{one.pk}/do/contract_sign"
    run("order_submit", order.pk, alice)
    said = of_contract(one, alice)
    assert said["lead"] == "Submitted" and "next" not in said
    run("contract_sign", one.pk, admin)
    one.refresh_from_db()
    assert of_contract(one, admin) is None and of_order(order_of(one), admin) is None


def test_who_only_reads_is_told_what_is_missing_but_offered_nothing(world):
    one = contract(world)
    assert of_contract(one, world.actor("audrey"))["next"] is None


def test_nothing_is_offered_that_would_be_refused_of_this_very_record(world):
    """Alice sells, and sees through a share what Sam draws up; she may neither add to it nor hand it on."""
    one = contract(world, by="sam")
    order, alice = order_of(one), world.actor("alice")
    for key, pk in (("contract", one.pk), ("order", order.pk)):
        run(f"{key}_share", pk, world.actor("sam"), {"user": alice.user_id, "level": "1"})
    alice = world.actor("alice")
    assert of_contract(one, alice)["lead"] == "Not complete yet" and of_contract(one, alice)["next"] is None
    line(world, order)
    split(world, order)
    assert of_order(order_of(one), alice)["lead"] == "Complete" and of_order(order_of(one), alice)["next"] is None
    assert of_order(order_of(one), world.actor("sam"))["next"] is not None


def test_an_accepted_quotation_leads_to_its_contract_once_there_is_one(world):
    one, sam = sent(world, by="alice"), world.actor("alice")
    run("quotation_accept", one.pk, sam)
    one.refresh_from_db()
    make = actions["contract_from_quotation"]
    assert make.shown(one) and make.position < actions["quotation_copy"].position and of_quotation(one, sam) is None
    run("contract_from_quotation", one.pk, sam)
    made = Contract._base_manager.get(quotation=one)
    assert not make.shown(one) and of_quotation(one, sam)["next"]["href"] == f"/contracts/{made.pk}"


def test_a_draft_of_a_quotation_says_what_it_cannot_be_sent_without(world):
    one, alice = quotation(world), world.actor("alice")
    said = unfinished(one, alice)
    assert said["lead"] == "Cannot be sent yet" and said["next"]["drawer"] == f"/quotation-lines/new?quotation={one.pk}"
    offered(world, one, price="0")
    said = unfinished(one, alice)
    assert said["lead"] == "Look again before it is sent" and "no price in line 1" in said["warn"] and said["next"] is None
    one.valid_until = one.created_at.date().replace(year=2000)
    assert "its last day is over" in unfinished(one, alice)["warn"]
