"""Goods that go out, in batches and never more than was ordered; and come back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import F, Max, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, follows, prepares
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records import days
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.reading import by_id
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import GONE, insert

from ..lifecycles import BOUND
from ..models import Delivery, Instalment, Order, OrderLine, ReturnedGoods
from .ledger import K, Movement, become_owed, locked_instalments, post, settle
from .lines import held

ZERO = Decimal(0)
TOLD = frozenset({"note", "carrier", "executor", "warehouse", "reason"})


def plainly(quantity: Decimal) -> str:
    """A quantity without idle zeros."""
    return f"{quantity.normalize():f}"


def part_of(whole: Decimal, of: Decimal, before: Decimal, quantity: Decimal) -> Decimal:
    """What a part of a line is worth: the difference of the running totals, so that all parts add up to the whole."""
    return cents(whole * (before + quantity) / of) - cents(whole * before / of)


def sent(line: int) -> list[Decimal]:
    """What went out of a line so far: with tax, and without in the company's currency. What goes out next is the difference to the running
    total, also where the line was changed between two batches, so that all parts add up to the whole."""
    found = Delivery._base_manager.filter(line=line, deleted_at=None).aggregate(a=Sum("amount"), n=Sum("net_base"))
    return [found["a"] or ZERO, found["n"] or ZERO]


def known_lines(records: list[Any]) -> dict[int, OrderLine]:
    """The lines these records are about, each of the record's own order."""
    lines = by_id(OrderLine, (r.line_id for r in records))
    for one in records:
        line = lines.get(one.line_id)
        if line is None or line.deleted_at is not None or line.order_id != one.order_id:
            raise Invalid({"line": [_("This line is not of this order.")]})
    return lines


