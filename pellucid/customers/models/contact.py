"""The people at a customer."""
from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from .customer import Customer


class Contact(Record):
    """A person at a customer: his part in decisions, how to reach him, whether he agreed to it."""

    class Consent(models.TextChoices):
        UNKNOWN = "unknown", _("Not asked")
        GIVEN = "given", _("Agreed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Gender(models.TextChoices):
        UNKNOWN = "", _("Not said")
        FEMALE = "female", _("Ms")
        MALE = "male", _("Mr")

    scope_via = "customer"
    lock_rank = 25
    temporal = ("customer", "role", "position")
    unaudited = ("pinyin", "initials", "last_contact_at")

    customer = fields.Link(Customer, models.CASCADE, verbose_name=_("Customer"), related_name="contacts")
    name = fields.Text(pgettext_lazy("person", "Name"), max_length=80, personal=True, mask="name")
    pinyin = models.CharField(max_length=200, blank=True, default="", editable=False)
    initials = models.CharField(max_length=40, blank=True, default="", editable=False)
    gender = fields.Choice(_("Address as"), choices=Gender, blank=True, default="")
    department = fields.Text(_("Department"), max_length=80, blank=True, default="")
    position = fields.Text(_("Position"), max_length=80, blank=True, default="")
    role = fields.Term(dictionary="decision_role", verbose_name=_("Part in the decision"), null=True, blank=True)
    is_primary = fields.YesNo(_("Main contact"), default=False)
    mobile = fields.Phone(_("Mobile"), blank=True, default="")
    phone = fields.Phone(_("Office phone"), blank=True, default="")
    email = fields.Email(_("E-mail"), blank=True, default="")
    wechat = fields.Text(_("WeChat"), max_length=60, blank=True, default="", personal=True)
    birthday = fields.Day(_("Birthday"), null=True, blank=True, personal=True)
    consent = fields.Choice(_("May be contacted"), choices=Consent, default=Consent.UNKNOWN, tones={"given": "ok", "withdrawn": "bad"})
    consent_source = fields.Text(_("How they agreed"), max_length=120, blank=True, default="")
    consent_on = fields.Day(_("Agreed on"), null=True, blank=True)
    last_contact_at = fields.Moment(_("Last contact"), style="ago", null=True, blank=True)
    note = fields.LongText(_("Note"), blank=True, default="", personal=True)

    class Meta:
        verbose_name, verbose_name_plural = _("contact"), _("contacts")
        constraints = [
            models.UniqueConstraint(fields=("customer",), name="one_main_contact", condition=models.Q(
                is_primary=True, deleted_at=None, merged_into=None), violation_error_message=_("This customer has a main contact already.")),
            models.CheckConstraint(condition=~models.Q(consent="given") | ~models.Q(consent_source=""), name="consent_says_how",
                                   violation_error_message=_("Say how they agreed.")),
        ]
        indexes = [models.Index(fields=("customer", "-is_primary", "id"), name="contact_of")]

    def __str__(self) -> str:
        return self.name
