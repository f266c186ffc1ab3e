"""What contracts and orders show of opportunities that are still in progress: they were signed."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.resources.declare import Panel, place
from pellucid.sales.agreed import Sign, day, seen_of, shown_by, still_open
from pellucid.sales.models import Opportunity

from .models import Contract, Order

BINDING = (Contract.State.ACTIVE, Contract.State.ENDED)


@shown_by(20)
def signed(rows: QuerySet[Opportunity], actor: Actor) -> dict[int, Sign]:
    """A signed contract; the order under it, once it is confirmed."""
    found = Contract._base_manager.filter(opportunity__in=rows.order_by(), state__in=BINDING, deleted_at=None)
    out: dict[int, Sign] = {}
    if not found:
        return out
    seen = seen_of(Contract, found, actor)
    for one in found.order_by("signed_on", "pk"):
        assert one.opportunity_id is not None and one.signed_on is not None
        text = _("%(day)s: contract %(number)s was signed") if one.pk in seen else _("%(day)s: a contract was signed")
        out[one.opportunity_id] = Sign(text % {"number": one.number, "day": day(one.signed_on, actor)}, one.signed_on,
                                       f"/contracts/{one.pk}" if one.pk in seen else "")  # fmt: skip
    orders = Order._base_manager.filter(contract__in=found.values("pk"), signed_on__isnull=False, deleted_at=None).exclude(state=Order.State.VOID)
    known = seen_of(Order, orders, actor)
    for order in orders.select_related("contract").order_by("signed_on", "pk"):
        if order.pk in known and order.contract.opportunity_id and order.signed_on:
            text = _("%(day)s: order %(number)s was confirmed") % {"number": order.number, "day": day(order.signed_on, actor)}
            out[order.contract.opportunity_id] = Sign(text, order.signed_on, f"/orders/{order.pk}")
    return out


def of_contract(contract: Contract, actor: Actor) -> dict[str, Any] | None:
    """The opportunity of a contract in force, if it was not won yet."""
    return still_open(contract.opportunity_id, actor) if contract.state in BINDING else None


def of_order(order: Order, actor: Actor) -> dict[str, Any] | None:
    """The opportunity of a confirmed order, if it was not won yet."""
    return still_open(order.contract.opportunity_id, actor) if order.signed_on and order.state != Order.State.VOID else None


place(
    Panel("contract", "orders.not_won", gettext_lazy("Not won yet"), "", of_contract, place="guide", position=90),
    Panel("order", "orders.not_won", gettext_lazy("Not won yet"), "", of_order, place="guide", position=90),
)
