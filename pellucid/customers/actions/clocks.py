"""Who receives a lead has to have a follow-up plan in time (R044): the clock starts with him, in the working minutes of its unit."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import calendars
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import action, follows
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records import settings
from pellucid.kernel.records.errors import Refused

from .. import clocks
from ..models import Lead, PoolMove
from .pools import put_in

TELLS = ("import", "demo")               # doors through which what is old comes in


@follows(Lead)
def clock_starts(leads: list[Lead], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Received, by hand, by rule or out of a pool: the clock starts anew; without one, or in a pool, none runs."""
    if changed is None and actor.door in TELLS or changed is not None and "owner" not in changed:
        return
    now, length = timezone.now(), settings.get("leads.plan_minutes")
    due: dict[int, Any] = {}
    for lead in leads:
        if length and lead.pool_id is None and lead.unit_id not in due:
            due[lead.unit_id] = calendars.due(lead.unit_id, now, length)
    for unit in {lead.unit_id for lead in leads}:
        held = [lead.pk for lead in leads if lead.unit_id == unit and lead.pool_id is None]
        Lead._base_manager.filter(pk__in=held).update(
            plan_due_at=due.get(unit), plan_since=now if unit in due else None, plan_warned_at=None, plan_escalated_at=None)


@action(Lead, label=gettext_lazy("Recall for want of a plan"), icon="clock-pause", verb="transfer", leaves_scope=True, shown=lambda lead: False,
        event="lead.plan_recalled", sentence=gettext_lazy("Nobody planned a follow-up in time: back to the pool"))
def lead_recall_unplanned(lead: Lead, *, actor: Actor) -> None:
    """Nothing was planned long after the time was over: back into the pool of its unit, or of the nearest above."""
    pool = clocks.pool_for(lead)
    if pool is None or not clocks.over(lead, timezone.now()):
        raise Refused(_("No rule sends this back today."))
    noted(pool=pool.pk, former=lead.owner_id)
    put_in(lead, pool, PoolMove.Kind.RECALLED, actor=actor, reason=_("no follow-up planned in time"))


def remember(lead: int, name: str) -> bool:
    """Whether this is the first time that this is said about the running clock."""
    return bool(Lead._base_manager.filter(pk=lead, **{name: None}).update(**{name: timezone.now()}))
