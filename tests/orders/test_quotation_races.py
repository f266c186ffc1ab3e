"""Sixty-four clients at once on one quotation: it is accepted, or its next version is sent, or it expires first; one contract comes of it."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Refused
from pellucid.orders.models import Contract, Order
from pellucid.sales.models import Quotation
from tests.counts import count
from tests.orders.test_money_races import CLIENTS, at_once
from tests.sales.test_quotations import sent

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = count(2, 100)
ENDS = {("accepted", "draft"), ("replaced", "sent"), ("expired", "sent")}


def test_of_two_versions_one_is_accepted_or_the_other_is_sent(world):
    """Whoever comes first: an accepted version is never replaced, and none is accepted once a later one was sent."""
    alice, customer = world.actor("alice"), world.customer("恒砺精密")
    for turn in range(ROUNDS):
        one = sent(world, customer=customer)
        later = run("quotation_revise", one.pk, alice).value
        Quotation._base_manager.filter(pk=one.pk).update(valid_until=days.today() - dt.timedelta(days=1), sent_on=days.today())
        expire = [partial(run, "quotation_expire", one.pk, alice)] * (CLIENTS // 3)
        accept = [partial(run, "quotation_accept", one.pk, alice)] * (CLIENTS // 3)
        send = [partial(run, "quotation_send", later.pk, alice)] * (CLIENTS - 2 * (CLIENTS // 3))
        order = [[*accept, *send, *expire], [*send, *expire, *accept], [*expire, *send, *accept]][turn % 3]
        done = list(zip(order, at_once(order), strict=True))
        taken = sum(went for work, went in done if work.args[0] == "quotation_accept")
        sent_on = sum(went for work, went in done if work.args[0] == "quotation_send")
        one.refresh_from_db()
        later.refresh_from_db()
        assert (one.state, later.state) in ENDS and taken + sent_on == 1
        assert (taken == 1) == (one.state == "accepted")


@pytest.mark.django_db
def test_a_version_that_was_overtaken_is_not_accepted_and_an_accepted_one_not_overtaken(world):
    alice = world.actor("alice")
    one = sent(world)
    Quotation._base_manager.filter(pk=one.pk).update(valid_until=days.today() - dt.timedelta(days=1))
    run("quotation_expire", one.pk, alice)
    later = run("quotation_revise", one.pk, alice).value
    run("quotation_send", later.pk, alice)
    with pytest.raises(Refused, match="Version 2 of it was sent"):
        run("quotation_accept", one.pk, alice)
    other = sent(world)
    draft = run("quotation_revise", other.pk, alice).value
    run("quotation_accept", other.pk, alice)
    with pytest.raises(Refused, match="accepted version 1"):
        run("quotation_send", draft.pk, alice)


def test_one_next_version_and_one_contract_come_of_it(world):
    alice, customer = world.actor("alice"), world.customer("恒砺精密")
    for _round in range(ROUNDS):
        one = sent(world, customer=customer)
        assert sum(at_once([partial(run, "quotation_revise", one.pk, alice)] * CLIENTS)) == 1
        assert Quotation._base_manager.filter(number=one.number).count() == 2
        run("quotation_accept", one.pk, alice)
        assert sum(at_once([partial(run, "contract_from_quotation", one.pk, alice)] * CLIENTS)) == 1
        made = Contract._base_manager.get(quotation=one)
        assert Order._base_manager.filter(contract=made).count() == 1 and made.amount == one.amount
