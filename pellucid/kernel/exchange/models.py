"""What was brought in and taken out: each run, each of its rows, and the mappings kept for the next time."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Blob


class ImportRun(models.Model):
    """One import of one file: how it is read, what becomes of it, how far it is. `position` is the last row that is done."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Being prepared")
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        LINKING = "linking", _("Linking")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        UNDONE = "undone", _("Taken back")

    class Policy(models.TextChoices):
        SKIP = "skip", _("Skip the row")
        FILL = "fill", _("Fill empty fields only")
        UPDATE = "update", _("Overwrite with the values of the file")
        CREATE = "create", _("Create a second record")

    id = models.BigAutoField(primary_key=True)
    resource = models.CharField(max_length=40)
    user = fields.Person(null=True)
    file = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(max_length=255, blank=True, default="")
    reading = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    policy = models.CharField(max_length=8, choices=Policy, default=Policy.SKIP)
    match = models.JSONField(default=list)
    checked = models.JSONField(default=dict)
    rules = models.BooleanField(default=False, db_default=False)  # whether rules of the company hear of what comes in
    made = models.JSONField(default=list)  # [kind, id] of what unknown words were made into, oldest first
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    position = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    rows_about = models.BigIntegerField(default=0)
    imported = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    skipped = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    failed_file = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    job_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undo_until = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = fields.Person(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("import"), _("imports")
        indexes = [models.Index(fields=("user", "-id"), name="import_of_user")]

    @property
    def places(self) -> dict[str, int]:
        """Where each column stands in the file, in its order (which JSON does not keep)."""
        return dict(sorted(self.reading.get("columns", {}).items(), key=lambda item: item[1]))


class ImportRow(models.Model):
    """What became of one row. `version` is the record's after it was written, `before` what an update replaced, `pending` the links
    that name rows of the same file and are set at the end."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="lines")
    number = models.BigIntegerField()
    state = models.CharField(max_length=8)
    record_id = models.BigIntegerField(null=True)
    version = models.IntegerField(null=True)
    reason = models.TextField(blank=True, default="")
    before = models.JSONField(null=True)
    pending = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("run", "number"), name="import_row_once")]
        indexes = [
            models.Index(fields=("run", "number"), name="import_row_pending", condition=models.Q(pending__isnull=False)),
            models.Index(fields=("run", "number"), name="import_row_failed", condition=models.Q(state="failed")),
            models.Index(fields=("run", "record_id"), name="import_row_record"),
        ]


class ImportMapping(models.Model):
    """How the columns of one kind of file become fields. Without a name it is what the program remembers for its user."""

    id = models.BigAutoField(primary_key=True)
    resource = models.CharField(max_length=40)
    name = models.CharField(max_length=80, blank=True, default="")
    user = fields.Person(null=True)
    shared = models.BooleanField(default=False)
    headers = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=("resource", "user", "-used_at"), name="import_mapping_of")]


class ExportRun(models.Model):
    """Who took what out: the list's address, the fields, how many rows, and the file if it was kept."""

    id = models.BigAutoField(primary_key=True)
    resource = models.CharField(max_length=40)
    user = fields.Person(null=True)
    door = models.CharField(max_length=8, default="web")
    query = models.TextField(blank=True, default="")
    columns = models.JSONField(default=list)
    kind = models.CharField(max_length=4, default="xlsx")
    rows = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=200, blank=True, default="")
    file = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    job_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("export"), _("exports")
        indexes = [models.Index(fields=("user", "-id"), name="export_of_user")]
