"""The customer has decided, and the opportunity says so: what is accepted or signed proposes to win it, with its gates and reasons as ever."""

from __future__ import annotations

import pytest
from django.utils import translation

from pellucid.kernel.actions.run import run
from pellucid.kernel.events.bus import deliver
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.records import days, terms
from pellucid.orders.agreed import of_contract, of_order
from pellucid.orders.models import Contract, Order
from pellucid.sales import home, stages
from pellucid.sales.models import Opportunity
from pellucid.sales.quotation_pages import not_won
from pellucid.sales.record_pages import guide
from tests.orders.making import split
from tests.sales.test_opportunities import deal, do, stage  # noqa: F401
from tests.sales.test_quotations import line, quotation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def offered(world, one: Opportunity):
    """A quotation of it that was sent."""
    made = quotation(world, customer=one.customer, opportunity=one.pk)
    line(world, made)
    run("quotation_send", made.pk, world.actor("alice"))
    return made


def ready(world, deal, **values) -> Opportunity:  # noqa: F811
    """An opportunity that lacks nothing for being won."""
    one = deal(amount="1000", **values)
    for known in stages.of_pipeline(one.pipeline_id):
        if known.gates or known.things:
            here = type(one)._meta.get_field("stage").related_model.objects.get(pk=known.id)
            run("stage_update", here.pk, world.actor("admin"), values={"gates": [], "checklist": ""}, version=here.version)
    return one


def test_an_accepted_quotation_proposes_to_win(world, deal):  # noqa: F811
    one = ready(world, deal)
    alice, made = world.actor("alice"), offered(world, one)
    assert "act" in guide(one, alice) and "win" not in str(guide(one, alice)["act"]), "an offer is no decision"
    assert not_won(made, alice) is None
    run("quotation_accept", made.pk, alice)
    made.refresh_from_db()
    one.refresh_from_db()
    win = {"label": "Won", "dialog": f"/opportunities/{one.pk}/do/opportunity_win?closed_on={days.today()}"}
    assert guide(one, alice) == {"lead": f"今天: the customer accepted quotation {made.number}", "text": "Still at “线索确认”", "act": win}
    assert not_won(made, alice) == {"lead": "The opportunity “三号线改造” is still at “线索确认”", "warn": "", "act": win}
    rows = home.attention(alice, {})["rows"]
    assert (rows[0]["label"], rows[0]["act"]) == ("三号线改造", win)
    assert not Notice.objects.filter(kind="agreed").exists(), "who said so himself need not be told"
    do(world, "win", one, closed_on=str(days.today()), win_reason=terms.options("win_reason", "en")[0][0], nobody="1")
    one.refresh_from_db()
    assert one.state == "won" and not_won(made, alice) is None
    assert guide(one, alice) is None and "三号线改造" not in str(home.attention(alice, {}) or "")


def test_gates_hold_as_ever(world, deal):  # noqa: F811
    one = deal(amount="1000")
    made = offered(world, one)
    here = type(one)._meta.get_field("stage").related_model.objects.get(pk=stage("Confirmed"))
    run("stage_update", here.pk, world.actor("admin"), values={"gates": ["decision_maker"]}, version=here.version)
    run("quotation_accept", made.pk, world.actor("alice"))
    one.refresh_from_db()
    found = guide(one, world.actor("alice"))
    assert "missing before it is won" in found["warn"] and "opportunity_win" not in str(found)
    made.refresh_from_db()
    assert not_won(made, world.actor("alice"))["act"] == {"label": "Open", "href": f"/opportunities/{one.pk}"}


def test_a_signed_contract_says_more_until_it_is_void(world, deal):  # noqa: F811
    one = ready(world, deal)
    made = offered(world, one)
    run("quotation_accept", made.pk, world.actor("alice"))
    contract = run("contract_from_quotation", made.pk, world.actor("alice")).value
    assert of_contract(contract, world.actor("alice")) is None
    order = Order.objects.get(contract=contract)
    split(world, order, by="admin")
    run("contract_sign", contract.pk, world.actor("admin"))
    contract, order = Contract.objects.get(pk=contract.pk), Order.objects.get(pk=order.pk)
    found = guide(one, world.actor("alice"))
    assert found["lead"] == f"今天: order {order.number} was confirmed" and "opportunity_win" in found["act"]["dialog"]
    assert of_contract(contract, world.actor("alice"))["act"] == of_order(order, world.actor("alice"))["act"] == found["act"]
    assert of_order(order, world.actor("walt")) is None, "who does not see the opportunity is not told of it"
    deliver()
    assert Notice.objects.get(kind="agreed").user == world.users["alice"], "somebody else signed it"
    run("contract_void", contract.pk, world.actor("admin"), {"reason": "写错了"})
    assert guide(one, world.actor("alice"))["lead"] == f"今天: the customer accepted quotation {made.number}"


def test_the_owner_is_told_of_what_others_enter(world, deal):  # noqa: F811
    one = ready(world, deal)
    made = offered(world, one)
    run("quotation_accept", made.pk, world.actor("sam"))
    deliver()
    assert list(Notice.objects.filter(kind="agreed").values_list("user__username", "resource", "record_id")) == [("alice", "opportunity", one.pk)]
