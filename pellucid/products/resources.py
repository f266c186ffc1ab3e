"""What the program shows of products."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Related, Resource, Section, Sort, View, place, register

from .models import Price, PriceList, Product

GRANTS = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "read:all", "sales_manager": "read:all", "sales": "read:all",
          "marketing": "manage:all", "service": "read:all", "finance": "read:all", "warehouse": "read:all", "auditor": "read:all"}  # fmt: skip


@register
class ProductResource(Resource):
    """What the company sells; one list for the whole group."""

    model = Product
    path = "products"
    icon = "package"
    columns = ("name", "number", "product_class", "specification", "uom", "list_price", "active")
    more = ("name_en", "cost", "created_at", "updated_at")
    sections = (
        Section(_("Basics"), ("name", "name_en", "number", "product_class", "specification", "uom", "active")),
        Section(_("Attributes"), (), rest=True),
        Section(_("Prices"), ("list_price", "cost")),
        Section(_("More"), ("note",)),
    )
    form = ("name", "name_en", "number", "product_class", "specification", "uom", "list_price", "cost", "active")
    filters = ("product_class", "uom", "list_price", "active", "created_at")
    sorts = (Sort("name", "pinyin"), Sort("created_at", "created_at", desc=True))
    search = {"name": "text", "number": "code", "specification": "text"}
    views = (View("active", _("On sale"), {"f.active": "is:1"}), View("all", _("All"), {}))
    facts = ("list_price", "product_class")
    importable = ("name", "name_en", "number", "product_class", "specification", "uom", "list_price", "cost", "active", "note")
    match = ("number", "name")
    grants = GRANTS


@register
class PriceListResource(Resource):
    """Price lists; everybody who sells may read them."""

    model = PriceList
    path = "price-lists"
    icon = "tags"
    columns = ("name", "level", "currency", "valid_from", "valid_until", "position", "active")
    more = ("note", "created_at", "updated_at")
    sections = (Section(_("Price list"), ("name", "level", "currency", "valid_from", "valid_until", "position", "active", "note")),)
    form = ("name", "level", "currency", "valid_from", "valid_until", "active", "position", "note")
    filters = ("level", "currency", "valid_from", "valid_until", "active")
    sorts = (Sort("name", "name"), Sort("created_at", "created_at", desc=True))
    search = {"name": "text"}
    views = (View("active", _("In use"), {"f.active": "is:1"}), View("all", _("All"), {}))
    facts = ("level", "currency", "valid_until")
    importable = ("name", "level", "currency", "valid_from", "valid_until", "position", "active", "note")
    match = ("name",)
    grants = GRANTS


@register
class PriceResource(Resource):
    """Prices, read through their list."""

    model = Price
    path = "prices"
    icon = "tag"
    title = "product"
    columns = ("product", "price_list", "from_quantity", "unit_price", "note")
    more = ("created_at", "updated_at")
    sections = (Section(_("Price"), ("price_list", "product", "from_quantity", "unit_price", "note")),)
    form = ("price_list", "product", "from_quantity", "unit_price", "note")
    filters = ("price_list", "product", "from_quantity", "unit_price")
    sorts = (Sort("created_at", "created_at", desc=True),)
    importable = ("price_list", "product", "from_quantity", "unit_price", "note")
    match = ("product",)
    grants = GRANTS


place(
    Related("pricelist", "price", "price_list", ("product", "from_quantity", "unit_price", "note"), position=10, first=True),
    Related("product", "price", "product", ("price_list", "from_quantity", "unit_price", "note"), position=10),
)
