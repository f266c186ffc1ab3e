"""What is shown of rules."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Resource, Section, Sort, View, register

from .models import Rule

EVERYBODY = ("executive", "branch_manager", "sales_manager", "sales", "marketing", "service", "finance", "warehouse")


@register
class RuleResource(Resource):
    """What the program does by itself."""

    model = Rule
    path = "rules"
    icon = "robot"
    columns = ("name", "is_on", "trigger", "keeper", "created_at")
    more = ("stopped", "resource")
    sections = (Section(_("Rule"), ("name", "trigger", "is_on", "keeper", "stopped")),)
    filters = ("is_on", "trigger", "keeper", "resource")
    sorts = (Sort("created_at", "created_at", desc=True),)
    search = {"name": "text"}
    views = (View("all", _("All"), {}), View("on", _("Switched on"), {"f.is_on": "is:1"}))
    managed = ("name",)
    facts = ("is_on", "trigger", "keeper")
    grants = {"admin": "manage:all", "auditor": "read:all", **dict.fromkeys(EVERYBODY, "none")}
