"""What is overdue and to be asked for: how much, since when, with whom; which level comes next; which customers need a look today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import QuerySet, Sum

from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.run import reaches
from pellucid.kernel.records.amounts import cents

from .lifecycles import BOUND
from .models import CreditProfile, DunningCase, DunningLevel, Instalment, PaymentPromise, Posting

ZERO = Decimal(0)
S = DunningCase.State


@dataclass(slots=True)
class Debt:
    """What one customer should have paid by now, in the company's currency; what is disputed of it is not asked for."""

    overdue: Decimal = ZERO
    disputed: Decimal = ZERO
    since: dt.date | None = None  # the oldest that is not disputed
    oldest: dt.date | None = None  # the oldest of all
    instalments: int = 0
    with_whom: dict[int, Decimal] = field(default_factory=dict)

    @property
    def asked(self) -> Decimal:
        """What of it is asked for."""
        return self.overdue - self.disputed

    def late(self, today: dt.date) -> int:
        """Days since the oldest that is asked for was due."""
        return (today - self.since).days if self.since else 0

    @property
    def collector(self) -> int | None:
        """With whom most of it is."""
        return max(self.with_whom, key=lambda who: (self.with_whom[who], -who), default=None)


def debts(today: dt.date, customers: Collection[int] | None = None, rows: QuerySet[Instalment] | None = None) -> dict[int, Debt]:
    """By customer, for these customers or all; of these instalments or all."""
    found = (Instalment._base_manager.all() if rows is None else rows).filter(
        order__state__in=BOUND, order__deleted_at=None, deleted_at=None, balance__gt=0, due_on__lt=today)  # fmt: skip
    if customers is not None:
        found = found.filter(order__customer__in=customers)
    out: dict[int, Debt] = {}
    for customer, balance, rate, due, disputed, who, owner in found.order_by("pk").values_list(
            "order__customer", "balance", "order__rate", "due_on", "disputed", "in_charge", "order__owner"):  # fmt: skip
        assert due is not None
        amount, one = cents(balance * rate), out.setdefault(customer, Debt())
        one.overdue += amount
        one.instalments += 1
        one.oldest = due if one.oldest is None else min(one.oldest, due)
        if disputed:
            one.disputed += amount
        else:
            one.since = due if one.since is None else min(one.since, due)
            one.with_whom[who or owner] = one.with_whom.get(who or owner, ZERO) + amount
    return out


def debt_of(customer: int, today: dt.date) -> Debt:
    """Of one customer."""
    return debts(today, [customer]).get(customer, Debt())


def overdue_parts(customer: int, today: dt.date) -> list[Instalment]:
    """The overdue instalments of a customer, the oldest first."""
    found = Instalment._base_manager.filter(order__customer=customer, order__state__in=BOUND, order__deleted_at=None, deleted_at=None, balance__gt=0,
                                            due_on__lt=today)  # fmt: skip
    return list(found.select_related("order", "order__contract").order_by("due_on", "pk"))


def levels() -> list[DunningLevel]:
    """Those in use, the first first."""
    return list(DunningLevel._base_manager.filter(active=True, deleted_at=None).order_by("level"))


def next_level(now: int, raised: dt.date | None, late: int, today: dt.date, known: Iterable[DunningLevel]) -> DunningLevel | None:
    """The level after this one, if it is time for it: late enough, and long enough since the one before."""
    following = next((level for level in known if level.level > now), None)
    if following is None or late < following.days or raised is not None and (today - raised).days < following.wait:
        return None
    return following


def open_cases(customers: Collection[int] | None = None) -> QuerySet[DunningCase]:
    """Cases that are not closed."""
    found = DunningCase._base_manager.filter(closed_on=None, deleted_at=None, merged_into=None)
    return found if customers is None else found.filter(customer__in=customers)


def promise_of(case: DunningCase) -> PaymentPromise | None:
    """The promise that is awaited."""
    return PaymentPromise._base_manager.filter(case=case.pk, state=PaymentPromise.State.OPEN, deleted_at=None).first()


def came_in(promise: PaymentPromise) -> Decimal:
    """What was received for the customer's orders since the promise, what was taken back taken off."""
    kinds = (Posting.Kind.RECEIPT, Posting.Kind.RELEASE)
    found = Posting._base_manager.filter(customer=promise.customer_id, kind__in=kinds, posted_on__gte=promise.told_on,
                                         created_at__gte=promise.created_at)  # fmt: skip
    return -(found.aggregate(s=Sum("amount_base"))["s"] or ZERO)


def collector_for(customer: int, debt: Debt, owner: int) -> int:
    """Who is to collect: whom the credit profile names, else with whom most of what is overdue is, else the customer's owner."""
    named = CreditProfile._base_manager.filter(customer=customer, deleted_at=None, merged_into=None).values_list("collector", flat=True).first()
    return named or debt.collector or owner


def can_collect(who: int, customer: Customer) -> bool:
    """Whether somebody works here and sees the customer."""
    user = User._base_manager.filter(pk=who, is_active=True).first()
    return user is not None and (who == customer.owner_id or reaches(Customer, customer.pk, Actor.of(user, "rule"), "view"))


@dataclass(frozen=True, slots=True)
class Look:
    """What is to be looked at on a day: customers for whom a case begins, cases that move on."""

    begin: list[int]
    cases: list[int]


def to_look_at(today: dt.date) -> Look:
    """Customers that are late enough and have no case; cases that are paid, whose promise or rest is over, that climb, or whose collector
    cannot act any more."""
    known, found = levels(), debts(today)
    cases = {c.customer_id: c for c in open_cases().select_related("customer").order_by("pk")}
    begin = [pk for pk, debt in sorted(found.items()) if pk not in cases and debt.asked > 0 and next_level(0, None, debt.late(today), today, known)]
    promised = dict(PaymentPromise._base_manager.filter(state="open", deleted_at=None, case__closed_on=None).values_list("case", "due_on"))
    moving = []
    for customer, case in sorted(cases.items()):
        debt = found.get(customer, Debt())
        rests = case.state == S.PAUSED and case.paused_until is not None and case.paused_until >= today
        over = case.pk in promised and promised[case.pk] < today
        ended = case.state == S.PAUSED and not rests
        climbs = case.state == S.OPEN and debt.asked > 0 and next_level(case.level, case.raised_on, debt.late(today), today, known)
        if debt.overdue <= 0 or over or ended or climbs or not can_collect(case.collector_id, case.customer):
            moving.append(case.pk)
    return Look(begin, moving)


def paid_by(receipt: int) -> list[int]:
    """The open cases of customers whose instalments a receipt pays."""
    whose = Posting._base_manager.filter(receipt=receipt).values("customer")
    return list(open_cases().filter(customer__in=whose).order_by("pk").values_list("pk", flat=True))


def of_instalment(instalment: int) -> list[int]:
    """The open case of the customer an instalment is owed by."""
    whose = Instalment._base_manager.filter(pk=instalment).values("order__customer")
    return list(open_cases().filter(customer__in=whose).values_list("pk", flat=True))


def of_order(order: int) -> list[int]:
    """The open case of an order's customer."""
    whose = Instalment._base_manager.filter(order=order).values("order__customer")
    return list(open_cases().filter(customer__in=whose).values_list("pk", flat=True))
