"""What is shown of processes and of what runs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import Resource, Section, Sort, View, register

from .models import Process, ProcessInstance

EVERYBODY = ("executive", "branch_manager", "sales_manager", "sales", "marketing", "service", "finance", "warehouse")


@register
class ProcessResource(Resource):
    """The flows the company designs."""

    model = Process
    path = "processes"
    icon = "route"
    columns = ("name", "is_on", "resource", "gate", "created_at")
    more = ("key", "name_en")
    sections = (Section(_("Process"), ("name", "name_en", "key", "resource", "gate", "is_on")),)
    filters = ("is_on", "resource")
    sorts = (Sort("created_at", "created_at", desc=True),)
    search = {"name": "text"}
    managed = ("name", "name_en")
    grants = {"admin": "work:all", "auditor": "read:all", **dict.fromkeys(EVERYBODY, "none")}


@register
class ProcessInstanceResource(Resource):
    """Requests on their way. Who asked for one, is asked or was copied reads it."""

    model = ProcessInstance
    path = "approvals"
    icon = "checkbox"
    columns = ("name", "process", "requester", "state", "outcome", "created_at", "ended_at")
    more = ("unit",)
    sections = (Section(pgettext_lazy("process", "Request"), ("process", "requester", "created_at", "state", "outcome", "ended_at")),)
    filters = ("process", "requester", "state", "outcome", "created_at", "ended_at", "unit")
    sorts = (Sort("created_at", "created_at", desc=True),)
    search = {"name": "text"}
    views = (View("running", _("Running"), {"f.state": "in:running"}), View("mine", _("Requested by me"), {"f.requester": "me"}),
             View("all", _("All"), {}))  # fmt: skip
    managed = ("owner", "unit")
    facts = ("requester", "created_at", "ended_at")
    grants = {"admin": "work:all", "auditor": "read:all", **dict.fromkeys(EVERYBODY, "read:own+shared")}
