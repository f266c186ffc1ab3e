"""Two customers that look alike are two."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import fetch, noted
from pellucid.kernel.records.errors import Refused

from ..models import Customer, KeptApart

Other = Annotated[int, Ask(gettext_lazy("The customer that looks alike"), kind="link", target="customer")]


def both(customer: Customer, other: int, actor: Actor) -> tuple[Customer, dict[str, int]]:
    """The other customer, and the keys of the two in order."""
    if other == customer.pk:
        raise Refused(_("A record cannot be compared with itself."))
    found = fetch(Customer, other, actor, "view")
    return found, {"one": min(customer.pk, other), "other": max(customer.pk, other)}


@action(Customer, label=gettext_lazy("Not the same"), icon="arrows-diff", event="customer.kept_apart", shown=lambda c: False,
        sentence=gettext_lazy("{actor} found that {name} is another customer"),
        did=gettext_lazy("“{name}” and the other are two customers"))
def customer_keep_apart(customer: Customer, *, actor: Actor, other: Other) -> None:
    """Take the two off the list of duplicates; no warning names the one on the page of the other any more."""
    found, pair = both(customer, other, actor)
    KeptApart._base_manager.get_or_create(**pair, defaults={"by_id": actor.user_id})
    noted(name=found.name, other=found.pk)


@action(Customer, label=gettext_lazy("Compare again"), icon="copy", event="customer.compared_again", shown=lambda c: False,
        sentence=gettext_lazy("{actor} wants {name} compared with this customer again"),
        did=gettext_lazy("“{name}” and the other are compared again"))
def customer_compare_again(customer: Customer, *, actor: Actor, other: Other) -> None:
    """Put the two back among those that may be one and the same."""
    found, pair = both(customer, other, actor)
    if not KeptApart._base_manager.filter(**pair).delete()[0]:
        raise Refused(_("These two are compared already."))
    noted(name=found.name, other=found.pk)
