"""Invoices: asked for, issued under a number, voided in their month, corrected by a red-letter one. Never more than the order comes to."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, follows, prepares
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records import days
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import GONE, insert

from ..lifecycles import AFTERWARDS, INVOICE
from ..models import Instalment, Invoice, Order, OrderLine
from .executing import follow_facts
from .lines import held
from .receipts import issuing, legal_number

ZERO = Decimal(0)
S, Kind = Invoice.State, Invoice.Kind


# ------------------------------------------------------------------------------------------------ how much is left
def standing(**of: Any) -> Decimal:
    """What issued invoices of an order, an instalment or a line come to, corrections taken off."""
    found = Invoice._base_manager.filter(state=S.ISSUED, deleted_at=None, **of)
    return found.aggregate(s=Sum("amount"))["s"] or ZERO


def room(invoice: Invoice, order: Order) -> Decimal:
    """How much may be invoiced still of what it is for: the order, and the instalment and line it names."""
    left = [order.amount - order.invoiced]
    if invoice.instalment_id:
        amount = Instalment._base_manager.values_list("amount", flat=True).get(pk=invoice.instalment_id)
        left.append(amount - standing(instalment=invoice.instalment_id))
    if invoice.line_id:
        amount = OrderLine._base_manager.values_list("amount", flat=True).get(pk=invoice.line_id)
        left.append(amount - standing(line=invoice.line_id))
    return min(left)


def in_force(order: Order) -> bool:
    """Whether the order binds, so that something of it may be invoiced."""
    return order.signed_on is not None and order.state != Order.State.VOID


def taxed(invoice: Invoice, order: Order) -> None:
    """Tax and amount without it, to the cent: by the rate of the line or of all lines; where rates differ, by what the order's tax is of it."""
    lines = OrderLine._base_manager.filter(order=order, deleted_at=None)
    if invoice.line_id:
        lines = lines.filter(pk=invoice.line_id)
    rates = {Decimal(r or 0) for r in lines.values_list("tax_rate", flat=True)}
    if len(rates) == 1:
        invoice.tax_rate = rates.pop()
        invoice.net = cents(invoice.amount * 100 / (100 + invoice.tax_rate))
    else:
        invoice.tax_rate = None
        invoice.net = cents(invoice.amount * order.net / order.amount) if order.amount else invoice.amount
    invoice.tax = invoice.amount - invoice.net
    invoice.amount_base = cents(invoice.amount * Decimal(order.rate))


# ------------------------------------------------------------------------------------------------ drawn up
@prepares(Invoice)
def invoice_prepare(invoices: list[Invoice], *, actor: Any, changed: frozenset[str] | None) -> None:
    """What follows from the order: for what it is, how much is open, tax, buyer. An issued one stands."""
    if changed is not None and changed <= AFTERWARDS:
        return
    orders = {o.pk: o for o in held(i.order_id for i in invoices)}
    for one in invoices:
        order = orders[one.order_id]
        if one.corrects_id:
            continue  # drawn up by what corrects
        if one.state != S.DRAFT:
            raise Refused(_("An issued invoice stands as it is; void it in its month, or correct it by a red-letter invoice."))
        if not in_force(order):
            raise Invalid({"order": [_("The order is not in force.")]})
        hangs_together(one)
        left = room(one, order)
        one.amount = one.amount or max(left, ZERO)
        if one.amount <= 0:
            raise Invalid({"amount": [_("An invoice is above zero.")] if left > 0 else [_("All of it is invoiced already.")]})
        if one.amount > left:
            raise Invalid({"amount": [_("Only %(amount)s of it is open to be invoiced.") % {"amount": max(left, ZERO)}]})
        one.customer_id = order.customer_id
        one.buyer = one.buyer or order.customer.name
        one.buyer_tax_number = one.buyer_tax_number or order.customer.credit_code
        part = one.line or one.instalment
        one.name = " · ".join(filter(None, (order.number, str(part) if part else order.name)))[:200]
        taxed(one, order)


