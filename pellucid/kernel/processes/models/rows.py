"""What an instance is made of. Rows are numbered inside their instance from one counter, so that none waits for the id of another."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from pellucid.kernel.records import fields

from .instance import ProcessInstance


def _one_of(name: str, *values: str) -> Q:
    return Q(**{f"{name}__in": values})


class OfInstance(models.Model):
    """A row of one instance."""

    id = models.BigAutoField(primary_key=True)
    instance = models.ForeignKey(ProcessInstance, models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class Step(OfInstance):
    """One visit of one step."""

    no = models.IntegerField()
    node = models.CharField(max_length=40)
    visit = models.IntegerField()
    up = models.IntegerField(null=True)
    lane = models.CharField(max_length=40, blank=True, default="")
    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=10)
    outcome = models.CharField(max_length=16, blank=True, default="")
    data = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("instance", "no"), name="step_no"),
            models.UniqueConstraint(fields=("instance", "node", "visit"), name="step_visit"),
            models.UniqueConstraint(fields=("instance", "node"), condition=Q(state="open"), name="step_open_once"),
            models.UniqueConstraint("instance", Coalesce("up", 0), "lane", condition=Q(state="open"), name="step_one_per_lane"),
            models.CheckConstraint(condition=_one_of("state", "open", "done", "cancelled"), name="step_state"),
            models.CheckConstraint(condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)), name="step_closes"),
        ]


class Assignment(OfInstance):
    """Somebody asked by a step. A hand-over is a new row in the same slot."""

    no = models.IntegerField()
    step_no = models.IntegerField()
    slot = models.IntegerField()
    person = fields.Person()
    state = models.CharField(max_length=12)
    origin = models.CharField(max_length=10)
    extra = models.BooleanField(default=False)
    before_no = models.IntegerField(null=True)
    why = models.CharField(max_length=20, blank=True, default="")
    source = fields.Person(null=True)
    actor = fields.Person(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("instance", "no"), name="assignment_no"),
            models.UniqueConstraint(fields=("instance", "step_no", "person"), condition=_one_of("state", "waiting", "pending"),
                                    name="assignment_asked_once"),
            models.UniqueConstraint(fields=("instance", "step_no", "slot"), condition=_one_of("state", "waiting", "pending"),
                                    name="assignment_one_holder"),
            models.CheckConstraint(condition=_one_of("state", "waiting", "pending", "approved", "rejected", "returned", "transferred", "superseded"),
                                   name="assignment_state"),
            models.CheckConstraint(condition=_one_of("origin", "rule", "dedupe", "transfer", "added", "escalated", "leaver", "held"),
                                   name="assignment_origin"),
            models.CheckConstraint(condition=(_one_of("state", "waiting", "pending") & Q(closed_at=None))
                                   | (~_one_of("state", "waiting", "pending") & Q(closed_at__isnull=False)), name="assignment_closes"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("person", "-opened_at"), name="assignment_inbox", condition=Q(state="pending")),
            models.Index(fields=("person", "instance"), name="assignment_live", condition=_one_of("state", "waiting", "pending")),
            models.Index(fields=("actor", "-closed_at"), name="assignment_decided", condition=Q(actor__isnull=False)),
        ]


class Verdict(OfInstance):
    """One person's decision: an assignment has one."""

    asked = models.IntegerField()
    step_no = models.IntegerField()
    actor = fields.Person()
    behalf = fields.Person()
    verdict = models.CharField(max_length=10)
    comment = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("instance", "asked"), name="decision_once"),
            models.CheckConstraint(condition=_one_of("verdict", "approve", "reject", "return", "submit", "retry", "skip", "end"),
                                   name="decision_verdict"),
        ]  # fmt: skip


class Timer(OfInstance):
    """A time that will come."""

    no = models.IntegerField()
    step_no = models.IntegerField()
    kind = models.CharField(max_length=8)
    at = models.DateTimeField()
    round = models.IntegerField(default=0)
    state = models.CharField(max_length=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("instance", "no"), name="timer_no"),
            models.CheckConstraint(condition=_one_of("kind", "wait", "due", "remind"), name="timer_kind"),
            models.CheckConstraint(condition=_one_of("state", "armed", "fired", "cancelled"), name="timer_state"),
        ]
        indexes = [models.Index(fields=("at",), name="timer_due", condition=Q(state="armed"))]


class Effect(OfInstance):
    """Something the program owes: action, mark and next step are one commit."""

    no = models.IntegerField()
    step_no = models.IntegerField()
    kind = models.CharField(max_length=12)
    body = models.JSONField(default=dict)
    wait = models.BooleanField(default=True)
    state = models.CharField(max_length=10)
    tries = models.IntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("instance", "no"), name="effect_no"),
            models.CheckConstraint(condition=_one_of("state", "due", "child", "done", "failed", "dead", "cancelled"), name="effect_state"),
        ]
        indexes = [
            models.Index(fields=("next_at",), name="effect_due", condition=Q(state="due")),
            models.Index(fields=("instance",), name="effect_child", condition=Q(state="child")),
        ]


class LogLine(OfInstance):
    """What happened, as data; it is put into words for its reader."""

    at = models.DateTimeField()
    what = models.CharField(max_length=20)
    step_no = models.IntegerField(null=True)
    node = models.CharField(max_length=40, blank=True, default="")
    actor = fields.Person(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=("instance", "id"), name="log_instance")]


class Copy(OfInstance):
    """Somebody who was sent a copy."""

    person = fields.Person()
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("instance", "person"), name="copy_once")]
        indexes = [models.Index(fields=("person", "-at"), name="copy_of_person")]
