"""What the successor's file says of a customer's sales: what is open, for how much and until when; what was sold."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import words
from pellucid.kernel.resources.fields import masked, readable
from pellucid.people.handing import Slot, fill

from . import selectors, stages
from .models import Opportunity

LATEST = 8


def sales(customer: Customer, actor: Actor) -> list[dict[str, Any]]:
    """The open opportunities, then the latest that were closed."""
    show, rows = show_for(actor), []
    told = "amount" in readable("opportunity", actor) and not masked("opportunity", "amount", actor)
    for one in selectors.of_customer(customer.pk, actor, LATEST):
        stage = stages.stages().get(one.stage_id)
        day = one.expected_on if one.state == Opportunity.State.OPEN else one.closed_on
        rows.append({
            "label": one.name, "href": f"/opportunities/{one.pk}",
            "sub": " · ".join(filter(None, (stage.label(show.language) if stage else "", f"{day:%Y-%m-%d}" if day else ""))),
            "tag": {"label": one.get_state_display(), "tone": {"open": "acc", "won": "ok", "lost": "bad"}[one.state]},
            "right": words.money(one.amount_base, show.language) if told else "",
        })  # fmt: skip
    return rows


fill(Slot("customer", "sales", _("Sales: open, won and lost"), sales, needs="opportunity.view", position=20))
