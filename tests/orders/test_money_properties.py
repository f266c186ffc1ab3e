"""What always holds of money, whatever is done in whatever order: random worlds of contracts, deliveries, returns, receipts, write-offs, refunds,
reversals and changes of mind; after every step all of it is looked at again.

1 the instalments of a submitted order are its amount; 2 of an instalment no more is received than owed, no more owed than planned; 3 a receipt is
spent once; 4 no more is paid back than was received; 5 no more goes out than was ordered, no more comes back than went out; 6 what is used of a
limit is what its orders owe or will owe, and no order is confirmed beyond it unless somebody decided; 7 the bands of ageing add up to what is owed;
8 taken back to the last posting, nothing is received any more. The ninth, that events at once are events in some order, is in
`test_money_races.py`."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F, Q, Sum

from pellucid.kernel.actions.run import run
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Failure
from pellucid.orders import credit
from pellucid.orders.lifecycles import BOUND
from pellucid.orders.models import CreditDecision, Instalment, Order, OrderLine, PaymentPlan, Posting, Receipt
from tests.counts import count
from tests.orders.making import contract, line, order_of

pytestmark = pytest.mark.django_db
STEPS = count(50, 100)  # in a world, before the next one begins
WORLDS, ZERO = count(1, 100), Decimal(0)
PLANS = ("款到发货", "货到 30 天", "30/60/10", "30/30/35/5")


class Life:
    """A group of two companies with one limit, and everything that may happen to their money."""

    def __init__(self, world: Any, seed: int) -> None:
        self.world, self.chance = world, random.Random(seed)
        parent = world.customer(f"集团{seed}")
        self.customers = [parent, world.customer(f"子公司{seed}", parent=parent.pk)]
        self.limit = Decimal(20_000)
        run("creditprofile_create", None, world.actor("fay"), values={"customer": parent.pk, "grade": "A", "limit": str(self.limit)})
        self.did: dict[str, int] = {}
        self.ways: list[Callable[[], None]] = [
            self.sell, self.sell, self.deliver, self.deliver, self.accept, self.take_in, self.take_in, self.allocate, self.allocate, self.spread,
            self.release, self.give_back, self.write_off, self.refund, self.unrefund, self.reverse, self.void,
        ]  # fmt: skip

    def cents(self, most: int) -> str:
        return f"{self.chance.randint(1, most * 100) / 100:.2f}"

    def some(self, rows: Any) -> Any:
        found = list(rows.order_by("pk"))
        return self.chance.choice(found) if found else None

    def act(self, who: str, name: str, pk: int | None, given: dict[str, Any] | None = None, **more: Any) -> Any:
        done = run(name, pk, self.world.actor(who), given, **more)
        self.did[name] = self.did.get(name, 0) + 1
        return done

    @property
    def orders(self) -> Any:
        return Order._base_manager.filter(customer__in=self.customers)

    def parts(self) -> Any:
        return Instalment._base_manager.filter(order__customer__in=self.customers, deleted_at=None)

    def receipts(self) -> Any:
        return Receipt._base_manager.filter(customer__in=self.customers, kind=Receipt.Kind.RECEIPT, reversed_on=None)

    def sell(self) -> None:
        order = order_of(contract(self.world, customer=self.chance.choice(self.customers)))
        for _n in range(self.chance.randint(1, 3)):
            line(self.world, order, self.cents(900), str(self.chance.randint(1, 9)), by="admin", tax_rate=self.chance.choice(("0", "6", "13")))
        plan = PaymentPlan._base_manager.get(name=self.chance.choice(PLANS))
        self.act("admin", "order_split", order.pk, {"plan": plan.pk})
        why = {"beyond": "总经理同意"} if self.chance.random() < 0.1 else {}
        self.act("admin", "contract_sign", order.contract_id, why)
        used = credit.exposure(c.pk for c in self.customers)
        assert used <= self.limit or CreditDecision._base_manager.filter(order=order).exists(), "6: within the limit, or decided"

    def deliver(self) -> None:
        if (row := self.some(OrderLine._base_manager.filter(order__in=self.orders, order__state__in=BOUND, delivered__lt=F("quantity")))) is not None:
            values = {"order": row.order_id, "line": row.pk, "quantity": str(self.chance.randint(1, 12)), "delivered_on": days.today().isoformat()}
            self.act("admin", "delivery_create", None, values=values)

    def give_back(self) -> None:
        if (row := self.some(OrderLine._base_manager.filter(order__in=self.orders, delivered__gt=F("returned")))) is not None:
            values = {"order": row.order_id, "line": row.pk, "quantity": str(self.chance.randint(1, 4)), "returned_on": days.today().isoformat()}
            self.act("admin", "returnedgoods_create", None, values=values)

    def accept(self) -> None:
        if (order := self.some(self.orders.filter(delivered__gt=0, accepted_on=None))) is not None:
            self.act("admin", "order_accept", order.pk)

    def take_in(self) -> None:
        self.act("fay", "receipt_create", None, values={"customer": self.chance.choice(self.customers).pk, "amount": self.cents(6000)})

    def allocate(self) -> None:
        one, part = self.some(self.receipts()), self.some(self.parts())
        if one is not None and part is not None:
            self.act("fay", "receipt_allocate", one.pk, {"instalment": part.pk, "amount": self.cents(3000)})

    def spread(self) -> None:
        if (one := self.some(self.receipts())) is not None:
            self.act("fay", "receipt_allocate_oldest", one.pk)

    def release(self) -> None:
        part = self.some(self.parts().filter(allocated__gt=0))
        posting = Posting._base_manager.filter(instalment=part, kind="receipt").order_by("pk").last() if part is not None else None
        if posting is not None:
            self.act("fay", "receipt_release", posting.receipt_id, {"instalment": posting.instalment_id, "reason": "改"})

    def write_off(self) -> None:
        if (part := self.some(self.parts().filter(balance__gt=0))) is not None:
            self.act("fay", "instalment_write_off", part.pk, {"amount": self.cents(50), "reason": "让利"})

    def refund(self) -> None:
        if (one := self.some(self.receipts())) is not None:
            self.act("fay", "receipt_refund", one.pk, {"amount": self.cents(500), "reason": "多付"})

    def unrefund(self) -> None:
        if (one := self.some(Receipt._base_manager.filter(customer__in=self.customers, kind=Receipt.Kind.REFUND, reversed_on=None))) is not None:
            self.act("fay", "receipt_reverse", one.pk, {"reason": "退错"})

    def reverse(self) -> None:
        if (one := self.some(self.receipts())) is not None:
            self.act("fay", "receipt_reverse", one.pk, {"reason": "错"})

    def void(self) -> None:
        if (order := self.some(self.orders.filter(received=0, delivered=0, state="signed"))) is not None:
            self.act("admin", "contract_void", order.contract_id, {"reason": "取消"})


def holds(life: Life) -> None:
    """The first seven."""
    planned = Sum("instalments__amount", filter=Q(instalments__deleted_at=None))
    for amount, parts in life.orders.exclude(state__in=("draft", "void")).annotate(parts=planned).values_list("amount", "parts"):
        assert parts == amount, "1: the plan is the amount"
    wrong = Q(allocated__lt=0) | Q(owed__gt=F("amount")) | Q(allocated__gt=F("owed")) | Q(credited__gt=F("owed"))
    assert not life.parts().filter(wrong).exists(), "2: no more is received than is owed"
    for one in life.receipts().annotate(spent=Sum("postings__amount")):
        assert -(one.spent or ZERO) == one.allocated, "3: a receipt is spent once"
        assert one.allocated + one.refunded <= one.amount, "4: no more is paid back"
        assert one.refunded == sum(one.countered_by.filter(kind="refund", reversed_on=None).values_list("amount", flat=True)), "4: with documents"
    lines = OrderLine._base_manager.filter(order__in=life.orders)
    assert not lines.filter(Q(delivered__gt=F("quantity")) | Q(returned__gt=F("delivered"))).exists(), "5: what goes out was ordered"
    used = sum(((i.amount - i.allocated - i.credited) for i in life.parts().filter(order__state__in=BOUND)), ZERO)
    assert credit.exposure(c.pk for c in life.customers) == used, "6: what is used is what is owed or will be"
    owed = life.parts().exclude(order__state="void").aggregate(s=Sum("balance"))["s"] or ZERO
    bands = answer(life.world.actor("erin"), Ask(("receivable",), by=("due_age",), filters={"customer": tuple(c.pk for c in life.customers)}))
    assert sum((row.cells["receivable"] or ZERO for row in bands.lines), ZERO) == owed, "7: the bands are what is owed"


def taken_back(life: Life) -> None:
    """The eighth: every receipt reversed, nothing of the orders is received any more, and what is owed is what became owed less what was credited."""
    for one in life.receipts().filter(refunded=0):
        life.act("fay", "receipt_reverse", one.pk, {"reason": "冲回"})
    held = Posting._base_manager.filter(receipt__refunded__gt=0, receipt__customer__in=life.customers)
    kept = -(held.aggregate(s=Sum("amount"))["s"] or ZERO)
    found = life.parts().aggregate(received=Sum("allocated"), owed=Sum("owed"), credited=Sum("credited"), balance=Sum("balance"))
    assert (found["received"] or ZERO) == kept
    if found["owed"] is not None:
        assert found["balance"] == found["owed"] - found["credited"] - kept


@pytest.mark.parametrize("seed", range(WORLDS))
def test_money_is_right_after_every_step(world, seed):
    life, done = Life(world, seed), 0
    for _n in range(STEPS):
        try:
            life.chance.choice(life.ways)()
            done += 1
        except Failure:
            pass  # a refusal is an answer; what holds is looked at all the same
        holds(life)
    taken_back(life)
    holds(life)
    assert done > STEPS // 4 and len(life.did) >= 8, life.did
