"""What was ordered, as a table on the page of an order: typed over while it is a draft; delivered so far, and what the goods were like, after."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import kept
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.resources.declare import Panel, place
from pellucid.kernel.resources.fields import clear
from pellucid.products.attributes import words_of
from pellucid.products.line_table import plain, table

from . import selectors
from .lifecycles import OPEN
from .models import Order, OrderLine

S = Order.State


def lines(order: Order, actor: Actor) -> dict[str, Any] | None:
    """The lines of an order and what they come to."""
    if not clear("orderline", actor, "unit_price", "net"):
        return None
    rows, drafted = selectors.lines_of(order), order.state == S.DRAFT
    may = drafted and actor.may("orderline", "edit") and not actor.read_only and order.deleted_at is None and "amount" not in kept(order)
    found = table(rows, actor, of="orderline", currency=order.currency, may=may, paste=f"/orders/{order.pk}/do/order_paste_lines")
    if order.state not in OPEN:
        found["extra"] = [{"label": pgettext("goods", "Delivered"), "right": True}, {"label": pgettext("goods", "Returned"), "right": True}]
    for row, line in zip(found["lines"], rows, strict=True):
        row["under"] = " · ".join(filter(None, (row["under"], words_of(line.attributes.values, show_for(actor)) if line.attributes else "")))
        if found["extra"]:
            row["extra"] = [sent(line), {"text": plain(line.returned) if line.returned else "–", "tone": "warn" if line.returned else "i3"}]
    return found | {"more": f"/order-lines/new?order={order.pk}" if may else "", "empty": _("Nothing is ordered yet.")}


def sent(line: OrderLine) -> dict[str, str]:
    """How much of a line went out."""
    return {"text": plain(line.delivered), "tone": "ok" if line.delivered >= line.quantity else "i3" if not line.delivered else ""}


def drafted(order: Order) -> bool:
    """Whether what is ordered is still being put together."""
    return order.state == S.DRAFT


place(Panel("order", "order.lines", gettext_lazy("Order lines"), "products/lines.html", lines, place="tab", needs="orderline", first=drafted,
            position=4, count=selectors.count_lines))
