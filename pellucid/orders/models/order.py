"""What a customer ordered: how much of it is planned, delivered and paid."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest, Least, Round
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.customers.models import Customer
from pellucid.kernel.records import fields
from pellucid.kernel.records.company import CURRENCIES
from pellucid.kernel.records.models import OwnedRecord
from pellucid.products.models import AttributeSet, PricedLine, company_currency

from .contract import Contract
from .trust import Checked

FAR_DAY = dt.date(9999, 1, 1)
RATIO = models.DecimalField(max_digits=24, decimal_places=4)


class Order(Checked, OwnedRecord):
    """One order under a contract. Its lines make the amount, its instalments say when that is owed; what was delivered and received are
    facts kept with them."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PENDING = "pending", _("Submitted")
        SIGNED = "signed", _("Confirmed")
        RUNNING = "running", _("In execution")
        DELIVERED = "delivered", _("All delivered")
        SETTLED = "settled", _("All paid")
        CLOSED = "closed", pgettext_lazy("order", "Closed")
        VOID = "void", _("Void")

    temporal = ("state", "amount", "amount_base", "owner", "unit", "branch")
    lock_rank = 55
    takes_along = True
    goes_along = ("contract", "customer")
    in_work = ~models.Q(state__in=("closed", "void"))
    to_the_cent = True
    inner = ("credit_seen",)

    number = fields.Text(_("Order number"), max_length=40, blank=True, editable=False)
    name = fields.Text(_("Name"), max_length=200, blank=True, default="", help_text=_("Left empty: that of the contract."))
    contract = fields.Link(Contract, models.PROTECT, verbose_name=_("Contract"), related_name="orders")
    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Customer"), blank=True, related_name="+", editable=False)
    state = fields.Choice(_("State"), choices=State, default=State.DRAFT, tones={
        "pending": "warn", "signed": "acc", "running": "acc", "delivered": "info", "settled": "ok", "void": "bad"})  # fmt: skip
    special_reason = fields.Text(_("Why it is special"), max_length=300, blank=True, default="")
    signed_on = fields.Day(_("Signed on"), null=True, blank=True)
    promised_on = fields.Day(_("Delivery promised for"), null=True, blank=True)
    promised_key = models.GeneratedField(expression=Coalesce("promised_on", models.Value(FAR_DAY, models.DateField())),
                                         output_field=models.DateField(), db_persist=True)
    warranty_months = fields.Integer(_("Warranty (months)"), null=True, blank=True, help_text=_(
        "From the acceptance. Left empty: as its contract says."))
    accepted_on = fields.Day(_("Accepted on"), null=True, blank=True, editable=False)
    voided_on = fields.Day(_("Voided on"), null=True, blank=True, editable=False)
    currency = fields.Choice(_("Currency"), max_length=3, choices=[(c, c) for c in CURRENCIES], default=company_currency, editable=False)
    rate = fields.Number(_("Exchange rate"), decimal_places=8, default=1, editable=False)
    net = fields.Money(_("Amount without tax"), default=0, editable=False)
    tax = fields.Money(_("Tax"), default=0, editable=False)
    amount = fields.Money(_("Amount with tax"), default=0, editable=False)
    amount_base = fields.Money(_("Amount in company currency"), default=0, editable=False)
    cost = fields.Money(_("Cost"), null=True, blank=True, editable=False)
    margin = models.GeneratedField(  # as far as a percentage goes
        expression=models.Case(models.When(cost__isnull=False, net__gt=0, then=Greatest(Least(Round(models.ExpressionWrapper(
            (F("net") - F("cost")) * Decimal(100) / F("net"), output_field=RATIO), 2), models.Value(Decimal("999.99"), output_field=RATIO)),
            models.Value(Decimal("-999.99"), output_field=RATIO)))),
        output_field=fields.Percent(_("Gross margin"), null=True), db_persist=True)  # fmt: skip
    credit_seen = models.JSONField(default=dict, db_default={}, editable=False)  # figures of the last credit check: `credit.Seen`
    planned = fields.Money(_("In instalments"), default=0, editable=False)
    remainder = models.GeneratedField(expression=F("amount") - F("planned"), output_field=fields.Money(_("Not in an instalment yet"), default=0),
                                      db_persist=True)
    delivered = fields.Money(_("Delivered"), default=0, editable=False)
    returned = fields.Money(pgettext_lazy("goods", "Returned"), default=0, editable=False)
    received = fields.Money(pgettext_lazy("money", "Received"), default=0, editable=False)
    receivable = fields.Money(_("Receivable"), default=0, editable=False)
    invoiced = fields.Money(_("Invoiced"), default=0, db_default=0, editable=False)
    to_invoice = models.GeneratedField(expression=F("amount") - F("invoiced"), output_field=fields.Money(_("Open to be invoiced"), default=0),
                                       db_persist=True)
    sold_by = fields.Person(verbose_name=_("Owner at signing"), null=True, blank=True, editable=False)
    sold_unit = fields.InUnit(verbose_name=_("Unit at signing"), null=True, blank=True, editable=False)
    sold_branch = fields.InUnit(verbose_name=_("Branch at signing"), null=True, blank=True, editable=False)
    is_first = fields.YesNo(_("First order of the customer"), default=False, editable=False)
    note = fields.LongText(_("Note"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("order"), _("orders")
        constraints = [
            models.UniqueConstraint(fields=("number",), name="order_number_once", condition=~models.Q(number="")),
            models.CheckConstraint(condition=models.Q(state__in=("draft", "pending", "void")) | models.Q(signed_on__isnull=False),
                                   name="order_signed_when", violation_error_message=_("Say on which day it was signed.")),
            models.CheckConstraint(condition=models.Q(warranty_months=None) | models.Q(warranty_months__range=(0, 240)), name="order_warranty",
                                   violation_error_message=_("Between 0 and 240 months.")),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="order_amount", violation_error_message=_(
                "An amount is not below zero.")),
            models.CheckConstraint(condition=models.Q(received__gte=0), name="order_received_not_below_zero", violation_error_message=_(
                "More cannot be taken back than was received.")),
            models.CheckConstraint(condition=models.Q(invoiced__gte=0) & models.Q(invoiced__lte=F("amount")), name="order_invoiced",
                                   violation_error_message=_("No more is invoiced than the order comes to: correct invoices first.")),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("contract", "id"), name="order_of_contract"),
            models.Index(fields=("customer", "signed_on"), name="order_of_customer"),
            models.Index(fields=("state", "signed_on"), name="order_state"),
        ]

    def __str__(self) -> str:
        return self.number or self.name


