"""What is shown of reports."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import Resource, Section, Sort, View, register

from .models import Report

READERS = "read:addressed+of_role+own+shared,manage:own"
EVERYBODY = ("branch_manager", "sales_manager", "sales", "marketing", "service", "finance", "warehouse", "auditor")


@register
class ReportResource(Resource):
    """Questions that somebody kept."""

    model = Report
    path = "reports"
    icon = "report"
    columns = ("name", "answers", "audience", "audience_unit", "audience_role", "owner", "updated_at")
    more = ("question", "unit", "branch", "created_at")
    sections = (Section(_("Report"), ("name", "answers", "owner")), Section(_("Shared"), ("audience", "audience_unit", "audience_role")))
    form = ("name", "answers", "audience", "audience_unit", "audience_role")
    managed = ("owner", "unit")
    filters = ("audience", "owner", "created_at")
    sorts = (Sort("created_at", "created_at", desc=True),)
    search = {"name": "text"}
    views = (View("all", _("All"), {}), View("mine", pgettext_lazy("owned", "Mine"), {"f.owner": "me"}))
    grants = {"admin": "manage", "executive": "manage", **dict.fromkeys(EVERYBODY, READERS)}
