"""The entries of the side menu that lead to the analyses."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Menu, place

place(
    Menu("analyses", _("Analyses"), "/analyses/", "chart-bar", position=300),
    Menu("cross", _("Cross analysis"), "/analyses/cross", "table", group="analyses", position=301),
    Menu("report", _("My reports"), "/reports/", "report", group="analyses", needs="report.view", position=302),
)