class OrderLine(PricedLine):
    """A product, or something described in words, within an order; its prices stand as they were agreed."""

    scope_via = "order"
    lock_rank = 56
    to_the_cent = True
    inner = ("attributes",)

    order = fields.Link(Order, models.CASCADE, verbose_name=_("Customer order"), related_name="lines")
    net_base = fields.Money(_("Amount without tax in company currency"), default=0, editable=False)
    cost_base = fields.Money(_("Cost in company currency"), null=True, blank=True, editable=False)
    promised_on = fields.Day(_("Delivery promised for"), null=True, blank=True)
    delivered = fields.Number(_("Delivered"), default=0, editable=False)
    returned = fields.Number(pgettext_lazy("goods", "Returned"), default=0, editable=False)
    signed_on = fields.Day(_("Signed on"), null=True, blank=True, editable=False)  # copies of the order's, for figures
    voided_on = fields.Day(_("Voided on"), null=True, blank=True, editable=False)
    attributes = models.ForeignKey(AttributeSet, models.PROTECT, null=True, blank=True, editable=False, related_name="+", db_index=False)

    class Meta:
        verbose_name, verbose_name_plural = _("order line"), _("order lines")
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="order_line_quantity", violation_error_message=_(
                "A quantity is above zero.")),
            models.CheckConstraint(condition=models.Q(discount__range=(0, 100)), name="order_line_discount", violation_error_message=_(
                "Between 0 and 100 per cent.")),
            models.CheckConstraint(condition=models.Q(tax_rate=None) | models.Q(tax_rate__range=(0, 100)), name="order_line_tax_rate",
                                   violation_error_message=_("Between 0 and 100 per cent.")),
            models.CheckConstraint(condition=models.Q(unit_price=None) | models.Q(unit_price__gte=0), name="order_line_price",
                                   violation_error_message=_("A price is not below zero.")),
            models.CheckConstraint(condition=models.Q(delivered__gte=0) & models.Q(delivered__lte=F("quantity")), name="order_line_delivered",
                                   violation_error_message=_("More cannot be delivered than was ordered.")),
            models.CheckConstraint(condition=models.Q(returned__gte=0) & models.Q(returned__lte=F("delivered")), name="order_line_returned",
                                   violation_error_message=_("More cannot be returned than was delivered.")),
        ]  # fmt: skip
        indexes = [models.Index(fields=("order", "id"), name="order_line_of"), models.Index(fields=("product", "order"), name="order_line_product"),
                   models.Index(fields=("signed_on",), name="order_line_signed", condition=models.Q(signed_on__isnull=False))]  # fmt: skip
