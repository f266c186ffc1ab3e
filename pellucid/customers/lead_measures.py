"""The numbers of leads: how many came, from where, and what became of them."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.metrics.declare import Derived, Dim, Measure, dataset, declare
from pellucid.kernel.metrics.dims import people

from .models import Lead

GOOD = (Lead.State.QUALIFIED, Lead.State.CONVERTED)

declare(
    dataset("leads", _("Leads"), Lead, (
        *people(),
        Dim("origin", _("Origin"), "origin"),
        Dim("lead_channel", _("Channel"), "channel"),
        Dim("lead_state", _("State"), "state", whole=True),
        Dim("industry", _("Industry"), "industry"),
        Dim("region", _("Region"), "region"),
    ), axis="received_at", title="name", usual=("origin", "lead_state")),
)  # fmt: skip

declare(
    Measure("new_leads", _("New leads"), "leads", _("Leads by the day they were received"), noun=_("leads")),
    Measure("good_leads", _("Leads found good"), "leads", _("Leads received in the period that are an opportunity or converted today"),
            where=Q(state__in=GOOD), noun=_("leads")),
    Measure("unjudged_leads", _("To be judged"), "leads", _("Leads received in the period that nobody has judged yet"),
            where=Q(state=Lead.State.NEW), noun=_("leads"), good="down"),
    Derived("good_lead_rate", _("Share found good"), "good_leads / new_leads", _("Leads found good, divided by all received in the period")),
)  # fmt: skip
