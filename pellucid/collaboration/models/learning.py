"""What somebody new has to read: a path of documents for a role, and who has read what."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from .document import Document


class OfRole(fields.Facts, models.ForeignKey):
    """A role of the program or of the administrator's own."""

    kind = "role"


class LearningPath(Record):
    """Documents to be read one after the other by everybody who holds a role, or by everybody."""

    lock_rank = 94

    name = fields.Text(_("Name"), max_length=80)
    role = OfRole("access.Role", models.CASCADE, verbose_name=_("For the role"), null=True, blank=True, related_name="+",
                  help_text=_("Left empty: for everybody."))  # fmt: skip
    days = fields.Integer(_("Days it should take"), default=30)
    note = fields.LongText(_("What one can do afterwards"), blank=True, default="")
    active = fields.YesNo(_("In use"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("learning path"), _("learning paths")
        constraints = [models.CheckConstraint(condition=models.Q(days__range=(1, 999)), name="learning_days", violation_error_message=_(
            "Between 1 and 999 days."))]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class LearningItem(Record):
    """One document of a path, and what to look for in it."""

    lock_rank = 95

    path = fields.Link(LearningPath, models.CASCADE, verbose_name=_("Learning path"), related_name="items")
    document = fields.Link(Document, models.CASCADE, verbose_name=_("Document"), related_name="+")
    position = fields.Integer(_("Rank"), default=100)
    note = fields.Text(_("What to look for"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("part of a learning path"), _("parts of learning paths")
        constraints = [models.UniqueConstraint(fields=("path", "document"), name="learning_item_once", condition=models.Q(deleted_at=None),
                                               violation_error_message=_("This document is in the path already."))]  # fmt: skip

    def __str__(self) -> str:
        return str(self.document)


class DocumentRead(models.Model):
    """Somebody has read a document, in the version it then had."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, models.CASCADE, related_name="reads")
    user = fields.Person()
    edition = models.IntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "document"), name="document_read_once")]
