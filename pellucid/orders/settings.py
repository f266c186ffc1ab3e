"""What an administrator sets about contracts and orders."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records.settings import Setting, declare, section

section("orders", _("Contracts and orders"), 56)
declare(
    Setting("orders.overdue_days", _("Days overdue after which new orders wait"), "integer", 30, section="orders", position=1, least=0, most=365,
            help=_("For customers with a credit profile whose grade says nothing else.")),
    Setting("orders.warranty_months", _("Usual warranty (months)"), "integer", 12, section="orders", position=2, least=0, most=240, scope="unit",
            help=_("From the acceptance, where neither the order nor its contract says anything else.")),
)  # fmt: skip
