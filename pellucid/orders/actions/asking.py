"""An invoice is asked for from its order: of several instalments, several lines, or the order as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, follow, prepare
from pellucid.kernel.actions.run import noted, reaches
from pellucid.kernel.records import days, words
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import clear
from pellucid.kernel.resources.verbs import insert

from .. import selectors
from ..invoiceable import Room, due_parts
from ..models import Invoice, InvoicePart, Order
from .invoicing import Kind, in_force
from .lines import held

ZERO = Decimal(0)
BY_INSTALMENT, BY_LINE, AS_WHOLE = "instalments", "lines", "whole"
BY = ((BY_INSTALMENT, pgettext_lazy("invoice", "Instalments")), (BY_LINE, pgettext_lazy("invoice", "Order lines")),
      (AS_WHOLE, pgettext_lazy("invoice", "The order as a whole")))  # fmt: skip


def picked(spec: Spec, key: str, label: str, said: str, when: tuple[str, ...] = ()) -> Spec:
    """A row of a dialog: one thing of several, ticked or not, with how much of it."""
    return spec.changed(name=key, label=label, kind=kind("money"), required=False, null=True, default=None, help=said, choices=(),
                        options={"pick": ("parts", key), "when": when})  # fmt: skip


def amount_of(key: str, given: dict[str, Any], left: Decimal) -> Decimal:
    """How much of a picked row was named, all that is left unless something is. Raises Invalid at the row."""
    amount = left if given.get(key) is None else given[key]
    if amount <= 0 or amount > left:
        raise Invalid({key: [_("Between 0.01 and %(amount)s.") % {"amount": words.number(max(left, ZERO), 2)}]})
    return Decimal(amount)


def parts_open(order: Order, room: Room, actor: Actor) -> list[tuple[str, InvoicePart, Decimal]]:
    """Everything of an order that a part of an invoice may be for, as far as the actor may know what it comes to: (key of its row, the part
    to be, how much is open)."""
    found: list[tuple[str, InvoicePart]] = []
    if clear("instalment", actor, "amount"):
        found += [(f"instalment_{i.pk}", InvoicePart(instalment=i)) for i in selectors.instalments_of(order)]
    if clear("orderline", actor, "amount", "tax_rate"):
        found += [(f"line_{line.pk}", InvoicePart(line=line)) for line in selectors.lines_of(order)]
    return [(key, part, left) for key, part in found if (left := room.left(part)) > 0]


def rows_of(order: Order, actor: Actor, inputs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """What is open of each instalment and line, each a row that may be ticked, with its amount and what a draft asks for of it already."""
    like, out = next(s for s in inputs if s.name == "amount"), []
    free = Room.of(order).asked(order)
    for key, part, left in parts_open(order, Room.of(order), actor):
        of: Any = part.instalment or part.line
        when = words.that_day(of.due_on, days.today(), actor.language) if part.instalment and of.due_on else ""
        rate = f"{Decimal(of.tax_rate or 0).normalize():f}%" if part.line else ""
        whole = "" if left == of.amount else _("open: %(left)s of %(amount)s") % {
            "left": words.number(left, 2), "amount": words.number(of.amount, 2)}  # fmt: skip
        drafted = _("asked for already") if free.left(part) <= 0 else ""
        said = " · ".join(filter(None, (when, rate, whole, drafted)))
        out.append(picked(like, key, str(of), said, ("by", BY_INSTALMENT if part.instalment else BY_LINE)))
    first = tuple(s for s in inputs if s.name in ("kind", "by", "parts"))
    rest = tuple(s.changed(options=s.options | ({"when": ("by", AS_WHOLE)} if s.name == "amount" else {})) for s in inputs if s not in first)
    return (*first, *out, *rest)


def usual(order: Order, actor: Actor) -> dict[str, Any]:
    """The dialog begins with what is due ticked; where nothing is, with what comes next. What drafts ask for is not asked for again."""
    found = parts_open(order, Room.of(order).asked(order), actor)
    open_still = {key for key, _part, _left in found}
    now = [key for part in due_parts(order, days.today()) if (key := f"instalment_{part.instalment_id}") in open_still]
    next_one = [key for key, part, _left in found if part.instalment][:1]
    return {"parts": now or next_one, "by": BY_INSTALMENT, "kind": usual_kind(order)} | {key: left for key, _part, left in found}


def usual_kind(order: Order) -> str:
    """A special invoice names the buyer's tax number; who has none gets a general one."""
    return Kind.SPECIAL if order.customer.credit_code else Kind.GENERAL


