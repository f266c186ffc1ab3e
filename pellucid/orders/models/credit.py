"""How far a customer is trusted."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pellucid.customers.models import Customer
from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from .plan import PaymentPlan


class CreditProfile(Record):
    """The limit of a customer, and of everything below it if it is a parent company; its grade, the terms it gets, until when that holds."""

    class Grade(models.TextChoices):
        A = "A", _("A · excellent")
        B = "B", _("B · good")
        C = "C", _("C · with care")
        D = "D", _("D · in advance only")

    scope_via = "customer"
    temporal = ("limit", "grade", "blocked")
    lock_rank = 21

    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Customer"), related_name="+")
    grade = fields.Choice(_("Credit grade"), choices=Grade, default=Grade.B, tones={"A": "ok", "B": "acc", "C": "warn", "D": "bad"})
    limit = fields.Money(_("Credit limit"), null=True, blank=True, help_text=_("In the company's currency, with tax. Left empty: no limit."))
    terms = fields.Link(PaymentPlan, models.SET_NULL, verbose_name=_("Usual terms of payment"), null=True, blank=True, related_name="+")
    valid_until = fields.Day(_("Reviewed by"), null=True, blank=True)
    blocked = fields.YesNo(_("No new orders"), default=False)
    collector = fields.Person(verbose_name=_("Collected by"), null=True, blank=True, help_text=_(
        "Left empty: who collects what is overdue most."))
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
