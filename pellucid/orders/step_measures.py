"""The numbers of the steps of orders: done, in time, late, by who did them; open ones by whose they are."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.metrics.declare import Ctx, Derived, Dim, Measure, dataset, declare
from pellucid.kernel.records import days

from .measures import of_order
from .models import OrderStep


def executor(ctx: Ctx) -> Any:
    """Who did it; as long as nobody did, whose it is."""
    return Coalesce("executor", "task__owner")


def come_due(ctx: Ctx) -> Q:
    """Due by the end of the day."""
    return Q(task__due_at__lt=days.end_of(ctx.day))


def met(ctx: Ctx) -> Q:
    """Due by the end of the day, and done by then and in time."""
    return come_due(ctx) & Q(done_on__lte=ctx.day, task__done_at__lte=F("task__due_at"))


def done_late(ctx: Ctx) -> Q:
    """Due and done by the end of the day, but not in time."""
    return come_due(ctx) & Q(done_on__lte=ctx.day, late_days__gt=0)


def overdue(ctx: Ctx) -> Q:
    """The day it was due has passed, and it was not done by then."""
    return Q(task__due_at__lt=days.start_of(ctx.day)) & (Q(done_on=None) | Q(done_on__gt=ctx.day))


WHEN = ("task__due_at", "task__done_at", "done_on")
declare(
    dataset("order_steps", _("Steps of orders"), OrderStep, (
        *of_order("order__"), Dim("executor", _("Done by"), executor, uses=("executor", "task__owner"), like="executor"),
        Dim("plan_step", _("Step of the plan"), "task__step"),
    ), axis="task__due_at", axes=("done_on",), life=("created_at", "deleted_at"), where=Q(task__cancelled=False), title="task__name",
       usual=("executor", "plan_step")),
    Measure("steps_done", _("Steps done"), "order_steps", _("Steps of orders by the day they were done"), axis="done_on", noun=_("times")),
    Measure("steps_amount", _("Amount of steps done"), "order_steps", _("What the steps done handled: goods delivered, money received, and so on"),
            "sum", "amount", axis="done_on", unit="money"),
    Measure("steps_due", _("Steps due"), "order_steps", _("Steps of orders due in the period and by the day"), where=come_due, uses=WHEN[:1],
            noun=_("times"), good=""),
    Measure("steps_met", _("Steps done in time"), "order_steps", _("Of the steps due, those done in time"), where=met, uses=WHEN, noun=_("times")),
    Measure("steps_delay", _("Mean delay"), "order_steps", _("Mean of working days late, over the steps due that were done late"), "avg", "late_days",
            where=done_late, uses=(*WHEN, "late_days"), unit="days", good="down"),
    Measure("steps_overdue", _("Steps overdue"), "order_steps", _("Open steps of orders whose day has passed"), time="stock", where=overdue,
            uses=WHEN, noun=_("times"), good="down"),
    Derived("steps_in_time", _("Steps in time"), "steps_met / steps_due", _("Of the steps due in the period, the share done in time; late and "
            "open ones are not")),
    Measure("delivered_qty", _("Quantity delivered"), "deliveries", _("Quantities that went out, by day; within one unit of measure"), "sum",
            "quantity", unit="number"),
    Derived("collected_share", _("Collected"), "received / fallen_due", _("What was received in the period, divided by what fell due in it")),
)  # fmt: skip
