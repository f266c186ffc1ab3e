"""Work to be done outside of a request, and the processes that do it."""
from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Blob


class Worker(models.Model):
    """A process that works off jobs. It is dead when it has not been seen for a while, or its process is gone."""

    id = models.BigAutoField(primary_key=True)
    machine = models.CharField(max_length=200, blank=True, default="")
    pid = models.IntegerField()
    born = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)


class Job(models.Model):
    """One piece of work: who asked for it, how far it is, what became of it. `run` counts how often a worker took it:
    whoever holds an older count has lost the job and can no longer write progress."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)
    title = models.CharField(max_length=200, blank=True, default="")
    user = fields.Person(null=True)
    cause = models.BigIntegerField(null=True)
    args = models.JSONField(default=dict)
    queue = models.CharField(max_length=20, default="default")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    due_at = models.DateTimeField(default=timezone.now)
    once = models.CharField(max_length=160, null=True, unique=True)
    tries = models.SmallIntegerField(default=0)
    max_tries = models.SmallIntegerField(default=4)
    run = models.IntegerField(default=0)
    worker_id = models.BigIntegerField(null=True)
    cancel_asked = models.BooleanField(default=False)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    rate = models.FloatField(default=0)
    message = models.CharField(max_length=200, blank=True, default="")
    checkpoint = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    result_file = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    result_name = models.CharField(max_length=255, blank=True, default="")
    error = models.TextField(blank=True, default="")
    trace = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("background job"), _("background jobs")
        indexes = [
            models.Index(fields=("due_at", "id"), name="job_due", condition=Q(state="queued")),
            models.Index(fields=("worker_id",), name="job_running", condition=Q(state="running")),
            models.Index(fields=("user", "-id"), name="job_of_user"),
            models.Index(fields=("name", "-id"), name="job_of_kind"),
        ]

    def __str__(self) -> str:
        from .declare import kinds

        return self.title or (str(kinds[self.name].label) if self.name in kinds else self.name)

    @property
    def over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED, self.State.CANCELLED)
