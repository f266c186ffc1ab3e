"""What a draft still lacks before it can be submitted and signed, and what is next: above contracts, orders and accepted quotations."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import reaches_too, scoped
from pellucid.kernel.processes.gate import undecided
from pellucid.kernel.records import words
from pellucid.kernel.resources.attachments import files_of
from pellucid.kernel.resources.declare import Panel, place, resource_of
from pellucid.kernel.resources.fields import clear
from pellucid.sales.models import Quotation

from . import selectors
from .models import Contract, Order

S = Order.State


def lacking(order: Order, actor: Actor) -> tuple[str, dict[str, str]] | None:
    """What a draft of an order lacks before it can be submitted, with the way to mend it; None once it is complete."""
    if order.amount <= 0:
        return _("it does not say yet what is ordered"), {"label": _("Add an order line"), "icon": "plus",
                                                          "drawer": f"/order-lines/new?order={order.pk}"}  # fmt: skip
    left = order.amount - order.planned
    if not left:
        return None
    amount = words.money_exact(abs(left), actor.language, order.currency)
    if not order.planned:
        return _("it is not split into instalments yet"), {"label": _("Split into instalments"), "icon": "chart-pie",
                                                           "dialog": f"/orders/{order.pk}/do/order_split"}  # fmt: skip
    text = _("%(amount)s is in no instalment yet") if left > 0 else _("the instalments are %(amount)s more than the order")
    return text % {"amount": amount}, {"label": _("Split afresh"), "icon": "chart-pie", "dialog": f"/orders/{order.pk}/do/order_split"}


def can(model: type[Contract | Order], pk: int, actor: Actor, verb: str) -> bool:
    """Whether somebody may do this with that very record now, so that nothing is offered that would be refused."""
    return not actor.read_only and actor.may(model._meta.model_name or "", verb) and reaches_too(model, pk, actor, verb)


def for_order(order: Order, actor: Actor, sign: dict[str, str]) -> dict[str, Any] | None:
    """What is next for an order that is not in force: mend it, submit it, or `sign` it. Without rights to any of it, who can is said."""
    if not clear("order", actor, "amount", "planned"):
        return None
    if order.state == S.DRAFT and (lack := lacking(order, actor)) is not None:
        text, mend = lack
        return {"lead": _("Not complete yet"), "warn": f" {text}", "next": mend if can(Order, order.pk, actor, "edit") else None}
    drawn_up = order.contract.state == Contract.State.DRAFT
    if undecided("contract", order.contract_id) if drawn_up else undecided("order", order.pk):
        return {"lead": _("Complete, and being approved"), "text": _("it is signed once everybody who is asked has agreed")}
    if can(Contract, order.contract_id, actor, "approve") if drawn_up else can(Order, order.pk, actor, "approve"):
        return {"lead": _("Complete: it can be signed"), "next": sign}
    if order.state == S.DRAFT:
        submit = {"label": _("Submit for signing"), "icon": "send", "post": f"/orders/{order.pk}/do/order_submit"}
        return {"lead": pgettext("draft", "Complete"), "text": _("submit it, and somebody with the right to sign takes it on"),
                "next": submit if can(Order, order.pk, actor, "edit") else None}  # fmt: skip
    return {"lead": _("Submitted"), "text": _("somebody with the right to sign takes it on")}


def of_contract(contract: Contract, actor: Actor) -> dict[str, Any] | None:
    """What is next for a draft of a contract: what its order lacks, then the signature; that the signed paper is not kept yet."""
    if contract.state != Contract.State.DRAFT:
        return None
    sign = {"label": pgettext("contract", "Sign"), "icon": "signature", "dialog": f"/contracts/{contract.pk}/do/contract_sign"}
    orders = selectors.orders_under(scoped(Order, actor), contract.pk)
    if contract.kind == Contract.Kind.FRAMEWORK or not orders:
        return {"lead": _("It can be signed") if contract.kind == Contract.Kind.FRAMEWORK else _("Draft"),
                "next": sign if can(Contract, contract.pk, actor, "approve") else None}  # fmt: skip
    found = for_order(orders[0], actor, sign)
    if found is not None and not files_of(resource_of(Contract), contract.pk):
        found["warn"] = f"{found.get('warn', '')}{_('; ') if found.get('warn') else ' '}{_('the signed document is not kept here yet')}"
    return found


def of_order(order: Order, actor: Actor) -> dict[str, Any] | None:
    """The same above the order itself."""
    if order.state not in (S.DRAFT, S.PENDING):
        return None
    if order.contract.state == Contract.State.DRAFT:
        sign = {"label": _("Sign with its contract"), "icon": "signature", "dialog": f"/contracts/{order.contract_id}/do/contract_sign"}
    else:
        sign = {"label": _("Confirm"), "icon": "signature", "dialog": f"/orders/{order.pk}/do/order_confirm"}
    return for_order(order, actor, sign)


def of_quotation(one: Quotation, actor: Actor) -> dict[str, Any] | None:
    """The contract that an accepted quotation became, for who may see it."""
    made = selectors.contract_of(scoped(Contract, actor), one.pk) if one.state == Quotation.State.ACCEPTED else None
    if made is None:
        return None
    return {"lead": _("It became a contract"), "text": made.number or str(made.get_state_display()),
            "next": {"label": _("To the contract"), "icon": "file-text", "href": f"/contracts/{made.pk}"}}  # fmt: skip


place(
    Panel("contract", "orders.drafting", gettext_lazy("What is next"), "", of_contract, place="guide", needs="contract", position=10),
    Panel("order", "orders.drafting", gettext_lazy("What is next"), "", of_order, place="guide", needs="order", position=10),
    Panel("quotation", "orders.contracted", gettext_lazy("Its contract"), "", of_quotation, place="guide", needs="contract", position=95),
)
