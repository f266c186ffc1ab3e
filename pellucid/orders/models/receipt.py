"""Money that came in, or went back."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext_lazy as _

from pellucid.customers.models import Customer
from pellucid.kernel.records import fields
from pellucid.kernel.records.company import CURRENCIES
from pellucid.kernel.records.models import Record
from pellucid.products.models import company_currency


class Receipt(Record):
    """Money from a customer, spread over what he owes; what is left is prepaid. A wrong one is not changed: a counter-document reverses it."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        REFUND = "refund", _("Refund")
        REVERSAL = "reversal", _("Reversal")
        REFUND_REVERSAL = "refund_reversal", _("Reversal of a refund")

    scope_via = "customer"
    lock_rank = 58
    to_the_cent = True

    number = fields.Text(_("Receipt number"), max_length=40, blank=True, default="", editable=False)
    issued_by = fields.InUnit(verbose_name=_("Issued by"), null=True, blank=True, editable=False)
    kind = fields.Choice(_("Kind of receipt"), choices=Kind, default=Kind.RECEIPT, editable=False, tones={
        "refund": "warn", "reversal": "bad", "refund_reversal": "bad"})  # fmt: skip
    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Payer"), related_name="+")
    received_on = fields.Day(_("Received on"), null=True, blank=True, help_text=_("Left empty: today."))
    amount = fields.Money(_("Amount"))
    currency = fields.Choice(_("Currency"), max_length=3, choices=[(c, c) for c in CURRENCIES], default=company_currency)
    rate = fields.Number(_("Exchange rate"), decimal_places=8, default=1)
    amount_base = fields.Money(_("Amount in company currency"), default=0, editable=False)
    method = fields.Term(dictionary="payment_method", verbose_name=_("Way of payment"), null=True, blank=True)
    reference = fields.Text(_("Bank reference"), max_length=80, blank=True, default="")
    allocated = fields.Money(_("Allocated"), default=0, editable=False)
    refunded = fields.Money(_("Paid back"), default=0, editable=False)
    free = models.GeneratedField(expression=Case(When(kind="receipt", reversed_on=None, then=F("amount") - F("allocated") - F("refunded")),
                                                 default=Value(Decimal(0))), output_field=fields.Money(_("Prepaid"), default=0), db_persist=True)
    came_in = models.GeneratedField(
        expression=Case(When(kind__in=("receipt", "refund_reversal"), then=F("amount_base")), default=-F("amount_base")), db_persist=True,
        output_field=fields.Money(_("Came in, in company currency"), default=0))
    counters = fields.Link("self", models.PROTECT, verbose_name=_("Counter-document to"), null=True, blank=True, related_name="countered_by",
                           editable=False)
    reversed_on = fields.Day(_("Reversed on"), null=True, blank=True, editable=False)
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("receipt"), _("receipts")
        constraints = [
            models.UniqueConstraint(fields=("issued_by", "number"), name="receipt_number_once", condition=~models.Q(number="")),
            models.UniqueConstraint(fields=("counters",), name="receipt_reversed_once", condition=models.Q(kind__in=("reversal", "refund_reversal")),
                                    violation_error_message=_("It has been reversed already.")),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="receipt_amount", violation_error_message=_(
                "An amount is above zero.")),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="receipt_rate", violation_error_message=_(
                "An exchange rate is above zero.")),
            models.CheckConstraint(condition=models.Q(allocated__gte=0, refunded__gte=0) & models.Q(
                amount__gte=F("allocated") + F("refunded")), name="receipt_allocated", violation_error_message=_(
                "More cannot be allocated or paid back than was received.")),
            models.CheckConstraint(condition=models.Q(kind="receipt", counters=None)
                                   | models.Q(kind__in=("refund", "reversal", "refund_reversal"), counters__isnull=False), name="receipt_counters"),
            models.CheckConstraint(condition=models.Q(reversed_on=None) | models.Q(allocated=0, refunded=0), name="receipt_reversed_is_free"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("customer", "received_on"), name="receipt_of_customer"),
            models.Index(fields=("customer",), name="receipt_prepaid", condition=models.Q(kind="receipt", reversed_on=None)),
        ]

    def __str__(self) -> str:
        return self.number
