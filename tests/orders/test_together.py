"""Money beside what else happens with its customer, its owner and its currency."""

from __future__ import annotations

import datetime as dt

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.errors import Refused
from pellucid.orders.actions.receipts import payable
from pellucid.orders.models import (
    Contract,
    CreditProfile,
    CustomerValue,
    Instalment,
    Order,
    OrderStep,
    PaymentWarning,
    Posting,
    Receipt,
    ValueModel,
)
from pellucid.orders.money_pages import owed
from pellucid.products.models import Product
from tests.orders.making import D, contract, line, order_of, receipt, signed, split

pytestmark = pytest.mark.django_db


def test_two_customers_that_become_one_bring_their_orders_money_and_trust(world):
    one, other = world.customer("恒砺精密"), world.customer("恒砺精密制造")
    signed(world, "100", plan="款到发货", customer=one)
    theirs = signed(world, "200", plan="款到发货", customer=other)
    paid = receipt(world, theirs, "50")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    for customer, limit in ((one, "1000"), (other, "5000")):
        run("creditprofile_create", None, world.actor("fay"), values={"customer": customer.pk, "limit": limit})
    run("customer_merge", one.pk, world.actor("admin"), {"other": other.pk})
    for model in (Contract, Order, Receipt, Posting):
        assert set(model._base_manager.values_list("customer", flat=True)) == {one.pk}, model
    kept = CreditProfile._base_manager.filter(customer=one.pk, deleted_at=None, merged_into=None)
    assert [p.limit for p in kept] == [D("1000.00")], "the survivor's own limit holds"
    assert {r["label"]: r["right"] for r in owed(one, world.actor("sam"))["rows"]}["Receivable"] == "289"
    run("customer_unmerge", one.pk, world.actor("admin"))
    trusted = set(CreditProfile._base_manager.filter(deleted_at=None).values_list("customer", "limit"))
    assert trusted == {(one.pk, D("1000.00")), (other.pk, D("5000.00"))}
    assert Order._base_manager.filter(customer=other.pk).count() == 1


def test_of_two_profiles_the_stricter_terms_hold_and_warnings_and_scores_are_not_doubled(world):
    one, other = world.customer("恒砺精密"), world.customer("恒砺精密制造")
    first, second = signed(world, "100", customer=one), signed(world, "200", customer=other)
    fay, model = world.actor("fay"), ValueModel._base_manager.filter(purpose="value").earliest("pk")
    for customer, values in ((one, {"limit": "5000", "grade": "A"}), (other, {"limit": "1000", "grade": "C", "blocked": True})):
        run("creditprofile_create", None, fay, values={"customer": customer.pk, **values})
        PaymentWarning._base_manager.create(customer=customer, chance=40, reason="drift", owed=1)
        CustomerValue._base_manager.create(customer=customer, model=model, score=50, grade="B", asof=days.today())
    plans = dict(OrderStep._base_manager.values_list("pk", "order"))
    run("customer_merge", one.pk, world.actor("admin"), {"other": other.pk})
    kept = CreditProfile._base_manager.get(customer=one.pk, deleted_at=None)
    assert (kept.limit, kept.grade, kept.blocked) == (D("1000.00"), "C", True)
    for twice in (PaymentWarning, CustomerValue):
        assert list(twice._base_manager.filter(deleted_at=None).values_list("customer", flat=True)) == [one.pk]
    assert dict(OrderStep._base_manager.values_list("pk", "order")) == plans and plans, "each order goes on as it was planned"
    assert set(Order._base_manager.filter(pk__in=(first.pk, second.pk)).values_list("customer", flat=True)) == {one.pk}
    run("customer_unmerge", one.pk, world.actor("admin"))
    rows = CreditProfile._base_manager.filter(deleted_at=None).values_list("customer", "limit", "grade", "blocked")
    assert set(rows) == {(one.pk, D("5000.00"), "A", False), (other.pk, D("1000.00"), "C", True)}
    for twice in (PaymentWarning, CustomerValue):
        assert set(twice._base_manager.filter(deleted_at=None).values_list("customer", flat=True)) == {one.pk, other.pk}


