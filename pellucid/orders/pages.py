"""Where contracts, orders and money stand in the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Menu, place

place(
    Menu("orders", _("Orders and payments"), "", "package", position=90),
    Menu("contract", _("Contracts"), "/contracts/", "file-text", group="orders", needs="contract.view", position=91),
    Menu("order", _("Orders"), "/orders/", "package", group="orders", needs="order.view", position=92),
    Menu("instalment", _("Receivables"), "/instalments/", "calendar-due", group="orders", needs="instalment.view", position=93),
    Menu("receipt", _("Receipts"), "/receipts/", "cash", group="orders", needs="receipt.view", position=94),
    Menu("paymentplan", _("Terms of payment"), "/payment-terms/", "chart-pie", group="settings/rules", needs="paymentplan.edit", position=70),
)