def may_be_invoiced(order: Order) -> bool:
    """Whether something of it is open to be invoiced."""
    return in_force(order) and order.to_invoice > 0


@action(Order, label=gettext_lazy("Ask for an invoice"), icon="file-invoice", verb="view", leads_on=True, position=45, shown=may_be_invoiced,
        needs=lambda order: ("invoice", "create"), asks=rows_of, suggest=usual, event="order.invoice_asked",
        sentence=gettext_lazy("{actor} asked for an invoice of {amount:money}"), did=gettext_lazy("Asked for an invoice of “{name}”"))  # fmt: skip
def order_invoice(
    order: Order,
    *,
    actor: Actor,
    kind: Annotated[str, Ask(gettext_lazy("Kind of invoice"), choices=Kind)] = "",
    by: Annotated[str, Ask(gettext_lazy("Invoice by"), choices=BY)] = BY_INSTALMENT,
    parts: Annotated[list[str] | None, Ask(gettext_lazy("For what"), kind="picks", hidden=True)] = None,
    amount: Annotated[Decimal | None, Ask(gettext_lazy("Amount with tax"), kind="money", help=gettext_lazy(
        "Left empty: all that is open to be invoiced."))] = None,
    note: Annotated[str, Ask(gettext_lazy("Note"), max_length=200)] = "",
    **amounts: Any,
) -> Invoice:  # fmt: skip
    """Draw up one invoice of several instalments or lines, each with its amount, or of the order as a whole; finance issues it."""
    (order,) = held([order.pk])
    room, made = Room.of(order), Invoice(order=order, kind=kind or usual_kind(order), note=note or "")
    if by == AS_WHOLE:
        if amount is not None and amount <= 0:
            raise Invalid({"amount": [_("An invoice is above zero.")]})
        made.amount = amount if amount is not None else ZERO
        return asked(made, [], actor)
    found = {key: (part, left) for key, part, left in parts_open(order, room, actor) if bool(part.instalment) == (by == BY_INSTALMENT)}
    wanted = [key for key in dict.fromkeys(parts or ()) if bool(key.startswith("instalment_")) == (by == BY_INSTALMENT)]
    if gone := [key for key in wanted if key not in found]:
        raise Refused(_("Of %(n)s of these nothing is open to be invoiced any more.") % {"n": len(gone)})
    if not wanted:
        raise Refused(_("Tick what is to be invoiced."))
    out = []
    for key in wanted:
        part, left = found[key]
        part.amount = amount_of(key, amounts, min(left, room.left(part)))
        room.take(part, part.amount)
        out.append(part)
    return asked(made, out, actor)


@action(Order, label=gettext_lazy("Invoice all that is due"), icon="file-invoice", verb="view", leads_on=True, shown=lambda order: False,
        needs=lambda order: ("invoice", "create"), event="order.invoice_asked_due",
        sentence=gettext_lazy("{actor} asked for an invoice of {amount:money}"), did=gettext_lazy("Asked for an invoice of “{name}”"))  # fmt: skip
def order_invoice_due(order: Order, *, actor: Actor) -> Invoice:
    """Draw up one invoice of every instalment that is due and not invoiced yet."""
    (order,) = held([order.pk])
    found = due_parts(order, days.today())
    if not found:
        raise Refused(_("Nothing that is due is open to be invoiced."))
    return asked(Invoice(order=order, kind=usual_kind(order)), found, actor)


def asked(made: Invoice, parts: Iterable[InvoicePart], actor: Actor) -> Invoice:
    """Write a draft and its parts; whoever asks must be let to ask for invoices of this order."""
    parts = list(parts)
    if parts:
        made.amount = sum((p.amount for p in parts), ZERO)
    insert(registry["invoice"], made, actor=actor)
    if actor.rights is not None and not reaches(Invoice, made.pk, actor, "create"):
        raise Forbidden("invoice.create", _("You may not ask for invoices of this order."))
    for one in parts:
        one.invoice, one.created_by_id = made, actor.user_id
    prepare(InvoicePart, parts, actor=actor, changed=None)
    for one in parts:
        one.save(force_insert=True)
    follow(InvoicePart, parts, actor=actor, changed=None)
    made.refresh_from_db()
    noted(invoice=made.pk, amount=str(made.amount))
    return made
