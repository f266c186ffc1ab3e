"""The five classes a customer rises through; by hand with a reason, or because of what happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.ladder import missing

from ..models import Customer, CustomerClass


@action(
    Customer,
    label=gettext_lazy("Change class"),
    icon="stairs-up",
    bulk=True,
    event="customer.classed",
    sentence=gettext_lazy("{actor} changed the class: {reason}"),
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


def rise(ids: Collection[int], to: int, *, actor: Actor, at: dt.datetime) -> None:
    """Customers below this class are in it from now on; those above stay."""
    if ids:
        Customer._base_manager.filter(pk__in=ids, customer_class__lt=to, deleted_at=None).update(customer_class=to, class_since=at)
