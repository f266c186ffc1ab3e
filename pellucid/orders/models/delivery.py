"""What went out, and what came back: by line of an order, in batches."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.records import days, fields
from pellucid.kernel.records.models import Record

from .order import Order, OrderLine


class Delivery(Record):
    """Some of a line that went out in one batch: how much, when, by whom, from which warehouse."""

    scope_via = "order"
    lock_rank = 57
    to_the_cent = True

    order = fields.Link(Order, models.CASCADE, verbose_name=_("Customer order"), related_name="deliveries")
    line = fields.Link(OrderLine, models.PROTECT, verbose_name=_("Order line"), related_name="deliveries")
    batch = fields.Integer(_("Batch"), default=1, editable=False)
    quantity = fields.Number(_("Quantity"))
    amount = fields.Money(_("Amount with tax"), default=0, editable=False)
    net_base = fields.Money(_("Amount without tax in company currency"), default=0, editable=False)
    delivered_on = fields.Day(_("Delivered on"), default=days.today)
    promised_on = fields.Day(_("Delivery promised for"), null=True, blank=True)
    warehouse = fields.InUnit(verbose_name=pgettext_lazy("warehouse", "From"), null=True, blank=True)
    executor = fields.Person(verbose_name=_("Delivered by"), null=True, blank=True)
    carrier = fields.Text(_("Carrier and waybill"), max_length=100, blank=True, default="")
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("delivery"), _("deliveries")
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="delivery_quantity", violation_error_message=_(
            "A quantity is above zero."))]  # fmt: skip
        indexes = [models.Index(fields=("order", "batch", "id"), name="delivery_of"), models.Index(fields=("line",), name="delivery_line")]

    def __str__(self) -> str:
        return f"{self.line} · {self.batch}"


class ReturnedGoods(Record):
    """Some of a line that came back: why, and how much it takes off what is owed."""

    scope_via = "order"
    lock_rank = 57
    to_the_cent = True

    order = fields.Link(Order, models.CASCADE, verbose_name=_("Customer order"), related_name="returns")
    line = fields.Link(OrderLine, models.PROTECT, verbose_name=_("Order line"), related_name="returns")
    quantity = fields.Number(_("Quantity"))
    amount = fields.Money(_("Amount with tax"), default=0, editable=False)
    net_base = fields.Money(_("Amount without tax in company currency"), default=0, editable=False)
    returned_on = fields.Day(_("Returned on"), default=days.today)
    reason = fields.Term(dictionary="return_reason", verbose_name=_("Why returned"), null=True, blank=True)
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("return"), _("returns")
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="returned_quantity", violation_error_message=_(
            "A quantity is above zero."))]  # fmt: skip
        indexes = [models.Index(fields=("order", "id"), name="returned_of"), models.Index(fields=("line",), name="returned_line")]

    def __str__(self) -> str:
        return str(self.line)
