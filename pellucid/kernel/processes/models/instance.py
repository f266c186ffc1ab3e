"""One run of a process over one record."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import OwnedRecord

from .defined import Process, ProcessVersion

MAX_DEPTH = 5


class ProcessInstance(OwnedRecord):
    """A request that goes its way. Everybody who is asked or copied may read it: a share says so."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        ENDED = "ended", pgettext_lazy("process state", "Ended")

    class Outcome(models.TextChoices):
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        TERMINATED = "terminated", _("Terminated")

    record_refs = (("resource", "record_id"),)
    unaudited = ("data", "last_no", "epoch")  # the log of the instance says what happened
    visits_kept = False
    lock_rank = 98
    finished = "ended_at"
    inner = ("edition", "resource", "record_id", "gate", "action", "inputs", "acting", "cause", "form", "chosen", "data", "last_no", "epoch",
             "parent", "parent_effect", "depth", "start_key")  # fmt: skip

    name = fields.Text(_("Request"), max_length=250, editable=False)
    process = fields.Link(Process, models.PROTECT, related_name="+", verbose_name=_("Process"), editable=False)
    edition = models.ForeignKey(ProcessVersion, models.PROTECT, related_name="+", editable=False)
    requester = fields.Person(verbose_name=_("Requested by"), editable=False)
    state = fields.Choice(_("State"), choices=State, default=State.RUNNING, tones={"running": "info", "ended": ""}, editable=False)
    outcome = fields.Choice(pgettext_lazy("process", "Outcome"), choices=Outcome, blank=True, default="", editable=False,
                            tones={"approved": "ok", "rejected": "bad", "withdrawn": "", "terminated": "warn"})  # fmt: skip
    ended_at = fields.Moment(pgettext_lazy("process", "Ended"), null=True, blank=True, editable=False)
    resource = models.CharField(max_length=40, editable=False)
    record_id = models.BigIntegerField(editable=False)
    gate = models.CharField(max_length=40, blank=True, default="", editable=False)
    action = models.CharField(max_length=80, blank=True, default="", editable=False)
    inputs = models.JSONField(default=dict, editable=False)
    acting = models.JSONField(default=dict, editable=False)  # the actor of what waits: user, on_behalf_of, language
    cause = models.BigIntegerField(null=True, editable=False)
    form = models.JSONField(default=dict, editable=False)
    chosen = models.JSONField(default=dict, editable=False)
    data = models.JSONField(default=dict, editable=False)
    last_no = models.IntegerField(default=0, editable=False)
    epoch = models.IntegerField(default=0, editable=False)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", editable=False)
    parent_effect = models.IntegerField(null=True, editable=False)
    depth = models.SmallIntegerField(default=0, editable=False)
    start_key = models.CharField(max_length=120, null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = pgettext_lazy("process", "request"), pgettext_lazy("process", "requests")
        constraints = [
            models.UniqueConstraint(fields=("resource", "record_id", "gate"), condition=Q(state="running") & ~Q(gate=""), name="instance_one_gate",
                                    violation_error_message=_("An approval of this is under way already.")),
            models.UniqueConstraint(fields=("start_key",), name="instance_start_key"),
            models.CheckConstraint(condition=Q(state="running", outcome="", ended_at=None)
                                   | (Q(state="ended", ended_at__isnull=False) & ~Q(outcome="")), name="instance_ends_whole"),
            models.CheckConstraint(condition=Q(depth__gte=0, depth__lte=MAX_DEPTH), name="instance_depth"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="instance_not_its_own_parent"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("resource", "record_id", "-created_at"), name="instance_subject"),
            models.Index(fields=("requester", "-created_at"), name="instance_requester"),
        ]

    def __str__(self) -> str:
        return self.name
