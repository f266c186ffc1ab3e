"""Orders carried out before, somewhere else: one row of a file tells what was invoiced, when it was due, and when it was paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import follows, prepares
from pellucid.kernel.records import days
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.copying import copy, reserve
from pellucid.kernel.records.errors import Faults
from pellucid.kernel.records.numbers import draw_gapless
from pellucid.sales.actions.preparing import GIVEN

from ..models import Contract, Instalment, Invoice, InvoicePart, Order, OrderLine, Posting, Receipt
from ..models.instalment import Basis
from .lines import contracts_add_up
from .receipts import legal

ZERO = Decimal(0)
K = Posting.Kind


@prepares(Contract)
def contracts_of_the_past(contracts: list[Contract], *, actor: Any, changed: frozenset[str] | None) -> None:
    """One that a file says was signed is in force since that day; it keeps the number it had, if it had one."""
    if changed is None and actor.door in GIVEN:
        for one in contracts:
            if one.signed_on is not None and one.state == Contract.State.DRAFT and one.kind == Contract.Kind.FRAMEWORK:
                one.state, one.issued_by_id = Contract.State.ACTIVE, tree().branch(one.unit_id)


@prepares(Order)
def orders_of_the_past(orders: list[Order], *, actor: Any, changed: frozenset[str] | None) -> None:
    """One that a file says was invoiced is in force since that day, for that sum."""
    if changed is not None or actor.door not in GIVEN:
        return
    for one in orders:
        worth = getattr(one, "worth", None)
        if worth is None:
            continue
        settled = getattr(one, "settled_on", None)
        faults = Faults()
        if one.signed_on is None:
            faults.tell("signed_on", _("Say on which day it was signed."))
        if worth <= 0:
            faults.tell("worth", _("An amount is above zero."))
        for name, day in (("signed_on", one.signed_on), ("settled_on", settled)):
            if day and day > days.today():
                faults.tell(name, _("This day has not come yet."))
        if settled and one.signed_on and settled < one.signed_on:
            faults.tell("settled_on", _("It was paid before it was invoiced."))
        faults.settle()
        one.net = one.amount = one.planned = one.invoiced = worth
        one.tax, one.amount_base = ZERO, cents(worth * Decimal(one.rate))
        one.received, one.receivable = (worth, ZERO) if settled else (ZERO, worth)
        one.state = Order.State.RUNNING if settled else Order.State.SIGNED
        one.sold_by_id, one.sold_unit_id, one.sold_branch_id = one.owner_id, one.unit_id, one.branch_id


@follows(Order)
def past_is_written(orders: list[Order], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Its line, its instalment, its invoice, the receipt that paid it, and what the ledger says of them."""
    told = [o for o in orders if getattr(o, "worth", None) is not None] if changed is None and actor.door in GIVEN else []
    if not told:
        return
    lines, parts, papers = (reserve(model, len(told)) for model in (OrderLine, Instalment, Invoice))
    by = {"created_by_id": actor.user_id}
    copy(OrderLine, [{"id": pk, "order_id": o.pk, "name": o.name, "quantity": Decimal(1), "unit_price": o.net, "tax_rate": ZERO, "net": o.net,
                      "tax": ZERO, "amount": o.amount, "net_base": o.amount_base, "signed_on": o.signed_on, **by}
                     for o, pk in zip(told, lines, strict=True)])  # fmt: skip
    copy(Instalment, [{"id": pk, "order_id": o.pk, "position": 1, "name": o.name, "basis": Basis.DAY, "days": 0, "amount": o.amount, "due_on": due(o),
                       "owed": o.amount, "allocated": o.received, "settled_on": getattr(o, "settled_on", None),
                       "disputed": bool(getattr(o, "disputed", False)), "in_charge_id": o.owner_id, **by}
                      for o, pk in zip(told, parts, strict=True)])  # fmt: skip
    copy(Invoice, [{"id": pk, "order_id": o.pk, "customer_id": o.customer_id, "name": o.name, "kind": Invoice.Kind.GENERAL,
                    "state": Invoice.State.ISSUED, "amount": o.amount, "tax_rate": ZERO, "net": o.net, "tax": o.tax, "amount_base": o.amount_base,
                    "buyer": o.customer.name, "invoiced_on": o.signed_on, "issued_by_id": o.branch_id, **by}
                   for o, pk in zip(told, papers, strict=True)])  # fmt: skip
    copy(InvoicePart, [{"order_id": o.pk, "invoice_id": paper, "name": o.name, "line_id": line, "instalment_id": part, "amount": o.amount,
                        "tax_rate": ZERO, "net": o.net, "tax": o.tax, **by}
                       for o, line, part, paper in zip(told, lines, parts, papers, strict=True)])  # fmt: skip
    receipts = _receipts([o for o in told if o.received], by)
    postings = []
    for order, part in zip(told, parts, strict=True):
        postings.append(_posting(order, part, K.DUE, order.amount, order.signed_on, None) | by)
        if order.pk in receipts:
            postings.append(_posting(order, part, K.RECEIPT, -order.amount, order.settled_on, receipts[order.pk]) | by)  # type: ignore[attr-defined]
    copy(Posting, postings)
    contracts_add_up((o.contract_id for o in told), actor)


def due(order: Order) -> Any:
    """The day a file says it was due on; else the day of the invoice."""
    return getattr(order, "due_on", None) or order.signed_on


def late(order: Order) -> Any:
    """The day it was paid, if that was after it was due."""
    settled = getattr(order, "settled_on", None)
    return settled if settled and settled > due(order) else None


def _receipts(paid: Sequence[Order], by: dict[str, Any]) -> dict[int, int]:
    """A receipt for each of these orders, by order; numbers run on without gaps."""
    paid = sorted(paid, key=lambda o: (o.settled_on, o.pk))  # type: ignore[attr-defined]
    wanted = Counter((o.branch_id, o.settled_on.year) for o in paid)  # type: ignore[attr-defined]
    after = {key: draw_gapless(f"SK:{key[0]}:{key[1]}", n) - n for key, n in sorted(wanted.items())}
    ids, rows = reserve(Receipt, len(paid)), []
    for order, pk in zip(paid, ids, strict=True):
        on = order.settled_on  # type: ignore[attr-defined]
        after[order.branch_id, on.year] += 1
        rows.append({"id": pk, "number": legal("SK", order.branch_id, on.year, after[order.branch_id, on.year]), "issued_by_id": order.branch_id,
                     "kind": Receipt.Kind.RECEIPT, "customer_id": order.customer_id, "received_on": on, "amount": order.amount,
                     "currency": order.currency, "rate": order.rate, "amount_base": order.amount_base, "allocated": order.amount,
                     "reference": order.name[:80], **by})  # fmt: skip
    copy(Receipt, rows)
    return {order.pk: pk for order, pk in zip(paid, ids, strict=True)}


def _posting(order: Order, instalment: int, kind: str, amount: Decimal, on: Any, receipt: int | None) -> dict[str, Any]:
    return {"order_id": order.pk, "instalment_id": instalment, "receipt_id": receipt, "kind": kind, "amount": amount,
            "amount_base": cents(amount * Decimal(order.rate)), "posted_on": on, "due_on": due(order), "customer_id": order.customer_id,
            "settled_on": getattr(order, "settled_on", None), "late_on": late(order) if kind == K.DUE else None,
            "sold_by_id": order.sold_by_id, "sold_unit_id": order.sold_unit_id, "sold_branch_id": order.sold_branch_id}  # fmt: skip
