"""What the company sells."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.records import days, fields, settings
from pellucid.kernel.records.company import CURRENCIES
from pellucid.kernel.records.models import Record


def company_currency() -> str:
    """The currency of the company."""
    return str(settings.steady("company.currency"))


class Product(Record):
    """One thing that is sold: its class, what it is, what it should cost and what it costs us. Prices keep their past."""

    temporal = ("product_class", "list_price", "cost", "active")
    unaudited = ("pinyin",)
    lock_rank = 15
    to_the_cent = True

    number = fields.Text(_("Product number"), max_length=30, blank=True, default="")
    name = fields.Text(_("Name"), max_length=200)
    name_en = fields.Text(_("Name in English"), max_length=200, blank=True, default="", help_text=_("On papers in English. Left empty: the name."))
    pinyin = models.CharField(max_length=400, blank=True, default="", editable=False)
    product_class = fields.Term(dictionary="product_class", verbose_name=_("Product class"), null=True, blank=True)
    specification = fields.Text(_("Specification"), max_length=200, blank=True, default="")
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

    def called(self, name: str, language: str) -> str:
        """What a line that calls it by this name says in a language: its own name has an English one, words of the line's stay as they are."""
        return self.name_en if language == "en" and self.name_en and name == self.name else name


class AttributeSet(models.Model):
    """What a product was like when it was sold: values of attributes by name. One row for all lines alike, made once and never changed."""

    audited = False

    id = models.BigAutoField(primary_key=True)
    values = models.JSONField()
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name, verbose_name_plural = _("attributes at signing"), _("attributes at signing")

    def __str__(self) -> str:
        return self.digest[:8]


class PricedLine(Record):
    """What lines of offers and orders have in common: a product, or something in words, how much of it, at what price, taxed how, at what cost.
    All sums are in the currency of the document; pricing.py fills them in."""

    to_the_cent = True

    product = fields.Link(Product, models.PROTECT, verbose_name=_("Product"), null=True, blank=True, related_name="+")
    name = fields.Text(pgettext_lazy("goods", "What"), max_length=200, blank=True, help_text=_("Left empty: the product."))
    uom = fields.Term(dictionary="uom", verbose_name=_("Unit of measure"), null=True, blank=True)
    quantity = fields.Number(_("Quantity"), default=1)
    unit_price = fields.Money(_("Unit price without tax"), decimal_places=4, null=True, blank=True, help_text=_(
        "Left empty: by the price list that holds."))
    discount = fields.Percent(_("Discount"), default=0)
    tax_rate = fields.Percent(_("Tax rate"), null=True, blank=True, help_text=_("Left empty: the company's usual rate."))
    net = fields.Money(_("Amount without tax"), default=0, editable=False)
    tax = fields.Money(_("Tax"), default=0, editable=False)
    amount = fields.Money(_("Amount with tax"), default=0, editable=False)
    unit_cost = fields.Money(_("Unit cost"), decimal_places=4, null=True, blank=True)
    cost = fields.Money(_("Cost"), null=True, blank=True, editable=False)
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class PriceList(Record):
    """Prices for some customers over some time, in one currency. Which of several lists holds is said in pricing.py."""

    lock_rank = 16

    name = fields.Text(_("Name"), max_length=120)
    currency = fields.Choice(_("Currency"), max_length=3, choices=[(c, c) for c in CURRENCIES], default=company_currency)
    level = fields.Term(dictionary="customer_level", verbose_name=_("For customers of level"), null=True, blank=True, help_text=_(
        "Left empty: for all."))
    valid_from = fields.Day(_("Valid from"), default=days.today)
    valid_until = fields.Day(_("Valid until"), null=True, blank=True, help_text=_("Left empty: until further notice."))
    position = fields.Integer(_("Precedence"), default=10, help_text=_("Of lists for the same customers, the lower one is asked first."))
    active = fields.YesNo(_("In use"), default=True)
    note = fields.LongText(_("Note"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("price list"), _("price lists")
        constraints = [
            models.UniqueConstraint(fields=("name",), name="price_list_name_once", condition=models.Q(deleted_at=None),
                                    violation_error_message=_("Another price list has this name.")),
            models.CheckConstraint(condition=models.Q(valid_until=None) | models.Q(valid_until__gte=models.F("valid_from")),
                                   name="price_list_days", violation_error_message=_("It ends before it begins.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Price(Record):
    """What a piece of a product costs on a price list, from a quantity on; what it cost before stays known."""

    temporal = ("unit_price",)
    scope_via = "price_list"
    lock_rank = 17
    to_the_cent = True
    match_keys = {"product": "key"}  # a price is found again by list, product and quantity together

    price_list = fields.Link(PriceList, models.CASCADE, verbose_name=_("Price list"), related_name="prices")
    product = fields.Link(Product, models.PROTECT, verbose_name=_("Product"), related_name="prices")
    from_quantity = fields.Number(_("From quantity"), default=1)
    unit_price = fields.Money(_("Unit price without tax"), decimal_places=4)
    key = models.CharField(max_length=80, blank=True, default="", editable=False)
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = pgettext_lazy("of a price list", "price"), _("prices")
        constraints = [
            models.UniqueConstraint(fields=("price_list", "product", "from_quantity"), name="price_once", condition=models.Q(deleted_at=None),
                                    violation_error_message=_("This list has a price of the product from this quantity on already.")),
            models.CheckConstraint(condition=models.Q(unit_price__gte=0), name="price_not_negative", violation_error_message=_(
                "A price is not below zero.")),
            models.CheckConstraint(condition=models.Q(from_quantity__gt=0), name="price_quantity", violation_error_message=_(
                "A quantity is above zero.")),
        ]  # fmt: skip
        indexes = [models.Index(fields=("product", "price_list"), name="price_of_product")]

    def __str__(self) -> str:
        return f"{self.unit_price.normalize():,f}"
