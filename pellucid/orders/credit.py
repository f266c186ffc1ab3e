"""What customers use of the trust they are given: everything of orders in force that is neither paid nor credited, owed already or not yet.

That is receivables and what has still to be delivered, each sum once: an advance that is owed before the goods go out is part of both.
And the check of an order against it: what speaks against confirming it now, and what of that nobody has seen yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Min, Sum
from django.utils.translation import gettext_lazy as _

from pellucid.customers.groups import below, upwards
from pellucid.customers.models import Customer
from pellucid.kernel.events.models import Event
from pellucid.kernel.history.selectors import held_before
from pellucid.kernel.records import settings, words
from pellucid.kernel.records.amounts import cents

from .grades import grades, terms_of_order, wider
from .lifecycles import BOUND
from .models import CreditProfile, Delivery, Instalment, Order, OrderChange, Posting, ReturnedGoods

ZERO = Decimal(0)
FEW = 100  # records of a batch whose customers are looked up one by one


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
    return cents(Decimal(found))


def overdue(customers: Iterable[int], today: dt.date) -> tuple[Decimal, dt.date | None]:
    """What of it should have been paid before today, and since when the oldest."""
    owed = Instalment._base_manager.filter(order__customer__in=list(customers), order__state__in=BOUND, deleted_at=None, balance__gt=0)
    late = owed.filter(due_on__lt=today)
    found = late.aggregate(s=Sum(F("balance") * F("order__rate")), since=Min("due_on"))
    return cents(Decimal(found["s"] or ZERO)), found["since"]


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


def whose(event: Event) -> list[int] | None:
    """Customers whose profiles an event may have changed something for, with the companies above them; None: anybody's, as of a batch of many."""
    if event.many > FEW:
        return None
    ids = event.ids()
    found: Iterable[int]
    match event.resource:
        case "customer":  # what was merged with it, or taken apart again, and the company it hung on before
            found = {*ids, *held_before(Customer, "parent", event.pk, event.at), event.payload.get("other")} - {None}
        case "creditprofile":
            return list(CreditProfile._base_manager.filter(pk__in=ids).values_list("customer", flat=True))
        case "order":
            found = Order._base_manager.filter(pk__in=ids).values_list("customer", flat=True)
        case "instalment":
            found = Instalment._base_manager.filter(pk__in=ids).values_list("customer", flat=True)
        case "receipt":
            found = Posting._base_manager.filter(receipt__in=ids).values_list("customer", flat=True)
        case "orderchange":
            found = OrderChange._base_manager.filter(pk__in=ids).values_list("order__customer", flat=True)
        case "delivery":
            found = Delivery._base_manager.filter(pk__in=ids).values_list("order__customer", flat=True)
        case _:
            found = ReturnedGoods._base_manager.filter(pk__in=ids).values_list("order__customer", flat=True)
    return sorted({above for customer in set(found) for above in upwards(customer)})


def patience(grade: str = "") -> int:
    """Days that something may be overdue before new orders wait: as the grade says, else as the company usually does."""
    given = grades().get(grade)
    return int(settings.get("orders.overdue_days")) if given is None or given.overdue_days is None else given.overdue_days


# ------------------------------------------------------------------------------------------------ what speaks against an order
CREDIT, TERMS = frozenset({"blocked", "limit", "overdue", "large"}), frozenset({"days", "prepaid", "retained"})


@dataclass(frozen=True, slots=True)
class Objection:
    """Something that speaks against an order: what, by which profile, how much (more is worse), and the facts to say it with."""

    what: str
    profile: int
    much: Decimal
    facts: dict[str, Any]

    def kept(self) -> dict[str, Any]:
        """As it is kept in JSON."""
        return {"what": self.what, "profile": self.profile, "much": str(self.much),
                "facts": {k: str(v) if isinstance(v, Decimal) else v for k, v in self.facts.items()}}


