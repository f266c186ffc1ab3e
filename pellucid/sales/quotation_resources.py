"""What the program shows of quotations and their lines."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import Board, Calendar, Related, Resource, Section, Sort, Sum, View, place, register

from .models import Letterhead, Quotation, QuotationLine
from .resources import RULES

GRANTS = {"admin": "manage", "executive": "manage", "branch_manager": "manage", "sales_manager": "manage", "sales": "work", "marketing": "none",
          "service": "read", "finance": "read", "warehouse": "none", "auditor": "read"}  # fmt: skip
COSTS = {"quotation": ("cost", "margin"), "quotationline": ("unit_cost", "cost", "margin"), "product": ("cost",)}  # hidden from sellers at first


@register
class QuotationResource(Resource):
    """Quotations, version by version."""

    model = Quotation
    path = "quotations"
    icon = "file-invoice"
    columns = ("name", "number", "edition", "customer", "state", "amount", "valid_until", "owner")
    more = ("opportunity", "contact", "latest", "sent_on", "decided_on", "decline_reason", "currency", "rate", "listed", "net", "tax", "amount_base",
            "cost", "margin", "below_floor", "payment", "delivery", "warranty", "unit", "branch", "created_at", "updated_at")  # fmt: skip
    sections = (
        Section(_("Quotation"), ("customer", "opportunity", "contact", "name", "valid_until", "sent_on", "decided_on", "decline_reason")),
        Section(_("Terms"), ("payment", "delivery", "warranty", "terms")),
        Section(_("Sums"), ("listed", "net", "tax", "amount", "cost", "margin", "below_floor")),
        Section(_("Whose"), ("owner", "unit")),
        Section(_("More"), ("number", "edition", "latest", "state", "currency", "rate", "amount_base", "note")),
    )
    form = ("customer", "opportunity", "contact", "name", "valid_until", "payment", "delivery", "warranty", "terms", "owner")
    filters = ("state", "customer", "opportunity", "amount", "margin", "below_floor", "valid_until", "sent_on", "decided_on", "decline_reason",
               "latest", "edition", "owner", "unit", "branch", "created_at")  # fmt: skip
    sorts = (Sort("created_at", "created_at", desc=True), Sort("amount", "amount", desc=True))
    search = {"name": "text", "number": "code", "customer": "link"}
    sums = (Sum("amount_base", _("Amount")),)
    views = (
        View("open", _("In progress"), {"f.state": "in:draft,sent", "f.latest": "is:1"}),
        View("mine", pgettext_lazy("owned", "Mine"), {"f.owner": "me", "f.latest": "is:1"}),
        View("sent", _("Waiting for an answer"), {"f.state": "in:sent"}),
        View("ending", _("Expiring within 7 days"), {"f.state": "in:sent", "f.valid_until": "within:next_7_days"}),
        View("accepted", _("Accepted"), {"f.state": "in:accepted"}),
        View("all", _("All versions"), {}),
    )
    party = "customer"
    facts = ("amount", "valid_until", "margin")
    managed = ("number", "edition", "latest", "state", "listed", "net", "tax", "amount", "amount_base", "cost", "margin", "below_floor", "sent_on",
               "decided_on", "decline_reason", "owner", "unit")  # fmt: skip
    calendar = Calendar(start="valid_until", text="name", told=True)
    board = Board("state", above=("customer",), card=("amount", "number"), foot="valid_until", folded=("replaced", "withdrawn", "expired"),
                  sums=(Sum("amount_base", _("Amount")),))  # fmt: skip
    grants = GRANTS
    number = "BJ"


@register
class QuotationLineResource(Resource):
    """What is offered, read through the quotation."""

    model = QuotationLine
    path = "quotation-lines"
    icon = "list-details"
    columns = ("name", "quotation", "product", "quantity", "uom", "unit_price", "discount", "tax_rate", "net", "amount")
    more = ("position", "tax", "unit_cost", "cost", "margin", "note", "created_at")
    sections = (
        Section(_("Quotation line"), ("quotation", "product", "name", "quantity", "uom", "unit_price", "discount", "tax_rate", "net", "tax",
                                      "amount")),
        Section(_("Margin"), ("unit_cost", "cost", "margin")),
        Section(_("More"), ("position", "note")),
    )  # fmt: skip
    form = ("quotation", "product", "name", "quantity", "unit_price", "discount", "tax_rate", "note")
    filters = ("quotation", "product", "quantity", "discount", "amount")
    sorts = (Sort("created_at", "created_at", desc=True),)
    managed = ("net", "tax", "amount", "cost", "margin")
    importable = ("quotation", "position", "product", "name", "quantity", "uom", "unit_price", "discount", "tax_rate", "unit_cost", "note")
    grants = GRANTS


@register
class LetterheadResource(Resource):
    """Who we are on papers for customers."""

    model = Letterhead
    path = "letterheads"
    icon = "building"
    columns = ("name", "unit", "tax_number", "bank", "account")
    more = ("name_en", "address", "address_en", "phone", "website", "bank_en", "logo_name", "created_at", "updated_at")
    sections = (
        Section(_("Letterhead"), ("unit", "name", "name_en", "address", "address_en", "phone", "website", "logo")),
        Section(_("Tax and bank"), ("tax_number", "bank", "bank_en", "account")),
    )
    form = ("unit", "name", "name_en", "address", "address_en", "phone", "website", "logo", "tax_number", "bank", "bank_en", "account")
    filters = ("unit",)
    sorts = (Sort("created_at", "created_at", desc=True),)
    grants = RULES


place(
    Related("customer", "quotation", "customer", ("name", "number", "edition", "state", "amount", "valid_until", "owner"), position=15),
    Related("opportunity", "quotation", "opportunity", ("name", "number", "edition", "state", "amount", "valid_until"), position=15,
            made_by="opportunity_quote"),
    Related("quotation", "quotationline", "quotation", ("name", "quantity", "uom", "unit_price", "discount", "tax_rate", "net", "amount"),
            position=10, paper=True),
)
