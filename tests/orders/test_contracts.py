"""From a draft to an order in force: what makes its amount, when it is owed, what is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.orders.models import Contract, Instalment, Order, OrderLine, Posting
from tests.orders.making import D, contract, line, order_of, signed, split

pytestmark = pytest.mark.django_db


def test_a_single_contract_comes_with_its_order_which_makes_its_amount(world):
    one = contract(world)
    order = order_of(one)
    assert (order.customer_id, order.owner_id, order.state, order.name) == (one.customer_id, one.owner_id, "draft", "合同甲")
    line(world, order, "1000.50", "3", discount="10")          # 2,701.35 + 351.18 tax
    line(world, order, "99.99", "1", tax_rate="6")             # 99.99 + 6.00
    order.refresh_from_db()
    one.refresh_from_db()
    assert (order.net, order.tax, order.amount) == (D("2801.34"), D("357.18"), D("3158.52"))
    assert one.amount == D("3158.52") and order.remainder == D("3158.52")
    with pytest.raises(Invalid, match="only a framework contract"):
        run("order_create", None, world.actor("sam"), values={"contract": one.pk})


def test_terms_of_payment_become_instalments_that_add_up(world):
    one = contract(world)
    order = order_of(one)
    line(world, order, "33.33", "1", tax_rate="0")
    parts = split(world, order, "30/30/35/5")
    assert [p.amount for p in parts] == [D("10.00"), D("10.00"), D("11.66"), D("1.67")], "the larger remainders get the cents"
    assert sum(p.amount for p in parts) == D("33.33")
    order.refresh_from_db()
    assert order.remainder == 0


def test_signing_posts_what_the_signature_makes_owed(world):
    order = signed(world, "1000", on="2026-09-01")
    one = order.contract
    assert (order.state, order.signed_on, order.is_first, order.amount) == ("signed", dt.date(2026, 9, 1), True, D("1130.00"))
    one.refresh_from_db()
    assert one.state == Contract.State.ACTIVE and one.number == "HT-2026-00001"
    first, second, third = order.instalments.order_by("position")
    assert [(i.amount, i.owed, i.due_on) for i in (first, second, third)] == [
        (D("339.00"), D("339.00"), dt.date(2026, 9, 8)), (D("678.00"), D(0), None), (D("113.00"), D(0), None)]
    posting = Posting._base_manager.get(order=order)
    assert (posting.kind, posting.amount, posting.posted_on, posting.due_on) == ("due", D("339.00"), dt.date(2026, 9, 1), dt.date(2026, 9, 8))
    assert order.receivable == D("339.00")
    assert order.customer.customer_class == 4, "who signed an order is an ordering customer"


def test_delivery_and_acceptance_make_the_rest_owed(world):
    order = signed(world, "100", "10", plan="30/30/35/5")
    run("delivery_create", None, world.actor("sam"), values={
        "order": order.pk, "line": order.lines.get().pk, "quantity": "4", "delivered_on": days.today().isoformat()})
    order.refresh_from_db()
    assert (order.delivered, order.receivable, order.state) == (D("452.00"), D("339.00"), "running"), "a part of the goods makes nothing owed"
    run("order_deliver", order.pk, world.actor("sam"))
    order.refresh_from_db()
    assert (order.delivered, order.receivable, order.state) == (D("1130.00"), D("678.00"), "delivered")
    run("order_accept", order.pk, world.actor("sam"))
    order.refresh_from_db()
    assert order.receivable == D("1130.00") and order.customer.__class__.objects.get(pk=order.customer_id).customer_class == 5
    last = order.instalments.order_by("position").last()
    assert last.due_on == days.today() + dt.timedelta(days=365)


def test_an_incomplete_order_is_not_submitted(world):
    one = contract(world)
    order = order_of(one)
    with pytest.raises(Refused, match="worth nothing"):
        run("order_submit", order.pk, world.actor("sam"))
    line(world, order)
    run("instalment_create", None, world.actor("sam"), values={"order": order.pk, "amount": "1000", "basis": "signed"})
    with pytest.raises(Refused, match=r"130\.00 is not planned yet"):
        run("order_submit", order.pk, world.actor("sam"))
    with pytest.raises(Refused, match="not planned yet"):
        run("contract_sign", one.pk, world.actor("sam"))
    last = run("instalment_create", None, world.actor("sam"), values={"order": order.pk, "basis": "delivered", "days": 30}).record
    assert last.amount == D("130.00"), "an instalment without an amount takes what is left"
    run("order_submit", order.pk, world.actor("sam"))
    for change in (lambda: line(world, order), lambda: run("orderline_delete", OrderLine._base_manager.get(order=order).pk, world.actor("sam")),
                   lambda: run("instalment_update", last.pk, world.actor("sam"), values={"amount": "1"}, version=last.version)):
        with pytest.raises(Refused, match="Take it back"):
            change()
    run("order_take_back", order.pk, world.actor("sam"))
    assert line(world, order).amount == D("1130.00")


def test_the_database_holds_that_a_plan_adds_up(world):
    order = signed(world)
    with pytest.raises(IntegrityError, match="add up"), transaction.atomic():
        Instalment._base_manager.filter(order=order, position=1).update(amount=D("1.00"), owed=D("1.00"))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Posting._base_manager.filter(order=order).update(amount=D("1.00"))
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Posting._base_manager.filter(order=order).delete()


def test_a_framework_has_many_orders_and_is_worth_their_sum(world):
    one = contract(world, kind="framework")
    assert not Order._base_manager.filter(contract=one).exists()
    first, second = (run("order_create", None, world.actor("sam"), values={"contract": one.pk}).record for _n in range(2))
    line(world, first, "100")
    line(world, second, "200")
    split(world, first, "款到发货")
    with pytest.raises(Refused, match="not in force"):
        run("order_confirm", first.pk, world.actor("sam"))
    run("contract_sign", one.pk, world.actor("sam"))
    run("order_confirm", first.pk, world.actor("sam"))
    one.refresh_from_db()
    assert one.amount == D("339.00")
    run("order_void", second.pk, world.actor("sam"), {"reason": "不要了"})
    one.refresh_from_db()
    assert one.amount == D("113.00")


def test_void_is_for_what_has_not_begun(world):
    order = signed(world)
    run("delivery_create", None, world.actor("sam"), values={
        "order": order.pk, "line": order.lines.get().pk, "quantity": "1", "delivered_on": days.today().isoformat()})
    with pytest.raises(Refused, match="delivered or paid already"):
        run("contract_void", order.contract_id, world.actor("sam"), {"reason": "算错"})
    other = signed(world, customer=order.customer)
    run("contract_void", other.contract_id, world.actor("sam"), {"reason": "算错"})
    other.refresh_from_db()
    assert (other.state, other.receivable) == ("void", 0)
    with pytest.raises(Refused, match="declare it void"):
        run("order_delete", order.pk, world.actor("sam"))


def test_who_may_sign(world):
    one = contract(world, by="alice")
    line(world, order_of(one), by="alice")
    split(world, order_of(one), by="alice")
    with pytest.raises(Forbidden):
        run("contract_sign", one.pk, world.actor("alice"))
    run("order_submit", order_of(one).pk, world.actor("alice"))
    run("contract_sign", one.pk, world.actor("sam"))


def test_legal_numbers_have_no_gaps(world):
    numbers = []
    for n in range(3):
        order = signed(world, customer=world.customer(f"客户{n}"))
        numbers.append(order.contract.number or Contract._base_manager.get(pk=order.contract_id).number)
        broken = contract(world, customer=world.customer(f"空{n}"))
        with pytest.raises(Refused):
            run("contract_sign", broken.pk, world.actor("sam"))
    assert numbers == [f"HT-{days.today().year}-{n:05d}" for n in (1, 2, 3)]


def test_no_two_branches_give_the_same_number(world):
    numbers = {}
    for by, seller in (("mona", "alice"), ("wendy", "bob"), ("admin", "alice")):
        one = contract(world, by=seller, customer=world.customer(f"{by}的客户", by=seller))
        line(world, order_of(one), by=seller)
        split(world, order_of(one), by=seller)
        run("contract_sign", one.pk, world.actor(by), {"signed_on": "2026-09-01"})
        numbers[by] = Contract._base_manager.get(pk=one.pk).number
    assert numbers == {"mona": f"HT{world.units['east'].pk:02d}-2026-00001", "wendy": f"HT{world.units['west'].pk:02d}-2026-00001",
                       "admin": "HT-2026-00001"}, "the headquarters need none"  # fmt: skip
