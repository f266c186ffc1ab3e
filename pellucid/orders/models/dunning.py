"""Asking for overdue money: levels an administrator keeps, one case per customer that climbs them, promises to pay."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.collaboration.models import Task
from pellucid.customers.models import Customer, FollowUp
from pellucid.kernel.records import days, fields
from pellucid.kernel.records.derived_versions import watch
from pellucid.kernel.records.models import Record
from pellucid.kernel.records.versions import versioned


class DunningLevel(Record):
    """From how many days on, in which tone, by which way, with which words a customer is asked; and who is told."""

    class Tone(models.TextChoices):
        FRIENDLY = "friendly", _("Friendly")
        FIRM = "firm", _("Firm")
        FINAL = "final", _("Last warning")
        LEGAL = "legal", _("Before legal action")

    class Told(models.TextChoices):
        COLLECTOR = "collector", _("Who collects only")
        MANAGER = "manager", _("Who collects, and the superior")
        FINANCE = "finance", _("Who collects, the superior, finance")
        EXECUTIVE = "executive", _("Who collects, the superior, finance, the executives")

    lock_rank = 18

    level = fields.Integer(_("Dunning level"))
    name = fields.Text(_("Name"), max_length=40)
    name_en = fields.Text(_("Name in English"), max_length=40, blank=True, default="")
    days = fields.Integer(_("From days overdue"), default=1)
    wait = fields.Integer(_("Days after the level before"), default=7, help_text=_("At least so many: a customer climbs one level at a time."))
    within = fields.Integer(_("Working days to act"), default=2)
    tone = fields.Choice(_("Tone"), choices=Tone, default=Tone.FRIENDLY, tones={"firm": "warn", "final": "bad", "legal": "bad"})
    channel = fields.Choice(_("Way"), choices=FollowUp.Kind, default=FollowUp.Kind.CALL)
    told = fields.Choice(_("Who is told"), choices=Told, default=Told.COLLECTOR)
    text = fields.LongText(_("Letter"), blank=True, default="", help_text=_(
        "Filled in: {customer}, {contact}, {amount}, {since}, {days}, {deadline}, {list}, {company}, {collector}, {today}."))
    text_en = fields.LongText(_("Letter in English"), blank=True, default="")
    active = fields.YesNo(_("Active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("dunning level"), _("dunning levels")
        constraints = [
            models.UniqueConstraint(fields=("level",), name="dunning_level_once", condition=models.Q(deleted_at=None)),
            models.CheckConstraint(condition=models.Q(level__range=(1, 99)), name="dunning_level_range", violation_error_message=_(
                "From 1 to 99.")),
            models.CheckConstraint(condition=models.Q(days__range=(1, 3650)), name="dunning_level_days", violation_error_message=_(
                "Between 1 and 3,650 days.")),
            models.CheckConstraint(condition=models.Q(wait__range=(0, 365)), name="dunning_level_wait", violation_error_message=_(
                "Between 0 and 365 days.")),
            models.CheckConstraint(condition=models.Q(within__range=(0, 60)), name="dunning_level_within", violation_error_message=_(
                "Between 0 and 60 days.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


watch("terms", "orders_dunninglevel")


@versioned("terms")
def level_names(language: str) -> dict[int, str]:
    """Number -> what a level is called, those out of use too; in memory until one of them changes."""
    rows = DunningLevel._base_manager.filter(deleted_at=None).values_list("level", "name", "name_en")
    return {level: english if language == "en" and english else name for level, name, english in rows}


class DunningCase(Record):
    """What is overdue of one customer and is asked for: how far it has come, with whom it is, why it rests. One at a time."""

    class State(models.TextChoices):
        OPEN = "open", _("To be collected")
        PROMISED = "promised", _("Payment promised")
        PAUSED = "paused", _("Disputed")
        CLOSED = "closed", pgettext_lazy("dunning", "Closed")

    TONES: ClassVar[dict[str, str]] = {"open": "bad", "promised": "acc", "paused": "warn", "closed": "ok"}

    scope_via = "customer"
    lock_rank = 31
    unaudited = ("overdue", "disputed", "since")  # copies of what the ledger says, brought up to date every day

    name = fields.Text(_("Name"), max_length=200, blank=True, default="", editable=False)
    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Customer"), related_name="+")
    state = fields.Choice(_("State"), choices=State, default=State.OPEN, tones=TONES)
    level = fields.Integer(_("Dunning level"), default=0, kind="named", called=level_names)
    collector = fields.Person(verbose_name=_("Collected by"))
    overdue = fields.Money(_("Overdue"), default=0)
    disputed = fields.Money(_("Disputed of it"), default=0)
    since = fields.Day(_("Overdue since"), null=True, blank=True)
    opened_on = fields.Day(_("Begun on"), default=days.today)
    raised_on = fields.Day(_("At this level since"), null=True, blank=True)
    contacted_on = fields.Day(_("Last asked on"), null=True, blank=True)
    dispute = fields.Text(_("Why it is disputed"), max_length=200, blank=True, default="")
    disputed_by = fields.Text(_("Who disputes it"), max_length=80, blank=True, default="", personal=True)
    paused_until = fields.Day(_("Rests until"), null=True, blank=True)
    kept = fields.Integer(_("Promises kept"), default=0)
    broken = fields.Integer(_("Promises broken"), default=0)
    closed_on = fields.Day(_("Closed on"), null=True, blank=True)
    outcome = fields.Text(_("How it ended"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("dunning case"), _("dunning cases")
        constraints = [
            models.UniqueConstraint(fields=("customer",), name="dunning_case_once", condition=models.Q(
                deleted_at=None, merged_into=None, closed_on=None), violation_error_message=_("This customer is asked for money already.")),
            models.CheckConstraint(condition=models.Q(state="closed", closed_on__isnull=False) | models.Q(
                ~models.Q(state="closed"), closed_on=None), name="dunning_case_closed_when"),
            models.CheckConstraint(condition=~models.Q(state="paused") | models.Q(paused_until__isnull=False), name="dunning_case_rests_until",
                                   violation_error_message=_("Say until which day it rests.")),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("collector", "-level"), name="dunning_case_of", condition=models.Q(closed_on=None)),
            models.Index(fields=("customer", "-id"), name="dunning_case_customer"),
        ]

    def __str__(self) -> str:
        return self.name


class DunningStep(Record):
    """A case came to a level: when, what was overdue then, who was to act. Once for each level of a case."""

    scope_via = "customer"
    lock_rank = 32

    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Customer"), related_name="+")
    case = fields.Link(DunningCase, models.CASCADE, verbose_name=_("Dunning case"), related_name="steps")
    level = fields.Integer(_("Dunning level"), kind="named", called=level_names)
    name = fields.Text(_("Name"), max_length=40)
    raised_on = fields.Day(_("Raised on"))
    overdue = fields.Money(_("Overdue then"))
    since = fields.Day(_("Overdue since"))
    collector = fields.Person(verbose_name=_("Collected by"))
    task = fields.Link(Task, models.SET_NULL, verbose_name=_("Task"), null=True, blank=True, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("dunning step"), _("dunning steps")
        constraints = [models.UniqueConstraint(fields=("case", "level"), name="dunning_step_once")]
        indexes = [models.Index(fields=("customer", "-id"), name="dunning_step_customer")]

    def __str__(self) -> str:
        return self.name


class PaymentPromise(Record):
    """The customer said how much would be paid by when. Judged once: kept, broken, or replaced by another one."""

    class State(models.TextChoices):
        OPEN = "open", _("Awaited")
        KEPT = "kept", _("Kept")
        BROKEN = "broken", _("Broken")
        REPLACED = "replaced", _("Replaced")

    scope_via = "customer"
    lock_rank = 33

    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Customer"), related_name="+")
    case = fields.Link(DunningCase, models.CASCADE, verbose_name=_("Dunning case"), related_name="promises")
    amount = fields.Money(_("Promised amount"))
    due_on = fields.Day(_("Promised for"))
    said_by = fields.Text(_("Who promised"), max_length=80, personal=True)
    told_on = fields.Day(_("Said on"), default=days.today)
    state = fields.Choice(_("State"), choices=State, default=State.OPEN, tones={"open": "acc", "kept": "ok", "broken": "bad"})
    received = fields.Money(_("Received since"), default=0)
    judged_on = fields.Day(_("Judged on"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("promise to pay"), _("promises to pay")
        constraints = [
            models.UniqueConstraint(fields=("case",), name="payment_promise_once", condition=models.Q(state="open", deleted_at=None)),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payment_promise_amount", violation_error_message=_(
                "An amount is above zero.")),
            models.CheckConstraint(condition=models.Q(state="open", judged_on=None) | models.Q(~models.Q(state="open"), judged_on__isnull=False),
                                   name="payment_promise_judged_when"),
        ]  # fmt: skip
        indexes = [models.Index(fields=("customer", "-id"), name="payment_promise_customer")]

    def __str__(self) -> str:
        return f"{self.due_on} {self.amount}"
