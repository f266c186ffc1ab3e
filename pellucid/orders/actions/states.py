"""The way of an order: submitted, confirmed, accepted, closed; or void."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pellucid.customers.actions.classes import happened
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import call, noted
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid, Refused

from ..lifecycles import BOUND, OPEN, ORDER
from ..models import Contract, Order
from .executing import begin, follow_facts, over
from .ledger import become_owed, settle
from .lines import contracts_add_up, keep_attributes
from .trusting import look, trusted

S = Order.State


def can(name: str) -> Any:
    """Whether the order may take this step now."""
    return lambda one: one.state in ORDER.transitions[name].sources


def move(order: Order, name: str) -> None:
    """Into the state a step leads to."""
    ORDER.move(order, name)
    order.save(update_fields=("state",))


def confirmable(order: Order) -> bool:
    """Whether it waits for its own confirmation: an order under a contract that is not in force is signed together with it."""
    return order.state in OPEN and order.contract.state == Contract.State.ACTIVE


def complete(order: Order) -> None:
    """Raises Refused, saying what is missing, unless the order says what is bought and how it is paid."""
    if not order.lines.filter(deleted_at=None).exists() or order.amount <= 0:
        raise Refused(_("Say first what is ordered: the order is worth nothing yet."))
    if order.planned != order.amount:
        raise Refused(_("The instalments add up to %(planned)s, the order to %(amount)s: %(left)s is not planned yet.") % {
            "planned": order.planned, "amount": order.amount, "left": order.amount - order.planned})  # fmt: skip


@action(Order, label=gettext_lazy("Submit"), icon="send", move="submit", lifecycle=ORDER, shown=can("submit"), event="order.submitted",
        sentence=gettext_lazy("{actor} submitted the order"), did=gettext_lazy("Submitted “{name}”"), position=10,
        back=lambda one, _payload: ("order_take_back", {}) if one.state == S.PENDING else None)
def order_submit(order: Order, *, actor: Actor) -> None:
    """It is complete: what is ordered, and instalments that add up to it. It may be confirmed now."""
    complete(order)
    move(order, "submit")
    look(order)


@action(Order, label=pgettext_lazy("order", "Take back"), icon="arrow-back-up", move="take_back", lifecycle=ORDER, shown=can("take_back"),
        event="order.taken_back", sentence=gettext_lazy("{actor} took the order back"), did=gettext_lazy("Took “{name}” back"))
def order_take_back(order: Order, *, actor: Actor) -> None:
    """Back to a draft, to be changed."""
    move(order, "take_back")


@action(Order, label=gettext_lazy("Confirm"), icon="signature", move="confirm", lifecycle=ORDER, verb="approve", shown=confirmable,
        locks=("contract", "customer"), looks=look, event="order.confirmed", sentence=gettext_lazy("{actor} confirmed the order"),
        did=gettext_lazy("Confirmed “{name}”"), position=20)
def order_confirm(order: Order, *, actor: Actor,
                  signed_on: Annotated[dt.date | None, Ask(gettext_lazy("Signed on"), help=gettext_lazy("Left empty: today."))] = None,
                  beyond: Annotated[str, Ask(gettext_lazy("Why it is right in spite of the credit check"), max_length=200, help=gettext_lazy(
                      "Only for those who decide on credit, and only if the check says no."))] = "") -> None:  # fmt: skip
    """It binds both sides since that day: what waits for the signature is owed, and goods may go out. The customer's credit holds."""
    on = signed_on or days.today()
    if on > days.today():
        raise Invalid({"signed_on": [_("This day has not come yet.")]})
    if order.contract.state != Contract.State.ACTIVE:
        raise Refused(_("Its contract is not in force. A contract with one order is signed together with it."))
    complete(order)
    trusted(order, actor=actor, beyond=beyond)
    order.signed_on = on
    earlier = Order._base_manager.filter(customer=order.customer_id, signed_on__isnull=False, deleted_at=None).exclude(state=S.VOID)
    order.is_first = not earlier.exclude(pk=order.pk).exists()
    order.sold_by_id, order.sold_unit_id, order.sold_branch_id = order.owner_id, order.unit_id, order.branch_id
    ORDER.move(order, "confirm")
    order.save(update_fields=("state", "signed_on", "is_first", "sold_by", "sold_unit", "sold_branch"))
    order.lines.update(signed_on=on)
    keep_attributes(order.lines.filter(deleted_at=None))
    become_owed(order, actor=actor)
    begin(order, actor=actor)
    happened("order_signed", {order.customer_id}, actor=actor, at=days.start_of(on) if on < days.today() else timezone.now(),
             reason=_("the order %(number)s was signed") % {"number": order.number})  # fmt: skip


