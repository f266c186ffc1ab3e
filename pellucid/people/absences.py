"""Who is away, and who stands in: questions that other areas ask, too."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from pellucid.kernel.records import days

from .models import Absence, AbsenceCover


def living() -> QuerySet[Absence]:
    """Absences that are not in the bin."""
    return Absence._base_manager.filter(deleted_at=None, merged_into=None)


def away(at: dt.datetime | None = None) -> frozenset[int]:
    """The users who are away at a moment (now): nothing new is given to them."""
    moment = at or days.now()
    day = days.day_of(moment)
    rows = living().filter(starts_on__lte=day, ends_on__gte=day).filter(Q(back_at=None) | Q(back_at__gt=moment))
    return frozenset(rows.values_list("owner_id", flat=True))


def current(users: list[int]) -> dict[int, Absence]:
    """The absence each of these users is in today."""
    today = days.today()
    rows = living().filter(owner__in=users, starts_on__lte=today, ends_on__gte=today, back_at=None)
    return {a.owner_id: a for a in rows}


def overlapping(owner: int, first: dt.date, last: dt.date, but: int | None = None) -> Absence | None:
    """Another absence of the same person in these days."""
    rows = living().filter(owner=owner, starts_on__lte=last, ends_on__gte=first).exclude(pk=but)
    return next((a for a in rows if a.back_at is None or days.day_of(a.back_at) > first), None)


def covers_of(absence: int) -> dict[str, int]:
    """Kind of record -> who stands in for it in particular."""
    return dict(AbsenceCover._base_manager.filter(absence=absence, deleted_at=None).values_list("resource", "proxy_id"))


def ended_on(day: dt.date) -> list[Absence]:
    """Absences whose last day it was."""
    return list(living().filter(ends_on=day, back_at=None))
