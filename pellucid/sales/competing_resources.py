"""What the program shows of competitors, their products and prices, and of what they do in opportunities."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Related, Resource, Section, Sort, View, place, register

from .models import Competitor, CompetitorPrice, CompetitorProduct, CompetitorQuote, OpportunityCompetitor
from .resources import GRANTS

# what is known of competitors belongs to everybody, and everybody who sells adds to it
KNOWN = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "manage:all", "sales_manager": "manage:all", "sales": "work:all",
         "marketing": "manage:all", "service": "work:all", "finance": "read:all", "warehouse": "none", "auditor": "read:all"}  # fmt: skip


@register
class CompetitorResource(Resource):
    """Who else customers may buy from; one list for the whole group."""

    model = Competitor
    path = "competitors"
    icon = "swords"
    columns = ("name", "threat", "lines", "region", "employees", "keeper", "updated_at")
    more = ("short_name", "website", "founded", "revenue", "active", "created_at")
    sections = (
        Section(_("Profile"), ("short_name", "threat", "lines", "region", "website", "founded", "employees", "revenue", "active", "keeper",
                               "profile")),
        Section(_("Strong and weak"), ("strengths", "weaknesses")),
        Section(_("Strategy"), ("strategy", "answer")),
    )
    form = ("name", "short_name", "threat", "lines", "strengths", "weaknesses", "strategy", "answer", "keeper")
    filters = ("threat", "lines", "region", "employees", "keeper", "active", "created_at")
    sorts = (Sort("name", "name"), Sort("created_at", "created_at", desc=True))
    search = {"name": "text", "short_name": "text"}
    views = (View("active", _("In the market"), {"f.active": "is:1"}), View("dangerous", _("Dangerous"), {"f.active": "is:1", "f.threat": "in:high"}),
             View("all", _("All"), {}))  # fmt: skip
    importable = ("name", "short_name", "threat", "lines", "region", "website", "founded", "employees", "revenue", "profile", "strengths",
                  "weaknesses", "strategy", "answer", "active")  # fmt: skip
    match = ("name",)
    grants = KNOWN


@register
class CompetitorProductResource(Resource):
    """What competitors sell."""

    model = CompetitorProduct
    path = "competitor-products"
    icon = "package"
    columns = ("name", "competitor", "product_class", "against", "price", "price_on", "active")
    more = ("better", "worse", "created_at")
    sections = (Section(_("Competing product"), ("competitor", "name", "product_class", "against", "price", "price_on", "active")),
                Section(_("Compared with ours"), ("better", "worse")))  # fmt: skip
    form = ("competitor", "name", "product_class", "against", "better", "worse", "active")
    filters = ("competitor", "product_class", "against", "price", "active")
    sorts = (Sort("name", "name"), Sort("created_at", "created_at", desc=True))
    search = {"name": "text"}
    facts = ("price", "price_on")
    importable = ("competitor", "name", "product_class", "against", "better", "worse", "active")
    grants = KNOWN


@register
class CompetitorPriceResource(Resource):
    """What competing products cost, along time."""

    model = CompetitorPrice
    path = "competitor-prices"
    icon = "tag"
    title = "price"
    columns = ("price", "product", "competitor", "kind", "valid_from", "valid_until", "source", "note")
    more = ("created_at", "created_by")
    sections = (Section(_("Price"), ("product", "competitor", "kind", "price", "valid_from", "valid_until", "source", "note")),)
    form = ("product", "kind", "price", "valid_from", "valid_until", "source", "note")
    filters = ("competitor", "product", "kind", "price", "valid_from", "source")
    sorts = (Sort("valid_from", "valid_from", desc=True), Sort("created_at", "created_at", desc=True))
    importable = ("product", "kind", "price", "valid_from", "valid_until", "source", "note")
    grants = KNOWN


@register
class OpportunityCompetitorResource(Resource):
    """Who takes part in opportunities, read through the opportunity."""

    model = OpportunityCompetitor
    path = "opportunity-competitors"
    icon = "swords"
    title = "competitor"
    columns = ("competitor", "opportunity", "standing", "product", "quote", "quote_on", "strategy", "answer")
    more = ("created_at", "updated_at")
    sections = (Section(_("Competitor in the deal"), ("opportunity", "competitor", "product", "standing", "quote", "quote_on")),
                Section(_("Strategy"), ("strategy", "answer")))  # fmt: skip
    form = ("opportunity", "competitor", "product", "standing", "strategy", "answer")
    filters = ("opportunity", "competitor", "product", "standing", "quote", "quote_on")
    sorts = (Sort("created_at", "created_at", desc=True),)
    importable = ("opportunity", "competitor", "product", "standing", "strategy", "answer")
    grants = GRANTS


@register
class CompetitorQuoteResource(Resource):
    """What competitors asked for in opportunities, read through the opportunity."""

    model = CompetitorQuote
    path = "competitor-quotes"
    icon = "receipt"
    title = "amount"
    columns = ("amount", "competitor", "opportunity", "product", "unit_price", "quoted_on", "source", "note")
    more = ("amount_base", "created_at", "created_by")
    sections = (Section(_("Quote"), ("opportunity", "competitor", "product", "amount", "unit_price", "quoted_on", "source", "note")),)
    form = ("opportunity", "competitor", "amount", "quoted_on", "source", "product", "unit_price", "note")
    filters = ("opportunity", "competitor", "product", "amount", "quoted_on", "source")
    sorts = (Sort("quoted_on", "quoted_on", desc=True), Sort("created_at", "created_at", desc=True))
    importable = ("opportunity", "competitor", "product", "amount", "unit_price", "quoted_on", "source", "note")
    grants = GRANTS


place(
    Related("product", "competitorproduct", "against", ("name", "competitor", "price", "price_on", "better", "worse"), position=30),
    Related("opportunity", "competitorquote", "opportunity", ("amount", "competitor", "product", "quoted_on", "source", "note"), position=40,
            label=_("Their quotes")),
    Related("competitor", "competitorproduct", "competitor", ("name", "product_class", "against", "price", "price_on"), position=20),
    Related("competitor", "competitorprice", "competitor", ("price", "product", "kind", "valid_from", "valid_until", "source"), position=30),
    Related("competitor", "opportunitycompetitor", "competitor", ("competitor", "opportunity", "standing", "quote", "quote_on", "product"),
            position=10, label=_("Deals")),
    Related("competitorproduct", "competitorprice", "product", ("price", "kind", "valid_from", "valid_until", "source", "note"), position=10),
)
