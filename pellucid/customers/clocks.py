"""Clocks of leads that are about to run out, or have: whom to remind, whom to tell, what goes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from pellucid.kernel.access import calendars, directory
from pellucid.kernel.access.rights import tree
from pellucid.kernel.records import settings
from pellucid.people.selectors import line_of

from .models import Lead, Pool

AHEAD = dt.timedelta(days=14)            # no reminder comes earlier, whatever holidays lie between


def running(until: dt.datetime) -> Iterable[Lead]:
    """Leads whose clock runs and ends before a moment, the latest first."""
    rows = Lead._base_manager.filter(plan_due_at__isnull=False, plan_key__lt=until, deleted_at=None, merged_into=None)
    return rows.order_by("plan_key", "pk").iterator(500)


def to_remind(now: dt.datetime) -> list[Lead]:
    """Leads whose owner is to be reminded by now and has not been."""
    before = settings.get("leads.plan_warn")
    if not before:
        return []
    return [lead for lead in running(now + AHEAD)
            if lead.plan_warned_at is None and calendars.due(lead.unit_id, lead.plan_due_at, -before) <= now]  # type: ignore[arg-type]


def to_escalate(now: dt.datetime) -> list[Lead]:
    """Leads whose time is over, and nobody above has been told."""
    return [lead for lead in running(now) if lead.plan_escalated_at is None] if settings.get("leads.plan_escalate") else []


def to_recall(now: dt.datetime) -> list[Lead]:
    """Leads whose time has been over for so long that they go back into a pool."""
    return [lead for lead in running(now) if over(lead, now)]


def over(lead: Lead, now: dt.datetime) -> bool:
    """Whether the time of a lead has been over for as long as the company allows."""
    after = settings.get("leads.plan_recall")
    kept = lead.kept_until and lead.kept_until >= now.date()
    if not after or kept or lead.plan_due_at is None or lead.plan_key > now:
        return False
    return calendars.due(lead.unit_id, lead.plan_due_at, after) <= now


def above(lead: Lead) -> list[int]:
    """Who is told of a lead whose time is over: the owner's manager, else the head of the unit or of the nearest above."""
    managers = line_of(lead.owner_id)[:1]
    if managers:
        return managers
    units = directory.units()
    line = (lead.unit_id, *tree().ancestors(lead.unit_id)) if lead.unit_id in tree() else ()
    return [head for u in line if (head := units[u].head) and head != lead.owner_id][:1]


def pool_for(lead: Lead) -> Pool | None:
    """The pool of leads of a lead's unit, or of the nearest above."""
    line = [lead.unit_id, *tree().ancestors(lead.unit_id)] if lead.unit_id in tree() else []
    found = {p.unit_id: p for p in Pool._base_manager.filter(kind="lead", active=True, deleted_at=None, unit__in=line).order_by("-id")}
    return next((found[u] for u in line if u in found), None)
