"""What the successor's file says of a customer's money: what is owed, overdue and prepaid; who promised to pay, and what was asked; what
we still have to bring."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records import days, words
from pellucid.kernel.resources.fields import clear
from pellucid.people.handing import Slot, fill

from . import dunning_pages, money_pages, selectors
from .models import Order

LATEST = 6


def money(customer: Customer, actor: Actor) -> list[dict[str, Any]]:
    """Orders in force, what is owed of them, what of it is overdue, what is prepaid."""
    found = money_pages.owed(customer, actor)
    return found["rows"] if found else []


def promises(customer: Customer, actor: Actor) -> list[dict[str, Any]]:
    """Where asking for overdue money stands, and which promises to pay there were."""
    found = dunning_pages.of_customer(customer, actor)
    return [{name: value for name, value in row.items() if name != "act"} for row in found["rows"]] if found else []


def to_bring(customer: Customer, actor: Actor) -> list[dict[str, Any]]:
    """Orders that are not delivered in full, what was promised first on top."""
    if not clear("order", actor, "number", "promised_on", "delivered", "amount", "state"):
        return []
    today = days.today()
    rows = []
    for order in selectors.to_bring(scoped(Order, actor), customer.pk)[:LATEST]:
        late = order.promised_on is not None and order.promised_on < today
        day = words.relative_day(order.promised_on, today, actor.language) if order.promised_on else ""
        rows.append({
            "label": order.number, "sub": order.name, "href": f"/orders/{order.pk}",
            "tag": {"label": order.get_state_display(), "tone": "acc"},
            "right": _("delivery promised for %(day)s") % {"day": day} if day else "", "icon": "truck-delivery", "tone": "bad" if late else "",
        })  # fmt: skip
    return rows


fill(
    Slot("customer", "money", gettext_lazy("Orders and payments"), money, needs="order", position=22),
    Slot("customer", "promises", gettext_lazy("Dunning"), promises, needs="dunningcase", position=24),
    Slot("customer", "to_bring", pgettext_lazy("handing over", "Still to be delivered"), to_bring, needs="order", position=26),
)