def hangs_together(invoice: Invoice) -> None:
    """Refuse an instalment or a line of another order."""
    for name in ("instalment", "line"):
        part = getattr(invoice, name)
        if part is not None and part.order_id != invoice.order_id:
            raise Invalid({name: [_("This is of another order.")]})


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
    left = room(invoice, order)
    if invoice.amount > left:
        raise Refused(_("Only %(amount)s of it is open to be invoiced.") % {"amount": max(left, ZERO)})
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
    if invoice.corrects_id and -invoice.amount > (left := room(invoice, held([invoice.order_id])[0])):  # what it took back is invoiced again
        raise Refused(_("Only %(amount)s of it is open to be invoiced.") % {"amount": max(left, ZERO)})
    INVOICE.move(invoice, "void")
    take(invoice.order_id, -invoice.amount)
    if invoice.corrects_id:
        Invoice._base_manager.filter(pk=invoice.corrects_id).update(corrected=F("corrected") + invoice.amount)
    invoice.voided_on, invoice.reason = days.today(), reason
    invoice.save(update_fields=("state", "voided_on", "reason"))
    steps_follow(invoice.order_id)
    noted(amount=str(invoice.amount), order=invoice.order_id, customer=invoice.customer_id)


def correctable(invoice: Invoice) -> bool:
    """Whether something of it stands that could be corrected."""
    return invoice.state == S.ISSUED and invoice.corrects_id is None and invoice.corrected < invoice.amount


@action(Invoice, label=gettext_lazy("Correct by a red-letter invoice"), icon="receipt-refund", tone="warn", verb="approve", locks=("order",),
        shown=correctable, event="invoice.corrected", sentence=gettext_lazy("{actor} corrected {amount:money} by a red-letter invoice: {reason}"),
        did=gettext_lazy("Corrected “{name}”"))
def invoice_correct(
    invoice: Invoice,
    *,
    actor: Actor,
    amount: Annotated[Decimal | None, Ask(gettext_lazy("Amount with tax"), kind="money", help=gettext_lazy(
        "Left empty: all that has not been corrected yet."))] = None,
    invoiced_on: Annotated[dt.date | None, Ask(gettext_lazy("Issued on"), help=gettext_lazy("Left empty: today."))] = None,
    fiscal_number: Annotated[str, Ask(gettext_lazy("Number of the tax system"), max_length=40)] = "",
    reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)],
) -> None:  # fmt: skip
    """A red-letter invoice takes all or a part of it back; what it takes back may be invoiced again."""
    if invoice.state != S.ISSUED or invoice.corrects_id:
        raise Refused(_("Only an issued invoice is corrected."))
    left = invoice.amount - invoice.corrected
    what = amount if amount is not None else left
    took = Invoice._base_manager.filter(Q(amount__gte=F("corrected") + what), pk=invoice.pk, state=S.ISSUED)
    if what <= 0 or not took.update(corrected=F("corrected") + what):
        raise Invalid({"amount": [_("Only %(amount)s of it is left to be corrected.") % {"amount": left}]})
    order = held([invoice.order_id])[0]
    red = Invoice(order=order, customer_id=invoice.customer_id, kind=invoice.kind, state=S.ISSUED, instalment_id=invoice.instalment_id,
                  line_id=invoice.line_id, amount=-what, tax_rate=invoice.tax_rate, buyer=invoice.buyer, name=invoice.name,
                  buyer_tax_number=invoice.buyer_tax_number, fiscal_number=fiscal_number or "", corrects=invoice, reason=reason,
                  invoiced_on=day_of(invoiced_on, invoice.invoiced_on))  # fmt: skip
    red.net = -net_of(invoice, what)
    red.tax, red.amount_base = red.amount - red.net, cents(red.amount * Decimal(order.rate))
    take(order.pk, red.amount)
    numbered(red, order, actor)
    insert(registry["invoice"], red, actor=actor)
    steps_follow(order.pk)
    noted(amount=str(what), red=red.pk, order=order.pk, customer=invoice.customer_id)


def net_of(invoice: Invoice, amount: Decimal) -> Decimal:
    """How much of a correction is without tax: the last one takes what the others left, so that tax goes to nothing with the amount."""
    before = Invoice._base_manager.filter(corrects=invoice.pk, state=S.ISSUED, deleted_at=None).aggregate(a=Sum("amount"), n=Sum("net"))
    done, net = -(before["a"] or ZERO), -(before["n"] or ZERO)
    return invoice.net - net if done + amount == invoice.amount else cents(invoice.net * amount / invoice.amount)
