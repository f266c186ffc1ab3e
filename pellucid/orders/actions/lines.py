"""What is ordered: lines make the amount of the order, orders that of the contract."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import action, follows, prepares
from pellucid.kernel.actions.run import noted
from pellucid.kernel.exchange.pasting import paste
from pellucid.kernel.processes.gate import write_derived
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import GONE, write
from pellucid.products.actions.keeping import attribute_sets
from pellucid.products.pasting import COSTS_NOTHING, IN_WORDS, PASTED, PASTED_TEXT
from pellucid.products.pricing import Head, fill, renew

from ..models import Contract, Instalment, Order, OrderLine
from .preparing import in_base

ZERO = Decimal(0)


def held(ids: Iterable[int]) -> list[Order]:
    """These orders, locked in the order of their ids."""
    return list(Order._base_manager.filter(pk__in=set(ids)).order_by("pk").select_for_update(of=("self",), no_key=True))


def still_draft(ids: Iterable[int]) -> dict[int, Order]:
    """These orders, locked; Refused when one has been submitted: what was agreed is changed by an amendment."""
    found = {o.pk: o for o in held(ids)}
    if any(o.state != Order.State.DRAFT for o in found.values()):
        raise Refused(_("The order has been submitted. Take it back to change what was ordered or how it is paid."))
    return found


@prepares(OrderLine)
def order_line_prepare(lines: list[OrderLine], *, actor: Any, changed: frozenset[str] | None) -> None:
    """What follows from product, price list and tax rate, as long as the order is a draft."""
    ids = {line.order_id for line in lines}
    orders = {o.pk: o for o in held(ids)} if changed is not None and changed <= {"note"} else still_draft(ids)
    levels = dict(Order._base_manager.filter(pk__in=ids).values_list("pk", "customer__level"))
    fill(lines, "order_id", {pk: Head(levels[pk], one.currency, Decimal(one.rate)) for pk, one in orders.items()},
         renewed=bool(changed and "product" in changed))  # fmt: skip
    for line in lines:
        in_base(line, Decimal(orders[line.order_id].rate))


@follows(OrderLine)
def order_lines_add_up(lines: list[OrderLine], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The lines are the order's amount."""
    if changed == GONE:
        still_draft(line.order_id for line in lines)
    add_up(held(line.order_id for line in lines), actor)


@action(Order, label=gettext_lazy("Paste from a spreadsheet"), icon="table", shown=lambda order: order.state == Order.State.DRAFT, position=90,
        sentence=gettext_lazy("{actor} pasted {count} lines"), did=gettext_lazy("Pasted lines into “{name}”"))  # fmt: skip
def order_paste_lines(order: Order, *, actor: Actor, text: PASTED_TEXT) -> None:
    """Lines copied out of a spreadsheet become lines of the order."""
    still_draft([order.pk])
    noted(count=paste(order, "orderline", text, actor=actor, usual=PASTED, words=IN_WORDS, why=str(COSTS_NOTHING)))


@action(OrderLine, label=gettext_lazy("Price of the list"), icon="tag", sentence=gettext_lazy("{actor} took the price of the list"),
        shown=lambda line: bool(line.product_id) and line.order.state == Order.State.DRAFT, did=gettext_lazy("“{name}” has the price of the list"))
def orderline_reprice(line: OrderLine, *, actor: Actor) -> None:
    """Its price is the one of the list that holds for its quantity today."""
    order = still_draft([line.order_id])[line.order_id]
    renew(line, Head(order.customer.level_id, order.currency, Decimal(order.rate)))
    write(registry["orderline"], line, {"unit_price"}, actor=actor)


def keep_attributes(lines: Iterable[OrderLine]) -> None:
    """Signed lines hold for good which attributes their products have now."""
    of: dict[int, list[int]] = {}
    sold = [(line.pk, line.product_id) for line in lines if line.product_id]
    sets = attribute_sets(product for _pk, product in sold)
    for pk, product in sold:
        if product in sets:
            of.setdefault(sets[product], []).append(pk)
    for kept, ids in of.items():
        OrderLine._base_manager.filter(pk__in=ids).update(attributes=kept)


def add_up(orders: list[Order], actor: Actor) -> None:
    """Write what follows from the lines and instalments of locked orders, and from orders for their contracts."""
    for one in orders:
        found = OrderLine._base_manager.filter(order=one, deleted_at=None)
        sums = found.aggregate(net=Sum("net"), tax=Sum("tax"), amount=Sum("amount"), cost=Sum("cost"))
        parts = Instalment._base_manager.filter(order=one, deleted_at=None).aggregate(s=Sum("amount"))["s"] or ZERO
        whole = {k: sums[k] or ZERO for k in ("net", "tax", "amount")}
        cost = sums["cost"] if sums["cost"] is not None and not found.filter(cost=None).exists() else None
        base = cents(whole["amount"] * Decimal(one.rate))
        write_derived(one, {**whole, "amount_base": base, "cost": cost, "planned": parts}, actor=actor)
    contracts_add_up((o.contract_id for o in orders), actor)


def contracts_add_up(ids: Iterable[int], actor: Actor) -> None:
    """The amount of a contract is that of its orders, those declared void left out."""
    locked = Contract._base_manager.filter(pk__in=set(ids)).order_by("pk").select_for_update(of=("self",), no_key=True)
    for contract in locked:
        orders = Order._base_manager.filter(contract=contract, deleted_at=None).exclude(state=Order.State.VOID)
        amount = orders.aggregate(s=Sum("amount"))["s"] or ZERO
        write_derived(contract, {"amount": amount, "amount_base": cents(amount * Decimal(contract.rate))}, actor=actor)