@prepares(Delivery)
def delivery_prepare(deliveries: list[Delivery], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Counts against the line by one conditional statement, so that two warehouses cannot send the same goods."""
    if changed is not None:
        if fixed := sorted(changed - TOLD):
            raise Invalid({fixed[0]: [_("What went out stands; enter a return.")]})
        return
    lines = known_lines(deliveries)
    orders = {o.pk: o for o in held(d.order_id for d in deliveries)}
    gone = {pk: sent(pk) for pk in lines}
    for one in deliveries:
        order, line = orders[one.order_id], lines[one.line_id]
        if order.state not in BOUND:
            raise Refused(_("The order is not in force: nothing goes out yet."))
        if one.delivered_on > days.today() or order.signed_on and one.delivered_on < order.signed_on:
            raise Invalid({"delivered_on": [_("Between the signing and today.")]})
        line.refresh_from_db()
        before, quantity = Decimal(line.delivered), Decimal(one.quantity)
        took = OrderLine._base_manager.filter(pk=line.pk, quantity__gte=F("delivered") + quantity)
        if quantity <= 0 or not took.update(delivered=F("delivered") + quantity):
            raise Invalid({"quantity": [_("Only %(left)s of it is left to deliver.") % {"left": plainly(Decimal(line.quantity) - before)}]})
        share = [cents(whole * (before + quantity) / Decimal(line.quantity)) for whole in (line.amount, line.net_base)]
        one.amount, one.net_base = (now - earlier for now, earlier in zip(share, gone[line.pk], strict=True))
        gone[line.pk] = share
        one.promised_on = line.promised_on or order.promised_on
        one.executor_id = one.executor_id or actor.user_id
        latest = Delivery._base_manager.filter(order=order, deleted_at=None)
        same_day = latest.filter(delivered_on=one.delivered_on).values_list("batch", flat=True).first()
        one.batch = same_day or (latest.aggregate(n=Max("batch"))["n"] or 0) + 1


@follows(Delivery)
def delivery_counts(deliveries: list[Delivery], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The order knows what went out; what waits for the goods becomes owed."""
    if changed == GONE:
        raise Refused(_("What went out stands; enter a return."))
    if changed is None:
        for order in held(d.order_id for d in deliveries):
            went_out(order)
            become_owed(order, actor=actor)
            settle(order)


def went_out(order: Order) -> None:
    """Write how much of an order went out, and came back."""
    sums = Delivery._base_manager.filter(order=order, deleted_at=None).aggregate(s=Sum("amount"))
    back = ReturnedGoods._base_manager.filter(order=order, deleted_at=None).aggregate(s=Sum("amount"))
    order.delivered, order.returned = sums["s"] or ZERO, back["s"] or ZERO
    order.save(update_fields=("delivered", "returned"))


@prepares(ReturnedGoods)
def return_prepare(returns: list[ReturnedGoods], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Never more than went out; worth what it was sold for."""
    if changed is not None:
        if fixed := sorted(changed - TOLD):
            raise Invalid({fixed[0]: [_("A return stands as it was entered.")]})
        return
    lines = known_lines(returns)
    orders = {o.pk: o for o in held(r.order_id for r in returns)}
    for one in returns:
        order, line = orders[one.order_id], lines[one.line_id]
        if one.returned_on > days.today() or order.signed_on and one.returned_on < order.signed_on:
            raise Invalid({"returned_on": [_("Between the signing and today.")]})
        line.refresh_from_db()
        before, quantity = Decimal(line.returned), Decimal(one.quantity)
        took = OrderLine._base_manager.filter(pk=line.pk, delivered__gte=F("returned") + quantity)
        if quantity <= 0 or not took.update(returned=F("returned") + quantity):
            raise Invalid({"quantity": [_("Only %(left)s of it went out and is not back yet.") % {
                "left": plainly(Decimal(line.delivered) - before)}]})  # fmt: skip
        one.amount, one.net_base = (part_of(whole, Decimal(line.quantity), before, quantity) for whole in (line.amount, line.net_base))


@follows(ReturnedGoods)
def return_counts(returns: list[ReturnedGoods], *, actor: Any, changed: frozenset[str] | None) -> None:
    """It takes off what is owed: first what is open, then as a credit of what was paid."""
    if changed == GONE:
        raise Refused(_("A return stands as it was entered."))
    if changed is not None:
        return
    for order in held(r.order_id for r in returns):
        went_out(order)
        for one in (r for r in returns if r.order_id == order.pk):
            credit(order, one.amount, str(one.reason or ""), actor=actor, on=one.returned_on)


def credit(order: Order, amount: Decimal, reason: str, *, actor: Actor, on: dt.date) -> None:
    """Post a return on the instalments of a locked order: on what is owed and open, oldest first; then on what is not owed yet and never will
    be; the rest on what was paid, latest first, as a credit."""
    parts, left = locked_instalments([order.pk]), amount
    todo: list[Movement] = []

    def take(one: Instalment, room: Decimal, *kinds: str) -> None:
        nonlocal left
        part = min(left, room)
        if part > 0:
            todo.extend(Movement(one, kind, part, reason=reason if kind == K.RETURN else "") for kind in kinds)
            left -= part

    for one in parts:
        take(one, one.owed - one.allocated - one.credited, K.RETURN)
    for one in parts:
        take(one, one.amount - one.owed, K.DUE, K.RETURN)
    for one in reversed(parts):
        take(one, one.allocated, K.RETURN)
    if todo:
        post(todo, actor=actor, on=on)


@action(Order, label=gettext_lazy("Deliver the rest"), icon="truck-delivery", event="order.delivered_rest",
        shown=lambda one: one.state in BOUND and one.delivered < one.amount, sentence=gettext_lazy("{actor} delivered what was left"),
        did=gettext_lazy("Delivered the rest of “{name}”"), position=30)
def order_deliver(
    order: Order,
    *,
    actor: Actor,
    delivered_on: Annotated[dt.date | None, Ask(gettext_lazy("Delivered on"), help=gettext_lazy("Left empty: today."))] = None,
    carrier: Annotated[str, Ask(gettext_lazy("Carrier and waybill"), max_length=100)] = "",
) -> None:
    """Everything that has not gone out yet, in one batch."""
    left = [line for line in order.lines.filter(deleted_at=None).order_by("pk") if line.delivered < line.quantity]
    if not left:
        raise Refused(_("Everything has gone out already."))
    for line in left:
        made = Delivery(order=order, line=line, quantity=Decimal(line.quantity) - Decimal(line.delivered), carrier=carrier or "",
                        delivered_on=delivered_on or days.today())  # fmt: skip
        insert(registry["delivery"], made, actor=actor)
    noted(lines=len(left))
