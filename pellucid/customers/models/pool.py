"""Pools: leads and customers that wait for somebody to take them, and what brings them back there."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record
from pellucid.kernel.resources.conditions import Conditions


class Pool(Record):
    """A place where records of one kind wait. Its keeper owns them meanwhile; colleagues of its unit and below may take them."""

    class Kind(models.TextChoices):
        LEAD = "lead", _("Leads")
        CUSTOMER = "customer", _("Customers")

    lock_rank = 15
    duties = ("keeper", "unit")

    name = fields.Text(_("Name"), max_length=80)
    kind = fields.Choice(_("Holds"), choices=Kind, default=Kind.LEAD)
    unit = fields.InUnit(verbose_name=_("Unit"), help_text=_("Colleagues of this unit and below may take from the pool."))
    keeper = fields.Person(verbose_name=_("Keeper"), help_text=_("Owns what waits here, and hears of it."))
    daily_limit = fields.Integer(_("Taken per day at most"), null=True, blank=True, help_text=_("By one person; empty: no limit."))
    held_limit = fields.Integer(_("Held at once at most"), null=True, blank=True, help_text=_("Open ones of one person; empty: no limit."))
    cooldown_days = fields.Integer(_("Cool-down in days"), default=7, help_text=_("So long the former owner may not take it again."))
    flows_into = fields.Link("self", models.PROTECT, verbose_name=_("Moves on into"), null=True, blank=True, related_name="+",
                             help_text=_("Where what nobody took goes on to, the group's pool for instance; empty: it stays."))
    flow_days = fields.Integer(_("Moves on after days"), null=True, blank=True, help_text=_("So long nobody took it."))
    active = fields.YesNo(_("In use"), default=True)
    note = fields.LongText(_("Note"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("pool"), _("pools")
        constraints = [
            models.CheckConstraint(condition=models.Q(cooldown_days__range=(0, 3650)), name="pool_cooldown",
                                   violation_error_message=_("Between 0 and 3,650 days.")),
            models.CheckConstraint(condition=models.Q(flow_days=None) | models.Q(flow_days__range=(1, 3650)), name="pool_flow_days",
                                   violation_error_message=_("Between 1 and 3,650 days.")),
            models.CheckConstraint(condition=models.Q(flow_days=None, flows_into=None) | models.Q(flow_days__isnull=False, flows_into__isnull=False),
                                   name="pool_flows_whole", violation_error_message=_("Say into which pool, and after how many days.")),
            models.CheckConstraint(condition=models.Q(daily_limit=None) | models.Q(daily_limit__gte=0), name="pool_daily",
                                   violation_error_message=_("Not below 0.")),
            models.CheckConstraint(condition=models.Q(held_limit=None) | models.Q(held_limit__gte=0), name="pool_held",
                                   violation_error_message=_("Not below 0.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Recall(Record):
    """When records go back into a pool by themselves: nobody spoke with them, or nothing was sold, for so long."""

    name = fields.Text(_("Name"), max_length=80)
    pool = fields.Link(Pool, models.PROTECT, verbose_name=_("Into the pool"), related_name="+")
    quiet_days = fields.Integer(_("Days without follow-up"), null=True, blank=True, default=30)
    warn_days = fields.Integer(_("Warned days before"), default=3)
    position = fields.Integer(_("Rank"), default=100)
    active = fields.YesNo(_("In use"), default=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class LeadRecall(Recall):
    """When a lead goes back into a pool."""

    conditions = Conditions(_("Which leads"), of="lead", blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("recall rule for leads"), _("recall rules for leads")
        constraints = [models.CheckConstraint(condition=models.Q(quiet_days__range=(1, 3650)), name="lead_recall_days",
                                              violation_error_message=_("Between 1 and 3,650 days."))]  # fmt: skip


class CustomerRecall(Recall):
    """When a customer goes back into a pool."""

    dealless_months = fields.Integer(_("Months without a deal"), null=True, blank=True)
    conditions = Conditions(_("Which customers"), of="customer", blank=True, default="",
                            help_text=_("By level, region or class; customers with a date in “Not recalled until” are left alone."))  # fmt: skip

    class Meta:
        verbose_name, verbose_name_plural = _("recall rule for customers"), _("recall rules for customers")
        constraints = [
            models.CheckConstraint(condition=models.Q(quiet_days=None) | models.Q(quiet_days__range=(1, 3650)), name="customer_recall_days",
                                   violation_error_message=_("Between 1 and 3,650 days.")),
            models.CheckConstraint(condition=models.Q(dealless_months=None) | models.Q(dealless_months__range=(1, 120)),
                                   name="customer_recall_months", violation_error_message=_("Between 1 and 120 months.")),
            models.CheckConstraint(condition=models.Q(quiet_days__isnull=False) | models.Q(dealless_months__isnull=False),
                                   name="customer_recall_says_when", violation_error_message=_("Say after how many days or months.")),
        ]  # fmt: skip


class PoolMove(models.Model):
    """What a pool saw, never changed: who put a record in, took it out, for which reason."""

    class Kind(models.TextChoices):
        RETURNED = "returned", _("Returned")
        RECALLED = "recalled", _("Recalled")
        TAKEN = "taken", _("Taken")
        ASSIGNED = "assigned", _("Assigned")
        FLOWED = "flowed", _("Moved on")

    id = models.BigAutoField(primary_key=True)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="moves")
    resource = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    user = fields.Person(null=True)      # whose it was (in), or becomes (out)
    by = fields.Person(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=("resource", "record_id", "-at"), name="pool_move_of"),
                   models.Index(fields=("pool", "user", "at"), name="pool_move_by")]


class PoolQuota(models.Model):
    """How much one person has taken from a pool on one day."""

    id = models.BigAutoField(primary_key=True)
    pool = models.ForeignKey(Pool, models.CASCADE, related_name="+")
    user = fields.Person()
    day = models.DateField()
    taken = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("pool", "user", "day"), name="pool_quota_once")]
