"""What the program shows of leads, of the rules that judge and allocate them, and of pools."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import Board, Calendar, Related, Resource, Section, Sort, Sum, View, place, register

from ..models import AllocationRule, CustomerRecall, Lead, LeadFollowUp, LeadRecall, Pool, ScoreRule, WebForm

GRANTS = {
    "admin": "manage",
    "executive": "manage",
    "branch_manager": "manage",
    "sales_manager": "manage",
    "sales": "work",
    "marketing": "manage",
    "service": "work",
    "finance": "none",
    "warehouse": "none",
    "auditor": "read",
}
RULES = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "read:all", "sales_manager": "read:all", "marketing": "read:all",
         "sales": "none", "service": "none", "finance": "none", "warehouse": "none", "auditor": "read:all"}  # fmt: skip


@register
class LeadResource(Resource):
    """Traces of possible customers."""

    model = Lead
    path = "leads"
    icon = "target-arrow"
    columns = ("name", "state", "score", "contact_name", "mobile", "origin", "received_at", "plan_due_at", "next_step", "owner", "needs")
    more = ("number", "channel", "position", "phone", "email", "wechat", "industry", "size", "region", "budget", "customer", "same_as", "pool",
            "unit", "rule", "allocated_because", "assigned_at", "qualified_at", "converted_at", "invalid_reason", "last_contact_at", "told",
            "consent", "kept_until", "tags", "problem", "contact", "judged_by", "web_form", "landing_page", "utm_source", "utm_medium",
            "utm_campaign", "created_at")  # fmt: skip
    sections = (
        Section(_("How to reach"), ("name", "contact_name", "position", "mobile", "phone", "email", "wechat")),
        Section(_("What they need"), ("needs", "needs_note", "budget", "tags")),
        Section(_("Where from"), ("origin", "channel", "received_at", "web_form", "landing_page", "utm_source", "utm_medium", "utm_campaign",
                                 "consent", "consent_source", "consent_on")),
        Section(_("Company"), ("industry", "size", "region", "address", "website")),
        Section(_("Allocation"), ("owner", "unit", "pool", "rule", "allocated_because", "assigned_at", "kept_until")),
        Section(_("Judgement"), ("qualified_at", "judged_by", "judged_because", "invalid_reason", "customer", "contact", "same_as", "converted_at",
                                 "problem", "number", "note")),
    )
    form = ("name", "contact_name", "mobile", "origin", "channel", "needs", "needs_note", "region", "industry", "email", "wechat", "owner")
    filters = ("state", "origin", "channel", "needs", "score", "region", "industry", "size", "owner", "unit", "pool", "rule", "customer", "same_as",
               "invalid_reason", "budget", "tags", "received_at", "assigned_at", "plan_due_at", "converted_at", "judged_by",
               "problem", "web_form", "utm_campaign",
               "last_contact_at", "next_step_at", "told", "created_at")  # fmt: skip
    sorts = (
        Sort("received_at", "received_at", desc=True),
        Sort("plan_due", "plan_by", shows="plan_due_at"),
        Sort("score", "score", desc=True),
        Sort("next_step", "next_step_key"),
        Sort("last_contact", "last_contact_key", desc=True, shows="last_contact_at"),
        Sort("name", "pinyin"),
    )
    search = {"name": "text", "contact_name": "text", "mobile": "phone", "phone": "phone", "number": "code", "email": "text"}
    views = (
        View("open", _("In progress"), {"f.state": "in:new,nurtured,qualified"}),
        View("mine", pgettext_lazy("owned", "Mine"), {"f.owner": "me", "f.state": "in:new,nurtured,qualified"}),
        View("unjudged", _("To be judged"), {"f.state": "in:new"}),
        View("late", _("No plan in time"), {"f.state": "in:new,nurtured,qualified", "f.plan_due_at": "within:overdue", "f.next_step_at": "empty",
                                 "f.last_contact_at": "empty", "f.pool": "empty"}),
        View("unplanned", _("Without a next step"), {"f.state": "in:new,nurtured,qualified", "f.next_step_at": "empty"}),
        View("converted", _("Converted"), {"f.state": "in:converted"}),
        View("problems", _("Data problems"), {"f.problem": "filled"}),
        View("all", _("All"), {}),
    )
    facts = ("score", "plan_due_at", "next_step", "last_contact_at", "origin")
    managed = ("state", "score", "next_step", "next_step_at", "last_contact_at", "number", "owner", "unit", "pool", "rule", "allocated_because",
               "assigned_at", "qualified_at", "judged_by", "judged_because", "converted_at", "invalid_reason", "kept_until", "contact",
               "web_form")  # fmt: skip
    importable = ("name", "contact_name", "position", "mobile", "phone", "email", "wechat", "industry", "size", "region", "address", "website",
                  "origin", "channel", "needs", "needs_note", "budget", "tags", "consent", "consent_source", "consent_on", "received_at",
                  "landing_page", "utm_source", "utm_medium", "utm_campaign", "note")  # fmt: skip
    match = ("number", "mobile", "email", "name")
    calendar = Calendar(start="next_step_at", text="next_step", mover="lead_next_step")
    board = Board("state", above=("contact_name", "origin"), card=("budget", "score", "received_at"), foot="next_step", sums=(Sum("budget"),),
                  folded=(Lead.State.CONVERTED, Lead.State.INVALID))  # fmt: skip
    card = {"fn": "contact_name", "org": "name", "title": "position", "tel.cell": "mobile", "tel.work": "phone", "email": "email",
            "x-wechat": "wechat", "adr": "address", "url": "website", "note": "note"}  # fmt: skip
    grants = GRANTS
    number = "XS"


@register
class LeadFollowUpResource(Resource):
    """What was said with leads, read through the lead."""

    model = LeadFollowUp
    path = "lead-follow-ups"
    icon = "message"
    title = "text"
    columns = ("text", "lead", "kind", "at", "result", "author")
    more = ("minutes", "author_unit", "on_behalf_of", "next_step", "next_step_at", "created_at")
    sections = (
        Section(_("Follow-up"), ("lead", "kind", "at", "text", "result", "minutes", "author", "on_behalf_of")),
        Section(_("Next step"), ("next_step", "next_step_at")),
    )
    form = ("lead", "kind", "at", "text", "result", "minutes", "next_step", "next_step_at")
    filters = ("kind", "lead", "result", "author", "author_unit", "on_behalf_of", "at")
    sorts = (Sort("at", "at", desc=True),)
    managed = ("author", "author_unit", "on_behalf_of")
    importable = ("lead", "kind", "at", "text", "result", "minutes", "next_step", "next_step_at")
    calendar = Calendar(start="at", text="lead", note="text", person="author", told=True)
    grants = GRANTS


@register
class AllocationRuleResource(Resource):
    """By which rules leads are given to people."""

    model = AllocationRule
    path = "allocation-rules"
    icon = "sitemap"
    columns = ("name", "position", "conditions", "way", "person", "unit", "role", "pool", "active")
    sections = (
        Section(_("Rule"), ("name", "position", "active", "conditions")),
        Section(_("Goes to"), ("way", "person", "unit", "role", "pool", "last_user")),
    )
    form = ("name", "position", "conditions", "way", "person", "unit", "role", "pool", "active")
    filters = ("way", "active", "unit", "person", "pool")
    sorts = (Sort("position", "position"), Sort("created_at", "created_at", desc=True))
    grants = RULES


@register
class ScoreRuleResource(Resource):
    """Which leads get points."""

    model = ScoreRule
    path = "score-rules"
    icon = "gauge"
    columns = ("name", "points", "conditions", "position", "active")
    sections = (Section(_("Rule"), ("name", "points", "conditions", "position", "active")),)
    form = ("name", "points", "conditions", "position", "active")
    filters = ("active", "points")
    sorts = (Sort("position", "position"), Sort("created_at", "created_at", desc=True))
    grants = RULES


@register
class WebFormResource(Resource):
    """Forms for strangers, to stand on the company's site."""

    model = WebForm
    path = "web-forms"
    icon = "forms"
    columns = ("name", "title", "asks", "origin", "keeper", "consent_version", "active")
    more = ("title_en", "sites", "created_at")
    sections = (
        Section(_("Words"), ("title", "title_en", "intro", "intro_en", "thanks", "thanks_en")),
        Section(_("What it asks"), ("asks", "musts")),
        Section(_("Consent"), ("consent", "consent_en", "consent_version")),
        Section(_("What becomes of it"), ("name", "origin", "keeper", "sites", "active", "key")),
    )
    form = ("name", "title", "intro", "asks", "musts", "consent", "origin", "keeper", "sites", "active")
    filters = ("active", "origin", "keeper")
    sorts = (Sort("name", "name"), Sort("created_at", "created_at", desc=True))
    grants = RULES | {"marketing": "manage:all"}


