"""The numbers of people."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db.models import Case, F, IntegerField, Q, Value, When
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access import calendars
from pellucid.kernel.access.rights import tree
from pellucid.kernel.metrics.declare import Ctx, Dim, Measure, dataset, declare, history
from pellucid.kernel.metrics.dims import branch_of

from .models import Staff


def here(ctx: Ctx) -> Q:
    """Has not left by the end of the day."""
    return Q(leave_on__isnull=True) | Q(leave_on__gt=ctx.day)


def working_days(ctx: Ctx) -> Any:
    """The days of the period on which an employee's unit works, by its calendar; as far as they have come."""
    first = max(ctx.window.first or ctx.day, ctx.day - dt.timedelta(days=LONGEST))
    span = [first + dt.timedelta(days=n) for n in range((ctx.day - first).days + 1)]
    alike: dict[int | None, list[int]] = defaultdict(list)
    for unit in tree().walk():
        alike[calendars.calendar_of(unit)].append(unit)
    cases = [When(unit__in=units, then=Value(sum(1 for day in span if calendars.hours(units[0]).spans(day)))) for units in alike.values()]
    return Case(*cases, default=Value(0), output_field=IntegerField())


LONGEST = 1200  # days that are counted one by one
IN_UNIT = (Dim("unit", _("Unit"), "unit"), Dim("branch", _("Branch"), branch_of("unit"), like="unit"))

declare(
    history("staff", _("Staff over time"), Staff, (
        Dim("owner", _("Owner"), lambda ctx: F("record__user"), uses=("record__user",), like="manager"),  # so that who has nothing appears, too
        *IN_UNIT, Dim("manager", _("Manager"), "manager")), title="record__name"),
    dataset("entries", _("Staff joining"), Staff, (*IN_UNIT, Dim("manager", _("Manager"), "manager")), axis="entry_on", axes=("leave_on",),
            life=("created_at", "deleted_at"), title="name"),
    Measure("headcount", _("Staff"), "staff", _("Employees who have not left by the end of the day"), time="stock", where=here,
            uses=("leave_on",), noun=_("people")),
    Measure("working_days", _("Working days"), "staff",
            _("Working days of the period up to the day by the calendars of their units, of the employees who have not left by then"), "sum",
            working_days, time="stock", where=here, uses=("leave_on", "unit"), unit="days", good=""),
    Measure("staff_joined", _("Joined"), "entries", _("Employees by the day they joined"), noun=_("people")),
    Measure("staff_left", _("Left"), "entries", _("Employees by the day they left"), axis="leave_on", noun=_("people"), good="down"),
)  # fmt: skip
