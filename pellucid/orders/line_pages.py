"""What was ordered, as a table on the page of an order: typed over while it is a draft; delivered so far, and what the goods were like, after."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import kept
from pellucid.kernel.resources.declare import Panel, place
from pellucid.kernel.resources.fields import clear
from pellucid.products.attributes import words_of
from pellucid.products.line_table import plain, table, tiers
from pellucid.products.pricing import Head

from . import selectors
from .lifecycles import OPEN
from .models import Order, OrderLine

S = Order.State


def lines(order: Order, actor: Actor) -> dict[str, Any] | None:
    """The lines of an order and what they come to, as far as the actor may read them."""
    if not clear("orderline", actor):
        return None
    rows, still = selectors.lines_of(order), order.state == S.DRAFT and order.deleted_at is None and "amount" not in kept(order)
    found = table(rows, actor, of="orderline", currency=order.currency, drafted=still, more=f"/order-lines/new?order={order.pk}",
                  paste=f"/orders/{order.pk}/do/order_paste_lines")  # fmt: skip
    if still:
        tiers(found["lines"], rows, Head(order.customer.level_id, order.currency, Decimal(order.rate)), "orderline_reprice", actor)
    parts = found["parts"]
    further = {"delivered": (pgettext("goods", "Delivered"), sent), "returned": (pgettext("goods", "Returned"), back)}
    columns = [column for part, column in further.items() if part in parts] if order.state not in OPEN else []
    found["extra"] = [{"label": label, "right": True} for label, _say in columns]
    for row, line in zip(found["lines"], rows, strict=True):
        known = words_of(line.attributes.values, actor) if line.attributes and "product" in parts else ""
        row["under"] = " · ".join(filter(None, (row["under"], known)))
        row["extra"] = [say(line, parts) for _label, say in columns]
    return found | {"empty": _("Nothing is ordered yet.")}


def sent(line: OrderLine, parts: frozenset[str]) -> dict[str, str]:
    """How much of a line went out; whether that is all, to those who may read how much was ordered."""
    tone = ("ok" if line.delivered >= line.quantity else "i3" if not line.delivered else "") if "quantity" in parts else ""
    return {"text": plain(line.delivered), "tone": tone}


def back(line: OrderLine, parts: frozenset[str]) -> dict[str, str]:
    """How much of it came back."""
    return {"text": plain(line.returned) if line.returned else "–", "tone": "warn" if line.returned else "i3"}


def drafted(order: Order) -> bool:
    """Whether what is ordered is still being put together."""
    return order.state == S.DRAFT


place(Panel("order", "order.lines", gettext_lazy("Order lines"), "products/lines.html", lines, place="tab", needs="orderline", first=drafted,
            position=4))
