"""Clocks of leads and customers that are about to run out, or have: whom to remind, whom to tell, what goes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from pellucid.kernel.access import calendars, directory
from pellucid.kernel.access.rights import tree
from pellucid.kernel.records import days, settings
from pellucid.people.selectors import line_of

from .models import Customer, CustomerClass, Lead, Pool

AHEAD = dt.timedelta(days=14)            # no reminder comes earlier, whatever holidays lie between
KINDS: dict[str, type[Lead] | type[Customer]] = {"lead": Lead, "customer": Customer}


def setting(kind: str, name: str) -> int:
    """What the company set for the clock of a kind of record."""
    return int(settings.get(f"{kind}s.plan_{name}"))


def kind_of(record: Lead | Customer) -> str:
    """The kind of a record."""
    return record._meta.model_name or ""


def started(kind: str, unit: int, now: dt.datetime, promised: int | None = None) -> dict[str, dt.datetime | None]:
    """The clock of what somebody of a unit receives now, in the unit's working minutes; nothing where the company sets no time. What was
    promised to the customer counts where it is shorter."""
    length = setting(kind, "minutes")
    length = min(length, promised) if length and promised else length or promised or 0
    due = calendars.due(unit, now, length) if length else None
    return {"plan_due_at": due, "plan_since": due and now, "plan_warned_at": None, "plan_escalated_at": None}


def running(kind: str, until: dt.datetime) -> Iterable[Lead | Customer]:
    """Records whose clock runs and ends before a moment, the latest first."""
    rows = KINDS[kind]._base_manager.filter(plan_due_at__isnull=False, plan_by__lt=until, deleted_at=None, merged_into=None)
    return rows.order_by("plan_by", "pk").iterator(500)


def to_remind(kind: str, now: dt.datetime) -> list[Lead | Customer]:
    """Records whose owner is to be reminded by now and has not been."""
    before = setting(kind, "warn")
    if not before:
        return []
    return [r for r in running(kind, now + AHEAD)
            if r.plan_warned_at is None and calendars.due(r.unit_id, r.plan_due_at, -before) <= now]  # type: ignore[arg-type]


def to_escalate(kind: str, now: dt.datetime) -> list[Lead | Customer]:
    """Records whose time is over, and nobody above has been told."""
    return [r for r in running(kind, now) if r.plan_escalated_at is None] if setting(kind, "escalate") else []


def to_recall(kind: str, now: dt.datetime) -> list[Lead | Customer]:
    """Records whose time has been over for so long that they go back into a pool."""
    return [r for r in running(kind, now) if over(r, now)] if setting(kind, "recall") else []


def recall_at(record: Lead | Customer) -> dt.datetime | None:
    """When a record goes back into a pool unless something is planned; None while its clock does not run, or nobody says so. Customers who
    have ordered stay with whom they are."""
    after = setting(kind_of(record), "recall")
    kept = record.kept_until and record.kept_until >= days.today()
    if not after or kept or record.plan_due_at is None or record.plan_by != record.plan_due_at:
        return None
    if isinstance(record, Customer) and record.customer_class >= CustomerClass.ORDERING:
        return None
    return calendars.due(record.unit_id, record.plan_due_at, after)


def over(record: Lead | Customer, now: dt.datetime) -> bool:
    """Whether the time of a record has been over for as long as the company allows."""
    at = recall_at(record)
    return at is not None and at <= now


def above(record: Lead | Customer) -> list[int]:
    """Who is told of a record whose time is over: the owner's manager, else the head of the unit or of the nearest above."""
    managers = line_of(record.owner_id)[:1]
    if managers:
        return managers
    units = directory.units()
    line = (record.unit_id, *tree().ancestors(record.unit_id)) if record.unit_id in tree() else ()
    return [head for u in line if (head := units[u].head) and head != record.owner_id][:1]


def pool_for(record: Lead | Customer) -> Pool | None:
    """The pool of a record's kind in its unit, or in the nearest above."""
    line = [record.unit_id, *tree().ancestors(record.unit_id)] if record.unit_id in tree() else []
    rows = Pool._base_manager.filter(kind=kind_of(record), active=True, deleted_at=None, unit__in=line)
    found = {p.unit_id: p for p in rows.order_by("-id")}
    return next((found[u] for u in line if u in found), None)
