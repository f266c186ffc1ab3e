"""A company or person we deal with; one set for the whole group."""
from __future__ import annotations

import datetime as dt

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from pellucid.collaboration.fields import NextStep
from pellucid.kernel.records import fields
from pellucid.kernel.records.models import OwnedRecord

from .clocked import FAR, Clocked, plan_by

LONG_AGO = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)


class CustomerClass(models.IntegerChoices):
    """The five classes a customer rises through."""

    UNIDENTIFIED = 1, _("To be identified")
    POTENTIAL = 2, _("Potential")
    OPPORTUNITY = 3, _("Opportunity")
    ORDERING = 4, _("Order customer")
    USER = 5, _("User")


class Customer(Clocked, OwnedRecord):
    """The one record of a company or person: who it is, who looks after it, where it stands, what comes next."""

    class Kind(models.TextChoices):
        COMPANY = "company", _("Company")
        PERSON = "person", _("Person")

    temporal = ("customer_class", "level", "owner", "unit", "branch", "industry", "origin", "pool")
    valid_since = ("created_at",)
    # copies and scores: what they follow from leaves its own line
    unaudited = ("pinyin", "initials", "company_key", "completeness", "next_step", "next_step_at", "last_contact_at", "last_contact_kind",
                 "last_contact_by", *Clocked.CLOCK)
    lock_rank = 20
    takes_along = True
    match_keys = {"name": "company_key", "credit_code": "credit_code"}  # an import compares what the preparation made of them

    number = fields.Text(_("Number"), max_length=30, blank=True, editable=False)
    name = fields.Text(_("Name"), max_length=200)
    short_name = fields.Text(_("Short name"), max_length=60, blank=True, default="")
    pinyin = fields.Text(_("Pinyin"), max_length=400, blank=True, default="")
    initials = fields.Text(_("Initials"), max_length=80, blank=True, default="")
    company_key = models.CharField(max_length=200, blank=True, default="", editable=False)
    kind = fields.Choice(_("Kind"), choices=Kind, default=Kind.COMPANY)
    is_customer = fields.YesNo(_("Customer"), default=True)
    is_partner = fields.YesNo(_("Partner"), default=False)
    credit_code = fields.Text(_("Unified social credit code"), max_length=18, blank=True, default="")
    parent = fields.Link("self", models.PROTECT, verbose_name=_("Parent company"), null=True, blank=True, related_name="subsidiaries")
    industry = fields.Term(dictionary="industry", verbose_name=_("Industry"), null=True, blank=True)
    business = fields.Term(dictionary="business", verbose_name=_("Line of business"), null=True, blank=True)
    size = fields.Term(dictionary="company_size", verbose_name=_("Size"), null=True, blank=True)
    region = fields.Term(dictionary="region", verbose_name=_("Region"), null=True, blank=True)
    address = fields.Text(_("Address"), max_length=300, blank=True, default="")
    website = fields.Url(_("Website"), blank=True, default="")
    phone = fields.Phone(_("Phone"), blank=True, default="", personal=False)
    employees = fields.Integer(_("Employees"), null=True, blank=True)
    revenue = fields.Money(_("Annual revenue"), null=True, blank=True)
    annual_demand = fields.Money(_("Annual demand"), null=True, blank=True, help_text=_("What they say they spend a year on what we sell."))
    founded = fields.Integer(_("Founded in"), style="plain", null=True, blank=True)
    level = fields.Term(dictionary="customer_level", verbose_name=_("Level"), null=True, blank=True)
    customer_class = fields.Level(_("Class"), choices=CustomerClass, default=CustomerClass.UNIDENTIFIED)
    class_since = fields.Moment(_("In this class since"), null=True, blank=True)
    origin = fields.Term(dictionary="origin", verbose_name=_("Origin"), null=True, blank=True)
    needs = fields.Terms(dictionary="need", verbose_name=_("Needs"))
    needs_note = fields.LongText(_("What they need"), blank=True, default="", personal=True)
    tags = fields.Terms(dictionary="customer_tag", verbose_name=_("Tags"))
    account_contact = fields.Person(verbose_name=_("First contact with us"), null=True, blank=True)
    next_step = NextStep(_("Next step"), blank=True, default="", companion="next_step_at")
    next_step_at = fields.Moment(_("Next step at"), null=True, blank=True)
    next_step_key = models.GeneratedField(expression=Coalesce("next_step_at", models.Value(FAR, models.DateTimeField())),
                                          output_field=models.DateTimeField(), db_persist=True)
    last_contact_at = fields.Moment(_("Last contact"), style="ago", null=True, blank=True)
    last_contact_key = models.GeneratedField(expression=Coalesce("last_contact_at", models.Value(LONG_AGO, models.DateTimeField())),
                                             output_field=models.DateTimeField(), db_persist=True)
    last_contact_kind = models.CharField(max_length=12, blank=True, default="", editable=False)
    last_contact_by = fields.Person(null=True, blank=True, editable=False)
    plan_by = plan_by()
    completeness = fields.Integer(_("Completeness"), default=0, editable=False)
    pool = fields.Link("customers.Pool", models.PROTECT, verbose_name=_("Pool"), null=True, blank=True, related_name="+")
    kept_until = fields.Day(_("Not recalled until"), null=True, blank=True)
    note = fields.LongText(_("Note"), blank=True, default="", personal=True)

    class Meta:
        verbose_name, verbose_name_plural = _("customer"), _("customers")
        constraints = [
            models.UniqueConstraint(fields=("number",), name="customer_number_once", condition=~models.Q(number="")),
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="customer_not_its_own_parent",
                                   violation_error_message=_("A company cannot be its own parent.")),
            models.CheckConstraint(condition=models.Q(customer_class__in=[1, 2, 3, 4, 5]), name="customer_class_known"),
        ]
        indexes = [
            models.Index(fields=("company_key",), name="customer_company_key"),
            models.Index(fields=("credit_code",), name="customer_credit_code", condition=~models.Q(credit_code="")),
            models.Index(fields=("parent",), name="customer_parent", condition=models.Q(parent__isnull=False)),
            models.Index(fields=("pool", "id"), name="customer_pool", condition=models.Q(pool__isnull=False)),
            models.Index(fields=("plan_by",), name="customer_plan", condition=models.Q(plan_due_at__isnull=False, deleted_at=None)),
            models.Index(fields=("owner",), name="customer_carried", condition=models.Q(deleted_at=None, merged_into=None, pool=None)),
            GinIndex(fields=("tags",), name="customer_tags"),
        ]

    def __str__(self) -> str:
        return self.name
