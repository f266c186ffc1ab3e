"""How far a customer is trusted, what its grade gives it, and what was decided in spite of the credit check."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from pellucid.collaboration.models import Task
from pellucid.customers.models import Customer
from pellucid.kernel.processes.models import ProcessInstance
from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from .order import Order
from .plan import PaymentPlan
from .trust import TONES, Grade

WIDE = models.DecimalField(max_digits=24, decimal_places=2)


class CreditGrade(Record):
    """What customers of a grade get: terms of payment, how much without a decision, how soon they are answered."""

    lock_rank = 17

    grade = fields.Choice(_("Credit grade"), choices=Grade, tones=TONES)
    terms = fields.Link(PaymentPlan, models.SET_NULL, verbose_name=_("Terms of payment proposed"), null=True, blank=True, related_name="+")
    payment = fields.Term(dictionary="quotation_payment", verbose_name=_("Said in quotations"), null=True, blank=True)
    max_days = fields.Integer(_("Longest credit (days)"), default=0, help_text=_("After delivery or acceptance; for more somebody decides."))
    min_prepaid = fields.Percent(_("Least in advance"), default=0, help_text=_("Share of the order that is due before anything goes out."))
    max_retained = fields.Percent(_("Most until the warranty ends"), default=0)
    order_limit = fields.Money(_("Largest order without a decision"), null=True, blank=True, help_text=_(
        "In the company's currency, with tax. Left empty: any."))
    overdue_days = fields.Integer(_("Days overdue after which new orders wait"), null=True, blank=True, help_text=_(
        "Left empty: as the company usually does."))
    service = fields.Text(_("Service level"), max_length=40, blank=True, default="")
    service_en = fields.Text(_("Service level in English"), max_length=40, blank=True, default="")
    response = fields.Integer(_("Answered within (working minutes)"), null=True, blank=True, help_text=_(
        "Whoever receives such a customer has no longer to plan a follow-up. Left empty: as the company usually does."))
    priority = fields.Choice(_("Priority of tasks"), choices=Task.Priority, default=Task.Priority.NORMAL, tones={"high": "bad", "low": ""})

    class Meta:
        verbose_name, verbose_name_plural = _("credit grade"), _("credit grades")
        constraints = [
            models.UniqueConstraint(fields=("grade",), name="credit_grade_once", condition=models.Q(deleted_at=None),
                                    violation_error_message=_("What this grade gives is said already.")),
            models.CheckConstraint(condition=models.Q(max_days__range=(0, 3660)), name="credit_grade_days", violation_error_message=_(
                "Between 0 and 3,660 days.")),
            models.CheckConstraint(condition=models.Q(min_prepaid__range=(0, 100)), name="credit_grade_prepaid", violation_error_message=_(
                "Between 0 and 100 per cent.")),
            models.CheckConstraint(condition=models.Q(max_retained__range=(0, 100)), name="credit_grade_retained", violation_error_message=_(
                "Between 0 and 100 per cent.")),
            models.CheckConstraint(condition=models.Q(order_limit=None) | models.Q(order_limit__gte=0), name="credit_grade_order",
                                   violation_error_message=_("A limit is not below zero.")),
            models.CheckConstraint(condition=models.Q(overdue_days=None) | models.Q(overdue_days__range=(0, 365)), name="credit_grade_overdue",
                                   violation_error_message=_("Between 0 and 365 days.")),
            models.CheckConstraint(condition=models.Q(response=None) | models.Q(response__range=(1, 100_000)), name="credit_grade_response",
                                   violation_error_message=_("Between 1 and 100,000 minutes.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.get_grade_display())


class CreditProfile(Record):
    """The limit of a customer, and of everything below it if it is a parent company; its grade, the terms it gets, until when that holds."""

    Grade = Grade

    scope_via = "customer"
    temporal = ("limit", "grade", "blocked")
    lock_rank = 21
    unaudited = ("used", "overdue")  # copies of what the ledger says, brought up to date with it and every night

    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Customer"), related_name="+")
    grade = fields.Choice(_("Credit grade"), choices=Grade, default=Grade.B, tones=TONES)
    limit = fields.Money(_("Credit limit"), null=True, blank=True, help_text=_("In the company's currency, with tax. Left empty: no limit."))
    terms = fields.Link(PaymentPlan, models.SET_NULL, verbose_name=_("Usual terms of payment"), null=True, blank=True, related_name="+",
                        help_text=_("Left empty: those of its grade. What is named here is right for this customer whatever its grade."))
    valid_until = fields.Day(_("Reviewed by"), null=True, blank=True)
    blocked = fields.YesNo(_("No new orders"), default=False)
    collector = fields.Person(verbose_name=_("Collected by"), null=True, blank=True, help_text=_(
        "Left empty: who collects what is overdue most."))
    used = fields.Money(_("Used"), default=0, db_default=0, editable=False, help_text=_(
        "Of orders in force, what is neither paid nor credited; with the companies below it."))
    overdue = fields.Money(_("Overdue"), default=0, db_default=0, editable=False)
    available = models.GeneratedField(expression=F("limit") - F("used"), output_field=fields.Money(_("Available"), null=True), db_persist=True)
    available_key = models.GeneratedField(  # without a limit everything is left
        expression=Coalesce(F("limit"), models.Value(Decimal(10) ** 15, output_field=WIDE)) - F("used"), output_field=WIDE, db_persist=True)
    note = fields.LongText(_("Note"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("credit profile"), _("credit profiles")
        constraints = [
            models.UniqueConstraint(fields=("customer",), name="credit_profile_once", condition=models.Q(deleted_at=None, merged_into=None),
                                    violation_error_message=_("This customer has a credit profile already.")),
            models.CheckConstraint(condition=models.Q(limit=None) | models.Q(limit__gte=0), name="credit_limit", violation_error_message=_(
                "A limit is not below zero.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.customer)


class CreditDecision(Record):
    """An order that went through in spite of the credit check: who said so, when, and on what figures. Written once."""

    class Way(models.TextChoices):
        PROCESS = "process", _("Agreed to in a process")
        PERSON = "person", _("Decided at the confirmation")

    scope_via = "order"
    lock_rank = 56
    inner = ("found", "request")

    order = fields.Link(Order, models.CASCADE, verbose_name=_("Customer order"), related_name="credit_decisions")
    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Customer"), related_name="+")
    way = fields.Choice(_("How"), choices=Way)
    decided_by = fields.Person(verbose_name=_("Decided by"), null=True, blank=True)
    decided_on = fields.Day(_("Decided on"))
    reason = fields.Text(_("Reason"), max_length=200, blank=True, default="")
    grade = fields.Choice(_("Credit grade"), choices=Grade, blank=True, default="", tones=TONES)
    worth = fields.Money(_("The order needs"))
    limit = fields.Money(_("Credit limit"), null=True, blank=True)
    used = fields.Money(_("Used before"), default=0)
    overdue = fields.Money(_("Overdue"), default=0)
    found = models.JSONField(default=list, editable=False)  # what spoke against it, as `credit.Objection` keeps it
    request = models.ForeignKey(ProcessInstance, models.SET_NULL, null=True, blank=True, related_name="+", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("credit decision"), _("credit decisions")
        indexes = [
            models.Index(fields=("order", "id"), name="credit_decision_of"),
            models.Index(fields=("customer", "id"), name="credit_decision_for"),
        ]

    def __str__(self) -> str:
        return str(self.get_way_display())
