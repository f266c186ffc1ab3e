"""What is ordered: lines make the amount of the order, orders that of the contract."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from pellucid.kernel.actions.declare import follows, prepares
from pellucid.kernel.records import days, settings
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.verbs import GONE
from pellucid.products.models import Product
from pellucid.products.pricing import usual_prices

from ..models import Contract, Instalment, Order, OrderLine
from .preparing import rows

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


def usual(lines: list[OrderLine], products: dict[int, Product]) -> dict[int, Decimal | None]:
    """What lines without a price cost by the price list that holds for the customer today; by identity of the line."""
    bare = [line for line in lines if line.unit_price is None and line.product_id in products]
    out: dict[int, Decimal | None] = {}
    for order in Order._base_manager.filter(pk__in={line.order_id for line in bare}).select_related("customer"):
        own = [line for line in bare if line.order_id == order.pk]
        found = usual_prices([(products[line.product_id or 0], Decimal(line.quantity)) for line in own], level=order.customer.level_id,
                             day=days.today(), currency=order.currency, rate=Decimal(order.rate))  # fmt: skip
        out |= {id(line): price for line, price in zip(own, found, strict=True)}
    return out


@prepares(OrderLine)
def order_line_prepare(lines: list[OrderLine], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Price, cost, unit and tax rate where none are named; amounts to the cent, tax on the line."""
    if changed is None or changed - {"note"}:
        orders = still_draft(line.order_id for line in lines)
    else:
        orders = {o.pk: o for o in held(line.order_id for line in lines)}
    products = rows(Product, (line.product_id for line in lines))
    asked = usual(lines, products)
    for line in lines:
        product = products.get(line.product_id or 0)
        if product is None and not line.name:
            raise Invalid({"product": [_("Say what is ordered: a product, or in words.")]})
        if product is not None:
            line.name = line.name or product.name
            line.uom_id = line.uom_id or product.uom_id
            line.unit_price = line.unit_price if line.unit_price is not None else asked.get(id(line))
            line.unit_cost = line.unit_cost if line.unit_cost is not None else product.cost
        line.unit_price = line.unit_price if line.unit_price is not None else ZERO
        line.tax_rate = line.tax_rate if line.tax_rate is not None else Decimal(settings.get("company.tax_rate"))
        line.net = cents(Decimal(line.quantity) * Decimal(line.unit_price) * (100 - Decimal(line.discount)) / 100)
        line.tax = cents(line.net * Decimal(line.tax_rate) / 100)
        line.amount = line.net + line.tax
        line.net_base = cents(line.net * Decimal(orders[line.order_id].rate))
        line.cost = cents(Decimal(line.quantity) * Decimal(line.unit_cost)) if line.unit_cost is not None else None


@follows(OrderLine)
def order_lines_add_up(lines: list[OrderLine], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The lines are the order's amount."""
    if changed == GONE:
        still_draft(line.order_id for line in lines)
    add_up(held(line.order_id for line in lines))


def add_up(orders: list[Order]) -> None:
    """Write what follows from the lines and instalments of locked orders, and from orders for their contracts."""
    for one in orders:
        found = OrderLine._base_manager.filter(order=one, deleted_at=None)
        sums = found.aggregate(net=Sum("net"), tax=Sum("tax"), amount=Sum("amount"), cost=Sum("cost"))
        parts = Instalment._base_manager.filter(order=one, deleted_at=None).aggregate(s=Sum("amount"))["s"] or ZERO
        one.net, one.tax, one.amount = (sums[k] or ZERO for k in ("net", "tax", "amount"))
        one.cost = sums["cost"] if sums["cost"] is not None and not found.filter(cost=None).exists() else None
        one.amount_base, one.planned = cents(one.amount * Decimal(one.rate)), parts
        one.save(update_fields=("net", "tax", "amount", "amount_base", "cost", "planned"))
    contracts_add_up(o.contract_id for o in orders)


def contracts_add_up(ids: Iterable[int]) -> None:
    """The amount of a contract is that of its orders, those declared void left out."""
    locked = Contract._base_manager.filter(pk__in=set(ids)).order_by("pk").select_for_update(of=("self",), no_key=True)
    for contract in locked:
        orders = Order._base_manager.filter(contract=contract, deleted_at=None).exclude(state=Order.State.VOID)
        amount = orders.aggregate(s=Sum("amount"))["s"] or ZERO
        if amount != contract.amount:
            contract.amount, contract.amount_base = amount, cents(amount * Decimal(contract.rate))
            contract.save(update_fields=("amount", "amount_base"))
