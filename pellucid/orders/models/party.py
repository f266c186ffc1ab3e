"""Who else has a part in a contract besides its customer."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.customers.models import Customer
from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from .contract import Contract


class ContractParty(Record):
    """A company with a part of its own in a contract: the partner who sells along, who uses what is sold, who vouches, receives or pays."""

    class Part(models.TextChoices):
        END_CUSTOMER = "end_customer", _("End customer")
        PARTNER = "partner", pgettext_lazy("party", "Partner")
        GUARANTOR = "guarantor", _("Guarantor")
        CONSIGNEE = "consignee", _("Receiver of the goods")
        PAYER = "payer", pgettext_lazy("party", "Payer")
        OTHER = "other", pgettext_lazy("party", "Other party")

    scope_via = "contract"
    lock_rank = 51
    apart = ("customer",)  # it is another company than the contract's

    contract = fields.Link(Contract, models.CASCADE, verbose_name=_("Contract"), related_name="parties")
    part = fields.Choice(_("Part in the contract"), choices=Part, default=Part.END_CUSTOMER, tones={"partner": "acc", "guarantor": "warn"})
    customer = fields.Link(Customer, models.PROTECT, verbose_name=pgettext_lazy("party", "Company"), related_name="+")
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("party of a contract"), _("parties of contracts")
        indexes = [models.Index(fields=("contract", "id"), name="contract_party_of"), models.Index(fields=("customer",), name="contract_party_is")]

    def __str__(self) -> str:
        return f"{self.customer} · {self.get_part_display()}"
