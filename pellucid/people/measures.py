"""The numbers of people."""

from __future__ import annotations

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.metrics.declare import Ctx, Dim, Measure, dataset, declare, history
from pellucid.kernel.metrics.dims import branch_of

from .models import Staff


def here(ctx: Ctx) -> Q:
    """Has not left by the end of the day."""
    return Q(leave_on__isnull=True) | Q(leave_on__gt=ctx.day)


IN_UNIT = (Dim("unit", _("Unit"), "unit"), Dim("branch", _("Branch"), branch_of("unit"), like="unit"))

declare(
    history("staff", _("Staff over time"), Staff, (
        Dim("owner", _("Owner"), lambda ctx: F("record__user"), uses=("record__user",), like="manager"),  # so that who has nothing appears, too
        *IN_UNIT, Dim("manager", _("Manager"), "manager")), title="record__name"),
    dataset("entries", _("Staff joining"), Staff, (*IN_UNIT, Dim("manager", _("Manager"), "manager")), axis="entry_on", axes=("leave_on",),
            life=("created_at", "deleted_at"), title="name"),
    Measure("headcount", _("Staff"), "staff", _("Employees who have not left by the end of the day"), time="stock", where=here,
            uses=("leave_on",), noun=_("people")),
    Measure("staff_joined", _("Joined"), "entries", _("Employees by the day they joined"), noun=_("people")),
    Measure("staff_left", _("Left"), "entries", _("Employees by the day they left"), axis="leave_on", noun=_("people"), good="down"),
)  # fmt: skip
