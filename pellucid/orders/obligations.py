"""What both sides owe each other under an order, as its plan names it: days to count from, batches and instalments to count by, facts that
complete a step, and who is found to do it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from pellucid.collaboration import doers, milestones
from pellucid.collaboration.milestones import Part
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.processes.approvers import holders
from pellucid.kernel.records import days

from . import warranty
from .models import Delivery, Instalment, Invoice, InvoicePart, Order, OrderLine, Posting
from .models.instalment import Basis

ZERO = Decimal(0)
USUAL = 30  # days from signing to the goods where nothing is promised
ACCEPTANCE = 15  # days from the goods to their acceptance, until somebody says when it was
DELIVERY, RECEIPT, ACCEPTED, INVOICED = "order:delivery", "order:receipt", "order:acceptance", "order:invoice"


def promised(order: Order, line: OrderLine | None = None) -> dt.date:
    """The day goods are promised for; where nobody promised any, a usual time after the signing."""
    said = (line.promised_on if line is not None else None) or order.promised_on
    return said or (order.signed_on or days.today()) + dt.timedelta(days=USUAL)


@dataclass(frozen=True, slots=True)
class Done:
    """What happened: when, by whom, how much, for how much, by which document, and that itself."""

    on: dt.date
    executor: int | None = None
    quantity: Decimal | None = None
    amount: Decimal | None = None
    document: str = ""
    file: str | None = None


class Course:
    """How far an order is: its lines in batches, what went out of them, what was paid. Asked once for all steps of an order."""

    def __init__(self, order: Order):
        self.order = order

    @cached_property
    def lines(self) -> list[OrderLine]:
        return list(OrderLine._base_manager.filter(order=self.order.pk, deleted_at=None).order_by("pk"))

    @cached_property
    def batches(self) -> dict[str, list[OrderLine]]:
        """The lines by the day they are promised for, the first day first; by the key a step keeps."""
        out: dict[dt.date, list[OrderLine]] = {}
        for line in self.lines:
            out.setdefault(promised(self.order, line), []).append(line)
        return {f"batch:{day.isoformat()}": out[day] for day in sorted(out)}

    @cached_property
    def deliveries(self) -> list[Delivery]:
        rows = Delivery._base_manager.filter(order=self.order.pk, deleted_at=None)
        return list(rows.order_by("delivered_on", "pk"))

    @cached_property
    def instalments(self) -> dict[str, Instalment]:
        rows = Instalment._base_manager.filter(order=self.order.pk, deleted_at=None).order_by("position", "pk")
        return {f"instalment:{one.pk}": one for one in rows}

    @cached_property
    def postings(self) -> list[Posting]:
        rows = Posting._base_manager.filter(order=self.order.pk).exclude(kind=Posting.Kind.DUE)
        return list(rows.select_related("receipt").order_by("posted_on", "pk"))

    @cached_property
    def invoices(self) -> list[Invoice]:
        """Those that stand, red-letter ones too."""
        rows = Invoice._base_manager.filter(order=self.order.pk, state=Invoice.State.ISSUED, deleted_at=None)
        return list(rows.order_by("invoiced_on", "pk"))

    @cached_property
    def invoice_parts(self) -> list[InvoicePart]:
        """What those that stand are made of, each with its invoice."""
        rows = InvoicePart._base_manager.filter(invoice__in=[i.pk for i in self.invoices], deleted_at=None)
        return list(rows.select_related("invoice").order_by("invoice__invoiced_on", "pk")) if self.invoices else []

    def lines_of(self, part: str) -> Sequence[OrderLine]:
        """The lines of a batch; of all of them where a step is for the whole order."""
        return self.batches.get(part, ()) if part else self.lines

    # -------------------------------------------------------------------------------------------- what steps hang on
    def day(self, key: str, part: str) -> dt.date | None:
        """When it was, or is to be."""
        return {"signed": lambda: self.order.signed_on, "promised": lambda: self.promised(part), "delivered": lambda: self.goods_on(part),
                "accepted": lambda: self.accepted_on(part), "warranty": lambda: self.warranty_on(part),
                "due": lambda: self.due_on(part)}[key]()  # fmt: skip

    def parts(self, key: str) -> list[Part]:
        """The batches goods are promised in; or the instalments, each collected by whom it names."""
        found: dict[str, int | None] = {k: i.in_charge_id for k, i in self.instalments.items()} if key == "instalment" else dict.fromkeys(
            self.batches)  # fmt: skip
        return [Part(k, f"{n}/{len(found)}" if len(found) > 1 else "", person) for n, (k, person) in enumerate(found.items(), 1)]

    def goods_on(self, part: str) -> dt.date:
        """When the goods went out, all of them; until then when they are to, which is never over."""
        if (done := self.delivered(part)) is not None:
            return done.on
        return max(self.promised(part), days.today()) if self.order.signed_on else self.promised(part)

    def promised(self, part: str) -> dt.date:
        """When the goods are promised for; the last of them where a step is for all."""
        return max((promised(self.order, line) for line in self.lines_of(part)), default=promised(self.order))

    def accepted_on(self, part: str) -> dt.date:
        """When the customer took them, or would."""
        return self.order.accepted_on or self.goods_on("") + dt.timedelta(days=ACCEPTANCE)

    def warranty_on(self, part: str) -> dt.date:
        """When the warranty ends, or would."""
        return warranty.ends_on(self.order, self.accepted_on(part))

    def due_on(self, part: str) -> dt.date | None:
        """When an instalment is due, or would be."""
        one = self.instalments.get(part)
        return self.expected(one) if one else None

    def expected(self, one: Instalment) -> dt.date:
        """When an instalment is due, or would be if everything goes as promised from now on."""
        if one.due_on is not None:
            return one.due_on
        signed = self.order.signed_on or days.today()
        begins = {Basis.SIGNED: lambda: signed, Basis.DELIVERED: lambda: self.goods_on(""),
                  Basis.WARRANTY: lambda: self.warranty_on("")}.get(Basis(one.basis), lambda: self.accepted_on(""))()  # fmt: skip
        return begins + dt.timedelta(days=one.days)

    # -------------------------------------------------------------------------------------------- facts
    def delivered(self, part: str) -> Done | None:
        """The goods went out, all of them."""
        lines = self.lines_of(part)
        if not lines or any(line.delivered < line.quantity for line in lines):
            return None
        ids, uoms = {line.pk for line in lines}, {line.uom_id for line in lines}
        sent = [one for one in self.deliveries if one.line_id in ids]
        if not sent:
            return None
        last = sent[-1]
        return Done(last.delivered_on, last.executor_id, sum((Decimal(d.quantity) for d in sent), ZERO) if len(uoms) == 1 else None,
                    sum((d.amount for d in sent), ZERO), said(d.carrier for d in sent))  # fmt: skip

    def received(self, part: str) -> Done | None:
        """An instalment was paid, or nothing of it is owed any more."""
        one = self.instalments.get(part)
        if one is None or one.allocated + one.credited < one.amount:
            return None
        moved = [p for p in self.postings if p.instalment_id == one.pk]
        on = moved[-1].posted_on if moved else days.today()
        numbers = said(p.receipt.number for p in moved if p.receipt is not None and p.kind == Posting.Kind.RECEIPT)
        return Done(on, one.in_charge_id, None, one.allocated, numbers)

    def invoiced(self, part: str) -> Done | None:
        """An instalment was invoiced: by what names it on invoices, or by as much as it and those before it come to; the whole order without one."""
        one, total = self.instalments.get(part), sum((i.amount for i in self.invoices), ZERO)
        if part and one is None or not self.invoices:
            return None
        own = [p for p in self.invoice_parts if one is not None and p.instalment_id == one.pk]
        before = [i.amount for i in self.instalments.values() if one is None or (i.position, i.pk) <= (one.position, one.pk)]
        named = one is not None and sum((p.amount for p in own), ZERO) >= one.amount
        if not named and total < sum(before, ZERO):
            return None
        last = own[-1].invoice if named else self.invoices[-1]
        worth = one.amount if one else total
        return Done(last.invoiced_on or days.today(), last.created_by_id, None, worth, said(p.invoice.number for p in own) or last.number)

    def accepted(self, part: str) -> Done | None:
        """The customer took the goods."""
        order = self.order
        return Done(order.accepted_on, None, None, order.delivered - order.returned) if order.accepted_on else None

    def done(self, fact: str, part: str) -> Done | None:
        """Whether what completes a step has happened."""
        found = {DELIVERY: self.delivered, RECEIPT: self.received, ACCEPTED: self.accepted, INVOICED: self.invoiced}.get(fact)
        return found(part) if found else None


def said(words: Iterable[str]) -> str:
    """Documents in one line, each once."""
    return ", ".join(dict.fromkeys(w for w in words if w))[:120]


def holder(role: str) -> Any:
    """Who holds a role over the order's unit, the nearest first; else anywhere in its branch; else in the headquarters."""
    elsewhere, hq, nowhere = 90, 95, 99

    def find(order: Order, actor: Actor) -> int | None:
        now = tree()
        line = [order.unit_id, *now.ancestors(order.unit_id)] if order.unit_id in now else []
        near = {unit: n for n, unit in enumerate(line)}
        branch = now.branch_units(now.branch(order.unit_id)) if line else frozenset()
        head = now.branch_units(line[-1]) if line else frozenset()
        found = [(near.get(unit, elsewhere if unit in branch else hq if unit in head else nowhere), user) for user, unit in holders(role)]
        return min((pair for pair in found if pair[0] < nowhere), default=(0, None))[1]

    return find


milestones.declare(
    "order", Course,
    days={"signed": _("The signing"), "promised": _("The promised delivery"), "delivered": _("The delivery"), "accepted": _("The acceptance"),
          "warranty": _("The end of the warranty"),
          "due": _("The day an instalment is due")},
    parts={"batch": _("Batch of goods"), "instalment": _("Instalment")},
    facts={"delivery": _("The delivery of the goods"), "receipt": _("The receipt of the money"), "acceptance": _("The acceptance by the customer"),
           "invoice": _("The invoice")},
)  # fmt: skip
for _role, _label in (("warehouse", _("Warehouse")), ("finance", _("Finance")), ("service", _("Service"))):
    doers.declare(_role, _label, holder(_role))
