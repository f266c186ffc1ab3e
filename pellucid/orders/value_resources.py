"""What the program shows of value models and of what was published by them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Related, Resource, Section, Sort, View, place, register

from .models import CustomerValue, ValueIndicator, ValueModel

RULES = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "read:all", "sales_manager": "read:all", "sales": "read:all",
         "marketing": "manage:all", "service": "read:all", "finance": "manage:all", "warehouse": "none", "auditor": "read:all"}  # fmt: skip
READ = {"admin": "read", "executive": "read", "branch_manager": "read", "sales_manager": "read", "sales": "read", "marketing": "read",
        "service": "read", "finance": "read", "warehouse": "none", "auditor": "read"}  # fmt: skip


@register
class ValueModelResource(Resource):
    """Models of what customers are worth and how far they are trusted."""

    model = ValueModel
    path = "value-models"
    icon = "trophy"
    columns = ("name", "purpose", "a_from", "b_from", "c_from", "leading", "edition", "published_on")
    more = ("note", "created_at", "updated_at")
    sections = (Section(_("Value model"), ("name", "purpose", "a_from", "b_from", "c_from", "leading", "edition", "published_on", "note")),)
    form = ("name", "purpose", "a_from", "b_from", "c_from", "leading")
    filters = ("purpose", "published_on")
    sorts = (Sort("name", "name"),)
    search = {"name": "text"}
    views = (View("all", _("All"), {}),)
    facts = ("purpose", "edition", "published_on")
    managed = ("edition", "published_on")
    grants = RULES


@register
class ValueIndicatorResource(Resource):
    """Their indicators, read through them."""

    model = ValueIndicator
    path = "value-indicators"
    icon = "chart-bar"
    title = "measure"
    columns = ("measure", "model", "months", "weight", "rule", "points", "peers", "low_is_good")
    more = ("gate", "cap")
    sections = (Section(_("Indicator"), ("model", "measure", "months", "weight", "rule", "points", "peers", "low_is_good", "gate", "cap")),)
    form = ("model", "measure", "months", "weight", "rule", "points", "peers", "low_is_good", "gate", "cap")
    filters = ("model", "rule")
    sorts = (Sort("created_at", "created_at", desc=True),)
    grants = RULES


@register
class CustomerValueResource(Resource):
    """What was published, read through the customer."""

    model = CustomerValue
    path = "customer-values"
    icon = "trophy"
    title = "customer"
    columns = ("customer", "model", "score", "grade", "rank", "asof", "edition")
    more = ("created_at",)
    sections = (Section(_("Customer value"), ("customer", "model", "score", "grade", "rank", "asof", "edition")),)
    filters = ("model", "grade", "score", "rank", "customer")
    sorts = (Sort("created_at", "created_at", desc=True),)
    views = (View("all", _("All"), {}), View("best", _("Grade A"), {"f.grade": "in:A"}))
    managed = ("customer", "model", "score", "grade", "rank", "asof", "edition")
    grants = READ


place(Related("valuemodel", "valueindicator", "model", ("measure", "months", "weight", "rule", "points", "low_is_good"), position=10))
