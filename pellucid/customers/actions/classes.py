"""The five classes a customer rises through; by hand with a reason, or because of what happened; and falls from when nothing happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import noted
from pellucid.kernel.events.bus import publish
from pellucid.kernel.history.selectors import unchanged_since
from pellucid.kernel.records import days
from pellucid.kernel.records.derived_versions import watch
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.resources.conditions import matching
from pellucid.kernel.resources.ladder import missing

from .. import happenings
from ..models import ClassFall, ClassRise, Customer, CustomerClass
from . import schemes

watch("terms", "customers_classrise")


@action(
    Customer,
    label=gettext_lazy("Change class"),
    icon="stairs-up",
    bulk=True,
    event="customer.classed",
    sentence=gettext_lazy("{actor} changed the class: {reason}"),
        did=gettext_lazy("Changed the class of “{name}”"),
)
def customer_set_class(
    customer: Customer,
    *,
    actor: Actor,
    customer_class: Annotated[int, Ask(gettext_lazy("Class"), kind="level", choices=CustomerClass)],
    reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)],
) -> None:
    """Move a customer to another class. Upwards only when the record holds what that class requires."""
    if customer_class == customer.customer_class:
        raise Refused(_("The customer is in this class already."))
    if customer_class > customer.customer_class and (lacking := missing("customer", customer, customer_class)):
        raise Invalid(
            {"customer_class": [_("For this class the record still lacks: %(fields)s.") % {"fields": "、".join(str(f) for f in lacking)}]}
        )
    noted(old=customer.customer_class)
    customer.customer_class, customer.class_since = customer_class, timezone.now()
    customer.save(update_fields=("customer_class", "class_since"))
    schemes.settle([customer.pk])


@action(Customer, label=gettext_lazy("Rise in class"), icon="stairs-up", shown=lambda customer: False, event="customer.rose",
        sentence=gettext_lazy("The class rose: {reason}"))
def customer_rise(
    customer: Customer,
    *,
    actor: Actor,
    customer_class: Annotated[int, Ask(gettext_lazy("Class"), kind="level", choices=CustomerClass)],
    reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)],
) -> None:
    """What happened raises a customer, whatever the record still lacks; nothing lowers it. Called by the areas where it happens."""
    if actor.cause is None:
        raise Refused(_("This class follows from what happens; change the class by hand instead."))
    noted(reason=reason, old=customer.customer_class)
    rise({customer.pk}, customer_class, actor=actor, at=timezone.now())


@action(Customer, label=gettext_lazy("Fall in class"), icon="arrow-down", shown=lambda customer: False, event="customer.fell", tone="warn",
        sentence=gettext_lazy("The class fell: {reason}"))
def customer_fall(
    customer: Customer,
    *,
    actor: Actor,
    customer_class: Annotated[int, Ask(gettext_lazy("Class"), kind="level", choices=CustomerClass)],
    reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)],
) -> None:
    """A rule lowers a customer; somebody who dealt with him meanwhile has saved him from it."""
    if actor.door != "rule":
        raise Refused(_("This class follows from what happens; change the class by hand instead."))
    if not any(d.customer_id == customer.pk for d in falls([customer.pk])):
        raise Refused(_("No rule lowers this customer now."))
    noted(reason=reason, old=customer.customer_class)
    customer.customer_class, customer.class_since = customer_class, timezone.now()
    customer.save(update_fields=("customer_class", "class_since"))
    schemes.settle([customer.pk])


@versioned("terms")
def rises() -> dict[str, int]:
    """Happening -> class, of the rules in use."""
    rows = apps.get_model("customers", "ClassRise")._base_manager.filter(active=True, deleted_at=None)
    return dict(rows.values_list("happening", "customer_class"))


def happened(happening: str, ids: Collection[int], *, actor: Actor, at: dt.datetime, reason: str) -> None:
    """Something happened with these customers: those below the class a rule names are in it from now on, and their records say why."""
    to = rises().get(happening)
    if to is None or not ids:
        return
    below = Customer._base_manager.filter(pk__in=ids, customer_class__lt=to, deleted_at=None).order_by("pk")
    risen = list(below.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    if not risen:
        return
    rise(risen, to, actor=actor, at=at)
    about = {"record_id": risen[0]} if len(risen) == 1 else {"items": risen}
    publish("customer.rose", by=actor, resource="customer",
            reason=reason, payload={"customer_class": to, "reason": reason}, **about)  # fmt: skip


def rise(ids: Collection[int], to: int, *, actor: Actor, at: dt.datetime) -> None:
    """Customers below this class are in it from now on; those above stay."""
    if ids:
        Customer._base_manager.filter(pk__in=ids, customer_class__lt=to, deleted_at=None).update(customer_class=to, class_since=at)
        schemes.settle(ids)


@dataclass(frozen=True, slots=True)
class Due:
    """A customer whom a rule lowers, to which class, and since when he has had no deal."""

    customer_id: int
    rule: ClassFall
    since: dt.date


def falls(ids: Collection[int] | None = None) -> list[Due]:
    """Whom the rules lower today: no open deal, and none for the months of the rule, reckoned from the last deal or from the day the customer
    came into the class, whichever is later. The highest class first; a customer is lowered by one rule at a time."""
    today, out = days.today(), []
    rules = ClassFall._base_manager.filter(active=True, deleted_at=None).order_by("-from_class", "id")
    taken: set[int] = set()
    for rule in rules:
        rows = Customer._base_manager.filter(pk__in=matching("customer", rule.conditions, ids), customer_class=rule.from_class, pool=None)
        known = dict(rows.exclude(pk__in=taken).values_list("pk", "created_at"))
        if not known:
            continue
        idle = set(known) - happenings.busy(known)
        begun, last = unchanged_since(Customer, "customer_class", list(idle)), happenings.last_deals(idle)
        for pk in sorted(idle):
            since = days.day_of(begun.get(pk, known[pk]))
            since = max(since, last.get(pk, since))
            if days.add_months(since, rule.months) <= today:
                out.append(Due(pk, rule, since))
                taken.add(pk)
    return out


FALLS = ((CustomerClass.OPPORTUNITY, 6, True), (CustomerClass.ORDERING, 24, True), (CustomerClass.USER, 36, False))


def ship(risen: dict[str, int]) -> None:
    """Rules for happenings that have none yet; what an administrator made of them stays."""
    known = set(ClassRise._base_manager.values_list("happening", flat=True))
    ClassRise._base_manager.bulk_create([ClassRise(happening=key, customer_class=to) for key, to in risen.items() if key not in known])


def ship_falls() -> None:
    """The first rules for falling, where there are none."""
    if not ClassFall._base_manager.exists():
        ClassFall._base_manager.bulk_create([ClassFall(from_class=start, customer_class=CustomerClass.POTENTIAL, months=months, active=active)
                                             for start, months, active in FALLS])  # fmt: skip
