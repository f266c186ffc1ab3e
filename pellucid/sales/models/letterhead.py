"""What stands at the head and foot of papers that go to customers: who we are, our tax number, our bank."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record


class Letterhead(Record):
    """The head of one unit's papers, in both languages. A unit without one uses that of the nearest unit above it, or the company's."""

    lock_rank = 19

    unit = fields.InUnit(verbose_name=_("For papers of"), null=True, blank=True, help_text=_("Left empty: the whole company."))
    name = fields.Text(_("Company name"), max_length=120)
    name_en = fields.Text(_("Company name in English"), max_length=120, blank=True, default="")
    address = fields.Text(_("Address"), max_length=200, blank=True, default="")
    address_en = fields.Text(_("Address in English"), max_length=200, blank=True, default="")
    phone = fields.Phone(_("Phone"), blank=True, default="")
    website = fields.Url(_("Website"), blank=True, default="")
    tax_number = fields.Text(_("Tax number"), max_length=30, blank=True, default="")
    bank = fields.Text(_("Bank"), max_length=120, blank=True, default="")
    bank_en = fields.Text(_("Bank in English"), max_length=120, blank=True, default="")
    account = fields.Text(_("Account"), max_length=60, blank=True, default="")
    logo = fields.File(verbose_name=_("Logo"), null=True, blank=True, companion="logo_name", help_text=_("A picture: PNG, JPEG or WebP."))
    logo_name = fields.Text(_("File name"), max_length=255, blank=True, default="", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("letterhead"), _("letterheads")
        constraints = [models.UniqueConstraint(fields=("unit",), name="letterhead_once", nulls_distinct=False, condition=models.Q(
            deleted_at=None), violation_error_message=_("There is a letterhead for it already."))]  # fmt: skip

    def __str__(self) -> str:
        return self.name
