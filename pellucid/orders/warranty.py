"""How long the warranty of an order runs, and when it ends: as the order says, else its contract, else as the company usually does."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from pellucid.kernel.records import settings
from pellucid.kernel.records.days.ranges import add_months

from .models import Order

MOST = 240
YEARS = r"(?<![\d.~～–-])(?<!\d[至到])(?P<years>\d{1,2}(?:\.5)?)\s*(?:年(?!\s*标准|版|度|代)|years?\b)"
MONTHS = r"(?<![\d.~～–-])(?<!\d[至到])(?P<months>\d{1,3})\s*(?:个月|months?\b)"
IN_WORDS = re.compile(f"{YEARS}(?:\\s*(?:零|又|and)?\\s*{MONTHS.replace('months>', 'more>')})?|{MONTHS}")


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
    """How many months a term in words speaks of, if it does: what a quotation says of the warranty. None
    where it names several."""
    terms = {_term(found) for found in IN_WORDS.finditer(text)}
    said = terms.pop() if len(terms) == 1 else None
    return said if said is not None and said <= MOST else None


def _term(found: re.Match[str]) -> int:
    return int(12 * Decimal(found["years"] or 0)) + int(found["more"] or 0) + int(found["months"] or 0)
