"""What was invoiced of an order: rows are issued once, voided in their month, or corrected by a red-letter invoice; never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from pellucid.customers.models import Customer
from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from .instalment import Instalment
from .order import Order, OrderLine


class Invoice(Record):
    """An invoice of an order, asked for as a draft, then issued under a number: what its parts come to, or without parts so much of the order.
    A red-letter one refers to what it corrects, its amounts are below zero. The buyer's title and tax number are those of the day it was drawn up."""

    class Kind(models.TextChoices):
        SPECIAL = "special", _("VAT special invoice")
        GENERAL = "general", _("VAT general invoice")
        ELECTRONIC = "electronic", _("Fully digital invoice")

    class State(models.TextChoices):
        DRAFT = "draft", _("To be issued")
        ISSUED = "issued", _("Issued")
        VOID = "void", _("Void")

    scope_via = "order"
    lock_rank = 59
    to_the_cent = True

    name = fields.Text(_("For what"), max_length=200, blank=True, default="", editable=False)
    number = fields.Text(_("Invoice number"), max_length=40, blank=True, default="", editable=False)
    issued_by = fields.InUnit(verbose_name=_("Issued by"), null=True, blank=True, editable=False)
    order = fields.Link(Order, models.CASCADE, verbose_name=_("Customer order"), related_name="invoices")
    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Customer"), blank=True, related_name="+", editable=False)
    kind = fields.Choice(_("Kind of invoice"), choices=Kind, default=Kind.SPECIAL)
    state = fields.Choice(_("State"), choices=State, default=State.DRAFT, editable=False, tones={"draft": "warn", "issued": "ok", "void": ""})
    amount = fields.Money(_("Amount with tax"), blank=True, default=0, help_text=_(
        "Left empty: all that is open to be invoiced."))
    tax_rate = fields.Percent(_("Tax rate"), null=True, blank=True, editable=False)
    net = fields.Money(_("Amount without tax"), default=0, editable=False)
    tax = fields.Money(_("Tax"), default=0, editable=False)
    amount_base = fields.Money(_("Amount in company currency"), default=0, editable=False)
    buyer = fields.Text(_("Buyer"), max_length=200, blank=True, default="", help_text=_("Left empty: as the customer is called."))
    buyer_tax_number = fields.Text(_("Buyer's tax number"), max_length=30, blank=True, default="", help_text=_("Left empty: the customer's."))
    fiscal_number = fields.Text(_("Number of the tax system"), max_length=40, blank=True, default="")
    invoiced_on = fields.Day(_("Issued on"), null=True, blank=True, editable=False)
    voided_on = fields.Day(_("Voided on"), null=True, blank=True, editable=False)
    corrects = fields.Link("self", models.PROTECT, verbose_name=_("Corrects"), null=True, blank=True, related_name="corrections", editable=False)
    corrected = fields.Money(_("Corrected so far"), default=0, editable=False)
    reason = fields.Text(_("Reason"), max_length=200, blank=True, default="", editable=False)
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("invoice"), _("invoices")
        constraints = [
            models.UniqueConstraint(fields=("issued_by", "number"), name="invoice_number_once", condition=~models.Q(number="")),
            models.UniqueConstraint(fields=("fiscal_number",), name="invoice_fiscal_number_once", condition=~models.Q(fiscal_number="") & models.Q(
                deleted_at=None), violation_error_message=_("There is an invoice with this number already.")),
            models.CheckConstraint(condition=models.Q(corrects=None, amount__gt=0) | models.Q(corrects__isnull=False, amount__lt=0),
                                   name="invoice_sign", violation_error_message=_("An invoice is above zero, one that corrects it below.")),
            models.CheckConstraint(condition=models.Q(amount=F("net") + F("tax")), name="invoice_adds_up"),
            models.CheckConstraint(condition=models.Q(corrected__gte=0) & (models.Q(corrected__lte=F("amount")) | models.Q(corrected=0)),
                                   name="invoice_corrected", violation_error_message=_("No more is corrected than was invoiced.")),
            models.CheckConstraint(condition=models.Q(state="draft", invoiced_on=None) | models.Q(
                ~models.Q(state="draft"), invoiced_on__isnull=False), name="invoice_issued_when"),
            models.CheckConstraint(condition=models.Q(voided_on=None) | models.Q(state="void", corrected=0), name="invoice_voided_whole"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("order", "id"), name="invoice_of"),
            models.Index(fields=("customer", "invoiced_on"), name="invoice_of_customer"),
            models.Index(fields=("invoiced_on",), name="invoice_day", condition=models.Q(invoiced_on__isnull=False)),
            models.Index(fields=("corrects",), name="invoice_corrections", condition=models.Q(corrects__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number or self.name


class InvoicePart(Record):
    """A line of an invoice: it is for an order line, an instalment, or the share of a line in an instalment, and has a rate, net and tax of its
    own. One of a red-letter invoice says which part it takes back."""

    scope_via = "order"
    part_of = "invoice"
    lock_rank = 60
    to_the_cent = True
    visits_kept = False

    order = fields.Link(Order, models.CASCADE, verbose_name=_("Customer order"), blank=True, related_name="+", editable=False)
    invoice = fields.Link(Invoice, models.CASCADE, verbose_name=_("Invoice"), related_name="parts")
    name = fields.Text(_("For what"), max_length=200, blank=True, default="", editable=False)
    line = fields.Link(OrderLine, models.RESTRICT, verbose_name=_("Order line"), null=True, blank=True, related_name="+")
    instalment = fields.Link(Instalment, models.RESTRICT, verbose_name=_("Instalment"), null=True, blank=True, related_name="+")
    amount = fields.Money(_("Amount with tax"), blank=True, default=0, help_text=_("Left empty: all of it that is open to be invoiced."))
    tax_rate = fields.Percent(_("Tax rate"), null=True, blank=True, editable=False)
    net = fields.Money(_("Amount without tax"), default=0, editable=False)
    tax = fields.Money(_("Tax"), default=0, editable=False)
    corrects = fields.Link("self", models.RESTRICT, verbose_name=_("Corrects"), null=True, blank=True, related_name="corrections", editable=False)
    corrected = fields.Money(_("Corrected so far"), default=0, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("line of an invoice"), _("lines of invoices")
        constraints = [
            models.CheckConstraint(condition=models.Q(line__isnull=False) | models.Q(instalment__isnull=False), name="invoice_part_of_what",
                                   violation_error_message=_("Say which order line or instalment it is for.")),
            models.CheckConstraint(condition=models.Q(corrects=None, amount__gt=0) | models.Q(corrects__isnull=False, amount__lt=0),
                                   name="invoice_part_sign", violation_error_message=_("An invoice is above zero, one that corrects it below.")),
            models.CheckConstraint(condition=models.Q(amount=F("net") + F("tax")), name="invoice_part_adds_up"),
            models.CheckConstraint(condition=models.Q(corrected__gte=0) & (models.Q(corrected__lte=F("amount")) | models.Q(corrected=0)),
                                   name="invoice_part_corrected", violation_error_message=_("No more is corrected than was invoiced.")),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("invoice", "id"), name="invoice_part_of"),
            models.Index(fields=("order", "id"), name="invoice_part_of_order"),
            models.Index(fields=("line",), name="invoice_part_of_line", condition=models.Q(line__isnull=False)),
            models.Index(fields=("instalment",), name="invoice_part_of_instalment", condition=models.Q(instalment__isnull=False)),
            models.Index(fields=("corrects",), name="invoice_part_corrections", condition=models.Q(corrects__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name
