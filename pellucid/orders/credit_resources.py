"""What the program shows of trust in customers: grades, profiles, and what was decided in spite of the credit check."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Related, Resource, Section, Sort, Sum, View, place, register

from .models import CreditDecision, CreditGrade, CreditProfile
from .resources import RULES, TAKEN

SEEN = {role: "none" if level == "none" else "read" for role, level in TAKEN.items()}


@register
class CreditGradeResource(Resource):
    """What the grades of credit give."""

    model = CreditGrade
    path = "credit-grades"
    icon = "award"
    title = "grade"
    columns = ("grade", "terms", "max_days", "min_prepaid", "max_retained", "order_limit", "overdue_days", "service", "response", "priority")
    more = ("payment", "service_en", "updated_at")
    sections = (
        Section(_("Terms of payment"), ("grade", "terms", "payment", "max_days", "min_prepaid", "max_retained")),
        Section(_("What needs a decision"), ("order_limit", "overdue_days")),
        Section(_("Service"), ("service", "service_en", "response", "priority")),
    )
    form = ("grade", "terms", "payment", "max_days", "min_prepaid", "max_retained", "order_limit", "overdue_days", "service", "service_en",
            "response", "priority")  # fmt: skip
    filters = ("grade", "priority")
    sorts = (Sort("grade", "grade"),)
    views = (View("all", _("All"), {}),)
    facts = ("max_days", "min_prepaid", "response")
    grants = RULES


@register
class CreditProfileResource(Resource):
    """How far customers are trusted, read through the customer."""

    model = CreditProfile
    path = "credit-profiles"
    icon = "shield-check"
    title = "customer"
    columns = ("customer", "grade", "limit", "used", "available", "overdue", "terms", "valid_until", "blocked")
    more = ("collector", "note", "created_at", "updated_at")
    sections = (
        Section(_("Credit"), ("customer", "grade", "limit", "used", "available", "overdue")),
        Section(_("Terms"), ("terms", "valid_until", "blocked", "collector", "note")),
    )
    form = ("customer", "grade", "limit", "terms", "valid_until", "blocked", "collector")
    filters = ("grade", "limit", "used", "available", "overdue", "valid_until", "blocked", "customer", "collector")
    sorts = (Sort("available", "available_key"), Sort("overdue", "overdue", desc=True), Sort("created_at", "created_at", desc=True))
    search = {"customer": "link"}
    sums = (Sum("limit", _("Credit limit")), Sum("used", _("Used")), Sum("overdue", _("Overdue")))
    views = (
        View("all", _("All"), {}),
        View("over", _("Beyond the limit"), {"f.available": "lte:-0.01"}),
        View("overdue", _("Overdue"), {"f.overdue": "gte:0.01"}),
        View("review", _("To be reviewed"), {"f.valid_until": "within:overdue"}),
        View("blocked", _("No new orders"), {"f.blocked": "is:1"}),
    )
    importable = ("customer", "grade", "limit", "terms", "valid_until", "blocked", "note")
    match = ("customer",)
    managed = ("used", "available", "overdue")
    facts = ("limit", "used", "available", "overdue")
    party = "customer"
    grants = TAKEN


@register
class CreditDecisionResource(Resource):
    """Orders let pass in spite of the credit check, read through the order. Written by what decides, never by hand."""

    model = CreditDecision
    path = "credit-decisions"
    icon = "signature"
    title = "way"
    columns = ("way", "order", "customer", "decided_by", "decided_on", "worth", "used", "limit", "overdue", "grade")
    more = ("reason", "created_at")
    sections = (Section(_("Credit decision"), ("order", "customer", "way", "decided_by", "decided_on", "reason", "grade", "worth", "used", "limit",
                                               "overdue")),)  # fmt: skip
    filters = ("way", "order", "customer", "decided_by", "decided_on", "worth", "overdue", "grade")
    sorts = (Sort("created_at", "created_at", desc=True),)
    sums = (Sum("worth", _("Amount")),)
    views = (View("all", _("All"), {}),)
    managed = ("order", "customer", "way", "decided_by", "decided_on", "reason", "grade", "worth", "used", "limit", "overdue")
    grants = SEEN


place(
    Related("customer", "creditprofile", "customer", ("grade", "limit", "used", "available", "overdue", "terms", "valid_until", "blocked"),
            position=19),
    Related("order", "creditdecision", "order", ("way", "decided_by", "decided_on", "worth", "used", "limit", "overdue"), position=45),
)
