"""Usual ways of payment: in which parts, and after what."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from .instalment import Basis


class PaymentPlan(Record):
    """Terms of payment an administrator keeps, such as 30/60/10."""

    lock_rank = 16

    name = fields.Text(_("Name"), max_length=80)
    name_en = fields.Text(_("Name in English"), max_length=80, blank=True, default="")
    active = fields.YesNo(_("Active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("terms of payment"), _("terms of payment")
        constraints = [models.UniqueConstraint(fields=("name",), name="payment_plan_name_once", condition=models.Q(deleted_at=None))]

    def __str__(self) -> str:
        return self.name


class PaymentPlanStep(Record):
    """One part of them."""

    scope_via = "plan"
    lock_rank = 17

    plan = fields.Link(PaymentPlan, models.CASCADE, verbose_name=_("Terms of payment"), related_name="steps")
    position = fields.Integer(_("No."), default=0)
    name = fields.Text(_("Condition"), max_length=100, blank=True, default="")
    share = fields.Percent(_("Share"))
    basis = fields.Choice(_("Waits for"), choices=[c for c in Basis.choices if c[0] != Basis.DAY], default=Basis.SIGNED)
    days = fields.Integer(_("Days after it"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("part of terms of payment"), _("parts of terms of payment")
        constraints = [models.CheckConstraint(condition=models.Q(share__gt=0, share__lte=100), name="payment_plan_share", violation_error_message=_(
            "Above 0 and up to 100 per cent."))]  # fmt: skip
        indexes = [models.Index(fields=("plan", "position", "id"), name="payment_plan_step_of")]

    def __str__(self) -> str:
        return self.name
