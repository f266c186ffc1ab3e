"""Questions about opportunities."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped

from .models import Opportunity

IN_NEED = 5


def in_need(actor: Actor, today: dt.date, *, owner_id: int | None = None) -> QuerySet[Opportunity]:
    """The largest opportunities in progress that are longer in their stage than it allows, or without a next step."""
    rows = scoped(Opportunity, actor).filter(Q(rots_on__lt=today) | Q(next_step_at=None), state=Opportunity.State.OPEN)
    rows = rows.filter(owner=owner_id) if owner_id else rows
    rows = rows.select_related("customer")
    return rows.only("name", "customer__name", "owner", "amount_base", "rots_on", "stage_since", "next_step_at").order_by("-amount", "-id")[:IN_NEED]
