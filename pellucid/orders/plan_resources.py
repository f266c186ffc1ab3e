"""What the program shows of execution plans, of the steps of orders and of changes of orders."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import Related, Resource, Section, Sort, Sum, View, place, register

from .models import ExecutionPlan, OrderChange, OrderStep
from .resources import GRANTS, RULES


@register
class ExecutionPlanResource(Resource):
    """Which obligations orders of a kind have."""

    model = ExecutionPlan
    path = "execution-plans"
    icon = "list-check"
    columns = ("name", "name_en", "contract_kind", "unit", "active")
    more = ("plan", "created_at")
    sections = (Section(_("Execution plan"), ("name", "name_en", "contract_kind", "unit", "active")),)
    form = ("name", "name_en", "contract_kind", "unit", "active")
    filters = ("contract_kind", "unit", "active")
    sorts = (Sort("created_at", "created_at", desc=True),)
    managed = ("plan",)
    grants = RULES


@register
class OrderStepResource(Resource):
    """The obligations of orders and how they were met, read through the order; written by what happens to their tasks."""

    model = OrderStep
    path = "order-steps"
    icon = "checklist"
    title = "task"
    columns = ("task", "order", "done_on", "executor", "quantity", "amount", "document", "late_days")
    more = ("counts_from", "file", "file_name", "created_at")
    sections = (Section(_("Step"), ("task", "order", "counts_from", "done_on", "executor", "quantity", "amount", "document",
                                 "file", "late_days")),)  # fmt: skip
    filters = ("order", "done_on", "executor", "late_days")
    sorts = (Sort("created_at", "created_at", desc=True),)
    views = (
        View("all", _("All"), {}),
        View("done", pgettext_lazy("steps", "Done"), {"f.done_on": "filled"}),
        View("late", _("Done late"), {"f.late_days": "gte:1"}),
    )
    managed = ("order", "task", "counts_from", "done_on", "executor", "quantity", "amount", "document", "file", "file_name", "late_days")
    grants = {role: "none" if level == "none" else "read" for role, level in GRANTS.items()}


@register
class OrderChangeResource(Resource):
    """Changes of orders in force, read through the order; written by their own steps."""

    model = OrderChange
    path = "order-changes"
    icon = "arrows-diff"
    title = "reason"
    columns = ("reason", "order", "state", "amount_before", "amount_after", "amount_change", "promised_before", "promised_after",
               "applied_on")
    more = ("planned_after", "change_base", "created_by", "created_at")
    sections = (
        Section(pgettext_lazy("order", "Change"), ("order", "reason", "state", "amount_before", "amount_after", "amount_change", "promised_before",
                                                   "promised_after", "applied_on", "created_by", "created_at")),
    )  # fmt: skip
    form = ("order", "reason")
    filters = ("order", "state", "amount_before", "amount_after", "amount_change", "applied_on")
    sorts = (Sort("created_at", "created_at", desc=True),)
    facts = ("amount_change", "amount_before", "amount_after")
    sums = (Sum("change_base", _("Change of the amount")),)
    views = (View("draft", _("Drafts"), {"f.state": "in:draft"}), View("all", _("All"), {}))
    managed = ("state", "amount_before", "amount_after", "amount_change", "change_base", "planned_after", "promised_before", "promised_after",
               "applied_on")  # fmt: skip
    grants = GRANTS


place(
    Related("order", "orderstep", "order", ("task", "done_on", "executor", "quantity", "amount", "document", "late_days"), position=15),
    Related("order", "orderchange", "order", ("reason", "state", "amount_before", "amount_after", "applied_on"), position=60),
)