def test_a_profile_that_was_changed_since_the_merge_stays_as_it_was_changed(world):
    one, other = world.customer("恒砺精密"), world.customer("恒砺精密制造")
    for customer, limit in ((one, "5000"), (other, "1000")):
        run("creditprofile_create", None, world.actor("fay"), values={"customer": customer.pk, "limit": limit})
    run("customer_merge", one.pk, world.actor("admin"), {"other": other.pk})
    kept = CreditProfile._base_manager.get(customer=one.pk, deleted_at=None)
    run("creditprofile_update", kept.pk, world.actor("fay"), values={"limit": "1500"}, version=kept.version)
    run("customer_unmerge", one.pk, world.actor("admin"))
    rows = CreditProfile._base_manager.filter(deleted_at=None).values_list("customer", "limit")
    assert set(rows) == {(one.pk, D("1500.00")), (other.pk, D("1000.00"))}


def test_of_a_void_order_nothing_is_owed_any_more(world):
    order = signed(world, "100", plan="款到发货", on=(days.today() - dt.timedelta(days=40)).isoformat())
    run("contract_void", order.contract_id, world.actor("sam"), {"reason": "算错"})
    part = Instalment._base_manager.get(order=order)
    assert (part.owed, part.balance) == (0, 0)
    assert owed(order.customer, world.actor("sam")) is None
    erin = world.actor("erin")
    assert answer(erin, Ask(("receivable",))).lines[0].cells["receivable"] == 0
    before = days.today() - dt.timedelta(days=1)
    assert answer(erin, Ask(("receivable",), asof=before)).lines[0].cells["receivable"] == 113, "it was owed until today"


def test_who_collects_because_he_has_the_order_hands_that_over_with_it(world):
    order = signed(world, "100", plan="30/60/10", by="alice")
    first, second, third = order.instalments.order_by("position")
    run("instalment_update", third.pk, world.actor("sam"), values={"in_charge": world.users["sam"].pk}, version=third.version)
    assert {i.in_charge_id for i in (first, second)} == {world.users["alice"].pk}
    run("order_reassign", order.pk, world.actor("sam"), {"owner": world.users["carol"].pk})
    assert list(order.instalments.order_by("position").values_list("in_charge__username", flat=True)) == ["carol", "carol", "sam"]
    assert Posting._base_manager.get(order=order).sold_by_id == world.users["alice"].pk, "a fact of the day it was written"


def test_who_has_paid_is_not_thrown_away(world):
    customer = world.customer("恒砺精密")
    run("receipt_create", None, world.actor("fay"), values={"customer": customer.pk, "amount": "10"})
    with pytest.raises(Refused, match="receipts"):
        run("customer_delete", customer.pk, world.actor("admin"))


def test_a_receipt_is_proposed_for_what_its_reader_reaches(world):
    east = world.customer("集团", by="alice")
    west = run("customer_create", None, world.actor("bob"), values={"name": "集团西部"}).record
    type(west)._base_manager.filter(pk=west.pk).update(parent=east.pk)
    here, there = signed(world, "100", plan="款到发货", customer=east), signed(world, "200", plan="款到发货", by="bob", customer=west)
    paid = receipt(world, here, "300")
    assert [i.order_id for i in payable(paid, world.actor("fay"))] == [here.pk, there.pk]
    assert [i.order_id for i in payable(paid, world.actor("sam"))] == [here.pk]


def test_costs_are_in_the_currency_of_the_order_and_figures_in_that_of_the_company(world):
    product = Product._base_manager.create(name="伺服压装机", number="P1", list_price=D("720"), cost=D("360"))
    one = contract(world, currency="USD", rate="7.2")
    order = order_of(one)
    made = line(world, order, "", "2", product=product.pk, name="", tax_rate="0")
    assert (made.unit_price, made.unit_cost, made.amount, made.cost) == (D("100.0000"), D("50.0000"), D("200.00"), D("100.00"))
    assert (made.net_base, made.cost_base) == (D("1440.00"), D("720.00"))
    split(world, order, "款到发货")
    run("contract_sign", one.pk, world.actor("sam"))
    today = days.today()
    cells = answer(world.actor("erin"), Ask(("amount", "profit", "margin"), period=Days(today, today + dt.timedelta(days=1)))).lines[0].cells
    assert (cells["amount"], cells["profit"], round(cells["margin"], 4)) == (1440, 720, D("0.5000"))
