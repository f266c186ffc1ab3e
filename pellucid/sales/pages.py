"""What this area shows on records, and where it stands in the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Menu, place

place(
    Menu("opportunity", _("Opportunities"), "/opportunities/", "target", needs="opportunity.view", position=80),
    Menu("pipeline", _("Pipelines"), "/pipelines/", "filter", group="settings/rules", needs="pipeline.edit", position=60),
    Menu("stage", _("Stages"), "/stages/", "route", group="settings/rules", needs="stage.edit", position=61),
)
