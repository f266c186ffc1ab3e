"""What the program shows of playbooks and findings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Resource, Section, Sort, View, register

from .models import Finding, Playbook
from .resources import RULES


@register
class PlaybookResource(Resource):
    """How sales are best made, by pipeline and unit."""

    model = Playbook
    path = "playbooks"
    icon = "notebook"
    columns = ("name", "pipeline", "unit", "by_rule", "active", "copied_from")
    more = ("note", "plan", "created_at")
    sections = (Section(_("Playbook"), ("name", "pipeline", "unit", "by_rule", "active", "copied_from", "note")),)
    form = ("name", "pipeline", "unit", "by_rule", "active", "note")
    filters = ("pipeline", "unit", "active")
    sorts = (Sort("created_at", "created_at", desc=True),)
    search = {"name": "text"}
    grants = RULES | {"branch_manager": "manage:all", "sales_manager": "manage:all"}


@register
class FindingResource(Resource):
    """What goes with winning, found in closed deals; written by the clock only."""

    model = Finding
    path = "findings"
    icon = "bulb"
    title = "act"
    columns = ("act", "kind", "stage", "days", "with_won", "with_n", "without_won", "without_n", "holds")
    more = ("other", "pipeline", "found_at", "created_at")
    sections = (Section(_("Finding"), ("kind", "pipeline", "stage", "act", "other", "days", "found_at", "holds")),
                Section(_("Counts"), ("with_won", "with_n", "without_won", "without_n")))  # fmt: skip
    filters = ("kind", "pipeline", "stage", "holds")
    sorts = (Sort("created_at", "created_at", desc=True),)
    views = (View("holds", _("Hold"), {"f.holds": "is:1"}), View("all", _("All"), {}))
    managed = ("kind", "pipeline", "stage", "act", "other", "days", "with_won", "with_n", "without_won", "without_n", "found_at", "holds")
    grants = {role: level.replace("manage", "read") for role, level in RULES.items()} | {"admin": "manage:all"}
