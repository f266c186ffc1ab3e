"""What a customer was offered: version after version, each as it was sent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.customers.models import Contact, Customer
from pellucid.kernel.records import fields
from pellucid.kernel.records.company import CURRENCIES
from pellucid.kernel.records.models import OwnedRecord
from pellucid.products.models import PricedLine, company_currency

from .opportunity import Opportunity


class Quotation(OwnedRecord):
    """One version of an offer. A draft may be changed; what was sent stays as it is, and a change of it is the next version under the
    same number."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SENT = "sent", _("Sent")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        EXPIRED = "expired", _("Expired")
        REPLACED = "replaced", _("Replaced")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Below(models.TextChoices):
        SELLER = "seller", _("Of the seller")
        MANAGER = "manager", _("Of managers, too")

    temporal = ("state", "amount", "amount_base", "owner", "unit", "branch")
    lock_rank = 46
    goes_along = ("opportunity", "customer")
    in_work = models.Q(state__in=("draft", "sent"))
    to_the_cent = True

    number = fields.Text(_("Quotation number"), max_length=40, blank=True, editable=False)
    edition = fields.Integer(_("Version"), default=1, editable=False)
    latest = fields.YesNo(_("Latest version"), default=True, editable=False)
    name = fields.Text(_("Name"), max_length=200, blank=True, default="", help_text=_("Left empty: the opportunity, or the customer."))
    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Customer"), related_name="+")
    opportunity = fields.Link(Opportunity, models.SET_NULL, verbose_name=_("Sales opportunity"), null=True, blank=True, related_name="quotations")
    contact = fields.Link(Contact, models.SET_NULL, verbose_name=_("Contact"), null=True, blank=True, related_name="+")
    state = fields.Choice(_("State"), choices=State, default=State.DRAFT, tones={
        "sent": "acc", "accepted": "ok", "declined": "bad", "expired": "warn"})  # fmt: skip
    currency = fields.Choice(_("Currency"), max_length=3, choices=[(c, c) for c in CURRENCIES], default=company_currency)
    rate = fields.Number(_("Exchange rate"), decimal_places=8, default=1)
    valid_until = fields.Day(pgettext_lazy("offer", "Valid until"), null=True, blank=True, help_text=_("Left empty: as long as usual."))
    payment = fields.Term(dictionary="quotation_payment", verbose_name=_("Payment"), null=True, blank=True)
    delivery = fields.Term(dictionary="quotation_delivery", verbose_name=_("Time of delivery"), null=True, blank=True)
    warranty = fields.Term(dictionary="quotation_warranty", verbose_name=_("Warranty"), null=True, blank=True)
    terms = fields.LongText(_("Further terms"), blank=True, default="")
    listed = fields.Money(_("Before discount"), default=0, editable=False)
    net = fields.Money(_("Amount without tax"), default=0, editable=False)
    tax = fields.Money(_("Tax"), default=0, editable=False)
    amount = fields.Money(_("Amount with tax"), default=0, editable=False)
    amount_base = fields.Money(_("Amount in company currency"), default=0, editable=False)
    cost = fields.Money(_("Cost"), null=True, blank=True, editable=False)
    margin = fields.Percent(_("Gross margin"), max_digits=14, null=True, blank=True, editable=False)
    below_floor = fields.Choice(_("Below the floor"), choices=Below, blank=True, default="", editable=False, tones={
        Below.SELLER: "warn", Below.MANAGER: "bad"}, help_text=_("Whose limits of discount and margin it goes below."))  # fmt: skip
    sent_on = fields.Day(_("Sent on"), null=True, blank=True, editable=False)
    decided_on = fields.Day(_("Decided on"), null=True, blank=True, editable=False)
    decline_reason = fields.Term(dictionary="quotation_decline", verbose_name=_("Why declined"), null=True, blank=True)
    note = fields.LongText(_("Note"), blank=True, default="", help_text=_("For colleagues; the customer does not see it."))

    class Meta:
        verbose_name, verbose_name_plural = _("quotation"), _("quotations")
        constraints = [
            models.UniqueConstraint(fields=("number", "edition"), name="quotation_version_once", condition=~models.Q(number="")),
            models.UniqueConstraint(fields=("number",), name="quotation_latest_once", condition=models.Q(latest=True, deleted_at=None) & ~models.Q(
                number=""), violation_error_message=_("Somebody has made the next version already.")),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="quotation_rate", violation_error_message=_(
                "An exchange rate is above zero.")),
            models.CheckConstraint(condition=models.Q(state="draft") | models.Q(sent_on__isnull=False) | models.Q(state="withdrawn"),
                                   name="quotation_sent_when", violation_error_message=_("Say on which day it was sent.")),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("customer", "id"), name="quotation_of_customer"),
            models.Index(fields=("opportunity",), name="quotation_of_opportunity", condition=models.Q(opportunity__isnull=False)),
            models.Index(fields=("valid_until",), name="quotation_out", condition=models.Q(state="sent")),
        ]

    def __str__(self) -> str:
        return self.name


class QuotationLine(PricedLine):
    """A product, or something in words, within a quotation. What it costs us is a field of its own, for those who may read it."""

    scope_via = "quotation"
    lock_rank = 47
    to_the_cent = True

    quotation = fields.Link(Quotation, models.CASCADE, verbose_name=_("Quotation"), related_name="lines")
    position = fields.Integer(_("Position"), null=True, blank=True, help_text=_("Left empty: at the end."))
    margin = fields.Percent(_("Gross margin"), max_digits=14, null=True, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("quotation line"), _("quotation lines")
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="quotation_line_quantity", violation_error_message=_(
                "A quantity is above zero.")),
            models.CheckConstraint(condition=models.Q(discount__range=(0, 100)), name="quotation_line_discount", violation_error_message=_(
                "Between 0 and 100 per cent.")),
            models.CheckConstraint(condition=models.Q(tax_rate=None) | models.Q(tax_rate__range=(0, 100)), name="quotation_line_tax_rate",
                                   violation_error_message=_("Between 0 and 100 per cent.")),
            models.CheckConstraint(condition=models.Q(unit_price=None) | models.Q(unit_price__gte=0), name="quotation_line_price",
                                   violation_error_message=_("A price is not below zero.")),
        ]  # fmt: skip
        indexes = [models.Index(fields=("quotation", "position"), name="quotation_line_of")]
