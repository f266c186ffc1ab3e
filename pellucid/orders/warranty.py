"""How long the warranty of an order runs, and when it ends: as the order says, else its contract, else as the company usually does."""

from __future__ import annotations

import datetime as dt
import re

from pellucid.kernel.records import settings
from pellucid.kernel.records.days.ranges import add_months

from .models import Order

MOST = 240
IN_WORDS = re.compile(r"(\d{1,3})\s*(?:个月|months?\b)|(\d{1,2})\s*(?:年|years?\b)")


def months(order: Order) -> int:
    """The months from the acceptance to the end of the warranty."""
    for said in (order.warranty_months, order.contract.warranty_months):
        if said is not None:
            return said
    return int(settings.get("orders.warranty_months", order.unit_id))


def ends_on(order: Order, accepted: dt.date) -> dt.date:
    """The day on which it ends, if the goods were accepted on this day."""
    return add_months(accepted, months(order))


def in_words(text: str) -> int | None:
    """How many months a term in words speaks of, if it does: what a quotation says of the warranty."""
    found = IN_WORDS.search(text)
    if found is None:
        return None
    said = int(found[1]) if found[1] else 12 * int(found[2])
    return said if said <= MOST else None
