"""Questions about people and units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, QuerySet

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import CalendarDay, Grant, Unit, User, WorkCalendar
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records.models import OwnedRecord
from pellucid.kernel.resources.declare import Resource, registry

from .models import Staff


def owned_models() -> list[type[Resource]]:
    """The resources whose records belong to somebody."""
    return [r for r in registry.values() if issubclass(r.model, OwnedRecord)]


def owned_rows(resource: type[Resource], user: int) -> QuerySet:
    """What one user owns of a resource and somebody must look after: living, and not finished."""
    rows = resource.model._base_manager.filter(owner=user, deleted_at=None, merged_into=None)
    if finished := getattr(resource.model, "finished", ""):
        rows = rows.filter(**{finished: None})
    return rows


def owned_counts(users: Iterable[int]) -> dict[str, dict[int, int]]:
    """resource key -> user -> how many living records."""
    wanted, out = list(users), {}
    for resource in owned_models():
        rows = resource.model._base_manager.filter(owner__in=wanted, deleted_at=None, merged_into=None)
        if finished := getattr(resource.model, "finished", ""):
            rows = rows.filter(**{finished: None})
        out[resource.key()] = dict(rows.order_by().values_list("owner").annotate(n=Count("pk")))
    return out


def headcounts() -> Counter[int]:
    """How many people work in each unit and below it."""
    own = Counter(Staff.objects.filter(deleted_at=None, user__is_active=True).values_list("unit_id", flat=True))
    whole: Counter[int] = Counter()
    for unit in tree().walk():
        whole[unit] = sum(own[u] for u in tree().below(unit))
    return whole


def staff_of(actor: Actor, units: Iterable[int], *, left: bool = False) -> list[Staff]:
    """The employees of some units the reader may see, by name."""
    rows = (
        scoped(Staff, actor).filter(unit_id__in=list(units), user__is_active=not left).select_related("user").order_by("pinyin")
    )
    return list(rows[:500])


def staff_of_user(user: int) -> Staff | None:
    """The employee a login belongs to."""
    return Staff.objects.filter(user_id=user, deleted_at=None).first()


def without_password(users: Iterable[int]) -> set[int]:
    """Those of some users who have chosen no password yet: invited, not arrived."""
    return set(
        User.objects.filter(pk__in=list(users), password__startswith=UNUSABLE_PASSWORD_PREFIX).values_list("pk", flat=True)
    )


def path_of(unit: int) -> str:
    """Where a unit stands: the names above it."""
    units = directory.units()
    return " / ".join(units[u].short_name or units[u].name for u in reversed(tree().ancestors(unit)))


def line_of(user: int) -> list[int]:
    """The managers above a user, nearest first."""
    above: dict[int, Any] = dict(Staff.objects.filter(deleted_at=None).values_list("user_id", "manager_id"))
    out, at = [], above.get(user)
    while at is not None and at not in out:
        out.append(at)
        at = above.get(at)
    return out


def below(user: int) -> set[int]:
    """Everybody who reports to a user, directly or through others; himself left out."""
    people: dict[int, list[int]] = {}
    for who, manager in Staff.objects.filter(deleted_at=None, manager__isnull=False).values_list("user_id", "manager_id"):
        people.setdefault(manager, []).append(who)
    found, todo = set(), list(people.get(user, ()))
    while todo:
        at = todo.pop()
        if at not in found and at != user:
            found.add(at)
            todo += people.get(at, ())
    return found


def employs(unit: int) -> bool:
    """Whether anybody who is not in the bin belongs to a unit."""
    return Staff.objects.filter(unit_id=unit, deleted_at=None).exists()


def employee(user: int) -> Staff | None:
    """The living employee behind a login."""
    return Staff.objects.filter(user_id=user, deleted_at=None).first()


# ------------------------------------------------------------------------------------------------ working calendars
def calendars() -> list[WorkCalendar]:
    """Every working calendar, the company's first."""
    return list(WorkCalendar.objects.all())


def days_of(calendar: int) -> list[CalendarDay]:
    """The days on which a calendar differs, by date."""
    return list(CalendarDay.objects.filter(calendar=calendar))


def units_by(calendar: int) -> list[int]:
    """The open units that name this calendar themselves."""
    return list(Unit.objects.filter(calendar=calendar, closed_at=None).values_list("pk", flat=True))


def administrators() -> list[int]:
    """Who may administer this installation."""
    return sorted(set(Grant.objects.filter(role__code="admin", user__is_active=True).values_list("user_id", flat=True)))
