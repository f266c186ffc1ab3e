"""What was accepted becomes a contract with its order, once."""

from __future__ import annotations

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.records import terms
from pellucid.kernel.records.errors import Forbidden, Refused
from pellucid.orders.models import Contract, OrderLine
from tests.orders.making import D, order_of
from tests.products.test_pricing import product
from tests.sales.test_quotations import line, quotation

pytestmark = pytest.mark.django_db


def test_an_accepted_quotation_becomes_a_contract_with_its_order(world):
    machine = product(world, list_price="1000", cost="600")
    one = quotation(world, payment=terms.find("quotation_payment", "net_30"), terms="以中文为准")
    line(world, one, "1000", product=machine.pk, name="", quantity="3", discount="5")       # 2,850.00 + 370.50
    line(world, one, "99.99", tax_rate="6")                                                  # 99.99 + 6.00
    run("quotation_send", one.pk, world.actor("sam"))
    with pytest.raises(Refused, match="not accepted"):
        run("contract_from_quotation", one.pk, world.actor("alice"))
    run("quotation_accept", one.pk, world.actor("alice"))
    with pytest.raises(Forbidden):
        run("contract_from_quotation", one.pk, world.actor("fay"))
    made = run("contract_from_quotation", one.pk, world.actor("alice")).value
    made.refresh_from_db()
    order = order_of(made)
    assert (made.customer_id, made.quotation_id, made.state, made.owner_id, made.amount) == (
        one.customer_id, one.pk, "draft", one.owner_id, D("3326.49"))  # fmt: skip
    assert (order.net, order.tax, order.amount) == (D("2949.99"), D("376.50"), D("3326.49"))
    assert made.terms.endswith("以中文为准") and len(made.terms.splitlines()) == 2
    rows = OrderLine._base_manager.filter(order=order).order_by("id")
    assert list(rows.values_list("product", "quantity", "unit_price", "discount", "unit_cost")) == [
        (machine.pk, D("3"), D("1000"), D("5"), D("600")), (None, D("1"), D("99.99"), D("0"), None)]  # fmt: skip
    with pytest.raises(Refused, match="already"):
        run("contract_from_quotation", one.pk, world.actor("alice"))
    run("contract_void", made.pk, world.actor("sam"), {"reason": "改签"})
    assert run("contract_from_quotation", one.pk, world.actor("alice")).value.pk != made.pk
    assert Contract._base_manager.filter(quotation=one).count() == 2


def test_what_is_given_away_becomes_a_contract_too(world):
    one = quotation(world)
    run("creditprofile_create", None, world.actor("fay"), values={"customer": one.customer_id, "grade": "A"})
    line(world, one, "100", discount="100")
    run("quotation_send", one.pk, world.actor("erin"))
    run("quotation_accept", one.pk, world.actor("alice"))
    made = run("contract_from_quotation", one.pk, world.actor("alice")).value
    assert (order_of(made).amount, order_of(made).instalments.count()) == (0, 0), "there is nothing to split"
