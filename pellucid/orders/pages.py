"""What the pages of orders show besides their fields, and where contracts, orders and money stand in the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import Menu, Page, Panel, place

from . import execution, line_pages, money_pages, warning_pages

place(
    Panel("order", "order.head", _("At a glance"), "orders/head.html", execution.head, place="head"),
    Panel("order", "order.execution", pgettext_lazy("order", "Execution"), "orders/execution.html", execution.execution, place="tab",
          first=lambda order: not line_pages.drafted(order), position=5),
    Panel("customer", "orders.figures", _("Orders and payments"), "", money_pages.figures, place="strip", needs="order", position=10),
    Panel("customer", "orders.owed", _("Orders and payments"), "orders/rows.html", money_pages.owed, needs="order", position=35, lazy=True),
    Panel("customer", "orders.warning", _("May stop paying"), "orders/rows.html", warning_pages.beside, needs="paymentwarning", position=34,
          lazy=True),
    Page("orders/warnings", _("Payment warnings"), "orders/warnings.html", warning_pages.page, needs="paymentwarning.view",
         icon="alert-triangle"),
    Panel("receipt", "orders.allocate", _("To be allocated"), "orders/rows.html", money_pages.to_allocate, needs="receipt", position=10),
    Menu("orders", _("Orders and payments"), "", "package", position=90),
    Menu("contract", _("Contracts"), "/contracts/", "file-text", group="orders", needs="contract.view", position=91),
    Menu("order", _("Orders"), "/orders/", "package", group="orders", needs="order.view", position=92),
    Menu("instalment", _("Receivables"), "/instalments/", "calendar-due", group="orders", needs="instalment.view", position=93),
    Menu("creditprofile", _("Credit"), "/credit-profiles/", "shield-check", group="orders", needs="creditprofile.view", position=95),
    Menu("paymentwarning", _("Payment warnings"), "/p/orders/warnings", "alert-triangle", group="orders", needs="paymentwarning.view", position=96),
    Menu("receipt", _("Receipts"), "/receipts/", "cash", group="orders", needs="receipt.view", position=94),
    Menu("paymentplan", _("Terms of payment"), "/payment-terms/", "chart-pie", group="settings/rules", needs="paymentplan.edit", position=70),
)