@register
class PoolResource(Resource):
    """Where leads and customers wait for somebody."""

    model = Pool
    path = "pools"
    icon = "ripple"
    columns = ("name", "kind", "unit", "keeper", "daily_limit", "held_limit", "cooldown_days", "flows_into", "flow_days", "active")
    sections = (
        Section(_("Pool"), ("name", "kind", "unit", "keeper", "active", "note")),
        Section(_("Limits"), ("daily_limit", "held_limit", "cooldown_days")),
        Section(_("What nobody takes"), ("flows_into", "flow_days")),
    )
    form = ("name", "kind", "unit", "keeper", "daily_limit", "held_limit", "cooldown_days", "active", "flows_into", "flow_days")
    filters = ("kind", "unit", "keeper", "flows_into", "active")
    sorts = (Sort("name", "name"), Sort("created_at", "created_at", desc=True))
    search = {"name": "text"}
    grants = RULES | {"sales": "read:all", "service": "read:all"}


@register
class LeadRecallResource(Resource):
    """Which leads go back into a pool, and when."""

    model = LeadRecall
    path = "lead-recall-rules"
    icon = "clock-pause"
    columns = ("name", "conditions", "quiet_days", "pool", "warn_days", "position", "active")
    sections = (Section(_("Rule"), ("name", "conditions", "quiet_days", "warn_days", "pool", "position", "active")),)
    form = ("name", "conditions", "quiet_days", "pool", "warn_days", "position", "active")
    filters = ("active", "pool")
    sorts = (Sort("position", "position"), Sort("created_at", "created_at", desc=True))
    grants = RULES


@register
class CustomerRecallResource(Resource):
    """Which customers go back into a pool, and when."""

    model = CustomerRecall
    path = "customer-recall-rules"
    icon = "clock-pause"
    columns = ("name", "conditions", "quiet_days", "dealless_months", "pool", "warn_days", "position", "active")
    sections = (
        Section(_("Rule"), ("name", "conditions", "quiet_days", "dealless_months", "warn_days", "pool", "position", "active")),
    )
    form = ("name", "conditions", "quiet_days", "dealless_months", "pool", "warn_days", "position", "active")
    filters = ("active", "pool")
    sorts = (Sort("position", "position"), Sort("created_at", "created_at", desc=True))
    grants = RULES


place(
    Related("customer", "lead", "customer", ("name", "state", "origin", "received_at", "owner"), position=45),
    Related("webform", "lead", "web_form", ("name", "state", "contact_name", "received_at", "owner"), position=10),
)
