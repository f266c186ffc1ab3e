"""Dimensions that many datasets have under one name: whose it is, his unit, its branch; the weekday."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import BigIntegerField, Case, Value, When
from django.db.models.functions import ExtractIsoWeekDay
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.rights import tree
from pellucid.kernel.records import days

from .declare import Ctx, Dim


def people(owner: str = "owner", unit: str = "unit", branch: str = "branch") -> tuple[Dim, ...]:
    """Owner, unit and branch as they stand in the row; without a path for the branch it follows from the unit."""
    where = Dim("branch", _("Branch"), branch) if branch else Dim("branch", _("Branch"), branch_of(unit), like=unit)
    return (Dim("owner", _("Owner"), owner), Dim("unit", _("Unit"), unit), where)


def branch_of(unit: str) -> Callable[[Ctx], Any]:
    """The branch a unit belongs to today."""

    def made(ctx: Ctx) -> Any:
        now = tree()
        branches = {u: now.branch_units(u) for u in now.walk() if now.branch(u) == u}
        cases = [When(**{f"{unit}__in": sorted(units)}, then=Value(branch)) for branch, units in branches.items()]
        return Case(*cases, output_field=BigIntegerField())

    return made


def weekday(path: str) -> Dim:
    """The day of the week of a moment, Monday first."""
    return Dim(
        "weekday", _("Weekday"), lambda ctx: ExtractIsoWeekDay(path, tzinfo=days.zone()), uses=(path,), whole=True,
        choices=tuple((n + 1, label) for n, label in WEEKDAYS.items()),
    )  # fmt: skip
