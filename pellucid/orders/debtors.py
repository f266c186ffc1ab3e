"""Debtors as the ledger, the follow-ups and the credit profiles know them, for the warning of those that may stop paying."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from django.db.models import F, Max, Min, Q, Sum

from pellucid.customers.models import FollowUp
from pellucid.kernel.records import days

from .models import CreditProfile, PaymentLook, Posting
from .warning import DAY, Bill, Dealing

K = Posting.Kind
GIVEN_UP = 90  # days overdue after which a debtor counts as having stopped
BACK = 3 * 365  # days of follow-ups that are read


def debtors(today: dt.date, customers: Collection[int] | None = None) -> dict[int, Dealing]:
    """Customer -> what is known of it by today."""
    rows = Posting._base_manager.filter(posted_on__lte=today, order__deleted_at=None, order__voided_on=None)
    rows = rows if customers is None else rows.filter(customer__in=customers)
    found = rows.values_list("customer", "instalment").annotate(
        billed=Min("posted_on", filter=Q(kind=K.DUE)), due=Max("due_on"), worth=Sum("amount_base", filter=Q(kind=K.DUE)), left=Sum("amount"),
        paid=Max("posted_on", filter=Q(kind__in=(K.RECEIPT, K.RETURN))), lost=Min("posted_on", filter=Q(kind=K.WRITE_OFF)),
        disputed=Max("due_on", filter=Q(instalment__disputed=True)),
    ).order_by()  # fmt: skip
    out: dict[int, Dealing] = defaultdict(Dealing)
    for customer, _instalment, billed, due, worth, left, paid, lost, disputed in found:
        if billed is None or due is None:
            continue
        one = out[customer]
        settled = paid if left <= 0 and lost is None else None
        one.bills.append(Bill(billed, due, float(worth or 0), settled, disputed))
        if stopped := lost or given_up(due, settled, today):
            one.lost = min(one.lost, stopped) if one.lost else stopped
    spoken = FollowUp._base_manager.filter(customer__in=list(out), deleted_at=None, at__gte=days.start_of(today - BACK * DAY))
    for customer, at in spoken.values_list("customer", "at").order_by():
        out[customer].contacts.append(days.day_of(at))
    for profile in CreditProfile._base_manager.filter(customer__in=list(out), deleted_at=None, limit__gt=0):
        out[profile.customer_id].limit = float(profile.limit or 0)
    return dict(out)


def given_up(due: dt.date, paid: dt.date | None, today: dt.date) -> dt.date | None:
    """The day something was overdue so long that its debtor counts as having stopped; None if it never was."""
    day = due + (GIVEN_UP + 1) * DAY
    return day if day <= (paid or today) else None


def is_stopped(one: Dealing, today: dt.date) -> bool:
    """Whether something of it is overdue that long now: it is to be collected, not warned of."""
    return any(b.paid is None and (today - b.due).days > GIVEN_UP for b in one.bills)


def overdue_longer(found: dict[int, Dealing], today: dt.date, than: int) -> list[int]:
    """Those with something overdue for more days than these, the longest first."""
    late = {pk: max((b.late(today) or 0 for b in one.bills if b.paid is None), default=0) for pk, one in found.items()}
    return sorted((pk for pk, n in late.items() if n > than), key=lambda pk: (-late[pk], pk))


def owed_now(customers: Collection[int]) -> dict[int, object]:
    """Customer -> what it owes in the company's currency."""
    rows = Posting._base_manager.filter(customer__in=list(customers), order__deleted_at=None, order__voided_on=None)
    return dict(rows.values_list("customer").annotate(s=Sum(F("amount_base"))).order_by())


def last_look() -> PaymentLook | None:
    """The last look at who may stop paying."""
    return PaymentLook._base_manager.order_by("-looked_on").first()
