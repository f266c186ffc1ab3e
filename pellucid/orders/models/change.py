"""What is to be changed of an order that binds: the old and the new side by side, until it is agreed and done."""

from __future__ import annotations

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from .order import Order


class OrderChange(Record):
    """A change of an order in force: dates, lines and instalments as they were and as they are to be. One at a time."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPLIED = "applied", pgettext_lazy("change", "In force")
        DROPPED = "dropped", pgettext_lazy("change", "Dropped")

    scope_via = "order"
    lock_rank = 58
    to_the_cent = True
    inner = ("before", "after", "credit_seen")

    order = fields.Link(Order, models.CASCADE, verbose_name=_("Customer order"), related_name="changes")
    reason = fields.Text(_("Reason"), max_length=200)
    state = fields.Choice(_("State"), choices=State, default=State.DRAFT, tones={"draft": "warn", "applied": "ok"})
    amount_before = fields.Money(_("Amount before"), default=0, editable=False)
    amount_after = fields.Money(_("Amount after"), default=0, editable=False)
    amount_change = models.GeneratedField(expression=F("amount_after") - F("amount_before"), db_persist=True, output_field=fields.Money(
        _("Change of the amount"), default=0, between=("amount_before", "amount_after")))  # fmt: skip
    change_base = fields.Money(_("Change in company currency"), default=0, db_default=0, editable=False)
    planned_after = fields.Money(_("In instalments after"), default=0, editable=False)
    promised_before = fields.Day(_("Delivery promised before"), null=True, blank=True, editable=False)
    promised_after = fields.Day(_("Delivery promised after"), null=True, blank=True, editable=False)
    applied_on = fields.Day(_("In force since"), null=True, blank=True, editable=False)
    before = models.JSONField(default=dict, editable=False)
    after = models.JSONField(default=dict, editable=False)
    credit_seen = models.JSONField(default=dict, db_default={}, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("change of an order"), _("changes of orders")
        constraints = [
            models.UniqueConstraint(fields=("order",), name="order_change_open_once", condition=models.Q(state="draft", deleted_at=None),
                                    violation_error_message=_("A change of this order is under way already.")),
            models.CheckConstraint(condition=models.Q(state="applied", applied_on__isnull=False) | ~models.Q(state="applied") & models.Q(
                applied_on=None), name="order_change_applied_when"),
        ]  # fmt: skip
        indexes = [models.Index(fields=("order", "id"), name="order_change_of")]

    def __str__(self) -> str:
        return self.reason
