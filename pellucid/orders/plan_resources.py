"""What the program shows of execution plans and of the steps of orders."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import Related, Resource, Section, Sort, View, place, register

from .models import ExecutionPlan, OrderStep
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
    more = ("counts_from", "created_at")
    sections = (Section(_("Step"), ("task", "order", "counts_from", "done_on", "executor", "quantity", "amount", "document", "late_days")),)
    filters = ("order", "done_on", "executor", "late_days")
    sorts = (Sort("created_at", "created_at", desc=True),)
    views = (
        View("all", _("All"), {}),
        View("done", pgettext_lazy("steps", "Done"), {"f.done_on": "filled"}),
        View("late", _("Done late"), {"f.late_days": "gte:1"}),
    )
    managed = ("order", "task", "counts_from", "done_on", "executor", "quantity", "amount", "document", "late_days")
    grants = {role: "none" if level == "none" else "read" for role, level in GRANTS.items()}


place(Related("order", "orderstep", "order", ("task", "done_on", "executor", "quantity", "amount", "document", "late_days"), position=15))