@dataclass(frozen=True, slots=True)
class Check:
    """The credit check of an order: what it needs, by how much the customer is trusted, what speaks against it."""

    worth: Decimal
    uses: tuple[Use, ...]
    against: tuple[Objection, ...]

    @property
    def grade(self) -> str:
        """That of the nearest profile; "" for a customer without one."""
        return self.uses[0].profile.grade if self.uses else ""

    @property
    def over_credit(self) -> bool:
        """Whether the limit, overdue money or a block stands against it."""
        return any(one.what in CREDIT for one in self.against)

    @property
    def wide_terms(self) -> bool:
        """Whether it is to be paid later than the grade allows."""
        return any(one.what in TERMS for one in self.against)

    @property
    def tightest(self) -> Use | None:
        """The profile that leaves least; the nearest one if none has a limit."""
        limited = [u for u in self.uses if u.available is not None]
        return min(limited, key=lambda u: u.available or ZERO) if limited else next(iter(self.uses), None)

    def kept(self) -> dict[str, Any]:
        """As it is kept with what waits for a decision."""
        return {"worth": str(self.worth), "against": [one.kept() for one in self.against]}

    def beyond(self, seen: dict[str, Any]) -> list[Objection]:
        """What speaks against it that was not seen when it was agreed to, or was not that much then."""
        known = {(one["what"], one["profile"]): Decimal(one["much"]) for one in seen.get("against", ())}
        return [one for one in self.against if (one.what, one.profile) not in known or one.much > known[one.what, one.profile]]


def check(order: Order, today: dt.date, *, terms: bool = True, whole: Decimal | None = None) -> Check:
    """What the credit check says of an order now; of its terms too, unless they were agreed to long ago. `whole`: what it comes to with what
    stands already, where only a part of it is checked."""
    return checked(order, uses(order.customer_id, today), today, terms=terms, whole=whole)


def checked(order: Order, found: Iterable[Use], today: dt.date, *, terms: bool = True, whole: Decimal | None = None) -> Check:
    """The check by these profiles, the nearest first."""
    worth, rows = (Decimal(order.amount) * Decimal(order.rate)).quantize(Decimal("0.01")), tuple(found)
    out: list[Objection] = []
    for use in rows:
        pk = use.profile.pk
        if use.profile.blocked:
            out.append(Objection("blocked", pk, ZERO, {"customer": str(use.profile.customer)}))
        if use.available is not None and worth > use.available:
            facts = {"limit": use.profile.limit, "used": use.exposure, "worth": worth}
            out.append(Objection("limit", pk, worth - use.available, facts))
        if use.since is not None and (today - use.since).days > patience(use.profile.grade):
            out.append(Objection("overdue", pk, use.overdue, {"amount": use.overdue, "days": (today - use.since).days}))
    if rows:
        near, grade = rows[0].profile, grades().get(rows[0].profile.grade)
        size = worth if whole is None else (whole * Decimal(order.rate)).quantize(Decimal("0.01"))
        if grade is not None and grade.order_limit is not None and size > grade.order_limit:
            out.append(Objection("large", near.pk, size, {"worth": size, "most": grade.order_limit}))
        out += [Objection(what, near.pk, much, facts) for what, much, facts in wider(terms_of_order(order) if terms else None, near, grade)]
    return Check(worth, rows, tuple(out))


MONEY = frozenset({"limit", "used", "worth", "amount", "most"})


def said(what: str, facts: dict[str, Any], language: str = "") -> str:
    """What speaks against an order, in words; with amounts as they are read in a language, else to the cent."""
    shown = {k: words.money(Decimal(v), language) if language and k in MONEY else v for k, v in facts.items()}
    return str(SAID[what]) % shown


SAID = {
    "limit": _("The credit limit is %(limit)s, of which %(used)s are used; this order needs %(worth)s."),
    "overdue": _("%(amount)s are overdue, the oldest for %(days)s days."),
    "blocked": _("“%(customer)s” gets no new orders on credit."),
    "large": _("Orders above %(most)s need a decision in this credit grade; this one comes to %(worth)s."),
    "days": _("%(asked)s days of credit are asked for; the grade allows %(allowed)s."),
    "prepaid": _("%(asked)s%% are paid in advance; the grade wants %(allowed)s%%."),
    "retained": _("%(asked)s%% are kept until the warranty ends; the grade allows %(allowed)s%%."),
}