@action(Order, label=gettext_lazy("Accepted by the customer"), icon="clipboard-check", locks=("contract", "customer"),
        event="order.accepted", shown=lambda one: one.state in BOUND and one.accepted_on is None and one.delivered > 0,
        sentence=gettext_lazy("{actor}: the customer accepted what was delivered"),
        did=gettext_lazy("“{name}” is accepted by the customer"))
def order_accept(order: Order, *, actor: Actor,
                 accepted_on: Annotated[dt.date | None, Ask(gettext_lazy("Accepted on"), help=gettext_lazy("Left empty: today."))] = None,
                 ) -> None:  # fmt: skip
    """The customer takes what was delivered: what waits for the acceptance becomes owed."""
    if order.state not in BOUND or order.delivered <= 0:
        raise Refused(_("Nothing has been delivered yet."))
    on = accepted_on or days.today()
    if on > days.today() or order.signed_on and on < order.signed_on:
        raise Invalid({"accepted_on": [_("Between the signing and today.")]})
    order.accepted_on = on
    order.save(update_fields=("accepted_on",))
    become_owed(order, actor=actor)
    follow_facts(order)
    happened("goods_accepted", {order.customer_id}, actor=actor, at=timezone.now(),
             reason=_("the customer accepted the order %(number)s") % {"number": order.number})  # fmt: skip


@action(Order, label=gettext_lazy("Close"), icon="lock", move="close", lifecycle=ORDER, verb="approve", event="order.closed",
        shown=lambda one: can("close")(one) and one.receivable <= 0,
        sentence=gettext_lazy("{actor} closed the order: {reason}"), did=gettext_lazy("Closed “{name}”"))
def order_close(order: Order, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)] = "") -> None:
    """Nothing more will happen. What is owed must have been paid or written off before."""
    if order.receivable > 0:
        raise Refused(_("%(amount)s of it is owed still: collect it or write it off first.") % {"amount": order.receivable})
    move(order, "close")
    over([order], _("the order was closed"))


@action(Order, label=gettext_lazy("Reopen"), icon="rotate", move="reopen", lifecycle=ORDER, verb="approve", shown=can("reopen"),
        event="order.reopened", sentence=gettext_lazy("{actor} reopened the order: {reason}"), did=gettext_lazy("Reopened “{name}”"))
def order_reopen(order: Order, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """It was not the end: it goes on where it stood."""
    move(order, "reopen")
    settle(order)


def voided(order: Order) -> None:
    """Make a locked order void. Refused once something was delivered, received or credited."""
    if order.invoiced:
        raise Refused(_("%(amount)s of it are invoiced: void or correct the invoices first.") % {"amount": order.invoiced})
    if order.received or order.delivered or order.instalments.filter(credited__gt=0).exists():
        raise Refused(_("Something of it was delivered or paid already: take that back first."))
    order.voided_on = days.today()
    ORDER.move(order, "void")
    order.receivable = Decimal(0)  # it counts in no figure from this day on
    order.save(update_fields=("state", "voided_on", "receivable"))
    order.lines.update(voided_on=order.voided_on)
    over([order], _("the order was declared void"))
    order.instalments.update(owed=0)  # nothing is: what was owed until today stands in the ledger


@action(Order, label=gettext_lazy("Declare void"), icon="ban", tone="bad", move="void", lifecycle=ORDER, verb="delete", shown=can("void"),
        locks=("contract",), event="order.voided", sentence=gettext_lazy("{actor} declared the order void: {reason}"),
        did=gettext_lazy("Declared “{name}” void"))
def order_void(order: Order, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """It does not hold any more, from today on; what it was stays known for the days before."""
    if order.contract.kind != Contract.Kind.FRAMEWORK:
        raise Refused(_("It is the one order of its contract: declare the contract void."))
    voided(order)
    contracts_add_up([order.contract_id], actor)


def confirm_with(order: Order, on: dt.date, *, actor: Actor, beyond: str = "") -> None:
    """Confirm an order from inside another action."""
    call("order_confirm", order, actor=actor, signed_on=on, beyond=beyond)
    noted(order=order.pk)
