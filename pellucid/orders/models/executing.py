"""How an order is carried out by plan: which plan for which kind of contract, and what is kept of each step of an order."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pellucid.collaboration.models import Plan, Task
from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from .contract import Contract
from .order import Order


class ExecutionPlan(Record):
    """The obligations of orders under contracts of one kind, for the whole company or one unit. The steps are those of its plan."""

    name = fields.Text(_("Name"), max_length=80)
    name_en = fields.Text(_("Name in English"), max_length=80, blank=True, default="")
    contract_kind = fields.Choice(_("For contracts of the kind"), choices=Contract.Kind, default=Contract.Kind.SINGLE)
    unit = fields.InUnit(verbose_name=_("Unit"), null=True, blank=True, help_text=_("With everything below it. Left empty: the whole company."))
    active = fields.YesNo(_("In use"), default=True)
    plan = fields.Link(Plan, models.PROTECT, verbose_name=_("Plan"), blank=True, editable=False, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("execution plan"), _("execution plans")
        constraints = [models.UniqueConstraint(fields=("plan",), name="execution_plan_of_plan")]

    def __str__(self) -> str:
        return self.name


class OrderStep(Record):
    """An obligation of an order: a task of its plan, and once that is done who did it, how much, for how much money, by which document."""

    scope_via = "order"
    lock_rank = 92
    visits_kept = False

    order = fields.Link(Order, models.CASCADE, verbose_name=_("Customer order"), related_name="steps")
    task = fields.Link(Task, models.CASCADE, verbose_name=_("Task"), related_name="+")
    counts_from = fields.Day(_("Counted from"), null=True, blank=True, editable=False)
    done_on = fields.Day(_("Done on"), null=True, blank=True)
    executor = fields.Person(verbose_name=_("Done by"), null=True, blank=True)
    quantity = fields.Number(_("Quantity"), null=True, blank=True)
    amount = fields.Money(_("Amount"), null=True, blank=True)
    document = fields.Text(_("Document"), max_length=120, blank=True, default="")
    file = fields.File(verbose_name=_("File"), null=True, blank=True, companion="file_name")
    file_name = fields.Text(_("File name"), max_length=255, blank=True, default="", editable=False, personal=True)
    late_days = fields.Integer(_("Working days late"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("step of an order"), _("steps of orders")
        constraints = [
            models.UniqueConstraint(fields=("task",), name="order_step_of_task"),
            models.CheckConstraint(condition=models.Q(done_on=None, executor=None, late_days=None)
                                   | models.Q(done_on__isnull=False, executor__isnull=False, late_days__isnull=False), name="order_step_done_by",
                                   violation_error_message=_("What is done says by whom, and when.")),
            models.CheckConstraint(condition=models.Q(quantity=None) | models.Q(quantity__gte=0), name="order_step_quantity",
                                   violation_error_message=_("A quantity is not below zero.")),
        ]  # fmt: skip
        indexes = [models.Index(fields=("order", "id"), name="order_step_of")]

    def __str__(self) -> str:
        return str(self.task)
