"""How far a customer is trusted: the limit of a company and of its group, what is overdue, who may decide otherwise; and nobody slips through."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from pellucid.kernel.actions.run import run
from pellucid.kernel.processes import effects
from pellucid.kernel.processes.actions.publishing import publish
from pellucid.kernel.processes.models import Assignment, Step
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Refused
from pellucid.orders import credit
from pellucid.orders.credit_pages import credit_check
from pellucid.orders.models import CreditDecision, CreditProfile, Order
from tests.counts import count
from tests.orders.making import D, contract, line, order_of, receipt, signed, split


def profile(world, customer, limit: str | None, **more) -> CreditProfile:
    values = {"customer": customer.pk, "limit": limit, **more}
    return run("creditprofile_create", None, world.actor("fay"), values=values).record


def waiting(world, customer, price: str, **more):
    """An order of a draft contract, complete."""
    order = order_of(contract(world, customer=customer, **more))
    line(world, order, price, tax_rate="0", by="admin")
    split(world, order, "款到发货", by="admin")
    order.refresh_from_db()
    return order


@pytest.mark.django_db
def test_an_order_beyond_the_limit_waits_for_who_decides_on_credit(world):
    customer = world.customer("恒砺精密")
    profile(world, customer, "1000")
    first, second = waiting(world, customer, "700"), waiting(world, customer, "400")
    run("contract_sign", first.contract_id, world.actor("sam"))
    assert credit.exposure([customer.pk]) == D("700.00")
    with pytest.raises(Refused, match=r"limit is 1000\.00, of which 700\.00 are used; this order needs 400\.00"):
        run("contract_sign", second.contract_id, world.actor("sam"))
    card = credit_check(second, world.actor("sam"))
    assert card["tag"]["tone"] == "warn" and [(r["label"], r["right"]) for r in card["rows"]] == [("Limit exceeded", "300 / 1,000")]
    with pytest.raises(Refused, match="limit"):
        run("contract_sign", second.contract_id, world.actor("sam"), {"beyond": "老客户"})
    paid = receipt(world, first, "100")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    run("contract_sign", second.contract_id, world.actor("sam"))
    assert credit.exposure([customer.pk]) == D("1000.00")
    third = waiting(world, customer, "1")
    run("contract_sign", third.contract_id, world.actor("admin"), {"beyond": "总经理同意"})
    third.refresh_from_db()
    assert (third.state, third.special_reason) == ("signed", "总经理同意")


@pytest.mark.django_db
def test_the_limit_of_a_parent_holds_for_its_group(world):
    parent = world.customer("集团")
    child, other = world.customer("子公司一", parent=parent.pk), world.customer("子公司二", parent=parent.pk)
    profile(world, parent, "500")
    run("contract_sign", waiting(world, child, "300").contract_id, world.actor("sam"))
    with pytest.raises(Refused, match=r"300\.00 are used"):
        run("contract_sign", waiting(world, other, "300").contract_id, world.actor("sam"))
    run("contract_sign", waiting(world, other, "200").contract_id, world.actor("sam"))


@pytest.mark.django_db
def test_overdue_money_and_a_block_stand_against_it(world):
    customer = world.customer("恒砺精密")
    old = signed(world, "100", plan="款到发货", on=(days.today() - dt.timedelta(days=45)).isoformat(), customer=customer)
    made = profile(world, customer, None)
    order = waiting(world, customer, "10")
    with pytest.raises(Refused, match=r"113\.00 are overdue, the oldest for 45 days"):
        run("contract_sign", order.contract_id, world.actor("sam"))
    run("receipt_allocate_oldest", receipt(world, old, "113").pk, world.actor("fay"))
    run("creditprofile_update", made.pk, world.actor("fay"), values={"blocked": True}, version=made.version)
    with pytest.raises(Refused, match="gets no new orders"):
        run("contract_sign", order.contract_id, world.actor("sam"))


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_whoever_confirms_at_the_same_moment(world):
    """Thirty-two orders of 100 of two subsidiaries, a limit of 1,000 on the group: ten are confirmed."""
    parent = world.customer("集团")
    children = [world.customer(f"子公司{n}", parent=parent.pk) for n in range(2)]
    profile(world, parent, "1000")
    actor = world.actor("sam")
    for _round in range(count(1, 30)):
        frames = [contract(world, kind="framework", customer=c) for c in children]
        for frame in frames:
            run("contract_sign", frame.pk, actor)
        orders = []
        for n in range(32):
            order = run("order_create", None, actor, values={"contract": frames[n % 2].pk}).record
            line(world, order, "100", tax_rate="0")
            split(world, order, "款到发货")
            orders.append(order.pk)
        gate = Barrier(len(orders))

        def client(pk: int, gate: Barrier = gate) -> bool:
            try:
                gate.wait(60)
                run("order_confirm", pk, actor)
            except Refused:
                return False
            finally:
                connection.close()
            return True

        with ThreadPoolExecutor(len(orders)) as threads:
            assert sum(threads.map(client, orders)) == 10
        assert credit.exposure(c.pk for c in children) == D("1000.00")
        for order in Order._base_manager.filter(state="signed"):
            run("order_void", order.pk, actor, {"reason": "下一轮"})


ONE_STEP = {
    "schema": "pellucid.process/1", "key": "credit_only", "name": {"zh-hans": "信用审批", "en": "Credit"}, "subject": "order", "gate": "confirm",
    "when": "f.over_credit=is:1", "admins": [{"kind": "role", "role": "admin"}],
    "steps": [{"id": "start", "type": "start", "name": {"zh-hans": "提交", "en": "Handed in"}},
              {"id": "money", "type": "approval", "name": {"zh-hans": "财务", "en": "Finance"}, "who": [{"kind": "role", "role": "finance"}]}],
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_what_is_agreed_to_at_the_same_moment_holds_for_the_figures_that_were_seen(company):
    """Sixty-four orders of 100 of two subsidiaries, each 50 beyond the limit of the group when it was asked for, all agreed to at once: one of
    them is what was agreed to, every other one would go beyond it and stops."""
    world, parent = company, company.customer("集团")
    children = [world.customer(f"子公司{n}", parent=parent.pk) for n in range(2)]
    profile(world, parent, "50")
    actor, fay = world.actor("sam"), world.actor("fay")
    with transaction.atomic():
        process = publish(ONE_STEP, actor=world.actor("admin"))
    run("process_switch_on", process.pk, world.actor("admin"))
    frames = [contract(world, kind="framework", customer=c) for c in children]
    for frame in frames:
        run("contract_sign", frame.pk, actor)
    for _round in range(count(1, 30)):
        orders, asked = [], []
        for n in range(64):
            order = run("order_create", None, actor, values={"contract": frames[n % 2].pk}).record
            line(world, order, "100", tax_rate="0")
            split(world, order, "款到发货")
            orders.append(order.pk)
            asked.append(run("order_confirm", order.pk, actor).waiting.pk)
        gate = Barrier(len(asked))

        def client(pk: int, gate: Barrier = gate) -> None:
            try:
                gate.wait(60)
                run("processinstance_approve", pk, fay, {"asked": Assignment.objects.get(instance=pk, state="pending").no})
                effects.attempt(pk)
            finally:
                connection.close()

        with ThreadPoolExecutor(len(asked)) as threads:
            list(threads.map(client, asked))
        for pk in asked:
            effects.attempt(pk)
        (went,) = Order._base_manager.filter(pk__in=orders, state="signed")
        (kept,) = CreditDecision._base_manager.filter(order__in=orders)
        assert (kept.order_id, kept.worth, kept.used, kept.limit) == (went.pk, D("100.00"), D("0.00"), D("50.00"))
        assert credit.exposure(c.pk for c in children) == D("100.00")
        held = Step.objects.filter(instance__in=asked, node="#gate", state="open")
        assert len({step.instance_id for step in held if "held" in step.data}) == 63
        run("order_void", went.pk, actor, {"reason": "下一轮"})
