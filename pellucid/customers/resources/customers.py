"""What the program shows of customers, contacts and follow-ups."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import (
    Board,
    Calendar,
    Ladder,
    Related,
    Resource,
    Section,
    Sort,
    Sum,
    View,
    place,
    register,
)

from ..models import Contact, Customer, CustomerClass, FollowUp

GRANTS = {
    "admin": "manage",
    "executive": "manage",
    "branch_manager": "manage",
    "sales_manager": "manage",
    "sales": "work",
    "marketing": "work",
    "service": "work",
    "finance": "read",
    "warehouse": "read",
    "auditor": "read",
}


@register
class CustomerResource(Resource):
    """The shared customer record."""

    model = Customer
    path = "customers"
    icon = "building"
    columns = ("name", "customer_class", "level", "industry", "next_step", "last_contact_at", "owner", "tags")
    more = (
        "region",
        "plan_due_at",
        "number",
        "short_name",
        "kind",
        "size",
        "business",
        "origin",
        "unit",
        "phone",
        "website",
        "address",
        "parent",
        "employees",
        "revenue",
        "completeness",
        "account_contact",
        "needs",
        "is_partner",
        "pool",
        "kept_until",
        "created_at",
        "updated_at",
    )
    sections = (
        Section(
            _("Basics"),
            (
                "owner",
                "account_contact",
                "unit",
                "phone",
                "address",
                "region",
                "website",
                "size",
                "employees",
                "revenue",
                "annual_demand",
                "founded",
            ),
        ),
        Section(
            _("Classes and origin"), ("kind", "level", "origin", "industry", "business", "is_customer", "is_partner", "parent")
        ),
        Section(_("Needs"), ("needs", "needs_note", "tags")),
        Section(_("Registration"), ("name", "short_name", "pinyin", "initials", "credit_code", "number", "note")),
    )
    form = ("name", "short_name", "level", "industry", "region", "origin", "phone", "owner")
    filters = (
        "customer_class",
        "level",
        "plan_due_at",
        "industry",
        "business",
        "region",
        "origin",
        "size",
        "kind",
        "owner",
        "account_contact",
        "unit",
        "tags",
        "needs",
        "next_step_at",
        "last_contact_at",
        "completeness",
        "created_at",
        "is_partner",
        "parent",
        "pool",
    )
    sorts = (
        Sort("next_step", "next_step_key"),
        Sort("last_contact", "last_contact_key", desc=True, shows="last_contact_at"),
        Sort("name", "pinyin"),
        Sort("created_at", "created_at", desc=True),
        Sort("completeness", "completeness", desc=True),
    )
    search = {"name": "text", "short_name": "text", "phone": "phone", "number": "code", "credit_code": "code"}
    views = (
        View("mine", pgettext_lazy("owned", "Mine"), {"f.owner": "me"}),
        View("all", _("All"), {}),
        View("overdue", _("Next step overdue"), {"f.next_step_at": "within:overdue"}),
        View("quiet", _("30 days without contact"), {"f1.last_contact_at": "within:over_30_days_ago", "f01.last_contact_at": "empty",
                                                     "f.created_at": "within:over_30_days_ago"}),
        View("late", _("No plan in time"), {"f.plan_due_at": "within:overdue", "f.next_step_at": "empty"}),
    )
    facts = ("next_step", "last_contact_at", "level", "completeness")
    managed = (
        "customer_class",
        "class_since",
        "next_step",
        "next_step_at",
        "last_contact_at",
        "completeness",
        "number",
        "owner",
        "unit",
        "pool",
        "kept_until",
    )
    importable = (
        "name",
        "short_name",
        "kind",
        "credit_code",
        "parent",
        "industry",
        "business",
        "size",
        "region",
        "address",
        "website",
        "phone",
        "employees",
        "revenue",
        "annual_demand",
        "founded",
        "level",
        "origin",
        "needs",
        "tags",
        "note",
    )
    match = ("credit_code", "name")
    calendar = Calendar(start="next_step_at", text="next_step", mover="customer_next_step")
    board = Board("customer_class", above=("industry", "region"), card=("level", "last_contact_at"), foot="next_step",
                  sums=(Sum("revenue"),))  # fmt: skip
    ladder = Ladder(
        "customer_class",
        score="completeness",
        points={"short_name": 5, "phone": 15, "address": 10, "region": 15, "industry": 15, "size": 10, "level": 10, "origin": 10, "website": 5,
                "credit_code": 5},
        demanded={CustomerClass.POTENTIAL: ("industry", "origin"), CustomerClass.OPPORTUNITY: ("region", "level"),
                  CustomerClass.ORDERING: ("address", "phone")},
    )  # fmt: skip
    grants = GRANTS
    number = "KH"


@register
class ContactResource(Resource):
    """The people at customers, read through the customer."""

    model = Contact
    path = "contacts"
    icon = "address-book"
    columns = ("name", "customer", "position", "role", "mobile", "email", "is_primary", "last_contact_at")
    more = ("department", "phone", "wechat", "birthday", "consent", "consent_on", "created_at")
    sections = (
        Section(_("Person"), ("name", "gender", "customer", "department", "position", "role", "is_primary")),
        Section(_("How to reach"), ("mobile", "phone", "email", "wechat")),
        Section(_("Consent"), ("consent", "consent_source", "consent_on")),
        Section(_("More"), ("birthday", "note")),
    )
    form = ("customer", "name", "position", "role", "mobile", "email", "is_primary")
    filters = ("customer", "role", "is_primary", "consent", "birthday", "last_contact_at", "created_at")
    sorts = (Sort("created_at", "created_at", desc=True), Sort("name", "pinyin"))
    search = {"name": "text", "mobile": "phone", "phone": "phone", "email": "text"}
    managed = ("last_contact_at",)
    importable = (
        "customer",
        "name",
        "gender",
        "department",
        "position",
        "role",
        "is_primary",
        "mobile",
        "phone",
        "email",
        "wechat",
        "birthday",
        "consent",
        "consent_source",
        "consent_on",
        "note",
    )
    match = ("mobile", "email")
    card = {"fn": "name", "org": "customer", "org.unit": "department", "title": "position", "tel.cell": "mobile", "tel.work": "phone",
            "email": "email", "x-wechat": "wechat", "bday": "birthday"}  # fmt: skip
    grants = GRANTS


@register
class FollowUpResource(Resource):
    """What was said with customers, read through the customer."""

    model = FollowUp
    path = "follow-ups"
    icon = "message"
    title = "text"
    columns = ("text", "customer", "kind", "contact", "at", "result", "author")
    more = ("met_decision_maker", "minutes", "author_unit", "on_behalf_of", "next_step", "next_step_at", "place", "created_at")
    sections = (
        Section(
            _("Follow-up"),
            ("customer", "contact", "kind", "at", "text", "result", "met_decision_maker", "minutes", "author", "on_behalf_of"),
        ),
        Section(_("Next step"), ("next_step", "next_step_at")),
        Section(_("Place"), ("place", "latitude", "longitude")),
    )
    form = ("customer", "kind", "contact", "at", "text", "result", "met_decision_maker", "minutes", "next_step", "next_step_at")
    filters = ("kind", "customer", "result", "met_decision_maker", "author", "author_unit", "on_behalf_of", "at")
    sorts = (Sort("at", "at", desc=True),)
    search = {"text": "text"}
    managed = ("author", "author_unit", "on_behalf_of")
    importable = (
        "customer",
        "contact",
        "kind",
        "at",
        "text",
        "result",
        "met_decision_maker",
        "minutes",
        "next_step",
        "next_step_at",
        "place",
    )
    calendar = Calendar(start="at", text="customer", note="text", person="author", told=True)
    grants = GRANTS


place(
    Related("customer", "contact", "customer", ("name", "position", "role", "mobile", "email"), position=10),
    Related("customer", "customer", "parent", ("name", "customer_class", "owner"), position=40, label=_("Subsidiaries")),
)
