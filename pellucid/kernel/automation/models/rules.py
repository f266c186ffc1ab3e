"""A rule, its versions, and what it did or did not do. What was published stays as it was: a trigger holds it (derived.py)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record
from pellucid.kernel.resources.nouns import nouns

KEY = "rule"


class Rule(Record):
    """What the program does by itself when something happens. Switched off it does nothing."""

    visits_kept = False
    lock_rank = 98
    inner = ("active", "on_since", "last_slot")
    unaudited = ("last_slot",)

    class Trigger(models.TextChoices):
        CREATED = "created", _("A record is created")
        CHANGED = "changed", _("Fields change")
        EVENT = "event", _("Something is done")
        DATE = "date", _("A day is reached")
        SCHEDULE = "schedule", _("At set times")

    name = fields.Text(_("Name"), max_length=120)
    resource = fields.Text(_("About"), max_length=40, editable=False, kind="code", called=nouns)
    trigger = fields.Choice(_("Trigger"), choices=Trigger, editable=False)
    keeper = fields.Person(verbose_name=_("Looked after by"), editable=False)
    active = models.ForeignKey("automation.RuleVersion", models.PROTECT, null=True, blank=True, related_name="+", editable=False)
    is_on = fields.YesNo(_("Switched on"), default=False, editable=False)
    on_since = fields.Moment(_("Switched on since"), null=True, blank=True, editable=False)
    last_slot = models.DateTimeField(null=True, blank=True, editable=False)
    stopped = fields.Text(_("Why it was switched off"), max_length=300, blank=True, default="", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("rule"), _("rules")
        constraints = [
            models.CheckConstraint(condition=Q(is_on=False) | Q(active__isnull=False, on_since__isnull=False), name="rule_on_has_a_version"),
        ]

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """One state of a rule. What it did keeps it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    id = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(Rule, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    body = models.JSONField()
    note = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)
    published_by = fields.Person(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("rule", "number"), name="rule_version_number_once"),
            models.UniqueConstraint(fields=("rule",), condition=Q(state="draft"), name="rule_version_one_draft"),
            models.UniqueConstraint(fields=("rule",), condition=Q(state="published"), name="rule_version_one_published"),
            models.CheckConstraint(condition=Q(state="draft", published_at=None) | (~Q(state="draft") & Q(published_at__isnull=False)),
                                   name="rule_version_is_dated"),
        ]  # fmt: skip


MOMENT = Coalesce("ended_at", "created_at")  # when an occasion was dealt with, or came


class RuleRun(models.Model):
    """A rule met an occasion: an event, a day that was reached, an hour of its schedule, each about one record. One row, whatever becomes
    of it; the same occasion never comes twice."""

    class State(models.TextChoices):
        DUE = "due", _("Waiting")
        DONE = "done", _("Done")
        UNMET = "unmet", _("Conditions not met")
        REFUSED = "refused", _("Not allowed")
        FAILED = "failed", _("Failed")
        STOPPED = "stopped", _("Stopped")

    ACTED = ("done", "refused", "failed")  # it tried to

    id = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(Rule, models.PROTECT, related_name="runs")
    edition = models.ForeignKey(RuleVersion, models.PROTECT, related_name="runs")
    occasion = models.CharField(max_length=80)
    event_id = models.BigIntegerField(null=True)
    resource = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    root = models.CharField(max_length=60)
    chain: Any = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    facts: Any = models.JSONField(default=list)  # [field, value] of what the conditions looked at
    before: Any = models.JSONField(default=dict)  # columns the event changed -> what they held before
    did: Any = models.JSONField(default=list)  # what each step came to
    why = models.TextField(blank=True, default="")
    tries = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("rule", "occasion"), name="rule_run_once"),
            models.UniqueConstraint(fields=("rule", "root", "resource", "record_id"), condition=Q(state="done"), name="rule_run_one_per_root"),
            models.CheckConstraint(condition=Q(state="due", ended_at=None) | (~Q(state="due") & Q(ended_at__isnull=False)), name="rule_run_ended"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("next_at", "id"), name="rule_run_due", condition=Q(state="due")),
            models.Index(fields=("rule", "record_id", "id"), name="rule_run_before", condition=Q(state="due")),
            models.Index(fields=("rule", "-ended_at"), name="rule_run_log"),
            models.Index(fields=("resource", "record_id", "-id"), name="rule_run_record"),
            models.Index(fields=("root",), name="rule_run_root"),
            models.Index(MOMENT.desc(), F("id").desc(), name="rule_run_time"),
        ]
