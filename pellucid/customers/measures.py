"""The numbers of this area."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.metrics.declare import Measure, declare

declare(
    Measure("customers.new", _("New customers"), "customer", _("Customers by the day they were entered"), axis="created_at", unit=_("accounts")),
    Measure("customers.all", _("Customers"), "customer", _("Customers as of now"), unit=_("accounts")),
    Measure("customers.quiet", _("Not contacted for 30 days"), "customer", _("Customers without contact for 30 days, older than that, as of now"),
            where=(("f1.last_contact_at", "within:over_30_days_ago"), ("f1.last_contact_at", "empty"), ("f.created_at", "within:over_30_days_ago")),
            unit=_("accounts"), good="down"),
    Measure("follow_ups.all", _("Follow-ups"), "followup", _("Follow-ups by the day they took place"), axis="at", person="author", unit=_("times")),
    Measure("follow_ups.visits", _("Visits"), "followup", _("Follow-ups of the kind visit, by day"), axis="at", person="author",
            where=(("f.kind", "in:visit"),), unit=_("times")),
    Measure("follow_ups.decision_makers", _("Met decision makers"), "followup", _("Follow-ups in which the decision maker was met, by day"),
            axis="at", person="author", where=(("f.met_decision_maker", "is:1"),), unit=_("times")),
)  # fmt: skip
