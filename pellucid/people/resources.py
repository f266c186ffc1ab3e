"""What the program shows of employees."""
from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Resource, Section, Sort, View, register

from .models import Staff


@register
class StaffResource(Resource):
    """The directory of colleagues."""

    model = Staff
    path = "staff"
    icon = "users"
    columns = ("name", "position", "unit", "manager", "phone", "email", "entry_on")
    more = ("number", "leave_on", "capacity", "created_at")
    sections = (Section(_("Employee"), ("name", "number", "position", "unit", "manager")),
                Section(_("Contact"), ("phone", "email")),
                Section(_("Employment"), ("entry_on", "leave_on", "capacity")))
    form = ("name", "position", "unit", "manager", "phone", "email")
    filters = ("unit", "position", "manager", "leave_on")
    sorts = (Sort("name", "pinyin", shows="name"), Sort("created_at", "created_at", desc=True))
    search = {"name": "text", "phone": "phone", "email": "text", "number": "code"}
    views = (View("here", _("Working here"), {"f.leave_on": "empty"}), View("left", _("Left"), {"f.leave_on": "filled"}))
    managed = ("user", "leave_on")
    importable = ("name", "number", "unit", "position", "manager", "phone", "email", "entry_on", "capacity")
    match = ("number", "name")
    card = {"fn": "name", "org": "unit", "title": "position", "tel.cell": "phone", "email": "email"}
    grants = {"admin": "manage:all", "executive": "read:all", "branch_manager": "read:all", "sales_manager": "read:all", "sales": "read:all",
              "marketing": "read:all", "service": "read:all", "finance": "read:all", "warehouse": "read:all", "auditor": "read:all"}
