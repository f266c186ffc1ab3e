"""What the grade of a customer gives it: terms of payment, how much without a decision, how soon it is answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from pellucid.customers.groups import upwards
from pellucid.customers.models import Customer
from pellucid.kernel.records import days, words
from pellucid.kernel.records.derived_versions import watch
from pellucid.kernel.records.versions import versioned
from pellucid.sales.models import Opportunity, Quotation

from .models import Contract, CreditGrade, CreditProfile, Instalment, Order, PaymentPlan, PaymentPlanStep
from .models.instalment import Basis

HUNDRED = Decimal(100)
ABOUT: dict[str, type[models.Model]] = {"opportunity": Opportunity, "quotation": Quotation, "contract": Contract, "order": Order}
watch("settings", CreditGrade._meta.db_table, PaymentPlan._meta.db_table)


@versioned("settings")
def grades() -> dict[str, CreditGrade]:
    """Grade -> what it gives; a grade nobody has said anything of is missing."""
    return {g.grade: g for g in CreditGrade._base_manager.filter(deleted_at=None).select_related("terms")}


def profile_of(customer: int) -> CreditProfile | None:
    """The profile by which a customer is graded: its own, else that of the nearest company above it."""
    line = upwards(customer)
    found = {p.customer_id: p for p in CreditProfile._base_manager.filter(customer__in=line, deleted_at=None, merged_into=None)}
    return next((found[pk] for pk in line if pk in found), None)


def grade_of(customer: int) -> CreditGrade | None:
    """What the grade of a customer gives it; None for one without a grade."""
    profile = profile_of(customer)
    return grades().get(profile.grade) if profile is not None else None


# ------------------------------------------------------------------------------------------------ terms of payment
@dataclass(frozen=True, slots=True)
class Terms:
    """How an order is paid, in three numbers: per cent in advance, longest credit after the goods, per cent kept back until the warranty ends."""

    prepaid: Decimal
    days: int
    retained: Decimal


Part = tuple[Decimal, str, int]  # share or amount, what it waits for, days after it


def terms(parts: Iterable[Part]) -> Terms | None:
    """Of parts that make a whole; None of nothing. A part that waits for the signature is in advance; its days are credit all the same."""
    rows = list(parts)
    total = sum((share for share, _basis, _days in rows), start=Decimal(0))
    if not total:
        return None

    def share(*bases: str) -> Decimal:
        return (HUNDRED * sum((s for s, b, _d in rows if b in bases), start=Decimal(0)) / total).quantize(Decimal("0.01"))

    longest = max((d for _s, b, d in rows if b in (Basis.SIGNED, Basis.DELIVERED, Basis.ACCEPTED)), default=0)
    return Terms(share(Basis.SIGNED), longest, share(Basis.WARRANTY))


def terms_of_plan(plan: int) -> Terms | None:
    """Of usual terms of payment."""
    steps = PaymentPlanStep._base_manager.filter(plan=plan, deleted_at=None)
    return terms((s.share, s.basis, s.days) for s in steps)


def terms_of_order(order: Any) -> Terms | None:
    """Of an order's instalments, with the delivery as it is promised."""
    rows = Instalment._base_manager.filter(order=order.pk, deleted_at=None)
    return terms(part(i, order.promised_on) for i in rows)


def part(one: Instalment, promised: dt.date | None) -> Part:
    """An instalment as a part of terms. A fixed day counts from the promised delivery, or from today; so do days after signing where a
    delivery is promised: up to then it is in advance, later it is credit. Nothing is delivered before today, whatever was promised."""
    if one.basis == Basis.DAY and one.due_on is not None:
        due = one.due_on
    elif one.basis == Basis.SIGNED and promised is not None:
        due = days.today() + dt.timedelta(days=one.days)
    else:
        return one.amount, one.basis, one.days
    after = (due - max(promised or days.today(), days.today())).days
    return one.amount, Basis.DELIVERED if after > 0 else Basis.SIGNED, max(after, 0)


def wider(asked: Terms | None, profile: CreditProfile, grade: CreditGrade | None) -> list[tuple[str, Decimal, dict[str, Any]]]:
    """Where terms go beyond what the grade allows, and beyond what was named for the customer itself: (what, how much, facts)."""
    if asked is None or grade is None:
        return []
    own = terms_of_plan(profile.terms_id) if profile.terms_id else None
    most, least, kept = grade.max_days, Decimal(grade.min_prepaid), Decimal(grade.max_retained)
    if own is not None:
        most, least, kept = max(most, own.days), min(least, own.prepaid), max(kept, own.retained)
    out: list[tuple[str, Decimal, dict[str, Any]]] = []
    if asked.days > most:
        out.append(("days", Decimal(asked.days), {"asked": asked.days, "allowed": most}))
    if asked.prepaid < least:
        out.append(("prepaid", HUNDRED - asked.prepaid, {"asked": share(asked.prepaid), "allowed": share(least)}))
    if asked.retained > kept:
        out.append(("retained", asked.retained, {"asked": share(asked.retained), "allowed": share(kept)}))
    return out


