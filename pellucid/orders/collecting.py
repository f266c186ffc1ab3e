"""What is read for whoever collects: cases in the order in which they matter, their steps and promises, and who is about to become bad."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet

from pellucid.customers.models import Customer

from . import dunning
from .dunning import Debt
from .models import CreditProfile, DunningCase, DunningStep, Instalment, PaymentPromise

S, P = DunningCase.State, PaymentPromise.State
OLD, OLDISH = 90, 60  # days overdue that are a bad sign, and a sign
LARGE = Decimal(10)  # per cent of all that is overdue
LARGEST = 5
ENOUGH = 2  # signs, a bad one counting twice


@dataclass(frozen=True, slots=True)
class Story:
    """A case and the promise that is awaited."""

    case: DunningCase
    promise: PaymentPromise | None
    today: dt.date

    @property
    def rests(self) -> bool:
        """Whether nobody is to ask today: disputed, or promised for a day to come."""
        if self.case.state == S.PAUSED:
            return True
        return self.case.state == S.PROMISED and self.promise is not None and self.promise.due_on > self.today


def ordered(rows: QuerySet[DunningCase], today: dt.date) -> list[Story]:
    """Open cases within the reader's reach, as they matter: by level, those with broken promises first, amount, age."""
    cases = list(rows.filter(closed_on=None).select_related("customer").order_by("pk"))
    promised = {p.case_id: p for p in PaymentPromise._base_manager.filter(case__in=[c.pk for c in cases], state=P.OPEN, deleted_at=None)}
    far = dt.date.max
    cases.sort(key=lambda c: (-c.level, not c.broken, -c.overdue, c.since or far, c.pk))
    return [Story(c, promised.get(c.pk), today) for c in cases]


def of_customer(rows: QuerySet[DunningCase], customer: int) -> list[DunningCase]:
    """The cases of a customer within the reader's reach, the open one first."""
    return sorted(rows.filter(customer=customer).select_related("customer").order_by("-pk")[:5], key=lambda c: (c.state == S.CLOSED, -c.pk))


def steps_of(case: DunningCase) -> list[DunningStep]:
    """Levels a case came to; of a case the reader has been let to."""
    return list(DunningStep._base_manager.filter(case=case.pk, deleted_at=None).order_by("-pk"))


def promises_of(case: DunningCase) -> list[PaymentPromise]:
    """What was promised; of a case the reader has been let to."""
    return list(PaymentPromise._base_manager.filter(case=case.pk, deleted_at=None).order_by("-pk"))


@dataclass(slots=True)
class Danger:
    """A customer whose debt may be lost, and the signs of it."""

    customer: int
    name: str
    debt: Debt
    case: DunningCase | None
    signs: list[tuple[str, Any]] = field(default_factory=list)
    weight: int = 0


def in_danger(instalments: QuerySet[Instalment], cases: QuerySet[DunningCase], profiles: QuerySet[CreditProfile] | None, today: dt.date,
              collector: int | None = None) -> list[Danger]:  # fmt: skip
    """Customers with two signs or a bad one that what they owe is about to be lost: overdue longest, overdue most, promises broken, disputed,
    a poor credit grade. Of rows within the reader's reach; of one collector, or all."""
    debts = dunning.debts(today, rows=instalments)
    if collector is not None:
        debts = {pk: d for pk, d in debts.items() if collector in d.with_whom}
    total = sum((d.overdue for d in debts.values()), Decimal(0))
    broken = PaymentPromise._base_manager.filter(case__in=cases, customer__in=debts, state=P.BROKEN, deleted_at=None)
    counts = dict(broken.values_list("customer").annotate(n=Count("pk")).order_by())
    known = {c.customer_id: c for c in cases.filter(closed_on=None, customer__in=debts)}
    poor = {p.customer_id: p for p in profiles.filter(customer__in=debts)} if profiles is not None else {}
    largest = set(sorted(debts, key=lambda pk: -debts[pk].overdue)[:LARGEST])
    names = dict(Customer._base_manager.filter(pk__in=debts).values_list("pk", "name"))
    out = []
    for pk, debt in debts.items():
        found = Danger(pk, names.get(pk, ""), debt, known.get(pk))
        n = (today - debt.oldest).days if debt.oldest else 0
        share = round(debt.overdue * 100 / total) if total else 0
        if n > OLDISH:
            found.signs.append(("oldest", n))
            found.weight += 2 if n > OLD else 1
        if pk in largest and share >= LARGE:
            found.signs.append(("large", share))
            found.weight += 1
        if counts.get(pk):
            found.signs.append(("broken", counts[pk]))
            found.weight += min(counts[pk], 2)
        if debt.disputed > 0:
            found.signs.append(("disputed", debt.disputed))
            found.weight += 1
        profile = poor.get(pk)
        if profile is not None and (profile.blocked or profile.grade == CreditProfile.Grade.D):
            found.signs.append(("grade", profile.grade))
            found.weight += 1
        if found.weight >= ENOUGH:
            out.append(found)
    return sorted(out, key=lambda d: (-d.weight, -d.debt.overdue, d.customer))
