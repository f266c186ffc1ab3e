"""What sales knows for those who share leads and customers out: how often people win (R180), and who holds how much (AN06)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from pellucid.customers.allocation import SUCCESS
from pellucid.kernel.metrics.declare import Analysis, Ask, Part, declare
from pellucid.kernel.records import days

from .models import Opportunity

MONTHS = 12
DOUBT = 2                                # opinions of a half that every colleague begins with: one lucky win is no certainty


def success(users: Iterable[int]) -> dict[int, float]:
    """The share of deals each user won of those he closed within twelve months, drawn a little towards a half where there were few."""
    rows = Opportunity._base_manager.filter(closed_owner__in=list(users), deleted_at=None, closed_on__gt=days.add_months(days.today(), -MONTHS))
    won = Count("state", filter=Q(state=Opportunity.State.WON))  # by the index alone
    found = rows.order_by().values_list("closed_owner").annotate(won=won, closed=Count("*"))
    return {user: (n + DOUBT / 2) / (closed + DOUBT) for user, n, closed in found}


SUCCESS.append(success)
declare(
    Analysis("AN06", _("Allocation of customer resources"), _("Customer analyses"), _("Does everybody have what he can carry, and can win?"), (
        Part(_("By person"), Ask(("customers_held", "capacity", "customer_load", "open_leads", "open_count", "open_amount", "contacted_customers",
                                  "win_rate", "unattended_customers"), by=("owner",), order="customers_held"), "bars", "last_12_months",
             note=_("Win rate and contacted customers of the last twelve months; without a capacity there is no load.")),
        Part(_("By unit"), Ask(("customers_held", "customers_capped", "capacity", "customer_load", "customers_in_pool", "leads_in_pool"),
                               by=("unit",), order="customers_held")),
        Part(_("Class and person"), Ask(("customers_held",), by=("owner", "customer_class_then")), "grid"),
        Part(_("Unattended"), Ask(("unattended_customers",), by=("customer",), having="unattended_customers > 0", order="unattended_customers",
                                  top=50), note=_("Every customer should have somebody who looks after it: this list should be empty.")),
    ), period="", filters=("branch",), position=6),
)  # fmt: skip