def share(value: Decimal) -> str:
    """A percentage as it is read."""
    return f"{value.normalize():f}"


def proposed(customer: int) -> PaymentPlan | None:
    """The terms of payment a new contract of a customer begins with: those named for it, else those of its grade."""
    profile = profile_of(customer)
    if profile is None:
        return None
    plan = profile.terms if profile.terms_id else (found.terms if (found := grades().get(profile.grade)) else None)
    return plan if plan is not None and plan.active and plan.deleted_at is None else None


# ------------------------------------------------------------------------------------------------ service
@dataclass(frozen=True, slots=True)
class Service:
    """How a customer is served: the name of its level, within how many working minutes it is answered, how pressing its tasks are."""

    name: str
    name_en: str
    minutes: int | None
    priority: str

    def label(self, language: str) -> str:
        """The level as it is called."""
        return (self.name_en if language == "en" and self.name_en else self.name) or self.name_en

    def said(self, language: str) -> str:
        """The level, with within what time is answered."""
        within = _("answered within %(length)s") % {"length": words.duration(dt.timedelta(minutes=self.minutes), language)} if self.minutes else ""
        return _("%(level)s: %(within)s") % {"level": self.label(language), "within": within} if within and self.label(language) else (
            self.label(language) or within)


def service_of(customer: int) -> Service | None:
    """How a customer is served; None where nobody promised anything."""
    return services([customer]).get(customer)


def services(customers: Collection[int]) -> dict[int, Service]:
    """Customer -> how it is served, for those that were promised anything; two statements more for each level of companies above them."""
    asking = {pk: pk for pk in customers}  # customer -> whose profile is asked for, from the customer itself upwards
    graded: dict[int, str] = {}
    seen: set[tuple[int, int]] = set()
    while asking:
        own = dict(CreditProfile._base_manager.filter(customer__in=set(asking.values()), deleted_at=None, merged_into=None)
                   .values_list("customer", "grade"))  # fmt: skip
        graded |= {pk: own[at] for pk, at in asking.items() if at in own}
        left = {pk: at for pk, at in asking.items() if at not in own}
        seen |= set(left.items())
        above = dict(Customer._base_manager.filter(pk__in=set(left.values()), parent__isnull=False).values_list("pk", "parent")) if left else {}
        asking = {pk: above[at] for pk, at in left.items() if at in above and (pk, above[at]) not in seen}
    given, out = grades(), {}
    for pk, letter in graded.items():
        grade = given.get(letter)
        if grade is not None and (grade.service or grade.response):
            out[pk] = Service(grade.service, grade.service_en, grade.response, grade.priority)
    return out


def customers_of(records: Iterable[tuple[str, int | None]]) -> dict[tuple[str, int | None], int]:
    """(kind of record, id) -> the customer it is about: the customer itself, or that of an opportunity, quotation, contract or order."""
    out: dict[tuple[str, int | None], int] = {}
    wanted: dict[str, list[int]] = {}
    for key, pk in records:
        if key == "customer" and pk:
            out[key, pk] = pk
        elif key in ABOUT and pk:
            wanted.setdefault(key, []).append(pk)
    for key, ids in wanted.items():
        rows = ABOUT[key]._base_manager.filter(pk__in=ids, customer__isnull=False).values_list("pk", "customer")
        out |= {(key, pk): customer for pk, customer in rows}
    return out


# ------------------------------------------------------------------------------------------------ in words
def gives(grade: CreditGrade | None, language: str) -> str:
    """What a grade gives, in one line."""
    if grade is None:
        return ""
    said = [_("credit %(days)s days") % {"days": grade.max_days}, _("%(share)s%% in advance") % {"share": share(Decimal(grade.min_prepaid))}]
    if grade.max_retained:
        said.append(_("%(share)s%% kept until the warranty ends") % {"share": share(Decimal(grade.max_retained))})
    service = Service(grade.service, grade.service_en, grade.response, grade.priority).said(language)
    return " · ".join([*said, _("service level %(level)s") % {"level": service}] if service else said)
