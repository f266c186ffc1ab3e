"""What of an order is open to be invoiced: as a whole, by line, by instalment; and what of an amount is tax, to the cent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from pellucid.kernel.records.amounts import cents

from .models import Instalment, Invoice, InvoicePart, Order, OrderLine

ZERO = Decimal(0)


def standing(**of: Any) -> Decimal:
    """What issued invoices come to of a line or an instalment, corrections taken off."""
    found = InvoicePart._base_manager.filter(invoice__state=Invoice.State.ISSUED, invoice__deleted_at=None, deleted_at=None, **of)
    return found.aggregate(s=Sum("amount"))["s"] or ZERO


@dataclass(slots=True)
class Room:
    """How much of an order, of each of its lines and of each instalment is open; what is taken from it is open no more."""

    whole: Decimal
    lines: dict[int, Decimal]
    instalments: dict[int, Decimal]

    @classmethod
    def of(cls, order: Order) -> Room:
        """Of a locked order, as issued invoices leave it."""
        lines = OrderLine._base_manager.filter(order=order, deleted_at=None)
        parts = Instalment._base_manager.filter(order=order, deleted_at=None)
        made = cls(order.amount - order.invoiced, dict(lines.values_list("pk", "amount")), dict(parts.values_list("pk", "amount")))
        issued = InvoicePart._base_manager.filter(order=order, deleted_at=None, invoice__state=Invoice.State.ISSUED, invoice__deleted_at=None)
        for line, instalment, amount in issued.values_list("line", "instalment").annotate(s=Sum("amount")).order_by():
            if line in made.lines:
                made.lines[line] -= amount
            if instalment in made.instalments:
                made.instalments[instalment] -= amount
        return made

    def asked(self, order: Order) -> Room:
        """Less what drafts ask for already: nobody is offered to ask for it again."""
        drafts = Invoice._base_manager.filter(order=order, state=Invoice.State.DRAFT, deleted_at=None)
        worth = dict(drafts.values_list("pk", "amount"))
        for part in InvoicePart._base_manager.filter(invoice__in=worth, deleted_at=None):
            worth[part.invoice_id] -= part.amount
            self.take(part, part.amount)
        self.whole -= sum(worth.values(), ZERO)
        return self

    def left(self, part: InvoicePart) -> Decimal:
        """How much of what a part is for is open: of the order, and of the line and the instalment it names."""
        named = ((self.lines, part.line_id), (self.instalments, part.instalment_id))
        return min([self.whole, *(of.get(pk, ZERO) for of, pk in named if pk)])

    def take(self, part: InvoicePart, amount: Decimal) -> None:
        """So much of it is spoken for."""
        self.whole -= amount
        if part.line_id in self.lines:
            self.lines[part.line_id] -= amount
        if part.instalment_id in self.instalments:
            self.instalments[part.instalment_id] -= amount


def due(instalment: Instalment, today: dt.date) -> bool:
    """Whether an instalment is owed and its day has come."""
    return instalment.owed > 0 and (instalment.due_on is None or instalment.due_on <= today)


def due_parts(order: Order, today: dt.date) -> list[InvoicePart]:
    """All of an order that is due and neither invoiced nor asked for yet, as parts of an invoice to be, in the order of its plan."""
    out, room = [], Room.of(order).asked(order)
    for one in Instalment._base_manager.filter(order=order, deleted_at=None, owed__gt=0).order_by("position", "pk"):
        part = InvoicePart(instalment=one)
        if due(one, today) and (left := room.left(part)) > 0:
            part.amount = left
            room.take(part, left)
            out.append(part)
    return out


class Rates:
    """What of an amount is tax: by the rate of its line, by the one rate of all lines; where they differ, as in the order as a whole. What
    closes a line or the order takes the rest of its tax, so that its invoices come to exactly what was ordered."""

    def __init__(self, order: Order):
        self.order = order
        found = OrderLine._base_manager.filter(order=order, deleted_at=None).values_list("pk", "tax_rate")
        self.lines = {pk: Decimal(rate or 0) for pk, rate in found}
        issued = InvoicePart._base_manager.filter(order=order, deleted_at=None, invoice__state=Invoice.State.ISSUED, invoice__deleted_at=None)
        by_line = issued.exclude(line=None).values_list("line").annotate(a=Sum("amount"), n=Sum("net")).order_by()
        self.done: dict[int | None, tuple[Decimal, Decimal]] = {pk: (amount, net) for pk, amount, net in by_line}
        whole = Invoice._base_manager.filter(order=order, deleted_at=None, state=Invoice.State.ISSUED).aggregate(a=Sum("amount"), n=Sum("net"))
        self.done[None] = (whole["a"] or ZERO, whole["n"] or ZERO)

    def part(self, line: OrderLine | None, amount: Decimal) -> tuple[Decimal | None, Decimal, Decimal]:
        """(rate, net, tax) of an amount of a line, or of the whole order, after what was issued and taken before."""
        of: OrderLine | Order = line or self.order
        rates = {self.lines[line.pk]} if line is not None and line.pk in self.lines else set(self.lines.values())
        rate = rates.pop() if len(rates) == 1 else None
        before, net_before = self.done.get(line.pk if line else None, (ZERO, ZERO))
        if before + amount == of.amount:
            net = min(max(of.net - net_before, ZERO), amount)
        elif rate is not None:
            net = cents(amount * 100 / (100 + rate))
        else:
            net = cents(amount * of.net / of.amount) if of.amount else amount
        return rate, net, amount - net

    def take(self, part: InvoicePart) -> None:
        """What a part of the same invoice says is before what follows."""
        for key in {part.line_id, None}:
            amount, net = self.done.get(key, (ZERO, ZERO))
            self.done[key] = (amount + part.amount, net + part.net)
