"""What the company sells."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record


class Product(Record):
    """One thing that is sold: its class, what it is, what it should cost and what it costs us. Prices keep their past."""

    temporal = ("product_class", "list_price", "cost", "active")
    unaudited = ("pinyin",)
    lock_rank = 15

    number = fields.Text(_("Product number"), max_length=30, blank=True, default="")
    name = fields.Text(_("Name"), max_length=200)
    pinyin = models.CharField(max_length=400, blank=True, default="", editable=False)
    product_class = fields.Term(dictionary="product_class", verbose_name=_("Product class"), null=True, blank=True)
    specification = fields.Text(_("Specification"), max_length=200, blank=True, default="")
    attributes = fields.Terms(dictionary="product_attribute", verbose_name=_("Attributes"))
    uom = fields.Term(dictionary="uom", verbose_name=_("Unit of measure"), null=True, blank=True)
    list_price = fields.Money(_("List price"), max_digits=18, decimal_places=4, null=True, blank=True)
    cost = fields.Money(_("Cost"), max_digits=18, decimal_places=4, null=True, blank=True)
    active = fields.YesNo(_("On sale"), default=True)
    note = fields.LongText(_("Note"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("product"), _("products")
        constraints = [
            models.UniqueConstraint(fields=("number",), name="product_number_once", condition=~models.Q(number="") & models.Q(deleted_at=None),
                                    violation_error_message=_("Another product has this number.")),
            models.CheckConstraint(condition=models.Q(list_price=None) | models.Q(list_price__gte=0), name="product_price_not_negative",
                                   violation_error_message=_("A price is not below zero.")),
            models.CheckConstraint(condition=models.Q(cost=None) | models.Q(cost__gte=0), name="product_cost_not_negative",
                                   violation_error_message=_("A cost is not below zero.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
