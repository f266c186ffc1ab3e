"""A process and its versions. What was published stays as it was: a trigger holds it (derived.py)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record
from pellucid.kernel.resources.nouns import moves, nouns


class Process(Record):
    """A flow the company designs. Without an active version it is switched off, and what waits for nothing happens at once."""

    visits_kept = False
    lock_rank = 97
    inner = ("active",)

    key = fields.Text(_("Key"), max_length=40, editable=False)
    name = fields.Text(_("Name"), max_length=120)
    name_en = fields.Text(_("Name in English"), max_length=120, blank=True, default="")
    resource = fields.Text(_("About"), max_length=40, editable=False, kind="code", called=nouns)
    gate = fields.Text(_("What waits for it"), max_length=40, blank=True, default="", editable=False, kind="code", called=moves)
    active = models.ForeignKey("processes.ProcessVersion", models.PROTECT, null=True, blank=True, related_name="+", editable=False)
    is_on = fields.YesNo(_("In use"), default=False, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("process"), _("processes")
        constraints = [
            models.UniqueConstraint(fields=("key",), condition=Q(deleted_at=None), name="process_key_once",
                                    violation_error_message=_("There is a process of this key already.")),
            models.CheckConstraint(condition=Q(is_on=False) | Q(active__isnull=False), name="process_in_use_has_a_version"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def called(self) -> str:
        """As its reader calls it."""
        return self.name if (get_language() or "").startswith("zh") or not self.name_en else self.name_en


class ProcessVersion(models.Model):
    """One state of a definition. Its instances keep it for ever."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    id = models.BigAutoField(primary_key=True)
    process = models.ForeignKey(Process, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    body = models.JSONField()
    digest = models.CharField(max_length=64, blank=True, default="")
    note = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)
    published_by = fields.Person(null=True)
    revision = models.IntegerField(default=1, db_default=1)  # of a draft: who saves names the one he changed
    changed_at = models.DateTimeField(default=timezone.now, db_default=Now())
    changed_by = fields.Person(null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("process", "number"), name="process_version_number_once"),
            models.UniqueConstraint(fields=("process",), condition=Q(state="draft"), name="process_version_one_draft"),
            models.UniqueConstraint(fields=("process",), condition=Q(state="published"), name="process_version_one_published"),
            models.CheckConstraint(condition=Q(state="draft", published_at=None) | (~Q(state="draft") & Q(published_at__isnull=False)),
                                   name="process_version_is_dated"),
        ]  # fmt: skip
