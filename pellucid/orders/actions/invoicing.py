"""Invoices: asked for, issued under a number, voided in their month, corrected by a red-letter one. Never more than the order comes to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import F, Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, follows, keepers, prepares
from pellucid.kernel.actions.run import noted
from pellucid.kernel.processes.gate import write_derived
from pellucid.kernel.records import days
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.verbs import GONE

from ..invoiceable import Rates, Room
from ..lifecycles import AFTERWARDS, INVOICE
from ..models import Invoice, InvoicePart, Order
from .executing import follow_facts
from .lines import held
from .receipts import issuing, legal_number

ZERO = Decimal(0)
S, Kind = Invoice.State, Invoice.Kind
BY_PARTS = frozenset({"amount", "order"})  # what the parts of an invoice say, where it has any
OF_PART = frozenset({"invoice", "line", "instalment", "amount"})
STANDS = gettext_lazy("An issued invoice stands as it is; void it in its month, or correct it by a red-letter invoice.")


def in_force(order: Order) -> bool:
    """Whether the order binds, so that something of it may be invoiced."""
    return order.signed_on is not None and order.state != Order.State.VOID


# ------------------------------------------------------------------------------------------------ drawn up
@prepares(Invoice)
def invoice_prepare(invoices: list[Invoice], *, actor: Any, changed: frozenset[str] | None) -> None:
    """What follows from the order: how much is open, tax, buyer; where it has parts, they say how much. An issued one stands."""
    if changed is not None and changed <= AFTERWARDS:
        return
    orders = {o.pk: o for o in held(i.order_id for i in invoices)}
    made_of = InvoicePart._base_manager.filter(invoice__in=[i.pk for i in invoices if i.pk], deleted_at=None) if changed is not None else None
    with_parts = set(made_of.values_list("invoice", flat=True)) if made_of is not None else set()
    for one in invoices:
        order = orders[one.order_id]
        if one.corrects_id:
            continue  # drawn up by what corrects
        if one.state != S.DRAFT:
            raise Refused(str(STANDS))
        if not in_force(order):
            raise Invalid({"order": [_("The order is not in force.")]})
        if one.pk not in with_parts:
            whole(one, order, Room.of(order))
        elif changed and (fixed := sorted(changed & BY_PARTS)):
            raise Invalid({fixed[0]: [_("Its lines say that: change them.")]})
        one.customer_id = order.customer_id
        one.buyer = one.buyer or order.customer.name
        one.buyer_tax_number = one.buyer_tax_number or order.customer.credit_code


def whole(invoice: Invoice, order: Order, room: Room) -> None:
    """An invoice without parts is for so much of the order: as much as is open, unless it says how much."""
    invoice.amount = fitting(invoice.amount, room.whole)
    invoice.tax_rate, invoice.net, invoice.tax = Rates(order).part(None, invoice.amount)
    invoice.amount_base = cents(invoice.amount * Decimal(order.rate))
    invoice.name = f"{order.number} · {order.name}"[:200]


def fitting(amount: Decimal, left: Decimal) -> Decimal:
    """The amount that was named, or all that is left. Raises Invalid where that is nothing, or too much."""
    amount = amount or max(left, ZERO)
    if amount <= 0:
        raise Invalid({"amount": [_("An invoice is above zero.")] if left > 0 else [_("All of it is invoiced already.")]})
    if amount > left:
        raise Invalid({"amount": [_("Only %(amount)s of it is open to be invoiced.") % {"amount": max(left, ZERO)}]})
    return amount


def parts_of(invoice: Invoice) -> list[InvoicePart]:
    """What an invoice is made of, as it was entered."""
    return list(InvoicePart._base_manager.filter(invoice=invoice, deleted_at=None).order_by("pk"))


def add_up(invoice: Invoice, order: Order, actor: Actor) -> None:
    """Write what follows from the parts of a locked draft; without any it is for so much of the order as it was for."""
    parts = parts_of(invoice)
    if parts:
        rates = {p.tax_rate for p in parts}
        worth = {name: sum((getattr(p, name) for p in parts), ZERO) for name in ("amount", "net", "tax")}
        worth["tax_rate"] = rates.pop() if len(rates) == 1 else None  # type: ignore[assignment]
    else:
        rate, net, tax = Rates(order).part(None, invoice.amount)
        worth = {"amount": invoice.amount, "net": net, "tax": tax, "tax_rate": rate}  # type: ignore[dict-item]
    base = cents(worth["amount"] * Decimal(order.rate))
    write_derived(invoice, {**worth, "amount_base": base, "name": called(order, parts)}, actor=actor)


def called(order: Order, parts: list[InvoicePart]) -> str:
    """What an invoice is for, in a line: the number of its order, and the first of its parts."""
    first = parts[0].name if parts else order.name
    if len(parts) > 1:
        first = ngettext("%(name)s, %(n)s line", "%(name)s, %(n)s lines", len(parts)) % {"name": first[:120], "n": len(parts)}
    return f"{order.number} · {first}"[:200]


def taxed_anew(invoice: Invoice, parts: Sequence[InvoicePart], order: Order, actor: Actor) -> None:
    """What of a draft is tax as the order has it now: a rate may have been changed, and others been issued, since it was drawn up."""
    rates = Rates(order)
    for one in parts:
        rate, net, tax = rates.part(one.line, one.amount)
        write_derived(one, {"tax_rate": rate, "net": net, "tax": tax}, actor=actor)
        rates.take(one)
    add_up(invoice, order, actor)


def must_be_open(invoice: Invoice, parts: Sequence[InvoicePart], order: Order) -> None:
    """Refuse what is not open any more of a locked order: of each thing that a part names, and of the order."""
    room = Room.of(order)
    for name, of, amount in [(p.name, p, abs(p.amount)) for p in parts] or [("", InvoicePart(), abs(invoice.amount))]:
        if amount > (left := room.left(of)):
            said = _("Only %(amount)s of “%(name)s” is open to be invoiced.") if name else _("Only %(amount)s of it is open to be invoiced.")
            raise Refused(said % {"amount": max(left, ZERO), "name": name})
        room.take(of, amount)


def said_by_parts(record: Model) -> frozenset[str]:
    """Of a draft, what its parts say: nobody types it. Of a part of an issued one, all it says."""
    if isinstance(record, InvoicePart) and record.pk is not None:
        return OF_PART if record.invoice.state != S.DRAFT else frozenset()
    if not isinstance(record, Invoice) or record.state != S.DRAFT or record.pk is None:
        return frozenset()
    return BY_PARTS if InvoicePart._base_manager.filter(invoice=record, deleted_at=None).exists() else frozenset()


keepers.append(said_by_parts)


@follows(Invoice)
def invoice_stays(invoices: list[Invoice], *, actor: Any, changed: frozenset[str] | None) -> None:
    """What was issued is not thrown away: its number would be missing."""
    if changed == GONE and any(i.state != S.DRAFT for i in invoices):
        raise Refused(_("An issued invoice is not deleted; void it or correct it."))


# ------------------------------------------------------------------------------------------------ issued
def take(order_id: int, amount: Decimal) -> None:
    """Take so much of what the order has left to be invoiced, or give it back. Refused beyond it."""
    rows = Order._base_manager.filter(pk=order_id, invoiced__gte=-amount, amount__gte=F("invoiced") + amount)
    if not rows.update(invoiced=F("invoiced") + amount):
        order = Order._base_manager.get(pk=order_id)
        raise Refused(_("Only %(amount)s of it is open to be invoiced.") % {"amount": order.amount - order.invoiced})


def day_of(on: dt.date | None, since: dt.date | None) -> dt.date:
    """The day of an invoice: not before what it is for, not to come."""
    day = on or days.today()
    if day > days.today():
        raise Invalid({"invoiced_on": [_("This day has not come yet.")]})
    if since and day < since:
        raise Invalid({"invoiced_on": [_("That is before %(day)s.") % {"day": since}]})
    return day


@action(Invoice, label=gettext_lazy("Issue"), icon="file-check", move="issue", lifecycle=INVOICE, verb="approve", locks=("order",),
        shown=lambda one: one.state == S.DRAFT, event="invoice.issued", sentence=gettext_lazy("{actor} issued an invoice of {amount:money}"),
        did=gettext_lazy("Issued “{name}”"), position=10)
def invoice_issue(invoice: Invoice, *, actor: Actor,
                  invoiced_on: Annotated[dt.date | None, Ask(gettext_lazy("Issued on"), help=gettext_lazy("Left empty: today."))] = None,
                  fiscal_number: Annotated[str, Ask(gettext_lazy("Number of the tax system"), max_length=40)] = "") -> None:  # fmt: skip
    """It goes to the customer under a legal number, and takes up what the order has open to be invoiced."""
    order = held([invoice.order_id])[0]
    if not in_force(order):
        raise Refused(_("The order is not in force."))
    if invoice.kind == Kind.SPECIAL and not invoice.buyer_tax_number:
        raise Invalid({"": [_("A VAT special invoice names the buyer's tax number: fill it in first.")]})
    parts = parts_of(invoice)
    must_be_open(invoice, parts, order)
    taxed_anew(invoice, parts, order, actor)
    invoice.invoiced_on = day_of(invoiced_on, order.signed_on)
    invoice.fiscal_number = fiscal_number or invoice.fiscal_number
    INVOICE.move(invoice, "issue")
    take(invoice.order_id, invoice.amount)
    numbered(invoice, order, actor)
    invoice.save(update_fields=("state", "invoiced_on", "fiscal_number", "number", "issued_by"))
    steps_follow(order.pk)
    noted(amount=str(invoice.amount), order=order.pk, customer=invoice.customer_id)


def steps_follow(order: int) -> None:
    """The steps of an order that invoices complete are in line with what is invoiced now."""
    follow_facts(*held([order]))


def numbered(invoice: Invoice, order: Order, actor: Actor) -> None:
    """Give it the next number of its branch and year; whoever issues next waits for it."""
    assert invoice.invoiced_on is not None
    invoice.issued_by_id = issuing(order.unit_id, actor)
    invoice.number = legal_number("FP", invoice.issued_by_id, invoice.invoiced_on.year)


# ------------------------------------------------------------------------------------------------ void, corrected
def voidable(invoice: Invoice) -> bool:
    """Whether it may be void: issued this month, on paper, nothing of it corrected."""
    on = invoice.invoiced_on
    return (invoice.state == S.ISSUED and invoice.kind != Kind.ELECTRONIC and invoice.corrected == 0 and on is not None
            and (on.year, on.month) == (days.today().year, days.today().month))  # fmt: skip


@action(Invoice, label=gettext_lazy("Declare void"), icon="ban", tone="bad", move="void", lifecycle=INVOICE, verb="approve", locks=("order",),
        shown=voidable, event="invoice.voided", sentence=gettext_lazy("{actor} declared an invoice of {amount:money} void: {reason}"),
        did=gettext_lazy("Declared “{name}” void"))
def invoice_void(invoice: Invoice, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """It does not count any more, from today on; its number stays taken. Only in the month in which it was issued."""
    if invoice.kind == Kind.ELECTRONIC:
        raise Refused(_("A fully digital invoice is not void: correct it by a red-letter invoice."))
    if invoice.corrected:
        raise Refused(_("%(amount)s of it are corrected already.") % {"amount": invoice.corrected})
    if not voidable(invoice):
        raise Refused(_("An invoice of an earlier month is corrected by a red-letter invoice."))
    parts = parts_of(invoice)
    if invoice.corrects_id:  # what it took back is invoiced again
        must_be_open(invoice, parts, held([invoice.order_id])[0])
    INVOICE.move(invoice, "void")
    take(invoice.order_id, -invoice.amount)
    if invoice.corrects_id:
        Invoice._base_manager.filter(pk=invoice.corrects_id).update(corrected=F("corrected") + invoice.amount)
        for part in parts:
            InvoicePart._base_manager.filter(pk=part.corrects_id).update(corrected=F("corrected") + part.amount)
    invoice.voided_on, invoice.reason = days.today(), reason
    invoice.save(update_fields=("state", "voided_on", "reason"))
    steps_follow(invoice.order_id)
    noted(amount=str(invoice.amount), order=invoice.order_id, customer=invoice.customer_id)
