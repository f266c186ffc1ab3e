"""Sixty-four clients at once: an instalment is not paid twice, a receipt not spent twice, goods not sent twice, a number not given twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Sum

from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.orders.models import Delivery, Instalment, Order, Posting, Receipt
from tests.counts import count
from tests.orders.making import D, receipt, signed

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS, CLIENTS = count(1, 100), 64


def at_once(work: list[Callable[[], Any]]) -> list[bool]:
    """Do all of it at the same moment; whether each was done. A refusal is an answer, anything else a fault."""
    gate = Barrier(len(work))

    def client(one: Callable[[], Any]) -> bool:
        try:
            gate.wait(60)
            one()
        except (Refused, Invalid):
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(work)) as threads:
        return list(threads.map(client, work))


def balanced() -> None:
    """Facts are what the ledger says, whatever happened."""
    for part in Instalment._base_manager.all():
        sums = dict(Posting._base_manager.filter(instalment=part).values_list("kind").annotate(s=Sum("amount")).order_by())
        got = -(sums.get("receipt", D("0")) + sums.get("release", D("0")))
        assert (part.owed, part.allocated) == (sums.get("due", D("0")), got) and 0 <= got <= part.amount
        last = max(Posting._base_manager.filter(instalment=part).values_list("posted_on", flat=True), default=None)
        assert part.settled_on == (last if part.balance == 0 else None)
        assert set(Posting._base_manager.filter(instalment=part).values_list("settled_on", "winding")) <= {(part.settled_on, part.winding)}
    for one in Receipt._base_manager.all():
        standing = -(Posting._base_manager.filter(receipt=one).aggregate(s=Sum("amount"))["s"] or D("0"))
        assert one.allocated == standing <= one.amount
    for order in Order._base_manager.all():
        parts = Instalment._base_manager.filter(order=order, deleted_at=None).aggregate(received=Sum("allocated"), owed=Sum("balance"))
        assert (order.received, order.receivable) == (parts["received"], parts["owed"])


def test_an_instalment_of_1000_takes_ten_payments_of_100(world):
    order = signed(world, "1000", plan="款到发货", on="2026-01-05")
    fay = world.actor("fay")
    for _round in range(ROUNDS):
        order = signed(world, "884.96", plan="款到发货", customer=order.customer)  # 1,000.00 with tax
        part = order.instalments.get()
        paid = [receipt(world, order, "100") for _n in range(CLIENTS)]
        done = at_once([partial(run, "receipt_allocate", one.pk, fay, {"instalment": part.pk, "amount": "100"}) for one in paid])
        part.refresh_from_db()
        assert (sum(done), part.amount, part.allocated) == (10, D("1000.00"), D("1000.00"))
    balanced()


def test_a_receipt_is_spent_once(world):
    order = signed(world, "100", plan="款到发货")
    fay = world.actor("fay")
    for _round in range(ROUNDS):
        orders = [signed(world, "100", plan="款到发货", customer=order.customer) for _n in range(8)]
        parts = [o.instalments.get() for o in orders]
        one = receipt(world, order, "150")
        work = [partial(run, "receipt_allocate", one.pk, fay, {"instalment": parts[n % 8].pk, "amount": "50"}) for n in range(CLIENTS)]
        done = at_once(work)
        one.refresh_from_db()
        assert (sum(done), one.allocated) == (3, D("150.00"))
    balanced()


def test_two_warehouses_do_not_send_the_same_goods(world):
    for _round in range(ROUNDS):
        order = signed(world, "10", "10", plan="款到发货", customer=world.customer(f"客户{_round}"))
        line, today = order.lines.get(), days.today().isoformat()
        values = {"order": order.pk, "line": line.pk, "quantity": "1", "delivered_on": today}
        people = [world.actor(name) for name in ("walt", "sam")]
        done = at_once([partial(run, "delivery_create", None, people[n % 2], values=values) for n in range(CLIENTS)])
        line.refresh_from_db()
        order.refresh_from_db()
        out = Delivery._base_manager.filter(line=line).aggregate(q=Sum("quantity"), a=Sum("amount"))
        assert (sum(done), line.delivered, out["q"], out["a"]) == (10, 10, 10, order.amount)
        assert order.state == "delivered"


def test_reversing_and_allocating_at_once(world):
    """Whoever comes first, the receipt stands on nothing once it is reversed, and it is reversed once."""
    fay = world.actor("fay")
    for _round in range(ROUNDS):
        order = signed(world, "1000", plan="款到发货", customer=world.customer(f"客户{_round}"))
        part, one = order.instalments.get(), receipt(world, order, "500")
        work = [partial(run, "receipt_allocate", one.pk, fay, {"instalment": part.pk, "amount": "10"})] * 24
        work += [partial(run, "receipt_reverse", one.pk, fay, {"reason": "错"})] * 8
        at_once(work)
        one.refresh_from_db()
        assert (one.allocated, one.reversed_on) == (0, days.today())
        assert Receipt._base_manager.filter(counters=one).count() == 1
    balanced()


def test_a_refund_is_reversed_once_while_others_spend(world):
    """Whoever comes first: one counter-document, what came back is prepaid once, and nobody spends more than that."""
    fay = world.actor("fay")
    for _round in range(ROUNDS):
        order = signed(world, "1000", plan="款到发货", customer=world.customer(f"客户{_round}"))
        part, one = order.instalments.get(), receipt(world, order, "500")
        run("receipt_refund", one.pk, fay, {"amount": "300", "reason": "退错"})
        refund = Receipt._base_manager.get(counters=one)
        work = [partial(run, "receipt_reverse", refund.pk, fay, {"reason": "错"})] * 24
        work += [partial(run, "receipt_allocate", one.pk, fay, {"instalment": part.pk, "amount": "50"})] * 24
        work += [partial(run, "receipt_refund", one.pk, fay, {"amount": "50", "reason": "多付"})] * 16
        done = at_once(work)
        one.refresh_from_db()
        assert sum(done[:24]) == 1 == Receipt._base_manager.filter(counters=refund, kind="refund_reversal").count()
        assert (one.allocated, one.refunded) == (sum(done[24:48]) * D("50"), sum(done[48:]) * D("50")) and one.allocated + one.refunded <= D("500")
    balanced()


def test_numbers_are_given_once_and_without_gaps(world):
    order = signed(world, "1000", plan="款到发货")
    fay = world.actor("fay")
    values = {"customer": order.customer_id, "amount": "1", "received_on": "2026-05-01"}
    assert all(at_once([partial(run, "receipt_create", None, fay, values=values)] * CLIENTS))
    numbers = sorted(Receipt._base_manager.filter(received_on=dt.date(2026, 5, 1)).values_list("number", flat=True))
    assert numbers == [f"SK-2026-{n:05d}" for n in range(1, CLIENTS + 1)]


def test_any_order_of_events_keeps_the_books(world):
    """Payments, returns, releases, write-offs and deliveries of one order, all at once."""
    fay, sam, today = world.actor("fay"), world.actor("sam"), days.today().isoformat()
    for _round in range(ROUNDS):
        order = signed(world, "100", "10", plan="30/60/10", customer=world.customer(f"客户{_round}"))
        line, parts = order.lines.get(), list(order.instalments.order_by("position"))
        paid = [receipt(world, order, "100") for _n in range(8)]
        deliver = {"order": order.pk, "line": line.pk, "quantity": "2", "delivered_on": today}
        back = {"order": order.pk, "line": line.pk, "quantity": "1", "returned_on": today}
        work = [partial(run, "delivery_create", None, sam, values=deliver)] * 8 + [partial(run, "returnedgoods_create", None, sam, values=back)] * 6
        for n, one in enumerate(paid):
            work.append(partial(run, "receipt_allocate", one.pk, fay, {"instalment": parts[n % 3].pk}))
            work.append(partial(run, "receipt_release", one.pk, fay, {"instalment": parts[n % 3].pk, "reason": "改"}))
        work += [partial(run, "instalment_write_off", parts[0].pk, fay, {"amount": "50", "reason": "让利"})] * 4
        at_once(work)
        order.refresh_from_db()
        line.refresh_from_db()
        assert line.returned <= line.delivered <= line.quantity
        assert Instalment._base_manager.filter(order=order, allocated__gt=F("amount")).count() == 0
        assert sum((d.amount for d in order.deliveries.all()), Decimal(0)) == order.delivered
    balanced()


