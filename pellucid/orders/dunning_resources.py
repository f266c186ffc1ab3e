"""What the program shows of asking for overdue money."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import Related, Resource, Section, Sort, Sum, View, place, register

from .models import DunningCase, DunningLevel, DunningStep, PaymentPromise

WORK = {"admin": "manage", "executive": "manage", "branch_manager": "manage", "sales_manager": "manage", "sales": "work", "marketing": "none",
        "service": "none", "finance": "manage", "warehouse": "none", "auditor": "read"}  # fmt: skip
READ = {role: "none" if level == "none" else "read" for role, level in WORK.items()}
RULES = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "read:all", "sales_manager": "read:all", "sales": "read:all",
         "marketing": "none", "service": "none", "finance": "manage:all", "warehouse": "none", "auditor": "read:all"}  # fmt: skip


@register
class DunningLevelResource(Resource):
    """Levels of dunning."""

    model = DunningLevel
    path = "dunning-levels"
    icon = "stairs-up"
    columns = ("name", "level", "days", "wait", "within", "tone", "channel", "told", "active")
    more = ("name_en",)
    sections = (
        Section(_("Dunning level"), ("level", "name", "name_en", "days", "wait", "within", "tone", "channel", "told", "active")),
        Section(_("Letter"), ("text", "text_en")),
    )
    form = ("level", "name", "name_en", "days", "wait", "within", "tone", "channel", "told", "text", "text_en", "active")
    filters = ("active", "tone", "channel")
    sorts = (Sort("created_at", "created_at", desc=True),)
    grants = RULES


@register
class DunningCaseResource(Resource):
    """Cases of dunning, read through the customer. They begin and climb by rule."""

    model = DunningCase
    path = "dunning-cases"
    icon = "bell"
    columns = ("name", "level", "state", "overdue", "since", "contacted_on", "broken", "collector")
    more = ("customer", "disputed", "opened_on", "raised_on", "dispute", "disputed_by", "paused_until", "kept", "closed_on", "outcome", "created_at")
    sections = (
        Section(_("Dunning"), ("customer", "state", "level", "overdue", "disputed", "since", "collector", "contacted_on")),
        Section(_("Dispute"), ("dispute", "disputed_by", "paused_until")),
        Section(_("More"), ("opened_on", "raised_on", "kept", "broken", "closed_on", "outcome")),
    )
    filters = ("state", "level", "overdue", "since", "collector", "broken", "paused_until", "opened_on", "closed_on", "customer")
    sorts = (Sort("created_at", "created_at", desc=True),)
    search = {"name": "text"}
    sums = (Sum("overdue", _("Overdue")),)
    views = (
        View("open", _("Being collected"), {"f.state": "in:open,promised,paused"}),
        View("mine", _("To be collected by me"), {"f.state": "in:open,promised,paused", "f.collector": "me"}),
        View("disputed", _("Disputed"), {"f.state": "in:paused"}),
        View("broken", _("Promises broken"), {"f.broken": "gte:1"}),
        View("closed", pgettext_lazy("dunning", "Closed"), {"f.state": "in:closed"}),
        View("all", _("All"), {}),
    )
    party = "customer"
    facts = ("overdue", "level", "kept", "broken")
    managed = ("name", "customer", "level", "state", "overdue", "disputed", "since", "contacted_on", "broken", "kept", "collector", "opened_on",
               "raised_on", "dispute", "disputed_by", "paused_until", "closed_on", "outcome")  # fmt: skip
    grants = WORK


@register
class DunningStepResource(Resource):
    """Levels that cases came to, read through the customer."""

    model = DunningStep
    path = "dunning-steps"
    icon = "stairs-up"
    columns = ("name", "customer", "level", "raised_on", "overdue", "since", "collector", "task")
    more = ("case", "created_at")
    sections = (Section(_("Dunning step"), ("case", "customer", "level", "name", "raised_on", "overdue", "since", "collector", "task")),)
    filters = ("level", "raised_on", "collector", "customer")
    sorts = (Sort("created_at", "created_at", desc=True),)
    managed = ("case", "customer", "level", "name", "raised_on", "overdue", "since", "collector", "task")
    grants = READ


@register
class PaymentPromiseResource(Resource):
    """Promises to pay, read through the customer."""

    model = PaymentPromise
    path = "payment-promises"
    icon = "calendar-event"
    title = "customer"
    columns = ("customer", "amount", "due_on", "said_by", "state", "received", "told_on")
    more = ("case", "judged_on", "created_by", "created_at")
    sections = (Section(_("Promise to pay"), ("case", "customer", "amount", "due_on", "said_by", "told_on", "state", "received", "judged_on")),)
    filters = ("state", "due_on", "amount", "told_on", "customer")
    sorts = (Sort("created_at", "created_at", desc=True),)
    sums = (Sum("amount", _("Amount")),)
    views = (
        View("open", _("Awaited"), {"f.state": "in:open"}),
        View("broken", _("Broken"), {"f.state": "in:broken"}),
        View("all", _("All"), {}),
    )
    managed = ("case", "customer", "amount", "due_on", "said_by", "told_on", "state", "received", "judged_on")
    grants = READ


place(
    Related("customer", "dunningcase", "customer", ("name", "level", "state", "overdue", "since", "opened_on", "closed_on", "collector"),
            position=19),
    Related("dunningcase", "dunningstep", "case", ("name", "level", "raised_on", "overdue", "since", "collector", "task"), position=10),
    Related("dunningcase", "paymentpromise", "case", ("customer", "amount", "due_on", "said_by", "state", "received"), position=20),
)  # fmt: skip
