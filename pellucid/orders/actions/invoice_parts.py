"""The lines of an invoice: each is for a line or an instalment of the order, taxed by itself; the invoice is what they come to."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import action, follows, prepares
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.verbs import GONE, into_bin

from ..invoiceable import Rates, Room
from ..models import Invoice, InvoicePart, Order
from .invoicing import STANDS, S, add_up, fitting, in_force, parts_of
from .lines import held

ZERO = Decimal(0)


def drafts(ids: Iterable[int]) -> tuple[dict[int, Invoice], dict[int, Order]]:
    """These invoices and their orders, locked, the orders first."""
    wanted = set(ids)
    of = Invoice._base_manager.filter(pk__in=wanted).values_list("order_id", flat=True)
    orders = {o.pk: o for o in held(of)}
    rows = Invoice._base_manager.filter(pk__in=wanted, deleted_at=None).order_by("pk").select_for_update(of=("self",), no_key=True)
    return {i.pk: i for i in rows}, orders


@prepares(InvoicePart)
def part_prepare(parts: list[InvoicePart], *, actor: Any, changed: frozenset[str] | None) -> None:
    """For what it is, how much of that is open beside the other lines of its invoice, and what of it is tax. Those of an issued one stand."""
    new = [p for p in parts if not p.corrects_id]  # a correction is drawn up by what corrects
    if changed is not None and "invoice" in changed:
        raise Invalid({"invoice": [_("A line stays with its invoice.")]})
    invoices, orders = drafts(p.invoice_id for p in new)
    rooms, rates = {pk: Room.of(order) for pk, order in orders.items()}, {pk: Rates(orders[one.order_id]) for pk, one in invoices.items()}
    of_invoice = {pk: rooms[one.order_id] for pk, one in invoices.items()}
    own = {p.pk for p in new if p.pk}
    for other in InvoicePart._base_manager.filter(invoice__in=invoices, deleted_at=None).exclude(pk__in=own):
        of_invoice[other.invoice_id].take(other, other.amount)
        rates[other.invoice_id].take(other)
    for one in new:
        invoice = invoices.get(one.invoice_id)
        if invoice is None or invoice.state != S.DRAFT:
            raise Refused(str(STANDS))
        order, room = orders[invoice.order_id], of_invoice[invoice.pk]
        if one.order_id not in (None, order.pk):
            raise Invalid({"invoice": [_("This is of another order.")]})
        one.order = order
        if not in_force(order):
            raise Invalid({"invoice": [_("The order is not in force.")]})
        names(one)
        one.amount = fitting(one.amount, room.left(one))
        room.take(one, one.amount)
        one.tax_rate, one.net, one.tax = rates[invoice.pk].part(one.line, one.amount)
        rates[invoice.pk].take(one)


def names(part: InvoicePart) -> None:
    """What it is for, in words. Raises Invalid where it is for nothing, or for something of another order."""
    named = {name: thing for name in ("line", "instalment") if (thing := getattr(part, name)) is not None}
    if not named:
        raise Invalid({"line": [_("Say which order line or instalment it is for.")]})
    for name, thing in named.items():
        if thing.order_id != part.order_id or thing.deleted_at is not None:
            raise Invalid({name: [_("This is of another order.")]})
    part.name = " · ".join(str(thing) for thing in named.values())[:200]


@follows(InvoicePart)
def invoices_add_up(parts: list[InvoicePart], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """An invoice comes to what its lines do; those of an issued one, a red-letter one too, stay."""
    if changed is not None and any(p.corrects_id or p.invoice.state != S.DRAFT for p in parts):
        raise Refused(str(STANDS))
    invoices, orders = drafts(p.invoice_id for p in parts if not p.corrects_id)
    for invoice in invoices.values():
        if invoice.state != S.DRAFT:
            raise Refused(str(STANDS))
        if changed == GONE and not parts_of(invoice):  # the money would stay, for the order as a whole
            raise Refused(_("It has no other line: delete the draft instead."))
        add_up(invoice, orders[invoice.order_id], actor)


@action(InvoicePart, label=gettext_lazy("Take this line out"), icon="x", shown=lambda part: part.invoice.state == S.DRAFT, locks=("order",),
        event="invoicepart.dropped", sentence=gettext_lazy("{actor} took this line out of the invoice"),
        did=gettext_lazy("Took “{name}” out"))  # fmt: skip
def invoicepart_drop(part: InvoicePart, *, actor: Actor) -> None:
    """Whoever writes a draft leaves out what is not to be on it; the invoice is what is left."""
    into_bin(InvoicePart, [part], actor=actor)
