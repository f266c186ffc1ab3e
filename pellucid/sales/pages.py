"""What this area shows on records, and where it stands in the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import HomeCard, Menu, place

from . import home

place(
    HomeCard("sales.strip", _("Sales figures"), "", home.strip, place="strip", needs="opportunity.edit", position=10),
    HomeCard("sales.attention", _("Sales that need a hand"), "sales/attention.html", home.attention, needs="opportunity.edit", position=20),
    HomeCard("sales.funnel", pgettext_lazy("open deals", "Funnel"), "sales/funnel.html", home.funnel, place="right", needs="opportunity.edit",
             position=10),
    Menu("sales", _("Sales"), "", "target", position=80),
    Menu("opportunity", _("Opportunities"), "/opportunities/", "target", group="sales", needs="opportunity.view", position=81),
    Menu("pipeline", _("Pipelines"), "/pipelines/", "filter", group="settings/rules", needs="pipeline.edit", position=60),
    Menu("stage", _("Stages"), "/stages/", "route", group="settings/rules", needs="stage.edit", position=61),
)
