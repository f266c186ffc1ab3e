"""What customers use of the trust they are given: everything of orders in force that is neither paid nor credited, owed already or not yet.

That is receivables and what has still to be delivered, each sum once: an advance that is owed before the goods go out is part of both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Min, Sum

from pellucid.customers.groups import below, upwards
from pellucid.kernel.records import settings

from .lifecycles import BOUND
from .models import CreditProfile, Instalment, Order

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Use:
    """One profile, and how much of it is used by whom it covers."""

    profile: CreditProfile
    exposure: Decimal
    overdue: Decimal
    since: dt.date | None

    @property
    def available(self) -> Decimal | None:
        """What is left of the limit; None without one."""
        return None if self.profile.limit is None else self.profile.limit - self.exposure


def exposure(customers: Iterable[int]) -> Decimal:
    """What these customers owe, or will owe for orders in force, in the company's currency."""
    parts = Instalment._base_manager.filter(order__customer__in=list(customers), order__state__in=BOUND, order__deleted_at=None, deleted_at=None)
    found = parts.aggregate(s=Sum((F("amount") - F("allocated") - F("credited")) * F("order__rate")))["s"] or ZERO
    return Decimal(found).quantize(Decimal("0.01"))


def overdue(customers: Iterable[int], today: dt.date) -> tuple[Decimal, dt.date | None]:
    """What of it should have been paid before today, and since when the oldest."""
    owed = Instalment._base_manager.filter(order__customer__in=list(customers), order__state__in=BOUND, deleted_at=None, balance__gt=0)
    late = owed.filter(due_on__lt=today)
    found = late.aggregate(s=Sum(F("balance") * F("order__rate")), since=Min("due_on"))
    return Decimal(found["s"] or ZERO).quantize(Decimal("0.01")), found["since"]


def uses(customer: int, today: dt.date) -> list[Use]:
    """Every profile that covers a customer: its own, and those of the companies above it."""
    line = upwards(customer)
    profiles = {p.customer_id: p for p in CreditProfile._base_manager.filter(customer__in=line, deleted_at=None, merged_into=None)}
    out = []
    for pk in line:
        if pk in profiles:
            whom = below(pk)
            late, since = overdue(whom, today)
            out.append(Use(profiles[pk], exposure(whom), late, since))
    return out


TIMES = {"A": 2.0, "B": 1.0, "C": 0.5, "D": 0.0}  # of the usual patience


def patience(grade: str = "B") -> int:
    """Days that something may be overdue before new orders wait: more for who is trusted more, none for who pays in advance."""
    return int(int(settings.get("orders.overdue_days")) * TIMES[grade])


def against(order: Order, found: Iterable[Use], today: dt.date) -> list[tuple[str, dict[str, object]]]:
    """What speaks against confirming an order now: (what, facts), nothing when it may be."""
    worth = (Decimal(order.amount) * Decimal(order.rate)).quantize(Decimal("0.01"))
    out: list[tuple[str, dict[str, object]]] = []
    for use in found:
        if use.profile.blocked:
            out.append(("blocked", {"customer": str(use.profile.customer)}))
        if use.available is not None and worth > use.available:
            out.append(("limit", {"limit": use.profile.limit, "used": use.exposure, "worth": worth}))
        if use.since is not None and (today - use.since).days > patience(use.profile.grade):
            out.append(("overdue", {"amount": use.overdue, "days": (today - use.since).days}))
    return out
