"""A possible sale: to whom, what, how much, how far, what comes next."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.collaboration.fields import NextStep
from pellucid.customers.models import Contact, Customer, Lead
from pellucid.customers.models.clocked import FAR
from pellucid.kernel.records import fields
from pellucid.kernel.records.company import CURRENCIES
from pellucid.kernel.records.models import OwnedRecord, Record
from pellucid.products.models import Product
from pellucid.products.models import company_currency as company_currency

from ..competing import Competitors, OfCompetitor
from ..kinds import Marks, OfPipeline, OfStage, RotsOn
from .pipeline import Pipeline, Stage

FAR_DAY = dt.date(9999, 1, 1)


class Opportunity(OwnedRecord):
    """One possible sale, from the first day to won or lost. Where it stood, whose it was and what it was worth is kept for every day."""

    class State(models.TextChoices):
        OPEN = "open", _("In progress")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    class Forecast(models.TextChoices):
        COMMIT = "commit", _("Committed")
        BEST = "best", _("Best case")
        PIPELINE = "pipeline", _("Possible")
        OMITTED = "omitted", _("Left out")

    temporal = ("pipeline", "stage", "state", "amount", "amount_base", "expected_on", "probability", "forecast", "closed_on", "loss_reason",
                "owner", "unit", "branch")  # fmt: skip
    valid_since = ("created_at",)
    # copies: what they follow from leaves its own line
    unaudited = ("stage_since", "rots_on", "customer_level", "incomplete", "next_step", "next_step_at", "competitors")
    lock_rank = 40
    takes_along = True
    goes_along = ("customer",)
    in_work = models.Q(state="open")
    came_from: int | None = None  # the customer it leaves, while it is being written
    buyer: tuple[int | None, Customer | None] | None = None  # its customer as a reader sees him, while a page is drawn

    number = fields.Text(_("Number"), max_length=40, blank=True, editable=False)
    name = fields.Text(_("Name"), max_length=200, blank=True, default="", help_text=_("Left empty: customer and product."))
    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Customer"), null=True, blank=True, related_name="opportunities")
    pipeline = OfPipeline(Pipeline, models.PROTECT, verbose_name=_("Pipeline"), blank=True, related_name="+")
    stage = OfStage(Stage, models.PROTECT, verbose_name=_("Stage"), blank=True, related_name="+")
    stage_since = fields.Moment(_("In this stage since"), default=timezone.now)
    rots_on = RotsOn(_("Stalled"), null=True, blank=True, companion="stage_since")
    state = fields.Choice(_("State"), choices=State, default=State.OPEN, tones={"open": "acc", "won": "ok", "lost": "bad"})
    probability = fields.Percent(_("Probability"), null=True, blank=True)
    forecast = fields.Choice(_("Forecast"), choices=Forecast, default=Forecast.PIPELINE, tones={"commit": "ok", "best": "acc"})
    amount = fields.Money(_("Amount"), default=0)
    currency = fields.Choice(_("Currency"), max_length=3, choices=[(c, c) for c in CURRENCIES], default=company_currency)
    rate = fields.Number(_("Exchange rate"), decimal_places=8, default=1)
    amount_base = fields.Money(_("Amount in company currency"), default=0, editable=False)
    product = fields.Link(Product, models.PROTECT, verbose_name=_("Main product"), null=True, blank=True, related_name="+")
    opened_on = fields.Day(_("Opened on"), null=True, blank=True)
    expected_on = fields.Day(_("Expected close"), null=True, blank=True)
    expected_key = models.GeneratedField(expression=Coalesce("expected_on", models.Value(FAR_DAY, models.DateField())),
                                         output_field=models.DateField(), db_persist=True)
    closed_on = fields.Day(_("Closed on"), null=True, blank=True)
    closed_owner = fields.Person(verbose_name=_("Owner at closing"), null=True, blank=True, editable=False)
    closed_unit = fields.InUnit(verbose_name=_("Unit at closing"), null=True, blank=True, editable=False)
    loss_reason = fields.Term(dictionary="loss_reason", verbose_name=_("Why lost"), null=True, blank=True)
    lost_to = OfCompetitor("sales.Competitor", models.PROTECT, verbose_name=_("Lost to"), null=True, blank=True, related_name="+")
    lost_price = fields.Money(_("Price of the winner"), null=True, blank=True)
    lost_price_base = fields.Money(_("Price of the winner in company currency"), null=True, blank=True, editable=False)
    competitors = Competitors(verbose_name=_("Competitors"))
    uncontested = fields.YesNo(_("Nobody competes"), default=False, help_text=_("Found out, not just unknown."))
    win_reason = fields.Term(dictionary="win_reason", verbose_name=_("Why won"), null=True, blank=True)
    closing_note = fields.LongText(_("Note on closing"), blank=True, default="")
    origin = fields.Term(dictionary="origin", verbose_name=_("Origin"), null=True, blank=True)
    lead = fields.Link(Lead, models.SET_NULL, verbose_name=_("Lead"), null=True, blank=True, related_name="+")
    needs = fields.Terms(dictionary="need", verbose_name=_("Needs"))
    needs_note = fields.LongText(_("What they need"), blank=True, default="")
    customer_level = fields.Term(dictionary="customer_level", verbose_name=_("Level of the customer"), null=True, blank=True)
    incomplete = fields.YesNo(_("Customer or opening day missing"), default=False)
    ticked = Marks(verbose_name=_("Ticked off"))
    next_step = NextStep(_("Next step"), blank=True, default="", companion="next_step_at")
    next_step_at = fields.Moment(_("Next step at"), null=True, blank=True)
    next_step_key = models.GeneratedField(expression=Coalesce("next_step_at", models.Value(FAR, models.DateTimeField())),
                                          output_field=models.DateTimeField(), db_persist=True)
    note = fields.LongText(_("Note"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("opportunity"), _("opportunities")
        constraints = [
            models.UniqueConstraint(fields=("number",), name="opportunity_number_once", condition=~models.Q(number="")),
            models.UniqueConstraint(fields=("lead",), name="opportunity_of_lead_once", condition=models.Q(lead__isnull=False, deleted_at=None),
                                    violation_error_message=_("An opportunity came of this lead already.")),
            models.CheckConstraint(condition=models.Q(state="open", closed_on=None) | models.Q(state__in=("won", "lost"), closed_on__isnull=False),
                                   name="opportunity_closed_when", violation_error_message=_("Say on which day it was closed.")),
            models.CheckConstraint(condition=models.Q(opened_on=None) | models.Q(closed_on=None) | models.Q(closed_on__gte=models.F("opened_on")),
                                   name="opportunity_closed_after_opened", violation_error_message=_("It was closed before it was opened.")),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="opportunity_amount", violation_error_message=_(
                "An amount is not below zero.")),
            models.CheckConstraint(condition=models.Q(lost_price=None) | models.Q(lost_price__gt=0), name="opportunity_lost_price",
                                   violation_error_message=_("A price is above zero.")),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="opportunity_rate", violation_error_message=_(
                "An exchange rate is above zero.")),
            models.CheckConstraint(condition=models.Q(probability=None) | models.Q(probability__range=(0, 100)), name="opportunity_probability",
                                   violation_error_message=_("Between 0 and 100 per cent.")),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("customer",), name="opportunity_customer", condition=models.Q(customer__isnull=False)),
            models.Index(fields=("pipeline", "stage", "id"), name="opportunity_stage"),
            models.Index(fields=("state", "closed_on"), name="opportunity_closed"),
            models.Index(fields=("lost_to",), name="opportunity_lost_to", condition=models.Q(lost_to__isnull=False)),
            # who wins how often is asked for every chunk of leads that is allocated: from the index alone
            models.Index(fields=("closed_owner", "closed_on"), include=("state",), name="opportunity_closed_by", condition=models.Q(
                closed_owner__isnull=False, deleted_at=None)),
            GinIndex(fields=("competitors",), name="opportunity_competitors"),
        ]

    def __str__(self) -> str:
        return self.name


class OpportunityLine(Record):
    """A product within an opportunity."""

    scope_via = "opportunity"
    lock_rank = 41

    opportunity = fields.Link(Opportunity, models.CASCADE, verbose_name=_("Sales opportunity"), related_name="lines")
    product = fields.Link(Product, models.PROTECT, verbose_name=_("Product"), related_name="+")
    quantity = fields.Number(_("Quantity"), default=1)
    unit_price = fields.Money(_("Unit price"), decimal_places=4, null=True, blank=True, help_text=_("Left empty: the list price."))
    discount = fields.Percent(_("Discount"), default=0)
    amount = fields.Money(_("Amount"), default=0, editable=False)
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("product line"), _("product lines")
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="opportunity_line_quantity", violation_error_message=_(
                "A quantity is above zero.")),
            models.CheckConstraint(condition=models.Q(discount__range=(0, 100)), name="opportunity_line_discount", violation_error_message=_(
                "Between 0 and 100 per cent.")),
        ]  # fmt: skip
        indexes = [models.Index(fields=("opportunity", "id"), name="opportunity_line_of")]

    def __str__(self) -> str:
        return str(self.product)


class OpportunityContact(Record):
    """Somebody at the customer who has a part in this decision."""

    class Attitude(models.TextChoices):
        FOR = "for", _("For us")
        NEUTRAL = "neutral", _("Undecided")
        AGAINST = "against", _("Against us")

    scope_via = "opportunity"
    lock_rank = 42

    opportunity = fields.Link(Opportunity, models.CASCADE, verbose_name=_("Sales opportunity"), related_name="people")
    contact = fields.Link(Contact, models.CASCADE, verbose_name=_("Contact"), related_name="+")
    role = fields.Term(dictionary="decision_role", verbose_name=_("Part in the decision"), null=True, blank=True)
    attitude = fields.Choice(_("Attitude"), choices=Attitude, default=Attitude.NEUTRAL, tones={"for": "ok", "against": "bad"})
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("person in the decision"), _("people in the decision")
        constraints = [models.UniqueConstraint(fields=("opportunity", "contact"), name="opportunity_contact_once", condition=models.Q(
            deleted_at=None), violation_error_message=_("This person is named already."))]  # fmt: skip

    def __str__(self) -> str:
        return str(self.contact)
