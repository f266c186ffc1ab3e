"""Something to do about any record."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import OwnedRecord


class Task(OwnedRecord):
    """Something to do by a time, about any record or none. A record's next step is its one open task of that kind."""

    class Kind(models.TextChoices):
        NEXT_STEP = "next_step", _("Next step")
        TASK = "task", _("Task")
        SCHEME = "scheme", _("Scheme")
        PLAYBOOK = "playbook", _("Playbook")
        PLAN = "plan", _("Plan")

    class Priority(models.TextChoices):
        HIGH = "high", _("High")
        NORMAL = "normal", _("Normal")
        LOW = "low", _("Low")

    temporal = ("owner", "unit", "due_at", "done_at")
    record_refs = (("about_resource", "about_id"),)
    goes_with = True
    finished = "done_at"
    lock_rank = 90

    name = fields.Text(_("What"), max_length=200)
    kind = fields.Choice(_("Kind"), choices=Kind, default=Kind.TASK)
    priority = fields.Choice(_("Priority"), choices=Priority, default=Priority.NORMAL, tones={"high": "bad", "low": ""})
    due_at = fields.Moment(_("Due"), default=timezone.now)
    done_at = fields.Moment(_("Done"), null=True, blank=True)
    cancelled = fields.YesNo(_("Cancelled"), default=False, db_default=False)
    about_resource = models.CharField(max_length=40, blank=True, default="", editable=False)
    about_id = models.BigIntegerField(null=True, blank=True, editable=False)
    about_title = fields.Text(_("About"), max_length=200, blank=True, default="")
    note = fields.LongText(_("Note"), blank=True, default="")
    result = fields.Text(_("Result"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("task"), _("tasks")
        constraints = [
            models.UniqueConstraint(
                fields=("about_resource", "about_id"),
                name="one_next_step",
                violation_error_message=_("This record has a next step already."),
                condition=models.Q(kind="next_step", done_at=None, deleted_at=None),
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="next_step") | models.Q(about_id__isnull=False), name="next_step_is_about_something"
            ),
        ]
        indexes = [models.Index(fields=("about_resource", "about_id", "-due_at"), name="task_about")]

    def __str__(self) -> str:
        return self.name
