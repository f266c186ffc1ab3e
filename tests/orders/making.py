"""Contracts and orders as tests need them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pellucid.kernel.actions.run import run
from pellucid.orders.models import Contract, Order, OrderLine, PaymentPlan
from tests.world import World


def contract(world: World, by: str = "sam", kind: str = "single", **values: Any) -> Contract:
    """A draft; its customer is 恒砺 unless another is named."""
    customer = values.pop("customer", None) or world.customer("恒砺精密", by="alice")
    return run("contract_create", None, world.actor(by), values={"customer": customer.pk, "kind": kind, "name": "合同甲", **values}).record


def order_of(one: Contract) -> Order:
    """The one order of a single contract."""
    return Order._base_manager.get(contract=one)


def line(world: World, order: Order, price: str = "1000", quantity: str = "1", by: str = "sam", **values: Any) -> Any:
    """Something ordered, in words, taxed by 13 per cent unless said otherwise."""
    given = {"order": order.pk, "name": "设备", "quantity": quantity, "unit_price": price, **values}
    return run("orderline_create", None, world.actor(by), values=given).record


def split(world: World, order: Order, plan: str = "30/60/10", by: str = "sam") -> list[Any]:
    """Its instalments by terms of payment that ship."""
    run("order_split", order.pk, world.actor(by), {"plan": PaymentPlan._base_manager.get(name=plan).pk})
    return list(order.instalments.order_by("position"))


def signed(world: World, price: str = "1000", quantity: str = "1", plan: str = "30/60/10", on: str = "", **values: Any) -> Order:
    """An order in force, of a single contract, with one line."""
    one = contract(world, **values)
    order = order_of(one)
    line(world, order, price, quantity, by="admin")
    split(world, order, plan, by="admin")
    run("contract_sign", one.pk, world.actor("admin"), {"signed_on": on} if on else {})
    order.refresh_from_db()
    return order


def invoice(world: World, order: Order, *parts: Any, by: str = "sam", kind: str = "special", **amounts: str) -> Any:
    """A draft of these lines and instalments of an order; `amounts` by their rows ("line_7"), else all that is open of each."""
    keys = [f"{'line' if isinstance(p, OrderLine) else 'instalment'}_{p.pk}" for p in parts]
    how = "lines" if parts and isinstance(parts[0], OrderLine) else "instalments"
    return run("order_invoice", order.pk, world.actor(by), {"kind": kind, "by": how, "parts": keys, **amounts}).value


def receipt(world: World, order: Order, amount: str, by: str = "fay", **values: Any) -> Any:
    """Money from the order's customer."""
    given = {"customer": order.customer_id, "amount": amount, **values}
    return run("receipt_create", None, world.actor(by), values=given).record


def D(text: str) -> Decimal:
    return Decimal(text)
