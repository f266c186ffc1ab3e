"""Who else has a part in a contract: another company, once in each part; a partner is marked as such; what is in force keeps its parties."""

from __future__ import annotations

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.orders.models import ContractParty
from tests.orders.making import contract, line, order_of, split

pytestmark = pytest.mark.django_db


def test_parties_are_named_and_stay_once_it_is_signed(world):
    one, sam = contract(world), world.actor("sam")
    user, bank = world.customer("最终用户厂"), world.customer("担保公司")
    partner = world.customer("代理商", is_partner=True)

    def named(company: object, part: str) -> ContractParty:
        return run("contractparty_create", None, sam, values={"contract": one.pk, "customer": company.pk, "part": part}).record

    for company, part in ((one.customer, "payer"), (user, "partner")):
        with pytest.raises(Invalid) as refused:
            named(company, part)
        assert list(refused.value.errors) == ["customer"]
    end, agent = named(user, "end_customer"), named(partner, "partner")
    with pytest.raises(Invalid):
        named(partner, "partner")
    named(partner, "consignee")
    run("contractparty_delete", agent.pk, sam)
    agent = named(partner, "partner")
    order = order_of(one)
    line(world, order, by="admin")
    split(world, order, by="admin")
    run("contract_sign", one.pk, world.actor("admin"))
    named(bank, "guarantor")  # somebody may join
    with pytest.raises(Refused):
        run("contractparty_delete", end.pk, sam)
    with pytest.raises(Invalid):
        run("contractparty_update", agent.pk, sam, values={"customer": bank.pk}, version=agent.version)
    run("contractparty_update", agent.pk, sam, values={"note": "华东区"}, version=agent.version)
    parts = ContractParty.objects.filter(deleted_at=None).order_by("part").values_list("part", flat=True)
    assert list(parts) == ["consignee", "end_customer", "guarantor", "partner"]


def test_they_are_read_with_their_contract(world, browser):
    one, sam = contract(world), world.actor("sam")
    run("contractparty_create", None, sam, values={"contract": one.pk, "customer": world.customer("最终用户厂").pk, "part": "end_customer"})
    form = browser("sam").get(f"/contract-parties/new?contract={one.pk}").content.decode()
    assert one.name in form and one.customer.name not in form, "another company is asked for"
    for who, sees in (("sam", True), ("bob", False)):
        assert ("最终用户厂" in browser(who).get("/contract-parties/").content.decode()) is sees
