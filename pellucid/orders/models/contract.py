"""What was agreed with a customer: for one order, or as a frame for many."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pellucid.customers.models import Customer
from pellucid.kernel.records import fields
from pellucid.kernel.records.company import CURRENCIES
from pellucid.kernel.records.models import OwnedRecord
from pellucid.products.models import company_currency
from pellucid.sales.models import Opportunity, Quotation

from .trust import Checked


class Contract(Checked, OwnedRecord):
    """An agreement with a customer. A single or special one has one order, made with it; the amount of a framework is that of its orders."""

    class Kind(models.TextChoices):
        SINGLE = "single", _("Single contract")
        FRAMEWORK = "framework", _("Framework contract")
        SPECIAL = "special", _("Special contract")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("In force")
        ENDED = "ended", _("Fulfilled")
        VOID = "void", _("Void")

    temporal = ("state", "amount", "amount_base", "owner", "unit", "branch")
    lock_rank = 50
    takes_along = True
    goes_along = ("customer",)
    in_work = models.Q(state__in=("draft", "active"))
    to_the_cent = True

    number = fields.Text(_("Contract number"), max_length=40, blank=True, default="", editable=False)
    issued_by = fields.InUnit(verbose_name=_("Issued by"), null=True, blank=True, editable=False)
    name = fields.Text(_("Name"), max_length=200, blank=True, default="", help_text=_("Left empty: customer and opportunity."))
    kind = fields.Choice(_("Kind of contract"), choices=Kind, default=Kind.SINGLE, tones={"framework": "acc", "special": "warn"})
    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Customer"), related_name="+")
    opportunity = fields.Link(Opportunity, models.SET_NULL, verbose_name=_("Sales opportunity"), null=True, blank=True, related_name="+")
    quotation = fields.Link(Quotation, models.SET_NULL, verbose_name=_("Quotation"), null=True, blank=True, related_name="+", editable=False)
    state = fields.Choice(_("State"), choices=State, default=State.DRAFT, tones={"active": "acc", "ended": "ok", "void": "bad"})
    currency = fields.Choice(_("Currency"), max_length=3, choices=[(c, c) for c in CURRENCIES], default=company_currency)
    rate = fields.Number(_("Exchange rate"), decimal_places=8, default=1)
    amount = fields.Money(_("Amount with tax"), default=0, editable=False)
    amount_base = fields.Money(_("Amount in company currency"), default=0, editable=False)
    signed_on = fields.Day(_("Signed on"), null=True, blank=True)
    starts_on = fields.Day(_("Valid from"), null=True, blank=True)
    ends_on = fields.Day(_("Valid until"), null=True, blank=True)
    warranty_months = fields.Integer(_("Warranty (months)"), null=True, blank=True, help_text=_(
        "From the acceptance. Left empty: as the company usually does."))
    voided_on = fields.Day(_("Voided on"), null=True, blank=True, editable=False)
    terms = fields.LongText(_("Terms"), blank=True, default="")
    note = fields.LongText(_("Note"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("contract"), _("contracts")
        constraints = [
            models.UniqueConstraint(fields=("issued_by", "number"), name="contract_number_once", condition=~models.Q(number="")),
            models.UniqueConstraint(fields=("quotation",), name="contract_of_quotation_once", condition=models.Q(deleted_at=None) & ~models.Q(
                state="void"),
                                    violation_error_message=_("There is a contract of it already.")),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="contract_rate", violation_error_message=_(
                "An exchange rate is above zero.")),
            models.CheckConstraint(condition=models.Q(state__in=("draft", "void")) | models.Q(signed_on__isnull=False), name="contract_signed_when",
                                   violation_error_message=_("Say on which day it was signed.")),
            models.CheckConstraint(condition=models.Q(starts_on=None) | models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                                   name="contract_ends_after_start", violation_error_message=_("It ends before it begins.")),
            models.CheckConstraint(condition=models.Q(warranty_months=None) | models.Q(warranty_months__range=(0, 240)), name="contract_warranty",
                                   violation_error_message=_("Between 0 and 240 months.")),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("customer", "id"), name="contract_of_customer"),
            models.Index(fields=("opportunity",), name="contract_of_opportunity", condition=models.Q(opportunity__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name
