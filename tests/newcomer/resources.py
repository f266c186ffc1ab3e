"""What the program shows of cars."""

from __future__ import annotations

from pellucid.kernel.resources.declare import Resource, Section, Sort, View, register

from .models import Vehicle


@register
class VehicleResource(Resource):
    """Cars: list, record, form, filters, search, files, API, rights and history follow."""

    model = Vehicle
    path = "vehicles"
    icon = "truck"
    columns = ("name", "number", "kind", "worth", "owner")
    sections = (Section("Basics", ("name", "number", "kind", "worth", "bought_on", "kilometres", "owner")),)
    form = ("name", "number", "kind", "worth", "bought_on", "kilometres")
    filters = ("kind", "worth", "bought_on", "owner", "unit")
    sorts = (Sort("created_at", "created_at", desc=True),)
    search = {"name": "text", "number": "code"}
    views = (View("all", "All", {}),)
    importable = ("name", "number", "kind", "worth", "bought_on", "kilometres")
    match = ("number",)
    grants = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "manage:branch", "sales_manager": "work:unit_below",
              "sales": "work:own", "auditor": "read:all", "finance": "none", "marketing": "none", "service": "none", "warehouse": "none"}  # fmt: skip
