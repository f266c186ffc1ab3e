"""What was written once and is used again: documents, their versions, and the records they were used for."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import OfRecord, OwnedRecord, Record


class Document(OwnedRecord):
    """A document of the knowledge base. Its file is its newest version; one unit and everything below it may read it (`meant_for`)."""

    class Audience(models.TextChoices):
        ALL = "all", _("Everybody")
        UNIT = "unit", _("A unit and those below it")
        NAMED = "named", _("Only the owner and the team")

    unaudited = ("uses", "won_with", "lost_with")
    lock_rank = 92

    name = fields.Text(_("Title"), max_length=200, personal=True)
    kind = fields.Term(dictionary="document_kind", verbose_name=_("Kind of document"), null=True, blank=True)
    purposes = fields.Terms(dictionary="document_purpose", verbose_name=_("Good for"))
    steps = fields.Terms(dictionary="document_step", verbose_name=pgettext_lazy("document", "Steps"))
    summary = fields.LongText(_("What it says"), blank=True, default="", personal=True)
    lessons = fields.LongText(_("What was learnt"), blank=True, default="", personal=True)
    file = fields.File(verbose_name=_("File"), null=True, blank=True, companion="file_name")
    file_name = fields.Text(_("File name"), max_length=255, blank=True, default="", editable=False, personal=True)
    edition = fields.Integer(_("Version"), default=0, editable=False)
    revised_at = fields.Moment(_("Last revised"), default=timezone.now, editable=False, style="ago")
    audience = fields.Choice(_("Who may read it"), choices=Audience, default=Audience.ALL, tones={"unit": "info", "named": "warn"})
    audience_unit = fields.InUnit(verbose_name=_("Which unit"), null=True, blank=True, help_text=_("Left empty: the owner's."))
    meant_for = fields.InUnit(null=True, blank=True, editable=False)
    based_on = fields.Link("self", models.SET_NULL, verbose_name=_("Made from"), null=True, blank=True, editable=False, related_name="+")
    recommended_at = fields.Moment(_("Recommended"), null=True, blank=True, editable=False)
    recommended_by = fields.Person(verbose_name=_("Recommended by"), null=True, blank=True, editable=False)
    uses = fields.Integer(_("Times used"), default=0, editable=False)
    won_with = fields.Integer(_("In won deals"), default=0, editable=False)
    lost_with = fields.Integer(_("In lost deals"), default=0, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("document"), _("documents")
        constraints = [
            models.CheckConstraint(condition=models.Q(audience="named") | models.Q(meant_for__isnull=False), name="document_is_meant_for_somebody"),
            models.CheckConstraint(condition=models.Q(uses__gte=0, won_with__gte=0, lost_with__gte=0), name="document_figures"),
        ]
        indexes = [models.Index(fields=("meant_for", "-revised_at", "-id"), name="document_meant_for")]

    def __str__(self) -> str:
        return self.name


class DocumentVersion(Record):
    """One state of a document's file. The newest is what the document shows; none is ever overwritten."""

    scope_via = "document"
    lock_rank = 93

    document = fields.Link(Document, models.CASCADE, verbose_name=_("Document"), related_name="versions")
    number = fields.Integer(_("Version"))
    file = fields.File(verbose_name=_("File"), companion="file_name")
    file_name = fields.Text(_("File name"), max_length=255, personal=True)
    note = fields.Text(pgettext_lazy("edition", "What changed"), max_length=200, blank=True, default="", personal=True)

    class Meta:
        verbose_name, verbose_name_plural = _("document version"), _("document versions")
        constraints = [models.UniqueConstraint(fields=("document", "number"), name="document_version_once")]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.number})"


class DocumentLink(OfRecord):
    """A document used for a record: a product it describes, a customer it was written for, a sale it served."""

    audited = True

    document = models.ForeignKey(Document, models.CASCADE, related_name="links")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = fields.Person(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("resource", "record_id", "document"), name="document_link_once")]
        indexes = [models.Index(fields=("document", "resource"), name="document_link_of")]
