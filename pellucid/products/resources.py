"""What the program shows of products."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Resource, Section, Sort, View, register

from .models import Product

GRANTS = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "read:all", "sales_manager": "read:all", "sales": "read:all",
          "marketing": "manage:all", "service": "read:all", "finance": "read:all", "warehouse": "read:all", "auditor": "read:all"}  # fmt: skip


@register
class ProductResource(Resource):
    """What the company sells; one list for the whole group."""

    model = Product
    path = "products"
    icon = "package"
    columns = ("name", "number", "product_class", "specification", "uom", "list_price", "active")
    more = ("cost", "attributes", "created_at", "updated_at")
    sections = (
        Section(_("Basics"), ("name", "number", "product_class", "specification", "attributes", "uom", "active")),
        Section(_("Prices"), ("list_price", "cost")),
        Section(_("More"), ("note",)),
    )
    form = ("name", "number", "product_class", "specification", "uom", "list_price", "cost", "active")
    filters = ("product_class", "attributes", "uom", "list_price", "active", "created_at")
    sorts = (Sort("name", "pinyin"), Sort("created_at", "created_at", desc=True))
    search = {"name": "text", "number": "code", "specification": "text"}
    views = (View("active", _("On sale"), {"f.active": "is:1"}), View("all", _("All"), {}))
    facts = ("list_price", "product_class")
    importable = ("name", "number", "product_class", "specification", "attributes", "uom", "list_price", "cost", "active", "note")
    match = ("number", "name")
    grants = GRANTS
